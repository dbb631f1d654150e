//! `entail query`: asks in the rule language.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::datalog::engine::Given;
use crate::datalog::text::Declaration;
use crate::output::terminal::{Screen, show_assumed};
use crate::output::{QueryAnswer, RowFormat};

use super::answers::Answers;
use super::arguments::EstateArgs;
use super::diagnostics::{self, Diagnostic};
use super::evidence::Evidence;
use super::exit::Exit;
use super::facts;
use super::programs::Program;
use super::redact::Inputs;
use super::run::{self, Environment};
use super::written::WrittenArgs;

mod prompt;
mod text;

const EXAMPLES: &str = "\
Examples:
  entail query examples/acme 'principal(User, user, \"444444444444\")'
  entail query examples/acme 'administrator(Who), not principal(Who, root, _)' --format csv
  entail query examples/acme 'can(Who, \"s3:GetObject\", \"arn:aws:s3:::acme-home/bob\")' --why
  echo '?- member(User, Group).' | entail query examples/acme

Several clauses are rules and a query, `?- body.`; a text that is one body needs neither `?-` nor the full stop, \
and of rules without a query the last is asked. In place of an estate a fact file can be given, which ends in \
`.facts`. Without a text, on a terminal, there is a prompt; else the text is read from standard input. \
docs/rules.md explains the language, and `entail relations` lists what can be read.

Exit code: 0 answered, with rows or without; 2 wrong usage or input.";

/// Ask what the rule language can say
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct QueryArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// Rules and queries, or one body; without it a prompt, or standard input
    #[arg(value_name = "DATALOG")]
    text: Option<String>,
    /// Rules to ask by: a file, or `entail:NAME`; repeatable
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Say for each row what it rests on, down to statements
    #[arg(long)]
    why: bool,
    #[command(flatten)]
    output: WrittenArgs<Form>,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table for people
    #[default]
    Table,
    /// One JSON value
    Json,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
}

impl Form {
    fn rows(self) -> Option<RowFormat> {
        match self {
            Self::Table => None,
            Self::Json => Some(RowFormat::Json),
            Self::Jsonl => Some(RowFormat::JsonLines),
            Self::Csv => Some(RowFormat::Csv),
        }
    }
}

pub(super) fn run<A: Answers>(
    arguments: &QueryArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    arguments.output.check()?;
    if arguments.why && arguments.output.format() == Form::Csv {
        let error = Diagnostic::error("usage", "CSV has no place for what `--why` says");
        return Err(error.with_help("use `--format json`, `jsonl` or `table`").into());
    }
    let given_text = match &arguments.text {
        Some(text) => Some(text.clone()),
        None if io::stdin().is_terminal() => None,
        None => {
            let unreadable = |error: &dyn std::fmt::Display| {
                Diagnostic::error("unreadable", format!("standard input can't be read: {error}"))
            };
            let bytes = environment.given.read(Path::new("-")).map_err(|error| unreadable(&error))?;
            Some(String::from_utf8(bytes).map_err(|error| unreadable(&error))?)
        }
    };
    let declared = facts::declared(arguments.estate.path())?;
    let program = match &given_text {
        Some(text) => Some(arguments.program(text, &declared)?),
        None if arguments.output.format() != Form::Table || arguments.output.out.is_named() => {
            let error = Diagnostic::error("usage", "`--format` and `--out` are for a query that is given");
            return Err(error.with_help("write the query behind the estate").into());
        }
        None => None,
    };
    let now = options.now;
    let Environment { answers, progress, out, err, screen, .. } = environment;
    let redactor = answers.redactor();
    let mut asked: Result<Vec<QueryAnswer>, Vec<Diagnostic>> = Ok(Vec::new());
    let mut unknown = Vec::new();
    let answered = run::ask(*answers, progress, &options, |answers, progress| {
        answers.given(&options, progress, &mut |given, evidence| match &program {
            Some(program) => {
                asked = program.answers(given, evidence, now, arguments.why);
                unknown = program.unknown_names(given);
            }
            None => {
                progress.clear();
                let mut session = prompt::Session {
                    arguments,
                    declared: &declared,
                    now,
                    redactor,
                    screen: *screen,
                    out: &mut **out,
                };
                asked = session.run(given, evidence).map(|()| Vec::new()).map_err(Vec::from);
            }
        })
    })?;
    let mut found = asked?;
    if let Some(redactor) = redactor {
        found.iter_mut().for_each(|answer| answer.redact(redactor));
    }
    let write = |screen, out: &mut dyn Write| arguments.write(&found, screen, out);
    let written = arguments.output.deliver(*screen, *out, write);
    if !matches!(arguments.output.format(), Form::Table) {
        found.iter().for_each(|answer| diagnostics::assumed(&answer.assumed, *err));
    }
    unknown.extend(answered.diagnostics);
    let exit = diagnostics::report(&unknown, *err);
    written.map_err(|failure| vec![failure])?;
    Ok(exit)
}

impl QueryArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        let beside = self.rules.iter().map(PathBuf::as_path).collect();
        Inputs { about: vec![self.estate.path()], beside }
    }

    /// The program of a text, whose queries can be written as is wanted.
    fn program(&self, text: &str, declared: &[Declaration]) -> Result<Program, Vec<Diagnostic>> {
        let program = Program::of_texts([text::complete("<query>", text)], &self.rules, declared)?;
        match program.queries() {
            0 => {
                let error = Diagnostic::error("usage", "the text asks nothing");
                Err(error.with_help("end it with a query: `?- principal(Who, user, _).`").into())
            }
            2.. if self.output.format() != Form::Table => {
                let error = Diagnostic::error("usage", "only `--format table` writes several queries");
                Err(error.with_help("ask one after the other").into())
            }
            _ => Ok(program),
        }
    }

    fn write(&self, found: &[QueryAnswer], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        match self.output.format().rows() {
            Some(format) => found.iter().try_for_each(|answer| answer.write(format, out)),
            None => show(found, screen, out),
        }
    }
}

/// Writes answers for people.
fn show(found: &[QueryAnswer], screen: Screen, mut out: &mut dyn Write) -> io::Result<()> {
    for (index, answer) in found.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        answer.show(screen, &mut out)?;
    }
    // It is the same for all.
    if let Some(answer) = found.last() {
        show_assumed(&answer.assumed, &mut out)?;
    }
    out.flush()
}

/// What a prompt asks on.
type Asked<'a> = (&'a dyn Given, &'a mut dyn Evidence);
