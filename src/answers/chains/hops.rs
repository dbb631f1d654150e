//! Hops: one identity becomes another by one call.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::steps::{SessionId, Step, StepId, Steps};
use crate::answers::context::Context;
use crate::answers::engine::Engine;
use crate::answers::who_can::{ReverseRow, may};
use crate::document::principal::PrincipalKind as Named;
use crate::document::{Effect, PrincipalElement};
use crate::facts::readings::Questions;
use crate::facts::{Entity, PrincipalFact, PrincipalId, PrincipalKind};
use crate::region::condition::{Bindings, ConditionId};
use crate::rules::decision::Decision;
use crate::rules::notes::Notes;
use crate::rules::request::{Caller, Prepared, SESSION_POLICIES, SessionPolicies};

/// So many hops are listed in any case.
const MOST_HOPS: usize = 10_000;
/// Beyond that, so many of each principal where there are more on average.
const MOST_OF_EACH: usize = 16;

/// How one identity becomes another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Call {
    /// With credentials of AWS's own kind (S-TRUST-02 to S-TRUST-07, S-TRUST-09).
    AssumeRole,
    /// As whom a SAML provider vouches for (S-TRUST-08).
    AssumeRoleWithSaml,
    /// As whom an OpenID Connect provider vouches for (S-TRUST-08).
    AssumeRoleWithWebIdentity,
    /// A user acts with what its group is assigned.
    GroupMembership,
    /// With the permission set that IAM Identity Center assigns, through its SAML provider (S-SESS-12).
    AccountAssignment,
    /// The request at the end of a path, that somebody becomes others for.
    Request,
    /// Whoever takes a role says what its session is called (S-TRUST-12): the role becomes a session that policies name.
    RoleSessionName,
}

impl Call {
    /// The action, or the parameter that a call gives.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AssumeRole => "sts:AssumeRole",
            Self::AssumeRoleWithSaml => "sts:AssumeRoleWithSAML",
            Self::AssumeRoleWithWebIdentity => "sts:AssumeRoleWithWebIdentity",
            Self::GroupMembership => "GroupMembership",
            Self::AccountAssignment => "AccountAssignment",
            Self::Request => "Request",
            Self::RoleSessionName => "RoleSessionName",
        }
    }
}

/// One identity may become another.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// Who.
    pub from: PrincipalId,
    /// The role, or named session.
    pub to: PrincipalId,
    /// How.
    pub by: Call,
    /// Never a denial.
    pub decision: Decision,
    /// When.
    pub condition: ConditionId,
    /// The identity provider that vouches for a user or group of IAM Identity Center.
    pub provider: Option<PrincipalId>,
    /// The questions on whose reading it could depend.
    pub concerned: Questions,
}

impl Hop {
    /// A hop for which no request is decided.
    pub(super) const fn free(from: PrincipalId, to: PrincipalId, by: Call) -> Self {
        Self {
            from,
            to,
            by,
            decision: Decision::Allowed,
            condition: ConditionId::ALWAYS,
            provider: None,
            concerned: Questions::NONE,
        }
    }
}

/// The position of a hop among [`Hops`].
pub type HopId = u32;

/// All hops of an estate.
pub struct Hops {
    /// By who goes, and where, in the order of names; then those from a role to itself.
    hops: Vec<Hop>,
    /// Where those start.
    again: usize,
    /// For each principal where its hops start.
    starts: Vec<u32>,
    /// Positions of hops, by where they lead.
    into: Vec<HopId>,
    into_starts: Vec<u32>,
    /// What they come to along paths.
    pub(super) steps: Steps,
    /// Roles whose trust policies were not collected: nobody knows who takes them.
    pub(super) untold: FxHashSet<PrincipalId>,
    /// Calls that are denied and could be hops by another reading of some question.
    pub(super) declined: Vec<Hop>,
    /// What was not collected and could let others in.
    pub missing: Vec<String>,
}

