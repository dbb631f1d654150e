//! A glob as a nondeterministic automaton.

use std::collections::BTreeSet;

use super::glob::{Class, Glob, Token};

/// A glob spelled out. A state is the sorted list of the positions the next symbol may be read at; the position after the
/// last token accepts.
pub(super) struct Program {
    tokens: Vec<Token>,
}

impl Program {
    pub(super) fn of(glob: &Glob) -> Self {
        Self { tokens: glob.tokens() }
    }

    /// What must follow the text that the glob starts with.
    pub(super) fn after_prefix(glob: &Glob) -> Self {
        Self { tokens: glob.tokens_after_prefix() }
    }

    /// `arn:` and four more colons at least: the universe.
    pub(super) fn universe() -> Self {
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
    pub(super) fn mentioned(&self, state: &[u32], into: &mut BTreeSet<char>) {
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
