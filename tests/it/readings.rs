//! Readings of what AWS leaves open: by another reading a case comes out otherwise, and an answer by default names the
//! question, unless that is open by default and stands in its condition.

use entail::answers::{Engine, EngineOptions, Question, Simulator};
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;
use entail::facts::readings::{Holds, Readings, TABLE};
use entail::output::views::can_view;
use entail::scenario::Scenario;
use serde_json::{Value, json};

use crate::oracle::{decide_scenario_by, json as plain_json};
use crate::oracle_self::catalog;
use crate::scenarios::lines;
use crate::small_estates::{ask, cases, written};

/// A case, a reading, what the case comes to by default, and what it comes to by the reading.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("prin-24", "U-12=match", "ImplicitlyDenied", "Allowed"),
    ("prin-25", "U-12=no-match", "ExplicitlyDenied", "ImplicitlyDenied"),
    ("prin-25", "U-12=open", "ExplicitlyDenied", "Conditional"),
    ("not-principal-session", "U-13=parents", "Allowed", "ExplicitlyDenied"),
    ("not-principal-session", "U-13=open", "Allowed", "Conditional"),
    ("prin-18", "U-14=no-match", "ExplicitlyDenied", "Allowed"),
    ("prin-18", "U-14=open", "ExplicitlyDenied", "Conditional"),
    ("cond-29a", "U-17=match", "ImplicitlyDenied", "Allowed"),
    ("cond-29d", "U-17=match", "Conditional", "ExplicitlyDenied"),
    ("cond-29d", "U-17=no-match", "Conditional", "Allowed"),
    ("cond-26a", "U-18=match", "ImplicitlyDenied", "Allowed"),
    ("cond-26d", "U-18=match", "Conditional", "ExplicitlyDenied"),
    ("cond-26d", "U-18=no-match", "Conditional", "Allowed"),
    ("open-service-arn-twin", "U-24=present", "Conditional", "Allowed"),
    ("open-service-arn-twin", "U-24=absent", "Conditional", "ExplicitlyDenied"),
    ("rcp-no-resource", "U-30=none", "ExplicitlyDenied", "Allowed"),
    ("rcp-no-resource", "U-30=open", "ExplicitlyDenied", "Conditional"),
    ("trust-07", "U-31=bypassed", "ImplicitlyDenied", "Allowed"),
    ("trust-07", "U-31=open", "ImplicitlyDenied", "Conditional"),
    ("layer-45", "U-33=stops", "Conditional", "ExplicitlyDenied"),
    ("layer-45", "U-33=passes", "Conditional", "Allowed"),
    ("bpa-account-key-twin", "U-34=public", "Allowed", "ImplicitlyDenied"),
    ("bpa-account-key-twin", "U-34=open", "Allowed", "Conditional"),
    ("prin-02", "U-39=match", "Conditional", "Allowed"),
    ("prin-02", "U-39=no-match", "Conditional", "ImplicitlyDenied"),
    ("ecr-token", "U-40=star", "Conditional", "ImplicitlyDenied"),
    ("ecr-token", "U-40=match", "Conditional", "Allowed"),
    ("cond-17a", "U-41=value", "Allowed", "ImplicitlyDenied"),
    ("cond-17d", "U-41=value", "ExplicitlyDenied", "Allowed"),
    ("cond-17d", "U-41=open", "ExplicitlyDenied", "Conditional"),
    ("cond-32a", "U-43=value", "ImplicitlyDenied", "Allowed"),
    ("cond-32d", "U-43=open", "Allowed", "Conditional"),
    ("cond-93a", "U-44=present", "ImplicitlyDenied", "Allowed"),
    ("cond-93d", "U-44=open", "Allowed", "Conditional"),
    ("cond-75a", "U-47=match", "ImplicitlyDenied", "Allowed"),
    ("cond-75d", "U-47=match", "Conditional", "ExplicitlyDenied"),
    ("cond-75d", "U-47=no-match", "Conditional", "Allowed"),
    ("prin-43", "U-53=match", "Conditional", "Allowed"),
    ("prin-43", "U-53=no-match", "Conditional", "ImplicitlyDenied"),
    ("resource-service-deny", "U-56=match", "Conditional", "ExplicitlyDenied"),
    ("resource-service-deny", "U-56=no-match", "Conditional", "Allowed"),
    ("cond-80a", "U-59=match", "ImplicitlyDenied", "Allowed"),
    ("cond-80d", "U-59=match", "Conditional", "ExplicitlyDenied"),
    ("cond-80d", "U-59=no-match", "Conditional", "Allowed"),
    ("no-principal-deny", "U-61=match", "Conditional", "ExplicitlyDenied"),
    ("no-principal-deny", "U-61=no-match", "Conditional", "Allowed"),
    ("chain-resource-tag", "U-62=own", "Conditional", "Allowed"),
    ("chain-resource-tag", "U-62=inherited", "Conditional", "ImplicitlyDenied"),
    ("trust-01", "U-63=no-match", "Allowed", "ImplicitlyDenied"),
    ("trust-01", "U-63=open", "Allowed", "Conditional"),
    ("root-lockout-permission", "U-73=permissions", "ExplicitlyDenied", "Allowed"),
    ("root-lockout-permission", "U-73=open", "ExplicitlyDenied", "Conditional"),
    ("T-163", "U-74=nothing", "Allowed", "ImplicitlyDenied"),
    ("T-163", "U-74=open", "Allowed", "Conditional"),
    ("T-155", "U-75=denied", "Allowed", "ExplicitlyDenied"),
    ("T-155", "U-75=open", "Allowed", "Conditional"),
    ("matrix-federated-star-boundary", "U-76=limited", "Allowed", "ImplicitlyDenied"),
    ("matrix-federated-star-session", "U-76=open", "Allowed", "Conditional"),
    ("matrix-session-star-boundary", "U-77=limited", "Allowed", "ImplicitlyDenied"),
    ("matrix-role-star-boundary", "U-77=limited", "Allowed", "ImplicitlyDenied"),
    ("matrix-session-star-session", "U-77=open", "Allowed", "Conditional"),
    ("es-rcp", "U-78=reached", "Unknown", "ExplicitlyDenied"),
    ("es-rcp", "U-78=spared", "Unknown", "Allowed"),
    ("bpa-for-all", "U-79=fixed", "ImplicitlyDenied", "Allowed"),
    ("bpa-for-all", "U-79=open", "ImplicitlyDenied", "Conditional"),
    ("ap-bucket-arn", "U-80=counts", "Unknown", "Allowed"),
    ("ap-bucket-arn", "U-80=point", "Unknown", "ImplicitlyDenied"),
    ("chain-tags-own", "U-82=not-needed", "ImplicitlyDenied", "Allowed"),
    ("lambda-url-older", "U-84=older", "Unknown", "Allowed"),
    ("lambda-url-older", "U-84=newer", "Unknown", "ImplicitlyDenied"),
];

