//! `catalog` and `completions`: commands that need no estate.

use entail::catalog::Catalog;
use entail::cli::Exit;
use serde_json::Value;

use super::{allowed, refused};

/// What `catalog` writes, as JSON.
fn json(arguments: &str) -> Value {
    let ran = allowed().run(&format!("catalog {arguments} --format json"));
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Clean, ""), "{arguments}");
    serde_json::from_str(&ran.out).expect("JSON")
}

#[test]
fn every_service_is_listed_with_what_it_has() {
    let list = json("");
    let services = list["services"].as_array().expect("services");
    let catalog = Catalog::embedded();
    assert_eq!(services.len(), catalog.services().len());
    let actions: u64 = services.iter().filter_map(|service| service["actions"].as_u64()).sum();
    assert_eq!(actions, catalog.actions().len() as u64);
    let sqs = services.iter().find(|service| service["service"] == "sqs").expect("sqs");
    assert_eq!((&sqs["resource_types"], &sqs["condition_keys"]), (&1.into(), &3.into()));
    let csv = allowed().run("catalog --format csv").out;
    assert_eq!(csv.lines().count(), services.len() + 1);
    assert!(allowed().run("catalog").out.contains("456 services, 22091 actions"));
}

#[test]
fn a_service_has_actions_types_and_keys() {
    let sqs = json("SQS");
    assert_eq!(sqs["name"], "Amazon SQS");
    let send =
        sqs["actions"].as_array().expect("actions").iter().find(|row| row["action"] == "sqs:SendMessage");
    assert_eq!(send.expect("sqs:SendMessage")["resource_types"][0], "queue*");
    assert_eq!(sqs["resource_types"][0]["arns"][0], "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}");
    assert_eq!(sqs["condition_keys"][2]["multivalued"], true);
    let lines = allowed().run("catalog sqs --format jsonl").out;
    assert_eq!(lines.lines().count(), sqs["actions"].as_array().expect("actions").len());
    assert!(allowed().run("catalog sqs").out.contains("20 actions, 1 resource type, 3 condition keys"));
}

#[test]
fn an_action_has_all_that_decides_about_it() {
    let found = json("s3:getobject");
    let action = &found["actions"][0];
    assert_eq!((&action["action"], &action["access_level"]), (&"s3:GetObject".into(), &"read".into()));
    assert_eq!(action["no_resource"], Value::Null);
    let object =
        action["resource_types"].as_array().expect("types").iter().find(|kind| kind["name"] == "object");
    let governed = &object.expect("object")["arns"][0]["governed"];
    assert_eq!(governed["resource_policies"][0], "policy of arn:${Partition}:s3:::${BucketName}");
    assert_eq!(
        governed["owner"],
        "the account that has arn:${Partition}:s3:::${BucketName}; the ARN does not say"
    );
    assert_eq!(governed["other_grants"][0], "ACL of the bucket or object");

    let assume = &json("sts:AssumeRole")["actions"][0];
    let governed = &assume["resource_types"][0]["arns"][0]["governed"];
    assert!(
        governed["same_account"].as_str().is_some_and(|text| text.starts_with("the trust policy")),
        "{governed}"
    );
    assert_eq!(governed["refused"][0], "root users: the root user cannot assume roles");
    let tags = assume["condition_keys"].as_array().expect("keys");
    let tags = tags.iter().find(|key| key["key"] == "aws:TagKeys").expect("aws:TagKeys");
    assert_eq!(tags["multivalued"], true);

    let table = allowed().run("catalog sts:AssumeRole").out;
    assert!(table.contains("acts on role (every call names one)"), "{table}");
    assert!(table.contains("\n  owner       the account in the ARN\n"), "{table}");
}

#[test]
fn actions_without_resource_say_which_string_is_checked() {
    let checked = |action: &str| json(action)["actions"][0]["no_resource"]["checked"].clone();
    assert_eq!(checked("ec2:DescribeInstances"), serde_json::json!(["*"]));
    assert_eq!(checked("s3:ListAllMyBuckets"), serde_json::json!(["arn:{partition}:s3:::*", "*"]));
    let open = serde_json::json!(["*", "arn:{partition}:ecr:{region}:{account}:{anything}"]);
    assert_eq!(checked("ecr:GetAuthorizationToken"), open);
}

#[test]
fn wildcards_give_every_action_that_matches() {
    let names = |pattern: &str| {
        let found = json(pattern);
        let actions = found["actions"].as_array().expect("actions").iter();
        actions.filter_map(|action| action["action"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(names("S3:get*acl"), ["s3:GetBucketAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"]);
    let tagging = names("*:TagResource");
    assert!(tagging.len() > 100 && tagging.iter().all(|name| name.ends_with(":TagResource")));
}

#[test]
fn every_action_can_be_shown() {
    let everything = json("*:*");
    let actions = everything["actions"].as_array().expect("actions");
    assert_eq!(actions.len(), Catalog::embedded().actions().len());
    for action in actions {
        let types = action["resource_types"].as_array().expect("types").len();
        assert_eq!(types == 0, action["no_resource"].is_object(), "{action}");
    }
}

#[test]
fn unknown_names_come_with_the_nearest() {
    for (about, expected) in [
        ("s4", "did you mean `s3`?"),
        ("S3:GetObjectt", "did you mean `s3:GetObject`?"),
        ("GetObject", "`s3:GetObject`"),
        ("sqss:SendMessage", "did you mean `sqs`?"),
        ("s3:Zzz*", "`entail catalog s3` lists the actions"),
        (":", "`entail catalog` lists the services"),
        ("s3 --format parquet", "needs `--out`"),
    ] {
        let err = refused(&format!("catalog {about}"));
        assert!(err.contains(expected), "`{about}` should say `{expected}` and says:\n{err}");
    }
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = allowed().run(&format!("completions {shell}"));
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Clean, ""), "{shell}");
        assert!(ran.out.contains("who-can") && ran.out.contains("service-linked"), "{shell}");
    }
    assert!(refused("completions ksh").contains("possible values"));
}
