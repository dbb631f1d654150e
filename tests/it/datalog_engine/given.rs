//! Relations from outside.

use std::sync::Mutex;

use entail::datalog::engine::{
    Accepts, Because, Bound, Given, GivenError, Limits, Offer, Options, Rows, RunErrorKind, run,
};
use entail::datalog::program::{Fold, Program, RelationId};
use entail::datalog::text::{Column, Declaration, Type, Value};
use entail::document::{Span, Spanned};

use super::build::{Build, L, compare, fold, is, not};

/// The columns of a question, and its tuples.
type Asked = (Vec<usize>, Vec<Vec<Value>>);

/// `can(who, what, where)`, of numbers; it needs `what`, and takes `who` with it. Remembers what it was asked.
struct Estate {
    offers: Vec<Offer>,
    can: Vec<[i64; 3]>,
    asked: Mutex<Vec<Asked>>,
}

fn offer(name: &str, width: usize, accepts: Vec<Accepts>) -> Offer {
    let named = |name: &str| Spanned::new(name.into(), Span::default());
    let column = |column: usize| Column {
        name: named(&format!("c{column}")),
        of: Spanned::new(Type::Number, Span::default()),
    };
    let columns = (0..width).map(column).collect();
    let declaration = Declaration { docs: Vec::new(), name: named(name), columns };
    Offer { declaration, accepts, instead_of_not: None, dear: Vec::new() }
}

fn accepts_all() -> Accepts {
    Accepts { columns: Vec::new(), rows: 3 }
}

fn estate() -> Estate {
    let accepts = |columns: &[usize], rows: u64| Accepts { columns: columns.to_vec(), rows };
    Estate {
        offers: vec![
            offer("can", 3, vec![accepts(&[1], 100), accepts(&[0, 1], 50)]),
            offer("user", 1, vec![accepts(&[], 3)]),
            offer("broken", 1, vec![accepts(&[], 1)]),
        ],
        can: vec![[1, 10, 100], [1, 10, 101], [2, 10, 100], [2, 11, 100], [3, 12, 102]],
        asked: Mutex::default(),
    }
}

impl Given for Estate {
    fn offers(&self) -> &[Offer] {
        &self.offers
    }

    fn rows(&self, offer: usize, bound: &Bound) -> Result<Rows, GivenError> {
        let mut rows = Rows::new(self.offers[offer].declaration.columns.len());
        match offer {
            0 => {
                let tuples: Vec<Vec<Value>> = bound.tuples().map(<[Value]>::to_vec).collect();
                for row in self.can.map_numbers() {
                    let asked: Vec<Value> =
                        bound.columns().iter().map(|&column| row[column].clone()).collect();
                    if tuples.contains(&asked) {
                        rows.push(row);
                    }
                }
                self.asked.lock().expect("no panic").push((bound.columns().to_vec(), tuples));
            }
            1 if rows.width() == 2 => (1..=3).for_each(|user| {
                let dear = if bound.spared().is_empty() { 10 * user } else { 0 };
                rows.push([Value::Number(user), Value::Number(dear)]);
            }),
            1 => (1..=3).for_each(|user| rows.push([Value::Number(user)])),
            _ => return Err(GivenError::new("it is broken")),
        }
        Ok(rows)
    }
}

trait Numbers {
    fn map_numbers(&self) -> Vec<Vec<Value>>;
}

impl Numbers for Vec<[i64; 3]> {
    fn map_numbers(&self) -> Vec<Vec<Value>> {
        self.iter().map(|row| row.iter().copied().map(Value::Number).collect()).collect()
    }
}

fn program(head: &str, body: Vec<L>) -> Program {
    let mut build = Build::default();
    for relation in ["can nnn", "user n", "broken n", "action n"] {
        build.relation(relation);
    }
    build.relation(&format!("out {}", "n".repeat(head.split_whitespace().count() - 1)));
    for fact in ["action 10", "action 11", "action 99"] {
        build.fact(fact);
    }
    build.rule(head, body);
    build.finish()
}

