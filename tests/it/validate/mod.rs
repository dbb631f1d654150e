//! `entail validate`: what is found in policies, and what is not, by topic.

mod actions;
mod addresses;
mod arns;
mod command;
mod conditions;
mod lists;
mod mfa;
mod principals;
mod statements;
mod trust;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use entail::answers::validate::{Checker, Code, Finding, rules};
use entail::document::PolicyKind::{self, Identity, Rcp, Resource, Trust};
use entail::facts::{ParsedPolicy, PolicySource};

/// What is found in a document.
fn check(kind: PolicyKind, text: &str) -> Vec<Finding> {
    let parsed = Arc::new(ParsedPolicy::read(PolicySource::Given(text.into(), kind)));
    Checker::new([parsed.document()], vec!["aws".into()]).check(&parsed, kind, text)
}

/// A document of these statements, written without the outer braces.
fn document(statements: &[&str]) -> String {
    let statements: Vec<String> = statements.iter().map(|statement| format!("{{{statement}}}")).collect();
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}

fn codes(kind: PolicyKind, statements: &[&str]) -> BTreeSet<&'static str> {
    check(kind, &document(statements)).iter().map(|finding| finding.rule.code).collect()
}

/// A code, the kind of policy, statements with the finding, and statements without.
type Case = (Code, PolicyKind, &'static [&'static str], &'static [&'static str]);

/// The cases of all topics.
const TOPICS: [&[Case]; 10] = [
    actions::CASES,
    addresses::CASES,
    arns::CASES,
    conditions::CASES,
    lists::CASES,
    mfa::CASES,
    principals::CASES,
    statements::CASES,
    trust::CASES,
    values::CASES,
];

#[test]
fn each_code_is_found_where_it_belongs_and_not_beside() {
    for (code, kind, with, without) in TOPICS.into_iter().flatten() {
        let code = code.rule().code;
        let found = codes(*kind, with);
        assert!(found.contains(code), "{code} is not found in {with:?}, only {found:?}");
        let found = codes(*kind, without);
        assert!(!found.contains(code), "{code} is found in {without:?}");
    }
    let tested: BTreeSet<Code> = TOPICS.into_iter().flatten().map(|case| case.0).collect();
    let elsewhere =
        [Code::VersionMissing, Code::CoverageSkipped, Code::NotCollected, Code::OverQuota, Code::PolicyId];
    let missing: Vec<&Code> =
        Code::ALL.iter().filter(|code| !tested.contains(code) && !elsewhere.contains(code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn a_sound_policy_has_no_findings() {
    let statement =
        r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*""#;
    assert_eq!(check(Identity, &document(&[statement])), []);
}

/// S-GRAM-11: AWS documents `Id` for policies on resources alone, and nothing depends on it.
#[test]
fn an_id_is_a_note_where_none_is_documented() {
    let text = r#"{"Version": "2012-10-17", "Id": "x", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
    for kind in [Identity, PolicyKind::Boundary, PolicyKind::Session, PolicyKind::Scp] {
        let found = check(kind, text);
        let said: Vec<_> = found
            .iter()
            .map(|finding| (finding.rule.code, finding.level.as_str(), finding.place.path.to_string()))
            .collect();
        assert_eq!(said, [("undocumented-id", "note", "$.Id".to_owned())], "{kind:?}");
        assert_eq!(found[0].place.span.of(text), "\"x\"");
    }
    let of_resource = text.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\"");
    for kind in [Resource, PolicyKind::Endpoint, Rcp] {
        let found = check(kind, &of_resource);
        assert!(found.iter().all(|finding| finding.rule.code != "undocumented-id"), "{kind:?}: {found:?}");
    }
}
