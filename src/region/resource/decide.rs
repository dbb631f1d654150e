//! Emptiness, inclusion, overlap: exact answers, remembered.

use hashbrown::HashMap;
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::LimitExceeded;
use super::automaton::{Formula, search};
use super::glob::{Class, Glob, is_arn};
use super::limit::Budget;
use super::sets::{ExampleId, ResourceSetId, ResourceSets};
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
        if b.none() && !a.none()
            || self.plain_example(b.arns()).is_some_and(|arn| !self.term_contains(a.arns(), arn))
        {
            return Ok(false);
        }
        self.term_is_empty(self.term_difference(b.arns(), a.arns()))
    }

    /// Whether some resource is in both sets.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn overlaps(&self, a: ResourceSetId, b: ResourceSetId) -> Result<bool, LimitExceeded> {
        let example_of = |one: ResourceSetId, other: ResourceSetId| {
            self.plain_example(one.arns()).is_some_and(|arn| self.term_contains(other.arns(), arn))
        };
        if a.none() && b.none() || example_of(a, b) || example_of(b, a) {
            return Ok(true);
        }
        Ok(!self.term_is_empty(self.term_meet(a.arns(), b.arns()))?)
    }

    /// An ARN of the term that is found without an automaton, remembered: it settles most questions about two sets without a
    /// term of both.
    fn plain_example(&self, term: TermId) -> Option<&str> {
        let searched = || self.quick_example(term).map(|example| self.examples.intern(example));
        let found = self.plain_examples.get_or(term, searched)?;
        Some(self.examples.get(found))
    }

    /// Whether the two sets hold the same resources.
    ///
    /// # Errors
    /// As [`Self::is_empty`].
    pub fn equivalent(&self, a: ResourceSetId, b: ResourceSetId) -> Result<bool, LimitExceeded> {
        Ok(a == b || self.includes(a, b)? && self.includes(b, a)?)
    }

    /// An ARN in the set; none if it holds none, though it may hold NONE. The same for equally built sets in every
    /// run.
    ///
    /// # Errors As [`Self::is_empty`].
    pub fn witness(&self, set: ResourceSetId) -> Result<Option<String>, LimitExceeded> {
        Ok(self.example(set.arns())?.map(|example| self.examples.get(example).clone()))
    }

    /// An ARN of the term, found once.
    fn example(&self, term: TermId) -> Result<Option<ExampleId>, LimitExceeded> {
        let searched = || Ok(self.term_witness(term)?.map(|example| self.examples.intern(example)));
        self.witnesses.get_or(term, searched)
    }

    pub(super) fn term_is_empty(&self, term: TermId) -> Result<bool, LimitExceeded> {
        match self.term(term) {
            Term::Nothing => Ok(true),
            Term::Everything | Term::Glob(_) => Ok(false),
            Term::Union(members) => {
                any_of(members, |member| Ok((!self.term_is_empty(member)?).then_some(())))
                    .map(|found| found.is_none())
            }
            Term::Piece(_) | Term::Both(_) => Ok(self.example(term)?.is_none()),
        }
    }

    fn term_witness(&self, term: TermId) -> Result<Option<String>, LimitExceeded> {
        if let Some(example) = self.quick_example(term) {
            return Ok(Some(example));
        }
        match self.term(term) {
            Term::Nothing => Ok(None),
            Term::Union(_) => any_of(&self.in_order(term), |member| self.term_witness(member)),
            Term::Both(members) => {
                let mut members = members.to_vec();
                members.sort_by_cached_key(|&member| self.in_order(member).len());
                self.multiplied_witness(TermId::EVERYTHING, &members, &mut Budget::full())
            }
            Term::Everything | Term::Glob(_) | Term::Piece(_) => self.searched(term, &mut Budget::full()),
        }
    }

    /// An ARN that is in `piece` and in all of `members`, which are multiplied out no further than to the first.
    fn multiplied_witness(
        &self,
        piece: TermId,
        members: &[TermId],
        budget: &mut Budget,
    ) -> Result<Option<String>, LimitExceeded> {
        let Some((&first, rest)) = members.split_first() else { return self.searched(piece, budget) };
        for part in self.in_order(first) {
            let found = match self.term(part) {
                Term::Both(inner) => self.multiplied_witness(piece, &[inner, rest].concat(), budget)?,
                _ => {
                    budget.take_steps(1 + self.comparisons(piece) / 8)?;
                    let smaller =
                        if piece == TermId::EVERYTHING { part } else { self.single_meet(piece, part) };
                    match smaller {
                        TermId::NOTHING => None,
                        smaller => {
                            budget.take_pieces(1)?;
                            self.multiplied_witness(smaller, rest, budget)?
                        }
                    }
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// With how many globs another is compared when it meets the piece.
    fn comparisons(&self, piece: TermId) -> usize {
        match self.term(piece) {
            Term::Piece(piece) => piece.include.len() + piece.exclude.len(),
            _ => 1,
        }
    }

    /// The members of a union, or the term itself, in an order that depends on content only.
    fn in_order(&self, term: TermId) -> Vec<TermId> {
        let Term::Union(members) = self.term(term) else { return vec![term] };
        let mut members = members.to_vec();
        members.sort_by_cached_key(|&member| {
            let mut globs = self.globs_of(member);
            globs.sort_unstable();
            globs
        });
        members
    }

    /// An ARN of the term, by filling in the wildcards of its own inclusions.
    fn quick_example(&self, term: TermId) -> Option<String> {
        let (mut sources, mut seen) = (Vec::new(), FxHashSet::default());
        self.inclusions(term, &mut sources, &mut seen);
        let mut globs: Vec<&Glob> = sources.into_iter().map(|glob| self.glob(glob)).collect();
        globs.sort_unstable();
        globs.dedup();
        let every = std::iter::once("arn:x:x:x:x:x".to_owned());
        let filled =
            globs.iter().take(MAX_EXAMPLES).flat_map(|glob| ["x", "", "~"].map(|run| filled(glob, run)));
        let merged = (2..=MAX_EXAMPLES).contains(&globs.len()).then(|| merged(&globs));
        filled.chain(every).chain(merged).find(|example| is_arn(example) && self.term_contains(term, example))
    }

    /// The globs that the members of a term start from. Terms share members, of which each is looked at once.
    fn inclusions(&self, term: TermId, into: &mut Vec<GlobId>, seen: &mut FxHashSet<TermId>) {
        if !seen.insert(term) {
            return;
        }
        match self.term(term) {
            Term::Nothing | Term::Everything => {}
            Term::Glob(glob) => into.push(*glob),
            Term::Piece(piece) => into.extend_from_slice(&piece.include),
            Term::Union(members) | Term::Both(members) => {
                members.iter().for_each(|&member| self.inclusions(member, into, seen));
            }
        }
    }

    /// An ARN of the term, by the automaton of all its globs.
    fn searched(&self, term: TermId, budget: &mut Budget) -> Result<Option<String>, LimitExceeded> {
        let mut globs = Globs::default();
        let formula = self.formula(term, &mut globs);
        let globs: Vec<&Glob> = globs.ids.iter().map(|&glob| self.glob(glob)).collect();
        search(&globs, &formula, budget)
    }

    /// All globs of a term. Terms share members, of which each is looked at once.
    fn globs_of(&self, term: TermId) -> Vec<&Glob> {
        let (mut globs, mut seen) = (Globs::default(), FxHashSet::default());
        let mut left = vec![term];
        while let Some(next) = left.pop() {
            if !seen.insert(next) {
                continue;
            }
            match self.term(next) {
                Term::Nothing | Term::Everything => {}
                Term::Glob(glob) => drop(globs.number(*glob)),
                Term::Piece(piece) => piece.include.iter().chain(&*piece.exclude).for_each(|&glob| {
                    globs.number(glob);
                }),
                Term::Union(members) | Term::Both(members) => left.extend(members),
            }
        }
        globs.ids.into_iter().map(|glob| self.glob(glob)).collect()
    }

    fn formula(&self, term: TermId, globs: &mut Globs) -> Formula {
        match self.term(term) {
            Term::Nothing => Formula::Any(Vec::new()),
            Term::Everything => Formula::All(Vec::new()),
            Term::Glob(glob) => Formula::Glob(globs.number(*glob)),
            Term::Piece(piece) => {
                let mut parts: Vec<Formula> =
                    piece.include.iter().map(|&glob| Formula::Glob(globs.number(glob))).collect();
                parts.extend(piece.exclude.iter().map(|&glob| Formula::NotGlob(globs.number(glob))));
                Formula::All(parts)
            }
            Term::Union(members) => {
                Formula::Any(members.iter().map(|&member| self.formula(member, globs)).collect())
            }
            Term::Both(members) => {
                Formula::All(members.iter().map(|&member| self.formula(member, globs)).collect())
            }
        }
    }
}

/// The first thing found in any of the terms. A find counts even where another term outgrows a limit.
fn any_of<T>(
    terms: &[TermId],
    find: impl Fn(TermId) -> Result<Option<T>, LimitExceeded>,
) -> Result<Option<T>, LimitExceeded> {
    let mut unknown = None;
    for &term in terms {
        match find(term) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(limit) => unknown = unknown.max(Some(limit)),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// The globs of a question, numbered.
#[derive(Default)]
struct Globs {
    ids: Vec<GlobId>,
    numbers: HashMap<GlobId, usize, FxBuildHasher>,
}

impl Globs {
    fn number(&mut self, glob: GlobId) -> usize {
        *self.numbers.entry(glob).or_insert_with(|| {
            self.ids.push(glob);
            self.ids.len() - 1
        })
    }
}

/// A text that takes each part from the glob that says most of it: what a format of ARNs and a pattern often both match.
fn merged(globs: &[&Glob]) -> String {
    let fillings: Vec<[String; 2]> =
        globs.iter().map(|glob| ["x", "~"].map(|run| filled(glob, run))).collect();
    let fields: Vec<[Vec<&str>; 2]> =
        fillings.iter().map(|both| both.each_ref().map(|text| text.splitn(6, ':').collect())).collect();
    let part = |place: usize| {
        let all = fields.iter().filter_map(|[one, other]| Some((*one.get(place)?, *other.get(place)?)));
        // Where both fillings agree the glob leaves nothing open.
        all.max_by_key(|(one, other)| (one == other, one.len())).map_or("", |(one, _)| one)
    };
    (0..6).map(part).collect::<Vec<_>>().join(":")
}

/// A text that the glob matches, unless its first part is a wildcard: each run filled with the given text, and the
/// first that may hold colons with those that an ARN needs.
fn filled(glob: &Glob, run: &str) -> String {
    let mut missing = 5_usize.saturating_sub(glob.text.matches(':').count());
    let mut text = glob.fixed_prefix().to_owned();
    for (index, gap) in glob.gaps.iter().enumerate() {
        (0..gap.ones).for_each(|_| text.push('x'));
        if let Some(class) = gap.run {
            text.push_str(run);
            let colons = if class == Class::Any { std::mem::take(&mut missing) } else { 0 };
            for _ in 0..colons {
                text.push(':');
                text.push_str(run);
            }
        }
        text.push_str(glob.chunk_after(index));
    }
    text
}
