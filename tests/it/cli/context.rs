//! What a question states of the context, and what is assumed of the rest (S-TRI-06, S-TRI-09).

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::small_estates::written;

const USER: &str = "arn:aws:iam::111111111111:user/u";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111111111111:q";

/// An account with a user and a role that anybody in it may take, which have the same statements.
fn estate(statements: &Value) -> TempDir {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let inline = json!([{"PolicyName": "p", "PolicyDocument": document}]);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}]});
    written(&json!({"accounts/111111111111/authorization-details.json": {
        "UserDetailList": [{"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Arn": USER,
            "GroupList": [], "AttachedManagedPolicies": [], "Tags": [], "UserPolicyList": inline}],
        "RoleDetailList": [{"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Tags": [],
            "Arn": "arn:aws:iam::111111111111:role/r", "AttachedManagedPolicies": [], "RolePolicyList": inline,
            "AssumeRolePolicyDocument": trust}],
        "GroupDetailList": [], "Policies": []}}))
}

/// Exit code, the answer as JSON, standard error.
fn ask(folder: &TempDir, arguments: &[&str]) -> (i32, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(arguments.iter().map(|one| if *one == "E" { folder.path().as_os_str() } else { one.as_ref() }))
        .args(["--format", "json"])
        .output()
        .expect("it runs");
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().expect("a code"), answer, err)
}

/// May the user receive from the queue, at noon of a day in 2025?
fn receive(folder: &TempDir, more: &[&str]) -> (i32, Value, String) {
    let now = ["--now", "2025-06-01T12:00:00Z"];
    ask(folder, &[&["can", "E", USER, "sqs:ReceiveMessage", QUEUE], &now[..], more].concat())
}

fn decision(answer: &Value) -> &str {
    answer["decision"].as_str().unwrap_or_default()
}

#[test]
fn a_stated_time_is_the_instant_of_both_keys() {
    let before = |operator: &str, key: &str, value: &str| {
        let condition = json!({operator: {key: value}});
        estate(&json!([{"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": condition}]))
    };
    let by_number = before("NumericLessThan", "aws:EpochTime", "1577836800");
    let by_date = before("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z");
    for (folder, stated) in [
        (&by_number, "aws:CurrentTime=2019-01-01T00:00:00Z"),
        (&by_date, "aws:EpochTime=1546300800"),
        (&by_date, "aws:CurrentTime=2019-01-01"),
        (&by_number, "aws:EpochTime=1546300800"),
    ] {
        let (code, answer, err) = receive(folder, &["--context", stated]);
        assert_eq!((code, decision(&answer)), (0, "Allowed"), "{stated}: {err}");
        assert!(err.contains("`--now` is of no account"), "{err}");
        let assumed = answer["assumed"].as_object().expect("an object");
        let names: Vec<&str> = assumed.keys().map(String::as_str).collect();
        assert_eq!(names, ["aws:SecureTransport", "aws:ViaAWSService"], "{stated}");
    }
    let (code, ..) = receive(&by_number, &["--context", "aws:CurrentTime=2021-01-01T00:00:00Z"]);
    assert_eq!(code, 1);
    let both = ["--context", "aws:CurrentTime=2019-01-01", "--context", "aws:EpochTime=0"];
    let (_, _, err) = receive(&by_number, &both);
    assert!(err.contains("no request holds `aws:currenttime` and `aws:epochtime`"), "{err}");
    // A document holds for requests in the context that is stated, by whichever of the two keys.
    let (_, document, _) =
        ask(&by_number, &["what-can", "E", "u", "--context", "aws:CurrentTime=2019-01-01"]);
    assert_eq!(document["document"]["Statement"][0]["Condition"], Value::Null, "{document}");
    assert_eq!(document["assumed"], json!({}));
}

