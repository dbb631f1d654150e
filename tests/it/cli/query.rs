//! `query` and `relations`: questions in the rule language.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

const ACME: &str = "examples/acme";
const NOW: &str = "--now=2026-09-01";

/// Exit code, standard output, standard error, of a run in the repository with a text on standard input.
fn entail(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_entail"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // Whoever does not read it closes it.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

fn query(arguments: &[&str]) -> String {
    let (code, out, err) = entail(&[&["query", ACME, NOW], arguments].concat(), "");
    assert_eq!(code, 0, "{arguments:?}: {err}");
    out
}

#[test]
fn a_body_is_a_question_with_a_column_for_each_variable() {
    let text = "principal(User, user, \"444444444444\"), member(User, Group)";
    insta::assert_snapshot!("query_table", query(&[text]));
    let csv = query(&[text, "--format", "csv"]);
    assert_eq!(csv.lines().next(), Some("User,Group"));
    let rows: Vec<Value> = query(&[text, "--format", "jsonl"])
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), csv.lines().count() - 1);
    assert!(rows.iter().any(|row| row["User"] == "arn:aws:iam::444444444444:user/bob"), "{rows:?}");
    let whole: Vec<Value> = serde_json::from_str(&query(&[text, "--format", "json"])).expect("JSON");
    assert_eq!(whole, rows);
}

/// Decisions rest on what is assumed of requests: as in the answers of `can`, and only where the program asks for some.
#[test]
fn what_decisions_rest_on_is_said() {
    let text = r#"can(Who, "s3:GetObject", "arn:aws:s3:::acme-home/bob/x")"#;
    let table = query(&[text]);
    let last = table.lines().last().expect("lines");
    assert!(
        last.starts_with("  assumed     ")
            && last.contains("aws:SecureTransport = true, aws:ViaAWSService = false"),
        "{table}"
    );
    for format in ["csv", "json", "jsonl"] {
        let (code, out, err) = entail(&["query", ACME, NOW, text, "--format", format], "");
        assert!(code == 0 && !out.contains("ViaAWSService"), "{out}");
        assert!(err.contains("note[assumed]: ") && err.contains("aws:ViaAWSService = false"), "{err}");
        assert!(err.contains("aws:CurrentTime = 2026-09-01T00:00:00Z"), "{err}");
    }
    // Under an aggregate, too; and readings that were chosen.
    let counted = r#"N = count { Who : can(Who, "s3:GetObject", "arn:aws:s3:::acme-home/bob/x") }"#;
    assert!(query(&[counted, "--assume", "U-40=match"]).contains("U-40 = match"));
    let (_, nothing, _) = entail(&["query", ACME, text, "--assume", "nothing"], "");
    assert!(!nothing.contains("assumed"), "{nothing}");
    let stated = query(&["principal(Who, user, _)"]);
    assert!(!stated.contains("assumed"), "{stated}");
}

