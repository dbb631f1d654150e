//! What is laid out: clauses, in them items between commas, in them words and groups in brackets.

use crate::datalog::text::lexer::Sign;

/// Lines of a file or a test.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) clauses: Vec<Clause<'a>>,
    /// Comments behind the last clause.
    pub(super) rest: Vec<Comment<'a>>,
}

/// A comment, and whether a blank line stands before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment<'a> {
    pub(super) text: &'a str,
    pub(super) blank_before: bool,
}

/// A clause.
#[derive(Debug, Default)]
pub(super) struct Clause<'a> {
    pub(super) before: Vec<Comment<'a>>,
    pub(super) blank_before: bool,
    pub(super) docs: Vec<&'a str>,
    /// What begins it: a directive, `?-` or `expect`.
    pub(super) sign: Option<Sign>,
    /// The lines before `:-`; of a finding several.
    pub(super) head: Vec<Item<'a>>,
    pub(super) body: Vec<Item<'a>>,
    /// What stands in the braces of a test.
    pub(super) block: Option<Block<'a>>,
    /// Whether it ends with a dot.
    pub(super) dot: bool,
    /// A comment behind it on its line.
    pub(super) after: Option<&'a str>,
}

/// What stands between two commas.
#[derive(Debug, Default)]
pub(super) struct Item<'a> {
    pub(super) before: Vec<Comment<'a>>,
    pub(super) parts: Vec<Part<'a>>,
    /// A comment behind it on its line.
    pub(super) after: Option<&'a str>,
}

/// A part of an item.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// A name or value.
    Word(&'a str),
    /// A sign; a word such as `in` may stand for a name.
    Sign(Sign),
    /// Something in brackets.
    Group(Group<'a>),
}

/// Something in brackets.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) open: Sign,
    /// The variables of an aggregate.
    pub(super) head: Vec<Item<'a>>,
    pub(super) items: Vec<Item<'a>>,
    /// Comments before the closing bracket.
    pub(super) rest: Vec<Comment<'a>>,
    /// Whether a comma stands behind the last item.
    pub(super) comma: bool,
}

impl Item<'_> {
    /// Whether it needs several lines.
    pub(super) fn is_broken(&self) -> bool {
        !self.before.is_empty() || self.after.is_some() || self.has_broken_part()
    }

    /// Whether a group in it needs several lines.
    pub(super) fn has_broken_part(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Group(group) if group.is_broken()))
    }
}

impl Group<'_> {
    /// Whether it needs several lines.
    pub(super) fn is_broken(&self) -> bool {
        let broken = |items: &[Item]| items.iter().any(Item::is_broken);
        self.comma || !self.rest.is_empty() || broken(&self.head) || broken(&self.items)
    }

    /// The sign that closes it.
    pub(super) fn close(&self) -> Sign {
        match self.open {
            Sign::OpenList => Sign::CloseList,
            Sign::OpenBrace => Sign::CloseBrace,
            _ => Sign::Close,
        }
    }
}
