//! Steps over batches.

use std::cell::Cell;
use std::rc::Rc;

use super::columns::Columns;
use super::function::{Evaluator, list};
use super::interner::ValueId;
use super::limits::{RunError, RunErrorKind};
use super::plan::{Op, Plan, Probe, Source, Step};
use super::prepare::Expr;
use super::run::State;
use super::set::RowSet;
use crate::document::Span;

/// How many rows a batch has at most, and how many values, unless its rows are as wide as that.
const BATCH: usize = 8192;
const BATCH_VALUES: usize = 16 * BATCH;

/// How many rows a batch of so many columns has at most. Each step of a body holds one batch.
pub(super) fn batch_rows(columns: usize) -> usize {
    (BATCH_VALUES / columns.max(1)).clamp(1, BATCH)
}

/// Where the solutions of a body go.
pub(super) enum Sink<'a> {
    /// Into a relation.
    Head(usize),
    /// Into a set.
    Set(&'a mut Collected),
}

/// Distinct rows.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) rows: Columns,
    set: RowSet,
}

impl Collected {
    pub(super) fn new(width: usize) -> Self {
        Self { rows: Columns::new(width), set: RowSet::new(width) }
    }

    /// The bytes that they take.
    pub(super) fn bytes(&self) -> u64 {
        self.rows.bytes() + self.set.bytes()
    }
}

impl Source {
    /// The value for a row.
    pub(super) fn get(self, batch: &Columns, row: usize) -> ValueId {
        match self {
            Self::Column(column) => batch.get(row, column),
            Self::Constant(value) => value,
        }
    }
}

impl State<'_> {
    /// Takes a batch through the steps from `at`.
    pub(super) fn steps(
        &mut self,
        plan: &Plan,
        at: usize,
        batch: Columns,
        sink: &mut Sink<'_>,
    ) -> Result<(), RunError> {
        if batch.len() == 0 {
            return Ok(());
        }
        let Some(step) = plan.steps.get(at) else { return self.finish(plan, &batch, sink) };
        self.spend(&batch, step.span)?;
        let mut next = |state: &mut Self, batch: Columns| {
            state.spend(&batch, step.span)?;
            let batch = match &step.thin {
                Some(pause) => thinned(batch, pause),
                None => batch,
            };
            state.steps(plan, at + 1, batch, sink)
        };
        match &step.op {
            Op::Join(probe, new) => self.join(step, probe, new, &batch, &mut next),
            Op::Each(list) => self.each(step, list, &batch, &mut next),
            _ => {
                let batch = self.apply(step, batch)?;
                next(self, batch)
            }
        }
    }

    fn finish(&mut self, plan: &Plan, batch: &Columns, sink: &mut Sink<'_>) -> Result<(), RunError> {
        let constant = |source: &Source| match source {
            Source::Constant(value) => vec![*value; batch.len()],
            Source::Column(_) => Vec::new(),
        };
        let constants: Vec<Vec<ValueId>> = plan.out.iter().map(constant).collect();
        let columns: Vec<&[ValueId]> = plan
            .out
            .iter()
            .zip(&constants)
            .map(|(source, constant)| match source {
                Source::Column(column) => batch.column(*column),
                Source::Constant(_) => constant,
            })
            .collect();
        let span = plan.steps.last().map(|step| step.span).unwrap_or_default();
        match sink {
            Sink::Head(relation) => {
                let new = self.stores[*relation].insert_all(batch.len(), &columns);
                self.derived(*relation, new, span)
            }
            Sink::Set(collected) => {
                collected.set.insert_all(batch.len(), &columns, &mut collected.rows);
                let limit = self.limits.facts;
                if collected.rows.len() > limit {
                    return Err(self.error(RunErrorKind::Facts { limit }, span));
                }
                self.hold(collected.bytes(), span)
            }
        }
    }

    /// A step that gives no more rows than it takes.
    pub(super) fn apply(&mut self, step: &Step, batch: Columns) -> Result<Columns, RunError> {
        match &step.op {
            Op::Exists(probe, negated) => {
                let rows = self.existing(step, probe, *negated, &batch)?;
                Ok(selected(batch, &step.keep, &rows))
            }
            Op::Same(column, other) => {
                let same = |&row: &u32| batch.get(row as usize, *column) == other.get(&batch, row as usize);
                let rows: Vec<u32> = (0..batch.len() as u32).filter(same).collect();
                Ok(selected(batch, &step.keep, &rows))
            }
            Op::Test(check) => {
                let rows =
                    self.evaluate(step.span, |evaluator| evaluator.passing(check, &step.input, &batch))?;
                Ok(selected(batch, &step.keep, &rows))
            }
            Op::Bind(expression) => {
                let values = self.values(step, expression, &batch)?;
                Ok(with_values(batch, &step.keep, values))
            }
            Op::Aggregate(aggregation) => {
                let values = self.fold(step, aggregation, &batch)?;
                Ok(with_values(batch, &step.keep, values))
            }
            // These multiply rows.
            Op::Join(..) | Op::Each(_) => Ok(batch),
        }
    }

    fn values(
        &mut self,
        step: &Step,
        expression: &Expr,
        batch: &Columns,
    ) -> Result<Vec<Option<ValueId>>, RunError> {
        self.evaluate(step.span, |evaluator| evaluator.values(expression, &step.input, batch))
    }

    fn evaluate<T>(
        &mut self,
        span: Span,
        evaluate: impl FnOnce(&mut Evaluator<'_>) -> Result<T, RunErrorKind>,
    ) -> Result<T, RunError> {
        let mut evaluator = Evaluator {
            interner: &mut self.interner,
            limits: &self.limits,
            text_bytes: &mut self.text_bytes,
            now: &self.now,
        };
        evaluate(&mut evaluator).map_err(|kind| self.error(kind, span))
    }

    /// The rows of a batch for which the relation has a row, or has none.
    fn existing(
        &mut self,
        step: &Step,
        probe: &Probe,
        negated: bool,
        batch: &Columns,
    ) -> Result<Vec<u32>, RunError> {
        self.ask_for(probe, batch, step.span)?;
        let rows = 0..batch.len() as u32;
        let store = &mut self.stores[probe.relation];
        if probe.key.is_empty() {
            let any = !store.range(probe.part).is_empty();
            return Ok(if any != negated { rows.collect() } else { Vec::new() });
        }
        let mut key = vec![ValueId(0); probe.key.len()];
        let fill = |key: &mut [ValueId], row: u32| {
            for (place, (_, source)) in key.iter_mut().zip(&probe.key) {
                *place = source.get(batch, row as usize);
            }
        };
        let whole = probe.key.len() == store.rows().all().len();
        // While a relation is derived its set is ahead of the round.
        if whole && !self.recursive[probe.relation] {
            let there = |&row: &u32| {
                fill(&mut key, row);
                store.set().contains(&key) != negated
            };
            return Ok(rows.filter(there).collect());
        }
        let columns: Vec<usize> = probe.key.iter().map(|(column, _)| *column).collect();
        let segments = store.segments(&columns, probe.part);
        self.reckon(probe.relation);
        let there = |&row: &u32| {
            fill(&mut key, row);
            segments.iter().any(|segment| !segment.find(&key).is_empty()) != negated
        };
        Ok(rows.filter(there).collect())
    }

    /// Gives a row for each element of a list, in batches.
    pub(super) fn each(
        &mut self,
        step: &Step,
        list: &Expr,
        batch: &Columns,
        next: &mut impl FnMut(&mut Self, Columns) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let most = batch_rows(step.keep.len() + 1);
        let lists = self.values(step, list, batch)?;
        let (mut rows, mut elements): (Vec<u32>, Vec<ValueId>) = (Vec::new(), Vec::new());
        for (row, list) in lists.into_iter().enumerate() {
            let Some(list) = list else { continue };
            let of = self.elements_of(list, step.span)?;
            elements.extend_from_slice(&of);
            rows.extend(std::iter::repeat_n(row as u32, of.len()));
            if rows.len() >= most {
                let full = batch.select(&step.keep, &rows).with(std::mem::take(&mut elements));
                rows.clear();
                next(self, full)?;
            }
        }
        next(self, batch.select(&step.keep, &rows).with(elements))
    }

    fn elements_of(&mut self, id: ValueId, span: Span) -> Result<Rc<[ValueId]>, RunError> {
        if let Some(known) = self.elements.get(&id) {
            return Ok(known.clone());
        }
        let value = self.interner.value(id).clone();
        let elements = list(&value).map_err(|kind| self.error(kind, span))?;
        let elements: Vec<ValueId> = elements
            .iter()
            .map(|element| self.interner.intern(element).map_err(|full| self.full(full, span)))
            .collect::<Result<_, _>>()?;
        // An element that occurs twice is one solution.
        let mut seen = RowSet::new(1);
        let elements: Rc<[ValueId]> = elements.into_iter().filter(|&id| seen.insert(&[id])).collect();
        self.held += 4 * elements.len() as u64;
        self.elements.insert(id, elements.clone());
        Ok(elements)
    }
}

