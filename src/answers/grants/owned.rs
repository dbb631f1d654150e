//! Resources whose ARNs name no account and whose owner is known all the same.

use std::collections::BTreeMap;

use super::ResourceSide;
use crate::catalog::arn::ArnParts;
use crate::estate::AccountId;
use crate::region::arena::Arena;
use crate::region::interner::Memo;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets, ResourceText, Starts};

/// More exceptions than this are not said of resources whose owners are known.
const MOST_EXCLUDED: usize = 32;

/// What each account alone owns.
pub(super) struct Owned {
    by_account: Vec<(AccountId, ResourceSetId)>,
    /// The positions in `by_account`.
    near: Starts<usize>,
    of_owner: Memo<(ResourceSetId, OwnerId), ResourceSetId>,
}

impl ResourceSide {
    /// Resources without those that are known to belong to others. All of them if the exceptions would be many.
    pub fn of_owner(&self, arena: &Arena, resources: ResourceSetId, owner: OwnerId) -> ResourceSetId {
        let sets = &arena.resources;
        let owned = self.owned.get_or_init(|| Owned::new(self, sets));
        owned.of_owner.get_or((resources, owner), || {
            let near = owned.near.near(sets, resources);
            let near = near.into_iter().filter_map(|at| owned.by_account.get(at));
            let others = near.filter(|(account, _)| !arena.owners.contains(owner, Some(account.number())));
            let left = others.fold(resources, |left, (_, set)| sets.difference(left, *set));
            if left == resources {
                return left;
            }
            let excluded =
                |text: ResourceText| text.pieces.iter().map(|piece| piece.exclude.len()).sum::<usize>();
            match sets.is_empty(left) {
                Ok(true) => ResourceSets::EMPTY,
                _ if sets.as_patterns(left).is_ok_and(|text| excluded(text) > MOST_EXCLUDED) => resources,
                _ => left,
            }
        })
    }
}

impl Owned {
    fn new(side: &ResourceSide, sets: &ResourceSets) -> Self {
        let mut by_account: BTreeMap<AccountId, Vec<ResourceSetId>> = BTreeMap::new();
        for resource in &side.resources {
            let Some(account) = resource.account else { continue };
            if ArnParts::split(&resource.arn).is_some_and(|parts| parts.account.is_empty()) {
                let governed = resource.governed.iter().map(|governed| governed.resources);
                by_account.entry(account).or_default().extend(governed);
            }
        }
        let by_account: Vec<(AccountId, ResourceSetId)> =
            by_account.into_iter().map(|(account, parts)| (account, sets.union_all(&parts))).collect();
        let near = Starts::new(sets, by_account.iter().enumerate().map(|(at, (_, set))| (*set, at)));
        // An object may belong to another account than its bucket.
        let alone = by_account.iter().enumerate().map(|(at, (account, set))| {
            let others = near.near(sets, *set).into_iter().filter(|other| *other != at);
            let others = others.filter_map(|other| by_account.get(other));
            (*account, others.fold(*set, |set, (_, other)| sets.difference(set, *other)))
        });
        Self { by_account: alone.collect(), near, of_owner: Memo::new() }
    }
}
