//! Credentials and what was used when: files beside an export that say nothing about access. They are read when asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::problem::{Position, Problem, ProblemKind, Spot};
use super::{Account, AccountId, Arn, Estate, FileId};
use crate::document::JsonPath;

/// What the credential report of an account says of its users and its root user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialReport {
    /// A row for each user, and one for the root user.
    pub rows: Vec<Credentials>,
}

/// The credentials of a user or root user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The ARN; of a root user too.
    pub arn: Arc<str>,
    /// The console password, if it has one. A root user always has.
    pub password: Option<Password>,
    /// Whether an MFA device is active.
    pub mfa: bool,
    /// The access keys that exist, each with its number, 1 or 2.
    pub keys: Vec<(u8, AccessKey)>,
    /// The numbers of the signing certificates that are active.
    pub certificates: Vec<u8>,
}

/// A console password. A date that is not known or never was is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Password {
    /// When it was last used.
    pub last_used: Option<Arc<str>>,
    /// When it was last changed.
    pub last_changed: Option<Arc<str>>,
}

/// An access key. A date that is not known or never was is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Whether it works.
    pub active: bool,
    /// When it was made or last changed.
    pub rotated: Option<Arc<str>>,
    /// When it was last used.
    pub last_used: Option<Arc<str>>,
}

/// When a principal last used a service, as far back as AWS keeps track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAccessed {
    /// The user, role, group or policy.
    pub arn: Arc<str>,
    /// The prefix of the service's actions: `s3`.
    pub service: Arc<str>,
    /// When; none: not within the time that AWS keeps track of.
    pub last: Option<Arc<str>>,
}

/// The columns that a report must have.
const COLUMNS: [&str; 13] = [
    "arn",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "cert_1_active",
    "cert_2_active",
];

impl Estate {
    /// The credential report of an account; none if it was not collected.
    ///
    /// # Errors
    /// The file can't be read, is no CSV, lacks a column, holds a value that a report does not have, or says two things of one user.
    pub fn credential_report(&self, account: &Account) -> Result<Option<CredentialReport>, Box<Problem>> {
        let Some(file) = account.credential_report else { return Ok(None) };
        let text = self.sources.read(file)?;
        let fail = |line: u64, kind| self.problem_at(file, &text, line, 1, kind);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let headers =
            reader.headers().map_err(|error| fail(1, wrong("a credential report", &error)))?.clone();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = headers
                .iter()
                .position(|header| header == column)
                .ok_or_else(|| fail(1, ProblemKind::MissingMember(column)))?;
        }
        let mut report = CredentialReport::default();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                fail(line, wrong("a row of a credential report", &error))
            })?;
            let line = record.position().map_or(1, csv::Position::line);
            let values = places.map(|place| record.get(place).unwrap_or_default());
            let row = credentials(&values, account.id).map_err(|kind| fail(line, kind))?;
            match report.rows.iter().find(|known| known.arn == row.arn) {
                None => report.rows.push(row),
                Some(known) if *known == row => {}
                Some(_) => {
                    let found = format!("another row for {}, which says something else", row.arn);
                    return Err(fail(
                        line,
                        ProblemKind::WrongShape { expected: "one row for each user", found },
                    ));
                }
            }
        }
        Ok(Some(report))
    }

    /// When principals of an account last used services; none if it was not collected. Of several dates the last counts.
    ///
    /// # Errors
    /// The file can't be read, is no JSON or not of the right shape, or holds a report that IAM has not completed.
    pub fn last_accessed(&self, account: &Account) -> Result<Option<Vec<LastAccessed>>, Box<Problem>> {
        let Some(file) = account.service_last_accessed else { return Ok(None) };
        let text = self.sources.read(file)?;
        let list: Vec<OfOne> = serde_json::from_str(&text).map_err(|error| {
            let kind = match error.is_data() {
                true => ProblemKind::WrongShape {
                    expected: "a list of completed reports on services last accessed",
                    found: error.to_string(),
                },
                false => ProblemKind::NotJson(error.to_string()),
            };
            self.problem_at(file, &text, error.line() as u64, error.column() as u32, kind)
        })?;
        let mut rows: Vec<LastAccessed> = Vec::new();
        let mut places: BTreeMap<(Arc<str>, Arc<str>), usize> = BTreeMap::new();
        for one in list {
            let arn: Arc<str> = one.arn.into();
            for of in one.services_last_accessed {
                let service: Arc<str> = of.service_namespace.into();
                let last: Option<Arc<str>> = of.last_authenticated.map(Arc::from);
                let place = *places.entry((arn.clone(), service.clone())).or_insert(rows.len());
                match rows.get_mut(place) {
                    Some(known) if known.last.as_deref().map(instant) < last.as_deref().map(instant) => {
                        known.last = last;
                    }
                    Some(_) => {}
                    None => rows.push(LastAccessed { arn: arn.clone(), service, last }),
                }
            }
        }
        Ok(Some(rows))
    }

    fn problem_at(
        &self,
        file: FileId,
        text: &str,
        line: u64,
        column: u32,
        kind: ProblemKind,
    ) -> Box<Problem> {
        let path: Arc<Path> =
            self.sources.get(file).map_or_else(|| Path::new("").into(), |source| source.path.clone());
        let before = text.split_inclusive('\n').take(line.saturating_sub(1) as usize);
        let offset = before.map(str::len).sum::<usize>() + column.saturating_sub(1) as usize;
        let spot = Spot { offset: offset.min(text.len()), line: line as u32, column, path: JsonPath::root() };
        Box::new(Problem { kind, at: Position { file: path, spot: Some(spot) }, also: None })
    }
}