/// The questions that the plain evaluator reads in other ways too.
const OF_BOTH: [&str; 15] = [
    "U-12", "U-13", "U-14", "U-30", "U-31", "U-33", "U-39", "U-53", "U-56", "U-63", "U-74", "U-76", "U-77",
    "U-78", "U-84",
];

/// Questions of estates: no scenario states grants on keys, two tags whose keys differ by case, S3 policies of organisations, or,
/// as its context is given, what `aws:SourceOwner` holds.
const OF_ESTATES: [&str; 5] = ["U-15", "U-36", "U-70", "U-71", "U-72"];

fn chosen(reading: &str) -> Readings {
    let mut readings = Readings::default();
    let (question, name) = reading.split_once('=').expect("a reading");
    readings.choose(question, name).expect("a reading that can be chosen");
    readings
}

#[test]
fn a_case_comes_out_otherwise_by_another_reading() {
    let lines = lines();
    let mut wrong = Vec::new();
    for &(case, reading, by_default, otherwise) in CASES {
        let id = format!("\"id\": \"{case}\"");
        let line = lines.iter().find(|(_, line)| line.contains(&id));
        let Some(scenario) = line.and_then(|(_, line)| Scenario::read(line, 1).ok()) else {
            wrong.push(format!("there is no case {case}"));
            continue;
        };
        let scenarios = [scenario];
        let decide = |readings| {
            let simulator = Simulator::by_readings(&scenarios, readings);
            let simulated = simulator.decide(0).expect("an answer");
            (simulated.decided.decision.name(), simulated.assumed)
        };
        let (first, assumed) = decide(Readings::default());
        if first != by_default {
            wrong.push(format!("{case} comes to {first} by default, and not to {by_default}"));
        }
        let (id, name) = reading.split_once('=').expect("a reading");
        let row = TABLE.iter().find(|row| row.id == id).expect("a question");
        let open = matches!(row.choices[0].holds, Holds::Open | Holds::OpenInDenies);
        if !open && !assumed.contains(&(id, row.choices[0].name)) {
            wrong.push(format!("{case} does not name {id}, but {assumed:?}"));
        }
        let (second, assumed) = decide(chosen(reading));
        if second != otherwise {
            wrong.push(format!("{case} comes to {second} by {reading}, and not to {otherwise}"));
        }
        if !assumed.contains(&(id, name)) {
            wrong.push(format!("{case} does not name {reading}, but {assumed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn engine_and_plain_evaluator_agree_by_other_readings() {
    let lines = lines();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for row in TABLE.iter().filter(|row| OF_BOTH.contains(&row.id)) {
        let cites = format!("\"{}\"", row.id);
        for (place, line) in lines.iter().filter(|(_, line)| line.contains(&cites)) {
            let Ok(scenario) = Scenario::read(line, 1) else { continue };
            let scenarios = [scenario];
            for choice in row.choices {
                let readings = chosen(&format!("{}={}", row.id, choice.name));
                let simulator = Simulator::by_readings(&scenarios, readings);
                let engine = simulator.decide(0).expect("an answer").decided.decision.name();
                let value = plain_json::read(line).expect("a case is JSON");
                let plain = decide_scenario_by(&value, (row.id, choice.name), catalog());
                let plain = plain.map(|answer| answer.decision.word().to_owned());
                compared += 1;
                if plain.as_deref() != Ok(engine) {
                    wrong.push(format!("{place} by {}={}: engine {engine}, {plain:?}", row.id, choice.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 90, "only {compared} were compared");
}

#[test]
fn every_question_has_a_case() {
    let missing: Vec<&str> = TABLE
        .iter()
        .map(|row| row.id)
        .filter(|id| !OF_ESTATES.contains(id))
        .filter(|id| {
            !CASES.iter().any(|(_, reading, ..)| reading.split_once('=').unwrap_or_default().0 == *id)
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What a question about an estate comes to by readings, and which of them its answer names.
fn on_estate(files: &Value, question: &Question, readings: Readings) -> (String, Vec<(String, String)>) {
    let folder = written(files);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let assumptions = Assumptions { readings, ..Assumptions::default() };
    let engine = Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() });
    let view = can_view(&engine.can(question).expect("an answer"), None, false);
    let named = view.assumed.into_iter().filter(|(name, _)| name.starts_with("U-")).collect();
    (view.decision.as_str().to_owned(), named)
}

/// An account with a role, and the resources of an account.
fn estate(account: &str, role: &Value, resources: &Value) -> Value {
    let mut own = json!({"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/",
        "Arn": format!("arn:aws:iam::{account}:role/r"), "AttachedManagedPolicies": [], "Tags": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, "RolePolicyList": []});
    for (field, value) in role.as_object().into_iter().flatten() {
        own[field] = value.clone();
    }
    let boundary = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}});
    let boundary = json!({"PolicyName": "b", "PolicyId": "ANPABBBBBBBBBBBBBBBBB", "Path": "/",
        "Arn": format!("arn:aws:iam::{account}:policy/b"), "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": boundary}]});
    json!({
        format!("accounts/{account}/authorization-details.json"):
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [own], "Policies": [boundary]},
        "accounts/111111111111/resource-policies.json": resources,
    })
}

fn check(files: &Value, question: &Question, reading: &str, by_default: &str, otherwise: &str) {
    let (id, _) = reading.split_once('=').expect("a reading");
    let row = TABLE.iter().find(|row| row.id == id).expect("a question");
    let (decision, named) = on_estate(files, question, Readings::default());
    assert_eq!(decision, by_default, "{reading}");
    if !matches!(row.choices[0].holds, Holds::Open | Holds::OpenInDenies) {
        assert_eq!(named, [(id.to_owned(), row.choices[0].name.to_owned())]);
    }
    let (decision, named) = on_estate(files, question, chosen(reading));
    assert_eq!(decision, otherwise, "{reading}");
    assert!(named.contains(&(id.to_owned(), reading[id.len() + 1..].to_owned())), "{named:?}");
}

#[test]
fn a_bare_star_in_an_estate() {
    let bounded = json!({"PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": "arn:aws:iam::111111111111:policy/b"}});
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    let bucket = json!([{"Arn": "arn:aws:s3:::b", "Account": "111111111111", "Tags": {},
        "Policy": {"Version": "2012-10-17", "Statement": statement},
        "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}}]);
    let question = Question::new("arn:aws:iam::111111111111:role/r", "s3:GetObject", "arn:aws:s3:::b/k");
    let files = estate("111111111111", &bounded, &bucket);
    check(&files, &question, "U-77=limited", "Allowed", "ImplicitlyDenied");
    check(&files, &question, "U-77=open", "Allowed", "Conditional");
    let free = estate("111111111111", &json!({}), &bucket);
    assert_eq!(on_estate(&free, &question, Readings::default()), ("Allowed".to_owned(), Vec::new()));
}

#[test]
fn grants_on_a_key_for_another_account() {
    let statement =
        json!({"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"});
    let arn = "arn:aws:kms:eu-west-1:111111111111:key/k";
    let key = json!([{"Arn": arn, "Account": "111111111111", "Tags": {}, "Settings": {},
        "Policy": {"Version": "2012-10-17", "Statement": statement}}]);
    let question = Question::new("arn:aws:iam::222222222222:role/r", "kms:Decrypt", arn);
    let files = estate("222222222222", &json!({}), &key);
    check(&files, &question, "U-70=needs-own", "Unknown", "ImplicitlyDenied");
    check(&files, &question, "U-70=open", "Unknown", "Unknown");
}

#[test]
fn the_owner_that_a_topic_policy_asks_for() {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": "*",
        "Condition": {"StringEquals": {"AWS:SourceOwner": "111111111111"}}});
    let arn = "arn:aws:sns:eu-west-1:111111111111:t";
    let topic = json!([{"Arn": arn, "Account": "111111111111", "Tags": {}, "Settings": {},
        "Policy": {"Version": "2012-10-17", "Statement": statement}}]);
    let question = Question::new("arn:aws:iam::111111111111:role/r", "sns:Publish", arn);
    check(&estate("111111111111", &json!({}), &topic), &question, "U-36=open", "Allowed", "Conditional");
}

#[test]
fn one_of_two_tags() {
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/env": "dev"}}}});
    let role = json!({"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": allow}]});
    let arn = "arn:aws:dynamodb:us-east-1:111111111111:table/t";
    let table = json!([{"Arn": arn, "Account": "111111111111", "Policy": null, "Settings": {},
        "Tags": {"Env": "prod", "env": "dev"}}]);
    let question = Question::new("arn:aws:iam::111111111111:role/r", "dynamodb:GetItem", arn);
    let files = estate("111111111111", &role, &table);
    check(&files, &question, "U-15=first", "Conditional", "ImplicitlyDenied");
    check(&files, &question, "U-15=last", "Conditional", "Allowed");
}

/// A small estate of the cases, and the first of its questions to which the answer is unknown.
fn small_estate(id: &str) -> (Value, Question) {
    let case = cases().find(|case| case["id"] == id).expect("the case is there");
    let rows = case["requests"].as_array().expect("requests");
    let row = rows.iter().find(|row| row["expected"] == "Unknown").expect("an unknown answer");
    (case["estate"].clone(), ask(row).question())
}

#[test]
fn grants_on_a_key_against_a_silent_boundary() {
    let (files, question) = small_estate("estate-75");
    check(&files, &question, "U-71=suffices", "Unknown", "Allowed");
    check(&files, &question, "U-71=limited", "Unknown", "ImplicitlyDenied");
}

#[test]
fn an_s3_policy_of_the_value_none() {
    let (files, question) = small_estate("estate-50");
    check(&files, &question, "U-72=off", "Unknown", "Allowed");
    check(&files, &question, "U-72=account", "Unknown", "ImplicitlyDenied");
}
