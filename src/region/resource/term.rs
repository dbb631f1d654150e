//! Hash-consed boolean terms over globs. They speak of ARNs only; NONE is a bit of [`super::ResourceSetId`].

/// An interned glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GlobId(pub u32);

/// An interned term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TermId(pub u32);

impl TermId {
    /// No ARN.
    pub(super) const NOTHING: Self = Self(0);
    /// Every ARN.
    pub(super) const EVERYTHING: Self = Self(1);
}

/// A set of ARNs. Lists are sorted by id and free of repetitions; the simplifier makes them so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Nothing,
    Everything,
    Glob(GlobId),
    Piece(Piece),
    /// What any member holds; at least two. No member is `Nothing`, `Everything` or a union.
    Union(Box<[TermId]>),
    /// What all members hold; at least two. Used where multiplying out would take too many pieces.
    Both(Box<[TermId]>),
}

/// What all of `include` match and none of `exclude`. At least one exclusion, or two inclusions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Piece {
    pub include: Box<[GlobId]>,
    pub exclude: Box<[GlobId]>,
}
