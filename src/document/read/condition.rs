//! Reads the `Condition` element (S-GRAM-06, S-GRAM-12, S-GRAM-18, S-GRAM-24, S-COND-04, S-COND-51, U-46).

use std::borrow::Cow;
use std::cmp::Ordering;

use super::Reader;
use super::lists::OneOrMany;
use super::statement::Elements;
use crate::document::json::{Kind, Member, Value};
use crate::document::model::{Condition, ConditionValue, Malformed, Test, Version};
use crate::document::operator::{Comparison, Operator, OperatorName, SetOperator};
use crate::document::problem::{Fault, Problem, ProblemCode, Quoted};
use crate::document::span::Spanned;
use crate::document::value;
use crate::document::variable::{has_variable, misplaced};

/// A test in the place of something that cannot be read.
pub(super) fn condition_of_unknown_outcome<'a>(place: Value<'_, 'a>) -> Condition<'a> {
    let nothing = Spanned::new(Cow::Borrowed(""), place.span());
    Condition { block: 0, operator: nothing.clone(), key: nothing, test: Test::Malformed, has_twin: false }
}

impl Reader {
    pub(super) fn conditions<'a>(
        &mut self,
        elements: &mut Elements,
        value: Value<'_, 'a>,
    ) -> Vec<Condition<'a>> {
        let Some(members) = value.members() else {
            self.wrong_type(value, "`Condition`", "an object");
            return vec![condition_of_unknown_outcome(value)];
        };
        let blocks: Vec<Member> = members.collect();
        let standings = self.standings(&blocks, elements);
        let mut conditions = Vec::new();
        for (block, (index, &member)) in (0..).zip(blocks.iter().enumerate()) {
            let standing = standings.get(index).copied().unwrap_or_default();
            let name = member.key.text().unwrap_or_default();
            let operator = self.operator(member.key, &name).filter(|_| !standing.is_repeated);
            let operator_text = Spanned::new(name, member.key.span());
            let Some(keys) = member.value.members() else {
                self.wrong_type(member.value, "an operator's block", "an object from keys to values");
                let nothing = Spanned::new(Cow::Borrowed(""), member.value.span());
                let test = Test::Malformed;
                conditions.push(Condition {
                    block,
                    operator: operator_text,
                    key: nothing,
                    test,
                    has_twin: false,
                });
                continue;
            };
            let keys: Vec<Member> = keys.collect();
            let standings = self.standings(&keys, elements);
            for (index, &member) in keys.iter().enumerate() {
                let standing = standings.get(index).copied().unwrap_or_default();
                if let Some(&twin) = standing.twin.and_then(|twin| keys.get(twin)) {
                    self.twin(member.key, twin.key);
                }
                let key = member.key.text().unwrap_or_default();
                let is_readable = self.is_key_readable(member.key, &key) && !standing.is_repeated;
                let test = match operator.filter(|_| is_readable) {
                    Some(operator) => Test::Readable { operator, values: self.values(operator, member) },
                    None => Test::Malformed,
                };
                let key = Spanned::new(key, member.key.span());
                let operator = operator_text.clone();
                conditions.push(Condition { block, operator, key, test, has_twin: standing.has_twin });
            }
        }
        conditions
    }

    fn operator(&mut self, key: Value, name: &str) -> Option<Operator> {
        let operator = match Operator::read(name) {
            OperatorName::Exact(operator) => operator,
            OperatorName::OddCase(operator) => {
                let message = format!("{} is written `{}`", Quoted(name), operator.name());
                self.report(key, Fault::warning(ProblemCode::OperatorCase, message));
                operator
            }
            OperatorName::Unknown => {
                let message = format!("{} is not a condition operator", Quoted(name));
                let fault = Fault::error(ProblemCode::UnknownOperator, message);
                let fault = match Operator::nearest(name) {
                    _ if name.ends_with("NullIfExists") => fault.with_help("`Null` takes no `IfExists`"),
                    Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
                    None => fault,
                };
                self.report(key, fault);
                return None;
            }
        };
        let oddity = match operator {
            Operator { set: Some(SetOperator::ForAllValues), comparison: Comparison::Null, .. } => {
                "is always true"
            }
            Operator { set: Some(SetOperator::ForAnyValue), comparison: Comparison::Null, .. } => {
                "is never true"
            }
            Operator { set: Some(SetOperator::ForAnyValue), if_exists: true, .. } => {
                "has no documented outcome where the key is absent"
            }
            _ => return Some(operator),
        };
        self.report(key, Fault::warning(ProblemCode::OddTest, format!("{} {oddity}", Quoted(name))));
        Some(operator)
    }

    fn is_key_readable(&mut self, key: Value, text: &str) -> bool {
        let is_readable = self.version == Version::V2008 || !has_variable(text);
        if !is_readable {
            self.report(key, misplaced(text, "in a condition key, where variables do not work"));
        }
        is_readable
    }

    fn values<'a>(&mut self, operator: Operator, member: Member<'_, 'a>) -> Vec<ConditionValue<'a>> {
        let values: Vec<_> =
            OneOrMany::of(member.value).map(|value| self.value(operator.comparison, value)).collect();
        if values.is_empty() {
            let fault = if operator.set.is_none() && !operator.if_exists {
                Fault::error(
                    ProblemCode::EmptyList,
                    "the list of values is empty, and what that means is not documented",
                )
            } else if operator.set == Some(SetOperator::ForAnyValue) {
                Fault::warning(
                    ProblemCode::EmptyList,
                    "the list of values is empty, so the test is never true",
                )
            } else {
                Fault::warning(
                    ProblemCode::EmptyList,
                    "the list of values is empty, so the test is true only where the key is absent",
                )
            };
            self.report(member.value, fault);
        }
        values
    }

    fn value<'a>(&mut self, comparison: Comparison, value: Value<'_, 'a>) -> ConditionValue<'a> {
        let text: Cow<'a, str> = match value.kind() {
            Kind::String(text) => text,
            Kind::Number(_) | Kind::Boolean(_) => value.source().into(),
            Kind::Null | Kind::Array(_) | Kind::Object(_) => {
                self.wrong_type(value, "a condition value", "a string, a number or a boolean");
                return ConditionValue::Malformed(Box::new(Malformed::of(value)));
            }
        };
        let (reading, fault) = value::read(&text, comparison, self.version);
        if let Some(fault) = fault {
            self.report(value, fault);
        }
        match reading {
            value::ValueReading::Text => ConditionValue::Text(Spanned::new(text, value.span())),
            value::ValueReading::Malformed => ConditionValue::Malformed(Box::new(Malformed::of(value))),
        }
    }

    /// How each key stands to the other keys of its object; repeated keys are noted. Empty for a
    /// key that stands alone.
    fn standings(&mut self, members: &[Member], elements: &mut Elements) -> Vec<Standing> {
        if members.len() < 2 {
            return Vec::new();
        }
        let mut standings = vec![Standing::default(); members.len()];
        let keys: Vec<Cow<str>> =
            members.iter().map(|member| member.key.text().unwrap_or_default()).collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&left, &right| {
            let (left_key, right_key) = (&keys[left], &keys[right]);
            fold_case(left_key, right_key).then_with(|| left_key.cmp(right_key)).then(left.cmp(&right))
        });
        for twins in order.chunk_by(|&left, &right| keys[left].eq_ignore_ascii_case(&keys[right])) {
            for same in twins.chunk_by(|&left, &right| keys[left] == keys[right]) {
                let Some((&first, repeats)) = same.split_first() else { continue };
                for &index in same {
                    standings[index].is_repeated = same.len() > 1;
                    standings[index].has_twin = same.len() < twins.len();
                }
                for &index in repeats {
                    self.repeated(members[index].key, members[first].key);
                    elements.mark(ProblemCode::DuplicateKey);
                }
                let leader = twins.iter().copied().min().unwrap_or(first);
                standings[first].twin = (leader != first).then_some(leader);
            }
        }
        standings
    }

    /// Two condition keys that differ only by case (S-GRAM-24).
    fn twin(&mut self, key: Value, twin: Value) {
        let (text, twin_text) = (key.text().unwrap_or_default(), twin.text().unwrap_or_default());
        let message = format!("the keys {} and {} differ only by case", Quoted(&twin_text), Quoted(&text));
        let problem = Problem::error(ProblemCode::DuplicateConditionKey, message, key.place())
            .with_help("condition keys ignore case; put the values into one list")
            .with_also(twin.place());
        self.problems.push(problem);
    }
}

/// How a key stands to the other keys of its object.
#[derive(Clone, Copy, Default)]
struct Standing {
    /// Another is equal.
    is_repeated: bool,
    /// Another differs only by case.
    has_twin: bool,
    /// The first of those, unless it is this one.
    twin: Option<usize>,
}

fn fold_case(left: &str, right: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}
