//! The program itself.

use std::process::{Command, Stdio};

fn entail() -> Command {
    Command::new(env!("CARGO_BIN_EXE_entail"))
}

#[test]
fn exit_codes_leave_the_process() {
    let code = |arguments: &[&str]| entail().args(arguments).output().expect("it runs").status.code();
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["can", "--frobnicate"]), Some(2));
    assert_eq!(code(&["report", "examples", "--format", "parquet"]), Some(2));
}

#[test]
fn nobody_listening_is_no_failure() {
    let mut child = entail()
        .args(["can", "--help"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn arguments_that_are_not_text_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"arn:\xff");
    let output = entail().args(["can", "estate"]).arg(odd).arg("s3:GetObject").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}

/// A statement of a session policy is what it says, and stands where it stands.
#[test]
fn statements_of_session_policies_have_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("session.json");
    let statements = r#"{"Version": "2012-10-17",
 "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Sid": "NoTables", "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}]}"#;
    std::fs::write(&file, statements).expect("written");
    let asked = ["can", "examples/acme", "ops-admin", "dynamodb:ListTables", "*", "--format", "json"];
    let output =
        entail().args(asked).arg("--session-policy").arg(&file).args(["--why"]).output().expect("it runs");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an answer");
    assert_eq!(answer["decision"], "ExplicitlyDenied");
    let named = |list: &serde_json::Value| {
        let all = list.as_array().cloned().unwrap_or_default();
        all.into_iter().find(|statement| statement["sid"] == "NoTables").expect("the statement is named")
    };
    let deny = named(&answer["statements"]);
    assert_eq!(deny["effect"], "Deny");
    assert_eq!(deny["index"], 1);
    assert_eq!(deny["file"], file.display().to_string());
    assert_eq!((&deny["line"], &deny["column"]), (&4.into(), &3.into()));
    assert_eq!(deny["path"], "$.Statement[1]");
    let remedies = answer["why"]["remedies"].as_array().cloned().unwrap_or_default();
    let of_session = remedies.iter().find(|remedy| remedy["layer"] == "session").expect("a remedy");
    assert_eq!(named(&of_session["remove"])["effect"], "Deny");
}

/// What a service refuses itself has a reason, asked for or not.
#[test]
fn refusals_have_a_reason() {
    let refused = |arguments: &[&str]| {
        let output = entail().arg("can").arg("examples/acme").args(arguments).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let other_partition = ["bob", "s3:GetObject", "arn:aws-cn:s3:::acme-home/bob/x"];
    assert!(refused(&other_partition).contains("refused     no access reaches across partitions"));
    let json = refused(&["bob", "s3:GetObject", "arn:aws-cn:s3:::acme-home/bob/x", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).expect("an answer");
    assert_eq!(answer["refused"], "no access reaches across partitions");
    // A denial by policies has none.
    let denied = refused(&["bob", "iam:ListUsers", "*", "--format", "json"]);
    assert!(!denied.contains("refused"), "{denied}");
}
