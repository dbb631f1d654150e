//! An engine that follows an edit gives the answers of one that is made for the edited estate.

use entail::answers::{Engine, EngineOptions, Reverse};
use entail::estate::{EditError, Estate, PolicyName, Principal, StatementName, Target};
use entail::output::views::{can_view, report_view, who_can_view};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::statements::{Place, policy, statement};
use super::{config, in_world, world};
use crate::both::Ask;

/// An edit, of the things whose places in their lists the numbers are.
#[derive(Clone, Debug)]
struct Edit {
    kind: u8,
    whom: prop::sample::Index,
    what: prop::sample::Index,
    identity: Value,
    trust: Value,
    bucket: Value,
    scp: Value,
    rcp: Value,
    statement: Value,
}

fn edit() -> impl Strategy<Value = Edit> {
    (
        0..KINDS,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        (
            policy(Place::Identity),
            policy(Place::Trust),
            policy(Place::Bucket),
            policy(Place::Scp),
            policy(Place::Rcp),
        ),
        statement(Place::Identity),
    )
        .prop_map(|(kind, whom, what, (identity, trust, bucket, scp, rcp), statement)| Edit {
            kind,
            whom,
            what,
            identity,
            trust,
            bucket,
            scp,
            rcp,
            statement,
        })
}

const KINDS: u8 = 28;
const MANAGED: &str = "arn:aws:iam::111111111111:policy/shared";

impl Edit {
    /// The edit of an estate that was edited from `first`.
    fn of(&self, first: &Estate, estate: &Estate) -> Result<Estate, EditError> {
        let users: Vec<String> = principals(estate, ":user/");
        let roles: Vec<String> = principals(estate, ":role/");
        let all: Vec<String> = users.iter().chain(&roles).cloned().collect();
        let groups: Vec<String> = estate
            .accounts
            .values()
            .flat_map(|account| account.groups.values().map(|group| group.arn.to_string()))
            .collect();
        // Nobody, where edits have left none.
        let one = |list: &[String]| list.get(self.whom.index(list.len().max(1))).cloned().unwrap_or_default();
        let inline = |holder: String| PolicyName::Inline { holder, name: "p".to_owned() };
        let resources: Vec<String> = estate.resources.keys().map(|arn| arn.to_string()).collect();
        let group_name = groups.first().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default().to_owned();
        let organization = estate.organizations.keys().next().cloned();
        let organization = organization.ok_or(EditError::NoPolicy("organisation".to_owned()))?;
        match self.kind {
            0 | 1 => estate.with_inline(&one(&all), "p", &self.identity.to_string()),
            2 => estate.with_inline(&one(&groups), "p", &self.identity.to_string()),
            3 => estate.with_managed(MANAGED, &self.identity.to_string()),
            4 => estate.with_attached(&one(&all), MANAGED),
            5 => estate.without_attached(&one(&all), MANAGED),
            6 => estate.with_attached(&one(&groups), MANAGED),
            7 => estate.with_boundary(&one(&all), MANAGED),
            8 => estate.without_boundary(&one(&all)),
            9 => estate.with_member(&one(&users), &group_name),
            10 => estate.without_member(&one(&users), &group_name),
            11 => estate.with_tag(&one(&all), "team", ["red", "blue"][self.what.index(2)]),
            12 => estate.with_tag(&one(&resources), "team", ["red", "blue"][self.what.index(2)]),
            13 => estate.with_trust(&one(&roles), &self.trust.to_string()),
            14 => estate.with_resource_policy("arn:aws:s3:::bkt", Some(&self.bucket.to_string())),
            15 => estate.with_resource_policy("arn:aws:s3:::bkt", None),
            16 => {
                let targets =
                    [Target::Node("ou-1".into()), Target::Account("222222222222".parse().expect("an id"))];
                let target = self.what.get(&targets).clone();
                estate.with_scp(&organization, "p-new".into(), &self.scp.to_string(), [target])
            }
            17 => estate.without_principal(&one(&all)),
            18 => estate.with_statement(&inline(one(&all)), &self.statement.to_string()),
            19 => estate.without_statement(&inline(one(&all)), &StatementName::Index(0)),
            20 => estate.without_managed(MANAGED),
            21 => estate.without_scp(&organization, &"p-new".into()),
            22 => {
                let rcp = self.rcp.to_string();
                estate.with_rcp(&organization, "p-rcp".into(), &rcp, [Target::Node("r-1".into())])
            }
            23 => estate.without_rcp(&organization, &"p-rcp".into()),
            24 | 25 => match first.principal(&one(&principals(first, ":"))) {
                // Those who are there already are made anew.
                Some(Principal::User(user)) => estate.with_user((**user).clone()),
                Some(Principal::Role(role)) => estate.with_role((**role).clone()),
                None => Err(EditError::NoPolicy("nobody".to_owned())),
            },
            26 => {
                let controls: Vec<_> =
                    first.organizations.values().flat_map(|one| one.policies.keys().cloned()).collect();
                estate.without_scp(&organization, self.whom.get(&controls))
            }
            _ => estate.without_principal(&one(&roles)),
        }
    }
}

