//! The rows of one relation about one topic.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::reached::Topic;
use super::shape::{Answer, Columns, Shape};
use super::{Asked, refused, text};
use crate::answers::{Engine, OnAll, QuestionError, is_pattern};
use crate::datalog::engine::{GivenError, Rows};
use crate::datalog::text::Value;
use crate::facts::PrincipalId;
use crate::region::condition::ConditionId;
use crate::rules::decision::{Decided, Decision};

/// The most requests that one question may take apart one by one.
const MOST_REQUESTS: usize = 20_000_000;

/// A question: what is bound in one tuple.
#[derive(Default)]
pub(super) struct Tuple<'b> {
    pub principal: Option<&'b Value>,
    pub object: Option<&'b Value>,
}

/// The principals that are asked about.
pub(super) enum Wanted {
    All,
    These(FxHashSet<PrincipalId>),
}

/// Up to so many principals are asked about by themselves.
const FEW: usize = 64;

impl Wanted {
    /// The principals, if they are few, in their order.
    pub(super) fn few(&self) -> Option<Box<[PrincipalId]>> {
        match self {
            Self::These(wanted) if wanted.len() <= FEW => {
                let mut few: Vec<PrincipalId> = wanted.iter().copied().collect();
                few.sort_unstable();
                Some(few.into())
            }
            _ => None,
        }
    }

    pub(super) fn of(asked: &Asked<'_>, tuples: &[Tuple<'_>]) -> Self {
        match tuples.iter().any(|tuple| tuple.principal.is_none()) {
            true => Self::All,
            false => Self::These(tuples.iter().filter_map(|tuple| asked.id(tuple.principal?)).collect()),
        }
    }

    fn has(&self, id: PrincipalId) -> bool {
        match self {
            Self::All => true,
            Self::These(wanted) => wanted.contains(&id),
        }
    }
}

/// The questions of one relation about one topic.
pub(super) struct OnTopic<'a, 'r> {
    pub asked: &'r Asked<'a>,
    pub shape: Shape,
    pub columns: Columns,
    pub topic: &'r Topic,
    pub rows: &'r mut Rows,
}

impl OnTopic<'_, '_> {
    fn push(&mut self, principal: &Value, object: Option<&Value>, condition: Option<&Value>) {
        let Self { columns, topic, .. } = self;
        let (key, value) = match &topic.key {
            Some((key, value)) => (Some(key), value.as_ref()),
            None => (None, None),
        };
        let texts = |text: Option<&Arc<str>>| text.cloned().map(Value::Text);
        let row = [
            Some(principal.clone()),
            columns.action.and(texts(Some(&topic.action))),
            columns.object.and(object.cloned()),
            columns.key.and(texts(key)),
            columns.value.and(texts(value)),
            columns.service.and(texts(value)),
            condition.filter(|_| self.shape.answer == Answer::If).cloned(),
        ];
        self.rows.push(row.into_iter().flatten());
    }

