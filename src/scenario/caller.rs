//! The caller of a scenario.

use super::contradictions::{contradiction, of_role, same_account};
use super::value::{Node, ScenarioError};
use crate::catalog::sessions::{SESSION_POLICY_SERVICES, is_aws_owned_principal};
use crate::estate::{AccountId, Arn};

/// What the caller of a scenario is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallerKind {
    /// An IAM user with long-term credentials.
    User,
    /// Credentials of `GetSessionToken`: the user, with some calls refused (S-SESS-06).
    SessionToken,
    /// A session of a role whose name no policy names.
    Role,
    /// A session of a role by its name.
    Session,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// The root user.
    Root,
    /// A session of `AssumeRoot`.
    AssumedRoot,
    /// Whoever a SAML provider vouches for, before it has credentials.
    Saml,
    /// Whoever an OpenID Connect provider vouches for.
    Oidc,
    /// An AWS service.
    Service,
    /// An unsigned request.
    Anonymous,
    /// An account of AWS's own, such as an origin access identity (S-XACC-16).
    AwsOwned,
}

/// Keys and values of tags.
pub type StatedTags = Vec<(Box<str>, Box<str>)>;

/// The caller of a scenario.
#[derive(Clone, Debug)]
pub struct StatedCaller {
    /// As the request names it.
    pub name: Box<str>,
    /// What it is.
    pub kind: CallerKind,
    /// Its account; none: no customer account.
    pub account: Option<AccountId>,
    /// The role of a session, with its path, or if that is not stated without it.
    pub role: Option<Box<str>>,
    /// Whether the role is stated, and not read from the ARN of the session.
    pub role_is_stated: bool,
    /// The user, or root user, who made a federated session.
    pub user: Option<Box<str>>,
    /// `AIDA…` or `AROA…`.
    pub unique_id: Option<Box<str>>,
    /// The identity provider.
    pub provider: Option<Box<str>>,
    /// Its tags. UNCERTAIN U-62: a tag that it inherits wins over the role's own, as any session tag does (S-KEY-07).
    pub tags: StatedTags,
    /// The transitive ones among the tags of its session, which role chains hand on (S-SESS-08).
    pub transitive: StatedTags,
}

impl StatedCaller {
    /// Somebody without credentials.
    pub(super) fn anonymous() -> Self {
        Self::named("anonymous")
    }

    fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            kind: CallerKind::Anonymous,
            account: Arn::parse(name).and_then(|arn| arn.account_id()),
            role: None,
            role_is_stated: true,
            user: None,
            unique_id: None,
            provider: None,
            tags: Vec::new(),
            transitive: Vec::new(),
        }
    }

    /// The value of a transitive tag of its session.
    pub fn inherited(&self, tag: &str) -> Option<&str> {
        let found = self.transitive.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag));
        found.map(|(_, value)| &**value)
    }

    /// Whether its session can be one of a role, as far as the ARN of the session says (S-PRN-06).
    pub fn may_be_session_of(&self, role: &str) -> bool {
        let named = Arn::parse(role).and_then(|arn| Some((arn.service, arn.path_and_name("role")?.1)));
        let own = Arn::parse(&self.name).and_then(|own| of_role(&own));
        same_account(role, &self.name) && own.is_some_and(|own| named == Some(("iam", own)))
    }

    /// Whether a service delivered its session that limits what it delivers by session policies (S-SESS-13). UNCERTAIN U-87:
    /// which services do; those of a table, as recommended.
    pub fn limited_by_service(&self) -> bool {
        match self.kind {
            // S-SESS-10: a task policy of AWS limits every session of a member's root user.
            CallerKind::AssumedRoot => true,
            CallerKind::Role | CallerKind::Session => {
                self.provider.as_deref().is_some_and(|name| SESSION_POLICY_SERVICES.contains(&name))
            }
            _ => false,
        }
    }
}

const FIELDS: &[&str] = &["kind", "role_arn", "user_arn", "unique_id", "provider", "tags", "transitive_tags"];

