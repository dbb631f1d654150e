//! The algebra of resource sets against a matcher that only reads patterns.

mod index;
mod laws;
mod naive;
mod table;
