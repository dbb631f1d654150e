//! Tables and answers, written and read back.

mod answers;
mod factored;
pub mod tables;
