//! What an estate does not hold although something in it says that it exists.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{AccountId, NodeId, OrganizationId, OrganizationPolicyId, OrganizationPolicyType, Target};

/// Something that was not collected. Data that is missing is never *none*: it may change answers (S-EVAL-11).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Gap {
    /// An account whose users, groups, roles and policies were not collected (D-COL-11).
    AccountNotCollected(AccountId),
    /// An account that no loaded organisation lists, so that its SCPs and RCPs are unknown.
    NoOrganization(AccountId),
    /// An export whose pages end with `IsTruncated` or `NextToken` (D-IAM-01).
    ExportTruncated(AccountId),
    /// Another list of an account that ends with `NextToken`.
    ListTruncated {
        /// The account.
        account: AccountId,
        /// The name of its file.
        file: &'static str,
    },
    /// An organisation of which lists end with `NextToken` (D-ORG-10).
    OrganizationTruncated(OrganizationId),
    /// An organisation whose policies of a type could not be listed.
    PoliciesNotListed {
        /// The organisation.
        organization: OrganizationId,
        /// SCP or RCP.
        kind: OrganizationPolicyType,
    },
    /// An export without one of its lists: it was filtered (D-IAM-01).
    ListNotCollected {
        /// The account.
        account: AccountId,
        /// The list.
        list: ExportList,
    },
    /// A managed policy that something names and no export holds (D-IAM-07, S-PB-08), or holds without its default
    /// version.
    PolicyNotCollected {
        /// The ARN of the policy.
        policy: Arc<str>,
        /// ARNs of the users, groups and roles that it is attached to, sorted.
        attached_to: Vec<Arc<str>>,
        /// ARNs of the users and roles whose boundary it is, sorted.
        boundary_of: Vec<Arc<str>>,
    },
    /// A group that users are in and the account's export lacks.
    GroupNotCollected {
        /// The account.
        account: AccountId,
        /// The name of the group.
        group: Arc<str>,
        /// ARNs of its members, sorted.
        members: Vec<Arc<str>>,
    },
    /// A role without its trust policy, by ARN.
    TrustNotCollected(Arc<str>),
    /// A resource whose policy was not collected, by ARN.
    ResourcePolicyNotCollected(Arc<str>),
    /// An account or node whose parent is unknown or missing from its organisation.
    NodeNotCollected {
        /// The organisation.
        organization: OrganizationId,
        /// The missing node; none if nothing names the parent.
        node: Option<NodeId>,
        /// What hangs below it.
        below: Target,
    },
    /// A level without any SCP although SCPs are evaluated, which AWS does not allow (S-SCP-10).
    LevelWithoutScp {
        /// The organisation.
        organization: OrganizationId,
        /// The level.
        target: Target,
    },
    /// An SCP or RCP that is attached and whose document is missing.
    OrganizationPolicyNotCollected {
        /// The organisation.
        organization: OrganizationId,
        /// The policy.
        policy: OrganizationPolicyId,
        /// SCP or RCP.
        kind: OrganizationPolicyType,
        /// What it is attached to.
        targets: Vec<Target>,
    },
    /// An SCP or RCP of which nothing says what it is attached to (D-ORG-07).
    TargetsNotCollected {
        /// The organisation.
        organization: OrganizationId,
        /// The policy.
        policy: OrganizationPolicyId,
    },
    /// An organisation of which nothing says which account manages it (D-ORG-01).
    ManagementAccountUnknown(OrganizationId),
    /// A root of which nothing says whether policies of a type are evaluated (S-SCP-10).
    PolicyTypeUnknown {
        /// The organisation.
        organization: OrganizationId,
        /// The root.
        root: NodeId,
        /// SCP or RCP.
        kind: OrganizationPolicyType,
    },
}

/// The lists of an export of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExportList {
    /// `UserDetailList`
    Users,
    /// `GroupDetailList`
    Groups,
    /// `RoleDetailList`
    Roles,
    /// `Policies`
    Policies,
}

impl ExportList {
    /// The name of the list in the export.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "UserDetailList",
            Self::Groups => "GroupDetailList",
            Self::Roles => "RoleDetailList",
            Self::Policies => "Policies",
        }
    }
}

/// What a gap touches: an answer about any of these may be changed by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Everything in an account.
    Account(AccountId),
    /// A root, organisational unit or account as a level of its organisation, and all below.
    Level(Target),
    /// A principal, group, policy or resource, by ARN.
    Arn(Arc<str>),
}

impl Gap {
    /// What the gap touches.
    pub fn touches(&self) -> Vec<Subject> {
        let arns = |arns: &[Arc<str>]| arns.iter().cloned().map(Subject::Arn).collect::<Vec<_>>();
        match self {
            Self::AccountNotCollected(account)
            | Self::NoOrganization(account)
            | Self::ExportTruncated(account)
            | Self::ListTruncated { account, .. }
            | Self::ListNotCollected { account, .. } => vec![Subject::Account(*account)],
            Self::PolicyNotCollected { policy, attached_to, boundary_of } => {
                let policy = std::iter::once(Subject::Arn(policy.clone()));
                policy.chain(arns(attached_to)).chain(arns(boundary_of)).collect()
            }
            Self::GroupNotCollected { members, .. } => arns(members),
            Self::TrustNotCollected(arn) | Self::ResourcePolicyNotCollected(arn) => {
                vec![Subject::Arn(arn.clone())]
            }
            Self::NodeNotCollected { below: target, .. } | Self::LevelWithoutScp { target, .. } => {
                vec![Subject::Level(target.clone())]
            }
            Self::OrganizationPolicyNotCollected { targets, .. } => {
                targets.iter().cloned().map(Subject::Level).collect()
            }
            // They touch all that the organisation holds, and nothing that a subject stands for.
            Self::TargetsNotCollected { .. }
            | Self::OrganizationTruncated(_)
            | Self::PoliciesNotListed { .. }
            | Self::ManagementAccountUnknown(_) => Vec::new(),
            Self::PolicyTypeUnknown { root, .. } => vec![Subject::Level(Target::Node(root.clone()))],
        }
    }

