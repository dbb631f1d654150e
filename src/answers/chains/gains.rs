//! What principals have in the end, by becoming others, beyond what they have as themselves.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::components::Components;
use super::hops::Hops;
use super::reach::level;
use crate::answers::engine::Engine;
use crate::answers::report::{Report, Summary};
use crate::catalog::{Catalog, ServiceId};
use crate::facts::{PrincipalId, PrincipalKind};
use crate::rules::decision::Decision;

/// What a principal has by becoming others.
#[derive(Clone, Debug, Default)]
pub struct Gains {
    /// How many roles it can become, in any number of hops and under conditions or not.
    pub roles: usize,
    /// The nearest administrator, effective or not, that it can become, and how surely; none for an administrator.
    pub administrator: Option<(PrincipalId, Decision)>,
    /// Levels that it has without condition after hops without condition, by service, a bit for each level.
    pub levels: BTreeMap<ServiceId, u8>,
    /// Levels that depend on a condition, of a hop or of the request.
    pub conditional: BTreeMap<ServiceId, u8>,
    /// Levels that depend on what was not collected or can't be read.
    pub unknown: BTreeMap<ServiceId, u8>,
}

/// A bit for each level, by the number of the service.
type Masks = Vec<u8>;

impl Engine {
    /// What each principal of a report has beyond it by becoming others. The report has to be on all principals.
    pub fn gains(&self, report: &Report, hops: &Hops) -> FxHashMap<PrincipalId, Gains> {
        let is_role =
            |id: PrincipalId| self.facts.principal(id).kind == PrincipalKind::Role && !self.is_outside(id);
        let by_id: FxHashMap<PrincipalId, &Summary> =
            report.summaries.iter().map(|summary| (summary.principal, summary)).collect();
        let is_administrator = |summary: &&Summary| summary.administrator || summary.effective_administrator;
        let administrators: Vec<(PrincipalId, Decision)> = report
            .summaries
            .iter()
            .filter(is_administrator)
            .map(|summary| (summary.principal, Decision::Allowed))
            .collect();
        let nearest = nearest(hops, &administrators);
        let closures = [Decision::Allowed, Decision::Conditional, Decision::Unknown]
            .map(|worst| Closure::new(hops, level(worst), &by_id));
        let [_, _, whole] = &closures;
        let roles = whole.components.reached(&is_role);
        report
            .summaries
            .iter()
            .map(|own| {
                let id = own.principal;
                let [sure, conditional, unknown] = closures.each_ref().map(|closure| closure.of(id));
                let own_masks = [&own.levels, &own.conditional, &own.unknown].map(masks);
                let nothing = masks(&BTreeMap::new());
                let gains = Gains {
                    roles: roles.get(id.index()).copied().unwrap_or_default() as usize,
                    administrator: nearest.get(&id).copied().filter(|_| !is_administrator(&own)),
                    levels: beyond(sure, &[&own_masks[0], &nothing]),
                    conditional: beyond(conditional, &[&own_masks[0], &own_masks[1], sure]),
                    unknown: beyond(unknown, &[&own_masks[0], &own_masks[1], &own_masks[2], conditional]),
                };
                (id, gains)
            })
            .collect()
    }
}

/// What those have whom the members of each component can become, by hops that are sure enough.
struct Closure {
    components: Components,
    reached: Vec<Masks>,
}

impl Closure {
    fn new(hops: &Hops, worst: u8, summaries: &FxHashMap<PrincipalId, &Summary>) -> Self {
        let components = Components::new(hops, worst);
        let mut reached: Vec<Masks> = Vec::with_capacity(components.members.len());
        let all = components.members.iter().zip(&components.after).zip(&components.limited);
        for ((members, after), &limited) in all {
            let mut all = masks(&BTreeMap::new());
            for &other in after {
                reached.get(other).into_iter().for_each(|other| add(&mut all, other));
            }
            // What a session may do that is limited by policies of which nobody knows is not known.
            let members = if limited && worst < level(Decision::Unknown) { &[][..] } else { members };
            for summary in members.iter().filter_map(|id| summaries.get(id)) {
                let held = [&summary.levels, &summary.conditional, &summary.unknown];
                held.into_iter()
                    .take(usize::from(worst) + 1)
                    .for_each(|levels| add(&mut all, &masks(levels)));
            }
            reached.push(all);
        }
        Self { components, reached }
    }

    fn of(&self, id: PrincipalId) -> &[u8] {
        let component = self.components.of.get(id.index());
        component.and_then(|&component| self.reached.get(component)).map(Vec::as_slice).unwrap_or_default()
    }
}

fn masks(levels: &BTreeMap<ServiceId, u8>) -> Masks {
    let mut masks = vec![0; Catalog::embedded().services().len()];
    for (service, mask) in levels {
        masks.get_mut(usize::from(service.0)).into_iter().for_each(|of_service| *of_service |= mask);
    }
    masks
}

fn add(to: &mut Masks, more: &[u8]) {
    to.iter_mut().zip(more).for_each(|(to, more)| *to |= more);
}

/// The levels that are not among others.
fn beyond(all: &[u8], others: &[&[u8]]) -> BTreeMap<ServiceId, u8> {
    let known = |service: usize| {
        others.iter().fold(0, |known, other| known | other.get(service).copied().unwrap_or_default())
    };
    let left =
        all.iter().enumerate().map(|(service, mask)| (ServiceId(service as u16), mask & !known(service)));
    left.filter(|(_, mask)| *mask != 0).collect()
}

/// For each principal the nearest of some others that it can become, and how surely.
fn nearest(hops: &Hops, ends: &[(PrincipalId, Decision)]) -> FxHashMap<PrincipalId, (PrincipalId, Decision)> {
    let ways = hops.ways_among(ends);
    ways.ways.iter().map(|way| (way.principal, (way.end, way.decision))).collect()
}
