//! Callers of whom not even the account is known: outside of a resource's organisation, or inside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Scope, Who};
use crate::estate::AccountId;
use crate::facts::Facts;
use crate::facts::binding::OrganizationOf;
use crate::facts::keys;
use crate::facts::readings::Question;
use crate::region::condition::{ConditionId, Effect, Operator, RawTest, Version};

/// What being outside or inside of an organisation says of a request.
pub(in crate::answers) struct Strangers<'a> {
    facts: &'a Facts,
}

impl<'a> Strangers<'a> {
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts }
    }

    /// The two kinds of strangers to an account, with what holds of the requests of each.
    pub fn of(&self, owner: Option<AccountId>) -> Vec<(Scope, Who, ConditionId)> {
        let conditions = &self.facts.arena().conditions;
        let organization = Self::organization(self.facts, owner);
        let members = match &organization {
            Some(id) => self.members(id),
            None => owner.iter().map(|owner| owner.to_string()).collect(),
        };
        let signed = self.facts.signed_by(None);
        let mut outside = conditions.and(self.in_accounts(&members, true), signed);
        let Some(id) = organization else {
            return vec![(Scope::Outside, Who::AnyAccount, outside)];
        };
        outside = conditions.and(outside, conditions.not(self.of_organization(&id, true)));
        let others = besides(owner, members);
        let mut from = vec![(Scope::Outside, Who::AnyAccount, outside)];
        if !others.is_empty() {
            let inside = self.of_organization(&id, false);
            let inside = conditions.and_all([inside, self.in_accounts(&others, false), signed]);
            from.push((Scope::Organization, Who::Organization(id), inside));
        }
        from
    }

    /// That the callers of the other accounts of an owner's organisation have the places of their accounts in it.
    pub fn at_places(&self, owner: Option<AccountId>) -> ConditionId {
        let Some(id) = Self::organization(self.facts, owner) else { return ConditionId::ALWAYS };
        let others = besides(owner, self.members(&id));
        if others.is_empty() { ConditionId::ALWAYS } else { self.at_their_places(&others) }
    }

    /// The organisation of an account.
    pub fn organization(facts: &Facts, account: Option<AccountId>) -> Option<Arc<str>> {
        match facts.organization_of(Some(account?)) {
            OrganizationOf::Member { id, .. } => Some(id),
            _ => None,
        }
    }

    /// That the caller is of an organisation, as the keys say it: one of them, or all.
    fn of_organization(&self, id: &str, any: bool) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let below = format!("{id}/*");
        let of_organization = self.test("StringEquals", "aws:PrincipalOrgID", &[id]);
        let below = self.test("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &[&below]);
        match any {
            true => conditions.or(of_organization, below),
            false => conditions.and(of_organization, below),
        }
    }

    /// That the caller is a principal of an organisation.
    pub fn in_organization(&self, id: &str) -> ConditionId {
        self.facts.arena().conditions.and(self.of_organization(id, false), self.facts.signed_by(None))
    }

    /// That the caller is a principal of an account, with what is known of the account's organisation.
    pub fn in_account(&self, account: AccountId) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let text = [account.to_string()];
        let organization = Self::organization(self.facts, Some(account));
        let inside = organization.map_or(ConditionId::ALWAYS, |id| self.of_organization(&id, false));
        let place = self.at_their_places(&text);
        let signed = self.facts.signed_by(Some(account));
        conditions.and_all([self.in_accounts(&text, false), inside, place, signed])
    }

    /// That the caller is a principal of an account that is none of some, and in none of some organisations.
    pub fn others(&self, accounts: &BTreeSet<AccountId>, organizations: &BTreeSet<Arc<str>>) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let accounts: Vec<String> = accounts.iter().map(AccountId::to_string).collect();
        let arns: Vec<String> = accounts.iter().map(|account| format!("arn:*:*::{account}:*")).collect();
        let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
        let elsewhere = match arns.is_empty() {
            true => ConditionId::ALWAYS,
            false => conditions
                .and(self.in_accounts(&accounts, true), self.test("ArnNotLike", "aws:PrincipalArn", &arns)),
        };
        let apart = organizations.iter().map(|id| conditions.not(self.of_organization(id, true)));
        conditions.and_all(apart.chain([elsewhere, self.facts.signed_by(None)]))
    }

    /// That the caller's place in its organisation is that of its account, where the organisations' trees show that of each of some.
    fn at_their_places(&self, accounts: &[String]) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let mut by_path: BTreeMap<Arc<str>, Vec<&str>> = BTreeMap::new();
        for account in accounts {
            let id: Option<AccountId> = account.parse().ok();
            match self.facts.organization_of(id) {
                OrganizationOf::Member { path: Some(path), .. } => {
                    by_path.entry(path).or_default().push(account);
                }
                _ => return ConditionId::ALWAYS,
            }
        }
        conditions.or_all(by_path.into_iter().map(|(path, accounts)| {
            conditions.and_all([
                self.test("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", &[&path]),
                self.test("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", &[&path]),
                self.test("StringEquals", "aws:PrincipalAccount", &accounts),
            ])
        }))
    }

    /// What holds of the calls that services make for accounts outside of an account's organisation.
    pub fn for_others(&self, owner: Option<AccountId>) -> ConditionId {
        let organization = Self::organization(self.facts, owner);
        let own: Vec<String> = match &organization {
            Some(id) => self.members(id),
            None => owner.iter().map(|owner| owner.to_string()).collect(),
        };
        let accounts: Vec<&str> = own.iter().map(String::as_str).collect();
        let conditions = &self.facts.arena().conditions;
        let of_organization = organization.as_deref().map_or(ConditionId::NEVER, |id| {
            let below = format!("{id}/*");
            conditions.or(
                self.test("StringEquals", "aws:SourceOrgID", &[id]),
                self.test("ForAnyValue:StringLike", "aws:SourceOrgPaths", &[&below]),
            )
        });
        let arns: Vec<String> = own.iter().map(|account| format!("arn:*:*:*:{account}:*")).collect();
        let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
        conditions.and_all([
            self.test("StringNotEquals", "aws:SourceAccount", &accounts),
            self.test("StringNotEquals", "aws:SourceOwner", &accounts),
            self.test("ArnNotLike", "aws:SourceArn", &arns),
            conditions.not(of_organization),
        ])
    }

    /// The kinds of strangers of accounts that are not known: neither of those given, nor the owner's.
    pub fn beyond(&self, owner: AccountId, known: &[AccountId]) -> Vec<(Scope, Who, ConditionId)> {
        let conditions = &self.facts.arena().conditions;
        let mut from = self.of(Some(owner));
        let text = |account: &AccountId| account.to_string();
        let elsewhere = self.in_accounts(&known.iter().map(text).collect::<Vec<_>>(), true);
        let estate = &self.facts.estate;
        let is_open = |account: &&AccountId| {
            estate.account(**account).is_some_and(|account| !account.collected)
                && self.facts.principal_id(&account.to_string()).is_none()
        };
        let open: Vec<String> = estate.accounts.keys().filter(is_open).map(text).collect();
        from.retain(|(scope, ..)| *scope != Scope::Organization || !open.is_empty());
        for (scope, _, holds) in &mut from {
            let among = match scope {
                Scope::Organization => self.in_accounts(&open, false),
                Scope::Public | Scope::Outside | Scope::Provider => elsewhere,
            };
            *holds = conditions.and(*holds, among);
        }
        from
    }

    /// That keys which a condition compares as numbers hold those of accounts: twelve digits, none below 0.
    pub fn by_number(&self, condition: ConditionId) -> ConditionId {
        const KEYS: [&str; 4] =
            ["aws:PrincipalAccount", "aws:SourceAccount", "aws:SourceOwner", "kms:CallerAccount"];
        let conditions = &self.facts.arena().conditions;
        let compared = KEYS
            .into_iter()
            .filter(|key| conditions.numbers_of(condition, self.facts.compiler.key(key)).is_some());
        conditions.and_all(compared.flat_map(|key| {
            [
                self.test("StringLikeIfExists", key, &["????????????"]),
                self.test("NumericGreaterThanEqualsIfExists", key, &["0"]),
                self.test("NumericLessThanEqualsIfExists", key, &["999999999999"]),
            ]
        }))
    }

    /// The accounts of an organisation.
    fn members(&self, organization: &Arc<str>) -> Vec<String> {
        let accounts = self.facts.estate.accounts.keys().copied();
        let is_member = |account: &AccountId| {
            self.facts.organization_of(Some(*account)).member_of() == Some(&**organization)
        };
        accounts.filter(is_member).map(|account| account.to_string()).collect()
    }

    /// That the caller's account is one of some, or is none of them.
    fn in_accounts(&self, accounts: &[String], none: bool) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let texts: Vec<&str> = accounts.iter().map(String::as_str).collect();
        let operator = if none { "StringNotEquals" } else { "StringEquals" };
        // U-36: `aws:SourceOwner` holds the caller's account, unless it is read otherwise.
        let readings = &self.facts.compiler.assumptions.readings;
        let owner = readings.is_default(Question::SourceOwner).then_some("aws:SourceOwner");
        let keys = ["aws:PrincipalAccount", "kms:CallerAccount"].into_iter().chain(owner);
        conditions.and_all(keys.map(|key| self.test(operator, key, &texts)))
    }

    /// A test.
    pub fn test(&self, operator: &str, key: &str, values: &[&str]) -> ConditionId {
        let conditions = &self.facts.arena().conditions;
        let Ok(operator) = Operator::parse(operator) else { return ConditionId::ALWAYS };
        conditions.test(&RawTest {
            operator,
            key: self.facts.compiler.key(key),
            values,
            not_text: &[],
            effect: Effect::Allow,
            version: Version::V2012,
            place: "an account of the estate",
            keys: &keys::key,
        })
    }
}

/// The accounts among some that are not the owner's.
fn besides(owner: Option<AccountId>, mut accounts: Vec<String>) -> Vec<String> {
    let owner = owner.map(|owner| owner.to_string());
    accounts.retain(|account| owner.as_ref() != Some(account));
    accounts
}
