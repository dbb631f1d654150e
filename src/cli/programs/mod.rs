//! Programs of commands: read and checked, run, and what comes out of them in the words of answers.

mod found;
mod packs;
mod shared;
mod tested;
mod unknown;
mod why;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::diagnostics::Diagnostic;
use super::evidence::Evidence;
use crate::datalog::check::{Checked, Problems, Root, read};
use crate::datalog::engine::{Derived, Given, Limits, Offer, Options, RunError, run};
use crate::datalog::program::{self, Atom, Literal, LiteralKind, Place, RelationId};
use crate::datalog::relations;
use crate::datalog::text::{Declaration, Value};
use crate::document::{Severity, Span};
use crate::output::{Assumed, QueryAnswer, QueryRow};

pub(super) use found::findings;
pub(super) use packs::{ENDING, Pack, packs};
pub(super) use tested::{Tested, Tests};

use packs::Disk;

/// How many mistakes are shown.
const MOST_SHOWN: usize = 100;

/// How many values the rows of one query or finding have at most, which are held as text until they are written.
const MOST_VALUES: usize = 4_000_000;

/// A program that was checked.
pub(super) struct Program {
    checked: Checked,
    /// The pack that it is, or nothing.
    pack: String,
}

impl Program {
    /// The program of a pack, which can read these relations besides those of every estate.
    ///
    /// # Errors
    /// What is wrong with its files.
    pub(super) fn of_pack(pack: &Pack, declared: &[Declaration]) -> Result<Self, Vec<Diagnostic>> {
        Self::read(&[pack.root()], pack.name.clone(), declared)
    }

    /// The program of texts and of files, which can read these relations besides those of every estate.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn of_texts(
        texts: impl IntoIterator<Item = Root>,
        files: &[PathBuf],
        declared: &[Declaration],
    ) -> Result<Self, Vec<Diagnostic>> {
        let roots: Vec<Root> = files.iter().cloned().map(Root::Path).chain(texts).collect();
        Self::read(&roots, String::new(), declared)
    }

    fn read(roots: &[Root], pack: String, declared: &[Declaration]) -> Result<Self, Vec<Diagnostic>> {
        let mut offers = Cow::Borrowed(relations::offers());
        if !declared.is_empty() {
            offers.to_mut().extend(declared.iter().map(|declaration| Offer::whole(declaration.clone(), 0)));
        }
        match read(roots, &Disk::new(), &offers) {
            Ok(checked) => Ok(Self { checked, pack }),
            Err(problems) => Err(diagnostics(&problems)),
        }
    }

    /// Where each of its findings stands, by name.
    fn places(&self) -> impl Iterator<Item = (&str, String)> {
        self.own_findings().map(|finding| (&*finding.name, shown(&self.checked.program, finding.place)))
    }

    /// How many queries it has.
    pub(super) fn queries(&self) -> usize {
        self.checked.queries.len()
    }

    /// The answers to its queries.
    ///
    /// # Errors
    /// A limit is reached, or something can't be read.
    pub(super) fn answers(
        &self,
        given: &dyn Given,
        evidence: &mut dyn Evidence,
        now: Timestamp,
        why: bool,
    ) -> Result<Vec<QueryAnswer>, Vec<Diagnostic>> {
        let wanted = self.checked.queries.iter().map(|query| query.relation).collect();
        let options = Options { now, wanted: Some(wanted), explained: why };
        let derived = self.run(&self.checked.program, given, &options)?;
        let mut answers = Vec::new();
        let assumed = if self.asks_decisions() { evidence.assumed() } else { Assumed::new() };
        for query in &self.checked.queries {
            let answer = self.answer(query.relation, &derived, given, evidence, why)?;
            answers.push(QueryAnswer { assumed: assumed.clone(), ..answer });
        }
        Ok(answers)
    }

    fn answer(
        &self,
        relation: RelationId,
        derived: &Derived<'_>,
        given: &dyn Given,
        evidence: &mut dyn Evidence,
        why: bool,
    ) -> Result<QueryAnswer, Vec<Diagnostic>> {
        let columns = self.checked.program.relation(relation).map(|relation| relation.columns.as_slice());
        let columns = columns.unwrap_or_default();
        let mut rows = Vec::new();
        self.few_enough(relation, derived)?;
        for row in derived.rows(relation) {
            let why = match why {
                true => {
                    let derivation = derived.why(relation, &row).map_err(|error| self.ended(&error))?;
                    derivation
                        .map(|derivation| why::facts(&self.checked.program, &derivation, given, evidence))
                }
                false => None,
            };
            rows.push(QueryRow { values: row.iter().map(json).collect(), why });
        }
        if columns.is_empty() {
            let holds = !rows.is_empty();
            let why = rows.pop().and_then(|row| row.why);
            let row = QueryRow { values: vec![holds.into()], why };
            let columns = vec!["holds".to_owned()];
            return Ok(QueryAnswer { columns, rows: vec![row], ..QueryAnswer::default() });
        }
        let columns = columns.iter().map(|column| column.name.to_string()).collect();
        Ok(QueryAnswer { columns, rows, ..QueryAnswer::default() })
    }

    /// Whether a rule reads a relation whose rows rest on decisions, and so on what is assumed of requests.
    pub(super) fn asks_decisions(&self) -> bool {
        let program = &self.checked.program;
        let name = |atom: &Atom| program.relation(atom.relation).map(|relation| &*relation.name);
        let mut bodies: Vec<&[Literal]> = program.rules.iter().map(|rule| &*rule.body).collect();
        while let Some(body) = bodies.pop() {
            for literal in body {
                match &literal.kind {
                    LiteralKind::Atom(atom) | LiteralKind::Absent(atom)
                        if name(atom).is_some_and(relations::is_decided) =>
                    {
                        return true;
                    }
                    LiteralKind::Aggregate(aggregate) => bodies.push(&aggregate.body),
                    _ => {}
                }
            }
        }
        false
    }

    /// Whether the rows of a relation can be written out.
    fn few_enough(&self, relation: RelationId, derived: &Derived<'_>) -> Result<(), Vec<Diagnostic>> {
        let Some(of) = self.checked.program.relation(relation) else { return Ok(()) };
        let rows = derived.len(relation);
        if rows.saturating_mul(of.columns.len()) <= MOST_VALUES {
            return Ok(());
        }
        let name = if of.name.starts_with('?') { "the answer".to_owned() } else { format!("`{}`", of.name) };
        let message = format!("{name} has {rows} rows, and more than {MOST_VALUES} values");
        Err(Diagnostic::error("run", message)
            .with_help("ask for fewer columns or rows, or count them")
            .into())
    }

    /// Runs a program that is this one, perhaps with more facts.
    fn run<'p>(
        &self,
        program: &'p program::Program,
        given: &'p dyn Given,
        options: &Options,
    ) -> Result<Derived<'p>, Vec<Diagnostic>> {
        run(program, given, &Limits::default(), options).map_err(|error| self.ended(&error))
    }

    /// Why a run came to no end.
    fn ended(&self, error: &RunError) -> Vec<Diagnostic> {
        let mut diagnostic = Diagnostic::error("run", error);
        if let Some(place) = error.place {
            diagnostic = diagnostic.at(shown(&self.checked.program, place));
        }
        match error.help() {
            Some(help) => diagnostic.with_help(help).into(),
            None => diagnostic.into(),
        }
    }

    /// Whether a place is in a file that was asked for, and not in an imported one.
    fn is_own(&self, place: Place) -> bool {
        self.checked.roots.contains(&place.file)
    }
}

