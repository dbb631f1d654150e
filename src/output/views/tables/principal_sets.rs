//! Sets of principals as blocks of neighbours.
//!
//! A block holds 2ⁿ principals of neighbouring numbers, the first of which is a multiple of 2ⁿ. A run of any length is a
//! few blocks, and sets that differ little share most of theirs.

use rayon::prelude::*;

use super::{Given, NONE};
use crate::answers::PrincipalSetId;
use crate::output::factored::{PrincipalBlocks, PrincipalSets};

/// A block: its first principal, and how many it holds.
type Block = (u32, u32);

/// The sets of principals that rows name, in the order of their members.
pub(super) struct PrincipalSetNumbers {
    numbers: Vec<u32>,
    /// The runs of each set.
    sets: Vec<Vec<(u32, u32)>>,
}

impl PrincipalSetNumbers {
    pub(super) fn new(given: &Given) -> Self {
        let used = given.side.grants.iter().map(|grant| grant.principals);
        let used = used.chain(given.side.denies.iter().map(|deny| deny.principals));
        let mut used: Vec<PrincipalSetId> = used.collect();
        used.par_sort_unstable();
        used.dedup();
        let mut found: Vec<(Vec<(u32, u32)>, PrincipalSetId)> = used
            .into_par_iter()
            .map(|id| (given.principals.runs(given.side.principals.get(id)), id))
            .filter(|(runs, _)| !runs.is_empty())
            .collect();
        found.par_sort_unstable();
        let most = found.iter().map(|(_, id)| id.0 as usize + 1).max().unwrap_or_default();
        let (mut numbers, mut sets) = (vec![NONE; most], Vec::new());
        for (runs, id) in found {
            if sets.last() != Some(&runs) {
                sets.push(runs);
            }
            numbers.get_mut(id.0 as usize).into_iter().for_each(|slot| *slot = sets.len() as u32 - 1);
        }
        Self { numbers, sets }
    }

    /// The number of a set, unless nobody who was asked for is in it.
    pub(super) fn get(&self, id: PrincipalSetId) -> Option<u32> {
        self.numbers.get(id.0 as usize).copied().filter(|&set| set != NONE)
    }

    /// The sets, and the members of their blocks.
    pub(super) fn tables(&self) -> (PrincipalSets, PrincipalBlocks) {
        let mut used: Vec<Block> = Vec::new();
        let mut of_set: Vec<(u32, Block)> = Vec::new();
        for (number, runs) in self.sets.iter().enumerate() {
            of_set.extend(runs.iter().flat_map(|&run| blocks(run)).map(|block| (number as u32, block)));
        }
        used.extend(of_set.iter().map(|(_, block)| *block));
        used.par_sort_unstable();
        used.dedup();
        let mut sets = PrincipalSets::default();
        for (set, block) in of_set {
            sets.principal_set.push(set);
            sets.principal_block.push(used.binary_search(&block).unwrap_or_default() as u32);
        }
        let mut members = PrincipalBlocks::default();
        for (number, &(first, count)) in used.iter().enumerate() {
            members.principal_block.extend(std::iter::repeat_n(number as u32, count as usize));
            members.principal.extend(first..first + count);
        }
        (sets, members)
    }
}

/// The blocks of a run, from its first to before its end.
fn blocks((mut start, end): (u32, u32)) -> impl Iterator<Item = Block> {
    std::iter::from_fn(move || {
        let most = (end - start).checked_ilog2()?;
        let count = 1 << most.min(start.trailing_zeros());
        start += count;
        Some((start - count, count))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn blocks_of_a_run_are_the_run() {
        for start in 0..40_u32 {
            for end in start..80 {
                let blocks: Vec<(u32, u32)> = super::blocks((start, end)).collect();
                let aligned = |(first, count): &(u32, u32)| count.is_power_of_two() && first % count == 0;
                assert!(blocks.iter().all(aligned), "{blocks:?}");
                let members = blocks.iter().flat_map(|&(first, count)| first..first + count);
                assert!(members.eq(start..end), "{blocks:?}");
            }
        }
    }
}
