//! JSON as a flat tree in which every value and key has its span.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

use super::json_path::{JsonPath, Step};
use super::problem::{Place, Problem, ProblemCode};
use super::span::Span;

/// How many levels of arrays and objects are too many: a text is read if it nests fewer.
pub const NESTING_LIMIT: u32 = 128;

/// A JSON text and its values.
///
/// One vector holds all values in the order of the text, so that a tree costs one allocation, and walking it touches
/// memory in order. serde_json does the parsing; the spans come from following the text beside it.
pub struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy)]
struct Node {
    span: Span,
    /// The node after the last descendant.
    end: u32,
    /// The container; the root's is the root.
    parent: u32,
    /// Which child of its container this is. A key and its value share the number.
    position: u32,
    tag: Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Null,
    Boolean,
    Number,
    PlainString,
    EscapedString,
    Array,
    Object,
}

/// One value of a [`Tree`].
#[derive(Clone, Copy)]
pub struct Value<'t, 'a> {
    tree: &'t Tree<'a>,
    node: u32,
}

/// One member of an object. The key is a string [`Value`] of its own, so it has a span.
#[derive(Clone, Copy)]
pub struct Member<'t, 'a> {
    /// The key.
    pub key: Value<'t, 'a>,
    /// The value.
    pub value: Value<'t, 'a>,
}

/// The content of a [`Value`].
pub enum Kind<'t, 'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, with its escapes resolved.
    String(Cow<'a, str>),
    /// An array: its elements.
    Array(Items<'t, 'a>),
    /// An object: its members, repeated keys included.
    Object(Members<'t, 'a>),
}

impl<'a> Tree<'a> {
    /// Reads a JSON text. A byte order mark in front is passed over.
    ///
    /// # Errors
    /// One problem with its place: not JSON, truncated, nested too deep, too long.
    pub fn parse(text: &'a str) -> Result<Self, Box<Problem>> {
        if u32::try_from(text.len()).is_err() {
            let message = format!("a text of {} bytes is longer than 4 GiB", text.len());
            return Err(Box::new(Problem::error(ProblemCode::TooLong, message, Place::default())));
        }
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut builder =
            Builder { text, at: start, nodes: Vec::with_capacity(text.len() / 16), too_deep: None };
        let mut deserializer = serde_json::Deserializer::from_str(text.get(start..).unwrap_or_default());
        let result =
            Reader { builder: &mut builder, parent: 0, position: 0, depth: 0 }.deserialize(&mut deserializer);
        match result.and_then(|()| deserializer.end()) {
            Ok(()) => Ok(Self { text, nodes: builder.nodes }),
            Err(error) => Err(Box::new(builder.problem(start, &error))),
        }
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value { tree: self, node: 0 }
    }

    fn node(&self, node: u32) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(Node {
            span: Span::new(0, 0),
            end: node,
            parent: 0,
            position: 0,
            tag: Tag::Null,
        })
    }
}

impl<'t, 'a> Value<'t, 'a> {
    /// Where the value stands; a string with its quotes.
    pub fn span(self) -> Span {
        self.tree.node(self.node).span
    }

