//! A scenario of design.md §7, read from JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use super::answer::Answer;
use super::caller::{Caller, is_account};
use super::catalog::Catalog;
use super::context::Context;
use super::decide::{decide, is_access_point};
use super::derive::{self, Place};
use super::gates::listed;
use super::json;
use super::lists;
use super::open::{Unknown, decide_open, is_possible};
use super::places::OF_BUCKET;
use super::request::{Layer, Owner, Request, Target};
use super::shares::{has_no_policy, takes_no_policy};
use super::statement::{Policy, PolicyKind};

/// Decides one scenario. Its `unknown` (a list of keys) and `partial` say what is not known of the context.
///
/// # Errors
/// A scenario that does not say enough, or not in the shape of design.md §7.
pub fn decide_scenario(scenario: &Value, catalog: &Catalog) -> Result<Answer, String> {
    decide_scenario_with(scenario, &unknown(scenario), catalog)
}

fn unknown(scenario: &Value) -> Unknown {
    let keys = scenario.get("unknown").map(json::list).unwrap_or_default();
    Unknown {
        keys: keys.into_iter().filter_map(json::scalar).collect(),
        partial: scenario.get("partial").and_then(Value::as_bool) == Some(true),
    }
}

/// Whether the context of a scenario does not contradict itself (S-TRI-09).
///
/// # Errors
/// As [`decide_scenario`].
pub fn stands(scenario: &Value, catalog: &Catalog) -> Result<bool, String> {
    Ok(is_possible(&request(scenario, catalog)?, &unknown(scenario)))
}

/// Decides one scenario of whose context some keys are not known.
///
/// # Errors
/// As [`decide_scenario`], and more ways to complete the context than are tried.
pub fn decide_scenario_with(
    scenario: &Value,
    unknown: &Unknown,
    catalog: &Catalog,
) -> Result<Answer, String> {
    let request = request(scenario, catalog)?;
    let mut unknown = unknown.clone();
    if scenario.get("derive").and_then(Value::as_bool) == Some(true) {
        unknown.keys.extend(derive::open_keys(&request));
        unknown.keys.extend(derive::half_open_keys(&request.caller));
    }
    if unknown.partial || !unknown.keys.is_empty() {
        decide_open(&request, &unknown, catalog)
    } else {
        decide(&request, catalog)
    }
}

/// Decides one scenario by a reading of what AWS leaves open: `U-77`, `limited`.
///
/// # Errors
/// As [`decide_scenario`].
pub fn decide_scenario_by(
    scenario: &Value,
    reading: (&str, &str),
    catalog: &Catalog,
) -> Result<Answer, String> {
    let mut request = request(scenario, catalog)?;
    request.readings.push((reading.0.to_owned(), reading.1.to_owned()));
    decide(&request, catalog)
}

