//! `entail test`: do rule packs find what they should?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::datalog::check::Test;
use crate::output::{RowFormat, TestAnswer, TestRow, show_tests, write_answer, write_tests_junit};

use super::answers::Answers;
use super::diagnostics::{self, Diagnostic};
use super::exit::Exit;
use super::options::{Assume, Options};
use super::parse;
use super::programs::{Pack, Program, Tested, Tests, packs};
use super::redact::Inputs;
use super::run::Environment;
use super::written::WrittenArgs;

mod review;
mod snapshot;

use review::{Review, Reviewed};
use snapshot::Snapshot;

const EXAMPLES: &str = "\
Examples:
  entail test examples/rules
  entail new-pack our-rules && entail test our-rules
  entail test examples/rules --format junit

A pack is a file of rules, a folder of such files, or the name of a pack in the binary. A test states facts, or \
names an estate relative to its file, and says what it expects. Beside NAME.rules, NAME.snap holds all that \
the tests find: --accept writes it, and from then on every difference is a failure; --review asks of each \
whether it is right. Snapshots and estates of packs in the binary are only in their source; docs/checks.md has \
more.

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
    /// Show each change of a snapshot, and ask whether to accept it
    #[arg(long, conflicts_with = "accept")]
    review: bool,
    /// Only tests whose name contains this text; snapshots are left alone then
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["accept", "review"])]
    only: Option<String>,
    /// The time that `now()` is and that answers assume, a date or an instant
    #[arg(long, value_name = "TIME", value_parser = parse::instant, default_value = "2026-01-01")]
    now: jiff::Timestamp,
    #[command(flatten)]
    output: WrittenArgs<Form>,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A list for people
    #[default]
    Table,
    /// One JSON value
    Json,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// JUnit XML
    Junit,
}

