//! Hash-consed formulas: conjunctions, and complements that cost nothing.
//!
//! Only conjunctions are stored. The lowest bit of a [`ConditionId`] says *complement*, so `not` flips a bit and a
//! disjunction is the complement of a conjunction of complements.

use rustc_hash::FxHashMap;

use crate::region::interner::{Interner, Memo};
use crate::region::resource::ResourceSetId;
use crate::region::strings::Strings;

use super::key::{Key, KeyId};
use super::program::Program;
use super::solve::Solver;
use super::support::Support;
use super::test::{Doubt, DoubtClass, DoubtId, MissingId, Test};

/// An interned formula. Equal ids have equal meaning. Statements share its atoms, so one unknown is one (S-TRI-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConditionId(u32);

impl ConditionId {
    /// The id as an index into a table with room for every id of the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Holds in every context.
    pub const ALWAYS: Self = Self(0);
    /// Holds in no context. A formula with another id may be empty too: see [`Conditions::satisfiable`].
    pub const NEVER: Self = Self(1);

    /// Whether this is [`ConditionId::ALWAYS`].
    pub fn is_always(self) -> bool {
        self == Self::ALWAYS
    }

    /// Whether this is [`ConditionId::NEVER`].
    pub fn is_never(self) -> bool {
        self == Self::NEVER
    }

    pub(super) fn complement(self) -> Self {
        Self(self.0 ^ 1)
    }

    pub(super) fn is_complement(self) -> bool {
        self.0 & 1 == 1
    }

    pub(super) fn node(self) -> u32 {
        self.0 >> 1
    }

    pub(super) fn of_node(node: u32) -> Self {
        Self(node << 1)
    }
}

impl From<bool> for ConditionId {
    fn from(value: bool) -> Self {
        if value { Self::ALWAYS } else { Self::NEVER }
    }
}

/// What an even id stands for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Always,
    Test(Test),
    Doubt(DoubtId),
    Missing(MissingId),
    /// At least two members, sorted, none of them constant, complementary to another, or itself a conjunction.
    All(Box<[ConditionId]>),
}

/// The outermost layer of a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View<'a> {
    /// Every context.
    Always,
    /// No context.
    Never,
    /// A test, or the complement of one.
    Test {
        /// The test in its positive form.
        test: &'a Test,
        /// Whether its complement is meant.
        negated: bool,
    },
    /// An open reading, or its complement.
    Doubt {
        /// The reading.
        doubt: DoubtId,
        /// Whether its complement is meant.
        negated: bool,
    },
    /// Data that was not loaded, or the complement of what it would have said.
    Missing {
        /// The data.
        missing: MissingId,
        /// Whether its complement is meant.
        negated: bool,
    },
    /// All of these hold. The order has no meaning and differs between runs.
    All(Vec<ConditionId>),
    /// One of these holds. The order has no meaning and differs between runs.
    Any(Vec<ConditionId>),
}

/// The arena of all conditions, shared between threads. It only grows.
pub struct Conditions {
    pub(super) keys: Interner<Key>,
    doubts: Interner<Doubt>,
    missing: Interner<Box<str>>,
    nodes: Interner<Node>,
    pairs: Memo<(ConditionId, ConditionId), ConditionId>,
    pub(super) supports: Interner<Support>,
    pub(super) support_of: Memo<u32, u32>,
    programs: boxcar::Vec<Program>,
    program_of: Memo<u32, u32>,
    pub(super) solver: Solver,
    /// Doubts that were settled, by the identifier in their texts.
    settled: Vec<(&'static str, bool)>,
    pub(super) empty_values: EmptyValues,
    /// What doubts about one string say of one another.
    strings: Option<Strings>,
}

/// What tests say of empty values, where that can be read in more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyValues {
    /// When a key that holds the empty string is null (S-COND-50).
    pub are_null: ConditionId,
    /// When `ForAnyValue` compares a single empty value as it does others (S-COND-50).
    pub are_compared: ConditionId,
    /// When `aws:TagKeys` without values is null (S-KEY-34).
    pub no_tags_are_null: ConditionId,
}

impl Conditions {
    /// An arena that holds the constants.
    pub fn new() -> Self {
        let nodes = Interner::new();
        nodes.intern(Node::Always);
        Self {
            keys: Interner::new(),
            doubts: Interner::new(),
            missing: Interner::new(),
            nodes,
            pairs: Memo::new(),
            supports: Interner::new(),
            support_of: Memo::new(),
            programs: boxcar::Vec::new(),
            program_of: Memo::new(),
            solver: Solver::default(),
            settled: Vec::new(),
            empty_values: EmptyValues {
                are_null: ConditionId::ALWAYS,
                are_compared: ConditionId::NEVER,
                no_tags_are_null: ConditionId::ALWAYS,
            },
            strings: None,
        }
    }

    /// The same, where doubts may ask for one string.
    pub fn asking(strings: Strings) -> Self {
        Self { strings: Some(strings), ..Self::new() }
    }

