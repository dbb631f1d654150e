//! The relations that rules may name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ir::{Predicate, function_named};
use super::problems::{Found, shown};
use crate::datalog::engine::Offer;
use crate::datalog::program::{FileId, Place, RelationId};
use crate::datalog::text::ast::{Finding, Name};
use crate::datalog::text::{Code, Declaration, Problem, Type};
use crate::document::Span;
use crate::document::nearest::nearest;
use std::sync::Arc;

use crate::document::Source;

/// The relations of a program: declared ones, findings, and of those from outside what is mentioned.
pub(super) struct Names<'a> {
    pub(super) offers: &'a [Offer],
    pub(super) sources: &'a [Arc<Source>],
    pub(super) relations: Vec<Entry>,
    by_name: FxHashMap<Box<str>, RelationId>,
    offered: FxHashMap<&'a str, usize>,
    /// Those whose declarations have a mistake, which is told already.
    pub(super) unread: FxHashSet<Box<str>>,
}

/// A relation.
pub(super) struct Entry {
    pub(super) name: Box<str>,
    /// What each column is called and holds; nothing as long as that is to be inferred.
    pub(super) columns: Vec<(Box<str>, Option<Type>)>,
    pub(super) origin: Origin,
}

/// Where a relation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From outside.
    Given(usize),
    /// A declaration.
    Declared(Place),
    /// A finding: its keys.
    Finding(Place),
    /// A query, an expectation, the details of a finding.
    Inner,
}

impl Entry {
    /// The relation with its columns, in a line.
    pub(super) fn head(&self) -> String {
        let column = |(name, of): &(Box<str>, Option<Type>)| match of {
            Some(of) => format!("{name}: {of}"),
            None => name.to_string(),
        };
        format!("{}({})", self.name, self.columns.iter().map(column).collect::<Vec<_>>().join(", "))
    }
}

impl<'a> Names<'a> {
    pub(super) fn new(offers: &'a [Offer], sources: &'a [Arc<Source>]) -> Self {
        let offered =
            offers.iter().enumerate().map(|(index, offer)| (&*offer.declaration.name.value, index)).collect();
        let (relations, by_name, unread) = Default::default();
        Self { offers, sources, relations, by_name, offered, unread }
    }

    pub(super) fn entry(&self, id: RelationId) -> Option<&Entry> {
        self.relations.get(id.0 as usize)
    }

    /// The relation of a name.
    pub(super) fn get(&mut self, name: &str) -> Option<RelationId> {
        if let Some(&id) = self.by_name.get(name) {
            return Some(id);
        }
        let &index = self.offered.get(name)?;
        let declaration = &self.offers.get(index)?.declaration;
        let columns = columns(declaration);
        Some(self.add(Entry { name: name.into(), columns, origin: Origin::Given(index) }))
    }

