//! Boolean terms over wildcard patterns of action names: what they surely say, whichever names there may be.

use rustc_hash::FxHashMap;

use super::super::interner::{Interner, Memo};
use super::glob;

/// More ways for a name to match patterns than this are not looked at, and nothing is sure of them.
const MOST_WAYS: usize = 4096;

/// An interned term. Different ids may still mean the same names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct TermId(u32);

impl TermId {
    pub const EMPTY: TermId = TermId(0);
    pub const ALL: TermId = TermId(1);
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Term {
    Empty,
    All,
    Pattern(Box<str>),
    Not(TermId),
    And(TermId, TermId),
    Or(TermId, TermId),
}

/// The arena of terms.
pub(super) struct Terms {
    all: Interner<Term>,
    surely_empty: Memo<TermId, bool>,
}

impl Terms {
    pub fn new() -> Self {
        let terms = Self { all: Interner::new(), surely_empty: Memo::new() };
        terms.intern(Term::Empty);
        terms.intern(Term::All);
        terms
    }

    /// The names that a pattern in lower case matches.
    pub fn of_pattern(&self, text: &str) -> TermId {
        self.intern(Term::Pattern(text.into()))
    }

    pub fn not(&self, a: TermId) -> TermId {
        match *self.get(a) {
            Term::Empty => TermId::ALL,
            Term::All => TermId::EMPTY,
            Term::Not(inner) => inner,
            _ => self.intern(Term::Not(a)),
        }
    }

    pub fn and(&self, a: TermId, b: TermId) -> TermId {
        match (a, b) {
            _ if a == b || b == TermId::ALL => a,
            (TermId::ALL, _) => b,
            (TermId::EMPTY, _) | (_, TermId::EMPTY) => TermId::EMPTY,
            _ if self.not(a) == b => TermId::EMPTY,
            _ => match self.compare(a, b) {
                Comparison::Disjoint => TermId::EMPTY,
                Comparison::Within => a,
                Comparison::Around => b,
                Comparison::Open => self.intern(Term::And(a.min(b), a.max(b))),
            },
        }
    }

    pub fn or(&self, a: TermId, b: TermId) -> TermId {
        match (a, b) {
            _ if a == b || b == TermId::EMPTY => a,
            (TermId::EMPTY, _) => b,
            (TermId::ALL, _) | (_, TermId::ALL) => TermId::ALL,
            _ if self.not(a) == b => TermId::ALL,
            _ => match self.compare(a, b) {
                Comparison::Within => b,
                Comparison::Around => a,
                _ => self.intern(Term::Or(a.min(b), a.max(b))),
            },
        }
    }

    /// What is cheaply known of two patterns: the common ones end in `*`.
    fn compare(&self, a: TermId, b: TermId) -> Comparison {
        let (Term::Pattern(a), Term::Pattern(b)) = (self.get(a), self.get(b)) else {
            return Comparison::Open;
        };
        let fixed = |pattern: &str| pattern.find(['*', '?']).unwrap_or(pattern.len());
        let (fixed_a, fixed_b) = (&a[..fixed(a)], &b[..fixed(b)]);
        if !fixed_a.starts_with(fixed_b) && !fixed_b.starts_with(fixed_a) {
            return Comparison::Disjoint;
        }
        let is_prefix =
            |pattern: &str, fixed: &str| pattern.len() == fixed.len() + 1 && pattern.ends_with('*');
        if is_prefix(b, fixed_b) && fixed_a.starts_with(fixed_b) {
            Comparison::Within
        } else if is_prefix(a, fixed_a) && fixed_b.starts_with(fixed_a) {
            Comparison::Around
        } else {
            Comparison::Open
        }
    }

    /// Whether a name in lower case is one of the term's.
    pub fn contains(&self, term: TermId, name: &str) -> bool {
        self.holds(term, &|pattern| glob(pattern.as_bytes(), name.as_bytes()))
    }

    /// Whether a name that matches no pattern of the term is one of its names.
    pub fn holds_of_no_pattern(&self, term: TermId) -> bool {
        self.holds(term, &|_| false)
    }

    fn holds(&self, term: TermId, matches: &impl Fn(&str) -> bool) -> bool {
        match self.get(term) {
            Term::Empty => false,
            Term::All => true,
            Term::Pattern(pattern) => matches(pattern),
            Term::Not(inner) => !self.holds(*inner, matches),
            Term::And(a, b) => self.holds(*a, matches) && self.holds(*b, matches),
            Term::Or(a, b) => self.holds(*a, matches) || self.holds(*b, matches),
        }
    }

    /// The patterns of the term.
    pub fn patterns(&self, term: TermId) -> Vec<&str> {
        let mut spread = Spread::default();
        self.spread(term, &mut spread);
        spread.patterns
    }

