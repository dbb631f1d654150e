//! Fact files: what is wrong with them is said with its place, and what is printed reads back as the same.

use std::path::Path;
use std::process::Command;

use entail::answers::{Engine, EngineOptions};
use entail::datalog::relations::{self, Rows};
use entail::datalog::text::{Clause, File, Problem, Schema, Value, check, parse, print};
use entail::document::Source;
use proptest::prelude::*;

use crate::acme::acme;

/// The message of each problem of a text, with its line and column.
fn problems(text: &str) -> Vec<String> {
    let source = Source::new("test.facts", text.to_owned());
    let place = |problem: &Problem| {
        let (line, column) = source.line_and_column(problem.span.start);
        format!("{line}:{column} {}", problem.message)
    };
    let parsed = parse(text);
    let mut schema = Schema::default();
    relations::all().for_each(|relation| schema.add(relation).expect("the relations agree"));
    let mut problems = parsed.problems;
    problems.extend(check(&parsed.file, &mut schema));
    problems.iter().map(place).collect()
}

#[test]
fn mistakes_are_reported_with_their_places() {
    let rows: &[(&str, &[&str])] = &[
        ("", &[]),
        ("///𑇡", &["1:4 expected `.decl` or `.finding` after this"]),
        ("# nothing\n// nothing\n//// nothing\n", &[]),
        ("member(\"a\", \"b\",).", &[]),
        ("member(\"a\" \"b\").", &["1:12 expected `)` or `,`, found text in quotes"]),
        ("member(\"a\", \"b\")\nmember(\"c\", \"d\").", &["1:16 expected `.` after this"]),
        ("member(\"a\", \"b\"", &["1:15 expected `)` or `,` after this"]),
        ("member(\"a\", \"b\")", &["1:16 expected `.` after this"]),
        ("member(X, \"b\").", &["1:8 a fact has values only, and `X` is a variable"]),
        (
            "member(\"a\", \"b\") :- holds(\"a\", \"b\").",
            &["1:1 a fact file holds facts and declarations only"],
        ),
        ("not(\"a\").", &["1:1 expected a clause, found `not`"]),
        (
            "member(\"a, \"b).\nmember(\"c\").",
            &["1:13 expected `)` or `,`, found `b`", "2:1 `member` needs 2 values and has 1"],
        ),
        ("member(\"a, \"b\").", &["1:14 the text has no closing quote on its line"]),
        ("member(\"a\", \"b\\q\").", &["1:15 this is not an escape"]),
        ("member(\"a\", \"\\u{110000}\").", &["1:14 this is not an escape"]),
        ("member(\"ä\", 'b').", &["1:13 `'` has no meaning here", "1:15 `'` has no meaning here"]),
        ("member(0123, \"b\").", &["1:8 the number `0123` begins with a zero"]),
        ("member(12a, \"b\").", &["1:8 `12a` is neither a number nor a word"]),
        ("member(9223372036854775808, \"b\").", &["1:8 the number `9223372036854775808` is too large"]),
        (".decl a(x: strng)", &["1:12 `strng` is not a type"]),
        (".decl a(x: string).", &["1:19 expected a clause, found `.`"]),
        (".decl a(x: string\n.decl b(x: string)", &["1:17 expected `)` or `,` after this"]),
        ("/// documented\nmember(\"a\", \"b\").", &["2:1 expected `.decl` or `.finding`, found `member`"]),
        ("memeber(\"a\", \"b\").", &["1:1 there is no relation `memeber`"]),
        ("member(\"a\").", &["1:1 `member` needs 2 values and has 1"]),
        ("member(\"a\", b).", &["1:13 the column `group` of `member` is a string, not a word"]),
        (".decl member(user: string)", &["1:7 `member` is declared with other columns already"]),
        (".decl rain(day: number, of: [[symbol]])\nrain(-3, [[a-b, c], []]).", &[]),
        (
            ".decl rain(day: number)\nrain(today).",
            &["2:6 the column `day` of `rain` is a number, not a word"],
        ),
        (
            "x(\n.\ny(\n.\n",
            &["2:1 expected a value or `)`, found `.`", "4:1 expected a value or `)`, found `.`"],
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(problems(text), *expected, "{text}");
    }
}

#[test]
fn a_problem_shows_the_line_and_a_remedy() {
    let text = format!("# first\nmember(\"{}\", \"b\") \"c\".", "é".repeat(200));
    let source = Source::new("test.facts", text.clone());
    let shown = parse(&text).problems[0].render(&source);
    assert!(shown.contains("--> test.facts:2:217\n"), "{shown}");
    assert!(shown.contains("^^^"), "{shown}");
    let source = Source::new("test.facts", "memeber(\"a\").".to_owned());
    let parsed = parse(source.text());
    let mut schema = Schema::default();
    relations::all().for_each(|relation| schema.add(relation).expect("the relations agree"));
    let problems = check(&parsed.file, &mut schema);
    insta::assert_snapshot!(problems[0].render(&source), @r#"
    error[unknown-relation]: there is no relation `memeber`
     --> test.facts:1:1
      |
    1 | memeber("a").
      | ^^^^^^^ did you mean `member`?
    "#);
}

/// What a file says, without places.
fn said(file: &File) -> Vec<String> {
    let clause = |clause: &Clause| match clause {
        Clause::Fact(fact) => {
            let values: Vec<&Value> = fact.arguments.iter().map(|argument| &argument.value).collect();
            format!("{} {values:?}", fact.relation.value)
        }
        Clause::Declaration(declaration) => {
            let columns = declaration.columns.iter();
            let columns: Vec<_> = columns.map(|column| (&column.name.value, &column.of.value)).collect();
            format!("{:?} {} {columns:?}", declaration.docs, declaration.name.value)
        }
        other => {
            let mut text = Vec::new();
            other.write(&mut text).expect("a vector takes all");
            String::from_utf8(text).expect("UTF-8")
        }
    };
    file.clauses.iter().map(clause).collect()
}

fn printed(file: &File) -> String {
    let mut text = Vec::new();
    file.write(&mut text).expect("a vector takes all");
    String::from_utf8(text).expect("UTF-8")
}

fn values() -> impl Strategy<Value = Value> {
    let word = "[a-z][a-z0-9_]{0,3}(-[a-z0-9_]{1,3}){0,2}"
        .prop_filter("kept for later", |word| !["true", "false", "not"].contains(&&**word));
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| Value::text(&text)),
        word.prop_map(|word| Value::symbol(&word)),
        any::<i64>().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|values| Value::List(values.into()))
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(
        facts in prop::collection::vec(("[a-z][a-z_]{2,6}[a-z]", prop::collection::vec(values(), 0..4)), 0..6)
    ) {
        let facts: Vec<_> =
            facts.into_iter().filter(|(name, _)| !["true", "false"].contains(&&**name)).collect();
        let mut text = Vec::new();
        for (relation, arguments) in &facts {
            print::write_fact(relation, arguments, &mut text).expect("a vector takes all");
        }
        let text = String::from_utf8(text).expect("UTF-8");
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.problems, &[]);
        let read: Vec<_> = parsed.file.facts().map(|fact| {
            let arguments: Vec<Value> = fact.arguments.iter().map(|argument| argument.value.clone()).collect();
            (fact.relation.value.to_string(), arguments)
        }).collect();
        prop_assert_eq!(&read, &facts);
        prop_assert_eq!(printed(&parsed.file), text);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[ -~\n]{0,60}|\\PC{0,20}") {
        let parsed = parse(&text);
        let source = Source::new("test.facts", text.clone());
        parsed.problems.iter().for_each(|problem| assert!(!problem.render(&source).is_empty()));
        let again = parse(&printed(&parsed.file));
        prop_assert_eq!(again.problems, &[]);
        prop_assert_eq!(said(&again.file), said(&parsed.file));
    }
}

