//! `fmt`: one layout, which keeps comments and says the same.

use entail::datalog::text::{File, format, parse};

use super::folder;

/// What a file says, printed without comments and layout.
pub fn said(file: &File) -> String {
    let mut text = Vec::new();
    file.write(&mut text).expect("a vector takes all");
    String::from_utf8(text).expect("UTF-8")
}

/// The comments of a text, without what stands between them.
fn comments(text: &str) -> Vec<String> {
    let mut lexer = entail::datalog::text::lexer::Lexer::new(text);
    while lexer.next().is_some() {}
    let comments = lexer.take_comments().into_iter();
    let mut comments: Vec<String> = comments.map(|span| span.of(text).trim_end().to_owned()).collect();
    comments.sort();
    comments
}

/// Checks what holds of every text without mistakes.
pub fn check_format(text: &str) -> String {
    let formatted = format(text).expect("it has no mistakes");
    assert_eq!(format(&formatted).as_ref(), Ok(&formatted), "formatting again changes nothing");
    assert_eq!(said(&parse(&formatted).file), said(&parse(text).file), "{formatted}");
    assert_eq!(comments(&formatted), comments(text), "{formatted}");
    formatted
}

#[test]
fn files_are_laid_out() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _scope = settings.bind_to_scope();
    let text = std::fs::read_to_string(folder().join("format/everything.rules")).expect("it is there");
    insta::assert_snapshot!("formatted", check_format(&text));
}

#[test]
fn comments_stay_where_they_can() {
    let rows = [
        ("", ""),
        ("\n\n// only\n\n\n", "// only\n"),
        ("p(1). // a", "p(1). // a\n"),
        ("p(1) // a\n.", "p(1). // a\n"),
        ("p(1) // a\n. // b", "p(1). // a\n// b\n"),
        ("p( // a\n1).", "p(\n    // a\n    1,\n).\n"),
        ("p(X) // a\n:- // b\nq(X).", "p(X) :- // a\n    // b\n    q(X).\n"),
        (
            "p(X) :- q(X) // a\n, // b\nr(X) // c\n. // d",
            "p(X) :-\n    q(X), // a\n    // b\n    r(X). // c\n// d\n",
        ),
        ("p(X) :-\n// a\nq(X).", "p(X) :-\n    // a\n    q(X).\n"),
        ("?- // a\np(X).", "// a\n?- p(X).\n"),
        ("\u{feff}p(1).\r\n\r\n\r\np(2).\r\n", "p(1).\n\np(2).\n"),
        ("///   a  \n.decl p()// b\n", "///   a\n.decl p() // b\n"),
        ("p([1,],).", "p(\n    [\n        1,\n    ],\n).\n"),
        ("p(N) :- q(X), N=X-1-(2-3)*-4.", "p(N) :- q(X), N = X - 1 - (2 - 3) * -4.\n"),
        (".test \"a\"{expect(1).expect !p(_).}", ".test \"a\" {\n    expect(1).\n    expect not p(_).\n}\n"),
    ];
    for (text, expected) in rows {
        assert_eq!(check_format(text), expected, "{text}");
    }
}
