//! A JSON tree -> a [`Document`]: elements in their places, entries classified, every problem noted.

mod condition;
mod lists;
mod principal;
mod statement;

use super::json::{Members, Tree, Value};
use super::model::{Document, PolicyKind, Statement, Version};
use super::nearest::nearest;
use super::policy_text::escaped_offset;
use super::problem::{Fault, Place, Problem, ProblemCode, Quoted, Severity};
use super::span::Span;

/// Reads the text of one policy.
///
/// `text` is the policy itself, a JSON object; for the forms in which exports hold it see
/// [`PolicyText`](super::PolicyText). Spans count from the start of `text`.
///
/// ```
/// use entail::document::{parse, PolicyKind};
/// let text = r#"{"Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*",
///                "Condition": {"StringEqualz": {"aws:username": "root"}}}}"#;
/// let document = parse(text, PolicyKind::Identity);
/// assert_eq!(document.statements.len(), 1);
/// assert_eq!(document.problems[0].message, "`StringEqualz` is not a condition operator");
/// assert_eq!(document.problems[0].help.as_deref(), Some("did you mean `StringEquals`?"));
/// assert_eq!(document.problems[0].place.span.of(text), "\"StringEqualz\"");
/// ```
pub fn parse(text: &str, kind: PolicyKind) -> Document<'_> {
    match Tree::parse(text) {
        Ok(tree) => Reader { kind, version: Version::V2008, problems: Vec::new() }.document(tree.root()),
        Err(problem) => Document {
            version: Version::Unreadable,
            id: None,
            statements: Vec::new(),
            problems: vec![*problem],
            unreadable: true,
        },
    }
}

/// What is known while a document is read.
struct Reader {
    kind: PolicyKind,
    version: Version,
    problems: Vec<Problem>,
}

const TOP_LEVEL: [&str; 3] = ["Version", "Id", "Statement"];

/// The elements at the top of a document. Of a repeated element all values are kept.
#[derive(Default)]
struct Top<'t, 'a> {
    version: Vec<Value<'t, 'a>>,
    statement: Vec<Value<'t, 'a>>,
    id: Option<Value<'t, 'a>>,
    /// A misspelt `Version`: which version was meant is open.
    is_version_misspelt: bool,
    /// A misspelt `Statement`: it may hold a Deny.
    is_statement_misspelt: bool,
}

impl Reader {
    fn document<'a>(mut self, root: Value<'_, 'a>) -> Document<'a> {
        let Some(members) = root.members() else {
            self.wrong_type(root, "a policy", "an object");
            let problems = self.problems;
            return Document {
                version: Version::Unreadable,
                id: None,
                statements: Vec::new(),
                problems,
                unreadable: true,
            };
        };
        let top = self.top(members);
        let broken = self.read_version(root, &top);
        let mut unreadable = top.is_statement_misspelt;
        if top.statement.is_empty() {
            self.missing(root, "the policy has no `Statement`");
            unreadable = true;
        }
        let mut statements: Vec<Statement> = Vec::new();
        for &value in &top.statement {
            if let Some(items) = value.items() {
                let first = statements.len();
                for (position, item) in (0..).zip(items) {
                    let index = statements.len() as u32;
                    statements.push(self.statement(item, index, Some(position)));
                }
                if statements.len() == first {
                    self.report(
                        value,
                        Fault::warning(ProblemCode::EmptyList, "the policy has no statements"),
                    );
                }
            } else if value.members().is_some() {
                let index = statements.len() as u32;
                statements.push(self.statement(value, index, None));
            } else {
                self.wrong_type(value, "`Statement`", "an object or an array of objects");
                unreadable = true;
            }
        }
        let doubled = (top.statement.len() > 1).then_some(ProblemCode::DuplicateKey);
        if let Some(code) = broken.or(doubled) {
            for statement in &mut statements {
                statement.malformed.get_or_insert(code);
            }
        }
        if self.is_iam() {
            self.repeated_sids(&statements);
        }
        self.problems.sort_by_key(|problem| problem.place.span.start);
        let id = top.id.map(Value::span);
        Document { version: self.version, id, statements, problems: self.problems, unreadable }
    }

    fn top<'t, 'a>(&mut self, members: Members<'t, 'a>) -> Top<'t, 'a> {
        let mut top = Top::default();
        let mut keys: [Option<Value>; TOP_LEVEL.len()] = [None; TOP_LEVEL.len()];
        for member in members {
            let name = member.key.text().unwrap_or_default();
            let known = TOP_LEVEL.iter().position(|&element| element == name);
            if let Some(slot) = known.and_then(|known| keys.get_mut(known)) {
                match *slot {
                    Some(first) => self.repeated(member.key, first),
                    None => *slot = Some(member.key),
                }
            }
            match &*name {
                "Version" => top.version.push(member.value),
                "Statement" => top.statement.push(member.value),
                "Id" => top.id = Some(member.value),
                _ => {
                    let meant = nearest(&name, TOP_LEVEL);
                    top.is_version_misspelt |= meant == Some("Version");
                    top.is_statement_misspelt |= meant == Some("Statement");
                    if statement::Element::named(&name).is_some() {
                        let fault = unknown_element(&name, None, "a policy");
                        self.report(
                            member.key,
                            fault.with_help("elements of a statement stand in `Statement`"),
                        );
                        continue;
                    }
                    let severity = if matches!(meant, Some("Version" | "Statement")) {
                        Severity::Error
                    } else {
                        Severity::Warning
                    };
                    let fault = unknown_element(&name, meant, "a policy");
                    self.report(member.key, Fault { severity, ..fault });
                }
            }
        }
        if let Some(id) = top.id {
            self.id(id);
        }
        top
    }

