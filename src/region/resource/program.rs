//! A glob as a nondeterministic automaton.

use super::glob::{Class, Glob, Token};

/// A glob spelled out. A state is the sorted list of the positions the next symbol may be read at; the position after
/// the last token accepts.
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
        self.settle(0, &mut state);
        state
    }

    /// Appends to `next` the state that reading the symbol in `state` leads to.
    pub(super) fn step(&self, state: &[u32], symbol: char, next: &mut Vec<u32>) {
        let from = next.len();
        for &position in state {
            match self.tokens.get(position as usize) {
                Some(&Token::Char(expected)) if expected == symbol => self.add(position + 1, next),
                Some(Token::One(class)) if class.accepts(symbol) => self.add(position + 1, next),
                Some(Token::Run(class)) if class.accepts(symbol) => self.add(position, next),
                _ => {}
            }
        }
        self.settle(from, next);
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

    /// Sorts the state that begins at `from` and drops what is before a run that matches everything: whatever goes on
    /// from there passes that run.
    fn settle(&self, from: usize, state: &mut Vec<u32>) {
        if state.len() - from < 2 {
            return;
        }
        state[from..].sort_unstable();
        let is_free = |&position: &u32| self.tokens.get(position as usize) == Some(&Token::Run(Class::Any));
        let needed = from + state[from..].iter().rposition(is_free).unwrap_or(0);
        let mut end = from;
        for index in needed..state.len() {
            if index == needed || state[index] != state[index - 1] {
                state[end] = state[index];
                end += 1;
            }
        }
        state.truncate(end);
    }

    /// The characters that the tokens at these positions treat unlike others.
    pub(super) fn mentioned(&self, state: &[u32], into: &mut Vec<char>) {
        for &position in state {
            match self.tokens.get(position as usize) {
                Some(&Token::Char(symbol)) => into.push(symbol),
                Some(Token::One(class) | Token::Run(class)) => match class {
                    Class::Name => into.extend([':', '/']),
                    Class::Part => into.push(':'),
                    Class::Any => {}
                },
                None => {}
            }
        }
    }
}
