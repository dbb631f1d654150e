//! `entail catalog`: what is known of services, actions, resource types and condition keys?

use std::io::Write;

use clap::Args;

use crate::catalog::{ActionId, Catalog};
use crate::output::terminal::{show_actions, show_service, show_services};
use crate::output::views::{actions_view, service_view, services_view};

use super::arguments::OutputArgs;
use super::diagnostics::Diagnostic;
use super::exit::Exit;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail catalog
  entail catalog s3
  entail catalog s3:GetObject
  entail catalog 's3:Get*Acl' --format json
  entail catalog '*:TagResource' --format csv

The data is that of AWS's Service Authorization Reference, and of dated tables of what AWS says \
elsewhere; docs/catalog.md explains what is shown.

Exit code: 0 answered; 2 wrong usage, and names that are not in the catalog.";

/// How many actions of one name a hint lists.
const MOST_NAMED: usize = 4;

/// What is known of services, actions, resource types and condition keys
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct CatalogArgs {
    /// A service (`s3`), or actions (`s3:GetObject`, `s3:Get*`); all services if left out. Case is ignored
    #[arg(value_name = "SERVICE[:ACTION]")]
    about: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A>(
    arguments: &CatalogArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let destination = arguments.output.for_rows()?;
    let (catalog, screen) = (Catalog::embedded(), environment.screen);
    match arguments.about.as_deref() {
        None => {
            let list = services_view(catalog);
            let show = |list: &_, out: &mut dyn Write| show_services(list, screen, out);
            deliver(environment, &destination, "services", &list, &[], show)
        }
        Some(pattern) if pattern.contains(':') => {
            let found = catalog.at_most(pattern);
            if found.is_empty() {
                return Err(no_action(catalog, pattern).into());
            }
            let view = actions_view(catalog, found.iter());
            let show = |view: &_, out: &mut dyn Write| show_actions(view, screen, out);
            deliver(environment, &destination, "actions", &view, &[], show)
        }
        Some(prefix) => {
            let Some(view) = service_view(catalog, prefix) else {
                return Err(no_service(catalog, prefix).into());
            };
            let show = |view: &_, out: &mut dyn Write| show_service(view, screen, out);
            deliver(environment, &destination, "actions", &view, &[], show)
        }
    }
}

fn no_service(catalog: &Catalog, prefix: &str) -> Diagnostic {
    let error = Diagnostic::error("unknown-service", format!("the catalog has no service `{prefix}`"));
    let is_meant =
        |id: &ActionId| catalog.action(*id).is_some_and(|action| action.name.eq_ignore_ascii_case(prefix));
    // Whoever leaves out the prefix means an action.
    let actions = catalog.action_ids().filter(is_meant).map(|id| catalog.action_name(id));
    let actions: Vec<String> = actions.take(MOST_NAMED).collect();
    match (catalog.nearest_services(prefix, 1).first(), actions.as_slice()) {
        (_, [_, ..]) => error.with_help(format!("did you mean `{}`?", actions.join("` or `"))),
        _ if prefix.contains(['*', '?']) => {
            error.with_help("a pattern of actions has a `:`, as in `*:TagResource` or `s3:Get*`")
        }
        (Some(service), []) if !prefix.is_empty() => error.with_help(format!("did you mean `{service}`?")),
        _ => error.with_help("`entail catalog` lists the services"),
    }
}

fn no_action(catalog: &Catalog, pattern: &str) -> Diagnostic {
    let (prefix, _) = pattern.split_once(':').unwrap_or((pattern, ""));
    if catalog.service(prefix).is_none() && !prefix.contains(['*', '?']) {
        return no_service(catalog, prefix);
    }
    let error = Diagnostic::error("unknown-action", format!("the catalog has no action `{pattern}`"));
    match catalog.nearest_actions(pattern, 1).first() {
        Some(name) => error.with_help(format!("did you mean `{name}`?")),
        None if catalog.service(prefix).is_some() => {
            error.with_help(format!("`entail catalog {}` lists the actions", prefix.to_ascii_lowercase()))
        }
        None => error.with_help("`entail catalog` lists the services"),
    }
}
