//! Statements from a vocabulary so small that they collide.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Where a statement stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Identity,
    Scp,
    Rcp,
    Bucket,
    Queue,
    Key,
    Trust,
}

const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:?utObject",
    "S3:listbucket",
    "s3:ListAllMyBuckets",
    "sqs:*",
    "sqs:SendMessage",
    "kms:*",
    "kms:D*",
    "kms:ScheduleKeyDeletion",
    "sts:AssumeRole",
    "iam:Pass*",
    "ec2:*",
    "glue:Get*",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bkt",
    "arn:aws:s3:::bkt/*",
    "arn:aws:s3:::b?t/a*",
    "arn:aws:s3:::bkt/${aws:username}",
    "arn:aws:s3:::bkt/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::bkt/${aws:PrincipalTag/team, 'red'}/*",
    "arn:aws:sqs:us-east-1:222222222222:q",
    "arn:aws:sqs:*:*:*",
    "arn:aws:kms:*:111111111111:key/*",
    "arn:aws:iam::*:role/r1",
    "arn:aws:iam::111111111111:role/*",
];

const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "111111111111"}"#,
    r#"{"AWS": "arn:aws:iam::222222222222:root"}"#,
    r#"{"AWS": "333333333333"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:user/u1"}"#,
    r#"{"AWS": ["arn:aws:iam::111111111111:user/u2", "arn:aws:iam::222222222222:user/u3"]}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:role/r1"}"#,
    r#"{"AWS": ["arn:aws:iam::222222222222:role/r3", "111111111111"]}"#,
    r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/r1/s1"}"#,
    r#"{"AWS": "arn:aws:iam::333333333333:user/x"}"#,
    r#"{"AWS": "arn:aws:iam::333333333333:role/aws-service-role/x.amazonaws.com/linked"}"#,
    r#"{"Service": "lambda.amazonaws.com"}"#,
];

const CONDITIONS: &[&str] = &[
    r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
    r#"{"StringNotEquals": {"aws:PrincipalTag/team": "red"}}"#,
    r#"{"StringEqualsIfExists": {"aws:PrincipalTag/Team": ["red", "blue"]}}"#,
    r#"{"StringEqualsIgnoreCase": {"aws:username": "U1"}}"#,
    r#"{"Null": {"aws:PrincipalTag/team": "true"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}"#,
    r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/25"}}"#,
    r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
    r#"{"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
    r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*"}}"#,
    r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/r1"}}"#,
    r#"{"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/r?", "arn:aws:iam::111111111111:user/u1"]}}"#,
    r#"{"StringLike": {"s3:prefix": ["a*", "${aws:username}/*"]}}"#,
    r#"{"StringNotLike": {"s3:prefix": "a*"}}"#,
    r#"{"NumericLessThanEquals": {"s3:max-keys": "10"}}"#,
    r#"{"NumericGreaterThanIfExists": {"s3:max-keys": 10}}"#,
    r#"{"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}"#,
    r#"{"Bool": {"aws:SecureTransport": "false"}}"#,
    r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#,
    r#"{"StringEquals": {"aws:ResourceAccount": "111111111111"}}"#,
    r#"{"StringNotEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}"#,
    r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#,
    r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}"#,
    r#"{"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}}"#,
    r#"{"ForAnyValue:StringNotLikeIfExists": {"aws:TagKeys": "a*"}}"#,
    r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
];

fn values(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(texts).prop_map(Value::from),
        1 => prop::collection::vec(select(texts), 1..=2).prop_map(Value::from),
    ]
}

fn parsed(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    select(texts).prop_map(|text| serde_json::from_str(text).expect("the vocabulary is JSON"))
}

fn actions(place: Place) -> &'static [&'static str] {
    match place {
        Place::Identity | Place::Scp => ACTIONS,
        Place::Rcp => &["s3:*", "s3:GetObject", "sqs:*", "kms:*", "kms:D*", "sts:AssumeRole"],
        Place::Bucket => &["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        Place::Queue => &["sqs:*", "sqs:SendMessage", "sqs:Receive*"],
        Place::Key => &["kms:*", "kms:D*", "kms:ScheduleKeyDeletion"],
        Place::Trust => &["sts:*", "sts:AssumeRole", "sts:TagSession"],
    }
}

fn resources(place: Place) -> &'static [&'static str] {
    match place {
        Place::Identity | Place::Scp | Place::Rcp => RESOURCES,
        Place::Bucket => {
            &["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*", "arn:aws:s3:::bkt/a*", "arn:aws:s3:::bkt*", "*"]
        }
        Place::Queue => &["arn:aws:sqs:us-east-1:222222222222:q", "*"],
        Place::Key | Place::Trust => &["*"],
    }
}

/// A statement for a place.
pub fn statement(place: Place) -> impl Strategy<Value = Value> {
    let denies = match place {
        Place::Rcp => 1.0,
        _ => 0.3,
    };
    (
        prop::bool::weighted(denies),
        prop::bool::weighted(0.12),
        values(actions(place)),
        prop::bool::weighted(0.12),
        values(resources(place)),
        prop::option::weighted(0.45, parsed(CONDITIONS)),
        prop::bool::weighted(0.15),
        parsed(PRINCIPALS),
    )
        .prop_map(
            move |(
                denies,
                not_action,
                action,
                not_resource,
                resource,
                condition,
                not_principal,
                principal,
            )| {
                let mut statement = Map::new();
                statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
                let not_action = not_action && !matches!(place, Place::Trust | Place::Rcp);
                statement.insert(if not_action { "NotAction" } else { "Action" }.to_owned(), action);
                if place != Place::Trust {
                    statement
                        .insert(if not_resource { "NotResource" } else { "Resource" }.to_owned(), resource);
                }
                let not_principal =
                    not_principal && denies && place != Place::Trust && principal != json!("*");
                match place {
                    Place::Identity | Place::Scp => {}
                    Place::Rcp => {
                        statement.insert("Principal".to_owned(), json!("*"));
                    }
                    _ => {
                        let element = if not_principal { "NotPrincipal" } else { "Principal" };
                        statement.insert(element.to_owned(), principal);
                    }
                }
                if let Some(condition) = condition {
                    statement.insert("Condition".to_owned(), condition);
                }
                Value::Object(statement)
            },
        )
}

/// A document of one to three statements; few are of the version without variables.
pub fn policy(place: Place) -> impl Strategy<Value = Value> {
    (prop::bool::weighted(0.9), prop::collection::vec(statement(place), 1..=3)).prop_map(
        |(new, statements)| {
            let version = if new { "2012-10-17" } else { "2008-10-17" };
            json!({"Version": version, "Statement": statements})
        },
    )
}
