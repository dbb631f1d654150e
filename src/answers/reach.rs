//! Which accounts other than its own each principal reaches.
//!
//! A principal reaches an account if a resource there grants it something that its own policies permit too (S-XACC-01),
//! and no Deny of the resource's side takes all of it away. A grant or permission under a condition that can hold
//! counts; what was not collected does not.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::engine::Engine;
use super::external::of_owner;
use super::grants::{ResourceDeny, ResourceGrant, ResourceSide};
use super::members::Members;
use crate::estate::AccountId;
use crate::facts::PrincipalId;
use crate::facts::keys;
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, KeyId, Known, Sat};
use crate::region::interner::{Interner, Memo};
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};

/// The grants of an estate to principals of other accounts.
pub(super) struct Reach<'a> {
    engine: &'a Engine,
    side: ResourceSide,
    grants: Vec<Foreign>,
    /// Grants on a resource and what begins with its ARN, by that, sorted.
    by_arn: Vec<(Arc<str>, u32)>,
    /// The same, by the whole ARN.
    of_arn: FxHashMap<Arc<str>, Vec<u32>>,
    /// Grants on what does not begin with the ARN of the resource that holds the policy.
    elsewhere: Vec<u32>,
    /// Grants to principals by their actions.
    by_actions: Vec<(ActionSetId, Vec<u32>)>,
    /// Lists of grants, sorted, and that of the grants which some actions may use.
    lists: Interner<Box<[u32]>>,
    acting: Memo<ActionSetId, u32>,
    used: RwLock<Used>,
    /// The denies of each resource, and those of RCPs.
    denies: FxHashMap<Option<u32>, Vec<ResourceDeny>>,
}

/// A grant to principals of other accounts.
struct Foreign {
    owner: AccountId,
    principals: Members,
    grant: ResourceGrant,
    /// Whether it is to somebody with policies of its own.
    to_principals: bool,
    /// What may take some of it away, when it was first asked for.
    denies: OnceLock<Vec<ResourceDeny>>,
}

/// The grants that permissions may use: of a list, those that concern some resources.
type Used = FxHashMap<(u32, ResourceSetId), Arc<[u32]>>;

impl<'a> Reach<'a> {
    pub fn new(engine: &'a Engine) -> Self {
        let side = engine.resource_side();
        let conditions = &engine.facts.arena().conditions;
        let mut at_home: FxHashMap<AccountId, Members> = FxHashMap::default();
        let mut of_account: FxHashMap<AccountId, Vec<PrincipalId>> = FxHashMap::default();
        for &id in side.by_name.order() {
            if let Some(account) = engine.facts.principal(id).account {
                of_account.entry(account).or_default().push(id);
            }
        }
        for (account, principals) in of_account {
            at_home.insert(account, side.by_name.members(principals));
        }
        let nobody = Members::default();
        let outsiders: Vec<PrincipalId> = side
            .by_name
            .order()
            .iter()
            .copied()
            .filter(|&id| !engine.facts.principal(id).caller.has_own_side())
            .collect();
        let outsiders = side.by_name.members(outsiders);
        let grants: Vec<Foreign> = side
            .grants
            .iter()
            .filter(|grant| !conditions.contains_missing(grant.condition))
            .filter_map(|&grant| {
                let owner = side.resources.get(grant.resource as usize)?.account?;
                let home = at_home.get(&owner).unwrap_or(&nobody);
                let principals = side.principals.get(grant.principals).without(home);
                let to_principals = !principals.without(&outsiders).is_empty();
                let denies = OnceLock::new();
                let foreign = Foreign { owner, principals, grant, to_principals, denies };
                (!foreign.principals.is_empty()).then_some(foreign)
            })
            .collect();
        let mut by_arn: Vec<(Arc<str>, u32)> = Vec::new();
        let mut elsewhere: Vec<u32> = Vec::new();
        for (foreign, index) in grants.iter().zip(0..).filter(|(foreign, _)| foreign.to_principals) {
            let text = engine.facts.arena().resources.as_patterns(foreign.grant.resources);
            let arn = side.resources.get(foreign.grant.resource as usize).map(|resource| &resource.arn);
            let within = |arn: &Arc<str>| {
                text.is_ok_and(|text| {
                    let inside = |one: &String| {
                        one.strip_prefix(&**arn)
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
                    };
                    text.pieces.iter().all(|piece| piece.include.iter().any(inside))
                })
            };
            match arn {
                Some(arn) if within(arn) => by_arn.push((arn.clone(), index)),
                _ => elsewhere.push(index),
            }
        }
        by_arn.sort_unstable();
        let mut of_arn: FxHashMap<Arc<str>, Vec<u32>> = FxHashMap::default();
        for (arn, index) in &by_arn {
            of_arn.entry(arn.clone()).or_default().push(*index);
        }
        let mut denies: FxHashMap<Option<u32>, Vec<ResourceDeny>> = FxHashMap::default();
        for deny in &side.denies {
            denies.entry(deny.resource).or_default().push(*deny);
        }
        let mut by_actions: FxHashMap<ActionSetId, Vec<u32>> = FxHashMap::default();
        for (foreign, index) in grants.iter().zip(0..).filter(|(foreign, _)| foreign.to_principals) {
            by_actions.entry(foreign.grant.actions).or_default().push(index);
        }
        let by_actions = by_actions.into_iter().collect();
        let (lists, acting, used) = (Interner::new(), Memo::new(), RwLock::default());
        Self { engine, side, grants, by_arn, of_arn, elsewhere, by_actions, lists, acting, used, denies }
    }

