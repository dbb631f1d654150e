//! Whether every variable that a rule needs the value of has one, whatever order its literals are evaluated in.

use rustc_hash::FxHashSet;

use super::ir::{Aggregate, Expression, ExpressionKind, Literal, LiteralKind, Purpose, Rule, Variable};
use super::names::Names;
use crate::datalog::engine::Offer;
use crate::datalog::program::{Comparison, VariableId};
use crate::datalog::text::{Code, Problem};
use crate::document::Span;

/// Checks the bindings of a rule. An equality that binds its right side is turned around, so that the left one is bound.
pub(super) fn check(rule: &mut Rule, names: &Names) -> Vec<Problem> {
    let mut bindings =
        Bindings { variables: &rule.variables, names, problems: Vec::new(), told: FxHashSet::default() };
    let bound = bindings.body(&mut rule.body, &FxHashSet::default());
    for used in &rule.terms {
        bindings.needs(&used.expression, &bound, Need::Head(used.purpose));
    }
    bindings.problems
}

type Bound = FxHashSet<VariableId>;

struct Bindings<'r> {
    variables: &'r [Variable],
    names: &'r Names<'r>,
    problems: Vec<Problem>,
    /// The variables that were said to be unbound.
    told: FxHashSet<VariableId>,
}

/// What needs a value.
#[derive(Clone, Copy)]
enum Need {
    Head(Purpose),
    Negation,
    Test,
    Expression,
    Fold,
}

