//! Action sets and the wildcard patterns that they came from: what patterns surely say of actions outside the universe.

use rustc_hash::FxHashMap;

use super::{ActionSetId, ActionSets, Residue, ResidueId, glob};

/// More ways for a name to match patterns than this are not looked at, and nothing is sure of them.
const MOST_WAYS: usize = 4096;

/// A residue spread out: its parts before what is made of them, by their places.
#[derive(Default)]
struct Spread<'a> {
    parts: Vec<Part>,
    place: FxHashMap<ResidueId, usize>,
    patterns: Vec<&'a str>,
}

#[derive(Clone, Copy)]
enum Part {
    Known(bool),
    Pattern(usize),
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
}

impl ActionSets {
    /// The wildcard patterns from which the set was made, sorted, each in lower case.
    pub fn patterns(&self, set: ActionSetId) -> Vec<String> {
        let mut spread = Spread::default();
        self.spread(self.set(set).residue, &mut spread);
        let mut found: Vec<String> = spread.patterns.into_iter().map(str::to_owned).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether surely no action outside the universe is in the set.
    pub fn surely_ends_with_the_universe(&self, set: ActionSetId) -> bool {
        self.is_surely_empty(self.set(set).residue)
    }

    /// Whether surely every action outside the universe that is in `small` is in `large`.
    pub fn surely_includes_outside(&self, large: ActionSetId, small: ActionSetId) -> bool {
        let (large, small) = (self.set(large).residue, self.set(small).residue);
        large == small || self.is_surely_empty(self.residue_and(small, self.residue_not(large)))
    }

    /// Whether no name is in the residue, whichever of the patterns it matches.
    fn is_surely_empty(&self, residue: ResidueId) -> bool {
        match self.residues.get(residue.0) {
            Residue::Empty => true,
            Residue::All | Residue::Pattern(_) => false,
            _ => self.surely_empty.get_or(residue, || {
                let mut spread = Spread::default();
                self.spread(residue, &mut spread);
                let mut matched = vec![None; spread.patterns.len()];
                let mut budget = MOST_WAYS;
                spread.holds_nowhere(&mut matched, &mut budget)
            }),
        }
    }

    fn spread<'a>(&'a self, residue: ResidueId, into: &mut Spread<'a>) -> usize {
        if let Some(&place) = into.place.get(&residue) {
            return place;
        }
        let part = match self.residues.get(residue.0) {
            Residue::Empty => Part::Known(false),
            Residue::All => Part::Known(true),
            Residue::Pattern(pattern) => {
                into.patterns.push(pattern);
                Part::Pattern(into.patterns.len() - 1)
            }
            Residue::Not(inner) => Part::Not(self.spread(*inner, into)),
            Residue::And(a, b) => Part::And(self.spread(*a, into), self.spread(*b, into)),
            Residue::Or(a, b) => Part::Or(self.spread(*a, into), self.spread(*b, into)),
        };
        into.parts.push(part);
        into.place.insert(residue, into.parts.len() - 1);
        into.parts.len() - 1
    }
}

impl Spread<'_> {
    /// Whether the whole is false however a name matches the patterns of which nothing is settled.
    fn holds_nowhere(&self, matched: &mut Vec<Option<bool>>, budget: &mut usize) -> bool {
        match (self.value(matched), matched.iter().position(Option::is_none)) {
            (Some(false), _) => true,
            (_, None) | (Some(true), _) => false,
            (None, Some(next)) => {
                *budget = budget.saturating_sub(1);
                [true, false].into_iter().all(|matches| {
                    if !self.is_possible(matched, next, matches) {
                        return true;
                    }
                    if let Some(slot) = matched.get_mut(next) {
                        *slot = Some(matches);
                    }
                    let nowhere = *budget > 0 && self.holds_nowhere(matched, budget);
                    if let Some(slot) = matched.get_mut(next) {
                        *slot = None;
                    }
                    nowhere
                })
            }
        }
    }

    /// What is settled of the whole, which is the last part.
    fn value(&self, matched: &[Option<bool>]) -> Option<bool> {
        let mut values: Vec<Option<bool>> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let at = |place: usize| values.get(place).copied().flatten();
            values.push(match *part {
                Part::Known(value) => Some(value),
                Part::Pattern(pattern) => matched.get(pattern).copied().flatten(),
                Part::Not(inner) => at(inner).map(|value| !value),
                Part::And(a, b) => match (at(a), at(b)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (a, b) => a.and(b),
                },
                Part::Or(a, b) => match (at(a), at(b)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (a, b) => a.and(b),
                },
            });
        }
        values.last().copied().flatten()
    }

    /// Whether a name may match, or not match, a pattern beside what is settled of the others.
    fn is_possible(&self, matched: &[Option<bool>], pattern: usize, matches: bool) -> bool {
        let Some(&text) = self.patterns.get(pattern) else { return true };
        self.patterns.iter().zip(matched).all(|(other, settled)| match (settled, matches) {
            (Some(true), true) => !are_surely_apart(text, other),
            (Some(true), false) => !is_surely_within(other, text),
            (Some(false), true) => !is_surely_within(text, other),
            _ => true,
        })
    }
}

/// Whether no name matches both, by how they begin and end.
fn are_surely_apart(a: &str, b: &str) -> bool {
    let wild = |sign: char| matches!(sign, '*' | '?');
    let start = |text: &str| text.find(wild).unwrap_or(text.len());
    let end = |text: &str| text.rfind(wild).map_or(0, |at| at + 1);
    let (a_start, b_start) = (&a[..start(a)], &b[..start(b)]);
    let (a_end, b_end) = (&a[end(a)..], &b[end(b)..]);
    !(a_start.starts_with(b_start) || b_start.starts_with(a_start))
        || !(a_end.ends_with(b_end) || b_end.ends_with(a_end))
}

/// Whether every name that `small` matches is one that `large` matches: `small` read as a name whose wildcards only
/// wildcards match.
pub fn is_surely_within(small: &str, large: &str) -> bool {
    // A `?` of the larger pattern may not stand for a `*` of the smaller one.
    if large.contains('?') && small.contains('*') {
        return small == large;
    }
    glob(large.as_bytes(), small.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::{ActionPattern, ActionSetId, ActionSets};

    fn wild(sets: &ActionSets, pattern: &str) -> ActionSetId {
        sets.of([ActionPattern::Wildcard(&[], pattern)])
    }

    #[test]
    fn what_patterns_surely_say_outside_the_universe() {
        let sets = ActionSets::new(1);
        let [s3, get, acl, ec2] = ["s3:*", "s3:Get*", "s3:*Acl", "ec2:*"].map(|text| wild(&sets, text));
        let either = sets.union(s3, ec2);
        assert!(sets.surely_includes_outside(either, get));
        assert!(!sets.surely_includes_outside(get, either));
        assert!(sets.surely_includes_outside(s3, sets.meet(get, acl)));
        assert!(!sets.surely_includes_outside(acl, get));
        let rest = sets.difference(s3, get);
        assert!(sets.surely_ends_with_the_universe(sets.meet(rest, get)));
        assert!(sets.surely_ends_with_the_universe(sets.difference(rest, either)));
        assert!(!sets.surely_ends_with_the_universe(rest));
        assert_eq!(sets.patterns(sets.complement(rest)), ["s3:*", "s3:get*"]);
        assert!(!sets.surely_includes_outside(wild(&sets, "s3:?et*"), wild(&sets, "s3:*")));
    }
}
