//! Principals that are alike as far as some conditions can tell.
//!
//! A condition is bound once for each class of principals that it can't tell apart. Those are the principals that agree on
//! the keys that occur; of keys whose value is only compared with texts and patterns it suffices that they match the same
//! ones, and an index by value finds who matches any.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::members::{ByName, Members};
use crate::facts::binding::PrincipalBindings;
use crate::facts::keys::{self, Origin};
use crate::facts::{Facts, PrincipalId};
use crate::region::condition::{ConditionId, KeyId, Known, TextTests, is_arn};

/// Lists that are known already.
type Memo<K, V> = Mutex<FxHashMap<K, Arc<[V]>>>;

/// Binds conditions for many principals.
pub(super) struct Classes<'a> {
    facts: &'a Facts,
    by_name: &'a ByName,
    bound: Memo<ConditionId, Bound>,
    partitions: Memo<Box<[(KeyId, Kept)]>, Members>,
    values: Memo<KeyId, Held>,
}

/// A condition as it reads for some principals.
pub(super) type Bound = (ConditionId, Members);

/// What of the value of a key tells principals apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kept {
    Value,
    /// Whether it is there, and whether it is an ARN.
    Form,
}

/// Those who hold a value.
struct Held {
    text: Box<str>,
    /// Whether the name of a session follows that nobody knows.
    open: bool,
    members: Members,
}

/// How the values of a principal meet the tests of some keys, by their places.
type Matched = Vec<(usize, By)>;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum By {
    /// Which tests match.
    Tests(Box<[bool]>),
    /// The tests may match some name behind this text.
    Name(Box<str>),
}

impl By {
    fn is_nothing(&self) -> bool {
        matches!(self, By::Tests(matched) if !matched.contains(&true))
    }
}

/// Up to how many principals are read one by one.
const FEW: usize = 16;

impl<'a> Classes<'a> {
    pub(super) fn new(facts: &'a Facts, by_name: &'a ByName) -> Self {
        let (bound, partitions, values) = Default::default();
        Self { facts, by_name, bound, partitions, values }
    }

    /// The condition as it reads for the members of a set: parts of the set, none of them empty.
    pub(super) fn bind(&self, condition: ConditionId, members: &Members) -> Vec<Bound> {
        let keys = self.keys(condition);
        if keys.is_empty() {
            return vec![(condition, members.clone())];
        }
        if members.len() <= FEW {
            let mut found: BTreeMap<ConditionId, Vec<u32>> = BTreeMap::new();
            for (id, place) in self.by_name.principals(members).zip(members.places()) {
                found.entry(self.bind_one(condition, id)).or_default().push(place);
            }
            return found.into_iter().map(|(bound, places)| (bound, Members::of(places))).collect();
        }
        let known = self.bound.lock().get(&condition).cloned();
        let of_all = known.unwrap_or_else(|| {
            let of_all: Arc<[Bound]> = self.bind_all(condition, &keys).into();
            self.bound.lock().entry(condition).or_insert(of_all).clone()
        });
        let parts = of_all.iter().map(|(bound, all)| (*bound, all.meet(members)));
        parts.filter(|(_, part)| !part.is_empty()).collect()
    }

    /// The keys of a condition that principals fix.
    fn keys(&self, condition: ConditionId) -> Vec<KeyId> {
        let conditions = &self.facts.arena().conditions;
        let of_principal = |key: &KeyId| keys::origin(&conditions.key_of(*key).name) == Origin::Principal;
        conditions.keys(condition).iter().copied().filter(of_principal).collect()
    }

    /// The condition as it reads for everybody.
    fn bind_all(&self, condition: ConditionId, keys: &[KeyId]) -> Vec<Bound> {
        let conditions = &self.facts.arena().conditions;
        let tests: Vec<(KeyId, Option<TextTests>)> =
            keys.iter().map(|&key| (key, conditions.text_tests(condition, key))).collect();
        let kept = tests.iter().map(|(key, tests)| match tests {
            Some(_) => (*key, Kept::Form),
            None => (*key, Kept::Value),
        });
        let classes = self.partition(kept.collect());
        let parts = self.parts(&tests);
        let mut found: FxHashMap<ConditionId, Members> = FxHashMap::default();
        for (class, part) in classes.iter().flat_map(|class| parts.iter().map(move |part| (class, part))) {
            let both = class.meet(part);
            if let Some(first) = self.by_name.principals(&both).next() {
                let members = found.entry(self.bind_one(condition, first)).or_default();
                *members = members.union(&both);
            }
        }
        found.into_iter().collect()
    }

