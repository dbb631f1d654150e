//! Derivations, found by replaying rules.
//!
//! Rows are kept in the order of their rounds. A row of a round was derived from rows of earlier rounds, so a derivation that takes
//! only these exists, and going on like that ends.

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};
use rustc_hash::FxBuildHasher;

use super::columns::Columns;
use super::index::Segment;
use super::interner::ValueId;
use super::limits::RunError;
use super::plan::{Op, Plan, Probe, Source, Step, Wanted, uses};
use super::prepare::{Arg, Folded, Kind, Part, Prepared};
use super::run::State;
use crate::datalog::program::{Fold, Place, RelationId, RuleId};
use crate::datalog::text::Value;

/// Why a row is there: the row itself first, then all that it rests on, each once.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    /// The rows. A row rests on rows that come after it in the list or, where several rest on it, anywhere; never on itself.
    pub rows: Vec<DerivedRow>,
}

/// A row and why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedRow {
    /// The relation.
    pub relation: RelationId,
    /// The row.
    pub values: Vec<Value>,
    /// Why.
    pub because: Because,
}

/// Why a row is there.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// It was given from outside.
    Given,
    /// The program states it.
    Stated(Place),
    /// A rule derives it.
    Rule {
        /// The rule.
        rule: RuleId,
        /// The values of its variables; those of variables that only aggregates use are not told.
        variables: Vec<Option<Value>>,
        /// For each literal of the body, in its order, what makes it hold.
        premises: Vec<Premise>,
    },
}

/// What makes a literal hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Premise {
    /// A row, by its place in [`Derivation::rows`].
    Row(usize),
    /// The values alone: it is a test or an absent atom.
    Values,
    /// What an aggregate is made of.
    Folded {
        /// Rows that its body takes for its tuples, by their places in [`Derivation::rows`], each once. Of `min` and `max` those of one
        /// tuple that gives the result.
        rows: Vec<usize>,
        /// How many of its tuples are left out.
        more: More,
    },
}

/// How many tuples of an aggregate are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    /// So many.
    Tuples(u64),
    /// So many at least.
    AtLeast(u64),
}

/// Of how many tuples of an aggregate rows are told, and how many are counted.
const MOST_TOLD: u64 = 10;
const MOST_COUNTED: u64 = 10_000;

/// A row by relation and number.
type Numbered = (usize, usize);

/// Where a rule's premises come from: for each literal the row that it took.
type Taken = Vec<(usize, Numbered)>;

/// How a rule derives a row: the values of its variables, and the rows that it took.
type Replayed = (Vec<Option<ValueId>>, Taken);

/// Takes the values and rows of a solution; whether to go on with the next one.
type Visit<'v> = &'v mut dyn FnMut(&Columns, &Taken) -> bool;

pub(super) fn why(
    state: &mut State<'_>,
    relation: RelationId,
    row: &[Value],
) -> Result<Option<Derivation>, RunError> {
    let ids: Option<Vec<ValueId>> = row.iter().map(|value| state.interner.get(value)).collect();
    let Some(ids) = ids else { return Ok(None) };
    let mut replay = Replay { state, indexes: HashMap::default(), limits: Vec::new() };
    let Some(number) = replay.number_of(relation.0 as usize, &ids) else { return Ok(None) };
    replay.derivation((relation.0 as usize, number)).map(Some)
}

struct Replay<'a, 'p> {
    state: &'a mut State<'p>,
    indexes: HashMap<(usize, Vec<usize>), Rc<Segment>, FxBuildHasher>,
    /// For each relation: how many of its first rows may be taken.
    limits: Vec<usize>,
}

