//! Programs written down in tests: terms are words, a capital begins a variable, `_` is anything.

use std::collections::BTreeMap;

use entail::datalog::program::{
    Aggregate, Arithmetic, Atom, Column, Comparison, Expression, Fact, FileId, Fold, Function, Literal,
    LiteralKind, Place, Program, Relation, RelationId, Rule, RuleId, Stratum, Term, Test, VariableId,
};
use entail::datalog::text::{Type, Value};
use entail::document::Span;

/// A literal.
#[derive(Clone, Debug)]
pub enum L {
    Atom(String),
    Not(String),
    Test(fn(Expression, Expression) -> Test, E, E),
    NotTest(fn(Expression, Expression) -> Test, E, E),
    Compare(E, Comparison, E),
    Bind(String, E),
    Each(String, E),
    Fold(Fold, String, String, Vec<L>),
}

/// An expression.
#[derive(Clone, Debug)]
pub enum E {
    /// A word, as in atoms.
    Word(String),
    Value(Value),
    Op(Arithmetic, Box<E>, Box<E>),
    Join(Box<E>, Box<E>),
    Call(Function, Vec<E>),
}

pub fn is(atom: &str) -> L {
    L::Atom(atom.to_owned())
}

pub fn not(atom: &str) -> L {
    L::Not(atom.to_owned())
}

pub fn word(word: &str) -> E {
    E::Word(word.to_owned())
}

pub fn op(left: &str, operation: Arithmetic, right: &str) -> E {
    E::Op(operation, Box::new(word(left)), Box::new(word(right)))
}

pub fn call(function: Function, arguments: &str) -> E {
    E::Call(function, arguments.split_whitespace().map(word).collect())
}

pub fn bind(variable: &str, expression: E) -> L {
    L::Bind(variable.to_owned(), expression)
}

pub fn compare(left: &str, comparison: Comparison, right: &str) -> L {
    L::Compare(word(left), comparison, word(right))
}

pub fn fold(result: &str, how: Fold, of: &str, body: Vec<L>) -> L {
    L::Fold(how, result.to_owned(), of.to_owned(), body)
}

pub fn value(word: &str) -> Value {
    match word.strip_prefix(':') {
        Some(symbol) => Value::symbol(symbol),
        None => match word.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::text(word.trim_matches('\'')),
        },
    }
}

#[derive(Default)]
pub struct Build {
    pub program: Program,
}

#[derive(Default)]
struct Variables(BTreeMap<String, u32>);

impl Variables {
    fn number(&mut self, name: &str) -> VariableId {
        let next = self.0.len() as u32;
        VariableId(*self.0.entry(name.to_owned()).or_insert(next))
    }

    fn term(&mut self, word: &str) -> Term {
        match word.chars().next() {
            Some('_') => Term::Any,
            Some(first) if first.is_uppercase() => Term::Variable(self.number(word)),
            _ => Term::Constant(value(word)),
        }
    }

    fn expression(&mut self, expression: &E) -> Expression {
        match expression {
            E::Word(word) => match self.term(word) {
                Term::Variable(variable) => Expression::Variable(variable),
                Term::Constant(value) => Expression::Constant(value),
                Term::Any => unreachable!("`_` is no expression"),
            },
            E::Value(value) => Expression::Constant(value.clone()),
            E::Op(operation, left, right) => Expression::Arithmetic(
                *operation,
                Box::new(self.expression(left)),
                Box::new(self.expression(right)),
            ),
            E::Join(left, right) => {
                Expression::Join(Box::new(self.expression(left)), Box::new(self.expression(right)))
            }
            E::Call(function, arguments) => Expression::Call(
                *function,
                arguments.iter().map(|argument| self.expression(argument)).collect(),
            ),
        }
    }
}

