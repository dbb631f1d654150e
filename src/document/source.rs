//! The text of a file, and lines and columns in it.

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use super::json_path::JsonPath;
use super::problem::{Place, Problem, ProblemCode};
use super::span::Span;

/// A file: its name and its text.
#[derive(Debug)]
pub struct Source {
    name: Box<str>,
    text: String,
    lines: OnceLock<LineIndex>,
}

/// A file whose bytes are no text that can be read: what is wrong, and the text as far as it goes.
#[derive(Debug)]
pub struct NotText {
    /// The file, with a replacement character for every byte that makes no sense.
    pub source: Source,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A place in a file, as users see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The JSON path from the root of the file.
    pub path: JsonPath,
}

impl Source {
    /// A text with the name under which messages show it.
    pub fn new(name: impl Into<Box<str>>, text: String) -> Self {
        Self { name: name.into(), text, lines: OnceLock::new() }
    }

    /// The text that the bytes of a file make.
    ///
    /// # Errors
    /// Bytes that are not UTF-8, or more than four gigabytes of them.
    pub fn from_bytes(name: impl Into<Box<str>>, bytes: Vec<u8>) -> Result<Self, Box<NotText>> {
        if u32::try_from(bytes.len()).is_err() {
            let message = format!("the file has {} bytes, more than 4 GiB", bytes.len());
            let problem = Problem::error(ProblemCode::TooLong, message, Place::default());
            return Err(Box::new(NotText { source: Self::new(name, String::new()), problem }));
        }
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Self::new(name, text)),
            Err(error) => error,
        };
        let start = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(start).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
        let place = Place { path: JsonPath::root(), span: Span::new(start as u32, end as u32) };
        let message = format!("the byte 0x{byte:02x} is not UTF-8 here");
        let problem = Problem::error(ProblemCode::NotUtf8, message, place);
        Err(Box::new(NotText { source: Self::new(name, text), problem }))
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a place in the text.
    pub fn locate(&self, place: &Place) -> Location {
        let (line, column) = self.line_and_column(place.span.start);
        Location { line, column, path: place.path.clone() }
    }

    /// The line, and the column in characters, of an offset into the text, both from 1.
    pub fn line_and_column(&self, offset: u32) -> (u32, u32) {
        self.lines.get_or_init(|| LineIndex::new(&self.text)).line_and_column(&self.text, offset)
    }

    /// The span of the line that holds an offset, without its line break.
    pub(super) fn line(&self, offset: u32) -> Span {
        let bytes = self.text.as_bytes();
        let offset = (offset as usize).min(bytes.len());
        let (before, after) = bytes.split_at(offset);
        let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let end = memchr::memchr(b'\n', after).map_or(bytes.len(), |length| offset + length);
        let end = if end > start && bytes.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        Span::new(start as u32, end as u32)
    }
}

/// Where lines begin; and, for long lines, how many characters lie before every so many bytes: a line may be the whole of a
/// large file.
#[derive(Debug)]
struct LineIndex {
    line_starts: Vec<u32>,
    characters: OnceLock<Vec<u32>>,
}

/// The distance of two counts of characters.
const STRIDE: usize = 4096;

impl LineIndex {
    fn new(text: &str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1))
            .collect();
        Self { line_starts, characters: OnceLock::new() }
    }

    fn line_and_column(&self, text: &str, offset: u32) -> (u32, u32) {
        let offset = offset.min(text.len() as u32);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = text.as_bytes().get(start as usize..offset as usize).unwrap_or_default();
        let characters = match before.len() {
            0..STRIDE => characters_in(before),
            _ => self.characters_before(text, offset) - self.characters_before(text, start),
        };
        (line as u32, characters + 1)
    }

    /// How many characters begin before every so many bytes.
    fn characters(&self, text: &str) -> &[u32] {
        self.characters.get_or_init(|| {
            let mut before = 0;
            let chunks = text.as_bytes().chunks(STRIDE);
            let counts = chunks.map(|chunk| {
                let after = before + characters_in(chunk);
                std::mem::replace(&mut before, after)
            });
            counts.collect()
        })
    }

    fn characters_before(&self, text: &str, offset: u32) -> u32 {
        let chunk = offset as usize / STRIDE;
        let rest = text.as_bytes().get(chunk * STRIDE..offset as usize).unwrap_or_default();
        match self.characters(text).get(chunk) {
            Some(before) => before + characters_in(rest),
            // The end of a text that fills its last chunk.
            None => characters_in(text.as_bytes()),
        }
    }
}

/// How many characters start in a piece of UTF-8.
fn characters_in(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u32
}
