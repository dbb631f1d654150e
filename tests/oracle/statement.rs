//! One policy: its statements, and which of them apply to the request (S-GRAM-*, S-ACT-*, S-TRI-07, S-TRI-08).

use serde_json::{Map, Value};

use super::caller::{Caller, Kind};
use super::catalog::Catalog;
use super::condition;
use super::context::{Context, Held};
use super::doubts::Doubts;
use super::glob::glob;
use super::json;
use super::principal::{Form, not_principal, principal};
use super::resource;

/// What kind of policy a document is: the grammar and a few readings depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Resource,
    Key,
    Trust,
    GatewayEndpoint,
    Endpoint,
}

/// A policy document with the name that doubts about it carry.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: String,
    pub kind: PolicyKind,
    /// `Err`: the document cannot be read at all.
    pub document: Result<Value, String>,
}

/// Everything that matching looks at.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub catalog: &'a Catalog,
    pub doubts: &'a Doubts,
    pub context: &'a Context,
    pub caller: &'a Caller,
    /// `service:Name` as asked.
    pub action: &'a str,
    /// The ARN, or `*` for no resource. `None`: an ARN that is of no type of the action (S-RES-12).
    pub resource: Option<&'a str>,
    /// Where the resource is `*` and stands for one of those that the action takes: its partition, and its account where it is stated.
    pub among: Option<(&'a str, Option<&'a str>)>,
    /// Another ARN of which it is open whether it counts too (U-80).
    pub also: Option<&'a str>,
    /// Canonical ids of accounts, as far as they are known.
    pub canonical_ids: &'a [(String, String)],
}

/// One statement at work.
pub struct Side<'a> {
    pub world: &'a World<'a>,
    pub kind: PolicyKind,
    pub is_allow: bool,
    /// Whether the version knows policy variables (S-GRAM-03).
    pub variables: bool,
    pub name: String,
}

/// What a policy does for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    pub allows: bool,
    pub denies: bool,
    /// The forms of principal in the matching Allows.
    pub forms: Vec<Form>,
}

impl World<'_> {
    /// What a condition key holds.
    pub fn held(&self, key: &str) -> Held {
        self.context.held(key, self.catalog, self.doubts)
    }
}

impl Side<'_> {
    /// The reading of something malformed: no match in an Allow, open in a Deny (S-TRI-07).
    pub fn malformed(&self, element: &str) -> bool {
        !self.is_allow && self.world.doubts.maybe(&format!("{}: malformed {element}", self.name))
    }

    /// A test that holds bad entries, read once as matching and once as not.
    pub fn two_readings(&self, element: &str, test: impl Fn(bool) -> bool) -> bool {
        let (as_match, as_miss) = (test(true), test(false));
        if as_match == as_miss { as_match } else { self.malformed(element) }
    }
}

/// Evaluates every statement of a policy.
pub fn evaluate(world: &World, policy: &Policy) -> Effect {
    let mut effect = Effect::default();
    let unreadable = |name: &str| world.doubts.maybe(&format!("{name}: cannot be read"));
    let Ok(Value::Object(document)) = &policy.document else {
        effect.denies = unreadable(&policy.name);
        return effect;
    };
    let repeated = repeated(document);
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(list)) if !repeated.contains(&"Statement") => list.iter().collect(),
        Some(one @ Value::Object(_)) if !repeated.contains(&"Statement") => vec![one],
        _ => {
            effect.denies = unreadable(&policy.name);
            return effect;
        }
    };
    let version = document.get("Version");
    let known_version = !repeated.contains(&"Version")
        && version.is_none_or(|v| v.as_str().is_some_and(|v| matches!(v, "2012-10-17" | "2008-10-17")));
    for (index, statement) in statements.into_iter().enumerate() {
        let name = format!("{} statement {index}", policy.name);
        let Value::Object(statement) = statement else {
            effect.denies |= unreadable(&name);
            continue;
        };
        let is_allow = statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && !self::repeated(statement).contains(&"Effect");
        let variables = version.and_then(Value::as_str) == Some("2012-10-17");
        let side = Side { world, kind: policy.kind, is_allow, variables, name };
        if !known_version || is_malformed(statement, policy.kind) {
            effect.denies |= !is_allow
                && readable_parts_match(&side, statement)
                && world.doubts.maybe(&format!("{}: malformed", side.name));
            continue;
        }
        if let Some(forms) = applies(&side, statement) {
            effect.allows |= is_allow;
            effect.denies |= !is_allow;
            if is_allow {
                effect.forms.extend(forms);
            }
        }
    }
    effect
}

