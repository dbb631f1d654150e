//! Whom statements name (S-PRN-01, S-PRN-08, S-PRN-18, S-PRN-19).

use super::conditions::{needs_key, requires};
use super::strangers::Stranger;
use super::{Check, Code, Finding};
use crate::catalog::{Catalog, Presence};
use crate::document::variable::{Piece, pieces};
use crate::document::{
    Comparison, Condition, ConditionValue, Effect, Place, PolicyKind, PrincipalElement, PrincipalEntry,
    PrincipalKind, ResourceEntry, Statement, Test, Version,
};
use crate::facts::keys;
use crate::region::condition::{hold_every_address, is_private, whole_family};

impl Check<'_, '_> {
    pub(super) fn principals(&mut self, statement: &Statement) {
        self.services(statement);
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
                        PrincipalKind::Service if !is_service(&entry.text) => {}
                        PrincipalKind::Everyone => self.everybody(statement, place),
                        PrincipalKind::Service => self.service(statement, entry, place),
                        PrincipalKind::OidcProvider => self.provider(statement, entry, place),
                        PrincipalKind::BuiltInProvider => self.built_in_provider(statement, entry, place),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Service principals that end in no domain of AWS's.
    fn services(&mut self, statement: &Statement) {
        let PrincipalElement::Entries { entries, .. } = &statement.principal else { return };
        for entry in entries {
            if entry.kind == PrincipalKind::Service && !is_service(&entry.text) {
                let message = format!("`{}` is no service principal", entry.text);
                let finding = Finding::new(Code::UnknownServicePrincipal, message, self.place(entry.span));
                let service = entry.text.split('.').next().unwrap_or_default();
                self.report(finding.with_help(format!("did you mean `{service}.amazonaws.com`?")));
            }
        }
    }

    /// Whether a statement names services alone, or identity providers alone, and asks for a key that no call of theirs holds (S-KEY-08,
    /// S-KEY-22, S-KEY-35).
    pub(super) fn asks_too_much_of_callers(&mut self, statement: &Statement) -> bool {
        let PrincipalElement::Entries { negated: false, entries } = &statement.principal else {
            return false;
        };
        let are = |kinds: &[PrincipalKind]| entries.iter().all(|entry| kinds.contains(&entry.kind));
        let (who, lack): (_, fn(&str) -> bool) = match entries.is_empty() || statement.malformed.is_some() {
            true => return false,
            false if are(&[PrincipalKind::Service]) => ("no service has", services_lack),
            false if are(&PROVIDERS) => ("nobody who signs in by a provider has", tokens_lack),
            false => return false,
        };
        let lacked = |condition: &&Condition| requires(condition) && lack(&condition.key.value);
        let Some(condition) = statement.conditions.iter().find(lacked) else { return false };
        let key = &condition.key.value;
        let message = format!("{who} `{key}` in its calls, so no request satisfies this statement");
        let finding = Finding::new(Code::NeverMatches, message, self.whole(statement));
        let of_organization = key.to_ascii_lowercase().starts_with("aws:principalorg");
        self.report(match of_organization {
            true if are(&[PrincipalKind::Service]) => finding
                .with_help("test `aws:SourceOrgID`: whose resource the service acts for, where it says so"),
            true => finding,
            false => finding,
        });
        true
    }

    /// A Deny that spares callers whose account, or role, it does not spare, or an account alone (S-PRN-18, S-PRN-19).
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
                PrincipalKind::Account if !entries.iter().any(|other| is_other_of(other, account)) => {
                    format!("account {account} is listed alone, and its users and roles may be denied")
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
        if !grants || statement.malformed.is_some() {
            return;
        }
        let open = statement.conditions.iter().all(lets_everybody_pass);
        let stranger = self.lets_stranger_pass(statement);
        if (open || stranger.is_some()) && !self.strangers_are_denied(statement) {
            let message = match (self.key_in_resources(statement), statement.conditions.is_empty()) {
                (Some(key), _) => format!(
                    "this statement allows everybody whose requests hold `{key}`, which its resources name"
                ),
                (None, true) => "this statement allows everybody, without condition".to_owned(),
                (None, false) if open => {
                    "this statement allows everybody: its conditions keep nobody out".to_owned()
                }
                (None, false) if stranger == Some(Stranger::Anonymous) => {
                    "this statement allows everybody: anybody can meet its conditions".to_owned()
                }
                (None, false) => {
                    "this statement allows everybody who has an account of their own: anybody can meet its conditions"
                        .to_owned()
                }
            };
            self.report(Finding::new(Code::PublicPrincipal, message, place));
        }
    }

    /// A key without which a request matches no resource of the statement, if not all requests hold it (S-VAR-05).
    fn key_in_resources<'s>(&self, statement: &'s Statement) -> Option<&'s str> {
        let element = statement.resources.as_ref().filter(|element| !element.negated)?;
        let needed = |entry: &'s ResourceEntry| match entry {
            ResourceEntry::Pattern(text) | ResourceEntry::WildcardService(text) => needed_in(&text.value),
            ResourceEntry::ExecuteApi(_) | ResourceEntry::Malformed(_) => None,
        };
        let is_2012 = self.document.version == Version::V2012;
        let all = is_2012 && element.entries.iter().all(|entry| needed(entry).is_some());
        element.entries.iter().find_map(needed).filter(|_| all)
    }

    fn service(&mut self, statement: &Statement, entry: &PrincipalEntry, place: Place) {
        const SOURCES: [&str; 4] =
            ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"];
        let limits = |condition: &Condition| {
            let key = &*condition.key.value;
            let of_source = SOURCES.iter().any(|source| source.eq_ignore_ascii_case(key));
            let is_wide = texts(condition).any(leaves_source_open);
            (of_source && chooses(condition) && !is_wide) || names_context_of_account(condition)
        };
        // Most services that take roles send no source.
        if self.kind == PolicyKind::Resource && !statement.conditions.iter().any(limits) {
            let message = format!("`{}` may act here for anybody", entry.text);
            self.report(Finding::new(Code::ServiceWithoutSource, message, place));
        }
    }
}

