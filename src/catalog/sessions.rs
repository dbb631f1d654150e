//! What kinds of session cannot call, what services do when they assume a role, and which principals AWS owns. As of
//! September 2026.

use super::arn::{ArnParts, matches_ignoring_case};

/// A kind of credentials, as far as fixed refusals go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Long-term keys or the console password of an IAM user.
    User,
    /// The root user.
    Root,
    /// A session that AssumeRoot gave.
    AssumedRoot,
    /// A session of a role, by any AssumeRole call.
    RoleSession,
    /// Credentials of GetSessionToken.
    SessionToken,
    /// Credentials of GetFederationToken.
    FederatedUser,
    /// None yet: whoever a SAML provider vouches for.
    Saml,
    /// None yet: whoever an OIDC provider vouches for.
    WebIdentity,
    /// None: an unsigned request.
    Anonymous,
    /// Of AWS: a service, or a principal that AWS owns.
    Aws,
}

impl Credentials {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Root,
        Self::AssumedRoot,
        Self::RoleSession,
        Self::SessionToken,
        Self::FederatedUser,
        Self::Saml,
        Self::WebIdentity,
        Self::Anonymous,
        Self::Aws,
    ];
}

/// When a refusal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refused {
    /// Always.
    Always,
    /// For calls by API or CLI, not in a console session (S-SESS-05).
    UnlessConsole,
    /// Unless MFA information was given in the call (S-SESS-06).
    UnlessMfa,
}

/// A fixed refusal by kind of credentials, and its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionRefusal {
    /// When it holds.
    pub refused: Refused,
    /// The rule: `S-SESS-07`.
    pub rule: &'static str,
    /// Why, as a sentence fragment.
    pub reason: &'static str,
}

