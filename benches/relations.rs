//! How long do programs wait for what they read? Asks an estate for relations one after the other and prints seconds for each.
//!
//!     cargo run --release --example relations -- ESTATE
#![expect(clippy::print_stdout, reason = "a measuring program prints what it measured")]

use std::path::PathBuf;
use std::time::Instant;

use entail::answers::{Engine, EngineOptions};
use entail::datalog::engine::{Bound, Given, Rows};
use entail::datalog::relations::{OfEstate, offers};
use entail::datalog::text::Value;
use entail::estate::{Estate, LoadOptions};
use entail::facts::Assumptions;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Too long to be read whole by rules that care for time.
const LEFT_OUT: [&str; 1] = ["permitted"];

/// Actions on resources that an estate names.
const ON_KNOWN: [&str; 24] = [
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteAccessKey",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "iam:UpdateSAMLProvider",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "ssm:SendCommand",
    "ssm:StartSession",
    "ecs:ExecuteCommand",
    "codebuild:StartBuild",
    "cloudformation:UpdateStack",
    "glue:UpdateDevEndpoint",
];

/// Actions that make something, or do it somewhere.
const SOMEWHERE: [&str; 40] = [
    "apprunner:CreateService",
    "autoscaling:CreateAutoScalingGroup",
    "batch:RegisterJobDefinition",
    "batch:SubmitJob",
    "cloudformation:CreateChangeSet",
    "cloudformation:CreateStack",
    "cloudformation:CreateStackSet",
    "cloudformation:ExecuteChangeSet",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "codebuild:CreateProject",
    "codebuild:StartBuild",
    "config:StopConfigurationRecorder",
    "datapipeline:CreatePipeline",
    "ec2:CreateFleet",
    "ec2:CreateLaunchTemplate",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ecs:CreateService",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "elasticmapreduce:RunJobFlow",
    "glue:CreateDevEndpoint",
    "glue:CreateJob",
    "glue:StartJobRun",
    "guardduty:DeleteDetector",
    "iam:CreateRole",
    "iam:CreateUser",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "organizations:LeaveOrganization",
    "s3:PutBucketPolicy",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateTrainingJob",
    "secretsmanager:PutResourcePolicy",
    "sqs:SetQueueAttributes",
    "states:CreateStateMachine",
];

/// Services that roles are passed to.
const SERVICES: [&str; 24] = [
    "apprunner.amazonaws.com",
    "batch.amazonaws.com",
    "bedrock-agentcore.amazonaws.com",
    "braket.amazonaws.com",
    "cloudformation.amazonaws.com",
    "codebuild.amazonaws.com",
    "codepipeline.amazonaws.com",
    "datapipeline.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "elasticmapreduce.amazonaws.com",
    "emr-serverless.amazonaws.com",
    "gamelift.amazonaws.com",
    "glue.amazonaws.com",
    "imagebuilder.amazonaws.com",
    "kinesisanalytics.amazonaws.com",
    "lambda.amazonaws.com",
    "omics.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "spotfleet.amazonaws.com",
    "ssm.amazonaws.com",
    "states.amazonaws.com",
    "tasks.apprunner.amazonaws.com",
];

fn main() {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        println!("usage: relations ESTATE");
        return;
    };
    let start = Instant::now();
    let mut last = start;
    let mut stage = |name: &str, rows: usize| {
        let now = Instant::now();
        println!("{name:24} {:8.3} s   {:6} MB   {rows:8} rows", (now - last).as_secs_f64(), resident());
        last = now;
    };
    let estate = Estate::load(&folder, &LoadOptions::default()).expect("the estate loads");
    stage("load", 0);
    let assumptions = Assumptions { now: Some(1_800_000_000), ..Assumptions::default() };
    let engine = Engine::new(&estate, EngineOptions { assumptions, ..EngineOptions::default() });
    engine.sides().make_all(engine.facts());
    stage("engine", 0);
    let given = OfEstate::new(&engine);
    let ask = |relation: &str, columns: &[usize], tuples: Rows| {
        let place = offers().iter().position(|offer| &*offer.declaration.name.value == relation);
        let bound = Bound::new(columns.to_vec(), tuples);
        given.rows(place.expect("the relation is offered"), &bound).expect("rows")
    };
    let texts = |texts: &[&str]| {
        let mut tuples = Rows::new(1);
        texts.iter().for_each(|text| tuples.push([Value::text(text)]));
        tuples
    };
    let rows = ask("can_set", &[1], texts(&ON_KNOWN));
    stage("can_set", rows.len());
    let mut sets: Vec<&Value> = rows.iter().filter_map(|row| row.get(2)).collect();
    sets.sort_unstable();
    sets.dedup();
    let mut tuples = Rows::new(1);
    sets.into_iter().for_each(|set| tuples.push([set.clone()]));
    stage("in_set", ask("in_set", &[0], tuples).len());
    stage("can_some", ask("can_some", &[1], texts(&SOMEWHERE)).len());
    stage("can_some_if", ask("can_some_if", &[1], texts(&SOMEWHERE)).len());
    stage("can_pass_set", ask("can_pass_set", &[2], texts(&SERVICES)).len());
    stage("can_pass_set_if", ask("can_pass_set_if", &[2], texts(&SERVICES)).len());
    for offer in offers() {
        let name = &*offer.declaration.name.value;
        if offer.answers(|_| false) && !LEFT_OUT.contains(&name) {
            let mut tuples = Rows::new(0);
            tuples.push([]);
            stage(name, ask(name, &[], tuples).len());
        }
    }
    println!("{:24} {:8.3} s", "all", start.elapsed().as_secs_f64());
}

/// Resident memory in megabytes, as Linux says.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}
