//! What every principal may do after all layers of its own side, in factored form: the bulk answer.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::Engine;
use crate::catalog::scp::unrestricted;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{BoundPolicyId, Caller, ControlKind, EnvelopeId, Layer, Layers, PrincipalId, StatementId};
use crate::region::action_set::{ActionPattern, ActionSetId};
use crate::region::arena::{Region, RegionId};
use crate::region::interner::{Interner, Memo};
use crate::rules::permitted::{self, Permitted};
use crate::rules::side::{Bound, everything};

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
    /// What each identity policy gives within an envelope, the envelope's Denies subtracted.
    permitted: FxHashMap<(BoundPolicyId, EnvelopeId), Within>,
    envelopes: Envelopes,
    /// Lists of explicit Denies.
    denies: Interner<Box<[RegionId]>>,
    /// What a list of Denies leaves of a region.
    left: Memo<(RegionId, u32), u32>,
    pieces: Interner<Box<[Region]>>,
}

/// An identity policy within an envelope.
#[derive(Default)]
struct Within {
    /// What is left of each statement's region, by the position of the statement.
    left: Box<[(RegionId, u32)]>,
    /// The layers that take something away.
    limited: Layers,
}

impl Engine {
    /// Reads the policies of all principals. Whoever asks for those of one after the other makes each by itself.
    pub fn make_sides(&self) {
        self.sides.make_all(&self.facts);
    }

    /// Derives the permissions of all principals.
    pub fn permissions(&self) -> Permissions {
        self.make_sides();
        let all: Vec<PrincipalId> = self.principal_ids().collect();
        self.permissions_among(&all)
    }

