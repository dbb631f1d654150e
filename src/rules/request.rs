//! One request: what each layer says of it, with the statements behind it.
//!
//! in       a [`Caller`], a [`Prepared`] target      out  [`Examined`], which [`decide`] reads
//! source   S-EVAL-01, S-EVAL-09 to S-EVAL-12, S-XACC-04 to S-XACC-17, S-SCP-02, S-RCP-01 to S-RCP-07, S-SESS-01

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::decision::{Decided, Decision, Evaluated, Situation, decide, decide_all};
use super::further::{self, Further};
use super::notes::{Class, Notes, OfClass, Part, Policies, Spoken};
use super::route::Routes;
use super::side::{Bound, Side, Sides};
use super::{gate, public_access};
use crate::catalog::Catalog;
use crate::catalog::governing::{CrossAccount, Grant as OtherGrant};
use crate::catalog::rcp::RcpReach;
use crate::document::{Effect, PrincipalElement};
use crate::estate::AccountId;
use crate::facts::binding::{PrincipalBindings, ResourceBindings, tells_apart};
use crate::facts::compile::{CompiledPolicy, DENIES};
use crate::facts::keys;
use crate::facts::naming::{Forms, Naming, means_classes};
use crate::facts::{
    Behind, BoundPolicyId, Caller as CallerKind, ControlKind, Facts, Grant, Held, Layer, Layers, NodeId,
    Ownership, PolicyId, PrincipalFact, PrincipalKind, Regime, Relation, StatementId, Target,
};
use crate::region::action_set::SetsWith;
use crate::region::arena::Region;
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known};
use crate::region::owner::{AccountNumber, Owner};
use crate::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};

/// The caller of a request, with its side.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Who it is.
    pub fact: &'a PrincipalFact,
    /// Its policies.
    pub side: &'a Side,
    /// Its session policies.
    pub session: SessionPolicies<'a>,
}

/// The session policies of a request (S-SESS-01).
#[derive(Clone, Copy)]
pub enum SessionPolicies<'a> {
    /// There are none: the widest session of a role.
    None,
    /// A session is meant and nothing says what was passed to it.
    NotStated,
    /// These.
    Given(&'a [Bound]),
}

/// A statement that takes part in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matched {
    /// The layer it belongs to.
    pub layer: Layer,
    /// The statement.
    pub statement: StatementId,
    /// Whether it denies.
    pub denies: bool,
    /// When it matches.
    pub condition: ConditionId,
}

/// A resource-side statement that matches action and resource; whom it names is still open.
#[derive(Clone)]
struct Open {
    policy: PolicyId,
    compiled: Arc<CompiledPolicy>,
    statement: u32,
    denies: bool,
    resources: ResourceSetId,
    condition: ConditionId,
    /// Whether it speaks alike of all callers of a [`Class`].
    of_class: bool,
}

/// An RCP statement that matches action and resource.
#[derive(Clone, Copy)]
struct Control {
    statement: StatementId,
    denies: bool,
    resources: ResourceSetId,
    condition: ConditionId,
    /// Whether it speaks alike of all callers of a [`Class`].
    of_class: bool,
}

/// The RCPs that take part in a request.
enum Controls {
    /// Those of the account that owns the resource (S-RCP-01); of nobody, none.
    OfOwner(Vec<Control>),
    /// Those of each caller's own account: the action has no resource type (S-RCP-07, U-30: UNCERTAIN, as recommended).
    OfCaller(Mutex<FxHashMap<AccountId, Arc<[Control]>>>),
}

/// The VPC endpoint that a request travels through.
enum Through {
    /// None that the context names, or one that lets everything pass.
    None,
    /// One with a policy: its statements that match action and resource.
    Policy { statements: Vec<Open>, gateway: bool },
    /// One of which the policy was not collected.
    NotCollected(Box<str>),
}

