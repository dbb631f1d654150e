//! Trust policies.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:saml-provider/P"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-ffff-ffff-ffff-123456"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:saml-provider/P"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:saml-provider/P"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:saml-provider/P"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
        ],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[r#""Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRoleWithSAML""#],
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
        &[],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/shop:*", "repo:*:environment:prod"]}}"#,
        ],
        &[],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringNotEquals": {"token.actions.githubusercontent.com:sub": "repo:evil/x:ref:refs/heads/main"}}"#,
        ],
        &[],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEqualsIfExists": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/main"}}"#,
        ],
        &[],
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
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}"#,
        ],
        &[],
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
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:SourceIdentity": "x"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Condition": {"StringEquals": {"sts:SourceIdentity": "x"}}"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*", "Condition": {"StringEquals": {"aws:RequestTag/team": "x"}}"#,
        ],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:RequestTag/team": "x"}}"#,
        ],
        &[],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}"#,
        ],
        &[],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"Null": {"sts:SourceIdentity": "false"}}"#,
        ],
        &[],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]"#,
        ],
        &[],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole""#,
        ],
        &[],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringLike": {"sts:SourceIdentity": "x*"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringLikeIfExists": {"sts:SourceIdentity": "x*"}}"#,
        ],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/P"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"aws:RequestTag/team": "x"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": "x"}}"#,
        ],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:RequestTag/team": "x"}}"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:SetSourceIdentity""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:RequestTag/team": "x"}}"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:TagSession""#,
        ],
    ),
    (
        Code::MissingTrustAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "pods.eks.amazonaws.com"]}, "Action": "sts:AssumeRole""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]"#,
            r#""Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]"#,
            r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole""#,
        ],
    ),
    (
        Code::IdlePrincipal,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:ref:refs/heads/main"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:TagSession""#,
        ],
    ),
    (
        Code::IdlePrincipal,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": "cognito-identity.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Service": "ec2.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333", "Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:*""#,
        ],
    ),
    (
        Code::NeverMatches,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/P"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
        ],
        &[],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole""#,
            r#""Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity""#,
        ],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRoleWithSAML""#,
        ],
        &[],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRole""#,
        ],
        &[],
    ),
    (
        Code::ForeignAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "s3:GetObject"]"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetContext"]"#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:*""#,
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*""#,
        ],
    ),
    (
        Code::ForeignAction,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["sts:AssumeRole", "sts:GetCallerIdentity"]"#,
        ],
        &[],
    ),
    (
        Code::ProviderWithoutAudience,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-abcd-abcd-abcd-123456790ab"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"accounts.google.com:sub": "1"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "www.amazon.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"www.amazon.com:app_id": "x"}}"#,
        ],
    ),
    (
        Code::ProviderWithoutAudience,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity""#,
        ],
        &[],
    ),
    (
        Code::ProviderWithoutAudience,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "www.amazon.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"www.amazon.com:app_id": "*"}}"#,
        ],
        &[],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:environment": "prod"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:repository": "acme/shop"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:repository": "acme/*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"token.actions.githubusercontent.com:repository_owner_id": "1"}}"#,
        ],
    ),
    (
        Code::OidcWithoutSubject,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:repository": "*/shop"}}"#,
        ],
        &[],
    ),
    (
        Code::OidcWholeOwner,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:acme/shop:*", "repo:acme/*"]}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:*"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop-*"}}"#,
        ],
    ),
    (
        Code::NeverMatches,
        Trust,
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AAAA"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/BBBB:sub": "system:serviceaccount:default:app"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AAAA"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/AAAA:sub": "system:serviceaccount:default:app"}}"#,
            r#""Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/AAAA"}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEqualsIfExists": {"oidc.eks.us-east-1.amazonaws.com/id/BBBB:sub": "system:serviceaccount:default:app"}}"#,
        ],
    ),
];