impl Bindings<'_> {
    /// What a body binds beyond what is bound already; what it needs in vain is a problem.
    fn body(&mut self, body: &mut [Literal], given: &Bound) -> Bound {
        let mut bound = given.clone();
        let mut waiting: Vec<usize> = (0..body.len()).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|&index| {
                !body.get_mut(index).is_none_or(|literal| self.binds(literal, &mut bound, false))
            });
            if !waiting.is_empty() && waiting.len() == before {
                // A relation on demand that can't be asked is told once, and taken to bind its columns.
                let demanded = waiting.iter().position(|&index| {
                    body.get_mut(index).is_some_and(|literal| self.binds(literal, &mut bound, true))
                });
                match demanded {
                    Some(at) => {
                        waiting.remove(at);
                        continue;
                    }
                    None => break,
                }
            }
            if waiting.is_empty() {
                break;
            }
        }
        for literal in body.iter_mut() {
            self.literal(literal, &bound);
        }
        bound
    }

    /// Whether a literal has bound what it can; a relation on demand is asked in any case if `anyway`.
    fn binds(&mut self, literal: &mut Literal, bound: &mut Bound, anyway: bool) -> bool {
        let span = literal.span;
        match &mut literal.kind {
            LiteralKind::Atom { negated: false, relation, arguments } => {
                let has = |column: usize| {
                    arguments.get(column).is_some_and(|argument| {
                        !matches!(argument.kind, ExpressionKind::Any) && is_bound(argument, bound)
                    })
                };
                let offer = self.names.offer(*relation);
                if let Some(offer) = offer.filter(|offer| !offer.answers(has)) {
                    if !anyway {
                        return false;
                    }
                    self.problems.push(on_demand(offer, has, span, false));
                }
                for argument in arguments {
                    if let ExpressionKind::Variable(variable) = argument.kind {
                        bound.insert(variable);
                    }
                }
                true
            }
            LiteralKind::Compare { negated: false, left, comparison: Comparison::Equal, right } => {
                if let (ExpressionKind::Variable(variable), true) = (&right.kind, is_bound(left, bound))
                    && !bound.contains(variable)
                {
                    std::mem::swap(left, right);
                }
                match left.kind {
                    ExpressionKind::Variable(variable) if is_bound(right, bound) => {
                        bound.insert(variable);
                        true
                    }
                    _ => is_bound(left, bound) && is_bound(right, bound),
                }
            }
            LiteralKind::In { negated: false, element, list } => {
                if !is_bound(list, bound) {
                    return false;
                }
                if let ExpressionKind::Variable(variable) = element.kind {
                    bound.insert(variable);
                }
                true
            }
            // The others bind nothing, and are looked at when all is bound.
            _ => true,
        }
    }

    /// What a literal needs, when all is bound that can be.
    fn literal(&mut self, literal: &mut Literal, bound: &Bound) {
        let span = literal.span;
        match &mut literal.kind {
            LiteralKind::Atom { negated, relation, arguments } => {
                let has = |column: usize| {
                    arguments
                        .get(column)
                        .is_some_and(|argument| !matches!(argument.kind, ExpressionKind::Any))
                };
                if let Some(offer) = self.names.offer(*relation).filter(|_| *negated) {
                    if let Some(instead) = &offer.instead_of_not {
                        self.problems.push(misread(offer, instead, span));
                    } else if !offer.answers(has) {
                        self.problems.push(on_demand(offer, has, span, true));
                    }
                }
                for argument in arguments {
                    let need = if *negated { Need::Negation } else { Need::Expression };
                    if !matches!(argument.kind, ExpressionKind::Any) {
                        self.needs(argument, bound, need);
                    }
                    self.inside(argument);
                }
            }
            LiteralKind::Compare { negated, left, comparison, right } => {
                // A side without a value is why the other one is not bound.
                let binds = !*negated && *comparison == Comparison::Equal;
                let open = |side: &Expression| binds && !is_bound(side, bound);
                let (first, second) = (open(left), open(right));
                // A variable that stands on both sides says nothing of itself.
                let mut on_right = FxHashSet::default();
                right.each_variable(&mut |variable, _| {
                    on_right.insert(variable);
                });
                let itself = matches!(&left.kind, ExpressionKind::Variable(id) if on_right.contains(id));
                let variable = |side: &Expression| matches!(side.kind, ExpressionKind::Variable(_));
                if itself || !(variable(left) && second) {
                    self.needs(left, bound, Need::Test);
                } else if let ExpressionKind::Variable(id) = left.kind {
                    self.told.insert(id);
                }
                if !(variable(right) && first && !(variable(left) && second)) {
                    self.needs(right, bound, Need::Test);
                }
                self.inside(left);
                self.inside(right);
            }
            LiteralKind::Text { left, right, .. } => {
                for side in [left, right] {
                    self.needs(side, bound, Need::Test);
                    self.inside(side);
                }
            }
            LiteralKind::In { negated, element, list } => {
                self.needs(list, bound, Need::Expression);
                if *negated || !matches!(element.kind, ExpressionKind::Any) {
                    self.needs(element, bound, Need::Test);
                }
                self.inside(element);
                self.inside(list);
            }
        }
    }

    /// The bodies of aggregates in an expression.
    fn inside(&mut self, expression: &mut Expression) {
        match &mut expression.kind {
            ExpressionKind::Any | ExpressionKind::Value(_) | ExpressionKind::Variable(_) => {}
            ExpressionKind::Arithmetic(_, left, right) => {
                self.inside(left);
                self.inside(right);
            }
            ExpressionKind::Call(_, arguments) => {
                arguments.iter_mut().for_each(|argument| self.inside(argument));
            }
            ExpressionKind::Aggregate(aggregate) => self.aggregate(aggregate),
        }
    }

    fn aggregate(&mut self, aggregate: &mut Aggregate) {
        let given = aggregate.groups.iter().copied().collect();
        let inner = self.body(&mut aggregate.body, &given);
        for (variable, span) in &aggregate.of {
            if !inner.contains(variable) {
                self.unbound(*variable, *span, Need::Fold);
            }
        }
    }

    fn needs(&mut self, expression: &Expression, bound: &Bound, need: Need) {
        match &expression.kind {
            ExpressionKind::Any => self.problems.push(
                Problem::new(Code::Unbound, "`_` has no value here", expression.span)
                    .with_help("name a variable that a positive atom binds"),
            ),
            ExpressionKind::Value(_) => {}
            ExpressionKind::Variable(variable) => {
                if !bound.contains(variable) {
                    self.unbound(*variable, expression.span, need);
                }
            }
            ExpressionKind::Arithmetic(_, left, right) => {
                self.needs(left, bound, Need::Expression);
                self.needs(right, bound, Need::Expression);
            }
            ExpressionKind::Call(_, arguments) => {
                arguments.iter().for_each(|argument| self.needs(argument, bound, Need::Expression));
            }
            ExpressionKind::Aggregate(aggregate) => {
                for group in &aggregate.groups {
                    if !bound.contains(group) {
                        self.unbound(*group, expression.span, Need::Fold);
                    }
                }
            }
        }
    }

    fn unbound(&mut self, variable: VariableId, span: Span, need: Need) {
        let Some(known) = self.variables.get(variable.0 as usize) else { return };
        if !self.told.insert(variable) {
            return;
        }
        let name = &known.name;
        let message = match need {
            Need::Head(Purpose::Head) => {
                format!("`{name}` stands in the head, and nothing in the body binds it")
            }
            Need::Head(Purpose::Key) => {
                format!("`{name}` is a key of the finding, and nothing in the body binds it")
            }
            Need::Head(Purpose::Template) => {
                format!("the text names `{name}`, which nothing in the body binds")
            }
            Need::Head(Purpose::Policy | Purpose::Index) => {
                format!("`{name}` says which statement is shown, and nothing in the body binds it")
            }
            Need::Negation => format!("`{name}` stands under `not`, which binds nothing"),
            Need::Test => format!("`{name}` is compared, and nothing binds it"),
            Need::Expression => format!("`{name}` is computed with, and nothing binds it"),
            Need::Fold => format!("`{name}` groups or is folded here, and nothing binds it"),
        };
        let help = match (known.local, known.in_aggregate, need) {
            (false, true, _) => {
                format!(
                    "an aggregate binds nothing outside of it: bind `{name}` by a positive atom beside it, too"
                )
            }
            (_, _, Need::Negation) => {
                format!("bind `{name}` by a positive atom, or write `_` if any value will do")
            }
            _ => format!("bind `{name}` by a positive atom, `{name} in List` or `{name} = …`"),
        };
        self.problems.push(Problem::new(Code::Unbound, message, span).with_help(help));
    }
}

