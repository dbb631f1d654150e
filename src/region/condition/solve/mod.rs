//! Deciding formulas: is there a context in which one holds?
//!
//! `values` finds values of a key that show all that its tests can tell apart (`texts`, `machine`), the concrete evaluator
//! sorts them into `cells`, `search` tries the cells of one key after the other under the rules of `coupling`. Keys whose
//! values determine each other are looked at together (`bundles`, `principal`), long lists shortened before (`alike`). What keys that are given say of coupled ones is a
//! formula as well (`beside`).

mod alike;
mod beside;
mod bundles;
mod cells;
mod coupling;
mod decide;
mod determined;
mod machine;
mod principal;
mod search;
mod simplify;
mod texts;
mod values;

pub(super) use decide::Solver;
pub(super) use values::is_epoch;

pub use coupling::{contradictions, goes_with, is_coupled};
pub use determined::determined;

use super::formula::{ConditionId, Conditions, Node};
use super::key::{KeyId, KeyValue, Known};
use super::test::{DoubtId, MissingId, Trool};

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

impl Witness {
    /// What the context holds of a key; unknown if it does not matter.
    pub fn lookup(&self, key: KeyId) -> Known<'_> {
        self.keys.iter().find(|(named, _)| *named == key).map_or(Known::Unknown, |(_, value)| value.known())
    }
}

impl super::key::Bindings for Witness {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        self.lookup(key)
    }
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

impl Conditions {
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
        if a == b {
            return Verdict::Yes;
        }
        match self.satisfiable(self.and(a, self.not(b))) {
            Sat::No => Verdict::Yes,
            Sat::Yes(_) => Verdict::No,
            Sat::Unproved => Verdict::Unproved,
        }
    }

    /// Whether the two hold in the same contexts.
    pub fn equivalent(&self, a: ConditionId, b: ConditionId) -> Verdict {
        match (self.implies(a, b), self.implies(b, a)) {
            (Verdict::Yes, Verdict::Yes) => Verdict::Yes,
            (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
            _ => Verdict::Unproved,
        }
    }

    /// The truth value of `condition` in a witness's context, with open readings and missing data as the witness has them.
    pub fn holds_at(&self, condition: ConditionId, witness: &Witness) -> Trool {
        let truth = match self.node(condition) {
            Node::Always => Trool::True,
            Node::Doubt(doubt) => truth_of(&witness.doubts, doubt),
            Node::Missing(missing) => truth_of(&witness.missing, missing),
            Node::Test(_) => {
                let bound = self.bind(condition, witness);
                match self.node(bound) {
                    Node::Test(_) | Node::All(_) => Trool::Unknown,
                    _ => return self.holds_at(bound, witness),
                }
            }
            Node::All(members) => {
                members.iter().fold(Trool::True, |truth, &member| truth.and(self.holds_at(member, witness)))
            }
        };
        if condition.is_complement() { !truth } else { truth }
    }
}

fn truth_of<T: PartialEq>(truths: &[(T, bool)], wanted: &T) -> Trool {
    truths.iter().find(|(named, _)| named == wanted).map_or(Trool::Unknown, |(_, truth)| (*truth).into())
}
