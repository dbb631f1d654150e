//! From a formula to searches: independent parts, tests by key, and what is remembered of both.

use rustc_hash::{FxHashMap, FxHashSet};

use super::bundles::bundle_cells;
use super::cells::{Cells, KeyTests, key_cells};
use super::coupling::{self, Bundle};
use super::search::Search;
use super::{Sat, Witness};
use crate::region::condition::atom::ignoring_case;
use crate::region::condition::formula::{ConditionId, Conditions, Node};
use crate::region::condition::key::{Key, KeyId};
use crate::region::condition::operator::{Operator, Quantifier};
use crate::region::condition::test::Test;
use crate::region::interner::{Interner, Memo};

/// A key's place in its bundle, the key, and the nodes of its tests.
type Member = (usize, KeyId, Vec<u32>);

/// A bundle, and whose keys it holds, of several resources.
type BundleOf = (Bundle, Option<u32>);

/// What the solver remembers.
#[derive(Default)]
pub(in super::super) struct Solver {
    answers: boxcar::Vec<Sat>,
    answer_of: Memo<ConditionId, u32>,
    /// Keys, a separator, and tests.
    questions: Interner<Box<[u32]>>,
    cells: boxcar::Vec<Option<Cells>>,
    cells_of: Memo<u32, u32>,
    pub(super) simplified: Memo<ConditionId, ConditionId>,
    classes: Memo<KeyId, u8>,
}

/// The leaves of a formula.
#[derive(Default)]
struct Leaves {
    /// Tests of one key, as nodes, by key.
    tests: Vec<(KeyId, Vec<u32>)>,
    /// All others.
    others: Vec<u32>,
}

impl Conditions {
    /// Whether some context makes `condition` hold. Open readings and missing data may come out either way.
    pub fn satisfiable(&self, condition: ConditionId) -> &Sat {
        if condition.is_never() {
            return &Sat::No;
        }
        let solver = &self.solver;
        let at = solver.answer_of.get_or(condition, || solver.answers.push(self.decide(condition)) as u32);
        solver.answers.get(at as usize).unwrap_or(&Sat::Unproved)
    }

    fn decide(&self, condition: ConditionId) -> Sat {
        if condition.is_always() {
            return Sat::Yes(Witness::default());
        }
        match self.node(condition) {
            Node::All(members) if !condition.is_complement() => {
                let parts = self.independent_parts(members);
                if parts.len() > 1 { self.decide_all(&parts) } else { self.decide_part(condition) }
            }
            _ => self.decide_part(condition),
        }
    }

    /// A conjunction of formulas about different things: a context for each is a context for all.
    fn decide_all(&self, parts: &[ConditionId]) -> Sat {
        let mut witness = Some(Witness::default());
        for &part in parts {
            match (self.satisfiable(part), &mut witness) {
                (Sat::No, _) => return Sat::No,
                (Sat::Unproved, _) => witness = None,
                (Sat::Yes(more), Some(witness)) => {
                    witness.keys.extend_from_slice(&more.keys);
                    witness.doubts.extend_from_slice(&more.doubts);
                    witness.missing.extend_from_slice(&more.missing);
                }
                (Sat::Yes(_), None) => {}
            }
        }
        let Some(mut witness) = witness else { return Sat::Unproved };
        witness.keys.sort_unstable();
        witness.doubts.sort_unstable();
        witness.missing.sort_unstable();
        Sat::Yes(witness)
    }

    /// The members of a conjunction, those joined that share keys, coupled keys or unknowns; none if that is all of them.
    pub(super) fn independent_parts(&self, members: &[ConditionId]) -> Vec<ConditionId> {
        let mut part_of: Vec<usize> = (0..members.len()).collect();
        let mut owner: FxHashMap<(u8, u32), usize> = FxHashMap::default();
        for (at, &member) in members.iter().enumerate() {
            let keys = self.keys(member).iter().map(|&key| match self.class(key) {
                0 => (0, key.0),
                class => (1, class.into()),
            });
            let doubts = self.doubts(member).iter().map(|&doubt| match self.asks_for_string(doubt) {
                true => (4, 0),
                false => (2, doubt.0),
            });
            let missing = self.missing_in(member).iter().map(|missing| (3, missing.0));
            for topic in keys.chain(doubts).chain(missing) {
                let first = *owner.entry(topic).or_insert(at);
                let (from, to) = (root(&part_of, at), root(&part_of, first));
                if let Some(slot) = part_of.get_mut(from) {
                    *slot = to;
                }
            }
        }
        let mut parts: Vec<(usize, Vec<ConditionId>)> = Vec::new();
        for (at, &member) in members.iter().enumerate() {
            let part = root(&part_of, at);
            match parts.iter_mut().find(|(other, _)| *other == part) {
                Some((_, members)) => members.push(member),
                None => parts.push((part, vec![member])),
            }
        }
        if parts.len() < 2 {
            return Vec::new();
        }
        parts.into_iter().map(|(_, members)| self.and_all(members)).collect()
    }

    /// Keys of one class may be coupled; 0: never.
    pub(super) fn class(&self, key: KeyId) -> u8 {
        self.solver.classes.get_or(key, || coupling::class(&self.key_of(key).name))
    }

