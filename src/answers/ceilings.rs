//! What may reach principals past their identity policies: what SCPs, and boundaries, leave of grants by resources.

use rayon::prelude::*;

use super::engine::Engine;
use super::permissions::{Envelopes, distinct};
use crate::facts::{Caller, PrincipalId};
use crate::region::action_set::ActionSetId;
use crate::region::arena::{Region, RegionId};
use crate::region::condition::ConditionId;
use crate::region::interner::{Interner, Memo};
use crate::rules::request::{SESSION_POLICIES, SessionPolicies, unknown_scps, unstated};
use crate::rules::side::Bound;

/// A ceiling of [`Ceilings`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CeilingId(pub u32);

/// The ceilings of principals: unions of regions.
pub struct Ceilings {
    /// For each principal, what is left to grants that bypass its whole side, and to those that bypass its identity
    /// policies only.
    pub of: Vec<(CeilingId, CeilingId)>,
    regions: Interner<Box<[Region]>>,
}

impl Ceilings {
    /// The regions of a ceiling; none: nothing passes.
    pub fn get(&self, id: CeilingId) -> &[Region] {
        self.regions.get(id.0)
    }
}

impl Engine {
    /// The ceilings of some principals, in the order given.
    pub fn ceilings(&self, principals: &[PrincipalId]) -> Ceilings {
        let all: Vec<PrincipalId> = self.principal_ids().collect();
        let envelopes = self.envelopes(&all);
        let limits: Interner<Box<[RegionId]>> = Interner::new();
        let regions: Interner<Box<[Region]>> = Interner::new();
        let known: Memo<(u32, u32, Step), u32> = Memo::new();
        let made = Made {
            engine: self,
            envelopes: &envelopes,
            spared: [false, true].map(|by_root| self.spared_by_scps(by_root)),
            limits: &limits,
            regions: &regions,
            known: &known,
        };
        let of = principals.par_iter().with_min_len(64).map(|&id| made.of(id)).collect();
        Ceilings { of, regions }
    }

    /// When the layers of a principal let it pass of which nobody knows what they say: session policies that nobody stated
    /// (S-SESS-01), SCPs of organisations that were not loaded (S-XACC-15).
    pub fn open_layers(&self, id: PrincipalId) -> OpenLayers {
        let fact = self.facts.principal(id);
        let conditions = &self.facts.arena().conditions;
        let layer = |what: &str| {
            let denies = conditions.missing(&format!("{what}{}", crate::facts::compile::DENIES));
            (conditions.missing(what), conditions.not(denies))
        };
        let mut open = OpenLayers { direct: ConditionId::ALWAYS, bounded: ConditionId::ALWAYS };
        if let Some(what) = unknown_scps(fact) {
            let (allows, undenied) = layer(&what);
            let passes = conditions.and(allows, undenied);
            open = OpenLayers { direct: passes, bounded: passes };
        }
        if let SessionPolicies::NotStated = unstated(fact) {
            let (allows, undenied) = layer(SESSION_POLICIES);
            open.direct = conditions.and(open.direct, undenied);
            open.bounded = conditions.and_all([open.bounded, allows, undenied]);
        }
        open
    }
}

/// When layers that nobody knows let a principal pass; mostly always, because there are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenLayers {
    /// With a grant that bypasses its whole own side.
    pub direct: ConditionId,
    /// By its own side, or with a grant that bypasses its identity policies only.
    pub bounded: ConditionId,
}

/// What is remembered: lists that were met, and what is left of lists after Denies and unstated session policies.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Met,
    Direct(ConditionId),
    Bounded(ConditionId),
}

struct Made<'a> {
    engine: &'a Engine,
    envelopes: &'a Envelopes,
    /// The actions that SCPs do not restrict, of others and of root users.
    spared: [ActionSetId; 2],
    limits: &'a Interner<Box<[RegionId]>>,
    regions: &'a Interner<Box<[Region]>>,
    known: &'a Memo<(u32, u32, Step), u32>,
}

impl Made<'_> {
    fn of(&self, id: PrincipalId) -> (CeilingId, CeilingId) {
        let (facts, sides) = (&self.engine.facts, &self.engine.sides);
        let fact = facts.principal(id);
        let nothing = || CeilingId(self.regions.intern(Box::default()));
        if !fact.may_act {
            return (nothing(), nothing()); // S-SCP-16
        }
        let side = sides.of(facts, id);
        let exempt = fact.caller == Caller::ServiceLinkedSession;
        let scps = side.scps.iter().filter(|_| !exempt).flat_map(|level| level.policies.iter());
        let denied = |(_, bound): &Bound| {
            sides.regions(*bound).iter().filter(|region| region.denies).map(|region| region.region)
        };
        let mut denies: Vec<RegionId> = side.identity.iter().chain(&side.boundary).flat_map(denied).collect();
        let spared = self.spared[usize::from(fact.caller == Caller::Root)];
        denies.extend(self.engine.without(scps.flat_map(denied), spared));
        distinct(&mut denies);
        let denied = self.limits.intern(denies.into());
        let Some(envelope) = self.envelopes.get(&side.envelope) else { return (nothing(), nothing()) };
        let layers = self.engine.open_layers(id);
        let open = self.limits.intern(self.engine.with_spared(envelope.ceilings.clone(), spared).into());
        let bounds = self.limits.intern(envelope.bounds.clone().into());
        let direct = self
            .known
            .get_or((open, denied, Step::Direct(layers.direct)), || self.left(open, denied, layers.direct));
        let both = self.known.get_or((open, bounds, Step::Met), || self.met(open, bounds));
        let bounded = self.known.get_or((both, denied, Step::Bounded(layers.bounded)), || {
            self.left(both, denied, layers.bounded)
        });
        (CeilingId(direct), CeilingId(bounded))
    }

    /// Regions in both lists, as a list.
    fn met(&self, a: u32, b: u32) -> u32 {
        let arena = self.engine.facts.arena();
        let (a, b) = (self.limits.get(a), self.limits.get(b));
        let mut met: Vec<RegionId> =
            a.iter().flat_map(|&one| b.iter().filter_map(move |&other| arena.meet(one, other))).collect();
        met.sort_unstable();
        met.dedup();
        self.limits.intern(met.into())
    }

    fn left(&self, open: u32, denied: u32, when: ConditionId) -> u32 {
        let arena = self.engine.facts.arena();
        let denied: Vec<Region> = self.limits.get(denied).iter().map(|&region| arena.get(region)).collect();
        let open = self.limits.get(open).iter().map(|&region| arena.get(region));
        let mut left = arena.difference_all(open, &denied);
        if !when.is_always() {
            for region in &mut left {
                region.condition = arena.conditions.and(region.condition, when);
            }
            left.retain(|region| !region.condition.is_never());
        }
        left.sort_unstable();
        left.dedup();
        self.regions.intern(left.into())
    }
}