/// Each relation is declared, has rows or none, and is documented with its columns.
#[test]
fn the_relations_are_complete() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let rows = Rows::new(&engine, None);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/facts.md");
    let docs = std::fs::read_to_string(path).expect("the page is there");
    let mut listed: Vec<&str> =
        docs.lines().filter_map(|line| line.strip_prefix("- `")?.split('(').next()).collect();
    let mut known: Vec<&str> = Vec::new();
    for relation in relations::all() {
        let name = &*relation.name.value;
        known.push(name);
        assert!(!relation.docs.is_empty(), "{name} is documented");
        assert!(relation.columns.iter().all(|column| *column.name.value != *"relation"), "{name}");
        let columns: Vec<String> = relation
            .columns
            .iter()
            .map(|column| format!("{}: {}", column.name.value, column.of.value))
            .collect();
        let head = format!("- `{name}({})`", columns.join(", "));
        assert!(docs.contains(&head), "docs/facts.md lacks `{head}`");
        let rows = rows.of(name).expect("a relation that is declared has rows").expect("within limits");
        assert!(!rows.is_empty(), "the sample has no `{name}`");
        for row in &rows {
            assert_eq!(row.len(), relation.columns.len(), "{name}");
            let fits = row.iter().zip(&relation.columns).all(|(value, column)| column.of.value.holds(value));
            assert!(fits, "{name}{row:?}");
        }
    }
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
    assert!(relations::OF_PRINCIPALS.iter().all(|name| known.contains(name)));
    assert!(rows.of("frobnicated").is_none());
}

