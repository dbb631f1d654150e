//! Statements as a whole, and beside each other.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::PassRoleAny,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringLike": {"iam:PassedToService": "*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
            r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#,
            r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:iam::111111111111:role/app-*""#,
        ],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"Null": {"iam:PassedToService": "false"}}"#,
        ],
        &[],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
        ],
        &[],
    ),
    (Code::PassRoleAny, Identity, &[r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "*""#], &[]),
    (
        Code::PassRoleAny,
        Identity,
        &[r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:iam::111111111111:role/*""#],
        &[],
    ),
    (
        Code::NeverMatches,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"Null": {"aws:PrincipalTag/team": "false"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com", "AWS": "111111111111"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        ],
    ),
    (
        Code::NeverMatches,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "a"}, "StringLike": {"aws:username": "b*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:username": "ba"}, "StringLike": {"aws:username": "b*"}}"#,
        ],
    ),
    (
        Code::CoveredStatement,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "54.0.0.0/8"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*""#,
        ],
    ),
    (
        Code::CoveredStatement,
        Resource,
        &[
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*""#,
            r#""Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "s3:PutObject", "Resource": "*""#,
        ],
        &[
            r#""Effect": "Deny", "Principal": {"AWS": "222222222222"}, "Action": "s3:*", "Resource": "*""#,
            r#""Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "s3:PutObject", "Resource": "*""#,
        ],
    ),
    (
        Code::AllowDenied,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*""#,
            r#""Effect": "Deny", "Action": "kms:*", "Resource": "*""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*""#,
            r#""Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
        ],
    ),
    (
        Code::AllowNotAction,
        Identity,
        &[r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#],
        &[r#""Effect": "Deny", "NotAction": "iam:*", "Resource": "*""#],
    ),
    (
        Code::AllowNotResource,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::a""#],
        &[r#""Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::a""#],
    ),
    (
        Code::AllowAll,
        Identity,
        &[r#""Effect": "Allow", "Action": "*", "Resource": "*""#],
        &[
            r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        ],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[r#""Effect": "Allow", "Action": "iam:Pass*", "Resource": "*""#],
        &[r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/app-*""#],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111111111111:role/*""#],
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
        ],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/admin""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::111122223333:role/*""#,
            r#""Effect": "Allow", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::*:role/*""#,
            r#""Effect": "Allow", "Action": "*", "Resource": "*""#,
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/a/*""#,
            r#""Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:user/*""#,
        ],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam::111122223333:role/*""#],
        &[],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:*""#],
        &[],
    ),
    (
        Code::PassRoleAny,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": ["arn:aws:iam::111122223333:role/a*", "arn:aws:iam::111122223333:r*"]"#,
        ],
        &[],
    ),
];

#[test]
fn the_language_of_2008_is_a_note() {
    let found =
        check(Identity, r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#);
    assert_eq!(found.iter().map(|finding| finding.rule.code).collect::<Vec<_>>(), ["old-policy-language"]);
}

/// One of two halves covers nothing alone; and what others cover covers nobody, or all of them would go.
#[test]
fn statements_are_covered_by_several_together() {
    let covered = |statements: &[&str]| -> Vec<String> {
        let found = check(Identity, &document(statements));
        let covered = found.iter().filter(|finding| finding.rule.code == "covered-statement");
        covered.map(|finding| finding.place.path.to_string()).collect()
    };
    let get = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]"#;
    let put = r#""Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*""#;
    let both =
        r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*""#;
    let deny = r#""Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/x""#;
    assert_eq!(covered(&[both, get, put]), ["$.Statement[2]"]);
    let other =
        r#""Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObjectAcl"], "Resource": "arn:aws:s3:::*""#;
    assert_eq!(covered(&[get, both, other]), ["$.Statement[1]"]);
    assert_eq!(covered(&[get, both, deny]), [""; 0]);
}

#[test]
fn a_document_of_very_many_statements_is_not_compared() {
    let statement = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*""#;
    assert!(codes(Identity, &[statement; 201]).contains("coverage-skipped"));
    let found = codes(Identity, &[statement; 200]);
    assert!(found.contains("covered-statement") && !found.contains("coverage-skipped"));
}
