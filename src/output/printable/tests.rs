use std::io::Write;

use super::{Printable, one_line};

/// What comes out of bytes that are written in pieces.
fn written(pieces: &[&[u8]]) -> String {
    let mut out = Vec::new();
    let mut printable = Printable::new(&mut out);
    for piece in pieces {
        printable.write_all(piece).expect("written");
    }
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn control_characters_are_shown_wherever_a_write_ends() {
    let text = "a\u{1b}[31m\u{0}\u{7f}\tb\n\u{9b}© é ü\r";
    let wanted = "a\\u001b[31m\\u0000\\u007f\tb\n\\u009b© é ü\\u000d";
    for at in 0..=text.len() {
        let (start, end) = text.as_bytes().split_at(at);
        assert_eq!(written(&[start, end]), wanted, "{at}");
    }
}

#[test]
fn json_stays_what_it_is() {
    let value = serde_json::json!("\u{1b}\u{7f}\u{80}\n é");
    let text = written(&[value.to_string().as_bytes()]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), value);
}

#[test]
fn a_line_has_no_line_ends() {
    assert_eq!(one_line("a\nb\r\tc\u{1b}"), "a\\nb\\r\\tc\\u001b");
    assert_eq!(one_line("é ü"), "é ü");
}