/// What a request is said to hold is a key that somebody knows.
#[test]
fn condition_keys_that_nobody_knows_are_told() {
    let warned = |text: &str| {
        let (code, _, err) = entail(&["query", ACME, NOW, text], "");
        assert_eq!(code, 0, "{err}");
        err
    };
    let err = warned(r#"left_open_with(Account, "s3:CreateBucket", "aws:RequestedRegin", "eu-west-1")"#);
    assert!(
        err.contains("warning[unknown-key]") && err.contains("did you mean `aws:RequestedRegion`?"),
        "{err}"
    );
    assert!(err.contains("--> <query>:1:1"), "{err}");
    for known in [
        r#"left_open_with(Account, "s3:CreateBucket", "aws:requestedregion", "eu-west-1")"#,
        r#"can_some_with(Who, "ec2:RunInstances", "aws:RequestTag/Whatever", "x")"#,
        r#"can_some_without(Who, "iam:PassRole", "iam:PassedToService")"#,
        r#"tag(Holder, "aws:RequestedRegin", Value)"#,
    ] {
        let err = warned(known);
        assert!(!err.contains("unknown-key"), "{known}: {err}");
    }
}

#[test]
fn a_question_without_variables_has_a_yes_or_no() {
    assert_eq!(query(&["principal(_, user, _)"]), "yes\n");
    assert_eq!(query(&["principal(_, user, \"999999999999\")"]), "no\n");
    assert_eq!(query(&["principal(_, user, _)", "--format", "csv"]), "holds\ntrue\n");
}

#[test]
fn rules_come_from_the_text_files_and_standard_input() {
    let clauses =
        ".decl lonely(user: string)\nlonely(User) :- principal(User, user, _), not member(User, _).\n";
    let asked = query(&[&format!("{clauses}?- lonely(User)."), "--format", "csv"]);
    assert!(asked.lines().count() > 1, "{asked}");
    assert_eq!(query(&[clauses, "--format", "csv"]), asked, "the last rule is asked");
    let (code, out, err) = entail(&["query", ACME, NOW, "--format", "csv"], clauses);
    assert_eq!((code, out.as_str()), (0, asked.as_str()), "{err}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lonely.rules");
    std::fs::write(&file, clauses).expect("writable");
    let file = file.to_str().expect("UTF-8");
    assert_eq!(query(&["lonely(User)", "--rules", file, "--format", "csv"]), asked);
    let two = query(&["?- administrator(Who). ?- group(Group, _)."]);
    assert!(two.contains("Who") && two.contains("Group"), "{two}");
}

#[test]
fn a_fact_file_stands_in_place_of_an_estate() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("few.facts");
    std::fs::write(&file, "member(\"alice\", \"ops\").\n").expect("writable");
    let file = file.to_str().expect("UTF-8");
    let (code, out, err) = entail(&["query", file, "member(User, _)", "--format", "csv"], "");
    assert_eq!((code, out.as_str()), (0, "User\nalice\n"), "{err}");
    let (code, out, _) = entail(&["query", file, "principal(Who, _, _)", "--format", "csv"], "");
    assert_eq!((code, out.as_str()), (0, "Who\n"), "what is not stated is not so");
}

#[test]
fn relations_of_a_fact_file_need_no_further_declaration() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("writable");
        path.to_str().expect("UTF-8").to_owned()
    };
    let facts = at("own.facts", ".decl owner(of: string, who: string)\nowner(\"a\", \"alice\").\n");
    let ask = |arguments: &[&str]| entail(&[&["query", &facts], arguments].concat(), "");
    let (code, out, err) = ask(&["owner(Of, Who)", "--format", "csv"]);
    assert_eq!((code, out.as_str()), (0, "Of,Who\na,alice\n"), "{err}");
    let again =
        at("again.rules", ".decl owner(of: string, who: string)\n.decl p(x: string)\np(X) :- owner(X, _).\n");
    let (code, out, err) = ask(&["p(X)", "--rules", &again, "--format", "csv"]);
    assert_eq!((code, out.as_str()), (0, "X\na\n"), "{err}");
    let pack = at("owned.rules", ".finding owned(Of) low \"{Of} is owned\" :- owner(Of, _).\n");
    let (code, out, err) = entail(&["check", &facts, &pack, "--format", "csv"], "");
    assert!(code == 1 && out.contains("a is owned"), "{out}{err}");
    let (code, _, err) = ask(&["owners(Of, Who)"]);
    assert!(code == 2 && err.contains("did you mean `owner`?"), "{err}");
    let other = at("other.rules", ".decl owner(of: string)\n");
    let (code, _, err) = ask(&["owner(Of, _)", "--rules", &other]);
    assert!(code == 2 && err.contains("declared with other columns"), "{err}");
}

