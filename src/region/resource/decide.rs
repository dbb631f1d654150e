//! Emptiness, inclusion, overlap: exact answers, remembered.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::LimitExceeded;
use super::automaton::{Truth, search};
use super::glob::{Glob, is_arn};
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Term, TermId};

/// How many inclusions are tried as the source of an example before an automaton is built.
const MAX_EXAMPLES: usize = 64;

impl ResourceSets {
    /// Whether no resource is in the set.
    ///
    /// # Errors
    /// [`LimitExceeded`] if that can't be decided within the limits, here and in all questions below.
    pub fn is_empty(&self, set: ResourceSetId) -> Result<bool, LimitExceeded> {
        Ok(!set.none() && self.term_is_empty(set.arns())?)
    }

    /// Whether `a` holds every resource that `b` holds: `a ⊇ b`.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn includes(&self, a: ResourceSetId, b: ResourceSetId) -> Result<bool, LimitExceeded> {
        Ok((a.none() || !b.none()) && self.term_is_empty(self.term_difference(b.arns(), a.arns()))?)
    }

    /// Whether some resource is in both sets.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn overlaps(&self, a: ResourceSetId, b: ResourceSetId) -> Result<bool, LimitExceeded> {
        Ok(a.none() && b.none() || !self.term_is_empty(self.term_meet(a.arns(), b.arns()))?)
    }

    /// Whether the two sets hold the same resources.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn equivalent(&self, a: ResourceSetId, b: ResourceSetId) -> Result<bool, LimitExceeded> {
        Ok(a == b || self.includes(a, b)? && self.includes(b, a)?)
    }

    /// An ARN in the set; none if it holds none, though it may hold NONE. The same for equally built sets in every run.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn witness(&self, set: ResourceSetId) -> Result<Option<String>, LimitExceeded> {
        self.term_witness(set.arns())
    }

    pub(super) fn term_is_empty(&self, term: TermId) -> Result<bool, LimitExceeded> {
        match self.term(term) {
            Term::Nothing => Ok(true),
            Term::Everything | Term::Glob(_) => Ok(false),
            Term::Union(members) => self.all_empty(members),
            Term::Piece(_) | Term::Both(_) => {
                self.emptiness.get_or(term, || Ok(self.term_witness(term)?.is_none()))
            }
        }
    }

    /// A member that is not empty settles the matter, even where another outgrows a limit.
    fn all_empty(&self, members: &[TermId]) -> Result<bool, LimitExceeded> {
        let mut unknown = None;
        for &member in members {
            match self.term_is_empty(member) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(limit) => unknown = Some(limit),
            }
        }
        unknown.map_or(Ok(true), Err)
    }

    fn term_witness(&self, term: TermId) -> Result<Option<String>, LimitExceeded> {
        if let Some(example) = self.quick_example(term) {
            return Ok(Some(example));
        }
        match self.term(term) {
            Term::Nothing => Ok(None),
            Term::Union(members) => {
                let mut unknown = None;
                let mut found: Option<String> = None;
                for &member in members {
                    match self.term_witness(member) {
                        Ok(Some(example)) if found.as_ref().is_none_or(|best| example < *best) => {
                            found = Some(example)
                        }
                        Ok(_) => {}
                        Err(limit) => unknown = Some(limit),
                    }
                }
                if found.is_some() { Ok(found) } else { unknown.map_or(Ok(None), Err) }
            }
            _ => self.searched(term),
        }
    }

    /// An ARN of the term, by filling in the wildcards of its own inclusions.
    fn quick_example(&self, term: TermId) -> Option<String> {
        let mut sources = Vec::new();
        self.inclusions(term, &mut sources);
        let mut globs: Vec<&Glob> = sources.into_iter().map(|glob| self.glob(glob)).collect();
        globs.sort_unstable();
        globs.dedup();
        let every = std::iter::once("arn:x:x:x:x:x".to_owned());
        let filled =
            globs.iter().take(MAX_EXAMPLES).flat_map(|glob| ["x", "", "~"].map(|run| filled(glob, run)));
        filled.chain(every).find(|example| is_arn(example) && self.term_contains(term, example))
    }

    /// The globs that the members of a term start from.
    fn inclusions(&self, term: TermId, into: &mut Vec<GlobId>) {
        match self.term(term) {
            Term::Nothing | Term::Everything => {}
            Term::Glob(glob) => into.push(*glob),
            Term::Piece(piece) => into.extend_from_slice(&piece.include),
            Term::Union(members) | Term::Both(members) => {
                members.iter().for_each(|&member| self.inclusions(member, into));
            }
        }
    }

    /// An ARN of the term, by the automaton of all its globs.
    fn searched(&self, term: TermId) -> Result<Option<String>, LimitExceeded> {
        let mut index = Globs::default();
        self.collect(term, &mut index);
        let globs: Vec<&Glob> = index.ids.iter().map(|&glob| self.glob(glob)).collect();
        search(&globs, &|truths| self.truth(term, &index, truths))
    }

    fn collect(&self, term: TermId, into: &mut Globs) {
        match self.term(term) {
            Term::Nothing | Term::Everything => {}
            Term::Glob(glob) => into.add(*glob),
            Term::Piece(piece) => piece.include.iter().chain(&piece.exclude).for_each(|&glob| into.add(glob)),
            Term::Union(members) | Term::Both(members) => {
                members.iter().for_each(|&member| self.collect(member, into));
            }
        }
    }

    fn truth(&self, term: TermId, index: &Globs, truths: &[Truth]) -> Truth {
        let of = |glob: &GlobId| truths[index.places[glob]];
        match self.term(term) {
            Term::Nothing => Truth::Never,
            Term::Everything => Truth::Always,
            Term::Glob(glob) => of(glob),
            Term::Piece(piece) => {
                let include = piece.include.iter().map(of);
                least(include.chain(piece.exclude.iter().map(|glob| opposite(of(glob)))))
            }
            Term::Both(members) => least(members.iter().map(|&member| self.truth(member, index, truths))),
            Term::Union(members) => {
                let opposites = members.iter().map(|&member| opposite(self.truth(member, index, truths)));
                opposite(least(opposites))
            }
        }
    }
}

