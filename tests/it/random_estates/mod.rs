//! Small random estates, loaded by the engine and by the oracle, and the same random requests asked of both.
//!
//! `ENTAIL_RANDOM_ESTATES` sets how many estates are tried.

mod access;
mod carried;
mod chains;
mod edits;
mod external;
mod statements;
mod world;
mod written;

use entail::answers::{Permissions, Reverse};
use entail::facts::{Layer, Ownership, PrincipalId, PrincipalKind, keys};
use entail::region::condition::{Bindings, Known, Trool};
use entail::rules::decision::Decision;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::both::{Ask, Difference, Judges, described};
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
        in_world(&world, |judges| rows_are_all_callers(judges, &judges.complete(&ask)))?;
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

/// A caller has a row iff `can` may let it in; callers whom only something not collected lets in have none.
fn rows_are_all_callers(judges: &Judges, ask: &Ask) -> Result<(), TestCaseError> {
    // A question for everybody says nothing of the callers themselves.
    let mut ask = ask.clone();
    ask.context.retain(|key, _| !keys::is_callers_own(key));
    let ask = &ask;
    let question = ask.question();
    let reverse = Reverse {
        action: question.action.clone(),
        resource: question.resource.clone(),
        context: question.context.clone(),
        ..Reverse::default()
    };
    let found = judges.engine.who_can(&reverse).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let facts = found.engine.facts();
    for (index, fact) in facts.principals.iter().enumerate() {
        let id = PrincipalId(index as u32);
        let row = found.rows.iter().find(|row| row.principal == id);
        let one = Ask { principal: fact.name.to_string(), ..ask.clone() };
        let answer =
            found.engine.can(&one.question()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let decision = answer.decided.decision;
        // A named session stands here for one without session policies, in a question for any (S-SESS-01).
        let any_session = matches!(fact.kind, PrincipalKind::Session | PrincipalKind::FederatedUser);
        match row {
            // Conditional of which only the kind of denial depends on anything has no row (S-TRI-04).
            None => prop_assert!(
                !decision.may_be_allowed()
                    || decision == Decision::Unknown
                    || answer.decided.condition.is_never(),
                "{one}: no row, but {decision:?}"
            ),
            Some(row) => prop_assert!(
                decision.may_be_allowed()
                    && (any_session
                        || row.decided.decision != Decision::Allowed
                        || decision == Decision::Allowed),
                "{one}: a row with {:?}, but {decision:?}",
                row.decided.decision
            ),
        }
    }
    Ok(())
}

/// The bulk permissions of a principal hold a request iff its identity policies, boundary and SCPs permit it.
fn row_iff_permitted(judges: &Judges, permissions: &Permissions, ask: &Ask) -> Result<(), TestCaseError> {
    let facts = judges.engine.facts();
    let Some(id) = facts.principal_id(&ask.principal) else { return Ok(()) };
    let own = matches!(facts.principal(id).kind, PrincipalKind::User | PrincipalKind::Role);
    let target = judges.engine.target_of(&ask.action, Some(&ask.resource), None, &mut Vec::new());
    let Ok(target) = target else { return Ok(()) };
    if !own || !facts.principal(id).loaded {
        return Ok(());
    }
    let mut ask = ask.clone();
    if ask.action != "s3:ListBucket" {
        // Bulk permissions know that no other action here supplies these (S-COND-14); a question may state them all the same.
        ask.context.retain(|key, _| !key.starts_with("s3:"));
    }
    let conditions = &facts.arena().conditions;
    if let Known::One(team) = target.bindings(conditions).known("aws:resourcetag/team") {
        ask.context.insert("aws:resourcetag/team".to_owned(), vec![team.into_owned()]);
    } else {
        ask.context.insert("aws:resourcetag/team".to_owned(), Vec::new());
    }
    if let Ownership::Account(owner) = target.owner {
        ask.context.insert("aws:resourceaccount".to_owned(), vec![owner.to_string()]);
    }
    if let Some(region) = ask.resource.split(':').nth(3).filter(|region| !region.is_empty()) {
        ask.context.insert("aws:requestedregion".to_owned(), vec![region.to_owned()]);
    }

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

    let arena = facts.arena();
    let mut rows = Vec::new();
    judges.engine.permissions_of(permissions, id, &mut rows);
    let question = ask.question();
    let context = question.context.bindings(&arena.conditions);
    let holds = |row: &&entail::answers::Permission| {
        let action =
            target.action.index.is_some_and(|index| arena.actions.contains(row.region.actions, index));
        let condition = arena.conditions.evaluate(row.region.condition, &context as &dyn Bindings);
        let account = facts.principal(id).account.map(|account| account.number());
        let resource = match target.no_resource {
            true => {
                arena.resources.contains_none(row.region.resources)
                    && arena.owners.contains(row.region.owner, account)
            }
            false => target.right_type && arena.resources.contains(row.region.resources, &ask.resource),
        };
        action && resource && condition == Trool::True
    };
    let row = rows.iter().find(holds);
    let described = |row: &entail::answers::Permission| {
        let action =
            target.action.index.is_some_and(|index| arena.actions.contains(row.region.actions, index));
        let resource = arena.resources.contains(row.region.resources, &ask.resource);
        let condition = arena.conditions.text(row.region.condition);
        format!("\n    the action {action}, the resource {resource}, when {condition}")
    };
    let described: String = rows.iter().map(described).collect();
    prop_assert_eq!(row.is_some(), permitted.is_always(), "{}{}", ask, described);
    Ok(())
}
