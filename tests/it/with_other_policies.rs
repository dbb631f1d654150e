//! Relations on what principals would have with other policies, and on whom trust policies let in besides those whom they mean.

use std::collections::BTreeSet;

use entail::answers::{Engine, EngineOptions, Question};
use entail::datalog::engine::{Bound, Given, Rows};
use entail::datalog::relations::{OfEstate, offers};
use entail::datalog::text::Value;
use entail::estate::{Estate, LoadOptions};
use serde_json::{Value as Json, json};

const ACCOUNT: &str = "111122223333";

fn arn(rest: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{rest}")
}

fn allow(actions: &[&str], resource: &str) -> Json {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

fn document(statements: &[Json]) -> Json {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn user(name: &str, statements: &[Json], boundary: Option<&str>) -> Json {
    let mut user = json!({
        "Path": "/", "UserName": name, "Arn": arn(&format!("user/{name}")), "GroupList": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(statements)}],
        "AttachedManagedPolicies": [],
    });
    if let Some(boundary) = boundary {
        user["PermissionsBoundary"] = json!({
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": arn(&format!("policy/{boundary}")),
        });
    }
    user
}

fn group(name: &str, statements: &[Json]) -> Json {
    json!({
        "Path": "/", "GroupName": name, "Arn": arn(&format!("group/{name}")),
        "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": document(statements)}],
        "AttachedManagedPolicies": [],
    })
}

fn role(name: &str, provider: &str, condition: Json) -> Json {
    let trust = json!({
        "Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
    });
    json!({
        "Path": "/", "RoleName": name, "Arn": arn(&format!("role/{name}")),
        "AssumeRolePolicyDocument": document(&[trust]),
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [],
    })
}

/// A managed policy, its default version the last.
fn policy(name: &str, versions: &[&[Json]]) -> Json {
    let last = versions.len();
    let version = |(index, statements): (usize, &&[Json])| {
        json!({
            "VersionId": format!("v{}", index + 1), "IsDefaultVersion": index + 1 == last,
            "Document": document(statements),
        })
    };
    json!({
        "PolicyName": name, "Arn": arn(&format!("policy/{name}")), "DefaultVersionId": format!("v{last}"),
        "PolicyVersionList": versions.iter().enumerate().map(version).collect::<Vec<_>>(),
    })
}

fn engine(details: &Json) -> Engine {
    engine_with(details, &json!([]))
}

fn engine_with(details: &Json, resources: &Json) -> Engine {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let account = folder.path().join("accounts").join(ACCOUNT);
    std::fs::create_dir_all(&account).expect("the folder is made");
    std::fs::write(account.join("authorization-details.json"), details.to_string()).expect("written");
    std::fs::write(account.join("resource-policies.json"), resources.to_string()).expect("written");
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    Engine::new(&estate, EngineOptions::default())
}

/// The last parts of the first column of a relation, which is asked with some columns bound.
fn firsts(engine: &Engine, relation: &str, columns: &[usize], tuple: &[&str]) -> BTreeSet<String> {
    let given = OfEstate::new(engine);
    let place = offers().iter().position(|offer| &*offer.declaration.name.value == relation);
    let mut bound = Rows::new(columns.len());
    bound.push(tuple.iter().map(|text| Value::text(text)));
    let rows = given.rows(place.expect("offered"), &Bound::new(columns.to_vec(), bound)).expect("rows");
    rows.iter()
        .filter_map(|row| match row.last()? {
            Value::Text(text) if relation == "stranger_assumes" => Some(text.clone()),
            _ => match row.first()? {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            },
        })
        .map(|text| text.rsplit('/').next().unwrap_or_default().to_owned())
        .collect()
}

