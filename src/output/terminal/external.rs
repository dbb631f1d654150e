//! The answer to `report --external`, for people.

use std::io::{self, Write};

use super::super::external::{ExternalAnswer, ExternalRow};
use super::super::words::ScopeWord;
use super::{Heading, Names, Screen, describe, or_dash, write_remarks};

/// Of more actions than this a cell gives the number.
const ACTIONS_SHOWN: usize = 3;

const HEADINGS: [Heading; 7] = [
    Heading::new("RESOURCE", 20),
    Heading::new("ACCOUNT", 12),
    Heading::new("SCOPE", 12),
    Heading::new("WHO", 12),
    Heading::new("ACTIONS", 16),
    Heading::new("CONDITION", 12),
    Heading::new("STATEMENT", 12),
];

/// Writes a line for each way in, the widest first.
///
/// # Errors
/// `out` cannot be written.
pub fn show_external(
    answer: &ExternalAnswer,
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    let mut rows: Vec<&ExternalRow> = answer.rows.iter().collect();
    rows.sort_by_key(|row| row.scope);
    let names = Names::among(rows.iter().map(|row| &*row.who));
    let cells = rows.iter().map(|row| {
        let statements: Vec<String> = row.statements.iter().map(describe).collect();
        vec![
            row.part.clone(),
            or_dash(row.resource_account.as_deref().unwrap_or_default()),
            row.scope.to_string(),
            names.of(&row.who),
            actions(&row.actions),
            or_dash(row.condition.as_ref().map_or("", |condition| &condition.text)),
            or_dash(&statements.join(" ")),
        ]
    });
    if !rows.is_empty() {
        screen.list(&HEADINGS, cells, out)?;
        writeln!(out)?;
    }
    let counts = ScopeWord::ALL.iter().map(|scope| {
        let of_scope = rows.iter().filter(|row| row.scope == *scope).count();
        format!("{of_scope} {scope}")
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    let ways = if rows.len() == 1 { "way" } else { "ways" };
    writeln!(out, "{} {ways} in: {counts}", rows.len())?;
    write_remarks(out, &answer.missing, &answer.assumed)
}

fn actions(actions: &[String]) -> String {
    match actions.len() {
        0..=ACTIONS_SHOWN => actions.join(" "),
        many => {
            let shown = actions.iter().take(ACTIONS_SHOWN).cloned().collect::<Vec<_>>().join(" ");
            format!("{shown} … {} more", many - ACTIONS_SHOWN)
        }
    }
}