    /// Whether surely no name is one of the term's, whichever of the patterns it matches.
    pub fn is_surely_empty(&self, term: TermId) -> bool {
        match self.get(term) {
            Term::Empty => true,
            Term::All | Term::Pattern(_) => false,
            _ => self.surely_empty.get_or(term, || {
                let mut spread = Spread::default();
                self.spread(term, &mut spread);
                let mut matched = vec![None; spread.patterns.len()];
                let mut budget = MOST_WAYS;
                spread.holds_nowhere(&mut matched, &mut budget)
            }),
        }
    }

    fn spread<'a>(&'a self, term: TermId, into: &mut Spread<'a>) -> usize {
        if let Some(&place) = into.place.get(&term) {
            return place;
        }
        let part = match self.get(term) {
            Term::Empty => Part::Known(false),
            Term::All => Part::Known(true),
            Term::Pattern(pattern) => {
                into.patterns.push(pattern);
                Part::Pattern(into.patterns.len() - 1)
            }
            Term::Not(inner) => Part::Not(self.spread(*inner, into)),
            Term::And(a, b) => Part::And(self.spread(*a, into), self.spread(*b, into)),
            Term::Or(a, b) => Part::Or(self.spread(*a, into), self.spread(*b, into)),
        };
        into.parts.push(part);
        into.place.insert(term, into.parts.len() - 1);
        into.parts.len() - 1
    }

    fn intern(&self, term: Term) -> TermId {
        TermId(self.all.intern(term))
    }

    fn get(&self, id: TermId) -> &Term {
        self.all.get(id.0)
    }
}

enum Comparison {
    Disjoint,
    Within,
    Around,
    Open,
}

/// A term spread out: its parts before what is made of them, by their places.
#[derive(Default)]
struct Spread<'a> {
    parts: Vec<Part>,
    place: FxHashMap<TermId, usize>,
    patterns: Vec<&'a str>,
}

#[derive(Clone, Copy)]
enum Part {
    Known(bool),
    Pattern(usize),
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
}

impl Spread<'_> {
    /// Whether the whole is false however a name matches the patterns of which nothing is settled.
    fn holds_nowhere(&self, matched: &mut Vec<Option<bool>>, budget: &mut usize) -> bool {
        match (self.value(matched), matched.iter().position(Option::is_none)) {
            (Some(false), _) => true,
            (_, None) | (Some(true), _) => false,
            (None, Some(next)) => {
                *budget = budget.saturating_sub(1);
                [true, false].into_iter().all(|matches| {
                    if !self.is_possible(matched, next, matches) {
                        return true;
                    }
                    if let Some(slot) = matched.get_mut(next) {
                        *slot = Some(matches);
                    }
                    let nowhere = *budget > 0 && self.holds_nowhere(matched, budget);
                    if let Some(slot) = matched.get_mut(next) {
                        *slot = None;
                    }
                    nowhere
                })
            }
        }
    }

    /// What is settled of the whole, which is the last part.
    fn value(&self, matched: &[Option<bool>]) -> Option<bool> {
        let mut values: Vec<Option<bool>> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let at = |place: usize| values.get(place).copied().flatten();
            values.push(match *part {
                Part::Known(value) => Some(value),
                Part::Pattern(pattern) => matched.get(pattern).copied().flatten(),
                Part::Not(inner) => at(inner).map(|value| !value),
                Part::And(a, b) => match (at(a), at(b)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (a, b) => a.and(b),
                },
                Part::Or(a, b) => match (at(a), at(b)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (a, b) => a.and(b),
                },
            });
        }
        values.last().copied().flatten()
    }

    /// Whether a name may match, or not match, a pattern beside what is settled of the others.
    fn is_possible(&self, matched: &[Option<bool>], pattern: usize, matches: bool) -> bool {
        let Some(&text) = self.patterns.get(pattern) else { return true };
        self.patterns.iter().zip(matched).all(|(other, settled)| match (settled, matches) {
            (Some(true), true) => !are_surely_apart(text, other),
            (Some(true), false) => !is_surely_within(other, text),
            (Some(false), true) => !is_surely_within(text, other),
            _ => true,
        })
    }
}

/// Whether no name matches both, by how they begin and end.
fn are_surely_apart(a: &str, b: &str) -> bool {
    let wild = |sign: char| matches!(sign, '*' | '?');
    let start = |text: &str| text.find(wild).unwrap_or(text.len());
    let end = |text: &str| text.rfind(wild).map_or(0, |at| at + 1);
    let (a_start, b_start) = (&a[..start(a)], &b[..start(b)]);
    let (a_end, b_end) = (&a[end(a)..], &b[end(b)..]);
    !(a_start.starts_with(b_start) || b_start.starts_with(a_start))
        || !(a_end.ends_with(b_end) || b_end.ends_with(a_end))
}

/// Whether every name that `small` matches is one that `large` matches: `small` read as a name whose wildcards only
/// wildcards match.
pub fn is_surely_within(small: &str, large: &str) -> bool {
    // A `?` of the larger pattern may not stand for a `*` of the smaller one.
    if large.contains('?') && small.contains('*') {
        return small == large;
    }
    glob(large.as_bytes(), small.as_bytes())
}
