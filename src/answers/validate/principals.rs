//! Whom statements name (S-PRN-01, S-PRN-08, S-PRN-09, S-PRN-18, S-PRN-19).

use super::{Check, Code, Finding};
use crate::catalog::Catalog;
use crate::document::{
    ActionEntry, Comparison, Condition, ConditionValue, Effect, Place, PolicyKind, PrincipalElement,
    PrincipalEntry, PrincipalKind, Statement, Test,
};

impl Check<'_, '_> {
    pub(super) fn principals(&mut self, statement: &Statement) {
        match (&statement.principal, statement.effect) {
            (PrincipalElement::Entries { negated: true, entries }, Effect::Deny) => {
                self.spared(entries);
            }
            (PrincipalElement::Everyone, Effect::Allow) => {
                let place = self.element(statement, "Principal");
                self.everybody(statement, place);
            }
            (PrincipalElement::Entries { negated: false, entries }, Effect::Allow) => {
                for entry in entries {
                    let place = self.place(entry.span);
                    match entry.kind {
                        PrincipalKind::Everyone => self.everybody(statement, place),
                        PrincipalKind::Service => self.service(statement, entry, place),
                        PrincipalKind::OidcProvider => self.provider(statement, entry, place),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether no principal of a trust policy's Allow makes a call that it allows: each kind has its own (S-TRUST-08).
    pub(super) fn calls_of_others(&mut self, statement: &Statement) -> bool {
        let PrincipalElement::Entries { negated: false, entries } = &statement.principal else {
            return false;
        };
        let element = &statement.actions;
        if self.kind != PolicyKind::Trust || statement.effect != Effect::Allow || element.negated {
            return false;
        }
        let allows = |call: &str| {
            let action = Catalog::embedded().find_action(call);
            element.entries.iter().any(|entry| match (entry, action) {
                (ActionEntry::Pattern(text), Some(action)) => {
                    Catalog::embedded().matching(&text.value).contains(action)
                }
                _ => true,
            })
        };
        let [web, saml, plain] =
            ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:AssumeRole"].map(allows);
        let makes_none = |entry: &PrincipalEntry| match entry.kind {
            PrincipalKind::OidcProvider => (plain || saml) && !web,
            PrincipalKind::SamlProvider => (plain || web) && !saml,
            PrincipalKind::Account | PrincipalKind::User | PrincipalKind::Role | PrincipalKind::Session => {
                (web || saml) && !plain
            }
            _ => false,
        };
        if entries.is_empty() || !entries.iter().all(makes_none) {
            return false;
        }
        let message = "no principal of this statement makes such a call: people of identity providers call \
            `sts:AssumeRoleWithWebIdentity` or `sts:AssumeRoleWithSAML`, users and roles `sts:AssumeRole`";
        self.report(Finding::new(Code::NeverMatches, message, self.whole(statement)));
        true
    }

    /// A Deny that spares callers whose account, or role, it does not spare (S-PRN-18, S-PRN-19).
    fn spared(&mut self, entries: &[PrincipalEntry]) {
        let lists_account = |account: &str| {
            entries
                .iter()
                .any(|entry| entry.kind == PrincipalKind::Account && entry.account() == Some(account))
        };
        for entry in entries {
            let Some(account) = entry.account() else { continue };
            let message = match entry.kind {
                PrincipalKind::User
                | PrincipalKind::Role
                | PrincipalKind::Session
                | PrincipalKind::FederatedUser
                    if !lists_account(account) =>
                {
                    format!("`{}` is listed without its account {account}", entry.text)
                }
                PrincipalKind::Session if !entries.iter().any(|other| is_role_of(other, entry)) => {
                    format!("the session `{}` is listed without its role", entry.text)
                }
                _ => continue,
            };
            let place = self.place(entry.span);
            self.report(Finding::new(Code::NotPrincipalAccount, message, place));
        }
    }

    fn everybody(&mut self, statement: &Statement, place: Place) {
        let grants = matches!(self.kind, PolicyKind::Resource | PolicyKind::Trust);
        if grants && statement.conditions.iter().all(lets_everybody_pass) && statement.malformed.is_none() {
            let message = match statement.conditions.is_empty() {
                true => "this statement allows everybody, without condition",
                false => "this statement allows everybody: its conditions keep nobody out",
            };
            self.report(Finding::new(Code::PublicPrincipal, message, place));
        }
    }

    fn service(&mut self, statement: &Statement, entry: &PrincipalEntry, place: Place) {
        const SOURCES: [&str; 4] =
            ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];
        let tests = |key: &str| SOURCES.iter().any(|source| source.eq_ignore_ascii_case(key));
        // Most services that take roles send no source.
        if self.kind == PolicyKind::Resource
            && !statement.conditions.iter().any(|condition| tests(&condition.key.value))
        {
            let message = format!("`{}` may act here for anybody", entry.text);
            self.report(Finding::new(Code::ServiceWithoutSource, message, place));
        }
    }

    fn provider(&mut self, statement: &Statement, entry: &PrincipalEntry, place: Place) {
        let Some((_, issuer)) = entry.text.split_once(":oidc-provider/") else { return };
        let subject = format!("{issuer}:sub");
        let tests = |key: &str| key.eq_ignore_ascii_case(&subject);
        let limits = |condition: &&Condition| tests(&condition.key.value) && !lets_everybody_pass(condition);
        if !statement.conditions.iter().any(|condition| limits(&condition)) {
            let message = format!("no test of `{subject}` limits who can take this role");
            self.report(Finding::new(Code::OidcWithoutSubject, message, place));
        }
    }
}

/// Whether whoever has the key passes a test: `*`, or all addresses.
fn lets_everybody_pass(condition: &Condition) -> bool {
    let Test::Readable { operator, values } = &condition.test else { return false };
    let holds = |wanted: &str| {
        values.iter().any(|value| matches!(value, ConditionValue::Text(text) if text.value == wanted))
    };
    match operator.comparison {
        Comparison::StringLike | Comparison::ArnLike | Comparison::ArnEquals => holds("*"),
        Comparison::IpAddress => holds("0.0.0.0/0"),
        _ => false,
    }
}

/// Whether an entry is the role that another is a session of (S-PRN-06).
fn is_role_of(role: &PrincipalEntry, session: &PrincipalEntry) -> bool {
    let name = session.text.split('/').nth(1).unwrap_or_default();
    role.kind == PrincipalKind::Role
        && role.account() == session.account()
        && role.text.rsplit('/').next().is_some_and(|of| of.eq_ignore_ascii_case(name))
}
