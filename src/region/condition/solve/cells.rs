//! The finitely many ways in which the tests of one key, or of keys whose values determine each other, can come out.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::coupling::Facts;
use super::texts::Texts;
use super::values::Domain;
use crate::region::condition::formula::{Conditions, Node};
use crate::region::condition::key::{Key, KeyId, KeyType, KeyValue};
use crate::region::condition::operator::{Family, Quantifier};
use crate::region::condition::program::Program;
use crate::region::condition::test::{DoubtId, Trool, Undecided};

/// How many ways are told apart before the answer is left open.
const MAX_CELLS: usize = 8_192;

/// What a test is worth on a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Outcome {
    False,
    True,
    /// As an open reading comes out.
    Doubt(DoubtId),
}

/// One way in which tests come out, and values that bring it about.
#[derive(Debug, Clone)]
pub(in super::super) struct Cell {
    /// In the order of the tests.
    pub(super) outcomes: Box<[Outcome]>,
    /// In the order of the keys.
    pub(super) values: Box<[KeyValue]>,
    /// Whether the values bring it about; else it is only not excluded.
    pub(super) realised: bool,
}

/// All ways, or as many as the limits let through.
#[derive(Debug, Default)]
pub(in super::super) struct Cells {
    pub(super) cells: Vec<Cell>,
    pub(super) complete: bool,
}

/// The tests of one key, compiled.
pub(super) struct KeyTests<'a> {
    pub(super) key: &'a Key,
    tests: Vec<(Program, Undecided)>,
}

impl<'a> KeyTests<'a> {
    /// `nodes` are tests of `key` without variables.
    pub(super) fn new(conditions: &'a Conditions, key: KeyId, nodes: &[u32]) -> Self {
        let tests = nodes.iter().filter_map(|&node| match conditions.node_at(node) {
            Node::Test(test) => Some((Program::new(test), test.undecided)),
            _ => None,
        });
        Self { key: conditions.key_of(key), tests: tests.collect() }
    }

    pub(super) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.tests.iter().map(|(program, _)| program)
    }

    /// Whether the key can lack a value: be absent, or empty where its type is text.
    pub(super) fn may_lack(&self) -> bool {
        !self.key.always_present
    }

    /// Tags can be empty (S-COND-50), and so can what callers write; the other global keys hold names and ids.
    fn may_be_empty(&self) -> bool {
        let name = &*self.key.name;
        let is_global_name = name.starts_with("aws:") && !name.contains('/') && name != "aws:referer";
        self.may_lack() && self.key.ty == KeyType::String && !is_global_name
    }

    /// What the tests make of a value. Several values without set operator are no value of a single-valued key.
    pub(super) fn outcomes(&self, value: &KeyValue) -> Vec<Outcome> {
        let values: Vec<Cow<'_, str>> = match value {
            KeyValue::Absent => Vec::new(),
            KeyValue::One(text) => vec![Cow::Borrowed(text)],
            KeyValue::Many(texts) => texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect(),
        };
        let outcome = |(program, undecided): &(Program, Undecided)| {
            outcome(program.holds(&values).unwrap_or(Trool::Unknown), *undecided)
        };
        self.tests.iter().map(outcome).collect()
    }

    /// The values that show all that the tests can tell apart; absence and the empty text included where the key allows.
    pub(super) fn values(&self) -> (Vec<KeyValue>, bool) {
        self.values_of(Domain::new(self.key, self.programs()).texts())
    }

    fn values_of(&self, found: Texts) -> (Vec<KeyValue>, bool) {
        let mut values = Vec::new();
        if self.may_lack() {
            values.push(KeyValue::Absent);
        }
        if self.key.multivalued {
            let (sets, complete) = self.sets(found.texts);
            values.extend(sets);
            return (values, complete && found.complete && found.vague.is_empty());
        }
        if self.may_be_empty() {
            values.push(KeyValue::One(String::new()));
        }
        values.extend(found.texts.into_iter().map(KeyValue::One));
        (values, found.complete)
    }

    /// Sets of texts that show all that the tests can tell apart.
    ///
    /// A set operator looks only at how each of its elements comes out, so sets grow by one element as long as that shows
    /// something new.
    pub(super) fn sets(&self, texts: Vec<String>) -> (Vec<KeyValue>, bool) {
        let mut elements: Vec<(Vec<Trool>, String)> = Vec::new();
        let mut known = FxHashSet::default();
        let empty = self.may_be_empty().then(String::new);
        for text in texts.into_iter().chain(empty.clone()) {
            let truths = self.element(&text);
            // The empty text counts differently alone, so it stands for itself.
            if text.is_empty() || known.insert(truths.clone()) {
                elements.push((truths, text));
            }
        }
        let mut sets: Vec<(Vec<Trool>, Vec<String>)> = Vec::new();
        let mut seen = FxHashSet::default();
        for (truths, text) in elements.iter().filter(|(_, text)| !text.is_empty()) {
            if seen.insert(truths.clone()) {
                sets.push((truths.clone(), vec![text.clone()]));
            }
        }
        let mut at = 0;
        while let Some((truths, texts)) = sets.get(at).cloned() {
            for (more, text) in &elements {
                let joined = self.join(&truths, more);
                if seen.insert(joined.clone()) {
                    sets.push((joined, texts.iter().chain([text]).cloned().collect()));
                }
            }
            at += 1;
            if sets.len() > MAX_CELLS {
                return (Vec::new(), false);
            }
        }
        let only_empty = empty.map(|text| KeyValue::Many(vec![text]));
        (
            only_empty.into_iter().chain(sets.into_iter().map(|(_, texts)| KeyValue::Many(texts))).collect(),
            true,
        )
    }

    /// How one element of a set counts for each test.
    pub(super) fn element(&self, text: &str) -> Vec<Trool> {
        self.programs().map(|program| program.element(text)).collect()
    }

    /// How a set counts that is made of two.
    pub(super) fn join(&self, a: &[Trool], b: &[Trool]) -> Vec<Trool> {
        let join = |((program, &a), &b): ((&Program, &Trool), &Trool)| match program.quantifier {
            Quantifier::ForAllValues => a.and(b),
            Quantifier::ForAnyValue => a.or(b),
            Quantifier::None if a == b => a,
            Quantifier::None => Trool::Unknown,
        };
        self.programs().zip(a).zip(b).map(join).collect()
    }
}

