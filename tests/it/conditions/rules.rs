//! One row or more for each rule on tests of one key.

use entail::region::condition::{ConditionId, Effect, Operator, Trool, Verdict, Version};

use super::Lab;

const T: Trool = Trool::True;
const F: Trool = Trool::False;
const U: Trool = Trool::Unknown;

/// Rule, operator, key, policy values, request values, truth in an Allow and in a Deny.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    Trool,
    Trool,
);

const ROWS: &[Row] = &[
    ("S-COND-01", "StringEquals", "k", &["a", "b"], &["b"], T, T),
    ("S-COND-02", "StringNotEquals", "k", &["x", "y"], &["y"], F, F),
    ("S-COND-02", "StringNotEquals", "k", &["x", "y"], &["z"], T, T),
    ("S-COND-02", "NotIpAddress", "ip", &["10.0.0.0/8", "11.0.0.0/8"], &["11.1.1.1"], F, F),
    ("S-COND-10", "StringEquals", "k", &["a"], &[], F, F),
    ("S-COND-10", "IpAddress", "ip", &["0.0.0.0/0"], &[], F, F),
    ("S-COND-10", "ArnLike", "arn", &["*"], &[], F, F),
    ("S-COND-11", "StringNotEquals", "k", &["a"], &[], T, T),
    ("S-COND-11", "ArnNotLike", "arn", &["*"], &[], T, T),
    ("S-COND-11", "DateNotEquals", "date", &["2024-01-01"], &[], T, T),
    ("S-COND-12", "StringEqualsIfExists", "k", &["a"], &[], T, T),
    ("S-COND-12", "StringEqualsIfExists", "k", &["a"], &["b"], F, F),
    ("S-COND-12", "StringNotEqualsIfExists", "k", &["a"], &[], T, T),
    ("S-COND-12", "StringNotEqualsIfExists", "k", &["a"], &["a"], F, F),
    ("S-COND-12", "BoolIfExists", "flag", &["false"], &[], T, T),
    ("S-COND-13", "Null", "k", &["true"], &[], T, T),
    ("S-COND-13", "Null", "k", &["true"], &["a"], F, F),
    ("S-COND-13", "Null", "k", &["false"], &["a"], T, T),
    ("S-COND-13", "Null", "k", &["true", "false"], &["a"], T, T),
    ("S-COND-13", "Null", "k", &["maybe"], &["a"], F, U),
    ("S-COND-13", "Null", "k", &["maybe", "true"], &[], T, T),
    ("S-COND-15", "Bool", "flag", &["false"], &[], F, F),
    ("S-COND-21", "ForAnyValue:StringEquals", "set", &["a", "b"], &["c", "b"], T, T),
    ("S-COND-21", "ForAnyValue:StringEquals", "set", &["a", "b"], &["c"], F, F),
    ("S-COND-21", "ForAnyValue:StringEquals", "set", &["a"], &[], F, F),
    ("S-COND-22", "ForAllValues:StringEquals", "set", &["a", "b"], &["a", "b"], T, T),
    ("S-COND-22", "ForAllValues:StringEquals", "set", &["a", "b"], &["a", "c"], F, F),
    ("S-COND-22", "ForAllValues:StringEquals", "set", &["a"], &[], T, T),
    ("S-COND-23", "ForAnyValue:StringNotEquals", "set", &["a", "b"], &["a", "c"], T, T),
    ("S-COND-23", "ForAnyValue:StringNotEquals", "set", &["a", "b"], &["a", "b"], F, F),
    ("S-COND-23", "ForAllValues:StringNotEquals", "set", &["a", "b"], &["c", "d"], T, T),
    ("S-COND-23", "ForAllValues:StringNotEquals", "set", &["a", "b"], &["c", "b"], F, F),
    ("S-COND-24", "ForAnyValue:StringNotEquals", "set", &["a"], &[], F, F),
    ("S-COND-24", "ForAllValues:StringNotEquals", "set", &["a"], &[], T, T),
    ("S-COND-25 U-17", "ForAnyValue:StringEqualsIfExists", "set", &["a"], &[], F, U),
    ("S-COND-25 U-17", "ForAnyValue:StringNotEqualsIfExists", "set", &["a"], &[], F, U),
    ("S-COND-25", "ForAnyValue:StringEqualsIfExists", "set", &["a"], &["a"], T, T),
    ("S-COND-25", "ForAllValues:StringEqualsIfExists", "set", &["a"], &[], T, T),
    ("S-COND-26", "ForAllValues:StringEquals", "k", &["a"], &[], T, T),
    ("S-COND-26", "ForAnyValue:StringEquals", "k", &["a"], &["a"], T, T),
    ("S-COND-27 U-18", "StringEquals", "set", &["a"], &["a"], F, U),
    ("S-COND-27 U-18", "StringNotEquals", "set", &["a"], &["b"], F, U),
    ("S-COND-27", "StringNotEquals", "set", &["a"], &[], T, T),
    ("S-COND-27", "StringEquals", "set", &["a"], &[], F, F),
    ("S-COND-27", "StringEqualsIfExists", "set", &["a"], &[], T, T),
    ("S-COND-27", "Null", "set", &["false"], &["a"], T, T),
    ("S-COND-30", "StringEquals", "k", &["te*"], &["test"], F, F),
    ("S-COND-30", "StringEquals", "k", &["te*"], &["te*"], T, T),
    ("S-COND-30", "StringEquals", "k", &["A"], &["a"], F, F),
    ("S-COND-31", "StringEqualsIgnoreCase", "k", &["aB"], &["Ab"], T, T),
    ("S-COND-31", "StringNotEqualsIgnoreCase", "k", &["aB"], &["Ab"], F, F),
    ("S-COND-32", "StringLike", "k", &["a/*:?"], &["a/b/c:d:e"], T, T),
    ("S-COND-32", "StringLike", "k", &["a*"], &["ba"], F, F),
    ("S-COND-32", "StringLike", "k", &["${*}"], &["*"], T, T),
    ("S-COND-32", "StringLike", "k", &["${*}"], &["a"], F, F),
    ("S-COND-33", "StringLike", "k", &[""], &[""], T, T),
    ("S-COND-33", "StringLike", "k", &[""], &[], F, F),
    ("S-COND-33", "StringLike", "k", &["*"], &[""], T, T),
    ("S-COND-33", "StringEqualsIfExists", "k", &["a"], &[""], F, F),
    ("S-COND-34", "NumericEquals", "num", &["10"], &["10.0"], T, T),
    ("S-COND-34", "NumericNotEquals", "num", &["10"], &["10.0"], F, F),
    ("S-COND-34", "NumericLessThan", "num", &["10"], &["9.99"], T, T),
    ("S-COND-34", "NumericLessThanEquals", "num", &["-1"], &["-1.0"], T, T),
    ("S-COND-34", "NumericGreaterThan", "num", &["9"], &["10"], T, T),
    ("S-COND-34", "NumericGreaterThanEquals", "num", &["9", "5"], &["7"], T, T),
    ("S-GRAM-06", "NumericEquals", "num", &["1e3"], &["1000"], T, T),
    ("S-COND-34 U-19", "NumericEquals", "k", &["10"], &["ten"], F, U),
    ("S-COND-34 U-19", "NumericNotEquals", "k", &["10"], &["ten"], F, U),
    ("S-COND-34 U-19", "NumericEquals", "num", &["ten"], &["10"], F, U),
    ("S-COND-34 U-19", "NumericNotEquals", "num", &["ten"], &["10"], F, U),
    ("S-TRI-07 others keep working", "NumericEquals", "num", &["ten", "10"], &["10"], T, T),
    ("S-TRI-07 others keep working", "NumericNotEquals", "num", &["ten", "10"], &["10"], F, F),
    ("S-TRI-07", "NumericNotEquals", "num", &["ten", "10"], &["11"], F, U),
    ("S-TRI-07 no reading counts", "NumericEquals", "num", &["ten"], &[], F, F),
    ("S-TRI-07 no reading counts", "NumericNotEquals", "num", &["ten"], &[], T, T),
    ("S-TRI-07", "ForAllValues:NumericEquals", "nums", &["ten", "1"], &["1", "2"], F, U),
    ("S-TRI-07", "ForAnyValue:NumericEquals", "nums", &["ten", "1"], &["1", "2"], T, T),
    ("S-TRI-07", "ForAnyValue:NumericNotEquals", "nums", &["ten", "1"], &["1", "2"], F, U),
    ("S-TRI-07", "ForAllValues:NumericNotEquals", "nums", &["ten", "1"], &["1", "2"], F, F),
    ("S-COND-35", "DateGreaterThan", "date", &["2024-01-01T00:00:00Z"], &["2024-01-01T00:00:00.5Z"], T, T),
    ("S-COND-35", "DateEquals", "date", &["2024-01-01T02:00+02:00"], &["2024-01-01T00:00:00Z"], T, T),
    ("S-COND-35", "DateEquals", "date", &["1704067200"], &["2024-01-01T00:00:00Z"], T, T),
    ("S-COND-35", "DateLessThan", "date", &["2024-02-30"], &["2023-01-01T00:00:00Z"], F, U),
    ("S-COND-36 U-20", "DateEquals", "date", &["2024"], &["1970-01-01T00:33:44Z"], T, T),
    ("S-COND-36", "DateEquals", "date", &["tomorrow"], &["2024-01-01T00:00:00Z"], F, U),
    ("S-COND-36", "DateNotEquals", "date", &["tomorrow"], &["2024-01-01T00:00:00Z"], F, U),
    ("S-COND-54 U-51", "DateEquals", "date", &["2024-03"], &["2024-03-01T00:00:00Z"], T, T),
    ("S-COND-54 U-51", "DateEquals", "date", &["2024-03-01T00:00"], &["2024-03-01T00:00:00Z"], T, T),
    ("S-COND-54 U-51", "DateEquals", "date", &["2024-02-29T23:59:60Z"], &["2024-03-01T00:00:00Z"], T, T),
    ("S-COND-54 U-51", "DateEquals", "aws:EpochTime", &["1969-12-31T23:59:58.5Z"], &["-1.5"], T, T),
    ("S-COND-37", "NumericLessThan", "aws:EpochTime", &["1704067200"], &["1704067199"], T, T),
    ("S-COND-38", "Bool", "flag", &["TRUE"], &["true"], T, T),
    ("S-COND-38", "Bool", "flag", &["yes"], &["true"], F, U),
    ("S-COND-38", "Bool", "k", &["true"], &["yes"], F, U),
    ("S-COND-39", "BinaryEquals", "bytes", &["QUJD"], &["QUJD"], T, T),
    ("S-COND-39", "BinaryEquals", "bytes", &["QUJE"], &["QUJD"], F, F),
    ("S-COND-39", "BinaryEquals", "bytes", &["Q"], &["QUJD"], F, U),
    ("S-COND-40", "IpAddress", "ip", &["203.0.113.9/24"], &["203.0.113.255"], T, T),
    ("S-COND-40", "IpAddress", "ip", &["203.0.113.9"], &["203.0.113.9"], T, T),
    ("S-COND-40", "IpAddress", "ip", &["2001:db8::/32"], &["2001:0DB8:0::1"], T, T),
    ("S-COND-40 families", "IpAddress", "ip", &["0.0.0.0/0"], &["2001:db8::1"], F, F),
    ("S-COND-40 families", "NotIpAddress", "ip", &["0.0.0.0/0"], &["2001:db8::1"], T, T),
    ("S-COND-40 U-50", "IpAddress", "ip", &["2001:db8::1"], &["2001:db8::1"], T, T),
    ("S-COND-41 U-21", "IpAddress", "ip", &["1.2.3.4"], &["::ffff:1.2.3.4"], F, F),
    ("S-COND-41 U-21", "IpAddress", "ip", &["1.2.3.4/33"], &["1.2.3.4"], F, U),
    ("S-COND-41 U-21", "NotIpAddress", "ip", &["1.2.3"], &["1.2.3.4"], F, U),
    ("S-COND-42", "ArnEquals", "arn", &["arn:aws:iam::*:role/dev-?"], &["arn:aws:iam::1:role/dev-1"], T, T),
    (
        "S-COND-42",
        "ArnNotEquals",
        "arn",
        &["arn:aws:iam::1:role/dev-*"],
        &["arn:aws:iam::1:role/dev-1"],
        F,
        F,
    ),
    ("S-COND-43", "ArnLike", "arn", &["arn:aws:svc:*:1:finance/*"], &["arn:aws:svc:a:b:1:finance/x"], F, F),
    (
        "S-COND-43",
        "StringLike",
        "arn",
        &["arn:aws:svc:*:1:finance/*"],
        &["arn:aws:svc:a:b:1:finance/x"],
        T,
        T,
    ),
    ("S-COND-42 sixth part", "ArnLike", "arn", &["arn:aws:sns:*:*:a*z"], &["arn:aws:sns:r:1:a:b:z"], T, T),
    ("S-COND-44 U-22", "ArnLike", "arn", &["*"], &["arn:aws:iam::1:root"], T, T),
    ("S-COND-44 U-22", "ArnLike", "arn", &["arn:aws:iam"], &["arn:aws:iam::1:root"], F, U),
    ("S-COND-44 U-22", "ArnNotLike", "arn", &["role"], &["arn:aws:iam::1:root"], F, U),
    ("S-COND-45", "StringLike", "ip", &["10.*"], &["10.1.2.3"], T, T),
    ("S-COND-46", "NumericLessThan", "k", &["10"], &["9"], T, T),
    ("S-COND-46", "ArnLike", "k", &["arn:aws:iam::*:*"], &["alice"], F, U),
    ("S-COND-50 U-41", "Null", "k", &["true"], &[""], T, T),
    ("S-COND-50 U-41", "Null", "k", &["false"], &[""], F, F),
    ("S-COND-50", "ForAllValues:StringEquals", "set", &["a"], &[""], T, T),
    ("S-COND-50 U-43", "ForAnyValue:StringLike", "set", &["*"], &[""], F, F),
    ("S-COND-50", "ForAllValues:StringEquals", "set", &["a"], &["", "a"], F, F),
    ("S-COND-51", "ForAnyValue:StringEquals", "set", &[], &["a"], F, F),
    ("S-COND-51", "ForAllValues:StringEquals", "set", &[], &[], T, T),
    ("S-COND-51", "ForAllValues:StringEquals", "set", &[], &["a"], F, F),
    ("S-COND-51", "StringEqualsIfExists", "k", &[], &[], T, T),
    ("S-COND-51", "StringEqualsIfExists", "k", &[], &["a"], F, F),
    ("S-COND-51 U-47", "StringEquals", "k", &[], &["a"], F, U),
    ("S-COND-51 U-47", "StringNotEquals", "k", &[], &["a"], F, U),
    ("S-COND-52", "ForAllValues:Null", "set", &["false"], &[], T, T),
    ("S-COND-52", "ForAnyValue:Null", "set", &["true"], &[], F, F),
    ("S-COND-53 U-54", "ForAllValues:StringNotLike", "set", &["o-1/*"], &["o-1/r/"], F, F),
    ("S-VAR-02 U-08", "Bool", "flag", &["${aws:SecureTransport}"], &["true"], F, U),
    ("S-VAR-10 U-48", "StringEquals", "k", &["${"], &["${"], F, U),
    ("S-VAR-10 U-48", "StringNotEquals", "k", &["${}"], &["a"], F, U),
    ("S-VAR-10", "StringEquals", "k", &["${aws:TagKeys}"], &["a"], F, U),
];

