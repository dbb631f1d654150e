//! Sets of actions: bits over a fixed universe, and patterns that decide every action outside it.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::interner::{Interner, Memo};

mod residue;
mod term;

pub use term::is_surely_within;

use residue::{ResidueId, Residues};

/// An interned set of actions. Equal ids mean equal sets; different ids may still mean the same set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ActionSetId(u32);

impl ActionSetId {
    /// No action at all.
    pub const EMPTY: ActionSetId = ActionSetId(0);
    /// Every action of every service, known or not.
    pub const ALL: ActionSetId = ActionSetId(1);

    /// The id as an index, dense from zero.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Bits from the first word that is not zero to the last: most sets lie within a service or two, and actions of one
/// service are neighbours.
#[derive(PartialEq, Eq, Hash)]
struct ActionSet {
    first: u32,
    words: Box<[u64]>,
    residue: ResidueId,
}

impl ActionSet {
    /// The set of some bits that start at word `first`.
    fn new(first: usize, words: &[u64], residue: ResidueId) -> Self {
        let Some(start) = words.iter().position(|&word| word != 0) else {
            return Self { first: 0, words: Box::default(), residue };
        };
        let end = words.iter().rposition(|&word| word != 0).map_or(start, |last| last + 1);
        let words = words.get(start..end).unwrap_or_default();
        Self { first: (first + start) as u32, words: words.into(), residue }
    }

    /// The word at a position of the universe.
    fn word(&self, position: usize) -> u64 {
        let inside = position.checked_sub(self.first as usize);
        inside.and_then(|inside| self.words.get(inside)).copied().unwrap_or_default()
    }

    /// The positions of its words.
    fn window(&self) -> Range<usize> {
        self.first as usize..self.first as usize + self.words.len()
    }
}

/// One member of an `Action` or `NotAction` list, resolved against the universe by the caller.
pub enum ActionPattern<'a> {
    /// A name without wildcards that is in the universe, by index.
    Exact(usize),
    /// A pattern with wildcards: its members in the universe, and its text for the actions outside it.
    Wildcard(&'a [usize], &'a str),
}

/// The arena of action sets over one universe.
///
/// The universe is the catalog plus the names that the estate uses beyond it. A name without wildcards is always in the
/// universe, so a set outside it is described by wildcard patterns alone.
pub struct ActionSets {
    universe: usize,
    sets: Interner<ActionSet>,
    residues: Residues,
    meets: Memo<(ActionSetId, ActionSetId), ActionSetId>,
    unions: Memo<(ActionSetId, ActionSetId), ActionSetId>,
    differences: Memo<(ActionSetId, ActionSetId), ActionSetId>,
    asked: Mutex<FxHashMap<usize, Asked>>,
}

/// The sets that contain one action, as bits: made for an action that is asked about often.
#[derive(Debug)]
pub struct SetsWith {
    action: usize,
    /// How many sets the bits are about; those that came later are asked themselves.
    known: usize,
    bits: Box<[u64]>,
}

/// What was asked about an action.
#[derive(Default)]
struct Asked {
    times: u32,
    sets: Option<Arc<SetsWith>>,
}

/// An action that is asked about so many times is worth a look at every set.
const OFTEN: u32 = 16;

impl ActionSets {
    /// An arena for actions `0..universe`.
    pub fn new(universe: usize) -> Self {
        let arena = Self {
            universe,
            sets: Interner::new(),
            residues: Residues::new(),
            meets: Memo::new(),
            unions: Memo::new(),
            differences: Memo::new(),
            asked: Mutex::default(),
        };
        let words = universe.div_ceil(64);
        arena.intern(ActionSet::new(0, &[], ResidueId::EMPTY));
        let mut full = vec![u64::MAX; words];
        if let (Some(last), 1..) = (full.last_mut(), universe % 64) {
            *last = (1 << (universe % 64)) - 1;
        }
        arena.intern(ActionSet::new(0, &full, ResidueId::ALL));
        arena
    }

    /// How many actions the universe has.
    pub fn universe(&self) -> usize {
        self.universe
    }

