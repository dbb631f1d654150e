//! Hops are what point questions say, and closures over them are those that are found the plain way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use entail::answers::chains::{Call, Direction, Hops, SessionId};
use entail::answers::{Engine, Question, Reverse};
use entail::document::PolicyKind;
use entail::facts::{ParsedPolicy, PolicySource, PrincipalId, PrincipalKind};
use entail::output::DecisionWord;
use entail::output::views::BecomeViews;
use entail::region::condition::{Bindings, KeyId, Trool};
use entail::rules::decision::Decision;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{config, in_world, world};
use crate::both::{Ask, Judges};

/// Decisions of pairs, in the order sure, conditional, unknown.
type Edges = BTreeMap<(PrincipalId, PrincipalId), u8>;

fn level(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Conditional => 1,
        _ => 2,
    }
}

/// Each caller asked for itself whether it may take each role.
fn asked_one_by_one(engine: &Engine) -> Edges {
    let facts = engine.facts();
    let all: Vec<PrincipalId> = (0..facts.principals.len() as u32).map(PrincipalId).collect();
    let everything =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let everything =
        Arc::new(ParsedPolicy::read(PolicySource::Given(everything.into(), PolicyKind::Session)));
    let mut edges = Edges::new();
    // Who can take a role that was not collected is not known: nothing is said of it.
    let is_known_role = |id: &&PrincipalId| {
        let fact = facts.principal(**id);
        fact.kind == PrincipalKind::Role && fact.identity().is_some()
    };
    for &role in all.iter().filter(is_known_role) {
        for &from in all.iter().filter(|id| **id != role) {
            let fact = facts.principal(from);
            let actions: &[&str] = match fact.kind {
                PrincipalKind::IdentityProvider => {
                    &["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
                }
                _ => &["sts:AssumeRole"],
            };
            for action in actions {
                let question = Question {
                    // Session policies are nobody's but the session's: here there are none.
                    session_policy: (fact.kind == PrincipalKind::Session).then(|| everything.clone()),
                    ..Question::new(&fact.name, action, &facts.principal(role).name)
                };
                let answer = engine.can(&question);
                let decided = answer.expect("an answer").decided;
                if decided.decision.may_be_allowed() && !decided.condition.is_never() {
                    let best = edges.entry((from, role)).or_insert(u8::MAX);
                    *best = (*best).min(level(decided.decision));
                }
            }
        }
        edges.extend(facts.sessions_of(role).map(|session| ((role, session), 0)));
    }
    edges
}

fn of_hops(hops: &Hops) -> Edges {
    let mut edges = Edges::new();
    for hop in hops.all() {
        let best = edges.entry((hop.from, hop.to)).or_insert(u8::MAX);
        *best = (*best).min(level(hop.decision));
    }
    edges
}

/// Steps, by kinds of sessions.
type Taken = BTreeMap<(SessionId, SessionId), u8>;

/// Whose sessions of which kinds steps lead to, one after the other, and by how many steps.
fn reached_by_steps(hops: &Hops, taken: &Taken, from: PrincipalId, worst: u8) -> BTreeMap<PrincipalId, u32> {
    let mut found = BTreeMap::from([(from.0, 0)]);
    for depth in 1.. {
        let next: BTreeSet<SessionId> = taken
            .iter()
            .filter(|((a, b), level)| **level <= worst && found.contains_key(a) && !found.contains_key(b))
            .map(|((_, b), _)| *b)
            .collect();
        if next.is_empty() {
            break;
        }
        found.extend(next.into_iter().map(|id| (id, depth)));
    }
    let mut principals = BTreeMap::new();
    for (session, depth) in found {
        let nearest = principals.entry(hops.principal_of(session)).or_insert(depth);
        *nearest = depth.min(*nearest);
    }
    principals.remove(&from);
    principals
}

fn closures_agree(engine: &Engine, hops: &Hops) -> Result<(), TestCaseError> {
    let conditions = &engine.facts().arena().conditions;
    let mut taken = Taken::new();
    for step in hops.steps() {
        let best = taken.entry((step.from, step.to)).or_insert(u8::MAX);
        *best = (*best).min(level(step.decision));
        let hop = hops.get(step.hop);
        prop_assert_eq!((hops.principal_of(step.from), hops.principal_of(step.to)), (hop.from, hop.to));
    }
    let mut ends: BTreeMap<PrincipalId, BTreeMap<PrincipalId, u8>> = BTreeMap::new();
    for from in (0..hops.principals() as u32).map(PrincipalId) {
        let by_level = [0, 1, 2].map(|worst| reached_by_steps(hops, &taken, from, worst));
        let ways = hops.ways(from, Direction::From, None);
        let found: BTreeMap<PrincipalId, u8> =
            ways.ways.iter().map(|way| (way.principal, level(way.decision))).collect();
        let plain: BTreeMap<PrincipalId, u8> = by_level[2]
            .keys()
            .filter_map(|id| Some((*id, by_level.iter().position(|of| of.contains_key(id))? as u8)))
            .collect();
        prop_assert_eq!(&found, &plain);
        for (&to, &worst) in &plain {
            ends.entry(to).or_default().insert(from, worst);
            let paths =
                hops.paths(from, to, None, conditions).ok_or_else(|| TestCaseError::fail("no path"))?;
            prop_assert_eq!(level(paths.decision), worst);
            for path in &paths.paths {
                prop_assert_eq!(Some(&(path.len() as u32)), by_level[worst as usize].get(&to));
                let joined = path.windows(2).all(|pair| hops.step(pair[0]).to == hops.step(pair[1]).from);
                let whole = path.first().map(|&id| hops.hop_of(id).from) == Some(from)
                    && path.last().map(|&id| hops.hop_of(id).to) == Some(to);
                prop_assert!(joined && whole);
            }
        }
    }
    for to in (0..hops.principals() as u32).map(PrincipalId) {
        let ways = hops.ways(to, Direction::To, None);
        let found: BTreeMap<PrincipalId, u8> =
            ways.ways.iter().map(|way| (way.principal, level(way.decision))).collect();
        prop_assert_eq!(found, ends.remove(&to).unwrap_or_default());
    }
    let is_role = |id: &PrincipalId| engine.facts().principal(*id).kind == PrincipalKind::Role;
    for found in &engine.overview(hops).reach {
        let plain = reached_by_steps(hops, &taken, found.from, 2);
        prop_assert_eq!(found.roles, plain.keys().filter(|id| is_role(id)).count());
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn hops_are_what_each_caller_is_told(world in world::any()) {
        in_world(&world, |judges| {
            let hops = judges.engine.hops();
            let plain = asked_one_by_one(&judges.engine);
            prop_assert_eq!(of_hops(&hops), plain);
            prop_assert!(hops.all().iter().all(|hop| hop.by == Call::RoleSessionName || judges.engine.hop(hop).is_some()));
            closures_agree(&judges.engine, &hops)
        })?;
    }
}

proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn through_roles_are_those_who_become_somebody_who_may(world in world::any(), ask in world::request()) {
        in_world(&world, |judges| {
            let engine = &judges.engine;
            let question = ask.question();
            let reverse =
                Reverse { action: question.action, resource: question.resource, ..Reverse::default() };
            let Ok(found) = engine.who_can(&reverse) else { return Ok(()) };
            let hops = engine.hops();
            let mut taken = Taken::new();
            for step in hops.steps() {
                let best = taken.entry((step.from, step.to)).or_insert(u8::MAX);
                *best = (*best).min(level(step.decision));
            }
            // What sessions carry to the last request is compared in `carried`.
            let conditions = &engine.facts().arena().conditions;
            let is_carried = |key: &KeyId| {
                let name = &*conditions.key_of(*key).name;
                let prefixes = ["aws:principaltag/", "aws:multifactorauth", "aws:sourceidentity", "aws:userid"];
                prefixes.iter().any(|prefix| name.starts_with(prefix))
            };
            if found.rows.iter().any(|row| conditions.keys(row.decided.condition).iter().any(is_carried)) {
                return Ok(());
            }
            let direct: BTreeMap<PrincipalId, u8> =
                found.rows.iter().map(|row| (row.principal, level(row.decided.decision))).collect();
            let found = [found];
            let through = BecomeViews::new(engine, &hops, false).through(&found, &|_| true);
            for from in (0..hops.principals() as u32).map(PrincipalId) {
                // The surest end that can be reached, at each sureness of the hops.
                let best = (0..=2).find(|&worst| {
                    reached_by_steps(&hops, &taken, from, worst).keys().any(|id| direct.get(id).is_some_and(|own| *own <= worst))
                });
                let name = &*engine.facts().principal(from).name;
                // S-SESS-13: of what these deliver nobody knows the session policies.
                let limits = ["cognito-identity.amazonaws.com", "rolesanywhere.amazonaws.com"].contains(&name);
                let best = if limits { best.and(Some(2)) } else { best };
                let best = best.filter(|best| direct.get(&from).is_none_or(|own| best < own));
                let row = through.rows.iter().find(|row| row.principal == name || (row.principal == "*" && name == "anonymous"));
                let shown = row.map(|row| match row.decision {
                    DecisionWord::Allowed => 0,
                    DecisionWord::Conditional => 1,
                    _ => 2,
                });
                prop_assert_eq!(shown, best, "{}", name);
                if let Some(row) = row {
                    prop_assert_eq!(row.through.first().map(|hop| &*hop.from), Some(&*row.principal));
                    let joined = row.through.windows(2).all(|pair| pair[0].to == pair[1].from);
                    prop_assert!(joined && !row.through.is_empty());
                }
            }
            Ok(())
        })?;
    }
}

/// Those whom the closures start from.
const CALLERS: [&str; 6] = [
    "arn:aws:iam::111111111111:user/u1",
    "arn:aws:iam::111111111111:user/u2",
    "arn:aws:iam::222222222222:user/u3",
    "arn:aws:iam::111111111111:role/r1",
    "arn:aws:iam::111111111111:role/r2",
    "arn:aws:iam::222222222222:role/r3",
];

/// What a caller reaches over hops whose conditions hold in a context; with `open` also over those of which the context does
/// not say.
fn reached_in(
    judges: &Judges,
    hops: &Hops,
    from: &str,
    ask: &dyn Fn(&str, &str) -> Ask,
    open: bool,
) -> BTreeSet<String> {
    let facts = judges.engine.facts();
    let conditions = &facts.arena().conditions;
    let name = |id: PrincipalId| facts.principal(id).name.to_string();
    let mut found: BTreeSet<String> = [from.to_owned()].into();
    loop {
        let next: BTreeSet<String> = hops
            .all()
            .iter()
            .filter(|hop| {
                hop.by == Call::AssumeRole
                    && found.contains(&name(hop.from))
                    && !found.contains(&name(hop.to))
            })
            .filter(|hop| {
                let question = judges.complete(&ask(&name(hop.from), &name(hop.to))).question();
                let context = question.context.bindings(conditions);
                match conditions.evaluate(hop.condition, &context as &dyn Bindings) {
                    Trool::True => true,
                    Trool::Unknown => open,
                    Trool::False => false,
                }
            })
            .map(|hop| name(hop.to))
            .collect();
        if next.is_empty() {
            found.remove(from);
            return found;
        }
        found.extend(next);
    }
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn closures_are_those_that_the_oracle_finds(world in world::any(), given in world::request()) {
        in_world(&world, |judges| {
            let hops = judges.engine.hops();
            let roles = &CALLERS[3..6];
            let ask = |caller: &str, role: &str| {
                let mut ask = Ask { context: given.context.clone(), ..Ask::new(caller, "sts:AssumeRole", role) };
                // The tags of a session are open; these are the role's own (S-KEY-07).
                let team = match caller.rsplit('/').next() {
                    Some("r1" | "u1") => vec!["red".to_owned()],
                    Some("r3" | "u3") => vec!["blue".to_owned()],
                    _ => Vec::new(),
                };
                ask.context.insert("aws:principaltag/team".to_owned(), team);
                // Hops are decided by what is assumed of every request, and pass no tags unless a trust policy asks for them. No
                // such call holds keys of S3.
                ask.context.insert("aws:securetransport".to_owned(), vec!["true".to_owned()]);
                ask.context.retain(|key, _| key != "aws:tagkeys" && !key.starts_with("s3:"));
                // Sessions of a role that nobody takes by AssumeRole say nothing of MFA, which is of trust policies elsewhere.
                if caller.contains(":role/") {
                    ask.context.retain(|key, _| !key.starts_with("aws:multifactorauth"));
                }
                ask
            };
            for from in CALLERS {
                let of_oracle = |open| {
                    judges.reached_by_oracle(from, roles, &ask, open).map_err(TestCaseError::fail)
                };
                let (sure, possible) = (of_oracle(false)?, of_oracle(true)?);
                let ours = |open| reached_in(judges, &hops, from, &ask, open);
                prop_assert!(ours(false).is_subset(&possible), "{from}: {:?}, oracle {possible:?}", ours(false));
                prop_assert!(sure.is_subset(&ours(true)), "{from}: oracle {sure:?}, {:?}", ours(true));
            }
            Ok(())
        })?;
    }
}
