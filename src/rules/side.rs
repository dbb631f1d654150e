//! The caller's side of its requests: its policies as they read for it, found by the rules.
//!
//! in       [`membership`], [`ceiling`]      out  [`Side`]

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::ceiling::{self, Ceilings, Tree};
use super::membership::{self, Membership};
use super::without::Without;
use crate::facts::Caller as CallerKind;
use crate::facts::binding::PrincipalBindings;
use crate::facts::compile::{CompiledPolicy, StatementRegion};
use crate::facts::{
    Attachments, BoundPolicyId, ControlKind, EnvelopeId, Facts, NodeId, PolicyId, PrincipalFact, PrincipalId,
    Reach,
};
use crate::region::arena::{Region, RegionId};
use crate::region::condition::{Bindings, ConditionId, KeyId, Known};
use crate::region::interner::Interner;

/// A policy and how it reads for one principal.
pub type Bound = (PolicyId, BoundPolicyId);

/// The boundary of a principal, and the SCPs of its account by level.
pub type Limits = (Box<[Bound]>, Arc<[Level]>);

/// A level of an organisation, and what is attached to it.
pub type AttachedAt = (NodeId, Vec<PolicyId>);

/// A level of an organisation and the policies attached to it, as they read for a principal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Level {
    /// The level.
    pub node: NodeId,
    /// Its policies.
    pub policies: Box<[Bound]>,
}

/// The policies on the caller's side, as they read for it.
#[derive(Clone, Debug)]
pub struct Side {
    /// Identity policies.
    pub identity: Box<[Bound]>,
    /// The boundary; empty if there is none.
    pub boundary: Box<[Bound]>,
    /// SCPs by level, from the root down; empty if none apply.
    pub scps: Arc<[Level]>,
    /// Boundary and SCPs together.
    pub envelope: EnvelopeId,
}

/// Sides of all principals, made when they are first asked for.
pub struct Sides {
    bound: Arc<Interner<Box<[StatementRegion]>>>,
    envelopes: Arc<Interner<Limits>>,
    sides: Vec<OnceLock<Arc<Side>>>,
    ceilings: Arc<Ceilings>,
    levels: Arc<FxHashMap<(ControlKind, NodeId), Vec<AttachedAt>>>,
    without: Without,
}

/// A context that a question gives, put before what the principal's record says.
pub type Overlay<'a> = Option<&'a dyn Bindings>;

impl Sides {
    /// Derives the ceilings of all accounts; sides follow on demand.
    pub fn new(facts: &Facts) -> Self {
        Self::without(Without::default(), facts)
    }

    /// The same without the rules that are off.
    pub fn without(off: Without, facts: &Facts) -> Self {
        Self::into(facts, Arc::default(), Arc::default(), off)
    }

    /// Sides of the facts after an edit: of the principals that it reaches, or of all, as they read now.
    pub fn edited(&self, facts: &Facts, reach: Option<&Reach>) -> Self {
        // Compiled documents, which the facts share, know the numbers of their regions.
        let (bound, envelopes) = (self.bound.clone(), self.envelopes.clone());
        let Some(reach) = reach else { return Self::into(facts, bound, envelopes, self.without) };
        let mut sides = self.sides.clone();
        reach.follow(&mut sides, facts.principals.len(), OnceLock::new);
        for id in reach.own.iter().chain(&reach.limited) {
            sides[id.index()] = OnceLock::new();
        }
        if reach.controls {
            return Self { sides, ..Self::into(facts, bound, envelopes, self.without) };
        }
        let (ceilings, levels) = (self.ceilings.clone(), self.levels.clone());
        Self { bound, envelopes, sides, ceilings, levels, without: self.without }
    }

    fn into(
        facts: &Facts,
        bound: Arc<Interner<Box<[StatementRegion]>>>,
        envelopes: Arc<Interner<Limits>>,
        without: Without,
    ) -> Self {
        let tree = tree(facts);
        let ceilings = facts.arena().enter(|| ceiling::derive(&tree, without.ceiling));
        let depth = depths(facts);
        let mut levels: FxHashMap<_, Vec<AttachedAt>> = FxHashMap::default();
        for &(kind, account, level, policy) in &ceilings.limits {
            let path = levels.entry((kind, account)).or_default();
            match path.iter_mut().find(|(node, _)| *node == level) {
                Some((_, policies)) => policies.push(policy),
                None => path.push((level, vec![policy])),
            }
        }
        for path in levels.values_mut() {
            path.sort_by_key(|(node, _)| depth.get(node).copied().unwrap_or_default());
        }
        Self {
            bound,
            envelopes,
            sides: facts.principals.iter().map(|_| OnceLock::new()).collect(),
            ceilings: Arc::new(ceilings),
            levels: Arc::new(levels),
            without,
        }
    }

