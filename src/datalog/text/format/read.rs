//! Tokens and comments of a text without mistakes -> what is laid out.

use std::collections::VecDeque;

use super::tree::{Block, Clause, Comment, Group, Item, Part};
use crate::datalog::text::lexer::{Lexer, Sign, Token};
use crate::document::Span;

/// Reads a text without mistakes.
pub(super) fn read(text: &str) -> Block<'_> {
    let mut tokens =
        Tokens { text, lexer: Lexer::new(text), next: None, comments: VecDeque::new(), end: 0, gap: 0 };
    tokens.advance();
    tokens.block(false)
}

struct Tokens<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    next: Option<(Span, Token<'a>)>,
    /// The comments between the last token and the next one: whether each stands behind the last token on its line.
    comments: VecDeque<(Comment<'a>, bool)>,
    /// Where the last token ended, and where the last token or comment did.
    end: u32,
    gap: u32,
}

impl<'a> Tokens<'a> {
    fn advance(&mut self) {
        if let Some((span, _)) = &self.next {
            self.end = span.end;
        }
        // A text without mistakes has no tokens that can't be read.
        self.next =
            self.lexer.next().and_then(Result::ok).map(|(start, token, end)| (Span::new(start, end), token));
        let mut end = self.end;
        for span in self.lexer.take_comments() {
            let between = Span::new(end, span.start).of(self.text);
            let comment = Comment { text: span.of(self.text).trim_end(), blank_before: is_blank(between) };
            self.comments.push_back((comment, end > 0 && !between.contains('\n') && end == self.end));
            end = span.end;
        }
        self.gap = end;
    }

    fn sign(&self) -> Option<Sign> {
        match self.next {
            Some((_, Token::Sign(sign))) => Some(sign),
            _ => None,
        }
    }

    /// Whether a blank line stands before the next token.
    fn blank_before(&self) -> bool {
        self.next.as_ref().is_some_and(|(span, _)| is_blank(Span::new(self.gap, span.start).of(self.text)))
    }

    /// The comment behind the last token on its line.
    fn trailing(&mut self) -> Option<&'a str> {
        let (comment, _) = self.comments.front().copied().filter(|(_, trailing)| *trailing)?;
        self.comments.pop_front();
        Some(comment.text)
    }

    fn others(&mut self) -> Vec<Comment<'a>> {
        self.comments.drain(..).map(|(comment, _)| comment).collect()
    }

    fn block(&mut self, in_test: bool) -> Block<'a> {
        let mut block = Block::default();
        let mut before = self.others();
        while self.next.is_some() && !(in_test && self.sign() == Some(Sign::CloseBrace)) {
            let mut clause = self.clause(in_test, before);
            clause.after = clause.after.or_else(|| self.trailing());
            block.clauses.push(clause);
            before = self.others();
        }
        block.rest = before;
        block
    }

    fn clause(&mut self, in_test: bool, before: Vec<Comment<'a>>) -> Clause<'a> {
        let mut clause = Clause { blank_before: self.blank_before(), before, ..Clause::default() };
        while let Some((_, Token::Doc(line))) = self.next {
            clause.docs.push(line);
            self.advance();
            clause.before.extend(self.others());
        }
        if let Some(sign @ (Sign::Import | Sign::Decl | Sign::Finding | Sign::Test | Sign::Ask)) = self.sign()
        {
            clause.sign = Some(sign);
            self.advance();
        } else if in_test && matches!(self.next, Some((_, Token::Name("expect")))) && !self.is_applied() {
            clause.sign = Some(Sign::Expect);
            self.advance();
        }
        match clause.sign {
            Some(Sign::Ask | Sign::Expect) => self.body(&mut clause),
            Some(Sign::Import) => clause.head.push(self.words(1)),
            Some(Sign::Decl) => clause.head.push(self.words(2)),
            Some(Sign::Test) => self.test(&mut clause),
            Some(Sign::Finding) => {
                clause.head.push(self.words(3));
                clause.head.push(self.words(1));
                while let Some(sign @ (Sign::Help | Sign::At)) = self.sign() {
                    let before = self.others();
                    self.advance();
                    let mut item = self.words(1);
                    item.before.splice(0..0, before);
                    item.parts.insert(0, Part::Sign(sign));
                    clause.head.push(item);
                }
                self.body(&mut clause);
            }
            _ => {
                clause.head.push(self.words(2));
                self.body(&mut clause);
            }
        }
        clause
    }

    fn is_applied(&self) -> bool {
        self.next.as_ref().is_some_and(|(span, _)| self.lexer.is_applied(span.end))
    }

    /// An item of so many parts.
    fn words(&mut self, count: usize) -> Item<'a> {
        let mut item = Item { before: self.others(), ..Item::default() };
        while item.parts.len() < count && self.next.is_some() {
            self.part(&mut item);
            match item.parts.len() < count {
                true => item.before.extend(self.others()),
                false => item.after = item.after.or_else(|| self.trailing()),
            }
        }
        item
    }

    fn test(&mut self, clause: &mut Clause<'a>) {
        let mut head = Item { before: self.others(), ..Item::default() };
        while self.next.is_some() && self.sign() != Some(Sign::OpenBrace) {
            self.part(&mut head);
            head.before.extend(self.others());
        }
        self.advance();
        head.after = self.trailing();
        clause.head.push(head);
        clause.block = Some(self.block(true));
        self.advance();
    }

    /// What follows the head, up to the dot.
    fn body(&mut self, clause: &mut Clause<'a>) {
        let mut before = self.others();
        if self.sign() == Some(Sign::Neck) {
            self.advance();
            if let (Some(head), Some(after)) = (clause.head.last_mut(), self.comments.front()) {
                // What stands behind `:-` belongs to the line that it ends, unless that has a comment already.
                if after.1 && head.after.is_none() && clause.sign.is_none() {
                    head.after = self.trailing();
                }
            }
        }
        before.extend(self.others());
        if self.sign() != Some(Sign::Dot) {
            let (items, rest, _) = self.items(before);
            clause.body = items;
            before = rest;
        }
        clause.dot = true;
        self.advance();
        clause.after = self.trailing();
        let last = clause.body.last().or(clause.head.last());
        if last.is_some_and(|last| last.after.is_some())
            && let Some(text) = clause.after.take()
        {
            before.push(Comment { text, blank_before: false });
        }
        // What has no place in the clause stands behind it.
        before.into_iter().rev().for_each(|comment| self.comments.push_front((comment, false)));
    }

    /// Items with commas between them, up to what closes them; the comments behind the last one; whether a comma is there too.
    fn items(&mut self, before: Vec<Comment<'a>>) -> (Vec<Item<'a>>, Vec<Comment<'a>>, bool) {
        let mut items: Vec<Item> = Vec::new();
        let mut item = Item { before, ..Item::default() };
        loop {
            let ends = matches!(
                self.sign(),
                Some(Sign::Close | Sign::CloseList | Sign::CloseBrace | Sign::Dot | Sign::Comma)
            ) || (self.sign() == Some(Sign::Colon) && self.is_of_aggregate(&item))
                || self.next.is_none();
            if !ends {
                item.before.extend(self.others());
                self.part(&mut item);
                continue;
            }
            if !item.parts.is_empty() && item.after.is_none() {
                item.after = self.trailing();
            }
            let mut before = self.others();
            let comma = self.sign() == Some(Sign::Comma);
            if !comma && item.parts.is_empty() {
                item.before.extend(before);
                return (items, item.before, true);
            }
            if !comma {
                items.push(item);
                return (items, before, false);
            }
            self.advance();
            if item.after.is_none() && before.is_empty() {
                item.after = self.trailing();
            }
            before.extend(self.others());
            items.push(std::mem::replace(&mut item, Item { before, ..Item::default() }));
        }
    }

    /// Whether a colon ends the variables of an aggregate; in a declaration it stands behind a name.
    fn is_of_aggregate(&self, item: &Item) -> bool {
        matches!(item.parts.as_slice(), [Part::Word(word)] if word.starts_with(|next: char| next == '_' || next.is_ascii_uppercase()))
            || item.parts.is_empty()
    }

    /// The next word, sign or group.
    fn part(&mut self, item: &mut Item<'a>) {
        let Some((span, token)) = self.next.clone() else { return };
        self.advance();
        let part = match token {
            Token::Sign(open @ (Sign::Open | Sign::OpenList | Sign::OpenBrace)) => {
                Part::Group(self.group(open))
            }
            Token::Sign(Sign::Bang) => Part::Sign(Sign::Not),
            Token::Sign(
                Sign::Count | Sign::Sum | Sign::Min | Sign::Max | Sign::Help | Sign::At | Sign::Estate,
            ) => Part::Word(span.of(self.text)),
            Token::Sign(sign) => Part::Sign(sign),
            _ => Part::Word(span.of(self.text)),
        };
        item.parts.push(part);
    }

    fn group(&mut self, open: Sign) -> Group<'a> {
        let before = self.others();
        let (mut items, mut rest, mut comma) = self.items(before);
        let mut head = Vec::new();
        if self.sign() == Some(Sign::Colon) {
            self.advance();
            head = items;
            rest.extend(self.others());
            (items, rest, comma) = self.items(rest);
        }
        let comma = comma && !items.is_empty();
        // The closing bracket.
        self.advance();
        Group { open, head, items, rest, comma }
    }
}

/// Whether there is an empty line.
fn is_blank(between: &str) -> bool {
    between.bytes().filter(|&byte| byte == b'\n').count() > 1
}
