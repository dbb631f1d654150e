//! Keys of which some are given and some are not, where what one holds says something of another (S-TRI-06, S-TRI-09).

use entail::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use serde_json::{Map, Value, json};

use super::genes::Genes;
use super::{Said, batches, engine, oracle, runner, same, shrunk};
use crate::oracle::stands;
use crate::oracle_self::catalog;

/// Keys that are coupled, with values that they may hold, and tests of them.
type Coupled = (&'static str, &'static [&'static str], &'static [(&'static str, &'static [&'static str])]);

const NULL: (&str, &[&str]) = ("Null", &["true", "false"]);
const TRUTH: &[(&str, &[&str])] = &[("Bool", &["true", "false"]), NULL];
const TEXT: &[(&str, &[&str])] = &[NULL];

/// In groups: keys of one say something of each other.
const GROUPS: &[&[Coupled]] = &[
    &[
        ("aws:CalledVia", &["a", "b"], CALLED),
        ("aws:CalledViaFirst", &["a", "b"], ENDS),
        ("aws:CalledViaLast", &["a", "b"], ENDS),
        ("aws:ViaAWSService", &["true", "false"], TRUTH),
        ("aws:PrincipalIsAWSService", &["false"], TRUTH),
    ],
    &[
        ("aws:CurrentTime", &["2024-01-01T00:00:00Z", "2024-01-01T00:00:05Z"], TIMES),
        ("aws:EpochTime", &["1704067200", "1704067205"], TIMES),
    ],
    &[
        ("aws:MultiFactorAuthAge", &["5", "9"], &[NULL]),
        ("aws:MultiFactorAuthPresent", &["true", "false"], TRUTH),
        ("aws:TokenIssueTime", &["2024-01-01T00:00:00Z"], TEXT),
        ("aws:ViaAWSService", &["true", "false"], TRUTH),
    ],
    &[
        ("aws:SourceVpce", &["vpce-1", "vpce-2"], TEXT),
        ("aws:SourceVpc", &["vpc-1"], TEXT),
        ("aws:SourceVpcArn", &["arn:aws:ec2:us-east-1:111111111111:vpc/vpc-1"], TEXT),
        ("aws:VpcSourceIp", &["10.0.0.1"], TEXT),
        ("aws:SourceIp", &["203.0.113.9"], TEXT),
        ("aws:ViaAWSService", &["true", "false"], TRUTH),
    ],
    &[
        ("aws:PrincipalOrgID", &["o-1", "o-2"], &[("StringEquals", &["o-1", "o-2"]), NULL]),
        ("aws:PrincipalOrgPaths", &["o-1/r-1/", "o-2/r-2/"], PATHS),
    ],
    &[
        ("aws:ResourceOrgID", &["o-1", "o-2"], &[("StringEquals", &["o-1", "o-2"]), NULL]),
        ("aws:ResourceOrgPaths", &["o-1/r-1/", "o-2/r-2/"], PATHS),
    ],
    &[
        ("aws:TagKeys", &["a", "b"], CALLED),
        ("aws:RequestTag/a", &["x"], TEXT),
        ("aws:RequestTag/b", &["x"], TEXT),
    ],
];

const CALLED: &[(&str, &[&str])] =
    &[("ForAnyValue:StringEquals", &["a", "b"]), ("ForAllValues:StringEquals", &["a", "b"]), NULL];
const ENDS: &[(&str, &[&str])] = &[("StringEquals", &["a", "b"]), NULL];
const PATHS: &[(&str, &[&str])] = &[("ForAnyValue:StringLike", &["o-1/*", "o-2/*"]), NULL];
const TIMES: &[(&str, &[&str])] = &[
    ("DateLessThan", &["2024-01-01T00:00:03Z", "2024-01-01T00:00:00Z"]),
    ("DateGreaterThan", &["1704067201", "2024-01-01T00:00:00Z"]),
];

/// Keys that every request holds.
const ALWAYS: &[&str] =
    &["aws:ViaAWSService", "aws:PrincipalIsAWSService", "aws:CurrentTime", "aws:EpochTime"];

const CALLS: &[(&str, &str)] = &[
    ("ec2:CreateTags", "arn:aws:ec2:us-east-1:111111111111:instance/i-1"),
    ("sqs:UntagQueue", "arn:aws:sqs:us-east-1:111111111111:q"),
];

fn statement(genes: &mut Genes, effect: &str, open: &[&Coupled]) -> Value {
    let mut condition = Map::new();
    for _ in 0..=usize::from(genes.chance(100)) {
        let (key, _, tests) = genes.pick(open);
        let (operator, values) = genes.pick(tests);
        condition.insert(operator.to_owned(), json!({*key: genes.pick(values)}));
    }
    json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition})
}

/// A scenario that gives some keys of a group and leaves the others open.
fn scenario(genes: &[u8]) -> Value {
    let mut genes = Genes::new(genes);
    let group = genes.pick(GROUPS);
    let (action, resource) = genes.pick(CALLS);
    let (mut context, mut open) = (Map::new(), Vec::new());
    for coupled in group {
        let (key, values, _) = coupled;
        match genes.below(6) {
            // It follows from the caller.
            0 | 1 if *key != "aws:PrincipalIsAWSService" => open.push(coupled),
            2 | 3 if key.ends_with("Paths") || matches!(*key, "aws:CalledVia" | "aws:TagKeys") => {
                let count = if key.ends_with("Paths") { 1 } else { 1 + genes.below(2) };
                let listed: Vec<&str> = (0..count).map(|_| genes.pick(values)).collect();
                context.insert((*key).to_owned(), json!(listed));
            }
            4 | 5 if !ALWAYS.contains(key) => drop(context.insert((*key).to_owned(), Value::Null)),
            _ => drop(context.insert((*key).to_owned(), json!(genes.pick(values)))),
        }
    }
    let mut statements = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    if !open.is_empty() {
        statements = match genes.below(3) {
            0 => vec![statement(&mut genes, "Allow", &open)],
            1 => {
                statements.push(statement(&mut genes, "Deny", &open));
                statements
            }
            _ => vec![statement(&mut genes, "Allow", &open), statement(&mut genes, "Deny", &open)],
        };
    }
    let unknown: Vec<&str> = open.iter().map(|(key, ..)| *key).collect();
    json!({
        "request": {
            "principal": "arn:aws:iam::111111111111:user/u",
            "action": action,
            "resource": resource,
            "context": context,
        },
        "unknown": unknown,
        "identity_policies": [{"Version": "2012-10-17", "Statement": statements}],
    })
}

/// What both say of the scenario that some bytes make, where they differ.
fn difference(genes: &[u8], mut counted: impl FnMut(&Result<Said, String>)) -> Option<String> {
    let scenario = scenario(genes);
    let line = scenario.to_string();
    // What no request holds together is taken as it stands.
    Scenario::read(&line, 1).ok().filter(|read| read.context.contradictions().is_empty())?;
    stands(&scenario, catalog()).ok().filter(|stands| *stands)?;
    let ours = engine(std::slice::from_ref(&line)).pop()?;
    counted(&ours);
    let theirs = oracle(&line);
    // What is given can leave no way to complete the rest: that is no request.
    let none = theirs.as_ref().is_err_and(|problem| problem.contains("no completion"));
    (!none && !same(&ours, &theirs)).then(|| format!("engine {ours:?}\noracle {theirs:?}\n{line}"))
}

#[test]
fn given_keys_narrow_open_ones_as_in_the_oracle() {
    let config =
        Config { failure_persistence: None, max_shrink_iters: 0, ..Config::with_cases(batches() * 15) };
    let found = std::cell::RefCell::new(None);
    let counts = std::cell::RefCell::new((0u32, 0u32));
    let result = runner(config).run(&prop::collection::vec(any::<u8>(), 20..60), |genes| {
        let count = |said: &Result<Said, String>| {
            let (open, all) = &mut *counts.borrow_mut();
            *open += u32::from(said.as_ref().is_ok_and(|(decision, _)| decision == "Conditional"));
            *all += 1;
        };
        if difference(&genes, count).is_some() {
            *found.borrow_mut() = Some(genes);
            return Err(TestCaseError::fail("a difference"));
        }
        Ok(())
    });
    let again = |genes: &[u8]| difference(genes, |_| {});
    let shown = found.into_inner().and_then(|genes| again(&shrunk(genes, again)));
    assert!(result.is_ok(), "{}", shown.unwrap_or_default());
    // Some of them are narrowed to an answer, and some are not.
    let (open, all) = counts.into_inner();
    assert!((all / 10..all * 9 / 10).contains(&open), "{open} of {all} are conditional");
}
