//! Principals as policies name them (section 2.4 of the semantics, S-PRN-…).

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::problem::{Fault, ProblemCode, Quoted};
use super::span::Span;

/// One principal of a `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalEntry<'a> {
    /// The principal as written. If it is not text, the JSON text.
    pub text: Cow<'a, str>,
    /// Where it stands.
    pub span: Span,
    /// What it names.
    pub kind: PrincipalKind,
}

impl PrincipalEntry<'_> {
    /// The 12 digits of the account that the principal is, or belongs to; none where it names none.
    pub fn account(&self) -> Option<&str> {
        match self.kind {
            PrincipalKind::Account if is_account(&self.text) => Some(&self.text),
            PrincipalKind::Account
            | PrincipalKind::User
            | PrincipalKind::Role
            | PrincipalKind::Session
            | PrincipalKind::FederatedUser
            | PrincipalKind::SamlProvider
            | PrincipalKind::OidcProvider
            | PrincipalKind::Group => self.text.split(':').nth(4),
            _ => None,
        }
    }
}

/// What a principal entry names. ARNs are compared as written: `text` of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `{"AWS": "*"}`: every caller; for a service principal it may match (S-PRN-01).
    Everyone,
    /// An account, by its number or the ARN of its root: [`PrincipalEntry::account`] (S-PRN-02).
    Account,
    /// `arn:aws:iam::A:user/path/name` (S-PRN-03).
    User,
    /// `arn:aws:iam::A:role/path/name`: every session of the role (S-PRN-04).
    Role,
    /// `arn:aws:sts::A:assumed-role/role/session` (S-PRN-05).
    Session,
    /// `arn:aws:sts::A:federated-user/name` (S-PRN-07).
    FederatedUser,
    /// `AIDA…` or `AROA…`: a user or role that was deleted, unless the estate knows the id (S-PRN-11).
    UniqueId,
    /// An origin access identity of CloudFront (S-PRN-23).
    OriginAccessIdentity,
    /// `{"Service": "x.amazonaws.com"}` (S-PRN-08).
    Service,
    /// `{"Service": "*"}`: an Allow matches nobody, a Deny every service (S-PRN-16).
    AnyService,
    /// `arn:aws:iam::A:saml-provider/name` (S-PRN-09).
    SamlProvider,
    /// `arn:aws:iam::A:oidc-provider/host/path` (S-PRN-09).
    OidcProvider,
    /// One of [`BUILT_IN_PROVIDERS`] (S-PRN-09).
    BuiltInProvider,
    /// `{"Federated": "*"}`: an Allow matches nobody, a Deny every federated caller (S-PRN-16).
    AnyProvider,
    /// A canonical user id (S-PRN-10).
    CanonicalUser,
    /// Malformed: a group, by ARN or unique id (S-PRN-15).
    Group,
    /// Malformed: `text` is a glob over the principals of its class (S-PRN-14).
    PartialWildcard(PrincipalClass),
    /// Malformed: may name whomever its class can name; in `AWS`, anybody (S-PRN-24).
    Malformed(PrincipalClass),
}

/// The key under which a principal stands (S-GRAM-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalClass {
    /// `AWS`
    Aws,
    /// `Service`
    Service,
    /// `Federated`
    Federated,
    /// `CanonicalUser`
    CanonicalUser,
}

/// Identity providers that need no provider resource in an account (S-PRN-09).
pub const BUILT_IN_PROVIDERS: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

impl PrincipalClass {
    /// The four classes.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Service, Self::Federated, Self::CanonicalUser];

