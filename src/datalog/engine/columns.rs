//! Rows by columns.

use super::interner::ValueId;

/// Rows of one width, each column a vector of its own. Also a batch of bindings: one column for each variable.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    len: usize,
    columns: Vec<Vec<ValueId>>,
}

impl Columns {
    /// No rows.
    pub(super) fn new(width: usize) -> Self {
        Self { len: 0, columns: vec![Vec::new(); width] }
    }

    /// One row without columns: where a body starts.
    pub(super) fn unit() -> Self {
        Self { len: 1, columns: Vec::new() }
    }

    /// These columns, which have the same length.
    pub(super) fn of(len: usize, columns: Vec<Vec<ValueId>>) -> Self {
        debug_assert!(columns.iter().all(|column| column.len() == len));
        Self { len, columns }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The bytes that the rows take.
    pub(super) fn bytes(&self) -> u64 {
        self.columns.iter().map(|column| 4 * column.capacity() as u64).sum()
    }

    /// A column.
    pub(super) fn column(&self, index: usize) -> &[ValueId] {
        &self.columns[index]
    }

    /// All columns.
    pub(super) fn all(&self) -> &[Vec<ValueId>] {
        &self.columns
    }

    /// A value.
    pub(super) fn get(&self, row: usize, column: usize) -> ValueId {
        self.columns[column][row]
    }

    /// A row.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = ValueId> {
        self.columns.iter().map(move |column| column[row])
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &[ValueId]) {
        for (column, &value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        self.len += 1;
    }

    /// Says that rows were pushed to the columns, each of which got so many values.
    pub(super) fn grew(&mut self, by: usize) {
        self.len += by;
        debug_assert!(self.columns.iter().all(|column| column.len() == self.len));
    }

    /// The columns, to push to; [`Self::grew`] must follow.
    pub(super) fn all_mut(&mut self) -> &mut [Vec<ValueId>] {
        &mut self.columns
    }

    /// Moves the rows of `other` to the end.
    pub(super) fn append(&mut self, other: &mut Self) {
        for (column, more) in self.columns.iter_mut().zip(&mut other.columns) {
            column.append(more);
        }
        self.len += std::mem::take(&mut other.len);
    }

    /// Some of the columns, whole.
    pub(super) fn keep(mut self, columns: &[usize]) -> Self {
        if columns.iter().copied().eq(0..self.columns.len()) {
            return self;
        }
        // Each column is kept at most once.
        let kept = columns.iter().map(|&column| std::mem::take(&mut self.columns[column])).collect();
        Self { len: self.len, columns: kept }
    }

    /// Some of the columns of some of the rows.
    pub(super) fn select(&self, columns: &[usize], rows: &[u32]) -> Self {
        let select =
            |&column: &usize| rows.iter().map(|&row| self.columns[column][row as usize]).collect::<Vec<_>>();
        Self { len: rows.len(), columns: columns.iter().map(select).collect() }
    }

    /// Adds a column.
    pub(super) fn with(mut self, column: Vec<ValueId>) -> Self {
        debug_assert_eq!(column.len(), self.len);
        self.columns.push(column);
        self
    }
}
