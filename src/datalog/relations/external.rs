//! Rows on who gets in from outside.

use rayon::prelude::*;

use super::{Row, Rows, optional, row, word};
use crate::answers::Engine;
use crate::answers::external::{External, Who};
use crate::datalog::text::Value;
use crate::facts::ANY_SERVICE;
use crate::rules::decision::Decision;

impl Rows<'_> {
    /// Every way in from outside of a resource's account.
    pub(super) fn external(&self) -> Vec<Row> {
        // Callers of whom no export speaks are stood for by some that only this engine knows.
        let engine = self.engine.with_outsiders();
        let rows = engine.external_access().rows;
        rows.par_iter().map(|external| way_in(&engine, external)).collect()
    }
}

fn way_in(engine: &Engine, external: &External) -> Row {
    let facts = engine.facts();
    let who = match &external.who {
        Who::Everyone => "*".to_owned(),
        Who::AnyAccount => "any account".to_owned(),
        Who::AnyService => ANY_SERVICE.to_owned(),
        Who::Organization(id) => id.to_string(),
        Who::Account(account) => account.to_string(),
        Who::Canonical(id) => format!("canonical user {id}"),
        Who::Principal(id) => facts.principal(*id).name.to_string(),
    };
    let answer = match external.decision {
        Decision::Allowed => "allowed",
        Decision::Conditional => "conditional",
        _ => "unknown",
    };
    let (policy, index) = match external.statement {
        Some(statement) => (facts.policy(statement.policy).label.to_string(), statement.index.into()),
        None => (String::new(), -1),
    };
    row([
        Value::Text(external.resource.clone()),
        optional(external.owner),
        word(external.scope),
        Value::text(&who),
        Value::symbol(answer),
        Value::texts(external.actions.iter().map(String::as_str)),
        Value::text(&external.part),
        Value::text(&facts.arena().conditions.text(external.condition)),
        Value::text(&policy),
        Value::Number(index),
    ])
}