    /// The accounts that a principal with these permissions reaches, sorted.
    pub fn of(&self, id: PrincipalId, own: &[Region]) -> Vec<AccountId> {
        let fact = self.engine.facts.principal(id);
        let mut reached: BTreeSet<AccountId> = BTreeSet::new();
        if !fact.may_act {
            return Vec::new();
        }
        if !fact.caller.has_own_side() {
            // It has no policies of its own (S-XACC-12, S-XACC-13).
            for foreign in &self.grants {
                if !reached.contains(&foreign.owner) && self.uses(id, foreign, Region::ALL) {
                    reached.insert(foreign.owner);
                }
            }
            return reached.into_iter().collect();
        }
        let owners = &self.engine.facts.arena().owners;
        for &region in own {
            let list = self.meeting(region.actions, region.resources);
            for foreign in list.iter().filter_map(|&index| self.grants.get(index as usize)) {
                if !reached.contains(&foreign.owner)
                    && owners.contains(region.owner, Some(foreign.owner.number()))
                    && self.uses(id, foreign, region)
                {
                    reached.insert(foreign.owner);
                }
            }
        }
        reached.into_iter().collect()
    }

    /// Whether a principal that has a permission can use a grant: it is named, and not everything is denied.
    fn uses(&self, id: PrincipalId, foreign: &Foreign, own: Region) -> bool {
        let place = self.side.by_name.place(id);
        if !foreign.principals.contains(place) {
            return false;
        }
        let arena = self.engine.facts.arena();
        let condition = arena.conditions.and(own.condition, foreign.grant.condition);
        let possible = |condition: ConditionId| {
            let bound = self.of_owner(foreign, condition);
            *arena.conditions.satisfiable(bound) != Sat::No
        };
        if !possible(condition) {
            return false;
        }
        let used = || Region {
            actions: arena.actions.meet(own.actions, foreign.grant.actions),
            resources: arena.resources.meet(own.resources, foreign.grant.resources),
            owner: OwnerId::ANY,
            condition,
        };
        let denies: Vec<Region> = foreign
            .denies
            .get_or_init(|| self.denies_of(foreign))
            .iter()
            .filter(|deny| self.side.principals.get(deny.principals).contains(place))
            .map(|deny| Region { owner: OwnerId::ANY, ..deny.region })
            .collect();
        match denies.is_empty() {
            true => true,
            false => arena
                .difference_all([used()], &denies)
                .into_iter()
                .any(|left| left.resources != ResourceSets::EMPTY && possible(left.condition)),
        }
    }

