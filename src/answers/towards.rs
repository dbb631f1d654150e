//! What would make a conditional answer a yes.
//!
//! The solver gives a context in which the condition holds whatever is open besides; what of it does not matter is taken
//! away again. Each context is decided like any other question, so that none is named that does not do.

use super::can::{Answer, Question, missing_in};
use super::engine::Engine;
use crate::catalog::Catalog;
use crate::facts::keys::{self, PSEUDO, RESOURCE_STRING, SESSION_NAME};
use crate::region::condition::{ConditionId, Conditions, DoubtId, KeyValue, MissingId, Sat, View};
use crate::rules::decision::Decision;

/// Of more unknowns than this no context is looked for that does whatever they are.
const MOST_OPEN: usize = 8;

/// Of a condition with more ways to hold than this only some are tried one by one.
const MOST_WAYS: usize = 16;

/// What would make an answer a yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Towards {
    /// This context beside the one that was given. No part of it can be left out.
    Context(Vec<Stated>),
    /// No context: it depends on how these questions come out, in words.
    Open(Vec<String>),
}

/// What a context states of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The key in AWS's spelling, as far as it is known.
    pub key: String,
    /// Its values; `None`: the request lacks it.
    pub values: Option<Vec<String>>,
}

/// What a condition can depend on besides context keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Doubt(DoubtId),
    Missing(MissingId),
}

impl Engine {
    /// What would make a conditional answer to `question` a yes. `None` for all other answers, for those that nothing makes
    /// one, and where the solver finds no context.
    pub fn towards_allowed(&self, question: &Question, answer: &Answer<'_>) -> Option<Towards> {
        let condition = answer.decided.condition;
        let open = matches!(answer.decided.decision, Decision::Conditional | Decision::Unknown);
        // An answer by other assumptions speaks of conditions of its own.
        if !open || condition.is_never() {
            return None;
        }
        let conditions = &answer.engine.facts.arena().conditions;
        let surely = whatever_is_open(conditions, condition);
        let mut tried = Vec::new();
        for wanted in surely.into_iter().flat_map(|surely| ways(conditions, surely)) {
            let Some(context) = witness(conditions, wanted) else { continue };
            if self.allows(question, &context) {
                return Some(Towards::Context(self.least(question, context)));
            }
            tried.push(context);
        }
        let mut open = in_words(conditions, condition);
        if open.is_empty() {
            open = tried.iter().flat_map(|context| self.in_the_way(question, context)).collect();
            open.sort();
            open.dedup();
        }
        (!open.is_empty()).then_some(Towards::Open(open))
    }

    /// A context that allows the request, without anything that it can do without.
    fn least(&self, question: &Question, mut context: Vec<Stated>) -> Vec<Stated> {
        // What a request lacks goes first: it is the least of what one wants to hear.
        context.sort_by_key(|stated| (stated.values.is_some(), stated.key.clone()));
        let mut at = 0;
        while at < context.len() {
            let mut fewer = context.clone();
            fewer.remove(at);
            match self.allows(question, &fewer) {
                true => context = fewer,
                false => at += 1,
            }
        }
        context.sort_by(|one, other| one.key.cmp(&other.key));
        context
    }

    fn allows(&self, question: &Question, context: &[Stated]) -> bool {
        self.can(&question.within(context)).is_ok_and(|answer| answer.decided.decision == Decision::Allowed)
    }

    /// What a context that fulfils the condition leaves open, in words.
    fn in_the_way(&self, question: &Question, context: &[Stated]) -> Vec<String> {
        let question = question.within(context);
        let Ok(answer) = self.can(&question) else { return Vec::new() };
        let conditions = &answer.engine.facts.arena().conditions;
        let missing = missing_in(conditions, answer.decided.condition);
        missing.into_iter().map(|what| format!("not collected: {what}")).collect()
    }
}

impl Question {
    /// The same question in a context besides its own.
    pub fn within(&self, context: &[Stated]) -> Self {
        let mut question = self.clone();
        for Stated { key, values } in context {
            match values {
                Some(values) => values.iter().for_each(|value| question.context.add(key, value)),
                None => question.context.absent(key),
            }
        }
        question
    }
}

