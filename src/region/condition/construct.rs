//! Policy text to formulas: the rules for operators, absent keys, set operators and what cannot be read.

use super::atom::has_variable;
use super::formula::{ConditionId, Conditions};
use super::key::{KeyId, Keys};
use super::operator::{Operator, OperatorName, Quantifier};
use super::program::{Program, is_readable};
use super::template::{MalformedVariable, Piece, Template, Version, parse_template, push};
use super::test::{DoubtClass, Effect, Test, Trool, Undecided, Value};

/// One test of a `Condition` block as the policy gives it.
#[derive(Clone, Copy)]
pub struct RawTest<'a> {
    /// The operator.
    pub operator: OperatorName,
    /// The key under it.
    pub key: KeyId,
    /// Its values as text (S-GRAM-06).
    pub values: &'a [&'a str],
    /// Those of its values that are no text, as they are written (U-60).
    pub not_text: &'a [&'a str],
    /// The effect of the statement.
    pub effect: Effect,
    /// The version of the document.
    pub version: Version,
    /// Where the test stands. Doubts at equal places are one doubt.
    pub place: &'a str,
    /// Properties of the keys that variables name.
    pub keys: &'a dyn Keys,
}

/// A `Resource` or `NotResource` list as the policy gives it.
#[derive(Clone, Copy)]
pub struct RawResource<'a> {
    /// The pseudo-key that holds the request's resource.
    pub key: KeyId,
    /// Its patterns as text. Short ARNs are padded by the caller (S-RES-07).
    pub patterns: &'a [&'a str],
    /// Whether the element is `NotResource`.
    pub negated: bool,
    /// The effect of the statement.
    pub effect: Effect,
    /// The version of the document.
    pub version: Version,
    /// Where the element stands. Doubts at equal places are one doubt.
    pub place: &'a str,
    /// Properties of the keys that variables name.
    pub keys: &'a dyn Keys,
}

impl Conditions {
    /// The contexts in which a test of a policy holds (S-COND-10 to S-COND-15, S-COND-20 to S-COND-27).
    ///
    /// Sets of values are read by the definitions of the operators (S-COND-53, U-54).
    ///
    /// What cannot be read is false in an Allow and an open reading in a Deny, wherever the readings differ (S-TRI-07).
    pub fn test(&self, raw: &RawTest<'_>) -> ConditionId {
        let name = raw.operator;
        if name.operator == Operator::Null {
            return self.null_test(raw);
        }
        if raw.values.is_empty() && raw.not_text.is_empty() {
            return self.empty_test(raw);
        }
        if self.key_of(raw.key).multivalued && name.quantifier == Quantifier::None {
            return self.unquantified_test(raw);
        }
        let values: Vec<_> = self.values(raw).collect();
        // What a request holds is no error of the policy.
        let class = match values.iter().any(|value| matches!(value, Value::Malformed(_))) {
            true => DoubtClass::Malformed,
            false => DoubtClass::Reading,
        };
        let undecided = self.undecided(class, raw.effect, name.negated, || self.doubt_text(raw, &values));
        let positive = self.atom(Test {
            key: raw.key,
            operator: name.operator,
            quantifier: if name.negated { opposite(name.quantifier) } else { name.quantifier },
            if_exists: name.if_exists && !name.negated && name.quantifier == Quantifier::None,
            values,
            undecided,
            unresolved_matches: false,
        });
        let condition = if name.negated { self.not(positive) } else { positive };
        let condition = match name.quantifier {
            Quantifier::ForAnyValue => self.or(condition, self.of_an_empty_value(raw)),
            _ => condition,
        };
        let open = raw.effect == Effect::Deny || self.settled("U-17").is_some();
        if name.if_exists && name.quantifier == Quantifier::ForAnyValue && open {
            let text = format!("{}: U-17: `{name}` on an absent `{}`", raw.place, self.key_of(raw.key).name);
            let reading = self.doubt(DoubtClass::Reading, &text);
            return self.or(condition, self.and(self.absent(raw.key), reading));
        }
        condition
    }

