//! Strata, rounds and rules.

use std::rc::Rc;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::aggregate::Folds;
use super::columns::Columns;
use super::derived::Options;
use super::given::{Given, Offer};
use super::interner::{Full, Interner, ValueId};
use super::limits::{Limits, MAX_LITERALS, RunError, RunErrorKind};
use super::order::{Access, Sizes};
use super::plan::{Plan, Stuck, Wanted, plan};
use super::prepare::{Arg, Kind, Part as Literal, Preparation, Prepared};
use super::relation::Store;
use super::set::RowSet;
use super::steps::Sink;
use crate::datalog::program::{Place, Program, Relation, RelationId, Rule, RuleId};
use crate::datalog::text::Value;
use crate::document::Span;

/// A literal that reads a relation: the rule by its place in the stratum, and the place in its body.
type Use = (usize, usize);

/// A plan, and how large the relations were that it was made for, in powers of two.
type Planned = (Vec<u32>, Rc<Plan>);

/// All that a run knows.
pub(super) struct State<'p> {
    pub(super) program: &'p Program,
    pub(super) given: &'p dyn Given,
    pub(super) limits: Limits,
    pub(super) now: Value,
    pub(super) interner: Interner,
    /// The rows of each relation of the program.
    pub(super) stores: Vec<Store>,
    /// How the rows of each relation are had.
    pub(super) access: Vec<Access>,
    /// Which offer each relation is.
    pub(super) offers: Vec<Option<usize>>,
    /// The columns of each given relation that no rule reads: rows that differ in them alone are one.
    pub(super) unread: Vec<Vec<usize>>,
    /// Those of them that are dear.
    pub(super) spared: Vec<Vec<usize>>,
    /// What was asked already, for each relation and set of columns that it accepts.
    pub(super) asked: Vec<Vec<RowSet>>,
    /// Each rule, if it is wanted.
    pub(super) rules: Vec<Option<Rc<Prepared>>>,
    plans: HashMap<(RuleId, Option<usize>), Planned, FxBuildHasher>,
    pub(super) folds: Vec<Folds>,
    /// The elements of lists.
    pub(super) elements: HashMap<ValueId, Rc<[ValueId]>, FxBuildHasher>,
    /// Which relations the present stratum derives by recursion.
    pub(super) recursive: Vec<bool>,
    /// The rule that runs.
    pub(super) rule: Option<RuleId>,
    /// How many rows the body of each rule went through.
    pub(super) spent: Vec<u64>,
    /// How often rules ran.
    evaluations: u64,
    pub(super) facts: usize,
    pub(super) text_bytes: u64,
    /// The bytes that the rows of each relation took when they were last reckoned, and all together.
    bytes: Vec<u64>,
    pub(super) held: u64,
}

impl<'p> State<'p> {
    /// A run at its start: facts stated and whole relations are there.
    pub(super) fn new(
        program: &'p Program,
        given: &'p dyn Given,
        limits: &Limits,
        now: Value,
        options: &Options,
    ) -> Result<Self, RunError> {
        let count = program.relations.len();
        let stores = program.relations.iter().map(|relation| Store::new(relation.columns.len())).collect();
        let mut state = Self {
            program,
            given,
            limits: Limits { facts: limits.facts.min(u32::MAX as usize), ..limits.clone() },
            now,
            interner: Interner::new(limits.values),
            stores,
            access: (0..count).map(|_| Access::Here).collect(),
            offers: vec![None; count],
            unread: vec![Vec::new(); count],
            spared: vec![Vec::new(); count],
            asked: (0..count).map(|_| Vec::new()).collect(),
            rules: vec![None; program.rules.len()],
            plans: HashMap::default(),
            folds: Vec::new(),
            elements: HashMap::default(),
            recursive: vec![false; count],
            rule: None,
            spent: vec![0; program.rules.len()],
            evaluations: 0,
            facts: 0,
            text_bytes: 0,
            bytes: vec![0; count],
            held: 0,
        };
        let wanted = options.wanted.as_deref();
        let read = state.prepare(wanted)?;
        if let Some(wanted) = wanted.filter(|_| !options.explained) {
            state.spare(wanted);
        }
        for (relation, _) in read.iter().enumerate().filter(|(_, read)| **read) {
            state.open(relation)?;
        }
        state.state_facts(&read)?;
        Ok(state)
    }

