//! How commands with formats of their own write their answers, and where.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use crate::output::terminal::Screen;

use super::diagnostics::{Diagnostic, quiet_if_closed};
use super::out::OutArgs;

/// A format of the command's own, the default one for people, and a place.
#[derive(Args, Clone, Debug)]
pub struct WrittenArgs<F: ValueEnum + Default + Clone + Send + Sync + 'static> {
    /// How the answer is written [default: as the name of the --out file says, else table]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<F>,
    #[command(flatten)]
    pub(super) out: OutArgs,
}

impl<F: ValueEnum + Default + Clone + Send + Sync + 'static> WrittenArgs<F> {
    /// The format: that which is named, else that of the file's name, else the default.
    pub(super) fn format(&self) -> F {
        let by_name = || F::from_str(self.out.ending()?, true).ok();
        self.format.clone().or_else(by_name).unwrap_or_default()
    }

    /// Whether the place can take a new file.
    ///
    /// # Errors
    /// It can't.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        self.out.place().map(drop)
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
        match self.out.place()? {
            Some(place) => place.write(|out| write(Screen::default(), out)),
            None => {
                let mut out = io::BufWriter::new(stdout);
                quiet_if_closed(write(screen, &mut out).and_then(|()| out.flush()))
            }
        }
    }
}
