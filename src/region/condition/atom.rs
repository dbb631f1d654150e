//! Tests in canonical form, so that tests of equal meaning mostly are one atom.

use super::formula::{ConditionId, Conditions};
use super::key::{KeyId, KeyType};
use super::operator::{Family, Operator, Quantifier};
use super::solve::is_epoch;
use super::template::{Piece, Template, push};
use super::test::{Test, Undecided, Value};

impl Conditions {
    /// The formula of `test`, in canonical form.
    pub(super) fn atom(&self, mut test: Test) -> ConditionId {
        if test.operator == Operator::Null {
            return self.null(test.key);
        }
        let wildcards = test.operator.takes_wildcards();
        for value in &mut test.values {
            if let Value::Template(template) = value {
                *template = canonical(template, wildcards);
            }
        }
        test.values.sort_unstable();
        test.values.dedup();
        if test.values.is_empty() {
            return match test.quantifier {
                Quantifier::ForAllValues => self.null(test.key),
                _ if test.if_exists => self.absent(test.key),
                _ => ConditionId::NEVER,
            };
        }
        if let Some(split) = self.split_variables(&test) {
            return split;
        }
        // Beside the same test without `IfExists` it is one unknown, and the other is decided.
        if test.if_exists && test.quantifier != Quantifier::ForAllValues && test.has_variables() {
            let absent = self.absent(test.key);
            return self.or(absent, self.atom(Test { if_exists: false, ..test }));
        }
        if test.operator == Operator::StringLike && test.values.iter().all(is_plain) {
            return self.atom(Test { operator: Operator::StringEquals, ..test });
        }
        let malformed = test.values.iter().any(|value| matches!(value, Value::Malformed(_)));
        if test.operator.family() == Family::Text && !malformed {
            test.undecided = Undecided::False;
        }
        if test.operator != Operator::ResourceLike || !test.has_variables() {
            test.unresolved_matches = false;
        }
        if let Some(apart) = self.apart(&test) {
            return apart;
        }
        self.test_atom(test)
    }

    /// `key` is absent, or present without a value (S-COND-13, U-41).
    pub fn null(&self, key: KeyId) -> ConditionId {
        self.test_atom(Test::of(key, Operator::Null, Vec::new()))
    }

    /// `key` is absent; the empty string is a value here.
    pub fn absent(&self, key: KeyId) -> ConditionId {
        self.test_atom(Test { if_exists: true, ..Test::of(key, Operator::StringEquals, Vec::new()) })
    }

    /// `key` is present with exactly one of `values`.
    pub fn equals<'a>(&self, key: KeyId, values: impl IntoIterator<Item = &'a str>) -> ConditionId {
        self.atom(Test::of(key, Operator::StringEquals, literals(values)))
    }

    /// `key` is present with a value that one of `patterns` matches.
    pub fn like<'a>(&self, key: KeyId, patterns: impl IntoIterator<Item = &'a str>) -> ConditionId {
        let template = |pattern: &str| Value::Template(vec![Piece::Text(pattern.into())]);
        self.atom(Test::of(key, Operator::StringLike, patterns.into_iter().map(template).collect()))
    }

    /// `key`, which may have several values, has none that does not begin with `beginning`.
    pub fn all_below(&self, key: KeyId, beginning: &str) -> ConditionId {
        let value = vec![Piece::Literal(beginning.into()), Piece::Text("*".into())];
        let test = Test::of(key, Operator::StringLike, vec![Value::Template(value)]);
        self.atom(Test { quantifier: Quantifier::ForAllValues, ..test })
    }

    pub(super) fn equals_by<'a>(
        &self,
        key: KeyId,
        operator: Operator,
        values: impl IntoIterator<Item = &'a str>,
    ) -> ConditionId {
        let operator = match operator {
            Operator::StringEqualsIgnoreCase => operator,
            _ => Operator::StringEquals,
        };
        self.atom(Test::of(key, operator, literals(values)))
    }

    /// One test per value with variables, as each compares another pair of keys: a match of any value is enough.
    fn split_variables(&self, test: &Test) -> Option<ConditionId> {
        if test.quantifier == Quantifier::ForAllValues || test.values.len() < 2 || !test.has_variables() {
            return None;
        }
        let (open, plain): (Vec<_>, Vec<_>) = test.values.iter().cloned().partition(has_variable);
        let plain = (!plain.is_empty()).then_some(plain);
        let parts = open.into_iter().map(|value| vec![value]).chain(plain);
        Some(self.or_all(parts.map(|values| self.atom(Test { values, ..test.clone() }))))
    }

    /// Whether a value of the key's type can be unreadable to the test.
    pub(super) fn can_be_undecided(&self, test: &Test) -> bool {
        let readable = match (test.operator.family(), self.key_of(test.key).ty) {
            (Family::Text | Family::Null, _)
            | (Family::Number | Family::Date, KeyType::Numeric)
            | (Family::Date, KeyType::Date)
            | (Family::Bool, KeyType::Bool)
            | (Family::Binary, KeyType::Binary)
            | (Family::Ip, KeyType::Ip)
            | (Family::Arn, KeyType::Arn) => true,
            (Family::Number, KeyType::Date) => is_epoch(self.key_of(test.key)),
            _ => false,
        };
        !readable
            || test.values.iter().any(|value| matches!(value, Value::Malformed(_)) || has_variable(value))
    }
}

impl Test {
    /// A positive test without set operator or `IfExists`, for an Allow.
    pub(super) fn of(key: KeyId, operator: Operator, values: Vec<Value>) -> Self {
        Self {
            key,
            operator,
            quantifier: Quantifier::None,
            if_exists: false,
            values,
            undecided: Undecided::False,
            unresolved_matches: false,
        }
    }
}

pub(super) fn literals<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    values.into_iter().map(|text| Value::Template(vec![Piece::Literal(text.into())])).collect()
}

pub(super) fn has_variable(value: &Value) -> bool {
    matches!(value, Value::Template(template) if template.iter().any(|piece| matches!(piece, Piece::Variable { .. })))
}

/// Whether a value is text without wildcards.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Template(template) => template.iter().all(|piece| match piece {
            Piece::Text(text) => !text.contains(['*', '?']),
            Piece::Literal(_) => true,
            Piece::Variable { .. } => false,
        }),
        Value::Malformed(_) => false,
    }
}

/// Text wherever nothing is special about it, literal only what would be a wildcard as text.
fn canonical(template: &[Piece], wildcards: bool) -> Template {
    let mut out = Vec::with_capacity(template.len());
    for piece in template {
        match piece {
            Piece::Literal(text) if wildcards && text.contains(['*', '?']) => {
                for part in text.split_inclusive(['*', '?']) {
                    let end = part.len() - usize::from(part.ends_with(['*', '?']));
                    push(&mut out, Piece::Text(part.get(..end).unwrap_or(part).into()));
                    push(&mut out, Piece::Literal(part.get(end..).unwrap_or("").into()));
                }
            }
            Piece::Literal(text) => push(&mut out, Piece::Text(text.clone())),
            other => push(&mut out, other.clone()),
        }
    }
    out
}

/// A value for tests that ignore case.
pub(super) fn ignoring_case(text: &str) -> Vec<Value> {
    vec![Value::Template(vec![Piece::Text(text.into())])]
}
