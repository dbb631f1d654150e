//! Text -> tokens.

mod literal;
mod sign;

use std::borrow::Cow;

pub(super) use literal::UNCLOSED;
pub use sign::Sign;

use super::problem::{Code, Problem};
use crate::document::Span;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'input> {
    /// A word that begins in lower case: a relation, a column, a type, a value.
    Name(&'input str),
    /// A word that begins in upper case or with `_`: a variable.
    Variable(&'input str),
    /// Text in quotes, its escapes resolved.
    Text(Cow<'input, str>),
    /// A whole number.
    Number(i64),
    /// `/// documentation`
    Doc(&'input str),
    /// `:-`, `(`, `.decl`, `not` and the like.
    Sign(Sign),
    /// A sign of other languages, which has no meaning here.
    Foreign(&'static str),
}

/// A token and where it stands.
pub type Located<'input> = (u32, Token<'input>, u32);

/// Signs of other languages; longer ones first.
const FOREIGN: [&str; 15] =
    [":=", "==", "=>", "=<", "&&", "||", "<-", "<>", "->", "/*", "*/", "?", ";", "|", "&"];

/// Splits a text into tokens.
#[derive(Clone, Debug)]
pub struct Lexer<'input> {
    text: &'input str,
    at: usize,
    /// The comments that were passed over.
    comments: Vec<Span>,
    /// Whether an operand was read last, so that `-` takes away.
    after_operand: bool,
}

impl<'input> Lexer<'input> {
    /// A lexer of a text of less than four gigabytes.
    pub fn new(text: &'input str) -> Self {
        // A mark that some editors put in front of UTF-8.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, comments: Vec::new(), after_operand: false }
    }

    /// The comments up to here that were not taken yet.
    pub fn take_comments(&mut self) -> Vec<Span> {
        std::mem::take(&mut self.comments)
    }

    /// Whether a token that ends at this place is followed by an opening bracket at once.
    pub(super) fn is_applied(&self, end: u32) -> bool {
        self.text.get(end as usize..).is_some_and(|rest| rest.starts_with('('))
    }

    /// The text.
    pub(super) fn text(&self) -> &'input str {
        self.text
    }

    fn rest(&self) -> &'input str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes the characters that satisfy a test.
    fn take(&mut self, test: impl Fn(char) -> bool) -> &'input str {
        let rest = self.rest();
        let end = rest.find(|next| !test(next)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    /// Passes over blanks and comments.
    fn skip(&mut self) {
        loop {
            self.take(char::is_whitespace);
            let (start, rest) = (self.at, self.rest());
            let doc = rest.starts_with("///") && !rest.starts_with("////");
            if rest.starts_with('#') || (rest.starts_with("//") && !doc) {
                self.take(|next| next != '\n');
                self.comments.push(self.span(start));
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> Option<Result<Token<'input>, Problem>> {
        let (start, rest) = (self.at, self.rest());
        let first = rest.chars().next()?;
        let digit = |text: &str| text.starts_with(|next: char| next.is_ascii_digit());
        let negative = rest.strip_prefix('-').is_some_and(digit) && !self.after_operand;
        Some(Ok(match first {
            '/' if rest.starts_with("///") => {
                let line = self.take(|next| next != '\n').trim_start_matches('/').trim_end();
                Token::Doc(line.strip_prefix(' ').unwrap_or(line))
            }
            '"' => return Some(self.quoted()),
            _ if negative || first.is_ascii_digit() => return Some(self.number()),
            _ if first.is_ascii_lowercase() => self.name(),
            _ if first.is_ascii_uppercase() || first == '_' => Token::Variable(self.take(is_word)),
            _ => match self.sign(rest) {
                Some(token) => token,
                None => {
                    self.at += first.len_utf8();
                    let problem = Problem::new(
                        Code::Syntax,
                        format!("`{first}` has no meaning here"),
                        self.span(start),
                    );
                    return Some(Err(match first {
                        '\'' | '`' | '“' | '”' => problem.with_help("write text in `\"` quotes"),
                        _ => problem.with_help("write text in quotes: `\"…\"`"),
                    }));
                }
            },
        }))
    }

    fn sign(&mut self, rest: &str) -> Option<Token<'input>> {
        // `X<-3` compares with a negative number.
        let compares = |sign: &str| {
            sign == "<-"
                && rest.get(2..).is_some_and(|next| next.starts_with(|next: char| next.is_ascii_digit()))
        };
        if let Some(sign) = FOREIGN.into_iter().find(|sign| rest.starts_with(sign) && !compares(sign))
            && !rest.starts_with("?-")
        {
            self.at += sign.len();
            return Some(Token::Foreign(sign));
        }
        let sign = Sign::directive(rest).or_else(|| Sign::punctuation(rest))?;
        self.at += sign.text().len();
        Some(Token::Sign(sign))
    }

    /// A word; hyphens join its parts.
    fn name(&mut self) -> Token<'input> {
        let start = self.at;
        self.take(is_word);
        while self.rest().strip_prefix('-').is_some_and(|next| next.starts_with(is_word)) {
            self.at += 1;
            self.take(is_word);
        }
        let word = self.text.get(start..self.at).unwrap_or_default();
        Sign::word(word).map_or(Token::Name(word), Token::Sign)
    }
}

/// Whether a character can stand within a word.
pub(super) fn is_word(next: char) -> bool {
    next.is_ascii_alphanumeric() || next == '_'
}

impl<'input> Iterator for Lexer<'input> {
    type Item = Result<Located<'input>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        let start = self.at as u32;
        let token = self.token()?;
        self.after_operand = match &token {
            Ok(Token::Sign(sign)) => sign.ends_operand(),
            // No name is taken away from, and behind the word of tests a literal begins.
            Ok(Token::Doc(_) | Token::Foreign(_) | Token::Name("expect")) | Err(_) => false,
            Ok(_) => true,
        };
        Some(token.map(|token| (start, token, self.at as u32)))
    }
}
