//! What is known of the organisation of an account that no loaded organisation lists.
//!
//! source   S-XACC-15, sections 3.5 and 3.6 of the semantics

use super::strangers::absent_or_other;
use super::{either_of, one};
use crate::estate::{AccountId, Estate};
use crate::region::condition::{ConditionId, Conditions, KeyId, Known};

/// An account that no loaded organisation lists: it is in another organisation, or in none.
pub(super) struct Elsewhere<'a> {
    /// Where conditions live.
    pub conditions: &'a Conditions,
    /// The organisations that are loaded.
    pub estate: &'a Estate,
    /// The account.
    pub account: Option<AccountId>,
    /// The key that holds its organisation's id.
    pub id: &'a str,
    /// The key that holds its path there.
    pub paths: &'a str,
}

impl Elsewhere<'_> {
    /// A condition on its organisation. Whether it is in one that the condition names and that is not loaded nobody knows.
    pub fn bind(&self, condition: ConditionId) -> ConditionId {
        if !self.conditions.keys(condition).iter().any(|&key| self.is_asked(key)) {
            return condition;
        }
        let account = self.account.map(|account| account.to_string()).unwrap_or_default();
        let doubt = || self.conditions.missing(&format!("organisation of account {account}"));
        let keys = [self.id, self.paths];
        let unnamed = absent_or_other(self.conditions, condition, &keys, "o-0000000000", doubt);
        self.organizations_in(condition).iter().rev().fold(unnamed, |others, named| {
            let is_member = || self.conditions.missing(&format!("whether account {account} is in {named}"));
            either_of(self.conditions, self.within(condition, named), others, is_member)
        })
    }

    fn is_asked(&self, key: KeyId) -> bool {
        let name = &*self.conditions.key_of(key).name;
        name == self.id || name == self.paths
    }

    /// The organisations that a condition names, without those that are loaded.
    fn organizations_in(&self, condition: ConditionId) -> Vec<String> {
        let keys = self.conditions.keys(condition).iter().filter(|key| self.is_asked(**key));
        let beginnings = keys.flat_map(|&key| self.conditions.beginnings_of(condition, key));
        let id = |text: String| text.split('/').next().unwrap_or_default().to_owned();
        let mut named: Vec<String> = beginnings.map(id).collect();
        named.retain(|id| id.starts_with("o-") && !self.estate.organizations.contains_key(id.as_str()));
        named.sort_unstable();
        named.dedup();
        named
    }

    /// The condition for a member of an organisation of which no more is known.
    fn within(&self, condition: ConditionId, organization: &str) -> ConditionId {
        let is_path = |key: KeyId| *self.conditions.key_of(key).name == *self.paths;
        let known = |key: KeyId| match () {
            () if is_path(key) => Known::Held,
            () if self.is_asked(key) => one(organization),
            () => Known::Unknown,
        };
        let bound = self.conditions.bind(condition, &known);
        let below =
            |&key: &KeyId| is_path(key).then(|| self.conditions.all_below(key, &format!("{organization}/")));
        let paths = self.conditions.keys(bound).iter().filter_map(below);
        self.conditions.given(bound, self.conditions.and_all(paths))
    }
}
