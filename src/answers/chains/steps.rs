//! Steps: hops as they are made along a path, where the sessions of roles are told apart by what earlier calls fixed.
//!
//! A session of a role of which nothing is known is where a path may begin. A path comes to sessions of which more is known,
//! and only as far as some request further on can tell: hops that ask nothing of the kind are one step each.

use rustc_hash::{FxHashMap, FxHashSet};

use super::carried::Carries;
use super::hops::{Call, Hop, HopId, Hops, starts};
use super::reach::level;
use crate::answers::context::Context;
use crate::answers::engine::Engine;
use crate::catalog::sessions::SESSION_POLICY_SERVICES;
use crate::facts::readings::{Holds, Question};
use crate::facts::{Caller as CallerKind, PrincipalId};
use crate::region::condition::{ConditionId, Sat};
use crate::rules::carried::{Carried, Held, Kind, Taker, Taking, Way};
use crate::rules::decision::{Decision, depends_on_unloaded};
use crate::rules::further::Further;
use crate::rules::request::{Caller, Prepared, SESSION_POLICIES, SessionPolicies};

/// So many kinds of sessions of one role are told apart. Of any further one nothing counts as known, so that its hops
/// depend on what they ask.
const MOST_SESSIONS: usize = 256;

/// A hop, made with a session of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Which hop.
    pub hop: HopId,
    /// Never a denial.
    pub decision: Decision,
    /// When, given what earlier steps fixed, and with what later ones ask of this one.
    pub condition: ConditionId,
    /// When, given what earlier steps fixed, whatever session it gives.
    pub alone: ConditionId,
    /// Whether later steps ask more of it than the hop itself does.
    pub chosen: bool,
    /// The sessions that make it.
    pub from: SessionId,
    /// The sessions that it gives.
    pub to: SessionId,
}

/// The position of a step among the steps of an estate.
pub type StepId = u32;

/// The sessions of some kind of a principal. The first numbers are those of principals: of these sessions nothing is known.
pub type SessionId = u32;

/// All steps of an estate.
#[derive(Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    /// For each kind of sessions where its steps start.
    starts: Vec<u32>,
    into: Vec<StepId>,
    into_starts: Vec<u32>,
    /// Whose sessions they are.
    principals: Vec<PrincipalId>,
    /// Those beyond the first of some principals.
    more: FxHashMap<PrincipalId, Vec<SessionId>>,
    /// Those that session policies limit of which nobody knows.
    limited: FxHashSet<SessionId>,
    /// Hops that sessions which inherit tags do not make, or not always, for want of a permission (U-82).
    by_inherited_tags: Vec<HopId>,
}

impl Steps {
    fn new(steps: Vec<Step>, sessions: &[Sessions], known: usize, mut by_inherited_tags: Vec<HopId>) -> Self {
        by_inherited_tags.sort_unstable();
        by_inherited_tags.dedup();
        let principals: Vec<PrincipalId> = sessions.iter().map(|sessions| sessions.principal).collect();
        let limited =
            (0..).zip(sessions).filter(|(_, sessions)| sessions.limited).map(|(id, _)| id).collect();
        let mut into: Vec<StepId> = (0..steps.len() as u32).collect();
        into.sort_by_key(|&id| steps.get(id as usize).map(|step| step.to));
        let starts_of = starts(principals.len(), steps.iter().map(|step| step.from));
        let leads = into.iter().filter_map(|&id| Some(steps.get(id as usize)?.to));
        let into_starts = starts(principals.len(), leads);
        let mut more: FxHashMap<PrincipalId, Vec<SessionId>> = FxHashMap::default();
        for (&principal, session) in principals.iter().zip(0..).skip(known) {
            more.entry(principal).or_default().push(session);
        }
        Self { steps, starts: starts_of, into, into_starts, principals, more, limited, by_inherited_tags }
    }

    pub fn get(&self, id: StepId) -> &Step {
        &self.steps[id as usize]
    }

    pub fn all(&self) -> &[Step] {
        &self.steps
    }

