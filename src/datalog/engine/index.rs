//! Rows by the values of some of their columns.

use std::hash::BuildHasher;
use std::ops::Range;
use std::rc::Rc;

use hashbrown::{HashMap, HashTable};
use rustc_hash::FxBuildHasher;

use super::columns::Columns;
use super::interner::ValueId;

/// Up to so many other columns are copied into the order of the index; of wider rows the row numbers are kept.
const COPIED: usize = 2;

/// An index of a relation that grows: segments over consecutive ranges of rows. Segments of like size are merged, so that there
/// are few, and each row is moved few times.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) key: Vec<usize>,
    segments: Vec<Rc<Segment>>,
}

impl Index {
    pub(super) fn new(key: Vec<usize>) -> Self {
        Self { key, segments: Vec::new() }
    }

    /// Takes in the rows that are not yet there. No segment crosses `stable`, where the rows of the last round begin.
    pub(super) fn update(&mut self, rows: &Columns, stable: usize) {
        let mut ranges: Vec<Range<usize>> =
            self.segments.iter().map(|segment| segment.rows.clone()).collect();
        let covered = ranges.last().map_or(0, |last| last.end);
        if covered < stable {
            ranges.push(covered..stable);
        }
        if ranges.last().is_some_and(|last| last.end <= stable) {
            while let [.., before, last] = &mut ranges[..]
                && before.len() <= 2 * last.len()
            {
                before.end = last.end;
                ranges.pop();
            }
        }
        let covered = covered.max(stable);
        if covered < rows.len() {
            ranges.push(covered..rows.len());
        }
        let same = self.segments.iter().zip(&ranges).take_while(|(segment, range)| segment.rows == **range);
        let same = same.count();
        self.segments.truncate(same);
        let built =
            ranges[same..].iter().map(|range| Segment::new(rows, &self.key, range.clone(), Some(COPIED)));
        self.segments.extend(built.map(Rc::new));
    }

    /// The bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    /// The segments that lie within a range of rows.
    pub(super) fn segments(&self, range: &Range<usize>) -> Vec<Rc<Segment>> {
        let within =
            |segment: &&Rc<Segment>| range.start <= segment.rows.start && segment.rows.end <= range.end;
        self.segments.iter().filter(within).cloned().collect()
    }
}

/// The rows of a range, grouped by their keys.
#[derive(Debug)]
pub(super) struct Segment {
    /// The rows of the relation that it holds.
    pub(super) rows: Range<usize>,
    groups: Groups,
    /// Where each group begins; one more for the end.
    starts: Vec<u32>,
    payload: Payload,
    bytes: u64,
}

/// From a key to its group.
#[derive(Debug)]
enum Groups {
    /// One column: the group is the value less the first.
    Direct(u32),
    One(HashMap<u32, u32, FxBuildHasher>),
    Two(HashMap<u64, u32, FxBuildHasher>),
    Wide {
        keys: Columns,
        table: HashTable<u32>,
    },
}

/// What the groups hold.
#[derive(Debug)]
enum Payload {
    /// The other columns, by their number in the relation.
    Values(Vec<Option<Vec<ValueId>>>),
    /// The numbers of the rows, ascending in each group.
    Rows(Vec<u32>),
}

fn two(x: ValueId, y: ValueId) -> u64 {
    u64::from(x.0) << 32 | u64::from(y.0)
}

