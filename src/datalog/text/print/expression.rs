//! Parts of bodies.

use std::io::{self, Write};

use super::write_value;
use crate::datalog::text::ast::{Aggregate, Atom, Expression, Goal, Literal};
use crate::document::Spanned;

/// Writes the literals of a body.
pub(super) fn write_body(body: &[Literal], out: &mut dyn Write) -> io::Result<()> {
    for (index, literal) in body.iter().enumerate() {
        if index > 0 {
            out.write_all(b", ")?;
        }
        write_literal(literal, out)?;
    }
    Ok(())
}

/// Writes a literal.
///
/// # Errors
/// `out` cannot be written.
pub fn write_literal(literal: &Literal, out: &mut dyn Write) -> io::Result<()> {
    if literal.negated {
        out.write_all(b"not ")?;
    }
    let mut between = |left: &Spanned<Expression>, sign: &str, right: &Spanned<Expression>| {
        write_expression(&left.value, out)?;
        write!(out, " {sign} ")?;
        write_expression(&right.value, out)
    };
    match &literal.goal {
        Goal::Compare(left, comparison, right) => between(left, comparison.sign(), right),
        Goal::In(element, list) => between(element, "in", list),
        Goal::Like(text, glob) => between(text, "like", glob),
        Goal::Atom(atom) => write_atom(atom, out),
    }
}

/// Writes a relation, predicate or function with its arguments.
pub(super) fn write_atom(atom: &Atom, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(atom.relation.value.as_bytes())?;
    write_arguments(&atom.arguments, out)
}

/// Writes arguments in brackets.
pub(super) fn write_arguments<'a>(
    arguments: impl IntoIterator<Item = &'a Spanned<Expression>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(b"(")?;
    for (index, argument) in arguments.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b", ")?;
        }
        write_expression(&argument.value, out)?;
    }
    out.write_all(b")")
}

fn write_expression(expression: &Expression, out: &mut dyn Write) -> io::Result<()> {
    match expression {
        Expression::Value(value) => write_value(value, out),
        Expression::Variable(name) => out.write_all(name.as_bytes()),
        Expression::Any => out.write_all(b"_"),
        Expression::Call(atom) => write_atom(atom, out),
        Expression::Aggregate(aggregate) => write_aggregate(aggregate, out),
        Expression::Arithmetic(left, sign, right) => {
            // Operations of one rank are read from the left.
            let rank = |of: &Expression| match of {
                Expression::Arithmetic(_, sign, _) => 1 + u8::from(sign.is_product()),
                _ => 3,
            };
            write_operand(&left.value, rank(&left.value) < rank(expression), out)?;
            write!(out, " {} ", sign.sign())?;
            write_operand(&right.value, rank(&right.value) <= rank(expression), out)
        }
    }
}

fn write_operand(operand: &Expression, in_brackets: bool, out: &mut dyn Write) -> io::Result<()> {
    if !in_brackets {
        return write_expression(operand, out);
    }
    out.write_all(b"(")?;
    write_expression(operand, out)?;
    out.write_all(b")")
}

fn write_aggregate(aggregate: &Aggregate, out: &mut dyn Write) -> io::Result<()> {
    let of: Vec<&str> = aggregate.of.iter().map(|variable| &*variable.value).collect();
    write!(out, "{} {{ {} : ", aggregate.fold.word(), of.join(", "))?;
    write_body(&aggregate.body, out)?;
    out.write_all(b" }")
}
