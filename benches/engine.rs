//! How long does an answer take once an estate is loaded, and how does it grow with the number of principals?
//!
//!     cargo bench --bench engine
//!
//! Sizes come from the seeded generator; `ENTAIL_BENCH_PRINCIPALS` names others than 2,000 and 20,000, separated by commas.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use entail::answers::chains::Direction;
use entail::answers::{Asked, Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions, Principal, Target};
use entail::facts::{Assumptions, PrincipalKind};
use entail::output::views::BecomeViews;

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

/// What one principal can do, as a document.
fn documents(criterion: &mut Criterion) {
    for size in sizes() {
        let (_folder, estate) = engine_of(size);
        let assumptions = Assumptions::default().without_context();
        let engine = Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() });
        let principals: Vec<_> =
            estate.principals().map(|principal| principal.arn().to_string()).step_by(7).collect();
        let asked = |number: usize| Asked {
            principal: principals[number % principals.len()].clone(),
            ..Asked::default()
        };
        // What resources say of everybody is read once.
        let statements = |number: usize| engine.what_can(&asked(number)).map(|found| found.statements.len());
        assert!(
            (0..10).any(|number| statements(number).is_ok_and(|count| count > 0)),
            "somebody can do something"
        );
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("what-can", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                black_box(statements(next))
            });
        });
    }
}

/// One edit, and the engine that follows it with one answer asked of it.
fn edits(criterion: &mut Criterion) {
    for size in sizes() {
        let (_folder, estate) = engine_of(size);
        let engine = Engine::new(&estate, EngineOptions::default());
        engine.index();
        let roles: Vec<String> = estate
            .principals()
            .map(|principal| principal.arn().to_string())
            .filter(|arn| arn.contains(":role/"))
            .step_by(7)
            .collect();
        let bucket =
            estate.resources.keys().find(|arn| arn.contains(":s3:::")).expect("a bucket").to_string();
        let texts = ["s3:GetObject", "s3:PutObject"].map(|action| {
            format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#)
        });
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("one role's policy", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let role = &roles[next % roles.len()];
                let edited = estate.with_inline(role, "edited", &texts[next % 2]).expect("the role is there");
                let engine = engine.edited(&edited);
                let question = Question::new(role, "s3:GetObject", &format!("{bucket}/a"));
                black_box(engine.can(&question).map(|answer| answer.decided.decision)).is_ok()
            });
        });
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("one bucket's policy, who-can", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let text = format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"s3:GetObject","Resource":"{bucket}/*"}}}}"#,
                    roles[next % roles.len()]
                );
                let edited = estate.with_resource_policy(&bucket, Some(&text)).expect("an ARN");
                let engine = engine.edited(&edited);
                let question = Reverse {
                    action: "s3:GetObject".to_owned(),
                    resource: Some(format!("{bucket}/a")),
                    ..Reverse::default()
                };
                black_box(engine.who_can(&question).map(|rows| rows.rows.len())).is_ok()
            });
        });
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("one role more", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let Some(Principal::Role(role)) = estate.principal(&roles[next % roles.len()]) else {
                    return false;
                };
                let (mut role, name) = ((**role).clone(), format!("newcomer{next}"));
                role.identity.arn = format!("arn:aws:iam::{}:role/{name}", role.identity.account).into();
                role.identity.name = name.as_str().into();
                let edited = estate.with_role(role.clone()).expect("the account is there");
                let engine = engine.edited(&edited);
                let question = Question::new(&role.identity.arn, "s3:GetObject", &format!("{bucket}/a"));
                black_box(engine.can(&question).map(|answer| answer.decided.decision)).is_ok()
            });
        });
        let organization = estate.organizations.keys().next().expect("an organisation").clone();
        let scp = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}}"#;
        let root =
            estate.organizations.values().flat_map(|one| one.roots()).next().expect("a root").id.clone();
        let account = estate.accounts.keys().next().copied().expect("an account");
        for (name, target) in [("account", Target::Account(account)), ("root", Target::Node(root))] {
            let id = BenchmarkId::new(format!("one SCP more of the {name}"), size);
            let mut next = 0;
            criterion.bench_with_input(id, &size, |bencher, _| {
                bencher.iter(|| {
                    next += 1;
                    let edited = estate.with_scp(&organization, "p-new".into(), scp, [target.clone()]);
                    let engine = engine.edited(&edited.expect("the organisation is there"));
                    let question =
                        Question::new(&roles[next % roles.len()], "s3:GetObject", &format!("{bucket}/a"));
                    black_box(engine.can(&question).map(|answer| answer.decided.decision)).is_ok()
                });
            });
        }
        let mut next = 0;
        criterion.bench_with_input(BenchmarkId::new("one role gone", size), &size, |bencher, _| {
            bencher.iter(|| {
                next += 1;
                let edited = estate.without_principal(&roles[next % roles.len()]).expect("the role is there");
                let engine = engine.edited(&edited);
                let question =
                    Question::new(&roles[(next + 1) % roles.len()], "s3:GetObject", &format!("{bucket}/a"));
                black_box(engine.can(&question).map(|answer| answer.decided.decision)).is_ok()
            });
        });
    }
}

