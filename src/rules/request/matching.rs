//! When a region of a policy holds the request.
//!
//! source   S-GRAM-19, S-RES-10 to S-RES-14, S-RES-22, S-S3-10, U-80

use super::{Prepared, Stands};
use crate::estate::AccountId;
use crate::facts::binding::{ResourceBindings, tells_apart};
use crate::facts::types::arns_of;
use crate::facts::{PrincipalFact, keys};
use crate::region::arena::Region;
use crate::region::condition::{Bindings, ConditionId, DoubtClass, KeyId, Known};
use crate::region::owner::{AccountNumber, Owner, OwnerId};
use crate::region::resource::{Padding, Piece, ResourceSets};

struct InContext<'a, 'b> {
    context: &'b dyn Bindings,
    resource: &'b ResourceBindings<'a>,
}

impl Bindings for InContext<'_, '_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.context.lookup(key) {
            // Of several resources each says what follows of its own keys (S-RES-20).
            open @ (Known::Unknown | Known::As(_)) => match self.resource.lookup(key) {
                Known::Unknown => open,
                known => known,
            },
            known => known,
        }
    }
}

impl<'a> Prepared<'a> {
    /// A condition with everything bound that the question's context fixes.
    pub(super) fn in_context(&self, condition: ConditionId) -> ConditionId {
        self.facts.arena().conditions.bind(condition, self.context)
    }

    /// Whether a condition tests a key that tells callers of one class apart.
    pub(super) fn tells_apart(&self, condition: ConditionId) -> bool {
        let conditions = &self.facts.arena().conditions;
        conditions.keys(condition).iter().any(|&key| tells_apart(&conditions.key_of(key).name))
    }

    /// When a region holds the request, for a caller of an account (S-GRAM-19); `None`: never.
    pub(super) fn matches(
        &self,
        region: Region,
        caller: Option<&PrincipalFact>,
        stands: Stands,
    ) -> Option<ConditionId> {
        let arena = self.facts.arena();
        let acts = match (self.target.action.index, &self.acting) {
            (_, Some(acting)) => arena.actions.contains_by(region.actions, acting),
            (Some(index), None) => arena.actions.contains(region.actions, index),
            (None, None) => arena.actions.contains_foreign(region.actions, &self.target.action.name),
        };
        if !acts || !self.target.right_type {
            return None;
        }
        let on = match self.target.no_resource {
            _ if self.target.some_resource && !self.any_resource => self.on_some_resource(region),
            true if self.target.action.catalog.is_none() => self.without_entry(region, caller),
            true => self.on_no_resource(region, caller),
            false if self.any_resource => ConditionId::ALWAYS,
            false if self.is_bucket_half() => {
                let condition = self.matches_half(region, stands);
                return (!condition.is_never()).then_some(condition);
            }
            false => arena.resources.contains(region.resources, &self.target.resource).into(),
        };
        if on.is_never() {
            return None;
        }
        let of_caller = self.target.no_resource || self.target.is_new;
        let bound = match caller.filter(|_| of_caller) {
            Some(caller) => self.bound(region.condition, &self.resource.owned_by(caller)),
            None => self.bound(region.condition, &self.resource),
        };
        let bound = match caller {
            Some(caller) if self.resource.depends_on_account() => {
                let key = arena.conditions.key(keys::key("aws:PrincipalAccount"));
                let of_caller = |other: KeyId| match caller.account.filter(|_| caller.derives && other == key)
                {
                    Some(account) => Known::One(account.to_string().into()),
                    None => Known::Unknown,
                };
                arena.conditions.bind(bound, &of_caller)
            }
            _ => bound,
        };
        let condition = arena.conditions.and(on, bound);
        (!condition.is_never()).then_some(condition)
    }

    /// The condition of a statement in the context of the request: of several values for one an Allow says nothing (U-18).
    pub(super) fn as_stated(&self, condition: ConditionId, denies: bool) -> Option<ConditionId> {
        let conditions = &self.facts.arena().conditions;
        let condition = if denies { condition } else { conditions.allowing(condition) };
        (!condition.is_never()).then_some(condition)
    }

    pub(super) fn bound(&self, condition: ConditionId, resource: &ResourceBindings<'a>) -> ConditionId {
        let bindings = InContext { context: self.context, resource };
        resource.settle(self.facts.arena().conditions.bind(condition, &bindings))
    }

    pub(super) fn is_bucket_half(&self) -> bool {
        self.target.asked != self.target.resource
    }

