//! Who may do one thing to all resources at once is what `can` says of each principal and resource.

use std::collections::BTreeMap;

use entail::answers::{Access, Context, Engine, EngineOptions, OnAll, Question};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{Assumptions, PrincipalId};
use entail::rules::decision::Decision;
use serde_json::{Value as Json, json};

use crate::acme::acme;

/// The answer of each principal on each resource, by the cells.
fn by_cells(access: &Access) -> BTreeMap<(PrincipalId, u32), (Decision, String)> {
    let conditions = &access.engine.facts().arena().conditions;
    let mut found = BTreeMap::new();
    for cell in &access.cells {
        for &principal in &*cell.principals {
            for &resource in &*cell.resources {
                let answer = (cell.decision, conditions.text(cell.condition));
                let before = found.insert((principal, resource), answer);
                assert_eq!(before, None, "a principal and a resource are in one cell");
            }
        }
    }
    found
}

/// Every pair has the answer of `can`; what is unknown may have none. How many pairs have each of the answers.
pub fn agrees_with_can(engine: &Engine, action: &str, context: &Context) -> [usize; 3] {
    let access = engine.access(action, context).expect("an action");
    let (engine, found) = (access.engine, by_cells(&access));
    let conditions = &engine.facts().arena().conditions;
    let mut counts = [0; 3];
    for (index, fact) in engine.facts().principals.iter().enumerate() {
        for (place, resource) in (0..).zip(access.resources.iter()).take(access.listed) {
            let question =
                Question { context: context.clone(), ..Question::new(&fact.name, action, resource) };
            let decided = engine.can(&question).expect("an answer").decided;
            let given = found.get(&(PrincipalId(index as u32), place));
            let said = format!("{} {action} {resource}: {given:?}", fact.name);
            match decided.decision {
                Decision::Allowed => {
                    counts[0] += 1;
                    assert_eq!(given.map(|given| given.0), Some(Decision::Allowed), "{said}");
                }
                Decision::Conditional if !decided.condition.is_never() => {
                    counts[1] += 1;
                    let wanted = (Decision::Conditional, conditions.text(decided.condition));
                    assert_eq!(given, Some(&wanted), "{said}");
                }
                Decision::Unknown => {
                    counts[2] += usize::from(given.is_some());
                    assert!(given.is_none_or(|given| given.0 == Decision::Unknown), "{said}");
                }
                _ => assert_eq!(given, None, "{said}"),
            }
        }
    }
    counts
}

#[test]
fn the_sample_is_as_can_says() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut counts = [0; 3];
    for action in [
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:AddUserToGroup",
        "iam:CreatePolicyVersion",
        "sts:AssumeRole",
        "lambda:UpdateFunctionCode",
        "lambda:InvokeFunction",
        "s3:PutBucketPolicy",
        "s3:ListBucket",
        "kms:Decrypt",
        "sqs:SendMessage",
        "secretsmanager:GetSecretValue",
        "dynamodb:GetItem",
        "ec2:DescribeInstances",
        "organizations:LeaveOrganization",
        "iam:ListUsers",
        "sts:GetCallerIdentity",
        "madeup:DoIt",
    ] {
        let of_action = agrees_with_can(&engine, action, &Context::new());
        counts.iter_mut().zip(of_action).for_each(|(all, more)| *all += more);
    }
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
}

#[test]
fn a_context_counts_also_where_it_says_otherwise_than_what_is_assumed() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let mut context = Context::new();
    context.add("iam:PassedToService", "lambda.amazonaws.com");
    agrees_with_can(&engine, "iam:PassRole", &context);
    let mut context = Context::new();
    context.add("aws:SecureTransport", "false");
    agrees_with_can(&engine, "s3:ListBucket", &context);
    let mut context = Context::new();
    context.add("aws:RequestedRegion", "eu-central-1");
    agrees_with_can(&engine, "sqs:SendMessage", &context);
}

