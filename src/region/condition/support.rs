//! The keys, open readings and missing data that a formula mentions.

use super::formula::{ConditionId, Conditions, Node};
use super::key::KeyId;
use super::test::{DoubtId, MissingId, Undecided};

/// The keys and unknowns that a formula mentions, each list sorted.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Support {
    keys: Box<[KeyId]>,
    doubts: Box<[DoubtId]>,
    missing: Box<[MissingId]>,
}

impl Conditions {
    fn support(&self, condition: ConditionId) -> &Support {
        let id = self
            .support_of
            .get_or(condition.node(), || self.supports.intern(self.compute_support(condition)));
        self.supports.get(id)
    }

    fn compute_support(&self, condition: ConditionId) -> Support {
        match self.node(condition) {
            Node::Always => Support::default(),
            Node::Doubt(doubt) => Support { doubts: [*doubt].into(), ..Support::default() },
            Node::Missing(missing) => Support { missing: [*missing].into(), ..Support::default() },
            Node::Test(test) => {
                let doubts = match test.undecided {
                    Undecided::Doubt(doubt) if self.can_be_undecided(test) => [doubt].into(),
                    _ => Box::default(),
                };
                Support { keys: sorted(test.keys()), doubts, missing: Box::default() }
            }
            Node::All(members) => {
                let parts: Vec<_> = members.iter().map(|&member| self.support(member)).collect();
                Support {
                    keys: sorted(parts.iter().flat_map(|part| part.keys.iter().copied())),
                    doubts: sorted(parts.iter().flat_map(|part| part.doubts.iter().copied())),
                    missing: sorted(parts.iter().flat_map(|part| part.missing.iter().copied())),
                }
            }
        }
    }

    /// The keys that a formula mentions, those in variables included; sorted by id.
    pub fn keys(&self, condition: ConditionId) -> &[KeyId] {
        if condition.is_always() || condition.is_never() {
            return &[];
        }
        &self.support(condition).keys
    }

    /// The open readings that a formula mentions, those that only an odd value would raise included; sorted by id.
    pub fn doubts(&self, condition: ConditionId) -> &[DoubtId] {
        if condition.is_always() || condition.is_never() {
            return &[];
        }
        &self.support(condition).doubts
    }

    /// The missing data that a formula mentions, sorted by id.
    pub fn missing_in(&self, condition: ConditionId) -> &[MissingId] {
        &self.support(condition).missing
    }

    /// Whether a formula mentions `key`.
    pub fn contains_key(&self, condition: ConditionId, key: KeyId) -> bool {
        self.keys(condition).binary_search(&key).is_ok()
    }

    /// Whether a formula mentions an open reading.
    pub fn contains_doubt(&self, condition: ConditionId) -> bool {
        !self.doubts(condition).is_empty()
    }

    /// Whether a formula mentions missing data.
    pub fn contains_missing(&self, condition: ConditionId) -> bool {
        !self.missing_in(condition).is_empty()
    }
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Box<[T]> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_unstable();
    items.dedup();
    items.into()
}