/// What is found of the hops into roles.
#[derive(Default)]
struct Found {
    hops: Vec<Hop>,
    declined: Vec<Hop>,
    missing: Vec<String>,
}

impl Hops {
    fn new(
        principals: usize,
        mut hops: Vec<Hop>,
        mut missing: Vec<String>,
        rank: impl Fn(PrincipalId) -> u32,
    ) -> Self {
        hops.sort_by_key(|hop| (hop.from == hop.to, hop.from, rank(hop.to), hop.by));
        let again = hops.partition_point(|hop| hop.from != hop.to);
        let mut into: Vec<HopId> = (0..again as u32).collect();
        let at = |id: HopId| hops.get(id as usize).map(|hop| (hop.to, rank(hop.from), hop.by));
        into.sort_by_key(|&id| at(id));
        let starts = self::starts(principals, hops.iter().take(again).map(|hop| hop.from.0));
        let leads = into.iter().filter_map(|&id| Some(hops.get(id as usize)?.to.0));
        let into_starts = self::starts(principals, leads);
        missing.sort();
        missing.dedup();
        let (steps, untold, declined) = Default::default();
        Self { hops, again, starts, into, into_starts, steps, untold, declined, missing }
    }

    /// These hops, and after them requests of some principals, all of them leading to one end, which is nobody.
    pub(super) fn with_requests(
        &self,
        engine: &Engine,
        requests: &[(PrincipalId, Decision, ConditionId)],
    ) -> Self {
        let end = PrincipalId(self.principals() as u32);
        let requests = requests.iter().map(|&(from, decision, condition)| Hop {
            decision,
            condition,
            ..Hop::free(from, end, Call::Request)
        });
        let hops = self.hops.iter().copied().chain(requests).collect();
        let rank = |id: PrincipalId| if id == end { u32::MAX } else { engine.index().rank(id) };
        let mut hops = Self::new(self.principals() + 1, hops, self.missing.clone(), rank);
        hops.steps = engine.steps(&hops);
        hops.untold.clone_from(&self.untold);
        hops.declined.clone_from(&self.declined);
        hops
    }

    /// All, by who goes. That a role takes itself is none: it is a step, where the new session is of another kind.
    pub fn all(&self) -> &[Hop] {
        self.hops.get(..self.again).unwrap_or_default()
    }

    /// Those that somebody makes: of some it turns out that whoever could, lacks what they need besides.
    pub fn made(&self) -> Vec<&Hop> {
        let mut made = vec![false; self.hops.len()];
        self.steps.all().iter().for_each(|step| made[step.hop as usize] = true);
        self.all().iter().zip(made).filter(|(_, made)| *made).map(|(hop, _)| hop).collect()
    }

    /// What was not collected and could let others in, or matters to some sessions.
    pub fn missing_for(&self, engine: &Engine, concerns: &dyn Fn(SessionId) -> bool) -> Vec<String> {
        let limits = |concerned: bool| -> FxHashSet<String> {
            let limited = self.steps.limited().filter(|&session| concerns(session) == concerned);
            limited.map(|session| engine.limits_of(self.steps.principal(session))).collect()
        };
        let (concerned, others) = (limits(true), limits(false));
        let matters = |what: &&String| concerned.contains(*what) || !others.contains(*what);
        self.missing.iter().filter(matters).cloned().collect()
    }

    /// How many hops of each principal a list of all can hold without being out of proportion to the number of principals; none:
    /// as many as there are.
    pub fn most_listed(&self) -> Option<usize> {
        (self.made().len() > MOST_HOPS.max(MOST_OF_EACH * self.principals())).then_some(MOST_OF_EACH)
    }

    /// The hop from a role to itself.
    pub(super) fn again(&self, id: PrincipalId) -> Option<HopId> {
        let own = self.hops.get(self.again..)?.binary_search_by_key(&id, |hop| hop.from).ok()?;
        Some((self.again + own) as HopId)
    }

    /// A hop.
    pub fn get(&self, id: HopId) -> &Hop {
        &self.hops[id as usize]
    }

