//! `what-can`: overlaps of patterns, Denies that stay Denies, and lists that claim nothing false.

use entail::answers::{Engine, EngineOptions, WhatCan, characters, document};
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111111111111:user/u";

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// An account whose user has some statements, a boundary, and resources around it.
fn engine(own: &[Value], boundary: Option<Value>, resources: &[Value]) -> Engine {
    let mut user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "GroupList": [], "Arn": USER,
        "AttachedManagedPolicies": [], "Tags": [], "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": policy(own)}]});
    let mut policies = Vec::new();
    if let Some(boundary) = boundary {
        let arn = "arn:aws:iam::111111111111:policy/b";
        user["PermissionsBoundary"] =
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn});
        policies.push(
            json!({"PolicyName": "b", "PolicyId": "ANPAB", "Arn": arn, "Path": "/", "DefaultVersionId": "v1",
            "AttachmentCount": 0, "IsAttachable": true, "PolicyVersionList":
                [{"Document": boundary, "VersionId": "v1", "IsDefaultVersion": true}]}),
        );
    }
    let folder = crate::small_estates::written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": policies},
        "accounts/111111111111/resource-policies.json": resources,
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let assumptions = Assumptions::default().without_context();
    Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() })
}

fn written(engine: &Engine) -> WhatCan<'_> {
    let asked = entail::answers::Asked { principal: USER.to_owned(), ..entail::answers::Asked::default() };
    engine.what_can(&asked).expect("the estate has the principal")
}

fn nothing_left(found: &WhatCan) {
    let left: Vec<_> =
        found.inexpressible.iter().map(|one| (&one.actions, &one.resources, &one.why)).collect();
    assert!(left.is_empty(), "{}\n{left:#?}", document(&found.statements));
}

/// What two patterns both match is written as patterns, or as an Allow within a Deny of all else.
#[test]
fn overlaps_of_patterns_are_written() {
    let ssm = "arn:aws:ssm:eu-west-1:111111111111:parameter/app/*";
    for (action, own, boundary, expected) in [
        ("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/app/*", "arn:aws:ssm:eu-west-1:111111111111:*", ssm),
        (
            "ec2:StartInstances",
            "arn:aws:ec2:*:111111111111:instance/*",
            "arn:aws:ec2:eu-*",
            "arn:aws:ec2:eu-*:111111111111:instance/*",
        ),
        ("s3:GetObject", "arn:aws:s3:::*-logs/*", "arn:aws:s3:::prod-*", "arn:aws:s3:::prod-*-logs/*"),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-*:*:app-*",
            "arn:aws:sqs:*:111111111111:*-q",
            "arn:aws:sqs:eu-*:111111111111:app-*-q",
        ),
    ] {
        let engine = engine(&[allow(action, own)], Some(policy(&[allow("*", boundary)])), &[]);
        let found = written(&engine);
        nothing_left(&found);
        let entries: Vec<&String> =
            found.statements.iter().flat_map(|statement| &statement.resources.entries).collect();
        assert!(entries.iter().any(|entry| *entry == expected), "{entries:?}");
    }
    // A variable has no overlap that could be spelled out.
    let variable = "arn:aws:s3:::b/${aws:RequestedRegion}/*";
    let engine =
        engine(&[allow("s3:GetObject", variable)], Some(policy(&[allow("s3:*", "arn:aws:s3:::b/e*")])), &[]);
    nothing_left(&written(&engine));
}

/// A Deny in another place than the Allow, and only at times, stays a Deny.
#[test]
fn denies_stay_denies() {
    let deny = json!({"Effect": "Deny", "Action": "sqs:*", "Resource": "arn:aws:sqs:us-*:*:*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}});
    let engine = engine(&[allow("sqs:SendMessage", "arn:aws:sqs:*:*:app-*"), deny], None, &[]);
    let found = written(&engine);
    nothing_left(&found);
    assert_eq!(found.statements.len(), 2, "{}", document(&found.statements));
}

/// An administrator is one, whatever single resources deny.
#[test]
fn administrators_are_written_shortly() {
    let queue = |action: &str| {
        let arn = "arn:aws:sqs:eu-west-1:111111111111:q";
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": arn});
        json!({"Arn": arn, "Account": "111111111111", "Tags": {}, "Policy": policy(&[deny])})
    };
    for action in ["sqs:SendMessage", "sqs:*"] {
        let engine = engine(&[allow("*", "*")], None, &[queue(action)]);
        let found = written(&engine);
        let length = characters(&found.statements);
        assert!(length < 2000, "{action}: {length}: {}", document(&found.statements));
    }
}

/// Where the ARNs fix the account, nothing is left for resources of others.
#[test]
fn nothing_is_listed_for_owners_that_an_arn_rules_out() {
    let deny = json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::100000000001:role/app-1",
        "Condition": {"StringNotEquals": {"sts:ExternalId": "x"}}});
    let engine = engine(&[allow("sts:AssumeRole", "arn:aws:iam::*:role/app-*"), deny], None, &[]);
    nothing_left(&written(&engine));
}

