use super::JsonPath;

#[test]
fn keys_are_quoted_only_where_they_must_be() {
    let path = JsonPath::root().key("Statement").index(1).key("aws:userid").key("a\"b").key("");
    assert_eq!(path.to_string(), r#"$.Statement[1]["aws:userid"]["a\"b"][""]"#);
}
