//! Statements that ask for multi-factor authentication, and those whose requests do not hold the key that they ask for (S-COND-12,
//! S-COND-15, S-KEY-22).
//!
//! What a statement means is read off its tests for each kind of request, whichever operators they are written with.

use super::conditions::key_place;
use super::coverage::names_all;
use super::{Check, Code, Finding};
use crate::document::{
    Comparison, Condition, Effect, Operator, PrincipalElement, PrincipalEntry, PrincipalKind, Statement, Test,
};
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, KeyId, Known, Sat};

const PRESENT: &str = "aws:multifactorauthpresent";
const AGE: &str = "aws:multifactorauthage";

/// Whether tests hold of the requests of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    Never,
    Sometimes,
    Always,
}

/// When the tests of a statement that are about MFA hold.
#[derive(Clone, Copy)]
struct Asked {
    /// Of requests that hold neither key: those with long-term access keys, and with sessions by SAML or OpenID Connect.
    absent: Holds,
    /// Of sessions that hold the key and had no MFA.
    without: Holds,
    /// Of sessions with MFA.
    with: Holds,
}

impl Asked {
    /// Whether some request without MFA is left out.
    fn leaves_out(self) -> bool {
        self.absent == Holds::Never && self.without == Holds::Never
    }
}

impl Check<'_, '_> {
    /// Reports a statement that asks for MFA and is got around without, and one that prefers requests without.
    pub(super) fn mfa(&mut self, statement: &Statement) {
        let tests: Vec<&Condition> = about_mfa(statement).collect();
        let Some(first) = tests.first() else { return };
        if !may_use_keys(&statement.principal) || self.regions_of(statement).is_none() {
            return;
        }
        let Some(asked) = self.asked(statement) else { return };
        let found = match statement.effect {
            Effect::Deny => self.spared_without_mfa(statement, asked, &tests),
            Effect::Allow => self.served_without_mfa(statement, asked, &tests),
            Effect::Unreadable => None,
        };
        if let Some((code, is_mild, message, help)) = found {
            let finding = Finding::new(code, message, key_place(statement, first));
            let finding = if is_mild { finding.milder() } else { finding };
            self.report(match help {
                Some(help) => finding.with_help(help),
                None => finding,
            });
        }
    }

    /// Whom a Deny spares that is meant to hit whoever is without MFA: code, whether it is a note, message and help.
    fn spared_without_mfa(
        &self,
        statement: &Statement,
        asked: Asked,
        tests: &[&Condition],
    ) -> Option<(Code, bool, String, Option<String>)> {
        use Holds::{Always, Never, Sometimes};
        let key = &*tests.first()?.key.value;
        let has_null = tests.iter().any(|test| is_null(test));
        let denied = |hits: &dyn Fn(Asked) -> bool| self.is_denied(statement, hits);
        match (asked.absent, asked.without, asked.with) {
            (Never, without, Never)
                if without != Never
                    && !has_null
                    && self.concerns_long_term_keys(statement)
                    && !denied(&|other| other.absent == Always) =>
            {
                let message =
                    format!("this Deny spares requests with long-term access keys, which never hold `{key}`");
                let help = with_if_exists(tests).map(|name| {
                    format!("write `{name}`, which also hits sessions by SAML or OpenID Connect: these never hold the key")
                });
                Some((Code::MfaNotRequired, false, message, help))
            }
            (absent, Never, Never) if absent != Never && !denied(&|other| other.without == Always) => {
                let message =
                    format!("this Deny spares sessions without MFA, in which `{key}` is there and `false`");
                let help = "write `\"BoolIfExists\": {\"aws:MultiFactorAuthPresent\": \"false\"}` if these are to be denied, too";
                Some((Code::MfaNotRequired, true, message, Some(help.into())))
            }
            (Never, Never, Sometimes)
                if !denied(&|other| other.absent == Always && other.without == Always)
                    && !self.allows_ask_for_mfa() =>
            {
                let message = format!("this Deny spares requests without any MFA, which do not hold `{key}`");
                let help = with_if_exists(tests).map(|name| format!("write `{name}`"));
                Some((Code::MfaNotRequired, false, message, help))
            }
            (absent, Never, Always) => {
                let message = match absent {
                    Never => "this Deny hits only requests with MFA",
                    Sometimes | Always => "this Deny hits requests with MFA, and spares sessions without",
                };
                Some((Code::MfaInverted, false, message.to_owned(), None))
            }
            _ => None,
        }
    }

