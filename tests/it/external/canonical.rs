//! `can`, `who-can` and `report --external` say the same of canonical user ids (S-PRN-10, S-PRN-23).

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;
use entail::output::views::who_can_view;
use entail::rules::decision::Decision;
use serde_json::{Value, json};

use super::{MEMBER, OWNER, open, told};
use crate::small_estates::written;

/// The id of the first account, as its settings say; of the second, as the ACL of a bucket does; and of nobody known.
const OF_OWNER: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OF_MEMBER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const OF_NOBODY: &str = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

/// Two accounts, each with a user who may read everything and one who may nothing; the second has buckets `b`, which lets in whom a
/// policy names, and `own`.
fn estate(principal: &Value) -> Estate {
    let document = |statement: &Value| json!({"Version": "2012-10-17", "Statement": statement});
    let reads = document(&json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}));
    let details = |account: &str| {
        let user = |name: &str, policies: Value| {
            json!({"UserName": name, "UserId": format!("AIDA{}", name.to_uppercase().repeat(17)), "Path": "/", "Tags": [],
                "Arn": format!("arn:aws:iam::{account}:user/{name}"), "GroupList": [], "AttachedManagedPolicies": [],
                "UserPolicyList": policies})
        };
        let reader = user("r", json!([{"PolicyName": "p", "PolicyDocument": reads}]));
        json!({"UserDetailList": [reader, user("n", json!([]))], "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    };
    let account = |id: &str| json!({"Id": id, "Name": id, "ParentId": "r-1", "Status": "ACTIVE", "Tags": []});
    let policy = document(&json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*"}));
    let settings = json!({"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": open()});
    let folder = written(&json!({
        "organization.json": {
            "Organization": {"Id": "o-1", "MasterAccountId": OWNER},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": []}],
            "OrganizationalUnits": [], "Accounts": [account(OWNER), account(MEMBER)], "Policies": [],
        },
        "accounts/111111111111/authorization-details.json": details(OWNER),
        "accounts/111111111111/account.json": {"CanonicalUserId": OF_OWNER, "PublicAccessBlock": open()},
        "accounts/111111111111/resource-policies.json": [],
        "accounts/222222222222/authorization-details.json": details(MEMBER),
        "accounts/222222222222/account.json": {"PublicAccessBlock": open()},
        "accounts/222222222222/resource-policies.json": [
            {"Arn": "arn:aws:s3:::b", "Account": MEMBER, "Tags": {}, "Policy": policy, "Settings": settings},
            {"Arn": "arn:aws:s3:::own", "Account": MEMBER, "Tags": {}, "Policy": null,
                "Settings": {"ObjectOwnership": "BucketOwnerEnforced", "PublicAccessBlock": open(),
                    "Acl": {"Owner": {"ID": OF_MEMBER}, "Grants": []}}},
        ],
    }));
    Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads")
}

const OBJECT: &str = "arn:aws:s3:::b/x";

fn engine(estate: &Estate) -> Engine {
    Engine::new(estate, EngineOptions { assumptions: Assumptions::default(), ..EngineOptions::default() })
}

/// What `can` says of a caller.
fn can(engine: &Engine, principal: &str) -> String {
    let question = Question::new(principal, "s3:GetObject", OBJECT);
    let answer = engine.can(&question).expect("an answer");
    let decision = match answer.decided.decision {
        Decision::Allowed => "allowed",
        Decision::ImplicitlyDenied => "implicitly denied",
        Decision::Unknown => "unknown",
        Decision::Conditional => "conditional",
        Decision::ExplicitlyDenied => "explicitly denied",
    };
    format!("{}: {decision}", answer.caller.name)
}

/// Who reads the object: name and decision.
fn who_can(engine: &Engine) -> Vec<String> {
    let question = Reverse {
        action: "s3:GetObject".to_owned(),
        resource: Some(OBJECT.to_owned()),
        ..Reverse::default()
    };
    let answers = [engine.who_can(&question).expect("an answer")];
    let rows = who_can_view(&answers, false).rows;
    rows.iter().map(|row| format!("{}: {}", row.principal, row.decision.phrase())).collect()
}

/// Who gets in from outside of the account.
fn external(estate: &Estate) -> Vec<String> {
    let answer = super::answer(&super::engine(estate));
    told(&answer).into_iter().map(|(scope, who, _)| format!("{scope} {who}")).collect()
}

fn user(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:user/{name}")
}

#[test]
fn an_id_of_the_estate_means_its_account() {
    let estate = estate(&json!({"CanonicalUser": OF_OWNER}));
    let engine = engine(&estate);
    let (reader, other) = (user(OWNER, "r"), user(OWNER, "n"));
    assert_eq!(can(&engine, &reader), format!("{reader}: allowed"));
    assert_eq!(can(&engine, &other), format!("{other}: implicitly denied"));
    // Who is asked about by the id is who is asked about by the account's number.
    assert_eq!(can(&engine, OF_OWNER), "arn:aws:iam::111111111111:root: allowed");
    assert_eq!(can(&engine, OF_OWNER), can(&engine, OWNER));
    let root = |account: &str| format!("arn:aws:iam::{account}:root: allowed");
    let allowed = |account: &str| format!("{}: allowed", user(account, "r"));
    let everybody = [root(OWNER), allowed(OWNER), root(MEMBER), allowed(MEMBER)];
    assert_eq!(who_can(&engine), everybody);
    assert_eq!(external(&estate), [format!("organization {OWNER}")]);
}

#[test]
fn an_id_of_nobody_known_means_somebody() {
    let estate = estate(&json!({"CanonicalUser": OF_NOBODY}));
    let engine = engine(&estate);
    // Accounts whose own id is known, by their settings or by an ACL, are not meant.
    let reader = user(OWNER, "r");
    assert_eq!(can(&engine, &reader), format!("{reader}: implicitly denied"));
    assert_eq!(can(&engine, OF_MEMBER), can(&engine, MEMBER));
    let somebody = format!("some user of the account with the canonical user id {OF_NOBODY}");
    assert_eq!(can(&engine, OF_NOBODY), format!("{somebody}: unknown"));
    let rows = who_can(&engine);
    assert_eq!(rows.first(), Some(&format!("canonical user {OF_NOBODY}: unknown")), "{rows:?}");
    assert!(rows.iter().all(|row| !row.contains(OWNER)), "{rows:?}");
    assert_eq!(external(&estate), [format!("outside canonical user {OF_NOBODY}")]);
    // Another id is not let in.
    let other = "d".repeat(64);
    assert!(can(&engine, &other).ends_with("implicitly denied"));
}

#[test]
fn whom_the_policy_does_not_name_has_no_row() {
    let estate = estate(&json!({"AWS": OWNER}));
    let engine = engine(&estate);
    assert!(can(&engine, OF_NOBODY).ends_with("implicitly denied"));
    assert!(who_can(&engine).iter().all(|row| !row.contains("canonical")));
    assert_eq!(external(&estate), [format!("organization {OWNER}")]);
}

/// An origin access identity needs no policies of its own.
#[test]
fn an_origin_access_identity_is_let_in_by_its_id() {
    let id = "e".repeat(96);
    let estate = estate(&json!({"CanonicalUser": id}));
    let engine = engine(&estate);
    assert_eq!(can(&engine, &id), format!("{id}: allowed"));
    let rows = who_can(&engine);
    assert_eq!(rows.first(), Some(&format!("canonical user {id}: allowed")), "{rows:?}");
    assert_eq!(external(&estate).len(), 1);
}