#[test]
fn nothing_assumed_leaves_conditions() {
    let assumptions = Assumptions::nothing();
    let engine = Engine::new(&acme(), EngineOptions { assumptions, ..EngineOptions::default() });
    agrees_with_can(&engine, "s3:ListBucket", &Context::new());
    agrees_with_can(&engine, "iam:PassRole", &Context::new());
}

/// Whoever may do something to a resource of the estate may do it somewhere; and what can be made counts too.
#[test]
fn somewhere_is_anywhere_in_the_account() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    for action in ["lambda:CreateFunction", "s3:PutBucketPolicy", "iam:CreateRole", "ec2:StartInstances"] {
        let (engine, somewhere) = engine.access_somewhere(action, &Context::new()).expect("an action");
        let access = engine.access(action, &Context::new()).expect("an action");
        for cell in access.cells.iter().filter(|cell| cell.decision == Decision::Allowed) {
            for principal in &*cell.principals {
                let sure = somewhere
                    .iter()
                    .any(|of| of.decision == Decision::Allowed && of.principals.contains(principal));
                assert!(sure, "{action}: {}", engine.facts().principal(*principal).name);
            }
        }
        assert!(somewhere.iter().any(|of| of.decision == Decision::Allowed), "{action}");
        // Nobody is both sure and not.
        let mut sure = somewhere.iter().filter(|of| of.decision == Decision::Allowed);
        let others: Vec<PrincipalId> = somewhere
            .iter()
            .filter(|of| of.decision != Decision::Allowed)
            .flat_map(|of| of.principals.to_vec())
            .collect();
        assert!(sure.all(|of| of.principals.iter().all(|principal| !others.contains(principal))), "{action}");
    }
}

/// Whether the text matches a pattern with `*` and `?`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, text) || text.split_first().is_some_and(|(_, text)| matches(pattern, text))
        }
        (Some((symbol, pattern)), Some((first, text))) => {
            (symbol == first || *symbol == b'?') && matches(pattern, text)
        }
        _ => false,
    }
}

/// Whether an ARN is of what a name of parts means.
fn named_by(name: &str, arn: &str) -> bool {
    let has = |pattern: &str| {
        let pattern = pattern.replace("${part}", "*").replace("${$}", "$");
        matches(pattern.as_bytes(), arn.as_bytes())
    };
    name.split("; ").any(|piece| {
        let (include, exclude) = piece.split_once(" except ").unwrap_or((piece, ""));
        include.split(" and ").all(has)
            && !exclude.split(", ").any(|pattern| !pattern.is_empty() && has(pattern))
    })
}

/// What the cells say of a resource that the estate does not list is what `can` says of it. How many pairs are allowed, and how
/// many under a condition.
pub fn agrees_inside(engine: &Engine, action: &str, arns: &[&str]) -> [usize; 2] {
    let access = engine.access(action, &Context::new()).expect("an action");
    let found = by_cells(&access);
    let conditions = &engine.facts().arena().conditions;
    let mut counts = [0; 2];
    for arn in arns {
        let parts = (0..).zip(access.resources.iter()).skip(access.listed);
        let places: Vec<u32> =
            parts.filter(|(_, name)| named_by(name, arn)).map(|(place, _)| place).collect();
        for (index, fact) in engine.facts().principals.iter().enumerate() {
            let decided = engine.can(&Question::new(&fact.name, action, arn)).expect("an answer").decided;
            let given: Vec<&(Decision, String)> =
                places.iter().filter_map(|&place| found.get(&(PrincipalId(index as u32), place))).collect();
            let said = format!("{} {action} {arn}: {given:?}, can: {decided:?}", fact.name);
            assert!(given.len() < 2, "parts of one principal are disjoint: {said}");
            let given = given.first();
            if given.is_some_and(|(_, condition)| condition.contains("request:resource")) {
                // Patterns with variables that the request fixes are compared with no part, but with each resource.
                let may_be = given.is_some_and(|(decision, _)| decision.may_be_allowed());
                assert!(may_be && given.map(|given| given.0) != Some(Decision::Allowed), "{said}");
                continue;
            }
            match decided.decision {
                Decision::Allowed => {
                    counts[0] += 1;
                    assert_eq!(given.map(|given| given.0), Some(Decision::Allowed), "{said}");
                }
                Decision::Conditional if !decided.condition.is_never() => {
                    counts[1] += 1;
                    let wanted = (Decision::Conditional, conditions.text(decided.condition));
                    assert_eq!(given, Some(&&wanted), "{said}");
                }
                Decision::Unknown => {
                    assert!(given.is_none_or(|given| given.0 == Decision::Unknown), "{said}")
                }
                _ => assert_eq!(given, None, "{said}"),
            }
        }
    }
    counts
}

