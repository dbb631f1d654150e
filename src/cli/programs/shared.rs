//! What several programs read of one estate, made once.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::datalog::engine::{Bound, Given, GivenError, Offer, Rows};

/// What is given, with the rows of relations that are read whole kept for the next program.
pub(in crate::cli) struct Shared<'g> {
    given: &'g dyn Given,
    whole: RefCell<FxHashMap<usize, Rows>>,
}

impl<'g> Shared<'g> {
    pub(in crate::cli) fn new(given: &'g dyn Given) -> Self {
        Self { given, whole: RefCell::default() }
    }
}

impl Given for Shared<'_> {
    fn offers(&self) -> &[Offer] {
        self.given.offers()
    }

    fn rows(&self, offer: usize, bound: &Bound) -> Result<Rows, GivenError> {
        if !bound.columns().is_empty() {
            return self.given.rows(offer, bound);
        }
        if let Some(rows) = self.whole.borrow().get(&offer) {
            return Ok(rows.clone());
        }
        let rows = self.given.rows(offer, bound)?;
        self.whole.borrow_mut().insert(offer, rows.clone());
        Ok(rows)
    }
}
