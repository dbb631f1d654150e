//! From an action and a resource to the principals whose identity policies speak of them.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::estate::AccountId;
use crate::facts::{BoundPolicyId, Facts, PrincipalId, Target};
use crate::region::action_set::ActionSetId;
use crate::region::resource::{ResourceIndex, ResourceSetId};
use crate::rules::side::Sides;

/// An index over the identity policies of all principals.
pub struct Index {
    sets: ResourceIndex,
    /// Which allowing regions have a resource set: their actions, and the policies they belong to.
    postings: FxHashMap<ResourceSetId, Vec<(ActionSetId, BoundPolicyId)>>,
    /// Who holds a bound policy as identity policy, by its number.
    holders: Vec<Vec<PrincipalId>>,
    /// The principals of each account.
    pub accounts: FxHashMap<AccountId, Vec<PrincipalId>>,
    /// The place of each principal among all by name.
    ranks: Vec<u32>,
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
        let mut ranks = vec![0; ids.len()];
        let mut by_name = ids;
        by_name.par_sort_by_key(|&id| &facts.principal(id).name);
        for (rank, id) in by_name.iter().enumerate() {
            ranks[id.index()] = rank as u32;
        }
        Self { sets, postings, holders, accounts, ranks }
    }

    /// The place of a principal among all by name.
    pub fn rank(&self, id: PrincipalId) -> u32 {
        self.ranks[id.index()]
    }

    /// The principals with an identity policy that allows the target's action on its resource, under whatever condition;
    /// sorted.
    pub fn allowed(&self, facts: &Facts, target: &Target) -> Vec<PrincipalId> {
        match target.no_resource {
            true => {
                let with_none = |set: &ResourceSetId| facts.arena().resources.contains_none(*set);
                self.holders_of(facts, target, self.postings.keys().copied().filter(with_none))
            }
            false => {
                let sets = self.sets.containing(&facts.arena().resources, &target.resource);
                self.holders_of(facts, target, sets.into_iter())
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
        self.holders_of(facts, target, self.postings.keys().copied().filter(reaches))
    }

    fn holders_of(
        &self,
        facts: &Facts,
        target: &Target,
        sets: impl Iterator<Item = ResourceSetId>,
    ) -> Vec<PrincipalId> {
        let arena = facts.arena();
        let acts = |actions: ActionSetId| match target.action.index {
            Some(index) => arena.actions.contains(actions, index),
            None => arena.actions.contains_foreign(actions, &target.action.name),
        };
        let mut policies: Vec<BoundPolicyId> = Vec::new();
        for set in sets {
            if let Some(list) = self.postings.get(&set) {
                policies.extend(list.iter().filter(|(actions, _)| acts(*actions)).map(|(_, bound)| *bound));
            }
        }
        policies.sort_unstable();
        policies.dedup();
        let mut principals: Vec<PrincipalId> =
            policies.iter().flat_map(|bound| self.holders[bound.index()].iter().copied()).collect();
        principals.sort_unstable();
        principals.dedup();
        principals
    }
}
