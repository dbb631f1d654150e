//! Callers that stand for everybody of whom no export speaks: some user and some role of each account, and of no account in
//! particular.

use std::collections::BTreeSet;

use super::Facts;
use super::binding::OrganizationOf;
use super::kinds::Caller;
use super::principals::{PrincipalFact, PrincipalKind, Standing};
use crate::estate::AccountId;

/// The callers that stand for the users and the roles of an account, or of accounts that are not known.
pub fn outsiders(account: Option<AccountId>) -> [String; 2] {
    ["user", "role"].map(|kind| match account {
        Some(account) => format!("some {kind} of {account}"),
        None => format!("some {kind} of another account"),
    })
}

/// Whether what is missing of a request is so of a caller who only stands for others, so that nobody could collect it.
pub fn is_about_outsider(missing: &str) -> bool {
    ["user", "role"].iter().any(|kind| missing.contains(&format!("`some {kind} of ")))
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
        }
    }
}