    /// The side of a principal of the facts.
    pub fn of(&self, facts: &Facts, id: PrincipalId) -> &Side {
        self.sides[id.index()].get_or_init(|| Arc::new(self.make(facts, facts.principal(id), Some(id), None)))
    }

    /// Makes the sides of all principals that lack them, the rules running once for many of them.
    pub fn make_all(&self, facts: &Facts) {
        const CHUNK: usize = 256;
        let ids: Vec<PrincipalId> = (0..self.sides.len() as u32).map(PrincipalId).collect();
        let lacks = |id: &PrincipalId| self.sides[id.index()].get().is_none();
        ids.par_chunks(CHUNK).filter(|ids| ids.iter().any(lacks)).for_each(|ids| {
            let mut attachments = Attachments::default();
            ids.iter().for_each(|&id| facts.attachments(id, &mut attachments));
            let membership = membership::derive(&attachments, self.without.membership);
            for &id in ids {
                self.sides[id.index()].get_or_init(|| {
                    let held = held_by(&membership, id);
                    Arc::new(self.read_side(facts, facts.principal(id), held, None))
                });
            }
        });
    }

    /// The side of a caller whose context a question gives.
    pub fn with(
        &self,
        facts: &Facts,
        caller: &PrincipalFact,
        id: Option<PrincipalId>,
        overlay: Overlay,
    ) -> Side {
        self.make(facts, caller, id, overlay)
    }

    /// The side of the caller of a scenario, whose policies the rules derived together with those of others.
    pub fn of_case(&self, facts: &Facts, id: PrincipalId, membership: &Membership, overlay: Overlay) -> Side {
        self.read_side(facts, facts.principal(id), held_by(membership, id), overlay)
    }

    /// A policy of the facts as it reads for a caller.
    pub fn read_for(
        &self,
        facts: &Facts,
        caller: &PrincipalFact,
        policy: PolicyId,
        overlay: Overlay,
    ) -> Bound {
        let record = PrincipalBindings::new(facts, caller);
        (policy, self.read(facts, policy, &Layered { overlay, record: &record }))
    }

    /// The regions of a bound policy.
    pub fn regions(&self, id: BoundPolicyId) -> &[StatementRegion] {
        self.bound.get(id.0)
    }

    /// How many bound policies there are.
    pub fn bound_policies(&self) -> usize {
        self.bound.len()
    }

    /// The boundary and the SCP levels of an envelope.
    pub fn envelope(&self, id: EnvelopeId) -> &Limits {
        self.envelopes.get(id.0)
    }

