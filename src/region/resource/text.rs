//! Resource sets as text that a person reads, exact and in a fixed order.

use std::fmt;

use super::LimitExceeded;
use super::glob::{Class, Gap, Glob};
use super::limit::MAX_PIECES;
use super::sets::{ResourceSetId, ResourceSets};
use super::term::{GlobId, Piece, Term, TermId};

/// A resource set written out: the union of its pieces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceText {
    /// Whether NONE is in the set and no piece says so.
    pub none: bool,
    /// Sorted by text. Empty pieces are left out.
    pub pieces: Vec<PieceText>,
}

/// The resources that all of `include` match and none of `exclude`.
///
/// Patterns are written as in a policy, with `${*}` for a literal `*`. Formats of resource types need two wildcards
/// that policies do not have: `${part}` is any text without colons, `${name}` any without colons and slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PieceText {
    /// At least one. `*` alone matches NONE too; `arn:*` matches every ARN.
    pub include: Vec<String>,
    /// Perhaps none.
    pub exclude: Vec<String>,
}

impl ResourceSets {
    /// The set as a union of patterns with exceptions.
    ///
    /// # Errors
    /// [`LimitExceeded::Pieces`] if it falls into too many pieces.
    pub fn as_patterns(&self, set: ResourceSetId) -> Result<ResourceText, LimitExceeded> {
        let mut pieces = Vec::new();
        for piece in self.pieces(set.arns())? {
            let whole = self.simplified_piece(piece.include.to_vec(), piece.exclude.to_vec());
            // A piece that can't be proved empty may stay: the text is exact with it.
            if self.term_is_empty(whole) != Ok(true) {
                pieces.push(self.piece_text(&piece, set.none()));
            }
        }
        pieces.sort_unstable();
        pieces.dedup();
        let said = pieces.iter().any(|piece| piece.include == ["*"]);
        Ok(ResourceText { none: set.none() && !said, pieces })
    }

    /// Sets of which this one is the union, as it is kept: itself, if it is none.
    pub fn members(&self, set: ResourceSetId) -> Vec<ResourceSetId> {
        match self.term(set.arns()) {
            Term::Union(members) => members.iter().map(|&member| ResourceSetId::new(member, false)).collect(),
            _ => vec![set],
        }
    }

    /// Of how many pieces of the set something is excepted; of a set that is not multiplied out, as many as there may be.
    pub fn exceptions(&self, set: ResourceSetId) -> usize {
        let of = |term: TermId| match self.term(term) {
            Term::Piece(piece) => usize::from(!piece.exclude.is_empty()),
            Term::Union(members) | Term::Both(members) => members.len(),
            Term::Nothing | Term::Everything | Term::Glob(_) => 0,
        };
        match self.term(set.arns()) {
            Term::Union(members) => members.iter().map(|&member| of(member)).sum(),
            Term::Both(members) => members.iter().map(|&member| of(member).max(1)).product(),
            _ => of(set.arns()),
        }
    }

    /// The account fields of the ARNs in the set, sorted; none if some pattern leaves the field open.
    ///
    /// Fields are returned as they stand: empty for a bucket, twelve digits only if the pattern says so (S-RES-09).
    /// NONE has no account and is passed over.
    pub fn accounts(&self, set: ResourceSetId) -> Option<Vec<&str>> {
        self.fields(set, Glob::account)
    }

    /// The service fields of the ARNs in the set, sorted; none if some pattern leaves the field open.
    pub fn services(&self, set: ResourceSetId) -> Option<Vec<&str>> {
        self.fields(set, Glob::service)
    }

    fn fields(&self, set: ResourceSetId, of: fn(&Glob) -> Option<&str>) -> Option<Vec<&str>> {
        let mut fields = self.term_fields(set.arns(), of)?;
        fields.sort_unstable();
        fields.dedup();
        Some(fields)
    }

    fn term_fields(&self, term: TermId, of: fn(&Glob) -> Option<&str>) -> Option<Vec<&str>> {
        let field = |&glob: &GlobId| of(self.glob(glob));
        match self.term(term) {
            Term::Nothing => Some(Vec::new()),
            Term::Everything => None,
            Term::Glob(glob) => Some(vec![field(glob)?]),
            Term::Piece(piece) => Some(vec![piece.include.iter().filter_map(field).min()?]),
            Term::Union(members) => {
                let mut all = Vec::new();
                for &member in members {
                    all.extend(self.term_fields(member, of)?);
                }
                Some(all)
            }
            Term::Both(members) => {
                let sides = members.iter().filter_map(|&member| self.term_fields(member, of));
                sides.min_by(|one, other| (one.len(), one).cmp(&(other.len(), other)))
            }
        }
    }

