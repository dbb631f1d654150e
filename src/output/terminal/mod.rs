//! Answers for people: tables as wide as the terminal, plain text when piped.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::printable::one_line;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, Width, presets};

mod can;
mod catalog;
mod chains;
mod check;
mod external;
mod report;
mod who_can;

pub use can::{show_can, show_requests};
pub use catalog::{show_actions, show_service, show_services};
pub use chains::show_become;
pub use check::show_check;
pub use external::show_external;
pub use report::show_report;
pub use who_can::show_who_can;

/// Where a table for people goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// The width in columns; absent when the output is piped, where lines are as long as they have to be.
    pub width: Option<u16>,
}

/// A column of a listing.
#[derive(Clone, Copy, Debug)]
struct Heading {
    title: &'static str,
    /// The least width to which the column shrinks on a narrow screen.
    least: u16,
}

impl Heading {
    const fn new(title: &'static str, least: u16) -> Self {
        Self { title, least }
    }
}

impl Screen {
    /// The screen that standard output is, if it is one.
    pub fn stdout() -> Self {
        // Some terminals say that they have no columns at all.
        Self { width: Table::new().width().filter(|width| *width > 0) }
    }

    /// Writes `rows` below `headings`: no borders, and on a screen one line a row, cut off with `…`.
    fn list(
        self,
        headings: &[Heading],
        rows: impl Iterator<Item = Vec<String>>,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let headings = headings.iter().map(|heading| (heading.title, heading.least));
        self.titled(headings, rows, out)
    }

    /// Writes `rows` below the names of columns that are not known before, as [`Screen::list`] does.
    pub(super) fn columns(
        self,
        names: &[String],
        rows: impl Iterator<Item = Vec<String>>,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let least = |name: &String| u16::try_from(name.chars().count()).unwrap_or(u16::MAX).clamp(4, 20);
        self.titled(names.iter().map(|name| (&**name, least(name))), rows, out)
    }

    fn titled<'t>(
        self,
        headings: impl ExactSizeIterator<Item = (&'t str, u16)> + Clone,
        rows: impl Iterator<Item = Vec<String>>,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_truncation_indicator("…");
        let mut titles = Row::from(headings.clone().map(|(title, _)| title));
        titles.max_height(1);
        table.set_header(titles);
        match self.width {
            Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic),
            None => table.force_no_tty().set_content_arrangement(ContentArrangement::Disabled),
        };
        let mut widest = 0;
        for cells in rows {
            widest = widest.max(cells.first().map_or(0, |key| key.chars().count()));
            let mut row = Row::from(cells.iter().map(|cell| one_line(cell)));
            if self.width.is_some() {
                row.max_height(1);
            }
            table.add_row(row);
        }
        let last = headings.len().saturating_sub(1);
        // The first column says what a row is about, and shrinks last.
        let others: usize = headings.clone().skip(1).map(|(_, least)| usize::from(least) + 2).sum();
        let room = self.width.map_or(0, |width| usize::from(width).saturating_sub(others));
        let key = u16::try_from(widest.min(room)).unwrap_or(u16::MAX);
        for (position, (column, (_, least))) in table.column_iter_mut().zip(headings).enumerate() {
            let space = if position == last { 0 } else { 2 };
            let least = if position == 0 { least.max(key) } else { least };
            // Cutting happens at any character: the end of an ARN is no better than its middle.
            column.set_padding((0, space)).set_delimiter('\0');
            if self.width.is_some() {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + space)));
            }
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The ARN of a principal without what its kind and account say already: `teams/alice`. Other names stay whole.
fn name(principal: &str) -> &str {
    let resource = principal.splitn(6, ':').nth(5).unwrap_or(principal);
    resource.split_once('/').map_or(resource, |(_, name)| name)
}

/// Names of principals as [`name`] gives them; where a table has the same name in several accounts, with the account.
struct Names<'a> {
    accounts: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Names<'a> {
    /// For a table that names these principals.
    fn among(principals: impl Iterator<Item = &'a str>) -> Self {
        let mut accounts: BTreeMap<&'a str, BTreeSet<&'a str>> = BTreeMap::new();
        for principal in principals {
            accounts.entry(name(principal)).or_default().insert(account_in(principal));
        }
        Self { accounts }
    }

    fn of(&self, principal: &str) -> String {
        let (name, account) = (name(principal), account_in(principal));
        let several = self.accounts.get(name).is_some_and(|accounts| accounts.len() > 1);
        match several && !account.is_empty() {
            true => format!("{name} ({account})"),
            false => name.to_owned(),
        }
    }
}

/// The account in the ARN of a principal.
fn account_in(principal: &str) -> &str {
    principal.split(':').nth(4).unwrap_or_default()
}

/// `text`, or `-` where there is none.
fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// `Deny boundary arn:…#Sid (file:line:column)`.
fn describe(statement: &super::json::StatementReference) -> String {
    format!("{} {} {}", statement.effect, statement.layer, statement.short())
}

/// `1 role`, `2 roles`.
fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with('e') => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// Writes a labelled line for each of `lines`, the label before the first.
fn labelled(
    out: &mut (impl Write + ?Sized),
    label: &str,
    lines: impl IntoIterator<Item = String>,
) -> io::Result<()> {
    let mut label = label;
    for line in lines {
        writeln!(out, "  {label:<12}{}", one_line(&line))?;
        label = "";
    }
    Ok(())
}

/// What an answer took for granted, in a line at its end.
///
/// # Errors
/// `out` can't be written.
pub fn show_assumed(assumed: &super::json::Assumed, out: &mut dyn Write) -> io::Result<()> {
    write_remarks(out, &[], assumed)
}

/// What an answer took for granted and what it lacked, in a line or two at its end.
fn write_remarks(
    out: &mut (impl Write + ?Sized),
    missing: &[String],
    assumed: &super::json::Assumed,
) -> io::Result<()> {
    labelled(out, "missing", missing.iter().cloned())?;
    let assumed: Vec<_> = assumed.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if assumed.is_empty() { Ok(()) } else { labelled(out, "assumed", [assumed.join(", ")]) }
}
