//! Condition keys, operators and values.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::UnknownConditionKey,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransprt": "true"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:securetransport": "true"}}"#,
        ],
    ),
    (
        Code::UnknownConditionKey,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:usernme}/*""#],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/${*}""#,
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "${aws:PrincipalTag/team, 'x'}/*"}}"#,
        ],
    ),
    (
        Code::UnknownConditionKey,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "${aws:usernme}/*"}}"#,
        ],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "fc00::/7"]}}"#,
        ],
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}"#,
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#,
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "8.0.0.0/6"}}"#,
        ],
    ),
    (
        Code::KeyNotSupplied,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "x"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "x"}}"#,
        ],
    ),
    (
        Code::OperatorType,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"NumericEquals": {"aws:SourceIp": "1"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"NumericEquals": {"aws:EpochTime": "1"}}"#,
        ],
    ),
    (
        Code::OperatorType,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceIp": "10.0.0.0/8"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "54.0.0.0/8"}}"#,
        ],
    ),
    (
        Code::LiteralWildcard,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}"#,
        ],
    ),
    (
        Code::ForAllValuesAllow,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
            r#""Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Null": {"aws:principalorgid": "false"}}"#,
            r#""Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}"#,
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"dynamodb:Attributes": "a"}}"#,
        ],
    ),
    (
        Code::SetOperatorOnSingleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:username": "a"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "a"}}"#,
        ],
    ),
    (
        Code::MultivaluedKey,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:CalledVia": "a"}}"#,
        ],
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:CalledVia": "true"}}"#,
        ],
    ),
    (
        Code::KeySpelledTwice,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/a": "1"}, "Null": {"aws:PrincipalTag/A": "false"}}"#,
        ],
        &[
            r#""Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/a": "1"}, "Null": {"aws:PrincipalTag/a": "false"}}"#,
        ],
    ),
];

/// A test that fails without its key is no note: the statement never matches any action that is known.
#[test]
fn what_needs_a_key_that_no_action_supplies_is_a_warning() {
    let level = |operator: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Action": "sqs:Send*", "Resource": "*", "Condition": {{"{operator}": {{"s3:prefix": "x"}}}}"#
        );
        let found = check(Identity, &document(&[&statement]));
        let finding = found.iter().find(|finding| finding.rule.code == "condition-key-not-supplied");
        finding.map(|finding| finding.level.as_str())
    };
    assert_eq!(level("StringEquals"), Some("warning"));
    assert_eq!(level("StringNotEquals"), Some("note"));
}

#[test]
fn addresses_that_never_match_are_explained() {
    let help = |condition: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}"#
        );
        let found = check(Identity, &document(&[&statement]));
        let finding = found.iter().find(|finding| finding.rule.code == "never-matches");
        finding.and_then(|finding| finding.help.clone()).unwrap_or_default()
    };
    let private = help(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#);
    assert!(private.contains("never holds a private address"), "{private}");
    let endpoint = help(
        r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#,
    );
    assert!(endpoint.contains("through a VPC endpoint has no `aws:SourceIp`"), "{endpoint}");
}
