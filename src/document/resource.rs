//! Reads one entry of `Resource` or `NotResource` (S-RES-01 to S-RES-08, S-VAR-02).

use std::borrow::Cow;

use super::model::{PolicyKind, Version};
use super::problem::{Fault, ProblemCode, Quoted};
use super::variable::{has_variable, malformed, misplaced, widened};

/// How the text of an entry was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResourceReading<'a> {
    /// `*` or an ARN pattern, short ones filled up.
    Pattern(Cow<'a, str>),
    WildcardService,
    ExecuteApi,
    /// With what it covers at most.
    Malformed(Option<Box<str>>),
}

/// How many colon-separated parts an ARN has.
const PARTS: usize = 6;

/// Reads a resource pattern.
pub(super) fn read(text: &str, kind: PolicyKind, version: Version) -> (ResourceReading<'_>, Option<Fault>) {
    if text == "*" {
        return (ResourceReading::Pattern(text.into()), None);
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
    if !glob_matches_arn(text.get(..colons.at(0).unwrap_or(text.len())).unwrap_or_default()) {
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
    let literal = (has_variable && !expands).then(|| literal_variable(text));
    let parts = colons.count + 1;
    if parts < PARTS && !text.ends_with('*') {
        return match short_arn(text, parts, kind) {
            Some(padded) => (ResourceReading::Pattern(padded.into()), literal),
            None => (ResourceReading::Malformed(None), Some(too_few_parts(text, parts))),
        };
    }
    let service = colons.at(1).zip(colons.at(2)).map(|(before, after)| before + 1..after);
    if let Some(range) = service
        && text.get(range.clone()).is_some_and(|service| service.contains(['*', '?']))
    {
        let message = format!("the resource {} has a wildcard in its service part", Quoted(text));
        let fault = Fault::warning(ProblemCode::WildcardService, message)
            .with_help("name the service; IAM does not document what a wildcard there reaches")
            .within(range);
        return (ResourceReading::WildcardService, Some(fault));
    }
    (ResourceReading::Pattern(text.into()), literal)
}

/// The first five colons of a text, those inside variables left out.
struct Colons {
    offsets: [usize; PARTS - 1],
    count: usize,
}

impl Colons {
    fn of(text: &str, skip_variables: bool) -> Self {
        let mut colons = Self { offsets: [0; PARTS - 1], count: 0 };
        let mut inside = false;
        let bytes = text.as_bytes();
        for (offset, &byte) in bytes.iter().enumerate() {
            match byte {
                b'$' if skip_variables && bytes.get(offset + 1) == Some(&b'{') => inside = true,
                b'}' => inside = false,
                b':' if !inside => {
                    let Some(slot) = colons.offsets.get_mut(colons.count) else { break };
                    *slot = offset;
                    colons.count += 1;
                }
                _ => {}
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

#[cfg(test)]
mod tests {
    use super::{PolicyKind, ProblemCode, ResourceReading, Version, glob_matches_arn, read};

    fn identity(text: &str) -> (ResourceReading<'_>, Option<ProblemCode>) {
        let (reading, fault) = read(text, PolicyKind::Identity, Version::V2012);
        (reading, fault.map(|fault| fault.code))
    }

    #[test]
    fn arns_are_patterns_as_written() {
        for text in [
            "*",
            "arn:aws:s3:::b/*",
            "arn:*:s3:::b",
            "arn:aws:s3*",
            "arn:aws:*",
            "arn:aws:sqs:*:queue-1*",
            "*:aws:iam::*:user/${aws:username}",
            "arn:aws:s3:::b/${aws:PrincipalTag/a, 'x:y'}/${*}",
            "**",
        ] {
            assert_eq!(identity(text), (ResourceReading::Pattern(text.into()), None), "{text}");
        }
    }

    #[test]
    fn short_arns_depend_on_the_kind_of_policy() {
        let padded = |text, kind| match read(text, kind, Version::V2012).0 {
            ResourceReading::Pattern(pattern) => Some(pattern.into_owned()),
            _ => None,
        };
        let full = || Some("arn:aws:s3:*:*:*".to_owned());
        assert_eq!(padded("arn:aws:s3", PolicyKind::Identity), full());
        assert_eq!(padded("arn:aws:s3", PolicyKind::Boundary), full());
        assert_eq!(padded("arn:aws:s3", PolicyKind::Resource), None);
        assert_eq!(padded("arn:aws:s?", PolicyKind::Resource), Some("arn:aws:s?:*:*:*".to_owned()));
        assert_eq!(padded("arn:aws:s?", PolicyKind::Scp), None);
        assert_eq!(padded("arn:aws:s3*", PolicyKind::Scp), Some("arn:aws:s3*".to_owned()));
    }

    #[test]
    fn what_is_no_arn() {
        for text in ["", "my-bucket", " arn:aws:s3:::b", "${aws:username}", "*b*", "execute-api:/prod/GET/x"]
        {
            assert_eq!(
                identity(text),
                (ResourceReading::Malformed(None), Some(ProblemCode::MalformedResource)),
                "{text}"
            );
        }
        let (reading, fault) = read("execute-api:/prod/GET/x", PolicyKind::Resource, Version::V2012);
        assert_eq!((reading, fault), (ResourceReading::ExecuteApi, None));
    }

    #[test]
    fn variables_work_after_the_fifth_colon_of_a_2012_policy() {
        let widened = ResourceReading::Malformed(Some("arn:aws:s3:*::b".into()));
        assert_eq!(identity("arn:aws:s3:${aws:x}::b"), (widened, Some(ProblemCode::MisplacedVariable)));
        let widened = ResourceReading::Malformed(Some("arn:aws:s3:::b/*".into()));
        assert_eq!(identity("arn:aws:s3:::b/${aws:x"), (widened, Some(ProblemCode::MalformedVariable)));
        let text = "arn:aws:s3:::${aws:x}";
        let (reading, fault) = read(text, PolicyKind::Identity, Version::V2008);
        assert_eq!(reading, ResourceReading::Pattern(text.into()));
        assert_eq!(fault.map(|fault| fault.code), Some(ProblemCode::LiteralVariable));
    }

    #[test]
    fn a_wildcard_for_the_service_is_doubtful() {
        assert_eq!(
            identity("arn:aws:s?:::b"),
            (ResourceReading::WildcardService, Some(ProblemCode::WildcardService))
        );
        assert_eq!(identity("arn:*:*:::b").0, ResourceReading::WildcardService);
    }

    #[test]
    fn only_some_globs_stand_for_arn() {
        assert!(["arn", "*", "a*", "?rn", "*n", "a**n"].into_iter().all(glob_matches_arn));
        assert!(!["", "ARN", "ar", "arns", "?", "b*", "a*x"].into_iter().any(glob_matches_arn));
    }
}
