//! What each kind of literal means.

use entail::datalog::engine::{Limits, Nothing, Options, run};
use entail::datalog::program::{Arithmetic, Comparison, Expression, Fold, Function, Program, Test};
use entail::datalog::text::Value;

use super::build::{Build, E, L, bind, call, compare, fold, is, not, op, value, word};

/// The rows of a relation, as words.
pub fn rows(program: &Program, relation: &str) -> Vec<String> {
    let options = Options { now: "2026-11-29T10:00:00Z".parse().expect("a time"), ..Options::default() };
    let derived = run(program, &Nothing, &Limits::default(), &options).expect("it runs");
    let shown = |value: &Value| match value {
        Value::Text(text) | Value::Symbol(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let relation = program.relation_named(relation).expect("a relation");
    derived.rows(relation).iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

/// A program with some facts and one rule `out …`.
fn one(out: &str, head: &str, body: Vec<L>) -> Vec<String> {
    let mut build = Build::default();
    for relation in ["edge nn", "name s", "on", "off", "lists nl", "word y"] {
        build.relation(relation);
    }
    build.relation(out);
    for fact in ["edge 1 2", "edge 2 2", "edge 2 3", "name 'a", "name 'Bc", "name '3", "on", "word :role"] {
        build.fact(fact);
    }
    let lists = build.id("lists");
    build.row(lists, vec![Value::Number(1), Value::texts(["x", "y", "x"])]);
    build.row(lists, vec![Value::Number(2), Value::texts([])]);
    build.rule(head, body);
    rows(&build.finish(), "out")
}

#[test]
fn atoms_bind_and_compare() {
    assert_eq!(one("out nn", "out Y X", vec![is("edge X Y")]), ["2 1", "2 2", "3 2"]);
    assert_eq!(one("out n", "out X", vec![is("edge X X")]), ["2"]);
    assert_eq!(one("out n", "out Y", vec![is("edge 2 Y")]), ["2", "3"]);
    assert_eq!(one("out n", "out X", vec![is("edge X _")]), ["1", "2"]);
    assert_eq!(one("out nn", "out X Z", vec![is("edge X Y"), is("edge Y Z")]), ["1 2", "1 3", "2 2", "2 3"]);
    assert_eq!(one("out n", "out X", vec![is("edge X Y"), is("edge Y X")]), ["2"]);
    assert_eq!(one("out ns", "out 7 'k", vec![is("edge 1 2")]), ["7 k"]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), is("off")]), [""; 0]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), is("on")]), ["1", "2"]);
    assert_eq!(one("out n", "out 1", vec![]), ["1"], "a rule without a body is a fact");
    assert_eq!(one("out", "out", vec![is("edge 2 _")]), [""]);
}

#[test]
fn absent_atoms_hold_where_no_row_matches() {
    assert_eq!(one("out n", "out Y", vec![is("edge _ Y"), not("edge Y _")]), ["3"]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), not("edge X 3")]), ["1"]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), not("off")]), ["1", "2"]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), not("on")]), [""; 0]);
    assert_eq!(one("out n", "out X", vec![is("edge X _"), not("edge X X")]), ["1"]);
}

fn test_of(test: fn(Expression, Expression) -> Test, left: &str, right: &str, negated: bool) -> bool {
    let (left, right) = (word(left), word(right));
    let test = if negated { L::NotTest(test, left, right) } else { L::Test(test, left, right) };
    one("out n", "out 1", vec![is("on"), test]) == ["1"]
}

#[test]
fn tests_hold_or_not() {
    type Case = (fn(Expression, Expression) -> Test, &'static str, &'static str, bool);
    let cases: [Case; 11] = [
        (Test::Like, "'abc", "'a*", true),
        (Test::Like, "'abc", "'b*", false),
        (Test::StartsWith, "'abc", "'ab", true),
        (Test::StartsWith, "'abc", "'bc", false),
        (Test::EndsWith, "'abc", "'bc", true),
        (Test::Contains, "'abc", "'b", true),
        (Test::Contains, "'abc", "'x", false),
        (Test::InCidr, "'10.1.2.3", "'10.0.0.0/8", true),
        (Test::InCidr, "'11.1.2.3", "'10.0.0.0/8", false),
        (Test::Before, "'2026-01-01", "'2026-01-02", true),
        (Test::Before, "'2026-01-02", "'2026-01-02T00:00:00Z", false),
    ];
    for (test, left, right, holds) in cases {
        assert_eq!(test_of(test, left, right, false), holds, "{left} {right}");
        assert_eq!(test_of(test, left, right, true), !holds, "not {left} {right}");
    }
}

