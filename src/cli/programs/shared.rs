//! What several programs read of one estate, made once.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::datalog::engine::{Bound, Given, GivenError, Offer, Rows};

/// A relation, and its columns that nobody reads.
type Question = (usize, Box<[usize]>);

/// What is given, with the rows of relations that are read whole kept for the next program. It is asked one question at a time: the
/// answer to each is found on all threads, and what answers share is made once.
pub(in crate::cli) struct Shared<'g> {
    given: &'g dyn Given,
    whole: Mutex<FxHashMap<Question, Rows>>,
}

impl<'g> Shared<'g> {
    pub(in crate::cli) fn new(given: &'g dyn Given) -> Self {
        Self { given, whole: Mutex::default() }
    }
}

impl Given for Shared<'_> {
    fn offers(&self) -> &[Offer] {
        self.given.offers()
    }

    fn rows(&self, offer: usize, bound: &Bound) -> Result<Rows, GivenError> {
        let mut whole = self.whole.lock();
        if !bound.columns().is_empty() {
            return self.given.rows(offer, bound);
        }
        let question = (offer, bound.spared().into());
        if let Some(rows) = whole.get(&question) {
            return Ok(rows.clone());
        }
        let rows = self.given.rows(offer, bound)?;
        whole.insert(question, rows.clone());
        Ok(rows)
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        // Nobody waits for its memory.
        let whole = std::mem::take(self.whole.get_mut());
        rayon::spawn(move || drop(whole));
    }
}
