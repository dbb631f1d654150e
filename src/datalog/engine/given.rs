//! What a program reads from outside: relations given whole, and relations that answer questions.

use std::sync::Arc;

use thiserror::Error;

use crate::datalog::text::{Declaration, Value};

/// The relations that a program may read from outside. Several programs may read them at the same time.
pub trait Given: Sync {
    /// The relations, each once.
    fn offers(&self) -> &[Offer];

    /// The rows of the relation `offers()[offer]` that agree with one of the bound tuples.
    ///
    /// `bound.columns()` is one of the sets that the offer accepts. Every row that agrees with a tuple must be there; others may be,
    /// and rows may repeat. The engine asks for no tuple twice with the same columns.
    ///
    /// # Errors
    /// The rows can't be told.
    fn rows(&self, offer: usize, bound: &Bound) -> Result<Rows, GivenError>;
}

/// A relation that can be read from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its name, its columns and their types.
    pub declaration: Declaration,
    /// The sets of bound columns with which it answers. Whoever accepts the empty set can be read whole. Without any, the relation
    /// can't be read.
    pub accepts: Vec<Accepts>,
    /// What to write in place of `not` before it, where a row that is not there does not mean no. None: `not` says what it seems to.
    pub instead_of_not: Option<String>,
    /// Columns that are dear to find. Where no rule reads one, it may hold any value of its type.
    pub dear: Vec<usize>,
}

impl Offer {
    /// An offer of all rows.
    pub fn whole(declaration: Declaration, rows: u64) -> Self {
        let accepts = vec![Accepts { columns: Vec::new(), rows }];
        Self { declaration, accepts, instead_of_not: None, dear: Vec::new() }
    }

    /// Whether the relation answers when these columns are bound, and perhaps others.
    pub fn answers(&self, bound: impl Fn(usize) -> bool) -> bool {
        self.accepts.iter().any(|accepts| accepts.columns.iter().all(|&column| bound(column)))
    }
}

/// A set of columns that can be bound in a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepts {
    /// The columns, by number from 0, ascending.
    pub columns: Vec<usize>,
    /// About how many rows one question gives. The planner prefers few; nothing but speed depends on it.
    pub rows: u64,
}

/// A batch of questions: the columns that are bound, and distinct tuples of values for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    columns: Vec<usize>,
    tuples: Rows,
    spared: Vec<usize>,
}

impl Bound {
    /// A batch; the tuples are as wide as there are columns.
    pub fn new(columns: Vec<usize>, tuples: Rows) -> Self {
        debug_assert_eq!(columns.len(), tuples.width());
        Self { columns, tuples, spared: Vec::new() }
    }

    /// The same without some of the dear columns, which then may hold any value of their type.
    pub fn sparing(self, spared: Vec<usize>) -> Self {
        Self { spared, ..self }
    }

    /// The dear columns that nobody reads, ascending.
    pub fn spared(&self) -> &[usize] {
        &self.spared
    }

    /// The question for all rows.
    pub fn nothing() -> Self {
        let mut tuples = Rows::new(0);
        tuples.push([]);
        Self::new(Vec::new(), tuples)
    }

    /// The bound columns, by number from 0, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The tuples, each with one value for each bound column. Without bound columns there is one, of no values.
    pub fn tuples(&self) -> impl Iterator<Item = &[Value]> {
        self.tuples.iter()
    }

    /// How many tuples there are.
    pub fn len(&self) -> usize {
        self.tuples.len()
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.tuples.is_empty()
    }
}

/// Rows of one width; copies share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    width: usize,
    len: usize,
    values: Arc<Vec<Value>>,
}

impl Rows {
    /// No rows, of as many values each as a relation has columns.
    pub fn new(width: usize) -> Self {
        Self { width, len: 0, values: Arc::default() }
    }

    /// Adds a row. It is cut or refused nowhere: its width must be that of the rows.
    pub fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        self.extend([row]);
    }

    /// How many values a row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether every row that was added had the width of the rows.
    pub(super) fn is_even(&self) -> bool {
        self.values.len() == self.len * self.width
    }

    /// Adds rows, as [`Rows::push`] does.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = impl IntoIterator<Item = Value>>) {
        let values = Arc::make_mut(&mut self.values);
        for row in rows {
            values.extend(row);
            self.len += 1;
            debug_assert_eq!(values.len(), self.len * self.width, "a row of another width");
        }
    }

    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = &[Value]> {
        (0..self.len).map(|row| self.values.get(row * self.width..(row + 1) * self.width).unwrap_or_default())
    }
}

/// A relation from outside can't tell its rows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct GivenError {
    /// One line: lower case, no full stop.
    pub message: String,
    /// One remedy, in the same manner.
    pub help: Option<String>,
}

impl GivenError {
    /// An error without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

/// Nothing is given: a program that has all its facts in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Given for Nothing {
    fn offers(&self) -> &[Offer] {
        &[]
    }

    fn rows(&self, offer: usize, _: &Bound) -> Result<Rows, GivenError> {
        Err(GivenError::new(format!("there is no relation {offer}")))
    }
}
