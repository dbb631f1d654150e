//! The parts of ARNs.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::IncompleteArn,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-east-1::table/t""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/t""#,
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:us-east-1::parameter/aws/service/*""#,
            r#""Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*::image/*""#,
            r#""Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "arn:aws:bedrock:*::foundation-model/*""#,
            r#""Effect": "Allow", "Action": "apigateway:GET", "Resource": "arn:aws:apigateway:us-east-1::/restapis/*""#,
            r#""Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::111122223333:role/*""#,
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*""#,
            r#""Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "arn:aws:iam::aws:policy/ReadOnlyAccess""#,
        ],
    ),
    (
        Code::IncompleteArn,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb::111122223333:table/t""#,
        ],
        &[],
    ),
    (
        Code::IncompleteArn,
        Identity,
        &[r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam:::role/x""#],
        &[],
    ),
    (
        Code::IncompleteArn,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": ["arn:aws:dynamodb:us-east-1:111122223333:table/t", "arn:aws:dynamodb:us-east-1::table/t"]"#,
        ],
        &[],
    ),
    (
        Code::IncompleteArn,
        Identity,
        &[r#""Effect": "Deny", "Action": "*", "Resource": ["arn:aws:sqs:us-east-1::q", "*"]"#],
        &[],
    ),
    (
        Code::IncompleteArn,
        Identity,
        &[r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:*:dynamodb:*::table/t""#],
        &[r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:*:dynamodb:*:*:table/t""#],
    ),
    (
        Code::UnknownArn,
        Identity,
        &[r#""Effect": "Deny", "Action": "*", "Resource": "arn:*:dynamodb:*:*:topic/x""#],
        &[r#""Effect": "Deny", "Action": "*", "Resource": "arn:*:dynamodb:*:*:table/x""#],
    ),
    (
        Code::UnknownPartition,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:awz:s3:::b/*""#],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:aws-cn:s3:::b/*", "arn:aws-us-gov:s3:::b/*", "arn:aws-iso-b:s3:::b/*", "arn:*:s3:::b/*", "arn:aws*:s3:::b/*"]"#,
        ],
    ),
    (
        Code::UnknownPartition,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:a*z:s3:::b/*""#],
        &[],
    ),
    (
        Code::UnknownPartition,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "arn:asw:iam::111122223333:root"}, "Action": "sts:AssumeRole""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "arn:aws-cn:iam::111122223333:root"}, "Action": "sts:AssumeRole""#,
        ],
    ),
    (
        Code::UnknownRegion,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-esat-1:111122223333:table/t""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": ["arn:aws:dynamodb:us-east-1:111122223333:table/t", "arn:aws:dynamodb:eu-*:111122223333:table/t", "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/t", "arn:*:dynamodb:us-gov-west-1:111122223333:table/t", "arn:aws-iso:dynamodb:us-iso-east-1:111122223333:table/t", "arn:aws:dynamodb:?????????:111122223333:table/t"]"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:RequestedRegion": ["eu-*", "*", "us-east-1"]}}"#,
        ],
    ),
    (
        Code::UnknownRegion,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:cn-north-1:111122223333:table/t""#,
        ],
        &[],
    ),
    (
        Code::UnknownRegion,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:eu-wset-*:111122223333:table/t""#,
        ],
        &[],
    ),
    (
        Code::UnknownRegion,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-east-9:111122223333:table/t""#,
        ],
        &[],
    ),
    (
        Code::UnknownRegion,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-cental-1"}}"#,
        ],
        &[],
    ),
    (
        Code::OddAccount,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-east-1:11112222333:table/t""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": ["arn:aws:dynamodb:us-east-1:111122223333:table/t", "arn:aws:dynamodb:us-east-1:1111*:table/t", "arn:aws:dynamodb:us-east-1:????????????:table/t"]"#,
            r#""Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "arn:aws:iam::aws:policy/*""#,
        ],
    ),
    (
        Code::OddAccount,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:us-east-1:1111222233334:table/t""#,
        ],
        &[],
    ),
    (
        Code::UnknownArn,
        Identity,
        &[r#""Effect": "Allow", "Action": "*", "Resource": "arn:aws:s33:::b/*""#],
        &[
            r#""Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]"#,
            r#""Effect": "Deny", "Action": "*", "NotResource": ["arn:aws:s3:::b", "arn:aws:sts::*:assumed-role/r/*", "arn:aws:iam::*:role/x"]"#,
            r#""Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:us-east-1:111122223333:*""#,
        ],
    ),
    (
        Code::UnknownArn,
        Identity,
        &[r#""Effect": "Deny", "Action": "*", "NotResource": ["arn:aws:s33:::b", "arn:aws:s3:::c"]"#],
        &[],
    ),
    (
        Code::UnknownArn,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3::111122223333:b""#],
        &[],
    ),
    (
        Code::UnknownArn,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:us-east-1:111122223333:b""#,
        ],
        &[],
    ),
];

/// Regions open now and then: a name that may be one is worth a note, and none is proposed in its place.
#[test]
fn a_region_that_may_be_new_is_a_note() {
    let finding = |region: &str| {
        let statement = format!(
            r#""Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:{region}:111122223333:q""#
        );
        let found = check(Identity, &document(&[&statement]));
        let finding = found.into_iter().find(|finding| finding.rule.code == "unknown-region");
        finding.map(|finding| (finding.level.as_str(), finding.message, finding.help))
    };
    let not_in_catalog = |region: &str| format!("the Region `{region}` is not in the catalog");
    assert_eq!(finding("eu-west-9"), Some(("note", not_in_catalog("eu-west-9"), None)));
    let meant = Some("did you mean `us-east-1`?".to_owned());
    assert_eq!(finding("us-esat-1"), Some(("warning", not_in_catalog("us-esat-1"), meant)));
    assert_eq!(finding("us-east-1"), None);
    let (level, message, _) = finding("cn-north-1").expect("found");
    assert_eq!(level, "warning");
    assert_eq!(message, "`cn-north-1` is a Region of the partition `aws-cn`, not of `aws`");
}

#[test]
fn what_an_arn_lacks_is_said_where_it_stands() {
    let statement = r#""Effect": "Allow", "Action": "sqs:SendMessage", "Resource": ["arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:::q"]"#;
    let text = document(&[statement]);
    let found = check(Identity, &text);
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = &found[0];
    assert_eq!(finding.place.path.to_string(), "$.Statement[0].Resource[1]");
    assert_eq!(finding.place.span.of(&text), "\"arn:aws:sqs:::q\"");
    assert!(finding.message.contains("neither Region nor account"), "{}", finding.message);
}