/// Keys that requests of nobody, which are not signed, lack (S-KEY-01, S-XACC-13).
const OF_SIGNED_REQUESTS: [&str; 4] =
    ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalArn", "aws:username"];

/// A key that a text names without default and that some requests lack.
fn needed_in(text: &str) -> Option<&str> {
    let is_sure =
        |key: &str| Catalog::embedded().key(key).is_some_and(|key| key.presence == Presence::Always);
    pieces(text).find_map(|piece| match piece {
        Ok(Piece::Variable { key, default: None }) if !is_sure(key) => Some(key),
        _ => None,
    })
}

/// Whether no call by a service holds a key (S-KEY-08, S-KEY-35).
fn services_lack(key: &str) -> bool {
    const LACKED: [&str; 3] = ["aws:principalorgid", "aws:principalorgpaths", "aws:username"];
    let key = key.to_ascii_lowercase();
    LACKED.contains(&&*key) || keys::is_of_credentials(&key)
}

/// Who calls with a token or an assertion.
const PROVIDERS: [PrincipalKind; 3] =
    [PrincipalKind::SamlProvider, PrincipalKind::OidcProvider, PrincipalKind::BuiltInProvider];

/// Whether no call with a token or an assertion holds a key: nobody has signed it (S-KEY-22, U-25).
fn tokens_lack(key: &str) -> bool {
    const LACKED: [&str; 6] = [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:tokenissuetime",
        "aws:username",
    ];
    let key = key.to_ascii_lowercase();
    LACKED.contains(&&*key) || key.starts_with("aws:multifactorauth")
}

/// Whether a test keeps nobody out: whoever has the key passes it, or whoever signs nothing.
pub(super) fn lets_everybody_pass(condition: &Condition) -> bool {
    let key = &*condition.key.value;
    let signed = OF_SIGNED_REQUESTS.iter().any(|known| known.eq_ignore_ascii_case(key))
        || key.to_ascii_lowercase().starts_with("aws:principaltag/");
    passes_all(condition) || (signed && passes_without(condition))
}

