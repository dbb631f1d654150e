//! Principals by ARN.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::kind;
use super::own::CeilingRows;
use super::{Given, NONE};
use crate::answers::Engine;
use crate::estate::AccountId;
use crate::facts::{Caller, PrincipalId};
use crate::output::factored::Principals;

/// The principals that were asked for, in the order of their ARNs.
pub(super) struct PrincipalNumbers {
    /// For each principal in this order its id and its place in the report.
    pub order: Vec<(PrincipalId, usize)>,
    numbers: Vec<u32>,
}

impl PrincipalNumbers {
    pub(super) fn new(engine: &Engine, principals: &[PrincipalId]) -> Self {
        let facts = engine.facts();
        let mut order: Vec<(PrincipalId, usize)> = principals.iter().copied().zip(0..).collect();
        order.par_sort_unstable_by(|a, b| facts.principal(a.0).name.cmp(&facts.principal(b.0).name));
        order.dedup_by_key(|(id, _)| *id);
        let mut numbers = vec![NONE; facts.principals.len()];
        for (number, (id, _)) in order.iter().enumerate() {
            if let Some(slot) = numbers.get_mut(id.index()) {
                *slot = number as u32;
            }
        }
        Self { order, numbers }
    }

    /// The number of a principal, if it was asked for.
    pub(super) fn get(&self, id: PrincipalId) -> Option<u32> {
        self.numbers.get(id.index()).copied().filter(|&number| number != NONE)
    }
}

pub(super) fn table(given: &Given, ceilings: &CeilingRows) -> Principals {
    let facts = given.engine.facts();
    let mut table = Principals::default();
    let mut paths: FxHashMap<AccountId, Option<String>> = FxHashMap::default();
    for (number, &(id, place)) in given.principals.order.iter().enumerate() {
        let fact = facts.principal(id);
        let summary = given.report.summaries.get(place);
        table.principal.push(number as u32);
        table.arn.push(&fact.name);
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
        table.administrator.push(summary.is_some_and(|summary| summary.administrator));
        table.effective_administrator.push(summary.is_some_and(|summary| summary.effective_administrator));
        table.boundary.push(fact.identity().and_then(|identity| identity.boundary.as_deref()));
        let (direct, bounded) = ceilings.of(given, place);
        table.ceiling.push(direct);
        table.bounded_ceiling.push(bounded);
    }
    table
}
