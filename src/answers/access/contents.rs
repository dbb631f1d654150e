//! Requests on what collected resources hold and no export lists: objects of buckets, streams of log groups.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::groups::{Group, Groups};
use super::on_known::{cells_alike, holds_all};
use super::wanted::Wanted;
use super::{Asked, Cell, Outcome, outcome};
use crate::answers::parts::{Part, Stands, told_apart};
use crate::catalog::{Catalog, ResourceType, TypeId};
use crate::estate::{AccountId, Estate};
use crate::facts::{PrincipalId, Target, types};
use crate::region::condition::{ConditionId, Conditions};
use crate::region::resource::{LimitExceeded, Padding, Piece as Text, ResourceSetId, ResourceSets, Starts};
use crate::rules::decision::Decision;
use crate::rules::request::Prepared;

/// The answers on what collected resources hold.
#[derive(Default)]
pub(super) struct OnContents {
    /// The parts, as people read them.
    pub names: Vec<Arc<str>>,
    /// What they hold.
    pub parts: Vec<ResourceSetId>,
    /// By the places of names.
    pub cells: Vec<Cell>,
}

/// A part of what a resource holds, and what it is called.
#[derive(Clone)]
struct Called {
    name: Arc<str>,
    part: ResourceSetId,
}

impl Asked<'_> {
    /// What the collected resources hold that the action can act on, a part for each resource, without what is collected
    /// itself.
    pub(super) fn contents(&self) -> Arc<[Part]> {
        let Some(id) = self.action.catalog else { return Arc::default() };
        let mut types: Vec<TypeId> =
            Catalog::embedded().resource_types_of(id).iter().map(|line| line.id).collect();
        types.sort_unstable();
        types.dedup();
        self.engine.estate_resources().contents(types.into(), |types| self.contents_of(types))
    }

    /// The same for all actions on the same types.
    fn contents_of(&self, types: &[TypeId]) -> Arc<[Part]> {
        let catalog = Catalog::embedded();
        let kinds: Vec<&ResourceType> = types.iter().filter_map(|&id| catalog.resource_type(id)).collect();
        let (sets, estate) = (&self.engine.facts.arena().resources, self.engine.estate());
        let services: FxHashSet<&str> =
            kinds.iter().flat_map(|kind| kind.globs).filter_map(|glob| glob.split(':').nth(2)).collect();
        let arns = self.engine.estate_resources().collected_of(&services);
        let held = |arn: &&Arc<str>| {
            let kinds = kinds.iter().filter(|kind| !kind.is_of(arn));
            let inside: Vec<ResourceSetId> = kinds.map(|kind| types::arns(sets, kind)).collect();
            let whole = sets.meet(sets.union_all(&inside), below(sets, arn));
            let whole = without_collected(sets, estate, arn, whole);
            let example = sets.witness(whole).ok().flatten()?;
            let called = self.engine.resource_text_for(self.action, whole).into();
            Some(Part { resources: whole, example, called, examples: ResourceSets::ALL })
        };
        arns.par_iter().filter_map(held).collect::<Vec<Part>>().into()
    }

    /// Who of the wanted groups may do it to which parts of what the collected resources hold.
    pub(super) fn on_contents(&self, groups: &Groups, wanted: &Wanted) -> OnContents {
        let contents = self.contents();
        if contents.is_empty() {
            return OnContents::default();
        }
        let told = ToldByGroups::new(&self.engine.facts.arena().resources, groups, wanted);
        let found: Vec<Vec<_>> =
            contents.par_iter().map(|part| self.parts_by_answer(groups, &told, part)).collect();
        let found: Vec<(PrincipalId, Outcome, Called)> = found.into_iter().flatten().collect();
        let called: BTreeMap<Arc<str>, ResourceSetId> =
            found.iter().map(|(.., called)| (called.name.clone(), called.part)).collect();
        let (names, parts): (Vec<_>, Vec<_>) = called.into_iter().unzip();
        let place = |called: &Called| names.binary_search(&called.name).unwrap_or_default() as u32;
        let cells = cells_alike(
            found.iter().map(|(principal, outcome, called)| ((*principal, *outcome), place(called))),
        );
        OnContents { names, parts, cells }
    }

    /// Whoever may do it to some of a part: to which of it, by the answer.
    fn parts_by_answer(
        &self,
        groups: &Groups,
        told: &ToldByGroups<'_>,
        whole: &Part,
    ) -> Vec<(PrincipalId, Outcome, Called)> {
        let sets = &self.engine.facts.arena().resources;
        let on_parts = self.on_parts(groups, told, whole);
        let mut alike: FxHashMap<(PrincipalId, Outcome), Vec<u32>> = FxHashMap::default();
        for (number, on_part) in (0..).zip(&on_parts) {
            for &(principal, outcome) in &on_part.answers {
                alike.entry((principal, outcome)).or_default().push(number);
            }
        }
        let mut called: FxHashMap<Vec<u32>, Called> = FxHashMap::default();
        let mut rows = Vec::with_capacity(alike.len());
        for ((principal, outcome), numbers) in alike {
            let called = called.entry(numbers).or_insert_with_key(|numbers| {
                let parts =
                    numbers.iter().filter_map(|&number| Some(on_parts.get(number as usize)?.resources));
                let part = sets.union_all(&parts.collect::<Vec<_>>());
                Called { name: self.engine.resource_text(part).into(), part }
            });
            rows.push((principal, outcome, called.clone()));
        }
        rows
    }

    /// The parts into which what policies say divides a part, each with the answers of whoever may do it to all of it.
    pub(super) fn on_parts(&self, groups: &Groups, told: &ToldByGroups<'_>, whole: &Part) -> Vec<OnPart> {
        let sets = &self.engine.facts.arena().resources;
        let target = self.engine.target_of_part(self.action, whole, None);
        let on_any = self.on_any_resource(&target);
        if !told.acting && on_any.grants_nothing() {
            return Vec::new();
        }
        let of_resource = on_any.resource_sets();
        let divided = |by: Vec<ResourceSetId>| {
            told_apart(sets, whole, by.into_iter().chain(of_resource.iter().copied()))
        };
        if let Ok(parts) = divided(told.starts.near(sets, whole.resources)) {
            let on_part = |part: Part| self.on_part(groups, told.wanted, part);
            return parts.into_iter().map(on_part).collect();
        }
        // Too many for all at once, as where everybody has a folder: each group by what its own policies say.
        let mut found = Vec::new();
        for (number, group) in told.wanted.groups(groups) {
            let own = group.says().map(|says| says.resources).filter(|set| !holds_all(*set));
            match divided(own.collect()) {
                Ok(parts) => {
                    let alone = Wanted::new(groups, |of| of == number);
                    found.extend(parts.into_iter().map(|part| self.on_part(groups, &alone, part)));
                }
                Err(limit) => {
                    let what = format!("which parts {} is allowed on: {limit}", self.action.name);
                    let outcome = (Decision::Unknown, self.engine.facts.arena().conditions.missing(&what));
                    let answers = group.members.iter().map(|&principal| (principal, outcome)).collect();
                    found.push(OnPart { resources: whole.resources, answers });
                }
            }
        }
        found.retain(|on_part| !on_part.answers.is_empty());
        found
    }

    fn on_part(&self, groups: &Groups, wanted: &Wanted, part: Part) -> OnPart {
        let sets = &self.engine.facts.arena().resources;
        let target = self.engine.target_of_part(self.action, &part, None);
        let reaches = |group: &Group| {
            let holds = |set| holds_all(set) || sets.contains(set, &part.example);
            group.allows().any(|says| holds(says.resources))
        };
        let allowed = |accounts: Option<&BTreeSet<AccountId>>| -> Vec<PrincipalId> {
            let there = |group: &Group| match (accounts, group.account) {
                (Some(accounts), Some(account)) => accounts.contains(&account),
                (Some(_), None) => false,
                (None, _) => true,
            };
            let of_wanted = wanted.groups(groups).map(|(_, group)| group);
            let reaching = of_wanted.filter(|group| there(group) && reaches(group));
            reaching.flat_map(|group| group.members.iter().copied()).collect()
        };
        let answers = self.answers_on(groups, &target, allowed, wanted, Stands::ForOthers);
        OnPart { resources: part.resources, answers }
    }

    /// What the resource's side says of whatever resources.
    fn on_any_resource<'t>(&'t self, target: &'t Target) -> Prepared<'t> {
        Prepared::for_any_resource(&self.engine.facts, &self.engine.sides, target, self.context)
    }
}

