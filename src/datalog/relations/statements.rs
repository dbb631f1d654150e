//! Statements as they were written.

use std::fmt::Write;

use rayon::prelude::*;

use super::{Row, Rows, optional, row, word};
use crate::datalog::text::Value;
use crate::document::{
    ActionEntry, Condition, ConditionValue, Effect, PolicyKind, PrincipalElement, ResourceEntry, Statement,
    Test,
};
use crate::estate::{DocumentId, ManagedPolicy, PolicyRef};
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
        let of_policies = policies.iter().filter_map(|&policy| {
            let document = facts.policy(policy).document?;
            Some((document, self.policy(policy), self.layer(policy)))
        });
        let mut of_nobody: Vec<(&ManagedPolicy, PolicyRef)> = Vec::new();
        of_nobody.extend(facts.policies_of_nobody().filter_map(|policy| Some((&**policy, policy.policy?))));
        let layer = word(PolicyKind::Identity);
        let of_others = of_nobody
            .iter()
            .map(|(policy, of)| (of.document, Value::Text(policy.arn.clone()), layer.clone()));
        let documents: Vec<(DocumentId, Value, Value)> = of_policies.chain(of_others).collect();
        let rows = |(document, policy, layer): &(DocumentId, Value, Value)| {
            statements_of(facts, *document, policy, layer)
        };
        let mut rows: Vec<Vec<StatementRow>> = documents.par_iter().map(rows).collect();
        if with_places {
            let mut places = Places::new(self.engine);
            places.find_all(policies.iter().copied());
            let mut rows = rows.iter_mut();
            for (&policy, rows) in policies.iter().zip(rows.by_ref()) {
                // The layer makes no difference to the place.
                let id = |index| StatementId { policy, index };
                rows.iter_mut().for_each(|row| row.stands(places.reference(id(row.index), Layer::Identity)));
            }
            for ((policy, of), rows) in of_nobody.into_iter().zip(rows) {
                let mut stands =
                    |row: &mut StatementRow| row.stands(places.reference_of_nobody(policy, of, row.index));
                rows.iter_mut().for_each(&mut stands);
            }
        }
        rows.into_iter().flatten().map(|row| row.row).collect()
    }
}

impl Rows<'_> {
    /// The tests of the conditions of all statements.
    pub(super) fn condition_tests(&self) -> Vec<Row> {
        let facts = self.engine.facts();
        let held = facts.policies_in_use().map(|id| (self.policy(id), facts.policy(id).document));
        let of_nobody = facts
            .policies_of_nobody()
            .map(|policy| (Value::Text(policy.arn.clone()), policy.policy.map(|policy| policy.document)));
        let mut rows = Vec::new();
        for (policy, document) in held.chain(of_nobody) {
            let Some(document) = document else { continue };
            let parsed = facts.document(document);
            for statement in &parsed.document().statements {
                for condition in &statement.conditions {
                    for value in test_values(condition) {
                        rows.push(row([
                            policy.clone(),
                            Value::Number(statement.index.into()),
                            Value::text(&condition.operator.value.to_lowercase()),
                            Value::text(&condition.key.value.to_lowercase()),
                            Value::text(value),
                        ]));
                    }
                }
            }
        }
        rows
    }
}

/// A row of `statement`.
struct StatementRow {
    index: u32,
    row: Row,
}

impl StatementRow {
    /// Says where the statement stands.
    fn stands(&mut self, at: StatementReference) {
        if let [.., file, line] = &mut *self.row {
            (*file, *line) = (Value::text(&at.file), Value::Number(at.line.into()));
        }
    }
}

/// The statements of a document of a policy, without their places.
fn statements_of(facts: &Facts, document: DocumentId, policy: &Value, layer: &Value) -> Vec<StatementRow> {
    let parsed = facts.document(document);
    let (nowhere, none) = (optional(None::<&str>), Value::texts([]));
    let statements = parsed.document().statements.iter().map(|statement| {
        let [principals, actions, resources] = elements(statement, &none);
        let row = row([
            policy.clone(),
            Value::Number(statement.index.into()),
            Value::symbol(effect(statement.effect)),
            layer.clone(),
            match &statement.sid {
                Some(sid) => Value::text(&sid.value),
                None => nowhere.clone(),
            },
            principals.only,
            principals.except,
            actions.only,
            actions.except,
            resources.only,
            resources.except,
            match statement.conditions.as_slice() {
                [] => nowhere.clone(),
                conditions => Value::text(&condition(conditions)),
            },
            nowhere.clone(),
            Value::Number(0),
        ]);
        StatementRow { index: statement.index, row }
    });
    statements.collect()
}

/// The entries of an element, as one of two lists.
struct Element {
    only: Value,
    except: Value,
}

fn element<'a>(negated: bool, entries: impl IntoIterator<Item = &'a str>, none: &Value) -> Element {
    let (entries, none) = (Value::texts(entries), none.clone());
    match negated {
        true => Element { only: none, except: entries },
        false => Element { only: entries, except: none },
    }
}

/// Principals, actions and resources of a statement.
fn elements(statement: &Statement, none: &Value) -> [Element; 3] {
    let element = |negated, entries: &mut dyn Iterator<Item = &str>| element(negated, entries, none);
    let principals = match &statement.principal {
        PrincipalElement::Everyone => element(false, &mut ["*"].into_iter()),
        PrincipalElement::Entries { negated, entries } => {
            element(*negated, &mut entries.iter().map(|entry| &*entry.text))
        }
        PrincipalElement::Implicit | PrincipalElement::Missing | PrincipalElement::Unreadable => {
            element(false, &mut std::iter::empty())
        }
    };
    let actions = &statement.actions;
    let resources = match &statement.resources {
        Some(resources) => element(resources.negated, &mut resources.entries.iter().map(resource)),
        None => element(false, &mut std::iter::empty()),
    };
    [principals, element(actions.negated, &mut actions.entries.iter().map(action)), resources]
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
