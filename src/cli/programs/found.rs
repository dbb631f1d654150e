//! Rows of findings -> findings with messages and statements.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::{Map, Value as Json};

use super::shared::Shared;
use super::{Program, json};
use crate::cli::diagnostics::Diagnostic;
use crate::cli::evidence::Evidence;
use crate::cli::progress::Progress;
use crate::datalog::check::{Finding, Template, TemplatePart};
use crate::datalog::engine::{Given, Options};
use crate::datalog::program::RelationId;
use crate::datalog::text::Value;
use crate::output::{FindingRule, PackFinding, SeverityWord, StatementReference, StatusWord, fingerprint};

/// How many bytes of stack a program gets, as on the first thread: its body is as deep as it is long.
const STACK: usize = 8 << 20;

/// What was found for one key.
pub(super) struct FoundRow {
    pub(super) key: Vec<Value>,
    pub(super) message: String,
    pub(super) help: String,
    /// What the texts name beside the key.
    details: Vec<Value>,
    /// The statements to show: policy and position.
    pub(super) statements: Vec<(String, u32)>,
    /// The account to show where there is no statement.
    pub(super) account: Option<String>,
}

/// What was found by one rule.
struct Found<'p> {
    program: &'p Program,
    finding: &'p Finding,
    rows: Vec<FoundRow>,
}

/// What programs find, those of the first program first. Programs run side by side.
///
/// # Errors
/// A limit is reached, or something can't be read: what the first such program says of it.
pub(in crate::cli) fn findings(
    programs: &[Program],
    given: &dyn Given,
    evidence: &mut dyn Evidence,
    now: Timestamp,
    progress: &Progress,
) -> Result<Vec<PackFinding>, Vec<Diagnostic>> {
    let given = Shared::new(given);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(program) = programs.get(at) else { return found };
            found.push((at, program.found(&given, now)));
            progress.advance(1);
        }
    };
    // Threads of their own: those that answer questions wait for nobody. Where the system gives none, the first does all.
    let mut found = thread::scope(|scope| {
        let further = rayon::current_num_threads().min(programs.len()).saturating_sub(1);
        let thread = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
        let others: Vec<_> = (0..further).filter_map(|_| thread()).collect();
        let mut found = work();
        for other in others {
            found.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        found
    });
    found.sort_by_key(|(at, _)| *at);
    let found = found.into_iter().map(|(_, found)| found).collect::<Result<Vec<Vec<Found<'_>>>, _>>()?;
    let found: Vec<Found<'_>> = found.into_iter().flatten().collect();
    let rows = found.iter().flat_map(|found| &found.rows);
    let wanted: Vec<(&str, u32)> =
        rows.flat_map(|row| &row.statements).map(|(policy, index)| (&**policy, *index)).collect();
    let mut statements = evidence.statements(&wanted).into_iter();
    let mut all = Vec::new();
    for Found { program, finding, rows } in found {
        let with_statements: Vec<_> = rows
            .into_iter()
            .map(|row| (statements.by_ref().take(row.statements.len()).flatten().collect(), row))
            .collect();
        let explanation = explanation(finding);
        let finding = |(statements, row): (Vec<StatementReference>, FoundRow)| {
            let account = row.account.clone();
            (program.pack_finding(finding, &explanation, row, statements), account)
        };
        all.par_extend(with_statements.into_par_iter().with_min_len(256).map(finding));
    }
    Ok(placed(all, evidence))
}

/// Findings, with the places of accounts for those that are about no statement.
fn placed(found: Vec<(PackFinding, Option<String>)>, evidence: &mut dyn Evidence) -> Vec<PackFinding> {
    let is_placed = |(finding, _): &&(PackFinding, Option<String>)| finding.statements.is_empty();
    let accounts: Vec<&str> =
        found.iter().filter(is_placed).filter_map(|(_, account)| account.as_deref()).collect();
    let mut places = evidence.places(&accounts).into_iter();
    let placed = found.into_iter().map(|(mut finding, account)| {
        if finding.statements.is_empty() && account.is_some() {
            finding.place = places.next().flatten();
        }
        finding
    });
    placed.collect()
}

impl Program {
    /// The findings of its own files; those of imported ones are relations like others.
    pub(super) fn own_findings(&self) -> impl Iterator<Item = &Finding> {
        self.checked.findings.iter().filter(|finding| self.is_own(finding.place))
    }

    /// The relations that findings are read from.
    pub(super) fn wanted(&self) -> Vec<RelationId> {
        self.own_findings().flat_map(|finding| [finding.relation, finding.details]).collect()
    }