    /// Reads `Version`; with the reason why no statement counts, if there is one.
    fn read_version(&mut self, root: Value, top: &Top) -> Option<ProblemCode> {
        let (version, broken) = match top.version[..] {
            [] => (Version::V2008, None),
            [value] => match value.text().as_deref() {
                Some("2012-10-17") => (Version::V2012, None),
                Some("2008-10-17") => (Version::V2008, None),
                Some(text) => {
                    let message = format!("{} is not a version of the policy language", Quoted(text));
                    let fault = Fault::error(ProblemCode::UnknownVersion, message)
                        .with_help("the versions are `2012-10-17` and `2008-10-17`");
                    self.report(value, fault);
                    (Version::Unreadable, Some(ProblemCode::UnknownVersion))
                }
                None => {
                    self.wrong_type(value, "`Version`", "a string");
                    (Version::Unreadable, Some(ProblemCode::WrongType))
                }
            },
            _ => (Version::Unreadable, Some(ProblemCode::DuplicateKey)),
        };
        if version == Version::V2008 && self.kind == PolicyKind::Rcp && !top.is_version_misspelt {
            let fault =
                Fault::warning(ProblemCode::OldVersion, "a resource control policy needs version 2012-10-17");
            match top.version[..] {
                [value] => self.report(value, fault),
                _ => self.report_at(first_byte(root), fault),
            }
        }
        if top.is_version_misspelt {
            self.version = Version::Unreadable;
            return broken.or(Some(ProblemCode::UnknownElement));
        }
        self.version = version;
        broken
    }

    /// `Id` never affects evaluation (S-GRAM-11).
    fn id(&mut self, value: Value) {
        if value.text().is_none() {
            let message = format!("`Id` is a string, found {}", value.type_name());
            self.report(value, Fault::warning(ProblemCode::OddSid, message));
        }
    }

    /// A `Sid` is unique in its document (S-GRAM-11); an empty one, as Terraform writes it, is none.
    fn repeated_sids(&mut self, statements: &[Statement]) {
        if statements.len() < 2 {
            return;
        }
        let place = |span: Span, statement: &Statement| Place { path: statement.path().key("Sid"), span };
        let mut sids: Vec<_> =
            statements.iter().filter_map(|statement| Some((statement.sid.as_ref()?, statement))).collect();
        sids.retain(|(sid, _)| !sid.value.is_empty());
        sids.sort_by(|(left, _), (right, _)| left.value.cmp(&right.value));
        for run in sids.chunk_by(|(left, _), (right, _)| left.value == right.value) {
            let Some(((first, first_statement), repeats)) = run.split_first() else { continue };
            for (sid, statement) in repeats {
                let message = format!("two statements have the `Sid` {}", Quoted(&sid.value));
                let problem = Problem::warning(ProblemCode::OddSid, message, place(sid.span, statement))
                    .with_also(place(first.span, first_statement));
                self.problems.push(problem);
            }
        }
    }

    /// Whether IAM or Organizations stores the policy, and not another service with a grammar of its own.
    fn is_iam(&self) -> bool {
        !matches!(self.kind, PolicyKind::Resource | PolicyKind::Endpoint)
    }

    /// Notes a fault of a value; its range, if any, is one of the content of the string `value`.
    fn report(&mut self, value: Value, fault: Fault) {
        let mut place = value.place();
        if let Some(range) = &fault.within {
            let outer = |offset: usize| place.span.start + escaped_offset(value.source(), offset as u32);
            place.span = Span::new(outer(range.start), outer(range.end));
        }
        self.report_at(place, fault);
    }

    fn report_at(&mut self, place: Place, fault: Fault) {
        let Fault { code, severity, message, help, .. } = fault;
        self.problems.push(Problem { code, severity, message, help, place, also: None });
    }

    fn wrong_type(&mut self, value: Value, what: &str, expected: &str) {
        let message = format!("{what} is {expected}, found {}", value.type_name());
        self.report_at(first_line(value), Fault::error(ProblemCode::WrongType, message));
    }

    /// Notes that something is not there; an object is pointed at by its brace.
    fn missing(&mut self, object: Value, message: &str) {
        self.report_at(first_byte(object), Fault::error(ProblemCode::MissingElement, message));
    }

    fn repeated(&mut self, key: Value, first: Value) {
        let message = format!("{} stands twice in one object", Quoted(&key.text().unwrap_or_default()));
        let problem = Problem::error(ProblemCode::DuplicateKey, message, key.place())
            .with_help("keep one; elements with several values take a list")
            .with_also(first.place());
        self.problems.push(problem);
    }
}

/// The place of an object or array, cut to its bracket.
fn first_byte(value: Value) -> Place {
    let Place { path, span } = value.place();
    Place { path, span: Span::new(span.start, span.start.saturating_add(1).min(span.end)) }
}

/// The place of a value; of one that has parts only its bracket.
fn first_line(value: Value) -> Place {
    if value.items().is_some() || value.members().is_some() { first_byte(value) } else { value.place() }
}

/// A misspelt element, or one that does not exist (S-GRAM-14, U-01).
fn unknown_element(name: &str, meant: Option<&str>, parent: &str) -> Fault {
    let message = format!("{} is not an element of {parent}", Quoted(name));
    let fault = Fault::error(ProblemCode::UnknownElement, message);
    match meant {
        Some(meant) => fault.with_help(format!("did you mean `{meant}`?")),
        None => fault,
    }
}
