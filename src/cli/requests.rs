//! Files of requests: JSON Lines, a request a line.

use std::path::Path;

use super::answers::OfRequest;
use super::diagnostics::Diagnostic;
use super::given::{self, Given};
use super::options::{Context, Request};
use super::parse::{self, Target};
use crate::facts::keys;
use crate::output::redact::Redactor;
use crate::output::views::scenario_error_view;
use crate::output::{LineAnswer, ScenarioErrorView};
use crate::scenario::{Node, ScenarioError};

const FIELDS: &[&str] = &["id", "principal", "action", "resource", "resource_account", "context"];

/// The lines of a file of requests.
pub(super) struct Lines {
    file: String,
    lines: Vec<Line>,
    /// Those of the lines that are some, in order.
    requests: Vec<Request>,
}

/// A line, by its number from 1.
struct Line {
    number: u32,
    /// The id of its request, or what is wrong with it.
    read: Result<String, ScenarioErrorView>,
}

/// Reads the requests of a file.
///
/// `context` and `resource_account` hold for every line that does not say otherwise. Blank lines are skipped.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read_requests(
    path: &Path,
    given: &Given,
    context: &Context,
    resource_account: Option<&str>,
) -> Result<Lines, Diagnostic> {
    let file = given::name(path);
    let bytes = given.read(path).map_err(|error| {
        Diagnostic::error("unreadable", format!("cannot read the requests: {error}")).at(&file)
    })?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let (mut lines, mut requests) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let read = read_line(line, number).map(|(id, mut request)| {
            request.context = request.context.or(context);
            request.resource_account =
                request.resource_account.or_else(|| resource_account.map(str::to_owned));
            requests.push(request);
            id
        });
        lines.push(Line { number, read });
    }
    Ok(Lines { file, lines, requests })
}

impl Lines {
    /// The requests of the lines that are some.
    pub(super) fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }

    /// What is wrong with the lines that are no requests.
    pub(super) fn malformed(&self) -> Vec<Diagnostic> {
        self.lines.iter().filter_map(|line| Some(self.of_malformed(line.read.as_ref().err()?))).collect()
    }

    fn of_malformed(&self, ScenarioErrorView { error, .. }: &ScenarioErrorView) -> Diagnostic {
        let place = format!("{}:{}:{} ({})", self.file, error.line, error.column, error.path);
        Diagnostic::error("malformed-request", &error.message).at(place)
    }

    /// A row for each line, and what there is to say about them, from what came of the requests. Rows of lines without answer hold
    /// pseudonyms, if there is a redactor.
    pub(super) fn answers(
        &self,
        answered: Vec<OfRequest>,
        redactor: Option<&Redactor>,
    ) -> (Vec<LineAnswer>, Vec<Diagnostic>) {
        let mut answered = answered.into_iter();
        let (mut rows, mut about) = (Vec::new(), Vec::new());
        for line in &self.lines {
            let refused = match &line.read {
                Err(malformed) => {
                    about.push(self.of_malformed(malformed));
                    malformed.clone()
                }
                Ok(id) => {
                    let Some(OfRequest { answer, warnings }) = answered.next() else { break };
                    let place = format!("{}:{}", self.file, line.number);
                    about.extend(warnings.into_iter().map(|warning| warning.at(&place)));
                    match answer {
                        Ok(answer) => {
                            rows.push(LineAnswer::Answered(Box::new(answer)));
                            continue;
                        }
                        Err(refused) => {
                            let error = whole_line(refused.message());
                            about.push(refused.at(&place));
                            scenario_error_view(Some(id.clone()), line.number, &error)
                        }
                    }
                }
            };
            rows.push(LineAnswer::Refused(match redactor {
                Some(redactor) => redacted(refused, redactor),
                None => refused,
            }));
        }
        (rows, about)
    }
}

fn redacted(mut refused: ScenarioErrorView, redactor: &Redactor) -> ScenarioErrorView {
    for text in [&mut refused.id, &mut refused.error.message, &mut refused.error.path] {
        *text = redactor.text(text);
    }
    refused
}

