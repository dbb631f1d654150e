//! Ways into roles from outside: services and what holds their roles, IAM Identity Center, web identities; and trust policies
//! that name nobody, or nobody knows whom.

use std::sync::Arc;

use entail::answers::chains::{Call, Direction, Hops};
use entail::answers::{Engine, EngineOptions};
use entail::estate::{Estate, LoadOptions, ProblemKind};
use entail::output::views::BecomeViews;
use entail::output::{
    BecomeAnswer, ConditionTree, ConditionView, DecisionWord, GraphFormat, HopView, KindWord, OverviewView,
    write_graph,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::acme::acme;
use crate::small_estates::written;

const ACCOUNT: &str = "111111111111";
const SSO_ROLE: &str = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Power_User_0123456789abcdef";

fn role(path: &str, name: &str, statements: &Value) -> Value {
    json!({"RoleName": name, "RoleId": format!("AROA{name:A<17}"), "Path": path, "Tags": [], "RolePolicyList": [],
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"), "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": statements}})
}

fn trusts(principal: &Value, action: &str, condition: &Value) -> Value {
    json!([{"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}])
}

/// One account with some roles, and more files.
fn estate(roles: &[Value], more: &Value) -> (TempDir, Estate) {
    let mut files = json!({"accounts/111111111111/authorization-details.json":
        {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []}});
    for (path, content) in more.as_object().into_iter().flatten() {
        files[path] = content.clone();
    }
    let folder = written(&files);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    (folder, estate)
}

fn engine(estate: &Estate) -> Engine {
    let (center, problems) = estate.read_identity_center();
    assert!(problems.is_empty(), "{problems:?}");
    Engine::new(estate, EngineOptions { identity_center: Some(Arc::new(center)), ..EngineOptions::default() })
}

fn to(engine: &Engine, hops: &Hops, role: &str) -> BecomeAnswer {
    let role = engine.facts().principal_id(role).expect("the role is there");
    BecomeViews::new(engine, hops, true).ways(&hops.ways(role, Direction::To, None), &|_| true)
}

fn overview(engine: &Engine, hops: &Hops) -> OverviewView {
    let overview = engine.overview(hops);
    BecomeViews::new(engine, hops, false).overview(&overview, None, &|_| true).overview.expect("an overview")
}

#[test]
fn services_take_roles_for_what_holds_them() {
    let services =
        json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]});
    let mut shared = role("/", "shared", &trusts(&services, "sts:AssumeRole", &json!({})));
    let arn = shared["Arn"].clone();
    let profile = format!("arn:aws:iam::{ACCOUNT}:instance-profile/web");
    shared["InstanceProfileList"] =
        json!([{"Arn": profile, "InstanceProfileName": "web", "Path": "/", "Roles": []}]);
    let function = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f");
    let task = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/t:1");
    let other = format!("arn:aws:codebuild:eu-west-1:{ACCOUNT}:project/p");
    let held = |held: &str| json!({"Arn": held, "Account": ACCOUNT, "Roles": [arn], "Policy": null});
    let resources =
        json!({"accounts/111111111111/resource-policies.json": [held(&function), held(&task), held(&other)]});
    let (_folder, estate) = estate(&[shared], &resources);
    let engine = engine(&estate);
    let hops = engine.hops();
    let answer = to(&engine, &hops, arn.as_str().expect("text"));
    let mut held: Vec<(&str, Vec<&str>)> = answer
        .rows
        .iter()
        .map(|row| (&*row.principal, row.hop.resources.iter().map(String::as_str).collect()))
        .collect();
    held.sort();
    // The project holds the role, and the role does not trust its service.
    assert_eq!(
        held,
        [
            ("ec2.amazonaws.com", vec![&*profile]),
            ("ecs-tasks.amazonaws.com", vec![&*task]),
            ("lambda.amazonaws.com", vec![&*function]),
        ]
    );
    let services = overview(&engine, &hops).services;
    assert!(services.iter().all(|service| service.resources == Some(1)), "{services:?}");
}

/// S-TRUST-09: a service takes a role only for what the role lets it call for.
#[test]
fn services_take_roles_for_no_other_source() {
    let services = json!({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]});
    let function = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f");
    let profile = format!("arn:aws:iam::{ACCOUNT}:instance-profile/web");
    let held_for = |condition: Value| -> Vec<String> {
        let mut shared = role("/", "shared", &trusts(&services, "sts:AssumeRole", &condition));
        let arn = shared["Arn"].clone();
        shared["InstanceProfileList"] =
            json!([{"Arn": profile, "InstanceProfileName": "web", "Path": "/", "Roles": []}]);
        let resources = json!([{"Arn": function, "Account": ACCOUNT, "Roles": [arn], "Policy": null}]);
        let (_folder, estate) =
            estate(&[shared], &json!({"accounts/111111111111/resource-policies.json": resources}));
        let engine = engine(&estate);
        let hops = engine.hops();
        let answer = to(&engine, &hops, arn.as_str().expect("text"));
        assert_eq!(answer.rows.len(), 2, "the services stay: {condition}");
        let mut held: Vec<String> = answer.rows.into_iter().flat_map(|row| row.hop.resources).collect();
        held.sort();
        let counted: usize =
            overview(&engine, &hops).services.iter().filter_map(|service| service.resources).sum();
        assert_eq!(held.len(), counted, "{condition}");
        held
    };
    let (both, neither) = ([profile.clone(), function.clone()], [""; 0]);
    let account = |operator: &str, account: &str| json!({operator: {"aws:SourceAccount": account}});
    let arn = |arn: &str| json!({"ArnLike": {"aws:SourceArn": arn}});
    assert_eq!(held_for(json!({})), both);
    assert_eq!(held_for(account("StringEquals", ACCOUNT)), both);
    assert_eq!(held_for(account("StringEquals", "222222222222")), neither);
    assert_eq!(held_for(account("StringEqualsIfExists", "222222222222")), both, "the call may not say");
    assert_eq!(held_for(arn("arn:aws:lambda:*:222222222222:*")), neither);
    assert_eq!(held_for(arn(&format!("arn:aws:*:*:{ACCOUNT}:*"))), both);
    assert_eq!(held_for(arn(&function)), both);
    assert_eq!(held_for(arn(&format!("{function}:live"))), both);
    // What uses the profile may be whatever the pattern means.
    assert_eq!(held_for(arn(&format!("{function}-other"))), std::slice::from_ref(&profile));
    assert_eq!(held_for(arn(&format!("arn:aws:lambda:*:{ACCOUNT}:event-source-mapping:*"))), both);
}

/// Users and groups, permission sets and assignments, of which some have no role.
fn identity_center(assignments: &Value) -> Value {
    let set = |id: &str, name: &str| json!({"PermissionSetArn": format!("arn:aws:sso:::permissionSet/ssoins-1/{id}"), "Name": name});
    json!({"identity-center.json": {"Instances": [{
        "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1",
        "PermissionSets": [set("ps-1", "Power_User"), set("ps-2", "ReadOnly")],
        "AccountAssignments": assignments,
        "Users": [{"UserId": "u1", "UserName": "ann"}, {"UserId": "u2", "UserName": "ben"}],
        "Groups": [{"GroupId": "g1", "DisplayName": "power"}],
        "GroupMemberships": [{"MembershipId": "m", "GroupId": "g1", "MemberId": {"UserId": "u1"}}],
    }]}})
}

fn assigned(account: &str, set: &str, kind: &str, id: &str) -> Value {
    json!({"AccountId": account, "PermissionSetArn": format!("arn:aws:sso:::permissionSet/ssoins-1/{set}"),
        "PrincipalType": kind, "PrincipalId": id})
}

fn sso_role(condition: &Value) -> Value {
    let provider = json!({"Federated": "arn:aws:iam::111111111111:saml-provider/AWSSSO_0123_DO_NOT_DELETE"});
    let name = SSO_ROLE.rsplit('/').next().expect("a name");
    role("/aws-reserved/sso.amazonaws.com/", name, &trusts(&provider, "sts:AssumeRoleWithSAML", condition))
}

#[test]
fn people_become_the_roles_of_their_permission_sets() {
    let assignments =
        json!([assigned(ACCOUNT, "ps-1", "GROUP", "g1"), assigned(ACCOUNT, "ps-1", "USER", "u2")]);
    let (_folder, estate) = estate(&[sso_role(&json!({}))], &identity_center(&assignments));
    let engine = engine(&estate);
    let hops = engine.hops();
    let answer = to(&engine, &hops, SSO_ROLE);
    let ways: Vec<(&str, KindWord, u32, &str)> = answer
        .rows
        .iter()
        .filter(|row| row.kind != KindWord::IdentityProvider)
        .map(|row| (&*row.principal, row.kind, row.hops, &*row.hop.by))
        .collect();
    let (user, group) = (KindWord::IdentityCenterUser, KindWord::IdentityCenterGroup);
    let mut expected = vec![
        ("identity-center:user/ben", user, 1, "AccountAssignment"),
        ("identity-center:group/power", group, 1, "AccountAssignment"),
        ("identity-center:user/ann", user, 2, "GroupMembership"),
    ];
    let mut found = ways.clone();
    found.sort_by_key(|way| way.0);
    expected.sort_by_key(|way| way.0);
    assert_eq!(found, expected);
    // Whose statements let them in is the role's trust in the provider.
    let direct = answer.rows.iter().find(|row| row.principal == "identity-center:user/ben").expect("a row");
    assert_eq!(direct.hop.statements.len(), 1);
    assert!(answer.missing.is_empty(), "{:?}", answer.missing);
    assert!(!engine.is_outside(engine.facts().principal_id("identity-center:user/ann").expect("a user")));
    // Only engines that are given an Identity Center have its users.
    let plain = Engine::new(&estate, EngineOptions::default());
    assert!(plain.facts().principal_id("identity-center:user/ann").is_none());
}

#[test]
fn what_the_role_asks_is_asked_of_people_too() {
    let condition = json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}});
    let assignments = json!([assigned(ACCOUNT, "ps-1", "USER", "u2")]);
    let (_folder, estate) = estate(&[sso_role(&condition)], &identity_center(&assignments));
    let engine = engine(&estate);
    let hop =
        engine.hops().all().iter().find(|hop| hop.by == Call::AccountAssignment).copied().expect("a hop");
    let text = engine.facts().arena().conditions.text(hop.condition);
    assert!(text == "StringEquals saml:aud https://signin.aws.amazon.com/saml", "{text}");
}

