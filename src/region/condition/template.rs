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
    /// A space, `$`, `{` or `'` in the name.
    #[error("a variable's name holds a space, `$`, `{{` or `'`")]
    Name,
    /// A default that is not written `, 'text'`.
    #[error("a variable's default is not written `, 'text'`")]
    Default,
    /// A default without closing quote.
    #[error("a variable's default has no closing quote")]
    OpenDefault,
    /// Something between the default and the `}`.
    #[error("a variable has text after its default")]
    AfterDefault,
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
        let (variable, length) = read_variable(variable).map_err(|(problem, _)| problem)?;
        let piece = match variable {
            Variable::Literal(text) => Piece::Literal(text.into()),
            Variable::Key { key, default } => {
                Piece::Variable { key: key.to_owned(), default: default.map(Into::into) }
            }
        };
        push(&mut pieces, piece);
        rest = rest.get(start + 2 + length..).unwrap_or_default();
    }
    push(&mut pieces, Piece::Text(rest.into()));
    Ok(pieces)
}

/// What stands between `${` and `}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable<'a> {
    /// `*`, `?` or `$`: the character itself (S-VAR-03).
    Literal(&'a str),
    /// `key` or `key, 'default'`.
    Key {
        /// The key.
        key: &'a str,
        /// What stands in for a key without value.
        default: Option<&'a str>,
    },
}

/// Reads what follows `${` up to the closing `}`; with how many bytes that are. A default is written as AWS documents it,
/// `, 'text'` with one space (S-VAR-04); anything else is malformed.
///
/// # Errors
/// The variable is malformed (S-VAR-10); with how many bytes it takes up.
pub fn read_variable(body: &str) -> Result<(Variable<'_>, usize), (MalformedVariable, usize)> {
    let Some(end) = body.find(['}', ',']) else { return Err((MalformedVariable::Unclosed, body.len())) };
    let (key, rest) = body.split_at(end);
    let extent = body.find('}').map_or(body.len(), |brace| brace + 1);
    if rest.starts_with('}') && matches!(key, "*" | "?" | "$") {
        return Ok((Variable::Literal(key), end + 1));
    }
    if key.is_empty() {
        return Err((MalformedVariable::Empty, extent));
    }
    if key.contains(|sign: char| sign.is_whitespace() || "${'".contains(sign)) {
        return Err((MalformedVariable::Name, extent));
    }
    if rest.starts_with('}') {
        return Ok((Variable::Key { key, default: None }, end + 1));
    }
    let Some(quoted) = rest.strip_prefix(", '") else { return Err((MalformedVariable::Default, extent)) };
    let Some((default, tail)) = quoted.split_once('\'') else {
        return Err((MalformedVariable::OpenDefault, body.len()));
    };
    match tail.find('}') {
        Some(0) => Ok((Variable::Key { key, default: Some(default) }, body.len() - tail.len() + 1)),
        Some(brace) => Err((MalformedVariable::AfterDefault, body.len() - tail.len() + brace + 1)),
        None => Err((MalformedVariable::Unclosed, body.len())),
    }
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
