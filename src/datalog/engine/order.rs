//! In which order the literals of a body run.
//!
//! Each literal that can generate rows is tried as the first; from there the cheapest that can run is taken next, tests as soon as
//! their variables are bound: once among all literals, and once among those that share a variable with what is there, as long as there
//! are such. The order with the fewest expected rows wins. It decides speed, never answers.

use super::given::Accepts;
use super::plan::uses;
use super::prepare::{Arg, Expr, Kind, Part};
use super::relation::Store;

/// How the rows of a relation are had.
#[derive(Debug)]
pub(super) enum Access {
    /// They are in its store.
    Here,
    /// By asking, with one of these sets of columns bound.
    Asked(Vec<Accepts>),
}

/// What is known of the relations when a plan is made.
pub(super) struct Sizes<'a> {
    pub(super) stores: &'a mut [Store],
    pub(super) access: &'a [Access],
}

/// An order, and with which set of columns each literal asks.
pub(super) type Order = Vec<(usize, Option<usize>)>;

/// Up to so many literals are tried as the first.
const STARTS: usize = 24;
/// How many elements a list is expected to have.
const ELEMENTS: f64 = 4.0;
/// What share of the rows is expected to pass a test.
const PASSES: f64 = 0.3;
/// How much dearer it is to ask for a row than to read it.
const ASKING: f64 = 8.0;

/// What a literal is expected to do.
struct Estimate {
    /// Rows out for each row in.
    fan: f64,
    /// What it costs beside.
    extra: f64,
    ask: Option<usize>,
    /// It is to run as soon as it can.
    at_once: bool,
}

/// Which literals may be taken next.
enum Turn {
    /// Those that the rows so far lead to and that need none of these variables, which arithmetic gives.
    Before(Vec<u32>),
    /// Those that do arithmetic.
    Arithmetic,
    /// All.
    Any,
}

impl Turn {
    fn is_of(&self, kind: &Kind, bound: &[bool]) -> bool {
        match self {
            Self::Before(results) => {
                let starts = !bound.contains(&true);
                let mut free = !can_fail(kind) && (starts || shares(kind, bound));
                uses(kind, &mut |variable| free &= !results.contains(&variable));
                free
            }
            Self::Arithmetic => can_fail(kind),
            Self::Any => true,
        }
    }
}

