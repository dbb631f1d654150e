//! Who calls: a principal ARN, a service, or nobody known.

use std::collections::BTreeMap;

use serde_json::Value;

/// The kinds of caller of design.md §7, and AWS-owned account principals (S-XACC-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    /// Credentials of `GetSessionToken`: the user, with some calls refused (S-SESS-06).
    SessionToken,
    /// A session of a role whose name no policy names.
    Role,
    Session,
    FederatedUser,
    Root,
    AssumedRoot,
    Saml,
    Oidc,
    Service,
    Anonymous,
    AwsOwned,
}

/// What is known of the name of a role session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionName {
    /// It equals no name in any policy (scenarios with a role ARN).
    Unnamed,
    /// Nothing is known (S-TRI-10).
    Open,
    Known(String),
}

/// The caller of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    pub kind: Kind,
    /// Whether it has credentials of `GetSessionToken`: a user, or root (S-STS-02).
    pub session_token: bool,
    /// As written in the request.
    pub text: String,
    pub partition: String,
    /// The 12-digit account, where it has one.
    pub account: Option<String>,
    /// The IAM user behind a federated-user session; the root ARN if root made it.
    pub user_arn: Option<String>,
    /// The role of a session, with its path, if known.
    pub role_arn: Option<String>,
    /// The role's name.
    pub role_name: Option<String>,
    pub session_name: SessionName,
    /// SAML or OIDC provider.
    pub provider: Option<String>,
    /// `AIDA…` or `AROA…`.
    pub unique_id: Option<String>,
    /// The unique ids of the users and roles that are known.
    pub ids_of_others: Vec<String>,
    /// Of an account that was not collected: the organizations that list all their accounts, and not this one.
    pub no_member_of: Vec<String>,
    /// Tags of its session that role chains hand on (S-SESS-08).
    pub transitive: BTreeMap<String, String>,
    /// The service or provider that a scenario names beside it.
    pub delivered_by: Option<String>,
    /// ARNs of the user's groups, if known.
    pub groups: Option<Vec<String>>,
    pub tags: BTreeMap<String, String>,
    /// Calls that take roles by which nobody can take this one, in lower case.
    pub never_taken_by: Vec<&'static str>,
    pub has_boundary: bool,
    /// Whether nobody knows if it has one, or what it says.
    pub may_have_boundary: bool,
}

impl Caller {
    /// Whether it is a session of a role of IAM Identity Center whose path nobody states (S-SESS-12).
    pub fn is_of_unknown_sso_role(&self) -> bool {
        let is_reserved = |name: &String| name.starts_with("AWSReservedSSO_");
        self.kind == Kind::Session
            && self.role_arn.is_none()
            && self.role_name.as_ref().is_some_and(is_reserved)
    }

    /// Reads the principal of a request and the optional `caller` object beside it.
    pub fn read(principal: &str, details: &Value) -> Result<Self, String> {
        let text = |field: &str| details.get(field).and_then(Value::as_str).map(str::to_owned);
        let parts: Vec<&str> = principal.splitn(6, ':').collect();
        let account = parts.get(4).filter(|a| is_account(a)).map(|a| (*a).to_owned());
        let resource = parts.get(5).copied().unwrap_or("");
        let kind = match text("kind").as_deref() {
            Some("user") => Kind::User,
            Some("role") => Kind::Role,
            Some("session") => Kind::Session,
            Some("federated-user") => Kind::FederatedUser,
            Some("root") => Kind::Root,
            Some("assumed-root") => Kind::AssumedRoot,
            Some("session-token") => Kind::SessionToken,
            Some("saml") => Kind::Saml,
            Some("oidc") => Kind::Oidc,
            Some("service") => Kind::Service,
            Some("anonymous") => Kind::Anonymous,
            Some(other) => return Err(format!("unknown caller kind {other}")),
            None => kind_of(principal, account.is_some(), resource)?,
        };
        let session_token = kind == Kind::SessionToken;
        let kind = if session_token && resource == "root" { Kind::Root } else { kind };
        contradicts(principal, account.is_some(), resource, kind, details)?;
        let session = resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
        let role_arn = match kind {
            Kind::Role => Some(principal.to_owned()),
            _ => text("role_arn"),
        };
        let role_name = match (kind, session) {
            (Kind::Role, _) => resource.rsplit('/').next().map(str::to_owned),
            (_, Some((role, _))) => Some(role.to_owned()),
            _ => None,
        };
        let provider = match kind {
            Kind::Saml | Kind::Oidc => text("provider").or_else(|| Some(principal.to_owned())),
            _ => None,
        };
        let mut tags = BTreeMap::new();
        if let Some(Value::Object(map)) = details.get("tags") {
            tags.extend(map.iter().filter_map(|(k, v)| super::json::scalar(v).map(|v| (k.clone(), v))));
        }
        let mut transitive = BTreeMap::new();
        if let Some(Value::Object(map)) = details.get("transitive_tags") {
            transitive.extend(map.iter().filter_map(|(k, v)| Some((k.clone(), super::json::scalar(v)?))));
        }
        // U-62: an inherited tag wins over the role's own.
        tags.retain(|own, _| !transitive.keys().any(|tag: &String| tag.eq_ignore_ascii_case(own)));
        tags.extend(transitive.clone());
        Ok(Self {
            transitive,
            delivered_by: text("provider"),
            kind,
            session_token,
            text: principal.to_owned(),
            partition: if parts.len() == 6 { parts[1].to_owned() } else { "aws".to_owned() },
            account: if matches!(kind, Kind::Saml | Kind::Oidc | Kind::Service | Kind::Anonymous) {
                None
            } else {
                account
            },
            user_arn: match kind {
                Kind::User | Kind::SessionToken => Some(principal.to_owned()),
                _ => text("user_arn"),
            },
            role_arn,
            role_name,
            session_name: session
                .map_or(SessionName::Unnamed, |(_, name)| SessionName::Known(name.to_owned())),
            provider,
            unique_id: text("unique_id"),
            ids_of_others: Vec::new(),
            no_member_of: Vec::new(),
            groups: None,
            tags,
            never_taken_by: Vec::new(),
            has_boundary: false,
            may_have_boundary: false,
        })
    }

