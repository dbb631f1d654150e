//! Derivations are checked by themselves, and are what they should be on some programs.

use std::collections::BTreeMap;

use entail::datalog::engine::{Because, Derivation, Limits, More, Nothing, Options, Premise, run};
use entail::datalog::program::{
    Arithmetic, Comparison, Fold, Literal, LiteralKind, Program, RelationId, Term, VariableId,
};
use entail::datalog::text::Value;

use super::build::{Build, bind, compare, fold, is, not, op};
use crate::naive;

/// Every rule of the derivation derives its row from its premises, every leaf is a fact, and nothing rests on itself.
pub fn check_derivation(
    program: &Program,
    derivation: &Derivation,
    relation: RelationId,
    row: &[Value],
    rows: &naive::Rows,
) {
    assert_eq!(derivation.rows[0].relation, relation);
    assert_eq!(derivation.rows[0].values, row);
    let mut rests_on: Vec<Vec<usize>> = Vec::new();
    for derived in &derivation.rows {
        let mut on = Vec::new();
        match &derived.because {
            Because::Given => unreachable!("nothing is given"),
            Because::Stated(_) => assert!(
                program
                    .facts
                    .iter()
                    .any(|fact| fact.relation == derived.relation && fact.values == derived.values)
            ),
            Because::Rule { rule, variables, premises } => {
                let rule = &program.rules[rule.0 as usize];
                let bindings: BTreeMap<VariableId, Value> = (0..)
                    .map(VariableId)
                    .zip(variables)
                    .filter_map(|(variable, value)| Some((variable, value.clone()?)))
                    .collect();
                let ground = |term: &Term| match term {
                    Term::Variable(variable) => bindings.get(variable).cloned(),
                    Term::Constant(value) => Some(value.clone()),
                    Term::Any => None,
                };
                assert_eq!(rule.head, derived.relation);
                let head: Vec<Value> = rule.terms.iter().filter_map(ground).collect();
                assert_eq!(head, derived.values);
                assert_eq!(premises.len(), rule.body.len());
                for (premise, literal) in premises.iter().zip(&rule.body) {
                    match (premise, &literal.kind) {
                        (Premise::Row(index), LiteralKind::Atom(atom)) => {
                            let premise = &derivation.rows[*index];
                            assert_eq!(premise.relation, atom.relation);
                            for (term, value) in atom.terms.iter().zip(&premise.values) {
                                assert!(ground(term).is_none_or(|ground| ground == *value));
                            }
                            on.push(*index);
                        }
                        (Premise::Values, LiteralKind::Atom(_)) => unreachable!("an atom needs a row"),
                        (Premise::Row(_), _) => unreachable!("only an atom needs a row"),
                        (Premise::Folded { rows: folded, .. }, LiteralKind::Aggregate(aggregate)) => {
                            assert!(naive::holds(literal, &bindings, rows), "{literal:?} of {bindings:?}");
                            for index in folded {
                                let relation = derivation.rows[*index].relation;
                                let reads = |part: &Literal| matches!(&part.kind, LiteralKind::Atom(atom) if atom.relation == relation);
                                assert!(aggregate.body.iter().any(reads), "{relation:?} of {literal:?}");
                                on.push(*index);
                            }
                        }
                        (Premise::Folded { .. }, _) => unreachable!("only an aggregate folds"),
                        (Premise::Values, LiteralKind::Aggregate(_)) => unreachable!("an aggregate folds"),
                        (Premise::Values, _) => {
                            assert!(naive::holds(literal, &bindings, rows), "{literal:?} of {bindings:?}");
                        }
                    }
                }
            }
        }
        rests_on.push(on);
    }
    // Rows are taken off once all that they rest on is.
    let mut done = vec![false; rests_on.len()];
    loop {
        let next = (0..done.len()).find(|&row| !done[row] && rests_on[row].iter().all(|&on| done[on]));
        match next {
            Some(row) => done[row] = true,
            None => break,
        }
    }
    assert!(done.iter().all(|&done| done), "a row rests on itself");
}

