//! Tables as Parquet.
//!
//! Numbers are unsigned 32-bit integers, texts UTF-8 strings, columns with absent values OPTIONAL. Pages are compressed
//! with Snappy; words and ids are dictionary-encoded where that helps. Columns are encoded on all cores and joined in
//! order, so that the bytes depend on the table alone.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescriptor, Type, TypePtr};
use rayon::prelude::*;

use super::table::{Column, ColumnData, Table};

/// Rows in a row group: large enough for good dictionaries, small enough to skip by statistics and to read in parallel.
const ROWS_PER_GROUP: usize = 1 << 19;

/// Values handed to the encoder at a time, so that conversions stay in the cache.
const BATCH: usize = 8192;

/// Writes `table` as one Parquet file to `out`.
///
/// # Errors
/// `out` cannot be written.
pub fn write_parquet(table: &Table, out: impl Write + Send) -> std::io::Result<()> {
    write(table, out).map_err(into_io)
}

fn write(table: &Table, out: impl Write + Send) -> Result<()> {
    let schema = schema(table)?;
    let descriptor = SchemaDescriptor::new(Arc::clone(&schema));
    let properties = properties(table);
    let mut file = SerializedFileWriter::new(out, schema, Arc::clone(&properties))?;
    for start in (0..table.rows()).step_by(ROWS_PER_GROUP) {
        let rows = start..table.rows().min(start + ROWS_PER_GROUP);
        let chunks: Vec<_> = (0..table.columns().len())
            .into_par_iter()
            .zip(table.columns())
            .map(|(position, column)| encode(column, rows.clone(), descriptor.column(position), &properties))
            .collect::<Result<_>>()?;
        let mut group = file.next_row_group()?;
        for (bytes, result) in chunks {
            group.append_column(&bytes, result)?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn properties(table: &Table) -> WriterPropertiesPtr {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("entail ", env!("CARGO_PKG_VERSION")).to_owned());
    // What mostly differs would fill a dictionary that nothing is found in.
    for column in table.columns().iter().filter(|column| matches!(column.data, ColumnData::Text(_))) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
    }
    Arc::new(properties.build())
}

fn schema(table: &Table) -> Result<TypePtr> {
    let fields = table.columns().iter().map(field).collect::<Result<_>>()?;
    Ok(Arc::new(Type::group_type_builder(table.name()).with_fields(fields).build()?))
}

fn field(column: &Column) -> Result<TypePtr> {
    let (physical, logical) = match &column.data {
        ColumnData::U32(_) | ColumnData::OptionU32(_) => {
            (PhysicalType::INT32, Some(LogicalType::integer(32, false)))
        }
        ColumnData::Bool(_) => (PhysicalType::BOOLEAN, None),
        ColumnData::Text(_) | ColumnData::Dictionary { .. } | ColumnData::OptionDictionary { .. } => {
            (PhysicalType::BYTE_ARRAY, Some(LogicalType::String))
        }
    };
    let repetition = match &column.data {
        ColumnData::OptionU32(_) | ColumnData::OptionDictionary { .. } => Repetition::OPTIONAL,
        _ => Repetition::REQUIRED,
    };
    let field = Type::primitive_type_builder(column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()?;
    Ok(Arc::new(field))
}

/// Encodes `rows` of `column` into memory, as one column chunk.
fn encode(
    column: &Column,
    rows: Range<usize>,
    descriptor: ColumnDescPtr,
    properties: &WriterPropertiesPtr,
) -> Result<(Bytes, ColumnCloseResult)> {
    let mut buffer = TrackedWrite::new(Vec::new());
    let pages = Box::new(SerializedPageWriter::new(&mut buffer));
    let mut writer = get_column_writer(descriptor, Arc::clone(properties), pages);
    match (&column.data, &mut writer) {
        (ColumnData::U32(values), ColumnWriter::Int32ColumnWriter(writer)) => {
            let values = slice(values, rows);
            in_batches(values, |batch| {
                let batch: Vec<i32> = batch.iter().map(|&value| value as i32).collect();
                writer.write_batch(&batch, None, None)
            })?;
        }
        (ColumnData::OptionU32(values), ColumnWriter::Int32ColumnWriter(writer)) => {
            in_batches(slice(values, rows), |batch| {
                let present: Vec<i32> = batch.iter().flatten().map(|&value| value as i32).collect();
                writer.write_batch(&present, Some(&levels(batch)), None)
            })?;
        }
        (ColumnData::Bool(values), ColumnWriter::BoolColumnWriter(writer)) => {
            writer.write_batch(slice(values, rows), None, None)?;
        }
        (ColumnData::Text(texts), ColumnWriter::ByteArrayColumnWriter(writer)) => {
            let all = Bytes::copy_from_slice(texts.as_bytes());
            let mut batch = Vec::with_capacity(BATCH);
            for start in rows.clone().step_by(BATCH) {
                batch.clear();
                let rows = start..rows.end.min(start + BATCH);
                batch.extend(
                    rows.filter_map(|row| texts.range(row)).map(|range| ByteArray::from(all.slice(range))),
                );
                writer.write_batch(&batch, None, None)?;
            }
        }
        (ColumnData::Dictionary { ids, values }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
            let values = byte_arrays(values);
            in_batches(slice(ids, rows), |batch| {
                let batch: Vec<ByteArray> =
                    batch.iter().filter_map(|&id| values.get(id as usize).cloned()).collect();
                writer.write_batch(&batch, None, None)
            })?;
        }
        (ColumnData::OptionDictionary { ids, values }, ColumnWriter::ByteArrayColumnWriter(writer)) => {
            let values = byte_arrays(values);
            in_batches(slice(ids, rows), |batch| {
                let present: Vec<ByteArray> =
                    batch.iter().flatten().filter_map(|&id| values.get(id as usize).cloned()).collect();
                writer.write_batch(&present, Some(&levels(batch)), None)
            })?;
        }
        _ => {
            return Err(ParquetError::General(format!(
                "column `{}` has another type than its schema",
                column.name
            )));
        }
    }
    let result = writer.close()?;
    Ok((Bytes::from(buffer.into_inner()?), result))
}

fn in_batches<T>(values: &[T], mut write: impl FnMut(&[T]) -> Result<usize>) -> Result<()> {
    values.chunks(BATCH).try_for_each(|batch| write(batch).map(drop))
}

/// The `rows` of `values`; a table guarantees that they exist.
fn slice<T>(values: &[T], rows: Range<usize>) -> &[T] {
    values.get(rows).unwrap_or_default()
}

/// Definition levels: 1 where there is a value, 0 where it is absent.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

fn byte_arrays(values: &[Arc<str>]) -> Vec<ByteArray> {
    values.iter().map(|value| ByteArray::from(&**value)).collect()
}

/// The failure of the file below, where that is what went wrong.
fn into_io(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(source) => std::io::Error::other(source),
        },
        error => std::io::Error::other(error),
    }
}