#[test]
fn assignments_without_role_are_named() {
    let assignments = json!([
        assigned(ACCOUNT, "ps-2", "GROUP", "g1"),
        assigned("222222222222", "ps-1", "USER", "u1"),
        assigned(ACCOUNT, "ps-9", "USER", "u9"),
    ]);
    let (_folder, estate) = estate(&[sso_role(&json!({}))], &identity_center(&assignments));
    let engine = engine(&estate);
    assert_eq!(
        engine.hops().missing,
        [
            "role of permission set Power_User in 222222222222, which identity-center:user/ann is assigned",
            "role of permission set ReadOnly in 111111111111, which identity-center:group/power is assigned",
            "role of permission set arn:aws:sso:::permissionSet/ssoins-1/ps-9 in 111111111111, which identity-center:user/u9 is assigned",
        ]
    );
    // A role that was made to trust somebody else is no way in.
    let stolen = role(
        "/aws-reserved/sso.amazonaws.com/",
        SSO_ROLE.rsplit('/').next().expect("a name"),
        &trusts(&json!({"AWS": ACCOUNT}), "sts:AssumeRole", &json!({})),
    );
    let assignments = json!([assigned(ACCOUNT, "ps-1", "USER", "u1")]);
    let (_folder, estate) = self::estate(&[stolen], &identity_center(&assignments));
    let hops = self::engine(&estate).hops();
    assert_eq!(
        hops.missing,
        [format!("a provider of IAM Identity Center that {SSO_ROLE} trusts, for identity-center:user/ann")]
    );
    assert!(hops.all().iter().all(|hop| hop.by != Call::AccountAssignment));
}

