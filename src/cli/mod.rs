//! The command line.
//!
//! ```text
//! arguments ──► typed query ──► Answers (the engine) ──► destination: screen, stream, file or directory
//! ```
//! Answers go to standard output, everything else to standard error. Commands decide nothing. Together with `estate`
//! this is the only module that reads files, and the only one that reads the clock.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod answers;
mod arguments;
mod become_;
mod can;
mod catalog;
mod check;
mod completions;
mod diagnostics;
mod engines;
mod evidence;
mod exit;
mod facts;
mod facts_out;
mod fmt;
mod given;
mod loaded;
mod narrowing;
mod new_pack;
mod options;
mod out;
mod parse;
mod problems;
mod programs;
mod progress;
mod query;
mod redact;
mod relations;
mod report;
mod requests;
mod run;
mod simulate;
mod test;
mod validate;
mod what_can;
mod who_can;
mod written;

pub use answers::{Answered, Answers, FactSink, GivenWork, OfRequest, Outcome};
pub use diagnostics::Diagnostic;
pub use evidence::{Asked, Evidence};
pub use exit::Exit;
pub use given::Given;
pub use loaded::Loaded;
pub use options::{
    Assume, AssumeChoice, BecomeQuery, CanQuery, Context, ContextEntry, FactsQuery, Narrowing, Options,
    PolicyFile, ReportQuery, Request, TagFilter, WhatCanQuery, WhoCanQuery,
};
pub use progress::Progress;
pub use run::Environment;

use crate::output::Printable;
use redact::{Inputs, Redacted, RedactedLines};

const EXAMPLES: &str = "\
Examples:
  entail report examples/acme
  entail can examples/acme bob s3:GetObject arn:aws:s3:::acme-home/bob/notes.txt --why
  entail who-can examples/acme s3:GetObject 'arn:aws:s3:::acme-artifacts/*'
  entail what-can examples/acme bob
  entail simulate examples/scenarios.jsonl
  entail validate examples/acme
  entail become examples/acme --from bob
  entail check examples/acme --fail-on critical
  entail query examples/acme 'administrator(Who)'
  entail catalog s3:GetObject

Each command has a `--help` with more.";

/// Exact effective permissions of whole AWS organisations: who can do what, where, and why
#[derive(Parser, Debug)]
#[command(name = "entail", after_long_help = EXAMPLES, after_help = "See `--help` for examples.", max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Put pseudonyms in place of accounts, principals, resources, tag values and addresses
    #[arg(long, global = true, help_heading = "Output")]
    redact: bool,
    /// Redact by the secret in this file, so that pseudonyms are the same for other exports
    #[arg(long, global = true, value_name = "FILE", help_heading = "Output")]
    redact_key: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    Report(report::ReportArgs),
    Can(can::CanArgs),
    WhoCan(who_can::WhoCanArgs),
    WhatCan(what_can::WhatCanArgs),
    Become(become_::BecomeArgs),
    Simulate(simulate::SimulateArgs),
    Validate(validate::ValidateArgs),
    Facts(facts::FactsArgs),
    Query(query::QueryArgs),
    Check(check::CheckArgs),
    Test(test::TestArgs),
    NewPack(new_pack::NewPackArgs),
    Relations(relations::RelationsArgs),
    Fmt(fmt::FmtArgs),
    Catalog(catalog::CatalogArgs),
    Completions(completions::CompletionsArgs),
}