    fn decide_part(&self, condition: ConditionId) -> Sat {
        let mut leaves = Leaves::default();
        self.collect(condition, &mut leaves, &mut FxHashSet::default());
        let tests = leaves.tests.iter().flat_map(|(_, nodes)| nodes).copied();
        if let Some(fewer) = self.with_fewer_accounts(condition, tests) {
            return self.satisfiable(fewer).clone();
        }
        let mut search = Search::new(self, condition);
        for node in leaves.others {
            search.add_leaf(node);
        }
        let mut tests = leaves.tests;
        tests.sort_unstable();
        let tags = self.add_tag_tests(&mut tests);
        for keys in self.grouped(tests) {
            self.add_group(&mut search, keys);
        }
        for (request_tag, listed, with_values) in tags {
            search.require_listed(request_tag, listed, with_values);
        }
        search.run()
    }

    fn collect(&self, condition: ConditionId, leaves: &mut Leaves, seen: &mut FxHashSet<u32>) {
        let node = condition.node();
        if !seen.insert(node) {
            return;
        }
        match self.node(condition) {
            Node::Always => {}
            Node::All(members) => members.iter().for_each(|&member| self.collect(member, leaves, seen)),
            Node::Test(test) if !test.has_variables() => {
                match leaves.tests.iter_mut().find(|(key, _)| *key == test.key) {
                    Some((_, nodes)) => nodes.push(node),
                    None => leaves.tests.push((test.key, vec![node])),
                }
            }
            _ => leaves.others.push(node),
        }
    }

    /// Adds, for each `aws:RequestTag/k` tested beside `aws:TagKeys`, the test whether `k` is listed. Returns the tag's key
    /// with that test, and whether what is listed has a value.
    fn add_tag_tests(&self, tests: &mut [(KeyId, Vec<u32>)]) -> Vec<(KeyId, u32, bool)> {
        let keys: Vec<KeyId> = tests.iter().map(|(key, _)| *key).collect();
        let mut listed = Vec::new();
        for (tag_keys, nodes) in tests {
            for &key in &keys {
                let (of_tag, of_list) = (self.key_of(key), self.key_of(*tag_keys));
                let Some(tag) = coupling::tag_of(&of_tag.name, &of_list.name) else { continue };
                if !of_tag.goes_beside(of_list) {
                    continue;
                }
                let test = Test {
                    quantifier: Quantifier::ForAnyValue,
                    ..Test::of(*tag_keys, Operator::StringEqualsIgnoreCase, ignoring_case(tag))
                };
                let node = self.test_atom(test).node();
                listed.push((key, node, self.key_of(*tag_keys).with_values));
                nodes.push(node);
            }
            nodes.sort_unstable();
            nodes.dedup();
        }
        listed
    }

    /// The keys with their tests, those of one bundle together.
    fn grouped(&self, tests: Vec<(KeyId, Vec<u32>)>) -> Vec<Vec<Member>> {
        let mut groups: Vec<(Option<BundleOf>, Vec<Member>)> = Vec::new();
        for (key, nodes) in tests {
            let Key { name, resource, .. } = self.key_of(key);
            let bundle = coupling::bundle(name);
            let member = (bundle.map_or(0, |(_, place)| place), key, nodes);
            let bundle = bundle.map(|(bundle, _)| (bundle, *resource));
            match groups.iter_mut().find(|(other, _)| bundle.is_some() && *other == bundle) {
                Some((_, members)) => members.push(member),
                None => groups.push((bundle, vec![member])),
            }
        }
        for (_, members) in &mut groups {
            members.sort_unstable();
        }
        groups.into_iter().map(|(_, members)| members).collect()
    }

    fn add_group<'a>(&'a self, search: &mut Search<'a>, members: Vec<(usize, KeyId, Vec<u32>)>) {
        if members.len() > 1
            && let Some(cells) = self.cells(&members)
        {
            let keys = members.iter().map(|(_, key, _)| *key).collect();
            search.add_group(keys, members.into_iter().flat_map(|(_, _, nodes)| nodes), cells);
            return;
        }
        for member in members {
            let (_, key, nodes) = member.clone();
            if let Some(cells) = self.cells(&[member]) {
                search.add_group(vec![key], nodes, cells);
            }
        }
    }

    /// The cells of a key, or of the keys of a bundle; `None` if the bundle cannot be looked at as one.
    fn cells(&self, members: &[(usize, KeyId, Vec<u32>)]) -> Option<&Cells> {
        let solver = &self.solver;
        let words = members
            .iter()
            .flat_map(|(_, key, nodes)| [u32::MAX, key.0].into_iter().chain(nodes.iter().copied()));
        let question = solver.questions.intern(words.collect());
        let at = solver.cells_of.get_or(question, || {
            let mut tests: Vec<_> =
                members.iter().map(|(_, key, nodes)| KeyTests::new(self, *key, nodes)).collect();
            let cells = match (tests.len(), members.first()) {
                (1, _) => tests.pop().map(key_cells),
                (_, Some((_, first, _))) => {
                    let places: Vec<usize> = members.iter().map(|(place, ..)| *place).collect();
                    let bundle = coupling::bundle(&self.key_of(*first).name);
                    bundle.and_then(|(bundle, _)| bundle_cells(bundle, &places, &tests))
                }
                _ => None,
            };
            solver.cells.push(cells) as u32
        });
        solver.cells.get(at as usize)?.as_ref()
    }
}

fn root(part_of: &[usize], mut at: usize) -> usize {
    while let Some(&next) = part_of.get(at).filter(|&&next| next != at) {
        at = next;
    }
    at
}
