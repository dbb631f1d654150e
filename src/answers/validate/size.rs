//! How long documents may be: quotas of IAM, Organizations and the services that hold policies, as of September 2026 (S-GRAM-17).

use super::{Code, Finding, Level, root};
use crate::document::{ActionEntry, Document, PolicyKind};

/// The longest policies of roles, inline ones together; those of groups and users are shorter.
const OF_ROLE: usize = 10_240;
/// The longest managed policy.
const MANAGED: usize = 6_144;

/// Reports a document that is longer than AWS stores. White space between its tokens counts nothing (S-GRAM-13).
pub fn over_quota(document: &Document, kind: PolicyKind, of_key: bool, text: &str) -> Option<Finding> {
    let characters = without_white_space(text);
    let (most, level, what) = match kind {
        PolicyKind::Identity if characters > OF_ROLE => {
            (OF_ROLE, Level::Warning, "no policy of a user, group or role is longer than that")
        }
        PolicyKind::Identity => (
            MANAGED,
            Level::Note,
            "a managed policy is no longer than that; the inline policies of a role have 10,240 together, of a group 5,120, of a user 2,048",
        ),
        PolicyKind::Boundary => (MANAGED, Level::Warning, "a managed policy is no longer than that"),
        PolicyKind::Trust => (2_048, Level::Note, "longer trust policies need a higher quota of the account"),
        PolicyKind::Session => (2_048, Level::Warning, "a session policy is no longer than that"),
        PolicyKind::Scp => (10_240, Level::Warning, "a service control policy is no longer than that"),
        PolicyKind::Rcp => (5_120, Level::Warning, "a resource control policy is no longer than that"),
        PolicyKind::Endpoint => {
            (20_480, Level::Warning, "the policy of a VPC endpoint is no longer than that")
        }
        PolicyKind::Resource if of_key => {
            (32_768, Level::Warning, "the policy of a key is no longer than that")
        }
        PolicyKind::Resource if is_of_bucket(document) => {
            (20_480, Level::Warning, "the policy of a bucket is no longer than that")
        }
        PolicyKind::Resource => return None,
    };
    if characters <= most {
        return None;
    }
    let message =
        format!("the document has {} characters, and {} are allowed", grouped(characters), grouped(most));
    let finding = Finding::new(Code::OverQuota, message, root()).with_help(what);
    Some(Finding { level, ..finding })
}

/// Whether a policy is about actions of S3 alone.
fn is_of_bucket(document: &Document) -> bool {
    let of_s3 = |entry: &ActionEntry| match entry {
        ActionEntry::Pattern(text) => {
            text.value.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("s3:"))
        }
        ActionEntry::Malformed(_) => false,
    };
    !document.statements.is_empty()
        && document.statements.iter().all(|statement| {
            !statement.actions.negated
                && !statement.actions.entries.is_empty()
                && statement.actions.entries.iter().all(of_s3)
        })
}

/// The characters of a JSON text without those between its tokens.
fn without_white_space(text: &str) -> usize {
    let (mut within, mut escaped, mut count) = (false, false, 0);
    for character in text.chars() {
        count += usize::from(within || !character.is_whitespace());
        match character {
            _ if escaped => escaped = false,
            '\\' if within => escaped = true,
            '"' => within = !within,
            _ => {}
        }
    }
    count
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}
