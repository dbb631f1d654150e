//! A document that is too long -> several that together say the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::WhatCan;
use super::statement::{Listed, Statement, characters, document};
use crate::document::PolicyKind;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{ParsedPolicy, PolicySource};
use crate::region::arena::Region;

/// A Deny is at most such a part of a document, where it can be halved.
const PARTS_OF_DENIES: usize = 4;

/// A document in the making: its Allows, and which Denies they need beside them.
#[derive(Default)]
struct Part {
    allows: Vec<Statement>,
    denies: BTreeSet<usize>,
}

impl WhatCan<'_> {
    /// Documents of at most `most` characters each, white space apart, which together say the same, in order.
    ///
    /// Each of them alone allows nothing that the whole does not: a Deny stands in every document with an Allow of
    /// requests that it denies. A statement that is too long with its Denies is halved, unless nothing in it can be.
    pub fn documents(&self, most: usize) -> Vec<Vec<Statement>> {
        let (denies, mut waiting): (Vec<Statement>, Vec<Statement>) =
            self.statements.iter().cloned().partition(|statement| statement.denies);
        // Of a long Deny an Allow may need a part only.
        let denies: Vec<Statement> =
            denies.into_iter().flat_map(|deny| shorter(deny, most / PARTS_OF_DENIES)).collect();
        waiting.reverse();
        let denied: Vec<Vec<Region>> = denies.iter().map(|deny| self.regions(deny)).collect();
        let written = |allows: &[Statement], needed: &BTreeSet<usize>| -> Vec<Statement> {
            allows.iter().chain(needed.iter().filter_map(|&place| denies.get(place))).cloned().collect()
        };
        let mut parts: Vec<Part> = Vec::new();
        let needed_by = |allow: &Statement| -> BTreeSet<usize> {
            let allowed = self.regions(allow);
            let touches =
                |place: &usize| denied.get(*place).is_some_and(|denied| self.meet(&allowed, denied));
            (0..denies.len()).filter(touches).collect()
        };
        while let Some(allow) = waiting.pop() {
            let needed = needed_by(&allow);
            if let Some(last) = parts.last_mut() {
                let both = last.denies.union(&needed).copied().collect();
                let allows = [last.allows.as_slice(), std::slice::from_ref(&allow)].concat();
                if characters(&written(&allows, &both)) <= most {
                    *last = Part { allows, denies: both };
                    continue;
                }
            }
            let alone = characters(&written(std::slice::from_ref(&allow), &needed));
            let leaves_room = needed.is_empty() || characters(&written(&[], &needed)) < most;
            let helps = |halves: &[Statement; 2]| {
                leaves_room || halves.iter().any(|half| needed_by(half).len() < needed.len())
            };
            match halves(&allow).filter(|halves| alone > most && helps(halves)) {
                Some([first, second]) => waiting.extend([second, first]),
                None => parts.push(Part { allows: vec![allow], denies: needed }),
            }
        }
        match parts.is_empty() {
            true => vec![Vec::new()],
            false => parts.iter().map(|part| written(&part.allows, &part.denies)).collect(),
        }
    }

    /// What a statement speaks of, whatever the context.
    fn regions(&self, statement: &Statement) -> Vec<Region> {
        let text = document(std::slice::from_ref(statement)).to_string();
        let parsed = ParsedPolicy::read(PolicySource::Given(text.into(), PolicyKind::Identity));
        let facts = self.engine.facts();
        let compiled = facts.compiler.compile(Arc::new(parsed), PolicyKind::Identity);
        let bindings = PrincipalBindings::new(facts, &self.caller);
        facts
            .compiler
            .read(&compiled, &bindings)
            .into_iter()
            .map(|read| facts.arena().get(read.region))
            .collect()
    }

    /// Whether some request may be of both.
    fn meet(&self, some: &[Region], others: &[Region]) -> bool {
        let arena = self.engine.facts().arena();
        some.iter().any(|one| others.iter().any(|other| arena.meet_regions(*one, *other).is_some()))
    }
}

/// A Deny in parts of at most `most` characters, unless nothing in it can be halved.
fn shorter(deny: Statement, most: usize) -> Vec<Statement> {
    let mut waiting = vec![deny];
    let mut parts = Vec::new();
    while let Some(part) = waiting.pop() {
        match halves(&part).filter(|_| characters(std::slice::from_ref(&part)) > most) {
            Some([first, second]) => waiting.extend([second, first]),
            None => parts.push(part),
        }
    }
    parts
}

/// Two statements that together say the same. A `Not…` list says what all its entries say, and cannot be halved; nor can values
/// none of which may match, or among which all must be.
fn halves(statement: &Statement) -> Option<[Statement; 2]> {
    let size = |entries: &[String]| entries.iter().map(String::len).sum::<usize>();
    let halved = |entries: &[String]| {
        let (first, second) = entries.split_at(entries.len() / 2);
        [first.to_vec(), second.to_vec()]
    };
    let lists = [&statement.actions, &statement.resources].into_iter().enumerate();
    let of_lists = lists
        .filter(|(_, listed)| !listed.not && listed.entries.len() > 1)
        .map(|(place, listed)| (size(&listed.entries), place));
    let values = statement.condition.iter().filter(|(operator, _)| is_any_of(operator));
    let values =
        values.flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)));
    let longest = values
        .filter(|(_, _, values)| values.len() > 1)
        .map(|(operator, key, values)| (size(values), operator, key, values))
        .max();
    let listed = of_lists.max_by_key(|(size, place)| (*size, 1 - *place));
    if let Some((values_size, operator, key, values)) = longest
        && listed.is_none_or(|(size, _)| size < values_size)
    {
        return Some(halved(values).map(|values| {
            let mut half = statement.clone();
            half.condition.entry(operator.clone()).or_default().insert(key.clone(), values);
            half
        }));
    }
    let (_, place) = listed?;
    let entries = if place == 0 { &statement.actions.entries } else { &statement.resources.entries };
    Some(halved(entries).map(|entries| {
        let entries = Listed { not: false, entries };
        match place {
            0 => Statement { actions: entries, ..statement.clone() },
            _ => Statement { resources: entries, ..statement.clone() },
        }
    }))
}

/// Whether a test holds where it does for one of its values.
fn is_any_of(operator: &str) -> bool {
    !operator.starts_with("ForAllValues:") && !operator.contains("Not") && operator != "Null"
}
