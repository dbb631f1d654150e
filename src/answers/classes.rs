//! Principals that are alike as far as some conditions can tell.

use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::facts::binding::{OrganizationOf, PrincipalBindings};
use crate::facts::keys::{self, Origin};
use crate::facts::{Caller, Facts, PrincipalId};
use crate::region::condition::{ConditionId, KeyId};

/// Binds conditions for many principals, once for each class of principals that agree on the keys that occur.
pub(super) struct Classes<'a> {
    facts: &'a Facts,
    of_keys: Mutex<FxHashMap<Box<[KeyId]>, Arc<Partition>>>,
}

/// The class of each principal, and the first principal of each class.
pub(super) struct Partition {
    class: Vec<u32>,
    first: Vec<PrincipalId>,
}

/// From how many principals on a partition pays.
const MANY: usize = 64;

impl<'a> Classes<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts, of_keys: Mutex::default() }
    }

    /// The condition as it reads for each of the principals.
    pub(super) fn bind(&self, condition: ConditionId, principals: &[PrincipalId]) -> Vec<ConditionId> {
        let conditions = &self.facts.arena().conditions;
        let of_principal = |key: &KeyId| keys::origin(&conditions.key_of(*key).name) == Origin::Principal;
        let keys: Box<[KeyId]> = conditions.keys(condition).iter().copied().filter(of_principal).collect();
        if keys.is_empty() {
            return vec![condition; principals.len()];
        }
        if principals.len() < MANY {
            return principals.iter().map(|&id| self.bind_one(condition, id)).collect();
        }
        let partition = self.partition(keys);
        let mut bound: Vec<Option<ConditionId>> = vec![None; partition.first.len()];
        let of = |id: PrincipalId| partition.class.get(id.index()).map_or(0, |&class| class as usize);
        principals
            .iter()
            .map(|&id| match bound.get_mut(of(id)) {
                Some(slot) => *slot.get_or_insert_with(|| self.bind_one(condition, id)),
                None => self.bind_one(condition, id),
            })
            .collect()
    }

    fn bind_one(&self, condition: ConditionId, id: PrincipalId) -> ConditionId {
        let fact = self.facts.principal(id);
        let organization = self.facts.organization_of(fact.account);
        PrincipalBindings::new(self.facts, fact, &organization).bind(condition)
    }

    fn partition(&self, keys: Box<[KeyId]>) -> Arc<Partition> {
        if let Some(known) = self.of_keys.lock().get(&keys) {
            return known.clone();
        }
        let conditions = &self.facts.arena().conditions;
        let names: Vec<&str> = keys.iter().map(|&key| &*conditions.key_of(key).name).collect();
        let texts: Vec<String> = (0..self.facts.principals.len() as u32)
            .into_par_iter()
            .map(|index| {
                let fact = self.facts.principal(PrincipalId(index));
                let organization = self.facts.organization_of(fact.account);
                let bindings = PrincipalBindings::new(self.facts, fact, &organization);
                // What binding asks besides the keys.
                let undocumented = matches!(fact.caller, Caller::Service | Caller::AwsOwned);
                let elsewhere = matches!(organization, OrganizationOf::Elsewhere).then_some(fact.account);
                let known: Vec<_> = names.iter().map(|name| bindings.known(name)).collect();
                format!("{undocumented} {elsewhere:?} {known:?}")
            })
            .collect();
        let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
        let mut partition = Partition { class: Vec::with_capacity(texts.len()), first: Vec::new() };
        for (index, text) in texts.iter().enumerate() {
            let next = partition.first.len() as u32;
            let class = *numbers.entry(text).or_insert(next);
            if class == next {
                partition.first.push(PrincipalId(index as u32));
            }
            partition.class.push(class);
        }
        let partition = Arc::new(partition);
        self.of_keys.lock().insert(keys, partition.clone());
        partition
    }
}