    /// A condition on requests for the resource of a grant, with the keys bound that say whose it is (3.6).
    fn of_owner(&self, foreign: &Foreign, condition: ConditionId) -> ConditionId {
        let conditions = &self.engine.facts.arena().conditions;
        let is_of_owner = |key: &KeyId| keys::OF_OWNER.contains(&&*conditions.key_of(*key).name);
        let known = self.side.resources.get(foreign.grant.resource as usize);
        let Some(known) = known.filter(|_| conditions.keys(condition).iter().any(is_of_owner)) else {
            return condition;
        };
        let bindings = of_owner(&self.engine.facts, &known.arn, Some(foreign.owner));
        let fixed = |key: KeyId| match is_of_owner(&key) {
            true => bindings.known(&conditions.key_of(key).name),
            false => Known::Unknown,
        };
        conditions.bind(condition, &fixed)
    }

    /// The Denies of the resource and of RCPs that concern a grant.
    fn denies_of(&self, foreign: &Foreign) -> Vec<ResourceDeny> {
        let arena = self.engine.facts.arena();
        let (grant, owner) = (&foreign.grant, Some(foreign.owner.number()));
        let lists =
            [Some(grant.resource), None].into_iter().filter_map(|resource| self.denies.get(&resource));
        let concerns = |deny: &&ResourceDeny| {
            arena.owners.contains(deny.region.owner, owner)
                && arena.actions.meet(deny.region.actions, grant.actions) != ActionSetId::EMPTY
                && arena.resources.overlaps(deny.region.resources, grant.resources).unwrap_or(true)
        };
        lists.flatten().filter(concerns).copied().collect()
    }

    /// The grants whose actions and resources meet a permission's.
    fn meeting(&self, actions: ActionSetId, resources: ResourceSetId) -> Arc<[u32]> {
        let acting = self.acting(actions);
        if let Some(known) = self.used.read().get(&(acting, resources)) {
            return known.clone();
        }
        let arena = self.engine.facts.arena();
        // A comparison that outgrows a limit counts: the summary names too much, never too little.
        let on = |&index: &u32| {
            resources == ResourceSets::ALL
                || self.grants.get(index as usize).is_some_and(|foreign| {
                    arena.resources.overlaps(resources, foreign.grant.resources).unwrap_or(true)
                })
        };
        let acting_grants = self.lists.get(acting);
        let concerned = match acting_grants.is_empty() {
            true => Some(Vec::new()),
            false => self.concerned(resources, acting_grants.len()),
        };
        let found: Arc<[u32]> = match concerned {
            Some(indices) => {
                let acts = |index: &u32| acting_grants.binary_search(index).is_ok();
                indices.into_iter().filter(acts).filter(on).collect()
            }
            None => acting_grants.iter().copied().filter(on).collect(),
        };
        self.used.write().insert((acting, resources), found.clone());
        found
    }

    /// The grants to principals that some actions may use, as a list of `lists`.
    fn acting(&self, actions: ActionSetId) -> u32 {
        self.acting.get_or(actions, || {
            let sets = &self.engine.facts.arena().actions;
            let meets = |(of_grant, _): &&(ActionSetId, Vec<u32>)| {
                sets.meet(actions, *of_grant) != ActionSetId::EMPTY
            };
            let mut list: Vec<u32> =
                self.by_actions.iter().filter(meets).flat_map(|(_, grants)| grants).copied().collect();
            list.sort_unstable();
            self.lists.intern(list.into())
        })
    }

    /// The grants that a set of resources can concern by how its patterns begin; `None`: all, or more than `most`.
    fn concerned(&self, resources: ResourceSetId, most: usize) -> Option<Vec<u32>> {
        if resources == ResourceSets::ALL {
            return None;
        }
        let text = self.engine.facts.arena().resources.as_patterns(resources).ok()?;
        let mut indices = self.elsewhere.clone();
        for piece in &text.pieces {
            let include = piece.include.first()?;
            let start = include.find(['*', '?', '$']).map_or(include.as_str(), |at| &include[..at]);
            // Resources that begin so, and resources that hold what begins so.
            let from = self.by_arn.partition_point(|(arn, _)| &**arn < start);
            let within = self.by_arn.iter().skip(from).take_while(|(arn, _)| arn.starts_with(start));
            indices.extend(within.take(most + 1).map(|(_, index)| index));
            if indices.len() > most {
                return None;
            }
            let ends = start.match_indices(['/', ':']).map(|(end, _)| end).skip(5);
            indices.extend(ends.filter_map(|end| self.of_arn.get(&start[..end])).flatten());
        }
        indices.sort_unstable();
        indices.dedup();
        Some(indices)
    }
}
