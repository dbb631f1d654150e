//! What was generated, counted: the shares that make an organisation realistic or not.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// What is counted, in the order of printing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Feature {
    /// Users and roles.
    Principal,
    /// IAM users.
    User,
    /// Users in two groups or more.
    UserInTwoGroups,
    /// IAM roles.
    Role,
    /// Principals with a permissions boundary.
    Boundary,
    /// Principals with `s3:*` on `*`.
    BroadS3,
    /// Roles that trust an AWS service.
    TrustsService,
    /// Roles that trust a role of their account.
    TrustsRole,
    /// Roles that trust their own account.
    TrustsAccount,
    /// Roles that trust another account of the organisation.
    TrustsOtherAccount,
    /// Roles that trust an account outside.
    TrustsOutside,
    /// Roles for OIDC or SAML.
    TrustsProvider,
    /// Statements of customer and inline policies.
    Statement,
    /// Statements with a condition.
    ConditionedStatement,
    /// Statements with a policy variable.
    VariableStatement,
    /// Statements that deny.
    DenyStatement,
    /// Copies of AWS managed policies in the exports.
    ManagedCopy,
    /// Resources.
    Resource,
    /// Resources known to have no policy.
    NoPolicy,
    /// Resources whose policy was not collected.
    NotCollected,
    /// Resources that grant to the whole organisation.
    OrganizationGrant,
    /// Resources that grant to `*` under a condition other than the organisation.
    ConditionedPublicGrant,
    /// Resources that anyone can use.
    PublicGrant,
    /// Resources that grant to another account of the organisation.
    OtherAccountGrant,
    /// Buckets.
    Bucket,
    /// Buckets that deny access without TLS.
    TlsDeny,
    /// KMS keys.
    Key,
    /// Keys that delegate to their account.
    DelegatingKey,
    /// SCPs and RCPs.
    OrganizationPolicy,
    /// SCPs that deny regions.
    RegionDeny,
    /// SCPs that list the services allowed.
    ServiceAllowList,
    /// SCPs that exempt principals by `aws:PrincipalArn`.
    Exemption,
    /// RCPs.
    ResourceControlPolicy,
}

impl Feature {
    /// The words for it, and the feature of which it is a share.
    fn describe(self) -> (&'static str, Option<Self>) {
        match self {
            Self::Principal => ("principals", None),
            Self::User => ("are users", Some(Self::Principal)),
            Self::UserInTwoGroups => ("of the users are in several groups", Some(Self::User)),
            Self::Role => ("are roles", Some(Self::Principal)),
            Self::Boundary => ("have a permissions boundary", Some(Self::Principal)),
            Self::BroadS3 => ("have s3:* on *", Some(Self::Principal)),
            Self::TrustsService => ("of the roles trust a service", Some(Self::Role)),
            Self::TrustsRole => ("of the roles trust a role of the account", Some(Self::Role)),
            Self::TrustsAccount => ("of the roles trust their own account", Some(Self::Role)),
            Self::TrustsOtherAccount => ("of the roles trust another account", Some(Self::Role)),
            Self::TrustsOutside => ("of the roles trust an outside account", Some(Self::Role)),
            Self::TrustsProvider => ("of the roles trust an identity provider", Some(Self::Role)),
            Self::Statement => ("statements in customer, group and inline policies", None),
            Self::ConditionedStatement => ("have conditions", Some(Self::Statement)),
            Self::VariableStatement => ("use policy variables", Some(Self::Statement)),
            Self::DenyStatement => ("deny", Some(Self::Statement)),
            Self::ManagedCopy => ("copies of AWS managed policies", None),
            Self::Resource => ("resources", None),
            Self::NoPolicy => ("have no policy", Some(Self::Resource)),
            Self::NotCollected => ("were not collected", Some(Self::Resource)),
            Self::OrganizationGrant => ("grant to the whole organization", Some(Self::Resource)),
            Self::ConditionedPublicGrant => ("grant to * under a condition", Some(Self::Resource)),
            Self::PublicGrant => ("are public", Some(Self::Resource)),
            Self::OtherAccountGrant => ("grant to another account", Some(Self::Resource)),
            Self::Bucket => ("are buckets", Some(Self::Resource)),
            Self::TlsDeny => ("of the buckets deny access without TLS", Some(Self::Bucket)),
            Self::Key => ("are KMS keys", Some(Self::Resource)),
            Self::DelegatingKey => ("of the keys delegate to their account", Some(Self::Key)),
            Self::OrganizationPolicy => ("policies of the organization", None),
            Self::RegionDeny => ("deny regions", Some(Self::OrganizationPolicy)),
            Self::ServiceAllowList => ("list the allowed services", Some(Self::OrganizationPolicy)),
            Self::Exemption => ("exempt by aws:PrincipalArn", Some(Self::OrganizationPolicy)),
            Self::ResourceControlPolicy => ("are RCPs", Some(Self::OrganizationPolicy)),
        }
    }
}

/// Counts of what was generated.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
pub struct Figures {
    /// Bytes written.
    pub bytes: u64,
    /// Files written.
    pub files: u64,
    counts: BTreeMap<Feature, u64>,
    documents: HashSet<u64>,
}

impl Figures {
    /// Counts one more.
    pub fn count(&mut self, feature: Feature) {
        *self.counts.entry(feature).or_default() += 1;
    }

    /// Notes an identity policy (managed, customer, group or inline) by a hash of its content.
    pub fn document(&mut self, hash: u64) {
        self.documents.insert(hash);
    }

    /// Adds the counts of another part.
    pub fn add(mut self, other: Self) -> Self {
        self.bytes += other.bytes;
        self.files += other.files;
        for (feature, count) in other.counts {
            *self.counts.entry(feature).or_default() += count;
        }
        self.documents.extend(other.documents);
        self
    }

    /// How often `feature` occurred.
    pub fn of(&self, feature: Feature) -> u64 {
        self.counts.get(&feature).copied().unwrap_or(0)
    }

    /// How many different identity policies there are.
    pub fn distinct_documents(&self) -> usize {
        self.documents.len()
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:>10}  bytes in {} files", self.bytes, self.files)?;
        writeln!(out, "{:>10}  distinct identity policies", self.distinct_documents())?;
        for (&feature, &count) in &self.counts {
            match feature.describe() {
                (words, None) => writeln!(out, "{count:>10}  {words}")?,
                (words, Some(whole)) => {
                    let share = 100.0 * count as f64 / self.of(whole).max(1) as f64;
                    writeln!(out, "{count:>10}  {share:5.1} % {words}")?;
                }
            }
        }
        Ok(())
    }
}
