//! The answer to `what-can`.

use serde_json::Value;

use super::{assumed, condition};
use crate::answers::{WhatCan, document};
use crate::output::{InexpressibleView, WhatCanAnswer};

/// The answer as plain data; with documents of a certain size in place of the one, if they are wanted.
pub fn what_can_view(answer: &WhatCan, most_characters: Option<usize>) -> WhatCanAnswer {
    let engine = answer.engine;
    let list = answer.inexpressible.iter().map(|one| InexpressibleView {
        actions: one.actions.clone(),
        resources: one.resources.clone(),
        condition: condition(engine, one.region.condition),
        why: one.why.clone(),
    });
    WhatCanAnswer {
        principal: answer.caller.name.to_string(),
        document: match most_characters {
            Some(most) => {
                answer.documents(most).iter().map(|part| document(part)).collect::<Vec<Value>>().into()
            }
            None => document(&answer.statements),
        },
        inexpressible: list.collect(),
        missing: answer.missing.clone(),
        assumed: assumed(&answer.assumed).collect(),
    }
}
