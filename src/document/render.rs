//! Problems as users read them, with the line of the file and what to look at in it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::problem::{Place, Problem, Severity};
use super::source::{Location, Source};
use super::span::Span;

/// Whether a rendered problem has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the escapes of a terminal.
    Coloured,
}

/// A line is shown whole up to this many bytes; of a longer one so many before and after the start of the underlined.
const WHOLE: u32 = 120;
const BEFORE: u32 = 40;
const AFTER: u32 = 80;

/// Shows a problem of a file: message, place, the line, what is underlined and the help.
///
/// For a problem of a policy inside the file see [`Origin::problem`](super::Origin::problem).
///
/// ```text
/// error[unknown-operator]: `StringEqualz` is not a condition operator
///   --> policies/alice.json:14:9, at $.Statement[1].Condition.StringEqualz
///    |
/// 14 |         "StringEqualz": { "aws:PrincipalOrgID": "o-1" }
///    |         ^^^^^^^^^^^^^^ did you mean `StringEquals`?
/// ```
pub fn render(problem: &Problem, source: &Source, style: Style) -> String {
    let message = Message {
        tone: match problem.severity {
            Severity::Error => Tone::Error,
            Severity::Warning => Tone::Warning,
        },
        code: problem.code.as_str(),
        text: &problem.message,
        place: &problem.place,
        label: problem.help.as_deref(),
        also: problem.also.as_ref().map(|also| (also, "the first stands here")),
    };
    render_message(&message, source, style)
}

/// How loud a [`Message`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// `error`
    Error,
    /// `warning`
    Warning,
    /// `note`
    Note,
}

/// What is said of a place in a file.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// How loud it is.
    pub tone: Tone,
    /// Its stable name.
    pub code: &'a str,
    /// What is said, in one line.
    pub text: &'a str,
    /// What it is about.
    pub place: &'a Place,
    /// What stands under the place.
    pub label: Option<&'a str>,
    /// Another place that takes part, and what stands under it.
    pub also: Option<(&'a Place, &'a str)>,
}

/// Shows a message as [`render`] shows problems.
pub fn render_message(message: &Message<'_>, source: &Source, style: Style) -> String {
    let level = match message.tone {
        Tone::Error => Level::ERROR,
        Tone::Warning => Level::WARNING,
        Tone::Note => Level::NOTE,
    };
    let place = Shown::new(message.place, source);
    let also = message.also.map(|(also, label)| (Shown::new(also, source), label));
    let title = level.primary_title(message.text).id(message.code);
    let mut group = place.element(Group::with_title(title), AnnotationKind::Primary, message.label);
    if let Some((also, label)) = &also {
        group = also.element(group, AnnotationKind::Context, Some(label));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let rendered = place.header_only(&renderer.render(&[group]));
    match also {
        Some((also, _)) => also.header_only(&rendered),
        None => rendered,
    }
}

/// A place as it is shown.
struct Shown {
    /// File, line, column and path.
    header: String,
    line: u32,
    /// The line, or of a long line the piece around the place.
    text: String,
    underlined: Range<usize>,
}

impl Shown {
    fn new(place: &Place, source: &Source) -> Self {
        let Location { line, column, path } = source.locate(place);
        let header = format!("{}:{line}:{column}, at {path}", source.name());
        let (text, whole) = (source.text(), source.line(place.span.start));
        let start = place.span.start.clamp(whole.start, whole.end);
        let (from, to) = if whole.end - whole.start <= WHOLE {
            (whole.start, whole.end)
        } else {
            let from = character_at(text, start.saturating_sub(BEFORE).max(whole.start));
            (from, character_at(text, start.saturating_add(AFTER).min(whole.end)))
        };
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        let (before, after) = (cut(from > whole.start), cut(to < whole.end));
        let offset = |at: u32| before.len() + (at.clamp(from, to.max(from)) - from) as usize;
        Self {
            header,
            line,
            text: format!("{before}{}{after}", Span::new(from, to).of(text)),
            underlined: offset(start)..offset(place.span.end.max(start)),
        }
    }

    fn element<'a>(&'a self, group: Group<'a>, kind: AnnotationKind, label: Option<&'a str>) -> Group<'a> {
        let annotation = kind.span(self.underlined.clone()).label(label);
        let snippet = Snippet::source(&*self.text).line_start(self.line as usize).path(&*self.header);
        group.element(snippet.annotation(annotation))
    }

    /// Takes away the line and column that the renderer puts behind the header: those of the piece it was given.
    fn header_only(&self, rendered: &str) -> String {
        match rendered.split_once(&*self.header) {
            Some((before, after)) => {
                let after = after.trim_start_matches(|next: char| next == ':' || next.is_ascii_digit());
                format!("{before}{}{after}", self.header)
            }
            None => rendered.to_owned(),
        }
    }
}

/// The offset of the character that an offset lies in.
fn character_at(text: &str, offset: u32) -> u32 {
    (0..=offset).rev().find(|&offset| text.is_char_boundary(offset as usize)).unwrap_or(0)
}
