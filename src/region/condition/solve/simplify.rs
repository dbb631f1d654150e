//! Short formulas for the same contexts.

use super::Sat;
use crate::region::condition::formula::{ConditionId, Conditions, View};
use crate::region::condition::operator::Operator;
use crate::region::condition::test::{Test, Undecided};

/// Parts with more leaves than this are left as they are.
pub(super) const MAX_LEAVES: usize = 400;
/// Values of one test are looked at one by one up to this number.
const MAX_VALUES: usize = 32;

impl Conditions {
    /// A short formula that holds in the same contexts: parts that the rest implies or excludes are dropped. The same
    /// formula gives the same result in every run. Parts with more than 400 leaves stay as they are.
    pub fn simplify(&self, condition: ConditionId) -> ConditionId {
        self.solver.simplified.get_or(condition, || match self.view(condition) {
            View::Always | View::Never | View::Doubt { .. } | View::Missing { .. } => condition,
            View::All(members) => match self.independent_parts(&members).as_slice() {
                [] => self.simplify_part(condition),
                parts => self.and_all(parts.iter().map(|&part| self.simplify(part))),
            },
            View::Any(members) => {
                let complements: Vec<_> = members.into_iter().map(|member| self.not(member)).collect();
                match self.independent_parts(&complements).as_slice() {
                    [] => self.simplify_part(condition),
                    parts => self.or_all(parts.iter().map(|&part| self.simplify(self.not(part)))),
                }
            }
            View::Test { .. } => self.simplify_part(condition),
        })
    }

    fn simplify_part(&self, condition: ConditionId) -> ConditionId {
        if self.leaves(condition) > MAX_LEAVES {
            condition
        } else {
            self.reduce(condition, ConditionId::ALWAYS)
        }
    }

    pub(super) fn leaves(&self, condition: ConditionId) -> usize {
        match self.view(condition) {
            View::All(members) | View::Any(members) => {
                members.into_iter().map(|member| self.leaves(member)).sum()
            }
            _ => 1,
        }
    }

    /// Whether a formula mentions an open reading, even one that no value of the key's type would raise.
    fn may_doubt(&self, condition: ConditionId) -> bool {
        match self.view(condition) {
            View::All(members) | View::Any(members) => {
                members.into_iter().any(|member| self.may_doubt(member))
            }
            View::Test { test, .. } => matches!(test.undecided, Undecided::Doubt(_)),
            View::Doubt { .. } => true,
            _ => false,
        }
    }

    /// A short formula that agrees with `condition` wherever `context` holds.
    pub(super) fn reduce(&self, condition: ConditionId, context: ConditionId) -> ConditionId {
        let excluded = |condition| matches!(self.satisfiable(self.and(context, condition)), Sat::No);
        if excluded(condition) {
            return ConditionId::NEVER;
        }
        if excluded(self.not(condition)) {
            return ConditionId::ALWAYS;
        }
        match self.view(condition) {
            View::All(members) => self.reduce_all(members, context),
            View::Any(members) => {
                let complements = members.into_iter().map(|member| self.not(member)).collect();
                self.not(self.reduce_all(complements, context))
            }
            View::Test { test, negated } => match self.as_presence(condition, test, context) {
                Some(shorter) => shorter,
                None => {
                    let reduced = self.reduce_values(test, context);
                    if negated { self.not(reduced) } else { reduced }
                }
            },
            _ => condition,
        }
    }

    /// What a test comes to where the context says something of its key: only that the key is absent, or present; or that a key
    /// which is there anyway holds such a value.
    fn as_presence(&self, condition: ConditionId, test: &Test, context: ConditionId) -> Option<ConditionId> {
        if test.operator == Operator::Null || !self.contains_key(context, test.key) {
            return None;
        }
        let absent = self.absent(test.key);
        let held = test.if_exists.then(|| {
            let held = self.atom(Test { if_exists: false, ..test.clone() });
            if matches!(self.view(condition), View::Test { negated: true, .. }) {
                self.not(held)
            } else {
                held
            }
        });
        let same = |other: &ConditionId| {
            let lost = self.and_all([context, condition, self.not(*other)]);
            let gained = self.and_all([context, *other, self.not(condition)]);
            matches!((self.satisfiable(lost), self.satisfiable(gained)), (Sat::No, Sat::No))
        };
        [Some(absent), Some(self.not(absent)), held].into_iter().flatten().find(same)
    }

    /// Each member under what the context and the other members say, the longest first, and tests that pass absent keys before those
    /// that say whether keys are there.
    fn reduce_all(&self, mut members: Vec<ConditionId>, context: ConditionId) -> ConditionId {
        let if_exists = |member| matches!(self.view(member), View::Test { test, .. } if test.if_exists && !test.values.is_empty());
        members.sort_by_cached_key(|&member| {
            let first = (self.may_doubt(member), self.leaves(member), if_exists(member));
            (std::cmp::Reverse(first), self.tree(member))
        });
        for at in 0..members.len() {
            let others =
                members.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, member)| *member);
            let context = self.and_all(others.chain([context]));
            if let Some(member) = members.get_mut(at) {
                *member = self.reduce(*member, context);
            }
        }
        self.and_all(members)
    }

    /// The test without the values that do not matter where `context` holds.
    fn reduce_values(&self, test: &Test, context: ConditionId) -> ConditionId {
        let mut reduced = self.atom(test.clone());
        let all_differ =
            context.is_always() && matches!(test.operator, Operator::StringEquals | Operator::BinaryEquals);
        if all_differ || test.values.len() < 2 || test.values.len() > MAX_VALUES {
            return reduced;
        }
        let mut values = test.values.clone();
        for value in &test.values {
            let fewer: Vec<_> = values.iter().filter(|other| *other != value).cloned().collect();
            let shorter = self.atom(Test { values: fewer.clone(), ..test.clone() });
            let lost = self.and_all([context, reduced, self.not(shorter)]);
            let gained = self.and_all([context, shorter, self.not(reduced)]);
            if matches!((self.satisfiable(lost), self.satisfiable(gained)), (Sat::No, Sat::No)) {
                (values, reduced) = (fewer, shorter);
            }
        }
        reduced
    }
}
