//! How long does an answer take once an estate is loaded, and how does it grow with the number of principals?
//!
//!     cargo bench --bench engine
//!
//! Sizes come from the seeded generator; `ENTAIL_BENCH_PRINCIPALS` names others than 2,000 and 20,000, separated by commas.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::PrincipalKind;

#[path = "generator/mod.rs"]
mod generator;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn sizes() -> Vec<usize> {
    let given = std::env::var("ENTAIL_BENCH_PRINCIPALS").unwrap_or_default();
    let sizes: Vec<usize> = given.split(',').filter_map(|size| size.trim().parse().ok()).collect();
    if sizes.is_empty() { vec![2_000, 20_000] } else { sizes }
}

fn engine_of(principals: usize) -> (tempfile::TempDir, Estate) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shape = generator::Shape {
        principals,
        accounts: (principals / 100).max(2),
        resources: principals / 2,
        seed: 1,
    };
    let estate = folder.path().join("estate");
    generator::generate(&shape, &estate).expect("the estate is written");
    let loaded = Estate::load(&estate, &LoadOptions::default()).expect("the estate loads");
    (folder, loaded)
}

fn answers(criterion: &mut Criterion) {
    for size in sizes() {
        let (_folder, estate) = engine_of(size);
        let engine = Engine::new(&estate, EngineOptions::default());
        engine.index();
        let buckets: Vec<String> = estate
            .resources
            .keys()
            .filter(|arn| arn.contains(":s3:::"))
            .map(|arn| format!("{arn}/a/b"))
            .take(500)
            .collect();
        let principals: Vec<_> = engine
            .facts()
            .principals
            .iter()
            .filter(|fact| matches!(fact.kind, PrincipalKind::User | PrincipalKind::Role))
            .map(|fact| fact.name.clone())
            .step_by(7)
            .collect();
        assert!(!buckets.is_empty() && !principals.is_empty(), "the estate has buckets and principals");

        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("point decision", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let question = Question::new(
                    &principals[next % principals.len()],
                    "s3:GetObject",
                    &buckets[next % buckets.len()],
                );
                black_box(engine.can(&question).map(|answer| answer.decided.decision))
            });
        });
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("who-can", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let question = Reverse {
                    action: "s3:GetObject".to_owned(),
                    resource: Some(buckets[next % buckets.len()].clone()),
                    ..Reverse::default()
                };
                black_box(engine.who_can(&question).map(|answer| answer.rows.len()))
            });
        });
    }
}

criterion_group!(benches, answers);
criterion_main!(benches);
