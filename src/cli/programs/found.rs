//! Rows of findings -> findings with messages and statements.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::{Program, json};
use crate::cli::diagnostics::Diagnostic;
use crate::cli::evidence::Evidence;
use crate::datalog::check::{Finding, Template, TemplatePart};
use crate::datalog::engine::{Derived, Given};
use crate::datalog::program::RelationId;
use crate::datalog::text::Value;
use crate::output::{FindingRule, PackFinding, SeverityWord, StatusWord, fingerprint};

/// What was found for one key.
pub(super) struct FoundRow {
    pub(super) key: Vec<Value>,
    pub(super) message: String,
    pub(super) help: String,
    /// The statements to show: policy and position.
    pub(super) statements: Vec<(String, u32)>,
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

    /// What it finds.
    ///
    /// # Errors
    /// A limit is reached, or something can't be read.
    pub(in crate::cli) fn findings(
        &self,
        given: &dyn Given,
        evidence: &mut dyn Evidence,
        now: Timestamp,
    ) -> Result<Vec<PackFinding>, Vec<Diagnostic>> {
        let derived = self.run(&self.checked.program, given, now, self.wanted())?;
        let mut found = Vec::new();
        for finding in self.own_findings() {
            let rows = rows(finding, &derived);
            let wanted: Vec<(&str, u32)> = rows
                .iter()
                .flat_map(|row| &row.statements)
                .map(|(policy, index)| (&**policy, *index))
                .collect();
            let mut statements = evidence.statements(&wanted).into_iter();
            for row in &rows {
                let statements = statements.by_ref().take(row.statements.len()).flatten().collect();
                let key = self.key(finding, &row.key);
                found.push(PackFinding {
                    severity: severity(finding),
                    rule: finding.name.to_string(),
                    message: row.message.clone(),
                    explanation: explanation(finding),
                    help: row.help.clone(),
                    pack: self.pack.clone(),
                    status: StatusWord::New,
                    suppression: None,
                    fingerprint: fingerprint(&finding.name, &key),
                    key,
                    statements,
                });
            }
        }
        Ok(found)
    }

    /// The key of a finding by the names of its columns.
    fn key(&self, finding: &Finding, values: &[Value]) -> Map<String, Json> {
        let relation = self.checked.program.relation(finding.relation);
        let columns = relation.map(|relation| relation.columns.as_slice()).unwrap_or_default();
        let mut key = Map::new();
        for (number, (column, value)) in columns.iter().zip(values).enumerate() {
            let name = match key.contains_key(&*column.name) {
                true => format!("{}{}", column.name, number + 1),
                false => column.name.to_string(),
            };
            key.insert(name, json(value));
        }
        key
    }
}

/// The rows of a finding, sorted by key. Of several details of one key the first gives the message, and all give statements.
pub(super) fn rows(finding: &Finding, derived: &Derived<'_>) -> Vec<FoundRow> {
    let details = derived.rows(finding.details);
    let key = |row: &Vec<Value>| row.get(..finding.keys).unwrap_or_default().to_vec();
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
        let mut statements: Vec<(String, u32)> = rows.iter().filter_map(statement).collect();
        statements.sort();
        statements.dedup();
        Some(FoundRow {
            key: key(first),
            message: finding.message.fill(first),
            help: finding.help.as_ref().map(|help| help.fill(first)).unwrap_or_default(),
            statements,
        })
    };
    details.chunk_by(|a, b| key(a) == key(b)).filter_map(found).collect()
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
