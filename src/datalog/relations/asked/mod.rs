//! Relations that are evaluated when a program asks for them: what principals may do, and whom they can become.

mod reached;
mod shape;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

pub use shape::misread_negation;

use crate::answers::chains::{Direction, Hops};
use crate::answers::{Context, Engine, QuestionError};
use crate::datalog::engine::{Accepts, Bound, GivenError, Rows};
use crate::datalog::text::Value;
use crate::facts::{PrincipalId, keys};
use crate::rules::decision::{Decided, Decision};
use reached::{Reached, Sets, Topic};
use shape::{Answer, Columns, Of, Shape, With};

/// The most requests that one question may take apart one by one.
const MOST_REQUESTS: usize = 20_000_000;

/// Answers about one engine.
pub(super) struct Asked<'a> {
    engine: &'a Engine,
    reached: Mutex<FxHashMap<Topic, Arc<Reached>>>,
    somewhere: Mutex<FxHashMap<Topic, Arc<[Surest]>>>,
    sets: Mutex<Sets>,
    hops: OnceLock<Hops>,
}

/// The best answer of some principals on any resource.
struct Surest {
    principals: Arc<[PrincipalId]>,
    decision: Decision,
    condition: Value,
}

/// A question: what is bound in one tuple.
#[derive(Default)]
struct Tuple<'b> {
    principal: Option<&'b Value>,
    object: Option<&'b Value>,
}

/// The sets of columns with which a relation answers; none: it is no relation of these.
pub(super) fn accepts(relation: &str) -> Option<Vec<Accepts>> {
    match relation {
        "in_set" => Some(vec![Accepts { columns: vec![0], rows: 100 }]),
        "granted_by" => Some(vec![Accepts { columns: vec![0, 1], rows: 2 }]),
        "becomes" | "may_become" => {
            Some(vec![Accepts { columns: vec![0], rows: 100 }, Accepts { columns: vec![1], rows: 100 }])
        }
        _ => Shape::named(relation).map(Shape::accepts),
    }
}

impl<'a> Asked<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let (reached, somewhere, sets, hops) = Default::default();
        Self { engine, reached, somewhere, sets, hops }
    }

    fn id(&self, principal: &Value) -> Option<PrincipalId> {
        self.engine.facts().principal_id(&text(principal))
    }

    fn name(&self, principal: PrincipalId) -> Value {
        Value::Text(self.engine.facts().principal(principal).name.clone())
    }

    /// The hops from principal to role.
    pub(super) fn hops(&self) -> &Hops {
        self.hops.get_or_init(|| self.engine.hops())
    }

    /// The rows of a relation for a batch of questions; none: it is no relation of these.
    pub(super) fn rows(&self, relation: &str, bound: &Bound) -> Option<Result<Rows, GivenError>> {
        match relation {
            "in_set" => Some(self.in_sets(bound)),
            "becomes" => Some(Ok(self.becomes(bound, |decision| decision == Decision::Allowed))),
            "may_become" => Some(Ok(self.becomes(bound, |_| true))),
            _ => Some(self.of_shape(Shape::named(relation)?, bound)),
        }
    }

    fn of_shape(&self, shape: Shape, bound: &Bound) -> Result<Rows, GivenError> {
        let columns = shape.columns();
        let place = |column: Option<usize>| bound.columns().iter().position(|&of| Some(of) == column);
        let [principal, action, object, key, value, service] = [
            Some(columns.principal),
            columns.action,
            columns.object,
            columns.key,
            columns.value,
            columns.service,
        ]
        .map(place);
        let mut topics: BTreeMap<Topic, Vec<Tuple<'_>>> = BTreeMap::new();
        for tuple in bound.tuples() {
            let at = |place: Option<usize>| place.and_then(|place| tuple.get(place));
            let text = |place| at(place).map(text).unwrap_or_default();
            let topic = match shape.with {
                With::Nothing => Topic::new(&text(action), None),
                With::Key => Topic::new(&text(action), Some((&text(key), &text(value)))),
                With::Service => Topic::new("iam:PassRole", Some(("iam:PassedToService", &text(service)))),
            };
            topics.entry(topic).or_default().push(Tuple { principal: at(principal), object: at(object) });
        }
        self.ask_at_once(shape, &topics);
        let mut rows = Rows::new(columns.count);
        for (topic, tuples) in topics {
            if let Some((key, _)) =
                topic.key.as_ref().filter(|(key, _)| keys::is_callers_own(&key.to_lowercase()))
            {
                let error = GivenError::new(format!("`{key}` is each caller's own, and can't be given"));
                return Err(GivenError {
                    help: Some("leave it out: it follows from the principal".into()),
                    ..error
                });
            }
            let mut on = OnTopic { asked: self, shape, columns, topic: &topic, rows: &mut rows };
            match shape.of {
                Of::Resource => on.resources(&tuples)?,
                Of::Set => on.sets(&tuples)?,
                Of::Some => on.somewhere(&tuples)?,
            }
        }
        Ok(rows)
    }

    /// Answers what several topics come to side by side; errors come up again when one is asked about.
    fn ask_at_once(&self, shape: Shape, topics: &BTreeMap<Topic, Vec<Tuple<'_>>>) {
        if topics.len() < 2 || shape.of == Of::Resource {
            return;
        }
        let topics: Vec<&Topic> = topics.keys().collect();
        let contexts: Vec<Context> = topics.iter().map(|topic| topic.context()).collect();
        self.engine.prepare_access(&contexts);
        topics.par_iter().with_max_len(1).for_each(|topic| match shape.of {
            Of::Some => drop(self.somewhere(topic)),
            Of::Set | Of::Resource => drop(self.reached(topic)),
        });
    }

    fn in_sets(&self, bound: &Bound) -> Result<Rows, GivenError> {
        let sets = self.sets.lock();
        let mut rows = Rows::new(2);
        for tuple in bound.tuples() {
            let Some(set) = tuple.first() else { continue };
            let name = text(set);
            let Some(members) = sets.members(&name) else {
                let error = GivenError::new(format!("there is no set `{name}`"));
                let help = "sets are named by `can_set` and its like in the same run, and go on to `in_set` from there";
                return Err(GivenError { help: Some(help.into()), ..error });
            };
            members.for_each(|arn| rows.push([set.clone(), Value::Text(arn.clone())]));
        }
        Ok(rows)
    }

    /// Whom the bound principals can become, or who can become them.
    fn becomes(&self, bound: &Bound, sure: impl Fn(Decision) -> bool) -> Rows {
        let facts = self.engine.facts();
        let hops = self.hops();
        let from = bound.columns() == [0];
        let direction = if from { Direction::From } else { Direction::To };
        let mut rows = Rows::new(2);
        for value in bound.tuples().filter_map(<[Value]>::first) {
            let Some(end) = facts.principal_id(&text(value)) else { continue };
            for way in hops.ways(end, direction, None).ways.iter().filter(|way| sure(way.decision)) {
                let other = Value::Text(facts.principal(way.principal).name.clone());
                rows.push(if from { [value.clone(), other] } else { [other, value.clone()] });
            }
        }
        rows
    }

    /// Who may do what a topic says, to all resources at once.
    fn reached(&self, topic: &Topic) -> Result<Arc<Reached>, GivenError> {
        if let Some(known) = self.reached.lock().get(topic) {
            return Ok(known.clone());
        }
        let access = self.engine.access(&topic.action, &topic.context()).map_err(refused)?;
        let found = Arc::new(Reached::new(&access));
        Ok(self.reached.lock().entry(topic.clone()).or_insert(found).clone())
    }

    fn somewhere(&self, topic: &Topic) -> Result<Arc<[Surest]>, GivenError> {
        if let Some(known) = self.somewhere.lock().get(topic) {
            return Ok(known.clone());
        }
        let found = self.engine.access_somewhere(&topic.action, &topic.context()).map_err(refused)?;
        let conditions = &found.0.facts().arena().conditions;
        let surest = found.1.into_iter().map(|of| Surest {
            principals: of.principals,
            decision: of.decision,
            condition: Value::Text(conditions.text(of.condition).into()),
        });
        let surest: Arc<[Surest]> = surest.collect();
        Ok(self.somewhere.lock().entry(topic.clone()).or_insert(surest).clone())
    }
}