    pub fn from(&self, session: SessionId) -> impl Iterator<Item = StepId> + Clone + '_ {
        range(&self.starts, session)
    }

    pub fn to(&self, session: SessionId) -> impl Iterator<Item = StepId> + Clone + '_ {
        range(&self.into_starts, session).filter_map(|at| self.into.get(at as usize).copied())
    }

    /// How many kinds of sessions there are.
    pub fn sessions(&self) -> usize {
        self.principals.len()
    }

    pub fn principal(&self, session: SessionId) -> PrincipalId {
        self.principals[session as usize]
    }

    /// Whether session policies limit sessions of which nobody knows.
    pub fn is_limited(&self, session: SessionId) -> bool {
        self.limited.contains(&session)
    }

    /// Hops that sessions which inherit tags do not make, or not always, for want of a permission (U-82).
    pub fn by_inherited_tags(&self) -> &[HopId] {
        &self.by_inherited_tags
    }

    /// Those sessions.
    pub fn limited(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.limited.iter().copied()
    }

    /// All kinds of sessions of a principal, first that of which nothing is known.
    pub fn of(&self, principal: PrincipalId) -> impl Iterator<Item = SessionId> + '_ {
        std::iter::once(principal.0).chain(self.more.get(&principal).into_iter().flatten().copied())
    }
}

fn range(starts: &[u32], session: SessionId) -> std::ops::Range<u32> {
    let at = |index: usize| starts.get(index).copied().unwrap_or_default();
    at(session as usize)..at(session as usize + 1)
}

impl Engine {
    /// The steps that hops come to.
    pub(super) fn steps(&self, hops: &Hops) -> Steps {
        let carries = Carries::new(self, hops);
        let mut building = Building {
            engine: self,
            hops,
            sessions: (0..hops.principals() as u32)
                .map(|id| Sessions { principal: PrincipalId(id), held: carries.open(), limited: false })
                .collect(),
            carries,
            steps: Vec::with_capacity(hops.all().len()),
            known: FxHashMap::default(),
            count: FxHashMap::default(),
            further: FxHashMap::default(),
            named: FxHashMap::default(),
            by_inherited_tags: Vec::new(),
        };
        let mut next = 0;
        while next < building.sessions.len() {
            building.leave(next as SessionId);
            next += 1;
        }
        Steps::new(building.steps, &building.sessions, hops.principals(), building.by_inherited_tags)
    }
}

/// When a further permission is given, and how surely. None: never.
type Permitted = Option<(ConditionId, Decision)>;

/// A kind of sessions.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Sessions {
    /// Whose.
    principal: PrincipalId,
    /// What earlier calls fixed.
    held: Box<[Held]>,
    /// Whether session policies limit them of which nobody knows, as the service that delivers them has its own (S-SESS-13).
    limited: bool,
}

struct Building<'a> {
    engine: &'a Engine,
    hops: &'a Hops,
    carries: Carries,
    sessions: Vec<Sessions>,
    steps: Vec<Step>,
    known: FxHashMap<Sessions, SessionId>,
    count: FxHashMap<PrincipalId, usize>,
    /// By hop, action, and whether both sides have to allow it.
    further: FxHashMap<(HopId, &'static str, bool), Permitted>,
    /// Whether sessions of a role can have a name that comes to an outcome of that number.
    named: FxHashMap<(PrincipalId, u8), bool>,
    by_inherited_tags: Vec<HopId>,
}

/// A hop that is about to be made, with as much as has been settled of the new session.
#[derive(Clone)]
struct Made {
    /// What holds of the call.
    call: ConditionId,
    condition: ConditionId,
    worst: u8,
    chosen: bool,
    held: Box<[Held]>,
}

