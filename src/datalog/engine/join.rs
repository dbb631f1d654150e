//! Joins of a batch with a relation.

use std::ops::Range;
use std::rc::Rc;

use super::columns::Columns;
use super::given::{Bound, Rows};
use super::index::Segment;
use super::interner::ValueId;
use super::limits::{RunError, RunErrorKind};
use super::order::Access;
use super::plan::{Probe, Source, Step};
use super::run::State;
use super::steps::batch_rows;
use crate::datalog::text::Value;
use crate::document::Span;

/// A row of the batch, and a run of places where rows of the relation match it.
struct Match {
    row: u32,
    segment: u32,
    places: Range<u32>,
}

/// What the matches of a batch are in.
enum Found {
    /// Segments of an index.
    Segments(Vec<Rc<Segment>>),
    /// The relation itself, read from end to end.
    Relation,
}

impl State<'_> {
    /// Joins a batch with a relation; gives the results in batches.
    pub(super) fn join(
        &mut self,
        step: &Step,
        probe: &Probe,
        new: &[usize],
        batch: &Columns,
        next: &mut impl FnMut(&mut Self, Columns) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        self.ask_for(probe, batch, step.span)?;
        let columns: Vec<usize> = probe.key.iter().map(|(column, _)| *column).collect();
        let store = &mut self.stores[probe.relation];
        let scanned = store.range(probe.part);
        let found = match columns.is_empty() {
            true => Found::Relation,
            false => Found::Segments(store.segments(&columns, probe.part)),
        };
        self.reckon(probe.relation);
        let mut key = vec![ValueId(0); probe.key.len()];
        let most = batch_rows(step.keep.len() + new.len());
        let (mut matches, mut total) = (Vec::new(), 0);
        for row in 0..batch.len() {
            for (place, (_, source)) in key.iter_mut().zip(&probe.key) {
                *place = source.get(batch, row);
            }
            let segments = if let Found::Segments(segments) = &found { segments.len() } else { 1 };
            for segment in 0..segments {
                let mut places = match &found {
                    Found::Segments(segments) => segments[segment].find(&key),
                    Found::Relation => scanned.clone(),
                };
                while !places.is_empty() {
                    let end = places.end.min(places.start + most - total);
                    total += end - places.start;
                    let here = places.start as u32..end as u32;
                    matches.push(Match { row: row as u32, segment: segment as u32, places: here });
                    places.start = end;
                    if total == most {
                        let full = self.matched(probe, &found, &matches, total, (batch, &step.keep, new));
                        (matches, total) = (Vec::new(), 0);
                        next(self, full)?;
                    }
                }
            }
        }
        let rest = self.matched(probe, &found, &matches, total, (batch, &step.keep, new));
        next(self, rest)
    }

    /// The matches as a batch: the columns that are carried on, and the new ones.
    fn matched(
        &self,
        probe: &Probe,
        found: &Found,
        matches: &[Match],
        total: usize,
        (batch, keep, new): (&Columns, &[usize], &[usize]),
    ) -> Columns {
        let rows = self.stores[probe.relation].rows();
        let mut columns = Vec::with_capacity(keep.len() + new.len());
        for &column in keep {
            let values = batch.column(column);
            let mut out = Vec::with_capacity(total);
            for found in matches {
                out.extend(std::iter::repeat_n(values[found.row as usize], found.places.len()));
            }
            columns.push(out);
        }
        for &column in new {
            let mut out = Vec::with_capacity(total);
            for here in matches {
                let places = here.places.start as usize..here.places.end as usize;
                match found {
                    Found::Segments(segments) => {
                        segments[here.segment as usize].copy(rows, column, places, &mut out);
                    }
                    Found::Relation => out.extend_from_slice(&rows.column(column)[places]),
                }
            }
            columns.push(out);
        }
        Columns::of(total, columns)
    }

    /// Asks a relation from outside what a batch needs to know of it.
    pub(super) fn ask_for(&mut self, probe: &Probe, batch: &Columns, span: Span) -> Result<(), RunError> {
        match probe.ask {
            Some(ask) => self.ask(probe.relation, ask, &probe.key, batch, span),
            None => Ok(()),
        }
    }

    /// Asks a relation, by the columns of one of the sets that it accepts, for the tuples of a batch that it was not yet asked for.
    pub(super) fn ask(
        &mut self,
        relation: usize,
        ask: usize,
        key: &[(usize, Source)],
        batch: &Columns,
        span: Span,
    ) -> Result<(), RunError> {
        let Some(offer) = self.offers[relation] else { return Ok(()) };
        let columns = match &self.access[relation] {
            Access::Asked(accepts) => accepts.get(ask).map(|accepts| accepts.columns.clone()),
            Access::Here => None,
        };
        let Some(columns) = columns else { return Ok(()) };
        let sources: Vec<Source> =
            key.iter().filter(|(column, _)| columns.contains(column)).map(|(_, source)| *source).collect();
        let mut tuples = Rows::new(columns.len());
        let mut tuple = Vec::with_capacity(columns.len());
        for row in 0..batch.len() {
            tuple.clear();
            tuple.extend(sources.iter().map(|source| source.get(batch, row)));
            if self.asked[relation][ask].insert(&tuple) {
                tuples.push(tuple.iter().map(|&id| self.interner.value(id).clone()));
            }
        }
        if tuples.is_empty() {
            return Ok(());
        }
        let declared = &self.program.relations[relation];
        let rows = self
            .given
            .rows(offer, &Bound::new(columns, tuples).sparing(self.spared[relation].clone()))
            .map_err(|error| {
                self.error(RunErrorKind::Given { relation: declared.name.clone(), error }, span)
            })?;
        let row_error =
            |state: &Self| state.error(RunErrorKind::Row { relation: declared.name.clone() }, span);
        if rows.width() != declared.columns.len() || !rows.is_even() {
            return Err(row_error(self));
        }
        let mut is_read = vec![true; rows.width()];
        self.unread[relation].iter().for_each(|&column| is_read[column] = false);
        let mut ids: Vec<ValueId> = Vec::with_capacity(rows.width());
        let mut before: &[Value] = &[];
        self.stores[relation].expect(rows.len());
        for row in rows.iter() {
            for (place, (value, column)) in row.iter().zip(&declared.columns).enumerate() {
                if !column.of.holds(value) {
                    return Err(row_error(self));
                }
                // Where nobody looks, what stands in the first row stands in all. Rows often begin as those before them do.
                let is_plain = |before: &Value| !is_read[place] || before == value;
                if place < ids.len() && before.get(place).is_some_and(is_plain) {
                    continue;
                }
                let id = self.interner.intern(value).map_err(|full| self.full(full, span))?;
                match ids.get_mut(place) {
                    Some(slot) => *slot = id,
                    None => ids.push(id),
                }
            }
            if self.stores[relation].give(&ids) {
                self.derived(relation, 1, span)?;
            }
            before = row;
        }
        Ok(())
    }
}
