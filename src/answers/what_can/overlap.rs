//! What two resource patterns both match, as patterns.
//!
//! The result is a proposal: whoever uses it reads it back, since where a `*` stands in an ARN decides what it reaches.

use std::collections::BTreeSet;

/// Two patterns that overlap in more ways than this are not written as patterns.
const MOST_WAYS: usize = 12;

/// Steps of the search; overlaps of patterns with few wildcards need far fewer.
const MOST_STEPS: usize = 20_000;

/// A symbol of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Symbol {
    Char(char),
    One,
    Run,
}

/// Patterns that together match what all of `patterns` match; `None` if there are too many of them.
pub fn overlap(patterns: &[String]) -> Option<Vec<String>> {
    let (first, rest) = patterns.split_first()?;
    let mut all = vec![symbols(first)?];
    for other in rest {
        let other = symbols(other)?;
        let mut both = BTreeSet::new();
        for one in &all {
            let mut search = Search { found: BTreeSet::new(), steps: 0 };
            search.walk(one, &other, &mut Vec::new())?;
            both.extend(search.found);
        }
        all = without_narrower(both.into_iter().collect());
        if all.len() > MOST_WAYS {
            return None;
        }
    }
    Some(all.iter().map(|pattern| text(pattern)).collect())
}

struct Search {
    found: BTreeSet<Vec<Symbol>>,
    steps: usize,
}

impl Search {
    /// Adds the ways in which `a` and `b` go on together after `before`.
    fn walk(&mut self, a: &[Symbol], b: &[Symbol], before: &mut Vec<Symbol>) -> Option<()> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return None;
        }
        let length = before.len();
        match (a, b) {
            ([Symbol::Run], rest) | (rest, [Symbol::Run]) => self.put(before, rest),
            ([Symbol::Run, a_rest @ ..], [Symbol::Run, b_rest @ ..]) => {
                before.push(Symbol::Run);
                self.walk(a_rest, b, before)?;
                self.walk(a, b_rest, before)?;
            }
            ([Symbol::Run, a_rest @ ..], [next, b_rest @ ..]) => {
                self.walk(a_rest, b, before)?;
                before.push(*next);
                self.walk(a, b_rest, before)?;
            }
            ([next, a_rest @ ..], [Symbol::Run, b_rest @ ..]) => {
                self.walk(a, b_rest, before)?;
                before.push(*next);
                self.walk(a_rest, b, before)?;
            }
            ([Symbol::Run, rest @ ..], []) | ([], [Symbol::Run, rest @ ..]) => {
                self.walk(rest, &[], before)?
            }
            ([one, a_rest @ ..], [other, b_rest @ ..]) => {
                let both = match (one, other) {
                    (Symbol::One, both) | (both, Symbol::One) => Some(*both),
                    (one, other) => (one == other).then_some(*one),
                };
                if let Some(both) = both {
                    before.push(both);
                    self.walk(a_rest, b_rest, before)?;
                }
            }
            ([], []) => self.put(before, &[]),
            _ => {}
        }
        before.truncate(length);
        Some(())
    }

    fn put(&mut self, before: &[Symbol], rest: &[Symbol]) {
        let mut whole = [before, rest].concat();
        whole.dedup_by(|next, kept| *next == Symbol::Run && *kept == Symbol::Run);
        self.found.insert(whole);
    }
}

/// Leaves out patterns all of whose texts another one matches.
fn without_narrower(patterns: Vec<Vec<Symbol>>) -> Vec<Vec<Symbol>> {
    let wider = |one: &Vec<Symbol>| {
        patterns
            .iter()
            .any(|other| other != one && matches(other, one) && !(matches(one, other) && one < other))
    };
    patterns.iter().filter(|one| !wider(one)).cloned().collect()
}

/// Whether `pattern` surely matches all that `inner` does: `inner` read as text whose wildcards only wildcards match.
fn matches(pattern: &[Symbol], inner: &[Symbol]) -> bool {
    let (mut p, mut i) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&next) = inner.get(i) {
        match pattern.get(p) {
            Some(Symbol::Run) => {
                retry = Some((p, i));
                p += 1;
            }
            Some(&symbol) if symbol == next || symbol == Symbol::One && next != Symbol::Run => {
                p += 1;
                i += 1;
            }
            _ => match retry {
                Some((run, from)) => {
                    retry = Some((run, from + 1));
                    p = run + 1;
                    i = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|symbol| *symbol == Symbol::Run)
}

/// The symbols of a pattern; `None` if it holds a variable.
fn symbols(pattern: &str) -> Option<Vec<Symbol>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let literal = ["${*}", "${?}", "${$}"].into_iter().find(|literal| rest.starts_with(literal));
        let (symbol, length) = match (literal, next) {
            (Some(literal), _) => (Symbol::Char(literal.chars().nth(2)?), literal.len()),
            (None, '*') => (Symbol::Run, 1),
            (None, '?') => (Symbol::One, 1),
            (None, '$') if rest.starts_with("${") => return None,
            (None, other) => (Symbol::Char(other), other.len_utf8()),
        };
        found.push(symbol);
        rest = rest.get(length..)?;
    }
    Some(found)
}

fn text(pattern: &[Symbol]) -> String {
    let mut written = String::new();
    for (index, symbol) in pattern.iter().enumerate() {
        match symbol {
            Symbol::Char('*') => written.push_str("${*}"),
            Symbol::Char('?') => written.push_str("${?}"),
            Symbol::Char('$') if pattern.get(index + 1) == Some(&Symbol::Char('{')) => {
                written.push_str("${$}")
            }
            Symbol::Char(other) => written.push(*other),
            Symbol::One => written.push('?'),
            Symbol::Run => written.push('*'),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn patterns_that_both_match() {
        let of = |a: &str, b: &str| overlap(&[a.to_owned(), b.to_owned()]);
        let some = |texts: &[&str]| Some(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("*:i/*", "eu-*"), some(&["eu-*:i/*"]));
        assert_eq!(of("*-logs/*", "prod-*"), some(&["prod-logs/*", "prod-*-logs/*"]));
        assert_eq!(of("a*b", "a*c"), some(&[]));
        assert_eq!(of("a?c*", "ab*d"), some(&["abc*d"]));
        assert_eq!(of("x${*}*", "x?y"), some(&["x${*}y"]));
        assert_eq!(of("${aws:username}*", "a*"), None);
        assert_eq!(of("*a*b*c*d*e*f*", "*1*2*3*4*5*6*"), None);
    }
}
