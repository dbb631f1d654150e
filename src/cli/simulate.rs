//! `entail simulate`: what do these scenarios come to?

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use crate::answers::Simulator;
use crate::facts::keys;
use crate::facts::readings::Readings;
use crate::output::redact::Redactor;
use crate::output::views::{LineOf, scenario_error_view, scenario_view};
use crate::output::{ScenarioAnswer, ScenarioErrorView, ScenarioProblem};
use crate::scenario::{OpenKeys, Scenario, ScenarioError};

use super::answers::Answers;
use super::diagnostics::{self, Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::given::{self, Given};
use super::out::OutArgs;
use super::parse;
use super::redact::Inputs;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail simulate examples/scenarios.jsonl
  entail simulate examples/scenarios.jsonl --unknown aws:SourceVpce,aws:PrincipalTag/team
  cat examples/scenarios.jsonl | entail simulate - --derive > answers.jsonl

A line is one scenario: a request with all policies that take part (docs/scenarios.md). Its answer is a line too:
  {\"id\", \"decision\", \"blocked_by\", \"condition\", \"statements\", \"missing\", \"assumed\"}, or {\"id\", \"error\"} for a malformed line.

Exit code: 0 all decided, and as expected where a line says so; 1 some came out otherwise; 2 malformed lines or policies.";

/// Decide self-contained requests, each with its policies
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct SimulateArgs {
    /// A file of scenarios, one JSON object a line; `-` is standard input
    scenarios: PathBuf,
    /// Add the context keys that follow from principal, resource and organisation, in every scenario
    #[arg(long)]
    derive: bool,
    /// Context keys that are unknown where a scenario does not give them; `aws:PrincipalTag/` means all such tags
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', value_parser = parse::context_key, conflicts_with = "partial")]
    unknown: Vec<String>,
    /// Every context key that a scenario does not give is unknown
    #[arg(long)]
    partial: bool,
    /// How to read what AWS leaves open (`U-77=limited`); repeatable
    #[arg(long, value_name = "WHAT", value_parser = parse::reading)]
    assume: Vec<(String, String)>,
    #[command(flatten)]
    out: OutArgs,
    /// How many threads work [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = parse::jobs)]
    jobs: Option<std::num::NonZeroUsize>,
}

/// How many scenarios share their compiled policies and one fixpoint.
const BATCH: usize = 16384;
/// How many batches are worked on at once. Part of the work on a batch is for one thread.
const AT_ONCE: usize = 2;
/// A batch of fewer is not worth the work that all its scenarios share.
const SMALL: usize = 4096;
/// How many answers are made into bytes together.
const CHUNK: usize = 256;
/// How many mismatches and problems are shown one by one.
const MOST_SHOWN: usize = 50;

/// The answers to some lines, and what they come to.
#[derive(Default)]
struct Answered {
    lines: Vec<u8>,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    decided: usize,
    compared: usize,
    mismatches: usize,
    malformed: usize,
    notes: Vec<Diagnostic>,
    left_out: usize,
}

pub(super) fn run<A: Answers>(
    arguments: &SimulateArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let place = arguments.out.place()?;
    let (name, text) = read(&arguments.scenarios, environment.given)?;
    let by = By {
        file: &name,
        derive: arguments.derive,
        open: arguments.open_keys(),
        readings: arguments.readings()?,
        redactor: environment.answers.redactor(),
    };
    let mut tally = Tally::default();
    for odd in arguments.unknown.iter().filter_map(|key| keys::unheard_of(key)) {
        tally.note(|| Diagnostic::warning("scenario", odd));
    }
    let written = {
        let progress = &environment.progress;
        progress.stage("simulating", text.len() as u64);
        let mut work = |out: &mut (dyn Write + Send)| -> io::Result<()> {
            simulate(&text, &by, |bytes, answered| {
                progress.advance(bytes);
                for Answered { lines, tally: of_lines } in answered {
                    tally.add(of_lines);
                    out.write_all(&lines)?;
                }
                out.flush()
            })
        };
        let pool = arguments.jobs.map(|jobs| rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build());
        let result = match (pool, &place) {
            (Some(Err(error)), _) => {
                return Err(Diagnostic::error("usage", format!("cannot start threads: {error}")).into());
            }
            (Some(Ok(pool)), None) => quiet_if_closed(pool.install(|| work(environment.out))),
            (None, None) => quiet_if_closed(work(environment.out)),
            (pool, Some(place)) => place.write(|out| {
                let mut bytes = Vec::new();
                match pool {
                    Some(Ok(pool)) => pool.install(|| work(&mut bytes))?,
                    _ => work(&mut bytes)?,
                }
                out.write_all(&bytes)
            }),
        };
        progress.clear();
        result
    };
    let reported = tally.report(environment.err);
    written.map_err(|failure| vec![failure])?;
    Ok(reported)
}

/// How the scenarios of a file are decided.
struct By<'a> {
    file: &'a str,
    derive: bool,
    open: OpenKeys,
    readings: Readings,
    redactor: Option<&'a Redactor>,
}

impl SimulateArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![&self.scenarios], beside: Vec::new() }
    }

    fn readings(&self) -> Result<Readings, Diagnostic> {
        let mut readings = Readings::default();
        for (question, reading) in &self.assume {
            readings.choose(question, reading).map_err(|error| Diagnostic::error("usage", error))?;
        }
        Ok(readings)
    }

    fn open_keys(&self) -> OpenKeys {
        if self.partial { OpenKeys::All } else { OpenKeys::these(&self.unknown) }
    }
}

