//! `Condition` -> a formula, with the run's assumptions bound (S-COND-*).

use std::collections::BTreeMap;

use super::Compiler;
use super::resources::{template_version, test_effect};
use crate::document::{Condition, ConditionValue, Effect, Malformed, Test, Version};
use crate::facts::readings::{Holds, Question};
use crate::region::condition::{ConditionId, Operator, RawTest};

/// The conjunction of a statement's tests (S-COND-01, S-COND-05).
pub fn compile(compiler: &Compiler, tests: &[Condition], effect: Effect, version: Version) -> ConditionId {
    let conditions = &compiler.arena.conditions;
    let mut all = Vec::with_capacity(tests.len());
    let mut twins: BTreeMap<(u32, String), Vec<ConditionId>> = BTreeMap::new();
    for condition in tests {
        let test = one(compiler, condition, effect, version);
        match condition.has_twin {
            true => {
                let key = (condition.block, condition.key.value.to_ascii_lowercase());
                twins.entry(key).or_default().push(test);
            }
            false => all.push(test),
        }
    }
    for (_, twins) in twins {
        let every = conditions.and_all(twins.iter().copied());
        all.push(match (effect, compiler.assumptions.readings.holds(Question::TwinKeys)) {
            (_, Holds::Yes) => conditions.or_all(twins),
            (Effect::Allow, _) | (_, Holds::No) => every,
            // U-59: all true is true, none true is false, anything else is open.
            (Effect::Deny | Effect::Unreadable, _) => {
                let some = conditions.or_all(twins);
                let open = compiler.malformed("condition keys that differ only by case");
                conditions.or(every, conditions.and(some, open))
            }
        });
    }
    compiler.assume(conditions.and_all(all))
}

fn one(compiler: &Compiler, condition: &Condition, effect: Effect, version: Version) -> ConditionId {
    let unreadable = || match effect {
        Effect::Allow => ConditionId::NEVER,
        Effect::Deny | Effect::Unreadable => {
            let text = format!("the test `{}` of `{}`", condition.operator.value, condition.key.value);
            compiler.malformed(&text)
        }
    };
    let Test::Readable { values, .. } = &condition.test else {
        return unreadable();
    };
    let Ok(operator) = Operator::parse(&condition.operator.value) else {
        return unreadable();
    };
    // `null` and nested values have no text to compare (S-GRAM-23, U-60); what an operator can't read of a text it says.
    let has_text =
        |malformed: &Malformed| !malformed.text.starts_with(['{', '[']) && &*malformed.text != "null";
    let (mut texts, mut not_text) = (Vec::with_capacity(values.len()), Vec::new());
    for value in values {
        match value {
            ConditionValue::Text(text) => texts.push(&*text.value),
            ConditionValue::Malformed(malformed) if has_text(malformed) => texts.push(&*malformed.text),
            ConditionValue::Malformed(malformed) => not_text.push(&*malformed.text),
        }
    }
    compiler.arena.conditions.test(&RawTest {
        operator,
        key: compiler.key(&condition.key.value),
        values: &texts,
        not_text: &not_text,
        effect: test_effect(effect),
        version: template_version(version),
        place: "a condition value",
        keys: &crate::facts::keys::key,
    })
}