fn outcome(truth: Trool, undecided: Undecided) -> Outcome {
    match (truth, undecided) {
        (Trool::False, _) | (Trool::Unknown, Undecided::False) => Outcome::False,
        (Trool::True, _) | (Trool::Unknown, Undecided::True) => Outcome::True,
        (Trool::Unknown, Undecided::Doubt(doubt)) => Outcome::Doubt(doubt),
    }
}

/// Gathers cells, one for each way to come out.
pub(super) struct Collector<'a> {
    keys: &'a [KeyTests<'a>],
    seen: FxHashMap<(Vec<Outcome>, Vec<Facts>), ()>,
    found: Cells,
}

impl<'a> Collector<'a> {
    pub(super) fn new(keys: &'a [KeyTests<'a>]) -> Self {
        Self { keys, seen: FxHashMap::default(), found: Cells { cells: Vec::new(), complete: true } }
    }

    /// Adds the cell of these values, one for each key.
    pub(super) fn add(&mut self, values: Vec<KeyValue>) {
        let outcomes: Vec<_> =
            self.keys.iter().zip(&values).flat_map(|(tests, value)| tests.outcomes(value)).collect();
        let facts: Vec<_> = values.iter().map(Facts::of).collect();
        if self.seen.insert((outcomes.clone(), facts), ()).is_none() {
            self.found.cells.push(Cell { outcomes: outcomes.into(), values: values.into(), realised: true });
        }
    }

    /// Adds what tests may make of a text with an offset that looks like `vague`, and is one of `instants`: tests of
    /// instants come out as there, all others as for `vague`.
    fn add_vague(&mut self, tests: &KeyTests<'_>, vague: &str, instants: &[String]) {
        let value = KeyValue::One(vague.to_owned());
        for instant in instants {
            let (as_text, as_instant) =
                (tests.outcomes(&value), tests.outcomes(&KeyValue::One(instant.clone())));
            let programs = tests.programs().zip(as_text.into_iter().zip(as_instant));
            let outcomes: Vec<_> = programs
                .map(
                    |(program, (text, instant))| {
                        if program.operator.family() == Family::Date { instant } else { text }
                    },
                )
                .collect();
            if self.seen.insert((outcomes.clone(), vec![Facts::of(&value)]), ()).is_none() {
                self.found.cells.push(Cell {
                    outcomes: outcomes.into(),
                    values: [value.clone()].into(),
                    realised: false,
                });
            }
        }
    }

    pub(super) fn incomplete(&mut self) {
        self.found.complete = false;
    }

    pub(super) fn finish(mut self) -> Cells {
        if self.found.cells.len() > MAX_CELLS {
            self.found.complete = false;
            self.found.cells.truncate(MAX_CELLS);
        }
        self.found
    }
}

/// The cells of one key.
pub(super) fn key_cells(tests: KeyTests<'_>) -> Cells {
    let keys = [tests];
    let mut collector = Collector::new(&keys);
    for tests in &keys {
        let mut found = Domain::new(tests.key, tests.programs()).texts();
        let (vague, instants) = match tests.key.multivalued {
            true => (Vec::new(), Vec::new()),
            false => (std::mem::take(&mut found.vague), std::mem::take(&mut found.instants)),
        };
        let (values, complete) = tests.values_of(found);
        if !complete {
            collector.incomplete();
        }
        for value in values {
            collector.add(vec![value]);
        }
        for text in vague {
            collector.add(vec![KeyValue::One(text.clone())]);
            collector.add_vague(tests, &text, &instants);
        }
    }
    collector.finish()
}