fn numbers(rows: Vec<Vec<Value>>) -> Vec<Vec<i64>> {
    let number = |value: Value| match value {
        Value::Number(number) => number,
        other => unreachable!("{other:?} is a number"),
    };
    rows.into_iter().map(|row| row.into_iter().map(number).collect()).collect()
}

fn out(program: &Program, estate: &Estate) -> Vec<Vec<i64>> {
    let derived = run(program, estate, &Limits::default(), &Options::default()).expect("it runs");
    numbers(derived.rows(program.relation_named("out").expect("out")))
}

#[test]
fn a_constant_is_asked_once_for_everybody() {
    let estate = estate();
    let program = program("out P R", vec![is("user P"), is("can P 10 R")]);
    assert_eq!(out(&program, &estate), [[1, 100], [1, 101], [2, 100]]);
    let asked = estate.asked.lock().expect("no panic");
    assert_eq!(*asked, [(vec![1], vec![vec![Value::Number(10)]])]);
}

#[test]
fn a_batch_is_asked_in_one_call_and_nothing_twice() {
    let estate = estate();
    let program = program(
        "out A P Q",
        vec![
            is("action A"),
            is("can P A R"),
            is("can Q A R"),
            compare("P", entail::datalog::program::Comparison::Less, "Q"),
        ],
    );
    assert_eq!(out(&program, &estate), [[10, 1, 2]]);
    let asked = estate.asked.lock().expect("no panic");
    let mut tuples: Vec<_> =
        asked.iter().flat_map(|(columns, tuples)| tuples.iter().map(move |tuple| (columns, tuple))).collect();
    let count = tuples.len();
    tuples.sort();
    tuples.dedup();
    assert_eq!(tuples.len(), count, "{asked:?}");
    assert_eq!(asked[0].1.len(), 3, "all actions in one call");
}

#[test]
fn questions_come_before_products() {
    let estate = estate();
    let mut build = Build::default();
    build.relation("can nnn").relation("action n").relation("some n").relation("out nn");
    for action in 10..50 {
        build.fact(&format!("action {action}"));
    }
    for principal in 1..1000 {
        build.fact(&format!("some {principal}"));
    }
    build.rule("out P R", vec![is("action A"), is("some P"), is("can P A R")]);
    assert_eq!(out(&build.finish(), &estate), [[1, 100], [1, 101], [2, 100], [3, 102]]);
    let asked = estate.asked.lock().expect("no panic");
    let shape: Vec<_> = asked.iter().map(|(columns, tuples)| (&columns[..], tuples.len())).collect();
    assert_eq!(shape, [(&[1][..], 40)], "each action once, for everybody");
}

#[test]
fn dear_columns_are_spared_where_nobody_reads_them() {
    let mut estate = estate();
    estate.offers[1] = Offer { dear: vec![1], ..offer("user", 2, vec![accepts_all()]) };
    let mut build = Build::default();
    build.relation("can nnn").relation("user nn").relation("broken n").relation("out n");
    build.rule("out X", vec![is("user X _")]);
    let program = build.finish();
    let rows = |wanted: &[u32], explained: bool| {
        let wanted = Some(wanted.iter().copied().map(RelationId).collect());
        let options = Options { wanted, explained, ..Options::default() };
        let derived = run(&program, &estate, &Limits::default(), &options).expect("it runs");
        numbers(derived.rows(RelationId(1)))
    };
    assert_eq!(rows(&[3], false), [[1, 0], [2, 0], [3, 0]]);
    assert_eq!(rows(&[3], true), [[1, 10], [2, 20], [3, 30]]);
    assert_eq!(rows(&[1, 3], false), [[1, 10], [2, 20], [3, 30]]);
}

#[test]
fn absence_is_asked_for_too() {
    let estate = estate();
    let body = vec![is("user P"), is("action A"), not("can P A _")];
    assert_eq!(
        out(&program("out P A", body), &estate),
        [[1, 11], [1, 99], [2, 99], [3, 10], [3, 11], [3, 99]]
    );
    let counted = vec![is("action A"), fold("N", Fold::Count, "P", vec![is("can P A _")])];
    assert_eq!(out(&program("out A N", counted), &estate), [[10, 2], [11, 1], [99, 0]]);
}