fn checked(program: &Program, relation: &str, row: &[Value]) -> Derivation {
    let derived = run(program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    let relation = program.relation_named(relation).expect("a relation");
    let derivation = derived.why(relation, row).expect("the replay ends").expect("the row is there");
    check_derivation(program, &derivation, relation, row, &naive::evaluate(program));
    derivation
}

fn numbers(numbers: &[i64]) -> Vec<Value> {
    numbers.iter().copied().map(Value::Number).collect()
}

#[test]
fn a_cycle_is_explained_from_its_edges() {
    let mut build = Build::default();
    build.relation("edge nn").relation("tc nn");
    for edge in ["edge 1 2", "edge 2 3", "edge 3 1", "edge 1 1"] {
        build.fact(edge);
    }
    build.rule("tc X Z", vec![is("tc X Y"), is("tc Y Z")]);
    build.rule("tc X Y", vec![is("edge X Y")]);
    let program = build.finish();
    for x in 1..=3 {
        for y in 1..=3 {
            checked(&program, "tc", &numbers(&[x, y]));
        }
    }
}

#[test]
fn a_long_chain_is_explained_without_depth() {
    let mut build = Build::default();
    build.relation("edge nn").relation("tc nn");
    for node in 0..3_000 {
        build.fact(&format!("edge {node} {}", node + 1));
    }
    build.rule("tc 0 Y", vec![is("edge 0 Y")]);
    build.rule("tc 0 Z", vec![is("tc 0 Y"), is("edge Y Z")]);
    let (program, row) = (build.finish(), numbers(&[0, 3_000]));
    let derived = run(&program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    let derivation = derived.why(RelationId(1), &row).expect("the replay ends").expect("the row is there");
    // No premise is a test, so no rows are looked at.
    check_derivation(&program, &derivation, RelationId(1), &row, &naive::Rows::new());
    assert_eq!(derivation.rows.len(), 6_000, "3,000 rows of each relation");
}

#[test]
fn a_premise_that_serves_twice_is_told_once() {
    let mut build = Build::default();
    build.relation("a n").relation("b nn").relation("c n").fact("a 1");
    build.rule("b X X", vec![is("a X"), is("a X")]);
    build.rule("c X", vec![is("b X Y"), is("a Y"), is("a X")]);
    let derivation = checked(&build.finish(), "c", &numbers(&[1]));
    assert_eq!(derivation.rows.len(), 3);
    let Because::Rule { premises, .. } = &derivation.rows[0].because else { unreachable!("c is derived") };
    assert_eq!(premises, &[Premise::Row(1), Premise::Row(2), Premise::Row(2)]);
}

#[test]
fn tests_and_absent_atoms_are_premises_without_rows() {
    let mut build = Build::default();
    build.relation("a n").relation("b n").relation("c nn").fact("a 1").fact("a 2").fact("b 2");
    build.rule(
        "c X M",
        vec![
            is("a X"),
            not("b X"),
            fold("N", Fold::Count, "Y", vec![is("a Y")]),
            bind("M", op("N", Arithmetic::Add, "X")),
            compare("M", Comparison::Less, "9"),
        ],
    );
    let derivation = checked(&build.finish(), "c", &numbers(&[1, 3]));
    let Because::Rule { premises, variables, .. } = &derivation.rows[0].because else {
        unreachable!("c is derived")
    };
    assert_eq!(premises[1], Premise::Values);
    assert_eq!(premises[2], Premise::Folded { rows: vec![1, 2], more: More::Tuples(0) });
    assert_eq!(premises[3..], vec![Premise::Values; 2]);
    assert!(variables.contains(&Some(Value::Number(2))), "the aggregate's result is told");
}

/// The premises of the first row, whose relation and values are named.
fn premises(program: &Program, relation: &str, row: &[i64]) -> (Vec<Premise>, Derivation) {
    let derivation = checked(program, relation, &numbers(row));
    let Because::Rule { premises, .. } = &derivation.rows[0].because else { unreachable!("it is derived") };
    (premises.clone(), derivation)
}

#[test]
fn an_aggregate_rests_on_what_it_folds() {
    let mut build = Build::default();
    build.relation("a nn").relation("few n").relation("many n").relation("least n").relation("sum n");
    (1..=13).for_each(|number| {
        build.fact(&format!("a 7 {number}"));
    });
    build.fact("a 8 100");
    let of_seven = || vec![is("a 7 Y")];
    build.rule("many N", vec![fold("N", Fold::Count, "Y", of_seven())]);
    build.rule("few N", vec![fold("N", Fold::Count, "Y", vec![is("a 8 Y")])]);
    build.rule("least N", vec![fold("N", Fold::Min, "Y", of_seven())]);
    build.rule("sum N", vec![fold("N", Fold::Sum, "Y", of_seven())]);
    let program = build.finish();
    for (relation, row, told, more) in
        [("many", 13, 10, 3), ("few", 1, 1, 0), ("least", 1, 1, 0), ("sum", 91, 10, 3)]
    {
        let (premises, derivation) = premises(&program, relation, &[row]);
        let [Premise::Folded { rows, more: left }] = premises.as_slice() else {
            unreachable!("{premises:?}")
        };
        assert_eq!((rows.len(), *left), (told, More::Tuples(more)), "{relation}");
        assert_eq!(derivation.rows.len(), told + 1, "{relation}");
    }
    let (_, derivation) = premises(&program, "least", &[1]);
    assert_eq!(derivation.rows[1].values, numbers(&[7, 1]));
}

#[test]
fn of_very_many_tuples_it_is_told_that_there_are_more() {
    let mut build = Build::default();
    build.relation("a n").relation("b n");
    (0..20_000).for_each(|number| {
        build.fact(&format!("a {number}"));
    });
    build.rule("b N", vec![fold("N", Fold::Count, "Y", vec![is("a Y")])]);
    let program = build.finish();
    let derived = run(&program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    let derivation =
        derived.why(RelationId(1), &numbers(&[20_000])).expect("the replay ends").expect("a row");
    let Because::Rule { premises, .. } = &derivation.rows[0].because else { unreachable!("it is derived") };
    assert!(matches!(premises[0], Premise::Folded { more: More::AtLeast(9_990), .. }), "{premises:?}");
}

#[test]
fn what_is_stated_is_not_derived_again() {
    let mut build = Build::default();
    build.relation("a n").relation("b n").fact("a 1").fact("b 1").rule("b X", vec![is("a X")]);
    let derivation = checked(&build.finish(), "b", &numbers(&[1]));
    assert!(matches!(derivation.rows[0].because, Because::Stated(_)));
}

#[test]
fn there_is_no_reason_for_what_is_not_there() {
    let mut build = Build::default();
    build.relation("a n").relation("b n").fact("a 1").rule("b X", vec![is("a X")]);
    let program = build.finish();
    let derived = run(&program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    for row in [vec![], numbers(&[2]), numbers(&[1, 1])] {
        assert_eq!(derived.why(RelationId(1), &row), Ok(None));
    }
}