/// The columns of each row, the last parts of ARNs.
fn how_sure(engine: &Engine, relation: &str) -> BTreeSet<String> {
    let given = OfEstate::new(engine);
    let place = offers().iter().position(|offer| &*offer.declaration.name.value == relation);
    let rows = given.rows(place.expect("offered"), &Bound::new(Vec::new(), Rows::new(0))).expect("rows");
    rows.iter()
        .map(|row| {
            let words = row.iter().map(|value| match value {
                Value::Text(text) => text.rsplit('/').next().unwrap_or_default(),
                Value::Symbol(symbol) => symbol,
                _ => "neither text nor symbol",
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn names(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_boundary_holds_back_who_would_be_an_administrator_without_it() {
    let own = |name: &str| arn(&format!("user/{name}"));
    let details = json!({
        "UserDetailList": [
            user("split", &[allow(&["iam:*"], "*"), json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})], Some("little")),
            user("grants-itself", &[allow(&["iam:PutUserPolicy"], &own("grants-itself"))], Some("little")),
            user("grants-another", &[allow(&["iam:PutUserPolicy"], &own("split"))], Some("little")),
            user("denied", &[
                allow(&["*"], "*"),
                json!({"Effect": "Deny", "Action": ["iam:Put*", "iam:Attach*", "iam:Create*"], "Resource": "*"}),
            ], Some("little")),
            user("not-limited", &[allow(&["*"], "*")], Some("all")),
            user("grants-itself-freely", &[allow(&["iam:PutUserPolicy"], &own("grants-itself-freely"))], Some("all")),
            user("free", &[allow(&["*"], "*")], None),
        ],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [
            policy("little", &[&[allow(&["s3:*", "iam:Delete*"], "*")]]),
            policy("all", &[&[allow(&["*"], "*")]]),
        ],
    });
    let engine = engine(&details);
    assert_eq!(
        firsts(&engine, "administrator_but_for_boundary", &[], &[]),
        names(&["grants-itself", "split"])
    );
    // A boundary that allows everything is in nobody's way.
    let effective = firsts(&engine, "effective_administrator", &[], &[]);
    assert!(
        effective.contains("grants-itself-freely") && !effective.contains("grants-itself"),
        "{effective:?}"
    );
}

/// A Deny of all requests that were not made with a second factor.
fn unless_mfa() -> Json {
    json!({
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    })
}

#[test]
fn denies_under_a_condition_keep_down_under_that_condition() {
    let own = |name: &str| arn(&format!("user/{name}"));
    let grants_itself = |name: &str| allow(&["iam:PutUserPolicy"], &own(name));
    let deny =
        |actions: &[&str], resource: &str| json!({"Effect": "Deny", "Action": actions, "Resource": resource});
    let for_others = json!({
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "others"}},
    });
    let details = json!({
        "UserDetailList": [
            user("mfa", &[grants_itself("mfa"), unless_mfa()], None),
            user("always", &[deny(&["iam:*"], "*")], None),
            user("not-itself", &[deny(&["iam:*"], "arn:aws:iam::*:user/*")], None),
            user("not-new-ones", &[deny(&["iam:Create*", "iam:Put*"], "*")], None),
            user("one-bucket", &[deny(&["s3:*"], "arn:aws:s3:::bucket")], None),
            user("other-team", &[for_others], None),
        ],
        "GroupDetailList": [
            group("with-mfa", &[allow(&["*"], "*"), unless_mfa()]),
            group("all", &[allow(&["*"], "*")]),
        ],
        "RoleDetailList": [], "Policies": [],
    });
    let engine = engine(&details);
    assert_eq!(how_sure(&engine, "kept_down_by_denies"), names(&["always sure", "mfa conditional"]));
    assert_eq!(how_sure(&engine, "administrator_by_group"), names(&["all sure", "with-mfa conditional"]));
}

#[test]
fn a_boundary_may_let_its_holder_out() {
    let bounded = |name: &str| user(name, &[allow(&["s3:*"], "*")], Some(name));
    let all = || allow(&["*"], "*");
    let with = |condition: Json| json!({"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Resource": "*", "Condition": condition});
    let boundary =
        |name: &str| json!({"StringEquals": {"iam:PermissionsBoundary": arn(&format!("policy/{name}"))}});
    let details = json!({
        "UserDetailList": [
            bounded("iam"), bounded("nearly-all"), bounded("two-statements"), bounded("mfa"), bounded("little"),
            bounded("new-role"), bounded("new-role-within"), bounded("own-policy"), bounded("other-boundary"),
            bounded("was-not-collected"), user("none", &[all()], None),
            user("held", &[all(), unless_mfa()], Some("little")),
        ],
        "GroupDetailList": [], "RoleDetailList": [],
        "Policies": [
            policy("iam", &[&[allow(&["iam:*"], "*")]]),
            policy("nearly-all", &[&[all(), json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"})]]),
            policy("two-statements", &[&[allow(&["iam:*"], "*"), json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})]]),
            policy("mfa", &[&[all(), unless_mfa()]]),
            policy("little", &[&[allow(&["s3:*", "iam:Get*", "iam:PutUserPolicy"], "*")]]),
            policy("new-role", &[&[allow(&["iam:CreateRole", "iam:PutRolePolicy"], "*")]]),
            policy("new-role-within", &[&[with(boundary("new-role-within"))]]),
            policy("own-policy", &[&[allow(&["iam:CreatePolicyVersion"], &arn("policy/own-policy"))]]),
            policy("other-boundary", &[&[json!({
                "Effect": "Allow", "Action": "iam:PutUserPermissionsBoundary", "Resource": "*",
                "Condition": boundary("little"),
            })]]),
        ],
    });
    let engine = engine(&details);
    assert_eq!(
        how_sure(&engine, "escapes_boundary"),
        names(&[
            "iam sure",
            "nearly-all sure",
            "two-statements sure",
            "mfa conditional",
            "new-role sure",
            "own-policy sure",
            "was-not-collected conditional",
        ])
    );
    assert_eq!(how_sure(&engine, "administrator_but_for_boundary"), names(&["held conditional"]));
}

#[test]
fn a_policy_as_boundary_may_let_its_holder_out() {
    let with = |actions: &[&str], condition: Json| json!({"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": condition});
    let boundary = |operator: &str, name: &str| json!({operator: {"iam:PermissionsBoundary": arn(&format!("policy/{name}"))}});
    let makes_roles = ["iam:CreateRole", "iam:PutRolePolicy"];
    let details = json!({
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": [
            policy("all", &[&[allow(&["*"], "*")]]),
            policy("little", &[&[allow(&["s3:*", "iam:Get*", "iam:PutUserPolicy"], "*")]]),
            policy("lifts", &[&[allow(&["iam:DeleteUserPermissionsBoundary"], "*")]]),
            policy("lifts-of-some", &[&[allow(&["iam:DeleteUserPermissionsBoundary"], "arn:aws:iam::*:user/some-*")]]),
            policy("makes-roles", &[&[allow(&makes_roles, "*")]]),
            policy("makes-roles-of-a-path", &[&[allow(&makes_roles, "arn:aws:iam::*:role/team/*")]]),
            policy("makes-roles-within", &[&[with(&makes_roles, boundary("StringEquals", "makes-roles-within"))]]),
            policy("makes-roles-denied", &[&[
                allow(&makes_roles, "arn:aws:iam::*:role/team/*"),
                json!({
                    "Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*",
                    "Condition": boundary("StringNotEquals", "makes-roles-denied"),
                }),
            ]]),
            policy("replaces-by-little", &[&[with(&["iam:PutRolePermissionsBoundary"], boundary("ArnEquals", "little"))]]),
            policy("own-version", &[&[allow(&["iam:CreatePolicyVersion"], &arn("policy/own-version"))]]),
        ],
    });
    assert_eq!(
        how_sure(&engine(&details), "escapable_boundary"),
        names(&[
            "all user sure",
            "all role sure",
            "lifts user sure",
            "lifts-of-some user conditional",
            "makes-roles user sure",
            "makes-roles role sure",
            "makes-roles-of-a-path user conditional",
            "makes-roles-of-a-path role conditional",
            "own-version user sure",
            "own-version role sure",
        ])
    );
}

#[test]
fn roles_that_their_own_denies_limit_make_nobody_an_administrator() {
    let taken_by = |name: &str, statements: &[Json]| {
        let trust = json!({
            "Effect": "Allow", "Principal": {"AWS": arn(&format!("user/{name}"))}, "Action": "sts:AssumeRole",
        });
        json!({
            "Path": "/", "RoleName": name, "Arn": arn(&format!("role/{name}")),
            "AssumeRolePolicyDocument": document(&[trust]), "AttachedManagedPolicies": [], "InstanceProfileList": [],
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(statements)}],
        })
    };
    let gives =
        |name: &str| user(name, &[allow(&["iam:PutRolePolicy"], &arn(&format!("role/{name}")))], None);
    let deny = |actions: &[&str]| json!({"Effect": "Deny", "Action": actions, "Resource": "*"});
    let details = json!({
        "UserDetailList": [gives("free"), gives("mfa"), gives("denied"), gives("one-action")],
        "GroupDetailList": [],
        "RoleDetailList": [
            taken_by("free", &[allow(&["s3:*"], "*")]),
            taken_by("mfa", &[unless_mfa()]),
            taken_by("denied", &[deny(&["iam:*"])]),
            taken_by("one-action", &[deny(&["s3:DeleteBucket"])]),
        ],
        "Policies": [],
    });
    let engine = engine(&details);
    let effective = firsts(&engine, "effective_administrator", &[], &[]);
    assert_eq!(effective, names(&["arn:aws:iam::111122223333:root", "free", "one-action"]));
}

