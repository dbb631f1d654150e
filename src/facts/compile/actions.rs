//! `Action` and `NotAction` -> the actions that surely match, and those that may (S-ACT-02 to S-ACT-04, S-GRAM-21,
//! S-TRI-07).

use std::sync::Arc;

use super::{Compiler, Match};
use crate::document::{ActionElement, ActionEntry};
use crate::facts::universe::is_exact;
use crate::region::action_set::{ActionPattern, ActionSetId};

/// The actions of an element.
///
/// An entry that cannot be interpreted is read once as matching and once as not (S-TRI-07): what both readings match
/// is sure, what only one matches is in doubt.
pub fn compile(compiler: &Compiler, element: &ActionElement) -> Match<ActionSetId> {
    if element.entries.is_empty() {
        // S-GRAM-15: no effect. U-02: an empty `NotAction` is malformed.
        let doubt = if element.negated { ActionSetId::ALL } else { ActionSetId::EMPTY };
        return Match { sure: ActionSetId::EMPTY, doubt };
    }
    let readable = element.entries.iter().filter_map(|entry| match entry {
        ActionEntry::Pattern(pattern) => Some(&*pattern.value),
        ActionEntry::Malformed(_) => None,
    });
    let listed = set(compiler, readable);
    let malformed = element.entries.iter().filter_map(|entry| match entry {
        ActionEntry::Pattern(_) => None,
        ActionEntry::Malformed(malformed) => Some(malformed.glob.as_deref().unwrap_or("*")),
    });
    let open = union_at_most(compiler, malformed);
    let (most, least) = match element.negated {
        false => (compiler.arena.actions.union(listed, open), listed),
        true => (
            compiler.arena.actions.complement(listed),
            compiler.arena.actions.complement(compiler.arena.actions.union(listed, open)),
        ),
    };
    Match { sure: least, doubt: compiler.arena.actions.difference(most, least) }
}

/// The union of action patterns.
pub fn set<'p>(compiler: &Compiler, patterns: impl IntoIterator<Item = &'p str>) -> ActionSetId {
    let mut exact = Vec::new();
    let mut wildcards = Vec::new();
    for pattern in patterns {
        if pattern == "*" || pattern == "*:*" {
            return ActionSetId::ALL;
        }
        match is_exact(pattern) {
            // A name outside the universe cannot be: the universe was made of these names.
            true => exact.extend(compiler.universe.find(pattern)),
            false => wildcards.push((members(compiler, pattern), pattern)),
        }
    }
    compiler.arena.actions.of(exact
        .into_iter()
        .map(ActionPattern::Exact)
        .chain(wildcards.iter().map(|(members, pattern)| ActionPattern::Wildcard(members, pattern))))
}

/// The union of what malformed patterns could match at most.
fn union_at_most<'p>(compiler: &Compiler, patterns: impl Iterator<Item = &'p str>) -> ActionSetId {
    let patterns: Vec<&str> = patterns.collect();
    if patterns.iter().any(|pattern| matches!(*pattern, "*" | "*:*")) {
        return ActionSetId::ALL;
    }
    let patterns: Vec<(Vec<usize>, &str)> =
        patterns.into_iter().map(|pattern| (compiler.universe.at_most(pattern), pattern)).collect();
    let all = patterns.iter().map(|(members, pattern)| ActionPattern::Wildcard(members, pattern));
    compiler.arena.actions.of(all)
}

fn members(compiler: &Compiler, pattern: &str) -> Arc<[usize]> {
    if let Some(members) = compiler.wildcards.read().get(pattern) {
        return members.clone();
    }
    let members: Arc<[usize]> = compiler.universe.matching(pattern).into();
    compiler.wildcards.write().insert(pattern.into(), members.clone());
    members
}
