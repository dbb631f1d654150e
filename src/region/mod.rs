//! The symbolic algebra of requests.

pub mod interner;
/// Patterns of ARNs -> sets of resources, closed under union, meet and complement, and decided exactly.
pub mod resource;
