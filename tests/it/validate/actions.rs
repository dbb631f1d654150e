//! Actions and the resources beside them.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::UnknownService,
        Identity,
        &[r#""Effect": "Allow", "Action": "s33:GetObject", "Resource": "*""#],
        &[r#""Effect": "Allow", "Action": "S3:GetObject", "Resource": "*""#],
    ),
    (
        Code::UnknownAction,
        Identity,
        &[r#""Effect": "Deny", "Action": ["s3:GetObject", "s3:GetObjct"], "Resource": "*""#],
        &[r#""Effect": "Deny", "Action": ["s3:getobject"], "Resource": "*""#],
    ),
    (
        Code::EmptyActionPattern,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:Fetch*", "Resource": "*""#],
        &[r#""Effect": "Allow", "Action": "s3:Get?bject", "Resource": "*""#],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket""#],
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket*""#],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:sqs:*:*:queue""#],
        &[r#""Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::${aws:username}""#],
    ),
    // A wildcard that could run past colons is not meant to: object keys may hold `:s3:::bucket` (S-RES-04).
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:*:s3:::bucket""#],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:*:s3:::bucket/*""#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws*:s3:::*""#,
            r#""Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:queue-1""#,
            r#""Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:*:sqs:*:*:q?""#,
            r#""Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:*:log-group:x:*""#,
            r#""Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": "arn:*:logs:*:*:log-group:x:*""#,
            r#""Effect": "Allow", "Action": "iam:GetPolicy", "Resource": "arn:*:iam::aws:policy/*""#,
        ],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:*:sqs:*:*:queue""#],
        &[],
    ),
    (
        Code::ActionResourceMismatch,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:layer:x""#,
        ],
        &[
            r#""Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:function:x:live""#,
        ],
    ),
    (
        Code::ResourceUnused,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:*:sqs:*:*:q", "arn:*:s3:::b/x"]"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:*:s3:::c/*", "arn:aws*:s3:::b/*"]"#,
        ],
    ),
    (
        Code::ActionNeedsStar,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "arn:aws:ec2:*:*:instance/*""#,
        ],
        &[r#""Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": ["*"]"#],
    ),
    (
        Code::ActionResourceOpen,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "arn:aws:ecr:*:*:repository/x""#,
        ],
        &[r#""Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*""#],
    ),
    (
        Code::ResourceUnused,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:aws:sqs:*:*:q"]"#,
        ],
        &[r#""Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b"]"#],
    ),
    (
        Code::RcpSkips,
        Rcp,
        &[r#""Effect": "Deny", "Principal": "*", "Action": "ec2:*", "Resource": "*""#],
        &[r#""Effect": "Deny", "Principal": "*", "Action": ["s3:*", "*"], "Resource": "*""#],
    ),
];

#[test]
fn policies_of_keys_are_about_keys() {
    let found = |actions: &str| -> Vec<String> {
        let statement = format!(
            r#""Effect": "Allow", "Principal": {{"AWS": "111111111111"}}, "Action": {actions}, "Resource": "*""#
        );
        let text = document(&[&statement]);
        let parsed = Arc::new(ParsedPolicy::read(PolicySource::Given(text.as_str().into(), Resource)));
        let findings = Checker::new([parsed.document()], vec!["aws".into()]).check_key_policy(&parsed, &text);
        let foreign = findings.iter().filter(|finding| finding.rule.code == "foreign-action");
        foreign.map(|finding| finding.place.path.to_string()).collect()
    };
    assert_eq!(
        found(r#"["kms:Decrypt", "s3:GetObject", "s3:*"]"#),
        ["$.Statement[0].Action[1]", "$.Statement[0].Action[2]"]
    );
    assert_eq!(found(r#"["*", "kms:*", "k*:Decrypt"]"#), [""; 0]);
}

#[test]
fn what_was_meant_is_known_by_the_names_of_services_too() {
    let help = |action: &str| {
        let statement = format!(r#""Effect": "Allow", "Action": "{action}", "Resource": "*""#);
        let found = check(Identity, &document(&[&statement]));
        let finding = found.iter().find(|finding| finding.rule.code == "unknown-service");
        finding.and_then(|finding| finding.help.clone()).unwrap_or_default()
    };
    assert!(
        help("cloudwatchlogs:PutLogEvents").starts_with("did you mean `logs`"),
        "{}",
        help("cloudwatchlogs:PutLogEvents")
    );
    assert!(help("s33:GetObject").contains("`s3`"), "{}", help("s33:GetObject"));
    assert!(
        help("stepfunctions:StartExecution").contains("`states`"),
        "{}",
        help("stepfunctions:StartExecution")
    );
}

/// Each unknown name has its place; what was meant is looked up for some of them.
#[test]
fn very_many_unknown_names_have_their_places() {
    let names: Vec<String> = (0..3_000).map(|number| format!(r#""s3:GetObjct{number}""#)).collect();
    let statement = format!(r#""Effect": "Allow", "Action": [{}], "Resource": "*""#, names.join(", "));
    let text = document(&[&statement]);
    let found = check(Identity, &text);
    let unknown: Vec<&Finding> =
        found.iter().filter(|finding| finding.rule.code == "unknown-action").collect();
    assert_eq!(unknown.len(), 3_000);
    for (number, finding) in unknown.iter().enumerate() {
        assert_eq!(finding.place.path.to_string(), format!("$.Statement[0].Action[{number}]"));
        assert_eq!(finding.place.span.of(&text), format!(r#""s3:GetObjct{number}""#));
        assert_eq!(finding.help.is_some(), number < 100, "{number}");
    }
}

#[test]
fn findings_point_at_what_they_are_about() {
    let text =
        document(&[r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjct"], "Resource": "*""#]);
    let found = check(Identity, &text);
    let place = &found[0].place;
    assert_eq!(
        (place.path.to_string().as_str(), place.span.of(&text)),
        ("$.Statement[0].Action[1]", "\"s3:GetObjct\"")
    );
    assert!(found[0].help.as_deref().is_some_and(|help| help.contains("`s3:GetObject`")), "{found:?}");
}
