//! Union, meet, difference and complement. Remembered by id, and never an automaton.

use super::relation::{Relation, relate};
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Piece, Term, TermId};

/// Two unions are multiplied out if that takes at most this many pairs.
const MAX_PAIRS: usize = 1 << 16;

/// And if at most this many of the pairs neither vanish nor simplify to one of the two.
const MAX_SPLIT: usize = 128;

impl ResourceSets {
    /// What either set holds.
    pub fn union(&self, a: ResourceSetId, b: ResourceSetId) -> ResourceSetId {
        ResourceSetId::new(self.term_union(a.arns(), b.arns()), a.none() || b.none())
    }

    /// What any of the sets holds, such as the entries of a statement's `Resource`.
    pub fn union_all(&self, sets: &[ResourceSetId]) -> ResourceSetId {
        let terms = sets.iter().map(|set| set.arns()).collect();
        ResourceSetId::new(self.simplified_union(terms), sets.iter().any(|set| set.none()))
    }

    /// What both sets hold.
    pub fn meet(&self, a: ResourceSetId, b: ResourceSetId) -> ResourceSetId {
        ResourceSetId::new(self.term_meet(a.arns(), b.arns()), a.none() && b.none())
    }

    /// What `a` holds and `b` does not.
    pub fn difference(&self, a: ResourceSetId, b: ResourceSetId) -> ResourceSetId {
        ResourceSetId::new(self.term_difference(a.arns(), b.arns()), a.none() && !b.none())
    }

    /// Every resource that the set does not hold, NONE among them: `NotResource` (S-RES-08).
    pub fn complement(&self, a: ResourceSetId) -> ResourceSetId {
        ResourceSetId::new(self.term_complement(a.arns()), !a.none())
    }

    fn term_union(&self, a: TermId, b: TermId) -> TermId {
        match (a, b) {
            _ if a == b => a,
            (TermId::NOTHING, other) | (other, TermId::NOTHING) => other,
            (TermId::EVERYTHING, _) | (_, TermId::EVERYTHING) => TermId::EVERYTHING,
            _ => self.unions.get_or((a.min(b), a.max(b)), || self.simplified_union(vec![a, b])),
        }
    }

    pub(super) fn term_meet(&self, a: TermId, b: TermId) -> TermId {
        match (a, b) {
            _ if a == b => a,
            (TermId::EVERYTHING, other) | (other, TermId::EVERYTHING) => other,
            (TermId::NOTHING, _) | (_, TermId::NOTHING) => TermId::NOTHING,
            _ => self.meets.get_or((a.min(b), a.max(b)), || self.new_meet(a.min(b), a.max(b))),
        }
    }

    pub(super) fn term_difference(&self, a: TermId, b: TermId) -> TermId {
        if a == b { TermId::NOTHING } else { self.term_meet(a, self.term_complement(b)) }
    }

    pub(super) fn term_complement(&self, a: TermId) -> TermId {
        let complement = self.complements.get_or(a, || self.new_complement(a));
        self.complements.get_or(complement, || a);
        complement
    }

    fn new_meet(&self, a: TermId, b: TermId) -> TermId {
        match (self.term(a), self.term(b)) {
            (Term::Union(members), Term::Union(others)) => {
                self.multiplied_out(members, others, (a, b)).unwrap_or_else(|| self.kept_apart(&[a, b]))
            }
            (Term::Union(members), _) => {
                self.multiplied_out(members, &[b], (a, b)).unwrap_or_else(|| self.kept_apart(&[a, b]))
            }
            (_, Term::Union(members)) => {
                self.multiplied_out(members, &[a], (a, b)).unwrap_or_else(|| self.kept_apart(&[a, b]))
            }
            _ => self.single_meet(a, b),
        }
    }

