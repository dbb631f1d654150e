//! Text -> tokens.

use std::borrow::Cow;

use super::problem::Problem;
use crate::document::Span;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'input> {
    /// A word that begins in lower case: a relation, a column, a type, a value.
    Name(&'input str),
    /// Text in quotes, its escapes resolved.
    Text(Cow<'input, str>),
    /// A whole number.
    Number(i64),
    /// `/// documentation`
    Doc(&'input str),
    /// `true`
    True,
    /// `false`
    False,
    /// `.decl`
    Decl,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenList,
    /// `]`
    CloseList,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// A word that begins in upper case or with `_`: a variable, of which no clause has a use yet.
    Variable(&'input str),
    /// A sign of rules, negation or queries, which no clause has yet.
    Reserved(&'input str),
}

/// A token and where it stands.
pub type Located<'input> = (u32, Token<'input>, u32);

/// Signs that are kept for rules and queries; longer ones first.
const RESERVED: [&str; 14] = [":-", "<-", "?-", "!=", "<=", ">=", "=", "<", ">", "!", "?", "+", "*", ";"];

/// Splits a text into tokens.
#[derive(Clone, Debug)]
pub struct Lexer<'input> {
    text: &'input str,
    at: usize,
}

impl<'input> Lexer<'input> {
    /// A lexer of a text of less than four gigabytes.
    pub fn new(text: &'input str) -> Self {
        Self { text, at: 0 }
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
            let rest = self.rest();
            let doc = rest.starts_with("///") && !rest.starts_with("////");
            if rest.starts_with('#') || (rest.starts_with("//") && !doc) {
                self.take(|next| next != '\n');
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> Option<Result<Token<'input>, Problem>> {
        let (start, rest) = (self.at, self.rest());
        let first = rest.chars().next()?;
        if let Some(directive) = rest.strip_prefix(".decl")
            && !directive.starts_with(is_word)
        {
            self.at += ".decl".len();
            return Some(Ok(Token::Decl));
        }
        if let Some(sign) = RESERVED.into_iter().find(|sign| rest.starts_with(sign)) {
            self.at += sign.len();
            return Some(Ok(Token::Reserved(sign)));
        }
        let negative = first == '-' && rest[1..].starts_with(|next: char| next.is_ascii_digit());
        Some(Ok(match first {
            '(' => self.sign(Token::Open),
            ')' => self.sign(Token::Close),
            '[' => self.sign(Token::OpenList),
            ']' => self.sign(Token::CloseList),
            ',' => self.sign(Token::Comma),
            ':' => self.sign(Token::Colon),
            '.' => self.sign(Token::Dot),
            '/' if rest.starts_with("///") => {
                let line = self.take(|next| next != '\n').trim_start_matches('/').trim_end();
                Token::Doc(line.strip_prefix(' ').unwrap_or(line))
            }
            '"' => return Some(self.quoted()),
            _ if negative || first.is_ascii_digit() => return Some(self.number()),
            _ if first.is_ascii_lowercase() => self.name(),
            _ if first.is_ascii_uppercase() || first == '_' => Token::Variable(self.take(is_word)),
            _ => {
                self.at += first.len_utf8();
                let problem = Problem::new(format!("`{first}` has no meaning here"), self.span(start));
                return Some(Err(match first {
                    '\'' | '`' | '“' | '”' => problem.with_help("write text in `\"` quotes"),
                    _ => problem.with_help("write text in quotes: `\"…\"`"),
                }));
            }
        }))
    }

    fn sign(&mut self, token: Token<'input>) -> Token<'input> {
        self.at += 1;
        token
    }

    /// A word; hyphens join its parts.
    fn name(&mut self) -> Token<'input> {
        let start = self.at;
        self.take(is_word);
        while self.rest().strip_prefix('-').is_some_and(|next| next.starts_with(is_word)) {
            self.at += 1;
            self.take(is_word);
        }
        match self.text.get(start..self.at).unwrap_or_default() {
            "true" => Token::True,
            "false" => Token::False,
            "not" => Token::Reserved("not"),
            word => Token::Name(word),
        }
    }

    fn number(&mut self) -> Result<Token<'input>, Problem> {
        let start = self.at;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let digits = self.take(is_word);
        let text = self.text.get(start..self.at).unwrap_or_default();
        let wrong = |message| Err(Problem::new(message, self.span(start)));
        if digits.contains(|digit: char| !digit.is_ascii_digit()) {
            return wrong(format!("`{text}` is neither a number nor a word"))
                .map_err(|problem| problem.with_help("write text in quotes"));
        }
        if digits.len() > 1 && digits.starts_with('0') || text == "-0" {
            return wrong(format!("the number `{text}` begins with a zero"))
                .map_err(|problem| problem.with_help("write account ids as text in quotes"));
        }
        match text.parse() {
            Ok(number) => Ok(Token::Number(number)),
            Err(_) => wrong(format!("the number `{text}` is too large"))
                .map_err(|problem| problem.with_help("numbers have 64 bits; write it as text in quotes")),
        }
    }

    fn quoted(&mut self) -> Result<Token<'input>, Problem> {
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
                        let problem = Problem::new("this is not an escape", self.span(at));
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
                    return Err(Problem::new("the text has no closing quote on its line", line)
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
        Some(token.map(|token| (start, token, self.at as u32)))
    }
}
