//! Random stratified programs: the engine gives what naive evaluation gives, in any order, and each derivation can be checked.

use entail::datalog::engine::{Limits, Nothing, Options, run};
use entail::datalog::part::Whole;
use entail::datalog::program::{Program, RelationId};
use proptest::prelude::*;

use super::derivations::check_derivation;
use super::programs::{program, reversed};
use crate::naive;

fn agrees(program: &Program) {
    let all = naive::evaluate(program);
    let derived = run(program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    for (index, expected) in all.iter().enumerate() {
        let relation = RelationId(index as u32);
        let rows = derived.rows(relation);
        let expected_rows: Vec<_> = expected.iter().cloned().collect();
        assert_eq!(rows, expected_rows, "rows of {} in {program:#?}", program.relations[index].name);
        for row in rows.iter().take(6) {
            let derivation = derived.why(relation, row).expect("the replay ends").expect("the row is there");
            check_derivation(program, &derivation, relation, row, &all);
        }
    }
}

/// A relation has the same rows in the part of the program that it depends on, which has nothing else.
fn parts_agree(program: &Program) {
    let derived = run(program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    let whole = Whole::new(program);
    for index in 0..program.relations.len() {
        let relation = RelationId(index as u32);
        let part = whole.part([relation], &[]);
        let of_part = part.relation(relation).expect("it is wanted");
        let alone = run(&part.program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
        assert_eq!(alone.rows(of_part), derived.rows(relation), "{program:#?}");
        let head = |index: usize| part.program.rules[index].head;
        let read = |rule: &entail::datalog::program::Rule| format!("{:?}", rule.body);
        for needless in (0..part.program.rules.len()).map(head).filter(|head| *head != of_part) {
            let name = format!("relation: {needless:?},");
            assert!(part.program.rules.iter().any(|rule| read(rule).contains(&name)), "{needless:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn engine_and_naive_evaluation_agree(bytes in proptest::collection::vec(any::<u8>(), 20..260)) {
        let program = program(&bytes);
        agrees(&program);
        parts_agree(&program);
        agrees(&reversed(&program));
    }
}
