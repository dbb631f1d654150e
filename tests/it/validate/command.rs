//! The command: arguments, formats, exit codes.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::*;

/// Runs the command on a policy: exit code, standard output and standard error.
fn run(policy: &str, options: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.json");
    fs::write(&file, policy).expect("a file");
    entail(&[&[file.to_str().expect("a name")], options].concat())
}

fn entail(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .arg("validate")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const MISSPELT: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"}}"#;
const WIDE: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

#[test]
fn exit_codes_tell_what_was_found() {
    assert_eq!(run(MISSPELT, &[]).0, Some(1));
    assert_eq!(run(MISSPELT, &["--allow", "unknown-action"]).0, Some(0));
    assert_eq!(run(MISSPELT, &["--severity", "error"]).0, Some(0));
    let (code, out, _) = run(WIDE, &[]);
    assert!(code == Some(0) && out.contains("note[allow-all]"), "notes alone are clean: {out}");
    let (code, _, err) = run(WIDE, &["--allow", "allow-al"]);
    assert!(code == Some(2) && err.contains("did you mean `allow-all`?"), "{err}");
    assert_eq!(entail(&["no/such/file.json"]).0, Some(2));
    assert_eq!(entail(&[]).0, Some(2));
}

/// What is no JSON at all is a finding like others, whatever is asked for, and the exit code says that it was not read.
#[test]
fn what_cannot_be_read_is_a_finding_with_its_place() {
    let bad = |name: &str| format!("{}/tests/bad/{name}.json", env!("CARGO_MANIFEST_DIR"));
    for (file, code, line, column) in [
        ("identity-not-json", "not-json", 4, 17),
        ("identity-truncated", "truncated-json", 4, 40),
        ("identity-not-utf-8", "not-utf-8", 3, 29),
        ("identity-trailing-text", "not-json", 2, 1),
    ] {
        let file = bad(file);
        let (exit, out, err) = entail(&[&file, "--format", "json", "--severity", "error", "--allow", code]);
        assert_eq!((exit, &*err), (Some(2), ""), "{file}");
        let value: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&value["summary"]["errors"], &value["summary"]["documents"]), (&1.into(), &1.into()));
        let finding = &value["findings"][0];
        assert_eq!((&finding["code"], &finding["severity"]), (&code.into(), &"error".into()), "{file}");
        assert_eq!((&finding["line"], &finding["column"]), (&line.into(), &column.into()), "{file}");
        assert!(finding["file"].as_str().is_some_and(|name| name == file));
        let (exit, out, _) = entail(&[&file, "--format", "jsonl"]);
        assert!(exit == Some(2) && out.lines().count() == 1 && out.contains(code), "{out}");
        let (exit, out, _) = entail(&[&file, "--format", "csv"]);
        assert!(exit == Some(2) && out.lines().count() == 2 && out.contains(code), "{out}");
        let (exit, out, _) = entail(&[&file, "--format", "sarif"]);
        let log: Value = serde_json::from_str(&out).expect("JSON");
        let result = &log["runs"][0]["results"][0];
        assert_eq!((exit, &result["ruleId"], &result["level"]), (Some(2), &code.into(), &"error".into()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startLine"], &region["startColumn"]), (&line.into(), &column.into()));
        let (exit, out, err) = entail(&[&file]);
        let shown =
            out.contains(&format!("error[{code}]")) && out.contains(&format!("{file}:{line}:{column}"));
        assert!(exit == Some(2) && shown && err.is_empty(), "{out}{err}");
    }
    // What else is looked at is not lost by it.
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.json");
    fs::write(&good, MISSPELT).expect("a file");
    let (exit, out, _) =
        entail(&[&bad("identity-truncated"), good.to_str().expect("a name"), "--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((exit, &value["summary"]["documents"]), (Some(2), &2.into()));
    assert_eq!((&value["summary"]["errors"], &value["summary"]["warnings"]), (&1.into(), &1.into()));
    // White space before, and a policy in a string.
    let (_, out, _) = run("\n\n  {\"Version\": x}", &["--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&value["findings"][0]["line"], &value["findings"][0]["column"]), (&3.into(), &15.into()));
    let (exit, out, _) = run("  \"{\\\"Version\\\": \"", &["--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((exit, &value["findings"][0]["code"]), (Some(2), &"truncated-json".into()));
}

#[test]
fn a_compressed_policy_is_read_as_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).expect("a file");
        file.to_str().expect("a name").to_owned()
    };
    let compressed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("written");
        encoder.finish().expect("complete")
    };
    let (code, out, err) = entail(&[&write("policy.json.gz", &compressed(MISSPELT))]);
    assert!(code == Some(1) && out.contains("unknown-action"), "{out}{err}");
    let export = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let (code, out, err) = entail(&[&write("export.json.gz", &compressed(export))]);
    assert!(code != Some(1) && !out.contains("missing-element"), "{out}{err}");
    let (code, _, err) = entail(&[&write("plain.json.gz", MISSPELT.as_bytes())]);
    assert!(code == Some(2) && err.contains("plain.json.gz"), "{err}");
}

#[test]
fn a_policy_is_read_as_what_it_seems_to_be() {
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}}"#;
    assert_eq!(run(trust, &[]).0, Some(0));
    for call in ["sts:*", "sts:SetContext"] {
        // In the policy of a resource the service would need a source.
        let of_service = trust
            .replace(r#""AWS": "111111111111""#, r#""Service": "ec2.amazonaws.com""#)
            .replace(r#""sts:AssumeRole""#, &format!(r#"["{call}", "sts:AssumeRole"]"#));
        let (code, out, _) = run(&of_service, &["--severity", "warning"]);
        assert_eq!(code, Some(0), "{call}: {out}");
    }
    let (code, out, _) = run(trust, &["--kind", "identity"]);
    assert!(code == Some(1) && out.contains("error[forbidden-element]"), "{out}");
    let bucket = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}}"#;
    assert_eq!(run(bucket, &[]).0, Some(0));
}

#[test]
fn the_sample_has_no_errors() {
    let (code, out, err) = entail(&["examples/acme"]);
    assert_eq!((code, err.as_str()), (Some(1), ""));
    insta::assert_snapshot!("validate_acme", out);
}

#[test]
fn rows_are_json_lines_and_csv() {
    let (_, out, _) = run(MISSPELT, &["--format", "json"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(value["summary"]["warnings"], 1);
    let finding = &value["findings"][0];
    assert_eq!((&finding["code"], &finding["line"]), (&Value::from("unknown-action"), &Value::from(1)));
    assert_eq!(finding["path"], "$.Statement.Action");
    let (_, out, _) = run(MISSPELT, &["--format", "jsonl"]);
    assert_eq!(out.lines().count(), 1);
    let (_, out, _) = run(MISSPELT, &["--format", "csv"]);
    assert!(out.starts_with("severity,code,message,"), "{out}");
}

#[test]
fn sarif_has_rules_and_places() {
    let (code, out, _) = run(MISSPELT, &["--format", "sarif"]);
    assert_eq!(code, Some(1));
    let log: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let listed = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(listed.len(), rules().len());
    assert!(listed.iter().all(|rule| rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty())));
    let result = &run["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&Value::from("unknown-action"), &Value::from("warning"))
    );
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(listed[index]["id"], "unknown-action");
    let location = &result["locations"][0];
    let physical = &location["physicalLocation"];
    assert!(physical["artifactLocation"]["uri"].as_str().is_some_and(|uri| uri.ends_with("policy.json")));
    let column = MISSPELT.find("\"s3:GetObjct").expect("it is there") + 1;
    assert_eq!(
        (&physical["region"]["startLine"], &physical["region"]["startColumn"]),
        (&1.into(), &column.into())
    );
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "$.Statement.Action");
    let (_, again, _) = entail(&["examples/acme", "--format", "sarif"]);
    let again: Value = serde_json::from_str(&again).expect("JSON");
    let results = again["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["locations"][0]["physicalLocation"].is_object()));
}

#[test]
fn the_page_lists_every_code() {
    let page = include_str!("../../../docs/validate.md");
    let mut listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    listed.sort_unstable();
    let mut expected: Vec<String> = rules()
        .iter()
        .map(|rule| format!("| `{}` | {} | {} |", rule.code, rule.meaning, rule.remedy))
        .collect();
    expected.sort_unstable();
    let codes: BTreeSet<&str> = rules().iter().map(|rule| rule.code).collect();
    assert_eq!(codes.len(), rules().len(), "a code stands for two things");
    assert_eq!(listed, expected);
}

/// Files that are read only when somebody asks are looked at, too.
#[test]
fn files_beside_an_estate_are_read() {
    let details = r#"{"UserDetailList": [{"Arn": "arn:aws:iam::111111111111:user/u"}], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": []}"#;
    let cases = [
        ("identity-center.json", r#"{"Instances": {}}"#, "identity-center.json:1:15, at $.Instances"),
        ("identity-center.json", "{}", "`Instances` is missing"),
        ("accounts/111111111111/credential-report.csv", "user,arn\nbob\n", "credential-report.csv:1:1"),
        (
            "accounts/111111111111/service-last-accessed.json",
            "[\n{\"Arn\": 1}]",
            "service-last-accessed.json:2:",
        ),
    ];
    let run = |folder: &std::path::Path, more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_entail"))
            .arg("validate")
            .arg(folder)
            .args(more)
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (file, text, said) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("accounts/111111111111")).expect("a folder");
        fs::write(folder.path().join("accounts/111111111111/authorization-details.json"), details)
            .expect("a file");
        assert_eq!(run(folder.path(), &[]).0, Some(0), "without it");
        fs::write(folder.path().join(file), text).expect("a file");
        let (code, errors) = run(folder.path(), &[]);
        assert_eq!(code, Some(2), "{file}: {errors}");
        assert!(errors.contains(said) && errors.starts_with("error["), "{file}: {errors}");
    }
}

#[test]
fn documents_are_measured_by_what_they_are() {
    let sized = |kind: &str, action: &str, principal: &str, count: usize| {
        let resources: Vec<String> =
            (0..count).map(|number| format!("\"arn:aws:s3:::{number:05}/*\"")).collect();
        let resource =
            if kind == "trust" { "" } else { &*format!(r#", "Resource": [{}]"#, resources.join(", ")) };
        let accounts: Vec<String> = (0..count).map(|number| format!("\"{:012}\"", number + 1)).collect();
        let principal = match (principal, kind) {
            ("", _) => String::new(),
            (_, "trust") => format!(r#""Principal": {{"AWS": [{}]}}, "#, accounts.join(",   ")),
            (principal, _) => format!(r#""Principal": {principal}, "#),
        };
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", {principal}"Action": "{action}"{resource}}}}}"#
        );
        let (_, out, _) = run(&text, &["--kind", kind]);
        let line = out.lines().find(|line| line.contains("over-quota")).unwrap_or_default();
        line.split('[').next().unwrap_or_default().to_owned()
    };
    // An entry and its comma are 23 characters, an account with its comma 15.
    for (kind, action, principal, most, level) in [
        ("identity", "s3:GetObject", "", 6_144, "note"),
        ("boundary", "s3:GetObject", "", 6_144, "warning"),
        ("session", "s3:GetObject", "", 2_048, "warning"),
        ("scp", "s3:GetObject", "", 10_240, "warning"),
        ("rcp", "s3:GetObject", "\"*\"", 5_120, "warning"),
        ("resource", "s3:GetObject", "\"*\"", 20_480, "warning"),
        ("key", "kms:Decrypt", "\"*\"", 32_768, "warning"),
    ] {
        assert_eq!(sized(kind, action, principal, most / 23 + 1), level, "{kind}");
        assert_eq!(sized(kind, action, principal, most / 23 - 6), "", "{kind}");
    }
    assert_eq!(sized("identity", "s3:GetObject", "", 10_240 / 23 + 1), "warning");
    assert_eq!(sized("trust", "sts:AssumeRole", "some", 2_048 / 15 + 1), "note");
    assert_eq!(sized("trust", "sts:AssumeRole", "some", 2_048 / 15 - 8), "");
    assert_eq!(
        sized("resource", "sqs:SendMessage", "\"*\"", 2_000),
        "",
        "which service holds it is not known"
    );
}