/// What one principal may do to all resources of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnAll {
    /// The same on each, if the condition holds; never a denial.
    May(Decision, ConditionId),
    /// It is denied on each.
    Not,
    /// It may on some and may not on others.
    Partly,
}

impl Asked<'_> {
    /// Who may do it to all resources of some parts. No denials.
    pub(super) fn on_all(&self, groups: &Groups, parts: &[Part]) -> Vec<(PrincipalId, Outcome)> {
        let arena = self.engine.facts.arena();
        let wanted = Wanted::all(groups);
        let told = ToldByGroups::new(&arena.resources, groups, &wanted);
        let mut of: FxHashMap<PrincipalId, (Vec<ResourceSetId>, Outcome)> = FxHashMap::default();
        for part in parts {
            for on_part in self.on_parts(groups, &told, part) {
                for (principal, outcome) in on_part.answers {
                    let (on, all) =
                        of.entry(principal).or_insert((Vec::new(), (Decision::Allowed, ConditionId::ALWAYS)));
                    on.push(on_part.resources);
                    *all = both(&arena.conditions, *all, outcome);
                }
            }
        }
        let whole = arena.resources.union_all(&parts.iter().map(|part| part.resources).collect::<Vec<_>>());
        let mut covers: FxHashMap<Vec<ResourceSetId>, bool> = FxHashMap::default();
        let mut found: Vec<(PrincipalId, Outcome)> = Vec::new();
        for (principal, (on, outcome)) in of {
            // Not shown to be all is not all.
            let all = *covers.entry(on).or_insert_with_key(|on| {
                arena.resources.includes(arena.resources.union_all(on), whole) == Ok(true)
            });
            if all && !outcome.1.is_never() {
                found.push((principal, outcome));
            }
        }
        found.sort_unstable_by_key(|(principal, _)| *principal);
        found
    }

    /// What one principal may do to all resources of some parts.
    ///
    /// # Errors
    /// A limit.
    pub(super) fn one_on_all(&self, principal: PrincipalId, parts: &[Part]) -> Result<OnAll, LimitExceeded> {
        let conditions = &self.engine.facts.arena().conditions;
        let (mut may, mut denied) = (None, false);
        for (_, outcome) in self.one_on_each(principal, parts)? {
            match outcome {
                Some(outcome) => may = Some(may.map_or(outcome, |all| both(conditions, all, outcome))),
                None => denied = true,
            }
        }
        Ok(match (may, denied) {
            (None, _) => OnAll::Not,
            (Some(_), true) => OnAll::Partly,
            (Some((decision, condition)), false) => OnAll::May(decision, condition),
        })
    }

    /// What one principal may do to the resources of some parts, which are split where the answer could differ. None: denied.
    ///
    /// # Errors
    /// A limit.
    pub(super) fn one_on_each(
        &self,
        principal: PrincipalId,
        parts: &[Part],
    ) -> Result<Vec<(ResourceSetId, Option<Outcome>)>, LimitExceeded> {
        let mut found = Vec::new();
        for whole in parts {
            let target = self.engine.target_of_part(self.action, whole, None);
            let side = self.engine.sides.of(&self.engine.facts, principal);
            let told = self.on_any_resource(&target).resource_sets();
            for part in self.engine.split_for(whole, &target, side, &told)? {
                let target = self.engine.target_of_part(self.action, &part, None);
                let (facts, sides) = (&self.engine.facts, &self.engine.sides);
                let prepared = Stands::ForOthers.read(facts, sides, &target, self.context);
                found.push((part.resources, outcome(&self.engine.decide_for(&prepared, principal))));
            }
        }
        Ok(found)
    }
}

