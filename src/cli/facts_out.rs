//! Rows of relations -> text, JSON Lines or CSV.

use std::io::{self, Write};

use crate::datalog::relations::Row;
use crate::datalog::text::{Declaration, Value, print};

use super::facts::FactFormat;

/// Writes relations, one after the other.
pub struct FactWriter<'a> {
    format: FactFormat,
    out: io::BufWriter<&'a mut (dyn Write + Send)>,
}

impl<'a> FactWriter<'a> {
    /// A writer of a format.
    pub fn new(format: FactFormat, out: &'a mut (dyn Write + Send)) -> Self {
        Self { format, out: io::BufWriter::with_capacity(1 << 16, out) }
    }

    /// Begins with the declarations of all relations to come.
    pub fn declare<'d>(&mut self, relations: impl IntoIterator<Item = &'d Declaration>) -> io::Result<()> {
        for relation in relations {
            match self.format {
                FactFormat::Text => relation.write(&mut self.out)?,
                FactFormat::Jsonl => {}
                FactFormat::Csv => {
                    let names: Vec<&str> =
                        relation.columns.iter().map(|column| &*column.name.value).collect();
                    writeln!(self.out, "{}", names.join(","))?;
                }
            }
        }
        Ok(())
    }

    /// Writes the rows of a relation.
    pub fn relation<'v>(
        &mut self,
        relation: &Declaration,
        rows: impl IntoIterator<Item = impl IntoIterator<Item = &'v Value>>,
    ) -> io::Result<()> {
        for (index, row) in rows.into_iter().enumerate() {
            match self.format {
                FactFormat::Text => {
                    if index == 0 {
                        writeln!(self.out)?;
                    }
                    print::write_fact(&relation.name.value, row, &mut self.out)?;
                }
                FactFormat::Jsonl => self.json_line(relation, row)?,
                FactFormat::Csv => self.csv_line(row)?,
            }
        }
        Ok(())
    }

    /// [`FactWriter::relation`], for rows of the engine.
    pub fn rows(&mut self, relation: &Declaration, rows: &[Row]) -> io::Result<()> {
        self.relation(relation, rows.iter().map(|row| row.iter()))
    }

    /// Ends the output.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn json_line<'v>(
        &mut self,
        relation: &Declaration,
        row: impl IntoIterator<Item = &'v Value>,
    ) -> io::Result<()> {
        let out = &mut self.out;
        out.write_all(b"{\"relation\":")?;
        serde_json::to_writer(&mut *out, &*relation.name.value)?;
        for (column, value) in relation.columns.iter().zip(row) {
            out.write_all(b",")?;
            serde_json::to_writer(&mut *out, &*column.name.value)?;
            out.write_all(b":")?;
            json(value, out)?;
        }
        out.write_all(b"}\n")
    }

    fn csv_line<'v>(&mut self, row: impl IntoIterator<Item = &'v Value>) -> io::Result<()> {
        let mut line = csv::WriterBuilder::new().buffer_capacity(1 << 10).from_writer(&mut self.out);
        for value in row {
            match value {
                Value::Text(text) | Value::Symbol(text) => line.write_field(&**text)?,
                Value::Number(number) => line.write_field(number.to_string())?,
                Value::Boolean(value) => line.write_field(value.to_string())?,
                Value::List(_) => {
                    let mut text = Vec::new();
                    json(value, &mut text)?;
                    line.write_field(&text)?;
                }
            }
        }
        line.write_record(None::<&[u8]>)?;
        line.flush()
    }
}

/// Writes a value as JSON.
fn json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    match value {
        Value::Text(text) | Value::Symbol(text) => Ok(serde_json::to_writer(out, &**text)?),
        Value::Number(number) => write!(out, "{number}"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::List(values) => {
            out.write_all(b"[")?;
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.write_all(b",")?;
                }
                json(value, out)?;
            }
            out.write_all(b"]")
        }
    }
}
