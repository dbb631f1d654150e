//! `what-can --split`: documents that together are the one, each short enough or named, and none written many times.

use entail::answers::{
    Asked, DocumentPart, Engine, MOST_CHARACTERS, Simulator, Statement, WhatCan, characters, document,
};
use entail::rules::decision::Decision;
use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::small_estates::role_and_bucket;

const ROLE: &str = "arn:aws:iam::111111111111:role/r";

fn written(engine: &Engine) -> WhatCan<'_> {
    let asked = Asked { principal: ROLE.to_owned(), ..Asked::default() };
    engine.what_can(&asked).expect("the estate has the role")
}

/// What somebody with some documents may do, and nothing else.
fn decide(documents: &[&[Statement]], action: &str, resource: &str, agent: &str) -> Decision {
    let documents: Vec<Value> = documents.iter().map(|statements| document(statements)).collect();
    let scenario = json!({
        "request": {"principal": ROLE, "action": action, "resource": resource, "resource_account": "111111111111",
            "context": {"aws:UserAgent": [agent]}},
        "derive": true,
        "identity_policies": documents,
    });
    let text = scenario.to_string();
    let scenarios = [Scenario::read(&text, 1).expect("a scenario")];
    Simulator::new(&scenarios).decide(0).expect("an answer").decided.decision
}

fn long(number: usize) -> String {
    format!("{}-{number:03}", "long-name".repeat(4))
}

fn buckets(count: usize, rest: &str) -> Vec<String> {
    (0..count).map(|number| format!("arn:aws:s3:::{}{rest}", long(number))).collect()
}

/// A list that says something together only is written once, and named; what is beside it is divided all the same.
#[test]
fn what_cannot_be_divided_is_named_and_not_written_many_times() {
    let many: Vec<String> = ["Get", "List", "Put"]
        .iter()
        .flat_map(|verb| ["Object", "Bucket"].map(|of| format!("s3:{verb}{of}*")))
        .collect();
    let except = json!({"Effect": "Allow", "Action": many, "NotResource": buckets(300, "/*")});
    let list = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource":
        (0..300).map(|number| format!("arn:aws:sqs:eu-west-1:111111111111:{}", long(number))).collect::<Vec<_>>()});
    let engine = role_and_bucket(&[except, list], &[]);
    let found = written(&engine);
    let whole = characters(&found.statements);
    let documents = found.documents(MOST_CHARACTERS);
    let sum: usize = documents.iter().map(|part| characters(&part.statements)).sum();
    assert!(sum < whole * 5 / 4, "{sum} of {whole}");
    let named: Vec<&DocumentPart> = documents.iter().filter(|part| part.too_long.is_some()).collect();
    let [named] = named.as_slice() else { unreachable!("one is too long: {}", named.len()) };
    let why = named.too_long.as_deref().unwrap_or_default();
    assert!(why.contains("the 300 entries of its `NotResource`"), "{why}");
    assert!(documents.len() > 2, "{}", documents.len());
    assert!(
        documents
            .iter()
            .all(|part| part.too_long.is_some() == (characters(&part.statements) > MOST_CHARACTERS))
    );
}

/// Denies that stand beside everything are no longer than they were.
#[test]
fn denies_that_cannot_be_divided_are_written_once() {
    let allows = (0..40).map(|number| {
        let only = json!({"StringEquals": {"aws:UserAgent": format!("agent-{number}")}});
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": only})
    });
    let deny = json!({"Effect": "Deny", "Action": ["s3:*", "sqs:*", "sns:*", "ec2:*"], "NotResource": buckets(300, "/*"),
        "Condition": {"StringNotLike": {"aws:Referer": "x"}}});
    let statements: Vec<Value> = allows.chain([deny]).collect();
    let engine = role_and_bucket(&statements, &[]);
    let found = written(&engine);
    let whole = characters(&found.statements);
    let documents = found.documents(MOST_CHARACTERS);
    let sum: usize = documents.iter().map(|part| characters(&part.statements)).sum();
    assert!(sum <= whole * 3 / 2, "{sum} of {whole}");
    for part in &documents {
        assert_eq!(part.too_long.is_some(), characters(&part.statements) > MOST_CHARACTERS);
    }
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"];
    let buckets: Vec<String> = (0..6).map(|number| format!("arn:aws:s3:::{}/*", long(number))).collect();
    let agents: Vec<String> = (0..6).map(|number| format!("agent-{number}-of-{}", long(number))).collect();
    let lists =
        (subsequence(actions.to_vec(), 1..=4), subsequence(buckets, 1..=6), subsequence(agents, 1..=6));
    let forms = (
        select(vec!["Allow", "Allow", "Deny"]),
        select(vec!["Resource", "Resource", "NotResource"]),
        select(vec!["", "", "StringEquals", "StringNotEquals"]),
    );
    (lists, forms).prop_map(|((actions, resources, agents), (effect, element, operator))| {
        let mut statement = json!({"Effect": effect, "Action": actions});
        statement[element] = json!(resources);
        if !operator.is_empty() {
            statement["Condition"] = json!({operator: {"aws:UserAgent": agents}});
        }
        statement
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn documents_together_are_the_one(
        statements in proptest::collection::vec(statement(), 1..6),
        most in select(vec![350, 600, 1200]),
    ) {
        let engine = role_and_bucket(&statements, &[]);
        let found = written(&engine);
        let documents = found.documents(most);
        for part in &documents {
            prop_assert_eq!(part.too_long.is_some(), characters(&part.statements) > most, "{:?}", part);
        }
        let all: Vec<&[Statement]> = documents.iter().map(|part| part.statements.as_slice()).collect();
        for (action, bucket, agent) in [
            ("s3:GetObject", 0, 0), ("s3:PutObject", 1, 5), ("s3:DeleteObject", 2, 3),
            ("s3:GetObjectTagging", 5, 1), ("s3:GetObject", 3, 4), ("s3:PutObject", 9, 9),
        ] {
            let resource = format!("arn:aws:s3:::{}/k", long(bucket));
            let agent = format!("agent-{agent}-of-{}", long(agent));
            let of = |documents: &[&[Statement]]| decide(documents, action, &resource, &agent) == Decision::Allowed;
            let whole = of(&[&found.statements]);
            prop_assert_eq!(of(&all), whole, "{} on {} by {}", action, resource, agent);
            let alone = all.iter().any(|&one| of(&[one]));
            prop_assert_eq!(alone, whole, "{} on {} by {} in one document", action, resource, agent);
        }
    }
}
