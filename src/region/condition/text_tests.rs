//! What a condition can tell of the value of one key that it only compares with texts and patterns.

use rustc_hash::FxHashSet;

use super::formula::{ConditionId, Conditions, Node};
use super::key::KeyId;
use super::operator::Family;
use super::program::Program;

/// The tests of one key in a condition, none of which does more than to compare it with texts and patterns.
///
/// Single values that are not empty come to the same under the condition if they match the same tests, and both are ARNs
/// or both are none.
#[derive(Debug, Default)]
pub struct TextTests<'a> {
    programs: Vec<&'a Program>,
}

impl Conditions {
    /// The tests of `key` in `condition`; `None` if one of them reads the value otherwise than as text, or compares it
    /// with another key.
    pub fn text_tests(&self, condition: ConditionId, key: KeyId) -> Option<TextTests<'_>> {
        let mut tests = TextTests::default();
        let mut seen = FxHashSet::default();
        let mut left = vec![condition];
        while let Some(next) = left.pop() {
            if !self.contains_key(next, key) || !seen.insert(next.node()) {
                continue;
            }
            match self.node(next) {
                Node::Always | Node::Doubt(_) | Node::Missing(_) => {}
                Node::All(members) => left.extend(members),
                Node::Test(_) => {
                    let (test, program) = self.program(next.node())?;
                    let text = matches!(test.operator.family(), Family::Text | Family::Arn | Family::Null);
                    if test.key != key || test.has_variables() || !text {
                        return None;
                    }
                    tests.programs.push(program);
                }
            }
        }
        Some(tests)
    }

    /// How the texts begin that `condition` compares `key` with, where they hold no variables.
    pub fn beginnings_of(&self, condition: ConditionId, key: KeyId) -> Vec<String> {
        let tests = self.tests_of(condition, key);
        let programs = tests.iter().filter_map(|test| self.program(test.node()));
        programs.flat_map(|(_, program)| program.patterns()).map(|glob| glob.beginning().to_owned()).collect()
    }

    /// The whole numbers, none below 0, that `condition` compares `key` with; `None` if it compares it with no numbers.
    pub fn numbers_of(&self, condition: ConditionId, key: KeyId) -> Option<Vec<u64>> {
        let tests = self.tests_of(condition, key);
        let programs = tests.iter().filter_map(|test| self.program(test.node()));
        let mut numeric = programs.filter(|(test, _)| test.operator.family() == Family::Number).peekable();
        numeric.peek()?;
        Some(numeric.flat_map(|(_, program)| &program.numbers).filter_map(|number| number.whole()).collect())
    }
}

impl TextTests<'_> {
    /// Texts with one of which every value begins that matches any test; none of them begins another.
    pub fn beginnings(&self) -> Vec<String> {
        let patterns = self.programs.iter().flat_map(|program| program.patterns());
        let mut beginnings: Vec<String> = patterns.map(|glob| glob.beginning().to_owned()).collect();
        beginnings.sort_unstable();
        beginnings.dedup_by(|next, kept| next.starts_with(&**kept));
        beginnings
    }

    /// Which of the tests a value matches.
    pub fn matched_by(&self, value: &str) -> Box<[bool]> {
        self.programs.iter().map(|program| program.finds(value)).collect()
    }
}
