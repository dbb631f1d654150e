//! Bulk permissions hold what questions allow.

use entail::answers::{Engine, EngineOptions};
use entail::region::resource::ResourceSets;

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