    /// All steps that paths can have.
    pub fn steps(&self) -> &[Step] {
        self.steps.all()
    }

    /// Whose sessions make or follow a step.
    pub fn principal_of(&self, session: SessionId) -> PrincipalId {
        self.steps.principal(session)
    }

    /// A step of a path.
    pub fn step(&self, id: StepId) -> &Step {
        self.steps.get(id)
    }

    /// The hop of a step.
    pub fn hop_of(&self, id: StepId) -> &Hop {
        self.get(self.step(id).hop)
    }

    /// The hops that a principal can make.
    pub fn from(&self, id: PrincipalId) -> impl Iterator<Item = HopId> + Clone + '_ {
        range(&self.starts, id)
    }

    /// The hops that lead to a principal.
    pub fn to(&self, id: PrincipalId) -> impl Iterator<Item = HopId> + Clone + '_ {
        range(&self.into_starts, id).filter_map(|at| self.into.get(at as usize).copied())
    }

    /// How many principals there are.
    pub fn principals(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}

fn range(starts: &[u32], id: PrincipalId) -> std::ops::Range<u32> {
    let at = |index: usize| starts.get(index).copied().unwrap_or_default();
    at(id.index())..at(id.index() + 1)
}

/// Where each of so many starts in what is sorted by them.
pub(super) fn starts(count: usize, sorted: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    sorted.for_each(|id| starts[id as usize + 1] += 1);
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts
}

impl Engine {
    /// Every hop of the estate, each decided by itself with nothing known of its context.
    pub fn hops(&self) -> Hops {
        let is_role = |&id: &PrincipalId| {
            let fact = self.facts.principal(id);
            fact.kind == PrincipalKind::Role && matches!(fact.entity, Entity::Role(_))
        };
        let roles: Vec<PrincipalId> =
            (0..self.facts.principals.len() as u32).map(PrincipalId).filter(is_role).collect();
        let index = self.index();
        let context = Context::new();
        let context = context.bindings(&self.facts.arena().conditions);
        let found = roles
            .par_iter()
            .fold(Found::default, |mut found, &role| {
                self.hops_into(role, &context, &mut found);
                found
            })
            .reduce(Found::default, |mut all, part| {
                all.hops.extend(part.hops);
                all.declined.extend(part.declined);
                all.missing.extend(part.missing);
                all
            });
        let Found { mut hops, mut declined, mut missing } = found;
        if let Some(center) = &self.options.identity_center {
            let found = self.hops_of_identity_center(center, &hops, &mut missing);
            hops.extend(found);
        }
        // S-EVAL-11
        let untold: FxHashSet<PrincipalId> =
            roles.into_iter().filter(|&role| self.trust_not_collected(role).is_some()).collect();
        missing.extend(untold.iter().filter_map(|&role| self.trust_not_collected(role)));
        missing.extend(self.facts.estate.missing_principals());
        missing.extend(self.trust_elsewhere());
        let mut hops = Hops::new(self.facts.principals.len(), hops, missing, |id| index.rank(id));
        hops.steps = self.steps(&hops);
        let limits: Vec<String> =
            hops.steps.limited().map(|session| self.limits_of(hops.steps.principal(session))).collect();
        hops.missing.extend(limits);
        hops.missing.sort();
        hops.missing.dedup();
        hops.untold = untold;
        declined.sort_by_key(|hop| (hop.from, hop.to, hop.by));
        hops.declined = declined;
        hops
    }

    /// What is not known of sessions of a role that services deliver with policies of their own.
    fn limits_of(&self, role: PrincipalId) -> String {
        let role = &self.facts.principal(role).name;
        format!("{SESSION_POLICIES} of sessions of {role} that services deliver")
    }

