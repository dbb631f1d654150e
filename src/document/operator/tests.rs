use super::{Comparison, Operator, OperatorName, all_names};

#[test]
fn every_operator_is_read_back_from_its_name() {
    let mut count = 0;
    for (name, operator) in all_names() {
        let operator = *operator;
        assert_eq!(Operator::read(name), OperatorName::Exact(operator));
        assert_eq!(Operator::read(&name.to_uppercase()), OperatorName::OddCase(operator));
        count += 1;
    }
    assert_eq!(count, 3 * (2 * Comparison::ALL.len() - 1));
    assert_eq!(Comparison::ALL.len(), 27);
}

#[test]
fn what_is_no_operator() {
    for name in
        ["", "StringEqualz", "NullIfExists", "ForAnyValue", "ForAnyValue:", "ForSomeValue:Bool", "Bool "]
    {
        assert_eq!(Operator::read(name), OperatorName::Unknown, "{name}");
    }
    assert_eq!(Operator::nearest("StringEqualz"), Some("StringEquals"));
    assert_eq!(Operator::nearest("ForAnyValues:StringLike"), Some("ForAnyValue:StringLike"));
    assert_eq!(Operator::nearest("Frobnicate"), None);
}