/// Objects of buckets are in no export: whoever may read them is found all the same.
#[test]
fn what_collected_resources_hold_counts() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let objects = [
        "arn:aws:s3:::acme-home/bob/notes.txt",
        "arn:aws:s3:::acme-home/olga/x",
        "arn:aws:s3:::acme-home/x",
        "arn:aws:s3:::acme-artifacts/shop.zip",
        "arn:aws:s3:::acme-artifacts/shop",
        "arn:aws:s3:::acme-org-logs/AWSLogs/444444444444/trail.json.gz",
        "arn:aws:s3:::acme-org-logs/archive/2025",
        "arn:aws:s3:::acme-org-logs/other",
        "arn:aws:s3:::acme-billing/2025-05.csv",
        "arn:aws:s3:::acme-website/index.html",
    ];
    let counts = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        .map(|action| agrees_inside(&engine, action, &objects));
    assert!(counts.iter().all(|[sure, _]| *sure > 0), "{counts:?}");
    let access = engine.access("s3:GetObject", &Context::new()).expect("an action");
    let names: Vec<&str> = access.resources.iter().map(|name| &**name).collect();
    assert!(names.contains(&"arn:aws:s3:::acme-home/bob/*"), "{names:?}");
    assert!(names.contains(&"arn:aws:s3:::acme-artifacts/*"), "{names:?}");
    let plain = |name: &&str| !name.contains("${part}") && !name.contains(" and ");
    assert!(names.iter().all(plain), "keys of objects are one part of their ARNs: {names:?}");
}

/// A pattern is all that it matches: allowed on all, on none, or partly.
#[test]
fn a_pattern_is_all_that_it_matches() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let may = |name: &str, pattern: &str| {
        let id = engine.facts().principal_id(name).expect("a principal");
        let on_all = engine.decide_on_all(id, "s3:GetObject", pattern, &Context::new()).expect("an answer").1;
        let on = engine.access_on("s3:GetObject", pattern, &Context::new()).expect("an answer");
        let listed = on.answers.iter().find(|(of, ..)| *of == id).map(|(_, decision, _)| *decision);
        let sure = matches!(on_all, OnAll::May(Decision::Allowed, _)).then_some(Decision::Allowed);
        assert_eq!(listed, sure, "{name} {pattern}");
        on_all
    };
    let (bob, grace) = ("arn:aws:iam::444444444444:user/bob", "arn:aws:iam::555555555555:user/grace");
    assert!(matches!(may(bob, "arn:aws:s3:::acme-home/bob/*"), OnAll::May(Decision::Allowed, _)));
    assert_eq!(may(bob, "arn:aws:s3:::acme-home/*"), OnAll::Partly);
    assert_eq!(may(bob, "arn:aws:s3:::acme-home/olga/*"), OnAll::Not);
    assert_eq!(may(bob, "arn:aws:s3:::acme-home/* except arn:aws:s3:::acme-home/bob/*"), OnAll::Not);
    assert!(matches!(may(grace, "arn:aws:s3:::acme-artifacts/*"), OnAll::May(Decision::Allowed, _)));
    assert_eq!(may(grace, "arn:aws:s3:::acme-*/*"), OnAll::Partly);
}