    /// Prepares the rules that the wanted relations depend on; which relations these are and read.
    fn prepare(&mut self, wanted: Option<&[RelationId]>) -> Result<Vec<bool>, RunError> {
        let program = self.program;
        let mut read = vec![false; program.relations.len()];
        let mut pending: Vec<RelationId> = wanted.unwrap_or_default().to_vec();
        for relation in &pending {
            read[relation.0 as usize] = true;
        }
        let mut by_head: Vec<Vec<RuleId>> = vec![Vec::new(); program.relations.len()];
        for (index, rule) in program.rules.iter().enumerate() {
            by_head[rule.head.0 as usize].push(RuleId(index as u32));
        }
        if wanted.is_none() {
            pending = program.rules.iter().map(|rule| rule.head).collect();
            pending.extend(program.facts.iter().map(|fact| fact.relation));
            pending.sort_unstable();
            pending.dedup();
            for relation in &pending {
                read[relation.0 as usize] = true;
            }
        }
        let mut aggregates = 0;
        while let Some(relation) = pending.pop() {
            for &id in &by_head[relation.0 as usize] {
                let rule = &program.rules[id.0 as usize];
                self.rule = Some(id);
                let mut preparation =
                    Preparation { interner: &mut self.interner, aggregates: &mut aggregates };
                let prepared = preparation.rule(rule).map_err(|full| self.full(full, rule.place.span))?;
                let literals = literals(&prepared.body);
                if literals > MAX_LITERALS {
                    return Err(self.error(RunErrorKind::Literals { literals }, rule.place.span));
                }
                relations(&prepared.body, &mut |relation| {
                    if !std::mem::replace(&mut read[relation], true) {
                        pending.push(RelationId(relation as u32));
                    }
                });
                self.rules[id.0 as usize] = Some(Rc::new(prepared));
            }
        }
        self.rule = None;
        self.folds = vec![Folds::default(); aggregates];
        Ok(read)
    }

    /// Finds the columns of given relations that neither rules read nor anybody wants.
    fn spare(&mut self, wanted: &[RelationId]) {
        let given = self.given;
        let mut used: Vec<Vec<bool>> =
            self.program.relations.iter().map(|relation| vec![false; relation.columns.len()]).collect();
        for rule in self.rules.iter().flatten() {
            columns(&rule.body, &mut |relation, column| used[relation][column] = true);
        }
        for (number, relation) in self.program.relations.iter().enumerate() {
            let offer = given.offers().iter().find(|offer| offer.declaration.name.value == relation.name);
            let derived = self.program.rules.iter().any(|rule| rule.head.0 as usize == number);
            if let Some(offer) = offer.filter(|_| !derived && !wanted.contains(&RelationId(number as u32))) {
                self.unread[number] = used[number]
                    .iter()
                    .enumerate()
                    .filter(|(_, used)| !**used)
                    .map(|(column, _)| column)
                    .collect();
                let is_unread = |column: &usize| self.unread[number].contains(column);
                self.spared[number] = offer.dear.iter().copied().filter(is_unread).collect();
            }
        }
    }

