//! Clauses -> text that reads back as the same.

mod clause;
mod expression;

use std::io::{self, Write};

use super::ast::{Declaration, Type, Value};
pub use expression::write_literal;

/// Writes a value.
///
/// # Errors
/// `out` cannot be written.
pub fn write_value(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    match value {
        Value::Text(text) => write_text(text, out),
        Value::Symbol(word) => out.write_all(word.as_bytes()),
        Value::Number(number) => write!(out, "{number}"),
        Value::Boolean(value) => write!(out, "{value}"),
        Value::List(values) => {
            out.write_all(b"[")?;
            write_values(values.iter(), out)?;
            out.write_all(b"]")
        }
    }
}

/// Writes values with commas between them.
fn write_values<'a>(values: impl IntoIterator<Item = &'a Value>, out: &mut dyn Write) -> io::Result<()> {
    for (index, value) in values.into_iter().enumerate() {
        if index > 0 {
            out.write_all(b", ")?;
        }
        write_value(value, out)?;
    }
    Ok(())
}

fn write_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = text;
    while let Some(at) = rest.find(|next: char| matches!(next, '"' | '\\') || next.is_control()) {
        let (plain, special) = rest.split_at(at);
        out.write_all(plain.as_bytes())?;
        let mut characters = special.chars();
        match characters.next() {
            Some('\n') => out.write_all(b"\\n")?,
            Some('\r') => out.write_all(b"\\r")?,
            Some('\t') => out.write_all(b"\\t")?,
            Some(sign @ ('"' | '\\')) => write!(out, "\\{sign}")?,
            Some(control) => write!(out, "\\u{{{:x}}}", u32::from(control))?,
            None => {}
        }
        rest = characters.as_str();
    }
    out.write_all(rest.as_bytes())?;
    out.write_all(b"\"")
}

/// Writes a fact on a line of its own.
///
/// # Errors
/// `out` cannot be written.
pub fn write_fact<'a>(
    relation: &str,
    arguments: impl IntoIterator<Item = &'a Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(relation.as_bytes())?;
    out.write_all(b"(")?;
    write_values(arguments, out)?;
    out.write_all(b").\n")
}

/// Writes a declaration.
///
/// # Errors
/// `out` cannot be written.
pub fn write_declaration<'a>(
    docs: impl IntoIterator<Item = &'a str>,
    name: &str,
    columns: impl IntoIterator<Item = (&'a str, &'a Type)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for line in docs {
        writeln!(out, "/// {line}").map(drop)?;
    }
    let columns: Vec<String> = columns.into_iter().map(|(name, of)| format!("{name}: {of}")).collect();
    writeln!(out, ".decl {name}({})", columns.join(", "))
}

impl Declaration {
    /// Writes the declaration.
    ///
    /// # Errors
    /// `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.columns.iter().map(|column| (&*column.name.value, &column.of.value));
        write_declaration(self.docs.iter().map(|line| &**line), &self.name.value, columns, out)
    }
}
