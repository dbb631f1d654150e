//! `what-can`: the document allows nothing that the engine does not, and document and list leave nothing out.

use std::collections::BTreeSet;

use entail::answers::{
    Asked, Block, DocumentPart, Engine, EngineOptions, MOST_CHARACTERS, Simulator, Statement, WhatCan,
    characters, document,
};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{Assumptions, Ownership, Regime};
use entail::rules::decision::Decision;
use entail::scenario::Scenario;
use serde_json::{Value, json};

use crate::acme::{acme, question, rows};
use crate::small_estates::written as written_files;

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
    of_any_context(&acme())
}

fn of_any_context(estate: &Estate) -> Engine {
    let assumptions = Assumptions::default().without_context();
    Engine::new(estate, EngineOptions { assumptions, ..EngineOptions::default() })
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

/// A condition as those with one value each, of whose values any will do.
fn single_values(condition: &Block) -> Vec<Block> {
    let mut all = vec![condition.clone()];
    for (operator, keys) in condition {
        if operator.contains("Not") || operator.starts_with("ForAllValues") {
            continue;
        }
        for (key, values) in keys {
            let with = |block: &Block, value: &String| {
                let mut block = block.clone();
                block.entry(operator.clone()).or_default().insert(key.clone(), vec![value.clone()]);
                block
            };
            all = all.iter().flat_map(|block| values.iter().map(move |value| with(block, value))).collect();
        }
    }
    all
}

/// The actions and resources of the Allows, by whatever statements they are in.
fn allowed<'s>(statements: impl Iterator<Item = &'s Statement>) -> BTreeSet<(String, String)> {
    let pairs = |statement: &'s Statement| {
        let (actions, resources) = (&statement.actions, &statement.resources);
        let of = move |action: &'s String| {
            let action = format!("{} {action}", actions.not);
            let of_condition = move |condition: Block| {
                let action = format!("{action} {condition:?}");
                let resource = move |resource| (action.clone(), format!("{} {resource}", resources.not));
                resources.entries.iter().map(resource)
            };
            single_values(&statement.condition).into_iter().flat_map(of_condition)
        };
        actions.entries.iter().flat_map(of)
    };
    statements.filter(|statement| !statement.denies).flat_map(pairs).collect()
}

