//! Runs checked programs: semi-naive, stratum by stratum, over columns of interned values.
//!
//! ```text
//! Program ─► prepare (constants interned) ─► order ─► plan ─► steps over batches ─► relation (set, rows by round) ─► Derived
//!                       Given ─► asked batch by batch ──────────▲
//! ```
//! A rule's body is a list of steps. A step takes a batch of bindings, a column for each variable, to the next batch: a join
//! looks up all rows of the batch in an index and copies the matches column by column. Batches are small enough for a cache,
//! and go depth first, so that no intermediate result is ever held. Which literal comes first, and by which columns each is
//! looked up, is decided before a rule runs from what is bound and from how large relations are.
//!
//! A relation is its rows in the order of the rounds that derived them, a set to tell new rows, and indexes that grow. The rows of
//! the last round are a range, and so are those before. That order is also what derivations are found by afterwards.

// Aggregates, for the groups of a batch at once.
mod aggregate;
// Rows by columns.
mod columns;
// The result of a run.
mod derived;
// Expressions and tests over batches.
mod function;
// What a program reads from outside.
mod given;
// Rows by the values of some of their columns.
mod index;
// Values as small numbers.
mod interner;
// Joins of a batch with a relation, and what is asked outside for them.
mod join;
// How much a run may derive, and what ends one before its time.
mod limits;
// The order of literals.
mod order;
// The steps of a body.
mod plan;
// Rules with their constants interned.
mod prepare;
// The rows of one relation in a run.
mod relation;
// Strata, rounds and rules.
mod run;
// Sets of rows by arity.
mod set;
// Steps over batches.
mod steps;
// What texts mean: globs, addresses, dates, ARNs.
mod text;
// Derivations.
mod why;

pub use derived::{Derived, Options, run};
pub use given::{Accepts, Bound, Given, GivenError, Nothing, Offer, Rows};
pub use limits::{Limits, MAX_LITERALS, RunError, RunErrorKind};
pub(in crate::datalog) use text::like;
pub use why::{Because, Derivation, DerivedRow, More, Premise};
