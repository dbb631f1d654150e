//! What principals get by becoming others: the ways to those who make one request, and the request as the way's session makes it.

use super::carried::Carries;
use super::hops::Hops;
use super::reach::Direction;
use super::steps::Step;
use crate::answers::engine::Engine;
use crate::answers::who_can::ReverseRow;
use crate::facts::PrincipalId;
use crate::region::condition::ConditionId;
use crate::rules::decision::Decision;

/// The ways to one request.
pub struct Through {
    /// The hops that steps of ways are of, where they are not those that were given.
    pub own: Option<Hops>,
    /// One for each principal that gets it by becoming others, and more surely than by itself.
    pub gained: Vec<Gained>,
}

/// How a principal gets a request by becoming others.
pub struct Gained {
    /// Who.
    pub principal: PrincipalId,
    /// Of the whole way, the request included.
    pub decision: Decision,
    /// The steps, as far as the rest of the way needs them.
    pub path: Vec<Step>,
    /// Who makes the request in the end.
    pub end: PrincipalId,
    /// When, given what the way fixed; none: as that principal makes it.
    pub condition: Option<ConditionId>,
}

impl Engine {
    /// Who gets a request by becoming one of those who may make it: by ways whose sessions make it, with what they carry. `stated`:
    /// what the question states of that which sessions carry.
    pub fn through(&self, hops: &Hops, rows: &[&ReverseRow], stated: ConditionId) -> Through {
        let conditions = &self.facts.arena().conditions;
        let asks = |row: &&&ReverseRow| Carries::could_ask(conditions, row.decided.condition);
        if stated.is_always() && !rows.iter().any(|row| asks(&row)) && hops.steps.limited().next().is_none() {
            // Whoever makes it, and however the session came about, it is the same request.
            let ends: Vec<(PrincipalId, Decision)> =
                rows.iter().map(|row| (row.principal, row.decided.decision)).collect();
            let ways = hops.ways_among(&ends);
            let gained = ways.ways.iter().map(|way| Gained {
                principal: way.principal,
                decision: way.decision,
                path: hops.shown(conditions, &ways.path(way)),
                end: way.end,
                condition: None,
            });
            return Through { gained: gained.collect(), own: None };
        }
        let requests: Vec<(PrincipalId, Decision, ConditionId)> = rows
            .iter()
            .map(|row| (row.principal, row.decided.decision, conditions.and(row.decided.condition, stated)))
            .collect();
        let hops = hops.with_requests(self, &requests);
        let end = PrincipalId(self.facts.principals.len() as u32);
        let ways = hops.ways(end, Direction::To, None);
        let gained = ways.ways.iter().filter(|way| way.hops > 1).filter_map(|way| {
            let mut path = hops.shown(conditions, &ways.path(way));
            let request = path.pop()?;
            Some(Gained {
                principal: way.principal,
                decision: way.decision,
                path,
                end: hops.get(request.hop).from,
                condition: Some(conditions.given(request.condition, stated)),
            })
        });
        Through { gained: gained.collect(), own: Some(hops) }
    }
}
