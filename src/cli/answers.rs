//! The border between the commands and the engine.

use std::ops::ControlFlow;

use crate::datalog::engine::Given;
use crate::datalog::relations::Row;
use crate::datalog::text::Declaration;
use crate::output::redact::Redactor;
use crate::output::{
    BecomeAnswer, CanAnswer, ExternalAnswer, ReportAnswer, Table, WhatCanAnswer, WhoCanAnswer,
};

use super::diagnostics::Diagnostic;
use super::evidence::Evidence;
use super::options::{BecomeQuery, CanQuery, FactsQuery, Options, ReportQuery, WhatCanQuery, WhoCanQuery};
use super::progress::Progress;

/// Who answers the questions of the commands: loads the estate, builds the engine and asks it.
///
/// Commands decide nothing. They turn arguments into a query, hand it over, and show what comes back.
///
/// # Errors
/// Every function fails with the diagnostics that say why there is no answer: an estate that cannot be read, a principal
/// that does not exist. What leaves an answer standing is in [`Answered::diagnostics`].
pub trait Answers: Sync {
    /// What puts pseudonyms in place of names, if the user wants that. Answers have them already; commands that answer by
    /// themselves ask for it.
    fn redactor(&self) -> Option<&Redactor> {
        None
    }

    /// Decides each request, in order.
    fn can(&self, options: &Options, query: &CanQuery, progress: &Progress) -> Outcome<Vec<OfRequest>>;

    /// Finds everybody who can do something.
    fn who_can(&self, options: &Options, query: &WhoCanQuery, progress: &Progress) -> Outcome<WhoCanAnswer>;

    /// Writes what a principal can do as a policy document.
    fn what_can(
        &self,
        options: &Options,
        query: &WhatCanQuery,
        progress: &Progress,
    ) -> Outcome<WhatCanAnswer>;

    /// Finds who can become whom.
    fn become_(&self, options: &Options, query: &BecomeQuery, progress: &Progress) -> Outcome<BecomeAnswer>;

    /// Sums up what every principal can do.
    fn report(&self, options: &Options, query: &ReportQuery, progress: &Progress) -> Outcome<ReportAnswer>;

    /// Finds who from outside of its account reaches each resource and role.
    fn external(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<ExternalAnswer>;

    /// The effective permissions of every principal, as the tables of `docs/tables.md`.
    fn report_tables(
        &self,
        options: &Options,
        query: &ReportQuery,
        progress: &Progress,
    ) -> Outcome<Vec<Table>>;

    /// Hands over the rows of relations, one relation after the other, until `sink` has enough.
    fn facts(
        &self,
        options: &Options,
        query: &FactsQuery,
        progress: &Progress,
        sink: FactSink<'_>,
    ) -> Outcome<()>;

    /// Lets `work` read the estate, or the facts of a file that ends in `.facts`, as programs do, and find the statements behind it.
    fn given(&self, options: &Options, progress: &Progress, work: GivenWork<'_>) -> Outcome<()>;
}

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRequest {
    /// Its answer, or why it has none.
    pub answer: Result<CanAnswer, Diagnostic>,
    /// What is odd about it.
    pub warnings: Vec<Diagnostic>,
}

/// Takes the rows of a relation.
pub type FactSink<'a> = &'a mut (dyn FnMut(&Declaration, &[Row]) -> ControlFlow<()> + Send);

/// Works on what programs can read.
pub type GivenWork<'a> = &'a mut (dyn FnMut(&dyn Given, &mut dyn Evidence) + Send);

/// An answer, or why there is none.
pub type Outcome<T> = Result<Answered<T>, Vec<Diagnostic>>;

/// An answer and what there is to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub answer: T,
    /// Problems of the input, and notes. An error among them makes the command exit with 2, its answer notwithstanding.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Answered<T> {
    /// An answer about which there is nothing to say.
    pub const fn new(answer: T) -> Self {
        Self { answer, diagnostics: Vec::new() }
    }
}
