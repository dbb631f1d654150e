//! Each pair of tests on one key: the solver against trying all values around the constants.

use entail::region::condition::{ConditionId, KeyValue, Trool, Verdict};

use super::{Context, Lab, key};

/// Operator and values; the values of different rows meet, nearly meet, and miss each other.
const TESTS: &[(&str, &[&str])] = &[
    ("StringEquals", &["10", "a"]),
    ("StringEquals", &["203.0.113.7", "2024-01-01T00:00:00Z", "true"]),
    ("StringEqualsIgnoreCase", &["TRUE", "A"]),
    ("StringLike", &["1*"]),
    ("StringLike", &["*0"]),
    ("StringLike", &["20*3.?", "2024-*Z"]),
    ("StringLike", &["??"]),
    ("StringLike", &["*:*:*:*:*:*/*"]),
    ("NumericEquals", &["10"]),
    ("NumericLessThan", &["10"]),
    ("NumericLessThanEquals", &["10"]),
    ("NumericGreaterThan", &["9.5"]),
    ("NumericGreaterThanEquals", &["-1"]),
    ("DateEquals", &["2024-01-01T00:00:00Z"]),
    ("DateLessThan", &["2024-01-01T00:00:00Z"]),
    ("DateLessThanEquals", &["1970-01-01T00:00:10Z"]),
    ("DateGreaterThan", &["2023-12-31"]),
    ("DateGreaterThanEquals", &["2024-01-01T00:00:00Z"]),
    ("Bool", &["true"]),
    ("BinaryEquals", &["QUJD", "1000"]),
    ("IpAddress", &["203.0.113.0/24"]),
    ("IpAddress", &["203.0.113.7", "2001:db8::/32"]),
    ("ArnLike", &["arn:aws:iam::1:role/*"]),
    ("ArnEquals", &["arn:*:iam::*:role/a"]),
    ("Null", &["true"]),
    ("StringEqualsIfExists", &["a"]),
    ("ForAllValues:StringLike", &["a*", "1?"]),
    ("ForAnyValue:NumericLessThan", &["11"]),
];

/// Values on, beside and between the constants of all rows, in several spellings.
const VALUES: &[&str] = &[
    "",
    "a",
    "A",
    "b",
    "ab",
    "1a",
    "a0",
    "aa",
    "zz",
    "10",
    "1",
    "9",
    "9.5",
    "9.4",
    "9.6",
    "9.75",
    "10.5",
    "11",
    "12",
    "20",
    "-1",
    "-2",
    "-1.0",
    "-0.5",
    "0",
    "010",
    "10.0",
    "1000",
    "-10",
    "100",
    "10.00",
    "+10",
    "0010",
    "99",
    "-20",
    "5",
    "05",
    "0000",
    "0009",
    "0011",
    "true",
    "false",
    "True",
    "tRue",
    "TRUE",
    "FALSE",
    "QUJD",
    "QUJE",
    "1001",
    "1QUJ",
    "QUJ0",
    "11AA",
    "AAA0",
    "1970-01-01T00:00:10Z",
    "1970-01-01T00:00:09Z",
    "1970-01-01T00:00:11Z",
    "1999-01-01",
    "2023-12-31",
    "2023-12-31T00:00:00Z",
    "2023-12-30",
    "2023-12-31T12:00:00Z",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.0Z",
    "2024-01-01",
    "2024-01-01T00:00:01Z",
    "2024-06-01T00:00:00Z",
    "2025-01-01T00:00:00Z",
    "2024-06",
    "1000-01-01",
    "1000-10",
    "2024-10",
    "1704067200",
    "1704067199",
    "1704067201",
    "1704067210",
    "2000000000",
    "3000000000",
    "1704067209",
    "1703980800",
    "1703980801",
    "1703980810",
    "2023-10-10",
    "203.0.113.7",
    "203.0.113.0",
    "203.0.113.255",
    "203.0.113.10",
    "203.0.114.0",
    "203.0.112.255",
    "203.0.3.7",
    "20.0.113.0",
    "200.0.3.3",
    "203.0.3.0",
    "1.2.3.4",
    "1.2.3.10",
    "100.0.0.0",
    "2.2.2.2",
    "8.8.8.10",
    "2001:db8::1",
    "2001:db8::10",
    "2001:db8::",
    "2001:db9::",
    "::1",
    "1::",
    "1::10",
    "1:2:3:4:5:6:7:8",
    "::10",
    "2001:db8:0:0:0:0:0:0",
    "20::3.3.3.3",
    "arn:aws:iam::1:role/a",
    "arn:aws:iam::1:role/b",
    "arn:aws:iam::1:role/0",
    "arn:aws:iam::2:role/a",
    "arn:aws:iam::2:role/0",
    "arn:aws:iam::1:role/a/b",
    "arn:aws:iam::1:user/a",
    "arn:cn:iam::1:role/a",
    "arn:x:s3:::b",
    "arn:x:s3:::b/0",
    "arn:x:s3:::0",
    "a:b:c:d:e:f/g",
    "a:b:c:d:e:f/0",
    "1:b:c:d:e:f/0",
    "1:2:3:4:5:6/7",
    "arn:aws:iam::1:role/",
    "arn:aws:s3:::a",
    "x:::::/",
    "1x",
    "x0",
    "1x0",
    "x",
    "10.",
    "1.",
    "203.0",
    "203.1",
    "::",
    "001704067201",
    "001704067200",
    "001703980801",
    "001703980810",
    "+01704067200",
    "+01704067201",
    "+01703980801",
    "+01703980810",
    "+1704067200",
    "1704067200.",
    "2000000003.0",
    "100000000000",
    "axxx",
    "a::",
    "axx0",
    "a::0",
    "20:::::3./",
    "0000-01-01T00:00:00Z",
    "+0",
    "2024-Z",
    "203.0.3.x",
    "2024-x0",
    "20x3.x",
    "2024-0Z",
    "1xx",
    "1x:::::/0",
    "1x:::::/x",
    "x:::::/0",
];

