//! The search of a product of globs for an ARN of which a formula holds.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::glob::Glob;
use super::limit::{Budget, LimitExceeded};
use super::program::Program;

/// A boolean combination of numbered globs.
pub(super) enum Formula {
    /// The glob of that number matches.
    Glob(usize),
    /// The glob of that number does not.
    NotGlob(usize),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// Whether every continuation of what was read so far makes something true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    /// No continuation.
    Never,
    /// It depends on the continuation.
    Open,
    /// Every continuation.
    Always,
}

impl Formula {
    fn truth(&self, globs: &[Truth]) -> Truth {
        match self {
            Self::Glob(number) => globs[*number],
            Self::NotGlob(number) => match globs[*number] {
                Truth::Never => Truth::Always,
                Truth::Open => Truth::Open,
                Truth::Always => Truth::Never,
            },
            Self::All(parts) => parts.iter().map(|part| part.truth(globs)).min().unwrap_or(Truth::Always),
            Self::Any(parts) => parts.iter().map(|part| part.truth(globs)).max().unwrap_or(Truth::Never),
        }
    }
}

/// The shortest ARN of which the formula holds, of those the least in the order of the characters tried; none if
/// there is none.
pub(super) fn search(
    globs: &[&Glob],
    formula: &Formula,
    budget: &mut Budget,
) -> Result<Option<String>, LimitExceeded> {
    let product = Product {
        universe: Program::universe(),
        globs: globs.iter().map(|glob| Program::of(glob)).collect(),
    };
    let mut truths = vec![Truth::Never; globs.len()];
    let (mut symbols, mut next) = (Vec::new(), Vec::new());
    let mut states = States::default();
    product.start(&mut next);
    states.add(&next, Origin { state: 0, symbol: '\0' });
    let mut current = 0;
    while current < states.len() {
        if product.accepts(states.get(current), &mut truths) && formula.truth(&truths) == Truth::Always {
            return Ok(Some(states.spelled(current)));
        }
        product.symbols(states.get(current), &mut symbols);
        for &symbol in &symbols {
            let live = product.step(states.get(current), symbol, &mut next, &mut truths);
            budget.take_steps(1 + live)?;
            let alive = live > 0 && formula.truth(&truths) != Truth::Never;
            if alive && states.add(&next, Origin { state: current, symbol }) {
                budget.take_state()?;
            }
        }
        current += 1;
    }
    Ok(None)
}

/// The states found so far, each written as words: per program that may still match, its number with a mark, then its
/// positions; no positions if it matches whatever follows.
#[derive(Default)]
struct States {
    words: Vec<u32>,
    places: Vec<Range<usize>>,
    origins: Vec<Origin>,
    known: HashTable<usize>,
}

/// How a state was first reached.
struct Origin {
    state: usize,
    symbol: char,
}

impl States {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&self, state: usize) -> &[u32] {
        &self.words[self.places[state].clone()]
    }

    /// Whether the state is new.
    fn add(&mut self, state: &[u32], origin: Origin) -> bool {
        let hash = FxBuildHasher.hash_one(state);
        if self.known.find(hash, |&other| self.get(other) == state).is_some() {
            return false;
        }
        let start = self.words.len();
        self.words.extend_from_slice(state);
        self.places.push(start..self.words.len());
        self.origins.push(origin);
        let (words, places) = (&self.words, &self.places);
        let rehash = |&other: &usize| FxBuildHasher.hash_one(&words[places[other].clone()]);
        self.known.insert_unique(hash, places.len() - 1, rehash);
        true
    }

    /// The text read on the way to a state.
    fn spelled(&self, mut state: usize) -> String {
        let mut symbols = Vec::new();
        while state != 0 {
            symbols.push(self.origins[state].symbol);
            state = self.origins[state].state;
        }
        symbols.iter().rev().collect()
    }
}

/// Marks the word that begins what a state says of one program.
const MARK: u32 = 1 << 31;

/// The programs in a state: number and positions. The universe has the number 0, the globs those from 1 on.
fn located(state: &[u32]) -> impl Iterator<Item = (usize, &[u32])> {
    let mut rest = state;
    std::iter::from_fn(move || {
        let (&head, tail) = rest.split_first()?;
        let count = tail.iter().position(|word| word & MARK != 0).unwrap_or(tail.len());
        let (positions, after) = tail.split_at(count);
        rest = after;
        Some(((head & !MARK) as usize, positions))
    })
}

struct Product {
    universe: Program,
    globs: Vec<Program>,
}

impl Product {
    fn program(&self, number: usize) -> &Program {
        if number == 0 { &self.universe } else { &self.globs[number - 1] }
    }

    fn start(&self, into: &mut Vec<u32>) {
        for number in 0..=self.globs.len() {
            let from = into.len();
            into.push(number as u32 | MARK);
            into.extend(self.program(number).start());
            self.settle(number, from, into);
        }
    }

    /// Writes the state after the symbol and what it settles, whatever follows. Returns how many programs may still
    /// match; none if the universe can't.
    fn step(&self, state: &[u32], symbol: char, next: &mut Vec<u32>, truths: &mut [Truth]) -> usize {
        next.clear();
        truths.fill(Truth::Never);
        let mut live = 0;
        for (number, positions) in located(state) {
            let from = next.len();
            next.push(number as u32 | MARK);
            if !positions.is_empty() {
                self.program(number).step(positions, symbol, next);
                if next.len() == from + 1 {
                    if number == 0 {
                        return 0;
                    }
                    next.pop();
                    continue;
                }
                self.settle(number, from, next);
            }
            live += 1;
            if number > 0 {
                truths[number - 1] = if next.len() == from + 1 { Truth::Always } else { Truth::Open };
            }
        }
        live
    }

    /// Leaves out the positions of a program that matches whatever follows.
    fn settle(&self, number: usize, from: usize, state: &mut Vec<u32>) {
        if self.program(number).accepts_everything(&state[from + 1..]) {
            state.truncate(from + 1);
        }
    }

    /// One symbol of each kind that the state tells apart: those it mentions, and one that it does not.
    fn symbols(&self, state: &[u32], symbols: &mut Vec<char>) {
        symbols.clear();
        for (number, positions) in located(state) {
            self.program(number).mentioned(positions, symbols);
        }
        symbols.sort_unstable();
        symbols.dedup();
        let mut readable = ('a'..='x').rev().chain('0'..='9').chain('\u{a1}'..);
        let other = readable.find(|symbol| symbols.binary_search(symbol).is_err());
        symbols.extend(other);
        symbols.sort_unstable();
    }

    /// Whether what was read is an ARN, and writes which globs match it.
    fn accepts(&self, state: &[u32], truths: &mut [Truth]) -> bool {
        truths.fill(Truth::Never);
        let mut is_arn = false;
        for (number, positions) in located(state) {
            let matches = positions.is_empty() || self.program(number).accepts(positions);
            match number {
                0 => is_arn = matches,
                _ if matches => truths[number - 1] = Truth::Always,
                _ => {}
            }
        }
        is_arn
    }
}
