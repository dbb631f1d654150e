//! Hops of the users and groups of IAM Identity Center: memberships, and permission sets assigned in accounts (S-SESS-12).

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::hops::{Call, Hop};
use super::reach::level;
use crate::answers::engine::Engine;
use crate::estate::{AccountId, IdentityCenter};
use crate::facts::{Entity, PrincipalId};

/// How the roles of permission sets begin, after their path.
const ROLES: (&str, &str) = (":role/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_");

impl Engine {
    /// The hops of users to groups, and of both to roles, as sure as that the role lets the provider of Identity Center in.
    pub(super) fn hops_of_identity_center(
        &self,
        center: &IdentityCenter,
        hops: &[Hop],
        missing: &mut Vec<String>,
    ) -> Vec<Hop> {
        if center.goes_on {
            missing.push("the rest of the data of IAM Identity Center".to_owned());
        }
        let roles = self.roles_of_permission_sets();
        let ways_in = self.ways_of_identity_center(hops);
        let mut found = Vec::new();
        let memberships: BTreeSet<_> = center.memberships.iter().collect();
        for (group, user) in memberships {
            let ends =
                (self.facts.principal_id(&center.user(user)), self.facts.principal_id(&center.group(group)));
            if let (Some(user), Some(group)) = ends {
                found.push(Hop::free(user, group, Call::GroupMembership));
            }
        }
        for assignment in &center.assignments {
            let name = match assignment.to_group {
                true => center.group(&assignment.principal),
                false => center.user(&assignment.principal),
            };
            let Some(from) = self.facts.principal_id(&name) else { continue };
            let set = center.permission_set(&assignment.permission_set);
            let Some(&role) = roles.get(&(assignment.account, set)) else {
                missing.push(format!(
                    "role of permission set {set} in {}, which {name} is assigned",
                    assignment.account
                ));
                continue;
            };
            match ways_in.get(&role) {
                Some(way) => {
                    found.push(Hop { from, by: Call::AccountAssignment, provider: Some(way.from), ..**way })
                }
                None => {
                    let role = &self.facts.principal(role).name;
                    missing.push(format!("a provider of IAM Identity Center that {role} trusts, for {name}"));
                }
            }
        }
        found.sort_by_key(|hop| (hop.from, hop.to, hop.by));
        found.dedup_by_key(|hop| (hop.from, hop.to, hop.by));
        found
    }

    /// The roles of permission sets by account and name of the set: `AWSReservedSSO_NAME_0123456789abcdef`.
    fn roles_of_permission_sets(&self) -> FxHashMap<(AccountId, &str), PrincipalId> {
        let mut roles = FxHashMap::default();
        for (fact, id) in self.facts.principals.iter().zip(0..) {
            let Entity::Role(role) = &fact.entity else { continue };
            let arn = &*role.identity.arn;
            let name = arn.contains(ROLES.0).then(|| arn.rsplit('/').next()).flatten();
            let set = name.and_then(|name| name.strip_prefix(ROLES.1)?.rsplit_once('_'));
            if let (Some((set, _)), None) = (set, &fact.session) {
                roles.insert((role.identity.account, set), PrincipalId(id));
            }
        }
        roles
    }

    /// For each role the surest hop of a provider of Identity Center to it.
    fn ways_of_identity_center<'h>(&self, hops: &'h [Hop]) -> FxHashMap<PrincipalId, &'h Hop> {
        let mut ways: FxHashMap<PrincipalId, &Hop> = FxHashMap::default();
        for hop in hops.iter().filter(|hop| hop.by == Call::AssumeRoleWithSaml) {
            if self.facts.principal(hop.from).name.contains(":saml-provider/AWSSSO_") {
                let rank = |hop: &Hop| (level(hop.decision), hop.from);
                let way = ways.entry(hop.to).or_insert(hop);
                if rank(hop) < rank(way) {
                    *way = hop;
                }
            }
        }
        ways
    }
}