/// The command line as `clap` knows it: commands, options and their help.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that `arguments` (the program's name first) ask for.
///
/// Never panics on input, and never fails on a standard output that is closed early.
pub fn run<A: Answers>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    environment: &mut Environment<'_, A>,
) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let (mut out, mut err) = (Printable::new(&mut *environment.out), Printable::new(&mut *environment.err));
    let environment = &mut Environment {
        answers: environment.answers,
        catalog: environment.catalog,
        clock: environment.clock,
        given: environment.given,
        screen: environment.screen,
        progress: environment.progress.clone(),
        out: &mut out,
        err: &mut err,
    };
    let texts = || -> Vec<String> {
        arguments.iter().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect()
    };
    let version = format!("{} (catalog {})", env!("CARGO_PKG_VERSION"), environment.catalog);
    let parsed = command()
        .version(version)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if texts().iter().any(|text| text.starts_with("--redact")) => {
            let redactor = redact::of_wrong_usage(&texts());
            return explain(&error, |text| redactor.text(&text), environment);
        }
        Err(error) => return explain(&error, |text| text, environment),
    };
    if !cli.redact && cli.redact_key.is_none() {
        return dispatch(&cli.command, environment);
    }
    if matches!(cli.command, Command::Fmt(_)) {
        let error =
            Diagnostic::error("usage", "`fmt` writes files as they are, and `--redact` has no place there")
                .with_help("leave out `--redact`");
        diagnostics::report(&[error], environment.err);
        return Exit::Failed;
    }
    match redact::redactor(&cli.command.inputs(), environment.given, &texts(), cli.redact_key.as_deref()) {
        Ok(redactor) => {
            let mut err = RedactedLines::new(&redactor, environment.err);
            let answers = Redacted { answers: environment.answers, redactor: redactor.clone() };
            let mut redacted = Environment {
                answers: &answers,
                catalog: environment.catalog,
                clock: environment.clock,
                given: environment.given,
                screen: environment.screen,
                progress: environment.progress.clone(),
                out: environment.out,
                err: &mut err,
            };
            let exit = dispatch(&cli.command, &mut redacted);
            let _ = err.flush();
            exit
        }
        Err(failure) => {
            diagnostics::report(&[failure], environment.err);
            Exit::Failed
        }
    }
}

impl Command {
    /// What the command reads.
    fn inputs(&self) -> Inputs<'_> {
        match self {
            Self::Report(arguments) => arguments.inputs(),
            Self::Can(arguments) => arguments.inputs(),
            Self::WhoCan(arguments) => arguments.inputs(),
            Self::WhatCan(arguments) => arguments.inputs(),
            Self::Become(arguments) => arguments.inputs(),
            Self::Simulate(arguments) => arguments.inputs(),
            Self::Validate(arguments) => arguments.inputs(),
            Self::Facts(arguments) => arguments.inputs(),
            Self::Fmt(arguments) => arguments.inputs(),
            Self::Query(arguments) => arguments.inputs(),
            Self::Check(arguments) => arguments.inputs(),
            Self::Test(arguments) => arguments.inputs(),
            Self::NewPack(_) | Self::Relations(_) | Self::Catalog(_) | Self::Completions(_) => {
                Inputs::default()
            }
        }
    }
}

fn dispatch<A: Answers>(command: &Command, environment: &mut Environment<'_, A>) -> Exit {
    let outcome = match command {
        Command::Report(arguments) => report::run(arguments, environment),
        Command::Can(arguments) => can::run(arguments, environment),
        Command::WhoCan(arguments) => who_can::run(arguments, environment),
        Command::WhatCan(arguments) => what_can::run(arguments, environment),
        Command::Become(arguments) => become_::run(arguments, environment),
        Command::Simulate(arguments) => simulate::run(arguments, environment),
        Command::Validate(arguments) => validate::run(arguments, environment),
        Command::Facts(arguments) => facts::run(arguments, environment),
        Command::Query(arguments) => query::run(arguments, environment),
        Command::Check(arguments) => check::run(arguments, environment),
        Command::Test(arguments) => test::run(arguments, environment),
        Command::NewPack(arguments) => new_pack::run(arguments, environment),
        Command::Relations(arguments) => relations::run(arguments, environment),
        Command::Fmt(arguments) => fmt::run(arguments, environment),
        Command::Catalog(arguments) => catalog::run(arguments, environment),
        Command::Completions(arguments) => completions::run(arguments, environment),
    };
    outcome.unwrap_or_else(|failures| {
        diagnostics::report(&failures, environment.err);
        Exit::Failed
    })
}

/// Help and version go to standard output and are no failure; wrong usage goes to standard error.
fn explain<A>(
    error: &clap::Error,
    shown: impl FnOnce(String) -> String,
    environment: &mut Environment<'_, A>,
) -> Exit {
    let text = shown(error.render().to_string());
    if error.use_stderr() {
        let _ = write!(environment.err, "{text}");
        Exit::Failed
    } else {
        let written = write!(environment.out, "{text}").and_then(|()| environment.out.flush());
        match diagnostics::quiet_if_closed(written) {
            Ok(()) => Exit::Clean,
            Err(failure) => diagnostics::report(&[failure], environment.err),
        }
    }
}
