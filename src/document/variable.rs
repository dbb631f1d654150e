//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}` (S-VAR-01 to S-VAR-04, S-VAR-10).

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::problem::{Fault, ProblemCode, Quoted};
use crate::catalog::Catalog;
use crate::region::condition::{MalformedVariable as Malformed, Variable, read_variable};

/// A piece of a text that may hold policy variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text without variables; wildcards in it are wildcards.
    Text(&'a str),
    /// `${*}`, `${?}` or `${$}`: the character itself (S-VAR-03).
    Literal(char),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        /// The context key.
        key: &'a str,
        /// What stands in for a key without value (S-VAR-04).
        default: Option<&'a str>,
    },
}

/// A variable that cannot be read (S-VAR-10, U-48).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedVariable {
    /// The bytes of the text that it takes up.
    pub range: Range<usize>,
    /// What is wrong, as the end of a sentence about the variable.
    pub reason: &'static str,
}

/// Whether a text holds `${`.
pub fn has_variable(text: &str) -> bool {
    memchr::memchr_iter(b'$', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) == Some(&b'{'))
}

/// Splits a text of a version 2012-10-17 policy into its pieces, from left to right.
///
/// ```
/// use entail::document::variable::{pieces, Piece};
/// let found = pieces("home/${aws:username}/${*}").collect::<Result<Vec<_>, _>>();
/// assert_eq!(found, Ok(vec![
///     Piece::Text("home/"), Piece::Variable { key: "aws:username", default: None }, Piece::Text("/"), Piece::Literal('*'),
/// ]));
/// ```
///
/// # Errors
/// An item is [`MalformedVariable`] where a variable cannot be read; the text after it is not looked at.
pub fn pieces(text: &str) -> Pieces<'_> {
    Pieces { text, at: 0 }
}

/// The iterator of [`pieces`].
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    text: &'a str,
    at: usize,
}

impl Pieces<'_> {
    /// How many bytes of the text are behind.
    pub fn offset(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, MalformedVariable>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        match rest.strip_prefix("${") {
            None => {
                let length = rest.find("${").unwrap_or(rest.len());
                self.at += length;
                rest.get(..length).map(|text| Ok(Piece::Text(text)))
            }
            Some(body) => match variable(body) {
                Ok((piece, length)) => {
                    self.at += "${".len() + length;
                    Some(Ok(piece))
                }
                Err((reason, length)) => {
                    let range = self.at..self.at + "${".len() + length;
                    self.at = self.text.len();
                    Some(Err(MalformedVariable { range, reason }))
                }
            },
        }
    }
}

/// Reads what follows `${`, to the closing brace; with the length read. A failure has its extent. Evaluation reads variables
/// alike.
fn variable(body: &str) -> Result<(Piece<'_>, usize), (&'static str, usize)> {
    match read_variable(body) {
        Ok((Variable::Literal(sign), length)) => {
            Ok((Piece::Literal(sign.chars().next().unwrap_or_default()), length))
        }
        Ok((Variable::Key { key, default }, length)) => Ok((Piece::Variable { key, default }, length)),
        Err((problem, extent)) => Err((reason(problem, body), extent)),
    }
}

fn reason(problem: Malformed, body: &str) -> &'static str {
    let (name, rest) = body.split_once(['}', ',']).unwrap_or((body, ""));
    match problem {
        Malformed::Unclosed => "has no closing `}`",
        Malformed::Empty => "names no key",
        Malformed::Name if name.contains("${") => "holds another variable",
        Malformed::Name if name.contains(char::is_whitespace) => "has a space in its name",
        Malformed::Name => "has a sign in its name that no key has",
        Malformed::Default if rest.trim_start().starts_with('\'') => {
            "has a default that does not follow comma and space"
        }
        Malformed::Default => "has a default that is not in single quotes",
        Malformed::OpenDefault => "has a default without a closing quote",
        Malformed::AfterDefault => "has text after its default",
        Malformed::Multivalued => "names a key with several values",
        Malformed::Misplaced => "stands where none may",
    }
}

/// The text with `*` in place of every variable: a pattern that covers whatever the text may come to mean.
pub(super) fn widened(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Ok(Piece::Text(text)) => pattern.push_str(text),
            Ok(Piece::Literal(_) | Piece::Variable { .. }) => pattern.push('*'),
            Err(_) => {
                pattern.push('*');
                break;
            }
        }
    }
    pattern
}

/// The fault of the first variable that cannot be read, or that names a key with several values.
pub(super) fn malformed(text: &str) -> Option<Fault> {
    let MalformedVariable { range, reason } = first_malformed(text)?;
    let variable = text.get(range.clone()).unwrap_or_default();
    let message = format!("the variable {} {reason}", Quoted(variable));
    Some(
        Fault::error(ProblemCode::MalformedVariable, message)
            .with_help("write `${key}` or `${key, 'default'}`")
            .within(range),
    )
}

fn first_malformed(text: &str) -> Option<MalformedVariable> {
    let mut pieces = pieces(text);
    let mut start = 0;
    while let Some(piece) = pieces.next() {
        match piece {
            Err(malformed) => return Some(malformed),
            Ok(Piece::Variable { key, .. }) if is_multivalued(key) => {
                return Some(MalformedVariable {
                    range: start..pieces.offset(),
                    reason: reason(Malformed::Multivalued, ""),
                });
            }
            Ok(_) => start = pieces.offset(),
        }
    }
    None
}

/// Whether a key is known to hold several values, so that no variable can name it (S-VAR-10).
fn is_multivalued(key: &str) -> bool {
    Catalog::embedded().key(key).is_some_and(|known| known.multivalued)
}

/// The fault of a variable that stands where none may: `where_` completes the sentence.
pub(super) fn misplaced(text: &str, where_: &str) -> Fault {
    let start = text.find("${").unwrap_or(0);
    let end = text.get(start..).and_then(|rest| rest.find('}')).map_or(text.len(), |brace| start + brace + 1);
    let variable = text.get(start..end).unwrap_or_default();
    Fault::error(ProblemCode::MisplacedVariable, format!("the variable {} stands {where_}", Quoted(variable)))
        .with_help(
            "variables work after the fifth colon of a resource and in values of string and ARN operators",
        )
        .within(start..end)
}