/// Findings of one name in several programs. Fingerprints, suppressions and formats tell findings apart by name and key, so that one would
/// hide the other.
pub(super) fn of_one_name(programs: &[Program]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, String> = BTreeMap::new();
    let mut errors = Vec::new();
    for (name, place) in programs.iter().flat_map(Program::places) {
        match first.get(name) {
            Some(before) => {
                let error = Diagnostic::error("duplicate", format!("two packs have a finding `{name}`"));
                let help = format!("the other is at {before}; rename one, or run the packs one by one");
                errors.push(error.at(place).with_help(help));
            }
            None => drop(first.insert(name, place)),
        }
    }
    errors
}

/// What is wrong with rule files.
fn diagnostics(problems: &Problems) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = problems
        .rendered()
        .take(MOST_SHOWN)
        .map(|text| Diagnostic::rendered(Severity::Error, text))
        .collect();
    if let Some(left @ 1..) = problems.len().checked_sub(MOST_SHOWN) {
        found.push(Diagnostic::error("rules", format!("{left} more mistakes are not shown")));
    }
    found
}

/// A place as `file:line:column`.
fn shown(program: &program::Program, place: Place) -> String {
    let Some(source) = program.files.get(place.file.0 as usize) else { return String::new() };
    let (line, column) = source.line_and_column(place.span.start);
    format!("{}:{line}:{column}", source.name())
}

/// What stands at a place, in one line.
fn text_at(program: &program::Program, place: Place) -> String {
    let Span { start, end, .. } = place.span;
    let source = program.files.get(place.file.0 as usize);
    let text = source.and_then(|source| source.text().get(start as usize..end as usize)).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as JSON.
fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) | Value::Symbol(text) => Json::String(text.to_string()),
        Value::Number(number) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::List(values) => values.iter().map(json).collect(),
    }
}