/// Some rows of a batch.
fn selected(batch: Columns, keep: &[usize], rows: &[u32]) -> Columns {
    if rows.len() == batch.len() { batch.keep(keep) } else { batch.select(keep, rows) }
}

/// The rows that have a value, with it.
fn with_values(batch: Columns, keep: &[usize], values: Vec<Option<ValueId>>) -> Columns {
    let there: Vec<ValueId> = values.iter().flatten().copied().collect();
    if there.len() == batch.len() {
        return batch.keep(keep).with(there);
    }
    let rows: Vec<u32> =
        (0..).zip(&values).filter(|(_, value)| value.is_some()).map(|(row, _)| row).collect();
    batch.select(keep, &rows).with(there)
}

/// How many batches go as they are after one that had few rows alike.
const PAUSE: u32 = 31;

/// The distinct rows of a batch, or the batch while making them distinct does not pay.
fn thinned(batch: Columns, pause: &Cell<u32>) -> Columns {
    let width = batch.all().len();
    if batch.len() < 2 {
        return batch;
    }
    if width == 0 {
        return Columns::unit();
    }
    if pause.get() > 0 {
        pause.set(pause.get() - 1);
        return batch;
    }
    let mut distinct = Columns::new(width);
    let columns: Vec<&[ValueId]> = batch.all().iter().map(Vec::as_slice).collect();
    // A set for narrow rows takes room for values that the batch does not have.
    RowSet::new(width.max(3)).insert_all(batch.len(), &columns, &mut distinct);
    if distinct.len() * 8 > batch.len() * 7 {
        pause.set(PAUSE);
    }
    distinct
}
