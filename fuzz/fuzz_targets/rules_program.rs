//! Random stratified programs: the engine derives what naive evaluation derives, in any order of rules, literals and facts.
#![no_main]

#[path = "../../tests/it/datalog_engine/build.rs"]
#[expect(dead_code, reason = "tests use all of it")]
mod build;
#[path = "../../tests/naive/mod.rs"]
#[expect(dead_code, reason = "tests use all of it")]
mod naive;
#[path = "../../tests/it/datalog_engine/programs.rs"]
mod programs;

use entail::datalog::engine::{Limits, Nothing, Options, run};
use entail::datalog::program::{Program, RelationId};
use libfuzzer_sys::fuzz_target;

fn agrees(program: &Program) {
    let derived = run(program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    for (index, expected) in naive::evaluate(program).iter().enumerate() {
        let rows = derived.rows(RelationId(index as u32));
        assert_eq!(rows, expected.iter().cloned().collect::<Vec<_>>(), "relation {index} of {program:#?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let program = programs::program(bytes);
    agrees(&program);
    agrees(&programs::reversed(&program));
});