/// Kind, action pattern, exempt action patterns, refusal; first match wins.
type Row = (Credentials, &'static str, &'static [&'static str], SessionRefusal);

const fn refusal(refused: Refused, rule: &'static str, reason: &'static str) -> SessionRefusal {
    SessionRefusal { refused, rule, reason }
}

/// `sts:TagSession` and the like are no calls of their own: they accompany AssumeRole.
const OF_SESSION_TOKEN: &[&str] =
    &["sts:AssumeRole", "sts:GetCallerIdentity", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];

/// The calls that take a role.
pub const TAKING_ROLES: [&str; 3] =
    ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Permissions that calls which take a role may need besides (S-TRUST-10).
pub const ACCOMPANYING: [&str; 2] = ["sts:SetSourceIdentity", "sts:TagSession"];

/// Calls that are made with a token of an identity provider, and not signed (S-TRUST-08). From "Compare AWS STS credentials" in
/// the IAM User Guide.
pub const ACCEPTED_WITH_TOKEN: [&str; 2] = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Calls that services take unsigned (S-XACC-13): of services with a management API of its own those on the data alone. A function
/// is called through its URL ("Control access to Lambda function URLs"), an API through its stages ("Invoke a REST API"),
/// a domain through its endpoint ("Identity and Access Management in Amazon OpenSearch Service"), a file system by NFS
/// clients ("Using IAM to control access to file systems"), a container of MediaStore by its object operations.
const UNSIGNED: &[&str] = &[
    "s3:*",
    "sqs:*",
    "sns:*",
    "lambda:InvokeFunctionUrl",
    "lambda:InvokeFunction",
    "execute-api:Invoke",
    "es:ESHttp*",
    "vpc-lattice-svcs:*",
    "elasticfilesystem:Client*",
    "mediastore:GetObject",
    "mediastore:DescribeObject",
    "mediastore:ListItems",
    "mediastore:PutObject",
    "mediastore:DeleteObject",
];

const REFUSALS: &[Row] = &[
    (
        Credentials::Anonymous,
        "*",
        UNSIGNED,
        refusal(Refused::Always, "S-XACC-13", "the service takes no unsigned requests"),
    ),
    (
        Credentials::Saml,
        "*",
        &["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
        refusal(Refused::Always, "S-KEY-02", "a SAML identity can only assume roles"),
    ),
    (
        Credentials::WebIdentity,
        "*",
        &["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
        refusal(Refused::Always, "S-KEY-02", "a web identity can only assume roles"),
    ),
    (
        Credentials::Root,
        "sts:AssumeRole",
        &[],
        refusal(Refused::Always, "S-SESS-09", "the root user cannot assume roles"),
    ),
    (
        Credentials::Root,
        "sts:AssumeRoot",
        &[],
        refusal(Refused::Always, "S-SESS-10", "the root user cannot call AssumeRoot"),
    ),
    (
        Credentials::AssumedRoot,
        "sts:GetSessionToken",
        &[],
        refusal(Refused::Always, "S-STS-02", "temporary credentials cannot call GetSessionToken"),
    ),
    (
        Credentials::Aws,
        "sts:GetSessionToken",
        &[],
        refusal(Refused::Always, "S-STS-02", "only users and the root user call GetSessionToken"),
    ),
    (
        Credentials::RoleSession,
        "sts:GetFederationToken",
        &[],
        refusal(Refused::Always, "S-SESS-07", "role sessions cannot call GetFederationToken"),
    ),
    (
        Credentials::RoleSession,
        "sts:GetSessionToken",
        &[],
        refusal(Refused::Always, "S-SESS-07", "role sessions cannot call GetSessionToken"),
    ),
    (
        Credentials::SessionToken,
        "sts:*",
        OF_SESSION_TOKEN,
        refusal(
            Refused::Always,
            "S-SESS-06",
            "GetSessionToken credentials can call AssumeRole and GetCallerIdentity only",
        ),
    ),
    (
        Credentials::SessionToken,
        "iam:*",
        &[],
        refusal(Refused::UnlessMfa, "S-SESS-06", "GetSessionToken credentials without MFA cannot call IAM"),
    ),
    (
        Credentials::FederatedUser,
        "sts:*",
        &["sts:GetCallerIdentity"],
        refusal(Refused::Always, "S-SESS-05", "federated-user sessions can call GetCallerIdentity only"),
    ),
    (
        Credentials::FederatedUser,
        "iam:*",
        &[],
        refusal(Refused::UnlessConsole, "S-SESS-05", "federated-user sessions cannot call IAM by API"),
    ),
];

/// Whether a kind of credentials cannot call an action, by its full name (S-SESS-05 to S-SESS-07, S-SESS-09, S-SESS-10,
/// S-KEY-02, S-XACC-13).
pub fn session_refusal(credentials: Credentials, action: &str) -> Option<SessionRefusal> {
    let row = REFUSALS.iter().find(|(kind, pattern, exempt, _)| {
        *kind == credentials
            && matches_ignoring_case(pattern.as_bytes(), action.as_bytes())
            && !exempt.iter().any(|exempt| matches_ignoring_case(exempt.as_bytes(), action.as_bytes()))
    });
    row.map(|(_, _, _, refusal)| *refusal)
}

/// What AWS refuses whoever has credentials of a kind, whatever policies say: patterns of actions, each with those that it takes all
/// the same.
pub fn refused(credentials: Credentials) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let always = move |row: &&Row| row.0 == credentials && row.3.refused == Refused::Always;
    REFUSALS.iter().filter(always).map(|(_, pattern, exempt, _)| (*pattern, *exempt))
}

/// The actions that a trust policy must allow to a service besides `sts:AssumeRole`, because the service always passes
/// tags or a source identity (S-TRUST-09).
pub fn service_trust_needs(service: &str) -> &'static [&'static str] {
    match service {
        "pods.eks.amazonaws.com" => &["sts:TagSession"],
        "rolesanywhere.amazonaws.com" => &["sts:TagSession", "sts:SetSourceIdentity"],
        _ => &[],
    }
}

/// Services that put session policies of their own on the sessions they deliver (S-SESS-13, U-87).
pub const SESSION_POLICY_SERVICES: &[&str] =
    &["cognito-identity.amazonaws.com", "rolesanywhere.amazonaws.com"];

/// Accounts from which Elastic Load Balancing delivers access logs, by Region; Regions opened since 2022 use a service
/// principal instead (S-XACC-16). From the ELB user guide.
const LOG_DELIVERY_ACCOUNTS: &[&str] = &[
    "127311923021", // us-east-1
    "033677994240", // us-east-2
    "027434742980", // us-west-1
    "797873946194", // us-west-2
    "098369216593", // af-south-1
    "754344448648", // ap-east-1
    "589379963580", // ap-southeast-3
    "718504428378", // ap-south-1
    "383597477331", // ap-northeast-3
    "600734575887", // ap-northeast-2
    "114774131450", // ap-southeast-1
    "783225319266", // ap-southeast-2
    "582318560864", // ap-northeast-1
    "985666609251", // ca-central-1
    "054676820928", // eu-central-1
    "156460612806", // eu-west-1
    "652711504416", // eu-west-2
    "635631232127", // eu-south-1
    "009996457667", // eu-west-3
    "897822967062", // eu-north-1
    "076674570225", // me-south-1
    "507241528517", // sa-east-1
    "048591011584", // us-gov-west-1
    "190560391635", // us-gov-east-1
    "638102146993", // cn-north-1
    "037604701340", // cn-northwest-1
];

/// Whether a principal, an ARN or an account id, is an account or user that AWS owns and that is no service principal: a
/// CloudFront origin access identity or a log-delivery account (S-PRN-23, S-XACC-16).
pub fn is_aws_owned_principal(principal: &str) -> bool {
    let account = ArnParts::split(principal).map_or(principal, |parts| parts.account);
    account == "cloudfront" || LOG_DELIVERY_ACCOUNTS.contains(&account)
}
