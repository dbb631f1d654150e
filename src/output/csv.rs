//! Tables as CSV.

use std::io::Write;

use super::table::{Column, ColumnData, Table};

/// Writes `table` as CSV to `out`: a line of column names, then a line a row.
///
/// Absent values are empty, truth values `true` and `false`. Fields are quoted where they must be.
///
/// # Errors
/// `out` cannot be written.
pub fn write_csv(table: &Table, out: impl Write) -> std::io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(out);
    writer.write_record(table.columns().iter().map(|column| column.name)).map_err(into_io)?;
    let mut number = String::new();
    for row in 0..table.rows() {
        for column in table.columns() {
            writer.write_field(field(column, row, &mut number)).map_err(into_io)?;
        }
        writer.write_record(None::<&[u8]>).map_err(into_io)?;
    }
    writer.flush()
}

/// The text of one field; `number` is scratch space.
fn field<'a>(column: &'a Column, row: usize, number: &'a mut String) -> &'a str {
    match &column.data {
        ColumnData::U32(values) => decimal(values.get(row).copied(), number),
        ColumnData::OptionU32(values) => decimal(values.get(row).copied().flatten(), number),
        ColumnData::Bool(values) => match values.get(row) {
            Some(true) => "true",
            _ => "false",
        },
        ColumnData::Text(texts) => texts.get(row).unwrap_or_default(),
        ColumnData::Dictionary { ids, values } => entry(values, ids.get(row).copied()),
        ColumnData::OptionDictionary { ids, values } => entry(values, ids.get(row).copied().flatten()),
    }
}

fn entry(values: &[std::sync::Arc<str>], id: Option<u32>) -> &str {
    id.and_then(|id| values.get(id as usize)).map_or("", |value| &**value)
}

/// `value` in decimal digits, nothing if it is absent.
fn decimal(value: Option<u32>, text: &mut String) -> &str {
    text.clear();
    if let Some(mut rest) = value {
        let mut digits = [0_u8; 10];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            count += 1;
            if rest == 0 {
                break;
            }
        }
        text.extend(digits.iter().skip(digits.len() - count).map(|&digit| char::from(digit)));
    }
    text
}

/// The failure of the file below.
pub(super) fn into_io(error: ::csv::Error) -> std::io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => std::io::Error::other(format!("{kind:?}")),
    }
}
