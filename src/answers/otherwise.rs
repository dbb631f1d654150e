//! Who would be an administrator if its own policies were others: without its boundary, or as a member of a group.

use std::sync::Arc;

use rayon::prelude::*;

use super::engine::Engine;
use crate::estate::{Account, Group, Identity, Name, Tags, User};
use crate::facts::{Caller as CallerKind, Entity, PrincipalFact, PrincipalId};
use crate::region::condition::{Bindings, KeyId, Known};
use crate::rules::decision::Decision;
use crate::rules::request::{Caller, Prepared, unstated};
use crate::rules::side::Side;

/// What a name stands for that no policy is likely to speak of.
const NEW_USER: &str = "new-principal";

/// Nothing is stated of the request.
struct Nothing;

impl Bindings for Nothing {
    fn lookup(&self, _: KeyId) -> Known<'_> {
        Known::Unknown
    }
}

impl Engine {
    /// Whether each of some principals has a boundary without which it would be an administrator, or could make itself one.
    pub fn administrators_but_for_boundary(&self, principals: &[PrincipalId]) -> Vec<bool> {
        self.sides.make_all(&self.facts);
        principals.par_iter().with_min_len(64).map(|&id| self.is_held_back(id)).collect()
    }

    fn is_held_back(&self, id: PrincipalId) -> bool {
        let (fact, side) = (self.facts.principal(id), self.sides.of(&self.facts, id));
        if !self.is_limited(side) || fact.caller == CallerKind::ServiceLinkedSession {
            return false;
        }
        let unbounded = Side { boundary: Box::default(), ..side.clone() };
        let (identity, groups): (&Identity, Vec<Arc<str>>) = match &fact.entity {
            Entity::User(user) => {
                let account = self.facts.estate.account(user.identity.account);
                let groups = account.into_iter().flat_map(|account| account.groups_of(user));
                (&user.identity, groups.map(|group| group.arn.clone()).collect())
            }
            Entity::Role(role) => (&role.identity, Vec::new()),
            Entity::Unknown => return false,
        };
        self.allows_everything(&unbounded) || self.grants_itself(fact, &unbounded, identity, &groups)
    }

    /// Whether a new user without policies of its own would be an administrator in a group, or could make itself one there.
    pub fn makes_administrators(&self, account: &Arc<Account>, group: &Group) -> bool {
        let identity = Identity {
            arn: format!("arn:{}:iam::{}:user/{NEW_USER}", account.partition, account.id).into(),
            name: Name::from(NEW_USER),
            account: account.id,
            unique_id: None,
            created: None,
            tags: Tags::default(),
            attached: group.attached.clone(),
            inline: Box::default(),
            boundary: None,
        };
        let user = Arc::new(User { identity: identity.clone(), groups: Box::new([group.name.clone()]) });
        let fact = self.facts.placed(PrincipalFact::user(&user, Some(account)));
        let policies = self.facts.policies_of_group(account.id, &group.name);
        let read = policies.iter().map(|&policy| self.sides.read_for(&self.facts, &fact, policy, None));
        let held = Side { identity: read.collect(), ..self.sides.with(&self.facts, &fact, None, None) };
        let groups = [group.arn.clone()];
        self.allows_everything(&held) || self.grants_itself(&fact, &held, &identity, &groups)
    }

    /// Whether a user or role with these policies can, unconditionally, give itself any policy.
    fn grants_itself(
        &self,
        fact: &PrincipalFact,
        side: &Side,
        identity: &Identity,
        groups: &[Arc<str>],
    ) -> bool {
        let own: [&str; 2] = match fact.entity {
            Entity::Role(_) => ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
            _ => ["iam:PutUserPolicy", "iam:AttachUserPolicy"],
        };
        let of_group = ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"];
        self.surely(fact, side, &own, [&identity.arn])
            || self.surely(fact, side, &of_group, groups)
            || self.surely(fact, side, &["iam:CreatePolicyVersion"], &*identity.attached)
    }

    /// Whether one with these policies may surely do one of some actions on one of some resources.
    fn surely<'r>(
        &self,
        fact: &PrincipalFact,
        side: &Side,
        actions: &[&str],
        resources: impl IntoIterator<Item = &'r Arc<str>> + Clone,
    ) -> bool {
        let arena = self.facts.arena();
        actions.iter().any(|action| {
            let index = self.facts.asked_action(action).index;
            let speaks =
                side.identity.iter().flat_map(|(_, bound)| self.sides.regions(*bound)).any(|region| {
                    let allowed = arena.get(region.region).actions;
                    !region.denies && index.is_some_and(|index| arena.actions.contains(allowed, index))
                });
            speaks
                && resources.clone().into_iter().any(|resource| {
                    let target = self.target_of(action, Some(&**resource), None, &mut Vec::new());
                    target.is_ok_and(|target| {
                        let prepared = Prepared::new(&self.facts, &self.sides, &target, &Nothing);
                        let caller = Caller { fact, side, session: unstated(fact) };
                        prepared.decide(&self.routes, &caller, None).0.decision == Decision::Allowed
                    })
                })
        })
    }
}