#[test]
fn names_that_nothing_has_are_warned_about_in_place() {
    let told = |text: &str| {
        let (code, out, err) = entail(&["query", ACME, NOW, text], "");
        assert_eq!(code, 0, "{text}: {err}");
        (out, err)
    };
    let object = "\"arn:aws:s3:::acme-home/bob/notes.txt\"";
    for relation in ["can", "cannot", "not cannot", "not_sure"] {
        let (_, err) = told(&format!("{relation}(\"bob\", \"s3:GetObject\", {object})"));
        assert!(
            err.contains("warning[unknown-principal]: no principal is called `bob`"),
            "{relation}: {err}"
        );
        assert!(err.contains("did you mean `arn:aws:iam::444444444444:user/bob`?"), "{relation}: {err}");
        assert!(err.contains("--> <query>:1:1\n"), "{relation}: {err}");
    }
    let bob = "arn:aws:iam::444444444444:user/bob";
    let (_, err) = told(&format!("can(\"{bob}b\", \"s3:GetObject\", {object})"));
    assert!(err.contains(&format!("did you mean `{bob}`?")), "{err}");
    let (out, err) = told(&format!("cannot(\"{bob}\", \"s3:GetObjct\", {object})"));
    assert!(out.starts_with("yes\n") && err.contains("there is no action `s3:GetObjct`"), "{out}{err}");
    assert!(err.contains("did you mean `s3:GetObject`"), "{err}");
    let (_, err) = told("can(Who, \"s33:GetObject\", Where)");
    assert!(err.contains("no service has the prefix `s33`") && err.contains("did you mean `s3`"), "{err}");
    let (_, err) = told("Number = count { Who : can(Who, \"s3:GetObjct\", _) }");
    assert!(err.contains("there is no action `s3:GetObjct`"), "{err}");
    let (_, err) = told(&format!("can(\"{bob}\", Action, {object}), Action like \"s3:Gett*\""));
    assert!(err.contains("no action matches `s3:Gett*`"), "{err}");
    let (_, err) = told("  group(G, _), becomes(\"bob\", Role)");
    assert!(err.contains("--> <query>:1:16\n"), "{err}");
    let (_, err) = told("becomes(\"bob\", Role)");
    assert!(err.contains("unknown-principal"), "{err}");
    let (out, err) = told("principal(Who, rol, _)");
    assert!(
        err.contains("warning[unknown-word]: `kind` is never `rol`") && out.lines().count() <= 1,
        "{out}{err}"
    );
    assert!(err.contains("did you mean `role`?") && err.contains("--> <query>:1:1\n"), "{err}");
    let (_, err) = told("not node(\"r-1\", folder, \"\", \"o-1\")");
    assert!(err.contains("there are `root`, `unit`"), "{err}");
    let (_, err) = told("lets_in(Account, \"dynamodb:GetItem\", _, _)");
    assert!(err.contains("warning[unknown-word]: `action` is never `dynamodb:GetItem`"), "{err}");
    for fine in [
        "lets_in(Account, \"s3:GetObject\", _, _)".to_owned(),
        "principal(Who, identity-center-user, _)".to_owned(),
        "statement(_, _, deny, scp, _, _, _, _, _, _, _, _, _, _)".to_owned(),
        format!("can(\"{bob}\", \"S3:getobject\", {object})"),
        format!("can(\"{bob}\", Action, {object}), Action like \"s3:Get*\""),
        "principal(\"bob\", user, _)".to_owned(),
    ] {
        assert_eq!(told(&fine).1, "", "{fine}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("own.rules");
    std::fs::write(&pack, ".finding reads(Who) low \"{Who} reads\" :- can(Who, \"s3:GetObjct\", _).\n")
        .expect("written");
    let (code, _, err) = entail(&["check", ACME, NOW, pack.to_str().expect("UTF-8")], "");
    assert!(
        code != 2 && err.contains("there is no action `s3:GetObjct`") && err.contains("own.rules:1:"),
        "{err}"
    );
    // Files are for estates with other services, too.
    let rules = ".decl p(x: string)\np(R) :- may_assume(\"ecs.amazonaws.com\", R).\np(R) :- may_assume(\"arn:aws:iam::1:user/x\", R).\n";
    std::fs::write(&pack, rules).expect("written");
    let (_, _, err) = entail(&["query", ACME, NOW, "p(R)", "--rules", pack.to_str().expect("UTF-8")], "");
    assert!(err.contains("`arn:aws:iam::1:user/x`") && !err.contains("ecs.amazonaws.com"), "{err}");
}

#[test]
fn why_goes_through_aggregates() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("many.facts");
    let facts: String = (0..12).map(|number| format!("member(\"user-{number:02}\", \"ops\").\n")).collect();
    std::fs::write(&file, facts).expect("writable");
    let file = file.to_str().expect("UTF-8");
    let why = |text: &str| {
        let (code, out, err) = entail(&["query", file, text, "--why"], "");
        assert_eq!(code, 0, "{err}");
        out
    };
    let count = why("N = count { User : member(User, \"ops\") }");
    assert!(count.contains("member(\"user-09\", \"ops\")") && !count.contains("user-10"), "{count}");
    assert!(count.contains("… and 2 more"), "{count}");
    let most = why("N = max { User : member(User, \"ops\") }");
    assert!(most.contains("member(\"user-11\", \"ops\")") && !most.contains("user-10"), "{most}");
    assert!(!most.contains("more"), "{most}");
    let (_, json, _) =
        entail(&["query", file, "N = min { User : member(User, _) }", "--why", "--format", "json"], "");
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer[0]["why"][0]["rests_on"], serde_json::json!([1]), "{json}");
}

