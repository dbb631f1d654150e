//! What RAM shares give on resources (S-XACC-07).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Facts, Held, Ownership, PolicyFact, PolicyLabel};
use crate::catalog::governing::{CrossAccount, Grant};

/// What shares give on each resource, by its ARN.
pub(super) type Shared = FxHashMap<Arc<str>, Vec<Held>>;

impl Facts {
    pub(super) fn add_shares(&mut self) {
        let estate = self.estate.clone();
        for share in estate.accounts.values().filter_map(|account| account.ram_shares.as_deref()).flatten() {
            for grant in &share.grants {
                let label = PolicyLabel::Share(share.arn.clone(), grant.resource.clone());
                let mut fact = PolicyFact::new(label, Some(grant.policy));
                if !grant.actions_known {
                    fact.doubt = Some(format!("permissions of {}", share.arn).into());
                }
                let policy = self.add_policy(fact);
                Arc::make_mut(&mut self.shared)
                    .entry(grant.resource.clone())
                    .or_default()
                    .push(Held::Policy(policy));
            }
            if share.principals.is_some() {
                continue;
            }
            for resource in &share.resources {
                if !share.grants.iter().any(|grant| grant.resource == *resource) {
                    let what = Held::NotCollected(format!("principals of {}", share.arn).into());
                    Arc::make_mut(&mut self.shared).entry(resource.clone()).or_default().push(what);
                }
            }
        }
    }

    /// The ARNs of the resources that loaded shares hold.
    pub fn shared_resources(&self) -> impl Iterator<Item = &Arc<str>> {
        self.shared.keys()
    }

    /// What shares give callers of other accounts on a resource: RAM's as far as they were collected, those of other kinds
    /// never are (S-SVC-19).
    pub fn shares_of(
        &self,
        resource: &str,
        owner: &Ownership,
        cross_account: CrossAccount,
        grants: &[Grant],
    ) -> Vec<Held> {
        let not_collected = || Held::NotCollected(format!("shares of {resource}").into());
        match cross_account {
            CrossAccount::Share(Grant::RamShare) => {}
            CrossAccount::Share(_) => return vec![not_collected()],
            _ if grants.contains(&Grant::RamShare) => {}
            _ => return Vec::new(),
        }
        let collected = match owner {
            Ownership::Account(owner) => {
                self.estate.account(*owner).is_some_and(|account| account.ram_shares.is_some())
            }
            Ownership::Nobody | Ownership::Caller | Ownership::Unknown(_) => false,
        };
        let mut held = self.shared.get(resource).cloned().unwrap_or_default();
        if !collected {
            held.push(not_collected());
        }
        held
    }
}
