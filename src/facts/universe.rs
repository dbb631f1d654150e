//! The actions that bit sets range over: the catalog's, and the names that the estate uses beyond it.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::catalog::{ActionId, Catalog};
use crate::document::{ActionEntry, Document};
use crate::region::action_set::glob;

/// The universe of one engine. Catalog actions come first, under their own numbers.
pub struct Universe {
    catalog: &'static Catalog,
    extra: Vec<Box<str>>,
    by_name: FxHashMap<Box<str>, usize>,
}

impl Universe {
    /// The catalog's actions and every action without wildcards that the documents, or a question, name beyond it.
    pub fn new<'a>(documents: impl IntoIterator<Item = &'a Document<'a>>, asked: &[&str]) -> Self {
        let catalog = Catalog::embedded();
        let beyond = |name: &str| {
            let is_beyond = is_exact(name) && catalog.find_action(name).is_none();
            is_beyond.then(|| name.to_ascii_lowercase().into_boxed_str())
        };
        let of_document = |document: &&Document<'_>| {
            let entries = document.statements.iter().flat_map(|statement| &statement.actions.entries);
            let names = entries.filter_map(|entry| match entry {
                ActionEntry::Pattern(name) => beyond(&name.value),
                ActionEntry::Malformed(_) => None,
            });
            names.collect::<Vec<_>>()
        };
        let documents: Vec<&Document<'_>> = documents.into_iter().collect();
        let named: Vec<Vec<Box<str>>> = documents.par_iter().with_min_len(64).map(of_document).collect();
        let asked = asked.iter().filter_map(|name| beyond(name));
        let extra: BTreeSet<Box<str>> = named.into_iter().flatten().chain(asked).collect();
        let extra: Vec<Box<str>> = extra.into_iter().collect();
        let known = catalog.actions().len();
        let by_name = extra.iter().enumerate().map(|(index, name)| (name.clone(), known + index)).collect();
        Self { catalog, extra, by_name }
    }

    /// Whether every action without wildcards that a document names is in the universe.
    pub fn covers(&self, document: &Document) -> bool {
        let entries = document.statements.iter().flat_map(|statement| &statement.actions.entries);
        entries.into_iter().all(|entry| match entry {
            ActionEntry::Pattern(name) => !is_exact(&name.value) || self.find(&name.value).is_some(),
            ActionEntry::Malformed(_) => true,
        })
    }

    /// How many actions there are.
    pub fn len(&self) -> usize {
        self.catalog.actions().len() + self.extra.len()
    }

    /// Whether there are no actions; never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of an action, in any case; `None` outside the universe.
    pub fn find(&self, name: &str) -> Option<usize> {
        match self.catalog.find_action(name) {
            Some(id) => Some(id.0 as usize),
            None if self.by_name.is_empty() => None,
            None => self.by_name.get(name.to_ascii_lowercase().as_str()).copied(),
        }
    }

    /// The catalog's entry of an action; `None` for one that only the estate names.
    pub fn catalog_action(&self, action: usize) -> Option<ActionId> {
        (action < self.catalog.actions().len()).then_some(ActionId(action as u32))
    }

    /// `service:Name` in AWS's spelling, or in lower case if only the estate names it.
    pub fn name(&self, action: usize) -> String {
        match self.catalog_action(action) {
            Some(id) => self.catalog.action_name(id),
            None => {
                let index = action - self.catalog.actions().len();
                self.extra.get(index).map(|name| name.to_string()).unwrap_or_default()
            }
        }
    }

    /// The members of the universe that a pattern with wildcards matches (S-ACT-01, S-ACT-02).
    pub fn matching(&self, pattern: &str) -> Vec<usize> {
        self.with_extra(pattern, self.catalog.matching(pattern).iter().map(|id| id.0 as usize).collect())
    }

    /// The members of the universe that a malformed pattern could match at most (S-ACT-03, S-TRI-07).
    pub fn at_most(&self, pattern: &str) -> Vec<usize> {
        self.with_extra(pattern, self.catalog.at_most(pattern).iter().map(|id| id.0 as usize).collect())
    }

    fn with_extra(&self, pattern: &str, mut members: Vec<usize>) -> Vec<usize> {
        if !self.extra.is_empty() {
            let pattern = pattern.to_ascii_lowercase();
            let all = pattern == "*" || pattern == "*:*";
            let known = self.catalog.actions().len();
            let matches = |name: &str| all || glob(pattern.as_bytes(), name.as_bytes());
            members.extend((0..self.extra.len()).filter(|&i| matches(&self.extra[i])).map(|i| known + i));
        }
        members
    }
}

/// Whether an action's text is a name and no pattern.
pub fn is_exact(name: &str) -> bool {
    !name.contains(['*', '?'])
}
