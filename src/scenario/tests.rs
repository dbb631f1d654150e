//! What lines say, and what is wrong with them.

use super::{CallerKind, Scenario, ScenarioError, StatedOwner};

fn error(line: &str) -> (String, u32, String) {
    match Scenario::read(line, 7) {
        Ok(scenario) => (format!("read: {}", scenario.id), 0, String::new()),
        Err(ScenarioError { message, column, path }) => (message, column, path.to_string()),
    }
}

const USER: &str = "arn:aws:iam::111111111111:user/u";

fn request(fields: &str) -> String {
    format!(
        r#"{{"request": {{"principal": "{USER}", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x"}}{fields}}}"#
    )
}

#[test]
fn a_line_with_a_request_is_a_scenario() {
    let line =
        request(r#", "resource_policy": null, "name": 3, "scps": [{"level": "root", "policies": ["{}"]}]"#);
    let scenario = Scenario::read(&line, 7).expect("it is one");
    assert_eq!((&*scenario.id, scenario.caller.kind), ("7", CallerKind::User));
    assert_eq!(scenario.resources[0].owner, StatedOwner::AsTheArnSays);
    let policy = &scenario.scps[0].policies[0];
    assert_eq!((policy.value, policy.place.to_string().as_str()), (r#""{}""#, "scps[0].policies[0]"));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let cases = [
        ("", "expected an object", 1, "$"),
        ("[]", "expected an object", 1, "$"),
        ("{}", "there is no `request`", 1, "$"),
        (r#"{"request": {"principal": "#, "the line ends before its JSON does", 26, "$"),
        (r#"{"request": {}, "request": {}}"#, "`request` stands here twice", 25, "$"),
        (
            r#"{"request": {"principal": "bob"}}"#,
            "`bob` is no principal: expected an ARN, `anonymous` or a service",
            27,
            "$.request.principal",
        ),
        (r#"{"request": {"resource": "b/x"}}"#, "`b/x` is neither an ARN nor `*`", 26, "$.request.resource"),
        (
            r#"{"request": {"action": "s3:*"}}"#,
            "`s3:*` is no action: expected `service:Name`",
            24,
            "$.request.action",
        ),
        (
            r#"{"request": {"contxt": {}}}"#,
            "`contxt` is no field here; did you mean `context`?",
            24,
            "$.request.contxt",
        ),
        (
            r#"{"request": {"context": {"a": {}}}}"#,
            "expected a text, a number or a truth value",
            31,
            "$.request.context.a",
        ),
        (
            r#"{"request": {"context": {"k": "1", "K": "2"}}}"#,
            "`K` stands here twice: keys ignore case",
            41,
            "$.request.context.K",
        ),
    ];
    let wrong = cases.into_iter().filter(|&(line, message, column, path)| {
        error(line) != (message.to_owned(), column, path.to_owned())
    });
    let wrong: Vec<_> = wrong.map(|(line, ..)| (line, error(line))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn other_parts_of_a_line_are_read_as_strictly() {
    let cases = [
        (
            r#", "settings": {"s3_block_public_acess": true}"#,
            "`s3_block_public_acess` is no field here; did you mean `s3_block_public_access`?",
        ),
        (r#", "derive": "perhaps""#, "expected `true` or `false`"),
        (
            r#", "expected": "Denied""#,
            "`Denied` is no decision; one of Allowed, ExplicitlyDenied, ImplicitlyDenied, Conditional, Unknown",
        ),
        (r#", "caller": {"kind": "wizard"}"#, "`wizard` is no kind of caller"),
        (r#", "scps": {"policies": []}"#, "expected a list"),
        (r#", "resources": [{"policies": []}]"#, "the resource has no `arn`"),
        (
            r#", "organization": {"management_account": "1"}"#,
            "`1` is no account: an account id is twelve digits",
        ),
    ];
    for (fields, message) in cases {
        assert_eq!(error(&request(fields)).0, message, "{fields}");
    }
}