impl Build {
    /// Declares a relation: `edge nn` has two columns of numbers; `s` is text, `y` a symbol, `l` a list of texts, `m` of numbers.
    pub fn relation(&mut self, declared: &str) -> &mut Self {
        let (name, types) = declared.split_once(' ').unwrap_or((declared, ""));
        let of = |letter: char| match letter {
            's' => Type::String,
            'y' => Type::Symbol,
            'n' => Type::Number,
            'l' => Type::List(Box::new(Type::String)),
            'm' => Type::List(Box::new(Type::Number)),
            other => unreachable!("no type {other}"),
        };
        let column =
            |(index, letter): (usize, char)| Column { name: format!("c{index}").into(), of: of(letter) };
        let columns = types.chars().enumerate().map(column).collect();
        self.program.relations.push(Relation { name: name.into(), columns });
        self
    }

    pub fn id(&self, name: &str) -> RelationId {
        self.program.relation_named(name).unwrap_or_else(|| unreachable!("a relation {name}"))
    }

    /// States a fact: `edge 1 2`.
    pub fn fact(&mut self, fact: &str) -> &mut Self {
        let mut words = fact.split_whitespace();
        let relation = self.id(words.next().unwrap_or_default());
        self.row(relation, words.map(value).collect())
    }

    pub fn row(&mut self, relation: RelationId, values: Vec<Value>) -> &mut Self {
        self.program.facts.push(Fact { relation, values, place: Place::default() });
        self
    }

    fn atom(&self, atom: &str, variables: &mut Variables) -> Atom {
        let mut words = atom.split_whitespace();
        let relation = self.id(words.next().unwrap_or_default());
        Atom { relation, terms: words.map(|word| variables.term(word)).collect() }
    }

    fn literal(&self, literal: &L, outside: &[VariableId], variables: &mut Variables) -> LiteralKind {
        match literal {
            L::Atom(atom) => LiteralKind::Atom(self.atom(atom, variables)),
            L::Not(atom) => LiteralKind::Absent(self.atom(atom, variables)),
            L::Test(test, left, right) => LiteralKind::Test {
                test: test(variables.expression(left), variables.expression(right)),
                negated: false,
            },
            L::NotTest(test, left, right) => LiteralKind::Test {
                test: test(variables.expression(left), variables.expression(right)),
                negated: true,
            },
            L::Compare(left, comparison, right) => LiteralKind::Test {
                test: Test::Compare(*comparison, variables.expression(left), variables.expression(right)),
                negated: false,
            },
            L::Bind(variable, expression) => {
                LiteralKind::Bind(variables.number(variable), variables.expression(expression))
            }
            L::Each(term, list) => LiteralKind::Each(variables.term(term), variables.expression(list)),
            L::Fold(fold, result, of, body) => {
                let body: Vec<Literal> = self.literals(body, outside, variables);
                let mut within = Vec::new();
                mentioned(&body, &mut within);
                within.sort();
                within.dedup();
                LiteralKind::Aggregate(Aggregate {
                    fold: *fold,
                    result: variables.term(result),
                    of: of.split_whitespace().map(|word| variables.number(word)).collect(),
                    groups: within.into_iter().filter(|variable| outside.contains(variable)).collect(),
                    body,
                })
            }
        }
    }

    fn literals(&self, body: &[L], outside: &[VariableId], variables: &mut Variables) -> Vec<Literal> {
        let at = |index: usize| Span::new(index as u32, index as u32 + 1);
        body.iter()
            .enumerate()
            .map(|(index, literal)| Literal {
                kind: self.literal(literal, outside, variables),
                span: at(index),
            })
            .collect()
    }

    /// Adds a rule with its head's text as label; each literal's span begins at its place in the body.
    pub fn rule(&mut self, head: &str, body: Vec<L>) -> &mut Self {
        let mut variables = Variables::default();
        let head_atom = self.atom(head, &mut variables);
        // What lies outside aggregates is numbered first.
        let (folds, others): (Vec<L>, Vec<L>) =
            body.iter().cloned().partition(|literal| matches!(literal, L::Fold(..)));
        self.literals(&others, &[], &mut variables);
        for literal in &folds {
            if let L::Fold(_, result, ..) = literal {
                variables.term(result);
            }
        }
        let outside: Vec<VariableId> = variables.0.values().copied().map(VariableId).collect();
        let body = self.literals(&body, &outside, &mut variables);
        let mut names: Vec<(u32, Box<str>)> =
            variables.0.iter().map(|(name, &number)| (number, name.as_str().into())).collect();
        names.sort();
        self.program.rules.push(Rule {
            label: head.into(),
            head: head_atom.relation,
            terms: head_atom.terms,
            body,
            variables: names.into_iter().map(|(_, name)| name).collect(),
            place: Place { file: FileId(0), span: Span::new(100, 200) },
        });
        self
    }

