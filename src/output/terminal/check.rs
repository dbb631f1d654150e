//! Findings of packs for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::{count, show_assumed};
use crate::output::check::{CheckAnswer, CheckSummary, PackFinding, PlaceView};
use crate::output::findings::wrapped;
use crate::output::words::{SeverityWord, StatusWord};

/// Writes findings for people: each with its statements and its remedy, what its rule means at the first of the rule, and a last line
/// that counts them. Findings that are known or suppressed are only counted, unless `all` are wanted.
///
/// # Errors
/// `out` can't be written.
pub fn show_check(answer: &CheckAnswer, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut explained = BTreeSet::new();
    for finding in answer.findings.iter().filter(|finding| all || finding.status == StatusWord::New) {
        show_finding(finding, explained.insert(&finding.rule), out)?;
    }
    let CheckSummary { rules, new, known, suppressed } = &answer.summary;
    let mut parts: Vec<String> = SeverityWord::ALL
        .iter()
        .rev()
        .filter_map(|severity| Some(format!("{} {severity}", new.get(severity)?)))
        .collect();
    if parts.is_empty() {
        parts.push("nothing found".to_owned());
    }
    for (number, word) in [(known, "known"), (suppressed, "suppressed")] {
        if *number > 0 {
            parts.push(format!("{number} {word}"));
        }
    }
    writeln!(out, "{}: {}", count(*rules, "rule"), parts.join(", "))?;
    show_assumed(&answer.assumed, out)
}

fn show_finding(finding: &PackFinding, first: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}[{}]: {}", finding.severity, finding.rule, finding.message)?;
    for statement in &finding.statements {
        let crate::output::StatementReference { policy, index, file, line, column, sid, .. } = statement;
        let statement = sid.clone().unwrap_or_else(|| index.to_string());
        match file.is_empty() {
            true => writeln!(out, "  --> {policy}#{statement}")?,
            false => writeln!(out, "  --> {file}:{line}:{column}, {policy}#{statement}")?,
        }
    }
    if let Some(PlaceView { name, file, line, column, .. }) = &finding.place {
        writeln!(out, "  --> {file}:{line}:{column}, {name}")?;
    }
    match (finding.status, &finding.suppression) {
        (StatusWord::Suppressed, Some(suppression)) => {
            wrapped(out, "suppressed", &format!("until {}: {}", suppression.until, suppression.reason))?;
        }
        (StatusWord::Known, _) => wrapped(out, "known", "the baseline has it")?,
        _ => {}
    }
    if first && !finding.explanation.is_empty() {
        wrapped(out, "note", &finding.explanation)?;
    }
    if !finding.help.is_empty() {
        wrapped(out, "help", &finding.help)?;
    }
    writeln!(out)
}