    /// The resources that a `Resource` or `NotResource` element matches, as a test of the pseudo-key (S-RES-04, S-RES-08,
    /// S-VAR-02, S-VAR-05, S-VAR-06).
    pub fn resource(&self, raw: &RawResource<'_>) -> ConditionId {
        let values: Vec<_> = raw.patterns.iter().map(|text| self.resource_value(raw, text)).collect();
        let undecided = self.undecided(DoubtClass::Malformed, raw.effect, raw.negated, || {
            format!("{}: a malformed resource pattern", raw.place)
        });
        let positive = self.atom(Test {
            undecided,
            unresolved_matches: raw.negated && raw.effect == Effect::Allow,
            ..Test::of(raw.key, Operator::ResourceLike, values)
        });
        if raw.negated { self.not(positive) } else { positive }
    }

    /// Something that cannot be read at all, such as a test under an unknown operator: false in an Allow, an open reading
    /// in a Deny (S-TRI-07). `text` says what and where.
    pub fn unreadable(&self, effect: Effect, text: &str) -> ConditionId {
        match effect {
            Effect::Allow => ConditionId::NEVER,
            Effect::Deny => self.doubt(DoubtClass::Malformed, text),
        }
    }

    /// Tests of one block whose keys differ only by case (U-59): in an Allow all must hold; in a Deny they count where
    /// they agree, and are open where they differ.
    pub fn same_key(&self, tests: &[ConditionId], effect: Effect, place: &str) -> ConditionId {
        match effect {
            Effect::Allow => self.and_all(tests.iter().copied()),
            Effect::Deny => self.differing(tests, &format!("{place}: U-59: one key in two spellings")),
        }
    }

    /// Several readings of one thing: true or false where all agree, else the open reading `text` (U-59).
    pub fn differing(&self, readings: &[ConditionId], text: &str) -> ConditionId {
        let all = self.and_all(readings.iter().copied());
        let any = self.or_all(readings.iter().copied());
        if all == any {
            return all;
        }
        self.or(all, self.and(any, self.doubt(DoubtClass::Reading, text)))
    }

    /// When a `ForAnyValue` test holds of a single empty value (S-COND-50, U-43). Patterns with variables match none.
    fn of_an_empty_value(&self, raw: &RawTest<'_>) -> ConditionId {
        let compared = self.empty_values.are_compared;
        if compared.is_never() {
            return compared;
        }
        let values = self.values(raw);
        let plain = values.filter(|value| !has_variable(value)).collect();
        let matches = Program::new(&Test::of(raw.key, raw.operator.operator, plain)).element("");
        let holds = match raw.operator.negated {
            true => matches == Trool::False,
            false => matches == Trool::True,
        };
        let empty = self.and(self.null(raw.key), self.not(self.absent(raw.key)));
        self.and_all([compared, empty, holds.into()])
    }

    fn null_test(&self, raw: &RawTest<'_>) -> ConditionId {
        match raw.operator.quantifier {
            Quantifier::ForAllValues => return ConditionId::ALWAYS,
            Quantifier::ForAnyValue => return ConditionId::NEVER,
            Quantifier::None if raw.values.is_empty() && raw.not_text.is_empty() => {
                return self.empty_test(raw);
            }
            Quantifier::None => {}
        }
        // S-COND-50, U-41
        let null = match self.empty_values.are_null {
            ConditionId::ALWAYS => self.null(raw.key),
            are_null => self.or(self.absent(raw.key), self.and(self.null(raw.key), are_null)),
        };
        self.or_all(raw.values.iter().chain(raw.not_text).map(|&value| match value {
            "true" => null,
            "false" => self.not(null),
            other => {
                self.unreadable(raw.effect, &format!("{}: `{other}` is neither true nor false", raw.place))
            }
        }))
    }

    /// A test without values (S-COND-51, U-47).
    fn empty_test(&self, raw: &RawTest<'_>) -> ConditionId {
        match raw.operator.quantifier {
            Quantifier::ForAnyValue => ConditionId::NEVER,
            Quantifier::ForAllValues => self.null(raw.key),
            Quantifier::None if raw.operator.if_exists => self.absent(raw.key),
            Quantifier::None => match self.settled("U-47") {
                Some(holds) => holds.into(),
                None => self.unreadable(
                    raw.effect,
                    &format!("{}: U-47: `{}` without values", raw.place, raw.operator),
                ),
            },
        }
    }

