//! JSON as a flat tree in which every value and key has its span; order and white space mean nothing (S-GRAM-13).

mod build;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::json_path::{JsonPath, Step};
use super::problem::{Place, Problem};
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
    /// How many elements or members there are.
    length: u32,
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
        build::build(text).map(|nodes| Self { text, nodes })
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
            length: 0,
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
        let Node { span, tag, .. } = self.tree.node(self.node);
        match tag {
            Tag::PlainString => {
                self.tree.text.get(span.start as usize + 1..span.end as usize - 1).map(Cow::Borrowed)
            }
            Tag::EscapedString => serde_json::from_str(self.source()).ok().map(Cow::Owned),
            _ => None,
        }
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
        let Node { end, length, .. } = self.tree.node(self.node);
        Children { tree: self.tree, next: self.node + 1, end, left: length as usize }
    }
}

#[derive(Clone)]
struct Children<'t, 'a> {
    tree: &'t Tree<'a>,
    next: u32,
    end: u32,
    /// How many elements or members are still to come.
    left: usize,
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
        self.0.left = self.0.left.saturating_sub(1);
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left, Some(self.0.left))
    }
}

impl ExactSizeIterator for Items<'_, '_> {}

/// The members of an object, in their order, repeated keys included.
#[derive(Clone)]
pub struct Members<'t, 'a>(Children<'t, 'a>);

impl<'t, 'a> Iterator for Members<'t, 'a> {
    type Item = Member<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.left = self.0.left.saturating_sub(1);
        Some(Member { key: self.0.next()?, value: self.0.next()? })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left, Some(self.0.left))
    }
}

impl ExactSizeIterator for Members<'_, '_> {}
