//! The vocabulary of the governing table (semantics 9.8).

use std::borrow::Cow;

/// Who owns the resource of a request (S-EVAL-01, S-RES-09, S-XACC-14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The account of the ARN's account field, 12 digits.
    Account(&'a str),
    /// The ARN carries no account: look this ARN up in the estate. It is the resource itself, or what contains it (the
    /// bucket of an object, the API of a stage). Not found: unknown, never foreign.
    Estate(Cow<'a, str>),
    /// The management account of the caller's organization (`organizations:*`).
    ManagementAccount,
    /// The caller's own account: calls that name no resource but are decided there.
    Caller,
    /// No customer account: an action without resource type, or a resource that AWS owns.
    NoOne,
}

/// A place whose policy takes part in the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// The policy attached to this ARN.
    Policy(Cow<'a, str>),
    /// The policy of the bucket behind this access point; the estate knows which (S-S3-10).
    BucketOf(Cow<'a, str>),
    /// The ECR registry policy of the account and region of this ARN, keyed as `arn:P:ecr:R:A:registry` (S-SVC-06).
    RegistryPolicy(Cow<'a, str>),
    /// The delegation policy of the organization, which belongs to its management account (S-SVC-16).
    DelegationPolicy,
    /// The auth policies of the service networks that this VPC Lattice service is in (S-SVC-17).
    ServiceNetworksOf(Cow<'a, str>),
}

/// How identity side and resource side combine in the owner's own account, and what kind of policy the resource has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Regime {
    /// S-EVAL-02: a direct grant by the resource policy, or the identity side.
    Standard,
    /// The identity side decides alone in the owner's account; only across accounts a policy or share may take part.
    IdentityOnly,
    /// A KMS key: the key policy or a grant must give it; the identity side counts only if delegated (S-EVAL-03).
    Key,
    /// A KMS alias: the identity side for the alias, the key route for its key, both needed (S-KMS-08).
    KeyAlias,
    /// The trust policy of a role, as for a key (S-EVAL-03, S-TRUST-02).
    Trust,
    /// An access point: two halves, its own policy and the bucket side, both must allow (S-S3-10).
    AccessPoint,
    /// The identity side and every auth policy in play must allow (S-SVC-17). No direct grant.
    BothSides,
    /// An API Gateway invocation, by the API's kind and authorization type (S-SVC-08, S-SVC-09, S-SVC-20). A REST API
    /// with IAM authorization is `Standard`.
    Invoke,
    /// An EFS client action: either side allows; without a file system policy every client is allowed (S-SVC-13).
    FileSystemClient,
    /// The call needs no permission and no policy stops it (S-STS-01, S-STS-02).
    NoPermissionNeeded,
}

/// What a caller from another account needs besides its own identity side, SCPs, the owner's RCPs and the absence of Denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrossAccount {
    /// An Allow on the resource side: a resource policy, or one of the row's other grants (S-XACC-01).
    Both,
    /// Nothing more: there is no owner whose policy could matter, or the call is decided by the caller's side (S-XACC-14,
    /// S-XACC-17).
    IdentityOnly,
    /// Refused, whatever policies say. A gate: implicitly denied.
    Gate,
    /// A share that names the caller; not loaded: unknown (S-XACC-06, S-XACC-07, S-SVC-19).
    Share(Grant),
    /// A policy statement that names the caller, or registration as delegated administrator (S-SVC-16, U-85). An account
    /// may always ask for its own effective policy: `organizations:DescribeEffectivePolicy` on itself needs neither.
    PolicyOrDelegatedAdministrator,
    /// The table has no row: as loaded, and unknown (missing: governing row) where no resource policy is loaded.
    Unlisted,
}

/// Grants that are no policies, so that exports of policies do not hold them (S-EVAL-12). They never deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grant {
    /// An S3 ACL of the bucket or object; none if the bucket is `BucketOwnerEnforced` (S-S3-03, S-S3-04).
    S3Acl,
    /// A KMS grant on the key (S-KMS-06, S-KMS-12).
    KmsGrant,
    /// A RAM share (S-XACC-07).
    RamShare,
    /// Launch permissions of an EC2 image (S-SVC-19).
    LaunchPermission,
    /// Volume permissions of an EBS snapshot (S-SVC-19).
    VolumePermission,
    /// The restore attribute of an RDS snapshot (S-SVC-19).
    RestoreAttribute,
    /// The account list of an SSM document (S-SVC-19).
    DocumentShare,
    /// The allowed principals of a VPC endpoint service (S-SVC-19).
    EndpointServicePrincipals,
    /// A VPC association authorization of a hosted zone.
    VpcAssociationAuthorization,
}

/// A second authorization that the same request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlsoNeeded {
    /// Lake Formation permissions, where the database or table is under Lake Formation (S-SVC-14). They only restrict.
    LakeFormation,
    /// The same on the KMS key behind an alias, by the route of keys (S-KMS-08).
    KeyOfAlias,
    /// `lambda:InvokeFunction` with `lambda:InvokedViaFunctionUrl` true, on the same function (S-SVC-04).
    InvokeFunction,
}

/// Whom a gate refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GateKind {
    /// Every caller.
    Everyone,
    /// Callers of another account than the owner's.
    ForeignCallers,
    /// Root users.
    RootUsers,
    /// Callers without credentials.
    Unsigned,
    /// Callers outside the management account of the organization.
    NotManagementAccount,
    /// Callers neither of the management account nor of a delegated administrator for IAM.
    NotManagementNorIamAdministrator,
    /// Callers whose organization does not manage root access centrally.
    WithoutRootSessions,
    /// Callers of the management account.
    ManagementAccount,
    /// Callers outside the organization whose resource it is.
    NotOrganization,
    /// Everybody, unless the owner's account is a member of the caller's organization and does not manage it.
    NotMember,
}

/// A fixed refusal by the service (S-EVAL-09): implicitly denied, and nothing bypasses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gate {
    /// Whom it refuses.
    pub kind: GateKind,
    /// The rule: `S-IAM-03`.
    pub rule: &'static str,
    /// Why, as a sentence fragment: `AWS managed policies cannot be changed`.
    pub reason: &'static str,
}

/// How one request relates to policies: the governing row of its resource, narrowed to its action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governing<'a> {
    /// The name of the row: `s3-object`. `unlisted` if the table has none.
    pub row: &'static str,
    /// Who owns the resource.
    pub owner: Owner<'a>,
    /// Whose policies take part on the resource side.
    pub policies: Vec<Holder<'a>>,
    /// How the sides combine in the owner's account.
    pub regime: Regime,
    /// What a foreign caller needs.
    pub cross_account: CrossAccount,
    /// Grants of other kinds that may exist for this action.
    pub other_grants: &'static [Grant],
    /// Second authorizations.
    pub also_needed: &'static [AlsoNeeded],
    /// Refusals to test. A cross-account [`CrossAccount::Gate`] is listed too, as [`GateKind::ForeignCallers`].
    pub gates: Vec<Gate>,
    /// The rules that the row follows.
    pub rules: &'static [&'static str],
}
