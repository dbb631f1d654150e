//! Messages of findings: text with variables in braces.

use crate::datalog::text::ast::Name;
use crate::datalog::text::{Code, Problem, Value, print};
use crate::document::Span;

/// A text with places for values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Its parts in their order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Text as it is.
    Text(Box<str>),
    /// The value of a column of [`Finding::details`](super::Finding::details).
    Column(usize),
}

impl Template {
    /// The text for a row of the details of a finding. Texts and words stand without quotes, and lists without brackets.
    pub fn fill(&self, row: &[Value]) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Column(column) => {
                    row.get(*column).into_iter().for_each(|value| show(value, &mut text));
                }
            }
        }
        text
    }
}

fn show(value: &Value, text: &mut String) {
    match value {
        Value::Text(value) | Value::Symbol(value) => text.push_str(value),
        Value::List(values) => {
            for (index, value) in values.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                show(value, text);
            }
        }
        Value::Number(_) | Value::Boolean(_) => {
            let mut shown = Vec::new();
            // A vector takes all.
            let _ = print::write_value(value, &mut shown);
            text.push_str(&String::from_utf8_lossy(&shown));
        }
    }
}

/// A part of a text whose variables are names yet, and where it stands.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Variable(String, Span),
}

/// Takes a text apart.
///
/// # Errors
/// Its braces make no sense.
pub(super) fn read(text: &Name) -> Result<Vec<Piece>, Problem> {
    let wrong = |message: String, span: Span| {
        Problem::new(Code::Template, message, span)
            .with_help("a variable stands in braces: `{Role}`; braces themselves are `{{` and `}}`")
    };
    // Without escapes, places in the text are places in the file.
    let plain = (text.span.end - text.span.start) as usize == text.value.len() + 2;
    let place = |start: usize, end: usize| match plain {
        true => Span::new(text.span.start + 1 + start as u32, text.span.start + 1 + end as u32),
        false => text.span,
    };
    let mut pieces = Vec::new();
    let mut plain_text = String::new();
    let mut rest = &*text.value;
    while let Some(at) = rest.find(['{', '}']) {
        let start = text.value.len() - rest.len() + at;
        let (before, from) = rest.split_at(at);
        plain_text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            plain_text.push_str(from.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let Some(inner) = from.strip_prefix('{') else {
            return Err(wrong("this `}` closes nothing".to_owned(), place(start, start + 1)));
        };
        let Some((name, after)) = inner.split_once('}') else {
            return Err(wrong("this `{` is not closed".to_owned(), place(start, start + 1)));
        };
        let span = place(start, start + name.len() + 2);
        let variable = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && name != "_"
        };
        if !variable(name) {
            return Err(wrong(format!("`{{{name}}}` holds no variable"), span));
        }
        pieces.push(Piece::Text(std::mem::take(&mut plain_text)));
        pieces.push(Piece::Variable(name.to_owned(), span));
        rest = after;
    }
    plain_text.push_str(rest);
    pieces.push(Piece::Text(plain_text));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    Ok(pieces)
}
