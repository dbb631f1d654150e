//! Finding things in an estate.

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Account, AccountId, Arn, Estate, ExportList, Gap, Gaps, Group, InlinePolicy, ManagedPolicy, Name,
    OrganizationPath, Place, Principal, Resource, Role, StoredPolicy, find_gaps,
};

/// Where unique ids and canonical ids lead.
#[derive(Debug, Default)]
pub(super) struct Ids {
    principals: FxHashMap<Arc<str>, (AccountId, Kind, Name)>,
    canonical: FxHashMap<Arc<str>, AccountId>,
    /// The accounts of which one is known.
    with_canonical: FxHashSet<AccountId>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    User,
    Role,
}

impl Estate {
    /// Everything that was not collected, findable by what it touches.
    pub fn gaps(&self) -> &Gaps {
        self.gaps.get_or_init(|| {
            let mut gaps = find_gaps::all(self);
            gaps.extend(self.gaps_of_files.iter().cloned());
            Gaps::new(gaps)
        })
    }

    /// What exports lack that would hold users and roles.
    pub fn missing_principals(&self) -> impl Iterator<Item = String> + '_ {
        self.gaps_of_files.iter().filter_map(|gap| match gap {
            Gap::ExportTruncated(account) => Some(format!("the rest of the export of account {account}")),
            Gap::ListNotCollected { account, list } => {
                let holds = matches!(list.as_str(), "UserDetailList" | "RoleDetailList");
                holds.then(|| format!("`{}` of account {account}", list.as_str()))
            }
            _ => None,
        })
    }

    /// Where an organisation lists an account; none where no file does, or an edit brought it in.
    pub fn listed_at(&self, account: AccountId) -> Option<Place> {
        self.listed_at.get(&account).copied()
    }

    /// Whether a loaded organisation may have members that it does not list.
    pub fn lacks_members(&self) -> bool {
        self.organizations.values().any(|organization| organization.goes_on)
    }

    /// Whether an account may have roles that its export does not hold.
    pub fn lacks_roles(&self, account: AccountId) -> bool {
        self.lacks(account, ExportList::Roles)
    }

    /// Whether an account may have users that its export does not hold.
    pub fn lacks_users(&self, account: AccountId) -> bool {
        self.lacks(account, ExportList::Users)
    }

    fn lacks(&self, account: AccountId, wanted: ExportList) -> bool {
        let collected = self.account(account).is_some_and(|account| account.collected);
        let lacks = |gap: &Gap| match gap {
            Gap::ExportTruncated(of) => *of == account,
            Gap::ListNotCollected { account: of, list } => *of == account && *list == wanted,
            _ => false,
        };
        !collected || self.gaps_of_files.iter().any(lacks)
    }

    /// The account of an id.
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(&id)
    }

    /// All users and roles: accounts by id, in each users by name, then roles by name.
    pub fn principals(&self) -> impl Iterator<Item = Principal<'_>> {
        self.accounts.values().flat_map(|account| {
            let users = account.users.values().map(Principal::User);
            users.chain(account.roles.values().map(Principal::Role))
        })
    }

    /// The user or role of an ARN, path and case included (S-PRN-03, S-PRN-04).
    pub fn principal(&self, arn: &str) -> Option<Principal<'_>> {
        let parts = Arn::parse(arn)?;
        let account = self.account(parts.account_id()?)?;
        let user = parts.path_and_name("user").and_then(|(_, name)| account.user(name)).map(Principal::User);
        let role =
            || parts.path_and_name("role").and_then(|(_, name)| account.role(name)).map(Principal::Role);
        user.or_else(role).filter(|principal| &**principal.arn() == arn)
    }

    /// The group of an ARN, path and case included.
    pub fn group(&self, arn: &str) -> Option<&Arc<Group>> {
        let parts = Arn::parse(arn)?;
        let (_, name) = parts.path_and_name("group")?;
        let group = self.account(parts.account_id()?)?.groups.get(&Name::from(name))?;
        (&*group.arn == arn).then_some(group)
    }

    /// The users and roles with a name, ignoring case, in any account.
    pub fn principals_named(&self, name: &str) -> Vec<Principal<'_>> {
        let name = Name::from(name);
        let mut found = Vec::new();
        for account in self.accounts.values() {
            found.extend(account.users.get(&name).map(Principal::User));
            found.extend(account.roles.get(&name).map(Principal::Role));
        }
        found
    }

    /// The role of a session ARN `arn:aws:sts::…:assumed-role/Name/session`, by name ignoring case (S-PRN-06).
    pub fn role_of_session(&self, arn: &str) -> Option<&Arc<Role>> {
        let arn = Arn::parse(arn).filter(|arn| arn.service == "sts")?;
        let (role, session) = arn.resource.strip_prefix("assumed-role/")?.split_once('/')?;
        let account = self.account(arn.account_id()?)?;
        if session.is_empty() { None } else { account.role(role) }
    }

    /// The user or role of a unique id, `AIDA…` or `AROA…` (S-PRN-11).
    pub fn principal_of_id(&self, unique_id: &str) -> Option<Principal<'_>> {
        let (account, kind, name) = self.ids().principals.get(unique_id)?;
        let account = self.account(*account)?;
        match kind {
            Kind::User => account.users.get(name).map(Principal::User),
            Kind::Role => account.roles.get(name).map(Principal::Role),
        }
    }

    /// The account of a canonical id (S-PRN-10).
    pub fn account_of_canonical_id(&self, id: &str) -> Option<&Arc<Account>> {
        self.account(*self.ids().canonical.get(id)?)
    }

    /// Whether a canonical id of an account is known.
    pub fn has_canonical_id(&self, account: AccountId) -> bool {
        self.ids().with_canonical.contains(&account)
    }

    /// The partitions of the accounts, sorted; `aws` if there are no accounts.
    pub fn partitions(&self) -> Vec<Arc<str>> {
        let mut partitions: Vec<Arc<str>> =
            self.accounts.values().map(|account| account.partition.clone()).collect();
        partitions.sort_unstable();
        partitions.dedup();
        if partitions.is_empty() { vec!["aws".into()] } else { partitions }
    }

    /// The account that owns a bucket, if the bucket was collected (S-RES-09).
    pub fn owner_of_bucket(&self, name: &str) -> Option<AccountId> {
        let partitions = ["aws", "aws-cn", "aws-us-gov"];
        let bucket = |partition| self.resource(&format!("arn:{partition}:s3:::{name}"));
        partitions.into_iter().find_map(bucket)?.account
    }

    /// The resource of an ARN.
    pub fn resource(&self, arn: &str) -> Option<&Arc<Resource>> {
        self.resources.get(arn)
    }

    /// The managed policy of an ARN: one of AWS's from any export (S-PB-08), another from its own account's.
    pub fn managed_policy(&self, arn: &str) -> Option<&Arc<ManagedPolicy>> {
        match Arn::parse(arn)?.account_id() {
            Some(account) => self.account(account)?.managed_policies.get(arn),
            None => self.aws_managed.get(arn),
        }
    }

    /// The text behind a policy; none only for a policy of an estate that shares nothing with this one.
    pub fn policy_text(&self, policy: &super::PolicyRef) -> Option<&StoredPolicy> {
        self.policies.get(policy.document)
    }

    /// The way from the root of its organisation down to an account; none if no loaded organisation lists it.
    pub fn organization_path(&self, account: AccountId) -> Option<OrganizationPath<'_>> {
        let membership = self.account(account)?.membership.as_ref()?;
        let organization = self.organizations.get(&membership.organization)?;
        Some(organization.path_to(membership.parent.as_ref()))
    }

    /// Whether an account is registered as a delegated administrator of its organisation, for a service or for any; none if
    /// that was not collected (S-SVC-16).
    pub fn is_delegated_administrator(&self, account: AccountId, service: Option<&str>) -> Option<bool> {
        let membership = self.account(account)?.membership.as_ref()?;
        let administrators =
            self.organizations.get(&membership.organization)?.delegated_administrators.as_ref()?;
        let Some(registered) = administrators.iter().find(|one| one.account == account) else {
            return Some(false);
        };
        match service {
            None => Some(true),
            Some(service) => Some(registered.services.as_ref()?.iter().any(|one| **one == *service)),
        }
    }

    /// Whether an account is a delegated administrator of a loaded organisation, be it of another; none if its administrators were not
    /// collected.
    pub fn administers_organization(&self, organization: &str, account: AccountId) -> Option<bool> {
        let known = self.organizations.iter().find(|(id, _)| id.as_str() == organization)?;
        Some(known.1.delegated_administrators.as_ref()?.iter().any(|one| one.account == account))
    }

    /// Whether the organisation of an account can open sessions of its members' root users (S-SESS-10); none if that was not
    /// collected.
    pub fn root_sessions(&self, account: AccountId) -> Option<bool> {
        let membership = self.account(account)?.membership.as_ref()?;
        self.organizations.get(&membership.organization)?.root_sessions
    }

    /// `aws:PrincipalOrgPaths` of the principals of an account (S-KEY-05); none if it is in no organisation or levels
    /// are missing.
    pub fn org_path(&self, account: AccountId) -> Option<String> {
        self.organization_path(account)?.org_path()
    }

    /// The ARNs of the `count` users and roles that `text` was most probably meant to be, nearest first.
    ///
    /// Whole ARNs are compared if `text` is one, else names, ignoring case. What differs in more than a third is left
    /// out.
    pub fn nearest_principals(&self, text: &str, count: usize) -> Vec<Arc<str>> {
        let whole = text.starts_with("arn:");
        let wanted = text.to_lowercase();
        let least = if whole { 0.85 } else { 0.67 };
        let accounts: Vec<&Arc<Account>> = self.accounts.values().collect();
        let mut found: Vec<(f64, &Arc<str>)> = accounts
            .par_iter()
            .flat_map_iter(|account| {
                let users = account.users.values().map(Principal::User);
                users.chain(account.roles.values().map(Principal::Role))
            })
            .filter_map(|principal| {
                let identity = principal.identity();
                let candidate = if whole { &*identity.arn } else { identity.name.as_str() };
                let similar = strsim::normalized_damerau_levenshtein(&wanted, &candidate.to_lowercase());
                (similar >= least).then_some((similar, &identity.arn))
            })
            .collect();
        found.sort_by(|(left, left_arn), (right, right_arn)| {
            right.total_cmp(left).then_with(|| left_arn.cmp(right_arn))
        });
        found.into_iter().take(count).map(|(_, arn)| arn.clone()).collect()
    }

    fn ids(&self) -> &Ids {
        self.ids.get_or_init(|| {
            let mut ids = Ids::default();
            for account in self.accounts.values() {
                let users = account.users.values().map(|user| (Kind::User, &user.identity));
                for (kind, identity) in
                    users.chain(account.roles.values().map(|role| (Kind::Role, &role.identity)))
                {
                    if let Some(id) = &identity.unique_id {
                        ids.principals.insert(id.clone(), (account.id, kind, identity.name.clone()));
                    }
                }
                if let Some(canonical) = &account.settings.canonical_user_id {
                    ids.canonical.insert(canonical.clone(), account.id);
                }
            }
            // The ACL of a bucket names the bucket's owner.
            let buckets = self.resources.values().filter(|resource| is_bucket(&resource.arn));
            for bucket in buckets {
                if let (Some(owner), Some(account)) = (&bucket.settings.acl_owner, bucket.account) {
                    ids.canonical.entry(owner.clone()).or_insert(account);
                }
            }
            ids.with_canonical = ids.canonical.values().copied().collect();
            ids
        })
    }

    /// Forgets what was derived from the records, after an edit of them.
    pub(super) fn changed(mut self) -> Self {
        self.gaps = Arc::new(OnceLock::new());
        self.ids = Arc::new(OnceLock::new());
        self
    }
}

