//! Laws of evaluation: what a change of the policies of a scenario can do to its answer.

use std::cell::RefCell;
use std::collections::BTreeMap;

use entail::answers::{Simulated, Simulator};
use entail::region::condition::{ConditionId, Conditions, Sat};
use entail::rules::decision::Decision;
use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::Config;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::genes::Genes;
use super::requests::scenario;
use super::statements::{About, Place, statement};
use super::{BATCH, OPEN, batches, runner, shrunk};

/// What the answer may be after a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Law {
    /// Adding a Deny never allows more.
    Deny,
    /// Adding an Allow never denies more.
    Allow,
    /// Splitting and reordering statements changes nothing.
    Split,
    /// Neither SCPs nor RCPs, boundaries or endpoint policies grant: taking them away never denies more.
    Grantless,
}

/// A scenario and one that a change makes of it.
struct Pair {
    law: Law,
    before: Value,
    after: Value,
}

/// The lists of policies of a scenario, each with its place. Of levels each has a list.
fn lists(scenario: &mut Value) -> Vec<(Place, &mut Value)> {
    let trust = scenario["request"]["action"].as_str().is_some_and(|action| action.starts_with("sts:"));
    let Some(fields) = scenario.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in fields.iter_mut().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "identity_policies" => found.push((Place::Identity, value)),
            "boundaries" => found.push((Place::Boundary, value)),
            "endpoint_policies" => found.push((Place::Endpoint, value)),
            "session_policy" => found.push((Place::Session, value)),
            "resource_policy" => found.push((if trust { Place::Trust } else { Place::Resource }, value)),
            "scps" | "rcps" => {
                let place = if name == "scps" { Place::Scp } else { Place::Rcp };
                let levels = value.as_array_mut().into_iter().flatten();
                found.extend(levels.map(|level| (place, &mut level["policies"])));
            }
            _ => {}
        }
    }
    found
}

/// The statements of a policy, or of the first of a list of policies.
fn statements(policies: &mut Value) -> Option<&mut Vec<Value>> {
    let policy = if policies.is_array() { policies.get_mut(0)? } else { policies };
    policy.get_mut("Statement")?.as_array_mut()
}

/// A scenario, in half of the cases with open keys, and a change to it.
fn pair(bytes: &[u8]) -> Option<Pair> {
    let (own, of_change) = bytes.split_at_checked(24)?;
    let genes = &mut Genes::new(own);
    let mut before = scenario(of_change);
    if genes.chance(128) {
        let context = before["request"]["context"].as_object_mut()?;
        context.retain(|key, _| !OPEN.iter().any(|(open, _)| open == key));
        before["unknown"] = OPEN.iter().map(|(key, _)| *key).collect();
    }
    let mut after = before.clone();
    let law = genes.pick(&[Law::Deny, Law::Allow, Law::Split, Law::Grantless]);
    match law {
        Law::Deny | Law::Allow => add(&mut after, law, genes)?,
        Law::Split => lists(&mut after).into_iter().for_each(|(_, policies)| split(policies)),
        Law::Grantless => {
            let field = genes.pick(&["scps", "scps", "rcps", "boundaries", "endpoint_policies"]);
            after.as_object_mut()?.remove(field)?;
        }
    }
    Some(Pair { law, before, after })
}

/// Adds a statement to the first policy of some list.
fn add(scenario: &mut Value, law: Law, genes: &mut Genes) -> Option<()> {
    let request = scenario["request"].clone();
    let (action, resource) = (request["action"].as_str()?, request["resource"].as_str()?);
    let caller = request["principal"].as_str()?;
    let about = About {
        action,
        resource,
        principals: std::slice::from_ref(&caller),
        gateway: action.starts_with("s3:") || action.starts_with("dynamodb:"),
    };
    // A policy that lets in everybody is public, and Block Public Access refuses strangers (S-S3-06).
    let blocks = scenario["settings"]["s3_block_public_access"] == json!(true);
    let mut lists = lists(scenario);
    let at = genes.below(lists.len().max(1));
    let (place, policies) = lists.get_mut(at)?;
    if law == Law::Allow && (*place == Place::Rcp || (blocks && *place == Place::Resource)) {
        return None;
    }
    let mut added = statement(genes, &about, *place);
    let fields = added.as_object_mut()?;
    // What can't be read of a document is open, whatever it says.
    let readable = fields.get("Effect").is_some_and(|effect| effect == "Allow" || effect == "Deny")
        && !fields.contains_key("Conditon")
        && fields.contains_key("NotAction") != fields.contains_key("Action");
    let named = !matches!(*place, Place::Resource | Place::Trust | Place::Endpoint | Place::Rcp)
        || fields.contains_key("Principal");
    let on = fields.contains_key("Resource") || fields.contains_key("NotResource");
    if !readable || !named || on == (*place == Place::Trust) {
        return None;
    }
    fields.insert("Effect".to_owned(), json!(if law == Law::Deny { "Deny" } else { "Allow" }));
    statements(policies)?.push(added);
    Some(())
}

