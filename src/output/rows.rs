//! Answers as one JSON value, JSON Lines or CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use rayon::prelude::*;
use serde::Serialize;

use super::csv::into_io;
use super::json::{
    CanAnswer, LineAnswer, PrincipalReport, ReportAnswer, StatementReference, WhoCanAnswer, WhoCanRow,
};
use super::parquet::write_parquet;
use super::printable::Printable;
use super::table::{Column, OptionWords, Table, TableError};
use super::words::{AccessLevel, LayerWord};

/// The formats of answers that programs read from standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowFormat {
    /// One JSON value.
    Json,
    /// A JSON object a row.
    JsonLines,
    /// A line of names, then a line a row; lists are joined by `;`.
    Csv,
}

/// An answer of several rows.
pub trait Answer: Serialize {
    /// The type of its rows.
    type Row: Row;

    /// The rows, in the order in which they are written.
    fn rows(&self) -> &[Self::Row];

    /// Writes all of it as indented JSON.
    ///
    /// # Errors
    /// `out` cannot be written.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        Ok(serde_json::to_writer_pretty(out, self)?)
    }
}

/// One row of an answer.
pub trait Row: Serialize + Sync {
    /// The names of its columns in CSV.
    const COLUMNS: &'static [&'static str];

    /// Its fields in CSV, one for each column.
    fn fields(&self) -> Vec<Cow<'_, str>>;
}

/// Writes `answer` to `out`: all of it as JSON, or its rows.
///
/// # Errors
/// `out` cannot be written.
pub fn write_answer<A: Answer>(
    answer: &A,
    format: RowFormat,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        RowFormat::Json => {
            answer.write_json(&mut out)?;
            out.write_all(b"\n")?;
        }
        RowFormat::JsonLines => write_together(answer.rows(), &mut out, |rows, text| {
            rows.iter().try_for_each(|row| {
                serde_json::to_writer(&mut *text, row)?;
                text.write_all(b"\n")
            })
        })?,
        RowFormat::Csv => {
            write_records([A::Row::COLUMNS], &mut out)?;
            write_together(answer.rows(), &mut out, |rows, text| {
                let fields = rows.iter().map(Row::fields);
                write_records(fields, text)
            })?;
        }
    }
    out.flush()
}

fn write_records<F: AsRef<str>>(
    records: impl IntoIterator<Item = impl IntoIterator<Item = F>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(Printable::new(out));
    for record in records {
        for field in record {
            writer.write_field(field.as_ref()).map_err(into_io)?;
        }
        writer.write_record(None::<&[u8]>).map_err(into_io)?;
    }
    writer.flush()
}

/// So many rows make a text of their own.
const TOGETHER: usize = 128;

/// So many texts are made before they are written.
const AT_ONCE: usize = 128;

/// Writes rows in their order, while texts of several are made on all cores.
///
/// # Errors
/// `out` cannot be written, or a row has no text.
pub(super) fn write_together<R: Sync>(
    rows: &[R],
    out: &mut dyn Write,
    write: impl Fn(&[R], &mut Vec<u8>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let text = |rows: &[R]| {
        let mut text = Vec::new();
        write(rows, &mut text).map(|()| text)
    };
    let mut made: io::Result<Vec<Vec<u8>>> = Ok(Vec::new());
    for rows in rows.chunks(TOGETHER * AT_ONCE) {
        let texts = std::mem::replace(&mut made, Ok(Vec::new()))?;
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| made = rows.par_chunks(TOGETHER).map(text).collect());
            texts.iter().try_for_each(|text| out.write_all(text))
        })?;
    }
    made?.iter().try_for_each(|text| out.write_all(text))
}

/// Writes the rows of `answer` to `out` as a Parquet file: texts, as in CSV, empty ones absent.
///
/// # Errors
/// `out` cannot be written.
pub fn write_answer_parquet<A: Answer>(
    name: &'static str,
    answer: &A,
    out: impl Write + Send,
) -> io::Result<()> {
    let table = answer_table(name, answer).map_err(io::Error::other)?;
    write_parquet(&table, out)
}

/// The rows of `answer` as a table of texts, as in CSV, empty ones absent.
///
/// # Errors
/// The rows are no table.
pub fn answer_table<A: Answer>(name: &'static str, answer: &A) -> Result<Table, TableError> {
    let rows: Vec<_> = answer.rows().iter().map(Row::fields).collect();
    let columns = A::Row::COLUMNS.iter().enumerate().map(|(position, &column)| {
        let texts = rows
            .iter()
            .map(|fields| fields.get(position).map(|field| &**field).filter(|text| !text.is_empty()));
        Column::new(column, texts.collect::<OptionWords>())
    });
    Table::new(name, columns.collect())
}

/// One answer is its own only row.
impl Answer for CanAnswer {
    type Row = Self;

    fn rows(&self) -> &[Self] {
        std::slice::from_ref(self)
    }
}

