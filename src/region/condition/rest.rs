//! What the values of a test say of the name of a session, once the text before it is read (S-TRI-10).

use super::operator::Operator;
use super::template::{Piece, Template, push};
use super::test::Value;
use super::value::glob::fold;

/// How long the name of a session is.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=64;

/// A value without its beginning: characters, and whether each is a wildcard.
pub(super) struct Rest(Vec<(char, bool)>);

/// One rest of a value for each way in which its wildcards can take up a text.
pub(super) fn behind(value: &[(char, bool)], beginning: &str, operator: Operator) -> Vec<Rest> {
    let wild = operator == Operator::StringLike;
    let value: Vec<(char, bool)> =
        value.iter().map(|&(c, is_wild)| (c, wild && is_wild && matches!(c, '*' | '?'))).collect();
    let same = |a: char, b: char| match operator {
        Operator::StringEqualsIgnoreCase => fold(a) == fold(b),
        _ => a == b,
    };
    // The places in the value up to which it matches what was read.
    let mut places = past_stars(&value, vec![0]);
    for read in beginning.chars() {
        let next = places.iter().filter_map(|&place| match value.get(place) {
            Some(('*', true)) => Some(place),
            Some(('?', true)) => Some(place + 1),
            Some(&(c, _)) if same(c, read) => Some(place + 1),
            _ => None,
        });
        let mut next: Vec<usize> = next.collect();
        next.dedup();
        places = past_stars(&value, next);
    }
    places.into_iter().filter_map(|place| Some(Rest(value.get(place..)?.to_vec()))).collect()
}

/// Adds the places that are reached if stars take up nothing.
fn past_stars(value: &[(char, bool)], mut places: Vec<usize>) -> Vec<usize> {
    let mut at = 0;
    while let Some(&place) = places.get(at) {
        if value.get(place) == Some(&('*', true)) && !places.contains(&(place + 1)) {
            places.push(place + 1);
        }
        at += 1;
    }
    places
}

impl Rest {
    fn has_star(&self) -> bool {
        self.0.contains(&('*', true))
    }

    /// How many characters a name that matches has at least.
    fn shortest(&self) -> usize {
        self.0.iter().filter(|symbol| **symbol != ('*', true)).count()
    }

    /// Whether some name of a session matches.
    pub(super) fn may_be_name(&self) -> bool {
        let is_of_names =
            |&(c, is_wild): &(char, bool)| is_wild || c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        let shortest = self.shortest();
        let long_enough = self.has_star() || LENGTHS.contains(&shortest);
        self.0.iter().all(is_of_names) && long_enough && shortest <= *LENGTHS.end()
    }

    /// Whether every name of a session matches.
    pub(super) fn is_any_name(&self) -> bool {
        let is_wild = |(_, is_wild): &(char, bool)| *is_wild;
        self.has_star() && self.0.iter().all(is_wild) && self.shortest() <= *LENGTHS.start()
    }

    /// The rest as a value of its own.
    pub(super) fn into_value(self) -> Value {
        let mut pieces = Template::new();
        for (c, is_wild) in self.0 {
            let text = c.to_string().into();
            push(&mut pieces, if is_wild { Piece::Text(text) } else { Piece::Literal(text) });
        }
        Value::Template(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rests(value: &str, operator: Operator) -> Vec<String> {
        let marked: Vec<(char, bool)> = value.chars().map(|c| (c, true)).collect();
        let found = behind(&marked, "AROA1:", operator);
        found
            .into_iter()
            .filter(Rest::may_be_name)
            .map(|rest| rest.0.into_iter().map(|(c, _)| c).collect())
            .collect()
    }

    #[test]
    fn a_name_is_what_values_leave_behind_the_id() {
        let like = |value| rests(value, Operator::StringLike);
        assert_eq!(like("AROA1:*"), ["*"]);
        assert_eq!(like("AROA1:alice"), ["alice"]);
        assert_eq!(like("AROA2:*"), [""; 0]);
        assert_eq!(like("AROA1"), [""; 0]);
        assert_eq!(like("AROA*"), ["*"]);
        assert_eq!(like("*:alice"), ["alice"]);
        assert_eq!(like("AROA?:al*"), ["al*"]);
        assert_eq!(like("AROA1:?"), [""; 0]);
        assert_eq!(like("AROA1:a:b"), [""; 0]);
        assert_eq!(rests("aroa1:Alice", Operator::StringEqualsIgnoreCase), ["Alice"]);
        assert_eq!(rests("AROA1:*", Operator::StringEquals), [""; 0]);
    }

    #[test]
    fn names_have_two_characters_at_least() {
        let any = |text: &str| Rest(text.chars().map(|c| (c, true)).collect()).is_any_name();
        assert!(any("*") && any("?*") && any("??*"));
        assert!(!any("???*") && !any("??"));
    }
}
