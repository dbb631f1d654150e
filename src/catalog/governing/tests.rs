//! Every row of the governing table, by a request that it answers.

use super::*;

/// Row, action, resource, owner, policies, regime, what a foreign caller needs. Owners and policies as text: `account` is
/// the account field, `estate ARN` a look-up.
type Case =
    (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], Regime, CrossAccount);

use CrossAccount::{
    Both, Gate as Refused, IdentityOnly as Alone, PolicyOrDelegatedAdministrator, Share, Unlisted,
};
use Regime::{
    AccessPoint, BothSides, FileSystemClient, IdentityOnly, Invoke, Key, KeyAlias, NoPermissionNeeded,
    Standard, Trust,
};

const CASES: &[Case] = &[
    (
        "organizations-management-only",
        "organizations:CreateAccount",
        "*",
        "management",
        &[],
        IdentityOnly,
        Refused,
    ),
    (
        "organizations-policy-management",
        "organizations:AttachPolicy",
        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
        "management",
        &["delegation"],
        IdentityOnly,
        Both,
    ),
    (
        "organizations-read",
        "organizations:ListAccounts",
        "*",
        "management",
        &["delegation"],
        IdentityOnly,
        PolicyOrDelegatedAdministrator,
    ),
    (
        "organizations-any-account",
        "organizations:DescribeOrganization",
        "*",
        "management",
        &[],
        IdentityOnly,
        Alone,
    ),
    ("organizations-leave", "organizations:LeaveOrganization", "*", "management", &[], IdentityOnly, Alone),
    (
        "organizations-handshake",
        "organizations:AcceptHandshake",
        "arn:aws:organizations::111122223333:handshake/o-1/invite/h-1",
        "management",
        &[],
        IdentityOnly,
        Alone,
    ),
    ("organizations-unlisted", "organizations:CloseAccount", "*", "management", &[], IdentityOnly, Unlisted),
    ("sts-no-permission", "sts:GetCallerIdentity", "*", "caller", &[], NoPermissionNeeded, Alone),
    (
        "sts-assume-root",
        "sts:AssumeRoot",
        "arn:aws:iam::111122223333:root",
        "account",
        &[],
        IdentityOnly,
        Alone,
    ),
    (
        "iam-role-trust",
        "sts:AssumeRole",
        "arn:aws:iam::111122223333:role/team/ci",
        "account",
        &["arn:aws:iam::111122223333:role/team/ci"],
        Trust,
        Both,
    ),
    (
        "iam-aws-managed",
        "iam:GetPolicy",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "no one",
        &[],
        IdentityOnly,
        Alone,
    ),
    ("iam", "iam:GetRole", "arn:aws:iam::111122223333:role/team/ci", "account", &[], IdentityOnly, Refused),
    (
        "iam-resource",
        "ssm:StartAutomationExecution",
        "arn:aws:iam::111122223333:role/r",
        "account",
        &[],
        IdentityOnly,
        Refused,
    ),
    (
        "sts-session",
        "sts:GetFederationToken",
        "arn:aws:sts::111122223333:federated-user/bob",
        "account",
        &[],
        IdentityOnly,
        Refused,
    ),
    ("kms-without-key", "kms:CreateKey", "*", "caller", &[], IdentityOnly, Alone),
    (
        "kms-retirable-grants",
        "kms:ListRetirableGrants",
        "arn:aws:kms:eu-west-1:111122223333:key/k",
        "caller",
        &[],
        IdentityOnly,
        Alone,
    ),
    (
        "kms-alias",
        "kms:UpdateAlias",
        "arn:aws:kms:eu-west-1:111122223333:alias/a",
        "account",
        &[],
        KeyAlias,
        Refused,
    ),
    (
        "kms-key",
        "kms:Decrypt",
        "arn:aws:kms:eu-west-1:111122223333:key/k",
        "account",
        &["arn:aws:kms:eu-west-1:111122223333:key/k"],
        Key,
        Both,
    ),
    ("no-resource", "s3:ListAllMyBuckets", "*", "no one", &[], IdentityOnly, Alone),
    (
        "aws-owned",
        "eks:AssociateAccessPolicy",
        "arn:aws:eks::aws:cluster-access-policy/P",
        "no one",
        &[],
        IdentityOnly,
        Alone,
    ),
    (
        "s3-object",
        "s3:GetObject",
        "arn:aws:s3:::b/k/l",
        "estate arn:aws:s3:::b",
        &["arn:aws:s3:::b"],
        Standard,
        Both,
    ),
    (
        "s3-bucket",
        "s3:ListBucket",
        "arn:aws:s3:::b",
        "estate arn:aws:s3:::b",
        &["arn:aws:s3:::b"],
        Standard,
        Both,
    ),
    (
        "s3-access-point",
        "s3:GetObject",
        "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/k",
        "account",
        &[
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/a",
            "bucket of arn:aws:s3:eu-west-1:111122223333:accesspoint/a",
        ],
        AccessPoint,
        Both,
    ),
    (
        "s3-access-point",
        "s3:ListBucket",
        "arn:aws:s3::111122223333:accesspoint/a.mrap",
        "account",
        &[
            "arn:aws:s3::111122223333:accesspoint/a.mrap",
            "bucket of arn:aws:s3::111122223333:accesspoint/a.mrap",
        ],
        AccessPoint,
        Both,
    ),
    (
        "s3-access-grants",
        "s3:GetDataAccess",
        "arn:aws:s3:eu-west-1:111122223333:access-grants/default",
        "account",
        &["arn:aws:s3:eu-west-1:111122223333:access-grants/default"],
        Standard,
        Both,
    ),
    (
        "s3-object-lambda-access-point",
        "s3-object-lambda:GetObject",
        "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/a",
        "account",
        &["arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/a"],
        Standard,
        Both,
    ),
    (
        "s3-directory-bucket",
        "s3express:CreateSession",
        "arn:aws:s3express:eu-west-1:111122223333:bucket/b--x-s3",
        "account",
        &["arn:aws:s3express:eu-west-1:111122223333:bucket/b--x-s3"],
        Standard,
        Both,
    ),
    (
        "s3-directory-access-point",
        "s3express:CreateSession",
        "arn:aws:s3express:eu-west-1:111122223333:accesspoint/a",
        "account",
        &[
            "arn:aws:s3express:eu-west-1:111122223333:accesspoint/a",
            "bucket of arn:aws:s3express:eu-west-1:111122223333:accesspoint/a",
        ],
        AccessPoint,
        Both,
    ),
    (
        "s3-outposts-bucket",
        "s3-outposts:GetObject",
        "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b/object/k",
        "account",
        &["arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b"],
        Standard,
        Both,
    ),
    (
        "s3-outposts-access-point",
        "s3-outposts:GetObject",
        "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/a/object/k",
        "account",
        &[
            "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/a",
            "bucket of arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/a",
        ],
        AccessPoint,
        Both,
    ),
    (
        "s3-table",
        "s3tables:GetTable",
        "arn:aws:s3tables:eu-west-1:111122223333:bucket/b/table/t",
        "account",
        &[
            "arn:aws:s3tables:eu-west-1:111122223333:bucket/b/table/t",
            "arn:aws:s3tables:eu-west-1:111122223333:bucket/b",
        ],
        Standard,
        Both,
    ),
    (
        "s3-table-bucket",
        "s3tables:ListTables",
        "arn:aws:s3tables:eu-west-1:111122223333:bucket/b",
        "account",
        &["arn:aws:s3tables:eu-west-1:111122223333:bucket/b"],
        Standard,
        Both,
    ),
    (
        "s3-vector-bucket",
        "s3vectors:QueryVectors",
        "arn:aws:s3vectors:eu-west-1:111122223333:bucket/b/index/i",
        "account",
        &["arn:aws:s3vectors:eu-west-1:111122223333:bucket/b"],
        Standard,
        Both,
    ),
    (
        "efs-client",
        "elasticfilesystem:ClientMount",
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
        "account",
        &["arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"],
        FileSystemClient,
        Both,
    ),
    (
        "efs",
        "elasticfilesystem:DescribeFileSystems",
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
        "account",
        &["arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"],
        Standard,
        Both,
    ),
    own(
        "glacier-vault",
        "glacier:UploadArchive",
        "arn:aws:glacier:eu-west-1:111122223333:vaults/v",
        &["arn:aws:glacier:eu-west-1:111122223333:vaults/v"],
    ),
    own(
        "backup-vault",
        "backup:CopyIntoBackupVault",
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:v",
        &["arn:aws:backup:eu-west-1:111122223333:backup-vault:v"],
    ),
    own(
        "sqs-queue",
        "sqs:SendMessage",
        "arn:aws:sqs:eu-west-1:111122223333:q",
        &["arn:aws:sqs:eu-west-1:111122223333:q"],
    ),
    own(
        "sns-topic",
        "sns:Publish",
        "arn:aws:sns:eu-west-1:111122223333:t",
        &["arn:aws:sns:eu-west-1:111122223333:t"],
    ),
    own(
        "lambda-function",
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-west-1:111122223333:function:f",
        &["arn:aws:lambda:eu-west-1:111122223333:function:f"],
    ),
    own(
        "lambda-function",
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-west-1:111122223333:function:f:PROD",
        &["arn:aws:lambda:eu-west-1:111122223333:function:f:PROD"],
    ),
    own(
        "lambda-layer-version",
        "lambda:GetLayerVersion",
        "arn:aws:lambda:eu-west-1:111122223333:layer:l:3",
        &["arn:aws:lambda:eu-west-1:111122223333:layer:l:3"],
    ),
    own(
        "secret",
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf",
        &["arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf"],
    ),
    own(
        "ecr-repository",
        "ecr:BatchGetImage",
        "arn:aws:ecr:eu-west-1:111122223333:repository/team/r",
        &[
            "arn:aws:ecr:eu-west-1:111122223333:repository/team/r",
            "registry arn:aws:ecr:eu-west-1:111122223333:registry",
        ],
    ),
    own(
        "ecr-registry",
        "ecr:ReplicateImage",
        "arn:aws:ecr:eu-west-1:111122223333:registry",
        &["arn:aws:ecr:eu-west-1:111122223333:registry"],
    ),
    own(
        "event-bus",
        "events:PutEvents",
        "arn:aws:events:eu-west-1:111122223333:event-bus/orders",
        &["arn:aws:events:eu-west-1:111122223333:event-bus/orders"],
    ),
    own(
        "event-rule",
        "events:PutRule",
        "arn:aws:events:eu-west-1:111122223333:rule/orders/r",
        &["arn:aws:events:eu-west-1:111122223333:event-bus/orders"],
    ),
    own(
        "event-rule",
        "events:PutRule",
        "arn:aws:events:eu-west-1:111122223333:rule/r",
        &["arn:aws:events:eu-west-1:111122223333:event-bus/default"],
    ),
    (
        "dynamodb-without-policy",
        "dynamodb:CreateTable",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        "account",
        &[],
        IdentityOnly,
        Refused,
    ),
    own(
        "dynamodb-stream",
        "dynamodb:GetRecords",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026",
        &["arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026"],
    ),
    own(
        "dynamodb-table",
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        &["arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
    ),
    own(
        "dynamodb-table",
        "dynamodb:Query",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i",
        &["arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
    ),
    (
        "dynamodb-table",
        "dynamodb:PartiQLSelect",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
        "account",
        &["arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
        Standard,
        Refused,
    ),
    own(
        "glue-catalog",
        "glue:GetTable",
        "arn:aws:glue:eu-west-1:111122223333:table/db/t",
        &["arn:aws:glue:eu-west-1:111122223333:catalog"],
    ),
    (
        "api-invocation",
        "execute-api:Invoke",
        "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/GET/pets",
        "account",
        &["arn:aws:apigateway:eu-west-1::/restapis/abc"],
        Invoke,
        Both,
    ),
    (
        "rest-api",
        "execute-api:Invoke",
        "arn:aws:apigateway:eu-west-1::/restapis/abc",
        "estate arn:aws:apigateway:eu-west-1::/restapis/abc",
        &["arn:aws:apigateway:eu-west-1::/restapis/abc"],
        Invoke,
        Both,
    ),
    (
        "api-management",
        "apigateway:GET",
        "arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod",
        "estate arn:aws:apigateway:eu-west-1::/restapis/abc",
        &[],
        IdentityOnly,
        Unlisted,
    ),
    own(
        "opensearch-domain",
        "es:ESHttpGet",
        "arn:aws:es:eu-west-1:111122223333:domain/d/index/_search",
        &["arn:aws:es:eu-west-1:111122223333:domain/d"],
    ),
    own(
        "kinesis-stream",
        "kinesis:PutRecord",
        "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
        &["arn:aws:kinesis:eu-west-1:111122223333:stream/s"],
    ),
    own(
        "msk-cluster",
        "kafka-cluster:ReadData",
        "arn:aws:kafka:eu-west-1:111122223333:topic/c/u-1/t",
        &["arn:aws:kafka:eu-west-1:111122223333:cluster/c/u-1"],
    ),
    own(
        "codeartifact-package",
        "codeartifact:PublishPackageVersion",
        "arn:aws:codeartifact:eu-west-1:111122223333:package/d/r/npm//p",
        &["arn:aws:codeartifact:eu-west-1:111122223333:repository/d/r"],
    ),
    own(
        "codeartifact",
        "codeartifact:ReadFromRepository",
        "arn:aws:codeartifact:eu-west-1:111122223333:repository/d/r",
        &["arn:aws:codeartifact:eu-west-1:111122223333:repository/d/r"],
    ),
    (
        "lattice-service",
        "vpc-lattice-svcs:Invoke",
        "arn:aws:vpc-lattice:eu-west-1:111122223333:service/svc-1/pets",
        "account",
        &[
            "arn:aws:vpc-lattice:eu-west-1:111122223333:service/svc-1",
            "networks of arn:aws:vpc-lattice:eu-west-1:111122223333:service/svc-1",
        ],
        BothSides,
        Both,
    ),
    (
        "lattice-service-network",
        "vpc-lattice-svcs:Invoke",
        "arn:aws:vpc-lattice:eu-west-1:111122223333:servicenetwork/sn-1",
        "account",
        &["arn:aws:vpc-lattice:eu-west-1:111122223333:servicenetwork/sn-1"],
        BothSides,
        Both,
    ),
    own(
        "log-group",
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:log-stream:s",
        &["arn:aws:logs:eu-west-1:111122223333:log-group:/a/b"],
    ),
    own(
        "log-destination",
        "logs:PutSubscriptionFilter",
        "arn:aws:logs:eu-west-1:111122223333:destination:d",
        &["arn:aws:logs:eu-west-1:111122223333:destination:d"],
    ),
    own(
        "private-ca",
        "acm-pca:IssueCertificate",
        "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/c",
        &["arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/c"],
    ),
    own(
        "trail-data",
        "cloudtrail-data:PutAuditEvents",
        "arn:aws:cloudtrail:eu-west-1:111122223333:channel/c",
        &["arn:aws:cloudtrail:eu-west-1:111122223333:channel/c"],
    ),
    own(
        "build-project",
        "codebuild:BatchGetProjects",
        "arn:aws:codebuild:eu-west-1:111122223333:project/p",
        &["arn:aws:codebuild:eu-west-1:111122223333:project/p"],
    ),
    own(
        "hsm-backup",
        "cloudhsm:CopyBackupToRegion",
        "arn:aws:cloudhsm:eu-west-1:111122223333:backup/b",
        &["arn:aws:cloudhsm:eu-west-1:111122223333:backup/b"],
    ),
    own(
        "lex-bot",
        "lex:DescribeBot",
        "arn:aws:lex:eu-west-1:111122223333:bot/B",
        &["arn:aws:lex:eu-west-1:111122223333:bot/B"],
    ),
    own(
        "media-container",
        "mediastore:GetObject",
        "arn:aws:mediastore:eu-west-1:111122223333:container/c",
        &["arn:aws:mediastore:eu-west-1:111122223333:container/c"],
    ),
    own(
        "email-identity",
        "ses:SendEmail",
        "arn:aws:ses:eu-west-1:111122223333:identity/example.com",
        &["arn:aws:ses:eu-west-1:111122223333:identity/example.com"],
    ),
    own(
        "schema-registry",
        "schemas:DescribeRegistry",
        "arn:aws:schemas:eu-west-1:111122223333:registry/r",
        &["arn:aws:schemas:eu-west-1:111122223333:registry/r"],
    ),
    own(
        "signing-profile",
        "signer:StartSigningJob",
        "arn:aws:signer:eu-west-1:111122223333:/signing-profiles/p",
        &["arn:aws:signer:eu-west-1:111122223333:/signing-profiles/p"],
    ),
    own(
        "serverless-application",
        "serverlessrepo:GetApplication",
        "arn:aws:serverlessrepo:eu-west-1:111122223333:applications/a",
        &["arn:aws:serverlessrepo:eu-west-1:111122223333:applications/a"],
    ),
    own(
        "recognition-project",
        "rekognition:CopyProjectVersion",
        "arn:aws:rekognition:eu-west-1:111122223333:project/p/1",
        &["arn:aws:rekognition:eu-west-1:111122223333:project/p/1"],
    ),
    own(
        "redshift-namespace",
        "redshift:AuthorizeInboundIntegration",
        "arn:aws:redshift:eu-west-1:111122223333:namespace:n",
        &["arn:aws:redshift:eu-west-1:111122223333:namespace:n"],
    ),
    own(
        "observability-sink",
        "oam:CreateLink",
        "arn:aws:oam:eu-west-1:111122223333:sink/s",
        &["arn:aws:oam:eu-west-1:111122223333:sink/s"],
    ),
    own(
        "dsql-cluster",
        "dsql:DbConnect",
        "arn:aws:dsql:eu-west-1:111122223333:cluster/c",
        &["arn:aws:dsql:eu-west-1:111122223333:cluster/c"],
    ),
    own(
        "agent-runtime",
        "bedrock-agentcore:InvokeAgentRuntime",
        "arn:aws:bedrock-agentcore:eu-west-1:111122223333:runtime/r",
        &["arn:aws:bedrock-agentcore:eu-west-1:111122223333:runtime/r"],
    ),
    share(
        "ec2-image",
        "ec2:RunInstances",
        "arn:aws:ec2:eu-west-1::image/ami-1",
        "estate arn:aws:ec2:eu-west-1::image/ami-1",
        Grant::LaunchPermission,
    ),
    share(
        "ebs-snapshot",
        "ec2:CreateVolume",
        "arn:aws:ec2:eu-west-1::snapshot/snap-1",
        "estate arn:aws:ec2:eu-west-1::snapshot/snap-1",
        Grant::VolumePermission,
    ),
    share(
        "rds-snapshot",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "arn:aws:rds:eu-west-1:111122223333:snapshot:s",
        "account",
        Grant::RestoreAttribute,
    ),
    share(
        "ssm-document",
        "ssm:SendCommand",
        "arn:aws:ssm:eu-west-1:111122223333:document/d",
        "account",
        Grant::DocumentShare,
    ),
    share(
        "vpc-endpoint-service",
        "ec2:CreateVpcEndpoint",
        "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint-service/s",
        "account",
        Grant::EndpointServicePrincipals,
    ),
    (
        "vpc-endpoint",
        "ec2:DeleteVpcEndpoints",
        "arn:aws:ec2:eu-west-1:111122223333:vpc-endpoint/vpce-1",
        "account",
        &[],
        IdentityOnly,
        Refused,
    ),
    share(
        "route53-hosted-zone",
        "route53:AssociateVPCWithHostedZone",
        "arn:aws:route53:::hostedzone/Z",
        "estate arn:aws:route53:::hostedzone/Z",
        Grant::VpcAssociationAuthorization,
    ),
    (
        "route53-hosted-zone",
        "route53:GetHostedZone",
        "arn:aws:route53:::hostedzone/Z",
        "estate arn:aws:route53:::hostedzone/Z",
        &[],
        IdentityOnly,
        Refused,
    ),
    (
        "ssm-public",
        "ssm:GetParameter",
        "arn:aws:ssm:eu-west-1::parameter/aws/service/ami",
        "no one",
        &[],
        IdentityOnly,
        Alone,
    ),
    (
        "bedrock-foundation-model",
        "bedrock:InvokeModel",
        "arn:aws:bedrock:eu-west-1::foundation-model/m",
        "no one",
        &[],
        IdentityOnly,
        Alone,
    ),
    share(
        "ec2-ram-shared",
        "ec2:RunInstances",
        "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1",
        "account",
        Grant::RamShare,
    ),
    share(
        "license-configuration",
        "license-manager:GetLicenseConfiguration",
        "arn:aws:license-manager:eu-west-1:111122223333:license-configuration:l",
        "account",
        Grant::RamShare,
    ),
    share(
        "route53-resolver",
        "route53resolver:AssociateResolverRule",
        "arn:aws:route53resolver:eu-west-1:111122223333:resolver-rule/r",
        "account",
        Grant::RamShare,
    ),
    share(
        "route53-profile",
        "route53profiles:AssociateProfile",
        "arn:aws:route53profiles:eu-west-1:111122223333:profile/p",
        "account",
        Grant::RamShare,
    ),
    share(
        "network-firewall",
        "network-firewall:DescribeFirewallPolicy",
        "arn:aws:network-firewall:eu-west-1:111122223333:firewall-policy/p",
        "account",
        Grant::RamShare,
    ),
    share(
        "core-network",
        "networkmanager:CreateVpcAttachment",
        "arn:aws:networkmanager::111122223333:core-network/c",
        "account",
        Grant::RamShare,
    ),
    share(
        "rds-cluster",
        "rds:RestoreDBClusterToPointInTime",
        "arn:aws:rds:eu-west-1:111122223333:cluster:c",
        "account",
        Grant::RamShare,
    ),
    share(
        "app-mesh",
        "appmesh:DescribeMesh",
        "arn:aws:appmesh:eu-west-1:111122223333:mesh/m",
        "account",
        Grant::RamShare,
    ),
    share(
        "resource-group",
        "resource-groups:GetGroup",
        "arn:aws:resource-groups:eu-west-1:111122223333:group/g",
        "account",
        Grant::RamShare,
    ),
    share(
        "image-builder",
        "imagebuilder:GetComponent",
        "arn:aws:imagebuilder:eu-west-1:111122223333:component/c/1.0.0/1",
        "account",
        Grant::RamShare,
    ),
    share(
        "ssm-parameter",
        "ssm:GetParameter",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/p",
        "account",
        Grant::RamShare,
    ),
    (
        "eks-cluster",
        "eks:DescribeCluster",
        "arn:aws:eks:eu-west-1:111122223333:cluster/c",
        "account",
        &[],
        IdentityOnly,
        Refused,
    ),
    (
        "identity-center",
        "sso:CreatePermissionSet",
        "arn:aws:sso:::instance/ssoins-1",
        "estate arn:aws:sso:::instance/ssoins-1",
        &[],
        IdentityOnly,
        Unlisted,
    ),
    (
        "unlisted-without-account",
        "route53:GetHealthCheck",
        "arn:aws:route53:::healthcheck/h",
        "estate arn:aws:route53:::healthcheck/h",
        &[],
        IdentityOnly,
        Unlisted,
    ),
    (
        "unlisted",
        "ec2:StopInstances",
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
        "account",
        &["arn:aws:ec2:eu-west-1:111122223333:instance/i-1"],
        Standard,
        Unlisted,
    ),
];

/// A case of the standard matrix.
const fn own(
    row: &'static str,
    action: &'static str,
    resource: &'static str,
    policies: &'static [&'static str],
) -> Case {
    (row, action, resource, "account", policies, Standard, Both)
}

/// A case of a type that is shared by a list.
const fn share(
    row: &'static str,
    action: &'static str,
    resource: &'static str,
    owner: &'static str,
    grant: Grant,
) -> Case {
    (row, action, resource, owner, &[], IdentityOnly, Share(grant))
}

fn owner_text(owner: &Owner<'_>, resource: &str) -> String {
    match owner {
        Owner::Account(id) => {
            assert_eq!(
                Some(*id),
                ArnParts::split(resource).and_then(|parts| parts.account_id()),
                "{resource}"
            );
            "account".into()
        }
        Owner::Estate(arn) => format!("estate {arn}"),
        Owner::ManagementAccount => "management".into(),
        Owner::Caller => "caller".into(),
        Owner::NoOne => "no one".into(),
    }
}

fn holder_text(holder: &Holder<'_>) -> String {
    match holder {
        Holder::Policy(arn) => arn.to_string(),
        Holder::BucketOf(arn) => format!("bucket of {arn}"),
        Holder::RegistryPolicy(arn) => format!("registry {arn}"),
        Holder::DelegationPolicy => "delegation".into(),
        Holder::ServiceNetworksOf(arn) => format!("networks of {arn}"),
    }
}

#[test]
fn every_row_answers_its_case() {
    for (row, action, resource, owner, policies, regime, cross_account) in CASES {
        let found = governing(action, resource);
        assert_eq!(found.row, *row, "{action} on {resource}");
        assert_eq!(owner_text(&found.owner, resource), *owner, "{action} on {resource}");
        assert_eq!(
            found.policies.iter().map(holder_text).collect::<Vec<_>>(),
            *policies,
            "{action} on {resource}"
        );
        assert_eq!(found.regime, *regime, "{action} on {resource}");
        assert_eq!(found.cross_account, *cross_account, "{action} on {resource}");
        assert!(!found.rules.is_empty(), "{row}");
    }
}

#[test]
fn every_row_has_a_case_and_a_name_of_its_own() {
    let mut names = std::collections::BTreeSet::new();
    for row in rows() {
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(CASES.iter().any(|case| case.0 == row.name), "{} has no case", row.name);
    }
}

#[test]
fn every_type_of_the_exports_has_a_row() {
    let types = [
        "AWS::S3::Bucket",
        "AWS::S3::AccessPoint",
        "AWS::S3Express::BucketPolicy",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::SQS::Queue",
        "AWS::SNS::Topic",
        "AWS::ECR::Repository",
        "AWS::ECR::RegistryPolicy",
        "AWS::EFS::FileSystem",
        "AWS::Backup::BackupVault",
        "AWS::OpenSearch::Domain",
        "AWS::Events::EventBus",
        "AWS::MSK::ClusterPolicy",
        "AWS::EC2::VPCEndpoint",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::IAM::Group",
        "AWS::IAM::Policy",
        "s3",
        "s3/accesspoint",
        "s3-object-lambda/accesspoint",
        "s3express/bucket",
        "s3express/accesspoint",
        "s3outposts/outpost",
        "s3tables/bucket",
        "kms/key",
        "sqs",
        "sns",
        "lambda/function",
        "lambda/layer",
        "secretsmanager/secret",
        "ecr/repository",
        "ecr-registry-policy",
        "events/event-bus",
        "dynamodb/table",
        "kinesis/stream",
        "kafka/cluster",
        "backup/backup-vault",
        "elasticfilesystem/file-system",
        "es/domain",
        "glacier/vaults",
        "glue/catalog",
        "apigateway/restapis",
        "ec2/vpc-endpoint",
        "eks/cluster",
        "eks/access-entry",
        "sso/instance",
        "sso/permissionset",
        "iam/user",
        "iam/group",
        "iam/role",
        "iam/policy",
        "iam/instance-profile",
        "iam/oidc-provider",
        "iam/saml-provider",
    ];
    for name in types {
        assert_eq!(rows().filter(|row| row.also_known_as.contains(&name)).count(), 1, "{name}");
    }
}

fn gate_kinds(action: &str, resource: &str) -> Vec<(GateKind, &'static str)> {
    governing(action, resource).gates.iter().map(|gate| (gate.kind, gate.rule)).collect()
}

#[test]
fn gates_name_whom_they_refuse_and_their_rule() {
    let aws_policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(gate_kinds("iam:CreatePolicyVersion", aws_policy), [(GateKind::Everyone, "S-IAM-03")]);
    assert_eq!(gate_kinds("iam:GetPolicy", aws_policy), []);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    assert!(gate_kinds("iam:PutRolePolicy", linked).contains(&(GateKind::Everyone, "S-IAM-02")));
    assert!(!gate_kinds("iam:PassRole", linked).iter().any(|(kind, _)| *kind == GateKind::Everyone));
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1";
    assert!(gate_kinds("iam:PassRole", reserved).contains(&(GateKind::Everyone, "S-IAM-04")));
    assert!(gate_kinds("iam:PassRole", reserved).contains(&(GateKind::ForeignCallers, "S-IAM-01")));
    assert!(!gate_kinds("iam:GetRole", reserved).iter().any(|(kind, _)| *kind == GateKind::Everyone));
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(gate_kinds("sts:AssumeRole", role), [(GateKind::RootUsers, "S-SESS-09")]);
    assert_eq!(gate_kinds("sts:TagSession", role), []);
    let alias = "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3";
    assert!(gate_kinds("kms:UpdateAlias", alias).contains(&(GateKind::Everyone, "S-KMS-08")));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    assert_eq!(gate_kinds("kms:ListKeyRotations", key), [(GateKind::ForeignCallers, "S-KMS-05")]);
    assert_eq!(gate_kinds("kms:Decrypt", key), []);
    assert_eq!(
        gate_kinds("sqs:SetQueueAttributes", "arn:aws:sqs:eu-west-1:111122223333:q"),
        [(GateKind::ForeignCallers, "S-SVC-01")]
    );
    assert_eq!(
        gate_kinds("organizations:LeaveOrganization", "*"),
        [(GateKind::ManagementAccount, "S-SVC-16")]
    );
}

#[test]
fn other_grants_go_by_action() {
    let grants = |action: &str, resource: &str| governing(action, resource).other_grants.to_vec();
    assert_eq!(grants("s3:GetObject", "arn:aws:s3:::b/k"), [Grant::S3Acl]);
    assert_eq!(grants("s3:DeleteObject", "arn:aws:s3:::b/k"), []);
    assert_eq!(grants("s3:PutBucketPolicy", "arn:aws:s3:::b"), []);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    assert_eq!(grants("kms:Decrypt", key), [Grant::KmsGrant]);
    assert_eq!(grants("kms:ScheduleKeyDeletion", key), []);
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    assert_eq!(governing("lambda:InvokeFunctionUrl", function).also_needed, [AlsoNeeded::InvokeFunction]);
    assert_eq!(governing("lambda:InvokeFunction", function).also_needed, []);
    let database = "arn:aws:glue:eu-west-1:111122223333:database/d";
    assert_eq!(governing("glue:GetDatabase", database).also_needed, [AlsoNeeded::LakeFormation]);
}

#[test]
fn acl_actions_of_the_rows_are_those_of_the_acl_table() {
    for (action, resource) in [("s3:ListBucket", "arn:aws:s3:::b"), ("s3:PutObject", "arn:aws:s3:::b/k")] {
        assert!(crate::catalog::s3_acl::granting_permission(action).is_some());
        assert_eq!(governing(action, resource).other_grants, [Grant::S3Acl]);
    }
    assert_eq!(crate::catalog::s3_acl::granting_permission("s3:DeleteObject"), None);
}

#[test]
fn policies_are_held_by_whole_resources_only() {
    let holder = |arn: &str| policy_holder(arn).map(|row| row.name);
    assert_eq!(holder("arn:aws:s3:::b"), Some("s3-bucket"));
    assert_eq!(holder("arn:aws:s3:::b/k"), None);
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t"), Some("dynamodb-table"));
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"), None);
    assert_eq!(holder("arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/1"), Some("dynamodb-stream"));
    assert_eq!(holder("arn:aws:apigateway:eu-west-1::/restapis/abc"), Some("rest-api"));
    assert_eq!(holder("arn:aws:iam::111122223333:role/r"), Some("iam-role-trust"));
    assert_eq!(holder("arn:aws:iam::111122223333:user/u"), None);
    assert_eq!(holder("arn:aws:glue:eu-west-1:111122223333:catalog"), Some("glue-catalog"));
    assert_eq!(holder("arn:aws:ec2:eu-west-1:111122223333:instance/i-1"), None);
}

#[test]
fn action_names_ignore_case() {
    assert_eq!(
        governing("KMS:listkeyrotations", "arn:aws:kms:eu-west-1:111122223333:key/k").cross_account,
        Refused
    );
    assert_eq!(governing("IAM:getrole", "arn:aws:iam::111122223333:role/r").row, "iam");
}
