//! `who-can` on a resource with wildcards says of each resource that it matches what it says of that one alone.

use std::collections::{BTreeMap, BTreeSet};

use entail::answers::{Engine, EngineOptions, QuestionError, Reverse, Unknown, WhoCan};
use entail::catalog::arn::matches;
use entail::estate::{Estate, LoadOptions};
use entail::facts::PrincipalId;
use entail::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};
use serde_json::json;

use crate::acme::acme;
use crate::both::Ask;
use crate::small_estates;

/// Patterns that match an ARN: its last letter open, its last word, its account, and both.
fn patterns_around(arn: &str) -> BTreeSet<String> {
    let open_end = |arn: &str| match arn.rfind(['/', ':']) {
        Some(at) => format!("{}*", &arn[..=at]),
        None => arn.to_owned(),
    };
    let mut parts: Vec<&str> = arn.splitn(6, ':').collect();
    let mut patterns = BTreeSet::from([format!("{}?", &arn[..arn.len() - 1]), open_end(arn)]);
    if parts.len() == 6 && parts[4].len() == 12 {
        let first = format!("{}*", &parts[4][..2]);
        for account in ["*", &first] {
            parts[4] = account;
            patterns.extend([parts.join(":"), open_end(&parts.join(":"))]);
        }
    }
    patterns
}

/// The resources that a text of an answer names.
fn named(sets: &ResourceSets, text: &str) -> ResourceSetId {
    let literal = |text: &str| text.replace("${$}", "$").replace("${*}", "?").replace("${?}", "?");
    let pattern = |text: &str| {
        let text = literal(text);
        let pieces: Vec<Piece> = text
            .split_inclusive("${part}")
            .flat_map(|text| match text.strip_suffix("${part}") {
                Some(before) => vec![Piece::Text(before), Piece::Text("*")],
                None => vec![Piece::Text(text)],
            })
            .collect();
        sets.pattern(&pieces, Padding::PadAlways).expect("a pattern")
    };
    let piece = |text: &str| {
        let (include, exclude) = text.split_once(" except ").unwrap_or((text, ""));
        let include = include.split(" and ").map(pattern).reduce(|all, set| sets.meet(all, set));
        let exclude: Vec<_> = exclude.split(", ").filter(|text| !text.is_empty()).map(pattern).collect();
        sets.difference(include.expect("a pattern"), sets.union_all(&exclude))
    };
    sets.union_all(&text.split("; ").map(piece).collect::<Vec<_>>())
}

type Rows = BTreeMap<PrincipalId, BTreeSet<&'static str>>;

fn rows_on(found: &WhoCan, member: &str) -> Rows {
    let sets = &found.engine.facts().arena().resources;
    let mut rows = Rows::new();
    for row in found.rows.iter().filter(|row| sets.contains(named(sets, &row.resource), member)) {
        rows.entry(row.principal).or_default().insert(row.decided.decision.name());
    }
    rows
}

/// What differs on the resources of the estate that a pattern matches, and on one that is asked about.
fn differences(engine: &Engine, ask: &Ask, pattern: &str) -> Vec<String> {
    let question = ask.question();
    let reverse = |resource: &str, unknown| Reverse {
        action: question.action.clone(),
        resource: Some(resource.to_owned()),
        context: question.context.clone(),
        unknown,
        ..Reverse::default()
    };
    let mut wrong = Vec::new();
    let estate = engine.estate();
    let known = estate.resources.keys().chain(estate.principals().map(|one| one.arn()));
    let members: BTreeSet<&str> = known
        .map(|arn| &**arn)
        .chain([ask.resource.as_str()])
        .filter(|arn| arn.split(':').count() == pattern.split(':').count() && matches(pattern, arn))
        .collect();
    let facts = engine.facts();
    for unknown in [Unknown::Listed, Unknown::Named] {
        let found = match engine.who_can(&reverse(pattern, unknown)) {
            Ok(found) => found,
            Err(QuestionError::NoSuchResource { .. }) => continue,
            Err(error) => return vec![format!("{ask} on {pattern}: {error}")],
        };
        for text in found.rows.iter().map(|row| &row.resource).chain(&found.missing) {
            if text.contains("${part}") || text.contains(":x") {
                wrong.push(format!("{ask} on {pattern}: {text}"));
            }
        }
        for member in &members {
            let target = engine.target_of(&ask.action, Some(member), None, &mut Vec::new());
            let target = target.expect("a target");
            // A role that no complete export holds is none.
            let is_role = member.contains(":role/") && ask.action.starts_with("sts:");
            if !target.right_type || is_role && estate.principal(member).is_none() {
                continue;
            }
            let alone = engine.who_can_one(&reverse(member, unknown)).expect("an answer");
            let alone: Rows = alone
                .rows
                .iter()
                .map(|row| (row.principal, BTreeSet::from([row.decided.decision.name()])))
                .collect();
            let here = rows_on(&found, member);
            let all: BTreeSet<&PrincipalId> = alone.keys().chain(here.keys()).collect();
            // Of an access point's objects the bucket's are not told apart, nor from where each of several points takes calls.
            let same = |id: &PrincipalId| match (alone.get(id), here.get(id)) {
                (Some(_), Some(_)) if member.contains(":accesspoint/") => true,
                (None, Some(here)) if member.contains(":accesspoint/") => {
                    *here == BTreeSet::from(["Conditional"])
                }
                (one, other) => one == other,
            };
            for id in all.into_iter().filter(|id| !same(id)) {
                let (name, one, other) = (&facts.principal(*id).name, alone.get(id), here.get(id));
                wrong.push(format!("{unknown:?} {name} {ask}, on {member}: {one:?}, on {pattern} {other:?}"));
            }
        }
    }
    wrong
}