impl Replay<'_, '_> {
    fn derivation(&mut self, root: Numbered) -> Result<Derivation, RunError> {
        let mut places: HashMap<Numbered, usize, FxBuildHasher> = HashMap::default();
        places.insert(root, 0);
        let mut pending = vec![root];
        let mut rows = Vec::new();
        while let Some(&numbered) = pending.get(rows.len()) {
            let because = self.because(numbered, &mut |premise| {
                *places.entry(premise).or_insert_with(|| {
                    pending.push(premise);
                    pending.len() - 1
                })
            })?;
            let values = self.values(numbered);
            rows.push(DerivedRow { relation: RelationId(numbered.0 as u32), values, because });
        }
        Ok(Derivation { rows })
    }

    fn values(&self, (relation, row): Numbered) -> Vec<Value> {
        let ids = self.state.stores[relation].rows().row(row);
        ids.map(|id| self.state.interner.value(id).clone()).collect()
    }

    fn because(
        &mut self,
        (relation, row): Numbered,
        place: &mut impl FnMut(Numbered) -> usize,
    ) -> Result<Because, RunError> {
        let program = self.state.program;
        let store = &self.state.stores[relation];
        let ids: Vec<ValueId> = store.rows().row(row).collect();
        let Some(round) = store.round(row) else {
            let values = self.values((relation, row));
            let stated = program
                .facts
                .iter()
                .find(|fact| fact.relation.0 as usize == relation && fact.values == values);
            return Ok(stated.map_or(Because::Given, |fact| Because::Stated(fact.place)));
        };
        let head = |rule: &RuleId| program.rules[rule.0 as usize].head.0 as usize;
        let stratum =
            program.strata.iter().find(|stratum| stratum.rules.iter().any(|rule| head(rule) == relation));
        let rules = stratum.map(|stratum| stratum.rules.as_slice()).unwrap_or_default();
        self.limits = vec![usize::MAX; program.relations.len()];
        if stratum.is_some_and(|stratum| stratum.recursive) {
            for rule in rules {
                self.limits[head(rule)] = self.state.stores[head(rule)].before(round);
            }
        }
        for &rule in rules.iter().filter(|rule| head(rule) == relation) {
            let Some(prepared) = self.state.prepared(rule) else { continue };
            self.state.rule = Some(rule);
            if let Some(spent) = self.state.spent.get_mut(rule.0 as usize) {
                *spent = 0;
            }
            let found = self.replayed(&prepared, &ids)?;
            if let Some((values, taken)) = found {
                let mut premises = Vec::new();
                for (literal, part) in prepared.body.iter().enumerate() {
                    let row = taken.iter().find(|(of, _)| *of == literal);
                    premises.push(match (&part.kind, row) {
                        (_, Some((_, numbered))) => Premise::Row(place(*numbered)),
                        (Kind::Aggregate(folded), None) => {
                            let (rows, more) = self.folded(&prepared, folded, &values)?;
                            Premise::Folded { rows: rows.into_iter().map(&mut *place).collect(), more }
                        }
                        _ => Premise::Values,
                    });
                }
                let value = |id: &Option<ValueId>| id.map(|id| self.state.interner.value(id).clone());
                let variables = values.iter().map(value).collect();
                self.state.rule = None;
                return Ok(Because::Rule { rule, variables, premises });
            }
            self.state.rule = None;
        }
        // A derived row was derived, so a rule was found above.
        Ok(Because::Given)
    }

    /// The values and rows by which a rule derives a row, if it does.
    fn replayed(&mut self, rule: &Prepared, row: &[ValueId]) -> Result<Option<Replayed>, RunError> {
        let (mut input, mut bound): (Vec<u32>, Vec<ValueId>) = (Vec::new(), Vec::new());
        for (arg, &value) in rule.head.iter().zip(row) {
            match *arg {
                Arg::Constant(constant) if constant != value => return Ok(None),
                Arg::Variable(variable) => match input.iter().position(|&other| other == variable) {
                    Some(at) if bound[at] != value => return Ok(None),
                    Some(_) => {}
                    None => {
                        input.push(variable);
                        bound.push(value);
                    }
                },
                _ => {}
            }
        }
        let mut variables: Vec<u32> = input.clone();
        rule.body.iter().for_each(|literal| uses(&literal.kind, &mut |variable| variables.push(variable)));
        variables.sort_unstable();
        variables.dedup();
        let out: Vec<Arg> = variables.iter().map(|&variable| Arg::Variable(variable)).collect();
        let plan = self.planned(rule, &rule.body, &input, &out)?;
        let first = Columns::of(1, bound.into_iter().map(|value| vec![value]).collect());
        let mut found = None;
        self.solutions((&rule.body, &plan), 0, first, &mut Vec::new(), &mut |last, taken| {
            let mut values = vec![None; rule.variables as usize];
            for (&variable, source) in variables.iter().zip(&plan.out) {
                values[variable as usize] = Some(source.get(last, 0));
            }
            found = Some((values, taken.clone()));
            false
        })?;
        Ok(found)
    }

