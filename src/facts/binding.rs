//! What a caller and a resource fix of a request's context (S-KEY-01, sections 3.5 and 3.6 of the semantics).

mod elsewhere;
mod resource;
mod strangers;

use std::borrow::Cow;
use std::sync::Arc;

use super::Facts;
use super::keys;
use super::kinds::Caller;
use super::principals::{Entity, PrincipalFact, PrincipalKind};
use super::readings::Question;
use crate::estate::{AccountId, Estate, Tags};
use crate::region::condition::{Bindings, ConditionId, Conditions, KeyId, Known};

pub use resource::ResourceBindings;

fn one(text: &str) -> Known<'static> {
    Known::One(Cow::Owned(text.to_owned()))
}

fn one_or_unknown(text: Option<&str>) -> Known<'static> {
    text.map_or(Known::Unknown, one)
}

/// What is missing where nothing says who manages the organisation of the caller's account.
pub const MANAGEMENT_ACCOUNT: &str = "management account of the caller's organisation";

/// What is known of the organisation of an account.
#[derive(Clone, Debug)]
pub enum OrganizationOf {
    /// A member, the management account too (S-KEY-06).
    Member {
        /// The organisation's id.
        id: Arc<str>,
        /// The value of `aws:PrincipalOrgPaths`; none if levels of the organisation are missing.
        path: Option<Arc<str>>,
        /// The organisation's management account; none if no export says.
        management: Option<AccountId>,
    },
    /// In an organisation of which a scenario says no more than who manages it, or which SCPs stand above the account. No keys
    /// follow from it.
    Unnamed {
        /// The organisation's management account; none if nothing says.
        management: Option<AccountId>,
    },
    /// In no organisation.
    StandAlone,
    /// In none of the loaded organisations, which list all their accounts; perhaps in another.
    Elsewhere,
    /// Not known.
    Unknown,
}

impl OrganizationOf {
    /// The organisation of an account. Without any loaded organisation nothing is known, nor where one lists some of its accounts only;
    /// else an account of which files were loaded, and that none lists, stands alone.
    pub fn of(estate: &Estate, account: AccountId) -> Self {
        let Some(known) = estate.account(account) else {
            let unknown = estate.organizations.is_empty() || estate.lacks_members();
            return if unknown { Self::Unknown } else { Self::Elsewhere };
        };
        match &known.membership {
            Some(membership) => {
                let organization = estate.organizations.get(&membership.organization);
                Self::Member {
                    id: membership.organization.as_str().into(),
                    path: estate.org_path(account).map(Arc::from),
                    management: organization.and_then(|organization| organization.management_account),
                }
            }
            None if estate.organizations.is_empty() || estate.lacks_members() => Self::Unknown,
            None if !known.has_files => Self::Elsewhere,
            None => Self::StandAlone,
        }
    }

    /// The organisation's id, for a member.
    pub fn member_of(&self) -> Option<&str> {
        match self {
            Self::Member { id, .. } => Some(id),
            Self::Unnamed { .. } | Self::StandAlone | Self::Elsewhere | Self::Unknown => None,
        }
    }

    /// Its management account, if that is known.
    pub fn manager(&self) -> Option<AccountId> {
        match self {
            Self::Member { management, .. } | Self::Unnamed { management } => *management,
            Self::StandAlone | Self::Elsewhere | Self::Unknown => None,
        }
    }

    /// What keys hold of its id.
    pub fn id(&self) -> Known<'static> {
        match self {
            Self::Member { id, .. } => one(id),
            Self::Unnamed { .. } | Self::StandAlone => Known::Absent,
            Self::Elsewhere | Self::Unknown => Known::Unknown,
        }
    }

    /// What keys hold of the path to the account (S-KEY-05).
    pub fn paths(&self) -> Known<'static> {
        match self {
            Self::Member { path: Some(path), .. } => Known::Many(vec![Cow::Owned(path.to_string())]),
            Self::Member { path: None, .. } | Self::Elsewhere | Self::Unknown => Known::Unknown,
            Self::Unnamed { .. } | Self::StandAlone => Known::Absent,
        }
    }
}

