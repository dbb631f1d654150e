//! `entail simulate` as its users run it.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// What a run of `simulate` on these lines gives: the exit code, the answers, and standard error.
fn simulate(lines: &str, options: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scenarios.jsonl");
    fs::write(&file, lines).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .arg("simulate")
        .arg(&file)
        .args(options)
        .output()
        .expect("it runs");
    let out = String::from_utf8(output.stdout).expect("text");
    let answers = out.lines().map(|line| serde_json::from_str(line).expect("a JSON value a line")).collect();
    (output.status.code(), answers, String::from_utf8(output.stderr).expect("text"))
}

fn scenario(more: &str) -> String {
    format!(
        r#"{{"id": "a", "request": {{"principal": "arn:aws:iam::111111111111:user/u", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {{}}}}{more}}}"#
    )
}

const ALLOW: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;

#[test]
fn an_answer_names_its_statements() {
    let line = scenario(&format!(r#", "identity_policies": [{ALLOW}], "expected": "Allowed""#));
    let (code, answers, err) = simulate(&line, &[]);
    assert_eq!((code, err.trim()), (Some(0), "1 decided, 1 of 1 as expected, 0 malformed"));
    let statement = &answers[0]["statements"][0];
    assert_eq!(answers[0]["decision"], "Allowed");
    assert_eq!(statement["sid"], "Read");
    assert_eq!(statement["path"], "$.identity_policies[0].Statement[0]");
    let column = statement["column"].as_u64().expect("a column") as usize;
    assert!(line[column - 1..].starts_with(r#"{"Sid""#), "column {column}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let line = scenario(&format!(r#", "identity_policies": [{ALLOW}], "expected": "Allowed""#));
    let (code, answers, _) = simulate(&format!("\u{feff}{line}\r\n{line}\r\n"), &[]);
    assert_eq!((code, answers.len()), (Some(0), 2));
    let (code, answers, _) = simulate(&format!("{line}\n\u{feff}{line}\n"), &[]);
    assert_eq!(code, Some(2), "in front of the file only");
    assert_eq!(answers[1]["error"]["line"], 2);
}

#[test]
fn policies_may_be_texts() {
    let escaped = serde_json::to_string(ALLOW).expect("JSON");
    let encoded: String =
        ALLOW
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
            })
            .collect();
    for policy in [escaped, format!("\"{encoded}\"")] {
        let (_, answers, _) = simulate(&scenario(&format!(r#", "identity_policies": [{policy}]"#)), &[]);
        assert_eq!(answers[0]["decision"], "Allowed", "{policy}");
        assert_eq!(answers[0]["statements"][0]["path"], "$.identity_policies[0].Statement[0]");
    }
}

#[test]
fn what_comes_out_otherwise_is_a_finding() {
    let line = scenario(r#", "expected": "Allowed""#);
    let (code, answers, err) = simulate(&line, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(answers[0]["expected"], "Allowed");
    assert!(err.contains("expected Allowed, got ImplicitlyDenied by identity"), "{err}");
}

#[test]
fn odd_contexts_are_taken_as_they_stand_with_a_warning() {
    let of = |context: &str| {
        scenario(&format!(r#", "identity_policies": [{ALLOW}]"#))
            .replace(r#""context": {}"#, &format!(r#""context": {context}"#))
    };
    let lines = [
        of(r#"{"aws:SourceIp": "1.2.3.4", "aws:SourceVpce": "vpce-1"}"#),
        of(r#"{"aws:PrincipalOrgID": "o-a", "aws:PrincipalOrgPaths": ["o-b/r-1/"]}"#),
        of(r#"{"aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-1"}"#),
    ];
    let (code, answers, err) = simulate(&lines.join("\n"), &[]);
    assert_eq!(code, Some(0));
    let warnings = |index: usize| answers[index]["warnings"].as_array().map_or(0, Vec::len);
    assert_eq!([warnings(0), warnings(1), warnings(2)], [1, 1, 0], "{answers:?}");
    assert_eq!(answers[0]["decision"], "Allowed");
    assert!(err.contains("no request holds `aws:sourceip` and `aws:sourcevpce`"), "{err}");
}

/// The warnings of the answer to a scenario, one a line.
fn warnings_of(scenario: &Value) -> String {
    let (_, answers, _) = simulate(&scenario.to_string(), &[]);
    let warnings = answers[0]["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

#[test]
fn odd_policies_that_have_a_meaning_are_said_in_place() {
    let with = |field: &str, value: Value| {
        let mut line: Value = serde_json::from_str(&scenario("")).expect("JSON");
        line[field] = value;
        warnings_of(&line)
    };
    let deny = |principal: Value| {
        let mut statement = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
        if !principal.is_null() {
            statement["Principal"] = principal;
        }
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let rcps = |principal| json!([{"level": "root", "policies": [deny(principal)]}]);
    let said = with("rcps", rcps(Value::Null));
    assert!(said.contains("read as `*`, at $.rcps[0].policies[0].Statement[0] (1:"), "{said}");
    assert_eq!(with("rcps", rcps(json!("*"))), "");
    let said = with("resource_policy", deny(json!({"CanonicalUser": "zz"})));
    assert!(said.contains("`zz`") && said.contains("$.resource_policy.Statement[0].Principal"), "{said}");
    assert_eq!(with("resource_policy", deny(json!({"CanonicalUser": "0f".repeat(32)}))), "");
}

#[test]
fn a_key_that_no_request_lacks_is_said_where_it_is_stated_to_be_absent() {
    let of = |principal: &str, key: &str| {
        warnings_of(&json!({"request": {"principal": principal, "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {key: null}}}))
    };
    let user = "arn:aws:iam::111111111111:user/u";
    assert!(of(user, "aws:CurrentTime").contains("no request lacks `aws:currenttime`"));
    assert!(of(user, "aws:PrincipalArn").contains("no request lacks `aws:principalarn`"));
    assert_eq!(of("anonymous", "aws:PrincipalArn"), "");
    assert_eq!(of("lambda.amazonaws.com", "aws:PrincipalArn"), "");
    assert_eq!(of(user, "aws:SourceIp"), "");
}

#[test]
fn a_role_that_a_policy_puts_under_another_path_is_said() {
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/team/r"}}}]});
    let of = |caller: Value, derive: bool| {
        warnings_of(&json!({"request": {"principal": "arn:aws:sts::111111111111:assumed-role/r/s1",
            "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {}},
            "caller": caller, "identity_policies": [deny], "derive": derive}))
    };
    assert!(of(Value::Null, true).contains("a policy names `arn:aws:iam::111111111111:role/team/r`"));
    assert!(
        of(json!({"role_arn": "arn:aws:iam::111111111111:role/r"}), false).contains("one role of a name")
    );
    assert_eq!(of(json!({"role_arn": "arn:aws:iam::111111111111:role/team/r"}), true), "");
    // Nothing is derived, so that nothing tests the path.
    assert_eq!(of(Value::Null, false), "");
}

#[test]
fn malformed_lines_do_not_stop_the_run() {
    let good = scenario(&format!(r#", "identity_policies": [{ALLOW}]"#));
    let bad = [
        "not json",
        r#"{"request": 3}"#,
        r#"{"id": "b", "request": {"principal": "arn:aws:iam::1:user/u", "action": "s3:GetObject", "resource": "*"}}"#,
        r#"{"request": {"principal": "anonymous", "action": "GetObject", "resource": "arn:aws:s3:::b/x"}}"#,
        r#"{"request": {"principal": "anonymous", "action": "s3:GetObject", "resource": "b/x"}}"#,
        r#"{"request": {"principal": "anonymous", "action": "s3:GetObject", "resource": ["*"]}}"#,
    ];
    let lines = format!("{}\n\n{good}\n", bad.join("\n"));
    let (code, answers, err) = simulate(&lines, &[]);
    assert_eq!(code, Some(2));
    assert_eq!(answers.len(), bad.len() + 1);
    for (number, answer) in answers[..bad.len()].iter().enumerate() {
        assert_eq!(answer["error"]["line"], number + 1, "{answer}");
        assert!(answer["error"]["message"].is_string() && answer["error"]["path"].is_string(), "{answer}");
    }
    assert_eq!(answers[2]["id"], "b");
    assert_eq!(answers[bad.len()]["decision"], "Allowed");
    assert!(err.ends_with("1 decided, 6 malformed\n"), "{err}");
}

#[test]
fn malformed_policies_are_reported_in_place_and_never_vanish() {
    let deny = |test: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {test}}}}}"#
        )
    };
    for test in [
        r#"{"StringAlmost": {"aws:UserAgent": "x"}}"#,
        r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "soon"}}"#,
        r#"{"DateLessThan": {"aws:CurrentTime": "tomorrow"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "1.2.3.4/40"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "u"}}"#,
    ] {
        let context = r#", "request": {"principal": "arn:aws:iam::111111111111:user/u", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "resource_account": "111111111111", "context": {"aws:UserAgent": "y", "aws:MultiFactorAuthAge": "9", "aws:CurrentTime": "2026-01-01", "aws:SourceIp": "8.8.8.8", "aws:PrincipalArn": "arn:aws:iam::111111111111:user/u"}}"#;
        let line = format!(r#"{{"id": "a"{context}, "identity_policies": [{ALLOW}, {}]}}"#, deny(test));
        let (code, answers, err) = simulate(&line, &[]);
        assert_eq!(code, Some(2), "{test}");
        assert_eq!(answers[0]["decision"], "Conditional", "{test}");
        let problem = &answers[0]["problems"][0];
        let path = problem["path"].as_str().expect("a path");
        assert!(path.starts_with("$.identity_policies[1].Statement.Condition"), "{path}");
        assert!(err.contains("malformed-policy"), "{err}");
        // Of a scenario that is about just that it is no failure.
        let line = line.replacen("{", r#"{"expected": "Conditional", "#, 1);
        assert_eq!(simulate(&line, &[]).0, Some(0), "{test}");
    }
}

#[test]
fn open_keys_leave_the_answer_open() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:UserAgent": "x"}}}}"#;
    let line = scenario(&format!(r#", "identity_policies": [{policy}]"#));
    let decision = |options: &[&str]| simulate(&line, options).1[0]["decision"].clone();
    assert_eq!(decision(&[]), "ImplicitlyDenied");
    assert_eq!(decision(&["--unknown", "aws:useragent"]), "Conditional");
    assert_eq!(decision(&["--unknown", "aws:SourceIp"]), "ImplicitlyDenied");
    assert_eq!(decision(&["--partial"]), "Conditional");
    let (_, answers, _) = simulate(&line, &["--partial"]);
    assert_eq!(answers[0]["condition"]["text"], "aws:useragent = x");
}

#[test]
fn conditions_say_whose_key_they_mean() {
    let allow = |resource: &str, value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:{resource}/*", "Condition": {{"StringEquals": {{"aws:ResourceTag/k": "{value}", "aws:UserAgent": "x"}}}}}}"#
        )
    };
    let line = format!(
        r#"{{"partial": true, "request": {{"principal": "arn:aws:iam::111111111111:user/u", "action": "ec2:AttachVolume", "context": {{}}}},
            "resources": [{{"arn": "arn:aws:ec2:us-east-1:111111111111:instance/i-1"}}, {{"arn": "arn:aws:ec2:us-east-1:111111111111:volume/v-1"}}],
            "identity_policies": [{{"Version": "2012-10-17", "Statement": [{}, {}]}}]}}"#,
        allow("instance", "1"),
        allow("volume", "2")
    );
    let (_, answers, _) = simulate(&line.replace('\n', ""), &[]);
    assert_eq!(
        answers[0]["condition"]["text"],
        "aws:resourcetag/k of resources[0] = 1 and aws:resourcetag/k of resources[1] = 2 and aws:useragent = x"
    );
}

#[test]
fn what_cannot_be_read_or_written_is_said() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_entail")).args(arguments).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, err) = run(&["simulate", "no/such/file.jsonl"]);
    assert!(code == Some(2) && err.contains("no/such/file.jsonl"), "{err}");
    let (code, err) = run(&["simulate", "tests/cases/truth_table.jsonl", "--out", "Cargo.toml"]);
    assert!(code == Some(2) && err.contains("Cargo.toml"), "{err}");
}

#[test]
fn readings_are_chosen_and_named() {
    let boundary = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}"#;
    let bucket = ALLOW.replace(r#""Effect": "Allow""#, r#""Effect": "Allow", "Principal": "*""#);
    let line = scenario(&format!(r#", "boundaries": [{boundary}], "resource_policy": {bucket}"#));
    let line = line.replace("user/u", "role/r");
    let (_, answers, _) = simulate(&line, &[]);
    assert_eq!(
        (&answers[0]["decision"], &answers[0]["assumed"]["U-77"]),
        (&"Allowed".into(), &"bypassed".into())
    );
    let (_, answers, _) = simulate(&line, &["--assume", "U-77=limited"]);
    assert_eq!(answers[0]["decision"], "ImplicitlyDenied");
    assert_eq!(answers[0]["assumed"]["U-77"], "limited");
    let (code, _, err) = simulate(&line, &["--assume", "U-77=no"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("it has `bypassed`, `limited`, `open`"), "{err}");
}

/// What surely refuses is named, before what may.
#[test]
fn the_gate_that_is_closed_is_the_reason() {
    let line = |kind: &str| {
        format!(
            r#"{{"request": {{"principal": "arn:aws:iam::999999999999:user/u", "action": "sts:AssumeRoot", "resource": "arn:aws:iam::111111111111:root", "context": {{}}}}, "caller": {{"kind": "{kind}"}}, "identity_policies": [{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}}}], "organization": {{"id": "o-1", "management_account": "999999999999", "principal_path": ["r-1"]}}}}"#
        )
    };
    let (_, answers, _) = simulate(&line("session-token"), &[]);
    assert_eq!(answers[0]["decision"], "ImplicitlyDenied");
    assert_eq!(
        answers[0]["refused"],
        "GetSessionToken credentials can call AssumeRole and GetCallerIdentity only"
    );
    // With long-term keys it is open whether the feature is on.
    let (_, answers, _) = simulate(&line("user"), &[]);
    assert_eq!(
        (&answers[0]["decision"], &answers[0]["refused"]),
        (&"Unknown".into(), &serde_json::Value::Null)
    );
}

/// S-GRAM-20: a wildcard in place of `arn:` is told.
#[test]
fn odd_policies_are_told() {
    let odd = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "**"}]}"#;
    let (code, answers, err) = simulate(&scenario(&format!(r#", "identity_policies": [{odd}]"#)), &[]);
    assert_eq!((code, &answers[0]["decision"]), (Some(0), &Value::from("Allowed")));
    assert!(err.contains("begins with a wildcard") && err.contains("Statement[0].Resource"), "{err}");
}

/// S-TRI-06: each pair of keys that no request holds together is named, and so is what the principal does not hold.
#[test]
fn contexts_that_break_a_coupling_are_told() {
    let told = |context: &str| {
        let line = scenario("").replace(r#""context": {}"#, &format!(r#""context": {{{context}}}"#));
        let (code, answers, _) = simulate(&line, &[]);
        assert_eq!(code, Some(0), "{context}");
        answers[0]["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<String>()
    };
    for (context, keys) in [
        (r#""aws:RequestTag/a": "b", "aws:TagKeys": ["z"]"#, &["aws:requesttag/a", "aws:tagkeys"][..]),
        (
            r#""aws:PrincipalType": "AssumedRole", "aws:username": "u""#,
            &["aws:principaltype", "aws:username"],
        ),
        (r#""aws:userid": "AROAX:x", "aws:username": "u""#, &["aws:userid", "aws:username"]),
        (r#""aws:PrincipalArn": "arn:aws:iam::222222222222:user/zed""#, &["user/zed", "user/u"]),
        (
            r#""aws:MultiFactorAuthAge": "5", "aws:MultiFactorAuthPresent": "false", "aws:CurrentTime": "2026-01-01T00:00:00Z", "aws:EpochTime": "5""#,
            &["aws:multifactorauthage", "aws:epochtime"],
        ),
    ] {
        let warnings = told(context);
        assert!(keys.iter().all(|key| warnings.contains(key)), "{context}: {warnings}");
    }
    assert_eq!(told(r#""aws:PrincipalArn": "arn:aws:iam::111111111111:user/u", "aws:username": "u""#), "");
    assert_eq!(told(r#""aws:RequestTag/a": "b", "aws:TagKeys": ["A"]"#), "");
}
