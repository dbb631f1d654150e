//! Rule files -> a program that can run, or all that is wrong with them.
//!
//! ```text
//! roots ─► load (imports) ─► names (relations) ─► resolve (variables, functions) ─► types ─► bind ─► strata ─► lower ─► Checked
//! ```

// Resolved clauses, one after the other.
mod bind;
mod clauses;
mod ir;
mod load;
mod lower;
mod names;
mod problems;
mod resolve;
mod strata;
mod template;
mod types;

pub use load::{Files, Loaded, Root, load};
pub use problems::{FileProblem, Problems};
pub use template::{Template, TemplatePart};

use super::engine::Offer;
use super::program::{Fact, FileId, Place, Program, RelationId};
use crate::document::Span;

/// A program, and what its files ask and expect of it.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What can run. The facts of tests are not among its facts.
    pub program: Program,
    /// The files that were asked for; the others were imported.
    pub roots: Vec<FileId>,
    /// The findings, those of imported files too, in their order.
    pub findings: Vec<Finding>,
    /// The queries.
    pub queries: Vec<Query>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// A finding: what is found is the rows of [`Finding::relation`].
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its name.
    pub name: Box<str>,
    /// Its explanation, in lines.
    pub docs: Vec<Box<str>>,
    /// How bad it is.
    pub severity: Severity,
    /// What it says, for a row of the details.
    pub message: Template,
    /// What to do about it.
    pub help: Option<Template>,
    /// The relation of its keys, which rules can read by its name.
    pub relation: RelationId,
    /// The relation of its details: the keys, then what the texts name, then policy and index of the statement to show. It may be
    /// the relation of the keys itself. One key may have several rows.
    pub details: RelationId,
    /// How many columns the keys are.
    pub keys: usize,
    /// The columns of the details that say which statement is shown: the policy's name, the position from 0.
    pub statement: Option<(usize, usize)>,
    /// Where it stands.
    pub place: Place,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Something to know.
    Info,
    /// Untidy.
    Low,
    /// To be mended.
    Medium,
    /// To be mended soon.
    High,
    /// To be mended now.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity of a word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// A query: its answers are the rows of [`Query::relation`], with a column for each named variable in order of appearance. Without
/// variables one empty row says yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The relation of its answers.
    pub relation: RelationId,
    /// Where it stands.
    pub place: Place,
}

/// A test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it is called.
    pub name: Box<str>,
    /// The estate that it reads, relative to its file.
    pub estate: Option<Box<str>>,
    /// What is given, of relations from outside too.
    pub facts: Vec<Fact>,
    /// What must follow.
    pub expectations: Vec<Expectation>,
    /// Where it stands.
    pub place: Place,
}

/// What a test expects: [`Expectation::relation`], which has no columns, has a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The relation that the body derives.
    pub relation: RelationId,
    /// Where it stands in the file of the test.
    pub span: Span,
}

/// Checks files against each other and the relations that can be read from outside.
///
/// # Errors
/// All that is wrong with them, with what was wrong when they were read.
pub fn check(loaded: &Loaded, offers: &[Offer]) -> Result<Checked, Problems> {
    clauses::check(loaded, offers).map_err(|problems| loaded.problems(problems))
}

/// Reads and checks files with all that they import.
///
/// # Errors
/// All that is wrong with them.
pub fn read(roots: &[Root], files: &dyn Files, offers: &[Offer]) -> Result<Checked, Problems> {
    check(&load(roots, files), offers)
}
