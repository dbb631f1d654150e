use super::complete;
use crate::datalog::check::Root;

#[test]
fn a_body_is_a_query() {
    for text in ["p(X)", "p(\"a\").", " p(X), not q(X) . ", "p(X"] {
        assert_eq!(complete("<query>", text), Root::Body("<query>".into(), text.to_owned()), "{text}");
    }
}

#[test]
fn the_last_rule_is_asked() {
    let rows = [
        ("?- p(X).", "?- p(X)."),
        ("q(X) :- p(X).", "q(X) :- p(X).\n?- q(X)."),
        ("q(X, 1) :- p(X).\nr(Y) :- q(Y, _).\n", "q(X, 1) :- p(X).\nr(Y) :- q(Y, _).\n\n?- r(Y)."),
        ("q(X, 1) :- p(X).", "q(X, 1) :- p(X).\n?- q(X, Column2)."),
        ("q(X) :- p(X). ?- q(\"a\").", "q(X) :- p(X). ?- q(\"a\")."),
        (".decl q(x: string)", ".decl q(x: string)"),
        ("q(X) :- p(X", "q(X) :- p(X"),
        ("", ""),
    ];
    for (text, expected) in rows {
        assert_eq!(complete("<query>", text), Root::Text("<query>".into(), expected.to_owned()), "{text}");
    }
}
