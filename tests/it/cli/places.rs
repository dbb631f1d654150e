//! Files that commands write and read: the format that a name says, what stands there already, what has no end, and what a
//! terminal must not obey.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::small_estates::written;

const ACME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/acme");
const POLICY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policy.json");

/// Exit code, standard output, standard error of a run in a folder.
fn entail(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entail"));
    let output = command.args(arguments).current_dir(folder).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_name_of_a_file_says_its_format() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| fs::read(folder.path().join(name)).expect("written");
    let bob = ["can", ACME, "bob", "iam:ListUsers", "--out"];
    let hops = ["become", ACME, "--to", "arn:aws:iam::444444444444:role/auditor", "--out"];
    for (arguments, name, start) in [
        (&bob[..], "a.json", &b"{"[..]),
        (&bob, "a.jsonl", b"{"),
        (&bob, "a.csv", b"id,"),
        (&bob, "a.parquet", b"PAR1"),
        (&bob, "a.other", b"PAR1"),
        (&hops, "h.csv", b"principal,"),
        (&hops, "h.svg", b"<?xml"),
        (&hops, "h.dot", b"digraph"),
        (&["validate", POLICY, "--out"], "v.sarif", b"{"),
        (&["facts", ACME, "--relation", "member", "--out"], "f.csv", b"user,"),
    ] {
        let (code, out, err) = entail(folder.path(), &[arguments, &[name]].concat());
        assert!(code != Some(2) && out.is_empty(), "{name}: {err}");
        assert!(at(name).starts_with(start), "{name}");
    }
    let (code, _, err) = entail(folder.path(), &[&bob[..], &["-"]].concat());
    assert!(code == Some(2) && err.contains("leave `--out` out"), "{err}");
    assert!(!folder.path().join("-").exists());
}

#[test]
fn a_link_that_leads_nowhere_takes_no_output() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().expect("a folder");
    symlink("not-there/answer.json", folder.path().join("broken.json")).expect("a link");
    symlink("loop.json", folder.path().join("loop.json")).expect("a link");
    for name in ["broken.json", "loop.json"] {
        for force in [&[][..], &["--force"]] {
            let (code, out, err) =
                entail(folder.path(), &[&["validate", POLICY, "--out", name], force].concat());
            assert!(code == Some(2) && out.is_empty(), "{name}: {out}{err}");
            assert!(err.contains(&format!("`{name}` is a link that leads nowhere")), "{name}: {err}");
            assert!(err.contains("help: remove the link"), "{name}: {err}");
        }
        assert!(folder.path().join(name).is_symlink(), "{name}");
    }
}

#[test]
fn links_of_an_estate_that_lead_nowhere_or_back_are_named() {
    use std::os::unix::fs::symlink;
    let account = "444444444444";
    let made = |link: &str, target: &str| {
        let folder = TempDir::new().expect("a folder");
        let accounts = folder.path().join("e/accounts");
        fs::create_dir_all(accounts.join(account)).expect("a folder");
        let file = format!("accounts/{account}/authorization-details.json");
        fs::copy(Path::new(ACME).join(&file), folder.path().join("e").join(&file)).expect("a file");
        symlink(target, accounts.join(link)).expect("a link");
        folder
    };
    for (target, code) in [
        ("..", "link-back"),
        (".", "link-back"),
        ("../..", "link-back"),
        ("nowhere", "broken-link"),
        ("555555555555", "broken-link"),
    ] {
        let folder = made("555555555555", target);
        let (exit, _, err) = entail(folder.path(), &["report", "e"]);
        assert!(exit == Some(2) && err.contains(&format!("error[{code}]")), "{target}: {err}");
        assert!(
            err.contains("--> e/accounts/555555555555") && err.contains("help: remove the link"),
            "{target}: {err}"
        );
    }
    // An estate may be put together of links.
    let folder = made("555555555555", &format!("{ACME}/accounts/555555555555"));
    let (exit, out, err) = entail(folder.path(), &["report", "e"]);
    assert!(exit == Some(0) && out.contains("555555555555"), "{err}");
    let (exit, _, err) = entail(folder.path(), &["report", "e/accounts/not-there"]);
    assert!(exit == Some(2) && err.contains("not-found"), "{err}");
}

#[test]
fn of_two_times_the_one_of_the_context_counts_and_that_is_said() {
    let folder = TempDir::new().expect("a folder");
    let said = |arguments: &[&str]| {
        let (code, _, err) = entail(folder.path(), arguments);
        assert!(code != Some(2), "{err}");
        err.contains("warning[usage]: `--now` is of no account: `--context aws:")
    };
    let ask = |more: &[&str]| said(&[&["can", ACME, "bob", "iam:ListUsers"], more].concat());
    let time = "aws:CurrentTime=2026-01-31T00:00:00Z";
    assert!(ask(&["--now", "2026-02-01", "--context", time]));
    assert!(ask(&["--now", "2026-02-01", "--context", "aws:EpochTime=0"]));
    assert!(!ask(&["--now", "2026-01-31", "--context", time]));
    assert!(!ask(&["--now", "2026-01-31", "--context", "aws:EpochTime=1769817600"]));
    assert!(!ask(&["--context", time]));
    assert!(said(&["who-can", ACME, "iam:ListUsers", "--now", "2026-02-01", "--context", time]));
}