/// Whether a policy holds a statement for the action, with the patterns of its resources (for S-RES-22).
pub fn resource_patterns(world: &World, policy: &Policy) -> Vec<(String, bool)> {
    let Ok(Value::Object(document)) = &policy.document else { return Vec::new() };
    let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let mut found = Vec::new();
    for statement in document.get("Statement").map(json::list).unwrap_or_default() {
        let side = Side { world, kind: policy.kind, is_allow: true, variables, name: String::new() };
        let Value::Object(statement) = statement else { continue };
        if !action_matches(&Side { is_allow: false, ..side }, statement) {
            continue;
        }
        for element in ["Resource", "NotResource"] {
            let entries = statement.get(element).map(json::list).unwrap_or_default();
            found.extend(entries.into_iter().filter_map(json::scalar).map(|text| (text, variables)));
        }
    }
    found
}

fn repeated(object: &Map<String, Value>) -> Vec<&str> {
    let list = object.get(json::REPEATED).map(json::list).unwrap_or_default();
    list.into_iter().filter_map(Value::as_str).collect()
}

/// Malformed as a whole: S-GRAM-07, S-GRAM-08, S-GRAM-14, S-GRAM-20, S-TRI-08.
fn is_malformed(statement: &Map<String, Value>, kind: PolicyKind) -> bool {
    const ELEMENTS: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let has = |element: &str| statement.contains_key(element);
    let effect = statement.get("Effect").and_then(Value::as_str);
    if statement.keys().any(|key| !ELEMENTS.contains(&key.as_str()))
        || !matches!(effect, Some("Allow" | "Deny"))
    {
        return true;
    }
    if has("Action") == has("NotAction")
        || (has("Resource") && has("NotResource"))
        || (has("Principal") && has("NotPrincipal"))
    {
        return true;
    }
    let no_resource = !has("Resource") && !has("NotResource");
    let any_principal = has("Principal") || has("NotPrincipal");
    match kind {
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp => {
            no_resource || any_principal
        }
        PolicyKind::Rcp => no_resource || has("NotPrincipal") || has("NotAction"),
        PolicyKind::Endpoint | PolicyKind::GatewayEndpoint => no_resource,
        // U-53: whom an Allow with it reaches is open there as elsewhere.
        PolicyKind::Trust => !no_resource || (has("NotPrincipal") && effect == Some("Deny")),
        PolicyKind::Resource | PolicyKind::Key => false,
    }
}

/// Whether nothing readable in a malformed statement rules the request out (S-TRI-08). A doubled element is not readable.
fn readable_parts_match(side: &Side, statement: &Map<String, Value>) -> bool {
    let lost = repeated(statement);
    let readable = |a: &str, b: &str| {
        statement.contains_key(a) != statement.contains_key(b) && !lost.contains(&a) && !lost.contains(&b)
    };
    let takes_principal = !matches!(
        side.kind,
        PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp
    );
    if readable("Action", "NotAction") && !action_matches(side, statement) {
        return false;
    }
    if readable("Resource", "NotResource")
        && side.kind != PolicyKind::Trust
        && !resource::matches(side, statement)
    {
        return false;
    }
    // What an RCP cannot have says nothing of whom it spares (S-RCP-05).
    let of_rcp = side.kind == PolicyKind::Rcp && statement.contains_key("NotPrincipal");
    let takes_principal = takes_principal && !of_rcp;
    if takes_principal && readable("Principal", "NotPrincipal") && principal_forms(side, statement).is_none()
    {
        return false;
    }
    match statement.get("Condition") {
        Some(condition) if !lost.contains(&"Condition") => condition::holds(side.world, condition, side),
        _ => true,
    }
}

