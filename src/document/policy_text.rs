//! The three forms in which exports hold a policy: an object, a JSON string, a URL-encoded string (D-IAM-02).

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::json_path::JsonPath;
use super::problem::{Place, Problem, ProblemCode};
use super::source::Source;
use super::span::Span;

/// The text of a policy, freed from the form in which its file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText<'a> {
    /// The policy as JSON text; what [`parse`](super::parse) takes and spans of its result count in.
    pub text: Cow<'a, str>,
    /// The form it was in.
    pub form: PolicyForm,
}

/// How a file holds the text of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyForm {
    /// As JSON in its JSON.
    Object,
    /// As a JSON string that holds JSON text.
    Escaped,
    /// As a JSON string that holds URL-encoded JSON text (RFC 3986: `+` is a plus).
    Encoded,
}

impl<'a> PolicyText<'a> {
    /// Reads the JSON text of the value that stands where a policy belongs.
    ///
    /// Whether the result is a policy is for [`parse`](super::parse) to find out: `[]` and `"x"` have a text too.
    /// What `null` means depends on where it stands, so ask before.
    ///
    /// # Errors
    /// A string whose escapes make no text. The place counts in `value`, as if its form were [`PolicyForm::Object`].
    pub fn decode(value: &'a str) -> Result<Self, Box<Problem>> {
        if !value.starts_with('"') {
            return Ok(Self { text: Cow::Borrowed(value), form: PolicyForm::Object });
        }
        let whole = || Place { path: JsonPath::root(), span: Span::new(0, value.len() as u32) };
        let content: Cow<'a, str> = match serde_json::from_str::<String>(value) {
            Ok(content) => content.into(),
            Err(_) => {
                let message = "the escapes of this string do not make text";
                return Err(Box::new(Problem::error(ProblemCode::NotJson, message, whole())));
            }
        };
        if content.trim_start().starts_with('{') || !content.contains('%') {
            return Ok(Self { text: content, form: PolicyForm::Escaped });
        }
        match percent_decode_str(&content).decode_utf8() {
            Ok(text) => Ok(Self { text: text.into_owned().into(), form: PolicyForm::Encoded }),
            Err(_) => {
                let message = "the URL-encoded bytes of this policy are not UTF-8";
                Err(Box::new(Problem::error(ProblemCode::NotUtf8, message, whole())))
            }
        }
    }
}

/// Where a file holds a policy: what leads from places in the policy to places in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The value that holds the policy, a string with its quotes.
    pub span: Span,
    /// The form of that value.
    pub form: PolicyForm,
    /// The path to that value.
    pub path: JsonPath,
}

impl Origin {
    /// Where a file holds a policy and nothing else, in any form.
    ///
    /// The form is [`PolicyForm::Object`] until [`PolicyText::decode`] has read [`Origin::value`].
    pub fn file(source: &Source) -> Self {
        let text = source.text();
        let value = text.trim_start_matches('\u{feff}').trim();
        let span = Span::of_slice(text, value).unwrap_or_default();
        Self { span, form: PolicyForm::Object, path: JsonPath::root() }
    }

    /// The JSON text of the value that holds the policy.
    pub fn value<'s>(&self, source: &'s Source) -> &'s str {
        self.span.of(source.text())
    }

    /// The place in the file of a place in the policy.
    ///
    /// In a string the span is led back through the escapes. In a URL-encoded one it is that of the whole string; the
    /// path still leads to the element.
    pub fn place(&self, source: &Source, place: &Place) -> Place {
        let path = self.path.clone().join(&place.path);
        let outer = |offset: u32| self.span.start.saturating_add(offset).min(self.span.end);
        let span = match self.form {
            PolicyForm::Object => Span::new(outer(place.span.start), outer(place.span.end)),
            PolicyForm::Escaped => {
                let value = self.value(source);
                Span::new(
                    outer(escaped_offset(value, place.span.start)),
                    outer(escaped_offset(value, place.span.end)),
                )
            }
            PolicyForm::Encoded => self.span,
        };
        Place { path, span }
    }

    /// A problem of the policy as a problem of the file.
    pub fn problem(&self, source: &Source, problem: &Problem) -> Problem {
        Problem {
            place: self.place(source, &problem.place),
            also: problem.also.as_ref().map(|also| self.place(source, also)),
            ..problem.clone()
        }
    }
}

/// The offset in a JSON string, quotes included, of an offset in its content.
pub(super) fn escaped_offset(string: &str, offset: u32) -> u32 {
    let bytes = string.as_bytes();
    let (mut at, mut content) = (1, 0);
    while content < offset as usize && at < bytes.len() {
        let (written, meant) = match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\\'), Some(b'u')) => unicode_escape(string, at),
            (Some(b'\\'), _) => (2, 1),
            _ => (1, 1),
        };
        at += written;
        content += meant;
    }
    at as u32
}

/// How many bytes an escape `\uXXXX`, or a pair of them, takes, and how many the character it stands for.
fn unicode_escape(string: &str, at: usize) -> (usize, usize) {
    let unit = |at: usize| string.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match unit(at) {
        Some(0xD800..=0xDBFF) => (12, 4),
        Some(unit) => (6, char::from_u32(unit).map_or(3, char::len_utf8)),
        None => (6, 1),
    }
}
