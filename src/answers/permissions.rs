//! What every principal may do after all layers of its own side, in factored form: the bulk answer.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{BoundPolicyId, Caller, ControlKind, EnvelopeId, Layer, Layers, PrincipalId, StatementId};
use crate::region::arena::{Region, RegionId};
use crate::region::interner::{Interner, Memo};
use crate::rules::permitted::{self, Permitted};
use crate::rules::side::everything;

/// Requests that a statement permits a principal, explicit Denies of its own side subtracted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Permission {
    /// The requests.
    pub region: Region,
    /// The statement that permits them.
    pub statement: StatementId,
}

/// Permissions of all principals.
pub struct Permissions {
    permitted: FxHashMap<(BoundPolicyId, EnvelopeId), Vec<(RegionId, u32)>>,
    limited: FxHashMap<(BoundPolicyId, EnvelopeId), Layers>,
    deny_sets: Interner<Box<[RegionId]>>,
    differences: Memo<(RegionId, u32), u32>,
    pieces: Interner<Box<[Region]>>,
}

impl Engine {
    /// Derives the permissions of all principals.
    pub fn permissions(&self) -> Permissions {
        self.index();
        let mut within: Vec<(BoundPolicyId, EnvelopeId)> = self
            .principal_ids()
            .flat_map_iter(|id| {
                let side = self.sides.of(&self.facts, id);
                side.identity.iter().map(move |(_, bound)| (*bound, side.envelope))
            })
            .collect();
        within.par_sort_unstable();
        within.dedup();
        let envelopes = self.envelopes();
        let shard = (within.len() / (4 * rayon::current_num_threads())).clamp(64, 4096);
        let rows: Vec<Permitted> =
            within.par_chunks(shard).map(|pairs| self.permit(pairs, &envelopes)).collect();
        let mut permitted: FxHashMap<_, Vec<(RegionId, u32)>> = FxHashMap::default();
        permitted.reserve(within.len());
        for (policy, envelope, region, statement) in rows.into_iter().flatten() {
            permitted.entry((policy, envelope)).or_default().push((region, statement));
        }
        let limited = within.par_iter().map(|&pair| (pair, self.limited(pair, &envelopes))).collect();
        Permissions {
            permitted,
            limited,
            deny_sets: Interner::new(),
            differences: Memo::new(),
            pieces: Interner::new(),
        }
    }

    /// All principals, in parallel.
    pub(super) fn principal_ids(&self) -> impl IndexedParallelIterator<Item = PrincipalId> + use<> {
        (0..self.facts.principals.len() as u32).into_par_iter().map(PrincipalId)
    }

    /// Runs the rules for some pairs of policy and envelope.
    fn permit(&self, pairs: &[(BoundPolicyId, EnvelopeId)], envelopes: &Envelopes) -> Permitted {
        let mut facts = permitted::Sides { within: pairs.to_vec(), ..Default::default() };
        let mut policies: Vec<BoundPolicyId> = pairs.iter().map(|(policy, _)| *policy).collect();
        policies.dedup();
        for policy in policies {
            let allows = self.sides.regions(policy).iter().filter(|region| !region.denies);
            facts.grants.extend(allows.map(|region| (policy, region.region, region.statement)));
        }
        let mut around: Vec<EnvelopeId> = pairs.iter().map(|(_, envelope)| *envelope).collect();
        around.sort_unstable();
        around.dedup();
        for envelope in around {
            let Some(limits) = envelopes.get(&envelope) else { continue };
            facts.bounds.extend(limits.bounds.iter().map(|region| (envelope, *region)));
            facts.ceilings.extend(limits.ceilings.iter().map(|region| (envelope, *region)));
        }
        self.facts.arena().enter(|| permitted::derive(&facts))
    }

    /// What each envelope leaves possible. The ceilings were derived for accounts; here they are read for principals.
    pub(super) fn envelopes(&self) -> Envelopes {
        let all = everything(&self.facts);
        let mut representative: FxHashMap<EnvelopeId, PrincipalId> = FxHashMap::default();
        for index in 0..self.facts.principals.len() as u32 {
            let id = PrincipalId(index);
            representative.entry(self.sides.of(&self.facts, id).envelope).or_insert(id);
        }
        let mut of_account: FxHashMap<_, Vec<RegionId>> = FxHashMap::default();
        for &(kind, account, region) in &self.sides.ceilings().ceiling {
            if kind == ControlKind::Scp {
                of_account.entry(account).or_default().push(region);
            }
        }
        representative
            .into_par_iter()
            .map(|(envelope, id)| {
                let fact = self.facts.principal(id);
                let (boundary, scps) = self.sides.envelope(envelope);
                let bounds = match boundary.is_empty() {
                    true => vec![all],
                    false => boundary
                        .iter()
                        .flat_map(|(_, bound)| self.sides.regions(*bound))
                        .filter(|region| !region.denies)
                        .map(|region| region.region)
                        .collect(),
                };
                let account = fact.account.and_then(|account| self.facts.levels.accounts.get(&account));
                let ceilings = match (scps.is_empty() || fact.caller == Caller::ServiceLinkedSession, account)
                {
                    (false, Some(account)) => {
                        let organization = self.facts.organization_of(fact.account);
                        let bindings = PrincipalBindings::new(&self.facts, fact, &organization);
                        let regions = of_account.get(account).map(Vec::as_slice).unwrap_or_default();
                        let bound = regions.iter().map(|&region| {
                            let parts = self.facts.arena().get(region);
                            Region { condition: bindings.bind(parts.condition), ..parts }
                        });
                        bound
                            .filter(|region| !region.condition.is_never())
                            .map(|region| self.facts.arena().region(region))
                            .collect()
                    }
                    _ => vec![all],
                };
                (envelope, Envelope { bounds, ceilings })
            })
            .collect()
    }