#[test]
fn entries_that_cannot_be_read_do_not_hide_others() {
    let mut bad = assigned(ACCOUNT, "ps-1", "ROBOT", "u1");
    let mut center = identity_center(&json!([bad.clone(), assigned(ACCOUNT, "ps-1", "USER", "u2")]));
    bad["AccountId"] = json!("twelve");
    let list =
        center["identity-center.json"]["Instances"][0]["AccountAssignments"].as_array_mut().expect("a list");
    list.push(bad);
    center["identity-center.json"]["Instances"][0]["Users"] = json!([
        {"UserId": "u1", "UserName": "ann"}, {"UserId": "u2", "UserName": "ann"}, {"UserName": "nobody"}]);
    let (_folder, estate) = estate(&[sso_role(&json!({}))], &center);
    let (center, problems) = estate.read_identity_center();
    assert_eq!(center.assignments.len(), 1);
    assert_eq!(center.user("u1"), "identity-center:user/ann (u1)");
    let kinds: Vec<&ProblemKind> = problems.iter().map(|problem| &problem.kind).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(problems.iter().all(|problem| problem.at.spot.is_some()), "{problems:?}");
}

#[test]
fn claims_are_read_from_what_decides() {
    const GITHUB: &str = "token.actions.githubusercontent.com";
    let provider = json!({"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}")});
    let cognito = json!({"Federated": "cognito-identity.amazonaws.com"});
    let web = "sts:AssumeRoleWithWebIdentity";
    let test = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
    let aud = test("StringEquals", &format!("{GITHUB}:aud"), "sts.amazonaws.com");
    let sub = test("StringLike", &format!("{GITHUB}:sub"), "repo:acme/shop:*");
    let pool = "cognito-identity.amazonaws.com:aud";
    let amr = "cognito-identity.amazonaws.com:amr";
    let of_pool = |amr_value: &str| json!({"StringEquals": {pool: "eu-west-1:1"}, "ForAnyValue:StringLike": {amr: amr_value}});
    let roles = [
        role("/", "any-repository", &trusts(&provider, web, &aud)),
        role("/", "one-repository", &trusts(&provider, web, &sub)),
        role("/", "any-pool", &trusts(&cognito, web, &test("ForAnyValue:StringLike", amr, "authenticated"))),
        role("/", "members", &trusts(&cognito, web, &of_pool("authenticated"))),
        role("/", "guests", &trusts(&cognito, web, &of_pool("unauthenticated"))),
        role("/", "pool", &trusts(&cognito, web, &test("StringEquals", pool, "eu-west-1:1"))),
    ];
    let (_folder, estate) = estate(&roles, &json!({}));
    let engine = engine(&estate);
    let hops = engine.hops();
    let overview = overview(&engine, &hops);
    let name = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let mut unclaimed: Vec<String> = overview.unclaimed.iter().map(|trust| name(&trust.role)).collect();
    unclaimed.sort();
    assert_eq!(unclaimed, ["any-pool", "any-repository"]);
    let unauthenticated: Vec<String> = overview.unauthenticated.iter().map(|role| name(role)).collect();
    assert_eq!(unauthenticated, ["guests", "pool"]);
    let answer = to(&engine, &hops, &format!("arn:aws:iam::{ACCOUNT}:role/one-repository"));
    let condition = answer.rows[0].hop.condition.as_ref().expect("a condition");
    assert_eq!(condition.text, "token.actions.githubusercontent.com:sub like repo:acme/shop:*");
}

