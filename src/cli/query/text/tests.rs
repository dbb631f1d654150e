use super::complete;

#[test]
fn a_body_becomes_a_query_and_the_last_rule_is_asked() {
    let rows = [
        ("p(X)", "?- p(X)."),
        ("p(\"a\").", "?- p(\"a\")."),
        (" p(X), not q(X) . ", "?- p(X), not q(X)."),
        ("?- p(X).", "?- p(X)."),
        ("q(X) :- p(X).", "q(X) :- p(X).\n?- q(X)."),
        ("q(X, 1) :- p(X).\nr(Y) :- q(Y, _).\n", "q(X, 1) :- p(X).\nr(Y) :- q(Y, _).\n\n?- r(Y)."),
        ("q(X, 1) :- p(X).", "q(X, 1) :- p(X).\n?- q(X, Column2)."),
        ("q(X) :- p(X). ?- q(\"a\").", "q(X) :- p(X). ?- q(\"a\")."),
        (".decl q(x: string)", ".decl q(x: string)"),
        ("p(X", "?- p(X."),
        ("q(X) :- p(X", "q(X) :- p(X"),
        ("", ""),
    ];
    for (text, expected) in rows {
        assert_eq!(complete(text), expected, "{text}");
    }
}