#[test]
fn what_needs_a_column_says_so() {
    let estate = estate();
    let program = program("out P R", vec![is("user P"), is("can P A R")]);
    let Err(error) = run(&program, &estate, &Limits::default(), &Options::default()) else {
        unreachable!("`can` needs its action")
    };
    insta::assert_snapshot!(error, @"`can` needs `c1`, or `c0` and `c1`, in the rule `out P R`");
    insta::assert_snapshot!(error.help().expect("help"), @"bind `c1`, or `c0` and `c1`");
}

#[test]
fn errors_from_outside_name_the_relation() {
    let estate = estate();
    let program = program("out P", vec![is("broken P")]);
    let Err(error) = run(&program, &estate, &Limits::default(), &Options::default()) else {
        unreachable!("it is broken")
    };
    insta::assert_snapshot!(error, @"`broken` can't be read: it is broken");
}

#[test]
fn only_what_is_wanted_is_read() {
    let estate = estate();
    let mut build = Build::default();
    build.relation("user n").relation("broken n").relation("a n").relation("b n");
    build.rule("a X", vec![is("user X")]).rule("b X", vec![is("broken X")]);
    let program = build.finish();
    let options = Options { wanted: Some(vec![RelationId(2)]), ..Options::default() };
    let derived = run(&program, &estate, &Limits::default(), &options).expect("it runs");
    assert_eq!(derived.len(RelationId(2)), 3);
    assert!(derived.is_empty(RelationId(3)));
}

#[test]
fn rules_and_facts_add_to_what_is_given_whole() {
    let estate = estate();
    let mut build = Build::default();
    build
        .relation("user n")
        .relation("more n")
        .fact("user 7")
        .fact("more 8")
        .rule("user X", vec![is("more X")]);
    let program = build.finish();
    let derived = run(&program, &estate, &Limits::default(), &Options::default()).expect("it runs");
    assert_eq!(numbers(derived.rows(RelationId(0))), [[1], [2], [3], [7], [8]]);
    let because = |number: i64| {
        let derivation = derived.why(RelationId(0), &[Value::Number(number)]).expect("the replay ends");
        derivation.expect("the row is there").rows[0].because.clone()
    };
    assert_eq!(because(2), Because::Given);
    assert!(matches!(because(7), Because::Stated(_)));
    assert!(matches!(because(8), Because::Rule { .. }));
}

#[test]
fn rules_add_nothing_to_what_answers_questions() {
    let estate = estate();
    let mut build = Build::default();
    build.relation("can nnn").relation("user n").rule("can X X X", vec![is("user X")]);
    let program = build.finish();
    let Err(error) = run(&program, &estate, &Limits::default(), &Options::default()) else {
        unreachable!("`can` is not derived")
    };
    insta::assert_snapshot!(error, @"`can` answers questions and can't be derived by rules or stated");
}

#[test]
fn a_relation_must_have_the_columns_that_the_program_says() {
    let estate = estate();
    let mut build = Build::default();
    build.relation("user s").relation("a s").rule("a X", vec![is("user X")]);
    let Err(error) = run(&build.finish(), &estate, &Limits::default(), &Options::default()) else {
        unreachable!("`user` is of numbers")
    };
    assert!(matches!(error.kind, RunErrorKind::Columns { .. }));
}

#[test]
fn derivations_end_at_answers() {
    let estate = estate();
    let program = program("out P R", vec![is("user P"), is("can P 11 R")]);
    let derived = run(&program, &estate, &Limits::default(), &Options::default()).expect("it runs");
    let out = program.relation_named("out").expect("out");
    let derivation = derived.why(out, &[Value::Number(2), Value::Number(100)]).expect("the replay ends");
    let derivation = derivation.expect("the row is there");
    assert_eq!(derivation.rows.len(), 3);
    assert!(derivation.rows[1..].iter().all(|row| row.because == Because::Given));
}
