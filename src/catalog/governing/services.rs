//! Services other than S3, KMS, IAM, STS and Organizations (semantics 9.6). As of September 2026.

use super::ram::BY_RAM;
use super::row::{AccountPart, At, IDENTITY, OwnerRule, PolicyAt, Resources, Row, STANDARD};
use super::types::{AlsoNeeded, CrossAccount, Regime};

/// Actions on a DynamoDB table that work across accounts (S-SVC-18). `ConditionCheckItem` is what `TransactWriteItems`
/// authorizes for its condition checks (S-ACT-06).
const DYNAMODB_CROSS_ACCOUNT: &[&str] = &[
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:TransactGetItems",
    "dynamodb:TransactWriteItems",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeTable",
    "dynamodb:UpdateTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
];

/// Actions that ignore the table's policy (S-SVC-18). `CreateBackup` and `ExportTableToPointInTime` honour it.
const DYNAMODB_IDENTITY_ONLY: &[&str] = &[
    "dynamodb:CreateTable",
    "dynamodb:ListTables",
    "dynamodb:ListStreams",
    "dynamodb:DeleteBackup",
    "dynamodb:DescribeBackup",
    "dynamodb:ListBackups",
    "dynamodb:RestoreTableFromBackup",
    "dynamodb:RestoreTableFromAwsBackup",
    "dynamodb:StartAwsBackupJob",
    "dynamodb:ImportTable",
    "dynamodb:DescribeImport",
    "dynamodb:ListImports",
    "dynamodb:DescribeExport",
    "dynamodb:ListExports",
    "dynamodb:CreateGlobalTable",
    "dynamodb:UpdateGlobalTable",
    "dynamodb:UpdateGlobalTableSettings",
    "dynamodb:UpdateGlobalTableVersion",
    "dynamodb:DescribeGlobalTable",
    "dynamodb:DescribeGlobalTableSettings",
    "dynamodb:ListGlobalTables",
    "dynamodb:ListContributorInsights",
    "dynamodb:DescribeLimits",
    "dynamodb:DescribeEndpoints",
];

const SQS_OWN_ACCOUNT: &[&str] = &[
    "sqs:AddPermission",
    "sqs:CancelMessageMoveTask",
    "sqs:CreateQueue",
    "sqs:DeleteQueue",
    "sqs:ListMessageMoveTasks",
    "sqs:ListQueues",
    "sqs:ListQueueTags",
    "sqs:RemovePermission",
    "sqs:SetQueueAttributes",
    "sqs:StartMessageMoveTask",
    "sqs:TagQueue",
    "sqs:UntagQueue",
];

/// A type with a policy on the ARN itself and the standard matrix.
const fn standard(
    name: &'static str,
    service: &'static str,
    globs: &'static [&'static str],
    rules: &'static [&'static str],
) -> Row {
    Row { name, resources: Resources::Arns(service, AccountPart::Named, globs), rules, ..STANDARD }
}

/// As [`standard`], for a type that AWS RAM shares too (S-XACC-07); [`ram`](super::ram) says by what source.
const fn shared(
    name: &'static str,
    service: &'static str,
    globs: &'static [&'static str],
    rules: &'static [&'static str],
) -> Row {
    Row { other_grants: BY_RAM, ..standard(name, service, globs, rules) }
}

/// As [`standard`], with the names of exports.
const fn exported(row: Row, also_known_as: &'static [&'static str]) -> Row {
    Row { also_known_as, ..row }
}

