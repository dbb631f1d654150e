//! Rules with names resolved, between text and program.

use crate::datalog::program::{Arithmetic, Comparison, Fold, Function, Place, RelationId, VariableId};
use crate::datalog::text::Value;
use crate::document::Span;

/// A rule, or what becomes one.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) place: Place,
    pub(super) head: RelationId,
    pub(super) terms: Vec<Use>,
    pub(super) body: Vec<Literal>,
    pub(super) variables: Vec<Variable>,
}

/// A variable of a rule.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: Box<str>,
    /// Whether it occurs in an aggregate only.
    pub(super) local: bool,
    /// Whether an aggregate has it in its body.
    pub(super) in_aggregate: bool,
}

/// An expression that a rule needs the value of, and for what.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) expression: Expression,
    pub(super) purpose: Purpose,
}

/// Why a value is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is a column of the head.
    Head,
    /// It is a key of a finding.
    Key,
    /// A message or help text names it.
    Template,
    /// It says which policy is shown.
    Policy,
    /// It says which statement is shown.
    Index,
}

#[derive(Debug)]
pub(super) struct Literal {
    pub(super) kind: LiteralKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum LiteralKind {
    Atom { negated: bool, relation: RelationId, arguments: Vec<Expression> },
    Compare { negated: bool, left: Expression, comparison: Comparison, right: Expression },
    In { negated: bool, element: Expression, list: Expression },
    Text { negated: bool, predicate: Predicate, left: Expression, right: Expression },
}

/// A test of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predicate {
    Like,
    StartsWith,
    EndsWith,
    Contains,
    InCidr,
    Before,
}

#[derive(Debug)]
pub(super) struct Expression {
    pub(super) kind: ExpressionKind,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum ExpressionKind {
    Any,
    Value(Value),
    Variable(VariableId),
    /// `+` may join texts.
    Arithmetic(Arithmetic, Box<Expression>, Box<Expression>),
    Call(Function, Vec<Expression>),
    Aggregate(Box<Aggregate>),
}

#[derive(Debug)]
pub(super) struct Aggregate {
    pub(super) fold: Fold,
    pub(super) of: Vec<(VariableId, Span)>,
    pub(super) groups: Vec<VariableId>,
    pub(super) body: Vec<Literal>,
}

impl Predicate {
    /// The predicates that are written like atoms.
    pub(super) const NAMED: [(&'static str, Self); 5] = [
        ("starts_with", Self::StartsWith),
        ("ends_with", Self::EndsWith),
        ("contains", Self::Contains),
        ("in_cidr", Self::InCidr),
        ("before", Self::Before),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::NAMED.into_iter().find(|(_, known)| *known == self).map_or("like", |(name, _)| name)
    }
}

/// What an argument of a function may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    TextOrList,
    Scalar,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Number,
}

/// A function, as rules call it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) function: Function,
    pub(super) takes: &'static [Takes],
    pub(super) gives: Gives,
}

const fn signature(
    name: &'static str,
    function: Function,
    takes: &'static [Takes],
    gives: Gives,
) -> Signature {
    Signature { name, function, takes, gives }
}

/// The functions.
pub(super) const FUNCTIONS: [Signature; 13] = {
    use Takes::{Scalar, Text, TextOrList};
    [
        signature("length", Function::Length, &[TextOrList], Gives::Number),
        signature("lower", Function::Lower, &[Text], Gives::Text),
        signature("upper", Function::Upper, &[Text], Gives::Text),
        signature("replace", Function::Replace, &[Text, Text, Text], Gives::Text),
        signature("arn_partition", Function::ArnPartition, &[Text], Gives::Text),
        signature("arn_service", Function::ArnService, &[Text], Gives::Text),
        signature("arn_region", Function::ArnRegion, &[Text], Gives::Text),
        signature("arn_account", Function::ArnAccount, &[Text], Gives::Text),
        signature("arn_resource", Function::ArnResource, &[Text], Gives::Text),
        signature("text", Function::Text, &[Scalar], Gives::Text),
        signature("number", Function::Number, &[Text], Gives::Number),
        signature("days_between", Function::DaysBetween, &[Text, Text], Gives::Number),
        signature("now", Function::Now, &[], Gives::Text),
    ]
};

/// The signature of a function.
pub(super) fn signature_of(function: Function) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|known| known.function == function)
}

/// The function of a name.
pub(super) fn function_named(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|known| known.name == name)
}

impl Expression {
    /// Every variable that must have a value before this one has.
    pub(super) fn each_variable(&self, see: &mut dyn FnMut(VariableId, Span)) {
        match &self.kind {
            ExpressionKind::Any | ExpressionKind::Value(_) => {}
            ExpressionKind::Variable(variable) => see(*variable, self.span),
            ExpressionKind::Arithmetic(_, left, right) => {
                left.each_variable(see);
                right.each_variable(see);
            }
            ExpressionKind::Call(_, arguments) => {
                arguments.iter().for_each(|argument| argument.each_variable(see))
            }
            ExpressionKind::Aggregate(aggregate) => {
                aggregate.groups.iter().for_each(|group| see(*group, self.span))
            }
        }
    }
}
