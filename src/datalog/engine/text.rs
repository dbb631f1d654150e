//! What texts mean: globs, addresses, dates, ARNs.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Whether a whole text matches a glob: `*` is any run of characters, `?` any one.
pub(in crate::datalog) fn like(text: &str, glob: &str) -> bool {
    let (mut rest, mut pattern) = (text.chars(), glob.chars());
    // Where to go on when the present way fails: after the last `*`, with one character more left to it.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let (before, wanted) = (rest.clone(), pattern.next());
        let fits = match (wanted, rest.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                rest = before.clone();
                retry = Some((before, pattern.clone()));
                true
            }
            (Some('?'), Some(_)) => true,
            (Some(wanted), Some(found)) => wanted == found,
            _ => false,
        };
        if !fits {
            let Some((from, after)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            (rest, pattern) = (from.clone(), after.clone());
        }
    }
}

/// Whether an address or block lies within a block; nothing if either is neither.
pub(super) fn in_cidr(address: &str, block: &str) -> Option<bool> {
    let ((address, length), (base, prefix)) = (cidr(address)?, cidr(block)?);
    Some(match (address, base) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            length >= prefix && (address.to_bits() ^ base.to_bits()) & mask == 0
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            length >= prefix && (address.to_bits() ^ base.to_bits()) & mask == 0
        }
        _ => false,
    })
}

/// An address and the length of its prefix, that of a lone address being all of it.
fn cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
        None => whole,
    };
    (prefix <= whole).then_some((address, prefix))
}

/// The moment that a text means: a time with its offset, or a time or day in UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil = match text.parse::<DateTime>() {
        Ok(civil) => civil,
        Err(_) => text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
    };
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Whole days from one moment to another.
pub(super) fn days_between(from: &str, to: &str) -> Option<i64> {
    let (from, to) = (moment(from)?, moment(to)?);
    Some((to.as_second() - from.as_second()) / 86_400)
}

/// A field of an ARN by number, `arn` being 0; the sixth is all that follows.
pub(super) fn arn_field(text: &str, field: usize) -> Option<&str> {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    (fields.len() == 6 && fields[0] == "arn").then(|| fields.get(field).copied()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_texts() {
        for (text, glob, matches) in [
            ("", "", true),
            ("", "*", true),
            ("", "?", false),
            ("abc", "a*c", true),
            ("abcbc", "a*bc", true),
            ("abcb", "a*bc", false),
            ("abc", "a?c", true),
            ("aßc", "a?c", true),
            ("abc", "ab", false),
            ("abc", "*b*", true),
            ("a*c", "a*c", true),
            ("mississippi", "m*iss*pi", true),
            ("mississippi", "m*iss*si", false),
            ("abc", "a**c***", true),
            ("ABC", "abc", false),
        ] {
            assert_eq!(like(text, glob), matches, "`{text}` like `{glob}`");
        }
    }

    #[test]
    fn a_glob_of_many_stars_ends() {
        let text = "a".repeat(2_000);
        assert!(!like(&text, &format!("{}b", "a*".repeat(500))));
    }

    #[test]
    fn blocks_hold_addresses_and_blocks() {
        for (address, block, within) in [
            ("10.1.2.3", "10.0.0.0/8", Some(true)),
            ("11.1.2.3", "10.0.0.0/8", Some(false)),
            ("10.1.0.0/16", "10.0.0.0/8", Some(true)),
            ("10.0.0.0/7", "10.0.0.0/8", Some(false)),
            ("10.9.9.9", "10.1.2.3/8", Some(true)),
            ("1.2.3.4", "0.0.0.0/0", Some(true)),
            ("1.2.3.4", "1.2.3.4", Some(true)),
            ("2001:db8::1", "2001:db8::/32", Some(true)),
            ("2001:db9::1", "2001:db8::/32", Some(false)),
            ("::1", "::/0", Some(true)),
            ("1.2.3.4", "::/0", Some(false)),
            ("1.2.3", "0.0.0.0/0", None),
            ("1.2.3.4", "0.0.0.0/33", None),
            ("1.2.3.4", "0.0.0.0/+8", None),
            ("1.2.3.4", "", None),
        ] {
            assert_eq!(in_cidr(address, block), within, "{address} in {block}");
        }
    }

    #[test]
    fn dates_are_days_times_and_moments() {
        assert_eq!(days_between("2026-01-01", "2026-01-31"), Some(30));
        assert_eq!(days_between("2026-01-31", "2026-01-01"), Some(-30));
        assert_eq!(days_between("2026-01-01T12:00:00Z", "2026-01-02T11:59:59Z"), Some(0));
        assert_eq!(days_between("2026-01-01T00:00:00+00:00", "2026-01-02T01:00:00+01:00"), Some(1));
        assert_eq!(days_between("2026-01-01T00:00:00", "2026-01-02"), Some(1));
        assert_eq!(days_between("N/A", "2026-01-02"), None);
        assert_eq!(days_between("2026-02-30", "2026-01-02"), None);
    }

    #[test]
    fn arns_have_six_fields() {
        let arn = "arn:aws:sns:eu-west-1:111122223333:a:b";
        assert_eq!(arn_field(arn, 1), Some("aws"));
        assert_eq!(arn_field(arn, 5), Some("a:b"));
        assert_eq!(arn_field("arn:aws:s3:::logs", 4), Some(""));
        assert_eq!(arn_field("arn:aws:s3", 2), None);
        assert_eq!(arn_field("*", 4), None);
    }
}
