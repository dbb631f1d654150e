//! Findings that are known already, in a file of their own.

use std::path::Path;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::cli::diagnostics::Diagnostic;
use crate::cli::given::Given;
use crate::output::{FindingRule, PackFinding, StatusWord, replace_file};

/// The version of the file that is written, and the only one that is read.
const VERSION: u32 = 1;

/// A file of known findings.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What tells such a file from others.
    baseline: u32,
    findings: Vec<Known>,
}

/// A known finding. Only the fingerprint counts, the rest is for readers.
#[derive(Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct Known {
    rule: String,
    message: String,
    fingerprint: String,
}

/// The findings that are known already.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    findings: Vec<Known>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// The file can't be read, or is none.
    pub(super) fn read(path: &Path, given: &Given) -> Result<Self, Diagnostic> {
        let bytes = given.read(path).map_err(|error| {
            let diagnostic =
                Diagnostic::error("unreadable", format!("can't be read: {error}")).at(path.display());
            diagnostic.with_help("`--write-baseline` writes one")
        })?;
        let file: File = serde_json::from_slice(&bytes).map_err(|error| {
            let place = format!("{}:{}:{}", path.display(), error.line(), error.column());
            let text = error.to_string();
            let text = match error.is_eof() {
                true => "the file ends before its JSON does",
                false => text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text),
            };
            let diagnostic = Diagnostic::error("baseline", format!("this is no baseline: {text}")).at(place);
            diagnostic.with_help("`--write-baseline` writes one")
        })?;
        if file.baseline != VERSION {
            let message =
                format!("the baseline is of version {}, and only {VERSION} is known", file.baseline);
            return Err(Diagnostic::error("baseline", message).at(path.display()));
        }
        Ok(Self { findings: file.findings })
    }

    /// Marks the findings that are known, and gives a note if some of the baseline are no more, of the rules that ran.
    pub(super) fn mark(
        &self,
        findings: &mut [PackFinding],
        rules: &[FindingRule],
        path: &Path,
    ) -> Option<Diagnostic> {
        let mut left: FxHashSet<&str> =
            self.findings.iter().filter(|known| ran(rules, known)).map(|known| &*known.fingerprint).collect();
        let known: FxHashSet<&str> = self.findings.iter().map(|known| &*known.fingerprint).collect();
        for finding in findings {
            left.remove(&*finding.fingerprint);
            if known.contains(&*finding.fingerprint) {
                finding.in_baseline = true;
                if finding.status == StatusWord::New {
                    finding.status = StatusWord::Known;
                }
            }
        }
        let gone = left.len();
        (gone > 0).then(|| {
            let message = match gone {
                1 => "a finding of the baseline is no more".to_owned(),
                _ => format!("{gone} findings of the baseline are no more"),
            };
            let note = Diagnostic::warning("baseline", message).at(path.display());
            note.with_help("`--write-baseline` with the same file drops what is mended")
        })
    }
}

/// Whether the rule of a known finding is among those that ran.
fn ran(rules: &[FindingRule], known: &Known) -> bool {
    rules.iter().any(|rule| rule.name == known.rule)
}

/// Writes a baseline of all findings that are not suppressed, in place of another baseline perhaps, whose findings of rules that did not
/// run are kept.
///
/// # Errors
/// The place holds something else, or can't be written.
pub(super) fn write(
    path: &Path,
    given: &Given,
    findings: &[PackFinding],
    rules: &[FindingRule],
) -> Result<(), Diagnostic> {
    let mut known: Vec<Known> = findings
        .iter()
        .filter(|finding| finding.status != StatusWord::Suppressed)
        .map(|finding| Known {
            rule: finding.rule.clone(),
            message: finding.message.clone(),
            fingerprint: finding.fingerprint.clone(),
        })
        .collect();
    if path.exists() {
        let replaced = Baseline::read(path, given)
            .map_err(|error| error.with_help("choose a new name: only a baseline is replaced"))?;
        known.extend(replaced.findings.into_iter().filter(|known| !ran(rules, known)));
    }
    known.sort();
    replace_file(path, |out| {
        serde_json::to_writer_pretty(&mut *out, &File { baseline: VERSION, findings: known })?;
        out.write_all(b"\n")
    })
    .map_err(Diagnostic::from)
}