/// Columns that nobody reads are not written out, and those that are read are the same then.
#[test]
fn what_is_left_out_of_a_query_changes_no_other_column() {
    let rows = |text: &str| -> Vec<serde_json::Map<String, Value>> {
        let out = query(&[text, "--format", "jsonl"]);
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let whole = rows("permitted(Who, Actions, Resources, Owner, Condition, Policy, Statement)");
    for columns in [&["Who", "Actions", "Policy", "Statement"][..], &["Who", "Policy"], &["Statement"]] {
        let name = |column| if columns.contains(&column) { column } else { "_" };
        let [who, actions, policy, statement] = ["Who", "Actions", "Policy", "Statement"].map(name);
        let some = rows(&format!("permitted({who}, {actions}, _, _, _, {policy}, {statement})"));
        let of = |row: &serde_json::Map<String, Value>| {
            columns.iter().map(|column| row[*column].to_string()).collect::<Vec<_>>()
        };
        let [some, expected] = [&some, &whole].map(|rows| rows.iter().map(of).collect::<BTreeSet<_>>());
        assert!(some.len() > 1);
        assert_eq!(some, expected, "{columns:?}");
    }
}

#[test]
fn why_leads_down_to_statements() {
    let can = "can(Who, \"s3:GetObject\", \"arn:aws:s3:::acme-home/bob/notes.txt\")";
    let text =
        format!(".decl reads(who: string)\nreads(Who) :- {can}, Who like \"*:user/bob\".\n?- reads(Who).");
    let out = query(&[&text, "--why"]);
    insta::assert_snapshot!("query_why", out);
    let answer: Value = serde_json::from_str(&query(&[&text, "--why", "--format", "json"])).expect("JSON");
    let why = answer[0]["why"].as_array().expect("facts");
    let given = why.iter().find(|fact| fact["because"] == "given").expect("a given fact");
    let statements = given["statements"].as_array().expect("statements");
    let place = |statement: &Value| {
        let file = statement["file"].as_str().unwrap_or_default();
        file.starts_with(ACME)
            && statement["line"].as_u64() > Some(0)
            && statement["column"].as_u64() > Some(0)
    };
    assert!(!statements.is_empty() && statements.iter().all(place), "{given}");
    assert!(why.iter().any(|fact| fact["tests"][0] == "Who like \"*:user/bob\""), "{why:?}");
}

#[test]
fn mistakes_are_shown_with_their_place() {
    let wrong = |arguments: &[&str]| {
        let (code, out, err) = entail(&[&["query", ACME], arguments].concat(), "");
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        err
    };
    assert!(wrong(&["principals(X, user, _)"]).contains("did you mean `principal`?"));
    assert!(wrong(&["principal(X, user"]).contains("<query>:1:"));
    let cut = wrong(&["foo("]);
    assert!(cut.contains("and the text ends here") && cut.contains("<query>:1:5"), "{cut}");
    assert!(!cut.contains("`.`") && !cut.contains("?-"), "{cut}");
    assert!(wrong(&["foo(, X)"]).contains("<query>:1:5"));
    // Whatever is wrong points into what was typed, also where blanks stand before it.
    assert!(wrong(&["principals(X, user, _)"]).contains("<query>:1:1\n"));
    assert!(wrong(&["  group(A, _), nobody(A)"]).contains("<query>:1:16\n"));
    assert!(wrong(&["group(A, _),\n  nobody(A)."]).contains("<query>:2:3\n"));
    assert!(wrong(&["group(A, 1)"]).contains("<query>:1:10\n"));
    assert!(wrong(&["can(Who, Action, Resource)"]).contains("can"));
    assert!(wrong(&[".decl a(x: string)"]).contains("the text asks nothing"));
    assert!(wrong(&["?- group(A, _). ?- group(B, _).", "--format", "csv"]).contains("only `--format table`"));
    assert!(wrong(&["group(A, _)", "--why", "--format", "csv"]).contains("CSV has no place"));
    let (code, _, err) = entail(&["query", "nowhere", "group(A, _)"], "");
    assert!(code == 2 && err.contains("nowhere"), "{err}");
}

#[test]
fn relations_are_listed_with_what_they_need() {
    let (code, out, _) = entail(&["relations", "--format", "json"], "");
    assert_eq!(code, 0);
    let list: Value = serde_json::from_str(&out).expect("JSON");
    let relations = list["relations"].as_array().expect("relations");
    assert_eq!(relations.len(), entail::datalog::relations::offers().len());
    let find =
        |name: &str| relations.iter().find(|relation| relation["relation"] == name).expect("it is there");
    assert_eq!(find("member")["needs"], Value::Array(Vec::new()));
    assert_eq!(find("member")["columns"][1]["type"], "string");
    let needs = find("can")["needs"].as_array().expect("sets");
    assert!(needs.iter().any(|set| set[0] == "action" || set[1] == "action"), "{needs:?}");
    assert!(relations.iter().all(|relation| relation["documentation"] != ""), "each says what a row says");
    let (_, out, _) = entail(&["relations", "can"], "");
    assert!(out.contains("can(principal: string, action: string, resource: string)"), "{out}");
    assert!(out.contains("Needs a value for"), "{out}");
    let (code, _, err) = entail(&["relations", "cann"], "");
    assert!(code == 2 && err.contains("did you mean `can`?"), "{err}");
}

/// Answers are held until they are written: those with more values than that are refused.
#[test]
fn answers_of_too_many_values_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let facts = folder.path().join("numbers.facts");
    let numbers: String = (0..330).map(|number| format!("n({number}).\n")).collect();
    std::fs::write(&facts, format!(".decl n(x: number)\n{numbers}")).expect("written");
    let more: String = (0..40).map(|column| format!(", C{column} = A")).collect();
    let facts = facts.to_str().expect("UTF-8");
    let (code, out, err) = entail(&["query", facts, &format!("n(A), n(B){more}")], "");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("the answer has 108900 rows, and more than 4000000 values"), "{err}");
    let (code, out, _) =
        entail(&["query", facts, &format!("n(A), n(B){more}, A < 2"), "--format", "csv"], "");
    assert_eq!((code, out.lines().count()), (0, 661));
}