    /// Finds out how a relation is read, and reads it if it is given whole.
    fn open(&mut self, relation: usize) -> Result<(), RunError> {
        let declared = &self.program.relations[relation];
        let given = self.given;
        let position = given.offers().iter().position(|offer| offer.declaration.name.value == declared.name);
        let Some((index, offer)) = position.and_then(|index| Some((index, given.offers().get(index)?)))
        else {
            return Ok(());
        };
        if !agrees(declared, offer) {
            let relation = declared.name.clone();
            return Err(self.error(RunErrorKind::Columns { relation }, Span::default()));
        }
        self.offers[relation] = Some(index);
        self.asked[relation] =
            offer.accepts.iter().map(|accepts| RowSet::new(accepts.columns.len())).collect();
        self.access[relation] = Access::Asked(offer.accepts.clone());
        let whole = offer.accepts.iter().position(|accepts| accepts.columns.is_empty());
        let derived = self.program.rules.iter().any(|rule| rule.head.0 as usize == relation)
            || self.program.facts.iter().any(|fact| fact.relation.0 as usize == relation);
        match whole {
            Some(whole) if derived || offer.accepts.len() == 1 => {
                self.ask(relation, whole, &[], &Columns::unit(), Span::default())?;
                self.access[relation] = Access::Here;
            }
            None if derived => {
                let relation = declared.name.clone();
                return Err(self.error(RunErrorKind::Derived { relation }, Span::default()));
            }
            _ => {}
        }
        Ok(())
    }

    fn state_facts(&mut self, read: &[bool]) -> Result<(), RunError> {
        let program = self.program;
        let mut row = Vec::new();
        for fact in program.facts.iter().filter(|fact| read[fact.relation.0 as usize]) {
            row.clear();
            for value in &fact.values {
                row.push(self.interner.intern(value).map_err(|full| self.full(full, fact.place.span))?);
            }
            if self.stores[fact.relation.0 as usize].give(&row) {
                self.derived(fact.relation.0 as usize, 1, fact.place.span)
                    .map_err(|error| RunError { place: Some(fact.place), ..error })?;
            }
        }
        Ok(())
    }

    /// Runs all strata.
    pub(super) fn run(&mut self) -> Result<(), RunError> {
        let program = self.program;
        for stratum in &program.strata {
            let rules: Vec<RuleId> =
                stratum.rules.iter().copied().filter(|rule| self.prepared(*rule).is_some()).collect();
            let mut heads: Vec<usize> =
                rules.iter().map(|rule| program.rules[rule.0 as usize].head.0 as usize).collect();
            heads.sort_unstable();
            heads.dedup();
            self.stratum(&rules, &heads, stratum.recursive)?;
        }
        Ok(())
    }

    fn stratum(&mut self, rules: &[RuleId], heads: &[usize], recursive: bool) -> Result<(), RunError> {
        for &head in heads {
            self.recursive[head] = recursive;
        }
        for &rule in rules {
            self.run_rule(rule, None)?;
        }
        let mut grown = self.advance(heads.to_vec(), 0);
        let uses = if recursive { self.uses(rules) } else { HashMap::default() };
        let mut round = 1;
        while let Some(&head) = grown.first().filter(|_| recursive) {
            if round >= self.limits.rounds {
                let relation = self.program.relations[head].name.clone();
                self.rule = rules
                    .iter()
                    .copied()
                    .find(|rule| self.program.rules[rule.0 as usize].head.0 as usize == head);
                let kind = RunErrorKind::Rounds { limit: self.limits.rounds, relation };
                let span = self.running().map(|rule| rule.place.span).unwrap_or_default();
                return Err(self.error(kind, span));
            }
            // Only what reads a relation that grew can derive something new.
            let mut due: Vec<Use> = grown.iter().flat_map(|head| uses.get(head)).flatten().copied().collect();
            due.sort_unstable();
            let mut touched = grown;
            for &(place, literal) in &due {
                let rule = rules[place];
                touched.push(self.program.rules[rule.0 as usize].head.0 as usize);
                self.run_rule(rule, Some(literal))?;
            }
            touched.sort_unstable();
            touched.dedup();
            grown = self.advance(touched, round);
            round += 1;
        }
        // Nothing is new any more: the last rows join the others.
        self.advance(heads.to_vec(), round);
        for &head in heads {
            self.recursive[head] = false;
        }
        Ok(())
    }

