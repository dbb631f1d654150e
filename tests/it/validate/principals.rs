//! Whom statements name.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "192.0.2.0/24"]}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"Null": {"aws:PrincipalArn": "true"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": ["128.0.0.0/1", "0.0.0.0/1"]}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.1.1"]}}"#,
        ],
        &[],
    ),
    (
        Code::UnknownServicePrincipal,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.co"}, "Action": "sts:AssumeRole""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com.cn", "alexa-appkit.amazon.com"]}, "Action": "sts:AssumeRole""#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": "1.2.3.0/24"}}"#,
        ],
    ),
    // Whoever has an IPv6 address passes.
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": "::/0"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}"#,
        ],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*""#,
        ],
        &[
            // Nobody, and not anybody.
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
        ],
    ),
    (
        Code::NotPrincipalAccount,
        Resource,
        &[
            r#""Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:role/r"}, "Action": "s3:*", "Resource": "*""#,
        ],
        &[
            r#""Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111111111111:role/r", "111111111111"]}, "Action": "s3:*", "Resource": "*""#,
        ],
    ),
    (
        Code::NotPrincipalAccount,
        Resource,
        &[
            r#""Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:sts::111111111111:assumed-role/r/one", "111111111111"]}, "Action": "s3:*", "Resource": "*""#,
        ],
        &[
            r#""Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:sts::111111111111:assumed-role/r/one", "arn:aws:iam::111111111111:role/p/r", "arn:aws:iam::111111111111:root"]}, "Action": "s3:*", "Resource": "*""#,
        ],
    ),
    (
        Code::NotPrincipalAccount,
        Resource,
        &[r#""Effect": "Deny", "NotPrincipal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*""#],
        &[
            r#""Effect": "Deny", "NotPrincipal": {"AWS": ["111111111111", "arn:aws:iam::111111111111:user/u"]}, "Action": "s3:*", "Resource": "*""#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*""#,
        ],
        &[r#""Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*""#],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111111111111:t"}}"#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/local-*"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:PrincipalArn": ["arn:*:iam::111122223333:role/*"]}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:Referer": "secret"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}"#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalType": ["User", "AssumedRole"]}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:PrincipalAccount": "????????????"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true", "aws:ViaAWSService": "false"}}"#,
        ],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
        ],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}"#,
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/alpha-*"}}"#,
        ],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:t"}, "StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}"#,
            r#""Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "kms:GenerateDataKey*", "Resource": "*", "Condition": {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}"#,
        ],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:t"}}"#,
        ],
        &[],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringLike": {"aws:SourceAccount": "*"}}"#,
        ],
        &[],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#,
        ],
        &[],
    ),
    (
        Code::ServiceWithoutSource,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}"#,
        ],
        &[],
    ),
];

#[test]
fn everybody_whom_resources_let_match_is_said() {
    let message = |resources: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": [{resources}]"#
        );
        let found = check(Resource, &document(&[&statement]));
        let public = found.iter().find(|finding| finding.rule.code == "public-principal");
        public.map(|finding| finding.message.clone()).unwrap_or_default()
    };
    let team = r#""arn:aws:s3:::a/${aws:PrincipalTag/team}/*""#;
    let by_key = "this statement allows everybody whose requests hold `aws:PrincipalTag/team`, which its resources name";
    let all = "this statement allows everybody, without condition";
    assert_eq!(message(team), by_key);
    assert_eq!(message(&format!(r#"{team}, "arn:aws:s3:::a/public/*""#)), all);
    assert_eq!(message(r#""arn:aws:s3:::a/${aws:PrincipalTag/team, 'none'}/*""#), all);
    assert_eq!(message(r#""arn:aws:s3:::a/${aws:userid}/*""#), all);
}

#[test]
fn strangers_with_and_without_an_account_are_told_apart() {
    let message = |condition: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}"#
        );
        let found = check(Resource, &document(&[&statement]));
        let public = found.iter().find(|finding| finding.rule.code == "public-principal");
        public.map(|finding| finding.message.clone()).unwrap_or_default()
    };
    let anybody = "this statement allows everybody: anybody can meet its conditions";
    assert_eq!(message(r#"{"Bool": {"aws:SecureTransport": "true"}}"#), anybody);
    let with_account =
        "this statement allows everybody who has an account of their own: anybody can meet its conditions";
    assert_eq!(message(r#"{"StringEquals": {"aws:PrincipalTag/team": "x"}}"#), with_account);
}
