//! Whether a condition value can be read by its operator (S-COND-13, S-COND-34 to S-COND-44).
//!
//! Only the shape is looked at; what the value means is for whoever evaluates the test.

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, Ipv6Addr};

use super::model::Version;
use super::operator::Comparison;
use super::problem::{Fault, ProblemCode, Quoted};
use super::resource::{glob_matches_arn, literal_variable};
use super::variable::{has_variable, malformed, misplaced};
use crate::region::condition::{is_instant, is_number};

/// How a value was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueReading {
    Text,
    Malformed,
}

/// Reads a value under an operator.
pub(super) fn read(text: &str, comparison: Comparison, version: Version) -> (ValueReading, Option<Fault>) {
    if has_variable(text) {
        if version == Version::V2008 && comparison.takes_variables() {
            return (ValueReading::Text, Some(literal_variable(text)));
        }
        if version != Version::V2008 {
            let fault = if comparison.takes_variables() {
                malformed(text)
            } else {
                Some(misplaced(text, &format!("under `{}`, where variables do not work", comparison.name())))
            };
            let is_readable = fault.is_none() && version == Version::V2012;
            return (if is_readable { ValueReading::Text } else { ValueReading::Malformed }, fault);
        }
    }
    match expectation(text, comparison) {
        None => (ValueReading::Text, None),
        Some(expected) => {
            let message =
                format!("{} is not {expected}, which `{}` compares with", Quoted(text), comparison.name());
            (ValueReading::Malformed, Some(Fault::error(ProblemCode::MalformedValue, message)))
        }
    }
}

/// What the operator expects, if the text is not that.
fn expectation(text: &str, comparison: Comparison) -> Option<&'static str> {
    use Comparison::*;
    let (is_expected, expected) = match comparison {
        StringEquals
        | StringNotEquals
        | StringEqualsIgnoreCase
        | StringNotEqualsIgnoreCase
        | StringLike
        | StringNotLike => return None,
        NumericEquals
        | NumericNotEquals
        | NumericLessThan
        | NumericLessThanEquals
        | NumericGreaterThan
        | NumericGreaterThanEquals => (is_number(text), "a number"),
        DateEquals
        | DateNotEquals
        | DateLessThan
        | DateLessThanEquals
        | DateGreaterThan
        | DateGreaterThanEquals => (is_instant(text), "a date or a number of seconds"),
        Bool => {
            (text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"), "`true` or `false`")
        }
        Null => (matches!(text, "true" | "false"), "`true` or `false`"),
        BinaryEquals => (is_base64(text), "base64 text"),
        IpAddress | NotIpAddress => (is_network(text), "an IP address or a CIDR block"),
        ArnEquals | ArnLike | ArnNotEquals | ArnNotLike => (is_arn(text), "an ARN of six parts"),
    };
    (!is_expected).then_some(expected)
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

fn is_network(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let longest = if address.parse::<Ipv4Addr>().is_ok() {
        32
    } else if address.parse::<Ipv6Addr>().is_ok() {
        128
    } else {
        return false;
    };
    prefix.is_none_or(|prefix| {
        prefix.bytes().all(|byte| byte.is_ascii_digit())
            && prefix.parse::<u32>().is_ok_and(|length| length <= longest)
    })
}

/// `*`, or an ARN of six parts (S-COND-44).
fn is_arn(text: &str) -> bool {
    let is_arn = text.split(':').next().is_some_and(glob_matches_arn);
    text == "*" || (is_arn && memchr::memchr_iter(b':', text.as_bytes()).nth(4).is_some())
}
