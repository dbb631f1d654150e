//! A document that is too long -> several that together say the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::WhatCan;
use super::least::{halves, least, undivided};
use super::statement::{Statement, characters, document, united};
use crate::document::PolicyKind;
use crate::facts::binding::PrincipalBindings;
use crate::facts::{ParsedPolicy, PolicySource};
use crate::region::arena::Region;

/// A Deny is at most such a part of a document, where it can be halved.
const PARTS_OF_DENIES: usize = 4;

/// Of an Allow of which more parts than this do not fit the rest is not divided.
const MOST_PARTS: usize = 4096;

/// One of several documents that together say what the whole says.
#[derive(Clone, Debug)]
pub struct DocumentPart {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Why it is longer than it was to be; none if it is not.
    pub too_long: Option<String>,
}

/// A document in the making: its Allows, and which Denies they need beside them.
#[derive(Default)]
struct Part {
    allows: Vec<Statement>,
    denies: BTreeSet<usize>,
}

/// The Denies of the whole, in pieces of which an Allow may need some only.
struct Denies {
    whole: Vec<Statement>,
    pieces: Vec<Piece>,
}

struct Piece {
    statement: Statement,
    /// The Deny that it is of.
    of: usize,
    denied: Vec<Region>,
}

impl WhatCan<'_> {
    /// Documents of at most `most` characters each, white space apart, which together say the same, in order.
    ///
    /// Each of them alone allows nothing that the whole does not: a Deny stands in every document with an Allow of
    /// requests that it denies. Lists are divided where that makes documents short enough. What is too long all the same stays
    /// together, and is said to be.
    pub fn documents(&self, most: usize) -> Vec<DocumentPart> {
        let (denies, allows): (Vec<Statement>, Vec<Statement>) =
            self.statements.iter().cloned().partition(|statement| statement.denies);
        let denies = Denies::new(self, denies, most);
        let mut parts: Vec<Part> = Vec::new();
        let mut stuck: Vec<Part> = Vec::new();
        for allow in allows {
            let (fitting, left) = self.divided(allow, &denies, most);
            for part in fitting {
                let joined = parts.last().map(|last| last.with(&part));
                let joined = joined.filter(|both| characters(&denies.beside(both, most)) <= most);
                if joined.is_some() {
                    parts.pop();
                }
                parts.push(joined.unwrap_or(part));
            }
            // What needs the same Denies shares them: a long document is not written many times.
            let Some(left) = left else { continue };
            match stuck.iter_mut().find(|part| !part.denies.is_disjoint(&left.denies)) {
                Some(part) => *part = part.with(&left),
                None => stuck.push(left),
            }
        }
        let fitting = parts.iter().map(|part| denies.beside(part, most));
        let fitting = fitting.map(|statements| DocumentPart { statements, too_long: None });
        let too_long = stuck.iter().map(|part| {
            let statements = denies.beside(part, most);
            let why = why(&statements, most);
            DocumentPart { statements, too_long: Some(why) }
        });
        let mut documents: Vec<DocumentPart> = fitting.chain(too_long).collect();
        if documents.is_empty() {
            documents.push(DocumentPart { statements: Vec::new(), too_long: None });
        }
        documents
    }

    /// An Allow in parts that fit into a document with the Denies that they need; and what of it fits into none.
    fn divided(&self, allow: Statement, denies: &Denies, most: usize) -> (Vec<Part>, Option<Part>) {
        let part_of = |allow: Statement| {
            let denies = denies.touching(self, &allow);
            Part { allows: vec![allow], denies }
        };
        let mut waiting = vec![part_of(allow)];
        let (mut fitting, mut left) = (Vec::new(), Part::default());
        let mut parts = 0;
        while let Some(part) = waiting.pop() {
            if characters(&denies.beside(&part, most)) <= most {
                fitting.push(part);
                continue;
            }
            parts += 1;
            let halves = part.allows.first().filter(|_| parts <= MOST_PARTS).and_then(halves);
            let halves = halves.map(|halves| halves.map(part_of));
            let shortest =
                Part { allows: part.allows.iter().map(least).collect(), denies: part.denies.clone() };
            let fits_at_last = |halves: &[Part; 2]| {
                characters(&denies.beside(&shortest, most)) <= most
                    || characters(&shortest.allows) <= most
                        && halves.iter().any(|half| half.denies.len() < part.denies.len())
            };
            match halves.filter(fits_at_last) {
                Some([first, second]) => waiting.extend([second, first]),
                None => left = left.with(&part),
            }
        }
        let left = (!left.allows.is_empty()).then(|| Part { allows: united(left.allows), ..left });
        (fitting, left)
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

impl Part {
    fn with(&self, other: &Self) -> Self {
        Self {
            allows: [self.allows.as_slice(), &other.allows].concat(),
            denies: self.denies.union(&other.denies).copied().collect(),
        }
    }
}

impl Denies {
    fn new(found: &WhatCan<'_>, whole: Vec<Statement>, most: usize) -> Self {
        let pieces = whole.iter().enumerate().flat_map(|(of, deny)| {
            let pieces = shorter(deny.clone(), most);
            pieces.into_iter().map(move |statement| (of, statement))
        });
        let pieces = pieces
            .map(|(of, statement)| Piece { denied: found.regions(&statement), statement, of })
            .collect();
        Self { whole, pieces }
    }

    /// The pieces that deny some of what is allowed.
    fn touching(&self, found: &WhatCan<'_>, allow: &Statement) -> BTreeSet<usize> {
        if self.pieces.is_empty() {
            return BTreeSet::new();
        }
        let allowed = found.regions(allow);
        let touches = |(_, piece): &(usize, &Piece)| found.meet(&allowed, &piece.denied);
        self.pieces.iter().enumerate().filter(touches).map(|(place, _)| place).collect()
    }

    /// The document of a part: with the pieces that it needs, or if that is shorter and matters with whole Denies.
    fn beside(&self, part: &Part, most: usize) -> Vec<Statement> {
        let needed = || part.denies.iter().filter_map(|&place| self.pieces.get(place));
        let with = |denies: Vec<&Statement>| united(part.allows.iter().chain(denies).cloned().collect());
        let in_pieces = with(needed().map(|piece| &piece.statement).collect());
        if part.denies.is_empty() || characters(&in_pieces) <= most {
            return in_pieces;
        }
        let of: BTreeSet<usize> = needed().map(|piece| piece.of).collect();
        let whole = with(of.iter().filter_map(|&of| self.whole.get(of)).collect());
        if characters(&whole) < characters(&in_pieces) { whole } else { in_pieces }
    }
}

/// A Deny in parts that leave room for Allows beside them, as far as it can be divided so.
fn shorter(deny: Statement, most: usize) -> Vec<Statement> {
    let shortest = characters(&[least(&deny)]);
    if shortest > most {
        return vec![deny];
    }
    let wanted = shortest + most.saturating_sub(shortest) / PARTS_OF_DENIES;
    let mut waiting = vec![deny];
    let mut parts = Vec::new();
    while let Some(part) = waiting.pop() {
        match halves(&part).filter(|_| characters(std::slice::from_ref(&part)) > wanted) {
            Some([first, second]) => waiting.extend([second, first]),
            None => parts.push(part),
        }
    }
    parts
}

/// Why a document is too long.
fn why(statements: &[Statement], most: usize) -> String {
    let alone = statements.iter().enumerate().map(|(place, statement)| {
        let shortest = least(statement);
        (characters(std::slice::from_ref(&shortest)), place, shortest)
    });
    if let Some((_, place, shortest)) =
        alone.filter(|(length, ..)| *length > most).max_by_key(|(length, ..)| *length)
    {
        let effect = if shortest.denies { "Deny" } else { "Allow" };
        return format!("its statement {}, {effect}, can't be divided: {}", place + 1, undivided(&shortest));
    }
    let denies: Vec<Statement> = statements.iter().filter(|statement| statement.denies).cloned().collect();
    format!(
        "the Denies of what it allows have {} characters and stand in one document with it",
        characters(&denies)
    )
}
