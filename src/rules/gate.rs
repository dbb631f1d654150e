//! Fixed refusals by a service, which no policy lifts (S-EVAL-09, S-RES-12, S-RES-15, S-S3-09, S-SESS-05 to S-SESS-07,
//! S-SESS-09, S-SESS-10).

use crate::catalog::governing::GateKind;
use crate::catalog::sessions::{ACCEPTED_WITH_TOKEN, Credentials, Refused, session_refusal};
use crate::estate::{AccountId, Arn};
use crate::facts::binding::{MANAGEMENT_ACCOUNT, OrganizationOf};
use crate::facts::keys;
use crate::facts::{Caller, Facts, Ownership, PrincipalFact, Target, management_account_of};
use crate::region::condition::{
    ConditionId, Conditions, DoubtClass, Effect, Operator, OperatorName, Quantifier, RawTest, Version,
};

/// A gate that refuses a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// When it refuses.
    pub when: ConditionId,
    /// The rule.
    pub rule: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// When a request through an access point that takes calls from a VPC only comes from elsewhere (S-S3-09). Calls that manage the
/// access point do not go through it.
fn from_elsewhere(conditions: &Conditions, target: &Target) -> ConditionId {
    let goes_through = target.behind.is_some() || target.asked != target.resource;
    match target.vpc_only == Some(true) && goes_through {
        true => conditions.not(from_vpc(conditions)),
        false => ConditionId::NEVER,
    }
}

/// That a request comes from a VPC, by one of its endpoints.
pub fn from_vpc(conditions: &Conditions) -> ConditionId {
    conditions.not(conditions.absent(conditions.key(keys::key("aws:SourceVpc"))))
}

/// The gate that refuses a caller's request, if one does.
pub fn closed(facts: &Facts, target: &Target, caller: &PrincipalFact) -> Option<Closed> {
    let conditions = &facts.arena().conditions;
    let mut first: Option<Closed> = None;
    let mut add = |when: ConditionId, rule, reason| {
        let Some(closed) = first.take() else {
            first = (!when.is_never()).then_some(Closed { when, rule, reason });
            return;
        };
        // What surely refuses is the reason, and not what may.
        let (rule, reason) = match when.is_always() && !closed.when.is_always() {
            true => (rule, reason),
            false => (closed.rule, closed.reason),
        };
        first = Some(Closed { when: conditions.or(closed.when, when), rule, reason });
    };
    if foreign_partition(target, caller) {
        add(ConditionId::ALWAYS, "S-RES-15", "no access reaches across partitions");
    }
    if !target.right_type {
        add(ConditionId::ALWAYS, "S-RES-12", "the action does not act on such a resource");
    }
    add(from_elsewhere(conditions, target), "S-S3-09", "the access point takes calls from its VPC only");
    for gate in &target.gates {
        let when = match gate.kind {
            GateKind::Everyone => ConditionId::ALWAYS,
            GateKind::Unsigned => (caller.caller == Caller::Anonymous).into(),
            GateKind::RootUsers => matches!(caller.caller, Caller::Root | Caller::AssumedRoot).into(),
            GateKind::ForeignCallers => foreign(facts, target, caller),
            GateKind::NotManagementAccount => conditions.not(may_manage(facts, caller)),
            GateKind::ManagementAccount => may_manage(facts, caller),
            GateKind::NotManagementNorIamAdministrator => {
                let registered = caller.account.and_then(|account| {
                    let service = Some("iam.amazonaws.com");
                    let stated = target.delegation.registers(account, service);
                    stated.or_else(|| facts.estate.is_delegated_administrator(account, service))
                });
                let administrator = registered.map_or_else(
                    || conditions.missing("delegated administrators for IAM"),
                    ConditionId::from,
                );
                conditions.not(conditions.or(is_management(facts, caller), administrator))
            }
            GateKind::WithoutRootSessions => {
                let collected = || caller.account.and_then(|account| facts.estate.root_sessions(account));
                let enabled = target.delegation.root_sessions.or_else(collected);
                let enabled = enabled.map_or_else(
                    || conditions.missing("whether the organisation manages root access centrally"),
                    ConditionId::from,
                );
                conditions.not(enabled)
            }
            GateKind::NotOrganization => outside(facts, target, caller),
            GateKind::NotMember => not_member(facts, target, caller),
        };
        add(when, gate.rule, gate.reason);
    }
    // S-TRUST-12, S-KEY-07: a tag that the session hands on cannot be passed again.
    if matches!(&*target.action.name, "sts:AssumeRole" | "sts:TagSession") {
        for tag in &caller.inherited_tags {
            let passed = conditions.key(keys::key(&format!("aws:RequestTag/{tag}")));
            let passed = conditions.not(conditions.absent(passed));
            add(passed, "S-TRUST-12", "a tag that the session inherits cannot be passed again");
        }
    }
    // S-TRUST-08: a token of an identity provider stands for the signature.
    let by_token = ACCEPTED_WITH_TOKEN.contains(&&*target.action.name);
    if by_token && caller.caller != Caller::Provider {
        add(ConditionId::ALWAYS, "S-TRUST-08", "the call is made with a token of an identity provider only");
    }
    if caller.caller == Caller::Anonymous {
        // S-XACC-13, S-SVC-04: without credentials a function is called through its URL only, and that must ask for none.
        let lacks = |name, value| conditions.not(conditions.equals(conditions.key(keys::key(name)), [value]));
        let when = match &*target.action.name {
            "lambda:InvokeFunctionUrl" => lacks("lambda:FunctionUrlAuthType", "NONE"),
            "lambda:InvokeFunction" => lacks("lambda:InvokedViaFunctionUrl", "true"),
            _ => ConditionId::NEVER,
        };
        add(when, "S-XACC-13", "without credentials only a function URL of auth type NONE can be called");
    }
    if let Some(refusal) = session_refusal(credentials(caller), &target.action.name) {
        let unless = |text: &str| conditions.not(conditions.doubt(DoubtClass::Reading, text));
        let when = match refusal.refused {
            Refused::Always => ConditionId::ALWAYS,
            Refused::UnlessConsole => unless("S-SESS-05: whether the call comes from a console session"),
            Refused::UnlessMfa => {
                // Where the context does not say, nobody knows.
                let key = conditions.key(keys::key("aws:MultiFactorAuthPresent"));
                let not_given = conditions.absent(key);
                let open =
                    conditions.and(not_given, unless("S-SESS-06: whether the session was made with MFA"));
                let without = conditions.not(conditions.equals(key, ["true"]));
                conditions.or(open, conditions.and(without, conditions.not(not_given)))
            }
        };
        add(when, refusal.rule, refusal.reason);
    }
    first
}

