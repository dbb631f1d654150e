//! What each layer says of a caller's request.
//!
//! source   S-EVAL-01, S-EVAL-09 to S-EVAL-12, S-XACC-04 to S-XACC-17, S-SCP-02, S-SCP-09, S-SESS-01, S-ROOT-02, S-ROOT-04

use super::found::Found;
use super::{
    Caller, Controls, Examined, Matched, OPEN_WAYS_OUT, Open, Otherwise, Prepared, SESSION_POLICIES,
    SessionPolicies, Stands, WAYS_OUT, scps_of,
};
use crate::catalog::governing::CrossAccount;
use crate::catalog::scp::scps_restrict;
use crate::document::Effect;
use crate::facts::binding::PrincipalBindings;
use crate::facts::naming::{Forms, Naming};
use crate::facts::readings::Question;
use crate::facts::{
    BoundPolicyId, Caller as CallerKind, Grant, Held, Layer, Layers, Ownership, PolicyId, PrincipalFact,
    Regime, Relation, StatementId, keys,
};
use crate::region::condition::{ConditionId, KeyId, Known};
use crate::rules::decision::Situation;
use crate::rules::further;
use crate::rules::gate;
use crate::rules::notes::{Class, Notes, OfClass, Part, Policies, Spoken};
use crate::rules::side::Bound;

impl<'a> Prepared<'a> {
    /// What every layer says of the request of a caller. What was noted for other callers is not read again.
    pub fn examine(&self, caller: &Caller<'a>, mut notes: Option<&mut Notes<'a>>) -> Examined {
        let conditions = &self.facts.arena().conditions;
        let mut found = Found::nothing(conditions);
        found.matched.reserve(16);
        let (fact, side) = (caller.fact, caller.side);
        if let (Some(notes), true) = (notes.as_deref_mut(), self.target.no_resource) {
            notes.turn_to(fact.account);
        }
        let mut policies = notes.as_deref_mut().map(|notes| &mut notes.policies);
        let identity =
            self.layer(Layer::Identity, &side.identity, caller, policies.as_deref_mut(), &mut found);
        // S-SESS-04: the root user has no identity policies that could limit its sessions.
        let identity = match fact.is_federated_root() {
            true => self.readings.when(conditions, Question::RootFederation),
            false => identity,
        };
        found.evaluated.allows[Layer::Identity as usize] = identity;
        found.evaluated.allows[Layer::Session as usize] = match caller.session {
            SessionPolicies::None => (fact.caller != CallerKind::FederatedUser).into(), // S-SESS-04
            SessionPolicies::NotStated => {
                found.may_deny(SESSION_POLICIES);
                conditions.missing(SESSION_POLICIES)
            }
            SessionPolicies::Given(given) => self.layer(Layer::Session, given, caller, policies, &mut found),
        };
        let own;
        let spared = self.spared_by_scps(fact);
        let limits = match notes.as_deref_mut() {
            Some(Notes { limits, policies, .. }) if !spared => {
                limits.entry(side.envelope).or_insert_with(|| self.limits(caller, Some(policies)))
            }
            _ => {
                own = self.limits(caller, None);
                &own
            }
        };
        found.add_part(limits, &[Layer::Boundary, Layer::Scp]);

        let class = notes.is_some().then(|| Class::of(caller)).flatten();
        let own;
        let of_class = match (notes, class) {
            (Some(notes), Some(class)) => {
                notes.classes.entry(class).or_insert_with(|| self.of_class(caller, |of_class| of_class))
            }
            _ => {
                own = self.of_class(caller, |_| true);
                &own
            }
        };
        if of_class.unknown_scps && !spared {
            let what = scps_of(fact);
            found.may_deny(&what);
            let scps = &mut found.evaluated.allows[Layer::Scp as usize];
            *scps = conditions.and(*scps, conditions.missing(&what));
        }
        found.add_part(&of_class.part, &[]);
        if class.is_some() {
            self.owner_side(caller, |of_class| !of_class, &mut found);
        }
        if self.regime_for(caller) == Regime::BothSides {
            self.each_must_grant(&mut found);
        }
        found.evaluated.allows[Layer::S3Bpa as usize] = match of_class.public {
            ConditionId::ALWAYS => ConditionId::ALWAYS,
            // S-S3-06: access by policy is refused, and none by an ACL.
            public => conditions.or(public, self.acl_lets_in(caller)),
        };
        if fact.caller != CallerKind::Service {
            self.endpoint_side(caller, &mut found);
        }
        let gate = if fact.may_act { of_class.gate.clone() } else { Some(gate::suspended()) };
        found.evaluated.gate = gate.as_ref().map_or(ConditionId::NEVER, |gate| gate.when);
        if self.target.regime == Regime::Free {
            self.controls_of_free_call(&mut found);
        }
        self.spare_linked_role(fact, &mut found);
        let (situation, otherwise) = self.situation(caller);
        let otherwise = otherwise.map(|(situation, owns)| {
            let evaluated = found.evaluated.clone();
            let mut found = Found { evaluated, matched: Vec::new(), conditions };
            self.other_grants(caller, situation, &mut found);
            Box::new(Otherwise { situation, evaluated: found.evaluated, owns })
        });
        self.other_grants(caller, situation, &mut found);
        let mut examined = Examined {
            situation,
            otherwise,
            evaluated: found.evaluated,
            matched: found.matched,
            gate,
            lacking: Vec::new(),
            own_blocked_by: Layers::default(),
        };
        self.bind_credentials(caller, &mut examined);
        self.bind_coupled(caller, &mut examined);
        examined
    }