impl Segment {
    /// Groups a range of rows. With more than `copied` columns beside the key it holds row numbers, and always with none.
    pub(super) fn new(rows: &Columns, key: &[usize], range: Range<usize>, copied: Option<usize>) -> Self {
        let (groups, group_of, count) = Groups::new(rows, key, &range);
        let mut starts = vec![0u32; count + 1];
        for &group in &group_of {
            starts[group as usize + 1] += 1;
        }
        for group in 0..count {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let places: Vec<u32> = group_of
            .iter()
            .map(|&group| {
                let place = next[group as usize];
                next[group as usize] += 1;
                place
            })
            .collect();
        let width = rows.all().len();
        let payload = if copied.is_some_and(|copied| width - key.len() <= copied) {
            let copy = |column: usize| {
                if key.contains(&column) {
                    return None;
                }
                let mut sorted = vec![ValueId(0); places.len()];
                for (&place, &value) in places.iter().zip(&rows.column(column)[range.clone()]) {
                    sorted[place as usize] = value;
                }
                Some(sorted)
            };
            Payload::Values((0..width).map(copy).collect())
        } else {
            let mut sorted = vec![0; places.len()];
            for (&place, row) in places.iter().zip(range.clone()) {
                sorted[place as usize] = row as u32;
            }
            Payload::Rows(sorted)
        };
        let bytes = groups.bytes() + 4 * starts.capacity() as u64 + payload.bytes();
        Self { rows: range, groups, starts, payload, bytes }
    }

    /// The places of the rows with a key.
    pub(super) fn find(&self, key: &[ValueId]) -> Range<usize> {
        let group = match (&self.groups, key) {
            (Groups::Direct(first), [x]) => x.0.checked_sub(*first),
            (Groups::One(groups), [x]) => groups.get(&x.0).copied(),
            (Groups::Two(groups), &[x, y]) => groups.get(&two(x, y)).copied(),
            (Groups::Wide { keys, table }, key) => {
                let equal = |&group: &u32| keys.row(group as usize).eq(key.iter().copied());
                table.find(FxBuildHasher.hash_one(key), equal).copied()
            }
            _ => None,
        };
        match group.map(|group| group as usize) {
            Some(group) if group + 1 < self.starts.len() => {
                self.starts[group] as usize..self.starts[group + 1] as usize
            }
            _ => 0..0,
        }
    }

    /// Adds the values of a column at some places.
    pub(super) fn copy(&self, rows: &Columns, column: usize, places: Range<usize>, out: &mut Vec<ValueId>) {
        match &self.payload {
            Payload::Values(columns) => {
                if let Some(values) = &columns[column] {
                    out.extend_from_slice(&values[places]);
                }
            }
            Payload::Rows(numbers) => {
                let values = rows.column(column);
                out.extend(numbers[places].iter().map(|&row| values[row as usize]));
            }
        }
    }

    /// The numbers of the rows at some places, if the segment was made to hold them.
    pub(super) fn row_numbers(&self, places: Range<usize>) -> &[u32] {
        match &self.payload {
            Payload::Rows(numbers) => &numbers[places],
            Payload::Values(_) => &[],
        }
    }
}

impl Payload {
    fn bytes(&self) -> u64 {
        let values = match self {
            Self::Values(columns) => columns.iter().flatten().map(Vec::capacity).sum(),
            Self::Rows(rows) => rows.capacity(),
        };
        4 * values as u64
    }
}

impl Groups {
    fn bytes(&self) -> u64 {
        // Each place of a table has a byte of its own.
        match self {
            Self::Direct(_) => 0,
            Self::One(groups) => 9 * groups.capacity() as u64,
            Self::Two(groups) => 17 * groups.capacity() as u64,
            Self::Wide { keys, table } => keys.bytes() + 5 * table.capacity() as u64,
        }
    }

    /// The groups of a range of rows, the group of each row, and how many groups there are.
    fn new(rows: &Columns, key: &[usize], range: &Range<usize>) -> (Self, Vec<u32>, usize) {
        let column = |index: usize| &rows.column(key[index])[range.clone()];
        let mut group_of = Vec::with_capacity(range.len());
        match key.len() {
            1 => {
                let values = column(0);
                let first = values.iter().min().map_or(0, |value| value.0);
                let span = values.iter().max().map_or(0, |value| (value.0 - first) as usize + 1);
                if span <= 4 * values.len() + 64 {
                    group_of.extend(values.iter().map(|value| value.0 - first));
                    return (Self::Direct(first), group_of, span);
                }
                let mut groups = HashMap::default();
                for value in values {
                    let next = groups.len() as u32;
                    group_of.push(*groups.entry(value.0).or_insert(next));
                }
                let count = groups.len();
                (Self::One(groups), group_of, count)
            }
            2 => {
                let mut groups = HashMap::default();
                for (&x, &y) in column(0).iter().zip(column(1)) {
                    let next = groups.len() as u32;
                    group_of.push(*groups.entry(two(x, y)).or_insert(next));
                }
                let count = groups.len();
                (Self::Two(groups), group_of, count)
            }
            _ => {
                let mut keys = Columns::new(key.len());
                let mut table: HashTable<u32> = HashTable::new();
                let mut row: Vec<ValueId> = Vec::with_capacity(key.len());
                for index in range.clone() {
                    row.clear();
                    row.extend(key.iter().map(|&column| rows.get(index, column)));
                    let hash = FxBuildHasher.hash_one(&row[..]);
                    let equal = |&group: &u32| keys.row(group as usize).eq(row.iter().copied());
                    let group = match table.find(hash, equal) {
                        Some(&group) => group,
                        None => {
                            let group = keys.len() as u32;
                            keys.push(&row);
                            let hash_of = |&group: &u32| {
                                let row: Vec<ValueId> = keys.row(group as usize).collect();
                                FxBuildHasher.hash_one(&row[..])
                            };
                            table.insert_unique(hash, group, hash_of);
                            group
                        }
                    };
                    group_of.push(group);
                }
                let count = keys.len();
                (Self::Wide { keys, table }, group_of, count)
            }
        }
    }
}
