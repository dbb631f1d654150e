//! How long do rule files take to read and check, and the shipped packs to run?
//!
//!     cargo bench --bench rules -- parser
//!
//! `packs` asks an engine that is loaded, and asks it anew each time: what packs share is not counted twice, and nothing is left from
//! the run before. Principals come from the seeded generator; `ENTAIL_BENCH_PRINCIPALS` names another number than 2,000.

use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use entail::answers::{Engine, EngineOptions};
use entail::datalog::check::{Checked, Files, Root, read};
use entail::datalog::engine::{Limits, Options, run};
use entail::datalog::packs::{PARTS, SHIPPED};
use entail::datalog::relations::{OfEstate, offers};
use entail::datalog::text::parse;
use entail::estate::{Estate, LoadOptions};

#[path = "generator/mod.rs"]
mod generator;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The packs, and no other files.
struct Packs(Vec<(&'static str, &'static str)>);

impl Packs {
    fn new() -> Self {
        Self(SHIPPED.iter().chain(PARTS).map(|pack| (pack.name, pack.text)).collect())
    }
}

impl Files for Packs {
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Err(io::Error::other(format!("{} is no pack", path.display())))
    }

    fn packs(&self) -> &[(&str, &str)] {
        &self.0
    }
}

fn checked(pack: &str) -> Checked {
    let root = Root::Path(format!("entail:{pack}").into());
    match read(&[root], &Packs::new(), offers()) {
        Ok(checked) => checked,
        Err(problems) => unreachable!("{pack} has {} mistakes", problems.len()),
    }
}

fn parser(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parser");
    let shipped: String = SHIPPED.iter().chain(PARTS).map(|pack| pack.text).collect();
    for times in [1, 10, 100] {
        let text = shipped.repeat(times);
        assert!(parse(&text).problems.is_empty(), "the packs are read without mistakes");
        group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(times), |bencher| {
            bencher.iter(|| parse(black_box(&text)));
        });
    }
    group.finish();
}

fn checker(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checker");
    for pack in SHIPPED {
        assert!(!checked(pack.name).findings.is_empty(), "{} finds something", pack.name);
        group.sample_size(10).bench_function(pack.name, |bencher| bencher.iter(|| checked(pack.name)));
    }
    group.finish();
}

fn packs(criterion: &mut Criterion) {
    let given = std::env::var("ENTAIL_BENCH_PRINCIPALS").unwrap_or_default();
    let principals = given.trim().parse().unwrap_or(2_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let accounts = (principals / 100).max(2);
    let shape = generator::Shape { principals, accounts, resources: principals / 2, seed: 1 };
    let estate = folder.path().join("estate");
    generator::generate(&shape, &estate).expect("the estate is written");
    let estate = Estate::load(&estate, &LoadOptions::default()).expect("the estate loads");
    let engine = Engine::new(&estate, EngineOptions::default());
    let mut group = criterion.benchmark_group("packs");
    group.sample_size(10);
    for pack in SHIPPED {
        let checked = checked(pack.name);
        let wanted =
            checked.findings.iter().flat_map(|finding| [finding.relation, finding.details]).collect();
        let now = "2026-11-29T00:00:00Z".parse().expect("a time");
        let options = Options { now, wanted: Some(wanted), explained: false };
        let found = || -> usize {
            let given = OfEstate::new(&engine);
            let derived = run(&checked.program, &given, &Limits::default(), &options).expect("it runs");
            checked.findings.iter().map(|finding| derived.len(finding.relation)).sum()
        };
        let count = found();
        assert_eq!(found(), count, "{} finds the same again", pack.name);
        group.bench_function(BenchmarkId::new(pack.name, principals), |bencher| bencher.iter(found));
    }
    group.finish();
}

criterion_group!(benches, parser, checker, packs);
criterion_main!(benches);
