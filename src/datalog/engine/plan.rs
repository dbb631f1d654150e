//! The steps that a body takes: which columns each reads, carries on and adds.

use super::interner::ValueId;
use super::order::Sizes;
use super::prepare::{Arg, Check, Expr, Folded, How, Kind, Part as Literal};
use super::relation::Part;
use crate::datalog::program::{Comparison, Fold};
use crate::document::Span;

/// A body as steps. Each takes a batch of bindings and gives another; columns that nothing needs any more are dropped.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The terms of the head, from the columns of the last batch.
    pub(super) out: Vec<Source>,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) op: Op,
    /// The literal, by its place in the body.
    pub(super) literal: usize,
    /// Where it stands.
    pub(super) span: Span,
    /// The variable of each column that comes in.
    pub(super) input: Vec<u32>,
    /// The columns that are carried on, before those that the step adds.
    pub(super) keep: Vec<usize>,
    /// Rows may come out alike, and much work follows: they are made distinct.
    pub(super) thin: bool,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Op {
    /// For each row of the relation that agrees on the key: its columns `new`.
    Join(Probe, Vec<usize>),
    /// Rows for which there is such a row, or with `true` none.
    Exists(Probe, bool),
    /// Rows with equal values.
    Same(usize, Source),
    /// Rows that pass.
    Test(Check),
    /// Adds a value; rows for which it has none go.
    Bind(Expr),
    /// A row for each element.
    Each(Expr),
    /// Adds the fold of a body's solutions.
    Aggregate(Box<Aggregation>),
}

/// How a relation is looked into.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) relation: usize,
    pub(super) part: Part,
    /// Columns of the relation, and what they must be.
    pub(super) key: Vec<(usize, Source)>,
    /// With which set of columns the relation is asked.
    pub(super) ask: Option<usize>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Column(usize),
    Constant(ValueId),
}

/// An aggregate.
#[derive(Debug)]
pub(super) struct Aggregation {
    pub(super) number: usize,
    pub(super) fold: Fold,
    /// The columns of the groups.
    pub(super) groups: Vec<usize>,
    /// The body, from the groups to groups and tuples.
    pub(super) plan: Plan,
}

/// The literal that can't run, because its relation needs more columns bound.
#[derive(Debug)]
pub(super) struct Stuck {
    pub(super) relation: usize,
    pub(super) span: Span,
}

/// What a plan is made for.
pub(super) struct Wanted<'a> {
    /// How many variables the rule has.
    pub(super) variables: u32,
    /// The variables that the first batch binds.
    pub(super) input: &'a [u32],
    /// How many rows that batch has, about.
    pub(super) rows: f64,
    /// What is to come out.
    pub(super) out: &'a [Arg],
    /// The atom that reads the delta.
    pub(super) delta: Option<usize>,
    /// The relations that are derived meanwhile.
    pub(super) recursive: &'a [bool],
}

/// Makes a plan.
pub(super) fn plan(body: &[Literal], wanted: &Wanted<'_>, sizes: &mut Sizes<'_>) -> Result<Plan, Stuck> {
    let mut bound = vec![false; wanted.variables as usize];
    for &variable in wanted.input {
        bound[variable as usize] = true;
    }
    let order = sizes.order(body, &bound, wanted.rows, wanted.delta).ok_or_else(|| stuck(body, sizes))?;

    // After each step: which variables later ones read.
    let mut needed = vec![vec![false; wanted.variables as usize]; order.len() + 1];
    let mark = |needed: &mut Vec<bool>, arg: &Arg| {
        if let Arg::Variable(variable) = arg {
            needed[*variable as usize] = true;
        }
    };
    wanted.out.iter().for_each(|arg| mark(&mut needed[order.len()], arg));
    for (at, &(index, _)) in order.iter().enumerate().rev() {
        let mut before = needed[at + 1].clone();
        uses(&body[index].kind, &mut |variable| before[variable as usize] = true);
        needed[at] = before;
    }

    let mut builder =
        Builder { layout: wanted.input.to_vec(), steps: Vec::new(), next: wanted.variables, at: 0 };
    for (at, &(index, ask)) in order.iter().enumerate() {
        let part = match (&body[index].kind, wanted.delta) {
            (Kind::Atom { relation, .. }, Some(delta)) if wanted.recursive[*relation] => {
                match index.cmp(&delta) {
                    std::cmp::Ordering::Less => Part::Old,
                    std::cmp::Ordering::Equal => Part::Delta,
                    std::cmp::Ordering::Greater => Part::All,
                }
            }
            _ => Part::All,
        };
        builder.at = index;
        builder.literal(&body[index], part, ask, &needed[at + 1], wanted, sizes)?;
    }
    let out = wanted.out.iter().map(|arg| builder.source(arg)).collect();
    Ok(Plan { steps: thinned(builder.steps), out })
}

