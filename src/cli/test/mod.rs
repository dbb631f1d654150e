//! `entail test`: do rule packs find what they should?

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::{TestAnswer, TestRow, show_tests};

use super::answers::Answers;
use super::arguments::OutputArgs;
use super::diagnostics::Diagnostic;
use super::exit::Exit;
use super::options::{Assume, Options};
use super::parse;
use super::programs::{Pack, Program, Tested, packs};
use super::redact::Inputs;
use super::run::{Environment, deliver};

mod snapshot;

use snapshot::Snapshot;

const EXAMPLES: &str = "\
Examples:
  entail test loose-ends
  entail new-pack our-rules && entail test our-rules
  entail test loose-ends --format json

A pack is a file of rules, a folder of such files, or the name of a pack in the binary. A test states facts, or
names an estate relative to its file, and says what it expects. Beside NAME.rules, NAME.snap holds all that
the tests find: --accept writes it, and from then on every difference is a failure. Snapshots and estates of
packs in the binary are only in their source; docs/checks.md has more.

Exit code: 0 all tests pass; 1 some fail; 2 wrong usage or unreadable input.";

/// Run the tests of rule packs
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct TestArgs {
    /// Rule packs: files, folders with `*.rules`, or names of packs in the binary
    #[arg(value_name = "PACK", required = true)]
    packs: Vec<PathBuf>,
    /// Write what is found now as the snapshot of each pack
    #[arg(long)]
    accept: bool,
    /// Only tests whose name contains this text; snapshots are left alone then
    #[arg(long, value_name = "TEXT", conflicts_with = "accept")]
    only: Option<String>,
    /// The time that `now()` is and that answers assume, a date or an instant [default: 2026-01-01]
    #[arg(long, value_name = "TIME", value_parser = parse::instant, default_value = "2026-01-01")]
    now: jiff::Timestamp,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A: Answers>(
    arguments: &TestArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let destination = arguments.output.for_rows()?;
    if arguments.accept && environment.answers.redactor().is_some() {
        let error = Diagnostic::error("usage", "a snapshot holds names, which `--redact` hides");
        return Err(error.with_help("accept snapshots without `--redact`").into());
    }
    let mut programs = Vec::new();
    let mut errors = Vec::new();
    for pack in packs(&arguments.packs)? {
        match Program::of_pack(&pack) {
            Ok(program) => programs.push((pack, program)),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (mut rows, mut accepted, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    for (pack, program) in &programs {
        let tested = tests(arguments, pack, program, environment, &mut diagnostics)?;
        let snapshot = pack.path.as_deref().map(Snapshot::beside).transpose()?;
        let has_snapshot = snapshot.as_ref().is_some_and(Snapshot::exists) || arguments.accept;
        rows.extend(tested.iter().map(|tested| row(pack, tested, has_snapshot)));
        let Some(snapshot) = snapshot.filter(|_| arguments.only.is_none() && !tested.is_empty()) else {
            continue;
        };
        let found: String = tested.iter().map(|tested| tested.snapshot.as_str()).collect();
        let path = snapshot.path().display().to_string();
        if arguments.accept {
            accepted.extend(snapshot.accept(&found)?.then_some(path));
        } else if snapshot.exists() {
            let failures: Vec<String> = snapshot.difference(&found).into_iter().collect();
            rows.push(TestRow { pack: pack.name.clone(), test: path, passed: failures.is_empty(), failures });
        }
    }
    let mut answer = TestAnswer::new(rows, accepted);
    if let Some(redactor) = environment.answers.redactor() {
        answer.redact(redactor);
    }
    let failed = answer.failed > 0;
    let show = |answer: &_, out: &mut dyn Write| show_tests(answer, out);
    let exit = deliver(environment, &destination, "tests", &answer, &diagnostics, show)?;
    Ok(exit.and(if failed { Exit::Findings } else { Exit::Clean }))
}

/// Runs the tests of a pack.
fn tests<A: Answers>(
    arguments: &TestArgs,
    pack: &Pack,
    program: &Program,
    environment: &Environment<'_, A>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Tested>, Vec<Diagnostic>> {
    let mut tested = Vec::new();
    let wanted = |name: &str| arguments.only.as_ref().is_none_or(|text| name.contains(text));
    for test in program.tests().filter(|test| wanted(test.name())) {
        let Some(estate) = test.estate() else {
            tested.push(test.on_facts(arguments.now)?);
            continue;
        };
        let Some(path) = &pack.path else {
            let message =
                format!("the test `{}` reads an estate, which the binary does not have", test.name());
            diagnostics
                .push(Diagnostic::warning("test", message).with_help("run it from the source of the pack"));
            continue;
        };
        let estate = path.parent().unwrap_or(Path::new("")).join(estate);
        let options = Options { estate, now: arguments.now, assume: Assume::default(), jobs: None };
        let mut outcome = None;
        let answered = environment.ask(&options, |answers, progress| {
            answers.given(&options, progress, &mut |given, _| outcome = Some(test.on(given, arguments.now)))
        });
        // What is odd about an estate may be what the test is about.
        answered?;
        tested.extend(outcome.transpose()?);
    }
    Ok(tested)
}

/// How a test came out. One that expects nothing tests nothing, unless a snapshot does.
fn row(pack: &Pack, tested: &Tested, has_snapshot: bool) -> TestRow {
    let mut failures = tested.failures.clone();
    if tested.expects == 0 && !has_snapshot {
        failures
            .push("nothing is expected; write `expect …`, or keep what is found by `--accept`".to_owned());
    }
    TestRow { pack: pack.name.clone(), test: tested.name.clone(), passed: failures.is_empty(), failures }
}

impl TestArgs {
    /// What the command reads; the packs name the estates of their tests.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: self.packs.iter().map(PathBuf::as_path).collect(), beside: Vec::new() }
    }
}
