//! `entail become`: who can become whom?

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use crate::output::terminal::{Screen, show_become};
use crate::output::{
    BecomeAnswer, GraphFormat, MOST_LINES, RowFormat, fits_a_picture, write_answer, write_graph,
};

use super::answers::Answers;
use super::arguments::{EstateArgs, NarrowingArgs};
use super::diagnostics::{self, Diagnostic};
use super::exit::Exit;
use super::options::{BecomeQuery, Listed, Narrowing};
use super::parse;
use super::redact::Inputs;
use super::run::Environment;
use super::written::WrittenArgs;

const EXAMPLES: &str = "\
Examples:
  entail become examples/acme
  entail become examples/acme --from bob
  entail become examples/acme --to arn:aws:iam::444444444444:role/auditor --why
  entail become examples/acme --external-only --format csv
  entail become examples/acme --from alice --account 222222222222
  entail become examples/acme --format svg > hops.svg

A hop is one call: sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity. Each is decided \
like any other request, with all policies of both sides, and has its own condition: two hops of a path may \
need different values of the same key. Ways that are allowed come before those that depend on something, \
and of those the shortest.

With --from, everybody whom that principal can become; with --to, everybody who can become it; with both, \
the shortest paths. Without either, all hops at a glance.

Where there are more than 16 hops for each principal, and over 10,000, json, jsonl, csv, graphml and opengraph list of \
each principal no more than 16, the surest first; --all-hops lists all.

svg, dot and mermaid draw one node for each account where more than 50 principals take part.

Exit code: 0 answered; 2 wrong usage or input.";

/// Who can become whom, through roles?
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct BecomeArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// Whom can this principal become?
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse::principal)]
    from: Option<String>,
    /// Who can become this principal?
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse::principal)]
    to: Option<String>,
    /// Follow at most so many hops
    #[arg(long, value_name = "HOPS", value_parser = clap::value_parser!(u32).range(1..))]
    max_depth: Option<u32>,
    /// Only who comes from outside of the estate
    #[arg(long, conflicts_with = "from")]
    external_only: bool,
    /// List every hop, however many there are
    #[arg(long, conflicts_with_all = ["from", "to"])]
    all_hops: bool,
    /// Say which statements let each hop happen
    #[arg(long)]
    why: bool,
    #[command(flatten)]
    narrowing: NarrowingArgs,
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
    /// A graph for Graphviz
    Dot,
    /// A Mermaid flowchart
    Mermaid,
    /// A graph for yEd, Gephi and others
    Graphml,
    /// A graph for BloodHound
    Opengraph,
    /// A picture
    Svg,
}

pub(super) fn run<A: Answers>(
    arguments: &BecomeArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    arguments.output.check()?;
    let (format, why) = (arguments.output.format(), arguments.why);
    if why && matches!(format, Form::Dot | Form::Mermaid | Form::Graphml | Form::Opengraph | Form::Svg) {
        let error = Diagnostic::error("usage", "a graph has no place for what `--why` says");
        return Err(error.with_help("use `--format table`, `json`, `jsonl` or `csv`").into());
    }
    let narrowing = arguments.narrowing.narrowing()?;
    if let Some(other) = narrowing.services.iter().find(|service| !service.eq_ignore_ascii_case("sts")) {
        let error = Diagnostic::error("usage", format!("`--service {other}`: hops are calls of `sts`"));
        return Err(error.with_help("leave it out").into());
    }
    if arguments.from.is_some() && arguments.to.is_some() && narrowing != Narrowing::default() {
        let error =
            Diagnostic::error("usage", "between two principals there are paths, and nothing to narrow");
        return Err(error.with_help("leave out `--from` or `--to`, or what narrows").into());
    }
    let query = BecomeQuery {
        narrowing,
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        max_depth: arguments.max_depth,
        listed: match format {
            Form::Table => Listed::None,
            // Pictures of many principals have a node for each account.
            Form::Dot | Form::Mermaid | Form::Svg => Listed::All,
            _ if arguments.all_hops => Listed::All,
            _ => Listed::Some,
        },
        external_only: arguments.external_only,
        statements: why || matches!(format, Form::Json | Form::Jsonl | Form::Csv),
    };
    let outcome = environment.ask(&options, |answers, progress| answers.become_(&options, &query, progress));
    let mut answered = outcome?;
    if let Some(left) =
        answered.answer.overview.as_ref().map(|overview| overview.left_out).filter(|left| *left > 0)
    {
        let warning = Diagnostic::warning("hops-left-out", format!("{left} hops are not listed"));
        answered
            .diagnostics
            .push(warning.with_help("`--all-hops` lists them, `--from` and `--to` those of a principal"));
    }
    if format == Form::Svg
        && let Err((nodes, lines)) = fits_a_picture(&answered.answer)
    {
        let text = format!(
            "a picture of {nodes} nodes and {lines} lines can't be read, at most of {MOST_LINES} lines"
        );
        let help = "draw less of it (`--from`, `--to`, `--max-depth`, `--account`), or let another program draw `--format dot`";
        return Err(Diagnostic::error("large-picture", text).with_help(help).into());
    }
    let show = |screen, out: &mut dyn Write| write(&answered.answer, format, why, screen, out);
    let written = arguments.output.deliver(environment.screen, environment.out, show);
    let exit = diagnostics::report(&answered.diagnostics, environment.err);
    written.map_err(|failure| vec![failure])?;
    Ok(exit)
}

fn write(
    answer: &BecomeAnswer,
    format: Form,
    why: bool,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Form::Table => show_become(answer, why, screen, out),
        Form::Json => write_answer(answer, RowFormat::Json, out),
        Form::Jsonl => write_answer(answer, RowFormat::JsonLines, out),
        Form::Csv => write_answer(answer, RowFormat::Csv, out),
        Form::Dot => write_graph(answer, GraphFormat::Dot, out),
        Form::Mermaid => write_graph(answer, GraphFormat::Mermaid, out),
        Form::Graphml => write_graph(answer, GraphFormat::GraphMl, out),
        Form::Svg => write_graph(answer, GraphFormat::Svg, out),
        Form::Opengraph => write_graph(answer, GraphFormat::OpenGraph, out),
    }
}

impl BecomeArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![self.estate.path()], beside: Vec::new() }
    }
}
