//! Condition operators: what each one asks of one request value and one policy value.

use super::context::Held;
use super::glob::{self, Sign};
use super::values::{Number, Range, base64, instant};
use super::variables::{Expanded, any_sign, expand};

/// The outcome for one pair of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    Match,
    NoMatch,
    /// One of the two cannot be interpreted (S-TRI-07).
    Bad,
    /// A variable of unknown value (S-VAR-12).
    Unknown,
}

/// A base operator, without set prefix and `IfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// The order that a numeric or date operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// Which request values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    None,
    ForAllValues,
    ForAnyValue,
}

/// An operator name, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    pub set: Set,
    pub base: Base,
    pub negated: bool,
    pub if_exists: bool,
}

const NAMES: [(&str, Base, bool); 27] = [
    ("stringequals", Base::StringEquals, false),
    ("stringnotequals", Base::StringEquals, true),
    ("stringequalsignorecase", Base::StringEqualsIgnoreCase, false),
    ("stringnotequalsignorecase", Base::StringEqualsIgnoreCase, true),
    ("stringlike", Base::StringLike, false),
    ("stringnotlike", Base::StringLike, true),
    ("numericequals", Base::Numeric(Order::Equal), false),
    ("numericnotequals", Base::Numeric(Order::Equal), true),
    ("numericlessthan", Base::Numeric(Order::Less), false),
    ("numericlessthanequals", Base::Numeric(Order::LessEqual), false),
    ("numericgreaterthan", Base::Numeric(Order::Greater), false),
    ("numericgreaterthanequals", Base::Numeric(Order::GreaterEqual), false),
    ("dateequals", Base::Date(Order::Equal), false),
    ("datenotequals", Base::Date(Order::Equal), true),
    ("datelessthan", Base::Date(Order::Less), false),
    ("datelessthanequals", Base::Date(Order::LessEqual), false),
    ("dategreaterthan", Base::Date(Order::Greater), false),
    ("dategreaterthanequals", Base::Date(Order::GreaterEqual), false),
    ("bool", Base::Bool, false),
    ("binaryequals", Base::Binary, false),
    ("ipaddress", Base::Ip, false),
    ("notipaddress", Base::Ip, true),
    ("arnequals", Base::Arn, false),
    ("arnlike", Base::Arn, false),
    ("arnnotequals", Base::Arn, true),
    ("arnnotlike", Base::Arn, true),
    ("null", Base::Null, false),
];

impl Operator {
    /// Reads a name, whatever its case (U-16). `None`: no such operator (S-COND-04).
    pub fn read(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let (set, name) = if let Some(rest) = name.strip_prefix("forallvalues:") {
            (Set::ForAllValues, rest)
        } else if let Some(rest) = name.strip_prefix("foranyvalue:") {
            (Set::ForAnyValue, rest)
        } else {
            (Set::None, name.as_str())
        };
        let (if_exists, name) = match name.strip_suffix("ifexists") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let &(_, base, negated) = NAMES.iter().find(|(known, _, _)| *known == name)?;
        if base == Base::Null && if_exists {
            return None;
        }
        Some(Self { set, base, negated, if_exists })
    }
}

impl Base {
    /// Compares one request value with one policy value. `variables`: whether the policy's version knows variables.
    pub fn compare(self, request: &str, policy: &str, variables: bool, held: &dyn Fn(&str) -> Held) -> Pair {
        let expanded = |sign: fn(char) -> Sign| {
            if variables {
                expand(policy, sign, held)
            } else {
                Expanded::Signs(policy.chars().map(sign).collect())
            }
        };
        match self {
            Base::StringEquals => over(expanded(Sign::Exactly), |signs| yes(glob::matches(signs, request))),
            Base::StringLike => over(expanded(any_sign), |signs| yes(glob::matches(signs, request))),
            Base::StringEqualsIgnoreCase => over(expanded(Sign::Exactly), |signs| {
                let text: String = signs.iter().filter_map(exact).collect();
                yes(text.to_lowercase() == request.to_lowercase())
            }),
            Base::Arn => over(expanded(any_sign), |signs| arn(signs, request)),
            // S-VAR-02: a variable under any other operator is misplaced, hence malformed.
            _ if variables && policy.contains("${") => Pair::Bad,
            Base::Bool => match (boolean(request), boolean(policy)) {
                (Some(a), Some(b)) => yes(a == b),
                _ => Pair::Bad,
            },
            Base::Numeric(order) => match (Number::read(request), Number::read(policy)) {
                (Some(a), Some(b)) => yes(order.holds(a.compare(&b))),
                _ => Pair::Bad,
            },
            Base::Date(order) => match (instant(request), instant(policy)) {
                (Some(a), Some(b)) => yes(order.holds(a.cmp(&b))),
                _ => Pair::Bad,
            },
            Base::Binary => match (base64(request), base64(policy)) {
                (Some(a), Some(b)) => yes(a == b),
                _ => Pair::Bad,
            },
            Base::Ip => match (request.parse(), Range::read(policy)) {
                (Ok(address), Some(range)) => yes(range.holds(address)),
                _ => Pair::Bad,
            },
            Base::Null => Pair::Bad,
        }
    }
}

impl Order {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Order::Equal => order.is_eq(),
            Order::Less => order.is_lt(),
            Order::LessEqual => order.is_le(),
            Order::Greater => order.is_gt(),
            Order::GreaterEqual => order.is_ge(),
        }
    }
}

/// `true` or `false` in any case (S-COND-38).
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn yes(matches: bool) -> Pair {
    if matches { Pair::Match } else { Pair::NoMatch }
}

fn over(expanded: Expanded, test: impl Fn(&[Sign]) -> Pair) -> Pair {
    match expanded {
        Expanded::Signs(signs) => test(&signs),
        // S-VAR-07: such a value matches nothing, so a negated operator is not held up by it.
        Expanded::NoValue => Pair::NoMatch,
        Expanded::Malformed => Pair::Bad,
        Expanded::Unknown => Pair::Unknown,
    }
}

fn exact(sign: &Sign) -> Option<char> {
    match sign {
        Sign::Exactly(character) => Some(*character),
        _ => None,
    }
}

/// ARN operators go part by part; the sixth part keeps its colons (S-COND-42, S-COND-44).
fn arn(pattern: &[Sign], request: &str) -> Pair {
    let parts: Vec<&str> = request.splitn(6, ':').collect();
    if parts.len() < 6 {
        return Pair::Bad;
    }
    if pattern == [Sign::Run(true)] {
        return Pair::Match;
    }
    let patterns: Vec<&[Sign]> = pattern.splitn(6, |sign| *sign == Sign::Exactly(':')).collect();
    if patterns.len() < 6 {
        return Pair::Bad;
    }
    yes(patterns.iter().zip(parts).all(|(pattern, part)| glob::matches(pattern, part)))
}
