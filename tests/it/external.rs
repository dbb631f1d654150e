//! `report --external`: who from outside reaches what.

use entail::answers::external::Scope;
use entail::answers::{Engine, EngineOptions};
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;
use entail::output::terminal::{Screen, show_external};
use entail::output::views::external_view;
use entail::output::{ExternalAnswer, ExternalRow, Row};
use serde_json::{Value, json};

use crate::acme::acme;
use crate::small_estates::written;

mod canonical;
mod places;
mod points;
mod whom;

const OWNER: &str = "111111111111";
const MEMBER: &str = "222222222222";

fn engine(estate: &Estate) -> Engine {
    let assumptions = Assumptions::default();
    Engine::new(estate, EngineOptions { assumptions, outsiders: true, ..EngineOptions::default() })
}

fn answer(engine: &Engine) -> ExternalAnswer {
    external_view(engine, &engine.external_access(), &|_| true)
}

/// An organisation of two accounts; the first has a bucket with a policy, and a role that trusts whom another says.
fn organization(bucket: &[Value], trust: &[Value], rcp: Option<Value>, settings: &Value) -> ExternalAnswer {
    let policy = json!({"Version": "2012-10-17", "Statement": bucket});
    let bucket = json!({"Arn": "arn:aws:s3:::b", "Account": MEMBER, "Tags": {}, "Policy": policy, "Settings": settings});
    organization_of(&json!([bucket]), trust, rcp)
}

/// The same with resources of its own.
fn organization_of(resources: &Value, trust: &[Value], rcp: Option<Value>) -> ExternalAnswer {
    let account = |id: &str| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []});
    let document = |statements: &[Value]| json!({"Version": "2012-10-17", "Statement": statements});
    let control = rcp.map(|statement| {
        json!({"Id": "p-rcp", "Name": "perimeter", "Type": "RESOURCE_CONTROL_POLICY", "AwsManaged": false,
            "Content": document(&[statement]), "Targets": ["r-1"]})
    });
    let role = json!({"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Tags": [],
        "Arn": "arn:aws:iam::111111111111:role/r", "AttachedManagedPolicies": [], "RolePolicyList": [],
        "AssumeRolePolicyDocument": document(trust)});
    let details = |roles: &[Value]| json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []});
    let folder = written(&json!({
        "organization.json": {
            "Organization": {"Id": "o-1", "MasterAccountId": OWNER},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": [], "Accounts": [account(OWNER), account(MEMBER)],
            "Policies": control.into_iter().collect::<Vec<_>>(),
        },
        // No RCP binds the management account, so the member owns what is asked about.
        "accounts/222222222222/authorization-details.json": details(&[]),
        "accounts/111111111111/authorization-details.json": details(&[role]),
        "accounts/111111111111/resource-policies.json": [],
        "accounts/222222222222/resource-policies.json": resources,
        "accounts/222222222222/account.json": {"PublicAccessBlock": open()},
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    answer(&engine(&estate))
}

fn open() -> Value {
    json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false})
}

fn settings() -> Value {
    json!({"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": open()})
}

fn reads(principal: Value, condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
        "Condition": condition})
}

/// The scope, who, and condition of each row.
fn told(answer: &ExternalAnswer) -> Vec<(&str, &str, &str)> {
    answer
        .rows
        .iter()
        .map(|row| {
            (row.scope.as_str(), &*row.who, row.condition.as_ref().map_or("", |condition| &*condition.text))
        })
        .collect()
}

/// Who reads a bucket of an account of the organisation, by one statement.
#[track_caller]
fn bucket(principal: Value, condition: Value, expected: &[(&str, &str, &str)]) {
    let answer = organization(&[reads(principal, condition)], &[], None, &settings());
    assert_eq!(told(&answer), expected);
    assert!(answer.rows.iter().all(|row| row.actions == ["s3:GetObject"] && row.part == "arn:aws:s3:::b/*"));
}