/// The globs of a question, numbered.
#[derive(Default)]
struct Globs {
    ids: Vec<GlobId>,
    places: HashMap<GlobId, usize, FxBuildHasher>,
}

impl Globs {
    fn add(&mut self, glob: GlobId) {
        self.places.entry(glob).or_insert_with(|| {
            self.ids.push(glob);
            self.ids.len() - 1
        });
    }
}

fn opposite(truth: Truth) -> Truth {
    match truth {
        Truth::Never => Truth::Always,
        Truth::Open => Truth::Open,
        Truth::Always => Truth::Never,
    }
}

/// What is known of a conjunction.
fn least(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut least = Truth::Always;
    for truth in truths {
        match truth {
            Truth::Never => return Truth::Never,
            Truth::Open => least = Truth::Open,
            Truth::Always => {}
        }
    }
    least
}

/// A text that the glob matches, unless its first part is a wildcard: each run filled with the given text, and the first
/// that may hold colons with those that an ARN needs.
fn filled(glob: &Glob, run: &str) -> String {
    let mut missing = 5_usize.saturating_sub(glob.text.matches(':').count());
    let mut text = glob.fixed_prefix().to_owned();
    for (index, gap) in glob.gaps.iter().enumerate() {
        (0..gap.ones).for_each(|_| text.push('x'));
        if let Some(class) = gap.run {
            text.push_str(run);
            if class == super::glob::Class::Any {
                (0..std::mem::take(&mut missing)).for_each(|_| {
                    text.push(':');
                    text.push_str(run);
                });
            }
        }
        text.push_str(glob.chunk_after(index));
    }
    text
}
