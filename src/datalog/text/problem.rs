//! What is wrong with a rule file, and where.

mod code;

pub use code::Code;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::document::{Source, Span};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of mistake it is.
    pub code: Code,
    /// One line: lower case, no full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// One remedy, in the same manner.
    pub help: Option<String>,
}

/// A line is shown whole up to this many bytes; of a longer one so many before and after the place.
const WHOLE: usize = 160;
const BEFORE: usize = 60;
const AFTER: usize = 80;

impl Problem {
    /// A problem without help.
    pub fn new(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self { code, message: message.into(), span, help: None }
    }

    /// The problem with a remedy.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem as a person reads it: message, place, the line with what it is about underlined, and the help.
    pub fn render(&self, source: &Source) -> String {
        let (text, start) = (source.text(), self.span.start as usize);
        let (line, column) = source.line_and_column(self.span.start);
        let before = text.get(..start).unwrap_or(text);
        let from = before.rfind('\n').map_or(0, |newline| newline + 1);
        let until = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| start + end);
        let (first, last) = match until - from <= WHOLE {
            true => (from, until),
            false => (
                boundary(text, start.saturating_sub(BEFORE).max(from)),
                boundary(text, (start + AFTER).min(until)),
            ),
        };
        let shown = text.get(first..last).unwrap_or_default().trim_end_matches('\r');
        let underlined = start - first
            ..(self.span.end as usize).clamp(start, first + shown.len().max(start - first)) - first;
        let path = format!("{}:{line}:{column}", source.name());
        let snippet = Snippet::source(shown).line_start(line as usize).path(&*path);
        let annotation = AnnotationKind::Primary.span(underlined).label(self.help.as_deref());
        let group = Level::ERROR
            .primary_title(&*self.message)
            .id(self.code.name())
            .element(snippet.annotation(annotation));
        let rendered = Renderer::plain().render(&[group]);
        // The renderer adds the line and column of the piece that it was given.
        match rendered.split_once(&*path) {
            Some((before, after)) => {
                let after = after.trim_start_matches(|next: char| next == ':' || next.is_ascii_digit());
                format!("{before}{path}{after}")
            }
            None => rendered,
        }
    }
}

/// The offset of the character that an offset lies in.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset).rev().find(|&offset| text.is_char_boundary(offset)).unwrap_or(0)
}