#[test]
fn every_rule_on_one_key() {
    let lab = Lab::default();
    for &(rule, operator, key, policy, request, in_allow, in_deny) in ROWS {
        for (effect, expected) in [(Effect::Allow, in_allow), (Effect::Deny, in_deny)] {
            let condition = lab.test(effect, operator, key, policy);
            let truth = lab.at(condition, &[(key, request)]);
            assert_eq!(truth, expected, "{rule}: {effect:?} {operator} {key} {policy:?} at {request:?}");
        }
    }
}

/// Operator, and the operator that is true where the first is false.
#[test]
fn negated_operators_are_complements_of_one_atom() {
    let lab = Lab::default();
    let rows: &[(&str, &str, &str, &[&str])] = &[
        ("StringEquals", "StringNotEquals", "k", &["a", "b"]),
        ("StringEquals", "StringNotEqualsIfExists", "k", &["b", "a"]),
        ("StringLike", "StringNotLike", "k", &["a*"]),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "k", &["a"]),
        ("ForAnyValue:StringEquals", "ForAllValues:StringNotEquals", "set", &["a"]),
        ("ForAllValues:StringLike", "ForAnyValue:StringNotLike", "set", &["a*"]),
        ("ForAllValues:StringLike", "ForAnyValue:StringNotLikeIfExists", "set", &["a*"]),
    ];
    for (positive, negated, key, values) in rows {
        let both = [lab.allow(positive, key, values), lab.allow(negated, key, values)];
        assert_eq!(lab.conditions.not(both[0]), both[1], "{positive} and {negated}");
        assert_eq!(lab.conditions.and(both[0], both[1]), ConditionId::NEVER);
    }
    let null = lab.allow("Null", "k", &["true"]);
    assert_eq!(lab.allow("Null", "k", &["false"]), lab.conditions.not(null));
    assert_eq!(lab.allow("Null", "k", &["true", "false"]), ConditionId::ALWAYS);
    assert_eq!(lab.allow("StringLike", "k", &["a"]), lab.deny("StringEquals", "K", &["a"]), "S-COND-03");
}

