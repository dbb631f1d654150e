//! The answer to a scenario.

use super::can::took_part;
use super::{condition_of, decision, depends, layer};
use crate::answers::Simulated;
use crate::document::{Effect, PolicyForm, PolicyText, Problem, ProblemCode, Severity, Source, Span};
use crate::facts::{Layer, PolicyLabel, StatementId};
use crate::output::{
    ConditionView, EffectWord, ScenarioAnswer, ScenarioErrorView, ScenarioProblem, StatementReference,
};
use crate::rules::decision::Decision;
use crate::scenario::{Scenario, ScenarioError, StatedPolicy, column};

/// Where the line of a scenario stands.
#[derive(Clone, Copy)]
pub struct LineOf<'a> {
    /// The file.
    pub file: &'a str,
    /// The number of the line, from 1.
    pub number: u32,
}

/// The answer to a scenario as plain data.
pub fn scenario_view(scenario: &Scenario, line: LineOf, simulated: &Simulated) -> ScenarioAnswer {
    let decided = &simulated.decided;
    let conditions = &simulated.facts.arena().conditions;
    let mut answer = ScenarioAnswer {
        id: scenario.id.to_string(),
        decision: decision(decided.decision),
        blocked_by: decided.blocked_by.iter().map(layer).collect(),
        lacking: simulated.lacking.iter().map(|action| (*action).to_owned()).collect(),
        condition: match (decided.decision, decided.condition.is_never()) {
            (Decision::Conditional | Decision::Unknown, true) => Some(ConditionView::never()),
            _ => condition_of(conditions, decided.condition).map(|view| view.unproved(!decided.proved)),
        },
        statements: statements(scenario, line, simulated),
        missing: simulated.missing.clone(),
        assumed: depends(&simulated.assumed).collect(),
        refused: simulated.refusal.filter(|_| decided.gated).map(str::to_owned),
        warnings: simulated.warnings.iter().cloned().chain(odd_policies(scenario, line, simulated)).collect(),
        problems: problems(scenario, line, simulated),
        expected: None,
        compared: scenario.expected.is_some(),
    };
    if let Some(expected) = &scenario.expected {
        let mut blocked_by: Vec<&str> = answer.blocked_by.iter().map(|layer| layer.as_str()).collect();
        blocked_by.sort_unstable();
        let same_layers = expected
            .blocked_by
            .as_ref()
            .is_none_or(|layers| layers.iter().map(|layer| &**layer).eq(blocked_by));
        if *expected.decision != *decided.decision.name() || !same_layers {
            let by = expected.blocked_by.as_ref().filter(|layers| !layers.is_empty());
            let by = by.map(|layers| format!(" by {}", layers.join(", "))).unwrap_or_default();
            answer.expected = Some(format!("{}{by}", expected.decision));
        }
    }
    answer
}

/// A line that is no scenario, as plain data.
pub fn scenario_error_view(id: Option<String>, number: u32, error: &ScenarioError) -> ScenarioErrorView {
    ScenarioErrorView {
        id: id.unwrap_or_else(|| number.to_string()),
        error: ScenarioProblem {
            message: error.message.clone(),
            line: number,
            column: error.column,
            path: error.path.to_string(),
        },
    }
}

/// The statements that the decision rests on.
fn statements(scenario: &Scenario, line: LineOf, simulated: &Simulated) -> Vec<StatementReference> {
    let seen = took_part(simulated.decided.decision, &simulated.matched);
    seen.into_iter()
        .filter_map(|(of, statement)| reference(scenario, line, simulated, of, statement))
        .collect()
}

fn reference(
    scenario: &Scenario,
    line: LineOf,
    simulated: &Simulated,
    of: Layer,
    id: StatementId,
) -> Option<StatementReference> {
    let fact = simulated.facts.policy(id.policy);
    let PolicyLabel::OfScenario(place) = fact.label else { return None };
    let stated = scenario.policies().find(|policy| policy.place == place)?;
    let compiled = simulated.facts.compiled(id.policy);
    let (sid, effect, span, path) = match compiled.document.document().statement(id.index as usize) {
        Some((statement, inner)) => {
            let sid = statement.sid.as_ref().map(|sid| sid.value.to_string());
            (sid, statement.effect, inner.span, inner.path)
        }
        None => (None, Effect::Deny, Span::default(), crate::document::JsonPath::root()),
    };
    let (column, path) = position(scenario, stated, span, path);
    Some(StatementReference {
        policy: place.to_string(),
        sid,
        index: id.index,
        effect: if effect == Effect::Allow { EffectWord::Allow } else { EffectWord::Deny },
        layer: layer(of),
        file: line.file.to_owned(),
        line: line.number,
        column,
        path,
    })
}

/// The column in the line, and the path, of a place in a policy.
fn position(
    scenario: &Scenario,
    policy: &StatedPolicy,
    span: Span,
    path: crate::document::JsonPath,
) -> (u32, String) {
    let form = match policy.value.starts_with('"') {
        false => PolicyForm::Object,
        true => PolicyText::decode(policy.value).map_or(PolicyForm::Escaped, |text| text.form),
    };
    let origin = policy.origin(scenario.line, form);
    let (start, path) = match form {
        PolicyForm::Object => (origin.span.start + span.start, origin.path.join(&path)),
        PolicyForm::Escaped | PolicyForm::Encoded => {
            let source = Source::new("", scenario.line.to_owned());
            let outer = origin.place(&source, &crate::document::Place { path, span });
            (outer.span.start, outer.path)
        }
    };
    (column(scenario.line, start as usize), path.to_string())
}

/// What is wrong with the policies of a scenario, warnings left out.
fn problems(scenario: &Scenario, line: LineOf, simulated: &Simulated) -> Vec<ScenarioProblem> {
    found(scenario, line, simulated, |problem| problem.severity == Severity::Error)
}

/// What is odd about the policies and has a meaning all the same (S-RCP-11). A `Sid` never matters.
fn odd_policies(scenario: &Scenario, line: LineOf, simulated: &Simulated) -> Vec<String> {
    let matters =
        |problem: &Problem| problem.severity == Severity::Warning && problem.code != ProblemCode::OddSid;
    let found = found(scenario, line, simulated, matters).into_iter();
    let text =
        |ScenarioProblem { message, line, column, path }| format!("{message}, at {path} ({line}:{column})");
    found.map(text).collect()
}

/// The problems of some kind in the policies of a scenario, with their places in its line.
fn found(
    scenario: &Scenario,
    line: LineOf,
    simulated: &Simulated,
    wanted: impl Fn(&Problem) -> bool,
) -> Vec<ScenarioProblem> {
    let mut problems = Vec::new();
    for &id in &simulated.policies {
        let PolicyLabel::OfScenario(place) = simulated.facts.policy(id).label else { continue };
        let Some(document) = simulated.facts.policy(id).document else { continue };
        let parsed = simulated.facts.document(document);
        if !parsed.document().problems.iter().any(&wanted) {
            continue;
        }
        let Some(stated) = scenario.policies().find(|policy| policy.place == place) else { continue };
        for problem in parsed.document().problems.iter().filter(|problem| wanted(problem)) {
            let (column, path) = position(scenario, stated, problem.place.span, problem.place.path.clone());
            problems.push(ScenarioProblem {
                message: problem.message.to_string(),
                line: line.number,
                column,
                path,
            });
        }
    }
    problems
}
