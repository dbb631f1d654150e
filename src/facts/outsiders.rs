//! Callers that stand for everybody of whom no export speaks: some user and some role of each account, and of no account in
//! particular.

use std::collections::BTreeSet;

use super::Facts;
use super::binding::OrganizationOf;
use super::keys;
use super::kinds::Caller;
use super::principals::{PrincipalFact, PrincipalKind, Standing};
use crate::document::principal::CanonicalId;
use crate::estate::{AccountId, Arn, OrganizationId};
use crate::region::condition::{ConditionId, Effect, Operator, RawTest, Version};

/// The caller that stands for the principals of all accounts that the estate does not know.
pub const ANY_ACCOUNT: &str = "any account";

/// The caller that stands for all AWS services that no policy names.
pub const ANY_SERVICE: &str = "any AWS service";

const ELSEWHERE: &str = " of another account";
const WITH_CANONICAL: &str = " of the account with the canonical user id ";

/// The callers that stand for the users and the roles of an account, or of accounts that are not known.
pub fn outsiders(account: Option<AccountId>) -> [String; 2] {
    ["user", "role"].map(|kind| match account {
        Some(account) => format!("some {kind} of {account}"),
        None => format!("some {kind}{ELSEWHERE}"),
    })
}

/// The callers that stand for the users and the roles of the account with a canonical user id that no account is known to have.
pub fn outsiders_with(canonical: &str) -> [String; 2] {
    outsiders(None).map(|name| {
        let kind = name.trim_end_matches(ELSEWHERE);
        format!("{kind}{WITH_CANONICAL}{canonical}")
    })
}

/// The canonical user id of the account for which a caller stands of which nothing else is known.
pub fn canonical_of(name: &str) -> Option<&str> {
    let (kind, id) = name.split_once(WITH_CANONICAL)?;
    matches!(kind, "some user" | "some role").then_some(id)
}

/// Whether what is missing of a request is so of a caller who only stands for others, so that nobody could collect it.
pub fn is_about_outsider(missing: &str) -> bool {
    ["user", "role"].iter().any(|kind| missing.contains(&format!("`some {kind} of ")))
}

/// A user and a role of the account with a canonical user id that no account is known to have, or the origin access identity with one;
/// nobody if the text is no such id (S-PRN-10, S-PRN-23).
pub fn with_canonical_id(id: &str) -> Vec<PrincipalFact> {
    let of_account = |(name, caller): (String, Caller)| {
        let standing =
            Standing { organization: OrganizationOf::Unknown, scps_unknown: true, ..Standing::default() };
        PrincipalFact {
            standing,
            ..PrincipalFact::outside(name.into(), PrincipalKind::Account, caller, None)
        }
    };
    match CanonicalId::of(id) {
        Some(CanonicalId::Account) => {
            outsiders_with(id).into_iter().zip([Caller::User, Caller::RoleSession]).map(of_account).collect()
        }
        Some(CanonicalId::OriginAccessIdentity) => {
            vec![PrincipalFact::outside(id.into(), PrincipalKind::AwsAccount, Caller::AwsOwned, None)]
        }
        None => Vec::new(),
    }
}

impl Facts {
    /// Adds callers that stand for those of whom nothing is known but their account, and not even that.
    pub fn add_outsiders(&mut self) {
        let mut accounts: BTreeSet<Option<AccountId>> = [None].into();
        accounts.extend(self.principals.iter().filter_map(|fact| fact.account).map(Some));
        accounts.extend(self.estate.accounts.keys().copied().map(Some));
        for account in accounts {
            let may_act = account
                .and_then(|account| self.estate.account(account))
                .is_none_or(|account| account.status.may_act());
            for (name, caller) in outsiders(account).into_iter().zip([Caller::User, Caller::RoleSession]) {
                let fact = PrincipalFact::outside(name.into(), PrincipalKind::Account, caller, account);
                // An account that nobody knows may be in any organisation.
                let standing = Standing { organization: OrganizationOf::Unknown, ..Standing::default() };
                self.add_caller(PrincipalFact { may_act, standing, ..fact });
            }
            self.add_root(account);
        }
        self.add_canonical();
        let services = self.any_service();
        self.add_caller(services);
    }

