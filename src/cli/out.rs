//! Files for output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::directory::free_place;
use crate::output::{replace_file, write_file};

use super::diagnostics::Diagnostic;

/// A file in place of standard output.
#[derive(Args, Clone, Debug)]
pub struct OutArgs {
    /// Write to this new file instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Replace the file that `--out` names, if it is there
    #[arg(long, requires = "out", help_heading = "Output")]
    force: bool,
}

/// A file that output goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    force: bool,
}

impl OutArgs {
    /// The file, if there is one.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub(super) fn place(&self) -> Result<Option<Place>, Diagnostic> {
        self.out.as_deref().map(|path| Place::new(path, self.force)).transpose()
    }

    /// How the name of the file ends.
    pub(super) fn ending(&self) -> Option<&str> {
        ending(self.out.as_deref()?)
    }

    /// Whether a file is named.
    pub(super) fn is_named(&self) -> bool {
        self.out.is_some()
    }

    /// Whether it is this file.
    pub(super) fn is(&self, path: &Path) -> bool {
        let resolved = |path: &Path| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        };
        self.out
            .as_deref()
            .is_some_and(|out| out == path || resolved(out).is_some_and(|out| Some(out) == resolved(path)))
    }
}

impl Place {
    /// A place that can take a file, with `force` also in place of one.
    ///
    /// # Errors
    /// It can't.
    pub(super) fn new(path: &Path, force: bool) -> Result<Self, Diagnostic> {
        if path == Path::new("-") {
            let error = Diagnostic::error("usage", "`--out` names a file, and `-` is none");
            return Err(error.with_help("leave `--out` out: answers go to standard output"));
        }
        match path.metadata() {
            Ok(found) if force && found.is_file() => {}
            Ok(_) if force => {
                let message = format!("`{}` is no regular file, and is not replaced", path.display());
                return Err(Diagnostic::error("output", message));
            }
            _ => {
                free_place(path).map_err(Diagnostic::from)?;
            }
        }
        Ok(Self { path: path.to_owned(), force })
    }

    /// Writes the file, complete or not at all.
    ///
    /// # Errors
    /// It can't be written.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
    ) -> Result<(), Diagnostic> {
        let written = match self.force {
            true => replace_file(&self.path, write),
            false => write_file(&self.path, write),
        };
        written.map_err(Diagnostic::from)
    }
}

/// How a name ends, in lower case where that is how formats are written.
pub(super) fn ending(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}
