//! `collecting/collect.sh` against a stand-in for the AWS CLI, and the least policy that it needs.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use entail::catalog::Catalog;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn collect(calls: &Path, arguments: &[&str]) -> Output {
    collect_as(&[("AWS_REGION", "eu-west-1")], calls, arguments)
}

fn collect_as(environment: &[(&str, &str)], calls: &Path, arguments: &[&str]) -> Output {
    let path = format!("{ROOT}/tests/collecting:{}", std::env::var("PATH").unwrap_or_default());
    Command::new("bash")
        .arg(format!("{ROOT}/collecting/collect.sh"))
        .args(arguments)
        .env("PATH", path)
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .env_remove("AWS_PROFILE")
        .envs(environment.iter().copied())
        .env("FAKE_AWS_CALLS", calls)
        .env("COLLECT_WAIT", "0")
        .output()
        .expect("bash runs")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the file is there");
    serde_json::from_str(&text).expect("the file holds JSON")
}

#[cfg(unix)]
#[test]
fn an_organisation_is_collected_once_and_can_be_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (estate, calls) = (folder.path().join("estate"), folder.path().join("calls"));
    let to = estate.display().to_string();
    let arguments = ["--role", "Audit", "--region", "eu-west-1", &to];
    let output = collect(&calls, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let organization = json(&estate.join("organization.json"));
    assert_eq!(organization["Accounts"].as_array().map(Vec::len), Some(2));
    let called = fs::read_to_string(&calls).expect("calls were written");
    assert!(called.contains("State: State || Status"), "`State` replaces `Status`");
    assert!(called.contains("Accounts[?(State || Status)=='ACTIVE'].Id"), "{called}");
    assert_eq!(organization["OrganizationalUnits"][0]["ParentId"], "r-root");
    assert!(organization.get("DelegatedAdministrators").is_none(), "what may not be read is left out");
    let resources = json(&estate.join("accounts/222222222222/resource-policies.json"));
    let resource = |index: usize| &resources[index];
    assert_eq!(resource(0)["Arn"], "arn:aws:s3:::open-222222222222");
    assert!(resource(0)["Policy"].is_string());
    assert_eq!(resource(0)["Tags"]["note"], "a, \"b\"");
    assert!(resource(1).get("Policy").is_none(), "a policy that may not be read is not `null`");
    assert_eq!(resource(1)["Tags"], serde_json::json!({}));
    let own = json(&estate.join("accounts/111111111111/resource-policies.json"));
    assert!(
        own[0]["Policy"].is_null() && own[0].get("Policy").is_some(),
        "a policy that does not exist is `null`"
    );
    // Its name is in the message that refuses to read its policy.
    let function = own.as_array().and_then(|all| {
        all.iter().find(|one| one["Arn"].as_str().is_some_and(|arn| arn.ends_with(":PageNotFound")))
    });
    assert!(function.is_some_and(|function| function.get("Policy").is_none()), "{own}");
    let registry = own
        .as_array()
        .and_then(|all| all.iter().find(|one| one["Arn"] == "arn:aws:ecr:eu-west-1:111111111111:registry"));
    assert!(
        registry.is_some_and(|registry| registry["Policy"].is_null() && registry.get("Policy").is_some()),
        "{own}"
    );
    let log = fs::read_to_string(estate.join("collect.log")).expect("a log");
    assert!(log.contains("lambda get-policy"), "{log}");
    assert!(log.contains("kms list-keys") && log.contains("get-bucket-policy --bucket closed-"), "{log}");

    let can = |resource: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_entail"))
            .args(["can", &to, "arn:aws:iam::111111111111:user/ann", "s3:GetObject", resource])
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(
        can("arn:aws:s3:::open-222222222222/x").0,
        Some(0),
        "{:?}",
        can("arn:aws:s3:::open-222222222222/x")
    );
    assert_eq!(can("arn:aws:s3:::closed-222222222222/x").0, Some(3), "its policy was not collected");

    // What is there is not asked for again.
    fs::remove_file(&calls).expect("the calls");
    fs::remove_file(estate.join("accounts/222222222222/account.json")).expect("a file");
    let output = collect(&calls, &arguments);
    assert!(output.status.success());
    let again = fs::read_to_string(&calls).expect("calls");
    assert!(again.contains("KEY s3control get-public-access-block"), "{again}");
    assert!(
        !again.contains("get-account-authorization-details") && !again.contains("get-bucket-policy"),
        "{again}"
    );
    assert!(!fs::read_to_string(estate.join("collect.log")).unwrap_or_default().contains("SECRET"));
}

