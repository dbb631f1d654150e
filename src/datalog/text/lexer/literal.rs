//! Numbers and texts in quotes.

use std::borrow::Cow;

use super::{Lexer, Token, is_word};
use crate::datalog::text::problem::{Code, Problem};
use crate::document::Span;

/// What is said of a text without a closing quote.
pub(in crate::datalog::text) const UNCLOSED: &str = "the text has no closing quote on its line";

/// How many characters of a number messages show.
const SHOWN: usize = 40;

impl<'input> Lexer<'input> {
    pub(super) fn number(&mut self) -> Result<Token<'input>, Problem> {
        let start = self.at;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let digits = self.take(is_word);
        let text = self.text.get(start..self.at).unwrap_or_default();
        let wrong = |message| Err(Problem::new(Code::Syntax, message, self.span(start)));
        if digits.contains(|digit: char| !digit.is_ascii_digit()) {
            return wrong(format!("`{}` is neither a number nor a word", shortened(text)))
                .map_err(|problem| problem.with_help("write text in quotes"));
        }
        if digits.len() > 1 && digits.starts_with('0') || text == "-0" {
            return wrong(format!("the number `{}` begins with a zero", shortened(text)))
                .map_err(|problem| problem.with_help("write account ids as text in quotes"));
        }
        match text.parse() {
            Ok(number) => Ok(Token::Number(number)),
            Err(_) => wrong(format!("the number `{}` is too large", shortened(text)))
                .map_err(|problem| problem.with_help("numbers have 64 bits; write it as text in quotes")),
        }
    }

    pub(super) fn quoted(&mut self) -> Result<Token<'input>, Problem> {
        let start = self.at;
        self.at += 1;
        let mut text = Cow::Borrowed(self.take(|next| !matches!(next, '"' | '\\' | '\n')));
        let mut wrong = None;
        loop {
            let at = self.at;
            match self.rest().chars().next() {
                Some('"') => {
                    self.at += 1;
                    return wrong.map_or(Ok(Token::Text(text)), Err);
                }
                Some('\\') => match self.escape() {
                    Some(escaped) => text.to_mut().push(escaped),
                    None => {
                        let problem = Problem::new(Code::Syntax, "this is not an escape", self.span(at));
                        wrong.get_or_insert(
                            problem.with_help(r#"escapes are `\"`, `\\`, `\n`, `\r`, `\t` and `\u{…}`"#),
                        );
                    }
                },
                Some('\n') | None => {
                    let line = Span::new(
                        start as u32,
                        self.text.get(..at).unwrap_or_default().trim_end().len() as u32,
                    );
                    return Err(Problem::new(Code::Syntax, UNCLOSED, line)
                        .with_help(r#"close it with `"`; a line break in text is `\n`"#));
                }
                Some(_) => text.to_mut().push_str(self.take(|next| !matches!(next, '"' | '\\' | '\n'))),
            }
        }
    }

    /// The character of an escape; the place is behind it in any case.
    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let kind = self.rest().chars().next().filter(|kind| *kind != '\n')?;
        self.at += kind.len_utf8();
        match kind {
            '"' | '\\' => Some(kind),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' if self.rest().starts_with('{') => {
                self.at += 1;
                let digits = self.take(|next| next.is_ascii_hexdigit());
                if !self.rest().starts_with('}') {
                    return None;
                }
                self.at += 1;
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
            }
            _ => None,
        }
    }
}

/// A text as messages show it.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
