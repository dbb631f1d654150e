//! Access levels by service: what a set of actions on a set of resources amounts to.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::catalog::{AccessLevel, Catalog, ServiceId, TypeId};
use crate::facts::{Facts, types};
use crate::region::action_set::ActionSetId;
use crate::region::interner::{Interner, Memo};
use crate::region::resource::{ResourceSetId, ResourceSets};

/// The levels of each service, a bit for each [`AccessLevel`], by service.
pub type Levels = [(ServiceId, u8)];

/// Reads levels off regions, and remembers them.
pub struct LevelsOf {
    /// Resource types by the service part of their ARNs.
    types: FxHashMap<&'static str, Vec<Arc<Type>>>,
    /// Types whose ARNs name no one service.
    any_service: Vec<Arc<Type>>,
    without_type: ActionSetId,
    touching: Memo<ResourceSetId, ActionSetId>,
    levels: Memo<ActionSetId, u32>,
    lists: Interner<Arc<Levels>>,
}

/// A resource type: its ARNs, one of them, and the actions that take it.
struct Type {
    arns: ResourceSetId,
    example: Option<String>,
    users: ActionSetId,
}

impl LevelsOf {
    /// Prepares the resource types of the catalog.
    pub fn new(facts: &Facts) -> Self {
        let catalog = Catalog::embedded();
        let arena = facts.arena();
        let mut users: FxHashMap<TypeId, Vec<usize>> = FxHashMap::default();
        let mut without_type: Vec<usize> = (catalog.actions().len()..arena.actions.universe()).collect();
        for id in catalog.action_ids() {
            let types = catalog.resource_types_of(id);
            if types.is_empty() {
                without_type.push(id.0 as usize);
            }
            for line in types {
                users.entry(line.id).or_default().push(id.0 as usize);
            }
        }
        let mut by_service: FxHashMap<&'static str, Vec<_>> = FxHashMap::default();
        let mut any_service = Vec::new();
        for (index, kind) in catalog.resource_types().iter().enumerate() {
            let Some(actions) = users.get(&TypeId(index as u32)) else { continue };
            let arns = types::arns(&arena.resources, kind);
            let entry = Arc::new(Type {
                arns,
                example: arena.resources.witness(arns).ok().flatten(),
                users: arena.actions.of_members(actions.iter().copied()),
            });
            let mut services: Vec<_> = kind.globs.iter().filter_map(|glob| glob.split(':').nth(2)).collect();
            services.sort_unstable();
            services.dedup();
            match services.iter().any(|service| service.contains('*')) {
                true => any_service.push(entry),
                false => services
                    .into_iter()
                    .for_each(|service| by_service.entry(service).or_default().push(entry.clone())),
            }
        }
        Self {
            types: by_service,
            any_service,
            without_type: arena.actions.of_members(without_type),
            touching: Memo::new(),
            levels: Memo::new(),
            lists: Interner::new(),
        }
    }

    /// The levels of some actions on some resources. An action counts if one of its resources is among them.
    pub fn of(&self, facts: &Facts, actions: ActionSetId, resources: ResourceSetId) -> &Levels {
        let touched = match resources == ResourceSets::ALL {
            true => actions,
            false => facts.arena().actions.meet(actions, self.touching(facts, resources)),
        };
        let id = self.levels.get_or(touched, || self.lists.intern(Self::list(facts, touched)));
        self.lists.get(id)
    }

    /// The actions that can act on a resource of the set.
    pub(super) fn touching(&self, facts: &Facts, resources: ResourceSetId) -> ActionSetId {
        self.touching.get_or(resources, || {
            let arena = facts.arena();
            let sets = &arena.resources;
            let arns = sets.literals(resources);
            let overlaps = |kind: &Type| match (&arns, &kind.example) {
                (Some(arns), _) => {
                    arns.iter().any(|arn| sets.contains(kind.arns, arn) && sets.contains(resources, arn))
                }
                (None, Some(example)) if sets.contains(resources, example) => true,
                // A question that outgrows a limit counts as touched: the summary names too much, never too little.
                _ => sets.overlaps(kind.arns, resources).unwrap_or(true),
            };
            let mut actions = ActionSetId::EMPTY;
            let mut add = |types: &[Arc<Type>]| {
                for kind in types {
                    if overlaps(kind) {
                        actions = arena.actions.union(actions, kind.users);
                    }
                }
            };
            match sets.services(resources) {
                Some(services) => {
                    for service in services {
                        if let Some(types) = self.types.get(service) {
                            add(types);
                        }
                    }
                }
                None => self.types.values().for_each(|types| add(types)),
            }
            add(&self.any_service);
            if sets.contains_none(resources) {
                actions = arena.actions.union(actions, self.without_type);
            }
            actions
        })
    }

    fn list(facts: &Facts, actions: ActionSetId) -> Arc<Levels> {
        let catalog = Catalog::embedded();
        let mut levels: Vec<(ServiceId, u8)> = Vec::new();
        for member in facts.arena().actions.members(actions) {
            let Some(id) = facts.compiler.universe.catalog_action(member) else { continue };
            let Some(action) = catalog.action(id) else { continue };
            let bit = bit(action.level);
            match levels.last_mut() {
                Some((service, mask)) if *service == action.service => *mask |= bit,
                _ => levels.push((action.service, bit)),
            }
        }
        levels.into()
    }
}

/// The bit of a level in a mask.
pub fn bit(level: AccessLevel) -> u8 {
    1 << level as u8
}