/// The request that a scenario states.
pub fn request(scenario: &Value, catalog: &Catalog) -> Result<Request, String> {
    let stated = scenario.get("request").ok_or("there is no request")?;
    let text = |field: &str| stated.get(field).and_then(json::scalar);
    let principal = text("principal").ok_or("the request has no principal")?;
    let action = text("action").filter(|a| a.contains(':')).ok_or("the request has no action")?;
    let null = Value::Null;
    let field = |name: &str| scenario.get(name).unwrap_or(&null);

    let mut caller = Caller::read(&principal, field("caller"))?;
    if knows_nobody(&action, field("settings")) {
        caller = Caller::read("anonymous", &null)?;
    }
    let held = stated.get("context").and_then(|context| context.as_object());
    let held =
        held.and_then(|context| context.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn")));
    if let Some(role) = held.and_then(|(_, value)| json::scalar(value)).filter(|role| caller.may_be_of(role))
    {
        caller.role_arn.get_or_insert(role);
    }
    let service = action.split(':').next().unwrap_or("").to_lowercase();
    let gateway = matches!(service.as_str(), "s3" | "dynamodb");
    let endpoint_kind = if gateway { PolicyKind::GatewayEndpoint } else { PolicyKind::Endpoint };
    let boundary = some_layer("boundary", PolicyKind::Boundary, field("boundaries"))?;
    caller.has_boundary = boundary.is_some() && !caller.is_service_linked(); // S-PB-01
    let nobody_knows = field("session_policies").as_str() == Some("unknown");
    let stated_session = if nobody_knows { &null } else { field("session_policies") };
    let no_session_policies = stated_session.as_array().is_some_and(Vec::is_empty);
    let mut sessions = some_layer("session policy", PolicyKind::Session, stated_session)?;
    if !field("session_policy").is_null() {
        let one = Layer {
            policies: vec![policy("session policy", PolicyKind::Session, field("session_policy"))],
            ..Layer::default()
        };
        sessions.get_or_insert_default().policies.extend(one.policies);
    }

    // S-SESS-13, U-87: such services add session policies.
    let adds = ["cognito-identity.amazonaws.com", "rolesanywhere.amazonaws.com"];
    let limited = caller.delivered_by.as_deref().is_some_and(|name| adds.contains(&name));
    let unstated = sessions.is_none() && !no_session_policies;
    if (unstated && caller.is_role_session() && limited) || (nobody_knows && caller.is_iam()) {
        sessions = Some(Layer { policies: Vec::new(), missing: vec!["session policies".to_owned()] });
    }

    let organization = field("organization");
    let place = |path: &str| place_of(organization, path);
    let settings = field("settings");
    let flag = |name: &str| settings.get(name).and_then(json::scalar).map(|text| text == "true");
    let derives = field("derive").as_bool() == Some(true);

    let mut context = Context::read(stated.get("context").unwrap_or(&null))?;
    if derives {
        derive::caller_keys(&mut context, &caller, place("principal_path").as_ref());
        let manages = organization.get("management_account").and_then(json::scalar) == caller.account;
        if let (true, true, None, Some(id)) =
            (manages, caller.is_iam(), place("principal_path"), organization.get("id").and_then(json::scalar))
        {
            context.add("aws:PrincipalOrgID", &id);
            context.leave_open("aws:PrincipalOrgPaths");
        }
    }
    let rcps = levels("rcp", PolicyKind::Rcp, field("rcps"))?;
    let mut targets = Vec::new();
    let stated = halves(resources(scenario, stated)?);
    let point = stated.iter().find(|resource| is_access_point(&resource.arn));
    let point = point.map(|resource| resource.arn.clone());
    for resource in stated {
        let mut owner = owner(&resource, &action, catalog)?;
        // S-SVC-16: what there is in an organization is its management account's.
        let management = organization.get("management_account").and_then(json::scalar);
        if let (Owner::Unknown, "organizations", Some(management)) = (&owner, &*service, management) {
            owner = Owner::Account(management);
        }
        if let (Owner::Unknown, Some(account)) = (&owner, &caller.account)
            && super::places::is_creation(&action, &resource.arn)
        {
            owner = Owner::Account(account.clone()); // S-EVAL-25
        }
        let mut own = context.overlaid(&Context::read(resource.context)?);
        let is_bucket = service == "s3"
            && resource.arn.split(':').nth(2) == Some("s3")
            && resource.arn.split(':').nth(4) == Some("");
        let tags_count = !is_bucket || flag("s3_bucket_abac_enabled") == Some(true);
        if derives {
            derive::ends_of_chain(&mut own);
            let mut tags = if tags_count { resource.tags.clone() } else { BTreeMap::new() };
            if service == "sts" {
                // U-62: the inherited tag may stand in for the role's own.
                let own_tags: Vec<(String, String)> = tags.clone().into_iter().collect();
                for (tag, value) in own_tags {
                    let mut inherited = caller.transitive.iter();
                    let twin =
                        inherited.find(|(key, other)| key.eq_ignore_ascii_case(&tag) && **other != value);
                    if let Some((_, other)) = twin {
                        let keys = ["aws", "iam"].map(|service| format!("{service}:ResourceTag/{tag}"));
                        for key in keys.iter().filter(|key| !own.held_at_all(key)).collect::<Vec<_>>() {
                            own.add_twin(key, [&value, other]);
                        }
                        tags.remove(&tag);
                    }
                }
            }
            let account = match (&owner, &caller.account) {
                (Owner::Account(account), _) => Some(account.as_str()),
                (Owner::Nobody, account) if resource.arn == "*" => account.as_deref(),
                _ => None,
            };
            let owner_place = place("resource_path");
            let facts = derive::Resource {
                action: &action,
                arn: &resource.arn,
                owner: account,
                place: owner_place.as_ref(),
                tags: &tags,
                of_object: &resource.tags,
            };
            derive::resource_keys(&mut own, &facts, caller.account.as_deref().filter(|_| caller.is_iam()));
            let supplied =
                |point: &&str| catalog.supplies(&action, point, "s3:DataAccessPointArn") != Some(false);
            if let Some(point) = point.as_deref().filter(supplied) {
                own.add("s3:DataAccessPointArn", point.split("/object/").next().unwrap_or(""));
                own.add("s3:DataAccessPointAccount", point.split(':').nth(4).unwrap_or(""));
            }
        }
        if is_bucket && flag("s3_bucket_abac_enabled") == Some(false) {
            own.remove(|key| key.starts_with("aws:resourcetag/") || key.starts_with("s3:buckettag/"));
        }
        let kind = resource_kind(&service, &resource.arn);
        let policies =
            resource.policies.into_iter().map(|value| policy("resource policy", kind, value)).collect();
        let mut policy = Layer { policies, missing: Vec::new() };
        let mut denying = Layer::default();
        if takes_no_policy(&resource.arn) {
            std::mem::swap(&mut policy, &mut denying);
        }
        // What a scenario does not say of shares is not known.
        let by_list = lists::has_list(&resource.arn) && !lists::never_carries(&resource.arn, &action);
        let by_share = by_list || has_no_policy(&resource.arn);
        let possible_grants = if by_share && caller.is_iam() {
            vec![format!("shares of {}", resource.arn)]
        } else {
            Vec::new()
        };
        targets.push(Target {
            no_member_of: Vec::new(),
            arn: resource.arn,
            through: None,
            behind: None,
            owner,
            policy,
            denying,
            possible_grants,
            open: false,
            signed_only: false,
            authorizer: false,
            refused: None,
            object_owner: None,
            object_owner_open: false,
            owner_stated: resource.account.is_some(),
            key_grants: Vec::new(),
            acl: Vec::new(),
            acl_open: false,
            also_missing: None,
            vpc_only: false,
            rcps: rcps.clone(),
            context: own,
        });
    }
    targets.iter_mut().for_each(|target| settle(target, &action, settings));
    let management = organization.get("management_account").and_then(json::scalar);
    let is_management = management.is_some() && caller.account == management;
    let managed = |target: &Target| {
        management.is_some() && target.owner == Owner::Account(management.clone().unwrap_or_default())
    };
    let delegated = [None, Some("iam.amazonaws.com")]
        .map(|service| registered(organization, caller.account.as_deref()?, service));
    Ok(Request {
        no_session_policies,
        on_member: Some(!targets.iter().any(managed)),
        caller,
        targets,
        identity: layer("identity policy", PolicyKind::Identity, field("identity_policies"))?,
        boundary,
        session: sessions,
        scps: levels("scp", PolicyKind::Scp, field("scps"))?,
        endpoint: some_layer("endpoint policy", endpoint_kind, field("endpoint_policies"))?,
        management_account: management,
        may_manage: Vec::new(),
        in_organization: Some(
            place("principal_path").is_some()
                || is_management
                || field("scps").as_array().is_some_and(|levels| !levels.is_empty()),
        ),
        delegated,
        root_sessions: organization.get("root_sessions").and_then(Value::as_bool),
        s3_block_public_access: Some(flag("s3_block_public_access") == Some(true)),
        suspended: false,
        canonical_ids: Vec::new(),
        readings: Vec::new(),
        derives,
        action,
    })
}

/// Whether the account is stated among the delegated administrators, of a service or any (S-SVC-16); `None`: they are not stated.
fn registered(organization: &Value, account: &str, service: Option<&str>) -> Option<bool> {
    let stated = organization.get("delegated_administrators")?.as_object()?;
    let of_service = stated.iter().filter(|(name, _)| service.is_none_or(|service| *name == service));
    let accounts = of_service.flat_map(|(_, accounts)| json::list(accounts)).filter_map(json::scalar);
    Some(accounts.into_iter().any(|one| one == account))
}

/// Whether the API or service does not tell callers apart (S-SVC-09, S-SVC-17, S-SVC-20).
fn knows_nobody(action: &str, settings: &Value) -> bool {
    let says = |name: &str, words: &[&str]| {
        settings.get(name).and_then(json::scalar).is_some_and(|word| words.contains(&word.as_str()))
    };
    match action.to_lowercase().as_str() {
        "execute-api:invoke" | "vpc-lattice-svcs:invoke" => {
            says("api_authorization", &["none", "cognito"]) || says("lattice_authorization", &["none"])
        }
        _ => false,
    }
}

/// What settings say of a resource: how an API lets callers in, and whose an object is.
fn settle(target: &mut Target, action: &str, settings: &Value) {
    let text = |name: &str| settings.get(name).and_then(json::scalar).unwrap_or_default();
    let action = action.to_lowercase();
    let open = knows_nobody(&action, settings);
    match action.as_str() {
        "vpc-lattice-svcs:invoke" if open => {
            target.policy = Layer::default();
            target.open = true;
        }
        "execute-api:invoke" => {
            if ["http", "websocket"].contains(&text("api_protocol").as_str()) {
                target.policy = Layer::default();
                if !open {
                    target.refused = Some(("S-SVC-20: no calls from other accounts", true));
                }
            }
            target.open = open;
            target.signed_only = text("api_authorization") == "iam";
            target.authorizer = text("api_authorization") == "lambda";
            if text("api_private") == "true" && target.policy.policies.is_empty() {
                target.refused = Some(("S-SVC-09: a private API needs a policy", false));
            }
        }
        _ => {}
    }
    let part = target.arn.splitn(6, ':').nth(5).unwrap_or("");
    let of_lake = ["database/", "table/"].iter().any(|kind| part.starts_with(kind));
    if action.starts_with("glue:") && of_lake && text("glue_lake_formation") == "true" {
        target.also_missing = Some("Lake Formation permissions".to_owned());
    }
    let is_object = target.arn.split_once(":s3:::").is_some_and(|(_, name)| name.contains('/'));
    let operation = action.split_once(':').map_or("", |(_, name)| name);
    let other = Some(text("s3_object_owner")).filter(|account| !account.is_empty());
    if is_object && !listed(OF_BUCKET, operation) {
        target.object_owner = other.filter(|account| target.owner != Owner::Account(account.clone()));
    }
}

#[derive(Clone)]
struct Stated<'a> {
    arn: String,
    account: Option<String>,
    tags: BTreeMap<String, String>,
    policies: Vec<&'a Value>,
    context: &'a Value,
}

