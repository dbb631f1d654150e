//! The oracle against the scenario tables, and what keeps it independent of the engine.

mod names;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::oracle::{Catalog, Decision, Unknown, decide_scenario, decide_scenario_with, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| format!("{}: {problem}", path.display()))
}

/// The catalog as the oracle reads it.
pub fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| {
        Catalog::read(&read(&root().join("catalog/catalog.txt"))).unwrap_or_default()
    });
    &CATALOG
}

/// All scenario tables, line by line.
fn lines() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("tests/cases"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "jsonl")) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for (number, line) in read(file).lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            lines.push((format!("{name}:{}", number + 1), line.to_owned()));
        }
    }
    lines
}

/// What is wrong with the oracle's answer to a line, if anything.
fn mismatch(scenario: &Value) -> Option<String> {
    let answer = match decide_scenario(scenario, catalog()) {
        Ok(answer) => answer,
        Err(problem) => return Some(problem),
    };
    let words: Vec<&str> = answer.blocked_by.iter().map(|layer| layer.word()).collect();
    let expected = scenario.get("expected").and_then(Value::as_str)?;
    if answer.decision.word() != expected {
        return Some(format!("expected {expected}, got {answer:?}"));
    }
    let blocked_by = scenario.get("blocked_by")?;
    let listed: Vec<&str> = json::list(blocked_by).into_iter().filter_map(Value::as_str).collect();
    (listed != words).then(|| format!("blocked by {listed:?} expected, got {answer:?}"))
}

