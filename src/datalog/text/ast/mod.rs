//! What a rule file says. A fact file is a rule file that has only declarations and facts.

mod expression;
mod file;
mod value;

pub use expression::{Aggregate, Arithmetic, Comparison, Expression, Fold};
pub use file::{
    Atom, Clause, Column, Declaration, Expectation, Fact, File, Finding, Goal, Import, Literal, Place, Query,
    Rule, Test,
};
pub(super) use file::{Piece, TestHead};
pub use value::{Type, Value};

use crate::document::Spanned;

/// A name and where it stands.
pub type Name = Spanned<Box<str>>;
