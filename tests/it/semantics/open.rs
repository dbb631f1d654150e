//! What is still missing behind `docs/semantics.md`. These lists are to become empty: a rule that no longer needs its place
//! here makes a test fail until it is taken off.

/// Rules by which nothing is decided yet; at most the catalog holds their data.
pub const NOT_IMPLEMENTED: &[&str] = &[];

/// Rules of which a part is missing; the page says which.
pub const PARTLY_IMPLEMENTED: &[&str] = &[];

/// Rules that no case cites.
pub const WITHOUT_CASE: &[&str] = &[];
