//! Policy documents: every bad one is told what is wrong with it, and nothing that it says is lost.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use entail::document::{
    ActionEntry, Document, Effect, Origin, PolicyKind, PolicyText, PrincipalElement, Problem, ProblemCode,
    ResourceEntry, Severity, Source, Style, Test, Version, parse, render,
};
use proptest::prelude::*;

fn bad_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder exists")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    files
}

/// The kind of policy that a file of `tests/bad` says in its name.
fn kind_of(file: &str) -> PolicyKind {
    match file.split('-').next() {
        Some("identity") => PolicyKind::Identity,
        Some("scp") => PolicyKind::Scp,
        Some("rcp") => PolicyKind::Rcp,
        Some("resource") => PolicyKind::Resource,
        Some("trust") => PolicyKind::Trust,
        Some("endpoint") => PolicyKind::Endpoint,
        _ => unreachable!("{file} does not say which kind of policy it is"),
    }
}

/// The problems of a file, with places in the file.
fn problems_of(name: &str, bytes: Vec<u8>) -> (Source, Vec<Problem>) {
    let source = match Source::from_bytes(name, bytes) {
        Ok(source) => source,
        Err(error) => return (error.source, vec![error.problem]),
    };
    let mut origin = Origin::file(&source);
    let problems = match PolicyText::decode(origin.value(&source)) {
        Ok(policy) => {
            origin.form = policy.form;
            parse(&policy.text, kind_of(name)).problems
        }
        Err(problem) => vec![*problem],
    };
    let problems = problems.iter().map(|problem| origin.problem(&source, problem)).collect();
    (source, problems)
}

#[test]
fn bad_documents_are_told_what_is_wrong_and_where() {
    let mut seen = Vec::new();
    for file in bad_files() {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        let (source, problems) = problems_of(&name, fs::read(&file).expect("readable"));
        assert!(!problems.is_empty(), "{name} is not bad");
        let rendered: Vec<String> =
            problems.iter().map(|problem| render(problem, &source, Style::Plain)).collect();
        insta::assert_snapshot!(format!("bad_{}", name.trim_end_matches(".json")), rendered.join("\n\n"));
        seen.extend(problems.iter().map(|problem| problem.code));
    }
    let unseen: Vec<ProblemCode> =
        ProblemCode::ALL.iter().copied().filter(|code| !seen.contains(code)).collect();
    assert_eq!(unseen, [ProblemCode::TooLong], "kinds of problems without a bad document");
}

fn identity(text: &str) -> Document<'_> {
    parse(text, PolicyKind::Identity)
}

