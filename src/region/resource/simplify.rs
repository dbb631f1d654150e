//! Normal form of unions and pieces, by what the text of their globs settles.

use super::glob::Glob;
use super::relation::{Relation, relate};
use super::sets::ResourceSets;
use super::term::{GlobId, Piece, Term, TermId};

/// Comparisons of pairs that one simplification spends on wildcards, beyond the sorting of literals and prefixes.
const MAX_COMPARISONS: usize = 1 << 12;

impl ResourceSets {
    /// What any of the terms hold.
    pub(super) fn simplified_union(&self, terms: Vec<TermId>) -> TermId {
        let (mut globs, mut pieces, mut members) = (Vec::new(), Vec::new(), Vec::new());
        let mut pending = terms;
        while let Some(term) = pending.pop() {
            match self.term(term) {
                Term::Nothing => {}
                Term::Everything => return TermId::EVERYTHING,
                Term::Glob(glob) => globs.push(*glob),
                Term::Piece(piece) => pieces.push((term, piece)),
                Term::Union(inner) => pending.extend_from_slice(inner),
                Term::Both(_) => members.push(term),
            }
        }
        let globs = self.without_covered(globs);
        let compare = pieces.len() * globs.len() <= MAX_COMPARISONS;
        let mut merge_again = false;
        for (term, piece) in pieces {
            let rest = if compare { self.beside(term, piece, &globs) } else { term };
            merge_again |= !matches!(self.term(rest), Term::Piece(_) | Term::Nothing);
            members.push(rest);
        }
        members.extend(globs.into_iter().map(|glob| self.term_id(Term::Glob(glob))));
        if merge_again {
            return self.simplified_union(members);
        }
        members.sort_unstable();
        members.dedup();
        members.retain(|&member| member != TermId::NOTHING);
        match *members {
            [] => TermId::NOTHING,
            [single] => single,
            _ => self.term_id(Term::Union(members.into())),
        }
    }

    /// What must be left of a piece for its union with the globs to stay the same.
    fn beside(&self, term: TermId, piece: &Piece, globs: &[GlobId]) -> TermId {
        let inside_one = |&inner: &GlobId| {
            globs.iter().any(|&glob| relate(self.glob(inner), self.glob(glob)) == Relation::Inside)
        };
        if piece.include.iter().any(inside_one) {
            return TermId::NOTHING;
        }
        let exclude: Vec<GlobId> = piece.exclude.iter().copied().filter(|glob| !inside_one(glob)).collect();
        if exclude.len() == piece.exclude.len() {
            return term;
        }
        self.simplified_piece(piece.include.to_vec(), exclude)
    }

    /// What all of `include` match and none of `exclude`. No member of `include` may cover another.
    pub(super) fn simplified_piece(&self, mut include: Vec<GlobId>, mut exclude: Vec<GlobId>) -> TermId {
        let mut empty = exclude.iter().any(|excluded| include.contains(excluded));
        if empty {
            return TermId::NOTHING;
        }
        exclude.retain(|&excluded| {
            include.iter().all(|&included| match relate(self.glob(included), self.glob(excluded)) {
                Relation::Disjoint => false,
                Relation::Inside => {
                    empty = true;
                    false
                }
                Relation::Contains | Relation::Unclear => true,
            })
        });
        if empty {
            return TermId::NOTHING;
        }
        let mut exclude = self.without_covered(exclude);
        include.sort_unstable();
        exclude.sort_unstable();
        match (&*include, &*exclude) {
            ([], []) => TermId::EVERYTHING,
            ([glob], []) => self.term_id(Term::Glob(*glob)),
            _ => self.term_id(Term::Piece(Piece { include: include.into(), exclude: exclude.into() })),
        }
    }

    /// The globs without repetitions and without those that another was shown to cover.
    fn without_covered(&self, mut globs: Vec<GlobId>) -> Vec<GlobId> {
        globs.sort_unstable();
        globs.dedup();
        if globs.len() < 2 {
            return globs;
        }
        let (mut plain, mut wild): (Vec<_>, Vec<_>) = globs
            .into_iter()
            .map(|id| (self.glob(id), id))
            .partition(|(glob, _)| glob.is_literal() || glob.is_prefix());
        plain.sort_unstable_by_key(|&(glob, _)| (&*glob.text, glob.is_literal()));
        let mut prefixes: Vec<&Glob> = Vec::new();
        plain.retain(|&(glob, _)| {
            if prefixes.last().is_some_and(|last| glob.text.starts_with(&*last.text)) {
                return false;
            }
            prefixes.extend(glob.is_prefix().then_some(glob));
            true
        });
        wild.retain(|(glob, _)| {
            let after = prefixes.partition_point(|prefix| *prefix.text <= *glob.fixed_prefix());
            after == 0 || !glob.fixed_prefix().starts_with(&*prefixes[after - 1].text)
        });
        if wild.len() * (wild.len() + plain.len()) <= MAX_COMPARISONS {
            wild.sort_unstable();
            let mut kept: Vec<(&Glob, GlobId)> = Vec::new();
            for (index, &(glob, id)) in wild.iter().enumerate() {
                let inside = |&&(other, _): &&(&Glob, GlobId)| relate(glob, other) == Relation::Inside;
                if kept.iter().find(inside).is_none() && !wild[index + 1..].iter().any(|other| inside(&other))
                {
                    kept.push((glob, id));
                }
            }
            plain
                .retain(|&(glob, _)| !kept.iter().any(|&(other, _)| relate(glob, other) == Relation::Inside));
            wild = kept;
        }
        plain.into_iter().chain(wild).map(|(_, id)| id).collect()
    }
}