/// What somebody makes is of its account, whether or not the ARN says so.
#[test]
fn what_could_be_made_is_the_callers() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let (engine, somewhere) = engine.access_somewhere("s3:DeleteObject", &Context::new()).expect("an action");
    let role = "arn:aws:iam::555555555555:role/OrganizationAccountAccessRole";
    let id = engine.facts().principal_id(role).expect("a principal");
    let answers: Vec<Decision> =
        somewhere.iter().filter(|of| of.principals.contains(&id)).map(|of| of.decision).collect();
    assert_eq!(answers, [Decision::Allowed]);
    let on = |bucket: &str| Question {
        resource_account: "555555555555".parse().ok(),
        ..Question::new(role, "s3:DeleteObject", &format!("arn:aws:s3:::{bucket}/x"))
    };
    let decide = |bucket| engine.can(&on(bucket)).expect("an answer").decided.decision;
    // The endpoint of a VPC lets only requests on some buckets pass.
    assert_eq!([decide("acme-new"), decide("new")], [Decision::Allowed, Decision::Conditional]);
}

/// A user with one inline policy that allows these actions everywhere.
fn user(name: &str, actions: &[&str]) -> Json {
    json!({
        "Path": "/", "UserName": name, "Arn": format!("arn:aws:iam::111111111111:user/{name}"), "GroupList": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
        }}],
        "AttachedManagedPolicies": [],
    })
}

/// A call that needs a further permission tells apart who has it and who has not, although policies say the same of the call itself
/// (S-SVC-04, S-TRUST-10).
#[test]
fn further_permissions_tell_principals_apart() {
    let function = "arn:aws:lambda:eu-west-1:111111111111:function:f";
    let role = json!({
        "Path": "/", "RoleName": "r", "Arn": "arn:aws:iam::111111111111:role/r",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }]},
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [],
    });
    let details = json!({
        "UserDetailList": [
            user("both", &["lambda:InvokeFunctionUrl", "lambda:InvokeFunction", "sts:AssumeRole", "sts:TagSession"]),
            user("one", &["lambda:InvokeFunctionUrl", "sts:AssumeRole"]),
        ],
        "GroupDetailList": [], "RoleDetailList": [role], "Policies": [],
    });
    let folder = tempfile::tempdir().expect("a directory");
    let account = folder.path().join("accounts/111111111111");
    std::fs::create_dir_all(&account).expect("a directory");
    std::fs::write(account.join("authorization-details.json"), details.to_string()).expect("written");
    let functions = json!([{"Arn": function, "Policy": null}]);
    std::fs::write(account.join("resource-policies.json"), functions.to_string()).expect("written");
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    agrees_with_can(&engine, "lambda:InvokeFunctionUrl", &Context::new());
    let mut context = Context::new();
    context.add("lambda:FunctionUrlAuthType", "AWS_IAM");
    agrees_with_can(&engine, "lambda:InvokeFunctionUrl", &context);
    let mut context = Context::new();
    context.add("aws:RequestTag/team", "blue");
    let taking = agrees_with_can(&engine, "sts:AssumeRole", &context);
    assert_eq!(taking, [1, 0, 0], "only who may pass tags");
    let (engine, somewhere) = engine.access_somewhere("sts:AssumeRole", &context).expect("an action");
    let who: Vec<&str> = somewhere
        .iter()
        .filter(|of| of.decision == Decision::Allowed)
        .flat_map(|of| of.principals.iter().map(|id| &*engine.facts().principal(*id).name))
        .collect();
    assert_eq!(who, ["arn:aws:iam::111111111111:user/both"]);
}

