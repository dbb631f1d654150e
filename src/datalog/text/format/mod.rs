//! Text -> the same text in one layout, comments included.
//!
//! Tokens stay as they are and in their order; only blanks, line breaks and commas behind last elements change. A clause is one
//! line if it fits and no comment stands within it; a list that ends with a comma has a line for each element.

mod layout;
mod read;
mod tree;

use super::parse::parse;
use super::problem::Problem;

/// A line is no longer than this if it can be broken.
const WIDTH: usize = 100;

/// Formats a rule file.
///
/// ```
/// let text = "p( X ):-q(X),!r(X).// why";
/// assert_eq!(entail::datalog::text::format(text).unwrap(), "p(X) :- q(X), not r(X). // why\n");
/// ```
///
/// # Errors
/// What is wrong with the file.
pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    let problems = parse(text).problems;
    match problems.is_empty() {
        true => Ok(layout::write(&read::read(text))),
        false => Err(problems),
    }
}