/// Which literal to name when no order is possible: the first that reads a relation that must be asked.
fn stuck(body: &[Literal], sizes: &Sizes<'_>) -> Stuck {
    let asked = body.iter().find_map(|literal| match &literal.kind {
        Kind::Atom { relation, .. } | Kind::Absent { relation, .. }
            if matches!(sizes.access[*relation], super::order::Access::Asked(_)) =>
        {
            Some(Stuck { relation: *relation, span: literal.span })
        }
        _ => None,
    });
    asked.unwrap_or(Stuck {
        relation: usize::MAX,
        span: body.first().map(|first| first.span).unwrap_or_default(),
    })
}

/// Marks the steps that drop a column and are followed by ones that multiply rows.
fn thinned(mut steps: Vec<Step>) -> Vec<Step> {
    let mut multiplied = false;
    for step in steps.iter_mut().rev() {
        step.thin = multiplied && step.keep.len() < step.input.len();
        multiplied |= matches!(step.op, Op::Join(..) | Op::Each(_) | Op::Aggregate(_));
    }
    steps
}

/// Calls `visit` with each variable that a literal mentions.
pub(super) fn uses(kind: &Kind, visit: &mut impl FnMut(u32)) {
    let args = |args: &[Arg], visit: &mut dyn FnMut(u32)| {
        for arg in args {
            if let Arg::Variable(variable) = arg {
                visit(*variable);
            }
        }
    };
    match kind {
        Kind::Atom { args: of, .. } | Kind::Absent { args: of, .. } => args(of, visit),
        Kind::Test(check) => {
            check.left.variables(visit);
            check.right.variables(visit);
        }
        Kind::Bind(variable, expression) => {
            visit(*variable);
            expression.variables(visit);
        }
        Kind::Each(arg, list) => {
            args(&[*arg], visit);
            list.variables(visit);
        }
        Kind::Aggregate(folded) => {
            args(&[folded.result], visit);
            folded.groups.iter().copied().for_each(visit);
        }
    }
}

struct Builder {
    layout: Vec<u32>,
    steps: Vec<Step>,
    /// A number for the next variable that no rule wrote.
    next: u32,
    /// The literal whose steps are being made.
    at: usize,
}

impl Builder {
    fn position(&self, variable: u32) -> Option<usize> {
        self.layout.iter().position(|&other| other == variable)
    }

    /// Where the value of a bound argument comes from.
    fn source(&self, arg: &Arg) -> Source {
        match arg {
            Arg::Constant(value) => Source::Constant(*value),
            Arg::Variable(variable) => Source::Column(self.position(*variable).unwrap_or_default()),
            Arg::Any => Source::Column(0),
        }
    }

