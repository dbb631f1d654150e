//! The sample organisation: every question of `examples/acme/expected.jsonl` has the answer that was derived by hand.

use std::path::Path;

use entail::answers::{Context, Engine, EngineOptions, Question};
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

#[test]
fn the_sample_answers_as_derived_by_hand() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme/expected.jsonl"))
            .expect("the expectations are there");
    let mut wrong = Vec::new();
    let mut asked = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let mut context = Context::new();
        for (key, value) in row["context"].as_object().into_iter().flatten() {
            match value {
                Value::Null => context.absent(key),
                value => strings(value).iter().for_each(|text| context.add(key, text)),
            }
        }
        let question = Question {
            principal: field("principal"),
            action: field("action"),
            resource: Some(field("resource")),
            context,
            ..Question::default()
        };
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
