//! What a policy document says: statements and their elements, each with its place.
//!
//! Nothing that was written is dropped. What cannot be interpreted stays visible as a `Malformed` entry, test or
//! statement, so that an Allow never matches by it and a Deny never vanishes (S-DEC-06, S-TRI-07, S-TRI-08).
//!
//! Text is borrowed from the policy text wherever that has no escapes, so a document is cheap to read and to drop.

use std::borrow::Cow;

use super::json_path::JsonPath;
use super::operator::{Comparison, Operator};
use super::principal::PrincipalEntry;
use super::problem::{Place, Problem, ProblemCode, Severity};
use super::span::{Span, Spanned};

/// What kind of policy a document is, as far as its grammar depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Attached to a user, group or role, inline or managed.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// Passed to the call that creates a session.
    Session,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// Attached to a resource: bucket, key, queue, secret, …
    Resource,
    /// The trust policy of a role.
    Trust,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl PolicyKind {
    /// Whether statements of this kind say whom they concern (S-GRAM-08).
    pub const fn has_principal(self) -> bool {
        matches!(self, Self::Rcp | Self::Resource | Self::Trust | Self::Endpoint)
    }
}

/// A policy document: what could be read of it, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// Which language the document is written in.
    pub version: Version,
    /// Where the `Id` stands, if there is one. It never affects evaluation (S-GRAM-11).
    pub id: Option<Span>,
    /// The statements in their order, one if `Statement` is no list (S-GRAM-04). A broken statement is among them.
    pub statements: Vec<Statement<'a>>,
    /// All problems, in the order of their places.
    pub problems: Vec<Problem>,
    /// Whether a part that may hold statements could not be read. Then the document counts as one more Deny that may
    /// match any request it is attached to (S-TRI-08).
    pub unreadable: bool,
}

impl<'a> Document<'a> {
    /// Whether the meaning of some part could not be determined.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether an index is that of the Deny which stands for what could not be read.
    pub fn stands_unread(&self, index: u32) -> bool {
        self.unreadable && index as usize == self.statements.len()
    }

    /// The statement with the given index and where it stands; none if there are not so many.
    pub fn statement(&self, index: usize) -> Option<(&Statement<'a>, Place)> {
        self.statements.get(index).map(|statement| (statement, statement.place()))
    }
}

/// The `Version` element (S-GRAM-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, or no `Version` at all: `${…}` is literal text (S-GRAM-03).
    V2008,
    /// `2012-10-17`: `${…}` is a policy variable.
    V2012,
    /// Anything else. Every statement is malformed then.
    Unreadable,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Its position among the statements of the document, from 0.
    pub index: u32,
    /// Its position in the `Statement` array; none if the element is a single object.
    pub in_list: Option<u32>,
    /// The braces and what is between them.
    pub span: Span,
    /// The `Sid`, if it is text. It never affects evaluation.
    pub sid: Option<Spanned<Cow<'a, str>>>,
    /// What the statement does where it matches.
    pub effect: Effect,
    /// Whom it concerns.
    pub principal: PrincipalElement<'a>,
    /// `Action` or `NotAction`.
    pub actions: ActionElement<'a>,
    /// `Resource` or `NotResource`. None where the policy's kind has neither (trust policies: the role, S-RES-13) or
    /// lets the statement leave it out (resource policies: the resource that holds the policy).
    pub resources: Option<ResourceElement<'a>>,
    /// The tests of the `Condition` element. All must hold (S-COND-01); none: always.
    pub conditions: Vec<Condition<'a>>,
    /// Why the statement is malformed as a whole (S-TRI-08): it never counts as an Allow, and unless its effect is
    /// [`Effect::Allow`] it may deny every request that its readable parts do not rule out.
    pub malformed: Option<ProblemCode>,
}

impl Statement<'_> {
    /// Whether its conditions ask for callers by their ARN: beside `*` this names them (S-EVAL-04, S-EVAL-08).
    pub fn names_by_arn(&self) -> bool {
        use Comparison::{ArnEquals, ArnLike, StringEquals, StringEqualsIgnoreCase, StringLike};
        let asks = |condition: &Condition<'_>| match &condition.test {
            Test::Readable { operator, .. } => {
                !operator.if_exists
                    && matches!(
                        operator.comparison,
                        ArnEquals | ArnLike | StringEquals | StringEqualsIgnoreCase | StringLike
                    )
            }
            Test::Malformed => false,
        };
        let mut of_arn = self
            .conditions
            .iter()
            .filter(|condition| condition.key.value.eq_ignore_ascii_case("aws:PrincipalArn"));
        of_arn.any(asks)
    }

    /// The path from the root of the document: `$.Statement[2]`.
    pub fn path(&self) -> JsonPath {
        let path = JsonPath::root().key("Statement");
        match self.in_list {
            Some(index) => path.index(index),
            None => path,
        }
    }

    /// Path and span, for whoever has to show the statement.
    pub fn place(&self) -> Place {
        Place { path: self.path(), span: self.span }
    }
}