    /// Which layers take away something that a policy grants.
    fn limited(&self, (policy, envelope): (BoundPolicyId, EnvelopeId), envelopes: &Envelopes) -> Layers {
        let arena = self.facts.arena();
        let Some(limits) = envelopes.get(&envelope) else { return Layers::default() };
        let mut layers = Layers::default();
        for (layer, open) in [(Layer::Boundary, &limits.bounds), (Layer::Scp, &limits.ceilings)] {
            let cut = self.sides.regions(policy).iter().filter(|region| !region.denies).any(|region| {
                !open.iter().any(|&limit| arena.meet(region.region, limit) == Some(region.region))
            });
            if cut {
                layers = layers.with(layer);
            }
        }
        layers
    }

    /// The permissions of one principal. Rows that agree in all but the actions are one row for each statement.
    pub fn permissions_of(
        &self,
        permissions: &Permissions,
        id: PrincipalId,
        into: &mut Vec<Permission>,
    ) -> Layers {
        let arena = self.facts.arena();
        let side = self.sides.of(&self.facts, id);
        if !self.facts.principal(id).may_act {
            return Layers::default(); // S-SCP-16
        }
        let exempt = self.facts.principal(id).caller == Caller::ServiceLinkedSession;
        let scps = side.scps.iter().filter(|_| !exempt).flat_map(|level| level.policies.iter());
        let mut limited = Layers::default();
        let mut denies: Vec<RegionId> = Vec::new();
        let layers = side
            .identity
            .iter()
            .map(|bound| (Layer::Identity, bound))
            .chain(side.boundary.iter().map(|bound| (Layer::Boundary, bound)))
            .chain(scps.map(|bound| (Layer::Scp, bound)));
        let mut of_layer: Vec<(Layer, RegionId)> = Vec::new();
        for (layer, (_, bound)) in layers {
            let denied = self.sides.regions(*bound).iter().filter(|region| region.denies);
            of_layer.extend(denied.map(|region| (layer, region.region)));
        }
        denies.extend(of_layer.iter().map(|(_, region)| *region));
        distinct(&mut denies);
        let deny_set = permissions.deny_sets.intern(denies.clone().into());
        for &(policy, bound) in &*side.identity {
            let pair = (bound, side.envelope);
            if let Some(layers) = permissions.limited.get(&pair) {
                limited = layers.iter().fold(limited, Layers::with);
            }
            for &(region, index) in permissions.permitted.get(&pair).map(Vec::as_slice).unwrap_or_default() {
                let statement = StatementId { policy, index };
                if denies.is_empty() {
                    into.push(Permission { region: arena.get(region), statement });
                    continue;
                }
                let left = permissions.differences.get_or((region, deny_set), || {
                    let regions: Vec<Region> = denies.iter().map(|&denied| arena.get(denied)).collect();
                    let left = arena.difference_all([arena.get(region)], &regions);
                    permissions.pieces.intern(left.into())
                });
                let left = permissions.pieces.get(left);
                if left.len() != 1 || left.first() != Some(&arena.get(region)) {
                    for (layer, denied) in &of_layer {
                        if !limited.contains(*layer) && arena.meet(region, *denied).is_some() {
                            limited = limited.with(*layer);
                        }
                    }
                }
                into.extend(left.iter().map(|&region| Permission { region, statement }));
            }
        }
        limited
    }
}

/// Drops repetitions and keeps the order, which is that of policies and statements: into which pieces a difference falls
/// depends on it, and ids differ between runs.
pub(super) fn distinct(regions: &mut Vec<RegionId>) {
    let mut seen = FxHashSet::default();
    regions.retain(|region| seen.insert(*region));
}

pub(super) type Envelopes = FxHashMap<EnvelopeId, Envelope>;

/// What an envelope leaves possible.
pub(super) struct Envelope {
    pub(super) bounds: Vec<RegionId>,
    pub(super) ceilings: Vec<RegionId>,
}
