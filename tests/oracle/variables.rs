//! Policy variables (S-VAR-*): text of a policy becomes the signs of a glob.

use super::context::Held;
use super::glob::{Sign, wildcard};

/// A text with its variables replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expanded {
    Signs(Vec<Sign>),
    /// A variable has no value and no default (S-VAR-05..07).
    NoValue,
    /// A malformed variable (S-VAR-10).
    Malformed,
    /// A variable names a key of which nothing is known (S-VAR-12).
    Unknown,
}

/// Replaces the variables of `text`, in one pass (S-VAR-11). `sign` turns a character of the policy's own text into a
/// sign; text from the context, from defaults and from `${*}` is literal (S-VAR-03, U-10, U-49).
pub fn expand(text: &str, sign: impl Fn(char) -> Sign, held: impl Fn(&str) -> Held) -> Expanded {
    let mut signs = Vec::new();
    let mut rest = text;
    let mut open = false;
    let mut no_value = false;
    while let Some(start) = rest.find("${") {
        signs.extend(rest[..start].chars().map(&sign));
        let Some((variable, after)) = variable(&rest[start + 2..]) else { return Expanded::Malformed };
        rest = after;
        let literal = match variable {
            Variable::Character(character) => character.to_string(),
            Variable::Key { name, default } => match value(held(name), default) {
                Ok(text) => text,
                Err(Expanded::Malformed) => return Expanded::Malformed,
                Err(Expanded::Unknown) => {
                    open = true;
                    continue;
                }
                Err(_) => {
                    no_value = true;
                    continue;
                }
            },
        };
        signs.extend(literal.chars().map(Sign::Exactly));
    }
    signs.extend(rest.chars().map(&sign));
    if no_value {
        Expanded::NoValue
    } else if open {
        Expanded::Unknown
    } else {
        Expanded::Signs(signs)
    }
}

/// Policy text as signs in which every wildcard may run over colons.
pub fn any_sign(character: char) -> Sign {
    wildcard(character, true)
}

fn value(held: Held, default: Option<&str>) -> Result<String, Expanded> {
    match held {
        Held::Unknown => Err(Expanded::Unknown),
        Held::Values { multivalued: true, .. } => Err(Expanded::Malformed),
        Held::Values { values, .. } if values.first().is_some_and(|v| !v.is_empty()) => Ok(values[0].clone()),
        // U-42: the empty string is no value.
        Held::Values { .. } | Held::Absent => default.map(str::to_owned).ok_or(Expanded::NoValue),
    }
}

enum Variable<'a> {
    Character(char),
    Key { name: &'a str, default: Option<&'a str> },
}

/// The variable after `${`, and what follows its `}`.
fn variable(text: &str) -> Option<(Variable<'_>, &str)> {
    let end = text.find(['}', ','])?;
    let name = &text[..end];
    let (default, after) = match text[end..].strip_prefix(',') {
        None => (None, &text[end + 1..]),
        Some(rest) => {
            let rest = rest.strip_prefix(" '")?;
            let close = rest.find('\'')?;
            (Some(&rest[..close]), rest[close + 1..].strip_prefix('}')?)
        }
    };
    match (name, default) {
        ("*", None) => Some((Variable::Character('*'), after)),
        ("?", None) => Some((Variable::Character('?'), after)),
        ("$", None) => Some((Variable::Character('$'), after)),
        _ if name.is_empty() || name.contains([' ', '$', '{', '\'']) => None,
        _ => Some((Variable::Key { name, default }, after)),
    }
}
