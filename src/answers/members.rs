//! Sets of principals as runs of neighbours in the order of their names.
//!
//! Everybody, the principals of an account, and all but a few of them are a handful of runs.

use rayon::prelude::*;

use crate::facts::{Facts, PrincipalId};

/// The principals of an estate in the order of their names. Places count from 0.
pub struct ByName {
    order: Vec<PrincipalId>,
    places: Vec<u32>,
}

impl ByName {
    pub(super) fn new(facts: &Facts) -> Self {
        let mut order: Vec<PrincipalId> = (0..facts.principals.len() as u32).map(PrincipalId).collect();
        order.par_sort_unstable_by(|a, b| facts.principal(*a).name.cmp(&facts.principal(*b).name));
        let mut places = vec![0; order.len()];
        for (place, id) in order.iter().enumerate() {
            places.get_mut(id.index()).into_iter().for_each(|slot| *slot = place as u32);
        }
        Self { order, places }
    }

    /// Every principal.
    pub fn order(&self) -> &[PrincipalId] {
        &self.order
    }

    /// The place of a principal.
    pub(super) fn place(&self, id: PrincipalId) -> u32 {
        self.places.get(id.index()).copied().unwrap_or_default()
    }

    /// The principals at the places of a set.
    pub(super) fn principals<'a>(&'a self, members: &'a Members) -> impl Iterator<Item = PrincipalId> + 'a {
        members.places().filter_map(|place| self.order.get(place as usize).copied())
    }

    /// A set of principals.
    pub(super) fn members(&self, principals: impl IntoIterator<Item = PrincipalId>) -> Members {
        Members::of(principals.into_iter().map(|id| self.place(id)).collect())
    }
}

/// A set of principals, by their places in [`ByName`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Members {
    /// Where runs begin and end, by turns and rising: inside are places from the first to before the second, and so on.
    borders: Box<[u32]>,
}

impl Members {
    /// The set of some places.
    pub(super) fn of(mut places: Vec<u32>) -> Self {
        places.sort_unstable();
        places.dedup();
        let runs = places.chunk_by(|a, b| a + 1 == *b);
        let borders = runs.filter_map(|run| Some([*run.first()?, *run.last()? + 1]));
        Self { borders: borders.flatten().collect() }
    }

    /// The places from 0 to before `count`.
    pub(super) fn first_of_all(count: usize) -> Self {
        Self { borders: if count == 0 { Box::default() } else { [0, count as u32].into() } }
    }

    /// The runs of places, each from its first to before its end.
    pub fn runs(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.borders.chunks_exact(2).filter_map(|run| Some((*run.first()?, *run.last()?)))
    }

    /// The places.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> + '_ {
        self.runs().flat_map(|(start, end)| start..end)
    }

    /// Whether a place is in it.
    pub(super) fn contains(&self, place: u32) -> bool {
        self.borders.partition_point(|&border| border <= place) % 2 == 1
    }

    /// How many principals are in it.
    pub(super) fn len(&self) -> usize {
        self.runs().map(|(start, end)| (end - start) as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.borders.is_empty()
    }

    /// Who is in both.
    pub(super) fn meet(&self, other: &Self) -> Self {
        match (self.is_small_beside(other), other.is_small_beside(self)) {
            (true, _) => self.cut(other, true),
            (_, true) => other.cut(self, true),
            _ => self.combine(other, |a, b| a && b),
        }
    }

    /// Who is in one of both.
    pub(super) fn union(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a || b)
    }

    /// Who is in this and not in the other.
    pub(super) fn without(&self, other: &Self) -> Self {
        match self.is_small_beside(other) {
            true => self.cut(other, false),
            false => self.combine(other, |a, b| a && !b),
        }
    }

    /// Whether looking for each run of this in the other is quicker than going through both.
    fn is_small_beside(&self, other: &Self) -> bool {
        self.borders.len() * 8 < other.borders.len()
    }

    /// What of this is inside of the other, or what is not, by looking for each run of this.
    fn cut(&self, other: &Self, wanted: bool) -> Self {
        let mut borders = Vec::new();
        for (start, end) in self.runs() {
            let from = other.borders.partition_point(|&border| border <= start);
            let (mut inside, mut at) = (from % 2 == 1, start);
            let within = other.borders.iter().skip(from).take_while(|border| **border < end);
            for border in within.copied().chain([end]) {
                if inside == wanted {
                    borders.extend([at, border]);
                }
                (inside, at) = (!inside, border);
            }
        }
        Self { borders: borders.into() }
    }

    /// Goes through the borders of both; between them it is the same who is inside.
    fn combine(&self, other: &Self, inside: impl Fn(bool, bool) -> bool) -> Self {
        let (mut a, mut b) = (0, 0);
        let mut borders = Vec::new();
        loop {
            let (of_this, of_other) = (self.borders.get(a), other.borders.get(b));
            let Some(&border) = of_this.into_iter().chain(of_other).min() else { break };
            a += usize::from(of_this == Some(&border));
            b += usize::from(of_other == Some(&border));
            if inside(a % 2 == 1, b % 2 == 1) != (borders.len() % 2 == 1) {
                borders.push(border);
            }
        }
        Self { borders: borders.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Members;

    fn set(bits: u32) -> Members {
        Members::of((0..6).filter(|place| bits >> place & 1 == 1).collect())
    }

    #[test]
    fn sets_of_runs_are_sets() {
        for a in 0..64 {
            assert_eq!(set(a).places().fold(0, |bits, place| bits | 1 << place), a);
            assert!((0..7).all(|place| set(a).contains(place) == (a >> place & 1 == 1)));
            assert_eq!((set(a).len() as u32, set(a).is_empty()), (a.count_ones(), a == 0));
            for b in 0..64 {
                assert_eq!(set(a).meet(&set(b)), set(a & b));
                assert_eq!(set(a).union(&set(b)), set(a | b));
                assert_eq!(set(a).without(&set(b)), set(a & !b));
                assert_eq!(
                    (set(a).cut(&set(b), true), set(a).cut(&set(b), false)),
                    (set(a & b), set(a & !b))
                );
            }
        }
        assert_eq!(Members::first_of_all(6), set(63));
        assert_eq!(Members::first_of_all(0), set(0));
    }
}
