//! What ends a run, and what the message says.

use entail::datalog::engine::{Limits, MAX_LITERALS, Nothing, Options, RunError, RunErrorKind, run};
use entail::datalog::program::{Arithmetic, Comparison, Fold, Function, Program};
use entail::datalog::text::Value;

use super::build::{Build, E, L, bind, call, compare, fold, is, op, word};

fn fails(program: &Program, limits: &Limits) -> RunError {
    match run(program, &Nothing, limits, &Options::default()) {
        Ok(_) => unreachable!("the run fails"),
        Err(error) => error,
    }
}

/// `n(X + 1) :- n(X), rest.`
fn counting(rest: Vec<L>) -> Program {
    let mut build = Build::default();
    build.relation("n n").fact("n 0");
    build.rule("n Y", [vec![is("n X"), bind("Y", op("X", Arithmetic::Add, "1"))], rest].concat());
    build.finish()
}

#[test]
fn recursion_through_arithmetic_ends_at_the_limit_of_rounds() {
    let error = fails(&counting(vec![]), &Limits { rounds: 1_000, ..Limits::default() });
    insta::assert_snapshot!(error, @"`n` still grows after 1000 rounds, in the rule `n Y`");
    insta::assert_snapshot!(error.help().expect("help"), @"recursion through `+` and texts needs a test that ends it, as `N < 100`");
    assert!(fails(&counting(vec![]), &Limits::default()).to_string().starts_with("`n` still grows"));
}

#[test]
fn recursion_with_an_end_may_use_all_rounds() {
    let program = counting(vec![compare("Y", Comparison::AtMost, "10")]);
    let rounds = |rounds| Limits { rounds, ..Limits::default() };
    let derived = run(&program, &Nothing, &rounds(11), &Options::default()).expect("it runs");
    assert_eq!(derived.len(program.relation_named("n").expect("n")), 11);
    assert!(matches!(fails(&program, &rounds(10)).kind, RunErrorKind::Rounds { limit: 10, .. }));
}

#[test]
fn too_many_facts_name_the_rule() {
    let mut build = Build::default();
    build.relation("a n").relation("pairs nn");
    for number in 0..100 {
        build.fact(&format!("a {number}"));
    }
    build.rule("pairs X Y", vec![is("a X"), is("a Y")]);
    let program = build.finish();
    let error = fails(&program, &Limits { facts: 1_000, ..Limits::default() });
    insta::assert_snapshot!(error, @"there are more than 1000 facts, in the rule `pairs X Y`");
    let exactly = Limits { facts: 10_100, ..Limits::default() };
    assert!(run(&program, &Nothing, &exactly, &Options::default()).is_ok());
    let stated = fails(&program, &Limits { facts: 99, ..Limits::default() });
    insta::assert_snapshot!(stated, @"there are more than 99 facts");
}

#[test]
fn huge_intermediate_results_end_at_the_limit_of_rows() {
    let mut build = Build::default();
    build.relation("a n").relation("b n");
    for number in 0..200 {
        build.fact(&format!("a {number}"));
    }
    let far = E::Op(Arithmetic::Add, Box::new(op("X", Arithmetic::Add, "Y")), Box::new(word("Z")));
    build.rule(
        "b N",
        vec![is("a X"), is("a Y"), is("a Z"), bind("N", far), compare("N", Comparison::Less, "0")],
    );
    let error = fails(&build.finish(), &Limits { intermediate_rows: 1_000_000, ..Limits::default() });
    insta::assert_snapshot!(error, @"the body goes through more than 1000000 rows, in the rule `b N`");
}

