//! What a principal may do on the side of its own account, as regions; and what resources of its account grant it themselves.

use crate::answers::can::OfCaller;
use crate::answers::context::Context;
use crate::answers::engine::Engine;
use crate::answers::grants::{ResourceGrant, ResourceSide};
use crate::answers::named::GrantForm;
use crate::catalog::scp::unrestricted;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{
    BoundPolicyId, Caller, ControlKind, EnvelopeId, PrincipalFact, PrincipalId, PrincipalKind,
};
use crate::region::action_set::ActionSetId;
use crate::region::arena::{Arena, Region, RegionId};
use crate::region::condition::{Bindings, ConditionId};
use crate::region::owner::OwnerId;
use crate::region::resource::ResourceSets;
use crate::rules::permitted;
use crate::rules::side::{Bound, Side, everything};

/// More pieces than this are not compared.
pub(super) const MOST_PIECES: usize = 512;

/// With more exceptions than this, what Denies leave is rather told with the Denies beside it.
pub(super) const MOST_EXCEPTIONS: usize = 16;

/// What is known of a principal's requests.
pub(super) struct Own<'a> {
    engine: &'a Engine,
    caller: &'a PrincipalFact,
    id: Option<PrincipalId>,
    side: Side,
    context: &'a Context,
}

/// Requests on the own side.
#[derive(Default)]
pub(super) struct Effective {
    /// What a document may grant: allowed on the own side, and denied by no resource of the account.
    pub grantable: Vec<Region>,
    /// What it has to grant, in full: `grantable`, and what is denied on resources of some owners only.
    pub wanted: Vec<Region>,
    /// What is allowed before any Deny.
    pub permitted: Vec<Region>,
    /// What is denied, whoever owns the resource.
    pub denied: Vec<Region>,
    /// What of `permitted` falls into too many pieces once Denies are subtracted; it is wanted as a whole.
    pub crowded: Vec<Region>,
    /// Those of `crowded` that could be subtracted from all the same, and then have many exceptions.
    pub excepted: Vec<Region>,
    /// What is denied on resources of some owners only.
    pub of_some_owners: Vec<Region>,
    /// What resources of the account grant without any identity policy, and how.
    pub by_resources: Vec<(String, Region)>,
}

impl<'a> Own<'a> {
    pub fn new(
        engine: &'a Engine,
        caller: &'a PrincipalFact,
        id: Option<PrincipalId>,
        context: &'a Context,
    ) -> Self {
        let conditions = &engine.facts.arena().conditions;
        let stated = context.bindings(conditions);
        let of_caller = OfCaller { conditions, context: &stated };
        let side = engine.sides.with(&engine.facts, caller, id, Some(&of_caller as &dyn Bindings));
        Self { engine, caller, id, side, context }
    }

    /// A condition as it stands for the caller in the context.
    pub fn bind(&self, condition: ConditionId) -> ConditionId {
        let conditions = &self.engine.facts.arena().conditions;
        let stated = conditions.bind(condition, &self.context.bindings(conditions));
        PrincipalBindings::new(&self.engine.facts, self.caller).bind(stated)
    }

    fn bound(&self, region: Region) -> Option<Region> {
        let condition = self.bind(region.condition);
        (!condition.is_never()).then_some(Region { condition, ..region })
    }

