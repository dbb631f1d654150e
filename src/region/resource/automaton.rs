//! Globs as nondeterministic automata, and the search of their product for a text.

use std::collections::BTreeSet;

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use super::glob::{Class, Glob, Token};
use super::limit::{LimitExceeded, MAX_AUTOMATON_STATES};

/// A glob spelled out. A state is the sorted list of the positions the next symbol may be read at; the position after the
/// last token accepts.
pub(super) struct Program {
    tokens: Vec<Token>,
}

impl Program {
    pub(super) fn of(glob: &Glob) -> Self {
        Self { tokens: glob.tokens() }
    }

    /// `arn:` and four more colons at least: the universe.
    fn universe() -> Self {
        let mut tokens: Vec<Token> = "arn:".chars().map(Token::Char).collect();
        for _ in 0..4 {
            tokens.extend([Token::Run(Class::Any), Token::Char(':')]);
        }
        tokens.push(Token::Run(Class::Any));
        Self { tokens }
    }

    pub(super) fn start(&self) -> Vec<u32> {
        let mut state = Vec::new();
        self.add(0, &mut state);
        self.settle(state)
    }

    pub(super) fn step(&self, state: &[u32], symbol: char) -> Vec<u32> {
        let mut next = Vec::with_capacity(state.len() + 1);
        for &position in state {
            match self.tokens.get(position as usize) {
                Some(&Token::Char(expected)) if expected == symbol => self.add(position + 1, &mut next),
                Some(Token::One(class)) if class.accepts(symbol) => self.add(position + 1, &mut next),
                Some(Token::Run(class)) if class.accepts(symbol) => self.add(position, &mut next),
                _ => {}
            }
        }
        self.settle(next)
    }

    pub(super) fn accepts(&self, state: &[u32]) -> bool {
        state.last() == Some(&(self.tokens.len() as u32))
    }

    /// Whether every continuation is accepted.
    pub(super) fn accepts_everything(&self, state: &[u32]) -> bool {
        let is_last_run = |&position: &u32| {
            position as usize + 1 == self.tokens.len()
                && self.tokens[position as usize] == Token::Run(Class::Any)
        };
        state.iter().any(is_last_run)
    }

    /// Adds a position and those reached from it by reading nothing, as a run may be empty.
    fn add(&self, position: u32, state: &mut Vec<u32>) {
        state.push(position);
        if let Some(Token::Run(_)) = self.tokens.get(position as usize) {
            self.add(position + 1, state);
        }
    }

    /// Sorts a state and drops what is before a run that matches everything: whatever goes on from there passes that run.
    fn settle(&self, mut state: Vec<u32>) -> Vec<u32> {
        state.sort_unstable();
        state.dedup();
        let is_free = |&position: &u32| self.tokens.get(position as usize) == Some(&Token::Run(Class::Any));
        if let Some(last) = state.iter().rposition(is_free) {
            state.drain(..last);
        }
        state
    }

    /// The characters that the tokens at these positions treat unlike others.
    fn mentioned(&self, state: &[u32], into: &mut BTreeSet<char>) {
        for &position in state {
            match self.tokens.get(position as usize) {
                Some(&Token::Char(symbol)) => drop(into.insert(symbol)),
                Some(Token::One(class) | Token::Run(class)) => match class {
                    Class::Name => into.extend([':', '/']),
                    Class::Part => into.extend([':']),
                    Class::Any => {}
                },
                None => {}
            }
        }
    }
}

/// Whether a continuation of what was read so far will match a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// No continuation.
    Never,
    /// It depends on the continuation.
    Open,
    /// Every continuation.
    Always,
}

/// The shortest ARN for which the formula holds; among the shortest, the first in the order the characters are tried in.
///
/// `formula` says what is known of the whole, given what is known of each glob. It must be monotone in knowledge: from
/// globs that are all settled it yields a settled value.
pub(super) fn search(
    globs: &[&Glob],
    formula: &dyn Fn(&[Truth]) -> Truth,
) -> Result<Option<String>, LimitExceeded> {
    let product =
        Product { universe: Program::universe(), programs: globs.iter().map(|g| Program::of(g)).collect() };
    let mut seen: HashSet<Box<[u32]>, FxBuildHasher> = HashSet::default();
    let mut queue: Vec<Visit> = Vec::new();
    let start = product.start();
    seen.insert(start.packed());
    queue.push(Visit { state: start, from: 0, symbol: '\0' });
    let mut truths = vec![Truth::Open; globs.len()];
    let mut current = 0;
    while current < queue.len() {
        let state = std::mem::take(&mut queue[current].state);
        if product.accepts(&state, formula, &mut truths) {
            return Ok(Some(spelled(&queue, current)));
        }
        for symbol in product.symbols(&state) {
            let next = product.step(&state, symbol);
            if !product.is_alive(&next, formula, &mut truths) {
                continue;
            }
            if seen.insert(next.packed()) {
                if queue.len() >= MAX_AUTOMATON_STATES {
                    return Err(LimitExceeded::AutomatonStates);
                }
                queue.push(Visit { state: next, from: current, symbol });
            }
        }
        current += 1;
    }
    Ok(None)
}

