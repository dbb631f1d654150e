//! A plain bottom-up evaluator of checked programs: rules run tuple by tuple over sets of rows until nothing is new.
//!
//! It shares nothing with the engine but the program, and is as slow as it is short.

use std::collections::{BTreeMap, BTreeSet};

use entail::datalog::program::{
    Arithmetic, Atom, Comparison, Expression, Fold, Function, Literal, LiteralKind, Program, Term, Test,
    VariableId,
};
use entail::datalog::text::Value;

/// The rows of each relation.
pub type Rows = Vec<BTreeSet<Vec<Value>>>;

/// What the variables are.
pub type Bindings = BTreeMap<VariableId, Value>;

/// All rows of a program that has its facts in it.
pub fn evaluate(program: &Program) -> Rows {
    let mut rows: Rows = vec![BTreeSet::new(); program.relations.len()];
    for fact in &program.facts {
        rows[fact.relation.0 as usize].insert(fact.values.clone());
    }
    for stratum in &program.strata {
        loop {
            let mut new = Vec::new();
            for id in &stratum.rules {
                let rule = &program.rules[id.0 as usize];
                let body: Vec<&Literal> = rule.body.iter().collect();
                for solution in solutions(&body, Bindings::new(), &rows) {
                    let row = rule.terms.iter().map(|term| ground(term, &solution).expect("a safe head"));
                    new.push((rule.head.0 as usize, row.collect::<Vec<_>>()));
                }
            }
            let mut grown = false;
            for (relation, row) in new {
                grown |= rows[relation].insert(row);
            }
            if !grown {
                break;
            }
        }
    }
    rows
}

/// Whether a literal holds of values, given all rows.
pub fn holds(literal: &Literal, bindings: &Bindings, rows: &Rows) -> bool {
    !solutions(&[literal], bindings.clone(), rows).is_empty()
}

fn ground(term: &Term, bindings: &Bindings) -> Option<Value> {
    match term {
        Term::Variable(variable) => bindings.get(variable).cloned(),
        Term::Constant(value) => Some(value.clone()),
        Term::Any => None,
    }
}

/// All bindings under which all literals hold.
fn solutions(body: &[&Literal], bindings: Bindings, rows: &Rows) -> Vec<Bindings> {
    if body.is_empty() {
        return vec![bindings];
    }
    let at = body.iter().position(|literal| ready(literal, &bindings)).expect("a safe body");
    let rest: Vec<&Literal> = [&body[..at], &body[at + 1..]].concat();
    let extended = extend(body[at], &bindings, rows);
    extended.into_iter().flat_map(|bindings| solutions(&rest, bindings, rows)).collect()
}

fn bound(expression: &Expression, bindings: &Bindings) -> bool {
    match expression {
        Expression::Constant(_) => true,
        Expression::Variable(variable) => bindings.contains_key(variable),
        Expression::Arithmetic(_, left, right) | Expression::Join(left, right) => {
            bound(left, bindings) && bound(right, bindings)
        }
        Expression::Call(_, arguments) => arguments.iter().all(|argument| bound(argument, bindings)),
    }
}

fn ready(literal: &Literal, bindings: &Bindings) -> bool {
    match &literal.kind {
        LiteralKind::Atom(_) => true,
        LiteralKind::Absent(atom) => atom.terms.iter().all(|term| match term {
            Term::Variable(variable) => bindings.contains_key(variable),
            _ => true,
        }),
        LiteralKind::Test { test, .. } => {
            let (left, right) = sides(test);
            bound(left, bindings) && bound(right, bindings)
        }
        LiteralKind::Bind(_, expression) | LiteralKind::Each(_, expression) => bound(expression, bindings),
        LiteralKind::Aggregate(aggregate) => {
            aggregate.groups.iter().all(|variable| bindings.contains_key(variable))
        }
    }
}

fn sides(test: &Test) -> (&Expression, &Expression) {
    match test {
        Test::Compare(_, left, right)
        | Test::In(left, right)
        | Test::Like(left, right)
        | Test::StartsWith(left, right)
        | Test::EndsWith(left, right)
        | Test::Contains(left, right)
        | Test::InCidr(left, right)
        | Test::Before(left, right) => (left, right),
    }
}

/// The bindings with a variable bound, if it is not bound to another value.
fn with(term: &Term, value: &Value, bindings: &Bindings) -> Option<Bindings> {
    let mut bindings = bindings.clone();
    match term {
        Term::Any => Some(bindings),
        Term::Constant(constant) => (constant == value).then_some(bindings),
        Term::Variable(variable) => {
            let known = bindings.entry(*variable).or_insert_with(|| value.clone());
            (known == value).then_some(bindings)
        }
    }
}

fn matches(atom: &Atom, bindings: &Bindings, rows: &Rows) -> Vec<Bindings> {
    let row_matches = |row: &Vec<Value>| {
        atom.terms
            .iter()
            .zip(row)
            .try_fold(bindings.clone(), |bindings, (term, value)| with(term, value, &bindings))
    };
    rows[atom.relation.0 as usize].iter().filter_map(row_matches).collect()
}

