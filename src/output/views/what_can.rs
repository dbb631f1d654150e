//! The answer to `what-can`.

use serde_json::Value;

use super::{assumed, condition};
use crate::answers::{Context, Statement, WhatCan, document, split};
use crate::output::{InexpressibleView, WhatCanAnswer};

/// The answer as plain data, in a context that was stated; its document in parts of the size that AWS allows, if they are
/// wanted.
pub fn what_can_view(answer: &WhatCan, stated: &Context, parts: bool) -> WhatCanAnswer {
    let engine = answer.engine;
    let written = |statements: &[Statement]| document(statements);
    let list = answer.inexpressible.iter().map(|one| InexpressibleView {
        actions: one.actions.clone(),
        resources: one.resources.clone(),
        condition: condition(engine, one.condition),
        why: one.why.clone(),
    });
    WhatCanAnswer {
        principal: answer.caller.name.to_string(),
        document: match parts {
            true => split(&answer.statements).iter().map(|part| written(part)).collect::<Vec<Value>>().into(),
            false => written(&answer.statements),
        },
        inexpressible: list.collect(),
        missing: answer.missing.clone(),
        assumed: assumed(engine).into_iter().chain(stated.named()).collect(),
    }
}
