//! The answer to `what-can`.

use serde_json::Value;

use super::{assumed, condition};
use crate::answers::{DocumentPart, MOST_CHARACTERS, WhatCan, characters, document};
use crate::output::{InexpressibleView, TooLongView, WhatCanAnswer};

/// The answer as plain data; `split`: with documents as AWS takes them in place of the one.
pub fn what_can_view(answer: &WhatCan, split: bool) -> WhatCanAnswer {
    let engine = answer.engine;
    let list = answer.inexpressible.iter().map(|one| InexpressibleView {
        actions: one.actions.clone(),
        resources: one.resources.clone(),
        condition: condition(engine, one.region.condition),
        why: one.why.clone(),
    });
    let parts = match split {
        true => answer.documents(MOST_CHARACTERS),
        false => vec![DocumentPart { statements: answer.statements.clone(), too_long: None }],
    };
    let too_long = (1..).zip(&parts).filter_map(|(number, part)| {
        let characters = characters(&part.statements);
        let why = part.too_long.clone();
        (characters > MOST_CHARACTERS).then_some(TooLongView { document: number, characters, why })
    });
    let mut documents = parts.iter().map(|part| document(&part.statements));
    WhatCanAnswer {
        principal: answer.caller.name.to_string(),
        too_long: too_long.collect(),
        document: match split {
            true => documents.collect::<Vec<Value>>().into(),
            false => documents.next().unwrap_or_default(),
        },
        inexpressible: list.collect(),
        missing: answer.missing.clone(),
        assumed: assumed(&answer.assumed).collect(),
    }
}