    /// The regions of some policies that allow, or that deny.
    fn of<'p>(&self, policies: impl Iterator<Item = &'p Bound>, denies: bool) -> Vec<RegionId> {
        let sides = &self.engine.sides;
        let regions = policies.flat_map(|(_, bound)| sides.regions(*bound));
        regions.filter(|region| region.denies == denies).map(|region| region.region).collect()
    }

    /// What SCPs leave possible.
    fn ceilings(&self) -> Vec<RegionId> {
        let (facts, side) = (&self.engine.facts, &self.side);
        let level = self.caller.standing.level.filter(|_| self.caller.caller != Caller::ServiceLinkedSession);
        let Some(level) = level.filter(|_| !side.scps.is_empty()) else { return vec![everything(facts)] };
        let spared = Region { actions: self.spared_by_scps(), ..facts.arena().get(everything(facts)) };
        let derived = self.engine.sides.ceilings().ceiling.iter();
        let here = derived.filter(|(kind, account, _)| *kind == ControlKind::Scp && *account == level);
        let bound = here.filter_map(|&(_, _, region)| self.bound(facts.arena().get(region)));
        bound.chain([spared]).map(|region| facts.arena().region(region)).collect()
    }

    /// The actions that SCPs do not restrict (S-SCP-09), of those that the catalog or some policy names.
    fn spared_by_scps(&self) -> ActionSetId {
        let universe = &self.engine.facts.compiler.universe;
        let patterns = unrestricted(self.caller.caller == Caller::Root);
        let spared = patterns.flat_map(|pattern| universe.matching(pattern));
        self.engine.facts.arena().actions.of_members(spared)
    }

    /// What SCPs deny.
    fn denied_by_scps(&self) -> Vec<Region> {
        let arena = self.engine.facts.arena();
        let spared = self.spared_by_scps();
        let policies = self.side.scps.iter().flat_map(|level| level.policies.iter());
        let denied = self.of(policies, true).into_iter().map(|id| arena.get(id));
        denied
            .map(|region| Region { actions: arena.actions.difference(region.actions, spared), ..region })
            .collect()
    }

    /// What the principal may do, and what of it a document can grant. Nothing if it cannot act at all (S-SCP-16). What has more than
    /// `most` exceptions once Denies are subtracted is wanted as a whole.
    pub fn effective(&self, resources: &ResourceSide, most: usize) -> Effective {
        let mut effective = Effective::default();
        if !self.caller.may_act {
            return effective;
        }
        let (arena, side) = (self.engine.facts.arena(), &self.side);
        let all = everything(&self.engine.facts);
        let is_root = self.caller.kind == PrincipalKind::Root;
        // S-ROOT-01: a root user needs no statement.
        let allowed = if is_root { vec![all] } else { self.of(side.identity.iter(), false) };
        let bounds = match side.boundary.is_empty() {
            true => vec![all],
            false => self.of(side.boundary.iter(), false),
        };
        let ceilings = self.ceilings();
        let own =
            if is_root { Vec::new() } else { self.of(side.identity.iter().chain(&side.boundary), true) };
        let own = own.into_iter().map(|id| arena.get(id));
        let mut denied: Vec<Region> =
            own.chain(self.denied_by_scps()).filter_map(|region| self.bound(region)).collect();
        // Most buckets deny the same: one Deny of all of them leaves few pieces.
        unite(arena, &mut denied);
        let permitted = self.permitted(&allowed, &bounds, &ceilings);
        let mut by_resources = self.denied_by_resources(resources);
        unite(arena, &mut by_resources);
        let mut everywhere: Vec<Region> =
            by_resources.iter().map(|region| Region { owner: OwnerId::ANY, ..*region }).collect();
        unite(arena, &mut everywhere);
        for &region in &permitted {
            // What falls into too many pieces is wanted as a whole.
            let Some(left) = self.less(region, &denied) else {
                effective.crowded.push(region);
                continue;
            };
            let exceptions = |pieces: &[Region]| {
                pieces.iter().map(|piece| arena.resources.exceptions(piece.resources)).sum::<usize>()
            };
            if exceptions(&left) > most {
                effective.crowded.push(region);
                effective.excepted.push(region);
                continue;
            }
            for piece in left {
                match (self.less(piece, &everywhere), self.less(piece, &by_resources)) {
                    (Some(grantable), Some(_)) if exceptions(&grantable) > most => {
                        effective.crowded.push(piece);
                        effective.excepted.push(piece);
                    }
                    (Some(grantable), Some(wanted)) => {
                        effective.grantable.extend(grantable);
                        effective.wanted.extend(wanted);
                    }
                    _ => effective.crowded.push(piece),
                }
            }
        }
        effective.of_some_owners =
            by_resources.iter().filter(|region| region.owner != OwnerId::ANY).copied().collect();
        effective.permitted = permitted;
        effective.denied = [denied.as_slice(), &everywhere].concat();
        denied.extend(by_resources);
        for (how, region, form) in self.granted_by_resources(resources) {
            let granted = [arena.region(region)];
            let around = if form == GrantForm::Bounded { bounds.as_slice() } else { &[all] };
            for region in self.permitted(&granted, around, &ceilings) {
                let left = self.less(region, &denied).unwrap_or_else(|| vec![region]);
                effective.by_resources.extend(left.into_iter().map(|region| (how.clone(), region)));
            }
        }
        arena.merge(&mut effective.grantable);
        arena.merge(&mut effective.wanted);
        effective.wanted =
            effective.wanted.iter().filter_map(|region| self.as_owned(*region, resources)).collect();
        effective.by_resources = std::mem::take(&mut effective.by_resources)
            .into_iter()
            .filter_map(|(how, region)| Some((how, self.as_owned(region, resources)?)))
            .collect();
        effective
    }

    /// A region without resources that are known to belong to others than it speaks of. `None`: nothing is left.
    fn as_owned(&self, region: Region, resources: &ResourceSide) -> Option<Region> {
        let arena = self.engine.facts.arena();
        // A list of all buckets of others tells nobody more.
        if region.owner == OwnerId::ANY || arena.resources.services(region.resources).is_none() {
            return Some(region);
        }
        let left = resources.of_owner(arena, region.resources, region.owner);
        (left != ResourceSets::EMPTY).then_some(Region { resources: left, ..region })
    }

    /// Runs the rules for what is allowed within boundary and SCPs.
    fn permitted(&self, allowed: &[RegionId], bounds: &[RegionId], ceilings: &[RegionId]) -> Vec<Region> {
        let arena = self.engine.facts.arena();
        let (policy, envelope) = (BoundPolicyId(0), EnvelopeId(0));
        let facts = permitted::Sides {
            within: vec![(policy, envelope)],
            grants: allowed.iter().map(|&region| (policy, region, 0)).collect(),
            bounds: bounds.iter().map(|&region| (envelope, region)).collect(),
            ceilings: ceilings.iter().map(|&region| (envelope, region)).collect(),
        };
        let off = self.engine.options.without.permitted;
        let rows = arena.enter(|| permitted::derive(&facts, off));
        let mut found: Vec<Region> =
            rows.into_iter().filter_map(|(_, _, region, _)| self.bound(arena.get(region))).collect();
        distinct(&mut found);
        found
    }

    /// What Denies leave of a region; `None` if it falls into too many pieces.
    fn less(&self, region: Region, denied: &[Region]) -> Option<Vec<Region>> {
        let arena = self.engine.facts.arena();
        let mut left = vec![region];
        for denied in denied.iter().filter(|denied| arena.meet_regions(region, **denied).is_some()) {
            left = left.into_iter().flat_map(|piece| arena.difference(piece, *denied)).collect();
            arena.merge(&mut left);
            if left.len() > MOST_PIECES {
                return None;
            }
        }
        Some(left)
    }

    /// What policies of resources of the account, and RCPs, deny the principal. A policy that was not collected is read
    /// as if there were none.
    fn denied_by_resources(&self, resources: &ResourceSide) -> Vec<Region> {
        let (Some(id), Some(account)) = (self.id, self.caller.account) else { return Vec::new() };
        let owners = &self.engine.facts.arena().owners;
        let place = resources.by_name.place(id);
        let mut denied: Vec<Region> = resources
            .denies
            .iter()
            .filter(|deny| !deny.foreign_only && deny.statement.is_some())
            .filter(|deny| self.is_at_home(resources, deny.resource))
            .filter(|deny| owners.contains(deny.region.owner, Some(account.number())))
            .filter(|deny| resources.principals.get(deny.principals).contains(place))
            .filter_map(|deny| self.bound(deny.region))
            .collect();
        distinct(&mut denied);
        denied
    }

    fn granted_by_resources(&self, resources: &ResourceSide) -> Vec<(String, Region, GrantForm)> {
        let Some(id) = self.id else { return Vec::new() };
        let place = resources.by_name.place(id);
        let needs_no_identity_policy =
            |form| matches!(form, GrantForm::Direct | GrantForm::Bounded | GrantForm::KeyGrant);
        let conditions = &self.engine.facts.arena().conditions;
        // What no statement says and is sure all the same: that a file system without policy is open (S-SVC-13).
        let is_known = |grant: &ResourceGrant| {
            grant.statement.is_some() || !conditions.contains_missing(grant.condition)
        };
        let granted = resources
            .grants
            .iter()
            .filter(|grant| needs_no_identity_policy(grant.form) && is_known(grant))
            .filter(|grant| self.is_at_home(resources, Some(grant.resource)))
            .filter(|grant| resources.principals.get(grant.principals).contains(place));
        granted
            .filter_map(|grant| {
                let region = self.bound(Region {
                    actions: grant.actions,
                    resources: grant.resources,
                    owner: OwnerId::ANY,
                    condition: grant.condition,
                })?;
                let arn = &resources.resources.get(grant.resource as usize)?.arn;
                let how = match (grant.statement, grant.form) {
                    (Some(_), _) => format!("granted by the policy of {arn}"),
                    (None, GrantForm::KeyGrant) => format!("granted by a grant of {arn}"),
                    (None, _) => format!("{arn} is open to it, without a policy that says so"),
                };
                Some((how, region, grant.form))
            })
            .collect()
    }

    /// Whether a resource may be one of the principal's account.
    fn is_at_home(&self, resources: &ResourceSide, resource: Option<u32>) -> bool {
        let known = resource.and_then(|index| resources.resources.get(index as usize));
        known.and_then(|known| known.account).is_none_or(|account| Some(account) == self.caller.account)
    }
}

/// Unites regions that agree in all parts but the resources.
fn unite(arena: &Arena, regions: &mut Vec<Region>) {
    regions.sort_unstable_by_key(|region| (region.actions, region.owner, region.condition, region.resources));
    regions.dedup_by(|next, kept| {
        let same = (next.actions, next.owner, next.condition) == (kept.actions, kept.owner, kept.condition);
        if same {
            kept.resources = arena.resources.union(kept.resources, next.resources);
        }
        same
    });
}

/// Drops repetitions and keeps the order.
fn distinct(regions: &mut Vec<Region>) {
    let mut seen = rustc_hash::FxHashSet::default();
    regions.retain(|region| seen.insert(*region));
}
