//! Who may have a route to a resource: a superset of those who do, found without asking everybody.

use std::collections::BTreeSet;

use crate::answers::engine::Engine;
use crate::catalog::governing::CrossAccount;
use crate::document::PrincipalElement;
use crate::document::principal::{PrincipalEntry, PrincipalKind as Named};
use crate::estate::AccountId;
use crate::facts::{Ownership, PrincipalId, Regime, Target};
use crate::rules::request::Prepared;

/// Whom the Allow statements on the resource side name.
#[derive(Default)]
pub(in crate::answers) struct NamedCallers {
    /// Whether they may mean anybody.
    pub(in crate::answers) everybody: bool,
    /// Accounts: whoever has policies of its own that allow it, and who needs none.
    pub(in crate::answers) accounts: BTreeSet<AccountId>,
    /// Principals, one by one.
    principals: BTreeSet<PrincipalId>,
    /// Accounts of which they may mean callers whom no export holds, under this name or another; none: AWS services.
    related: BTreeSet<Option<AccountId>>,
    /// Whether they mean somebody by a unique id that nobody in the estate has.
    unknown_id: bool,
}

impl Engine {
    /// Everybody who may have a route, by name; a superset of those who do.
    pub(in crate::answers) fn candidates(
        &self,
        target: &Target,
        prepared: &Prepared,
        allowed: &[PrincipalId],
    ) -> Vec<PrincipalId> {
        let index = self.index();
        let named = self.named(prepared);
        let missing = prepared.missing_grants();
        // S-SVC-13
        let open = target.open_without_policy && target.held.is_empty();
        let everybody_at_home = named.everybody || open || missing.at_home;
        let everybody_abroad = named.everybody || open || missing.abroad;
        // S-S3-04: on an object that is not the bucket owner's its own owner grants.
        let granting = target.object_owner.map(Ownership::Account);
        let home = match granting.as_ref().unwrap_or(&target.owner) {
            Ownership::Account(owner) => Some(*owner),
            Ownership::Nobody | Ownership::Caller | Ownership::Unknown(_) => None,
        };
        // S-SVC-04: a function URL that asks for no credentials takes everybody, as they are.
        let unsigned = everybody_abroad && prepared.may_take_everybody_unsigned();
        let anywhere = target.regime == Regime::Free || missing.without_policies || unsigned;
        if anywhere || everybody_at_home && home.is_none() {
            return index.by_name().to_vec();
        }
        let own_side_is_enough = everybody_abroad
            || missing.own_side
            || matches!(
                target.cross_account,
                CrossAccount::IdentityOnly | CrossAccount::PolicyOrDelegatedAdministrator
            );
        let by_own_side = |account: AccountId| {
            home.is_none_or(|home| home == account) || own_side_is_enough || named.accounts.contains(&account)
        };
        let mut found: Vec<PrincipalId> = Vec::new();
        let account = |id: &PrincipalId| self.facts.principal(*id).account;
        found.extend(allowed.iter().copied().filter(|id| account(id).is_some_and(by_own_side)));
        found.extend(&named.principals);
        if let (true, Some(home)) = (everybody_at_home, home) {
            found.extend(index.accounts.get(&home).into_iter().flatten());
        }
        // Those of whom no identity policy was read: they need none, or nobody knows what they have.
        for (account, others) in index.others() {
            let reached = match account {
                Some(account) => by_own_side(*account),
                None => everybody_abroad,
            };
            if reached || named.related.contains(account) {
                found.extend(others);
            }
        }
        if named.unknown_id && missing.counts {
            found.extend(index.others().flat_map(|(_, others)| others));
            let all = (0..self.facts.principals.len() as u32).map(PrincipalId);
            let without_id = |id: &PrincipalId| {
                let identity = self.facts.principal(*id).identity();
                identity.is_some_and(|identity| identity.unique_id.is_none())
            };
            found.extend(all.filter(without_id));
        }
        found.sort_unstable_by_key(|&id| index.rank(id));
        found.dedup();
        found
    }

    /// Everybody whom a role's trust policy may let in, by name: a superset of those whom it does.
    pub(in crate::answers) fn trusted(&self, target: &Target, prepared: &Prepared) -> Vec<PrincipalId> {
        let index = self.index();
        let named = self.named(prepared);
        if named.everybody {
            return index.by_name().to_vec();
        }
        let mut found: Vec<PrincipalId> = named.principals.into_iter().collect();
        // A role means its sessions, those that policies name and those that no export holds.
        let sessions: Vec<PrincipalId> =
            found.iter().flat_map(|&role| self.facts.sessions_of(role)).collect();
        found.extend(sessions);
        let related = index.others().filter(|(account, _)| named.related.contains(account));
        found.extend(related.flat_map(|(_, others)| others));
        if !named.accounts.is_empty() {
            let of_accounts = |id: &PrincipalId| {
                self.facts.principal(*id).account.is_some_and(|account| named.accounts.contains(&account))
            };
            found.extend(index.allowed(&self.facts, target).into_iter().filter(of_accounts));
            // Callers of accounts that were not collected need no identity policy that was loaded.
            let members = named.accounts.iter().filter_map(|account| index.accounts.get(account)).flatten();
            found.extend(members.copied().filter(|&id| !self.facts.principal(id).loaded));
        }
        found.sort_unstable_by_key(|&id| index.rank(id));
        found.dedup();
        found
    }

    /// Whom the Allow statements of the resource side name.
    pub(in crate::answers) fn named(&self, prepared: &Prepared) -> NamedCallers {
        let mut named = NamedCallers::default();
        for (element, denies) in prepared.principals() {
            if denies {
                continue;
            }
            match element {
                PrincipalElement::Entries { negated: false, entries } => {
                    entries.iter().for_each(|entry| self.name(entry, &mut named));
                }
                PrincipalElement::Missing => {}
                _ => named.everybody = true,
            }
        }
        named
    }

    fn name(&self, entry: &PrincipalEntry, named: &mut NamedCallers) {
        let id = |name: &str| self.facts.principal_id(name);
        match &entry.kind {
            Named::Everyone | Named::AnyProvider => named.everybody = true,
            Named::Account => {
                let account = entry.account().unwrap_or_default();
                named.accounts.extend(account.parse::<AccountId>().ok());
                named.principals.extend(id(account));
            }
            Named::CanonicalUser => match self.facts.estate.account_of_canonical_id(&entry.text) {
                Some(account) => {
                    named.accounts.insert(account.id);
                }
                None => named.everybody = true,
            },
            Named::UniqueId => match self.facts.estate.principal_of_id(&entry.text) {
                Some(known) => {
                    let principal = id(known.arn());
                    named.principals.extend(principal);
                    let sessions = principal.into_iter().flat_map(|role| self.facts.sessions_of(role));
                    named.principals.extend(sessions);
                }
                None => named.unknown_id = true,
            },
            // A role means its sessions, a session may be any session of its role, and a user may have made a federated one.
            Named::User | Named::Role | Named::Session | Named::FederatedUser => {
                named.principals.extend(id(&entry.text));
                let role = self.facts.estate.role_of_session(&entry.text);
                named.principals.extend(role.and_then(|role| id(&role.identity.arn)));
                let account = entry.account().and_then(|account| account.parse().ok());
                named.related.extend(account.map(Some));
            }
            // In a trust policy the name of a service may mean its regional names too (U-63).
            Named::Service | Named::AnyService => {
                named.principals.extend(id(&entry.text));
                named.related.insert(None);
            }
            _ => named.principals.extend(id(&entry.text)),
        }
    }
}