/// Whom a trust policy names that nobody can be is no way in; whoever could be meant is kept.
#[test]
fn trust_in_nobody_and_in_whoever() {
    let one = |principal: Value| {
        let (_folder, estate) =
            estate(&[role("/", "r", &trusts(&principal, "sts:AssumeRole", &json!({})))], &json!({}));
        let engine = engine(&estate);
        let hops = engine.hops();
        let answer = to(&engine, &hops, &format!("arn:aws:iam::{ACCOUNT}:role/r"));
        answer
            .rows
            .iter()
            .map(|row| format!("{} {}", row.principal, row.decision.phrase()))
            .collect::<Vec<_>>()
    };
    // A deleted user or role.
    assert_eq!(one(json!({"AWS": "AIDADELETEDDELETEDDEL"})), Vec::<String>::new());
    // An account that nobody collected: what its policies say is not known.
    assert_eq!(one(json!({"AWS": "999999999999"})), ["999999999999 unknown"]);
    // Part of an ARN, a group: AWS takes neither for anybody.
    assert_eq!(one(json!({"AWS": "arn:aws:iam::111111111111:role/*"})), Vec::<String>::new());
    assert_eq!(one(json!({"AWS": "arn:aws:iam::111111111111:group/g"})), Vec::<String>::new());
    assert_eq!(one(json!({"Federated": "not a provider"})), Vec::<String>::new());
    assert_eq!(one(json!({"Federated": "*"})), Vec::<String>::new());
}