/// The answers to a file of requests.
impl Answer for Vec<LineAnswer> {
    type Row = LineAnswer;

    fn rows(&self) -> &[LineAnswer] {
        self
    }
}

impl Answer for WhoCanAnswer {
    type Row = WhoCanRow;

    fn rows(&self) -> &[WhoCanRow] {
        &self.rows
    }
}

impl Answer for ReportAnswer {
    type Row = PrincipalReport;

    fn rows(&self) -> &[PrincipalReport] {
        &self.principals
    }
}

impl Row for CanAnswer {
    const COLUMNS: &'static [&'static str] = LINE_COLUMNS.split_at(LINE_COLUMNS.len() - 1).0;

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.request.id.as_deref().unwrap_or_default().into(),
            self.request.principal.as_str().into(),
            self.request.action.as_str().into(),
            self.request.resource.as_str().into(),
            self.decision.as_str().into(),
            self.layer.map_or("", LayerWord::as_str).into(),
            joined(self.blocked_by.iter().map(|layer| layer.as_str())),
            self.condition.as_ref().map_or("", |condition| &condition.text).into(),
            statements(&self.statements),
            joined(self.missing.iter().map(String::as_str)),
            joined(self.through.iter().flat_map(|through| &through.hops).map(|hop| &*hop.to)),
            self.through.as_ref().map_or("", |through| through.decision.as_str()).into(),
            self.refused.as_deref().unwrap_or_default().into(),
        ]
    }
}

impl Row for LineAnswer {
    const COLUMNS: &'static [&'static str] = LINE_COLUMNS;

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let mut fields = match self {
            Self::Answered(answer) => answer.fields(),
            Self::Refused(refused) => vec![refused.id.as_str().into()],
        };
        fields.resize(CanAnswer::COLUMNS.len(), "".into());
        fields.push(match self {
            Self::Answered(_) => "".into(),
            Self::Refused(refused) => refused.error.message.as_str().into(),
        });
        fields
    }
}

/// Those of an answer, and what is wrong with the line.
const LINE_COLUMNS: &[&str] = &[
    "id",
    "principal",
    "action",
    "resource",
    "decision",
    "layer",
    "blocked_by",
    "condition",
    "statements",
    "missing",
    "through",
    "through_decision",
    "refused",
    "error",
];

impl Row for WhoCanRow {
    const COLUMNS: &'static [&'static str] = &[
        "principal",
        "kind",
        "account",
        "action",
        "resource",
        "decision",
        "condition",
        "statements",
        "through",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.principal.as_str().into(),
            self.kind.as_str().into(),
            self.account.as_deref().unwrap_or_default().into(),
            self.action.as_str().into(),
            self.resource.as_str().into(),
            self.decision.as_str().into(),
            self.condition.as_ref().map_or("", |condition| &condition.text).into(),
            statements(&self.statements),
            self.way(Cow::Borrowed).join(";").into(),
        ]
    }
}

impl Row for PrincipalReport {
    const COLUMNS: &'static [&'static str] = &[
        "arn",
        "kind",
        "account",
        "administrator",
        "effective_administrator",
        "services",
        "conditional",
        "unknown",
        "limited_by",
        "reaches",
        "notes",
        "through_roles",
        "through_administrator",
        "through_services",
        "through_conditional",
        "through_unknown",
    ];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let gains = self.through_roles.as_ref();
        let truth = |value: bool| if value { "true" } else { "false" };
        vec![
            self.arn.as_str().into(),
            self.kind.as_str().into(),
            self.account.as_deref().unwrap_or_default().into(),
            truth(self.administrator).into(),
            truth(self.effective_administrator).into(),
            levels(&self.services),
            levels(&self.conditional),
            levels(&self.unknown),
            joined(self.limited_by.iter().map(|layer| layer.as_str())),
            joined(self.reaches.iter().map(String::as_str)),
            joined(self.notes.iter().map(String::as_str)),
            gains.map_or_else(Cow::default, |gains| gains.roles.to_string().into()),
            gains.and_then(|gains| gains.administrator.as_deref()).unwrap_or_default().into(),
            gains.map_or_else(Cow::default, |gains| levels(&gains.services)),
            gains.map_or_else(Cow::default, |gains| levels(&gains.conditional)),
            gains.map_or_else(Cow::default, |gains| levels(&gains.unknown)),
        ]
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    parts.collect::<Vec<_>>().join(";").into()
}

/// `s3:read+write;sqs:list`.
fn levels(services: &std::collections::BTreeMap<String, Vec<AccessLevel>>) -> Cow<'static, str> {
    let services = services.iter().map(|(service, levels)| {
        let levels: Vec<_> = levels.iter().map(|level| level.as_str()).collect();
        format!("{service}:{}", levels.join("+"))
    });
    services.collect::<Vec<_>>().join(";").into()
}

fn statements(statements: &[StatementReference]) -> Cow<'static, str> {
    statements.iter().map(StatementReference::short).collect::<Vec<_>>().join(";").into()
}
