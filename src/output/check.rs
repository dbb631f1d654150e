//! What rule packs found in an estate.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::LazyLock;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json::{Assumed, StatementReference};
use super::redact::Redactor;
use super::rows::{Answer, Row, write_together};
use super::sarif::{SarifLocation, SarifResult, SarifRule};
use super::words::{SeverityWord, StatusWord};

/// What packs found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckAnswer {
    /// The findings, the worst first, then by rule and key.
    pub findings: Vec<PackFinding>,
    /// How many there are.
    pub summary: CheckSummary,
    /// What was assumed.
    pub assumed: Assumed,
    /// The rules by which something could have been found, by pack and name.
    #[serde(skip)]
    pub rules: Vec<FindingRule>,
}

/// How much was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckSummary {
    /// Kinds of findings that were looked for.
    pub rules: usize,
    /// Findings that are new, by severity.
    pub new: BTreeMap<SeverityWord, usize>,
    /// Findings that the baseline has.
    pub known: usize,
    /// Findings that are suppressed.
    pub suppressed: usize,
}

/// A kind of finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRule {
    /// The pack that has it.
    pub pack: String,
    /// Its name.
    pub name: String,
    /// How bad such findings are.
    pub severity: SeverityWord,
    /// What such findings mean; empty: the pack does not say.
    pub explanation: String,
    /// What to do; empty: the pack does not say.
    pub help: String,
}

/// A finding of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackFinding {
    /// How bad it is.
    pub severity: SeverityWord,
    /// The name of its kind.
    pub rule: String,
    /// What was found, in one line.
    pub message: String,
    /// What findings of this kind mean.
    pub explanation: String,
    /// What to do.
    pub help: String,
    /// The pack that found it.
    pub pack: String,
    /// Whether it counts.
    pub status: StatusWord,
    /// Whether the baseline has it, be it suppressed or not.
    #[serde(skip)]
    pub in_baseline: bool,
    /// Why it does not count, if it is suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<SuppressionView>,
    /// What tells it from others of its kind: the columns of its key.
    pub key: Map<String, Value>,
    /// What the message and the remedy name beside the key, by the names of their variables in lower case.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
    /// What stays the same as long as rule and key do.
    pub fingerprint: String,
    /// The statements that it is about.
    pub statements: Vec<StatementReference>,
    /// What it is about in place of statements, if it is about none and its rule names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceView>,
}

/// Where a file lists something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceView {
    /// What is listed: an account.
    pub name: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The JSON path in the file.
    pub path: String,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuppressionView {
    /// The reason that was given.
    pub reason: String,
    /// The last day on which it holds.
    pub until: String,
}

/// What tells a finding from all others: a hash of its rule and its key, in 32 hexadecimal digits.
pub fn fingerprint(rule: &str, key: &Map<String, Value>) -> String {
    static OF_NOTHING: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("entail: fingerprints of findings"));
    let mut hasher = OF_NOTHING.clone();
    hasher.update(rule.as_bytes());
    // The names of columns may change without the finding being another.
    for value in key.values() {
        hasher.update(b"\0").update(value.to_string().as_bytes());
    }
    let mut hash = hasher.finalize().to_hex();
    hash.truncate(32);
    hash.to_string()
}

impl CheckAnswer {
    /// Sorts findings, and counts them.
    pub fn new(mut findings: Vec<PackFinding>, mut rules: Vec<FindingRule>, assumed: Assumed) -> Self {
        findings.par_sort_by(|a, b| {
            (b.severity.cmp(&a.severity)).then_with(|| {
                (&a.rule, &a.message, &a.fingerprint).cmp(&(&b.rule, &b.message, &b.fingerprint))
            })
        });
        rules.sort_by(|a, b| (&a.pack, &a.name).cmp(&(&b.pack, &b.name)));
        let mut summary = CheckSummary { rules: rules.len(), ..CheckSummary::default() };
        for finding in &findings {
            match finding.status {
                StatusWord::New => *summary.new.entry(finding.severity).or_default() += 1,
                StatusWord::Known => summary.known += 1,
                StatusWord::Suppressed => summary.suppressed += 1,
            }
        }
        Self { findings, summary, assumed, rules }
    }

