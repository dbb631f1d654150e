//! Whom a caller stands for, and from how far they come.

use super::strangers::Strangers;
use super::{Kinds, Scope, Way, Ways, Who};
use crate::estate::AccountId;
use crate::facts::{PrincipalId, PrincipalKind, canonical_of, keys};
use crate::region::condition::{ConditionId, Sat, Verdict};

impl Ways<'_> {
    /// Whom a caller stands for, from how far they come, and what that says of their requests.
    pub(super) fn from(&self, owner: Option<AccountId>, id: PrincipalId) -> Kinds {
        let facts = &self.engine.facts;
        let fact = facts.principal(id);
        if fact.is_any_service() {
            return [(Scope::Outside, Who::AnyService, self.strangers.for_others(owner))].into();
        }
        let (scope, who) = match (fact.kind, fact.account) {
            (PrincipalKind::Everyone, _) => (Scope::Public, Who::Everyone),
            (PrincipalKind::IdentityProvider, _) => (Scope::Provider, Who::Principal(id)),
            (PrincipalKind::Account, None) => {
                let strangers = self.strangers_to(owner);
                let Some(id) = canonical_of(&fact.name) else { return strangers };
                let who = Who::Canonical(id.into());
                return strangers.iter().map(|(scope, _, holds)| (*scope, who.clone(), *holds)).collect();
            }
            (PrincipalKind::Account, Some(account)) => (self.scope(owner, account), Who::Account(account)),
            (_, Some(account)) => (self.scope(owner, account), Who::Principal(id)),
            (_, None) => (Scope::Outside, Who::Principal(id)),
        };
        let holds = match (fact.kind, fact.account) {
            (PrincipalKind::Account, Some(account)) => facts.signed_by(Some(account)),
            _ => ConditionId::ALWAYS,
        };
        [(scope, who, holds)].into()
    }

    /// The kinds of strangers to an account.
    pub(super) fn strangers_to(&self, owner: Option<AccountId>) -> Kinds {
        if let Some(known) = self.known.lock().get(&owner) {
            return known.clone();
        }
        let kinds: Kinds = self.strangers.of(owner).into();
        self.known.lock().entry(owner).or_insert(kinds).clone()
    }

    /// What holds of the requests of a kind of strangers that a condition may let in. Their places in the organisation, of which there are
    /// as many as accounts, count only where the condition asks for them.
    pub(super) fn within(
        &self,
        owner: Option<AccountId>,
        (scope, holds): (Scope, ConditionId),
        condition: ConditionId,
    ) -> ConditionId {
        let conditions = &self.engine.facts.arena().conditions;
        let paths = conditions.key(keys::key("aws:PrincipalOrgPaths"));
        match scope == Scope::Organization && conditions.contains_key(condition, paths) {
            true => conditions.and(holds, self.places.get_or(owner, || self.strangers.at_places(owner))),
            false => holds,
        }
    }

    /// A condition without tests that all addresses of IPv4, or of IPv6, pass: whoever calls from the Internet has one, so they keep
    /// nobody away (S-KEY-32). A request from a VPC has none, which does not matter to whom everybody is let in.
    pub(super) fn without_every_address(&self, condition: ConditionId) -> ConditionId {
        const KEY: &str = "aws:SourceIp";
        let conditions = &self.engine.facts.arena().conditions;
        let key = conditions.key(keys::key(KEY));
        if !conditions.contains_key(condition, key) {
            return condition;
        }
        let families =
            ["0.0.0.0/0", "::/0"].into_iter().map(|block| self.strangers.test("IpAddress", KEY, &[block]));
        let mut left = families.filter_map(|family| {
            let given = conditions.simplify(conditions.given(condition, family));
            let settles = !conditions.contains_key(given, key)
                && *conditions.satisfiable(conditions.and(condition, family)) != Sat::No
                && conditions.implies(condition, given) == Verdict::Yes;
            settles.then_some(given)
        });
        left.next().unwrap_or(condition)
    }

    /// That a canonical user id which no account is known to have is none of an owner's (S-PRN-10).
    pub(super) fn is_another(&self, canonical: &str, owner: Option<AccountId>) -> ConditionId {
        let facts = &self.engine.facts;
        match owner.is_some_and(|owner| facts.estate.has_canonical_id(owner)) {
            true => ConditionId::ALWAYS,
            false => {
                let text = format!("the account with the canonical user id `{canonical}`");
                facts.arena().conditions.missing(&text)
            }
        }
    }

    /// Whether everybody of whom a way in is could be among those of another.
    pub(super) fn may_be(&self, who: &Who, other: &Way) -> bool {
        let account = |who: &Who| match who {
            Who::Account(account) => Some(*account),
            Who::Principal(id) => self.engine.facts.principal(*id).account,
            _ => None,
        };
        match &other.who {
            Who::Everyone | Who::AnyAccount => true,
            Who::Organization(_) => !matches!(who, Who::Everyone | Who::AnyAccount | Who::AnyService),
            Who::Account(of) => account(who) == Some(*of),
            of => who == of,
        }
    }

    /// From how far an account is away.
    pub(super) fn scope(&self, owner: Option<AccountId>, account: AccountId) -> Scope {
        let of = |account| Strangers::organization(&self.engine.facts, account);
        match of(owner).is_some_and(|organization| of(Some(account)) == Some(organization)) {
            true => Scope::Organization,
            false => Scope::Outside,
        }
    }
}