#[test]
fn a_test_of_what_has_no_value_never_holds() {
    for negated in [false, true] {
        assert!(!test_of(Test::InCidr, "'nowhere", "'10.0.0.0/8", negated));
        assert!(!test_of(Test::Before, "'N/A", "'2026-01-01", negated));
    }
    let less = |left, right| Test::Compare(Comparison::Less, left, right);
    let number = call(Function::Number, "'x");
    assert_eq!(one("out n", "out 1", vec![is("on"), L::NotTest(less, number, word("3"))]), [""; 0]);
}

#[test]
fn comparisons_are_by_number_and_by_byte() {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    for (left, comparison, right, holds) in [
        ("9", Less, "10", true),
        ("'9", Less, "'10", false),
        ("'Z", Less, "'a", true),
        ("3", AtMost, "3", true),
        ("3", Less, "3", false),
        ("4", Greater, "3", true),
        ("3", AtLeast, "4", false),
        ("3", Equal, "3", true),
        ("'a", NotEqual, "'b", true),
        ("-1", Less, "0", true),
    ] {
        let body = vec![is("on"), compare(left, comparison, right)];
        assert_eq!(one("out n", "out 1", body) == ["1"], holds, "{left} {comparison:?} {right}");
    }
}

#[test]
fn bindings_compute_values() {
    use Arithmetic::{Add, Divide, Multiply, Remainder, Subtract};
    for (left, operation, right, result) in [
        ("7", Add, "2", "9"),
        ("7", Subtract, "9", "-2"),
        ("7", Multiply, "2", "14"),
        ("-7", Divide, "2", "-3"),
        ("-7", Remainder, "2", "-1"),
        ("-9223372036854775808", Remainder, "-1", "0"),
    ] {
        let body = vec![is("on"), bind("X", op(left, operation, right))];
        assert_eq!(one("out n", "out X", body), [result], "{left} {operation:?} {right}");
    }
    // A variable that is bound already must be equal, and one side can bind the other.
    assert_eq!(one("out n", "out X", vec![is("edge X Y"), bind("X", word("Y"))]), ["2"]);
    assert_eq!(one("out n", "out Z", vec![is("edge 1 Y"), bind("Z", word("Y"))]), ["2"]);
    assert_eq!(one("out n", "out Z", vec![is("edge 1 Y"), bind("Y", word("Z"))]), ["2"]);
    let joined = E::Join(Box::new(word("X")), Box::new(word("'!")));
    assert_eq!(one("out s", "out Y", vec![is("name X"), bind("Y", joined)]), ["3!", "Bc!", "a!"]);
}

#[test]
fn functions_compute_values() {
    let arn = "'arn:aws:iam::111122223333:role/a/b";
    for (function, arguments, kind, result) in [
        (Function::Length, "'aß", "n", Some("2")),
        (Function::Lower, "'aBC", "s", Some("abc")),
        (Function::Upper, "'aBc", "s", Some("ABC")),
        (Function::Replace, "'abab 'b 'xy", "s", Some("axyaxy")),
        (Function::ArnPartition, arn, "s", Some("aws")),
        (Function::ArnService, arn, "s", Some("iam")),
        (Function::ArnRegion, arn, "s", Some("")),
        (Function::ArnAccount, arn, "s", Some("111122223333")),
        (Function::ArnResource, arn, "s", Some("role/a/b")),
        (Function::ArnAccount, "'*", "s", None),
        (Function::Text, "-12", "s", Some("-12")),
        (Function::Text, ":role", "s", Some("role")),
        (Function::Number, "'-12", "n", Some("-12")),
        (Function::Number, "'12x", "n", None),
        (Function::DaysBetween, "'2026-01-01 '2026-02-01", "n", Some("31")),
        (Function::DaysBetween, "'no_information '2026-02-01", "n", None),
        (Function::Now, "", "s", Some("2026-11-29T10:00:00Z")),
    ] {
        let found =
            one(&format!("out {kind}"), "out X", vec![is("on"), bind("X", call(function, arguments))]);
        assert_eq!(found.first().map(String::as_str), result, "{function:?}({arguments})");
    }
    let length = vec![is("lists N L"), bind("X", call(Function::Length, "L"))];
    assert_eq!(one("out nn", "out N X", length), ["1 3", "2 0"]);
}

