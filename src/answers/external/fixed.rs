//! Callers whom a condition fixes: of everybody it may leave some accounts, organisations or principals only, and these are who gets in.
//!
//! What a condition names are candidates. Whether it leaves nobody else, and whom of them it lets in, the solver says.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::strangers::Strangers;
use super::{Scope, Ways, Who};
use crate::estate::{AccountId, Arn};
use crate::facts::{PrincipalId, PrincipalKind, keys};
use crate::region::condition::{ConditionId, Sat};

/// To whom a condition holds the principals of any account.
#[derive(Default)]
pub(super) struct Fixed {
    accounts: BTreeSet<AccountId>,
    organizations: BTreeSet<Arc<str>>,
    /// Users and roles, of accounts among those.
    principals: BTreeSet<PrincipalId>,
}

/// Keys that hold the caller's account, and keys that hold its organisation.
const OF_ACCOUNT: [&str; 3] = ["aws:PrincipalAccount", "kms:CallerAccount", "aws:SourceOwner"];
const OF_ORGANIZATION: [&str; 2] = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
const ARN: &str = "aws:PrincipalArn";

impl Ways<'_> {
    /// Those to whom a condition holds the principals of any account; none if it lets in others than those whom it names.
    pub(super) fn fixed(&self, condition: ConditionId) -> Option<Arc<Fixed>> {
        if let Some(known) = self.fixed.lock().get(&condition) {
            return known.clone();
        }
        let candidates = self.candidates(condition);
        let fixes = !candidates.accounts.is_empty() || !candidates.organizations.is_empty();
        let found = (fixes && !self.lets_in_others(condition, &candidates)).then(|| Arc::new(candidates));
        self.fixed.lock().entry(condition).or_insert(found).clone()
    }

    /// Whether a condition lets in principals of accounts and organisations other than some.
    fn lets_in_others(&self, condition: ConditionId, candidates: &Fixed) -> bool {
        let conditions = &self.engine.facts.arena().conditions;
        let others = self.strangers.others(&candidates.accounts, &candidates.organizations);
        let numbers = self.strangers.by_number(condition);
        *conditions.satisfiable(conditions.and_all([condition, others, numbers])) != Sat::No
    }

    /// Whom a condition names in some way.
    fn candidates(&self, condition: ConditionId) -> Fixed {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let named = |key: &str| conditions.beginnings_of(condition, conditions.key(keys::key(key)));
        let mut found = Fixed::default();
        let accounts = OF_ACCOUNT.into_iter().flat_map(named);
        let as_numbers = OF_ACCOUNT.into_iter().flat_map(|key| {
            let numbers = conditions.numbers_of(condition, conditions.key(keys::key(key)));
            numbers.into_iter().flatten().map(|number| format!("{number:012}"))
        });
        found.accounts.extend(accounts.chain(as_numbers).filter_map(|text| text.parse::<AccountId>().ok()));
        for arn in named(ARN) {
            let account = Arn::parse(&arn).and_then(|arn| arn.account_id());
            found.accounts.extend(account);
            let is_identity = |id: &PrincipalId| {
                matches!(facts.principal(*id).kind, PrincipalKind::User | PrincipalKind::Role)
            };
            found.principals.extend(facts.principal_id(&arn).filter(is_identity));
        }
        let organizations = OF_ORGANIZATION.into_iter().flat_map(named);
        let id = |text: String| text.split('/').next().filter(|id| id.starts_with("o-")).map(Arc::from);
        found.organizations.extend(organizations.filter_map(id));
        found
    }

    /// From how far each comes of those to whom a condition holds the principals of any account, and when it lets them in: never, if
    /// they are no strangers to the owner.
    pub(super) fn let_in(
        &self,
        fixed: &Fixed,
        owner: Option<AccountId>,
        condition: ConditionId,
    ) -> Vec<(Scope, Who, ConditionId)> {
        let facts = &self.engine.facts;
        let conditions = &facts.arena().conditions;
        let possible = |condition: ConditionId| *conditions.satisfiable(condition) != Sat::No;
        let given = |holds| conditions.simplify(conditions.given(condition, holds));
        let mut found: Vec<(Scope, Who, ConditionId)> = Vec::new();
        for id in &fixed.organizations {
            let own = Strangers::organization(facts, owner).is_some_and(|own| own == *id);
            let from = self.strangers_to(owner);
            let wanted = if own { Scope::Organization } else { Scope::Outside };
            let Some((scope, _, strangers)) = from.iter().find(|(scope, ..)| *scope == wanted) else {
                continue;
            };
            let inside = self.strangers.in_organization(id);
            // What is left of the condition for its members, whoever is a stranger among them: most often nothing.
            let left = conditions.given(condition, inside);
            let holds = conditions.and(inside, self.within(owner, (*scope, *strangers), left));
            if possible(conditions.and(left, holds)) {
                let when = conditions.simplify(conditions.given(left, holds));
                found.push((*scope, Who::Organization(id.clone()), when));
            }
        }
        let may_act = |account: &&AccountId| {
            Some(**account) != owner
                && facts.estate.account(**account).is_none_or(|account| account.status.may_act())
        };
        for account in fixed.accounts.iter().filter(may_act) {
            let holds = self.strangers.in_account(*account);
            let lets_in = conditions.and(condition, holds);
            if !possible(lets_in) {
                continue;
            }
            let scope = self.scope(owner, *account);
            let of_account = |id: &&PrincipalId| facts.principal(**id).account == Some(*account);
            let principals: Vec<PrincipalId> = fixed.principals.iter().filter(of_account).copied().collect();
            let names: Vec<&str> = principals.iter().map(|id| &*facts.principal(*id).name).collect();
            let others = self.strangers.test("StringNotEquals", ARN, &names);
            if !principals.is_empty() && !possible(conditions.and(lets_in, others)) {
                for (id, name) in principals.iter().zip(names) {
                    let holds = conditions.and(holds, self.strangers.test("StringEquals", ARN, &[name]));
                    if possible(conditions.and(condition, holds)) {
                        found.push((scope, Who::Principal(*id), given(holds)));
                    }
                }
                continue;
            }
            let when = given(holds);
            // Whom an organisation lets in needs no second mention.
            let of_member = Strangers::organization(facts, Some(*account));
            let is_known = |(_, who, known): &(Scope, Who, ConditionId)| {
                matches!((who, &of_member), (Who::Organization(id), Some(of)) if id == of) && *known == when
            };
            if !found.iter().any(is_known) {
                found.push((scope, Who::Account(*account), when));
            }
        }
        found
    }
}
