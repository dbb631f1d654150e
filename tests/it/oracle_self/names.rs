//! No two scenarios with one answer are the same but for names, accounts and actions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{lines, parts};

/// Rows of the truth table that the format can't tell apart: how public access came to be blocked, and the kind of an API.
const SAME: [[&str; 2]; 2] = [["T-75", "T-143"], ["T-109", "T-159"]];

/// What a scenario asks, with numbers in place of accounts and of the names of caller and resource, and a word in place of the
/// name of the action.
fn without_names(scenario: &Value) -> String {
    let asked: Vec<String> =
        parts(scenario).into_iter().flat_map(|(_, values)| values).map(Value::to_string).collect();
    let mut text = numbered_accounts(&asked.join("\n"));
    let request = |field: &str| scenario["request"][field].as_str().unwrap_or_default();
    let names: Vec<&str> =
        ["principal", "resource"].into_iter().flat_map(|field| names_of(request(field))).collect();
    for (at, name) in names.iter().enumerate() {
        text = with_word(&text, name, &format!("N{at}"));
    }
    match request("action").split_once(':') {
        Some((_, name)) => text.replace(name, "Action"),
        None => text,
    }
}

/// The names in the last field of an ARN; those of principals begin after their type.
fn names_of(arn: &str) -> Vec<&str> {
    let mut fields = arn.splitn(6, ':');
    let service = fields.nth(2).unwrap_or_default();
    let steps: Vec<&str> = fields.nth(2).unwrap_or_default().split(['/', ':']).collect();
    let from = usize::from(["iam", "sts"].contains(&service));
    steps.into_iter().skip(from).filter(|name| !name.is_empty() && *name != "*").collect()
}

/// A text with a word in place of another.
fn with_word(text: &str, word: &str, by: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let inside = before.chars().next_back().or(out.chars().next_back()).is_some_and(is_part)
            || after.chars().next().is_some_and(is_part);
        out.push_str(before);
        out.push_str(if inside { word } else { by });
        rest = after;
    }
    out + rest
}

/// A text with `#0`, `#1` and so on in place of accounts, in the order in which they occur.
fn numbered_accounts(text: &str) -> String {
    let mut known: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        match number.len() {
            12 => {
                let place = known.iter().position(|account| *account == number).unwrap_or(known.len());
                if place == known.len() {
                    known.push(number);
                }
                out.push_str(&format!("#{place}"));
            }
            _ => out.push_str(number),
        }
        rest = after;
    }
    out + rest
}

#[test]
fn scenarios_differ_in_more_than_names() {
    let scenarios: Vec<Value> =
        lines().iter().filter_map(|(_, line)| serde_json::from_str(line).ok()).collect();
    let mut alike: BTreeMap<String, Vec<(&str, &Value)>> = BTreeMap::new();
    for scenario in &scenarios {
        let id = scenario["id"].as_str().unwrap_or_default();
        alike.entry(without_names(scenario)).or_default().push((id, &scenario["expected"]));
    }
    // Where answers differ, names or actions are what the rule is about.
    let same = |group: &&Vec<(&str, &Value)>| {
        group.len() > 1 && group.iter().all(|(_, answer)| *answer == group[0].1)
    };
    let wrong: Vec<Vec<&str>> = alike
        .values()
        .filter(same)
        .map(|group| group.iter().map(|(id, _)| *id).collect())
        .filter(|ids: &Vec<&str>| !SAME.iter().any(|same| ids.iter().all(|id| same.contains(id))))
        .collect();
    assert!(wrong.is_empty(), "the same but for names: {wrong:?}");
}

#[test]
fn names_are_words() {
    assert_eq!(with_word("b/x b/xx ax x", "x", "N"), "b/N b/xx ax N");
    assert_eq!(numbered_accounts("222222222222 1 111111111111 222222222222"), "#0 1 #1 #0");
    assert_eq!(names_of("arn:aws:sts::111111111111:assumed-role/r/s1"), ["r", "s1"]);
    assert_eq!(names_of("arn:aws:s3:::b/x"), ["b", "x"]);
    assert!(names_of("anonymous").is_empty());
}
