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

/// Tests of keys that are coupled by value.
const COUPLED: &[(&str, &str, &[&str])] = &[
    ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::1:role/*"]),
    ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*/bob", "arn:*:*:*:2:root"]),
    ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:sts::*:federated-user/?*"]),
    ("StringLike", "aws:PrincipalArn", &["*:user/*"]),
    ("StringEquals", "aws:PrincipalArn", &["arn:aws:iam::1:role/dev"]),
    ("StringEquals", "aws:PrincipalAccount", &["1"]),
    ("StringNotLike", "aws:PrincipalAccount", &["?2*"]),
    ("StringEquals", "aws:PrincipalType", &["User", "Account"]),
    ("StringNotEquals", "aws:PrincipalType", &["AssumedRole"]),
    ("StringEqualsIgnoreCase", "aws:username", &["BOB"]),
    ("StringNotEquals", "aws:username", &["alice"]),
    ("Null", "aws:username", &["true"]),
    ("StringLike", "aws:userid", &["AIDA*", "1"]),
    ("StringNotLike", "aws:userid", &["*:*"]),
    ("StringEquals", "aws:PrincipalOrgID", &["o-1"]),
    ("StringNotEqualsIfExists", "aws:PrincipalOrgID", &["o-2"]),
    ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-1/r-1/*"]),
    ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", &["o-2/r-2/", "o-1/r-1/ou-1/"]),
    ("DateLessThan", "aws:CurrentTime", &["2024-01-01"]),
    ("DateEquals", "aws:CurrentTime", &["2024-06-01T00:00:00Z"]),
    ("StringEquals", "aws:CurrentTime", &["2024-06-01T00:00:00Z"]),
    ("NumericGreaterThan", "aws:EpochTime", &["1704067200"]),
    ("DateGreaterThanEquals", "aws:EpochTime", &["2024-06-01"]),
    ("ForAnyValue:StringEquals", "aws:CalledVia", &["a", "b"]),
    ("ForAllValues:StringLike", "aws:CalledVia", &["a*"]),
    ("StringEquals", "aws:CalledViaFirst", &["a"]),
    ("StringNotEquals", "aws:CalledViaLast", &["b"]),
    ("Bool", "aws:ViaAWSService", &["true"]),
    ("Bool", "aws:PrincipalIsAWSService", &["false"]),
    ("Null", "aws:TokenIssueTime", &["true"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", &["false"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["60"]),
    ("StringEquals", "aws:RequestTag/team", &["red"]),
    ("Null", "aws:RequestTag/cost", &["false"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", &["team", "Cost"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["team"]),
];

/// Values that occur together in one request.
type Group = &'static [&'static [(&'static str, &'static [&'static str])]];

const GROUPS: &[Group] = &[
    &[
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::1:role/dev"]),
            ("aws:PrincipalAccount", &["1"]),
            ("aws:PrincipalType", &["AssumedRole"]),
            ("aws:userid", &["AROA1:x"]),
            ("aws:TokenIssueTime", &["2024-01-01T00:00:00Z"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::12:role/x/dev"]),
            ("aws:PrincipalAccount", &["12"]),
            ("aws:PrincipalType", &["AssumedRole"]),
            ("aws:userid", &["AROA2:y"]),
            ("aws:TokenIssueTime", &["2024-01-01T00:00:00Z"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::1:user/a/bob"]),
            ("aws:PrincipalAccount", &["1"]),
            ("aws:PrincipalType", &["User"]),
            ("aws:userid", &["AIDA1"]),
            ("aws:username", &["bob"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::22:user/Bob"]),
            ("aws:PrincipalAccount", &["22"]),
            ("aws:PrincipalType", &["User"]),
            ("aws:userid", &["AIDA2"]),
            ("aws:username", &["Bob"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::2:root"]),
            ("aws:PrincipalAccount", &["2"]),
            ("aws:PrincipalType", &["Account"]),
            ("aws:userid", &["2"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:iam::1:root"]),
            ("aws:PrincipalAccount", &["1"]),
            ("aws:PrincipalType", &["Account"]),
            ("aws:userid", &["1"]),
        ],
        &[
            ("aws:PrincipalArn", &["arn:aws:sts::1:federated-user/bob"]),
            ("aws:PrincipalAccount", &["1"]),
            ("aws:PrincipalType", &["FederatedUser"]),
            ("aws:userid", &["1:bob"]),
            ("aws:TokenIssueTime", &["2024-01-01T00:00:00Z"]),
        ],
        &[
            ("aws:PrincipalAccount", &["anonymous"]),
            ("aws:PrincipalType", &["Anonymous"]),
            ("aws:userid", &["anonymous"]),
        ],
    ],
    &[
        &[],
        &[("aws:PrincipalOrgID", &["o-1"]), ("aws:PrincipalOrgPaths", &["o-1/r-1/"])],
        &[("aws:PrincipalOrgID", &["o-1"]), ("aws:PrincipalOrgPaths", &["o-1/r-1/ou-1/"])],
        &[("aws:PrincipalOrgID", &["o-2"]), ("aws:PrincipalOrgPaths", &["o-2/r-2/"])],
        &[("aws:PrincipalOrgID", &["o-3"]), ("aws:PrincipalOrgPaths", &["o-3/r-1/"])],
    ],
    &[
        &[("aws:CurrentTime", &["2023-01-01T00:00:00Z"]), ("aws:EpochTime", &["1672531200"])],
        &[("aws:CurrentTime", &["2024-01-01T00:00:00Z"]), ("aws:EpochTime", &["1704067200"])],
        &[("aws:CurrentTime", &["2024-06-01T00:00:00Z"]), ("aws:EpochTime", &["1717200000"])],
        &[("aws:CurrentTime", &["2024-06-01T00:00:00.0Z"]), ("aws:EpochTime", &["1717200000"])],
        &[("aws:CurrentTime", &["2025-01-01T00:00:00Z"]), ("aws:EpochTime", &["1735689600"])],
    ],
    &[
        &[("aws:ViaAWSService", &["false"]), ("aws:PrincipalIsAWSService", &["false"])],
        &[("aws:ViaAWSService", &["true"]), ("aws:PrincipalIsAWSService", &["false"])],
        &[
            ("aws:ViaAWSService", &["true"]),
            ("aws:PrincipalIsAWSService", &["false"]),
            ("aws:CalledVia", &["a"]),
            ("aws:CalledViaFirst", &["a"]),
            ("aws:CalledViaLast", &["a"]),
        ],
        &[
            ("aws:ViaAWSService", &["true"]),
            ("aws:PrincipalIsAWSService", &["false"]),
            ("aws:CalledVia", &["a", "c", "b"]),
            ("aws:CalledViaFirst", &["a"]),
            ("aws:CalledViaLast", &["b"]),
        ],
        &[
            ("aws:ViaAWSService", &["true"]),
            ("aws:PrincipalIsAWSService", &["false"]),
            ("aws:CalledVia", &["ab", "a"]),
            ("aws:CalledViaFirst", &["ab"]),
            ("aws:CalledViaLast", &["a"]),
        ],
    ],
    &[&[], &[("aws:MultiFactorAuthPresent", &["false"])]],
    &[
        &[],
        &[("aws:TagKeys", &["team"])],
        &[("aws:TagKeys", &["team"]), ("aws:RequestTag/team", &["red"])],
        &[("aws:TagKeys", &["Cost", "other"]), ("aws:RequestTag/cost", &["1"])],
        &[
            ("aws:TagKeys", &["Cost", "team"]),
            ("aws:RequestTag/cost", &[""]),
            ("aws:RequestTag/team", &["blue"]),
        ],
    ],
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn coupled_keys_keep_all_real_requests(
        choice in GROUPS.iter().map(|group| 0..group.len()).collect::<Vec<_>>(),
        clauses in prop::collection::vec(prop::collection::vec((0..COUPLED.len(), any::<bool>()), 1..3), 1..6),
    ) {
        let lab = Lab::default();
        let conditions = &lab.conditions;
        let pairs: Vec<(&str, &[&str])> = GROUPS.iter().zip(&choice).flat_map(|(group, &at)| group[at]).copied().collect();
        let context = lab.context(&pairs);
        // Each clause that does not hold in the request is turned round, so that the request satisfies all of them.
        let clauses = clauses.iter().map(|literals| {
            let clause = conditions.or_all(literals.iter().map(|&(test, negated)| {
                let (operator, key, values) = COUPLED[test];
                let test = lab.allow(operator, key, values);
                if negated { conditions.not(test) } else { test }
            }));
            if conditions.evaluate(clause, &context) == Trool::True { clause } else { conditions.not(clause) }
        });
        let formula = conditions.and_all(clauses);
        prop_assert_eq!(conditions.evaluate(formula, &context), Trool::True);
        prop_assert!(lab.sat(formula) == Verdict::Yes, "{} at {:?}", conditions.text(formula), pairs);
        let simple = conditions.simplify(formula);
        prop_assert_eq!(conditions.evaluate(simple, &context), Trool::True);
    }

    #[test]
    fn globs_agree_with_all_short_texts(patterns in prop::collection::vec("[ab*?]{0,4}", 1..5), signs in prop::collection::vec(any::<bool>(), 5)) {
        let lab = Lab::default();
        let tests = patterns.iter().zip(&signs).map(|(pattern, &sign)| {
            let test = lab.allow("StringLike", "k", &[pattern]);
            if sign { test } else { lab.conditions.not(test) }
        });
        let formula = lab.conditions.and(lab.conditions.and_all(tests), lab.conditions.not(lab.conditions.absent(lab.key("k"))));
        let verdict = lab.sat(formula);
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..5 {
            let longer: Vec<String> = texts[from..].iter().flat_map(|text| ["a", "b", "c"].map(|c| format!("{text}{c}"))).collect();
            from = texts.len();
            texts.extend(longer);
        }
        let found = texts.iter().find(|text| lab.at(formula, &[("k", &[text])]) == Trool::True);
        prop_assert!(verdict == Verdict::Yes || found.is_none(), "{} holds at {found:?}", lab.conditions.text(formula));
        prop_assert!(verdict != Verdict::Unproved);
    }
}

#[test]
fn a_user_id_and_an_instant_are_found_together() {
    let lab = Lab::default();
    let conditions = &lab.conditions;
    let id = lab.allow("StringNotLike", "aws:userid", &["1", "AIDA*"]);
    let federated = lab.allow("ArnLike", "aws:PrincipalArn", &["arn:aws:sts::*:federated-user/?*"]);
    let before = lab.allow("DateLessThan", "aws:CurrentTime", &["2024-01-01"]);
    assert_eq!(lab.sat(id), Verdict::Yes);
    assert_eq!(lab.sat(conditions.and(id, conditions.not(before))), Verdict::Yes);
    assert_eq!(lab.sat(conditions.and(id, federated)), Verdict::Yes);
    let either = conditions.or(federated, conditions.not(before));
    assert_eq!(lab.sat(either), Verdict::Yes);
    assert_eq!(lab.sat(conditions.and(id, either)), Verdict::Yes);
}

#[test]
fn a_federated_user_and_a_calling_service_are_found_together() {
    let lab = Lab::default();
    let conditions = &lab.conditions;
    let choice = [6, 0, 0, 2, 0, 0];
    let pairs: Vec<(&str, &[&str])> =
        GROUPS.iter().zip(&choice).flat_map(|(group, &at)| group[at]).copied().collect();
    let context = lab.context(&pairs);
    let first = lab.allow("StringEquals", "aws:CalledViaFirst", &["a"]);
    let id = lab.allow("StringLike", "aws:userid", &["AIDA*", "1"]);
    let either = conditions.or_all([first, id]);
    let otherwise = lab.allow("ArnNotLike", "aws:PrincipalArn", &["arn:aws:sts::*:federated-user/?*"]);
    let formula = conditions.and_all([either, conditions.not(otherwise)]);
    assert_eq!(conditions.evaluate(formula, &context), Trool::True);
    assert_eq!(
        lab.sat(formula),
        Verdict::Yes,
        "{} {:?}",
        conditions.text(formula),
        conditions.satisfiable(formula)
    );
}
