//! Sets of rows, specialised by arity.

use std::hash::BuildHasher;

use hashbrown::{HashMap, HashSet, HashTable};
use rustc_hash::FxBuildHasher;

use super::columns::Columns;
use super::interner::ValueId;

/// Which rows a relation has.
///
/// Values are small numbers that lie close together. One column is therefore a bit set, and the last of two columns is: the
/// pairs `(x, 64 k)` to `(x, 64 k + 63)` share one word. A dense relation of pairs then fits a cache.
#[derive(Debug)]
pub(super) enum RowSet {
    Unit(bool),
    One(Vec<u64>),
    Two(HashMap<u64, u64, FxBuildHasher>),
    Three(HashSet<u128, FxBuildHasher>),
    Four(HashSet<u128, FxBuildHasher>),
    Wide(Wide),
}

/// Rows of five and more columns, one after the other, and a table of their places.
#[derive(Debug)]
pub(super) struct Wide {
    width: usize,
    rows: Vec<ValueId>,
    table: HashTable<u32>,
}

fn pair(x: ValueId, y: ValueId) -> (u64, u64) {
    (u64::from(x.0) << 32 | u64::from(y.0 >> 6), 1 << (y.0 & 63))
}

fn pack(row: impl IntoIterator<Item = ValueId>) -> u128 {
    row.into_iter().fold(0, |key, value| key << 32 | u128::from(value.0))
}

impl RowSet {
    /// No rows.
    pub(super) fn new(width: usize) -> Self {
        match width {
            0 => Self::Unit(false),
            1 => Self::One(Vec::new()),
            2 => Self::Two(HashMap::default()),
            3 => Self::Three(HashSet::default()),
            4 => Self::Four(HashSet::default()),
            _ => Self::Wide(Wide { width, rows: Vec::new(), table: HashTable::new() }),
        }
    }

    /// The bytes that the set takes.
    pub(super) fn bytes(&self) -> u64 {
        // Of a table an eighth stays free, and each place has a byte of its own.
        let table = |capacity: usize, entry: u64| capacity as u64 * 8 / 7 * (entry + 1);
        match self {
            Self::Unit(_) => 0,
            Self::One(words) => 8 * words.capacity() as u64,
            Self::Two(words) => table(words.capacity(), 16),
            Self::Three(keys) | Self::Four(keys) => table(keys.capacity(), 16),
            Self::Wide(wide) => 4 * wide.rows.capacity() as u64 + table(wide.table.capacity(), 4),
        }
    }

    /// Whether a row is there.
    pub(super) fn contains(&self, row: &[ValueId]) -> bool {
        match (self, row) {
            (Self::Unit(there), []) => *there,
            (Self::One(words), [x]) => {
                words.get((x.0 >> 6) as usize).is_some_and(|word| word >> (x.0 & 63) & 1 == 1)
            }
            (Self::Two(words), &[x, y]) => {
                let (key, bit) = pair(x, y);
                words.get(&key).is_some_and(|word| word & bit != 0)
            }
            (Self::Three(keys) | Self::Four(keys), row) => keys.contains(&pack(row.iter().copied())),
            (Self::Wide(wide), row) => wide.contains(row),
            _ => false,
        }
    }

    /// Makes room for so many further rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        match self {
            // Of these several share a place.
            Self::Unit(_) | Self::One(_) | Self::Two(_) => {}
            Self::Three(keys) | Self::Four(keys) => keys.reserve(rows),
            Self::Wide(Wide { width, rows: all, table }) => {
                all.reserve(rows * *width);
                table.reserve(rows, |place| {
                    FxBuildHasher.hash_one(&all[*place as usize * *width..][..*width])
                });
            }
        }
    }

    /// Adds a row; whether it is new.
    pub(super) fn insert(&mut self, row: &[ValueId]) -> bool {
        match (self, row) {
            (Self::Unit(there), []) => !std::mem::replace(there, true),
            (Self::One(words), &[x]) => insert_one(words, x),
            (Self::Two(words), &[x, y]) => insert_two(words, x, y),
            (Self::Three(keys) | Self::Four(keys), row) => keys.insert(pack(row.iter().copied())),
            (Self::Wide(wide), row) => wide.insert(row),
            _ => false,
        }
    }

    /// Adds a batch of rows, given by columns; the new ones are added to `fresh`.
    pub(super) fn insert_all(&mut self, len: usize, columns: &[&[ValueId]], fresh: &mut Columns) {
        match (&mut *self, columns) {
            (Self::One(words), [xs]) => {
                let [out] = fresh.all_mut() else { return };
                let before = out.len();
                out.extend(xs.iter().copied().filter(|&x| insert_one(words, x)));
                let grown = out.len() - before;
                fresh.grew(grown);
            }
            (Self::Two(words), [xs, ys]) => {
                let [first, second] = fresh.all_mut() else { return };
                let before = first.len();
                for (&x, &y) in xs.iter().zip(*ys) {
                    if insert_two(words, x, y) {
                        first.push(x);
                        second.push(y);
                    }
                }
                let grown = first.len() - before;
                fresh.grew(grown);
            }
            _ => {
                let mut row = Vec::with_capacity(columns.len());
                for index in 0..len {
                    row.clear();
                    row.extend(columns.iter().map(|column| column[index]));
                    if self.insert(&row) {
                        fresh.push(&row);
                    }
                }
            }
        }
    }
}

fn insert_one(words: &mut Vec<u64>, x: ValueId) -> bool {
    let (index, bit) = ((x.0 >> 6) as usize, 1 << (x.0 & 63));
    if index >= words.len() {
        words.resize(index + 1, 0);
    }
    let new = words[index] & bit == 0;
    words[index] |= bit;
    new
}

fn insert_two(words: &mut HashMap<u64, u64, FxBuildHasher>, x: ValueId, y: ValueId) -> bool {
    let (key, bit) = pair(x, y);
    let word = words.entry(key).or_insert(0);
    let new = *word & bit == 0;
    *word |= bit;
    new
}

impl Wide {
    fn at(&self, place: u32) -> &[ValueId] {
        &self.rows[place as usize * self.width..][..self.width]
    }

    fn contains(&self, row: &[ValueId]) -> bool {
        let hash = FxBuildHasher.hash_one(row);
        self.table.find(hash, |&place| self.at(place) == row).is_some()
    }

    fn insert(&mut self, row: &[ValueId]) -> bool {
        if self.contains(row) {
            return false;
        }
        let place = (self.rows.len() / self.width) as u32;
        self.rows.extend_from_slice(row);
        let (rows, width) = (&self.rows, self.width);
        let hash = |place: &u32| FxBuildHasher.hash_one(&rows[*place as usize * width..][..width]);
        self.table.insert_unique(hash(&place), place, hash);
        true
    }
}
