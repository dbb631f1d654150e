//! What one question about all principals and resources came to, kept for further ones.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::answers::{Access, Context};
use crate::datalog::text::Value;
use crate::facts::PrincipalId;
use crate::rules::decision::Decision;

/// An action, and a condition key that the request holds, with its value, or lacks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Topic {
    pub action: Arc<str>,
    pub key: Option<(Arc<str>, Option<Arc<str>>)>,
}

impl Topic {
    pub(super) fn new(action: &str, key: Option<(&str, Option<&str>)>) -> Self {
        Self { action: action.into(), key: key.map(|(key, value)| (key.into(), value.map(Into::into))) }
    }

    pub(super) fn context(&self) -> Context {
        let mut context = Context::new();
        self.key.iter().for_each(|(key, value)| match value {
            Some(value) => context.add(key, value),
            None => context.absent(key),
        });
        context
    }
}

/// Who may do something to what.
pub(super) struct Reached {
    pub arns: Arc<[Arc<str>]>,
    pub cells: Vec<Cell>,
    /// For each principal its cells.
    of: FxHashMap<PrincipalId, Vec<u32>>,
}

/// Principals and resources with one answer.
pub(super) struct Cell {
    pub principals: Arc<[PrincipalId]>,
    pub resources: Arc<[u32]>,
    pub decision: Decision,
    pub condition: Value,
}

impl Reached {
    pub(super) fn new(access: &Access) -> Self {
        let conditions = &access.engine.facts().arena().conditions;
        let mut of: FxHashMap<PrincipalId, Vec<u32>> = FxHashMap::default();
        let mut texts = FxHashMap::default();
        let mut cells = Vec::with_capacity(access.cells.len());
        for (number, cell) in (0..).zip(&access.cells) {
            cell.principals.iter().for_each(|id| of.entry(*id).or_default().push(number));
            let condition = texts
                .entry(cell.condition)
                .or_insert_with(|| Value::Text(conditions.text(cell.condition).into()));
            let (principals, resources) = (cell.principals.clone(), cell.resources.clone());
            cells.push(Cell { principals, resources, decision: cell.decision, condition: condition.clone() });
        }
        Self { arns: access.resources.clone(), cells, of }
    }

    /// The cells of a principal.
    pub(super) fn cells_of(&self, id: PrincipalId) -> impl Iterator<Item = &Cell> {
        let of = self.of.get(&id).map(Vec::as_slice).unwrap_or_default();
        of.iter().filter_map(|&number| self.cells.get(number as usize))
    }

    /// The resources of a cell.
    pub(super) fn resources<'s>(&'s self, cell: &'s Cell) -> impl Iterator<Item = Value> + 's {
        cell.resources.iter().filter_map(|&place| Some(Value::Text(self.arns.get(place as usize)?.clone())))
    }
}

/// Sets of resources by name. A name follows from the members alone.
#[derive(Default)]
pub(super) struct Sets {
    by_name: FxHashMap<Arc<str>, Members>,
    /// Names that are known already, by where the lists are in memory, which are kept here.
    known: FxHashMap<(usize, usize), Arc<str>>,
}

struct Members {
    arns: Arc<[Arc<str>]>,
    places: Arc<[u32]>,
}

impl Sets {
    /// The name of a set.
    pub(super) fn name(&mut self, arns: &Arc<[Arc<str>]>, places: &Arc<[u32]>) -> Arc<str> {
        let key = (arns.as_ptr().addr(), places.as_ptr().addr());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut hasher = blake3::Hasher::new();
        let mut members: Vec<&str> =
            places.iter().filter_map(|&place| arns.get(place as usize)).map(|arn| &**arn).collect();
        members.sort_unstable();
        for arn in members {
            hasher.update(arn.as_bytes());
            hasher.update(b"\n");
        }
        let hex = hasher.finalize().to_hex();
        let name: Arc<str> = format!("set-{}", hex.get(..24).unwrap_or_default()).into();
        let (arns, places) = (arns.clone(), places.clone());
        self.by_name.entry(name.clone()).or_insert(Members { arns, places });
        self.known.insert(key, name.clone());
        name
    }

    /// The members of a set; none: nothing named it.
    pub(super) fn members(&self, name: &str) -> Option<impl Iterator<Item = &Arc<str>>> {
        let Members { arns, places } = self.by_name.get(name)?;
        Some(places.iter().filter_map(|&place| arns.get(place as usize)))
    }
}
