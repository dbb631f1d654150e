//! Random scenarios, decided by the engine and by the oracle.
//!
//! `ENTAIL_RANDOM_SCENARIOS` sets how many are tried, in batches; with `ENTAIL_FRESH_SCENARIOS` they are new in each run.

mod census;
mod coupled;
mod genes;
mod laws;
mod requests;
mod several;
mod statements;

use std::collections::BTreeMap;

use entail::answers::Simulator;
use entail::region::condition::{Known, Sat, Trool, Verdict};
use entail::rules::decision::Decision;
use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rayon::prelude::*;

use crate::oracle::{decide_scenario, json};
use crate::oracle_self::catalog;
use requests::scenario;

/// How many scenarios one engine decides.
const BATCH: usize = 100;

fn batches() -> u32 {
    let asked = std::env::var("ENTAIL_RANDOM_SCENARIOS").ok().and_then(|text| text.parse::<u32>().ok());
    asked.unwrap_or(20_000).div_ceil(BATCH as u32)
}

/// The same scenarios in every run, so that a failure is the change's own; fresh ones if `ENTAIL_FRESH_SCENARIOS` is set.
pub fn runner(config: Config) -> TestRunner {
    match std::env::var_os("ENTAIL_FRESH_SCENARIOS") {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    }
}

/// What the engine says: the decision, and for a denial the layers that block.
type Said = (String, Vec<String>);
/// The same of the oracle, and how many readings it went through.
type Judged = (String, Vec<String>, usize);

fn engine(lines: &[String]) -> Vec<Result<Said, String>> {
    let read: Vec<Result<Scenario<'_>, String>> =
        lines.iter().map(|line| Scenario::read(line, 1).map_err(|error| error.to_string())).collect();
    let scenarios: Vec<Scenario<'_>> = read.iter().filter_map(|read| read.clone().ok()).collect();
    let simulator = Simulator::new(&scenarios);
    let mut next = 0..;
    read.iter()
        .map(|read| {
            read.as_ref().map_err(Clone::clone)?;
            let answer =
                simulator.decide(next.next().unwrap_or_default()).map_err(|error| error.to_string())?;
            let mut layers: Vec<String> =
                answer.decided.blocked_by.iter().map(|layer| layer.to_string()).collect();
            layers.sort_unstable();
            Ok((answer.decided.decision.name().to_owned(), layers))
        })
        .collect()
}

fn oracle(line: &str) -> Result<Judged, String> {
    let answer = decide_scenario(&json::read(line)?, catalog())?;
    let mut layers: Vec<String> = answer.blocked_by.iter().map(|layer| layer.word().to_owned()).collect();
    layers.sort_unstable();
    Ok((answer.decision.word().to_owned(), layers, answer.readings))
}

/// Whether both say the same: of a denial also by which layers. Of several readings of a malformed policy the oracle names the
/// layers that block in each, and the engine also those that block in the readings together.
fn agree(engine: &Said, (decision, layers, readings): &Judged) -> bool {
    let same = || match readings {
        1 => *layers == engine.1,
        _ => layers.iter().all(|layer| engine.1.contains(layer)),
    };
    engine.0 == *decision && (!decision.ends_with("Denied") || same())
}

/// What both say of the scenario that some bytes make, where they differ.
fn difference(genes: &[u8]) -> Option<String> {
    let line = scenario(genes).to_string();
    let ours = engine(std::slice::from_ref(&line)).pop()?;
    let theirs = oracle(&line);
    (!same(&ours, &theirs)).then(|| format!("engine {ours:?}\noracle {theirs:?}\n{line}"))
}

