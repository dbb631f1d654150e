//! Condition blocks (S-COND-*): every operator, every key, every value.

use serde_json::Value;

use super::context::Held;
use super::json;
use super::operator::{Base, Operator, Pair, Set, boolean};
use super::statement::{Side, World};

/// One test, before what is open in it has been settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Sure(bool),
    /// Something in it cannot be interpreted: false in an Allow, open in a Deny (S-TRI-07).
    Malformed,
    /// It depends on something that nobody knows: open in either.
    Unknown,
}

/// Whether the whole `Condition` element holds. All of its tests must (S-COND-01).
pub fn holds(world: &World, condition: &Value, side: &Side) -> bool {
    let Value::Object(operators) = condition else { return side.malformed("Condition") };
    if operators.contains_key(json::REPEATED) {
        return side.malformed("Condition");
    }
    operators.iter().all(|(name, keys)| operator_holds(world, name, keys, side))
}

fn operator_holds(world: &World, name: &str, keys: &Value, side: &Side) -> bool {
    let Value::Object(keys) = keys else { return side.malformed(&format!("Condition.{name}")) };
    if keys.contains_key(json::REPEATED) {
        return side.malformed(&format!("Condition.{name}"));
    }
    let operator = Operator::read(name);
    let mut done: Vec<String> = Vec::new();
    for key in keys.keys() {
        let lower = key.to_lowercase();
        if done.contains(&lower) {
            continue;
        }
        let same: Vec<(&String, &Value)> = keys.iter().filter(|(k, _)| k.to_lowercase() == lower).collect();
        let tests: Vec<Test> = same
            .iter()
            .map(|(key, values)| match operator {
                Some(operator) if !key.contains("${") || !side.variables => {
                    test(world, operator, key, values, side)
                }
                _ => Test::Malformed,
            })
            .collect();
        if !settle(together(&tests, side), &format!("{name}.{lower}"), keys, side) {
            return false;
        }
        done.push(lower);
    }
    true
}

/// Keys that differ by case only are duplicates (S-GRAM-24, U-59).
fn together(tests: &[Test], side: &Side) -> Test {
    if let [one] = tests {
        return *one;
    }
    if tests.iter().all(|t| *t == Test::Sure(true)) {
        return Test::Sure(true);
    }
    if tests.iter().all(|t| *t == Test::Sure(false)) {
        return Test::Sure(false);
    }
    match side.is_allow {
        true if tests.contains(&Test::Sure(false)) => Test::Sure(false),
        true if !tests.contains(&Test::Malformed) => Test::Unknown,
        _ => Test::Malformed,
    }
}

fn settle(test: Test, name: &str, keys: &serde_json::Map<String, Value>, side: &Side) -> bool {
    match test {
        Test::Sure(holds) => holds,
        Test::Malformed => side.malformed(&format!("Condition.{name}")),
        // Equal tests share their outcome (S-TRI-05).
        Test::Unknown => {
            side.world.doubts.maybe(&format!("unknown test {name} {}", Value::Object(keys.clone())))
        }
    }
}

fn test(world: &World, operator: Operator, key: &str, values: &Value, side: &Side) -> Test {
    let held = world.held(key);
    if held == Held::Unknown {
        return match (operator.base, operator.set) {
            (Base::Null, Set::ForAllValues) => Test::Sure(true),
            (Base::Null, Set::ForAnyValue) => Test::Sure(false),
            _ => Test::Unknown,
        };
    }
    let policy: Vec<Option<String>> = json::list(values).into_iter().map(json::scalar).collect();
    if operator.base == Base::Null {
        return null_test(operator.set, &held, &policy);
    }
    if policy.is_empty() && operator.set == Set::None && !operator.if_exists {
        return Test::Malformed; // S-COND-51, U-47
    }
    let (request, multivalued) = match held {
        Held::Values { values, multivalued } if !values.is_empty() => (values, multivalued),
        _ => return absent(operator),
    };
    if operator.set == Set::None && multivalued {
        return Test::Malformed; // U-18
    }
    if policy.is_empty() {
        return Test::Sure(false); // S-COND-51
    }
    if request.iter().all(String::is_empty) && operator.set != Set::None {
        return Test::Sure(operator.set == Set::ForAllValues); // S-COND-50, U-43
    }
    let outcome = |bad: bool, open: bool| {
        let passes = |value: &String| {
            let hit = policy.iter().any(|p| {
                match p
                    .as_ref()
                    .map(|p| operator.base.compare(value, p, side.variables, &|name| world.held(name)))
                {
                    Some(Pair::Match) => true,
                    Some(Pair::NoMatch) => false,
                    Some(Pair::Unknown) => open,
                    Some(Pair::Bad) | None => bad,
                }
            });
            hit != operator.negated
        };
        match operator.set {
            Set::None => request.first().is_some_and(passes),
            Set::ForAllValues => request.iter().all(passes),
            Set::ForAnyValue => request.iter().any(passes),
        }
    };
    if outcome(true, true) != outcome(true, false) || outcome(false, true) != outcome(false, false) {
        Test::Unknown
    } else if outcome(true, true) != outcome(false, true) {
        Test::Malformed
    } else {
        Test::Sure(outcome(false, false))
    }
}

/// A key that is absent, or multivalued without a value (S-COND-10..12, S-COND-21, S-COND-22, S-COND-24, S-COND-25).
fn absent(operator: Operator) -> Test {
    match operator.set {
        Set::ForAllValues => Test::Sure(true),
        Set::ForAnyValue if operator.if_exists => Test::Malformed, // U-17
        Set::ForAnyValue => Test::Sure(false),
        Set::None => Test::Sure(operator.negated || operator.if_exists),
    }
}

/// `Null` knows two texts, in this spelling.
fn exact(text: &str) -> Option<bool> {
    boolean(text).filter(|wanted| text == wanted.to_string())
}

/// `Null` (S-COND-13, S-COND-52). The empty string and the empty list count as null (U-41, U-44).
fn null_test(set: Set, held: &Held, policy: &[Option<String>]) -> Test {
    match set {
        Set::ForAllValues => return Test::Sure(true),
        Set::ForAnyValue => return Test::Sure(false),
        Set::None => {}
    }
    let is_null = match held {
        Held::Values { values, .. } => values.iter().all(String::is_empty),
        _ => true,
    };
    let wanted: Vec<Option<bool>> = policy.iter().map(|p| p.as_deref().and_then(exact)).collect();
    if wanted.contains(&Some(is_null)) {
        Test::Sure(true)
    } else if wanted.is_empty() || wanted.contains(&None) {
        Test::Malformed
    } else {
        Test::Sure(false)
    }
}
