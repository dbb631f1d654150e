//! Putting known keys into formulas.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::atom::has_variable;
use super::formula::{ConditionId, Conditions, Node, View};
use super::key::{Bindings, KeyId, Known};
use super::operator::{Operator, Quantifier};
use super::program::{Program, marked};
use super::rest::{Rest, behind};
use super::template::{Piece, Template, push};
use super::test::{DoubtClass, DoubtId, Test, Trool, Value};

/// The known ones among the keys of a formula, sorted.
pub(super) struct Context<'a> {
    known: Vec<(KeyId, Known<'a>)>,
}

impl<'a> Context<'a> {
    pub(super) fn new(keys: &[KeyId], bindings: &'a dyn Bindings) -> Self {
        let known = keys
            .iter()
            .map(|&key| (key, bindings.lookup(key)))
            .filter(|(_, known)| !known.is_unknown())
            .collect();
        Self { known }
    }

    fn get(&self, key: KeyId) -> Option<&Known<'a>> {
        let index = self.known.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.known.get(index).map(|(_, known)| known)
    }

    fn mentions_any(&self, keys: &[KeyId]) -> bool {
        self.known.iter().any(|(key, _)| keys.binary_search(key).is_ok())
    }
}

impl Conditions {
    /// What `condition` comes to in the contexts that agree with `bindings`.
    ///
    /// Tests of known keys become constants; known variables become text; a test of a known key against an unknown
    /// variable becomes a test of that variable's key.
    pub fn bind(&self, condition: ConditionId, bindings: &dyn Bindings) -> ConditionId {
        let context = Context::new(self.keys(condition), bindings);
        if context.known.is_empty() {
            return condition;
        }
        self.bind_in(condition, &context, &mut FxHashMap::default())
    }

    fn bind_in(
        &self,
        condition: ConditionId,
        context: &Context<'_>,
        done: &mut FxHashMap<u32, ConditionId>,
    ) -> ConditionId {
        let bound = match self.node(condition) {
            Node::Always | Node::Doubt(_) | Node::Missing(_) => return condition,
            Node::Test(test) => {
                if !context.mentions_any(self.keys(condition)) {
                    return condition;
                }
                self.bind_test(condition.node(), test, context)
            }
            Node::All(members) => match done.get(&condition.node()) {
                Some(&bound) => bound,
                None => {
                    let bound = self.bind_members(condition, members, context, done);
                    done.insert(condition.node(), bound);
                    bound
                }
            },
        };
        if condition.is_complement() { self.not(bound) } else { bound }
    }

    fn bind_members(
        &self,
        condition: ConditionId,
        members: &[ConditionId],
        context: &Context<'_>,
        done: &mut FxHashMap<u32, ConditionId>,
    ) -> ConditionId {
        if !context.mentions_any(self.keys(condition)) {
            return if condition.is_complement() { self.not(condition) } else { condition };
        }
        let mut bound = Vec::with_capacity(members.len());
        for &member in members {
            match self.bind_in(member, context, done) {
                ConditionId::NEVER => return ConditionId::NEVER,
                member => bound.push(member),
            }
        }
        self.and_all(bound)
    }

    fn bind_test(&self, node: u32, test: &Test, context: &Context<'_>) -> ConditionId {
        let known = match context.get(test.key) {
            None | Some(Known::Unknown) => None,
            Some(Known::Absent) => Some(&[][..]),
            Some(Known::One(value)) => Some(std::slice::from_ref(value)),
            // S-KEY-34, U-44
            Some(Known::Many(values))
                if values.is_empty()
                    && test.operator == Operator::Null
                    && *self.key_of(test.key).name == *"aws:tagkeys" =>
            {
                return self.empty_values.no_tags_are_null;
            }
            Some(Known::Many(values)) => Some(values.as_slice()),
            Some(Known::Held) => {
                let resolved = self.resolve(test, context);
                return self.held_test(resolved.unwrap_or_else(|| test.clone()));
            }
            Some(&Known::As(key)) => {
                let resolved = self.resolve(test, context);
                return self.atom(Test { key, ..resolved.unwrap_or_else(|| test.clone()) });
            }
            Some(Known::Named(beginning, rest)) => {
                let resolved = self.resolve(test, context);
                return self.named_test(resolved.unwrap_or_else(|| test.clone()), beginning, *rest);
            }
        };
        match (self.resolve(test, context), known, self.program(node)) {
            (None, Some(values), Some((_, program))) => self.known_test(test, program, values),
            (Some(resolved), Some(values), _) => self.known_test(&resolved, &Program::new(&resolved), values),
            (Some(resolved), None, _) => self.atom(resolved),
            (None, ..) => self.atom(test.clone()),
        }
    }