    /// Where rules of a stratum read the relations that it derives by recursion.
    fn uses(&self, rules: &[RuleId]) -> HashMap<usize, Vec<Use>, FxBuildHasher> {
        let mut uses: HashMap<usize, Vec<Use>, FxBuildHasher> = HashMap::default();
        for (place, &rule) in rules.iter().enumerate() {
            let Some(prepared) = self.prepared(rule) else { continue };
            for (index, literal) in prepared.body.iter().enumerate() {
                if let Kind::Atom { relation, .. } = literal.kind
                    && self.recursive[relation]
                {
                    uses.entry(relation).or_default().push((place, index));
                }
            }
        }
        uses
    }

    /// Ends a round; which of these relations grew in it.
    fn advance(&mut self, mut heads: Vec<usize>, round: usize) -> Vec<usize> {
        heads.retain(|&head| self.stores[head].advance(round));
        heads
    }

    pub(super) fn prepared(&self, rule: RuleId) -> Option<Rc<Prepared>> {
        self.rules.get(rule.0 as usize).cloned().flatten()
    }

    fn run_rule(&mut self, id: RuleId, delta: Option<usize>) -> Result<(), RunError> {
        let Some(prepared) = self.prepared(id) else { return Ok(()) };
        self.rule = Some(id);
        self.evaluations += 1;
        let limit = self.limits.evaluations;
        if self.evaluations > limit {
            return Err(
                self.error(RunErrorKind::Evaluations { limit }, self.program.rules[id.0 as usize].place.span)
            );
        }
        let plan = self.plan_of(id, &prepared, delta)?;
        let head = self.program.rules[id.0 as usize].head.0 as usize;
        self.steps(&plan, 0, Columns::unit(), &mut Sink::Head(head))?;
        self.rule = None;
        Ok(())
    }

    /// The plan of a rule, made anew when a relation has grown by much.
    fn plan_of(&mut self, id: RuleId, rule: &Prepared, delta: Option<usize>) -> Result<Rc<Plan>, RunError> {
        let mut sizes = Vec::new();
        relations(&rule.body, &mut |relation| sizes.push((self.stores[relation].rows().len() + 1).ilog2()));
        if let Some((made_for, plan)) = self.plans.get(&(id, delta))
            && *made_for == sizes
        {
            return Ok(plan.clone());
        }
        let wanted = Wanted {
            variables: rule.variables,
            input: &[],
            rows: 1.0,
            out: &rule.head,
            delta,
            recursive: &self.recursive.clone(),
        };
        let plan = Rc::new(self.plan(&rule.body, &wanted)?);
        self.plans.insert((id, delta), (sizes, plan.clone()));
        Ok(plan)
    }

    pub(super) fn plan(&mut self, body: &[Literal], wanted: &Wanted<'_>) -> Result<Plan, RunError> {
        let mut sizes = Sizes { stores: &mut self.stores, access: &self.access };
        plan(body, wanted, &mut sizes).map_err(|stuck| self.stuck(&stuck))
    }

    fn stuck(&self, stuck: &Stuck) -> RunError {
        let kind = match (self.program.relations.get(stuck.relation), self.access.get(stuck.relation)) {
            (Some(relation), Some(Access::Asked(accepts))) => {
                let name = |&column: &usize| match relation.columns.get(column) {
                    Some(column) => format!("`{}`", column.name),
                    None => String::new(),
                };
                let set = |columns: &Vec<usize>| columns.iter().map(name).collect::<Vec<_>>().join(" and ");
                let sets: Vec<String> = accepts.iter().map(|accepts| set(&accepts.columns)).collect();
                RunErrorKind::NeedsBound { relation: relation.name.clone(), columns: sets.join(", or ") }
            }
            _ => RunErrorKind::Unbound,
        };
        self.error(kind, stuck.span)
    }