/// A context in which the condition holds.
fn witness(conditions: &Conditions, condition: ConditionId) -> Option<Vec<Stated>> {
    let Sat::Yes(witness) = conditions.satisfiable(condition) else { return None };
    let stated = witness.keys.iter().map(|(key, value)| stated(&conditions.key_of(*key).name, value));
    Some(stated.filter(|stated| !stated.key.starts_with(PSEUDO)).collect())
}

/// The condition, then each of the ways in which it can hold: some are by a path through the network of which too little
/// is known.
fn ways(conditions: &Conditions, condition: ConditionId) -> Vec<ConditionId> {
    let no_endpoint = conditions.null(conditions.key(keys::key("aws:SourceVpce")));
    let mut all = vec![condition, conditions.and(condition, no_endpoint)];
    let mut parts = vec![(condition, ConditionId::ALWAYS)];
    // A disjunction may stand beside what every way needs.
    if let View::All(members) = conditions.view(condition) {
        parts = members.into_iter().map(|member| (member, condition)).collect();
    }
    for (part, besides) in parts {
        if let View::Any(members) = conditions.view(part) {
            all.extend(members.into_iter().take(MOST_WAYS).map(|member| conditions.and(member, besides)));
        }
    }
    all
}

/// The condition, as far as it holds whatever open readings and missing data come to.
fn whatever_is_open(conditions: &Conditions, condition: ConditionId) -> Option<ConditionId> {
    let doubts = conditions.doubts(condition).iter().map(|doubt| Unknown::Doubt(*doubt));
    let missing = conditions.missing_in(condition).iter().map(|missing| Unknown::Missing(*missing));
    let unknowns: Vec<Unknown> = doubts.chain(missing).collect();
    (unknowns.len() <= MOST_OPEN).then(|| {
        unknowns.into_iter().fold(condition, |condition, unknown| {
            conditions.and(
                assuming(conditions, condition, unknown, true),
                assuming(conditions, condition, unknown, false),
            )
        })
    })
}

/// The condition with an unknown decided.
fn assuming(conditions: &Conditions, condition: ConditionId, unknown: Unknown, holds: bool) -> ConditionId {
    let truth = |negated: bool| match holds != negated {
        true => ConditionId::ALWAYS,
        false => ConditionId::NEVER,
    };
    match conditions.view(condition) {
        View::Doubt { doubt, negated } if unknown == Unknown::Doubt(doubt) => truth(negated),
        View::Missing { missing, negated } if unknown == Unknown::Missing(missing) => truth(negated),
        View::All(members) => {
            conditions.and_all(members.into_iter().map(|part| assuming(conditions, part, unknown, holds)))
        }
        View::Any(members) => {
            conditions.or_all(members.into_iter().map(|part| assuming(conditions, part, unknown, holds)))
        }
        _ => condition,
    }
}

/// What is open in a condition and no context key.
fn in_words(conditions: &Conditions, condition: ConditionId) -> Vec<String> {
    let doubts =
        conditions.doubts(condition).iter().map(|doubt| conditions.doubt_of(*doubt).text.to_string());
    let pseudo = conditions.keys(condition).iter().filter_map(|key| match &*conditions.key_of(*key).name {
        RESOURCE_STRING => Some("U-40: the string that the service checks in place of an ARN".to_owned()),
        SESSION_NAME => Some("the name of the session: ask about the ARN of one".to_owned()),
        _ => None,
    });
    doubts.chain(pseudo).collect()
}

fn stated(name: &str, value: &KeyValue) -> Stated {
    let values = match value {
        KeyValue::Absent => None,
        KeyValue::One(value) => Some(vec![value.clone()]),
        KeyValue::Many(values) => Some(values.clone()),
    };
    Stated { key: spelt(name), values }
}

/// A key in the spelling of the catalog, that of a template with the variable part as it is.
pub(super) fn spelt(name: &str) -> String {
    let Some(known) = Catalog::embedded().key(name) else { return name.to_owned() };
    match known.name.split_once("${") {
        None => known.name.to_owned(),
        Some((start, _)) => match name.get(start.len()..) {
            Some(rest) => format!("{start}{rest}"),
            None => name.to_owned(),
        },
    }
}
