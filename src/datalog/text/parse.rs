//! Tokens -> clauses, and all that is wrong: each clause has its own error, and the next one is read all the same.

use std::collections::VecDeque;

use lalrpop_util::ParseError;

use super::ast::File;
use super::grammar::ClauseParser;
use super::lexer::{Lexer, Located, Token};
use super::problem::Problem;
use crate::document::Span;

/// A file, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The clauses without a mistake.
    pub file: File,
    /// The mistakes, in the order of their places.
    pub problems: Vec<Problem>,
}

/// Reads a fact file of less than four gigabytes.
///
/// ```
/// use entail::datalog::text::parse;
/// let parsed = parse("member(alice, readers).\nmember(bob, ).\nmember(carol readers).");
/// assert_eq!(parsed.file.facts().count(), 2);
/// assert_eq!(parsed.problems[0].message, "expected `)` or `,`, found `readers`");
/// ```
pub fn parse(text: &str) -> Parsed {
    let parser = ClauseParser::new();
    let mut clauses = Clauses { lexer: Lexer::new(text), waiting: VecDeque::new(), problems: Vec::new() };
    let mut file = File::default();
    let end = text.trim_end().len() as u32;
    while let Some(tokens) = clauses.next() {
        match parser.parse(tokens.iter().cloned().map(Ok)) {
            Ok(clause) => file.clauses.push(clause),
            Err(error) => clauses.explain(error, &tokens, end),
        }
    }
    let mut problems = clauses.problems;
    problems.sort_by_key(|problem| problem.span);
    Parsed { file, problems }
}

/// Splits tokens into clauses: a fact ends at its `.`, a declaration at its `)`.
struct Clauses<'input> {
    lexer: Lexer<'input>,
    /// Tokens that were taken too early.
    waiting: VecDeque<Located<'input>>,
    problems: Vec<Problem>,
}

impl<'input> Clauses<'input> {
    fn next(&mut self) -> Option<Vec<Located<'input>>> {
        let mut clause: Vec<Located> = Vec::new();
        let (mut broken, mut declares) = (false, false);
        loop {
            let token = match self.waiting.pop_front() {
                Some(token) => token,
                None => match self.lexer.next() {
                    Some(Ok(token)) => token,
                    Some(Err(problem)) => {
                        self.problems.push(problem);
                        broken = true;
                        continue;
                    }
                    None if broken || clause.is_empty() => return None,
                    None => return Some(clause),
                },
            };
            let only_docs = clause.iter().all(|(_, token, _)| matches!(token, Token::Doc(_)));
            let begins = matches!(token.1, Token::Decl) || (declares && matches!(token.1, Token::Doc(_)));
            let (ends, again) = match token.1 {
                Token::Dot => (true, false),
                Token::Close => (declares, false),
                _ => (begins && !only_docs, true),
            };
            match ends && again {
                true => self.waiting.push_front(token),
                false => {
                    declares |= token.1 == Token::Decl;
                    clause.push(token);
                }
            }
            if ends && std::mem::take(&mut broken) {
                (clause, declares) = (Vec::new(), false);
            } else if ends {
                return Some(clause);
            }
        }
    }

    fn explain(
        &mut self,
        error: ParseError<u32, Token<'input>, Problem>,
        tokens: &[Located<'input>],
        end: u32,
    ) {
        match error {
            ParseError::User { error } => self.problems.push(error),
            ParseError::InvalidToken { location } => {
                self.problems.push(Problem::new("this is no clause", Span::new(location, location)));
            }
            ParseError::UnrecognizedEof { expected, .. } => {
                let last = tokens.last().map_or(end, |(_, _, end)| *end);
                let place = Span::new(last.saturating_sub(1), last);
                let problem = Problem::new(format!("expected {} after this", words(&expected)), place);
                let dot = expected.iter().any(|expected| expected == "\".\"");
                self.problems.push(if dot { problem.with_help("a fact ends with `.`") } else { problem });
            }
            ParseError::UnrecognizedToken { token, expected } => self.unexpected(&token, &expected, tokens),
            ParseError::ExtraToken { token } => self.unexpected(&token, &[], tokens),
        }
    }

    fn unexpected(&mut self, token: &Located<'input>, expected: &[String], tokens: &[Located<'input>]) {
        let at = tokens.iter().position(|(start, ..)| *start == token.0).unwrap_or_default();
        let dot = expected.iter().any(|expected| expected == "\".\"");
        let begins = matches!(token.1, Token::Name(_) | Token::Decl | Token::Doc(_));
        if let (true, true, Some((_, _, last))) =
            (dot, begins, at.checked_sub(1).and_then(|at| tokens.get(at)))
        {
            let place = Span::new(last.saturating_sub(1), *last);
            self.problems
                .push(Problem::new("expected `.` after this", place).with_help("a fact ends with `.`"));
            // The next clause begins here.
            let again = tokens.get(at..).unwrap_or_default();
            again.iter().rev().for_each(|token| self.waiting.push_front(token.clone()));
            return;
        }
        let message = match expected.is_empty() {
            true => format!("did not expect {}", found(&token.1)),
            false => format!("expected {}, found {}", words(expected), found(&token.1)),
        };
        let problem = Problem::new(message, Span::new(token.0, token.2));
        let declares = tokens.iter().any(|(_, token, _)| *token == Token::Decl);
        self.problems.push(match help(&token.1, at, declares, tokens) {
            Some(help) => problem.with_help(help),
            None => problem,
        });
    }
}

