//! Columnar tables: what every file format is written from.

use std::ops::Range;
use std::sync::Arc;

use thiserror::Error;

/// A named table whose columns all have the same number of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: &'static str,
    columns: Vec<Column>,
    rows: usize,
}

/// A named column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name: lower case, words joined by `_`.
    pub name: &'static str,
    /// Its values, one for each row.
    pub data: ColumnData,
}

/// The values of a column.
///
/// A dictionary holds a number for each row that counts into `values` from 0; the numbers mean nothing outside of the
/// column and are written as the text they stand for. Absent values are `null` in JSON and Parquet, and empty in CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnData {
    /// Numbers: ids and counts.
    U32(Vec<u32>),
    /// Numbers, some absent.
    OptionU32(Vec<Option<u32>>),
    /// Truth values.
    Bool(Vec<bool>),
    /// Texts that mostly differ from each other.
    Text(Texts),
    /// Texts of which few are distinct.
    Dictionary {
        /// For each row, which of `values` it holds.
        ids: Vec<u32>,
        /// The distinct texts.
        values: Vec<Arc<str>>,
    },
    /// Texts of which few are distinct, some absent.
    OptionDictionary {
        /// For each row, which of `values` it holds, if any.
        ids: Vec<Option<u32>>,
        /// The distinct texts.
        values: Vec<Arc<str>>,
    },
}

/// A list of texts in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

/// Why there is no table. All but [`TableError::TooManyPieces`] are mistakes of the program, not of its input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// Two columns have different numbers of rows.
    #[error("column `{column}` of table `{table}` has {found} rows, expected {expected}")]
    UnequalLengths {
        /// The table.
        table: &'static str,
        /// The first column that differs from the first one.
        column: &'static str,
        /// The rows of the first column.
        expected: usize,
        /// The rows of this column.
        found: usize,
    },
    /// Two columns have the same name.
    #[error("table `{table}` has two columns `{column}`")]
    DuplicateColumn {
        /// The table.
        table: &'static str,
        /// The name.
        column: &'static str,
    },
    /// A set of resources falls into too many pieces to be written.
    #[error("a set of resources of table `{table}` can't be written: {limit}")]
    TooManyPieces {
        /// The table.
        table: &'static str,
        /// The limit that it exceeds.
        limit: crate::region::resource::LimitExceeded,
    },
    /// A row of a dictionary column points past the end of its dictionary.
    #[error("column `{column}` of table `{table}` holds entry {id} of a dictionary of {size}")]
    OutsideDictionary {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The number that a row holds.
        id: u32,
        /// The number of texts in the dictionary.
        size: usize,
    },
}

impl Table {
    /// Makes a table of `columns`, in the order in which they are written.
    ///
    /// # Errors
    /// Columns of different lengths or of the same name, and dictionary columns with numbers outside of the dictionary.
    pub fn new(name: &'static str, columns: Vec<Column>) -> Result<Self, TableError> {
        let rows = columns.first().map_or(0, |column| column.data.len());
        for (position, column) in columns.iter().enumerate() {
            let found = column.data.len();
            if found != rows {
                return Err(TableError::UnequalLengths {
                    table: name,
                    column: column.name,
                    expected: rows,
                    found,
                });
            }
            if columns.iter().take(position).any(|earlier| earlier.name == column.name) {
                return Err(TableError::DuplicateColumn { table: name, column: column.name });
            }
            if let Some((id, size)) = column.data.outside_dictionary() {
                return Err(TableError::OutsideDictionary { table: name, column: column.name, id, size });
            }
        }
        Ok(Self { name, columns, rows })
    }

    /// The table with each column changed, none in its length or its numbers.
    pub(super) fn map(&self, change: impl FnMut(&Column) -> Column) -> Self {
        Self { name: self.name, columns: self.columns.iter().map(change).collect(), rows: self.rows }
    }

    /// The table's name, which is also that of its file.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl Column {
    /// A column.
    pub fn new(name: &'static str, data: impl Into<ColumnData>) -> Self {
        Self { name, data: data.into() }
    }
}