    /// The program with its strata.
    pub fn finish(&mut self) -> Program {
        let mut program = std::mem::take(&mut self.program);
        let mut levels = vec![0usize; program.relations.len()];
        for _ in 0..=program.relations.len() {
            for rule in &program.rules {
                let mut reads = Vec::new();
                read(&rule.body, false, &mut reads);
                let head = rule.head.0 as usize;
                for (relation, strict) in reads {
                    levels[head] = levels[head].max(levels[relation.0 as usize] + usize::from(strict));
                }
            }
        }
        let highest = levels.iter().max().copied().unwrap_or_default();
        program.strata = (0..=highest)
            .map(|level| {
                let rules: Vec<RuleId> = (0..program.rules.len())
                    .filter(|&rule| levels[program.rules[rule].head.0 as usize] == level)
                    .map(|rule| RuleId(rule as u32))
                    .collect();
                let heads: Vec<RelationId> =
                    rules.iter().map(|rule| program.rules[rule.0 as usize].head).collect();
                let recursive = rules.iter().any(|rule| {
                    let mut reads = Vec::new();
                    read(&program.rules[rule.0 as usize].body, false, &mut reads);
                    reads.iter().any(|(relation, _)| heads.contains(relation))
                });
                Stratum { rules, recursive }
            })
            .collect();
        program
    }
}

/// The relations that a body reads, and whether they must lie in a lower stratum.
fn read(body: &[Literal], strict: bool, reads: &mut Vec<(RelationId, bool)>) {
    for literal in body {
        match &literal.kind {
            LiteralKind::Atom(atom) => reads.push((atom.relation, strict)),
            LiteralKind::Absent(atom) => reads.push((atom.relation, true)),
            LiteralKind::Aggregate(aggregate) => read(&aggregate.body, true, reads),
            _ => {}
        }
    }
}

/// The variables that a body mentions.
fn mentioned(body: &[Literal], out: &mut Vec<VariableId>) {
    fn terms(terms: &[Term], out: &mut Vec<VariableId>) {
        out.extend(terms.iter().filter_map(|term| match term {
            Term::Variable(variable) => Some(*variable),
            _ => None,
        }));
    }
    fn expression(of: &Expression, out: &mut Vec<VariableId>) {
        match of {
            Expression::Constant(_) => {}
            Expression::Variable(variable) => out.push(*variable),
            Expression::Arithmetic(_, left, right) | Expression::Join(left, right) => {
                expression(left, out);
                expression(right, out);
            }
            Expression::Call(_, arguments) => arguments.iter().for_each(|argument| expression(argument, out)),
        }
    }
    for literal in body {
        match &literal.kind {
            LiteralKind::Atom(atom) | LiteralKind::Absent(atom) => terms(&atom.terms, out),
            LiteralKind::Test { test, .. } => match test {
                Test::Compare(_, left, right)
                | Test::In(left, right)
                | Test::Like(left, right)
                | Test::StartsWith(left, right)
                | Test::EndsWith(left, right)
                | Test::Contains(left, right)
                | Test::InCidr(left, right)
                | Test::Before(left, right) => {
                    expression(left, out);
                    expression(right, out);
                }
            },
            LiteralKind::Bind(variable, of) => {
                out.push(*variable);
                expression(of, out);
            }
            LiteralKind::Each(term, list) => {
                terms(std::slice::from_ref(term), out);
                expression(list, out);
            }
            LiteralKind::Aggregate(aggregate) => {
                terms(std::slice::from_ref(&aggregate.result), out);
                mentioned(&aggregate.body, out);
            }
        }
    }
}
