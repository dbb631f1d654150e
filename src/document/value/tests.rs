use super::Comparison::{self, *};
use super::{ValueReading, Version, read};

fn is_text(text: &str, comparison: Comparison) -> bool {
    read(text, comparison, Version::V2012).0 == ValueReading::Text
}

#[test]
fn shapes_that_operators_read() {
    for (comparison, texts) in [
        (NumericEquals, &["0", "10", "10.0", "-1.5", "1e3", "+.5", "123456789012345678901234567890"][..]),
        (DateLessThan, &["2024", "1700000000", "-1", "1.5", "2024-02", "2024-02-29", "2024-02-29T10:00Z"]),
        (DateEquals, &["2024-12-31T23:59:60Z", "2024-01-01T00:00:00.123+01:00", "2024-01-01T00:00:00"]),
        (Bool, &["true", "False"]),
        (Null, &["true", "false"]),
        (BinaryEquals, &["", "QmluYXJ5", "QQ=="]),
        (IpAddress, &["1.2.3.4", "10.0.0.0/8", "::1", "2001:DB8::/32", "::ffff:1.2.3.4/128"]),
        (ArnLike, &["*", "arn:aws:iam::123456789012:role/*", "*:*:*:*:*:*", "${aws:PrincipalArn}"]),
        (StringEquals, &["", "anything at all"]),
    ] {
        for text in texts {
            assert!(is_text(text, comparison), "{text} under {}", comparison.name());
        }
    }
}

#[test]
fn shapes_that_operators_do_not_read() {
    for (comparison, texts) in [
        (NumericEquals, &["", "ten", "1,5", "1e", ".", "0x10", "1 ", "${aws:x}"][..]),
        (DateLessThan, &["yesterday", "2024-13", "2024-02-30", "2023-02-29", "2024-1-1", "2024-01-01 10:00"]),
        (
            DateEquals,
            &[
                "2024-01T10:00Z",
                "2024-01-01t10:00z",
                "2024-01-01T24:00Z",
                "2024-01-01T10Z",
                "2024-01-01T10:00+1",
            ],
        ),
        (Bool, &["", "yes", "1"]),
        (Null, &["TRUE", ""]),
        (BinaryEquals, &["Q", "Q===", "Q*=="]),
        (NotIpAddress, &["1.2.3", "1.2.3.4/33", "10.0.0.0/", "::/129", "1.2.3.4/+8", "localhost"]),
        (ArnNotEquals, &["", "arn:aws:s3", "arn:aws:iam::role", "a:b:c:d:e:f", "${aws:PrincipalArn"]),
        (StringLike, &["${}"]),
    ] {
        for text in texts {
            assert!(!is_text(text, comparison), "{text} under {}", comparison.name());
        }
    }
}