    /// Adds callers for the canonical user ids that policies and ACLs name and no account is known to have: those of accounts, and
    /// those of origin access identities (S-PRN-10, S-PRN-23).
    fn add_canonical(&mut self) {
        let is_open = |id: &str| self.estate.account_of_canonical_id(id).is_none();
        let mut ids: Vec<Box<str>> = self.named.keys().filter(|id| is_open(id)).cloned().collect();
        ids.sort_unstable();
        for fact in ids.iter().flat_map(|id| with_canonical_id(id)) {
            if self.principal_id(&fact.name).is_none() {
                let standing = Standing { organization: OrganizationOf::Unknown, ..Standing::default() };
                self.add_caller(PrincipalFact { standing, ..fact });
            }
        }
    }

    /// Adds the root user of an account that was not collected: policies can tell it apart from the others (S-PRN-19).
    fn add_root(&mut self, account: Option<AccountId>) {
        let Some(account) = account else { return };
        let mut partitions = self.estate.accounts.values().map(|account| account.partition.clone());
        let partition = partitions.next().map_or_else(|| "aws".to_owned(), |partition| partition.to_string());
        let name = format!("arn:{partition}:iam::{account}:root");
        let fact = PrincipalFact::named(&self.estate, &name).filter(|_| self.principal_id(&name).is_none());
        if let Some(fact) = fact.filter(|fact| fact.kind == PrincipalKind::Root) {
            let standing = Standing { organization: OrganizationOf::Unknown, ..Standing::default() };
            self.add_caller(PrincipalFact { standing, ..fact });
        }
    }

    /// Who stands for all AWS services that no policy names: trust in everybody lets them in too (S-PRN-01, S-XACC-12).
    pub fn any_service(&self) -> PrincipalFact {
        let named = self.principals.iter().filter(|fact| fact.caller == Caller::Service);
        let named: Vec<String> = named.map(|fact| fact.name.to_string()).collect();
        let others = match named.is_empty() {
            true => ConditionId::ALWAYS,
            false => self.holds("StringNotEquals", "aws:PrincipalServiceName", &named),
        };
        let has_name = self.holds("Null", "aws:PrincipalServiceName", &["false".to_owned()]);
        let others = self.arena().conditions.and(others, has_name);
        let fact = PrincipalFact::outside(ANY_SERVICE.into(), PrincipalKind::Service, Caller::Service, None);
        PrincipalFact { many: Some(others), ..fact }
    }

    /// Adds a caller that stands for everybody of an account that the estate does not know, and one for each organisation for those
    /// of its accounts that were not collected: trust in everybody lets them in (S-PRN-01, S-TRUST-04).
    pub fn add_strangers(&mut self) {
        // Whom policies name is a caller of its own.
        let named = self.principals.iter().filter(|fact| fact.many.is_some()).filter_map(|fact| fact.account);
        let mut known: Vec<AccountId> = self.estate.accounts.keys().copied().chain(named).collect();
        known.sort_unstable();
        known.dedup();
        let organizations: Vec<OrganizationId> = self.estate.organizations.keys().cloned().collect();
        let elsewhere = organizations.iter().map(|id| self.is_of_organization(id, false));
        let conditions = &self.arena().conditions;
        let elsewhere = conditions.and_all(elsewhere);
        let holds = conditions.and_all([self.is_of_none(&known), elsewhere, self.signed_by(None)]);
        self.add_stranger(ANY_ACCOUNT, OrganizationOf::Unknown, holds);
        let collected: Vec<AccountId> = self
            .estate
            .accounts
            .values()
            .filter(|account| account.collected)
            .map(|account| account.id)
            .collect();
        for id in organizations {
            let member =
                |account: &AccountId| self.organization_of(Some(*account)).member_of() == Some(id.as_str());
            if known.iter().filter(|account| member(account)).all(|account| collected.contains(account)) {
                continue;
            }
            let management = self.estate.organizations.get(&id).and_then(|known| known.management_account);
            let organization = OrganizationOf::Member { id: id.as_str().into(), path: None, management };
            let conditions = &self.arena().conditions;
            let holds = conditions.and_all([
                self.is_of_none(&collected),
                self.is_of_organization(&id, true),
                self.signed_by(None),
            ]);
            self.add_stranger(&format!("{ANY_ACCOUNT} of {id}"), organization, holds);
        }
        let services = self.any_service();
        self.add_caller(services);
    }