/// What IAM reports of one principal.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfOne {
    arn: String,
    #[serde(default, rename = "JobStatus", deserialize_with = "completed")]
    _status: (),
    services_last_accessed: Vec<OfService>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfService {
    service_namespace: String,
    #[serde(default, deserialize_with = "some_date")]
    last_authenticated: Option<String>,
}

/// The state of the job that made a report: others than completed ones say nothing yet.
fn completed<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    match Option::<String>::deserialize(from)?.as_deref() {
        None | Some("COMPLETED") => Ok(()),
        Some(status) => Err(D::Error::custom(format_args!(
            "a report with the JobStatus `{status}`: collect it again when the job is completed"
        ))),
    }
}

fn some_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    match text {
        Some(text) if instant(&text).is_none() => Err(D::Error::custom(format_args!("no date: `{text}`"))),
        text => Ok(text),
    }
}

/// The moment that a date of AWS's names.
fn instant(text: &str) -> Option<Timestamp> {
    let civil = || text.parse::<DateTime>().ok().or_else(|| Some(text.parse::<Date>().ok()?.into()));
    let in_utc = || Some(civil()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(in_utc)
}

fn wrong(expected: &'static str, error: &csv::Error) -> ProblemKind {
    ProblemKind::WrongShape { expected, found: error.to_string() }
}

/// A row of a report, by the values of [`COLUMNS`].
fn credentials(values: &[&str; COLUMNS.len()], account: AccountId) -> Result<Credentials, ProblemKind> {
    let [arn, password, used, changed, mfa, key_1, made_1, used_1, key_2, made_2, used_2, cert_1, cert_2] =
        *values;
    let Some(parsed) = Arn::parse(arn).filter(|arn| arn.account_id() == Some(account)) else {
        let expected = "a user or root user of the account";
        return Err(ProblemKind::MalformedArn { arn: arn.to_owned(), expected });
    };
    // Nobody can take the password from a root user, and reports say `not_supported` of it.
    let has_password = match password {
        "not_supported" => parsed.resource == "root",
        _ => is(password)?,
    };
    let key = |number, active, rotated, used| -> Result<_, ProblemKind> {
        let key = AccessKey { active: is(active)?, rotated: date(rotated)?, last_used: date(used)? };
        // A key that does not exist and one that is switched off differ by the date only.
        Ok((key.active || key.rotated.is_some()).then_some((number, key)))
    };
    let keys = [key(1, key_1, made_1, used_1)?, key(2, key_2, made_2, used_2)?];
    let mut certificates = Vec::new();
    for (number, active) in [(1, cert_1), (2, cert_2)] {
        if is(active)? {
            certificates.push(number);
        }
    }
    let dates = Password { last_used: date(used)?, last_changed: date(changed)? };
    Ok(Credentials {
        arn: arn.into(),
        password: has_password.then_some(dates),
        mfa: is(mfa)?,
        keys: keys.into_iter().flatten().collect(),
        certificates,
    })
}

fn is(text: &str) -> Result<bool, ProblemKind> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ProblemKind::WrongShape { expected: "`true` or `false`", found: format!("`{text}`") }),
    }
}

/// A date; none for the words that reports have in its place.
fn date(text: &str) -> Result<Option<Arc<str>>, ProblemKind> {
    match text {
        "" | "N/A" | "no_information" | "not_supported" => Ok(None),
        _ if instant(text).is_some() => Ok(Some(text.into())),
        _ => Err(ProblemKind::WrongShape {
            expected: "a date as AWS writes it, `2026-01-31T08:00:00+00:00`",
            found: format!("`{text}`"),
        }),
    }
}
