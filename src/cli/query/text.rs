//! What is left out of a query, put in.

use crate::cli::diagnostics::Diagnostic;
use crate::datalog::text::ast::{Atom, Expression};
use crate::datalog::text::{Clause, Problem, parse};
use crate::document::{Severity, Source, Span, Spanned};

/// A text as a program that asks something: one body becomes a query, and of rules without a query the last is asked.
pub(super) fn complete(text: &str) -> String {
    if let Some(body) = as_body(text) {
        return body;
    }
    let clauses = parse(text).file.clauses;
    if clauses.iter().any(|clause| matches!(clause, Clause::Query(_))) {
        return text.to_owned();
    }
    let asked = clauses.iter().rev().find_map(|clause| match clause {
        Clause::Rule(rule) => Some(all_of(&rule.head)),
        Clause::Finding(finding) => Some(all(&finding.name.value, &finding.keys)),
        _ => None,
    });
    match asked {
        Some(query) => format!("{text}\n?- {query}."),
        None => text.to_owned(),
    }
}

/// A text that is one body as a query, also where it is a wrong one.
pub(super) fn as_body(text: &str) -> Option<String> {
    let body = text.trim();
    let body = body.strip_suffix('.').unwrap_or(body).trim_end();
    let query = format!("?- {body}.");
    let parsed = parse(&query);
    let is_one = matches!(parsed.file.clauses.as_slice(), [Clause::Query(_)]) && parsed.problems.is_empty();
    let is_clause = body.contains(":-") || body.contains("?-") || body.starts_with(['.', '/', '#']);
    (is_one || !is_clause && !body.is_empty() && !parse(text).problems.is_empty()).then_some(query)
}

/// What is wrong with a text that is one body, in its own columns: it has neither `?-` nor a full stop.
pub(super) fn wrong_body(text: &str) -> Vec<Diagnostic> {
    let Some(query) = as_body(text).filter(|query| query != text) else { return Vec::new() };
    let body = query.strip_prefix("?- ").and_then(|query| query.strip_suffix('.')).unwrap_or(&query);
    let source = Source::new("<query>", body.to_owned());
    let own = |problem: Problem| {
        let end = body.len() as u32;
        let place = |at: u32| at.saturating_sub(3).min(end);
        let span = Span::new(place(problem.span.start), place(problem.span.end));
        match problem.span.start >= end + 3 {
            true => {
                let message = problem.message.replace("found `.`", "and the text ends here");
                Problem { message, help: None, span, ..problem }
            }
            false => Problem { span, ..problem },
        }
    };
    let problems = parse(&query).problems.into_iter().map(own);
    problems.map(|problem| Diagnostic::rendered(Severity::Error, problem.render(&source))).collect()
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
