//! Random stratified programs: the engine gives what naive evaluation gives, in any order, and each derivation can be checked.

use entail::datalog::engine::{Limits, Nothing, Options, run};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn engine_and_naive_evaluation_agree(bytes in proptest::collection::vec(any::<u8>(), 20..260)) {
        let program = program(&bytes);
        agrees(&program);
        agrees(&reversed(&program));
    }
}