    /// How a body of a rule is gone through from one row of bindings, over the rows of all rounds.
    fn planned(
        &mut self,
        rule: &Prepared,
        body: &[Part],
        input: &[u32],
        out: &[Arg],
    ) -> Result<Plan, RunError> {
        let recursive = vec![false; self.state.stores.len()];
        let wanted =
            Wanted { variables: rule.variables, input, rows: 1.0, out, delta: None, recursive: &recursive };
        self.state.plan(body, &wanted)
    }

    /// The rows that tuples of an aggregate take, and how many further tuples there are.
    fn folded(
        &mut self,
        rule: &Prepared,
        aggregate: &Folded,
        values: &[Option<ValueId>],
    ) -> Result<(Vec<Numbered>, More), RunError> {
        let value = |variable: u32| values.get(variable as usize).copied().flatten();
        let result = match aggregate.result {
            Arg::Variable(variable) => value(variable),
            Arg::Constant(value) => Some(value),
            Arg::Any => None,
        };
        let one_is_enough = matches!(aggregate.fold, Fold::Min | Fold::Max) && result.is_some();
        let mut bound: Vec<(u32, ValueId)> =
            aggregate.groups.iter().filter_map(|&variable| Some((variable, value(variable)?))).collect();
        let extreme = aggregate.of.first().copied().zip(result).filter(|_| one_is_enough);
        if let Some(extreme) =
            extreme.filter(|(variable, _)| bound.iter().all(|(other, _)| other != variable))
        {
            bound.push(extreme);
        }
        let input: Vec<u32> = bound.iter().map(|(variable, _)| *variable).collect();
        let out: Vec<Arg> = aggregate.of.iter().map(|&variable| Arg::Variable(variable)).collect();
        let plan = self.planned(rule, &aggregate.body, &input, &out)?;
        let first = Columns::of(1, bound.into_iter().map(|(_, value)| vec![value]).collect());
        let mut tuples: HashSet<Vec<ValueId>, FxBuildHasher> = HashSet::default();
        let mut rows: Vec<Numbered> = Vec::new();
        let whole =
            self.solutions((&aggregate.body, &plan), 0, first, &mut Vec::new(), &mut |last, taken| {
                let tuple = plan.out.iter().map(|source| source.get(last, 0)).collect();
                if tuples.insert(tuple) && tuples.len() as u64 <= MOST_TOLD {
                    for (_, row) in taken {
                        if !rows.contains(row) {
                            rows.push(*row);
                        }
                    }
                }
                !one_is_enough && (tuples.len() as u64) < MOST_COUNTED
            })?;
        let more = (tuples.len() as u64).saturating_sub(MOST_TOLD);
        Ok((rows, if whole || one_is_enough { More::Tuples(more) } else { More::AtLeast(more) }))
    }

