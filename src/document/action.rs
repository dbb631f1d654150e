//! Reads one entry of `Action` or `NotAction` (S-ACT-01 to S-ACT-03, S-GRAM-16).

use super::model::Version;
use super::problem::{Fault, ProblemCode, Quoted};
use super::variable::{has_variable, misplaced, widened};

/// How the text of an entry was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ActionReading {
    Pattern,
    /// With what it covers at most.
    Malformed(Option<Box<str>>),
}

/// Reads an action pattern.
pub(super) fn read(text: &str, version: Version) -> (ActionReading, Option<Fault>) {
    if text == "*" {
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
    if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        let fault = malformed(text, "does not start with the prefix of a service").within(0..prefix.len());
        return (ActionReading::Malformed(None), Some(fault));
    }
    (ActionReading::Pattern, None)
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

#[cfg(test)]
mod tests {
    use super::{ActionReading, Version, read};
    use crate::document::problem::ProblemCode;

    fn code(text: &str) -> Option<ProblemCode> {
        read(text, Version::V2012).1.map(|fault| fault.code)
    }

    #[test]
    fn patterns() {
        for text in ["*", "*:*", "s3:*", "s3:Get*Acl", "S3:getobject", "sms-voice:Send?", "iam:**"] {
            assert_eq!(read(text, Version::V2012), (ActionReading::Pattern, None), "{text}");
        }
    }

    #[test]
    fn odd_text_is_compared_as_written() {
        for text in ["s3:Get Object", " s3:Get", "s3:Get,s3:Put", "s3:", "s3:Get:Object"] {
            assert_eq!(read(text, Version::V2012).0, ActionReading::Pattern, "{text}");
            assert_eq!(code(text), Some(ProblemCode::OddAction), "{text}");
        }
    }

    #[test]
    fn malformed_text_keeps_the_bound_it_has() {
        let glob = |text: &str| read(text, Version::V2012).0;
        assert_eq!(glob("s*:Get*"), ActionReading::Malformed(Some("s*:Get*".into())));
        assert_eq!(glob("*:GetObject"), ActionReading::Malformed(Some("*:GetObject".into())));
        for text in ["", "GetObject", "s3*", ":Get", "s3.amazonaws.com:Get"] {
            assert_eq!(glob(text), ActionReading::Malformed(None), "{text}");
            assert_eq!(code(text), Some(ProblemCode::MalformedAction), "{text}");
        }
        assert_eq!(glob("s3:${aws:username}"), ActionReading::Malformed(Some("s3:*".into())));
        assert_eq!(code("s3:${aws:username}"), Some(ProblemCode::MisplacedVariable));
        assert_eq!(read("s3:${x}", Version::V2008).0, ActionReading::Pattern);
    }
}