/// Whether an ARN is that of a general-purpose bucket.
fn is_bucket(arn: &str) -> bool {
    arn.split_once(":s3:::").is_some_and(|(_, name)| !name.contains('/'))
}

impl Account {
    /// The user of a name, ignoring case.
    pub fn user(&self, name: &str) -> Option<&Arc<super::User>> {
        self.users.get(&Name::from(name))
    }

    /// The role of a name, ignoring case.
    pub fn role(&self, name: &str) -> Option<&Arc<Role>> {
        self.roles.get(&Name::from(name))
    }

    /// The groups that a user is in, as far as they were collected (D-IAM-09).
    pub fn groups_of<'a>(&'a self, user: &'a super::User) -> impl Iterator<Item = &'a Arc<Group>> {
        user.groups.iter().filter_map(|name| self.groups.get(name))
    }

    /// Users, groups and roles with their inline policies and the ARNs attached to them.
    pub fn holders(&self) -> impl Iterator<Item = (&Arc<str>, &[InlinePolicy], &[Arc<str>])> {
        let users = self.users.values().map(|user| &user.identity);
        let roles = self.roles.values().map(|role| &role.identity);
        let principals =
            users.chain(roles).map(|identity| (&identity.arn, &*identity.inline, &*identity.attached));
        principals.chain(self.groups.values().map(|group| (&group.arn, &*group.inline, &*group.attached)))
    }
}
