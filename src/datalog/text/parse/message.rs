//! What is wrong with a clause, in words.

use super::feed::State;
use crate::datalog::text::lexer::{Located, Sign, Token, is_word};
use crate::datalog::text::problem::{Code, Problem};
use crate::document::Span;

/// What ends a clause.
const DOT: &str = "\".\"";

/// The clause stops too early.
pub(super) fn unfinished(text: &str, clause: &State, expected: &[String]) -> Problem {
    let end = clause.last.as_ref().map_or(0, |(_, _, end)| *end);
    let place = last_character(text, end);
    let has = |sign: &str| expected.iter().any(|expected| expected == sign);
    if has(DOT) {
        return missing_dot(clause, place);
    }
    let problem = Problem::new(Code::Syntax, format!("expected {} after this", words(expected)), place);
    match clause.last {
        Some((_, Token::Doc(_), _)) => {
            problem.with_help("`///` documents a declaration or finding; a comment begins with `//`")
        }
        _ => problem,
    }
}

/// A body stops too early, at this place.
pub(super) fn ends_early(end: u32, expected: &[String]) -> Problem {
    let message = format!("expected {}, and the text ends here", words(expected));
    Problem::new(Code::Syntax, message, Span::new(end, end))
}

fn missing_dot(clause: &State, place: Span) -> Problem {
    let what = match (clause.directive, clause.has_body) {
        (Some(Sign::Finding), _) => "a finding",
        (Some(Sign::Ask), _) => "a query",
        (Some(Sign::Expect), _) => "what is expected",
        (_, true) => "a rule",
        _ => "a fact",
    };
    Problem::new(Code::Syntax, "expected `.` after this", place).with_help(format!("{what} ends with `.`"))
}

/// The place of the character that ends here.
fn last_character(text: &str, end: u32) -> Span {
    let last = text.get(..end as usize).and_then(|before| before.chars().next_back());
    Span::new(end - last.map_or(0, char::len_utf8) as u32, end)
}

/// A token that begins the next clause where a dot is missing.
pub(super) fn no_dot(text: &str, clause: &State, token: &Located, expected: &[String]) -> Option<Problem> {
    let (_, _, end) = clause.previous.as_ref()?;
    let dot = expected.iter().any(|expected| expected == DOT);
    let first_on_line =
        text.get(*end as usize..token.0 as usize).is_some_and(|between| between.contains('\n'));
    let indented =
        !text.get(..token.0 as usize).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let begins = match token.1 {
        // Words of other languages.
        Token::Name("if" | "and" | "or" | "where") => false,
        Token::Name(_) => !clause.has_body || (first_on_line && !indented),
        Token::Doc(_) => true,
        _ => false,
    };
    (dot && begins).then(|| missing_dot(clause, last_character(text, *end)))
}

