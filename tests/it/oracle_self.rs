//! The oracle against the scenario tables, and what keeps it independent of the engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::oracle::estate::Estate;
use crate::oracle::{
    Catalog, Decision, Question, Unknown, decide_on_estate, decide_scenario, decide_scenario_with, json,
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|problem| format!("{}: {problem}", path.display()))
}

/// The catalog as the oracle reads it.
pub fn catalog() -> &'static Catalog {
    static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(|| {
        Catalog::read(&read(&root().join("catalog/catalog.txt"))).unwrap_or_default()
    });
    &CATALOG
}

/// All scenario tables, line by line.
fn lines() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("tests/cases"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "jsonl")) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for (number, line) in read(file).lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            lines.push((format!("{name}:{}", number + 1), line.to_owned()));
        }
    }
    lines
}

/// What is wrong with the oracle's answer to a line, if anything.
fn mismatch(scenario: &Value) -> Option<String> {
    let answer = match decide_scenario(scenario, catalog()) {
        Ok(answer) => answer,
        Err(problem) => return Some(problem),
    };
    let words: Vec<&str> = answer.blocked_by.iter().map(|layer| layer.word()).collect();
    let expected = scenario.get("expected").and_then(Value::as_str)?;
    if answer.decision.word() != expected {
        return Some(format!("expected {expected}, got {answer:?}"));
    }
    let blocked_by = scenario.get("blocked_by")?;
    let listed: Vec<&str> = json::list(blocked_by).into_iter().filter_map(Value::as_str).collect();
    (listed != words).then(|| format!("blocked by {listed:?} expected, got {answer:?}"))
}

