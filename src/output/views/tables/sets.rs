//! Sets of resources and of owners.

use rayon::prelude::*;

use super::numbering::Numbering;
use crate::answers::Engine;
use crate::output::TableError;
use crate::output::factored::{NO_RESOURCE, OwnerSets, ResourceSets};
use crate::region::owner::{Owner, OwnerId};
use crate::region::resource::{ResourceSetId, ResourceText};

/// Sets of resources as patterns.
pub(super) struct ResourceNumbers {
    numbering: Numbering,
    texts: Vec<ResourceText>,
}

impl ResourceNumbers {
    pub(super) fn new(engine: &Engine, ids: &[ResourceSetId]) -> Result<Self, TableError> {
        let sets = &engine.facts().arena().resources;
        let contents: Vec<ResourceText> = ids
            .par_iter()
            .map(|&id| {
                let limit = |limit| TableError::TooManyPieces { table: ResourceSets::NAME, limit };
                sets.as_patterns(id).map_err(limit)
            })
            .collect::<Result<_, _>>()?;
        let indices: Vec<usize> = ids.iter().map(|id| id.index()).collect();
        let (numbering, texts) = Numbering::new(&indices, contents);
        Ok(Self { numbering, texts })
    }

    /// The number of a set, unless it is empty.
    pub(super) fn get(&self, id: ResourceSetId) -> Option<u32> {
        let number = self.numbering.get(id.index());
        let text = self.texts.get(number as usize)?;
        (text.none || !text.pieces.is_empty()).then_some(number)
    }

    pub(super) fn table(&self) -> ResourceSets {
        let mut table = ResourceSets::default();
        for (number, text) in self.texts.iter().enumerate() {
            let mut add = |piece: usize, include: Option<&str>, exclude: Option<&str>| {
                table.resource_set.push(number as u32);
                table.piece.push(piece as u32);
                table.include.push(include);
                table.exclude.push(exclude);
            };
            for (piece, patterns) in text.pieces.iter().enumerate() {
                patterns.include.iter().for_each(|include| add(piece, Some(include), None));
                patterns.exclude.iter().for_each(|exclude| add(piece, None, Some(exclude)));
            }
            if text.none {
                add(text.pieces.len(), Some(NO_RESOURCE), None);
            }
        }
        table
    }
}

/// Sets of owners.
pub(super) struct OwnerNumbers {
    numbering: Numbering,
    owners: Vec<Owner>,
}

impl OwnerNumbers {
    pub(super) fn new(engine: &Engine, ids: &[OwnerId]) -> Self {
        let contents = ids.iter().map(|&id| engine.facts().arena().owners.get(id).clone()).collect();
        let indices: Vec<usize> = ids.iter().map(|id| id.index()).collect();
        let (numbering, owners) = Numbering::new(&indices, contents);
        Self { numbering, owners }
    }

    pub(super) fn get(&self, id: OwnerId) -> u32 {
        self.numbering.get(id.index())
    }

    pub(super) fn table(&self) -> OwnerSets {
        let mut table = OwnerSets::default();
        for (number, owner) in self.owners.iter().enumerate() {
            let mut add = |include: Option<&str>, exclude: Option<&str>| {
                table.owner_set.push(number as u32);
                table.include.push(include);
                table.exclude.push(exclude);
            };
            match owner {
                Owner::Only(accounts) => {
                    accounts.iter().for_each(|account| add(Some(&format!("{account:012}")), None));
                }
                Owner::AllBut(accounts) => {
                    add(Some("*"), None);
                    accounts.iter().for_each(|account| add(None, Some(&format!("{account:012}"))));
                }
            }
        }
        table
    }
}
