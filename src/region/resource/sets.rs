//! The arena of resource sets: making them, and asking what they contain.

use rustc_hash::FxHashMap;

use super::LimitExceeded;
use super::glob::{Built, Glob, is_arn};
use super::matching::matches_text;
use super::pattern::{self, FormatPiece, Padding, Parsed, PatternProblem, Piece};
use super::term::{GlobId, Term, TermId};
use crate::region::interner::{Interner, Memo};

/// An interned set of resources.
///
/// Equal ids are equal sets of one arena; different ids may be the same set too, see [`ResourceSets::equivalent`].
/// Ids differ between runs: sort by content, see [`ResourceSets::as_patterns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceSetId(u32);

impl ResourceSetId {
    /// The id as an index into a table with room for every id of the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The lowest bit says whether NONE is in the set, the others which ARNs are.
    pub(super) const fn new(arns: TermId, none: bool) -> Self {
        Self(arns.0 << 1 | none as u32)
    }

    pub(super) const fn arns(self) -> TermId {
        TermId(self.0 >> 1)
    }

    pub(super) const fn none(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The append-only arena of resource sets, shared between threads.
///
/// # Example
/// ```
/// use entail::region::resource::{Padding, Piece, ResourceSets};
///
/// let sets = ResourceSets::new();
/// let set = |text| sets.pattern(&[Piece::Text(text)], Padding::PadAlways);
/// let logs = set("arn:aws:s3:::logs/*")?;
/// let kept = sets.difference(logs, set("arn:aws:s3:::*/tmp/*")?);
/// assert!(sets.contains(kept, "arn:aws:s3:::logs/2024/a"));
/// assert!(!sets.contains(kept, "arn:aws:s3:::logs/tmp/a"));
/// assert_eq!(sets.as_patterns(kept)?.to_string(), "arn:aws:s3:::logs/* except arn:aws:s3:::*/tmp/*");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ResourceSets {
    globs: Interner<Glob>,
    terms: Interner<Term>,
    pub(super) meets: Memo<(TermId, TermId), TermId>,
    pub(super) unions: Memo<(TermId, TermId), TermId>,
    pub(super) complements: Memo<TermId, TermId>,
    pub(super) witnesses: Memo<TermId, Result<Option<ExampleId>, LimitExceeded>>,
    /// Examples that were found without an automaton.
    pub(super) plain_examples: Memo<TermId, Option<ExampleId>>,
    pub(super) examples: Interner<String>,
}

/// An ARN that was found to be in a set, by its number.
pub(super) type ExampleId = u32;

impl ResourceSets {
    /// No resource.
    pub const EMPTY: ResourceSetId = ResourceSetId::new(TermId::NOTHING, false);
    /// Every ARN, and NONE: what the pattern `*` matches (S-RES-01).
    pub const ALL: ResourceSetId = ResourceSetId::new(TermId::EVERYTHING, true);
    /// NONE alone: the resource of actions that have no resource type (S-RES-10).
    pub const NONE_ONLY: ResourceSetId = ResourceSetId::new(TermId::NOTHING, true);
    /// Every ARN, without NONE.
    pub const ARNS: ResourceSetId = ResourceSetId::new(TermId::EVERYTHING, false);

    /// An arena that holds the four constants.
    pub fn new() -> Self {
        let sets = Self {
            globs: Interner::new(),
            terms: Interner::new(),
            meets: Memo::new(),
            unions: Memo::new(),
            complements: Memo::new(),
            witnesses: Memo::new(),
            plain_examples: Memo::new(),
            examples: Interner::new(),
        };
        // In the order of `TermId::NOTHING` and `TermId::EVERYTHING`.
        sets.terms.intern(Term::Nothing);
        sets.terms.intern(Term::Everything);
        sets
    }