impl ColumnData {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::U32(values) => values.len(),
            Self::OptionU32(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(texts) => texts.len(),
            Self::Dictionary { ids, .. } => ids.len(),
            Self::OptionDictionary { ids, .. } => ids.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number outside of the dictionary and the dictionary's size, if there is one.
    fn outside_dictionary(&self) -> Option<(u32, usize)> {
        let (highest, size) = match self {
            Self::Dictionary { ids, values } => (ids.iter().copied().max(), values.len()),
            Self::OptionDictionary { ids, values } => (ids.iter().copied().flatten().max(), values.len()),
            _ => return None,
        };
        highest.filter(|&id| id as usize >= size).map(|id| (id, size))
    }
}

/// A dictionary column while it is filled: equal texts share an entry, in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub struct Words {
    ids: Vec<u32>,
    entries: Entries,
}

/// A dictionary column with absent values while it is filled.
#[derive(Clone, Debug, Default)]
pub struct OptionWords {
    ids: Vec<Option<u32>>,
    entries: Entries,
}

/// Distinct texts with their numbers.
#[derive(Clone, Debug, Default)]
struct Entries {
    numbers: rustc_hash::FxHashMap<Arc<str>, u32>,
    values: Vec<Arc<str>>,
}

impl Words {
    /// Rows by the numbers of distinct texts.
    pub fn of(ids: Vec<u32>, values: Vec<Arc<str>>) -> Self {
        Self { ids, entries: Entries { numbers: Default::default(), values } }
    }

    /// Adds a row.
    pub fn push(&mut self, text: &str) {
        self.ids.push(self.entries.id(text));
    }
}

impl OptionWords {
    /// Rows by the numbers of distinct texts.
    pub fn of(ids: Vec<Option<u32>>, values: Vec<Arc<str>>) -> Self {
        Self { ids, entries: Entries { numbers: Default::default(), values } }
    }

    /// Adds a row.
    pub fn push(&mut self, text: Option<&str>) {
        self.ids.push(text.map(|text| self.entries.id(text)));
    }
}

impl Entries {
    fn id(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.numbers.get(text) {
            return id;
        }
        let id = self.values.len() as u32;
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), id);
        self.values.push(text);
        id
    }
}

impl<'a> FromIterator<&'a str> for Words {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut words = Self::default();
        texts.into_iter().for_each(|text| words.push(text));
        words
    }
}

impl<'a> FromIterator<Option<&'a str>> for OptionWords {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(texts: I) -> Self {
        let mut words = Self::default();
        texts.into_iter().for_each(|text| words.push(text));
        words
    }
}

impl From<Words> for ColumnData {
    fn from(words: Words) -> Self {
        Self::Dictionary { ids: words.ids, values: words.entries.values }
    }
}

impl From<OptionWords> for ColumnData {
    fn from(words: OptionWords) -> Self {
        Self::OptionDictionary { ids: words.ids, values: words.entries.values }
    }
}

impl From<Vec<u32>> for ColumnData {
    fn from(values: Vec<u32>) -> Self {
        Self::U32(values)
    }
}

impl From<Vec<Option<u32>>> for ColumnData {
    fn from(values: Vec<Option<u32>>) -> Self {
        Self::OptionU32(values)
    }
}

impl From<Vec<bool>> for ColumnData {
    fn from(values: Vec<bool>) -> Self {
        Self::Bool(values)
    }
}

impl From<Texts> for ColumnData {
    fn from(texts: Texts) -> Self {
        Self::Text(texts)
    }
}

impl Texts {
    /// An empty list with room for `count` texts of `bytes` bytes together.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { bytes: String::with_capacity(bytes), ends: Vec::with_capacity(count) }
    }

    /// Adds a text at the end.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at `index`, if the list is that long.
    pub fn get(&self, index: usize) -> Option<&str> {
        self.bytes.get(self.range(index)?)
    }

    /// The bytes of all texts, one after the other.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    /// Where the text at `index` stands in [`Self::as_bytes`].
    pub(super) fn range(&self, index: usize) -> Option<Range<usize>> {
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        Some(start..*self.ends.get(index)?)
    }

    /// The texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut list = Self::default();
        for text in texts {
            list.push(text.as_ref());
        }
        list
    }
}
