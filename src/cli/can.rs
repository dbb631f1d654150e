//! `entail can`: may this principal do that?

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::terminal::{show_can, show_requests};
use crate::output::{LineAnswer, RowFormat};

use super::answers::{Answered, Answers, OfRequest};
use super::arguments::{ContextArgs, Destination, EstateArgs, OutputArgs};
use super::diagnostics::Diagnostic;
use super::exit::Exit;
use super::given::{self, Given};
use super::options::{CanQuery, Context, PolicyFile, Request};
use super::parse::{self, Target};
use super::redact::Inputs;
use super::requests::read_requests;
use super::run::{Environment, deliver};

const EXAMPLES: &str = "\
Examples:
  entail can examples/acme bob s3:GetObject arn:aws:s3:::acme-home/bob/notes.txt
  entail can examples/acme ops-admin iam:PassRole arn:aws:iam::444444444444:role/shop-api --why
  entail can examples/acme bob s3:ListBucket arn:aws:s3:::acme-home --context s3:prefix=bob/a
  entail can examples/acme alice iam:ListUsers --through-roles
  entail can examples/acme --requests examples/questions.jsonl --format jsonl
  head -n 1 examples/questions.jsonl | entail can examples/acme --requests - --redact

A line of a file of requests is an object with the fields
  id, principal, action, resource, resource_account    texts
  context                                              {\"aws:TagKeys\": [\"a\", \"b\"], \"aws:SourceVpce\": null}
All but principal and action may be left out. `null` says that the request lacks the key. A line that can't be \
answered has a row too: {\"id\", \"error\": {\"message\", \"line\", \"column\", \"path\"}}; in CSV a column `error`.

Exit code: 0 allowed, 1 denied, 3 conditional or unknown; 2 wrong usage or input.
Of several requests: 0 if all are allowed, else 1 if one is denied, else 3.
With --through-roles the surest way counts. --context is what is known of the request itself, and not of \
the calls by which the principal becomes others.";

const USAGE: &str = "\
entail can [OPTIONS] <ESTATE> <PRINCIPAL> <ACTION> [RESOURCE]
       entail can [OPTIONS] <ESTATE> --requests <FILE>";

/// May a principal do something?
#[derive(Args, Clone, Debug)]
#[command(override_usage = USAGE, after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct CanArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// An ARN, a session ARN, `anonymous`, a service, an account id, a canonical user id, or a unique name
    #[arg(value_parser = parse::principal, required_unless_present = "requests", conflicts_with = "requests")]
    principal: Option<String>,
    /// The action (`service:Name`) and the resource (`arn:…` or `*`), in any order
    #[arg(value_name = "ACTION|RESOURCE", num_args = 1..=2, value_parser = parse::target,
          required_unless_present = "requests", conflicts_with = "requests")]
    targets: Vec<Target>,
    /// Answer each line of this JSON Lines file, all in one load; `-` is standard input
    #[arg(long, value_name = "FILE")]
    requests: Option<PathBuf>,
    /// Prove the answer; for a denial, also say what would change it
    #[arg(long)]
    why: bool,
    /// Look also for a way through roles that the principal can become
    #[arg(long)]
    through_roles: bool,
    /// A session policy that limits the principal's session; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Request context", conflicts_with = "through_roles")]
    session_policy: Option<PathBuf>,
    #[command(flatten)]
    context: ContextArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run<A: Answers>(
    arguments: &CanArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    let destination = arguments.output.for_rows()?;
    arguments.check(&destination)?;
    let context = arguments.context.context()?;
    let overruled = arguments.estate.overruled_by(&context);
    let session_policy =
        arguments.session_policy.as_ref().map(|path| read_policy(path, environment.given)).transpose()?;
    let mut lines = match &arguments.requests {
        Some(file) => {
            let owner = arguments.context.resource_account.as_deref();
            Some(read_requests(file, environment.given, &context, owner)?)
        }
        None => None,
    };
    let requests = match &mut lines {
        Some(lines) => lines.take_requests(),
        None => vec![arguments.request(context)?],
    };
    let query =
        CanQuery { requests, session_policy, why: arguments.why, through_roles: arguments.through_roles };
    let outcome = environment.ask(&options, |answers, progress| answers.can(&options, &query, progress));
    let screen = environment.screen;
    let Some(lines) = lines else {
        let Answered { answer, mut diagnostics } = outcome?;
        let Some(OfRequest { answer, warnings }) = answer.into_iter().next() else { return Err(diagnostics) };
        diagnostics.splice(0..0, overruled.into_iter().chain(warnings));
        let answer = match answer {
            Ok(answer) => answer,
            Err(refused) => {
                diagnostics.insert(0, refused);
                return Err(diagnostics);
            }
        };
        let show = |answer: &_, out: &mut dyn Write| show_can(answer, out);
        let reported = deliver(environment, &destination, "can", &answer, &diagnostics, show)?;
        return Ok(Exit::of_answers([&answer]).and(reported));
    };
    let Answered { answer, mut diagnostics } =
        outcome.map_err(|failures| [lines.malformed(), failures].concat())?;
    let (answers, about) = lines.answers(answer, environment.answers.redactor());
    diagnostics.splice(0..0, overruled.into_iter().chain(about));
    let show = |answers: &Vec<_>, out: &mut dyn Write| show_requests(answers, screen, out);
    let reported = deliver(environment, &destination, "can", &answers, &diagnostics, show)?;
    let decided = answers.iter().filter_map(|line| match line {
        LineAnswer::Answered(answer) => Some(&**answer),
        LineAnswer::Refused(_) => None,
    });
    Ok(Exit::of_answers(decided).and(reported))
}