fn statements_of(documents: &[DocumentPart]) -> impl Iterator<Item = &Statement> {
    documents.iter().flat_map(|part| &part.statements)
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
            assert_eq!(allowed(statements_of(&documents)), whole, "{principal} in {most}");
            for part in &documents {
                let is_short = characters(&part.statements) <= most;
                assert_eq!(part.too_long.is_none(), is_short, "{principal} in {most}: {part:?}");
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
    for DocumentPart { statements: part, .. } in &documents {
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

/// An account with a user who may do everything, and more files.
fn account(user: &str, others: &[(&str, Value)]) -> Engine {
    let all =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let user = json!({"UserName": user, "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "GroupList": [],
        "Arn": format!("arn:aws:iam::111111111111:user/{user}"), "AttachedManagedPolicies": [], "Tags": [],
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": all}]});
    let mut files = json!({"accounts/111111111111/authorization-details.json":
        {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}});
    others.iter().for_each(|(path, content)| files[*path] = content.clone());
    let folder = crate::small_estates::written(&files);
    of_any_context(&Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads"))
}

/// S-SCP-09: some calls are restricted by no SCP, of the root user more than of others.
#[test]
fn what_scps_do_not_restrict_is_written() {
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": ["ec2:*", "mechanicalturk:*"], "Resource": "*"}});
    let full =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let policy = |id: &str, content: Value| {
        json!({"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false, "Content": content,
            "Targets": ["r-1", "111111111111", "999999999999"]})
    };
    let organization = json!({
        "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
        "Roots": [{"Id": "r-1", "Name": "Root",
            "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [],
        "Accounts": (["111111111111", "999999999999"].map(|id| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []}))),
        "Policies": [policy("p-full", full), policy("p-deny", deny)],
    });
    let engine = account("u", &[("organization.json", organization)]);
    let says = |principal: &str, action: &str| {
        let found = written(&engine, principal);
        let row = json!({"principal": principal, "action": action, "context": {},
            "resource": "arn:aws:ec2:us-east-1:111111111111:elastic-ip/eipalloc-1"});
        let answer = engine.can(&question(&row)).expect("an answer").decided.decision;
        // The root user needs no policy: whoever has this one can do the same.
        let row = json!({"principal": "arn:aws:iam::111111111111:user/u", "action": action, "context": {},
            "resource": row["resource"]});
        (answer == Decision::Allowed, alone(&found, &row) == Decision::Allowed)
    };
    let (root, user) = ("arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:user/u");
    assert_eq!(says(root, "ec2:ModifyAddressAttribute"), (true, true));
    assert_eq!(says(root, "ec2:DisassociateAddress"), (false, false));
    assert_eq!(says(user, "ec2:ModifyAddressAttribute"), (false, false));
}

/// Buckets that each deny requests from other referers: one that all share, or one of its own.
fn walled_buckets(count: usize, shared: bool) -> Engine {
    let bucket = |number: usize| {
        let site = format!("site-{}", if shared { 0 } else { number });
        let deny = |actions: &str, key: &str| {
            json!({"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": format!("arn:aws:s3:::b{number}/*"),
                "Condition": {"StringNotEquals": {key: site}}})
        };
        let statements = [deny("s3:*", "aws:Referer"), deny("s3:DeleteObject", "aws:UserAgent")];
        json!({"Arn": format!("arn:aws:s3:::b{number}"), "Account": "111111111111", "Tags": {},
            "Policy": {"Version": "2012-10-17", "Statement": statements},
            "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}})
    };
    let open = json!({"Arn": "arn:aws:s3:::other", "Account": "111111111111", "Tags": {}, "Policy": null,
        "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}});
    let buckets: Vec<Value> = (0..count).map(bucket).chain([open]).collect();
    account("u", &[("accounts/111111111111/resource-policies.json", json!(buckets))])
}

/// Few Denies on many resources leave few pieces, and the document says them. Of too many pieces the list says that they
/// are allowed, and the document nothing.
#[test]
fn denies_of_many_buckets_are_taken_away() {
    for (count, shared) in [(30, true), (30, false), (300, false)] {
        let engine = walled_buckets(count, shared);
        let found = written(&engine, "arn:aws:iam::111111111111:user/u");
        let text = document(&found.statements).to_string();
        for (action, bucket, site, expected) in [
            ("s3:GetObject", "b7", "site-7", true),
            ("s3:GetObject", "b7", "site-8", false),
            ("s3:DeleteObject", "b7", "site-7", false),
            ("s3:GetObject", "other", "site-8", true),
        ] {
            let site = if shared { site.replace('7', "0") } else { site.to_owned() };
            let row = json!({"principal": found.caller.name.to_string(), "action": action,
                "resource": format!("arn:aws:s3:::{bucket}/k"), "context": {"aws:Referer": [site], "aws:UserAgent": ["none"]}});
            let decided = engine.can(&question(&row)).expect("an answer").decided.decision;
            assert_eq!(decided == Decision::Allowed, expected, "{row}");
            let alone = alone(&found, &row);
            assert!(alone != Decision::Allowed || expected, "{row}: {text}");
            let said = alone == Decision::Allowed || is_listed(&found, action);
            assert!(said || !expected, "{row}: {text}");
        }
    }
}

/// S-SVC-13: what a file system without policy lets every client do is on the list, as no document says it.
#[test]
fn file_systems_without_policy_are_listed() {
    let arn = "arn:aws:elasticfilesystem:us-east-1:111111111111:file-system/fs-1";
    let listed = |policy: Value| {
        let folder = written_files(&json!({
            "accounts/111111111111/authorization-details.json": {"UserDetailList": [{"UserName": "none",
                "UserId": "AIDANONEAAAAAAAAAAAAA", "Path": "/", "Arn": "arn:aws:iam::111111111111:user/none",
                "GroupList": [], "AttachedManagedPolicies": [], "Tags": []}],
                "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
            "accounts/111111111111/resource-policies.json":
                [{"Arn": arn, "Account": "111111111111", "Tags": {}, "Policy": policy}],
        }));
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        let engine = of_any_context(&estate);
        let found = written(&engine, "arn:aws:iam::111111111111:user/none");
        is_listed(&found, "elasticfilesystem:ClientMount")
    };
    assert!(listed(Value::Null));
    assert!(!listed(json!({"Version": "2012-10-17", "Statement": []})));
}

/// A long list of values is divided like one of actions, and of a long Deny each document has what its Allows need.
#[test]
fn values_and_denies_are_divided() {
    let long = |number: usize| format!("{}-{number:03}", "long-name".repeat(5));
    let values: Vec<String> = (0..200).map(long).collect();
    let keys: Vec<String> = (0..80).map(|number| format!("arn:aws:s3:::{}/secret/*", long(number))).collect();
    let buckets: Vec<String> = (0..80).map(|number| format!("arn:aws:s3:::{}/*", long(number))).collect();
    let engine = crate::small_estates::role_and_bucket(
        &[
            json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
                "Condition": {"StringEquals": {"aws:UserAgent": values}}}),
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": buckets}),
            json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": keys}),
        ],
        &[],
    );
    let found = written(&engine, "arn:aws:iam::111111111111:role/r");
    let documents = found.documents(MOST_CHARACTERS);
    assert_eq!(allowed(statements_of(&documents)), allowed(found.statements.iter()));
    for part in &documents {
        assert!(characters(&part.statements) <= MOST_CHARACTERS, "{}", characters(&part.statements));
    }
}