    fn bound(&self, arg: &Arg) -> bool {
        match arg {
            Arg::Constant(_) => true,
            Arg::Variable(variable) => self.position(*variable).is_some(),
            Arg::Any => false,
        }
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Adds a step that gives the columns still needed, and `new`.
    fn push(&mut self, op: Op, span: Span, needed: &impl Fn(u32) -> bool, new: &[u32]) {
        let keep: Vec<usize> = (0..self.layout.len()).filter(|&column| needed(self.layout[column])).collect();
        let mut layout: Vec<u32> = keep.iter().map(|&column| self.layout[column]).collect();
        layout.extend_from_slice(new);
        let input = std::mem::replace(&mut self.layout, layout);
        self.steps.push(Step { op, literal: self.at, span, input, keep, thin: false });
    }

    /// Adds a step with columns that must then equal others; those that only serve that go again.
    fn push_equal(
        &mut self,
        op: Op,
        span: Span,
        needed: &impl Fn(u32) -> bool,
        new: &[u32],
        equal: &[(u32, Arg)],
    ) {
        let served = |from: usize, variable: u32| {
            equal[from..]
                .iter()
                .any(|(column, other)| *column == variable || *other == Arg::Variable(variable))
        };
        self.push(op, span, &|variable| needed(variable) || served(0, variable), new);
        for (at, (column, other)) in equal.iter().enumerate() {
            let same = Op::Same(self.position(*column).unwrap_or_default(), self.source(other));
            self.push(same, span, &|variable| needed(variable) || served(at + 1, variable), &[]);
        }
    }

    fn literal(
        &mut self,
        literal: &Literal,
        part: Part,
        ask: Option<usize>,
        needed: &[bool],
        wanted: &Wanted<'_>,
        sizes: &mut Sizes<'_>,
    ) -> Result<(), Stuck> {
        let span = literal.span;
        let needed = |variable: u32| needed.get(variable as usize).copied().unwrap_or(false);
        match &literal.kind {
            Kind::Atom { relation, args } => self.atom(*relation, args, part, ask, span, &needed),
            Kind::Absent { relation, args } => {
                let probe = Probe { relation: *relation, part, key: self.key(args), ask };
                self.push(Op::Exists(probe, true), span, &needed, &[]);
            }
            Kind::Test(check) => self.push(Op::Test(check.clone()), span, &needed, &[]),
            Kind::Bind(variable, expression) => match (self.position(*variable), expression) {
                (None, _) => self.push(Op::Bind(expression.clone()), span, &needed, &[*variable]),
                (Some(_), Expr::Variable(other)) if self.position(*other).is_none() => {
                    self.push(Op::Bind(Expr::Variable(*variable)), span, &needed, &[*other]);
                }
                (Some(_), _) => {
                    let how = How::Compare(Comparison::Equal);
                    self.test(how, Expr::Variable(*variable), expression.clone(), span, &needed);
                }
            },
            Kind::Each(arg, list) => match *arg {
                Arg::Variable(variable) if self.position(variable).is_none() => {
                    self.push(Op::Each(list.clone()), span, &needed, &[variable]);
                }
                Arg::Variable(variable) => {
                    self.test(How::In, Expr::Variable(variable), list.clone(), span, &needed);
                }
                Arg::Constant(value) => {
                    self.test(How::In, Expr::Constant(value), list.clone(), span, &needed);
                }
                Arg::Any => {
                    let element = self.fresh();
                    self.push(Op::Each(list.clone()), span, &needed, &[element]);
                }
            },
            Kind::Aggregate(folded) => {
                let op = self.aggregate(folded, wanted, sizes)?;
                match folded.result {
                    Arg::Variable(variable) if self.position(variable).is_none() => {
                        self.push(op, span, &needed, &[variable]);
                    }
                    Arg::Any => {
                        let result = self.fresh();
                        self.push(op, span, &needed, &[result]);
                    }
                    other => {
                        let result = self.fresh();
                        self.push_equal(op, span, &needed, &[result], &[(result, other)]);
                    }
                }
            }
        }
        Ok(())
    }

    fn test(&mut self, how: How, left: Expr, right: Expr, span: Span, needed: &impl Fn(u32) -> bool) {
        self.push(Op::Test(Check { how, left, right, negated: false }), span, needed, &[]);
    }

    /// The columns that are bound.
    fn key(&self, args: &[Arg]) -> Vec<(usize, Source)> {
        let bound = args.iter().enumerate().filter(|(_, arg)| self.bound(arg));
        bound.map(|(column, arg)| (column, self.source(arg))).collect()
    }

    fn atom(
        &mut self,
        relation: usize,
        args: &[Arg],
        part: Part,
        ask: Option<usize>,
        span: Span,
        needed: &impl Fn(u32) -> bool,
    ) {
        // The delta is read from end to end: an index of it would be used once.
        let key = if part == Part::Delta { Vec::new() } else { self.key(args) };
        let (mut columns, mut new, mut equal) = (Vec::new(), Vec::new(), Vec::new());
        for (column, arg) in args.iter().enumerate() {
            if key.iter().any(|(keyed, _)| *keyed == column) || *arg == Arg::Any {
                continue;
            }
            let first = !self.bound(arg) && !args[..column].contains(arg);
            let again = args[column + 1..].contains(arg);
            match *arg {
                Arg::Variable(variable) if first => {
                    if needed(variable) || again {
                        columns.push(column);
                        new.push(variable);
                    }
                }
                other => {
                    let twin = self.fresh();
                    columns.push(column);
                    new.push(twin);
                    equal.push((twin, other));
                }
            }
        }
        let probe = Probe { relation, part, key, ask };
        if columns.is_empty() {
            self.push(Op::Exists(probe, false), span, needed, &[]);
        } else {
            self.push_equal(Op::Join(probe, columns), span, needed, &new, &equal);
        }
    }

    fn aggregate(
        &mut self,
        folded: &Folded,
        wanted: &Wanted<'_>,
        sizes: &mut Sizes<'_>,
    ) -> Result<Op, Stuck> {
        let out: Vec<Arg> =
            folded.groups.iter().chain(&folded.of).map(|&variable| Arg::Variable(variable)).collect();
        let inner = Wanted {
            variables: wanted.variables,
            input: &folded.groups,
            rows: if folded.groups.is_empty() { 1.0 } else { 100.0 },
            out: &out,
            delta: None,
            recursive: wanted.recursive,
        };
        let plan = plan(&folded.body, &inner, sizes)?;
        let groups = folded.groups.iter().filter_map(|&variable| self.position(variable)).collect();
        Ok(Op::Aggregate(Box::new(Aggregation { number: folded.number, fold: folded.fold, groups, plan })))
    }
}
