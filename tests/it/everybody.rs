//! `who-can` lists everybody whom `can` may let in, each asked alone, and nobody else.

use std::collections::BTreeMap;

use entail::answers::external::Who;
use entail::answers::{Engine, EngineOptions, Only, Question, Reverse, Unknown, WhoCan};
use entail::catalog::governing::CrossAccount;
use entail::facts::{Ownership, PrincipalId, keys};
use entail::region::condition::ConditionId;
use entail::rules::decision::Decision;

use crate::both::Ask;

/// An account that no estate here names.
const ELSEWHERE: &str = "123123123123";

/// An engine that reads only what questions for these actions need.
pub fn engine_for(engine: &Engine, actions: impl IntoIterator<Item = String>) -> Engine {
    let only = Only { actions: actions.into_iter().collect(), who_can: true };
    Engine::new(engine.estate(), EngineOptions { only: Some(only), ..engine.options().clone() })
}

/// What differs, if anything does. `small` is an engine for the question, which must say the same.
pub fn rows_are_all_callers(engine: &Engine, small: &Engine, ask: &Ask) -> Result<(), String> {
    // A question for everybody says nothing of the callers themselves.
    let mut ask = ask.clone();
    ask.context.retain(|key, _| !keys::is_callers_own(key));
    let question = ask.question();
    let reverse = |unknown| Reverse {
        action: question.action.clone(),
        resource: question.resource.clone(),
        context: question.context.clone(),
        unknown,
        ..Reverse::default()
    };
    let who_can = |engine| -> Result<[WhoCan<'_>; 3], String> {
        let ask = |unknown| Engine::who_can(engine, &reverse(unknown)).map_err(|error| error.to_string());
        Ok([ask(Unknown::Listed)?, ask(Unknown::Counted)?, ask(Unknown::Named)?])
    };
    let [listed, counted, named] = who_can(engine)?;
    let (rows, some) = (rows(&listed), rows(&counted));
    for (index, fact) in listed.engine.facts().principals.iter().enumerate() {
        let id = PrincipalId(index as u32);
        let alone = can(listed.engine, &question, &fact.name)?;
        let row = rows.get(&id);
        if row != alone.as_ref() {
            return Err(format!("{} {ask}: a row with {row:?}, alone {alone:?}", fact.name));
        }
        let is_counted = counted.unknown.contains(&id);
        let is_unknown = alone.is_some_and(|(decision, _)| decision == Decision::Unknown);
        let complete = if is_counted { is_unknown && !some.contains_key(&id) } else { some.get(&id) == row };
        if !complete {
            return Err(format!("{} {ask}: counted {is_counted}, {:?} of {row:?}", fact.name, some.get(&id)));
        }
    }
    if self::rows(&named) != some {
        return Err(format!("{ask}: rows are others where the rest is counted"));
    }
    let left_out = counted.unknown.len() + usize::from(counted.strangers_unknown);
    if left_out > 0 && counted.missing.is_empty() {
        return Err(format!("{ask}: nothing is named that could let in {left_out}"));
    }
    strangers(&listed, &counted, &question)?;
    let of_small = who_can(small)?;
    for (ours, theirs) in [&listed, &counted, &named].into_iter().zip(&of_small) {
        if by_name(ours) != by_name(theirs) || ours.missing != theirs.missing {
            let (ours, theirs) = (by_name(ours), by_name(theirs));
            return Err(format!("{ask}: {ours:?}, by an engine for the question {theirs:?}"));
        }
    }
    Ok(())
}

type Answer = (Decision, ConditionId);

fn rows(found: &WhoCan) -> BTreeMap<PrincipalId, Answer> {
    let rows = found.rows.iter();
    rows.map(|row| (row.principal, (row.decided.decision, row.decided.condition))).collect()
}

fn by_name(found: &WhoCan) -> BTreeMap<String, Option<Decision>> {
    let name = |id| found.engine.facts().principal(id).name.to_string();
    let rows = found.rows.iter().map(|row| (name(row.principal), Some(row.decided.decision)));
    let strangers = found.strangers.iter().map(|row| (format!("{:?}", row.who), Some(row.decided.decision)));
    rows.chain(strangers).chain(found.unknown.iter().map(|id| (name(*id), None))).collect()
}

/// What `can` says of one caller, unless it is a denial. Conditional of which only the kind of denial depends on anything is
/// one (S-TRI-04).
fn can(engine: &Engine, question: &Question, principal: &str) -> Result<Option<Answer>, String> {
    let question = Question { principal: principal.to_owned(), ..question.clone() };
    let decided = engine.can(&question).map_err(|error| error.to_string())?.decided;
    let may = decided.decision.may_be_allowed() && !decided.condition.is_never();
    Ok(may.then_some((decided.decision, decided.condition)))
}

/// A caller whose account nobody named may do it iff there is a row for everybody, for any account, or for whoever has a canonical user id.
fn strangers(listed: &WhoCan, counted: &WhoCan, question: &Question) -> Result<(), String> {
    let engine = listed.engine;
    let resource = question.resource.as_deref();
    let target = engine.target_of(&question.action, resource, None, &mut Vec::new());
    let target = target.map_err(|error| error.to_string())?;
    // Where the caller's side alone decides, only what that lacks could let strangers in: nothing of the resource does.
    let own_side = matches!(
        target.cross_account,
        CrossAccount::IdentityOnly | CrossAccount::PolicyOrDelegatedAdministrator
    );
    // An account of which nothing was loaded may manage an organisation of its own, which is none of the estate's (S-SVC-16).
    let of_own_organization = question.action.starts_with("organizations:") && resource == Some("*");
    if own_side || of_own_organization || !matches!(target.owner, Ownership::Account(_)) {
        return Ok(());
    }
    let everybody = engine.facts().principal_id("anonymous");
    let has_row = |found: &WhoCan| {
        found.strangers.iter().any(|row| matches!(row.who, Who::AnyAccount | Who::Canonical(_)))
            || found.rows.iter().any(|row| Some(row.principal) == everybody)
    };
    let mut may = false;
    for kind in ["user", "role"] {
        may |= can(engine, question, &format!("arn:aws:iam::{ELSEWHERE}:{kind}/x"))?.is_some();
    }
    let is_left_out = counted.strangers_unknown || counted.unknown.iter().any(|id| Some(*id) == everybody);
    match may {
        true if !has_row(listed) => Err(format!("no row for other accounts: {question:?}")),
        true if !has_row(counted) && !is_left_out => {
            Err(format!("other accounts are forgotten: {question:?}"))
        }
        _ => Ok(()),
    }
}