/// A token that is out of place.
pub(super) fn unexpected(text: &str, clause: &State, token: &Located, expected: &[String]) -> Problem {
    let first = clause.length <= 1;
    let mut span = Span::new(token.0, token.2);
    if let (Token::Sign(Sign::Colon), Some((start, Token::Name(_), _))) = (&token.1, &clause.previous)
        && expected.iter().all(|expected| expected != "\":\"")
        && clause.directive != Some(Sign::Decl)
    {
        let end = text.get(token.0 as usize..).map_or(0, unquoted) as u32;
        span = Span::new(*start, token.0 + end);
        let word = span.of(text);
        return Problem::new(Code::Syntax, format!("`{word}` is text without quotes"), span)
            .with_help(format!("write it in quotes: `\"{word}\"`"));
    }
    if let (Token::Sign(Sign::Open), Some((start, Token::Variable(name), end))) = (&token.1, &clause.previous)
    {
        let lower = name.to_lowercase();
        return Problem::new(
            Code::Syntax,
            format!("`{name}` is a variable, not a relation"),
            Span::new(*start, *end),
        )
        .with_help(format!("names of relations are in lower case: `{lower}(…)`"));
    }
    let message = match (expected.is_empty(), first) {
        (true, _) => format!("did not expect {}", found(&token.1)),
        (_, true) if clause.has_docs => format!("expected `.decl` or `.finding`, found {}", found(&token.1)),
        (_, true) => format!("expected a clause, found {}", found(&token.1)),
        _ => format!("expected {}, found {}", words(expected), found(&token.1)),
    };
    let problem = Problem::new(Code::Syntax, message, span);
    match help(text, clause, token, expected) {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}

/// How far a text without quotes goes, an ARN for example.
fn unquoted(text: &str) -> usize {
    text.find(|next: char| !is_word(next) && !":/-*@+=.".contains(next)).unwrap_or(text.len()).min(100)
}

/// What may be meant by a token that is out of place.
fn help(text: &str, clause: &State, token: &Located, expected: &[String]) -> Option<String> {
    let first = clause.length <= 1;
    let expects = |sign: &str| expected.iter().any(|expected| expected == sign);
    let next = text.get(token.2 as usize..).unwrap_or_default();
    let help = match &token.1 {
        Token::Foreign(sign) => match *sign {
            ":=" => "a rule has `:-` between head and body; `=` binds a variable",
            "<-" | "->" => "a rule is `head :- body.`",
            "==" => "equality is `=`",
            "=>" if first || !clause.has_body => "a rule is `head :- body.`",
            "=>" => "at least is `>=`",
            "=<" => "at most is `<=`",
            "<>" => "unequal is `!=`",
            "&&" | "&" => "literals are joined by `,`",
            "||" | "|" | ";" => "write a rule for each alternative",
            "/*" | "*/" => "a comment begins with `//` and ends with its line",
            _ => "a query is `?- body.`",
        },
        Token::Sign(Sign::Percent) if first => "a comment begins with `//` or `#`",
        Token::Sign(Sign::Percent) if next.starts_with([' ', '%', '\n']) && !expects("\"%\"") => {
            "a comment begins with `//` or `#`"
        }
        Token::Sign(Sign::Dot) if first && next.starts_with(|next: char| next.is_ascii_lowercase()) => {
            "directives are `.import`, `.decl`, `.finding` and `.test`"
        }
        Token::Sign(Sign::Dot) if first => "a declaration has no `.` at its end",
        Token::Sign(Sign::Dot) if expects("\":-\"") && !clause.has_body => {
            "a body is needed: `:- literal, literal, … .`"
        }
        Token::Sign(Sign::Dot) => "this `.` ends the clause",
        Token::Sign(Sign::Minus) if expects("number") => "take it from zero: `0 - X`",
        Token::Sign(Sign::Neck) if clause.directive == Some(Sign::Finding) => {
            "a finding is `.finding name(Key) severity \"message\" help \"…\" :- body.`"
        }
        Token::Sign(Sign::Neck) if clause.has_body => "the clause before may lack its `.`",
        Token::Sign(Sign::Not | Sign::Bang) if first => "only literals of a body are negated",
        Token::Sign(Sign::Not) => "`not` stands before a whole literal",
        Token::Sign(Sign::Equal) if clause.directive == Some(Sign::Finding) && !clause.has_body => {
            "a finding is `.finding name(Key) severity \"message\" :- body.`"
        }
        Token::Name(_) | Token::Sign(_) if first && clause.has_docs => {
            "`///` documents a declaration or finding; a comment begins with `//`"
        }
        Token::Sign(Sign::OpenBrace) if expects("\"in\"") => "aggregates are `count`, `sum`, `min` and `max`",
        Token::Sign(Sign::OpenBrace) if first => "a test begins with `.test \"name\" {`",
        Token::Variable(_) if first => "a clause begins with the name of a relation, in lower case",
        Token::Text(_) | Token::Number(_) if first => "a fact is `relation(value, …).`",
        Token::Text(_) if clause.directive == Some(Sign::Finding) && !clause.has_body => {
            "severities are `info`, `low`, `medium`, `high` and `critical`"
        }
        Token::Sign(Sign::OpenBrace) => "aggregates are `count`, `sum`, `min` and `max`",
        Token::Name(_) if clause.directive == Some(Sign::Import) => {
            "a path stands in quotes: `.import \"common.rules\"`"
        }
        Token::Name(_) if clause.directive == Some(Sign::Test) => {
            "a test is `.test \"name\" { facts and expectations }`"
        }
        Token::Name(_) | Token::Variable(_) if clause.directive == Some(Sign::Decl) && !expects("\":\"") => {
            "a declaration is `.decl name(column: type, …)`, in lower case"
        }
        Token::Name(_) if clause.directive == Some(Sign::Decl) => "a column is `name: type`",
        Token::Name(_) | Token::Sign(_) if matches!(clause.previous, Some((_, Token::Name("expect"), _))) => {
            "`expect` stands in a `.test \"name\" { … }`"
        }
        Token::Name("if") => "a rule is `head :- body.`",
        Token::Name("and") => "literals are joined by `,`",
        Token::Name("or") => "write a rule for each alternative",
        Token::Name("is") => "`=` binds a variable",
        Token::Name("matches" | "match" | "glob" | "regex") => {
            "`like` compares a text with a pattern of `*` and `?`"
        }
        Token::Name(_) | Token::Text(_)
            if matches!(
                clause.previous,
                Some((_, Token::Name("finding" | "decl" | "import" | "test"), _))
            ) && clause.length == 2 =>
        {
            "`.decl`, `.finding`, `.import` and `.test` begin with a dot"
        }
        Token::Name(_) if clause.has_body && expects(DOT) => {
            "literals are joined by `,`, and `.` ends the clause"
        }
        _ => match in_aggregate(clause, token) {
            true => "an aggregate is `count { X : body }`",
            false => return None,
        },
    };
    Some(help.to_owned())
}

/// Whether a token stands right behind the `{` of an aggregate, or behind its variables.
fn in_aggregate(clause: &State, token: &Located) -> bool {
    let open = matches!(clause.previous, Some((_, Token::Sign(Sign::OpenBrace), _)));
    open && clause.has_body && !matches!(token.1, Token::Variable(_))
}

/// A token, in a message.
fn found(token: &Token) -> String {
    match token {
        Token::Name(text) | Token::Variable(text) => format!("`{text}`"),
        Token::Foreign(sign) => format!("`{sign}`"),
        Token::Sign(sign) => format!("`{}`", sign.text()),
        Token::Text(_) => "text in quotes".to_owned(),
        Token::Number(number) => format!("`{number}`"),
        Token::Doc(_) => "documentation".to_owned(),
    }
}

/// What was expected, in words.
fn words(expected: &[String]) -> String {
    let has = |name: &str| expected.iter().any(|expected| expected == name);
    let (is_value, is_word, ends) = (has("number"), has("name"), has(DOT) || has("\",\"") || has("\")\""));
    let mut names: Vec<String> = Vec::new();
    for name in expected {
        let sign = name.trim_matches('"');
        let name = match sign {
            "doc" => continue,
            "number" | "text" | "true" | "false" | "[" | "variable" | "(" if is_value => "a value",
            "in" | "like" | "count" | "sum" | "min" | "max" | "help" | "at" | "estate" | "name"
                if is_value =>
            {
                "a value"
            }
            "count" | "sum" | "min" | "max" | "in" | "like" | "help" | "at" | "estate" if is_word => "a name",
            "name" => "a name",
            "text" => "text in quotes",
            "variable" => "a variable",
            "+" | "-" | "*" | "/" | "%" => continue,
            "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "like" if !is_value && ends => continue,
            "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "like" => "a comparison",
            "not" | "!" if is_value => "a literal",
            sign => {
                names.push(format!("`{sign}`"));
                continue;
            }
        }
        .to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.iter().any(|name| name == "a literal") {
        names.retain(|name| name != "a value");
    }
    names.sort_by_key(|name| (name.starts_with('`'), name.clone()));
    match names.split_last() {
        None => "nothing more".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
