//! RAM shares: `ram-shares.json` of entail's own layout, and what shares come to (S-XACC-07, D-COL-08).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::parts::Listed;
use super::{FileText, Loading, fields};
use crate::document::{PolicyKind, PolicyText};
use crate::estate::read::{Read, Reader, Value, fault};
use crate::estate::{AccountId, Place, PolicyRef, ProblemKind, RamShare, ShareGrant};

/// Shares under way, by ARN.
#[derive(Default)]
pub(super) struct Shares {
    shares: BTreeMap<Arc<str>, Share>,
    /// Whether the principals of shares were listed.
    principals_listed: bool,
    /// The text of permissions, by ARN.
    permissions: BTreeMap<Arc<str>, Permission>,
}

#[derive(Default)]
struct Share {
    /// Each with the policy that RAM attaches to it, or where it is listed.
    resources: Vec<(Arc<str>, Result<PolicyRef, Place>)>,
    principals: Vec<Arc<str>>,
    permissions: Vec<Arc<str>>,
}

/// What a permission gives.
struct Permission {
    actions: Json,
    conditions: Map<String, Json>,
}

impl Shares {
    /// A resource in shares, with the policy that RAM attaches to it, or where it is listed.
    pub(super) fn resource(&mut self, arn: Arc<str>, shares: &[Arc<str>], policy: Result<PolicyRef, Place>) {
        for share in shares {
            self.shares.entry(share.clone()).or_default().resources.push((arn.clone(), policy));
        }
    }

    /// The shares, by ARN.
    pub(super) fn finish(self, loading: &Loading<'_>) -> Vec<RamShare> {
        let Self { shares, principals_listed, permissions } = self;
        let sorted = |mut texts: Vec<Arc<str>>| -> Box<[Arc<str>]> {
            texts.sort();
            texts.dedup();
            texts.into()
        };
        let share = |(arn, share): (Arc<str>, Share)| RamShare {
            arn,
            grants: share.grants(loading, &permissions).into(),
            resources: sorted(share.resources.into_iter().map(|(arn, _)| arn).collect()),
            principals: principals_listed.then(|| sorted(share.principals)),
            permissions: sorted(share.permissions),
        };
        shares.into_iter().map(share).collect()
    }
}

impl Share {
    fn grants(&self, loading: &Loading<'_>, permissions: &BTreeMap<Arc<str>, Permission>) -> Vec<ShareGrant> {
        let mut grants = Vec::new();
        for (resource, policy) in &self.resources {
            let place = match *policy {
                Ok(policy) => {
                    grants.push(ShareGrant { resource: resource.clone(), policy, actions_known: true });
                    continue;
                }
                Err(place) => place,
            };
            let known: Vec<Option<&Permission>> =
                self.permissions.iter().map(|permission| permissions.get(permission)).collect();
            let given = known.iter().flatten();
            let given: Option<Vec<Json>> =
                given.flat_map(|permission| self.statements(resource, Some(permission))).collect();
            let mut add = |statements: Vec<Json>, actions_known| {
                if statements.is_empty() {
                    return;
                }
                let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
                let document = loading.policies.intern(PolicyKind::Resource, &text);
                let policy = PolicyRef { document, place: Some(place) };
                grants.push(ShareGrant { resource: resource.clone(), policy, actions_known });
            };
            if known.is_empty() || known.iter().any(Option::is_none) || given.is_none() {
                add(self.statements(resource, None).into_iter().flatten().collect(), false);
            }
            add(given.unwrap_or_default(), true);
        }
        grants
    }

    /// A statement for each principal; none where the permission tests by itself what tells the principal.
    fn statements(&self, resource: &str, permission: Option<&Permission>) -> Vec<Option<Json>> {
        let statement = |principal: &Arc<str>| {
            let (named, test) = whom(principal);
            let mut conditions = permission.map(|given| given.conditions.clone()).unwrap_or_default();
            if let Some((operator, key, value)) = test {
                let tests = conditions.entry(operator).or_insert_with(|| json!({})).as_object_mut()?;
                if tests.insert(key.to_owned(), value).is_some() {
                    return None;
                }
            }
            let actions = permission.map_or_else(|| json!("*"), |given| given.actions.clone());
            let mut statement =
                json!({"Effect": "Allow", "Principal": named, "Action": actions, "Resource": resource});
            if !conditions.is_empty() {
                statement["Condition"] = Json::Object(conditions);
            }
            Some(statement)
        };
        self.principals.iter().map(statement).collect()
    }
}

type Test = (&'static str, &'static str, Json);

