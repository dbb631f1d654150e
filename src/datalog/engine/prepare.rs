//! A rule with its constants interned: what plans are made from.

use super::interner::{Full, Interner, ValueId};
use crate::datalog::program::{
    Aggregate, Arithmetic, Atom, Comparison, Expression, Fold, Function, Literal, LiteralKind, Rule, Term,
    Test, VariableId,
};
use crate::document::Span;

/// A rule.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) head: Vec<Arg>,
    pub(super) body: Vec<Part>,
    /// How many variables there are.
    pub(super) variables: u32,
}

/// An argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arg {
    Variable(u32),
    Constant(ValueId),
    Any,
}

/// A literal and where it stands.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a literal says.
#[derive(Debug)]
pub(super) enum Kind {
    Atom { relation: usize, args: Vec<Arg> },
    Absent { relation: usize, args: Vec<Arg> },
    Test(Check),
    Bind(u32, Expr),
    Each(Arg, Expr),
    Aggregate(Box<Folded>),
}

/// A test.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) how: How,
    pub(super) left: Expr,
    pub(super) right: Expr,
    pub(super) negated: bool,
}

/// What a test compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Compare(Comparison),
    In,
    Like,
    StartsWith,
    EndsWith,
    Contains,
    InCidr,
    Before,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Constant(ValueId),
    Variable(u32),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Join(Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

/// An aggregate.
#[derive(Debug)]
pub(super) struct Folded {
    /// Its number among all of the run.
    pub(super) number: usize,
    pub(super) fold: Fold,
    pub(super) result: Arg,
    pub(super) of: Vec<u32>,
    pub(super) groups: Vec<u32>,
    pub(super) body: Vec<Part>,
}

impl Expr {
    /// Calls `visit` with each variable.
    pub(super) fn variables(&self, visit: &mut impl FnMut(u32)) {
        match self {
            Self::Constant(_) => {}
            Self::Variable(variable) => visit(*variable),
            Self::Arithmetic(_, left, right) | Self::Join(left, right) => {
                left.variables(visit);
                right.variables(visit);
            }
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.variables(visit)),
        }
    }
}

/// Interns the constants of rules and numbers their aggregates.
pub(super) struct Preparation<'a> {
    pub(super) interner: &'a mut Interner,
    pub(super) aggregates: &'a mut usize,
}

impl Preparation<'_> {
    /// A rule.
    pub(super) fn rule(&mut self, rule: &Rule) -> Result<Prepared, Full> {
        Ok(Prepared {
            head: self.args(&rule.terms)?,
            body: self.body(&rule.body)?,
            variables: rule.variables.len() as u32,
        })
    }

    fn body(&mut self, body: &[Literal]) -> Result<Vec<Part>, Full> {
        body.iter().map(|literal| Ok(Part { kind: self.kind(&literal.kind)?, span: literal.span })).collect()
    }

    fn kind(&mut self, kind: &LiteralKind) -> Result<Kind, Full> {
        Ok(match kind {
            LiteralKind::Atom(atom) => {
                let (relation, args) = self.atom(atom)?;
                Kind::Atom { relation, args }
            }
            LiteralKind::Absent(atom) => {
                let (relation, args) = self.atom(atom)?;
                Kind::Absent { relation, args }
            }
            LiteralKind::Test { test, negated } => {
                let (how, left, right) = match test {
                    Test::Compare(comparison, left, right) => (How::Compare(*comparison), left, right),
                    Test::In(left, right) => (How::In, left, right),
                    Test::Like(left, right) => (How::Like, left, right),
                    Test::StartsWith(left, right) => (How::StartsWith, left, right),
                    Test::EndsWith(left, right) => (How::EndsWith, left, right),
                    Test::Contains(left, right) => (How::Contains, left, right),
                    Test::InCidr(left, right) => (How::InCidr, left, right),
                    Test::Before(left, right) => (How::Before, left, right),
                };
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                Kind::Test(Check { how, left, right, negated: *negated })
            }
            LiteralKind::Bind(variable, expression) => Kind::Bind(variable.0, self.expression(expression)?),
            LiteralKind::Each(term, list) => Kind::Each(self.arg(term)?, self.expression(list)?),
            LiteralKind::Aggregate(aggregate) => Kind::Aggregate(Box::new(self.aggregate(aggregate)?)),
        })
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Folded, Full> {
        let number = *self.aggregates;
        *self.aggregates += 1;
        let numbers = |variables: &[VariableId]| variables.iter().map(|variable| variable.0).collect();
        Ok(Folded {
            number,
            fold: aggregate.fold,
            result: self.arg(&aggregate.result)?,
            of: numbers(&aggregate.of),
            groups: numbers(&aggregate.groups),
            body: self.body(&aggregate.body)?,
        })
    }

    fn atom(&mut self, atom: &Atom) -> Result<(usize, Vec<Arg>), Full> {
        Ok((atom.relation.0 as usize, self.args(&atom.terms)?))
    }

    fn args(&mut self, terms: &[Term]) -> Result<Vec<Arg>, Full> {
        terms.iter().map(|term| self.arg(term)).collect()
    }

    fn arg(&mut self, term: &Term) -> Result<Arg, Full> {
        Ok(match term {
            Term::Variable(variable) => Arg::Variable(variable.0),
            Term::Constant(value) => Arg::Constant(self.interner.intern(value)?),
            Term::Any => Arg::Any,
        })
    }

    fn expression(&mut self, expression: &Expression) -> Result<Expr, Full> {
        Ok(match expression {
            Expression::Constant(value) => Expr::Constant(self.interner.intern(value)?),
            Expression::Variable(variable) => Expr::Variable(variable.0),
            Expression::Arithmetic(arithmetic, left, right) => Expr::Arithmetic(
                *arithmetic,
                Box::new(self.expression(left)?),
                Box::new(self.expression(right)?),
            ),
            Expression::Join(left, right) => {
                Expr::Join(Box::new(self.expression(left)?), Box::new(self.expression(right)?))
            }
            Expression::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.expression(argument));
                Expr::Call(*function, arguments.collect::<Result<_, _>>()?)
            }
        })
    }
}
