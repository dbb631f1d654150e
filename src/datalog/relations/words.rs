//! What there is to know of relations beside their declarations: the words that columns of symbols hold, and what rests on decisions.

use super::{asked, derived, more};
use crate::datalog::text::Declaration;
use crate::facts::{Layer, PrincipalKind};

/// Relations that state what was collected, beside the ground ones, or follow from that alone.
const STATED: [&str; 37] = [
    "in_account",
    "region",
    "statement_at",
    "condition_test",
    "managed_policy",
    "held_by_nobody",
    "administrator_policy",
    "other_version",
    "administrator_version",
    "session_name",
    "delegated_administrator",
    "created",
    "role_used",
    "role_use_reported",
    "uses_role",
    "instance_profile",
    "identity_provider",
    "account_setting",
    "outside",
    "credential_report",
    "credentials_reported",
    "console_password",
    "mfa",
    "access_key",
    "signing_certificate",
    "use_collected",
    "last_accessed",
    "not_collected",
    "holds",
    "bounded",
    "limits",
    "route",
    "filter",
    "in_set",
    "granted_by",
    "granted_on",
    "denied_by",
];

/// Whether the rows of a relation of an estate rest on decisions about requests, and so on what is assumed of these.
pub fn is_decided(relation: &str) -> bool {
    let has = |relations: &[Declaration]| relations.iter().any(|of| *of.name.value == *relation);
    (has(derived()) || has(more()) || has(asked())) && !STATED.contains(&relation)
}

/// All words that a column can hold; none: others come up.
pub fn words(relation: &str, column: &str) -> Option<Vec<&'static str>> {
    Some(match (relation, column) {
        ("account", "status") => vec!["not-stated", "active", "suspended", "pending-closure", "closed"],
        ("node", "kind") => vec!["root", "unit"],
        ("evaluated" | "control" | "limits" | "ceiling", "kind") => vec!["scp", "rcp"],
        ("principal", "kind") => PrincipalKind::ALL.iter().map(|kind| kind.name()).collect(),
        ("policy" | "statement", "layer") => {
            vec!["identity", "boundary", "session", "scp", "rcp", "resource", "trust", "endpoint"]
        }
        ("filter", "layer") => Layer::ALL.iter().map(|layer| layer.name()).collect(),
        ("statement", "effect") => vec!["allow", "deny"],
        ("external", "scope") => vec!["public", "outside", "provider", "organization"],
        ("external" | "lets_in" | "lets_in_by_provider" | "lets_out" | "lets_through", "answer") => {
            vec!["allowed", "conditional", "unknown"]
        }
        ("lets_in" | "lets_out" | "lets_through", "action") => super::probes::actions().collect(),
        ("access_key", "status") => vec!["active", "inactive"],
        ("escapable_boundary" | "administrator_by_policy", "kind") => vec!["user", "role"],
        (_, "how") => vec!["sure", "conditional"],
        _ => return None,
    })
}
