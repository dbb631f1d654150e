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
    &["become", ACME],
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
    for arguments in &COMMANDS[..9] {
        let format: &[&str] = match arguments[0] {
            "report" | "can" | "who-can" | "become" | "catalog" | "facts" => &["--format", "jsonl"],
            _ => &[],
        };
        let output = entail(arguments).args(format).args(["--out", path]).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{err}");
        assert!(err.contains("exists already"), "{arguments:?}\n{err}");
        assert_eq!(std::fs::read_to_string(path).expect("the file"), "mine");
    }
}

/// Runs, and gives exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = entail(arguments).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn odd_files_are_refused_with_a_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (pipe, empty, binary, inner) = (path("pipe"), path("empty"), path("binary"), path("estate"));
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    std::fs::write(&empty, "").expect("a file");
    std::fs::write(&binary, [0xff, 0xfe, 0x00, 0x9d]).expect("a file");
    // A pipe in place of an export must not be waited for.
    std::fs::create_dir_all(format!("{inner}/accounts/111122223333")).expect("folders");
    let export = format!("{inner}/accounts/111122223333/authorization-details.json");
    assert!(Command::new("mkfifo").arg(&export).status().expect("mkfifo").success());
    let cases: &[(&[&str], &str, &str)] = &[
        (&["report", &pipe], "neither a folder nor a regular file", &pipe),
        (&["report", "/dev/null"], "neither a folder nor a regular file", "/dev/null"),
        (&["report", &inner], "neither a folder nor a regular file", &export),
        (&["validate", &inner], "neither a folder nor a regular file", &export),
        (&["report", "-"], "not standard input", ""),
        (&["become", "-"], "save the export in a file", ""),
        (&["report", &empty], "ends before it is complete", &empty),
        (&["validate", &empty], "ends before it is complete", &empty),
        (&["validate", &binary], "not UTF-8", &binary),
        (&["facts", "--as-rules", &empty], "ends before it is complete", &empty),
        (&["facts", "--as-rules", &binary], "not UTF-8", &binary),
        (&["facts", "--as-rules", ACME], "Is a directory", ACME),
        (&["facts", "--read", ACME], "Is a directory", ACME),
        (&["simulate", ACME], "Is a directory", ACME),
        (&["can", ACME, "--requests", ACME], "Is a directory", ACME),
        (&["can", ACME, "bob", "s3:GetObject", OBJECT, "--session-policy", ACME], "Is a directory", ACME),
        (
            &["can", ACME, "ops-admin", "s3:GetObject", OBJECT, "--session-policy", &binary],
            "not UTF-8",
            &binary,
        ),
        // A user has no sessions: the policy would limit nothing.
        (
            &["can", ACME, "bob", "s3:GetObject", OBJECT, "--session-policy", "examples/policy.json"],
            "nothing that a session policy could limit",
            "",
        ),
        (&["validate", ACME, "--kind", "scp"], "policies that stand alone", ""),
        (&["validate", "examples/policy.json", "--account", "444444444444"], "narrow an estate", ""),
        (&["validate", ACME, "--ou", "Productoin"], "did you mean `Production`?", ""),
    ];
    for (arguments, expected, place) in cases {
        let (code, out, err) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}\n{err}");
        // What is wrong with the text of a policy is a finding, and the answer of `validate`.
        let said = if arguments.first() == Some(&"validate") { out + &err } else { err };
        assert!(
            said.contains(expected) && said.contains(place),
            "{arguments:?} should say `{expected}`:\n{said}"
        );
    }
    let (_, out, _) = run(&["facts", "--as-rules", &empty]);
    assert_eq!(out, "");
}

#[test]
fn facts_and_findings_are_narrowed() {
    let lines = |arguments: &[&str]| -> Vec<String> {
        let (code, out, err) = run(&[arguments, &["--format", "jsonl"]].concat());
        assert_ne!(code, Some(2), "{arguments:?}\n{err}");
        out.lines().map(str::to_owned).collect()
    };
    let all = lines(&["facts", ACME, "--relation", "holds"]);
    let some = lines(&["facts", ACME, "--relation", "holds", "--account", "444444444444", "--kind", "user"]);
    assert!(!some.is_empty() && some.iter().all(|line| all.contains(line)), "{some:?}");
    let of_user = |line: &&String| line.contains("\"principal\":\"arn:aws:iam::444444444444:user/");
    assert_eq!(some.len(), all.iter().filter(of_user).count());
    let relations =
        |lines: &[String]| lines.iter().any(|line| line.contains("\"relation\":\"organization\""));
    assert!(
        relations(&lines(&["facts", ACME])) && !relations(&lines(&["facts", ACME, "--ou", "Production"]))
    );

    let all = lines(&["validate", ACME]);
    let some = lines(&["validate", ACME, "--ou", "Production"]);
    assert!(
        !some.is_empty() && some.len() < all.len() && some.iter().all(|line| all.contains(line)),
        "{some:?}"
    );
    // The findings in files are about other accounts.
    let in_files = |lines: &[String]| lines.iter().filter(|line| line.contains("/accounts/")).count();
    assert!(in_files(&some) < in_files(&all), "{all:?}");
    let account = lines(&["validate", ACME, "--account", "444444444444"]);
    assert!(account.iter().all(|line| some.contains(line)), "{account:?}");

    let (code, _, err) = run(&["report", ACME, "--principal", "bob"]);
    assert!(code == Some(2) && err.contains("`*/bob`"), "{err}");
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

/// An action that is named twice is asked once; where there is nothing to ask about, that is said.
#[test]
fn who_can_asks_each_action_once_and_never_nothing() {
    let rows = |actions: &[&str]| {
        let (code, out, err) = run(&[&["who-can", ACME], actions, &[OBJECT, "--format", "csv"]].concat());
        assert_eq!(code, Some(0), "{err}");
        out
    };
    assert_eq!(rows(&["s3:GetObject", "s3:GetObject"]), rows(&["s3:GetObject"]));
    assert_eq!(rows(&["s3:GetObject", "S3:getobject", "s3:GetObjec?"]), rows(&["s3:GetObject"]));
    for resource in ["*", "arn:aws:nosuch:::thing"] {
        for format in ["text", "json", "csv"] {
            let format: &[&str] = if format == "text" { &[] } else { &["--format", format] };
            let (code, out, err) = run(&[&["who-can", ACME, resource], format].concat());
            assert!(code == Some(2) && out.is_empty(), "{out}");
            assert!(err.contains("error[nothing-to-do]") && err.contains("name an action"), "{err}");
        }
    }
}

/// Who is in no export, as it was cut short, may do it too.
#[test]
fn who_can_names_what_a_truncated_export_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("details.json");
    let export = json!({"UserDetailList": [], "GroupDetailList": [], "IsTruncated": true, "Policies": [],
        "RoleDetailList": [{"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/",
            "Arn": "arn:aws:iam::111111111111:role/r", "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}]});
    std::fs::write(&path, export.to_string()).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let (code, out, err) = run(&["who-can", path, "s3:ListAllMyBuckets", "*"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("missing     the rest of the export of account 111111111111"), "{out}");
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