    /// Everybody, divided by which tests their values match.
    fn parts(&self, tests: &[(KeyId, Option<TextTests>)]) -> Vec<Members> {
        let mut matched: BTreeMap<u32, Matched> = BTreeMap::new();
        for (index, (key, tests)) in tests.iter().enumerate() {
            let Some(tests) = tests else { continue };
            let values = self.values(*key);
            for beginning in tests.beginnings() {
                let from = |text: &str| values.partition_point(|held| *held.text < *text);
                let all = values.iter().skip(from(&beginning));
                let begin = all.take_while(|held| held.text.starts_with(&beginning));
                // Of a session whose name is open the value is longer than what is known of it.
                let shorter = beginning.match_indices(':').filter_map(|(end, _)| {
                    let text = beginning.get(..=end).filter(|text| text.len() < beginning.len())?;
                    values.get(from(text)).filter(|held| held.open && *held.text == *text)
                });
                for held in begin.chain(shorter) {
                    let by = match held.open {
                        true => By::Name(held.text.clone()),
                        false => By::Tests(tests.matched_by(&held.text)),
                    };
                    if !by.is_nothing() {
                        for place in held.members.places() {
                            matched.entry(place).or_default().push((index, by.clone()));
                        }
                    }
                }
            }
        }
        let mut alike: FxHashMap<Matched, Vec<u32>> = FxHashMap::default();
        let some = Members::of(matched.keys().copied().collect());
        for (place, by) in matched {
            alike.entry(by).or_default().push(place);
        }
        let none = Members::first_of_all(self.by_name.order().len()).without(&some);
        alike.into_values().map(Members::of).chain([none]).collect()
    }

    fn bind_one(&self, condition: ConditionId, id: PrincipalId) -> ConditionId {
        let fact = self.facts.principal(id);
        PrincipalBindings::new(self.facts, fact).bind(condition)
    }

    /// What each principal fixes of some keys, in the order of names.
    fn known<T: Send>(&self, read: impl Fn(&PrincipalBindings, u32) -> T + Sync) -> Vec<T> {
        let of = |(place, &id): (usize, &PrincipalId)| {
            let fact = self.facts.principal(id);
            read(&PrincipalBindings::new(self.facts, fact), place as u32)
        };
        self.by_name.order().par_iter().enumerate().with_min_len(256).map(of).collect()
    }

    /// Everybody by the value of a key, where it has one; values in order.
    fn values(&self, key: KeyId) -> Arc<[Held]> {
        if let Some(known) = self.values.lock().get(&key) {
            return known.clone();
        }
        let name = &self.facts.arena().conditions.key_of(key).name;
        let values = self.known(|bindings, place| match bindings.known(name) {
            Known::One(value) => Some((Box::<str>::from(&*value), false, place)),
            Known::Named(value, _) => Some((Box::<str>::from(&*value), true, place)),
            _ => None,
        });
        let mut values: Vec<(Box<str>, bool, u32)> = values.into_iter().flatten().collect();
        values.par_sort_unstable();
        let alike = values.chunk_by(|a, b| (&a.0, a.1) == (&b.0, b.1)).filter_map(|alike| {
            let (text, open, _) = alike.first()?;
            let members = Members::of(alike.iter().map(|(_, _, place)| *place).collect());
            Some(Held { text: text.clone(), open: *open, members })
        });
        let values: Arc<[Held]> = alike.collect();
        self.values.lock().insert(key, values.clone());
        values
    }

    /// Everybody, divided by what some keys are worth to them.
    fn partition(&self, keys: Box<[(KeyId, Kept)]>) -> Arc<[Members]> {
        if let Some(known) = self.partitions.lock().get(&keys) {
            return known.clone();
        }
        let conditions = &self.facts.arena().conditions;
        let asked: Vec<KeyId> = keys.iter().map(|(key, _)| *key).collect();
        let names: Vec<(&str, Kept)> =
            keys.iter().map(|&(key, kept)| (&*conditions.key_of(key).name, kept)).collect();
        let texts: Vec<String> = self.known(|bindings, _| {
            let known = names.iter().map(|(name, kept)| match (bindings.known(name), kept) {
                (Known::One(value), Kept::Form) if !value.is_empty() => Known::One(match is_arn(&value) {
                    true => "an ARN".into(),
                    false => "a text".into(),
                }),
                (Known::Named(_, name), Kept::Form) => Known::Named("".into(), name),
                (known, _) => known,
            });
            let known: Vec<Known> = known.collect();
            format!("{:?} {known:?}", bindings.besides(&asked))
        });
        let mut classes: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (text, place) in texts.iter().zip(0..) {
            classes.entry(text).or_default().push(place);
        }
        let classes: Arc<[Members]> = classes.into_values().map(Members::of).collect();
        self.partitions.lock().insert(keys, classes.clone());
        classes
    }
}