    /// A key with several values under no set operator: no result if it is present (S-COND-27, U-18).
    fn unquantified_test(&self, raw: &RawTest<'_>) -> ConditionId {
        let absent = self.absent(raw.key);
        let present = match (raw.effect, self.settled("U-18")) {
            (_, Some(holds)) => holds.into(),
            (Effect::Allow, None) => ConditionId::NEVER,
            (Effect::Deny, None) => {
                let name = &self.key_of(raw.key).name;
                let text = format!(
                    "{}: U-18: `{}` on `{name}`, which holds several values",
                    raw.place, raw.operator
                );
                self.doubt(DoubtClass::Reading, &text)
            }
        };
        if raw.operator.negated || raw.operator.if_exists {
            self.or(absent, present)
        } else {
            self.and(self.not(absent), present)
        }
    }

    fn undecided(
        &self,
        class: DoubtClass,
        effect: Effect,
        negated: bool,
        text: impl FnOnce() -> String,
    ) -> Undecided {
        match effect {
            Effect::Allow if negated => Undecided::True,
            Effect::Allow => Undecided::False,
            Effect::Deny => Undecided::Doubt(self.doubt_id(class, &text())),
        }
    }

    fn doubt_text(&self, raw: &RawTest<'_>, values: &[Value]) -> String {
        let malformed = values.iter().find_map(|value| match value {
            Value::Malformed(text) => Some(text),
            Value::Template(_) => None,
        });
        match malformed {
            Some(text) => format!("{}: `{}` cannot read `{text}`", raw.place, raw.operator),
            None => {
                format!(
                    "`{}` on a value of `{}` that it cannot read",
                    raw.operator.operator.name(),
                    self.key_of(raw.key).name
                )
            }
        }
    }

    fn values(&self, raw: &RawTest<'_>) -> impl Iterator<Item = Value> {
        let texts = raw.values.iter().map(|text| self.value(raw, text));
        texts.chain(raw.not_text.iter().map(|&text| Value::Malformed(text.into())))
    }

    fn value(&self, raw: &RawTest<'_>, text: &str) -> Value {
        let operator = raw.operator.operator;
        let version = if operator.takes_variables() { raw.version } else { Version::V2008 };
        match self.template(text, version, raw.keys) {
            Ok(template) if is_readable(operator, &template) => Value::Template(template),
            _ => Value::Malformed(text.into()),
        }
    }

    fn resource_value(&self, raw: &RawResource<'_>, text: &str) -> Value {
        let variable = if raw.version == Version::V2012 { text.find("${") } else { None };
        let early = variable.is_some_and(|at| text.bytes().take(at).filter(|&byte| byte == b':').count() < 5);
        match self.template(text, raw.version, raw.keys) {
            Ok(template) if !early => Value::Template(template),
            _ => Value::Malformed(text.into()),
        }
    }

    /// Reads a policy value, and interns the keys that its variables name.
    ///
    /// # Errors
    /// A variable is malformed, or names a key with several values (S-VAR-10).
    pub fn template(
        &self,
        text: &str,
        version: Version,
        keys: &dyn Keys,
    ) -> Result<Template, MalformedVariable> {
        let mut template = Vec::new();
        for piece in parse_template(text, version)? {
            let piece = match piece {
                Piece::Text(text) => Piece::Text(text),
                Piece::Literal(text) => Piece::Literal(text),
                Piece::Variable { key, default } => {
                    let key = keys.key(&key);
                    if key.multivalued {
                        return Err(MalformedVariable::Multivalued);
                    }
                    Piece::Variable { key: self.key(key), default }
                }
            };
            push(&mut template, piece);
        }
        Ok(template)
    }

    /// The formula of what a test is worth where its readings differ.
    pub(super) fn undecided_condition(&self, undecided: Undecided) -> ConditionId {
        match undecided {
            Undecided::False => ConditionId::NEVER,
            Undecided::True => ConditionId::ALWAYS,
            Undecided::Doubt(doubt) => self.doubt_atom(doubt),
        }
    }
}

/// The set operator of the complement (S-COND-23): some value is not one of these, unless all are.
pub(super) fn opposite(quantifier: Quantifier) -> Quantifier {
    match quantifier {
        Quantifier::None => Quantifier::None,
        Quantifier::ForAnyValue => Quantifier::ForAllValues,
        Quantifier::ForAllValues => Quantifier::ForAnyValue,
    }
}
