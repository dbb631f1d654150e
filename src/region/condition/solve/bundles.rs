//! Cells of keys whose values determine each other.

use rustc_hash::FxHashSet;

use super::cells::{Cells, Collector, KeyTests};
use super::coupling::Bundle;
use super::texts::Patterns;
use super::values::{Domain, decimal_spellings, iso_spellings, points};
use crate::region::condition::key::KeyValue;
use crate::region::condition::operator::Family;
use crate::region::condition::program::Program;
use crate::region::condition::value::glob::{Glob, Token};
use crate::region::condition::value::{Number, date};

/// How many lists of calling services are looked at.
const MAX_LISTS: usize = 100_000;

/// The cells of a bundle's keys, given by their places in it; `None` if the tests are of kinds that are not looked at
/// together. The keys are then left to themselves, which allows too much and never too little.
pub(super) fn bundle_cells(bundle: Bundle, places: &[usize], keys: &[KeyTests<'_>]) -> Option<Cells> {
    match bundle {
        Bundle::Time => time_cells(keys),
        Bundle::CalledVia => called_via_cells(places, keys),
        Bundle::Organization(_) => organization_cells(keys),
        Bundle::Principal => super::principal::principal_cells(places, keys),
    }
}

/// Whether all tests compare text.
pub(super) fn is_textual(keys: &[KeyTests<'_>]) -> bool {
    let textual =
        |program: &Program| matches!(program.operator.family(), Family::Text | Family::Arn | Family::Null);
    keys.iter().all(|tests| tests.programs().all(textual))
}

/// One instant in two spellings: all instants that some test could tell apart, each in the spellings that tests name and
/// in one that none names.
fn time_cells(keys: &[KeyTests<'_>]) -> Option<Cells> {
    let [current, epoch] = keys else { return None };
    let programs = || keys.iter().flat_map(|tests| tests.programs());
    if programs().any(|program| !program.globs.is_empty()) {
        return None;
    }
    let named = |tests: &KeyTests<'_>| -> Vec<String> {
        let domain = Domain::new(tests.key, tests.programs());
        let exact = tests.programs().flat_map(|program| program.exact.iter().map(|text| text.to_string()));
        let folded =
            tests.programs().flat_map(|program| program.folded.iter().map(|text| text.to_uppercase()));
        exact.chain(folded).filter(|text| domain.contains(text)).collect()
    };
    let (named_current, named_epoch) = (named(current), named(epoch));
    let instants = named_current.iter().chain(&named_epoch).filter_map(|text| date::parse(text));
    let instants =
        points(programs().flat_map(|program| program.numbers.iter().copied()).chain(instants).collect());
    let spellings =
        |names: &[String], instant: Number, usual: &mut dyn Iterator<Item = String>| -> Vec<KeyValue> {
            let named = names.iter().filter(|text| date::parse(text) == Some(instant)).cloned();
            let other = usual.take(names.len() + 1).find(|text| !names.contains(text));
            named.chain(other).map(KeyValue::One).collect()
        };
    let mut collector = Collector::new(keys);
    for instant in instants {
        for current in spellings(&named_current, instant, &mut iso_spellings(instant)) {
            for epoch in spellings(&named_epoch, instant, &mut decimal_spellings(instant)) {
                collector.add(vec![current.clone(), epoch]);
            }
        }
    }
    for absent in [[true, false], [false, true], [true, true]] {
        let lacking = |tests: &KeyTests<'_>, absent: bool| match absent {
            true => {
                if tests.may_lack() {
                    vec![KeyValue::Absent]
                } else {
                    Vec::new()
                }
            }
            false => tests.values().0,
        };
        for current in lacking(current, absent[0]) {
            for epoch in lacking(epoch, absent[1]) {
                if current == KeyValue::Absent || epoch == KeyValue::Absent {
                    collector.add(vec![current.clone(), epoch]);
                }
            }
        }
    }
    Some(collector.finish())
}

/// A list, its first and its last member.
fn called_via_cells(places: &[usize], keys: &[KeyTests<'_>]) -> Option<Cells> {
    if !is_textual(keys) {
        return None;
    }
    let any = keys.first()?;
    let mut found = Domain::new(any.key, keys.iter().flat_map(|tests| tests.programs())).texts();
    let mut known = FxHashSet::default();
    found.texts.retain(|text| known.insert(keys.iter().map(|tests| tests.element(text)).collect::<Vec<_>>()));
    let list = places.iter().position(|&place| place == 0).and_then(|at| keys.get(at));
    let mut collector = Collector::new(keys);
    if !found.complete {
        collector.incomplete();
    }
    let middles: Vec<Vec<String>> = match list {
        None => vec![Vec::new()],
        Some(list) => {
            let (sets, complete) = list.sets(found.texts.clone());
            if !complete {
                collector.incomplete();
            }
            let texts = |set| match set {
                KeyValue::Many(texts) => texts.into_iter().filter(|text| !text.is_empty()).collect(),
                _ => Vec::new(),
            };
            std::iter::once(Vec::new()).chain(sets.into_iter().map(texts)).collect()
        }
    };
    if found.texts.len().pow(2) * middles.len() > MAX_LISTS {
        return None;
    }
    let value = |place: usize, list: &[String]| match place {
        0 => KeyValue::Many(list.to_vec()),
        1 => list.first().cloned().map_or(KeyValue::Absent, KeyValue::One),
        _ => list.last().cloned().map_or(KeyValue::Absent, KeyValue::One),
    };
    for first in &found.texts {
        collector.add(places.iter().map(|&place| value(place, std::slice::from_ref(first))).collect());
        for last in &found.texts {
            for middle in &middles {
                let members: Vec<String> = [first].into_iter().chain(middle).chain([last]).cloned().collect();
                collector.add(places.iter().map(|&place| value(place, &members)).collect());
            }
        }
    }
    if keys.iter().all(|tests| tests.may_lack()) {
        collector.add(vec![KeyValue::Absent; keys.len()]);
    }
    Some(collector.finish())
}

/// An organization's id, and paths that all begin with it.
fn organization_cells(keys: &[KeyTests<'_>]) -> Option<Cells> {
    let [id, paths] = keys else { return None };
    if !is_textual(keys) {
        return None;
    }
    let mut collector = Collector::new(keys);
    let mut programs: Vec<Program> = Vec::new();
    for pattern in paths.programs().flat_map(|program| program.patterns()) {
        let front: Vec<Token> =
            pattern.tokens.iter().copied().take_while(|token| *token != Token::Char('/')).collect();
        let literal: String = front
            .iter()
            .map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None })
            .collect();
        let is_literal = literal.chars().count() == front.len() && front.len() < pattern.tokens.len();
        if !is_literal && front != [Token::Many(None)] {
            collector.incomplete();
        }
        programs.push(Program::of_text(&literal));
    }
    let ids = Domain::new(id.key, id.programs().chain(&programs)).texts();
    for text in ids.texts.iter().filter(|text| !text.contains('/')) {
        let mut patterns = Patterns { domain: Some(beginning_with(text)), ..Patterns::default() };
        patterns.globs.extend(paths.programs().flat_map(|program| program.patterns()));
        let found = patterns.explored_texts(Vec::new());
        let (sets, complete) = paths.sets(found.texts);
        if !(ids.complete && found.complete && complete) {
            collector.incomplete();
        }
        for set in sets {
            let holds_path =
                matches!(&set, KeyValue::Many(texts) if texts.iter().all(|path| !path.is_empty()));
            if holds_path {
                collector.add(vec![KeyValue::One(text.clone()), set]);
            }
        }
    }
    if keys.iter().all(|tests| tests.may_lack()) {
        collector.add(vec![KeyValue::Absent; 2]);
    }
    Some(collector.finish())
}

/// The texts `id/` and any text after it.
fn beginning_with(id: &str) -> Glob {
    let tokens = id.chars().chain(['/']).map(Token::Char);
    Glob::new(tokens.chain([Token::Many(None)]).collect())
}
