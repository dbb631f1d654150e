//! How two globs relate, as far as their text settles it without an automaton.

use super::automaton::Program;
use super::glob::{Glob, Token};
use super::matching::{covers_tokens, matches_text};

/// What is proved about two globs `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// No ARN matches both.
    Disjoint,
    /// Everything that `a` matches, `b` matches. They may be equal.
    Inside,
    /// Everything that `b` matches, `a` matches.
    Contains,
    /// None of the above was proved.
    Unclear,
}

impl Relation {
    fn flipped(self) -> Self {
        match self {
            Self::Inside => Self::Contains,
            Self::Contains => Self::Inside,
            same => same,
        }
    }
}

/// Relates two globs. Settles every pair in which one is a literal or both are prefixes.
pub(super) fn relate(a: &Glob, b: &Glob) -> Relation {
    if !common_start(a.fixed_prefix(), b.fixed_prefix()) {
        return Relation::Disjoint;
    }
    match (a.is_literal(), b.is_literal()) {
        (true, _) if matches_text(b, &a.text) => Relation::Inside,
        (_, true) if matches_text(a, &b.text) => Relation::Contains,
        (true, _) | (_, true) => Relation::Disjoint,
        _ => match (a.is_prefix(), b.is_prefix()) {
            (true, true) if a.text.len() >= b.text.len() => Relation::Inside,
            (true, true) => Relation::Contains,
            (true, false) => prefix_to_glob(a, b),
            (false, true) => prefix_to_glob(b, a).flipped(),
            (false, false) => glob_to_glob(a, b),
        },
    }
}

/// Whether one text is the beginning of the other.
fn common_start(a: &str, b: &str) -> bool {
    let length = a.len().min(b.len());
    a.as_bytes()[..length] == b.as_bytes()[..length]
}

/// Relates a prefix to a glob that is neither literal nor prefix.
fn prefix_to_glob(prefix: &Glob, glob: &Glob) -> Relation {
    let fixed = glob.fixed_prefix().len();
    if fixed >= prefix.text.len() {
        return Relation::Contains;
    }
    let program = Program::of(glob);
    let mut state = program.start();
    for symbol in prefix.text.chars() {
        state = program.step(&state, symbol);
        if state.is_empty() {
            return Relation::Disjoint;
        }
    }
    if program.accepts_everything(&state) { Relation::Inside } else { Relation::Unclear }
}

fn glob_to_glob(a: &Glob, b: &Glob) -> Relation {
    let (end_a, end_b) = (a.fixed_suffix().as_bytes(), b.fixed_suffix().as_bytes());
    let length = end_a.len().min(end_b.len());
    if end_a[end_a.len() - length..] != end_b[end_b.len() - length..] {
        return Relation::Disjoint;
    }
    if covers(b, a) {
        Relation::Inside
    } else if covers(a, b) {
        Relation::Contains
    } else {
        Relation::Unclear
    }
}

/// Whether `wide` was shown to match everything that `narrow` does.
fn covers(wide: &Glob, narrow: &Glob) -> bool {
    let tokens: Vec<Token> = narrow.tokens();
    covers_tokens(wide, &tokens)
}
