//! Findings.

use std::mem;

use super::{Checker, Lowered, body};
use crate::datalog::check::ir::{Expression, ExpressionKind, Purpose, Rule, Use};
use crate::datalog::check::names::{Entry, Names, Origin};
use crate::datalog::check::resolve::Resolver;
use crate::datalog::check::strata::{How, Reads};
use crate::datalog::check::template::{self, Piece};
use crate::datalog::check::types;
use crate::datalog::check::{Finding, Severity, Template, TemplatePart};
use crate::datalog::program::{self, Atom, FileId, Place, RelationId, Term, VariableId};
use crate::datalog::text::ast::{self, Name};
use crate::datalog::text::{Code, Problem};
use crate::document::nearest::nearest;

impl Checker<'_, '_> {
    /// Takes in the name and keys of a finding.
    pub(super) fn declare_finding(&mut self, finding: &ast::Finding, file: FileId) -> Option<RelationId> {
        let mut keys: Vec<Box<str>> = Vec::new();
        for (index, key) in finding.keys.iter().enumerate() {
            let ast::Expression::Variable(name) = &key.value else {
                let message = format!("a key of a finding is a variable, not {}", key.value.kind());
                let problem = Problem::new(Code::Head, message, key.span);
                self.found.push(file, problem.with_help("bind it in the body: `Key = …`"));
                keys.push(format!("key_{}", index + 1).into());
                continue;
            };
            let column = column_of(name);
            match keys.contains(&column) {
                false => keys.push(column),
                true => {
                    let message = format!("the finding has two keys `{column}`");
                    let problem = Problem::new(Code::Duplicate, message, key.span);
                    self.found.push(file, problem.with_help("a key is named once"));
                    keys.push(format!("{column}_{}", index + 1).into());
                }
            }
        }
        self.names
            .find(finding, keys, file, self.found)
            .then(|| self.names.get(&finding.name.value))
            .flatten()
    }

