//! The answer to `become`, for people.

use std::io::{self, Write};

use super::super::chains::{BecomeAnswer, BecomeRow, HopView, OverviewView, ReachView};
use super::super::printable::one_line;
use super::{Heading, Names, Screen, count, describe, name, or_dash, write_remarks};

/// How many lines of each list of the overview are shown.
const MOST_SHOWN: usize = 12;

/// Writes the overview, the ways from or to a principal, or the paths between two; with `why` the statements of each hop.
///
/// # Errors
/// `out` cannot be written.
pub fn show_become(
    answer: &BecomeAnswer,
    why: bool,
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    match (&answer.overview, &answer.from, &answer.to) {
        (Some(overview), ..) => show_overview(overview, screen, out)?,
        (None, Some(from), Some(to)) => show_paths(answer, from, to, why, out)?,
        (None, from, _) => show_ways(answer, from.is_some(), why, screen, out)?,
    }
    if answer.overview.is_some() {
        writeln!(out)?;
    }
    write_remarks(out, &answer.missing, &answer.assumed)
}

fn show_overview(overview: &OverviewView, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}, {}", count(overview.roles, "role"), count(overview.hops, "hop"))?;
    show_reach("ways in from outside", &overview.entry_points, screen, out)?;
    show_reach("AWS services", &overview.services, screen, out)?;
    show_reach("largest reach", &overview.reach, screen, out)?;
    let cycles: Vec<String> = overview
        .cycles
        .iter()
        .map(|members| {
            let shown: Vec<&str> = members.iter().take(4).map(|member| &**member).collect();
            match members.len() - shown.len() {
                0 => shown.join(" ⇄ "),
                more => format!("{} ⇄ … {more} more", shown.join(" ⇄ ")),
            }
        })
        .collect();
    show_list("roles that can become each other", &cycles, out)?;
    show_list("roles that everybody can take", &overview.anybody, out)?;
    let unclaimed: Vec<String> =
        overview.unclaimed.iter().map(|trust| format!("{} → {}", trust.provider, trust.role)).collect();
    show_list("roles that every web identity of a provider can take", &unclaimed, out)?;
    show_list("roles that Cognito gives identities that have not signed in", &overview.unauthenticated, out)?;
    show_list("roles that nobody can take", &overview.nobody, out)
}

fn show_reach(
    title: &str,
    rows: &[ReachView],
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    const HEADINGS: [Heading; 5] = [
        Heading::new("PRINCIPAL", 20),
        Heading::new("KIND", 5),
        Heading::new("DIRECT", 6),
        Heading::new("ROLES", 5),
        Heading::new("HELD BY", 7),
    ];
    let held = rows.iter().any(|row| row.resources.is_some());
    writeln!(out, "\n{title}: {}", rows.len())?;
    if rows.is_empty() {
        return Ok(());
    }
    let cells = rows.iter().take(MOST_SHOWN).map(|row| {
        let mut cells = vec![
            one_line(&row.principal).into_owned(),
            row.kind.to_string(),
            row.direct.to_string(),
            row.roles.to_string(),
        ];
        cells.extend(row.resources.map(|resources| count(resources, "resource")));
        cells
    });
    let headings = HEADINGS.get(..if held { 5 } else { 4 }).unwrap_or_default();
    screen.list(headings, cells, out)?;
    show_rest(rows.len(), out)
}

fn show_list(title: &str, lines: &[String], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "\n{title}: {}", lines.len())?;
    lines.iter().take(MOST_SHOWN).try_for_each(|line| writeln!(out, "  {line}"))?;
    show_rest(lines.len(), out)
}

fn show_rest(all: usize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    match all.saturating_sub(MOST_SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "  … {more} more; `--format json` lists all"),
    }
}

fn show_ways(
    answer: &BecomeAnswer,
    from: bool,
    why: bool,
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    const HEADINGS: [Heading; 7] = [
        Heading::new("PRINCIPAL", 20),
        Heading::new("KIND", 5),
        Heading::new("ACCOUNT", 12),
        Heading::new("HOPS", 4),
        Heading::new("DECISION", 11),
        Heading::new("VIA", 12),
        Heading::new("CONDITION OF THE HOP", 10),
    ];
    if answer.rows.is_empty() {
        return writeln!(out, "nobody{}", as_far(answer));
    }
    let held = answer.rows.iter().any(|row| !row.hop.resources.is_empty());
    let ends = answer.rows.iter().flat_map(|row| [&*row.principal, &*row.hop.from, &*row.hop.to]);
    let names = Names::among(ends);
    let cells = answer.rows.iter().map(|row| {
        let via = if from { &row.hop.from } else { &row.hop.to };
        let mut cells = vec![
            one_line(name(&row.principal)).into_owned(),
            row.kind.to_string(),
            or_dash(row.account.as_deref().unwrap_or_default()),
            row.hops.to_string(),
            row.decision.phrase().to_owned(),
            one_line(&names.of(via)).into_owned(),
            or_dash(row.hop.condition.as_ref().map_or("", |condition| &condition.text)),
        ];
        if held {
            cells.push(or_dash(&row.hop.resources.join(", ")));
        }
        cells
    });
    let headings: Vec<Heading> =
        HEADINGS.into_iter().chain(held.then(|| Heading::new("HELD BY", 12))).collect();
    screen.list(&headings, cells, out)?;
    let cut = if answer.more { ", and more beyond `--max-depth`" } else { "" };
    writeln!(out, "\n{}{cut}", count(answer.rows.len(), "principal"))?;
    if why {
        writeln!(out, "\nwhy")?;
        let of_row = |row: &BecomeRow| show_hop(&row.hop, true, out);
        answer.rows.iter().try_for_each(of_row)?;
    }
    Ok(())
}

fn show_paths(
    answer: &BecomeAnswer,
    from: &str,
    to: &str,
    why: bool,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    if answer.paths.is_empty() {
        return writeln!(out, "{from} cannot become {to}{}", as_far(answer));
    }
    for (number, path) in answer.paths.iter().enumerate() {
        writeln!(out, "path {} of {}", number + 1, count(path.len(), "hop"))?;
        path.iter().try_for_each(|hop| show_hop(hop, why, out))?;
    }
    if answer.more { writeln!(out, "and more paths that are as sure and as short") } else { Ok(()) }
}

/// What a denial rests on, where something was not collected.
fn as_far(answer: &BecomeAnswer) -> &'static str {
    if answer.missing.is_empty() { "" } else { ", as far as was collected" }
}

pub(super) fn show_hop(hop: &HopView, why: bool, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let (from, to) = (one_line(&hop.from).into_owned(), one_line(&hop.to));
    writeln!(out, "  {from} → {to}  {} {}", hop.by, hop.decision.phrase())?;
    if let Some(condition) = &hop.condition {
        writeln!(out, "      if {}", condition.text)?;
    }
    if !hop.resources.is_empty() {
        writeln!(out, "      for {}", hop.resources.join(", "))?;
    }
    let statements = if why { hop.statements.as_slice() } else { &[] };
    statements.iter().try_for_each(|statement| writeln!(out, "      {}", describe(statement)))
}
