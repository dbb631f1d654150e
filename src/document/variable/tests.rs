use super::{Piece, malformed, pieces, widened};

fn reason(text: &str) -> Option<(&str, &'static str)> {
    let error = pieces(text).find_map(Result::err)?;
    Some((text.get(error.range).unwrap_or("?"), error.reason))
}

#[test]
fn a_default_may_hold_a_brace() {
    let found: Vec<_> = pieces("${aws:PrincipalTag/t, 'a}b'}x").filter_map(Result::ok).collect();
    let variable = Piece::Variable { key: "aws:PrincipalTag/t", default: Some("a}b") };
    assert_eq!(found, [variable, Piece::Text("x")]);
}

#[test]
fn a_dollar_alone_is_text() {
    let found: Vec<_> = pieces("a$b$").filter_map(Result::ok).collect();
    assert_eq!(found, [Piece::Text("a$b$")]);
}

#[test]
fn malformed_variables_say_why() {
    assert_eq!(reason("x${aws:username"), Some(("${aws:username", "has no closing `}`")));
    assert_eq!(reason("${}/y"), Some(("${}", "names no key")));
    assert_eq!(
        reason("${aws:PrincipalTag/a b}/y"),
        Some(("${aws:PrincipalTag/a b}", "has a space in its name"))
    );
    assert_eq!(reason("${k, none}"), Some(("${k, none}", "has a default that is not in single quotes")));
    for text in ["${k,'none'}", "${k,  'none'}"] {
        assert_eq!(reason(text), Some((text, "has a default that does not follow comma and space")));
    }
    assert_eq!(reason("${k'}"), Some(("${k'}", "has a sign in its name that no key has")));
    assert_eq!(reason("${k, 'none}"), Some(("${k, 'none}", "has a default without a closing quote")));
    assert_eq!(reason("${k, 'a' b}"), Some(("${k, 'a' b}", "has text after its default")));
    assert_eq!(reason("${k, 'a'"), Some(("${k, 'a'", "has no closing `}`")));
    assert_eq!(reason("${a${b}}"), Some(("${a${b}", "holds another variable")));
    assert_eq!(reason("${*}${?}${$}${a:b}"), None);
}

#[test]
fn widening_covers_every_value() {
    assert_eq!(widened("a${k}b${*}c"), "a*b*c");
    assert_eq!(widened("a${k"), "a*");
}

#[test]
fn a_key_with_several_values_is_no_variable() {
    let fault = |text: &str| malformed(text).map(|fault| (fault.message.to_string(), fault.within));
    let (message, within) = fault("a/${aws:username}/${aws:TagKeys}").expect("a fault");
    assert_eq!(message, "the variable `${aws:TagKeys}` names a key with several values");
    assert_eq!(within, Some(18..32));
    assert_eq!(fault("${aws:PrincipalTag/team}${no:SuchKey}"), None);
}
