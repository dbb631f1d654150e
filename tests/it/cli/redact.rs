//! `--redact`: no name of the sample is in any output, and the output is the same each time.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use entail::catalog::Catalog;
use serde_json::{Value, json};

const ACME: &str = "examples/acme";

/// The exports of the sample.
fn exports(folder: &Path, found: &mut Vec<Value>) {
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            exports(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            let text = std::fs::read(&path).expect("an export");
            found.push(serde_json::from_slice(&text).expect("JSON"));
        }
    }
}

/// What names something in a value: accounts, principals, groups, resources, units, e-mail addresses, ids.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    const FIELDS: &[&str] = &[
        "UserName",
        "RoleName",
        "GroupName",
        "InstanceProfileName",
        "Email",
        "UserId",
        "RoleId",
        "GroupId",
        "Id",
        "MasterAccountEmail",
        "CanonicalUserId",
        "Alias",
    ];
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::String(text) if FIELDS.contains(&field.as_str()) => {
                        found.insert(text.clone());
                    }
                    Value::String(text) if field == "Arn" => {
                        let parts: Vec<&str> = text.splitn(6, ':').collect();
                        if parts.len() == 6 && parts[4] != "aws" {
                            found.extend(parts[5].rsplit(['/', ':']).next().map(str::to_owned));
                        }
                    }
                    value => names(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names(value, found)),
        Value::String(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

fn all_names() -> BTreeSet<String> {
    let mut values = Vec::new();
    exports(Path::new(ACME), &mut values);
    let mut found = BTreeSet::from(["acme".to_owned()]);
    values.iter().for_each(|value| names(value, &mut found));
    // What AWS calls so in every estate.
    let of_aws = |name: &String| {
        name.starts_with("AWSServiceRole")
            || [
                "OrganizationAccountAccessRole",
                "p-FullAWSAccess",
                "p-RCPFullAWSAccess",
                "token.actions.githubusercontent.com",
                "*",
            ]
            .contains(&name.as_str())
    };
    found.retain(|name| !of_aws(name));
    assert!(found.len() > 80, "{found:?}");
    found
}

/// Whether a text holds a name as a word of its own, and not as a part of a service such as `network-firewall`.
fn holds(text: &str, name: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric());
    let of_prefix = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let start = before.len() - before.chars().rev().take_while(|letter| of_prefix(*letter)).count();
        let end = at + name.len() + after.chars().take_while(|letter| of_prefix(*letter)).count();
        let of_service = Catalog::embedded().service(&text[start..end]).is_some();
        !is_part(before.chars().next_back()) && !is_part(after.chars().next()) && !of_service
    })
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(arguments)
        .args(["--redact"])
        .output()
        .expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("UTF-8"))
}

#[test]
fn no_name_of_the_sample_is_in_any_output() {
    const NOW: &str = "--now=2026-09-01";
    let names = all_names();
    let object = "arn:aws:s3:::acme-home/bob/notes.txt";
    let commands: &[&[&str]] = &[
        &["report", ACME, NOW],
        &["report", ACME, NOW, "--format", "json"],
        &["report", ACME, NOW, "--format", "jsonl"],
        &["report", ACME, NOW, "--format", "csv"],
        &["can", ACME, "bob", "s3:GetObject", object, "--why", NOW],
        &["can", ACME, "bob", "s3:GetObject", object, "--why", NOW, "--format", "json"],
        &["can", ACME, "founder", "organizations:CreateAccount", NOW],
        &["who-can", ACME, "s3:GetObject", "arn:aws:s3:::acme-*", "--why", NOW],
        &[
            "who-can",
            ACME,
            "sts:AssumeRole",
            "arn:aws:iam::444444444444:role/partner-export",
            NOW,
            "--format",
            "json",
        ],
        &["what-can", ACME, "arn:aws:iam::444444444444:user/bob"],
        &["what-can", ACME, "arn:aws:iam::444444444444:user/bob", "--format", "json"],
        &["validate", ACME],
        &["validate", ACME, "--format", "json"],
        &["validate", ACME, "--format", "sarif"],
        &["facts", ACME, NOW],
        &["facts", ACME, NOW, "--format", "jsonl"],
        &["query", ACME, NOW, "principal(Who, Kind, Account)"],
        &["query", ACME, NOW, "principal(Who, user, _), member(Who, Group)", "--format", "json"],
        &[
            "query",
            ACME,
            NOW,
            "can(Who, \"s3:GetObject\", \"arn:aws:s3:::acme-home/bob/notes.txt\")",
            "--why",
        ],
        &["query", ACME, NOW, "principals(\"bob\")"],
        &["check", ACME, NOW],
        &["check", ACME, NOW, "--format", "json"],
        &["check", ACME, NOW, "--format", "sarif"],
        &["check", ACME, NOW, "--format", "junit"],
        &["check", ACME, NOW, "--format", "csv"],
        &["can", ACME, "bobby", "s3:GetObject"],
        &["report", ACME, "--account", "444444444445"],
        &["report", ACME, "--ou", "Productoin"],
        &["report", "examples/acme-payroll"],
    ];
    for (number, arguments) in commands.iter().enumerate() {
        let (code, text) = run(arguments);
        assert!(text.len() > 20, "{arguments:?}: {text}");
        for name in &names {
            assert!(!holds(&text, name), "{arguments:?} shows `{name}`");
        }
        // Each kind of answer once more, which has to be the same.
        if number % 4 == 0 {
            assert_eq!(run(arguments), (code, text), "{arguments:?}");
        }
    }
}