    /// When a region holds the bucket half of a request on an access point (S-S3-10). Policies of the caller's side are
    /// compared with the ARN of the access point; whether one on the bucket's ARN counts is not known (U-80: UNCERTAIN, as
    /// recommended).
    pub(super) fn matches_half(&self, region: Region, stands: Stands) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let on_bucket = conditions.and(self.on_bucket(region), self.bound(region.condition, &self.resource));
        if stands == Stands::WithResource {
            return on_bucket;
        }
        let named = ResourceBindings { resource: &self.target.asked, ..self.resource.clone() };
        let on_point: ConditionId =
            self.facts.arena().resources.contains(region.resources, &self.target.asked).into();
        let on_point = conditions.and(on_point, self.bound(region.condition, &named));
        let doubt = || {
            let text =
                "U-80: whether policies on the bucket's ARN count for requests through an access point";
            conditions.missing(text)
        };
        match on_bucket == on_point || on_bucket.is_never() {
            true => on_point,
            false => conditions.or(on_point, conditions.and(on_bucket, doubt())),
        }
    }

    /// When a region holds the bucket or object. For an object that stands for others it must hold all of the bucket's.
    pub(super) fn on_bucket(&self, region: Region) -> ConditionId {
        let arena = self.facts.arena();
        let resource = &*self.target.resource;
        let Some((bucket, _)) = resource.split_once('/').filter(|_| self.resource.stands_for_others) else {
            return arena.resources.contains(region.resources, resource).into();
        };
        let pattern = format!("{bucket}/*");
        let objects = arena.resources.pattern(&[Piece::Text(&pattern)], Padding::Never);
        let objects = objects.unwrap_or(ResourceSets::ALL);
        match (
            arena.resources.overlaps(region.resources, objects),
            arena.resources.includes(region.resources, objects),
        ) {
            (Ok(false), _) => ConditionId::NEVER,
            (_, Ok(true)) => ConditionId::ALWAYS,
            _ => arena.conditions.missing(&format!("which objects of {bucket} the request is for")),
        }
    }

    /// When a region holds a resource of which only the type is known (S-RES-12, S-TRI-01).
    pub(super) fn on_some_resource(&self, region: Region) -> ConditionId {
        let sets = &self.facts.arena().resources;
        let taken = || self.target.action.catalog.map_or(ResourceSets::ALL, |action| arns_of(sets, action));
        let taken = self.target.among.unwrap_or_else(taken);
        match (sets.overlaps(region.resources, taken), sets.includes(region.resources, taken)) {
            (Ok(false), _) => ConditionId::NEVER,
            (_, Ok(true)) => ConditionId::ALWAYS,
            _ => {
                // Sets that are too large to be written keep their number: what is one unknown must stay one.
                let among = sets.as_patterns(region.resources).map(|text| text.to_string());
                let among = among.unwrap_or_else(|limit| format!("set {:?} ({limit})", region.resources));
                let text = format!("which resource is meant: whether it is one of {among}");
                self.facts.arena().conditions.doubt(DoubtClass::Reading, &text)
            }
        }
    }

    /// When a region holds the request of an action without resource type: its owner is the caller's account.
    pub(super) fn on_no_resource(&self, region: Region, caller: Option<&PrincipalFact>) -> ConditionId {
        let arena = self.facts.arena();
        if !arena.resources.contains_none(region.resources) {
            return ConditionId::NEVER;
        }
        self.is_callers(region.owner, caller)
    }

    /// When a region holds the request of an action that no catalog knows and that names no resource: nobody knows whether it has
    /// a resource type, or what the service checks for it (S-RES-22).
    pub(super) fn without_entry(&self, region: Region, caller: Option<&PrincipalFact>) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let service = self.target.action.name.split(':').next().unwrap_or_default();
        let held = self.facts.compiler.without_entry(&service.to_ascii_lowercase(), region.resources);
        let held = held.into_iter().map(|(owner, when)| conditions.and(self.is_callers(owner, caller), when));
        conditions.or_all(held.collect::<Vec<_>>())
    }

    /// When the account of a caller is among some owners.
    fn is_callers(&self, owner: OwnerId, caller: Option<&PrincipalFact>) -> ConditionId {
        let arena = self.facts.arena();
        if let Some(caller) = caller {
            return arena.owners.contains(owner, caller.account.map(AccountId::number)).into();
        }
        let key = arena.conditions.key(keys::key("aws:PrincipalAccount"));
        let is_of = |accounts: &[AccountNumber]| {
            let accounts: Vec<String> = accounts.iter().map(|account| format!("{account:012}")).collect();
            arena.conditions.equals(key, accounts.iter().map(String::as_str))
        };
        match arena.owners.get(owner) {
            Owner::AllBut(accounts) if accounts.is_empty() => ConditionId::ALWAYS,
            Owner::AllBut(accounts) => arena.conditions.not(is_of(accounts)),
            Owner::Only(accounts) => is_of(accounts),
        }
    }
}
