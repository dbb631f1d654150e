//! How much a run may derive.

/// Limits of a run. They bound counts, never time, so that the same program on the same facts always ends in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows of all relations together, given ones included.
    pub facts: usize,
    /// Rounds of one recursive stratum.
    pub rounds: usize,
    /// Rows that the body of one rule may go through in one round, counted after each literal.
    pub intermediate_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { facts: 50_000_000, rounds: 100_000, intermediate_rows: 10_000_000_000 }
    }
}
