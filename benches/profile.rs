//! Where does the time go? Runs the stages of a report one after the other on an estate and prints seconds for each.
//!
//!     cargo run --release --example profile -- ESTATE [THREADS]
#![expect(clippy::print_stdout, reason = "a measuring program prints what it measured")]

use std::path::PathBuf;
use std::time::Instant;

use entail::answers::{Context, Engine, EngineOptions, Question, Reverse};
use entail::estate::{Estate, LoadOptions};
use entail::facts::{Assumptions, PrincipalId};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Actions whose access to all resources is timed, each by itself.
const ACCESSED: [&str; 12] = [
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreateAccessKey",
    "iam:AddUserToGroup",
    "iam:CreatePolicyVersion",
    "lambda:UpdateFunctionCode",
    "lambda:InvokeFunction",
    "s3:PutBucketPolicy",
    "kms:Decrypt",
    "organizations:LeaveOrganization",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        println!("usage: profile ESTATE [THREADS]");
        return;
    };
    if let Some(threads) = arguments.next().and_then(|text| text.parse().ok()) {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("the first pool");
    }
    let start = Instant::now();
    let mut last = start;
    let mut stage = |name: &str| {
        let now = Instant::now();
        println!("{name:24} {:8.3} s   {:6} MB", (now - last).as_secs_f64(), resident());
        last = now;
    };
    entail::catalog::Catalog::embedded();
    stage("catalog");
    let estate = Estate::load(&folder, &LoadOptions::default()).expect("the estate loads");
    stage("load");
    let assumptions = Assumptions { now: Some(1_800_000_000), ..Assumptions::default() };
    let engine = Engine::new(&estate, EngineOptions { assumptions, only: None });
    stage("facts");
    engine.sides().make_all(engine.facts());
    stage("sides");
    let permissions = engine.permissions();
    stage("permissions");
    let all: Vec<PrincipalId> = (0..engine.facts().principals.len() as u32).map(PrincipalId).collect();
    let mut rows = Vec::new();
    for &id in &all {
        engine.permissions_of(&permissions, id, &mut rows);
    }
    stage("rows, one thread");
    let tables = entail::output::views::report_tables(&engine, &all).expect("the tables fit");
    stage("tables");
    let report = engine.report(&all);
    stage("summaries");
    engine.index();
    stage("index");
    println!("principals {}, rows {}, tables {}", report.summaries.len(), rows.len(), tables.len());

    for action in ACCESSED {
        let access = engine.access(action, &Context::new()).expect("an action");
        let pairs: usize = access.cells.iter().map(|cell| cell.principals.len() * cell.resources.len()).sum();
        stage(action);
        println!("{:24} cells {}, pairs {pairs}", "", access.cells.len());
    }
    for action in
        ["lambda:CreateFunction", "ec2:RunInstances", "cloudformation:CreateStack", "iam:CreateRole"]
    {
        let (_, found) = engine.access_somewhere(action, &Context::new()).expect("an action");
        stage(&format!("{action} somewhere"));
        println!("{:24} answers {}", "", found.len());
    }
    let hops = engine.hops();
    stage("hops");
    println!("{:24} hops {}", "", hops.all().len());

    let resources: Vec<String> = estate
        .resources
        .keys()
        .filter(|arn| arn.contains(":s3:::"))
        .map(|arn| format!("{arn}/a/b"))
        .take(200)
        .collect();
    let mut found = 0;
    for resource in &resources {
        let question = Reverse {
            action: "s3:GetObject".to_owned(),
            resource: Some(resource.clone()),
            ..Reverse::default()
        };
        found += engine.who_can(&question).map(|answer| answer.rows.len()).unwrap_or_default();
    }
    stage("who-can × 200");
    println!("rows {found}");
    let mut allowed = 0;
    let names: Vec<_> = all.iter().step_by(20).map(|&id| engine.facts().principal(id).name.clone()).collect();
    for (index, name) in names.iter().enumerate() {
        if let Some(resource) = resources.get(index % resources.len().max(1)) {
            let answer = engine.can(&Question::new(name, "s3:GetObject", resource));
            allowed += usize::from(answer.is_ok_and(|answer| answer.decided.decision.may_be_allowed()));
        }
    }
    stage(&format!("can × {}", names.len()));
    println!("allowed {allowed}");
    println!("{:24} {:8.3} s", "all", start.elapsed().as_secs_f64());
}

/// The resident memory of the process in megabytes, where the system says.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default() / 1024
}
