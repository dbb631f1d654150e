//! Hash-consing: every distinct value gets one small id, the same id on every thread.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

const SHARDS: usize = 32;

/// An append-only set of values that hands out dense ids, shared between threads.
///
/// Reading by id takes no lock. Ids follow the order of first insertion, so they differ between runs: sort by content
/// wherever output is produced.
pub struct Interner<T> {
    values: boxcar::Vec<T>,
    /// Ids by value, each with the tag of its value, so that a table grows, and most values are told apart, without a look at them.
    shards: [Mutex<HashTable<(Tag, u32)>>; SHARDS],
}

/// A part of the hash of a value.
type Tag = u32;

impl<T: Hash + Eq> Interner<T> {
    /// An interner without values.
    pub fn new() -> Self {
        Self { values: boxcar::Vec::new(), shards: std::array::from_fn(|_| Mutex::new(HashTable::new())) }
    }

    /// The id of `value`, which is added if it is new.
    pub fn intern(&self, value: T) -> u32 {
        let hash = FxBuildHasher.hash_one(&value);
        let tag = (hash >> 32) as Tag;
        let mut shard = self.shards[shard_of(hash)].lock();
        let is_same = |&(known, id): &(Tag, u32)| known == tag && self.values[id as usize] == value;
        if let Some(&(_, id)) = shard.find(spread(tag), is_same) {
            return id;
        }
        let id = self.values.push(value) as u32;
        shard.insert_unique(spread(tag), (tag, id), |&(tag, _)| spread(tag));
        id
    }

    /// The value behind an id that this interner handed out.
    pub fn get(&self, id: u32) -> &T {
        &self.values[id as usize]
    }

    /// The values in the order of their ids, up to the first that another thread is about to add.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let dense = |(expected, (id, value)): (usize, (usize, _))| (expected == id).then_some(value);
        self.values.iter().enumerate().map_while(dense)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        self.values.count()
    }

    /// Whether nothing was interned yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Hash + Eq> Default for Interner<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A memo table keyed by ids, shared between threads. Two threads may compute the same entry; the results are equal.
pub struct Memo<K, V> {
    shards: [Mutex<hashbrown::HashMap<K, V, FxBuildHasher>>; SHARDS],
}

impl<K: Hash + Eq + Copy, V: Copy> Memo<K, V> {
    /// An empty table.
    pub fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::new(hashbrown::HashMap::default())) }
    }

    /// The remembered value for `key`, computed without holding any lock if there is none.
    pub fn get_or(&self, key: K, compute: impl FnOnce() -> V) -> V {
        let shard = &self.shards[shard_of(FxBuildHasher.hash_one(key))];
        if let Some(&value) = shard.lock().get(&key) {
            return value;
        }
        let value = compute();
        shard.lock().insert(key, value);
        value
    }
}

impl<K: Hash + Eq + Copy, V: Copy> Default for Memo<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// A hash of a tag that differs in all its bits.
fn spread(tag: Tag) -> u64 {
    u64::from(tag).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn shard_of(hash: u64) -> usize {
    (hash >> 52) as usize % SHARDS
}