    /// That the string that is checked for an action without resource type is in a set; `text` says so.
    pub fn string_in(&self, text: &str, set: ResourceSetId) -> ConditionId {
        let doubt = self.doubt_id(DoubtClass::Reading, text);
        if let Some(strings) = &self.strings {
            strings.ask(doubt, set);
        }
        self.doubt(DoubtClass::Reading, text)
    }

    /// Whether a doubt asks for that string.
    pub(super) fn asks_for_string(&self, doubt: DoubtId) -> bool {
        self.strings.as_ref().is_some_and(|strings| strings.is_asked_by(doubt))
    }

    /// Whether two doubts can come out like this.
    pub(super) fn go_together(&self, one: (DoubtId, bool), other: (DoubtId, bool)) -> bool {
        self.strings.as_ref().is_none_or(|strings| strings.go_together(one, other))
    }

    /// Says how doubts and missing data come out whose texts begin with an identifier, after a place or at once.
    pub fn settle(&mut self, question: &'static str, holds: bool) {
        self.settled.push((question, holds));
    }

    /// Says what tests make of empty values; before any test is read.
    pub fn read_empty_values(&mut self, reading: EmptyValues) {
        self.empty_values = reading;
    }

    /// How doubts with an identifier come out, if that was settled.
    pub(super) fn settled(&self, question: &str) -> Option<bool> {
        self.settled.iter().find(|(known, _)| *known == question).map(|(_, holds)| *holds)
    }

    fn settled_by(&self, text: &str) -> Option<ConditionId> {
        if self.settled.is_empty() {
            return None;
        }
        let (question, _) =
            text.split_once(": ").filter(|(start, _)| start.starts_with("U-")).or_else(|| {
                let (_, rest) = text.split_once(": U-")?;
                let question = text.get(text.len() - rest.len() - "U-".len()..)?;
                question.split_once(": ")
            })?;
        self.settled(question).map(ConditionId::from)
    }

    /// The id of a key.
    pub fn key(&self, key: Key) -> KeyId {
        KeyId(self.keys.intern(key))
    }

    /// Every key that was named so far.
    pub fn keys_so_far(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// The key behind an id.
    pub fn key_of(&self, key: KeyId) -> &Key {
        self.keys.get(key.0)
    }

    /// The open reading with this class and text, as a formula.
    pub fn doubt(&self, class: DoubtClass, text: &str) -> ConditionId {
        self.settled_by(text).unwrap_or_else(|| self.node_id(Node::Doubt(self.doubt_id(class, text))))
    }

    /// The open reading with this class and text.
    pub fn doubt_id(&self, class: DoubtClass, text: &str) -> DoubtId {
        DoubtId(self.doubts.intern(Doubt { class, text: text.into() }))
    }

    /// What is open.
    pub fn doubt_of(&self, doubt: DoubtId) -> &Doubt {
        self.doubts.get(doubt.0)
    }

    /// Something that estate data would decide that was not loaded; `text` says which data.
    pub fn missing(&self, text: &str) -> ConditionId {
        let open = || self.node_id(Node::Missing(MissingId(self.missing.intern(text.into()))));
        self.settled_by(text).unwrap_or_else(open)
    }

    /// Which data is missing.
    pub fn missing_of(&self, missing: MissingId) -> &str {
        self.missing.get(missing.0)
    }

    pub(super) fn doubt_atom(&self, doubt: DoubtId) -> ConditionId {
        self.node_id(Node::Doubt(doubt))
    }

    pub(super) fn test_atom(&self, test: Test) -> ConditionId {
        self.node_id(Node::Test(test))
    }

    pub(super) fn node(&self, condition: ConditionId) -> &Node {
        self.nodes.get(condition.node())
    }

    pub(super) fn node_at(&self, node: u32) -> &Node {
        self.nodes.get(node)
    }

    /// The key that a single test looks at.
    pub(super) fn tested_key(&self, condition: ConditionId) -> Option<KeyId> {
        match self.node(condition) {
            Node::Test(test) => Some(test.key),
            _ => None,
        }
    }

    /// The values of a test that hold no variables, compiled; `None` if the node is no test.
    pub(super) fn program(&self, node: u32) -> Option<(&Test, &Program)> {
        let Node::Test(test) = self.nodes.get(node) else { return None };
        let at = self.program_of.get_or(node, || self.programs.push(Program::new(test)) as u32);
        self.programs.get(at as usize).map(|program| (test, program))
    }

    fn node_id(&self, node: Node) -> ConditionId {
        ConditionId::of_node(self.nodes.intern(node))
    }

    /// The outermost layer of `condition`.
    pub fn view(&self, condition: ConditionId) -> View<'_> {
        let negated = condition.is_complement();
        match self.node(condition) {
            Node::Always if negated => View::Never,
            Node::Always => View::Always,
            Node::Test(test) => View::Test { test, negated },
            Node::Doubt(doubt) => View::Doubt { doubt: *doubt, negated },
            Node::Missing(missing) => View::Missing { missing: *missing, negated },
            Node::All(members) if negated => {
                View::Any(members.iter().map(|member| member.complement()).collect())
            }
            Node::All(members) => View::All(members.to_vec()),
        }
    }

