//! Random formulas: every operation agrees with evaluation at sampled contexts.

use entail::region::condition::{ConditionId, Effect, KeyId, Sat, Trool, Verdict};
use proptest::prelude::*;

use super::{Context, Lab, Partial};

/// Operator, key and values to choose from: few enough to collide.
const TESTS: &[(&str, &str, &[&str])] = &[
    ("StringEquals", "k", &["a"]),
    ("StringEquals", "k", &["a", "b"]),
    ("StringNotEquals", "k", &["b"]),
    ("StringLike", "k", &["a*"]),
    ("StringLike", "k", &["*b"]),
    ("StringNotLike", "k", &["a?*"]),
    ("StringEqualsIgnoreCase", "k", &["A"]),
    ("StringEqualsIfExists", "k", &["ab"]),
    ("Null", "k", &["true"]),
    ("NumericLessThan", "k", &["5"]),
    ("NumericNotEquals", "k", &["five"]),
    ("StringEquals", "k", &["${v}"]),
    ("StringNotEquals", "k", &["x${v}"]),
    ("StringLike", "v", &["${w, 'a'}*"]),
    ("StringEquals", "v", &["a"]),
    ("Null", "v", &["false"]),
    ("NumericLessThan", "num", &["5"]),
    ("NumericGreaterThanEquals", "num", &["5", "7"]),
    ("NumericNotEquals", "num", &["3"]),
    ("Bool", "flag", &["true"]),
    ("BoolIfExists", "flag", &["false"]),
    ("ForAnyValue:StringEquals", "set", &["a"]),
    ("ForAllValues:StringLike", "set", &["a*"]),
    ("ForAllValues:StringNotEquals", "set", &["b"]),
    ("ForAnyValue:StringNotLikeIfExists", "set", &["b*"]),
    ("ForAllValues:StringEquals", "set", &["a", "${v}"]),
    ("StringEquals", "set", &["a"]),
    ("IpAddress", "aws:SourceIp", &["203.0.113.0/24"]),
    ("NotIpAddress", "aws:SourceIp", &["198.51.100.0/24"]),
    ("StringEquals", "aws:SourceVpce", &["vpce-1"]),
    ("Null", "aws:SourceVpc", &["true"]),
];

/// Values to choose from; the empty list is an absent key.
const VALUES: &[(&str, &[&[&str]])] = &[
    ("k", &[&[], &[""], &["a"], &["A"], &["b"], &["ab"], &["aab"], &["xa"], &["4"], &["5"], &["x"]]),
    ("v", &[&[], &[""], &["a"], &["b"], &["ab"], &["x"]]),
    ("w", &[&[], &["a"], &["b"]]),
    ("num", &[&[], &["3"], &["4.5"], &["5"], &["8"]]),
    ("flag", &[&[], &["true"], &["false"]]),
    ("set", &[&[], &[""], &["a"], &["b"], &["a", "b"], &["ab", "a"], &["c"], &["", "a"]]),
    ("aws:SourceIp", &[&[], &["203.0.113.5"], &["198.51.100.1"], &["8.8.8.8"]]),
    ("aws:SourceVpce", &[&[], &["vpce-1"], &["vpce-2"]]),
    ("aws:SourceVpc", &[&[], &["vpc-1"]]),
];

#[derive(Debug, Clone)]
enum Formula {
    Test(usize, bool),
    Doubt(u8),
    Not(Box<Formula>),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

fn formula() -> impl Strategy<Value = Formula> {
    let leaf = prop_oneof![
        12 => (0..TESTS.len(), any::<bool>()).prop_map(|(test, deny)| Formula::Test(test, deny)),
        1 => (0..2u8).prop_map(Formula::Doubt),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|formula| Formula::Not(Box::new(formula))),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Formula::All),
            prop::collection::vec(inner, 0..4).prop_map(Formula::Any),
        ]
    })
}

fn context() -> impl Strategy<Value = Vec<usize>> {
    VALUES.iter().map(|(_, values)| 0..values.len()).collect::<Vec<_>>()
}

fn complete(lab: &Lab, choice: &[usize]) -> Context {
    let pairs: Vec<(&str, &[&str])> =
        VALUES.iter().zip(choice).map(|((name, values), &at)| (*name, values[at])).collect();
    lab.context(&pairs)
}

impl Formula {
    fn build(&self, lab: &Lab) -> ConditionId {
        match self {
            Formula::Test(at, deny) => {
                let (operator, key, values) = TESTS[*at];
                lab.test(if *deny { Effect::Deny } else { Effect::Allow }, operator, key, values)
            }
            Formula::Doubt(at) => lab.conditions.missing(&format!("file {at}")),
            Formula::Not(inner) => lab.conditions.not(inner.build(lab)),
            Formula::All(parts) => lab.conditions.and_all(parts.iter().map(|part| part.build(lab))),
            Formula::Any(parts) => lab.conditions.or_all(parts.iter().map(|part| part.build(lab))),
        }
    }