pub(super) fn run<A: Answers>(
    arguments: &TestArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    arguments.output.check()?;
    if (arguments.accept || arguments.review) && environment.answers.redactor().is_some() {
        let error = Diagnostic::error("usage", "a snapshot holds names, which `--redact` hides");
        return Err(error.with_help("accept snapshots without `--redact`").into());
    }
    if arguments.review {
        review::on_a_terminal()?;
    }
    let mut programs = Vec::new();
    let mut errors = Vec::new();
    for pack in packs(&arguments.packs)?.into_iter().flat_map(Pack::with_tests) {
        match Program::of_pack(&pack, &[]) {
            Ok(program) => programs.push((pack, program)),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (mut rows, mut accepted, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    let mut review = arguments.review.then(Review::default);
    for (pack, program) in &programs {
        let tested = tests(arguments, pack, program, environment, &mut diagnostics)?;
        let mut snapshot = pack.path.as_deref().map(Snapshot::beside).transpose()?;
        let compared = match &mut snapshot {
            Some(snapshot) if arguments.only.is_none() && !tested.is_empty() => {
                arguments.compare(snapshot, &tested, review.as_mut(), environment.err)?
            }
            _ => Compared::default(),
        };
        let has_snapshot = snapshot.as_ref().is_some_and(Snapshot::exists);
        rows.extend(tested.iter().map(|tested| row(pack, tested, has_snapshot)));
        let Some(test) = snapshot.map(|snapshot| snapshot.path().display().to_string()) else { continue };
        accepted.extend(compared.written.then(|| test.clone()));
        rows.extend(compared.failures.map(|failures| TestRow {
            pack: pack.name.clone(),
            test,
            passed: failures.is_empty(),
            failures,
        }));
    }
    if let Some(text) = arguments.only.as_deref().filter(|text| !has_test_named(&programs, text)) {
        let error = Diagnostic::error("usage", format!("no test has a name that contains `{text}`"));
        return Err(error.with_help("without `--only` all tests run, and are listed").into());
    }
    let mut answer = TestAnswer::new(rows, accepted);
    if let Some(redactor) = environment.answers.redactor() {
        answer.redact(redactor);
    }
    let failed = answer.failed > 0;
    let write = |_, out: &mut dyn Write| write(&answer, arguments.output.format(), out);
    let written = arguments.output.deliver(environment.screen, environment.out, write);
    let exit = diagnostics::report(&diagnostics, environment.err);
    written?;
    Ok(exit.and(if failed { Exit::Findings } else { Exit::Clean }))
}

fn has_test_named(programs: &[(Pack, Program)], text: &str) -> bool {
    programs.iter().any(|(_, program)| program.tests().any(|test| test.name.contains(text)))
}

fn write(answer: &TestAnswer, format: Form, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Form::Table => show_tests(answer, out),
        Form::Json => write_answer(answer, RowFormat::Json, out),
        Form::Jsonl => write_answer(answer, RowFormat::JsonLines, out),
        Form::Csv => write_answer(answer, RowFormat::Csv, out),
        Form::Junit => write_tests_junit(answer, out),
    }
}

/// Runs the tests of a pack.
fn tests<A: Answers>(
    arguments: &TestArgs,
    pack: &Pack,
    program: &Program,
    environment: &Environment<'_, A>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Tested>, Vec<Diagnostic>> {
    let tests = Tests::of(program);
    let is_wanted = |name: &str| arguments.only.as_ref().is_none_or(|text| name.contains(text));
    let wanted: Vec<&Test> = program.tests().filter(|test| is_wanted(&test.name)).collect();
    let mut tested: Vec<Option<Tested>> = Vec::new();
    // An estate is read once for all tests that name it.
    let mut on_estates: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, test) in wanted.iter().enumerate() {
        let Some(estate) = &test.estate else {
            tested.push(Some(tests.on_facts(test, arguments.now)?));
            continue;
        };
        tested.push(None);
        if pack.path.is_some() {
            on_estates.entry(estate).or_default().push(at);
            continue;
        }
        let message = format!("the test `{}` reads an estate, which the binary does not have", test.name);
        diagnostics
            .push(Diagnostic::warning("test", message).with_help("run it from the source of the pack"));
    }
    let folder = pack.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    for (estate, places) in on_estates {
        let estate = folder.join(estate);
        let options = Options { estate, now: arguments.now, assume: Assume::default(), jobs: None };
        let mut outcomes = Vec::new();
        let answered = environment.ask(&options, |answers, progress| {
            answers.given(&options, progress, &mut |given, _| {
                let of = places.iter().filter_map(|place| wanted.get(*place));
                outcomes = of.map(|test| tests.on(test, given, arguments.now)).collect();
            })
        });
        // What is odd about an estate may be what the test is about.
        answered?;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            if let Some(tested) = tested.get_mut(place) {
                *tested = Some(outcome?);
            }
        }
    }
    Ok(tested.into_iter().flatten().collect())
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

/// What came of a comparison with a snapshot.
#[derive(Default)]
struct Compared {
    /// What is different and not accepted; absent: nothing was compared.
    failures: Option<Vec<String>>,
    /// Whether the snapshot is another one now.
    written: bool,
}

impl TestArgs {
    /// Compares what tests find with the snapshot, and writes what is accepted.
    fn compare(
        &self,
        snapshot: &mut Snapshot,
        tested: &[Tested],
        review: Option<&mut Review>,
        out: &mut dyn Write,
    ) -> Result<Compared, Diagnostic> {
        let found: String = tested.iter().map(|tested| tested.snapshot.as_str()).collect();
        if let Some(review) = review {
            let reviewed = review.of(snapshot, &found, &mut io::stdin().lock(), out);
            let Reviewed { text, left } = reviewed
                .map_err(|error| Diagnostic::error("terminal", format!("nobody can be asked: {error}")))?;
            let written = (snapshot.exists() || !text.is_empty()) && snapshot.accept(&text)?;
            return Ok(Compared { failures: Some(left), written });
        }
        if self.accept {
            return Ok(Compared { failures: None, written: snapshot.accept(&found)? });
        }
        let compared = snapshot.exists().then(|| snapshot.difference(&found).into_iter().collect());
        Ok(Compared { failures: compared, written: false })
    }

    /// What the command reads; the packs name the estates of their tests.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: self.packs.iter().map(PathBuf::as_path).collect(), beside: Vec::new() }
    }
}
