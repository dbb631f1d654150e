//! The text of a `Resource` entry, or the ARN format of a resource type -> a glob.

use thiserror::Error;

use super::glob::{Built, Class, GlobBuilder};
use super::matching;

/// A piece of a `Resource` pattern whose policy variables were looked up.
///
/// The pattern is split on the colons of its own `Text` first, so what stands in for a variable stays in part six,
/// whatever it holds (S-VAR-11, U-49).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text of the policy. `*` and `?` are wildcards.
    Text(&'a str),
    /// Text put in for a variable, or what `${*}`, `${?}` and `${$}` stand for. Literal, even `*` and `?` (S-VAR-03,
    /// S-VAR-08).
    Literal(&'a str),
    /// A variable whose value is not known yet: anything, as a `*` in part six.
    Open,
}

impl<'a> Piece<'a> {
    fn text(self) -> &'a str {
        match self {
            Piece::Text(text) | Piece::Literal(text) => text,
            Piece::Open => "",
        }
    }
}

/// A piece of the ARN format of a resource type, such as `arn:${Partition}:s3:::${BucketName}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatPiece<'a> {
    /// Literal text; here `*` and `?` are no wildcards.
    Text(&'a str),
    /// Any text without colons: partition, region, account; in part six a name with its path.
    Part,
    /// Any text without colons and slashes: a bucket, a table.
    Name,
    /// Any text: an object key.
    Rest,
    /// Any one character.
    One,
}

/// Which short patterns, of fewer than six parts, have `*` for each missing part (S-RES-07, U-07).
///
/// A part that ends in `*` reaches over the missing parts as well (S-RES-04), in policies of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// All: identity, session and boundary policies.
    PadAlways,
    /// Those that hold a wildcard: resource and endpoint policies.
    PadIfWildcard,
    /// Those that end in `*`, which needs no padding: service control policies. The same sets as `Never`.
    PadIfTrailingStar,
    /// None: resource control policies. A short pattern matches nothing.
    Never,
}

/// Why a text is no pattern of ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum PatternProblem {
    /// No text at all.
    #[error("the resource is empty; expected `*` or an ARN")]
    Empty,
    /// Its first part can't be `arn`. No ARN matches.
    #[error("the resource is not an ARN; expected `*` or text that starts with `arn:`")]
    NotAnArn,
    /// A variable, or literal text in place of one, before the fifth colon (S-VAR-02, S-VAR-10).
    #[error("a policy variable stands in part {part} of the ARN; expected it after the fifth colon")]
    VariableBeforePartSix {
        /// The part, from 1.
        part: u8,
    },
}

/// What a `Resource` entry turned out to be.
pub(super) enum Parsed {
    /// `*` alone, not even `**`: every ARN, and NONE (S-RES-01, S-RES-10).
    All,
    /// ARNs only. A short pattern with a part that ends in `*` has two readings where it is filled up: that `*` reaches over
    /// the parts that are missing (S-RES-04), or they are `*` (U-07).
    Arns(Built, Option<Built>),
}

/// Reads the pieces of a `Resource` entry.
pub(super) fn parse(pieces: &[Piece], padding: Padding) -> Result<Parsed, PatternProblem> {
    if pieces.iter().all(|piece| matches!(piece, Piece::Text("") | Piece::Literal(""))) {
        return Err(PatternProblem::Empty);
    }
    let mut written = pieces.iter().filter(|piece| **piece != Piece::Text(""));
    if written.next() == Some(&Piece::Text("*")) && written.next().is_none() {
        return Ok(Parsed::All);
    }
    let length = pieces.iter().map(|piece| piece.text().len()).sum();
    let mut reader =
        Reader { glob: GlobBuilder::with_room_for(length), part: 1, reaches_on: false, wildcard: false };
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => reader.text(text, &pieces[index + 1..]),
            Piece::Literal(_) | Piece::Open if reader.part < 6 => {
                return Err(PatternProblem::VariableBeforePartSix { part: reader.part });
            }
            Piece::Literal(text) => reader.glob.push_text(text),
            Piece::Open => reader.glob.push_run(Class::Any),
        }
    }
    if !starts_as_arn(pieces) {
        return Err(PatternProblem::NotAnArn);
    }
    let padded = reader.padded(padding).map(GlobBuilder::finish);
    Ok(match padded {
        Some(padded) if !reader.reaches_on => Parsed::Arns(padded, None),
        padded => Parsed::Arns(reader.glob.finish(), padded),
    })
}