/// One answer and another together.
fn both(conditions: &Conditions, one: Outcome, other: Outcome) -> Outcome {
    let decision = match (one.0, other.0) {
        (Decision::Unknown, _) | (_, Decision::Unknown) => Decision::Unknown,
        (Decision::Allowed, Decision::Allowed) => Decision::Allowed,
        _ => Decision::Conditional,
    };
    (decision, conditions.and(one.1, other.1))
}

/// A part on which everybody has one answer.
pub(super) struct OnPart {
    pub resources: ResourceSetId,
    /// No denials.
    pub answers: Vec<(PrincipalId, Outcome)>,
}

/// What the policies of some groups tell apart.
pub(super) struct ToldByGroups<'w> {
    /// The sets of what they say, by how their ARNs start.
    starts: Starts<ResourceSetId>,
    wanted: &'w Wanted,
    /// Whether some of the groups may act by what their own policies say.
    acting: bool,
}

impl<'w> ToldByGroups<'w> {
    fn new(sets: &ResourceSets, groups: &Groups, wanted: &'w Wanted) -> Self {
        let said = wanted.groups(groups).flat_map(|(_, group)| group.says()).map(|says| says.resources);
        let said: FxHashSet<ResourceSetId> = said.filter(|set| !holds_all(*set)).collect();
        let acting = wanted.groups(groups).any(|(_, group)| group.root || group.allows().next().is_some());
        Self { starts: Starts::new(sets, said.into_iter().map(|set| (set, set))), wanted, acting }
    }
}

/// All ARNs that go on after this one.
fn below(sets: &ResourceSets, arn: &str) -> ResourceSetId {
    // Names of buckets hold no colon, and what follows one is a key.
    let signs: &[char] = if arn.split(':').nth(2) == Some("s3") { &['/'] } else { &['/', ':'] };
    let of: Vec<String> = signs.iter().map(|sign| format!("{arn}{sign}*")).collect();
    let of = of.iter().filter_map(|text| sets.pattern(&[Text::Text(text)], Padding::Never).ok());
    sets.union_all(&of.collect::<Vec<_>>())
}

/// The resources without those that were collected below this one, and what these hold.
fn without_collected(sets: &ResourceSets, estate: &Estate, arn: &str, whole: ResourceSetId) -> ResourceSetId {
    let from = (Bound::Excluded(arn), Bound::Unbounded);
    let below_it = estate.resources.range::<_, str>(from).map(|(inside, _)| inside);
    let collected = below_it
        .take_while(|inside| inside.starts_with(arn))
        .filter(|inside| inside.get(arn.len()..).is_some_and(|rest| rest.starts_with(['/', ':'])));
    let collected: Vec<ResourceSetId> =
        collected.flat_map(|inside| [sets.arn(inside), below(sets, inside)]).collect();
    sets.difference(whole, sets.union_all(&collected))
}