#[test]
fn a_good_document_has_no_problems() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"],
         "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/${aws:username}/*"],
         "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]},
                       "StringEquals": {"aws:PrincipalAccount": 123456789012}}},
        {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "*"}]}"#;
    let document = identity(text);
    assert_eq!(document.problems, []);
    assert_eq!(document.version, Version::V2012);
    let (statement, place) = document.statement(0).expect("two statements");
    assert_eq!(place.path.to_string(), "$.Statement[0]");
    assert!(place.span.of(text).starts_with(r#"{"Sid": "Read""#) && place.span.of(text).ends_with("}}}"));
    assert_eq!(statement.conditions[2 - 1].key.value.as_ref(), "aws:PrincipalAccount");
    let Test::Readable { values, .. } = &statement.conditions[1].test else { unreachable!("a good test") };
    assert_eq!(format!("{values:?}").matches("123456789012").count(), 1, "numbers are text");
    assert!(document.statements[1].actions.negated);
}

/// What S-TRI-07 and S-TRI-08 ask of the reader: whatever is broken stays visible.
#[test]
fn nothing_that_is_written_vanishes() {
    let document_with = |text: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {text}}}"#);
    for (text, effect) in [
        (r#"{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}"#, Effect::Unreadable),
        (r#"{"Effect": "deny", "Action": "*", "Resource": "*"}"#, Effect::Unreadable),
        (r#"{"Effect": "Deny", "Action": "*", "NotAction": "*", "Resource": "*"}"#, Effect::Deny),
        (r#"{"Effect": "Deny", "Resource": "*"}"#, Effect::Deny),
        (r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Extra": 1}"#, Effect::Deny),
        (r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}"#, Effect::Deny),
        (r#"["not a statement"]"#, Effect::Unreadable),
    ] {
        let document = document_with(text);
        let statements = identity(&document).statements;
        assert_eq!(statements.len(), 1, "{text}");
        assert!(statements[0].malformed.is_some(), "{text}");
        assert_eq!(statements[0].effect, effect, "{text}");
    }
    let document =
        document_with(r#"{"Effect": "Deny", "Action": "s3:*", "Action": "iam:*", "Resource": "*"}"#);
    let doubled = identity(&document).statements;
    assert!(matches!(doubled[0].actions.entries[..], [ActionEntry::Malformed(_)]), "either may count");
    assert!(identity(r#"{"statement": []}"#).unreadable);
    assert!(identity("{").unreadable);
    assert!(!identity(r#"{"Statement": []}"#).unreadable);
}

#[test]
fn a_statement_that_is_malformed_in_part_keeps_its_good_entries() {
    let text = r#"{"Statement": {"Effect": "Allow", "Action": ["GetObject", "s3:GetObject"], "Resource": ["b", "*"]}}"#;
    let document = identity(text);
    let statement = &document.statements[0];
    assert_eq!(statement.malformed, None);
    assert!(matches!(&statement.actions.entries[..], [ActionEntry::Malformed(_), ActionEntry::Pattern(_)]));
    let resources = statement.resources.as_ref().expect("present");
    assert!(matches!(&resources.entries[..], [ResourceEntry::Malformed(_), ResourceEntry::Pattern(_)]));
    assert_eq!(
        document.statement(0).map(|(_, place)| place.path.to_string()).as_deref(),
        Some("$.Statement")
    );
}

#[test]
fn who_is_meant_where_nobody_is_named() {
    let text =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
    let principal = |kind| parse(text, kind).statements.remove(0).principal;
    assert_eq!(principal(PolicyKind::Identity), PrincipalElement::Implicit);
    assert_eq!(principal(PolicyKind::Scp), PrincipalElement::Implicit);
    assert_eq!(principal(PolicyKind::Rcp), PrincipalElement::Everyone);
    assert_eq!(principal(PolicyKind::Endpoint), PrincipalElement::Everyone);
    assert_eq!(principal(PolicyKind::Resource), PrincipalElement::Missing);
    let severity = |kind| parse(text, kind).problems.first().map(|problem| problem.severity);
    assert_eq!(severity(PolicyKind::Rcp), Some(Severity::Warning));
    assert_eq!(severity(PolicyKind::Resource), Some(Severity::Error));
}

#[test]
fn ten_thousand_statements_are_read_one_by_one() {
    let mut text = String::from(r#"{"Version": "2012-10-17", "Statement": ["#);
    for index in 0..10_000 {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(text, r#"{comma}{{"Sid": "S", "Effect": "allow", "Action": "s3", "Resource": "*"}}"#);
    }
    text.push_str("]}");
    let document = identity(&text);
    assert_eq!(document.statements.len(), 10_000);
    assert_eq!(document.problems.len(), 29_999);
    assert_eq!(document.statements[9_999].path().to_string(), "$.Statement[9999]");
}

fn arb_kind() -> impl Strategy<Value = PolicyKind> {
    use PolicyKind::{Boundary, Endpoint, Identity, Rcp, Resource, Scp, Session, Trust};
    prop::sample::select(vec![Identity, Boundary, Session, Scp, Rcp, Resource, Trust, Endpoint])
}

/// A scalar that policies hold, or nearly.
fn arb_scalar() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "\"*\"",
        "\"Allow\"",
        "\"Deny\"",
        "\"s3:Get*\"",
        "\"s*:x\"",
        "\"GetObject\"",
        "\"2012-10-17\"",
        "\"\"",
        "\"arn:aws:s3:::b/${aws:username}\"",
        "\"arn:aws:s3:${x}::b\"",
        "\"${\"",
        "\"\\u0024{a, 'b'}\"",
        "\"123456789012\"",
        "123456789012",
        "1e3",
        "true",
        "null",
        "\"10.0.0.0/8\"",
        "\"2024-01-01\"",
        "\"é\\ud83d\\ude00\"",
        "\"arn:aws:iam::123456789012:role/r\"",
        "\"ec2.amazonaws.com\"",
    ]);
    text.prop_map(str::to_owned)
}

/// The key of an element, an operator, a type of principal or a context key, or nearly.
fn arb_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Version",
        "Statement",
        "Id",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "effect",
        "Comment",
        "AWS",
        "Service",
        "Federated",
        "CanonicalUser",
        "StringEquals",
        "ForAnyValue:StringLike",
        "stringlike",
        "Nope",
        "Null",
        "IpAddress",
        "Bool",
        "DateLessThan",
        "aws:username",
        "AWS:UserName",
        "aws:SourceIp",
        "",
        "a\\\"b",
    ])
}

fn arb_json() -> impl Strategy<Value = String> {
    arb_scalar().prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[ {} ]", items.join(" , "))),
            prop::collection::vec((arb_key(), inner), 0..8).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("\"{key}\" :\n {value}")).collect();
                format!("{{{}}}", members.join(",\t"))
            }),
        ]
    })
}

