use super::{Names, is_whole};

#[test]
fn input_goes_on_until_it_is_whole() {
    let rows = [
        ("", true),
        (":relations", true),
        ("p(X)", true),
        ("p(X), q(X)", true),
        ("p(X),", false),
        ("p(X", false),
        ("q(X) :- p(X)", false),
        ("q(X) :-\n  p(X).", true),
        (".decl q(x: string)", true),
        (".decl q(x: string", false),
        ("?- p(X)", false),
        ("?- p(X).", true),
        ("p(X,\n", true),
    ];
    for (input, whole) in rows {
        assert_eq!(is_whole(input), whole, "{input}");
    }
}

#[test]
fn names_are_completed_from_where_their_word_begins() {
    let names = Names { offered: vec!["member".into(), "mfa".into()], own: vec!["mine".into()] };
    let of = |line: &str| {
        let (start, found) = names.of(line, line.len());
        (start, found.join(" "))
    };
    assert_eq!(of("m"), (0, "member mfa mine".to_owned()));
    assert_eq!(of("mfa(X), not me"), (12, "member".to_owned()));
    assert_eq!(of(":re"), (0, ":relations".to_owned()));
    assert_eq!(of("mfa("), (4, String::new()));
    assert_eq!(of(".d"), (0, ".decl".to_owned()));
}