#[test]
fn the_oracle_answers_the_tables() {
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        match json::read(&line) {
            Ok(scenario) => {
                let id = scenario.get("id").and_then(Value::as_str).unwrap_or("?").to_owned();
                wrong.extend(mismatch(&scenario).map(|problem| format!("{place} {id}: {problem}")));
            }
            Err(problem) => wrong.push(format!("{place}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_oracle_reads_the_catalog() {
    let read = Catalog::read(&read(&root().join("catalog/catalog.txt")));
    assert_eq!(read.as_ref().err(), None);
    assert!(catalog().is_wildcard_only("s3:ListAllMyBuckets") && !catalog().is_wildcard_only("s3:GetObject"));
    assert!(
        catalog().supports("s3:ListBucket", "arn:aws:s3:::b")
            && !catalog().supports("s3:ListBucket", "arn:aws:s3:::b/x")
    );
}

#[test]
fn every_line_says_why() {
    let mut ids = Vec::new();
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        let scenario = json::read(&line).unwrap_or_default();
        let text = |field: &str| scenario.get(field).and_then(Value::as_str).unwrap_or("").to_owned();
        let rules: Vec<&str> = scenario
            .get("rules")
            .map(json::list)
            .unwrap_or_default()
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        if text("id").is_empty() || text("why").is_empty() || text("expected").is_empty() || rules.is_empty()
        {
            wrong.push(format!("{place}: id, why, expected and rules are needed"));
        }
        if rules.iter().any(|rule| !rule.starts_with("S-") && !rule.starts_with("U-")) {
            wrong.push(format!("{place}: {rules:?}"));
        }
        if ids.contains(&text("id")) {
            wrong.push(format!("{place}: the id {} is used twice", text("id")));
        }
        ids.push(text("id"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ids.len() >= 600, "{} lines", ids.len());
}

/// All scenarios by their ids.
fn scenarios() -> BTreeMap<String, Value> {
    let read = |(_, line): (String, String)| {
        let scenario = json::read(&line).ok()?;
        Some((scenario.get("id")?.as_str()?.to_owned(), scenario))
    };
    lines().into_iter().filter_map(read).collect()
}

/// The id of the scenario on the other side of the line: the field `twin`, or by name.
fn twin(id: &str, scenario: &Value) -> String {
    match (scenario.get("twin").and_then(Value::as_str), id.strip_suffix("-twin")) {
        (Some(named), _) => named.to_owned(),
        (None, Some(first)) => first.to_owned(),
        (None, None) => format!("{id}-twin"),
    }
}

/// What a scenario asks, in the parts of which twins differ in one: who calls, what for, in which context, and each layer.
fn parts(scenario: &Value) -> Vec<(&'static str, Vec<&Value>)> {
    const LAYERS: [&str; 10] = [
        "identity_policies",
        "resource_policy",
        "boundaries",
        "session_policy",
        "session_policies",
        "scps",
        "rcps",
        "endpoint_policies",
        "settings",
        "organization",
    ];
    let field = |path: &str| scenario.pointer(path).unwrap_or(&Value::Null);
    let all = |paths: &[&str]| paths.iter().map(|path| field(path)).collect();
    let mut parts = vec![
        ("caller", all(&["/request/principal", "/caller"])),
        ("target", all(&["/request/action", "/request/resource", "/request/resource_account", "/resources"])),
        ("context", all(&["/request/context", "/derive", "/unknown", "/partial"])),
    ];
    parts.extend(LAYERS.map(|layer| (layer, vec![scenario.get(layer).unwrap_or(&Value::Null)])));
    parts
}

#[test]
fn every_line_has_a_twin() {
    let scenarios = scenarios();
    let mut wrong = Vec::new();
    for (id, scenario) in &scenarios {
        let name = twin(id, scenario);
        let Some(other) = scenarios.get(&name) else {
            wrong.push(format!("{id}: there is no {name}"));
            continue;
        };
        let differing: Vec<&str> = parts(scenario)
            .into_iter()
            .zip(parts(other))
            .filter(|(one, other)| one.1 != other.1)
            .map(|(one, _)| one.0)
            .collect();
        if differing.len() != 1 {
            wrong.push(format!("{id} and {name} differ in {differing:?}"));
        }
        if scenario.get("expected") == other.get("expected") {
            wrong.push(format!("{id} and {name} have the same answer"));
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn denials_say_which_layers_block() {
    let mut wrong = Vec::new();
    for (id, scenario) in scenarios() {
        let denied =
            scenario.get("expected").and_then(Value::as_str).is_some_and(|word| word.ends_with("Denied"));
        if denied != scenario.get("blocked_by").is_some_and(Value::is_array) {
            wrong.push(id);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn no_question_is_asked_twice() {
    // Rows of the truth table that the format can't tell apart (how public access came to be blocked), and a repeated key,
    // which the reader used here passes over.
    const SAME: [&str; 6] = ["T-75", "T-75-twin", "T-143", "T-143-twin", "cond-dup", "cond-dup-twin"];
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        let scenario: Value = serde_json::from_str(&line).unwrap_or_default();
        if SAME.iter().any(|id| scenario.get("id").and_then(Value::as_str) == Some(id)) {
            continue;
        }
        let question: Vec<String> =
            parts(&scenario).into_iter().flat_map(|(_, values)| values).map(Value::to_string).collect();
        if let Some(first) = asked.insert(question.join("\n"), place.clone()) {
            wrong.push(format!("{first} and {place}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows of the truth table that a scenario can't state, and what it can't say.
const NOT_STATED: [(u32, &str); 18] = [
    (106, "that a policy comes from a group"),
    (107, "versions of a managed policy"),
    (108, "a grant on a key"),
    (114, "launch permissions"),
    (115, "launch permissions that were not loaded"),
    (116, "a caller whose account was not loaded"),
    (117, "a caller whose account was not loaded"),
    (118, "a caller whose account was not loaded"),
    (119, "a boundary whose document was not loaded"),
    (120, "a boundary whose document was not loaded"),
    (121, "an ACL that was not loaded"),
    (123, "grants that were not loaded"),
    (125, "a grant on a key"),
    (130, "an object of a foreign owner"),
    (133, "that root access is enabled in the organization"),
    (144, "the S3 policy of an organization"),
    (160, "a session of which nobody knows the session policies"),
    (161, "an endpoint that the request may or may not go through"),
];

#[test]
fn the_truth_table_is_complete() {
    let scenarios = scenarios();
    let missing: Vec<u32> = (1..=164)
        .filter(|row| {
            let stated =
                ["", "a", "b"].iter().any(|letter| scenarios.contains_key(&format!("T-{row:02}{letter}")));
            stated == NOT_STATED.iter().any(|(number, _)| number == row)
        })
        .collect();
    assert!(missing.is_empty(), "neither stated nor listed, or both: {missing:?}");
}

#[test]
fn what_is_not_known_may_be_said_beside_a_scenario() {
    let scenario = json!({
        "request": {"principal": "arn:aws:iam::111111111111:user/u", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {}},
        "identity_policies": [{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringLike": {"aws:PrincipalTag/team": "r*"}}}}],
    });
    let decide =
        |unknown: &Unknown| decide_scenario_with(&scenario, unknown, catalog()).map(|answer| answer.decision);
    let key = |key: &str| Unknown { keys: vec![key.to_owned()], partial: false };
    assert_eq!(decide(&Unknown::default()), Ok(Decision::ImplicitlyDenied));
    assert_eq!(decide(&key("AWS:PrincipalTag/Team")), Ok(Decision::Doubtful));
    assert_eq!(decide(&key("aws:SourceIp")), Ok(Decision::ImplicitlyDenied));
    assert_eq!(decide(&Unknown { keys: Vec::new(), partial: true }), Ok(Decision::Doubtful));
}

#[test]
fn the_oracle_uses_nothing_of_the_engine() {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("tests/oracle"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "rs"));
    assert!(files.len() > 10, "the files of the oracle are where they were");
    for file in files {
        assert!(!read(&file).contains("entail::"), "{} uses the engine", file.display());
    }
}
