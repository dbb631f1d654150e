//! Action names and patterns -> actions.

use std::cmp::Ordering;
use std::ops::Range;

use hashbrown::HashTable;

use super::arn::matches_ignoring_case;
use super::names::{compare_ignoring_case, hash_ignoring_case, same_ignoring_case};
use super::types::{Action, ActionId, Service};
use super::{Catalog, range};

/// The actions that a pattern matches: contiguous ranges of ids, ascending and apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionMatches {
    ranges: Vec<Range<u32>>,
}

impl ActionMatches {
    /// The ranges of [`ActionId`] numbers.
    pub fn ranges(&self) -> &[Range<u32>] {
        &self.ranges
    }

    /// The ids, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ActionId> + '_ {
        self.ranges.iter().flat_map(|range| range.clone().map(ActionId))
    }

    /// How many actions match.
    pub fn len(&self) -> usize {
        self.ranges.iter().map(ExactSizeIterator::len).sum()
    }

    /// Whether no action of the catalog matches.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether an action is among them.
    pub fn contains(&self, id: ActionId) -> bool {
        let at = self.ranges.partition_point(|range| range.end <= id.0);
        self.ranges.get(at).is_some_and(|range| range.contains(&id.0))
    }

    fn push(&mut self, range: Range<u32>) {
        match self.ranges.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.ranges.push(range),
        }
    }
}

impl Catalog {
    /// The service of a prefix, ignoring case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let at = self
            .services
            .binary_search_by(|service| compare_ignoring_case(service.prefix.as_bytes(), prefix.as_bytes()))
            .ok()?;
        self.services.get(at)
    }

    /// The action of a full name, `s3:GetObject`, ignoring case (S-ACT-01). `None` for patterns.
    pub fn find_action(&self, name: &str) -> Option<ActionId> {
        let (prefix, name) = name.split_once(':')?;
        self.action_index.find(prefix, name, |id| {
            self.action(*id).is_some_and(|action| {
                same_ignoring_case(action.name, name)
                    && same_ignoring_case(self.prefix_of(action.service), prefix)
            })
        })
    }

    /// The actions that a well-formed pattern matches: `*`, `*:*`, or `service:name` with `*` and `?` in the name, all
    /// ignoring case (S-ACT-01, S-ACT-02, S-ACT-03).
    ///
    /// A pattern that is not well formed (no colon, a wildcard in the prefix) matches nothing here; a Deny that holds it
    /// is limited by [`Catalog::at_most`].
    pub fn matching(&self, pattern: &str) -> ActionMatches {
        let mut matches = ActionMatches::default();
        if pattern == "*" || pattern == "*:*" {
            matches.push(0..self.actions.len() as u32);
        } else if let Some((prefix, name)) = pattern.split_once(':')
            && let Some(service) = self.service(prefix)
        {
            self.push_names(&mut matches, service, name.as_bytes());
        }
        matches
    }

    /// The actions that a malformed pattern could match at most: as [`Catalog::matching`], but with wildcards in the
    /// prefix too, and without a colon as a glob over the full name (`s3*` reaches all of `s3` and of `s3express`).
    pub fn at_most(&self, pattern: &str) -> ActionMatches {
        let mut matches = ActionMatches::default();
        if let Some((prefix, name)) = pattern.split_once(':') {
            for service in &self.services {
                if matches_ignoring_case(prefix.as_bytes(), service.prefix.as_bytes()) {
                    self.push_names(&mut matches, service, name.as_bytes());
                }
            }
        } else {
            let wild = pattern.bytes().position(|byte| matches!(byte, b'*' | b'?')).unwrap_or(pattern.len());
            let start = pattern.as_bytes().get(..wild).unwrap_or_default();
            let mut full = Vec::new();
            for service in &self.services {
                full.clear();
                full.extend_from_slice(service.prefix.as_bytes());
                full.push(b':');
                let common = start.len().min(full.len());
                if compare_start(&full, start.get(..common).unwrap_or_default()).is_ne() {
                    continue;
                }
                let prefix = full.len();
                let names = self.actions.get(range(&service.actions)).unwrap_or_default();
                for (id, action) in service.action_ids().zip(names) {
                    full.truncate(prefix);
                    full.extend_from_slice(action.name.as_bytes());
                    if matches_ignoring_case(pattern.as_bytes(), &full) {
                        matches.push(id.0..id.0 + 1);
                    }
                }
            }
        }
        matches
    }

    /// Pushes the actions of a service whose names match a glob. The literal start of the glob is found by bisection.
    fn push_names(&self, matches: &mut ActionMatches, service: &Service, glob: &[u8]) {
        let names = self.actions.get(range(&service.actions)).unwrap_or_default();
        let wild = glob.iter().position(|byte| matches!(byte, b'*' | b'?'));
        let (start, rest) = glob.split_at(wild.unwrap_or(glob.len()));
        let from = names.partition_point(|action| compare_start(action.name.as_bytes(), start).is_lt());
        let until = names.partition_point(|action| compare_start(action.name.as_bytes(), start).is_le());
        let first = service.actions.start;
        if wild.is_some() && rest == b"*" {
            matches.push(first + from as u32..first + until as u32);
            return;
        }
        for (index, action) in names.iter().enumerate().take(until).skip(from) {
            let tail = action.name.as_bytes().get(start.len()..).unwrap_or_default();
            if matches_ignoring_case(rest, tail) {
                let id = first + index as u32;
                matches.push(id..id + 1);
            }
        }
    }
}

/// Compares the lower-case form of a name, cut to the length of a prefix, with the prefix.
fn compare_start(name: &[u8], prefix: &[u8]) -> Ordering {
    compare_ignoring_case(name.get(..prefix.len()).unwrap_or(name), prefix)
}

/// A hash table from full names to ids.
#[derive(Debug)]
pub(super) struct ActionIndex {
    table: HashTable<ActionId>,
}

impl ActionIndex {
    pub(super) fn new(services: &[Service], actions: &[Action]) -> Self {
        let mut table = HashTable::with_capacity(actions.len());
        for service in services {
            let seed = hash_ignoring_case(0, service.prefix.as_bytes());
            for (id, action) in
                service.action_ids().zip(actions.get(range(&service.actions)).unwrap_or_default())
            {
                let hash = hash_ignoring_case(seed, action.name.as_bytes());
                // The table is large enough from the start, so nothing is ever hashed again.
                table.insert_unique(hash, id, |_| hash);
            }
        }
        Self { table }
    }

    fn find(&self, prefix: &str, name: &str, same: impl FnMut(&ActionId) -> bool) -> Option<ActionId> {
        let hash = hash_ignoring_case(hash_ignoring_case(0, prefix.as_bytes()), name.as_bytes());
        self.table.find(hash, same).copied()
    }
}
