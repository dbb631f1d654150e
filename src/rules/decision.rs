//! The decision: routes, filters and denials become one answer.
//!
//! Everything that decides comes together here: the layers' conditions for one request on one side, what the rule set
//! [`route`](super::route) derived for its kind of request on the other. `can`, `who-can`, `report` and scenarios all
//! call [`decide`].
//!
//! source   S-DEC-02 to S-DEC-05, S-EVAL-02, S-EVAL-05 to S-EVAL-11, S-TRI-04

mod court;

use court::{COUNTING_IF_FREE, Court};

use super::route::Routes;
use crate::facts::{Caller, Grant, Layer, Layers, Regime, Relation};
use crate::region::condition::{Bindings, ConditionId, Conditions, DoubtClass, KeyId, Sat, Verdict, View};

/// What kind of request it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Situation {
    /// Who calls.
    pub caller: Caller,
    /// How the caller's account stands to the owner's.
    pub relation: Relation,
    /// How the sides combine for the resource.
    pub regime: Regime,
    /// Whether a scenario states all documents. What can't be read in one is an open reading then (S-EVAL-10); in an export
    /// it is data that is lacking.
    pub stated: bool,
}

/// The conditions under which each part of a request's policies speaks; what [`decide`] needs and nothing else.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Evaluated {
    /// When each layer allows. [`Layer::Resource`] is unused: see `grants`.
    pub allows: [ConditionId; Layer::ALL.len()],
    /// When each layer denies explicitly (S-PB-03).
    pub denies: [ConditionId; Layer::ALL.len()],
    /// When a policy that was not collected may deny. It can take an Allow away, but where the loaded data deny already
    /// the kind of denial is theirs (S-EVAL-11).
    pub may_deny: ConditionId,
    /// When each form of resource-side grant is given.
    pub grants: Vec<(Grant, ConditionId)>,
    /// When the service refuses whatever policies say (S-EVAL-09).
    pub gate: ConditionId,
    /// What is known of keys with which open ones are coupled (S-TRI-09).
    pub known: ConditionId,
}

impl Evaluated {
    /// Nothing allows on the caller's side, nothing grants, nothing denies, every filter is open.
    pub fn silent() -> Self {
        let mut allows = [ConditionId::ALWAYS; Layer::ALL.len()];
        allows[Layer::Identity as usize] = ConditionId::NEVER;
        allows[Layer::Resource as usize] = ConditionId::NEVER;
        Self {
            allows,
            denies: [ConditionId::NEVER; Layer::ALL.len()],
            may_deny: ConditionId::NEVER,
            grants: Vec::new(),
            gate: ConditionId::NEVER,
            known: ConditionId::ALWAYS,
        }
    }

    /// Whether some condition tests any key.
    pub fn has_keys(&self, conditions: &Conditions) -> bool {
        self.conditions().any(|condition| !conditions.keys(condition).is_empty())
    }

    /// Whether some condition tests a key.
    pub fn mentions(&self, conditions: &Conditions, key: KeyId) -> bool {
        self.conditions().any(|condition| conditions.contains_key(condition, key))
    }

    /// All conditions.
    pub fn conditions(&self) -> impl Iterator<Item = ConditionId> {
        let layers = self.allows.iter().chain(&self.denies);
        let all = layers.chain(self.grants.iter().map(|(_, condition)| condition));
        all.chain([&self.may_deny, &self.gate]).copied()
    }

