//! Who can call: the principals of an estate, and callers that a question or a policy names beyond them.

use std::sync::Arc;

use super::binding::OrganizationOf;
use super::ids::NodeId;
use super::kinds::Caller;
use crate::catalog::sessions::is_aws_owned_principal;
use crate::document::principal::is_session_name;
use crate::estate::{Account, AccountId, Arn, Estate, Identity, Role, User};
use crate::region::condition::ConditionId;

/// A caller, or a class of callers that the input does not tell apart.
#[derive(Clone, Debug)]
pub struct PrincipalFact {
    /// What stands for it in answers: an ARN, a service name, an account id, `anonymous` or `*`.
    pub name: Arc<str>,
    /// What it is in answers.
    pub kind: PrincipalKind,
    /// What it is in decisions.
    pub caller: Caller,
    /// The account it belongs to. None: no customer account.
    pub account: Option<AccountId>,
    /// What the estate knows of it.
    pub entity: Entity,
    /// The name of the session, where one session is meant (S-TRI-10).
    pub session: Option<Arc<str>>,
    /// Whether its own policies are known: they were loaded, or it has none.
    pub loaded: bool,
    /// Whether it can call at all: principals of suspended accounts cannot (S-SCP-16).
    pub may_act: bool,
    /// The user, or root user, who made a federated session, where it is known (S-SESS-04).
    pub maker: Option<Arc<str>>,
    /// The unique id of that user, where it is known.
    pub maker_id: Option<Arc<str>>,
    /// Whether of the role of a session only the name is known, not the path.
    pub role_by_name: bool,
    /// What is known of its unique id where that is open: its form (S-KEY-01).
    pub about_open: Option<ConditionId>,
    /// The keys of the tags that its session hands on to the sessions of roles that it takes (S-SESS-08).
    pub inherited_tags: Box<[Box<str>]>,
    /// Whether it calls with credentials of `GetSessionToken` (S-SESS-06).
    pub session_token: bool,
    /// Whether a scenario states it and all else, so that nothing of it was left uncollected.
    pub stated: bool,
    /// Whether context keys follow from who it is; not so where a scenario states the whole context.
    pub derives: bool,
    /// Whether it stands for users and roles alike, of an account that was not collected, or of any, or for AWS services; what holds
    /// of all their requests. [`super::Facts::placed`] fills it in for those of one account.
    pub many: Option<ConditionId>,
    /// Where its account stands; [`super::Facts::placed`] fills it in.
    pub standing: Standing,
}

/// Where an account stands in an organisation.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The organisation.
    pub organization: OrganizationOf,
    /// The account among the levels of the organisation.
    pub level: Option<NodeId>,
    /// Whether nobody knows which SCPs the account has: neither it nor its organisation was loaded (S-XACC-15).
    pub scps_unknown: bool,
}

impl Default for Standing {
    /// That of callers without account.
    fn default() -> Self {
        Self { organization: OrganizationOf::StandAlone, level: None, scps_unknown: false }
    }
}

/// The record behind a principal.
#[derive(Clone, Debug)]
pub enum Entity {
    /// A user of the estate.
    User(Arc<User>),
    /// A role of the estate; the principal is one of its sessions.
    Role(Arc<Role>),
    /// Nothing is known but the name.
    Unknown,
}

/// What a principal is, in answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// A role, standing for its sessions without session policies.
    Role,
    /// The root user of an account.
    Root,
    /// One session of a role.
    Session,
    /// A GetFederationToken session.
    FederatedUser,
    /// Everybody in an account that was not collected.
    Account,
    /// An AWS service.
    Service,
    /// Whoever an identity provider vouches for.
    IdentityProvider,
    /// A user of IAM Identity Center.
    IdentityCenterUser,
    /// A group of IAM Identity Center.
    IdentityCenterGroup,
    /// An account of AWS's own, such as an origin access identity.
    AwsAccount,
    /// Everyone, signed in or not.
    Everyone,
}

