//! `entail what-can`: what can this principal do, as a policy?

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use crate::answers::MOST_CHARACTERS;
use crate::output::{InexpressibleView, TooLongView, WhatCanAnswer};

use super::answers::Answers;
use super::arguments::{ContextArgs, EstateArgs};
use super::diagnostics::{self, Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::options::WhatCanQuery;
use super::out::OutArgs;
use super::parse;
use super::redact::Inputs;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail what-can examples/acme bob
  entail what-can examples/acme arn:aws:iam::444444444444:role/shop-worker --format json
  entail what-can examples/acme bob --context aws:MultiFactorAuthPresent=true
  entail what-can examples/acme ops-admin --split --out policies.json

The document grants what the principal's own side leaves: identity policies within boundary and SCPs, \
Denies subtracted, those of RCPs and of resource policies of its account too. Alone, as the only \
identity policy in an account without other policies, it never allows more than the principal can do.

What no statement can say exactly is listed as inexpressible: on standard error, or in the JSON. \
That holds for what resource policies grant the principal themselves, too: no identity policy can say \
that a resource grants it. What resources of other accounts grant, and what endpoints on the path of \
a request refuse, is no part of it; `can` knows.

A wildcard is written only where a policy has it and all that it matches is granted, actions that AWS \
adds later included; `--expand` names every action. Tests of time, transport and way of calling are \
kept as conditions; `--context` says what they are, and the document then holds for such requests.

It takes one principal, since a document is about one; `report` is about many, and can be narrowed.

Exit code: 0 answered; 2 wrong usage or input.";

/// How many parts that the document leaves out are shown one by one.
const MOST_SHOWN: usize = 20;

/// What a principal can do, as one policy document
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct WhatCanArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// An ARN, a session ARN, an account id, or a unique name
    #[arg(value_parser = parse::principal)]
    principal: String,
    /// Name every action, without wildcards
    #[arg(long)]
    expand: bool,
    /// Write an array of documents, each of at most 6,144 characters as AWS wants managed policies, if it can be divided so
    #[arg(long)]
    split: bool,
    #[command(flatten)]
    context: ContextArgs,
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", default_value = "policy", help_heading = "Output")]
    format: Form,
    #[command(flatten)]
    out: OutArgs,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The document alone; what it leaves out goes to standard error
    Policy,
    /// One JSON value with the document, what it leaves out, what is missing and what was assumed
    Json,
}

pub(super) fn run<A: Answers>(
    arguments: &WhatCanArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options_without_context(environment.clock)?;
    if arguments.context.resource_account.is_some() {
        return Err(Diagnostic::error("usage", "`--resource-account` is about one resource").into());
    }
    let place = arguments.out.place()?;
    let query = WhatCanQuery {
        principal: arguments.principal.clone(),
        context: arguments.context.context()?,
        expand: arguments.expand,
        split: arguments.split,
    };
    let outcome = environment.ask(&options, |answers, progress| answers.what_can(&options, &query, progress));
    let mut answered = outcome?;
    answered.diagnostics.extend(too_long(&answered.answer));
    if arguments.format == Form::Policy {
        answered.diagnostics.extend(left_out(&answered.answer));
    }
    let show = |out: &mut dyn Write| write(&answered.answer, arguments.format, out);
    let written = match &place {
        Some(place) => place.write(|out| show(out)),
        None => {
            let mut out = io::BufWriter::new(&mut *environment.out);
            let written = show(&mut out).and_then(|()| out.flush());
            quiet_if_closed(written)
        }
    };
    let exit = diagnostics::report(&answered.diagnostics, environment.err);
    written.map_err(|failure| vec![failure])?;
    Ok(exit)
}

fn write(answer: &WhatCanAnswer, form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Policy => serde_json::to_writer_pretty(&mut *out, &answer.document)?,
        Form::Json => serde_json::to_writer(&mut *out, answer)?,
    }
    writeln!(out)
}

/// Documents that AWS does not take, as warnings.
fn too_long(answer: &WhatCanAnswer) -> Vec<Diagnostic> {
    let documents = answer.document.as_array().map_or(1, Vec::len);
    let warning = |long: &TooLongView| {
        let which = match documents {
            1 => "the document".to_owned(),
            several => format!("document {} of {several}", long.document),
        };
        let limit = format!(
            "{which} has {} characters, white space apart; AWS takes {MOST_CHARACTERS} in a managed policy",
            long.characters
        );
        match &long.why {
            Some(why) => Diagnostic::warning("too-long", format!("{limit}: {why}")),
            None => Diagnostic::warning("too-long", limit).with_help("`--split` writes several documents"),
        }
    };
    answer.too_long.iter().map(warning).collect()
}

/// What the document leaves out, as warnings.
fn left_out(answer: &WhatCanAnswer) -> Vec<Diagnostic> {
    let missing = answer.missing.iter().map(|what| Diagnostic::warning("missing", what));
    let list = answer.inexpressible.iter().take(MOST_SHOWN).map(warning);
    let mut warnings: Vec<Diagnostic> = missing.chain(list).collect();
    let more = answer.inexpressible.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        let warning = Diagnostic::warning("inexpressible", format!("{more} more parts are not shown"));
        warnings.push(warning.with_help("`--format json` has them all"));
    }
    warnings
}

fn warning(of: &InexpressibleView) -> Diagnostic {
    let but = match of.actions.as_slice() {
        [one] => one.strip_prefix("* except "),
        _ => None,
    };
    let actions = match but {
        Some(names) => format!("* except {}", few(&names.split(", ").collect::<Vec<_>>())),
        None => few(&of.actions.iter().map(String::as_str).collect::<Vec<_>>()),
    };
    let when = of.condition.as_ref().map(|condition| format!(" if {}", condition.text)).unwrap_or_default();
    Diagnostic::warning("inexpressible", format!("{actions} on {}{when}: {}", of.resources, of.why))
}

/// The first of some names, and how many more there are.
fn few(names: &[&str]) -> String {
    const FEW: usize = 5;
    let first = names.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(FEW) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl WhatCanArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![self.estate.path()], beside: Vec::new() }
    }
}