    /// A test of a key that holds some value: one of presence is settled, and any other is asked of the key as one that is
    /// always there.
    fn held_test(&self, test: Test) -> ConditionId {
        let key = self.key_of(test.key);
        match (key.always_present, test.values.is_empty()) {
            (true, _) => self.atom(test),
            (false, true) => ConditionId::NEVER,
            (false, false) => {
                let key = self.key(key.clone().always_present());
                self.atom(Test { key, ..test })
            }
        }
    }

    /// A test of a key that holds a text and, behind it, the name of a session: what it says of the name.
    fn named_test(&self, test: Test, beginning: &str, name: KeyId) -> ConditionId {
        if test.operator == Operator::Null || test.values.is_empty() {
            return ConditionId::NEVER;
        }
        if test.values.iter().any(has_variable) {
            return self.held_test(test);
        }
        match test.operator {
            Operator::StringEquals | Operator::StringEqualsIgnoreCase | Operator::StringLike => {
                let templates = test.values.iter().filter_map(|value| match value {
                    Value::Template(template) => marked(template),
                    Value::Malformed(_) => None,
                });
                let of_name = templates.flat_map(|value| behind(&value, beginning, test.operator));
                let of_name: Vec<Rest> = of_name.filter(Rest::may_be_name).collect();
                if of_name.iter().any(Rest::is_any_name) {
                    return ConditionId::ALWAYS;
                }
                let mut values: Vec<Value> = of_name.into_iter().map(Rest::into_value).collect();
                if values.is_empty() {
                    return ConditionId::NEVER;
                }
                values.sort_unstable();
                values.dedup();
                self.atom(Test { key: name, values, ..test })
            }
            // To the other operators all such values are alike: text that they can't read.
            _ => {
                let value = Cow::Owned(format!("{beginning}-"));
                self.known_test(&test, &Program::new(&test), std::slice::from_ref(&value))
            }
        }
    }

    /// Puts known variables into the values of a test; `None` if it holds none.
    fn resolve(&self, test: &Test, context: &Context<'_>) -> Option<Test> {
        if !test.values.iter().any(has_variable) {
            return None;
        }
        let values = test.values.iter().filter_map(|value| match value {
            Value::Malformed(_) => Some(value.clone()),
            Value::Template(template) => substitute(template, context).into_value(test.unresolved_matches),
        });
        Some(Test { values: values.collect(), ..test.clone() })
    }