fn whole_line(message: impl Into<String>) -> ScenarioError {
    ScenarioError { message: message.into(), column: 1, path: Default::default() }
}

/// Reads one line with its id.
fn read_line(line: &[u8], number: u32) -> Result<(String, Request), ScenarioErrorView> {
    let text = match std::str::from_utf8(line.trim_ascii_end()) {
        Ok(text) => text,
        Err(error) => {
            let column = error.valid_up_to() as u32 + 1;
            let error = ScenarioError { column, ..whole_line("the line is not UTF-8") };
            return Err(scenario_error_view(None, number, &error));
        }
    };
    let mut id = None;
    match request(text, &mut id) {
        Ok(request) => {
            let id = id.unwrap_or_else(|| number.to_string());
            Ok((id.clone(), Request { id: Some(id), ..request }))
        }
        Err(error) => Err(scenario_error_view(id, number, &error)),
    }
}

fn request(text: &str, id: &mut Option<String>) -> Result<Request, ScenarioError> {
    let root = Node::line(text);
    let members = root.object()?.0;
    let member = |name: &'static str| {
        let found = members.iter().find(|(key, _)| *key == name);
        found.map(|(_, raw)| root.member(name, raw)).filter(|node| !node.is_null())
    };
    *id = member("id").map(|node| node.scalar().map(|id| id.into_owned())).transpose()?;
    if let Some((key, raw)) = members.iter().find(|(key, _)| !FIELDS.contains(&&**key)) {
        return Err(root.member(key, raw).unknown(key, FIELDS));
    }
    let lacks = |what: &str| root.error(format!("the request has no `{what}`"));
    let checked = |node: Node<'_, '_>, check: &dyn Fn(&str) -> Result<(), String>| {
        let text = node.text()?.into_owned();
        match check(&text) {
            Ok(()) => Ok(text),
            Err(problem) => Err(node.error(format!("`{text}`: {problem}"))),
        }
    };
    let principal = checked(member("principal").ok_or_else(|| lacks("principal"))?, &|text| {
        parse::principal(text).map(drop)
    })?;
    let action =
        checked(member("action").ok_or_else(|| lacks("action"))?, &|text| match parse::target(text) {
            Ok(Target::Action(action)) if !action.contains(['*', '?']) => Ok(()),
            _ => Err("expected one action, as in `s3:GetObject`".to_owned()),
        })?;
    let of_resource = |text: &str| match parse::target(text) {
        Ok(Target::Resource(_)) => Ok(()),
        Ok(Target::Action(_)) => Err("expected `arn:…` or `*`".to_owned()),
        Err(problem) => Err(problem),
    };
    let resource = member("resource").map(|node| checked(node, &of_resource)).transpose()?;
    let of_account = |text: &str| parse::owner(text).map(drop);
    let resource_account = member("resource_account").map(|node| checked(node, &of_account)).transpose()?;
    let context = member("context").map(|node| context(&node)).transpose()?.unwrap_or_default();
    Ok(Request { id: None, principal, action, resource, resource_account, context })
}

fn context(node: &Node<'_, '_>) -> Result<Context, ScenarioError> {
    let mut context = Context::default();
    for (key, raw) in node.object()?.0 {
        let member = node.member(&key, raw);
        let key = parse::context_key(&key).map_err(|problem| member.error(format!("`{key}`: {problem}")))?;
        if context.mentions(&key) {
            return Err(member.error(format!("`{key}` stands here twice: keys ignore case")));
        }
        if member.is_null() {
            context.absent.push(key);
            continue;
        }
        let elements = match raw.starts_with('[') {
            true => member.list()?,
            false => Vec::new(),
        };
        let nodes = match raw.starts_with('[') {
            true => (0..).zip(elements).map(|(index, raw)| member.element(index, raw)).collect(),
            false => vec![member],
        };
        let value = |node: &Node<'_, '_>| -> Result<String, ScenarioError> {
            let value = node.scalar()?.into_owned();
            match keys::malformed_value(&key, &value) {
                Some(problem) => Err(node.error(problem)),
                None => Ok(value),
            }
        };
        let values = nodes.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        context.present.push((key, values));
    }
    Ok(context)
}
