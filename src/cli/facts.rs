//! `entail facts`: what the estate states and what the rules derive, as text.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::datalog::text::{Declaration, File, Schema, Value, check, parse};
use crate::datalog::{explain, relations};
use crate::document::Source;
use crate::document::nearest::nearest;

use super::answers::Answers;
use super::arguments::{EstateArgs, NarrowingArgs};
use super::diagnostics::{self, Diagnostic, quiet_if_closed};
use super::evidence::OfFile;
use super::exit::Exit;
use super::facts_out::FactWriter;
use super::given::{self, Given};
use super::loaded::is_fact_file;
use super::options::{FactsQuery, PolicyFile, ReportQuery};
use super::out::OutArgs;
use super::problems;
use super::redact::{Inputs, RedactedLines, redacted_value};
use super::run::{self, Environment};

const EXAMPLES: &str = "\
Examples:
  entail facts examples/acme --relation member --relation holds
  entail facts examples/acme --derived --principal '*:user/bob'
  entail facts examples/acme --relation holds --ou Production --kind role --exclude service-linked
  entail facts examples/acme --relation principal --format csv
  entail facts examples/acme --ground --out acme.facts
  entail facts acme.facts
  entail facts --as-rules examples/policy.json

docs/facts.md explains the syntax and lists the relations. Narrowing keeps the facts about some principals, \
and leaves out relations that speak of none unless they are named. Instead of an estate a fact file can be \
given: it is checked against the declarations and written in normal form.

Exit code: 0 answered; 2 wrong usage or input.";

/// How many mistakes of a fact file are shown.
const MOST_SHOWN: usize = 100;

/// What the estate states and what the rules derive, as facts
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct FactsArgs {
    #[command(flatten)]
    estate: EstateArgs,
    /// This relation only; repeatable
    #[arg(long, value_name = "NAME")]
    relation: Vec<String>,
    /// Facts about principals whose name matches, with `*` and `?`
    #[arg(long, value_name = "GLOB")]
    principal: Option<String>,
    #[command(flatten)]
    narrowing: NarrowingArgs,
    /// Only relations that state the estate
    #[arg(long, conflicts_with = "derived")]
    ground: bool,
    /// Only relations that the rules derive
    #[arg(long)]
    derived: bool,
    /// Read a fact file in place of an estate, `-` for standard input; the default for a file that ends in `.facts`
    #[arg(long, conflicts_with_all = ["NarrowingArgs", "principal", "ground", "derived"])]
    read: bool,
    /// Explain a policy document, given in place of an estate (`-` for standard input), as facts and rules
    #[arg(long, conflicts_with_all = ["NarrowingArgs", "read", "relation", "principal", "ground", "derived", "format"])]
    as_rules: bool,
    /// How the facts are written [default: as the name of the --out file says, else text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<FactFormat>,
    #[command(flatten)]
    out: OutArgs,
}

/// The values of `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FactFormat {
    /// Facts with their declarations, which can be read back
    Text,
    /// A JSON object a line
    Jsonl,
    /// Comma-separated values, of one relation
    Csv,
}

