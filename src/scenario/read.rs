//! A line -> a [`Scenario`].

use super::value::{Node, ScenarioError};
use super::{
    Authorization, Expected, OpenKeys, PolicyPlace, Registration, Scenario, Settings, StatedCaller,
    StatedContext, StatedDelegation, StatedLevel, StatedOrganization, StatedOwner, StatedPolicy,
    StatedResource, StatedSession, caller,
};
use crate::document::PolicyKind;
use crate::document::nearest::nearest;
use crate::estate::{AccountId, Arn};
use crate::facts::is_service;

const FIELDS: &[&str] = &[
    "id",
    "request",
    "identity_policies",
    "boundaries",
    "session_policies",
    "session_policy",
    "endpoint_policies",
    "resource_policy",
    "scps",
    "rcps",
    "resources",
    "caller",
    "organization",
    "settings",
    "derive",
    "unknown",
    "partial",
    "expected",
    "blocked_by",
];
const REQUEST: &[&str] = &["principal", "action", "resource", "resource_account", "context"];
const RESOURCE: &[&str] = &["arn", "account", "tags", "policies", "context"];
const LEVEL: &[&str] = &["level", "policies"];
const SETTINGS: &[&str] = &[
    "s3_bucket_abac_enabled",
    "s3_block_public_access",
    "s3_object_owner",
    "api_authorization",
    "api_protocol",
    "api_private",
    "glue_lake_formation",
    "lattice_authorization",
];
const ORGANIZATION: &[&str] = &[
    "id",
    "management_account",
    "principal_path",
    "resource_path",
    "delegated_administrators",
    "root_sessions",
];

impl<'a> Scenario<'a> {
    /// The id of a line that can't be read as a whole, if it has one.
    pub fn id_of(line: &str) -> Option<String> {
        let root = Node::line(line);
        let members = root.object().ok()?;
        let (_, raw) = members.0.into_iter().find(|(key, _)| key == "id")?;
        root.member("id", raw).scalar().ok().map(|id| id.into_owned())
    }

    /// Reads a line; `number` is its number in the file, from 1.
    ///
    /// # Errors
    /// The line is no JSON, lacks something, or says something that can't be understood.
    pub fn read(line: &'a str, number: usize) -> Result<Self, ScenarioError> {
        let root = Node::line(line);
        let members = root.object()?;
        let member = |name: &'static str| {
            let found = members.0.iter().find(|(key, _)| *key == name);
            found.map(|(_, raw)| root.member(name, raw)).filter(|node| !node.is_null())
        };
        let id = match member("id") {
            Some(id) => id.scalar()?.as_ref().into(),
            None => number.to_string().into(),
        };
        let request = member("request").ok_or_else(|| root.error("there is no `request`"))?;
        let mut stated = Request::default();
        for (key, raw) in request.object()?.0 {
            let node = request.member(&key, raw);
            match &*key {
                _ if node.is_null() => {}
                "principal" => stated.caller = Some(caller::read(&node, member("caller").as_ref())?),
                "action" => stated.action = Some(action(&node)?),
                "resource" => stated.resource = Some(resource_arn(&node)?),
                "resource_account" => stated.owner = owner(&node)?,
                "context" => stated.context = StatedContext::read(&node)?,
                _ => return Err(node.unknown(&key, REQUEST)),
            }
        }
        let lacks = |what: &str| request.error(format!("the request has no `{what}`"));
        let caller = stated.caller.ok_or_else(|| lacks("principal"))?;
        let action = stated.action.ok_or_else(|| lacks("action"))?;
        let settings = member("settings").map_or(Ok(Settings::default()), |node| settings(&node))?;
        let caller = if settings.knows_nobody(&action) { StatedCaller::anonymous() } else { caller };
        let request_resource = stated.resource.clone();
        let resources = match member("resources") {
            Some(node) if !node.list()?.is_empty() => resources(&node, &action)?,
            _ => {
                let arn = stated.resource.ok_or_else(|| lacks("resource"))?;
                let kind = resource_kind(&action, &arn);
                let place = PolicyPlace { field: "resource_policy", index: None, within: None };
                let policy =
                    member("resource_policy").map(|node| StatedPolicy { value: node.raw, kind, place });
                vec![StatedResource {
                    arn,
                    owner: stated.owner,
                    tags: Vec::new(),
                    policies: policy.into_iter().collect(),
                    context: StatedContext::default(),
                }]
            }
        };
        let names = members.0.iter().filter(|(_, raw)| *raw != "null").map(|(key, _)| &**key);
        let several = member("resources").is_some_and(|node| node.list().is_ok_and(|list| !list.is_empty()));
        let is_another = |arn: &str| !resources.iter().any(|resource| &*resource.arn == arn);
        let beside = [
            request_resource.is_some_and(|arn| is_another(&arn)).then_some("request.resource"),
            member("resource_policy").filter(|_| several).map(|_| "resource_policy"),
        ];
        let policies = |name: &'static str, kind| match member(name) {
            Some(node) => list(&node, name, None, kind),
            None => Ok(Vec::new()),
        };
        let of_session = member("session_policies");
        let unknown = of_session.as_ref().is_some_and(|node| node.raw == r#""unknown""#);
        let mut session = match unknown {
            true => Vec::new(),
            false => policies("session_policies", PolicyKind::Session)?,
        };
        let mut session_policies = match (unknown, &of_session) {
            (true, _) => StatedSession::Unknown,
            (false, Some(_)) => StatedSession::All,
            (false, None) => StatedSession::LeftOut,
        };
        if let Some(node) = member("session_policy") {
            if unknown {
                return Err(node.error("`session_policies` says that nobody knows them"));
            }
            session_policies = StatedSession::All;
            let place = PolicyPlace { field: "session_policy", index: None, within: None };
            session.push(StatedPolicy { value: node.raw, kind: PolicyKind::Session, place });
        }
        let levels = |name: &'static str, kind| match member(name) {
            Some(node) => levels(&node, name, kind),
            None => Ok(Vec::new()),
        };
        Ok(Self {
            id,
            line,
            caller,
            resources,
            identity: policies("identity_policies", PolicyKind::Identity)?,
            boundary: policies("boundaries", PolicyKind::Boundary)?,
            session,
            session_policies,
            scps: levels("scps", PolicyKind::Scp)?,
            rcps: levels("rcps", PolicyKind::Rcp)?,
            endpoint: policies("endpoint_policies", PolicyKind::Endpoint)?,
            organization: member("organization").map(|node| organization(&node)).transpose()?,
            settings,
            context: stated.context,
            derive: member("derive").map_or(Ok(false), |node| node.truth())?,
            open: open(member("unknown"), member("partial"))?,
            expected: expected(member("expected"), member("blocked_by"))?,
            unread: unread(names, beside),
            action,
        })
    }
}

