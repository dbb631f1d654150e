//! The context that a question gives.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::facts::Assumptions;
use crate::facts::keys::{self, Origin, origin};
use crate::region::condition::{
    Bindings, ConditionId, Conditions, KeyId, KeyValue, Known, contradictions, determined,
};

/// Context keys that a question states; all others stay unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By lower-case name: the values, or nothing for a key that is absent.
    keys: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A context that states nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// States one more value of a key.
    pub fn add(&mut self, key: &str, value: &str) {
        self.keys.entry(key.to_lowercase()).or_default().push(value.to_owned());
    }

    /// States that the request does not hold a key.
    pub fn absent(&mut self, key: &str) {
        self.keys.insert(key.to_lowercase(), Vec::new());
    }

    /// States a value of a key, or its absence, unless something is stated of it already.
    pub fn or(&mut self, key: &str, value: Option<&str>) {
        let values = || value.map(str::to_owned).into_iter().collect();
        self.keys.entry(key.to_lowercase()).or_insert_with(values);
    }

    /// Takes back what is stated of some keys; returns their names.
    pub fn take_back(&mut self, unwanted: impl Fn(&str) -> bool) -> Vec<String> {
        let names: Vec<String> = self.keys.keys().filter(|name| unwanted(name)).cloned().collect();
        self.keys.retain(|name, _| !unwanted(name));
        names
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that are stated, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The values that are stated of a key, by its lower-case name; none at all for a key that the request lacks.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.keys.get(name).map(Vec::as_slice)
    }

    /// What is still assumed beside what is stated.
    pub(super) fn beside(&self, assumptions: &Assumptions) -> Assumptions {
        assumptions.beside(|name| self.get(name))
    }

    /// What the stated keys say of each other that no request can hold (S-TRI-06). The context is taken as it stands.
    pub fn contradictions(&self) -> Vec<String> {
        let value = |values: &[String]| match values {
            [] => KeyValue::Absent,
            [one] => KeyValue::One(one.clone()),
            several => KeyValue::Many(several.to_vec()),
        };
        let held: Vec<(&str, KeyValue)> =
            self.keys.iter().map(|(name, values)| (name.as_str(), value(values))).collect();
        contradictions(&held).into_iter().map(|(one, other)| contradicts(one, other)).collect()
    }

    /// Whether some key holds an empty value alone.
    pub fn has_empty_values(&self) -> bool {
        self.keys.values().any(|values| !values.is_empty() && values.iter().all(String::is_empty))
    }

    /// Whether something is stated of the caller, which its policies are read with.
    pub(super) fn speaks_of_callers(&self) -> bool {
        self.names().any(|name| keys::origin(name) == Origin::Principal)
    }

    /// What is stated of that which a session carries from the call that made it, apart from who calls.
    pub(super) fn of_sessions(&self, conditions: &Conditions) -> ConditionId {
        let names = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:SourceIdentity"];
        conditions.and_all(names.into_iter().filter_map(|name| {
            let key = conditions.key(keys::key(name));
            let values = self.keys.get(&name.to_lowercase())?;
            Some(match values.as_slice() {
                [] => conditions.absent(key),
                values => conditions.equals(key, values.iter().map(String::as_str)),
            })
        }))
    }

    /// The context as a binding of the keys of `conditions`.
    pub fn bindings<'a>(&'a self, conditions: &'a Conditions) -> impl Bindings + Sync + 'a {
        InArena { context: self, conditions }
    }
}

/// What is said of two keys that contradict each other.
pub(super) fn contradicts(one: &str, other: &str) -> String {
    format!("no request holds `{one}` and `{other}` as the context states them; it is taken as it stands")
}

struct InArena<'a> {
    context: &'a Context,
    conditions: &'a Conditions,
}

impl Bindings for InArena<'_> {
    fn states_some(&self, prefix: &str) -> bool {
        self.context.keys.iter().any(|(name, values)| !values.is_empty() && name.starts_with(prefix))
    }

    fn lookup(&self, key: KeyId) -> Known<'_> {
        if self.context.is_empty() {
            return Known::Unknown;
        }
        let key = self.conditions.key_of(key);
        match self.context.keys.get(&*key.name).map(Vec::as_slice) {
            None if origin(&key.name) == Origin::Request => determined(&key.name, &self.context.keys),
            None => Known::Unknown,
            Some([]) => Known::Absent,
            Some(values) if key.multivalued => {
                Known::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect())
            }
            Some([one]) => Known::One(Cow::Borrowed(one)),
            Some(values) => Known::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect()),
        }
    }

    fn stated(&self) -> Vec<&str> {
        self.context.names().collect()
    }
}
