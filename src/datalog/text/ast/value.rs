//! Values and their types.

use std::fmt;
use std::sync::Arc;

use super::Name;
use crate::datalog::text::problem::{Code, Problem};
use crate::document::Spanned;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text in quotes.
    String,
    /// A lower-case word.
    Symbol,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of values of one type.
    List(Box<Type>),
}

impl Type {
    /// The types that are one word.
    const WORDS: [(&'static str, Type); 4] = [
        ("string", Type::String),
        ("symbol", Type::Symbol),
        ("number", Type::Number),
        ("boolean", Type::Boolean),
    ];

    /// The type of a name.
    ///
    /// # Errors
    /// No type has the name.
    pub(in crate::datalog::text) fn named(name: Name) -> Result<Spanned<Type>, Problem> {
        match Self::WORDS.into_iter().find(|(word, _)| *word == &*name.value) {
            Some((_, found)) => Ok(Spanned::new(found, name.span)),
            None => Err(Problem::new(Code::Type, format!("`{}` is not a type", name.value), name.span)
                .with_help("types are `string`, `symbol`, `number`, `boolean` and lists such as `[string]`")),
        }
    }

    /// Whether a value is of this type.
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::String, Value::Text(_))
            | (Self::Symbol, Value::Symbol(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Boolean(_)) => true,
            (Self::List(of), Value::List(values)) => values.iter().all(|value| of.holds(value)),
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => out.write_str("string"),
            Self::Symbol => out.write_str("symbol"),
            Self::Number => out.write_str("number"),
            Self::Boolean => out.write_str("boolean"),
            Self::List(of) => write!(out, "[{of}]"),
        }
    }
}

/// A ground value. Values of one type sort as they should be listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// `"text"`
    Text(Arc<str>),
    /// `word`
    Symbol(Arc<str>),
    /// `-12`
    Number(i64),
    /// `true`
    Boolean(bool),
    /// `["a", "b"]`
    List(Arc<[Value]>),
}

impl Value {
    /// What kind of value it is, in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text in quotes",
            Self::Symbol(_) => "a word",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::List(_) => "a list",
        }
    }

    /// Text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A word.
    pub fn symbol(word: &str) -> Self {
        Self::Symbol(word.into())
    }

    /// A list of texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }
}
