//! Formulas for people and for JSON, ordered by content.

use std::fmt::Write;

use serde::Serialize;

use super::construct::opposite;
use super::formula::{ConditionId, Conditions, View};
use super::operator::{Operator, OperatorName, Quantifier};
use super::template::render;
use super::test::{Test, Value};

/// A formula as nested data: `{"all" | "any": […]}`, `{"not": …}`, `{"operator", "key", "values"}` or `{"unknown": text}`.
///
/// *Always* is `{"all": []}`, *never* is `{"any": []}`. Members are sorted, so equal formulas print alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum ConditionTree {
    /// A test under the name that policies use, negated operators included.
    Test {
        /// `StringNotEquals`, `ForAnyValue:ArnLike`, ….
        operator: String,
        /// The key in lower case.
        key: String,
        /// The values as a policy of version 2012-10-17 writes them, sorted.
        values: Vec<String>,
    },
    /// An open reading, or data that was not loaded, in words.
    Unknown {
        /// What is not known.
        unknown: String,
    },
    /// The complement.
    Not {
        /// What does not hold.
        not: Box<ConditionTree>,
    },
    /// All hold.
    All {
        /// The parts.
        all: Vec<ConditionTree>,
    },
    /// One holds.
    Any {
        /// The parts.
        any: Vec<ConditionTree>,
    },
}

impl Conditions {
    /// `condition` as nested data.
    pub fn tree(&self, condition: ConditionId) -> ConditionTree {
        let unknown = |text: String, negated| {
            let tree = ConditionTree::Unknown { unknown: text };
            if negated { ConditionTree::Not { not: Box::new(tree) } } else { tree }
        };
        match self.view(condition) {
            View::Always => ConditionTree::All { all: Vec::new() },
            View::Never => ConditionTree::Any { any: Vec::new() },
            View::Test { test, negated } => self.test_tree(test, negated),
            View::Doubt { doubt, negated } => unknown(self.doubt_of(doubt).text.to_string(), negated),
            View::Missing { missing, negated } => {
                unknown(format!("missing: {}", self.missing_of(missing)), negated)
            }
            View::All(members) => self.list_tree(&members, true),
            View::Any(members) => self.list_tree(&members, false),
        }
    }

    /// A list of which all members hold, or one. A test with variables beside one of whether its key is there is the test with `IfExists`, as
    /// policies write it.
    fn list_tree(&self, members: &[ConditionId], all: bool) -> ConditionTree {
        let presence = |key| if all { self.not(self.absent(key)) } else { self.absent(key) };
        let if_exists = |member: ConditionId| match self.view(member) {
            View::Test { test, negated } => {
                let plain = !test.if_exists && test.quantifier != Quantifier::ForAllValues;
                let passes =
                    negated == all && plain && test.has_variables() && test.operator != Operator::Null;
                (passes && members.contains(&presence(test.key))).then(|| (test.clone(), negated))
            }
            _ => None,
        };
        let joined: Vec<_> = members.iter().map(|&member| if_exists(member)).collect();
        let said: Vec<ConditionId> = joined.iter().flatten().map(|(test, _)| presence(test.key)).collect();
        let tree = |(&member, joined): (&ConditionId, Option<(Test, bool)>)| match joined {
            Some((test, negated)) => self.test_tree(&Test { if_exists: true, ..test }, negated),
            None => self.tree(member),
        };
        let members = members.iter().zip(joined).filter(|(member, _)| !said.contains(member));
        let mut trees: Vec<ConditionTree> = members.map(tree).collect();
        trees.sort_unstable();
        match (trees.len(), all) {
            (1, _) => trees.remove(0),
            (_, true) => ConditionTree::All { all: trees },
            (_, false) => ConditionTree::Any { any: trees },
        }
    }

    fn test_tree(&self, test: &Test, negated: bool) -> ConditionTree {
        let key = self.key_of(test.key).to_string();
        if test.operator == Operator::Null {
            let value = if negated { "false" } else { "true" };
            return ConditionTree::Test { operator: "Null".into(), key, values: vec![value.into()] };
        }
        let complement_has_name = test.operator.negated_name().is_some() && !test.if_exists;
        let name = OperatorName {
            operator: test.operator,
            negated: negated && complement_has_name,
            quantifier: if negated && complement_has_name {
                opposite(test.quantifier)
            } else {
                test.quantifier
            },
            if_exists: test.if_exists,
            odd_case: false,
        };
        let escape = test.operator.takes_wildcards();
        let mut values: Vec<String> = test
            .values
            .iter()
            .map(|value| match value {
                Value::Template(template) => render(template, escape, |key| self.key_of(key).to_string()),
                Value::Malformed(text) => text.to_string(),
            })
            .collect();
        values.sort_unstable();
        let tree = ConditionTree::Test { operator: name.to_string(), key, values };
        if negated && !complement_has_name { ConditionTree::Not { not: Box::new(tree) } } else { tree }
    }

    /// `condition` in one line: `IpAddress aws:sourceip 203.0.113.0/24 and aws:sourcevpc is absent`.
    pub fn text(&self, condition: ConditionId) -> String {
        let mut out = String::new();
        write_tree(&self.tree(condition), false, &mut out);
        out
    }
}

fn write_tree(tree: &ConditionTree, inner: bool, out: &mut String) {
    match tree {
        ConditionTree::Test { operator, key, values } => write_test(operator, key, values, out),
        ConditionTree::Unknown { unknown } => {
            let _ = write!(out, "({unknown}?)");
        }
        ConditionTree::Not { not } => {
            out.push_str("not ");
            write_tree(not, true, out);
        }
        ConditionTree::All { all } => write_list(all, "always", " and ", inner, out),
        ConditionTree::Any { any } => write_list(any, "never", " or ", inner, out),
    }
}

fn write_list(trees: &[ConditionTree], none: &str, separator: &str, inner: bool, out: &mut String) {
    if trees.is_empty() {
        return out.push_str(none);
    }
    if inner {
        out.push('(');
    }
    for (index, tree) in trees.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        write_tree(tree, true, out);
    }
    if inner {
        out.push(')');
    }
}

/// `StringNotEqualsIfExists k [a, b]`; presence in words.
fn write_test(operator: &str, key: &str, values: &[String], out: &mut String) {
    let _ = match (operator, values) {
        ("Null", [value]) if value == "true" => write!(out, "{key} is absent or empty"),
        ("Null", _) => write!(out, "{key} is present"),
        ("StringEqualsIfExists", []) => write!(out, "{key} is absent"),
        (_, [value]) => write!(out, "{operator} {key} {value}"),
        _ => write!(out, "{operator} {key} [{}]", values.join(", ")),
    };
}
