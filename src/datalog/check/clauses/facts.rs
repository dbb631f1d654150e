//! Facts, and what facts and rules may be of.

use super::Checker;
use crate::datalog::check::names::Origin;
use crate::datalog::program::{Fact, FileId, Place};
use crate::datalog::text::ast::{self, Name};
use crate::datalog::text::{Code, Problem};
use crate::document::Span;

impl Checker<'_, '_> {
    /// Whether a file can say `what` of a relation outside of tests.
    pub(super) fn may_be_head(&mut self, name: &Name, file: FileId, what: &str) -> bool {
        let origin =
            self.names.get(&name.value).and_then(|id| self.names.entry(id)).map(|entry| entry.origin);
        let (message, help) = match origin {
            Some(Origin::Given(_)) => (
                format!("`{}` is known of the estate, and takes no {what}", name.value),
                "derive a relation of another name; in a `.test` it can be given",
            ),
            Some(Origin::Finding(_)) => (
                format!("`{}` is a finding, and takes no {what}", name.value),
                "what is found in several ways is a relation with several rules",
            ),
            _ => return true,
        };
        self.found.push(file, Problem::new(Code::Head, message, name.span).with_help(help));
        false
    }

    /// A fact with the types of its columns.
    pub(super) fn fact(&mut self, fact: &ast::Fact, file: FileId) -> Option<Fact> {
        let name = &fact.relation;
        let end = fact.arguments.last().map_or(name.span.end, |last| last.span.end);
        let span = Span::new(name.span.start, end);
        let relation = self.names.resolve(name, (fact.arguments.len(), span), file, self.found)?;
        let entry = self.names.entry(relation)?;
        let mut problems = Vec::new();
        for (argument, (column, of)) in fact.arguments.iter().zip(&entry.columns) {
            if let Some(of) = of.as_ref().filter(|of| !of.holds(&argument.value)) {
                let message = format!(
                    "the column `{column}` of `{}` is a {of}, not {}",
                    entry.name,
                    argument.value.kind()
                );
                let problem = Problem::new(Code::Type, message, argument.span);
                problems.push(problem.with_help(format!("it is `{}`", entry.head())));
            }
        }
        let fits = problems.is_empty();
        problems.into_iter().for_each(|problem| self.found.push(file, problem));
        let values = fact.arguments.iter().map(|argument| argument.value.clone()).collect();
        fits.then_some(Fact { relation, values, place: Place { file, span } })
    }
}
