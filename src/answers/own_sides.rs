//! What the own side of each of many principals allows, row by row.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::administrators::SELF_GRANTS;
use super::engine::Engine;
use super::permissions::Permission;
use crate::facts::{AskedAction, BoundPolicyId, PrincipalId, PrincipalKind};

/// The own sides of some principals, in the order in which they were asked for.
pub struct OwnSides {
    /// Who may do everything, or can make itself such.
    pub administrators: Vec<Administrator>,
    /// For each principal the range of `rows` that is its own.
    pub ranges: Vec<Range<usize>>,
    /// Permissions.
    pub rows: Vec<Permission>,
}

/// Whether a principal has everything.
#[derive(Clone, Copy, Debug)]
pub struct Administrator {
    /// Identity policies met with the boundary allow every action on every resource, unconditionally.
    pub administrator: bool,
    /// After all layers it can, unconditionally, give itself or its role any policy, with no boundary in the way.
    pub effective: bool,
}

impl Engine {
    /// Whether each of some principals is an administrator, found without its permissions.
    pub fn administrators(&self, principals: &[PrincipalId]) -> Vec<bool> {
        self.sides.make_all(&self.facts);
        principals.par_iter().with_min_len(64).map(|&id| self.is_administrator(id)).collect()
    }

    /// Whether each of some principals can make itself an administrator, found with the permissions of those only whose policies
    /// speak of what it takes.
    pub fn effective_administrators(&self, principals: &[PrincipalId]) -> Vec<bool> {
        self.make_sides();
        let speaking = self.policies_with(&SELF_GRANTS);
        let may = |id: &PrincipalId| {
            let side = self.sides.of(&self.facts, *id);
            self.facts.principal(*id).kind == PrincipalKind::Root
                || side.identity.iter().any(|(_, bound)| speaking.contains(bound))
        };
        let candidates: Vec<PrincipalId> = principals.iter().copied().filter(may).collect();
        let permissions = self.permissions_among(&candidates);
        let is = |id: &PrincipalId| {
            let mut rows = Vec::new();
            self.permissions_of(&permissions, *id, &mut rows);
            self.is_effective_administrator(*id, &rows)
        };
        let found: FxHashSet<PrincipalId> = candidates.into_par_iter().with_min_len(16).filter(is).collect();
        principals.iter().map(|id| found.contains(id)).collect()
    }

    /// The policies that allow one of some actions on something.
    fn policies_with(&self, actions: &[&str]) -> FxHashSet<BoundPolicyId> {
        let arena = self.facts.arena();
        let asked: Vec<AskedAction> = actions.iter().map(|action| self.facts.asked_action(action)).collect();
        let allows = |policy: &BoundPolicyId| {
            let allowed = self.sides.regions(*policy).iter().filter(|region| !region.denies);
            let mut sets = allowed.map(|region| arena.get(region.region).actions);
            sets.any(|set| {
                asked.iter().any(|action| match action.index {
                    Some(index) => arena.actions.contains(set, index),
                    None => arena.actions.contains_foreign(set, &action.name),
                })
            })
        };
        (0..self.sides.bound_policies() as u32).into_par_iter().map(BoundPolicyId).filter(allows).collect()
    }

    /// The own sides of some principals, in the order given.
    pub fn own_sides(&self, principals: &[PrincipalId]) -> OwnSides {
        let permissions = self.permissions();
        let parts: Vec<(Vec<Administrator>, Vec<usize>, Vec<Permission>)> = principals
            .par_chunks(256)
            .map(|principals| {
                let (mut administrators, mut ends, mut rows) = (Vec::new(), Vec::new(), Vec::new());
                for &id in principals {
                    let start = rows.len();
                    self.permissions_of(&permissions, id, &mut rows);
                    let own = rows.get(start..).unwrap_or_default();
                    administrators.push(Administrator {
                        administrator: self.is_administrator(id),
                        effective: self.is_effective_administrator(id, own),
                    });
                    ends.push(rows.len());
                }
                (administrators, ends, rows)
            })
            .collect();
        let mut sides = OwnSides {
            administrators: Vec::with_capacity(principals.len()),
            ranges: Vec::with_capacity(principals.len()),
            rows: Vec::with_capacity(parts.iter().map(|(_, _, rows)| rows.len()).sum()),
        };
        for (administrators, ends, rows) in parts {
            let before = sides.rows.len();
            let mut start = before;
            for end in ends {
                sides.ranges.push(start..before + end);
                start = before + end;
            }
            sides.administrators.extend(administrators);
            sides.rows.extend(rows);
        }
        sides
    }
}
