//! S3 Block Public Access at the time of a request: `RestrictPublicBuckets` (S-S3-05 to S-S3-08, S-S3-13, S-S3-14).

use std::net::IpAddr;

use crate::document::principal::PrincipalKind;
use crate::document::{
    Comparison, Condition, ConditionValue, Effect, PrincipalElement, SetOperator, Statement, Test,
};
use crate::estate::{Arn, PublicAccessBlock};
use crate::facts::readings::{Question, Readings};
use crate::facts::{Caller, Facts, Held, Ownership, PrincipalFact, Target};
use crate::region::condition::{ConditionId, Conditions};

/// Whether the bucket of a request restricts foreign callers because its policy is public.
pub enum PublicAccess {
    /// The resource is no bucket or object, its policy is not public, or no setting restricts it.
    Open,
    /// Foreign and anonymous callers are refused, when the policy is public.
    Restricted(ConditionId),
    /// The policy is public, when it is, and a setting that matters was not collected.
    NotCollected(Box<str>, ConditionId),
}

/// What is counted as a limit of a public policy (U-34, U-79).
#[derive(Clone, Copy)]
struct Limits {
    /// Tests of keys that the page does not list.
    newer_keys: bool,
    /// Operators that hold where the key is absent.
    all_operators: bool,
    /// Whether the policy is that of an access point: which point it is limits nothing there (S-S3-07).
    at_point: bool,
}

impl PublicAccess {
    /// What holds for the resource of a request.
    pub fn of(facts: &Facts, target: &Target, readings: &Readings) -> Self {
        if !is_bucket(target) {
            return Self::Open;
        }
        // S-S3-09: an access point that takes calls from a VPC only is never public.
        if target.record.as_ref().is_some_and(|record| record.settings.vpc_only == Some(true)) {
            return Self::Open;
        }
        let conditions = &facts.arena().conditions;
        let newer = readings.when(conditions, Question::NewerPublicKeys);
        let all = readings.when(conditions, Question::PublicOperators);
        let at_point = target.resource.contains(":accesspoint/");
        let by = |newer_keys, all_operators| -> ConditionId {
            is_public_policy(facts, target, Limits { newer_keys, all_operators, at_point }).into()
        };
        let by_keys = |newer_keys| either(conditions, all, || by(newer_keys, true), || by(newer_keys, false));
        let public = either(conditions, newer, || by_keys(true), || by_keys(false));
        if public.is_never() {
            return Self::Open;
        }
        let restricts = |block: &PublicAccessBlock| block.restrict_public_buckets;
        if always_blocks(target) || target.public_access.iter().flatten().any(restricts) {
            return Self::Restricted(public);
        }
        match target.public_access.iter().all(Option::is_some) {
            true => Self::Open,
            false => Self::NotCollected(format!("Block Public Access of {}", target.called).into(), public),
        }
    }

    /// Whether something could come out otherwise under another reading of what limits a public policy.
    pub fn is_in_question(&self, facts: &Facts, target: &Target) -> bool {
        let off = || target.public_access.iter().flatten().all(|block| !block.restrict_public_buckets);
        let settled = !is_bucket(target)
            || !always_blocks(target) && off() && target.public_access.iter().all(Option::is_some);
        let at_point = target.resource.contains(":accesspoint/");
        let by = |newer_keys, all_operators| {
            is_public_policy(facts, target, Limits { newer_keys, all_operators, at_point })
        };
        !settled && by(false, false) != by(true, true)
    }

    /// When Block Public Access lets a caller's request pass (S-S3-06): it does for those of the owner's account, and of that of
    /// the access point that the request names.
    pub fn lets_in(&self, conditions: &Conditions, caller: &PrincipalFact, target: &Target) -> ConditionId {
        let named = Arn::parse(&target.asked).and_then(|arn| arn.account_id());
        let within = match target.owner {
            Ownership::Account(owner) => caller.account.is_some_and(|own| own == owner || Some(own) == named),
            Ownership::Nobody | Ownership::Caller => true,
            Ownership::Unknown(_) => false,
        };
        if within || caller.caller == Caller::Service {
            return ConditionId::ALWAYS;
        }
        match self {
            Self::Open => ConditionId::ALWAYS,
            Self::Restricted(public) => conditions.not(*public),
            Self::NotCollected(what, public) => {
                conditions.or(conditions.missing(what), conditions.not(*public))
            }
        }
    }
}

/// Whether the resource is a bucket, an access point, or in one.
fn is_bucket(target: &Target) -> bool {
    target.resource.contains(":s3:") || always_blocks(target)
}

/// Whether Block Public Access is on whatever is set: it is for directory buckets (S-S3-13).
fn always_blocks(target: &Target) -> bool {
    target.resource.contains(":s3express:")
}

