//! The texts of arguments -> their values.

use std::num::NonZeroUsize;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::facts::keys;
use crate::output::{KindWord, SeverityWord};

use super::options::{AssumeChoice, ContextEntry, TagFilter};

/// Reads `key=value` of `--context`. The value may be empty and may hold further `=`.
pub(super) fn context_entry(text: &str) -> Result<ContextEntry, String> {
    let (key, value) = text.split_once('=').ok_or("expected `KEY=VALUE`, as in `aws:SourceIp=10.0.0.1`")?;
    let key = context_key(key)?;
    match keys::malformed_value(&key, value) {
        Some(problem) => Err(problem),
        None => Ok(ContextEntry { key, value: value.to_owned() }),
    }
}

/// Reads a context key.
pub(super) fn context_key(text: &str) -> Result<String, String> {
    let well_formed =
        text.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
    if well_formed && !text.starts_with(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        Err("a context key has the form `prefix:name`, as in `aws:SourceIp`".to_owned())
    }
}

/// Reads a day (its first instant in UTC) or an instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(instant),
        Err(_) if text.contains('T') => {
            Err("expected an instant with its zone, as in `2026-01-31T12:00:00Z`".to_owned())
        }
        Err(_) => day()
            .map(|day| day.timestamp())
            .ok_or("expected a date or an instant, as in `2026-01-31` or `2026-01-31T12:00:00Z`".to_owned()),
    }
}

/// Reads `nothing` or `U-40=reading`.
pub(super) fn assumption(text: &str) -> Result<AssumeChoice, String> {
    if text == "nothing" {
        return Ok(AssumeChoice::Nothing);
    }
    let (question, reading) = reading(text)
        .map_err(|_| "expected `nothing`, or a reading of an open question, as in `U-40=match`".to_owned())?;
    Ok(AssumeChoice::Reading { question, reading })
}

/// Reads `U-40=reading`.
pub(super) fn reading(text: &str) -> Result<(String, String), String> {
    let expected = "expected a reading of an open question, as in `U-77=limited`";
    let (question, reading) = text.split_once('=').ok_or(expected)?;
    let number = question.strip_prefix("U-").ok_or(expected)?;
    if number.len() != 2 || !number.bytes().all(|byte| byte.is_ascii_digit()) || reading.is_empty() {
        return Err(expected.to_owned());
    }
    Ok((question.to_owned(), reading.to_owned()))
}

/// More threads than this no machine runs at once, and each costs memory.
const MOST_JOBS: usize = 1024;

/// Reads a number of threads.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().and_then(NonZeroUsize::new).filter(|jobs| jobs.get() <= MOST_JOBS);
    number.ok_or_else(|| format!("expected a number of threads from 1 to {MOST_JOBS}"))
}

/// Reads an account id.
pub(super) fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has 12 digits".to_owned())
    }
}

/// Reads who owns a resource: an account id, or `aws`.
pub(super) fn owner(text: &str) -> Result<String, String> {
    match text {
        "aws" => Ok(text.to_owned()),
        _ => account(text).map_err(|problem| format!("{problem}; what AWS owns is `aws`")),
    }
}

/// Reads a kind of principal.
pub(super) fn kind(text: &str) -> Result<KindWord, String> {
    KindWord::parse(text).ok_or_else(|| {
        let known: Vec<_> = KindWord::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// Reads `key=value`, or a key that any value satisfies.
pub(super) fn tag(text: &str) -> Result<TagFilter, String> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    if key.is_empty() {
        Err("expected `KEY=VALUE` or `KEY`".to_owned())
    } else {
        Ok(TagFilter { key: key.to_owned(), value })
    }
}

/// Reads the prefix of a service's actions.
pub(super) fn service(text: &str) -> Result<String, String> {
    if is_service(text) {
        Ok(text.to_owned())
    } else {
        Err("expected the prefix of a service's actions, as in `s3`".to_owned())
    }
}

/// What a positional argument after the principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Action(String),
    Resource(String),
}

/// Tells actions (`service:Name`) from resources (`arn:…` or `*`).
pub(super) fn target(text: &str) -> Result<Target, String> {
    if text == "*" {
        return Ok(Target::Resource(text.to_owned()));
    }
    if text.starts_with("arn:") {
        return arn(text).map(Target::Resource);
    }
    let is_action = text.split_once(':').is_some_and(|(service, name)| {
        is_service(service)
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte))
    });
    if is_action {
        Ok(Target::Action(text.to_owned()))
    } else {
        Err("neither an action (`service:Name`) nor a resource (`arn:…` or `*`)".to_owned())
    }
}

/// Reads a principal: an ARN, or a name of some kind, which only the estate can resolve.
pub(super) fn principal(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a principal is an ARN, an account id, a service, `anonymous` or a name".to_owned()),
        text if text.starts_with("arn:") => arn(text),
        text => Ok(text.to_owned()),
    }
}

fn arn(text: &str) -> Result<String, String> {
    let mut parts = text.splitn(6, ':');
    let (partition, service, resource) = (parts.nth(1), parts.next(), parts.nth(2));
    match (partition, service, resource) {
        (Some(partition), Some(service), Some(resource))
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
        {
            Ok(text.to_owned())
        }
        _ => Err("an ARN has six parts, as in `arn:aws:s3:::bucket`".to_owned()),
    }
}

fn is_service(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Reads a severity.
pub(super) fn severity(text: &str) -> Result<SeverityWord, String> {
    SeverityWord::parse(text)
        .ok_or_else(|| "expected `info`, `low`, `medium`, `high` or `critical`".to_owned())
}
