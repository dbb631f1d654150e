//! Who would be an administrator if its own policies were others: without its boundary, as a member of a group, or with a policy
//! that allows everything.

use std::sync::Arc;

use rayon::prelude::*;

use super::engine::Engine;
use crate::document::PolicyKind;
use crate::estate::{Account, Group, Identity, Name, Tags, User};
use crate::facts::compile::CompiledPolicy;
use crate::facts::{Caller as CallerKind, Entity, ParsedPolicy, PolicySource, PrincipalFact, PrincipalId};
use crate::region::condition::{Bindings, KeyId, Known};
use crate::rules::decision::Decision;
use crate::rules::request::{Caller, Prepared, unstated};
use crate::rules::side::{Bound, Side};

/// What a name stands for that no policy is likely to speak of.
const NEW_USER: &str = "new-principal";

/// A policy that allows everything.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

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
        let Some((identity, groups)) = self.identity_of(fact) else { return false };
        self.allows_everything(&unbounded) || self.grants_itself(fact, &unbounded, identity, &groups)
    }

    /// Whether Denies of its own would keep each of some principals from being an administrator, or making itself one, even with a
    /// policy that allows everything and without a boundary.
    pub fn kept_down_by_denies(&self, principals: &[PrincipalId]) -> Vec<bool> {
        self.sides.make_all(&self.facts);
        let document = ParsedPolicy::read(PolicySource::Given(EVERYTHING.into(), PolicyKind::Identity));
        let everything = self.facts.compiler.compile(Arc::new(document), PolicyKind::Identity);
        principals.par_iter().with_min_len(64).map(|&id| self.is_kept_down(id, &everything)).collect()
    }

    fn is_kept_down(&self, id: PrincipalId, everything: &CompiledPolicy) -> bool {
        let (fact, side) = (self.facts.principal(id), self.sides.of(&self.facts, id));
        let denies = |(_, bound): &Bound| self.sides.regions(*bound).iter().any(|region| region.denies);
        let Some((identity, groups)) = self.identity_of(fact) else { return false };
        if !side.identity.iter().any(denies) || fact.caller == CallerKind::ServiceLinkedSession {
            return false;
        }
        let everything = self.sides.read_given(&self.facts, fact, everything, None);
        let policies = side.identity.iter().copied().chain([everything]).collect();
        let raised = Side { identity: policies, boundary: Box::default(), ..side.clone() };
        !self.grants_itself(fact, &raised, identity, &groups)
    }

    /// What the export says of a user or role, and the groups that it is in.
    fn identity_of<'f>(&self, fact: &'f PrincipalFact) -> Option<(&'f Identity, Vec<Arc<str>>)> {
        match &fact.entity {
            Entity::User(user) => {
                let account = self.facts.estate.account(user.identity.account);
                let groups = account.into_iter().flat_map(|account| account.groups_of(user));
                Some((&user.identity, groups.map(|group| group.arn.clone()).collect()))
            }
            Entity::Role(role) => Some((&role.identity, Vec::new())),
            Entity::Unknown => None,
        }
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
