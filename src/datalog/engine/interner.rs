//! Values as small numbers, so that rows are numbers, and equal values are equal numbers.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::datalog::text::Value;

/// A value, by its place in an [`Interner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ValueId(pub(super) u32);

/// There are more distinct values than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// All values of a run, each once.
#[derive(Debug, Default)]
pub(super) struct Interner {
    values: Vec<Value>,
    /// With their hashes, so that the table grows, and most values are told apart, without a look at them.
    ids: HashTable<(u64, u32)>,
    limit: usize,
    /// The bytes of what values point to.
    pointed_to: u64,
}

impl Interner {
    /// An interner of so many values at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.min(u32::MAX as usize), ..Self::default() }
    }

    /// The number of a value.
    pub(super) fn intern(&mut self, value: &Value) -> Result<ValueId, Full> {
        let hash = FxBuildHasher.hash_one(value);
        if let Some(id) = self.find(hash, value) {
            return Ok(id);
        }
        if self.values.len() >= self.limit {
            return Err(Full);
        }
        let id = self.values.len() as u32;
        self.pointed_to += pointed_to(value);
        self.values.push(value.clone());
        self.ids.insert_unique(hash, (hash, id), |&(hash, _)| hash);
        Ok(ValueId(id))
    }

    /// The bytes that the values take.
    pub(super) fn bytes(&self) -> u64 {
        let value = size_of::<Value>() as u64;
        self.pointed_to + value * self.values.capacity() as u64 + 17 * self.ids.capacity() as u64
    }

    /// The number of a value that may not occur.
    pub(super) fn get(&self, value: &Value) -> Option<ValueId> {
        self.find(FxBuildHasher.hash_one(value), value)
    }

    fn find(&self, hash: u64, value: &Value) -> Option<ValueId> {
        let is_same = |&(known, id): &(u64, u32)| known == hash && self.values[id as usize] == *value;
        self.ids.find(hash, is_same).map(|&(_, id)| ValueId(id))
    }

    /// The value of a number that this interner gave.
    pub(super) fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0 as usize]
    }
}

/// The bytes of what a value points to.
fn pointed_to(value: &Value) -> u64 {
    match value {
        // Two counters stand before the bytes.
        Value::Text(text) | Value::Symbol(text) => 16 + text.len() as u64,
        Value::List(values) => {
            values.iter().map(|value| size_of::<Value>() as u64 + pointed_to(value)).sum::<u64>() + 16
        }
        Value::Number(_) | Value::Boolean(_) => 0,
    }
}