#[test]
fn a_file_is_replaced_where_that_is_asked_for() {
    let folder = TempDir::new().expect("a folder");
    for arguments in [
        &["can", ACME, "bob", "iam:ListUsers", "--out", "x"][..],
        &["become", ACME, "--out", "x"],
        &["validate", POLICY, "--out", "x"],
        &["simulate", concat!(env!("CARGO_MANIFEST_DIR"), "/examples/scenarios.jsonl"), "--out", "x"],
        &["what-can", ACME, "bob", "--out", "x"],
        &["facts", ACME, "--relation", "member", "--out", "x"],
    ] {
        fs::write(folder.path().join("x"), "before").expect("writable");
        let (code, _, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains("`--force` replaces a file"), "{err}");
        let (code, _, err) = entail(folder.path(), &[arguments, &["--force"]].concat());
        assert_ne!(code, Some(2), "{arguments:?}\n{err}");
        assert_ne!(fs::read(folder.path().join("x")).expect("written"), b"before", "{arguments:?}");
    }
    fs::create_dir(folder.path().join("d")).expect("a folder");
    let (code, _, err) = entail(folder.path(), &["become", ACME, "--out", "d", "--force"]);
    assert!(code == Some(2) && err.contains("no regular file"), "{err}");
    let (code, _, err) = entail(folder.path(), &["report", ACME, "--out", "d", "--force"]);
    assert!(code == Some(2) && err.contains("a report is a directory"), "{err}");
}

#[test]
fn wrong_usage_leaves_no_file() {
    let folder = TempDir::new().expect("a folder");
    let idle = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/rules/idle.rules");
    for arguments in [
        &["validate", ACME, "--kind", "scp", "--out", "v.json"][..],
        &["validate", POLICY, "--account", "444444444444", "--out", "v.sarif"],
        &["check", ACME, idle, "--write-baseline", "x", "--out", "x"],
        &["check", ACME, idle, "--write-baseline", "./x", "--out", "x"],
    ] {
        let (code, out, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains("error[usage]") && out.is_empty(), "{arguments:?}\n{err}");
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 0, "{arguments:?}");
    }
    let (_, out, _) = entail(folder.path(), &["validate", POLICY, "--account", "444444444444"]);
    assert_eq!(out, "");
}

#[test]
fn what_has_no_end_is_refused() {
    let folder = TempDir::new().expect("a folder");
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().expect("mkfifo").success());
    for arguments in [&["fmt", "/dev/zero"][..], &["fmt", "pipe"], &["fmt", "--check", "/dev/zero"]] {
        let (code, _, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains("neither a folder nor a regular file"), "{err}");
    }
    for arguments in [
        &["check", ACME, "--baseline", "/dev/zero"][..],
        &["check", ACME, "--suppressions", "/dev/zero"],
        &["query", ACME, "member(A, B)", "--rules", "/dev/zero"],
        &["test", "/dev/zero"],
    ] {
        let (code, _, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains("has more than"), "{arguments:?}\n{err}");
    }
    let (code, _, err) = entail(folder.path(), &["can", ACME, "bob", "iam:ListUsers", "--jobs", "99999"]);
    assert!(code == Some(2) && err.contains("a number of threads from 1 to 1024"), "{err}");
}

#[test]
fn flags_without_effect_are_refused() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("a.facts"), "").expect("writable");
    let idle = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/rules/idle.rules");
    for (arguments, said) in [
        (
            &["can", ACME, "bob", "iam:ListUsers", "--why", "--format", "csv"][..],
            "no place for what `--why` says",
        ),
        (
            &["can", ACME, "bob", "iam:ListUsers", "--why", "--out", "x.parquet"],
            "no place for what `--why` says",
        ),
        (&["become", ACME, "--why", "--format", "dot"], "no place for what `--why` says"),
        (&["become", ACME, "--why", "--out", "x.svg"], "no place for what `--why` says"),
        (&["facts", "a.facts", "--now", "2026-01-01"], "there is none"),
        (&["facts", "--as-rules", POLICY, "--assume", "nothing"], "there is none"),
        (&["test", idle, "--only", "zzz"], "no test has a name that contains `zzz`"),
        (&["report", ACME, "--principal", "*:user/bbo"], "no principal has a name that matches `*:user/bbo`"),
        (&["report", ACME, "--principal", ""], "`--principal` is empty"),
        (&["can", ACME, "--requests", "-", "--session-policy", "-"], "not both"),
    ] {
        let (code, _, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains(said), "{arguments:?}\n{err}");
    }
    let (code, _, err) =
        entail(folder.path(), &["report", ACME, "--principal", "*:user/bob", "--kind", "role"]);
    assert!(code == Some(0) && err.contains("the narrowing leaves none"), "{err}");
}

