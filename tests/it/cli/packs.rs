//! `check`, `test` and `new-pack`: what rules find, what of it counts, and how that is written.

use std::path::Path;
use std::process::Command;

use entail::datalog::check::Severity;
use entail::datalog::packs;
use entail::output::SeverityWord;
use serde_json::Value;
use tempfile::TempDir;

/// Groups, two of them empty, one with a statement that is known.
const FACTS: &str = r#"
group("ops", "111122223333").
group("empty", "111122223333").
group("idle", "111122223333").
member("alice", "ops").
group_attached("ops", "read-only").
group_attached("empty", "wide").
statement("wide", 0, allow, identity, "All", [], [], ["*"], [], ["*"], [], "", "iam/wide.json", 4).
"#;

const RULES: &str = r#"
/// Nobody is in the group.
.finding empty-group(Group) low
    "{Group} has no members"
    help "remove {Group}"
    :- group(Group, _), not member(_, Group).

/// What the group holds waits for whoever joins it.
.finding waiting-grant(Group, Policy) high
    "{Policy} waits in {Group}"
    at (Policy, Index)
    :- group(Group, _), not member(_, Group), group_attached(Group, Policy), statement_at(Policy, Index).

.finding never(User) critical "{User} is odd" :- member(User, "nobody").
"#;

/// A folder with `estate.facts` and `team.rules`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let statements = "statement_at(\"wide\", 0).\n";
    write(folder.path(), "estate.facts", &format!("{FACTS}{statements}"));
    write(folder.path(), "team.rules", RULES);
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("writable");
}

