//! Aggregates.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::columns::Columns;
use super::function::number;
use super::interner::ValueId;
use super::limits::{RunError, RunErrorKind};
use super::plan::{Aggregation, Step};
use super::run::State;
use super::steps::{Collected, Sink};
use crate::datalog::program::Fold;
use crate::datalog::text::Value;
use crate::document::Span;

/// The results of an aggregate for the groups that were asked for. What it reads no longer changes, so they stay.
pub(super) type Folds = HashMap<Vec<ValueId>, Option<ValueId>, FxBuildHasher>;

/// About how many bytes a group takes beside its values.
const GROUP: u64 = 64;

/// A fold under way. A sum is wide enough for any order of its numbers.
enum Under {
    Count(i64),
    Sum(i128),
    Least(ValueId),
    Greatest(ValueId),
}

impl State<'_> {
    /// For each row of a batch the result for its group.
    pub(super) fn fold(
        &mut self,
        step: &Step,
        aggregation: &Aggregation,
        batch: &Columns,
    ) -> Result<Vec<Option<ValueId>>, RunError> {
        let group = |row: usize| -> Vec<ValueId> {
            aggregation.groups.iter().map(|&column| batch.get(row, column)).collect()
        };
        let groups: Vec<Vec<ValueId>> = (0..batch.len()).map(group).collect();
        let mut missing = Columns::new(aggregation.groups.len());
        let nothing = match aggregation.fold {
            Fold::Count | Fold::Sum => Some(self.number_id(0, step.span)?),
            Fold::Min | Fold::Max => None,
        };
        for group in &groups {
            if !self.folds[aggregation.number].contains_key(group) {
                missing.push(group);
                self.folds[aggregation.number].insert(group.clone(), nothing);
            }
        }
        self.held += missing.bytes() + GROUP * missing.len() as u64;
        if missing.len() > 0 {
            for (group, result) in self.fold_groups(step, aggregation, missing)? {
                self.folds[aggregation.number].insert(group, Some(result));
            }
        }
        let folds = &self.folds[aggregation.number];
        Ok(groups.iter().map(|group| folds.get(group).copied().flatten()).collect())
    }

    /// The results for the groups that have solutions.
    fn fold_groups(
        &mut self,
        step: &Step,
        aggregation: &Aggregation,
        groups: Columns,
    ) -> Result<Vec<(Vec<ValueId>, ValueId)>, RunError> {
        let mut solutions = Collected::new(aggregation.plan.out.len());
        self.steps(&aggregation.plan, 0, groups, &mut Sink::Set(&mut solutions))?;
        let width = aggregation.groups.len();
        let mut folds: HashMap<Vec<ValueId>, Under, FxBuildHasher> = HashMap::default();
        for row in 0..solutions.rows.len() {
            let group = solutions.rows.row(row).take(width).collect();
            let first = solutions.rows.row(row).nth(width);
            let first = first.ok_or_else(|| self.error(RunErrorKind::Unbound, step.span))?;
            let value = self.interner.value(first);
            let as_number = || number(value).map_err(|kind| self.error(kind, step.span));
            match folds.get_mut(&group) {
                None => {
                    let under = match aggregation.fold {
                        Fold::Count => Under::Count(1),
                        Fold::Sum => Under::Sum(as_number()?.into()),
                        Fold::Min => Under::Least(first),
                        Fold::Max => Under::Greatest(first),
                    };
                    folds.insert(group, under);
                }
                Some(Under::Count(count)) => *count += 1,
                Some(Under::Sum(sum)) => *sum += i128::from(as_number()?),
                Some(Under::Least(least)) if value < self.interner.value(*least) => *least = first,
                Some(Under::Greatest(greatest)) if value > self.interner.value(*greatest) => {
                    *greatest = first
                }
                Some(Under::Least(_) | Under::Greatest(_)) => {}
            }
        }
        let finished = folds.into_iter().map(|(group, under)| {
            let result = match under {
                Under::Count(count) => self.number_id(count, step.span)?,
                Under::Sum(sum) => {
                    let sum = i64::try_from(sum);
                    let sum = sum.map_err(|_| self.error(RunErrorKind::SumOverflow, step.span))?;
                    self.number_id(sum, step.span)?
                }
                Under::Least(value) | Under::Greatest(value) => value,
            };
            Ok((group, result))
        });
        finished.collect()
    }

    fn number_id(&mut self, number: i64, span: Span) -> Result<ValueId, RunError> {
        self.interner.intern(&Value::Number(number)).map_err(|full| self.full(full, span))
    }
}