    /// The stable name of the kind, in kebab-case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNotCollected(_) => "account-not-collected",
            Self::NoOrganization(_) => "no-organization",
            Self::ExportTruncated(_) => "export-truncated",
            Self::ListTruncated { .. } => "list-truncated",
            Self::OrganizationTruncated(_) => "organization-truncated",
            Self::PoliciesNotListed { .. } => "policies-not-listed",
            Self::ListNotCollected { .. } => "list-not-collected",
            Self::PolicyNotCollected { .. } => "policy-not-collected",
            Self::GroupNotCollected { .. } => "group-not-collected",
            Self::TrustNotCollected(_) => "trust-not-collected",
            Self::ResourcePolicyNotCollected(_) => "resource-policy-not-collected",
            Self::NodeNotCollected { .. } => "node-not-collected",
            Self::LevelWithoutScp { .. } => "level-without-scp",
            Self::OrganizationPolicyNotCollected { .. } => "organization-policy-not-collected",
            Self::TargetsNotCollected { .. } => "targets-not-collected",
            Self::ManagementAccountUnknown(_) => "management-account-unknown",
            Self::PolicyTypeUnknown { .. } => "policy-type-unknown",
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountNotCollected(account) => write!(out, "account {account} was not collected"),
            Self::NoOrganization(account) => write!(out, "no loaded organisation lists account {account}"),
            Self::ExportTruncated(account) => write!(out, "the export of account {account} is truncated"),
            Self::ListTruncated { account, file } => {
                write!(out, "`{file}` of account {account} is truncated")
            }
            Self::OrganizationTruncated(id) => write!(out, "the export of organisation {id} is truncated"),
            Self::PoliciesNotListed { organization, kind } => {
                write!(out, "the {kind}s of organisation {organization} were not listed")
            }
            Self::ListNotCollected { account, list } => {
                write!(out, "the export of account {account} has no `{}`", list.as_str())
            }
            Self::PolicyNotCollected { policy, attached_to, boundary_of } => {
                write!(out, "policy `{policy}` was not collected")?;
                let used = |out: &mut fmt::Formatter<'_>, how: &str, by: &[Arc<str>]| match by {
                    [] => Ok(()),
                    [one] => write!(out, ", {how} of `{one}`"),
                    [first, rest @ ..] => write!(out, ", {how} of `{first}` and {} more", rest.len()),
                };
                used(out, "policy", attached_to)?;
                used(out, "boundary", boundary_of)
            }
            Self::GroupNotCollected { account, group, members } => write!(
                out,
                "group `{group}` of account {account} was not collected, which has {} members",
                members.len()
            ),
            Self::TrustNotCollected(role) => write!(out, "the trust policy of `{role}` was not collected"),
            Self::ResourcePolicyNotCollected(arn) => {
                write!(out, "the resource policy of `{arn}` was not collected")
            }
            Self::NodeNotCollected { organization, node: Some(node), below } => {
                write!(out, "node {node} above {below} is missing from organisation {organization}")
            }
            Self::NodeNotCollected { organization, node: None, below } => {
                write!(out, "organisation {organization} does not say where {below} belongs")
            }
            Self::LevelWithoutScp { organization, target } => {
                write!(out, "organisation {organization} shows no SCP at {target}, which must have one")
            }
            Self::OrganizationPolicyNotCollected { organization, policy, kind, .. } => {
                write!(
                    out,
                    "the document of {kind} {policy} of organisation {organization} was not collected"
                )
            }
            Self::TargetsNotCollected { organization, policy } => {
                write!(out, "organisation {organization} does not say what {policy} is attached to")
            }
            Self::ManagementAccountUnknown(organization) => {
                write!(out, "organisation {organization} does not say which account manages it")
            }
            Self::PolicyTypeUnknown { organization, root, kind } => {
                write!(out, "organisation {organization} does not say whether {kind}s are enabled at {root}")
            }
        }
    }
}

/// All gaps of an estate, found by what they touch.
#[derive(Debug, Default)]
pub struct Gaps {
    all: Vec<Gap>,
    by_subject: FxHashMap<Subject, Vec<u32>>,
}

impl Gaps {
    /// Sorts the gaps and indexes them.
    pub(super) fn new(mut all: Vec<Gap>) -> Self {
        all.sort();
        all.dedup();
        let mut by_subject: FxHashMap<Subject, Vec<u32>> = FxHashMap::default();
        for (index, gap) in (0..).zip(&all) {
            for subject in gap.touches() {
                by_subject.entry(subject).or_default().push(index);
            }
        }
        Self { all, by_subject }
    }

    /// All gaps, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &Gap> {
        self.all.iter()
    }

    /// The gaps that touch exactly `subject`. What an account or a level above it lacks is asked for separately.
    pub fn touching<'a>(&'a self, subject: &Subject) -> impl Iterator<Item = &'a Gap> {
        let found = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|&index| self.all.get(index as usize))
    }

    /// How many gaps there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