/// What may be meant by a token that is out of place.
fn help(token: &Token, at: usize, declares: bool, tokens: &[Located]) -> Option<&'static str> {
    let after_docs = at > 0 && matches!(tokens.get(at - 1), Some((_, Token::Doc(_), _)));
    match token {
        Token::Variable(_) => Some("variables are for rules: write text in quotes, or a word in lower case"),
        Token::Reserved(_) => {
            Some("a fact file holds facts and declarations; rules and queries are not read")
        }
        Token::Dot if at == 0 => Some("a declaration has no `.` at its end"),
        Token::Name(_) if after_docs => Some("`///` documents a declaration; a comment begins with `//`"),
        Token::Dot if !declares => Some("this `.` ends the fact"),
        Token::Text(_) if at == 0 => Some("a fact is `relation(value, …).`"),
        _ => None,
    }
}

/// A token, in a message.
fn found(token: &Token) -> String {
    match token {
        Token::Name(text) | Token::Variable(text) | Token::Reserved(text) => format!("`{text}`"),
        Token::Text(_) => "text in quotes".to_owned(),
        Token::Number(number) => format!("`{number}`"),
        Token::Doc(_) => "documentation".to_owned(),
        Token::True => "`true`".to_owned(),
        Token::False => "`false`".to_owned(),
        Token::Decl => "`.decl`".to_owned(),
        Token::Open => "`(`".to_owned(),
        Token::Close => "`)`".to_owned(),
        Token::OpenList => "`[`".to_owned(),
        Token::CloseList => "`]`".to_owned(),
        Token::Comma => "`,`".to_owned(),
        Token::Colon => "`:`".to_owned(),
        Token::Dot => "`.`".to_owned(),
    }
}

/// What was expected, in words.
fn words(expected: &[String]) -> String {
    let mut names: Vec<String> = Vec::new();
    let is_value = expected.iter().any(|name| name == "number");
    for name in expected {
        let name = match name.as_str() {
            "name" | "text" | "number" | "\"true\"" | "\"false\"" | "\"[\"" if is_value => {
                "a value".to_owned()
            }
            "name" => "a name".to_owned(),
            "text" => "text in quotes".to_owned(),
            "doc" => continue,
            sign => format!("`{}`", sign.trim_matches('"')),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (name.starts_with('`'), name.clone()));
    match names.split_last() {
        None => "nothing more".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
