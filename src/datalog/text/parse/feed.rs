//! The tokens of one clause after the other.

use lalrpop_util::ParseError;

use super::message;
use crate::datalog::text::ast::Type;
use crate::datalog::text::lexer::{Lexer, Located, Sign, Token, UNCLOSED};
use crate::datalog::text::problem::{Code, Problem};
use crate::document::{Span, Spanned};

/// How deep brackets may nest.
const MOST_NESTED: usize = 64;

/// Gives the parser the tokens of a clause, and finds the next clause after a mistake. Every token is looked at once.
pub(super) struct Feed<'input> {
    lexer: Lexer<'input>,
    /// A token that was taken too early.
    waiting: Option<Located<'input>>,
    problems: Vec<Problem>,
    /// The names of the relations whose declarations have a mistake.
    unread: Vec<Box<str>>,
    in_test: bool,
    /// Whether the text is a body, whose full stop was not read yet.
    is_body: bool,
    clause: State<'input>,
}

/// What is known of the clause that is read.
#[derive(Default)]
pub(super) struct State<'input> {
    /// How many tokens it has so far, documentation apart.
    pub(super) length: usize,
    /// The directive that it begins with.
    pub(super) directive: Option<Sign>,
    /// Whether `:-` or `?-` was read.
    pub(super) has_body: bool,
    /// Whether documentation was read.
    pub(super) has_docs: bool,
    /// The last token, and the one before it.
    pub(super) last: Option<Located<'input>>,
    pub(super) previous: Option<Located<'input>>,
    /// The relation that it declares.
    declares: Option<&'input str>,
    start: Option<u32>,
    nested: usize,
    ended: bool,
}

impl<'input> Feed<'input> {
    pub(super) fn new(text: &'input str) -> Self {
        let (lexer, clause) = (Lexer::new(text), State::default());
        let (problems, unread) = Default::default();
        Self { lexer, waiting: None, problems, unread, in_test: false, is_body: false, clause }
    }

    /// The tokens of a query of which the text has the body only.
    pub(super) fn of_body(text: &'input str) -> Self {
        let start = (text.len() - text.trim_start().len()) as u32;
        let ask = (start, Token::Sign(Sign::Ask), start);
        Self { waiting: Some(ask), is_body: true, ..Self::new(text) }
    }

    /// Begins the next clause; not if none is left.
    pub(super) fn begin(&mut self, in_test: bool) -> bool {
        self.in_test = in_test;
        self.clause = State::default();
        loop {
            match self.take() {
                Some(Ok(token)) => {
                    self.waiting = Some(token);
                    return true;
                }
                // The clause that the mistake is in can't be told from the one before.
                Some(Err(problem)) => {
                    self.problems.push(problem);
                    self.skip();
                    self.clause = State::default();
                }
                None => return false,
            }
        }
    }

    /// How many mistakes were found.
    pub(super) fn mistakes(&self) -> usize {
        self.problems.len()
    }

    /// All mistakes, and the relations whose declarations have some.
    pub(super) fn into_problems(self) -> (Vec<Problem>, Vec<Box<str>>) {
        (self.problems, self.unread)
    }

    /// Where the clause stands, as far as it was read.
    pub(super) fn span(&self) -> Span {
        let end = self.clause.last.as_ref().map_or(0, |(_, _, end)| *end);
        Span::new(self.clause.start.unwrap_or(end), end)
    }