fn principals(estate: &Estate, kind: &str) -> Vec<String> {
    let arns = estate.principals().map(|principal| principal.arn().to_string());
    arns.filter(|arn| arn.contains(kind)).collect()
}

/// Everything that is asked, as JSON.
fn answers(engine: &Engine, asks: &[Ask]) -> Vec<Value> {
    let json = |value: Result<Value, serde_json::Error>| value.expect("an answer is JSON");
    let mut found = Vec::new();
    for ask in asks {
        for name in principals(engine.estate(), ":") {
            let question = Ask { principal: name, ..ask.clone() }.question();
            let answer = engine.can(&question).map(|answer| can_view(&answer, None, true));
            found.push(
                answer.map_or_else(|error| error.to_string().into(), |view| json(serde_json::to_value(view))),
            );
        }
        let question = ask.question();
        let reverse = Reverse { action: question.action, resource: question.resource, ..Reverse::default() };
        let rows = engine.who_can(&reverse).map(|rows| who_can_view(&[rows], true));
        found.push(
            rows.map_or_else(|error| error.to_string().into(), |view| json(serde_json::to_value(view))),
        );
    }
    let report = engine.report(engine.index().by_name());
    found.push(json(serde_json::to_value(report_view(engine, &report, None))));
    found
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn engines_follow_edits(
        world in world::any(),
        edits in prop::collection::vec(edit(), 1..6),
        asks in prop::collection::vec(world::request(), 2),
        indexed in any::<bool>(),
    ) {
        in_world(&world, |judges| {
            let mut estate = judges.engine.estate().clone();
            let mut engine = Engine::new(&estate, EngineOptions::default());
            for edit in &edits {
                if indexed {
                    engine.index();
                }
                // An edit of what is not there changes nothing.
                let Ok(edited) = edit.of(judges.engine.estate(), &estate) else { continue };
                estate = edited;
                engine = engine.edited(&estate);
                let anew = Engine::new(&estate, EngineOptions::default());
                let (followed, anew) = (answers(&engine, &asks), answers(&anew, &asks));
                for (followed, anew) in followed.iter().zip(&anew) {
                    if followed != anew {
                        return Err(TestCaseError::fail(format!("{edit:?}\nfollowed {followed}\nanew {anew}")));
                    }
                }
                prop_assert_eq!(followed.len(), anew.len());
            }
            Ok(())
        })?;
    }
}

/// What an edit does not touch is not made anew, whoever comes or goes and whatever SCP is attached.
#[test]
fn edits_reach_whom_they_touch() {
    let estate = crate::acme::acme();
    let engine = Engine::new(&estate, EngineOptions::default());
    let reach = |edited: Result<Estate, EditError>| {
        let edited = edited.expect("an edit of what is there");
        engine.facts().edited(&edited).and_then(|edited| edited.reach).expect("the facts are edited in place")
    };
    let bob = "arn:aws:iam::444444444444:user/bob";
    let gone = reach(estate.without_principal(bob));
    assert_eq!((gone.gone.len(), gone.own.len(), gone.limited.len()), (1, 0, 0), "{gone:?}");
    let Some(Principal::User(user)) = estate.principal(bob) else { unreachable!("bob is a user") };
    let mut more = (**user).clone();
    more.identity.arn = "arn:aws:iam::444444444444:user/bobby".into();
    more.identity.name = "bobby".into();
    let more = reach(estate.with_user(more));
    assert_eq!((more.gone.len(), more.own.len(), more.limited.len()), (0, 1, 0), "{more:?}");
    let organization = estate.organizations.keys().next().expect("an organisation");
    let scp =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
    let target = Target::Account("444444444444".parse().expect("an id"));
    let limited = reach(estate.with_scp(organization, "p-new".into(), scp, [target]));
    let below = |id: &entail::facts::PrincipalId| {
        engine.facts().principal(*id).account.is_some_and(|account| account.to_string() == "444444444444")
    };
    assert!(limited.controls && limited.own.is_empty() && !limited.limited.is_empty(), "{limited:?}");
    assert!(limited.limited.iter().all(below), "{limited:?}");
}
