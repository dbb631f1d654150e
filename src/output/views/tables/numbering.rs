//! What rows name, and numbers in the order of content.

use rayon::prelude::*;

use super::Given;
use crate::facts::StatementId;
use crate::region::arena::Region;

/// The number of what has none.
pub(super) const NONE: u32 = u32::MAX;

/// Which ids of the arena occur, each list sorted.
pub(super) struct Marks {
    pub actions: Vec<crate::region::action_set::ActionSetId>,
    pub resources: Vec<crate::region::resource::ResourceSetId>,
    pub owners: Vec<crate::region::owner::OwnerId>,
    pub conditions: Vec<crate::region::condition::ConditionId>,
    pub statements: Vec<(StatementId, crate::facts::Layer)>,
}

/// Ids that occur, found by a flag for each id.
struct Seen<T> {
    flags: Vec<bool>,
    ids: Vec<T>,
}

impl<T: Copy> Seen<T> {
    fn new() -> Self {
        Self { flags: Vec::new(), ids: Vec::new() }
    }

    fn add(&mut self, index: usize, id: T) {
        if index >= self.flags.len() {
            self.flags.resize(index + index / 2 + 64, false);
        }
        if let Some(flag) = self.flags.get_mut(index).filter(|flag| !**flag) {
            *flag = true;
            self.ids.push(id);
        }
    }
}

impl Marks {
    pub(super) fn of(given: &Given) -> Self {
        let side = &given.side;
        let regions = || {
            let own = given.own.rows.iter().map(|row| row.region);
            let ceilings = given
                .ceilings
                .of
                .iter()
                .flat_map(|&(direct, bounded)| [direct, bounded])
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .flat_map(|ceiling| given.ceilings.get(ceiling).iter().copied());
            own.chain(ceilings).chain(side.denies.iter().map(|deny| deny.region))
        };
        let governed = || side.resources.iter().flat_map(|resource| &resource.governed);
        let actions = || {
            let mut seen = Seen::new();
            let all = regions().map(|region: Region| region.actions);
            let all = all.chain(side.grants.iter().map(|grant| grant.actions));
            all.chain(governed().map(|governed| governed.actions)).for_each(|id| seen.add(id.index(), id));
            seen.ids
        };
        let resources = || {
            let mut seen = Seen::new();
            let all = regions().map(|region| region.resources);
            let all = all.chain(side.grants.iter().map(|grant| grant.resources));
            all.chain(governed().map(|governed| governed.resources)).for_each(|id| seen.add(id.index(), id));
            seen.ids
        };
        let owners = || {
            let mut seen = Seen::new();
            regions().for_each(|region| seen.add(region.owner.index(), region.owner));
            seen.ids
        };
        let conditions = || {
            let mut seen = Seen::new();
            let all = given.conditions_of_own();
            let all = all.chain(regions().map(|region| region.condition));
            all.chain(side.grants.iter().map(|grant| grant.condition))
                .for_each(|id| seen.add(id.index(), id));
            seen.ids
        };
        let ((actions, resources), ((owners, conditions), statements)) = rayon::join(
            || rayon::join(actions, resources),
            || rayon::join(|| rayon::join(owners, conditions), || given.statements()),
        );
        Self { actions, resources, owners, conditions, statements }
    }
}

/// Numbers for ids: those of equal content share one.
pub(super) struct Numbering {
    numbers: Vec<u32>,
}

impl Numbering {
    /// Numbers `ids`, whose contents are `contents`, in the order of contents, which are returned sorted and distinct.
    pub(super) fn new<T: Ord + Send + Sync>(ids: &[usize], contents: Vec<T>) -> (Self, Vec<T>) {
        let mut sorted: Vec<(T, usize)> = contents.into_iter().zip(ids.iter().copied()).collect();
        sorted.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut numbers = vec![NONE; ids.iter().max().map_or(0, |max| max + 1)];
        let mut distinct: Vec<T> = Vec::with_capacity(sorted.len());
        for (content, id) in sorted {
            if distinct.last() != Some(&content) {
                distinct.push(content);
            }
            if let Some(number) = numbers.get_mut(id) {
                *number = distinct.len() as u32 - 1;
            }
        }
        (Self { numbers }, distinct)
    }

    /// The number of an id that was numbered.
    pub(super) fn get(&self, id: usize) -> u32 {
        self.numbers.get(id).copied().unwrap_or(NONE)
    }
}
