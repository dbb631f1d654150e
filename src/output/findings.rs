//! What `validate` found, as rows and as text for people.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::redact::Redactor;
use super::rows::{Answer, Row};
use super::sarif::{SarifLocation, SarifResult};

/// What `validate` found in all its inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The findings, by file and place.
    pub findings: Vec<FindingRow>,
    /// How many there are.
    pub summary: FindingSummary,
}

/// How much was looked at, and how much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindingSummary {
    /// Distinct policy documents.
    pub documents: usize,
    /// Findings that leave a meaning open.
    pub errors: usize,
    /// Findings that are hardly meant.
    pub warnings: usize,
    /// Findings that are worth knowing.
    pub notes: usize,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    /// The stable name of its kind.
    pub code: &'static str,
    /// What was found, in one line.
    pub message: String,
    /// What findings of this kind mean.
    pub explanation: &'static str,
    /// What to do.
    pub remedy: String,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if the finding is about no place in a file.
    pub line: u32,
    /// The column in characters, from 1; 0 as above.
    pub column: u32,
    /// The JSON path from the root of the file.
    pub path: String,
    /// What holds the document, in an estate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// How many places hold the same document.
    pub holders: usize,
    /// The finding with the line of the file.
    #[serde(skip)]
    pub shown: String,
}

impl FindingRow {
    /// The finding, as SARIF lists it.
    pub fn sarif(&self) -> SarifResult {
        let location = SarifLocation {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            path: self.path.clone(),
        };
        let mut properties = serde_json::Map::new();
        if let Some(policy) = &self.policy {
            properties.insert("policy".to_owned(), policy.as_str().into());
            properties.insert("holders".to_owned(), self.holders.into());
        }
        SarifResult {
            rule: self.code.to_owned(),
            level: self.severity,
            message: format!("{}. {}", self.message, self.remedy),
            locations: vec![location],
            properties,
            ..SarifResult::default()
        }
    }

    /// Puts pseudonyms in place of names.
    pub fn redact(&mut self, redactor: &Redactor) {
        let texts = [&mut self.message, &mut self.remedy, &mut self.file, &mut self.path, &mut self.shown];
        texts.into_iter().chain(&mut self.policy).for_each(|text| *text = redactor.text(text));
    }
}

impl Findings {
    /// Sorts findings, and counts them.
    pub fn new(mut findings: Vec<FindingRow>, documents: usize) -> Self {
        findings.sort_by(|a, b| {
            let key = |row: &FindingRow| (row.line, row.column, row.code);
            a.file
                .cmp(&b.file)
                .then_with(|| key(a).cmp(&key(b)))
                .then_with(|| (&a.path, &a.message, &a.policy).cmp(&(&b.path, &b.message, &b.policy)))
        });
        let count = |severity| findings.iter().filter(|row| row.severity == severity).count();
        let summary = FindingSummary {
            documents,
            errors: count("error"),
            warnings: count("warning"),
            notes: count("note"),
        };
        Self { findings, summary }
    }
}

impl Answer for Findings {
    type Row = FindingRow;

    fn rows(&self) -> &[FindingRow] {
        &self.findings
    }
}

impl Row for FindingRow {
    const COLUMNS: &'static [&'static str] =
        &["severity", "code", "message", "remedy", "file", "line", "column", "path", "policy", "holders"];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.severity.into(),
            self.code.into(),
            self.message.as_str().into(),
            self.remedy.as_str().into(),
            self.file.as_str().into(),
            self.line.to_string().into(),
            self.column.to_string().into(),
            self.path.as_str().into(),
            self.policy.as_deref().unwrap_or_default().into(),
            self.holders.to_string().into(),
        ]
    }
}

/// Writes findings for people: each with its line and its remedy, what its kind means at the first of the kind, and a last
/// line that counts them.
///
/// # Errors
/// `out` can't be written.
pub fn show_findings(answer: &Findings, out: &mut dyn Write) -> io::Result<()> {
    let mut explained = std::collections::BTreeSet::new();
    for row in &answer.findings {
        writeln!(out, "{}", row.shown.trim_end())?;
        if let Some(policy) = &row.policy {
            let more = match row.holders {
                0 | 1 => String::new(),
                holders => format!(" and {} more", holders - 1),
            };
            wrapped(out, "in", &format!("{policy}{more}"))?;
        }
        if explained.insert(row.code) && row.explanation != row.message {
            wrapped(out, "note", row.explanation)?;
        }
        wrapped(out, "help", &row.remedy)?;
        writeln!(out)?;
    }
    let FindingSummary { documents, errors, warnings, notes } = answer.summary;
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    writeln!(
        out,
        "{}: {}, {}, {}",
        counted(documents, "document"),
        counted(errors, "error"),
        counted(warnings, "warning"),
        counted(notes, "note")
    )
}

/// Writes a remark below a finding, in lines that are not too long.
pub(super) fn wrapped(out: &mut dyn Write, word: &str, text: &str) -> io::Result<()> {
    wrap(out, &format!("  = {word}: "), text)
}

/// Writes a text in lines that are not too long, the first behind `lead`, the others below their beginning.
pub(super) fn wrap(out: &mut dyn Write, lead: &str, text: &str) -> io::Result<()> {
    const WIDTH: usize = 100;
    write!(out, "{lead}")?;
    let mut column = lead.len();
    for (index, part) in text.split(' ').enumerate() {
        let length = part.chars().count() + 1;
        if index > 0 && column + length > WIDTH {
            write!(out, "\n{:1$}", "", lead.len())?;
            column = lead.len();
        } else if index > 0 {
            write!(out, " ")?;
        }
        write!(out, "{part}")?;
        column += length;
    }
    writeln!(out)
}
