//! The symbolic algebra of requests.

pub mod condition;
pub mod interner;
