//! How the tests of rule packs came out.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::redact::Redactor;
use super::rows::{Answer, Row};

/// How tests came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestAnswer {
    /// The tests, pack by pack, in the order of the files.
    pub tests: Vec<TestRow>,
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// The snapshots that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
}

/// How one test came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestRow {
    /// The pack.
    pub pack: String,
    /// The test; of a comparison with a snapshot its file.
    pub test: String,
    /// Whether it passed.
    pub passed: bool,
    /// What was expected and is not so.
    pub failures: Vec<String>,
}

impl TestAnswer {
    /// Counts tests.
    pub fn new(tests: Vec<TestRow>, accepted: Vec<String>) -> Self {
        let failed = tests.iter().filter(|test| !test.passed).count();
        Self { passed: tests.len() - failed, failed, tests, accepted }
    }

    /// Puts pseudonyms in place of names.
    pub fn redact(&mut self, redactor: &Redactor) {
        for row in &mut self.tests {
            row.pack = redactor.text(&row.pack);
            row.test = redactor.text(&row.test);
            row.failures.iter_mut().for_each(|failure| *failure = redactor.text(failure));
        }
        self.accepted.iter_mut().for_each(|path| *path = redactor.text(path));
    }
}

impl Answer for TestAnswer {
    type Row = TestRow;

    fn rows(&self) -> &[TestRow] {
        &self.tests
    }
}

impl Row for TestRow {
    const COLUMNS: &'static [&'static str] = &["pack", "test", "passed", "failures"];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        vec![
            self.pack.as_str().into(),
            self.test.as_str().into(),
            self.passed.to_string().into(),
            self.failures.join("\n").into(),
        ]
    }
}

/// Writes how tests came out, for people.
///
/// # Errors
/// `out` can't be written.
pub fn show_tests(answer: &TestAnswer, out: &mut dyn Write) -> io::Result<()> {
    for tests in answer.tests.chunk_by(|a, b| a.pack == b.pack) {
        if let Some(first) = tests.first() {
            writeln!(out, "{}", first.pack)?;
        }
        for row in tests {
            writeln!(out, "  {}  {}", if row.passed { "ok    " } else { "FAILED" }, row.test)?;
            for line in row.failures.iter().flat_map(|failure| failure.lines()) {
                writeln!(out, "{}", format!("          {line}").trim_end())?;
            }
        }
        writeln!(out)?;
    }
    for path in &answer.accepted {
        writeln!(out, "accepted {path}")?;
    }
    writeln!(out, "{} passed, {} failed", answer.passed, answer.failed)
}