    /// Lifts SCPs and RCPs where the caller may be a session of a service-linked role, of which nobody knows the path (S-SCP-06,
    /// S-RCP-02, S-EVAL-11).
    fn spare_linked_role(&self, caller: &PrincipalFact, found: &mut Found) {
        let Some(role) = caller.perhaps_linked_role() else { return };
        let conditions = found.conditions;
        let linked = conditions.missing(&format!("path of role {role}"));
        let scps = &mut found.evaluated.allows[Layer::Scp as usize];
        *scps = conditions.or(*scps, linked);
        for layer in [Layer::Scp, Layer::Rcp] {
            let denies = &mut found.evaluated.denies[layer as usize];
            *denies = conditions.and(*denies, conditions.not(linked));
        }
    }

    /// Whether SCPs do not restrict the call (S-SCP-09).
    fn spared_by_scps(&self, caller: &PrincipalFact) -> bool {
        !scps_restrict(&self.target.action.name, caller.caller == CallerKind::Root)
    }

    /// What a caller's boundary and SCPs say.
    pub(super) fn limits(&self, caller: &Caller, mut notes: Option<&mut Policies>) -> Part {
        let conditions = &self.facts.arena().conditions;
        let mut found = Found::nothing(conditions);
        if !caller.side.boundary.is_empty() {
            let boundary = &caller.side.boundary;
            found.evaluated.allows[Layer::Boundary as usize] =
                self.layer(Layer::Boundary, boundary, caller, notes.as_deref_mut(), &mut found);
        }
        let mut scp = ConditionId::ALWAYS;
        // S-SCP-06: the side of a service-linked role holds no SCPs.
        let levels = if self.spared_by_scps(caller.fact) { &[][..] } else { &*caller.side.scps };
        for level in levels {
            let allowed = self.layer(Layer::Scp, &level.policies, caller, notes.as_deref_mut(), &mut found);
            scp = conditions.and(scp, allowed);
        }
        found.evaluated.allows[Layer::Scp as usize] = scp;
        found.into_part()
    }

