//! The programs as our engine takes them.

use entail::datalog::engine::{Bound, Given, GivenError, Offer, Rows};
use entail::datalog::program::{
    Atom, Column, Literal, LiteralKind, Place, Program, Relation, RelationId, Rule, RuleId, Stratum, Term,
    VariableId,
};
use entail::datalog::text::{self, Type, Value};
use entail::document::{Span, Spanned};

use crate::data::Input;

/// A program, what is given to it, and the relations whose tuples count.
pub struct Case {
    pub program: Program,
    pub given: Whole,
    pub counted: Vec<RelationId>,
}

/// Relations given whole.
pub struct Whole {
    offers: Vec<Offer>,
    rows: Vec<Rows>,
}

impl Given for Whole {
    fn offers(&self) -> &[Offer] {
        &self.offers
    }

    fn rows(&self, offer: usize, _: &Bound) -> Result<Rows, GivenError> {
        Ok(self.rows[offer].clone())
    }
}

/// An atom of a rule: a relation and its variables, one letter each.
type Written = (&'static str, &'static str);

fn atom(program: &Program, variables: &mut Vec<char>, (relation, terms): Written) -> Atom {
    let mut number = |letter: char| match variables.iter().position(|&known| known == letter) {
        Some(at) => at as u32,
        None => {
            variables.push(letter);
            variables.len() as u32 - 1
        }
    };
    Atom {
        relation: program.relation_named(relation).expect("a relation"),
        terms: terms.chars().map(|letter| Term::Variable(VariableId(number(letter)))).collect(),
    }
}

fn case(input: &Input, derived: &[(&str, usize)], rules: &[(Written, &[Written])]) -> Case {
    let columns = |width: usize| -> Vec<Column> {
        (0..width).map(|column| Column { name: format!("c{column}").into(), of: Type::Number }).collect()
    };
    let mut program = Program::default();
    let given = input.relations.iter().map(|(name, width, _)| (*name, *width));
    for (name, width) in given.chain(derived.iter().copied()) {
        program.relations.push(Relation { name: name.into(), columns: columns(width) });
    }
    for (head, body) in rules {
        let mut variables = Vec::new();
        let head = atom(&program, &mut variables, *head);
        let body: Vec<Literal> = body
            .iter()
            .map(|written| Literal {
                kind: LiteralKind::Atom(atom(&program, &mut variables, *written)),
                span: Span::default(),
            })
            .collect();
        program.rules.push(Rule {
            label: "rule".into(),
            head: head.relation,
            terms: head.terms,
            body,
            variables: variables.iter().map(|letter| letter.to_string().into()).collect(),
            place: Place::default(),
        });
    }
    let all = (0..program.rules.len() as u32).map(RuleId).collect();
    program.strata = vec![Stratum { rules: all, recursive: true }];
    let counted = derived.iter().filter_map(|(name, _)| program.relation_named(name)).collect();
    Case { given: whole(input), counted, program }
}

fn whole(input: &Input) -> Whole {
    let named = |name: &str| Spanned::new(name.into(), Span::default());
    let (mut offers, mut rows) = (Vec::new(), Vec::new());
    for (name, width, given) in &input.relations {
        let column = |column: usize| text::Column {
            name: named(&format!("c{column}")),
            of: Spanned::new(Type::Number, Span::default()),
        };
        let columns = (0..*width).map(column).collect();
        let declaration = text::Declaration { docs: Vec::new(), name: named(name), columns };
        offers.push(Offer::whole(declaration, given.len() as u64));
        let mut all = Rows::new(*width);
        given.iter().for_each(|row| all.push(row.iter().map(|&value| Value::Number(value.into()))));
        rows.push(all);
    }
    Whole { offers, rows }
}

pub fn closure(input: &Input) -> Case {
    case(
        input,
        &[("tc", 2)],
        &[(("tc", "xy"), &[("edge", "xy")]), (("tc", "xz"), &[("tc", "xy"), ("edge", "yz")])],
    )
}

pub fn generation(input: &Input) -> Case {
    case(
        input,
        &[("sg", 2)],
        &[
            (("sg", "xy"), &[("parent", "xp"), ("parent", "yp")]),
            (("sg", "xy"), &[("parent", "xa"), ("sg", "ab"), ("parent", "yb")]),
        ],
    )
}

pub fn points_to(input: &Input) -> Case {
    case(
        input,
        &[("points", 2), ("heap", 3)],
        &[
            (("points", "vo"), &[("new", "vo")]),
            (("points", "vo"), &[("assign", "vw"), ("points", "wo")]),
            (("points", "vo"), &[("load", "vpf"), ("points", "pq"), ("heap", "qfo")]),
            (("heap", "qfo"), &[("store", "pfw"), ("points", "pq"), ("points", "wo")]),
        ],
    )
}

/// Rules of six literals over small relations, each of which derives one row.
pub fn many_rules(rules: usize) -> Case {
    let rows: Vec<Vec<u32>> = (0..20).map(|number| vec![number, number + 1]).collect();
    let input = Input { relations: vec![("edge", 2, rows), ("start", 1, vec![vec![0]])] };
    let names: Vec<&'static str> = (0..rules).map(|rule| &*format!("p{rule}").leak()).collect();
    let derived: Vec<(&str, usize)> = names.iter().map(|name| (*name, 1)).collect();
    let body: &[Written] =
        &[("edge", "de"), ("edge", "cd"), ("edge", "bc"), ("edge", "ab"), ("start", "a"), ("edge", "ef")];
    let rules: Vec<(Written, &[Written])> = names.iter().map(|name| ((*name, "f"), body)).collect();
    case(&input, &derived, &rules)
}
