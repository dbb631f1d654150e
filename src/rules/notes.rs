//! What was found out while one question is asked of many callers.
//!
//! Callers share policies, boundaries and SCPs, and accounts, so most of what a request comes to is read once for many of
//! them. Notes belong to one [`Prepared`](super::request::Prepared) target and to one thread, so that reading them takes
//! no lock.

use rustc_hash::FxHashMap;

use super::decision::{Decided, Evaluated, Situation};
use super::gate::Closed;
use super::request::{Caller, Matched};
use crate::estate::AccountId;
use crate::facts::{BoundPolicyId, Caller as CallerKind, EnvelopeId};
use crate::region::condition::ConditionId;

/// Notes on the callers of one target.
#[derive(Default)]
pub struct Notes<'a> {
    /// The account of which actions without resource type were asked last: what they match depends on it.
    pub(super) account: Option<AccountId>,
    pub(super) policies: Policies,
    pub(super) limits: FxHashMap<EnvelopeId, Part>,
    pub(super) classes: FxHashMap<Class<'a>, OfClass>,
    pub(super) decided: FxHashMap<Situation, FxHashMap<Evaluated, Decided>>,
}

/// The matching statements of policies on callers' sides.
pub(super) type Policies = FxHashMap<BoundPolicyId, Box<[Spoken]>>;

/// A statement on the caller's side that matches.
#[derive(Clone, Copy)]
pub(super) struct Spoken {
    pub statement: u32,
    pub denies: bool,
    pub condition: ConditionId,
}

/// What some layers say.
pub(super) struct Part {
    pub evaluated: Evaluated,
    pub matched: Vec<Matched>,
}

/// Callers of whom all statements speak alike that name no single principal and test no key of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class<'a> {
    caller: CallerKind,
    account: AccountId,
    bounded: bool,
    partition: &'a str,
}

impl<'a> Class<'a> {
    /// The class of a user or role of the estate; other callers have none.
    pub fn of(caller: &Caller<'a>) -> Option<Self> {
        let fact = caller.fact;
        let kind = matches!(
            fact.caller,
            CallerKind::User | CallerKind::RoleSession | CallerKind::ServiceLinkedSession
        );
        if !kind || fact.identity().is_none() || fact.session.is_some() {
            return None;
        }
        Some(Self {
            caller: fact.caller,
            account: fact.account?,
            bounded: !caller.side.boundary.is_empty(),
            partition: fact.partition(),
        })
    }
}

/// What holds of a request for a whole class.
pub(super) struct OfClass {
    /// What the owner's side says, as far as it speaks of the class.
    pub part: Part,
    /// When Block Public Access lets the request pass.
    pub public: ConditionId,
    /// The gate that refuses it.
    pub gate: Option<Closed>,
    /// Whether nobody knows the SCPs of the account.
    pub unknown_scps: bool,
}

impl Notes<'_> {
    /// Notes on about so many callers.
    pub fn on(callers: usize) -> Self {
        let mut notes = Self::default();
        notes.policies.reserve(2 * callers);
        notes
    }

    /// Forgets what holds for other accounts only.
    pub(super) fn turn_to(&mut self, account: Option<AccountId>) {
        if self.account != account {
            self.account = account;
            self.policies.clear();
            self.limits.clear();
        }
    }
}
