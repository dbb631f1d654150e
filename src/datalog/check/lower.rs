//! Resolved rules -> rules of a program.

use super::ir::{Expression, ExpressionKind, Literal, LiteralKind, Predicate, Rule};
use super::names::Names;
use super::types::Types;
use crate::datalog::program::{self, Arithmetic, Atom, Comparison, Term, Test, VariableId};

/// Lowers a rule without problems.
pub(super) fn lower(rule: &Rule, label: Box<str>, types: &mut Types, names: &Names) -> program::Rule {
    let variables = rule.variables.iter().map(|variable| variable.name.clone()).collect();
    let mut lowering = Lowering { types, names, variables };
    let mut body = Vec::new();
    lowering.body(&rule.body, &mut body);
    let terms = rule.terms.iter().map(|used| lowering.term(&used.expression, &mut body)).collect();
    program::Rule { label, head: rule.head, terms, body, variables: lowering.variables, place: rule.place }
}

struct Lowering<'t, 'r, 'n> {
    types: &'t mut Types<'r>,
    names: &'n Names<'n>,
    variables: Vec<Box<str>>,
}

impl Lowering<'_, '_, '_> {
    fn body(&mut self, literals: &[Literal], body: &mut Vec<program::Literal>) {
        literals.iter().for_each(|literal| self.literal(literal, body));
    }

    fn literal(&mut self, literal: &Literal, body: &mut Vec<program::Literal>) {
        let kind = match &literal.kind {
            LiteralKind::Atom { negated, relation, arguments } => {
                let terms = arguments.iter().map(|argument| self.term(argument, body)).collect();
                let atom = Atom { relation: *relation, terms };
                if *negated { program::LiteralKind::Absent(atom) } else { program::LiteralKind::Atom(atom) }
            }
            LiteralKind::Compare { negated: false, left, comparison: Comparison::Equal, right } => {
                self.equality(left, right, body)
            }
            LiteralKind::Compare { negated, left, comparison, right } => {
                let (left, right) = (self.expression(left, body), self.expression(right, body));
                test(Test::Compare(*comparison, left, right), *negated)
            }
            LiteralKind::In { negated: false, element, list } => {
                let element = self.term(element, body);
                program::LiteralKind::Each(element, self.expression(list, body))
            }
            LiteralKind::In { negated: true, element, list } => {
                let (element, list) = (self.expression(element, body), self.expression(list, body));
                test(Test::In(element, list), true)
            }
            LiteralKind::Text { negated, predicate, left, right } => {
                let (left, right) = (self.expression(left, body), self.expression(right, body));
                let found = match predicate {
                    Predicate::Like => Test::Like(left, right),
                    Predicate::StartsWith => Test::StartsWith(left, right),
                    Predicate::EndsWith => Test::EndsWith(left, right),
                    Predicate::Contains => Test::Contains(left, right),
                    Predicate::InCidr => Test::InCidr(left, right),
                    Predicate::Before => Test::Before(left, right),
                };
                test(found, *negated)
            }
        };
        body.push(program::Literal { kind, span: literal.span });
    }

    /// What makes two values equal: a variable is bound, an aggregate gives it, or both are compared.
    fn equality(
        &mut self,
        left: &Expression,
        right: &Expression,
        body: &mut Vec<program::Literal>,
    ) -> program::LiteralKind {
        let (taken, given) = match (&left.kind, &right.kind) {
            (ExpressionKind::Aggregate(_), ExpressionKind::Variable(_) | ExpressionKind::Value(_)) => {
                (right, left)
            }
            _ => (left, right),
        };
        match (&taken.kind, &given.kind) {
            (
                ExpressionKind::Variable(_) | ExpressionKind::Value(_),
                ExpressionKind::Aggregate(aggregate),
            ) => {
                let result = self.term(taken, body);
                program::LiteralKind::Aggregate(self.aggregate(aggregate, result))
            }
            (ExpressionKind::Variable(variable), _) => {
                program::LiteralKind::Bind(*variable, self.expression(given, body))
            }
            _ => {
                let (left, right) = (self.expression(taken, body), self.expression(given, body));
                test(Test::Compare(Comparison::Equal, left, right), false)
            }
        }
    }

    fn aggregate(&mut self, aggregate: &super::ir::Aggregate, result: Term) -> program::Aggregate {
        let mut body = Vec::new();
        self.body(&aggregate.body, &mut body);
        program::Aggregate {
            fold: aggregate.fold,
            result,
            of: aggregate.of.iter().map(|(variable, _)| *variable).collect(),
            groups: aggregate.groups.clone(),
            body,
        }
    }

    /// An argument: what is neither variable nor value is bound to a variable of its own.
    fn term(&mut self, expression: &Expression, body: &mut Vec<program::Literal>) -> Term {
        match &expression.kind {
            ExpressionKind::Any => Term::Any,
            ExpressionKind::Value(value) => Term::Constant(value.clone()),
            ExpressionKind::Variable(variable) => Term::Variable(*variable),
            ExpressionKind::Aggregate(_) => match self.expression(expression, body) {
                program::Expression::Variable(variable) => Term::Variable(variable),
                _ => Term::Any,
            },
            ExpressionKind::Arithmetic(..) | ExpressionKind::Call(..) => {
                let value = self.expression(expression, body);
                let variable = self.variable();
                let kind = program::LiteralKind::Bind(variable, value);
                body.push(program::Literal { kind, span: expression.span });
                Term::Variable(variable)
            }
        }
    }

    fn variable(&mut self) -> VariableId {
        let id = VariableId(self.variables.len() as u32);
        self.variables.push("(value)".into());
        id
    }

    fn expression(
        &mut self,
        expression: &Expression,
        body: &mut Vec<program::Literal>,
    ) -> program::Expression {
        match &expression.kind {
            // A place that takes any value is an argument, never an expression.
            ExpressionKind::Any => program::Expression::Variable(self.variable()),
            ExpressionKind::Value(value) => program::Expression::Constant(value.clone()),
            ExpressionKind::Variable(variable) => program::Expression::Variable(*variable),
            ExpressionKind::Arithmetic(sign, left, right) => {
                let joins = *sign == Arithmetic::Add && self.types.is_text(left, self.names);
                let (left, right) = (self.expression(left, body).into(), self.expression(right, body).into());
                match joins {
                    true => program::Expression::Join(left, right),
                    false => program::Expression::Arithmetic(*sign, left, right),
                }
            }
            ExpressionKind::Call(function, arguments) => program::Expression::Call(
                *function,
                arguments.iter().map(|argument| self.expression(argument, body)).collect(),
            ),
            ExpressionKind::Aggregate(aggregate) => {
                let variable = self.variable();
                let kind =
                    program::LiteralKind::Aggregate(self.aggregate(aggregate, Term::Variable(variable)));
                body.push(program::Literal { kind, span: expression.span });
                program::Expression::Variable(variable)
            }
        }
    }
}

fn test(test: Test, negated: bool) -> program::LiteralKind {
    program::LiteralKind::Test { test, negated }
}