    /// The keys that some condition tests and with which others are coupled, each once.
    pub fn coupled_keys(&self, conditions: &Conditions) -> Vec<KeyId> {
        let mut keys: Vec<KeyId> =
            self.conditions().flat_map(|condition| conditions.coupled_keys(condition)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// How the texts begin that some condition compares a key with.
    pub fn beginnings_of(&self, conditions: &Conditions, key: KeyId) -> Vec<String> {
        self.conditions().flat_map(|condition| conditions.beginnings_of(condition, key)).collect()
    }

    /// Binds keys in all conditions.
    pub fn bind(&mut self, conditions: &Conditions, bindings: &dyn Bindings) {
        self.change(|condition| conditions.bind(condition, bindings));
    }

    /// All conditions, as they come out where something is known.
    pub fn given(&mut self, conditions: &Conditions, known: ConditionId) {
        self.change(|condition| conditions.given(condition, known));
    }

    /// States what is `known` of keys with which open ones are coupled; `within` narrows a condition to it.
    pub fn narrow(&mut self, known: ConditionId, within: impl Fn(ConditionId) -> ConditionId) {
        self.known = known;
        self.change(within);
    }

    fn change(&mut self, change: impl Fn(ConditionId) -> ConditionId) {
        let layers = self.allows.iter_mut().chain(&mut self.denies);
        let grants = self.grants.iter_mut().map(|(_, condition)| condition);
        for condition in layers.chain(grants).chain([&mut self.may_deny, &mut self.gate]) {
            *condition = change(*condition);
        }
    }

    /// When `layer` allows.
    pub fn allow(&self, layer: Layer) -> ConditionId {
        self.allows[layer as usize]
    }

    /// When `layer` denies.
    pub fn deny(&self, layer: Layer) -> ConditionId {
        self.denies[layer as usize]
    }

    fn grant(&self, conditions: &Conditions, grant: Grant) -> ConditionId {
        if grant == Grant::OwnSide {
            return ConditionId::ALWAYS;
        }
        self.grants
            .iter()
            .filter(|(form, _)| *form == grant)
            .fold(ConditionId::NEVER, |any, (_, condition)| conditions.or(any, *condition))
    }
}

/// The five answers (S-EVAL-10).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Decision {
    /// Allowed, whatever the open facts of the request turn out to be.
    Allowed,
    /// It depends on open facts of the request.
    Conditional,
    /// A Deny statement matches.
    ExplicitlyDenied,
    /// No Deny matches, and a needed Allow is missing.
    ImplicitlyDenied,
    /// It depends on something that was not loaded or can't be read.
    Unknown,
}

impl Decision {
    /// The stable name, as it stands in answers and scenario files.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Allowed => "Allowed",
            Decision::Conditional => "Conditional",
            Decision::ExplicitlyDenied => "ExplicitlyDenied",
            Decision::ImplicitlyDenied => "ImplicitlyDenied",
            Decision::Unknown => "Unknown",
        }
    }

    /// Whether the request may pass: neither kind of denial.
    pub fn may_be_allowed(self) -> bool {
        !matches!(self, Decision::ExplicitlyDenied | Decision::ImplicitlyDenied)
    }
}

/// A decision and what it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decided {
    /// The answer.
    pub decision: Decision,
    /// When the request is allowed: always for `Allowed`, never for the denials.
    pub condition: ConditionId,
    /// When a Deny statement denies it: which kind a denial is may depend on open facts too (S-TRI-04).
    pub denied: ConditionId,
    /// The layer that decided: that of the grant, of the Deny, or the first that blocks.
    pub layer: Option<Layer>,
    /// For denials, each layer that would stop the request on its own.
    pub blocked_by: Layers,
    /// Whether a refusal of the service itself stopped the request (S-EVAL-09).
    pub gated: bool,
    /// Whether the condition was proved satisfiable; otherwise the answer may still turn out to be a denial.
    pub proved: bool,
}

