//! Arguments that several commands share.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::facts::readings::Readings;
use crate::output::{KindWord, RowFormat, TableFormat};

use super::diagnostics::Diagnostic;
use super::options::{Assume, AssumeChoice, Context, ContextEntry, Narrowing, Options, TagFilter};
use super::out::{Place, ending};
use super::parse;

/// The estate and how it is read.
#[derive(Args, Clone, Debug)]
pub struct EstateArgs {
    /// The estate: a directory of exports, or one file of `aws iam get-account-authorization-details`
    estate: PathBuf,
    /// The current time to assume, a date or an instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse::instant, help_heading = "Assumptions")]
    now: Option<Timestamp>,
    /// What to assume: `nothing`, or how to read what AWS leaves open (`U-77=limited`; docs/semantics.md lists
    /// the readings); repeatable
    #[arg(long, value_name = "WHAT", value_parser = parse::assumption, help_heading = "Assumptions")]
    assume: Vec<AssumeChoice>,
    /// How many threads work [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = parse::jobs)]
    jobs: Option<NonZeroUsize>,
}

/// What is known of the context of a request.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Request context")]
pub struct ContextArgs {
    /// A value of a context key; repeat for several values, `KEY=` for an empty one. Other keys are unknown
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse::context_entry)]
    context: Vec<ContextEntry>,
    /// A context key that the request lacks; repeatable
    #[arg(long, value_name = "KEY", value_parser = parse::context_key)]
    absent: Vec<String>,
    /// The account that owns the resource, where its ARN does not say; `aws` for what AWS owns
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::owner)]
    pub(super) resource_account: Option<String>,
}

/// Which rows of a list are wanted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Narrowing (repeat for several values)")]
pub struct NarrowingArgs {
    /// Principals of this account
    #[arg(long, value_name = "ID", value_parser = parse::account)]
    account: Vec<String>,
    /// Principals of accounts in or below this organisational unit, by id or name
    #[arg(long, value_name = "OU")]
    ou: Vec<String>,
    /// Principals of this kind: user, role, root, session, federated-user, account, organization, service,
    /// identity-provider, aws-account, identity-center-user, identity-center-group, everyone
    #[arg(long, value_name = "KIND", value_parser = parse::kind)]
    kind: Vec<KindWord>,
    /// Actions of this service
    #[arg(long, value_name = "SERVICE", value_parser = parse::service)]
    service: Vec<String>,
    /// Principals with this tag
    #[arg(long, value_name = "KEY[=VALUE]", value_parser = parse::tag)]
    tag: Vec<TagFilter>,
    /// Leave out: `service-linked` roles
    #[arg(long, value_name = "WHAT")]
    exclude: Vec<Exclude>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Exclude {
    ServiceLinked,
}

/// How the answer is written, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How the answer is written [default: table; with --out as its name says, else parquet]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write to this new place instead of standard output: `report` a directory of tables, other commands a file
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace the file that `--out` names, if it is there
    #[arg(long, requires = "out")]
    force: bool,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people
    Table,
    /// One JSON value
    Json,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// Parquet, which needs --out
    Parquet,
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To standard output, for people.
    Screen,
    /// To standard output, for programs.
    Stream(RowFormat),
    /// To a new file.
    File(Place, RowFormat),
    /// To a new Parquet file, as rows.
    Parquet(Place),
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportDestination {
    /// Its summary, a row for each principal.
    Summary(Destination),
    /// Its tables, into a new directory.
    Tables(PathBuf, TableFormat),
}

impl Format {
    /// The format of rows that this is, if it is one.
    fn rows(self) -> Option<RowFormat> {
        match self {
            Self::Json => Some(RowFormat::Json),
            Self::Jsonl => Some(RowFormat::JsonLines),
            Self::Csv => Some(RowFormat::Csv),
            Self::Table | Self::Parquet => None,
        }
    }
}

impl EstateArgs {
    /// Whether something is assumed by arguments.
    pub(super) fn assumes(&self) -> bool {
        self.now.is_some() || !self.assume.is_empty()
    }

    /// What there is to say of a context with another time than `--now`, which then is of no account.
    pub(super) fn overruled_by(&self, context: &Context) -> Option<Diagnostic> {
        let now = self.now?;
        let seconds = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
        let same = |value: &String| seconds(value).or_else(|| parse::instant(value).ok()) == Some(now);
        let is_time = |key: &str| {
            ["aws:CurrentTime", "aws:EpochTime"].iter().any(|time| time.eq_ignore_ascii_case(key))
        };
        let mut times = context.present.iter().filter(|(key, _)| is_time(key));
        let (key, _) = times.find(|(_, values)| !values.iter().all(same))?;
        let warning = Diagnostic::warning(
            "usage",
            format!("`--now` is of no account: `--context {key}` states another time"),
        );
        Some(warning.with_help("leave one of them out"))
    }

    /// Where the estate is.
    pub(super) fn path(&self) -> &Path {
        &self.estate
    }

