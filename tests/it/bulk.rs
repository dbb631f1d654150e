//! Bulk permissions hold what questions allow.

use entail::answers::{Engine, EngineOptions, Question, Reverse};
use entail::facts::PrincipalId;
use entail::region::resource::ResourceSets;
use entail::rules::decision::Decision;

use crate::acme::acme;

#[test]
fn permissions_on_arns_without_account_are_kept() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let facts = engine.facts();
    let permissions = engine.permissions();
    let bob = facts.principal_id("arn:aws:iam::444444444444:user/bob").expect("bob is in the sample");
    let mut rows = Vec::new();
    engine.permissions_of(&permissions, bob, &mut rows);
    let put = facts.asked_action("s3:PutObject").index.expect("the catalog knows it");
    let sets: &ResourceSets = &facts.arena().resources;
    let found = rows.iter().any(|row| {
        facts.arena().actions.contains(row.region.actions, put)
            && sets.contains(row.region.resources, "arn:aws:s3:::acme-home/bob/notes.txt")
    });
    assert!(found, "S-RES-09: an S3 ARN names no account, so its owner is open and its rows stay");
}

#[test]
fn accounts_where_something_is_allowed_are_reached() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let facts = engine.facts();
    let everybody: Vec<PrincipalId> = (0..facts.principals.len() as u32).map(PrincipalId).collect();
    let report = engine.report(&everybody);
    let mut reached = 0;
    for resource in engine.known_resources() {
        let Some(owner) = resource.account else { continue };
        let (action, arn) = match () {
            () if resource.arn.contains(":role/") => ("sts:AssumeRole", resource.arn.to_string()),
            () if resource.arn.contains(":s3:::") => ("s3:GetObject", format!("{}/x", resource.arn)),
            () if resource.arn.contains(":kms:") => ("kms:Decrypt", resource.arn.to_string()),
            () if resource.arn.contains(":sqs:") => ("sqs:SendMessage", resource.arn.to_string()),
            () if resource.arn.contains(":sns:") => ("sns:Publish", resource.arn.to_string()),
            () if resource.arn.contains(":ecr:") => ("ecr:BatchGetImage", resource.arn.to_string()),
            () => continue,
        };
        for (&id, summary) in everybody.iter().zip(&report.summaries) {
            let fact = facts.principal(id);
            if fact.account == Some(owner) {
                continue;
            }
            let question = Question::new(&fact.name, action, &arn);
            let Ok(answer) = engine.can(&question) else { continue };
            if answer.decided.decision == Decision::Allowed {
                reached += 1;
                assert!(summary.reaches.contains(&owner), "{} {action} {arn}", fact.name);
            }
        }
    }
    assert!(reached > 20, "only {reached} requests cross accounts");
}

#[test]
fn who_can_takes_callers_as_they_are() {
    let engine = Engine::new(&acme(), EngineOptions::default());
    let plain = Reverse {
        action: "s3:GetObject".to_owned(),
        resource: Some("arn:aws:s3:::acme-home/bob/notes.txt".to_owned()),
        ..Reverse::default()
    };
    let mut renamed = plain.clone();
    renamed.context.add("aws:username", "alice");
    let names = |question: &Reverse| {
        let found = engine.who_can(question).expect("an answer");
        let rows: Vec<(PrincipalId, Decision)> =
            found.rows.iter().map(|row| (row.principal, row.decided.decision)).collect();
        (rows, found.warnings.len())
    };
    let ((rows, quiet), (same, warned)) = (names(&plain), names(&renamed));
    assert_eq!((rows, quiet + 1), (same, warned));
}
