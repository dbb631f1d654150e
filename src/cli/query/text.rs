//! What is left out of a query, put in.

use crate::datalog::check::Root;
use crate::datalog::text::ast::{Atom, Expression};
use crate::datalog::text::{Clause, parse, parse_body};
use crate::document::Spanned;

/// A text as something that asks: one body is a query, and of rules without a query the last is asked.
pub(super) fn complete(name: &str, text: &str) -> Root {
    if is_body(text) {
        return Root::Body(name.into(), text.to_owned());
    }
    let clauses = parse(text).file.clauses;
    let asks = clauses.iter().any(|clause| matches!(clause, Clause::Query(_)));
    let asked = clauses.iter().rev().filter(|_| !asks).find_map(|clause| match clause {
        Clause::Rule(rule) => Some(all_of(&rule.head)),
        Clause::Finding(finding) => Some(all(&finding.name.value, &finding.keys)),
        _ => None,
    });
    let text = match asked {
        Some(query) => format!("{text}\n?- {query}."),
        None => text.to_owned(),
    };
    Root::Text(name.into(), text)
}

/// Whether a text is one body, also where it is a wrong one.
pub(super) fn is_body(text: &str) -> bool {
    let parsed = parse_body(text);
    let is_one = matches!(parsed.file.clauses.as_slice(), [Clause::Query(_)]) && parsed.problems.is_empty();
    let body = text.trim().trim_end_matches('.');
    let is_clause = body.contains(":-") || body.contains("?-") || body.starts_with(['.', '/', '#']);
    is_one || !is_clause && !body.is_empty() && !parse(text).problems.is_empty()
}

fn all_of(atom: &Atom) -> String {
    all(&atom.relation.value, &atom.arguments)
}

/// All rows of a relation, its columns called as in a head.
fn all(relation: &str, arguments: &[Spanned<Expression>]) -> String {
    let column = |(index, argument): (usize, &Spanned<Expression>)| match &argument.value {
        Expression::Variable(name) => name.to_string(),
        _ => format!("Column{}", index + 1),
    };
    let columns: Vec<String> = arguments.iter().enumerate().map(column).collect();
    format!("{relation}({})", columns.join(", "))
}

#[cfg(test)]
mod tests;
