//! How two globs relate, as far as their text settles it without an automaton.

use super::glob::{Field, Gap, Glob};
use super::matching::{covers_tokens, matches_text};
use super::program::Program;

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
            _ if parts_clash(a, b) => Relation::Disjoint,
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
    let Some(rest) = prefix.text.get(glob.fixed_prefix().len()..).filter(|rest| !rest.is_empty()) else {
        return Relation::Contains;
    };
    let takes_all = glob.gaps.first().is_some_and(Gap::is_free);
    if takes_all && !glob.ends_open() {
        return Relation::Unclear;
    }
    let program = Program::after_prefix(glob);
    let (mut state, mut next) = (program.start(), Vec::new());
    for symbol in rest.chars() {
        next.clear();
        program.step(&state, symbol, &mut next);
        if next.is_empty() {
            return Relation::Disjoint;
        }
        std::mem::swap(&mut state, &mut next);
    }
    if program.accepts_everything(&state) { Relation::Inside } else { Relation::Unclear }
}

fn glob_to_glob(a: &Glob, b: &Glob) -> Relation {
    if !common_end(a.fixed_suffix(), b.fixed_suffix()) {
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

/// Whether `wide` was shown to match everything that `narrow` does. Its text must be among the other's.
fn covers(wide: &Glob, narrow: &Glob) -> bool {
    wide.text.len() <= narrow.text.len()
        && wide.fixed_prefix().len() <= narrow.fixed_prefix().len()
        && wide.fixed_suffix().len() <= narrow.fixed_suffix().len()
        && covers_tokens(wide, &narrow.tokens())
}

fn common_end(a: &str, b: &str) -> bool {
    let length = a.len().min(b.len());
    a.as_bytes()[a.len() - length..] == b.as_bytes()[b.len() - length..]
}

/// Whether the text between colons shows that no ARN matches both.
///
/// As long as no wildcard before it matches colons, a colon of either text is the same colon of the ARN, so the
/// fields before it match the same text. If one glob fixes the number of colons and the other has as many in its
/// text, that holds for all of both.
fn parts_clash(a: &Glob, b: &Glob) -> bool {
    let (colons_a, colons_b) = (a.colons(), b.colons());
    if a.fixes_colons() && colons_b > colons_a || b.fixes_colons() && colons_a > colons_b {
        return true;
    }
    let all_aligned = colons_a == colons_b && (a.fixes_colons() || b.fixes_colons());
    for (one, other) in a.fields().zip(b.fields()) {
        if all_aligned || !one.open && !other.open {
            if fields_clash(&one, &other) {
                return true;
            }
        } else {
            return !common_start(one.prefix, other.prefix);
        }
    }
    false
}

fn fields_clash(a: &Field, b: &Field) -> bool {
    let too_short = |one: &Field, other: &Field| one.is_literal && one.prefix.len() < other.least_length;
    !common_start(a.prefix, b.prefix) || !common_end(a.suffix, b.suffix) || too_short(a, b) || too_short(b, a)
}
