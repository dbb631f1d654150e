//! All clauses of all files, in two steps: what each declares and says, then what follows of it all.

mod facts;
mod finding;

use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::mem;

use rustc_hash::FxHashMap;

use super::ir::{Expression, ExpressionKind, Literal, LiteralKind, Purpose, Rule, Use, Variable};
use super::names::{Entry, Names, Origin};
use super::problems::{FileProblem, Found, shown};
use super::resolve::Resolver;
use super::strata::{How, Reads, order, strata};
use super::{Checked, Expectation, Finding, Loaded, Query, Test, bind, lower, types};
use crate::datalog::engine::{MAX_LITERALS, Offer};
use crate::datalog::program::{self, Fact, FileId, Place, RelationId};
use crate::datalog::text::ast::{self, Clause};
use crate::datalog::text::{Code, Problem};
use crate::document::Span;

/// How many literals a body may have.
const MOST_LITERALS: usize = MAX_LITERALS;

/// Checks all files.
pub(super) fn check(loaded: &Loaded, offers: &[Offer]) -> Result<Checked, Vec<FileProblem>> {
    let mut found = Found::new(loaded.problems.clone());
    let mut checker = Checker {
        names: Names::new(offers, &loaded.sources),
        found: &mut found,
        units: Vec::new(),
        facts: Vec::new(),
        findings: Vec::new(),
        queries: Vec::new(),
        tests: Vec::new(),
        test_names: FxHashMap::default(),
    };
    let files = || loaded.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file));
    for (id, file) in files() {
        file.declarations().for_each(|declaration| checker.names.declare(declaration, id, checker.found));
        checker.names.unread.extend(file.unread.iter().cloned());
    }
    // A finding is known before any body is read.
    let mut known = Vec::new();
    for (id, file) in files() {
        for clause in &file.clauses {
            if let Clause::Finding(finding) = clause {
                known.push(checker.declare_finding(finding, id));
            }
        }
    }
    let mut known = known.into_iter();
    for (id, file) in files() {
        file.clauses.iter().for_each(|clause| checker.clause(clause, id, &mut known));
    }
    checker.infer_findings();
    let units = mem::take(&mut checker.units);
    let rules = checker.rules(units);
    let relations: Vec<&str> = checker.names.relations.iter().map(|entry| &*entry.name).collect();
    let mut reads = Vec::new();
    rules.iter().for_each(|rule| reads.extend_from_slice(&rule.reads));
    let (component, unstratified) = order(&relations, &reads, &loaded.sources);
    let rules: Option<Vec<program::Rule>> = rules.into_iter().map(|rule| rule.lowered).collect();
    let relation = |entry: &Entry| -> Option<program::Relation> {
        let columns = entry
            .columns
            .iter()
            .map(|(name, of)| of.clone().map(|of| program::Column { name: name.clone(), of }));
        Some(program::Relation { name: entry.name.clone(), columns: columns.collect::<Option<_>>()? })
    };
    let declared: Option<Vec<_>> = checker.names.relations.iter().map(relation).collect();
    let Checker { facts, findings, queries, tests, .. } = checker;
    found.problems.extend(unstratified);
    match (found.problems.is_empty(), rules, declared) {
        (true, Some(rules), Some(relations)) => Ok(Checked {
            program: program::Program {
                files: loaded.sources.clone(),
                strata: strata(&rules, &component, &reads),
                relations,
                rules,
                facts,
            },
            roots: loaded.roots.clone(),
            findings,
            queries,
            tests,
        }),
        _ => Err(found.problems),
    }
}

/// What a clause becomes a rule of.
struct Unit {
    rule: Rule,
    /// What it is called, if not by its relation.
    label: Option<Box<str>>,
    /// Whether nothing was left out of it.
    whole: bool,
    reads: Vec<Reads>,
    /// The finding whose keys the first terms are.
    finding: Option<RelationId>,
}

/// A rule, if nothing is wrong with it, and what it reads.
struct Lowered {
    lowered: Option<program::Rule>,
    reads: Vec<Reads>,
}

struct Checker<'c, 'a> {
    names: Names<'a>,
    found: &'c mut Found,
    units: Vec<Unit>,
    facts: Vec<Fact>,
    findings: Vec<Finding>,
    queries: Vec<Query>,
    tests: Vec<Test>,
    test_names: FxHashMap<(FileId, Box<str>), Place>,
}

