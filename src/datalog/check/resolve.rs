//! Clauses -> rules with names resolved and variables numbered.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ir::{
    Aggregate, Expression, ExpressionKind, FUNCTIONS, Literal, LiteralKind, Predicate, Variable,
    function_named,
};
use super::names::Names;
use super::problems::Found;
use crate::datalog::program::{FileId, VariableId};
use crate::datalog::text::ast::{self, Atom, Goal};
use crate::datalog::text::{Code, Problem};
use crate::document::nearest::nearest;
use crate::document::{Span, Spanned};

/// Resolves the parts of one rule.
pub(super) struct Resolver<'n, 'a> {
    pub(super) names: &'n mut Names<'a>,
    pub(super) found: &'n mut Found,
    pub(super) file: FileId,
    pub(super) variables: Vec<Variable>,
    /// The variables that can be seen, the innermost scope last.
    scopes: Vec<FxHashMap<Box<str>, VariableId>>,
}

impl<'n, 'a> Resolver<'n, 'a> {
    pub(super) fn new(names: &'n mut Names<'a>, found: &'n mut Found, file: FileId) -> Self {
        Self { names, found, file, variables: Vec::new(), scopes: vec![FxHashMap::default()] }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.found.push(self.file, problem);
    }

    /// The variable of a name, in the innermost scope that has it, else in the innermost one.
    pub(super) fn variable(&mut self, name: &str) -> VariableId {
        if let Some(&id) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            if self.scopes.len() > 1
                && let Some(variable) = self.variables.get_mut(id.0 as usize)
            {
                variable.in_aggregate = true;
            }
            return id;
        }
        let id = VariableId(self.variables.len() as u32);
        let local = self.scopes.len() > 1;
        self.variables.push(Variable { name: name.into(), local, in_aggregate: local });
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.into(), id);
        }
        id
    }

    /// Numbers the variables that occur outside of aggregates, in order of appearance; those inside are of a rule if they occur
    /// outside, too.
    pub(super) fn declare(&mut self, body: &[ast::Literal]) {
        let mut names: Vec<&str> = Vec::new();
        body.iter().for_each(|literal| outer(literal, &mut names));
        names.into_iter().for_each(|name| {
            self.variable(name);
        });
    }

    /// Numbers the variables of an expression.
    pub(super) fn declare_in(&mut self, expression: &ast::Expression) {
        let mut names: Vec<&str> = Vec::new();
        outer_of(expression, &mut names);
        names.into_iter().for_each(|name| {
            self.variable(name);
        });
    }

    /// Resolves a body; what is wrong with a literal leaves it out.
    pub(super) fn body(&mut self, body: &[ast::Literal]) -> Vec<Literal> {
        body.iter().filter_map(|literal| self.literal(literal)).collect()
    }

    fn literal(&mut self, literal: &ast::Literal) -> Option<Literal> {
        let negated = literal.negated;
        let kind = match &literal.goal {
            Goal::Atom(atom) => self.atom(atom, negated)?,
            Goal::Compare(left, comparison, right) => {
                let (left, right) = (self.expression(left), self.expression(right));
                LiteralKind::Compare { negated, left: left?, comparison: *comparison, right: right? }
            }
            Goal::In(element, list) => {
                let (element, list) = (self.expression(element), self.expression(list));
                LiteralKind::In { negated, element: element?, list: list? }
            }
            Goal::Like(text, glob) => {
                let (left, right) = (self.expression(text), self.expression(glob));
                LiteralKind::Text { negated, predicate: Predicate::Like, left: left?, right: right? }
            }
        };
        Some(Literal { kind, span: literal.span })
    }

    fn atom(&mut self, atom: &Atom, negated: bool) -> Option<LiteralKind> {
        let name = &*atom.relation.value;
        let arguments = self.arguments(&atom.arguments);
        if let Some((_, predicate)) = Predicate::NAMED.into_iter().find(|(known, _)| *known == name) {
            let count = atom.arguments.len();
            return match <[_; 2]>::try_from(arguments?) {
                Ok([left, right]) => Some(LiteralKind::Text { negated, predicate, left, right }),
                Err(_) => {
                    let problem =
                        Problem::new(Code::Arity, format!("`{name}` takes 2 values, not {count}"), atom.span);
                    self.problem(problem.with_help(format!("write `{name}(Text, …)`")));
                    None
                }
            };
        }
        let shape = (atom.arguments.len(), atom.span);
        let relation = self.names.resolve(&atom.relation, shape, self.file, self.found)?;
        Some(LiteralKind::Atom { negated, relation, arguments: arguments? })
    }

    fn arguments(&mut self, arguments: &[Spanned<ast::Expression>]) -> Option<Vec<Expression>> {
        let resolved: Vec<Option<Expression>> =
            arguments.iter().map(|argument| self.expression(argument)).collect();
        resolved.into_iter().collect()
    }

    /// Resolves an expression; nothing if something is wrong with it.
    pub(super) fn expression(&mut self, expression: &Spanned<ast::Expression>) -> Option<Expression> {
        let kind = match &expression.value {
            ast::Expression::Any => ExpressionKind::Any,
            ast::Expression::Value(value) => ExpressionKind::Value(value.clone()),
            ast::Expression::Variable(name) => ExpressionKind::Variable(self.variable(name)),
            ast::Expression::Arithmetic(left, sign, right) => {
                let (left, right) = (self.expression(left), self.expression(right));
                ExpressionKind::Arithmetic(*sign, left?.into(), right?.into())
            }
            ast::Expression::Call(atom) => self.call(atom)?,
            ast::Expression::Aggregate(aggregate) => {
                ExpressionKind::Aggregate(self.aggregate(aggregate, expression.span)?.into())
            }
        };
        Some(Expression { kind, span: expression.span })
    }

    fn call(&mut self, atom: &Atom) -> Option<ExpressionKind> {
        let name = &atom.relation;
        let arguments = self.arguments(&atom.arguments);
        let Some(signature) = function_named(&name.value) else {
            let problem = Problem::new(
                Code::UnknownFunction,
                format!("there is no function `{}`", name.value),
                name.span,
            );
            let known = FUNCTIONS.iter().map(|known| known.name);
            let predicate = Predicate::NAMED.iter().any(|(known, _)| *known == &*name.value);
            let help = match nearest(&name.value, known) {
                _ if ["count", "sum", "min", "max"].contains(&&*name.value) => {
                    format!("an aggregate is `{} {{ X : body }}`", name.value)
                }
                _ if predicate => format!("`{}(…)` is a test, which stands by itself", name.value),
                _ if self.names.get(&name.value).is_some() => {
                    format!("`{}` is a relation; its atoms stand by themselves", name.value)
                }
                Some(known) => format!("did you mean `{known}`?"),
                None => {
                    let known: Vec<String> =
                        FUNCTIONS.iter().map(|known| format!("`{}`", known.name)).collect();
                    format!("functions are {}", known.join(", "))
                }
            };
            self.problem(problem.with_help(help));
            return None;
        };
        let (needed, given) = (signature.takes.len(), atom.arguments.len());
        if needed != given {
            let values = if needed == 1 { "value" } else { "values" };
            let message = format!("`{}` takes {needed} {values}, not {given}", name.value);
            let problem = Problem::new(Code::Arity, message, atom.span);
            let places = vec!["…"; needed].join(", ");
            self.problem(problem.with_help(format!("write `{}({places})`", name.value)));
            return None;
        }
        Some(ExpressionKind::Call(signature.function, arguments?))
    }

    fn aggregate(&mut self, aggregate: &ast::Aggregate, span: Span) -> Option<Aggregate> {
        let word = aggregate.fold.word();
        if aggregate.of.is_empty() {
            let problem = Problem::new(Code::Arity, format!("`{word}` has nothing to fold"), span);
            self.problem(problem.with_help(format!("name variables before the colon: `{word} {{ X : … }}`")));
        }
        self.scopes.push(FxHashMap::default());
        self.declare(&aggregate.body);
        let of: Vec<(VariableId, Span)> =
            aggregate.of.iter().map(|name| (self.variable(&name.value), name.span)).collect();
        let body = self.body(&aggregate.body);
        let local: FxHashSet<VariableId> = self.scopes.pop().unwrap_or_default().into_values().collect();
        let mut groups = Vec::new();
        let mut see = |variable: VariableId, _: Span| {
            if !local.contains(&variable) && !groups.contains(&variable) {
                groups.push(variable);
            }
        };
        body.iter().for_each(|literal| literal.each_variable(&mut see));
        of.iter().for_each(|(variable, span)| see(*variable, *span));
        if let Some(name) = aggregate.of.iter().find(|name| &*name.value == "_") {
            let problem = Problem::new(Code::Unbound, "`_` can't be folded", name.span);
            self.problem(problem.with_help("give the variable a name, and bind it in the body"));
            return None;
        }
        let fold = aggregate.fold;
        (body.len() == aggregate.body.len() && !of.is_empty()).then_some(Aggregate { fold, of, groups, body })
    }
}

