//! Values of context keys on both sides of the tests of a condition.

use std::collections::BTreeSet;

use entail::answers::Engine;
use entail::facts::keys::{self, Origin};
use entail::region::condition::{ConditionTree, Conditions};

/// Values to try of one key. An empty list is an absent key.
pub struct Values;

impl Values {
    /// The first key of a condition that a context can state and does not state yet, with values on both sides of each
    /// test on it.
    pub fn of(
        tree: &ConditionTree,
        conditions: &Conditions,
        is_stated: impl Fn(&str) -> bool,
    ) -> Option<(String, Vec<Vec<String>>)> {
        let mut tests = Vec::new();
        collect(tree, &mut tests);
        let key =
            tests.iter().map(|test| test.1).find(|key| !key.starts_with("request:") && !is_stated(key))?;
        let mut single: BTreeSet<String> = BTreeSet::new();
        for (operator, _, values) in tests.iter().filter(|test| test.1 == key) {
            values.iter().for_each(|value| around(operator, value, &mut single));
        }
        let multivalued = conditions.key_of(conditions.key(keys::key(key))).multivalued;
        let mut values: Vec<Vec<String>> = single.into_iter().map(|value| vec![value]).collect();
        if multivalued {
            let two: Vec<Vec<String>> =
                values.iter().map(|one| [one.as_slice(), &["qq".to_owned()]].concat()).collect();
            values.extend(two);
        }
        if may_be_absent(key) {
            values.push(Vec::new());
        }
        Some((key.to_owned(), values))
    }
}

/// Whether a context may state that a key is absent although it could follow from the estate.
fn may_be_absent(key: &str) -> bool {
    let derived = ["aws:principaltag/", "aws:resourcetag/", "aws:principalorg", "aws:resourceorg"];
    key != "aws:userid"
        && keys::resource_tag(key).is_none()
        && !derived.iter().any(|prefix| key.starts_with(prefix))
        && !keys::key(key).always_present
}

fn collect<'a>(tree: &'a ConditionTree, into: &mut Vec<(&'a str, &'a str, &'a [String])>) {
    match tree {
        ConditionTree::Test { operator, key, values } => into.push((operator, key, values)),
        ConditionTree::Not { not } => collect(not, into),
        ConditionTree::All { all: parts } | ConditionTree::Any { any: parts } => {
            parts.iter().for_each(|part| collect(part, into));
        }
        ConditionTree::Unknown { .. } => {}
    }
}

/// A value that a test on `value` tells from others, and one that it does not single out.
fn around(operator: &str, value: &str, into: &mut BTreeSet<String>) {
    let operator = operator.rsplit(':').next().unwrap_or_default();
    let mut add = |text: &str| {
        into.insert(text.to_owned());
    };
    match operator.trim_end_matches("IfExists") {
        "Bool" => ["true", "false"].into_iter().for_each(&mut add),
        name if name.starts_with("Numeric") => {
            let number: i64 = value.parse().unwrap_or_default();
            (number - 1..=number + 1).for_each(|number| add(&number.to_string()));
        }
        name if name.starts_with("Date") => {
            [value, "2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"].into_iter().for_each(&mut add);
        }
        "IpAddress" | "NotIpAddress" => {
            add(value.split('/').next().unwrap_or_default());
            add("198.51.100.77");
        }
        "Null" => add("qq"),
        _ => {
            add("qq");
            if !value.contains("${") {
                add(&value.replace('*', "").replace('?', "q"));
                add(&value.replace(['*', '?'], "q"));
            }
        }
    }
}

/// The keys that the estate's documents test and that a complete context has to state.
pub fn open_keys(engine: &Engine) -> Vec<String> {
    let facts = engine.facts();
    let documents = (0..facts.policies.len()).filter_map(|index| facts.policies[index].document);
    let mut found: BTreeSet<String> = BTreeSet::new();
    for document in documents {
        let document = facts.document(document);
        for statement in &document.document().statements {
            found.extend(statement.conditions.iter().map(|test| test.key.value.to_lowercase()));
        }
    }
    let of_session = |key: &str| {
        ["aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime", "aws:sourceidentity"]
            .contains(&key)
    };
    let of_service = |key: &str| {
        ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"].contains(&key)
    };
    // S-S3-09
    let takes_from_vpc_only =
        engine.estate().resources.values().any(|resource| resource.settings.vpc_only == Some(true));
    found.extend(takes_from_vpc_only.then(|| "aws:sourcevpc".to_owned()));
    found.retain(|key| keys::origin(key) == Origin::Request || of_session(key) || of_service(key));
    found.into_iter().collect()
}
