//! The one shared arena of region parts, and regions made of them.

use std::cell::RefCell;
use std::sync::Arc;

use super::action_set::{ActionSetId, ActionSets};
use super::condition::{ConditionId, Conditions};
use super::interner::{Interner, Memo};
use super::owner::{OwnerId, Owners};
use super::resource::{ResourceSetId, ResourceSets};
use super::strings::Strings;

/// A symbolic set of requests: these actions, on these resources, of these owners, in these contexts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Region {
    /// The actions.
    pub actions: ActionSetId,
    /// The resources. Only those of a type that an action takes belong to the region (S-RES-12).
    pub resources: ResourceSetId,
    /// The accounts that may own the resource.
    pub owner: OwnerId,
    /// The contexts.
    pub condition: ConditionId,
}

impl Region {
    /// Every request.
    pub const ALL: Region = Region {
        actions: ActionSetId::ALL,
        resources: ResourceSets::ALL,
        owner: OwnerId::ANY,
        condition: ConditionId::ALWAYS,
    };

    fn is_plainly_empty(&self) -> bool {
        self.actions == ActionSetId::EMPTY
            || self.resources == ResourceSets::EMPTY
            || self.owner == OwnerId::NOBODY
            || self.condition == ConditionId::NEVER
    }
}

/// An interned [`Region`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RegionId(u32);

impl RegionId {
    /// The id as an index, dense from zero.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The shared, append-only home of every part: ids compare across accounts and threads, and mean nothing elsewhere.
pub struct Arena {
    /// Action sets over the universe of this arena.
    pub actions: ActionSets,
    /// Resource sets.
    pub resources: Arc<ResourceSets>,
    /// Owner sets.
    pub owners: Owners,
    /// Conditions and their solver.
    pub conditions: Conditions,
    regions: Interner<Region>,
    meets: Memo<(RegionId, RegionId), Option<RegionId>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Arena>>> = const { RefCell::new(None) };
}

impl Arena {
    /// An arena over `universe` actions.
    pub fn new(universe: usize) -> Self {
        let resources = Arc::new(ResourceSets::new());
        Self {
            actions: ActionSets::new(universe),
            owners: Owners::new(),
            conditions: Conditions::asking(Strings::new(resources.clone())),
            resources,
            regions: Interner::new(),
            meets: Memo::new(),
        }
    }

    /// Runs `program` with this arena installed for the thread, so that rules, which take no context, can reach it.
    pub fn enter<R>(self: &Arc<Self>, program: impl FnOnce() -> R) -> R {
        let before = CURRENT.with(|current| current.replace(Some(Arc::clone(self))));
        let result = program();
        CURRENT.with(|current| current.replace(before));
        result
    }

    /// The id of a region.
    pub fn region(&self, region: Region) -> RegionId {
        RegionId(self.regions.intern(region))
    }

    /// The parts of a region.
    pub fn get(&self, id: RegionId) -> Region {
        *self.regions.get(id.0)
    }

    /// The requests in both regions, `None` if one part is plainly empty.
    ///
    /// Two patterns that overlap nowhere may survive as a term; [`ResourceSets::is_empty`] decides those.
    pub fn meet(&self, a: RegionId, b: RegionId) -> Option<RegionId> {
        if a == b {
            return Some(a);
        }
        self.meets.get_or((a.min(b), a.max(b)), || {
            let met = self.meet_regions(self.get(a), self.get(b))?;
            Some(self.region(met))
        })
    }

    /// [`Arena::meet`] on parts.
    pub fn meet_regions(&self, a: Region, b: Region) -> Option<Region> {
        let actions = self.actions.meet(a.actions, b.actions);
        if actions == ActionSetId::EMPTY {
            return None;
        }
        let resources = self.resources.meet(a.resources, b.resources);
        if resources == ResourceSets::EMPTY {
            return None;
        }
        let met = Region {
            actions,
            resources,
            owner: self.owners.meet(a.owner, b.owner),
            condition: self.conditions.and(a.condition, b.condition),
        };
        (!met.is_plainly_empty()).then_some(met)
    }

    /// The requests in `a` and not in `b`: at most one piece per part, disjoint, none plainly empty.
    pub fn difference(&self, a: Region, b: Region) -> Vec<Region> {
        let Some(both) = self.meet_regions(a, b) else {
            return vec![a];
        };
        let pieces = [
            Region { actions: self.actions.difference(a.actions, b.actions), ..a },
            Region {
                actions: both.actions,
                resources: self.resources.difference(a.resources, b.resources),
                ..a
            },
            Region {
                actions: both.actions,
                resources: both.resources,
                owner: self.owners.difference(a.owner, b.owner),
                ..a
            },
            Region { condition: self.conditions.and(a.condition, self.conditions.not(b.condition)), ..both },
        ];
        pieces.into_iter().filter(|piece| !piece.is_plainly_empty()).collect()
    }

    /// The requests in any of `from` and in none of `all`, pieces that agree in all parts but the actions merged.
    pub fn difference_all(&self, from: impl IntoIterator<Item = Region>, all: &[Region]) -> Vec<Region> {
        let mut left: Vec<Region> = from.into_iter().collect();
        for &denied in all {
            left = left.into_iter().flat_map(|region| self.difference(region, denied)).collect();
            self.merge(&mut left);
        }
        left
    }

    /// Unites regions that agree in all parts but the actions.
    pub fn merge(&self, regions: &mut Vec<Region>) {
        if regions.len() < 2 {
            return;
        }
        regions.sort_unstable_by_key(|r| (r.resources, r.owner, r.condition, r.actions));
        regions.dedup_by(|next, kept| {
            let same =
                (next.resources, next.owner, next.condition) == (kept.resources, kept.owner, kept.condition);
            if same {
                kept.actions = self.actions.union(kept.actions, next.actions);
            }
            same
        });
    }
}

/// [`Arena::meet`] in the arena that is installed for this thread; for use in rules.
///
/// Without an arena there are no ids to pass, so there is nothing to meet: `None`.
pub fn meet(a: RegionId, b: RegionId) -> Option<RegionId> {
    CURRENT.with(|current| current.borrow().as_ref().and_then(|arena| arena.meet(a, b)))
}
