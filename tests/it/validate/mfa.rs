//! Statements that ask for MFA (S-COND-15, S-KEY-22).

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::MfaNotRequired,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
        ],
        &[
            r#""Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
        ],
    ),
    (
        Code::MfaNotRequired,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        ],
    ),
    (
        Code::MfaInverted,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        ],
    ),
];

/// What is said of MFA in a document: level and message.
fn said(kind: PolicyKind, statements: &[String]) -> Vec<(&'static str, String)> {
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let about = |finding: &Finding| finding.rule.code.starts_with("mfa-");
    check(kind, &document(&statements))
        .into_iter()
        .filter(about)
        .map(|finding| (finding.level.as_str(), finding.message))
        .collect()
}

fn statement(effect: &str, condition: &str) -> String {
    format!(
        r#""Effect": "{effect}", "Action": "s3:GetObject", "Resource": "*", "Condition": {{{condition}}}"#
    )
}

#[track_caller]
fn expect(effect: &str, condition: &str, expected: Option<(&str, &str)>) {
    let found = said(Identity, &[statement(effect, condition)]);
    let found: Vec<(&str, &str)> = found.iter().map(|(level, message)| (*level, &**message)).collect();
    assert_eq!(found, Vec::from_iter(expected), "{effect} {condition}");
}

