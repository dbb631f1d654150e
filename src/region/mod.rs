//! The symbolic algebra of requests.

pub mod interner;
pub mod resource;