impl<'a> Checker<'_, 'a> {
    fn clause(
        &mut self,
        clause: &Clause,
        file: FileId,
        known: &mut impl Iterator<Item = Option<RelationId>>,
    ) {
        match clause {
            Clause::Import(_) | Clause::Declaration(_) => {}
            Clause::Fact(fact) => {
                if self.may_be_head(&fact.relation, file, "facts") {
                    let fact = self.fact(fact, file);
                    self.facts.extend(fact);
                }
            }
            Clause::Rule(rule) => self.rule(rule, file),
            Clause::Finding(finding) => {
                let relation = known.next().flatten();
                self.finding(finding, relation, file);
            }
            Clause::Query(query) => {
                let name = format!("?{}", self.queries.len() + 1);
                let (relation, place) = self.question(&query.body, query.span, name, true, file);
                self.queries.push(Query { relation, place });
            }
            Clause::Test(test) => self.test(test, file),
        }
    }

    fn rule(&mut self, rule: &ast::Rule, file: FileId) {
        let name = &rule.head.relation;
        let fits = self.may_be_head(name, file, "rules");
        let shape = (rule.head.arguments.len(), rule.head.span);
        let head = self.names.resolve(name, shape, file, self.found);
        let mut resolver = Resolver::new(&mut self.names, self.found, file);
        rule.head.arguments.iter().for_each(|argument| resolver.declare_in(&argument.value));
        resolver.declare(&rule.body);
        let body = body(&mut resolver, &rule.body, rule.head.span);
        let terms: Vec<Use> = rule
            .head
            .arguments
            .iter()
            .filter_map(|argument| {
                let expression = resolver.expression(argument)?;
                Some(Use { expression, purpose: Purpose::Head })
            })
            .collect();
        let whole = body.len() == rule.body.len() && terms.len() == rule.head.arguments.len() && fits;
        let variables = resolver.variables;
        if let Some(head) = head {
            let place = Place { file, span: rule.head.span };
            self.unit(Rule { place, head, terms, body, variables }, None, whole, None);
        }
    }

    fn unit(&mut self, rule: Rule, label: Option<Box<str>>, whole: bool, finding: Option<RelationId>) {
        let mut reads = Vec::new();
        read(&rule.body, rule.head, rule.place.file, false, &mut reads);
        for used in &rule.terms {
            read_in(&used.expression, rule.head, rule.place.file, &mut reads);
        }
        self.units.push(Unit { rule, label, whole, reads, finding });
    }

    /// A body that is asked: its relation has a column for each variable, or none.
    fn question(
        &mut self,
        asked: &[ast::Literal],
        span: Span,
        name: String,
        with_columns: bool,
        file: FileId,
    ) -> (RelationId, Place) {
        let mut resolver = Resolver::new(&mut self.names, self.found, file);
        resolver.declare(asked);
        let columns = if with_columns { resolver.variables.clone() } else { Vec::new() };
        let body = body(&mut resolver, asked, span);
        let mut spans = vec![None; columns.len()];
        let mut see = |variable: program::VariableId, span: Span| {
            if let Some(first @ None) = spans.get_mut(variable.0 as usize) {
                *first = Some(span);
            }
        };
        body.iter().for_each(|literal| literal.each_variable(&mut see));
        let variables: Vec<Variable> = mem::take(&mut resolver.variables);
        let terms = spans
            .iter()
            .enumerate()
            .map(|(index, at)| {
                let kind = ExpressionKind::Variable(program::VariableId(index as u32));
                Use { expression: Expression { kind, span: at.unwrap_or(span) }, purpose: Purpose::Key }
            })
            .collect();
        let columns = columns.into_iter().map(|variable| (variable.name, None)).collect();
        let head = self.names.add(Entry { name: name.clone().into(), columns, origin: Origin::Inner });
        let place = Place { file, span };
        let whole = body.len() == asked.len();
        self.unit(Rule { place, head, terms, body, variables }, Some(name.into()), whole, None);
        (head, place)
    }

    fn test(&mut self, test: &ast::Test, file: FileId) {
        let place = Place { file, span: test.span };
        match self.test_names.entry((file, test.name.value.clone())) {
            Vacant(free) => {
                free.insert(place);
            }
            Occupied(other) => {
                let at = shown(self.names.sources, *other.get());
                let message = format!("there is a test `{}` already", test.name.value);
                let problem = Problem::new(Code::Duplicate, message, test.name.span);
                self.found
                    .push(file, problem.with_help(format!("it stands at {at}; give this one another name")));
            }
        }
        let facts = test.facts.iter().filter_map(|fact| self.fact(fact, file)).collect();
        let mut expectations = Vec::new();
        for expected in &test.expectations {
            let name = format!("expect {}.{}", self.tests.len() + 1, expectations.len() + 1);
            let (relation, _) = self.question(&expected.body, expected.span, name, false, file);
            expectations.push(Expectation { relation, span: expected.span });
        }
        self.tests.push(Test {
            name: test.name.value.clone(),
            estate: test.estate.as_ref().map(|estate| estate.value.clone()),
            facts,
            expectations,
            place,
        });
    }

    /// Types, bindings, and the rules of a program.
    fn rules(&mut self, units: Vec<Unit>) -> Vec<Lowered> {
        let mut counts = vec![(0_usize, 0_usize); self.names.relations.len()];
        for unit in &units {
            if let Some((all, _)) = counts.get_mut(unit.rule.head.0 as usize) {
                *all += 1;
            }
        }
        let mut rules = Vec::with_capacity(units.len());
        for mut unit in units {
            let file = unit.rule.place.file;
            if unit.whole {
                let problems = bind::check(&mut unit.rule, &self.names);
                unit.whole = problems.is_empty();
                problems.into_iter().for_each(|problem| self.found.push(file, problem));
            }
            let mut inferred = types::infer(&unit.rule, &self.names);
            let problems = mem::take(&mut inferred.problems);
            let fits = problems.is_empty() && unit.whole;
            if fits {
                settle(&mut self.names, self.found, &unit.rule, &mut inferred);
            }
            problems.into_iter().for_each(|problem| self.found.push(file, problem));
            let name = self.names.entry(unit.rule.head).map_or("", |entry| &*entry.name);
            let label = match (unit.label.take(), counts.get_mut(unit.rule.head.0 as usize)) {
                (Some(label), _) => label,
                (None, Some((all, at))) if *all > 1 => {
                    *at += 1;
                    format!("{name} #{at}").into()
                }
                (None, _) => name.into(),
            };
            let lowered = fits.then(|| lower::lower(&unit.rule, label, &mut inferred, &self.names));
            let keys = unit.finding.filter(|keys| *keys != unit.rule.head);
            rules.push(Lowered { lowered, reads: unit.reads });
            rules.extend(
                keys.map(|keys| finding::of_keys(keys, unit.rule.head, unit.rule.place, &self.names)),
            );
        }
        rules
    }
}