#[test]
fn a_folder_whose_name_is_not_utf8_is_said() {
    let folder = TempDir::new().expect("a folder");
    let odd = folder.path().join("accounts").join(std::ffi::OsStr::from_bytes(b"1\xff"));
    fs::create_dir_all(&odd).expect("a folder");
    fs::write(odd.join("authorization-details.json"), "{}").expect("writable");
    let (code, _, err) = entail(folder.path(), &["report", "."]);
    assert!(code == Some(2) && err.contains("its name is not UTF-8"), "{err}");
}

/// An estate whose names and values hold what a terminal obeys.
fn hostile() -> TempDir {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::111111111111:user/u\u{1b}[31m"},
        "Condition": {"StringEquals": {"sts:ExternalId": "one\u{0}\ntwo\u{1b}]0;x\u{7}"}}}]});
    written(&json!({"accounts/111111111111/authorization-details.json": {
        "UserDetailList": [{"UserName": "u\u{1b}[31m", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/",
            "Arn": "arn:aws:iam::111111111111:user/u\u{1b}[31m", "GroupList": [], "AttachedManagedPolicies": [],
            "Tags": [], "UserPolicyList": []}],
        "RoleDetailList": [{"RoleName": "r", "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Tags": [],
            "Arn": "arn:aws:iam::111111111111:role/r", "AttachedManagedPolicies": [], "RolePolicyList": [],
            "AssumeRolePolicyDocument": trust}],
        "GroupDetailList": [], "Policies": []}}))
}

#[test]
fn control_characters_reach_no_terminal_and_no_picture() {
    let estate = hostile();
    let is_odd = |character: char| character.is_control() && character != '\n' && character != '\t';
    for format in ["table", "json", "jsonl", "csv", "dot", "mermaid", "graphml", "opengraph", "svg"] {
        let (code, out, err) = entail(estate.path(), &["become", ".", "--to", "r", "--format", format]);
        assert_eq!(code, Some(0), "{format}\n{err}");
        assert!(!out.contains(is_odd) && !err.contains(is_odd), "{format}\n{out:?}\n{err:?}");
        assert!(
            format == "svg" || out.contains("u\\u001b[31m") || out.contains("u\\\\u001b[31m"),
            "{format}\n{out}"
        );
    }
    let (_, out, _) = entail(estate.path(), &["become", ".", "--to", "r", "--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert!(value.to_string().contains("one\\u0000\\ntwo"), "JSON has the values as they are");
    let (_, out, _) = entail(estate.path(), &["become", ".", "--to", "r", "--why"]);
    assert!(out.contains("sts:externalid = one\\u0000\\ntwo\\u001b]0;x\\u0007\n"), "{out}");
    let (_, out, _) = entail(estate.path(), &["report", "."]);
    assert!(!out.contains(is_odd), "{out:?}");
}

#[test]
fn what_is_wrong_comes_with_a_remedy() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    fs::write(folder.path().join("cut.json"), "{\"UserDetailList\": [").expect("writable");
    fs::write(folder.path().join("text.json"), "no JSON").expect("writable");
    fs::write(folder.path().join("none.json"), "").expect("writable");
    for (arguments, said, help) in [
        (&["can", ACME, "zzzzzzzzzz", "iam:ListUsers"][..], "no principal is called", "--relation principal"),
        (&["report", "empty"], "no files of a known layout", "docs/collecting.md"),
        (&["report", "cut.json"], "ends before it is complete", "collect the file again"),
        (&["report", "text.json"], "not-json", "collect the file again"),
        (
            &["check", ACME, "--baseline", "none.json"],
            "the file ends before its JSON does",
            "--write-baseline",
        ),
        (&["who-can", ACME, "s3:Nope*"], "`s3:Nope*` matches no action", "`entail catalog PATTERN`"),
        (&["catalog", "*"], "no service `*`", "as in `*:TagResource`"),
        (&["can", ACME, "bob", "iam:ListUsers", "--now", "x"], "expected a date or an instant", "T12:00:00Z"),
    ] {
        let (code, out, err) = entail(folder.path(), arguments);
        assert!(code == Some(2) && err.contains(said) && err.contains(help), "{arguments:?}\n{err}");
        assert_eq!(out, "", "{arguments:?}");
    }
    let (_, out, err) = entail(folder.path(), &["validate", "nowhere.json"]);
    assert_eq!(out, "", "{err}");
}

#[test]
fn what_is_left_out_of_a_document_is_told_in_short() {
    let folder = TempDir::new().expect("a folder");
    let (code, _, err) = entail(folder.path(), &["what-can", ACME, "founder", "--expand", "--split"]);
    assert_eq!(code, Some(0));
    let longest = err.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 1000 && err.contains("* except ") && err.contains(" more on "), "{longest}");
    assert!(!err.contains("s3:deletebucketpolicy"), "{err}");
}

#[test]
fn a_stranger_is_open_once() {
    let folder = TempDir::new().expect("a folder");
    let stranger = "arn:aws:iam::999999999999:role/x";
    let (_, out, _) = entail(folder.path(), &["can", ACME, stranger, "sts:GetCallerIdentity", "*"]);
    assert!(!out.contains("missing: policies"), "{out}");
}
