//! Relations that are evaluated when a program asks for them: what principals may do, and whom they can become.

mod on_topic;
mod reached;
mod shape;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

pub(super) use shape::misread_negation;

use crate::answers::chains::{Direction, Hops};
use crate::answers::{Context, Engine, QuestionError};
use crate::catalog::{ActionId, Catalog};
use crate::datalog::engine::{Accepts, Bound, GivenError, Rows};
use crate::datalog::text::Value;
use crate::facts::{PrincipalId, keys, takes_resource};
use crate::rules::decision::Decision;
use on_topic::{OnTopic, Tuple, Wanted};
use reached::{Reached, Sets, Topic};
use shape::{Of, Shape, With};

/// Answers about one engine.
pub(super) struct Asked<'a> {
    engine: &'a Engine,
    reached: Mutex<FxHashMap<Topic, Arc<Reached>>>,
    /// The same for few principals.
    reached_by_few: Mutex<FxHashMap<OfFew, Arc<Reached>>>,
    somewhere: Mutex<FxHashMap<Topic, Arc<[Surest]>>>,
    sets: Mutex<Sets>,
    hops: OnceLock<Hops>,
}

/// A topic, and few principals in their order.
type OfFew = (Topic, Box<[PrincipalId]>);

/// The best answer of some principals on any resource.
struct Surest {
    principals: Arc<[PrincipalId]>,
    decision: Decision,
    condition: Value,
}

/// The sets of columns with which a relation answers; none: it is no relation of these.
pub(super) fn accepts(relation: &str) -> Option<Vec<Accepts>> {
    match relation {
        "in_set" => Some(vec![Accepts { columns: vec![0], rows: 100 }]),
        "left_open" | "left_open_if" | "left_open_unknown" | "closed" | "closed_on" | "denied_by" => {
            Some(vec![Accepts { columns: vec![1], rows: 100 }])
        }
        "left_open_with" | "left_open_with_if" | "left_open_with_unknown" | "closed_with" => {
            Some(vec![Accepts { columns: vec![1, 2, 3], rows: 100 }])
        }
        "granted_by" => Some(vec![Accepts { columns: vec![0, 1], rows: 2 }]),
        "granted_on" => Some(vec![Accepts { columns: vec![0, 1, 2], rows: 2 }]),
        "becomes" | "may_become" => {
            Some(vec![Accepts { columns: vec![0], rows: 100 }, Accepts { columns: vec![1], rows: 100 }])
        }
        _ => Shape::named(relation).map(Shape::accepts),
    }
}

impl<'a> Asked<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let (reached, reached_by_few, somewhere, sets, hops) = Default::default();
        Self { engine, reached, reached_by_few, somewhere, sets, hops }
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
                With::Nothing if action.is_none() => {
                    for action in actions_on(&text(object)) {
                        let tuple = Tuple { principal: at(principal), object: at(object) };
                        topics.entry(Topic::new(&action, None)).or_default().push(tuple);
                    }
                    continue;
                }
                With::Nothing => Topic::new(&text(action), None),
                With::Key => Topic::new(&text(action), Some((&text(key), Some(&text(value))))),
                With::Absence => Topic::new(&text(action), Some((&text(key), None))),
                With::Service => {
                    Topic::new("iam:PassRole", Some(("iam:PassedToService", Some(&text(service)))))
                }
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
        let topics: Vec<(&Topic, Wanted)> =
            topics.iter().map(|(topic, tuples)| (topic, Wanted::of(self, tuples))).collect();
        let contexts: Vec<Context> = topics.iter().map(|(topic, _)| topic.context()).collect();
        self.engine.prepare_access(&contexts);
        topics.par_iter().with_max_len(1).for_each(|(topic, wanted)| match shape.of {
            Of::Some => drop(self.somewhere(topic)),
            Of::Set | Of::Resource => drop(self.reached_by(topic, wanted)),
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

    /// What the wanted principals may do of what a topic says, to all resources at once.
    fn reached_by(&self, topic: &Topic, wanted: &Wanted) -> Result<Arc<Reached>, GivenError> {
        let Some(few) = wanted.few() else { return self.reached(topic) };
        if let Some(known) = self.reached.lock().get(topic) {
            return Ok(known.clone());
        }
        let key = (topic.clone(), few);
        if let Some(known) = self.reached_by_few.lock().get(&key) {
            return Ok(known.clone());
        }
        let access = self.engine.access_of(&key.1, &topic.action, &topic.context()).map_err(refused)?;
        let found = Arc::new(Reached::new(&access));
        Ok(self.reached_by_few.lock().entry(key).or_insert(found).clone())
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

/// The actions that act on a resource.
fn actions_on(arn: &str) -> Vec<String> {
    let catalog = Catalog::embedded();
    let acts = |id: &ActionId| match arn {
        "*" => catalog.is_wildcard_only(*id),
        _ => takes_resource(catalog, *id, arn),
    };
    catalog.action_ids().filter(acts).map(|id| catalog.action_name(id)).collect()
}

/// What a text holds.
pub(super) fn text(value: &Value) -> Arc<str> {
    match value {
        Value::Text(text) | Value::Symbol(text) => text.clone(),
        _ => Arc::from(""),
    }
}

pub(super) fn refused(error: QuestionError) -> GivenError {
    GivenError { message: error.to_string(), help: error.help() }
}
