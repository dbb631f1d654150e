//! What all tests of a pack find, in a file beside it.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::cli::diagnostics::Diagnostic;
use crate::output::replace_file;

/// How many lines that did not change are shown around those that did.
const AROUND: usize = 3;

/// A snapshot: the file beside a pack.
pub(super) struct Snapshot {
    path: PathBuf,
    /// What the file says; absent: there is none yet.
    accepted: Option<String>,
}

impl Snapshot {
    /// The snapshot beside a pack.
    ///
    /// # Errors
    /// There is one that can't be read.
    pub(super) fn beside(pack: &Path) -> Result<Self, Diagnostic> {
        let path = pack.with_extension("snap");
        match std::fs::read_to_string(&path) {
            // A checkout on Windows may have changed the ends of lines.
            Ok(text) => Ok(Self { path, accepted: Some(text.replace("\r\n", "\n")) }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self { path, accepted: None }),
            Err(error) => {
                Err(Diagnostic::error("unreadable", format!("can't be read: {error}")).at(path.display()))
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody accepted one before.
    pub(super) fn exists(&self) -> bool {
        self.accepted.is_some()
    }

    /// What is different now, as lines of a diff; absent: nothing is, or there was none.
    pub(super) fn difference(&self, found: &str) -> Option<String> {
        let accepted = self.accepted.as_deref()?;
        (accepted != found).then(|| {
            let diff = TextDiff::from_lines(accepted, found);
            diff.unified_diff().context_radius(AROUND).header("accepted", "found now").to_string()
        })
    }

    /// Writes what is found now, and tells whether that is another text.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn accept(&self, found: &str) -> Result<bool, Diagnostic> {
        if self.accepted.as_deref() == Some(found) {
            return Ok(false);
        }
        replace_file(&self.path, |out| out.write_all(found.as_bytes())).map_err(Diagnostic::from)?;
        Ok(true)
    }
}