impl PrincipalKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::User,
        Self::Role,
        Self::Root,
        Self::Session,
        Self::FederatedUser,
        Self::Account,
        Self::Service,
        Self::IdentityProvider,
        Self::IdentityCenterUser,
        Self::IdentityCenterGroup,
        Self::AwsAccount,
        Self::Everyone,
    ];

    /// The stable name in answers and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            PrincipalKind::User => "user",
            PrincipalKind::Role => "role",
            PrincipalKind::Root => "root",
            PrincipalKind::Session => "session",
            PrincipalKind::FederatedUser => "federated-user",
            PrincipalKind::Account => "account",
            PrincipalKind::Service => "service",
            PrincipalKind::IdentityProvider => "identity-provider",
            PrincipalKind::IdentityCenterUser => "identity-center-user",
            PrincipalKind::IdentityCenterGroup => "identity-center-group",
            PrincipalKind::AwsAccount => "aws-account",
            PrincipalKind::Everyone => "everyone",
        }
    }
}

impl PrincipalFact {
    /// Whether it is in no organisation that is known by its id, although it is of an account.
    pub fn states_no_organization(&self) -> bool {
        self.caller.has_own_side() && self.standing.organization.member_of().is_none()
    }

    /// A user of the estate.
    pub fn user(user: &Arc<User>, account: Option<&Arc<Account>>) -> Self {
        let identity = &user.identity;
        Self {
            entity: Entity::User(user.clone()),
            loaded: true,
            may_act: account.is_none_or(|account| account.status.may_act()),
            ..Self::outside(identity.arn.clone(), PrincipalKind::User, Caller::User, Some(identity.account))
        }
    }

    /// Any session of a role of the estate.
    pub fn role(role: &Arc<Role>, account: Option<&Arc<Account>>) -> Self {
        let identity = &role.identity;
        let caller = match role.is_service_linked() {
            true => Caller::ServiceLinkedSession,
            false => Caller::RoleSession,
        };
        Self {
            entity: Entity::Role(role.clone()),
            loaded: true,
            may_act: account.is_none_or(|account| account.status.may_act()),
            ..Self::outside(identity.arn.clone(), PrincipalKind::Role, caller, Some(identity.account))
        }
    }

    /// The root user of an account.
    pub fn root(account: &Account) -> Self {
        let name = format!("arn:{}:iam::{}:root", account.partition, account.id).into();
        Self {
            may_act: account.status.may_act(),
            ..Self::outside(name, PrincipalKind::Root, Caller::Root, Some(account.id))
        }
    }

    /// An unsigned request.
    pub fn anonymous() -> Self {
        Self::outside("anonymous".into(), PrincipalKind::Everyone, Caller::Anonymous, None)
    }

