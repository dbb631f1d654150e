//! The answer to `who-can`, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::json::{UnknownView, WhoCanAnswer, WhoCanRow};
use super::super::words::{DecisionWord, KindWord};
use super::{Heading, Names, Screen, count, describe, labelled, name, or_dash, write_remarks};

/// Above so many rows a person wants to see accounts before principals.
const ROWS_SHOWN: usize = 50;

/// Writes the rows, or a row for each account where there are more than fifty; with `why` the statements behind each.
///
/// # Errors
/// `out` cannot be written.
pub fn show_who_can(
    answer: &WhoCanAnswer,
    why: bool,
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
    show_unknown(&answer.unknown, out)?;
    write_remarks(out, &answer.missing, &answer.assumed)?;
    if why && !answer.rows.is_empty() { show_statements(&answer.rows, out) } else { Ok(()) }
}

/// How many nobody knows of; actions of which the same is said share a line.
fn show_unknown(unknown: &[UnknownView], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
    for view in unknown {
        let mut whom: Vec<String> =
            view.principals.iter().map(|(kind, number)| count(*number, kind.as_str())).collect();
        whom.extend(view.outside.then(|| "others of other accounts or of none".to_owned()));
        let whom = whom.join(", ");
        match alike.iter_mut().find(|(known, _)| *known == whom) {
            Some((_, actions)) => actions.push(&view.action),
            None => alike.push((whom, vec![&view.action])),
        }
    }
    let several = alike.len() > 1;
    let mut lines: Vec<String> = alike
        .iter()
        .map(|(whom, actions)| match actions.as_slice() {
            _ if !several => whom.clone(),
            [] | [_] | [_, _] | [_, _, _] => format!("{whom} ({})", actions.join(", ")),
            many => format!("{whom} ({})", count(many.len(), "action")),
        })
        .collect();
    lines.extend((!alike.is_empty()).then(|| "`--unknown` lists them".to_owned()));
    labelled(out, "unknown", lines)
}

fn show_statements(rows: &[WhoCanRow], out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "\nwhy")?;
    for row in rows {
        writeln!(out, "  {} {} {}", row.principal, row.action, row.resource)?;
        row.statements.iter().try_for_each(|statement| writeln!(out, "    {}", describe(statement)))?;
    }
    Ok(())
}

/// Every row; what all have in common stands above them once.
fn show_rows(rows: &[WhoCanRow], screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let action = common(rows, |row| &row.action);
    let resource = common(rows, |row| &row.resource);
    match (action, resource) {
        (Some(action), Some(resource)) => writeln!(out, "{action} {resource}\n")?,
        (Some(text), None) | (None, Some(text)) => writeln!(out, "{text}\n")?,
        (None, None) => {}
    }
    let mut headings = vec![
        Heading::new("PRINCIPAL", 20),
        Heading::new("KIND", 5),
        Heading::new("ACCOUNT", 12),
        Heading::new("DECISION", 11),
        Heading::new("CONDITION", 10),
    ];
    if resource.is_none() {
        headings.insert(3, Heading::new("RESOURCE", 12));
    }
    if action.is_none() {
        headings.insert(3, Heading::new("ACTION", 12));
    }
    let through = rows.iter().any(|row| !row.through.is_empty());
    if through {
        headings.push(Heading::new("THROUGH", 10));
    }
    let passed = rows.iter().flat_map(|row| &row.through).map(|hop| &*hop.to);
    let names = Names::among(passed.chain(rows.iter().map(|row| &*row.principal)));
    let cells = rows.iter().map(|row| {
        let mut cells = vec![
            name(&row.principal).to_owned(),
            row.kind.to_string(),
            or_dash(row.account.as_deref().unwrap_or_default()),
        ];
        cells.extend(action.is_none().then(|| row.action.clone()));
        cells.extend(resource.is_none().then(|| row.resource.clone()));
        cells.push(row.decision.phrase().to_owned());
        cells.push(or_dash(row.condition.as_ref().map_or("", |condition| &condition.text)));
        cells.extend(through.then(|| or_dash(&row.way(|to| names.of(to).into()).join(" → "))));
        cells
    });
    screen.list(&headings, cells, out)?;
    writeln!(out, "\n{}", count(rows.len(), "row"))
}

/// The text that all rows have in a field, if they agree.
fn common<'a>(rows: &'a [WhoCanRow], field: impl Fn(&'a WhoCanRow) -> &'a str) -> Option<&'a str> {
    let (first, others) = rows.split_first()?;
    let text = field(first);
    others.iter().all(|row| field(row) == text).then_some(text)
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
        Heading::new("ACCOUNT", 12),
        Heading::new("PRINCIPALS", 12),
        Heading::new("ACTIONS", 12),
        Heading::new("DECISIONS", 12),
        Heading::new("FOR EXAMPLE", 12),
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
        vec![account.to_owned(), kinds.join(", "), actions, decisions.join(", "), name(example).to_owned()]
    });
    screen.list(&HEADINGS, cells, out)?;
    let total = format!("{} in {}", count(rows.len(), "row"), count(accounts, "group"));
    writeln!(out, "\n{total}; `--account` shows those of one, `--format jsonl` or `csv` lists all")
}
