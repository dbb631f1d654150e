//! Organisations: their tree, and the SCPs and RCPs attached to its nodes.

use std::fmt;
use std::sync::Arc;

use super::{AccountId, Collected, NodeId, OrganizationId, OrganizationPolicyId, PolicyRef, S3Policy, Tags};

/// One AWS organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`.
    pub id: OrganizationId,
    /// The management account, to which no SCP and no RCP applies; none if the export does not say.
    pub management_account: Option<AccountId>,
    /// Roots and organisational units. An organisation has one root today; each [`Node`] names its parent.
    pub nodes: im::OrdMap<NodeId, Arc<Node>>,
    /// SCPs and RCPs.
    pub policies: im::OrdMap<OrganizationPolicyId, Arc<OrganizationPolicy>>,
    /// S3 policies; none if they were not collected.
    pub s3_policies: Option<Arc<[S3Policy]>>,
    /// Accounts that are registered as delegated administrators; none if they were not collected.
    pub delegated_administrators: Option<Arc<[DelegatedAdministrator]>>,
    /// Whether it can open sessions of its members' root users (S-SESS-10); none if that was not collected.
    pub root_sessions: Option<bool>,
    /// The resource policy of the organisation, by which it delegates the management of policies (S-SVC-16).
    pub resource_policy: Collected<PolicyRef>,
    /// Types of which there may be more policies than were listed.
    pub unlisted: Arc<[OrganizationPolicyType]>,
    /// Whether its lists go on where the file ends, those of accounts and units too.
    pub goes_on: bool,
}

/// An account that is registered as a delegated administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedAdministrator {
    /// The account.
    pub account: AccountId,
    /// The services that it administers, `iam.amazonaws.com`; none if they were not collected.
    pub services: Option<Box<[Arc<str>]>>,
}

/// A root or organisational unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// `r-…` or `ou-…`.
    pub id: NodeId,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The node above it; none for a root. It may be missing from the estate.
    pub parent: Option<NodeId>,
    /// Whether SCPs are evaluated below this root (S-SCP-10). Of no meaning for organisational units.
    pub scp: PolicyTypeStatus,
    /// Whether RCPs are evaluated below this root. Of no meaning for organisational units.
    pub rcp: PolicyTypeStatus,
    /// Whether S3 policies are in effect below this root. Of no meaning for organisational units.
    pub s3: PolicyTypeStatus,
    /// Its tags; none if they were not collected.
    pub tags: Option<Tags>,
}

/// Whether a policy type is switched on at a root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyTypeStatus {
    /// Policies of the type are evaluated.
    Enabled,
    /// They are not.
    Disabled,
    /// The type is just being switched on or off (D-ORG-02), so nobody knows whether policies of it are evaluated.
    Switching,
    /// The export does not say.
    #[default]
    Unknown,
}

/// The two types of policies that organisations enforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrganizationPolicyType {
    /// Limits what principals of the accounts below may do.
    Scp,
    /// Limits what may be done to resources of the accounts below.
    Rcp,
}

impl fmt::Display for OrganizationPolicyType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Scp => "SCP",
            Self::Rcp => "RCP",
        })
    }
}

/// An SCP or RCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPolicy {
    /// `p-…`.
    pub id: OrganizationPolicyId,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// SCP or RCP.
    pub kind: OrganizationPolicyType,
    /// Whether it is AWS's full-access policy.
    pub aws_managed: bool,
    /// Its document; none if it was not collected.
    pub policy: Option<PolicyRef>,
    /// The nodes and accounts that it is attached to directly.
    pub targets: im::OrdSet<Target>,
    /// Whether it was collected what it is attached to. If not, it may be attached to anything (D-ORG-07).
    pub targets_known: bool,
}

/// What an SCP or RCP can be attached to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A root or organisational unit.
    Node(NodeId),
    /// An account.
    Account(AccountId),
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => node.fmt(out),
            Self::Account(account) => account.fmt(out),
        }
    }
}

/// The way from a root down to the node right above an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationPath<'a> {
    /// The organisation.
    pub organization: &'a Arc<Organization>,
    /// Root first. If a node on the way was not collected, only what lies below it.
    pub nodes: Vec<&'a Arc<Node>>,
    /// Whether the way starts at a root. If not, levels of it are missing.
    pub complete: bool,
}

impl OrganizationPath<'_> {
    /// The value of `aws:PrincipalOrgPaths` and `aws:ResourceOrgPaths`: `o-id/r-id/ou-id/` (S-KEY-05); none if levels
    /// are missing.
    pub fn org_path(&self) -> Option<String> {
        self.complete.then(|| {
            let nodes = self.nodes.iter().map(|node| node.id.as_str());
            std::iter::once(self.organization.id.as_str())
                .chain(nodes)
                .map(|step| format!("{step}/"))
                .collect()
        })
    }
}

impl Organization {
    /// An organisation of which nothing was collected but that it exists.
    pub fn hollow(id: OrganizationId) -> Self {
        Self {
            id,
            management_account: None,
            nodes: im::OrdMap::new(),
            policies: im::OrdMap::new(),
            s3_policies: None,
            delegated_administrators: None,
            root_sessions: None,
            resource_policy: Collected::NotCollected,
            unlisted: Arc::default(),
            goes_on: false,
        }
    }

    /// The way from the root to `parent`, the node right above an account.
    pub fn path_to<'a>(self: &'a Arc<Self>, parent: Option<&NodeId>) -> OrganizationPath<'a> {
        let mut nodes = Vec::new();
        let mut next = parent;
        let mut complete = parent.is_some();
        while let Some(id) = next {
            let Some(node) = self.nodes.get(id) else {
                complete = false;
                break;
            };
            if nodes.len() > self.nodes.len() {
                complete = false;
                break;
            }
            nodes.push(node);
            next = node.parent.as_ref();
        }
        nodes.reverse();
        OrganizationPath { organization: self, nodes, complete }
    }

    /// The roots.
    pub fn roots(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.values().filter(|node| node.parent.is_none())
    }

    /// The policies of a type that are attached directly to `target`, by id.
    pub fn attached(
        &self,
        kind: OrganizationPolicyType,
        target: &Target,
    ) -> impl Iterator<Item = &Arc<OrganizationPolicy>> {
        self.policies.values().filter(move |policy| policy.kind == kind && policy.targets.contains(target))
    }
}
