//! Callers of whom not even the account is known: whom a resource lets in that lets anybody in.

use std::sync::Arc;

use crate::answers::engine::{Engine, Strangers as Kinds};
use crate::answers::external::{Scope, Strangers, Who};
use crate::estate::AccountId;
use crate::facts::binding::OrganizationOf;
use crate::facts::{Caller, Ownership, PrincipalFact, PrincipalKind, Standing, Target, with_canonical_id};
use crate::region::condition::{ConditionId, Sat};
use crate::rules::decision::{Decided, Decision};
use crate::rules::request::Examined;
use crate::rules::side::Side;

use super::asking::Asking;

/// What stands for a caller of an account that the estate does not know.
const NAME: &str = "whoever calls from another account";

/// Callers of accounts that nobody named, who may do it as far as their own accounts let them.
pub struct Stranger {
    /// Who: those of any account, of an account of the organisation that was not collected, or of one of which a canonical user id is known
    /// only.
    pub who: Who,
    /// The part of the resource that they reach.
    pub resource: String,
    /// The decision: never a denial.
    pub decided: Decided,
    /// The layers behind it.
    pub examined: Examined,
}

/// A caller that stands for strangers, with its side.
pub(super) struct Standins([(PrincipalFact, Side); 3]);

impl Engine {
    /// A user and a role of an account of which nothing is known, and AWS services.
    pub(super) fn standins(&self) -> Standins {
        let standing =
            Standing { organization: OrganizationOf::Unknown, scps_unknown: true, ..Standing::default() };
        let of_account = [Caller::User, Caller::RoleSession].map(|caller| {
            let fact = PrincipalFact::outside(NAME.into(), PrincipalKind::Account, caller, None);
            PrincipalFact { standing: standing.clone(), ..fact }
        });
        let [user, role] = of_account;
        Standins([user, role, self.facts.any_service()].map(|fact| {
            let side = self.sides.with(&self.facts, &fact, None, None);
            (fact, side)
        }))
    }

    /// The kinds of callers of accounts that nobody named, besides an account, with what holds of the requests of each.
    fn strangers_to(&self, owner: AccountId) -> Kinds {
        if let Some(known) = self.strangers.lock().get(&owner) {
            return known.clone();
        }
        let known: Vec<_> =
            self.facts.estate.accounts.keys().chain(self.index().accounts.keys()).copied().collect();
        let kinds: Kinds = Strangers::new(&self.facts).beyond(owner, &known).into();
        self.strangers.lock().entry(owner).or_insert(kinds).clone()
    }

    /// The strangers who may do it. What everybody may do, signed in or not, needs no second mention.
    pub(super) fn strangers<'a>(
        &'a self,
        asking: &Asking<'a>,
        target: &Target,
        standins: &'a Standins,
        by_loaded: bool,
    ) -> Vec<(Who, Decided, Examined)> {
        let owner = match (&target.owner, target.object_owner) {
            (_, Some(owner)) => owner,
            (Ownership::Account(owner), None) => *owner,
            (Ownership::Nobody | Ownership::Caller | Ownership::Unknown(_), None) => return Vec::new(),
        };
        let conditions = &self.facts.arena().conditions;
        let outside = |who: Who| -> Kinds { Arc::from([(Scope::Outside, who, ConditionId::ALWAYS)]) };
        let kinds_of = |fact: &PrincipalFact| match fact.is_any_service() {
            true => outside(Who::AnyService),
            false => self.strangers_to(owner),
        };
        let ask = |fact: &PrincipalFact, side: &Side| asking.ask_caller(fact, side, by_loaded);
        let mut found: Vec<(Kinds, (Decided, Examined))> =
            standins.0.iter().filter_map(|(fact, side)| Some((kinds_of(fact), ask(fact, side)?))).collect();
        // S-PRN-10: whose id nobody knows.
        for id in asking.open_canonical_ids() {
            let kinds = outside(Who::Canonical(id.clone()));
            found.extend(with_canonical_id(&id).iter().filter_map(|fact| {
                let side = self.sides.with(&self.facts, fact, None, None);
                Some((kinds.clone(), ask(fact, &side)?))
            }));
        }
        if found.is_empty() {
            return Vec::new();
        }
        let anonymous = self.facts.principal_id("anonymous");
        let anybody = anonymous.and_then(|id| asking.ask(id, by_loaded));
        let anybody = anybody.map_or(ConditionId::NEVER, |(decided, _)| decided.condition);
        let mut rows: Vec<(Who, Decided, Examined)> = Vec::new();
        for (kinds, (decided, examined)) in found {
            for (scope, who, holds) in kinds.iter().cloned() {
                let further = conditions.and(decided.condition, conditions.not(anybody));
                let possible = *conditions.satisfiable(conditions.and(further, holds)) != Sat::No;
                // Users and roles of an account are one row: they are who may be let in.
                let is_known = rows.iter().any(|(known, other, _)| {
                    *known == who
                        && (decided.decision != Decision::Allowed || other.decision == Decision::Allowed)
                });
                let is_wider = scope == Scope::Organization
                    && rows.iter().any(|(known, other, _)| {
                        *known == Who::AnyAccount && other.condition == decided.condition
                    });
                if possible && !is_known && !is_wider {
                    rows.retain(|(known, ..)| *known != who);
                    rows.push((who, decided, examined.clone()));
                }
            }
        }
        rows
    }
}
