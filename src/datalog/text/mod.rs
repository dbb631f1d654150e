//! The syntax of rule files, of which fact files are a part.
//!
//! ```text
//! text ─► lexer (tokens) ─► parse (clauses, by grammar/rules.lalrpop) ─► File ─► check (facts against declarations) ─► print
//!      └► format (tokens and comments, laid out)
//! ```

pub mod ast;
pub mod check;
pub mod format;
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
    lalrpop_util::lalrpop_mod!(generated, "/rules.rs");
    pub(super) use generated::PieceParser;
}

pub use ast::{Clause, Column, Declaration, Fact, File, Name, Type, Value};
pub use check::{Schema, check};
pub use format::format;
pub use parse::{Parsed, parse, parse_body};
pub use problem::{Code, Problem};
