//! Tags of principals, accounts and resources.

use std::sync::Arc;

/// Tags, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Box<[(Arc<str>, Arc<str>)]>);

impl Tags {
    /// The value of the tag whose key is `key` ignoring case (S-COND-03).
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// The values of all tags whose key is `key` ignoring case. Some resources can hold several (U-15).
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// The keys that the tags hold in spellings that differ by case only, with different values (U-15).
    pub fn ambiguous(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key).filter(|key| self.all(key).any(|value| Some(value) != self.get(key)))
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }

    /// Whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Arc<str>, Arc<str>)> for Tags {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Arc<str>)>>(tags: I) -> Self {
        Self(tags.into_iter().collect())
    }
}
