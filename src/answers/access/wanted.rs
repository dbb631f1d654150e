//! The groups of principals that are asked about.

use super::groups::{Group, Groups};
use crate::facts::PrincipalId;

/// So few principals are asked about one by one.
const FEW: usize = 8;

/// The groups that are asked about.
pub(super) struct Wanted {
    /// Their numbers, ascending.
    numbers: Vec<u32>,
    /// Of each group, whether it is one of them.
    is_wanted: Vec<bool>,
    /// Their members, if they are few.
    few: Option<Vec<PrincipalId>>,
}

impl Wanted {
    /// Those of which this is so.
    pub(super) fn new(groups: &Groups, wanted: impl Fn(u32) -> bool) -> Self {
        let is_wanted: Vec<bool> = (0..groups.all.len() as u32).map(wanted).collect();
        let numbers = (0..).zip(&is_wanted).filter(|(_, is_wanted)| **is_wanted).map(|(number, _)| number);
        let numbers: Vec<u32> = numbers.collect();
        let members = numbers.iter().filter_map(|&number| groups.all.get(number as usize));
        let members = members.flat_map(|group| group.members.iter().copied());
        let few: Vec<PrincipalId> = members.take(FEW + 1).collect();
        Self { numbers, is_wanted, few: (few.len() <= FEW).then_some(few) }
    }

    /// All of them.
    pub(super) fn all(groups: &Groups) -> Self {
        Self::new(groups, |_| true)
    }

    pub(super) fn has(&self, group: u32) -> bool {
        self.is_wanted.get(group as usize).copied().unwrap_or_default()
    }

    /// Everybody in the groups, where they are so few that each is rather asked about than looked for.
    pub(super) fn few(&self) -> Option<&[PrincipalId]> {
        self.few.as_deref()
    }

    /// The groups, with their numbers.
    pub(super) fn groups<'g>(&self, groups: &'g Groups) -> impl Iterator<Item = (u32, &'g Group)> {
        self.numbers.iter().filter_map(|&number| Some((number, groups.all.get(number as usize)?)))
    }
}
