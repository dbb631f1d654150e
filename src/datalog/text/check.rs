//! Facts against declarations.

use rustc_hash::FxHashMap;

use super::ast::{Clause, Declaration, Fact, File};
use super::problem::{Code, Problem};
use crate::document::Span;
use crate::document::nearest::nearest;

/// The relations that facts may be of.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    declared: Vec<Declaration>,
    by_name: FxHashMap<Box<str>, usize>,
}

impl Schema {
    /// The relation of a name.
    pub fn get(&self, name: &str) -> Option<&Declaration> {
        self.by_name.get(name).and_then(|&index| self.declared.get(index))
    }

    /// The relations, in the order in which they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &Declaration> {
        self.declared.iter()
    }

    /// Adds a relation.
    ///
    /// # Errors
    /// It is known already, with other columns.
    pub fn add(&mut self, declaration: &Declaration) -> Result<(), Problem> {
        let name = &declaration.name;
        match self.get(&name.value) {
            None => {
                self.by_name.insert(name.value.clone(), self.declared.len());
                self.declared.push(declaration.clone());
                Ok(())
            }
            Some(known) if known.agrees(declaration) => Ok(()),
            Some(known) => Err(Problem::new(
                Code::Duplicate,
                format!("`{}` is declared with other columns already", name.value),
                name.span,
            )
            .with_help(format!("the other declaration is `{}`", head(known)))),
        }
    }

    /// What is wrong with a fact.
    pub fn problem(&self, fact: &Fact) -> Option<Problem> {
        let name = &fact.relation;
        let Some(relation) = self.get(&name.value) else {
            let problem = Problem::new(
                Code::UnknownRelation,
                format!("there is no relation `{}`", name.value),
                name.span,
            );
            let known = self.declared.iter().map(|known| &*known.name.value);
            return Some(match nearest(&name.value, known) {
                Some(known) => problem.with_help(format!("did you mean `{known}`?")),
                None => problem.with_help(format!("declare it: `.decl {}(column: type, …)`", name.value)),
            });
        };
        let (given, needed) = (fact.arguments.len(), relation.columns.len());
        if given != needed {
            let end = fact.arguments.last().map_or(name.span.end, |last| last.span.end);
            let message = format!("`{}` needs {needed} values and has {given}", name.value);
            return Some(
                Problem::new(Code::Arity, message, Span::new(name.span.start, end))
                    .with_help(format!("it is declared as `{}`", head(relation))),
            );
        }
        fact.arguments.iter().zip(&relation.columns).find_map(|(argument, column)| {
            let of = &column.of.value;
            (!of.holds(&argument.value)).then(|| {
                let message = format!(
                    "the column `{}` of `{}` is a {of}, not {}",
                    column.name.value,
                    name.value,
                    argument.value.kind()
                );
                Problem::new(Code::Type, message, argument.span)
                    .with_help(format!("it is declared as `{}`", head(relation)))
            })
        })
    }
}

/// A relation with its columns, in a line.
fn head(relation: &Declaration) -> String {
    let columns = relation.columns.iter().map(|column| format!("{}: {}", column.name.value, column.of.value));
    format!("{}({})", relation.name.value, columns.collect::<Vec<_>>().join(", "))
}

/// Checks the facts of a file against what it declares and what `schema` holds already; the former is added to the latter.
/// Gives all problems, in the order of their places.
pub fn check(file: &File, schema: &mut Schema) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        file.declarations().filter_map(|declaration| schema.add(declaration).err()).collect();
    problems.extend(file.clauses.iter().filter_map(|clause| {
        match clause {
            Clause::Declaration(_) => None,
            Clause::Fact(fact) if file.unread.contains(&fact.relation.value) => None,
            Clause::Fact(fact) => schema.problem(fact),
            other => Some(
                Problem::new(Code::NoFact, "a fact file holds facts and declarations only", other.span())
                    .with_help("rules and queries belong in a rule file"),
            ),
        }
    }));
    problems.sort_by_key(|problem| problem.span);
    problems
}
