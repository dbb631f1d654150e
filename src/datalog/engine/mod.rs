//! Runs programs.

// What a program reads from outside.
mod given;
// How much a run may derive, and the error that says which rule wanted more.
mod limits;

pub use given::{Accepts, Bound, Given, GivenError, Nothing, Offer, Rows};
pub use limits::Limits;
