//! The engine against the oracle on the sample organisation: every expected question, and every principal with actions
//! and resources at the borders of what the policies of the sample name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use entail::catalog::Catalog;
use entail::document::{ActionEntry, Document, ResourceEntry};
use entail::facts::{PrincipalKind, takes_resource};
use rayon::prelude::*;
use serde_json::Value;

use crate::both::{Ask, Difference, Judges, expect_none};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme")
}

fn expected() -> Vec<Ask> {
    let text = std::fs::read_to_string(sample().join("expected.jsonl")).expect("the expectations are there");
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let values = |value: &Value| match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        };
        let context: BTreeMap<String, Vec<String>> = row["context"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.to_lowercase(), values(value)))
            .collect();
        Ask { principal: field("principal"), action: field("action"), resource: field("resource"), context }
    };
    text.lines().map(row).collect()
}

#[test]
fn the_oracle_agrees_on_the_expected_questions_of_the_sample() {
    let judges = Judges::load(&sample());
    let mut differences = Vec::new();
    let asked: usize = expected().iter().map(|ask| judges.compare(ask, 40, &mut differences)).sum();
    expect_none(asked, &differences);
}

#[test]
fn the_oracle_agrees_on_all_principals_of_the_sample() {
    let judges = Judges::load(&sample());
    let pairs = borders(&judges);
    let principals: Vec<String> = judges
        .engine
        .facts()
        .principals
        .iter()
        .filter(|fact| fact.kind != PrincipalKind::Account && !is_bare_provider(&fact.name, fact.kind))
        .map(|fact| fact.name.to_string())
        .collect();
    assert!(pairs.len() >= 60, "{} pairs", pairs.len());
    assert!(principals.len() >= 40, "{} principals", principals.len());
    let found: Vec<(usize, Vec<Difference>)> = principals
        .par_iter()
        .map(|principal| {
            let mut differences = Vec::new();
            let compare = |(action, resource): &(String, String)| {
                judges.compare(&Ask::new(principal, action, resource), 6, &mut differences)
            };
            (pairs.iter().map(compare).sum(), differences)
        })
        .collect();
    let asked = found.iter().map(|(asked, _)| asked).sum();
    let differences: Vec<_> = found.into_iter().flat_map(|(_, differences)| differences).collect();
    expect_none(asked, &differences);
}

/// Built-in providers such as `accounts.google.com` have no ARN by which the oracle could tell them from services.
fn is_bare_provider(name: &str, kind: PrincipalKind) -> bool {
    kind == PrincipalKind::IdentityProvider && !name.starts_with("arn:")
}

/// Pairs of action and resource at the borders of the statements of the sample: what each resource pattern just holds
/// and just misses, with the first and the last action that the statement's patterns hold for such a resource.
fn borders(judges: &Judges) -> Vec<(String, String)> {
    let facts = judges.engine.facts();
    let documents: BTreeSet<_> = facts.policies.iter().filter_map(|policy| policy.document).collect();
    let mut known: BTreeSet<String> = facts.estate.resources.keys().map(|arn| arn.to_string()).collect();
    known.extend(
        facts.principals.iter().map(|fact| fact.name.to_string()).filter(|name| name.contains(":iam:")),
    );
    let mut pairs = BTreeSet::new();
    for document in documents {
        pairs.extend(of_document(facts.document(document).document(), &known));
    }
    // Enough to meet every statement, few enough for every principal.
    let all: Vec<(String, String)> = pairs.into_iter().collect();
    let step = all.len().div_ceil(160).max(1);
    all.into_iter().step_by(step).collect()
}

fn of_document(document: &Document<'_>, known: &BTreeSet<String>) -> Vec<(String, String)> {
    let catalog = Catalog::embedded();
    let mut pairs = Vec::new();
    for statement in &document.statements {
        let mut resources: BTreeSet<String> = known.clone();
        for entry in statement.resources.iter().flat_map(|element| &element.entries) {
            let ResourceEntry::Pattern(pattern) = entry else { continue };
            let text =
                pattern.value.replace("${aws:username}", "bob").replace("iam::*:", "iam::444444444444:");
            if text.starts_with("arn:") && !text.contains("${") {
                let held = text.replace(['*', '?'], "x");
                resources.insert(held[..held.len() - 1].to_owned());
                resources.insert(text.replace('*', "").replace('?', "x"));
                resources.insert(held);
            }
        }
        for entry in &statement.actions.entries {
            let ActionEntry::Pattern(pattern) = entry else { continue };
            if &*pattern.value == "*" {
                continue;
            }
            let actions: Vec<_> = catalog.matching(&pattern.value).iter().collect();
            let free = actions.iter().find(|&&id| catalog.is_wildcard_only(id));
            pairs.extend(free.map(|&id| (catalog.action_name(id), "*".to_owned())));
            for resource in &resources {
                let mut taking = actions.iter().filter(|&&id| takes_resource(catalog, id, resource));
                let first = taking.next();
                let last = taking.next_back();
                let named =
                    first.into_iter().chain(last).map(|&id| (catalog.action_name(id), resource.clone()));
                pairs.extend(named);
            }
        }
    }
    pairs
}
