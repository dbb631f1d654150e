//! Entries that others of their list cover, decided on sets of actions and resources.

use std::collections::BTreeMap;

use super::{Check, Code, Finding};
use crate::document::variable::has_variable;
use crate::document::{
    ActionEntry, PrincipalElement, PrincipalKind, ResourceEntry, Span, Statement, Version,
};
use crate::region::resource::{Padding, Piece};

/// In how many pairs of entries of a list one is asked whether it covers the other.
const MOST_PAIRS: usize = 2_000;

/// An entry of a list.
struct Entry<'s> {
    text: &'s str,
    span: Span,
}

impl Check<'_, '_> {
    /// Reports entries that say nothing that others of their list do not say.
    pub(super) fn covered_entries(&mut self, statement: &Statement) {
        self.covered_actions(statement);
        self.covered_resources(statement);
        let PrincipalElement::Entries { entries, .. } = &statement.principal else { return };
        let mut first: BTreeMap<(&str, bool), Span> = BTreeMap::new();
        for entry in entries {
            // The number of an account and the ARN of its root mean the same (S-PRN-02).
            let name = match entry.kind {
                PrincipalKind::Account => entry.account().unwrap_or(&entry.text),
                _ => &entry.text,
            };
            match first.get(&(name, entry.kind == PrincipalKind::Account)) {
                Some(before) => {
                    let message = format!("`{}` stands in the list already", entry.text);
                    let finding = Finding::new(Code::CoveredEntry, message, self.place(entry.span));
                    self.report(finding.with_also(self.place(*before)));
                }
                None => drop(first.insert((name, entry.kind == PrincipalKind::Account), entry.span)),
            }
        }
    }

    fn covered_actions(&mut self, statement: &Statement) {
        let entries: Vec<Entry> = statement
            .actions
            .entries
            .iter()
            .filter_map(|entry| match entry {
                ActionEntry::Pattern(text) => Some(Entry { text: &text.value, span: text.span }),
                ActionEntry::Malformed(_) => None,
            })
            .collect();
        let compiler = &self.checker.compiler;
        let service = |text: &str| text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let covers = |by: &str, of: &str| {
            (by.starts_with('*') || service(by) == service(of))
                && compiler.arena.actions.includes(compiler.actions_of([by]), compiler.actions_of([of]))
        };
        let found = covered(&entries, |a, b| a.eq_ignore_ascii_case(b), covers);
        // What names nothing that exists is said as that.
        self.covered(
            &entries,
            found
                .into_iter()
                .filter(|(of, _)| entries.get(*of).is_some_and(|entry| super::actions::is_known(entry.text)))
                .collect(),
        );
    }

    fn covered_resources(&mut self, statement: &Statement) {
        let Some(element) = &statement.resources else { return };
        let expands = self.document.version != Version::V2008;
        let entries: Vec<Entry> = element
            .entries
            .iter()
            .filter_map(|entry| match entry {
                ResourceEntry::Pattern(text) if !(expands && has_variable(&text.value)) => {
                    Some(Entry { text: &text.value, span: text.span })
                }
                _ => None,
            })
            .collect();
        let sets = &self.checker.compiler.arena.resources;
        let covers = |by: &str, of: &str| {
            // A bucket, or a like thing, and what is in it are often named side by side.
            if of.strip_prefix(by).is_some_and(|rest| rest == "/*") {
                return false;
            }
            let set = |text: &str| sets.pattern(&[Piece::Text(text)], Padding::Never).ok();
            match (set(by), set(of)) {
                _ if by == "*" => true,
                _ if of == "*" => false,
                (Some(by), Some(of)) => {
                    sets.includes(by, of).unwrap_or(false) && !sets.is_empty(of).unwrap_or(true)
                }
                _ => false,
            }
        };
        let found = covered(&entries, |a, b| a == b, covers);
        self.covered(&entries, found);
    }

    fn covered(&mut self, entries: &[Entry], found: Vec<(usize, usize)>) {
        for (of, by) in found {
            let (Some(of), Some(by)) = (entries.get(of), entries.get(by)) else { continue };
            let message = match of.text == by.text {
                true => format!("`{}` stands in the list already", of.text),
                false => format!("`{}` adds nothing to `{}`", of.text, by.text),
            };
            let finding = Finding::new(Code::CoveredEntry, message, self.place(of.span));
            self.report(finding.with_also(self.place(by.span)));
        }
    }
}

/// Which entries stand twice, or are covered by one that has a wildcard; each with the other.
fn covered(
    entries: &[Entry],
    same: impl Fn(&str, &str) -> bool,
    covers: impl Fn(&str, &str) -> bool,
) -> Vec<(usize, usize)> {
    let mut first: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let alike = first.entry(entry.text.to_ascii_lowercase()).or_default();
        let before = alike
            .iter()
            .find(|before| entries.get(**before).is_some_and(|other| same(other.text, entry.text)));
        match before {
            Some(before) => drop(found.insert(index, *before)),
            None => alike.push(index),
        }
    }
    let is_wide = |index: &usize| {
        !found.contains_key(index) && entries.get(*index).is_some_and(|entry| entry.text.contains(['*', '?']))
    };
    let wide: Vec<usize> = (0..entries.len()).filter(is_wide).collect();
    if wide.len() * entries.len() <= MOST_PAIRS {
        for (index, of) in entries.iter().enumerate() {
            if found.contains_key(&index) {
                continue;
            }
            let by = wide.iter().copied().find(|by| {
                let Some(other) = entries.get(*by) else { return false };
                *by != index
                    && covers(other.text, of.text)
                    // Of two that mean the same the later is the superfluous one.
                    && (*by < index || !covers(of.text, other.text))
            });
            if let Some(by) = by {
                found.insert(index, by);
            }
        }
    }
    found.into_iter().collect()
}
