//! The one concrete evaluator: tests without variables, compiled.

use std::borrow::Cow;
use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::operator::{Comparison, Family, Operator, Quantifier};
use super::template::Piece;
use super::test::{Test, Trool, Value};
use super::value::glob::{Glob, Token, fold};
use super::value::ip::{Address, Block};
use super::value::{ExactNumber, Number, date, is_arn, is_base64, parse_bool};

/// A test without variables, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) operator: Operator,
    pub(super) quantifier: Quantifier,
    pub(super) if_exists: bool,
    /// Texts that match as they are.
    pub(super) exact: FxHashSet<Box<str>>,
    /// Folded texts that match ignoring case.
    pub(super) folded: FxHashSet<Box<str>>,
    /// Patterns with wildcards.
    pub(super) globs: Vec<Glob>,
    /// Numbers, or instants as epoch seconds.
    pub(super) numbers: Vec<Number>,
    /// Numbers that are too large or too fine for that.
    pub(super) exact_numbers: Vec<ExactNumber>,
    pub(super) blocks: Vec<Block>,
    /// Whether some value cannot be read.
    pub(super) malformed: bool,
}

/// A policy value that its operator cannot read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Program {
    /// Compiles the values of `test` that hold no variables; the others are left out.
    pub(super) fn new(test: &Test) -> Self {
        let mut program =
            Self { quantifier: test.quantifier, if_exists: test.if_exists, ..Self::empty(test.operator) };
        for value in &test.values {
            let read = match value {
                Value::Malformed(_) => Err(Unreadable),
                Value::Template(template) => marked(template).map_or(Ok(()), |text| program.add(&text)),
            };
            program.malformed |= read.is_err();
        }
        program
    }

    /// The text and no other.
    pub(super) fn of_text(text: &str) -> Self {
        let mut program = Self::empty(Operator::StringEquals);
        program.add_exact(text);
        program
    }

    fn empty(operator: Operator) -> Self {
        Self {
            operator,
            quantifier: Quantifier::None,
            if_exists: false,
            exact: FxHashSet::default(),
            folded: FxHashSet::default(),
            globs: Vec::new(),
            numbers: Vec::new(),
            exact_numbers: Vec::new(),
            blocks: Vec::new(),
            malformed: false,
        }
    }

    /// Adds a value, whose characters are marked as wildcards or not.
    fn add(&mut self, marked: &[(char, bool)]) -> Result<(), Unreadable> {
        let text = || marked.iter().map(|&(c, _)| c).collect::<String>();
        match self.operator {
            Operator::StringEquals => self.add_exact(&text()),
            Operator::StringEqualsIgnoreCase => self.add_folded(&text()),
            Operator::StringLike => self.add_glob(Glob::like(marked)),
            Operator::ResourceLike => self.add_glob(Glob::resource(marked)),
            Operator::ArnLike => self.add_glob(Glob::arn(marked).ok_or(Unreadable)?),
            Operator::Bool => {
                let value = parse_bool(&text()).ok_or(Unreadable)?;
                self.add_folded(if value { "true" } else { "false" });
            }
            Operator::BinaryEquals => {
                let text = text();
                if !is_base64(&text) {
                    return Err(Unreadable);
                }
                self.add_exact(&text);
            }
            Operator::IpAddress => self.blocks.push(Block::parse(&text()).ok_or(Unreadable)?),
            Operator::Null => {}
            _ if self.operator.family() == Family::Date => {
                self.numbers.push(date::parse(&text()).ok_or(Unreadable)?)
            }
            _ => {
                let text = text();
                match Number::parse_policy(&text) {
                    Some(number) => self.numbers.push(number),
                    None => self.exact_numbers.push(ExactNumber::parse_policy(&text).ok_or(Unreadable)?),
                }
            }
        }
        Ok(())
    }

    fn add_exact(&mut self, text: &str) {
        self.exact.insert(text.into());
    }

    fn add_folded(&mut self, text: &str) {
        self.folded.insert(text.chars().map(fold).collect());
    }

    fn add_glob(&mut self, glob: Glob) {
        match glob.simple() {
            Some((text, false)) => self.add_exact(text),
            _ => self.globs.push(glob),
        }
    }

    /// What the test says of a request that holds `values` of its key; no values: the key is absent (S-COND-10, S-COND-12,
    /// S-COND-24). A set of one empty value meets `ForAllValues` only (S-COND-50, U-43).
    ///
    /// `None` if several values meet a test without a set operator.
    pub(super) fn holds(&self, values: &[Cow<'_, str>]) -> Option<Trool> {
        let Some(first) = values.first() else {
            let absent = self.if_exists
                || self.quantifier == Quantifier::ForAllValues
                || self.operator == Operator::Null;
            return Some(absent.into());
        };
        let empty = values.iter().all(|value| value.is_empty());
        if self.operator == Operator::Null {
            return Some(empty.into());
        }
        match self.quantifier {
            Quantifier::None if values.iter().all(|value| value == first) => Some(self.element(first)),
            Quantifier::None => None,
            _ if empty => Some((self.quantifier == Quantifier::ForAllValues).into()),
            Quantifier::ForAnyValue => {
                Some(values.iter().map(|value| self.element(value)).fold(Trool::False, Trool::or))
            }
            Quantifier::ForAllValues => {
                Some(values.iter().map(|value| self.element(value)).fold(Trool::True, Trool::and))
            }
        }
    }

    /// Whether one value of the request matches a value of the policy; unknown where one of the two is unreadable and no
    /// other value decides.
    pub(super) fn element(&self, text: &str) -> Trool {
        match self.matches(text) {
            Some(true) => Trool::True,
            Some(false) if !self.malformed => Trool::False,
            None if self.is_empty() => Trool::False,
            _ => Trool::Unknown,
        }
    }

    /// Whether a value of the request can be read and is one of the policy's.
    pub(super) fn finds(&self, text: &str) -> bool {
        self.matches(text) == Some(true)
    }

    /// Whether the operator can read a value of the request, whatever the type of its key (S-COND-46).
    pub(super) fn reads(&self, text: &str) -> bool {
        self.matches(text).is_some()
    }

    fn matches(&self, text: &str) -> Option<bool> {
        match self.operator.family() {
            Family::Text => Some(self.matches_text(text)),
            Family::Arn => is_arn(text).then(|| self.matches_text(text)),
            Family::Bool => parse_bool(text).map(|_| self.matches_text(text)),
            Family::Binary => is_base64(text).then(|| self.matches_text(text)),
            Family::Number => match Number::parse(text).filter(|_| self.exact_numbers.is_empty()) {
                Some(number) => Some(self.matches_number(number)),
                None => ExactNumber::parse(text).map(|number| self.matches_exactly(&number)),
            },
            Family::Date => date::parse(text).map(|number| self.matches_number(number)),
            Family::Ip => {
                Address::parse(text).map(|address| self.blocks.iter().any(|block| block.contains(address)))
            }
            Family::Null => Some(false),
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        self.exact.contains(text)
            || (!self.folded.is_empty() && self.folded.contains(&*text.chars().map(fold).collect::<String>()))
            || self.globs.iter().any(|glob| glob.matches(text))
    }

    fn matches_number(&self, number: Number) -> bool {
        self.numbers.iter().any(|wanted| self.accepts(number.cmp(wanted)))
    }

    fn matches_exactly(&self, number: &ExactNumber) -> bool {
        let usual = self.numbers.iter().filter_map(|wanted| ExactNumber::parse(&wanted.text()));
        usual.chain(self.exact_numbers.iter().cloned()).any(|wanted| self.accepts(number.cmp(&wanted)))
    }

    /// Whether a value may stand like this to one of the policy.
    fn accepts(&self, order: Ordering) -> bool {
        match self.operator.comparison() {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        }
    }

    fn is_empty(&self) -> bool {
        !self.malformed
            && self.exact.is_empty()
            && self.folded.is_empty()
            && self.globs.is_empty()
            && self.numbers.is_empty()
            && self.exact_numbers.is_empty()
            && self.blocks.is_empty()
    }

    /// All patterns over text, exact texts included.
    pub(super) fn patterns(&self) -> impl Iterator<Item = Glob> + '_ {
        let exact = self.exact.iter().map(|text| Glob::exact(text));
        let folded = self.folded.iter().map(|text| Glob::new(text.chars().map(Token::Fold).collect()));
        exact.chain(folded).chain(self.globs.iter().cloned())
    }
}

/// The characters of a value with the mark that makes `*` and `?` wildcards; `None` if it holds a variable.
pub(super) fn marked(template: &[Piece]) -> Option<Vec<(char, bool)>> {
    let mut marked = Vec::new();
    for piece in template {
        match piece {
            Piece::Text(text) => marked.extend(text.chars().map(|c| (c, true))),
            Piece::Literal(text) => marked.extend(text.chars().map(|c| (c, false))),
            Piece::Variable { .. } => return None,
        }
    }
    Some(marked)
}

/// Whether `operator` can read a value. One with variables is read when they have values.
pub(super) fn is_readable(operator: Operator, template: &[Piece]) -> bool {
    marked(template).is_none_or(|text| Program::empty(operator).add(&text).is_ok())
}
