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
use crate::facts::binding::{OrganizationOf, PrincipalBindings};
use crate::facts::keys::{self, Origin};
use crate::facts::{Caller, Facts, PrincipalId};
use crate::region::condition::{ConditionId, KeyId, Known, TextTests, is_arn};

/// Lists that are known already.
type Memo<K, V> = Mutex<FxHashMap<K, Arc<[V]>>>;

/// Binds conditions for many principals.
pub(super) struct Classes<'a> {
    facts: &'a Facts,
    by_name: &'a ByName,
    bound: Memo<ConditionId, Bound>,
    partitions: Memo<Box<[(KeyId, Kept)]>, Members>,
    values: Memo<KeyId, (Box<str>, Members)>,
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

/// Which tests of some keys, by their places, the values of a principal match.
type Matched = Vec<(usize, Box<[bool]>)>;

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
                let from = values.partition_point(|(value, _)| **value < *beginning);
                let begin = values.iter().skip(from).take_while(|(value, _)| value.starts_with(&beginning));
                for (value, members) in begin {
                    let by = tests.matched_by(value);
                    if by.contains(&true) {
                        for place in members.places() {
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
    fn values(&self, key: KeyId) -> Arc<[(Box<str>, Members)]> {
        if let Some(known) = self.values.lock().get(&key) {
            return known.clone();
        }
        let name = &self.facts.arena().conditions.key_of(key).name;
        let values = self.known(|bindings, place| match bindings.known(name) {
            Known::One(value) => Some((Box::<str>::from(&*value), place)),
            _ => None,
        });
        let mut values: Vec<(Box<str>, u32)> = values.into_iter().flatten().collect();
        values.par_sort_unstable();
        let alike = values.chunk_by(|a, b| a.0 == b.0).filter_map(|alike| {
            let (value, _) = alike.first()?;
            Some((value.clone(), Members::of(alike.iter().map(|(_, place)| *place).collect())))
        });
        let values: Arc<[(Box<str>, Members)]> = alike.collect();
        self.values.lock().insert(key, values.clone());
        values
    }

    /// Everybody, divided by what some keys are worth to them.
    fn partition(&self, keys: Box<[(KeyId, Kept)]>) -> Arc<[Members]> {
        if let Some(known) = self.partitions.lock().get(&keys) {
            return known.clone();
        }
        let conditions = &self.facts.arena().conditions;
        let names: Vec<(&str, Kept)> =
            keys.iter().map(|&(key, kept)| (&*conditions.key_of(key).name, kept)).collect();
        let texts: Vec<String> = self.known(|bindings, _| {
            let known = names.iter().map(|(name, kept)| match (bindings.known(name), kept) {
                (Known::One(value), Kept::Form) if !value.is_empty() => Known::One(match is_arn(&value) {
                    true => "an ARN".into(),
                    false => "a text".into(),
                }),
                (known, _) => known,
            });
            let known: Vec<Known> = known.collect();
            // What binding asks besides the keys.
            let fact = bindings.principal();
            let undocumented = matches!(fact.caller, Caller::Service | Caller::AwsOwned);
            let elsewhere =
                matches!(fact.standing.organization, OrganizationOf::Elsewhere).then_some(fact.account);
            format!("{undocumented} {elsewhere:?} {known:?}")
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
