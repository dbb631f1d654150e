//! The syntax of fact files.
//!
//! ```text
//! text ─► lexer (tokens) ─► parse (clauses, by grammar/facts.lalrpop) ─► File ─► check (declarations) ─► print
//! ```

pub mod ast;
pub mod check;
pub mod lexer;
pub mod parse;
pub mod print;
pub mod problem;

/// The parser that the grammar generates.
#[allow(
    clippy::all,
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    unused,
    unreachable_pub,
    rustdoc::all,
    reason = "generated"
)]
mod grammar {
    lalrpop_util::lalrpop_mod!(generated, "/facts.rs");
    pub(super) use generated::ClauseParser;
}

pub use ast::{Clause, Column, Declaration, Fact, File, Name, Type, Value};
pub use check::{Schema, check};
pub use parse::{Parsed, parse};
pub use problem::Problem;