    /// What the owner's side says of a caller by the wanted statements, and what else its account settles.
    pub(super) fn of_class(&self, caller: &Caller, wanted: impl Fn(bool) -> bool) -> OfClass {
        let conditions = &self.facts.arena().conditions;
        let mut found = Found::nothing(conditions);
        self.owner_side(caller, wanted, &mut found);
        OfClass {
            part: found.into_part(),
            public: self.public.lets_in(conditions, caller.fact, self.target),
            gate: self.gate(caller),
            unknown_scps: caller.fact.standing.scps_unknown,
        }
    }

    /// The gate that refuses the caller, as the context reads for it.
    pub(super) fn gate(&self, caller: &Caller) -> Option<gate::Closed> {
        let closed = gate::closed(self.facts, self.target, caller.fact)?;
        if closed.when.is_always() {
            return Some(closed);
        }
        let bindings = PrincipalBindings::new(self.facts, caller.fact);
        let when = bindings.bind(self.in_context(closed.when));
        (!when.is_never()).then_some(gate::Closed { when, ..closed })
    }

    /// Collects the statements of policies that match; when one of them allows.
    pub(super) fn layer(
        &self,
        layer: Layer,
        policies: &[Bound],
        caller: &Caller,
        mut notes: Option<&mut Policies>,
        found: &mut Found,
    ) -> ConditionId {
        let mut allowed = ConditionId::NEVER;
        for &(policy, bound) in policies {
            let mut add = |spoken: Spoken| {
                let statement = StatementId { policy, index: spoken.statement };
                found.add(layer, statement, spoken.denies, spoken.condition);
                if !spoken.denies {
                    allowed = found.conditions.or(allowed, spoken.condition);
                }
            };
            match notes.as_deref_mut() {
                Some(notes) => {
                    let all = || self.spoken(bound, caller).collect();
                    notes.entry(bound).or_insert_with(all).iter().for_each(|&spoken| add(spoken));
                }
                None => self.spoken(bound, caller).for_each(add),
            }
        }
        allowed
    }

    /// The statements of a policy that match.
    pub(super) fn spoken(&self, bound: BoundPolicyId, caller: &Caller) -> impl Iterator<Item = Spoken> {
        self.sides.regions(bound).iter().filter_map(|region| {
            let parts = self.facts.arena().get(region.region);
            let condition = self.matches(parts, Some(caller.fact), Stands::WithCaller)?;
            let condition = self.as_stated(condition, region.denies)?;
            Some(Spoken { statement: region.statement, denies: region.denies, condition })
        })
    }

    /// What the wanted ones among RCPs and the statements of resource policies say, those of a class or the others.
    pub(super) fn owner_side(&self, caller: &Caller, wanted: impl Fn(bool) -> bool, found: &mut Found) {
        let bindings = PrincipalBindings::new(self.facts, caller.fact);
        // S-RCP-02: calls by service-linked roles, and of services that take one.
        let takes_linked = caller.fact.caller == CallerKind::Service
            && self.target.resource.contains(":role/aws-service-role/");
        if caller.fact.caller != CallerKind::ServiceLinkedSession && !takes_linked {
            let of_caller;
            let controls = match &self.controls {
                Controls::OfOwner(controls) => controls.as_slice(),
                Controls::OfCaller(known) => {
                    of_caller = self.controls_of_caller(known, caller.fact);
                    &*of_caller
                }
            };
            for control in controls.iter().filter(|control| control.denies && wanted(control.of_class)) {
                found.add(Layer::Rcp, control.statement, true, bindings.bind(control.condition));
            }
        }
        for open in self.open.iter().filter(|open| wanted(open.of_class)) {
            let forms = self.forms(open, caller, false);
            if forms.is_empty() {
                continue;
            }
            let condition = bindings.bind(open.condition);
            for (form, named) in forms {
                let condition = found.conditions.and(condition, named);
                if condition.is_never() {
                    continue;
                }
                let condition = match open.denies {
                    true => found.conditions.and(condition, self.keeps_from(caller.fact)),
                    false => condition,
                };
                if condition.is_never() {
                    continue;
                }
                let statement = StatementId { policy: open.policy, index: open.statement };
                found.add(Layer::Resource, statement, open.denies, condition);
                // S-S3-04: on objects of others the policy of the bucket only denies. So does a policy on a type that has none.
                let only_denies = self.target.object_owner.is_some() || self.target.only_denies;
                if !open.denies && (open.acl || open.shared || !only_denies) {
                    // S-XACC-07: whoever has policies of its own needs them beside a share.
                    let shared = open.shared && caller.fact.caller.has_own_side();
                    let grants = &mut found.evaluated.grants;
                    match form {
                        _ if shared => grants.push((Grant::Share, condition)),
                        Grant::Account | Grant::Service => grants.push((form, condition)),
                        _ if open.key_grant => self.key_grant(caller, condition, grants),
                        _ => grants.push((form, condition)),
                    }
                }
            }
        }
    }

