//! How long does it take to write the largest table of a report?

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use entail::output::{Column, ColumnData, Table, write_parquet};

/// A table like `permissions` of an organisation with 20,000 principals at the last size.
fn permissions(rows: u32) -> Table {
    let mixed = |row: u32, range: u32| (row.wrapping_mul(2_654_435_761) >> 7) % range;
    let column =
        |name, value: &dyn Fn(u32) -> u32| Column::new(name, ColumnData::U32((0..rows).map(value).collect()));
    let conditions = (0..rows).map(|row| (mixed(row, 3) == 0).then(|| mixed(row, 50_000))).collect();
    let columns = vec![
        column("principal", &|row| row / 30),
        column("action_set", &|row| mixed(row, 1_750)),
        column("resource_set", &|row| mixed(row ^ 77, 20_000)),
        column("owner_set", &|row| row / 3_000),
        Column::new("condition", ColumnData::OptionU32(conditions)),
        column("statement_set", &|row| mixed(row ^ 13, 60_000)),
    ];
    Table::new("permissions", columns).expect("columns of one length")
}

fn parquet(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write_parquet/permissions");
    for rows in [6_000, 60_000, 600_000] {
        let table = permissions(rows);
        group.throughput(Throughput::Elements(u64::from(rows)));
        group.bench_with_input(BenchmarkId::from_parameter(rows), &table, |bencher, table| {
            bencher.iter(|| {
                let mut file = Vec::new();
                write_parquet(table, &mut file).expect("memory takes everything");
                black_box(file.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parquet);
criterion_main!(benches);
