//! Small estates with questions whose answers follow from a rule: `tests/cases/estates.jsonl`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::both::{Ask, Judges, Verdict};

fn written(files: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files.as_object().expect("files by path") {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, content.to_string()).expect("the file is written");
    }
    folder
}

fn ask(row: &Value) -> Ask {
    let field = |name: &str| row[name].as_str().unwrap_or_default();
    let mut ask = Ask::new(field("principal"), field("action"), field("resource"));
    for (key, values) in row["context"].as_object().into_iter().flatten() {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        ask.context.insert(key.to_lowercase(), values.map(str::to_owned).collect());
    }
    ask
}

#[test]
fn small_estates_answer_as_the_rules_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/estates.jsonl");
    let text = fs::read_to_string(path).expect("the cases are there");
    let mut wrong = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a case is JSON");
        let folder = written(&case["estate"]);
        let judges = Judges::load(folder.path());
        for row in case["requests"].as_array().expect("requests") {
            let ask = ask(row);
            let expected = match row["expected"].as_str().expect("what is expected") {
                "Conditional" | "Unknown" => Verdict::Open,
                word => {
                    let layers = row["blocked_by"].as_array().into_iter().flatten().filter_map(Value::as_str);
                    Verdict::definite(word, layers)
                }
            };
            for (who, answer) in [("engine", judges.of_engine(&ask)), ("oracle", judges.of_oracle(&ask))] {
                if answer.as_ref() != Ok(&expected) {
                    wrong.push(format!("{} {who}: {ask}: {answer:?}, expected {expected:?}", case["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
