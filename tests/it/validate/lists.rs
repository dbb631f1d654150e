//! Entries of lists that others cover.

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::CoveredEntry,
        Identity,
        &[r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:Get*"], "Resource": "arn:aws:s3:::b/*""#],
        &[
            r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectAcl", "s3:Put*"], "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Allow", "Action": ["s3:Get?bject", "s3:Ge*jectAcl"], "Resource": "arn:aws:s3:::b/*""#,
            r#""Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::b-*", "arn:aws:s3:::b-*/*"]"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/x*", "arn:aws:s3:::b/*x"]"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::*/x"]"#,
            r#""Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogStream", "logs:TagResource"], "Resource": ["arn:aws:logs:*:111122223333:log-group:x", "arn:aws:logs:*:111122223333:log-group:x:*"]"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:username": ["a", "A", "b"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:username": ["a*", "b*", "?c"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:SourceIp": ["54.0.0.0/9", "54.128.0.0/9", "55.0.0.1"]}}"#,
        ],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[r#""Effect": "Allow", "Action": ["s3:GetObject", "S3:getobject"], "Resource": "arn:aws:s3:::b/*""#],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[r#""Effect": "Deny", "NotAction": ["s3:GetObject", "s3:Get*"], "Resource": "*""#],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::b/x"]"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*", "arn:aws:s3:::b/x"]"#],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/x", "arn:aws:s3:::b/x"]"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringLike": {"aws:username": ["a*", "ab"]}}"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:username": ["a", "a"]}}"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"IpAddress": {"aws:SourceIp": ["54.1.0.0/16", "54.0.0.0/8"]}}"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"StringNotLike": {"aws:username": ["a*", "ab"]}}"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/x"]}}"#,
        ],
        &[],
    ),
    (
        Code::CoveredEntry,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "111122223333"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
        ],
        &[
            r#""Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/x", "222233334444"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
        ],
    ),
    (
        Code::CoveredEntry,
        Resource,
        &[
            r#""Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x"]}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#,
        ],
        &[],
    ),
];

/// Of two that mean the same the later one is superfluous, and one entry covers nothing twice.
#[test]
fn the_covered_entry_and_its_cover_are_named() {
    let text = document(&[
        r#""Effect": "Allow", "Action": ["s3:Get*", "s3:GetObject", "s3:get*"], "Resource": "arn:aws:s3:::b/*""#,
    ]);
    let found = check(Identity, &text);
    let said: Vec<(&str, Option<&str>)> = found
        .iter()
        .map(|finding| (finding.place.span.of(&text), finding.also.as_ref().map(|also| also.span.of(&text))))
        .collect();
    let first = Some(r#""s3:Get*""#);
    assert_eq!(said, [(r#""s3:GetObject""#, first), (r#""s3:get*""#, first)]);
    assert!(found.iter().all(|finding| finding.level.as_str() == "note"), "{found:?}");
}
