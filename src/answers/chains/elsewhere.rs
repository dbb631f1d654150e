//! Roles of accounts that were not collected: nobody knows who takes them, though somebody may be able to.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::hops::Call;
use crate::answers::context::Context;
use crate::answers::engine::Engine;
use crate::document::{Effect, ResourceEntry};
use crate::estate::{Arn, DocumentId};
use crate::facts::{Caller, Entity, PolicyLabel, PrincipalKind};
use crate::rules::request::Prepared;

impl Engine {
    /// The trust policies that were not collected of roles which policies name, of accounts of which nothing was: those that would
    /// decide about somebody of the estate (S-EVAL-11).
    pub(super) fn trust_elsewhere(&self) -> Vec<String> {
        let mut roles = self.roles_in_identity_policies();
        let others = self.facts.principals.iter().filter(|fact| {
            fact.kind == PrincipalKind::Role
                && fact.caller == Caller::RoleSession
                && matches!(fact.entity, Entity::Unknown)
        });
        roles.extend(others.map(|fact| fact.name.clone()).filter(|name| self.is_elsewhere(name)));
        let roles: Vec<Arc<str>> = roles.into_iter().collect();
        let context = Context::new();
        let context = context.bindings(&self.facts.arena().conditions);
        let may_be_taken = |role: &&Arc<str>| {
            let Ok(target) = self.target_of(Call::AssumeRole.name(), Some(role), None, &mut Vec::new())
            else {
                return false;
            };
            let prepared = Prepared::new(&self.facts, &self.sides, &target, &context);
            let allowed = self.index().allowed(&self.facts, &target);
            let mut known = allowed.into_iter().filter(|&from| self.facts.principal(from).loaded);
            known.any(|from| self.ask(&prepared, from, None).is_some())
        };
        roles
            .par_iter()
            .filter(may_be_taken)
            .map(|role| PolicyLabel::Trust(role.clone()).to_string())
            .collect()
    }

    /// The roles that Allow statements of identity policies name.
    fn roles_in_identity_policies(&self) -> BTreeSet<Arc<str>> {
        let facts = &self.facts;
        let of_identity =
            |label: &PolicyLabel| matches!(label, PolicyLabel::Managed(_) | PolicyLabel::Inline(..));
        let policies = facts.policies_in_use().map(|id| facts.policy(id));
        let mut documents: Vec<DocumentId> = policies
            .filter(|policy| of_identity(&policy.label))
            .filter_map(|policy| policy.document)
            .collect();
        documents.sort_unstable();
        documents.dedup();
        let named = |id: &DocumentId| -> Vec<Arc<str>> {
            let parsed = facts.document(*id);
            let statements =
                parsed.document().statements.iter().filter(|statement| statement.effect == Effect::Allow);
            let elements = statements.filter_map(|statement| statement.resources.as_ref());
            let entries = elements.filter(|element| !element.negated).flat_map(|element| &element.entries);
            let texts = entries.filter_map(|entry| match entry {
                ResourceEntry::Pattern(text) => Some(&*text.value),
                _ => None,
            });
            texts.filter(|text| self.is_elsewhere(text)).map(Arc::from).collect()
        };
        documents.par_iter().flat_map_iter(named).collect()
    }

    /// Whether it is the ARN of a role of an account of which nothing was collected.
    fn is_elsewhere(&self, text: &str) -> bool {
        if !text.contains(":role/") || text.contains(['*', '?', '$']) {
            return false;
        }
        let Some(account) =
            Arn::parse(text).filter(|arn| arn.service == "iam").and_then(|arn| arn.account_id())
        else {
            return false;
        };
        self.facts.estate.account(account).is_none_or(|account| !account.collected)
    }
}