/// Whether what a key holds, by its lower-case name, can differ between users, or between roles, of one account; see
/// [`PrincipalBindings::known`].
pub fn tells_apart(name: &str) -> bool {
    matches!(name, "aws:principalarn" | "aws:userid" | "aws:username")
        || name.starts_with("aws:principaltag/")
        // Whether sessions of a role can hold them depends on the calls by which it is taken.
        || name.starts_with("aws:multifactorauth")
        || name == "aws:federatedprovider"
}

/// Whether what a key holds, by its lower-case name, is the same for all users and roles of an account.
fn is_of_account(name: &str) -> bool {
    const KEYS: &[&str] = &[
        "aws:principalaccount",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "kms:calleraccount",
    ];
    KEYS.binary_search(&name).is_ok()
}

/// The principal's part of a context.
pub struct PrincipalBindings<'a> {
    facts: &'a Facts,
    conditions: &'a Conditions,
    principal: &'a PrincipalFact,
}

impl<'a> PrincipalBindings<'a> {
    /// The part of a caller.
    pub fn new(facts: &'a Facts, principal: &'a PrincipalFact) -> Self {
        Self { facts, conditions: &facts.arena().conditions, principal }
    }

    /// What the principal fixes of a key, by its lower-case name (S-KEY-01, S-KEY-10, S-KEY-24, S-KEY-36; U-23, U-25). How
    /// it signed in is not known, so MFA and the age of its credentials are open (S-KEY-22, S-SESS-11, U-26); that of a
    /// session there is.
    pub fn known(&self, name: &str) -> Known<'static> {
        // Of a scenario nothing else follows: what else is open was left open.
        if !self.principal.derives
            || (self.principal.stated && !keys::follows(name) && !self.is_never_held(name))
        {
            return Known::Unknown;
        }
        // What a scenario says of no organisation says nothing of the keys that hold it; its context does.
        let of_organization = matches!(name, "aws:principalorgid" | "aws:principalorgpaths");
        if of_organization && self.principal.stated && self.principal.states_no_organization() {
            return Known::Unknown;
        }
        // Who stands for the principals of an account may be any of them.
        if self.principal.kind == PrincipalKind::Account && !is_of_account(name) {
            return Known::Unknown;
        }
        let caller = self.principal.caller;
        let signed_by_account = caller.has_own_side();
        if let Some(tag) = name.strip_prefix("aws:principaltag/") {
            return self.tag(tag);
        }
        // S-KEY-02: a provider makes its own claims.
        if let (Caller::Provider, Some(issuer)) = (caller, keys::issuer(name)) {
            return if self.principal.issues(issuer) { Known::Unknown } else { Known::Absent };
        }
        match name {
            "aws:principalarn" => match caller {
                Caller::Anonymous | Caller::Provider => Known::Absent,
                _ => one_or_unknown(self.principal.principal_arn()),
            },
            "aws:sourceowner" if self.source_owner_is_open() => Known::Unknown,
            "aws:principalaccount" | "kms:calleraccount" | "aws:sourceowner" => {
                match (caller, self.principal.account) {
                    (Caller::Anonymous, _) if name == "aws:principalaccount" => one("anonymous"),
                    (Caller::Provider | Caller::Anonymous, _) => Known::Absent,
                    (_, Some(account)) => one(&account.to_string()),
                    (_, None) => Known::Unknown,
                }
            }
            "aws:principalorgid" => match signed_by_account {
                true => self.principal.standing.organization.id(),
                false => Known::Absent, // S-KEY-08, S-XACC-16
            },
            "aws:principalorgpaths" => match signed_by_account {
                true => self.principal.standing.organization.paths(),
                false => Known::Absent,
            },
            "aws:principaltype" => match caller {
                Caller::User => one("User"),
                Caller::RoleSession | Caller::ServiceLinkedSession => one("AssumedRole"),
                Caller::FederatedUser => one("FederatedUser"),
                Caller::Root | Caller::AssumedRoot => one("Account"),
                Caller::Anonymous => one("Anonymous"),
                Caller::Provider => Known::Absent,
                Caller::Service | Caller::AwsOwned => Known::Unknown,
            },
            "aws:principalisawsservice" => match caller {
                Caller::Service => one("true"),
                Caller::Anonymous => Known::Absent,
                _ => one("false"),
            },
            "aws:principalservicename" => match caller {
                Caller::Service if self.principal.is_any_service() => Known::Unknown,
                Caller::Service => one(&self.principal.name),
                _ => Known::Absent,
            },
            "aws:principalservicenameslist" => match caller {
                Caller::Service => Known::Unknown,
                _ => Known::Absent,
            },
            "aws:userid" => self.user_id(),
            "aws:username" => match (&self.principal.entity, caller) {
                (Entity::User(user), _) => one(user.identity.name.as_str()),
                (_, Caller::User) => {
                    let name = self.principal.name.rsplit_once('/').map(|(_, name)| name);
                    one_or_unknown(name.filter(|_| self.principal.principal_arn().is_some()))
                }
                _ => Known::Absent,
            },
            "aws:assumedroot" => match caller {
                Caller::AssumedRoot => one("true"),
                _ => Known::Absent,
            },
            "aws:federatedprovider" => match caller {
                Caller::RoleSession | Caller::ServiceLinkedSession if self.is_never_held(name) => {
                    Known::Absent
                }
                Caller::RoleSession | Caller::ServiceLinkedSession => Known::Unknown,
                Caller::Provider if !self.principal.name.contains(":saml-provider/") => {
                    one(&self.principal.name)
                }
                _ => Known::Absent,
            },
            "aws:sourceidentity" => match caller {
                Caller::RoleSession | Caller::ServiceLinkedSession => Known::Unknown,
                _ => Known::Absent,
            },
            // S-KEY-21: only services pass on for whom they call.
            "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths" => {
                match caller {
                    Caller::Service => Known::Unknown,
                    _ => Known::Absent,
                }
            }
            _ if self.is_never_held(name) => Known::Absent,
            "aws:tokenissuetime" if self.principal.caller.is_temporary() => Known::Held,
            "aws:tokenissuetime" | "aws:multifactorauthpresent" | "aws:multifactorauthage" => {
                match signed_by_account {
                    true => Known::Unknown,
                    false => Known::Absent,
                }
            }
            _ => Known::Unknown,
        }
    }

    /// Whether the caller's credentials never hold a key. Users and root users have some of their own, that no service or
    /// provider handed out (S-KEY-30); a source identity is that of a session of a role. Sessions by SAML or OpenID Connect, which those of IAM Identity Center are, say nothing of
    /// MFA (S-KEY-22, S-SESS-12).
    fn is_never_held(&self, name: &str) -> bool {
        match (&self.principal.entity, self.principal.caller) {
            (_, Caller::Anonymous | Caller::Service) => {
                keys::is_of_credentials(name)
                    // S-KEY-21
                    || self.principal.caller == Caller::Anonymous
                        && matches!(name, "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths")
            }
            (_, Caller::User | Caller::Root) => {
                keys::is_of_session(name)
                    || keys::is_of_instance(name)
                    || name == "aws:sourceidentity"
                    || self.principal.caller == Caller::Root && name.starts_with("aws:principaltag/")
            }
            (_, Caller::FederatedUser) => keys::is_of_instance(name) || name == "aws:sourceidentity",
            // Only sessions of OpenID Connect name their provider.
            (Entity::Role(role), _) if name == "aws:federatedprovider" => {
                !self.facts.may_allow(role, "sts:assumerolewithwebidentity")
            }
            (Entity::Role(role), _) if name.starts_with("aws:multifactorauth") => {
                role.identity.arn.contains(":role/aws-reserved/sso.amazonaws.com/")
                    || self.principal.role_of_identity_center().is_some()
                    || !self.facts.may_allow(role, "sts:assumerole")
            }
            _ => false,
        }
    }

    /// Whether nothing is assumed of what `aws:SourceOwner` holds (U-36).
    fn source_owner_is_open(&self) -> bool {
        !self.facts.compiler.assumptions.readings.is_default(Question::SourceOwner)
    }

    fn tag(&self, tag: &str) -> Known<'static> {
        let session_tags = match &self.principal.entity {
            Entity::Role(role) => self.facts.may_be_tagged(role),
            _ => self.principal.caller == Caller::FederatedUser,
        };
        let tags: Option<&Tags> = self.principal.identity().map(|identity| &identity.tags);
        match (tags, self.principal.caller) {
            // S-KEY-07: a tag of the session overrides the role's.
            _ if session_tags => Known::Unknown,
            (Some(tags), _) => tags.get(tag).map_or(Known::Absent, one),
            (
                None,
                Caller::Root
                | Caller::AssumedRoot
                | Caller::Service
                | Caller::Provider
                | Caller::AwsOwned
                | Caller::Anonymous,
            ) => Known::Absent,
            (None, _) => Known::Unknown,
        }
    }

    fn user_id(&self) -> Known<'static> {
        let unique_id = self.principal.identity().and_then(|identity| identity.unique_id.as_deref());
        // Of a session that a scenario states without its name no more is known than that it has one.
        let session = self.principal.session.as_deref().filter(|name| !name.is_empty());
        match (self.principal.caller, unique_id, session) {
            (Caller::User, id, _) => one_or_unknown(id),
            (Caller::RoleSession | Caller::ServiceLinkedSession, Some(id), Some(session)) => {
                one(&format!("{id}:{session}"))
            }
            // S-TRI-10
            (Caller::RoleSession | Caller::ServiceLinkedSession, Some(id), None) => {
                Known::Named(Cow::Owned(format!("{id}:")), self.conditions.key(keys::session_name()))
            }
            (Caller::Root | Caller::AssumedRoot, ..) => {
                one_or_unknown(self.principal.account.map(|account| account.to_string()).as_deref())
            }
            (Caller::FederatedUser, ..) => {
                let name = self.principal.name.rsplit('/').next().unwrap_or_default();
                match self.principal.account {
                    Some(account) => one(&format!("{account}:{name}")),
                    None => Known::Unknown,
                }
            }
            (Caller::Anonymous, ..) => one("anonymous"),
            (Caller::Provider, ..) => Known::Absent,
            _ => Known::Unknown,
        }
    }

    /// The condition with everything bound that the principal fixes.
    pub fn bind(&self, condition: ConditionId) -> ConditionId {
        let keys = self.conditions.keys(condition);
        let of_principal =
            |key: &KeyId| keys::origin(&self.conditions.key_of(*key).name) == keys::Origin::Principal;
        let undocumented = matches!(self.principal.caller, Caller::Service | Caller::AwsOwned);
        if !(self.principal.derives || undocumented) || !keys.iter().any(of_principal) {
            return condition;
        }
        let mut bound = self.conditions.bind(condition, self);
        if let Some(holds) = self.holds(self.conditions.keys(bound)) {
            // S-TRI-09: the keys that say who calls vary together.
            bound = self.conditions.given(bound, holds);
        }
        bound = self.bind_unknown_caller(bound);
        match (self.principal.caller, &self.principal.standing.organization) {
            (Caller::Service | Caller::AwsOwned, _) => self.bind_undocumented(bound),
            (_, OrganizationOf::Elsewhere) => self.bind_elsewhere(bound),
            _ => bound,
        }
    }
}

impl Bindings for PrincipalBindings<'_> {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        self.known(&self.conditions.key_of(key).name)
    }
}

/// One condition where an open question is answered with yes, another where it is answered with no.
fn either_of(
    conditions: &Conditions,
    yes: ConditionId,
    no: ConditionId,
    open: impl Fn() -> ConditionId,
) -> ConditionId {
    if yes == no {
        return yes;
    }
    let open = open();
    let there = conditions.and(open, yes);
    conditions.or(there, conditions.and(conditions.not(open), no))
}
