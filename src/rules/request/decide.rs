//! Deciding a request with everything that the call needs: its own permission, the bucket behind an access point, further
//! permissions.
//!
//! source   S-EVAL-01, S-EVAL-10, S-EVAL-11, S-S3-04, S-S3-10, S-SVC-04, S-TRUST-10

use super::{Caller, Examined, Lacking, Prepared, SessionPolicies};
use crate::facts::{Behind, Caller as CallerKind, Layers, PrincipalFact, Regime, Relation, keys};
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known, Sat, Verdict};
use crate::rules::decision::{
    Decided, Decision, Evaluated, Situation, decide, decide_all, open_kind, where_needed,
};
use crate::rules::further;
use crate::rules::further::Further;
use crate::rules::notes::Notes;
use crate::rules::route::Routes;

/// A context that holds one more key.
struct Holding<'a> {
    conditions: &'a Conditions,
    holds: Option<(&'static str, &'static str)>,
    context: &'a (dyn Bindings + Sync),
}

impl Bindings for Holding<'_> {
    fn states_some(&self, prefix: &str) -> bool {
        self.context.states_some(prefix)
    }

    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.holds {
            Some((name, value)) if self.conditions.key_of(key).name.eq_ignore_ascii_case(name) => {
                Known::One(value.into())
            }
            _ => self.context.lookup(key),
        }
    }

    fn stated(&self) -> Vec<&str> {
        self.context.stated()
    }
}

impl<'a> Prepared<'a> {
    /// Examines and decides. What was noted for other callers is not read or decided again.
    pub fn decide(
        &self,
        routes: &Routes,
        caller: &Caller<'a>,
        notes: Option<&mut Notes<'a>>,
    ) -> (Decided, Examined) {
        let unsigned = self.takes_everybody_unsigned(caller);
        if unsigned.is_never() {
            return self.decide_signed(routes, caller, notes);
        }
        let fact = PrincipalFact {
            stated: caller.fact.stated,
            derives: caller.fact.derives,
            ..PrincipalFact::anonymous()
        };
        let side = self.sides.with(self.facts, &fact, None, None);
        let nobody = Caller { fact: &fact, side: &side, session: SessionPolicies::None };
        let (of_nobody, mut examined) = self.decide_signed(routes, &nobody, None);
        if unsigned.is_always() {
            return (of_nobody, examined);
        }
        let (signed, of_signed) = self.decide_signed(routes, caller, notes);
        examined.matched.extend(of_signed.matched);
        let conditions = &self.facts.arena().conditions;
        (
            either_way(conditions, unsigned, of_nobody, signed, caller.fact.stated),
            Examined { matched: examined.matched, ..of_signed },
        )
    }

    /// When the service takes no notice of who calls: a function URL whose auth type is NONE (S-SVC-04).
    fn takes_everybody_unsigned(&self, caller: &Caller) -> ConditionId {
        match caller.fact.caller {
            CallerKind::Anonymous => ConditionId::NEVER,
            _ => self.when_unsigned(),
        }
    }

    /// Whether the service may take no notice of who calls.
    pub fn may_take_everybody_unsigned(&self) -> bool {
        !self.when_unsigned().is_never()
    }