impl CanArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        let beside = self.requests.iter().chain(&self.session_policy).map(PathBuf::as_path);
        Inputs { about: vec![self.estate.path()], beside: beside.collect() }
    }

    /// Whether the arguments go together.
    fn check(&self, destination: &Destination) -> Result<(), Diagnostic> {
        let many = self.requests.is_some();
        let has_no_place = match destination {
            Destination::Stream(format) | Destination::File(_, format) => *format == RowFormat::Csv,
            Destination::Parquet(_) => true,
            // A line for each request.
            Destination::Screen => many,
        };
        if self.why && has_no_place {
            let (what, others) = match many {
                true => ("the table of many requests, CSV and Parquet have", "`--format json` or `jsonl`"),
                false => ("CSV and Parquet have", "`--format json`, `jsonl` or `table`"),
            };
            let error = Diagnostic::error("usage", format!("{what} no place for what `--why` says"));
            return Err(error.with_help(format!("use {others}")));
        }
        let is_stdin = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        if is_stdin(&self.requests) && is_stdin(&self.session_policy) {
            let message = "standard input holds the requests or the session policy, not both";
            return Err(Diagnostic::error("usage", message).with_help("name a file for one of them"));
        }
        Ok(())
    }

    /// The request on the command line.
    fn request(&self, context: Context) -> Result<Request, Diagnostic> {
        let (mut action, mut resource) = (None, None);
        for target in &self.targets {
            let (place, text, noun) = match target {
                Target::Action(text) => (&mut action, text, "actions"),
                Target::Resource(text) => (&mut resource, text, "resources"),
            };
            if place.replace(text.clone()).is_some() {
                return Err(Diagnostic::error(
                    "usage",
                    format!("two {noun} were given, and `can` takes one"),
                ));
            }
        }
        let Some(action) = action else {
            return Err(Diagnostic::error("usage", "no action was given, as in `s3:GetObject`"));
        };
        if action.contains(['*', '?']) {
            let error =
                Diagnostic::error("usage", format!("`{action}` is a pattern, and `can` takes one action"));
            return Err(error.with_help("`who-can` takes patterns; `--requests` takes many actions"));
        }
        let Some(principal) = self.principal.clone() else {
            return Err(Diagnostic::error("usage", "no principal was given"));
        };
        let resource_account = self.context.resource_account.clone();
        Ok(Request { id: None, principal, action, resource, resource_account, context })
    }
}

fn read_policy(path: &Path, given: &Given) -> Result<PolicyFile, Diagnostic> {
    match given.read(path) {
        Ok(text) => Ok(PolicyFile { path: given::name(path).into(), text }),
        Err(error) => {
            Err(Diagnostic::error("unreadable", format!("cannot read the session policy: {error}"))
                .at(given::name(path)))
        }
    }
}
