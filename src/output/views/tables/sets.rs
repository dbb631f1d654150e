//! Sets of actions, of resources and of owners.

use std::sync::Arc;

use rayon::prelude::*;

use super::numbering::Numbering;
use crate::answers::Engine;
use crate::catalog::{AccessLevel, Catalog};
use crate::output::factored::{ActionSets, Actions, NO_RESOURCE, OwnerSets, ResourceSets};
use crate::output::{OptionWords, TableError, Words};
use crate::region::action_set::ActionSetId;
use crate::region::owner::{Owner, OwnerId};
use crate::region::resource::{ResourceSetId, ResourceText};

/// Patterns of actions, and the sets that are made of them.
pub(super) struct ActionNumbers {
    numbering: Numbering,
    /// For each set the numbers of its patterns.
    sets: Vec<Vec<u32>>,
    patterns: Patterns,
}

/// Every pattern, in the order of their texts.
struct Patterns {
    texts: Vec<Arc<str>>,
    /// The number of `*`.
    all: u32,
    /// The services by name.
    services: Vec<ServicePattern>,
    /// The pattern of each action.
    actions: Vec<u32>,
    /// The service of each action.
    service_of: Vec<u32>,
}

struct ServicePattern {
    name: Arc<str>,
    pattern: u32,
    members: Vec<usize>,
}

impl ActionNumbers {
    pub(super) fn new(engine: &Engine, ids: &[ActionSetId]) -> Self {
        let patterns = Patterns::new(engine);
        let contents: Vec<Vec<u32>> = ids.par_iter().map(|&id| patterns.of(engine, id)).collect();
        let indices: Vec<usize> = ids.iter().map(|id| id.index()).collect();
        let (numbering, sets) = Numbering::new(&indices, contents);
        Self { numbering, sets, patterns }
    }

    /// The number of a set, and whether any known action is in it.
    pub(super) fn get(&self, id: ActionSetId) -> Option<u32> {
        let number = self.numbering.get(id.index());
        self.sets.get(number as usize).is_some_and(|set| !set.is_empty()).then_some(number)
    }

    pub(super) fn sets(&self) -> ActionSets {
        let rows = self.sets.iter().map(Vec::len).sum();
        let (mut sets, mut patterns) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for (number, members) in self.sets.iter().enumerate() {
            sets.extend(std::iter::repeat_n(number as u32, members.len()));
            patterns.extend_from_slice(members);
        }
        ActionSets { action_set: sets, pattern: Words::of(patterns, self.patterns.texts.clone()) }
    }

    /// Each action under its name, its service and `*`.
    pub(super) fn table(&self, engine: &Engine) -> Actions {
        let patterns = &self.patterns;
        let universe = &engine.facts().compiler.universe;
        let mut rows: Vec<(u32, u32, u32, Option<u32>)> = Vec::with_capacity(3 * patterns.actions.len());
        let catalog = Catalog::embedded();
        const LEVELS: [AccessLevel; 5] = [
            AccessLevel::List,
            AccessLevel::PermissionsManagement,
            AccessLevel::Read,
            AccessLevel::Tagging,
            AccessLevel::Write,
        ];
        for (number, service) in patterns.services.iter().enumerate() {
            for &member in &service.members {
                let level = universe.catalog_action(member).and_then(|id| catalog.action(id));
                let level = level.and_then(|action| LEVELS.iter().position(|level| *level == action.level));
                let own = patterns.actions.get(member).copied().unwrap_or_default();
                for pattern in [own, service.pattern, patterns.all] {
                    rows.push((pattern, own, number as u32, level.map(|level| level as u32)));
                }
            }
        }
        rows.par_sort_unstable();
        let services = patterns.services.iter().map(|service| service.name.clone()).collect();
        let levels = LEVELS.map(|level| level.as_str().replace(' ', "-").into()).to_vec();
        Actions {
            pattern: Words::of(rows.iter().map(|row| row.0).collect(), patterns.texts.clone()),
            action: Words::of(rows.iter().map(|row| row.1).collect(), patterns.texts.clone()),
            service: Words::of(rows.iter().map(|row| row.2).collect(), services),
            level: OptionWords::of(rows.iter().map(|row| row.3).collect(), levels),
        }
    }
}