    /// Whether a finding counts that is so bad or worse.
    pub fn fails(&self, least: SeverityWord) -> bool {
        self.findings.iter().any(|finding| finding.counts(least))
    }

    /// Puts pseudonyms in place of names in what is said of rules.
    pub fn redact_rules(&mut self, redactor: &Redactor) {
        for rule in &mut self.rules {
            let texts = [&mut rule.pack, &mut rule.explanation, &mut rule.help];
            texts.into_iter().for_each(|text| *text = redactor.text(text));
        }
    }

    /// What SARIF says of the whole run.
    pub fn sarif_properties(&self) -> Map<String, Value> {
        let assumed = self.assumed.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        let assumed: Map<String, Value> = assumed.collect();
        let properties = (!assumed.is_empty()).then(|| ("assumed".to_owned(), assumed.into()));
        properties.into_iter().collect()
    }

    /// The rules, as SARIF lists them.
    pub fn sarif_rules(&self) -> Vec<SarifRule> {
        let rule = |rule: &FindingRule| SarifRule {
            id: rule.name.clone(),
            meaning: match rule.explanation.is_empty() {
                true => rule.name.clone(),
                false => rule.explanation.clone(),
            },
            remedy: rule.help.clone(),
            security_severity: Some(rule.severity.score()),
        };
        self.rules.iter().map(rule).collect()
    }
}

impl PackFinding {
    /// Whether the finding is new, and so bad or worse.
    pub fn counts(&self, least: SeverityWord) -> bool {
        self.status == StatusWord::New && self.severity >= least
    }

    /// The finding, as SARIF lists it; `elsewhere` is the file of findings about no statement, and `has_baseline` tells whether known
    /// findings were left out.
    pub fn sarif(&self, elsewhere: &str, has_baseline: bool) -> SarifResult {
        let place = |statement: &StatementReference| SarifLocation {
            file: statement.file.clone(),
            line: statement.line,
            column: statement.column,
            path: statement.path.clone(),
        };
        let mut locations: Vec<SarifLocation> =
            self.statements.iter().filter(|statement| !statement.file.is_empty()).map(place).collect();
        locations.extend(self.place.as_ref().map(|listed| SarifLocation {
            file: listed.file.clone(),
            line: listed.line,
            column: listed.column,
            path: listed.path.clone(),
        }));
        if locations.is_empty() {
            locations.push(SarifLocation { file: elsewhere.to_owned(), ..SarifLocation::default() });
        }
        let message = match self.help.is_empty() {
            true => self.message.clone(),
            false => format!("{}. {}", self.message, self.help),
        };
        let mut properties = vec![
            ("severity", self.severity.as_str().into()),
            ("pack", self.pack.as_str().into()),
            ("key", Value::Object(self.key.clone())),
        ];
        if !self.details.is_empty() {
            properties.push(("details", Value::Object(self.details.clone())));
        }
        SarifResult {
            rule: self.rule.clone(),
            level: self.severity.sarif_level(),
            message,
            locations,
            fingerprint: Some(self.fingerprint.clone()),
            was_known: has_baseline.then_some(self.in_baseline),
            suppressed: self.suppression.as_ref().map(|suppression| suppression.reason.clone()),
            properties: properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }

    /// Puts pseudonyms in place of names.
    pub fn redact(&mut self, redactor: &Redactor) {
        let texts = [&mut self.message, &mut self.help, &mut self.explanation, &mut self.pack];
        texts.into_iter().for_each(|text| *text = redactor.text(text));
        if let Some(suppression) = &mut self.suppression {
            suppression.reason = redactor.text(&suppression.reason);
        }
        self.key.values_mut().chain(self.details.values_mut()).for_each(|value| redactor.value(value));
        self.fingerprint = fingerprint(&self.rule, &self.key);
        self.statements.iter_mut().for_each(|statement| statement.redact(redactor));
        if let Some(PlaceView { name, file, path, .. }) = &mut self.place {
            [name, file, path].into_iter().for_each(|text| *text = redactor.text(text));
        }
    }
}

impl SeverityWord {
    /// The level that stands for it in SARIF, which has three.
    pub const fn sarif_level(self) -> &'static str {
        match self {
            Self::Critical | Self::High => "error",
            Self::Medium | Self::Low => "warning",
            Self::Info => "note",
        }
    }