/// A target with its resource-side policies read once for all callers.
pub struct Prepared<'a> {
    facts: &'a Facts,
    sides: &'a Sides,
    context: &'a (dyn Bindings + Sync),
    /// What is acted on.
    pub target: &'a Target,
    resource: ResourceBindings<'a>,
    open: Vec<Open>,
    not_collected: Vec<&'a str>,
    controls: Controls,
    endpoint: Through,
    public: public_access::PublicAccess,
    only_loaded: bool,
    any_resource: bool,
    /// The action sets that contain the action, where they were worth finding.
    acting: Option<Arc<SetsWith>>,
    /// The bucket half of a request on an access point.
    behind: Option<Box<Prepared<'a>>>,
}

/// On which side a statement stands. In the bucket half of a request on an access point they are compared with different
/// ARNs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Identity policies, boundaries, SCPs, session policies, endpoint policies.
    WithCaller,
    /// Resource policies and RCPs.
    WithResource,
}

/// What every layer says of one request.
pub struct Examined {
    /// The kind of request.
    pub situation: Situation,
    /// The other kind, where it is not known who owns the resource.
    pub otherwise: Option<Box<Otherwise>>,
    /// The layers' conditions.
    pub evaluated: Evaluated,
    /// The statements behind them.
    pub matched: Vec<Matched>,
    /// Why the service refuses the request, if it does.
    pub gate: Option<gate::Closed>,
}

/// What holds of a request if the caller's account does not own the resource, as it may (S-EVAL-01).
pub struct Otherwise {
    /// The kind of request.
    pub situation: Situation,
    /// The layers' conditions.
    pub evaluated: Evaluated,
    /// That the caller's account owns the resource, which nobody knows.
    pub owns: ConditionId,
}

struct InContext<'a, 'b> {
    context: &'b dyn Bindings,
    resource: &'b ResourceBindings<'a>,
}

impl Bindings for InContext<'_, '_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.context.lookup(key) {
            Known::Unknown => self.resource.lookup(key),
            known => known,
        }
    }
}

/// A context that holds one more key.
struct Holding<'a> {
    conditions: &'a Conditions,
    holds: Option<(&'static str, &'static str)>,
    context: &'a (dyn Bindings + Sync),
}

impl Bindings for Holding<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        match self.holds {
            Some((name, value)) if self.conditions.key_of(key).name.eq_ignore_ascii_case(name) => {
                Known::One(value.into())
            }
            _ => self.context.lookup(key),
        }
    }
}

impl<'a> Prepared<'a> {
    /// Reads the resource side of a request in a context.
    pub fn new(
        facts: &'a Facts,
        sides: &'a Sides,
        target: &'a Target,
        context: &'a (dyn Bindings + Sync),
    ) -> Self {
        let resource = target.bindings(&facts.arena().conditions);
        let mut prepared = Self {
            facts,
            sides,
            context,
            target,
            resource,
            open: Vec::new(),
            not_collected: Vec::new(),
            controls: Controls::OfOwner(Vec::new()),
            endpoint: Through::None,
            public: public_access::PublicAccess::of(facts, target),
            only_loaded: false,
            any_resource: false,
            acting: target.action.index.and_then(|index| facts.arena().actions.sets_with_often(index)),
            behind: match &target.behind {
                Some(Behind::Half(half)) => Some(Box::new(Self::new(facts, sides, half, context))),
                Some(Behind::NotCollected(_)) | None => None,
            },
        };
        prepared.reread();
        prepared
    }

    fn reread(&mut self) {
        self.open.clear();
        self.not_collected.clear();
        let target = self.target;
        for held in &target.held {
            match held {
                Held::Policy(policy) => self.read_policy(*policy, Stands::WithResource),
                Held::NotCollected(what) => self.not_collected.push(what),
            }
        }
        self.endpoint = self.read_endpoint();
        self.controls = match (&target.owner, target.no_resource) {
            (Ownership::Caller, _) | (_, true) => Controls::OfCaller(Mutex::default()),
            // S-RCP-02
            (Ownership::Account(_), false) if Catalog::embedded().rcp_spares(&target.resource) => {
                Controls::OfOwner(Vec::new())
            }
            (Ownership::Account(_), false) => Controls::OfOwner(self.read_controls(target.level, None)),
            (Ownership::Nobody | Ownership::Unknown(_), false) => Controls::OfOwner(Vec::new()),
        };
    }

