//! The words that facts and rules share: who calls, what limits, what grants.

use std::fmt;

use crate::catalog::governing::Regime as RowRegime;

/// One kind of policy in a decision.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Layer {
    /// Policies of the user, its groups, or the role.
    Identity,
    /// The policy (and other grants) of the resource.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies of the caller's account.
    Scp,
    /// Resource control policies of the owner's account.
    Rcp,
    /// Policies of the VPC endpoint on the path.
    Endpoint,
    /// S3 Block Public Access.
    S3Bpa,
}

impl Layer {
    /// Every layer, in the order in which answers name them.
    pub const ALL: [Layer; 8] = [
        Layer::Identity,
        Layer::Resource,
        Layer::Boundary,
        Layer::Session,
        Layer::Scp,
        Layer::Rcp,
        Layer::Endpoint,
        Layer::S3Bpa,
    ];

    /// The stable name, as it stands in answers and scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Identity => "identity",
            Layer::Resource => "resource",
            Layer::Boundary => "boundary",
            Layer::Session => "session",
            Layer::Scp => "scp",
            Layer::Rcp => "rcp",
            Layer::Endpoint => "endpoint",
            Layer::S3Bpa => "s3-bpa",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of layers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Layers(u8);

impl Layers {
    /// The set with `layer` added.
    pub fn with(self, layer: Layer) -> Self {
        Self(self.0 | 1 << layer as u8)
    }

    /// Whether `layer` is in the set.
    pub fn contains(self, layer: Layer) -> bool {
        self.0 & (1 << layer as u8) != 0
    }

    /// Whether the set has no member.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Layer::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |&layer| self.contains(layer))
    }
}

impl FromIterator<Layer> for Layers {
    fn from_iter<I: IntoIterator<Item = Layer>>(layers: I) -> Self {
        layers.into_iter().fold(Self::default(), Self::with)
    }
}

/// What kind of caller makes a request; the rows of S-EVAL-04 and S-KEY-01.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Caller {
    /// An IAM user, GetSessionToken credentials included (S-SESS-06).
    User,
    /// A session of a role.
    RoleSession,
    /// A session of a service-linked role, exempt from SCPs and RCPs (S-SCP-06, S-RCP-02).
    ServiceLinkedSession,
    /// A GetFederationToken session.
    FederatedUser,
    /// The root user of an account.
    Root,
    /// A session that `sts:AssumeRoot` gave (S-SESS-10).
    AssumedRoot,
    /// An AWS service that calls as itself (S-XACC-12).
    Service,
    /// A SAML or OIDC identity while it takes a role (S-TRUST-08).
    Provider,
    /// An AWS-owned account principal such as an origin access identity (S-XACC-16).
    AwsOwned,
    /// An unsigned request (S-XACC-13).
    Anonymous,
}

impl Caller {
    /// Whether a caller belongs to an account, so that it has a side of its own.
    pub fn has_own_side(self) -> bool {
        !matches!(self, Caller::Service | Caller::Provider | Caller::AwsOwned | Caller::Anonymous)
    }

    /// Whether session policies limit it (S-SESS-01, S-SESS-04, S-SESS-10).
    pub fn has_session_policies(self) -> bool {
        matches!(
            self,
            Caller::RoleSession | Caller::ServiceLinkedSession | Caller::FederatedUser | Caller::AssumedRoot
        )
    }

    /// Whether it can only call with temporary credentials, which hold the time of their issue (S-KEY-22).
    pub fn is_temporary(self) -> bool {
        self.has_session_policies()
    }

    /// Every kind of caller.
    pub const ALL: [Caller; 10] = [
        Caller::User,
        Caller::RoleSession,
        Caller::ServiceLinkedSession,
        Caller::FederatedUser,
        Caller::Root,
        Caller::AssumedRoot,
        Caller::Service,
        Caller::Provider,
        Caller::AwsOwned,
        Caller::Anonymous,
    ];
}

/// How the caller's account stands to the account that owns the resource (S-EVAL-01).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Relation {
    /// One account is both.
    Same,
    /// Two accounts, or a caller that has none.
    Cross,
    /// No customer account owns the resource, or the action has no resource (S-XACC-14).
    Unowned,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Relation; 3] = [Relation::Same, Relation::Cross, Relation::Unowned];
}

/// How identity side and resource side combine for a resource type (S-EVAL-02, S-EVAL-03, governing table).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Regime {
    /// Either side in the same account, both across accounts.
    Standard,
    /// No resource policy takes part.
    IdentityOnly,
    /// The resource's policy must grant, itself or by delegation to the account: KMS keys (S-KMS-01).
    Key,
    /// The same for role trust (S-TRUST-01 to S-TRUST-03).
    Trust,
    /// Every side must grant, also within an account: VPC Lattice (S-SVC-17).
    BothSides,
    /// The caller's own side is enough across accounts too (S-XACC-17).
    CallerSide,
    /// The call needs no permission (S-STS-01, S-STS-02).
    Free,
}

impl Regime {
    /// Every regime.
    pub const ALL: [Regime; 7] = [
        Regime::Standard,
        Regime::IdentityOnly,
        Regime::Key,
        Regime::Trust,
        Regime::BothSides,
        Regime::CallerSide,
        Regime::Free,
    ];
}

/// What a grant rests on: nothing but the caller's own side, or a resource-side Allow that names the caller in some form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Grant {
    /// No resource-side Allow takes part.
    OwnSide,
    /// The ARN of the calling user.
    User,
    /// The ARN of the role of the calling session.
    Role,
    /// The ARN of the calling role session.
    Session,
    /// The ARN of the calling federated-user session.
    FederatedUser,
    /// The ARN of the user who made the calling federated-user session.
    FederatingUser,
    /// The caller's account: a delegation (S-EVAL-20).
    Account,
    /// `*`, or anything else that means everybody.
    Everyone,
    /// The calling service.
    Service,
    /// The calling identity's provider.
    Provider,
    /// The ARN or canonical id of the calling AWS-owned account.
    AwsOwned,
    /// A grant on a KMS key (S-KMS-06, S-KMS-12).
    KeyGrant,
    /// A share list or RAM share that names the caller's account (S-XACC-06, S-SVC-19).
    Share,
}

impl Grant {
    /// Every grant.
    pub const ALL: [Grant; 13] = [
        Grant::OwnSide,
        Grant::User,
        Grant::Role,
        Grant::Session,
        Grant::FederatedUser,
        Grant::FederatingUser,
        Grant::Account,
        Grant::Everyone,
        Grant::Service,
        Grant::Provider,
        Grant::AwsOwned,
        Grant::KeyGrant,
        Grant::Share,
    ];
}

impl Regime {
    /// How the sides combine for a row of the governing table.
    pub fn of(row: RowRegime) -> Regime {
        match row {
            RowRegime::Standard
            | RowRegime::Invoke
            | RowRegime::AccessPoint
            | RowRegime::FileSystemClient => Regime::Standard,
            RowRegime::IdentityOnly | RowRegime::KeyAlias => Regime::IdentityOnly,
            RowRegime::Key => Regime::Key,
            RowRegime::Trust => Regime::Trust,
            RowRegime::BothSides => Regime::BothSides,
            RowRegime::NoPermissionNeeded => Regime::Free,
        }
    }
}
