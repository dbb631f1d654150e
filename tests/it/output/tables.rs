//! Every file format gives back the table that was written.

use entail::output::{
    Column, ColumnData, OptionWords, Table, TableError, TableFormat, Texts, Words, write_tables,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value, json};

/// A table as rows of JSON values, which every format is read back into.
pub fn expected(table: &Table) -> Vec<Map<String, Value>> {
    let value = |data: &ColumnData, row: usize| match data {
        ColumnData::U32(values) => json!(values[row]),
        ColumnData::OptionU32(values) => json!(values[row]),
        ColumnData::Bool(values) => json!(values[row]),
        ColumnData::Text(texts) => json!(texts.get(row)),
        ColumnData::Dictionary { ids, values } => json!(*values[ids[row] as usize]),
        ColumnData::OptionDictionary { ids, values } => json!(ids[row].map(|id| &*values[id as usize])),
    };
    let row = |row| {
        table.columns().iter().map(|column| (column.name.to_owned(), value(&column.data, row))).collect()
    };
    (0..table.rows()).map(row).collect()
}

fn written(table: &Table, format: TableFormat) -> Vec<u8> {
    let mut file = Vec::new();
    format.write(table, &mut file).expect("memory takes everything");
    file
}

fn read_parquet(file: Vec<u8>) -> Vec<Map<String, Value>> {
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).expect("a Parquet file");
    let value = |field: &Field| match field {
        Field::Null => Value::Null,
        Field::UInt(number) => json!(number),
        Field::Bool(truth) => json!(truth),
        Field::Str(text) => json!(text),
        other => unreachable!("no column has values like {other:?}"),
    };
    let rows = reader.get_row_iter(None).expect("rows");
    let row = |row: parquet::record::Row| {
        row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
    };
    rows.map(|each| row(each.expect("a row"))).collect()
}

fn read_json_lines(file: &[u8]) -> Vec<Map<String, Value>> {
    let text = std::str::from_utf8(file).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

/// CSV has no types: each text is read as what stands in the same place of `like`.
fn read_csv(file: &[u8], like: &[Map<String, Value>]) -> Vec<Map<String, Value>> {
    let mut reader = csv::Reader::from_reader(file);
    let names = reader.headers().expect("names").clone();
    let value = |text: &str, like: &Value| match like {
        Value::Null => {
            assert_eq!(text, "");
            Value::Null
        }
        Value::Number(_) => json!(text.parse::<u32>().expect("a number")),
        Value::Bool(_) => json!(text.parse::<bool>().expect("a truth value")),
        _ => json!(text),
    };
    let rows = reader.records().zip(like).map(|(record, like)| {
        let record = record.expect("a row");
        names.iter().zip(&record).map(|(name, text)| (name.to_owned(), value(text, &like[name]))).collect()
    });
    rows.collect()
}

#[track_caller]
pub fn check_round_trip(table: &Table) {
    let expected = expected(table);
    assert_eq!(read_parquet(written(table, TableFormat::Parquet)), expected);
    assert_eq!(read_json_lines(&written(table, TableFormat::JsonLines)), expected);
    assert_eq!(read_csv(&written(table, TableFormat::Csv), &expected), expected);
}

/// Texts that formats trip over.
const TEXTS: [&str; 8] = [
    "plain",
    "with, comma",
    "with \"quotes\"",
    "two\nlines",
    "",
    "arn:aws:s3:::b/ä日本🙂",
    "\u{1}\t",
    "null",
];

fn mixed(rows: u32) -> Table {
    let text = |row: u32| TEXTS[row as usize % TEXTS.len()];
    let columns = vec![
        Column::new("id", (0..rows).collect::<Vec<_>>()),
        Column::new("wide", (0..rows).map(|row| u32::MAX - row % 3).collect::<Vec<_>>()),
        Column::new("maybe", (0..rows).map(|row| (row % 3 == 1).then_some(row)).collect::<Vec<_>>()),
        Column::new("never", vec![None; rows as usize]),
        Column::new("odd", (0..rows).map(|row| row % 2 == 1).collect::<Vec<_>>()),
        Column::new("text", (0..rows).map(|row| format!("{} {row}", text(row))).collect::<Texts>()),
        Column::new("word", (0..rows).map(text).collect::<Words>()),
        Column::new(
            "maybe_word",
            (0..rows).map(|row| (row % 5 != 0).then(|| text(row))).collect::<OptionWords>(),
        ),
    ];
    Table::new("mixed", columns).expect("columns of one length")
}

#[test]
fn tables_of_any_length_come_back() {
    for rows in [0, 1, 2, 100, 8_192, 8_193, 20_000] {
        check_round_trip(&mixed(rows));
    }
}

#[test]
fn a_table_without_columns_comes_back() {
    let table = Table::new("nothing", Vec::new()).expect("no columns, no rows");
    assert_eq!(read_json_lines(&written(&table, TableFormat::JsonLines)), []);
    assert_eq!(read_parquet(written(&table, TableFormat::Parquet)), []);
}

#[test]
fn large_tables_have_several_row_groups_with_statistics() {
    let rows = 600_000;
    let table =
        Table::new("large", vec![Column::new("id", (0..rows).map(|row| row / 7).collect::<Vec<_>>())]);
    let table = table.expect("one column");
    let file = written(&table, TableFormat::Parquet);
    let reader = SerializedFileReader::new(bytes::Bytes::from(file.clone())).expect("a Parquet file");
    let metadata = reader.metadata();
    assert_eq!(metadata.num_row_groups(), 2);
    assert_eq!(metadata.file_metadata().num_rows(), i64::from(rows));
    for group in metadata.row_groups() {
        assert!(group.column(0).statistics().is_some_and(|statistics| statistics.max_bytes_opt().is_some()));
    }
    assert_eq!(read_parquet(file), expected(&table));
}

#[test]
fn equal_tables_are_equal_files() {
    for format in [TableFormat::Csv, TableFormat::JsonLines, TableFormat::Parquet] {
        assert_eq!(written(&mixed(20_000), format), written(&mixed(20_000), format));
    }
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let id = || Column::new("id", vec![1, 2]);
    let unequal = Table::new("t", vec![id(), Column::new("other", vec![true])]);
    assert_eq!(
        unequal,
        Err(TableError::UnequalLengths { table: "t", column: "other", expected: 2, found: 1 })
    );
    assert_eq!(
        Table::new("t", vec![id(), id()]),
        Err(TableError::DuplicateColumn { table: "t", column: "id" })
    );
    let outside = Column::new("word", ColumnData::Dictionary { ids: vec![0, 1], values: vec!["a".into()] });
    let expected = TableError::OutsideDictionary { table: "t", column: "word", id: 1, size: 1 };
    assert_eq!(Table::new("t", vec![outside]), Err(expected));
}

#[test]
fn a_folder_holds_a_file_for_each_table() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("report");
    let tables =
        [mixed(10), Table::new("nothing", vec![Column::new("id", Vec::<u32>::new())]).expect("one column")];
    write_tables(&directory, TableFormat::Parquet, &tables).expect("a writable place");
    for table in &tables {
        let file = std::fs::read(directory.join(table.name()).with_extension("parquet")).expect("written");
        assert_eq!(read_parquet(file), expected(table));
    }
}
