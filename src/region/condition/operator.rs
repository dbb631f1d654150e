//! Condition operators and their names.

use std::fmt;

/// What a test compares. Each variant is the positive form; a negated operator is the complement of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Exact text (S-COND-30), whatever the type of the key (S-COND-45); the empty text is one (S-COND-33).
    StringEquals,
    /// Exact text, ignoring case (S-COND-31).
    StringEqualsIgnoreCase,
    /// A glob over the whole text (S-COND-32).
    StringLike,
    /// Equal numbers (S-COND-34).
    NumericEquals,
    /// The request's number is smaller.
    NumericLessThan,
    /// The request's number is smaller or equal.
    NumericLessThanEquals,
    /// The request's number is greater.
    NumericGreaterThan,
    /// The request's number is greater or equal.
    NumericGreaterThanEquals,
    /// The same instant (S-COND-35).
    DateEquals,
    /// The request's instant is earlier.
    DateLessThan,
    /// The request's instant is earlier or the same.
    DateLessThanEquals,
    /// The request's instant is later.
    DateGreaterThan,
    /// The request's instant is later or the same.
    DateGreaterThanEquals,
    /// The same truth value (S-COND-38).
    Bool,
    /// The same bytes (S-COND-39).
    BinaryEquals,
    /// An address within a block (S-COND-40).
    IpAddress,
    /// A glob for each of the six parts (S-COND-42). `ArnEquals` is the same test.
    ArnLike,
    /// Absent or null (S-COND-13). A test holds no values: `Null: "false"` is its complement.
    Null,
    /// A `Resource` pattern over a whole ARN (S-RES-04). Not an operator of the policy language: it tests the pseudo-key
    /// that holds the request's resource.
    ResourceLike,
}

/// Families of operators that read their values in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Family {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// How a comparison of numbers or instants comes out true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const NAMES: [(Operator, &str, &str); 18] = [
    (Operator::StringEquals, "StringEquals", "StringNotEquals"),
    (Operator::StringEqualsIgnoreCase, "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    (Operator::StringLike, "StringLike", "StringNotLike"),
    (Operator::NumericEquals, "NumericEquals", "NumericNotEquals"),
    (Operator::NumericLessThan, "NumericLessThan", ""),
    (Operator::NumericLessThanEquals, "NumericLessThanEquals", ""),
    (Operator::NumericGreaterThan, "NumericGreaterThan", ""),
    (Operator::NumericGreaterThanEquals, "NumericGreaterThanEquals", ""),
    (Operator::DateEquals, "DateEquals", "DateNotEquals"),
    (Operator::DateLessThan, "DateLessThan", ""),
    (Operator::DateLessThanEquals, "DateLessThanEquals", ""),
    (Operator::DateGreaterThan, "DateGreaterThan", ""),
    (Operator::DateGreaterThanEquals, "DateGreaterThanEquals", ""),
    (Operator::Bool, "Bool", ""),
    (Operator::BinaryEquals, "BinaryEquals", ""),
    (Operator::IpAddress, "IpAddress", "NotIpAddress"),
    (Operator::ArnLike, "ArnLike", "ArnNotLike"),
    (Operator::Null, "Null", ""),
];

impl Operator {
    /// The name of the positive form in policies; `ResourceLike` for the internal one.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(operator, ..)| *operator == self).map_or("ResourceLike", |(_, name, _)| name)
    }

    /// The name of the complement, where policies have one.
    pub fn negated_name(self) -> Option<&'static str> {
        NAMES
            .iter()
            .find(|(operator, ..)| *operator == self)
            .map(|(.., name)| *name)
            .filter(|name| !name.is_empty())
    }

    /// Whether values may hold variables (S-VAR-02, U-08).
    pub fn takes_variables(self) -> bool {
        matches!(self.family(), Family::Text | Family::Arn)
    }

    /// Whether `*` and `?` in values are wildcards.
    pub fn takes_wildcards(self) -> bool {
        matches!(self, Operator::StringLike | Operator::ArnLike | Operator::ResourceLike)
    }

    pub(super) fn family(self) -> Family {
        match self {
            Operator::StringEquals
            | Operator::StringEqualsIgnoreCase
            | Operator::StringLike
            | Operator::ResourceLike => Family::Text,
            Operator::NumericEquals
            | Operator::NumericLessThan
            | Operator::NumericLessThanEquals
            | Operator::NumericGreaterThan
            | Operator::NumericGreaterThanEquals => Family::Number,
            Operator::DateEquals
            | Operator::DateLessThan
            | Operator::DateLessThanEquals
            | Operator::DateGreaterThan
            | Operator::DateGreaterThanEquals => Family::Date,
            Operator::Bool => Family::Bool,
            Operator::BinaryEquals => Family::Binary,
            Operator::IpAddress => Family::Ip,
            Operator::ArnLike => Family::Arn,
            Operator::Null => Family::Null,
        }
    }

    pub(super) fn comparison(self) -> Comparison {
        match self {
            Operator::NumericLessThan | Operator::DateLessThan => Comparison::Less,
            Operator::NumericLessThanEquals | Operator::DateLessThanEquals => Comparison::LessOrEqual,
            Operator::NumericGreaterThan | Operator::DateGreaterThan => Comparison::Greater,
            Operator::NumericGreaterThanEquals | Operator::DateGreaterThanEquals => {
                Comparison::GreaterOrEqual
            }
            _ => Comparison::Equal,
        }
    }
}