/// The name and the bytes of a file.
fn read(path: &Path, given: &Given) -> Result<(String, Vec<u8>), Diagnostic> {
    let name = given::name(path);
    match given.read(path) {
        Ok(text) => Ok((name, text)),
        Err(error) => {
            Err(Diagnostic::error("unreadable", format!("cannot read the scenarios: {error}")).at(name))
        }
    }
}

/// Decides the lines of a file, some batches at a time; `take` gets how many bytes these have, and the answers in order.
fn simulate(
    text: &[u8],
    by: &By,
    mut take: impl FnMut(u64, Vec<Answered>) -> io::Result<()>,
) -> io::Result<()> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let lines: Vec<(u32, &[u8])> = (1..)
        .zip(text.split(|&byte| byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    for some in lines.chunks(BATCH * AT_ONCE) {
        let batches = some.par_chunks(some.len().div_ceil(AT_ONCE).max(SMALL));
        let answered: Vec<Vec<Answered>> = batches.map(|batch| by.decide(batch)).collect::<Result<_, _>>()?;
        let bytes = some.iter().map(|(_, line)| line.len() as u64 + 1).sum();
        take(bytes, answered.into_iter().flatten().collect())?;
    }
    Ok(())
}

impl By<'_> {
    /// Decides the lines of a batch.
    fn decide(&self, lines: &[(u32, &[u8])]) -> io::Result<Vec<Answered>> {
        let read: Vec<(u32, Result<Scenario<'_>, ScenarioErrorView>)> = lines
            .par_iter()
            .map(|&(number, line)| (number, read_line(number, line, self.derive, &self.open)))
            .collect();
        let mut scenarios = Vec::with_capacity(read.len());
        let mut places: Vec<(u32, Result<usize, ScenarioErrorView>)> = Vec::with_capacity(read.len());
        for (number, result) in read {
            let place = result.map(|scenario| {
                scenarios.push(scenario);
                scenarios.len() - 1
            });
            places.push((number, place));
        }
        let simulator = Simulator::by_readings(&scenarios, self.readings);
        let answer = |some: &[(u32, Result<usize, ScenarioErrorView>)]| {
            let mut answered = Answered::default();
            for (number, read) in some {
                match read {
                    Ok(index) => {
                        let scenario = &scenarios[*index];
                        match simulator.decide(*index) {
                            Ok(simulated) => {
                                let line = LineOf { file: self.file, number: *number };
                                answered.answer(self, &scenario_view(scenario, line, &simulated))?;
                            }
                            Err(error) => {
                                let id = Some(scenario.id.to_string());
                                answered.malformed(self, &scenario_error_view(id, *number, &error))?;
                            }
                        }
                    }
                    Err(error) => answered.malformed(self, error)?,
                }
            }
            Ok(answered)
        };
        places.par_chunks(CHUNK).map(answer).collect()
    }
}

fn read_line<'a>(
    number: u32,
    line: &'a [u8],
    derive: bool,
    open: &OpenKeys,
) -> Result<Scenario<'a>, ScenarioErrorView> {
    let text = std::str::from_utf8(line.trim_ascii()).map_err(|error| {
        let error = ScenarioError {
            message: "the line is not UTF-8".to_owned(),
            column: error.valid_up_to() as u32 + 1,
            path: Default::default(),
        };
        scenario_error_view(None, number, &error)
    })?;
    let mut scenario = Scenario::read(text, number as usize)
        .map_err(|error| scenario_error_view(Scenario::id_of(text), number, &error))?;
    scenario.derive |= derive;
    scenario.open = std::mem::take(&mut scenario.open).and(open);
    Ok(scenario)
}