    /// The offer of a relation from outside.
    pub(super) fn offer(&self, id: RelationId) -> Option<&'a Offer> {
        match self.entry(id)?.origin {
            Origin::Given(index) => self.offers.get(index),
            _ => None,
        }
    }

    pub(super) fn add(&mut self, entry: Entry) -> RelationId {
        let id = RelationId(self.relations.len() as u32);
        if entry.origin != Origin::Inner {
            self.by_name.insert(entry.name.clone(), id);
        }
        self.relations.push(entry);
        id
    }

    /// Takes in a declaration.
    pub(super) fn declare(&mut self, declaration: &Declaration, file: FileId, found: &mut Found) {
        let name = &declaration.name;
        for (index, column) in declaration.columns.iter().enumerate() {
            let before = declaration.columns.iter().take(index);
            if before.into_iter().any(|other| other.name.value == column.name.value) {
                let message = format!("`{}` has two columns `{}`", name.value, column.name.value);
                let problem = Problem::new(Code::Duplicate, message, column.name.span);
                found.push(file, problem.with_help("give each column a name of its own"));
            }
        }
        if self.is_reserved(name, file, found) {
            return;
        }
        let columns = columns(declaration);
        match self.get(&name.value).and_then(|id| self.entry(id)) {
            None => {
                let origin = Origin::Declared(Place { file, span: name.span });
                self.add(Entry { name: name.value.clone(), columns, origin });
            }
            Some(known) if known.columns == columns && !matches!(known.origin, Origin::Finding(_)) => {}
            Some(known) => {
                let problem = Problem::new(
                    Code::Duplicate,
                    format!("`{}` is declared with other columns already", name.value),
                    name.span,
                );
                let help = match known.origin {
                    Origin::Declared(place) => {
                        format!("`{}` stands at {}", known.head(), shown(self.sources, place))
                    }
                    _ => format!("`{}` is a relation of every estate; choose another name", known.head()),
                };
                found.push(file, problem.with_help(help));
            }
        }
    }

    /// Takes in a finding.
    pub(super) fn find(
        &mut self,
        finding: &Finding,
        keys: Vec<Box<str>>,
        file: FileId,
        found: &mut Found,
    ) -> bool {
        let name = &finding.name;
        if self.is_reserved(name, file, found) {
            return false;
        }
        if let Some(known) = self.get(&name.value).and_then(|id| self.entry(id)) {
            let (message, help) = match known.origin {
                Origin::Finding(place) => (
                    format!("there is a finding `{}` already", name.value),
                    format!(
                        "it stands at {}; what is found in several ways is a relation with several rules",
                        shown(self.sources, place)
                    ),
                ),
                Origin::Declared(place) => (
                    format!("`{}` is declared as a relation already", name.value),
                    format!("it stands at {}; a finding declares itself", shown(self.sources, place)),
                ),
                _ => (
                    format!("`{}` is a relation of every estate", name.value),
                    "choose another name for the finding".to_owned(),
                ),
            };
            found.push(file, Problem::new(Code::Duplicate, message, name.span).with_help(help));
            return false;
        }
        let origin = Origin::Finding(Place { file, span: name.span });
        let columns = keys.into_iter().map(|key| (key, None)).collect();
        self.add(Entry { name: name.value.clone(), columns, origin });
        true
    }

    fn is_reserved(&self, name: &Name, file: FileId, found: &mut Found) -> bool {
        let what = match &*name.value {
            word if Predicate::NAMED.iter().any(|(known, _)| *known == word) => "a predicate",
            word if function_named(word).is_some() => "a function",
            _ => return false,
        };
        let problem = Problem::new(Code::Duplicate, format!("`{}` is {what}", name.value), name.span);
        found.push(file, problem.with_help("choose another name for the relation"));
        true
    }

    /// The relation that an atom names, if it is there and has so many columns.
    pub(super) fn resolve(
        &mut self,
        name: &Name,
        (given, span): (usize, Span),
        file: FileId,
        found: &mut Found,
    ) -> Option<RelationId> {
        let Some(id) = self.get(&name.value) else {
            if !self.unread.contains(&name.value) {
                found_unknown(self, name, file, found);
            }
            return None;
        };
        let entry = self.entry(id)?;
        let needed = entry.columns.len();
        if given == needed {
            return Some(id);
        }
        let columns = if needed == 1 { "column" } else { "columns" };
        let problem =
            Problem::new(Code::Arity, format!("`{}` has {needed} {columns}, not {given}", name.value), span);
        found.push(file, problem.with_help(format!("it is `{}`", entry.head())));
        None
    }
}

fn columns(declaration: &Declaration) -> Vec<(Box<str>, Option<Type>)> {
    let column =
        |column: &crate::datalog::text::Column| (column.name.value.clone(), Some(column.of.value.clone()));
    declaration.columns.iter().map(column).collect()
}

fn found_unknown(names: &Names, name: &Name, file: FileId, found: &mut Found) {
    let problem =
        Problem::new(Code::UnknownRelation, format!("there is no relation `{}`", name.value), name.span);
    let known = || {
        let predicates = Predicate::NAMED.iter().map(|(name, _)| *name);
        let known =
            names.relations.iter().filter(|entry| entry.origin != Origin::Inner).map(|entry| &*entry.name);
        known.chain(names.offered.keys().copied()).chain(predicates)
    };
    let help = match function_named(&name.value) {
        Some(_) => format!("`{}` is a function: `X = {}(…)`", name.value, name.value),
        None => match found.may_suggest().then(|| closest(&name.value, known())).flatten() {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!(
                "declare it: `.decl {}(column: type, …)`; `entail relations` lists those of an estate",
                name.value
            ),
        },
    };
    found.push(file, problem.with_help(help));
}

/// The nearest name; of equally near ones the first by name, as maps have no order.
fn closest<'c>(word: &str, known: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    nearest(word, known)
}
