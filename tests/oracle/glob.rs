//! Globs: a pattern becomes a list of signs, and matching is the textbook recursion over them.

/// One sign of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// This character itself.
    Exactly(char),
    /// `?`. The flag says whether it may stand for a colon.
    One(bool),
    /// `*`. The flag says whether it may run over colons.
    Run(bool),
}

/// The signs of text in which `*` and `?` stand for any characters (S-COND-32).
pub fn like(text: &str) -> Vec<Sign> {
    text.chars().map(|character| wildcard(character, true)).collect()
}

/// A character of a pattern as a sign; `colons`: whether a wildcard may match colons.
pub fn wildcard(character: char, colons: bool) -> Sign {
    match character {
        '*' => Sign::Run(colons),
        '?' => Sign::One(colons),
        other => Sign::Exactly(other),
    }
}

/// Whether the signs match the whole text.
pub fn matches(signs: &[Sign], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    matches_from(signs, &text)
}

/// Whether a plain glob matches a whole text.
pub fn glob(pattern: &str, text: &str) -> bool {
    matches(&like(pattern), text)
}

fn matches_from(signs: &[Sign], text: &[char]) -> bool {
    let Some((sign, later)) = signs.split_first() else { return text.is_empty() };
    match sign {
        Sign::Exactly(wanted) => text.first() == Some(wanted) && matches_from(later, &text[1..]),
        Sign::One(colons) => {
            text.first().is_some_and(|found| *colons || *found != ':') && matches_from(later, &text[1..])
        }
        Sign::Run(colons) => {
            for end in 0..=text.len() {
                if end > 0 && text[end - 1] == ':' && !colons {
                    return false;
                }
                if matches_from(later, &text[end..]) {
                    return true;
                }
            }
            false
        }
    }
}

/// A text that all of the patterns match, one of the shortest, if there is any. `filler` is a character that no pattern
/// holds; each `*` is filled with it at least once if `full` is set.
pub fn witness(patterns: &[Vec<Sign>], filler: char, full: bool) -> Option<String> {
    let mut patterns: Vec<Vec<Sign>> = patterns.to_vec();
    if full {
        for signs in &mut patterns {
            *signs = signs.iter().flat_map(|sign| filled(*sign)).collect();
        }
    }
    let start: Vec<usize> = vec![0; patterns.len()];
    let mut seen = std::collections::HashSet::from([start.clone()]);
    let mut waiting = std::collections::VecDeque::from([(start, String::new())]);
    while let Some((places, text)) = waiting.pop_front() {
        if seen.len() > 20_000 {
            return None;
        }
        let at_end =
            |(signs, &place): (&Vec<Sign>, &usize)| signs[place..].iter().all(|s| matches!(s, Sign::Run(_)));
        if patterns.iter().zip(&places).all(at_end) {
            return Some(text);
        }
        for character in next_characters(&patterns, &places, filler) {
            for next in steps(&patterns, &places, character) {
                if seen.insert(next.clone()) {
                    waiting.push_back((next, format!("{text}{character}")));
                }
            }
        }
    }
    None
}

/// Whether one pattern matches every text that another matches. Both are gone through together: the places of
/// the second, each with all the places of the first that the same text leads to.
pub fn covers(all: &[Sign], of: &[Sign]) -> bool {
    let mut characters = vec!['\u{1}', ':'];
    for sign in all.iter().chain(of) {
        if let Sign::Exactly(character) = sign
            && !characters.contains(character)
        {
            characters.push(*character);
        }
    }
    let at_end = |signs: &[Sign], place: usize| signs[place..].iter().all(|s| matches!(s, Sign::Run(_)));
    let start = (0, std::collections::BTreeSet::from([0]));
    let mut seen = std::collections::HashSet::from([start.clone()]);
    let mut waiting = vec![start];
    while let Some((place, others)) = waiting.pop() {
        if seen.len() > 20_000 {
            return false;
        }
        if at_end(of, place) && !others.iter().any(|&other| at_end(all, other)) {
            return false;
        }
        for &character in &characters {
            let reached = |signs: &[Sign], place: usize| {
                let next = steps(&[signs.to_vec()], &[place], character);
                next.into_iter().flatten().collect::<Vec<usize>>()
            };
            let next: std::collections::BTreeSet<usize> =
                others.iter().flat_map(|&other| reached(all, other)).collect();
            for place in reached(of, place) {
                let state = (place, next.clone());
                if seen.insert(state.clone()) {
                    waiting.push(state);
                }
            }
        }
    }
    true
}

fn filled(sign: Sign) -> Vec<Sign> {
    match sign {
        Sign::Run(colons) => vec![Sign::One(colons), Sign::Run(colons)],
        other => vec![other],
    }
}

fn next_characters(patterns: &[Vec<Sign>], places: &[usize], filler: char) -> Vec<char> {
    let mut found = vec![filler, ':'];
    for (signs, &place) in patterns.iter().zip(places) {
        for sign in &signs[place..] {
            match sign {
                Sign::Exactly(character) => {
                    if !found.contains(character) {
                        found.push(*character);
                    }
                    break;
                }
                Sign::One(_) => break,
                Sign::Run(_) => {}
            }
        }
    }
    found
}

/// Every way in which all patterns can read one more character.
fn steps(patterns: &[Vec<Sign>], places: &[usize], character: char) -> Vec<Vec<usize>> {
    let mut ways: Vec<Vec<usize>> = vec![Vec::new()];
    for (signs, &place) in patterns.iter().zip(places) {
        let mut next = Vec::new();
        for (index, sign) in signs.iter().enumerate().skip(place) {
            let allows = |colons: bool| colons || character != ':';
            match *sign {
                Sign::Exactly(wanted) => {
                    if wanted == character {
                        next.push(index + 1);
                    }
                    break;
                }
                Sign::One(colons) => {
                    if allows(colons) {
                        next.push(index + 1);
                    }
                    break;
                }
                Sign::Run(colons) => {
                    if allows(colons) {
                        next.push(index);
                    }
                }
            }
        }
        ways = ways.iter().flat_map(|way| next.iter().map(|&n| [way.as_slice(), &[n]].concat())).collect();
    }
    ways
}