/// Fields that are passed over: they are nearly called as one that counts, or stand beside another in whose place they would count.
fn unread<'m>(names: impl Iterator<Item = &'m str> + Clone, beside: [Option<&str>; 2]) -> Vec<String> {
    let has = |wanted: &str| names.clone().any(|name| name == wanted);
    let nearly = names.clone().filter(|name| !FIELDS.contains(name)).filter_map(|name| {
        let near = nearest(name, FIELDS.iter().copied())?;
        (strsim::osa_distance(name, near) <= 2 && !has(near))
            .then(|| format!("`{name}` is a field that nobody looks at; did you mean `{near}`?"))
    });
    let mut unread: Vec<String> = nearly.collect();
    unread.extend(beside.into_iter().flatten().map(|field| {
        format!("`{field}` counts for nothing beside `resources`, which says all of the resources")
    }));
    if has("blocked_by") && !has("expected") {
        unread.push("`blocked_by` is compared with nothing without `expected`".to_owned());
    }
    unread
}

#[derive(Default)]
struct Request {
    caller: Option<super::StatedCaller>,
    action: Option<Box<str>>,
    resource: Option<Box<str>>,
    owner: StatedOwner,
    context: StatedContext,
}

fn action(node: &Node<'_, '_>) -> Result<Box<str>, ScenarioError> {
    let text = node.text()?;
    let named = text.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if !named || text.contains(['*', '?', ' ']) {
        return Err(node.error(format!("`{text}` is no action: expected `service:Name`")));
    }
    Ok(text.as_ref().into())
}

fn resource_arn(node: &Node<'_, '_>) -> Result<Box<str>, ScenarioError> {
    let text = node.text()?;
    if &*text != "*" && Arn::parse(&text).is_none() {
        return Err(node.error(format!("`{text}` is neither an ARN nor `*`")));
    }
    Ok(text.as_ref().into())
}

fn account(node: &Node<'_, '_>) -> Result<AccountId, ScenarioError> {
    let text = node.scalar()?;
    text.parse().map_err(|problem| node.error(format!("`{text}` is no account: {problem}")))
}

