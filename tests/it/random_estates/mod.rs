//! Small random estates, loaded by the engine and by the oracle, and the same random requests asked of both.
//!
//! `ENTAIL_RANDOM_ESTATES` sets how many estates are tried.

mod access;
mod carried;
mod census;
mod chains;
mod edits;
mod external;
mod laws;
mod statements;
mod world;
mod written;

use entail::answers::{Engine, Permission, Permissions};
use entail::facts::{Layer, Ownership, PrincipalKind};
use entail::region::condition::{Bindings, Known, Trool};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::both::{Ask, Difference, Judges, described};
use crate::everybody::{engine_for, rows_are_all_callers};
use crate::wildcards::all_differences;
use world::World;

fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("ENTAIL_RANDOM_ESTATES").ok().and_then(|text| text.parse().ok());
    // Estates are written to temporary folders, and nothing else is kept of a failing one but what is printed.
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::with_cases(asked.unwrap_or(cases))
    }
}

fn in_world(
    world: &World,
    law: impl FnOnce(&Judges) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().map_err(|error| TestCaseError::reject(error.to_string()))?;
    world.write(folder.path()).map_err(|error| TestCaseError::reject(error.to_string()))?;
    law(&Judges::load(folder.path()))
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn the_engine_decides_as_the_oracle(world in world::any(), asks in prop::collection::vec(world::request(), 24)) {
        in_world(&world, |judges| {
            let mut differences: Vec<Difference> = Vec::new();
            let asked = asks.iter().map(|ask| judges.compare(ask, 4, &mut differences)).sum();
            prop_assert!(differences.is_empty(), "{}", described(asked, &differences));
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn who_can_lists_whom_can_lets_in(world in world::any(), ask in world::request()) {
        in_world(&world, |judges| {
            let small = engine_for(&judges.engine, [ask.action.clone()]);
            for ask in [&ask, &judges.complete(&ask)] {
                rows_are_all_callers(&judges.engine, &small, ask).map_err(TestCaseError::fail)?;
            }
            Ok(())
        })?;
    }

    #[test]
    fn who_can_by_pattern_says_what_it_says_of_each(world in world::any(), ask in world::request()) {
        in_world(&world, |judges| {
            let wrong = all_differences(&judges.engine, [judges.complete(&ask)]);
            prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            Ok(())
        })?;
    }

    #[test]
    fn bulk_permissions_hold_what_the_own_side_permits(
        world in world::any(),
        asks in prop::collection::vec(world::request(), 24),
    ) {
        in_world(&world, |judges| {
            let permissions = judges.engine.permissions();
            asks.iter().try_for_each(|ask| row_iff_permitted(judges, &permissions, &judges.complete(ask)))
        })?;
    }
}

/// The bulk permissions of a principal hold a request iff its identity policies, boundary and SCPs permit it.
fn row_iff_permitted(judges: &Judges, permissions: &Permissions, ask: &Ask) -> Result<(), TestCaseError> {
    let Some(ask) = asked_in_bulk(&judges.engine, ask) else { return Ok(()) };
    let answer =
        judges.engine.can(&ask.question()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    if !std::ptr::eq(answer.engine, &judges.engine) {
        return Ok(()); // The context contradicts what bulk permissions assume.
    }
    let conditions = &answer.engine.facts().arena().conditions;
    let evaluated = &answer.examined.evaluated;
    let layers = [Layer::Identity, Layer::Boundary, Layer::Scp];
    let allowed = conditions.and_all(layers.map(|layer| evaluated.allow(layer)));
    let denied = conditions.or_all(layers.map(|layer| evaluated.deny(layer)));
    let permitted = conditions.and(allowed, conditions.not(denied));
    if !permitted.is_always() && !permitted.is_never() {
        return Ok(());
    }
    let (holds, described) = held_in_bulk(&judges.engine, permissions, &ask);
    prop_assert_eq!(holds, permitted.is_always(), "{}{}", ask, described);
    Ok(())
}

/// A request of a user or role, with what bulk permissions know of its context; none if they hold nothing of the caller or
/// the request has no target.
fn asked_in_bulk(engine: &Engine, ask: &Ask) -> Option<Ask> {
    let facts = engine.facts();
    let id = facts.principal_id(&ask.principal)?;
    let own = matches!(facts.principal(id).kind, PrincipalKind::User | PrincipalKind::Role);
    let target = engine.target_of(&ask.action, Some(&ask.resource), None, &mut Vec::new()).ok()?;
    if !own || !facts.principal(id).loaded {
        return None;
    }
    let mut ask = ask.clone();
    if ask.action != "s3:ListBucket" {
        // Bulk permissions know that no other action here supplies these (S-COND-14); a question may state them all the same.
        ask.context.retain(|key, _| !key.starts_with("s3:"));
    }
    let conditions = &facts.arena().conditions;
    let team = match target.bindings(conditions, &facts.estate).known("aws:resourcetag/team") {
        Known::One(team) => vec![team.into_owned()],
        _ => Vec::new(),
    };
    ask.context.insert("aws:resourcetag/team".to_owned(), team);
    if let Ownership::Account(owner) = target.owner {
        ask.context.insert("aws:resourceaccount".to_owned(), vec![owner.to_string()]);
    }
    if let Some(region) = ask.resource.split(':').nth(3).filter(|region| !region.is_empty()) {
        ask.context.insert("aws:requestedregion".to_owned(), vec![region.to_owned()]);
    }
    Some(ask)
}

/// Whether bulk permissions of an engine hold a request, and how each of the caller's compares with it.
fn held_in_bulk(engine: &Engine, permissions: &Permissions, ask: &Ask) -> (bool, String) {
    let (facts, arena) = (engine.facts(), engine.facts().arena());
    let id = facts.principal_id(&ask.principal).expect("a principal");
    let target = engine.target_of(&ask.action, Some(&ask.resource), None, &mut Vec::new()).expect("a target");
    let mut rows = Vec::new();
    engine.permissions_of(permissions, id, &mut rows);
    let question = ask.question();
    let context = question.context.bindings(&arena.conditions);
    let acts = |row: &Permission| {
        target.action.index.is_some_and(|index| arena.actions.contains(row.region.actions, index))
    };
    let holds = |row: &Permission| {
        let condition = arena.conditions.evaluate(row.region.condition, &context as &dyn Bindings);
        let account = facts.principal(id).account.map(|account| account.number());
        let resource = match target.no_resource {
            true => {
                arena.resources.contains_none(row.region.resources)
                    && arena.owners.contains(row.region.owner, account)
            }
            false => target.right_type && arena.resources.contains(row.region.resources, &ask.resource),
        };
        acts(row) && resource && condition == Trool::True
    };
    let described = |row: &Permission| {
        let resource = arena.resources.contains(row.region.resources, &ask.resource);
        let condition = arena.conditions.text(row.region.condition);
        format!("\n    the action {}, the resource {resource}, when {condition}", acts(row))
    };
    (rows.iter().any(holds), rows.iter().map(described).collect())
}
