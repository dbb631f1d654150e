//! Forms that are out of date or wider than they look (S-GRAM-03, S-GRAM-21, S-GRAM-22).

use super::{Check, Code, Finding, root};
use crate::catalog::Catalog;
use crate::document::{ActionEntry, Effect, PolicyKind, ResourceEntry, Statement, Version};
use crate::facts::types::arns;

impl Check<'_, '_> {
    pub(super) fn document_forms(&mut self) {
        if self.document.version == Version::V2008 && !self.document.unreadable {
            let message = "the document is written in the policy language of 2008";
            self.report(Finding::new(Code::VersionMissing, message, root()));
        }
    }

    pub(super) fn forms(&mut self, statement: &Statement) {
        // Boundaries, SCPs and endpoint policies allow widely by design; a trust policy concerns its role only.
        let grants = matches!(self.kind, PolicyKind::Identity | PolicyKind::Resource | PolicyKind::Session);
        if !grants || statement.effect != Effect::Allow || statement.malformed.is_some() {
            return;
        }
        if statement.actions.negated {
            let message = "this Allow grants every action that it does not list";
            self.report(Finding::new(Code::AllowNotAction, message, self.element(statement, "NotAction")));
        }
        if statement.resources.as_ref().is_some_and(|element| element.negated) {
            let message = "this Allow reaches every resource that it does not list";
            self.report(Finding::new(
                Code::AllowNotResource,
                message,
                self.element(statement, "NotResource"),
            ));
        }
        if self.kind != PolicyKind::Identity {
            return;
        }
        if lists_all_actions(statement) {
            if lists_all_resources(statement) && statement.conditions.is_empty() {
                let message = "this statement allows everything";
                self.report(Finding::new(Code::AllowAll, message, self.whole(statement)));
            }
        } else {
            self.pass_role(statement);
        }
    }

    /// `iam:PassRole` on every role.
    fn pass_role(&mut self, statement: &Statement) {
        const LIMITS: [&str; 2] = ["iam:PassedToService", "iam:AssociatedResourceArn"];
        let limited = |limit: &str| {
            statement.conditions.iter().any(|condition| condition.key.value.eq_ignore_ascii_case(limit))
        };
        let Some(action) = Catalog::embedded().find_action("iam:PassRole") else { return };
        if statement.actions.negated || LIMITS.into_iter().any(limited) {
            return;
        }
        let entry = statement.actions.entries.iter().find_map(|entry| match entry {
            ActionEntry::Pattern(text) => {
                Catalog::embedded().matching(&text.value).contains(action).then_some(text)
            }
            ActionEntry::Malformed(_) => None,
        });
        let (Some(entry), Some(element)) = (entry, &statement.resources) else { return };
        let compiler = &self.checker.compiler;
        let sets = &compiler.arena.resources;
        let reached = compiler.resources_at_most(element, self.kind, self.document.version, statement.effect);
        let roles = Catalog::embedded()
            .resource_types_in_service("iam")
            .find(|(_, kind)| kind.name == "role")
            .map(|(_, kind)| arns(sets, kind));
        // Roles of one account are all roles that its principals can pass.
        let whole_account = element.entries.iter().any(|entry| match entry {
            ResourceEntry::Pattern(text) => text.value.starts_with("arn:") && text.value.ends_with(":role/*"),
            _ => false,
        });
        let every = roles.is_some_and(|roles| sets.includes(reached, roles).unwrap_or(false));
        if every || (whole_account && !element.negated) {
            let message = format!("`{}` lets the caller pass every role", entry.value);
            let place = self.place(entry.span);
            self.report(Finding::new(Code::PassRoleAny, message, place));
        }
    }
}

fn lists_all_actions(statement: &Statement) -> bool {
    !statement.actions.negated
        && statement
            .actions
            .entries
            .iter()
            .any(|entry| matches!(entry, ActionEntry::Pattern(text) if matches!(&*text.value, "*" | "*:*")))
}

fn lists_all_resources(statement: &Statement) -> bool {
    statement.resources.as_ref().is_some_and(|element| {
        !element.negated
            && element
                .entries
                .iter()
                .any(|entry| matches!(entry, ResourceEntry::Pattern(text) if &*text.value == "*"))
    })
}