    /// The caller that a text names; `None` if it can't be one.
    ///
    /// Users, roles and identity providers that the estate lacks, in accounts whose own were collected, don't exist: `None`.
    /// In other accounts they are callers whose own policies were not loaded (S-XACC-15).
    pub fn named(estate: &Estate, text: &str) -> Option<Self> {
        if text == "anonymous" {
            return Some(Self::anonymous());
        }
        if let Some(principal) = estate.principal(text) {
            let account = estate.account(principal.identity().account);
            return Some(match principal {
                crate::estate::Principal::User(user) => Self::user(user, account),
                crate::estate::Principal::Role(role) => Self::role(role, account),
            });
        }
        // S-XACC-16
        let arn = Arn::parse(text);
        let is_account = text.parse::<AccountId>().is_ok() || arn.is_some_and(|arn| arn.resource == "root");
        let account = text.parse().ok().or(arn.and_then(|arn| arn.account_id()));
        let collected = account.is_some_and(|id| estate.account(id).is_some_and(|account| account.collected));
        if is_account && !collected && is_aws_owned_principal(text) {
            return Some(Self::outside(text.into(), PrincipalKind::AwsAccount, Caller::AwsOwned, account));
        }
        if let Ok(account) = text.parse::<AccountId>() {
            return Some(match estate.account(account) {
                Some(account) if account.collected => Self::root(account),
                _ => Self {
                    many: Some(ConditionId::ALWAYS),
                    ..Self::outside(text.into(), PrincipalKind::Account, Caller::User, Some(account))
                },
            });
        }
        if is_service(text) {
            return Some(Self::outside(text.into(), PrincipalKind::Service, Caller::Service, None));
        }
        if crate::document::principal::BUILT_IN_PROVIDERS.contains(&text) {
            return Some(Self::outside(text.into(), PrincipalKind::IdentityProvider, Caller::Provider, None));
        }
        let arn = Arn::parse(text)?;
        let account = arn.account_id();
        if arn.account == "cloudfront" {
            return Some(Self::outside(text.into(), PrincipalKind::AwsAccount, Caller::AwsOwned, None));
        }
        if account.is_none() || !is_named(arn.resource) {
            return None; // S-PRN-14, S-VAR-02
        }
        let collected = account.and_then(|id| estate.account(id)).filter(|account| account.collected);
        let lacks_users = account.is_none_or(|account| estate.lacks_users(account));
        let lacks_roles = account.is_none_or(|account| estate.lacks_roles(account));
        let (word, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let outside = |kind, caller| Some(Self::outside(text.into(), kind, caller, account));
        match (arn.service, word) {
            ("iam", "root") => match collected {
                Some(account) => Some(Self::root(account)),
                None => outside(PrincipalKind::Root, Caller::Root),
            },
            ("iam", "user") if lacks_users => outside(PrincipalKind::User, Caller::User),
            // S-SCP-06, S-RCP-02: the path says so, of whatever account.
            ("iam", "role") if lacks_roles && arn.resource.starts_with("role/aws-service-role/") => {
                outside(PrincipalKind::Role, Caller::ServiceLinkedSession)
            }
            ("iam", "role") if lacks_roles => outside(PrincipalKind::Role, Caller::RoleSession),
            // S-PRN-24
            ("iam", "saml-provider" | "oidc-provider") if lacks_provider(estate, account, text) => None,
            ("iam", "saml-provider" | "oidc-provider") if !rest.is_empty() => {
                Some(Self::outside(text.into(), PrincipalKind::IdentityProvider, Caller::Provider, None))
            }
            ("sts", "assumed-role") => {
                // S-TRI-10
                let session = arn.resource.rsplit('/').next().filter(|name| is_session_name(name))?;
                if let Some(role) = estate.role_of_session(text) {
                    let account = estate.account(role.identity.account);
                    return Some(Self {
                        name: text.into(),
                        kind: PrincipalKind::Session,
                        session: Some(session.into()),
                        ..Self::role(role, account)
                    });
                }
                if !lacks_roles {
                    return None;
                }
                let mut outside =
                    Self::outside(text.into(), PrincipalKind::Session, Caller::RoleSession, account);
                outside.session = Some(session.into());
                Some(outside)
            }
            ("sts", "federated-user") => outside(PrincipalKind::FederatedUser, Caller::FederatedUser),
            _ => None,
        }
    }

    /// A caller of which the estate knows the name only.
    pub fn outside(name: Arc<str>, kind: PrincipalKind, caller: Caller, account: Option<AccountId>) -> Self {
        let has_policies = matches!(
            caller,
            Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession | Caller::FederatedUser
        );
        Self {
            name,
            kind,
            caller,
            account,
            entity: Entity::Unknown,
            session: None,
            loaded: !has_policies,
            may_act: true,
            maker: None,
            maker_id: None,
            role_by_name: false,
            about_open: None,
            inherited_tags: Box::default(),
            session_token: false,
            stated: false,
            derives: true,
            many: None,
            standing: Standing::default(),
        }
    }

    /// The user or role behind it.
    pub fn identity(&self) -> Option<&Identity> {
        match &self.entity {
            Entity::User(user) => Some(&user.identity),
            Entity::Role(role) => Some(&role.identity),
            Entity::Unknown => None,
        }
    }

    /// The ARN that `aws:PrincipalArn` holds (S-KEY-01, S-KEY-04), where it is known: that of now (S-PRN-12, S-PRN-13).
    pub fn principal_arn(&self) -> Option<&str> {
        match (&self.entity, self.kind) {
            (Entity::Role(_), _) if self.role_of_identity_center().is_some() => None,
            (Entity::Role(role), _) => Some(&role.identity.arn),
            (Entity::User(user), _) => Some(&user.identity.arn),
            (
                Entity::Unknown,
                PrincipalKind::User
                | PrincipalKind::Role
                | PrincipalKind::Root
                | PrincipalKind::FederatedUser,
            ) => Some(&self.name),
            _ => None,
        }
    }

    /// The name of the role of IAM Identity Center that it is a session of, where only the name says so: such roles have a path that
    /// AWS chooses (S-SESS-12).
    pub fn role_of_identity_center(&self) -> Option<&str> {
        let Entity::Role(role) = &self.entity else { return None };
        let name = role.identity.name.as_str();
        (self.role_by_name && self.kind == PrincipalKind::Session && name.starts_with("AWSReservedSSO_"))
            .then_some(name)
    }

    /// The name of the role that it is a session of, where the role was not collected and its name is one that AWS gives to
    /// service-linked roles: an ARN of a session has no path (S-PRN-05).
    pub fn perhaps_linked_role(&self) -> Option<&str> {
        let is_unknown = matches!(self.entity, Entity::Unknown) && self.kind == PrincipalKind::Session;
        let arn = Arn::parse(&self.name).filter(|_| is_unknown && !self.stated)?;
        let name = arn.resource.strip_prefix("assumed-role/")?.split('/').next()?;
        name.starts_with("AWSServiceRoleFor").then_some(name)
    }

    /// Whether it stands for principals of accounts of which the estate has nothing but, at most, the organisation.
    pub fn is_stranger(&self) -> bool {
        self.many.is_some() && self.account.is_none()
    }

    /// Whether it stands for AWS services in general, and is none in particular.
    pub fn is_any_service(&self) -> bool {
        self.many.is_some() && self.caller == Caller::Service
    }

    /// Whether claims of an issuer, by its lower-case name, are those that an identity provider makes: `saml` of one for SAML.
    pub fn issues(&self, issuer: &str) -> bool {
        if self.kind != PrincipalKind::IdentityProvider {
            return true; // People of IAM Identity Center come by its provider.
        }
        let of_web = self.name.split_once(":oidc-provider/").map_or(&*self.name, |(_, url)| url);
        let saml = self.name.contains(":saml-provider/");
        if saml { issuer == "saml" } else { of_web.eq_ignore_ascii_case(issuer) }
    }

    /// Whether it is a session of `GetFederationToken` that the root user made (S-SESS-04).
    pub fn is_federated_root(&self) -> bool {
        let root = |maker: &str| Arn::parse(maker).is_some_and(|arn| arn.resource == "root");
        self.caller == Caller::FederatedUser && self.maker.as_deref().is_some_and(root)
    }

    /// The partition of the caller's ARN: `aws` unless it says otherwise.
    pub fn partition(&self) -> &str {
        Arn::parse(&self.name).map_or("aws", |arn| arn.partition)
    }
}

/// Whether the providers of an account were collected and a provider is none of them.
fn lacks_provider(estate: &Estate, account: Option<AccountId>, arn: &str) -> bool {
    let known = account.and_then(|id| estate.account(id)?.identity_providers.as_deref());
    known.is_some_and(|known| known.iter().all(|provider| *provider.arn != *arn))
}

/// Whether the last names of a resource of IAM or STS can be those of something: no wildcards, no variables.
fn is_named(resource: &str) -> bool {
    let names = match resource.strip_prefix("assumed-role/") {
        Some(names) => names,
        None => resource.rsplit('/').next().unwrap_or_default(),
    };
    !names.contains(['*', '?', '$', '{', '}'])
}

/// Whether a text is the name of a service principal: `lambda.amazonaws.com`.
pub fn is_service(text: &str) -> bool {
    !text.contains([':', '/', '*', '?', '$'])
        && (text.ends_with(".amazonaws.com")
            || text.ends_with(".amazonaws.com.cn")
            || text.ends_with(".amazon.com")
            || text.ends_with(".aws.internal"))
        && !crate::document::principal::BUILT_IN_PROVIDERS.contains(&text)
}