impl Literal {
    /// Every variable of the literal; of aggregates those that they are grouped by.
    pub(super) fn each_variable(&self, see: &mut dyn FnMut(VariableId, Span)) {
        match &self.kind {
            LiteralKind::Atom { arguments, .. } => {
                arguments.iter().for_each(|argument| argument.each_variable(see));
            }
            LiteralKind::Compare { left, right, .. }
            | LiteralKind::Text { left, right, .. }
            | LiteralKind::In { element: left, list: right, .. } => {
                left.each_variable(see);
                right.each_variable(see);
            }
        }
    }
}

/// The variables of a literal outside of aggregates.
fn outer<'a>(literal: &'a ast::Literal, names: &mut Vec<&'a str>) {
    match &literal.goal {
        Goal::Atom(atom) => atom.arguments.iter().for_each(|argument| outer_of(&argument.value, names)),
        Goal::Compare(left, _, right) | Goal::In(left, right) | Goal::Like(left, right) => {
            outer_of(&left.value, names);
            outer_of(&right.value, names);
        }
    }
}

fn outer_of<'a>(expression: &'a ast::Expression, names: &mut Vec<&'a str>) {
    match expression {
        ast::Expression::Variable(name) => names.push(name),
        ast::Expression::Arithmetic(left, _, right) => {
            outer_of(&left.value, names);
            outer_of(&right.value, names);
        }
        ast::Expression::Call(atom) => {
            atom.arguments.iter().for_each(|argument| outer_of(&argument.value, names))
        }
        ast::Expression::Any | ast::Expression::Value(_) | ast::Expression::Aggregate(_) => {}
    }
}
