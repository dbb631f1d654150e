//! Names, ids and ARNs. Each is a function of account and number alone, so that any policy can name anything in any
//! account before that account has been written.

use super::random::{Random, mix};

/// The organisation.
pub const ORGANIZATION: &str = "o-gen0example";
/// The root of the organisation.
pub const ROOT: &str = "r-gene";
/// Accounts outside the organisation: suppliers that some policies name.
pub const SUPPLIERS: [&str; 4] = ["900000000001", "900000000002", "900000000003", "900000000004"];
/// Regions in use.
pub const REGIONS: [&str; 4] = ["eu-central-1", "eu-west-1", "us-east-1", "ap-southeast-2"];
/// Teams, also the values of the tag `team`.
pub const TEAMS: [&str; 12] = [
    "payments",
    "orders",
    "search",
    "catalog",
    "identity",
    "billing",
    "shipping",
    "analytics",
    "platform",
    "risk",
    "mobile",
    "support",
];
const PARTS: [&str; 12] = [
    "api",
    "worker",
    "ingest",
    "batch",
    "web",
    "scheduler",
    "etl",
    "gateway",
    "notifier",
    "indexer",
    "export",
    "reconciler",
];
const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The id of account number `account`; number 0 is the management account.
pub fn account_id(account: usize) -> String {
    // A prime step through the range: distinct for every account.
    format!("{}", 100_000_000_000 + (account as u64 * 7_919_000_033) % 799_999_999_999)
}

/// Which of `choices` thing number `number` gets.
pub fn choose<'a>(number: usize, salt: u64, choices: &[&'a str]) -> &'a str {
    choices[(mix(number as u64 ^ (salt << 32)) % choices.len() as u64) as usize]
}

/// The team of thing number `number`.
pub fn team(number: usize) -> &'static str {
    choose(number, 1, &TEAMS)
}

/// `payments-worker-0042`.
pub fn thing(number: usize) -> String {
    format!("{}-{}-{number:04}", team(number), choose(number, 2, &PARTS))
}

/// The name of user number `user`.
pub fn user_name(user: usize) -> String {
    const FIRST: [&str; 10] =
        ["ada", "ben", "chen", "dora", "emil", "fatima", "george", "hana", "igor", "julia"];
    format!("{}.{}{user:03}", choose(user, 3, &FIRST), team(user))
}

/// The ARN of user number `user`.
pub fn user_arn(account: usize, user: usize) -> String {
    format!("arn:aws:iam::{}:user/{}", account_id(account), user_name(user))
}

/// How role number `role` of every account is used; it decides its path, name and trust.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RoleKind {
    /// Trusts an AWS service.
    Service,
    /// Trusts the role before it, as a link of a chain.
    Chain,
    /// Trusts its own account.
    Delegated,
    /// Trusts a role of another account.
    CrossAccount,
    /// Trusts GitHub's OIDC provider.
    Workflow,
    /// Belongs to IAM Identity Center.
    SignOn,
    /// Trusts an account outside the organisation.
    Supplier,
    /// Trusts named users with MFA.
    Named,
    /// Linked to a service.
    ServiceLinked,
}

/// How role number `role` is used: two percent trust another account of the organisation.
pub fn role_kind(role: usize) -> RoleKind {
    match mix(role as u64 ^ (4 << 32)) % 100 {
        0..42 => RoleKind::Service,
        42..55 => RoleKind::Chain,
        55..68 => RoleKind::Delegated,
        68..70 => RoleKind::CrossAccount,
        70..78 => RoleKind::Workflow,
        78..89 => RoleKind::SignOn,
        89..91 => RoleKind::Supplier,
        91..96 => RoleKind::Named,
        _ => RoleKind::ServiceLinked,
    }
}