    /// Counts rows of a relation that are new.
    pub(super) fn derived(&mut self, relation: usize, rows: usize, span: Span) -> Result<(), RunError> {
        self.facts += rows;
        if self.facts > self.limits.facts {
            return Err(self.error(RunErrorKind::Facts { limit: self.limits.facts }, span));
        }
        // Single rows are many, and take little.
        if rows == 1 && !self.facts.is_multiple_of(1024) {
            return Ok(());
        }
        self.reckon(relation);
        self.hold(0, span)
    }

    /// Finds out what a relation takes.
    pub(super) fn reckon(&mut self, relation: usize) {
        let asked: u64 = self.asked[relation].iter().map(RowSet::bytes).sum();
        let bytes = self.stores[relation].bytes() + asked;
        self.held = self.held + bytes - std::mem::replace(&mut self.bytes[relation], bytes);
    }

    /// Counts rows that a body goes through.
    pub(super) fn spend(&mut self, batch: &Columns, span: Span) -> Result<(), RunError> {
        let limit = self.limits.intermediate_rows;
        let Some(spent) = self.rule.and_then(|rule| self.spent.get_mut(rule.0 as usize)) else {
            return Ok(());
        };
        *spent += (batch.len() * batch.all().len().div_ceil(8).max(1)) as u64;
        match *spent > limit {
            true => Err(self.error(RunErrorKind::IntermediateRows { limit }, span)),
            false => self.hold(0, span),
        }
    }

    /// Whether there is memory for what relations and values take, and so much more.
    pub(super) fn hold(&self, more: u64, span: Span) -> Result<(), RunError> {
        let limit = self.limits.memory;
        match self.held + self.interner.bytes() + more > limit {
            true => Err(self.error(RunErrorKind::Memory { limit }, span)),
            false => Ok(()),
        }
    }

    fn running(&self) -> Option<&'p Rule> {
        self.rule.and_then(|id| self.program.rule(id))
    }

    /// An error of the running rule at one of its literals.
    pub(super) fn error(&self, kind: RunErrorKind, span: Span) -> RunError {
        let running = self.running();
        RunError {
            kind,
            rule: self.rule.zip(running).map(|(id, rule)| (id, rule.label.clone())),
            place: running.map(|rule| Place { file: rule.place.file, span }),
        }
    }

    pub(super) fn full(&self, _: Full, span: Span) -> RunError {
        self.error(RunErrorKind::Values { limit: self.limits.values }, span)
    }
}

/// Whether an offer has the columns that the program believes it to have.
fn agrees(relation: &Relation, offer: &Offer) -> bool {
    let offered = &offer.declaration.columns;
    offered.len() == relation.columns.len()
        && offered.iter().zip(&relation.columns).all(|(offered, column)| offered.of.value == column.of)
}

/// How many literals a body has.
fn literals(body: &[Literal]) -> usize {
    let within = |literal: &Literal| match &literal.kind {
        Kind::Aggregate(folded) => literals(&folded.body),
        _ => 0,
    };
    body.len() + body.iter().map(within).sum::<usize>()
}

/// Calls `visit` with each column of a relation that a body looks at.
fn columns(body: &[Literal], visit: &mut dyn FnMut(usize, usize)) {
    for literal in body {
        match &literal.kind {
            Kind::Atom { relation, args } | Kind::Absent { relation, args } => {
                let looked_at = args.iter().enumerate().filter(|(_, arg)| **arg != Arg::Any);
                looked_at.for_each(|(column, _)| visit(*relation, column));
            }
            Kind::Aggregate(folded) => columns(&folded.body, visit),
            Kind::Test(_) | Kind::Bind(..) | Kind::Each(..) => {}
        }
    }
}

/// Calls `visit` with each relation that a body reads.
fn relations(body: &[Literal], visit: &mut dyn FnMut(usize)) {
    for literal in body {
        match &literal.kind {
            Kind::Atom { relation, .. } | Kind::Absent { relation, .. } => visit(*relation),
            Kind::Aggregate(folded) => relations(&folded.body, visit),
            Kind::Test(_) | Kind::Bind(..) | Kind::Each(..) => {}
        }
    }
}
