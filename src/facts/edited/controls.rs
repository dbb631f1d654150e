//! SCPs and RCPs as an edit leaves them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::edit::Edit;
use crate::facts::ids::{ControlKind, NodeId, PolicyId, PrincipalId};
use crate::facts::organization::Levels;

impl Edit {
    /// SCPs and RCPs as the estate has them now. What is attached where it was keeps its number.
    pub fn controls(&mut self) {
        let before = self.facts.levels.clone();
        let mut policies = Vec::new();
        let mut levels = Levels::of(&self.facts.estate, &mut policies);
        let mut known: FxHashMap<(ControlKind, NodeId), Vec<PolicyId>> = FxHashMap::default();
        for &(kind, node, policy) in &before.attached {
            known.entry((kind, node)).or_default().push(policy);
        }
        let mut changed: FxHashSet<NodeId> = FxHashSet::default();
        for (kind, node, policy) in &mut levels.attached {
            let Some(fact) = policies.get(policy.index()).cloned() else { continue };
            let here = known.entry((*kind, *node)).or_default();
            *policy = match here.iter().position(|&id| *self.facts.policy(id) == fact) {
                Some(place) => here.swap_remove(place),
                None => {
                    changed.insert(*node);
                    self.gained.extend(fact.document);
                    self.facts.add_policy(fact)
                }
            };
        }
        for ((_, node), policies) in known {
            for policy in policies {
                changed.insert(node);
                self.lost.extend(self.facts.policy(policy).document);
                self.facts.policies[policy.index()].in_use = false;
            }
        }
        changed.extend(before.top.iter().filter(|top| !levels.top.contains(top)).map(|(_, node)| *node));
        changed.extend(levels.top.iter().filter(|top| !before.top.contains(top)).map(|(_, node)| *node));
        let parents: FxHashMap<NodeId, NodeId> = levels.parent.iter().copied().collect();
        let is_below = |account: NodeId| {
            let path = std::iter::successors(Some(account), |node| parents.get(node).copied());
            // A tree that was read wrong may go round.
            path.take(levels.names.len()).any(|node| changed.contains(&node))
        };
        let accounts: FxHashSet<NodeId> =
            levels.accounts.values().copied().filter(|&node| is_below(node)).collect();
        let principals = self.facts.principals.iter().enumerate();
        let limited =
            principals.filter(|(_, fact)| fact.standing.level.is_some_and(|level| accounts.contains(&level)));
        self.limited = limited.map(|(index, _)| PrincipalId(index as u32)).collect();
        self.facts.levels = Arc::new(levels);
    }
}
