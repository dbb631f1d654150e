//! The tables of a report: they join, and their description names every table and column.

use std::collections::BTreeSet;

use entail::output::factored::{FactoredReport, KEYS};

/// The table `table` and its columns, as the code has them.
fn schema() -> Vec<(&'static str, Vec<&'static str>)> {
    let tables = FactoredReport::default().into_tables().expect("empty columns have one length");
    tables
        .iter()
        .map(|table| (table.name(), table.columns().iter().map(|column| column.name).collect()))
        .collect()
}

#[test]
fn keys_name_columns_that_exist() {
    let schema = schema();
    for (table, column) in KEYS.iter().flatten() {
        let found = schema.iter().any(|(name, columns)| name == table && columns.contains(column));
        assert!(found, "{table}.{column}");
    }
}

#[test]
fn the_description_names_every_table_and_column() {
    let text = include_str!("../../../docs/tables.md");
    let described: BTreeSet<&str> = text.split('`').skip(1).step_by(2).collect();
    for (table, columns) in schema() {
        let section = text.split("\n### ").find(|section| {
            let heading = section.lines().next().unwrap_or_default();
            heading.contains(&format!("`{table}`"))
        });
        assert!(section.is_some(), "docs/tables.md has no section for `{table}`");
        let section = section.unwrap_or_default();
        for column in columns {
            assert!(
                section.contains(&format!("`{column}`")),
                "docs/tables.md does not describe `{table}`.`{column}`"
            );
        }
    }
    for word in
        ["either", "delegated", "both", "identity", "direct", "bounded", "present", "absent", "missing"]
    {
        assert!(described.contains(word), "docs/tables.md does not explain `{word}`");
    }
}