impl Patterns {
    fn new(engine: &Engine) -> Self {
        let universe = &engine.facts().compiler.universe;
        let mut services: Vec<(String, Vec<usize>)> = Vec::new();
        let mut place = rustc_hash::FxHashMap::default();
        let names: Vec<String> = (0..universe.len()).map(|action| universe.name(action)).collect();
        for (action, name) in names.iter().enumerate() {
            let service = name.split(':').next().unwrap_or_default();
            let at = *place.entry(service.to_owned()).or_insert_with(|| {
                services.push((service.to_owned(), Vec::new()));
                services.len() - 1
            });
            if let Some((_, members)) = services.get_mut(at) {
                members.push(action);
            }
        }
        // Texts in order: all, the services, the actions.
        enum Of {
            All,
            Service(usize),
            Action(usize),
        }
        let mut texts: Vec<(Arc<str>, Of)> = vec![("*".into(), Of::All)];
        texts.extend(
            services.iter().enumerate().map(|(at, (name, _))| (format!("{name}:*").into(), Of::Service(at))),
        );
        texts.extend(names.into_iter().enumerate().map(|(at, name)| (name.into(), Of::Action(at))));
        texts.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut patterns = Self {
            texts: Vec::with_capacity(texts.len()),
            all: 0,
            services: services
                .into_iter()
                .map(|(name, members)| ServicePattern { name: name.into(), pattern: 0, members })
                .collect(),
            actions: vec![0; universe.len()],
            service_of: vec![0; universe.len()],
        };
        for (number, (text, of)) in texts.into_iter().enumerate() {
            let number = number as u32;
            match of {
                Of::All => patterns.all = number,
                Of::Service(at) => {
                    if let Some(service) = patterns.services.get_mut(at) {
                        service.pattern = number;
                    }
                }
                Of::Action(at) => {
                    if let Some(action) = patterns.actions.get_mut(at) {
                        *action = number;
                    }
                }
            }
            patterns.texts.push(text);
        }
        patterns.services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for (number, service) in patterns.services.iter().enumerate() {
            for &member in &service.members {
                patterns.service_of.get_mut(member).into_iter().for_each(|of| *of = number as u32);
            }
        }
        patterns
    }

    /// The patterns of a set, which do not overlap.
    fn of(&self, engine: &Engine, set: ActionSetId) -> Vec<u32> {
        let sets = &engine.facts().arena().actions;
        let count = sets.count(set);
        if count == sets.universe() {
            return vec![self.all];
        }
        let mut patterns = Vec::new();
        if count <= sets.universe() / 2 {
            let mut inside = vec![0_u32; self.services.len()];
            self.each_service(sets.members(set), |service, _| {
                inside.get_mut(service).into_iter().for_each(|count| *count += 1);
            });
            let whole = |service: usize| {
                let members = self.services.get(service).map_or(0, |service| service.members.len());
                inside.get(service).is_some_and(|&count| count as usize == members)
            };
            self.each_service(sets.members(set), |service, action| match whole(service) {
                true => patterns.extend(self.services.get(service).map(|service| service.pattern)),
                false => patterns.extend(self.actions.get(action)),
            });
        } else {
            // Most are inside: look at those that are not.
            let mut partial = vec![false; self.services.len()];
            self.each_service(sets.members(sets.complement(set)), |service, _| {
                partial.get_mut(service).into_iter().for_each(|partial| *partial = true);
            });
            for (service, partial) in self.services.iter().zip(partial) {
                match partial {
                    false => patterns.push(service.pattern),
                    true => {
                        let inside = service.members.iter().filter(|&&member| sets.contains(set, member));
                        patterns.extend(inside.filter_map(|&member| self.actions.get(member)));
                    }
                }
            }
        }
        patterns.sort_unstable();
        patterns.dedup();
        patterns
    }

    fn each_service(&self, members: impl Iterator<Item = usize>, mut with: impl FnMut(usize, usize)) {
        for member in members {
            if let Some(&service) = self.service_of.get(member) {
                with(service as usize, member);
            }
        }
    }
}

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
