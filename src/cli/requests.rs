//! Files of requests: JSON Lines, a request a line.

use std::path::Path;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::diagnostics::Diagnostic;
use super::given::{self, Given};
use super::options::{Context, Request};
use super::parse::{self, Target};

/// A line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Option<String>,
    principal: String,
    action: String,
    resource: Option<String>,
    resource_account: Option<String>,
    #[serde(default)]
    context: Map<String, Value>,
}

/// Reads the requests of a file, and what is wrong with its other lines.
///
/// `context` and `resource_account` hold for every line that does not say otherwise. Blank lines are skipped.
///
/// # Errors
/// The file cannot be read.
pub(super) fn read_requests(
    file: &Path,
    given: &Given,
    context: &Context,
    resource_account: Option<&str>,
) -> Result<(Vec<Request>, Vec<Diagnostic>), Diagnostic> {
    let name = given::name(file);
    let bytes = given.read(file).map_err(|error| {
        Diagnostic::error("unreadable", format!("cannot read the requests: {error}")).at(&name)
    })?;
    let (mut requests, mut malformed) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match read_line(line, number) {
            Ok(mut request) => {
                request.context = request.context.or(context);
                request.resource_account =
                    request.resource_account.or_else(|| resource_account.map(str::to_owned));
                requests.push(request);
            }
            Err((message, column)) => {
                let place = format!("{name}:{number}:{column}");
                malformed.push(Diagnostic::error("malformed-request", message).at(place));
            }
        }
    }
    Ok((requests, malformed))
}

/// Reads one line, or says what is wrong with it and in which column.
fn read_line(line: &[u8], number: usize) -> Result<Request, (String, usize)> {
    let line: Line = serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let message = match error.classify() {
            Category::Eof => "the line ends before its JSON does".to_owned(),
            Category::Syntax | Category::Io => format!("not JSON: {text}"),
            Category::Data => text.to_owned(),
        };
        (message, error.column().max(1))
    })?;
    request(line, number).map_err(|message| (message, 1))
}

fn request(line: Line, number: usize) -> Result<Request, String> {
    let about = |name: &str, text: &str, problem: String| format!("`{name}` is `{text}`: {problem}");
    let principal =
        parse::principal(&line.principal).map_err(|problem| about("principal", &line.principal, problem))?;
    match parse::target(&line.action) {
        Ok(Target::Action(action)) if !action.contains(['*', '?']) => {}
        _ => {
            return Err(about(
                "action",
                &line.action,
                "expected one action, as in `s3:GetObject`".to_owned(),
            ));
        }
    }
    if let Some(resource) = &line.resource {
        let is_resource = matches!(parse::target(resource), Ok(Target::Resource(_)));
        if !is_resource {
            return Err(about("resource", resource, "expected `arn:…` or `*`".to_owned()));
        }
    }
    if let Some(account) = &line.resource_account {
        parse::account(account).map_err(|problem| about("resource_account", account, problem))?;
    }
    let mut context = Context::default();
    for (key, value) in &line.context {
        let key = parse::context_key(key).map_err(|problem| about("context", key, problem))?;
        if context.mentions(&key) {
            return Err(format!("`{key}` stands twice in `context`"));
        }
        match value {
            Value::Null => context.absent.push(key),
            value => context.present.push((key.clone(), values(value).ok_or_else(|| not_a_value(&key))?)),
        }
    }
    let id = Some(line.id.unwrap_or_else(|| number.to_string()));
    let Line { action, resource, resource_account, .. } = line;
    Ok(Request { id, principal, action, resource, resource_account, context })
}

/// The values of a context key: a text, number or truth value, or a list of them.
fn values(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|value| vec![value]),
    }
}

fn not_a_value(key: &str) -> String {
    format!("`{key}` of `context` is neither a text, a number, a truth value nor a list of them")
}
