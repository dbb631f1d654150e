//! Regions -> what is in them, in place of ids. Each distinct part is written out once.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::Hash;

use crate::answers::Engine;
use crate::datalog::text::Value;
use crate::output::views::ActionTree;
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::owner::{Owner, OwnerId};
use crate::region::resource::{LimitExceeded, ResourceSetId, ResourceSets};

/// The parts of some regions, written out.
pub(super) struct Content {
    actions: FxHashMap<ActionSetId, Value>,
    resources: FxHashMap<ResourceSetId, Value>,
    owners: FxHashMap<OwnerId, Value>,
    conditions: FxHashMap<ConditionId, Value>,
}

impl Content {
    /// Writes out the parts of `regions`.
    pub(super) fn new<I: Iterator<Item = Region>>(
        engine: &Engine,
        regions: impl Fn() -> I,
    ) -> Result<Self, LimitExceeded> {
        let arena = engine.facts().arena();
        let resources = |set| resources(&arena.resources, set);
        Ok(Self {
            actions: actions(engine, regions().map(|region| region.actions))?,
            resources: distinct(regions().map(|region| region.resources), resources)?,
            owners: distinct(regions().map(|region| region.owner), |id| Ok(owner(arena.owners.get(id))))?,
            conditions: distinct(regions().map(|region| region.condition), |id| {
                Ok(Value::Text(arena.conditions.text(id).into()))
            })?,
        })
    }

    /// Actions, resources, owner and condition of a region; none if no known action is in it.
    pub(super) fn of(&self, region: &Region) -> Option<[Value; 4]> {
        let actions = self.actions.get(&region.actions)?;
        let none = matches!(actions, Value::List(list) if list.is_empty());
        let resources = self.resources.get(&region.resources)?.clone();
        let owner = self.owners.get(&region.owner)?.clone();
        let condition = self.conditions.get(&region.condition)?.clone();
        (!none).then(|| [actions.clone(), resources, owner, condition])
    }
}

/// Sets of actions, each as a list of patterns.
pub(super) fn actions(
    engine: &Engine,
    sets: impl Iterator<Item = ActionSetId>,
) -> Result<FxHashMap<ActionSetId, Value>, LimitExceeded> {
    let tree = ActionTree::new(engine);
    let names: Vec<Value> = tree.patterns().into_iter().map(Value::Text).collect();
    distinct(sets, |set| {
        let patterns = tree.patterns_of(engine, set);
        Ok(Value::List(patterns.iter().filter_map(|&at| names.get(at as usize).cloned()).collect()))
    })
}

/// The content of each distinct id.
fn distinct<T: Copy + Eq + Hash + Send + Sync>(
    ids: impl Iterator<Item = T>,
    content: impl Fn(T) -> Result<Value, LimitExceeded> + Sync,
) -> Result<FxHashMap<T, Value>, LimitExceeded> {
    let ids: FxHashSet<T> = ids.collect();
    ids.into_par_iter().map(|id| Ok((id, content(id)?))).collect()
}

/// A set of resources as a list of patterns: what matches one of them is in it.
fn resources(sets: &ResourceSets, set: ResourceSetId) -> Result<Value, LimitExceeded> {
    let text = sets.as_patterns(set)?;
    let pieces = text.pieces.iter().map(|piece| match piece.exclude.is_empty() {
        true => piece.include.join(" and "),
        false => format!("{} except {}", piece.include.join(" and "), piece.exclude.join(" or ")),
    });
    let none = text.none.then(|| "none".to_owned());
    Ok(Value::List(pieces.chain(none).map(|text| Value::Text(text.into())).collect()))
}

fn owner(owner: &Owner) -> Value {
    let list = |accounts: &mut dyn Iterator<Item = u64>| -> String {
        accounts.map(|account| format!("{account:012}")).collect::<Vec<_>>().join(" or ")
    };
    Value::Text(match owner {
        Owner::Only(accounts) => list(&mut accounts.iter().copied()).into(),
        Owner::AllBut(accounts) if accounts.is_empty() => "*".into(),
        Owner::AllBut(accounts) => format!("* except {}", list(&mut accounts.iter().copied())).into(),
    })
}