/// A principal of a share as a principal element, and the test that narrows it.
pub(super) fn whom(principal: &str) -> (Json, Option<Test>) {
    let organizations = principal.split_once(":organizations:").map(|(_, rest)| rest);
    let part = organizations.and_then(|rest| rest.splitn(3, ':').nth(2));
    match part.map(|part| part.split('/').collect::<Vec<_>>()).as_deref() {
        Some(["organization", id]) => (json!("*"), Some(("StringEquals", "aws:PrincipalOrgID", json!(id)))),
        Some(["ou", id, unit]) => {
            let below = json!([format!("{id}/*/{unit}/*")]);
            (json!("*"), Some(("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", below)))
        }
        _ if principal.parse::<AccountId>().is_err() && !principal.starts_with("arn:") => {
            (json!({"Service": principal}), None)
        }
        _ => (json!({"AWS": principal}), None),
    }
}

/// Reads `ram-shares.json`: what `list-resources`, `list-principals` and `list-permissions` print. A permission may hold what
/// `get-permission` prints of it.
pub(super) fn read(loading: &Loading<'_>, file: &FileText<'_>) -> Read<Listed<RamShare>> {
    let (mut shares, mut goes_on) = (Shares::default(), false);
    let mut reader = Reader::new(file.text);
    reader.fields(&["resources", "principals", "permissions", fields::NEXT], |list, reader| match list {
        fields::NEXT => {
            goes_on = fields::goes_on(reader)?;
            Ok(())
        }
        "resources" | "principals" | "permissions" => {
            shares.principals_listed |= list == "principals";
            reader.items(|reader| entry(loading, file, reader, list, &mut shares))
        }
        _ => reader.value().map(drop),
    })?;
    file.end(&mut reader)?;
    Ok(Listed { items: shares.finish(loading), goes_on })
}

fn entry(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
    list: &str,
    shares: &mut Shares,
) -> Read<()> {
    let start = reader.offset();
    let (mut share, mut named, mut policy, mut given) = (None, None, None, None);
    reader.fields(&["resourceShareArn", "arn", "id", "policy", "permission"], |key, reader| {
        match key {
            "resourceShareArn" => share = Some(fields::any_arn(reader, "a resource share")?),
            "arn" | "id" => named = fields::text(reader)?,
            "policy" => policy = Some(reader.value()?).filter(|value| value.raw() != "null"),
            "permission" if list == "permissions" => {
                given = Some(reader.value()?).filter(|value| value.raw() != "null");
            }
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(named) = named else { return fault(start, ProblemKind::MissingMember("arn")) };
    if let Some(given) = given {
        shares.permissions.insert(named.clone(), permission(given)?);
    }
    // `list-permissions` prints permissions that no share is named with.
    let Some(share) = share else {
        return match list {
            "permissions" => Ok(()),
            _ => fault(start, ProblemKind::MissingMember("resourceShareArn")),
        };
    };
    match list {
        "resources" => {
            let policy = policy.map(|value| loading.policy(file, PolicyKind::Resource, value)).transpose()?;
            shares.resource(named, &[share], policy.ok_or_else(|| file.place(start)));
        }
        "principals" => shares.shares.entry(share).or_default().principals.push(named),
        _ => shares.shares.entry(share).or_default().permissions.push(named),
    }
    Ok(())
}

/// Reads the statement of a permission: an Allow of actions, perhaps with conditions.
fn permission(value: Value<'_>) -> Read<Permission> {
    let wrong = |found: String| {
        let expected = "a permission of RAM: `{\"Effect\": \"Allow\", \"Action\": […]}`";
        fault(value.start(), ProblemKind::WrongShape { expected, found })
    };
    let text = match PolicyText::decode(value.raw()) {
        Ok(policy) => policy.text,
        Err(problem) => return fault(value.start(), ProblemKind::NotJson(problem.message)),
    };
    let statement: Map<String, Json> = match serde_json::from_str(&text) {
        Ok(statement) => statement,
        Err(_) => return wrong("something else".to_owned()),
    };
    if let Some(member) = statement.keys().find(|key| !matches!(&***key, "Effect" | "Action" | "Condition")) {
        return wrong(format!("`{member}`"));
    }
    let actions = statement.get("Action").filter(|actions| actions.is_string() || actions.is_array());
    match (statement.get("Effect").and_then(Json::as_str), actions, statement.get("Condition")) {
        (Some("Allow"), Some(actions), None) => {
            Ok(Permission { actions: actions.clone(), conditions: Map::new() })
        }
        (Some("Allow"), Some(actions), Some(Json::Object(conditions))) => {
            Ok(Permission { actions: actions.clone(), conditions: conditions.clone() })
        }
        _ => wrong("another statement".to_owned()),
    }
}
