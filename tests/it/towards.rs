//! Conditional answers name a context that makes them a yes, and nothing that it can do without.

use std::sync::Arc;

use entail::answers::{Engine, EngineOptions, Question, Stated, Towards};
use entail::document::PolicyKind;
use entail::facts::{ParsedPolicy, PolicySource};
use entail::rules::decision::Decision;
use serde_json::json;

use crate::acme::{acme, question, rows};

fn decision(engine: &Engine, question: &Question) -> Decision {
    engine.can(question).expect("an answer").decided.decision
}

fn context_of(towards: Option<Towards>) -> Vec<Stated> {
    match towards {
        Some(Towards::Context(context)) => context,
        _ => Vec::new(),
    }
}

fn open_of(towards: Option<Towards>) -> Vec<String> {
    match towards {
        Some(Towards::Open(questions)) => questions,
        _ => Vec::new(),
    }
}

fn towards(engine: &Engine, question: &Question) -> Option<Towards> {
    engine.towards_allowed(question, &engine.can(question).expect("an answer"))
}

#[test]
fn the_context_that_is_named_allows_and_has_nothing_to_spare() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut named = 0;
    for row in rows() {
        let question = question(&row);
        let answer = engine.can(&question).expect("an answer");
        match engine.towards_allowed(&question, &answer) {
            Some(Towards::Context(context)) => {
                named += 1;
                assert!(answer.decided.decision.may_be_allowed() && !context.is_empty(), "{row}");
                assert_eq!(
                    decision(&engine, &question.within(&context)),
                    Decision::Allowed,
                    "{row}: {context:?}"
                );
                for at in 0..context.len() {
                    let mut fewer = context.clone();
                    fewer.remove(at);
                    assert_ne!(
                        decision(&engine, &question.within(&fewer)),
                        Decision::Allowed,
                        "{row}: {context:?}"
                    );
                }
            }
            Some(Towards::Open(_)) => assert_ne!(answer.decided.decision, Decision::Allowed, "{row}"),
            None => assert_ne!(
                answer.decided.decision,
                Decision::Conditional,
                "{row} is conditional and nothing is said of it"
            ),
        }
    }
    assert!(named > 10, "{named}");
}

#[test]
fn keys_are_spelt_as_aws_does() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let founder = Question::new("founder", "organizations:CreateAccount", "*");
    let mfa = Stated { key: "aws:MultiFactorAuthPresent".to_owned(), values: Some(vec!["true".to_owned()]) };
    assert_eq!(towards(&engine, &founder), Some(Towards::Context(vec![mfa])));
    let secret = "arn:aws:secretsmanager:eu-central-1:444444444444:secret:payments/api-key-Lm9sTr";
    let agent = Question::new("support-agent", "secretsmanager:GetSecretValue", secret);
    let keys: Vec<String> =
        context_of(towards(&engine, &agent)).into_iter().map(|stated| stated.key).collect();
    assert_eq!(keys, ["aws:PrincipalTag/team"]);
}

#[test]
fn what_no_context_decides_is_said_in_words() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let open = |statements: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy = ParsedPolicy::read(PolicySource::Given(text.as_str().into(), PolicyKind::Session));
        let mut question = Question::new("ops-admin", "dynamodb:ListTables", "*");
        question.context.add("aws:RequestedRegion", "eu-west-1");
        question.session_policy = Some(Arc::new(policy));
        towards(&engine, &question)
    };
    // Which string DynamoDB checks for this call is open.
    let tables = r#"{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/*"}"#;
    let questions = open_of(open(tables));
    assert!(questions.len() == 1 && questions[0].starts_with("U-40: "), "{questions:?}");
    // A Deny that nobody can read.
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let unreadable = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringAlmost": {"aws:UserAgent": "x"}}}"#;
    let questions = open_of(open(&format!("{all}, {unreadable}")));
    assert_eq!(questions.len(), 1, "{questions:?}");
    assert_eq!(open(all), None);
}

/// An address or an endpoint: the address does, whatever the endpoint's policy says. Where there is only the endpoint, it is
/// its policy that nobody collected.
#[test]
fn one_of_two_ways_through_the_network_is_enough() {
    let queue = "arn:aws:sqs:us-east-1:111111111111:q";
    let of = |conditions: serde_json::Value| {
        let allow = json!({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"});
        let deny = json!({"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": conditions});
        let engine = crate::small_estates::role_and_bucket(&[allow, deny], &[]);
        let question = Question::new("arn:aws:iam::111111111111:role/r", "sqs:SendMessage", queue);
        towards(&engine, &question)
    };
    let endpoint = json!({"aws:SourceVpce": "vpce-1"});
    let address = json!({"aws:SourceIp": "1.2.3.0/24"});
    let either = context_of(of(json!({"NotIpAddress": address, "StringNotEquals": endpoint})));
    assert_eq!(either.iter().map(|stated| &*stated.key).collect::<Vec<_>>(), ["aws:SourceIp"]);
    let questions = open_of(of(json!({"StringNotEquals": endpoint})));
    assert!(questions.len() == 1 && questions[0].contains("vpce-1"), "{questions:?}");
}