fn extend(literal: &Literal, bindings: &Bindings, rows: &Rows) -> Vec<Bindings> {
    let if_true = |holds: bool| if holds { vec![bindings.clone()] } else { Vec::new() };
    match &literal.kind {
        LiteralKind::Atom(atom) => matches(atom, bindings, rows),
        LiteralKind::Absent(atom) => if_true(matches(atom, bindings, rows).is_empty()),
        LiteralKind::Test { test, negated } => {
            let (left, right) = sides(test);
            match (value(left, bindings), value(right, bindings)) {
                (Some(left), Some(right)) => if_true(passes(test, &left, &right) != *negated),
                _ => Vec::new(),
            }
        }
        LiteralKind::Bind(variable, expression) => value(expression, bindings)
            .and_then(|value| with(&Term::Variable(*variable), &value, bindings))
            .into_iter()
            .collect(),
        LiteralKind::Each(term, list) => match value(list, bindings) {
            Some(Value::List(elements)) => {
                elements.iter().filter_map(|element| with(term, element, bindings)).collect()
            }
            _ => Vec::new(),
        },
        LiteralKind::Aggregate(aggregate) => {
            let body: Vec<&Literal> = aggregate.body.iter().collect();
            let groups: Bindings = bindings
                .iter()
                .filter(|(variable, _)| aggregate.groups.contains(variable))
                .map(|(variable, value)| (*variable, value.clone()))
                .collect();
            let tuples: BTreeSet<Vec<Value>> = solutions(&body, groups, rows)
                .into_iter()
                .map(|solution| aggregate.of.iter().map(|variable| solution[variable].clone()).collect())
                .collect();
            let firsts = tuples.iter().map(|tuple| tuple[0].clone());
            let folded = match aggregate.fold {
                Fold::Count => Some(Value::Number(tuples.len() as i64)),
                Fold::Sum => Some(Value::Number(firsts.map(|first| number(&first)).sum())),
                Fold::Min => firsts.min(),
                Fold::Max => firsts.max(),
            };
            folded.and_then(|value| with(&aggregate.result, &value, bindings)).into_iter().collect()
        }
    }
}

fn passes(test: &Test, left: &Value, right: &Value) -> bool {
    match test {
        Test::Compare(Comparison::Equal, ..) => left == right,
        Test::Compare(Comparison::NotEqual, ..) => left != right,
        Test::Compare(Comparison::Less, ..) => left < right,
        Test::Compare(Comparison::AtMost, ..) => left <= right,
        Test::Compare(Comparison::Greater, ..) => left > right,
        Test::Compare(Comparison::AtLeast, ..) => left >= right,
        Test::In(..) => matches!(right, Value::List(elements) if elements.iter().any(|other| other == left)),
        Test::Like(..) => like(string(left).as_bytes(), string(right).as_bytes()),
        Test::StartsWith(..) => string(left).starts_with(string(right)),
        Test::EndsWith(..) => string(left).ends_with(string(right)),
        Test::Contains(..) => string(left).contains(string(right)),
        Test::InCidr(..) | Test::Before(..) => unreachable!("no random program has it"),
    }
}

fn like(text: &[u8], glob: &[u8]) -> bool {
    match (text, glob) {
        ([], []) => true,
        (_, [b'*', rest @ ..]) => like(text, rest) || (!text.is_empty() && like(&text[1..], glob)),
        ([_, text @ ..], [b'?', glob @ ..]) => like(text, glob),
        ([x, text @ ..], [y, glob @ ..]) => x == y && like(text, glob),
        _ => false,
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Number(number) => *number,
        other => unreachable!("{other:?} is a number"),
    }
}

fn string(value: &Value) -> &str {
    match value {
        Value::Text(text) | Value::Symbol(text) => text,
        other => unreachable!("{other:?} is text"),
    }
}

fn value(expression: &Expression, bindings: &Bindings) -> Option<Value> {
    Some(match expression {
        Expression::Constant(value) => value.clone(),
        Expression::Variable(variable) => bindings[variable].clone(),
        Expression::Arithmetic(operation, left, right) => {
            let (left, right) = (number(&value(left, bindings)?), number(&value(right, bindings)?));
            Value::Number(match operation {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide => left / right,
                Arithmetic::Remainder => left % right,
            })
        }
        Expression::Join(left, right) => {
            let (left, right) = (value(left, bindings)?, value(right, bindings)?);
            Value::text(&[string(&left), string(&right)].concat())
        }
        Expression::Call(function, arguments) => {
            let first = value(&arguments[0], bindings)?;
            match function {
                Function::Length => Value::Number(match &first {
                    Value::List(elements) => elements.len() as i64,
                    text => string(text).chars().count() as i64,
                }),
                Function::Upper => Value::text(&string(&first).to_uppercase()),
                Function::Number => Value::Number(string(&first).parse().ok()?),
                Function::Text => Value::text(&number(&first).to_string()),
                other => unreachable!("no random program has {other:?}"),
            }
        }
    })
}
