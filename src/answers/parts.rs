//! A resource with wildcards -> the parts of it on which every policy speaks alike.

use rustc_hash::FxHashSet;

use super::can::QuestionError;
use super::engine::Engine;
use crate::facts::{AskedAction, PrincipalId, Target, types};
use crate::region::resource::{LimitExceeded, Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::side::Bound;

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

    /// The parts of a pattern that different resource policies govern: one for each resource of the estate that it
    /// reaches, and the rest.
    ///
    /// # Errors
    /// The text is no pattern, no ARN of the action matches it, or telling the parts apart outgrows a limit.
    pub(super) fn governed_parts(
        &self,
        action: &AskedAction,
        pattern: &str,
    ) -> Result<Vec<Part>, QuestionError> {
        let sets = &self.facts.arena().resources;
        let malformed = || QuestionError::MalformedResource(pattern.to_owned());
        let asked = sets.pattern(&[Piece::Text(pattern)], Padding::PadAlways).map_err(|_| malformed())?;
        let asked = sets.meet(asked, self.arns_of(action));
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
        caller: PrincipalId,
        resource_side: &[ResourceSetId],
    ) -> Result<Vec<Part>, LimitExceeded> {
        let arena = self.facts.arena();
        let side = self.sides.of(&self.facts, caller);
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
        let mut pieces = vec![part.resources];
        for boundary in boundaries {
            let mut next = Vec::with_capacity(pieces.len());
            for piece in pieces {
                let inside = arena.resources.meet(piece, boundary);
                let outside = arena.resources.difference(piece, boundary);
                match (arena.resources.is_empty(inside)?, arena.resources.is_empty(outside)?) {
                    (true, _) | (_, true) => next.push(piece),
                    (false, false) => next.extend([inside, outside]),
                }
            }
            pieces = next;
            if pieces.len() > MAX_PARTS {
                return Err(LimitExceeded::Pieces);
            }
        }
        let mut parts = Vec::with_capacity(pieces.len());
        for resources in pieces {
            if let Some(example) = arena.resources.witness(resources)? {
                parts.push(Part { resources, example });
            }
        }
        Ok(parts)
    }

    /// A set of resources as people read it.
    pub(super) fn resource_text(&self, set: ResourceSetId) -> String {
        match self.facts.arena().resources.as_patterns(set) {
            Ok(text) => text.to_string(),
            Err(limit) => limit.to_string(),
        }
    }
}
