//! How commands with formats of their own write their answers, and where.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::output::directory::free_place;
use crate::output::terminal::Screen;
use crate::output::write_file;

use super::diagnostics::{Diagnostic, quiet_if_closed};

/// A format of the command's own, one of which is `table`, and a place.
#[derive(Args, Clone, Debug)]
pub struct WrittenArgs<F: ValueEnum + Clone + Send + Sync + 'static> {
    /// How the answer is written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    pub(super) format: F,
    /// Write to this new file instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) out: Option<PathBuf>,
}

impl<F: ValueEnum + Clone + Send + Sync + 'static> WrittenArgs<F> {
    /// Whether the place can take a new file.
    ///
    /// # Errors
    /// It can't.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        self.out.as_deref().map_or(Ok(()), |path| free_place(path).map(drop).map_err(Diagnostic::from))
    }

    /// Writes an answer to its place; standard output is `screen`.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn deliver(
        &self,
        screen: Screen,
        stdout: &mut (dyn Write + Send),
        write: impl FnOnce(Screen, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Diagnostic> {
        match &self.out {
            Some(path) => write_file(path, |out| write(Screen::default(), out)).map_err(Diagnostic::from),
            None => {
                let mut out = io::BufWriter::new(stdout);
                quiet_if_closed(write(screen, &mut out).and_then(|()| out.flush()))
            }
        }
    }
}