    /// Whether it is a principal of an account: somebody with an identity side.
    pub fn is_iam(&self) -> bool {
        !matches!(self.kind, Kind::Saml | Kind::Oidc | Kind::Service | Kind::Anonymous | Kind::AwsOwned)
    }

    pub fn is_role_session(&self) -> bool {
        matches!(self.kind, Kind::Role | Kind::Session)
    }

    /// Whether it is a session of a service-linked role (S-SCP-06).
    pub fn is_service_linked(&self) -> bool {
        self.is_role_session()
            && self.role_arn.as_ref().is_some_and(|arn| arn.contains(":role/aws-service-role/"))
    }

    /// Whether root of the account itself made this federated session (S-SESS-04).
    pub fn is_federated_root(&self) -> bool {
        self.kind == Kind::FederatedUser && self.user_arn.as_ref().is_some_and(|arn| arn.ends_with(":root"))
    }

    /// Whether the role of a session, of which only the name is known, may be this one.
    pub fn may_be_of(&self, role: &str) -> bool {
        let parts: Vec<&str> = role.splitn(6, ':').collect();
        let [_, partition, "iam", "", account, resource] = parts[..] else { return false };
        let name = resource.strip_prefix("role/").and_then(|rest| rest.rsplit('/').next());
        partition == self.partition
            && Some(account) == self.account.as_deref()
            && name.is_some()
            && name == self.role_name.as_deref()
    }

    /// Every ARN that stands for this caller in a principal.
    pub fn arns(&self) -> Vec<String> {
        let mut arns = vec![self.text.clone()];
        arns.extend(self.user_arn.clone());
        let plain = || {
            let (name, account) = (self.role_name.as_ref()?, self.account.as_ref()?);
            Some(format!("arn:{}:iam::{account}:role/{name}", self.partition))
        };
        arns.extend(self.role_arn.clone().or_else(plain));
        arns
    }
}

/// What is said beside a principal must be possible for it.
fn contradicts(
    principal: &str,
    has_account: bool,
    resource: &str,
    kind: Kind,
    details: &Value,
) -> Result<(), String> {
    let text = |field: &str| details.get(field).and_then(Value::as_str);
    let shape = kind_of(principal, has_account, resource).ok();
    let possible = match kind {
        Kind::User | Kind::SessionToken => shape == Some(Kind::User),
        Kind::Root | Kind::AssumedRoot => shape == Some(Kind::Root),
        Kind::Session => matches!(shape, Some(Kind::Session | Kind::Role)),
        Kind::Oidc | Kind::Service => matches!(shape, Some(Kind::Oidc | Kind::Service)),
        other => shape == Some(other),
    };
    let part = |arn: &str, at: usize| arn.splitn(6, ':').nth(at).unwrap_or_default().to_owned();
    let neighbours = |arn: &str| part(arn, 1) == part(principal, 1) && part(arn, 4) == part(principal, 4);
    let of_role = |role: &str| {
        let name = role.rsplit('/').next().unwrap_or_default();
        match kind {
            Kind::Role => role == principal,
            Kind::Session if resource.starts_with("role/") => role == principal,
            Kind::Session => neighbours(role) && resource.split('/').nth(1) == Some(name),
            _ => true,
        }
    };
    let by_user = |user: &str| match kind {
        Kind::FederatedUser => neighbours(user),
        Kind::User | Kind::SessionToken | Kind::Root => user == principal,
        _ => true,
    };
    match possible && text("role_arn").is_none_or(of_role) && text("user_arn").is_none_or(by_user) {
        true => Ok(()),
        false => Err(format!("{principal} is not what is said beside it")),
    }
}

/// Whether a text is a 12-digit account id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn kind_of(principal: &str, has_account: bool, resource: &str) -> Result<Kind, String> {
    let service = principal.split(':').nth(2);
    let kind = match (service, resource.split('/').next().unwrap_or("")) {
        _ if principal == "anonymous" => Kind::Anonymous,
        (None, _) if principal.contains('.') => Kind::Service,
        (Some("iam"), "root") if is_log_delivery(principal) => Kind::AwsOwned,
        (Some("iam"), "user") if !has_account => Kind::AwsOwned,
        (Some("iam"), "user") => Kind::User,
        (Some("iam"), "role") => Kind::Role,
        (Some("iam"), "root") => Kind::Root,
        (Some("iam"), "saml-provider") => Kind::Saml,
        (Some("iam"), "oidc-provider") => Kind::Oidc,
        (Some("sts"), "assumed-role") => Kind::Session,
        (Some("sts"), "federated-user") => Kind::FederatedUser,
        _ => return Err(format!("not a principal: {principal}")),
    };
    Ok(kind)
}

/// Accounts from which load balancers deliver logs, some of them (S-XACC-16).
fn is_log_delivery(principal: &str) -> bool {
    let accounts = ["127311923021", "033677994240", "054676820928", "156460612806"];
    accounts.iter().any(|account| principal.contains(account))
}
