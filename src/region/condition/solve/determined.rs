//! What the keys that a request states say of others (S-TRI-06, S-TRI-09).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::coupling::{Facts, agree, index};
use crate::region::condition::key::{KeyValue, Known};
use crate::region::condition::value::date;

/// What follows for a key from the keys that are stated, by lower-case name: their values, none for a key that the request
/// lacks. Where these contradict each other nothing follows.
pub fn determined(name: &str, stated: &BTreeMap<String, Vec<String>>) -> Known<'static> {
    let texts = |key: &str| stated.get(key).map(Vec::as_slice).unwrap_or_default();
    let instant = |key: &str| match texts(key) {
        [one] => date::parse(one),
        _ => None,
    };
    let text = match name {
        "aws:currenttime" => instant("aws:epochtime").and_then(date::iso_text),
        "aws:epochtime" => instant("aws:currenttime").map(|instant| instant.text()),
        "aws:calledviafirst" => texts("aws:calledvia").first().cloned(),
        "aws:calledvialast" => texts("aws:calledvia").last().cloned(),
        _ => None,
    };
    match text {
        Some(text) => Known::One(Cow::Owned(text)),
        None => by_implications(name, stated),
    }
}

fn by_implications(name: &str, stated: &BTreeMap<String, Vec<String>>) -> Known<'static> {
    let Some(this) = index(name) else { return Known::Unknown };
    let coupled = stated.iter().filter_map(|(name, values)| Some((index(name)?, facts(name, values))));
    let coupled: Vec<(usize, Facts)> = coupled.collect();
    let can_be = |value: &KeyValue| coupled.iter().all(|other| agree((this, Facts::of(name, value)), *other));
    let one = |text: &str| KeyValue::One(text.to_owned());
    match (can_be(&KeyValue::Absent), can_be(&one("false")), can_be(&one("true"))) {
        (true, false, false) => Known::Absent,
        (false, false, true) => Known::One(Cow::Borrowed("true")),
        _ => Known::Unknown,
    }
}

fn facts(name: &str, values: &[String]) -> Facts {
    let value = match values {
        [] => KeyValue::Absent,
        [one] => KeyValue::One(one.clone()),
        several => KeyValue::Many(several.to_vec()),
    };
    Facts::of(name, &value)
}