/// Makes of each statement one for each of its actions and resources, and turns their order round.
fn split(policies: &mut Value) {
    let all: Vec<&mut Value> = match policies {
        Value::Array(list) => list.iter_mut().collect(),
        one => vec![one],
    };
    for policy in all {
        let Some(statements) = statements(policy) else { continue };
        for element in ["Action", "Resource"] {
            let parts = |statement: &Value| -> Vec<Value> {
                match statement.get(element).and_then(Value::as_array) {
                    Some(entries) if entries.len() > 1 => entries
                        .iter()
                        .map(|entry| {
                            let mut part = statement.clone();
                            part[element] = entry.clone();
                            part
                        })
                        .collect(),
                    _ => vec![statement.clone()],
                }
            };
            *statements = statements.iter().flat_map(parts).collect();
        }
        statements.reverse();
    }
}

/// Whether one condition holds wherever another does. What stays open counts as if it did.
fn within(conditions: &Conditions, one: ConditionId, other: ConditionId) -> bool {
    !matches!(conditions.satisfiable(conditions.and(one, conditions.not(other))), Sat::Yes(_))
}

/// How an answer before a change and the one after it break the law, if they do.
fn broken(law: Law, before: &Simulated<'_>, after: &Simulated<'_>) -> Option<String> {
    let conditions = &before.facts.arena().conditions;
    let (old, new) = (&before.decided, &after.decided);
    let rank = |answer: &Simulated<'_>| match answer.decided.decision {
        Decision::Allowed => 2,
        // Of some denials only the kind is open.
        decision if decision.may_be_allowed() && !answer.decided.condition.is_never() => 1,
        _ => 0,
    };
    let more = |one: &Simulated<'_>, other: &Simulated<'_>| {
        rank(one) > rank(other) || !within(conditions, one.decided.condition, other.decided.condition)
    };
    let layers = |one: &Simulated<'_>| one.decided.blocked_by;
    let breaks = match law {
        Law::Deny => more(after, before),
        Law::Allow | Law::Grantless => more(before, after),
        Law::Split => {
            old.decision != new.decision
                || layers(before) != layers(after)
                || more(after, before)
                || more(before, after)
        }
    };
    breaks.then(|| {
        let text = |condition| conditions.text(condition);
        format!(
            "{law:?}: {:?} {:?} if {}, after the change {:?} {:?} if {}",
            old.decision,
            layers(before),
            text(old.condition),
            new.decision,
            layers(after),
            text(new.condition)
        )
    })
}

/// How the scenarios that some bytes make break laws, and how many of them put each to the test.
fn breaches(genes: &[Vec<u8>], counts: &mut BTreeMap<Law, usize>) -> Vec<String> {
    let pairs: Vec<Pair> = genes.iter().filter_map(|genes| pair(genes)).collect();
    let lines: Vec<String> =
        pairs.iter().flat_map(|pair| [pair.before.to_string(), pair.after.to_string()]).collect();
    let read: Vec<Option<Scenario<'_>>> = lines.iter().map(|line| Scenario::read(line, 1).ok()).collect();
    // One engine, so that conditions can be compared; pairs of which either can't be read say nothing.
    let whole: Vec<usize> = (0..pairs.len())
        .filter(|at| read.get(2 * at).is_some_and(Option::is_some) && read[2 * at + 1].is_some())
        .collect();
    let scenarios: Vec<Scenario<'_>> =
        whole.iter().flat_map(|at| [read[2 * at].clone(), read[2 * at + 1].clone()]).flatten().collect();
    let simulator = Simulator::new(&scenarios);
    let judged: Vec<(Law, bool, Option<String>)> = (0..whole.len())
        .into_par_iter()
        .filter_map(|at| {
            let pair = pairs.get(whole[at])?;
            let before = simulator.decide(2 * at).ok()?;
            let after = simulator.decide(2 * at + 1).ok()?;
            let moved = (before.decided.decision, before.decided.condition)
                != (after.decided.decision, after.decided.condition);
            let broken = broken(pair.law, &before, &after);
            let told = broken.map(|text| format!("{text}\n{}\n{}", pair.before, pair.after));
            Some((pair.law, moved || pair.law == Law::Split, told))
        })
        .collect();
    for (law, counts_for, _) in &judged {
        *counts.entry(*law).or_default() += usize::from(*counts_for);
    }
    judged.into_iter().filter_map(|(.., told)| told).collect()
}

#[test]
fn changes_of_policies_keep_the_laws() {
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::with_cases(batches().div_ceil(2))
    };
    let genes = prop::collection::vec(prop::collection::vec(any::<u8>(), 64..324), BATCH / 2);
    let counts = RefCell::new(BTreeMap::new());
    let found = RefCell::new(None);
    let all = runner(config).run(&genes, |genes| {
        if !breaches(&genes, &mut counts.borrow_mut()).is_empty() {
            *found.borrow_mut() = Some(genes);
            return Err(TestCaseError::fail("a law is broken"));
        }
        Ok(())
    });
    let alone = |genes: &[u8]| breaches(&[genes.to_vec()], &mut BTreeMap::new()).pop();
    let told = found.into_inner().and_then(|batch| {
        let one = batch.into_iter().find(|genes| alone(genes).is_some())?;
        alone(&shrunk(one, alone))
    });
    assert!(all.is_ok(), "{}", told.unwrap_or_else(|| format!("{all:?}")));
    // Changes that change nothing prove nothing.
    let tried = batches().div_ceil(2) as usize * BATCH / 2;
    let counts = counts.into_inner();
    for law in [Law::Deny, Law::Allow, Law::Split, Law::Grantless] {
        let moved = counts.get(&law).copied().unwrap_or_default();
        assert!(moved * 1000 >= tried * 3, "{law:?} changes {moved} of {tried} scenarios: {counts:?}");
    }
}
