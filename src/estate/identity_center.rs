//! IAM Identity Center: who is assigned which permission set in which account.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::AccountId;

/// What the instances of IAM Identity Center hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityCenter {
    /// Names of permission sets by ARN.
    pub permission_sets: BTreeMap<Arc<str>, Arc<str>>,
    /// Who is assigned what.
    pub assignments: Vec<Assignment>,
    /// Users by id: what they are called in answers.
    pub users: BTreeMap<Arc<str>, Arc<str>>,
    /// Groups by id: what they are called in answers.
    pub groups: BTreeMap<Arc<str>, Arc<str>>,
    /// The ids of groups and of the users in them.
    pub memberships: Vec<(Arc<str>, Arc<str>)>,
    /// Whether lists go on where the file ends, as `NextToken` says.
    pub goes_on: bool,
}

/// A permission set that a user or group is assigned in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The account.
    pub account: AccountId,
    /// The ARN of the permission set.
    pub permission_set: Arc<str>,
    /// Whether the principal is a group.
    pub to_group: bool,
    /// The id of the user or group.
    pub principal: Arc<str>,
}

impl IdentityCenter {
    /// What a user is called in answers: one that the export lacks by its id.
    pub fn user(&self, id: &str) -> String {
        named("user", &self.users, id)
    }

    /// What a group is called in answers.
    pub fn group(&self, id: &str) -> String {
        named("group", &self.groups, id)
    }

    /// The name of a permission set; its ARN if the export lacks it.
    pub fn permission_set<'a>(&'a self, arn: &'a str) -> &'a str {
        self.permission_sets.get(arn).map_or(arn, |name| name)
    }
}

fn named(kind: &str, names: &BTreeMap<Arc<str>, Arc<str>>, id: &str) -> String {
    format!("identity-center:{kind}/{}", names.get(id).map_or(id, |name| name))
}