    /// Derives the permissions of some principals.
    pub(super) fn permissions_among(&self, principals: &[PrincipalId]) -> Permissions {
        let mut within: Vec<(BoundPolicyId, EnvelopeId)> = principals
            .par_iter()
            .flat_map_iter(|&id| {
                let side = self.sides.of(&self.facts, id);
                side.identity.iter().map(move |(_, bound)| (*bound, side.envelope))
            })
            .collect();
        within.par_sort_unstable();
        within.dedup();
        let envelopes = self.envelopes(principals);
        let spared = self.spared_by_scps(false);
        let shard = (within.len() / (4 * rayon::current_num_threads())).clamp(64, 4096);
        let rows: Vec<Permitted> =
            within.par_chunks(shard).map(|pairs| self.permit(pairs, &envelopes)).collect();
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        let mut permissions = Permissions {
            permitted: FxHashMap::default(),
            envelopes: Envelopes::default(),
            denies: Interner::new(),
            left: Memo::new(),
            pieces: Interner::new(),
        };
        let pairs: Vec<_> = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).collect();
        let found: Vec<_> = pairs
            .into_par_iter()
            .with_min_len(64)
            .filter_map(|rows| {
                let &(policy, envelope, ..) = rows.first()?;
                let mut limited = self.limited((policy, envelope), &envelopes);
                let (boundary, scps) = self.sides.envelope(envelope);
                let scps = scps.iter().flat_map(|level| level.policies.iter());
                let boundary = self.denies_of(&permissions, boundary.iter(), ActionSetId::EMPTY);
                let scps = self.denies_of(&permissions, scps, spared);
                let mut left = Vec::with_capacity(rows.len());
                for &(_, _, region, statement) in rows {
                    let mut parts = vec![self.facts.arena().get(region)];
                    for (layer, denies) in [(Layer::Boundary, boundary), (Layer::Scp, scps)] {
                        if self.subtract(&permissions, &mut parts, denies) {
                            limited = limited.with(layer);
                        }
                    }
                    left.extend(parts.into_iter().map(|part| (self.facts.arena().region(part), statement)));
                }
                Some(((policy, envelope), Within { left: left.into(), limited }))
            })
            .collect();
        permissions.permitted = found.into_iter().collect();
        // A policy of which nothing is permitted is limited too.
        for pair in within {
            permissions
                .permitted
                .entry(pair)
                .or_insert_with(|| Within { left: Box::default(), limited: self.limited(pair, &envelopes) });
        }
        permissions.envelopes = envelopes;
        permissions
    }

    /// The explicit Denies of some policies, without what they deny of some actions, as one list; none if there are none.
    fn denies_of<'a>(
        &self,
        permissions: &Permissions,
        policies: impl Iterator<Item = &'a Bound>,
        spared: ActionSetId,
    ) -> Option<u32> {
        let regions = policies.flat_map(|(_, bound)| self.sides.regions(*bound));
        let denies = regions.filter(|region| region.denies).map(|region| region.region);
        let mut denies: Vec<RegionId> = self.without(denies, spared);
        distinct(&mut denies);
        (!denies.is_empty()).then(|| permissions.denies.intern(denies.into()))
    }

    /// The actions that SCPs do not restrict, of root users or of others (S-SCP-09).
    pub(super) fn spared_by_scps(&self, by_root: bool) -> ActionSetId {
        let facts = &self.facts;
        let patterns: Vec<(Vec<usize>, &str)> =
            unrestricted(by_root).map(|text| (facts.compiler.universe.matching(text), text)).collect();
        let wildcards = patterns.iter().map(|(members, text)| ActionPattern::Wildcard(members, text));
        facts.arena().actions.of(wildcards)
    }

    /// Regions without some actions.
    pub(super) fn without(
        &self,
        regions: impl Iterator<Item = RegionId>,
        spared: ActionSetId,
    ) -> Vec<RegionId> {
        let arena = self.facts.arena();
        let less = |id: RegionId| {
            let region = arena.get(id);
            match arena.actions.meet(region.actions, spared) {
                ActionSetId::EMPTY => Some(id),
                _ => {
                    let actions = arena.actions.difference(region.actions, spared);
                    (actions != ActionSetId::EMPTY).then(|| arena.region(Region { actions, ..region }))
                }
            }
        };
        regions.filter_map(less).collect()
    }

    /// What SCPs leave possible, with the actions that they do not restrict (S-SCP-09).
    pub(super) fn with_spared(&self, mut ceilings: Vec<RegionId>, spared: ActionSetId) -> Vec<RegionId> {
        let arena = self.facts.arena();
        let whole = arena.region(Region { actions: spared, ..Region::ALL });
        let open = |&ceiling: &RegionId| arena.meet(whole, ceiling) == Some(whole);
        if spared != ActionSetId::EMPTY && !ceilings.iter().any(open) {
            ceilings.push(whole);
        }
        ceilings
    }

    /// Subtracts a list of Denies from regions; whether they took something away.
    fn subtract(&self, permissions: &Permissions, regions: &mut Vec<Region>, denies: Option<u32>) -> bool {
        let Some(denies) = denies else { return false };
        let before = std::mem::take(regions);
        let mut changed = false;
        for region in before {
            match self.left_of(permissions, self.facts.arena().region(region), denies) {
                Some(left) => {
                    changed |= left != [region];
                    regions.extend_from_slice(left);
                }
                None => regions.push(region),
            }
        }
        changed
    }

    /// What a list of Denies leaves of a region; `None` if they do not touch it.
    fn left_of<'a>(&self, permissions: &'a Permissions, id: RegionId, denies: u32) -> Option<&'a [Region]> {
        let arena = self.facts.arena();
        let region = arena.get(id);
        let denies_of = || permissions.denies.get(denies).iter().map(|&id| arena.get(id));
        let touches = |denied: &Region| arena.meet_regions(region, *denied).is_some();
        if !denies_of().any(|denied| touches(&denied)) {
            return None;
        }
        let left = permissions.left.get_or((id, denies), || {
            let denied: Vec<Region> = denies_of().filter(touches).collect();
            permissions.pieces.intern(arena.difference_all([region], &denied).into())
        });
        Some(permissions.pieces.get(left))
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
        let off = self.options.without.permitted;
        self.facts.arena().enter(|| permitted::derive(&facts, off))
    }

    /// What the envelope of each of some principals leaves possible. The ceilings were derived for accounts; here they are read for
    /// principals.
    pub(super) fn envelopes(&self, principals: &[PrincipalId]) -> Envelopes {
        let all = everything(&self.facts);
        let spared = self.spared_by_scps(false);
        let mut representative: FxHashMap<EnvelopeId, PrincipalId> = FxHashMap::default();
        for &id in principals {
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
                let account = fact.standing.level;
                let ceilings = match (scps.is_empty() || fact.caller == Caller::ServiceLinkedSession, account)
                {
                    (false, Some(account)) => {
                        let bindings = PrincipalBindings::new(&self.facts, fact);
                        let regions = of_account.get(&account).map(Vec::as_slice).unwrap_or_default();
                        let bound = regions.iter().map(|&region| {
                            let parts = self.facts.arena().get(region);
                            Region { condition: bindings.bind(parts.condition), ..parts }
                        });
                        let left = bound
                            .filter(|region| !region.condition.is_never())
                            .map(|region| self.facts.arena().region(region));
                        self.with_spared(left.collect(), spared)
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

    /// What SCPs leave a root user of everything in its account, which it may do without any statement (S-ROOT-01).
    pub fn permissions_of_root(&self, permissions: &Permissions, id: PrincipalId) -> Vec<Region> {
        let side = self.sides.of(&self.facts, id);
        let Some(envelope) = permissions.envelopes.get(&side.envelope) else { return Vec::new() };
        if !self.facts.principal(id).may_act {
            return Vec::new();
        }
        let spared = self.spared_by_scps(true);
        let ceilings = self.with_spared(envelope.ceilings.clone(), spared);
        let mut regions: Vec<Region> =
            ceilings.iter().map(|&region| self.facts.arena().get(region)).collect();
        let scps = side.scps.iter().flat_map(|level| level.policies.iter());
        self.subtract(permissions, &mut regions, self.denies_of(permissions, scps, spared));
        regions
    }

    /// The permissions of one principal, and the layers that take away something which its identity policies grant.
    pub fn permissions_of(
        &self,
        permissions: &Permissions,
        id: PrincipalId,
        into: &mut Vec<Permission>,
    ) -> Layers {
        if !self.facts.principal(id).may_act {
            return Layers::default(); // S-SCP-16
        }
        let side = self.sides.of(&self.facts, id);
        let denies = self.denies_of(permissions, side.identity.iter(), ActionSetId::EMPTY);
        let mut limited = Layers::default();
        for &(policy, bound) in &*side.identity {
            let Some(within) = permissions.permitted.get(&(bound, side.envelope)) else { continue };
            limited = within.limited.iter().fold(limited, Layers::with);
            for &(id, index) in &*within.left {
                let (region, statement) = (self.facts.arena().get(id), StatementId { policy, index });
                let left = denies.and_then(|denies| self.left_of(permissions, id, denies));
                let Some(left) = left else {
                    into.push(Permission { region, statement });
                    continue;
                };
                if left != [region] {
                    limited = limited.with(Layer::Identity);
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