/// One condition where a question is answered with yes, another where it is answered with no.
fn either(
    conditions: &Conditions,
    holds: ConditionId,
    yes: impl Fn() -> ConditionId,
    no: impl Fn() -> ConditionId,
) -> ConditionId {
    match holds {
        ConditionId::ALWAYS => yes(),
        ConditionId::NEVER => no(),
        _ => conditions.or(conditions.and(holds, yes()), conditions.and(conditions.not(holds), no())),
    }
}

/// Whether a policy of the resource is public (S-S3-07).
fn is_public_policy(facts: &Facts, target: &Target, limits: Limits) -> bool {
    target.held.iter().any(|held| match held {
        Held::Policy(policy) => {
            let compiled = facts.compiled(*policy);
            compiled.document.document().statements.iter().any(|statement| is_public(statement, limits))
        }
        Held::NotCollected(_) => false,
    })
}

/// Whether an Allow is not limited to fixed callers or places (S-S3-07).
fn is_public(statement: &Statement, limits: Limits) -> bool {
    if statement.effect != Effect::Allow || statement.malformed.is_some() {
        return false;
    }
    let everyone = match &statement.principal {
        PrincipalElement::Everyone => true,
        PrincipalElement::Entries { negated: true, .. } => true,
        PrincipalElement::Entries { entries, .. } => entries.iter().any(|entry| {
            matches!(
                entry.kind,
                PrincipalKind::Everyone
                    | PrincipalKind::PartialWildcard(_)
                    | PrincipalKind::SamlProvider
                    | PrincipalKind::OidcProvider
                    | PrincipalKind::BuiltInProvider
            )
        }),
        _ => false,
    };
    everyone && !statement.conditions.iter().any(|condition| is_limit(condition, limits))
}

/// Whether a test holds the callers of a public policy to fixed values (S-S3-07, S-S3-08; U-34, U-79).
fn is_limit(condition: &Condition, limits: Limits) -> bool {
    let Test::Readable { operator, values } = &condition.test else { return false };
    let key = condition.key.value.to_ascii_lowercase();
    let positive = !operator.comparison.is_negated()
        && (limits.all_operators || !operator.if_exists && operator.set != Some(SetOperator::ForAllValues))
        && operator.comparison != Comparison::Null;
    if !positive || values.is_empty() {
        return false;
    }
    let texts = values.iter().map(|value| match value {
        ConditionValue::Text(text) => Some(&*text.value),
        ConditionValue::Malformed(_) => None,
    });
    let wildcards =
        matches!(operator.comparison, Comparison::StringLike | Comparison::ArnLike | Comparison::ArnEquals);
    let fixed = |text: &str| !(text.contains("${") || wildcards && text.contains(['*', '?']));
    texts.into_iter().all(|text| {
        let Some(text) = text else { return false };
        match key.as_str() {
            "aws:sourceip" => narrow(text),
            "aws:userid" => fixed(text),
            "s3:dataaccesspointarn" if limits.at_point => false,
            "s3:dataaccesspointarn" => {
                !text.contains("${")
                    && text
                        .split(':')
                        .nth(4)
                        .is_some_and(|account| !account.contains(['*', '?']) && !account.is_empty())
            }
            "aws:principalorgpaths"
            | "aws:principalaccount"
            | "aws:principalarn"
            | "aws:principalservicename"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
            | "aws:vpceaccount"
            | "aws:vpceorgid"
            | "aws:vpceorgpaths" => limits.newer_keys && fixed(text),
            "aws:principalorgid"
            | "aws:sourcearn"
            | "aws:sourceaccount"
            | "aws:sourceowner"
            | "aws:sourcevpc"
            | "aws:sourcevpcarn"
            | "aws:sourcevpce"
            | "s3:dataaccesspointaccount"
            | "s3:x-amz-server-side-encryption-aws-kms-key-id" => fixed(text),
            _ => false,
        }
    })
}

/// Whether a block of addresses is no wider than /8 (IPv4) or /32 (IPv6), or private as a whole (S-S3-08). No private block
/// of IPv4 addresses is wider than /8.
fn narrow(block: &str) -> bool {
    let (address, bits) = match block.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok()),
        None => (block, None),
    };
    let alone = bits.is_none() && !block.contains('/');
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => alone || bits.is_some_and(|bits| (8..=32).contains(&bits)),
        Ok(IpAddr::V6(address)) => {
            let private = address.is_unique_local() && bits.is_some_and(|bits| bits >= 7);
            alone || private || bits.is_some_and(|bits| (32..=128).contains(&bits))
        }
        Err(_) => false,
    }
}
