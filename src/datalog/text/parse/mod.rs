//! Tokens -> clauses, and all that is wrong: each clause has its own error, and the next one is read all the same.

mod feed;
mod message;

use super::ast::{Clause, File, Piece, Test, TestHead};
use super::grammar::PieceParser;
use super::problem::{Code, Problem};
use crate::document::Span;
use feed::Feed;

/// How many mistakes of a file are told; the rest of it is not read.
const MOST_MISTAKES: usize = 1_000;

/// A file, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The clauses without a mistake.
    pub file: File,
    /// The mistakes, in the order of their places.
    pub problems: Vec<Problem>,
}

/// Reads a rule file of less than four gigabytes.
///
/// ```
/// use entail::datalog::text::parse;
/// let parsed = parse("member(alice, readers).\nmember(bob, ).\nmember(carol readers).");
/// assert_eq!(parsed.file.facts().count(), 2);
/// assert_eq!(parsed.problems[0].message, "expected `(`, `)` or `,`, found `readers`");
/// ```
pub fn parse(text: &str) -> Parsed {
    read(Feed::new(text))
}

/// Reads one body as a query, as if `?-` stood before it and, where it has none, a full stop behind it.
///
/// ```
/// use entail::datalog::text::parse_body;
/// let parsed = parse_body("member(alice, Group) group(Group)");
/// assert_eq!(parsed.problems[0].span.start, 21);
/// ```
pub fn parse_body(text: &str) -> Parsed {
    read(Feed::of_body(text))
}

fn read(mut feed: Feed<'_>) -> Parsed {
    let parser = PieceParser::new();
    let mut reader = Reader::default();
    while feed.begin(reader.test.is_some()) {
        match parser.parse(&mut feed) {
            Ok(piece) => reader.place(piece, feed.span()),
            Err(error) => feed.recover(error),
        }
        if feed.mistakes() + reader.problems.len() >= MOST_MISTAKES {
            let message = format!("more than {MOST_MISTAKES} mistakes: the rest of the file is not read");
            let problem = Problem::new(Code::Limit, message, feed.span());
            reader.problems.push(problem.with_help("mend those above first"));
            break;
        }
    }
    reader.close();
    let (problems, unread) = feed.into_problems();
    reader.problems.extend(problems);
    reader.file.unread = unread;
    reader.problems.sort_by_key(|problem| problem.span);
    Parsed { file: reader.file, problems: reader.problems }
}

/// Puts pieces together.
#[derive(Default)]
struct Reader {
    file: File,
    problems: Vec<Problem>,
    /// The test that was begun.
    test: Option<Test>,
}

impl Reader {
    fn place(&mut self, piece: Piece, span: Span) {
        match piece {
            Piece::TestHead(TestHead { name, estate, span }) => {
                self.close();
                let (facts, expectations) = (Vec::new(), Vec::new());
                self.test = Some(Test { name, estate, facts, expectations, span });
            }
            Piece::TestEnd => match self.test.take() {
                Some(test) => self.file.clauses.push(Clause::Test(test)),
                None => self.problems.push(
                    Problem::new(Code::Syntax, "this `}` closes nothing", span)
                        .with_help("only tests and aggregates have braces"),
                ),
            },
            Piece::Expectation(expectation) => match &mut self.test {
                Some(test) => test.expectations.push(expectation),
                // The reader takes `expect` for a word outside of tests.
                None => self.problems.push(Problem::new(Code::Syntax, "`expect` stands in a test", span)),
            },
            Piece::Clause(clause) => match (&mut self.test, *clause) {
                (Some(test), Clause::Fact(fact)) => test.facts.push(fact),
                (Some(_), clause @ (Clause::Rule(_) | Clause::Query(_))) => self.problems.push(
                    Problem::new(Code::Syntax, "a test holds facts and expectations only", clause.span())
                        .with_help("write rules outside of tests, and `expect …` in them"),
                ),
                (Some(_), clause) => {
                    self.close();
                    self.file.clauses.push(clause);
                }
                (None, clause) => self.file.clauses.push(clause),
            },
        }
    }

    /// Ends a test that lacks its brace.
    fn close(&mut self) {
        if let Some(test) = self.test.take() {
            self.problems.push(
                Problem::new(Code::Syntax, "this test has no end", test.span)
                    .with_help("close it with `}` behind its last clause"),
            );
        }
    }
}
