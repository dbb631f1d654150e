use super::PrincipalClass::{Aws, CanonicalUser, Federated, Service};
use super::{PrincipalClass, PrincipalKind, ProblemCode, read};

fn code(text: &str, class: PrincipalClass) -> Option<ProblemCode> {
    read(text, class).1.map(|fault| fault.code)
}

#[test]
fn well_formed_principals() {
    use PrincipalKind::{
        Account, BuiltInProvider, Everyone, FederatedUser, OidcProvider, OriginAccessIdentity, Role,
        SamlProvider, Session, User,
    };
    for (text, class, kind) in [
        ("*", Aws, Everyone),
        ("123456789012", Aws, Account),
        ("arn:aws-cn:iam::123456789012:root", Aws, Account),
        ("arn:aws:iam::123456789012:user/team/a/Bob", Aws, User),
        ("arn:aws:iam::123456789012:role/Ops", Aws, Role),
        ("arn:aws:sts::123456789012:assumed-role/Ops/alice@example.org", Aws, Session),
        ("arn:aws:sts::123456789012:federated-user/Bob", Aws, FederatedUser),
        ("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1ABC", Aws, OriginAccessIdentity),
        ("ec2.amazonaws.com", Service, PrincipalKind::Service),
        ("arn:aws:iam::123456789012:saml-provider/Corp", Federated, SamlProvider),
        ("arn:aws:iam::123456789012:oidc-provider/token.example.com/a", Federated, OidcProvider),
        ("accounts.google.com", Federated, BuiltInProvider),
        (
            "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
            CanonicalUser,
            PrincipalKind::CanonicalUser,
        ),
    ] {
        assert_eq!(read(text, class), (kind, None), "{text}");
    }
}

#[test]
fn unique_ids_are_of_deleted_principals() {
    for text in ["AROAEXAMPLE1234567890", "AIDAEXAMPLE1234567890"] {
        let (kind, fault) = read(text, Aws);
        let expected = (PrincipalKind::UniqueId, Some(ProblemCode::DeletedPrincipal));
        assert_eq!((kind, fault.map(|fault| fault.code)), expected, "{text}");
    }
}

#[test]
fn malformed_principals_stay_visible() {
    for (text, class) in [
        ("", Aws),
        ("Bob", Aws),
        ("12345678901", Aws),
        ("arn:aws:iam::1234:root", Aws),
        ("arn:aws:iam::123456789012:user/", Aws),
        ("arn:aws:iam::123456789012:policy/p", Aws),
        ("arn:aws:iam:us-east-1:123456789012:user/Bob", Aws),
        ("arn:aws:sts::123456789012:assumed-role/Ops", Aws),
        ("ec2.amazonaws.com", Aws),
        ("ec2", Service),
        ("token.actions.githubusercontent.com", Federated),
        ("arn:aws:iam::123456789012:role/Ops", Federated),
        ("a b", CanonicalUser),
    ] {
        let (kind, fault) = read(text, class);
        assert_eq!(kind, PrincipalKind::Malformed(class), "{text}");
        assert_eq!(fault.map(|fault| fault.code), Some(ProblemCode::MalformedPrincipal), "{text}");
    }
}

#[test]
fn wildcards_and_groups() {
    let group = "arn:aws:iam::123456789012:group/Admins";
    assert_eq!(read(group, Aws).0, PrincipalKind::Group);
    assert_eq!(code("AGPAEXAMPLE", Aws), Some(ProblemCode::GroupPrincipal));
    let wildcard = "arn:aws:iam::123456789012:role/*";
    assert_eq!(read(wildcard, Aws).0, PrincipalKind::PartialWildcard(Aws));
    assert_eq!(code(wildcard, Aws), Some(ProblemCode::WildcardPrincipal));
    assert_eq!(read("*", Service).0, PrincipalKind::AnyService);
    assert_eq!(read("*", Federated).0, PrincipalKind::AnyProvider);
    assert_eq!(code("*", CanonicalUser), Some(ProblemCode::WildcardPrincipal));
}

#[test]
fn a_principal_under_the_wrong_key_is_told_the_right_one() {
    let help = |text, class| read(text, class).1.and_then(|fault| fault.help);
    assert_eq!(help("ec2.amazonaws.com", Aws).as_deref(), Some("write it under `Service`"));
    assert_eq!(help("arn:aws:iam::123456789012:role/r", Service).as_deref(), Some("write it under `AWS`"));
    assert_eq!(help("Bob", Aws), None);
}

#[test]
fn a_session_name_that_cannot_be_is_odd() {
    assert_eq!(code("arn:aws:sts::123456789012:assumed-role/Ops/a", Aws), Some(ProblemCode::OddSessionName));
}
