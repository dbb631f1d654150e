//! The search of a product of globs for an ARN of which a formula holds.

use std::collections::BTreeSet;

use hashbrown::HashSet;
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

/// The shortest ARN of which the formula holds, of those the least in the order of the characters tried; none if there is none.
pub(super) fn search(
    globs: &[&Glob],
    formula: &Formula,
    budget: &mut Budget,
) -> Result<Option<String>, LimitExceeded> {
    let product = Product {
        universe: Program::universe(),
        programs: globs.iter().map(|glob| Program::of(glob)).collect(),
    };
    let mut truths = vec![Truth::Never; globs.len()];
    let start = product.start();
    let mut seen: HashSet<Box<[u32]>, FxBuildHasher> = HashSet::default();
    seen.insert(start.packed());
    let mut queue = vec![Visit { state: start, from: 0, symbol: '\0' }];
    let mut current = 0;
    while let Some(visit) = queue.get_mut(current) {
        let state = std::mem::take(&mut visit.state);
        product.see_accepted(&state, &mut truths);
        if product.universe.accepts(&state.universe) && formula.truth(&truths) == Truth::Always {
            return Ok(Some(spelled(&queue, current)));
        }
        for symbol in product.symbols(&state) {
            budget.take_steps(1 + state.globs.len())?;
            let next = product.step(&state, symbol);
            next.see_settled(&mut truths);
            let alive = !next.universe.is_empty() && formula.truth(&truths) != Truth::Never;
            if alive && seen.insert(next.packed()) {
                budget.take_state()?;
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

/// A state of the product: where the universe stands and each glob that may still match, by number.
#[derive(Default)]
struct State {
    universe: Vec<u32>,
    globs: Vec<(usize, Local)>,
}

/// Where a glob stands.
enum Local {
    /// It matches whatever follows.
    Always,
    At(Vec<u32>),
}

impl State {
    /// The state as one key. Numbers of globs are marked, to tell them from positions.
    fn packed(&self) -> Box<[u32]> {
        const MARK: u32 = 1 << 31;
        let mut key: Vec<u32> = self.universe.clone();
        for (number, local) in &self.globs {
            key.push(*number as u32 | MARK);
            if let Local::At(positions) = local {
                key.extend_from_slice(positions);
            }
        }
        key.into()
    }

    /// What is known of each glob, whatever follows.
    fn see_settled(&self, truths: &mut [Truth]) {
        truths.fill(Truth::Never);
        for (number, local) in &self.globs {
            truths[*number] = match local {
                Local::Always => Truth::Always,
                Local::At(_) => Truth::Open,
            };
        }
    }
}

struct Product {
    universe: Program,
    programs: Vec<Program>,
}

impl Product {
    fn start(&self) -> State {
        let globs = self.programs.iter().enumerate();
        let globs = globs.filter_map(|(number, program)| located(number, program, program.start()));
        State { universe: self.universe.start(), globs: globs.collect() }
    }

    fn step(&self, state: &State, symbol: char) -> State {
        let globs = state.globs.iter().filter_map(|&(number, ref local)| match local {
            Local::Always => Some((number, Local::Always)),
            Local::At(positions) => {
                let program = &self.programs[number];
                located(number, program, program.step(positions, symbol))
            }
        });
        State { globs: globs.collect(), universe: self.universe.step(&state.universe, symbol) }
    }

    /// One symbol of each kind that the state tells apart: those it mentions, and one that it does not.
    fn symbols(&self, state: &State) -> BTreeSet<char> {
        let mut symbols = BTreeSet::new();
        self.universe.mentioned(&state.universe, &mut symbols);
        for (number, local) in &state.globs {
            if let Local::At(positions) = local {
                self.programs[*number].mentioned(positions, &mut symbols);
            }
        }
        let mut readable = ('a'..='x').rev().chain('0'..='9').chain('\u{a1}'..);
        let other = readable.find(|symbol| !symbols.contains(symbol));
        symbols.extend(other);
        symbols
    }

    /// Whether each glob matches what was read, if nothing follows.
    fn see_accepted(&self, state: &State, truths: &mut [Truth]) {
        truths.fill(Truth::Never);
        for (number, local) in &state.globs {
            let matches = match local {
                Local::Always => true,
                Local::At(positions) => self.programs[*number].accepts(positions),
            };
            truths[*number] = if matches { Truth::Always } else { Truth::Never };
        }
    }
}

fn located(number: usize, program: &Program, positions: Vec<u32>) -> Option<(usize, Local)> {
    if positions.is_empty() {
        None
    } else if program.accepts_everything(&positions) {
        Some((number, Local::Always))
    } else {
        Some((number, Local::At(positions)))
    }
}
