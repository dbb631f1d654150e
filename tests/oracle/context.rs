//! The request context: what each condition key holds.

use serde_json::Value;

use super::catalog::Catalog;
use super::doubts::{Doubts, Kind};
use super::json;

/// The values of the context keys. A key that is not here is absent, unless it is named in `unknown`.
#[derive(Clone, Debug, Default)]
pub struct Context {
    entries: Vec<Entry>,
    /// Keys, in lower case, of which neither presence nor value is known; one that ends in `/` stands for all tags.
    unknown: Vec<String>,
    /// Beginnings of keys that may be absent although they have a value, and what is missing to know.
    doubted: Vec<(&'static str, &'static str)>,
    /// Keys, in lower case, that are stated to be absent.
    lacking: Vec<String>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Lower case (S-COND-03).
    key: String,
    values: Vec<String>,
    listed: bool,
}

/// What a key holds in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    Absent,
    Values { values: Vec<String>, multivalued: bool },
    Unknown,
}

impl Context {
    /// Reads `{"key": "value" | ["a", "b"]}`. A null value is an absent key.
    pub fn read(value: &Value) -> Result<Self, String> {
        let mut context = Self::default();
        let map = match value {
            Value::Null => return Ok(context),
            Value::Object(map) => map,
            _ => return Err("the context is not an object".to_owned()),
        };
        if map.contains_key(json::REPEATED) {
            return Err("the context repeats a key".to_owned());
        }
        let nulls = map.iter().filter(|(_, value)| value.is_null());
        context.lacking = nulls.map(|(key, _)| key.to_lowercase()).collect();
        for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
            let values: Option<Vec<String>> = json::list(value).into_iter().map(json::scalar).collect();
            let values =
                values.ok_or_else(|| format!("the context value of {key} is not text or a list of texts"))?;
            context.entries.push(Entry { key: key.to_lowercase(), values, listed: value.is_array() });
        }
        Ok(context)
    }

    /// Adds a key unless it is there (`derive`).
    pub fn add(&mut self, key: &str, value: &str) {
        self.add_list(key, vec![value.to_owned()], false);
    }

    /// Adds a multivalued key unless it is there.
    pub fn add_all(&mut self, key: &str, values: &[String]) {
        self.add_list(key, values.to_vec(), true);
    }

    /// Adds a tag even where one is there whose key differs in case only (U-15), but not one that the caller gave.
    pub fn add_tags<'a>(&mut self, prefix: &str, tags: impl Iterator<Item = (&'a String, &'a String)>) {
        let given: Vec<String> = self.entries.iter().map(|e| e.key.clone()).collect();
        for (tag, value) in tags {
            let key = format!("{prefix}{tag}").to_lowercase();
            if !given.contains(&key) {
                self.entries.push(Entry { key, values: vec![value.clone()], listed: false });
            }
        }
    }

    /// Adds a key that holds one of two values, and nobody knows which.
    pub fn add_twin(&mut self, key: &str, values: [&String; 2]) {
        let entry =
            |value: &String| Entry { key: key.to_lowercase(), values: vec![value.clone()], listed: false };
        self.entries.extend(values.map(entry));
    }

    fn add_list(&mut self, key: &str, values: Vec<String>, listed: bool) {
        let key = key.to_lowercase();
        if !self.entries.iter().any(|e| e.key == key) && !self.is_open(&key) {
            self.entries.push(Entry { key, values, listed });
        }
    }

    /// States that nothing is known about a key that is not given.
    pub fn leave_open(&mut self, key: &str) {
        let key = key.to_lowercase();
        if !self.entries.iter().any(|e| e.key == key) {
            self.unknown.push(key);
        }
    }

    /// States that keys are in the context only if something is so that was not loaded.
    pub fn doubt(&mut self, prefixes: &[&'static str], missing: &'static str) {
        self.doubted.extend(prefixes.iter().map(|prefix| (*prefix, missing)));
    }

    fn is_open(&self, key: &str) -> bool {
        self.unknown.iter().any(|open| open == key || (open.ends_with('/') && key.starts_with(open)))
    }

    /// Drops all keys for which `drop` holds (the key is in lower case).
    pub fn remove(&mut self, drop: impl Fn(&str) -> bool) {
        self.entries.retain(|e| !drop(&e.key));
    }

    /// The values of `other` on top of these.
    pub fn overlaid(&self, other: &Context) -> Context {
        let mut all = self.clone();
        all.remove(|key| other.entries.iter().any(|e| e.key == key));
        all.entries.extend(other.entries.iter().cloned());
        all.lacking.extend(other.lacking.iter().cloned());
        all
    }

    /// Gives a key values in place of nobody knowing.
    pub fn complete(&mut self, key: &str, values: &[String]) {
        self.unknown.retain(|open| open != key);
        let listed = values.len() != 1;
        self.entries.push(Entry { key: key.to_owned(), values: values.to_vec(), listed });
    }

    /// Whether a key (in lower case) is stated to be absent and nothing else.
    pub fn lacks(&self, key: &str) -> bool {
        self.lacking.iter().any(|name| name == key) && self.all(key).is_none()
    }

    /// The keys that are given, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| e.key.as_str())
    }

    /// The keys of which something is stated: what they hold, or that they are absent.
    pub fn stated(&self) -> impl Iterator<Item = &str> {
        self.keys().chain(self.lacking.iter().map(String::as_str))
    }

    /// The values of a key (in lower case), if it is given.
    pub fn all(&self, key: &str) -> Option<Vec<String>> {
        self.entries.iter().find(|e| e.key == key).map(|e| e.values.clone())
    }

    /// Whether a key is given, with values or without.
    pub fn held_at_all(&self, key: &str) -> bool {
        self.all(&key.to_lowercase()).is_some()
    }

    /// All values of all keys.
    pub fn texts(&self) -> Vec<String> {
        self.entries.iter().flat_map(|e| e.values.clone()).collect()
    }

    /// The one value of a key, for the walk itself (not for conditions).
    pub fn first(&self, key: &str) -> Option<&str> {
        let key = key.to_lowercase();
        self.entries.iter().find(|e| e.key == key)?.values.first().map(String::as_str)
    }

    /// What conditions see. An empty list is held as a list without values.
    pub fn held(&self, key: &str, catalog: &Catalog, doubts: &Doubts) -> Held {
        let key = key.to_lowercase();
        let found: Vec<&Entry> = self.entries.iter().filter(|e| e.key == key).collect();
        let doubted = self.doubted.iter().find(|(prefix, _)| key.starts_with(prefix) && !found.is_empty());
        if doubted.is_some_and(|(_, missing)| doubts.choose(Kind::Missing, missing, 2) == 0) {
            return Held::Absent;
        }
        let entry = match found.as_slice() {
            [] if self.is_open(&key) => return Held::Unknown,
            // Absent all the same, but never a variable (S-VAR-10).
            [] if catalog.is_multivalued(&key) == Some(true) => {
                return Held::Values { values: Vec::new(), multivalued: true };
            }
            [] => return Held::Absent,
            [one] => one,
            // U-15: tags that differ by case only. Which of them is read is one open reading.
            several => several[doubts.choose(Kind::Open, &format!("which of the keys {key}"), several.len())],
        };
        let multivalued = match catalog.is_multivalued(&key) {
            Some(multivalued) => multivalued || entry.values.len() > 1,
            None => entry.listed,
        };
        Held::Values { values: entry.values.clone(), multivalued }
    }
}
