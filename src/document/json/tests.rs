use super::{Kind, Tree, Value};
use crate::document::ProblemCode;

/// Every value with its path and its text, keys left out.
fn values(text: &str) -> Vec<(String, &str)> {
    fn visit<'a>(value: Value<'_, 'a>, found: &mut Vec<(String, &'a str)>) {
        found.push((value.path().to_string(), value.source()));
        match value.kind() {
            Kind::Array(items) => items.for_each(|item| visit(item, found)),
            Kind::Object(members) => members.for_each(|member| {
                assert_eq!(member.key.path(), member.value.path());
                visit(member.value, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(tree) = Tree::parse(text) {
        visit(tree.root(), &mut found);
    }
    found
}

fn problem(text: &str) -> Option<(ProblemCode, String, u32)> {
    let problem = *Tree::parse(text).err()?;
    Some((problem.code, problem.message, problem.place.span.start))
}

#[test]
fn every_value_has_its_span_and_path() {
    let found = values(
        "\u{feff} { \"a\" : [ 1.0 , -2e3, \"x\\\"y\", [ ] ],\n\t\"b\\u0062\": {\"\": null}, \"a\": true } ",
    );
    let expected = [
        ("$", "{ \"a\" : [ 1.0 , -2e3, \"x\\\"y\", [ ] ],\n\t\"b\\u0062\": {\"\": null}, \"a\": true }"),
        ("$.a", "[ 1.0 , -2e3, \"x\\\"y\", [ ] ]"),
        ("$.a[0]", "1.0"),
        ("$.a[1]", "-2e3"),
        ("$.a[2]", "\"x\\\"y\""),
        ("$.a[3]", "[ ]"),
        ("$.bb", "{\"\": null}"),
        ("$.bb[\"\"]", "null"),
        ("$.a", "true"),
    ];
    assert_eq!(found, expected.map(|(path, source)| (path.to_owned(), source)));
}

#[test]
fn text_is_unescaped_and_numbers_keep_their_digits() {
    let text = r#"["a\n\u00e9", 123456789012345678901234567890, 1e999, false]"#;
    let Ok(tree) = Tree::parse(text) else { return assert_eq!(problem(text), None) };
    let contents: Vec<String> = (tree.root().items().into_iter().flatten())
        .map(|item| match item.kind() {
            Kind::String(text) => text.into_owned(),
            Kind::Number(number) => number.to_owned(),
            Kind::Boolean(value) => value.to_string(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(contents, ["a\né", "123456789012345678901234567890", "1e999", "false"]);
}

#[test]
fn errors_stand_where_the_text_goes_wrong() {
    let not_json = |reason: &str, at| Some((ProblemCode::NotJson, format!("this is not JSON: {reason}"), at));
    let truncated =
        |at| Some((ProblemCode::TruncatedJson, "the JSON text ends before it is complete".to_owned(), at));
    assert_eq!(problem(""), truncated(0));
    assert_eq!(problem("{\"a\": [1, 2"), truncated(11));
    assert_eq!(problem("{\n \"a\": x}"), not_json("expected value", 8));
    assert_eq!(problem("\u{feff}\n{\"a\": x}"), not_json("expected value", 10));
    assert_eq!(problem("{} {}"), not_json("trailing characters", 3));
    assert_eq!(problem("[1,]"), not_json("trailing comma", 3));
    assert_eq!(problem("{'a': 1}"), not_json("key must be a string", 1));
    assert_eq!(problem("[01]"), not_json("invalid number", 2));
    assert_eq!(problem("[\"\\ud800\"]").map(|(code, ..)| code), Some(ProblemCode::NotJson));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(problem(&nested(127)), None);
    let message = "nesting reaches the limit of 128 levels here".to_owned();
    assert_eq!(problem(&nested(128)), Some((ProblemCode::NestedTooDeep, message.clone(), 127)));
    assert_eq!(problem(&nested(10_000)), Some((ProblemCode::NestedTooDeep, message.clone(), 127)));
    let objects = "{\"a\":".repeat(10_000);
    assert_eq!(problem(&objects), Some((ProblemCode::NestedTooDeep, message, 635)));
}
