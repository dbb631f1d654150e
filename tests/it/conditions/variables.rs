//! Variables, bound and open (S-VAR-01..12).

use entail::region::condition::{
    ConditionId, Effect, Key, KeyType, MalformedVariable, Piece, RawResource, Trool, Verdict, Version,
    parse_template,
};

use super::{Lab, Partial, key};

impl Lab {
    fn resource(&self, effect: Effect, negated: bool, patterns: &[&str]) -> ConditionId {
        let key_id = self.conditions.key(Key::new("resource", KeyType::String).always_present());
        self.conditions.resource(&RawResource {
            key: key_id,
            patterns,
            negated,
            effect,
            version: Version::V2012,
            place: "statement 1",
            keys: &key,
        })
    }

    fn bound(&self, condition: ConditionId, context: &[(&str, &[&str])]) -> ConditionId {
        let mut partial = Partial(self.context(context));
        if let Some(resource) = context.iter().find(|(name, _)| *name == "resource") {
            let id = self.conditions.key(Key::new("resource", KeyType::String).always_present());
            partial.0.0.insert(id, resource.1.iter().map(|&text| text.to_owned()).collect());
        }
        self.conditions.bind(condition, &partial)
    }
}

#[test]
fn templates() {
    let text = |text: &str| Piece::Text(text.into());
    let literal = |text: &str| Piece::Literal(text.into());
    let variable = |key: &str, default: Option<&str>| Piece::Variable {
        key: key.to_owned(),
        default: default.map(Into::into),
    };
    let ok = |text| parse_template(text, Version::V2012);
    assert_eq!(ok("a${k}b"), Ok(vec![text("a"), variable("k", None), text("b")]), "S-VAR-01");
    assert_eq!(ok("${*}${?}${$}"), Ok(vec![literal("*?$")]), "S-VAR-03");
    assert_eq!(ok("${k, 'a}b'}"), Ok(vec![variable("k", Some("a}b"))]), "S-VAR-04");
    assert_eq!(ok("$ {k} $"), Ok(vec![text("$ {k} $")]));
    assert_eq!(parse_template("${k}", Version::V2008), Ok(vec![text("${k}")]), "S-GRAM-03");
    for (malformed, problem) in [
        ("${k", MalformedVariable::Unclosed),
        ("${}", MalformedVariable::Empty),
        ("${aws:PrincipalTag/my tag}", MalformedVariable::Name),
        ("${a${b}}", MalformedVariable::Name),
        ("${k, x}", MalformedVariable::Default),
        ("${k,'x'}", MalformedVariable::Default),
        ("${k, 'x' }", MalformedVariable::AfterDefault),
        ("${k, 'x", MalformedVariable::OpenDefault),
    ] {
        assert_eq!(ok(malformed), Err(problem), "S-VAR-10: {malformed}");
    }
}

#[test]
fn resource_patterns() {
    let lab = Lab::default();
    let rows = [
        ("S-RES-01", "*", "arn:aws:s3:::b/a:c", true),
        ("S-RES-03", "arn:aws:s3:::b/*/x", "arn:aws:s3:::b/a/b/c/x", true),
        ("S-RES-04", "arn:aws:sqs:*:queue-1", "arn:aws:sqs:us-east-1:111122223333:queue-1", true),
        ("S-RES-04", "arn:aws:s3:*", "arn:aws:s3:::b/k", true),
        ("S-RES-04", "arn:aws:s*3:::b", "arn:aws:sqs:x3:::b", false),
        ("S-RES-04", "arn:aws:s3:::b/*/z", "arn:aws:s3:::b/a:b/z", true),
        ("S-RES-04", "arn:aws:iam::?:root", "arn:aws:iam:::root", false),
        ("S-RES-05", "arn:aws:s3:::b/Home/*", "arn:aws:s3:::b/home/x", false),
    ];
    for (rule, pattern, resource, expected) in rows {
        let condition = lab.resource(Effect::Allow, false, &[pattern]);
        assert_eq!(
            lab.bound(condition, &[("resource", &[resource])]),
            expected.into(),
            "{rule}: {pattern} on {resource}"
        );
    }
}