    /// The key in AWS's spelling.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    /// The class of a key; exact case (S-GRAM-10).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// Reads the text of a principal.
pub(super) fn read(text: &str, class: PrincipalClass) -> (PrincipalKind, Option<Fault>) {
    if text == "*" {
        return everyone(class);
    }
    if text.contains(['*', '?']) {
        let message = format!("the principal {} has a wildcard in a part of it", Quoted(text));
        let fault = Fault::error(ProblemCode::WildcardPrincipal, message)
            .with_help("name each principal, or test `aws:PrincipalArn` with `ArnLike`");
        return (PrincipalKind::PartialWildcard(class), Some(fault));
    }
    let kind = match class {
        PrincipalClass::Aws => return aws(text),
        PrincipalClass::Service => is_service(text).then_some(PrincipalKind::Service),
        PrincipalClass::Federated => provider(text),
        PrincipalClass::CanonicalUser => {
            let is_id = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_id && CanonicalId::of(text).is_none() {
                return (PrincipalKind::CanonicalUser, Some(odd_canonical_id(text)));
            }
            is_id.then_some(PrincipalKind::CanonicalUser)
        }
    };
    match kind {
        Some(kind) => (kind, None),
        None => (PrincipalKind::Malformed(class), Some(malformed(text, class))),
    }
}

fn everyone(class: PrincipalClass) -> (PrincipalKind, Option<Fault>) {
    let kind = match class {
        PrincipalClass::Aws => return (PrincipalKind::Everyone, None),
        PrincipalClass::Service => PrincipalKind::AnyService,
        PrincipalClass::Federated => PrincipalKind::AnyProvider,
        PrincipalClass::CanonicalUser => PrincipalKind::PartialWildcard(class),
    };
    let message = format!("`*` cannot stand for every principal under `{}`", class.name());
    let fault = Fault::error(ProblemCode::WildcardPrincipal, message)
        .with_help("write `\"Principal\": \"*\"` and limit it with a condition");
    (kind, Some(fault))
}

fn aws(text: &str) -> (PrincipalKind, Option<Fault>) {
    if is_account(text) {
        return (PrincipalKind::Account, None);
    }
    if let Some(kind) = unique_id(text) {
        let fault = if kind == PrincipalKind::Group { group(text) } else { deleted(text) };
        return (kind, Some(fault));
    }
    let kind = arn(text);
    let fault = match kind {
        PrincipalKind::Malformed(_) => Some(malformed(text, PrincipalClass::Aws)),
        PrincipalKind::Group => Some(group(text)),
        PrincipalKind::Session => text.rsplit('/').next().filter(|name| !is_session_name(name)).map(|name| {
            let message = format!("no session can have the name {}", Quoted(name));
            Fault::warning(ProblemCode::OddSessionName, message)
                .with_help("session names are 2 to 64 letters, digits or any of `_+=,.@-`")
        }),
        _ => None,
    };
    (kind, fault)
}

/// Whose id a text with the form of a canonical user id is (S-PRN-10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CanonicalId {
    /// An account's: 64 hexadecimal digits.
    Account,
    /// An origin access identity's: 96 (S-PRN-23).
    OriginAccessIdentity,
}

impl CanonicalId {
    /// What the form of a text tells; none if it is no such id.
    pub fn of(text: &str) -> Option<Self> {
        let is_hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match text.len() {
            64 if is_hexadecimal => Some(Self::Account),
            96 if is_hexadecimal => Some(Self::OriginAccessIdentity),
            _ => None,
        }
    }
}

/// S-PRN-10: whose it is stays open, as with any id that the estate does not map to an account.
fn odd_canonical_id(text: &str) -> Fault {
    let message = format!("no account has the canonical user id {}, as far as its form tells", Quoted(text));
    Fault::warning(ProblemCode::OddCanonicalId, message).with_help(
        "canonical user ids are 64 hexadecimal digits; `s3api list-buckets` shows an account's own",
    )
}

/// S-PRN-11: policies show a user or role that exists by its ARN.
fn deleted(text: &str) -> Fault {
    let message =
        format!("the principal {} is a unique id, as of a user or role that was deleted", Quoted(text));
    Fault::warning(ProblemCode::DeletedPrincipal, message)
        .with_help("it means nobody, unless a user or role has this very id")
}

