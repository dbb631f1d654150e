//! `what-can`: the document allows nothing that the engine does not, and document and list leave nothing out.

use std::collections::BTreeSet;

use entail::answers::{
    Asked, Engine, EngineOptions, MOST_CHARACTERS, Simulator, Statement, WhatCan, characters, document,
};
use entail::facts::{Assumptions, Ownership, Regime};
use entail::rules::decision::Decision;
use entail::scenario::Scenario;
use serde_json::{Value, json};

use crate::acme::{acme, question, rows};

/// Principals of the sample whose own policies, boundaries and SCPs say most.
const SOME: [&str; 6] = [
    "arn:aws:iam::444444444444:user/bob",
    "arn:aws:iam::111111111111:user/carla",
    "arn:aws:iam::222222222222:user/alice",
    "arn:aws:iam::222222222222:user/erik",
    "arn:aws:iam::333333333333:user/nadia",
    "arn:aws:iam::333333333333:role/github-build",
];

fn engine() -> Engine {
    let assumptions = Assumptions::default().without_context();
    Engine::new(&acme(), EngineOptions { assumptions, ..EngineOptions::default() })
}

fn written<'e>(engine: &'e Engine, principal: &str) -> WhatCan<'e> {
    let asked = Asked { principal: principal.to_owned(), ..Asked::default() };
    engine.what_can(&asked).expect("the sample has the principal")
}

/// What the document alone comes to, in an account without other policies.
fn alone(found: &WhatCan, row: &Value) -> Decision {
    decide(found, &found.statements, row)
}

fn decide(found: &WhatCan, statements: &[Statement], row: &Value) -> Decision {
    let account = found.caller.account.map(|account| account.to_string());
    let scenario = json!({
        "request": {
            "principal": row["principal"], "action": row["action"], "resource": row["resource"],
            "resource_account": account, "context": row["context"],
        },
        "derive": true,
        "identity_policies": [document(statements)],
    });
    let text = scenario.to_string();
    let scenarios = [Scenario::read(&text, 1).expect("a scenario")];
    Simulator::new(&scenarios).decide(0).expect("an answer").decided.decision
}

fn is_listed(found: &WhatCan, action: &str) -> bool {
    let matches = |pattern: &String| {
        pattern.starts_with('*')
            || entail::region::action_set::glob(
                pattern.to_ascii_lowercase().as_bytes(),
                action.to_ascii_lowercase().as_bytes(),
            )
    };
    found.inexpressible.iter().any(|one| one.actions.iter().any(matches))
}

#[test]
fn documents_of_the_sample_say_what_the_engine_says() {
    let engine = engine();
    let rows = rows();
    let mut asked = 0;
    for principal in SOME {
        let found = written(&engine, principal);
        let about = |row: &&Value| row["principal"] == principal && row["resource"].is_string();
        for row in rows.iter().filter(about) {
            asked += 1;
            let answer = engine.can(&question(row)).expect("an answer");
            let (whole, alone) = (answer.decided.decision, alone(&found, row));
            let line = format!("{row}\ndocument: {alone:?}, engine: {whole:?}");
            if alone == Decision::Allowed {
                // The engine knows less of the request than the scenario, in which all is stated.
                assert!(whole.may_be_allowed(), "{line}");
            }
            let foreign = matches!(answer.target.owner, Ownership::Account(owner) if Some(owner) != found.caller.account);
            // Where the owner's policy must grant as well (trust, keys), the caller's side alone allows nothing.
            let by_owner = matches!(answer.target.regime, Regime::Trust | Regime::Key);
            if whole == Decision::Allowed && !foreign && !by_owner {
                let action = row["action"].as_str().unwrap_or_default();
                assert!(alone.may_be_allowed() || is_listed(&found, action), "{line}");
            }
        }
    }
    assert!(asked > 20, "{asked}");
}

/// The actions and resources of the Allows, by whatever statements they are in.
fn allowed<'s>(statements: impl Iterator<Item = &'s Statement>) -> BTreeSet<(String, String)> {
    let pairs = |statement: &'s Statement| {
        let (actions, resources) = (&statement.actions, &statement.resources);
        let of = move |action: &String| {
            let action = format!("{} {action} {:?}", actions.not, statement.condition);
            resources
                .entries
                .iter()
                .map(move |resource| (action.clone(), format!("{} {resource}", resources.not)))
        };
        actions.entries.iter().flat_map(of)
    };
    statements.filter(|statement| !statement.denies).flat_map(pairs).collect()
}

#[test]
fn documents_are_split_into_all_their_statements() {
    let engine = engine();
    let mut split = 0;
    for principal in SOME {
        let found = written(&engine, principal);
        let whole = allowed(found.statements.iter());
        for most in [MOST_CHARACTERS, 700, 300] {
            let documents = found.documents(most);
            split += usize::from(documents.len() > 1);
            assert_eq!(allowed(documents.iter().flatten()), whole, "{principal} in {most}");
            for document in &documents {
                let alone = document.iter().filter(|statement| !statement.denies).count() == 1;
                assert!(alone || characters(document) <= most, "{principal} in {most}: {document:?}");
            }
        }
    }
    assert!(split > 6, "{split}");
}

/// Each document may be the only one that somebody attaches.
#[test]
fn a_deny_is_in_every_document_whose_allows_it_touches() {
    let own: Vec<Value> = ["a", "b", "c", "d"]
        .iter()
        .map(|team| {
            let resource = format!("arn:aws:s3:::{team}-bucket/*");
            let only = json!({"StringEquals": {"s3:authType": *team}});
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": resource, "Condition": only})
        })
        .chain([json!({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"})])
        .collect();
    let engine = crate::small_estates::role_and_bucket(&own, &[]);
    let found = written(&engine, "arn:aws:iam::111111111111:role/r");
    let denies = |document: &[Statement]| document.iter().any(|statement| statement.denies);
    assert!(denies(&found.statements), "the test is about Denies: {}", document(&found.statements));
    let documents = found.documents(400);
    assert!(documents.len() > 1, "{documents:?}");
    for part in &documents {
        let says = |action: &str| {
            let decided = |team: &str| {
                let row = json!({"principal": found.caller.name.to_string(), "action": action,
                    "resource": format!("arn:aws:s3:::{team}-bucket/k"), "context": {"s3:authType": team}});
                decide(&found, part, &row)
            };
            ["a", "b", "c", "d"].map(decided).contains(&Decision::Allowed)
        };
        assert_eq!((says("s3:GetObject"), says("s3:DeleteObject")), (true, false), "{}", document(part));
    }
}

#[test]
fn who_has_no_policies_and_who_is_unknown_is_said() {
    let engine = engine();
    let asked = |principal: &str| Asked { principal: principal.to_owned(), ..Asked::default() };
    let code = |principal| engine.what_can(&asked(principal)).err().map(|error| error.code());
    assert_eq!(code("lambda.amazonaws.com"), Some("no-own-policies"));
    assert_eq!(code("nobody-at-all"), Some("unknown-principal"));
}