#[test]
fn an_open_variable_becomes_a_test_of_its_key() {
    let lab = Lab::default();
    let allow = lab.resource(Effect::Allow, false, &["arn:aws:s3:::b/${aws:username}/*"]);
    let at = |resource: &str| lab.conditions.text(lab.bound(allow, &[("resource", &[resource])]));
    assert_eq!(at("arn:aws:s3:::b/alice/x"), "StringEquals aws:username alice");
    assert_eq!(at("arn:aws:s3:::b/a/b/c"), "StringEquals aws:username [a, a/b]");
    assert_eq!(at("arn:aws:s3:::b/alice"), "never");
    assert_eq!(at("arn:aws:s3:::b//x"), "never", "an empty value is no value (U-42)");
    assert_eq!(at("arn:aws:s3:::c/alice/x"), "never");
    let bound = lab.bound(allow, &[("aws:username", &["a*"])]);
    assert_eq!(lab.bound(bound, &[("resource", &["arn:aws:s3:::b/abc/x"])]), ConditionId::NEVER, "S-VAR-08");
    assert_eq!(lab.bound(bound, &[("resource", &["arn:aws:s3:::b/a*/x"])]), ConditionId::ALWAYS);
    assert_eq!(lab.bound(allow, &[("aws:username", &[])]), ConditionId::NEVER, "S-VAR-05");
    assert_eq!(lab.bound(allow, &[("aws:username", &[""])]), ConditionId::NEVER, "U-42");
}

#[test]
fn several_open_variables() {
    let lab = Lab::default();
    let allow =
        lab.resource(Effect::Allow, false, &["arn:aws:s3:::b/${aws:PrincipalTag/team}/${aws:username}/*"]);
    let bound = lab.bound(allow, &[("resource", &["arn:aws:s3:::b/red/bob/x"])]);
    assert_eq!(
        lab.conditions.text(bound),
        "StringEquals aws:principaltag/team red and StringEquals aws:username bob"
    );
    let twice = lab.resource(Effect::Allow, false, &["arn:aws:s3:::b/${aws:username}-${aws:username}"]);
    let bound = lab.bound(twice, &[("resource", &["arn:aws:s3:::b/a-b-a-b"])]);
    assert_eq!(lab.conditions.text(bound), "StringEquals aws:username a-b");
}

#[test]
fn defaults_and_absence() {
    let lab = Lab::default();
    let allow = lab.resource(Effect::Allow, false, &["arn:aws:s3:::b/${aws:username, 'shared'}/*"]);
    let bound = lab.bound(allow, &[("resource", &["arn:aws:s3:::b/shared/x"])]);
    assert_eq!(
        lab.conditions.text(bound),
        "aws:username is absent or empty or StringEquals aws:username shared",
        "S-VAR-04"
    );
    assert_eq!(lab.bound(bound, &[("aws:username", &[""])]), ConditionId::ALWAYS, "U-42");
    assert_eq!(lab.bound(bound, &[("aws:username", &["bob"])]), ConditionId::NEVER);
    let default = lab.allow("StringLike", "k", &["${aws:username, 'a*'}"]);
    assert_eq!(lab.at(default, &[("k", &["ab"])]), Trool::False, "U-49: a default is literal");
    assert_eq!(lab.at(default, &[("k", &["a*"])]), Trool::True);
}

#[test]
fn not_resource_with_an_unresolved_variable() {
    let lab = Lab::default();
    for (effect, expected) in [(Effect::Allow, ConditionId::NEVER), (Effect::Deny, ConditionId::ALWAYS)] {
        let condition = lab.resource(effect, true, &["arn:aws:s3:::b/${aws:username}/*"]);
        let context: [(&str, &[&str]); 2] = [("resource", &["arn:aws:s3:::b/x/y"]), ("aws:username", &[])];
        assert_eq!(lab.bound(condition, &context), expected, "S-VAR-06, U-09 {effect:?}");
        let bound = lab.bound(lab.bound(condition, &context[..1]), &context[1..]);
        assert_eq!(bound, expected, "in either order");
        let named: [(&str, &[&str]); 2] = [("resource", &["arn:aws:s3:::b/x/y"]), ("aws:username", &["bob"])];
        assert_eq!(lab.bound(condition, &named), ConditionId::ALWAYS, "{effect:?}");
    }
}