    fn add_stranger(&mut self, name: &str, organization: OrganizationOf, holds: ConditionId) {
        let fact = PrincipalFact::outside(name.into(), PrincipalKind::Account, Caller::User, None);
        let standing = Standing { organization, ..Standing::default() };
        self.add_caller(PrincipalFact { many: Some(holds), standing, ..fact });
    }

    /// What holds of the requests that principals of an account sign, or of any: they have an ARN, and what goes with it
    /// (S-KEY-01, S-TRI-09).
    pub fn signed_by(&self, account: Option<AccountId>) -> ConditionId {
        let account = account.map_or_else(|| "?".repeat(12), |account| account.to_string());
        let kinds = ["iam::{}:root", "iam::{}:user/*", "iam::{}:role/*", "sts::{}:federated-user/*"];
        let arns = kinds.map(|kind| format!("arn:*:{}", kind.replace("{}", &account)));
        let one_of = |operator, key, values: &[&str]| {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            self.holds(operator, key, &values)
        };
        self.arena().conditions.and_all([
            self.holds("ArnLike", "aws:PrincipalArn", &arns),
            one_of("StringEquals", "aws:PrincipalType", &["Account", "User", "AssumedRole", "FederatedUser"]),
            one_of("StringNotEquals", "aws:userid", &["anonymous"]),
            one_of("StringNotEquals", "aws:PrincipalAccount", &["anonymous"]),
        ])
    }

    /// What holds of the requests of a session of a role of which only the name is known (S-KEY-01): the ARN is that of the role,
    /// whatever its path, or below that of IAM Identity Center (S-SESS-12).
    pub(super) fn of_unknown_role(&self, fact: &PrincipalFact) -> Option<ConditionId> {
        let reserved = fact.role_of_identity_center();
        if reserved.is_none() && (fact.kind != PrincipalKind::Session || fact.identity().is_some()) {
            return None;
        }
        let arn = Arn::parse(&fact.name)?;
        let role = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
        let below = if reserved.is_some() { "aws-reserved/sso.amazonaws.com/" } else { "" };
        let head = format!("arn:{}:iam::{}:role/{below}", arn.partition, arn.account);
        Some(self.holds("ArnLike", "aws:PrincipalArn", &[format!("{head}{role}"), format!("{head}*/{role}")]))
    }

    fn is_of_none(&self, accounts: &[AccountId]) -> ConditionId {
        let numbers: Vec<String> = accounts.iter().map(ToString::to_string).collect();
        let arns: Vec<String> = numbers.iter().map(|account| format!("arn:*:*::{account}:*")).collect();
        self.arena().conditions.and_all([
            self.holds("StringNotEquals", "aws:PrincipalAccount", &numbers),
            self.holds("ArnNotLike", "aws:PrincipalArn", &arns),
        ])
    }

    fn is_of_organization(&self, id: &OrganizationId, is: bool) -> ConditionId {
        let conditions = &self.arena().conditions;
        let below = self.holds("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &[format!("{id}/*")]);
        let all = conditions.or(self.holds("StringEquals", "aws:PrincipalOrgID", &[id.to_string()]), below);
        if is { below } else { conditions.not(all) }
    }

    pub(super) fn holds(&self, operator: &str, key: &str, values: &[String]) -> ConditionId {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let Ok(operator) = Operator::parse(operator) else { return ConditionId::ALWAYS };
        self.arena().conditions.test(&RawTest {
            operator,
            key: self.compiler.key(key),
            values: &values,
            not_text: &[],
            effect: Effect::Allow,
            version: Version::V2012,
            place: "an account of the estate",
            keys: &keys::key,
        })
    }
}