/// Many patterns less many inside them are an Allow of the ones beside a Deny of the others, also where nothing shows which Deny
/// touches which pattern.
#[test]
fn many_patterns_less_many_are_an_allow_and_a_deny() {
    for (action, own, denied) in [
        ("s3:GetObject", "arn:aws:s3:::b-#/*", "arn:aws:s3:::b-#/secret/*"),
        ("s3:GetObject", "arn:aws:s3:::*-b-#/*", "arn:aws:s3:::*-b-#/secret/*"),
        ("sqs:SendMessage", "arn:aws:sqs:*:111111111111:q-#-*", "arn:aws:sqs:*:111111111111:q-#-secret-*"),
        ("sqs:*", "arn:aws:sqs:*:111111111111:q-#-*", "arn:aws:sqs:*:111111111111:q-#-secret-*"),
    ] {
        let all = |pattern: &str, count: usize| -> Vec<String> {
            (0..count).map(|number| pattern.replace('#', &number.to_string())).collect()
        };
        let own = json!({"Effect": "Allow", "Action": action, "Resource": all(own, 300)});
        let deny = json!({"Effect": "Deny", "Action": action, "Resource": all(denied, 100)});
        let engine = engine(&[own, deny], None, &[]);
        let found = written(&engine);
        nothing_left(&found);
        let of = |denies: bool| {
            let entries = found.statements.iter().filter(move |statement| statement.denies == denies);
            entries.map(|statement| statement.resources.entries.len()).collect::<Vec<_>>()
        };
        assert_eq!((of(false), of(true)), (vec![300], vec![100]), "{action}");
    }
}

/// Whole patterns that are denied are left out of the Allow.
#[test]
fn patterns_that_are_denied_need_no_deny() {
    let all = |numbers: std::ops::Range<usize>| -> Vec<String> {
        numbers.map(|number| format!("arn:aws:s3:::b-{number:03}/*")).collect()
    };
    let own = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": all(0..300)});
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": all(200..300)});
    let engine = engine(&[own, deny], None, &[]);
    let found = written(&engine);
    nothing_left(&found);
    let [allow] = found.statements.as_slice() else { unreachable!("{}", document(&found.statements)) };
    assert_eq!((allow.denies, &allow.resources.entries), (false, &all(0..200)));
}

/// The list says what keeps a document from saying it, and not that no document could.
#[test]
fn reasons_are_the_true_ones() {
    let bucket = |policy: Value| {
        json!({"Arn": "arn:aws:s3:::b", "Account": "111111111111", "Tags": {}, "Policy": policy,
            "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}})
    };
    let by_bucket = json!({"Effect": "Allow", "Principal": {"AWS": USER}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
    let unreadable = json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "b*:x"});
    let rows: [(Vec<Value>, Vec<Value>, &str); 2] = [
        (vec![], vec![bucket(policy(&[by_bucket]))], "granted by the policy of arn:aws:s3:::b"),
        (vec![allow("s3:GetObject", "arn:aws:s3:::b/*"), unreadable], vec![], "something that can't be read"),
    ];
    for (own, resources, why) in rows {
        let engine = engine(&own, None, &resources);
        let found = written(&engine);
        let told: Vec<&str> = found.inexpressible.iter().map(|one| &*one.why).collect();
        assert!(!told.is_empty() && told.iter().all(|told| told.contains(why)), "{why}: {told:?}");
    }
}

/// Names of resources may hold colons (S-RES-02): versions of models, streams of tables, alarms.
#[test]
fn names_with_colons_are_written() {
    let model = "arn:aws:bedrock:*::foundation-model/anthropic.claude-3-opus-20240229-v1:0";
    let stream = "arn:aws:dynamodb:eu-west-1:111111111111:table/t/stream/2026-01-01T00:00:00.000";
    let own = [allow("bedrock:InvokeModel", model), allow("dynamodb:GetRecords", stream)];
    let granted = engine(&own, None, &[]);
    let found = written(&granted);
    nothing_left(&found);
    let text = document(&found.statements).to_string();
    assert!(text.contains(model) && text.contains(stream) && !text.contains("Deny"), "{text}");
    let alarms = "arn:aws:cloudwatch:*:*:alarm:backup:*";
    let deny =
        json!({"Effect": "Deny", "Action": ["bedrock:*", "cloudwatch:*"], "Resource": [model, alarms]});
    let denied = engine(&[allow("bedrock:*", "*"), allow("cloudwatch:*", "*"), deny], None, &[]);
    let found = written(&denied);
    nothing_left(&found);
    let text = document(&found.statements).to_string();
    assert!(text.contains("Deny") && text.contains(model) && text.contains("alarm:backup:"), "{text}");
}
