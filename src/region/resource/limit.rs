//! The limits of the algebra, and the error that names the one reached.

use thiserror::Error;

/// How many states the automata of one question may have.
pub const MAX_AUTOMATON_STATES: usize = 50_000;

/// How many steps one question may take: a pattern reads a character, or is compared with eight others.
pub const MAX_STEPS: usize = 10_000_000;

/// Into how many pieces a set may be split to answer one question, or to be written out.
pub const MAX_PIECES: usize = 20_000;

/// A question about resource patterns outgrew a limit. It has an answer, which is not known; nothing was guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// More than [`MAX_AUTOMATON_STATES`].
    #[error("comparing resource patterns takes more than {MAX_AUTOMATON_STATES} automaton states")]
    AutomatonStates,
    /// More than [`MAX_STEPS`].
    #[error("comparing resource patterns takes more than {MAX_STEPS} steps")]
    Steps,
    /// More than [`MAX_PIECES`].
    #[error("a set of resources splits into more than {MAX_PIECES} pieces")]
    Pieces,
}

/// What is left of the limits for one question.
pub(super) struct Budget {
    states: usize,
    steps: usize,
    pieces: usize,
}

impl Budget {
    pub(super) fn full() -> Self {
        Self { states: MAX_AUTOMATON_STATES, steps: MAX_STEPS, pieces: MAX_PIECES }
    }

    pub(super) fn take_state(&mut self) -> Result<(), LimitExceeded> {
        take(&mut self.states, 1, LimitExceeded::AutomatonStates)
    }

    pub(super) fn take_steps(&mut self, count: usize) -> Result<(), LimitExceeded> {
        take(&mut self.steps, count, LimitExceeded::Steps)
    }

    pub(super) fn take_pieces(&mut self, count: usize) -> Result<(), LimitExceeded> {
        take(&mut self.pieces, count, LimitExceeded::Pieces)
    }
}

fn take(left: &mut usize, count: usize, limit: LimitExceeded) -> Result<(), LimitExceeded> {
    *left = left.checked_sub(count).ok_or(limit)?;
    Ok(())
}