/// A statement whose elements stand in their places, though what they hold may be anything.
fn arb_statement() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let elements = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "Conditon",
    ];
    prop::sample::subsequence(elements.to_vec(), 0..=elements.len()).prop_flat_map(|keys| {
        keys.into_iter().map(|key| arb_json().prop_map(move |value| (key, value))).collect::<Vec<_>>()
    })
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
    format!("{{{}}}", members.join(", "))
}

fn check_spans(text: &str, document: &Document) {
    let spans = document.problems.iter().flat_map(|problem| {
        [Some(problem.place.span), problem.also.as_ref().map(|also| also.span)].into_iter().flatten()
    });
    for span in spans.chain(document.statements.iter().map(|statement| statement.span)) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {text}");
    }
    let source = Source::new("policy.json", text.to_owned());
    for problem in &document.problems {
        assert!(render(problem, &source, Style::Plain).contains(problem.code.as_str()));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in any::<String>(), kind in arb_kind()) {
        check_spans(&text, &parse(&text, kind));
    }

    #[test]
    fn any_json_is_read_with_spans_inside_the_text(text in arb_json(), kind in arb_kind()) {
        check_spans(&text, &parse(&text, kind));
    }

    #[test]
    fn any_statement_has_an_entry_for_every_element(
        members in arb_statement(), kind in arb_kind(), version in "2012-10-17|2008-10-17|2020-01-01",
    ) {
        let text = format!("{{\"Version\": \"{version}\", \"Statement\": [{}]}}", object(&members));
        let document = parse(&text, kind);
        check_spans(&text, &document);
        prop_assert_eq!(document.statements.len(), 1);
        let statement = &document.statements[0];
        let has = |key: &str| members.iter().any(|(name, _)| *name == key);
        if !has("Action") && !has("NotAction") || has("Conditon") || version == "2020-01-01" {
            prop_assert!(statement.malformed.is_some());
        }
        prop_assert!(statement.malformed.is_none() || document.has_errors());
        prop_assert_eq!(statement.effect == Effect::Unreadable && statement.malformed.is_none(), false);
    }

    #[test]
    fn a_string_form_says_the_same_as_the_object(members in arb_statement()) {
        let text = format!("{{\"Statement\": {}}}", object(&members));
        let escaped = serde_json::Value::from(text.as_str()).to_string();
        let encoded = format!("\"{}\"", percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC));
        for value in [text.clone(), escaped, encoded] {
            let policy = PolicyText::decode(&value).expect("made from text");
            prop_assert_eq!(&policy.text, &text);
            let source = Source::new("f", value.clone());
            let origin = Origin { form: policy.form, ..Origin::file(&source) };
            for problem in parse(&policy.text, PolicyKind::Identity).problems {
                let place = origin.problem(&source, &problem).place;
                prop_assert!(value.get(place.span.start as usize..place.span.end as usize).is_some());
            }
        }
    }

    #[test]
    fn the_order_of_elements_changes_nothing(
        (members, shuffled) in arb_statement().prop_flat_map(|members| (Just(members.clone()), Just(members).prop_shuffle())),
        kind in arb_kind(),
    ) {
        let read = |members: &[(&str, String)]| {
            let statement = object(members);
            let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": {statement}}}");
            let mut document = parse(&text, kind);
            let mut problems: Vec<_> = document.problems.drain(..).map(|problem| {
                (problem.code, problem.place.path.to_string(), problem.help)
            }).filter(|(code, ..)| *code != ProblemCode::ConflictingElements).collect();
            problems.sort();
            let statement = document.statements.remove(0);
            (problems, meaning(&statement))
        };
        let (problems, meaning) = read(&members);
        let (shuffled_problems, shuffled_meaning) = read(&shuffled);
        prop_assert_eq!(problems, shuffled_problems);
        prop_assert_eq!(meaning, shuffled_meaning);
    }
}

/// A statement without its spans and without the reason why it is malformed, of which there may be several.
fn meaning(statement: &entail::document::Statement) -> String {
    let text = format!(
        "{:?} {:?} {:?} {:?} {:?} {}",
        statement.effect,
        statement.principal,
        statement.actions,
        statement.resources,
        statement.conditions,
        statement.malformed.is_some()
    );
    let mut pieces = text.split("Span { start: ");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |before, piece| before + piece.split_once('}').map_or(piece, |(_, after)| after))
}
