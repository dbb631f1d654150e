//! What shares of AWS RAM, lists of accounts and grants on keys give on resources (S-XACC-07, S-SVC-19, S-KMS-12).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::access_points::bucket_of;
use super::{Facts, Held, Ownership, PolicyFact, PolicyId, PolicyLabel};
use crate::catalog::governing::{CrossAccount, Grant};
use crate::catalog::s3_acl::{AclPermission, granting_permission};
use crate::estate::{Acl, Collected};

/// What is given on each resource without a policy of its own, by its ARN.
#[derive(Default)]
pub(super) struct Shared {
    /// By shares of AWS RAM.
    by_ram: FxHashMap<Arc<str>, Vec<Held>>,
    /// By its list of accounts.
    by_list: FxHashMap<Arc<str>, PolicyId>,
    /// By grants on a key.
    by_grants: FxHashMap<Arc<str>, PolicyId>,
    /// By its ACL: to accounts, and to everybody.
    by_acl: FxHashMap<Arc<str>, [PolicyId; 2]>,
    /// By the lock policy of a vault.
    by_lock: FxHashMap<Arc<str>, PolicyId>,
}

impl Facts {
    pub(super) fn add_shares(&mut self) {
        let estate = self.estate.clone();
        let mut shared = Shared::default();
        for share in estate.accounts.values().filter_map(|account| account.ram_shares.as_deref()).flatten() {
            for grant in &share.grants {
                let label = PolicyLabel::Share(share.arn.clone(), grant.resource.clone());
                let mut fact = PolicyFact::new(label, Some(grant.policy));
                if !grant.actions_known {
                    fact.doubt = Some(format!("permissions of {}", share.arn).into());
                }
                let policy = self.add_policy(fact);
                shared.by_ram.entry(grant.resource.clone()).or_default().push(Held::Policy(policy));
            }
            if share.principals.is_some() {
                continue;
            }
            for resource in &share.resources {
                if !share.grants.iter().any(|grant| grant.resource == *resource) {
                    let what = Held::NotCollected(format!("principals of {}", share.arn).into());
                    shared.by_ram.entry(resource.clone()).or_default().push(what);
                }
            }
        }
        for (arn, resource) in &estate.resources {
            let settings = &resource.settings;
            if let Some(list) = &settings.shared_with {
                let label = PolicyLabel::Listed("shares", arn.clone());
                let policy = self.add_policy(PolicyFact::listed(label, list));
                shared.by_list.insert(arn.clone(), policy);
            }
            if let Collected::Some(lock) = settings.lock_policy {
                let label = PolicyLabel::Listed("lock policy", arn.clone());
                let policy = self.add_policy(PolicyFact::new(label, Some(lock)));
                shared.by_lock.insert(arn.clone(), policy);
            }
            if let Some(Acl { accounts, public }) = &settings.acl {
                let policies = [accounts, public].map(|given| {
                    let label = PolicyLabel::Listed("ACL", arn.clone());
                    self.add_policy(PolicyFact::listed(label, given))
                });
                shared.by_acl.insert(arn.clone(), policies);
            }
            if let Some(grants) = &settings.key_grants {
                let label = PolicyLabel::Listed("grants", arn.clone());
                let policy = self.add_policy(PolicyFact::listed(label, grants));
                shared.by_grants.insert(arn.clone(), policy);
            }
        }
        self.shared = Arc::new(shared);
    }

    /// The ARNs of the resources that loaded shares hold.
    pub fn shared_resources(&self) -> impl Iterator<Item = &Arc<str>> {
        self.shared.by_ram.keys()
    }

    /// The lock policy of a vault, which counts beside its access policy (S-SVC-12).
    pub fn lock_of(&self, vault: &str, called: &str) -> Option<Held> {
        let settings = self.estate.resource(vault).map(|vault| &vault.settings);
        match settings.map_or(Collected::NotCollected, |settings| settings.lock_policy) {
            Collected::Some(_) => self.shared.by_lock.get(vault).copied().map(Held::Policy),
            Collected::None => None,
            Collected::NotCollected => Some(Held::NotCollected(format!("lock policy of {called}").into())),
        }
    }

    /// What the ACL gives that a bucket or object carries, to accounts and to everybody, if it was collected.
    pub fn acl_held_by(&self, holder: &str) -> Option<[PolicyId; 2]> {
        self.shared.by_acl.get(holder).copied()
    }

    /// What the ACL of a bucket or object gives to accounts, and what to everybody, if it was collected (S-S3-03). The bucket's
    /// is asked about what is done to the bucket and about new objects.
    pub fn acl_of(&self, action: &str, resource: &str) -> Option<[PolicyId; 2]> {
        granting_permission(action)?;
        self.shared.by_acl.get(acl_holder(action, resource)).copied()
    }

    /// The grants on a key, if they were collected (S-KMS-12).
    pub fn grants_of(&self, key: &str) -> Option<PolicyId> {
        self.shared.by_grants.get(key).copied()
    }

    /// What shares give callers of other accounts on a resource, as far as they were collected (S-XACC-07, S-SVC-19).
    pub fn shares_of(
        &self,
        resource: &str,
        called: &str,
        owner: &Ownership,
        cross_account: CrossAccount,
        grants: &[Grant],
    ) -> Vec<Held> {
        let not_collected = || Held::NotCollected(format!("shares of {called}").into());
        match cross_account {
            CrossAccount::Share(Grant::RamShare) => {}
            CrossAccount::Share(_) => {
                let list = self.shared.by_list.get(resource);
                return vec![list.map_or_else(not_collected, |list| Held::Policy(*list))];
            }
            _ if grants.contains(&Grant::RamShare) => {}
            _ => return Vec::new(),
        }
        let collected = match owner {
            Ownership::Account(owner) => {
                self.estate.account(*owner).is_some_and(|account| account.lists_ram_shares())
            }
            Ownership::Nobody | Ownership::Caller | Ownership::Unknown(_) => false,
        };
        let mut held = self.shared.by_ram.get(resource).cloned().unwrap_or_default();
        if !collected {
            held.push(not_collected());
        }
        held
    }
}

/// The bucket or object whose ACL is asked about an action on a resource (S-S3-03).
pub fn acl_holder<'r>(action: &str, resource: &'r str) -> &'r str {
    use AclPermission::{BucketRead, BucketReadAcp, BucketWrite, BucketWriteAcp};
    match granting_permission(action) {
        Some(BucketRead | BucketWrite | BucketReadAcp | BucketWriteAcp) => {
            bucket_of(resource).unwrap_or(resource)
        }
        _ => resource,
    }
}