    /// Kleene's truth value, part by part.
    fn truth(&self, lab: &Lab, context: &Context) -> Trool {
        match self {
            Formula::Test(..) | Formula::Doubt(_) => lab.conditions.evaluate(self.build(lab), context),
            Formula::Not(inner) => !inner.truth(lab, context),
            Formula::All(parts) => {
                parts.iter().fold(Trool::True, |truth, part| truth.and(part.truth(lab, context)))
            }
            Formula::Any(parts) => {
                parts.iter().fold(Trool::False, |truth, part| truth.or(part.truth(lab, context)))
            }
        }
    }
}

/// Whether a context keeps the couplings of the network keys.
fn is_possible(choice: &[usize]) -> bool {
    let present = |name: &str| VALUES.iter().zip(choice).any(|((key, _), &at)| *key == name && at > 0);
    present("aws:SourceVpce") == present("aws:SourceVpc")
        && !(present("aws:SourceIp") && present("aws:SourceVpce"))
}

/// A definite truth value that operations must keep; simplification may make an indefinite one definite.
fn keeps(before: Trool, after: Trool) -> bool {
    before == Trool::Unknown || before == after
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn formulas_agree_with_evaluation(formula in formula(), choice in context()) {
        let lab = Lab::default();
        let condition = formula.build(&lab);
        let context = complete(&lab, &choice);
        let truth = formula.truth(&lab, &context);
        prop_assert!(keeps(truth, lab.conditions.evaluate(condition, &context)), "{}", lab.conditions.text(condition));
        prop_assert_eq!(lab.conditions.not(lab.conditions.not(condition)), condition);
    }

    #[test]
    fn binding_agrees_with_evaluation(formula in formula(), choice in context(), known in prop::collection::vec(any::<bool>(), VALUES.len())) {
        let lab = Lab::default();
        let condition = formula.build(&lab);
        let context = complete(&lab, &choice);
        let is_known = |key: &KeyId| VALUES.iter().zip(&known).any(|((name, _), known)| *known && lab.key(name) == *key);
        let mut part = context.clone();
        part.0.retain(|key, _| is_known(key));
        let bound = lab.conditions.bind(condition, &Partial(part.clone()));
        let (before, after) = (lab.conditions.evaluate(condition, &context), lab.conditions.evaluate(bound, &context));
        prop_assert!(keeps(before, after), "{} becomes {}", lab.conditions.text(condition), lab.conditions.text(bound));
        prop_assert!(lab.conditions.keys(bound).iter().all(|key| !is_known(key)), "known keys are gone");
        prop_assert_eq!(lab.conditions.bind(bound, &Partial(part)), bound);
    }

    #[test]
    fn satisfiability_agrees_with_evaluation(formula in formula(), choice in context()) {
        let lab = Lab::default();
        let condition = formula.build(&lab);
        let verdict = lab.sat(condition);
        let context = complete(&lab, &choice);
        if is_possible(&choice) && lab.conditions.evaluate(condition, &context) == Trool::True {
            prop_assert!(verdict != Verdict::No, "{} holds at {:?}", lab.conditions.text(condition), context);
        }
        let compares = TESTS.iter().enumerate().any(|(at, (.., values))| {
            values.iter().any(|value| value.contains("${")) && format!("{formula:?}").contains(&format!("Test({at},"))
        });
        prop_assert!(compares || verdict != Verdict::Unproved, "{}", lab.conditions.text(condition));
    }

    #[test]
    fn simplification_changes_nothing(formula in formula(), choice in context()) {
        let lab = Lab::default();
        let condition = formula.build(&lab);
        let simple = lab.conditions.simplify(condition);
        prop_assert!(lab.conditions.equivalent(condition, simple) != Verdict::No, "{} as {}", lab.conditions.text(condition), lab.conditions.text(simple));
        let context = complete(&lab, &choice);
        if is_possible(&choice) {
            let (before, after) = (lab.conditions.evaluate(condition, &context), lab.conditions.evaluate(simple, &context));
            prop_assert!(keeps(before, after), "{} as {} at {:?}", lab.conditions.text(condition), lab.conditions.text(simple), context);
        }
        let length = |condition| serde_json::to_string(&lab.conditions.tree(condition)).map(|text| text.len()).unwrap_or(0);
        prop_assert!(length(simple) <= length(condition) + 40, "{} as {}", lab.conditions.text(condition), lab.conditions.text(simple));
        let again = Lab::default();
        // Other ids, same result.
        again.allow("StringEquals", "zzz", &["y"]);
        for (operator, key, values) in TESTS.iter().rev() {
            again.deny(operator, key, values);
        }
        let other = formula.build(&again);
        prop_assert_eq!(again.conditions.text(again.conditions.simplify(other)), lab.conditions.text(simple));
        if let Sat::No = lab.conditions.satisfiable(condition) {
            prop_assert_eq!(simple, ConditionId::NEVER);
        }
    }
}