#[test]
fn wrong_usage_shows_no_names_either() {
    let (code, err) = run(&["can", ACME, "bob", "alice"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("neither an action (`service:Name`) nor a resource (`arn:…` or `*`)"), "{err}");
    assert!(!err.contains("alice") && !err.contains("bob"), "{err}");
}

#[test]
fn no_name_of_the_sample_is_in_the_tables() {
    let names = all_names();
    let folder = tempfile::tempdir().expect("a folder");
    for format in ["csv", "jsonl"] {
        let out = folder.path().join(format);
        let out = out.to_str().expect("UTF-8");
        let (code, err) = run(&["report", ACME, "--format", format, "--out", out]);
        assert_eq!(code, Some(0), "{err}");
        let mut files = 0;
        for entry in Path::new(out).read_dir().expect("tables") {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("UTF-8");
            files += 1;
            for name in &names {
                assert!(!holds(&text, name), "{out} shows `{name}`");
            }
        }
        assert!(files > 10, "{files}");
    }
}

#[test]
fn the_shape_of_answers_stays() {
    let plain = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(["report", ACME, "--format", "json", "--now=2026-09-01"])
        .output()
        .expect("it runs");
    let plain: Value = serde_json::from_slice(&plain.stdout).expect("JSON");
    let (_, text) = run(&["report", ACME, "--format", "json", "--now=2026-09-01"]);
    let redacted: Value = serde_json::from_str(&text).expect("JSON");
    let of = |report: &Value| report["principals"].as_array().expect("principals").clone();
    assert_eq!(of(&plain).len(), of(&redacted).len());
    for (plain, redacted) in of(&plain).iter().zip(of(&redacted)) {
        for field in ["kind", "administrator", "effective_administrator", "services", "limited_by"] {
            assert_eq!(plain[field], redacted[field], "{plain}");
        }
        let arn = redacted["arn"].as_str().expect("a name");
        assert_eq!(plain["arn"].as_str().is_some_and(|arn| arn.starts_with("arn:")), arn.starts_with("arn:"));
        if let Some(account) = redacted["account"].as_str() {
            assert!(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()), "{account}");
            assert!(arn.contains(account), "{arn}");
        }
    }
}

#[test]
fn keys_are_secrets_and_inputs_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        format!("--redact-key={}", path.display())
    };
    let ask = |key: &str| run(&["what-can", ACME, "arn:aws:iam::444444444444:user/bob", key]);
    let (one, other) = (key("one", "0123456789abcdef"), key("other", "fedcba9876543210"));
    assert_eq!(ask(&one), ask(&one));
    assert_ne!(ask(&one), ask(&other));
    let (code, err) = ask(&key("short", "secret"));
    assert!(code == Some(2) && err.contains("the key has 6 bytes"), "{err}");
}