impl Building<'_> {
    /// Adds the steps from a kind of sessions.
    fn leave(&mut self, from: SessionId) {
        let Some(Sessions { principal, held, limited }) = self.sessions.get(from as usize).cloned() else {
            return;
        };
        let conditions = &self.engine.facts().arena().conditions;
        let session = self.carries.condition(conditions, &held);
        // S-TRUST-07: the session that a role makes of itself is another one, of which something else may be so.
        let again = self.hops.again(principal).filter(|_| from != principal.0);
        for id in self.hops.from(principal).chain(again) {
            let hop = self.hops.get(id);
            let hop = if limited { self.engine.limited_hop(hop) } else { Some(*hop) };
            let Some(hop) = hop else { continue };
            let condition = conditions.given(hop.condition, session);
            // A session that has one name has no other.
            let named = self.engine.name_given(&hop).unwrap_or(ConditionId::ALWAYS);
            if condition.is_never()
                || self.carries.asks(conditions, &held, conditions.and(condition, named))
                || conditions.given(named, session).is_never()
            {
                continue;
            }
            // Of the session where paths begin it is not known how it came about, but somebody made it.
            if from == principal.0 && !self.may_be_called(principal, conditions.and(condition, named)) {
                continue;
            }
            // S-EVAL-10: what the session carries can settle it.
            let open = |condition| depends_on_unloaded(conditions, condition, false);
            let settled = open(hop.condition) && !open(condition);
            let is_unknown = hop.decision == Decision::Unknown && !settled;
            let worst = if is_unknown { level(hop.decision) } else { 0 };
            let call = conditions.and(hop.condition, session);
            if *conditions.satisfiable(call) == Sat::No {
                continue;
            }
            let alone = condition;
            let made = Made { call, condition, worst, chosen: false, held: self.carries.open() };
            for made in self.made(id, &hop, &held, made) {
                let limited = match hop.by {
                    Call::RoleSessionName => limited,
                    Call::GroupMembership | Call::Request => false,
                    _ => self.engine.limits_sessions(hop.from),
                };
                let to = self.session(Sessions { principal: hop.to, held: made.held, limited });
                if to == from {
                    continue;
                }
                let decision = match (made.worst, made.condition.is_always()) {
                    (0, true) => Decision::Allowed,
                    (0, false) => Decision::Conditional,
                    _ => Decision::Unknown,
                };
                let Made { condition, chosen, .. } = made;
                self.steps.push(Step { hop: id, decision, condition, alone, chosen, from, to });
            }
        }
    }

    /// Whether some call that takes a role can give its session a name that a condition on the session's requests takes; of a role
    /// that nobody takes, as far as is known, nothing is known of its sessions (S-TRUST-12).
    fn may_be_called(&mut self, role: PrincipalId, asked: ConditionId) -> bool {
        let conditions = &self.engine.facts().arena().conditions;
        let is_name = |carried: &&Carried| carried.kind == Kind::SessionName;
        let Some((number, carried)) = (0..).zip(self.carries.all()).find(|(_, carried)| is_name(carried))
        else {
            return true;
        };
        if !self.carries.matters(number, role) || !conditions.contains_key(asked, carried.key) {
            return true;
        }
        let takes =
            |name: &u8| *conditions.satisfiable(conditions.and(asked, carried.outcome(*name))) != Sat::No;
        let names: Vec<(u8, ConditionId)> =
            carried.numbers().filter(takes).map(|name| (name, carried.passes(conditions, name))).collect();
        names.into_iter().any(|(name, passed)| match self.named.get(&(role, name)) {
            Some(known) => *known,
            None => {
                let given = self.gives(role, passed);
                self.named.insert((role, name), given);
                given
            }
        })
    }

    /// Whether some call that takes a role can pass something, as far as it is known who takes it.
    fn gives(&self, role: PrincipalId, passed: ConditionId) -> bool {
        let conditions = &self.engine.facts().arena().conditions;
        let takers = self.hops.to(role).chain(self.hops.again(role));
        let mut calls: Vec<ConditionId> = takers.map(|id| self.hops.get(id).condition).collect();
        calls.sort_unstable();
        calls.dedup();
        let passes = |call: &ConditionId| *conditions.satisfiable(conditions.and(*call, passed)) != Sat::No;
        calls.is_empty() || calls.iter().any(passes)
    }

    /// All ways to make a hop that later requests can tell apart.
    fn made(&mut self, id: HopId, hop: &Hop, held: &[Held], made: Made) -> Vec<Made> {
        let conditions = &self.engine.facts().arena().conditions;
        let readings = &self.engine.facts().compiler.assumptions.readings;
        let tags_need = readings.holds(Question::InheritedTagsNeed) == Holds::Yes;
        let session = self.carries.condition(conditions, held);
        let mut all = vec![made];
        if hop.by == Call::Request {
            return all;
        }
        for number in 0..self.carries.all().len() {
            if !self.carries.matters(number, hop.to) {
                continue;
            }
            let now = held.get(number).copied().unwrap_or(Held::Open);
            let ways = match (hop.by, self.carries.all().get(number)) {
                (Call::RoleSessionName, _) | (_, None) => vec![Way::of(now)],
                (Call::GroupMembership, _) => vec![Way::of(Held::Open)],
                (_, Some(carried)) => {
                    let own = self.carries.own(self.engine, number, hop);
                    let claims = self.carries.claims(self.engine, number, hop);
                    let (asked, taker) = (hop.condition, self.taker(hop));
                    carried.ways(conditions, Taking { asked, taker, held: now, own, claims, tags_need })
                }
            };
            let before = std::mem::take(&mut all);
            for way in ways {
                let needed = match way.needs {
                    Some(needs) => {
                        let permitted = self.permitted(id, hop, &needs);
                        let always = (ConditionId::ALWAYS, Decision::Allowed);
                        if needs.is_for_inherited_tags() && permitted != Some(always) {
                            self.by_inherited_tags.push(id);
                        }
                        match permitted {
                            Some(permitted) => permitted,
                            None => continue,
                        }
                    }
                    None => (ConditionId::ALWAYS, Decision::Allowed),
                };
                for made in &before {
                    let call = conditions.and_all([made.call, way.call, needed.0]);
                    if *conditions.satisfiable(call) == Sat::No {
                        continue;
                    }
                    let chosen = made.chosen || !way.chosen.is_always();
                    let mut next = Made { call, chosen, ..made.clone() };
                    let permitted = conditions.given(needed.0, session);
                    if !way.chosen.is_always() || !permitted.is_always() {
                        let demanded = conditions.and_all([made.condition, way.chosen, permitted]);
                        next.condition = conditions.simplify(demanded);
                    }
                    if needed.1 == Decision::Unknown {
                        next.worst = level(Decision::Unknown);
                    }
                    if let Some(slot) = next.held.get_mut(number) {
                        *slot = way.held;
                    }
                    all.push(next);
                }
            }
        }
        all
    }

    fn session(&mut self, mut kind: Sessions) -> SessionId {
        let principal = kind.principal;
        let is_open = |kind: &Sessions| kind.held.iter().all(|held| *held == Held::Open);
        if is_open(&kind) && !kind.limited {
            return principal.0;
        }
        if let Some(&known) = self.known.get(&kind) {
            return known;
        }
        let count = self.count.entry(principal).or_default();
        if *count >= MOST_SESSIONS && !(is_open(&kind) && kind.limited) {
            kind.held = self.carries.open();
            return self.session(kind);
        }
        *count += 1;
        let session = self.sessions.len() as SessionId;
        self.sessions.push(kind.clone());
        self.known.insert(kind, session);
        session
    }

    fn taker(&self, hop: &Hop) -> Taker {
        match (hop.by, self.engine.facts().principal(hop.from).caller) {
            (Call::AccountAssignment, _) | (_, CallerKind::Provider) => Taker::Federated,
            (_, CallerKind::User) => Taker::User,
            (_, CallerKind::RoleSession | CallerKind::ServiceLinkedSession) => Taker::RoleSession,
            _ if self.engine.is_identifying(hop.from) => Taker::IdentifyingService,
            _ => Taker::Other,
        }
    }

    /// When the caller of a hop has a permission that the call needs besides; none: never.
    fn permitted(&mut self, id: HopId, hop: &Hop, needs: &Further) -> Permitted {
        let key = (id, needs.action, needs.both_sides);
        if let Some(known) = self.further.get(&key) {
            return *known;
        }
        let found = self.engine.further(hop, needs);
        self.further.insert(key, found);
        found
    }
}

