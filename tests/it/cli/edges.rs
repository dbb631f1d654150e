//! What can go wrong around a command: nothing is half-written, and everything is said.

use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::small_estates::written;

const ACME: &str = "examples/acme";
const OBJECT: &str = "arn:aws:s3:::acme-home/bob/notes.txt";

fn entail(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entail"));
    command.args(arguments);
    command
}

/// Every command, on something small.
const COMMANDS: &[&[&str]] = &[
    &["report", ACME, "--account", "666666666666"],
    &["can", ACME, "bob", "s3:GetObject", OBJECT],
    &["who-can", ACME, "s3:GetObject", OBJECT],
    &["what-can", ACME, "bob"],
    &["facts", ACME, "--relation", "member"],
    &["simulate", "examples/scenarios.jsonl"],
    &["validate", "examples/policy.json"],
    &["catalog", "sqs"],
    &["completions", "bash"],
    &["--help"],
    &["--version"],
];

#[test]
fn a_full_disk_is_a_failure_of_every_command() {
    for arguments in COMMANDS {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = entail(arguments).stdout(full).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{err}");
        assert!(err.contains("no space is left"), "{arguments:?}\n{err}");
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    for arguments in COMMANDS {
        let mut child =
            entail(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!err.contains("error[") && !err.contains("panicked"), "{arguments:?}\n{err}");
        assert_ne!(output.status.code(), Some(2), "{arguments:?}\n{err}");
    }
}

#[test]
fn what_cannot_be_read_leaves_no_output() {
    for arguments in [
        &["report", "no/such/estate"] as &[&str],
        &["can", "no/such/estate", "bob", "s3:GetObject", OBJECT],
        &["who-can", "no/such/estate", "s3:GetObject", OBJECT],
        &["what-can", "no/such/estate", "bob"],
        &["facts", "no/such/estate"],
        &["facts", "no/such/file.facts"],
        &["simulate", "no/such/file.jsonl"],
        &["can", ACME, "--requests", "no/such/file.jsonl"],
        &["report", ACME, "--redact-key", "no/such/key"],
    ] {
        let output = entail(arguments).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{err}");
        assert!(err.contains("error[") && err.contains("no/such/"), "{arguments:?}\n{err}");
        assert!(output.stdout.is_empty(), "{arguments:?} wrote something");
    }
}

#[test]
fn what_exists_is_never_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("answer");
    std::fs::write(&path, "mine").expect("a file");
    let path = path.to_str().expect("UTF-8");
    for arguments in &COMMANDS[..8] {
        let format: &[&str] = match arguments[0] {
            "report" | "can" | "who-can" | "catalog" | "facts" => &["--format", "jsonl"],
            _ => &[],
        };
        let output = entail(arguments).args(format).args(["--out", path]).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{err}");
        assert!(err.contains("exists already"), "{arguments:?}\n{err}");
        assert_eq!(std::fs::read_to_string(path).expect("the file"), "mine");
    }
}

#[test]
fn who_can_is_narrowed_by_service() {
    let ask = |service: &str| {
        let resource = "arn:aws:s3:::acme-artifacts";
        let output = entail(&["who-can", ACME, resource, "--service", service, "--format", "jsonl"]).output();
        let output = output.expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).lines().count())
    };
    assert!(ask("s3").0 == Some(0) && ask("s3").1 > 3, "{:?}", ask("s3"));
    assert_eq!(ask("iam"), (Some(2), 0));
}

/// What is wrong with the policy of one bucket says nothing of who can read another.
#[test]
fn policies_of_other_resources_do_not_matter() {
    let bucket = |name: &str, effect: &str| {
        json!({"Arn": format!("arn:aws:s3:::{name}"), "Account": "111111111111", "Tags": {}, "Policy":
            {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Principal": "*", "Action": "s3:GetObject",
                "Resource": format!("arn:aws:s3:::{name}/*")}]}})
    };
    let folder = written(&json!({
        "accounts/111111111111/authorization-details.json":
            {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []},
        "accounts/111111111111/resource-policies.json": [bucket("one", "Allow"), bucket("other", "Forbid")],
    }));
    let path = folder.path().display().to_string();
    for (resource, code) in [
        ("arn:aws:s3:::one/*", 0),
        ("arn:aws:s3:::one/x", 0),
        ("arn:aws:s3:::other/*", 2),
        ("arn:aws:s3:::other/x", 2),
        ("arn:aws:s3:::*", 2),
    ] {
        let output = entail(&["who-can", &path, "s3:GetObject", resource]).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{resource}\n{err}");
    }
}