#[test]
fn what_a_test_of_mfa_means_counts_and_not_how_it_is_written() {
    const SPARES_KEYS: Option<(&str, &str)> = Some((
        "warning",
        "this Deny spares requests with long-term access keys, which never hold `aws:MultiFactorAuthPresent`",
    ));
    const SPARES_SESSIONS: Option<(&str, &str)> = Some((
        "note",
        "this Deny spares sessions without MFA, in which `aws:MultiFactorAuthPresent` is there and `false`",
    ));
    let spares_all = Some((
        "warning",
        "this Deny spares requests without any MFA, which do not hold `aws:MultiFactorAuthAge`",
    ));
    let serves_keys = |key: &str| {
        format!("this Allow also serves requests with long-term access keys, which never hold `{key}`")
    };
    let (by_presence, by_age) =
        (serves_keys("aws:MultiFactorAuthPresent"), serves_keys("aws:MultiFactorAuthAge"));
    let inverted = |message| Some(("note", message));
    for (condition, expected) in [
        (r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#, SPARES_KEYS),
        (r#""StringEquals": {"aws:MultiFactorAuthPresent": "false"}"#, SPARES_KEYS),
        (r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}"#, None),
        (r#""StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}"#, None),
        (r#""Null": {"aws:MultiFactorAuthAge": "true"}"#, None),
        (r#""Null": {"aws:MultiFactorAuthPresent": "true"}"#, SPARES_SESSIONS),
        // That only those with the key are meant is said.
        (
            r#""Null": {"aws:MultiFactorAuthPresent": "false"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
            None,
        ),
        (r#""Null": {"aws:TokenIssueTime": "false"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}"#, None),
        (
            r#""StringEquals": {"aws:PrincipalType": "AssumedRole"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
            None,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/team": "x"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
            SPARES_KEYS,
        ),
        (r#""NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}"#, spares_all),
        (r#""NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}"#, None),
        (
            r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
            inverted("this Deny hits only requests with MFA"),
        ),
        (
            r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#,
            inverted("this Deny hits requests with MFA, and spares sessions without"),
        ),
        (r#""Null": {"aws:MultiFactorAuthPresent": "false"}"#, None),
    ] {
        expect("Deny", condition, expected);
    }
    for (condition, expected) in [
        (r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#, None),
        (r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#, Some(("warning", &*by_presence))),
        (
            r#""StringEqualsIfExists": {"aws:MultiFactorAuthPresent": "true"}"#,
            Some(("warning", &*by_presence)),
        ),
        (
            r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}, "Null": {"aws:MultiFactorAuthPresent": "false"}"#,
            None,
        ),
        (
            r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}, "Null": {"aws:TokenIssueTime": "false"}"#,
            None,
        ),
        (r#""NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}"#, None),
        (r#""NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "3600"}"#, Some(("warning", &*by_age))),
        (
            r#""NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "3600"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
            None,
        ),
        (
            r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#,
            inverted("this Allow serves only requests without MFA"),
        ),
        (
            r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}"#,
            inverted("this Allow serves only requests without MFA"),
        ),
        (r#""Null": {"aws:MultiFactorAuthAge": "false"}"#, None),
        (r#""Null": {"aws:MultiFactorAuthPresent": "true"}"#, None),
        (
            r#""Null": {"aws:MultiFactorAuthPresent": "false"}"#,
            Some((
                "note",
                "this Allow also serves sessions without MFA, in which `aws:MultiFactorAuthPresent` is there and `false`",
            )),
        ),
        (r#""Bool": {"aws:SecureTransport": "true"}"#, None),
        // What can't be read is said as that.
        (r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "yes"}"#, None),
    ] {
        expect("Allow", condition, expected);
    }
}

#[test]
fn another_deny_makes_good_what_one_spares() {
    let deny = |condition: &str| statement("Deny", condition);
    let allow = |condition: &str| statement("Allow", condition);
    let spares_keys = deny(r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#);
    let spares_sessions = deny(r#""Null": {"aws:MultiFactorAuthPresent": "true"}"#);
    let right = deny(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}"#);
    let wide = allow(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#);
    let by_age = deny(r#""NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}"#);
    let narrow = allow(r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#);
    for (statements, count) in [
        (vec![&spares_keys, &spares_sessions], 0),
        (vec![&wide, &right], 0),
        (vec![&wide, &spares_sessions], 1),
        (vec![&by_age, &right], 0),
        (vec![&by_age, &narrow], 0),
        (vec![&by_age, &wide], 2),
    ] {
        let statements: Vec<String> = statements.into_iter().cloned().collect();
        assert_eq!(said(Identity, &statements).len(), count, "{statements:?}");
    }
    // One on other actions does not.
    let elsewhere = right.replace("s3:GetObject", "s3:PutObject");
    assert_eq!(said(Identity, &[wide.clone(), elsewhere]).len(), 1);
    let wider = right.replace("s3:GetObject", "s3:*");
    assert_eq!(said(Identity, &[wide, wider]).len(), 0);
}

#[test]
fn whoever_has_no_access_keys_is_not_meant() {
    let of = |kind: PolicyKind, effect: &str, principal: &str, action: &str, condition: &str| {
        let resource = if kind == Trust { "" } else { r#", "Resource": "*""# };
        let statement = format!(
            r#""Effect": "{effect}", "Principal": {principal}, "Action": "{action}"{resource}, "Condition": {{{condition}}}"#
        );
        said(kind, &[statement]).len()
    };
    let if_exists = r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#;
    let deny = r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#;
    for (principal, count) in [
        (r#""*""#, 1),
        (r#"{"AWS": "arn:aws:iam::111122223333:user/u"}"#, 1),
        (r#"{"AWS": ["arn:aws:iam::111122223333:role/r", "111122223333"]}"#, 1),
        (r#"{"AWS": "arn:aws:iam::111122223333:role/r"}"#, 0),
        (r#"{"Service": "ec2.amazonaws.com"}"#, 0),
    ] {
        assert_eq!(of(Trust, "Allow", principal, "sts:AssumeRole", if_exists), count, "{principal}");
        assert_eq!(of(Resource, "Allow", principal, "s3:GetObject", if_exists), count, "{principal}");
        assert_eq!(of(Resource, "Deny", principal, "s3:GetObject", deny), count, "{principal}");
        assert_eq!(of(Trust, "Deny", principal, "sts:AssumeRole", deny), count, "{principal}");
    }
    assert_eq!(of(Rcp, "Deny", r#""*""#, "s3:GetObject", deny), 1);
    let provider = r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/p"}"#;
    assert_eq!(of(Trust, "Allow", provider, "sts:AssumeRoleWithSAML", if_exists), 0);
}

#[test]
fn the_remedy_names_the_operator() {
    let help = |effect: &str, condition: &str| {
        let found = check(Identity, &document(&[&statement(effect, condition)]));
        let found = found.into_iter().find(|finding| finding.rule.code == "mfa-not-required");
        found.and_then(|finding| finding.help).unwrap_or_default()
    };
    let spared = help("Deny", r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#);
    assert!(spared.starts_with("write `BoolIfExists`"), "{spared}");
    assert_eq!(help("Allow", r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}"#), "write `Bool`");
    let by_age = help("Allow", r#""NumericLessThanEqualsIfExists": {"aws:MultiFactorAuthAge": "60"}"#);
    assert_eq!(by_age, "write `NumericLessThanEquals`");
}
