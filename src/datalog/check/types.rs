//! What the variables of a rule hold, inferred from where they stand.

use super::ir::{
    Aggregate, Expression, ExpressionKind, Gives, Literal, LiteralKind, Purpose, Rule, Takes, signature_of,
};
use super::names::Names;
use crate::datalog::program::{Arithmetic, Fold, RelationId, VariableId};
use crate::datalog::text::{Code, Problem, Type, Value};
use crate::document::Span;

/// A type that may not be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot(usize);

#[derive(Clone, Debug)]
enum Known {
    Nothing,
    Same(Slot),
    String,
    Symbol,
    Number,
    Boolean,
    List(Slot),
}

/// The types of a rule.
pub(super) struct Types<'r> {
    rule: &'r Rule,
    slots: Vec<Known>,
    /// Why a variable has its type, in words.
    reasons: Vec<Option<String>>,
    sums: Vec<(Slot, Span)>,
    scalars: Vec<(Slot, Span, bool)>,
    pub(super) problems: Vec<Problem>,
}

/// Infers the types of a rule.
pub(super) fn infer<'r>(rule: &'r Rule, names: &Names) -> Types<'r> {
    let slots = vec![Known::Nothing; rule.variables.len()];
    let reasons = vec![None; rule.variables.len()];
    let mut types =
        Types { rule, slots, reasons, sums: Vec::new(), scalars: Vec::new(), problems: Vec::new() };
    types.body(&rule.body, names);
    for (index, used) in rule.terms.iter().enumerate() {
        let slot = types.expression(&used.expression, names);
        match used.purpose {
            Purpose::Head => types.column(names, rule.head, index, slot, &used.expression),
            Purpose::Policy => {
                types.expect(slot, Known::String, &used.expression, "a policy is named by text")
            }
            Purpose::Index => {
                types.expect(
                    slot,
                    Known::Number,
                    &used.expression,
                    "a statement is named by its position, a number",
                );
            }
            Purpose::Key | Purpose::Template => {}
        }
    }
    types.later();
    types
}