#[test]
fn rows_of_all_rounds_and_of_aggregates_count() {
    let mut build = Build::default();
    build.relation("a n").relation("n n").fact("n 0");
    for number in 0..100 {
        build.fact(&format!("a {number}"));
    }
    // Each round goes through ten thousand rows, and derives one.
    build.rule(
        "n M",
        vec![
            is("n N"),
            bind("M", op("N", Arithmetic::Add, "1")),
            compare("M", Comparison::Less, "50"),
            is("a X"),
            is("a Y"),
            bind("S", op("X", Arithmetic::Add, "Y")),
            compare("S", Comparison::Equal, "0"),
        ],
    );
    let limits = Limits { intermediate_rows: 1_000_000, ..Limits::default() };
    let error = fails(&build.finish(), &limits);
    insta::assert_snapshot!(error, @"the body goes through more than 1000000 rows, in the rule `n M`");
    // What a test takes counts, not only what it gives.
    let limits = Limits { intermediate_rows: 10_000_000, ..Limits::default() };
    assert!(run(&build.finish(), &Nothing, &limits, &Options::default()).is_ok());
}

#[test]
fn growing_texts_end_at_the_limit_of_bytes() {
    let mut build = Build::default();
    build.relation("t s").fact("t 'ab");
    build.rule("t Y", vec![is("t X"), bind("Y", call(Function::Replace, "X 'b 'bb"))]);
    let program = build.finish();
    let limits = Limits { text_bytes: 10_000, ..Limits::default() };
    insta::assert_snapshot!(fails(&program, &limits), @"the texts that rules compute have more than 10000 bytes, in the rule `t Y`");
}

/// `pairs X Y :- a X, a Y.` or, if it counts, `pairs N N :- N = count { X, Y : a X, a Y }.` over so many numbers.
fn product(of: i64, counts: bool) -> Program {
    let mut build = Build::default();
    build.relation("a n").relation("pairs nn");
    for number in 0..of {
        build.fact(&format!("a {number}"));
    }
    let both = || vec![is("a X"), is("a Y")];
    match counts {
        true => build.rule("pairs N N", vec![fold("N", Fold::Count, "X Y", both())]),
        false => build.rule("pairs X Y", both()),
    };
    build.finish()
}

#[test]
fn memory_is_bounded_before_facts_are_too_many() {
    let limits = Limits { memory: 4 << 20, ..Limits::default() };
    for counts in [false, true] {
        let error = fails(&product(2_000, counts), &limits);
        assert_eq!(error.kind, RunErrorKind::Memory { limit: 4 << 20 });
        assert!(run(&product(100, counts), &Nothing, &limits, &Options::default()).is_ok());
    }
    let error = fails(&product(2_000, false), &limits);
    insta::assert_snapshot!(error, @"rows and values take more than 4 MiB of memory, in the rule `pairs X Y`");
    insta::assert_snapshot!(error.help().expect("help"), @"join by more variables, ask for fewer columns, or count what fewer values tell apart");
}

#[test]
fn large_values_count_as_memory() {
    let mut build = Build::default();
    build.relation("t s").fact(&format!("t '{}", "a".repeat(100_000)));
    build.rule("t Y", vec![is("t X"), bind("Y", call(Function::Replace, "X 'a 'aa"))]);
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    assert_eq!(fails(&build.finish(), &limits).kind, RunErrorKind::Memory { limit: 1 << 20 });
}

#[test]
fn rules_run_so_often_at_most() {
    let mut build = Build::default();
    build.relation("n n").fact("n 0");
    for number in 0..100 {
        build.rule(&format!("n {}", number + 1), vec![is(&format!("n {number}"))]);
    }
    let program = build.finish();
    let limits = |evaluations| Limits { evaluations, ..Limits::default() };
    // Each rule runs first, and in each round in which there is a new number.
    assert!(run(&program, &Nothing, &limits(100 + 100 * 100), &Options::default()).is_ok());
    let error = fails(&program, &limits(1_000));
    insta::assert_snapshot!(error, @"rules ran more than 1000 times, in the rule `n 1`");
    insta::assert_snapshot!(error.help().expect("help"), @"write what many rules say of single values as facts, and one rule that reads them");
}

