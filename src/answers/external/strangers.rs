//! Callers of whom not even the account is known: outside of a resource's organisation, or inside.

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
        let organization = owner.and_then(|owner| match self.facts.organization_of(Some(owner)) {
            OrganizationOf::Member { id, .. } => Some(id),
            _ => None,
        });
        let members = match &organization {
            Some(id) => self.members(id),
            None => owner.iter().map(|owner| owner.to_string()).collect(),
        };
        let signed = self.facts.signed_by(None);
        let mut outside = conditions.and(self.in_accounts(&members, true), signed);
        let Some(id) = organization else {
            return vec![(Scope::Outside, Who::AnyAccount, outside)];
        };
        let below = format!("{id}/*");
        let of_organization = self.test("StringEquals", "aws:PrincipalOrgID", &[&id]);
        let below = self.test("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &[&below]);
        outside = conditions.and(outside, conditions.not(conditions.or(of_organization, below)));
        let own: Vec<String> = owner.iter().map(|owner| owner.to_string()).collect();
        let others: Vec<String> = members.into_iter().filter(|account| !own.contains(account)).collect();
        let mut from = vec![(Scope::Outside, Who::AnyAccount, outside)];
        if !others.is_empty() {
            let inside = conditions.and(of_organization, below);
            let inside = conditions.and_all([inside, self.in_accounts(&others, false), signed]);
            from.push((Scope::Organization, Who::Organization(id), inside));
        }
        from
    }

    /// What holds of the calls that services make for accounts outside of an account's organisation.
    pub fn for_others(&self, owner: Option<AccountId>) -> ConditionId {
        let organization = owner.and_then(|owner| match self.facts.organization_of(Some(owner)) {
            OrganizationOf::Member { id, .. } => Some(id),
            _ => None,
        });
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

    fn test(&self, operator: &str, key: &str, values: &[&str]) -> ConditionId {
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