/// For everybody in an account, whose root user and federated users cannot make the call (S-SESS-05, S-SESS-09): that it is none
/// of them who calls.
pub fn without_root(conditions: &Conditions, target: &Target, caller: &PrincipalFact) -> Option<ConditionId> {
    let refusal = session_refusal(Credentials::Root, &target.action.name)?;
    let many = caller.many.filter(|_| caller.caller != Caller::Service)?;
    (refusal.refused == Refused::Always).then(|| conditions.and(many, can_take_roles(conditions)))
}

/// That somebody calls who can take roles at all: a user, or a session of a role.
pub fn can_take_roles(conditions: &Conditions) -> ConditionId {
    let test = |operator, key: &str, values: &[&str]| {
        conditions.test(&RawTest {
            operator: OperatorName {
                operator,
                negated: false,
                quantifier: Quantifier::None,
                if_exists: false,
                odd_case: false,
            },
            key: conditions.key(keys::key(key)),
            values,
            not_text: &[],
            effect: Effect::Allow,
            version: Version::V2008,
            place: "",
            keys: &keys::key,
        })
    };
    conditions.and(
        test(Operator::ArnLike, "aws:PrincipalArn", &["arn:*:iam::*:user/*", "arn:*:iam::*:role/*"]),
        test(Operator::StringEquals, "aws:PrincipalType", &["User", "AssumedRole"]),
    )
}

/// What refuses whatever principals of suspended accounts ask (S-SCP-16).
pub fn suspended() -> Closed {
    Closed {
        when: ConditionId::ALWAYS,
        rule: "S-SCP-16",
        reason: "principals of suspended accounts can do nothing",
    }
}

fn foreign_partition(target: &Target, caller: &PrincipalFact) -> bool {
    match (Arn::parse(&target.resource), Arn::parse(&caller.name)) {
        (Some(resource), Some(own)) => resource.partition != own.partition,
        _ => false,
    }
}

/// When a caller is of another account than the owner's. Services act for the owner.
fn foreign(facts: &Facts, target: &Target, caller: &PrincipalFact) -> ConditionId {
    match (&target.owner, caller.caller) {
        (_, Caller::Service) => ConditionId::NEVER,
        (Ownership::Account(owner), _) => (caller.account != Some(*owner)).into(),
        (Ownership::Unknown(what), _) => facts.arena().conditions.not(facts.arena().conditions.missing(what)),
        (Ownership::Nobody | Ownership::Caller, _) => ConditionId::NEVER,
    }
}

