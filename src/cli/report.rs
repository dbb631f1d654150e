//! `entail report`: what can everybody do?

use clap::Args;

use crate::output::terminal::{show_external, show_report};
use crate::output::{answer_table, write_tables};

use super::answers::{Answered, Answers};
use super::arguments::{EstateArgs, NarrowingArgs, OutputArgs, ReportDestination};
use super::diagnostics::{self, Diagnostic};
use super::exit::Exit;
use super::options::ReportQuery;
use super::redact::Inputs;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail report examples/acme
  entail report examples/acme --account 444444444444 --kind role --exclude service-linked
  entail report examples/acme --principal '*:role/shop-*' --format json
  entail report examples/acme --out permissions
  entail report examples/acme --through-roles --kind user
  entail report examples/acme --external --format csv
  entail report examples/acme --format csv --redact

On standard output the report is a summary, a row for each principal. With --out it is the exact \
result, as the tables that docs/tables.md describes. With --external it is a row for each way in from \
outside of the account of a resource or role; --account, --ou and --service then choose resources. With \
both, these rows are one more table.

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
    /// Count also what principals have by becoming others, through any number of roles
    #[arg(long)]
    through_roles: bool,
    /// List instead who from outside of its account reaches each resource and role
    #[arg(long, conflicts_with_all = ["through_roles", "principal", "kind", "tag", "exclude"])]
    external: bool,
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
    let narrowing = arguments.narrowing.narrowing()?;
    let through_roles = arguments.through_roles;
    let query = ReportQuery { principal: arguments.principal.clone(), narrowing, through_roles };
    let destination = arguments.output.for_report()?;
    let external = arguments.external;
    if matches!(destination, ReportDestination::Tables(..)) && !query.narrowing.services.is_empty() {
        let error =
            Diagnostic::error("usage", "`--service` narrows the summary, and tables hold sets of actions");
        return Err(error.with_help("leave it out, and choose by `actions.service` in the tables").into());
    }
    if matches!(destination, ReportDestination::Tables(..)) && through_roles {
        let error =
            Diagnostic::error("usage", "`--through-roles` is about the summary, and tables have no hops");
        return Err(error.with_help("leave out `--out`; `entail become --format csv` lists hops").into());
    }
    match &destination {
        ReportDestination::Tables(path, format) => {
            let outcome = environment.ask(&options, |answers, progress| {
                let Answered { answer: tables, mut diagnostics } =
                    answers.report_tables(&options, &query, progress)?;
                let mut tables = tables;
                if external {
                    let found = answers.external(&options, &query, progress)?;
                    let more = found.diagnostics.into_iter().filter(|more| !diagnostics.contains(more));
                    diagnostics.extend(more.collect::<Vec<_>>());
                    let table = answer_table("external", &found.answer);
                    tables.push(table.map_err(|error| vec![Diagnostic::error("output", error)])?);
                }
                diagnostics.extend(write_tables(path, *format, &tables).err().map(Diagnostic::from));
                Ok(Answered { answer: (), diagnostics })
            });
            Ok(diagnostics::report(&outcome?.diagnostics, environment.err))
        }
        ReportDestination::Summary(destination) if external => {
            let outcome =
                environment.ask(&options, |answers, progress| answers.external(&options, &query, progress));
            let answered = outcome?;
            let screen = environment.screen;
            let show = |answer: &_, out: &mut dyn std::io::Write| show_external(answer, screen, out);
            deliver(environment, destination, "external", &answered.answer, &answered.diagnostics, show)
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

impl ReportArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![self.estate.path()], beside: Vec::new() }
    }
}