pub(super) fn run<A: Answers>(
    arguments: &FactsArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let options = arguments.estate.options(environment.clock)?;
    arguments.out.place()?;
    let path = &options.estate;
    if (arguments.as_rules || arguments.read || is_fact_file(path)) && arguments.estate.assumes() {
        let error =
            Diagnostic::error("usage", "`--now` and `--assume` are about an estate, and there is none");
        return Err(error.with_help("leave them out").into());
    }
    if arguments.as_rules {
        return as_rules(arguments, &read(path, environment.given)?, environment);
    }
    if arguments.read || is_fact_file(path) {
        if arguments.of()? != ReportQuery::default() || arguments.ground || arguments.derived {
            let error = Diagnostic::error("usage", "only the facts of an estate can be narrowed so");
            return Err(error.with_help("of a fact file choose relations with `--relation`").into());
        }
        return normalize(arguments, &read(path, environment.given)?, environment);
    }
    let of = arguments.of()?;
    let wanted = arguments.relations(of != ReportQuery::default())?;
    let format = arguments.format(&wanted)?;
    let relations = wanted.iter().map(|relation| &*relation.name.value).collect();
    let query = FactsQuery { relations, of };
    let Environment { answers, progress, out, err, .. } = environment;
    let mut outcome = None;
    let written = deliver(&arguments.out, &mut **out, |out| {
        let mut writer = FactWriter::new(format, out);
        // An estate that can't be read has no declarations either.
        let mut declared = false;
        let mut result = Ok(());
        let asked = run::ask(*answers, progress, &options, |answers, progress| {
            answers.facts(&options, &query, progress, &mut |relation, rows| {
                if !declared {
                    declared = true;
                    result = writer.declare(wanted.iter().copied());
                }
                if result.is_ok() {
                    result = writer.rows(relation, rows);
                }
                if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        let failed = asked.is_err();
        outcome = Some(asked);
        result?;
        if !declared && !failed {
            writer.declare(wanted.iter().copied())?;
        }
        // What an estate that can't be read leaves is nothing.
        if failed { Err(io::Error::other("no answer")) } else { writer.finish() }
    });
    match outcome.transpose()? {
        Some(answered) => {
            let exit = diagnostics::report(&answered.diagnostics, *err);
            written?;
            Ok(exit)
        }
        None => written.map(|()| Exit::Clean).map_err(Vec::from),
    }
}

/// Writes to a new file, or to standard output.
fn deliver(
    to: &OutArgs,
    out: &mut (dyn io::Write + Send),
    write: impl FnOnce(&mut (dyn io::Write + Send)) -> io::Result<()>,
) -> Result<(), Diagnostic> {
    match to.place()? {
        Some(place) => place.write(write),
        None => quiet_if_closed(write(out)),
    }
}

impl FactsArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs { about: vec![self.estate.path()], beside: Vec::new() }
    }

    /// Which principals facts are wanted of.
    fn of(&self) -> Result<ReportQuery, Diagnostic> {
        let narrowing = self.narrowing.narrowing()?;
        if !narrowing.services.is_empty() {
            let error = Diagnostic::error(
                "usage",
                "`--service` narrows lists of actions, and facts hold sets of them",
            );
            return Err(error.with_help("leave it out, or use `entail report` or `entail who-can`"));
        }
        Ok(ReportQuery { principal: self.principal.clone(), narrowing, ..ReportQuery::default() })
    }

    /// The relations that are wanted: of what is narrowed only those that speak of principals, unless they are named.
    fn relations(&self, narrowed: bool) -> Result<Vec<&'static Declaration>, Vec<Diagnostic>> {
        let names = || relations::all().map(|relation| &*relation.name.value);
        let unknown = self.relation.iter().filter(|name| !names().any(|known| known == *name));
        let errors: Vec<Diagnostic> = unknown
            .map(|name| {
                let error = Diagnostic::error("usage", format!("there is no relation `{name}`"));
                match nearest(name, names()) {
                    Some(known) => error.with_help(format!("did you mean `{known}`?")),
                    None => error.with_help("docs/facts.md lists the relations"),
                }
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let group = match (self.ground, self.derived) {
            (true, _) => relations::ground().iter().chain([].iter()),
            (_, true) => relations::derived().iter().chain([].iter()),
            _ => relations::ground().iter().chain(relations::derived()),
        };
        let chosen = |relation: &&Declaration| match self.relation.is_empty() {
            false => self.relation.iter().any(|name| **name == *relation.name.value),
            true => !narrowed || relations::OF_PRINCIPALS.contains(&&*relation.name.value),
        };
        let wanted: Vec<_> = group.filter(chosen).collect();
        match wanted.is_empty() {
            true => {
                let error =
                    Diagnostic::error("usage", "no relation is both named and of the group that is wanted");
                Err(error.with_help("leave out `--ground` or `--derived`").into())
            }
            false => Ok(wanted),
        }
    }

    fn format(&self, wanted: &[&Declaration]) -> Result<FactFormat, Diagnostic> {
        let by_name = || FactFormat::from_str(self.out.ending()?, true).ok();
        let format = self.format.or_else(by_name).unwrap_or(FactFormat::Text);
        if format == FactFormat::Csv && wanted.len() != 1 {
            let error = Diagnostic::error("usage", "`--format csv` writes one relation");
            return Err(error.with_help("name one with `--relation`, or use `--format jsonl`"));
        }
        Ok(format)
    }
}

fn read(path: &Path, given: &Given) -> Result<PolicyFile, Diagnostic> {
    let name = given::name(path);
    match given.read(path) {
        Ok(text) => Ok(PolicyFile { path: name.into(), text }),
        Err(error) => Err(Diagnostic::error("unreadable", format!("cannot read the file: {error}")).at(name)),
    }
}

/// A fact file that was read and checked.
struct Facts {
    file: File,
    schema: Schema,
}

impl Facts {
    /// Reads and checks a fact file.
    ///
    /// # Errors
    /// What is wrong with it, not all if there is much.
    fn read(file: &PolicyFile) -> Result<Self, Vec<Diagnostic>> {
        let source = Source::from_bytes(file.path.display().to_string(), file.text.clone())
            .map_err(|problem| vec![Diagnostic::problem(&problem.problem, &problem.source)])?;
        let mut schema = Schema::default();
        relations::all().chain(relations::more()).chain(relations::asked()).for_each(|relation| {
            // The relations of the program agree with each other.
            let _ = schema.add(relation);
        });
        let parsed = parse(source.text());
        let mut problems = parsed.problems;
        problems.extend(check(&parsed.file, &mut schema));
        problems.sort_by_key(|problem| problem.span);
        if problems.is_empty() {
            return Ok(Self { file: parsed.file, schema });
        }
        let shown = problems.iter().take(MOST_SHOWN);
        let error = |text| Diagnostic::rendered(crate::document::Severity::Error, text);
        let mut errors: Vec<_> = shown.map(|problem| error(problem.render(&source))).collect();
        if let Some(left @ 1..) = problems.len().checked_sub(MOST_SHOWN) {
            errors.push(Diagnostic::error("facts", format!("{left} more mistakes are not shown")));
        }
        Err(errors)
    }

    /// The rows of each relation that is declared in the file or has facts.
    fn rows(&self) -> BTreeMap<&str, Vec<Vec<&Value>>> {
        let mut rows: BTreeMap<&str, Vec<Vec<&Value>>> = BTreeMap::new();
        for declaration in self.file.declarations() {
            rows.entry(&declaration.name.value).or_default();
        }
        for fact in self.file.facts() {
            let values = fact.arguments.iter().map(|argument| &argument.value).collect();
            rows.entry(&fact.relation.value).or_default().push(values);
        }
        rows
    }
}

/// What programs read of a fact file, and the statements that it states.
///
/// # Errors
/// It can't be read, or has mistakes.
pub(super) fn facts_of(path: &std::path::Path) -> Result<(relations::OfFacts, OfFile), Vec<Diagnostic>> {
    let facts = Facts::read(&read(path, &Given::default())?)?;
    let rows = facts.rows().into_iter().filter_map(|(name, rows)| {
        let row = |row: Vec<&Value>| row.into_iter().cloned().collect();
        Some((facts.schema.get(name)?.clone(), rows.into_iter().map(row).collect::<Vec<relations::Row>>()))
    });
    let rows: Vec<_> = rows.collect();
    let statements = rows.iter().find(|(declaration, _)| *declaration.name.value == *"statement");
    let evidence = match statements {
        Some((declaration, rows)) => OfFile::new(declaration, rows),
        None => OfFile::default(),
    };
    Ok((relations::OfFacts::new(rows), evidence))
}

/// The relations that the fact file which stands in place of an estate declares, besides those of every estate.
///
/// # Errors
/// It can't be read, or has mistakes.
pub(super) fn declared(estate: &std::path::Path) -> Result<Vec<Declaration>, Vec<Diagnostic>> {
    if !is_fact_file(estate) {
        return Ok(Vec::new());
    }
    let facts = Facts::read(&read(estate, &Given::default())?)?;
    let names: Vec<&str> = facts.file.declarations().map(|declaration| &*declaration.name.value).collect();
    let own = facts.schema.iter().filter(|relation| {
        let name = &*relation.name.value;
        names.contains(&name)
            && !relations::offers().iter().any(|offer| *offer.declaration.name.value == *name)
    });
    Ok(own.cloned().collect())
}

/// Checks a fact file, and writes it in normal form.
fn normalize<A: Answers>(
    arguments: &FactsArgs,
    file: &PolicyFile,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let facts = Facts::read(file)?;
    let (schema, mut rows) = (&facts.schema, facts.rows());
    for name in &arguments.relation {
        if schema.get(name).is_none() {
            return Err(Diagnostic::error("usage", format!("there is no relation `{name}`")).into());
        }
    }
    let chosen =
        |name: &str| arguments.relation.is_empty() || arguments.relation.iter().any(|one| one == name);
    let wanted: Vec<&Declaration> = schema
        .iter()
        .filter(|relation| rows.contains_key(&*relation.name.value) && chosen(&relation.name.value))
        .collect();
    let format = arguments.format(&wanted)?;
    let redactor = environment.answers.redactor();
    deliver(&arguments.out, environment.out, |out| {
        let mut writer = FactWriter::new(format, out);
        writer.declare(wanted.iter().copied())?;
        for relation in wanted {
            let rows = rows.remove(&*relation.name.value).unwrap_or_default();
            let shown = |value: &Value| match redactor {
                Some(redactor) => redacted_value(redactor, value),
                None => value.clone(),
            };
            let mut rows: Vec<Vec<Value>> =
                rows.into_iter().map(|row| row.into_iter().map(shown).collect()).collect();
            rows.sort_unstable();
            rows.dedup();
            writer.relation(relation, rows.iter().map(|row| row.iter()))?;
        }
        writer.finish()
    })?;
    Ok(Exit::Clean)
}

/// Explains a policy document.
fn as_rules<A: Answers>(
    arguments: &FactsArgs,
    file: &PolicyFile,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let given = problems::policy(file, super::validate::kind_of)?;
    let (document, source, origin) = (given.parsed.document(), &given.source, &given.origin);
    let found: Vec<Diagnostic> = document
        .problems
        .iter()
        .map(|problem| Diagnostic::problem(&origin.problem(source, problem), source))
        .collect();
    let place = |statement: &crate::document::Statement| {
        source.line_and_column(origin.place(source, &statement.place()).span.start)
    };
    if document.unreadable {
        return Err(found);
    }
    let redactor = environment.answers.redactor();
    deliver(&arguments.out, environment.out, |out| {
        let mut redacted;
        let out: &mut dyn io::Write = match redactor {
            Some(redactor) => {
                redacted = RedactedLines::new(redactor, out);
                &mut redacted
            }
            None => out,
        };
        let mut out = io::BufWriter::new(out);
        explain::explain(document, source, place, &mut out).and_then(|()| io::Write::flush(&mut out))
    })?;
    Ok(diagnostics::report(&found, environment.err))
}
