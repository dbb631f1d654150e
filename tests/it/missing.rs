//! Answers that rest on what was not collected or can't be read say so, and name it (S-EVAL-10, S-EVAL-11).

use entail::answers::{Engine, EngineOptions, Question};
use entail::estate::{DocumentId, Estate, LoadOptions};
use entail::facts::ResourceOwner;
use entail::output::StatementReference;
use entail::output::views::can_view;
use entail::rules::decision::Decision;
use serde_json::{Value, json};

use crate::small_estates::written;

const ROLE: &str = "arn:aws:iam::111111111111:role/r";

/// An engine and the folder of its estate, in which places are looked up.
fn in_folder(files: &Value) -> (Engine, tempfile::TempDir) {
    let folder = written(files);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    (Engine::new(&estate, EngineOptions::default()), folder)
}

fn engine(files: &Value) -> Engine {
    in_folder(files).0
}

/// A document that allows everything, to everybody where it names anybody.
fn open(principal: bool) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if principal {
        statement["Principal"] = "*".into();
    }
    json!({"Version": "2012-10-17", "Statement": statement})
}

/// The files of an account with one role that may do everything.
fn account(id: &str) -> Value {
    let role = json!({"RoleName": "r", "RoleId": format!("AROA{id}AAAAA"), "Path": "/", "Tags": [],
        "Arn": format!("arn:aws:iam::{id}:role/r"), "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": open(false)}]});
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []})
}

fn asked(engine: &Engine, question: &Question) -> (Decision, Vec<String>, Vec<StatementReference>) {
    let answer = engine.can(question).expect("an answer");
    let view = can_view(&answer, None, false);
    (answer.decided.decision, view.missing, view.statements)
}

fn can(engine: &Engine, principal: &str, action: &str, resource: &str) -> (Decision, Vec<String>) {
    let (decision, missing, _) = asked(engine, &Question::new(principal, action, resource));
    (decision, missing)
}

/// D-COL-06, D-COL-09, D-COL-10: whatever says that an account is a member counts, and then its SCPs are missing.
#[test]
fn an_account_that_its_organisation_does_not_list_may_be_limited() {
    let base = json!({
        "aws/aws/accounts/111111111111/iam/role/r/metadata.json":
            {"arn": ROLE, "id": "AROAAAAAAAAAAAAAAAAAA", "name": "r", "path": "/"},
        "aws/aws/accounts/111111111111/iam/role/r/trust-policy.json": {"Version": "2012-10-17", "Statement": []},
        "aws/aws/accounts/111111111111/iam/role/r/inline-policies.json":
            [{"PolicyName": "p", "PolicyDocument": open(false)}],
        "aws/aws/organizations/o-1/metadata.json": {"id": "o-1", "rootAccountId": "999999999999",
            "features": {"SERVICE_CONTROL_POLICY": true}},
        "aws/aws/organizations/o-1/accounts.json": {"999999999999": {"ou": "r-1"}},
        "aws/aws/organizations/o-1/ous.json": {"r-1": {}},
    });
    let decided = |path: &str, says: Value| {
        let mut files = base.clone();
        files[path] = says;
        can(&engine(&files), ROLE, "ec2:DescribeInstances", "*")
    };
    let (decision, missing) = decided("aws/aws/indexes/buckets-to-accounts.json", json!({}));
    assert_eq!((decision, missing.as_slice()), (Decision::Allowed, [].as_slice()));
    for (path, says) in [
        ("aws/aws/accounts/111111111111/organization.json", json!({"organizationId": "o-1"})),
        ("aws/aws/accounts/111111111111/organization.json", json!({"organizationId": "o-elsewhere"})),
        ("aws/aws/indexes/accounts-to-orgs.json", json!({"111111111111": "o-1"})),
        (
            "aws/aws/organizations/o-1/structure.json",
            json!({"r-1": {"children": {"ou-1": {"accounts":
                ["arn:aws:organizations::999999999999:account/o-1/111111111111"]}}}}),
        ),
    ] {
        let (decision, missing) = decided(path, says);
        assert_eq!(decision, Decision::Unknown, "{path}");
        assert!(missing.iter().any(|what| what.starts_with("SCPs of levels of o-")), "{path}: {missing:?}");
    }
}