impl Sizes<'_> {
    /// The best order from `rows` rows that bind `bound`, or with `first` at the front; none if the literals can't all run.
    pub(super) fn order(
        &mut self,
        body: &[Part],
        bound: &[bool],
        rows: f64,
        first: Option<usize>,
    ) -> Option<Order> {
        let starts: Vec<Option<usize>> = match first {
            Some(_) => vec![first],
            None => {
                let atoms = (0..body.len()).filter(|&index| matches!(body[index].kind, Kind::Atom { .. }));
                std::iter::once(None).chain(atoms.take(STARTS).map(Some)).collect()
            }
        };
        let mut best: Option<(f64, Order)> = None;
        for start in starts {
            for products in [true, false] {
                let other = self.from(body, bound, rows, start, products);
                if let Some(other) = other
                    && best.as_ref().is_none_or(|best| other.0 < best.0)
                {
                    best = Some(other);
                }
            }
        }
        best.map(|(_, order)| order)
    }

    /// The cheapest literal next, from `first` on. Unless `products` are welcome, one that shares no variable with the rows is taken
    /// when no other can run.
    fn from(
        &mut self,
        body: &[Part],
        bound: &[bool],
        mut rows: f64,
        mut first: Option<usize>,
        products: bool,
    ) -> Option<(f64, Order)> {
        let mut bound = bound.to_vec();
        let mut left: Vec<usize> = (0..body.len()).collect();
        let mut order = Vec::with_capacity(body.len());
        let mut cost = 0.0;
        while !left.is_empty() {
            let mut best: Option<(bool, f64, usize, Estimate)> = None;
            let turn = if first.is_none() { self.turn(body, &left, &bound, rows) } else { Turn::Any };
            for (at, &index) in left.iter().enumerate() {
                if first.is_some_and(|first| first != index) || !turn.is_of(&body[index].kind, &bound) {
                    continue;
                }
                let Some(estimate) = self.estimate(&body[index].kind, &bound, rows) else { continue };
                let price = rows * estimate.fan + estimate.extra;
                let at_once = estimate.at_once;
                let product = !products && !shares(&body[index].kind, &bound);
                let better = |(worse, least, ..): &(bool, f64, usize, Estimate)| {
                    (product, price).partial_cmp(&(*worse, *least)) == Some(std::cmp::Ordering::Less)
                };
                if at_once || best.as_ref().is_none_or(better) {
                    best = Some((product, price, at, estimate));
                }
                if at_once {
                    break;
                }
            }
            let (_, price, at, estimate) = best?;
            first = None;
            cost += rows + price;
            rows *= estimate.fan;
            let index = left.remove(at);
            binds(&body[index].kind, &mut bound);
            order.push((index, estimate.ask));
        }
        Some((cost, order))
    }

    /// Whose turn it is among the literals that are left, where some of them do arithmetic.
    fn turn(&mut self, body: &[Part], left: &[usize], bound: &[bool], rows: f64) -> Turn {
        let kinds = || left.iter().map(|&index| &body[index].kind);
        let mut results = Vec::new();
        for kind in kinds().filter(|kind| can_fail(kind)) {
            match kind {
                Kind::Bind(variable, _) | Kind::Each(Arg::Variable(variable), _) => results.push(*variable),
                _ => {}
            }
        }
        if !kinds().any(can_fail) {
            return Turn::Any;
        }
        results.retain(|&variable| !bound[variable as usize]);
        for turn in [Turn::Before(results), Turn::Arithmetic] {
            let mut of_turn = kinds().filter(|kind| turn.is_of(kind, bound));
            if of_turn.any(|kind| self.estimate(kind, bound, rows).is_some()) {
                return turn;
            }
        }
        Turn::Any
    }

    fn estimate(&mut self, kind: &Kind, bound: &[bool], rows: f64) -> Option<Estimate> {
        let all = |expression: &Expr| all_bound(expression, bound);
        let at_once = |fan: f64| Some(Estimate { fan, extra: 0.0, ask: None, at_once: true });
        match kind {
            Kind::Atom { relation, args } => self.atom(*relation, args, bound, rows),
            Kind::Absent { relation, args } => {
                let ready = args.iter().all(|arg| matches!(arg, Arg::Any) || fixed(arg, bound));
                let atom = if ready { self.atom(*relation, args, bound, rows)? } else { return None };
                Some(Estimate { fan: PASSES, at_once: atom.ask.is_none(), ..atom })
            }
            Kind::Test(check) => (all(&check.left) && all(&check.right)).then(|| at_once(PASSES)).flatten(),
            Kind::Bind(_, expression) if all(expression) => at_once(1.0),
            Kind::Bind(variable, Expr::Variable(_)) if bound[*variable as usize] => at_once(1.0),
            Kind::Bind(..) => None,
            Kind::Each(arg, list) if all(list) => {
                if fixed(arg, bound) {
                    return at_once(PASSES);
                }
                Some(Estimate { fan: ELEMENTS, extra: rows, ask: None, at_once: false })
            }
            Kind::Each(..) => None,
            Kind::Aggregate(folded) => folded
                .groups
                .iter()
                .all(|&variable| bound[variable as usize])
                .then_some(Estimate { fan: 1.0, extra: 10.0 * rows, ask: None, at_once: false }),
        }
    }

    fn atom(&mut self, relation: usize, args: &[Arg], bound: &[bool], rows: f64) -> Option<Estimate> {
        let key: Vec<usize> = (0..args.len()).filter(|&column| fixed(&args[column], bound)).collect();
        match &self.access[relation] {
            Access::Here => {
                let mut distinct: Vec<f64> =
                    key.iter().map(|&column| self.stores[relation].distinct(column).max(1) as f64).collect();
                distinct.sort_by(|a, b| b.total_cmp(a));
                // Columns depend on each other: each further one is believed to select less.
                let mut groups = 1.0;
                for (index, distinct) in distinct.into_iter().enumerate() {
                    groups *= distinct.powf(0.5f64.powi(index as i32));
                }
                let fan = self.stores[relation].rows().len().max(1) as f64 / groups;
                let new = args.iter().any(|arg| matches!(arg, Arg::Variable(v) if !bound[*v as usize]));
                let fan = if new { fan } else { fan.min(1.0) };
                Some(Estimate { fan, extra: 0.0, ask: None, at_once: false })
            }
            Access::Asked(accepts) => {
                let answered = accepts.iter().enumerate().filter_map(|(ask, accepts)| {
                    let within = accepts.columns.iter().all(|column| key.contains(column));
                    within.then(|| {
                        let variable = |column: &usize| matches!(args[*column], Arg::Variable(_));
                        let questions =
                            if accepts.columns.iter().any(variable) { rows.max(1.0) } else { 1.0 };
                        let further = (key.len() - accepts.columns.len()) as i32;
                        let fan = accepts.rows.max(1) as f64 * 0.1f64.powi(further);
                        let extra = ASKING * questions * (1.0 + accepts.rows as f64);
                        Estimate { fan, extra, ask: Some(ask), at_once: false }
                    })
                });
                answered.min_by(|a, b| a.extra.total_cmp(&b.extra))
            }
        }
    }
}

