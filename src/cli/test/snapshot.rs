//! What all tests of a pack find, in a file beside it.

use std::io;
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

/// What one test finds now, and what was accepted of it.
pub(super) struct Change<'a> {
    /// The line that begins both.
    pub test: &'a str,
    before: &'a str,
    after: &'a str,
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { path, accepted: None }),
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
        (accepted != found).then(|| difference(accepted, found))
    }

    /// The text that is accepted when `accepts` has said of each test that finds something else whether that is right.
    ///
    /// # Errors
    /// What `accepts` says.
    pub(super) fn reviewed(
        &self,
        found: &str,
        mut accepts: impl FnMut(&Change<'_>) -> io::Result<bool>,
    ) -> io::Result<String> {
        let (old, new) = (parts(self.accepted.as_deref().unwrap_or_default()), parts(found));
        let mut text = String::new();
        for part in &new {
            let before = text_of(&old, part.test).unwrap_or_default();
            let same = before == part.text;
            let after = same || accepts(&Change { test: part.test, before, after: part.text })?;
            text.push_str(if after { part.text } else { before });
        }
        for part in old.iter().filter(|part| text_of(&new, part.test).is_none()) {
            if !accepts(&Change { test: part.test, before: part.text, after: "" })? {
                text.push_str(part.text);
            }
        }
        Ok(text)
    }

    /// Writes what is found now, and tells whether that is another text.
    ///
    /// # Errors
    /// The file can't be written.
    pub(super) fn accept(&mut self, found: &str) -> Result<bool, Diagnostic> {
        if self.accepted.as_deref() == Some(found) {
            return Ok(false);
        }
        replace_file(&self.path, |out| out.write_all(found.as_bytes())).map_err(Diagnostic::from)?;
        self.accepted = Some(found.to_owned());
        Ok(true)
    }
}

impl Change<'_> {
    /// Whether there is no such test any more.
    pub(super) fn is_gone(&self) -> bool {
        self.after.is_empty()
    }

    /// What is different, as lines of a diff.
    pub(super) fn difference(&self) -> String {
        difference(self.before, self.after)
    }
}

fn difference(accepted: &str, found: &str) -> String {
    let diff = TextDiff::from_lines(accepted, found);
    diff.unified_diff().context_radius(AROUND).header("accepted", "found now").to_string()
}

/// The paragraph of one test.
struct Part<'a> {
    test: &'a str,
    text: &'a str,
}

fn text_of<'a>(parts: &[Part<'a>], test: &str) -> Option<&'a str> {
    parts.iter().find(|part| part.test == test).map(|part| part.text)
}

/// The paragraphs of a snapshot: each begins with the name of a test, and what is within it is indented.
fn parts(text: &str) -> Vec<Part<'_>> {
    let begins = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with("test "));
    let lines = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut starts: Vec<usize> = lines.filter(begins).collect();
    if !text.is_empty() {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let part = |(start, end): (&usize, usize)| {
        let text = text.get(*start..end).unwrap_or_default();
        Part { test: text.lines().next().unwrap_or_default(), text }
    };
    starts.iter().zip(ends).map(part).collect()
}
