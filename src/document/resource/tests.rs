use super::{PolicyKind, ProblemCode, ResourceReading, Version, glob_matches_arn, read};

fn identity(text: &str) -> (ResourceReading, Option<ProblemCode>) {
    let (reading, fault) = read(text, PolicyKind::Identity, Version::V2012);
    (reading, fault.map(|fault| fault.code))
}

#[test]
fn arns_are_patterns_as_written() {
    for text in [
        "*",
        "arn:aws:s3:::b/*",
        "arn:*:s3:::b",
        "arn:aws:sqs:*:queue-1*",
        "arn:aws:s3:::b/${aws:PrincipalTag/a, 'x:y'}/${*}",
    ] {
        assert_eq!(identity(text), (ResourceReading::Pattern, None), "{text}");
    }
}

#[test]
fn wildcards_are_taken_for_what_an_arn_begins_with() {
    for text in ["**", "?*", "a*", "*:*", "*:aws:iam::*:user/${aws:username}"] {
        assert_eq!(
            identity(text),
            (ResourceReading::Pattern, Some(ProblemCode::MalformedResource)),
            "{text}"
        );
    }
    for text in ["arn:aws:s3*", "arn:aws:*"] {
        assert_eq!(identity(text), (ResourceReading::Pattern, Some(ProblemCode::WildcardService)), "{text}");
    }
}

#[test]
fn short_arns_depend_on_the_kind_of_policy() {
    let padded = |text: &str, kind| match read(text, kind, Version::V2012).0 {
        ResourceReading::Pattern => Some(text.to_owned()),
        ResourceReading::Padded(pattern) => Some(pattern),
        _ => None,
    };
    let full = || Some("arn:aws:s3:*:*:*".to_owned());
    assert_eq!(padded("arn:aws:s3", PolicyKind::Identity), full());
    assert_eq!(padded("arn:aws:s3", PolicyKind::Boundary), full());
    assert_eq!(padded("arn:aws:s3", PolicyKind::Resource), None);
    assert_eq!(padded("arn:aws:s?", PolicyKind::Resource), Some("arn:aws:s?:*:*:*".to_owned()));
    assert_eq!(padded("arn:aws:s?", PolicyKind::Scp), None);
    assert_eq!(padded("arn:aws:s3*", PolicyKind::Scp), Some("arn:aws:s3*".to_owned()));
}

#[test]
fn what_is_no_arn() {
    for text in
        ["", "arn", "my-bucket", " arn:aws:s3:::b", "${aws:username}", "*b*", "execute-api:/prod/GET/x"]
    {
        assert_eq!(
            identity(text),
            (ResourceReading::Malformed(None), Some(ProblemCode::MalformedResource)),
            "{text}"
        );
    }
    let (reading, fault) = read("execute-api:/prod/GET/x", PolicyKind::Resource, Version::V2012);
    assert_eq!((reading, fault), (ResourceReading::ExecuteApi, None));
}

#[test]
fn variables_work_after_the_fifth_colon_of_a_2012_policy() {
    let widened = ResourceReading::Malformed(Some("arn:aws:s3:*::b".into()));
    assert_eq!(identity("arn:aws:s3:${aws:x}::b"), (widened, Some(ProblemCode::MisplacedVariable)));
    let widened = ResourceReading::Malformed(Some("arn:aws:s3:::b/*".into()));
    assert_eq!(identity("arn:aws:s3:::b/${aws:x"), (widened, Some(ProblemCode::MalformedVariable)));
    let text = "arn:aws:s3:::${aws:x}";
    let (reading, fault) = read(text, PolicyKind::Identity, Version::V2008);
    assert_eq!(reading, ResourceReading::Pattern);
    assert_eq!(fault.map(|fault| fault.code), Some(ProblemCode::LiteralVariable));
}

#[test]
fn a_wildcard_for_the_service_is_doubtful() {
    assert_eq!(
        identity("arn:aws:s?:::b"),
        (ResourceReading::WildcardService, Some(ProblemCode::WildcardService))
    );
    assert_eq!(identity("arn:*:*:::b").0, ResourceReading::WildcardService);
}

#[test]
fn only_some_globs_stand_for_arn() {
    assert!(["arn", "*", "a*", "?rn", "*n", "a**n"].into_iter().all(glob_matches_arn));
    assert!(!["", "ARN", "ar", "arns", "?", "b*", "a*x"].into_iter().any(glob_matches_arn));
}
