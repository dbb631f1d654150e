//! What policies of an organisation are attached to, checked against its tree: a target that is misspelt limits nobody.

use super::FileText;
use crate::document::nearest::nearest;
use crate::estate::{AccountId, NodeId, OrganizationPolicyId, Problem, ProblemKind, Target};

/// An entry of `Targets`, and where it stands.
pub(super) struct Aim {
    pub(super) policy: OrganizationPolicyId,
    pub(super) target: Target,
    pub(super) offset: usize,
}

/// What an organisation has, as far as its file lists it.
pub(super) struct Tree<'a> {
    /// Its roots; none if the file has no list of them.
    pub(super) roots: Option<Vec<&'a NodeId>>,
    /// Its units, as above.
    pub(super) units: Option<Vec<&'a NodeId>>,
    /// Its accounts, the one that manages it among them, as above.
    pub(super) accounts: Option<Vec<AccountId>>,
}

/// A warning about each target that the organisation does not have.
pub(super) fn check(file: &FileText<'_>, aims: &[Aim], tree: &Tree<'_>, problems: &mut Vec<Problem>) {
    for aim in aims {
        let (target, known): (String, Option<Vec<String>>) = match &aim.target {
            Target::Account(account) => {
                let accounts = tree.accounts.as_ref();
                (
                    account.to_string(),
                    accounts.map(|accounts| accounts.iter().map(AccountId::to_string).collect()),
                )
            }
            Target::Node(node) => {
                let nodes = if node.as_str().starts_with("r-") { &tree.roots } else { &tree.units };
                let ids = nodes.as_ref().map(|nodes| nodes.iter().map(|id| id.as_str().to_owned()).collect());
                (node.to_string(), ids)
            }
        };
        let Some(known) = known.filter(|known| !known.contains(&target)) else { continue };
        let meant = nearest(&target, known.iter().map(String::as_str)).map(str::to_owned);
        let kind = ProblemKind::UnknownTarget { policy: aim.policy.to_string(), target, meant };
        problems.push(Problem { kind, at: file.position(aim.offset), also: None });
    }
}