/// S-PRN-24: a provider that its account does not list is nobody, if the list was collected.
#[test]
fn providers_that_do_not_exist_let_nobody_in() {
    let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/idp");
    let trust = trusts(&json!({"Federated": provider}), "sts:AssumeRoleWithSAML", &json!({}));
    let comers = |listed: Option<&[&str]>| {
        let list = |names: &[&str]| {
            let arns = names
                .iter()
                .map(|name| json!({"Arn": format!("arn:aws:iam::{ACCOUNT}:saml-provider/{name}")}));
            json!({"SAMLProviderList": arns.collect::<Vec<_>>(), "OpenIDConnectProviderList": []})
        };
        let files = match listed {
            Some(names) => json!({"accounts/111111111111/identity-providers.json": list(names)}),
            None => json!({}),
        };
        let (_folder, estate) = estate(&[role("/", "r", &trust)], &files);
        let engine = engine(&estate);
        let answer = to(&engine, &engine.hops(), &format!("arn:aws:iam::{ACCOUNT}:role/r"));
        answer.rows.iter().map(|row| row.principal.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(comers(Some(&["idp"])), [&*provider]);
    assert_eq!(comers(Some(&["other"])), Vec::<String>::new());
    assert_eq!(comers(None), [&*provider]);
}

#[test]
fn the_sample_as_a_picture() {
    let estate = acme();
    let engine = engine(&estate);
    let hops = engine.hops();
    let overview = engine.overview(&hops);
    let answer = BecomeViews::new(&engine, &hops, false).overview(&overview, None, &|_| true);
    let mut out = Vec::new();
    write_graph(&answer, GraphFormat::Svg, &mut out).expect("written");
    let svg = String::from_utf8(out).expect("text");
    assert!(svg.starts_with("<?xml") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("role/platform/deployer") && svg.contains("nadia@acme.example"), "{svg}");
    // Whatever is shortened has a title with all of it.
    assert_eq!(svg.matches("<g>").count(), svg.matches("<g><title>").count());
    for whole in ["role/aws-reserved/sso.amazonaws.com/", "token.actions.githubusercontent.com:sub like"] {
        assert!(svg.contains(whole), "{whole}");
    }
    let conditions = answer.hops().iter().filter(|hop| hop.condition.is_some()).count();
    assert_eq!(svg.matches("class=\"under\"").count(), conditions, "a label for each");
    // The picture ends where its nodes do.
    let number = |tag: &str, name: &str| -> f64 {
        let rest = tag.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().parse().expect("a number")
    };
    let far = |side: &str, size: &str| {
        let rects = svg.split("<rect").skip(1).map(|tag| number(tag, side) + number(tag, size));
        rects.fold(0.0, f64::max)
    };
    let view = svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    let view: Vec<f64> = view.split(' ').map(|number| number.parse().expect("a number")).collect();
    for (of_view, end) in [(view[0] + view[2], far("x", "width")), (view[1] + view[3], far("y", "height"))] {
        assert!(of_view >= end && of_view - end < 40.0, "{of_view} {end}");
    }
}

const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

#[test]
fn providers_make_their_own_claims_and_every_value_is_none_asked() {
    let web = |name: &str, principal: Value, condition: Value| {
        role("/", name, &trusts(&principal, "sts:AssumeRoleWithWebIdentity", &condition))
    };
    let sub = |operator: &str, issuer: &str, value: &str| json!({operator: {format!("{issuer}:sub"): value}});
    let github = json!({"Federated": GITHUB});
    let roles = [
        web("asks", github.clone(), sub("StringLike", "token.actions.githubusercontent.com", "repo:acme/*")),
        web("takes-all", github.clone(), sub("StringLike", "token.actions.githubusercontent.com", "*")),
        web("of-another", github, sub("StringEquals", "other.example.com", "x")),
        web("any", json!("*"), sub("StringLike", "token.actions.githubusercontent.com", "repo:acme/*")),
        web(
            "google",
            json!({"Federated": "accounts.google.com"}),
            sub("StringEquals", "accounts.google.com", "1"),
        ),
    ];
    let (_folder, estate) = estate(&roles, &json!({}));
    let engine = engine(&estate);
    let hops = engine.hops();
    let overview = overview(&engine, &hops);
    let unclaimed: Vec<&str> = overview.unclaimed.iter().map(|trust| &*trust.role).collect();
    assert_eq!(unclaimed, ["arn:aws:iam::111111111111:role/takes-all"]);
    assert_eq!(overview.nobody, ["arn:aws:iam::111111111111:role/of-another"]);
    let any: Vec<String> = to(&engine, &hops, "arn:aws:iam::111111111111:role/any")
        .rows
        .into_iter()
        .map(|row| row.principal)
        .collect();
    assert_eq!(any, [GITHUB]);
}

#[test]
fn roles_that_only_roles_without_way_in_take() {
    let trust = |name: &str| {
        trusts(&json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/{name}")}), "sts:AssumeRole", &json!({}))
    };
    let service = trusts(&json!({"Service": "ec2.amazonaws.com"}), "sts:AssumeRole", &json!({}));
    let roles = [
        role("/", "cy1", &trust("cy2")),
        role("/", "cy2", &trust("cy1")),
        role("/", "web", &service),
        role("/", "next", &trust("web")),
    ];
    let (_folder, estate) = estate(&roles, &json!({}));
    let engine = engine(&estate);
    let hops = engine.hops();
    let nobody = overview(&engine, &hops).nobody;
    assert_eq!(nobody, ["arn:aws:iam::111111111111:role/cy1", "arn:aws:iam::111111111111:role/cy2"]);
}

/// Two hops between two principals, one under a condition.
fn there_and_back(back: Option<&str>) -> String {
    let hop = |from: &str, to: &str, condition: Option<&str>| HopView {
        from: format!("arn:aws:iam::{ACCOUNT}:role/{from}"),
        from_kind: KindWord::Role,
        from_account: Some(ACCOUNT.to_owned()),
        to: format!("arn:aws:iam::{ACCOUNT}:role/{to}"),
        to_account: Some(ACCOUNT.to_owned()),
        by: "sts:AssumeRole".to_owned(),
        decision: if condition.is_some() { DecisionWord::Conditional } else { DecisionWord::Allowed },
        condition: condition.map(|text| ConditionView {
            text: text.to_owned(),
            tree: ConditionTree::All { all: Vec::new() },
            unproved: false,
        }),
        longest_session: None,
        resources: Vec::new(),
        statements: Vec::new(),
    };
    let paths = vec![vec![hop("north", "south", None), hop("south", "north", back)]];
    let answer = BecomeAnswer { paths, ..BecomeAnswer::default() };
    let mut out = Vec::new();
    write_graph(&answer, GraphFormat::Svg, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

#[test]
fn hops_back_are_drawn_as_they_are() {
    let alike = there_and_back(None);
    assert!(!alike.contains("class=\"open\"") && alike.matches("<path").count() == 1, "{alike}");
    let apart = there_and_back(Some("sts:externalid = x"));
    assert!(apart.contains("sts:externalid = x"), "{apart}");
    assert_eq!(apart.matches("<path").count(), 3, "one hop in one line, one in two: {apart}");
}
