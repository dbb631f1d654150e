//! `entail check`: what do rule packs find in an estate?

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::output::terminal::show_check;
use crate::output::{
    Assumed, CheckAnswer, PackFinding, RowFormat, SeverityWord, write_answer, write_junit, write_sarif,
};

use super::answers::Answers;
use super::arguments::EstateArgs;
use super::diagnostics::{self, Diagnostic};
use super::exit::Exit;
use super::facts;
use super::parse;
use super::programs::{Pack, Program, findings, of_one_name, packs};
use super::redact::Inputs;
use super::run::Environment;
use super::written::WrittenArgs;
use crate::datalog::text::Declaration;

mod baseline;
mod suppressions;

use baseline::Baseline;
use suppressions::Suppressions;

const EXAMPLES: &str = "\
Examples:
  entail check examples/acme
  entail check examples/acme loose-ends --fail-on high
  entail check examples/acme --format sarif --out findings.sarif --force
  entail check examples/acme --write-baseline known.json
  entail check examples/acme --format junit --fail-on critical

A pack is a file of rules, a folder of such files, or the name of a pack in the binary; all of those if none is \
named. docs/checks.md explains baselines, suppressions and formats.

Exit code: 0 nothing that counts, or a baseline was written; 1 findings; 2 wrong usage or unreadable input.";

/// Run rule packs over an estate
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct CheckArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// Rule packs: files, folders with `*.rules`, or names of packs in the binary [default: all of the binary]
    #[arg(value_name = "PACK")]
    packs: Vec<PathBuf>,
    /// Only findings so bad or worse make the command fail: info, low, medium, high, critical
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = parse::severity)]
    fail_on: SeverityWord,
    /// Findings in this file are known and don't count
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to this file, to be known from then on
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Findings that this file suppresses, with a reason and until a day, don't count
    #[arg(long, value_name = "FILE")]
    suppressions: Option<PathBuf>,
    /// Show findings that don't count, too; other formats than `table` always have them
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: WrittenArgs<Format>,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON value
    Json,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// SARIF 2.1.0, with the statements as locations
    Sarif,
    /// JUnit XML
    Junit,
}

pub(super) fn run<A: Answers>(
    arguments: &CheckArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    arguments.output.check()?;
    if let Some(baseline) = arguments.write_baseline.as_deref().filter(|path| arguments.output.out.is(path)) {
        let message = format!("`--write-baseline` and `--out` both name `{}`", baseline.display());
        return Err(Diagnostic::error("usage", message).with_help("write them to two files").into());
    }
    if arguments.write_baseline.is_some() && environment.answers.redactor().is_some() {
        let error = Diagnostic::error("usage", "a baseline holds names, which `--redact` hides");
        return Err(error.with_help("write the baseline without `--redact`").into());
    }
    let baseline =
        arguments.baseline.as_deref().map(|path| Baseline::read(path, environment.given)).transpose()?;
    let suppressions = arguments.suppressions.as_deref();
    let mut suppressions =
        suppressions.map(|path| Suppressions::read(path, environment.given)).transpose()?;
    let programs = checked(&packs(&arguments.packs)?, &facts::declared(arguments.estate.path())?)?;
    let mut outcome = Ok(Vec::new());
    let (mut unknown, mut assumed) = (Vec::new(), Assumed::new());
    let asked = environment.ask(&options, |answers, progress| {
        answers.given(&options, progress, &mut |given, evidence| {
            progress.stage("checking", programs.len() as u64);
            outcome = findings(&programs, given, evidence, options.now, progress);
            unknown = programs.iter().flat_map(|program| program.unknown_names(given)).collect();
            if programs.iter().any(Program::asks_decisions) {
                assumed = evidence.assumed();
            }
        })
    })?;
    let mut findings: Vec<PackFinding> = outcome?;
    let rules: Vec<_> = programs.iter().flat_map(Program::rules).collect();
    let today = today(options.now);
    let mut remarks = asked.diagnostics;
    remarks.extend(unknown);
    if let Some(suppressions) = &mut suppressions {
        suppressions.mark(&mut findings, today);
        remarks.extend(suppressions.remarks(&rules, today));
    }
    if let (Some(baseline), Some(path)) = (&baseline, &arguments.baseline) {
        remarks.extend(baseline.mark(&mut findings, &rules, path));
    }
    if let Some(path) = &arguments.write_baseline {
        baseline::write(path, environment.given, &findings, &rules)?;
    }
    if let Some(redactor) = environment.answers.redactor() {
        findings.iter_mut().for_each(|finding| finding.redact(redactor));
    }
    let mut answer = CheckAnswer::new(findings, rules, assumed);
    if let Some(redactor) = environment.answers.redactor() {
        answer.redact_rules(redactor);
    }
    let elsewhere = options.estate.display().to_string();
    let elsewhere =
        environment.answers.redactor().map_or(elsewhere.clone(), |redactor| redactor.text(&elsewhere));
    let write = |_, out: &mut dyn Write| arguments.write(&answer, &elsewhere, out);
    let written = arguments.output.deliver(environment.screen, environment.out, write);
    if matches!(arguments.output.format(), Format::Jsonl | Format::Csv) {
        diagnostics::assumed(&answer.assumed, environment.err);
    }
    let reported = diagnostics::report(&remarks, environment.err);
    written.map_err(|failure| vec![failure])?;
    let fails = arguments.write_baseline.is_none() && answer.fails(arguments.fail_on);
    // Nobody waits for its memory.
    rayon::spawn(move || drop((answer, programs)));
    Ok(reported.and(if fails { Exit::Findings } else { Exit::Clean }))
}

/// The programs of packs, or all that is wrong with them.
fn checked(packs: &[Pack], declared: &[Declaration]) -> Result<Vec<Program>, Vec<Diagnostic>> {
    let (mut programs, mut errors) = (Vec::new(), Vec::new());
    for pack in packs {
        match Program::of_pack(pack, declared) {
            Ok(program) => programs.push(program),
            Err(wrong) => errors.extend(wrong),
        }
    }
    errors.extend(of_one_name(&programs));
    if errors.is_empty() { Ok(programs) } else { Err(errors) }
}

/// The day of an instant, in UTC.
fn today(now: jiff::Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

impl CheckArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        let beside = self.packs.iter().chain(&self.suppressions).map(PathBuf::as_path);
        Inputs { about: vec![self.estate.path()], beside: beside.collect() }
    }

    fn write(&self, answer: &CheckAnswer, elsewhere: &str, out: &mut dyn Write) -> io::Result<()> {
        match self.output.format() {
            Format::Table => show_check(answer, self.all, out),
            Format::Json => write_answer(answer, RowFormat::Json, out),
            Format::Jsonl => write_answer(answer, RowFormat::JsonLines, out),
            Format::Csv => write_answer(answer, RowFormat::Csv, out),
            Format::Sarif => {
                let has_baseline = self.baseline.is_some();
                let results = answer.findings.iter().map(|finding| finding.sarif(elsewhere, has_baseline));
                write_sarif(results, &answer.sarif_rules(), answer.sarif_properties(), out)
            }
            Format::Junit => write_junit(answer, self.fail_on, out),
        }
    }
}