/// When a caller's account is the management account of its organisation.
fn is_management(facts: &Facts, caller: &PrincipalFact) -> ConditionId {
    let Some(account) = caller.account else { return ConditionId::NEVER };
    match &caller.standing.organization {
        OrganizationOf::Member { management: Some(management), .. }
        | OrganizationOf::Unnamed { management: Some(management) } => (*management == account).into(),
        OrganizationOf::Member { id, management: None, .. } if !caller.stated => manager(facts, id, account),
        OrganizationOf::Member { .. } | OrganizationOf::Unnamed { .. } => {
            facts.arena().conditions.missing(MANAGEMENT_ACCOUNT)
        }
        OrganizationOf::StandAlone | OrganizationOf::Elsewhere => ConditionId::NEVER,
        OrganizationOf::Unknown => facts.arena().conditions.missing(ORGANIZATION_OF_CALLER),
    }
}

/// The same where an account that no loaded organisation lists may manage another, or make one (S-SVC-16).
pub fn may_manage(facts: &Facts, caller: &PrincipalFact) -> ConditionId {
    match &caller.standing.organization {
        OrganizationOf::StandAlone | OrganizationOf::Elsewhere
            if caller.account.is_some() && !caller.stated =>
        {
            facts.arena().conditions.missing(ORGANIZATION_OF_CALLER)
        }
        _ => is_management(facts, caller),
    }
}

/// When an account is the management account of its organisation, of which nobody knows which it is: of two accounts it is one
/// at most, so that each has a doubt of its own.
fn manager(facts: &Facts, organization: &str, account: AccountId) -> ConditionId {
    let what = management_account_of(organization);
    facts.arena().conditions.missing(&format!("{what}: whether it is {account}"))
}

const ORGANIZATION_OF_CALLER: &str = "organisation of the caller's account";

/// When a caller is outside the organisation whose resource it is (S-SVC-16). The organisation of a caller may not have been
/// loaded (S-EVAL-11).
fn outside(facts: &Facts, target: &Target, caller: &PrincipalFact) -> ConditionId {
    let conditions = &facts.arena().conditions;
    match (&caller.standing.organization, &target.owner) {
        (OrganizationOf::StandAlone, _) => ConditionId::ALWAYS,
        (OrganizationOf::Member { id, .. }, Ownership::Account(_)) => {
            (target.organization.member_of() != Some(id)).into()
        }
        (OrganizationOf::Unnamed { management: Some(management) }, Ownership::Account(owner)) => {
            (management != owner).into()
        }
        (OrganizationOf::Member { .. } | OrganizationOf::Unnamed { .. }, _) => ConditionId::NEVER,
        (OrganizationOf::Elsewhere | OrganizationOf::Unknown, _) => {
            conditions.not(conditions.missing(ORGANIZATION_OF_CALLER))
        }
    }
}

/// When the owner's account is no member of the caller's organisation, or its management account (S-SESS-10). A scenario may
/// leave out where the owner's account stands.
fn not_member(facts: &Facts, target: &Target, caller: &PrincipalFact) -> ConditionId {
    let conditions = &facts.arena().conditions;
    let Ownership::Account(owner) = &target.owner else { return ConditionId::NEVER };
    let manages = |of: &OrganizationOf| match of {
        OrganizationOf::Member { management: Some(management), .. }
        | OrganizationOf::Unnamed { management: Some(management) } => (management == owner).into(),
        OrganizationOf::Member { id, management: None, .. } if !caller.stated => manager(facts, id, *owner),
        OrganizationOf::Member { .. }
        | OrganizationOf::Unnamed { .. }
        | OrganizationOf::StandAlone
        | OrganizationOf::Elsewhere
        | OrganizationOf::Unknown => ConditionId::NEVER,
    };
    let (own, other) = (&caller.standing.organization, &target.organization);
    let managed = conditions.or(manages(own), manages(other));
    let outside = match (own, other) {
        _ if caller.stated => ConditionId::NEVER,
        (OrganizationOf::Unknown, _) | (_, OrganizationOf::Unknown) => {
            conditions.not(conditions.missing(&format!("organisation of account {owner}")))
        }
        _ => (own.member_of().is_none() || own.member_of() != other.member_of()).into(),
    };
    conditions.or(managed, outside)
}

/// The kind of credentials with which a caller calls, as far as refusals go by it.
pub fn credentials(caller: &PrincipalFact) -> Credentials {
    match caller.caller {
        Caller::User | Caller::Root if caller.session_token => Credentials::SessionToken,
        Caller::User => Credentials::User,
        Caller::Root => Credentials::Root,
        Caller::RoleSession | Caller::ServiceLinkedSession => Credentials::RoleSession,
        Caller::FederatedUser => Credentials::FederatedUser,
        Caller::Provider if caller.name.contains(":saml-provider/") => Credentials::Saml,
        Caller::Provider => Credentials::WebIdentity,
        Caller::Anonymous => Credentials::Anonymous,
        Caller::AssumedRoot => Credentials::AssumedRoot,
        Caller::Service | Caller::AwsOwned => Credentials::Aws,
    }
}
