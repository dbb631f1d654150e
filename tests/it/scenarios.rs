//! The engine against the scenario tables.

use std::fs;
use std::path::{Path, PathBuf};

use entail::answers::{Simulated, Simulator};
use entail::scenario::Scenario;

/// The lines of all scenario tables, with their places.
pub fn lines() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read_to_string(&file).expect("a table can be read");
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.extend(numbered.map(|(number, line)| (format!("{name}:{number}"), line.to_owned())));
    }
    lines
}

#[test]
fn the_engine_answers_the_tables() {
    let lines = lines();
    let mut wrong = Vec::new();
    // A batch has the same open keys.
    let (mut scenarios, mut places) = (Vec::new(), Vec::new());
    for (place, line) in &lines {
        match Scenario::read(line, 1) {
            Ok(scenario) => {
                scenarios.push(scenario);
                places.push(place);
            }
            Err(error) => wrong.push(format!("{place}: {error} at {}", error.path)),
        }
    }
    let simulator = Simulator::new(&scenarios);
    for (index, scenario) in scenarios.iter().enumerate() {
        let place = format!("{} {}", places[index], scenario.id);
        match simulator.decide(index) {
            Ok(answer) => wrong.extend(mismatch(scenario, &answer).map(|text| format!("{place}: {text}"))),
            Err(error) => wrong.push(format!("{place}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

fn mismatch(scenario: &Scenario, answer: &Simulated) -> Option<String> {
    let expected = scenario.expected.as_ref()?;
    let decision = answer.decided.decision.name();
    let mut blocked_by: Vec<String> =
        answer.decided.blocked_by.iter().map(|layer| layer.to_string()).collect();
    blocked_by.sort_unstable();
    let wanted =
        expected.blocked_by.as_ref().map(|layers| layers.iter().map(|l| l.to_string()).collect::<Vec<_>>());
    let same = *expected.decision == *decision && wanted.as_ref().is_none_or(|wanted| *wanted == blocked_by);
    (!same).then(|| {
        format!(
            "expected {} by {wanted:?}, got {decision} by {blocked_by:?}; missing {:?}",
            expected.decision, answer.missing
        )
    })
}
