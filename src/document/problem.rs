//! What is wrong with a document, and where.

use super::json_path::JsonPath;
use super::span::Span;

/// One thing that is wrong with a document.
///
/// An [error](Severity::Error) leaves the meaning of what it points at open, so answers that this could change become
/// unknown (S-TRI-07, S-TRI-08). A [warning](Severity::Warning) leaves the meaning clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem; its name is stable.
    pub code: ProblemCode,
    /// Whether the meaning is lost or merely odd.
    pub severity: Severity,
    /// One line: lower case, no full stop, text of the user in backticks.
    pub message: String,
    /// One remedy, in the same manner.
    pub help: Option<String>,
    /// What the problem is about.
    pub place: Place,
    /// The other place that takes part: where a repeated element stood first.
    pub also: Option<Place>,
}

impl Problem {
    /// An error at `place`.
    pub fn error(code: ProblemCode, message: impl Into<String>, place: Place) -> Self {
        Self::new(code, Severity::Error, message, place)
    }

    /// A warning at `place`.
    pub fn warning(code: ProblemCode, message: impl Into<String>, place: Place) -> Self {
        Self::new(code, Severity::Warning, message, place)
    }

    /// A problem without help and without a second place.
    pub fn new(code: ProblemCode, severity: Severity, message: impl Into<String>, place: Place) -> Self {
        Self { code, severity, message: message.into(), help: None, place, also: None }
    }

    /// The problem with a remedy.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem with the place where a repeated thing stood first.
    pub fn with_also(mut self, also: Place) -> Self {
        self.also = Some(also);
        self
    }
}

/// A problem of a piece of text, before its place in the document is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: ProblemCode,
    pub severity: Severity,
    pub message: String,
    pub help: Option<String>,
    /// The bytes of the text that are to be underlined; none: all of it.
    pub within: Option<std::ops::Range<usize>>,
}

impl Fault {
    pub fn error(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: None, within: None }
    }

    pub fn warning(code: ProblemCode, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn within(mut self, range: std::ops::Range<usize>) -> Self {
        self.within = Some(range);
        self
    }
}

/// Text of the user in backticks, cut where it is long.
pub(super) struct Quoted<'a>(pub &'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const LONGEST: usize = 120;
        match self.0.char_indices().nth(LONGEST) {
            None => write!(formatter, "`{}`", self.0),
            Some((end, _)) => write!(formatter, "`{}…`", self.0.get(..end).unwrap_or_default()),
        }
    }
}

/// A JSON path and the bytes that it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The way from the root of the document to the element.
    pub path: JsonPath,
    /// The element itself: a key, a value, or a piece of a value.
    pub span: Span,
}

/// How much a problem costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The meaning cannot be determined: an Allow does not count here, a Deny may.
    Error,
    /// The meaning is clear and is evaluated, but this is hardly what the author wanted, or IAM would not store it.
    Warning,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The kinds of problems. Their names (`unknown-operator`) never change their meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemCode { $($(#[$doc])* $name,)* }

        impl ProblemCode {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, in kebab-case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

problem_codes! {
    /// Text that is not JSON.
    NotJson = "not-json",
    /// JSON that ends too early.
    TruncatedJson = "truncated-json",
    /// JSON that nests more deeply than [`super::json::NESTING_LIMIT`].
    NestedTooDeep = "nested-too-deep",
    /// Bytes that are not UTF-8.
    NotUtf8 = "not-utf-8",
    /// A text longer than four gigabytes.
    TooLong = "too-long",
    /// A JSON value of another type than the element takes, `null` and nested lists included (S-GRAM-23).
    WrongType = "wrong-type",
    /// An element that must be there and is not (S-GRAM-01, S-GRAM-07, S-GRAM-09).
    MissingElement = "missing-element",
    /// An element that policies of this kind do not have (S-GRAM-07, S-GRAM-08, S-GRAM-20).
    ForbiddenElement = "forbidden-element",
    /// An element that no policy has (S-GRAM-14).
    UnknownElement = "unknown-element",
    /// A key that stands twice in one object (S-GRAM-12).
    DuplicateKey = "duplicate-key",
    /// Two condition keys in one block that differ only by case (S-GRAM-24).
    DuplicateConditionKey = "duplicate-condition-key",
    /// An element together with its `Not…` form (S-GRAM-20).
    ConflictingElements = "conflicting-elements",
    /// An empty list or map where something has to stand (S-GRAM-15, S-COND-51).
    EmptyList = "empty-list",
    /// A `Version` that is neither of the two (S-GRAM-02).
    UnknownVersion = "unknown-version",
    /// A version in which this kind of policy cannot be written (S-RCP-05).
    OldVersion = "old-version",
    /// An `Effect` that is neither `Allow` nor `Deny` (S-GRAM-07).
    UnknownEffect = "unknown-effect",
    /// An `Effect` that this kind of policy does not have (S-RCP-11).
    OddEffect = "odd-effect",
    /// A `Sid` or `Id` that IAM would not store; it never affects evaluation (S-GRAM-11).
    OddSid = "odd-sid",
    /// An action that is neither `*` nor `service:name` (S-ACT-03, S-GRAM-20).
    MalformedAction = "malformed-action",
    /// An action that matches no real action as written (S-GRAM-16).
    OddAction = "odd-action",
    /// A resource that is neither `*` nor an ARN (S-GRAM-20, S-RES-07).
    MalformedResource = "malformed-resource",
    /// A wildcard in the service part of a resource ARN (S-RES-03).
    WildcardService = "wildcard-service",
    /// A principal that cannot be read (S-PRN-24).
    MalformedPrincipal = "malformed-principal",
    /// A wildcard in a part of a principal (S-PRN-14, S-PRN-16).
    WildcardPrincipal = "wildcard-principal",
    /// A group as principal (S-PRN-15).
    GroupPrincipal = "group-principal",
    /// A unique id in place of an ARN (S-PRN-11).
    DeletedPrincipal = "deleted-principal",
    /// A canonical user id of another form than such ids have (S-PRN-10).
    OddCanonicalId = "odd-canonical-id",
    /// A session name that no session can have (S-TRI-10).
    OddSessionName = "odd-session-name",
    /// `NotPrincipal` with `Allow` (S-PRN-21).
    NotPrincipalAllow = "not-principal-allow",
    /// An operator that does not exist (S-COND-04).
    UnknownOperator = "unknown-operator",
    /// An operator in odd case (S-COND-04).
    OperatorCase = "operator-case",
    /// A test whose outcome does not depend on the request, or is not documented (S-COND-25, S-COND-52).
    OddTest = "odd-test",
    /// A condition value that its operator cannot read (S-COND-13, S-COND-34 to S-COND-44).
    MalformedValue = "malformed-value",
    /// A policy variable that cannot be read (S-VAR-10).
    MalformedVariable = "malformed-variable",
    /// A policy variable where none may stand (S-VAR-02).
    MisplacedVariable = "misplaced-variable",
    /// `${…}` in a policy whose version has no variables (S-GRAM-03).
    LiteralVariable = "literal-variable",
}

impl std::fmt::Display for ProblemCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
