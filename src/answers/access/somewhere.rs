//! Requests on some resource of each kind that a call names, existing or not.

use rustc_hash::FxHashMap;

use super::groups::{Group, Groups};
use super::on_new::OnNew;
use super::wanted::Wanted;
use super::whose::Kind;
use super::{Asked, Outcome, Somewhere, Sure};
use crate::catalog::{ActionId, Catalog, Needed};
use crate::facts::{PrincipalId, keys};
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known, Sat};
use crate::region::resource::ResourceSetId;
use crate::rules::decision::Decision;

/// One of several resources of a request: the keys that each has for itself are its own (S-RES-20).
struct OfResource<'a> {
    conditions: &'a Conditions,
    action: Option<ActionId>,
    number: u32,
}

impl Bindings for OfResource<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        let key = self.conditions.key_of(key);
        match keys::is_of_resource(self.action, &key.name) {
            true => Known::As(self.conditions.key(key.clone().of_resource(self.number))),
            false => Known::Unknown,
        }
    }
}

impl Asked<'_> {
    /// Who may do it to some resource, one of the estate's, one that these hold, or one that could be made: to one of each kind of
    /// which a call names one (S-RES-20).
    pub(super) fn somewhere(&self, groups: &Groups) -> Vec<Somewhere> {
        let sets = &self.engine.facts.arena().resources;
        let needed = self.action.catalog.map(|id| Catalog::embedded().needed(id));
        let kinds: Vec<Kind> = match &needed {
            Some(needed) => needed.kinds.iter().map(|types| Kind::of(sets, types)).collect(),
            None => vec![Kind::any()],
        };
        let region = self.stated_region();
        // Whether any resource that the action takes will do.
        let of_all = match (&needed, self.action.catalog) {
            (Some(needed), Some(id)) => {
                let count = Catalog::embedded().resource_types_of(id).len();
                matches!(&*needed.kinds, [types] if types.len() == count)
            }
            _ => true,
        };
        let any_will_do = of_all && region.is_none();
        let kinds = kinds.into_iter().map(|kind| match &region {
            Some(region) => kind.within(sets, region),
            None => kind,
        });
        let kinds: Vec<Kind> = kinds.collect();
        let on_new: Vec<Vec<OnNew>> = kinds.iter().map(|kind| self.on_new(groups, kind)).collect();
        // Of whom it is sure already nothing else need be asked.
        let is_open = |(number, group): (usize, &Group)| {
            on_new.iter().any(|of_groups| of_groups.get(number).is_none_or(|on_new| on_new.is_open(group)))
        };
        let open: Vec<bool> = groups.all.iter().enumerate().map(is_open).collect();
        let wanted = Wanted::new(groups, |group| open.get(group as usize).copied().unwrap_or_default());
        // Where any resource will do, who is sure of one need not be asked about others.
        let sure = Sure::nobody(self.engine.facts.principals.len());
        let any = any_will_do.then_some(&sure);
        let asked = Asked { sure: any, ..*self };
        let mut on_known = asked.somewhere_known(groups, &kinds, any_will_do, &wanted);
        let mut found: FxHashMap<Outcome, Vec<PrincipalId>> = FxHashMap::default();
        let mut add = |of_kinds: Vec<Vec<Outcome>>, principals: &[PrincipalId]| {
            for outcome in self.on_each(of_kinds, needed.as_ref()) {
                found.entry(outcome).or_default().extend_from_slice(principals);
            }
        };
        for (number, group) in groups.all.iter().enumerate() {
            let on_new_of = |principal| {
                let of_kind = |of_groups: &Vec<OnNew>| {
                    of_groups.get(number).map_or_else(Vec::new, |on_new| on_new.of(principal).to_vec())
                };
                on_new.iter().map(of_kind).collect::<Vec<Vec<Outcome>>>()
            };
            // Whom neither resources of the estate nor policies beside them make another than the rest of the group.
            let mut rest = Vec::with_capacity(group.members.len());
            for &principal in &*group.members {
                let is_single = on_new
                    .iter()
                    .any(|of_groups| of_groups.get(number).is_some_and(|on_new| on_new.is_single(principal)));
                match on_known.remove(&principal) {
                    None if is_single => add(on_new_of(principal), &[principal]),
                    None => rest.push(principal),
                    Some(known) => {
                        let both = known.into_iter().zip(on_new_of(principal));
                        add(both.map(|(known, new)| [known, new].concat()).collect(), &[principal]);
                    }
                }
            }
            if let Some(&first) = rest.first() {
                add(on_new_of(first), &rest);
            }
        }
        let mut all: Vec<Somewhere> = found
            .into_iter()
            .filter(|(_, principals)| !principals.is_empty())
            .map(|((decision, condition), mut principals)| {
                principals.sort_unstable();
                Somewhere { principals: principals.into(), decision, condition }
            })
            .collect();
        all.sort_unstable_by(|a, b| (&a.principals, a.condition).cmp(&(&b.principals, b.condition)));
        all
    }

    /// The Region that the context states.
    fn stated_region(&self) -> Option<String> {
        let conditions = &self.engine.facts.arena().conditions;
        match self.context.lookup(conditions.key(keys::key("aws:RequestedRegion"))) {
            Known::One(region) => Some(region.into_owned()),
            _ => None,
        }
    }

    /// The answers of some groups on resources of the estate and what these hold, by the kinds of resources.
    fn somewhere_known(
        &self,
        groups: &Groups,
        kinds: &[Kind],
        any_will_do: bool,
        wanted: &Wanted,
    ) -> FxHashMap<PrincipalId, Vec<Vec<Outcome>>> {
        let sets = &self.engine.facts.arena().resources;
        let known = self.on_known_resources(groups, wanted);
        let inside = self.on_contents(groups, wanted);
        // Which resources are of which kind.
        let of_kind = |is_of: &dyn Fn(ResourceSetId) -> bool| -> Vec<usize> {
            match any_will_do {
                true => vec![0],
                false => {
                    (0..).zip(kinds).filter(|(_, kind)| is_of(kind.arns)).map(|(place, _)| place).collect()
                }
            }
        };
        let of_known: Vec<Vec<usize>> = known
            .resources
            .iter()
            .map(|arn| of_kind(&|kind| &**arn == "*" || sets.contains(kind, arn)))
            .collect();
        let meets = |part, kind| sets.witness(sets.meet(part, kind)) != Ok(None);
        let of_inside: Vec<Vec<usize>> =
            inside.parts.iter().map(|&part| of_kind(&|kind| meets(part, kind))).collect();
        let mut found: FxHashMap<PrincipalId, Vec<Vec<Outcome>>> = FxHashMap::default();
        for (cells, kinds_of) in [(&known.cells, &of_known), (&inside.cells, &of_inside)] {
            for cell in cells {
                let mut places: Vec<usize> = match any_will_do {
                    true => vec![0],
                    false => cell
                        .resources
                        .iter()
                        .filter_map(|&at| kinds_of.get(at as usize))
                        .flatten()
                        .copied()
                        .collect(),
                };
                places.sort_unstable();
                places.dedup();
                for &principal in &*cell.principals {
                    let of_kinds = found.entry(principal).or_insert_with(|| vec![Vec::new(); kinds.len()]);
                    for &place in &places {
                        if let Some(outcomes) = of_kinds.get_mut(place) {
                            outcomes.push((cell.decision, cell.condition));
                        }
                    }
                }
            }
        }
        found
    }

    /// The answers on one resource of each kind, of those on each.
    fn on_each(&self, of_kinds: Vec<Vec<Outcome>>, needed: Option<&Needed>) -> Vec<Outcome> {
        let conditions = &self.engine.facts.arena().conditions;
        let mut of_kinds: Vec<Vec<Outcome>> = of_kinds.into_iter().map(best).collect();
        if of_kinds.len() < 2 {
            return of_kinds.pop().unwrap_or_default();
        }
        let denied = of_kinds.iter().filter(|outcomes| outcomes.is_empty()).count();
        if denied == of_kinds.len() || denied > 0 && needed.is_some_and(|needed| needed.exact) {
            return Vec::new();
        }
        if denied > 0 {
            let what = format!(
                "whether {} acts on all of the types that the reference marks as required, or on one of them",
                self.action.name
            );
            return vec![(Decision::Unknown, conditions.missing(&what))];
        }
        let mut all = (Decision::Allowed, ConditionId::ALWAYS);
        for (number, outcomes) in (0..).zip(of_kinds) {
            let decision = outcomes.first().map_or(Decision::Unknown, |(decision, _)| *decision);
            let of_one = OfResource { conditions, action: self.action.catalog, number };
            let any =
                conditions.or_all(outcomes.iter().map(|(_, condition)| conditions.bind(*condition, &of_one)));
            let worse = if level(decision) > level(all.0) { decision } else { all.0 };
            all = (worse, conditions.and(all.1, any));
        }
        if *conditions.satisfiable(all.1) == Sat::No { Vec::new() } else { vec![all] }
    }
}

/// The surest of some answers, each once.
pub(super) fn best(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let Some(surest) = outcomes.iter().map(|(decision, _)| level(*decision)).min() else { return outcomes };
    outcomes.retain(|(decision, _)| level(*decision) == surest);
    outcomes.sort_unstable();
    outcomes.dedup();
    outcomes
}

/// Sure before conditional before unknown.
fn level(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Conditional => 1,
        _ => 2,
    }
}
