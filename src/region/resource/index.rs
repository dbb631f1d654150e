//! Which of many sets hold this ARN?

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::glob::{Glob, is_arn};
use super::matching::matches_text;
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Piece, Term, TermId};

type Map<K, V> = HashMap<K, V, FxBuildHasher>;

/// An index over a list of sets that finds those which hold a resource.
///
/// Each set is covered by globs. A literal is found by its text, any other glob by the text that it starts with and
/// then by eight bytes of its further text that few other globs have. Sets that say only what they do not hold are
/// tried one by one.
pub struct ResourceIndex {
    sets: Vec<ResourceSetId>,
    literals: Map<Box<str>, Vec<Posting>>,
    /// Globs by the text they start with.
    starts: Map<Box<str>, Start>,
    /// The lengths of the keys of `starts`.
    lengths: Vec<usize>,
    /// Positions in `sets` of those without a covering glob.
    unbounded: Vec<u32>,
    with_none: Vec<ResourceSetId>,
}

/// A set that is found through a glob.
#[derive(Clone, Copy)]
struct Posting {
    /// In `sets`.
    position: u32,
    /// Whether the set holds all that the glob matches.
    whole: bool,
}

/// The globs that start with the same text.
#[derive(Default)]
struct Start {
    /// Found by the glob that matches all that starts so.
    prefix: Vec<Posting>,
    wild: Vec<Wild>,
    /// Positions in `wild`, by an anchor that what they match must hold.
    anchored: Map<Anchor, Vec<u32>>,
    /// Positions in `wild` of globs with too little text for an anchor.
    adrift: Vec<u32>,
}

struct Wild {
    glob: GlobId,
    postings: Vec<Posting>,
}

type Anchor = [u8; 8];