impl Answered {
    fn malformed(&mut self, by: &By, error: &ScenarioErrorView) -> io::Result<()> {
        self.tally.malformed += 1;
        self.tally.note(|| malformed("malformed-scenario", by.file, &error.error));
        write_line(error, by.redactor, &mut self.lines)
    }

    fn answer(&mut self, by: &By, answer: &ScenarioAnswer) -> io::Result<()> {
        self.tally.count(by.file, answer);
        write_line(answer, by.redactor, &mut self.lines)
    }
}

impl Tally {
    fn count(&mut self, file: &str, answer: &ScenarioAnswer) {
        self.decided += 1;
        for warning in &answer.warnings {
            self.note(|| Diagnostic::warning("scenario", warning).at(format!("{file} {}", answer.id)));
        }
        if let Some(expected) = &answer.expected {
            self.mismatches += 1;
            let by: Vec<&str> = answer.blocked_by.iter().map(|layer| layer.as_str()).collect();
            let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
            let message = format!("expected {expected}, got {}{by}", answer.decision.as_str());
            self.note(|| Diagnostic::warning("mismatch", message).at(format!("{file} {}", answer.id)));
        }
        self.compared += usize::from(answer.compared);
        // A scenario about something malformed, and decided as it says, is no failure of the input.
        let anticipated = answer.compared && answer.expected.is_none();
        for problem in answer.problems.iter().filter(|_| !anticipated) {
            self.malformed += 1;
            self.note(|| malformed("malformed-policy", file, problem));
        }
    }

    /// Adds what later lines come to.
    fn add(&mut self, later: Tally) {
        self.decided += later.decided;
        self.compared += later.compared;
        self.mismatches += later.mismatches;
        self.malformed += later.malformed;
        let shown = later.notes.len().min(MOST_SHOWN - self.notes.len());
        self.left_out += later.left_out + later.notes.len() - shown;
        self.notes.extend(later.notes.into_iter().take(shown));
    }

    fn note(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        match self.notes.len() < MOST_SHOWN {
            true => self.notes.push(diagnostic()),
            false => self.left_out += 1,
        }
    }

    fn report(self, err: &mut (dyn Write + Send)) -> Exit {
        let _ = diagnostics::report(&self.notes, err);
        if self.left_out > 0 {
            let _ = writeln!(err, "{} more are not shown\n", self.left_out);
        }
        let matched = self.compared - self.mismatches;
        let _ = match self.compared {
            0 => writeln!(err, "{} decided, {} malformed", self.decided, self.malformed),
            compared => writeln!(
                err,
                "{} decided, {matched} of {compared} as expected, {} malformed",
                self.decided, self.malformed
            ),
        };
        match (self.malformed, self.mismatches) {
            (0, 0) => Exit::Clean,
            (0, _) => Exit::Findings,
            _ => Exit::Failed,
        }
    }
}

fn malformed(code: &str, file: &str, problem: &ScenarioProblem) -> Diagnostic {
    let place = format!("{file}:{}:{} ({})", problem.line, problem.column, problem.path);
    Diagnostic::error(code, &problem.message).at(place)
}

fn write_line(answer: &impl Serialize, redactor: Option<&Redactor>, lines: &mut Vec<u8>) -> io::Result<()> {
    match redactor {
        None => serde_json::to_writer(&mut *lines, answer)?,
        Some(redactor) => {
            let mut value = serde_json::to_value(answer)?;
            redactor.value(&mut value);
            serde_json::to_writer(&mut *lines, &value)?;
        }
    }
    lines.push(b'\n');
    Ok(())
}