fn same(ours: &Result<Said, String>, theirs: &Result<Judged, String>) -> bool {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => agree(ours, theirs),
        // More open readings than the oracle goes through.
        (_, Err(problem)) if problem.contains("combinations of open readings") => true,
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// The shortest bytes around these on which both still differ: pieces are cut out, and bytes set to zero.
fn shrunk(mut genes: Vec<u8>, difference: impl Fn(&[u8]) -> Option<String>) -> Vec<u8> {
    let mut width = genes.len().next_power_of_two();
    while width > 0 {
        let mut at = 0;
        while at < genes.len() {
            let until = (at + width).min(genes.len());
            let mut cut = genes.clone();
            cut.drain(at..until);
            let mut zeroed = genes.clone();
            zeroed[at..until].fill(0);
            if difference(&cut).is_some() {
                genes = cut;
            } else {
                if zeroed != genes && difference(&zeroed).is_some() {
                    genes = zeroed;
                }
                at += width;
            }
        }
        width /= 2;
    }
    genes
}

/// The scenarios of a batch on which both differ, and how often each decision and each blocking layer came up.
fn compare(genes: &[Vec<u8>], counts: &mut BTreeMap<String, u64>) -> Vec<usize> {
    let lines: Vec<String> = genes.iter().map(|genes| scenario(genes).to_string()).collect();
    let ours = engine(&lines);
    let theirs: Vec<_> = lines.par_iter().map(|line| oracle(line)).collect();
    for (decision, layers) in ours.iter().flatten() {
        *counts.entry(decision.clone()).or_default() += 1;
        for layer in layers {
            *counts.entry(layer.clone()).or_default() += 1;
        }
    }
    (0..lines.len()).filter(|&at| !same(&ours[at], &theirs[at])).collect()
}

#[test]
fn the_engine_decides_scenarios_as_the_oracle() {
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    let kept: Vec<Vec<u8>> = kept.lines().map(bytes_of).collect();
    let still: Vec<String> = kept.iter().filter_map(|genes| difference(genes)).collect();
    assert!(still.is_empty(), "{} that differed before differ:\n{}", still.len(), still.join("\n\n"));

    let config = Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(batches()) };
    let genes = prop::collection::vec(prop::collection::vec(any::<u8>(), 40..300), BATCH);
    let counts = std::cell::RefCell::new(BTreeMap::new());
    let found = std::cell::RefCell::new(Vec::new());
    let all = runner(config).run(&genes, |genes| {
        let differing = compare(&genes, &mut counts.borrow_mut());
        found.borrow_mut().extend(differing.into_iter().map(|at| genes[at].clone()));
        prop_assert!(found.borrow().len() < MOST_FOUND);
        Ok(())
    });
    let found: Vec<Vec<u8>> =
        found.into_inner().into_iter().take(MOST_FOUND).map(|genes| shrunk(genes, difference)).collect();
    let described: Vec<String> = found
        .iter()
        .map(|genes| format!("{}\n{}", hex(genes), difference(genes).unwrap_or_default()))
        .collect();
    assert!(
        all.is_ok() && described.is_empty(),
        "differences, to be kept in {KEPT}:\n{}\n{:?}",
        described.join("\n\n"),
        counts.borrow()
    );
    covered(&counts.borrow());
}

/// Bytes of scenarios that were once decided differently, a line each.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/random_scenarios/kept.txt");
/// How many differences are looked for before they are shown.
const MOST_FOUND: usize = 8;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(line: &str) -> Vec<u8> {
    let digits: Vec<u32> = line.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + *digit as u8)).collect()
}

/// Random scenarios that never collide prove nothing: each decision, and a denial by each layer, comes up often.
fn covered(counts: &BTreeMap<String, u64>) {
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    let decisions = ["Allowed", "Conditional", "ExplicitlyDenied", "ImplicitlyDenied", "Unknown"];
    let all: u64 = decisions.iter().map(|name| of(name)).sum();
    let share = |name: &str| of(name) as f64 / all.max(1) as f64;
    for decision in ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied"] {
        assert!(share(decision) >= 0.2, "{decision}: {:.3} of {counts:?}", share(decision));
    }
    for layer in ["identity", "resource", "boundary", "session", "scp", "rcp", "endpoint", "s3-bpa"] {
        assert!(share(layer) >= 0.02, "{layer}: {:.3} of {counts:?}", share(layer));
    }
}

