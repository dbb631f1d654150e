//! Builds a [`Tree`](super::Tree): serde_json parses, and a cursor follows the text beside it.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{NESTING_LIMIT, Node, Tag};
use crate::document::json_path::JsonPath;
use crate::document::problem::{Place, Problem, ProblemCode};
use crate::document::span::Span;

/// The nodes of a text, in its order.
pub(super) fn build(text: &str) -> Result<Vec<Node>, Box<Problem>> {
    if u32::try_from(text.len()).is_err() {
        let message = format!("a text of {} bytes is longer than 4 GiB", text.len());
        return Err(Box::new(Problem::error(ProblemCode::TooLong, message, Place::default())));
    }
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut builder = Builder { text, at: start, nodes: Vec::with_capacity(text.len() / 12), too_deep: None };
    let mut deserializer = serde_json::Deserializer::from_str(text.get(start..).unwrap_or_default());
    let root = Reader { builder: &mut builder, parent: 0, position: 0, depth: 0 };
    match root.deserialize(&mut deserializer).and_then(|()| deserializer.end()) {
        Ok(()) => Ok(builder.nodes),
        Err(error) => Err(Box::new(builder.problem(start, &error))),
    }
}

/// The tree under construction. `at` is the end of what was read last, so what comes next is found from there.
struct Builder<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    too_deep: Option<usize>,
}

impl Builder<'_> {
    /// The offset of the next value or key: only white space, commas and colons lie before it.
    fn skip(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = bytes.get(self.at) {
            self.at += 1;
        }
        self.at
    }

    fn leaf(&mut self, reader: (u32, u32), start: usize, end: usize, tag: Tag) {
        let (parent, position) = reader;
        let end_node = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            span: Span::new(start as u32, end as u32),
            end: end_node,
            parent,
            position,
            length: 0,
            tag,
        });
        self.at = end;
    }

    /// Takes a string that serde_json has read without escapes (`plain`) or with.
    fn string(&mut self, reader: (u32, u32), plain: Option<usize>) {
        let start = self.skip();
        let (end, tag) = match plain {
            Some(length) => (start + length + 2, Tag::PlainString),
            None => (end_of_string(self.text.as_bytes(), start), Tag::EscapedString),
        };
        self.leaf(reader, start, end, tag);
    }

    fn open(&mut self, reader: (u32, u32), tag: Tag) -> u32 {
        let node = self.nodes.len() as u32;
        let start = self.skip();
        self.leaf(reader, start, start + 1, tag);
        node
    }

    fn close(&mut self, node: u32, length: u32) {
        let end = self.skip() + 1;
        let last = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.span.end = end as u32;
            node.end = last;
            node.length = length;
        }
        self.at = end;
    }

    /// What serde_json reports, with a place. Its column counts bytes, from 1.
    fn problem(&self, start: usize, error: &serde_json::Error) -> Problem {
        let place = |offset: usize| {
            let offset = floor_char(self.text, offset.min(self.text.len()));
            let length =
                self.text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            Place { path: JsonPath::root(), span: Span::new(offset as u32, (offset + length) as u32) }
        };
        if let Some(offset) = self.too_deep {
            let message = format!("nesting reaches the limit of {NESTING_LIMIT} levels here");
            return Problem::error(ProblemCode::NestedTooDeep, message, place(offset))
                .with_help(format!("arrays and objects may nest {} levels deep", NESTING_LIMIT - 1));
        }
        let body = self.text.get(start..).unwrap_or_default();
        let line_start = match error.line() {
            0 | 1 => 0,
            line => {
                memchr::memchr_iter(b'\n', body.as_bytes()).nth(line - 2).map_or(0, |newline| newline + 1)
            }
        };
        let offset = start + line_start + error.column().saturating_sub(1);
        if error.is_eof() {
            let message = "the JSON text ends before it is complete";
            return Problem::error(ProblemCode::TruncatedJson, message, place(self.text.len()));
        }
        let text = error.to_string();
        let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
        Problem::error(ProblemCode::NotJson, format!("this is not JSON: {reason}"), place(offset))
    }
}

/// The offset after the closing quote of the string that starts at `start`; the string is known to be complete.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

fn floor_char(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Reads one value into the tree.
struct Reader<'b, 'a> {
    builder: &'b mut Builder<'a>,
    parent: u32,
    position: u32,
    depth: u32,
}

impl Reader<'_, '_> {
    fn slot(&self) -> (u32, u32) {
        (self.parent, self.position)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let start = self.builder.skip();
        match self.builder.text.as_bytes().get(start) {
            // As a number of Rust it would lose its text, or be out of range.
            Some(b'-' | b'0'..=b'9') => {
                let raw: &RawValue = serde::Deserialize::deserialize(deserializer)?;
                let end = start + raw.get().len();
                let slot = self.slot();
                self.builder.leaf(slot, start, end, Tag::Number);
                Ok(())
            }
            Some(b'[' | b'{') if self.depth + 1 >= NESTING_LIMIT => {
                self.builder.too_deep = Some(start);
                Err(serde::de::Error::custom("nested too deep"))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        let (slot, start) = (self.slot(), self.builder.skip());
        self.builder.leaf(slot, start, start + 4, Tag::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        let (slot, start) = (self.slot(), self.builder.skip());
        self.builder.leaf(slot, start, start + if value { 4 } else { 5 }, Tag::Boolean);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, content: &'de str) -> Result<(), E> {
        let slot = self.slot();
        self.builder.string(slot, Some(content.len()));
        Ok(())
    }

    fn visit_str<E>(self, _content: &str) -> Result<(), E> {
        let slot = self.slot();
        self.builder.string(slot, None);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let slot = self.slot();
        let Self { builder, depth, .. } = self;
        let parent = builder.open(slot, Tag::Array);
        let mut position = 0;
        loop {
            let reader = Reader { builder: &mut *builder, parent, position, depth: depth + 1 };
            if items.next_element_seed(reader)?.is_none() {
                break;
            }
            position += 1;
        }
        builder.close(parent, position);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let slot = self.slot();
        let Self { builder, depth, .. } = self;
        let parent = builder.open(slot, Tag::Object);
        let mut position = 0;
        loop {
            let key = Key(Reader { builder: &mut *builder, parent, position, depth });
            if members.next_key_seed(key)?.is_none() {
                break;
            }
            members.next_value_seed(Reader { builder: &mut *builder, parent, position, depth: depth + 1 })?;
            position += 1;
        }
        builder.close(parent, position);
        Ok(())
    }
}

/// Reads a key; a key may start like a number only inside its quotes.
struct Key<'b, 'a>(Reader<'b, 'a>);

impl<'de> DeserializeSeed<'de> for Key<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self.0)
    }
}