/// Who is asked once for several accounts is the same in all that counts: conditions and ARNs can tell their accounts apart.
#[test]
fn alike_users_of_two_accounts_are_told_apart_by_what_counts() {
    let user = |account: &str, name: &str, resource: Json, condition: Json| {
        json!({
            "Path": "/", "UserName": name, "Arn": format!("arn:aws:iam::{account}:user/{name}"), "GroupList": [],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": ["cloudformation:CreateStack", "lambda:CreateFunction"], "Resource": resource,
                "Condition": condition,
            }]}}],
            "AttachedManagedPolicies": [],
        })
    };
    let folder = tempfile::tempdir().expect("a directory");
    let one = "111111111111";
    for account in [one, "222222222222"] {
        let details = json!({
            "UserDetailList": [
                user(account, "all", json!("*"), json!({})),
                user(account, "arn", json!([format!("arn:aws:cloudformation:*:{one}:*"), format!("arn:aws:lambda:eu-west-1:{one}:*")]), json!({})),
                user(account, "owner", json!("*"), json!({"StringEquals": {"aws:ResourceAccount": one}})),
                user(account, "self", json!("*"), json!({"StringEquals": {"aws:PrincipalAccount": one}})),
                user(account, "region", json!("*"), json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
                user(account, "tags", json!("*"), json!({"StringEquals": {"aws:RequestTag/team": "blue"}})),
            ],
            "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
        });
        let account = folder.path().join("accounts").join(account);
        std::fs::create_dir_all(&account).expect("a directory");
        std::fs::write(account.join("authorization-details.json"), details.to_string()).expect("written");
    }
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    for action in ["cloudformation:CreateStack", "lambda:CreateFunction"] {
        let (engine, somewhere) = engine.access_somewhere(action, &Context::new()).expect("an action");
        let who = |wanted: Decision| -> Vec<String> {
            let found = somewhere.iter().filter(|of| of.decision == wanted);
            let mut names: Vec<String> = found
                .flat_map(|of| of.principals.iter().map(|id| engine.facts().principal(*id).name.to_string()))
                .filter(|name| !name.ends_with(":root"))
                .map(|name| name.replace("arn:aws:iam::", "").replace("user/", ""))
                .collect();
            names.sort();
            names
        };
        let of_one = ["all", "arn", "owner", "region", "self"].map(|name| format!("{one}:{name}"));
        let of_two = ["all", "region"].map(|name| format!("222222222222:{name}"));
        assert_eq!(who(Decision::Allowed), [&of_one[..], &of_two].concat(), "{action}");
        assert_eq!(
            who(Decision::Conditional),
            [one, "222222222222"].map(|account| format!("{account}:tags"))
        );
        assert_eq!(who(Decision::Unknown), [""; 0]);
    }
}

/// Resources whose names hold colons are among those of their types, in bulk as one by one (S-RES-02).
#[test]
fn names_with_colons_are_of_their_types() {
    let stream = "arn:aws:dynamodb:eu-west-1:111111111111:table/t/stream/2026-01-01T00:00:00.000";
    let details = json!({
        "UserDetailList": [user("all", &["dynamodb:*"]), user("other", &["dynamodb:PutItem"])],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    });
    let folder = tempfile::tempdir().expect("a directory");
    let account = folder.path().join("accounts/111111111111");
    std::fs::create_dir_all(&account).expect("a directory");
    std::fs::write(account.join("authorization-details.json"), details.to_string()).expect("written");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "dynamodb:GetRecords", "Resource": "*",
    }]});
    let streams = json!([{"Arn": stream, "Policy": policy}]);
    std::fs::write(account.join("resource-policies.json"), streams.to_string()).expect("written");
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions { outsiders: true, ..EngineOptions::default() });
    let [sure, ..] = agrees_with_can(&engine, "dynamodb:GetRecords", &Context::new());
    assert!(sure > 0, "users of the account read the stream");
    let external = engine.external_access();
    let rows = external.rows.iter().filter(|row| &*row.resource == stream).count();
    assert!(rows > 0, "the account outside reads the stream");
}
