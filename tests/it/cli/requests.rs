//! Files of requests: every line has a row, and whatever is said of one names it.

use std::process::Command;

use serde_json::{Value, json};

const ACME: &str = "examples/acme";

/// Exit code, standard output, and standard error with `requests.jsonl` as the file's name.
fn ask(lines: &[u8], format: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, lines).expect("writable");
    let path = file.path().to_str().expect("UTF-8");
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(["can", ACME, "--requests", path, "--format", format, "--now", "2026-01-01"])
        .args(more)
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(path, "requests.jsonl");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A request that is answered, and lines that are not.
const LINES: &str = concat!(
    "\u{feff}{\"id\": \"good\", \"principal\": \"bob\", \"action\": \"iam:ListUsers\"}\n",
    "{\"id\": \"who\", \"principal\": \"nobody-here\", \"action\": \"iam:ListUsers\"}\n",
    "{\"principal\": \"bob\", \"action\": \"s3:GetObject\"}\n",
    "[\"a\", \"bob\", \"iam:ListUsers\", null, null, {}]\n",
    "{\"id\": \"typo\", \"principal\": \"bob\", \"action\": \"iam:ListUsers\", \"ressource\": \"*\"}\n",
    "{\"principal\": \"bob\", \"action\": \"iam:ListUsers\", \"context\": {\"aws:SourceIp\": \"10.0.0.300\"}}\n",
    "{\"principal\": \"bob\", \"action\": \"iam:ListUsers\", \"context\": {\"aws:SorceIp\": \"x\"}}\n",
    "{\"principal\": \"bob\"}\n",
);

#[test]
fn every_line_has_a_row_and_every_word_its_line() {
    let (code, out, err) = ask(LINES.as_bytes(), "json", &[]);
    assert_eq!(code, Some(2), "{err}");
    let rows: Vec<Value> = serde_json::from_str(&out).expect("JSON");
    let of = |row: &Value| (row["id"].clone(), row["error"]["line"].clone());
    assert_eq!(rows[0]["request"]["id"], "good");
    assert_eq!(rows[6]["request"]["id"], "7");
    let refused: Vec<_> = [1, 2, 3, 4, 5, 7].iter().map(|&at| of(&rows[at])).collect();
    let wanted = [("who", 2), ("3", 3), ("4", 4), ("typo", 5), ("6", 6), ("8", 8)];
    assert_eq!(refused, wanted.map(|(id, line)| (json!(id), json!(line))));
    insta::assert_snapshot!("refused_requests", err);
    for format in ["jsonl", "csv"] {
        let (_, out, _) = ask(LINES.as_bytes(), format, &[]);
        assert_eq!(out.lines().count(), 8 + usize::from(format == "csv"), "{out}");
    }
    let (_, table, _) = ask(LINES.as_bytes(), "table", &[]);
    assert!(table.ends_with("0 of 8 allowed, 6 refused\n"), "{table}");
}

#[test]
fn rows_of_refused_lines_hold_pseudonyms() {
    let (_, out, err) = ask(LINES.as_bytes(), "jsonl", &["--redact"]);
    assert!(!out.contains("nobody-here") && !err.contains("nobody-here"), "{out}{err}");
    assert_eq!(out.lines().count(), 8, "{out}");
}
