//! Reads one entry of `Action` or `NotAction` (S-ACT-01 to S-ACT-03, S-GRAM-16).

#[cfg(test)]
mod tests;

use super::model::Version;
use super::problem::{Fault, ProblemCode, Quoted};
use super::variable::{has_variable, misplaced, widened};

/// How the text of an entry was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ActionReading {
    Pattern,
    /// With what it covers at most.
    Malformed(Option<String>),
}

/// Reads an action pattern.
pub(super) fn read(text: &str, version: Version) -> (ActionReading, Option<Fault>) {
    if text == "*" || is_plain(text) {
        return (ActionReading::Pattern, None);
    }
    if version != Version::V2008 && has_variable(text) {
        let fault = misplaced(text, "in an action, where variables do not work");
        return (ActionReading::Malformed(Some(widened(text))), Some(fault));
    }
    let Some((prefix, name)) = text.split_once(':') else {
        let fault = malformed(text, "has no service prefix")
            .with_help("write `service:Name`, or `*` for every action");
        return (ActionReading::Malformed(None), Some(fault));
    };
    if prefix.contains(['*', '?']) {
        // `*:*` is stored by IAM and means `*` (U-03).
        if text == "*:*" {
            return (ActionReading::Pattern, None);
        }
        let fault = malformed(text, "has a wildcard in its service prefix")
            .with_help("name the service, or write `*` for every action of every service")
            .within(0..prefix.len());
        return (ActionReading::Malformed(Some(text.into())), Some(fault));
    }
    if let Some(reason) = oddity(text, prefix, name) {
        let message = format!("the action {} {reason}, so it matches no action", Quoted(text));
        return (ActionReading::Pattern, Some(Fault::warning(ProblemCode::OddAction, message)));
    }
    if prefix.is_empty() || !prefix.bytes().all(is_letter) {
        let fault = malformed(text, "does not start with the prefix of a service").within(0..prefix.len());
        return (ActionReading::Malformed(None), Some(fault));
    }
    (ActionReading::Pattern, None)
}

/// Whether a text is `service:name` beyond doubt, as nearly all are.
fn is_plain(text: &str) -> bool {
    let colon = text.bytes().position(|byte| !is_letter(byte)).unwrap_or(text.len());
    let Some((b':', name)) = text.as_bytes().get(colon..).and_then(<[u8]>::split_first) else { return false };
    colon > 0 && !name.is_empty() && name.iter().all(|&byte| is_letter(byte) || matches!(byte, b'*' | b'?'))
}

/// Whether a byte may stand in the prefix of a service.
const fn is_letter(byte: u8) -> bool {
    const LETTERS: [bool; 256] = {
        let mut letters = [false; 256];
        let mut byte = 0;
        while byte < letters.len() {
            letters[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'-';
            byte += 1;
        }
        letters
    };
    LETTERS[byte as usize]
}

fn malformed(text: &str, reason: &str) -> Fault {
    Fault::error(ProblemCode::MalformedAction, format!("the action {} {reason}", Quoted(text)))
}

/// Why a text of the right shape matches no real action (S-GRAM-16).
fn oddity(text: &str, prefix: &str, name: &str) -> Option<&'static str> {
    if text.contains(char::is_whitespace) {
        Some("holds white space")
    } else if text.contains(',') {
        Some("holds a comma")
    } else if name.is_empty() && !prefix.is_empty() {
        Some("has an empty name")
    } else if name.contains(':') {
        Some("has more than one colon")
    } else {
        None
    }
}
