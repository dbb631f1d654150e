//! Findings as SARIF, the format that code hosts and editors read.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

/// A kind of finding, as SARIF lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct SarifRule {
    /// Its stable name.
    pub id: String,
    /// What it means.
    pub meaning: String,
    /// What to do.
    pub remedy: String,
    /// How bad code hosts take it for, from 0 to 10; absent: they go by the level.
    pub security_severity: Option<&'static str>,
}

/// A finding, as SARIF lists it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SarifResult {
    /// The name of its kind.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// What was found, and what to do.
    pub message: String,
    /// Where.
    pub locations: Vec<SarifLocation>,
    /// What stays the same as long as the finding does.
    pub fingerprint: Option<String>,
    /// Whether the finding was known before; absent: nothing is known of before.
    pub was_known: Option<bool>,
    /// Why the finding does not count, if it does not.
    pub suppressed: Option<String>,
    /// What else there is to say.
    pub properties: Map<String, Value>,
}

/// A place of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SarifLocation {
    /// The file.
    pub file: String,
    /// The line, from 1; 0: no place in the file.
    pub line: u32,
    /// The column in characters, from 1; 0 as above.
    pub column: u32,
    /// What stands there, in the structure of the file; empty: not known.
    pub path: String,
}

/// Writes findings as SARIF 2.1.0, with every rule by which something could have been found, and what there is to say of the whole run.
///
/// # Errors
/// `out` can't be written.
pub fn write_sarif(
    results: impl IntoIterator<Item = SarifResult>,
    rules: &[SarifRule],
    properties: Map<String, Value>,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let results: Vec<Value> = results.into_iter().map(|result| result.written(rules)).collect();
    let rules: Vec<Value> = rules.iter().map(SarifRule::written).collect();
    let mut run = json!({
        "tool": {"driver": {
            "name": "entail",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules,
        }},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    if let (false, Some(members)) = (properties.is_empty(), run.as_object_mut()) {
        members.insert("properties".to_owned(), properties.into());
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    });
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

impl SarifRule {
    fn written(&self) -> Value {
        let mut rule = json!({
            "id": self.id,
            "shortDescription": {"text": self.meaning},
            "help": {"text": format!("{} {}", self.meaning, self.remedy).trim_end()},
        });
        if let (Some(severity), Some(members)) = (self.security_severity, rule.as_object_mut()) {
            let properties = json!({"security-severity": severity, "tags": ["security"]});
            members.insert("properties".to_owned(), properties);
        }
        rule
    }
}

impl SarifResult {
    fn written(self, rules: &[SarifRule]) -> Value {
        let mut result = Map::new();
        let mut insert = |name: &str, value: Value| result.insert(name.to_owned(), value);
        if let Some(index) = rules.iter().position(|rule| rule.id == self.rule) {
            insert("ruleIndex", index.into());
        }
        insert("ruleId", self.rule.into());
        insert("level", self.level.into());
        insert("message", json!({"text": self.message}));
        insert("locations", self.locations.iter().map(SarifLocation::written).collect());
        if let Some(fingerprint) = self.fingerprint {
            // Code hosts follow a finding by the second.
            insert(
                "partialFingerprints",
                json!({"entail/v1": fingerprint, "primaryLocationLineHash": fingerprint}),
            );
        }
        if let Some(known) = self.was_known {
            insert("baselineState", if known { "unchanged" } else { "new" }.into());
        }
        if let Some(reason) = self.suppressed {
            insert("suppressions", json!([{"kind": "external", "justification": reason}]));
        }
        if !self.properties.is_empty() {
            insert("properties", self.properties.into());
        }
        result.into()
    }
}

impl SarifLocation {
    fn written(&self) -> Value {
        let mut physical = json!({"artifactLocation": {"uri": uri(&self.file)}});
        if self.line > 0
            && let Some(members) = physical.as_object_mut()
        {
            let region = json!({"startLine": self.line, "startColumn": self.column});
            members.insert("region".to_owned(), region);
        }
        let mut location = json!({"physicalLocation": physical});
        if !self.path.is_empty()
            && let Some(members) = location.as_object_mut()
        {
            let logical = json!([{"fullyQualifiedName": self.path, "kind": "member"}]);
            members.insert("logicalLocations".to_owned(), logical);
        }
        location
    }
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const ODD: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b']')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}')
        .add(b':');
    utf8_percent_encode(path, ODD).to_string()
}
