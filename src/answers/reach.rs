//! Which accounts other than its own each principal reaches.
//!
//! A principal reaches an account if a resource there grants it something that its own policies permit too (S-XACC-01),
//! and no Deny of the resource's side takes all of it away. A grant or permission under a condition that can hold
//! counts; what was not collected does not.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::engine::Engine;
use super::grants::{ResourceDeny, ResourceGrant, ResourceSide};
use super::members::Members;
use super::named::GrantForm;
use crate::estate::AccountId;
use crate::facts::{Caller, PrincipalId};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, Sat};
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
    /// The denies of each resource, and those of RCPs.
    denies: FxHashMap<Option<u32>, Vec<ResourceDeny>>,
}

/// A grant to principals of other accounts.
struct Foreign {
    owner: AccountId,
    principals: Members,
    grant: ResourceGrant,
}

/// The grants that permissions with the same actions and resources may use, remembered while principals with many
/// policies in common follow each other.
#[derive(Default)]
pub(super) struct Met {
    known: FxHashMap<(ActionSetId, ResourceSetId), Box<[u32]>>,
}

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
        let grants: Vec<Foreign> = side
            .grants
            .iter()
            .filter(|grant| {
                grant.form != GrantForm::KeyGrant && !conditions.contains_missing(grant.condition)
            })
            .filter_map(|&grant| {
                let owner = side.resources.get(grant.resource as usize)?.account?;
                let home = at_home.get(&owner).unwrap_or(&nobody);
                let principals = side.principals.get(grant.principals).without(home);
                (!principals.is_empty()).then_some(Foreign { owner, principals, grant })
            })
            .collect();
        let mut by_arn: Vec<(Arc<str>, u32)> = Vec::new();
        let mut elsewhere: Vec<u32> = Vec::new();
        for (foreign, index) in grants.iter().zip(0..) {
            let text = engine.facts.arena().resources.as_patterns(foreign.grant.resources);
            let arn = side.resources.get(foreign.grant.resource as usize).map(|resource| &resource.arn);
            let within = |arn: &Arc<str>| {
                text.is_ok_and(|text| {
                    text.pieces.iter().all(|piece| piece.include.iter().any(|one| one.starts_with(&**arn)))
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
        Self { engine, side, grants, by_arn, of_arn, elsewhere, denies }
    }

    /// The accounts that a principal with these permissions reaches, sorted.
    pub fn of(&self, id: PrincipalId, own: &[Region], met: &mut Met) -> Vec<AccountId> {
        let fact = self.engine.facts.principal(id);
        let mut reached: BTreeSet<AccountId> = BTreeSet::new();
        if !fact.may_act {
            return Vec::new();
        }
        if matches!(fact.caller, Caller::Service | Caller::Provider | Caller::AwsOwned | Caller::Anonymous) {
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
            let key = (region.actions, region.resources);
            let list = met.known.entry(key).or_insert_with(|| self.meeting(region.actions, region.resources));
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
        let possible = |condition: ConditionId| *arena.conditions.satisfiable(condition) != Sat::No;
        if !possible(condition) {
            return false;
        }
        let used = Region {
            actions: arena.actions.meet(own.actions, foreign.grant.actions),
            resources: arena.resources.meet(own.resources, foreign.grant.resources),
            owner: OwnerId::ANY,
            condition,
        };
        let owner = Some(foreign.owner.number());
        let denies: Vec<Region> = [Some(foreign.grant.resource), None]
            .iter()
            .filter_map(|resource| self.denies.get(resource))
            .flatten()
            .filter(|deny| {
                arena.owners.contains(deny.region.owner, owner)
                    && self.side.principals.get(deny.principals).contains(place)
            })
            .map(|deny| Region { owner: OwnerId::ANY, ..deny.region })
            .collect();
        match denies.is_empty() {
            true => true,
            false => arena
                .difference_all([used], &denies)
                .into_iter()
                .any(|left| left.resources != ResourceSets::EMPTY && possible(left.condition)),
        }
    }

    /// The grants whose actions and resources meet a permission's.
    fn meeting(&self, actions: ActionSetId, resources: ResourceSetId) -> Box<[u32]> {
        let arena = self.engine.facts.arena();
        let meets = |&index: &u32| {
            self.grants.get(index as usize).is_some_and(|foreign| {
                arena.actions.meet(actions, foreign.grant.actions) != ActionSetId::EMPTY
                    // A comparison that outgrows a limit counts: the summary names too much, never too little.
                    && (resources == ResourceSets::ALL
                        || arena.resources.overlaps(resources, foreign.grant.resources).unwrap_or(true))
            })
        };
        match self.concerned(resources) {
            Some(mut indices) => {
                indices.retain(meets);
                indices.into()
            }
            None => (0..self.grants.len() as u32).filter(meets).collect(),
        }
    }

    /// The grants that a set of resources can concern by how its patterns begin; `None`: all.
    fn concerned(&self, resources: ResourceSetId) -> Option<Vec<u32>> {
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
            indices.extend(within.map(|(_, index)| index));
            let around = start.char_indices().filter_map(|(end, _)| self.of_arn.get(&start[..end]));
            indices.extend(around.flatten());
        }
        indices.sort_unstable();
        indices.dedup();
        Some(indices)
    }
}