/// Whether whoever has the key passes a test: `*`, all addresses, or all but private ones (S-KEY-32).
fn passes_all(condition: &Condition) -> bool {
    let Test::Readable { operator, .. } = &condition.test else { return false };
    match operator.comparison {
        Comparison::StringLike | Comparison::ArnLike | Comparison::ArnEquals => {
            texts(condition).any(|text| text == "*")
        }
        Comparison::IpAddress => {
            hold_every_address(texts(condition)) || texts(condition).any(|text| whole_family(text).is_some())
        }
        Comparison::NotIpAddress => spares_private_addresses(condition),
        _ => false,
    }
}

/// Whether a test names addresses that no caller has, and is true of all others (S-KEY-32).
pub(super) fn spares_private_addresses(condition: &Condition) -> bool {
    let Test::Readable { operator, values } = &condition.test else { return false };
    operator.comparison == Comparison::NotIpAddress
        && condition.key.value.eq_ignore_ascii_case("aws:SourceIp")
        && !values.is_empty()
        && texts(condition).filter(|text| is_private(text)).count() == values.len()
}

/// Whether a test passes where its key is absent.
fn passes_without(condition: &Condition) -> bool {
    let Test::Readable { operator, .. } = &condition.test else { return false };
    match operator.comparison {
        Comparison::Null => texts(condition).any(|text| text.eq_ignore_ascii_case("true")),
        _ => !needs_key(condition),
    }
}

/// Whether a test lets some values of its key pass only: it names them, and not all.
pub(super) fn chooses(condition: &Condition) -> bool {
    let Test::Readable { operator, .. } = &condition.test else { return false };
    operator.comparison != Comparison::Null && !operator.comparison.is_negated() && !passes_all(condition)
}

pub(super) fn texts<'c>(condition: &'c Condition<'_>) -> impl Iterator<Item = &'c str> {
    let values = match &condition.test {
        Test::Readable { values, .. } => values.as_slice(),
        _ => &[],
    };
    values.iter().filter_map(|value| match value {
        ConditionValue::Text(text) => Some(&*text.value),
        _ => None,
    })
}

/// Whether a pattern of sources is met by resources of any account: it leaves the account open, and where its ARNs have none, the name.
fn leaves_source_open(pattern: &str) -> bool {
    let wild = |text: &str| text.contains(['*', '?']);
    let mut parts = pattern.splitn(6, ':');
    match (parts.next(), parts.nth(3), parts.next()) {
        (Some("arn"), Some(""), Some(name)) => name.starts_with('*'),
        (Some("arn"), Some(account), Some(_)) => wild(account) && !account.contains("${"),
        (Some("arn"), ..) => wild(pattern),
        _ => matches!(pattern, "*" | "o-*"),
    }
}

/// Whether a test asks for a context of encryption that names an account, as the logs and trails of one do.
fn names_context_of_account(condition: &Condition) -> bool {
    let names_account =
        |text: &str| text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() == 12);
    condition.key.value.to_ascii_lowercase().starts_with("kms:encryptioncontext:")
        && chooses(condition)
        && texts(condition).all(names_account)
}

/// Whether a service principal ends as those of AWS do.
fn is_service(text: &str) -> bool {
    const ENDINGS: [&str; 9] = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazonaws.eu",
        ".amazon.com",
        ".aws.internal",
        ".c2s.ic.gov",
        ".sc2s.sgov.gov",
        ".cloud.adc-e.uk",
        ".csp.hci.ic.gov",
    ];
    // A wildcard is none of a name, which the reader of documents says.
    text.contains(['*', '?']) || ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// Whether an entry is a user, role or session of an account.
fn is_other_of(entry: &PrincipalEntry, account: &str) -> bool {
    entry.kind != PrincipalKind::Account && entry.account() == Some(account)
}

/// Whether an entry is the role that another is a session of (S-PRN-06).
fn is_role_of(role: &PrincipalEntry, session: &PrincipalEntry) -> bool {
    let name = session.text.split('/').nth(1).unwrap_or_default();
    role.kind == PrincipalKind::Role
        && role.account() == session.account()
        && role.text.rsplit('/').next().is_some_and(|of| of.eq_ignore_ascii_case(name))
}
