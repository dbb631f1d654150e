//! What is kept while one action is asked about.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::Cell;
use super::on_known::Shape;
use crate::estate::AccountId;
use crate::facts::keys::{Origin, origin};
use crate::region::condition::{Bindings, Conditions, KeyId, Known};

/// What resources fix of keys, found once for all groups whose policies test these keys, and for all contexts.
#[derive(Default)]
pub(super) struct Told {
    of_keys: Mutex<FxHashMap<Box<[KeyId]>, ToldOf>>,
    /// What was told, by number.
    numbers: Mutex<FxHashMap<Vec<String>, u32>>,
}

/// For each resource the number of what it tells of some keys.
pub(super) type ToldOf = Arc<[OnceLock<u32>]>;

impl Told {
    /// For each of so many resources what it tells of some keys, as far as it was found.
    pub(super) fn of_keys(&self, keys: &[KeyId], resources: usize) -> ToldOf {
        let none = || (0..resources).map(|_| OnceLock::new()).collect();
        self.of_keys.lock().entry(keys.into()).or_insert_with(none).clone()
    }

    /// The number of what a resource tells.
    pub(super) fn number(&self, of_keys: &ToldOf, place: u32, tell: impl FnOnce() -> Vec<String>) -> u32 {
        let find = || {
            let told = tell();
            let mut numbers = self.numbers.lock();
            let next = numbers.len() as u32;
            *numbers.entry(told).or_insert(next)
        };
        of_keys.get(place as usize).map_or(u32::MAX, |known| *known.get_or_init(find))
    }
}

/// The resources on whose own side nothing speaks of an action.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Silent {
    /// Their places, by account.
    pub of_account: BTreeMap<AccountId, Vec<u32>>,
    /// For each resource what of it counts; none: it is not silent.
    pub shapes: Vec<Option<Shape>>,
    /// The places of the others.
    pub speaking: Vec<u32>,
}

/// The answers of groups on silent resources that are the same whatever values some context keys have.
pub(super) struct Settled {
    /// The names of the keys.
    keys: Box<str>,
    silent: Arc<Silent>,
    of_group: Box<[OnceLock<Box<[Cell]>>]>,
}

impl Settled {
    /// Nothing is settled yet.
    pub(super) fn new(keys: &str, silent: Arc<Silent>, groups: usize) -> Self {
        Self { keys: keys.into(), silent, of_group: (0..groups).map(|_| OnceLock::new()).collect() }
    }

    /// Whether it is about these keys and resources.
    pub(super) fn is_about(&self, keys: &str, silent: &Arc<Silent>) -> bool {
        *self.keys == *keys && (Arc::ptr_eq(&self.silent, silent) || self.silent == *silent)
    }

    /// The cells of a group, if they are settled.
    pub(super) fn cells_of(&self, group: u32) -> Option<&[Cell]> {
        self.of_group.get(group as usize)?.get().map(|cells| &**cells)
    }

    /// Keeps the cells of a group.
    pub(super) fn keep(&self, group: u32, cells: &[Cell]) {
        if let Some(slot) = self.of_group.get(group as usize) {
            slot.get_or_init(|| cells.into());
        }
    }
}

/// A context that notes whether its values can have made a difference: whether a key was looked up of which it says something, or of
/// which it would with other values.
pub(super) struct Noting<'a> {
    context: &'a (dyn Bindings + Sync),
    conditions: &'a Conditions,
    noted: AtomicBool,
}

impl<'a> Noting<'a> {
    pub(super) fn new(context: &'a (dyn Bindings + Sync), conditions: &'a Conditions) -> Self {
        Self { context, conditions, noted: AtomicBool::new(false) }
    }

    pub(super) fn made_a_difference(&self) -> bool {
        self.noted.load(Ordering::Relaxed)
    }
}

impl Bindings for Noting<'_> {
    fn states_some(&self, prefix: &str) -> bool {
        let states = self.context.states_some(prefix);
        if states {
            self.noted.store(true, Ordering::Relaxed);
        }
        states
    }

    fn lookup(&self, key: KeyId) -> Known<'_> {
        let known = self.context.lookup(key);
        // Keys of the request may be absent beside one value of a stated key, and unknown beside another.
        let of_request = || origin(&self.conditions.key_of(key).name) == Origin::Request;
        if !known.is_unknown() || of_request() {
            self.noted.store(true, Ordering::Relaxed);
        }
        known
    }

    fn stated(&self) -> Vec<&str> {
        self.context.stated()
    }
}