fn resources<'a>(scenario: &'a Value, stated: &'a Value) -> Result<Vec<Stated<'a>>, String> {
    let null = &Value::Null;
    let text = |value: &Value, field: &str| value.get(field).and_then(json::scalar);
    if let Some(Value::Array(list)) =
        scenario.get("resources").filter(|r| r.as_array().is_some_and(|r| !r.is_empty()))
    {
        return list
            .iter()
            .map(|value| {
                let mut tags = BTreeMap::new();
                if let Some(Value::Object(map)) = value.get("tags") {
                    tags.extend(map.iter().filter_map(|(k, v)| json::scalar(v).map(|v| (k.clone(), v))));
                }
                Ok(Stated {
                    arn: text(value, "arn").ok_or("a resource has no arn")?,
                    account: text(value, "account"),
                    tags,
                    policies: value.get("policies").map(json::list).unwrap_or_default(),
                    context: value.get("context").unwrap_or(null),
                })
            })
            .collect();
    }
    let policy = scenario.get("resource_policy").filter(|p| !p.is_null());
    Ok(vec![Stated {
        arn: text(stated, "resource").ok_or("the request has no resource")?,
        account: text(stated, "resource_account"),
        tags: BTreeMap::new(),
        policies: policy.into_iter().collect(),
        context: null,
    }])
}