    /// The union of the patterns of a list.
    pub fn of<'a>(&self, patterns: impl IntoIterator<Item = ActionPattern<'a>>) -> ActionSetId {
        let mut bits = vec![0u64; self.universe.div_ceil(64)];
        let mut residue = ResidueId::EMPTY;
        for pattern in patterns {
            match pattern {
                ActionPattern::Exact(action) => set_bit(&mut bits, action),
                ActionPattern::Wildcard(members, text) => {
                    members.iter().for_each(|&action| set_bit(&mut bits, action));
                    let pattern = self.residues.of_pattern(&text.to_ascii_lowercase());
                    residue = self.residues.or(residue, pattern);
                }
            }
        }
        self.intern(ActionSet::new(0, &bits, residue))
    }

    /// The set of exactly these members of the universe.
    pub fn of_members(&self, members: impl IntoIterator<Item = usize>) -> ActionSetId {
        self.of(members.into_iter().map(ActionPattern::Exact))
    }

    /// Whether the universe's `action` is in the set.
    pub fn contains(&self, set: ActionSetId, action: usize) -> bool {
        self.set(set).word(action / 64) & (1 << (action % 64)) != 0
    }

    /// The same, looked up among the sets that contain the action.
    pub fn contains_by(&self, set: ActionSetId, with: &SetsWith) -> bool {
        match set.index() < with.known {
            true => with.bits[set.index() / 64] & (1 << (set.index() % 64)) != 0,
            false => self.contains(set, with.action),
        }
    }

    /// The sets that contain the universe's `action`.
    pub fn sets_with(&self, action: usize) -> Arc<SetsWith> {
        let fresh = |sets: &Arc<SetsWith>| sets.known * 2 > self.sets.len();
        if let Some(sets) = self.asked.lock().get(&action).and_then(|asked| asked.sets.clone()).filter(fresh)
        {
            return sets;
        }
        let mut bits = vec![0; self.sets.len() / 64 + 1];
        let mut known = 0;
        for set in self.sets.iter().take(bits.len() * 64) {
            if set.word(action / 64) & (1 << (action % 64)) != 0 {
                set_bit(&mut bits, known);
            }
            known += 1;
        }
        let sets = Arc::new(SetsWith { action, known, bits: bits.into() });
        self.asked.lock().entry(action).or_default().sets = Some(sets.clone());
        sets
    }

    /// The sets that contain the universe's `action`, if it is asked about often.
    pub fn sets_with_often(&self, action: usize) -> Option<Arc<SetsWith>> {
        let often = {
            let mut all = self.asked.lock();
            let asked = all.entry(action).or_default();
            asked.times = asked.times.saturating_add(1);
            asked.times >= OFTEN || asked.sets.is_some()
        };
        often.then(|| self.sets_with(action))
    }

    /// Whether an action outside the universe, `service:Name`, is in the set.
    pub fn contains_foreign(&self, set: ActionSetId, name: &str) -> bool {
        self.residues.contains(self.set(set).residue, &name.to_ascii_lowercase())
    }

    /// The members of the set within the universe, in ascending order.
    pub fn members(&self, set: ActionSetId) -> impl Iterator<Item = usize> + '_ {
        let set = self.set(set);
        set.window()
            .zip(&set.words)
            .flat_map(|(word, &bits)| ones(bits).map(move |bit| word * 64 + bit as usize))
    }

    /// How many members the set has within the universe.
    pub fn count(&self, set: ActionSetId) -> usize {
        self.set(set).words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The wildcard patterns from which the set was made, as far as they make a difference outside the universe: sorted, in
    /// lower case.
    pub fn patterns(&self, set: ActionSetId) -> Vec<String> {
        self.residues.patterns(self.set(set).residue)
    }

    /// Whether surely no action outside the universe is in the set.
    pub fn surely_ends_with_the_universe(&self, set: ActionSetId) -> bool {
        self.residues.is_surely_empty(self.set(set).residue)
    }

    /// Whether surely every action outside the universe that is in `small` is in `large`.
    pub fn surely_includes_outside(&self, large: ActionSetId, small: ActionSetId) -> bool {
        self.residues.surely_includes(self.set(large).residue, self.set(small).residue)
    }

    /// Whether every member of `small` is one of `large`, patterns compared as terms.
    pub fn includes(&self, large: ActionSetId, small: ActionSetId) -> bool {
        self.difference(small, large) == ActionSetId::EMPTY
    }

    /// The actions in both sets.
    pub fn meet(&self, a: ActionSetId, b: ActionSetId) -> ActionSetId {
        match (a, b) {
            _ if a == b || b == ActionSetId::ALL => a,
            (ActionSetId::ALL, _) => b,
            (ActionSetId::EMPTY, _) | (_, ActionSetId::EMPTY) => ActionSetId::EMPTY,
            _ if self.are_plainly_disjoint(a, b) => ActionSetId::EMPTY,
            _ => self.meets.get_or(ordered(a, b), || {
                let (a, b) = (self.set(a), self.set(b));
                let window = a.window().start.max(b.window().start)..a.window().end.min(b.window().end);
                self.combine(a, b, window, |a, b| a & b, self.residues.and(a.residue, b.residue))
            }),
        }
    }

    /// The actions in either set.
    pub fn union(&self, a: ActionSetId, b: ActionSetId) -> ActionSetId {
        match (a, b) {
            _ if a == b || b == ActionSetId::EMPTY => a,
            (ActionSetId::EMPTY, _) => b,
            (ActionSetId::ALL, _) | (_, ActionSetId::ALL) => ActionSetId::ALL,
            _ => self.unions.get_or(ordered(a, b), || {
                let (a, b) = (self.set(a), self.set(b));
                let window = match (a.words.is_empty(), b.words.is_empty()) {
                    (true, _) => b.window(),
                    (_, true) => a.window(),
                    _ => a.window().start.min(b.window().start)..a.window().end.max(b.window().end),
                };
                self.combine(a, b, window, |a, b| a | b, self.residues.or(a.residue, b.residue))
            }),
        }
    }

    /// The actions in `a` that are not in `b`.
    pub fn difference(&self, a: ActionSetId, b: ActionSetId) -> ActionSetId {
        match (a, b) {
            _ if a == b || b == ActionSetId::ALL => ActionSetId::EMPTY,
            (ActionSetId::EMPTY, _) | (_, ActionSetId::EMPTY) => a,
            _ if self.are_plainly_disjoint(a, b) => a,
            _ => self.differences.get_or((a, b), || {
                let (a, b) = (self.set(a), self.set(b));
                let residue = self.residues.and(a.residue, self.residues.not(b.residue));
                self.combine(a, b, a.window(), |a, b| a & !b, residue)
            }),
        }
    }

    /// The actions that are not in `a`.
    pub fn complement(&self, a: ActionSetId) -> ActionSetId {
        self.difference(ActionSetId::ALL, a)
    }

    /// Whether no action can be in both, as most sets that meet show at once: cheaper than to remember it.
    fn are_plainly_disjoint(&self, a: ActionSetId, b: ActionSetId) -> bool {
        let (a, b) = (self.set(a), self.set(b));
        if a.residue != ResidueId::EMPTY && b.residue != ResidueId::EMPTY {
            return false;
        }
        let (low, high) = if a.first <= b.first { (a, b) } else { (b, a) };
        let from = (high.first - low.first) as usize;
        low.words.iter().skip(from).zip(&high.words).all(|(a, b)| a & b == 0)
    }

    fn combine(
        &self,
        a: &ActionSet,
        b: &ActionSet,
        window: Range<usize>,
        word: impl Fn(u64, u64) -> u64,
        residue: ResidueId,
    ) -> ActionSetId {
        let first = window.start;
        let words: Vec<u64> = window.map(|position| word(a.word(position), b.word(position))).collect();
        self.intern(ActionSet::new(first, &words, residue))
    }

    fn intern(&self, set: ActionSet) -> ActionSetId {
        ActionSetId(self.sets.intern(set))
    }

    fn set(&self, id: ActionSetId) -> &ActionSet {
        self.sets.get(id.0)
    }
}