#[test]
fn the_oracle_answers_the_tables() {
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        match json::read(&line) {
            Ok(scenario) => {
                let id = scenario.get("id").and_then(Value::as_str).unwrap_or("?").to_owned();
                wrong.extend(mismatch(&scenario).map(|problem| format!("{place} {id}: {problem}")));
            }
            Err(problem) => wrong.push(format!("{place}: {problem}")),
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_oracle_reads_the_catalog() {
    let read = Catalog::read(&read(&root().join("catalog/catalog.txt")));
    assert_eq!(read.as_ref().err(), None);
    assert!(catalog().is_wildcard_only("s3:ListAllMyBuckets") && !catalog().is_wildcard_only("s3:GetObject"));
    assert!(
        catalog().supports("s3:ListBucket", "arn:aws:s3:::b")
            && !catalog().supports("s3:ListBucket", "arn:aws:s3:::b/x")
    );
}

#[test]
fn every_line_says_why() {
    let mut ids = Vec::new();
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        let scenario = json::read(&line).unwrap_or_default();
        let text = |field: &str| scenario.get(field).and_then(Value::as_str).unwrap_or("").to_owned();
        let rules: Vec<&str> = scenario
            .get("rules")
            .map(json::list)
            .unwrap_or_default()
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        if text("id").is_empty() || text("why").is_empty() || text("expected").is_empty() || rules.is_empty()
        {
            wrong.push(format!("{place}: id, why, expected and rules are needed"));
        }
        if rules.iter().any(|rule| !rule.starts_with("S-") && !rule.starts_with("U-")) {
            wrong.push(format!("{place}: {rules:?}"));
        }
        if ids.contains(&text("id")) {
            wrong.push(format!("{place}: the id {} is used twice", text("id")));
        }
        ids.push(text("id"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ids.len() >= 600, "{} lines", ids.len());
}

/// All scenarios by their ids.
fn scenarios() -> BTreeMap<String, Value> {
    let read = |(_, line): (String, String)| {
        let scenario = json::read(&line).ok()?;
        Some((scenario.get("id")?.as_str()?.to_owned(), scenario))
    };
    lines().into_iter().filter_map(read).collect()
}

/// The id of the scenario on the other side of the line: the field `twin`, or by name.
fn twin(id: &str, scenario: &Value) -> String {
    match (scenario.get("twin").and_then(Value::as_str), id.strip_suffix("-twin")) {
        (Some(named), _) => named.to_owned(),
        (None, Some(first)) => first.to_owned(),
        (None, None) => format!("{id}-twin"),
    }
}

/// What a scenario asks, in the parts of which twins differ in one: who calls, what for, in which context, and each layer.
fn parts(scenario: &Value) -> Vec<(&'static str, Vec<&Value>)> {
    const LAYERS: [&str; 10] = [
        "identity_policies",
        "resource_policy",
        "boundaries",
        "session_policy",
        "session_policies",
        "scps",
        "rcps",
        "endpoint_policies",
        "settings",
        "organization",
    ];
    let field = |path: &str| scenario.pointer(path).unwrap_or(&Value::Null);
    let all = |paths: &[&str]| paths.iter().map(|path| field(path)).collect();
    let mut parts = vec![
        ("caller", all(&["/request/principal", "/caller"])),
        ("target", all(&["/request/action", "/request/resource", "/request/resource_account", "/resources"])),
        ("context", all(&["/request/context", "/derive", "/unknown", "/partial"])),
    ];
    parts.extend(LAYERS.map(|layer| (layer, vec![scenario.get(layer).unwrap_or(&Value::Null)])));
    parts
}

#[test]
fn every_line_has_a_twin() {
    let scenarios = scenarios();
    let mut wrong = Vec::new();
    for (id, scenario) in &scenarios {
        let name = twin(id, scenario);
        let Some(other) = scenarios.get(&name) else {
            wrong.push(format!("{id}: there is no {name}"));
            continue;
        };
        let differing: Vec<&str> = parts(scenario)
            .into_iter()
            .zip(parts(other))
            .filter(|(one, other)| one.1 != other.1)
            .map(|(one, _)| one.0)
            .collect();
        if differing.len() != 1 {
            wrong.push(format!("{id} and {name} differ in {differing:?}"));
        }
        if scenario.get("expected") == other.get("expected") {
            wrong.push(format!("{id} and {name} have the same answer"));
        }
    }
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn denials_say_which_layers_block() {
    let mut wrong = Vec::new();
    for (id, scenario) in scenarios() {
        let denied =
            scenario.get("expected").and_then(Value::as_str).is_some_and(|word| word.ends_with("Denied"));
        if denied != scenario.get("blocked_by").is_some_and(Value::is_array) {
            wrong.push(id);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn no_question_is_asked_twice() {
    // Rows of the truth table that the format can't tell apart (how public access came to be blocked), and a repeated key,
    // which the reader used here passes over.
    const SAME: [&str; 6] = ["T-75", "T-75-twin", "T-143", "T-143-twin", "cond-dup", "cond-dup-twin"];
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (place, line) in lines() {
        let scenario: Value = serde_json::from_str(&line).unwrap_or_default();
        if SAME.iter().any(|id| scenario.get("id").and_then(Value::as_str) == Some(id)) {
            continue;
        }
        let question: Vec<String> =
            parts(&scenario).into_iter().flat_map(|(_, values)| values).map(Value::to_string).collect();
        if let Some(first) = asked.insert(question.join("\n"), place.clone()) {
            wrong.push(format!("{first} and {place}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows of the truth table that a scenario can't state, and what it can't say.
const NOT_STATED: [(u32, &str); 19] = [
    (106, "that a policy comes from a group"),
    (107, "versions of a managed policy"),
    (108, "a grant on a key"),
    (114, "launch permissions"),
    (115, "launch permissions that were not loaded"),
    (116, "a caller whose account was not loaded"),
    (117, "a caller whose account was not loaded"),
    (118, "a caller whose account was not loaded"),
    (119, "a boundary whose document was not loaded"),
    (120, "a boundary whose document was not loaded"),
    (121, "an ACL that was not loaded"),
    (123, "grants that were not loaded"),
    (125, "a grant on a key"),
    (130, "an object of a foreign owner"),
    (133, "that root access is enabled in the organization"),
    (144, "the S3 policy of an organization"),
    (158, "permissions of Lake Formation"),
    (160, "a session of which nobody knows the session policies"),
    (161, "an endpoint that the request may or may not go through"),
];

#[test]
fn the_truth_table_is_complete() {
    let scenarios = scenarios();
    let missing: Vec<u32> = (1..=164)
        .filter(|row| {
            let stated =
                ["", "a", "b"].iter().any(|letter| scenarios.contains_key(&format!("T-{row:02}{letter}")));
            stated == NOT_STATED.iter().any(|(number, _)| number == row)
        })
        .collect();
    assert!(missing.is_empty(), "neither stated nor listed, or both: {missing:?}");
}

#[test]
fn what_is_not_known_may_be_said_beside_a_scenario() {
    let scenario = json!({
        "request": {"principal": "arn:aws:iam::111111111111:user/u", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {}},
        "identity_policies": [{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringLike": {"aws:PrincipalTag/team": "r*"}}}}],
    });
    let decide =
        |unknown: &Unknown| decide_scenario_with(&scenario, unknown, catalog()).map(|answer| answer.decision);
    let key = |key: &str| Unknown { keys: vec![key.to_owned()], partial: false };
    assert_eq!(decide(&Unknown::default()), Ok(Decision::ImplicitlyDenied));
    assert_eq!(decide(&key("AWS:PrincipalTag/Team")), Ok(Decision::Doubtful));
    assert_eq!(decide(&key("aws:SourceIp")), Ok(Decision::ImplicitlyDenied));
    assert_eq!(decide(&Unknown { keys: Vec::new(), partial: true }), Ok(Decision::Doubtful));
}

#[test]
fn the_oracle_uses_nothing_of_the_engine() {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("tests/oracle"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "rs"));
    assert!(files.len() > 10, "the files of the oracle are where they were");
    for file in files {
        assert!(!read(&file).contains("entail::"), "{} uses the engine", file.display());
    }
}

/// An organization with account A under one unit, account B under the root, management account M, and an outsider's file.
fn small_estate() -> Estate {
    const A: &str = "111111111111";
    let allow = |action: &str| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
    let full = allow("*");
    let by = |principal: Value, kind: &str| json!({"Statement": {"Effect": kind, "Principal": principal, "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}});
    let both = json!({"Statement": [by(json!({"AWS": "333333333333"}), "Allow")["Statement"], by(json!("*"), "Deny")["Statement"]]});
    let user = |name: &str, more: Value| {
        let mut user = json!({"UserName": name, "UserId": format!("AIDA{name:A<17}"), "Arn": format!("arn:aws:iam::{A}:user/{name}"), "Tags": [{"Key": "team", "Value": "red"}]});
        if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
            user.extend(more);
        }
        user
    };
    let attached = |arn: &str| json!([{"PolicyName": "p", "PolicyArn": arn}]);
    let managed = format!("arn:aws:iam::{A}:policy/versions");
    let lost = format!("arn:aws:iam::{A}:policy/lost");
    let details = json!({
        "UserDetailList": [
            user("grouped", json!({"GroupList": ["g"]})),
            user("versioned", json!({"AttachedManagedPolicies": attached(&managed)})),
            user("bounded", json!({"UserPolicyList": [{"PolicyName": "all", "PolicyDocument": full}], "PermissionsBoundary": {"PermissionsBoundaryArn": lost}})),
            user("admin", json!({"UserPolicyList": [{"PolicyName": "all", "PolicyDocument": full.to_string()}]})),
        ],
        "GroupDetailList": [{"GroupName": "g", "Arn": format!("arn:aws:iam::{A}:group/g"), "GroupPolicyList": [{"PolicyName": "s3", "PolicyDocument": allow("s3:*")}]}],
        "RoleDetailList": [{"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Arn": format!("arn:aws:iam::{A}:role/team/r"),
            "RolePolicyList": [{"PolicyName": "s3", "PolicyDocument": allow("s3:*")}],
            "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:user/grouped")}, "Action": "sts:AssumeRole"}}}],
        "Policies": [{"Arn": managed, "DefaultVersionId": "v1", "PolicyVersionList": [
            {"VersionId": "v2", "IsDefaultVersion": false, "Document": {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}},
            {"VersionId": "v1", "IsDefaultVersion": true, "Document": allow("s3:*")}]}],
    });
    let bucket = |name: &str, policy: Value| {
        let named = policy.to_string().replace("s3:::b", &format!("s3:::{name}"));
        json!({"Arn": format!("arn:aws:s3:::{name}"), "Policy": json::read(&named).unwrap_or_default(), "Tags": {},
            "Settings": {"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": null}})
    };
    let session = format!("arn:aws:sts::{A}:assumed-role/r/alice");
    let resources = json!([
        bucket("plain", Value::Null),
        bucket("outside", by(json!({"AWS": "333333333333"}), "Allow")),
        bucket("both", both),
        bucket("alice", by(json!({"AWS": session}), "Deny")),
        bucket("tagged", json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*",
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgPaths": "x", "aws:PrincipalTag/team": "red"}}}})),
        {"Arn": format!("arn:aws:kms:us-east-1:{A}:key/k"), "Policy": {"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/nobody"}, "Action": "kms:*", "Resource": "*"}}},
    ]);
    let scp = |id: &str, content: Value, targets: Value| json!({"Id": id, "Type": "SERVICE_CONTROL_POLICY", "Content": content.to_string(), "Targets": targets});
    let no_sqs = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]});
    let rcp = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}});
    let organization = json!({
        "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
        "Roots": [{"Id": "r-1", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": "ou-1", "ParentId": "r-1"}],
        "Accounts": [{"Id": A, "ParentId": "ou-1"}, {"Id": "222222222222", "ParentId": "r-1"}, {"Id": "999999999999", "ParentId": "r-1"}],
        "Policies": [scp("p-FullAWSAccess", full, json!(["r-1", A])), scp("p-1", no_sqs, json!(["ou-1"])),
            {"Id": "p-2", "Type": "RESOURCE_CONTROL_POLICY", "Content": rcp, "Targets": ["ou-1"]}],
    });
    Estate::of_files(
        [
            ("organization.json".to_owned(), organization),
            (format!("accounts/{A}/authorization-details.json"), details),
            (format!("accounts/{A}/resource-policies.json"), resources),
            (format!("accounts/{A}/account.json"), json!({"PublicAccessBlock": null})),
        ]
        .into(),
    )
}

#[test]
fn the_oracle_walks_an_estate() {
    let estate = small_estate();
    // T-nn: rows of semantics §10.
    let cases = [
        (
            "T-106: a group's policies count",
            "user/grouped",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "Allowed",
            "",
        ),
        (
            "T-107: only the default version counts",
            "user/versioned",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "Allowed",
            "",
        ),
        (
            "T-116: an outsider is named, its own side is not loaded",
            "X",
            "s3:GetObject",
            "arn:aws:s3:::outside/x",
            "Unknown",
            "",
        ),
        (
            "T-117: an outsider is not named",
            "X",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "ImplicitlyDenied",
            "resource",
        ),
        (
            "T-118: an outsider is named and denied",
            "X",
            "s3:GetObject",
            "arn:aws:s3:::both/x",
            "ExplicitlyDenied",
            "resource",
        ),
        (
            "T-119: the boundary is not loaded",
            "user/bounded",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "Unknown",
            "",
        ),
        (
            "T-120: an SCP denies all the same",
            "user/bounded",
            "sqs:SendMessage",
            "arn:aws:sqs:us-east-1:111111111111:q",
            "ExplicitlyDenied",
            "scp",
        ),
        (
            "T-123: grants of the key are not loaded",
            "user/admin",
            "kms:Decrypt",
            "arn:aws:kms:us-east-1:111111111111:key/k",
            "Unknown",
            "",
        ),
        (
            "T-124: no grant carries this",
            "user/admin",
            "kms:ScheduleKeyDeletion",
            "arn:aws:kms:us-east-1:111111111111:key/k",
            "ImplicitlyDenied",
            "resource",
        ),
        (
            "T-160: a session that states no session policies",
            "session/alice",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "Unknown",
            "",
        ),
        (
            "a role stands for a session without session policies",
            "role/team/r",
            "s3:GetObject",
            "arn:aws:s3:::plain/x",
            "Allowed",
            "",
        ),
        (
            "S-TRI-10: the name of the session is open",
            "role/team/r",
            "s3:GetObject",
            "arn:aws:s3:::alice/x",
            "Conditional",
            "",
        ),
        (
            "the session is denied by name",
            "session/alice",
            "s3:GetObject",
            "arn:aws:s3:::alice/x",
            "ExplicitlyDenied",
            "resource",
        ),
        (
            "S-RCP-04: an RCP of the unit",
            "user/admin",
            "s3:DeleteBucket",
            "arn:aws:s3:::plain",
            "ExplicitlyDenied",
            "rcp",
        ),
        (
            "tags and paths of the caller are in the context",
            "user/admin",
            "s3:GetObject",
            "arn:aws:s3:::tagged/x",
            "Allowed",
            "",
        ),
        (
            "trust names the user",
            "user/grouped",
            "sts:AssumeRole",
            "arn:aws:iam::111111111111:role/team/r",
            "Allowed",
            "",
        ),
        (
            "trust does not name the administrator",
            "user/admin",
            "sts:AssumeRole",
            "arn:aws:iam::111111111111:role/team/r",
            "ImplicitlyDenied",
            "resource",
        ),
        (
            "the owner of an unknown bucket",
            "user/admin",
            "s3:GetObject",
            "arn:aws:s3:::elsewhere/x",
            "Unknown",
            "",
        ),
        (
            "a foreign key that was not collected",
            "user/admin",
            "kms:Encrypt",
            "arn:aws:kms:us-east-1:222222222222:key/k",
            "Unknown",
            "",
        ),
        (
            "IAM is never called across accounts",
            "user/admin",
            "iam:GetUser",
            "arn:aws:iam::222222222222:user/x",
            "ImplicitlyDenied",
            "",
        ),
    ];
    for (why, principal, action, resource, expected, blocked_by) in cases {
        let principal = match principal.split_once('/') {
            Some(("session", name)) => format!("arn:aws:sts::111111111111:assumed-role/r/{name}"),
            Some(_) => format!("arn:aws:iam::111111111111:{principal}"),
            None => "arn:aws:iam::333333333333:user/x".to_owned(),
        };
        let question = Question {
            principal,
            action: action.to_owned(),
            resource: resource.to_owned(),
            ..Question::default()
        };
        let answer = decide_on_estate(&estate, &question, catalog());
        let found = answer.as_ref().map(|a| {
            (a.decision.word(), a.blocked_by.iter().map(|l| l.word()).collect::<Vec<_>>().join(" "))
        });
        if blocked_by.is_empty() {
            assert_eq!(found.map(|(word, _)| word), Ok(expected), "{why}: {answer:?}");
        } else {
            assert_eq!(found, Ok((expected, blocked_by.to_owned())), "{why}: {answer:?}");
        }
    }
}

#[test]
fn an_estate_is_read_from_its_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let account = directory.path().join("accounts/111111111111");
    fs::create_dir_all(&account).expect("a folder");
    let details = json!({"UserDetailList": [{"UserName": "u", "Arn": "arn:aws:iam::111111111111:user/u",
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22iam%3AGet*%22%2C%22Resource%22%3A%22*%22%7D%7D"}]}]});
    fs::write(account.join("authorization-details.json"), details.to_string()).expect("a file");
    let estate = Estate::load(directory.path()).expect("an estate");
    let question = Question {
        principal: "arn:aws:iam::111111111111:user/u".to_owned(),
        action: "iam:GetUser".to_owned(),
        resource: "arn:aws:iam::111111111111:user/u".to_owned(),
        ..Question::default()
    };
    assert_eq!(decide_on_estate(&estate, &question, catalog()).map(|a| a.decision), Ok(Decision::Allowed));
    let unknown = Question { principal: "arn:aws:iam::111111111111:user/v".to_owned(), ..question };
    assert!(decide_on_estate(&estate, &unknown, catalog()).is_err());
}