/// How a test treats a request that holds several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// No set operator: one value is expected.
    None,
    /// `ForAnyValue:` (S-COND-21).
    ForAnyValue,
    /// `ForAllValues:` (S-COND-22).
    ForAllValues,
}

impl Quantifier {
    /// The prefix in policies, colon included; empty for none.
    pub fn prefix(self) -> &'static str {
        match self {
            Quantifier::None => "",
            Quantifier::ForAnyValue => "ForAnyValue:",
            Quantifier::ForAllValues => "ForAllValues:",
        }
    }
}

/// An operator as a policy writes it: `ForAnyValue:StringNotLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperatorName {
    /// The comparison, in its positive form.
    pub operator: Operator,
    /// Whether the name is that of the complement: `StringNotEquals`, `NotIpAddress`, ….
    pub negated: bool,
    /// The set operator.
    pub quantifier: Quantifier,
    /// Whether the name ends in `IfExists`.
    pub if_exists: bool,
    /// Whether the name differs from AWS's only by case (U-16): read as that operator, with a warning.
    pub odd_case: bool,
}

/// No operator has this name; a test under it is unreadable (S-COND-04, S-TRI-07).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a condition operator")]
pub struct UnknownOperator(pub String);

impl Operator {
    /// Reads an operator name with its set operator and `IfExists`.
    ///
    /// # Errors
    /// The name is none of AWS's, in any case. `NullIfExists` is no operator either.
    pub fn parse(text: &str) -> Result<OperatorName, UnknownOperator> {
        let unknown = || UnknownOperator(text.to_owned());
        let (quantifier, rest, odd_prefix) = match text.split_once(':') {
            None => (Quantifier::None, text, false),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Quantifier::ForAnyValue, rest, prefix != "ForAnyValue")
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Quantifier::ForAllValues, rest, prefix != "ForAllValues")
            }
            Some(_) => return Err(unknown()),
        };
        let base_length = rest.len().saturating_sub("IfExists".len());
        let (base, if_exists, odd_suffix) = match (rest.get(..base_length), rest.get(base_length..)) {
            (Some(base), Some(suffix)) if suffix.eq_ignore_ascii_case("IfExists") => {
                (base, true, suffix != "IfExists")
            }
            _ => (rest, false, false),
        };
        let (operator, negated, name) = base_operator(base).ok_or_else(unknown)?;
        if operator == Operator::Null && if_exists {
            return Err(unknown());
        }
        let odd_case = odd_prefix || odd_suffix || base != name;
        Ok(OperatorName { operator, negated, quantifier, if_exists, odd_case })
    }
}

fn base_operator(base: &str) -> Option<(Operator, bool, &'static str)> {
    let arn_equals = [(Operator::ArnLike, "ArnEquals", "ArnNotEquals")];
    NAMES.iter().chain(&arn_equals).find_map(|&(operator, positive, negative)| {
        if base.eq_ignore_ascii_case(positive) {
            Some((operator, false, positive))
        } else if !negative.is_empty() && base.eq_ignore_ascii_case(negative) {
            Some((operator, true, negative))
        } else {
            None
        }
    })
}

impl fmt::Display for OperatorName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = if self.negated { self.operator.negated_name() } else { None };
        let base = base.unwrap_or(self.operator.name());
        write!(out, "{}{base}{}", self.quantifier.prefix(), if self.if_exists { "IfExists" } else { "" })
    }
}
