//! Accounts and what they hold besides resources.

use std::sync::Arc;

use super::{
    AccountId, Collected, FileId, Group, ManagedPolicy, Name, NodeId, OrganizationId, PolicyRef, Role, Tags,
    User,
};

/// One AWS account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The partition of its ARNs: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: Arc<str>,
    /// Its name, where an organisation states it.
    pub name: Option<Arc<str>>,
    /// Whether it is open.
    pub status: AccountStatus,
    /// The organisation that lists it, and the node right above it there. None: no loaded organisation does.
    pub membership: Option<Membership>,
    /// Tags of the account itself; none if they were not collected.
    pub tags: Option<Tags>,
    /// Whether any of its files was loaded. If not, it is known by what organisations and policies say.
    pub has_files: bool,
    /// Whether users, groups, roles and policies were collected. If not, the lists below say nothing.
    pub collected: bool,
    /// Users by name.
    pub users: im::OrdMap<Name, Arc<User>>,
    /// Groups by name.
    pub groups: im::OrdMap<Name, Arc<Group>>,
    /// Roles by name.
    pub roles: im::OrdMap<Name, Arc<Role>>,
    /// The account's own managed policies by ARN. AWS's are in [`super::Estate::aws_managed`].
    pub managed_policies: im::OrdMap<Arc<str>, Arc<ManagedPolicy>>,
    /// Account-wide settings.
    pub settings: AccountSettings,
    /// SAML and OpenID Connect providers; none if they were not collected (D-IAM-08).
    pub identity_providers: Option<Arc<[IdentityProvider]>>,
    /// Instance profiles, each with the role that it passes on.
    pub instance_profiles: Arc<[InstanceProfile]>,
    /// VPC endpoints; none if they were not collected.
    pub vpc_endpoints: Option<Arc<[VpcEndpoint]>>,
    /// RAM shares; none if they were not collected.
    pub ram_shares: Option<Arc<[RamShare]>>,
    /// Which of these lists go on where their files end.
    pub unfinished: Unfinished,
    /// The credential report, read when it is asked for: [`super::Sources::read`].
    pub credential_report: Option<FileId>,
    /// What services were last accessed by whom, read when it is asked for.
    pub service_last_accessed: Option<FileId>,
    /// The files with the account's users, groups, roles and policies.
    pub exports: Arc<[FileId]>,
}

/// Lists of which the files hold the beginning only, as `NextToken` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    /// VPC endpoints.
    pub vpc_endpoints: bool,
    /// RAM shares.
    pub ram_shares: bool,
}

impl Account {
    /// Whether all its VPC endpoints were collected.
    pub fn lists_vpc_endpoints(&self) -> bool {
        self.vpc_endpoints.is_some() && !self.unfinished.vpc_endpoints
    }

    /// Whether all its RAM shares were collected.
    pub fn lists_ram_shares(&self) -> bool {
        self.ram_shares.is_some() && !self.unfinished.ram_shares
    }
}

/// Whether an account is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountStatus {
    /// Nothing loaded says so; it is taken to be open.
    #[default]
    NotStated,
    /// Open.
    Active,
    /// Suspended: its principals can do nothing (S-SCP-16).
    Suspended,
    /// On the way to being closed, and as good as suspended.
    PendingClosure,
    /// Closed.
    Closed,
}

impl AccountStatus {
    /// Whether principals of the account can make requests (S-SCP-16).
    pub fn may_act(self) -> bool {
        matches!(self, Self::NotStated | Self::Active)
    }
}

/// Where an account hangs in the tree of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub organization: OrganizationId,
    /// The root or organisational unit right above the account; none if the export does not say.
    pub parent: Option<NodeId>,
}

/// Settings that hold for a whole account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSettings {
    /// S3 Block Public Access of the account; none if it was not collected.
    pub public_access_block: Option<PublicAccessBlock>,
    /// The id that S3 ACLs and `CanonicalUser` principals use (S-PRN-10).
    pub canonical_user_id: Option<Arc<str>>,
    /// The sign-in alias.
    pub alias: Option<Arc<str>>,
}

/// The four switches of S3 Block Public Access. One that is not written is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs count as if they were not there.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// Public policies work only within the account and for AWS services.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All switches on.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// A SAML or OpenID Connect provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// `arn:aws:iam::…:saml-provider/…` or `…:oidc-provider/…`.
    pub arn: Arc<str>,
    /// Its tags; none if they were not collected.
    pub tags: Option<Tags>,
}

/// An instance profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfile {
    /// Its ARN.
    pub arn: Arc<str>,
    /// ARNs of its roles; at most one today.
    pub roles: Box<[Arc<str>]>,
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// `vpce-…`.
    pub id: Arc<str>,
    /// `vpc-…`.
    pub vpc: Option<Arc<str>>,
    /// Who owns it, if that is stated.
    pub owner: Option<AccountId>,
    /// `com.amazonaws.eu-west-1.s3`.
    pub service: Option<Arc<str>>,
    /// `Gateway`, `Interface`, ….
    pub kind: Option<Arc<str>>,
    /// Its policy; none: the default policy (S-VPCE-02).
    pub policy: Collected<PolicyRef>,
}

impl VpcEndpoint {
    /// What is known of the policy of an endpoint of which an export has none. AWS prints the policies of gateways and interfaces
    /// even where they are the default, so that a missing one was not collected (S-VPCE-07); the other types take none.
    pub(super) fn without_policy(kind: Option<&str>) -> Collected<PolicyRef> {
        match kind {
            Some("GatewayLoadBalancer" | "Resource" | "ServiceNetwork") => Collected::None,
            None | Some(_) => Collected::NotCollected,
        }
    }
}

/// A RAM resource share, or what is known of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RamShare {
    /// The ARN of the share.
    pub arn: Arc<str>,
    /// ARNs of the resources in it.
    pub resources: Box<[Arc<str>]>,
    /// Accounts, organisations, organisational units, roles, users and services that it is shared with; none if they were
    /// not collected.
    pub principals: Option<Box<[Arc<str>]>>,
    /// ARNs of the RAM permissions of the share.
    pub permissions: Box<[Arc<str>]>,
    /// What the share gives on its resources (S-XACC-07): the policies that RAM attaches to them (D-COL-08), or else what its
    /// principals and permissions come to.
    pub grants: Box<[ShareGrant]>,
}

/// What a share gives on one of its resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareGrant {
    /// The ARN of the resource.
    pub resource: Arc<str>,
    /// To whom, and what.
    pub policy: PolicyRef,
    /// Whether the actions are known. If not, the policy names all, and the permissions of the share may hold fewer.
    pub actions_known: bool,
}
