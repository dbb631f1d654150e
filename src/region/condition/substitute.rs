//! What the formula of one request comes to in the formula of another.

use rustc_hash::FxHashMap;

use super::formula::{ConditionId, Conditions, Node};
use super::key::KeyId;
use super::operator::{Family, Operator, Quantifier};
use super::solve::{Sat, Verdict};
use super::test::{Test, Undecided, Value};
use super::value::glob::Glob;

/// Up to how many patterns are compared one by one.
const FEW: usize = 64;

impl Conditions {
    /// The tests of `key` in a formula that compare it with no other key, in their positive form.
    pub fn tests_of(&self, condition: ConditionId, key: KeyId) -> Vec<ConditionId> {
        let mut found = Vec::new();
        let mut left = vec![condition];
        while let Some(next) = left.pop() {
            if !self.contains_key(next, key) {
                continue;
            }
            match self.node(next) {
                Node::All(members) => left.extend(members),
                Node::Test(test) if test.key == key && !test.has_variables() => {
                    found.push(ConditionId::of_node(next.node()));
                }
                Node::Test(_) | Node::Always | Node::Doubt(_) | Node::Missing(_) => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same formula of another key: what it says of `from` is said of `to`. Variables stay.
    pub fn renamed(&self, condition: ConditionId, from: KeyId, to: KeyId) -> ConditionId {
        let rename = |_, leaf: &Node| match leaf {
            Node::Test(test) if test.key == from => Some(self.atom(Test { key: to, ..test.clone() })),
            _ => None,
        };
        self.replaced(condition, &rename, &mut FxHashMap::default())
    }

    /// What a formula comes to if nothing that is missing would allow or deny.
    pub fn without_missing(&self, condition: ConditionId) -> ConditionId {
        if !self.contains_missing(condition) {
            return condition;
        }
        let forget = |_, leaf: &Node| matches!(leaf, Node::Missing(_)).then_some(ConditionId::NEVER);
        self.replaced(condition, &forget, &mut FxHashMap::default())
    }

    /// What a formula comes to where `known` holds: tests that this settles become constants.
    pub fn given(&self, condition: ConditionId, known: ConditionId) -> ConditionId {
        if known.is_always() || !self.keys(condition).iter().any(|&key| self.contains_key(known, key)) {
            return condition;
        }
        let settle = |test: ConditionId, leaf: &Node| {
            if !matches!(leaf, Node::Test(_))
                || !self.keys(test).iter().any(|&key| self.contains_key(known, key))
            {
                return None;
            }
            if let Some(plain) = self.plainly_given(test, known) {
                return Some(plain);
            }
            match (self.implies(known, test), self.implies(known, self.not(test))) {
                (Verdict::Yes, _) => Some(ConditionId::ALWAYS),
                (_, Verdict::Yes) => Some(ConditionId::NEVER),
                _ => None,
            }
        };
        self.replaced(condition, &settle, &mut FxHashMap::default())
    }

    /// What a test is worth where `known` holds, if that can be read off the members of `known` one by one.
    fn plainly_given(&self, test: ConditionId, known: ConditionId) -> Option<ConditionId> {
        let members = match self.node(known) {
            Node::All(members) if !known.is_complement() => members,
            _ => std::slice::from_ref(&known),
        };
        let node = self.node(test);
        members.iter().find_map(|&member| {
            let (positive, is) = (ConditionId::of_node(member.node()), !member.is_complement());
            if positive == test {
                return Some(if is { ConditionId::ALWAYS } else { ConditionId::NEVER });
            }
            if is && self.is_plainly_against(test, positive) {
                return Some(ConditionId::NEVER);
            }
            let (wanted, listed) = (self.named_values(node)?, self.named_values(self.node(positive))?);
            if wanted.0 != listed.0 {
                return None;
            }
            let inside = |value: &&Value| listed.1.binary_search(value).is_ok();
            let (any, all) =
                (wanted.1.iter().any(|value| inside(&value)), wanted.1.iter().all(|value| inside(&value)));
            match is {
                // None of those that it is; or all of those that it is not.
                true if !any => Some(ConditionId::NEVER),
                false if all => Some(ConditionId::NEVER),
                _ => None,
            }
        })
    }

    /// Whether a test fails wherever another holds, because they compare a key with one value with patterns that no text matches
    /// together. Where the other holds it could read the value, and so can the test.
    fn is_plainly_against(&self, test: ConditionId, holding: ConditionId) -> bool {
        let patterns = |condition: ConditionId| {
            let (test, program) = self.program(condition.node())?;
            let family = test.operator.family();
            let is_plain = matches!(family, Family::Text | Family::Arn)
                && test.quantifier == Quantifier::None
                && !test.if_exists
                && !test.has_variables()
                && !program.malformed
                && test.values.len() <= FEW
                && !self.key_of(test.key).multivalued;
            is_plain.then(|| ((test.key, family), test.undecided, program.patterns()))
        };
        let Some(((asked, _, mut wanted), (held, undecided, listed))) = patterns(test).zip(patterns(holding))
        else {
            return false;
        };
        if asked != held || undecided != Undecided::False {
            return false;
        }
        let listed: Vec<Glob> = listed.collect();
        wanted.all(|glob| !listed.iter().any(|other| glob.meets(other)))
    }

    /// The key and the texts of a test that a key with one value is one of these.
    fn named_values<'a>(&self, node: &'a Node) -> Option<(KeyId, &'a [Value])> {
        match node {
            Node::Test(test)
                if test.operator == Operator::StringEquals
                    && test.quantifier == Quantifier::None
                    && !test.if_exists
                    && !test.has_variables()
                    && !self.key_of(test.key).multivalued =>
            {
                Some((test.key, &test.values))
            }
            _ => None,
        }
    }

    /// The ways in which tests can come out together where `within` holds: formulas one of which holds in each such
    /// context. None if there are more than `most`.
    pub fn outcomes(
        &self,
        within: ConditionId,
        tests: &[ConditionId],
        most: usize,
    ) -> Option<Vec<ConditionId>> {
        let mut outcomes = vec![within];
        for &test in tests {
            let split =
                outcomes.iter().flat_map(|&outcome| [test, self.not(test)].map(|way| self.and(outcome, way)));
            outcomes = split.filter(|&outcome| *self.satisfiable(outcome) != Sat::No).collect();
            if outcomes.len() > most {
                return None;
            }
        }
        Some(outcomes)
    }

    /// A formula with some of its leaves replaced, by what `replace` makes of each in its positive form.
    pub(super) fn replaced(
        &self,
        condition: ConditionId,
        replace: &dyn Fn(ConditionId, &Node) -> Option<ConditionId>,
        done: &mut FxHashMap<u32, ConditionId>,
    ) -> ConditionId {
        let positive = ConditionId::of_node(condition.node());
        let replaced = match (self.node(condition), done.get(&condition.node())) {
            (_, Some(&known)) => known,
            (Node::All(members), _) => {
                self.and_all(members.iter().map(|&member| self.replaced(member, replace, done)))
            }
            (leaf, _) => replace(positive, leaf).unwrap_or(positive),
        };
        done.insert(condition.node(), replaced);
        if condition.is_complement() { self.not(replaced) } else { replaced }
    }
}