impl Engine {
    /// Whether a service puts session policies of its own on the sessions that it delivers (S-SESS-13, U-87).
    pub(super) fn limits_sessions(&self, service: PrincipalId) -> bool {
        SESSION_POLICY_SERVICES.contains(&&*self.facts.principal(service).name)
    }

    /// A hop as a session makes it that session policies limit of which nobody knows; none: it does not.
    fn limited_hop(&self, hop: &Hop) -> Option<Hop> {
        let conditions = &self.facts.arena().conditions;
        if hop.by == Call::Request {
            let condition = conditions.and(hop.condition, conditions.missing(SESSION_POLICIES));
            return Some(Hop { decision: Decision::Unknown, condition, ..*hop });
        }
        let Some((from, by)) = self.request_of(hop) else { return Some(*hop) };
        let role = &self.facts.principal(hop.to).name;
        let target = self.target_of(by.name(), Some(role), None, &mut Vec::new()).ok()?;
        let context = Context::new();
        let context = context.bindings(conditions);
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context).only_loaded();
        let (fact, side) = (self.facts.principal(from), self.sides.of(&self.facts, from));
        let caller = Caller { fact, side, session: SessionPolicies::NotStated };
        let (decided, _) = prepared.decide(&self.routes, &caller, None);
        let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
        may.then_some(Hop { decision: decided.decision, condition: decided.condition, ..*hop })
    }

    /// A further permission for the call of a hop, unless it is denied.
    fn further(&self, hop: &Hop, needs: &Further) -> Permitted {
        let (from, by) = self.request_of(hop)?;
        let target =
            self.target_of(by.name(), Some(&self.facts.principal(hop.to).name), None, &mut Vec::new());
        let target = target.ok()?;
        let context = Context::new();
        let context = context.bindings(&self.facts.arena().conditions);
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context).only_loaded();
        let (fact, side) = (self.facts.principal(from), self.sides.of(&self.facts, from));
        let caller = Caller { fact, side, session: SessionPolicies::None };
        let (decided, _) = prepared.decide_further(&self.routes, &caller, needs);
        let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
        may.then_some((decided.condition, decided.decision))
    }
}
