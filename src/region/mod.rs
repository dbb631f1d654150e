//! The symbolic algebra of requests: interned parts, and regions made of them.

// Sets of actions.
pub mod action_set;
// The home of all parts, and regions.
pub mod arena;
// Formulas over tests of context keys, and their solver.
pub mod condition;
// Hash-consing.
pub mod interner;
// Sets of owning accounts.
pub mod owner;
// Patterns of ARNs -> sets of resources, closed under union, meet and complement, and decided exactly.
pub mod resource;
// What doubts about one unknown string say of one another.
pub mod strings;