    /// The same, without grants and policies on the resource side that were not collected; see
    /// [`Prepared::could_let_in`].
    pub fn only_loaded(self) -> Self {
        let behind = self.behind.map(|behind| Box::new(behind.only_loaded()));
        Self { only_loaded: true, behind, ..self }
    }

    /// The same for a resource that stands for others: patterns with open variables are not compared with it.
    pub fn for_pattern(mut self) -> Self {
        self.resource.stands_for_others = true;
        self.behind = self.behind.map(|behind| Box::new(behind.for_pattern()));
        self.reread();
        self
    }

    /// The same on whatever resource: statements of the resource side hold whichever resources they name. A superset of
    /// what holds on each.
    pub fn on_any_resource(&self) -> Self {
        let mut all = Self::new(self.facts, self.sides, self.target, self.context);
        all.only_loaded = self.only_loaded;
        all.any_resource = true;
        all.resource.stands_for_others = true;
        all.reread();
        all
    }

    /// The resource sets of the resource side and of RCPs, as far as they concern the action.
    pub fn resource_sets(&self) -> Vec<ResourceSetId> {
        let all = self.on_any_resource();
        let mut sets: Vec<ResourceSetId> = all.open.iter().map(|open| open.resources).collect();
        if let Controls::OfOwner(controls) = &all.controls {
            sets.extend(controls.iter().map(|control| control.resources));
        }
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// What was not collected on the resource side and could let callers in.
    pub fn could_let_in(&self) -> Vec<String> {
        let resource = &self.target.resource;
        let mut names: Vec<String> = self.not_collected().into_iter().map(str::to_owned).collect();
        for grant in self.target.other_grants {
            match grant {
                OtherGrant::S3Acl if self.acl_may_grant() => names.push(format!("ACL of {resource}")),
                OtherGrant::KmsGrant => names.push(format!("grants of {resource}")),
                _ => {}
            }
        }
        if let CrossAccount::Share(_) = self.target.cross_account {
            names.push(format!("shares of {resource}"));
        }
        names
    }

    fn acl_may_grant(&self) -> bool {
        let ownership =
            self.target.record.as_ref().and_then(|record| record.settings.object_ownership.as_deref());
        ownership != Some("BucketOwnerEnforced")
    }

    /// Resource-side principal elements that could name a caller of this request, with whether they deny.
    pub fn principals(&self) -> impl Iterator<Item = (&PrincipalElement<'_>, bool)> {
        self.open.iter().filter_map(|open| Some((open.element()?, open.denies)))
    }

    /// Policies that would take part and were not collected.
    pub fn not_collected(&self) -> Vec<&'a str> {
        let behind = self.behind.as_ref().map(|behind| behind.not_collected());
        self.not_collected.iter().copied().chain(behind.unwrap_or_default()).collect()
    }

    fn read_policy(&mut self, policy: PolicyId, stands: Stands) {
        let compiled = self.facts.compiled(policy);
        for region in self.facts.compiler.read_for_anybody(&compiled) {
            let parts = self.facts.arena().get(region.region);
            if let Some(condition) = self.matches(parts, None, stands) {
                let mut open = Open {
                    policy,
                    compiled: compiled.clone(),
                    statement: region.statement,
                    denies: region.denies,
                    resources: parts.resources,
                    condition: self.in_context(condition),
                    of_class: false,
                };
                open.of_class = !self.tells_apart(open.condition) && open.element().is_none_or(means_classes);
                self.open.push(open);
            }
        }
    }

    /// The VPC endpoint that the context names (S-VPCE-01, S-VPCE-02, S-VPCE-07); open paths are not joined with it.
    fn read_endpoint(&mut self) -> Through {
        if let Some(stated) = &self.target.endpoint {
            let service = self.target.action.name.split(':').next().unwrap_or_default();
            return match stated.is_empty() {
                true => Through::None,
                // S-VPCE-03: endpoints of S3 and DynamoDB are gateways.
                false => self.read_path(stated, matches!(service, "s3" | "dynamodb")),
            };
        }
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:SourceVpce"));
        let Known::One(id) = self.context.lookup(key) else { return Through::None };
        let Some(endpoint) = self.facts.endpoint(&id) else {
            return Through::NotCollected(format!("policy of endpoint {id}").into());
        };
        let Some(policy) = endpoint.policy else { return Through::None };
        self.read_path(&[policy], endpoint.gateway)
    }

