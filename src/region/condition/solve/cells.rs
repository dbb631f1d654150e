//! The finitely many ways in which the tests of one key, or of keys whose values determine each other, can come out.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::coupling::Facts;
use super::values::Domain;
use crate::region::condition::formula::Conditions;
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

/// One value of a key with several.
struct Element {
    truths: Vec<Trool>,
    text: String,
    realised: bool,
}

/// Several values, and how they count together.
struct Set {
    truths: Vec<Trool>,
    texts: Vec<String>,
    realised: bool,
}

/// The tests of one key, compiled.
pub(super) struct KeyTests<'a> {
    pub(super) key: &'a Key,
    tests: Vec<(&'a Program, Undecided)>,
}

impl<'a> KeyTests<'a> {
    /// `nodes` are tests of `key` without variables.
    pub(super) fn new(conditions: &'a Conditions, key: KeyId, nodes: &[u32]) -> Self {
        let tests = nodes.iter().filter_map(|&node| conditions.program(node));
        let tests = tests.map(|(test, program)| (program, test.undecided));
        Self { key: conditions.key_of(key), tests: tests.collect() }
    }

    pub(super) fn programs(&self) -> impl Iterator<Item = &'a Program> + use<'a, '_> {
        self.tests.iter().map(|(program, _)| *program)
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
        let outcome = |(program, undecided): &(&Program, Undecided)| {
            outcome(program.holds(&values).unwrap_or(Trool::Unknown), *undecided)
        };
        self.tests.iter().map(outcome).collect()
    }

    /// The values that show all that the tests can tell apart; absence and the empty text included where the key allows.
    pub(super) fn values(&self) -> (Vec<KeyValue>, bool) {
        let found = Domain::new(self.key, self.programs()).texts();
        let complete = found.complete && found.vague.is_empty();
        if self.key.multivalued {
            let (sets, all) = self.sets(found.texts);
            let absent = self.may_lack().then_some(KeyValue::Absent);
            return (absent.into_iter().chain(sets).collect(), complete && all);
        }
        (self.without_value().chain(found.texts.into_iter().map(KeyValue::One)).collect(), complete)
    }

    /// Absence and emptiness, where the key allows them.
    fn without_value(&self) -> impl Iterator<Item = KeyValue> {
        let absent = self.may_lack().then_some(KeyValue::Absent);
        let one_empty = KeyValue::One(String::new());
        let empty = if self.key.multivalued { KeyValue::Many(vec![String::new()]) } else { one_empty };
        absent.into_iter().chain(self.may_be_empty().then_some(empty))
    }

    /// Sets of texts that show all that the tests can tell apart, and whether no limit was reached.
    pub(super) fn sets(&self, texts: Vec<String>) -> (Vec<KeyValue>, bool) {
        let elements =
            texts.into_iter().map(|text| Element { truths: self.element(&text), text, realised: true });
        let Some(sets) = self.joined(elements.collect()) else { return (Vec::new(), false) };
        let empty = self.may_be_empty().then(|| KeyValue::Many(vec![String::new()]));
        (empty.into_iter().chain(sets.into_iter().map(|set| KeyValue::Many(set.texts))).collect(), true)
    }

    /// The sets of elements that differ in how they count; `None` if a limit is reached.
    ///
    /// A set operator looks only at how each of its elements comes out, so sets grow by one element as long as that shows
    /// something new. The empty text counts as a value beside others only.
    fn joined(&self, elements: Vec<Element>) -> Option<Vec<Set>> {
        let mut seen = FxHashSet::default();
        let mut elements: Vec<Element> =
            elements.into_iter().filter(|element| seen.insert(element.truths.clone())).collect();
        let set = |element: &Element| Set {
            truths: element.truths.clone(),
            texts: vec![element.text.clone()],
            realised: element.realised,
        };
        let mut sets: Vec<Set> = elements.iter().map(set).collect();
        if self.may_be_empty() {
            elements.push(Element { truths: self.element(""), text: String::new(), realised: true });
        }
        // What elements with a known value bring about comes first.
        for realised in [true, false] {
            let mut at = 0;
            while at < sets.len() {
                for element in elements.iter().filter(|element| element.realised || !realised) {
                    let Some(set) = sets.get(at).filter(|set| set.realised || !realised) else { continue };
                    let truths = self.join(&set.truths, &element.truths);
                    if seen.insert(truths.clone()) {
                        let texts = set.texts.iter().chain([&element.text]).cloned().collect();
                        sets.push(Set { truths, texts, realised: set.realised && element.realised });
                    }
                }
                at += 1;
                if sets.len() > MAX_CELLS {
                    return None;
                }
            }
        }
        Some(sets)
    }

    /// What tests may make of a text with an offset that looks like `vague`, and is the given instant: tests of instants
    /// come out as there, all others as for `vague`.
    fn vague_element(&self, vague: &str, instant: &str) -> Element {
        let truth = |program: &Program| {
            program.element(if program.operator.family() == Family::Date { instant } else { vague })
        };
        Element { truths: self.programs().map(truth).collect(), text: vague.to_owned(), realised: false }
    }

    fn outcomes_of(&self, truths: &[Trool]) -> Vec<Outcome> {
        self.tests.iter().zip(truths).map(|((_, undecided), &truth)| outcome(truth, *undecided)).collect()
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
        let facts = self.keys.iter().zip(&values).map(|(tests, value)| Facts::of(&tests.key.name, value));
        let facts: Vec<_> = facts.collect();
        if self.seen.insert((outcomes.clone(), facts), ()).is_none() {
            self.found.cells.push(Cell { outcomes: outcomes.into(), values: values.into(), realised: true });
        }
    }

    /// Adds a cell of one key that no value is known to bring about.
    fn add_unrealised(&mut self, outcomes: Vec<Outcome>, value: KeyValue) {
        let facts = self.keys.iter().map(|tests| Facts::of(&tests.key.name, &value)).collect();
        if self.seen.insert((outcomes.clone(), facts), ()).is_none() {
            self.found.cells.push(Cell {
                outcomes: outcomes.into(),
                values: [value].into(),
                realised: false,
            });
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
    let [tests] = &keys;
    let mut collector = Collector::new(&keys);
    let found = Domain::new(tests.key, tests.programs()).texts();
    if !found.complete {
        collector.incomplete();
    }
    for value in tests.without_value() {
        collector.add(vec![value]);
    }
    let vague_texts =
        found.vague.iter().flat_map(|text| found.instants.iter().map(move |instant| (text, instant)));
    let vague: Vec<Element> = vague_texts.map(|(text, instant)| tests.vague_element(text, instant)).collect();
    let texts = found.texts.iter().chain(&found.vague);
    if tests.key.multivalued {
        let elements =
            texts.map(|text| Element { truths: tests.element(text), text: text.clone(), realised: true });
        let Some(sets) = tests.joined(elements.chain(vague).collect()) else {
            collector.incomplete();
            return collector.finish();
        };
        for set in sets {
            match set.realised {
                true => collector.add(vec![KeyValue::Many(set.texts)]),
                false => collector.add_unrealised(tests.outcomes_of(&set.truths), KeyValue::Many(set.texts)),
            }
        }
    } else {
        texts.for_each(|text| collector.add(vec![KeyValue::One(text.clone())]));
        for element in vague {
            collector.add_unrealised(tests.outcomes_of(&element.truths), KeyValue::One(element.text));
        }
    }
    collector.finish()
}