    pub(super) fn sets(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape) = (self.asked, self.shape);
        let wanted = Wanted::of(asked, tuples);
        let reached = asked.reached_by(self.topic, &wanted)?;
        for cell in reached.cells.iter().filter(|cell| shape.wants(cell.decision)) {
            if !cell.principals.iter().any(|&id| wanted.has(id)) {
                continue;
            }
            let set = Value::Text(asked.sets.lock().name(&reached.arns, &cell.resources));
            for &id in cell.principals.iter().filter(|id| wanted.has(**id)) {
                self.push(&asked.name(id), Some(&set), Some(&cell.condition));
            }
        }
        Ok(())
    }

    pub(super) fn somewhere(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape) = (self.asked, self.shape);
        let somewhere = asked.somewhere(self.topic)?;
        let wanted = Wanted::of(asked, tuples);
        for of in somewhere.iter().filter(|of| shape.wants(of.decision)) {
            for &id in of.principals.iter().filter(|id| wanted.has(**id)) {
                self.push(&asked.name(id), None, Some(&of.condition));
            }
        }
        Ok(())
    }

    pub(super) fn resources(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape) = (self.asked, self.shape);
        let in_cells = matches!(self.shape.answer, Answer::Sure | Answer::If);
        match tuples.first() {
            Some(Tuple { principal: None, object: None }) => {
                let reached = asked.reached(self.topic)?;
                for cell in reached.cells.iter().filter(|cell| shape.wants(cell.decision)) {
                    for &id in &*cell.principals {
                        let name = asked.name(id);
                        reached
                            .resources(cell)
                            .for_each(|arn| self.push(&name, Some(&arn), Some(&cell.condition)));
                    }
                }
                Ok(())
            }
            Some(Tuple { principal: Some(_), object: None }) if in_cells => {
                let reached = asked.reached(self.topic)?;
                for name in tuples.iter().filter_map(|tuple| tuple.principal) {
                    for cell in asked.id(name).into_iter().flat_map(|id| reached.cells_of(id)) {
                        if shape.wants(cell.decision) {
                            reached
                                .resources(cell)
                                .for_each(|arn| self.push(name, Some(&arn), Some(&cell.condition)));
                        }
                    }
                }
                Ok(())
            }
            Some(Tuple { principal: None, object: Some(_) }) if in_cells => self.on_resources(tuples),
            Some(_) => self.one_by_one(tuples),
            None => Ok(()),
        }
    }

    /// Everybody on some resources.
    fn on_resources(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape, engine) = (self.asked, self.shape, self.asked.engine);
        let context = self.topic.context();
        for arn in tuples.iter().filter_map(|tuple| tuple.object) {
            let found = match engine.access_on(&self.topic.action, &text(arn), &context) {
                Ok(found) => found,
                Err(QuestionError::MalformedResource(_) | QuestionError::NoSuchResource { .. }) => continue,
                Err(error) => return Err(refused(error)),
            };
            let conditions = &found.engine.facts().arena().conditions;
            for (id, decision, condition) in found.answers {
                if shape.wants(decision) {
                    let condition = Value::Text(conditions.text(condition).into());
                    self.push(&asked.name(id), Some(arn), Some(&condition));
                }
            }
        }
        Ok(())
    }

    /// Decides each request by itself.
    fn one_by_one(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape, engine) = (self.asked, self.shape, self.asked.engine);
        let domain: Vec<Value> = match tuples.iter().any(|tuple| tuple.object.is_none()) {
            true => engine
                .resources_of(&self.topic.action)
                .map_err(refused)?
                .into_iter()
                .map(Value::Text)
                .collect(),
            false => Vec::new(),
        };
        let all: Vec<Value> = match tuples.iter().any(|tuple| tuple.principal.is_none()) {
            true => {
                (0..engine.facts().principals.len() as u32).map(|id| asked.name(PrincipalId(id))).collect()
            }
            false => Vec::new(),
        };
        let mut requests: Vec<(&Value, &Value)> = Vec::new();
        for tuple in tuples {
            match (tuple.principal, tuple.object) {
                (Some(principal), Some(object)) => requests.push((principal, object)),
                (Some(principal), None) => requests.extend(domain.iter().map(|object| (principal, object))),
                (None, Some(object)) => requests.extend(all.iter().map(|principal| (principal, object))),
                (None, None) => {}
            }
            if requests.len() > MOST_REQUESTS {
                let error =
                    GivenError::new(format!("more than {MOST_REQUESTS} requests would have to be decided"));
                let help =
                    "bind principal and resource, or ask `can` and `can_if`, which need no single requests";
                return Err(GivenError { help: Some(help.into()), ..error });
            }
        }
        let context = self.topic.context();
        let action = &self.topic.action;
        let decide = |&(principal, object): &(&Value, &Value)| -> Result<Option<Answered>, QuestionError> {
            let Some(id) = asked.id(principal) else { return Ok(None) };
            let found = match is_pattern(&text(object)) {
                true => engine
                    .decide_on_all(id, action, &text(object), &context)
                    .map(|(engine, answer)| Answered::on_all(engine, answer)),
                false => engine
                    .decide_one(id, action, &text(object), &context)
                    .map(|(engine, decided)| Answered::on_one(engine, &decided)),
            };
            match found {
                Ok(answered) => Ok(Some(answered)),
                Err(QuestionError::MalformedResource(_) | QuestionError::NoSuchResource { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let decided: Result<Vec<_>, QuestionError> =
            requests.par_iter().with_min_len(16).map(decide).collect();
        for ((principal, object), decided) in requests.into_iter().zip(decided.map_err(refused)?) {
            let Some(answered) = decided else { continue };
            let wanted = match answered.decision {
                Some(decision) => shape.wants(decision),
                // Neither surely allowed nor surely denied.
                None => shape.answer == Answer::NotSure,
            };
            if wanted {
                self.push(principal, Some(object), Some(&answered.condition));
            }
        }
        Ok(())
    }
}

/// The answer on one resource, or on all of a pattern.
struct Answered {
    /// None: it may on some, and may not on others.
    decision: Option<Decision>,
    condition: Value,
}

impl Answered {
    fn new(engine: &Engine, decision: Option<Decision>, condition: ConditionId) -> Self {
        let condition = Value::Text(engine.facts().arena().conditions.text(condition).into());
        Self { decision, condition }
    }

    fn on_one(engine: &Engine, decided: &Decided) -> Self {
        // Conditional of which only the kind of denial depends on anything is a denial (S-EVAL-10).
        let decision = match decided.condition.is_never() {
            true => Decision::ImplicitlyDenied,
            false => decided.decision,
        };
        Self::new(engine, Some(decision), decided.condition)
    }

    fn on_all(engine: &Engine, answer: OnAll) -> Self {
        match answer {
            OnAll::May(decision, condition) => Self::new(engine, Some(decision), condition),
            OnAll::Not => Self::new(engine, Some(Decision::ImplicitlyDenied), ConditionId::NEVER),
            OnAll::Partly => Self::new(engine, None, ConditionId::ALWAYS),
        }
    }
}
