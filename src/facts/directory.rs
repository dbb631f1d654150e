//! Users and groups of IAM Identity Center, who become roles.

use super::Facts;
use super::kinds::Caller;
use super::principals::{PrincipalFact, PrincipalKind};
use crate::estate::IdentityCenter;

impl Facts {
    /// Adds the users and groups of IAM Identity Center, also those of which it names no more than the id.
    pub fn add_directory(&mut self, center: &IdentityCenter) {
        let of_assignments = |group| {
            let wanted = center.assignments.iter().filter(move |assignment| assignment.to_group == group);
            wanted.map(|assignment| &assignment.principal)
        };
        let (groups, users) =
            center.memberships.iter().map(|(group, user)| (group, user)).unzip::<_, _, Vec<_>, Vec<_>>();
        let users = center.users.keys().chain(of_assignments(false)).chain(users);
        let groups = center.groups.keys().chain(of_assignments(true)).chain(groups);
        let users = users.map(|id| (center.user(id), PrincipalKind::IdentityCenterUser));
        let groups = groups.map(|id| (center.group(id), PrincipalKind::IdentityCenterGroup));
        for (name, kind) in users.chain(groups) {
            if self.principal_id(&name).is_none() {
                // What they do, they do as a role; to sign in to one they need no permission.
                self.add_caller(PrincipalFact::outside(name.into(), kind, Caller::Provider, None));
            }
        }
    }
}
