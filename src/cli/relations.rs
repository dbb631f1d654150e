//! `entail relations`: what can programs read?

use std::io::Write;

use clap::Args;

use crate::datalog::engine::Offer;
use crate::datalog::relations;
use crate::document::nearest::nearest;
use crate::output::{ColumnView, RelationList, RelationView, show_relations};

use super::arguments::OutputArgs;
use super::diagnostics::Diagnostic;
use super::exit::Exit;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail relations
  entail relations principal
  entail relations --format csv

Rules read these relations of an estate; docs/rules.md explains the language. A relation that needs values \
answers one question after the other, and is never written out as a whole.

Exit code: 0 answered; 2 wrong usage, and names of no relation.";

/// What rules and queries can read of an estate
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct RelationsArgs {
    /// This relation only
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A>(
    arguments: &RelationsArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let destination = arguments.output.for_rows()?;
    let list = listed(arguments.name.as_deref())?;
    let show = |list: &_, out: &mut dyn Write| show_relations(list, out);
    deliver(environment, &destination, "relations", &list, &[], show)
}

/// One relation, or all.
pub(super) fn listed(name: Option<&str>) -> Result<RelationList, Diagnostic> {
    let names = || relations::offers().iter().map(|offer| &*offer.declaration.name.value);
    let views: Vec<RelationView> = relations::offers()
        .iter()
        .filter(|offer| name.is_none_or(|name| *name == *offer.declaration.name.value))
        .map(view)
        .collect();
    match (name, views.is_empty()) {
        (Some(name), true) => {
            let error = Diagnostic::error("unknown-relation", format!("there is no relation `{name}`"));
            Err(match nearest(name, names()) {
                Some(known) => error.with_help(format!("did you mean `{known}`?")),
                None => error.with_help("`entail relations` lists all"),
            })
        }
        _ => Ok(RelationList { relations: views }),
    }
}

fn view(offer: &Offer) -> RelationView {
    let relation = &offer.declaration;
    let column = |column: &crate::datalog::text::Column| ColumnView {
        name: column.name.value.to_string(),
        of: column.of.value.to_string(),
        words: relations::words(&relation.name.value, &column.name.value).unwrap_or_default(),
    };
    let columns: Vec<ColumnView> = relation.columns.iter().map(column).collect();
    let names = |set: &[usize]| set.iter().filter_map(|&at| Some(columns.get(at)?.name.clone())).collect();
    let sets = || offer.accepts.iter().map(|accepts| accepts.columns.as_slice());
    // Who answers with fewer values answers with more.
    let is_least = |set: &&[usize]| {
        !sets().any(|other| other.len() < set.len() && other.iter().all(|column| set.contains(column)))
    };
    let needs: Vec<Vec<String>> = sets().filter(is_least).map(names).collect();
    RelationView {
        relation: relation.name.value.to_string(),
        // Who answers without values needs none.
        needs: if needs.iter().any(Vec::is_empty) { Vec::new() } else { needs },
        columns,
        documentation: relation.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
    }
}