/// An account whose regions may not be listed is collected as far as it can be, and the next one in full; the region of the
/// profile holds in each.
#[cfg(unix)]
#[test]
fn one_account_does_not_end_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (estate, calls) = (folder.path().join("estate"), folder.path().join("calls"));
    let environment =
        [("AWS_PROFILE", "p"), ("FAKE_AWS_MORE", "333333333333"), ("FAKE_AWS_PARTITION", "aws-us-gov")];
    let output = collect_as(&environment, &calls, &["--role", "Audit", &estate.display().to_string()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("no regions of 222222222222 can be listed"), "{said}");
    let account = |id: &str, file: &str| estate.join(format!("accounts/{id}/{file}"));
    assert!(account("222222222222", "authorization-details.json").exists(), "{said}");
    assert!(!account("222222222222", "resource-policies.json").exists(), "{said}");
    let third = json(&account("333333333333", "resource-policies.json"));
    assert_eq!(third[0]["Arn"], "arn:aws-us-gov:s3:::open-333333333333");
    assert!(account("333333333333", "account.json").exists(), "{said}");
}

/// What of an organisation may not be listed costs nothing else of it, and answers that it could change name it.
#[cfg(unix)]
#[test]
fn an_organisation_is_collected_as_far_as_it_can_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let (estate, calls) = (folder.path().join("estate"), folder.path().join("calls"));
    let to = estate.display().to_string();
    let environment = [("AWS_REGION", "eu-west-1"), ("FAKE_AWS_REFUSES", "1")];
    let output = collect_as(&environment, &calls, &["--region", "eu-west-1", &to]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let organization = json(&estate.join("organization.json"));
    assert_eq!(organization["Accounts"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        organization["PoliciesNotListed"],
        serde_json::json!(["RESOURCE_CONTROL_POLICY", "S3_POLICY"])
    );
    let scp = &organization["Policies"][0];
    assert!(scp["Id"] == "p-FullAWSAccess" && scp.get("Targets").is_none(), "{organization}");
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(["validate", &to, "--format", "json"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("the RCPs of organisation o-example1 were not listed"), "{said}");
}

#[cfg(unix)]
#[test]
fn wrong_usage_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let calls = folder.path().join("calls");
    for arguments in [&[][..], &["--role"], &["--account", "12", "x"], &["--fast", "x"], &["x", "y"]] {
        assert_eq!(collect(&calls, arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!calls.exists(), "nothing is called");
}

#[test]
fn the_least_policy_holds_the_calls_of_the_script() {
    let policy = json(Path::new(&format!("{ROOT}/collecting/policy.json")));
    let mut allowed: Vec<String> = Vec::new();
    for statement in policy["Statement"].as_array().expect("statements") {
        let actions = statement["Action"].as_array().expect("actions");
        allowed.extend(actions.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    for action in &allowed {
        let known = Catalog::embedded().find_action(action).and_then(|id| Catalog::embedded().action(id));
        let level = known.map_or("unknown", |known| known.level.as_str());
        let harmless = ["list", "read"].contains(&level)
            || action.starts_with("iam:Generate")
            || action == "sts:AssumeRole";
        assert!(harmless, "{action} is {level}");
    }
    let mut sorted = allowed.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted, allowed, "sorted, each once");
}
