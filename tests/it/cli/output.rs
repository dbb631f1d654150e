//! Where answers and diagnostics go, and how a run ends.

use std::io;

use entail::cli::{Diagnostic, Exit};
use entail::document::{JsonPath, Place, Problem, ProblemCode, Source, Span};
use entail::output::DecisionWord::{self, Allowed, Conditional, ExplicitlyDenied, ImplicitlyDenied, Unknown};

use super::{Broken, Fake, allowed, names, refused};

#[test]
fn the_exit_code_tells_the_decision() {
    let exit = |decision| Fake::new(&[decision]).run("can e alice s3:GetObject").exit;
    assert_eq!(exit(Allowed), Exit::Clean);
    assert_eq!(exit(ExplicitlyDenied), Exit::Findings);
    assert_eq!(exit(ImplicitlyDenied), Exit::Findings);
    assert_eq!(exit(Conditional), Exit::Undecided);
    assert_eq!(exit(Unknown), Exit::Undecided);
    let codes = [Exit::Clean, Exit::Findings, Exit::Failed, Exit::Undecided].map(|exit| exit as u8);
    assert_eq!(codes, [0, 1, 2, 3]);
}

#[test]
fn malformed_input_wins_over_the_decision() {
    for decision in DecisionWord::ALL {
        let error = Diagnostic::error("not-json", "this is not JSON").at("policies/a.json:1:1");
        let ran = Fake::new(&[*decision]).with(error).run("can e alice s3:GetObject");
        assert_eq!(ran.exit, Exit::Failed);
        assert_eq!(ran.err, "error[not-json]: this is not JSON\n  --> policies/a.json:1:1\n\n");
        assert!(ran.out.starts_with(decision.phrase()), "the answer is given all the same: {}", ran.out);
    }
}

#[test]
fn problems_of_documents_are_shown_with_their_line() {
    let source = Source::new("policies/a.json", "{\"Statement\": []}".to_owned());
    let place = Place { path: JsonPath::root().key("Statement"), span: Span::new(1, 12) };
    let problem = Problem::warning(ProblemCode::EmptyList, "nothing stands in `Statement`", place);
    let ran = allowed().with(Diagnostic::problem(&problem, &source)).run("can e alice s3:GetObject");
    assert_eq!(ran.exit, Exit::Clean);
    assert!(ran.err.starts_with("warning[empty-list]: nothing stands in `Statement`\n"), "{}", ran.err);
    assert!(ran.err.contains("--> policies/a.json:1:2, at $.Statement\n"), "{}", ran.err);
}

