//! Requests on resources that need not exist: as if an account had just made them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::alike::{Alike, Silence};
use super::groups::{Group, Groups};
use super::somewhere::best;
use super::whose::{Kind, Own};
use super::{Asked, Outcome, outcome};
use crate::answers::parts::divided;
use crate::catalog::{Catalog, region_of};
use crate::estate::AccountId;
use crate::facts::{PrincipalId, Target, keys};
use crate::region::condition::{Bindings, ConditionId, KeyId, Known, Trool};
use crate::region::resource::{LimitExceeded, ResourceSetId, ResourceSets};
use crate::rules::decision::Decision;
use crate::rules::notes::Notes;
use crate::rules::request::Prepared;

/// So many statements of a group are tried alone before the parts of resources are told apart.
const MAX_PLAIN: usize = 8;

/// So many groups of an account are asked for one after the other.
const TOGETHER: usize = 64;

/// The Regions that some tests tell apart, by partition.
type OfRegions = Mutex<FxHashMap<(Box<str>, Box<[ConditionId]>), Arc<[&'static str]>>>;

/// What is told apart, found once for all groups.
#[derive(Default)]
struct ToldApart {
    memo: Memo,
    of_side: OfSide,
    regions: OfRegions,
}

/// What a resource's ARN is in other Regions, which need not be one of a resource, and the resource.
fn in_regions<'a>(example: &'a str, regions: &'a [&'static str]) -> impl Iterator<Item = Cow<'a, str>> {
    let parts: Vec<&str> = example.splitn(6, ':').collect();
    let elsewhere = move |region: &&'static str| match parts.as_slice() {
        [arn, partition, service, _, rest @ ..] => {
            Some(Cow::Owned([&[*arn, *partition, *service, *region], rest].concat().join(":")))
        }
        _ => None,
    };
    regions.iter().filter_map(elsewhere).chain([Cow::Borrowed(example)])
}

/// A request in a Region, of which nothing else is known.
struct InRegion<'a> {
    key: KeyId,
    region: &'a str,
}

impl Bindings for InRegion<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        if key == self.key { Known::One(self.region.into()) } else { Known::Unknown }
    }
}

/// One resource of each of the parts into which some sets tell resources apart.
type Examples = Arc<[String]>;

/// What the resource side tells apart in an account, by what it is asked about there.
type OfSide = Mutex<FxHashMap<(ResourceSetId, AccountId), Arc<[ResourceSetId]>>>;

/// Parts that are known already, by the resources that they are parts of and the sets that tell them apart.
type Memo = Mutex<FxHashMap<(ResourceSetId, Box<[ResourceSetId]>), Result<Examples, LimitExceeded>>>;

/// The answers of a group.
#[derive(Clone, Default)]
pub(super) struct OnNew {
    /// Of all of it but these.
    of_rest: Vec<Outcome>,
    /// Of those of whom RCPs, or a policy of the organisation, may say something else.
    of_single: FxHashMap<PrincipalId, Vec<Outcome>>,
}

impl OnNew {
    /// The answers of one of the group.
    pub(super) fn of(&self, principal: PrincipalId) -> &[Outcome] {
        self.of_single.get(&principal).unwrap_or(&self.of_rest)
    }

    /// Whether one of the group was asked about alone.
    pub(super) fn is_single(&self, principal: PrincipalId) -> bool {
        self.of_single.contains_key(&principal)
    }

    /// Whether somebody of the group is not sure to be allowed.
    pub(super) fn is_open(&self, group: &Group) -> bool {
        let sure = |outcomes: &[Outcome]| outcomes.iter().any(|(decision, _)| *decision == Decision::Allowed);
        group.members.iter().any(|&principal| !sure(self.of(principal)))
    }
}

