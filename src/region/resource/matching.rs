//! Does a glob match this text? And, read the same way, does it match all that another glob does?

use super::glob::{Class, Glob, Token};

/// Whether the glob matches all of the text.
pub(super) fn matches_text(glob: &Glob, text: &str) -> bool {
    let (prefix, suffix) = (glob.fixed_prefix(), glob.fixed_suffix());
    if glob.is_literal() {
        return text == prefix;
    }
    text.len() >= prefix.len() + suffix.len()
        && text.as_bytes().starts_with(prefix.as_bytes())
        && (glob.is_prefix()
            || text.as_bytes().ends_with(suffix.as_bytes())
                && text.get(prefix.len()..).is_some_and(|rest| gaps_match(glob, rest)))
}

/// Whether the glob matches everything that the tokens do, shown by laying its text over their text and its wildcards
/// over theirs. `false`: it was not shown.
pub(super) fn covers_tokens(glob: &Glob, tokens: &[Token]) -> bool {
    let prefix = glob.fixed_prefix();
    let mut count = 0;
    for symbol in prefix.chars() {
        if tokens.get(count) != Some(&Token::Char(symbol)) {
            return false;
        }
        count += 1;
    }
    gaps_match(glob, &tokens[count..])
}

/// What a glob is laid over: characters, or the tokens of another glob.
trait Symbols {
    /// The symbol at a place, and the place after it.
    fn at(&self, place: usize) -> Option<(Token, usize)>;
}

impl Symbols for str {
    fn at(&self, place: usize) -> Option<(Token, usize)> {
        let symbol = self.get(place..)?.chars().next()?;
        Some((Token::Char(symbol), place + symbol.len_utf8()))
    }
}

impl Symbols for [Token] {
    fn at(&self, place: usize) -> Option<(Token, usize)> {
        self.get(place).map(|&token| (token, place + 1))
    }
}

/// Where a run began and how far it reaches by now.
#[derive(Clone, Copy)]
struct Reach {
    gap: usize,
    class: Class,
    end: usize,
}

/// Lays everything from the first gap on over the symbols.
///
/// Only the last run of each class is remembered, as an earlier run of the same or a narrower class can't help:
/// between the two stand only text and wildcards no wider than the later run. Either all that text is of its class,
/// and it can take up what the earlier run would have, or its first character outside the class has one possible
/// place.
fn gaps_match<S: Symbols + ?Sized>(glob: &Glob, symbols: &S) -> bool {
    let mut reaches: [Option<Reach>; 3] = [None; 3];
    let (mut gap, mut place) = (0, 0);
    loop {
        let mut next = None;
        if gap == glob.gaps.len() {
            if symbols.at(place).is_none() {
                return true;
            }
        } else if let Some(after) = ones_match(glob, gap, symbols, place) {
            match glob.gaps[gap].run {
                Some(class) => {
                    if class == Class::Any && gap + 1 == glob.gaps.len() && glob.chunk_after(gap).is_empty() {
                        return true;
                    }
                    reaches[..class as usize].fill(None);
                    reaches[class as usize] = Some(Reach { gap, class, end: after });
                    next = chunk_matches(glob, gap, symbols, after);
                }
                None => next = chunk_matches(glob, gap, symbols, after),
            }
        }
        match next {
            Some(after) => (gap, place) = (gap + 1, after),
            None => match retry(glob, symbols, &mut reaches) {
                Some(found) => (gap, place) = found,
                None => return false,
            },
        }
    }
}

/// Lets the innermost run that can take one more symbol do so, until the text after it matches: the next gap and its
/// place.
fn retry<S: Symbols + ?Sized>(
    glob: &Glob,
    symbols: &S,
    reaches: &mut [Option<Reach>; 3],
) -> Option<(usize, usize)> {
    for slot in reaches {
        while let Some(reach) = *slot {
            let longer = symbols.at(reach.end).filter(|&(symbol, _)| absorbs(reach.class, symbol));
            *slot = longer.map(|(_, end)| Reach { end, ..reach });
            if let Some((_, end)) = longer
                && let Some(after) = chunk_matches(glob, reach.gap, symbols, end)
            {
                return Some((reach.gap + 1, after));
            }
        }
    }
    None
}

fn ones_match<S: Symbols + ?Sized>(glob: &Glob, gap: usize, symbols: &S, from: usize) -> Option<usize> {
    let gap = &glob.gaps[gap];
    let mut place = from;
    for _ in 0..gap.ones {
        let (symbol, after) = symbols.at(place)?;
        if matches!(symbol, Token::Run(_)) || !absorbs(gap.ones_class, symbol) {
            return None;
        }
        place = after;
    }
    Some(place)
}

fn chunk_matches<S: Symbols + ?Sized>(glob: &Glob, gap: usize, symbols: &S, from: usize) -> Option<usize> {
    let mut place = from;
    for expected in glob.chunk_after(gap).chars() {
        let (symbol, after) = symbols.at(place)?;
        if symbol != Token::Char(expected) {
            return None;
        }
        place = after;
    }
    Some(place)
}

/// Whether a run of the class can take in whatever the symbol stands for.
fn absorbs(class: Class, symbol: Token) -> bool {
    match symbol {
        Token::Char(symbol) => class.accepts(symbol),
        Token::One(inner) | Token::Run(inner) => inner <= class,
    }
}
