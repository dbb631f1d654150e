//! `entail validate`: what is found in policies, and what is not.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use entail::answers::validate::{Checker, Code, Finding, rules};
use entail::document::PolicyKind::{self, Identity, Rcp, Resource, Trust};
use entail::facts::{ParsedPolicy, PolicySource};
use serde_json::Value;

/// What is found in a document.
fn check(kind: PolicyKind, text: &str) -> Vec<Finding> {
    let parsed = Arc::new(ParsedPolicy::read(PolicySource::Given(text.into(), kind)));
    Checker::new([parsed.document()], vec!["aws".into()]).check(&parsed, kind, text)
}

/// A document of these statements, written without the outer braces.
fn document(statements: &[&str]) -> String {
    let statements: Vec<String> = statements.iter().map(|statement| format!("{{{statement}}}")).collect();
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}

fn codes(kind: PolicyKind, statements: &[&str]) -> BTreeSet<&'static str> {
    check(kind, &document(statements)).iter().map(|finding| finding.rule.code).collect()
}

/// A code, the kind of policy, statements with the finding, and statements without.
type Case = (Code, PolicyKind, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    (
        Code::UnknownService,
        Identity,
        &[r#""Effect": "Allow", "Action": "s33:GetObject", "Resource": "*""#],
        &[r#""Effect": "Allow", "Action": "S3:GetObject", "Resource": "*""#],
    ),
    (
        Code::UnknownAction,
        Identity,
        &[r#""Effect": "Deny", "Action": ["s3:GetObject", "s3:GetObjct"], "Resource": "*""#],
        &[r#""Effect": "Deny", "Action": ["s3:getobject"], "Resource": "*""#],
    ),
    (
        Code::EmptyActionPattern,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:Fetch*", "Resource": "*""#],
        &[r#""Effect": "Allow", "Action": "s3:Get?bject", "Resource": "*""#],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket""#],
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket*""#],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:sqs:*:*:queue""#],
        &[r#""Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::${aws:username}""#],
    ),
    (
        Code::ActionNeedsStar,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "arn:aws:ec2:*:*:instance/*""#,
        ],
        &[r#""Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": ["*"]"#],
    ),
    (
        Code::ActionResourceOpen,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "arn:aws:ecr:*:*:repository/x""#,
        ],
        &[r#""Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*""#],
    ),
    (
        Code::ResourceUnused,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:aws:sqs:*:*:q"]"#,
        ],
        &[r#""Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]"#],
    ),
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
        Code::NeverMatches,
        Trust,
        &[r#""Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRoleWithSAML""#],
        &[],
    ),
    (
        Code::PublicPrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}"#,
        ],
        &[],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"Null": {"token.actions.githubusercontent.com:sub": "false"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/shop:*", "repo:*:environment:prod"]}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringNotEquals": {"token.actions.githubusercontent.com:sub": "repo:evil/x:ref:refs/heads/main"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEqualsIfExists": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
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
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"Null": {"aws:PrincipalArn": "true"}}"#,
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
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": ["128.0.0.0/1", "0.0.0.0/1"]}}"#,
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
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.1.1"]}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "192.0.2.0/24"]}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}}"#,
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}"#,
        ],
    ),
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
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
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
        &[r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "*""#],
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
        &[r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:iam::111111111111:role/*""#],
        &[
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
            r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}"#,
            r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#,
            r#""Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:iam::111111111111:role/app-*""#,
        ],
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
        Code::RcpSkips,
        Rcp,
        &[r#""Effect": "Deny", "Principal": "*", "Action": "ec2:*", "Resource": "*""#],
        &[r#""Effect": "Deny", "Principal": "*", "Action": ["s3:*", "*"], "Resource": "*""#],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRole""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": ["sts:AssumeRole", "sts:TagSession"]"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:TagSession""#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:saml-provider/P"}, "Action": "sts:*""#,
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
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}"#,
        ],
        &[],
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
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a/b:*"}}"#,
        ],
    ),
];

#[test]
fn each_code_is_found_where_it_belongs_and_not_beside() {
    for (code, kind, with, without) in CASES {
        let code = code.rule().code;
        let found = codes(*kind, with);
        assert!(found.contains(code), "{code} is not found in {with:?}, only {found:?}");
        let found = codes(*kind, without);
        assert!(!found.contains(code), "{code} is found in {without:?}");
    }
    let tested: BTreeSet<Code> = CASES.iter().map(|case| case.0).collect();
    let elsewhere = [Code::VersionMissing, Code::CoverageSkipped, Code::NotCollected, Code::ForeignAction];
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !tested.contains(code) && !elsewhere.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

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
fn a_sound_policy_has_no_findings() {
    let statement =
        r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*""#;
    assert_eq!(check(Identity, &document(&[statement])), []);
}

#[test]
fn the_language_of_2008_is_a_note() {
    let found =
        check(Identity, r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#);
    assert_eq!(found.iter().map(|finding| finding.rule.code).collect::<Vec<_>>(), ["old-policy-language"]);
}

#[test]
fn policies_of_keys_are_about_keys() {
    let found = |actions: &str| -> Vec<String> {
        let statement = format!(
            r#""Effect": "Allow", "Principal": {{"AWS": "111111111111"}}, "Action": {actions}, "Resource": "*""#
        );
        let text = document(&[&statement]);
        let parsed = Arc::new(ParsedPolicy::read(PolicySource::Given(text.as_str().into(), Resource)));
        let findings = Checker::new([parsed.document()], vec!["aws".into()]).check_key_policy(&parsed, &text);
        let foreign = findings.iter().filter(|finding| finding.rule.code == "foreign-action");
        foreign.map(|finding| finding.place.path.to_string()).collect()
    };
    assert_eq!(
        found(r#"["kms:Decrypt", "s3:GetObject", "s3:*"]"#),
        ["$.Statement[0].Action[1]", "$.Statement[0].Action[2]"]
    );
    assert_eq!(found(r#"["*", "kms:*", "k*:Decrypt"]"#), [""; 0]);
}

#[test]
fn what_was_meant_is_known_by_the_names_of_services_too() {
    let help = |action: &str| {
        let statement = format!(r#""Effect": "Allow", "Action": "{action}", "Resource": "*""#);
        let found = check(Identity, &document(&[&statement]));
        let finding = found.iter().find(|finding| finding.rule.code == "unknown-service");
        finding.and_then(|finding| finding.help.clone()).unwrap_or_default()
    };
    assert!(
        help("cloudwatchlogs:PutLogEvents").starts_with("did you mean `logs`"),
        "{}",
        help("cloudwatchlogs:PutLogEvents")
    );
    assert!(help("s33:GetObject").contains("`s3`"), "{}", help("s33:GetObject"));
    assert!(
        help("stepfunctions:StartExecution").contains("`states`"),
        "{}",
        help("stepfunctions:StartExecution")
    );
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

/// Each unknown name has its place; what was meant is looked up for some of them.
#[test]
fn very_many_unknown_names_have_their_places() {
    let names: Vec<String> = (0..3_000).map(|number| format!(r#""s3:GetObjct{number}""#)).collect();
    let statement = format!(r#""Effect": "Allow", "Action": [{}], "Resource": "*""#, names.join(", "));
    let text = document(&[&statement]);
    let found = check(Identity, &text);
    let unknown: Vec<&Finding> =
        found.iter().filter(|finding| finding.rule.code == "unknown-action").collect();
    assert_eq!(unknown.len(), 3_000);
    for (number, finding) in unknown.iter().enumerate() {
        assert_eq!(finding.place.path.to_string(), format!("$.Statement[0].Action[{number}]"));
        assert_eq!(finding.place.span.of(&text), format!(r#""s3:GetObjct{number}""#));
        assert_eq!(finding.help.is_some(), number < 100, "{number}");
    }
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

#[test]
fn findings_point_at_what_they_are_about() {
    let text =
        document(&[r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjct"], "Resource": "*""#]);
    let found = check(Identity, &text);
    let place = &found[0].place;
    assert_eq!(
        (place.path.to_string().as_str(), place.span.of(&text)),
        ("$.Statement[0].Action[1]", "\"s3:GetObjct\"")
    );
    assert!(found[0].help.as_deref().is_some_and(|help| help.contains("`s3:GetObject`")), "{found:?}");
}

/// Runs the command on a policy: exit code, standard output and standard error.
fn run(policy: &str, options: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.json");
    fs::write(&file, policy).expect("a file");
    entail(&[&[file.to_str().expect("a name")], options].concat())
}

fn entail(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .arg("validate")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const MISSPELT: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}}"#;
const WIDE: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

#[test]
fn exit_codes_tell_what_was_found() {
    assert_eq!(run(MISSPELT, &[]).0, Some(1));
    assert_eq!(run(MISSPELT, &["--allow", "unknown-action"]).0, Some(0));
    assert_eq!(run(MISSPELT, &["--severity", "error"]).0, Some(0));
    let (code, out, _) = run(WIDE, &[]);
    assert!(code == Some(0) && out.contains("note[allow-all]"), "notes alone are clean: {out}");
    let (code, _, err) = run(WIDE, &["--allow", "allow-al"]);
    assert!(code == Some(2) && err.contains("did you mean `allow-all`?"), "{err}");
    let (code, _, err) = run("{", &[]);
    assert!(code == Some(2) && err.contains("error[truncated-json]"), "{err}");
    assert_eq!(entail(&["no/such/file.json"]).0, Some(2));
    assert_eq!(entail(&[]).0, Some(2));
}

#[test]
fn a_compressed_policy_is_read_as_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("a file");
        file.to_str().expect("a name").to_owned()
    };
    let compressed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("written");
        encoder.finish().expect("complete")
    };
    let (code, out, err) = entail(&[&write("policy.json.gz", &compressed(MISSPELT))]);
    assert!(code == Some(1) && out.contains("unknown-action"), "{out}{err}");
    let export = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let (code, out, err) = entail(&[&write("export.json.gz", &compressed(export))]);
    assert!(code != Some(1) && !out.contains("missing-element"), "{out}{err}");
    let (code, _, err) = entail(&[&write("plain.json.gz", MISSPELT.as_bytes())]);
    assert!(code == Some(2) && err.contains("plain.json.gz"), "{err}");
}

#[test]
fn a_policy_is_read_as_what_it_seems_to_be() {
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}}"#;
    assert_eq!(run(trust, &[]).0, Some(0));
    let (code, out, _) = run(trust, &["--kind", "identity"]);
    assert!(code == Some(1) && out.contains("error[forbidden-element]"), "{out}");
    let bucket = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}}"#;
    assert_eq!(run(bucket, &[]).0, Some(0));
}

#[test]
fn the_sample_has_no_errors() {
    let (code, out, err) = entail(&["examples/acme"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    insta::assert_snapshot!("validate_acme", out);
}

#[test]
fn rows_are_json_lines_and_csv() {
    let (_, out, _) = run(MISSPELT, &["--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(value["summary"]["warnings"], 1);
    let finding = &value["findings"][0];
    assert_eq!((&finding["code"], &finding["line"]), (&Value::from("unknown-action"), &Value::from(1)));
    assert_eq!(finding["path"], "$.Statement.Action");
    let (_, out, _) = run(MISSPELT, &["--format", "jsonl"]);
    assert_eq!(out.lines().count(), 1);
    let (_, out, _) = run(MISSPELT, &["--format", "csv"]);
    assert!(out.starts_with("severity,code,message,"), "{out}");
}

#[test]
fn sarif_has_rules_and_places() {
    let (code, out, _) = run(MISSPELT, &["--format", "sarif"]);
    assert_eq!(code, Some(1));
    let log: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let listed = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(listed.len(), rules().len());
    assert!(listed.iter().all(|rule| rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty())));
    let result = &run["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&Value::from("unknown-action"), &Value::from("warning"))
    );
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(listed[index]["id"], "unknown-action");
    let location = &result["locations"][0];
    let physical = &location["physicalLocation"];
    assert!(physical["artifactLocation"]["uri"].as_str().is_some_and(|uri| uri.ends_with("policy.json")));
    let column = MISSPELT.find("\"s3:GetObjct").expect("it is there") + 1;
    assert_eq!(
        (&physical["region"]["startLine"], &physical["region"]["startColumn"]),
        (&1.into(), &column.into())
    );
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "$.Statement.Action");
    let (_, again, _) = entail(&["examples/acme", "--format", "sarif"]);
    let again: Value = serde_json::from_str(&again).expect("JSON");
    let results = again["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["locations"][0]["physicalLocation"].is_object()));
}

#[test]
fn the_page_lists_every_code() {
    let page = include_str!("../../docs/validate.md");
    let mut listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    listed.sort_unstable();
    let mut expected: Vec<String> = rules()
        .iter()
        .map(|rule| format!("| `{}` | {} | {} |", rule.code, rule.meaning, rule.remedy))
        .collect();
    expected.sort_unstable();
    let codes: BTreeSet<&str> = rules().iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), rules().len(), "a code stands for two things");
    assert_eq!(listed, expected);
}

/// Files that are read only when somebody asks are looked at, too.
#[test]
fn files_beside_an_estate_are_read() {
    let details = r#"{"UserDetailList": [{"Arn": "arn:aws:iam::111111111111:user/u"}], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": []}"#;
    let cases = [
        ("identity-center.json", r#"{"Instances": {}}"#, "identity-center.json:1:15, at $.Instances"),
        ("identity-center.json", "{}", "`Instances` is missing"),
        ("accounts/111111111111/credential-report.csv", "user,arn\nbob\n", "credential-report.csv:1:1"),
        (
            "accounts/111111111111/service-last-accessed.json",
            "[\n{\"Arn\": 1}]",
            "service-last-accessed.json:2:",
        ),
    ];
    let run = |folder: &std::path::Path, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_entail"))
            .arg("validate")
            .arg(folder)
            .args(more)
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (file, text, said) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("accounts/111111111111")).expect("a folder");
        fs::write(folder.path().join("accounts/111111111111/authorization-details.json"), details)
            .expect("a file");
        assert_eq!(run(folder.path(), &[]).0, Some(0), "without it");
        fs::write(folder.path().join(file), text).expect("a file");
        let (code, errors) = run(folder.path(), &[]);
        assert_eq!(code, Some(2), "{file}: {errors}");
        assert!(errors.contains(said) && errors.starts_with("error["), "{file}: {errors}");
    }
}

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