    /// When an ACL lets a caller in.
    fn acl_lets_in(&self, caller: &Caller) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let bindings = PrincipalBindings::new(self.facts, caller.fact);
        let of_acl = self.open.iter().filter(|open| open.acl && !open.denies);
        conditions.or_all(of_acl.flat_map(|open| {
            let condition = bindings.bind(open.condition);
            let forms = self.forms(open, caller, false).into_iter();
            forms.map(move |(_, named)| conditions.and(condition, named)).collect::<Vec<_>>()
        }))
    }

    /// Where several policies take part and both sides must allow, each of them must, also those that were not collected
    /// (S-SVC-17). How a policy names the caller makes no difference there.
    pub(super) fn each_must_grant(&self, found: &mut Found) {
        let conditions = found.conditions;
        let grants_of = |policy: PolicyId| {
            let of_policy = |matched: &&Matched| {
                matched.layer == Layer::Resource && !matched.denies && matched.statement.policy == policy
            };
            conditions.or_all(found.matched.iter().filter(of_policy).map(|matched| matched.condition))
        };
        let grants = |held: &Held| match held {
            Held::Policy(policy) => grants_of(*policy),
            Held::NotCollected(what) => conditions.missing(what),
        };
        let all = match self.target.held.is_empty() {
            true => ConditionId::NEVER,
            false => conditions.and_all(self.target.held.iter().map(grants)),
        };
        found.evaluated.grants = vec![(Grant::Everyone, all)];
    }

    /// When a Deny of the resource's policy counts for a caller: nobody can lock the root user of an account out of its own
    /// buckets and queues (S-ROOT-02, S-ROOT-04).
    pub(super) fn keeps_from(&self, caller: &PrincipalFact) -> ConditionId {
        let root = matches!(caller.caller, CallerKind::Root | CallerKind::AssumedRoot);
        let own = matches!(&self.target.owner, Ownership::Account(owner) if caller.account == Some(*owner));
        let conditions = &self.facts.arena().conditions;
        match &*self.target.action.name {
            _ if !root || !own => ConditionId::ALWAYS,
            action if WAYS_OUT.contains(&action) => ConditionId::NEVER,
            action if OPEN_WAYS_OUT.contains(&action) => {
                conditions.not(self.readings.when(conditions, Question::QueueLockout))
            }
            _ => ConditionId::ALWAYS,
        }
    }

    /// What SCPs and RCPs deny of a call that needs no permission (S-STS-01, U-75).
    fn controls_of_free_call(&self, found: &mut Found) {
        let count = match &*self.target.action.name {
            "sts:GetCallerIdentity" => self.readings.when(found.conditions, Question::CallerIdentity),
            _ => ConditionId::NEVER,
        };
        for layer in [Layer::Scp, Layer::Rcp] {
            let denies = &mut found.evaluated.denies[layer as usize];
            *denies = found.conditions.and(*denies, count);
        }
    }

    /// The forms in which a statement names the caller.
    pub(super) fn forms(&self, open: &Open, caller: &Caller, gateway: bool) -> Forms {
        let naming = Naming {
            conditions: &self.facts.arena().conditions,
            estate: &self.facts.estate,
            principal: caller.fact,
            bounded: !caller.side.boundary.is_empty(),
            kind: open.compiled.kind,
            by_arn: open.by_arn,
            gateway,
            readings: &self.readings,
            ids_open: !self.only_loaded,
        };
        let effect = if open.denies { Effect::Deny } else { Effect::Allow };
        match open.element() {
            Some(element) => {
                let forms = naming.forms_among(element, open.compiled.listed(open.statement), effect);
                self.as_named(caller, forms)
            }
            // A policy that could not be read or was not collected may mean anybody.
            None => vec![(Grant::Everyone, ConditionId::ALWAYS)],
        }
    }

    /// The forms in which a caller is meant, where its stated unique id says which session it is (S-TRI-10).
    fn as_named(&self, caller: &Caller, forms: Forms) -> Forms {
        let conditions = &self.facts.arena().conditions;
        if caller.fact.session.is_some() || forms.iter().all(|(_, when)| when.is_always()) {
            return forms;
        }
        let Known::One(id) = self.context.lookup(conditions.key(keys::key("aws:userid"))) else {
            return forms;
        };
        let Some((_, session)) = id.split_once(':') else { return forms };
        let key = conditions.key(keys::session_name());
        let of_session = |asked: KeyId| match asked == key {
            true => Known::One(session.to_owned().into()),
            false => Known::Unknown,
        };
        let bound = forms.into_iter().map(|(form, when)| (form, conditions.bind(when, &of_session)));
        bound.filter(|(_, when)| !when.is_never()).collect()
    }

    /// When a service makes the request with the credentials of its caller.
    pub(super) fn is_downstream(&self) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:ViaAWSService"));
        let assumptions = &self.facts.compiler.assumptions;
        self.in_context(assumptions.bind(conditions, conditions.equals(key, ["true"])))
    }

    /// How both sides combine for a caller: some calls that go with taking a role it must be allowed by its own side, however its
    /// trust policy names it (S-TRUST-01, S-TRUST-10).
    fn regime_for(&self, caller: &Caller) -> Regime {
        match self.target.regime {
            Regime::Trust if further::needs_both_sides(&self.target.action.name, caller.fact) => {
                Regime::BothSides
            }
            regime => regime,
        }
    }

    pub(super) fn situation(&self, caller: &Caller) -> (Situation, Option<(Situation, ConditionId)>) {
        let situation = |relation| {
            // S-XACC-17: calls that carry a foreign ARN and are decided by the caller's side.
            let own_side =
                relation == Relation::Cross && self.target.cross_account == CrossAccount::IdentityOnly;
            let regime = match self.target.object_owner {
                // S-S3-04: the object's ACL stands where a policy would; that of the bucket grants nothing.
                Some(_) => Regime::Standard,
                None if own_side => Regime::CallerSide,
                None => self.regime_for(caller),
            };
            Situation { caller: caller.fact.caller, relation, regime, stated: caller.fact.stated }
        };
        let granting = self.target.object_owner.map(Ownership::Account);
        match granting.as_ref().unwrap_or(&self.target.owner) {
            Ownership::Account(owner) if caller.fact.account == Some(*owner) => {
                (situation(Relation::Same), None)
            }
            Ownership::Account(_) => (situation(Relation::Cross), None),
            Ownership::Nobody => (situation(Relation::Unowned), None),
            Ownership::Caller => (situation(Relation::Same), None),
            Ownership::Unknown(what) => {
                let unknown = self.facts.arena().conditions.missing(what);
                (situation(Relation::Same), Some((situation(Relation::Cross), unknown)))
            }
        }
    }
}
