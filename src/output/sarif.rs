//! Findings as SARIF, the format that code hosts and editors read.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::findings::{FindingRow, Findings};

/// A kind of finding, as SARIF lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SarifRule {
    /// Its stable name.
    pub id: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Writes findings as SARIF 2.1.0, with every rule by which something could have been found.
///
/// # Errors
/// `out` can't be written.
pub fn write_sarif(
    findings: &Findings,
    rules: &[SarifRule],
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let results: Vec<Value> = findings.findings.iter().map(|row| result(row, rules)).collect();
    let rules: Vec<Value> = rules.iter().map(rule).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "entail",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn rule(rule: &SarifRule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.meaning},
        "help": {"text": format!("{} {}", rule.meaning, rule.remedy)},
    })
}

fn result(row: &FindingRow, rules: &[SarifRule]) -> Value {
    let mut result = json!({
        "ruleId": row.code,
        "level": row.severity,
        "message": {"text": format!("{}. {}", row.message, row.remedy)},
    });
    let Some(members) = result.as_object_mut() else { return result };
    if let Some(index) = rules.iter().position(|rule| rule.id == row.code) {
        members.insert("ruleIndex".to_owned(), index.into());
    }
    let mut physical = json!({"artifactLocation": {"uri": uri(&row.file)}});
    if row.line > 0
        && let Some(members) = physical.as_object_mut()
    {
        let region = json!({"startLine": row.line, "startColumn": row.column});
        members.insert("region".to_owned(), region);
    }
    let mut location = json!({"physicalLocation": physical});
    if !row.path.is_empty()
        && let Some(members) = location.as_object_mut()
    {
        let logical = json!([{"fullyQualifiedName": row.path, "kind": "member"}]);
        members.insert("logicalLocations".to_owned(), logical);
    }
    members.insert("locations".to_owned(), json!([location]));
    if let Some(policy) = &row.policy {
        members.insert("properties".to_owned(), json!({"policy": policy, "holders": row.holders}));
    }
    result
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