    fn take(&mut self) -> Option<Result<Located<'input>, Problem>> {
        let next = self.waiting.take().map(Ok).or_else(|| self.lexer.next());
        if next.is_some() || !self.is_body || self.clause.length == 0 || self.clause.ended {
            return next;
        }
        self.is_body = false;
        let end = self.lexer.text().trim_end().len() as u32;
        Some(Ok((end, Token::Sign(Sign::Dot), end)))
    }

    /// Whether a token can only begin a clause.
    fn begins(&self, token: &Token) -> bool {
        let directive =
            matches!(token, Token::Sign(Sign::Import | Sign::Decl | Sign::Finding | Sign::Test | Sign::Ask));
        directive || matches!(token, Token::Doc(_))
    }

    /// Whether a token ends the clause that it stands in.
    fn ends(&self, token: &Token) -> bool {
        let Token::Sign(sign) = token else {
            return matches!((self.clause.directive, token), (Some(Sign::Import), Token::Text(_)));
        };
        match (sign, self.clause.directive) {
            (Sign::Dot, _) => true,
            (Sign::Close, directive) => directive == Some(Sign::Decl) && self.clause.nested == 0,
            (Sign::OpenBrace, directive) => directive == Some(Sign::Test),
            (Sign::CloseBrace, _) => self.clause.length == 1,
            _ => false,
        }
    }

    fn note(&mut self, token: &Located<'input>) {
        let clause = &mut self.clause;
        clause.start.get_or_insert(token.0);
        clause.previous = clause.last.replace(token.clone());
        if matches!(token.1, Token::Doc(_)) {
            clause.has_docs = true;
            return;
        }
        clause.length += 1;
        if let (2, Some(Sign::Decl), Token::Name(name)) = (clause.length, clause.directive, &token.1) {
            clause.declares = Some(name);
        }
        if let Token::Sign(sign) = token.1 {
            match sign {
                Sign::Open | Sign::OpenList | Sign::OpenBrace => clause.nested += 1,
                Sign::Close | Sign::CloseList | Sign::CloseBrace => {
                    clause.nested = clause.nested.saturating_sub(1)
                }
                Sign::Neck => clause.has_body = true,
                Sign::Ask => (clause.has_body, clause.directive) = (true, Some(sign)),
                Sign::Import | Sign::Decl | Sign::Finding | Sign::Test | Sign::Expect
                    if clause.length == 1 =>
                {
                    clause.directive = Some(sign);
                }
                _ => {}
            }
        }
        self.clause.ended = self.ends(&token.1);
    }

    /// Says what is wrong, and passes to the next clause.
    pub(super) fn recover(&mut self, error: ParseError<u32, Token<'input>, Problem>) {
        match error {
            ParseError::User { error } => self.problems.push(error),
            ParseError::InvalidToken { location } => {
                let place = Span::new(location, location);
                self.problems.push(Problem::new(Code::Syntax, "this is no clause", place));
            }
            ParseError::UnrecognizedEof { expected, .. } => {
                self.problems.push(message::unfinished(self.lexer.text(), &self.clause, &expected));
            }
            ParseError::ExtraToken { token } => self.unexpected(token, &[]),
            ParseError::UnrecognizedToken { token, expected } => self.unexpected(token, &expected),
        }
        self.unread.extend(self.clause.declares.map(Box::from));
        if !self.clause.ended {
            let told = self.problems.len();
            self.skip();
            // A quote that is not closed is why the words behind the one before it made no sense.
            if self.problems.get(told..).unwrap_or_default().iter().any(|problem| problem.message == UNCLOSED)
            {
                self.problems.remove(told - 1);
            }
        }
    }

    fn unexpected(&mut self, token: Located<'input>, expected: &[String]) {
        let text = self.lexer.text();
        if token.0 == token.2 {
            return self.problems.push(message::ends_early(token.2, expected));
        }
        if let Some(problem) = message::no_dot(text, &self.clause, &token, expected) {
            self.problems.push(problem);
            // The next clause begins here.
            self.waiting = Some(token);
            self.clause.ended = true;
            return;
        }
        self.problems.push(message::unexpected(text, &self.clause, &token, expected));
    }

    /// Passes over the rest of a clause.
    fn skip(&mut self) {
        loop {
            match self.take() {
                None => return,
                Some(Err(problem)) => self.problems.push(problem),
                Some(Ok(token)) => {
                    let closes =
                        self.in_test && self.clause.nested == 0 && token.1 == Token::Sign(Sign::CloseBrace);
                    if self.begins(&token.1) || closes {
                        self.waiting = Some(token);
                        return;
                    }
                    self.note(&token);
                    self.problems.extend(self.wrong_type());
                    if self.clause.ended {
                        return;
                    }
                }
            }
        }
    }

    /// What is wrong with the type of a further column, where the clause is a declaration.
    fn wrong_type(&self) -> Option<Problem> {
        let clause = self.clause.declares.and(Some(&self.clause))?;
        match (&clause.previous, &clause.last) {
            (
                Some((_, Token::Sign(Sign::Colon | Sign::OpenList), _)),
                Some((start, Token::Name(name), end)),
            ) => Type::named(Spanned::new((*name).into(), Span::new(*start, *end))).err(),
            _ => None,
        }
    }
}

impl<'input> Iterator for Feed<'input> {
    type Item = Result<Located<'input>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.clause.ended {
            return None;
        }
        let mut token = match self.take()? {
            Ok(token) => token,
            Err(problem) => return Some(Err(problem)),
        };
        let first = self.clause.length == 0;
        let closes = self.in_test && self.clause.nested == 0 && token.1 == Token::Sign(Sign::CloseBrace);
        if !first && (self.begins(&token.1) || closes) {
            self.waiting = Some(token);
            self.clause.ended = true;
            return None;
        }
        if first && self.in_test && token.1 == Token::Name("expect") && !self.lexer.is_applied(token.2) {
            token.1 = Token::Sign(Sign::Expect);
        }
        self.note(&token);
        if self.clause.nested > MOST_NESTED {
            let message = format!("brackets nest deeper than {MOST_NESTED} levels");
            let problem = Problem::new(Code::Limit, message, Span::new(token.0, token.2));
            return Some(Err(problem.with_help("derive parts of it by rules of their own")));
        }
        Some(Ok(token))
    }
}