    fn when_unsigned(&self) -> ConditionId {
        if *self.target.action.name != *"lambda:InvokeFunctionUrl" {
            return ConditionId::NEVER;
        }
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("lambda:FunctionUrlAuthType"));
        self.in_context(conditions.equals(key, ["NONE"]))
    }

    /// The same for a caller whose credentials the service reads, if it has some.
    fn decide_signed(
        &self,
        routes: &Routes,
        caller: &Caller<'a>,
        notes: Option<&mut Notes<'a>>,
    ) -> (Decided, Examined) {
        let (mut decided, mut examined) = self.decide_alone(routes, caller, notes);
        let conditions = &self.facts.arena().conditions;
        // S-S3-10: the bucket's side must permit the same.
        if let Some(behind) = &self.behind {
            let (other, of_other) = behind.decide_alone(routes, caller, None);
            decided = decide_all(conditions, &[decided, other], caller.fact.stated);
            examined.matched.extend(of_other.matched);
            examined.gate = examined.gate.or(of_other.gate);
        }
        if let Some(Behind::NotCollected(what)) = &self.target.behind {
            decided = and_permitted(conditions, decided, what);
        }
        let (allowed, own_blocked_by) = (decided.condition, decided.blocked_by);
        let keys = &self.facts.compiler.call_keys;
        let needed = further::needed(
            conditions,
            keys,
            self.target,
            caller.fact,
            self.context,
            &self.readings,
            allowed,
        );
        for (needed, when) in needed.into_iter().filter(|(needed, _)| routes.need_further(needed.rule)) {
            let (also, of_also) = self.decide_further(routes, caller, &needed);
            let also = where_needed(conditions, when, also, caller.fact.stated);
            // What the call's own permission asks for needs no second word.
            let granted = !allowed.is_never() && also.denied.is_never();
            if granted && conditions.implies(allowed, also.condition) == Verdict::Yes {
                continue;
            }
            if !also.decision.may_be_allowed() || also.condition.is_never() {
                examined.lacking.push(Lacking { action: needed.action, blocked_by: also.blocked_by });
                examined.own_blocked_by = own_blocked_by;
            }
            decided = decide_all(conditions, &[decided, also], caller.fact.stated);
            examined.matched.extend(of_also.matched);
        }
        let not_loaded = further::not_loaded(self.target, caller.fact);
        if let Some((_, what)) = not_loaded.filter(|(rule, _)| routes.need_further(*rule)) {
            decided = and_permitted(conditions, decided, &what);
        }
        (decided, examined)
    }

    /// Decides a further permission that the call needs.
    pub fn decide_further(
        &self,
        routes: &Routes,
        caller: &Caller<'a>,
        needed: &Further,
    ) -> (Decided, Examined) {
        let conditions = &self.facts.arena().conditions;
        let mut target = self.target.clone();
        target.action = self.facts.asked_action(needed.action);
        // It is about the resource of the call, also where the reference does not list that type.
        target.right_type = self.target.right_type;
        if needed.both_sides {
            target.regime = Regime::BothSides;
        }
        let holding = Holding { conditions, holds: needed.holds, context: self.context };
        let mut prepared = Prepared::by_readings(self.facts, self.sides, &target, &holding, self.readings);
        prepared.only_loaded = self.only_loaded;
        let (decided, examined) = prepared.decide_alone(routes, caller, None);
        let Some(unknown) = needed.unless.filter(|_| decided.decision != Decision::Allowed) else {
            return (decided, examined);
        };
        if decided.decision == Decision::ExplicitlyDenied {
            return (decided, examined);
        }
        let condition = conditions.or(decided.condition, conditions.missing(unknown));
        (
            Decided { decision: Decision::Unknown, condition, blocked_by: Layers::default(), ..decided },
            examined,
        )
    }

    pub(super) fn decide_alone(
        &self,
        routes: &Routes,
        caller: &Caller<'a>,
        mut notes: Option<&mut Notes<'a>>,
    ) -> (Decided, Examined) {
        let examined = self.examine(caller, notes.as_deref_mut());
        let conditions = &self.facts.arena().conditions;
        let mut decide = |situation: Situation, evaluated: &Evaluated| {
            let Some(notes) = notes.as_deref_mut() else {
                return decide(routes, conditions, situation, evaluated);
            };
            let known = notes.decided.entry(situation).or_default();
            if let Some(&decided) = known.get(evaluated) {
                return decided;
            }
            let decided = decide(routes, conditions, situation, evaluated);
            known.insert(evaluated.clone(), decided);
            decided
        };
        let mut decided = decide(examined.situation, &examined.evaluated);
        if self.target.object_owner_open && decided.decision != Decision::ExplicitlyDenied {
            decided = self.if_of_bucket_owner(routes, &examined, decided);
        }
        let Some(otherwise) = &examined.otherwise else {
            return (decided, examined);
        };
        let other = decide(otherwise.situation, &otherwise.evaluated);
        if (other.decision, other.condition) == (decided.decision, decided.condition) {
            return (decided, examined);
        }
        // S-EVAL-01, S-EVAL-11: the owner is not known, and it matters.
        let here = conditions.and(otherwise.owns, decided.condition);
        let there = conditions.and(conditions.not(otherwise.owns), other.condition);
        let condition = conditions.or(here, there);
        let decision = match decided.condition.is_never() && other.condition.is_never() {
            false => Decision::Unknown,
            true if decided.decision == other.decision => decided.decision,
            // S-EVAL-10: denied for sure, but the kind depends.
            true => Decision::Conditional,
        };
        let denied = conditions.or(
            conditions.and(otherwise.owns, decided.denied),
            conditions.and(conditions.not(otherwise.owns), other.denied),
        );
        (Decided { decision, condition, denied, ..decided }, examined)
    }
}

impl Prepared<'_> {
    /// A decision on an object that the bucket's owner may own or not (S-S3-04, S-EVAL-11): what is its own, a caller of
    /// another account reaches by its own side.
    fn if_of_bucket_owner(&self, routes: &Routes, examined: &Examined, decided: Decided) -> Decided {
        let conditions = &self.facts.arena().conditions;
        let what = format!("owner of {}", self.target.called);
        if !decided.condition.is_never() || self.only_loaded || examined.situation.relation != Relation::Cross
        {
            return and_permitted(conditions, decided, &what);
        }
        let situation =
            Situation { relation: Relation::Same, regime: Regime::IdentityOnly, ..examined.situation };
        let own = match examined.situation.caller.has_own_side() {
            true => decide(routes, conditions, situation, &examined.evaluated).condition,
            false => ConditionId::NEVER,
        };
        if own.is_never() {
            return decided;
        }
        let condition = conditions.and(own, conditions.not(conditions.missing(&what)));
        Decided { decision: Decision::Unknown, condition, blocked_by: Layers::default(), ..decided }
    }
}

/// A decision that is one thing if something holds of the request, and another if not. Both conditions may be open.
fn either_way(
    conditions: &Conditions,
    holds: ConditionId,
    one: Decided,
    other: Decided,
    stated: bool,
) -> Decided {
    let either =
        |one, other| conditions.or(conditions.and(holds, one), conditions.and(conditions.not(holds), other));
    let condition = either(one.condition, other.condition);
    let denied = either(one.denied, other.denied);
    if conditions.valid(condition) == Verdict::Yes {
        let (condition, denied) = (ConditionId::ALWAYS, ConditionId::NEVER);
        return Decided { decision: Decision::Allowed, condition, denied, ..other };
    }
    if *conditions.satisfiable(condition) == Sat::No {
        let decision = match one.decision == other.decision {
            true => other.decision,
            false => Decision::Conditional,
        };
        return Decided { decision, condition: ConditionId::NEVER, denied, ..other };
    }
    let condition = conditions.simplify(condition);
    let decision = open_kind(conditions, condition, stated);
    Decided { decision, condition, denied, blocked_by: Layers::default(), ..other }
}

/// A decision where something that was not loaded must permit the request too (S-EVAL-11).
fn and_permitted(conditions: &Conditions, decided: Decided, what: &str) -> Decided {
    if decided.condition.is_never() {
        return decided;
    }
    let condition = conditions.and(decided.condition, conditions.missing(what));
    Decided { decision: Decision::Unknown, condition, ..decided }
}
