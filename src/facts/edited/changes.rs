//! What an edit changed of an estate.

use std::sync::Arc;

use im::ordmap::DiffItem;

use crate::estate::{
    Account, AccountId, Estate, Identity, Name, Node, Organization, ResourceSettings, Role, User,
};

/// What an edit changed, where groups, accounts and the trees of organisations stay what they are.
#[derive(Default)]
pub(super) struct Changes {
    /// Whether SCPs or RCPs, or what they are attached to, are others.
    pub controls: bool,
    pub new_users: Vec<Arc<User>>,
    pub new_roles: Vec<Arc<Role>>,
    /// Users and roles that are no longer there.
    pub gone: Vec<Arc<str>>,
    pub users: Vec<Arc<User>>,
    pub roles: Vec<Arc<Role>>,
    pub groups: Vec<(AccountId, Name)>,
    pub managed: Vec<Arc<str>>,
    pub resources: Vec<Arc<str>>,
}

impl Changes {
    /// `None`: more changed than that.
    pub fn between(before: &Estate, after: &Estate) -> Option<Self> {
        let mut changes = Self::default();
        for item in before.organizations.diff(&after.organizations) {
            let DiffItem::Update { old: (_, old), new: (_, new) } = item else { return None };
            if **old != **new {
                same_tree(old, new).then(|| changes.controls = true)?;
            }
        }
        for item in before.accounts.diff(&after.accounts) {
            let DiffItem::Update { old: (_, old), new: (_, new) } = item else { return None };
            changes.in_account(old, new)?;
        }
        for item in before.aws_managed.diff(&after.aws_managed) {
            changes.managed.push(key(item).clone());
        }
        for item in before.resources.diff(&after.resources) {
            let alike = match item {
                DiffItem::Update { old: (_, old), new: (_, new) } => old.settings == new.settings,
                DiffItem::Add(_, one) | DiffItem::Remove(_, one) => {
                    one.settings == ResourceSettings::default()
                }
            };
            alike.then(|| changes.resources.push(key(item).clone()))?;
        }
        Some(changes)
    }

    fn in_account(&mut self, old: &Arc<Account>, new: &Arc<Account>) -> Option<()> {
        let settings_of_new = Account {
            users: old.users.clone(),
            groups: old.groups.clone(),
            roles: old.roles.clone(),
            managed_policies: old.managed_policies.clone(),
            ..(**new).clone()
        };
        if settings_of_new != **old {
            return None;
        }
        for item in old.users.diff(&new.users) {
            match item {
                DiffItem::Update { old: (_, was), new: (_, user) } => {
                    same(&was.identity, &user.identity).then(|| self.users.push(user.clone()))?;
                }
                DiffItem::Add(_, user) => self.new_users.push(user.clone()),
                DiffItem::Remove(_, user) => self.gone.push(user.identity.arn.clone()),
            }
        }
        for item in old.roles.diff(&new.roles) {
            match item {
                DiffItem::Update { old: (_, was), new: (_, role) } => {
                    same(&was.identity, &role.identity).then(|| self.roles.push(role.clone()))?;
                }
                DiffItem::Add(_, role) => self.new_roles.push(role.clone()),
                DiffItem::Remove(_, role) => self.gone.push(role.identity.arn.clone()),
            }
        }
        for item in old.groups.diff(&new.groups) {
            let DiffItem::Update { new: (name, _), .. } = item else { return None };
            self.groups.push((new.id, name.clone()));
        }
        for item in old.managed_policies.diff(&new.managed_policies) {
            self.managed.push(key(item).clone());
        }
        Some(())
    }
}

fn key<'a, K, V>(item: DiffItem<'a, 'a, K, V>) -> &'a K {
    match item {
        DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { new: (key, _), .. } => key,
    }
}

/// Whether two records are of the same user or role, and not of one that was made anew (S-PRN-11).
fn same(was: &Identity, is: &Identity) -> bool {
    was.arn == is.arn && was.unique_id == is.unique_id
}

/// Whether two records of an organisation differ in their SCPs and RCPs at most.
fn same_tree(was: &Organization, is: &Organization) -> bool {
    let alike = |was: &Node, is: &Node| *was == Node { scp: was.scp, rcp: was.rcp, ..is.clone() };
    let nodes = was.nodes.diff(&is.nodes).all(|item| match item {
        DiffItem::Update { old: (_, was), new: (_, is) } => alike(was, is),
        DiffItem::Add(..) | DiffItem::Remove(..) => false,
    });
    let rest = Organization { nodes: was.nodes.clone(), policies: was.policies.clone(), ..is.clone() };
    nodes && *was == rest
}
