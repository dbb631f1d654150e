//! From an action and a resource to the principals whose identity policies speak of them.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::estate::AccountId;
use crate::facts::types;
use crate::facts::{BoundPolicyId, Facts, PrincipalId, PrincipalKind, Reach, Target};
use crate::region::action_set::ActionSetId;
use crate::region::resource::{ResourceIndex, ResourceSetId};
use crate::rules::side::Sides;

/// An index over the identity policies of all principals.
pub struct Index {
    sets: Arc<ResourceIndex>,
    /// Which allowing regions have a resource set: their actions, and the policies they belong to.
    postings: Arc<FxHashMap<ResourceSetId, Vec<(ActionSetId, BoundPolicyId)>>>,
    /// Who holds a bound policy as identity policy, by its number.
    holders: Arc<Vec<Vec<PrincipalId>>>,
    /// Principals of which the above says nothing, as edits of the estate reached them.
    edited: Vec<PrincipalId>,
    /// The principals of each account.
    pub accounts: Arc<FxHashMap<AccountId, Vec<PrincipalId>>>,
    /// Those who are no users and no roles of the estate, by account.
    others: Arc<FxHashMap<Option<AccountId>, Vec<PrincipalId>>>,
    by_name: Arc<Vec<PrincipalId>>,
    /// The place of each principal among all by name.
    ranks: Arc<Vec<u32>>,
}

