//! Files -> an [`Estate`]: who and what exists, and what was not collected.
//!
//! ```text
//! folder ─► Layout ─► files, read in parallel ─► records + PolicyStore ─► Estate ─► Gaps
//! ```
//! Only this stage reads the files of an estate. Policies are cut out as text, each distinct text once, and are not
//! looked into: [`crate::document`] reads them, and what is wrong inside one is no problem of the estate.

mod account;
mod arn;
mod edit;
mod find_gaps;
mod gap;
mod identity_center;
mod ids;
mod load;
mod lookup;
mod organization;
mod policy;
mod principal;
mod problem;
mod read;
mod resource;
mod s3_policy;
mod source;
mod tags;
mod usage;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use account::{
    Account, AccountSettings, AccountStatus, IdentityProvider, InstanceProfile, Membership,
    PublicAccessBlock, RamShare, ShareGrant, Unfinished, VpcEndpoint,
};
pub use arn::Arn;
pub use edit::{EditError, PolicyName, StatementName};
pub use gap::{ExportList, Gap, Gaps, Subject};
pub use identity_center::{Assignment, IdentityCenter};
pub use ids::{AccountId, Name, NodeId, NotAnAccountId, OrganizationId, OrganizationPolicyId};
pub use load::{Layout, LoadOptions, Progress};
pub use organization::{
    DelegatedAdministrator, Node, Organization, OrganizationPath, OrganizationPolicy, OrganizationPolicyType,
    PolicyTypeStatus, Target,
};
pub use policy::{DocumentId, Place, PolicyRef, PolicyStore, StoredPolicy};
pub use principal::{Group, Identity, InlinePolicy, ManagedPolicy, OtherVersion, Principal, Role, User};
pub use problem::{LoadError, Position, Problem, ProblemKind, Spot};
pub(crate) use read::{path_to, paths_to};
pub use resource::{Acl, Collected, Listed, Resource, ResourceSettings};
pub use s3_policy::{EffectiveS3Policy, S3Policy, S3Statement};
pub use source::{FileId, Locator, Source, Sources};
pub use tags::Tags;
pub use usage::{AccessKey, CredentialReport, Credentials, LastAccessed, Password};

/// Everything loaded about organisations and stand-alone accounts.
///
/// A value: cloning one is cheap, and an edit (`with_…`, `without_…`) makes a new one that shares all but what changed.
///
/// # Example
/// ```no_run
/// use entail::estate::{Estate, LoadOptions};
/// let estate = Estate::load("examples/acme".as_ref(), &LoadOptions::default())?;
/// for account in estate.accounts.values() {
///     println!("{} has {} roles", account.id, account.roles.len());
/// }
/// # Ok::<(), entail::estate::LoadError>(())
/// ```
#[derive(Clone)]
pub struct Estate {
    /// Organisations by id.
    pub organizations: im::OrdMap<OrganizationId, Arc<Organization>>,
    /// Accounts by id: those collected, and those that organisations list.
    pub accounts: im::OrdMap<AccountId, Arc<Account>>,
    /// AWS's own managed policies by ARN, as some export holds them. They are the same in every account, so one
    /// account's export fills in what another's lacks (S-PB-08, D-IAM-07).
    pub aws_managed: im::OrdMap<Arc<str>, Arc<ManagedPolicy>>,
    /// Resources by ARN.
    pub resources: im::OrdMap<Arc<str>, Arc<Resource>>,
    /// The data of IAM Identity Center, read when it is asked for: [`Sources::read`].
    pub identity_center: Option<FileId>,
    /// The texts behind every [`PolicyRef`]. Shared with the estates that this one was edited from and into.
    pub policies: Arc<PolicyStore>,
    /// The files, with their dates.
    pub sources: Arc<Sources>,
    /// The layout of the files.
    pub layout: Layout,
    /// Problems that did not keep the estate from being loaded, all warnings.
    pub problems: Arc<[Problem]>,
    /// Where organisations list their accounts.
    listed_at: Arc<BTreeMap<AccountId, Place>>,
    /// Gaps that only the files show: truncated exports, missing lists.
    gaps_of_files: Arc<[Gap]>,
    /// All gaps, found when they are first asked for.
    gaps: Arc<OnceLock<Gaps>>,
    /// Unique ids and canonical ids, indexed when one is first asked for.
    ids: Arc<OnceLock<lookup::Ids>>,
}

impl Estate {
    /// An estate of nothing but policies, for requests that state all else themselves.
    pub(crate) fn bare(policies: Arc<PolicyStore>) -> Self {
        Self {
            organizations: im::OrdMap::new(),
            accounts: im::OrdMap::new(),
            aws_managed: im::OrdMap::new(),
            resources: im::OrdMap::new(),
            identity_center: None,
            policies,
            sources: Arc::default(),
            layout: Layout::Own,
            problems: Arc::default(),
            listed_at: Arc::default(),
            gaps_of_files: Arc::default(),
            gaps: Arc::default(),
            ids: Arc::default(),
        }
    }
}
