//! Every rule decides: without it the answers of random scenarios change.

use std::cell::RefCell;
use std::collections::BTreeMap;

use entail::answers::Simulator;
use entail::rules::decision::Situation;
use entail::rules::route::{Routes, Rule};
use entail::rules::without::Without;
use entail::rules::{ceiling, further, membership};
use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::Config;
use rayon::prelude::*;

use super::requests::scenario;
use super::{BATCH, batches, runner};

/// Of so many scenarios each rule must decide fifty.
const FULL: usize = 100_000;

/// The rule about grants on KMS keys, which no scenario can state. Random estates have them.
const OF_ESTATES: [Rule; 1] = [Rule::R6];

/// How many scenarios are tried, and how many of them each rule must decide.
fn wanted() -> (usize, usize) {
    let tried = batches() as usize * BATCH;
    (tried, (50 * tried / FULL).max(1))
}

/// How many random scenarios each of some rules decides, each counted until it decided enough. `flips` gives the idle rules that
/// decide a scenario of a batch, which it gets with its simulator.
fn census<K: Copy + Ord + Send + Sync>(
    rules: &[K],
    flips: impl Fn(&[Scenario<'_>], &Simulator<'_>, &[K]) -> Vec<K>,
) -> BTreeMap<K, usize> {
    let (_, wanted) = wanted();
    let counts: RefCell<BTreeMap<K, usize>> = RefCell::new(BTreeMap::new());
    let config = Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(batches()) };
    let genes = prop::collection::vec(prop::collection::vec(any::<u8>(), 40..300), BATCH);
    let all = runner(config).run(&genes, |genes| {
        let known = counts.borrow().clone();
        let idle = |rule: &&K| known.get(rule).copied().unwrap_or_default() < wanted;
        let idle: Vec<K> = rules.iter().filter(idle).copied().collect();
        if idle.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = genes.iter().map(|genes| scenario(genes).to_string()).collect();
        let scenarios: Vec<Scenario<'_>> =
            lines.iter().filter_map(|line| Scenario::read(line, 1).ok()).collect();
        let simulator = Simulator::new(&scenarios);
        for rule in flips(&scenarios, &simulator, &idle) {
            *counts.borrow_mut().entry(rule).or_default() += 1;
        }
        Ok(())
    });
    assert!(all.is_ok(), "{all:?}");
    counts.into_inner()
}

/// That each of some rules decides often enough.
fn all_decide<K: Copy + Ord + std::fmt::Debug>(rules: &[K], counts: &BTreeMap<K, usize>) {
    let (tried, wanted) = wanted();
    let idle: Vec<&K> =
        rules.iter().filter(|rule| counts.get(rule).copied().unwrap_or_default() < wanted).collect();
    assert!(idle.is_empty(), "{idle:?} decide fewer than {wanted} of {tried}: {counts:?}");
}

#[test]
fn every_rule_about_routes_decides() {
    let all_rules = Routes::derive();
    let without: BTreeMap<Rule, Routes> =
        Rule::ALL.into_iter().map(|rule| (rule, Routes::without(&rule.into()))).collect();
    let stated: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| !OF_ESTATES.contains(rule)).collect();
    let counts = census(&stated, |scenarios, simulator, idle| {
        let flipped = |at: usize| {
            let Ok(with) = simulator.decide(at) else { return Vec::new() };
            let differs = |rule: &Rule| {
                let routes = &without[rule];
                let alike = |kind: &Situation| routes.alike(&all_rules, kind.caller, kind.relation);
                if with.situations.iter().all(alike) {
                    return false;
                }
                let answer = simulator.decide_by(routes, at);
                answer.is_ok_and(|answer| answer.decided.decision != with.decided.decision)
            };
            idle.iter().chain(&OF_ESTATES).copied().filter(differs).collect()
        };
        (0..scenarios.len()).into_par_iter().flat_map_iter(flipped).collect()
    });
    all_decide(&stated, &counts);
    assert!(OF_ESTATES.iter().all(|rule| !counts.contains_key(rule)), "{counts:?}");
}

/// The rules about whose policies a caller has that scenarios reach: they have no groups, and the policies of a session are
/// stated as its own. Random estates reach the others.
const MEMBERSHIP: [membership::Rule; 2] = [membership::Rule::M1, membership::Rule::M4];
/// Those about levels. What SCPs leave possible is derived for the tables of estates.
const CEILING: [ceiling::Rule; 2] = [ceiling::Rule::C1, ceiling::Rule::C5];

#[test]
fn every_rule_about_callers_and_levels_decides() {
    let rules: Vec<Without> =
        MEMBERSHIP.map(Without::from).into_iter().chain(CEILING.map(Without::from)).collect();
    let counts = census(&rules, |scenarios, simulator, idle| {
        let decide = |simulator: &Simulator<'_>, at: usize| {
            simulator.decide(at).map(|answer| answer.decided.decision).ok()
        };
        let with: Vec<_> = (0..scenarios.len()).into_par_iter().map(|at| decide(simulator, at)).collect();
        let mut flipped = Vec::new();
        for &rule in idle {
            let without = Simulator::without(scenarios, rule);
            let differ = (0..scenarios.len()).into_par_iter().filter(|&at| decide(&without, at) != with[at]);
            flipped.extend(std::iter::repeat_n(rule, differ.count()));
        }
        flipped
    });
    all_decide(&rules, &counts);
}

/// The rules about further permissions that scenarios reach: those of which no export tells exist in estates only.
const FURTHER: [further::Rule; 4] =
    [further::Rule::X1, further::Rule::X2, further::Rule::X3, further::Rule::X4];

#[test]
fn every_further_permission_decides() {
    let without: BTreeMap<further::Rule, Routes> =
        FURTHER.into_iter().map(|rule| (rule, Routes::without(&rule.into()))).collect();
    let counts = census(&FURTHER, |scenarios, simulator, idle| {
        let flipped = |at: usize| {
            if further::actions(&scenarios[at].action).is_empty() {
                return Vec::new();
            }
            let Ok(with) = simulator.decide(at) else { return Vec::new() };
            let differs = |rule: &further::Rule| {
                let answer = simulator.decide_by(&without[rule], at);
                answer.is_ok_and(|answer| answer.decided.decision != with.decided.decision)
            };
            idle.iter().copied().filter(differs).collect()
        };
        (0..scenarios.len()).into_par_iter().flat_map_iter(flipped).collect()
    });
    all_decide(&FURTHER, &counts);
}

/// Why services refuse what random scenarios ask for. Calls to IAM from other accounts are refused as well, and no policy could
/// let them in.
const REFUSALS: &[&str] = &[
    "a SAML identity can only assume roles",
    "federated-user sessions can call GetCallerIdentity only",
    "the root user cannot assume roles",
    "the service does not take this call from other accounts",
    "the service takes no unsigned requests",
];

#[test]
fn every_refusal_by_a_service_decides() {
    let ungated = Routes::without_gates();
    let counts = census(REFUSALS, |scenarios, simulator, _| {
        let flipped = |at: usize| {
            let with = simulator.decide(at).ok()?;
            let reason = with.refusal?;
            let without = simulator.decide_by(&ungated, at).ok()?;
            (without.decided.decision != with.decided.decision).then_some(reason)
        };
        (0..scenarios.len()).into_par_iter().filter_map(flipped).collect()
    });
    all_decide(REFUSALS, &counts);
}