/// Whether the lower-case action pattern (`*` any run, `?` one character) matches the whole lower-case name (S-ACT-02).
pub fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// The places of the bits of a word, ascending.
pub(crate) fn ones(word: u64) -> impl Iterator<Item = u32> {
    std::iter::successors((word != 0).then_some(word), |rest| {
        let rest = rest & (rest - 1);
        (rest != 0).then_some(rest)
    })
    .map(u64::trailing_zeros)
}

fn set_bit(bits: &mut [u64], action: usize) {
    if let Some(word) = bits.get_mut(action / 64) {
        *word |= 1 << (action % 64);
    }
}

fn ordered(a: ActionSetId, b: ActionSetId) -> (ActionSetId, ActionSetId) {
    (a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use super::{ActionPattern, ActionSetId, ActionSets};

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

    #[test]
    fn many_services_are_looked_at_one_by_one() {
        let sets = ActionSets::new(1);
        let of = |part: &str| {
            let each = (0..200).map(|service| format!("service{service}:{part}*"));
            each.fold(ActionSetId::EMPTY, |all, text| sets.union(all, wild(&sets, &text)))
        };
        let (reads, gets, anywhere) = (of(""), of("Get"), wild(&sets, "*:Get*"));
        let rest = sets.difference(reads, gets);
        assert!(!sets.surely_ends_with_the_universe(rest));
        assert!(sets.surely_ends_with_the_universe(sets.difference(gets, anywhere)));
        assert!(sets.surely_ends_with_the_universe(sets.meet(rest, gets)));
        assert!(!sets.surely_includes_outside(gets, anywhere));
        assert!(sets.surely_includes_outside(sets.union(rest, gets), reads));
    }
}
