//! What a run gives.

use std::cell::RefCell;

use jiff::Timestamp;
use rayon::prelude::*;

use super::given::Given;
use super::interner::ValueId;
use super::limits::{Limits, RunError};
use super::run::State;
use super::why::{self, Derivation};
use crate::datalog::program::{Program, RelationId};
use crate::datalog::text::Value;

/// What a run is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What `now()` is.
    pub now: Timestamp,
    /// The relations that are asked for; rules on which none of them depends do not run. Without a list all are.
    pub wanted: Option<Vec<RelationId>>,
    /// Whether derivations will be asked for. Otherwise given rows that differ in columns alone that no rule reads are one.
    pub explained: bool,
}

/// The relations after a run.
pub struct Derived<'p> {
    /// Derivations are made by asking further.
    state: RefCell<State<'p>>,
}

/// Runs a program.
///
/// The rows that come out depend on the program and on what is given, and on no order: not of rules, literals, facts or given rows.
///
/// # Errors
/// A limit is reached, arithmetic goes beyond 64 bits, or a relation from outside can't be read. See [`super::RunErrorKind`].
pub fn run<'p>(
    program: &'p Program,
    given: &'p dyn Given,
    limits: &Limits,
    options: &Options,
) -> Result<Derived<'p>, RunError> {
    let now = Value::text(&options.now.to_string());
    let mut state = State::new(program, given, limits, now, options)?;
    state.run()?;
    Ok(Derived { state: RefCell::new(state) })
}

impl Derived<'_> {
    /// The rows of a relation, sorted. Of a relation that is given on demand those that the program asked for.
    pub fn rows(&self, relation: RelationId) -> Vec<Vec<Value>> {
        let state = self.state.borrow();
        let Some(store) = state.stores.get(relation.0 as usize) else { return Vec::new() };
        let values = |row: usize| store.rows().row(row).map(|id| state.interner.value(id).clone()).collect();
        let mut rows: Vec<Vec<Value>> = (0..store.rows().len()).map(values).collect();
        rows.par_sort_unstable();
        rows
    }

    /// How many rows a relation has.
    pub fn len(&self, relation: RelationId) -> usize {
        let state = self.state.borrow();
        state.stores.get(relation.0 as usize).map_or(0, |store| store.rows().len())
    }

    /// Whether a relation has no rows.
    pub fn is_empty(&self, relation: RelationId) -> bool {
        self.len(relation) == 0
    }

    /// Whether a relation has a row.
    pub fn contains(&self, relation: RelationId, row: &[Value]) -> bool {
        let state = self.state.borrow();
        let ids: Option<Vec<ValueId>> = row.iter().map(|value| state.interner.get(value)).collect();
        let store = state.stores.get(relation.0 as usize);
        ids.zip(store)
            .is_some_and(|(ids, store)| ids.len() == store.rows().all().len() && store.set().contains(&ids))
    }

    /// Why a relation has a row; nothing if it has not.
    ///
    /// Rules are replayed with the row as their head until one derives it, then for each row that this rests on, down to rows that
    /// are given or stated. No row rests on itself, by whatever way round.
    ///
    /// # Errors
    /// The replay reaches a limit.
    pub fn why(&self, relation: RelationId, row: &[Value]) -> Result<Option<Derivation>, RunError> {
        why::why(&mut self.state.borrow_mut(), relation, row)
    }
}