/// Keys of which a request may say nothing, with values that complete it; the first is always present.
const OPEN: &[(&str, &[Option<&str>])] = &[
    ("aws:UserAgent", &[Some("curl"), Some("Curl"), Some("cu*"), Some("wget")]),
    ("aws:PrincipalTag/team", &[Some("red"), None, Some("blue"), Some("")]),
    ("aws:referer", &[None, Some("x"), Some("axb"), Some("red")]),
    (
        "aws:CurrentTime",
        &[Some("2026-03-01T12:00:00Z"), Some("2026-02-01T00:00:00Z"), Some("2030-01-01T00:00:00Z")],
    ),
];

/// What the engine says of a scenario with open keys, held to the oracle at some of its completions.
fn incomplete(genes: &[u8], counts: &mut (u32, u32)) -> Option<String> {
    let mut scenario = scenario(genes);
    // More of them turn on an open key than by chance.
    if genes.len().is_multiple_of(4)
        && let Some(statement) = scenario.pointer_mut("/identity_policies/0/Statement/0")
    {
        statement["Condition"] = serde_json::json!({"StringLike": {"aws:UserAgent": "cu*"}});
    }
    let context = scenario["request"]["context"].as_object_mut()?;
    context.retain(|key, _| !OPEN.iter().any(|(open, _)| open == key));
    scenario["unknown"] = OPEN.iter().map(|(key, _)| *key).collect();
    let line = scenario.to_string();
    scenario["unknown"] = serde_json::Value::Null;
    let read = [Scenario::read(&line, 1).ok()?];
    let simulator = Simulator::new(&read);
    let answer = simulator.decide(0).ok()?;
    counts.0 += u32::from(answer.decided.decision == Decision::Conditional);
    counts.1 += 1;
    let conditions = &answer.facts.arena().conditions;
    for round in 0..4 {
        let mut complete = scenario.clone();
        let mut known = BTreeMap::new();
        for (place, (key, values)) in OPEN.iter().enumerate() {
            let value = values[(round * (place + 1) + genes.len() + place) % values.len()];
            if let Some(value) = value {
                complete["request"]["context"][*key] = serde_json::json!(value);
            }
            known.insert(key.to_lowercase(), value);
        }
        let Ok((theirs, ..)) = oracle(&complete.to_string()) else { continue };
        let bindings = |key| match known.get(&*conditions.key_of(key).name) {
            Some(Some(value)) => Known::One((*value).into()),
            Some(None) => Known::Absent,
            None => Known::Unknown,
        };
        let ours = answer.decided.decision.name();
        let bound = conditions.bind(answer.decided.condition, &bindings);
        let holds = match (conditions.valid(bound), conditions.satisfiable(bound)) {
            (Verdict::Yes, _) => Trool::True,
            (_, Sat::No) => Trool::False,
            _ => Trool::Unknown,
        };
        let same = match (ours, theirs.as_str()) {
            ("Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied", theirs) => ours == theirs,
            (_, "Allowed") => holds == Trool::True,
            (_, "ExplicitlyDenied" | "ImplicitlyDenied") => holds == Trool::False,
            // Doubts are left, or the kind of denial is open.
            _ => holds != Trool::True,
        };
        if !same {
            let condition = conditions.text(answer.decided.condition);
            return Some(format!("engine {ours} if {condition}: {holds:?}\noracle {theirs}\n{complete}"));
        }
    }
    None
}

#[test]
fn conditions_hold_at_completions_as_the_oracle_says() {
    let config =
        Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(batches() * 10) };
    let found = std::cell::RefCell::new(None);
    let counts = std::cell::RefCell::new((0u32, 0u32));
    let result = runner(config).run(&prop::collection::vec(any::<u8>(), 40..300), |genes| {
        if incomplete(&genes, &mut counts.borrow_mut()).is_some() {
            *found.borrow_mut() = Some(genes);
            return Err(TestCaseError::fail("a difference"));
        }
        Ok(())
    });
    let again = |genes: &[u8]| incomplete(genes, &mut (0, 0));
    let difference = found.into_inner().and_then(|genes| again(&shrunk(genes, again)));
    assert!(result.is_ok(), "{}", difference.unwrap_or_default());
    let (conditional, all) = counts.into_inner();
    assert!(conditional * 100 >= all * 15, "{conditional} of {all} depend on open keys");
}
