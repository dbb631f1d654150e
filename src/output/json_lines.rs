//! Tables as JSON Lines.

use std::io::Write;
use std::sync::Arc;

use super::table::{ColumnData, Table};

/// Bytes collected before they are handed on.
const BUFFER: usize = 1 << 16;

/// Writes `table` as JSON Lines to `out`: an object a row, with every column, absent values as `null`.
///
/// # Errors
/// `out` cannot be written.
pub fn write_json_lines(table: &Table, mut out: impl Write) -> std::io::Result<()> {
    let columns: Vec<Encoded<'_>> =
        table.columns().iter().map(|column| Encoded::new(column.name, &column.data)).collect();
    let mut buffer = Vec::with_capacity(BUFFER + 4096);
    for row in 0..table.rows() {
        for (position, column) in columns.iter().enumerate() {
            buffer.push(if position == 0 { b'{' } else { b',' });
            buffer.extend_from_slice(column.key.as_bytes());
            column.write_value(row, &mut buffer)?;
        }
        buffer.extend_from_slice(b"}\n");
        if buffer.len() >= BUFFER {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)?;
    out.flush()
}

/// A column with what repeats already written as JSON.
struct Encoded<'a> {
    /// The quoted name and the colon.
    key: String,
    data: &'a ColumnData,
    /// The quoted texts of a dictionary.
    entries: Vec<String>,
}

impl<'a> Encoded<'a> {
    fn new(name: &str, data: &'a ColumnData) -> Self {
        let quote = |text: &str| serde_json::Value::from(text).to_string();
        let quote_all = |values: &[Arc<str>]| values.iter().map(|value| quote(value)).collect();
        let entries = match data {
            ColumnData::Dictionary { values, .. } | ColumnData::OptionDictionary { values, .. } => {
                quote_all(values)
            }
            _ => Vec::new(),
        };
        Self { key: quote(name) + ":", data, entries }
    }

    fn write_value(&self, row: usize, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self.data {
            ColumnData::U32(values) => serde_json::to_writer(out, &values.get(row)),
            ColumnData::OptionU32(values) => serde_json::to_writer(out, &values.get(row).copied().flatten()),
            ColumnData::Bool(values) => serde_json::to_writer(out, &values.get(row)),
            ColumnData::Text(texts) => serde_json::to_writer(out, &texts.get(row)),
            ColumnData::Dictionary { ids, .. } => {
                out.extend_from_slice(self.entry(ids.get(row).copied()));
                Ok(())
            }
            ColumnData::OptionDictionary { ids, .. } => {
                out.extend_from_slice(self.entry(ids.get(row).copied().flatten()));
                Ok(())
            }
        }
    }

    fn entry(&self, id: Option<u32>) -> &[u8] {
        id.and_then(|id| self.entries.get(id as usize)).map_or(b"null", |entry| entry.as_bytes())
    }
}