#[test]
fn a_key_that_a_request_lacks() {
    let role = arn("role/new");
    let within = |operator: &str, value: &str| json!({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*", "Condition": {operator: {"iam:PermissionsBoundary": value}}});
    let details = json!({
        "UserDetailList": [
            user("within", &[within("StringEquals", &arn("policy/limit"))], None),
            user("without", &[within("Null", "true")], None),
            user("other", &[within("StringNotEquals", &arn("policy/limit"))], None),
        ],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    });
    let engine = engine(&details);
    let key = "iam:PermissionsBoundary";
    let may = |relation| firsts(&engine, relation, &[1, 2, 3], &["iam:CreateRole", &role, key]);
    assert_eq!(may("can_without"), names(&["arn:aws:iam::111122223333:root", "other", "without"]));
    assert_eq!(may("can_without_if"), names(&[]));
    let on_sets = firsts(&engine, "can_some_without", &[1, 2], &["iam:CreateRole", key]);
    assert_eq!(on_sets, may("can_without"));
}

#[test]
fn groups_and_versions_that_make_administrators() {
    let details = json!({
        "UserDetailList": [],
        "GroupDetailList": [
            group("iam", &[allow(&["iam:*"], "*")]),
            group("itself", &[allow(&["iam:AttachUserPolicy"], "arn:aws:iam::*:user/${aws:username}")]),
            group("versions", &[allow(&["iam:CreatePolicyVersion"], "*")]),
            group("readers", &[allow(&["s3:Get*", "iam:Get*"], "*")]),
        ],
        "RoleDetailList": [],
        "Policies": [
            policy("once-wide", &[&[allow(&["*"], "*")], &[allow(&["s3:GetObject"], "*")]]),
            policy("once-narrow", &[&[allow(&["s3:*"], "*")], &[allow(&["s3:GetObject"], "*")]]),
            policy("new", &[&[allow(&["s3:GetObject"], "*")]]),
            policy("unused", &[&[allow(&["*"], "*")]]),
        ],
    });
    let engine = engine(&details);
    assert_eq!(firsts(&engine, "administrator_by_group", &[], &[]), names(&["iam", "itself"]));
    assert_eq!(firsts(&engine, "other_version", &[], &[]), names(&["once-wide", "once-narrow"]));
    assert_eq!(firsts(&engine, "administrator_version", &[], &[]), names(&["once-wide"]));
    assert_eq!(firsts(&engine, "administrator_policy", &[], &[]), names(&["unused"]));
}

#[test]
fn policies_that_make_administrators_of_whoever_gets_them() {
    let details = json!({
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": [
            policy("all", &[&[allow(&["*"], "*")]]),
            policy("iam", &[&[allow(&["iam:*"], "*")]]),
            policy("mfa", &[&[allow(&["*"], "*"), unless_mfa()]]),
            policy("users", &[&[allow(&["iam:PutUserPolicy"], "*")]]),
            policy("rewritten", &[&[allow(&["iam:CreatePolicyVersion"], &arn("policy/rewritten"))]]),
            policy("other", &[&[allow(&["iam:CreatePolicyVersion"], &arn("policy/rewritten"))]]),
            policy("readers", &[&[allow(&["s3:Get*", "iam:Get*"], "*")]]),
        ],
    });
    let expected = [
        "all role sure",
        "all user sure",
        "iam role sure",
        "iam user sure",
        "mfa role conditional",
        "mfa user conditional",
        "rewritten role sure",
        "rewritten user sure",
        "users user sure",
    ];
    assert_eq!(how_sure(&engine(&details), "administrator_by_policy"), names(&expected));
}

#[test]
fn strangers_pass_tests_that_name_nobody() {
    let github = arn("oidc-provider/token.actions.githubusercontent.com");
    let key = |claim: &str| format!("token.actions.githubusercontent.com:{claim}");
    let of = |name: &str, operator: &str, subject: &str| {
        let mut condition = json!({"StringEquals": {key("aud"): "sts.amazonaws.com"}});
        condition[operator][key("sub")] = subject.into();
        role(name, &github, condition)
    };
    let audience = json!({"StringEquals": {key("aud"): "sts.amazonaws.com"}});
    let details = json!({
        "UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": [
            role("nothing", &github, json!({})),
            role("audience", &github, audience),
            of("equal", "StringEquals", "repo:me/x:ref:refs/heads/main"),
            of("mine", "StringLike", "repo:me/*"),
            of("not-one", "StringNotEquals", "repo:evil/x:ref:refs/heads/main"),
            of("star", "StringLike", "*"),
            of("any-repository", "StringLike", "repo:*"),
            of("present", "Null", "false"),
            of("any-environment", "StringLike", "repo:*:environment:production"),
            of("any-organization", "StringLike", "repo:*/x:*"),
            of("any-of-this-prefix", "StringLike", "repo:me*"),
            of("contains", "StringLike", "*me/x*"),
            of("mine-by-prefix", "StringLike", "repo:me/x*"),
            of("my-bitbucket", "StringLike", "{4f1c}:*"),
            of("terraform", "StringLike", "organization:*:project:p:workspace:w:run_phase:*"),
            of("my-terraform", "StringLike", "organization:me:project:*"),
            role("google", "accounts.google.com", json!({})),
            role("my-application", "accounts.google.com", json!({"StringEquals": {"accounts.google.com:aud": "x"}})),
            role("pool", "cognito-identity.amazonaws.com",
                json!({"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}})),
            role("any-pool", "cognito-identity.amazonaws.com",
                json!({"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}})),
        ],
    });
    assert_eq!(
        firsts(&engine(&details), "stranger_assumes", &[], &[]),
        names(&[
            "nothing",
            "audience",
            "not-one",
            "star",
            "any-repository",
            "present",
            "any-environment",
            "any-organization",
            "any-of-this-prefix",
            "contains",
            "terraform",
            "google",
            "any-pool",
        ])
    );
}

/// Where a call names a resource of each of several types, all must be allowed, each with its own tags (S-RES-20).
#[test]
fn something_can_be_done_where_each_type_is_allowed() {
    let run = |resource: &str| allow(&["ec2:RunInstances", "ssm:SendCommand"], resource);
    let deny = |resource: &str| json!({"Effect": "Deny", "Action": "*", "Resource": resource});
    let tagged = |resource: &str, team: &str| json!({"Effect": "Allow", "Action": "ec2:*", "Resource": resource, "Condition": {"StringEquals": {"aws:ResourceTag/team": team}}});
    let get = |resource: &str| allow(&["appconfig:GetEnvironment"], resource);
    let interpret = |resource: &str| allow(&["bedrock-agentcore:InvokeCodeInterpreter"], resource);
    let details = json!({
        "UserDetailList": [
            user("all", &[run("*")], None),
            user("denied", &[run("*"), deny("arn:aws:ec2:*:*:subnet/*"), deny("arn:aws:ssm:*:*:document/*")], None),
            user("one", &[run("arn:aws:ec2:*:*:instance/*")], None),
            user("volumes", &[run("*"), deny("arn:aws:ec2:*:*:volume/*")], None),
            user("tags", &[tagged("arn:aws:ec2:*:*:instance/*", "a"), tagged("arn:aws:ec2:*:*:volume/*", "b")], None),
            user("parts", &[get("arn:aws:appconfig:*:*:application/*/environment/*")], None),
            user("own", &[interpret("arn:aws:bedrock-agentcore:*:*:code-interpreter-custom/*")], None),
            user("of-aws", &[interpret("arn:aws:bedrock-agentcore:*:aws:code-interpreter/*")], None),
        ],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    });
    let engine = engine(&details);
    let some = |relation: &str, action: &str| {
        let mut found = firsts(&engine, relation, &[1], &[action]);
        found.retain(|name| !name.ends_with(":root"));
        found
    };
    // A call need not name a volume.
    assert_eq!(some("can_some", "ec2:RunInstances"), names(&["all", "volumes"]));
    assert_eq!(some("can_some", "ssm:SendCommand"), names(&["all", "volumes"]));
    // Nor does it help that an instance is known, where a call names a document.
    let instance = json!([{"Arn": format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"), "Account": ACCOUNT,
        "Type": "AWS::EC2::Instance", "Tags": {}, "Policy": null}]);
    let with_instance = engine_with(&details, &instance);
    let mut found = firsts(&with_instance, "can_some", &[1], &["ssm:SendCommand"]);
    found.retain(|name| !name.ends_with(":root"));
    assert_eq!(found, names(&["all", "volumes"]));
    // The tags are those of two resources.
    assert_eq!(some("can_some_if", "ec2:AttachVolume"), names(&["tags"]));
    // What the reference marks need not all be named.
    assert_eq!(some("can_some_unknown", "appconfig:GetEnvironment"), names(&["parts"]));
    // A call names an interpreter of AWS's or one of the account's. AWS's own is no resource of the account.
    assert_eq!(some("can_some", "bedrock-agentcore:InvokeCodeInterpreter"), names(&["own"]));
    assert_eq!(some("can_some_unknown", "bedrock-agentcore:InvokeCodeInterpreter"), names(&[]));
    let all = arn("user/all");
    let warned = |action: &str, resource: &str| {
        engine.can(&Question::new(&all, action, resource)).expect("an answer").warnings
    };
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let of_run = warned("ec2:RunInstances", instance).concat();
    assert!(of_run.contains("(image, network-interface, security-group, subnet)"), "{of_run}");
    assert!(warned("ssm:SendCommand", instance)[0].contains("(document)"));
    for relation in ["can_some_if", "can_some_unknown"] {
        assert_eq!(some(relation, "ec2:RunInstances"), names(&[]));
        assert_eq!(some(relation, "ssm:SendCommand"), names(&[]));
    }
}

/// Resources whose ARNs name no account are of the account that makes them.
#[test]
fn something_can_be_done_to_resources_without_account_in_their_arn() {
    let details = json!({
        "UserDetailList": [
            user("all", &[allow(&["*"], "*")], None),
            user("one", &[allow(&["s3:PutBucketPolicy"], "arn:aws:s3:::b")], None),
            user("none", &[allow(&["s3:PutBucketPolicy"], "arn:aws:sqs:*:*:b")], None),
        ],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    });
    let engine = engine(&details);
    let some = |action: &str| {
        let mut found = firsts(&engine, "can_some", &[1], &[action]);
        found.retain(|name| !name.ends_with(":root"));
        found
    };
    assert_eq!(some("s3:PutBucketPolicy"), names(&["all", "one"]));
    assert_eq!(some("s3:CreateBucket"), names(&["all"]));
    assert_eq!(some("ec2:RequestSpotInstances"), names(&["all"]));
}