impl ResourceIndex {
    /// An index over these sets; a set that is listed twice is found once.
    pub fn new(sets: &ResourceSets, list: &[ResourceSetId]) -> Self {
        let mut ids = list.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut postings: Map<GlobId, Vec<Posting>> = Map::default();
        let mut unbounded = Vec::new();
        for (position, set) in (0_u32..).zip(&ids) {
            match sets.cover(set.arns()) {
                Some(cover) => {
                    for (glob, whole) in cover {
                        postings.entry(glob).or_default().push(Posting { position, whole });
                    }
                }
                None => unbounded.push(position),
            }
        }
        let (mut literals, mut starts) = (Map::default(), Map::<Box<str>, Start>::default());
        for (id, postings) in postings {
            let glob = sets.glob(id);
            if glob.is_literal() {
                literals.insert(glob.text.clone(), postings);
                continue;
            }
            let start = starts.entry_ref(glob.fixed_prefix()).or_default();
            if glob.is_prefix() {
                start.prefix = postings;
            } else {
                start.wild.push(Wild { glob: id, postings });
            }
        }
        starts.values_mut().for_each(|start| start.drop_anchors(sets));
        let mut lengths: Vec<usize> = starts.keys().map(|key| key.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let with_none = ids.iter().copied().filter(|&set| sets.contains_none(set)).collect();
        Self { sets: ids, literals, starts, lengths, unbounded, with_none }
    }

    /// The sets that hold the ARN, sorted by id. `sets` is the arena that the index was built with.
    pub fn containing(&self, sets: &ResourceSets, arn: &str) -> Vec<ResourceSetId> {
        if !is_arn(arn) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut visit = |postings: &[Posting]| {
            for posting in postings {
                let set = self.sets[posting.position as usize];
                if posting.whole || sets.term_contains(set.arns(), arn) {
                    found.push(set);
                }
            }
        };
        if let Some(postings) = self.literals.get(arn) {
            visit(postings);
        }
        let lengths = self.lengths.iter().take_while(|&&length| length <= arn.len());
        for (key, rest) in lengths.filter_map(|&length| arn.split_at_checked(length)) {
            let Some(start) = self.starts.get(key) else { continue };
            visit(&start.prefix);
            for wild in start.candidates(rest) {
                if matches_text(sets.glob(wild.glob), arn) {
                    visit(&wild.postings);
                }
            }
        }
        let unbounded = self.unbounded.iter().map(|&position| self.sets[position as usize]);
        found.extend(unbounded.filter(|set| sets.term_contains(set.arns(), arn)));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The sets that hold NONE, sorted by id.
    pub fn containing_none(&self) -> &[ResourceSetId] {
        &self.with_none
    }
}

impl Start {
    /// Chooses for each glob the anchor that the fewest others could have.
    fn drop_anchors(&mut self, sets: &ResourceSets) {
        let mut uses: Map<Anchor, u32> = Map::default();
        for wild in &self.wild {
            anchors_of(sets.glob(wild.glob)).for_each(|anchor| *uses.entry(anchor).or_default() += 1);
        }
        for (position, wild) in (0_u32..).zip(&self.wild) {
            match anchors_of(sets.glob(wild.glob)).min_by_key(|anchor| (uses.get(anchor), *anchor)) {
                Some(anchor) => self.anchored.entry(anchor).or_default().push(position),
                None => self.adrift.push(position),
            }
        }
    }

    /// The globs that may match an ARN which goes on so. Some may be named twice.
    fn candidates<'a>(&'a self, rest: &'a str) -> impl Iterator<Item = &'a Wild> {
        let anchors = if self.anchored.is_empty() { "" } else { rest };
        let found = anchors_in(anchors).filter_map(|anchor| self.anchored.get(&anchor)).flatten();
        found.chain(&self.adrift).map(|&position| &self.wild[position as usize])
    }
}

fn anchors_of(glob: &Glob) -> impl Iterator<Item = Anchor> {
    (0..glob.gaps.len()).flat_map(|gap| anchors_in(glob.chunk_after(gap)))
}

fn anchors_in(text: &str) -> impl Iterator<Item = Anchor> {
    text.as_bytes().windows(size_of::<Anchor>()).filter_map(|window| window.try_into().ok())
}

impl ResourceSets {
    /// Texts such that every ARN of the set starts with one of them; none if nothing is known of how they start.
    pub fn starts(&self, set: ResourceSetId) -> Option<Vec<&str>> {
        let cover = self.cover(set.arns())?;
        Some(cover.into_iter().map(|(glob, _)| self.glob(glob).fixed_prefix()).collect())
    }

    /// ARNs such that the set holds no others, if its patterns name them.
    pub fn literals(&self, set: ResourceSetId) -> Option<Vec<&str>> {
        let cover = self.cover(set.arns())?;
        let literal = |glob: GlobId| Some(self.glob(glob)).filter(|glob| glob.is_literal());
        cover.into_iter().map(|(glob, _)| Some(&*literal(glob)?.text)).collect()
    }

    /// Globs that together match all that the term holds, each with whether the term holds all that it matches. None
    /// if the term is bounded by no glob.
    fn cover(&self, term: TermId) -> Option<Vec<(GlobId, bool)>> {
        match self.term(term) {
            Term::Nothing => Some(Vec::new()),
            Term::Everything => None,
            Term::Glob(glob) => Some(vec![(*glob, true)]),
            Term::Piece(Piece { include, .. }) => {
                let most_text = include.iter().max_by_key(|&&glob| self.glob(glob).fixed_prefix().len())?;
                Some(vec![(*most_text, false)])
            }
            Term::Union(members) => {
                let mut all = Vec::new();
                for &member in members {
                    all.extend(self.cover(member)?);
                }
                Some(all)
            }
            Term::Both(members) => {
                let covers = members.iter().filter_map(|&member| self.cover(member));
                let smallest = covers.min_by_key(Vec::len)?;
                Some(smallest.into_iter().map(|(glob, _)| (glob, false)).collect())
            }
        }
    }
}
