//! Sets of resources: boolean terms over ARN patterns, hash-consed, with exact answers.
//!
//! **Universe.** A resource is an ARN, a text that starts with `arn:` and holds at least five colons (S-RES-02), or
//! NONE, the resource of an action that has no resource type (S-RES-10). Text that is no ARN is in no set, not even
//! in [`ResourceSets::ALL`]; whoever takes resources from outside checks them with [`is_arn`].
//!
//! **What a wildcard reaches** is settled when a pattern is read, by the part of the *pattern* it stands in
//! (S-RES-03, S-RES-04, S-RES-06; U-04, U-06). In parts 1 to 5 a `?`, and a `*` that is not the last character of its
//! part, match no colon. A `*` that is the last character of such a part matches anything, colons included; the
//! pattern's next parts follow wherever it stops. In part six both match anything. All else is compared exactly
//! (S-RES-05, U-05). So `arn:aws:sqs:*:queue-1`, with its five parts, matches
//! `arn:aws:sqs:us-east-1:111122223333:queue-1`.
//!
//! **Exactness.** Building a term never asks an automaton: literals and prefixes are simplified away where a look at
//! the text settles it, everything else stays a term. Emptiness, inclusion and overlap are then decided by automata
//! that are built state by state and remembered. A question that outgrows a limit ends in [`LimitExceeded`].

mod algebra;
mod automaton;
mod decide;
mod glob;
mod index;
mod limit;
mod matching;
mod moved;
mod pattern;
mod program;
mod relation;
mod sets;
mod simplify;
mod starts;
mod term;
mod text;

#[cfg(test)]
mod tests;

pub use glob::is_arn;
pub use index::ResourceIndex;
pub use limit::{LimitExceeded, MAX_AUTOMATON_STATES, MAX_PIECES, MAX_STEPS};
pub use pattern::{FormatPiece, Padding, PatternProblem, Piece};
pub use sets::{ResourceSetId, ResourceSets};
pub use starts::Starts;
pub use text::{PieceText, ResourceText};