    /// The test of a key that holds `values`.
    fn known_test(&self, test: &Test, program: &Program, values: &[Cow<'_, str>]) -> ConditionId {
        let open: Vec<&Template> = test.values.iter().filter_map(open_template).collect();
        let all_empty = values.iter().all(|value| value.is_empty());
        let decided_by_presence = values.is_empty() || (all_empty && test.quantifier != Quantifier::None);
        if open.is_empty() || test.operator == Operator::Null || decided_by_presence {
            return match program.holds(values) {
                Some(Trool::True) => ConditionId::ALWAYS,
                Some(Trool::False) => ConditionId::NEVER,
                Some(Trool::Unknown) => self.undecided_condition(test.undecided),
                // A test of presence alone, which any value settles.
                None if test.values.is_empty() => ConditionId::NEVER,
                None => self.several_values(test),
            };
        }
        let element = |value: &str| match program.element(value) {
            _ if !program.reads(value) => self.undecided_condition(test.undecided),
            Trool::True => ConditionId::ALWAYS,
            Trool::False => self.or_all(open.iter().map(|template| self.fit(test, template, value))),
            Trool::Unknown => {
                let fits = open.iter().map(|template| self.fit(test, template, value));
                self.or(self.or_all(fits), self.undecided_condition(test.undecided))
            }
        };
        match test.quantifier {
            Quantifier::ForAnyValue => self.or_all(values.iter().map(|value| element(value))),
            Quantifier::ForAllValues => self.and_all(values.iter().map(|value| element(value))),
            Quantifier::None => match values {
                [first, rest @ ..] if rest.iter().all(|value| value == first) => element(first),
                _ => self.several_values(test),
            },
        }
    }

    /// A single-valued key that was given several values.
    fn several_values(&self, test: &Test) -> ConditionId {
        let name = &self.key_of(test.key).name;
        let text = format!("U-18: `{}` on `{name}`, which was given several values", test.operator.name());
        self.doubt(DoubtClass::Several, &text)
    }

    /// The condition of an Allow, in which no test of a key that was given several values holds (U-18).
    pub fn allowing(&self, condition: ConditionId) -> ConditionId {
        let is_of_several = |doubt: DoubtId| self.doubt_of(doubt).class == DoubtClass::Several;
        if !self.doubts(condition).iter().any(|&doubt| is_of_several(doubt)) {
            return condition;
        }
        match self.view(condition) {
            View::All(parts) => self.and_all(parts.into_iter().map(|part| self.allowing(part))),
            View::Any(parts) => self.or_all(parts.into_iter().map(|part| self.allowing(part))),
            View::Doubt { doubt, .. } if is_of_several(doubt) => ConditionId::NEVER,
            _ => condition,
        }
    }

    /// The truth value of `condition` in a context, by Kleene's logic: unknown keys, open readings and missing data are
    /// unknown wherever they stand.
    pub fn evaluate(&self, condition: ConditionId, bindings: &dyn Bindings) -> Trool {
        let truth = match self.node(condition) {
            Node::Always => Trool::True,
            Node::Doubt(_) | Node::Missing(_) => Trool::Unknown,
            Node::Test(test) => {
                let context = Context::new(self.keys(condition), bindings);
                match self.bind_test(condition.node(), test, &context) {
                    ConditionId::ALWAYS => Trool::True,
                    ConditionId::NEVER => Trool::False,
                    _ => Trool::Unknown,
                }
            }
            Node::All(members) => {
                let mut truth = Trool::True;
                for &member in members {
                    truth = truth.and(self.evaluate(member, bindings));
                    if truth == Trool::False {
                        break;
                    }
                }
                truth
            }
        };
        if condition.is_complement() { !truth } else { truth }
    }
}

fn open_template(value: &Value) -> Option<&Template> {
    match value {
        Value::Template(template) if has_variable(value) => Some(template),
        _ => None,
    }
}

/// A value with its known variables filled in.
pub(super) enum Resolved {
    Value(Template),
    /// A variable has no value and no default (S-VAR-05, S-VAR-07).
    NoValue,
    /// A variable has several values (S-VAR-10).
    Malformed,
}

impl Resolved {
    fn into_value(self, unresolved_matches: bool) -> Option<Value> {
        match self {
            Resolved::Value(template) => Some(Value::Template(template)),
            Resolved::NoValue if unresolved_matches => Some(Value::Template(vec![Piece::Text("*".into())])),
            Resolved::NoValue => None,
            Resolved::Malformed => Some(Value::Malformed("a variable with several values".into())),
        }
    }
}

fn substitute(template: &Template, context: &Context<'_>) -> Resolved {
    let mut out = Vec::with_capacity(template.len());
    for piece in template {
        let Piece::Variable { key, default } = piece else {
            push(&mut out, piece.clone());
            continue;
        };
        let value = match context.get(*key) {
            None | Some(Known::Unknown | Known::Held | Known::Named(..)) => {
                push(&mut out, piece.clone());
                continue;
            }
            Some(&Known::As(key)) => {
                push(&mut out, Piece::Variable { key, default: default.clone() });
                continue;
            }
            Some(Known::Absent) => None,
            Some(Known::One(value)) => Some(value),
            Some(Known::Many(values)) => match values.as_slice() {
                [] => None,
                [first, rest @ ..] if rest.iter().all(|value| value == first) => Some(first),
                _ => return Resolved::Malformed,
            },
        };
        match (value.filter(|value| !value.is_empty()), default) {
            (Some(value), _) => push(&mut out, Piece::Literal((&**value).into())),
            (None, Some(default)) => push(&mut out, Piece::Literal(default.clone())),
            (None, None) => return Resolved::NoValue,
        }
    }
    Resolved::Value(out)
}
