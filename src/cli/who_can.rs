//! `entail who-can`: who may do that?

use clap::Args;

use crate::output::terminal::show_who_can;
use crate::output::views::MOST_HOPS;

use super::answers::Answers;
use super::arguments::{ContextArgs, Destination, EstateArgs, NarrowingArgs, OutputArgs};
use super::diagnostics::Diagnostic;
use super::exit::Exit;
use super::options::WhoCanQuery;
use super::parse::{self, Target};
use super::redact::Inputs;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail who-can examples/acme s3:GetObject arn:aws:s3:::acme-artifacts/shop.zip
  entail who-can examples/acme s3:GetObject s3:PutObject 'arn:aws:s3:::acme-home/*' --kind role
  entail who-can examples/acme arn:aws:s3:::acme-artifacts --format csv
  entail who-can examples/acme s3:GetObject arn:aws:s3:::acme-artifacts/shop.zip --through-roles
  entail who-can examples/acme iam:CreateUser 'arn:aws:iam::444444444444:user/*' --why

Several actions give a row each; without an action, all that the resource has are asked about. \
For a resource with wildcards each row says which part of it the principal reaches.
Whom only something that was not collected could let in is counted, for one resource; `--unknown` lists them, for any.

Exit code: 0 answered, whoever can; 2 wrong usage or input.";

const USAGE: &str = "entail who-can [OPTIONS] <ESTATE> [ACTION]... [RESOURCE]";

/// Who may do something?
#[derive(Args, Clone, Debug)]
#[command(override_usage = USAGE, after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct WhoCanArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// Actions (`service:Name`, with wildcards perhaps) and the resource (`arn:…` or `*`), in any order
    #[arg(value_name = "ACTION|RESOURCE", num_args = 1.., required = true, value_parser = parse::target)]
    targets: Vec<Target>,
    /// Say which statements grant it
    #[arg(long)]
    why: bool,
    /// List also who can by becoming others, through any number of roles
    #[arg(long)]
    through_roles: bool,
    /// List also those of whom nobody knows, as something was not collected that could let them in; else they are counted
    #[arg(long)]
    unknown: bool,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    narrowing: NarrowingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A: Answers>(
    arguments: &WhoCanArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    let destination = arguments.output.for_rows()?;
    let on_screen = matches!(destination, Destination::Screen);
    let query = arguments.query(on_screen)?;
    let outcome = environment.ask(&options, |answers, progress| answers.who_can(&options, &query, progress));
    let mut answered = outcome?;
    answered.diagnostics.extend(arguments.estate.overruled_by(&query.context));
    if answered.answer.rows.iter().any(|row| row.through_left_out > 0) {
        let message = format!("of ways of more than {MOST_HOPS} hops the first and the last are listed");
        let warning = Diagnostic::warning("hops-left-out", message);
        answered
            .diagnostics
            .push(warning.with_help("`entail become ESTATE --from A --to B` lists a whole one"));
    }
    let (why, screen) = (arguments.why, environment.screen);
    let show = |answer: &_, out: &mut dyn std::io::Write| show_who_can(answer, why, screen, out);
    deliver(environment, &destination, "who_can", &answered.answer, &answered.diagnostics, show)
}

impl WhoCanArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![self.estate.path()], beside: Vec::new() }
    }

    fn query(&self, on_screen: bool) -> Result<WhoCanQuery, Diagnostic> {
        let (mut actions, mut resource) = (Vec::new(), None);
        for target in &self.targets {
            match target {
                Target::Action(action) => actions.push(action.clone()),
                Target::Resource(text) if resource.is_none() => resource = Some(text.clone()),
                Target::Resource(_) => {
                    return Err(Diagnostic::error(
                        "usage",
                        "two resources were given, and `who-can` takes one",
                    ));
                }
            }
        }
        Ok(WhoCanQuery {
            actions,
            resource,
            resource_account: self.context.resource_account.clone(),
            context: self.context.context()?,
            narrowing: self.narrowing.narrowing()?,
            // People see statements if they ask for them; programs get them in every row.
            statements: self.why || !on_screen,
            through_roles: self.through_roles,
            unknown: self.unknown,
        })
    }
}