fn owner(node: &Node<'_, '_>) -> Result<StatedOwner, ScenarioError> {
    match &*node.scalar()? {
        "aws" => Ok(StatedOwner::Aws),
        _ => account(node).map(StatedOwner::Account),
    }
}

/// How the policy of a resource is read.
fn resource_kind(action: &str, arn: &str) -> PolicyKind {
    let service = action.split(':').next().unwrap_or_default();
    match service.eq_ignore_ascii_case("sts") && arn.contains(":role/") {
        true => PolicyKind::Trust,
        false => PolicyKind::Resource,
    }
}

/// A list of policies.
fn list<'a>(
    node: &Node<'a, '_>,
    field: &'static str,
    index: Option<u32>,
    kind: PolicyKind,
) -> Result<Vec<StatedPolicy<'a>>, ScenarioError> {
    let places = |at: u32| match index {
        None => PolicyPlace { field, index: Some(at), within: None },
        Some(index) => PolicyPlace { field, index: Some(index), within: Some(at) },
    };
    let all = (0..).zip(node.list()?);
    Ok(all.map(|(at, value)| StatedPolicy { value, kind, place: places(at) }).collect())
}

fn levels<'a>(
    node: &Node<'a, '_>,
    field: &'static str,
    kind: PolicyKind,
) -> Result<Vec<StatedLevel<'a>>, ScenarioError> {
    let level = |(index, raw): (u32, &'a str)| {
        let node = node.element(index, raw);
        let mut level = StatedLevel { label: index.to_string().into(), policies: Vec::new() };
        for (key, raw) in node.object()?.0 {
            let member = node.member(&key, raw);
            match &*key {
                _ if member.is_null() => {}
                "level" => level.label = member.scalar()?.as_ref().into(),
                "policies" => level.policies = list(&member, field, Some(index), kind)?,
                _ => return Err(member.unknown(&key, LEVEL)),
            }
        }
        Ok(level)
    };
    (0..).zip(node.list()?).map(level).collect()
}

fn resources<'a>(node: &Node<'a, '_>, action: &str) -> Result<Vec<StatedResource<'a>>, ScenarioError> {
    let resource = |(index, raw): (u32, &'a str)| {
        let node = node.element(index, raw);
        let members = node.object()?;
        let mut arn = None;
        if let Some((_, raw)) = members.0.iter().find(|(key, _)| key == "arn") {
            arn = Some(resource_arn(&node.member("arn", raw))?);
        }
        let arn = arn.ok_or_else(|| node.error("the resource has no `arn`"))?;
        let kind = resource_kind(action, &arn);
        let mut resource = StatedResource {
            arn,
            owner: StatedOwner::AsTheArnSays,
            tags: Vec::new(),
            policies: Vec::new(),
            context: StatedContext::default(),
        };
        for (key, raw) in members.0 {
            let member = node.member(&key, raw);
            match &*key {
                _ if member.is_null() => {}
                "arn" => {}
                "account" => resource.owner = owner(&member)?,
                "tags" => resource.tags = caller::tags(&member)?,
                "policies" => resource.policies = list(&member, "resources", Some(index), kind)?,
                "context" => resource.context = StatedContext::read(&member)?,
                _ => return Err(member.unknown(&key, RESOURCE)),
            }
        }
        Ok(resource)
    };
    (0..).zip(node.list()?).map(resource).collect()
}

fn organization(node: &Node<'_, '_>) -> Result<StatedOrganization, ScenarioError> {
    let mut stated = StatedOrganization {
        id: None,
        management: None,
        principal_path: None,
        resource_path: None,
        delegation: StatedDelegation::default(),
    };
    let (mut principal, mut resource) = (None, None);
    for (key, raw) in node.object()?.0 {
        let member = node.member(&key, raw);
        match &*key {
            _ if member.is_null() => {}
            "id" => stated.id = Some(member.text()?.as_ref().into()),
            "management_account" => stated.management = Some(account(&member)?),
            "principal_path" => principal = Some(nodes(&member)?),
            "resource_path" => resource = Some(nodes(&member)?),
            "delegated_administrators" => stated.delegation.administrators = Some(administrators(&member)?),
            "root_sessions" => stated.delegation.root_sessions = Some(member.truth()?),
            _ => return Err(member.unknown(&key, ORGANIZATION)),
        }
    }
    let id = stated.id.clone();
    let path = |nodes: Option<Vec<String>>| {
        let (id, nodes) = (id.as_deref()?, nodes.filter(|nodes| !nodes.is_empty())?);
        let first = (nodes.first().is_some_and(|first| first != id)).then_some(id);
        let steps = first.into_iter().chain(nodes.iter().map(String::as_str));
        Some(steps.map(|step| format!("{}/", step.trim_end_matches('/'))).collect::<String>().into())
    };
    stated.principal_path = path(principal);
    stated.resource_path = path(resource);
    Ok(stated)
}