#[test]
fn operator_names() {
    let name = |text| Operator::parse(text).map(|name| (name.to_string(), name.odd_case));
    let ok = |text: &str, odd| Ok((text.to_owned(), odd));
    assert_eq!(name("ForAnyValue:StringNotLikeIfExists"), ok("ForAnyValue:StringNotLikeIfExists", false));
    assert_eq!(name("ArnNotEquals"), ok("ArnNotLike", false), "S-COND-42");
    assert_eq!(name("stringEquals"), ok("StringEquals", true), "U-16");
    assert_eq!(name("forallvalues:StringLikeifexists"), ok("ForAllValues:StringLikeIfExists", true), "U-16");
    assert_eq!(
        name("IfExists").map_err(|error| error.to_string()),
        Err("`IfExists` is not a condition operator".into())
    );
    for unknown in ["NullIfExists", "StringMatches", "ForSomeValues:StringEquals", "", "ForAnyValue:", "é"] {
        assert!(name(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn version_2008_has_no_variables() {
    let lab = Lab::default();
    let test = |version| lab.test_in(Effect::Allow, version, "StringLike", "k", &["${aws:username}${*}"]);
    assert_eq!(lab.at(test(Version::V2008), &[("k", &["${aws:username}${abc}"])]), T, "S-GRAM-03, S-VAR-09");
    assert_eq!(lab.at(test(Version::V2012), &[("k", &["bob*"]), ("aws:username", &["bob"])]), T, "S-VAR-03");
    assert_eq!(lab.at(test(Version::V2012), &[("k", &["bobc"]), ("aws:username", &["bob"])]), F, "S-VAR-03");
}

#[test]
fn one_key_in_two_spellings() {
    let lab = Lab::default();
    let tests = [lab.deny("StringEquals", "k", &["a", "b"]), lab.deny("StringEquals", "k", &["b", "c"])];
    let allow = lab.conditions.same_key(&tests, Effect::Allow, "here");
    let deny = lab.conditions.same_key(&tests, Effect::Deny, "here");
    for (value, in_allow, in_deny) in [("a", F, U), ("b", T, T), ("d", F, F)] {
        assert_eq!(lab.at(allow, &[("k", &[value])]), in_allow, "U-59");
        assert_eq!(lab.at(deny, &[("k", &[value])]), in_deny, "U-59");
    }
}

#[test]
fn unreadable_tests_are_false_or_open() {
    let lab = Lab::default();
    assert_eq!(lab.conditions.unreadable(Effect::Allow, "x"), ConditionId::NEVER);
    let open = lab.conditions.unreadable(Effect::Deny, "x");
    assert_eq!(open, lab.conditions.unreadable(Effect::Deny, "x"), "equal places share one doubt");
    assert_eq!(lab.sat(open), Verdict::Yes);
    assert_eq!(lab.sat(lab.conditions.not(open)), Verdict::Yes);
    assert!(lab.conditions.contains_doubt(open));
}

#[test]
fn doubts_show_only_where_values_can_be_odd() {
    let lab = Lab::default();
    assert!(!lab.conditions.contains_doubt(lab.deny("NumericEquals", "num", &["1"])), "a number is readable");
    assert!(lab.conditions.contains_doubt(lab.deny("NumericEquals", "k", &["1"])), "text may not be");
    assert!(lab.conditions.contains_doubt(lab.deny("NumericEquals", "num", &["one"])), "U-19");
    assert!(!lab.conditions.contains_doubt(lab.allow("NumericEquals", "k", &["1"])), "never in an Allow");
}
