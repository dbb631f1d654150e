//! The tests of a program.

use std::fmt::Write;

use jiff::Timestamp;

use super::found::{rows, severity};
use super::why::fact_text;
use super::{Program, shown, text_at};
use crate::cli::diagnostics::Diagnostic;
use crate::datalog::check::{Expectation, Finding, Test};
use crate::datalog::engine::{Given, Options};
use crate::datalog::part::Whole;
use crate::datalog::program::{Place, RelationId};
use crate::datalog::relations::OfFacts;
use crate::datalog::text::Value;

/// The tests of a program, each of which runs the part of it on which what it expects and the findings depend.
pub(in crate::cli) struct Tests<'p> {
    program: &'p Program,
    whole: Whole<'p>,
    nothing: OfFacts,
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
    pub(in crate::cli) fn tests(&self) -> impl Iterator<Item = &Test> {
        self.checked.tests.iter().filter(|test| self.is_own(test.place))
    }
}

impl<'p> Tests<'p> {
    pub(in crate::cli) fn of(program: &'p Program) -> Self {
        Self { program, whole: Whole::new(&program.checked.program), nothing: OfFacts::new([]) }
    }

    /// How a test comes out where nothing is known but its own facts.
    ///
    /// # Errors
    /// The program comes to no end.
    pub(in crate::cli) fn on_facts(&self, test: &Test, now: Timestamp) -> Result<Tested, Vec<Diagnostic>> {
        self.on(test, &self.nothing, now)
    }

    /// How a test comes out on what is given, and its own facts.
    ///
    /// # Errors
    /// The program comes to no end.
    pub(in crate::cli) fn on(
        &self,
        test: &Test,
        given: &dyn Given,
        now: Timestamp,
    ) -> Result<Tested, Vec<Diagnostic>> {
        let expected = test.expectations.iter().map(|expectation| expectation.relation);
        let wanted: Vec<RelationId> = self.program.wanted().into_iter().chain(expected).collect();
        let part = self.whole.part(wanted.iter().copied(), &test.facts);
        let wanted = wanted.iter().filter_map(|relation| part.relation(*relation)).collect();
        let options = Options { now, wanted: Some(wanted), explained: false };
        let derived = self.program.run(&part.program, given, &options)?;
        let holds = |expectation: &&Expectation| {
            part.relation(expectation.relation).is_some_and(|relation| !derived.is_empty(relation))
        };
        let failure = |expectation: &Expectation| {
            let place = Place { file: test.place.file, span: expectation.span };
            let program = &self.program.checked.program;
            format!("{} does not hold\n  --> {}", text_at(program, place), shown(program, place))
        };
        let details =
            |finding: &Finding| part.relation(finding.details).map(|relation| derived.rows(relation));
        Ok(Tested {
            name: test.name.to_string(),
            expects: test.expectations.len(),
            failures: test.expectations.iter().filter(|expected| !holds(expected)).map(failure).collect(),
            snapshot: self.snapshot(test, details),
        })
    }

    /// All that is found: a paragraph for the test, with a line for each finding and each statement.
    fn snapshot(&self, test: &Test, details: impl Fn(&Finding) -> Option<Vec<Vec<Value>>>) -> String {
        let mut text = format!("test {:?}\n", &*test.name);
        let mut count = 0;
        // A string takes all.
        for finding in self.program.own_findings() {
            for row in rows(finding, &details(finding).unwrap_or_default()) {
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