impl Types<'_> {
    /// The type of a variable.
    pub(super) fn variable(&self, variable: VariableId) -> Option<Type> {
        self.resolved(Slot(variable.0 as usize), 0)
    }

    /// The type of an expression whose variables have types.
    pub(super) fn is_text(&mut self, expression: &Expression, names: &Names) -> bool {
        let slot = self.expression(expression, names);
        matches!(self.known(slot), Known::String)
    }

    /// The type of an expression.
    pub(super) fn of(&mut self, expression: &Expression, names: &Names) -> Option<Type> {
        let slot = self.expression(expression, names);
        self.resolved(slot, 0)
    }

    fn resolved(&self, slot: Slot, depth: usize) -> Option<Type> {
        // Lists nest no deeper than brackets do.
        if depth > 100 {
            return None;
        }
        Some(match self.known(slot) {
            Known::Nothing | Known::Same(_) => return None,
            Known::String => Type::String,
            Known::Symbol => Type::Symbol,
            Known::Number => Type::Number,
            Known::Boolean => Type::Boolean,
            Known::List(of) => Type::List(self.resolved(of, depth + 1)?.into()),
        })
    }

    fn root(&self, mut slot: Slot) -> Slot {
        while let Some(Known::Same(next)) = self.slots.get(slot.0) {
            slot = *next;
        }
        slot
    }

    fn known(&self, slot: Slot) -> Known {
        self.slots.get(self.root(slot).0).cloned().unwrap_or(Known::Nothing)
    }

    fn new_slot(&mut self, known: Known) -> Slot {
        self.slots.push(known);
        Slot(self.slots.len() - 1)
    }

    fn of_type(&mut self, of: &Type) -> Slot {
        let known = match of {
            Type::String => Known::String,
            Type::Symbol => Known::Symbol,
            Type::Number => Known::Number,
            Type::Boolean => Known::Boolean,
            Type::List(of) => Known::List(self.of_type(of)),
        };
        self.new_slot(known)
    }

    /// Makes two types one, if they can be.
    fn unify(&mut self, left: Slot, right: Slot) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        if left == right {
            return true;
        }
        match (self.known(left), self.known(right)) {
            (Known::Nothing, _) => self.link(left, right),
            (_, Known::Nothing) => self.link(right, left),
            (Known::List(left), Known::List(right)) => return self.unify(left, right),
            (left, right) => return std::mem::discriminant(&left) == std::mem::discriminant(&right),
        }
        true
    }

    fn link(&mut self, from: Slot, to: Slot) {
        // `X in X` would be a list of itself.
        let mut inner = to;
        while let Known::List(next) = self.known(inner) {
            inner = self.root(next);
            if inner == from {
                return;
            }
        }
        if let Some(known) = self.slots.get_mut(from.0) {
            *known = Known::Same(to);
        }
    }

    /// What an expression is, in a message: `` `X` is a number ``.
    fn shown(&self, slot: Slot) -> String {
        match self.resolved(slot, 0) {
            Some(of) => format!("a {of}"),
            None => match self.known(slot) {
                Known::List(_) => "a list".to_owned(),
                _ => "of no known type".to_owned(),
            },
        }
    }

    /// How an expression of another type than its place has is described.
    fn described(&self, expression: &Expression, slot: Slot) -> (String, Option<String>) {
        match &expression.kind {
            ExpressionKind::Variable(variable) => {
                let name =
                    self.rule.variables.get(variable.0 as usize).map_or("_", |variable| &*variable.name);
                let reason = self.reasons.get(variable.0 as usize).cloned().flatten();
                (
                    format!("`{name}` is {}", self.shown(slot)),
                    reason.map(|reason| format!("`{name}` is {}: {reason}", self.shown(slot))),
                )
            }
            ExpressionKind::Value(value) => (format!("this is {}", value.kind()), None),
            _ => (format!("this is {}", self.shown(slot)), None),
        }
    }

    fn expect(&mut self, slot: Slot, known: Known, expression: &Expression, why: &str) {
        let wanted = self.new_slot(known);
        self.unify_or(slot, wanted, expression, why.to_owned(), None, "by another use");
    }

    fn unify_or(
        &mut self,
        slot: Slot,
        wanted: Slot,
        expression: &Expression,
        why: String,
        help: Option<String>,
        reason: &str,
    ) {
        if self.unify(slot, wanted) {
            if let ExpressionKind::Variable(variable) = expression.kind
                && let Some(known @ None) = self.reasons.get_mut(variable.0 as usize)
            {
                *known = Some(reason.to_owned());
            }
            return;
        }
        let (what, because) = self.described(expression, slot);
        let problem = Problem::new(Code::Type, format!("{why}, and {what}"), expression.span);
        let remedy = self.remedy(slot, wanted);
        self.problems.push(match because.or(help).or(remedy) {
            Some(help) => problem.with_help(help),
            None => problem,
        });
    }

    /// What makes one type of another.
    fn remedy(&self, slot: Slot, wanted: Slot) -> Option<String> {
        let help = match (self.known(slot), self.known(wanted)) {
            (Known::Number | Known::Symbol, Known::String) => "`text(X)` makes text of a number or symbol",
            (Known::String, Known::Number) => "`number(Text)` reads a number",
            (Known::String, Known::Symbol) => "symbols are words without quotes",
            (Known::List(_), _) => "`X in List` goes through the elements of a list",
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// The type of an argument against that of its column.
    fn column(
        &mut self,
        names: &Names,
        relation: RelationId,
        index: usize,
        slot: Slot,
        expression: &Expression,
    ) {
        let Some(entry) = names.entry(relation) else { return };
        let Some((name, Some(of))) = entry.columns.get(index) else { return };
        if expression_is_any(expression) {
            return;
        }
        let wanted = self.of_type(of);
        let column = format!("the column `{name}` of `{}`", entry.name);
        let because = format!("by {column}");
        let why = format!("{column} is a {of}");
        self.unify_or(slot, wanted, expression, why, Some(format!("it is `{}`", entry.head())), &because);
    }

    fn body(&mut self, body: &[Literal], names: &Names) {
        for literal in body {
            match &literal.kind {
                LiteralKind::Atom { relation, arguments, .. } => {
                    for (index, argument) in arguments.iter().enumerate() {
                        let slot = self.expression(argument, names);
                        self.column(names, *relation, index, slot, argument);
                    }
                }
                LiteralKind::Compare { left, comparison, right, .. } => {
                    let (first, second) = (self.expression(left, names), self.expression(right, names));
                    let sign = comparison.sign();
                    let why = format!(
                        "`{sign}` compares values of one type: the left side is {}",
                        self.shown(first)
                    );
                    self.unify_or(second, first, right, why, None, "by what it is compared with");
                    self.note(left, "by what it is compared with");
                }
                LiteralKind::In { element, list, .. } => {
                    let (of, list_of) = (self.expression(element, names), self.expression(list, names));
                    let wanted = self.new_slot(Known::Nothing);
                    let wanted_list = self.new_slot(Known::List(wanted));
                    let why = "`in` goes through a list".to_owned();
                    self.unify_or(list_of, wanted_list, list, why, None, "by its place behind `in`");
                    if !expression_is_any(element) {
                        let why = format!("the elements of the list are each {}", self.shown(wanted));
                        self.unify_or(of, wanted, element, why, None, "as an element of a list");
                    }
                }
                LiteralKind::Text { predicate, left, right, .. } => {
                    for side in [left, right] {
                        let slot = self.expression(side, names);
                        let why = format!("`{}` tests texts", predicate.name());
                        self.expect(slot, Known::String, side, &why);
                    }
                }
            }
        }
    }

    fn note(&mut self, expression: &Expression, reason: &str) {
        if let ExpressionKind::Variable(variable) = expression.kind
            && self.variable(variable).is_some()
            && let Some(known @ None) = self.reasons.get_mut(variable.0 as usize)
        {
            *known = Some(reason.to_owned());
        }
    }

    fn expression(&mut self, expression: &Expression, names: &Names) -> Slot {
        match &expression.kind {
            ExpressionKind::Any => self.new_slot(Known::Nothing),
            ExpressionKind::Variable(variable) => Slot(variable.0 as usize),
            ExpressionKind::Value(value) => self.value(value, expression.span),
            ExpressionKind::Arithmetic(Arithmetic::Add, left, right) => {
                let (first, second) = (self.expression(left, names), self.expression(right, names));
                let why = format!("`+` adds numbers or joins texts: the left side is {}", self.shown(first));
                self.unify_or(second, first, right, why, None, "by what it is added to");
                self.note(left, "by what it is added to");
                self.sums.push((first, left.span));
                first
            }
            ExpressionKind::Arithmetic(sign, left, right) => {
                for side in [left, right] {
                    let slot = self.expression(side, names);
                    let why = format!("`{}` computes with numbers", sign.sign());
                    self.expect(slot, Known::Number, side, &why);
                }
                self.new_slot(Known::Number)
            }
            ExpressionKind::Call(function, arguments) => {
                let Some(signature) = signature_of(*function) else { return self.new_slot(Known::Nothing) };
                for (argument, takes) in arguments.iter().zip(signature.takes) {
                    let slot = self.expression(argument, names);
                    match takes {
                        Takes::Text => {
                            let why = format!("`{}` takes text", signature.name);
                            self.expect(slot, Known::String, argument, &why);
                        }
                        Takes::TextOrList => self.scalars.push((slot, argument.span, false)),
                        Takes::Scalar => self.scalars.push((slot, argument.span, true)),
                    }
                }
                self.new_slot(match signature.gives {
                    Gives::Text => Known::String,
                    Gives::Number => Known::Number,
                })
            }
            ExpressionKind::Aggregate(aggregate) => self.aggregate(aggregate, names),
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, names: &Names) -> Slot {
        self.body(&aggregate.body, names);
        let first =
            aggregate.of.first().map(|(variable, span)| (Slot(variable.0 as usize), *variable, *span));
        match (aggregate.fold, first) {
            (Fold::Count, _) => self.new_slot(Known::Number),
            (Fold::Sum, Some((slot, variable, span))) => {
                let folded = Expression { kind: ExpressionKind::Variable(variable), span };
                self.expect(slot, Known::Number, &folded, "`sum` adds numbers");
                self.new_slot(Known::Number)
            }
            (_, Some((slot, ..))) => slot,
            (_, None) => self.new_slot(Known::Nothing),
        }
    }

    fn value(&mut self, value: &Value, span: Span) -> Slot {
        let known = match value {
            Value::Text(_) => Known::String,
            Value::Symbol(_) => Known::Symbol,
            Value::Number(_) => Known::Number,
            Value::Boolean(_) => Known::Boolean,
            Value::List(values) => {
                let of = self.new_slot(Known::Nothing);
                for value in values.iter() {
                    let element = self.value(value, span);
                    if !self.unify(element, of) {
                        let problem = Problem::new(Code::Type, "a list holds values of one type", span);
                        let help = format!("its elements are {} and {}", self.shown(of), self.shown(element));
                        self.problems.push(problem.with_help(help));
                        break;
                    }
                }
                Known::List(of)
            }
        };
        self.new_slot(known)
    }

    /// What can be told only when all types are known.
    fn later(&mut self) {
        for (slot, span) in std::mem::take(&mut self.sums) {
            if !matches!(self.known(slot), Known::Nothing | Known::Same(_) | Known::Number | Known::String) {
                let message = format!("`+` adds numbers or joins texts, and this is {}", self.shown(slot));
                let problem = Problem::new(Code::Type, message, span);
                self.problems.push(problem.with_help("`text(X)` makes text of a symbol"));
            }
        }
        for (slot, span, scalar) in std::mem::take(&mut self.scalars) {
            let (fits, what) = match (self.known(slot), scalar) {
                (Known::Nothing | Known::Same(_), _) => (true, ""),
                (Known::List(_), scalar) => (!scalar, "`text` takes a number, symbol, boolean or text"),
                (Known::String, _) => (true, ""),
                (_, scalar) => (scalar, "`length` takes text or a list"),
            };
            if !fits {
                self.problems.push(Problem::new(
                    Code::Type,
                    format!("{what}, and this is {}", self.shown(slot)),
                    span,
                ));
            }
        }
    }
}

fn expression_is_any(expression: &Expression) -> bool {
    matches!(expression.kind, ExpressionKind::Any)
}