#[test]
fn a_stated_way_of_calling_takes_the_place_of_a_direct_call() {
    let unless = |condition: Value| {
        estate(&json!([
            {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": condition},
        ]))
    };
    let via = unless(json!({"Bool": {"aws:ViaAWSService": "true"}}));
    let first = unless(json!({"StringEquals": {"aws:CalledViaFirst": "athena.amazonaws.com"}}));
    let any = unless(json!({"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}));
    let athena = "aws:CalledVia=athena.amazonaws.com";
    for (folder, stated, wanted) in [
        (&via, athena, "ExplicitlyDenied"),
        (&via, "aws:CalledViaLast=athena.amazonaws.com", "ExplicitlyDenied"),
        (&via, "aws:ViaAWSService=true", "ExplicitlyDenied"),
        (&via, "aws:ViaAWSService=false", "Allowed"),
        (&via, "kms:ViaService=s3.eu-west-1.amazonaws.com", "ExplicitlyDenied"),
        (&first, athena, "ExplicitlyDenied"),
        (&first, "aws:CalledVia=glue.amazonaws.com", "Allowed"),
        (&first, "aws:ViaAWSService=true", "Conditional"),
        (&first, "aws:ViaAWSService=false", "Allowed"),
        (&any, athena, "ExplicitlyDenied"),
        (&any, "aws:ViaAWSService=true", "Conditional"),
        (&any, "aws:CalledViaFirst=athena.amazonaws.com", "ExplicitlyDenied"),
        (&any, "aws:SecureTransport=true", "Allowed"),
    ] {
        let (_, answer, _) = receive(folder, &["--context", stated]);
        assert_eq!(decision(&answer), wanted, "{stated}");
        let direct = stated.starts_with("aws:SecureTransport");
        assert_eq!(answer["assumed"].get("aws:ViaAWSService").is_some(), direct, "{stated}: {answer}");
    }
    let (_, answer, _) = receive(&via, &["--absent", "aws:CalledVia"]);
    assert_eq!((decision(&answer), &answer["assumed"]["aws:ViaAWSService"]), ("Allowed", &json!("false")));
}

#[test]
fn answers_list_what_they_assume_beside_what_is_stated() {
    let folder = estate(&json!([{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]));
    let noon = "2025-06-01T12:00:00Z";
    let now = ["--now", noon];
    let secure = ["--context", "aws:SecureTransport=true"];
    let rest = json!({"aws:CurrentTime": noon, "aws:ViaAWSService": "false"});
    let (_, answer, _) = receive(&folder, &secure);
    assert_eq!(answer["assumed"], rest);
    let (_, answer, _) =
        ask(&folder, &[&["who-can", "E", "sqs:ReceiveMessage", QUEUE], &now[..], &secure].concat());
    assert_eq!(answer["assumed"], rest);
    let (_, answer, _) = receive(&folder, &["--absent", "aws:CurrentTime"]);
    assert_eq!(answer["assumed"], json!({"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}));
    let lines = folder.path().join("requests.jsonl");
    let request = json!({"principal": "u", "action": "sqs:ReceiveMessage", "resource": QUEUE,
        "context": {"aws:SecureTransport": "true"}});
    fs::write(&lines, request.to_string()).expect("the file is written");
    let lines = lines.to_str().expect("UTF-8");
    let (_, answers, _) = ask(&folder, &[&["can", "E", "--requests", lines], &now[..]].concat());
    assert_eq!(answers[0]["assumed"], rest);
}

#[test]
fn what_contradicts_the_estate_is_taken_as_it_stands_and_said() {
    let one = |action: &str, condition: Value| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition});
    let folder = estate(&json!([
        one(
            "sqs:ReceiveMessage",
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/v"}})
        ),
        one("sqs:SendMessage", json!({"StringEquals": {"aws:ResourceAccount": "222222222222"}})),
        one("sqs:DeleteMessage", json!({"Null": {"aws:PrincipalAccount": "true"}})),
    ]));
    let other = "aws:PrincipalArn=arn:aws:iam::111111111111:user/v";
    for (action, stated, said) in [
        (
            "sqs:ReceiveMessage",
            ["--context", other],
            "`aws:PrincipalArn` of `arn:aws:iam::111111111111:user/u`",
        ),
        (
            "sqs:SendMessage",
            ["--context", "aws:ResourceAccount=222222222222"],
            "is `111111111111`, and the context states `222222222222`",
        ),
        (
            "sqs:DeleteMessage",
            ["--absent", "aws:PrincipalAccount"],
            "is `111111111111`, and the context states absent",
        ),
    ] {
        let (code, _, err) = ask(&folder, &[&["can", "E", USER, action, QUEUE], &stated[..]].concat());
        assert_eq!(code, 0, "{action}\n{err}");
        assert_eq!(err.matches("warning[").count(), 1, "{err}");
        assert!(err.contains(said) && err.contains("it is taken as it stands"), "{err}");
    }
    let (_, _, err) = receive(&folder, &["--resource-account", "222222222222"]);
    assert!(err.contains("is of account 111111111111, and 222222222222 is stated to own it"), "{err}");
    // What agrees is not spoken of.
    for agrees in ["aws:PrincipalArn=arn:aws:iam::111111111111:user/u", "aws:PrincipalIsAWSService=False"] {
        assert_eq!(receive(&folder, &["--context", agrees]).2, "");
    }
    assert_eq!(receive(&folder, &["--resource-account", "111111111111"]).2, "");
    let (code, _, err) = receive(&folder, &["--context", other, "--through-roles"]);
    assert!(code == 0 && err.contains("of the roles that it becomes it is each one's own"), "{err}");
}

#[test]
fn malformed_and_misspelt_keys_and_values_are_said() {
    let folder = estate(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    for (value, said) in [
        ("aws:SourceIp=notanip", "`aws:SourceIp` holds an IP address"),
        ("aws:SourceIp=10.0.0.300", "`10.0.0.300` is none"),
        ("aws:SourceIp=10.0.0.0/8", "an IP address"),
        ("aws:MultiFactorAuthPresent=maybe", "`true` or `false`"),
        ("aws:CurrentTime=yesterday", "a date, an instant or a number of seconds"),
        ("aws:EpochTime=12345678901234567890", "a number of seconds"),
        ("s3:max-keys=many", "a number"),
        ("aws:SourceArn=q", "an ARN of six parts"),
    ] {
        let (code, answer, err) = receive(&folder, &["--context", value]);
        assert_eq!((code, answer), (2, Value::Null), "{value}\n{err}");
        assert!(err.contains(said), "{value}\n{err}");
    }
    assert_eq!(receive(&folder, &["--context", "aws:SourceIp="]).2, "");
    for flag in [["--context", "aws:SorceIp=10.0.0.1"], ["--absent", "aws:SorceIp"]] {
        let (code, _, err) = receive(&folder, &flag);
        assert!(code == 0 && err.contains("did you mean `aws:SourceIp`?"), "{err}");
        let (_, _, err) = ask(&folder, &[&["who-can", "E", "sqs:ReceiveMessage", QUEUE], &flag[..]].concat());
        assert!(err.contains("did you mean `aws:SourceIp`?"), "{err}");
    }
}

#[test]
fn scenarios_say_what_is_malformed_or_misspelt() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = |value: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"NumericLessThan": {"s3:max-keys": value}}}]})
    };
    let simulate = |context: Value, limit: &str, more: &[&str]| {
        let file = folder.path().join("one.jsonl");
        let line = json!({"request": {"principal": USER, "action": "s3:ListBucket", "resource": "arn:aws:s3:::b",
            "context": context}, "identity_policies": [policy(limit)]});
        fs::write(&file, line.to_string()).expect("the file is written");
        let output = Command::new(env!("CARGO_BIN_EXE_entail"))
            .args(["simulate", file.to_str().expect("UTF-8")])
            .args(more)
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = simulate(json!({"aws:SourceIp": "banana", "aws:SorceIp": "10.0.0.1"}), "9", &[]);
    assert_eq!(code, Some(0), "{err}");
    for text in [out, err] {
        assert!(text.contains("`banana` is none") && text.contains("did you mean `aws:SourceIp`?"), "{text}");
    }
    let (_, _, err) = simulate(json!({}), "9", &["--unknown", "aws:SorceIp,aws:PrincipalTag/"]);
    assert_eq!(err.matches("did you mean").count(), 1, "{err}");
    let (code, out, err) = simulate(json!({}), "many", &[]);
    assert_eq!(code, Some(2), "{out}");
    assert!(err.contains("a number"), "{err}");
    // Numbers of any size are numbers.
    let (code, _, err) = simulate(json!({"s3:max-keys": "12345678901234567890"}), "1e30", &[]);
    assert!(code == Some(0) && err.contains("0 malformed"), "{err}");
}

#[test]
fn an_arn_with_a_malformed_account_is_refused() {
    let folder = estate(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    for arguments in [
        &["can", "E", "arn:aws:iam::11111111111:user/u", "sqs:ReceiveMessage", QUEUE][..],
        &["can", "E", "arn:aws:iam::abc:role/x", "sqs:ReceiveMessage", QUEUE],
        &["can", "E", "arn:aws:sts::1:assumed-role/x/y", "sqs:ReceiveMessage", QUEUE],
        &["can", "E", "u", "sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:11111111111:q"],
        &["who-can", "E", "sts:AssumeRole", "arn:aws:iam::11111111111:role/r"],
        &["who-can", "E", "sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:11111111111:*"],
    ] {
        let (code, answer, err) = ask(&folder, arguments);
        assert_eq!((code, answer), (2, Value::Null), "{arguments:?}\n{err}");
        assert!(err.contains("error[malformed-account]") && err.contains("12 digits"), "{err}");
    }
    for arguments in [
        &["who-can", "E", "sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:*:q"][..],
        &["who-can", "E", "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
        &["can", "E", "u", "ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1"],
    ] {
        let (code, _, err) = ask(&folder, arguments);
        assert_ne!(code, 2, "{arguments:?}\n{err}");
    }
}
