//! Paths into JSON documents, as users read them.

#[cfg(test)]
mod tests;

use std::fmt;

/// The way from the root of a document to one of its values: `$.Statement[1].Condition.StringEquals["aws:userid"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JsonPath(Vec<Step>);

/// One step of a [`JsonPath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the member of an object.
    Key(Box<str>),
    /// Into the element of an array, counted from 0.
    Index(u32),
}

impl JsonPath {
    /// The path of the root, `$`.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This path and one step into an object.
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// This path and one step into an array.
    pub fn index(mut self, index: u32) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The path that leads on from the end of this one: that of a policy in its file, and within the policy.
    pub fn join(mut self, within: &JsonPath) -> Self {
        self.0.extend_from_slice(&within.0);
        self
    }

    /// The steps, from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl FromIterator<Step> for JsonPath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        for step in &self.0 {
            match step {
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) if is_plain(key) => write!(formatter, ".{key}")?,
                Step::Key(key) => write!(formatter, "[{}]", serde_json::Value::from(&**key))?,
            }
        }
        Ok(())
    }
}

/// Whether a key needs no quotes in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|first: char| first.is_ascii_digit())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
