//! Facts as text: a Datalog syntax, the relations of an estate in it, a policy explained as rules, and the engine that runs rules.
//!
//! ```text
//! Engine ─► relations (rows of content) ─► text::print ─► output          file ─► text::parse ─► check ─► rows
//!                                                                 program (checked) ─► engine ─► rows and derivations
//! ```
//! Nothing here decides: rows say what the facts hold and what the rules derived, with content in place of ids.

// A policy document as facts and rules, for readers.
pub mod explain;
// The relations of an estate: their declarations and their rows.
pub mod relations;
// Runs checked programs over what is given.
pub mod engine;
// Rule packs inside the binary.
pub mod packs;
// A program, checked and lowered.
pub mod program;
// The part of a program on which some relations depend.
pub mod part;
// The syntax: a grammar, a typed tree, problems with places, a printer.
pub mod text;
// Rule files become programs: imports, names, types, bindings, strata.
pub mod check;
