//! Names in programs that nothing has: principals, actions and words that a rule asks about, and that do not exist.

use std::collections::BTreeSet;

use super::{Program, shown};
use crate::catalog::Catalog;
use crate::cli::diagnostics::Diagnostic;
use crate::datalog::engine::{Bound, Given};
use crate::datalog::program::{
    Atom, Expression, FileId, Literal, LiteralKind, Place, Rule, Term, Test, VariableId,
};
use crate::datalog::relations;
use crate::datalog::text::Value;
use crate::document::Span;
use crate::document::nearest::nearest;
use crate::facts::keys::unheard_of;

/// Relations whose roles are principals that somebody becomes.
const TAKING: [&str; 6] = ["assumes", "assumes_if", "assumes_unknown", "may_assume", "becomes", "may_become"];

/// What a name is that a rule asks about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Principal,
    Action,
    /// A pattern that an action is compared with.
    Actions,
    /// A condition key that a request holds or lacks.
    Key,
    /// A condition key as policies test it, in lower case.
    Tested,
    /// One of these words, in a column of this name.
    Word(Box<str>, Vec<&'static str>),
}

/// A name that a rule asks about: the file and where the literal starts and ends in it, what it is, and the text.
type Name = ((u32, u32, u32), Of, Box<str>);

impl Program {
    /// Warnings about principals that what is given does not have, and actions and condition keys that the catalog does not: whatever
    /// is asked about them, nothing is found. Files are for several estates, not all of which have each service or provider, so that of the principals in
    /// them only ARNs are looked at; packs of the binary are passed over.
    pub(in crate::cli) fn unknown_names(&self, given: &dyn Given) -> Vec<Diagnostic> {
        let program = &self.checked.program;
        let mut asked = BTreeSet::new();
        for rule in &program.rules {
            let file = program.files.get(rule.place.file.0 as usize);
            if file.is_some_and(|file| !file.name().starts_with("entail:")) {
                self.asked_in(rule, &rule.body, &mut asked);
            }
        }
        // Texts that are in no file have names like `<query>`.
        let is_typed =
            |file: u32| program.files.get(file as usize).is_some_and(|file| file.name().starts_with('<'));
        let names = |wanted: bool| if wanted { principals(given) } else { Vec::new() };
        let principals = names(asked.iter().any(|(_, of, _)| *of == Of::Principal));
        let known: BTreeSet<&str> = principals.iter().map(String::as_str).collect();
        let warnings = asked.iter().filter_map(|((file, start, end), of, name)| {
            let span = Span::new(*start, *end);
            let place = Place { file: FileId(*file), span };
            let (code, message, help) = match of {
                Of::Principal if known.is_empty() || known.contains(&**name) => return None,
                Of::Principal if !name.starts_with("arn:") && !is_typed(*file) => return None,
                Of::Principal => unknown_principal(name, &known),
                Of::Action | Of::Actions if !Catalog::embedded().matching(name).is_empty() => return None,
                // What is no action at all is an error when it is asked about.
                Of::Action if !name.contains(':') || name.contains(['*', '?']) => return None,
                Of::Action => unknown_action(name),
                Of::Key => ("unknown-key", unheard_of(name)?, None),
                Of::Tested => {
                    let lower = Some(name.to_lowercase()).filter(|lower| **lower != **name)?;
                    let message = format!("no row has `{name}`: keys stand there in lower case");
                    ("unknown-key", message, Some(format!("write `{lower}`")))
                }
                Of::Word(_, words) if words.contains(&&**name) => return None,
                Of::Word(column, words) => unknown_word(name, column, words),
                Of::Actions if !name.contains(':') => return None,
                Of::Actions => {
                    let help = "`entail catalog SERVICE` lists the actions of a service".to_owned();
                    ("unknown-action", format!("no action matches `{name}`"), Some(help))
                }
            };
            let warning = Diagnostic::warning(code, message).at(shown(program, place));
            Some(match help {
                Some(help) => warning.with_help(help),
                None => warning,
            })
        });
        warnings.collect()
    }

