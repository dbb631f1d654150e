//! What a command has to say besides its answer, on standard error.

use std::fmt;
use std::io::{self, Write};

use crate::document::{Problem, Severity, Source, Style, render};
use crate::output::{Assumed, OutputError};

use super::exit::Exit;

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it costs: after an error the command exits with 2; with a warning the answer stands.
    pub severity: Severity,
    /// The text, ready to be shown, of several lines perhaps.
    text: String,
}

impl Diagnostic {
    /// An error in one line: `code` in kebab-case, `message` in lower case without full stop.
    pub fn error(code: &str, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Error, text: format!("error[{code}]: {message}") }
    }

    /// A warning in one line.
    pub fn warning(code: &str, message: impl fmt::Display) -> Self {
        Self { severity: Severity::Warning, text: format!("warning[{code}]: {message}") }
    }

    /// A text that another stage has rendered with its place and the line of the file: a problem of a policy in a file
    /// of an estate, by [`Origin`](crate::document::Origin).
    pub fn rendered(severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, text: text.into() }
    }

    /// A problem of `source`, with the line that it is about.
    pub fn problem(problem: &Problem, source: &Source) -> Self {
        Self::rendered(problem.severity, render(problem, source, Style::Plain))
    }

    /// The message in one line, without code, place and remedy.
    pub fn message(&self) -> &str {
        let first = self.text.lines().next().unwrap_or_default();
        first.split_once("]: ").map_or(first, |(_, message)| message)
    }

    /// The diagnostic with the place it is about: a file, or `file:line:column`.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.text.push_str(&format!("\n  --> {place}"));
        self
    }

    /// The diagnostic with one remedy.
    pub fn with_help(mut self, help: impl fmt::Display) -> Self {
        self.text.push_str(&format!("\n  = help: {help}"));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text.trim_end())
    }
}

impl From<Diagnostic> for Vec<Diagnostic> {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic]
    }
}

impl From<OutputError> for Diagnostic {
    fn from(error: OutputError) -> Self {
        let help = match &error {
            OutputError::Exists { .. } => {
                Some("choose a new name; `--force` replaces a file, and nothing replaces a directory")
            }
            OutputError::BrokenLink { .. } => {
                Some("remove the link, or name the file that it should lead to")
            }
            OutputError::NoParent { .. } => Some("create the directory first"),
            _ => None,
        };
        let diagnostic = Self::error("output", error);
        match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    }
}

/// Writes the diagnostics, errors last so that they stay in sight, and gives the exit code that they ask for.
///
/// A standard error that cannot be written loses them; the exit code still tells.
pub fn report(diagnostics: &[Diagnostic], err: &mut (impl Write + ?Sized)) -> Exit {
    let of = |severity| diagnostics.iter().filter(move |diagnostic| diagnostic.severity == severity);
    let _ = of(Severity::Warning)
        .chain(of(Severity::Error))
        .try_for_each(|diagnostic| writeln!(err, "{diagnostic}\n"));
    if of(Severity::Error).next().is_some() { Exit::Failed } else { Exit::Clean }
}

/// Writes what was assumed, for formats that have no place for it.
///
/// A standard error that cannot be written loses it.
pub fn assumed(assumed: &Assumed, err: &mut (impl Write + ?Sized)) {
    let all: Vec<String> = assumed.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !all.is_empty() {
        let _ = writeln!(err, "note[assumed]: {}\n", all.join(", "));
    }
}

/// The result of writing an answer: a reader that has seen enough and closed the pipe is no failure.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub fn quiet_if_closed(result: io::Result<()>) -> Result<(), Diagnostic> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => {
            Err(Diagnostic::error("output", "no space is left for standard output"))
        }
        Err(error) => Err(Diagnostic::error("output", format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}