/// Exit code, standard output, standard error.
fn entail(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

fn check(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    entail(folder, &[&["check", "estate.facts", "team.rules", "--now=2026-06-01"], arguments].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn findings_are_shown_with_statements_and_remedies() {
    let folder = folder();
    let (code, out, err) = check(folder.path(), &[]);
    assert_eq!((code, err.as_str()), (1, ""));
    insta::assert_snapshot!("findings", out);
    let (code, out, _) = check(folder.path(), &["--format", "csv"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("findings_csv", out);
    let (_, out, _) = check(folder.path(), &["--format", "junit", "--fail-on", "high"]);
    insta::assert_snapshot!("findings_junit", out);
}

#[test]
fn only_findings_that_are_bad_enough_fail() {
    let folder = folder();
    for (severity, expected) in [("info", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0)] {
        assert_eq!(check(folder.path(), &["--fail-on", severity]).0, expected, "{severity}");
    }
    let (code, _, err) = check(folder.path(), &["--fail-on", "error"]);
    assert!(code == 2 && err.contains("expected `info`, `low`"), "{err}");
}

#[test]
fn sarif_has_statements_fingerprints_and_severities() {
    let folder = folder();
    let (_, out, _) = check(folder.path(), &["--format", "sarif"]);
    let run = &json(&out)["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(ids, ["empty-group", "never", "waiting-grant"]);
    assert_eq!(rules[0]["help"]["text"], "Nobody is in the group. remove …");
    assert_eq!(rules[1]["properties"]["security-severity"], "9.5");
    let results = run["results"].as_array().expect("results");
    let waiting = results.iter().find(|result| result["ruleId"] == "waiting-grant").expect("it is found");
    assert_eq!((&waiting["level"], &waiting["ruleIndex"]), (&"error".into(), &2.into()));
    let physical = &waiting["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "iam/wide.json");
    assert_eq!(physical["region"]["startLine"], 4);
    assert_eq!(waiting["partialFingerprints"]["entail/v1"].as_str().map(str::len), Some(32));
    assert!(waiting.get("baselineState").is_none(), "there is no baseline: {waiting}");
    let empty = results.iter().find(|result| result["ruleId"] == "empty-group").expect("it is found");
    let place = &empty["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "estate.facts", "a finding about no statement is located at the estate");
}

/// What texts name beside the key is data of the finding; lists stand without brackets in texts.
#[test]
fn what_messages_name_is_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let rules = r#"
.decl does(who: string, actions: [string], times: number)
does("eve", ["a:B", "c:D"], 3).
.finding busy(Who) low "{Who} does {Actions}" help "do it less than {Times} times" :- does(Who, Actions, Times).
.finding plain(Who) low "{Who} does something" :- does(Who, _, _).
"#;
    write(at, "busy.rules", rules);
    write(at, "empty.facts", "");
    let run = |format: &str| entail(at, &["check", "empty.facts", "busy.rules", "--format", format]).1;
    let found = json(&run("json"));
    let of = |rule: &str| {
        let findings = found["findings"].as_array().or(found.as_array()).expect("a list");
        findings.iter().find(|finding| finding["rule"] == rule).cloned().expect("it is found")
    };
    let details = serde_json::json!({"actions": ["a:B", "c:D"], "times": 3});
    assert_eq!((&of("busy")["details"], &of("busy")["message"]), (&details, &"eve does a:B, c:D".into()));
    assert!(of("plain").get("details").is_none());
    let sarif = json(&run("sarif"));
    assert_eq!(sarif["runs"][0]["results"][0]["properties"]["details"], details);
    assert!(run("csv").contains(r#""{""actions"":[""a:B"",""c:D""],""times"":3}""#), "{}", run("csv"));
}

/// What findings of decisions rest on is said in every format; where there is no statement, the place of the account is shown.
#[test]
fn what_is_assumed_and_where_accounts_are_listed_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    let rules = r#"
.finding open(Account) low "{Account}" at (Account, Index)
    :- left_open(Account, "sqs:SendMessage"), Index = -1.
.finding kept(Account) low "{Account}" at (Policy, Index)
    :- denied_by(Account, "cloudtrail:StopLogging", Policy, Index).
"#;
    write(folder.path(), "open.rules", rules);
    let file = folder.path().join("open.rules");
    let file = file.to_str().expect("UTF-8");
    let run = |format: &str| {
        entail(root, &["check", "examples/acme", file, "--now=2026-09-01", "--format", format])
    };
    let (_, table, _) = run("table");
    let last = table.lines().last().expect("lines");
    assert!(last.starts_with("  assumed     ") && last.contains("aws:ViaAWSService = false"), "{table}");
    assert!(table.contains("low[open]: 444444444444\n  --> examples/acme/organization.json:"), "{table}");
    let found = json(&run("json").1);
    assert_eq!(found["assumed"]["aws:SecureTransport"], "true");
    let findings = found["findings"].as_array().expect("findings");
    let of = |rule: &str, account: &str| {
        let is = |finding: &&Value| finding["rule"] == rule && finding["key"]["account"] == account;
        findings.iter().find(is).cloned().expect("it is found")
    };
    let open = of("open", "222222222222");
    assert_eq!(open["statements"], serde_json::json!([]));
    assert_eq!(
        (&open["place"]["name"], &open["place"]["path"]),
        (&"222222222222".into(), &"$.Accounts[1]".into())
    );
    let kept = of("kept", "222222222222");
    assert!(kept.get("place").is_none() && kept["statements"][0]["layer"] == "scp", "{kept}");
    let sarif = json(&run("sarif").1);
    assert_eq!(sarif["runs"][0]["properties"]["assumed"], found["assumed"]);
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let places: Vec<&Value> =
        results.iter().map(|result| &result["locations"][0]["physicalLocation"]).collect();
    assert!(places.iter().all(|place| place["artifactLocation"]["uri"] == "examples/acme/organization.json"));
    assert!(places.iter().all(|place| place["region"]["startLine"].as_u64() > Some(1)), "{places:?}");
    let (_, junit, _) = run("junit");
    assert!(junit.contains(r#"<property name="assumed aws:ViaAWSService" value="false"/>"#), "{junit}");
    for format in ["csv", "jsonl"] {
        let (_, out, err) = run(format);
        assert!(!out.contains("ViaAWSService"), "{out}");
        assert!(err.contains("note[assumed]: ") && err.contains("aws:SecureTransport = true"), "{err}");
    }
}

#[test]
fn fingerprints_follow_rule_and_key_and_nothing_else() {
    let folder = folder();
    let all = |rules: &str| -> Vec<String> {
        write(folder.path(), "team.rules", rules);
        let (_, out, _) = check(folder.path(), &["--format", "jsonl"]);
        let mut found: Vec<String> =
            out.lines().map(|line| json(line)["fingerprint"].as_str().expect("one").to_owned()).collect();
        found.sort();
        found
    };
    let before = all(RULES);
    assert_eq!(before.len(), 3);
    assert_eq!(before, all(&RULES.replace("has no members", "is empty").replace("low", "critical")));
    assert_eq!(before, all(&RULES.replace("Group", "Which")), "variables have no part in it");
    let renamed = all(&RULES.replace("empty-group", "bare-group"));
    assert_eq!(before.iter().filter(|one| renamed.contains(one)).count(), 1);
}

#[test]
fn a_baseline_makes_findings_known() {
    let folder = folder();
    let at = folder.path();
    let (code, _, err) = check(at, &["--write-baseline", "known.json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let baseline = std::fs::read_to_string(at.join("known.json")).expect("it is written");
    assert_eq!(json(&baseline)["findings"].as_array().map(Vec::len), Some(3));
    let (code, out, err) = check(at, &["--baseline", "known.json"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "3 rules: nothing found, 3 known\n", ""));
    // A new one counts, and one that is gone is told.
    let facts = std::fs::read_to_string(at.join("estate.facts")).expect("facts");
    let facts = facts.replace("group(\"idle\"", "group(\"fresh\"");
    write(at, "estate.facts", &facts);
    let (code, out, err) = check(at, &["--baseline", "known.json", "--format", "sarif"]);
    assert_eq!(code, 1);
    assert!(err.contains("a finding of the baseline is no more\n  --> known.json"), "{err}");
    let results = json(&out)["runs"][0]["results"].as_array().expect("results").clone();
    let states = results.iter().filter(|result| result["baselineState"] == "unchanged").count();
    assert_eq!((results.len(), states), (3, 2));
    // The same file is written anew; another is not replaced.
    assert_eq!(check(at, &["--baseline", "known.json", "--write-baseline", "known.json"]).0, 0);
    assert_eq!(check(at, &["--baseline", "known.json"]).0, 0);
    let (code, _, err) = check(at, &["--write-baseline", "team.rules"]);
    assert!(code == 2 && err.contains("only a baseline is replaced"), "{err}");
    assert!(std::fs::read_to_string(at.join("team.rules")).is_ok_and(|text| text == RULES));
    let (code, _, err) = check(at, &["--baseline", "nowhere.json"]);
    assert!(code == 2 && err.contains("error[unreadable]"), "{err}");
}

#[test]
fn a_baseline_says_nothing_of_rules_that_did_not_run() {
    let folder = folder();
    let at = folder.path();
    let empty = RULES.split("/// What the group").next().expect("rules");
    write(at, "less.rules", empty);
    let less = |arguments: &[&str]| {
        entail(at, &[&["check", "estate.facts", "less.rules", "--now=2026-06-01"], arguments].concat())
    };
    assert_eq!(check(at, &["--write-baseline", "known.json"]).0, 0);
    let (code, _, err) = less(&["--baseline", "known.json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    // What the other rules found stays known, and what is mended goes.
    assert_eq!(less(&["--baseline", "known.json", "--write-baseline", "known.json"]).0, 0);
    let (code, _, err) = check(at, &["--baseline", "known.json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let facts = std::fs::read_to_string(at.join("estate.facts")).expect("facts");
    write(at, "estate.facts", &facts.replace("group(\"idle\"", "group(\"fresh\""));
    assert_eq!(less(&["--write-baseline", "known.json"]).0, 0);
    let (_, _, err) = check(at, &["--baseline", "known.json"]);
    assert!(!err.contains("no more"), "{err}");
}

#[test]
fn suppressed_findings_are_new_only_if_the_baseline_lacks_them() {
    let folder = folder();
    let at = folder.path();
    assert_eq!(check(at, &["--write-baseline", "known.json"]).0, 0);
    write(at, "live.facts", "suppress(\"empty-group\", [], \"all of them\", \"2026-06-01\").\n");
    let facts = std::fs::read_to_string(at.join("estate.facts")).expect("facts");
    write(at, "estate.facts", &facts.replace("group(\"idle\"", "group(\"fresh\""));
    let sarif = ["--baseline", "known.json", "--suppressions", "live.facts", "--format", "sarif"];
    let (_, out, _) = check(at, &sarif);
    let results = json(&out)["runs"][0]["results"].as_array().expect("results").clone();
    let of = |state: &str| {
        let suppressed = results.iter().filter(|result| result["suppressions"].is_array());
        suppressed.filter(|result| result["baselineState"] == state).count()
    };
    assert_eq!((of("unchanged"), of("new")), (1, 1));
}

#[test]
fn suppressions_have_a_reason_and_an_end() {
    let folder = folder();
    let at = folder.path();
    write(
        at,
        "live.facts",
        concat!(
            "// Kept on purpose.\n",
            "suppress(\"empty-group\", [\"id*\"], \"kept for later\", \"2026-06-01\").\n",
            "suppress(\"empty-group\", [\"empty\"], \"was kept\", \"2026-05-31\").\n",
            "suppress(\"empty-group\", [\"ops\"], \"none such\", \"2026-12-31\").\n",
            "suppress(\"waiting-grants\", [], \"misspelt\", \"2026-12-31\").\n",
        ),
    );
    let (code, out, err) = check(at, &["--suppressions", "live.facts", "--all"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("suppressions", format!("{out}\n{err}"));
    write(at, "live.facts", "suppress(\"empty-group\", [\"idle\", \"*\"], \"why\", \"2026-12-31\").\n");
    let (_, _, err) = check(at, &["--suppressions", "live.facts"]);
    assert!(err.contains("its key has 2, and that of `empty-group` has 1: `"), "{err}");
    write(at, "live.facts", "suppress(\"empty-group\", [], \"all of them\", \"2026-06-01\").\n");
    let (code, out, err) = check(at, &["--suppressions", "live.facts", "--format", "jsonl"]);
    assert_eq!((code, err.as_str()), (1, ""));
    let suppressed = out.lines().map(json).filter(|row| row["status"] == "suppressed");
    assert_eq!(suppressed.count(), 2);
    // The rest is known, so that nothing counts.
    check(at, &["--suppressions", "live.facts", "--write-baseline", "known.json"]);
    assert_eq!(check(at, &["--suppressions", "live.facts", "--baseline", "known.json"]).0, 0);
    for (text, expected) in [
        ("suppress(\"a\", [], \" \", \"2026-06-01\").", "live.facts:1:1"),
        ("suppress(\"a\", [], \"why\", \"never\").", "`never` is no day"),
        ("suppress(\"a\", \"b\", \"why\", \"2026-06-01\").", "live.facts:1:15"),
        ("supress(\"a\", [], \"why\", \"2026-06-01\").", "did you mean `suppress`?"),
        ("suppress(\"a\"", "error"),
    ] {
        write(at, "live.facts", text);
        let (code, out, err) = check(at, &["--suppressions", "live.facts"]);
        assert!(code == 2 && out.is_empty() && err.contains(expected), "{text}: {err}");
    }
}

#[test]
fn packs_are_files_folders_and_names() {
    let folder = folder();
    let at = folder.path();
    let found = |packs: &[&str]| {
        let (code, out, err) = entail(
            at,
            &[&["check", "estate.facts"], packs, &["--format", "json", "--now=2026-06-01"]].concat(),
        );
        assert_ne!(code, 2, "{err}");
        json(&out)["findings"].as_array().map(Vec::len).expect("findings")
    };
    assert_eq!(found(&["team.rules"]), 3);
    assert_eq!(found(&["."]), 3);
    assert_eq!(found(&[".", "./team.rules", "team.rules"]), 3, "a finding counts once");
    // Findings of imported files are relations, and not reported.
    write(
        at,
        "own.rules",
        ".import \"team.rules\"\n.finding own(Group) info \"{Group}\" :- empty-group(Group).\n",
    );
    assert_eq!(found(&["own.rules"]), 2);
    for pack in packs::SHIPPED {
        assert_eq!(found(&[pack.name]), found(&[&format!("entail:{}", pack.name)]));
    }
    let (code, _, err) = entail(at, &["check", "estate.facts", "loose-end", "nowhere/"]);
    assert!(
        code == 2 && err.contains("did you mean `loose-ends`?") && err.contains("`nowhere/` is no file"),
        "{err}"
    );
    std::fs::create_dir(at.join("bare")).expect("a folder");
    let (code, _, err) = entail(at, &["check", "estate.facts", "bare"]);
    assert!(code == 2 && err.contains("has no file that ends in `.rules`"), "{err}");
    write(at, "team.rules", "a(X) :- b(X).\n.finding c(X) low \"\" :- group(X).\n");
    let (code, out, err) = entail(at, &["check", "estate.facts", "team.rules"]);
    assert!(code == 2 && out.is_empty() && err.matches("team.rules:").count() >= 2, "{err}");
}

#[test]
fn two_packs_with_a_finding_of_one_name_are_refused() {
    let folder = folder();
    let at = folder.path();
    for (pack, severity) in [("a.rules", "low"), ("b.rules", "critical")] {
        write(at, pack, &format!(".finding f(G) {severity} \"{{G}}\" :- group(G, _).\n"));
    }
    let arguments = ["check", "estate.facts", "a.rules", "b.rules", "--fail-on", "critical"];
    let (code, out, err) = entail(at, &arguments);
    assert!(code == 2 && out.is_empty(), "{err}");
    assert!(err.contains("two packs have a finding `f`") && err.contains("b.rules:1:"), "{err}");
    assert!(err.contains("the other is at a.rules:1:"), "{err}");
}

const TESTED: &str = r#"
.decl leads(from: string, to: string)
.decl hop(from: string, to: string)
leads(From, To) :- hop(From, To).
leads(From, To) :- leads(From, Via), hop(Via, To).
.finding far(From, To) medium "{From} leads to {To}" :- leads(From, To), not hop(From, To).

.test "a chain" {
    hop("a", "b").
    hop("b", "c").
    expect leads("a", "c").
    expect not leads("c", _).
    expect far("a", "c").
}
.test "nothing" { expect not leads(_, _). }
"#;

#[test]
fn tests_pass_or_fail_with_their_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(at, "far.rules", TESTED);
    let (code, out, err) = entail(at, &["test", "far.rules"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "far.rules\n  ok      a chain\n  ok      nothing\n\n2 passed, 0 failed\n");
    write(at, "far.rules", &TESTED.replace("expect far(\"a\", \"c\")", "expect far(\"a\", \"b\")"));
    let (code, out, _) = entail(at, &["test", "far.rules"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("failed_test", out);
    let (code, out, _) = entail(at, &["test", "far.rules", "--only", "noth"]);
    assert!(code == 0 && out.contains("1 passed"), "{out}");
    let (_, out, _) = entail(at, &["test", "far.rules", "--format", "json"]);
    assert_eq!((&json(&out)["passed"], &json(&out)["failed"]), (&1.into(), &1.into()));
    let (code, out, _) = entail(at, &["test", "far.rules", "--format", "junit", "--out", "tests.xml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!(
        "tests_junit",
        std::fs::read_to_string(at.join("tests.xml")).expect("it is written")
    );
    write(at, "far.rules", ".test \"x\" { hop(\"a\", \"b\"). }");
    let (code, _, err) = entail(at, &["test", "far.rules"]);
    assert!(code == 2 && err.contains("far.rules:1:"), "{err}");
}

#[test]
fn snapshots_hold_all_that_tests_find() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let silent = TESTED.replace("    expect far(\"a\", \"c\").\n", "");
    write(at, "far.rules", &silent);
    let (code, out, _) = entail(at, &["test", "far.rules", "--accept"]);
    assert!(code == 0 && out.contains("accepted far.snap"), "{out}");
    let snapshot = std::fs::read_to_string(at.join("far.snap")).expect("it is written");
    insta::assert_snapshot!("snapshot", snapshot);
    let (code, out, _) = entail(at, &["test", "far.rules", "--accept"]);
    assert!(code == 0 && !out.contains("accepted"), "nothing changed: {out}");
    let (code, out, _) = entail(at, &["test", "far.rules"]);
    assert!(code == 0 && out.contains("3 passed"), "{out}");
    write(at, "far.rules", &silent.replace("{From} leads to {To}", "{To} is reached by {From}"));
    let (code, out, _) = entail(at, &["test", "far.rules"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("snapshot_difference", out);
    assert!(
        std::fs::read_to_string(at.join("far.snap")).is_ok_and(|text| text == snapshot),
        "only --accept writes"
    );
    for way in ["--accept", "--review"] {
        let (code, _, err) = entail(at, &["test", "far.rules", way, "--redact"]);
        assert!(code == 2 && err.contains("a snapshot holds names"), "{err}");
    }
    let (code, out, err) = entail(at, &["test", "far.rules", "--review"]);
    assert!(code == 2 && out.is_empty() && err.contains("there is none"), "nobody can be asked: {err}");
}

#[test]
fn a_test_that_expects_nothing_fails_without_a_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    write(
        at,
        "a.rules",
        ".finding odd(User) low \"{User}\" :- member(User, _).\n.test \"x\" { member(\"a\", \"b\"). }\n",
    );
    let (code, out, _) = entail(at, &["test", "a.rules"]);
    assert!(code == 1 && out.contains("nothing is expected"), "{out}");
    assert_eq!(entail(at, &["test", "a.rules", "--accept"]).0, 0);
    assert_eq!(entail(at, &["test", "a.rules"]).0, 0);
}

#[test]
fn tests_read_estates_beside_their_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), at.join("examples"))
        .expect("a link");
    write(
        at,
        "a.rules",
        concat!(
            ".finding user(User) low \"{User}\" :- principal(User, user, _).\n",
            ".test \"the sample\" estate \"examples/acme\" {\n",
            "    expect user(\"arn:aws:iam::444444444444:user/bob\").\n",
            "    expect not user(\"arn:aws:iam::444444444444:user/nobody\").\n}\n",
        ),
    );
    let (code, out, err) = entail(at, &["test", "a.rules"]);
    assert_eq!(code, 0, "{out}{err}");
    write(at, "a.rules", ".test \"lost\" estate \"nowhere\" { expect principal(_, _, _). }");
    let (code, _, err) = entail(at, &["test", "a.rules"]);
    assert!(code == 2 && err.contains("nowhere"), "{err}");
}

#[test]
fn a_new_pack_passes_its_tests_and_finds_something() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (code, out, err) = entail(at, &["new-pack", "our-rules"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let (code, out, err) = entail(at, &["test", "our-rules"]);
    assert!(code == 0 && out.contains("2 passed, 0 failed"), "{out}{err}");
    let (code, out, err) = entail(at, &["fmt", "--check", "our-rules/our-rules.rules"]);
    assert_eq!(code, 0, "{out}{err}");
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
    let (code, out, err) = entail(at, &["check", acme.to_str().expect("UTF-8"), "our-rules"]);
    assert!(code == 1 && out.contains("low[our-rules-user-with-policy]"), "{out}{err}");
    let (code, _, err) = entail(at, &["new-pack", "our-rules"]);
    assert!(code == 2 && err.contains("exists already"), "{err}");
    for name in ["Our", "1st", "a_b", "a-", "nowhere/b"] {
        assert_eq!(entail(at, &["new-pack", name]).0, 2, "{name}");
    }
}

/// Whoever adds a folder to a repository must not switch off its checks.
#[test]
fn a_folder_does_not_take_the_place_of_a_pack() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let (code, _, err) = entail(at, &["new-pack", "escalation"]);
    assert!(code == 2 && err.contains("`our-escalation`"), "{err}");
    std::fs::create_dir(at.join("escalation")).expect("a folder");
    std::fs::write(at.join("escalation/a.rules"), "").expect("written");
    std::fs::write(at.join("estate.facts"), "").expect("written");
    for command in [&["check", "estate.facts", "escalation"][..], &["test", "escalation"]] {
        let (code, _, err) = entail(at, command);
        assert!(code == 2 && err.contains("`entail:escalation` or `./escalation`"), "{command:?}: {err}");
    }
    let (code, _, err) = entail(at, &["check", "estate.facts", "./escalation"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn shipped_packs_pass_their_tests_and_are_laid_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(!packs::SHIPPED.is_empty());
    for pack in packs::SHIPPED {
        let file = format!("rules/{}.rules", pack.name);
        let (code, out, err) = entail(root, &["test", &file]);
        assert_eq!(code, 0, "{file}: {out}{err}");
        assert!(!out.starts_with("0 passed"), "{file} tests nothing");
        let (code, out, err) = entail(root, &["fmt", "--check", &file]);
        assert_eq!(code, 0, "{file}: {out}{err}");
    }
    let mut tests: Vec<String> = Vec::new();
    for pack in packs::SHIPPED {
        let Ok(folder) = root.join(format!("rules/{}/tests", pack.name)).read_dir() else { continue };
        let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().replace(".rules", "");
        tests.extend(folder.map(|entry| format!("{}/tests/{}", pack.name, name(entry.expect("an entry")))));
    }
    tests.sort();
    assert_eq!(tests, packs::TESTS.iter().map(|pack| pack.name).collect::<Vec<_>>());
    let (code, out, err) = entail(root, &["test", "escalation"]);
    let stated = packs::shipped("escalation").into_iter().chain(packs::tests("escalation"));
    let stated: usize = stated.map(|pack| pack.text.matches("\n.test \"").count()).sum();
    assert!(code == 0 && out.contains(&format!("{stated} passed, 0 failed")), "{stated}: {out}{err}");
    for part in packs::PARTS {
        let file = format!("rules/{}.rules", part.name);
        let (code, out, err) = entail(root, &["fmt", "--check", &file]);
        assert_eq!(code, 0, "{file}: {out}{err}");
    }
    let mut files: Vec<String> = root
        .join("rules")
        .read_dir()
        .expect("packs")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".rules").map(str::to_owned))
        .collect();
    files.sort();
    assert_eq!(files, packs::SHIPPED.iter().map(|pack| pack.name).collect::<Vec<_>>());
}

#[test]
fn severities_have_the_same_words_in_rules_and_answers() {
    let words =
        |severities: &[Severity]| severities.iter().map(|severity| severity.word()).collect::<Vec<_>>();
    let answers: Vec<&str> = SeverityWord::ALL.iter().map(|severity| severity.as_str()).collect();
    assert_eq!(words(&Severity::ALL), answers);
}

#[test]
fn the_workflow_runs_commands_that_there_are() {
    let workflow = include_str!("../../../examples/github-actions/check.yml");
    let commands: Vec<&str> =
        workflow.lines().map(str::trim).filter(|line| line.starts_with("entail ")).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let parsed = entail::cli::command().try_get_matches_from(command.split_whitespace());
        assert!(parsed.is_ok(), "{command}: {:?}", parsed.err());
    }
}
