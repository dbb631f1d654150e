//! What files yield, before it is put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estate::{
    AccountId, AccountSettings, AccountStatus, ExportList, FileId, Group, IdentityProvider, InstanceProfile,
    ManagedPolicy, NodeId, Organization, OrganizationId, Place, Problem, RamShare, Resource, Role, Tags,
    Unfinished, User, VpcEndpoint,
};

/// Everything that the files of an estate hold.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) organizations: Vec<Found<OrganizationPart>>,
    pub(super) accounts: BTreeMap<AccountId, AccountPart>,
    /// Beside the lists of organisations.
    pub(super) claims: Vec<Claim>,
    pub(super) identity_center: Option<FileId>,
    pub(super) problems: Vec<Problem>,
}

/// A record and where it was read.
#[derive(Clone, Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// A list, and whether its file says that it goes on elsewhere.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) goes_on: bool,
}

/// An organisation and the accounts that it lists.
#[derive(Debug)]
pub(super) struct OrganizationPart {
    pub(super) organization: Organization,
    pub(super) members: Vec<Member>,
}

/// What says beside the list of an organisation that an account is in it.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) account: AccountId,
    pub(super) organization: OrganizationId,
    pub(super) place: Place,
}

/// An account as its organisation lists it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: AccountId,
    pub(super) place: Place,
    pub(super) name: Option<Arc<str>>,
    pub(super) parent: Option<NodeId>,
    pub(super) status: AccountStatus,
    pub(super) tags: Option<Tags>,
}

/// What the files of one account hold.
#[derive(Default)]
pub(super) struct AccountPart {
    pub(super) partition: Option<Arc<str>>,
    /// Whether any file of it was there.
    pub(super) has_files: bool,
    pub(super) export: Option<Export>,
    pub(super) resources: Vec<Found<Resource>>,
    pub(super) settings: AccountSettings,
    pub(super) identity_providers: Option<Vec<IdentityProvider>>,
    pub(super) vpc_endpoints: Option<Vec<VpcEndpoint>>,
    pub(super) ram_shares: Option<Vec<RamShare>>,
    pub(super) unfinished: Unfinished,
    pub(super) credential_report: Option<FileId>,
    pub(super) service_last_accessed: Option<FileId>,
}

/// Users, groups, roles and policies of one account.
#[derive(Default)]
pub(super) struct Export {
    pub(super) partition: Option<Arc<str>>,
    pub(super) users: Vec<Found<Arc<User>>>,
    pub(super) groups: Vec<Found<Arc<Group>>>,
    pub(super) roles: Vec<Found<Arc<Role>>>,
    pub(super) policies: Vec<Found<Arc<ManagedPolicy>>>,
    pub(super) instance_profiles: Vec<InstanceProfile>,
    pub(super) truncated: bool,
    pub(super) absent: Vec<ExportList>,
    pub(super) files: Vec<FileId>,
}
