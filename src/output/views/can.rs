//! The answer to `can`.

use std::sync::Arc;

use super::remedy::remedies;
use super::{Places, assumed, condition, decision, depends, layer, other_endpoints};
use crate::answers::{Answer, Engine, Stated, Towards};
use crate::facts::{Layer, ParsedPolicy, PolicyId, StatementId};
use crate::output::{CanAnswer, ConditionView, ContextView, RequestView, StatementReference, Step, Why};
use crate::rules::decision::Decision;
use crate::rules::request::{Examined, Matched};

/// Answers as plain data. What was found out for one is not found out again for another.
pub struct CanViews<'a> {
    /// The policy that the questions gave.
    given: Option<Arc<ParsedPolicy>>,
    /// Of each engine that answered.
    places: Vec<Places<'a>>,
}

impl<'a> CanViews<'a> {
    /// Views of answers to questions that gave this session policy, or none.
    pub fn new(given: Option<Arc<ParsedPolicy>>) -> Self {
        Self { given, places: Vec::new() }
    }

    /// Finds where the statements stand on which some answers rest, or with `why` all that took part.
    pub fn prepare(&mut self, answers: &[&Answer<'a>], why: bool) {
        for of_engine in answers.chunk_by(|a, b| std::ptr::eq(a.engine, b.engine)) {
            let Some(first) = of_engine.first() else { continue };
            let shown = of_engine.iter().flat_map(|answer| {
                let matched = &answer.examined.matched;
                let all: Vec<PolicyId> = match why {
                    true => matched.iter().map(|matched| matched.statement.policy).collect(),
                    false => took_part(answer.decided.decision, matched)
                        .into_iter()
                        .map(|(_, statement)| statement.policy)
                        .collect(),
                };
                all
            });
            self.places(first.engine).find_all(shown);
        }
    }

    /// The answer, with what would make it a yes, and with its proof if `why` asks for one.
    pub fn view(&mut self, answer: &Answer<'a>, towards: Option<Towards>, why: bool) -> CanAnswer {
        view(answer, self.places(answer.engine), towards, why)
    }

    fn places(&mut self, engine: &'a Engine) -> &mut Places<'a> {
        let known = self.places.iter().position(|places| places.is_of(engine));
        let at = known.unwrap_or_else(|| {
            self.places.push(Places::new(engine).with_given(self.given.clone()));
            self.places.len() - 1
        });
        &mut self.places[at]
    }
}

/// One answer as plain data, with what would make it a yes, and with its proof if `why` asks for one.
pub fn can_view(answer: &Answer, towards: Option<Towards>, why: bool) -> CanAnswer {
    let mut places = Places::new(answer.engine).with_given(answer.session_policy.clone());
    view(answer, &mut places, towards, why)
}

fn view(answer: &Answer, places: &mut Places, towards: Option<Towards>, why: bool) -> CanAnswer {
    let engine = answer.engine;
    let decided = &answer.decided;
    let (allowed_with, open) = match towards {
        Some(Towards::Context(context)) => {
            (Some(context.into_iter().map(context_view).collect()), Vec::new())
        }
        Some(Towards::Open(questions)) => (None, questions),
        None => (None, Vec::new()),
    };
    CanAnswer {
        request: RequestView {
            id: None,
            principal: answer.caller.name.to_string(),
            action: answer.target.action.name.to_string(),
            resource: answer.target.resource.to_string(),
        },
        decision: decision(decided.decision),
        layer: decided.layer.map(layer),
        blocked_by: decided.blocked_by.iter().map(layer).collect(),
        refused: {
            let gate = answer.examined.gate.as_ref().filter(|_| decided.gated);
            gate.map(|gate| gate.reason.to_owned())
        },
        lacking: answer.examined.lacking.iter().map(|lacking| lacking.action.to_owned()).collect(),
        condition: match (decided.decision, decided.condition.is_never()) {
            (Decision::Conditional | Decision::Unknown, true) => Some(ConditionView::never()),
            _ => condition(engine, decided.condition).map(|view| view.unproved(!decided.proved)),
        },
        allowed_with,
        open,
        statements: deciding(decided.decision, &answer.examined, places),
        missing: answer.missing.clone(),
        assumed: assumed(&answer.assumed)
            .chain(depends(&answer.depends))
            .chain(other_endpoints(answer.other_endpoints))
            .collect(),
        through: None,
        why: why.then(|| proof(engine, places, answer)),
    }
}

fn context_view(Stated { key, values }: Stated) -> ContextView {
    ContextView { key, absent: values.is_none(), values: values.unwrap_or_default() }
}

/// The statements that a decision rests on: the Denies of an explicit denial, else what allowed and what may still deny.
pub fn deciding(decision: Decision, examined: &Examined, places: &mut Places) -> Vec<StatementReference> {
    let mut seen = took_part(decision, &examined.matched);
    seen.retain(|(_, statement)| places.is_written(*statement));
    let mut references: Vec<_> =
        seen.into_iter().map(|(layer, statement)| places.reference(statement, layer)).collect();
    references.sort();
    references.dedup();
    references
}

/// The statements that a decision rests on, with the layers in which they took part.
pub(super) fn took_part(decision: Decision, matched: &[Matched]) -> Vec<(Layer, StatementId)> {
    let wanted = |matched: &&Matched| match decision {
        Decision::ExplicitlyDenied => matched.denies,
        Decision::Allowed => !matched.denies,
        Decision::Conditional | Decision::Unknown => true,
        Decision::ImplicitlyDenied => false,
    };
    let mut seen: Vec<(Layer, StatementId)> =
        matched.iter().filter(wanted).map(|matched| (matched.layer, matched.statement)).collect();
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// What a layer without a Deny does not allow: the request, or what its call needs besides.
fn lacks(answer: &Answer, of: Layer) -> Vec<String> {
    let examined = &answer.examined;
    let lacking = examined.lacking.iter().filter(|it| it.blocked_by.contains(of));
    let further =
        lacking.map(|it| format!("{of} does not allow {}, which the call needs besides", it.action));
    let further: Vec<String> = further.collect();
    let own = further.is_empty() || examined.own_blocked_by.contains(of);
    own.then(|| format!("{of} does not allow the request")).into_iter().chain(further).collect()
}

/// Each layer that spoke, what it said, and the conclusion.
fn proof(engine: &Engine, places: &mut Places, answer: &Answer) -> Why {
    let mut steps: Vec<Step> = Vec::new();
    for of in Layer::ALL {
        for denies in [true, false] {
            let matched: Vec<&Matched> = answer
                .examined
                .matched
                .iter()
                .filter(|matched| matched.layer == of && matched.denies == denies)
                .collect();
            if matched.is_empty() {
                continue;
            }
            let conditions = &engine.facts().arena().conditions;
            let when = conditions.or_all(matched.iter().map(|matched| matched.condition));
            let verb = if denies { "denies" } else { "allows" };
            let fact = match condition(engine, when) {
                None => format!("{of} {verb} the request"),
                Some(view) => format!("{of} {verb} the request if {}", view.text),
            };
            let written: Vec<_> =
                matched.iter().filter(|matched| places.is_written(matched.statement)).collect();
            let mut statements: Vec<_> =
                written.into_iter().map(|matched| places.reference(matched.statement, of)).collect();
            statements.sort();
            statements.dedup();
            steps.push(Step { rule: None, fact, premises: Vec::new(), statements });
        }
    }
    if let Some(gate) = &answer.examined.gate {
        let fact = format!("the service refuses: {}", gate.reason);
        steps.push(Step {
            rule: Some(gate.rule.to_owned()),
            fact,
            premises: Vec::new(),
            statements: Vec::new(),
        });
    }
    let silent: Vec<String> = answer
        .decided
        .blocked_by
        .iter()
        .filter(|of| !answer.examined.matched.iter().any(|matched| matched.layer == *of && matched.denies))
        .flat_map(|of| lacks(answer, of))
        .collect();
    for fact in silent {
        steps.push(Step { rule: None, fact, premises: Vec::new(), statements: Vec::new() });
    }
    let situation = answer.examined.situation;
    let fact = format!(
        "{} ({:?} caller, {:?} account, {:?} rules)",
        answer.decided.decision.name(),
        situation.caller,
        situation.relation,
        situation.regime
    );
    let premises = (0..steps.len() as u32).collect();
    steps.push(Step { rule: Some("S-EVAL-02".to_owned()), fact, premises, statements: Vec::new() });
    Why { steps, remedies: remedies(answer, places) }
}
