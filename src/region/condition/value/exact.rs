//! Decimal numbers of any size (S-COND-34).

use std::cmp::Ordering;

/// The number 0.d₁d₂d₃… · 10^exponent, without zeros at either end of the digits; zero has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct ExactNumber {
    negative: bool,
    digits: Box<[u8]>,
    exponent: i64,
}

impl ExactNumber {
    /// Reads an integer or a decimal, as requests hold them.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        let kept = digits.iter().rposition(|&digit| digit != b'0').map_or(zeros, |last| last + 1);
        let digits: Box<[u8]> = digits.get(zeros..kept).unwrap_or_default().into();
        let is_zero = digits.is_empty();
        let exponent = if is_zero { 0 } else { whole.len() as i64 - zeros as i64 };
        Some(Self { negative: negative && !is_zero, digits, exponent })
    }

    /// Reads a number of a policy, which may also have an exponent (`1e400`, S-GRAM-06).
    pub(in super::super) fn parse_policy(text: &str) -> Option<Self> {
        let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return Self::parse(text) };
        let mantissa = Self::parse(mantissa)?;
        let exponent = i64::from(exponent.parse::<i32>().ok()?);
        let exponent = if mantissa.digits.is_empty() { 0 } else { mantissa.exponent + exponent };
        Some(Self { exponent, ..mantissa })
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
            (none, other_none) => other_none.cmp(&none),
        }
    }
}

impl Ord for ExactNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
            (one, another) => another.cmp(&one),
        }
    }
}

impl PartialOrd for ExactNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