impl Index {
    /// Makes the sides of all principals and indexes them.
    pub fn new(facts: &Facts, sides: &Sides) -> Self {
        sides.make_all(facts);
        let ids: Vec<PrincipalId> = (0..facts.principals.len() as u32).map(PrincipalId).collect();
        let mut holders: Vec<Vec<PrincipalId>> = vec![Vec::new(); sides.bound_policies()];
        let mut accounts: FxHashMap<AccountId, Vec<PrincipalId>> = FxHashMap::default();
        for &id in &ids {
            if let Some(account) = facts.principal(id).account {
                accounts.entry(account).or_default().push(id);
            }
            for (_, bound) in &sides.of(facts, id).identity {
                if let Some(list) = holders.get_mut(bound.index()).filter(|list| list.last() != Some(&id)) {
                    list.push(id);
                }
            }
        }
        let mut postings: FxHashMap<ResourceSetId, Vec<(ActionSetId, BoundPolicyId)>> = FxHashMap::default();
        for (number, _) in holders.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
            let bound = BoundPolicyId(number as u32);
            for region in sides.regions(bound).iter().filter(|region| !region.denies) {
                let parts = facts.arena().get(region.region);
                postings.entry(parts.resources).or_default().push((parts.actions, bound));
            }
        }
        for list in postings.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        let list: Vec<ResourceSetId> = postings.keys().copied().collect();
        let sets = ResourceIndex::new(&facts.arena().resources, &list);
        let mut by_name = ids;
        by_name.par_sort_unstable_by_key(|&id| &facts.principal(id).name);
        Self {
            sets: Arc::new(sets),
            postings: Arc::new(postings),
            holders: Arc::new(holders),
            edited: Vec::new(),
            others: Arc::new(others_of(facts)),
            accounts: Arc::new(accounts),
            ranks: Arc::new(ranks(&by_name)),
            by_name: Arc::new(by_name),
        }
    }

    /// The index after an edit. `None`: it reached so many principals that a new index is better.
    pub fn edited(&self, facts: &Facts, reach: &Reach) -> Option<Self> {
        let before = self.ranks.len() as u32;
        // For each principal of now the number that it had. Whoever has a new number is not found by the old one.
        let mut had: Vec<u32> = (0..before).collect();
        let mut next = before..;
        reach.follow(&mut had, facts.principals.len(), || next.next().unwrap_or(before));
        let renumbered = had.iter().zip(0..).filter(|(had, now)| **had != *now || **had >= before);
        let renumbered: Vec<PrincipalId> = renumbered.map(|(_, now)| PrincipalId(now)).collect();
        let mut edited: Vec<PrincipalId> = self.edited.clone();
        edited.retain(|id| id.index() < had.len());
        edited.extend(reach.own.iter().chain(&renumbered));
        edited.sort_unstable();
        edited.dedup();
        if edited.len() * 16 > facts.principals.len().max(1024) {
            return None;
        }
        if renumbered.is_empty() && reach.gone.is_empty() {
            let (accounts, by_name, ranks) =
                (self.accounts.clone(), self.by_name.clone(), self.ranks.clone());
            return Some(Self { edited, accounts, by_name, ranks, ..self.shared() });
        }
        let is_new: FxHashSet<PrincipalId> = renumbered.iter().copied().collect();
        let stays = |id: &PrincipalId| id.index() < had.len() && !is_new.contains(id);
        let mut by_name: Vec<PrincipalId> = self.by_name.iter().copied().filter(stays).collect();
        let mut accounts = self.accounts.clone();
        let lists = Arc::make_mut(&mut accounts);
        lists.values_mut().for_each(|list| list.retain(stays));
        for &id in &renumbered {
            let fact = facts.principal(id);
            if let Some(account) = fact.account {
                lists.entry(account).or_default().push(id);
            }
            let place = by_name.partition_point(|&other| facts.principal(other).name < fact.name);
            by_name.insert(place, id);
        }
        let ranks = Arc::new(ranks(&by_name));
        let others = Arc::new(others_of(facts));
        Some(Self { edited, accounts, others, ranks, by_name: Arc::new(by_name), ..self.shared() })
    }

    fn shared(&self) -> Self {
        Self {
            sets: self.sets.clone(),
            postings: self.postings.clone(),
            holders: self.holders.clone(),
            edited: Vec::new(),
            accounts: self.accounts.clone(),
            others: self.others.clone(),
            by_name: self.by_name.clone(),
            ranks: self.ranks.clone(),
        }
    }

    /// All principals, by name.
    pub fn by_name(&self) -> &[PrincipalId] {
        &self.by_name
    }

    /// The principals that are no users and no roles of the estate, by account: root users, sessions, services, callers of
    /// accounts that were not collected.
    pub fn others(&self) -> impl Iterator<Item = (&Option<AccountId>, &[PrincipalId])> {
        self.others.iter().map(|(account, others)| (account, others.as_slice()))
    }

    /// The place of a principal among all by name.
    pub fn rank(&self, id: PrincipalId) -> u32 {
        self.ranks[id.index()]
    }

    /// The principals with an identity policy that allows the target's action on its resource, under whatever condition,
    /// and those that an edit reached, whose policies may; by name.
    pub fn allowed(&self, facts: &Facts, target: &Target) -> Vec<PrincipalId> {
        match target.no_resource {
            true => {
                let sets = &facts.arena().resources;
                // Patterns may mean a call that names none of the resources that it could name.
                let named = match target.action.catalog {
                    Some(action) => target.some_resource.then(|| types::arns_of(sets, action)),
                    None => Some(types::arns_of_service(sets, &target.action.name)),
                };
                let may_be =
                    |set: ResourceSetId| named.is_some_and(|named| sets.overlaps(named, set) != Ok(false));
                let with_none = |set: &ResourceSetId| sets.contains_none(*set) || may_be(*set);
                self.holders_of(facts, target, self.postings.keys().copied(), &with_none)
            }
            false => {
                let sets = self.sets.containing(&facts.arena().resources, &target.resource);
                self.holders_of(facts, target, sets.into_iter(), &|_| true)
            }
        }
    }

    /// The same for any resource of a set.
    pub fn allowed_within(
        &self,
        facts: &Facts,
        target: &Target,
        resources: ResourceSetId,
    ) -> Vec<PrincipalId> {
        // A comparison that outgrows a limit leaves its set in: the candidates are a superset.
        let reaches = |set: &ResourceSetId| facts.arena().resources.overlaps(*set, resources).unwrap_or(true);
        self.holders_of(facts, target, self.postings.keys().copied(), &reaches)
    }

    /// The holders of policies that allow the action on some of these sets. `reaches` is asked only of sets on which they do.
    fn holders_of(
        &self,
        facts: &Facts,
        target: &Target,
        sets: impl Iterator<Item = ResourceSetId>,
        reaches: &dyn Fn(&ResourceSetId) -> bool,
    ) -> Vec<PrincipalId> {
        let actions = &facts.arena().actions;
        let with = target.action.index.map(|index| actions.sets_with(index));
        let acts = |set: ActionSetId| match &with {
            Some(with) => actions.contains_by(set, with),
            None => actions.contains_foreign(set, &target.action.name),
        };
        let mut seen = vec![false; self.holders.len()];
        let mut holds = vec![false; self.ranks.len()];
        for (set, list) in sets.filter_map(|set| Some((set, self.postings.get(&set)?))) {
            let mut alike = list.chunk_by(|a, b| a.0 == b.0).filter(|alike| acts(alike[0].0)).peekable();
            if alike.peek().is_none() || !reaches(&set) {
                continue;
            }
            for alike in alike {
                for (_, bound) in alike {
                    if !std::mem::replace(&mut seen[bound.index()], true) {
                        // Numbers of principals that are gone may be held by nobody now.
                        let held_by = self.holders[bound.index()].iter();
                        held_by
                            .filter_map(|id| self.ranks.get(id.index()))
                            .for_each(|&rank| holds[rank as usize] = true);
                    }
                }
            }
        }
        self.edited.iter().for_each(|&id| holds[self.rank(id) as usize] = true);
        self.by_name.iter().zip(holds).filter_map(|(&id, holds)| holds.then_some(id)).collect()
    }
}

fn others_of(facts: &Facts) -> FxHashMap<Option<AccountId>, Vec<PrincipalId>> {
    let mut others: FxHashMap<Option<AccountId>, Vec<PrincipalId>> = FxHashMap::default();
    for (fact, id) in facts.principals.iter().zip(0..) {
        let of_an_export = fact.loaded
            && fact.identity().is_some()
            && matches!(fact.kind, PrincipalKind::User | PrincipalKind::Role);
        if !of_an_export {
            others.entry(fact.account).or_default().push(PrincipalId(id));
        }
    }
    others
}

/// The place of each principal in an order.
fn ranks(order: &[PrincipalId]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, id) in order.iter().enumerate() {
        ranks[id.index()] = rank as u32;
    }
    ranks
}
