//! Whom statements name (S-PRN-01, S-PRN-08, S-PRN-09, S-PRN-18, S-PRN-19).

use super::{Check, Code, Finding};
use crate::document::{
    Effect, Place, PolicyKind, PrincipalElement, PrincipalEntry, PrincipalKind, Statement,
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
        if grants && statement.conditions.is_empty() && statement.malformed.is_none() {
            let message = "this statement allows everybody, without condition";
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
        if !statement.conditions.iter().any(|condition| tests(&condition.key.value)) {
            let message = format!("no test of `{subject}` limits who can take this role");
            self.report(Finding::new(Code::OidcWithoutSubject, message, place));
        }
    }
}

/// Whether an entry is the role that another is a session of (S-PRN-06).
fn is_role_of(role: &PrincipalEntry, session: &PrincipalEntry) -> bool {
    let name = session.text.split('/').nth(1).unwrap_or_default();
    role.kind == PrincipalKind::Role
        && role.account() == session.account()
        && role.text.rsplit('/').next().is_some_and(|of| of.eq_ignore_ascii_case(name))
}
