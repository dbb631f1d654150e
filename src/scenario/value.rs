//! Values of a line with their places, so that whatever is wrong with one can be named.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::document::{JsonPath, Span};

/// What is wrong with a line.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ScenarioError {
    /// What is wrong, in lower case and without full stop.
    pub message: String,
    /// The column in characters, from 1.
    pub column: u32,
    /// The path in the line.
    pub path: JsonPath,
}

/// A value of a line, and the way to it.
#[derive(Clone, Copy)]
pub struct Node<'a, 'p> {
    line: &'a str,
    /// The text of the value.
    pub raw: &'a str,
    step: Step<'p>,
    up: Option<&'p Node<'a, 'p>>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(u32),
}

/// The members of an object, in the order in which they are written.
pub struct Object<'a>(pub Vec<(Cow<'a, str>, &'a str)>);

impl<'a, 'p> Node<'a, 'p> {
    /// The whole line.
    pub fn line(line: &'a str) -> Self {
        Self { line, raw: line, step: Step::Root, up: None }
    }

    /// A member of the object that this is.
    pub fn member<'q>(&'q self, key: &'q str, raw: &'a str) -> Node<'a, 'q>
    where
        'p: 'q,
    {
        Node { line: self.line, raw, step: Step::Key(key), up: Some(self.shorter()) }
    }

    /// An element of the array that this is.
    pub fn element<'q>(&'q self, index: u32, raw: &'a str) -> Node<'a, 'q>
    where
        'p: 'q,
    {
        Node { line: self.line, raw, step: Step::Index(index), up: Some(self.shorter()) }
    }

    fn shorter<'q>(&'q self) -> &'q Node<'a, 'q>
    where
        'p: 'q,
    {
        self
    }

    /// An error about this value.
    pub fn error(&self, message: impl Into<String>) -> ScenarioError {
        let offset = Span::of_slice(self.line, self.raw).unwrap_or_default().start as usize;
        ScenarioError { message: message.into(), column: column(self.line, offset), path: self.path() }
    }

    fn path(&self) -> JsonPath {
        let before = || self.up.map(Node::path).unwrap_or_default();
        match self.step {
            Step::Root => JsonPath::root(),
            Step::Key(key) => before().key(key),
            Step::Index(index) => before().index(index),
        }
    }

    /// Reads the value as a type.
    fn read<T: Deserialize<'a>>(&self, what: &str) -> Result<T, ScenarioError> {
        serde_json::from_str(self.raw).map_err(|error| {
            if error.is_data() && error.column() <= 1 {
                return self.error(format!("expected {what}"));
            }
            let text = error.to_string();
            let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
            let message = match error.is_data() {
                true => text.to_owned(),
                false if error.is_eof() => "the line ends before its JSON does".to_owned(),
                false => format!("not JSON: {text}"),
            };
            let start = Span::of_slice(self.line, self.raw).unwrap_or_default().start as usize;
            let inner = error.column().saturating_sub(1).min(self.raw.len());
            ScenarioError { message, column: column(self.line, start + inner), path: self.path() }
        })
    }

    /// The members of the object that this is.
    ///
    /// # Errors
    /// It is none, or names a member twice.
    pub fn object(&self) -> Result<Object<'a>, ScenarioError> {
        if !self.raw.trim_start().starts_with('{') {
            return Err(self.error("expected an object"));
        }
        self.read("an object")
    }

    /// The elements of the array that this is.
    ///
    /// # Errors
    /// It is none.
    pub fn list(&self) -> Result<Vec<&'a str>, ScenarioError> {
        if !self.raw.starts_with('[') {
            return Err(self.error("expected a list"));
        }
        let all: Vec<&RawValue> = self.read("a list")?;
        Ok(all.into_iter().map(RawValue::get).collect())
    }

    /// The text that this is.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self) -> Result<Cow<'a, str>, ScenarioError> {
        match self.plain() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None if self.raw.starts_with('"') => self.read::<String>("a text").map(Cow::Owned),
            None => Err(self.error("expected a text")),
        }
    }

    /// The content of a string without escapes.
    fn plain(&self) -> Option<&'a str> {
        let content = self.raw.strip_prefix('"')?.strip_suffix('"')?;
        (!content.contains('\\')).then_some(content)
    }

    /// The text, number or truth value that this is, as it is written (S-GRAM-06).
    ///
    /// # Errors
    /// It is something else.
    pub fn scalar(&self) -> Result<Cow<'a, str>, ScenarioError> {
        match self.raw.as_bytes().first() {
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => Ok(Cow::Borrowed(self.raw)),
            _ => Err(self.error("expected a text, a number or a truth value")),
        }
    }

    /// The truth value that this is, written as one or as a text.
    ///
    /// # Errors
    /// It is none.
    pub fn truth(&self) -> Result<bool, ScenarioError> {
        match &*self.scalar()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.error("expected `true` or `false`")),
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.raw == "null"
    }

    /// That a member is not known, with the one that was probably meant.
    pub fn unknown(&self, key: &str, known: &[&str]) -> ScenarioError {
        let near = known.iter().min_by_key(|name| strsim::damerau_levenshtein(name, key));
        let near = near.filter(|name| strsim::damerau_levenshtein(name, key) <= 3);
        let help = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        self.error(format!("`{key}` is no field here{help}"))
    }
}

/// The column of an offset in a line, in characters, from 1.
pub fn column(line: &str, offset: usize) -> u32 {
    line.get(..offset).map_or(1, |before| before.chars().count() as u32 + 1)
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de str)> = Vec::with_capacity(12);
                while let Some(Key(key)) = map.next_key()? {
                    if members.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("`{key}` stands here twice")));
                    }
                    let value: &'de RawValue = map.next_value()?;
                    members.push((key, value.get()));
                }
                Ok(Object(members))
            }
        }
        from.deserialize_map(Members)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}