    /// The union of the meets of all pairs, unless there are too many.
    fn multiplied_out(
        &self,
        members: &[TermId],
        others: &[TermId],
        whole: (TermId, TermId),
    ) -> Option<TermId> {
        if members.len().saturating_mul(others.len()) > MAX_PAIRS {
            return None;
        }
        let mut parts = Vec::new();
        let mut split = 0;
        for &member in members {
            for &other in others {
                let part = self.single_meet(member, other);
                split += usize::from(part != member && part != other && part != TermId::NOTHING);
                if split > MAX_SPLIT {
                    return None;
                }
                if part != TermId::NOTHING {
                    parts.push(part);
                }
            }
        }
        // Where one side is inside the other, the result is that side, which is simplified already.
        let unchanged = |&whole: &TermId| matches!(self.term(whole), Term::Union(all) if **all == *parts);
        match [whole.0, whole.1].iter().find(|whole| unchanged(whole)) {
            Some(&whole) => Some(whole),
            None => Some(self.simplified_union(parts)),
        }
    }

    /// The meet of two terms that are not unions.
    pub(super) fn single_meet(&self, a: TermId, b: TermId) -> TermId {
        if a == b {
            return a;
        }
        match (self.term(a), self.term(b)) {
            (Term::Glob(one), Term::Glob(other)) => match relate(self.glob(*one), self.glob(*other)) {
                Relation::Disjoint => TermId::NOTHING,
                Relation::Inside => a,
                Relation::Contains => b,
                Relation::Unclear => {
                    let include = Box::new([*one.min(other), *one.max(other)]);
                    self.term_id(Term::Piece(Piece { include, exclude: Box::default() }))
                }
            },
            (Term::Glob(glob), Term::Piece(piece)) | (Term::Piece(piece), Term::Glob(glob)) => {
                self.piece_meet(piece, &[*glob], &[])
            }
            (Term::Piece(one), Term::Piece(other)) => self.piece_meet(one, &other.include, &other.exclude),
            _ => self.kept_apart(&[a, b]),
        }
    }

    pub(super) fn piece_meet(&self, piece: &Piece, include: &[GlobId], exclude: &[GlobId]) -> TermId {
        let mut kept = piece.include.to_vec();
        for &glob in include {
            let mut needed = true;
            let mut disjoint = false;
            kept.retain(|&other| match relate(self.glob(glob), self.glob(other)) {
                Relation::Disjoint => {
                    disjoint = true;
                    true
                }
                Relation::Inside => false,
                Relation::Contains => {
                    needed = false;
                    true
                }
                Relation::Unclear => true,
            });
            if disjoint {
                return TermId::NOTHING;
            }
            if needed {
                kept.push(glob);
            }
        }
        self.simplified_piece(kept, [&*piece.exclude, exclude].concat())
    }

    /// A meet that is not multiplied out.
    fn kept_apart(&self, terms: &[TermId]) -> TermId {
        let mut members = Vec::new();
        for &term in terms {
            match self.term(term) {
                Term::Both(inner) => members.extend_from_slice(inner),
                _ => members.push(term),
            }
        }
        members.sort_unstable();
        members.dedup();
        match *members {
            [single] => single,
            _ => self.term_id(Term::Both(members.into())),
        }
    }

    fn new_complement(&self, a: TermId) -> TermId {
        match self.term(a) {
            Term::Nothing => TermId::EVERYTHING,
            Term::Everything => TermId::NOTHING,
            Term::Glob(glob) => self.all_but(vec![*glob]),
            Term::Piece(piece) => {
                let outside = piece.include.iter().map(|&glob| self.all_but(vec![glob]));
                let inside = piece.exclude.iter().map(|&glob| self.term_id(Term::Glob(glob)));
                self.simplified_union(outside.chain(inside).collect())
            }
            Term::Union(members) => {
                let globs = members.iter().filter_map(|&member| match self.term(member) {
                    Term::Glob(glob) => Some(*glob),
                    _ => None,
                });
                let outside = self.all_but(globs.collect());
                let others = members.iter().filter(|&&member| !matches!(self.term(member), Term::Glob(_)));
                others.fold(outside, |rest, &other| self.term_meet(rest, self.term_complement(other)))
            }
            Term::Both(members) => {
                self.simplified_union(members.iter().map(|&member| self.term_complement(member)).collect())
            }
        }
    }

    /// Every ARN that none of the globs match.
    fn all_but(&self, globs: Vec<GlobId>) -> TermId {
        self.simplified_piece(Vec::new(), globs)
    }
}
