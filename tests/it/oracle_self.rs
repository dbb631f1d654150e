//! The oracle against the scenario tables, and what keeps it independent of the engine.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::oracle::{Catalog, decide_scenario, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| format!("{}: {problem}", path.display()))
}

/// The catalog as the oracle reads it.
pub fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::LazyLock<Catalog> =
        std::sync::LazyLock::new(|| Catalog::read(&read(&root().join("catalog/catalog.txt"))).unwrap_or_default());
    &CATALOG
}

/// All scenario tables, line by line.
fn lines() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("tests/cases")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
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
    assert!(catalog().supports("s3:ListBucket", "arn:aws:s3:::b") && !catalog().supports("s3:ListBucket", "arn:aws:s3:::b/x"));
}

#[test]
fn every_line_says_why() {
    let mut ids = Vec::new();
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        let scenario = json::read(&line).unwrap_or_default();
        let text = |field: &str| scenario.get(field).and_then(Value::as_str).unwrap_or("").to_owned();
        let rules: Vec<&str> = scenario.get("rules").map(json::list).unwrap_or_default().into_iter().filter_map(Value::as_str).collect();
        if text("id").is_empty() || text("why").is_empty() || text("expected").is_empty() || rules.is_empty() {
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
    assert!(ids.len() >= 150, "{} lines", ids.len());
}

#[test]
fn the_oracle_uses_nothing_of_the_engine() {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join("tests/oracle")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "rs"));
    assert!(files.len() > 10, "the files of the oracle are where they were");
    for file in files {
        assert!(!read(&file).contains("entail::"), "{} uses the engine", file.display());
    }
}
