//! Which statements of SCPs and RCPs speak against an action, for the places of findings.

use rustc_hash::FxHashMap;

use super::Rows;
use super::asked::text;
use crate::datalog::engine::{Bound, Rows as Answer};
use crate::datalog::text::Value;
use crate::facts::{AskedAction, PolicyId};

impl Rows<'_> {
    /// The Deny statements of the SCPs and RCPs that limit each account, for each of some actions that they hold.
    pub(super) fn denied(&self, bound: &Bound) -> Answer {
        let facts = self.engine.facts();
        let limits = &self.engine.sides().ceilings().limits;
        let mut rows = Answer::new(4);
        for action in bound.tuples().filter_map(<[Value]>::first) {
            let asked = facts.asked_action(&text(action));
            let mut of_policy: FxHashMap<PolicyId, Vec<u32>> = FxHashMap::default();
            for &(_, account, _, policy) in limits {
                for index in of_policy.entry(policy).or_insert_with(|| self.denying(policy, &asked)) {
                    let statement = [self.policy(policy), Value::Number((*index).into())];
                    rows.push([self.node(account), action.clone()].into_iter().chain(statement));
                }
            }
        }
        rows
    }

    /// The Deny statements of a policy that hold an action, on something and under some condition.
    fn denying(&self, policy: PolicyId, action: &AskedAction) -> Vec<u32> {
        let facts = self.engine.facts();
        // What was not collected has no statements.
        if facts.policy(policy).document.is_none() {
            return Vec::new();
        }
        let actions = &facts.arena().actions;
        let compiled = facts.compiled(policy);
        let regions = facts.compiler.read_for_anybody(&compiled).iter().filter(|of| of.denies);
        let held = regions.filter(|of| {
            let region = facts.arena().get(of.region);
            match action.index {
                Some(index) => actions.contains(region.actions, index),
                None => actions.contains_foreign(region.actions, &action.name),
            }
        });
        let mut statements: Vec<u32> = held.map(|of| of.statement).collect();
        statements.sort_unstable();
        statements.dedup();
        statements
    }
}
