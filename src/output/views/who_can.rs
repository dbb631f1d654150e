//! The answer to `who-can`.

use super::can::deciding;
use super::{Places, assumed, condition, decision, kind, other_endpoints};
use crate::answers::WhoCan;
use crate::facts::PrincipalKind;
use crate::output::{WhoCanAnswer, WhoCanRow};

/// The answers of one engine for several actions as plain data; without `statements` the rows do not say why.
pub fn who_can_view(answers: &[WhoCan], statements: bool) -> WhoCanAnswer {
    let mut view = WhoCanAnswer::default();
    let Some(engine) = answers.first().map(|answer| answer.engine) else { return view };
    let mut places = Places::new(engine);
    if statements {
        let rows = answers.iter().flat_map(|answer| &answer.rows);
        let matched = rows.flat_map(|row| &row.examined.matched);
        places.find_all(matched.map(|matched| matched.statement.policy));
    }
    for answer in answers {
        view.assumed.extend(assumed(&answer.assumed));
        view.assumed.extend(other_endpoints(answer.other_endpoints));
        for row in &answer.rows {
            let fact = engine.facts().principal(row.principal);
            let name = if fact.kind == PrincipalKind::Everyone { "*" } else { &*fact.name };
            view.rows.push(WhoCanRow {
                principal: name.to_owned(),
                kind: kind(fact.kind),
                account: fact.account.map(|account| account.to_string()),
                action: answer.action.clone(),
                resource: row.resource.clone(),
                decision: decision(row.decided.decision),
                condition: condition(engine, row.decided.condition),
                statements: match statements {
                    true => deciding(row.decided.decision, &row.examined, &mut places),
                    false => Vec::new(),
                },
                through: Vec::new(),
            });
        }
        view.missing.extend(answer.missing.iter().cloned());
    }
    view.missing.sort();
    view.missing.dedup();
    view
}