    /// The value as written.
    pub fn source(self) -> &'a str {
        self.span().of(self.tree.text)
    }

    /// The content.
    pub fn kind(self) -> Kind<'t, 'a> {
        match self.tree.node(self.node).tag {
            Tag::Null => Kind::Null,
            Tag::Boolean => Kind::Boolean(self.source() == "true"),
            Tag::Number => Kind::Number(self.source()),
            Tag::PlainString | Tag::EscapedString => Kind::String(self.text().unwrap_or_default()),
            Tag::Array => Kind::Array(Items(self.children())),
            Tag::Object => Kind::Object(Members(self.children())),
        }
    }

    /// The content of a string; none for other values.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let source = self.source();
        match self.tree.node(self.node).tag {
            Tag::PlainString => source.get(1..source.len().saturating_sub(1)).map(Cow::Borrowed),
            Tag::EscapedString => serde_json::from_str(source).ok().map(Cow::Owned),
            _ => None,
        }
    }

    /// Whether this is a string without escapes, so that an offset into its content is one into the text.
    pub fn is_plain_string(self) -> bool {
        self.tree.node(self.node).tag == Tag::PlainString
    }

    /// The elements of an array; none for other values.
    pub fn items(self) -> Option<Items<'t, 'a>> {
        (self.tree.node(self.node).tag == Tag::Array).then(|| Items(self.children()))
    }

    /// The members of an object; none for other values.
    pub fn members(self) -> Option<Members<'t, 'a>> {
        (self.tree.node(self.node).tag == Tag::Object).then(|| Members(self.children()))
    }

    /// The type with its article, for messages: `an array`.
    pub fn type_name(self) -> &'static str {
        match self.tree.node(self.node).tag {
            Tag::Null => "null",
            Tag::Boolean => "a boolean",
            Tag::Number => "a number",
            Tag::PlainString | Tag::EscapedString => "a string",
            Tag::Array => "an array",
            Tag::Object => "an object",
        }
    }

    /// The way from the root. A key has the path of its value.
    pub fn path(self) -> JsonPath {
        let mut steps = Vec::new();
        let mut node = self.node;
        while node != 0 {
            let Node { parent, position, tag, .. } = self.tree.node(node);
            let container = Value { tree: self.tree, node: parent };
            if self.tree.node(parent).tag == Tag::Array {
                steps.push(Step::Index(position));
            } else {
                let key = self.key_of(node, tag, container);
                steps.push(Step::Key(key.text().unwrap_or_default().into()));
            }
            node = parent;
        }
        steps.into_iter().rev().collect()
    }

    /// Path and span.
    pub fn place(self) -> Place {
        Place { path: self.path(), span: self.span() }
    }

    /// The key of a member, given the node of the key or of the value. The value follows its key.
    fn key_of(self, node: u32, tag: Tag, container: Self) -> Self {
        let is_string = matches!(tag, Tag::PlainString | Tag::EscapedString);
        let position = |node: u32| self.tree.node(node).position;
        let next = self.tree.node(node).end;
        let is_key = is_string
            && next < self.tree.node(container.node).end
            && self.tree.node(next).parent == container.node
            && position(next) == position(node);
        Self { tree: self.tree, node: if is_key { node } else { node - 1 } }
    }

    fn children(self) -> Children<'t, 'a> {
        Children { tree: self.tree, next: self.node + 1, end: self.tree.node(self.node).end }
    }
}

#[derive(Clone)]
struct Children<'t, 'a> {
    tree: &'t Tree<'a>,
    next: u32,
    end: u32,
}

impl<'t, 'a> Children<'t, 'a> {
    fn next(&mut self) -> Option<Value<'t, 'a>> {
        if self.next >= self.end {
            return None;
        }
        let value = Value { tree: self.tree, node: self.next };
        self.next = self.tree.node(self.next).end;
        Some(value)
    }
}

/// The elements of an array, in their order.
#[derive(Clone)]
pub struct Items<'t, 'a>(Children<'t, 'a>);

impl<'t, 'a> Iterator for Items<'t, 'a> {
    type Item = Value<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// The members of an object, in their order, repeated keys included.
#[derive(Clone)]
pub struct Members<'t, 'a>(Children<'t, 'a>);

impl<'t, 'a> Iterator for Members<'t, 'a> {
    type Item = Member<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(Member { key: self.0.next()?, value: self.0.next()? })
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

    fn close(&mut self, node: u32) {
        let end = self.skip() + 1;
        let last = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.span.end = end as u32;
            node.end = last;
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
        for position in 0.. {
            let reader = Reader { builder: &mut *builder, parent, position, depth: depth + 1 };
            if items.next_element_seed(reader)?.is_none() {
                break;
            }
        }
        builder.close(parent);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let slot = self.slot();
        let Self { builder, depth, .. } = self;
        let parent = builder.open(slot, Tag::Object);
        for position in 0.. {
            let key = Key(Reader { builder: &mut *builder, parent, position, depth });
            if members.next_key_seed(key)?.is_none() {
                break;
            }
            members.next_value_seed(Reader { builder: &mut *builder, parent, position, depth: depth + 1 })?;
        }
        builder.close(parent);
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
