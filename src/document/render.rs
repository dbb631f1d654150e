//! Problems as users read them, with the line of the file and what to look at in it.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::problem::{Place, Problem, Severity};
use super::source::Source;

/// Whether a rendered problem has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// With the escapes of a terminal.
    Coloured,
}

/// How many bytes of a line are shown before and after the start of what is underlined.
const BEFORE: u32 = 60;
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
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&*problem.message).id(problem.code.as_str());
    let mut group = underlined(
        title.element(origin(source, &problem.place)),
        source,
        &problem.place,
        problem.help.as_deref(),
    );
    if let Some(also) = &problem.also {
        group = group.element(Level::NOTE.message("it stands here first"));
        group = underlined(group.element(origin(source, also)), source, also, None);
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&[group])
}

fn origin<'a>(source: &Source, place: &Place) -> Origin<'a> {
    let location = source.locate(place);
    Origin::path(format!("{}:{}:{}, at {}", source.name(), location.line, location.column, location.path))
}

/// Adds the line of a place, or of a long line the piece around it.
fn underlined<'a>(group: Group<'a>, source: &Source, place: &Place, label: Option<&'a str>) -> Group<'a> {
    let text = source.text();
    let line = source.line(place.span.start);
    if line.start == line.end {
        return match label {
            Some(label) => group.element(Level::HELP.message(label)),
            None => group,
        };
    }
    let start = place.span.start.clamp(line.start, line.end);
    let shown_start = character_at(text, start.saturating_sub(BEFORE).max(line.start));
    let shown_end = character_at(text, start.saturating_add(AFTER).min(line.end));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let (before, after) = (cut(shown_start > line.start), cut(shown_end < line.end));
    let shown = text.get(shown_start as usize..shown_end as usize).unwrap_or_default();
    let end = place.span.end.clamp(start, shown_end.max(start));
    let offset = |at: u32| before.len() + (at - shown_start) as usize;
    let annotation = AnnotationKind::Primary.span(offset(start)..offset(end)).label(label.map(str::to_owned));
    let (number, _) = source.line_and_column(start);
    let snippet = Snippet::source(format!("{before}{shown}{after}")).line_start(number as usize);
    group.element(snippet.annotation(annotation))
}

/// The offset of the character that an offset lies in.
fn character_at(text: &str, offset: u32) -> u32 {
    (0..=offset).rev().find(|&offset| text.is_char_boundary(offset as usize)).unwrap_or(0)
}
