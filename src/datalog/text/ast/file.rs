//! Clauses.

use lalrpop_util::ParseError;

use super::expression::refused;
use super::{Comparison, Expression, Name, Type, Value};
use crate::datalog::text::lexer::Token;
use crate::datalog::text::problem::{Code, Problem};
use crate::document::{Span, Spanned};

/// A file: its clauses in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// The names of the relations whose declarations have a mistake.
    pub unread: Vec<Box<str>>,
}

impl File {
    /// The facts outside of tests.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.clauses.iter().filter_map(|clause| match clause {
            Clause::Fact(fact) => Some(fact),
            _ => None,
        })
    }

    /// The declarations.
    pub fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.clauses.iter().filter_map(|clause| match clause {
            Clause::Declaration(declaration) => Some(declaration),
            _ => None,
        })
    }
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `.import "common.rules"`
    Import(Import),
    /// `.decl member(user: string, group: string)`
    Declaration(Declaration),
    /// `member("alice", "readers").`
    Fact(Fact),
    /// `reaches(From, To) :- assumes(From, To).`
    Rule(Rule),
    /// `.finding orphan-role(Role) low "…" :- … .`
    Finding(Finding),
    /// `?- reaches("alice", Role).`
    Query(Query),
    /// `.test "a chain" { … }`
    Test(Test),
}

impl Clause {
    /// A place that stands for it in a message.
    pub fn span(&self) -> Span {
        match self {
            Self::Import(import) => import.path.span,
            Self::Declaration(declaration) => declaration.name.span,
            Self::Fact(fact) => fact.relation.span,
            Self::Rule(rule) => rule.head.span,
            Self::Finding(finding) => finding.name.span,
            Self::Query(query) => query.span,
            Self::Test(test) => test.span,
        }
    }
}

/// `.import "common.rules"`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The file, relative to the one that imports it, or `entail:NAME`.
    pub path: Name,
}

/// What a relation is called, and what its columns hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The lines of its documentation.
    pub docs: Vec<Box<str>>,
    /// The relation.
    pub name: Name,
    /// Its columns.
    pub columns: Vec<Column>,
}

impl Declaration {
    /// Whether another declaration says the same of the columns.
    pub fn agrees(&self, other: &Self) -> bool {
        let columns = |of: &Self| -> Vec<(Box<str>, Type)> {
            of.columns.iter().map(|column| (column.name.value.clone(), column.of.value.clone())).collect()
        };
        columns(self) == columns(other)
    }
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// What it holds.
    pub of: Spanned<Type>,
}

/// A ground fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The relation.
    pub relation: Name,
    /// One value for each column.
    pub arguments: Vec<Spanned<Value>>,
}

impl Fact {
    /// An atom as a fact.
    ///
    /// # Errors
    /// An argument is no value.
    pub(in crate::datalog::text) fn new<'input>(
        atom: Atom,
    ) -> Result<Self, ParseError<u32, Token<'input>, Problem>> {
        let value = |argument: Spanned<Expression>| match argument.value {
            Expression::Value(value) => Ok(Spanned::new(value, argument.span)),
            Expression::Variable(name) => Err(refused(
                Problem::new(
                    Code::Syntax,
                    format!("a fact has values only, and `{name}` is a variable"),
                    argument.span,
                )
                .with_help("write text in quotes and words in lower case, or bind it: `head :- body.`"),
            )),
            other => Err(refused(
                Problem::new(
                    Code::Syntax,
                    format!("a fact has values only, not {}", other.kind()),
                    argument.span,
                )
                .with_help("write the value itself, or compute it in a rule: `head :- body.`"),
            )),
        };
        let arguments = atom.arguments.into_iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self { relation: atom.relation, arguments })
    }
}

/// A relation, predicate or function applied to arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The relation.
    pub relation: Name,
    /// Its arguments.
    pub arguments: Vec<Spanned<Expression>>,
    /// From the name to the closing bracket.
    pub span: Span,
}

impl Atom {
    /// An atom that ends at `end`.
    pub(in crate::datalog::text) fn new(
        relation: Name,
        arguments: Vec<Spanned<Expression>>,
        end: u32,
    ) -> Self {
        let span = Span::new(relation.span.start, end);
        Self { relation, arguments, span }
    }
}

/// `head :- body.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What holds if the body does.
    pub head: Atom,
    /// What must hold.
    pub body: Vec<Literal>,
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Whether `not` stands before it.
    pub negated: bool,
    /// What it says.
    pub goal: Goal,
    /// Where it stands, `not` included.
    pub span: Span,
}

/// What a literal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// `p(X, "a")`, or a predicate such as `starts_with(Text, "arn:")`
    Atom(Atom),
    /// `X < 3`
    Compare(Spanned<Expression>, Comparison, Spanned<Expression>),
    /// `X in List`
    In(Spanned<Expression>, Spanned<Expression>),
    /// `Text like "arn:*"`
    Like(Spanned<Expression>, Spanned<Expression>),
}

/// `.finding orphan-role(Role) low "…" help "…" at (Policy, Index) :- … .`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The lines of its explanation.
    pub docs: Vec<Box<str>>,
    /// Its name, which is that of the relation of its keys.
    pub name: Name,
    /// What tells one finding from another.
    pub keys: Vec<Spanned<Expression>>,
    /// How bad it is.
    pub severity: Name,
    /// What it says, with variables in braces.
    pub message: Name,
    /// What to do about it.
    pub help: Option<Name>,
    /// The statement to show.
    pub place: Option<Place>,
    /// When it is found.
    pub body: Vec<Literal>,
}

/// `at (Policy, Index)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The policy, by the name that answers give it.
    pub policy: Spanned<Expression>,
    /// The position of the statement, from 0.
    pub index: Spanned<Expression>,
    /// Where it stands.
    pub span: Span,
}

impl Place {
    /// A place of two columns.
    ///
    /// # Errors
    /// There are more or fewer.
    pub(in crate::datalog::text) fn new<'input>(
        columns: Vec<Spanned<Expression>>,
        span: Span,
    ) -> Result<Self, ParseError<u32, Token<'input>, Problem>> {
        match <[_; 2]>::try_from(columns) {
            Ok([policy, index]) => Ok(Self { policy, index, span }),
            Err(columns) => Err(refused(
                Problem::new(Code::Arity, format!("a place has 2 columns, not {}", columns.len()), span)
                    .with_help("name a policy and the position of its statement: `at (Policy, Index)`"),
            )),
        }
    }
}

/// `?- body.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What is asked.
    pub body: Vec<Literal>,
    /// Where it stands.
    pub span: Span,
}

/// `.test "a chain" { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it is called.
    pub name: Name,
    /// The estate that it reads, relative to the file.
    pub estate: Option<Name>,
    /// What is given.
    pub facts: Vec<Fact>,
    /// What must follow.
    pub expectations: Vec<Expectation>,
    /// Where it begins.
    pub span: Span,
}

/// `expect not reaches("c", _).`: the body has a solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What must hold.
    pub body: Vec<Literal>,
    /// Where it stands.
    pub span: Span,
}

/// What the reader takes at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A clause.
    Clause(Box<Clause>),
    /// The beginning of a test.
    TestHead(TestHead),
    /// What a test expects.
    Expectation(Expectation),
    /// The end of a test.
    TestEnd,
}

/// `.test "a chain" estate "tests/acme" {`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestHead {
    /// What the test is called.
    pub name: Name,
    /// The estate that it reads.
    pub estate: Option<Name>,
    /// Where it stands.
    pub span: Span,
}
