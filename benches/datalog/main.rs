//! How fast does the engine derive tuples, beside the same programs compiled by crepe and by ascent?
//!
//!     cargo bench --bench datalog
//!
//! One thread, the same hasher, numbers as values. What is given goes through our interner while the clock runs. `plan` asks how long a
//! run of many small rules takes, most of which is planning.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use entail::datalog::engine::{Limits, Options, run};

mod compiled;
mod data;
mod programs;

use data::Input;
use programs::Case;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn ours(case: &Case) -> usize {
    let derived = run(&case.program, &case.given, &Limits::default(), &Options::default()).expect("it runs");
    case.counted.iter().map(|&relation| derived.len(relation)).sum()
}

fn compare(
    criterion: &mut Criterion,
    name: &str,
    input: &Input,
    case: &Case,
    crepe: fn(&Input) -> usize,
    ascent: fn(&Input) -> usize,
) {
    let tuples = ours(case);
    assert_eq!(tuples, crepe(input), "{name}: crepe derives as many");
    assert_eq!(tuples, ascent(input), "{name}: ascent derives as many");
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(tuples as u64));
    group.bench_function("entail", |bencher| bencher.iter(|| ours(black_box(case))));
    group.bench_function("crepe", |bencher| bencher.iter(|| crepe(black_box(input))));
    group.bench_function("ascent", |bencher| bencher.iter(|| ascent(black_box(input))));
    group.finish();
}

fn engines(criterion: &mut Criterion) {
    let input = data::graph(2_000, 100_000);
    let case = programs::closure(&input);
    compare(
        criterion,
        "transitive-closure",
        &input,
        &case,
        compiled::closure::crepe,
        compiled::closure::ascent,
    );
    let input = data::layers(10, 400, 2);
    let case = programs::generation(&input);
    compare(
        criterion,
        "same-generation",
        &input,
        &case,
        compiled::generation::crepe,
        compiled::generation::ascent,
    );
    let input = data::code(6_000, 2_000);
    let case = programs::points_to(&input);
    compare(criterion, "points-to", &input, &case, compiled::points_to::crepe, compiled::points_to::ascent);
}

fn planner(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    for rules in [100, 1_000] {
        let case = programs::many_rules(rules);
        assert_eq!(ours(&case), rules, "each rule derives a row");
        group.throughput(Throughput::Elements(rules as u64));
        group.bench_function(rules.to_string(), |bencher| bencher.iter(|| ours(black_box(&case))));
    }
    group.finish();
}

criterion_group!(benches, engines, planner);
criterion_main!(benches);