#[test]
fn wide_rows_count_more_than_narrow_ones() {
    let wide = |columns: usize| {
        let names: Vec<String> = (4..columns).map(|column| format!("X{column}")).collect();
        let carried = names.join(" ");
        let mut build = Build::default();
        let kept = names.len();
        build.relation("a n").relation(&format!("w {}", "n".repeat(kept)));
        build.relation(&format!("wide {}", "n".repeat(kept + 4)));
        for number in 0..10 {
            build.fact(&format!("a {number}"));
        }
        build.fact(&format!("w{}", " 1".repeat(kept)));
        let body = vec![is(&format!("w {carried}")), is("a X0"), is("a X1"), is("a X2"), is("a X3")];
        build.rule(&format!("wide X0 X1 X2 X3 {carried}"), body);
        build.finish()
    };
    let limits = Limits { intermediate_rows: 20_000, ..Limits::default() };
    assert!(run(&wide(8), &Nothing, &limits, &Options::default()).is_ok());
    let error = fails(&wide(24), &limits);
    assert_eq!(error.kind, RunErrorKind::IntermediateRows { limit: 20_000 });
}

#[test]
fn too_many_values_are_named() {
    let limits = Limits { values: 50, ..Limits::default() };
    insta::assert_snapshot!(fails(&counting(vec![]), &limits), @"there are more than 50 distinct values, in the rule `n Y`");
}

#[test]
fn arithmetic_does_not_wrap() {
    for (left, operation, right, message) in [
        ("9223372036854775807", Arithmetic::Add, "1", "`9223372036854775807 + 1` is beyond 64 bits"),
        ("-9223372036854775808", Arithmetic::Subtract, "1", "`-9223372036854775808 - 1` is beyond 64 bits"),
        ("-9223372036854775808", Arithmetic::Divide, "-1", "`-9223372036854775808 / -1` is beyond 64 bits"),
        ("4611686018427387904", Arithmetic::Multiply, "2", "`4611686018427387904 * 2` is beyond 64 bits"),
        ("3", Arithmetic::Divide, "0", "`3 / 0` divides by zero"),
        ("3", Arithmetic::Remainder, "0", "`3 % 0` divides by zero"),
    ] {
        let mut build = Build::default();
        build.relation("a n").relation("b n").fact(&format!("a {left}"));
        build.rule("b Y", vec![is("a X"), bind("Y", op("X", operation, right))]);
        let error = fails(&build.finish(), &Limits::default());
        assert_eq!(error.to_string(), format!("{message}, in the rule `b Y`"));
        let place = error.place.expect("a place");
        assert_eq!((place.span.start, place.span.end), (1, 2), "the literal");
    }
}

#[test]
fn a_sum_is_beyond_64_bits_in_no_order() {
    let mut build = Build::default();
    build.relation("a n").relation("b n");
    for number in ["9223372036854775807", "1", "-2"] {
        build.fact(&format!("a {number}"));
    }
    build.rule("b N", vec![fold("N", Fold::Sum, "X", vec![is("a X")])]);
    let mut program = build.finish();
    let derived = run(&program, &Nothing, &Limits::default(), &Options::default()).expect("it runs");
    let b = program.relation_named("b").expect("b");
    assert_eq!(derived.rows(b), [[Value::Number(i64::MAX - 1)]]);
    program.facts.pop();
    let error = fails(&program, &Limits::default());
    insta::assert_snapshot!(error, @"the sum is beyond 64 bits, in the rule `b N`");
}

#[test]
fn a_body_has_a_limit_of_literals() {
    let with = |literals| {
        let mut build = Build::default();
        build.relation("a n").relation("b n").fact("a 1").rule("b X", vec![is("a X"); literals]);
        build.finish()
    };
    assert!(run(&with(MAX_LITERALS), &Nothing, &Limits::default(), &Options::default()).is_ok());
    let error = fails(&with(MAX_LITERALS + 1), &Limits::default());
    insta::assert_snapshot!(error, @"the body has 257 literals, more than 256, in the rule `b X`");
}
