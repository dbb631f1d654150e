//! The words that columns of symbols hold, where there are only so many.

use crate::facts::{Layer, PrincipalKind};

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
        ("external" | "lets_in" | "lets_out" | "lets_through", "answer") => {
            vec!["allowed", "conditional", "unknown"]
        }
        ("lets_in" | "lets_out" | "lets_through", "action") => super::probes::actions().collect(),
        ("access_key", "status") => vec!["active", "inactive"],
        ("escapable_boundary" | "administrator_by_policy", "kind") => vec!["user", "role"],
        (_, "how") => vec!["sure", "conditional"],
        _ => return None,
    })
}