    /// Whom an Allow serves that is meant to serve whoever has MFA, in the same form.
    fn served_without_mfa(
        &self,
        statement: &Statement,
        asked: Asked,
        tests: &[&Condition],
    ) -> Option<(Code, bool, String, Option<String>)> {
        use Holds::{Always, Never, Sometimes};
        let key = &*tests.first()?.key.value;
        let denied = |hits: &dyn Fn(Asked) -> bool| self.is_denied(statement, hits);
        match (asked.absent, asked.without, asked.with) {
            (Always, Never, Sometimes | Always) | (Always, Always, Sometimes)
                if self.concerns_long_term_keys(statement) && !denied(&|other| other.absent == Always) =>
            {
                let message = format!(
                    "this Allow also serves requests with long-term access keys, which never hold `{key}`"
                );
                let help = tests.iter().find_map(|test| operator(test).filter(|operator| operator.if_exists));
                let help =
                    help.map(|operator| format!("write `{}`", operator.name().trim_end_matches("IfExists")));
                Some((Code::MfaNotRequired, false, message, help))
            }
            (Never, Always, Always) if !denied(&|other| other.without == Always) => {
                let message = format!(
                    "this Allow also serves sessions without MFA, in which `{key}` is there and `false`"
                );
                let help = "write `\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}` if MFA is asked for";
                Some((Code::MfaNotRequired, true, message, Some(help.into())))
            }
            (_, Always, Never) if !tests.iter().all(|test| is_null(test)) => {
                let message = "this Allow serves only requests without MFA";
                Some((Code::MfaInverted, false, message.to_owned(), None))
            }
            _ => None,
        }
    }

    /// When the tests of a statement about MFA hold; none if that can't be told.
    fn asked(&self, statement: &Statement) -> Option<Asked> {
        let tests: Vec<Condition> = about_mfa(statement).cloned().collect();
        let compiler = &self.checker.compiler;
        let conditions = &compiler.arena.conditions;
        let all = compiler.condition(&tests, statement.effect, self.document.version);
        if conditions.contains_doubt(all) {
            return None;
        }
        let holds = |present: &Known<'static>, age: &Known<'static>| {
            let known = |key: KeyId| match &*conditions.key_of(key).name {
                PRESENT => present.clone(),
                AGE => age.clone(),
                _ => Known::Unknown,
            };
            let bound = conditions.bind(all, &known);
            match (conditions.satisfiable(bound), conditions.satisfiable(conditions.not(bound))) {
                (Sat::No, _) => Some(Holds::Never),
                (_, Sat::No) => Some(Holds::Always),
                (Sat::Yes(_), Sat::Yes(_)) => Some(Holds::Sometimes),
                _ => None,
            }
        };
        let value = |text: &'static str| Known::One(text.into());
        Some(Asked {
            absent: holds(&Known::Absent, &Known::Absent)?,
            without: holds(&value("false"), &Known::Absent)?,
            with: holds(&value("true"), &Known::Held)?,
        })
    }

