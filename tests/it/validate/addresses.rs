//! Addresses and blocks of them (S-COND-40, S-COND-41).

use super::*;

pub(super) const CASES: &[Case] = &[
    (
        Code::HostBits,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.77/28"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.64/28", "203.0.113.7", "203.0.113.8/32", "2001:db8::/32", "2001:DB8:0:1::1"]}}"#,
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/net": "203.0.113.77/28"}}"#,
        ],
    ),
    (
        Code::HostBits,
        Identity,
        &[
            r#""Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": {"NotIpAddress": {"aws:VpcSourceIp": ["10.0.0.5/8", "10.0.0.0/8"]}}"#,
        ],
        &[],
    ),
    (
        Code::EveryAddress,
        Identity,
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
        ],
        &[
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["54.0.0.0/1", "203.0.113.0/24"]}}"#,
            // What holds always is said as that.
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddressIfExists": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}"#,
        ],
    ),
    (
        Code::EveryAddress,
        Resource,
        &[
            r#""Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
        ],
        &[],
    ),
];

/// What is said of one address: code, level, message and help.
fn said(operator: &str, key: &str, values: &str) -> Vec<(&'static str, &'static str, String, String)> {
    let statement = format!(
        r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {{"{operator}": {{"{key}": {values}}}}}"#
    );
    let found = check(Identity, &document(&[&statement]));
    let told = found.into_iter().map(|finding| {
        (finding.rule.code, finding.level.as_str(), finding.message, finding.help.unwrap_or_default())
    });
    told.collect()
}

#[test]
fn the_network_that_is_meant_is_named() {
    let found = said("IpAddress", "aws:SourceIp", r#""203.0.113.77/28""#);
    let message = "`203.0.113.77/28` stands for all of `203.0.113.64/28`";
    let help = "write `203.0.113.64/28`, or `203.0.113.77` if one address is meant";
    assert_eq!(found, [("host-bits", "note", message.into(), help.into())]);
    let found = said("IpAddress", "aws:SourceIp", r#""2001:db8::1/32""#);
    assert_eq!(found[0].2, "`2001:db8::1/32` stands for all of `2001:db8::/32`");
}

#[test]
fn all_addresses_of_a_family_are_named() {
    let found = said("IpAddress", "aws:SourceIp", r#"["0.0.0.0/0", "::/0"]"#);
    let messages: Vec<&str> = found.iter().map(|(_, _, message, _)| &**message).collect();
    assert_eq!(messages, ["`0.0.0.0/0` is every IPv4 address", "`::/0` is every IPv6 address"]);
    let found = said("IpAddress", "aws:SourceIp", r#""203.0.113.5/0""#);
    assert_eq!((found.len(), found[0].0), (1, "every-address"));
    assert_eq!(found[0].3, "write `203.0.113.5` if one address is meant");
    // Of addresses in a VPC private ones count.
    assert_eq!(said("IpAddress", "aws:VpcSourceIp", r#"["0.0.0.0/1", "192.0.0.0/2", "128.0.0.0/3"]"#), []);
    let found = said("IpAddress", "aws:SourceIp", r#"["0.0.0.0/1", "128.0.0.0/1"]"#);
    assert_eq!(found[0].2, "these blocks together are every IPv4 address");
}

#[test]
fn addresses_that_are_mapped_into_ipv6_are_a_note() {
    let found = said("IpAddress", "aws:SourceIp", r#"["::ffff:203.0.113.5", "203.0.114.0/24"]"#);
    let message = "`::ffff:203.0.113.5` is compared as IPv6, and requests over IPv4 hold `203.0.113.5`";
    assert_eq!(found, [("impossible-value", "note", message.into(), "write `203.0.113.5`".into())]);
    let found = said("IpAddress", "aws:SourceIp", r#""::ffff:203.0.113.5/120""#);
    assert_eq!(found[0].3, "write `203.0.113.0/24`");
}