/// Whether an expression has a value.
fn is_bound(expression: &Expression, bound: &Bound) -> bool {
    let mut all = true;
    expression.each_variable(&mut |variable, _| all &= bound.contains(&variable));
    all
}

/// A relation under `not` that says less than it seems to.
fn misread(offer: &Offer, instead: &str, span: Span) -> Problem {
    let name = &offer.declaration.name.value;
    let message =
        format!("`{name}` does not hold all that may be so, and `not {name}` would take the rest for no");
    Problem::new(Code::Negation, message, span).with_help(instead)
}

/// A relation that is asked without what it needs.
fn on_demand(offer: &Offer, has: impl Fn(usize) -> bool, span: Span, negated: bool) -> Problem {
    let name = &offer.declaration.name.value;
    let column =
        |column: &usize| offer.declaration.columns.get(*column).map_or("", |column| &*column.name.value);
    // What is nearest to an answer.
    let lacks = |columns: &[usize]| -> Vec<String> {
        columns.iter().filter(|column| !has(**column)).map(|at| format!("`{}`", column(at))).collect()
    };
    let nearest = offer.accepts.iter().map(|accepts| lacks(&accepts.columns)).min_by_key(Vec::len);
    let message = match &nearest {
        Some(lacking) => format!("`{name}` is computed on demand, and lacks {}", lacking.join(" and ")),
        None => format!("`{name}` can't be read"),
    };
    // What needs more than another way says nothing new.
    let needs_more = |columns: &[usize]| {
        let within =
            |other: &[usize]| other.len() < columns.len() && other.iter().all(|at| columns.contains(at));
        offer.accepts.iter().any(|other| within(&other.columns))
    };
    let ways: Vec<String> = offer
        .accepts
        .iter()
        .filter(|accepts| !needs_more(&accepts.columns))
        .map(|accepts| {
            accepts.columns.iter().map(|at| format!("`{}`", column(at))).collect::<Vec<_>>().join(" and ")
        })
        .collect();
    let problem = Problem::new(Code::OnDemand, message, span);
    let help = format!("give values for {}, or bind them by other atoms", ways.join(", or for "));
    match (ways.is_empty(), negated) {
        (true, _) => problem,
        (false, true) => problem.with_help(format!("{help}: `_` will not do under `not`")),
        (false, false) => problem.with_help(help),
    }
}
