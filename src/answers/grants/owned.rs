//! Resources whose ARNs name no account and whose owner is known all the same.

use std::collections::BTreeMap;

use super::ResourceSide;
use crate::catalog::arn::ArnParts;
use crate::estate::AccountId;
use crate::region::arena::Arena;
use crate::region::interner::Memo;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets, ResourceText};

/// More exceptions than this are not said of resources whose owners are known.
const MOST_EXCLUDED: usize = 32;

/// What each account alone owns.
pub(super) struct Owned {
    by_account: Vec<(AccountId, ResourceSetId)>,
    /// How the ARNs in a set start, with its position in `by_account`; sorted.
    starts: Vec<(Box<str>, usize)>,
    of_owner: Memo<(ResourceSetId, OwnerId), ResourceSetId>,
}

impl ResourceSide {
    /// Resources without those that are known to belong to others. All of them if the exceptions would be many.
    pub fn of_owner(&self, arena: &Arena, resources: ResourceSetId, owner: OwnerId) -> ResourceSetId {
        let sets = &arena.resources;
        let owned = self.owned.get_or_init(|| Owned::new(self, sets));
        owned.of_owner.get_or((resources, owner), || {
            let Some(starts) = sets.starts(resources) else { return resources };
            let near = owned.near(&starts).into_iter().filter_map(|at| owned.by_account.get(at));
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
        let mut starts: Vec<(Box<str>, usize)> = Vec::new();
        for (at, (_, set)) in by_account.iter().enumerate() {
            let known = sets.starts(*set).unwrap_or_else(|| vec![""]);
            starts.extend(known.into_iter().map(|start| (start.into(), at)));
        }
        starts.sort_unstable();
        let mut owned = Self { by_account, starts, of_owner: Memo::new() };
        // An object may belong to another account than its bucket.
        let alone = owned.by_account.iter().enumerate().map(|(at, (account, set))| {
            let near = owned.near(&sets.starts(*set).unwrap_or_else(|| vec![""]));
            let others = near.into_iter().filter(|other| *other != at);
            let others = others.filter_map(|other| owned.by_account.get(other));
            (*account, others.fold(*set, |set, (_, other)| sets.difference(set, *other)))
        });
        owned.by_account = alone.collect();
        owned
    }

    /// The sets that may hold an ARN which starts in one of these ways, by position.
    fn near(&self, starts: &[&str]) -> Vec<usize> {
        let mut near = Vec::new();
        for &start in starts {
            let from = |text: &str| self.starts.partition_point(|(known, _)| **known < *text);
            let longer = self.starts[from(start)..].iter().take_while(|(known, _)| known.starts_with(start));
            near.extend(longer.map(|(_, at)| *at));
            for shorter in (0..start.len()).filter_map(|length| start.get(..length)) {
                let same = self.starts[from(shorter)..].iter().take_while(|(known, _)| **known == *shorter);
                near.extend(same.map(|(_, at)| *at));
            }
        }
        near.sort_unstable();
        near.dedup();
        near
    }
}
