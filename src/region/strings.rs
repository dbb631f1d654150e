//! What doubts say of one another that ask whether the same unknown string is in a set: the string that a service checks for an
//! action without resource type is one for all statements of a request.
//!
//! source   S-RES-10, S-TRI-05

use std::sync::Arc;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use super::condition::DoubtId;
use super::resource::{ResourceSetId, ResourceSets};

/// The doubts that ask for that string, each with its set.
pub struct Strings {
    resources: Arc<ResourceSets>,
    sets: RwLock<FxHashMap<DoubtId, ResourceSetId>>,
}

impl Strings {
    /// None yet, about sets of an arena.
    pub fn new(resources: Arc<ResourceSets>) -> Self {
        Self { resources, sets: RwLock::default() }
    }

    /// Says that a doubt asks whether the string is in a set.
    pub fn ask(&self, doubt: DoubtId, set: ResourceSetId) {
        self.sets.write().insert(doubt, set);
    }

    /// Whether a doubt asks for the string.
    pub fn is_asked_by(&self, doubt: DoubtId) -> bool {
        self.sets.read().contains_key(&doubt)
    }

    /// Whether two doubts can come out like this of one string. Where comparing the sets outgrows a limit they may.
    pub fn go_together(&self, (one, is_in): (DoubtId, bool), (other, is_in_other): (DoubtId, bool)) -> bool {
        let sets = self.sets.read();
        let (Some(&one), Some(&other)) = (sets.get(&one), sets.get(&other)) else { return true };
        match (is_in, is_in_other) {
            (true, true) => self.resources.overlaps(one, other) != Ok(false),
            (true, false) => self.resources.includes(other, one) != Ok(true),
            (false, true) => self.resources.includes(one, other) != Ok(true),
            // It may be `*`, which is in no set.
            (false, false) => true,
        }
    }
}
