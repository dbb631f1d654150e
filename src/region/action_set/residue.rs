//! What sets hold outside the universe: for each service that patterns name a term over patterns, and one for the others.
//!
//! A name has one service, so what a pattern of one service says is nothing to the names of another: terms stay small, and
//! a question about a set is one about each of its terms.

use super::super::interner::{Interner, Memo};
use super::term::{TermId, Terms};

/// Interned: equal ids mean that equal terms hold for every service.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct ResidueId(u32);

impl ResidueId {
    pub const EMPTY: ResidueId = ResidueId(0);
    pub const ALL: ResidueId = ResidueId(1);
}

/// A service that some pattern names.
type Service = u32;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Residue {
    /// The services whose term is another than that of the others, in ascending order.
    named: Box<[(Service, TermId)]>,
    others: TermId,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    And,
    Or,
}

/// The arena of residues.
pub(super) struct Residues {
    all: Interner<Residue>,
    services: Interner<Box<str>>,
    terms: Terms,
    combined: Memo<(Operation, ResidueId, ResidueId), ResidueId>,
}

impl Residues {
    pub fn new() -> Self {
        let residues = Self {
            all: Interner::new(),
            services: Interner::new(),
            terms: Terms::new(),
            combined: Memo::new(),
        };
        residues.intern(Vec::new(), TermId::EMPTY);
        residues.intern(Vec::new(), TermId::ALL);
        residues
    }

    /// What a pattern in lower case matches.
    pub fn of_pattern(&self, text: &str) -> ResidueId {
        match text.split_once(':') {
            _ if matches!(text, "*" | "*:*") => ResidueId::ALL,
            Some((service, name)) if !service.contains(['*', '?']) => {
                let term = if name == "*" { TermId::ALL } else { self.terms.of_pattern(text) };
                self.intern(vec![(self.services.intern(service.into()), term)], TermId::EMPTY)
            }
            _ => self.intern(Vec::new(), self.terms.of_pattern(text)),
        }
    }

    pub fn not(&self, a: ResidueId) -> ResidueId {
        let Residue { named, others } = self.get(a);
        let named = named.iter().map(|&(service, term)| (service, self.terms.not(term)));
        self.intern(named.collect(), self.terms.not(*others))
    }

    pub fn and(&self, a: ResidueId, b: ResidueId) -> ResidueId {
        match (a, b) {
            _ if a == b || b == ResidueId::ALL => a,
            (ResidueId::ALL, _) => b,
            (ResidueId::EMPTY, _) | (_, ResidueId::EMPTY) => ResidueId::EMPTY,
            _ => self.combine(Operation::And, a, b, |a, b| self.terms.and(a, b)),
        }
    }

    pub fn or(&self, a: ResidueId, b: ResidueId) -> ResidueId {
        match (a, b) {
            _ if a == b || b == ResidueId::EMPTY => a,
            (ResidueId::EMPTY, _) => b,
            (ResidueId::ALL, _) | (_, ResidueId::ALL) => ResidueId::ALL,
            _ => self.combine(Operation::Or, a, b, |a, b| self.terms.or(a, b)),
        }
    }

    fn combine(
        &self,
        operation: Operation,
        a: ResidueId,
        b: ResidueId,
        term: impl Fn(TermId, TermId) -> TermId,
    ) -> ResidueId {
        let (a, b) = (a.min(b), a.max(b));
        self.combined.get_or((operation, a, b), || {
            let named = self.side_by_side(a, b).map(|(service, a, b)| (service, term(a, b)));
            self.intern(named.collect(), term(self.get(a).others, self.get(b).others))
        })
    }

    /// The services that either names, with the terms of both.
    fn side_by_side(&self, a: ResidueId, b: ResidueId) -> impl Iterator<Item = (Service, TermId, TermId)> {
        let (a, b) = (self.get(a), self.get(b));
        let (mut rest_a, mut rest_b) = (&a.named[..], &b.named[..]);
        std::iter::from_fn(move || {
            let next = |rest: &[(Service, TermId)]| rest.first().map(|(service, _)| *service);
            let service = next(rest_a).into_iter().chain(next(rest_b)).min()?;
            let take = |rest: &mut &[(Service, TermId)], others: TermId| match rest.split_first() {
                Some((&(own, term), after)) if own == service => {
                    *rest = after;
                    term
                }
                _ => others,
            };
            Some((service, take(&mut rest_a, a.others), take(&mut rest_b, b.others)))
        })
    }

    /// Whether a name in lower case is in the residue.
    pub fn contains(&self, residue: ResidueId, name: &str) -> bool {
        let Residue { named, others } = self.get(residue);
        let is_own = |(service, _): &&(Service, TermId)| {
            name.strip_prefix(&**self.services.get(*service)).is_some_and(|rest| rest.starts_with(':'))
        };
        let term = named.iter().find(is_own).map_or(*others, |(_, term)| *term);
        self.terms.contains(term, name)
    }

    /// Whether surely no name is in the residue.
    pub fn is_surely_empty(&self, residue: ResidueId) -> bool {
        let Residue { named, others } = self.get(residue);
        self.terms.is_surely_empty(*others) && named.iter().all(|(_, term)| self.terms.is_surely_empty(*term))
    }

    /// Whether surely every name in `small` is in `large`.
    pub fn surely_includes(&self, large: ResidueId, small: ResidueId) -> bool {
        let within = |large, small| {
            large == small || self.terms.is_surely_empty(self.terms.and(small, self.terms.not(large)))
        };
        large == small
            || within(self.get(large).others, self.get(small).others)
                && self.side_by_side(large, small).all(|(_, large, small)| within(large, small))
    }

    /// The patterns from which the residue was made, as far as they still make a difference.
    pub fn patterns(&self, residue: ResidueId) -> Vec<String> {
        let Residue { named, others } = self.get(residue);
        let mut found: Vec<String> = Vec::new();
        let mut add = |term| found.extend(self.terms.patterns(term).into_iter().map(str::to_owned));
        add(*others);
        named.iter().for_each(|(_, term)| add(*term));
        // A service of which even the names count that match nothing else was named as a whole.
        let is_whole = |term| self.terms.holds_of_no_pattern(term);
        let whole = named.iter().filter(|(_, term)| is_whole(*term) != is_whole(*others));
        found.extend(whole.map(|(service, _)| format!("{}:*", self.services.get(*service))));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn intern(&self, mut named: Vec<(Service, TermId)>, others: TermId) -> ResidueId {
        named.retain(|(_, term)| *term != others);
        ResidueId(self.all.intern(Residue { named: named.into(), others }))
    }

    fn get(&self, id: ResidueId) -> &Residue {
        self.all.get(id.0)
    }
}