    /// The options, with `clock` as the current time unless `--now` gives another.
    ///
    /// # Errors
    /// One question of the semantics is given two readings, or one that it does not have.
    pub(super) fn options(&self, clock: Timestamp) -> Result<Options, Diagnostic> {
        let mut assume = Assume::default();
        for choice in &self.assume {
            match choice {
                AssumeChoice::Nothing => assume.nothing = true,
                AssumeChoice::Reading { question, reading } => {
                    let before = assume.readings.insert(question.clone(), reading.clone());
                    if before.is_some_and(|before| before != *reading) {
                        return Err(Diagnostic::error(
                            "usage",
                            format!("`--assume` reads {question} in two ways"),
                        ));
                    }
                }
            }
        }
        let mut readings = Readings::default();
        for (question, reading) in &assume.readings {
            readings.choose(question, reading).map_err(|error| Diagnostic::error("usage", error))?;
        }
        if assume.nothing && self.now.is_some() {
            return Err(Diagnostic::error(
                "usage",
                "`--now` assumes a time, and `--assume nothing` assumes none",
            ));
        }
        Ok(Options { estate: self.estate.clone(), now: self.now.unwrap_or(clock), assume, jobs: self.jobs })
    }
}

impl EstateArgs {
    /// The options of a command for which time, transport and ways of calling stay open.
    ///
    /// # Errors
    /// As [`EstateArgs::options`], and if a time is given.
    pub(super) fn options_without_context(&self, clock: Timestamp) -> Result<Options, Diagnostic> {
        if self.now.is_some() {
            let error =
                Diagnostic::error("usage", "`--now` assumes a time, and a document keeps tests of the time");
            return Err(error.with_help("use `--context aws:CurrentTime=TIME`"));
        }
        let mut options = self.options(clock)?;
        options.assume.nothing = true;
        Ok(options)
    }
}

impl ContextArgs {
    /// The context.
    ///
    /// # Errors
    /// A key is both given and absent.
    pub(super) fn context(&self) -> Result<Context, Diagnostic> {
        let mut context = Context::default();
        for ContextEntry { key, value } in &self.context {
            context.add(key, value);
        }
        for key in &self.absent {
            if context.present.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
                return Err(Diagnostic::error(
                    "usage",
                    format!("`{key}` is both a `--context` and an `--absent` key"),
                ));
            }
            if !context.mentions(key) {
                context.absent.push(key.clone());
            }
        }
        Ok(context)
    }
}

impl NarrowingArgs {
    /// Which rows are wanted.
    ///
    /// # Errors
    /// No service has the prefix.
    pub(super) fn narrowing(&self) -> Result<Narrowing, Diagnostic> {
        let catalog = Catalog::embedded();
        if let Some(unknown) = self.service.iter().find(|prefix| catalog.service(prefix).is_none()) {
            let error = Diagnostic::error("usage", format!("no service has the prefix `{unknown}`"));
            return Err(match catalog.nearest_services(unknown, 1).first() {
                Some(service) => error.with_help(format!("did you mean `{service}`?")),
                None => error.with_help("`entail catalog` lists the services"),
            });
        }
        Ok(Narrowing {
            accounts: self.account.clone(),
            organizational_units: self.ou.clone(),
            kinds: self.kind.clone(),
            services: self.service.clone(),
            tags: self.tag.clone(),
            without_service_linked: self.exclude.contains(&Exclude::ServiceLinked),
        })
    }
}

impl OutputArgs {
    /// Where an answer of rows goes.
    ///
    /// # Errors
    /// The format does not fit the place, or the place cannot take a new file.
    pub(super) fn for_rows(&self) -> Result<Destination, Diagnostic> {
        let Some(path) = &self.out else { return self.on_stdout() };
        let by_name = || Format::from_str(ending(path)?, true).ok().filter(|format| *format != Format::Table);
        let format = self.format.or_else(by_name).unwrap_or(Format::Parquet);
        if format == Format::Table {
            return Err(table_for_people());
        }
        let place = Place::new(path, self.force)?;
        Ok(match format.rows() {
            Some(format) => Destination::File(place, format),
            None => Destination::Parquet(place),
        })
    }

    /// Where a report goes: its summary to standard output, its tables to a directory.
    ///
    /// # Errors
    /// The format does not fit the place, or the place cannot take a new directory.
    pub(super) fn for_report(&self) -> Result<ReportDestination, Diagnostic> {
        let Some(path) = &self.out else { return self.on_stdout().map(ReportDestination::Summary) };
        let format = match self.format.unwrap_or(Format::Parquet) {
            Format::Parquet => TableFormat::Parquet,
            Format::Csv => TableFormat::Csv,
            Format::Jsonl => TableFormat::JsonLines,
            Format::Table => return Err(table_for_people()),
            Format::Json => {
                let message = "`--format json` is one value and `--out` a directory of tables";
                return Err(
                    Diagnostic::error("usage", message).with_help("use `--format jsonl`, or no `--out`")
                );
            }
        };
        if self.force {
            let error = Diagnostic::error("usage", "`--force` replaces a file, and a report is a directory");
            return Err(error.with_help("remove the directory before"));
        }
        Place::new(path, false)?;
        Ok(ReportDestination::Tables(path.clone(), format))
    }

    fn on_stdout(&self) -> Result<Destination, Diagnostic> {
        match self.format.unwrap_or(Format::Table).rows() {
            Some(rows) => Ok(Destination::Stream(rows)),
            None if self.format == Some(Format::Parquet) => {
                let error = Diagnostic::error("usage", "`--format parquet` needs `--out`");
                Err(error.with_help("add `--out PATH`, or use `--format csv` or `jsonl`"))
            }
            None => Ok(Destination::Screen),
        }
    }
}

fn table_for_people() -> Diagnostic {
    let error =
        Diagnostic::error("usage", "`--format table` is for people and cannot be combined with `--out`");
    error.with_help("use `--format csv`, `jsonl` or `parquet`")
}
