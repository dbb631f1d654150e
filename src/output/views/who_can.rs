//! The answer to `who-can`.

use std::collections::BTreeMap;

use super::can::deciding;
use super::{Places, assumed, condition, decision, depends, kind, other_endpoints};
use crate::answers::external::Who;
use crate::answers::{Engine, Stranger, WhoCan};
use crate::facts::{ANY_SERVICE, PrincipalFact, PrincipalKind};
use crate::output::words::KindWord;
use crate::output::{UnknownView, WhoCanAnswer, WhoCanRow};
use crate::rules::decision::Decided;
use crate::rules::request::Examined;

/// The answers of one engine for several actions as plain data; without `statements` the rows do not say why.
pub fn who_can_view(answers: &[WhoCan], statements: bool) -> WhoCanAnswer {
    let mut view = WhoCanAnswer::default();
    let Some(engine) = answers.first().map(|answer| answer.engine) else { return view };
    let mut places = Places::new(engine);
    if statements {
        let rows = answers.iter().flat_map(|answer| &answer.rows).map(|row| &row.examined);
        let strangers = answers.iter().flat_map(|answer| &answer.strangers).map(|row| &row.examined);
        let matched = rows.chain(strangers).flat_map(|examined| &examined.matched);
        places.find_all(matched.map(|matched| matched.statement.policy));
    }
    let mut row =
        |who: Named, answer: &WhoCan, resource: &str, decided: &Decided, examined: &Examined| WhoCanRow {
            principal: who.name,
            kind: who.kind,
            account: who.account,
            action: answer.action.clone(),
            resource: resource.to_owned(),
            decision: decision(decided.decision),
            condition: condition(engine, decided.condition).map(|view| view.unproved(!decided.proved)),
            statements: match statements {
                true => deciding(decided.decision, examined, &mut places),
                false => Vec::new(),
            },
            through: Vec::new(),
            through_left_out: 0,
        };
    for answer in answers {
        view.assumed.extend(assumed(&answer.assumed));
        view.assumed.extend(other_endpoints(answer.other_endpoints));
        view.assumed.extend(depends(&answer.readings()));
        for found in &answer.strangers {
            let who = Named::stranger(found);
            view.rows.push(row(who, answer, &found.resource, &found.decided, &found.examined));
        }
        for found in &answer.rows {
            let who = Named::principal(engine.facts().principal(found.principal));
            view.rows.push(row(who, answer, &found.resource, &found.decided, &found.examined));
        }
        view.unknown.extend(unknown(engine, answer));
        view.missing.extend(answer.missing.iter().cloned());
    }
    view.missing.sort();
    view.missing.dedup();
    view
}

/// What kind of callers strangers are.
pub fn stranger_kind(who: &Who) -> KindWord {
    match who {
        Who::Organization(_) => KindWord::Organization,
        Who::AnyService => KindWord::Service,
        Who::Everyone | Who::AnyAccount | Who::Account(_) | Who::Canonical(_) | Who::Principal(_) => {
            KindWord::Account
        }
    }
}

/// Whom a row is about.
struct Named {
    name: String,
    kind: KindWord,
    account: Option<String>,
}

impl Named {
    fn principal(fact: &PrincipalFact) -> Self {
        let name = if fact.kind == PrincipalKind::Everyone { "*" } else { &*fact.name };
        let account = fact.account.map(|account| account.to_string());
        Self { name: name.to_owned(), kind: kind(fact.kind), account }
    }

    fn stranger(stranger: &Stranger) -> Self {
        let name = match &stranger.who {
            Who::Organization(id) => id.to_string(),
            Who::AnyService => ANY_SERVICE.to_owned(),
            Who::Canonical(id) => format!("canonical user {id}"),
            _ => "any account".to_owned(),
        };
        Self { name, kind: stranger_kind(&stranger.who), account: None }
    }
}

/// Those without row of whom nobody knows: users, roles and root users of collected accounts by kind, and whether there may be
/// others.
fn unknown(engine: &Engine, answer: &WhoCan) -> Option<UnknownView> {
    let mut principals: BTreeMap<KindWord, usize> = BTreeMap::new();
    let mut outside = answer.strangers_unknown;
    for fact in answer.unknown.iter().map(|&id| engine.facts().principal(id)) {
        let account = fact.account.and_then(|account| engine.estate().account(account));
        let is_own = account.is_some_and(|account| account.collected);
        match fact.kind {
            PrincipalKind::User | PrincipalKind::Role | PrincipalKind::Root if is_own => {
                *principals.entry(kind(fact.kind)).or_default() += 1;
            }
            _ => outside |= !is_own,
        }
    }
    let some = outside || !principals.is_empty();
    some.then(|| UnknownView { action: answer.action.clone(), principals, outside })
}
