//! Blocks of resources that nothing which counts tells apart.

use std::hash::Hash;

use super::gathered;

/// Places of resources, ascending.
pub(super) type Block = Vec<u32>;

/// Splits blocks by what is in a set, whose members ascend.
pub(super) fn split_by_members(blocks: &mut Vec<Block>, members: &[u32]) {
    let mut next = Vec::with_capacity(blocks.len());
    for block in blocks.drain(..) {
        let (inside, outside) = parted(&block, members);
        match (inside.is_empty(), outside.is_empty()) {
            (true, _) | (_, true) => next.push(block),
            (false, false) => next.extend([inside, outside]),
        }
    }
    *blocks = next;
}

/// Splits blocks by a key of each resource.
pub(super) fn split_by_key<K: Eq + Hash + Clone>(blocks: &mut Vec<Block>, key: impl Fn(u32) -> K) {
    let mut next = Vec::with_capacity(blocks.len());
    for block in blocks.drain(..) {
        let keys: Vec<K> = block.iter().map(|&place| key(place)).collect();
        match keys.split_first() {
            Some((first, rest)) if rest.iter().any(|key| key != first) => {
                let mut numbers: rustc_hash::FxHashMap<&K, u32> = rustc_hash::FxHashMap::default();
                let numbered: Vec<(u32, u32)> = keys
                    .iter()
                    .zip(&block)
                    .map(|(key, &place)| {
                        let count = numbers.len() as u32;
                        (*numbers.entry(key).or_insert(count), place)
                    })
                    .collect();
                next.extend(gathered(numbered).into_iter().map(|(_, block)| block));
            }
            _ => next.push(block),
        }
    }
    *blocks = next;
}

/// What of a block is in a set, and what is not.
fn parted(block: &[u32], members: &[u32]) -> (Block, Block) {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let from = block.first().map_or(0, |&first| members.partition_point(|&member| member < first));
    let mut members = members.get(from..).unwrap_or_default().iter().copied().peekable();
    for &place in block {
        while members.next_if(|&member| member < place).is_some() {}
        match members.peek() == Some(&place) {
            true => inside.push(place),
            false => outside.push(place),
        }
    }
    (inside, outside)
}

/// What is in a block and in one of some sets.
pub(super) fn within(block: &[u32], sets: &[&[u32]]) -> Block {
    let mut found: Block = sets.iter().flat_map(|members| parted(block, members).0).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::{split_by_key, split_by_members, within};

    #[test]
    fn blocks_fall_apart_where_members_and_keys_say_so() {
        let mut blocks = vec![vec![1, 2, 3, 5, 8], vec![9, 10]];
        split_by_members(&mut blocks, &[0, 2, 4, 8, 9, 10, 11]);
        assert_eq!(blocks, [vec![2, 8], vec![1, 3, 5], vec![9, 10]]);
        split_by_key(&mut blocks, |place| place % 3);
        assert_eq!(blocks, [vec![2, 8], vec![1], vec![3], vec![5], vec![9], vec![10]]);
        assert_eq!(within(&[1, 4, 6], &[&[4, 5], &[1, 4]]), [1, 4]);
    }
}