/// S-TRI-07: a document that can't be read is named, with the place where reading it failed.
#[test]
fn documents_that_cannot_be_read_are_named_with_their_places() {
    let vault = "arn:aws:glacier:us-east-1:111111111111:vaults/v";
    for what in ["policy", "lock", "scp", "delegation"] {
        let text = |of: &str, otherwise: Value| if of == what { json!("not json") } else { otherwise };
        let (engine, _folder) = in_folder(&json!({
            "accounts/111111111111/authorization-details.json": account("111111111111"),
            "accounts/111111111111/resource-policies.json": [{"Arn": vault, "Account": "111111111111", "Tags": {},
                "Policy": text("policy", open(true)), "Settings": {"VaultLockPolicy": text("lock", open(true))}}],
            "organization.json": {
                "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
                "Roots": [{"Id": "r-1", "Name": "Root",
                    "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
                "OrganizationalUnits": [],
                "Accounts": [{"Id": "111111111111", "ParentId": "r-1", "Name": "a", "Status": "ACTIVE"}],
                "Policies": [{"Id": "p-s", "Name": "s", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false,
                    "Content": text("scp", open(false)), "Targets": ["r-1", "111111111111"]}],
                "ResourcePolicy": {"Content": text("delegation", open(true))},
                "DelegatedAdministrators": [],
            },
        }));
        let (action, resource, file) = match what {
            "delegation" => ("organizations:ListAccounts", "*", "organization.json"),
            "scp" => ("glacier:UploadArchive", vault, "organization.json"),
            _ => ("glacier:UploadArchive", vault, "resource-policies.json"),
        };
        let (decision, missing, statements) = asked(&engine, &Question::new(ROLE, action, resource));
        // What only the kind of denial depends on is no doubt about the answer.
        let expected = match what {
            "scp" | "delegation" => Decision::Conditional,
            _ => Decision::Unknown,
        };
        assert_eq!(decision, expected, "{what}");
        assert!(
            missing.iter().any(|missing| missing.ends_with(", which can't be read")),
            "{what}: {missing:?}"
        );
        assert!(statements.iter().all(|statement| statement.line > 0), "{what}: {statements:?}");
        let unread: Vec<&StatementReference> =
            statements.iter().filter(|statement| statement.file.ends_with(file)).collect();
        assert!(unread.iter().any(|statement| !statement.path.is_empty()), "{what}: {statements:?}");
        let held = entail::answers::validate::held_documents(engine.estate(), None);
        let is_unread = |id: DocumentId| engine.facts().document(id).document().unreadable;
        assert_eq!(held.iter().filter(|held| is_unread(held.document)).count(), 1, "{what}");
    }
}

fn bucket(settings: Value) -> Engine {
    let off = json!({"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false,
        "RestrictPublicBuckets": false});
    let mut settings = settings;
    settings["PublicAccessBlock"] = off.clone();
    engine(&json!({
        "accounts/111111111111/authorization-details.json": account("111111111111"),
        "accounts/111111111111/account.json": {"PublicAccessBlock": off},
        "accounts/111111111111/resource-policies.json":
            [{"Arn": "arn:aws:s3:::b", "Account": "111111111111", "Tags": {}, "Policy": null, "Settings": settings}],
        "accounts/222222222222/authorization-details.json": account("222222222222"),
        "organization.json": {"Organization": {"Id": "o-1", "MasterAccountId": "999999999999"}, "Roots": [],
            "OrganizationalUnits": [], "Accounts": [], "Policies": []},
    }))
}

/// S-S3-03: new objects are let in by the ACL of the bucket, and objects read by their own.
#[test]
fn the_acl_that_is_missing_is_the_one_that_decides() {
    let engine = bucket(json!({"ObjectOwnership": "ObjectWriter"}));
    let other = "arn:aws:iam::222222222222:role/r";
    let (decision, missing) = can(&engine, other, "s3:PutObject", "arn:aws:s3:::b/k");
    assert_eq!(decision, Decision::Unknown);
    assert!(missing.contains(&"ACL of arn:aws:s3:::b".to_owned()), "{missing:?}");
    let (_, missing) = can(&engine, other, "s3:GetObject", "arn:aws:s3:::b/k");
    assert!(missing.contains(&"ACL of arn:aws:s3:::b/k".to_owned()), "{missing:?}");
}

/// S-S3-04: an object is taken as the bucket owner's where nothing says otherwise, and the answer says so.
#[test]
fn an_answer_about_an_object_names_the_setting_that_says_whose_it_is() {
    let unknown = vec!["object ownership of arn:aws:s3:::b".to_owned()];
    let engine = bucket(json!({}));
    assert_eq!(can(&engine, ROLE, "s3:GetObject", "arn:aws:s3:::b/k"), (Decision::Allowed, unknown));
    assert_eq!(can(&engine, ROLE, "s3:PutObject", "arn:aws:s3:::b/k"), (Decision::Allowed, Vec::new()));
    let engine = bucket(json!({"ObjectOwnership": "BucketOwnerEnforced"}));
    assert_eq!(can(&engine, ROLE, "s3:GetObject", "arn:aws:s3:::b/k"), (Decision::Allowed, Vec::new()));
}

/// S-PRN-05, S-SCP-06, S-RCP-02: the ARN of a session has no path, and that says whether its role is service-linked.
#[test]
fn a_session_that_may_be_of_a_service_linked_role_may_be_spared() {
    let queue = "arn:aws:sqs:us-east-1:111111111111:q";
    let deny = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}});
    let scp =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
    let engine = engine(&json!({
        "accounts/111111111111/authorization-details.json": account("111111111111"),
        "accounts/111111111111/resource-policies.json":
            [{"Arn": queue, "Account": "111111111111", "Tags": {}, "Policy": open(true)}],
        "organization.json": {
            "Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [
                {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
                {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": [],
            "Accounts": [{"Id": "111111111111", "ParentId": "r-1"}, {"Id": "222222222222", "ParentId": "r-1"}],
            "Policies": [
                {"Id": "p-s", "Name": "s", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false, "Content": scp,
                    "Targets": ["r-1", "111111111111", "222222222222"]},
                {"Id": "p-r", "Name": "r", "Type": "RESOURCE_CONTROL_POLICY", "AwsManaged": false, "Content": deny,
                    "Targets": ["r-1"]}],
        },
    }));
    let session = |name: &str| format!("arn:aws:sts::222222222222:assumed-role/{name}/session");
    let (decision, missing) = can(&engine, &session("AWSServiceRoleForX"), "sqs:SendMessage", queue);
    assert_eq!(decision, Decision::Unknown);
    assert!(missing.contains(&"path of role AWSServiceRoleForX".to_owned()), "{missing:?}");
    let (decision, _) = can(&engine, &session("other"), "sqs:SendMessage", queue);
    assert_eq!(decision, Decision::ExplicitlyDenied);
}

/// S-XACC-14: what AWS owns is decided by the caller's own side.
#[test]
fn a_question_may_state_that_aws_owns_the_resource() {
    let engine = bucket(json!({}));
    let image = "arn:aws:ec2:us-east-1::image/ami-1";
    let mut question = Question::new(ROLE, "ec2:RunInstances", image);
    assert_eq!(asked(&engine, &question).0, Decision::Unknown);
    question.resource_account = Some(ResourceOwner::Aws);
    assert_eq!(asked(&engine, &question).0, Decision::Allowed);
}
