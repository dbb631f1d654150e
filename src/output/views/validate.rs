//! Findings -> rows with files, lines and columns.

use std::path::Path;
use std::sync::Arc;

use crate::answers::validate::{Code, Finding, Level, Rule, remedy_of_gap, rules};
use crate::document::{Message, Origin, Source, Style, Tone, render_message};
use crate::estate::{Gap, Problem};
use crate::output::FindingRow;

/// A document that was looked at: where it stands, and what was found in it.
pub struct Checked {
    /// The file and where it holds the document; none if the file no longer does.
    pub origin: Option<(Arc<Source>, Origin)>,
    /// What holds the document in an estate.
    pub policy: Option<String>,
    /// How many places hold the same text.
    pub holders: usize,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// The rows of a document.
pub fn finding_rows(checked: &Checked) -> Vec<FindingRow> {
    checked.findings.iter().map(|finding| row(checked, finding)).collect()
}

fn row(checked: &Checked, finding: &Finding) -> FindingRow {
    let remedy = finding.help.clone().unwrap_or_else(|| finding.rule.remedy.to_owned());
    let mut row = FindingRow {
        policy: checked.policy.clone(),
        holders: checked.holders,
        path: finding.place.path.to_string(),
        ..plain(finding.level, finding.rule, finding.message.clone(), remedy)
    };
    if let Some((source, origin)) = &checked.origin {
        let place = origin.place(source, &finding.place);
        let also = finding.also.as_ref().map(|also| origin.place(source, also));
        (row.line, row.column) = source.line_and_column(place.span.start);
        row.file = source.name().to_owned();
        row.path = place.path.to_string();
        let message = Message {
            tone: match finding.level {
                Level::Error => Tone::Error,
                Level::Warning => Tone::Warning,
                Level::Note => Tone::Note,
            },
            code: finding.rule.code,
            text: &finding.message,
            place: &place,
            label: None,
            also: also.as_ref().map(|also| (also, "the other stands here")),
        };
        row.shown = render_message(&message, source, Style::Plain);
    }
    row
}

/// A warning about a file of an estate.
pub fn finding_of_file(problem: &Problem) -> Option<FindingRow> {
    let rule = rules().into_iter().find(|rule| rule.code == problem.kind.code())?;
    let level = Level::from(problem.kind.severity());
    let mut row = plain(level, rule, problem.kind.to_string(), rule.remedy.to_owned());
    row.file = problem.at.file.display().to_string();
    if let Some(spot) = &problem.at.spot {
        (row.line, row.column, row.path) = (spot.line, spot.column, spot.path.to_string());
    }
    row.shown.push_str(&format!("\n  --> {}", problem.at));
    Some(row)
}

/// What an estate lacks.
pub fn finding_of_gap(estate: &Path, gap: &Gap) -> FindingRow {
    let rule = Code::NotCollected.rule();
    let mut row = plain(Level::Note, rule, gap.to_string(), remedy_of_gap(gap).to_owned());
    row.file = estate.display().to_string();
    row.shown.push_str(&format!("\n  --> {}", row.file));
    row
}

/// A finding without place.
fn plain(level: Level, rule: Rule, message: String, remedy: String) -> FindingRow {
    FindingRow {
        severity: level.as_str(),
        code: rule.code,
        shown: format!("{}[{}]: {message}", level.as_str(), rule.code),
        message,
        explanation: rule.meaning,
        remedy,
        file: String::new(),
        line: 0,
        column: 0,
        path: String::new(),
        policy: None,
        holders: 1,
    }
}
