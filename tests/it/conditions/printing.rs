//! Formulas as text and as data.

use entail::region::condition::{ConditionId, DoubtClass, Trool};

use super::Lab;

#[test]
fn trees() {
    let lab = Lab::default();
    let tree = |condition| serde_json::to_string(&lab.conditions.tree(condition)).expect("plain data");
    let test = lab.allow("StringNotLike", "k", &["b*", "a${*}"]);
    assert_eq!(tree(test), r#"{"operator":"StringNotLike","key":"k","values":["a${*}","b*"]}"#);
    assert_eq!(tree(ConditionId::ALWAYS), r#"{"all":[]}"#);
    assert_eq!(tree(ConditionId::NEVER), r#"{"any":[]}"#);
    let number = lab.allow("NumericLessThan", "num", &["5"]);
    assert_eq!(
        tree(lab.conditions.not(number)),
        r#"{"not":{"operator":"NumericLessThan","key":"num","values":["5"]}}"#
    );
    let both = lab.conditions.and(test, lab.conditions.missing("tags of b"));
    assert_eq!(
        tree(both),
        r#"{"all":[{"operator":"StringNotLike","key":"k","values":["a${*}","b*"]},{"unknown":"missing: tags of b"}]}"#
    );
    let doubt = lab.conditions.not(lab.conditions.doubt(DoubtClass::Reading, "U-18"));
    assert_eq!(
        tree(lab.conditions.or(both, doubt)),
        format!(r#"{{"any":[{{"not":{{"unknown":"U-18"}}}},{}]}}"#, tree(both))
    );
}

#[test]
fn the_order_is_that_of_the_content() {
    let texts: Vec<String> = [[0, 1, 2], [2, 0, 1], [1, 2, 0]]
        .map(|order| {
            let lab = Lab::default();
            let tests = [
                ("StringEquals", "b", ["x", "y"]),
                ("StringEquals", "a", ["y", "x"]),
                ("StringLike", "c", ["*z", "q*"]),
            ];
            let all = order.map(|at| lab.allow(tests[at].0, tests[at].1, &tests[at].2));
            lab.conditions.text(lab.all(&all))
        })
        .into();
    assert_eq!(texts[0], "StringEquals a [x, y] and StringEquals b [x, y] and StringLike c [*z, q*]");
    assert!(texts.iter().all(|text| *text == texts[0]));
}

#[test]
fn values_that_cannot_be_read_are_told() {
    let lab = Lab::default();
    let text = |denied| lab.conditions.text(lab.conditions.simplify(lab.conditions.not(denied)));
    let number = text(lab.deny("NumericLessThan", "k", &["5"]));
    assert!(number.contains("NumericGreaterThanEquals k 5"), "{number}");
    assert!(number.contains("`NumericLessThan` on a value of `k` that it cannot read"), "{number}");
    let date = text(lab.deny("DateEquals", "date", &["2024-01-01", "soon"]));
    assert!(date.contains("cannot read `soon`"), "{date}");
    // Both say the same of each value.
    let denied = lab.deny("NumericLessThan", "k", &["5"]);
    for (value, truth) in [("4", Trool::True), ("6", Trool::False), ("zz", Trool::Unknown)] {
        assert_eq!(lab.at(denied, &[("k", &[value])]), truth, "{value}");
    }
}

#[test]
fn texts() {
    let lab = Lab::default();
    let a = lab.allow("StringEquals", "a", &["x"]);
    let b = lab.allow("Null", "b", &["true"]);
    let c = lab.allow("StringEqualsIfExists", "c", &["${aws:username, 'me'}"]);
    let conditions = &lab.conditions;
    assert_eq!(
        conditions.text(conditions.or(conditions.and(a, b), conditions.not(c))),
        "not StringEqualsIfExists c ${aws:username, 'me'} or (b is absent or empty and StringEquals a x)"
    );
    assert_eq!(conditions.text(conditions.not(b)), "b is present");
    assert_eq!(conditions.text(conditions.absent(lab.key("d"))), "d is absent");
    assert_eq!(conditions.text(lab.allow("StringEquals", "e", &["${$}{x}"])), "StringEquals e ${$}{x}");
}
