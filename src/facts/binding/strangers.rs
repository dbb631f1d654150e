//! What callers hold of whom no export speaks, or not with certainty.

use std::borrow::Cow;
use std::fmt::Debug;

use super::elsewhere::Elsewhere;
use super::{OrganizationOf, PrincipalBindings, either_of, one};
use crate::facts::keys;
use crate::facts::kinds::Caller;
use crate::facts::principals::PrincipalKind;
use crate::region::condition::{ConditionId, Conditions, DoubtClass, KeyId, Known};

impl PrincipalBindings<'_> {
    /// What holds of the requests of a caller who stands for many, of whom only the name is known, or who has more names than the one
    /// that is known, as far as it concerns some keys.
    pub(super) fn holds(&self, keys: &[KeyId]) -> Option<ConditionId> {
        let concerns =
            |holds: &ConditionId| keys.iter().any(|&key| self.conditions.contains_key(*holds, key));
        let unknown = || self.facts.of_unknown_role(self.principal);
        match self.principal.many.or_else(unknown) {
            Some(holds) => Some(holds).filter(concerns),
            None => self.names_of_service(keys),
        }
    }

    /// A service is known by its own name among others (S-KEY-35).
    fn names_of_service(&self, keys: &[KeyId]) -> Option<ConditionId> {
        const NAMES: &str = "aws:PrincipalServiceNamesList";
        let asks = || keys.iter().any(|&key| self.conditions.key_of(key).name.eq_ignore_ascii_case(NAMES));
        let named = self.principal.caller == Caller::Service && self.principal.derives;
        let name = || [self.principal.name.to_string()];
        (named && asks()).then(|| self.facts.holds("ForAnyValue:StringEquals", NAMES, &name()))
    }

    /// What binding a condition of some keys goes by besides the values of these: principals for whom it is the same, and who hold the
    /// same values, are not told apart.
    pub fn besides(&self, keys: &[KeyId]) -> impl Debug {
        let undocumented = matches!(self.principal.caller, Caller::Service | Caller::AwsOwned);
        let elsewhere = matches!(self.principal.standing.organization, OrganizationOf::Elsewhere);
        let by_id = self.principal.caller.has_own_side()
            && keys.iter().any(|&key| &*self.conditions.key_of(key).name == "aws:userid");
        let account = self.principal.account.filter(|_| elsewhere || by_id);
        let unknown = self.principal.identity().is_none() && !self.principal.stated;
        let caller = unknown.then_some((self.principal.caller, self.principal.kind));
        let session = self.principal.session.clone().filter(|_| unknown && by_id);
        (undocumented, elsewhere, account, self.holds(keys), caller, session)
    }

    /// What type and unique id a caller can have of whom no export speaks: none of somebody without credentials, and none of those whose
    /// ids are known (S-KEY-01).
    pub(super) fn bind_unknown_caller(&self, condition: ConditionId) -> ConditionId {
        let is_known = self.principal.identity().is_some() || self.principal.stated;
        if is_known || !self.principal.caller.has_own_side() {
            return condition;
        }
        let mentions = |name: &str| {
            let key = self.conditions.key(keys::key(name));
            self.conditions.contains_key(condition, key).then_some(key)
        };
        let for_all = self.principal.kind == PrincipalKind::Account;
        let mut known = Vec::new();
        if for_all && mentions("aws:PrincipalType").is_some() {
            let types = ["User", "AssumedRole", "FederatedUser", "Account"].map(str::to_owned);
            known.push(self.facts.holds("StringEquals", "aws:PrincipalType", &types));
        }
        if let Some(key) = mentions("aws:userid") {
            let account = self.principal.account.map_or("?".repeat(12), |account| account.to_string());
            let ids: &[String] = match self.principal.caller {
                _ if for_all => &["AIDA*".to_owned(), "AROA*:*".to_owned(), format!("{account}:*"), account],
                Caller::User => &["AIDA*".to_owned()],
                Caller::RoleSession | Caller::ServiceLinkedSession => {
                    &[format!("AROA*:{}", self.principal.session.as_deref().unwrap_or("*"))]
                }
                _ => &[],
            };
            if !ids.is_empty() {
                known.push(self.facts.holds("StringLike", "aws:userid", ids));
            }
            let named = self.conditions.beginnings_of(condition, key).into_iter();
            let named = named.filter_map(|text| Some(text.split(':').next()?.to_owned()));
            let mut others: Vec<String> = named
                .filter(|id| self.facts.estate.principal_of_id(id).is_some())
                .flat_map(|id| [format!("{id}:*"), id])
                .collect();
            others.sort_unstable();
            others.dedup();
            if !others.is_empty() {
                known.push(self.facts.holds("StringNotLike", "aws:userid", &others));
            }
        }
        self.conditions.given(condition, self.conditions.and_all(known))
    }

    /// A caller of an account that no loaded organisation lists.
    pub(super) fn bind_elsewhere(&self, condition: ConditionId) -> ConditionId {
        let of_caller = Elsewhere {
            conditions: self.conditions,
            estate: &self.facts.estate,
            account: self.principal.account,
            id: "aws:principalorgid",
            paths: "aws:principalorgpaths",
        };
        of_caller.bind(condition)
    }

    /// UNCERTAIN U-24: principal keys of calls by services hold a value of AWS's own, or are absent.
    pub(super) fn bind_undocumented(&self, condition: ConditionId) -> ConditionId {
        let keys = [
            "aws:principalarn",
            "aws:principalaccount",
            "aws:principaltype",
            "aws:userid",
            "kms:calleraccount",
        ];
        let doubt = || {
            let text = "U-24: which principal keys calls by AWS services carry";
            self.conditions.doubt(DoubtClass::Reading, text)
        };
        absent_or_other(self.conditions, condition, &keys, "arn:aws:iam::aws:service-principal", doubt)
    }
}

/// Some keys are absent, or hold a value that no policy names. Where both come to the same condition it is that, otherwise which of
/// the two is an open question.
pub(super) fn absent_or_other(
    conditions: &Conditions,
    condition: ConditionId,
    keys: &[&str],
    value: &str,
    doubt: impl Fn() -> ConditionId,
) -> ConditionId {
    let with = |multi: Known<'static>, single: Known<'static>| {
        let known = |key: KeyId| {
            let key = conditions.key_of(key);
            match (keys.contains(&&*key.name), key.multivalued) {
                (true, true) => multi.clone(),
                (true, false) => single.clone(),
                (false, _) => Known::Unknown,
            }
        };
        conditions.bind(condition, &known)
    };
    let absent = with(Known::Absent, Known::Absent);
    let present = with(Known::Many(vec![Cow::Owned(format!("{value}/"))]), one(value));
    either_of(conditions, present, absent, doubt)
}