impl Asked<'_> {
    /// The answers of each group on resources of its account that the estate need not hold.
    pub(super) fn on_new(&self, groups: &Groups, taken: &Kind) -> Vec<OnNew> {
        let mut on_new = vec![OnNew::default(); groups.all.len()];
        if self.action.catalog.is_some_and(|id| Catalog::embedded().is_wildcard_only(id)) {
            return on_new; // `*` is one of the estate's.
        }
        let told = ToldApart::default();
        let alike = Alike::new(self);
        let mut of_account: FxHashMap<AccountId, Vec<usize>> = FxHashMap::default();
        let lets = self.letting(groups);
        for (number, group) in groups.all.iter().enumerate().filter(|(_, group)| group.may_act(&lets)) {
            if let Some(account) = group.account {
                of_account.entry(account).or_default().push(number);
            }
        }
        // Groups of one account are asked about the same resources.
        let together = of_account
            .iter()
            .flat_map(|(account, numbers)| numbers.chunks(TOGETHER).map(move |some| (*account, some)));
        let together: Vec<(AccountId, &[usize])> = together.collect();
        let of_some = |(account, numbers): &(AccountId, &[usize])| {
            let targets = boxcar::Vec::new();
            let made = Made::new(self, *account, self.own(*account, taken), &alike, &targets);
            let outcomes = |&number: &usize| {
                let group = groups.all.get(number)?;
                Some((number, self.on_new_of(group, &made, &told)))
            };
            numbers.iter().filter_map(outcomes).collect::<Vec<_>>()
        };
        for (number, outcomes) in together.par_iter().flat_map_iter(of_some).collect::<Vec<_>>() {
            if let Some(slot) = on_new.get_mut(number) {
                *slot = outcomes;
            }
        }
        on_new
    }

    /// The same of one group: whom the side of these resources may single out is asked about alone.
    fn on_new_of(&self, group: &Group, made: &Made<'_>, told: &ToldApart) -> OnNew {
        let mut is_single = vec![false; group.members.len()];
        for side in &made.sides {
            for (single, &member) in is_single.iter_mut().zip(&*group.members) {
                *single = *single || side.singles_out(&self.engine.calling(member));
            }
        }
        let of = |members: Vec<PrincipalId>, alike| Group { members: members.into(), alike, ..group.clone() };
        let (mut rest, mut of_single) = (Vec::new(), FxHashMap::default());
        for (&member, single) in group.members.iter().zip(is_single) {
            if single {
                of_single.insert(member, self.on_new_resources(&of(vec![member], None), made, told));
            } else {
                rest.push(member);
            }
        }
        let of_rest = match rest.len() {
            0 => Vec::new(),
            all if all == group.members.len() => self.on_new_resources(group, made, told),
            _ => self.on_new_resources(&of(rest, group.alike), made, told),
        };
        OnNew { of_rest, of_single }
    }

    /// The answers of a group on resources of its account that the estate need not hold.
    fn on_new_resources(&self, group: &Group, made: &Made<'_>, told: &ToldApart) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for &own in &made.own.sets {
            outcomes.extend(self.on_new_among(group, made, own, told));
            if outcomes.iter().any(|(decision, _)| *decision == Decision::Allowed) {
                break;
            }
        }
        self.if_there(group, &made.own, best(outcomes))
    }

    /// The answers of a group on some resources, each as if the account had just made it.
    fn on_new_among(
        &self,
        group: &Group,
        made: &Made<'_>,
        own: ResourceSetId,
        told: &ToldApart,
    ) -> Vec<Outcome> {
        let (facts, account) = (&self.engine.facts, made.account);
        let sets = &facts.arena().resources;
        let any = sets.witness(own);
        if any == Ok(None) {
            return Vec::new();
        }
        let any = any.ok().flatten();
        let regions = self.told_by_region(group, account, &told.regions);
        if self.is_plainly_allowed(group, made, own, any.as_deref(), &regions) {
            return vec![(Decision::Allowed, ConditionId::ALWAYS)];
        }
        let mut telling: Vec<ResourceSetId> = group.says().map(|says| says.resources).collect();
        telling.extend_from_slice(&self.told_by_side(own, account, &told.of_side));
        telling.retain(|set| *set != ResourceSets::ALL && *set != ResourceSets::ARNS);
        telling.sort_unstable();
        telling.dedup();
        let key = (own, telling.into_boxed_slice());
        let examples = told.memo.lock().get(&key).cloned();
        let examples = examples.unwrap_or_else(|| {
            let parts = divided(sets, own, key.1.iter().copied());
            let found =
                parts.map(|parts| parts.into_iter().map(|(_, example)| example).collect::<Examples>());
            told.memo.lock().insert(key, found.clone());
            found
        });
        let examples = match examples {
            Ok(examples) => examples,
            Err(limit) => {
                let what = format!("which resources {} is allowed on: {limit}", self.action.name);
                return vec![(Decision::Unknown, facts.arena().conditions.missing(&what))];
            }
        };
        let mut outcomes = Vec::new();
        for example in examples.iter().flat_map(|example| in_regions(example, &regions)) {
            let reached = |set| set == ResourceSets::ALL || sets.contains(set, &example);
            if !reached(own) || !group.root && !group.allows().any(|says| reached(says.resources)) {
                continue;
            }
            let answer = made.answer(group, &example);
            outcomes.extend(answer);
            if answer.is_some_and(|(decision, _)| decision == Decision::Allowed) {
                break;
            }
        }
        outcomes
    }

    /// Whether the group is surely allowed what one of its statements allows and none of them denies in any case. If so, the
    /// parts need not be told apart.
    fn is_plainly_allowed(
        &self,
        group: &Group,
        made: &Made<'_>,
        own: ResourceSetId,
        any: Option<&str>,
        regions: &[&'static str],
    ) -> bool {
        let sets = &self.engine.facts.arena().resources;
        let denied: Vec<ResourceSetId> = group
            .says()
            .filter(|says| says.denies && says.condition.is_always())
            .map(|says| says.resources)
            .collect();
        let open = sets.difference(own, sets.union_all(&denied));
        let mut allowed: Vec<ResourceSetId> = match group.root {
            true => vec![ResourceSets::ALL],
            false => group.allows().map(|says| says.resources).collect(),
        };
        allowed.dedup();
        allowed.into_iter().take(MAX_PLAIN).any(|allowed| {
            let here = sets.meet(open, allowed);
            // The same example for all groups of the account, where it will do.
            let example = match any {
                Some(any) if sets.contains(here, any) => Cow::Borrowed(any),
                _ => match sets.witness(here) {
                    Ok(Some(example)) => Cow::Owned(example),
                    _ => return false,
                },
            };
            in_regions(&example, regions).any(|example| {
                sets.contains(own, &example)
                    && made.answer(group, &example).is_some_and(|(decision, _)| decision == Decision::Allowed)
            })
        })
    }

    /// The Regions that the policies of a group tell apart: one for each way in which their tests of the Region come out together.
    fn told_by_region(&self, group: &Group, account: AccountId, known: &OfRegions) -> Arc<[&'static str]> {
        let conditions = &self.engine.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:RequestedRegion"));
        let mut tests: Vec<ConditionId> =
            group.says().flat_map(|says| conditions.tests_of(says.condition, key)).collect();
        tests.sort_unstable();
        tests.dedup();
        if tests.is_empty() {
            return Arc::default();
        }
        let partition =
            self.engine.facts.estate.account(account).map_or("aws", |account| &*account.partition);
        let asked = (Box::from(partition), tests.into_boxed_slice());
        if let Some(known) = known.lock().get(&asked) {
            return known.clone();
        }
        let mut outcomes: FxHashSet<Vec<Trool>> = FxHashSet::default();
        let is_new = |region: &&&str| {
            let in_region = InRegion { key, region };
            outcomes.insert(asked.1.iter().map(|&test| conditions.evaluate(test, &in_region)).collect())
        };
        let told: Arc<[&str]> = region_of::regions(partition).iter().filter(is_new).copied().collect();
        known.lock().entry(asked).or_insert(told).clone()
    }

    /// The sets that RCPs and policies of VPC endpoints tell apart among resources of an account.
    fn told_by_side(&self, own: ResourceSetId, account: AccountId, of_side: &OfSide) -> Arc<[ResourceSetId]> {
        if let Some(known) = of_side.lock().get(&(own, account)) {
            return known.clone();
        }
        let facts = &self.engine.facts;
        let sets: Arc<[ResourceSetId]> = match facts.arena().resources.witness(own) {
            Ok(Some(example)) => {
                let target = self.made(&example, account);
                let sides = &self.engine.sides;
                Prepared::for_any_resource(facts, sides, &target, self.context).resource_sets().into()
            }
            _ => Arc::default(),
        };
        of_side.lock().entry((own, account)).or_insert(sets).clone()
    }

    /// A resource that need not exist: where its ARN does not say whose it is, it is the account's that makes it.
    fn made(&self, arn: &str, account: AccountId) -> Target {
        let facts = &self.engine.facts;
        let target = facts.target(self.action.clone(), arn, None);
        match target.owner_unknown() {
            true => facts.target(self.action.clone(), arn, Some(account.into())),
            false => target,
        }
    }
}