    fn hops_into(&self, role: PrincipalId, context: &(dyn Bindings + Sync), found: &mut Found) {
        let readings = self.facts.compiler.assumptions.readings;
        let fact = self.facts.principal(role);
        let calls: &[Call] = match self.federates(fact) {
            true => &[Call::AssumeRole, Call::AssumeRoleWithSaml, Call::AssumeRoleWithWebIdentity],
            false => &[Call::AssumeRole],
        };
        for &by in calls {
            let Ok(target) = self.target_of(by.name(), Some(&fact.name), None, &mut Vec::new()) else {
                continue;
            };
            let prepared = Prepared::new(&self.facts, &self.sides, &target, context).only_loaded();
            let callers = self.trusted(&target, &prepared);
            let mut notes = Notes::on(callers.len());
            for from in callers {
                let federated = self.facts.principal(from).kind == PrincipalKind::IdentityProvider;
                if federated != (by != Call::AssumeRole) {
                    continue;
                }
                let caller = Caller { session: SessionPolicies::None, ..self.calling(from) };
                let (decided, examined) = prepared.decide(&self.routes, &caller, Some(&mut notes));
                let concerned = prepared.concerned(&caller, &examined);
                let hop = Hop {
                    decision: decided.decision,
                    condition: decided.condition,
                    concerned: concerned.only(|question| readings.is_default(question)),
                    ..Hop::free(from, role, by)
                };
                if may(&decided) {
                    found.hops.push(hop);
                } else if !hop.concerned.is_empty() {
                    found.declined.push(hop);
                }
            }
            if by == Call::AssumeRole {
                found.missing.extend(prepared.could_let_in());
            }
        }
        let session = |to| Hop::free(role, to, Call::RoleSessionName);
        found.hops.extend(self.facts.sessions_of(role).map(session));
    }

    /// What the trust policy of a role is called, if it was not collected.
    fn trust_not_collected(&self, role: PrincipalId) -> Option<String> {
        let trust = self.facts.policy(self.facts.trust_of(&self.facts.principal(role).name)?);
        trust.document.is_none().then(|| trust.label.to_string())
    }

    /// Whether a role may trust identity providers.
    fn federates(&self, fact: &PrincipalFact) -> bool {
        let Some(document) =
            self.facts.trust_of(&fact.name).and_then(|trust| self.facts.policy(trust).document)
        else {
            return false;
        };
        let parsed = self.facts.document(document);
        let names_providers = |element: &PrincipalElement| match element {
            PrincipalElement::Entries { negated: false, entries } => entries.iter().any(|entry| {
                matches!(
                    entry.kind,
                    Named::SamlProvider | Named::OidcProvider | Named::BuiltInProvider | Named::Everyone
                )
            }),
            PrincipalElement::Missing => false,
            _ => true,
        };
        let mut allows =
            parsed.document().statements.iter().filter(|statement| statement.effect == Effect::Allow);
        allows.any(|statement| names_providers(&statement.principal))
    }

    /// Who makes the call of a hop, and which. None where no request is decided.
    pub(super) fn request_of(&self, hop: &Hop) -> Option<(PrincipalId, Call)> {
        match (hop.by, hop.provider) {
            (Call::RoleSessionName | Call::GroupMembership | Call::Request, _) => None,
            (Call::AccountAssignment, provider) => Some((provider?, Call::AssumeRoleWithSaml)),
            (by, _) => Some((hop.from, by)),
        }
    }

    /// What decides a hop, with the statements behind it. None where no request is decided.
    pub fn hop(&self, hop: &Hop) -> Option<ReverseRow> {
        let (from, by) = self.request_of(hop)?;
        let role = &self.facts.principal(hop.to).name;
        let target = self.target_of(by.name(), Some(role), None, &mut Vec::new()).ok()?;
        let context = Context::new();
        let context = context.bindings(&self.facts.arena().conditions);
        let prepared = Prepared::new(&self.facts, &self.sides, &target, &context).only_loaded();
        let (decided, examined) = self.ask(&prepared, from, None)?;
        Some(ReverseRow { principal: from, resource: role.to_string(), decided, examined })
    }
}