/// Decides one request.
pub fn decide(routes: &Routes, conditions: &Conditions, situation: Situation, layers: &Evaluated) -> Decided {
    let court =
        Court { conditions, routes: routes.of(situation.caller, situation.relation, situation.regime) };
    let filters = routes.filters(situation.caller);
    let free = situation.regime == Regime::Free;
    let gate = routes.gate(layers.gate);

    // S-STS-01: of a call that needs no permission nothing but controls and the endpoint could deny anything.
    let counting: &[Layer] = if free { &COUNTING_IF_FREE } else { &Layer::ALL };
    let denied = counting.iter().fold(ConditionId::NEVER, |any, &layer| {
        let denies = match free && layer == Layer::Endpoint {
            true => court.by_endpoint(layers.deny(layer)),
            false => layers.deny(layer),
        };
        conditions.or(any, denies)
    });
    // A call without credentials never gets as far.
    let denied = if free { conditions.and(denied, conditions.not(gate)) } else { denied };
    let denied = conditions.within(denied, layers.known);
    if conditions.valid(denied) == Verdict::Yes {
        let layer = counting.iter().copied().find(|&layer| layers.deny(layer) != ConditionId::NEVER);
        let blocked_by = court.blocked_by(situation, filters, layers);
        return Decided {
            decision: Decision::ExplicitlyDenied,
            condition: ConditionId::NEVER,
            denied: ConditionId::ALWAYS,
            layer,
            blocked_by,
            gated: false,
            proved: true,
        };
    }

    let granted = court.granted(layers, |layer| layers.allow(layer));
    let open = if free { ConditionId::ALWAYS } else { court.open(filters, layers) };
    let mut allowed = conditions.and(granted, open);
    allowed = conditions.and(allowed, conditions.not(gate));
    allowed = conditions.and(allowed, conditions.not(denied));
    if free {
        allowed = conditions.and(allowed, conditions.not(court.endpoint_stops(layers)));
    } else {
        allowed = conditions.and(allowed, conditions.not(layers.may_deny));
    }
    let allowed = conditions.within(allowed, layers.known);

    if allowed == ConditionId::ALWAYS || conditions.valid(allowed) == Verdict::Yes {
        return Decided {
            decision: Decision::Allowed,
            condition: ConditionId::ALWAYS,
            denied: ConditionId::NEVER,
            layer: court.granting_layer(layers),
            blocked_by: Layers::default(),
            gated: false,
            proved: true,
        };
    }
    match conditions.satisfiable(allowed) {
        Sat::No => {
            let blocked_by = court.blocked_by(situation, filters, layers);
            Decided {
                decision: denial(conditions, denied),
                condition: ConditionId::NEVER,
                denied,
                layer: blocked_by.iter().next(),
                blocked_by,
                gated: conditions.valid(gate) == Verdict::Yes,
                proved: true,
            }
        }
        sat => {
            let condition = conditions.simplify(allowed);
            Decided {
                decision: open_kind(conditions, condition, situation.stated),
                condition,
                denied,
                layer: court.granting_layer(layers),
                blocked_by: Layers::default(),
                gated: false,
                proved: matches!(sat, Sat::Yes(_)),
            }
        }
    }
}

