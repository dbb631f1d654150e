use super::{Origin, PolicyForm, PolicyText};
use crate::document::{JsonPath, Place, Source, Span};

fn decoded(value: &str) -> (String, PolicyForm) {
    let policy = PolicyText::decode(value).map(|policy| (policy.text.into_owned(), policy.form));
    policy.unwrap_or_else(|problem| (problem.message, PolicyForm::Object))
}

#[test]
fn the_three_forms() {
    assert_eq!(decoded(r#"{"a": 1}"#), (r#"{"a": 1}"#.to_owned(), PolicyForm::Object));
    assert_eq!(decoded(r#""{\"a\": \"100%25\"}""#), (r#"{"a": "100%25"}"#.to_owned(), PolicyForm::Escaped));
    assert_eq!(
        decoded(r#""%7B%22a%22%3A%20%221+1%22%7D""#),
        (r#"{"a": "1+1"}"#.to_owned(), PolicyForm::Encoded)
    );
    assert_eq!(decoded(r#""nonsense""#), ("nonsense".to_owned(), PolicyForm::Escaped));
    assert_eq!(decoded(r#""%ff""#).0, "the URL-encoded bytes of this policy are not UTF-8");
    assert_eq!(decoded(r#""\ud800""#).0, "the escapes of this string do not make text");
}

#[test]
fn every_character_is_led_back_through_its_escape() {
    let file = r#"{"Content": "{\"é\\n\u00e9\ud83d\ude00\/\t𝄞\": 1}"}"#;
    let value = r#""{\"é\\n\u00e9\ud83d\ude00\/\t𝄞\": 1}""#;
    let start = file.find(value).unwrap_or_default() as u32;
    let source = Source::new("f", file.to_owned());
    let span = Span::new(start, start + value.len() as u32);
    let origin = Origin { span, form: PolicyForm::Escaped, path: JsonPath::root().key("Content") };
    let text = decoded(value).0;
    let written: Vec<&str> = text
        .char_indices()
        .map(|(at, character)| {
            let span = Span::new(at as u32, (at + character.len_utf8()) as u32);
            origin.place(&source, &Place { path: JsonPath::root(), span }).span.of(file)
        })
        .collect();
    let expected = [
        "{",
        r#"\""#,
        "é",
        r"\\",
        "n",
        r"\u00e9",
        r"\ud83d\ude00",
        r"\/",
        r"\t",
        "𝄞",
        r#"\""#,
        ":",
        " ",
        "1",
        "}",
    ];
    assert_eq!(written, expected);
}
