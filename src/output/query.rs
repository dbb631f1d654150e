//! Answers to queries in the rule language.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::csv::into_io;
use super::json::{Assumed, StatementReference};
use super::redact::Redactor;
use super::rows::RowFormat;
use super::terminal::Screen;

/// The answer to one query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryAnswer {
    /// The variables, in the order in which the query names them. Without any it has one column, which says whether it holds.
    pub columns: Vec<String>,
    /// The rows, sorted.
    pub rows: Vec<QueryRow>,
    /// What was assumed.
    pub assumed: Assumed,
}

/// A row of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryRow {
    /// A value for each column.
    pub values: Vec<Value>,
    /// The facts that it rests on, if they are wanted: each after those that rest on it, unless several do.
    pub why: Option<Vec<WhyFact>>,
}

/// A fact that a row rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct WhyFact {
    /// The fact as rules write it. The first of a row is the query's own.
    pub fact: String,
    /// How it came about.
    pub because: Because,
    /// The rule, or the fact of a file: `file:line:column`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// What it rests on: positions in the list of the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rests_on: Vec<usize>,
    /// Parts of the rule that hold by values: tests, absent facts, and aggregates, which rest on facts too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// The statements of policies that it stands for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<StatementReference>,
}

/// How a fact came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Because {
    /// A rule derives it.
    #[default]
    Rule,
    /// A file states it.
    Stated,
    /// The estate gives it.
    Given,
}

impl QueryAnswer {
    /// The rows as JSON objects.
    fn objects(&self) -> impl Iterator<Item = Map<String, Value>> {
        self.rows.iter().map(|row| {
            let mut object: Map<String, Value> =
                self.columns.iter().cloned().zip(row.values.iter().cloned()).collect();
            // Variables begin in upper case.
            if let Some(why) = &row.why {
                object.insert("why".to_owned(), serde_json::to_value(why).unwrap_or_default());
            }
            object
        })
    }

    /// Puts pseudonyms in place of names, and sorts the rows by them.
    pub fn redact(&mut self, redactor: &Redactor) {
        for row in &mut self.rows {
            row.values.iter_mut().for_each(|value| redactor.value(value));
            for fact in row.why.iter_mut().flatten() {
                fact.fact = redactor.text(&fact.fact);
                fact.at = redactor.text(&fact.at);
                fact.tests.iter_mut().for_each(|test| *test = redactor.text(test));
                fact.statements.iter_mut().for_each(|statement| statement.redact(redactor));
            }
        }
        self.rows.sort_by_cached_key(|row| row.values.iter().map(shown).collect::<Vec<_>>());
    }

    /// Writes the rows, as one JSON list or one by one.
    ///
    /// # Errors
    /// `out` can't be written.
    pub fn write(&self, format: RowFormat, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(1 << 16, out);
        match format {
            RowFormat::Json => {
                serde_json::to_writer_pretty(&mut out, &self.objects().collect::<Vec<_>>())?;
                out.write_all(b"\n")?;
            }
            RowFormat::JsonLines => {
                for object in self.objects() {
                    serde_json::to_writer(&mut out, &object)?;
                    out.write_all(b"\n")?;
                }
            }
            RowFormat::Csv => {
                let mut writer = ::csv::Writer::from_writer(&mut out);
                writer.write_record(&self.columns).map_err(into_io)?;
                for row in &self.rows {
                    writer.write_record(row.values.iter().map(shown)).map_err(into_io)?;
                }
                writer.flush()?;
            }
        }
        out.flush()
    }

    /// Writes the answer for people: a table, or each row with the tree of what it rests on.
    ///
    /// # Errors
    /// `out` can't be written.
    pub fn show(&self, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        if let ([_], [row], false) = (self.columns.as_slice(), self.rows.as_slice(), self.has_variables()) {
            let holds = row.values.first() == Some(&Value::Bool(true));
            writeln!(out, "{}", if holds { "yes" } else { "no" })?;
            return show_why(row, out);
        }
        if self.rows.iter().any(|row| row.why.is_some()) {
            for row in &self.rows {
                let values = self.columns.iter().zip(&row.values);
                let line: Vec<String> =
                    values.map(|(name, value)| format!("{name} = {}", shown(value))).collect();
                writeln!(out, "{}", line.join(", "))?;
                show_why(row, out)?;
                writeln!(out)?;
            }
        } else if !self.rows.is_empty() {
            screen.columns(
                &self.columns,
                self.rows.iter().map(|row| row.values.iter().map(shown).collect()),
                out,
            )?;
            writeln!(out)?;
        }
        match self.rows.len() {
            1 => writeln!(out, "1 row"),
            rows => writeln!(out, "{rows} rows"),
        }
    }

    /// Whether the query has variables, which begin in upper case.
    fn has_variables(&self) -> bool {
        self.columns
            .iter()
            .all(|name| name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_'))
    }
}

/// A value in a table.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// How far facts are indented: what rests on long chains would be more white space than text.
const DEEPEST: usize = 24;

/// Writes what a row rests on as a tree. A fact on which several rest is written out once.
fn show_why(row: &QueryRow, out: &mut dyn Write) -> io::Result<()> {
    let Some(why) = &row.why else { return Ok(()) };
    let mut told = vec![false; why.len()];
    // The query itself says nothing that its row does not.
    let mut pending: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some((at, depth)) = pending.pop() {
        let Some(fact) = why.get(at) else { continue };
        let indent = "  ".repeat(depth.min(DEEPEST));
        if depth > 0 {
            let how = match fact.because {
                Because::Rule if fact.at.is_empty() => String::new(),
                Because::Rule => format!("   by {}", fact.at),
                Because::Stated => format!("   stated in {}", fact.at),
                Because::Given => String::new(),
            };
            let again = told.get(at).copied().unwrap_or_default() && !fact.rests_on.is_empty();
            writeln!(out, "{indent}{}{}", fact.fact, if again { "   as above" } else { &how })?;
            if again {
                continue;
            }
        }
        if let Some(told) = told.get_mut(at) {
            *told = true;
        }
        for statement in &fact.statements {
            let StatementReference { effect, layer, .. } = statement;
            writeln!(out, "{indent}  {effect} {layer} {}", statement.short())?;
        }
        for test in &fact.tests {
            writeln!(out, "{indent}  {test}")?;
        }
        pending.extend(fact.rests_on.iter().rev().map(|&next| (next, depth + 1)));
    }
    Ok(())
}