    fn read_path(&mut self, policies: &[PolicyId], gateway: bool) -> Through {
        let before = self.open.len();
        policies.iter().for_each(|&policy| self.read_policy(policy, Stands::WithCaller));
        Through::Policy { statements: self.open.split_off(before), gateway }
    }

    /// The RCP statements of an account that match; `caller` is of that account where the action has no resource type.
    fn read_controls(&self, account: Option<NodeId>, caller: Option<&PrincipalFact>) -> Vec<Control> {
        let reach = Catalog::embedded().rcp_governs_action(&self.target.action.name);
        let (Some(node), RcpReach::Yes | RcpReach::Doubtful) = (account, reach) else {
            return Vec::new();
        };
        let mut controls = Vec::new();
        for (_, policies) in self.sides.levels(ControlKind::Rcp, node) {
            for &policy in policies {
                let compiled = self.facts.compiled(policy);
                for region in self.facts.compiler.read_for_anybody(&compiled) {
                    let parts = self.facts.arena().get(region.region);
                    let matched = self.matches(parts, caller, Stands::WithResource);
                    let Some(mut condition) = matched else { continue };
                    if reach == RcpReach::Doubtful {
                        let text = "U-78: whether RCPs reach the data plane of OpenSearch domains";
                        let doubt = self.facts.arena().conditions.missing(text);
                        condition = self.facts.arena().conditions.and(condition, doubt);
                    }
                    let condition = self.in_context(condition);
                    controls.push(Control {
                        statement: StatementId { policy, index: region.statement },
                        denies: region.denies,
                        resources: parts.resources,
                        condition,
                        of_class: !self.tells_apart(condition),
                    });
                }
            }
        }
        controls
    }

    fn controls_of_caller(
        &self,
        known: &Mutex<FxHashMap<AccountId, Arc<[Control]>>>,
        caller: &PrincipalFact,
    ) -> Arc<[Control]> {
        let Some(account) = caller.account else { return Arc::default() };
        if let Some(controls) = known.lock().get(&account) {
            return controls.clone();
        }
        let level = self.target.level.or(caller.standing.level);
        let controls: Arc<[Control]> = self.read_controls(level, Some(caller)).into();
        known.lock().insert(account, controls.clone());
        controls
    }

    /// A condition with everything bound that the question's context fixes.
    fn in_context(&self, condition: ConditionId) -> ConditionId {
        self.facts.arena().conditions.bind(condition, self.context)
    }

    /// Whether a condition tests a key that tells callers of one class apart.
    fn tells_apart(&self, condition: ConditionId) -> bool {
        let conditions = &self.facts.arena().conditions;
        conditions.keys(condition).iter().any(|&key| tells_apart(&conditions.key_of(key).name))
    }

    /// When a region holds the request, for a caller of an account (S-GRAM-19); `None`: never.
    fn matches(&self, region: Region, caller: Option<&PrincipalFact>, stands: Stands) -> Option<ConditionId> {
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
        let bound = match caller.filter(|_| self.target.no_resource) {
            Some(caller) => self.bound(region.condition, &self.resource.owned_by(caller)),
            None => self.bound(region.condition, &self.resource),
        };
        let condition = arena.conditions.and(on, bound);
        (!condition.is_never()).then_some(condition)
    }

    fn bound(&self, condition: ConditionId, resource: &ResourceBindings<'a>) -> ConditionId {
        let bindings = InContext { context: self.context, resource };
        resource.settle(self.facts.arena().conditions.bind(condition, &bindings))
    }

    fn is_bucket_half(&self) -> bool {
        self.target.asked != self.target.resource
    }