fn fixed(arg: &Arg, bound: &[bool]) -> bool {
    match arg {
        Arg::Variable(variable) => bound[*variable as usize],
        Arg::Constant(_) => true,
        Arg::Any => false,
    }
}

/// Whether an atom reads a variable that has a value. Whatever else can run depends on the rows.
fn shares(kind: &Kind, bound: &[bool]) -> bool {
    let is_bound = |arg: &Arg| matches!(arg, Arg::Variable(variable) if bound[*variable as usize]);
    match kind {
        Kind::Atom { args, .. } => args.iter().any(is_bound),
        _ => true,
    }
}

/// Whether a literal does arithmetic.
fn can_fail(kind: &Kind) -> bool {
    match kind {
        Kind::Test(check) => fails(&check.left) || fails(&check.right),
        Kind::Bind(_, expression) | Kind::Each(_, expression) => fails(expression),
        Kind::Atom { .. } | Kind::Absent { .. } | Kind::Aggregate(_) => false,
    }
}

fn fails(expression: &Expr) -> bool {
    match expression {
        Expr::Arithmetic(..) => true,
        Expr::Constant(_) | Expr::Variable(_) => false,
        Expr::Join(left, right) => fails(left) || fails(right),
        Expr::Call(_, arguments) => arguments.iter().any(fails),
    }
}

fn all_bound(expression: &Expr, bound: &[bool]) -> bool {
    let mut all = true;
    expression.variables(&mut |variable| all &= bound[variable as usize]);
    all
}

/// Takes the variables that a literal binds into `bound`.
fn binds(kind: &Kind, bound: &mut [bool]) {
    let mut bind = |arg: &Arg| {
        if let Arg::Variable(variable) = arg {
            bound[*variable as usize] = true;
        }
    };
    match kind {
        Kind::Atom { args, .. } => args.iter().for_each(bind),
        Kind::Bind(variable, expression) => {
            bind(&Arg::Variable(*variable));
            if let Expr::Variable(other) = expression {
                bind(&Arg::Variable(*other));
            }
        }
        Kind::Each(arg, _) => bind(arg),
        Kind::Aggregate(folded) => bind(&folded.result),
        Kind::Absent { .. } | Kind::Test(_) => {}
    }
}
