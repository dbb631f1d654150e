//! Action sets and the wildcard patterns that they came from: what patterns surely say of actions outside the universe.

use super::{ActionSetId, ActionSets, Residue, ResidueId, glob};

/// More clauses than this are not looked at, and nothing is sure of them.
const MOST_CLAUSES: usize = 1024;

/// What all of `inside` match and none of `outside`.
#[derive(Clone, Default)]
struct Clause<'a> {
    inside: Vec<&'a str>,
    outside: Vec<&'a str>,
}

impl ActionSets {
    /// The wildcard patterns from which the set was made, sorted, each in lower case.
    pub fn patterns(&self, set: ActionSetId) -> Vec<String> {
        let mut found = Vec::new();
        self.leaves(self.set(set).residue, &mut found);
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

    fn leaves(&self, residue: ResidueId, into: &mut Vec<String>) {
        match self.residues.get(residue.0) {
            Residue::Empty | Residue::All => {}
            Residue::Pattern(pattern) => into.push(pattern.to_string()),
            Residue::Not(inner) => self.leaves(*inner, into),
            Residue::And(a, b) | Residue::Or(a, b) => {
                self.leaves(*a, into);
                self.leaves(*b, into);
            }
        }
    }

    fn is_surely_empty(&self, residue: ResidueId) -> bool {
        let clauses = self.clauses(residue, true);
        clauses.is_some_and(|clauses| clauses.iter().all(|clause| clause.is_surely_empty()))
    }

    /// The residue, or its complement, as a disjunction; `None` beyond the limit.
    fn clauses(&self, residue: ResidueId, holds: bool) -> Option<Vec<Clause<'_>>> {
        match (self.residues.get(residue.0), holds) {
            (Residue::Empty, true) | (Residue::All, false) => Some(Vec::new()),
            (Residue::All, true) | (Residue::Empty, false) => Some(vec![Clause::default()]),
            (Residue::Pattern(pattern), true) => {
                Some(vec![Clause { inside: vec![pattern], ..Clause::default() }])
            }
            (Residue::Pattern(pattern), false) => {
                Some(vec![Clause { outside: vec![pattern], ..Clause::default() }])
            }
            (Residue::Not(inner), _) => self.clauses(*inner, !holds),
            (Residue::And(a, b), true) | (Residue::Or(a, b), false) => {
                let (a, b) = (self.clauses(*a, holds)?, self.clauses(*b, holds)?);
                let mut all = Vec::new();
                for one in &a {
                    all.extend(b.iter().map(|other| one.and(other)).filter(|both| !both.is_surely_empty()));
                    if all.len() > MOST_CLAUSES {
                        return None;
                    }
                }
                Some(all)
            }
            (Residue::Or(a, b), true) | (Residue::And(a, b), false) => {
                let mut all = self.clauses(*a, holds)?;
                all.extend(self.clauses(*b, holds)?);
                (all.len() <= MOST_CLAUSES).then_some(all)
            }
        }
    }
}

impl<'a> Clause<'a> {
    fn and(&self, other: &Self) -> Self {
        let joined = |a: &[&'a str], b: &[&'a str]| {
            let mut all: Vec<&'a str> = a.iter().chain(b).copied().collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        Self { inside: joined(&self.inside, &other.inside), outside: joined(&self.outside, &other.outside) }
    }

    fn is_surely_empty(&self) -> bool {
        let apart = |a: &&str| self.inside.iter().any(|b| are_surely_apart(a, b));
        let left_out = |a: &&str| self.outside.iter().any(|b| is_surely_within(a, b));
        self.outside.contains(&"*") || self.inside.iter().any(|a| apart(&a) || left_out(&a))
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
fn is_surely_within(small: &str, large: &str) -> bool {
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
