//! Values that no key holds, tests that are always true, and actions without the key.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpce-1a2b3c4d"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d", "aws:SourceVpce": "vpce-1a2b3c4d", "aws:PrincipalOrgID": "o-a1b2c3d4e5", "aws:PrincipalAccount": "111122223333", "aws:PrincipalType": ["User", "AssumedRole"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:SourceVpc": "vpc*", "aws:PrincipalOrgID": "*", "aws:PrincipalAccount": "1111*", "aws:PrincipalType": "A*"}, "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*/ou-ab12-11111111/*"}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}", "aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}"#,
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/x", "Condition": {"StringLike": {"iam:PassedToService": ["ec2.amazonaws.com", "*.amazonaws.com"]}}"#,
            r#""Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": ["s3.*.amazonaws.com", "ec2.us-east-1.amazonaws.com"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:VpcSourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}"#,
        ],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpc-1a2b3c4d"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:SourceVpc": "vpce-*"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "111122223333"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "ou-ab12-11111111/*"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalAccount": ["111122223333", "11112222333"]}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:ResourceAccount": "1111-2222-3333"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:PrincipalType": "Role"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/x", "Condition": {"StringEquals": {"iam:PassedToService": "lambda"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}"#,
        ],
        &[],
    ),
    (
        Code::ImpossibleValue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}"#,
        ],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:username": "*"}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Null": {"aws:PrincipalArn": "false"}}"#,
            r#""Sid": "Condition", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}"#,
        ],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"Null": {"aws:username": ["true", "false"]}}"#,
        ],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLikeIfExists": {"aws:username": "*"}}"#,
        ],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": ["true", "false"]}}"#,
        ],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {}"#],
        &[],
    ),
    (
        Code::AlwaysTrue,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {}}"#,
        ],
        &[],
    ),
    (
        Code::ActionWithoutKey,
        Identity,
        &[
            r#""Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"StringLike": {"s3:prefix": "x"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"StringLikeIfExists": {"s3:prefix": "x"}}"#,
            r#""Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions"], "Resource": "arn:aws:s3:::b", "Condition": {"StringLike": {"s3:prefix": "x"}}"#,
            r#""Effect": "Deny", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::b/*", "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}"#,
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "x"}}"#,
            r#""Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}"#,
        ],
    ),
    (
        Code::ActionWithoutKey,
        Identity,
        &[
            r#""Effect": "Allow", "Action": ["s3:List*", "s3:Get*"], "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "x"}}"#,
        ],
        &[],
    ),
    (
        Code::ActionWithoutKey,
        Identity,
        &[
            r#""Effect": "Allow", "Action": ["ec2:TerminateInstances", "ec2:DescribeInstances"], "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "x"}}"#,
        ],
        &[],
    ),
    (
        Code::ActionWithoutKey,
        Identity,
        &[
            r#""Effect": "Deny", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"s3:x-amz-acl": "public-read"}}"#,
        ],
        &[],
    ),
];

/// What AWS gives no result for is not said to match nothing.
#[test]
fn a_list_that_is_compared_as_one_value_is_reported_once() {
    let statement = r#""Effect": "Allow", "Action": "events:PutRule", "Resource": "*", "Condition": {"StringEquals": {"events:detail-type": "x"}}"#;
    let found = codes(Identity, &[statement]);
    assert!(found.contains("multivalued-key") && !found.contains("never-matches"), "{found:?}");
}

#[test]
fn private_addresses_beside_others_are_a_note() {
    let statement = r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "10.1.0.0/16", "10.0.0.0/8"]}}"#;
    let found = check(Identity, &document(&[statement]));
    let said: Vec<(&str, &str, String)> = found
        .iter()
        .map(|finding| (finding.level.as_str(), finding.rule.code, finding.place.path.to_string()))
        .collect();
    let at = |index: usize| format!("$.Statement[0].Condition.IpAddress[\"aws:SourceIp\"][{index}]");
    assert_eq!(said, [("note", "impossible-value", at(1)), ("note", "impossible-value", at(2))]);
}
