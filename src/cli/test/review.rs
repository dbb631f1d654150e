//! A review of what tests find now: somebody decides of each change whether it is right.

use std::io::{self, BufRead, IsTerminal, Write};

use super::snapshot::{Change, Snapshot};
use crate::cli::diagnostics::Diagnostic;

/// A review of the changes of several snapshots.
#[derive(Default)]
pub(super) struct Review {
    /// What was decided for all that is left.
    rest: Option<Decision>,
}

/// What somebody thinks of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Accept,
    Reject,
    Skip,
}

/// What became of the changes of a snapshot.
pub(super) struct Reviewed {
    /// The text that is accepted now.
    pub text: String,
    /// The changes that were not accepted, in words.
    pub left: Vec<String>,
}

/// Refuses where nobody can be asked.
///
/// # Errors
/// Standard input or standard error is no terminal.
pub(super) fn on_a_terminal() -> Result<(), Diagnostic> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    let error = Diagnostic::error("usage", "`--review` asks on a terminal, and there is none");
    Err(error.with_help("without it differences are shown, and `--accept` takes them all"))
}

impl Review {
    /// Asks about each test that finds something else than the snapshot says.
    ///
    /// # Errors
    /// Nobody can be asked.
    pub(super) fn of(
        &mut self,
        snapshot: &Snapshot,
        found: &str,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
    ) -> io::Result<Reviewed> {
        let mut left = Vec::new();
        let text = snapshot.reviewed(found, |change| {
            let decision = match self.rest {
                Some(decision) => decision,
                None => self.ask(snapshot, change, input, out)?,
            };
            let test = change.test;
            let what = match decision {
                Decision::Accept => None,
                Decision::Reject => Some("which was rejected"),
                Decision::Skip => Some("which waits for a review"),
            };
            let change = if change.is_gone() { "is gone" } else { "finds something else" };
            left.extend(what.map(|what| format!("{test} {change}, {what}")));
            Ok(decision == Decision::Accept)
        })?;
        Ok(Reviewed { text, left })
    }

    fn ask(
        &mut self,
        snapshot: &Snapshot,
        change: &Change<'_>,
        input: &mut dyn BufRead,
        out: &mut dyn Write,
    ) -> io::Result<Decision> {
        writeln!(out, "{}\n{}\n", snapshot.path().display(), change.test)?;
        writeln!(out, "{}", change.difference())?;
        loop {
            write!(out, "[a]ccept, [r]eject, [s]kip; [A]ccept all that is left, [q]uit? ")?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                line.push('q');
                writeln!(out)?;
            }
            let (decision, all) = match line.trim() {
                "a" | "accept" => (Decision::Accept, false),
                "r" | "reject" => (Decision::Reject, false),
                "s" | "skip" => (Decision::Skip, false),
                "A" => (Decision::Accept, true),
                "q" | "quit" => (Decision::Skip, true),
                _ => continue,
            };
            writeln!(out)?;
            self.rest = all.then_some(decision);
            return Ok(decision);
        }
    }
}

#[cfg(test)]
mod tests;
