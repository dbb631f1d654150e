//! Every rule about routes decides: without it the answers of random scenarios change.

use std::cell::RefCell;
use std::collections::BTreeMap;

use entail::answers::Simulator;
use entail::rules::decision::Situation;
use entail::rules::route::{Routes, Rule};
use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::Config;
use rayon::prelude::*;

use super::requests::scenario;
use super::{BATCH, batches, runner};

/// Of so many scenarios each rule must decide fifty.
const FULL: usize = 100_000;

/// Rules about grants that no scenario can state: those on KMS keys and shares. Estates have them.
const OF_ESTATES: [Rule; 2] = [Rule::R6, Rule::R7];

#[test]
fn every_rule_about_routes_decides() {
    let tried = batches() as usize * BATCH;
    let wanted = (50 * tried / FULL).max(1);
    let all_rules = Routes::derive();
    let without: Vec<(Rule, Routes)> =
        Rule::ALL.into_iter().map(|rule| (rule, Routes::without(rule))).collect();
    let counts: RefCell<BTreeMap<Rule, usize>> = RefCell::new(BTreeMap::new());
    let config = Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(batches()) };
    let genes = prop::collection::vec(prop::collection::vec(any::<u8>(), 40..300), BATCH);
    let all = runner(config).run(&genes, |genes| {
        // Rules that decided often enough are not tried any more.
        let known = counts.borrow().clone();
        let idle = |rule: &Rule| known.get(rule).copied().unwrap_or_default() < wanted;
        if !Rule::ALL.iter().any(|rule| !OF_ESTATES.contains(rule) && idle(rule)) {
            return Ok(());
        }
        let lines: Vec<String> = genes.iter().map(|genes| scenario(genes).to_string()).collect();
        let scenarios: Vec<Scenario<'_>> =
            lines.iter().filter_map(|line| Scenario::read(line, 1).ok()).collect();
        let simulator = Simulator::new(&scenarios);
        let flipped = |at: usize| {
            let Ok(with) = simulator.decide(at) else { return Vec::new() };
            let differs = |(rule, routes): &(Rule, Routes)| {
                let alike = |kind: &Situation| routes.alike(&all_rules, kind.caller, kind.relation);
                if with.situations.iter().all(alike) {
                    return None;
                }
                let answer = simulator.decide_by(routes, at).ok()?;
                (answer.decided.decision != with.decided.decision).then_some(*rule)
            };
            without.iter().filter(|(rule, _)| idle(rule)).filter_map(differs).collect()
        };
        let flipped: Vec<Rule> = (0..scenarios.len()).into_par_iter().flat_map_iter(flipped).collect();
        flipped.into_iter().for_each(|rule| *counts.borrow_mut().entry(rule).or_default() += 1);
        Ok(())
    });
    assert!(all.is_ok(), "{all:?}");
    let counts = counts.into_inner();
    let of = |rule: &Rule| counts.get(rule).copied().unwrap_or_default();
    let idle: Vec<Rule> =
        Rule::ALL.into_iter().filter(|rule| !OF_ESTATES.contains(rule) && of(rule) < wanted).collect();
    assert!(idle.is_empty(), "{idle:?} decide fewer than {wanted} of {tried}: {counts:?}");
    assert!(OF_ESTATES.iter().all(|rule| of(rule) == 0), "{counts:?}");
}