/// A state of the search and how it was first reached.
struct Visit {
    state: State,
    from: usize,
    symbol: char,
}

/// The text read on the way to a visit.
fn spelled(queue: &[Visit], mut visit: usize) -> String {
    let mut symbols = Vec::new();
    while visit != 0 {
        symbols.push(queue[visit].symbol);
        visit = queue[visit].from;
    }
    symbols.iter().rev().collect()
}

/// A state of the product.
#[derive(Default)]
struct State {
    universe: Vec<u32>,
    globs: Vec<Local>,
}

/// Where one glob stands.
enum Local {
    Never,
    Always,
    At(Vec<u32>),
}

impl State {
    /// The state as one key: per glob that is not settled to never, its index, and its positions with a mark.
    fn packed(&self) -> Box<[u32]> {
        const MARK: u32 = 1 << 31;
        let mut key: Vec<u32> = self.universe.clone();
        for (index, local) in self.globs.iter().enumerate() {
            match local {
                Local::Never => {}
                Local::Always => key.push(index as u32 | MARK),
                Local::At(positions) => {
                    key.push(index as u32 | MARK);
                    key.extend_from_slice(positions);
                }
            }
        }
        key.into()
    }
}

struct Product {
    universe: Program,
    programs: Vec<Program>,
}

impl Product {
    fn start(&self) -> State {
        State {
            universe: self.universe.start(),
            globs: self.programs.iter().map(|program| localised(program, program.start())).collect(),
        }
    }

    fn step(&self, state: &State, symbol: char) -> State {
        let globs = self.programs.iter().zip(&state.globs).map(|(program, local)| match local {
            Local::Never => Local::Never,
            Local::Always => Local::Always,
            Local::At(positions) => localised(program, program.step(positions, symbol)),
        });
        State { universe: self.universe.step(&state.universe, symbol), globs: globs.collect() }
    }

    /// One symbol of each kind that the state tells apart, and one that it mentions nowhere.
    fn symbols(&self, state: &State) -> BTreeSet<char> {
        let mut symbols = BTreeSet::new();
        self.universe.mentioned(&state.universe, &mut symbols);
        for (program, local) in self.programs.iter().zip(&state.globs) {
            if let Local::At(positions) = local {
                program.mentioned(positions, &mut symbols);
            }
        }
        let readable = ('a'..='z').rev().chain('0'..='9').chain('\u{a1}'..);
        let other = readable.skip(2).find(|symbol| !symbols.contains(symbol));
        symbols.extend(other);
        symbols
    }

    fn accepts(&self, state: &State, formula: &dyn Fn(&[Truth]) -> Truth, truths: &mut [Truth]) -> bool {
        if !self.universe.accepts(&state.universe) {
            return false;
        }
        for ((program, local), truth) in self.programs.iter().zip(&state.globs).zip(truths.iter_mut()) {
            let now = match local {
                Local::Never => false,
                Local::Always => true,
                Local::At(positions) => program.accepts(positions),
            };
            *truth = if now { Truth::Always } else { Truth::Never };
        }
        formula(truths) == Truth::Always
    }

    /// Whether some continuation may still satisfy the formula.
    fn is_alive(&self, state: &State, formula: &dyn Fn(&[Truth]) -> Truth, truths: &mut [Truth]) -> bool {
        if state.universe.is_empty() {
            return false;
        }
        for (local, truth) in state.globs.iter().zip(truths.iter_mut()) {
            *truth = match local {
                Local::Never => Truth::Never,
                Local::Always => Truth::Always,
                Local::At(_) => Truth::Open,
            };
        }
        formula(truths) != Truth::Never
    }
}

fn localised(program: &Program, state: Vec<u32>) -> Local {
    if state.is_empty() {
        Local::Never
    } else if program.accepts_everything(&state) {
        Local::Always
    } else {
        Local::At(state)
    }
}
