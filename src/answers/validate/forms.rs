//! Forms that are out of date or wider than they look (S-GRAM-03, S-GRAM-11, S-GRAM-21, S-GRAM-22).

use super::principals::chooses;
use super::{Check, Code, Finding, root};
use crate::catalog::Catalog;
use crate::catalog::arn::ArnParts;
use crate::document::{
    ActionEntry, Condition, Effect, JsonPath, Place, PolicyKind, ResourceElement, ResourceEntry, Statement,
    Version,
};
use crate::facts::types::arns;
use crate::region::resource::{Padding, Piece};

impl Check<'_, '_> {
    pub(super) fn document_forms(&mut self) {
        if self.document.version == Version::V2008 && !self.document.unreadable {
            let message = "the document is written in the policy language of 2008";
            self.report(Finding::new(Code::VersionMissing, message, root()));
        }
        if let Some(span) = self.document.id.filter(|_| !self.kind.has_principal()) {
            let message = "no `Id` is documented for policies of this kind";
            let place = Place { path: JsonPath::root().key("Id"), span };
            self.report(Finding::new(Code::PolicyId, message, place));
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
        if lists_all_actions(statement) && lists_all_resources(statement) {
            if statement.conditions.is_empty() {
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
        let limits = |condition: &Condition| {
            LIMITS.iter().any(|limit| condition.key.value.eq_ignore_ascii_case(limit)) && chooses(condition)
        };
        let Some(action) = Catalog::embedded().find_action("iam:PassRole") else { return };
        if statement.conditions.iter().any(limits) {
            return;
        }
        let mut entries = statement.actions.entries.iter();
        let entry = entries.find_map(|entry| match entry {
            ActionEntry::Pattern(text) => {
                Catalog::embedded().matching(&text.value).contains(action).then_some(text)
            }
            ActionEntry::Malformed(_) => None,
        });
        let Some(element) = &statement.resources else { return };
        let (place, what) = match (entry, statement.actions.negated) {
            (Some(entry), false) => (self.place(entry.span), format!("`{}`", entry.value)),
            (None, true) => (self.element(statement, "NotAction"), "what `NotAction` leaves".to_owned()),
            _ => return,
        };
        let compiler = &self.checker.compiler;
        let sets = &compiler.arena.resources;
        let reached = compiler.resources_at_most(element, self.kind, self.document.version, statement.effect);
        let roles = Catalog::embedded()
            .resource_types_in_service("iam")
            .find(|(_, kind)| kind.name == "role")
            .map(|(_, kind)| arns(sets, kind));
        let Some(roles) = roles else { return };
        let every = match element.negated {
            // What is left are most roles, unless all of an account are listed, which are all that its principals can pass.
            true => {
                !self.lists_whole_account(element, statement)
                    && sets.overlaps(reached, roles).unwrap_or(false)
            }
            false => {
                sets.includes(reached, roles).unwrap_or(false) || self.lists_whole_account(element, statement)
            }
        };
        if every {
            let but = if element.negated { " but what `NotResource` lists" } else { "" };
            let message = format!("{what} lets the caller pass every role{but}");
            self.report(Finding::new(Code::PassRoleAny, message, place));
        }
    }

    /// Whether entries hold all roles of an account, whichever they are about.
    fn lists_whole_account(&self, element: &ResourceElement, statement: &Statement) -> bool {
        let compiler = &self.checker.compiler;
        let sets = &compiler.arena.resources;
        let listed = ResourceElement { negated: false, entries: element.entries.clone() };
        let listed = compiler.resources_at_most(&listed, self.kind, self.document.version, statement.effect);
        element.entries.iter().any(|entry| {
            let ResourceEntry::Pattern(text) = entry else { return false };
            let Some(parts) = ArnParts::split(&text.value) else { return false };
            let roles = format!("arn:{}:iam::{}:role/*", parts.partition, parts.account);
            let roles = sets.pattern(&[Piece::Text(&roles)], Padding::Never);
            parts.service == "iam"
                && roles.is_ok_and(|roles| {
                    !sets.is_empty(roles).unwrap_or(true) && sets.includes(listed, roles).unwrap_or(false)
                })
        })
    }
}

/// Whether a statement is about every action.
pub(super) fn lists_all_actions(statement: &Statement) -> bool {
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
