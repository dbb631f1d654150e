//! What principals' own sides allow, and the ceilings of what reaches them otherwise.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::statements::NO_STATEMENT;
use super::{Given, NONE, Numbers};
use crate::answers::CeilingId;
use crate::facts::{Caller, Layer, PrincipalId};
use crate::output::factored::{Ceilings, Permissions};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;

/// Actions, resources, owners and condition of a row, as numbers.
pub(super) type Columns = [u32; 4];

/// Rows of `permissions`: principal, region, statements.
pub(super) struct OwnRows {
    rows: Vec<Vec<(Columns, u32)>>,
}

impl Given<'_> {
    /// The permissions of a principal in the report, as far as layers that nobody knows let them pass; those of root
    /// users are all that SCPs leave (S-ROOT-01).
    fn own(&self, id: PrincipalId, place: usize) -> impl Iterator<Item = (Region, Option<u32>)> {
        let range = self.own.ranges.get(place).cloned().unwrap_or_default();
        let open = self.engine.open_layers(id).bounded;
        let conditions = &self.engine.facts().arena().conditions;
        let fact = self.engine.facts().principal(id);
        let root = matches!(fact.caller, Caller::Root | Caller::AssumedRoot);
        let ceiling = self.ceilings.of.get(place).filter(|_| root);
        let of_root = ceiling.map(|&(direct, _)| self.ceilings.get(direct)).unwrap_or_default();
        let rows = range.clone().zip(self.own.rows.get(range).unwrap_or_default());
        rows.map(move |(row, permission)| {
            let condition = conditions.and(permission.region.condition, open);
            (Region { condition, ..permission.region }, Some(row as u32))
        })
        .chain(of_root.iter().map(|&region| (region, None)))
    }

    /// The conditions of own rows that the report does not hold as they are.
    pub(super) fn conditions_of_own(&self) -> impl Iterator<Item = ConditionId> {
        let open = |id: PrincipalId| !self.engine.open_layers(id).bounded.is_always();
        let open = self.principals.order.iter().filter(move |(id, _)| open(*id));
        open.flat_map(|&(id, place)| self.own(id, place).map(|(region, _)| region.condition))
    }
}

impl OwnRows {
    pub(super) fn new(given: &Given, numbers: &Numbers) -> Self {
        let rows = given
            .principals
            .order
            .par_iter()
            .with_min_len(64)
            .map(|&(id, place)| {
                let mut rows: Vec<(Columns, u32)> = given
                    .own(id, place)
                    .filter_map(|(region, row)| {
                        let statement = row.and_then(|row| given.own.rows.get(row as usize));
                        let statement = statement.map_or(NO_STATEMENT, |row| {
                            numbers.statements.get(row.statement, Layer::Identity)
                        });
                        Some((columns(numbers, region)?, statement))
                    })
                    .collect();
                rows.sort_unstable();
                numbers.sets.join(rows)
            })
            .collect();
        Self { rows }
    }

    pub(super) fn table(&self, numbers: &Numbers) -> Permissions {
        let count: usize = self.rows.iter().map(Vec::len).sum();
        let mut table = Permissions {
            principal: Vec::with_capacity(count),
            action_set: Vec::with_capacity(count),
            resource_set: Vec::with_capacity(count),
            owner_set: Vec::with_capacity(count),
            condition: Vec::with_capacity(count),
            statement_set: Vec::with_capacity(count),
        };
        for (principal, rows) in self.rows.iter().enumerate() {
            for &([actions, resources, owners, condition], statements) in rows {
                table.principal.push(principal as u32);
                table.action_set.push(actions);
                table.resource_set.push(resources);
                table.owner_set.push(owners);
                table.condition.push(condition);
                table.statement_set.push(numbers.sets.get(statements));
            }
        }
        table
    }
}

/// The numbers of a region's parts; none if one of them is empty.
pub(super) fn columns(numbers: &Numbers, region: Region) -> Option<Columns> {
    if region.condition.is_never() {
        return None;
    }
    Some([
        numbers.actions.get(region.actions)?,
        numbers.resources.get(region.resources)?,
        numbers.owners.get(region.owner),
        numbers.conditions.get(region.condition),
    ])
}

/// Ceilings in the order of their rows.
pub(super) struct CeilingRows {
    numbers: FxHashMap<CeilingId, u32>,
    rows: Vec<Vec<Columns>>,
}

/// The ceilings that principals have.
pub(super) fn ceilings(given: &Given, numbers: &Numbers) -> CeilingRows {
    let ids: Vec<CeilingId> = given
        .ceilings
        .of
        .iter()
        .flat_map(|&(direct, bounded)| [direct, bounded])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut all: Vec<(Vec<Columns>, CeilingId)> = ids
        .into_par_iter()
        .map(|id| {
            let regions = given.ceilings.get(id).iter();
            let mut rows: Vec<Columns> = regions.filter_map(|&region| columns(numbers, region)).collect();
            rows.sort_unstable();
            rows.dedup();
            (rows, id)
        })
        .collect();
    all.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut of = CeilingRows { numbers: FxHashMap::default(), rows: Vec::new() };
    for (rows, id) in all {
        if of.rows.last() != Some(&rows) {
            of.rows.push(rows);
        }
        of.numbers.insert(id, of.rows.len() as u32 - 1);
    }
    of
}

impl CeilingRows {
    /// The ceilings of a principal, by its place in the report.
    pub(super) fn of(&self, given: &Given, place: usize) -> (u32, u32) {
        let number = |id: CeilingId| self.numbers.get(&id).copied().unwrap_or(NONE);
        given
            .ceilings
            .of
            .get(place)
            .map_or((NONE, NONE), |&(direct, bounded)| (number(direct), number(bounded)))
    }

    pub(super) fn table(&self) -> Ceilings {
        let mut table = Ceilings::default();
        for (number, rows) in self.rows.iter().enumerate() {
            for &[actions, resources, owners, condition] in rows {
                table.ceiling.push(number as u32);
                table.action_set.push(actions);
                table.resource_set.push(resources);
                table.owner_set.push(owners);
                table.condition.push(condition);
            }
        }
        table
    }
}
