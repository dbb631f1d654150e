//! Condition operators and their names (S-COND-02, S-COND-04, S-COND-12, S-COND-21, S-COND-22).

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use super::nearest::nearest;

/// A condition operator, as `ForAnyValue:StringLikeIfExists` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    /// The set operator in front.
    pub set: Option<SetOperator>,
    /// The comparison.
    pub comparison: Comparison,
    /// Whether the name ends in `IfExists`. Never with [`Comparison::Null`].
    pub if_exists: bool,
}

/// How a test treats a request key with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SetOperator {
    /// Some value of the request passes (S-COND-21).
    ForAnyValue,
    /// Every value of the request passes (S-COND-22).
    ForAllValues,
}

macro_rules! comparisons {
    ($($name:ident)*) => {
        /// What a test compares; the names are AWS's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Comparison { $(
            #[doc = concat!("`", stringify!($name), "`")]
            $name,
        )* }

        impl Comparison {
            /// Every comparison.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in AWS's spelling.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

comparisons! {
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals
    DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals
    Bool BinaryEquals IpAddress NotIpAddress
    ArnEquals ArnLike ArnNotEquals ArnNotLike
    Null
}

impl Comparison {
    /// Whether the test is true only of values that match none of those listed (S-COND-02).
    pub const fn is_negated(self) -> bool {
        use Comparison::*;
        matches!(
            self,
            StringNotEquals
                | StringNotEqualsIgnoreCase
                | StringNotLike
                | NumericNotEquals
                | DateNotEquals
                | NotIpAddress
                | ArnNotEquals
                | ArnNotLike
        )
    }

    /// Whether values are compared as text.
    pub const fn is_of_text(self) -> bool {
        use Comparison::*;
        matches!(
            self,
            StringEquals
                | StringNotEquals
                | StringEqualsIgnoreCase
                | StringNotEqualsIgnoreCase
                | StringLike
                | StringNotLike
        )
    }

    /// Whether values of this comparison may hold policy variables (S-VAR-02, U-08).
    pub const fn takes_variables(self) -> bool {
        use Comparison::*;
        self.is_of_text() || matches!(self, ArnEquals | ArnLike | ArnNotEquals | ArnNotLike)
    }
}

/// How an operator's name was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorName {
    /// A name in AWS's spelling.
    Exact(Operator),
    /// A name that differs from AWS's spelling only by case (U-16).
    OddCase(Operator),
    /// No operator.
    Unknown,
}

const IF_EXISTS: &str = "IfExists";

impl Operator {
    /// Reads the name of an operator.
    ///
    /// ```
    /// use entail::document::operator::{Operator, OperatorName};
    /// assert!(matches!(Operator::read("ForAnyValue:StringLikeIfExists"), OperatorName::Exact(_)));
    /// assert!(matches!(Operator::read("stringequals"), OperatorName::OddCase(_)));
    /// assert_eq!(Operator::read("NullIfExists"), OperatorName::Unknown);
    /// ```
    pub fn read(name: &str) -> OperatorName {
        if let Some(operator) = exact(name) {
            return OperatorName::Exact(operator);
        }
        match all_names().iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(name)) {
            Some(&(_, operator)) => OperatorName::OddCase(operator),
            None => OperatorName::Unknown,
        }
    }

    /// The name in AWS's spelling.
    pub fn name(self) -> String {
        let set = match self.set {
            None => "",
            Some(SetOperator::ForAnyValue) => "ForAnyValue:",
            Some(SetOperator::ForAllValues) => "ForAllValues:",
        };
        format!("{set}{}{}", self.comparison.name(), if self.if_exists { IF_EXISTS } else { "" })
    }

    /// The operator whose name is closest to `name`, if one is close.
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, all_names().iter().map(|(spelling, _)| &**spelling))
    }
}

fn exact(name: &str) -> Option<Operator> {
    let (set, rest) = if let Some(rest) = name.strip_prefix("ForAnyValue:") {
        (Some(SetOperator::ForAnyValue), rest)
    } else if let Some(rest) = name.strip_prefix("ForAllValues:") {
        (Some(SetOperator::ForAllValues), rest)
    } else {
        (None, name)
    };
    let (base, if_exists) = match rest.strip_suffix(IF_EXISTS) {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let comparison = Comparison::named(base)?;
    if comparison == Comparison::Null && if_exists {
        return None;
    }
    Some(Operator { set, comparison, if_exists })
}

/// Every operator with its name.
fn all_names() -> &'static [(String, Operator)] {
    static NAMES: OnceLock<Vec<(String, Operator)>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Vec::new();
        for set in [None, Some(SetOperator::ForAnyValue), Some(SetOperator::ForAllValues)] {
            for &comparison in Comparison::ALL {
                for if_exists in [false, true] {
                    let operator = Operator { set, comparison, if_exists };
                    if !(if_exists && comparison == Comparison::Null) {
                        names.push((operator.name(), operator));
                    }
                }
            }
        }
        names
    })
}