    /// When a region holds the bucket half of a request on an access point (S-S3-10). Policies of the caller's side are
    /// compared with the ARN of the access point; whether one on the bucket's ARN counts is not known (U-80: UNCERTAIN, as
    /// recommended).
    fn matches_half(&self, region: Region, stands: Stands) -> ConditionId {
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
    fn on_bucket(&self, region: Region) -> ConditionId {
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

    /// When a region holds the request of an action without resource type: its owner is the caller's account.
    fn on_no_resource(&self, region: Region, caller: Option<&PrincipalFact>) -> ConditionId {
        let arena = self.facts.arena();
        if !arena.resources.contains_none(region.resources) {
            return ConditionId::NEVER;
        }
        if let Some(caller) = caller {
            return arena.owners.contains(region.owner, caller.account.map(AccountId::number)).into();
        }
        let key = arena.conditions.key(keys::key("aws:PrincipalAccount"));
        let is_of = |accounts: &[AccountNumber]| {
            let accounts: Vec<String> = accounts.iter().map(|account| format!("{account:012}")).collect();
            arena.conditions.equals(key, accounts.iter().map(String::as_str))
        };
        match arena.owners.get(region.owner) {
            Owner::AllBut(accounts) if accounts.is_empty() => ConditionId::ALWAYS,
            Owner::AllBut(accounts) => arena.conditions.not(is_of(accounts)),
            Owner::Only(accounts) => is_of(accounts),
        }
    }

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
        // S-SESS-04: the root user has no identity policies that could limit its sessions (U-74: UNCERTAIN, as recommended).
        let identity = if fact.is_federated_root() { ConditionId::ALWAYS } else { identity };
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
        let limits = match notes.as_deref_mut() {
            Some(Notes { limits, policies, .. }) => {
                limits.entry(side.envelope).or_insert_with(|| self.limits(caller, Some(policies)))
            }
            None => {
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
        if of_class.unknown_scps {
            let what = scps_of(fact);
            found.may_deny(&what);
            let scps = &mut found.evaluated.allows[Layer::Scp as usize];
            *scps = conditions.and(*scps, conditions.missing(&what));
        }
        found.add_part(&of_class.part, &[]);
        if class.is_some() {
            self.owner_side(caller, |of_class| !of_class, &mut found);
        }
        if self.target.regime == Regime::BothSides {
            self.each_must_grant(&mut found);
        }
        found.evaluated.allows[Layer::S3Bpa as usize] = of_class.public;
        if fact.caller != CallerKind::Service {
            self.endpoint_side(caller, &mut found);
        }
        let gate = of_class.gate.clone();
        found.evaluated.gate = gate.as_ref().map_or(ConditionId::NEVER, |gate| gate.when);
        if !fact.may_act {
            // S-SCP-16: principals of suspended accounts can do nothing.
            found.evaluated.gate = ConditionId::ALWAYS;
        }
        let (situation, otherwise) = self.situation(caller);
        let otherwise = otherwise.map(|(situation, owns)| {
            let evaluated = found.evaluated.clone();
            let mut found = Found { evaluated, matched: Vec::new(), conditions };
            self.other_grants(situation, &mut found);
            Box::new(Otherwise { situation, evaluated: found.evaluated, owns })
        });
        self.other_grants(situation, &mut found);
        Examined { situation, otherwise, evaluated: found.evaluated, matched: found.matched, gate }
    }

    /// Examines and decides. What was noted for other callers is not read or decided again.
    pub fn decide(
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
        for needed in further::needed(conditions, self.target, caller.fact, self.context) {
            let (also, of_also) = self.decide_further(routes, caller, &needed);
            decided = decide_all(conditions, &[decided, also], caller.fact.stated);
            examined.matched.extend(of_also.matched);
        }
        if let Some(what) = further::not_loaded(self.target, caller.fact) {
            decided = and_permitted(conditions, decided, &what);
        }
        (decided, examined)
    }

    /// Decides a further permission that the call needs.
    fn decide_further(&self, routes: &Routes, caller: &Caller<'a>, needed: &Further) -> (Decided, Examined) {
        let conditions = &self.facts.arena().conditions;
        let mut target = self.target.clone();
        target.action = self.facts.asked_action(needed.action);
        if needed.both_sides {
            target.regime = Regime::BothSides;
        }
        let holding = Holding { conditions, holds: needed.holds, context: self.context };
        let mut prepared = Prepared::new(self.facts, self.sides, &target, &holding);
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

    fn decide_alone(
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
        let decided = decide(examined.situation, &examined.evaluated);
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
        (Decided { decision, condition, ..decided }, examined)
    }

    /// What a caller's boundary and SCPs say.
    fn limits(&self, caller: &Caller, mut notes: Option<&mut Policies>) -> Part {
        let conditions = &self.facts.arena().conditions;
        let mut found = Found::nothing(conditions);
        if !caller.side.boundary.is_empty() {
            let boundary = &caller.side.boundary;
            found.evaluated.allows[Layer::Boundary as usize] =
                self.layer(Layer::Boundary, boundary, caller, notes.as_deref_mut(), &mut found);
        }
        let mut scp = ConditionId::ALWAYS;
        // S-SCP-06: the side of a service-linked role holds no SCPs.
        for level in &*caller.side.scps {
            let allowed = self.layer(Layer::Scp, &level.policies, caller, notes.as_deref_mut(), &mut found);
            scp = conditions.and(scp, allowed);
        }
        found.evaluated.allows[Layer::Scp as usize] = scp;
        found.into_part()
    }

    /// What the owner's side says of a caller by the wanted statements, and what else its account settles.
    fn of_class(&self, caller: &Caller, wanted: impl Fn(bool) -> bool) -> OfClass {
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
    fn gate(&self, caller: &Caller) -> Option<gate::Closed> {
        let closed = gate::closed(self.facts, self.target, caller.fact)?;
        if closed.when.is_always() {
            return Some(closed);
        }
        let bindings = PrincipalBindings::new(self.facts, caller.fact);
        let when = bindings.bind(self.in_context(closed.when));
        (!when.is_never()).then_some(gate::Closed { when, ..closed })
    }

    /// Collects the statements of policies that match; when one of them allows.
    fn layer(
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
    fn spoken(&self, bound: BoundPolicyId, caller: &Caller) -> impl Iterator<Item = Spoken> {
        self.sides.regions(bound).iter().filter_map(|region| {
            let parts = self.facts.arena().get(region.region);
            let condition = self.matches(parts, Some(caller.fact), Stands::WithCaller)?;
            Some(Spoken { statement: region.statement, denies: region.denies, condition })
        })
    }

    /// What the wanted ones among RCPs and the statements of resource policies say, those of a class or the others.
    fn owner_side(&self, caller: &Caller, wanted: impl Fn(bool) -> bool, found: &mut Found) {
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
                if open.denies && self.is_way_out_of(caller.fact) {
                    continue;
                }
                let statement = StatementId { policy: open.policy, index: open.statement };
                found.add(Layer::Resource, statement, open.denies, condition);
                if !open.denies {
                    found.evaluated.grants.push((form, condition));
                }
            }
        }
    }

    /// Where several policies take part and both sides must allow, each of them must, also those that were not collected
    /// (S-SVC-17). How a policy names the caller makes no difference there.
    fn each_must_grant(&self, found: &mut Found) {
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

    /// Whether the policy of the resource cannot keep the root user of its account from the call, so that nobody can lock
    /// an account out of its own buckets and queues (S-ROOT-02, S-ROOT-04).
    fn is_way_out_of(&self, caller: &PrincipalFact) -> bool {
        let root = matches!(caller.caller, CallerKind::Root | CallerKind::AssumedRoot);
        let own = matches!(&self.target.owner, Ownership::Account(owner) if caller.account == Some(*owner));
        root && own && WAYS_OUT.contains(&&*self.target.action.name)
    }

    /// The forms in which a statement names the caller.
    fn forms(&self, open: &Open, caller: &Caller, gateway: bool) -> Forms {
        let naming = Naming {
            conditions: &self.facts.arena().conditions,
            estate: &self.facts.estate,
            principal: caller.fact,
            bounded: !caller.side.boundary.is_empty(),
            kind: open.compiled.kind,
            gateway,
        };
        let effect = if open.denies { Effect::Deny } else { Effect::Allow };
        match open.element() {
            Some(element) => naming.forms(element, effect),
            // A policy that could not be read or was not collected may mean anybody.
            None => vec![(Grant::Everyone, ConditionId::ALWAYS)],
        }
    }

    /// What the endpoint on the path says (S-VPCE-01, S-VPCE-04, S-VPCE-06, U-37).
    fn endpoint_side(&self, caller: &Caller, found: &mut Found) {
        // U-33 is about GetCallerIdentity alone.
        if self.target.regime == Regime::Free && &*self.target.action.name != "sts:GetCallerIdentity" {
            return;
        }
        let allowed = match &self.endpoint {
            Through::None => ConditionId::ALWAYS,
            Through::NotCollected(what) => {
                found.may_deny(what);
                found.conditions.missing(what)
            }
            Through::Policy { statements, gateway } => {
                let bindings = PrincipalBindings::new(self.facts, caller.fact);
                // S-VPCE-05: what a service does on behalf of a caller does not travel through the endpoint.
                let downstream = self.is_downstream();
                let direct = found.conditions.not(downstream);
                let mut allowed = downstream;
                for open in statements {
                    for (_, named) in self.forms(open, caller, *gateway) {
                        let condition = found.conditions.and(bindings.bind(open.condition), named);
                        let condition = found.conditions.and(condition, direct);
                        let statement = StatementId { policy: open.policy, index: open.statement };
                        found.add(Layer::Endpoint, statement, open.denies, condition);
                        if !open.denies {
                            allowed = found.conditions.or(allowed, condition);
                        }
                    }
                }
                allowed
            }
        };
        found.evaluated.allows[Layer::Endpoint as usize] = allowed;
    }

    /// When a service makes the request with the credentials of its caller.
    fn is_downstream(&self) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let key = conditions.key(keys::key("aws:ViaAWSService"));
        let assumptions = &self.facts.compiler.assumptions;
        self.in_context(assumptions.bind(conditions, conditions.equals(key, ["true"])))
    }

    fn situation(&self, caller: &Caller) -> (Situation, Option<(Situation, ConditionId)>) {
        let situation = |relation| {
            // S-XACC-17: calls that carry a foreign ARN and are decided by the caller's side.
            let own_side =
                relation == Relation::Cross && self.target.cross_account == CrossAccount::IdentityOnly;
            let regime = if own_side { Regime::CallerSide } else { self.target.regime };
            Situation { caller: caller.fact.caller, relation, regime, stated: caller.fact.stated }
        };
        match &self.target.owner {
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

    /// Resource-side grants that no policy holds, and policies that were not collected (S-EVAL-11, S-EVAL-12, U-88).
    fn other_grants(&self, situation: Situation, found: &mut Found) {
        // S-SVC-13: a file system without policy is open to every client.
        if self.target.open_without_policy && self.target.held.is_empty() {
            found.evaluated.grants.push((Grant::Everyone, ConditionId::ALWAYS));
        }
        if self.only_loaded {
            return;
        }
        let conditions = found.conditions;
        let resource = &self.target.resource;
        let mut missing = |form, what: &str| found.evaluated.grants.push((form, conditions.missing(what)));
        for grant in self.target.other_grants {
            match grant {
                OtherGrant::S3Acl if self.acl_may_grant() => {
                    let what = format!("ACL of {resource}");
                    missing(Grant::Account, &what);
                    missing(Grant::Everyone, &what);
                }
                OtherGrant::KmsGrant => missing(Grant::KeyGrant, &format!("grants of {resource}")),
                _ => {}
            }
        }
        if situation.relation == Relation::Cross {
            match self.target.cross_account {
                CrossAccount::Share(_) => missing(Grant::Share, &format!("shares of {resource}")),
                CrossAccount::PolicyOrDelegatedAdministrator => {
                    missing(Grant::Share, "delegated administrators of the organisation");
                }
                CrossAccount::Unlisted if self.open.is_empty() => {
                    missing(Grant::Share, &format!("governing row of {resource}"));
                }
                CrossAccount::Both
                | CrossAccount::IdentityOnly
                | CrossAccount::Gate
                | CrossAccount::Unlisted => {}
            }
        }
        let alone = matches!(situation.regime, Regime::Key | Regime::Trust | Regime::BothSides);
        if alone || situation.relation == Relation::Cross {
            if situation.regime != Regime::BothSides {
                self.not_collected.iter().for_each(|what| missing(Grant::Everyone, what));
            }
            self.not_collected.iter().for_each(|what| found.may_deny(what));
        }
    }
}

/// A decision where something that was not loaded must permit the request too (S-EVAL-11).
fn and_permitted(conditions: &Conditions, decided: Decided, what: &str) -> Decided {
    if decided.condition.is_never() {
        return decided;
    }
    let condition = conditions.and(decided.condition, conditions.missing(what));
    Decided { decision: Decision::Unknown, condition, ..decided }
}

impl Open {
    /// The principal element of the statement; none if the statement stands for a policy that can't be read.
    fn element(&self) -> Option<&PrincipalElement<'_>> {
        let statement = self.compiled.document.document().statements.get(self.statement as usize)?;
        Some(&statement.principal)
    }
}

struct Found<'a> {
    evaluated: Evaluated,
    matched: Vec<Matched>,
    conditions: &'a Conditions,
}

impl<'a> Found<'a> {
    fn nothing(conditions: &'a Conditions) -> Self {
        Self { evaluated: Evaluated::silent(), matched: Vec::new(), conditions }
    }

    fn into_part(self) -> Part {
        Part { evaluated: self.evaluated, matched: self.matched }
    }

    /// Adds what a part says: its Denies and grants, and what it allows in some layers.
    fn add_part(&mut self, part: &Part, allows: &[Layer]) {
        let (evaluated, of_part) = (&mut self.evaluated, &part.evaluated);
        for &layer in allows {
            evaluated.allows[layer as usize] = of_part.allow(layer);
        }
        for layer in Layer::ALL {
            let denies = &mut evaluated.denies[layer as usize];
            *denies = self.conditions.or(*denies, of_part.deny(layer));
        }
        evaluated.may_deny = self.conditions.or(evaluated.may_deny, of_part.may_deny);
        evaluated.grants.extend_from_slice(&of_part.grants);
        self.matched.extend_from_slice(&part.matched);
    }

    /// A policy that was not collected may deny the request.
    fn may_deny(&mut self, what: &str) {
        let denies = self.conditions.missing(&format!("{what}{DENIES}"));
        self.evaluated.may_deny = self.conditions.or(self.evaluated.may_deny, denies);
    }

    fn add(&mut self, layer: Layer, statement: StatementId, denies: bool, condition: ConditionId) {
        if condition.is_never() {
            return;
        }
        self.matched.push(Matched { layer, statement, denies, condition });
        if !denies {
            return;
        }
        let denied = match self.conditions.contains_missing(condition) {
            true => &mut self.evaluated.may_deny,
            false => &mut self.evaluated.denies[layer as usize],
        };
        *denied = self.conditions.or(*denied, condition);
    }
}

/// What the SCPs of a caller are called of whose account nobody knows which there are: neither it nor its organisation was
/// loaded (S-XACC-15).
pub fn unknown_scps(fact: &PrincipalFact) -> Option<String> {
    fact.standing.scps_unknown.then(|| scps_of(fact))
}

fn scps_of(fact: &PrincipalFact) -> String {
    format!("SCPs of {}", fact.name)
}

/// The calls with which the root user gets back into a bucket (S-ROOT-02) or a queue (S-ROOT-04; U-73: UNCERTAIN, as
/// recommended).
pub const WAYS_OUT: &[&str] = &[
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
];

/// What session policies that nobody stated are called.
pub const SESSION_POLICIES: &str = "session policies";

/// The session policies of a caller of which a question states none (S-SESS-01).
pub fn unstated(fact: &PrincipalFact) -> SessionPolicies<'static> {
    match fact.kind {
        PrincipalKind::Session | PrincipalKind::FederatedUser => SessionPolicies::NotStated,
        _ => SessionPolicies::None,
    }
}
