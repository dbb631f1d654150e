//! How many meets, memberships and look-ups of resource sets a second?

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use entail::region::resource::{Padding, Piece, ResourceIndex, ResourceSetId, ResourceSets};
use std::hint::black_box;

/// A small generator of numbers; the same every time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn entry(random: &mut Seeded) -> String {
    let (account, name) = (100_000_000_000 + random.below(200), random.below(2_000));
    match random.below(10) {
        0..3 => format!("arn:aws:s3:::bucket-{name}/*"),
        3 => format!("arn:aws:s3:::bucket-{name}"),
        4 => format!("arn:aws:dynamodb:us-east-1:{account}:table/t{name}"),
        5 => format!("arn:aws:sqs:*:{account}:queue-{name}"),
        6 => format!("arn:aws:iam::{account}:role/app/{name}/*"),
        7 => format!("arn:aws:ec2:*:{account}:instance/*"),
        8 => format!("arn:aws:logs:*:*:log-group:/app/{name}:*"),
        _ => format!("arn:aws:kms:eu-west-1:{account}:key/*"),
    }
}

/// As many sets as asked for, each of one to six entries.
fn generated(sets: &ResourceSets, random: &mut Seeded, count: usize) -> Vec<ResourceSetId> {
    let read = |text: String| sets.pattern(&[Piece::Text(&text)], Padding::PadAlways).expect("a pattern");
    (0..count)
        .map(|_| {
            let entries: Vec<ResourceSetId> = (0..=random.below(6)).map(|_| read(entry(random))).collect();
            sets.union_all(&entries)
        })
        .collect()
}

fn algebra(c: &mut Criterion) {
    let mut random = Seeded(7);
    let mut group = c.benchmark_group("resource_algebra");

    group.bench_function("pattern", |bench| {
        let sets = ResourceSets::new();
        let text = "arn:aws:dynamodb:us-east-1:111122223333:table/orders/index/*";
        bench.iter(|| sets.pattern(black_box(&[Piece::Text(text)]), Padding::PadAlways));
    });
    group.bench_function("union of 500 entries", |bench| {
        let sets = ResourceSets::new();
        let read = |text: String| sets.pattern(&[Piece::Text(&text)], Padding::PadAlways).expect("a pattern");
        let entries: Vec<ResourceSetId> = (0..500).map(|_| read(entry(&mut random))).collect();
        bench.iter(|| sets.union_all(black_box(&entries)));
    });
    for (name, repeats) in [("100,000 meets, all new", 1), ("100,000 meets, nine of ten repeated", 10)] {
        group.sample_size(10).bench_function(name, |bench| {
            bench.iter_batched(
                || {
                    let sets = ResourceSets::new();
                    let left = generated(&sets, &mut Seeded(11), 2_000 / repeats);
                    let right = generated(&sets, &mut Seeded(12), 50);
                    (sets, left, right)
                },
                |(sets, left, right)| {
                    for _ in 0..repeats {
                        for &a in &left {
                            for &b in &right {
                                black_box(sets.meet(a, b));
                            }
                        }
                    }
                    sets
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn questions(c: &mut Criterion) {
    let sets = ResourceSets::new();
    let mut random = Seeded(7);
    let all = generated(&sets, &mut random, 20_000);
    let arns: Vec<String> = (0..64).map(|_| entry(&mut random).replace('*', "x")).collect();
    let mut group = c.benchmark_group("resource_questions");

    group.bench_function("100,000 memberships", |bench| {
        bench.iter(|| {
            all.iter()
                .cycle()
                .zip(arns.iter().cycle())
                .take(100_000)
                .filter(|(set, arn)| sets.contains(**set, arn))
                .count()
        });
    });
    group.sample_size(10).bench_function("10,000 overlaps of wildcards, all new", |bench| {
        bench.iter_batched(
            || {
                let sets = ResourceSets::new();
                let read = |text: String| {
                    sets.pattern(&[Piece::Text(&text)], Padding::PadAlways).expect("a pattern")
                };
                let left: Vec<_> = (0..100).map(|n| read(format!("arn:aws:ec2:*:{n}:*/i-{n}*"))).collect();
                let right: Vec<_> =
                    (0..100).map(|n| read(format!("arn:aws:ec2:us-*:*:instance/*{n}"))).collect();
                (sets, left, right)
            },
            |(sets, left, right)| {
                let overlaps =
                    |&a: &ResourceSetId| right.iter().filter(|&&b| sets.overlaps(a, b) == Ok(true)).count();
                left.iter().map(overlaps).sum::<usize>()
            },
            criterion::BatchSize::PerIteration,
        );
    });
    for count in [1_000, 5_000, 20_000] {
        let index = ResourceIndex::new(&sets, &all[..count]);
        let scan: Vec<usize> = arns
            .iter()
            .map(|arn| all[..count].iter().filter(|&&set| sets.contains(set, arn)).count())
            .collect();
        let found: Vec<usize> = arns.iter().map(|arn| index.containing(&sets, arn).len()).collect();
        assert!(found.iter().zip(&scan).all(|(found, scan)| found <= scan && (*scan == 0) == (*found == 0)));
        let mut next = arns.iter().cycle();
        group.bench_with_input(BenchmarkId::new("look-up among sets", count), &count, |bench, _| {
            bench.iter(|| next.next().map(|arn| index.containing(&sets, arn)));
        });
    }
    group.bench_function("index of 20,000 sets", |bench| bench.iter(|| ResourceIndex::new(&sets, &all)));
    group.finish();
}

criterion_group!(benches, algebra, questions);
criterion_main!(benches);
