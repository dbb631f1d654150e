//! The limits of the algebra, and the error that names the one reached.

use thiserror::Error;

/// How many states one automaton may have before its question is given up.
pub const MAX_AUTOMATON_STATES: usize = 50_000;

/// Into how many pieces a set may be split when it is written out.
pub const MAX_PIECES: usize = 20_000;

/// A question about resource patterns outgrew a limit. It has an answer, which is not known; nothing was guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// More than [`MAX_AUTOMATON_STATES`].
    #[error("comparing resource patterns takes more than {MAX_AUTOMATON_STATES} automaton states")]
    AutomatonStates,
    /// More than [`MAX_PIECES`].
    #[error("a set of resources splits into more than {MAX_PIECES} pieces")]
    Pieces,
}
