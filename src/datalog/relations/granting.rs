//! Which statements allow what a principal does, for the places of findings.

use std::collections::BTreeSet;

use crate::answers::chains::Hops;
use crate::datalog::engine::{Bound, Rows as Answer};
use crate::datalog::text::Value;
use crate::facts::{AskedAction, Layer, PrincipalId, StatementId};

use super::Rows;
use super::asked::text;

impl Rows<'_> {
    /// The statements that allow each of some pairs of principal and action, on the resource that is bound besides, if one is.
    pub(super) fn granted<'h>(&self, bound: &Bound, hops: impl Fn() -> &'h Hops) -> Answer {
        let facts = self.engine.facts();
        let mut rows = Answer::new(bound.columns().len() + 2);
        for tuple in bound.tuples() {
            let [Value::Text(principal), Value::Text(action), on @ ..] = tuple else { continue };
            let Some(id) = facts.principal_id(principal) else { continue };
            let resource = on.first().map(text);
            let asked = facts.asked_action(action);
            let mut statements = self.allowing(id, &asked, resource.as_deref());
            if !facts.principal(id).caller.has_own_side() && asked.name.starts_with("sts:AssumeRole") {
                statements.extend(self.trusting(id, &asked, resource.as_deref(), hops()));
            }
            for StatementId { policy, index } in statements {
                let statement = [self.policy(policy), Value::Number(index.into())];
                rows.push(tuple.iter().cloned().chain(statement));
            }
        }
        rows
    }

    /// The Allow statements of a principal's identity policies that hold an action, and a resource if one is given.
    fn allowing(
        &self,
        id: PrincipalId,
        action: &AskedAction,
        resource: Option<&str>,
    ) -> BTreeSet<StatementId> {
        let (facts, sides) = (self.engine.facts(), self.engine.sides());
        let (actions, resources) = (&facts.arena().actions, &facts.arena().resources);
        let side = sides.of(facts, id);
        let own = side.identity.iter().filter(|(policy, _)| !policy.is_none_of_estate());
        let regions =
            own.flat_map(|&(policy, bound)| sides.regions(bound).iter().map(move |of| (policy, of)));
        let allowing = regions.filter(|(_, of)| {
            let region = facts.arena().get(of.region);
            let acts = match action.index {
                Some(index) => actions.contains(region.actions, index),
                None => actions.contains_foreign(region.actions, &action.name),
            };
            !of.denies && acts && resource.is_none_or(|arn| resources.contains(region.resources, arn))
        });
        allowing.map(|(policy, of)| StatementId { policy, index: of.statement }).collect()
    }

    /// The Allow statements of trust policies by which a caller takes roles.
    fn trusting(
        &self,
        id: PrincipalId,
        action: &AskedAction,
        role: Option<&str>,
        hops: &Hops,
    ) -> BTreeSet<StatementId> {
        let facts = self.engine.facts();
        let wanted = |to: PrincipalId| role.is_none_or(|role| *facts.principal(to).name == *role);
        let own = hops.from(id).map(|hop| hops.get(hop));
        let own = own.filter(|hop| *hop.by.name() == *action.name && wanted(hop.to));
        let decided = own.filter_map(|hop| self.engine.hop(hop));
        let matched = decided.flat_map(|row| row.examined.matched);
        let allowing = matched.filter(|matched| matched.layer == Layer::Resource && !matched.denies);
        allowing.map(|matched| matched.statement).collect()
    }
}
