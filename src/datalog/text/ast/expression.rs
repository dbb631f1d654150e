//! What values are computed by.

use lalrpop_util::ParseError;

use super::{Atom, Literal, Name, Value};
use crate::datalog::text::lexer::Token;
use crate::datalog::text::problem::{Code, Problem};
use crate::document::{Span, Spanned};

/// How deep operations may nest: a chain of as many `+` is as deep.
const MOST_OPERATIONS: usize = 100;

/// An error of an action of the grammar.
type Refused<'input> = ParseError<u32, Token<'input>, Problem>;

/// A computed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `"text"`
    Value(Value),
    /// `X`
    Variable(Box<str>),
    /// `_`
    Any,
    /// `X + 1`
    Arithmetic(Box<Spanned<Expression>>, Arithmetic, Box<Spanned<Expression>>),
    /// `lower(X)`
    Call(Atom),
    /// `count { X : p(X) }`
    Aggregate(Box<Aggregate>),
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`, of numbers or, in a file, texts
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, towards zero
    Divide,
    /// `%`, with the sign of the left side
    Remainder,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// `count { X, Y : p(X, Y) }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// How the tuples are folded.
    pub fold: Fold,
    /// The variables of a tuple.
    pub of: Vec<Name>,
    /// What must hold of them.
    pub body: Vec<Literal>,
}

/// How an aggregate folds its tuples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// `count`: how many there are.
    Count,
    /// `sum` of their first numbers; beyond 64 bits it is an error.
    Sum,
    /// `min`: the least of their first values.
    Min,
    /// `max`: the greatest of their first values.
    Max,
}

impl Expression {
    /// A variable; `_` is any value.
    pub(in crate::datalog::text) fn variable(name: &str) -> Self {
        match name {
            "_" => Self::Any,
            name => Self::Variable(name.into()),
        }
    }

    /// An operation on two values.
    ///
    /// # Errors
    /// It nests too deep.
    pub(in crate::datalog::text) fn arithmetic<'input>(
        left: Spanned<Self>,
        sign: Arithmetic,
        right: Spanned<Self>,
    ) -> Result<Spanned<Self>, Refused<'input>> {
        let span = Span::new(left.span.start, right.span.end);
        let found = Self::Arithmetic(Box::new(left), sign, Box::new(right));
        match found.operations() <= MOST_OPERATIONS {
            true => Ok(Spanned::new(found, span)),
            false => Err(refused(
                Problem::new(
                    Code::Limit,
                    format!("the expression has more than {MOST_OPERATIONS} operations within each other"),
                    span,
                )
                .with_help("bind parts of it to variables: `Part = …`"),
            )),
        }
    }

    /// How many operations lie within each other.
    fn operations(&self) -> usize {
        match self {
            Self::Arithmetic(left, _, right) => 1 + left.value.operations().max(right.value.operations()),
            _ => 0,
        }
    }

    /// A list of values.
    ///
    /// # Errors
    /// An element is no value.
    pub(in crate::datalog::text) fn list<'input>(
        elements: Vec<Spanned<Self>>,
        span: Span,
    ) -> Result<Spanned<Self>, Refused<'input>> {
        let element = |element: Spanned<Self>| match element.value {
            Self::Value(value) => Ok(value),
            other => Err(refused(
                Problem::new(
                    Code::Syntax,
                    format!("a list holds values, not {}", other.kind()),
                    element.span,
                )
                .with_help("make a rule for each element, or test one with `X in List`"),
            )),
        };
        let values = elements.into_iter().map(element).collect::<Result<Vec<Value>, _>>()?;
        Ok(Spanned::new(Self::Value(Value::List(values.into())), span))
    }

    /// What kind of expression it is, in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Value(value) => value.kind(),
            Self::Variable(_) => "a variable",
            Self::Any => "`_`",
            Self::Arithmetic(..) | Self::Call(_) => "an expression",
            Self::Aggregate(_) => "an aggregate",
        }
    }
}

/// A problem as an error of an action of the grammar.
pub(super) fn refused<'input>(error: Problem) -> Refused<'input> {
    ParseError::User { error }
}

impl Arithmetic {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Whether it binds more tightly than `+`.
    pub fn is_product(self) -> bool {
        !matches!(self, Self::Add | Self::Subtract)
    }
}

impl Comparison {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

impl Fold {
    /// How it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}
