//! The summary of `report`, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::super::json::{GainsView, PrincipalReport, ReportAnswer};
use super::super::words::{AccessLevel, DecisionWord};
use super::{Heading, Screen, count, labelled, name, or_dash, write_remarks};

/// Above so many services a cell gives their number and all their levels together.
const SERVICES_SHOWN: usize = 6;

const HEADINGS: [Heading; 8] = [
    Heading::new("PRINCIPAL", 12),
    Heading::new("KIND", 4),
    Heading::new("ACCOUNT", 12),
    Heading::new("ADMIN", 6),
    Heading::new("SERVICES", 9),
    Heading::new("CONDITIONAL", 8),
    Heading::new("LIMITED BY", 8),
    Heading::new("REACHES", 7),
];

/// What becoming others gives.
const THROUGH: [Heading; 2] = [Heading::new("BECOMES", 7), Heading::new("GAINS", 12)];

/// Writes a line for each principal: by account and within it administrators first, those of no account last.
///
/// # Errors
/// `out` cannot be written.
pub fn show_report(answer: &ReportAnswer, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut principals: Vec<_> = answer.principals.iter().collect();
    principals.sort_by_key(|principal| {
        (
            principal.account.is_none(),
            principal.account.as_deref(),
            !principal.effective_administrator,
            !principal.administrator,
            &principal.arn,
        )
    });
    let through = principals.iter().any(|principal| principal.through_roles.is_some());
    let headings = HEADINGS.iter().chain(THROUGH.iter().filter(|_| through)).copied().collect::<Vec<_>>();
    screen.list(&headings, principals.iter().map(|principal| row(principal)), out)?;
    writeln!(out, "\n{}", totals(&answer.principals))?;
    writeln!(out, "admin: full; escalates: can give itself what it lacks; capped: by SCPs or RCPs")?;
    writeln!(out, "levels: L list, R read, T tagging, W write, P permissions management; ? not known")?;
    writeln!(out, "reaches: other accounts where a resource grants it what its own policies permit")?;
    if through {
        writeln!(
            out,
            "becomes: how many roles, under conditions or not; gains: what it has as one of them and not itself"
        )?;
    }
    labelled(out, "catalog", [answer.catalog.clone()])?;
    labelled(out, "exports", exports(answer))?;
    write_remarks(out, &answer.missing, &answer.assumed)
}

fn row(principal: &PrincipalReport) -> Vec<String> {
    let administrator = match (principal.administrator, principal.effective_administrator) {
        (true, true) => "full",
        (false, true) => "escalates",
        (true, false) => "capped",
        (false, false) => "-",
    };
    let mut limits: Vec<_> = principal.limited_by.iter().map(|layer| layer.as_str()).collect();
    limits.extend(principal.notes.iter().map(String::as_str));
    let mut conditional = services(&principal.conditional, "");
    if !principal.unknown.is_empty() {
        conditional = [conditional, services(&principal.unknown, "?")].join(" ").trim().to_owned();
    }
    let mut cells = vec![
        name(&principal.arn).to_owned(),
        principal.kind.to_string(),
        or_dash(principal.account.as_deref().unwrap_or_default()),
        administrator.to_owned(),
        or_dash(&services(&principal.services, "")),
        or_dash(&conditional),
        or_dash(&limits.join(", ")),
        or_dash(&reaches(&principal.reaches)),
    ];
    if let Some(gains) = &principal.through_roles {
        cells.push(or_dash(&if gains.roles == 0 { String::new() } else { count(gains.roles, "role") }));
        cells.push(or_dash(&gained(gains)));
    }
    cells
}

/// The administrator that it can become, else what it has as others.
fn gained(gains: &GainsView) -> String {
    if let (Some(administrator), Some(decision)) = (&gains.administrator, gains.administrator_decision) {
        let how = match decision {
            DecisionWord::Allowed => String::new(),
            other => format!(", {}", other.phrase()),
        };
        return format!("administrator as {}{how}", name(administrator));
    }
    let open = services(&gains.conditional, "");
    let parts = [
        services(&gains.services, ""),
        if open.is_empty() { open } else { format!("conditional {open}") },
        services(&gains.unknown, "?"),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One account, or how many.
fn reaches(accounts: &[String]) -> String {
    match accounts {
        [] => String::new(),
        [account] => account.clone(),
        accounts => count(accounts.len(), "account"),
    }
}

/// `s3:RW sqs:L`, or `312 services LRW`.
fn services(services: &BTreeMap<String, Vec<AccessLevel>>, mark: &str) -> String {
    if services.len() > SERVICES_SHOWN {
        let all: BTreeSet<_> = services.values().flatten().copied().collect();
        return format!(
            "{} {}{mark}",
            count(services.len(), "service"),
            letters(&all.into_iter().collect::<Vec<_>>())
        );
    }
    let services = services.iter().map(|(service, levels)| format!("{service}:{}{mark}", letters(levels)));
    services.collect::<Vec<_>>().join(" ")
}

fn letters(levels: &[AccessLevel]) -> String {
    let letter = |level: &AccessLevel| match level {
        AccessLevel::List => 'L',
        AccessLevel::Read => 'R',
        AccessLevel::Tagging => 'T',
        AccessLevel::Write => 'W',
        AccessLevel::PermissionsManagement => 'P',
    };
    levels.iter().map(letter).collect()
}

fn totals(principals: &[PrincipalReport]) -> String {
    let number =
        |test: fn(&PrincipalReport) -> bool| principals.iter().filter(|principal| test(principal)).count();
    format!(
        "{}: {}, {}, {} with conditions",
        count(principals.len(), "principal"),
        count(number(|principal| principal.administrator), "administrator"),
        count(number(|principal| principal.effective_administrator), "effective administrator"),
        number(|principal| !principal.conditional.is_empty()),
    )
}

/// How many exports there are and of which dates.
fn exports(answer: &ReportAnswer) -> Option<String> {
    if answer.exports.is_empty() {
        return None;
    }
    let mut dates: Vec<_> = answer.exports.iter().filter_map(|export| export.date.as_deref()).collect();
    dates.sort_unstable();
    let files = count(answer.exports.len(), "file");
    Some(match (dates.first(), dates.last()) {
        (Some(first), Some(last)) if first == last => format!("{files} of {first}"),
        (Some(first), Some(last)) => format!("{files} of {first} to {last}"),
        _ => format!("{files}, undated"),
    })
}
