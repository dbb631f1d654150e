//! A document that is too long -> several that together say the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::WhatCan;
use super::statement::{Listed, Statement, characters, document};
use crate::document::PolicyKind;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{ParsedPolicy, PolicySource};
use crate::region::arena::Region;

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
        waiting.reverse();
        let denied: Vec<Vec<Region>> = denies.iter().map(|deny| self.regions(deny)).collect();
        let written = |allows: &[Statement], needed: &BTreeSet<usize>| -> Vec<Statement> {
            allows.iter().chain(needed.iter().filter_map(|&place| denies.get(place))).cloned().collect()
        };
        let mut parts: Vec<Part> = Vec::new();
        while let Some(allow) = waiting.pop() {
            let allowed = self.regions(&allow);
            let needed: BTreeSet<usize> = (0..denies.len())
                .filter(|&place| denied.get(place).is_some_and(|denied| self.meet(&allowed, denied)))
                .collect();
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
            match halves(&allow).filter(|_| alone > most && leaves_room) {
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

/// Two statements that together say the same. A `Not…` list says what all its entries say, and cannot be halved.
fn halves(statement: &Statement) -> Option<[Statement; 2]> {
    let long = |listed: &Listed| !listed.not && listed.entries.len() > 1;
    let size = |listed: &Listed| listed.entries.iter().map(String::len).sum::<usize>();
    let (actions, resources) = (&statement.actions, &statement.resources);
    let halved = |listed: &Listed| {
        let (first, second) = listed.entries.split_at(listed.entries.len() / 2);
        [first, second].map(|entries| Listed { not: false, entries: entries.to_vec() })
    };
    if long(actions) && (!long(resources) || size(actions) >= size(resources)) {
        return Some(halved(actions).map(|actions| Statement { actions, ..statement.clone() }));
    }
    long(resources).then(|| halved(resources).map(|resources| Statement { resources, ..statement.clone() }))
}