/// Reads the ARN format of a resource type.
pub(super) fn parse_format(pieces: &[FormatPiece]) -> Result<Built, PatternProblem> {
    match pieces.first() {
        None => return Err(PatternProblem::Empty),
        Some(FormatPiece::Text(text)) if text.starts_with("arn:") => {}
        Some(_) => return Err(PatternProblem::NotAnArn),
    }
    let mut glob = GlobBuilder::default();
    for piece in pieces {
        match piece {
            FormatPiece::Text(text) => glob.push_text(text),
            FormatPiece::Part => glob.push_run(Class::Part),
            FormatPiece::Name => glob.push_run(Class::Name),
            FormatPiece::Rest => glob.push_run(Class::Any),
            FormatPiece::One => glob.push_one(Class::Any),
        }
    }
    Ok(glob.finish())
}

struct Reader {
    glob: GlobBuilder,
    /// The part that the next character belongs to, from 1.
    part: u8,
    /// Whether a part before the sixth ended in `*`.
    reaches_on: bool,
    wildcard: bool,
}

impl Reader {
    fn text(&mut self, text: &str, rest: &[Piece]) {
        let mut left = text;
        while let Some((literal, special, after)) = split_at_special(left) {
            self.glob.push_text(literal);
            left = after;
            self.wildcard |= special != ':';
            match special {
                '*' if self.part == 6 => self.glob.push_run(Class::Any),
                '*' => {
                    let next = left.chars().next().or_else(|| first_char(rest));
                    let last_of_part = next.is_none_or(|next| next == ':');
                    self.reaches_on |= last_of_part;
                    self.glob.push_run(if last_of_part { Class::Any } else { Class::Part });
                }
                '?' => self.glob.push_one(if self.part == 6 { Class::Any } else { Class::Part }),
                _ => {
                    self.part = 6.min(self.part + 1);
                    self.glob.push_char(':');
                }
            }
        }
        self.glob.push_text(left);
    }

    /// The pattern with `*` for each missing part, where it is short and its kind of policy has it so.
    fn padded(&self, padding: Padding) -> Option<GlobBuilder> {
        let wanted = match padding {
            Padding::PadAlways => true,
            Padding::PadIfWildcard => self.wildcard,
            Padding::PadIfTrailingStar | Padding::Never => false,
        };
        if !wanted || self.part == 6 {
            return None;
        }
        let mut glob = self.glob.clone();
        for _ in self.part..6 {
            glob.push_char(':');
            glob.push_run(Class::Any);
        }
        Some(glob)
    }
}

/// The text before the first `*`, `?` or `:`, that character, and the text after it.
fn split_at_special(text: &str) -> Option<(&str, char, &str)> {
    let at = memchr::memchr3(b'*', b'?', b':', text.as_bytes())?;
    let (literal, rest) = text.split_at_checked(at)?;
    let mut rest = rest.chars();
    Some((literal, rest.next()?, rest.as_str()))
}

/// The first character of the text that follows. A variable has none, and is a problem where this is asked.
fn first_char(pieces: &[Piece]) -> Option<char> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Text(text) => text.chars().next(),
        Piece::Literal(_) | Piece::Open => None,
    })
}

/// Whether the first part of the pattern can be `arn`. A run at its end may go on past the colon, but that helps only
/// if what stands before it matches the start of `arn`, and then the run can also end there.
fn starts_as_arn(pieces: &[Piece]) -> bool {
    if matches!(pieces, [Piece::Text(text), ..] if text.starts_with("arn:")) {
        return true;
    }
    let mut part = GlobBuilder::default();
    for symbol in pieces.iter().flat_map(|piece| match piece {
        Piece::Text(text) => text.chars(),
        Piece::Literal(_) | Piece::Open => "".chars(),
    }) {
        match symbol {
            ':' => break,
            '*' => part.push_run(Class::Part),
            '?' => part.push_one(Class::Part),
            other => part.push_char(other),
        }
    }
    matching::matches_text(&part.into_glob(), "arn")
}