#[test]
fn misplaced_and_malformed_variables_in_resources() {
    let lab = Lab::default();
    for pattern in [
        "arn:aws:s3:::${b",
        "arn:aws:iam::${aws:PrincipalAccount}:role/x",
        "${aws:PrincipalArn}",
        "arn:aws:s3:::${aws:TagKeys}",
    ] {
        for negated in [false, true] {
            let allow = lab.bound(
                lab.resource(Effect::Allow, negated, &[pattern]),
                &[("resource", &["arn:aws:s3:::b"])],
            );
            assert_eq!(allow, ConditionId::NEVER, "S-VAR-10: {pattern}");
            let deny = lab
                .bound(lab.resource(Effect::Deny, negated, &[pattern]), &[("resource", &["arn:aws:s3:::b"])]);
            assert!(lab.conditions.contains_doubt(deny), "S-VAR-10: {pattern}");
        }
    }
}

#[test]
fn variables_in_conditions() {
    let lab = Lab::default();
    let equals = lab.allow("StringEquals", "s3:prefix", &["home", "${aws:username}"]);
    let not_equals = lab.allow("StringNotEquals", "s3:prefix", &["home", "${aws:username}"]);
    type Row<'a> = (&'a [(&'a str, &'a [&'a str])], Trool);
    let rows: &[Row] = &[
        (&[("s3:prefix", &["home"])], Trool::True),
        (&[("s3:prefix", &["bob"]), ("aws:username", &["bob"])], Trool::True),
        (&[("s3:prefix", &["bob"])], Trool::False),
        (&[("s3:prefix", &["bob"]), ("aws:username", &["eve"])], Trool::False),
        (&[("aws:username", &["eve"])], Trool::False),
    ];
    for (context, expected) in rows {
        assert_eq!(lab.at(equals, context), *expected, "S-VAR-07: {context:?}");
        assert_eq!(lab.at(not_equals, context), !*expected, "S-VAR-07: {context:?}");
    }
    let known = lab.bound(equals, &[("s3:prefix", &["bob"])]);
    assert_eq!(lab.conditions.text(known), "StringEquals aws:username bob");
    let tag = lab.bound(equals, &[("aws:username", &["bob"])]);
    assert_eq!(tag, lab.allow("StringEquals", "s3:prefix", &["bob", "home"]), "bound variables are text");
}

#[test]
fn arn_operators_substitute_before_they_split() {
    let lab = Lab::default();
    let test = lab.allow("ArnLike", "aws:SourceArn", &["${aws:PrincipalArn}"]);
    let arn: &[&str] = &["arn:aws:iam::1:role/a"];
    assert_eq!(lab.at(test, &[("aws:SourceArn", arn), ("aws:PrincipalArn", arn)]), Trool::True, "U-49");
    let bound = lab.bound(test, &[("aws:SourceArn", arn)]);
    assert_eq!(lab.conditions.text(bound), "StringEquals aws:principalarn arn:aws:iam::1:role/a");
    let account = lab.allow("ArnLike", "aws:SourceArn", &["arn:aws:iam::${aws:PrincipalAccount}:*"]);
    let bound = lab.bound(account, &[("aws:SourceArn", arn)]);
    assert_eq!(lab.at(bound, &[("aws:PrincipalAccount", &["1"])]), Trool::True);
    assert_eq!(lab.at(bound, &[("aws:PrincipalAccount", &["2"])]), Trool::False);
}

#[test]
fn sets_of_values_against_an_open_variable() {
    let lab = Lab::default();
    let all = lab.allow("ForAllValues:StringEquals", "set", &["a", "${aws:username}"]);
    let any = lab.allow("ForAnyValue:StringEquals", "set", &["a", "${aws:username}"]);
    let context: &[(&str, &[&str])] = &[("set", &["a", "b"])];
    assert_eq!(lab.conditions.text(lab.bound(all, context)), "StringEquals aws:username b");
    assert_eq!(lab.bound(any, context), ConditionId::ALWAYS);
    let two: &[(&str, &[&str])] = &[("set", &["b", "c"])];
    assert_eq!(lab.sat(lab.bound(all, two)), Verdict::No, "one variable is not two values");
}

#[test]
fn the_unknown_stays_a_test() {
    let lab = Lab::default();
    let test = lab.allow("StringLike", "k", &["${aws:username}/*"]);
    assert_eq!(lab.bound(test, &[("other", &["x"])]), test);
    assert_eq!(lab.conditions.keys(test).len(), 2);
    let bound = lab.bound(test, &[("aws:username", &["a*"])]);
    assert_eq!(lab.conditions.text(bound), "StringLike k a${*}/*", "S-VAR-08");
    assert_eq!(lab.bound(test, &[("k", &["x"]), ("aws:username", &["x"])]), ConditionId::NEVER);
}