/// For each service the accounts that administer it.
fn administrators(node: &Node<'_, '_>) -> Result<Vec<Registration>, ScenarioError> {
    let mut administrators = Vec::new();
    for (service, raw) in node.object()?.0 {
        let of_service = node.member(&service, raw);
        let is_plain = |c: char| !c.is_ascii_uppercase() && !c.is_whitespace();
        if !is_service(&service) || service.starts_with('.') || !service.chars().all(is_plain) {
            return Err(of_service
                .error(format!("`{service}` is no service: expected `iam.amazonaws.com` or the like")));
        }
        for (index, raw) in (0..).zip(of_service.list()?) {
            administrators.push(((*service).into(), account(&of_service.element(index, raw))?));
        }
    }
    Ok(administrators)
}

fn nodes(node: &Node<'_, '_>) -> Result<Vec<String>, ScenarioError> {
    let all = (0..).zip(node.list()?);
    all.map(|(index, raw)| node.element(index, raw).text().map(|text| text.into_owned())).collect()
}

fn settings(node: &Node<'_, '_>) -> Result<Settings, ScenarioError> {
    let mut settings = Settings::default();
    for (key, raw) in node.object()?.0 {
        let member = node.member(&key, raw);
        match &*key {
            _ if member.is_null() => {}
            "s3_bucket_abac_enabled" => settings.bucket_abac = Some(member.truth()?),
            "s3_block_public_access" => settings.block_public_access = member.truth()?,
            "s3_object_owner" => settings.object_owner = Some(account(&member)?),
            "glue_lake_formation" => settings.lake_formation = member.truth()?,
            "api_private" => settings.private = member.truth()?,
            "api_authorization" | "lattice_authorization" => {
                settings.authorization = match (&*key, &*member.text()?) {
                    (_, "iam") => Authorization::Signature,
                    ("api_authorization", "lambda") => Authorization::Authorizer,
                    ("api_authorization", "cognito") => Authorization::Token,
                    (_, "none") => Authorization::None,
                    (_, other) => return Err(member.error(format!("`{other}` is no kind of authorization"))),
                }
            }
            "api_protocol" => {
                settings.without_policy = match &*member.text()? {
                    "rest" => false,
                    "http" | "websocket" => true,
                    other => return Err(member.error(format!("`{other}` is no kind of API"))),
                }
            }
            _ => return Err(member.unknown(&key, SETTINGS)),
        }
    }
    Ok(settings)
}

fn open(unknown: Option<Node<'_, '_>>, partial: Option<Node<'_, '_>>) -> Result<OpenKeys, ScenarioError> {
    if partial.map_or(Ok(false), |node| node.truth())? {
        return Ok(OpenKeys::All);
    }
    let Some(node) = unknown else { return Ok(OpenKeys::None) };
    let all = (0..).zip(node.list()?);
    let keys: Result<Vec<_>, _> = all.map(|(at, raw)| node.element(at, raw).text()).collect();
    Ok(OpenKeys::these(keys?))
}

fn expected(
    decision: Option<Node<'_, '_>>,
    blocked_by: Option<Node<'_, '_>>,
) -> Result<Option<Expected>, ScenarioError> {
    const DECISIONS: [&str; 5] =
        ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied", "Conditional", "Unknown"];
    let Some(node) = decision else { return Ok(None) };
    let decision = node.text()?;
    if !DECISIONS.contains(&&*decision) {
        return Err(node.error(format!("`{decision}` is no decision; one of {}", DECISIONS.join(", "))));
    }
    let layers = |node: Node<'_, '_>| {
        let all = (0..).zip(node.list()?);
        let texts = all.map(|(at, raw)| node.element(at, raw).text().map(|text| Box::from(&*text)));
        let mut layers: Vec<Box<str>> = texts.collect::<Result<_, _>>()?;
        layers.sort_unstable();
        layers.dedup();
        Ok(layers)
    };
    let blocked_by = blocked_by.map(layers).transpose()?;
    Ok(Some(Expected { decision: decision.as_ref().into(), blocked_by }))
}
