//! Random texts: nothing panics, places lie in the text, and what is printed reads back.

use entail::datalog::text::{format, parse};
use entail::document::Source;
use proptest::prelude::*;

use super::checked;
use super::formatting::{check_format, said};

/// What a reader of any text must keep; the fuzz targets in `fuzz/` check it too.
fn reads_without_panic(text: &str) {
    let parsed = parse(text);
    let source = Source::new("test.rules", text.to_owned());
    for problem in &parsed.problems {
        assert!(problem.span.start <= problem.span.end && problem.span.end as usize <= text.len());
        assert!(!problem.render(&source).is_empty());
    }
    let printed = said(&parsed.file);
    let again = parse(&printed);
    assert_eq!(again.problems, [], "{printed}");
    assert_eq!(said(&again.file), printed);
    if let Ok(formatted) = format(text) {
        assert_eq!(check_format(text), formatted);
    }
    if let Err(problems) = checked(text) {
        problems.rendered().for_each(|shown| assert!(!shown.is_empty()));
    }
}

/// Tokens that make clauses when they are lucky.
fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "p", "q", "assumes", "can", "X", "Y", "_", "\"a\"", "\"{X}\"", "3", "-1", "true", "word", "(", ")",
        "[", "]", "{", "}", ",", ".", ":", ":-", "?-", "=", "!=", "<", ">=", "+", "-", "*", "/", "%", "not",
        "!", "in", "like", "count", "sum", "min", "max", "low", "help", "at", "estate", "expect", ".decl",
        ".finding", ".test", ".import", "string", "///d\n", "//c\n", "#c\n", "\n", ":=", "'", "\"", "é",
        "lower", "contains",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.join(" "))
}

fn expression() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["X", "Y", "3", "-4", "\"a\"", "word", "[1, 2]", "now()", "true", "[]"]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner.clone())
                .prop_map(|(left, sign, right)| format!("({left}) {sign} ({right})")),
            inner.clone().prop_map(|inner| format!("lower({inner})")),
            inner.prop_map(|inner| format!("sum {{ Z : p(Z, {inner}), not q(Z) }}")),
        ]
    })
}

fn literal() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">=", "in", "like"]);
    let goal = prop_oneof![
        (expression(), sign, expression()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        prop::collection::vec(expression(), 0..4)
            .prop_map(|arguments| format!("p({})", arguments.join(", "))),
    ];
    (any::<bool>(), goal).prop_map(|(not, goal)| if not { format!("not {goal}") } else { goal })
}

fn clause() -> impl Strategy<Value = String> {
    let body = prop::collection::vec(literal(), 1..4).prop_map(|body| body.join(", ")).boxed();
    prop_oneof![
        (expression(), body.clone()).prop_map(|(of, body)| format!("p({of}) :- {body}.")),
        body.clone().prop_map(|body| format!("?- {body}.")),
        body.clone()
            .prop_map(|body| format!("/// d\n.finding f(X) low \"m\" help \"h\" at (X, Y) :- {body}.")),
        body.prop_map(|body| format!(".test \"t\" {{ p(1). expect {body}. }}")),
        Just(".decl p(x: string, y: [[number]])".to_owned()),
        Just("p(\"a\", [true, word]).".to_owned()),
        Just(".import \"a.rules\"".to_owned()),
    ]
}

/// Puts comments and line breaks between the tokens of a text.
fn scattered(text: &str, at: &[u8]) -> String {
    let mut places = at.iter().cycle();
    let mut scattered = String::new();
    for piece in text.split_inclusive(' ') {
        scattered.push_str(piece);
        // Documentation and texts have no comments within.
        if !text.contains("///") && piece.ends_with(' ') {
            match places.next() {
                Some(0) => scattered.push_str("// c\n"),
                Some(1) => scattered.push_str("\n\n  # own\n"),
                Some(2) => scattered.push('\n'),
                _ => {}
            }
        }
    }
    scattered
}

proptest! {
    #[test]
    fn token_soup(text in soup()) {
        reads_without_panic(&text);
    }

    #[test]
    fn any_text(text in "[ -~\n]{0,80}|\\PC{0,20}") {
        reads_without_panic(&text);
    }

    #[test]
    fn clauses_print_and_format_as_they_are(
        clauses in prop::collection::vec(clause(), 1..4),
        at in prop::collection::vec(0..8_u8, 1..30),
    ) {
        let text = clauses.join("\n");
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.problems, &[], "{}", text);
        reads_without_panic(&text);
        let scattered: Vec<String> = clauses.iter().map(|clause| scattered(clause, &at)).collect();
        let scattered = scattered.join("\n");
        prop_assert_eq!(said(&parse(&scattered).file), said(&parsed.file));
        check_format(&scattered);
    }
}

#[test]
fn long_and_deep_texts_end() {
    let deep = |open: &str, close: &str| format!("p({}1{}).", open.repeat(100_000), close.repeat(100_000));
    let texts = [
        deep("[", "]"),
        deep("(", ")"),
        format!("p(X) :- {}q(X){}.", "X = count { Y : ".repeat(10_000), " }".repeat(10_000)),
        format!("p(X) :- X = 1{}.", " + 1".repeat(100_000)),
        format!("p(X) :- {}q(X).", "not ".repeat(100_000)),
        format!("p(X) :- q(X){}.", ", q(X)".repeat(100_000)),
        "p(1) ".repeat(100_000),
        "p(".repeat(100_000),
        "\"\n".repeat(100_000),
        ".test \"a\" {\n".repeat(100_000),
        format!(".decl p(x: {}string{})", "[".repeat(10_000), "]".repeat(10_000)),
        "}".repeat(100_000),
        "nope(1).\n".repeat(100_000),
        format!("{}p(1).", "/// d\n".repeat(100_000)),
        (0..20_000).map(|index| format!("p{index}(X) :- p{}(X), not q{index}(X).\n", index + 1)).collect(),
    ];
    for text in texts {
        let parsed = parse(&text);
        let _ = format(&text);
        let shown = checked(&text).err().map(|problems| problems.len());
        assert!(shown.is_some_and(|count| count > 0), "{} {}", &text[..20], parsed.problems.len());
    }
}
