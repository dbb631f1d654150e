//! Every rule that no scenario reaches decides: without it answers about random estates change.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use entail::answers::{Engine, EngineOptions, Question};
use entail::document::PolicyKind;
use entail::facts::{ParsedPolicy, PolicySource};
use entail::rules::decision::Decision;
use entail::rules::without::Without;
use entail::rules::{ceiling, further, membership, permitted, route};
use proptest::prelude::*;

use super::world::{self, CALLERS, REQUESTS, Stated};
use super::{asked_in_bulk, held_in_bulk, in_world};
use crate::both::{Ask, Judges};
use crate::random_scenarios::runner;

/// In so many requests each rule must decide.
const WANTED: usize = 50;
/// So many estates are tried; fewer, once every rule decided enough.
const ESTATES: u32 = 180;
/// A session that policies name.
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/r1/s1";

/// Whether a request is worth asking.
type Worth = fn(&Ask) -> bool;

/// Rules without which `can` says something else, and which requests are worth asking.
fn of_questions() -> Vec<(Without, Worth)> {
    vec![
        (membership::Rule::M2.into(), |ask| ask.principal.ends_with("user/u1")),
        (membership::Rule::M3.into(), |ask| ask.principal == SESSION),
        (membership::Rule::M5.into(), |ask| ask.principal == SESSION),
        (route::Rule::R6.into(), |ask| ask.action == "kms:Decrypt"),
        (route::Rule::R7.into(), |ask| ask.action.starts_with("ec2:")),
        (further::Rule::X5.into(), |ask| ask.action == "kms:UpdateAlias"),
        (further::Rule::X6.into(), |ask| ask.action.starts_with("glue:")),
    ]
}

/// Rules without which bulk permissions hold something else: those about what boundaries and the SCPs of all levels leave.
fn of_bulk() -> Vec<Without> {
    let ceilings = [ceiling::Rule::C2, ceiling::Rule::C3, ceiling::Rule::C4];
    ceilings.map(Without::from).into_iter().chain(permitted::Rule::ALL.map(Without::from)).collect()
}

/// The answer to a request, and for a session, as if it had no session policies.
fn decided(engine: &Engine, ask: &Ask) -> Option<Decision> {
    let everything =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let policy = || Arc::new(ParsedPolicy::read(PolicySource::Given(everything.into(), PolicyKind::Session)));
    let session_policy = (ask.principal == SESSION).then(policy);
    engine.can(&Question { session_policy, ..ask.question() }).map(|answer| answer.decided.decision).ok()
}

#[test]
fn every_rule_that_no_scenario_reaches_decides() {
    let counts: RefCell<BTreeMap<Without, usize>> = RefCell::new(
        of_questions().into_iter().map(|(rule, _)| rule).chain(of_bulk()).map(|rule| (rule, 0)).collect(),
    );
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(ESTATES) };
    let contexts = prop::collection::vec(world::context(), 4);
    let all = runner(config).run(&(world::any(), contexts), |(world, contexts)| {
        in_world(&world, |judges| {
            flips(judges, &contexts, &mut counts.borrow_mut());
            Ok(())
        })
    });
    assert!(all.is_ok(), "{all:?}");
    let counts = counts.into_inner();
    let idle: Vec<&Without> =
        counts.iter().filter(|(_, count)| **count < WANTED).map(|(rule, _)| rule).collect();
    assert!(idle.is_empty(), "{idle:?} decide fewer than {WANTED} requests: {counts:?}");
}

/// Counts the requests that each rule decides which did not decide enough yet.
fn flips(judges: &Judges, contexts: &[Stated], counts: &mut BTreeMap<Without, usize>) {
    let idle = |counts: &BTreeMap<Without, usize>, rule: &Without| counts[rule] < WANTED;
    let engine = &judges.engine;
    let without = |rule: Without| {
        Engine::new(engine.estate(), EngineOptions { without: rule, ..EngineOptions::default() })
    };
    let asks: Vec<Ask> = CALLERS
        .iter()
        .chain([&SESSION])
        .flat_map(|caller| REQUESTS.iter().map(move |request| (caller, request)))
        .flat_map(|(caller, request)| {
            contexts.iter().map(move |context| world::asked(caller, *request, context))
        })
        .map(|ask| judges.complete(&ask))
        .collect();
    for (rule, worth) in of_questions() {
        if !idle(counts, &rule) {
            continue;
        }
        let other = without(rule);
        let flipped = asks.iter().filter(|ask| worth(ask) && decided(engine, ask) != decided(&other, ask));
        *counts.entry(rule).or_default() += flipped.count();
    }
    let bulk: Vec<Without> = of_bulk().into_iter().filter(|rule| idle(counts, rule)).collect();
    if bulk.is_empty() {
        return;
    }
    let permissions = engine.permissions();
    let asks: Vec<Ask> = asks.iter().filter_map(|ask| asked_in_bulk(engine, ask)).collect();
    let held: Vec<bool> = asks.iter().map(|ask| held_in_bulk(engine, &permissions, ask).0).collect();
    for rule in bulk {
        let other = without(rule);
        let permissions = other.permissions();
        let flipped = asks.iter().zip(&held);
        let flipped = flipped.filter(|(ask, held)| held_in_bulk(&other, &permissions, ask).0 != **held);
        *counts.entry(rule).or_default() += flipped.count();
    }
}