    /// The term multiplied out.
    fn pieces(&self, term: TermId) -> Result<Vec<Piece>, LimitExceeded> {
        Ok(match self.term(term) {
            Term::Nothing => Vec::new(),
            Term::Everything => vec![Piece::default()],
            Term::Glob(glob) => vec![Piece { include: Box::new([*glob]), exclude: Box::default() }],
            Term::Piece(piece) => vec![piece.clone()],
            Term::Union(members) => {
                let mut all = Vec::new();
                for &member in members {
                    all.extend(self.pieces(member)?);
                    within_limit(all.len())?;
                }
                all
            }
            Term::Both(members) => {
                let mut product = vec![Piece::default()];
                for &member in members {
                    product = self.product(&product, &self.pieces(member)?)?;
                }
                product
            }
        })
    }

    fn product(&self, left: &[Piece], right: &[Piece]) -> Result<Vec<Piece>, LimitExceeded> {
        let mut product = Vec::new();
        for one in left {
            for other in right {
                match self.term(self.piece_meet(one, &other.include, &other.exclude)) {
                    Term::Everything => product.push(Piece::default()),
                    Term::Glob(glob) => {
                        product.push(Piece { include: Box::new([*glob]), exclude: Box::default() })
                    }
                    Term::Piece(piece) => product.push(piece.clone()),
                    Term::Nothing | Term::Union(_) | Term::Both(_) => {}
                }
                within_limit(product.len())?;
            }
        }
        Ok(product)
    }

    fn piece_text(&self, piece: &Piece, none: bool) -> PieceText {
        let texts = |globs: &[GlobId]| {
            let mut texts: Vec<String> = globs.iter().map(|&glob| self.glob(glob).to_string()).collect();
            texts.sort_unstable();
            texts
        };
        let mut include = texts(&piece.include);
        if include.is_empty() {
            include.push(if none { "*" } else { "arn:*" }.to_owned());
        }
        PieceText { include, exclude: texts(&piece.exclude) }
    }
}

fn within_limit(pieces: usize) -> Result<(), LimitExceeded> {
    if pieces > MAX_PIECES { Err(LimitExceeded::Pieces) } else { Ok(()) }
}

/// `arn:aws:s3:::b/* except arn:aws:s3:::b/secret/*; no resource`; the empty set is `nothing`.
impl fmt::Display for ResourceText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let none = self.none.then(|| "no resource".to_owned());
        let mut parts = self.pieces.iter().map(PieceText::to_string).chain(none).peekable();
        if parts.peek().is_none() {
            return f.write_str("nothing");
        }
        f.write_str(&parts.collect::<Vec<_>>().join("; "))
    }
}

impl fmt::Display for PieceText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.include.join(" and "))?;
        if !self.exclude.is_empty() {
            write!(f, " except {}", self.exclude.join(", "))?;
        }
        Ok(())
    }
}

/// The pattern as a policy would have it.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut colons = self.fixed_prefix().matches(':').count();
        write_literal(self.fixed_prefix(), f)?;
        for (index, gap) in self.gaps.iter().enumerate() {
            let chunk = self.chunk_after(index);
            let ends_part = colons < 5 && (chunk.is_empty() || chunk.starts_with(':'));
            write_gap(gap, ends_part, colons < 5, f)?;
            write_literal(chunk, f)?;
            colons += chunk.matches(':').count();
        }
        Ok(())
    }
}

/// Writes a gap so that reading it gives it back: a `*` at the end of a part would reach over colons.
fn write_gap(gap: &Gap, ends_part: bool, before_part_six: bool, f: &mut fmt::Formatter) -> fmt::Result {
    let ones = |f: &mut fmt::Formatter| (0..gap.ones).try_for_each(|_| f.write_str("?"));
    match gap.run {
        None => ones(f),
        Some(Class::Part) if before_part_six && !ends_part => {
            f.write_str("*")?;
            ones(f)
        }
        Some(Class::Part) if before_part_six && gap.ones > 0 => {
            f.write_str("*")?;
            ones(f)
        }
        Some(class) => {
            ones(f)?;
            f.write_str(match class {
                Class::Name => "${name}",
                Class::Part => "${part}",
                Class::Any => "*",
            })
        }
    }
}

fn write_literal(text: &str, f: &mut fmt::Formatter) -> fmt::Result {
    for (index, symbol) in text.char_indices() {
        match symbol {
            '*' => f.write_str("${*}")?,
            '?' => f.write_str("${?}")?,
            '$' if text[index + 1..].starts_with('{') => f.write_str("${$}")?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}