/// Runs with a text on standard input, a pipe.
fn run_on(text: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(arguments)
        .args(["--redact"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // A command that needs no more of it may end before all is written.
    let _ = child.stdin.take().expect("a pipe").write_all(text.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8"))
}

#[test]
fn what_comes_on_standard_input_is_redacted_too() {
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Sid": "Hush", "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:Putt"], "Resource": "arn:aws:s3:::zanzibar-ledger/*"}}"#;
    let scenario = r#"{"id": "zanzibar-ledger", "request": {"principal": "arn:aws:iam::987654321098:user/zoe",
        "action": "s3:GetObject", "resource": "arn:aws:s3:::zanzibar-ledger/x", "resource_account": "987654321098",
        "context": {}}}"#
        .replace('\n', " ");
    let request =
        r#"{"principal": "bob", "action": "s3:GetObject", "resource": "arn:aws:s3:::zanzibar-ledger/x"}"#;
    let object = "arn:aws:s3:::acme-home/bob/notes.txt";
    let named = ["zanzibar", "ledger", "zoe", "987654321098", "Hush", "bob", "acme-home"];
    for input in ["-", "/dev/stdin"] {
        let commands: &[(&str, Option<i32>, &[&str])] = &[
            (policy, Some(1), &["validate", input]),
            (policy, Some(1), &["validate", input, "--format", "sarif"]),
            (policy, Some(0), &["facts", "--as-rules", input]),
            (&scenario, Some(0), &["simulate", input]),
            (request, Some(3), &["can", ACME, "--requests", input]),
            (policy, Some(1), &["can", ACME, "ops-admin", "s3:PutObject", object, "--session-policy", input]),
        ];
        for (text, code, arguments) in commands {
            let (found, shown) = run_on(text, arguments);
            assert_eq!(found, *code, "{arguments:?}: {shown}");
            assert!(shown.len() > 20 && !shown.contains("unreadable"), "{arguments:?}: {shown}");
            for name in named {
                assert!(!holds(&shown, name), "{arguments:?} shows `{name}`: {shown}");
            }
        }
        let (code, shown) = run_on("{}", &["report", input]);
        assert_eq!(code, Some(2), "{shown}");
    }
}

/// An issuer of one's own stands in ARNs, in keys of conditions, and in documents: nowhere is it shown, and public ones are.
#[test]
fn issuers_are_hidden_wherever_they_stand() {
    let issuer = "login.initech.example/realms/initech";
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{issuer}");
    let github = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let trusts = |name: &str, provider: &str, condition: Value| {
        json!({"RoleName": name, "RoleId": "AROARRRRRRRRRRRRRRRRR", "Path": "/", "Tags": [], "RolePolicyList": [],
            "Arn": format!("arn:aws:iam::111111111111:role/{name}"), "AttachedManagedPolicies": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]}})
    };
    let own = trusts("own", &provider, json!({"StringEquals": {format!("{issuer}:sub"): "s"}}));
    let public = json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:x/y:*"}});
    // Nothing but this key holds the second issuer.
    let tested = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"StringLike": {"id.globex.example:sub": "g"}}}]});
    let user = json!({"UserName": "u", "UserId": "AIDAUUUUUUUUUUUUUUUUU", "Path": "/", "Tags": [], "GroupList": [],
        "Arn": "arn:aws:iam::111111111111:user/u", "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": tested}]});
    let folder = crate::small_estates::written(&json!({
        "accounts/111111111111/authorization-details.json": {"UserDetailList": [user], "GroupDetailList": [], "Policies": [],
            "RoleDetailList": [own, trusts("public", github, public)]},
    }));
    let estate = folder.path().to_str().expect("UTF-8");
    let role = "arn:aws:iam::111111111111:role/own";
    let user = "arn:aws:iam::111111111111:user/u";
    let tables = tempfile::tempdir().expect("a folder");
    let out = tables.path().join("tables");
    let commands: &[&[&str]] = &[
        &["become", estate, "--all-hops"],
        &["become", estate, "--format", "json"],
        &["become", estate, "--to", role, "--format", "csv"],
        &["become", estate, "--format", "dot"],
        &["who-can", estate, "sts:AssumeRoleWithWebIdentity", role, "--format", "json", "--why"],
        &["can", estate, user, "s3:GetObject", "arn:aws:s3:::b/k", "--why"],
        &["can", estate, user, "s3:GetObject", "arn:aws:s3:::b/k", "--why", "--format", "json"],
        &["what-can", estate, user],
        &["what-can", estate, user, "--format", "json"],
        &["what-can", estate, user, "--split"],
        &["validate", estate],
        &["validate", estate, "--format", "json"],
        &["facts", estate],
        &["query", estate, "assumes_if(Who, Role, When)", "--format", "json"],
        &["report", estate, "--external", "--format", "json"],
        &["report", estate, "--out", out.to_str().expect("UTF-8"), "--format", "csv"],
    ];
    let mut text = String::new();
    for command in commands {
        let (code, found) = run(command);
        assert!(code.is_some_and(|code| code != 2), "{command:?}: {found}");
        text.push_str(&format!("{command:?}\n{found}"));
    }
    for file in std::fs::read_dir(&out).expect("tables") {
        text.push_str(&std::fs::read_to_string(file.expect("a file").path()).expect("text"));
    }
    let shown: Vec<&str> = text
        .lines()
        .filter(|line| ["initech", "globex", "realms"].iter().any(|name| line.contains(name)))
        .collect();
    assert!(shown.is_empty(), "{shown:#?}");
    assert!(text.contains("token.actions.githubusercontent.com:sub"), "public issuers stay");
}
