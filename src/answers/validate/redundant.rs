//! Entries that others of their list cover, decided on sets of actions and resources, and by the solver.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::addresses::compares_addresses;
use super::values::takes_wildcards;
use super::{Check, Code, Finding};
use crate::document::variable::has_variable;
use crate::document::{
    ActionEntry, Comparison, Condition, ConditionValue, Operator, PrincipalElement, PrincipalKind,
    ResourceEntry, Span, Spanned, Statement, Test, Version,
};
use crate::region::condition::{Verdict, is_private};
use crate::region::resource::{Padding, Piece};

/// In how many pairs of entries of a list one is asked whether it covers the other.
const MOST_PAIRS: usize = 2_000;
/// The same of values, of which the solver is asked.
const MOST_PAIRS_OF_VALUES: usize = 400;

/// An entry of a list.
#[derive(Clone, Copy)]
struct Entry<'s> {
    text: &'s str,
    span: Span,
}

/// How the entries of a kind of list cover each other.
struct Covers<'f> {
    /// Whether two texts mean the same, which differ by the case of letters at most.
    same: &'f dyn Fn(&str, &str) -> bool,
    /// Whether a text may mean more than one thing.
    is_wide: &'f dyn Fn(&str) -> bool,
    /// Whether the first text means all that the second one does.
    covers: &'f dyn Fn(&str, &str) -> bool,
    /// In how many pairs that is asked.
    most_pairs: usize,
}

impl Check<'_, '_> {
    /// Reports entries that say nothing that others of their list do not say.
    pub(super) fn covered_entries(&mut self, statement: &Statement) {
        self.covered_actions(statement);
        self.covered_resources(statement);
        self.covered_principals(statement);
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
        let mut found = covered(
            &entries,
            &Covers {
                same: &|a, b| a.eq_ignore_ascii_case(b),
                is_wide: &has_wildcard,
                covers: &covers,
                most_pairs: MOST_PAIRS,
            },
        );
        // What names nothing that exists is said as that.
        found.retain(|(of, _)| super::actions::is_known(of.text));
        self.covered(found);
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
        let found = covered(
            &entries,
            &Covers { same: &|a, b| a == b, is_wide: &has_wildcard, covers: &covers, most_pairs: MOST_PAIRS },
        );
        self.covered(found);
    }

    fn covered_principals(&mut self, statement: &Statement) {
        let PrincipalElement::Entries { entries, .. } = &statement.principal else { return };
        let mut first: BTreeMap<(&str, bool), Entry> = BTreeMap::new();
        let mut found = Vec::new();
        for entry in entries {
            // The number of an account and the ARN of its root mean the same (S-PRN-02).
            let is_account = entry.kind == PrincipalKind::Account;
            let name = if is_account { entry.account().unwrap_or(&entry.text) } else { &entry.text };
            let own = Entry { text: &entry.text, span: entry.span };
            match first.get(&(name, is_account)) {
                Some(before) => found.push((own, *before)),
                None => drop(first.insert((name, is_account), own)),
            }
        }
        self.covered(found);
    }

    /// Reports values that stand twice, or that others of the list cover.
    pub(super) fn covered_values(
        &mut self,
        statement: &Statement,
        condition: &Condition,
        operator: Operator,
        texts: &[&Spanned<Cow<'_, str>>],
    ) {
        let comparison = operator.comparison;
        if texts.len() < 2 || comparison == Comparison::Null {
            return;
        }
        let entries: Vec<Entry> =
            texts.iter().map(|text| Entry { text: &text.value, span: text.span }).collect();
        let of_addresses = compares_addresses(comparison);
        let is_wide = |text: &str| match of_addresses {
            true => text.contains('/'),
            false => takes_wildcards(comparison) && has_wildcard(text),
        };
        let covers = |by: &str, of: &str| {
            // Private addresses are reported as such.
            !(of_addresses && is_private(of)) && self.value_covers(statement, condition, operator, by, of)
        };
        let found = covered(
            &entries,
            &Covers {
                same: &|a, b| a == b,
                is_wide: &is_wide,
                covers: &covers,
                most_pairs: MOST_PAIRS_OF_VALUES,
            },
        );
        self.covered(found);
    }

    /// Whether a value of a list matches whatever another one does.
    fn value_covers(
        &self,
        statement: &Statement,
        condition: &Condition,
        operator: Operator,
        by: &str,
        of: &str,
    ) -> bool {
        let alone = |text: &str| {
            let value = Spanned { value: Cow::Owned(text.to_owned()), span: condition.key.span };
            let test = Test::Readable { operator, values: vec![ConditionValue::Text(value)] };
            self.condition_of(statement, &Condition { test, ..condition.clone() })
        };
        let (by, of) = (alone(by), alone(of));
        let conditions = &self.checker.compiler.arena.conditions;
        if conditions.contains_doubt(by) || conditions.contains_doubt(of) {
            return false;
        }
        let verdict = match operator.comparison.is_negated() {
            true => conditions.implies(by, of),
            false => conditions.implies(of, by),
        };
        verdict == Verdict::Yes
    }

    /// Reports entries with those that cover them.
    fn covered(&mut self, found: Vec<(Entry<'_>, Entry<'_>)>) {
        for (of, by) in found {
            let message = match of.text == by.text {
                true => format!("`{}` stands in the list already", of.text),
                false => format!("`{}` adds nothing to `{}`", of.text, by.text),
            };
            let finding = Finding::new(Code::CoveredEntry, message, self.place(of.span));
            self.report(finding.with_also(self.place(by.span)));
        }
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Which entries stand twice, or are covered by a wide one; each with the other.
fn covered<'s>(entries: &[Entry<'s>], how: &Covers<'_>) -> Vec<(Entry<'s>, Entry<'s>)> {
    let mut first: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut found: BTreeMap<usize, Entry> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let alike = first.entry(entry.text.to_ascii_lowercase()).or_default();
        match alike.iter().find(|before| (how.same)(before.text, entry.text)) {
            Some(before) => drop(found.insert(index, *before)),
            None => alike.push(*entry),
        }
    }
    let is_wide = |(index, entry): &(usize, Entry)| !found.contains_key(index) && (how.is_wide)(entry.text);
    let wide: Vec<(usize, Entry)> = entries.iter().copied().enumerate().filter(is_wide).collect();
    if wide.len() * entries.len() <= how.most_pairs {
        for (index, of) in entries.iter().enumerate() {
            if found.contains_key(&index) {
                continue;
            }
            let by = wide.iter().find(|(at, by)| {
                *at != index
                    && (how.covers)(by.text, of.text)
                    // Of two that mean the same the later is the superfluous one.
                    && (*at < index || !(how.covers)(of.text, by.text))
            });
            if let Some((_, by)) = by {
                found.insert(index, *by);
            }
        }
    }
    let pairs = found.into_iter().filter_map(|(of, by)| Some((*entries.get(of)?, by)));
    pairs.collect()
}
