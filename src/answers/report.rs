//! `report`: what every principal can do, summed up.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::engine::Engine;
use super::levels::{LevelsOf, bit};
use super::reach::Reach;
use crate::catalog::{Catalog, ServiceId};
use crate::estate::AccountId;
use crate::facts::{Layer, Layers, PrincipalId, PrincipalKind, keys};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::resource::ResourceSets;
use crate::rules::decision::depends_on_unloaded;

/// A principal in the report.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Who.
    pub principal: PrincipalId,
    /// Identity policies met with the boundary allow every action on every resource, unconditionally.
    pub administrator: bool,
    /// After all layers it can, unconditionally, give itself or its role any policy, with no boundary in the way.
    pub effective_administrator: bool,
    /// Levels that it has unconditionally on some resource, by service, a bit for each level.
    pub levels: BTreeMap<ServiceId, u8>,
    /// Levels that it has only under a condition.
    pub conditional: BTreeMap<ServiceId, u8>,
    /// Levels that depend on what was not collected or can't be read.
    pub unknown: BTreeMap<ServiceId, u8>,
    /// Layers that take away something that its identity policies grant.
    pub limited_by: Layers,
    /// Other accounts where a resource grants it something that its own policies permit, under a condition or not.
    pub reaches: Vec<AccountId>,
}

/// A report: a summary for each principal.
pub struct Report {
    /// One for each principal.
    pub summaries: Vec<Summary>,
}

/// How a row holds.
enum Hold {
    Always,
    Conditional,
    Unknown,
}

impl Engine {
    /// The report on some principals, in the order given.
    pub fn report(&self, principals: &[PrincipalId]) -> Report {
        let permissions = self.permissions();
        let levels = LevelsOf::new(&self.facts);
        let reach = Reach::new(self);
        let summaries = principals
            .par_iter()
            .with_min_len(16)
            .map(|&id| {
                let mut rows = Vec::new();
                let limited = self.permissions_of(&permissions, id, &mut rows);
                let mut own: Vec<Region> = rows.iter().map(|row| row.region).collect();
                if self.facts.principal(id).kind == PrincipalKind::Root {
                    own.extend(self.permissions_of_root(&permissions, id));
                }
                Summary {
                    effective_administrator: self.is_effective_administrator(id, &rows),
                    reaches: reach.of(id, &own),
                    ..self.summary(&levels, id, &own, limited)
                }
            })
            .collect();
        Report { summaries }
    }

    fn summary(&self, levels: &LevelsOf, id: PrincipalId, own: &[Region], limited_by: Layers) -> Summary {
        let mut summary = Summary {
            principal: id,
            administrator: self.is_administrator(id),
            effective_administrator: false,
            levels: BTreeMap::new(),
            conditional: BTreeMap::new(),
            unknown: BTreeMap::new(),
            limited_by,
            reaches: Vec::new(),
        };
        let root = self.facts.principal(id).kind == PrincipalKind::Root;
        if root && !own.is_empty() && own != [Region::ALL] {
            summary.limited_by = summary.limited_by.with(Layer::Scp);
        }
        for region in own {
            if self.rests_on_the_string(region) {
                continue;
            }
            let into = match self.hold(region.condition) {
                Hold::Always => &mut summary.levels,
                Hold::Conditional => &mut summary.conditional,
                Hold::Unknown => &mut summary.unknown,
            };
            for (service, mask) in levels.of(&self.facts, region.actions, region.resources) {
                *into.entry(*service).or_default() |= mask;
            }
        }
        // What is certain needs no second mention.
        let certain = summary.levels.clone();
        for open in [&mut summary.conditional, &mut summary.unknown] {
            open.retain(|service, mask| {
                *mask &= !certain.get(service).copied().unwrap_or_default();
                *mask != 0
            });
        }
        summary
    }

    /// Whether a row reaches actions without resource type only if the service checks a string that nobody knows for them
    /// (U-40). Nearly every pattern has such rows, and a summary that named them would say nothing else.
    fn rests_on_the_string(&self, region: &Region) -> bool {
        let conditions = &self.facts.arena().conditions;
        let string = || conditions.key(keys::key(keys::RESOURCE_STRING));
        region.resources == ResourceSets::NONE_ONLY
            && !region.condition.is_always()
            && (conditions.contains_doubt(region.condition)
                || conditions.keys(region.condition).contains(&string()))
    }

    fn hold(&self, condition: ConditionId) -> Hold {
        match depends_on_unloaded(&self.facts.arena().conditions, condition, false) {
            _ if condition.is_always() => Hold::Always,
            true => Hold::Unknown,
            false => Hold::Conditional,
        }
    }
}

/// The names of services and levels in a map of masks.
pub fn named_levels(levels: &BTreeMap<ServiceId, u8>) -> BTreeMap<String, Vec<crate::catalog::AccessLevel>> {
    use crate::catalog::AccessLevel::{List, PermissionsManagement, Read, Tagging, Write};
    let services = Catalog::embedded().services();
    levels
        .iter()
        .filter_map(|(service, mask)| {
            let name = services.get(usize::from(service.0))?.prefix.to_owned();
            let all = [List, Read, Write, Tagging, PermissionsManagement];
            Some((name, all.into_iter().filter(|level| mask & bit(*level) != 0).collect()))
        })
        .collect()
}
