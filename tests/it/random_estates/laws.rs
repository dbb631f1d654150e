//! Laws of evaluation on whole estates: a Deny that comes never allows anybody more, an Allow never denies more, and an SCP grants
//! nothing.

use entail::answers::{Engine, EngineOptions};
use entail::estate::{Estate, PolicyName, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::statements::{Place, statement};
use super::world::{self, CALLERS};
use super::{config, in_world};
use crate::both::Ask;

/// An identity policy gets a statement, or a unit an SCP of it.
#[derive(Clone, Debug)]
struct Change {
    whom: prop::sample::Index,
    statement: Value,
    denies: bool,
    scp: bool,
}

fn change() -> impl Strategy<Value = Change> {
    (any::<prop::sample::Index>(), statement(Place::Identity), any::<bool>(), prop::bool::weighted(0.3))
        .prop_map(|(whom, mut statement, denies, scp)| {
            statement["Effect"] = json!(if denies { "Deny" } else { "Allow" });
            Change { whom, statement, denies, scp }
        })
}

impl Change {
    /// The estate with it; none if there is no such policy.
    fn of(&self, estate: &Estate) -> Option<Estate> {
        if self.scp {
            let organization = estate.organizations.keys().next()?.clone();
            let text = json!({"Version": "2012-10-17", "Statement": [self.statement]}).to_string();
            let target = [Target::Node("ou-1".into())];
            return estate.with_scp(&organization, "p-new".into(), &text, target).ok();
        }
        let holders: Vec<String> = estate.principals().map(|principal| principal.arn().to_string()).collect();
        let holder = holders.get(self.whom.index(holders.len().max(1)))?.clone();
        let policy = PolicyName::Inline { holder, name: "p".to_owned() };
        estate.with_statement(&policy, &self.statement.to_string()).ok()
    }
}

/// 0: denied, 1: nobody knows or it depends, 2: allowed.
fn rank(engine: &Engine, ask: &Ask) -> Option<u8> {
    let answer = engine.can(&ask.question()).ok()?;
    let decided = answer.decided;
    Some(match decided.decision {
        entail::rules::decision::Decision::Allowed => 2,
        decision if decision.may_be_allowed() && !decided.condition.is_never() => 1,
        _ => 0,
    })
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn denies_take_and_allows_give(
        world in world::any(),
        changes in prop::collection::vec(change(), 4),
        asks in prop::collection::vec(world::request(), 8),
    ) {
        in_world(&world, |judges| {
            for change in &changes {
                let Some(estate) = change.of(judges.engine.estate()) else { continue };
                let edited = Engine::new(&estate, EngineOptions::default());
                for ask in &asks {
                    for caller in CALLERS {
                        let ask = judges.complete(&Ask { principal: (*caller).to_owned(), ..ask.clone() });
                        let (before, after) = (rank(&judges.engine, &ask), rank(&edited, &ask));
                        match (change.denies, change.scp) {
                            (true, _) => prop_assert!(after <= before, "{ask}: {before:?}, then {after:?} with {change:?}"),
                            (false, false) => prop_assert!(after >= before, "{ask}: {before:?}, then {after:?} with {change:?}"),
                            // An SCP that allows more than its neighbours leaves more of what is granted elsewhere.
                            (false, true) => {}
                        }
                    }
                }
            }
            Ok(())
        })?;
    }
}
