//! The rows of one relation in a run.

use std::ops::Range;
use std::rc::Rc;

use super::columns::Columns;
use super::index::{Index, Segment};
use super::interner::ValueId;
use super::set::RowSet;

/// Which rows of a relation a literal reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All that were there when the round began.
    All,
    /// Those of them that were there a round earlier.
    Old,
    /// The others.
    Delta,
}

/// The rows of a relation: those that literals read, in the order of their rounds, and those of the present round.
#[derive(Debug)]
pub(super) struct Store {
    rows: Columns,
    fresh: Columns,
    set: RowSet,
    /// Where the rows of the last round begin.
    stable: usize,
    /// How many rows were stated or given; the others are derived.
    base: usize,
    /// The rounds of the relation's stratum in which it grew, and how many rows it had before.
    grown: Vec<(usize, usize)>,
    indexes: Vec<Index>,
    /// For each column: how many distinct values it had, and among how many rows.
    distinct: Vec<(usize, usize)>,
}

impl Store {
    pub(super) fn new(width: usize) -> Self {
        Self {
            rows: Columns::new(width),
            fresh: Columns::new(width),
            set: RowSet::new(width),
            stable: 0,
            base: 0,
            grown: Vec::new(),
            indexes: Vec::new(),
            distinct: vec![(0, 0); width],
        }
    }

    /// The rows that literals read.
    pub(super) fn rows(&self) -> &Columns {
        &self.rows
    }

    /// All rows, by their values.
    pub(super) fn set(&self) -> &RowSet {
        &self.set
    }

    /// Which rows a part is.
    pub(super) fn range(&self, part: Part) -> Range<usize> {
        match part {
            Part::All => 0..self.rows.len(),
            Part::Old => 0..self.stable,
            Part::Delta => self.stable..self.rows.len(),
        }
    }

    /// Adds rows of the present round, by columns; how many are new.
    pub(super) fn insert_all(&mut self, len: usize, columns: &[&[ValueId]]) -> usize {
        let before = self.fresh.len();
        self.set.insert_all(len, columns, &mut self.fresh);
        self.fresh.len() - before
    }

    /// Makes room for so many rows that are given.
    pub(super) fn expect(&mut self, rows: usize) {
        self.set.reserve(rows);
    }

    /// Adds a row that is stated or given; whether it is new. It can be read at once.
    pub(super) fn give(&mut self, row: &[ValueId]) -> bool {
        let new = self.set.insert(row);
        if new {
            self.rows.push(row);
            self.stable = self.rows.len();
            self.base = self.stable;
        }
        new
    }

    /// Ends a round: its rows are the next delta. Whether there are any.
    pub(super) fn advance(&mut self, round: usize) -> bool {
        self.stable = self.rows.len();
        self.rows.append(&mut self.fresh);
        let grew = self.stable < self.rows.len();
        if grew {
            self.grown.push((round, self.stable));
        }
        grew
    }

    /// The round that a row was derived in, and none for a row that was stated or given.
    pub(super) fn round(&self, row: usize) -> Option<usize> {
        if row < self.base {
            return None;
        }
        let last = self.grown.partition_point(|(_, before)| *before <= row).checked_sub(1)?;
        self.grown.get(last).map(|(round, _)| *round)
    }

    /// How many rows there were when a round began.
    pub(super) fn before(&self, round: usize) -> usize {
        let first = self.grown.partition_point(|(other, _)| *other < round);
        self.grown.get(first).map_or(self.rows.len(), |(_, before)| *before)
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        let indexes: u64 = self.indexes.iter().map(Index::bytes).sum();
        self.rows.bytes() + self.fresh.bytes() + self.set.bytes() + indexes
    }

    /// The segments of the index on some columns that make up a part.
    pub(super) fn segments(&mut self, key: &[usize], part: Part) -> Vec<Rc<Segment>> {
        let range = self.range(part);
        let at = match self.indexes.iter().position(|index| index.key == key) {
            Some(at) => at,
            None => {
                self.indexes.push(Index::new(key.to_vec()));
                self.indexes.len() - 1
            }
        };
        let index = &mut self.indexes[at];
        index.update(&self.rows, self.stable);
        index.segments(&range)
    }

    /// About how many distinct values a column has.
    pub(super) fn distinct(&mut self, column: usize) -> usize {
        let (distinct, among) = self.distinct[column];
        let len = self.rows.len();
        if among > 0 && len < 2 * among && among <= len {
            return distinct;
        }
        let mut seen = RowSet::new(1);
        let count = self.rows.column(column).iter().filter(|&&value| seen.insert(&[value])).count();
        self.distinct[column] = (count, len);
        count
    }
}
