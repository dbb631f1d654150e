//! Policy texts, each distinct one stored once, and the places where they were found.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

use super::FileId;
use crate::document::PolicyKind;

/// A distinct policy text of a [`PolicyStore`], numbered from 0.
///
/// Numbers follow the order of arrival, which differs between runs: sort by content wherever output is produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u32);

impl DocumentId {
    /// The number as an index into a table with an entry for each text of the store.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The decoded JSON text of a policy, with the kind that it is read as.
///
/// Equal bytes of different kinds are different texts: grammar and meaning depend on the kind.
#[derive(Debug, PartialEq, Eq)]
pub struct StoredPolicy {
    /// How the text is to be read.
    pub kind: PolicyKind,
    /// The text, without the JSON string or percent encoding that it may have had in its file. Not checked here.
    pub text: Box<str>,
}

/// A policy where something holds it: its text and where in which file it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyRef {
    /// The text.
    pub document: DocumentId,
    /// Where it was written; none if it was put into the estate by an edit.
    pub place: Option<Place>,
}

/// Where a JSON value starts: a byte of a (decompressed) file.
///
/// Line, column and JSON path follow from the file, see [`super::Locator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Offset of the first byte of the value, in bytes from the start of the file.
    pub offset: u32,
}

const SHARDS: usize = 64;

/// The append-only set of all policy texts that an estate and the values edited from it refer to.
///
/// It may be filled from several threads at once. Texts are found by hash and told apart by their bytes.
pub struct PolicyStore {
    policies: boxcar::Vec<StoredPolicy>,
    /// For each text its hash, which would take long to compute again when a table grows, and its id.
    shards: [Mutex<HashTable<(u64, u32)>>; SHARDS],
}

impl PolicyStore {
    /// A store without texts.
    pub fn new() -> Self {
        Self { policies: boxcar::Vec::new(), shards: std::array::from_fn(|_| Mutex::default()) }
    }

    /// The id of a text, which is added if it is new.
    pub fn intern(&self, kind: PolicyKind, text: &str) -> DocumentId {
        let hash = hash_of(kind, text);
        let mut shard = self.shards[(hash >> 52) as usize % SHARDS].lock();
        let same = |&(known, id): &(u64, u32)| {
            let policy = self.policies.get(id as usize).filter(|_| known == hash);
            policy.is_some_and(|policy| policy.kind == kind && &*policy.text == text)
        };
        if let Some(&(_, id)) = shard.find(hash, same) {
            return DocumentId(id);
        }
        let id = self.policies.push(StoredPolicy { kind, text: text.into() }) as u32;
        shard.insert_unique(hash, (hash, id), |&(hash, _)| hash);
        DocumentId(id)
    }

    /// The text of an id; `None` only for an id of another store.
    pub fn get(&self, id: DocumentId) -> Option<&StoredPolicy> {
        self.policies.get(id.index())
    }

    /// All texts with their ids, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (DocumentId, &StoredPolicy)> {
        self.policies.iter().map(|(index, policy)| (DocumentId(index as u32), policy))
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.policies.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for PolicyStore {
    fn default() -> Self {
        Self::new()
    }
}

fn hash_of(kind: PolicyKind, text: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    kind.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish()
}

/// Strings that occur again and again (policy ARNs, tag keys, names of groups), each kept once.
#[derive(Default)]
pub(super) struct Strings {
    shards: [Mutex<HashTable<Arc<str>>>; 32],
}

impl Strings {
    /// The one shared copy of `text`.
    pub(super) fn share(&self, text: &str) -> Arc<str> {
        let hash = FxBuildHasher.hash_one(text);
        let mut shard = self.shards[(hash >> 52) as usize % self.shards.len()].lock();
        if let Some(known) = shard.find(hash, |known| &**known == text) {
            return known.clone();
        }
        let shared: Arc<str> = text.into();
        shard.insert_unique(hash, shared.clone(), |known| FxBuildHasher.hash_one(&**known));
        shared
    }
}
