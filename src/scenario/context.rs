//! The context of a scenario.

use super::value::{Node, ScenarioError};
use crate::catalog::tagging::resource_tag;
use crate::region::condition::{KeyValue, contradictions, is_coupled};

/// What a scenario gives of the context. Keys are in lower case.
#[derive(Clone, Debug, Default)]
pub struct StatedContext {
    given: Vec<(Box<str>, Given)>,
    /// Tags of a resource whose keys differ by case only, with their values: nobody knows which of them a condition reads (S-COND-03,
    /// U-15).
    twins: Vec<(Box<str>, Box<str>)>,
    /// Keys that are stated to be open.
    open: Vec<Box<str>>,
    /// Keys that are stated to be absent.
    absent: Vec<Box<str>>,
}

/// The values of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The values.
    pub values: Vec<Box<str>>,
    /// Whether they are written as a list.
    pub listed: bool,
}

impl StatedContext {
    /// Reads `{"key": "value" | ["a", "b"] | null}`; `null` is an absent key. Keys ignore case, and of them only tags of a resource may
    /// stand here in several spellings.
    pub(super) fn read(node: &Node<'_, '_>) -> Result<Self, ScenarioError> {
        let mut context = Self::default();
        for (key, raw) in node.object()?.0 {
            let member = node.member(&key, raw);
            if member.is_null() {
                context.absent.push(key.to_lowercase().into());
                continue;
            }
            let listed = raw.starts_with('[');
            let values: Vec<Box<str>> = match listed {
                true => {
                    let all = member.list()?;
                    let each = (0..).zip(all).map(|(index, raw)| member.element(index, raw).scalar());
                    each.map(|text| text.map(|text| text.as_ref().into())).collect::<Result<_, _>>()?
                }
                false => vec![member.scalar()?.as_ref().into()],
            };
            let name = key.to_lowercase();
            let is_known = context.get(&name).is_some() || context.twins(&name).next().is_some();
            match &values[..] {
                [value] if is_known && !listed && resource_tag(&name).is_some() => {
                    context.add_twin(&name, value)
                }
                _ if is_known => {
                    return Err(member.error(format!("`{key}` stands here twice: keys ignore case")));
                }
                _ => context.given.push((name.into(), Given { values, listed })),
            }
        }
        Ok(context)
    }

    /// Another value of a tag that is given already.
    fn add_twin(&mut self, name: &str, value: &str) {
        if self.get(name).is_some_and(|given| given.values.iter().all(|known| **known == *value)) {
            return;
        }
        let at = self.given.iter().position(|(known, _)| **known == *name);
        let before = at.into_iter().flat_map(|at| self.given.remove(at).1.values);
        self.twins.extend(before.map(|value| (name.into(), value)));
        self.twins.push((name.into(), value.into()));
        self.leave_open(name);
    }

