//! S3 policies of organisations: Block Public Access for all accounts below a node (S-S3-05).

use serde_json::{Map, Value};

use super::{AccountId, Estate, OrganizationPolicyId, PolicyTypeStatus, Target};

/// An S3 policy of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Policy {
    /// `p-…`.
    pub id: OrganizationPolicyId,
    /// What it says of Block Public Access; none if it was not collected or says something unknown.
    pub says: Option<S3Statement>,
    /// The nodes and accounts that it is attached to directly.
    pub targets: im::OrdSet<Target>,
    /// Whether it was collected what it is attached to. If not, it may be attached to anything (D-ORG-07).
    pub targets_known: bool,
}

/// What an S3 policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S3Statement {
    /// Whether all four switches of accounts are on (`all`) or the policy leaves them off (`none`); none if it says neither.
    pub blocks: Option<bool>,
    /// Whether policies below may say otherwise.
    pub may_change: bool,
}

/// The S3 policy that counts for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectiveS3Policy {
    /// There is none: the account's own setting counts.
    None,
    /// `all`: every switch is on.
    All,
    /// `none`.
    NoneOn,
    /// What it says is not known.
    NotCollected,
}

impl S3Statement {
    /// Reads `{"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}}`; none if it is not understood.
    pub(super) fn read(text: &str) -> Option<Self> {
        let whole: Map<String, Value> = serde_json::from_str(text).ok()?;
        let open = |value: &Map<String, Value>| match value.get("@@operators_allowed_for_child_policies") {
            None => true,
            Some(allowed) => {
                let lets = |one: &Value| matches!(one.as_str(), Some("@@assign" | "@@all"));
                allowed.as_array().is_some_and(|all| all.iter().any(lets))
            }
        };
        let mut said = Self { blocks: None, may_change: open(&whole) };
        let Some(attributes) = whole.get("s3_attributes") else { return Some(said) };
        let attributes = attributes.as_object()?;
        said.may_change &= open(attributes);
        let value = match attributes.get("public_access_block_configuration") {
            None => return Some(said),
            Some(Value::Object(operators)) => {
                said.may_change &= open(operators);
                match operators.get("@@assign") {
                    None => return Some(said),
                    Some(value) => value.as_str()?,
                }
            }
            Some(value) => value.as_str()?,
        };
        said.blocks = match value {
            "all" => Some(true),
            "none" => Some(false),
            _ => return None,
        };
        Some(said)
    }
}

impl Estate {
    /// The S3 policy that counts for an account: of those on the way from the root, the one nearest to it, unless one above
    /// forbids that. Where two of one level disagree, or a level was not collected, nobody knows.
    pub fn s3_policy_of(&self, account: AccountId) -> EffectiveS3Policy {
        let Some(path) = self.organization_path(account) else { return EffectiveS3Policy::None };
        let status = path.nodes.first().map_or(PolicyTypeStatus::Unknown, |root| root.s3);
        let policies = match (&path.organization.s3_policies, status) {
            (_, PolicyTypeStatus::Disabled) => return EffectiveS3Policy::None,
            (_, PolicyTypeStatus::Switching) | (None, PolicyTypeStatus::Enabled) => {
                return EffectiveS3Policy::NotCollected;
            }
            (None, PolicyTypeStatus::Unknown) => return EffectiveS3Policy::None,
            (Some(policies), _) => policies,
        };
        if policies.iter().any(|policy| !policy.targets_known) || !path.complete && !policies.is_empty() {
            return EffectiveS3Policy::NotCollected;
        }
        let nodes = path.nodes.iter().map(|node| Target::Node(node.id.clone()));
        let mut effective = EffectiveS3Policy::None;
        for target in nodes.chain([Target::Account(account)]) {
            let mut of_level = None;
            let mut may_change = true;
            for policy in policies.iter().filter(|policy| policy.targets.contains(&target)) {
                let Some(said) = policy.says else { return EffectiveS3Policy::NotCollected };
                may_change &= said.may_change;
                match (of_level, said.blocks) {
                    (Some(one), Some(other)) if one != other => return EffectiveS3Policy::NotCollected,
                    (_, Some(blocks)) => of_level = Some(blocks),
                    (_, None) => {}
                }
            }
            effective = match of_level {
                Some(true) => EffectiveS3Policy::All,
                Some(false) => EffectiveS3Policy::NoneOn,
                None => effective,
            };
            if !may_change {
                break;
            }
        }
        effective
    }
}