    /// The complement.
    pub fn not(&self, condition: ConditionId) -> ConditionId {
        condition.complement()
    }

    /// Both hold.
    pub fn and(&self, a: ConditionId, b: ConditionId) -> ConditionId {
        if a == b || b.is_always() {
            return a;
        }
        if a.is_always() {
            return b;
        }
        if a.is_never() || b.is_never() || a == b.complement() {
            return ConditionId::NEVER;
        }
        self.pairs.get_or((a.min(b), a.max(b)), || self.and_all([a, b]))
    }

    /// At least one holds.
    pub fn or(&self, a: ConditionId, b: ConditionId) -> ConditionId {
        self.and(a.complement(), b.complement()).complement()
    }

    /// All hold; none given: always.
    pub fn and_all(&self, conditions: impl IntoIterator<Item = ConditionId>) -> ConditionId {
        let mut members = Vec::new();
        for condition in conditions {
            self.add_member(condition, &mut members);
        }
        self.conjunction(members)
    }

    /// At least one holds; none given: never.
    pub fn or_all(&self, conditions: impl IntoIterator<Item = ConditionId>) -> ConditionId {
        self.and_all(conditions.into_iter().map(ConditionId::complement)).complement()
    }

    /// Adds `condition` to the members of a conjunction, a conjunction by its own members.
    fn add_member(&self, condition: ConditionId, members: &mut Vec<ConditionId>) {
        match self.node(condition) {
            Node::Always if !condition.is_complement() => {}
            Node::All(inner) if !condition.is_complement() => members.extend_from_slice(inner),
            _ => members.push(condition),
        }
    }

    /// The conjunction of flat members. What one member says is put into the disjunctions among the others.
    fn conjunction(&self, mut members: Vec<ConditionId>) -> ConditionId {
        loop {
            members.sort_unstable();
            members.dedup();
            if members.len() > 1 {
                self.join_tests(&mut members);
            }
            let clash = members.windows(2).any(|pair| matches!(pair, [a, b] if a.complement() == *b));
            if clash || members.contains(&ConditionId::NEVER) {
                return ConditionId::NEVER;
            }
            match members.as_slice() {
                [] => return ConditionId::ALWAYS,
                [one] => return *one,
                _ => {}
            }
            let reduced = members.iter().enumerate().find_map(|(index, &member)| {
                let new = self.reduce_disjunction(member, &members);
                (new != member).then_some((index, new))
            });
            let Some((index, new)) = reduced else {
                return self.node_id(Node::All(members.into()));
            };
            members.swap_remove(index);
            self.add_member(new, &mut members);
        }
    }

    /// Joins complements of tests that differ in their values only: what matches neither list matches no value of both.
    fn join_tests(&self, members: &mut Vec<ConditionId>) {
        let mut alike: FxHashMap<_, Vec<ConditionId>> = FxHashMap::default();
        for &member in members.iter().filter(|member| member.is_complement()) {
            if let Node::Test(test) = self.node(member)
                && test.is_joinable()
            {
                let but_values = (test.key, test.operator, test.quantifier, test.if_exists, test.undecided);
                alike.entry(but_values).or_default().push(member);
            }
        }
        for tests in alike.into_values().filter(|tests| tests.len() > 1) {
            members.retain(|member| !tests.contains(member));
            let mut tests = tests.into_iter().filter_map(|member| match self.node(member) {
                Node::Test(test) => Some(test),
                _ => None,
            });
            let Some(first) = tests.next() else { continue };
            let values = first.values.iter().chain(tests.flat_map(|test| &test.values)).cloned().collect();
            members.push(self.atom(Test { values, ..first.clone() }).complement());
        }
        members.sort_unstable();
        members.dedup();
    }

    /// A disjunction, without the parts that `known` (sorted) refutes; always, if `known` confirms a part.
    fn reduce_disjunction(&self, member: ConditionId, known: &[ConditionId]) -> ConditionId {
        let Node::All(refuted) = self.node(member) else { return member };
        if !member.is_complement() {
            return member;
        }
        let holds = |condition: ConditionId| known.binary_search(&condition).is_ok();
        if refuted.iter().any(|part| holds(part.complement())) {
            return ConditionId::ALWAYS;
        }
        if !refuted.iter().any(|&part| holds(part)) {
            return member;
        }
        let left: Vec<_> = refuted.iter().copied().filter(|&part| !holds(part)).collect();
        let left = match left.as_slice() {
            [] => ConditionId::ALWAYS,
            [one] => *one,
            _ => self.node_id(Node::All(left.into())),
        };
        left.complement()
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self::new()
    }
}