    /// The values of which a condition reads one, by the lower-case name of the key; none unless there are several.
    pub fn twins<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        self.twins.iter().filter(move |(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// The keys of tags that have several values, by lower-case name, with each of them.
    pub fn all_twins(&self) -> impl Iterator<Item = (&str, &str)> {
        self.twins.iter().map(|(name, value)| (&**name, &**value))
    }

    /// What is given of a key, by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|(known, _)| **known == *name).map(|(_, given)| given)
    }

    /// The keys that are given, by lower-case name.
    pub fn given(&self) -> impl Iterator<Item = (&str, &Given)> {
        self.given.iter().map(|(name, given)| (&**name, given))
    }

    /// Gives one value of a key, unless something is given of it already.
    pub fn add(&mut self, key: &str, value: &str) {
        let name = key.to_lowercase();
        if self.get(&name).is_none() && self.twins(&name).next().is_none() {
            self.given.push((name.into(), Given { values: vec![value.into()], listed: false }));
        }
    }

    /// Whether some key holds an empty value, or none.
    pub fn has_empty_values(&self) -> bool {
        self.given.iter().any(|(_, given)| given.values.iter().all(|value| value.is_empty()))
    }

    /// Takes keys away.
    pub fn remove(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.given.retain(|(name, _)| !unwanted(name));
        let (twins, others) =
            std::mem::take(&mut self.twins).into_iter().partition(|(name, _)| unwanted(name));
        let twins: Vec<(Box<str>, Box<str>)> = twins;
        self.twins = others;
        self.open.retain(|name| twins.iter().all(|(twin, _)| twin != name));
    }

    /// This context with what another gives in place of what it says itself.
    pub fn overlaid(&self, other: &Self) -> Self {
        let is_kept = |name: &str| other.get(name).is_none() && other.twins(name).next().is_none();
        let kept = self.given.iter().filter(|(name, _)| is_kept(name));
        let twins = self.twins.iter().filter(|(name, _)| is_kept(name));
        let both = |one: &[Box<str>], other: &[Box<str>]| one.iter().chain(other).cloned().collect();
        Self {
            given: kept.chain(&other.given).cloned().collect(),
            twins: twins.chain(&other.twins).cloned().collect(),
            open: both(&self.open, &other.open),
            absent: both(&self.absent, &other.absent),
        }
    }

    /// States that nothing is known of a key that is not given.
    pub fn leave_open(&mut self, key: &str) {
        self.open.push(key.to_lowercase().into());
    }

    /// Whether it was stated that nothing is known of a key.
    pub fn leaves_open(&self, name: &str) -> bool {
        self.open.iter().any(|key| **key == *name)
    }

    /// Whether it was stated that the request does not hold a key, and nothing else.
    pub fn lacks(&self, name: &str) -> bool {
        self.absent.iter().any(|key| **key == *name) && self.get(name).is_none()
    }

    /// Each two keys that no request can hold as they are given (S-TRI-06).
    pub fn contradictions(&self) -> Vec<(&str, &str)> {
        let value = |given: &Given| match &*given.values {
            [] => KeyValue::Absent,
            [one] if !given.listed => KeyValue::One(one.to_string()),
            values => KeyValue::Many(values.iter().map(|value| value.to_string()).collect()),
        };
        let coupled = self.given.iter().filter(|(name, _)| is_coupled(name));
        let held: Vec<(&str, KeyValue)> = coupled.map(|(name, given)| (&**name, value(given))).collect();
        contradictions(&held)
    }

    /// The keys of which it is stated what they hold, or that they are absent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let absent = self.absent.iter().filter(|name| self.lacks(name));
        self.given.iter().map(|(name, _)| &**name).chain(absent.map(|name| &**name))
    }

    /// The keys that are given, each with its first value.
    pub fn firsts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.given.iter().filter_map(|(name, given)| Some((&**name, &**given.values.first()?)))
    }
}

/// The keys of which a scenario says nothing although the request may hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenKeys {
    /// None: a key that is not given is absent.
    #[default]
    None,
    /// These, by lower-case name; one that ends in `/` stands for all tags.
    These(Vec<String>),
    /// All that are not given.
    All,
}

impl OpenKeys {
    /// The keys of a list; none if it is empty.
    pub fn these<T: AsRef<str>>(keys: impl IntoIterator<Item = T>) -> Self {
        let keys: Vec<String> = keys.into_iter().map(|key| key.as_ref().to_lowercase()).collect();
        if keys.is_empty() { Self::None } else { Self::These(keys) }
    }

    /// The keys that are open here or there.
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, other) => other.clone(),
            (this, Self::None) => this,
            (Self::These(mut keys), Self::These(more)) => {
                keys.extend_from_slice(more);
                Self::These(keys)
            }
        }
    }

    /// Whether a key, by its lower-case name, is open unless it is given.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::These(keys) => {
                keys.iter().any(|key| key == name || (key.ends_with('/') && name.starts_with(key.as_str())))
            }
            Self::All => true,
        }
    }
}