    /// Whether the other tests of a statement let a request with long-term access keys pass: these have no `aws:TokenIssueTime`.
    fn concerns_long_term_keys(&self, statement: &Statement) -> bool {
        let others: Vec<Condition> =
            statement.conditions.iter().filter(|condition| !is_about_mfa(condition)).cloned().collect();
        let compiler = &self.checker.compiler;
        let conditions = &compiler.arena.conditions;
        let others = compiler.condition(&others, statement.effect, self.document.version);
        let long_term =
            ["aws:TokenIssueTime", "aws:FederatedProvider"].map(|key| conditions.absent(compiler.key(key)));
        let both = conditions.and_all(long_term.into_iter().chain([others]));
        matches!(conditions.satisfiable(both), Sat::Yes(_))
    }

    /// Whether another Deny of the document hits all that a statement is about, for a kind of requests.
    fn is_denied(&self, of: &Statement, hits: &dyn Fn(Asked) -> bool) -> bool {
        let whenever = |regions: &[Region]| -> Vec<Region> {
            regions.iter().map(|region| Region { condition: ConditionId::ALWAYS, ..*region }).collect()
        };
        let Some(all) = self.regions_of(of).map(whenever) else { return false };
        let denies_all = |other: &Statement| {
            let Some(denied) = self.regions_of(other).map(whenever) else { return false };
            let left = self.checker.compiler.arena.difference_all(all.iter().copied(), &denied);
            left.iter().all(|region| self.checker.is_empty(*region))
        };
        let mut others =
            self.document.statements.iter().filter(|other| {
                other.effect == Effect::Deny && other.index != of.index && names_all(other, of)
            });
        others.any(|other| {
            about_mfa(other).next().is_some() && self.asked(other).is_some_and(hits) && denies_all(other)
        })
    }

    /// Whether each Allow of the document asks for MFA, and there is one.
    fn allows_ask_for_mfa(&self) -> bool {
        let mut allows =
            self.document.statements.iter().filter(|other| other.effect == Effect::Allow).peekable();
        allows.peek().is_some()
            && allows.all(|allow| {
                about_mfa(allow).next().is_some() && self.asked(allow).is_some_and(Asked::leaves_out)
            })
    }
}

fn is_about_mfa(condition: &Condition) -> bool {
    [PRESENT, AGE].iter().any(|key| condition.key.value.eq_ignore_ascii_case(key))
}

fn about_mfa<'s, 'd>(statement: &'s Statement<'d>) -> impl Iterator<Item = &'s Condition<'d>> {
    statement.conditions.iter().filter(|condition| is_about_mfa(condition))
}

fn operator(condition: &Condition) -> Option<Operator> {
    match &condition.test {
        Test::Readable { operator, .. } => Some(*operator),
        _ => None,
    }
}

fn is_null(condition: &Condition) -> bool {
    operator(condition).is_some_and(|operator| operator.comparison == Comparison::Null)
}

/// The operator of a test with `IfExists`, of the only one that has none.
fn with_if_exists(tests: &[&Condition]) -> Option<String> {
    let mut plain = tests.iter().filter_map(|test| operator(test)).filter(|operator| !operator.if_exists);
    match (plain.next(), plain.next()) {
        (Some(operator), None) => Some(format!("{}IfExists", operator.name())),
        _ => None,
    }
}

/// Whether somebody whom a statement concerns may have long-term access keys: sessions of roles, services and people of identity
/// providers have none.
fn may_use_keys(principal: &PrincipalElement) -> bool {
    use PrincipalKind::{
        AnyProvider, AnyService, BuiltInProvider, FederatedUser, OidcProvider, OriginAccessIdentity, Role,
        SamlProvider, Service, Session,
    };
    let has_none = |entry: &PrincipalEntry| {
        matches!(
            entry.kind,
            Role | Session
                | FederatedUser
                | OriginAccessIdentity
                | Service
                | AnyService
                | OidcProvider
                | SamlProvider
                | BuiltInProvider
                | AnyProvider
        )
    };
    match principal {
        PrincipalElement::Entries { negated: false, entries } => !entries.iter().all(has_none),
        PrincipalElement::Missing | PrincipalElement::Unreadable => false,
        _ => true,
    }
}
