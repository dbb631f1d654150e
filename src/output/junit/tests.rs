//! Tests of rule packs as JUnit XML.

use std::io::{self, Write};

use super::{Case, Outcome, Suite, write};
use crate::output::tests::{TestAnswer, TestRow};

/// Writes how tests came out as JUnit XML: a suite for each pack, a case for each test and each snapshot.
///
/// # Errors
/// `out` can't be written.
pub fn write_tests_junit(answer: &TestAnswer, out: &mut dyn Write) -> io::Result<()> {
    let suites: Vec<Suite<'_>> = answer.tests.chunk_by(|a, b| a.pack == b.pack).map(suite).collect();
    write("entail test", &suites, out)
}

fn suite(rows: &[TestRow]) -> Suite<'_> {
    let name = rows.first().map(|row| &*row.pack).unwrap_or_default();
    Suite { name, properties: &[], cases: rows.iter().map(case).collect() }
}

fn case(row: &TestRow) -> Case<'_> {
    let outcome = match row.failures.first().and_then(|failure| failure.lines().next()) {
        None => Outcome::Passed,
        Some(first) => {
            Outcome::Failed { message: first.to_owned(), kind: "test", text: row.failures.join("\n") }
        }
    };
    Case { class: row.pack.clone(), name: &row.test, place: None, outcome }
}