/// Resources that an account had just made, read once each.
struct Made<'a> {
    asked: &'a Asked<'a>,
    account: AccountId,
    own: Own,
    /// What speaks on the side of each of these, whichever it is.
    sides: Vec<Prepared<'a>>,
    alike: &'a Alike<'a>,
    targets: &'a boxcar::Vec<Target>,
    prepared: RefCell<FxHashMap<Box<str>, Rc<Noted<'a>>>>,
}

/// A request, and what was found out of it for groups before.
struct Noted<'a> {
    prepared: Prepared<'a>,
    notes: RefCell<Notes<'a>>,
}

impl<'a> Made<'a> {
    fn new(
        asked: &'a Asked<'a>,
        account: AccountId,
        own: Own,
        alike: &'a Alike<'a>,
        targets: &'a boxcar::Vec<Target>,
    ) -> Self {
        let facts = &asked.engine.facts;
        let examples = own.sets.iter().filter_map(|&own| facts.arena().resources.witness(own).ok().flatten());
        let side = |example: String| {
            let target = &targets[targets.push(asked.made(&example, account))];
            Prepared::for_any_resource(facts, &asked.engine.sides, target, asked.context)
        };
        let sides = examples.map(side).collect();
        Self { asked, account, own, sides, alike, targets, prepared: RefCell::default() }
    }

    /// The answer of a group on such a resource.
    fn answer(&self, group: &Group, arn: &str) -> Option<Outcome> {
        self.alike.answer(group, self.account, arn, Silence::OfWhatIsMade, || self.decide(group, arn))
    }

    fn decide(&self, group: &Group, arn: &str) -> Option<Outcome> {
        let known = self.prepared.borrow().get(arn).cloned();
        let Asked { engine, context, .. } = *self.asked;
        let noted = known.unwrap_or_else(|| {
            let target = &self.targets[self.targets.push(self.asked.made(arn, self.account))];
            let prepared = Prepared::new(&engine.facts, &engine.sides, target, context);
            let noted = Rc::new(Noted { prepared, notes: RefCell::default() });
            self.prepared.borrow_mut().insert(arn.into(), noted.clone());
            noted
        });
        let caller = engine.calling(group.first());
        let mut notes = noted.notes.borrow_mut();
        outcome(&noted.prepared.decide(&engine.routes, &caller, Some(&mut notes)).0)
    }
}