    /// A number from 0 to 10 that code hosts read as the same word.
    const fn score(self) -> &'static str {
        match self {
            Self::Critical => "9.5",
            Self::High => "8.0",
            Self::Medium => "5.5",
            Self::Low => "2.0",
            Self::Info => "0.0",
        }
    }
}

impl Answer for CheckAnswer {
    type Row = PackFinding;

    fn rows(&self) -> &[PackFinding] {
        &self.findings
    }

    /// Findings are many, and put into words on all cores.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(last) = self.findings.last() else {
            return Ok(serde_json::to_writer_pretty(out, self)?);
        };
        out.write_all(b"{\n  \"findings\": [")?;
        write_together(&self.findings, out, |findings, text| {
            for finding in findings {
                let object = serde_json::to_string_pretty(finding)?;
                for line in object.lines() {
                    text.extend_from_slice(b"\n    ");
                    text.extend_from_slice(line.as_bytes());
                }
                if !std::ptr::eq(finding, last) {
                    text.push(b',');
                }
            }
            Ok(())
        })?;
        out.write_all(b"\n  ],")?;
        let rest = serde_json::to_string_pretty(&Rest { summary: &self.summary, assumed: &self.assumed })?;
        out.write_all(rest.strip_prefix('{').unwrap_or_default().as_bytes())
    }
}

/// What follows the findings.
#[derive(Serialize)]
struct Rest<'a> {
    summary: &'a CheckSummary,
    assumed: &'a Assumed,
}

impl Row for PackFinding {
    const COLUMNS: &'static [&'static str] = &[
        "severity",
        "rule",
        "message",
        "help",
        "status",
        "key",
        "details",
        "file",
        "line",
        "column",
        "statements",
        "pack",
        "fingerprint",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let first = self.statements.first().map(|first| (&*first.file, first.line, first.column));
        let listed = self.place.as_ref().map(|listed| (&*listed.file, listed.line, listed.column));
        let first = first.or(listed);
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default().into();
        let statements: Vec<String> = self.statements.iter().map(StatementReference::short).collect();
        vec![
            self.severity.as_str().into(),
            self.rule.as_str().into(),
            self.message.as_str().into(),
            self.help.as_str().into(),
            self.status.as_str().into(),
            Value::Object(self.key.clone()).to_string().into(),
            match self.details.is_empty() {
                true => "".into(),
                false => Value::Object(self.details.clone()).to_string().into(),
            },
            first.map(|(file, ..)| file).unwrap_or_default().into(),
            number(first.map(|(_, line, _)| line)),
            number(first.map(|(.., column)| column)),
            statements.join(";").into(),
            self.pack.as_str().into(),
            self.fingerprint.as_str().into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_as_of_the_answer() {
        let finding = |rule: &str| PackFinding {
            severity: SeverityWord::High,
            rule: rule.to_owned(),
            message: "two\nlines \u{2028} and more".to_owned(),
            explanation: String::new(),
            help: String::new(),
            pack: "pack".to_owned(),
            status: StatusWord::New,
            in_baseline: false,
            suppression: None,
            key: Map::from_iter([("principal".to_owned(), "ann".into())]),
            details: Map::new(),
            fingerprint: "0".to_owned(),
            statements: Vec::new(),
            place: None,
        };
        for count in [0, 1, 300] {
            let findings = (0..count).map(|number| finding(&format!("rule-{number}"))).collect();
            let answer = CheckAnswer::new(findings, Vec::new(), Assumed::default());
            let mut text = Vec::new();
            answer.write_json(&mut text).expect("written");
            let wanted = serde_json::to_string_pretty(&answer).expect("JSON");
            assert_eq!(String::from_utf8(text).as_deref(), Ok(&*wanted));
        }
    }
}
