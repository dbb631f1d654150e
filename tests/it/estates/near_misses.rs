//! Members and words that nearly are what an export has: read as what they mean, or told.

use entail::estate::{Collected, Estate, LoadOptions, Problem};
use serde_json::{Value, json};

use super::Outcome;
use crate::small_estates::written;

const USER: &str = "arn:aws:iam::111111111111:user/u";

fn loaded(files: &Value) -> Result<(Estate, tempfile::TempDir), String> {
    let folder = written(files);
    match Estate::load(folder.path(), &LoadOptions::default()) {
        Ok(estate) => Ok((estate, folder)),
        Err(error) => Err(error.to_string().replace(&folder.path().display().to_string(), "")),
    }
}

fn user(members: Value) -> Value {
    let mut user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Arn": USER});
    for (key, value) in members.as_object().into_iter().flatten() {
        user[key] = value.clone();
    }
    json!({"accounts/111111111111/authorization-details.json": {"UserDetailList": [user], "GroupDetailList": [],
        "RoleDetailList": [], "Policies": []}})
}

fn deny() -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
}

/// D-CFG-03: AWS Config writes the first letter small.
#[test]
fn members_in_another_case_are_the_same_members() -> Outcome {
    let (estate, _folder) = loaded(&user(json!({
        "userPolicyList": [{"policyName": "p", "policyDocument": deny()}],
        "attachedManagedPolicies": [{"policyName": "ReadOnlyAccess", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "permissionsBoundary": {"permissionsBoundaryType": "Policy",
            "permissionsBoundaryArn": "arn:aws:iam::aws:policy/PowerUserAccess"},
        "groupList": ["g"],
        "tags": [{"key": "k", "value": "v"}],
    })))?;
    let account = estate.account("111111111111".parse()?).ok_or("no account")?;
    let user = account.user("u").ok_or("no user")?;
    assert_eq!((user.identity.inline.len(), user.identity.attached.len(), user.groups.len()), (1, 1, 1));
    assert_eq!(user.identity.boundary.as_deref(), Some("arn:aws:iam::aws:policy/PowerUserAccess"));
    assert_eq!(user.identity.tags.get("k"), Some("v"));
    Ok(())
}

#[test]
fn one_member_in_two_cases_is_there_twice() {
    let error = loaded(&user(json!({"UserPolicyList": [], "userPolicyList": []}))).err().unwrap_or_default();
    assert!(error.contains("`UserPolicyList` stands here twice"), "{error}");
    let error = loaded(
        &json!({"organization.json": {"Organization": {"Id": "o-1"}, "Accounts": [], "accounts": []}}),
    );
    assert!(error.err().unwrap_or_default().contains("`Accounts` stands here twice"));
}

#[test]
fn lists_that_are_null_are_empty() -> Outcome {
    let (estate, _folder) = loaded(&user(
        json!({"Tags": null, "GroupList": null, "UserPolicyList": null, "AttachedManagedPolicies": null}),
    ))?;
    assert_eq!(estate.principals().count(), 1);
    Ok(())
}

/// D-IAM-05: no boundary is no member; an object that names none was cut.
#[test]
fn a_boundary_that_names_no_policy_is_none_that_can_be_read() {
    for boundary in [json!({}), json!({"PermissionsBoundaryType": "Policy"})] {
        let error = loaded(&user(json!({"PermissionsBoundary": boundary}))).err().unwrap_or_default();
        assert!(error.contains("`PermissionsBoundaryArn` is missing"), "{error}");
        assert!(error.contains("$.UserDetailList[0].PermissionsBoundary"), "{error}");
    }
    assert!(loaded(&user(json!({"PermissionsBoundary": null}))).is_ok());
}

#[test]
fn words_that_nobody_knows_say_nothing() -> Outcome {
    let settings = |arn: &str, settings: Value| json!({"Arn": arn, "Account": "111111111111", "Policy": null, "Settings": settings});
    let (bucket, point, key) = (
        "arn:aws:s3:::b",
        "arn:aws:s3:eu-west-1:111111111111:accesspoint/a",
        "arn:aws:kms:eu-west-1:111111111111:key/k",
    );
    let (estate, _folder) = loaded(&json!({"accounts/111111111111/resource-policies.json": [
        settings(bucket, json!({"ObjectOwnership": "BucketOwnerEnforce"})),
        settings(point, json!({"NetworkOrigin": "Vpc"})),
        settings(key, json!({"KeyManager": "Amazon"})),
    ]}))?;
    let settings = |arn: &str| estate.resource(arn).map(|found| found.settings.clone()).unwrap_or_default();
    assert_eq!(settings(bucket).object_ownership, None);
    assert_eq!(settings(point).vpc_only, None);
    assert_eq!(settings(key).managed_by_aws, None);
    let codes: Vec<&str> = estate.problems.iter().map(|problem| problem.kind.code()).collect();
    assert_eq!(codes, ["unknown-word"; 3]);
    let first = estate.problems.first().ok_or("no warning")?;
    assert!(
        first
            .to_string()
            .contains("$[0].Settings.ObjectOwnership: `ObjectOwnership` knows no `BucketOwnerEnforce`"),
        "{first}"
    );
    Ok(())
}

/// A policy of a type that nobody knows could be meant for one that denies.
#[test]
fn types_of_policies_that_nobody_knows_are_errors() {
    let organization = |kind: &str, status: &str| {
        json!({"organization.json": {"Organization": {"Id": "o-1"}, "Accounts": [],
            "Roots": [{"Id": "r-1", "PolicyTypes": [{"Type": status, "Status": "ENABLED"}]}],
            "Policies": [{"Id": "p-1", "Type": kind, "Content": "{}", "Targets": ["r-1"]}]}})
    };
    let known = "SERVICE_CONTROL_POLICY";
    assert!(loaded(&organization("TAG_POLICY", known)).is_ok());
    let error = loaded(&organization("SCP", known)).err().unwrap_or_default();
    assert!(
        error.contains("$.Policies[0].Type: expected the type of a policy") && error.contains("`SCP`"),
        "{error}"
    );
    assert!(loaded(&organization(known, "SCP")).is_err());
}

#[test]
fn a_list_that_is_not_there_is_no_empty_list() {
    for (file, member) in [
        ("accounts/111111111111/vpc-endpoints.json", "VpcEndpoints"),
        ("accounts/111111111111/identity-providers.json", "SAMLProviderList"),
    ] {
        let error = loaded(&json!({file: {}})).err().unwrap_or_default();
        assert!(error.contains(&format!("`{member}` is missing")), "{error}");
    }
}

/// D-COL-01, D-COL-02: folders are in small letters, and names in `metadata.json`.
#[test]
fn names_of_resources_without_an_arn() -> Outcome {
    let at = |path: &str| format!("aws/aws/accounts/111111111111/{path}/metadata.json");
    let policy = |path: &str| format!("aws/aws/accounts/111111111111/{path}/policy.json");
    let layer = "lambda/eu-west-1/layer/mylayer%3a3";
    let stream = "dynamodb/eu-west-1/table/orders%2fstream%2f2026-01-31t00%3a00%3a00.000";
    let secret = "secretsmanager/eu-west-1/secret/prod%2fdb-abcdef";
    let (estate, _folder) = loaded(&json!({
        at(layer): {"name": "MyLayer", "version": "3"}, policy(layer): deny(),
        at(stream): {"name": "Orders", "stream": "true"}, policy(stream): deny(),
        at(secret): {"name": "prod/DB"}, policy(secret): deny(),
        at("sqs/eu-west-1/jobs"): {"name": "Jobs"},
        at("kms/eu-west-1/key/0a1b"): {"id": "0a1b"},
        at("s3/data"): {"name": "data", "region": "eu-west-1"},
    }))?;
    let arns = [
        "arn:aws:lambda:eu-west-1:111111111111:layer:MyLayer:3",
        "arn:aws:dynamodb:eu-west-1:111111111111:table/Orders/stream/2026-01-31T00:00:00.000",
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/DB-abcdef",
    ];
    for arn in arns {
        let found = estate.resource(arn).ok_or(arn)?;
        assert!(matches!(found.policy, Collected::Some(_)), "{arn}");
    }
    assert!(estate.resource("arn:aws:sqs:eu-west-1:111111111111:Jobs").is_some());
    let bucket = estate.resource("arn:aws:s3:::data").ok_or("no bucket")?;
    assert_eq!(bucket.settings.region.as_deref(), Some("eu-west-1"));
    // Only what follows the name of the secret is known in small letters alone.
    let told: Vec<String> = estate.problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("secret/prod%2fdb-abcdef/metadata.json") && told[0].contains(arns[2]),
        "{told:?}"
    );
    Ok(())
}

#[test]
fn one_policy_in_three_forms_is_one_policy() -> Outcome {
    let text =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let export = |account: &str, document: Value| {
        json!({"RoleDetailList": [{"Arn": format!("arn:aws:iam::{account}:role/r")}], "Policies": [
            {"Arn": "arn:aws:iam::aws:policy/P", "DefaultVersionId": "v1", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]}]})
    };
    let object: Value = serde_json::from_str(text)?;
    let encoded = text.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace(' ', "");
    let (estate, _folder) = loaded(&json!({
        "accounts/111111111111/authorization-details.json": export("111111111111", object),
        "accounts/222222222222/authorization-details.json": export("222222222222", text.into()),
        "accounts/333333333333/authorization-details.json": export("333333333333", encoded.into()),
    }))?;
    assert!(estate.problems.is_empty(), "{:?}", estate.problems);
    Ok(())
}