    /// What an entry of `Resource` or `NotResource` matches. `*` alone is [`Self::ALL`]; any other pattern matches
    /// ARNs only.
    ///
    /// A pattern that is well formed and can match nothing, such as a short one that is not padded, is
    /// [`Self::EMPTY`].
    ///
    /// # Errors See [`PatternProblem`]. No reading of [`PatternProblem::NotAnArn`] matches any ARN.
    pub fn pattern(&self, pieces: &[Piece], padding: Padding) -> Result<ResourceSetId, PatternProblem> {
        Ok(match pattern::parse(pieces, padding)? {
            Parsed::All => Self::ALL,
            Parsed::Arns(built, padded) => {
                let read = ResourceSetId::new(self.built(built), false);
                match padded {
                    Some(padded) => self.union(read, ResourceSetId::new(self.built(padded), false)),
                    None => read,
                }
            }
        })
    }

    /// The ARNs that have the format of a resource type, to restrict a set to what an action can be asked for
    /// (S-RES-12). Its parts never reach over colons, unlike those of [`Self::pattern`].
    ///
    /// # Errors
    /// [`PatternProblem::NotAnArn`] unless the first piece is text that starts with `arn:`.
    pub fn format(&self, pieces: &[FormatPiece]) -> Result<ResourceSetId, PatternProblem> {
        Ok(ResourceSetId::new(self.built(pattern::parse_format(pieces)?), false))
    }

    /// Exactly this ARN, every character literal. [`Self::EMPTY`] if it is none.
    pub fn arn(&self, arn: &str) -> ResourceSetId {
        if !is_arn(arn) {
            return Self::EMPTY;
        }
        ResourceSetId::new(self.built(Built::Glob(Glob { text: arn.into(), gaps: Box::default() })), false)
    }

    /// Whether the ARN is in the set. Every character counts as it is, `*` too. Text that is no ARN is in no set.
    pub fn contains(&self, set: ResourceSetId, arn: &str) -> bool {
        is_arn(arn) && self.term_contains(set.arns(), arn)
    }

    /// Whether NONE is in the set.
    pub fn contains_none(&self, set: ResourceSetId) -> bool {
        set.none()
    }

    pub(super) fn built(&self, built: Built) -> TermId {
        match built {
            Built::Nothing => TermId::NOTHING,
            Built::Everything => TermId::EVERYTHING,
            Built::Glob(glob) => self.term_id(Term::Glob(GlobId(self.globs.intern(glob)))),
        }
    }

    /// Whether text that is known to be an ARN is in the term.
    pub(super) fn term_contains(&self, term: TermId, arn: &str) -> bool {
        self.contains_within(term, arn, 0, &mut FxHashMap::default())
    }

    /// Terms that nest deep share members: what was found out of one there is kept.
    fn contains_within(
        &self,
        term: TermId,
        arn: &str,
        depth: u32,
        known: &mut FxHashMap<TermId, bool>,
    ) -> bool {
        const DEEP: u32 = 3;
        let matches = |&glob: &GlobId| matches_text(self.glob(glob), arn);
        if depth >= DEEP
            && let Some(&known) = known.get(&term)
        {
            return known;
        }
        let mut within = |member: &TermId| self.contains_within(*member, arn, depth + 1, known);
        let contains = match self.term(term) {
            Term::Nothing => false,
            Term::Everything => true,
            Term::Glob(glob) => matches(glob),
            Term::Piece(piece) => piece.include.iter().all(matches) && !piece.exclude.iter().any(matches),
            Term::Union(members) => members.iter().any(&mut within),
            Term::Both(members) => members.iter().all(&mut within),
        };
        if depth >= DEEP {
            known.insert(term, contains);
        }
        contains
    }

    pub(super) fn glob(&self, id: GlobId) -> &Glob {
        self.globs.get(id.0)
    }

    pub(super) fn term(&self, id: TermId) -> &Term {
        self.terms.get(id.0)
    }

    pub(super) fn term_id(&self, term: Term) -> TermId {
        TermId(self.terms.intern(term))
    }
}

impl Default for ResourceSets {
    fn default() -> Self {
        Self::new()
    }
}
