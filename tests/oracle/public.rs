//! Whether an S3 policy is public (S-S3-07, S-S3-08, S-S3-14).

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::json;
use super::operator::{Base, Operator, Set};
use super::statement::Policy;
use super::values::Range;

const LIMITING: [&str; 21] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalservicename",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourcevpcarn",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Whether some Allow statement of the policy is not limited to fixed values.
pub fn is_public(policy: &Policy, of_access_point: bool) -> bool {
    let Ok(document) = &policy.document else { return false };
    let statements = document.get("Statement").map(json::list).unwrap_or_default();
    statements.iter().filter_map(|s| s.as_object()).any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && !principal_is_fixed(statement)
            && !is_limited(statement, of_access_point)
    })
}

fn principal_is_fixed(statement: &Map<String, Value>) -> bool {
    if !statement.contains_key("Principal") && !statement.contains_key("NotPrincipal") {
        return true; // S-GRAM-09: it means nobody.
    }
    let Some(Value::Object(classes)) = statement.get("Principal") else { return false };
    classes.iter().all(|(class, values)| {
        let texts: Vec<String> = json::list(values).into_iter().filter_map(json::scalar).collect();
        class != "Federated" && !texts.iter().any(|text| text.contains(['*', '?']))
    })
}

/// One limiting key is enough: keys of a statement stand together.
fn is_limited(statement: &Map<String, Value>, of_access_point: bool) -> bool {
    let Some(Value::Object(operators)) = statement.get("Condition") else { return false };
    operators.iter().any(|(name, keys)| {
        let limits = Operator::read(name)
            .filter(|o| !o.negated && !o.if_exists && o.set != Set::ForAllValues && o.base != Base::Null);
        let (Some(operator), Value::Object(keys)) = (limits, keys) else { return false };
        keys.iter().any(|(key, values)| {
            let texts: Vec<Option<String>> = json::list(values).into_iter().map(json::scalar).collect();
            let key = key.to_lowercase();
            let fixed = |t: &Option<String>| t.as_deref().is_some_and(|t| is_fixed(operator.base, &key, t));
            let named = of_access_point && key == "s3:dataaccesspointarn";
            !named && LIMITING.contains(&key.as_str()) && !texts.is_empty() && texts.iter().all(fixed)
        })
    })
}

fn is_fixed(base: Base, key: &str, value: &str) -> bool {
    if value.contains("${") {
        return false;
    }
    if key == "aws:sourceip" {
        return Range::read(value).is_some_and(|range| {
            let widest = if range.is_v4() { 8 } else { 32 };
            range.length >= widest || is_private(&range)
        });
    }
    let pattern = matches!(base, Base::StringLike | Base::Arn);
    let wild = pattern && value.contains(['*', '?']);
    match key {
        // The name of the access point may be open if its account is fixed.
        "s3:dataaccesspointarn" => {
            let account = value.split(':').nth(4).unwrap_or("");
            !wild || super::caller::is_account(account)
        }
        _ => !wild,
    }
}

fn is_private(range: &Range) -> bool {
    let inside = |text: &str, least: u8| {
        Range::read(text).is_some_and(|private| private.holds(range.network())) && range.length >= least
    };
    match range.network() {
        IpAddr::V4(_) => {
            inside("10.0.0.0/8", 8) || inside("172.16.0.0/12", 12) || inside("192.168.0.0/16", 16)
        }
        IpAddr::V6(_) => inside("fc00::/7", 7),
    }
}
