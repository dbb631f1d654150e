//! A resource with wildcards -> the parts of it on which every policy speaks alike.

use rustc_hash::FxHashSet;

use super::can::QuestionError;
use super::engine::Engine;
use crate::facts::{AskedAction, Target, types};
use crate::region::resource::{LimitExceeded, Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::side::{Bound, Side};

/// At most so many parts of one resource are told apart for one caller.
pub const MAX_PARTS: usize = 512;

/// A part of what was asked about: the resources, and one of them.
#[derive(Clone, Debug)]
pub struct Part {
    /// The resources.
    pub resources: ResourceSetId,
    /// One of them, which stands for all.
    pub example: String,
}

impl Engine {
    /// The ARNs that an action can act on; everything if the catalog does not know it (S-RES-12).
    fn arns_of(&self, action: &AskedAction) -> ResourceSetId {
        let Some(id) = action.catalog else { return ResourceSets::ARNS };
        types::arns_of(&self.facts.arena().resources, id)
    }

    /// The resources of an action that a text means: an ARN, a pattern, or parts as answers name them, such as
    /// `arn:aws:s3:::b/* except arn:aws:s3:::b/private/*`.
    ///
    /// # Errors
    /// The text is none of these.
    pub(super) fn resources_named(
        &self,
        action: &AskedAction,
        text: &str,
    ) -> Result<ResourceSetId, QuestionError> {
        let sets = &self.facts.arena().resources;
        let malformed = || QuestionError::MalformedResource(text.to_owned());
        let pattern = |text: &str| sets.pattern(&pieces(text), Padding::PadAlways).map_err(|_| malformed());
        let mut named = Vec::new();
        for piece in text.split("; ") {
            let (include, exclude) = piece.split_once(" except ").unwrap_or((piece, ""));
            let include: Result<Vec<_>, _> = include.split(" and ").map(pattern).collect();
            let exclude: Result<Vec<_>, _> =
                exclude.split(", ").filter(|text| !text.is_empty()).map(pattern).collect();
            let whole = include?.into_iter().reduce(|all, set| sets.meet(all, set));
            let exclude = sets.union_all(&exclude?);
            named.extend(whole.map(|whole| sets.difference(whole, exclude)));
        }
        let named = sets.meet(sets.union_all(&named), self.arns_of(action));
        // Names of parts are read as they are written; any other text that looks like one could mean something else.
        let is_parts = text.contains(" except ") || text.contains("; ") || text.contains(" and ");
        match is_parts && self.resource_text(named) != text {
            true => Err(QuestionError::UnreadableParts(text.to_owned())),
            false => Ok(named),
        }
    }

    /// The parts of some resources that different resource policies govern: one for each resource of the estate that they
    /// reach, and the rest.
    ///
    /// # Errors
    /// The text is no pattern, no ARN of the action matches it, or telling the parts apart outgrows a limit.
    pub(super) fn governed_parts(
        &self,
        action: &AskedAction,
        pattern: &str,
    ) -> Result<Vec<Part>, QuestionError> {
        let sets = &self.facts.arena().resources;
        let asked = self.resources_named(action, pattern)?;
        let too_many = |limit: LimitExceeded| QuestionError::TooManyParts(limit.to_string());
        let mut rest = asked;
        let mut parts = Vec::new();
        for arn in self.facts.estate.resources.keys() {
            let below = [format!("{arn}/*"), format!("{arn}:*")];
            let below =
                below.iter().filter_map(|text| sets.pattern(&[Piece::Text(text)], Padding::Never).ok());
            let governed: Vec<ResourceSetId> = std::iter::once(sets.arn(arn)).chain(below).collect();
            let part = sets.meet(asked, sets.union_all(&governed));
            if let Some(example) = sets.witness(part).map_err(too_many)? {
                parts.push(Part { resources: part, example });
                rest = sets.difference(rest, part);
            }
        }
        if let Some(example) = sets.witness(rest).map_err(too_many)? {
            parts.push(Part { resources: rest, example });
        }
        match parts.is_empty() {
            true => Err(QuestionError::NoSuchResource {
                action: action.name.to_string(),
                pattern: pattern.to_owned(),
            }),
            false => Ok(parts),
        }
    }

    /// Splits a part so that each statement of the caller's side and of the resource side holds all of a piece or nothing
    /// of it.
    ///
    /// # Errors
    /// A limit.
    pub(super) fn split_for(
        &self,
        part: &Part,
        target: &Target,
        side: &Side,
        resource_side: &[ResourceSetId],
    ) -> Result<Vec<Part>, LimitExceeded> {
        let arena = self.facts.arena();
        let acts = |actions| match target.action.index {
            Some(index) => arena.actions.contains(actions, index),
            None => arena.actions.contains_foreign(actions, &target.action.name),
        };
        let mut boundaries: FxHashSet<ResourceSetId> = resource_side.iter().copied().collect();
        let mut add = |bound: &Bound| {
            for region in self.sides.regions(bound.1) {
                let region = arena.get(region.region);
                if acts(region.actions) {
                    boundaries.insert(region.resources);
                }
            }
        };
        side.identity.iter().chain(&*side.boundary).for_each(&mut add);
        side.scps.iter().flat_map(|level| level.policies.iter()).for_each(&mut add);
        told_apart(&arena.resources, part.resources, boundaries)
    }

    /// A set of resources as people read it.
    pub(super) fn resource_text(&self, set: ResourceSetId) -> String {
        match self.facts.arena().resources.as_patterns(set) {
            Ok(text) => text.to_string(),
            Err(limit) => limit.to_string(),
        }
    }
}

/// The parts of some resources that some sets tell apart: of each part a set holds all or nothing.
///
/// # Errors
/// A limit.
pub(super) fn told_apart(
    sets: &ResourceSets,
    whole: ResourceSetId,
    by: impl IntoIterator<Item = ResourceSetId>,
) -> Result<Vec<Part>, LimitExceeded> {
    let mut pieces = vec![whole];
    for set in by {
        let mut next = Vec::with_capacity(pieces.len());
        for piece in pieces {
            if !sets.overlaps(piece, set)? || sets.includes(set, piece)? {
                next.push(piece);
            } else {
                next.extend([sets.meet(piece, set), sets.difference(piece, set)]);
            }
        }
        pieces = next;
        if pieces.len() > MAX_PARTS {
            return Err(LimitExceeded::Pieces);
        }
    }
    let mut parts = Vec::with_capacity(pieces.len());
    for resources in pieces {
        if let Some(example) = sets.witness(resources)? {
            parts.push(Part { resources, example });
        }
    }
    Ok(parts)
}

/// The pieces of a pattern as answers write it: `${*}`, `${?}` and `${$}` are literal, `${part}` and `${name}` variables of an
/// ARN format, which the formats of the action bound.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    const ESCAPES: [(&str, Piece); 5] = [
        ("${*}", Piece::Literal("*")),
        ("${?}", Piece::Literal("?")),
        ("${$}", Piece::Literal("$")),
        ("${part}", Piece::Text("*")),
        ("${name}", Piece::Text("*")),
    ];
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("${")) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        match ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape)) {
            Some((escape, piece)) => {
                pieces.extend(text.get(from..at).map(Piece::Text));
                pieces.push(*piece);
                at += escape.len();
                from = at;
            }
            None => at += 2,
        }
    }
    pieces.extend(text.get(from..).map(Piece::Text));
    pieces
}