#[test]
fn lists_give_their_elements() {
    let each = |term: &str| L::Each(term.to_owned(), word("L"));
    assert_eq!(one("out ns", "out N X", vec![is("lists N L"), each("X")]), ["1 x", "1 y"]);
    assert_eq!(one("out n", "out N", vec![is("lists N L"), each("'y")]), ["1"]);
    assert_eq!(one("out n", "out N", vec![is("lists N L"), each("_")]), ["1"]);
    assert_eq!(one("out s", "out X", vec![is("lists _ L"), is("name X"), each("X")]), [""; 0]);
    let not_in = L::NotTest(Test::In, word("X"), word("L"));
    assert_eq!(one("out n", "out N", vec![is("lists N L"), bind("X", word("'x")), not_in]), ["2"]);
}

#[test]
fn aggregates_fold_distinct_tuples() {
    let of = |how, of: &str| fold("N", how, of, vec![is("edge X Y")]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Count, "X")]), ["2"]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Count, "X Y")]), ["3"]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Sum, "Y")]), ["5"]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Sum, "Y X")]), ["7"]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Min, "Y")]), ["2"]);
    assert_eq!(one("out n", "out N", vec![of(Fold::Max, "Y")]), ["3"]);
}

#[test]
fn aggregates_group_by_the_variables_of_the_rule() {
    let grouped = |how| vec![is("edge _ X"), fold("N", how, "Y", vec![is("edge X Y")])];
    assert_eq!(one("out nn", "out X N", grouped(Fold::Count)), ["2 2", "3 0"]);
    assert_eq!(one("out nn", "out X N", grouped(Fold::Sum)), ["2 5", "3 0"]);
    assert_eq!(one("out nn", "out X N", grouped(Fold::Min)), ["2 2"]);
    assert_eq!(one("out nn", "out X N", grouped(Fold::Max)), ["2 3"]);
    // The result may be known already.
    let two = vec![is("edge _ X"), fold("2", Fold::Count, "Y", vec![is("edge X Y")])];
    assert_eq!(one("out n", "out X", two), ["2"]);
    let itself = vec![is("edge _ X"), fold("X", Fold::Max, "Y", vec![is("edge Y _")])];
    assert_eq!(one("out n", "out X", itself), ["2"]);
}

#[test]
fn an_aggregate_may_hold_another_and_anything_else() {
    let inner = fold("K", Fold::Count, "Z", vec![is("edge Y Z")]);
    let body = vec![is("edge X Y"), inner, compare("K", Comparison::Greater, "0"), not("edge Y 1")];
    assert_eq!(one("out n", "out N", vec![fold("N", Fold::Sum, "K X Y", body)]), ["4"]);
}

#[test]
fn what_does_not_hold_is_not_brought_back_by_what_follows() {
    let counted = fold("N", Fold::Count, "X", vec![is("edge X _")]);
    let body = vec![is("off"), bind("S", call(Function::Upper, "'a")), counted];
    assert_eq!(one("out n", "out N", body), [""; 0]);
}

#[test]
fn texts_and_words_fold_too() {
    assert_eq!(one("out s", "out N", vec![fold("N", Fold::Max, "X", vec![is("name X")])]), ["a"]);
    assert_eq!(one("out y", "out N", vec![fold("N", Fold::Min, "X", vec![is("word X")])]), ["role"]);
}

#[test]
fn every_arity_has_its_rows() {
    for width in 0..=7 {
        let mut build = Build::default();
        let variables: Vec<String> = (0..width).map(|column| format!("X{column}")).collect();
        let types = "n".repeat(width);
        build.relation(&format!("a {types}")).relation(&format!("b {types}")).relation(&format!("c {types}"));
        let relation = build.id("a");
        for row in 0..300i64 {
            let values = (0..width as i64).map(|column| Value::Number((row * (column + 3)) % 70));
            build.row(relation, values.collect());
        }
        let terms = variables.join(" ");
        build.rule(&format!("b {terms}"), vec![is(&format!("a {terms}"))]);
        build.rule(&format!("c {terms}"), vec![is(&format!("b {terms}")), is(&format!("a {terms}"))]);
        let program = build.finish();
        let stated = rows(&program, "a");
        assert!(!stated.is_empty());
        assert_eq!(rows(&program, "b"), stated, "{width} columns");
        assert_eq!(rows(&program, "c"), stated, "{width} columns");
    }
}

#[test]
fn words_of_the_tests_are_values() {
    assert_eq!(value("'a"), Value::text("a"));
    assert_eq!(value(":a"), Value::symbol("a"));
    assert_eq!(value("-3"), Value::Number(-3));
}
