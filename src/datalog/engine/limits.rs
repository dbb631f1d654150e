//! How much a run may derive, and what ends one before its time.

use std::fmt;

use thiserror::Error;

use super::given::GivenError;
use crate::datalog::program::{Place, RuleId};

/// Limits of a run. They bound counts, never time, so that the same program on the same facts always ends in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of all relations together, given ones included.
    pub facts: usize,
    /// Rounds of one recursive stratum.
    pub rounds: usize,
    /// How often rules run in all rounds together.
    pub evaluations: u64,
    /// Rows that the body of one rule may go through in all rounds together, its aggregates included: those that each literal takes, and
    /// those that it gives. They are never held together. A row counts once for every eight values that it has, or part of eight.
    pub intermediate_rows: u64,
    /// Distinct values: texts, numbers, lists.
    pub values: usize,
    /// Bytes of the texts that rules compute, together.
    pub text_bytes: u64,
    /// Bytes of all that is held: rows, their sets and indexes, values, what aggregates fold. They are reckoned from capacities, and what
    /// moves to a larger place takes up to twice as much for a moment.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            facts: 50_000_000,
            rounds: 100_000,
            evaluations: 10_000_000,
            intermediate_rows: 500_000_000,
            values: 50_000_000,
            text_bytes: 1 << 28,
            memory: 768 << 20,
        }
    }
}

/// How many literals the body of one rule may have, those of its aggregates included.
pub const MAX_LITERALS: usize = 256;

/// Why a run came to no end. Nothing of what it derived until then is an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    /// What went wrong.
    pub kind: RunErrorKind,
    /// The rule that ran, and its label.
    pub rule: Option<(RuleId, Box<str>)>,
    /// The literal, the rule or the fact.
    pub place: Option<Place>,
}

impl fmt::Display for RunError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some((_, label)) => write!(out, "{}, in the rule `{label}`", self.kind),
            None => self.kind.fmt(out),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.kind)
    }
}

impl RunError {
    /// One remedy, if there is a general one.
    pub fn help(&self) -> Option<String> {
        match &self.kind {
            RunErrorKind::Memory { .. } => Some(
                "join by more variables, ask for fewer columns, or count what fewer values tell apart"
                    .to_owned(),
            ),
            RunErrorKind::Evaluations { .. } => Some(
                "write what many rules say of single values as facts, and one rule that reads them"
                    .to_owned(),
            ),
            RunErrorKind::Facts { .. } => Some(
                "bind more columns, or test that recursion through `+` and texts ends, as by `N < 100`"
                    .to_owned(),
            ),
            RunErrorKind::Rounds { .. } | RunErrorKind::Values { .. } | RunErrorKind::TextBytes { .. } => {
                Some("recursion through `+` and texts needs a test that ends it, as `N < 100`".to_owned())
            }
            RunErrorKind::IntermediateRows { .. } => {
                Some("its literals share too few variables; join them by more, or split the rule".to_owned())
            }
            RunErrorKind::Literals { .. } => Some("derive parts of it by rules of their own".to_owned()),
            RunErrorKind::Given { error, .. } => error.help.clone(),
            RunErrorKind::NeedsBound { columns, .. } => Some(format!("bind {columns}")),
            _ => None,
        }
    }
}

/// What ended a run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RunErrorKind {
    /// More than [`Limits::facts`].
    #[error("there are more than {limit} facts")]
    Facts {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::rounds`].
    #[error("`{relation}` still grows after {limit} rounds")]
    Rounds {
        /// The limit.
        limit: usize,
        /// A relation that grew in the last of them.
        relation: Box<str>,
    },
    /// More than [`Limits::evaluations`].
    #[error("rules ran more than {limit} times")]
    Evaluations {
        /// The limit.
        limit: u64,
    },
    /// More than [`Limits::memory`].
    #[error("rows and values take more than {} MiB of memory", limit >> 20)]
    Memory {
        /// The limit.
        limit: u64,
    },
    /// More than [`Limits::intermediate_rows`].
    #[error("the body goes through more than {limit} rows")]
    IntermediateRows {
        /// The limit.
        limit: u64,
    },
    /// More than [`Limits::values`].
    #[error("there are more than {limit} distinct values")]
    Values {
        /// The limit.
        limit: usize,
    },
    /// More than [`Limits::text_bytes`].
    #[error("the texts that rules compute have more than {limit} bytes")]
    TextBytes {
        /// The limit.
        limit: u64,
    },
    /// More than [`MAX_LITERALS`].
    #[error("the body has {literals} literals, more than {MAX_LITERALS}")]
    Literals {
        /// How many it has.
        literals: usize,
    },
    /// A number beyond 64 bits.
    #[error("`{left} {operator} {right}` is beyond 64 bits")]
    Overflow {
        /// The left side.
        left: i64,
        /// The operator.
        operator: char,
        /// The right side.
        right: i64,
    },
    /// A division by zero.
    #[error("`{left} {operator} 0` divides by zero")]
    DivisionByZero {
        /// The left side.
        left: i64,
        /// `/` or `%`.
        operator: char,
    },
    /// A sum beyond 64 bits.
    #[error("the sum is beyond 64 bits")]
    SumOverflow,
    /// A value of another type than the program's check should have let through.
    #[error("{found} stands where {expected} is needed")]
    Type {
        /// What is needed.
        expected: &'static str,
        /// What there is.
        found: &'static str,
    },
    /// A relation from outside can't tell its rows.
    #[error("`{relation}` can't be read: {error}")]
    Given {
        /// The relation.
        relation: Box<str>,
        /// Why.
        error: GivenError,
    },
    /// A row from outside does not fit the relation.
    #[error("a row of `{relation}` does not fit its columns")]
    Row {
        /// The relation.
        relation: Box<str>,
    },
    /// A relation from outside has other columns than the program has for it.
    #[error("`{relation}` has other columns than the program says")]
    Columns {
        /// The relation.
        relation: Box<str>,
    },
    /// No order of the literals binds what a relation needs.
    #[error("`{relation}` needs {columns}")]
    NeedsBound {
        /// The relation.
        relation: Box<str>,
        /// The columns that it needs bound.
        columns: String,
    },
    /// A rule derives rows of a relation that only answers questions.
    #[error("`{relation}` answers questions and can't be derived by rules or stated")]
    Derived {
        /// The relation.
        relation: Box<str>,
    },
    /// A body that binds a variable by nothing; a checked program has none.
    #[error("the body leaves a variable unbound")]
    Unbound,
}