/// The principals that are asked about.
enum Wanted {
    All,
    These(FxHashSet<PrincipalId>),
}

impl Wanted {
    fn of(asked: &Asked<'_>, tuples: &[Tuple<'_>]) -> Self {
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
struct OnTopic<'a, 'r> {
    asked: &'r Asked<'a>,
    shape: Shape,
    columns: Columns,
    topic: &'r Topic,
    rows: &'r mut Rows,
}

impl OnTopic<'_, '_> {
    fn push(&mut self, principal: &Value, object: Option<&Value>, condition: Option<&Value>) {
        let Self { columns, topic, .. } = self;
        let (key, value) = match &topic.key {
            Some((key, value)) => (Some(key), Some(value)),
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

    fn sets(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
        let (asked, shape) = (self.asked, self.shape);
        let reached = asked.reached(self.topic)?;
        let wanted = Wanted::of(asked, tuples);
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

    fn somewhere(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
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

    fn resources(&mut self, tuples: &[Tuple<'_>]) -> Result<(), GivenError> {
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
                Err(QuestionError::MalformedResource(_)) => continue,
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
                .iter()
                .cloned()
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
        let decide =
            |&(principal, object): &(&Value, &Value)| -> Result<Option<(Decided, Value)>, QuestionError> {
                let Some(id) = asked.id(principal) else { return Ok(None) };
                match engine.decide_one(id, action, &text(object), &context) {
                    Ok((engine, decided)) => {
                        let condition = engine.facts().arena().conditions.text(decided.condition);
                        Ok(Some((decided, Value::Text(condition.into()))))
                    }
                    Err(QuestionError::MalformedResource(_)) => Ok(None),
                    Err(error) => Err(error),
                }
            };
        let decided: Result<Vec<_>, QuestionError> =
            requests.par_iter().with_min_len(16).map(decide).collect();
        for ((principal, object), decided) in requests.into_iter().zip(decided.map_err(refused)?) {
            let Some((decided, condition)) = decided else { continue };
            // Conditional of which only the kind of denial depends on anything is a denial (S-EVAL-10).
            let decision = match decided.condition.is_never() {
                true => Decision::ImplicitlyDenied,
                false => decided.decision,
            };
            if shape.wants(decision) {
                self.push(principal, Some(object), Some(&condition));
            }
        }
        Ok(())
    }
}

/// What a text holds.
fn text(value: &Value) -> Arc<str> {
    match value {
        Value::Text(text) | Value::Symbol(text) => text.clone(),
        _ => Arc::from(""),
    }
}

fn refused(error: QuestionError) -> GivenError {
    GivenError { message: error.to_string(), help: error.help() }
}