fn entail(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_entail"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_sample_as_facts() {
    let arguments = "facts examples/acme --now 2026-02-03 --relation evaluated --relation exempt --relation member \
                     --relation boundary_of --relation session_of --relation administrator \
                     --relation effective_administrator --relation filter";
    let (code, out, err) = entail(&arguments.split_whitespace().collect::<Vec<_>>());
    assert_eq!(code, Some(0), "{err}");
    insta::assert_snapshot!("acme_facts_text", out);
    let (_, bob, _) =
        entail(&["facts", "examples/acme", "--now", "2026-02-03", "--principal", "*:user/bob", "--derived"]);
    insta::assert_snapshot!("acme_facts_of_bob", bob);
}

#[test]
fn a_policy_as_rules() {
    let file = tempfile::Builder::new().suffix(".json").tempfile().expect("a file");
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*",
         "Condition": {"ForAnyValue:StringLike": {"aws:PrincipalTag/team": ["a", "b"]}}},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}]}"#;
    std::fs::write(file.path(), policy).expect("it is written");
    let path = file.path().to_str().expect("UTF-8");
    let (code, out, err) = entail(&["facts", "--as-rules", path]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    insta::assert_snapshot!("policy_as_rules", out.replace(path, "policy.json"));
    let trust = r#"{"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}}"#;
    std::fs::write(file.path(), trust).expect("it is written");
    let (code, out, err) = entail(&["facts", "--as-rules", path]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("principal(0, \"ec2.amazonaws.com\").") && out.contains("attached_to(R)"), "{out}");
}

#[test]
fn exit_codes_of_facts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (good, bad, odd) = (path("good.facts"), path("bad.facts"), path("odd.txt"));
    std::fs::write(&good, "member(\"b\", \"g\"). # twice\nmember(\"a\", \"g\").\nmember(\"b\", \"g\").\n")
        .expect("written");
    std::fs::write(&bad, "member(\"b\" \"g\").\nmembr(\"a\", \"g\").\n").expect("written");
    std::fs::write(&odd, b"member(\"\xff\", \"g\").").expect("written");
    let (code, out, err) = entail(&["facts", &good]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let (_, facts) = out.split_once("\n\n").expect("declarations, then facts");
    assert_eq!(facts, "member(\"a\", \"g\").\nmember(\"b\", \"g\").\n");
    let (code, out, err) = entail(&["facts", &bad]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("bad.facts:1:12") && err.contains("bad.facts:2:1"), "{err}");
    assert!(err.contains("did you mean `member`?"), "{err}");
    assert_eq!(entail(&["facts", "--read", &odd]).0, Some(2));
    assert_eq!(entail(&["facts", &good, "--format", "csv"]).1, "user,group\na,g\nb,g\n");
    assert_eq!(
        entail(&["facts", &good, "--format", "jsonl"]).1.lines().next(),
        Some(r#"{"relation":"member","user":"a","group":"g"}"#)
    );
    let code = |arguments: &[&str]| entail(arguments).0;
    assert_eq!(code(&["facts", "examples/acme", "--relation", "membre"]), Some(2));
    assert_eq!(code(&["facts", "examples/acme", "--format", "csv"]), Some(2));
    assert_eq!(code(&["facts", "examples/acme", "--ground", "--derived"]), Some(2));
    assert_eq!(code(&["facts", "examples/acme", "--ground", "--relation", "holds"]), Some(2));
    assert_eq!(code(&["facts", &good, "--principal", "*"]), Some(2));
    assert_eq!(code(&["facts", &path("none.facts")]), Some(2));
    let (nowhere, taken) = (path("nowhere"), path("out.facts"));
    assert_eq!(code(&["facts", &nowhere, "--out", &taken]), Some(2));
    assert!(!Path::new(&taken).exists(), "nothing is left of a failure");
    assert_eq!(code(&["facts", "examples/acme", "--relation", "tag", "--out", &taken]), Some(0));
    assert_eq!(code(&["facts", "examples/acme", "--relation", "tag", "--out", &taken]), Some(2));
    assert_eq!(code(&["facts", &taken]), Some(0));
}