/// The `Effect` element (S-GRAM-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `"Allow"`.
    Allow,
    /// `"Deny"`.
    Deny,
    /// Missing, doubled, or neither of the two; the statement is malformed then, and may be a Deny.
    Unreadable,
}

/// The `Principal` or `NotPrincipal` element (S-GRAM-08 to S-GRAM-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalElement<'a> {
    /// The policy's kind has no such element: the statement concerns whoever the policy is attached to.
    Implicit,
    /// Missing where it is needed: an Allow matches nobody, a Deny may match anybody (S-GRAM-09).
    Missing,
    /// `"Principal": "*"`, or left out in an RCP or endpoint policy (S-PRN-01, S-RCP-11).
    Everyone,
    /// A map of principals. Without entries the statement has no effect (S-GRAM-15).
    Entries {
        /// Whether the element is `NotPrincipal`.
        negated: bool,
        /// The principals of all classes, in their order.
        entries: Vec<PrincipalEntry<'a>>,
    },
    /// Doubled, forbidden here, or not readable: may be anybody.
    Unreadable,
}

/// The `Action` or `NotAction` element. Without entries the statement has no effect (S-GRAM-15).
///
/// If the element is missing, doubled or of the wrong type, its only entry is [`ActionEntry::Malformed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionElement<'a> {
    /// Whether the element is `NotAction`.
    pub negated: bool,
    /// The entries, in their order.
    pub entries: Vec<ActionEntry<'a>>,
}

/// One entry of an [`ActionElement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionEntry<'a> {
    /// `*` or `service:name`, compared without regard to case, `*` and `?` being wildcards (S-ACT-01, S-ACT-02). Text
    /// that names no real action (`s3:Get Object`, S-GRAM-16) is among these.
    Pattern(Spanned<Cow<'a, str>>),
    /// What cannot be interpreted (S-TRI-07).
    Malformed(Box<Malformed<'a>>),
}

/// The `Resource` or `NotResource` element. Without entries the statement has no effect (S-GRAM-15).
///
/// If the element is missing, doubled or of the wrong type, its only entry is [`ResourceEntry::Malformed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceElement<'a> {
    /// Whether the element is `NotResource`.
    pub negated: bool,
    /// The entries, in their order.
    pub entries: Vec<ResourceEntry<'a>>,
}

/// One entry of a [`ResourceElement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceEntry<'a> {
    /// `*`, or an ARN pattern (S-RES-03, S-RES-04), with variables if the document's version has them. The parts that
    /// a short ARN leaves out are filled in as `*` (S-RES-07); the span shows what was written.
    Pattern(Spanned<Cow<'a, str>>),
    /// An ARN pattern with a wildcard in its service part: a hit may match and may not (S-RES-03, U-56).
    WildcardService(Spanned<Cow<'a, str>>),
    /// The shorthand `execute-api:/stage/METHOD/path` of API Gateway's policies (S-SVC-10).
    ExecuteApi(Spanned<Cow<'a, str>>),
    /// What cannot be interpreted (S-TRI-07).
    Malformed(Box<Malformed<'a>>),
}

/// An entry that cannot be interpreted. It is evaluated once as matching and once as not matching (S-TRI-07).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed<'a> {
    /// What was written: the content of a string, else the JSON text.
    pub text: Cow<'a, str>,
    /// Where it was written.
    pub span: Span,
    /// What the entry covers at most if it matches, as a pattern of its element; none: anything.
    pub glob: Option<Cow<'a, str>>,
}

/// One test of a `Condition` element: an operator, a key and the values to compare with (S-COND-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// The position of the operator block that holds the test, from 0.
    pub block: u32,
    /// The operator as written.
    pub operator: Spanned<Cow<'a, str>>,
    /// The context key as written; empty if the whole block could not be read.
    pub key: Spanned<Cow<'a, str>>,
    /// What is tested.
    pub test: Test<'a>,
    /// Whether another key of the same block differs from this one only by case (S-GRAM-24): in a Deny the tests of
    /// such keys together are true if all are, false if none is true or unknown, else unknown.
    pub has_twin: bool,
}

/// What a [`Condition`] tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test<'a> {
    /// A test that can be evaluated, as far as its values can. No values: S-COND-51.
    Readable {
        /// The operator.
        operator: Operator,
        /// The values, in their order.
        values: Vec<ConditionValue<'a>>,
    },
    /// A test of unknown outcome: its operator, key or place cannot be interpreted (S-TRI-07).
    Malformed,
}

/// One value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionValue<'a> {
    /// Text. A number is its source text, a boolean `true` or `false` (S-GRAM-06).
    Text(Spanned<Cow<'a, str>>),
    /// What the operator cannot read, `null`, or a nested list or object (S-TRI-07). Its glob is always none.
    Malformed(Box<Malformed<'a>>),
}
