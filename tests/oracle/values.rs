//! Numbers, instants, addresses and bytes as condition operators read them.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number, exact: sign, digits without leading zeros, and the power of ten of the last digit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Number {
    /// Reads `10`, `-1.50`, `1e3`. `None`: not a number (S-COND-34).
    pub fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut exponent = i64::from(exponent) - fraction.len() as i64;
        let mut digits: Vec<u8> = all.bytes().skip_while(|b| *b == b'0').collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        Some(Self { negative, digits, exponent })
    }

    /// Numeric order: `10` equals `10.0`.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        let magnitude =
            |n: &Self| if n.digits.is_empty() { i64::MIN } else { n.digits.len() as i64 + n.exponent };
        magnitude(self).cmp(&magnitude(other)).then_with(|| {
            let length = self.digits.len().max(other.digits.len());
            let digit = |n: &Self, at: usize| n.digits.get(at).copied().unwrap_or(b'0');
            (0..length)
                .map(|at| digit(self, at).cmp(&digit(other, at)))
                .find(|o| o.is_ne())
                .unwrap_or(Ordering::Equal)
        })
    }
}

/// An instant in nanoseconds since 1970 (S-COND-35, S-COND-36, S-COND-54). `None`: not a date.
pub fn instant(text: &str) -> Option<i128> {
    if text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch(text);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |m| digits(m, 2))?;
    let day = parts.next().map_or(Some(1), |d| digits(d, 2))?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let days = i128::from(days_since_1970(year, month, day));
    let within = match time {
        None => 0,
        Some(_) if date.len() != 10 => return None,
        Some(time) => time_of_day(time)?,
    };
    Some(days * 86_400 * 1_000_000_000 + within)
}

fn epoch(text: &str) -> Option<i128> {
    let negative = text.starts_with('-');
    let text = text.trim_start_matches('-');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole: i128 = whole.parse().ok().filter(|w| *w < 1_000_000_000_000_000)?;
    let value = whole * 1_000_000_000 + nanoseconds(fraction)?;
    Some(if negative { -value } else { value })
}

fn digits(text: &str, length: usize) -> Option<i64> {
    let right = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    if right { text.parse().ok() } else { None }
}

fn nanoseconds(fraction: &str) -> Option<i128> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").get(..9)?.parse().ok()
}

fn time_of_day(text: &str) -> Option<i128> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        None => (text, 0),
        Some(at) if &text[at..] == "Z" => (&text[..at], 0),
        Some(at) => {
            let (hours, minutes) = text.get(at + 1..)?.split_once(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let size = hours * 3600 + minutes * 60;
            (&text[..at], if text[at..].starts_with('-') { -size } else { size })
        }
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (seconds, fraction) = match seconds.split_once('.') {
                Some((seconds, fraction)) => (seconds, nanoseconds(fraction)?),
                None => (seconds, 0),
            };
            (digits(seconds, 2)?, fraction)
        }
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(i128::from(hour * 3600 + minute * 60 + second - offset) * 1_000_000_000 + fraction)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let leap_years = |y: i64| y / 4 - y / 100 + y / 400;
    let years = (year - 1970) * 365 + leap_years(year - 1) - leap_years(1969);
    years + (1..month).map(|m| days_in(year, m)).sum::<i64>() + day - 1
}

/// An address range. Host bits are ignored (S-COND-40).
pub struct Range {
    network: IpAddr,
    pub length: u8,
}

impl Range {
    /// Reads `203.0.113.0/24`, `203.0.113.7`, `2001:db8::/32`.
    pub fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let most = if network.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|l| *l <= most)?
            }
            Some(_) => return None,
        };
        Some(Self { network, length })
    }

    /// Whether the range holds an address. Another family: no.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.length);
                u64::from(network.to_bits()) >> shift == u64::from(address.to_bits()) >> shift
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.length);
                network.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }

    /// Whether it is an IPv4 range.
    pub fn is_v4(&self) -> bool {
        self.network.is_ipv4()
    }

    /// The first and the last address, as text.
    pub fn ends(&self) -> [String; 2] {
        match self.network {
            IpAddr::V4(network) => {
                let hosts = u32::MAX.checked_shr(self.length.into()).unwrap_or(0);
                let first = network.to_bits() & !hosts;
                [first, first | hosts].map(|bits| std::net::Ipv4Addr::from_bits(bits).to_string())
            }
            IpAddr::V6(network) => {
                let hosts = u128::MAX.checked_shr(self.length.into()).unwrap_or(0);
                let first = network.to_bits() & !hosts;
                [first, first | hosts].map(|bits| std::net::Ipv6Addr::from_bits(bits).to_string())
            }
        }
    }

    /// The first address as written.
    pub fn network(&self) -> IpAddr {
        self.network
    }
}

/// The bytes of base64 text. `None`: not base64 (S-COND-39).
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bits: Vec<bool> = Vec::new();
    for byte in body.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits.extend((0..6).rev().map(|bit| six >> bit & 1 == 1));
    }
    Some(
        bits.chunks_exact(8)
            .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
            .collect(),
    )
}
