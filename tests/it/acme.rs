//! The sample organisation: every question of `examples/acme/expected.jsonl` has the answer that was derived by hand.

use std::path::Path;

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use serde_json::Value;

pub fn acme() -> Estate {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
    Estate::load(&folder, &LoadOptions::default()).expect("the sample estate loads")
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// The rows of `expected.jsonl`.
pub fn rows() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme/expected.jsonl");
    let text = std::fs::read_to_string(path).expect("the expectations are there");
    text.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect()
}

/// What a row asks.
pub fn question(row: &Value) -> Question {
    let field = |name: &str| row[name].as_str().unwrap_or_default();
    let mut question = Question::new(field("principal"), field("action"), field("resource"));
    for (key, value) in row["context"].as_object().into_iter().flatten() {
        let values = strings(value);
        values.iter().for_each(|text| question.context.add(key, text));
        if values.is_empty() {
            question.context.absent(key);
        }
    }
    question
}

/// A role that trusts an account by the ARN of its root user lets in whom that account lets (S-PRN-02), not its root user
/// alone, which can take no role (S-SESS-09).
#[test]
fn an_outside_account_is_seen_behind_the_trust_in_it() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let question = Reverse {
        action: "sts:AssumeRole".to_owned(),
        resource: Some("arn:aws:iam::444444444444:role/partner-export".to_owned()),
        ..Reverse::default()
    };
    let found = engine.who_can(&question).expect("an answer");
    let names: Vec<&str> =
        found.rows.iter().map(|row| &*engine.facts().principal(row.principal).name).collect();
    assert_eq!(names, ["999999999999"]);
}

#[test]
fn the_sample_answers_as_derived_by_hand() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut wrong = Vec::new();
    let mut asked = 0;
    for row in rows() {
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let question = question(&row);
        asked += 1;
        let id =
            format!("{} {} {} {}", question.principal, question.action, field("resource"), row["context"]);
        let answer = match engine.can(&question) {
            Ok(answer) => answer,
            Err(error) => {
                wrong.push(format!("{id}: {error}"));
                continue;
            }
        };
        let decision = answer.decided.decision.name();
        let mut blocked: Vec<String> =
            answer.decided.blocked_by.iter().map(|layer| layer.to_string()).collect();
        blocked.sort();
        let mut expected = strings(&row["blocked_by"]);
        expected.sort();
        let conditions = &engine.facts().arena().conditions;
        let text = conditions.text(answer.decided.condition);
        if decision != field("decision") {
            wrong.push(format!(
                "{id}: {decision} ({text}), expected {}: {}",
                field("decision"),
                field("why")
            ));
        } else if row.get("blocked_by").is_some()
            && !answer.decided.decision.may_be_allowed()
            && blocked != expected
        {
            wrong.push(format!(
                "{id}: {decision} blocked by {blocked:?}, expected {expected:?}: {}",
                field("why")
            ));
        }
        for missing in strings(&row["missing"]) {
            if !answer.missing.iter().any(|text| text.contains(&missing)) {
                wrong.push(format!("{id}: missing {:?} lacks {missing}", answer.missing));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}