/// Reads the principal of a request, and the `caller` object beside it.
pub(super) fn read(
    principal: &Node<'_, '_>,
    details: Option<&Node<'_, '_>>,
) -> Result<StatedCaller, ScenarioError> {
    let name = principal.text()?;
    let arn = Arn::parse(&name);
    let mut caller = StatedCaller::named(&name);
    let mut kind = None;
    if let Some(details) = details {
        for (key, raw) in details.object()?.0 {
            let member = details.member(&key, raw);
            if member.is_null() {
                continue;
            }
            let text = || member.text().map(|text| Some(text.as_ref().into()));
            match &*key {
                "kind" => kind = Some(kind_named(&member)?),
                "role_arn" => caller.role = text()?,
                "user_arn" => caller.user = text()?,
                "unique_id" => caller.unique_id = text()?,
                "provider" => caller.provider = text()?,
                "tags" => caller.tags = tags(&member)?,
                "transitive_tags" => caller.transitive = tags(&member)?,
                _ => return Err(member.unknown(&key, FIELDS)),
            }
        }
    }
    let own = std::mem::take(&mut caller.tags);
    caller.tags = own.into_iter().filter(|(tag, _)| caller.inherited(tag).is_none()).collect();
    caller.tags.extend(caller.transitive.iter().cloned());
    let shape = kind_of(&name, arn);
    caller.kind = match kind.or(shape) {
        // A role's ARN stands for a session of it.
        Some(CallerKind::Session) if shape == Some(CallerKind::Role) => CallerKind::Role,
        Some(kind) => kind,
        None => {
            let message = format!("`{name}` is no principal: expected an ARN, `anonymous` or a service");
            return Err(principal.error(message));
        }
    };
    let members = details.map(Node::object).transpose()?;
    contradiction(&caller, shape, |field| {
        let (_, raw) = members.as_ref()?.0.iter().find(|(key, _)| key == field)?;
        details.map(|details| details.member(field, raw))
    })?;
    match caller.kind {
        CallerKind::Role => caller.role = Some(caller.name.clone()),
        CallerKind::Session if caller.role.is_none() => {
            caller.role = role_of_session(arn);
            caller.role_is_stated = false;
        }
        CallerKind::Saml | CallerKind::Oidc => {
            caller.provider.get_or_insert_with(|| caller.name.clone());
        }
        _ => {}
    }
    if matches!(
        caller.kind,
        CallerKind::Saml | CallerKind::Oidc | CallerKind::Service | CallerKind::Anonymous
    ) {
        caller.account = None;
    } else if caller.account.is_none() && caller.kind != CallerKind::AwsOwned {
        return Err(principal.error(format!("`{name}` names no account")));
    }
    Ok(caller)
}

fn kind_named(node: &Node<'_, '_>) -> Result<CallerKind, ScenarioError> {
    Ok(match &*node.text()? {
        "user" => CallerKind::User,
        "role" => CallerKind::Role,
        "session" => CallerKind::Session,
        "federated-user" => CallerKind::FederatedUser,
        "root" => CallerKind::Root,
        "assumed-root" => CallerKind::AssumedRoot,
        "session-token" => CallerKind::SessionToken,
        "saml" => CallerKind::Saml,
        "oidc" => CallerKind::Oidc,
        "service" => CallerKind::Service,
        "anonymous" => CallerKind::Anonymous,
        other => return Err(node.error(format!("`{other}` is no kind of caller"))),
    })
}

fn kind_of(name: &str, arn: Option<Arn<'_>>) -> Option<CallerKind> {
    let Some(arn) = arn else {
        return match name {
            "anonymous" => Some(CallerKind::Anonymous),
            _ if name.contains('.') && !name.contains([':', '/', ' ']) => {
                let provider = crate::document::principal::BUILT_IN_PROVIDERS.contains(&name);
                Some(if provider { CallerKind::Oidc } else { CallerKind::Service })
            }
            _ => None,
        };
    };
    let (word, _) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    Some(match (arn.service, word) {
        // Such as `arn:aws:iam::cloudfront:user/…`; digits are meant as an account.
        ("iam", "user") if arn.account.contains(|c: char| !c.is_ascii_digit()) => CallerKind::AwsOwned,
        ("iam", "user") => CallerKind::User,
        ("iam", "role") => CallerKind::Role,
        ("iam", "root") if is_aws_owned_principal(name) => CallerKind::AwsOwned, // S-XACC-16
        ("iam", "root") => CallerKind::Root,
        ("iam", "saml-provider") => CallerKind::Saml,
        ("iam", "oidc-provider") => CallerKind::Oidc,
        ("sts", "assumed-role") => CallerKind::Session,
        ("sts", "federated-user") => CallerKind::FederatedUser,
        _ => return None,
    })
}

/// The ARN of the role of a session, as if it had no path.
fn role_of_session(arn: Option<Arn<'_>>) -> Option<Box<str>> {
    let arn = arn?;
    let role = of_role(&arn)?;
    Some(format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account).into())
}

/// `{"key": "value"}`.
pub(super) fn tags(node: &Node<'_, '_>) -> Result<StatedTags, ScenarioError> {
    let mut tags: StatedTags = Vec::new();
    for (key, raw) in node.object()?.0 {
        let value = node.member(&key, raw).scalar()?.as_ref().into();
        tags.push((key.as_ref().into(), value));
    }
    Ok(tags)
}
