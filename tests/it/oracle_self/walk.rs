//! The oracle on estates.

use std::fs;

use serde_json::{Value, json};

use super::catalog;
use crate::oracle::estate::Estate;
use crate::oracle::{Decision, Question, decide_on_estate, json};

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
