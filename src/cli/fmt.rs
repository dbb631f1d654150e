//! `entail fmt`: rule and fact files in one layout.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::datalog::text;
use crate::document::{Severity, Source};

use super::diagnostics::{Diagnostic, quiet_if_closed};
use super::exit::Exit;
use super::programs::ENDING;
use super::redact::Inputs;
use super::run::Environment;

const EXAMPLES: &str = "\
Examples:
  entail fmt --check examples/rules/idle.rules
  entail fmt --check examples/rules
  cat examples/rules/idle.rules | entail fmt -
  entail fmt - < examples/rules/idle.rules > idle.rules

Comments stay, and nothing but blanks, line breaks and commas behind last elements changes. A file is \
replaced as a whole or not at all. Of a folder all files that end in `.rules` are formatted, in folders \
within it too; links are followed where they are named only.

Exit code: 0 formatted, or nothing to do; 1 `--check` found differences; 2 unreadable or malformed input.";

/// How many mistakes of a file are shown, and how many lines of a difference.
const MOST_SHOWN: usize = 100;
const MOST_LINES: usize = 20;

/// Format rule files
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "See `--help` for examples and exit codes.")]
pub struct FmtArgs {
    /// Rule and fact files, and folders with `*.rules`; `-` formats standard input to standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing, and show what would be changed
    #[arg(long)]
    check: bool,
}

impl FmtArgs {
    /// What the command reads.
    pub(super) fn inputs(&self) -> Inputs<'_> {
        Inputs::default()
    }
}

pub(super) fn run<A>(
    arguments: &FmtArgs,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut exit = Exit::Clean;
    let mut files = Vec::new();
    for path in &arguments.files {
        match path.is_dir() {
            true => errors.extend(rule_files(path, &mut files).err()),
            false => files.push(path.clone()),
        }
    }
    for path in &files {
        match format(path, arguments.check, environment) {
            Ok(found) => exit = exit.and(found),
            Err(found) => errors.extend(found),
        }
    }
    match errors.is_empty() {
        true => Ok(exit),
        false => Err(errors),
    }
}

/// The rule files of a folder and of those within it, by name.
fn rule_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let before = files.len();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable =
            |error: io::Error| Diagnostic::error("unreadable", format!("{}: {error}", folder.display()));
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == ENDING) {
                files.push(path);
            }
        }
    }
    if files.len() == before {
        let message = format!("`{}` has no file that ends in `.{ENDING}`", folder.display());
        return Err(Diagnostic::error("usage", message).with_help("name files of other endings one by one"));
    }
    if let Some(found) = files.get_mut(before..) {
        found.sort();
    }
    Ok(())
}

fn format<A>(
    path: &Path,
    check: bool,
    environment: &mut Environment<'_, A>,
) -> Result<Exit, Vec<Diagnostic>> {
    let piped = path == Path::new("-");
    let name = if piped { "standard input".to_owned() } else { path.display().to_string() };
    let unreadable = |error: io::Error| Diagnostic::error("unreadable", format!("{name}: {error}"));
    // Of what can't be replaced as a whole nothing is read, as it may have no end.
    if !piped && !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        let error =
            Diagnostic::error("unreadable", format!("{name}: it is neither a folder nor a regular file"));
        return Err(error.with_help("`-` formats standard input").into());
    }
    let bytes = environment.given.read(path).map_err(unreadable)?;
    let source = Source::from_bytes(name.clone(), bytes)
        .map_err(|problem| vec![Diagnostic::problem(&problem.problem, &problem.source)])?;
    let formatted = text::format(source.text()).map_err(|problems| {
        let shown = problems.iter().take(MOST_SHOWN);
        let mut errors: Vec<Diagnostic> =
            shown.map(|problem| Diagnostic::rendered(Severity::Error, problem.render(&source))).collect();
        if let Some(left @ 1..) = problems.len().checked_sub(MOST_SHOWN) {
            errors.push(Diagnostic::error("syntax", format!("{left} more mistakes are not shown")));
        }
        errors
    })?;
    let same = formatted == source.text();
    if check {
        if same {
            return Ok(Exit::Clean);
        }
        quiet_if_closed(difference(&name, source.text(), &formatted, environment.out))?;
        return Ok(Exit::Findings);
    }
    match (piped, same) {
        (true, _) => quiet_if_closed(environment.out.write_all(formatted.as_bytes()))?,
        (false, true) => {}
        (false, false) => replace(path, &formatted)
            .map_err(|error| Diagnostic::error("output", format!("{name} can't be written: {error}")))?,
    }
    Ok(Exit::Clean)
}

/// Puts a text in the place of a file, as a whole; its permissions stay, and so does a link to it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = std::fs::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".entail-fmt-").tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().set_permissions(std::fs::metadata(&path)?.permissions())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&path).map(drop).map_err(|error| error.error)
}

/// Shows where a text differs first, and how much of it.
fn difference(name: &str, before: &str, after: &str, out: &mut dyn Write) -> io::Result<()> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, new) = (old.get(same..).unwrap_or_default(), new.get(same..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let of = |lines: &[&str]| lines.len() - end;
    writeln!(out, "{name}:{}: would be formatted", same + 1)?;
    for (sign, lines) in [('-', old), ('+', new)] {
        let lines = lines.get(..of(lines)).unwrap_or_default();
        for line in lines.iter().take(MOST_LINES) {
            writeln!(out, "{sign}{line}")?;
        }
        if let Some(left @ 1..) = lines.len().checked_sub(MOST_LINES) {
            writeln!(out, "{sign}… {left} more lines")?;
        }
    }
    out.flush()
}