#[test]
fn warnings_change_neither_answer_nor_exit_code() {
    let warning =
        Diagnostic::warning("unknown-action", "no service has `s3:Frob`").with_help("did you mean `s3:Foo`?");
    let ran = allowed().with(warning).run("can e alice s3:Frob");
    assert_eq!(ran.exit, Exit::Clean);
    assert_eq!(
        ran.err,
        "warning[unknown-action]: no service has `s3:Frob`\n  = help: did you mean `s3:Foo`?\n\n"
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for arguments in
        ["can e alice s3:GetObject", "who-can e s3:GetObject --format csv", "report e", "--help", "--version"]
    {
        let mut err = Vec::new();
        let exit = allowed().run_into(arguments.split(' '), &mut Broken(io::ErrorKind::BrokenPipe), &mut err);
        assert_eq!((exit, err.as_slice()), (Exit::Clean, b"".as_slice()), "{arguments}");
    }
}

#[test]
fn standard_output_on_a_full_disk_is_an_error() {
    for format in ["table", "json", "jsonl", "csv"] {
        let arguments = ["can", "e", "alice", "s3:GetObject", "--format", format];
        let mut err = Vec::new();
        let exit = allowed().run_into(arguments, &mut Broken(io::ErrorKind::StorageFull), &mut err);
        assert_eq!(exit, Exit::Failed, "{format}");
        assert_eq!(
            String::from_utf8_lossy(&err),
            "error[output]: no space is left for standard output\n\n",
            "{format}"
        );
    }
}

#[test]
fn one_request_is_one_json_value_and_a_file_of_requests_a_list() {
    let ran = allowed().run("can e alice s3:GetObject --format json");
    let value: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(value["decision"], "Allowed");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, "{\"principal\": \"alice\", \"action\": \"s3:GetObject\"}\n").expect("writable");
    let path = file.path().to_str().expect("UTF-8");
    let ran = allowed().run_with(["can", "e", "--requests", path, "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(value[0]["decision"], "Allowed");
}

#[test]
fn answers_go_to_new_files_only() {
    let place = tempfile::tempdir().expect("a folder");
    for format in ["json", "jsonl", "csv", "parquet"] {
        let path = place.path().join(format);
        let path = path.to_str().expect("UTF-8");
        let ran =
            allowed().run_with(["can", "e", "alice", "s3:GetObject", "--format", format, "--out", path]);
        assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (Exit::Clean, "", ""));
        let err = refused(&format!("can e alice s3:GetObject --format {format} --out {path}"));
        assert_eq!(
            err,
            format!(
                "error[output]: `{path}` exists already\n  = help: choose a new name; `--force` replaces a file, and nothing replaces a directory\n\n"
            )
        );
    }
    assert_eq!(names(place.path()).len(), 4);
}

#[test]
fn a_report_goes_to_a_new_directory() {
    let place = tempfile::tempdir().expect("a folder");
    for (format, file) in
        [("", "principals.parquet"), ("csv", "principals.csv"), ("jsonl", "principals.jsonl")]
    {
        let directory = place.path().join(format!("report{format}"));
        let path = directory.to_str().expect("UTF-8");
        let format = if format.is_empty() { Vec::new() } else { vec!["--format", format] };
        let ran = allowed().run_with(["report", "e", "--out", path].into_iter().chain(format));
        assert_eq!((ran.exit, ran.out.as_str(), ran.err.as_str()), (Exit::Clean, "", ""));
        assert_eq!(names(&directory), [file]);
    }
}

#[test]
fn a_file_of_requests_is_read_line_by_line() {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("questions.jsonl");
    let lines = concat!(
        "{\"id\": \"first\", \"principal\": \"alice\", \"action\": \"s3:GetObject\", \"resource\": \"arn:aws:s3:::b/k\",\n",
        "\n",
        "{\"principal\": \"alice\", \"action\": \"s3:GetObject\", \"context\": {\"aws:TagKeys\": [\"a\", 1], \"AWS:SourceIp\": null}}\r\n",
        "{\"principal\": \"alice\", \"action\": \"s3:Get*\"}\n",
        "{\"principal\": \"alice\", \"action\": \"s3:GetObject\", \"ressource\": \"*\"}\n",
        "{\"principal\": \"alice\", \"action\": \"s3:GetObject\", \"context\": {\"aws:a\": {}}}\n",
        "\u{ff}\n",
    );
    std::fs::write(&path, lines).expect("writable");
    let path = path.to_str().expect("UTF-8");
    let arguments =
        ["can", "e", "--requests", path, "--context", "aws:SourceIp=1.2.3.4", "--absent", "aws:username"];
    let ran = Fake::new(&[Allowed, Allowed]).run_with(arguments);
    assert_eq!(ran.exit, Exit::Failed);
    let err = ran.err.replace(path, "questions.jsonl");
    insta::assert_snapshot!("malformed_requests", err);
    let requests = ran.asked.can.expect("asked").requests;
    assert_eq!(requests.len(), 1, "one line is well-formed: {requests:?}");
    let request = &requests[0];
    assert_eq!(request.id.as_deref(), Some("3"));
    assert_eq!(request.context.present, [("aws:TagKeys".to_owned(), vec!["a".to_owned(), "1".to_owned()])]);
    assert_eq!(request.context.absent, ["AWS:SourceIp", "aws:username"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let err = refused("can e --requests /nowhere/questions.jsonl");
    assert!(err.contains("error[unreadable]") && err.contains("--> /nowhere/questions.jsonl"), "{err}");
    let err = refused("can e alice s3:GetObject --session-policy /nowhere/policy.json");
    assert!(err.contains("error[unreadable]") && err.contains("--> /nowhere/policy.json"), "{err}");
}

#[test]
fn help_shows_examples_and_the_version_names_the_catalog() {
    assert_eq!(
        allowed().run("--version").out,
        format!("entail {} (catalog 2026-01-15)\n", env!("CARGO_PKG_VERSION"))
    );
    for command in ["", "report", "can", "who-can", "what-can"] {
        let ran = allowed().run(&format!("{command} --help"));
        assert_eq!(ran.exit, Exit::Clean);
        assert!(ran.out.contains("Examples:\n  entail "), "{command}: {}", ran.out);
    }
}