/// The decision on a request for several resources, of those on each: all must be allowed (S-DEC-01, S-RES-20), and a Deny
/// on one beats every Allow on others (S-DEC-03).
pub fn decide_all(conditions: &Conditions, each: &[Decided], stated: bool) -> Decided {
    let (first, rest) = match each {
        [one] => return *one,
        [first, rest @ ..] => (*first, rest),
        [] => {
            return Decided {
                decision: Decision::ImplicitlyDenied,
                condition: ConditionId::NEVER,
                denied: ConditionId::NEVER,
                layer: None,
                blocked_by: Layers::default(),
                gated: false,
                proved: true,
            };
        }
    };
    rest.iter().fold(first, |all, one| {
        let condition = conditions.and(all.condition, one.condition);
        let denied = conditions.or(all.denied, one.denied);
        let both = Decided {
            condition,
            denied,
            blocked_by: all.blocked_by.iter().chain(one.blocked_by.iter()).collect(),
            gated: all.gated || one.gated,
            proved: all.proved && one.proved,
            ..all
        };
        let of = |decision| [all, *one].into_iter().find(|of| of.decision == decision);
        if let Some(refused) = of(Decision::ExplicitlyDenied).or(of(Decision::ImplicitlyDenied)) {
            let decision = match refused.decision {
                Decision::ExplicitlyDenied => Decision::ExplicitlyDenied,
                _ => denial(conditions, denied),
            };
            let layer = refused.layer;
            return Decided { decision, layer, condition: ConditionId::NEVER, proved: true, ..both };
        }
        if condition.is_always() {
            return both;
        }
        if *conditions.satisfiable(condition) == Sat::No {
            let decision = denial(conditions, denied);
            // What each of them needs contradicts what another does: that is the fault of the layers that would grant it.
            let granting = [all.layer, one.layer].into_iter().flatten();
            let blocked_by = both.blocked_by.iter().chain(granting).collect();
            return Decided { decision, blocked_by, condition: ConditionId::NEVER, proved: true, ..both };
        }
        let condition = conditions.simplify(condition);
        let decision = open_kind(conditions, condition, stated);
        Decided { decision, condition, blocked_by: Layers::default(), ..both }
    })
}

/// The layers that stop a request for several resources, each with its kind and its conditions: a layer that lets it pass on one
/// resource only where it stops it on another stops it as well (S-RES-20).
pub fn blocked_together(routes: &Routes, conditions: &Conditions, each: &[(Situation, Evaluated)]) -> Layers {
    let passes = |layer| {
        conditions.and_all(each.iter().map(|(situation, layers)| {
            let routes_of = routes.of(situation.caller, situation.relation, situation.regime);
            let court = Court { conditions, routes: routes_of };
            let passes = court.passes(layer, *situation, routes.filters(situation.caller), layers);
            conditions.within(passes, layers.known)
        }))
    };
    Layer::ALL.into_iter().filter(|&layer| *conditions.satisfiable(passes(layer)) == Sat::No).collect()
}

/// The decision on something that a call needs in some cases only.
pub fn where_needed(conditions: &Conditions, when: ConditionId, decided: Decided, stated: bool) -> Decided {
    if when.is_always() {
        return decided;
    }
    let condition = conditions.or(conditions.not(when), decided.condition);
    let denied = conditions.and(when, decided.denied);
    let decision = match conditions.valid(condition) {
        Verdict::Yes => Decision::Allowed,
        _ => open_kind(conditions, condition, stated),
    };
    Decided { decision, condition, denied, ..decided }
}

/// The answer to a request that is denied for sure: which kind of denial it is may depend (S-TRI-04, S-EVAL-10).
fn denial(conditions: &Conditions, denied: ConditionId) -> Decision {
    match conditions.satisfiable(denied) {
        Sat::No => Decision::ImplicitlyDenied,
        _ if conditions.valid(denied) == Verdict::Yes => Decision::ExplicitlyDenied,
        _ => Decision::Conditional,
    }
}

/// Conditional, or Unknown where something not loaded or not readable matters (S-EVAL-10, S-EVAL-11).
pub(super) fn open_kind(conditions: &Conditions, condition: ConditionId, stated: bool) -> Decision {
    match depends_on_unloaded(conditions, condition, stated) {
        true => Decision::Unknown,
        false => Decision::Conditional,
    }
}

/// Whether a condition speaks of data that was not loaded, or of something that can't be read, unless all documents are
/// `stated`.
pub fn depends_on_unloaded(conditions: &Conditions, condition: ConditionId, stated: bool) -> bool {
    match conditions.view(condition) {
        View::Missing { .. } => true,
        View::Doubt { doubt, .. } => !stated && conditions.doubt_of(doubt).class == DoubtClass::Malformed,
        View::All(parts) | View::Any(parts) => {
            parts.into_iter().any(|part| depends_on_unloaded(conditions, part, stated))
        }
        View::Always | View::Never | View::Test { .. } => false,
    }
}