    /// The names that a body asks about.
    fn asked_in(&self, rule: &Rule, body: &[Literal], asked: &mut BTreeSet<Name>) {
        let file = rule.place.file.0;
        let at = |span: Span| (file, span.start, span.end);
        let mut actions: Vec<VariableId> = Vec::new();
        for literal in body {
            let atom = match &literal.kind {
                LiteralKind::Atom(atom) | LiteralKind::Absent(atom) => atom,
                LiteralKind::Aggregate(aggregate) => {
                    self.asked_in(rule, &aggregate.body, asked);
                    continue;
                }
                _ => continue,
            };
            for (term, of) in self.columns(atom) {
                match (term, of) {
                    (Term::Constant(Value::Symbol(word) | Value::Text(word)), of @ Of::Word(..)) => {
                        asked.insert((at(literal.span), of, (&**word).into()));
                    }
                    (_, Of::Word(..)) => {}
                    (Term::Constant(Value::Text(text)), of) => {
                        asked.insert((at(literal.span), of, (&**text).into()));
                    }
                    (Term::Variable(variable), Of::Action) => actions.push(*variable),
                    _ => {}
                }
            }
        }
        for literal in body {
            let LiteralKind::Test { test: Test::Like(Expression::Variable(variable), pattern), .. } =
                &literal.kind
            else {
                continue;
            };
            if let Expression::Constant(Value::Text(pattern)) = pattern
                && actions.contains(variable)
            {
                asked.insert((at(literal.span), Of::Actions, (&**pattern).into()));
            }
        }
    }

    /// The terms of an atom that stand for principals, actions and words of a relation of every estate.
    fn columns<'a>(&'a self, atom: &'a Atom) -> impl Iterator<Item = (&'a Term, Of)> {
        let relation = self.checked.program.relation(atom.relation);
        let name = relation.map(|relation| &*relation.name).unwrap_or_default();
        let offered = relations::offers().iter().any(|offer| *offer.declaration.name.value == *name);
        let columns = relation.filter(|_| offered).map(|relation| relation.columns.as_slice());
        columns.unwrap_or_default().iter().zip(&atom.terms).filter_map(move |(column, term)| {
            let of = match &*column.name {
                // Whether there is such a principal may be what is asked.
                "principal" if name == "principal" => return None,
                "principal" => Of::Principal,
                "key" if name.contains("_with") => Of::Key,
                "key" if name == "condition_test" => Of::Tested,
                "role" if TAKING.contains(&name) => Of::Principal,
                "action" => match relations::words(name, "action") {
                    Some(words) => Of::Word("action".into(), words),
                    None => Of::Action,
                },
                other => Of::Word(other.into(), relations::words(name, other)?),
            };
            Some((term, of))
        })
    }
}

/// The principals that what is given has.
fn principals(given: &dyn Given) -> Vec<String> {
    let offers = given.offers().iter();
    let place = offers.into_iter().position(|offer| &*offer.declaration.name.value == "principal");
    let rows = place.and_then(|place| given.rows(place, &Bound::nothing()).ok());
    let name = |row: &[Value]| match row.first() {
        Some(Value::Text(name)) => Some(name.to_string()),
        _ => None,
    };
    rows.iter().flat_map(|rows| rows.iter().filter_map(name)).collect()
}

/// What is said of a name: code, message and remedy.
type Said = (&'static str, String, Option<String>);

fn unknown_principal(name: &str, known: &BTreeSet<&str>) -> Said {
    // People write names, and principals are ARNs.
    let last = |arn: &&str| arn.rsplit(['/', ':']).next() == Some(name);
    let by_name = known.iter().copied().filter(last).take(3).collect::<Vec<_>>();
    let help = match (by_name.as_slice(), nearest(name, known.iter().copied())) {
        ([_, ..], _) => did_you_mean(&by_name),
        ([], Some(meant)) => did_you_mean(&[meant]),
        ([], None) => "`principal(Who, Kind, Account)` lists the principals".to_owned(),
    };
    ("unknown-principal", format!("no principal is called `{name}`"), Some(help))
}

fn unknown_word(word: &str, column: &str, words: &[&str]) -> Said {
    let help = match nearest(word, words.iter().copied()) {
        Some(meant) => did_you_mean(&[meant]),
        None => format!("there are `{}`", words.join("`, `")),
    };
    ("unknown-word", format!("`{column}` is never `{word}`"), Some(help))
}

fn unknown_action(name: &str) -> Said {
    let catalog = Catalog::embedded();
    let service = name.split(':').next().unwrap_or_default();
    let (message, nearest) = match catalog.service(service) {
        Some(_) => (format!("there is no action `{name}`"), catalog.nearest_actions(name, 3)),
        None => {
            let nearest = catalog.nearest_services(service, 3).into_iter().map(str::to_owned).collect();
            (format!("no service has the prefix `{service}`"), nearest)
        }
    };
    let nearest: Vec<&str> = nearest.iter().map(String::as_str).collect();
    ("unknown-action", message, (!nearest.is_empty()).then(|| did_you_mean(&nearest)))
}

fn did_you_mean(names: &[&str]) -> String {
    format!("did you mean `{}`?", names.join("` or `"))
}
