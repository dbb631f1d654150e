//! The command line.
//!
//! ```text
//! arguments ──► typed query ──► Answers (the engine) ──► destination: screen, stream, file or directory
//! ```
//! Answers go to standard output, everything else to standard error. Commands decide nothing. Together with `estate`
//! this is the only module that reads files, and the only one that reads the clock.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod answers;
mod arguments;
mod can;
mod catalog;
mod completions;
mod diagnostics;
mod exit;
mod facts;
mod facts_out;
mod loaded;
mod narrowing;
mod options;
mod parse;
mod problems;
mod progress;
mod report;
mod requests;
mod run;
mod simulate;
mod validate;
mod what_can;
mod who_can;

pub use answers::{Answered, Answers, FactSink, Outcome};
pub use diagnostics::Diagnostic;
pub use exit::Exit;
pub use loaded::Loaded;
pub use options::{
    Assume, AssumeChoice, CanQuery, Context, ContextEntry, FactsQuery, Narrowing, Options, PolicyFile,
    ReportQuery, Request, TagFilter, WhatCanQuery, WhoCanQuery,
};
pub use progress::Progress;
pub use run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail report examples/acme
  entail can examples/acme alice s3:GetObject arn:aws:s3:::acme-logs/2026 --why
  entail who-can examples/acme s3:GetObject 'arn:aws:s3:::acme-payroll/*'
  entail what-can examples/acme alice
  entail simulate scenarios.jsonl
  entail validate examples/acme
  entail catalog s3:GetObject

Each command has a `--help` with more.";

/// Exact effective permissions of whole AWS organisations: who can do what, where, and why
#[derive(Parser, Debug)]
#[command(name = "entail", after_long_help = EXAMPLES, after_help = "See `--help` for examples.", max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Report(report::ReportArgs),
    Can(can::CanArgs),
    WhoCan(who_can::WhoCanArgs),
    WhatCan(what_can::WhatCanArgs),
    Simulate(simulate::SimulateArgs),
    Validate(validate::ValidateArgs),
    Facts(facts::FactsArgs),
    Catalog(catalog::CatalogArgs),
    Completions(completions::CompletionsArgs),
}

/// Runs the command that `arguments` (the program's name first) ask for.
///
/// Never panics on input, and never fails on a standard output that is closed early.
pub fn run<A: Answers>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    environment: &mut Environment<'_, A>,
) -> Exit {
    let version = format!("{} (catalog {})", env!("CARGO_PKG_VERSION"), environment.catalog);
    let parsed = Cli::command()
        .version(version)
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return explain(&error, environment),
    };
    let outcome = match &cli.command {
        Command::Report(arguments) => report::run(arguments, environment),
        Command::Can(arguments) => can::run(arguments, environment),
        Command::WhoCan(arguments) => who_can::run(arguments, environment),
        Command::WhatCan(arguments) => what_can::run(arguments, environment),
        Command::Simulate(arguments) => simulate::run(arguments, environment),
        Command::Validate(arguments) => validate::run(arguments, environment),
        Command::Facts(arguments) => facts::run(arguments, environment),
        Command::Catalog(arguments) => catalog::run(arguments, environment),
        Command::Completions(arguments) => completions::run(arguments, environment),
    };
    outcome.unwrap_or_else(|failures| {
        diagnostics::report(&failures, environment.err);
        Exit::Failed
    })
}

/// Help and version go to standard output and are no failure; wrong usage goes to standard error.
fn explain<A>(error: &clap::Error, environment: &mut Environment<'_, A>) -> Exit {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(environment.err, "{text}");
        Exit::Failed
    } else {
        let _ = write!(environment.out, "{text}").and_then(|()| environment.out.flush());
        Exit::Clean
    }
}
