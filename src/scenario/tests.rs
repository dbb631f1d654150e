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

/// Principal and `caller` that cannot be one caller are an error at the member that says otherwise.
#[test]
fn callers_that_contradict_themselves_are_no_scenario() {
    let place = |principal: &str, caller: &str| {
        let line = format!(
            r#"{{"request": {{"principal": "{principal}", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x"}}, "caller": {{{caller}}}}}"#
        );
        match Scenario::read(&line, 1) {
            Ok(_) => String::new(),
            Err(error) => error.path.to_string(),
        }
    };
    let iam = |what: &str| format!("arn:aws:iam::111111111111:{what}");
    let (user, role, root) = (iam("user/u"), iam("role/team/r"), iam("root"));
    let session = "arn:aws:sts::111111111111:assumed-role/r/s";
    let federated = "arn:aws:sts::111111111111:federated-user/ann";
    for (principal, caller) in [
        (&*user, r#""kind": "user", "user_arn": "arn:aws:iam::111111111111:user/u""#),
        (&user, r#""kind": "session-token""#),
        (&root, r#""kind": "session-token""#),
        (&root, r#""kind": "assumed-root""#),
        (&role, r#""kind": "session""#),
        (session, r#""kind": "session", "role_arn": "arn:aws:iam::111111111111:role/team/r""#),
        (session, r#""unique_id": "AROAEXAMPLEEXAMPLE12""#),
        (federated, r#""user_arn": "arn:aws:iam::111111111111:root""#),
        ("cognito-identity.amazonaws.com", r#""kind": "service""#),
        (
            "idp.example.com",
            r#""kind": "oidc", "provider": "arn:aws:iam::111111111111:oidc-provider/idp.example.com""#,
        ),
    ] {
        assert_eq!(place(principal, caller), "", "{principal} {caller}");
    }
    for (principal, caller, at) in [
        (&*user, r#""kind": "root""#, "$.caller.kind"),
        (&user, r#""kind": "oidc""#, "$.caller.kind"),
        (&user, r#""kind": "anonymous""#, "$.caller.kind"),
        (&role, r#""kind": "user""#, "$.caller.kind"),
        (&role, r#""kind": "session-token""#, "$.caller.kind"),
        (&role, r#""role_arn": "arn:aws:iam::111111111111:role/r""#, "$.caller.role_arn"),
        (session, r#""kind": "role""#, "$.caller.kind"),
        (session, r#""role_arn": "arn:aws:iam::111111111111:role/other""#, "$.caller.role_arn"),
        (session, r#""role_arn": "arn:aws:iam::222222222222:role/r""#, "$.caller.role_arn"),
        (session, r#""role_arn": "r""#, "$.caller.role_arn"),
        (session, r#""unique_id": "AIDAEXAMPLEEXAMPLE12""#, "$.caller.unique_id"),
        (federated, r#""user_arn": "arn:aws:iam::222222222222:user/u""#, "$.caller.user_arn"),
        (federated, r#""user_arn": "arn:aws:iam::111111111111:role/r""#, "$.caller.user_arn"),
        ("lambda.amazonaws.com", r#""kind": "user""#, "$.caller.kind"),
        (
            "arn:aws:iam::111111111111:saml-provider/idp",
            r#""provider": "arn:aws:iam::111111111111:saml-provider/other""#,
            "$.caller.provider",
        ),
    ] {
        assert_eq!(place(principal, caller), at, "{principal} {caller}");
    }
}

#[test]
fn fields_that_nobody_looks_at_are_told() {
    let unread = |fields: &str| {
        let line = request(fields);
        Scenario::read(&line, 1).map(|scenario| scenario.unread)
    };
    assert_eq!(
        unread(r#", "scp": [], "Expected": "Allowed", "why": "x", "source": "y", "name": "z""#),
        Ok(vec![
            "`scp` is a field that nobody looks at; did you mean `scps`?".to_owned(),
            "`Expected` is a field that nobody looks at; did you mean `expected`?".to_owned(),
        ])
    );
    let beside =
        |field| format!("`{field}` counts for nothing beside `resources`, which says all of the resources");
    assert_eq!(
        unread(r#", "resources": [{"arn": "arn:aws:s3:::other/x"}], "resource_policy": {"Statement": []}"#),
        Ok(vec![beside("request.resource"), beside("resource_policy")])
    );
    assert_eq!(unread(r#", "resources": [], "resource_policy": {"Statement": []}"#), Ok(Vec::new()));
    assert_eq!(
        unread(r#", "blocked_by": ["scp"]"#),
        Ok(vec!["`blocked_by` is compared with nothing without `expected`".to_owned()])
    );
}