    pub(super) fn finding(&mut self, finding: &ast::Finding, relation: Option<RelationId>, file: FileId) {
        let severity = self.severity(&finding.severity, file);
        let message = self.template(&finding.message, file);
        let help = finding.help.as_ref().map(|help| self.template(help, file));
        let mut resolver = Resolver::new(&mut self.names, self.found, file);
        finding.keys.iter().for_each(|key| resolver.declare_in(&key.value));
        let pieces = || message.iter().flatten().chain(help.iter().flatten().flatten());
        let named = pieces().filter_map(|piece| match piece {
            Piece::Variable(name, span) => Some((name.as_str(), *span)),
            Piece::Text(_) => None,
        });
        let mut terms: Vec<Use> = Vec::new();
        let keys = finding
            .keys
            .iter()
            .filter_map(|key| Some(Use { expression: resolver.expression(key)?, purpose: Purpose::Key }));
        terms.extend(keys);
        let mut columns: Vec<VariableId> = terms.iter().filter_map(variable).collect();
        for (name, span) in named {
            let id = resolver.variable(name);
            if !columns.contains(&id) {
                columns.push(id);
                let expression = Expression { kind: ExpressionKind::Variable(id), span };
                terms.push(Use { expression, purpose: Purpose::Template });
            }
        }
        if let Some(place) = &finding.place {
            resolver.declare_in(&place.policy.value);
            resolver.declare_in(&place.index.value);
        }
        resolver.declare(&finding.body);
        let body = body(&mut resolver, &finding.body, finding.name.span);
        let mut whole = body.len() == finding.body.len() && terms.len() >= finding.keys.len();
        let mut statement = None;
        if let Some(place) = &finding.place {
            let columns = [(&place.policy, Purpose::Policy), (&place.index, Purpose::Index)];
            let uses = columns
                .into_iter()
                .filter_map(|(of, purpose)| Some(Use { expression: resolver.expression(of)?, purpose }));
            let before = terms.len();
            terms.extend(uses);
            statement = Some((before, before + 1));
            whole &= terms.len() == before + 2;
        }
        let mut lay = |pieces: Vec<Piece>| Template {
            parts: pieces
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => TemplatePart::Text(text.into()),
                    Piece::Variable(name, _) => {
                        let id = resolver.variable(&name);
                        TemplatePart::Column(
                            columns.iter().position(|known| *known == id).unwrap_or(usize::MAX),
                        )
                    }
                })
                .collect(),
        };
        let message = message.map(&mut lay);
        let help = help.flatten().map(&mut lay);
        let variables = mem::take(&mut resolver.variables);
        let Some(relation) = relation else { return };
        let place = Place { file, span: finding.name.span };
        let details = match terms.len() == finding.keys.len() {
            true => relation,
            false => {
                let shown = |used: &Use| match (
                    variable(used).and_then(|id| variables.get(id.0 as usize)),
                    used.purpose,
                ) {
                    (_, Purpose::Policy) => "policy".into(),
                    (_, Purpose::Index) => "index".into(),
                    (Some(variable), _) => column_of(&variable.name),
                    (None, _) => "value".into(),
                };
                let columns = terms.iter().map(|used| (shown(used), None)).collect();
                let name = format!("{} (details)", finding.name.value).into();
                self.names.add(Entry { name, columns, origin: Origin::Inner })
            }
        };
        let label = Some(finding.name.value.clone());
        self.unit(Rule { place, head: details, terms, body, variables }, label, whole, Some(relation));
        if let (Some(severity), Some(message)) = (severity, message) {
            self.findings.push(Finding {
                name: finding.name.value.clone(),
                docs: finding.docs.clone(),
                severity,
                message,
                help,
                relation,
                details,
                keys: finding.keys.len(),
                statement,
                place,
            });
        }
    }

    fn severity(&mut self, word: &Name, file: FileId) -> Option<Severity> {
        let known = Severity::named(&word.value);
        if known.is_none() {
            let problem =
                Problem::new(Code::UnknownSeverity, format!("`{}` is no severity", word.value), word.span);
            let words = Severity::ALL.map(Severity::word);
            let help = match nearest(&word.value, words) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "severities are `info`, `low`, `medium`, `high` and `critical`".to_owned(),
            };
            self.found.push(file, problem.with_help(help));
        }
        known
    }

    fn template(&mut self, text: &Name, file: FileId) -> Option<Vec<Piece>> {
        template::read(text).map_err(|problem| self.found.push(file, problem)).ok()
    }

    /// The types of the keys of findings, which may read each other.
    pub(super) fn infer_findings(&mut self) {
        let mut open: Vec<usize> = (0..self.units.len())
            .filter(|&index| self.units.get(index).is_some_and(|unit| unit.finding.is_some()))
            .collect();
        loop {
            let before = open.len();
            open.retain(|&index| {
                let Some(unit) = self.units.get(index) else { return false };
                let Some(relation) = unit.finding else { return false };
                let keys = self.names.entry(relation).map_or(0, |entry| entry.columns.len());
                let mut inferred = types::infer(&unit.rule, &self.names);
                let known: Option<Vec<_>> = unit
                    .rule
                    .terms
                    .iter()
                    .take(keys)
                    .map(|used| inferred.of(&used.expression, &self.names))
                    .collect();
                let Some(known) = known else { return true };
                if let Some(entry) = self.names.relations.get_mut(relation.0 as usize) {
                    entry.columns.iter_mut().zip(known).for_each(|((_, of), known)| *of = Some(known));
                }
                false
            });
            if open.len() == before {
                return;
            }
        }
    }
}

/// The rule that gives a finding its keys.
pub(super) fn of_keys(keys: RelationId, details: RelationId, place: Place, names: &Names) -> Lowered {
    let width = |id| names.entry(id).map_or(0, |entry: &Entry| entry.columns.len());
    let terms: Vec<Term> = (0..width(keys) as u32).map(|index| Term::Variable(VariableId(index))).collect();
    let mut of = terms.clone();
    of.resize(width(details), Term::Any);
    let variables =
        names.entry(keys).map(|entry| entry.columns.iter().map(|(name, _)| name.clone()).collect());
    let literal = program::Literal {
        kind: program::LiteralKind::Atom(Atom { relation: details, terms: of }),
        span: place.span,
    };
    let rule = program::Rule {
        label: names.entry(keys).map_or("".into(), |entry| entry.name.clone()),
        head: keys,
        terms,
        body: vec![literal],
        variables: variables.unwrap_or_default(),
        place,
    };
    let reads = Reads { head: keys, reads: details, how: How::Positively, place };
    Lowered { lowered: Some(rule), reads: vec![reads] }
}

fn variable(used: &Use) -> Option<VariableId> {
    match used.expression.kind {
        ExpressionKind::Variable(variable) => Some(variable),
        _ => None,
    }
}

/// The column of a variable: `RoleName` is `role_name`.
fn column_of(name: &str) -> Box<str> {
    let mut column = String::new();
    for letter in name.trim_start_matches('_').chars() {
        if letter.is_ascii_uppercase() && !column.is_empty() && !column.ends_with('_') {
            column.push('_');
        }
        column.push(letter.to_ascii_lowercase());
    }
    column.into()
}
