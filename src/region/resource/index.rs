//! Which of many sets hold this ARN?

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::glob::is_arn;
use super::matching::matches_text;
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Piece, Term, TermId};

type ByText<T> = HashMap<Box<str>, T, FxBuildHasher>;

/// An index over a list of sets that finds those which hold a resource.
///
/// Each set is covered by globs; a literal is found by its text, any other glob by the text that it starts with. Sets that
/// say only what they do not hold are tried one by one.
pub struct ResourceIndex {
    sets: Vec<ResourceSetId>,
    /// Positions in `sets` by an ARN.
    literals: ByText<Vec<Posting>>,
    /// Globs by the text they start with.
    starts: ByText<Vec<Start>>,
    /// The lengths of the keys of `starts`.
    lengths: Vec<usize>,
    /// Positions in `sets` of those without a covering glob.
    unbounded: Vec<u32>,
    with_none: Vec<ResourceSetId>,
}

/// A set that is found through a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Posting {
    position: u32,
    /// Whether the set holds all that the glob matches.
    whole: bool,
}

struct Start {
    glob: GlobId,
    /// Whether the glob matches all that starts with the key.
    prefix: bool,
    postings: Vec<Posting>,
}

impl ResourceIndex {
    /// An index over these sets; a set that is listed twice is found once.
    pub fn new(sets: &ResourceSets, list: &[ResourceSetId]) -> Self {
        let mut ids = list.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut postings: HashMap<GlobId, Vec<Posting>, FxBuildHasher> = HashMap::default();
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
        let (mut literals, mut starts) = (ByText::default(), ByText::<Vec<Start>>::default());
        for (id, postings) in postings {
            let glob = sets.glob(id);
            let key: Box<str> = glob.fixed_prefix().into();
            if glob.is_literal() {
                literals.insert(key, postings);
            } else {
                starts.entry(key).or_default().push(Start { glob: id, prefix: glob.is_prefix(), postings });
            }
        }
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
        for start in self.starts_of(arn) {
            if start.prefix || matches_text(sets.glob(start.glob), arn) {
                visit(&start.postings);
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

    fn starts_of<'a>(&'a self, arn: &'a str) -> impl Iterator<Item = &'a Start> {
        let keys =
            self.lengths.iter().map_while(move |&length| (length <= arn.len()).then(|| arn.get(..length)));
        keys.flatten().filter_map(|key| self.starts.get(key)).flatten()
    }
}

impl ResourceSets {
    /// Globs that together match all that the term holds, each with whether the term holds all that it matches. None if
    /// the term is bounded by no glob.
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
