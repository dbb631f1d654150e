//! Which statements allow what a principal does, for the places of findings.

use std::collections::BTreeSet;

use crate::answers::chains::Hops;
use crate::datalog::engine::{Bound, Rows as Answer};
use crate::datalog::text::Value;
use crate::facts::{AskedAction, Layer, PrincipalId, StatementId};

use super::Rows;

impl Rows<'_> {
    /// The statements that allow each of some pairs of principal and action.
    pub(super) fn granted_by<'h>(&self, bound: &Bound, hops: impl Fn() -> &'h Hops) -> Answer {
        let facts = self.engine.facts();
        let mut rows = Answer::new(4);
        for tuple in bound.tuples() {
            let [name @ Value::Text(principal), of @ Value::Text(action)] = tuple else { continue };
            let Some(id) = facts.principal_id(principal) else { continue };
            let asked = facts.asked_action(action);
            let mut statements = self.allowing(id, &asked);
            if !facts.principal(id).caller.has_own_side() && asked.name.starts_with("sts:AssumeRole") {
                statements.extend(self.trusting(id, &asked, hops()));
            }
            for StatementId { policy, index } in statements {
                rows.push([name.clone(), of.clone(), self.policy(policy), Value::Number(index.into())]);
            }
        }
        rows
    }

    /// The Allow statements of a principal's identity policies that hold an action.
    fn allowing(&self, id: PrincipalId, action: &AskedAction) -> BTreeSet<StatementId> {
        let (facts, sides) = (self.engine.facts(), self.engine.sides());
        let actions = &facts.arena().actions;
        let side = sides.of(facts, id);
        let own = side.identity.iter().filter(|(policy, _)| !policy.is_none_of_estate());
        let regions =
            own.flat_map(|&(policy, bound)| sides.regions(bound).iter().map(move |of| (policy, of)));
        let allowing = regions.filter(|(_, of)| {
            let set = facts.arena().get(of.region).actions;
            let acts = match action.index {
                Some(index) => actions.contains(set, index),
                None => actions.contains_foreign(set, &action.name),
            };
            !of.denies && acts
        });
        allowing.map(|(policy, of)| StatementId { policy, index: of.statement }).collect()
    }

    /// The Allow statements of trust policies by which a caller takes roles.
    fn trusting(&self, id: PrincipalId, action: &AskedAction, hops: &Hops) -> BTreeSet<StatementId> {
        let own = hops.from(id).map(|hop| hops.get(hop)).filter(|hop| *hop.by.name() == *action.name);
        let decided = own.filter_map(|hop| self.engine.hop(hop));
        let matched = decided.flat_map(|row| row.examined.matched);
        let allowing = matched.filter(|matched| matched.layer == Layer::Resource && !matched.denies);
        allowing.map(|matched| matched.statement).collect()
    }
}
