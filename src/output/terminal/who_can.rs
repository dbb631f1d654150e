//! The answer to `who-can`, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::json::{WhoCanAnswer, WhoCanRow};
use super::super::words::{DecisionWord, KindWord};
use super::{Heading, Screen, count, or_dash, write_remarks};

/// Above so many rows a person wants to see accounts before principals.
const ROWS_SHOWN: usize = 50;

/// Writes the rows, or a row for each account where there are more than fifty.
///
/// # Errors
/// `out` cannot be written.
pub fn show_who_can(
    answer: &WhoCanAnswer,
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    if answer.rows.is_empty() {
        writeln!(out, "nobody")?;
    } else if answer.rows.len() <= ROWS_SHOWN {
        show_rows(&answer.rows, screen, out)?;
    } else {
        show_accounts(&answer.rows, screen, out)?;
    }
    write_remarks(out, &answer.missing, &answer.assumed)
}

fn show_rows(rows: &[WhoCanRow], screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    const HEADINGS: [Heading; 6] = [
        Heading { title: "PRINCIPAL", least: 20 },
        Heading { title: "KIND", least: 5 },
        Heading { title: "ACTION", least: 12 },
        Heading { title: "RESOURCE", least: 12 },
        Heading { title: "DECISION", least: 11 },
        Heading { title: "CONDITION", least: 10 },
    ];
    let cells = rows.iter().map(|row| {
        vec![
            row.principal.clone(),
            row.kind.to_string(),
            row.action.clone(),
            row.resource.clone(),
            row.decision.phrase().to_owned(),
            or_dash(row.condition.as_ref().map_or("", |condition| &condition.text)),
        ]
    });
    screen.list(&HEADINGS, cells, out)?;
    writeln!(out, "\n{}", count(rows.len(), "row"))
}

/// What the rows of one account have in common.
#[derive(Default)]
struct Group<'a> {
    kinds: BTreeMap<KindWord, Vec<&'a str>>,
    actions: Vec<&'a str>,
    decisions: BTreeMap<DecisionWord, usize>,
}

fn show_accounts(rows: &[WhoCanRow], screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    const HEADINGS: [Heading; 5] = [
        Heading { title: "ACCOUNT", least: 12 },
        Heading { title: "PRINCIPALS", least: 12 },
        Heading { title: "ACTIONS", least: 12 },
        Heading { title: "DECISIONS", least: 12 },
        Heading { title: "FOR EXAMPLE", least: 12 },
    ];
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for row in rows {
        let group = groups.entry(row.account.as_deref().unwrap_or("no account")).or_default();
        group.kinds.entry(row.kind).or_default().push(&row.principal);
        group.actions.push(&row.action);
        *group.decisions.entry(row.decision).or_default() += 1;
    }
    let accounts = groups.len();
    let cells = groups.into_iter().map(|(account, mut group)| {
        group.actions.sort_unstable();
        group.actions.dedup();
        let mut kinds = Vec::new();
        for (kind, principals) in &mut group.kinds {
            principals.sort_unstable();
            principals.dedup();
            kinds.push(count(principals.len(), kind.as_str()));
        }
        let decisions: Vec<_> =
            group.decisions.iter().map(|(word, number)| format!("{number} {}", word.phrase())).collect();
        let example = group.kinds.values().flatten().next().copied().unwrap_or_default();
        let actions = if group.actions.len() > 3 {
            count(group.actions.len(), "action")
        } else {
            group.actions.join(", ")
        };
        vec![account.to_owned(), kinds.join(", "), actions, decisions.join(", "), example.to_owned()]
    });
    screen.list(&HEADINGS, cells, out)?;
    let total = format!("{} in {}", count(rows.len(), "row"), count(accounts, "group"));
    writeln!(out, "\n{total}; `--account` shows those of one, `--format jsonl` or `csv` lists all")
}