/// An access point with two policies, its own and the bucket's, is two checks (S-S3-10).
fn halves(resources: Vec<Stated>) -> Vec<Stated> {
    let mut all = Vec::new();
    for resource in resources {
        match resource.policies[..] {
            [own, bucket] if is_access_point(&resource.arn) => {
                all.push(Stated { policies: vec![own], ..resource.clone() });
                all.push(Stated { policies: vec![bucket], ..resource });
            }
            _ => all.push(resource),
        }
    }
    all
}

fn owner(resource: &Stated, action: &str, catalog: &Catalog) -> Result<Owner, String> {
    if resource.arn == "*" {
        return Ok(match &resource.account {
            Some(stated) if stated == "aws" => Owner::Nobody,
            Some(stated) if !catalog.formats(action).is_empty() => Owner::Account(stated.clone()),
            None if catalog.needs_no_resource(action) => Owner::Nobody,
            None if !catalog.formats(action).is_empty() => Owner::Unknown,
            _ => Owner::Nobody,
        });
    }
    let account = resource.arn.split(':').nth(4).unwrap_or("");
    Ok(match &resource.account {
        _ if account == "aws" || resource.account.as_deref() == Some("aws") => Owner::Nobody,
        Some(stated) => Owner::Account(stated.clone()),
        None if is_account(account) => Owner::Account(account.to_owned()),
        None => Owner::Unknown,
    })
}

