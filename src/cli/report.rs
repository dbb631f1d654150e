//! `entail report`: what can everybody do?

use clap::Args;

use crate::output::terminal::show_report;
use crate::output::write_tables;

use super::answers::{Answered, Answers};
use super::arguments::{EstateArgs, NarrowingArgs, OutputArgs, ReportDestination};
use super::diagnostics::{self, Diagnostic};
use super::exit::Exit;
use super::options::ReportQuery;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail report estate
  entail report estate --account 111122223333 --kind role --exclude service-linked
  entail report estate --principal '*:role/ci-*' --format json
  entail report estate --out permissions/
  duckdb -c \"SELECT arn FROM 'permissions/principals.parquet' WHERE effective_administrator\"

On standard output the report is a summary, a row for each principal. With --out it is the exact
result, as the tables that docs/tables.md describes.

Exit code: 0 answered; 2 wrong usage or input.";

/// The effective permissions of all principals
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct ReportArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// Principals whose ARN matches, with `*` and `?`
    #[arg(long, value_name = "GLOB")]
    principal: Option<String>,
    #[command(flatten)]
    narrowing: NarrowingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A: Answers>(
    arguments: &ReportArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    let query =
        ReportQuery { principal: arguments.principal.clone(), narrowing: arguments.narrowing.narrowing() };
    match &arguments.output.for_report()? {
        ReportDestination::Tables(path, format) => {
            let outcome = environment.ask(&options, |answers, progress| {
                let Answered { answer: tables, mut diagnostics } =
                    answers.report_tables(&options, &query, progress)?;
                diagnostics.extend(write_tables(path, *format, &tables).err().map(Diagnostic::from));
                Ok(Answered { answer: (), diagnostics })
            });
            Ok(diagnostics::report(&outcome?.diagnostics, environment.err))
        }
        ReportDestination::Summary(destination) => {
            let outcome =
                environment.ask(&options, |answers, progress| answers.report(&options, &query, progress));
            let answered = outcome?;
            let screen = environment.screen;
            let show = |answer: &_, out: &mut dyn std::io::Write| show_report(answer, screen, out);
            deliver(environment, destination, "report", &answered.answer, &answered.diagnostics, show)
        }
    }
}
