//! Reads one entry of `Resource` or `NotResource` (S-RES-01 to S-RES-08, S-VAR-02).

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::model::{PolicyKind, Version};
use super::problem::{Fault, ProblemCode, Quoted};
use super::variable::{has_variable, malformed, misplaced, widened};

/// How the text of an entry was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResourceReading {
    /// `*` or an ARN pattern.
    Pattern,
    /// A short ARN, filled up.
    Padded(String),
    WildcardService,
    ExecuteApi,
    /// With what it covers at most.
    Malformed(Option<String>),
}

/// How many colon-separated parts an ARN has.
const PARTS: usize = 6;

/// Reads a resource pattern.
pub(super) fn read(text: &str, kind: PolicyKind, version: Version) -> (ResourceReading, Option<Fault>) {
    if text == "*" {
        return (ResourceReading::Pattern, None);
    }
    let has_variable = has_variable(text);
    let expands = has_variable && version != Version::V2008;
    if expands {
        // What follows an unreadable variable is not known to be text, so its colons do not count.
        if let Some(fault) = malformed(text) {
            return (ResourceReading::Malformed(Some(widened(text))), Some(fault));
        }
    }
    let colons = Colons::of(text, expands);
    let first = text.get(..colons.at(0).unwrap_or(text.len())).unwrap_or_default();
    if !glob_matches_arn(first) || text == "arn" {
        if kind == PolicyKind::Resource && text.starts_with("execute-api:/") {
            return (ResourceReading::ExecuteApi, None);
        }
        return (ResourceReading::Malformed(None), Some(not_an_arn(text)));
    }
    if expands && variable_before(text, colons.at(PARTS - 2).unwrap_or(text.len())) {
        let fault = misplaced(text, "before the fifth colon of a resource ARN, where variables do not work");
        return (ResourceReading::Malformed(Some(widened(text))), Some(fault));
    }
    if expands && version == Version::Unreadable {
        return (ResourceReading::Malformed(Some(widened(text))), None);
    }
    let odd = || (first != "arn").then(|| wildcard_for_arn(text));
    let literal = (has_variable && !expands).then(|| literal_variable(text)).or_else(odd);
    let parts = colons.count + 1;
    // A part that ends in `*` runs past the following colons (S-RES-04), so that such a text lacks no parts.
    if parts < PARTS && !text.ends_with('*') && !text.contains("*:") {
        return match short_arn(text, parts, kind) {
            Some(padded) => (ResourceReading::Padded(padded), literal),
            None => (ResourceReading::Malformed(None), Some(too_few_parts(text, parts))),
        };
    }
    let service = colons.at(1).map(|before| before + 1..colons.at(2).unwrap_or(text.len()));
    let wild = |range: &Range<usize>| text.get(range.clone()).is_some_and(|part| part.contains(['*', '?']));
    match service.filter(wild) {
        // At the end of a short ARN it follows from S-RES-04 what the wildcard reaches.
        Some(range) if colons.count == 2 => (ResourceReading::Pattern, Some(wildcard_service(text, range))),
        Some(range) => (ResourceReading::WildcardService, Some(wildcard_service(text, range))),
        None => (ResourceReading::Pattern, literal),
    }
}

fn wildcard_service(text: &str, range: Range<usize>) -> Fault {
    let message = format!("the resource {} has a wildcard in its service part", Quoted(text));
    Fault::warning(ProblemCode::WildcardService, message)
        .with_help("name the service; IAM does not document what a wildcard there reaches")
        .within(range)
}

/// The warning that a text is taken as an ARN only for a wildcard in its first part (S-GRAM-20).
fn wildcard_for_arn(text: &str) -> Fault {
    let message = format!("the resource {} begins with a wildcard in place of `arn:`", Quoted(text));
    Fault::warning(ProblemCode::MalformedResource, message).with_help("write `*` or an ARN")
}

/// The first five colons of a text, those inside variables left out.
struct Colons {
    offsets: [usize; PARTS - 1],
    count: usize,
}

impl Colons {
    fn of(text: &str, skip_variables: bool) -> Self {
        let mut colons = Self { offsets: [0; PARTS - 1], count: 0 };
        let mut variable_end = 0;
        for (offset, byte) in text.bytes().enumerate() {
            match byte {
                b'$' if skip_variables && offset >= variable_end => {
                    if let Some(rest) = text.get(offset..).filter(|rest| rest.starts_with("${")) {
                        variable_end = offset + rest.find('}').unwrap_or(rest.len());
                    }
                    continue;
                }
                b':' if offset >= variable_end => {}
                _ => continue,
            }
            let Some(slot) = colons.offsets.get_mut(colons.count) else { break };
            *slot = offset;
            colons.count += 1;
            if colons.count == colons.offsets.len() {
                break;
            }
        }
        colons
    }

    fn at(&self, index: usize) -> Option<usize> {
        self.offsets.get(..self.count)?.get(index).copied()
    }
}

/// Whether a pattern can stand for `arn`.
pub(super) fn glob_matches_arn(pattern: &str) -> bool {
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((b'*', more)), rest) => {
                matches(more, text) || rest.is_some_and(|(_, text)| matches(pattern, text))
            }
            (Some((b'?', pattern)), Some((_, text))) => matches(pattern, text),
            (Some((byte, pattern)), Some((first, text))) => byte == first && matches(pattern, text),
            (Some(_), None) => false,
        }
    }
    pattern == "arn" || (pattern.len() <= 16 && matches(pattern.as_bytes(), b"arn"))
}

fn variable_before(text: &str, offset: usize) -> bool {
    text.find("${").is_some_and(|at| at < offset)
}

/// A short ARN with `*` for the parts it leaves out, where policies of this kind may hold one (S-RES-07, U-07).
fn short_arn(text: &str, parts: usize, kind: PolicyKind) -> Option<String> {
    let allowed = match kind {
        PolicyKind::Identity | PolicyKind::Session | PolicyKind::Boundary => true,
        PolicyKind::Resource | PolicyKind::Endpoint | PolicyKind::Trust => text.contains(['*', '?']),
        PolicyKind::Scp | PolicyKind::Rcp => false,
    };
    allowed.then(|| format!("{text}{}", ":*".repeat(PARTS - parts)))
}

fn not_an_arn(text: &str) -> Fault {
    Fault::error(
        ProblemCode::MalformedResource,
        format!("the resource {} is neither `*` nor an ARN", Quoted(text)),
    )
    .with_help("an ARN is `arn:partition:service:region:account:resource`")
}

fn too_few_parts(text: &str, parts: usize) -> Fault {
    let message = format!("the resource {} has {parts} of the {PARTS} parts of an ARN", Quoted(text));
    Fault::error(ProblemCode::MalformedResource, message)
        .with_help("an ARN is `arn:partition:service:region:account:resource`")
}

/// The warning that a text that looks like a variable is none (S-GRAM-03).
pub(super) fn literal_variable(text: &str) -> Fault {
    let Fault { within, .. } = misplaced(text, "");
    let variable = within.clone().and_then(|range| text.get(range)).unwrap_or(text);
    let message =
        format!("{} is not a variable here, as variables need version 2012-10-17", Quoted(variable));
    Fault { within, ..Fault::warning(ProblemCode::LiteralVariable, message) }
        .with_help("add `\"Version\": \"2012-10-17\"`")
}