/// Key types on which each pair is tried.
const KEYS: &[&str] = &["k", "num", "date", "flag", "ip", "arn", "bytes", "always", "set", "nums"];

/// Whether the key can hold the value.
fn is_value(name: &str, value: &str) -> bool {
    let lab = Lab::default();
    let readable = |operator, constant: &str| {
        // A readable value makes a test of a Deny definite.
        lab.at(lab.deny(operator, "k", &[constant]), &[("k", &[value])]) != Trool::Unknown
    };
    match name {
        "num" | "nums" => readable("NumericEquals", "0"),
        "date" => value.ends_with('Z') && value.len() >= 20 && readable("DateEquals", "2024-01-01"),
        "flag" => matches!(value, "true" | "false"),
        "ip" => readable("IpAddress", "::/0"),
        "arn" => readable("ArnLike", "arn:a:b:c:d:e"),
        "bytes" => !value.is_empty() && readable("BinaryEquals", "AAAA"),
        _ => true,
    }
}

fn contexts(name: &str) -> Vec<KeyValue> {
    let key = key(name);
    let mut texts: Vec<String> =
        VALUES.iter().filter(|value| is_value(name, value)).map(|&v| v.to_owned()).collect();
    if matches!(name, "num" | "date" | "flag" | "ip" | "arn" | "bytes" | "always" | "nums") {
        texts.retain(|text| !text.is_empty());
    }
    let mut values = Vec::new();
    if !key.always_present {
        values.push(KeyValue::Absent);
    }
    if key.multivalued {
        for first in &texts {
            values.push(KeyValue::Many(vec![first.clone()]));
            values.extend(texts.iter().map(|second| KeyValue::Many(vec![first.clone(), second.clone()])));
        }
    } else {
        values.extend(texts.into_iter().map(KeyValue::One));
    }
    values
}

fn truth(lab: &Lab, condition: ConditionId, name: &str, value: &KeyValue) -> Trool {
    let texts = match value {
        KeyValue::Absent => Vec::new(),
        KeyValue::One(text) => vec![text.clone()],
        KeyValue::Many(texts) => texts.clone(),
    };
    let context = Context([(lab.key(name), texts)].into());
    lab.conditions.evaluate(condition, &context)
}

#[test]
fn all_pairs_of_operators_agree_with_brute_force() {
    let all = std::time::Instant::now();
    let mut differences = Vec::new();
    for &name in KEYS {
        let begin = std::time::Instant::now();
        let lab = Lab::default();
        let null = lab.allow("Null", name, &["true"]);
        let tests: Vec<ConditionId> = TESTS
            .iter()
            .map(|(operator, values)| {
                match key(name).multivalued && !operator.contains(':') && *operator != "Null" {
                    true => lab.allow(
                        &format!("ForAnyValue:{}", operator.trim_end_matches("IfExists")),
                        name,
                        values,
                    ),
                    false => lab.allow(operator, name, values),
                }
            })
            .collect();
        let contexts = contexts(name);
        let truths: Vec<Vec<bool>> = tests
            .iter()
            .map(|&test| contexts.iter().map(|value| truth(&lab, test, name, value) == Trool::True).collect())
            .collect();
        let nulls: Vec<bool> =
            contexts.iter().map(|value| truth(&lab, null, name, value) == Trool::True).collect();
        eprintln!("{name} {} brute {:?}", contexts.len(), begin.elapsed());
        for (a, &test_a) in tests.iter().enumerate() {
            for (b, &test_b) in tests.iter().enumerate().skip(a) {
                for signs in 0..12 {
                    let sign = |test, on: bool| if on { test } else { lab.conditions.not(test) };
                    let (on_a, on_b) = (signs & 1 == 0, signs & 2 == 0);
                    let presence = [None, Some(true), Some(false)][signs / 4];
                    let mut condition = lab.conditions.and(sign(test_a, on_a), sign(test_b, on_b));
                    if let Some(is_null) = presence {
                        condition = lab.conditions.and(condition, sign(null, is_null));
                    }
                    let found = (0..contexts.len()).find(|&at| {
                        truths[a][at] == on_a
                            && truths[b][at] == on_b
                            && presence.is_none_or(|is_null| nulls[at] == is_null)
                    });
                    let expected = if found.is_some() { Verdict::Yes } else { Verdict::No };
                    let verdict = lab.sat(condition);
                    if verdict != expected {
                        let text = lab.conditions.text(condition);
                        let value = found.map(|at| &contexts[at]);
                        let solver = lab.conditions.satisfiable(condition);
                        differences.push(format!("{name}: {text} by {value:?}, the solver has {solver:?}"));
                    }
                }
            }
        }
    }
    eprintln!("{:?}", all.elapsed());
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}
