//! What `what-can` writes for a principal, read by the oracle: document and list together say what the engine says.

use std::collections::BTreeMap;

use entail::answers::{
    Asked, Engine, EngineOptions, MOST_CHARACTERS, Statement, WhatCan, characters, document,
};
use entail::facts::{Assumptions, Layer, Ownership, PrincipalKind, Regime};
use entail::region::condition::{Known, Trool};
use entail::rules::decision::Decision;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::{config, in_world, world};
use crate::both::{Ask, Judges};
use crate::{oracle, oracle_self};

/// So few characters that documents of two statements are split.
const FEW: usize = 300;

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 40, ..config(8) })]

    #[test]
    fn documents_and_lists_say_what_the_engine_says(
        world in world::any(),
        asks in prop::collection::vec(world::request(), 24),
        expand in prop::bool::weighted(0.1),
    ) {
        in_world(&world, |judges| {
            let assumptions = Assumptions::default().without_context();
            let engine = Engine::new(judges.engine.estate(), EngineOptions { assumptions, ..EngineOptions::default() });
            let mut written: BTreeMap<String, Option<Written>> = BTreeMap::new();
            for ask in &asks {
                let asked = Asked { principal: ask.principal.clone(), expand, ..Asked::default() };
                let found = written.entry(ask.principal.clone()).or_insert_with(|| {
                    let found = engine.what_can(&asked).ok()?;
                    // All names of all services fill thousands of documents.
                    let few = characters(&found.statements) <= MOST_CHARACTERS;
                    let parts = if few { found.documents(FEW) } else { Vec::new() };
                    let parts = parts.into_iter().map(|part| part.statements).collect();
                    Some(Written { found, parts })
                });
                let Some(found) = found else { continue };
                for ask in std::iter::once(ask.clone()).chain(borders(&found.found, ask)) {
                    says_the_same(judges, &engine, found, &ask)?;
                }
            }
            Ok(())
        })?;
    }
}

/// What a principal can do, and the same in short documents, unless there would be too many.
struct Written<'e> {
    found: WhatCan<'e>,
    parts: Vec<Vec<Statement>>,
}

/// The same request on resources at the borders of what is written: the shortest that each pattern matches, longer ones,
/// and one that it just misses.
fn borders(found: &WhatCan, ask: &Ask) -> Vec<Ask> {
    let patterns = found.statements.iter().flat_map(|statement| &statement.resources.entries);
    let mut resources: Vec<String> = patterns
        .filter(|pattern| pattern.starts_with("arn:aws:s3:::bkt") || pattern.starts_with("arn:aws:s3:::b?t"))
        .flat_map(|pattern| {
            let with = |stars: &str| pattern.replace("b?t", "bkt").replace(['*'], stars).replace('?', "q");
            [with(""), with("x"), with("/a/x"), format!("{}x", with(""))]
        })
        .filter(|arn| arn.starts_with("arn:aws:s3:::bkt/") && !arn.ends_with('/') && !arn.contains('$'))
        .collect();
    resources.sort();
    resources.dedup();
    // The names of all actions fill documents that take long to read.
    if !ask.resource.starts_with("arn:aws:s3:::bkt/") || characters(&found.statements) > MOST_CHARACTERS {
        return Vec::new();
    }
    resources.into_iter().map(|resource| Ask { resource, ..ask.clone() }).collect()
}

