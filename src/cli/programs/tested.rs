//! The tests of a program.

use std::fmt::Write;

use jiff::Timestamp;

use super::found::{rows, severity};
use super::why::fact_text;
use super::{Program, shown, text_at};
use crate::cli::diagnostics::Diagnostic;
use crate::datalog::check;
use crate::datalog::engine::{Derived, Given, Options};
use crate::datalog::program::Place;
use crate::datalog::relations::OfFacts;

/// A test of a program.
pub(in crate::cli) struct Test<'p> {
    program: &'p Program,
    test: &'p check::Test,
}

/// How a test came out.
pub(in crate::cli) struct Tested {
    pub name: String,
    /// How much it expects.
    pub expects: usize,
    /// What is expected and is not so.
    pub failures: Vec<String>,
    /// All that is found, as snapshots have it.
    pub snapshot: String,
}

impl Program {
    /// The tests of its own files.
    pub(in crate::cli) fn tests(&self) -> impl Iterator<Item = Test<'_>> {
        let own = self.checked.tests.iter().filter(|test| self.is_own(test.place));
        own.map(|test| Test { program: self, test })
    }
}

impl Test<'_> {
    pub(in crate::cli) fn name(&self) -> &str {
        &self.test.name
    }

    /// The estate that it reads, relative to its file.
    pub(in crate::cli) fn estate(&self) -> Option<&str> {
        self.test.estate.as_deref()
    }

    /// How it comes out where nothing is known but its own facts.
    ///
    /// # Errors
    /// The program comes to no end.
    pub(in crate::cli) fn on_facts(&self, now: Timestamp) -> Result<Tested, Vec<Diagnostic>> {
        self.on(&OfFacts::new([]), now)
    }

    /// How it comes out on what is given, and its own facts.
    ///
    /// # Errors
    /// The program comes to no end.
    pub(in crate::cli) fn on(&self, given: &dyn Given, now: Timestamp) -> Result<Tested, Vec<Diagnostic>> {
        let mut program = self.program.checked.program.clone();
        program.facts.extend(self.test.facts.iter().cloned());
        let expectations = &self.test.expectations;
        let expected = expectations.iter().map(|expectation| expectation.relation);
        let wanted = self.program.wanted().into_iter().chain(expected).collect();
        let options = Options { now, wanted: Some(wanted), explained: false };
        let derived = self.program.run(&program, given, &options)?;
        let failures = expectations.iter().filter(|expectation| derived.is_empty(expectation.relation));
        let failure = |expectation: &check::Expectation| {
            let place = Place { file: self.test.place.file, span: expectation.span };
            format!("{} does not hold\n  --> {}", text_at(&program, place), shown(&program, place))
        };
        Ok(Tested {
            name: self.test.name.to_string(),
            expects: expectations.len(),
            failures: failures.map(failure).collect(),
            snapshot: self.snapshot(&derived),
        })
    }

    /// All that is found: a paragraph for the test, with a line for each finding and each statement.
    fn snapshot(&self, derived: &Derived<'_>) -> String {
        let mut text = format!("test {:?}\n", &*self.test.name);
        let mut count = 0;
        // A string takes all.
        for finding in self.program.own_findings() {
            for row in rows(finding, derived) {
                count += 1;
                let _ = writeln!(text, "  {} {}", severity(finding), fact_text(&finding.name, &row.key));
                // What begins a line belongs to the snapshot.
                let indented = |text: &str| text.replace('\n', "\n      ");
                let _ = writeln!(text, "    {}", indented(&row.message));
                if !row.help.is_empty() {
                    let _ = writeln!(text, "    help: {}", indented(&row.help));
                }
                for (policy, index) in row.statements {
                    let _ = writeln!(text, "    at {policy}#{index}");
                }
            }
        }
        if count == 0 {
            text.push_str("  nothing\n");
        }
        text.push('\n');
        text
    }
}
