//! Exports that hold the beginning of lists only (D-IAM-01, D-ORG-10): what follows is unknown.

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, Gap, LoadOptions};
use entail::rules::decision::Decision;
use serde_json::{Value, json};

use crate::small_estates::written;

const USER: &str = "arn:aws:iam::111111111111:user/u";
const UNLISTED: &str = "arn:aws:iam::111111111111:user/unlisted";
const BUCKET: &str = "arn:aws:s3:::b";

fn allow(statement: Value) -> Value {
    let mut allow = json!({"Effect": "Allow"});
    for (key, value) in statement.as_object().into_iter().flatten() {
        allow[key] = value.clone();
    }
    json!({"Version": "2012-10-17", "Statement": [allow]})
}

/// An account in an organisation; a user of it may do everything, and a bucket lets another in.
fn files() -> Value {
    let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Arn": USER,
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": allow(json!({"Action": "*", "Resource": "*"}))}]});
    let role = json!({"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/",
        "Arn": "arn:aws:iam::111111111111:role/r",
        "AssumeRolePolicyDocument": allow(json!({"Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}))});
    let bucket = json!({"Arn": BUCKET, "Account": "111111111111", "Tags": {},
        "Policy": allow(json!({"Principal": {"AWS": UNLISTED}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})),
        "Settings": {"ObjectOwnership": "BucketOwnerEnforced"}});
    let scp = json!({"Id": "p-full", "Name": "full", "Type": "SERVICE_CONTROL_POLICY",
        "Content": allow(json!({"Action": "*", "Resource": "*"})), "Targets": ["r-1", "111111111111", "999999999999"]});
    json!({
        "organization.json": {"Organization": {"Id": "o-1", "MasterAccountId": "999999999999"},
            "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": [], "Policies": [scp],
            "Accounts": [{"Id": "111111111111", "ParentId": "r-1"}, {"Id": "999999999999", "ParentId": "r-1"}]},
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []},
        "accounts/111111111111/resource-policies.json": [bucket],
        "accounts/111111111111/vpc-endpoints.json": {"VpcEndpoints": []},
    })
}

fn loaded(files: &Value) -> Engine {
    let folder = written(files);
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    Engine::new(&estate, EngineOptions::default())
}

fn can(engine: &Engine, principal: &str, action: &str, resource: &str) -> (Decision, String) {
    let answer = engine.can(&Question::new(principal, action, resource)).expect("an answer");
    (answer.decided.decision, answer.missing.join("; "))
}

const DETAILS: &str = "accounts/111111111111/authorization-details.json";

#[test]
fn whom_a_truncated_export_does_not_hold_may_exist() {
    let whole = loaded(&files());
    assert!(whole.can(&Question::new(UNLISTED, "s3:GetObject", "arn:aws:s3:::b/x")).is_err());
    assert!(whole.hops().missing.is_empty());
    for (member, value) in [("IsTruncated", json!(true)), ("NextToken", json!("eyJ"))] {
        let mut files = files();
        files[DETAILS][member] = value;
        let engine = loaded(&files);
        let gaps: Vec<&Gap> = engine.estate().gaps().iter().collect();
        assert!(gaps.iter().any(|gap| matches!(gap, Gap::ExportTruncated(_))), "{member}: {gaps:?}");
        let (decision, missing) = can(&engine, UNLISTED, "s3:GetObject", "arn:aws:s3:::b/x");
        assert_eq!(decision, Decision::Unknown, "{member}: {missing}");
        assert!(missing.contains(UNLISTED), "{member}: {missing}");
        assert_eq!(can(&engine, USER, "s3:GetObject", "arn:aws:s3:::b/x").0, Decision::Allowed, "{member}");
        let rest = "the rest of the export of account 111111111111".to_owned();
        assert!(engine.hops().missing.contains(&rest), "{member}: {:?}", engine.hops().missing);
        let asked = Reverse {
            action: "s3:GetObject".to_owned(),
            resource: Some("arn:aws:s3:::b/x".to_owned()),
            ..Reverse::default()
        };
        assert!(engine.who_can(&asked).expect("an answer").missing.contains(&rest), "{member}");
    }
}

#[test]
fn a_list_that_lacks_is_lacking_for_its_own_kind() {
    let mut files = files();
    files[DETAILS].as_object_mut().expect("an object").remove("UserDetailList");
    let engine = loaded(&files);
    assert_eq!(can(&engine, UNLISTED, "s3:GetObject", "arn:aws:s3:::b/x").0, Decision::Unknown);
    let role = "arn:aws:iam::111111111111:role/unlisted";
    assert!(
        engine.can(&Question::new(role, "s3:GetObject", "arn:aws:s3:::b/x")).is_err(),
        "all roles are listed"
    );
}

#[test]
fn what_a_truncated_organisation_does_not_hold_may_limit() {
    let asked = |files: &Value| can(&loaded(files), USER, "s3:ListBucket", BUCKET);
    assert_eq!(asked(&files()).0, Decision::Allowed);
    let mut truncated = files();
    truncated["organization.json"]["NextToken"] = json!("eyJ");
    let (decision, missing) = asked(&truncated);
    assert_eq!(decision, Decision::Unknown, "{missing}");
    assert!(missing.contains("SCPs of o-1 that were not listed"), "{missing}");
    // An account that it does not list may be a member all the same.
    let accounts = truncated["organization.json"]["Accounts"].as_array_mut().expect("a list");
    accounts.remove(0);
    let engine = loaded(&truncated);
    let (decision, missing) = can(&engine, USER, "s3:ListBucket", BUCKET);
    assert_eq!(decision, Decision::Unknown, "{missing}");
    let gaps: Vec<&str> = engine.estate().gaps().iter().map(Gap::code).collect();
    assert!(gaps.contains(&"organization-truncated"), "{gaps:?}");
    // The management account has no SCPs, whichever there are.
    let root = "arn:aws:iam::999999999999:root";
    let missing = can(&engine, root, "s3:ListBucket", BUCKET).1;
    assert!(!missing.contains("that were not listed"), "{missing}");
}

#[test]
fn policies_of_one_type_that_were_not_listed() {
    let mut files = files();
    files["organization.json"]["PoliciesNotListed"] = json!(["RESOURCE_CONTROL_POLICY", "S3_POLICY"]);
    files["organization.json"]["Roots"][0]["PolicyTypes"] = json!([
        {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}, {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]);
    let engine = loaded(&files);
    let (decision, missing) = can(&engine, USER, "s3:ListBucket", BUCKET);
    assert_eq!(decision, Decision::Unknown, "{missing}");
    assert!(
        missing.contains("RCPs of o-1 that were not listed") && !missing.contains("SCPs of"),
        "{missing}"
    );
    // What RCPs are not evaluated for is as it was.
    assert_eq!(can(&engine, USER, "ec2:DescribeInstances", "*").0, Decision::Allowed);
    // Where the type is off, none of its policies counts.
    files["organization.json"]["Roots"][0]["PolicyTypes"] =
        json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
    assert_eq!(can(&loaded(&files), USER, "s3:ListBucket", BUCKET).0, Decision::Allowed);
}

#[test]
fn other_lists_that_go_on() {
    for (file, list) in [("vpc-endpoints.json", "VpcEndpoints"), ("ram-shares.json", "resources")] {
        let mut files = files();
        let path = format!("accounts/111111111111/{file}");
        files[&path] = json!({list: [], "NextToken": "eyJ"});
        let engine = loaded(&files);
        let gaps: Vec<String> = engine.estate().gaps().iter().map(ToString::to_string).collect();
        assert!(gaps.contains(&format!("`{file}` of account 111111111111 is truncated")), "{gaps:?}");
    }
    let through = |more: Value| {
        let mut files = files();
        files["accounts/111111111111/vpc-endpoints.json"] = more;
        let mut question = Question::new(USER, "s3:ListBucket", BUCKET);
        question.context.add("aws:SourceVpce", "vpce-1");
        loaded(&files).can(&question).expect("an answer").decided.decision
    };
    assert_eq!(through(json!({"VpcEndpoints": [], "NextToken": "eyJ"})), Decision::Unknown);
}

/// An account of which resources alone were collected, and that no loaded organisation lists, stands alone in either layout.
#[test]
fn an_account_with_files_that_no_organisation_lists() {
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:ResourceOrgID": "o-1"}}}});
    let open =
        allow(json!({"Principal": {"AWS": "111111111111"}, "Action": "sqs:SendMessage", "Resource": "*"}));
    let queue = "arn:aws:sqs:eu-west-1:222222222222:q";
    let mut own = files();
    own[DETAILS]["UserDetailList"][0]["UserPolicyList"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"PolicyName": "d", "PolicyDocument": deny}));
    own["accounts/222222222222/resource-policies.json"] =
        json!([{"Arn": queue, "Account": "222222222222", "Policy": open}]);
    let collected = json!({
        "aws/aws/organizations/o-1/metadata.json": {"id": "o-1", "rootAccountId": "999999999999",
            "features": {"SERVICE_CONTROL_POLICY": false}},
        "aws/aws/organizations/o-1/accounts.json": {"999999999999": {"ou": "r-1"}, "111111111111": {"ou": "r-1"}},
        "aws/aws/organizations/o-1/ous.json": {"r-1": {}},
        "aws/aws/accounts/111111111111/iam/user/u/metadata.json": {"arn": USER, "id": "AIDAUUUUUUUUUUUUUUUUU", "name": "u", "path": "/"},
        "aws/aws/accounts/111111111111/iam/user/u/inline-policies.json": [
            {"PolicyName": "p", "PolicyDocument": allow(json!({"Action": "*", "Resource": "*"}))},
            {"PolicyName": "d", "PolicyDocument": deny}],
        "aws/aws/accounts/222222222222/sqs/eu-west-1/q/metadata.json": {"arn": queue, "name": "q"},
        "aws/aws/accounts/222222222222/sqs/eu-west-1/q/policy.json": open,
    });
    for files in [own, collected] {
        let (decision, missing) = can(&loaded(&files), USER, "sqs:SendMessage", queue);
        assert_eq!(decision, Decision::ExplicitlyDenied, "{missing}");
    }
}

/// S-KEY-33, U-57: the ARN of a bucket names no Region, and its settings may.
#[test]
fn the_region_of_a_bucket_is_where_calls_go() {
    let mut files = files();
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}});
    files[DETAILS]["UserDetailList"][0]["UserPolicyList"]
        .as_array_mut()
        .expect("a list")
        .push(json!({"PolicyName": "d", "PolicyDocument": deny}));
    let resources = "accounts/111111111111/resource-policies.json";
    for (region, expected) in [
        (Value::Null, Decision::Conditional),
        (json!("eu-west-1"), Decision::Allowed),
        (json!("us-east-1"), Decision::ExplicitlyDenied),
    ] {
        files[resources][0]["Settings"]["Region"] = region.clone();
        for (action, resource) in [("s3:ListBucket", BUCKET), ("s3:PutObject", "arn:aws:s3:::b/x")] {
            assert_eq!(can(&loaded(&files), USER, action, resource).0, expected, "{region} {action}");
        }
    }
}