    /// What its findings are.
    pub(in crate::cli) fn rules(&self) -> impl Iterator<Item = FindingRule> {
        self.own_findings().map(|finding| FindingRule {
            pack: self.pack.clone(),
            name: finding.name.to_string(),
            severity: severity(finding),
            explanation: explanation(finding),
            help: finding.help.as_ref().map(general).unwrap_or_default(),
        })
    }

    /// The rows of its findings.
    ///
    /// # Errors
    /// A limit is reached, or something can't be read.
    fn found(&self, given: &dyn Given, now: Timestamp) -> Result<Vec<Found<'_>>, Vec<Diagnostic>> {
        let options = Options { now, wanted: Some(self.wanted()), explained: false };
        let derived = self.run(&self.checked.program, given, &options)?;
        self.own_findings().try_for_each(|finding| self.few_enough(finding.details, &derived))?;
        let found =
            |finding| Found { program: self, finding, rows: rows(finding, &derived.rows(finding.details)) };
        Ok(self.own_findings().map(found).collect())
    }

    /// One finding.
    fn pack_finding(
        &self,
        finding: &Finding,
        explanation: &str,
        row: FoundRow,
        statements: Vec<StatementReference>,
    ) -> PackFinding {
        let key = self.named(finding.relation, 0, &row.key);
        PackFinding {
            severity: severity(finding),
            rule: finding.name.to_string(),
            message: row.message,
            explanation: explanation.to_owned(),
            help: row.help,
            pack: self.pack.clone(),
            status: StatusWord::New,
            in_baseline: false,
            suppression: None,
            fingerprint: fingerprint(&finding.name, &key),
            key,
            details: self.named(finding.details, finding.keys, &row.details),
            statements,
            place: None,
        }
    }

    /// Values by the names of the columns of a relation, from one of these on.
    fn named(&self, relation: RelationId, from: usize, values: &[Value]) -> Map<String, Json> {
        let relation = self.checked.program.relation(relation);
        let columns = relation.and_then(|relation| relation.columns.get(from..)).unwrap_or_default();
        let mut named = Map::new();
        for (number, (column, value)) in columns.iter().zip(values).enumerate() {
            let name = match named.contains_key(&*column.name) {
                true => format!("{}{}", column.name, number + 1),
                false => column.name.to_string(),
            };
            named.insert(name, json(value));
        }
        named
    }
}

/// What the details of a finding, sorted, come to for each key. Of several details of one key the first gives the message, and all give statements.
pub(super) fn rows(finding: &Finding, details: &[Vec<Value>]) -> Vec<FoundRow> {
    fn key(row: &[Value], keys: usize) -> &[Value] {
        row.get(..keys).unwrap_or_default()
    }
    let found = |rows: &[Vec<Value>]| {
        let first = rows.first()?;
        let statement = |row: &Vec<Value>| {
            let (policy, index) = finding.statement?;
            match (row.get(policy)?, row.get(index)?) {
                (Value::Text(policy) | Value::Symbol(policy), Value::Number(index)) => {
                    Some((policy.to_string(), u32::try_from(*index).ok()?))
                }
                _ => None,
            }
        };
        let account = |row: &Vec<Value>| {
            let (policy, index) = finding.statement?;
            match (row.get(policy)?, row.get(index)?) {
                (Value::Text(name) | Value::Symbol(name), Value::Number(..0)) => Some(name.to_string()),
                _ => None,
            }
        };
        let end = finding.statement.map_or(first.len(), |(policy, _)| policy);
        let mut statements: Vec<(String, u32)> = rows.iter().filter_map(statement).collect();
        statements.sort();
        statements.dedup();
        Some(FoundRow {
            key: key(first, finding.keys).to_vec(),
            message: finding.message.fill(first),
            help: finding.help.as_ref().map(|help| help.fill(first)).unwrap_or_default(),
            details: first.get(finding.keys..end).unwrap_or_default().to_vec(),
            statements,
            account: rows.iter().find_map(account).filter(|name| !name.is_empty()),
        })
    };
    let alike = |a: &Vec<Value>, b: &Vec<Value>| key(a, finding.keys) == key(b, finding.keys);
    details.chunk_by(alike).filter_map(found).collect()
}

/// A text for all findings of a rule: with `…` where each has values of its own.
fn general(template: &Template) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.to_string(),
        TemplatePart::Column(_) => "…".to_owned(),
    };
    template.parts.iter().map(part).collect()
}

pub(super) fn severity(finding: &Finding) -> SeverityWord {
    // Both have the same words, which a test compares.
    SeverityWord::parse(finding.severity.word()).unwrap_or(SeverityWord::Critical)
}

/// The lines of documentation as one text.
fn explanation(finding: &Finding) -> String {
    finding.docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}
