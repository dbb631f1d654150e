//! Concrete values: how operators read text.

pub(super) mod date;
mod exact;
pub(super) mod glob;
pub(super) mod ip;

use super::key::KeyType;
pub(super) use exact::ExactNumber;

/// A number, or an instant as epoch seconds, in units of 10⁻¹⁸.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Number(pub(super) i128);

/// Digits after the decimal point.
pub(super) const FRACTION_DIGITS: usize = 18;
const INTEGER_DIGITS: usize = 19;

impl Number {
    pub(super) const ONE: i128 = 10i128.pow(FRACTION_DIGITS as u32);

    /// The number, if it is a whole one that is not below 0.
    pub(super) fn whole(self) -> Option<u64> {
        (self.0 % Self::ONE == 0).then(|| u64::try_from(self.0 / Self::ONE).ok())?
    }

    /// Reads an integer or a decimal, as requests hold them: `-1`, `10.50`, `.5`. Numbers of more than 19 digits before
    /// or 18 after the point are left to [`ExactNumber`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let magnitude = scaled(whole, fraction)?;
        Some(Self(if negative { -magnitude } else { magnitude }))
    }

    /// Reads a number of a policy, which may also have an exponent (`1e3`, S-GRAM-06).
    pub(super) fn parse_policy(text: &str) -> Option<Self> {
        let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Self::parse(text) };
        let Self(mantissa) = Self::parse(mantissa)?;
        let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= 40)?;
        let power = 10i128.checked_pow(exponent.unsigned_abs());
        let value = match (power, exponent >= 0) {
            _ if mantissa == 0 => 0,
            (Some(power), true) => mantissa.checked_mul(power)?,
            (Some(power), false) if mantissa % power == 0 => mantissa / power,
            _ => return None,
        };
        (value.unsigned_abs() < 10u128.pow((INTEGER_DIGITS + FRACTION_DIGITS) as u32)).then_some(Self(value))
    }

    /// The shortest decimal text.
    pub(super) fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / Self::ONE.unsigned_abs(), magnitude % Self::ONE.unsigned_abs());
        let fraction = format!("{fraction:018}");
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

/// `whole.fraction` in units of 10⁻¹⁸; both are ASCII digits or empty.
pub(super) fn scaled(whole: &str, fraction: &str) -> Option<i128> {
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let digits = whole.bytes().chain(fraction.bytes());
    if whole.len() > INTEGER_DIGITS || fraction.len() > FRACTION_DIGITS {
        return None;
    }
    let mut value = 0i128;
    for digit in digits {
        value = value * 10 + i128::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(value * 10i128.pow((FRACTION_DIGITS - fraction.len()) as u32))
}

/// Reads a truth value in any case (S-COND-38).
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether text is padded base64 of the standard alphabet without stray bits, so that equal bytes are equal text.
pub(super) fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let last = body.bytes().last().and_then(base64_digit);
    let no_stray_bits = match padding {
        0 => true,
        1 => last.is_some_and(|digit| digit % 4 == 0),
        2 => last.is_some_and(|digit| digit % 16 == 0),
        _ => false,
    };
    text.len().is_multiple_of(4) && no_stray_bits && body.bytes().all(|byte| base64_digit(byte).is_some())
}

/// The six bits of a base64 digit.
pub(super) fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Whether a text of a policy is a number (S-COND-34); another is malformed (U-19).
pub fn is_number(text: &str) -> bool {
    ExactNumber::parse_policy(text).is_some()
}

/// What a request's value of a type looks like, in words, if the text is none (S-COND-46).
pub fn misread(ty: KeyType, text: &str) -> Option<&'static str> {
    let (is_read, expected) = match ty {
        KeyType::String => return None,
        KeyType::Arn => (is_arn(text), "an ARN of six parts"),
        KeyType::Numeric => (ExactNumber::parse(text).is_some(), "a number"),
        KeyType::Date => (is_instant(text), "a date, an instant or a number of seconds since 1970"),
        KeyType::Bool => (parse_bool(text).is_some(), "`true` or `false`"),
        KeyType::Ip => (ip::Address::parse(text).is_some(), "an IP address"),
        KeyType::Binary => (is_base64(text), "base64 text"),
    };
    (!is_read).then_some(expected)
}

/// Whether text splits into the six parts of an ARN (S-COND-44).
pub fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.bytes().filter(|&byte| byte == b':').count() >= 5
}

/// Whether a text of a policy is a date, or a number of seconds since 1970 (S-COND-35, S-COND-54).
pub fn is_instant(text: &str) -> bool {
    date::parse(text).is_some()
}
