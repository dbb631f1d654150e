//! Findings as JUnit XML.

use std::io::{self, Write};

use super::{Case, Outcome, Suite, write};
use crate::output::check::{CheckAnswer, FindingRule, PackFinding};
use crate::output::json::StatementReference;
use crate::output::words::{SeverityWord, StatusWord};

/// Writes findings as JUnit XML: a suite for each pack, a case for each finding and for each rule that found nothing. Findings that
/// count fail, those that are known, suppressed or less bad than `least` are skipped. What was assumed is properties of each suite.
///
/// # Errors
/// `out` can't be written.
pub fn write_junit(answer: &CheckAnswer, least: SeverityWord, out: &mut dyn Write) -> io::Result<()> {
    let assumed: Vec<(String, String)> =
        answer.assumed.iter().map(|(name, value)| (format!("assumed {name}"), value.clone())).collect();
    let suites: Vec<Suite<'_>> = answer
        .rules
        .chunk_by(|a, b| a.pack == b.pack)
        .map(|rules| Suite { properties: &assumed, ..suite(rules, answer, least) })
        .collect();
    write("entail check", &suites, out)
}

/// The rules of a pack, each with what it found.
fn suite<'a>(rules: &'a [FindingRule], answer: &'a CheckAnswer, least: SeverityWord) -> Suite<'a> {
    let name = rules.first().map(|rule| &*rule.pack).unwrap_or_default();
    let mut cases = Vec::new();
    for rule in rules {
        let before = cases.len();
        let is_of = |finding: &&PackFinding| finding.rule == rule.name && finding.pack == rule.pack;
        cases.extend(answer.findings.iter().filter(is_of).map(|finding| case(finding, least)));
        if cases.len() == before {
            let class = name.to_owned();
            cases.push(Case { class, name: &rule.name, place: None, outcome: Outcome::Passed });
        }
    }
    Suite { name, properties: &[], cases }
}

fn case(finding: &PackFinding, least: SeverityWord) -> Case<'_> {
    let first = finding.statements.iter().find(|statement| !statement.file.is_empty());
    let first = first.map(|statement| (&*statement.file, statement.line));
    let listed = finding.place.as_ref().map(|listed| (&*listed.file, listed.line));
    let text = detail(finding);
    let skipped = |message: String, text| Outcome::Skipped { message, text };
    let outcome = match finding.status {
        StatusWord::Suppressed => {
            let reason = finding.suppression.as_ref().map(|suppression| &*suppression.reason);
            skipped(format!("suppressed: {}", reason.unwrap_or_default()), text)
        }
        StatusWord::Known => skipped("known before".to_owned(), text),
        StatusWord::New if finding.severity >= least => {
            Outcome::Failed { message: finding.message.clone(), kind: finding.severity.as_str(), text }
        }
        StatusWord::New => skipped(format!("of severity {} only", finding.severity), text),
    };
    Case {
        class: format!("{}.{}", finding.pack, finding.rule),
        name: &finding.message,
        place: first.or(listed).map(|(file, line)| (file, line.to_string())),
        outcome,
    }
}

/// What there is to say beside the message.
fn detail(finding: &PackFinding) -> String {
    let PackFinding { explanation, help, statements, .. } = finding;
    let help = (!help.is_empty()).then(|| format!("help: {help}"));
    let explanation = (!explanation.is_empty()).then(|| explanation.clone());
    let places = statements.iter().map(StatementReference::short);
    explanation.into_iter().chain(help).chain(places).collect::<Vec<_>>().join("\n")
}
