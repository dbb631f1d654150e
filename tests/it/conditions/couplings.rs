//! What requests cannot hold together (S-TRI-06, S-TRI-09, S-KEY-32).

use entail::region::condition::{ConditionId, Verdict};

use super::Lab;

const PRESENT: &[&str] = &["false"];
const ABSENT: &[&str] = &["true"];

/// A test in an Allow: operator, key, values.
type Test = (&'static str, &'static str, &'static [&'static str]);

fn verdict(tests: &[Test]) -> Verdict {
    let lab = Lab::default();
    let tests: Vec<ConditionId> =
        tests.iter().map(|(operator, key, values)| lab.allow(operator, key, values)).collect();
    lab.sat(lab.all(&tests))
}

#[test]
fn impossible_together() {
    let rows: &[(&str, &[Test])] = &[
        (
            "rows of S-KEY-01",
            &[("StringEquals", "aws:PrincipalType", &["User"]), ("Null", "aws:username", ABSENT)],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["AssumedRole"]),
                ("Null", "aws:TokenIssueTime", ABSENT),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/*"]),
                ("Null", "aws:TokenIssueTime", ABSENT),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[("StringEquals", "aws:PrincipalType", &["AssumedRole"]), ("Null", "aws:username", PRESENT)],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*"]),
                ("StringLike", "aws:userid", &["AROA*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*"]),
                ("StringEquals", "aws:userid", &["111111111111"]),
            ],
        ),
        ("rows of S-KEY-01", &[("StringLike", "aws:userid", &["AROA*"]), ("Null", "aws:username", PRESENT)]),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["AssumedRole"]),
                ("StringLike", "aws:userid", &["AIDA*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["FederatedUser"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:userid", &["111111111111"]),
                ("StringEquals", "aws:PrincipalAccount", &["222222222222"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["Anonymous"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["Account"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[("StringEquals", "aws:PrincipalType", &["User"]), ("StringLike", "aws:userid", &["AROA*:*"])],
        ),
        ("S-TRI-06", &[("Null", "aws:SourceIp", PRESENT), ("Null", "aws:SourceVpce", PRESENT)]),
        (
            "S-TRI-06",
            &[("IpAddress", "aws:SourceIp", &["0.0.0.0/0"]), ("StringLike", "aws:SourceVpc", &["*"])],
        ),
        ("S-TRI-06", &[("Null", "aws:SourceIp", PRESENT), ("IpAddress", "aws:VpcSourceIp", &["10.0.0.0/8"])]),
        ("S-TRI-06", &[("Null", "aws:SourceIp", PRESENT), ("StringEquals", "aws:VpceAccount", &["1"])]),
        ("S-TRI-06", &[("Null", "aws:SourceIp", PRESENT), ("StringEquals", "aws:VpceOrgID", &["o-1"])]),
        (
            "vpce iff vpc",
            &[("StringEquals", "aws:SourceVpce", &["vpce-1"]), ("Null", "aws:SourceVpc", ABSENT)],
        ),
        (
            "vpc iff vpce",
            &[("StringEquals", "aws:SourceVpc", &["vpc-1"]), ("Null", "aws:SourceVpce", ABSENT)],
        ),
        (
            "vpc source ip",
            &[("IpAddress", "aws:VpcSourceIp", &["10.0.0.0/8"]), ("Null", "aws:SourceVpc", ABSENT)],
        ),
        ("vpc arn", &[("Null", "aws:SourceVpcArn", PRESENT), ("Null", "aws:SourceVpce", ABSENT)]),
        ("request tag", &[("StringEquals", "aws:RequestTag/team", &["a"]), ("Null", "aws:TagKeys", ABSENT)]),
        (
            "request tag",
            &[
                ("StringEquals", "aws:RequestTag/team", &["a"]),
                ("ForAllValues:StringEquals", "aws:TagKeys", &["cost"]),
            ],
        ),
        (
            "mfa age",
            &[
                ("NumericLessThan", "aws:MultiFactorAuthAge", &["60"]),
                ("Bool", "aws:MultiFactorAuthPresent", &["false"]),
            ],
        ),
        (
            "mfa age",
            &[("Null", "aws:MultiFactorAuthAge", PRESENT), ("Null", "aws:MultiFactorAuthPresent", ABSENT)],
        ),
        ("mfa", &[("Bool", "aws:MultiFactorAuthPresent", &["true"]), ("Null", "aws:TokenIssueTime", ABSENT)]),
        (
            "called via",
            &[("ForAnyValue:StringLike", "aws:CalledVia", &["*"]), ("Bool", "aws:ViaAWSService", &["false"])],
        ),
        ("called via", &[("Null", "aws:CalledViaFirst", PRESENT), ("Null", "aws:CalledVia", ABSENT)]),
        (
            "via service",
            &[("Bool", "aws:ViaAWSService", &["true"]), ("Bool", "aws:PrincipalIsAWSService", &["true"])],
        ),
        (
            "called via, service",
            &[("Null", "aws:CalledViaLast", PRESENT), ("Bool", "aws:PrincipalIsAWSService", &["true"])],
        ),
        (
            "first of",
            &[
                ("StringEquals", "aws:CalledViaFirst", &["a"]),
                ("ForAllValues:StringEquals", "aws:CalledVia", &["b"]),
            ],
        ),
        (
            "last of",
            &[
                ("StringNotEquals", "aws:CalledViaLast", &["b"]),
                ("ForAllValues:StringEquals", "aws:CalledVia", &["b"]),
                ("Null", "aws:CalledVia", PRESENT),
            ],
        ),
        (
            "service name",
            &[
                ("Null", "aws:PrincipalServiceName", PRESENT),
                ("Bool", "aws:PrincipalIsAWSService", &["false"]),
            ],
        ),
        (
            "source arn",
            &[("ArnLike", "aws:SourceArn", &["*"]), ("Bool", "aws:PrincipalIsAWSService", &["false"])],
        ),
        (
            "source account",
            &[("StringEquals", "aws:SourceAccount", &["1"]), ("Bool", "aws:ViaAWSService", &["true"])],
        ),
        (
            "organization",
            &[("StringEquals", "aws:PrincipalOrgID", &["o-1"]), ("Null", "aws:PrincipalOrgPaths", ABSENT)],
        ),
        (
            "organization of the path",
            &[
                ("StringEquals", "aws:PrincipalOrgID", &["o-1"]),
                ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-2/*"]),
            ],
        ),
        ("organization", &[("Null", "aws:ResourceOrgID", PRESENT), ("Null", "aws:ResourceOrgPaths", ABSENT)]),
        (
            "S-KEY-08",
            &[
                ("Bool", "aws:PrincipalIsAWSService", &["true"]),
                ("StringEquals", "aws:PrincipalOrgID", &["o-1"]),
            ],
        ),
        (
            "one instant",
            &[
                ("DateLessThan", "aws:CurrentTime", &["2024-01-01"]),
                ("NumericGreaterThan", "aws:EpochTime", &["1704067200"]),
            ],
        ),
        (
            "one instant",
            &[
                ("DateGreaterThan", "aws:EpochTime", &["2024-01-01"]),
                ("StringEquals", "aws:CurrentTime", &["2023-01-01T00:00:00Z"]),
            ],
        ),
        (
            "account of the arn",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::111111111111:*"]),
                ("StringNotEquals", "aws:PrincipalAccount", &["111111111111"]),
            ],
        ),
        (
            "account of the arn",
            &[
                ("StringEquals", "aws:PrincipalAccount", &["1"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::2:role/*", "arn:*:iam::3:*"]),
            ],
        ),
        (
            "user name",
            &[
                ("StringEquals", "aws:username", &["bob"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::1:user/*/alice"]),
            ],
        ),
        (
            "user name",
            &[("Null", "aws:username", PRESENT), ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::1:role/*"])],
        ),
        (
            "type",
            &[
                ("StringEquals", "aws:PrincipalType", &["User"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:*:iam::*:role/*"]),
            ],
        ),
        (
            "user id",
            &[
                ("StringLike", "aws:userid", &["*:*"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:*:iam::*:user/*"]),
            ],
        ),
        ("S-KEY-03", &[("ArnLike", "aws:PrincipalArn", &["arn:aws:sts::1:assumed-role/dev/*"])]),
        ("S-KEY-32", &[("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "192.168.0.0/16"])]),
        ("S-KEY-32", &[("StringLike", "aws:SourceIp", &["10.1.*", "fe80:*"])]),
        ("S-KEY-32", &[("StringEquals", "aws:SourceIp", &["127.0.0.1", "::1"])]),
        ("S-KEY-20", &[("Null", "aws:SecureTransport", ABSENT)]),
        ("typed", &[("StringEquals", "aws:SecureTransport", &["yes", "TRUE"])]),
        ("typed", &[("Bool", "aws:SecureTransport", &["true"]), ("Bool", "aws:SecureTransport", &["false"])]),
        ("typed", &[("StringLike", "num", &["a*", "1e3"])]),
    ];
    for (rule, tests) in rows {
        assert_eq!(verdict(tests), Verdict::No, "{rule}: {tests:?}");
    }
}

#[test]
fn possible_together() {
    let rows: &[(&str, &[Test])] = &[
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["User"]),
                ("Null", "aws:username", PRESENT),
                ("Null", "aws:TokenIssueTime", ABSENT),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["AssumedRole"]),
                ("Null", "aws:username", ABSENT),
                ("Null", "aws:TokenIssueTime", PRESENT),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:user/*"]),
                ("StringLike", "aws:userid", &["AIDA*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:userid", &["111111111111"]),
                ("StringEquals", "aws:PrincipalAccount", &["111111111111"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["AssumedRole"]),
                ("StringLike", "aws:userid", &["AROA*:bob"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::111111111111:role/*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["FederatedUser"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:sts::*:federated-user/*"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[(
                "StringNotEquals",
                "aws:PrincipalType",
                &["User", "AssumedRole", "FederatedUser", "Account", "Anonymous"],
            )],
        ),
        (
            "rows of S-KEY-01",
            &[("StringEquals", "aws:PrincipalType", &["Account"]), ("Null", "aws:TokenIssueTime", ABSENT)],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:PrincipalType", &["Anonymous"]),
                ("StringEquals", "aws:userid", &["anonymous"]),
            ],
        ),
        ("S-TRI-06", &[("Null", "aws:SourceIp", ABSENT), ("Null", "aws:SourceVpce", ABSENT)]),
        (
            "S-TRI-06",
            &[
                ("NotIpAddress", "aws:SourceIp", &["203.0.113.0/24"]),
                ("StringEquals", "aws:SourceVpce", &["vpce-1"]),
            ],
        ),
        (
            "vpce",
            &[
                ("StringEquals", "aws:SourceVpce", &["vpce-1"]),
                ("StringNotEquals", "aws:SourceVpc", &["vpc-1"]),
            ],
        ),
        (
            "vpc source ip",
            &[
                ("IpAddress", "aws:VpcSourceIp", &["10.0.0.0/8"]),
                ("StringEquals", "aws:SourceVpc", &["vpc-1"]),
            ],
        ),
        (
            "request tag",
            &[
                ("StringEquals", "aws:RequestTag/team", &["a"]),
                ("ForAllValues:StringEquals", "aws:TagKeys", &["cost", "Team"]),
            ],
        ),
        (
            "two tags",
            &[
                ("StringLike", "aws:RequestTag/a", &["*"]),
                ("StringLike", "aws:RequestTag/b", &["*"]),
                ("ForAnyValue:StringEquals", "aws:TagKeys", &["c"]),
            ],
        ),
        (
            "keys without values",
            &[
                ("Null", "aws:RequestTag/team", ABSENT),
                ("ForAnyValue:StringEquals", "aws:TagKeys", &["team"]),
            ],
        ),
        (
            "mfa age",
            &[
                ("NumericLessThan", "aws:MultiFactorAuthAge", &["60"]),
                ("Bool", "aws:MultiFactorAuthPresent", &["true"]),
            ],
        ),
        (
            "mfa",
            &[("Bool", "aws:MultiFactorAuthPresent", &["false"]), ("Null", "aws:TokenIssueTime", ABSENT)],
        ),
        (
            "called via",
            &[("StringEquals", "aws:CalledViaFirst", &["a"]), ("StringEquals", "aws:CalledViaLast", &["b"])],
        ),
        (
            "called via",
            &[
                ("StringEquals", "aws:CalledViaFirst", &["a"]),
                ("StringEquals", "aws:CalledViaLast", &["b"]),
                ("ForAnyValue:StringEquals", "aws:CalledVia", &["c"]),
                ("Bool", "aws:ViaAWSService", &["true"]),
            ],
        ),
        (
            "source arn",
            &[("ArnLike", "aws:SourceArn", &["*"]), ("Bool", "aws:PrincipalIsAWSService", &["true"])],
        ),
        (
            "service",
            &[
                ("StringNotEqualsIfExists", "aws:PrincipalOrgID", &["o-1"]),
                ("Bool", "aws:PrincipalIsAWSService", &["true"]),
            ],
        ),
        (
            "organization of the path",
            &[
                ("StringEquals", "aws:PrincipalOrgID", &["o-1"]),
                ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", &["o-1/r-1/*"]),
            ],
        ),
        (
            "one instant",
            &[
                ("DateLessThan", "aws:CurrentTime", &["2024-01-01"]),
                ("NumericLessThan", "aws:EpochTime", &["1704067200"]),
            ],
        ),
        (
            "account of the arn",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/x"]),
                ("StringEquals", "aws:PrincipalAccount", &["111111111111"]),
            ],
        ),
        (
            "rows of S-KEY-01",
            &[
                ("StringEquals", "aws:username", &["bob"]),
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::1:user/team/*"]),
                ("StringEquals", "aws:PrincipalType", &["User"]),
                ("StringLike", "aws:userid", &["AIDA*"]),
            ],
        ),
        (
            "root",
            &[
                ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:root"]),
                ("StringEquals", "aws:userid", &["1"]),
            ],
        ),
        ("S-KEY-32", &[("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "203.0.113.0/24"])]),
        ("S-KEY-32", &[("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"]), ("Null", "aws:SourceIp", PRESENT)]),
        ("private elsewhere", &[("IpAddress", "aws:VpcSourceIp", &["10.0.0.0/8"])]),
    ];
    for (rule, tests) in rows {
        assert_eq!(verdict(tests), Verdict::Yes, "{rule}: {tests:?}");
    }
}

#[test]
fn public_addresses_only() {
    let lab = Lab::default();
    let private = lab.deny("NotIpAddress", "aws:SourceIp", &["10.0.0.0/8"]);
    assert_eq!(lab.conditions.valid(private), Verdict::Yes, "S-KEY-32");
    assert_eq!(lab.conditions.simplify(private), ConditionId::ALWAYS);
}