    /// The solutions of a body from a row of bindings on, each with the rows that it took, until enough are visited; whether that were all.
    fn solutions(
        &mut self,
        (body, plan): (&[Part], &Plan),
        at: usize,
        bindings: Columns,
        taken: &mut Taken,
        visit: Visit<'_>,
    ) -> Result<bool, RunError> {
        let Some(step) = plan.steps.get(at) else { return Ok(visit(&bindings, taken)) };
        let positive = matches!(body[step.literal].kind, Kind::Atom { .. });
        match &step.op {
            Op::Join(probe, new) => self.each_row((body, plan), at, (probe, new), &bindings, taken, visit),
            Op::Exists(probe, _) if positive => {
                self.each_row((body, plan), at, (probe, &[]), &bindings, taken, visit)
            }
            Op::Each(list) => {
                let mut batches = Vec::new();
                self.state.each(step, list, &bindings, &mut |_, batch| {
                    batches.push(batch);
                    Ok(())
                })?;
                for batch in batches {
                    for row in 0..batch.len() {
                        let one = Columns::of(1, batch.row(row).map(|value| vec![value]).collect());
                        if !self.solutions((body, plan), at + 1, one, taken, visit)? {
                            return Ok(false);
                        }
                    }
                }
                Ok(true)
            }
            _ => {
                let next = self.state.apply(step, bindings)?;
                if next.len() == 0 {
                    Ok(true)
                } else {
                    self.solutions((body, plan), at + 1, next, taken, visit)
                }
            }
        }
    }

    /// Goes on with each row that matches, until enough solutions are visited.
    fn each_row(
        &mut self,
        (body, plan): (&[Part], &Plan),
        at: usize,
        (probe, new): (&Probe, &[usize]),
        bindings: &Columns,
        taken: &mut Taken,
        visit: Visit<'_>,
    ) -> Result<bool, RunError> {
        let step: &Step = &plan.steps[at];
        self.state.ask_for(probe, bindings, step.span)?;
        for row in self.matching(probe, bindings) {
            self.state.spend(bindings, step.span)?;
            let kept = step.keep.iter().map(|&column| vec![bindings.get(0, column)]);
            let rows = self.state.stores[probe.relation].rows();
            let added = new.iter().map(|&column| vec![rows.get(row, column)]);
            let next = Columns::of(1, kept.chain(added).collect());
            taken.push((step.literal, (probe.relation, row)));
            let all = self.solutions((body, plan), at + 1, next, taken, visit)?;
            taken.pop();
            if !all {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The numbers of the rows that match and may be taken.
    fn matching(&mut self, probe: &Probe, bindings: &Columns) -> Vec<usize> {
        let limit = self.limits[probe.relation].min(self.state.stores[probe.relation].rows().len());
        if probe.key.is_empty() {
            // Of a relation that grows with the row, the last rows are those that most likely led to it.
            return match self.limits[probe.relation] {
                usize::MAX => (0..limit).collect(),
                _ => (0..limit).rev().collect(),
            };
        }
        let columns = probe.key.iter().map(|(column, _)| *column).collect();
        let key: Vec<ValueId> =
            probe.key.iter().map(|(_, source): &(_, Source)| source.get(bindings, 0)).collect();
        let index = self.index(probe.relation, columns);
        let rows = index.row_numbers(index.find(&key)).iter().map(|&row| row as usize);
        rows.take_while(|&row| row < limit).collect()
    }

    fn index(&mut self, relation: usize, columns: Vec<usize>) -> Rc<Segment> {
        let rows = self.state.stores[relation].rows();
        let made = self.indexes.get(&(relation, columns.clone()));
        if let Some(made) = made.filter(|made| made.rows.end == rows.len()) {
            return made.clone();
        }
        let made = Rc::new(Segment::new(rows, &columns, 0..rows.len(), None));
        self.indexes.insert((relation, columns), made.clone());
        made
    }

    fn number_of(&mut self, relation: usize, row: &[ValueId]) -> Option<usize> {
        let store = self.state.stores.get(relation)?;
        if store.rows().all().len() != row.len() || !store.set().contains(row) {
            return None;
        }
        if row.is_empty() {
            return Some(0);
        }
        let index = self.index(relation, (0..row.len()).collect());
        index.row_numbers(index.find(row)).first().map(|&row| row as usize)
    }
}