/// Gives the columns of a question or of a finding's details the types of their terms.
fn settle(names: &mut Names, found: &mut Found, rule: &Rule, inferred: &mut types::Types) {
    for (index, used) in rule.terms.iter().enumerate() {
        let known = names.entry(rule.head).and_then(|entry| entry.columns.get(index));
        if known.is_none_or(|(_, of)| of.is_some()) {
            continue;
        }
        match inferred.of(&used.expression, names) {
            Some(of) => {
                let entry = names.relations.get_mut(rule.head.0 as usize);
                if let Some((_, known)) = entry.and_then(|entry| entry.columns.get_mut(index)) {
                    *known = Some(of);
                }
            }
            None => {
                let problem =
                    Problem::new(Code::Type, "nothing says of which type this is", used.expression.span);
                let help = "bind it by an atom of a relation that is declared";
                found.push(rule.place.file, problem.with_help(help));
            }
        }
    }
}

/// Resolves a body within limits.
fn body(resolver: &mut Resolver, body: &[ast::Literal], span: Span) -> Vec<Literal> {
    if body.len() > MOST_LITERALS {
        let problem =
            Problem::new(Code::Limit, format!("the body has more than {MOST_LITERALS} literals"), span);
        resolver.problem(problem.with_help("derive parts of it by rules of their own"));
        return Vec::new();
    }
    resolver.body(body)
}

/// What a body reads.
fn read(body: &[Literal], head: RelationId, file: FileId, aggregated: bool, reads: &mut Vec<Reads>) {
    for literal in body {
        let mut inside = |expression: &Expression| read_in(expression, head, file, reads);
        match &literal.kind {
            LiteralKind::Atom { negated, relation, arguments } => {
                arguments.iter().for_each(&mut inside);
                let how = match (aggregated, negated) {
                    (true, _) => How::Aggregated,
                    (false, true) => How::Negated,
                    (false, false) => How::Positively,
                };
                reads.push(Reads { head, reads: *relation, how, place: Place { file, span: literal.span } });
            }
            LiteralKind::Compare { left, right, .. }
            | LiteralKind::Text { left, right, .. }
            | LiteralKind::In { element: left, list: right, .. } => {
                inside(left);
                inside(right);
            }
        }
    }
}

fn read_in(expression: &Expression, head: RelationId, file: FileId, reads: &mut Vec<Reads>) {
    match &expression.kind {
        ExpressionKind::Any | ExpressionKind::Value(_) | ExpressionKind::Variable(_) => {}
        ExpressionKind::Arithmetic(_, left, right) => {
            read_in(left, head, file, reads);
            read_in(right, head, file, reads);
        }
        ExpressionKind::Call(_, arguments) => {
            arguments.iter().for_each(|argument| read_in(argument, head, file, reads));
        }
        ExpressionKind::Aggregate(aggregate) => read(&aggregate.body, head, file, true, reads),
    }
}
