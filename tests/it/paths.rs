//! Paths carry what their calls fix: `tests/cases/paths/cases.jsonl`.

use std::fs;
use std::path::Path;

use entail::answers::chains::Direction;
use entail::answers::{Engine, EngineOptions, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{PrincipalId, PrincipalKind};
use entail::output::HopView;
use entail::output::views::BecomeViews;
use serde_json::{Value, json};

use crate::small_estates::written;

const ACCOUNT: &str = "111111111111";

fn cases() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/paths/cases.jsonl");
    let text = fs::read_to_string(path).expect("the cases");
    text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON")).collect()
}

/// One account with a user and the roles of a case.
fn engine(roles: &Value, from: &str) -> Engine {
    let document = |statements: &Value| json!({"Version": "2012-10-17", "Statement": statements});
    let role = |(name, role): (&String, &Value)| {
        let identity = role.get("identity").map(document);
        let inline: Value =
            identity.iter().map(|it| json!({"PolicyName": "p", "PolicyDocument": it})).collect();
        let tags = role["tags"].as_object().into_iter().flatten();
        let tags: Value = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        json!({"RoleName": name, "RoleId": format!("AROA{name:A<17}"), "Path": "/", "Tags": tags,
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "RolePolicyList": inline,
            "AttachedManagedPolicies": [], "AssumeRolePolicyDocument": document(&role["trust"])})
    };
    let roles: Vec<Value> = roles.as_object().expect("roles by name").iter().map(role).collect();
    let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/u"), "UserPolicyList": [], "AttachedManagedPolicies": []});
    let folder = written(&json!({"accounts/111111111111/authorization-details.json":
        {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}}));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let callers = vec![from.to_owned()];
    Engine::new(&estate, EngineOptions { strangers: true, callers, ..EngineOptions::default() })
}

fn described(hop: &HopView) -> String {
    let name = hop.to.rsplit('/').next().unwrap_or_default();
    match &hop.condition {
        Some(condition) => format!("{name} if {}", condition.text),
        None => name.to_owned(),
    }
}

#[test]
fn paths_are_those_of_the_cases() {
    for case in cases().into_iter().filter(|case| case["action"].is_null()) {
        let id = case["id"].as_str().unwrap_or_default();
        let engine = engine(&case["roles"], case["from"].as_str().unwrap_or_default());
        let hops = engine.hops();
        let end = |field: &str| {
            let name = case[field].as_str().unwrap_or_default();
            engine.facts().principal_id(name).unwrap_or_else(|| unreachable!("{id}: no {name}"))
        };
        let (from, to) = (end("from"), end("to"));
        let paths = hops.paths(from, to, None, &engine.facts().arena().conditions);
        let answer = BecomeViews::new(&engine, &hops, false).paths(paths.as_ref());
        let shown: Vec<Vec<String>> =
            answer.paths.iter().map(|path| path.iter().map(described).collect()).collect();
        let wanted: Vec<Vec<String>> = match &case["path"] {
            Value::Null => Vec::new(),
            path => vec![serde_json::from_value(path.clone()).expect("hops as text")],
        };
        assert_eq!(shown, wanted, "{id}");
        let reaches = hops.ways(from, Direction::From, None).ways.iter().any(|way| way.principal == to);
        let reached = hops.ways(to, Direction::To, None).ways.iter().any(|way| way.principal == from);
        assert_eq!((reaches, reached), (!wanted.is_empty(), !wanted.is_empty()), "{id}");
        let overview = engine.overview(&hops);
        let lists = [&overview.reach, &overview.entry_points, &overview.services];
        let counted = lists.into_iter().flatten().find(|of| of.from == from);
        let is_role = |id: PrincipalId| engine.facts().principal(id).kind == PrincipalKind::Role;
        let roles = hops.ways(from, Direction::From, None);
        let roles = roles.ways.iter().filter(|way| is_role(way.principal)).count();
        assert_eq!(counted.map_or(0, |of| of.roles), roles, "{id}: as the overview counts");
    }
}

#[test]
fn sessions_of_sessions_last_an_hour() {
    let case = cases().into_iter().find(|case| case["id"] == "path-mfa-chained").expect("the case is there");
    let engine = engine(&case["roles"], "");
    let hops = engine.hops();
    let end = |field: &str| {
        engine.facts().principal_id(case[field].as_str().unwrap_or_default()).expect("it is there")
    };
    let paths = hops.paths(end("from"), end("to"), None, &engine.facts().arena().conditions);
    let answer = BecomeViews::new(&engine, &hops, false).paths(paths.as_ref());
    let longest: Vec<Option<u32>> = answer.paths.iter().flatten().map(|hop| hop.longest_session).collect();
    assert_eq!(longest, [None, Some(3600), Some(3600)]);
}

#[test]
fn requests_are_made_with_what_paths_carry() {
    for case in cases().into_iter().filter(|case| !case["action"].is_null()) {
        let id = case["id"].as_str().unwrap_or_default();
        let from = case["from"].as_str().unwrap_or_default();
        let engine = engine(&case["roles"], from);
        let action = case["action"].as_str().unwrap_or_default().to_owned();
        let question = Reverse { action, ..Reverse::default() };
        let found = engine.who_can(&question).expect("an answer");
        let hops = engine.hops();
        let answer = BecomeViews::new(&engine, &hops, false).through(&[found], &|_| true);
        let shown: Vec<Vec<String>> = answer
            .rows
            .iter()
            .filter(|row| row.principal == from)
            .map(|row| row.through.iter().map(described).collect())
            .collect();
        let wanted: Vec<Vec<String>> = match &case["path"] {
            Value::Null => Vec::new(),
            path => vec![serde_json::from_value(path.clone()).expect("hops as text")],
        };
        assert_eq!(shown, wanted, "{id}");
        // What the request asks for stands at the hop that gives it.
        let of_request = |row: &entail::output::WhoCanRow| row.condition.is_none() || row.principal != from;
        assert!(answer.rows.iter().all(of_request), "{id}");
    }
}
