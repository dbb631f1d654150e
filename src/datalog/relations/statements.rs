//! Statements as they were written.

use std::fmt::Write;

use rayon::prelude::*;

use super::{Row, Rows, optional, row, word};
use crate::datalog::text::Value;
use crate::document::{
    ActionEntry, Condition, ConditionValue, Effect, PolicyKind, PrincipalElement, ResourceEntry, Statement,
    Test,
};
use crate::estate::DocumentId;
use crate::facts::{Facts, Layer, PolicyId, StatementId};
use crate::output::StatementReference;
use crate::output::views::Places;

impl Rows<'_> {
    /// The statements of all policies, those that nobody holds too, with the places where they stand if these are wanted.
    pub(super) fn statements(&self, with_places: bool) -> Vec<Row> {
        let facts = self.engine.facts();
        // A policy that is attached in several places is one.
        let mut policies: Vec<PolicyId> =
            facts.policies_in_use().filter(|id| facts.policy(*id).document.is_some()).collect();
        let key = |id: &PolicyId| (self.labels.get(id.index()).cloned(), facts.policy(*id).place);
        policies.par_sort_by_cached_key(key);
        policies.dedup_by_key(|id| key(id));
        let mut places = Places::new(self.engine);
        if with_places {
            places.find_all(policies.iter().copied());
        }
        let mut rows = Vec::new();
        for policy in policies {
            let Some(document) = facts.policy(policy).document else { continue };
            let (name, layer) = (self.policy(policy), self.layer(policy));
            let mut place = |index| {
                // The layer makes no difference to the place.
                let id = StatementId { policy, index };
                with_places.then(|| places.reference(id, Layer::Identity))
            };
            statements_of(document, &name, &layer, facts, &mut place, &mut rows);
        }
        for policy in facts.policies_of_nobody() {
            let Some(of) = policy.policy else { continue };
            let (name, layer) = (Value::Text(policy.arn.clone()), word(PolicyKind::Identity));
            let mut place = |index| with_places.then(|| places.reference_of_nobody(policy, of, index));
            statements_of(of.document, &name, &layer, facts, &mut place, &mut rows);
        }
        rows
    }
}

/// The statements of a document of a policy.
fn statements_of(
    document: DocumentId,
    policy: &Value,
    layer: &Value,
    facts: &Facts,
    place: &mut dyn FnMut(u32) -> Option<StatementReference>,
    rows: &mut Vec<Row>,
) {
    let parsed = facts.document(document);
    for statement in &parsed.document().statements {
        let (file, line) = place(statement.index).map(|at| (at.file, at.line)).unwrap_or_default();
        let [principals, actions, resources] = elements(statement);
        rows.push(row([
            policy.clone(),
            Value::Number(statement.index.into()),
            Value::symbol(effect(statement.effect)),
            layer.clone(),
            optional(statement.sid.as_ref().map(|sid| &sid.value)),
            principals.only,
            principals.except,
            actions.only,
            actions.except,
            resources.only,
            resources.except,
            Value::text(&condition(&statement.conditions)),
            Value::text(&file),
            Value::Number(line.into()),
        ]));
    }
}

/// The entries of an element, as one of two lists.
struct Element {
    only: Value,
    except: Value,
}

fn element<'a>(negated: bool, entries: impl IntoIterator<Item = &'a str>) -> Element {
    let (entries, none) = (Value::texts(entries), Value::texts([]));
    match negated {
        true => Element { only: none, except: entries },
        false => Element { only: entries, except: none },
    }
}

/// Principals, actions and resources of a statement.
fn elements(statement: &Statement) -> [Element; 3] {
    let principals = match &statement.principal {
        PrincipalElement::Everyone => element(false, ["*"]),
        PrincipalElement::Nobody => element(true, ["*"]),
        PrincipalElement::Entries { negated, entries } => {
            element(*negated, entries.iter().map(|entry| &*entry.text))
        }
        PrincipalElement::Implicit | PrincipalElement::Missing | PrincipalElement::Unreadable => {
            element(false, [])
        }
    };
    let actions = &statement.actions;
    let resources = match &statement.resources {
        Some(resources) => element(resources.negated, resources.entries.iter().map(resource)),
        None => element(false, []),
    };
    [principals, element(actions.negated, actions.entries.iter().map(action)), resources]
}

/// An action as it was written.
pub(crate) fn action<'a>(entry: &'a ActionEntry) -> &'a str {
    match entry {
        ActionEntry::Pattern(pattern) => &pattern.value,
        ActionEntry::Malformed(malformed) => &malformed.text,
    }
}

/// A resource as it was written.
pub(crate) fn resource<'a>(entry: &'a ResourceEntry) -> &'a str {
    match entry {
        ResourceEntry::Pattern(pattern)
        | ResourceEntry::WildcardService(pattern)
        | ResourceEntry::ExecuteApi(pattern) => &pattern.value,
        ResourceEntry::Malformed(malformed) => &malformed.text,
    }
}

/// The word for an effect.
pub(crate) fn effect(of: Effect) -> &'static str {
    match of {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
        Effect::Unreadable => "unreadable",
    }
}

/// The values of a test, as they were written.
pub(crate) fn test_values<'a>(condition: &'a Condition) -> Vec<&'a str> {
    match &condition.test {
        Test::Readable { values, .. } => values
            .iter()
            .map(|value| match value {
                ConditionValue::Text(text) => &*text.value,
                ConditionValue::Malformed(malformed) => &malformed.text,
            })
            .collect(),
        Test::Malformed => Vec::new(),
    }
}

/// Tests in a line: `StringEquals aws:PrincipalTag/team ["a", "b"] and Bool aws:SecureTransport ["true"]`.
fn condition(conditions: &[Condition]) -> String {
    let mut text = String::new();
    for (index, condition) in conditions.iter().enumerate() {
        let and = if index > 0 { " and " } else { "" };
        let values = match &condition.test {
            Test::Readable { .. } => format!("{:?}", test_values(condition)),
            Test::Malformed => "(unreadable)".to_owned(),
        };
        let _ = write!(text, "{and}{} {} {values}", condition.operator.value, condition.key.value);
    }
    text
}
