//! Principals as policies name them (section 2.4 of the semantics, S-PRN-…).

use super::span::Span;

/// One principal of a `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// The principal as written. If it is not text, the JSON text.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
    /// What it names.
    pub kind: PrincipalKind,
}

/// What a principal entry names. ARNs are compared as written: `text` of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// `{"AWS": "*"}`: every caller; for a service principal it may match (S-PRN-01).
    Everyone,
    /// An account, by its number or the ARN of its root: the 12 digits (S-PRN-02).
    Account(Box<str>),
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
    /// Malformed: may name anybody (S-PRN-24).
    Malformed,
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
