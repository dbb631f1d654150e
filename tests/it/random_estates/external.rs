//! Ways in from outside are what point questions say.

use entail::answers::external::{External, Who};
use entail::answers::{Engine, EngineOptions, Question};
use entail::estate::AccountId;
use proptest::prelude::*;

use super::{config, in_world, world};

const REQUESTS: [(&str, &str); 9] = [
    ("s3:GetObject", "arn:aws:s3:::bkt/a"),
    ("s3:PutObject", "arn:aws:s3:::bkt/red/x"),
    ("s3:ListBucket", "arn:aws:s3:::bkt"),
    ("s3:BrandNewThing", "arn:aws:s3:::bkt/a"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:q"),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/k"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r1"),
    ("sts:AssumeRole", "arn:aws:iam::111111111111:role/r2"),
    ("sts:AssumeRole", "arn:aws:iam::222222222222:role/r3"),
];

/// Callers, the account of each, and whether nothing of theirs but the resource's side decides.
const CALLERS: [(&str, Option<&str>); 5] = [
    ("anonymous", None),
    ("arn:aws:iam::333333333333:user/x", Some("333333333333")),
    ("arn:aws:iam::333333333333:role/y", Some("333333333333")),
    ("arn:aws:iam::111111111111:user/u1", Some("111111111111")),
    ("arn:aws:iam::222222222222:role/r3", Some("222222222222")),
];

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn whoever_gets_in_has_a_way(world in world::any()) {
        in_world(&world, |judges| {
            let options = EngineOptions { outsiders: true, ..EngineOptions::default() };
            let engine = Engine::new(judges.engine.estate(), options);
            let facts = engine.facts();
            let access = engine.external_access();
            let arena = facts.arena();
            for (action, resource) in REQUESTS {
                let asked = facts.asked_action(action);
                let holds = |row: &&External| {
                    let (actions, resources) = row.requests;
                    let acts = match asked.index {
                        Some(index) => arena.actions.contains(actions, index),
                        None => arena.actions.contains_foreign(actions, &asked.name),
                    };
                    acts && arena.resources.contains(resources, resource)
                };
                let rows: Vec<&External> = access.rows.iter().filter(holds).collect();
                for (caller, account) in CALLERS {
                    let answer = engine.can(&Question::new(caller, action, resource));
                    let Ok(answer) = answer else { continue };
                    let owner = if resource.contains("222222222222") { "222222222222" } else { "111111111111" };
                    let conditions = &answer.engine.facts().arena().conditions;
                    let lets_in = answer.decided.decision.may_be_allowed()
                        && !answer.decided.condition.is_never()
                        // Grants on keys were not collected.
                        && (account.is_some() || !conditions.contains_missing(answer.decided.condition));
                    let unknown = answer.missing.iter().any(|what| what.contains("grants of"));
                    let account_id: Option<AccountId> = account.and_then(|account| account.parse().ok());
                    let meant = |row: &&External| match &row.who {
                        Who::Everyone => true,
                        Who::AnyAccount | Who::Organization(_) => account.is_some(),
                        Who::AnyService | Who::Canonical(_) => false,
                        Who::Account(account) => Some(*account) == account_id,
                        Who::Principal(id) => &*facts.principal(*id).name == caller,
                    };
                    let found = rows.iter().copied().find(|row| meant(row));
                    if lets_in && account != Some(owner) && !unknown {
                        prop_assert!(found.is_some(), "{caller} {action} {resource}: no way in");
                    }
                    // What everybody may do needs nothing of the caller.
                    if account.is_none() {
                        prop_assert_eq!(found.is_some(), lets_in, "{} {} {}", caller, action, resource);
                    }
                }
            }
            Ok(())
        })?;
    }
}
