//! Conditions as answers show them: a tree for programs, a short text for people.

use std::fmt::Write;

use super::printable::one_line;
use serde::{Deserialize, Serialize};

/// What an answer depends on. Absent from an answer that holds always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionView {
    /// The condition in short form: `aws:PrincipalOrgID = o-1 and not aws:SourceIp in 10.0.0.0/8`.
    pub text: String,
    /// The same, exactly.
    pub tree: ConditionTree,
    /// Whether it was not proved that a request can satisfy it, so that the answer may still be a denial: the condition compares
    /// keys with each other, or is too large. Absent if it was proved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unproved: bool,
}

/// A boolean formula over tests of context keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ConditionTree {
    /// All hold; true if there is none.
    All {
        /// The parts.
        all: Vec<ConditionTree>,
    },
    /// At least one holds; false if there is none.
    Any {
        /// The parts.
        any: Vec<ConditionTree>,
    },
    /// It does not hold.
    Not {
        /// What must not hold.
        not: Box<ConditionTree>,
    },
    /// A test in the words of the policy language.
    Test {
        /// The operator with its set operator and `IfExists`: `ForAnyValue:StringLike`.
        operator: String,
        /// The context key.
        key: String,
        /// The values, of which one must match.
        values: Vec<String>,
    },
    /// Something that was not collected, or that a policy does not say readably; it may hold and may not.
    Unknown {
        /// What it is: `resource policy of arn:aws:s3:::logs`.
        unknown: String,
    },
}

impl ConditionView {
    /// The view of `tree`, with its text.
    pub fn new(tree: ConditionTree) -> Self {
        let mut text = String::new();
        write_tree(&mut text, &tree, Within::Nothing);
        Self { text, tree, unproved: false }
    }

    /// The same, where it was not proved that a request can satisfy it.
    pub fn unproved(self, unproved: bool) -> Self {
        Self { unproved, ..self }
    }

    /// The text with a remark where nothing proves that a request can satisfy it.
    pub fn remarked(&self) -> String {
        match self.unproved {
            true => format!("{} (not proved that a request can satisfy it)", self.text),
            false => self.text.clone(),
        }
    }

    /// *Never*.
    pub fn never() -> Self {
        Self::new(ConditionTree::Any { any: Vec::new() })
    }
}

/// What a part of a formula stands in, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    All,
    Any,
    Not,
}

fn write_tree(text: &mut String, tree: &ConditionTree, within: Within) {
    match tree {
        ConditionTree::All { all } => write_parts(text, all, " and ", "always", Within::All, within),
        ConditionTree::Any { any } => write_parts(text, any, " or ", "never", Within::Any, within),
        ConditionTree::Not { not } => {
            if let Some(key) = absent(not) {
                let _ = write!(text, "{key} is given");
                return;
            }
            text.push_str("not ");
            write_tree(text, not, Within::Not);
        }
        ConditionTree::Test { operator, key, values } => match absent(tree) {
            Some(key) => {
                let _ = write!(text, "{key} is not given");
            }
            None => write_test(text, operator, key, values),
        },
        ConditionTree::Unknown { unknown } => {
            // What was not collected may allow and may deny, and is named for both.
            let what = unknown.strip_prefix("missing: ").unwrap_or(unknown);
            let _ = match what.strip_suffix(": its Denies") {
                Some(what) => write!(text, "unknown: Denies of {what}"),
                None => write!(text, "unknown: {what}"),
            };
        }
    }
}

fn write_parts(
    text: &mut String,
    parts: &[ConditionTree],
    between: &str,
    if_none: &str,
    inside: Within,
    outside: Within,
) {
    match parts {
        [] => text.push_str(if_none),
        [part] => write_tree(text, part, outside),
        parts => {
            let grouped = outside != Within::Nothing && outside != inside;
            text.push_str(if grouped { "(" } else { "" });
            for (position, part) in parts.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { between });
                write_tree(text, part, inside);
            }
            text.push_str(if grouped { ")" } else { "" });
        }
    }
}

/// The key of a test that holds where the key is absent and nowhere else: where it is there, it would have to equal one of no values.
fn absent(tree: &ConditionTree) -> Option<&str> {
    match tree {
        ConditionTree::Test { operator, key, values }
            if operator == "StringEqualsIfExists" && values.is_empty() =>
        {
            Some(key)
        }
        _ => None,
    }
}

/// A test as `key sign values`; an operator without a sign of its own keeps its name.
fn write_test(text: &mut String, operator: &str, key: &str, values: &[String]) {
    let (quantifier, name) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |base| (base, true));
    if let ("Null", "", [value]) = (name, quantifier, values) {
        let state = if value == "true" { "absent" } else { "present" };
        let _ = write!(text, "{key} is {state}");
        return;
    }
    text.push_str(match quantifier {
        "ForAnyValue" => "any ",
        "ForAllValues" => "all ",
        _ => "",
    });
    let _ = write!(text, "{key} {} ", sign(name).unwrap_or(name));
    match values {
        [] => text.push_str("nothing"),
        values => {
            let values: Vec<_> = values.iter().map(|value| one_line(value)).collect();
            text.push_str(&values.join(" | "));
        }
    }
    text.push_str(if if_exists { " (if present)" } else { "" });
}

fn sign(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "StringEquals" | "NumericEquals" | "DateEquals" | "Bool" | "BinaryEquals" => "=",
        "StringNotEquals" | "NumericNotEquals" | "DateNotEquals" => "!=",
        "StringEqualsIgnoreCase" => "=~",
        "StringNotEqualsIgnoreCase" => "!=~",
        "StringLike" | "ArnLike" | "ArnEquals" => "like",
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => "not like",
        "NumericLessThan" | "DateLessThan" => "<",
        "NumericLessThanEquals" | "DateLessThanEquals" => "<=",
        "NumericGreaterThan" | "DateGreaterThan" => ">",
        "NumericGreaterThanEquals" | "DateGreaterThanEquals" => ">=",
        "IpAddress" => "in",
        "NotIpAddress" => "not in",
        _ => return None,
    })
}
