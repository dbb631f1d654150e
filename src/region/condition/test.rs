//! The atoms of conditions.

use super::key::KeyId;
use super::operator::{Operator, Quantifier};
use super::template::{Template, variables};

/// Whether a statement allows or denies; it decides how the unreadable counts (S-TRI-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// What cannot be read never makes an Allow match.
    Allow,
    /// What cannot be read never makes a Deny vanish.
    Deny,
}

/// A truth value of Kleene's logic (S-TRI-01, S-TRI-02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trool {
    /// Surely not.
    False,
    /// Not known.
    Unknown,
    /// Surely.
    True,
}

impl Trool {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of the two holds.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

impl std::ops::Not for Trool {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Trool::False => Trool::True,
            Trool::Unknown => Trool::Unknown,
            Trool::True => Trool::False,
        }
    }
}

impl From<bool> for Trool {
    fn from(value: bool) -> Self {
        if value { Trool::True } else { Trool::False }
    }
}

/// Why a proposition is open though the whole context is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DoubtClass {
    /// Something malformed in a Deny (S-TRI-07, S-TRI-08).
    Malformed,
    /// A question that AWS's documentation leaves open and whose default says unknown (U-…).
    Reading,
    /// A key with one value that was given several: what a test says of them, which is false in an Allow (U-18).
    Several,
}

/// An open reading, shared by all places that give the same class and text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Doubt {
    /// Its class.
    pub class: DoubtClass,
    /// What is open, in words.
    pub text: Box<str>,
}

/// An interned [`Doubt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DoubtId(pub(super) u32);

/// An interned description of estate data that was not loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MissingId(pub(super) u32);

/// What a test is worth where a value cannot be read, and the readings of that value differ (S-TRI-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Undecided {
    /// False: a positive test in an Allow.
    False,
    /// True: the positive form of a negated test in an Allow, whose complement is then false.
    True,
    /// Open: a test in a Deny.
    Doubt(DoubtId),
}

/// One value that a policy tests for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// A readable value. Numbers, instants, addresses and so on are kept as the text of the policy.
    Template(Template),
    /// Text that the operator cannot read.
    Malformed(Box<str>),
}

/// A test of one key in its positive form. Negated operators are complements of tests.
///
/// On an absent key it is worth `if_exists`, except under [`Quantifier::ForAllValues`] (true) and [`Operator::Null`]
/// (true). A test without values is `false` on a present key, so `StringEqualsIfExists []` says that the key is absent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Test {
    /// The key whose values are compared.
    pub key: KeyId,
    /// The comparison.
    pub operator: Operator,
    /// How several values of the request count.
    pub quantifier: Quantifier,
    /// Whether the test holds when the key is absent. Never set together with a set operator.
    pub if_exists: bool,
    /// The values of the policy, sorted, one of which has to match.
    pub values: Vec<Value>,
    /// What the test is worth where it can be read in two ways.
    pub undecided: Undecided,
    /// Whether a value whose variable has no value counts as a match (false except for U-09).
    pub unresolved_matches: bool,
}

impl Test {
    /// The key tested, and the keys of variables.
    pub fn keys(&self) -> impl Iterator<Item = KeyId> + '_ {
        let named = self.values.iter().filter_map(|value| match value {
            Value::Template(template) => Some(variables(template)),
            Value::Malformed(_) => None,
        });
        std::iter::once(self.key).chain(named.flatten())
    }

    /// Whether a value holds a variable, so that the test compares two keys.
    pub fn has_variables(&self) -> bool {
        self.keys().nth(1).is_some()
    }

    /// Whether a disjunction of such tests is one test: any value matches, and no variable has to be looked at alone.
    pub(super) fn is_joinable(&self) -> bool {
        self.quantifier != Quantifier::ForAllValues && !self.values.is_empty() && !self.has_variables()
    }
}
