//! Policy values with variables: `home/${aws:username, 'shared'}/*`.

use super::key::KeyId;

/// The value of a policy's `Version` element, which decides whether variables are expanded (S-GRAM-02, S-GRAM-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, or no `Version` at all: `${` is text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// A part of a policy value. `K` names a key: text as written, or an interned key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece<K = KeyId> {
    /// Text in which `*` and `?` are wildcards where the operator has them.
    Text(Box<str>),
    /// Text in which nothing is special: `${*}`, a substituted value (S-VAR-08, U-10), a default (S-VAR-11, U-49).
    Literal(Box<str>),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        /// The key whose value goes here; single-valued.
        key: K,
        /// What goes here when the key has no value or an empty one (S-VAR-04, U-42).
        default: Option<Box<str>>,
    },
}

/// A policy value as pieces in order. Neighbouring pieces of one kind are joined, so equal values are equal.
pub type Template = Vec<Piece>;

/// A `${` that is no variable (S-VAR-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedVariable {
    /// `${` without `}`.
    #[error("a variable is not closed by `}}`")]
    Unclosed,
    /// `${}`.
    #[error("a variable names no key")]
    Empty,
    /// A space, `$` or `{` in the name.
    #[error("a variable's name holds a space, `$` or `{{`")]
    Name,
    /// A default that is not written `, 'text'` with nothing after it.
    #[error("a variable's default is not written `, 'text'`")]
    Default,
    /// The key holds several values (S-VAR-01).
    #[error("a variable names a key with several values")]
    Multivalued,
    /// The operator takes no variables, or the ARN part does not (S-VAR-02).
    #[error("no variable is allowed here")]
    Misplaced,
}

/// Splits a policy value into text and variables, once and from left to right (S-VAR-01 to S-VAR-04, S-VAR-10, S-VAR-11,
/// U-48). Under [`Version::V2008`] all of it is text, `${*}` too (S-VAR-09, U-11).
///
/// # Errors
/// The value holds a malformed variable. Whether the operator takes variables, and whether the named key is
/// single-valued, is not looked at here.
pub fn parse_template(text: &str, version: Version) -> Result<Vec<Piece<String>>, MalformedVariable> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${").filter(|_| version == Version::V2012) {
        let (before, variable) = (&rest[..start], &rest[start + 2..]);
        push(&mut pieces, Piece::Text(before.into()));
        let (piece, after) = parse_variable(variable)?;
        push(&mut pieces, piece);
        rest = after;
    }
    push(&mut pieces, Piece::Text(rest.into()));
    Ok(pieces)
}

/// Reads what follows `${`, and returns what follows the closing `}`.
fn parse_variable(text: &str) -> Result<(Piece<String>, &str), MalformedVariable> {
    for special in ["*", "?", "$"] {
        if let Some(after) = text.strip_prefix(special).and_then(|rest| rest.strip_prefix('}')) {
            return Ok((Piece::Literal(special.into()), after));
        }
    }
    let end = text.find(['}', ',']).ok_or(MalformedVariable::Unclosed)?;
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Err(MalformedVariable::Empty);
    }
    if name.contains([' ', '$', '{', '\'']) {
        return Err(MalformedVariable::Name);
    }
    if let Some(after) = rest.strip_prefix('}') {
        return Ok((Piece::Variable { key: name.to_owned(), default: None }, after));
    }
    let quoted = rest.strip_prefix(", '").ok_or(MalformedVariable::Default)?;
    let (default, rest) = quoted.split_once('\'').ok_or(MalformedVariable::Default)?;
    let after = rest.strip_prefix('}').ok_or(MalformedVariable::Default)?;
    Ok((Piece::Variable { key: name.to_owned(), default: Some(default.into()) }, after))
}

/// Appends a piece, joining it with an equal kind before it and leaving out empty text.
pub(super) fn push<K>(pieces: &mut Vec<Piece<K>>, piece: Piece<K>) {
    let joined = match (pieces.last(), &piece) {
        (_, Piece::Text(text) | Piece::Literal(text)) if text.is_empty() => return,
        (Some(Piece::Text(last)), Piece::Text(text)) => Piece::Text(format!("{last}{text}").into()),
        (Some(Piece::Literal(last)), Piece::Literal(text)) => Piece::Literal(format!("{last}{text}").into()),
        _ => return pieces.push(piece),
    };
    pieces.pop();
    pieces.push(joined);
}

/// The keys that a value's variables name, in order, with repetitions.
pub(super) fn variables(template: &[Piece]) -> impl Iterator<Item = KeyId> + '_ {
    template.iter().filter_map(|piece| match piece {
        Piece::Variable { key, .. } => Some(*key),
        _ => None,
    })
}

/// The value as a policy of version 2012-10-17 writes it.
pub(super) fn render(template: &[Piece], escape_wildcards: bool, name: impl Fn(KeyId) -> String) -> String {
    let mut out = String::new();
    for piece in template {
        match piece {
            Piece::Text(text) => out.push_str(&text.replace("${", "${$}{")),
            Piece::Literal(text) if escape_wildcards => {
                for c in text.chars() {
                    match c {
                        '*' | '?' | '$' => out.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]),
                        _ => out.push(c),
                    }
                }
            }
            Piece::Literal(text) => out.push_str(&text.replace("${", "${$}{")),
            Piece::Variable { key, default: None } => out.extend(["${", &name(*key), "}"]),
            Piece::Variable { key, default: Some(text) } => {
                out.extend(["${", &name(*key), ", '", text, "'}"])
            }
        }
    }
    out
}
