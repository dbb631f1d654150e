//! Building blocks of policies.

use super::figures::{Feature, Figures};
use super::names::{ORGANIZATION, REGIONS, SUPPLIERS};
use super::random::Random;
use serde_json::{Map, Value, json};
use std::hash::{Hash, Hasher};

/// A policy of these statements.
pub fn document(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A hash of the content of a policy.
pub fn content_hash(document: &Value) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    document.to_string().hash(&mut hasher);
    hasher.finish()
}

/// One string alone, several as a list: the way people write them.
pub fn one_or_many(mut items: Vec<String>) -> Value {
    match items.pop() {
        Some(only) if items.is_empty() => Value::String(only),
        Some(last) => {
            items.push(last);
            json!(items)
        }
        None => json!([]),
    }
}

/// A statement of an identity policy. A condition of `null` is left out.
pub fn statement(
    sid: &str,
    effect: &str,
    actions: Vec<String>,
    resources: Vec<String>,
    condition: Value,
) -> Value {
    let mut statement = Map::new();
    statement.insert("Sid".into(), sid.into());
    statement.insert("Effect".into(), effect.into());
    statement.insert("Action".into(), one_or_many(actions));
    statement.insert("Resource".into(), one_or_many(resources));
    if !condition.is_null() {
        statement.insert("Condition".into(), condition);
    }
    Value::Object(statement)
}

/// A statement of a resource policy or a trust policy, the latter with a resource of `null`.
pub fn grant(
    sid: &str,
    effect: &str,
    principal: Value,
    actions: Value,
    resource: Value,
    condition: Value,
) -> Value {
    let mut statement = Map::new();
    statement.insert("Sid".into(), sid.into());
    statement.insert("Effect".into(), effect.into());
    statement.insert("Principal".into(), principal);
    statement.insert("Action".into(), actions);
    for (name, value) in [("Resource", resource), ("Condition", condition)] {
        if !value.is_null() {
            statement.insert(name.into(), value);
        }
    }
    Value::Object(statement)
}

/// A condition as identity policies have it.
pub fn identity_condition(random: &mut Random, account: &str, team: &str) -> Value {
    match random.below(12) {
        0 => json!({"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}),
        1 => json!({"StringEquals": {"aws:ResourceTag/team": team}}),
        2 => json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        3 => {
            json!({"IpAddress": {"aws:SourceIp": [format!("203.0.113.{}/28", random.below(16) * 16), "198.51.100.0/24"]}})
        }
        4 => json!({"StringEquals": {"aws:RequestedRegion": [REGIONS[0], REGIONS[1]]}}),
        5 => {
            json!({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "Bool": {"aws:SecureTransport": "true"}})
        }
        6 => json!({"StringEqualsIfExists": {"aws:ResourceAccount": account}}),
        7 => {
            json!({"StringLike": {"aws:RequestTag/team": [team, format!("{team}-*")]}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}})
        }
        8 => json!({"ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}}),
        9 => json!({"StringNotEquals": {"aws:ResourceTag/stage": "production"}}),
        10 => {
            json!({"DateGreaterThan": {"aws:CurrentTime": super::names::instant(random).replace("+00:00", "Z")}})
        }
        _ => json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{account}:role/{team}-*")}}),
    }
}

/// A condition that makes a grant to `*` less than public.
pub fn network_condition(random: &mut Random, account: usize) -> Value {
    match random.below(3) {
        0 => {
            json!({"StringEquals": {"aws:SourceVpce": format!("vpce-{:017x}", account * 4_096 + random.below(4))}})
        }
        1 => {
            json!({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", format!("203.0.113.{}/32", random.below(256))]}})
        }
        _ => json!({"StringEquals": {"aws:PrincipalAccount": random.sample(&SUPPLIERS, 2)}}),
    }
}

/// Counts a customer, group or inline policy: its statements, and whether it is a new one.
pub fn count_document(document: &Value, figures: &mut Figures) {
    figures.document(content_hash(document));
    for statement in document["Statement"].as_array().into_iter().flatten() {
        figures.count(Feature::Statement);
        let condition = statement.get("Condition");
        if condition.is_some() {
            figures.count(Feature::ConditionedStatement);
        }
        if [condition, statement.get("Resource")]
            .into_iter()
            .flatten()
            .any(|part| part.to_string().contains("${"))
        {
            figures.count(Feature::VariableStatement);
        }
        if statement["Effect"] == "Deny" {
            figures.count(Feature::DenyStatement);
        }
    }
}
