//! Facts as text: a Datalog syntax, the relations of an estate in it, and a policy explained as rules.
//!
//! ```text
//! Engine ─► relations (rows of content) ─► text::print ─► output          file ─► text::parse ─► check ─► rows
//! ```
//! Nothing here decides: rows say what the facts hold and what the rules derived, with content in place of ids.

// A policy document as facts and rules, for readers.
pub mod explain;
// The relations of an estate: their declarations and their rows.
pub mod relations;
// Runs checked programs over what is given.
pub mod engine;
// A program, checked and lowered.
pub mod program;
// The syntax: a grammar, a typed tree, problems with places, a printer.
pub mod text;
// Rule files become programs: imports, names, types, bindings, strata.
pub mod check;
