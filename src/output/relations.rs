//! What programs can read, as plain data and for people.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::findings::wrap;
use super::rows::{Answer, Row};

/// The relations that programs can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationList {
    /// The relations, in the order of their documentation.
    pub relations: Vec<RelationView>,
}

/// A relation that programs can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelationView {
    /// Its name.
    pub relation: String,
    /// Its columns.
    pub columns: Vec<ColumnView>,
    /// The sets of columns of which one must be bound; none: it can be read whole.
    pub needs: Vec<Vec<String>>,
    /// What a row says.
    pub documentation: String,
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// What it holds: `string`, `symbol`, `number`, `boolean`, or a list such as `[string]`.
    #[serde(rename = "type")]
    pub of: String,
    /// All words that it can hold; empty: there are others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<&'static str>,
}

impl RelationView {
    /// `member(user: string, group: string)`
    fn head(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{}: {}", column.name, column.of)).collect();
        format!("{}({})", self.relation, columns.join(", "))
    }

    /// `action, or principal and resource`
    fn need(&self) -> String {
        self.needs.iter().map(|set| set.join(" and ")).collect::<Vec<_>>().join(", or ")
    }
}

impl Answer for RelationList {
    type Row = RelationView;

    fn rows(&self) -> &[RelationView] {
        &self.relations
    }
}

impl Row for RelationView {
    const COLUMNS: &'static [&'static str] = &["relation", "columns", "needs", "documentation"];

    fn fields(&self) -> Vec<Cow<'_, str>> {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{}: {}", column.name, column.of)).collect();
        vec![
            self.relation.as_str().into(),
            columns.join(";").into(),
            self.need().into(),
            self.documentation.as_str().into(),
        ]
    }
}

/// Writes relations for people.
///
/// # Errors
/// `out` can't be written.
pub fn show_relations(list: &RelationList, out: &mut dyn Write) -> io::Result<()> {
    for (index, relation) in list.relations.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", relation.head())?;
        wrap(out, "    ", &relation.documentation)?;
        for column in relation.columns.iter().filter(|column| !column.words.is_empty()) {
            wrap(out, "    ", &format!("{}: `{}`.", column.name, column.words.join("`, `")))?;
        }
        if !relation.needs.is_empty() {
            wrap(out, "    ", &format!("Needs a value for {}.", relation.need()))?;
        }
    }
    Ok(())
}
