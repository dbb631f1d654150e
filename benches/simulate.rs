//! How many scenarios a second are decided, where policies repeat and where none does.
//!
//!     cargo bench --bench simulate
//!
//! The scenarios are the tables in `tests/cases`, repeated. Reading, deciding and writing the answers on all threads is what is
//! measured, as `entail simulate` does it.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const REPEATING: usize = 200_000;
const DISTINCT: usize = 60_000;

fn tables() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the tables are there")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let text = |file: &PathBuf| std::fs::read_to_string(file).expect("a table can be read");
    files.iter().flat_map(|file| text(file).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The lines over and over; where `distinct`, every document with an `Id` of its own.
fn repeated(lines: &[String], count: usize, distinct: bool) -> String {
    let mut text = String::new();
    for (number, line) in (0..count).zip(lines.iter().cycle()) {
        match distinct {
            false => text.push_str(line),
            true => {
                let mut documents = 0;
                for (index, piece) in line.split(r#"{"Version""#).enumerate() {
                    if index > 0 {
                        documents += 1;
                        let _ = write!(text, r#"{{"Id": "{number}-{documents}", "Version""#);
                    }
                    text.push_str(piece);
                }
            }
        }
        text.push('\n');
    }
    text
}

fn simulate(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines = tables();
    let mut group = criterion.benchmark_group("simulate");
    group.sample_size(10);
    for (name, count, distinct) in [("repeating", REPEATING, false), ("distinct", DISTINCT, true)] {
        let file = folder.path().join(name);
        std::fs::write(&file, repeated(&lines, count, distinct)).expect("the scenarios are written");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut entail = Command::new(env!("CARGO_BIN_EXE_entail"));
                black_box(entail.arg("simulate").arg(&file).output().expect("it runs"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, simulate);
criterion_main!(benches);