/// All hops of an estate, and the ways from and to principals once they are there.
fn hops(criterion: &mut Criterion) {
    for size in sizes() {
        let (_folder, estate) = engine_of(size);
        let engine = Engine::new(&estate, EngineOptions::default());
        engine.index();
        let mut group = criterion.benchmark_group("become");
        group.sample_size(10);
        group.bench_with_input(BenchmarkId::new("all hops", size), &size, |bencher, _| {
            bencher.iter(|| black_box(engine.hops().all().len()));
        });
        let hops = engine.hops();
        let ends: Vec<_> = hops.all().iter().map(|hop| (hop.from, hop.to)).step_by(7).collect();
        assert!(!ends.is_empty(), "the estate has hops");
        for direction in [Direction::From, Direction::To] {
            let mut next = 0;
            let name = format!("{direction:?}");
            group.bench_with_input(BenchmarkId::new(name, size), &size, |bencher, _| {
                bencher.iter(|| {
                    next += 1;
                    let (from, to) = ends[next % ends.len()];
                    let end = if direction == Direction::From { from } else { to };
                    let ways = hops.ways(end, direction, None);
                    let answer = BecomeViews::new(&engine, &hops, false).ways(&ways, &|_| true);
                    black_box(answer.rows.len())
                });
            });
        }
        group.finish();
    }
}

/// Roles of one account that all trust each other by name.
fn complete(criterion: &mut Criterion) {
    const ROLES: usize = 1_000;
    const ACCOUNT: &str = "111111111111";
    let arn = |role: usize| format!("arn:aws:iam::{ACCOUNT}:role/r{role}");
    let role = |number: usize| {
        let others: Vec<String> = (0..ROLES).filter(|other| *other != number).map(arn).collect();
        serde_json::json!({
            "Arn": arn(number), "RoleName": format!("r{number}"), "Path": "/", "RoleId": format!("AROA{number:016}"),
            "RolePolicyList": [], "AttachedManagedPolicies": [], "Tags": [],
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": others}, "Action": "sts:AssumeRole"}]},
        })
    };
    let details = serde_json::json!({
        "UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": (0..ROLES).map(role).collect::<Vec<_>>(),
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let account = folder.path().join("accounts").join(ACCOUNT);
    std::fs::create_dir_all(&account).expect("a folder");
    std::fs::write(account.join("authorization-details.json"), details.to_string()).expect("a file");
    let estate = Estate::load(folder.path(), &LoadOptions::default()).expect("the estate loads");
    let mut group = criterion.benchmark_group("become");
    group.sample_size(10);
    group.bench_function("a complete graph of 1,000 roles", |bencher| {
        bencher.iter(|| {
            let engine = Engine::new(&estate, EngineOptions::default());
            let hops = engine.hops();
            black_box(engine.overview(&hops).cycles.len())
        });
    });
    group.finish();
}

criterion_group!(benches, answers, documents, edits, hops, complete);
criterion_main!(benches);