    /// The levels of an account, from the root down, with the policies of a kind attached to each.
    pub fn levels(&self, kind: ControlKind, account: NodeId) -> &[AttachedAt] {
        self.levels.get(&(kind, account)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The derived ceilings.
    pub fn ceilings(&self) -> &Ceilings {
        &self.ceilings
    }

    fn make(&self, facts: &Facts, caller: &PrincipalFact, id: Option<PrincipalId>, overlay: Overlay) -> Side {
        let mut attachments = Attachments::default();
        if let Some(id) = id {
            facts.attachments(id, &mut attachments);
        }
        let membership = membership::derive(&attachments, self.without.membership);
        let held = id.map(|id| held_by(&membership, id)).unwrap_or_default();
        let mut side = self.read_side(facts, caller, held, overlay);
        if id.is_none() && !caller.loaded {
            // S-XACC-15: the policies of a caller whose account was not collected may say anything.
            let missing = facts.compiler.missing(&format!("policies of {}", caller.name));
            side.identity =
                [(PolicyId::NOT_COLLECTED, BoundPolicyId(self.bound.intern(missing.fixed.into())))].into();
        }
        side
    }

    fn read_side(&self, facts: &Facts, caller: &PrincipalFact, held: Held, overlay: Overlay) -> Side {
        let record = PrincipalBindings::new(facts, caller);
        let bindings = Layered { overlay, record: &record };
        let read = |rows: &[(PrincipalId, PolicyId)]| -> Box<[Bound]> {
            rows.iter().map(|&(_, policy)| (policy, self.read(facts, policy, &bindings))).collect()
        };
        let (identity, boundary) = (read(held.identity), read(held.boundary));
        // S-SCP-06: service-linked roles are exempt.
        let subject = caller.standing.level.filter(|_| caller.caller != CallerKind::ServiceLinkedSession);
        let scps = self.read_levels(facts, ControlKind::Scp, subject, &bindings);
        let envelope = EnvelopeId(self.envelopes.intern((boundary.clone(), scps.clone())));
        Side { identity, boundary, scps, envelope }
    }

    /// The levels of an account as their policies read under `bindings`, in full (S-SCP-11, S-SCP-12).
    pub fn read_levels(
        &self,
        facts: &Facts,
        kind: ControlKind,
        account: Option<NodeId>,
        bindings: &dyn Bindings,
    ) -> Arc<[Level]> {
        let levels = account.map(|node| self.levels(kind, node)).unwrap_or_default();
        levels
            .iter()
            .map(|(node, policies)| Level {
                node: *node,
                policies: policies
                    .iter()
                    .map(|&policy| (policy, self.read(facts, policy, bindings)))
                    .collect(),
            })
            .collect()
    }

    /// A policy that a question gives, as it reads for the caller. It has no place among the facts.
    pub fn read_given(
        &self,
        facts: &Facts,
        caller: &PrincipalFact,
        policy: &CompiledPolicy,
        overlay: Overlay,
    ) -> Bound {
        let record = PrincipalBindings::new(facts, caller);
        let regions = facts.compiler.read(policy, &Layered { overlay, record: &record });
        (PolicyId::GIVEN, BoundPolicyId(self.bound.intern(regions.into())))
    }

    /// A policy as it reads under `bindings`.
    pub fn read(&self, facts: &Facts, policy: PolicyId, bindings: &dyn Bindings) -> BoundPolicyId {
        let compiled = facts.compiled(policy);
        let regions = match compiled.depends_on_principal {
            true => facts.compiler.read(&compiled, bindings),
            false => return BoundPolicyId(compiled.fixed_id(|regions| self.bound.intern(regions.into()))),
        };
        BoundPolicyId(self.bound.intern(regions.into()))
    }
}

/// The rows of the derived relations about one principal.
#[derive(Clone, Copy, Default)]
struct Held<'a> {
    identity: &'a [(PrincipalId, PolicyId)],
    boundary: &'a [(PrincipalId, PolicyId)],
}

fn held_by(membership: &Membership, id: PrincipalId) -> Held<'_> {
    fn rows(of: &[(PrincipalId, PolicyId)], id: PrincipalId) -> &[(PrincipalId, PolicyId)] {
        let start = of.partition_point(|(holder, _)| *holder < id);
        let end = of.partition_point(|(holder, _)| *holder <= id);
        of.get(start..end).unwrap_or_default()
    }
    Held { identity: rows(&membership.holds, id), boundary: rows(&membership.bounded, id) }
}

/// What a question gives, before what the record says.
struct Layered<'a> {
    overlay: Overlay<'a>,
    record: &'a PrincipalBindings<'a>,
}

impl Bindings for Layered<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.overlay.map(|overlay| overlay.lookup(key)) {
            Some(known) if !known.is_unknown() => known,
            _ => self.record.lookup(key),
        }
    }
}

/// The ground relations of the rule set `ceiling`.
fn tree(facts: &Facts) -> Tree {
    let levels = &facts.levels;
    let mut tree = Tree {
        top: levels.top.clone(),
        parent: levels.parent.clone(),
        is_account: levels.accounts.values().chain(&levels.stated).copied().collect(),
        exempt: levels.exempt.clone(),
        attached: levels.attached.clone(),
        allows: Vec::new(),
    };
    let mut policies: Vec<PolicyId> = tree.attached.iter().map(|&(_, _, policy)| policy).collect();
    policies.sort_unstable();
    policies.dedup();
    for policy in policies {
        let compiled = facts.compiled(policy);
        let unbound = facts.compiler.read_for_anybody(&compiled);
        tree.allows
            .extend(unbound.iter().filter(|region| !region.denies).map(|region| (policy, region.region)));
    }
    tree
}

/// How far below its root each node is.
fn depths(facts: &Facts) -> FxHashMap<NodeId, usize> {
    let parents: FxHashMap<NodeId, NodeId> = facts.levels.parent.iter().copied().collect();
    let depth = |node: NodeId| {
        let mut seen = 0;
        let mut next = parents.get(&node);
        while let (Some(up), true) = (next, seen <= parents.len()) {
            seen += 1;
            next = parents.get(up);
        }
        seen
    };
    (0..facts.levels.names.len() as u32).map(NodeId).map(|node| (node, depth(node))).collect()
}

/// Every request, as one region.
pub fn everything(facts: &Facts) -> RegionId {
    facts.arena().region(Region { condition: ConditionId::ALWAYS, ..Region::ALL })
}