/// The kind of the policy that is attached to a resource.
pub fn resource_kind(service: &str, arn: &str) -> PolicyKind {
    match service {
        "kms" => PolicyKind::Key,
        "sts" if arn.contains(":role/") => PolicyKind::Trust,
        _ => PolicyKind::Resource,
    }
}

fn place_of(organization: &Value, path: &str) -> Option<Place> {
    let id = organization.get("id").and_then(json::scalar)?;
    let nodes: Vec<String> =
        json::list(organization.get(path)?).into_iter().filter_map(json::scalar).collect();
    if nodes.is_empty() {
        return None;
    }
    let mut full = if nodes.first() == Some(&id) { String::new() } else { format!("{id}/") };
    for node in nodes {
        full.push_str(&node);
        if !node.ends_with('/') {
            full.push('/');
        }
    }
    Some(Place { organization: id, path: full })
}

fn policy(name: &str, kind: PolicyKind, value: &Value) -> Policy {
    Policy { name: name.to_owned(), kind, document: json::policy(value) }
}

/// A list of policies as one layer; numbers keep their names apart.
fn layer(name: &str, kind: PolicyKind, value: &Value) -> Result<Layer, String> {
    let values = match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        _ => return Err(format!("the {name} list is not a list")),
    };
    let numbered = values.into_iter().enumerate();
    Ok(Layer {
        policies: numbered.map(|(n, value)| policy(&format!("{name} {n}"), kind, value)).collect(),
        missing: Vec::new(),
    })
}

/// As [`layer()`], `None` where there is none.
fn some_layer(name: &str, kind: PolicyKind, value: &Value) -> Result<Option<Layer>, String> {
    let layer = layer(name, kind, value)?;
    Ok(if layer.policies.is_empty() { None } else { Some(layer) })
}

/// Levels from root to account. An SCP level without any policy is an incomplete export (S-SCP-10).
fn levels(name: &str, kind: PolicyKind, value: &Value) -> Result<Vec<Layer>, String> {
    let levels = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(levels) => levels,
        _ => return Err(format!("the {name} levels are not a list")),
    };
    let mut all = Vec::new();
    for (number, level) in levels.iter().enumerate() {
        let label = level.get("level").and_then(json::scalar).unwrap_or_else(|| number.to_string());
        let policies = level.get("policies").unwrap_or(&Value::Null);
        let mut layer = layer(&format!("{name} of level {number} {label} "), kind, policies)?;
        if layer.policies.is_empty() && kind == PolicyKind::Scp {
            layer.missing.push(format!("SCPs of {label}"));
        }
        all.push(layer);
    }
    Ok(all)
}