/// Reads the ARN of an IAM principal; `Malformed` if it is none.
fn arn(text: &str) -> PrincipalKind {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (prefix, partition, service, region, account, resource) =
        (next(), next(), next(), next(), next(), next());
    if prefix != "arn" || partition.is_empty() || !region.is_empty() {
        return PrincipalKind::Malformed(PrincipalClass::Aws);
    }
    if service == "iam"
        && account == "cloudfront"
        && resource.starts_with("user/CloudFront Origin Access Identity ")
    {
        return PrincipalKind::OriginAccessIdentity;
    }
    if !is_account(account) {
        return PrincipalKind::Malformed(PrincipalClass::Aws);
    }
    if service == "iam" && resource == "root" {
        return PrincipalKind::Account;
    }
    let (word, name) = resource.split_once('/').unwrap_or((resource, ""));
    if name.is_empty() || name.starts_with('/') || name.ends_with('/') {
        return PrincipalKind::Malformed(PrincipalClass::Aws);
    }
    match (service, word) {
        ("iam", "user") => PrincipalKind::User,
        ("iam", "role") => PrincipalKind::Role,
        ("iam", "group") => PrincipalKind::Group,
        ("sts", "assumed-role") if name.matches('/').count() == 1 => PrincipalKind::Session,
        ("sts", "federated-user") => PrincipalKind::FederatedUser,
        _ => PrincipalKind::Malformed(PrincipalClass::Aws),
    }
}

fn provider(text: &str) -> Option<PrincipalKind> {
    if BUILT_IN_PROVIDERS.contains(&text) {
        return Some(PrincipalKind::BuiltInProvider);
    }
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (prefix, partition, service, region, account, resource) =
        (next(), next(), next(), next(), next(), next());
    if prefix != "arn"
        || partition.is_empty()
        || service != "iam"
        || !region.is_empty()
        || !is_account(account)
    {
        return None;
    }
    match resource.split_once('/') {
        Some((_, "")) => None,
        Some(("saml-provider", _)) => Some(PrincipalKind::SamlProvider),
        Some(("oidc-provider", _)) => Some(PrincipalKind::OidcProvider),
        _ => None,
    }
}

/// Whether a text is the number of an account: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a session can have this name (S-TRI-10).
pub fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

fn unique_id(text: &str) -> Option<PrincipalKind> {
    let (prefix, rest) = text.split_at_checked(4)?;
    if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return None;
    }
    match prefix {
        "AIDA" | "AROA" => Some(PrincipalKind::UniqueId),
        "AGPA" => Some(PrincipalKind::Group),
        _ => None,
    }
}

/// Whether a text has the shape of a service principal: `x.amazonaws.com`.
fn is_service(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

fn group(text: &str) -> Fault {
    Fault::error(ProblemCode::GroupPrincipal, format!("the group {} cannot be a principal", Quoted(text)))
        .with_help("name the users of the group")
}

fn malformed(text: &str, class: PrincipalClass) -> Fault {
    let expected = match class {
        PrincipalClass::Aws => "an account number, the ARN of an IAM principal, a unique id, or `*`",
        PrincipalClass::Service => "a service such as `ec2.amazonaws.com`",
        PrincipalClass::Federated => "the ARN of a SAML or OIDC provider, or a provider built into AWS",
        PrincipalClass::CanonicalUser => "a canonical user id",
    };
    let message = format!("the principal {} is not {expected}", Quoted(text));
    let fault = Fault::error(ProblemCode::MalformedPrincipal, message);
    match right_class(text, class) {
        Some(right) => fault.with_help(format!("write it under `{}`", right.name())),
        None => fault,
    }
}

/// The class under which the text would be a principal.
fn right_class(text: &str, class: PrincipalClass) -> Option<PrincipalClass> {
    let right = if text.starts_with("arn:") {
        match (arn(text), provider(text)) {
            (_, Some(_)) => PrincipalClass::Federated,
            (PrincipalKind::Malformed(_), None) => return None,
            _ => PrincipalClass::Aws,
        }
    } else if BUILT_IN_PROVIDERS.contains(&text) {
        PrincipalClass::Federated
    } else if is_account(text) || unique_id(text).is_some() {
        PrincipalClass::Aws
    } else if is_service(text) && text.contains(".amazonaws.com") {
        PrincipalClass::Service
    } else {
        return None;
    };
    (right != class).then_some(right)
}