fn says_the_same(
    judges: &Judges,
    engine: &Engine,
    written: &Written,
    ask: &Ask,
) -> Result<(), TestCaseError> {
    let found = &written.found;
    let fail = |text: String| TestCaseError::fail(text);
    let target = engine.target_of(&ask.action, Some(&ask.resource), None, &mut Vec::new());
    let Ok(target) = target else { return Ok(()) };
    let mut ask = judges.complete(ask);
    if ask.action != "s3:ListBucket" {
        // No other action here supplies these (S-COND-14); a question may state them all the same.
        ask.context.retain(|key, _| !key.starts_with("s3:"));
    }
    let answer = engine.can(&ask.question()).map_err(|error| fail(error.to_string()))?;
    let conditions = &answer.engine.facts().arena().conditions;
    let evaluated = &answer.examined.evaluated;
    // A root user needs no identity policy (S-ROOT-01).
    let own: &[Layer] = match found.caller.kind {
        PrincipalKind::Root => &[Layer::Scp],
        _ => &[Layer::Identity, Layer::Boundary, Layer::Scp],
    };
    let permitted = conditions.and(
        conditions.and_all(own.iter().map(|&layer| evaluated.allow(layer))),
        conditions.not(conditions.or_all(own.iter().map(|&layer| evaluated.deny(layer)))),
    );

    // What follows from the resource is stated for whoever reads the document alone.
    let of_resource = target.bindings(conditions, answer.engine.estate());
    for key in ["aws:resourcetag/team", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"] {
        let values = match of_resource.known(key) {
            Known::One(value) => vec![value.into_owned()],
            Known::Many(values) => values.iter().map(|value| value.to_string()).collect(),
            Known::Absent => Vec::new(),
            Known::Unknown | Known::Held | Known::As(_) | Known::Named(..) => continue,
        };
        ask.context.insert(key.to_owned(), values);
    }
    let account = found.caller.account.map(|account| account.to_string());
    let is_home = matches!(target.owner, Ownership::Account(owner) if Some(owner) == found.caller.account);
    let delegates = matches!(target.regime, Regime::Trust | Regime::Key);
    // A root user may do what no document says (S-ROOT-01): its document is read as a user's.
    let holder = match (found.caller.kind, &account) {
        (PrincipalKind::Root, Some(account)) => {
            Ask { principal: format!("arn:aws:iam::{account}:user/holder"), ..ask.clone() }
        }
        _ => ask.clone(),
    };
    let alone = |statements: &[Statement]| -> Result<bool, TestCaseError> {
        let scenario = scenario(&holder, account.as_deref(), delegates, &document(statements));
        let answer = oracle::decide_scenario(&scenario, oracle_self::catalog()).map_err(fail)?;
        Ok(answer.decision == oracle::Decision::Allowed)
    };
    let whole = alone(&found.statements)?;
    let listed = listed(found, &target, &ask);
    let decision = answer.decided.decision;
    let described = || {
        format!(
            "{ask}\nthe engine says {decision:?}, permitted {permitted:?}, the document {whole}, the list {listed:?}\n{}\n{:#?}",
            document(&found.statements),
            found
                .inexpressible
                .iter()
                .map(|one| (&one.actions, &one.resources, &one.why))
                .collect::<Vec<_>>()
        )
    };

    // Never more.
    prop_assert!(!whole || !permitted.is_never(), "the own side does not permit it: {}", described());
    if is_home && !delegates {
        prop_assert!(!whole || decision.may_be_allowed(), "{}", described());
        prop_assert!(listed != Trool::True || decision.may_be_allowed(), "listed: {}", described());
    }
    // Never less. That resources of other accounts grant is no part of it.
    if is_home && decision == Decision::Allowed {
        prop_assert!(whole || listed != Trool::False, "neither written nor listed: {}", described());
    }
    // The parts together say the same, and none of them more: a call may need permissions of several.
    let together: Vec<Statement> = written.parts.iter().flatten().cloned().collect();
    let some = if written.parts.is_empty() { whole } else { alone(&together)? };
    for part in &written.parts {
        prop_assert!(whole || !alone(part)?, "a part: {}\n{}", described(), document(part));
    }
    let parts = || written.parts.iter().map(|part| document(part).to_string()).collect::<Vec<_>>().join("\n");
    prop_assert_eq!(some, whole, "in parts: {}\n{}", described(), parts());
    Ok(())
}

/// Whether a request is on the list.
fn listed(found: &WhatCan, target: &entail::facts::Target, ask: &Ask) -> Trool {
    let arena = found.engine.facts().arena();
    let question = ask.question();
    let context = question.context.bindings(&arena.conditions);
    let mut any = Trool::False;
    for one in &found.inexpressible {
        let region = one.region;
        let holds = target.action.index.is_some_and(|index| arena.actions.contains(region.actions, index))
            && match target.no_resource {
                true => arena.resources.contains_none(region.resources),
                false => target.right_type && arena.resources.contains(region.resources, &ask.resource),
            }
            && match target.owner {
                Ownership::Account(owner) => arena.owners.contains(region.owner, Some(owner.number())),
                _ => true,
            };
        if !holds {
            continue;
        }
        let stated = arena.conditions.bind(region.condition, &context);
        match arena.conditions.evaluate(stated, &target.bindings(&arena.conditions, found.engine.estate())) {
            Trool::True => return Trool::True,
            Trool::Unknown => any = Trool::Unknown,
            Trool::False => {}
        }
    }
    any
}

/// The document as the only identity policy, in an account without other policies but the one that keys and roles need.
fn scenario(ask: &Ask, account: Option<&str>, delegates: bool, document: &Value) -> Value {
    let context: serde_json::Map<String, Value> = ask
        .context
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| (key.clone(), json!(values)))
        .collect();
    let of_resource = delegates.then(|| {
        let mut statement = json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*"});
        if !ask.action.starts_with("sts:") {
            statement["Resource"] = json!("*");
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    });
    json!({
        "request": {"principal": ask.principal, "action": ask.action, "resource": ask.resource,
            "resource_account": account, "context": context},
        "derive": true,
        "identity_policies": [document],
        "resource_policy": of_resource,
    })
}
