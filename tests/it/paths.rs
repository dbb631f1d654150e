//! Paths carry what their calls fix: `tests/cases/paths/cases.jsonl`.

use std::fs;
use std::path::Path;

use entail::answers::chains::Direction;
use entail::answers::{Engine, EngineOptions, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{Assumptions, PrincipalId, PrincipalKind};
use entail::output::HopView;
use entail::output::views::BecomeViews;
use entail::rules::decision::Decision;
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
    engine_with(roles, from, &json!([]))
}

/// The same with resources.
fn engine_with(roles: &Value, from: &str, resources: &Value) -> Engine {
    engine_by(roles, from, resources, Assumptions::default())
}

fn engine_by(roles: &Value, from: &str, resources: &Value, assumptions: Assumptions) -> Engine {
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
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []},
        "accounts/111111111111/resource-policies.json": resources,
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let callers = vec![from.to_owned()];
    Engine::new(&estate, EngineOptions { strangers: true, callers, assumptions, ..EngineOptions::default() })
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
        let answer = BecomeViews::new(&engine, &hops, false).paths((from, to), paths.as_ref());
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
    let answer = BecomeViews::new(&engine, &hops, false).paths((end("from"), end("to")), paths.as_ref());
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

/// S-EVAL-10: what is not known of a bucket does not matter where what the session carries is enough.
#[test]
fn what_paths_carry_settles_what_was_not_collected() {
    let user = "arn:aws:iam::111111111111:user/u";
    let bucket = json!([{"Arn": "arn:aws:s3:::b", "Account": ACCOUNT, "Policy": null, "Tags": {}}]);
    let decided = |own: &str| {
        let roles = json!({"r1": {
            "trust": [{"Effect": "Allow", "Principal": {"AWS": user}, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
            "tags": {"team": own},
            "identity": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}]}});
        let engine = engine_with(&roles, user, &bucket);
        let question = Reverse {
            action: "s3:GetObject".to_owned(),
            resource: Some("arn:aws:s3:::b/k".to_owned()),
            ..Reverse::default()
        };
        let found = engine.who_can(&question).expect("an answer");
        let role = engine.facts().principal_id("arn:aws:iam::111111111111:role/r1");
        let of_role = found.rows.iter().find(|row| Some(row.principal) == role);
        // The ACL may let it in, and a session may have other tags.
        assert_eq!(of_role.map(|row| row.decided.decision), Some(Decision::Unknown));
        let hops = engine.hops();
        let answer = BecomeViews::new(&engine, &hops, false).through(&[found], &|_| true);
        let rows = answer.rows.iter().filter(|row| row.principal == user);
        rows.map(|row| (row.decision.phrase(), row.condition.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(decided("blue"), [("allowed", false)]);
    assert_eq!(decided("red"), [("conditional", false)]);
}

#[test]
fn the_way_that_is_short_enough_need_not_be_the_surest() {
    let trusts = |names: &[&str]| {
        let names: Vec<String> =
            names.iter().map(|name| format!("arn:aws:iam::111111111111:{name}")).collect();
        json!({"Effect": "Allow", "Principal": {"AWS": names}, "Action": "sts:AssumeRole"})
    };
    let mut asked = trusts(&["user/u"]);
    asked["Condition"] = json!({"StringEquals": {"sts:ExternalId": "e"}});
    let roles = json!({"a": {"trust": [asked, trusts(&["role/b"])]}, "b": {"trust": [trusts(&["user/u"])]},
        "c": {"trust": [trusts(&["role/a"])]}});
    let engine = engine(&roles, "");
    let hops = engine.hops();
    let id = |name: &str| engine.facts().principal_id(name).expect("it is there");
    let reached = |direction, end: &str, most: Option<u32>| -> Vec<String> {
        let ways = hops.ways(id(end), direction, most);
        let told = ways.ways.iter().map(|way| {
            let name = engine.facts().principal(way.principal).name.rsplit('/').next().unwrap_or_default();
            assert_eq!(ways.path(way).len(), way.hops as usize);
            format!("{name} {:?} {}", way.decision, way.hops)
        });
        told.collect()
    };
    let user = "arn:aws:iam::111111111111:user/u";
    let from = |most| reached(Direction::From, user, most);
    assert_eq!(from(Some(1)), ["a Conditional 1", "b Allowed 1"]);
    assert_eq!(from(Some(2)), ["b Allowed 1", "a Allowed 2", "c Conditional 2"]);
    assert_eq!(from(None), ["b Allowed 1", "a Allowed 2", "c Allowed 3"]);
    let to = |most| reached(Direction::To, "arn:aws:iam::111111111111:role/c", most);
    assert!(to(Some(2)).contains(&"u Conditional 2".to_owned()), "{:?}", to(Some(2)));
    assert!(to(None).contains(&"u Allowed 3".to_owned()), "{:?}", to(None));
}

/// U-82: that whoever inherits a tag goes no further without the permission is named, and by the other reading it does.
#[test]
fn inherited_tags_need_what_is_assumed() {
    let case = cases().into_iter().find(|case| case["id"] == "path-tag-inherited-permission");
    let case = case.expect("the case is there");
    let listed = |reading: Option<&str>| {
        let mut assumptions = Assumptions::default();
        reading.into_iter().for_each(|it| assumptions.readings.choose("U-82", it).expect("a reading"));
        let engine = engine_by(&case["roles"], "", &json!([]), assumptions);
        let hops = engine.hops();
        let end = |field: &str| {
            engine.facts().principal_id(case[field].as_str().unwrap_or_default()).expect("it is there")
        };
        let (from, to) = (end("from"), end("to"));
        let ways = hops.ways(from, Direction::From, None);
        let mut views = BecomeViews::new(&engine, &hops, false);
        let paths = hops.paths(from, to, None, &engine.facts().arena().conditions);
        let named = [views.ways(&ways, &|_| true).assumed, views.paths((from, to), paths.as_ref()).assumed]
            .map(|assumed| assumed.get("U-82").cloned());
        (ways.ways.iter().any(|way| way.principal == to), named)
    };
    let needed = Some("needed".to_owned());
    assert_eq!(listed(None), (false, [needed.clone(), needed]));
    let not_needed = Some("not-needed".to_owned());
    assert_eq!(listed(Some("not-needed")), (true, [not_needed.clone(), not_needed]));
}

/// S-SESS-13: the session policies of a service say nothing of those who never have such a session.
#[test]
fn what_is_missing_concerns_the_way() {
    let user = "arn:aws:iam::111111111111:user/u";
    let service = "rolesanywhere.amazonaws.com";
    let roles = json!({
        "a": {"trust": [{"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}]},
        "b": {"trust": [{"Effect": "Allow", "Principal": {"Service": service},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}]}});
    let engine = engine(&roles, "");
    let hops = engine.hops();
    let missing = |from: &str, to: Option<&str>| {
        let id = |name: &str| engine.facts().principal_id(name).expect("it is there");
        let mut views = BecomeViews::new(&engine, &hops, false);
        match to {
            None => views.ways(&hops.ways(id(from), Direction::From, None), &|_| true).missing,
            Some(to) => {
                let conditions = &engine.facts().arena().conditions;
                views
                    .paths((id(from), id(to)), hops.paths(id(from), id(to), None, conditions).as_ref())
                    .missing
            }
        }
    };
    let limits = ["session policies of sessions of arn:aws:iam::111111111111:role/b that services deliver"];
    assert_eq!(hops.missing, limits);
    assert!(missing(user, None).is_empty());
    assert!(missing(user, Some("arn:aws:iam::111111111111:role/a")).is_empty());
    assert_eq!(missing(service, None), limits);
    assert_eq!(missing(service, Some("arn:aws:iam::111111111111:role/b")), limits);
}

/// In which order the sessions of a role are told apart does not go by the order in which policies were read.
#[test]
fn sessions_are_told_apart_in_one_order() {
    let user = "arn:aws:iam::111111111111:user/u";
    let made = |identities: [&str; 3]| {
        let calls = json!(["sts:AssumeRole", "sts:SetSourceIdentity"]);
        let first = json!({"Effect": "Allow", "Principal": {"AWS": user}, "Action": calls,
            "Condition": {"StringLike": {"sts:SourceIdentity": "u-*"}}});
        let mut roles = json!({"r1": {"trust": [first],
            "identity": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}});
        for (number, identity) in identities.into_iter().enumerate() {
            roles[format!("q{number}")] = json!({"trust": [{"Effect": "Allow", "Action": calls,
                "Principal": {"AWS": "arn:aws:iam::111111111111:role/r1"},
                "Condition": {"StringEquals": {"aws:SourceIdentity": identity}}}]});
        }
        let engine = engine(&roles, "");
        let hops = engine.hops();
        let conditions = &engine.facts().arena().conditions;
        let from = engine.facts().principal_id(user).expect("it is there");
        let steps = hops.steps().iter().filter(|step| hops.get(step.hop).from == from);
        steps.map(|step| conditions.text(step.condition)).collect::<Vec<_>>()
    };
    let steps = made(["u-0", "u-1", "u-2"]);
    assert_eq!(steps.len(), 4, "{steps:?}");
    assert_eq!(made(["u-2", "u-1", "u-0"]), steps);
    assert_eq!(made(["u-1", "u-2", "u-0"]), steps);
}

/// The rows of `--from` and `--to` ask no more of a hop than the way does.
#[test]
fn rows_ask_what_their_way_needs() {
    let user = "arn:aws:iam::111111111111:user/u";
    let case = cases().into_iter().find(|case| case["id"] == "path-end-any-session").expect("it is there");
    let engine = engine(&case["roles"], user);
    let hops = engine.hops();
    let row = |from: &str, to: &str, direction: Direction| {
        let id = |name: &str| engine.facts().principal_id(name).expect("it is there");
        let (end, other) = match direction {
            Direction::From => (from, to),
            Direction::To => (to, from),
        };
        let answer =
            BecomeViews::new(&engine, &hops, false).ways(&hops.ways(id(end), direction, None), &|_| true);
        let row = answer.rows.into_iter().find(|row| row.principal == other).expect("a row");
        described(&row.hop)
    };
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let any = "r1 if sts:sourceidentity like u-*";
    assert_eq!(row(user, &role("r1"), Direction::From), any);
    assert_eq!(row(user, &role("r1"), Direction::To), any);
    assert_eq!(row(user, &role("r2"), Direction::To), any);
    assert_eq!(row(user, &role("q0"), Direction::To), "r1 if sts:sourceidentity = u-0");
}