#[test]
fn a_folder_where_a_file_belongs() {
    let mut files = user(json!({}));
    files["accounts/111111111111/resource-policies.json/x"] = json!([]);
    let error = loaded(&files).err().unwrap_or_default();
    assert!(
        error.contains("a folder stands where a file belongs") && error.contains("resource-policies.json"),
        "{error}"
    );
}

/// D-ORG-07: an id that is misspelt limits nobody, which is told; where a list is missing or goes on nobody knows.
#[test]
fn targets_that_the_organization_lacks_are_told() -> Outcome {
    let policy = |kind: &str, targets: Value| json!({"Id": "p-1", "Name": "Guard", "Type": kind, "Content": deny(), "Targets": targets});
    let organization = |policy: Value, more: Value| {
        let mut file = json!({"Organization": {"Id": "o-1", "MasterAccountId": "111111111111"},
            "Roots": [{"Id": "r-1abc"}],
            "OrganizationalUnits": [{"Id": "ou-1abc-prod", "ParentId": "r-1abc"}],
            "Accounts": [{"Id": "222222222222", "ParentId": "ou-1abc-prod"}],
            "Policies": [policy]});
        for (key, value) in more.as_object().into_iter().flatten() {
            file[key] = value.clone();
        }
        json!({"organization.json": file})
    };
    let told = |files: &Value| -> Result<Vec<String>, String> {
        let (estate, _folder) = loaded(files)?;
        let told = estate.problems.iter().filter(|problem| problem.kind.code() == "unknown-target");
        let path = |problem: &Problem| problem.at.spot.as_ref().map(|spot| spot.path.to_string());
        Ok(told.map(|problem| format!("{} {}", problem.kind, path(problem).unwrap_or_default())).collect())
    };
    let scp = "SERVICE_CONTROL_POLICY";
    let known = json!(["r-1abc", "ou-1abc-prod", "222222222222", "111111111111"]);
    assert!(told(&organization(policy(scp, known), json!({})))?.is_empty());
    for kind in [scp, "RESOURCE_CONTROL_POLICY", "S3_POLICY"] {
        let odd = json!(["r-1abc", "ou-1abc-prd", {"TargetId": "222222222223"}, "r-9xyz"]);
        let found = told(&organization(policy(kind, odd), json!({})))?;
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("`ou-1abc-prd`") && found[0].contains("the nearest is `ou-1abc-prod`"));
        assert!(found[0].ends_with("$.Policies[0].Targets[1]"), "{}", found[0]);
        assert!(found[1].contains("`222222222223`, which `p-1` is attached to"), "{}", found[1]);
    }
    let odd = || policy(scp, json!(["ou-1abc-prd", "222222222223"]));
    assert!(told(&organization(odd(), json!({"NextToken": "more"})))?.is_empty());
    // Policies of other types limit nothing here.
    assert!(told(&organization(policy("TAG_POLICY", json!(["ou-1abc-prd"])), json!({})))?.is_empty());
    let mut without = organization(odd(), json!({}));
    without["organization.json"].as_object_mut().ok_or("an object")?.remove("OrganizationalUnits");
    without["organization.json"].as_object_mut().ok_or("an object")?.remove("Accounts");
    assert!(told(&without)?.is_empty());
    Ok(())
}
