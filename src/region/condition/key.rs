//! Context keys, and what is known of them in a request.

use std::borrow::Cow;
use std::fmt;

/// The type of a context key's values, as the Service Authorization Reference gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyType {
    /// Any text. Also the type to use for a key that the catalog does not know (S-TRI-11).
    String,
    /// A six-part ARN.
    Arn,
    /// An integer or a decimal.
    Numeric,
    /// An instant, as ISO 8601 text or as epoch seconds.
    Date,
    /// `true` or `false`.
    Bool,
    /// An IPv4 or IPv6 address.
    Ip,
    /// Base64 text.
    Binary,
}

/// All that conditions have to know of a context key.
///
/// Names ignore case, tag suffix included (S-COND-03): build a key with [`Key::new`], which lowers it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The name in lower case: `aws:sourceip`, `aws:resourcetag/owner`.
    pub name: Box<str>,
    /// What its values look like. Unknown values are completed within this type only.
    pub ty: KeyType,
    /// Whether one request can hold several values (S-COND-20, S-COND-28).
    pub multivalued: bool,
    /// Whether every request supplies it (the keys marked P in S-KEY-20). Such a key is never completed as absent or
    /// empty; a binding may still say that it is absent, and is then taken at its word.
    pub always_present: bool,
    /// Of `aws:TagKeys`: whether the call gives each key that it lists a value (S-TRI-09).
    pub with_values: bool,
    /// Whose key it is, where a request acts on several resources that each have their own (S-RES-20): the number of the
    /// resource, from 0.
    pub resource: Option<u32>,
}

impl Key {
    /// A single-valued key that some requests lack.
    pub fn new(name: &str, ty: KeyType) -> Self {
        Self {
            name: name.to_lowercase().into(),
            ty,
            multivalued: false,
            always_present: false,
            with_values: false,
            resource: None,
        }
    }

    /// The same key, of one of several resources.
    pub fn of_resource(self, number: u32) -> Self {
        Self { resource: Some(number), ..self }
    }

    /// Whether one request can hold both keys with what couples them: not those of different resources.
    pub fn goes_beside(&self, other: &Self) -> bool {
        self.resource.is_none() || other.resource.is_none() || self.resource == other.resource
    }

    /// The same key, holding a set of values.
    pub fn multivalued(self) -> Self {
        Self { multivalued: true, ..self }
    }

    /// The same key, in a call that gives each key that it lists a value.
    pub fn with_values(self) -> Self {
        Self { with_values: true, ..self }
    }

    /// The same key, present in every request.
    pub fn always_present(self) -> Self {
        Self { always_present: true, ..self }
    }
}

/// Its name, with the resource whose key it is: `aws:resourcetag/owner of resources[1]`.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        match self.resource {
            Some(number) => write!(out, " of resources[{number}]"),
            None => Ok(()),
        }
    }
}

/// An interned [`Key`]. Two keys of one name but different properties are different keys: intern from one catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(super) u32);

/// Properties of context keys by name; the catalog implements it for the conditions of policies.
pub trait Keys {
    /// The key that a policy names, in any case. A name that the catalog does not know is a single-valued string.
    fn key(&self, name: &str) -> Key;
}

impl<F: Fn(&str) -> Key> Keys for F {
    fn key(&self, name: &str) -> Key {
        self(name)
    }
}

/// What is known of one key in a request, or in a class of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<'a> {
    /// Neither presence nor value.
    Unknown,
    /// The request does not hold the key.
    Absent,
    /// The request holds one value, possibly the empty string.
    One(Cow<'a, str>),
    /// The request holds these values. No values at all behave as an absent key (S-COND-21, S-COND-22, U-44).
    Many(Vec<Cow<'a, str>>),
    /// The request holds one value that is not empty; nobody knows which.
    Held,
    /// What is unknown is that of another key, of which more is known.
    As(KeyId),
    /// The request holds one value: this text, and behind it the name of a role session, which another key holds (S-TRI-10).
    Named(Cow<'a, str>, KeyId),
}

impl Known<'_> {
    /// Whether presence and value are open.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Known::Unknown)
    }
}

/// A (partial) request context.
pub trait Bindings {
    /// What is known of `key`.
    fn lookup(&self, key: KeyId) -> Known<'_>;

    /// Whether it states that the request holds some key whose lower-case name starts with `prefix`.
    fn states_some(&self, prefix: &str) -> bool {
        let _ = prefix;
        false
    }

    /// The names of the keys that are stated one by one, in lower case.
    fn stated(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl<F: Fn(KeyId) -> Known<'static>> Bindings for F {
    fn lookup(&self, key: KeyId) -> Known<'_> {
        self(key)
    }
}

/// A concrete value of one key in a completed context.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyValue {
    /// The request does not hold the key.
    Absent,
    /// One value.
    One(String),
    /// Several values in the order of the request; never empty.
    Many(Vec<String>),
}

impl KeyValue {
    /// The same, as a binding.
    pub fn known(&self) -> Known<'_> {
        match self {
            KeyValue::Absent => Known::Absent,
            KeyValue::One(text) => Known::One(Cow::Borrowed(text)),
            KeyValue::Many(texts) => {
                Known::Many(texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect())
            }
        }
    }
}