/// Services that roles are made for.
pub const ROLE_SERVICES: [&str; 12] = [
    "lambda",
    "ec2",
    "ecs-tasks",
    "states",
    "glue",
    "codebuild",
    "events",
    "firehose",
    "scheduler",
    "sagemaker",
    "batch",
    "cloudformation",
];
/// Services that roles are linked to.
pub const LINKED_SERVICES: [&str; 6] =
    ["autoscaling", "elasticloadbalancing", "ecs", "config", "guardduty", "access-analyzer"];

/// Path and name of role number `role`.
pub fn role_name(role: usize) -> (String, String) {
    match role_kind(role) {
        RoleKind::ServiceLinked => {
            let service = choose(role, 5, &LINKED_SERVICES);
            (format!("/aws-service-role/{service}.amazonaws.com/"), format!("AWSServiceRoleFor{role:04}"))
        }
        RoleKind::SignOn => (
            "/aws-reserved/sso.amazonaws.com/eu-central-1/".into(),
            format!("AWSReservedSSO_{}_{:016x}", thing(role), mix(role as u64)),
        ),
        RoleKind::CrossAccount | RoleKind::Workflow => ("/platform/".into(), thing(role)),
        _ => ("/".into(), thing(role)),
    }
}

/// The ARN of role number `role`.
pub fn role_arn(account: usize, role: usize) -> String {
    let (path, name) = role_name(role);
    format!("arn:aws:iam::{}:role{path}{name}", account_id(account))
}

/// The ARN of customer policy number `policy`.
pub fn policy_arn(account: usize, policy: usize) -> String {
    format!("arn:aws:iam::{}:policy/{}", account_id(account), thing(policy))
}

/// The type of a resource with a policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceKind {
    /// An S3 bucket.
    Bucket,
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// A KMS key.
    Key,
    /// A Secrets Manager secret.
    Secret,
    /// A Lambda function.
    Function,
    /// An ECR repository.
    Repository,
}

/// The type of resource number `resource` of every account.
pub fn resource_kind(resource: usize) -> ResourceKind {
    match mix(resource as u64 ^ (6 << 32)) % 100 {
        0..40 => ResourceKind::Bucket,
        40..52 => ResourceKind::Queue,
        52..62 => ResourceKind::Topic,
        62..77 => ResourceKind::Key,
        77..87 => ResourceKind::Secret,
        87..95 => ResourceKind::Function,
        _ => ResourceKind::Repository,
    }
}

/// The ARN of resource number `resource`.
pub fn resource_arn(account: usize, resource: usize) -> String {
    let (id, name) = (account_id(account), thing(resource));
    let region = choose(resource, 7, &REGIONS[..2]);
    match resource_kind(resource) {
        ResourceKind::Bucket => format!("arn:aws:s3:::{name}-{id}"),
        ResourceKind::Queue => format!("arn:aws:sqs:{region}:{id}:{name}"),
        ResourceKind::Topic => format!("arn:aws:sns:{region}:{id}:{name}"),
        ResourceKind::Key => {
            let bits = mix((account as u64) << 32 | resource as u64);
            format!(
                "arn:aws:kms:{region}:{id}:key/{:08x}-0000-4000-8000-{:012x}",
                bits >> 32,
                bits & 0xFFFF_FFFF
            )
        }
        ResourceKind::Secret => format!("arn:aws:secretsmanager:{region}:{id}:secret:{name}-Ab3dEf"),
        ResourceKind::Function => format!("arn:aws:lambda:{region}:{id}:function:{name}"),
        ResourceKind::Repository => format!("arn:aws:ecr:{region}:{id}:repository/{name}"),
    }
}

/// A unique id as IAM makes them: `AROA` and 17 more characters.
pub fn unique_id(random: &mut Random, prefix: &str) -> String {
    format!("{prefix}{}", random.text(CAPITALS, 17))
}

/// An instant as the AWS CLI prints it.
pub fn instant(random: &mut Random) -> String {
    let (year, month, day) = (random.between(2017, 2025), random.between(1, 12), random.between(1, 28));
    format!(
        "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}+00:00",
        random.below(24),
        random.below(60),
        random.below(60)
    )
}
