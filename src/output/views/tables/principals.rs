//! Principals by ARN.

use rustc_hash::FxHashMap;

use super::super::kind;
use super::Given;
use super::own::CeilingRows;
use crate::answers::{ByName, Members};
use crate::estate::AccountId;
use crate::facts::{Caller, PrincipalId, PrincipalKind};
use crate::output::factored::Principals;

/// The principals that were asked for, in the order of their ARNs.
pub(super) struct PrincipalNumbers {
    /// For each principal in this order its id and its place in the report.
    pub order: Vec<(PrincipalId, usize)>,
    /// For each place by name how many were asked for among those before; at the end, how many in all.
    before: Vec<u32>,
}

impl PrincipalNumbers {
    pub(super) fn new(by_name: &ByName, principals: &[PrincipalId]) -> Self {
        let mut places: Vec<Option<usize>> = vec![None; by_name.order().len()];
        for (place, id) in principals.iter().enumerate() {
            places.get_mut(id.index()).into_iter().for_each(|slot| *slot = Some(place));
        }
        let mut numbers = Self { order: Vec::with_capacity(principals.len()), before: vec![0] };
        for &id in by_name.order() {
            numbers.order.extend(places.get(id.index()).copied().flatten().map(|place| (id, place)));
            numbers.before.push(numbers.order.len() as u32);
        }
        numbers
    }

    /// The runs of numbers of a set of principals, as far as they were asked for: each from its first to before its end.
    pub(super) fn runs(&self, members: &Members) -> Vec<(u32, u32)> {
        let before = |place: u32| self.before.get(place as usize).copied().unwrap_or_default();
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for (start, end) in members.runs().map(|(start, end)| (before(start), before(end))) {
            match runs.last_mut() {
                Some((_, last)) if *last == start => *last = end,
                _ if start == end => {}
                _ => runs.push((start, end)),
            }
        }
        runs
    }
}

pub(super) fn table(given: &Given, ceilings: &CeilingRows) -> Principals {
    let facts = given.engine.facts();
    let mut table = Principals::default();
    let mut paths: FxHashMap<AccountId, Option<String>> = FxHashMap::default();
    for (number, &(id, place)) in given.principals.order.iter().enumerate() {
        let fact = facts.principal(id);
        let administrator = given.own.administrators.get(place);
        table.principal.push(number as u32);
        table.arn.push(if fact.kind == PrincipalKind::Everyone { "*" } else { &fact.name });
        table.kind.push(kind(fact.kind).as_str());
        table.account.push(fact.account.map(|account| account.to_string()).as_deref());
        let path = fact.account.and_then(|account| {
            let path = paths.entry(account).or_insert_with(|| {
                let path = facts.estate.org_path(account)?;
                Some(path.trim_end_matches('/').to_owned())
            });
            path.as_deref()
        });
        table.organization_path.push(path);
        table.active.push(fact.may_act);
        table.service_linked.push(fact.caller == Caller::ServiceLinkedSession);
        table.administrator.push(administrator.is_some_and(|of| of.administrator));
        table.effective_administrator.push(administrator.is_some_and(|of| of.effective));
        table.boundary.push(fact.identity().and_then(|identity| identity.boundary.as_deref()));
        let (direct, bounded) = ceilings.of(given, place);
        table.ceiling.push(direct);
        table.bounded_ceiling.push(bounded);
    }
    table
}