pub(super) const ROWS: &[Row] = &[
    Row {
        cross_account_of: &[(SQS_OWN_ACCOUNT, CrossAccount::Gate)],
        ..exported(
            standard("sqs-queue", "sqs", &["*"], &["S-ROOT-04", "S-SVC-01"]),
            &["AWS::SQS::Queue", "sqs"],
        )
    },
    exported(standard("sns-topic", "sns", &["*"], &["S-SVC-03", "U-36"]), &["AWS::SNS::Topic", "sns"]),
    Row {
        also_needed: &[(&["lambda:InvokeFunctionUrl"], &[AlsoNeeded::InvokeFunction])],
        // A function, a version and an alias are different resources, each with its own policy.
        ..exported(
            standard("lambda-function", "lambda", &["function:*"], &["S-SVC-04", "U-84"]),
            &["AWS::Lambda::Function", "lambda/function"],
        )
    },
    exported(standard("lambda-layer-version", "lambda", &["layer:*:*"], &["S-SVC-04"]), &["lambda/layer"]),
    exported(
        standard("secret", "secretsmanager", &["secret:*"], &["S-SVC-05", "S-KMS-11"]),
        &["secretsmanager/secret"],
    ),
    Row {
        policies: &[PolicyAt::Of(At::Itself), PolicyAt::Registry],
        ..exported(
            standard("ecr-repository", "ecr", &["repository/*"], &["S-SVC-06", "U-86"]),
            &["AWS::ECR::Repository", "ecr/repository"],
        )
    },
    exported(
        standard("ecr-registry", "ecr", &["registry"], &["S-SVC-06", "U-86"]),
        &["AWS::ECR::RegistryPolicy", "ecr-registry-policy"],
    ),
    exported(
        standard("event-bus", "events", &["event-bus/*", "event-busv2/*"], &["S-SVC-02", "S-SVC-07"]),
        &["AWS::Events::EventBus", "events/event-bus"],
    ),
    Row {
        policies: &[PolicyAt::Of(At::BusOfRule)],
        ..standard("event-rule", "events", &["rule/*"], &["S-SVC-07"])
    },
    Row {
        name: "dynamodb-without-policy",
        actions: DYNAMODB_IDENTITY_ONLY,
        resources: Resources::Arns("dynamodb", AccountPart::Named, &["table/*", "global-table/*"]),
        rules: &["S-SVC-18"],
        ..IDENTITY
    },
    Row {
        cross_account: CrossAccount::Gate,
        cross_account_of: &[(DYNAMODB_CROSS_ACCOUNT, CrossAccount::Both)],
        ..exported(
            standard("dynamodb-stream", "dynamodb", &["table/*/stream/*"], &["S-SVC-18"]),
            &["dynamodb/table/stream"],
        )
    },
    Row {
        policies: &[PolicyAt::Of(At::Levels(2))],
        cross_account: CrossAccount::Gate,
        cross_account_of: &[(DYNAMODB_CROSS_ACCOUNT, CrossAccount::Both)],
        ..exported(standard("dynamodb-table", "dynamodb", &["table/*"], &["S-SVC-18"]), &["dynamodb/table"])
    },
    Row {
        policies: &[PolicyAt::Of(At::Replaced("catalog"))],
        cross_account: CrossAccount::Both,
        other_grants: BY_RAM,
        also_needed: &[(&["glue:*"], &[AlsoNeeded::LakeFormation])],
        ..exported(
            standard(
                "glue-catalog",
                "glue",
                &["catalog", "catalog/*", "database/*", "table/*", "tableVersion/*", "userDefinedFunction/*"],
                &["S-SVC-14"],
            ),
            &["glue/catalog"],
        )
    },
    Row {
        name: "api-invocation",
        actions: &["execute-api:*"],
        resources: Resources::Arns("execute-api", AccountPart::Any, &["*"]),
        policies: &[PolicyAt::Of(At::RestApiOfInvocation)],
        regime: Regime::Invoke,
        rules: &["S-SVC-08", "S-SVC-09", "S-SVC-10", "S-SVC-20", "U-81"],
        ..STANDARD
    },
    // The policy of a REST API governs its invocation only; calls that manage the API are decided by identity policies.
    Row {
        name: "rest-api",
        also_known_as: &["apigateway/restapis"],
        actions: &["execute-api:*"],
        resources: Resources::Arns("apigateway", AccountPart::Empty, &["/restapis/*"]),
        owner: OwnerRule::Estate(At::Levels(2)),
        policies: &[PolicyAt::Of(At::Levels(2))],
        regime: Regime::Invoke,
        rules: &["S-SVC-08", "S-SVC-09", "S-RES-09"],
        ..STANDARD
    },
    Row {
        name: "api-management",
        resources: Resources::Arns("apigateway", AccountPart::Empty, &["*"]),
        owner: OwnerRule::Estate(At::Levels(2)),
        cross_account: CrossAccount::Unlisted,
        rules: &["S-RES-09", "S-XACC-14"],
        ..IDENTITY
    },
    Row {
        policies: &[PolicyAt::Of(At::Levels(2))],
        ..exported(
            standard("opensearch-domain", "es", &["domain/*"], &["S-SVC-11", "U-78"]),
            &["AWS::OpenSearch::Domain", "es/domain"],
        )
    },
    exported(standard("kinesis-stream", "kinesis", &["stream/*"], &["S-SVC-15"]), &["kinesis/stream"]),
    Row {
        policies: &[PolicyAt::Of(At::ClusterOf)],
        ..exported(
            standard(
                "msk-cluster",
                "kafka",
                &["cluster/*/*", "topic/*", "group/*", "transactional-id/*"],
                &["S-SVC-15"],
            ),
            &["AWS::MSK::ClusterPolicy", "kafka/cluster"],
        )
    },
    Row {
        policies: &[PolicyAt::Of(At::RepositoryOfPackage)],
        ..standard("codeartifact-package", "codeartifact", &["package/*"], &["S-SVC-15"])
    },
    standard("codeartifact", "codeartifact", &["domain/*", "repository/*"], &["S-SVC-15"]),
    Row {
        name: "lattice-service",
        actions: &["vpc-lattice-svcs:*"],
        resources: Resources::Arns("vpc-lattice", AccountPart::Any, &["service/*"]),
        policies: &[PolicyAt::Of(At::Levels(2)), PolicyAt::ServiceNetworksOf(At::Levels(2))],
        regime: Regime::BothSides,
        rules: &["S-SVC-17"],
        ..STANDARD
    },
    Row {
        name: "lattice-service-network",
        actions: &["vpc-lattice-svcs:*"],
        resources: Resources::Arns("vpc-lattice", AccountPart::Any, &["servicenetwork/*"]),
        regime: Regime::BothSides,
        rules: &["S-SVC-17"],
        ..STANDARD
    },
    Row {
        policies: &[PolicyAt::Of(At::Before(":log-stream:"))],
        ..standard("log-group", "logs", &["log-group:*"], &["S-SVC-15"])
    },
    standard("log-destination", "logs", &["destination:*", "delivery-destination:*"], &["S-SVC-15"]),
    shared("private-ca", "acm-pca", &["certificate-authority/*"], &["S-SVC-15", "S-XACC-07"]),
    standard("trail-data", "cloudtrail", &["channel/*", "eventdatastore/*", "dashboard/*"], &["S-SVC-15"]),
    shared("build-project", "codebuild", &["project/*", "report-group/*"], &["S-SVC-15", "S-XACC-07"]),
    shared("hsm-backup", "cloudhsm", &["backup/*"], &["S-SVC-15", "S-XACC-07"]),
    standard("lex-bot", "lex", &["bot/*", "bot-alias/*", "bot:*"], &["S-SVC-15"]),
    standard("media-container", "mediastore", &["container/*"], &["S-SVC-15"]),
    standard("email-identity", "ses", &["identity/*"], &["S-SVC-15"]),
    standard("schema-registry", "schemas", &["registry/*"], &["S-SVC-15"]),
    standard("signing-profile", "signer", &["/signing-profiles/*"], &["S-SVC-15"]),
    standard("serverless-application", "serverlessrepo", &["applications/*"], &["S-SVC-15"]),
    standard("recognition-project", "rekognition", &["project/*"], &["S-SVC-15"]),
    standard("redshift-namespace", "redshift", &["namespace:*"], &["S-SVC-15"]),
    standard("observability-sink", "oam", &["sink/*"], &["S-SVC-15"]),
    standard("dsql-cluster", "dsql", &["cluster/*"], &["S-SVC-15"]),
    standard("agent-runtime", "bedrock-agentcore", &["runtime/*", "gateway/*"], &["S-SVC-15"]),
];