#[test]
fn conditions_decide_from_how_far_and_not_their_text() {
    let everybody = || json!("*");
    bucket(everybody(), json!({}), &[("public", "*", "")]);
    let own = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    bucket(everybody(), own, &[("organization", "o-1", "")]);
    // Another organisation, by its id and by its paths.
    let other = json!({"StringEquals": {"aws:PrincipalOrgID": "o-2"}});
    bucket(everybody(), other, &[("outside", "o-2", "")]);
    let other = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-2/*"}});
    bucket(everybody(), other, &[("outside", "o-2", "")]);
    let own = json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}});
    bucket(everybody(), own, &[("organization", "o-1", "")]);
    // `IfExists` lets in whoever has no organisation, who is not signed in at all too.
    let if_exists = json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}});
    let answer = organization(&[reads(everybody(), if_exists)], &[], None, &settings());
    assert_eq!(told(&answer).first(), Some(&("public", "*", "")), "{answer:?}");
    // A test that looks like a fence and holds for nearly all.
    let fence = json!({"StringNotEquals": {"aws:PrincipalAccount": "333333333333"}});
    let answer = organization(&[reads(everybody(), fence)], &[], None, &settings());
    assert_eq!(told(&answer).first().map(|row| row.0), Some("public"), "{answer:?}");
    // An account by a test on the caller's ARN.
    let by_arn = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:role/*"}});
    let condition = "aws:principalarn like arn:aws:iam::333333333333:role/*";
    bucket(everybody(), by_arn, &[("outside", "333333333333", condition)]);
    let at_home = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/*"}});
    bucket(everybody(), at_home, &[]);
    bucket(
        everybody(),
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        &[("public", "*", "aws:sourceip in 203.0.113.0/24")],
    );
}

#[test]
fn principals_are_told_by_their_account() {
    bucket(json!({"AWS": "333333333333"}), json!({}), &[("outside", "333333333333", "")]);
    bucket(json!({"AWS": format!("arn:aws:iam::{OWNER}:root")}), json!({}), &[("organization", OWNER, "")]);
    bucket(json!({"AWS": MEMBER}), json!({}), &[]);
    let role = "arn:aws:iam::333333333333:role/x";
    bucket(json!({"AWS": role}), json!({}), &[("outside", role, "")]);
    // Services call for their users, and are listed by `become` where they take roles.
    bucket(json!({"Service": "logging.s3.amazonaws.com"}), json!({}), &[]);
    // Whoever the id was of is deleted.
    bucket(json!({"AWS": "AROADELETEDDELETEDDEL"}), json!({}), &[]);
}

#[test]
fn what_is_denied_is_no_way_in() {
    let public = || reads(json!("*"), json!({}));
    let deny = |principal: Value, condition: Value| json!({"Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "*", "Condition": condition});
    let outsiders = json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}});
    // By the bucket's own policy, by an RCP, by Block Public Access.
    let fenced = organization(&[public(), deny(json!("*"), outsiders.clone())], &[], None, &settings());
    // Services are left out of the Deny, and act for whoever uses them.
    let rows = [("outside", "any AWS service", ""), ("organization", "o-1", "")];
    assert_eq!(told(&fenced), rows);
    let perimeter = organization(&[public()], &[], Some(deny(json!("*"), outsiders)), &settings());
    let rows = [("outside", "any AWS service", ""), ("organization", "o-1", "")];
    assert_eq!(told(&perimeter), rows);
    let mut block = settings();
    block["PublicAccessBlock"]["RestrictPublicBuckets"] = json!(true);
    // S-S3-05: services are not kept out.
    let blocked = organization(&[public()], &[], None, &block);
    assert_eq!(told(&blocked), [("outside", "any AWS service", "")]);
    // A Deny that leaves a part leaves that part.
    let mut part = deny(json!("*"), json!({}));
    part["Resource"] = json!("arn:aws:s3:::b/private/*");
    let left = organization(&[public(), part], &[], None, &settings());
    assert_eq!(left.rows.len(), 1, "{left:?}");
    assert!(left.rows[0].part.contains("private"), "{}", left.rows[0].part);
    // What denies one account leaves the others.
    let one =
        organization(&[public(), deny(json!({"AWS": "333333333333"}), json!({}))], &[], None, &settings());
    assert_eq!(told(&one), [("public", "*", "")]);
}

#[test]
fn roles_are_reached_by_their_trust() {
    let trust = |principal: Value, action: &str, condition: Value| {
        let statement =
            json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition});
        let answer = organization(&[], &[statement], None, &settings());
        answer
            .rows
            .iter()
            .map(|row| (row.scope.as_str(), row.who.clone(), row.actions.join(" ")))
            .collect::<Vec<_>>()
    };
    let row = |scope: &'static str, who: &str, action: &str| vec![(scope, who.to_owned(), action.to_owned())];
    let assume = "sts:AssumeRole";
    assert_eq!(trust(json!({"AWS": "*"}), assume, json!({})), row("outside", "any account", assume));
    let id = json!({"StringEquals": {"sts:ExternalId": "x"}});
    assert_eq!(trust(json!({"AWS": "333333333333"}), assume, id), row("outside", "333333333333", assume));
    assert_eq!(trust(json!({"AWS": MEMBER}), assume, json!({})), row("organization", MEMBER, assume));
    assert_eq!(trust(json!({"AWS": OWNER}), assume, json!({})), []);
    assert_eq!(trust(json!({"Service": "ec2.amazonaws.com"}), assume, json!({})), []);
    let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let web = "sts:AssumeRoleWithWebIdentity";
    assert_eq!(trust(json!({"Federated": provider}), web, json!({})), row("provider", provider, web));
}

#[test]
fn what_was_not_collected_leaves_a_way_in_open() {
    let user = "arn:aws:iam::333333333333:user/x";
    // Nobody knows in which organisation the user's account is.
    let stranger = json!({"StringEquals": {"aws:PrincipalOrgID": "o-9"}});
    let trust =
        json!({"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:*", "Condition": stranger});
    let answer = organization(&[], &[trust], None, &settings());
    let rows: Vec<_> = answer.rows.iter().map(|row| (&*row.who, row.decision.phrase())).collect();
    assert_eq!(rows, [(user, "unknown")]);
    assert!(answer.rows[0].actions.iter().any(|action| action == "sts:AssumeRole"), "{answer:?}");
    assert_eq!(answer.missing, ["whether account 333333333333 is in o-9"]);
    // Nor whether somebody else blocks what the policy grants to the public.
    let unset = json!({"ObjectOwnership": "BucketOwnerEnforced"});
    let answer = organization(&[reads(json!("*"), json!({}))], &[], None, &unset);
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.scope.as_str(), &*row.who, row.decision.phrase())).collect();
    assert_eq!(rows, [("public", "*", "unknown"), ("outside", "any AWS service", "allowed")]);
    assert_eq!(answer.missing, ["Block Public Access of arn:aws:s3:::b"]);
    // Which does not matter where a Deny leaves no way in.
    let denied = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]});
    let answer = organization(&[reads(json!("*"), json!({})), denied], &[], None, &unset);
    assert!(answer.rows.is_empty() && answer.missing.is_empty(), "{answer:?}");
}

/// What a share comes to stands in no file: its rows cite where the share lists the resource.
#[test]
fn shares_are_cited_where_they_list_the_resource() {
    let (subnet, share) = (
        "arn:aws:ec2:eu-west-1:111111111111:subnet/subnet-1",
        "arn:aws:ram:eu-west-1:111111111111:resource-share/s",
    );
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json": details,
        "accounts/111111111111/ram-shares.json": {
            "resources": [{"arn": subnet, "resourceShareArn": share}],
            "principals": [{"id": MEMBER, "resourceShareArn": share}],
            "permissions": [{"arn": "arn:aws:ram::aws:permission/p", "resourceShareArn": share,
                "permission": r#"{"Effect": "Allow", "Action": ["ec2:RunInstances"]}"#}]},
    }));
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let answer = answer(&engine(&estate));
    let statements = answer.rows.iter().flat_map(|row| &row.statements);
    let places: Vec<_> =
        statements.map(|statement| (statement.line > 0, statement.column > 0, &*statement.path)).collect();
    assert_eq!(places, [(true, true, "$.resources[0]")], "{answer:?}");
    assert!(answer.rows[0].statements[0].file.ends_with("ram-shares.json"));
}

#[test]
fn the_sample_from_outside() {
    let estate = acme();
    let assumptions = Assumptions::default().without_context();
    let options = EngineOptions { assumptions, outsiders: true, ..EngineOptions::default() };
    let engine = Engine::new(&estate, options);
    let mut out = Vec::new();
    show_external(&answer(&engine), Screen::default(), &mut out).expect("written");
    let text = String::from_utf8(out).expect("text").replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "");
    insta::assert_snapshot!("sample", text);
    assert!(engine.external_access().rows.iter().any(|row| row.scope == Scope::Public));
}

#[test]
fn the_page_describes_every_column_and_scope() {
    let page = include_str!("../../docs/external.md");
    for column in ExternalRow::COLUMNS {
        assert!(page.contains(&format!("| `{column}` |")), "docs/external.md does not describe `{column}`");
    }
    for scope in entail::output::ScopeWord::ALL {
        assert!(page.contains(&format!("| `{scope}` |")), "docs/external.md does not explain `{scope}`");
    }
}

/// S-RCP-06: an RCP on all of a service denies what the catalog does not know of it too.
#[test]
fn rcps_deny_actions_that_nobody_knows() {
    let statement =
        json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
    let told_with = |rcp: Option<Value>| {
        let answer = organization(std::slice::from_ref(&statement), &[], rcp, &settings());
        answer.rows.iter().map(|row| row.actions.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(told_with(None), ["s3:*"]);
    let deny = |action: &str| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"});
    assert_eq!(told_with(Some(deny("s3:*"))), [""; 0]);
    assert_eq!(told_with(Some(deny("*"))), [""; 0]);
    // One on reads leaves the rest.
    assert_eq!(told_with(Some(deny("s3:Get*"))).len(), 1);
}

/// Who stands for the principals of an account may be any of them: a user, a session, the root user.
#[test]
fn a_type_of_principal_is_a_condition() {
    for (operator, kind, text) in [
        ("StringEquals", "User", "aws:principaltype = User"),
        ("StringEquals", "Account", "aws:principaltype = Account"),
        ("StringNotEquals", "AssumedRole", "aws:principaltype != AssumedRole"),
    ] {
        let condition = json!({operator: {"aws:PrincipalType": kind}});
        let answer = organization(&[reads(json!({"AWS": "*"}), condition)], &[], None, &settings());
        let rows = told(&answer);
        assert!(rows.iter().any(|row| row.0 == "outside" && row.2.contains(text)), "{text}: {rows:?}");
        let outside = rows.iter().filter(|row| row.0 == "outside");
        assert!(outside.into_iter().all(|row| row.2.contains("aws:principaltype")), "{rows:?}");
    }
}

/// A statement on everything lets in to what acts on its resource.
#[test]
fn rows_name_actions_that_act_on_the_resource() {
    let everything =
        json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::b/*"});
    let answer = organization(&[everything], &[], None, &settings());
    let public: Vec<&Vec<String>> =
        answer.rows.iter().filter(|row| row.scope.as_str() == "public").map(|row| &row.actions).collect();
    assert_eq!(public, [&["s3:*"]]);
}

/// U-36: the policy that SNS gives to new topics lets in the owner's account.
#[test]
fn the_owner_of_a_topic_is_nobody_from_outside() {
    let topic = |owner: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:Publish", "Resource": "arn:aws:sns:eu-west-1:222222222222:t", "Condition": {"StringEquals": {"AWS:SourceOwner": owner}}});
        let policy = json!({"Version": "2008-10-17", "Statement": [statement]});
        let resource = json!({"Arn": "arn:aws:sns:eu-west-1:222222222222:t", "Account": MEMBER, "Tags": {}, "Policy": policy});
        let answer = organization_of(&json!([resource]), &[], None);
        answer.rows.iter().map(|row| row.scope.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(topic(MEMBER), [""; 0]);
    assert_eq!(topic("333333333333"), ["outside"]);
}

/// S-S3-03, S-S3-05: an ACL that was collected is a way in, unless Block Public Access or the ownership setting passes over it.
#[test]
fn collected_acls_let_in() {
    let everybody = json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"});
    let rows = |ownership: &str, ignored: bool| {
        let mut block = open();
        block["IgnorePublicAcls"] = json!(ignored);
        let settings = json!({"ObjectOwnership": ownership, "PublicAccessBlock": block, "Acl": {"Owner": {"ID": "c2"},
            "Grants": [{"Grantee": everybody, "Permission": "READ"}]}});
        let answer = organization_of(
            &json!([{"Arn": "arn:aws:s3:::b", "Account": MEMBER, "Tags": {}, "Policy": null, "Settings": settings}]),
            &[],
            None,
        );
        assert!(!answer.missing.contains(&"ACL of arn:aws:s3:::b".to_owned()), "{:?}", answer.missing);
        let told = |row: &ExternalRow| {
            format!("{} {} {}", row.scope.as_str(), row.decision.phrase(), row.actions.join(" "))
        };
        answer.rows.iter().map(told).collect::<Vec<_>>()
    };
    let read = "public allowed s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions";
    assert_eq!(rows("ObjectWriter", false), [read]);
    assert_eq!(rows("ObjectWriter", true), [""; 0]);
    assert_eq!(rows("BucketOwnerEnforced", false), [""; 0]);
}

/// The rows of a role that trusts whom some statements say: scope and who.
fn trusted_by(trust: &[Value]) -> Vec<(String, String)> {
    let answer = organization(&[], trust, None, &settings());
    answer.rows.iter().map(|row| (row.scope.as_str().to_owned(), row.who.clone())).collect()
}

fn trusts(principal: Value, action: &str, condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})
}

/// S-TRI-09: an account that only a condition names is none of those that are trusted elsewhere.
#[test]
fn accounts_of_conditions_are_not_those_trusted_elsewhere() {
    let policy = |statement: &Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let role = |name: &str, statement: &Value| {
        json!({"RoleName": name, "RoleId": format!("AROA{name:A<17}"), "Path": "/", "Tags": [], "RolePolicyList": [],
            "Arn": format!("arn:aws:iam::{OWNER}:role/{name}"), "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": policy(statement)})
    };
    let queue = "arn:aws:sqs:eu-west-1:111111111111:q";
    let like = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::888888888888:role/x*"}});
    let equal = json!({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::888888888888:role/x1"}});
    for condition in [like, equal] {
        for vendors in [0_u8, 1, 9] {
            let mut roles = vec![role("r", &trusts(json!("*"), "sts:AssumeRole", condition.clone()))];
            roles.extend((0..vendors).map(|number| {
                let vendor = json!({"AWS": format!("90000000000{number}")});
                role(&format!("v{number}"), &trusts(vendor, "sts:AssumeRole", json!({})))
            }));
            let sends = json!({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue,
                "Condition": condition});
            // In no organisation.
            let folder = written(&json!({
                "accounts/111111111111/authorization-details.json":
                    {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": []},
                "accounts/111111111111/resource-policies.json":
                    [{"Arn": queue, "Account": OWNER, "Tags": {}, "Policy": policy(&sends)}],
            }));
            let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
            let rows = answer(&engine(&estate)).rows;
            for resource in [queue, "arn:aws:iam::111111111111:role/r"] {
                let is_open =
                    rows.iter().any(|row| row.resource == resource && row.who.contains("888888888888"));
                assert!(is_open, "{resource}, {vendors}: {rows:?}");
            }
        }
    }
}

/// 3.6, S-RCP-08: a resource fixes whose it is, and its tags.
#[test]
fn what_the_resource_fixes_is_no_condition() {
    let perimeter = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}});
    let both = reads(json!({"AWS": ["333333333333", OWNER]}), json!({}));
    let fenced = organization(&[both], &[], Some(perimeter), &settings());
    assert_eq!(told(&fenced), [("organization", OWNER, "")]);
    let own = json!({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}});
    bucket(json!("*"), own.clone(), &[]);
    assert_eq!(trusted_by(&[trusts(json!("*"), "sts:AssumeRole", own)]), []);
    let organization = json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}});
    bucket(json!("*"), organization, &[("organization", "o-1", "")]);
    let other = json!({"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-2/*"}});
    bucket(json!("*"), other, &[]);
    // The role has no tags.
    let tagged = json!({"StringEquals": {"aws:ResourceTag/k": "w"}});
    assert_eq!(trusted_by(&[trusts(json!({"AWS": "333333333333"}), "sts:AssumeRole", tagged)]), []);
}

/// S-RES-12: what an RCP leaves of `*` on a bucket are actions of other services, and they do not act on it.
#[test]
fn actions_of_other_services_are_no_way_in() {
    let everything = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]});
    let perimeter = json!({"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*", "kms:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}});
    let answer = organization(&[everything], &[], Some(perimeter), &settings());
    assert!(!answer.rows.is_empty());
    assert!(
        answer.rows.iter().all(|row| row.scope.as_str() == "organization" && row.actions == ["s3:*"]),
        "{answer:?}"
    );
}

/// S-PRN-01, S-TRUST-08: trust in everybody lets in whom providers vouch for, and nobody else can make their calls.
#[test]
fn trust_in_everybody_is_trust_in_providers() {
    let web = "sts:AssumeRoleWithWebIdentity";
    let shared =
        ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];
    let rows = shared.map(|name| ("provider".to_owned(), name.to_owned()));
    for principal in [json!("*"), json!({"AWS": "*"})] {
        assert_eq!(trusted_by(&[trusts(principal, web, json!({}))]), rows);
    }
    let google = json!({"StringEquals": {"accounts.google.com:aud": "123"}});
    assert_eq!(trusted_by(&[trusts(json!("*"), web, google)]), rows[..1]);
    assert_eq!(trusted_by(&[trusts(json!({"AWS": "333333333333"}), web, json!({}))]), []);
    // Without a provider in the account nobody comes by SAML.
    assert_eq!(trusted_by(&[trusts(json!("*"), "sts:AssumeRoleWithSAML", json!({}))]), []);
}

/// S-PRN-01, S-XACC-12: everybody means AWS services too, which act for whoever uses them.
#[test]
fn everybody_means_services() {
    let service = || vec![("outside".to_owned(), "any AWS service".to_owned())];
    let of = |condition| trusted_by(&[trusts(json!("*"), "sts:AssumeRole", condition)]);
    assert_eq!(of(json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})), service());
    assert_eq!(of(json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::somebody-elses"}})), service());
    assert_eq!(of(json!({"StringEquals": {"aws:SourceAccount": "333333333333"}})), service());
    // For accounts of the organisation they come from inside.
    assert_eq!(of(json!({"StringEquals": {"aws:SourceAccount": OWNER}})), []);
    assert_eq!(of(json!({"StringEquals": {"aws:SourceOrgID": "o-1"}})), []);
    assert_eq!(of(json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:222222222222:*"}})), []);
}

/// A Deny that leaves some out lets them in where everybody is (S-PRN-18, U-13).
#[test]
fn whom_a_deny_leaves_out_gets_in() {
    let role = "arn:aws:iam::333333333333:role/x";
    let deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::333333333333:root", role]}, "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/*"});
    let answer = organization(&[reads(json!("*"), json!({})), deny], &[], None, &settings());
    let rows: Vec<(&str, &str)> = answer.rows.iter().map(|row| (&*row.who, row.decision.phrase())).collect();
    assert!(rows.contains(&(role, "unknown")), "{rows:?}");
    assert!(rows.iter().all(|(who, _)| who.contains("333333333333")), "{rows:?}");
}

/// What services refuse is no way in, whatever policies say, nor is what no caller can fulfil.
#[test]
fn what_nobody_can_call_is_no_way_in() {
    let assume = "sts:AssumeRole";
    let everybody = |condition| trusted_by(&[trusts(json!("*"), assume, condition)]);
    // S-SESS-05, S-SESS-09
    let federated = json!({"AWS": "arn:aws:sts::333333333333:federated-user/bob"});
    assert_eq!(trusted_by(&[trusts(federated, assume, json!({}))]), []);
    assert_eq!(everybody(json!({"StringEquals": {"aws:PrincipalType": "Account"}})), []);
    assert_eq!(everybody(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:root"}})), []);
    // S-TRUST-10: what only goes with a call that takes the role takes none.
    let going_with = json!(["sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"]);
    let mut tags = trusts(json!("*"), assume, json!({}));
    tags["Action"] = going_with;
    assert_eq!(trusted_by(std::slice::from_ref(&tags)), []);
    let vendor = trusts(json!({"AWS": "333333333333"}), assume, json!({}));
    let outside = |who: &str| ("outside".to_owned(), who.to_owned());
    assert_eq!(trusted_by(&[tags.clone(), vendor.clone()]), [outside("333333333333")]);
    tags["Principal"] = json!({"AWS": "333333333333"});
    assert_eq!(trusted_by(&[tags, vendor]), [outside("333333333333"), outside("333333333333")]);
    // S-RES-15
    for principal in ["root", "role/x"] {
        let other = json!({"AWS": format!("arn:aws-cn:iam::333333333333:{principal}")});
        assert_eq!(trusted_by(&[trusts(other.clone(), assume, json!({}))]), []);
        bucket(other, json!({}), &[]);
    }
    // S-KEY-01: what only requests hold that nobody signs.
    assert_eq!(everybody(json!({"StringEquals": {"aws:PrincipalType": "Anonymous"}})), []);
    assert_eq!(everybody(json!({"StringEquals": {"aws:userid": "anonymous"}})), []);
    assert_eq!(everybody(json!({"StringEquals": {"aws:PrincipalAccount": "anonymous"}})), []);
    let anonymous = json!({"StringEquals": {"aws:PrincipalType": "Anonymous"}});
    bucket(json!("*"), anonymous, &[("public", "*", "")]);
    // S-TRUST-10: tags and a source identity need permissions of their own.
    let outside = || vec![("outside".to_owned(), "333333333333".to_owned())];
    for (key, permission) in
        [("aws:RequestTag/team", "sts:TagSession"), ("sts:SourceIdentity", "sts:SetSourceIdentity")]
    {
        let asking = trusts(json!({"AWS": "333333333333"}), assume, json!({"StringLike": {key: "?*"}}));
        assert_eq!(trusted_by(std::slice::from_ref(&asking)), [], "{key}");
        let mut given = asking;
        given["Action"] = json!([assume, permission]);
        assert_eq!(trusted_by(&[given]), outside(), "{key}");
    }
}

/// A queue of the member whose policy has some statements: who sends to it.
fn senders(statements: &[Value]) -> Vec<(String, String)> {
    let queue = "arn:aws:sqs:eu-west-1:222222222222:q";
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let resource = json!({"Arn": queue, "Account": MEMBER, "Tags": {}, "Policy": policy});
    let answer = organization_of(&json!([resource]), &[], None);
    answer.rows.iter().map(|row| (row.scope.as_str().to_owned(), row.who.clone())).collect()
}

/// S-PRN-18, S-PRN-19: whom a Deny leaves out gets in by a grant to the account, and is none of those who stand for it.
#[test]
fn whom_a_deny_leaves_out_gets_in_by_name() {
    let foreign = |name: &str| format!("arn:aws:iam::333333333333:{name}");
    let rows = |account: &str, left_out: &[String]| {
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sqs:SendMessage", "Resource": "*"});
        let deny =
            json!({"Effect": "Deny", "NotPrincipal": {"AWS": left_out}, "Action": "sqs:*", "Resource": "*"});
        senders(&[allow, deny])
    };
    let by_name = |scope: &str, names: &[String]| {
        names.iter().map(|name| (scope.to_owned(), name.clone())).collect::<Vec<_>>()
    };
    for listed in ["role/ok", "user/ok"] {
        let left_out = [foreign(listed), foreign("root")];
        let found = rows("333333333333", &left_out);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(by_name("outside", &left_out).iter().all(|row| found.contains(row)), "{found:?}");
        assert_eq!(rows("444444444444", &left_out), []);
    }
    let session = "arn:aws:sts::333333333333:assumed-role/ok/ss".to_owned();
    let left_out = [session, foreign("role/ok"), foreign("root")];
    let found = rows("333333333333", &left_out);
    assert!(by_name("outside", &left_out).iter().all(|row| found.contains(row)), "{found:?}");
    let (role, root) = (format!("arn:aws:iam::{OWNER}:role/r"), format!("arn:aws:iam::{OWNER}:root"));
    let found = rows(OWNER, &[role.clone(), root.clone()]);
    assert_eq!(found, by_name("organization", &[role, root]));
    // Where the account gets in by the same statement, nobody of it is named besides.
    let allow = json!({"Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "sqs:SendMessage", "Resource": "*"});
    let deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": foreign("role/ok")}, "Action": "sqs:DeleteQueue", "Resource": "*"});
    assert_eq!(senders(&[allow, deny]), by_name("outside", &["333333333333".to_owned()]));
}

/// S-TRUST-10: the permission to set a source identity helps only whom the policy gives it.
#[test]
fn permissions_that_a_call_needs_are_the_callers_own() {
    let takes = |account: &str| {
        let named = json!({"StringLike": {"sts:SourceIdentity": "?*"}});
        trusts(json!({"AWS": account}), "sts:AssumeRole", named)
    };
    let sets = |account: &str| trusts(json!({"AWS": account}), "sts:SetSourceIdentity", json!({}));
    let foreign = "333333333333";
    assert_eq!(trusted_by(&[takes(foreign), sets(MEMBER)]), []);
    let row = [("outside".to_owned(), foreign.to_owned())];
    let mut both = trusted_by(&[takes(foreign), sets(foreign)]);
    both.dedup();
    assert_eq!(both, row);
    // Of everybody it is those whom another statement gives it.
    let mut some = trusted_by(&[takes("*"), sets(foreign)]);
    some.dedup();
    assert_eq!(some, row);
}

/// Two roles of one name are told apart by their accounts.
#[test]
fn equal_names_come_with_their_accounts() {
    let roles = json!({"AWS": ["arn:aws:iam::333333333333:role/x", "arn:aws:iam::444444444444:role/x", "arn:aws:iam::333333333333:role/y"]});
    let answer = organization(&[reads(roles, json!({}))], &[], None, &settings());
    let mut out = Vec::new();
    show_external(&answer, Screen::default(), &mut out).expect("written");
    let text = String::from_utf8(out).expect("text");
    for who in ["x (333333333333)  ", "x (444444444444)  ", "  y  "] {
        assert!(text.contains(who), "{who}: {text}");
    }
}