/// Whether a well-formed statement applies (S-GRAM-19), with the forms of its principal.
fn applies(side: &Side, statement: &Map<String, Value>) -> Option<Vec<Form>> {
    if !action_matches(side, statement) || !resource::matches(side, statement) {
        return None;
    }
    let forms = principal_forms(side, statement)?;
    let holds =
        statement.get("Condition").is_none_or(|condition| condition::holds(side.world, condition, side));
    let named = |form| match (form, side.world.caller.kind) {
        (Form::Everyone, Kind::Role | Kind::Session) if side.is_allow && asks_for_arn(statement) => {
            Form::EveryoneByArn
        }
        _ => form,
    };
    holds.then(|| forms.into_iter().map(named).collect())
}

/// Whether the conditions ask for callers by their ARN.
fn asks_for_arn(statement: &Map<String, Value>) -> bool {
    let Some(Value::Object(blocks)) = statement.get("Condition") else { return false };
    let operators = "StringEquals StringEqualsIgnoreCase StringLike ArnEquals ArnLike";
    blocks.iter().any(|(operator, keys)| {
        let plain = operator.rsplit(':').next().unwrap_or_default();
        let asks = operators.split(' ').any(|name| name.eq_ignore_ascii_case(plain));
        let of_arn =
            |keys: &Map<String, Value>| keys.keys().any(|key| key.eq_ignore_ascii_case("aws:PrincipalArn"));
        asks && keys.as_object().is_some_and(of_arn)
    })
}

fn principal_forms(side: &Side, statement: &Map<String, Value>) -> Option<Vec<Form>> {
    if let Some(element) = statement.get("NotPrincipal") {
        return not_principal(side, element).then(|| vec![Form::Everyone]);
    }
    let forms = match statement.get("Principal") {
        Some(Value::String(text)) if text == "*" => vec![Form::Everyone],
        Some(_) if side.kind == PolicyKind::Rcp => {
            if side.malformed("Principal") {
                vec![Form::Everyone]
            } else {
                Vec::new()
            }
        }
        Some(element) => principal(side, element),
        None => match side.kind {
            PolicyKind::Resource | PolicyKind::Key | PolicyKind::Trust => {
                // S-GRAM-09, U-61.
                if side.malformed("Principal: there is none") { vec![Form::Everyone] } else { Vec::new() }
            }
            _ => vec![Form::Everyone],
        },
    };
    if forms.is_empty() { None } else { Some(forms) }
}

enum ActionEntry {
    Yes,
    No,
    Bad,
}

fn action_matches(side: &Side, statement: &Map<String, Value>) -> bool {
    let (element, negated) =
        if statement.contains_key("NotAction") { ("NotAction", true) } else { ("Action", false) };
    let entries = statement.get(element).map(json::list).unwrap_or_default();
    if entries.is_empty() {
        return negated && side.malformed(element); // S-GRAM-15, U-02
    }
    let entries: Vec<ActionEntry> = entries.into_iter().map(|entry| action_entry(side, entry)).collect();
    side.two_readings(element, |bad| {
        let hit =
            entries.iter().any(|e| matches!(e, ActionEntry::Yes) || (bad && matches!(e, ActionEntry::Bad)));
        hit != negated
    })
}

fn action_entry(side: &Side, entry: &Value) -> ActionEntry {
    let Some(text) = json::scalar(entry) else { return ActionEntry::Bad };
    if text == "*" || text == "*:*" {
        return ActionEntry::Yes;
    }
    if side.variables && text.contains("${") {
        return ActionEntry::Bad;
    }
    let action = side.world.action.to_lowercase();
    let (Some((prefix, name)), Some((service, asked))) = (text.split_once(':'), action.split_once(':'))
    else {
        return ActionEntry::Bad;
    };
    let hit = glob(&prefix.to_lowercase(), service) && glob(&name.to_lowercase(), asked);
    match (prefix.contains(['*', '?']), hit) {
        (_, false) => ActionEntry::No,
        (true, true) => ActionEntry::Bad, // U-03
        (false, true) => ActionEntry::Yes,
    }
}