/// What differs on patterns around the resources of some questions.
pub fn all_differences(engine: &Engine, asks: impl IntoIterator<Item = Ask>) -> Vec<String> {
    let asks = asks.into_iter().filter(|ask| ask.resource != "*" && !ask.resource.contains(['*', '?']));
    let mut wrong = Vec::new();
    for ask in asks {
        for pattern in patterns_around(&ask.resource) {
            wrong.extend(differences(engine, &ask, &pattern));
        }
    }
    wrong
}

/// Design: the same answer, whichever way it is asked for.
#[test]
fn patterns_say_of_each_resource_what_is_said_of_it_alone() {
    let mut wrong = Vec::new();
    for case in small_estates::cases() {
        let folder = small_estates::written(&case["estate"]);
        let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
        let engine = Engine::new(&estate, EngineOptions::default());
        let rows = case["requests"].as_array().expect("requests").iter();
        let asks: BTreeSet<Ask> =
            rows.map(|row| Ask { principal: String::new(), ..small_estates::ask(row) }).collect();
        wrong.extend(all_differences(&engine, asks).iter().map(|what| format!("{}: {what}", case["id"])));
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

/// S-TRUST-01 to S-TRUST-06: all roles of the sample are known, with their trust policies.
#[test]
fn roles_of_the_sample_by_pattern_have_the_takers_that_they_have_alone() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let roles: Vec<String> = engine
        .estate()
        .principals()
        .map(|one| one.arn().to_string())
        .filter(|arn| arn.contains(":role/"))
        .collect();
    let mut asks: Vec<Ask> = Vec::new();
    for role in &roles {
        asks.extend(
            ["sts:AssumeRole", "iam:PassRole", "iam:AttachRolePolicy"]
                .map(|action| Ask::new("", action, role)),
        );
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for ask in asks {
        for pattern in patterns_around(&ask.resource) {
            if seen.insert((ask.action.clone(), pattern.clone())) {
                wrong.extend(differences(&engine, &ask, &pattern));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

/// A pattern that overlaps what each of many buckets holds is cut into as many parts, and takes no longer for each than for one.
#[test]
fn patterns_across_many_buckets_are_cut_by_bucket() {
    const BUCKETS: usize = 60;
    let bucket = |number: usize| {
        let resource = format!("arn:aws:s3:::b{number}/*");
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/u"},
            "Action": "s3:GetObject", "Resource": resource});
        json!({"Arn": format!("arn:aws:s3:::b{number}"), "Account": "111111111111", "Tags": {},
            "Policy": {"Version": "2012-10-17", "Statement": allow}, "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}})
    };
    let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [],
        "Arn": "arn:aws:iam::111111111111:user/u", "GroupList": [], "AttachedManagedPolicies": []});
    let folder = small_estates::written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
        "accounts/111111111111/resource-policies.json": (0..BUCKETS).map(bucket).collect::<Vec<_>>(),
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let question = Reverse {
        action: "s3:GetObject".to_owned(),
        resource: Some("arn:aws:s3:::*/x".to_owned()),
        ..Reverse::default()
    };
    let found = engine.who_can(&question).expect("an answer");
    let user = engine.facts().principal_id("arn:aws:iam::111111111111:user/u").expect("the user");
    let parts: BTreeSet<&str> =
        found.rows.iter().filter(|row| row.principal == user).map(|row| &*row.resource).collect();
    let wanted: BTreeSet<String> =
        (0..BUCKETS).map(|number| format!("arn:aws:s3:::*/x and arn:aws:s3:::b{number}/*")).collect();
    assert_eq!(parts, wanted.iter().map(String::as_str).collect());
}
