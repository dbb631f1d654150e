use super::skip::end_of_container;
use super::{Fault, ProblemKind, Reader, Value, explain, fault, path_to};

/// The end of a container, found one byte at a time.
fn plain_end(text: &[u8]) -> Option<usize> {
    let (mut depth, mut inside, mut escaped) = (0, false, false);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => depth += 1,
            b'}' | b']' if !inside => {
                depth -= 1;
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

proptest::proptest! {
    /// Quotes, backslashes and brackets in every constellation, over the borders of blocks.
    #[test]
    fn containers_end_where_counting_says(pieces in proptest::collection::vec(0..9usize, 0..400)) {
        let words = ["{", "}", "[", "]", "\"", "\\\"", "\\\\", "a", "          "];
        let mut text = String::from("[");
        let mut inside = false;
        for piece in pieces {
            // A backslash outside of strings is no JSON, and no scanner needs to agree on it.
            let word = words[piece];
            if word.starts_with('\\') && !inside {
                continue;
            }
            inside ^= word == "\"";
            text.push_str(word);
        }
        let expected = plain_end(text.as_bytes());
        proptest::prop_assert_eq!(end_of_container(text.as_bytes(), 0), expected, "{}", text);
        let shifted = format!("{}{text}", " ".repeat(63));
        let expected = expected.map(|end| end + 63);
        proptest::prop_assert_eq!(end_of_container(shifted.as_bytes(), 63), expected, "{}", text);
    }
}

fn reading(text: &str, read: impl FnOnce(&mut Reader<'_>) -> super::Read<()>) -> (usize, String) {
    match read(&mut Reader::new(text)) {
        Ok(()) => (text.len(), "read".to_owned()),
        Err(fault) => (fault.offset, fault.kind.to_string()),
    }
}

#[test]
fn faults_name_what_stands_there_and_where() {
    let strings = |reader: &mut Reader<'_>| reader.items(|reader| reader.string().map(drop));
    assert_eq!(reading(r#"["a", "\u00e9"]"#, strings).1, "read");
    assert_eq!(reading(r#"{"a": 1}"#, strings), (0, "expected an array, found an object".into()));
    assert_eq!(reading(r#"["a", 17]"#, strings), (6, "expected a string, found a number".into()));
    assert_eq!(reading(r#"["a" "b"]"#, strings), (5, "this is not JSON: expected `,` or `]`".into()));
    assert_eq!(reading("[\"a\nb\"]", strings), (3, "this is not JSON: control character in a string".into()));
    assert_eq!(reading(r#"["a", "b"#, strings).1, "the JSON text ends before it is complete");
    assert_eq!(reading(r#"["a", nonsense]"#, strings).1, "this is not JSON: expected a value");
    let values = |reader: &mut Reader<'_>| reader.value().map(drop);
    assert_eq!(reading("  [1, {", values).1, "the JSON text ends before it is complete");
    assert_eq!(reading("\u{feff}-1.5e3", values).1, "read");
    let members = |reader: &mut Reader<'_>| reader.members(|_, reader| reader.value().map(drop));
    assert_eq!(reading(r#"{"a": 1, 2: 3}"#, members), (9, "this is not JSON: expected a key".into()));
    assert_eq!(reading(r#"{"a" 1}"#, members), (5, "this is not JSON: expected `:`".into()));
    assert_eq!(reading("{}", members).1, "read");
}

#[test]
fn values_are_found_again_by_their_offset() {
    let text = r#"{"a": [1, {"b": "c"}]}"#;
    assert_eq!(Value::at(text, 10).map(|value| value.raw()), Some(r#"{"b": "c"}"#));
    assert!(Value::at(text, 9).is_none());
    assert!(Value::at(text, 1000).is_none());
}

#[test]
fn paths_lead_to_the_value_of_a_byte() {
    let text = r#"{"a": [1, {"b c": "d"}], "e": 2}"#;
    let path = |needle: &str| path_to(text, text.find(needle).unwrap_or_default()).to_string();
    assert_eq!(path("1"), "$.a[0]");
    assert_eq!(path("\"d\""), r#"$.a[1]["b c"]"#);
    assert_eq!(path("2"), "$.e");
    assert_eq!(path("\"e\""), "$");
    assert_eq!(path_to("{\"a\": [1, {\"b\": \"", 17).to_string(), "$.a[1].b");
    let deep = "[".repeat(10_000);
    assert_eq!(path_to(&deep, 9_999).steps().len(), 128);
}

#[test]
fn text_that_is_not_json_is_explained_where_it_goes_wrong() {
    // Brackets of the wrong sort are noticed late by whoever skips, and explained at their place.
    let text = r#"[{"a": [1}, "b": 2}"#;
    let found = Reader::new(text).items(|reader| reader.value().map(drop)).err();
    let explained = found.map(|fault| explain(text, *fault));
    assert!(
        explained.is_some_and(|fault| fault.offset == 9 && matches!(fault.kind, ProblemKind::NotJson(_)))
    );
    let shape = fault::<()>(3, ProblemKind::MissingMember("Arn")).err();
    let kept = shape.map(|fault| explain("[1", *fault));
    assert!(matches!(kept, Some(Fault { offset: 3, kind: ProblemKind::MissingMember("Arn") })));
}
