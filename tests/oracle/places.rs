//! What an estate says of a resource: whose policy governs it, who owns it, its tags, its policy, and public access (9.8).

use std::collections::BTreeMap;

use serde_json::Value;

use super::caller::is_account;
use super::estate::{Estate, tags, text};
use super::gates::listed;
use super::json;
use super::request::{Layer, Owner};
use super::scenario::resource_kind;
use super::statement::{Policy, PolicyKind};
use super::walk::{Question, either};

/// The ARNs whose policy may govern an ARN, the nearest first (9.8).
pub fn governing(arn: &str) -> Vec<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, service, region, account, resource] = parts[..] else { return vec![arn.to_owned()] };
    let first = |count: usize| resource.split('/').take(count).collect::<Vec<_>>().join("/");
    let with = |resource: String| format!("arn:{partition}:{service}:{region}:{account}:{resource}");
    match service {
        "s3" if account.is_empty() => vec![with(first(1))],
        "s3" if resource.starts_with("accesspoint/") => vec![with(first(2))],
        "dynamodb" if resource.contains("/stream/") => vec![arn.to_owned()],
        "dynamodb" | "es" => vec![with(first(2))],
        "execute-api" => {
            vec![with(first(1)), format!("arn:{partition}:apigateway:{region}::/restapis/{}", first(1))]
        }
        "glue" => vec![with("catalog".to_owned())],
        "vpc-lattice" => vec![with(first(2))],
        _ => vec![arn.to_owned()],
    }
}

pub fn owner(question: &Question, entry: Option<(&str, &Value)>, arn: &str) -> Owner {
    let field = arn.split(':').nth(4).unwrap_or("");
    let service = arn.split(':').nth(2).unwrap_or("");
    let public = (service == "bedrock" && arn.contains("::foundation-model/"))
        || (service == "ssm" && field.is_empty());
    match (&question.resource_account, entry) {
        _ if arn == "*" || field == "aws" || public => Owner::Nobody,
        (Some(stated), _) => Owner::Account(stated.clone()),
        _ if is_account(field) => Owner::Account(field.to_owned()),
        (None, Some((holder, entry))) => {
            Owner::Account(text(entry, "Account").unwrap_or_else(|| holder.to_owned()))
        }
        (None, None) => Owner::Unknown,
    }
}

/// The tags of the resource, and whether they are known. IAM entities carry theirs in the detail lists; a bucket shows
/// them only with attribute-based access control on (S-S3-11).
pub fn resource_tags(
    estate: &Estate,
    arn: &str,
    entry: Option<(&str, &Value)>,
) -> (bool, BTreeMap<String, String>) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if let ["arn", _, "iam", _, account, resource] = parts[..] {
        let list = match resource.split('/').next() {
            Some("user") => "UserDetailList",
            Some("role") => "RoleDetailList",
            _ => "",
        };
        let found = estate.detail(account, list, |entry| text(entry, "Arn").as_deref() == Some(arn));
        return (found.is_some(), tags(found.and_then(|entry| entry.get("Tags"))));
    }
    let Some((_, entry)) = entry else { return (arn == "*", BTreeMap::new()) };
    let bucket = parts.get(2) == Some(&"s3") && parts.get(4) == Some(&"");
    match entry.pointer("/Settings/AbacEnabled") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) if bucket => return (true, BTreeMap::new()),
        _ => {}
    }
    (entry.get("Tags").is_some_and(|t| !t.is_null()), tags(entry.get("Tags")))
}

/// The policy attached to the resource. One that was not collected counts as none, unless it decides alone (design.md §5).
pub fn policy_of(
    estate: &Estate,
    arn: &str,
    service: &str,
    entry: Option<(&str, &Value)>,
    owner: Option<&str>,
    foreign: bool,
) -> Layer {
    let kind = resource_kind(service, arn);
    let name = format!("resource policy of {arn}");
    let read = |document: &Value| Policy { name: name.clone(), kind, document: json::policy(document) };
    let missing = Layer { policies: Vec::new(), missing: vec![name.clone()] };
    if kind == PolicyKind::Trust {
        let account = owner.unwrap_or("");
        if !estate.is_collected(account) {
            return missing;
        }
        let role =
            estate.detail(account, "RoleDetailList", |entry| text(entry, "Arn").as_deref() == Some(arn));
        let trust = role.and_then(|role| role.get("AssumeRolePolicyDocument"));
        return Layer { policies: trust.map(read).into_iter().collect(), missing: Vec::new() };
    }
    match entry.and_then(|(_, entry)| entry.get("Policy")) {
        Some(Value::Null) => Layer::default(),
        Some(document) => Layer { policies: vec![read(document)], missing: Vec::new() },
        None if kind == PolicyKind::Key || service == "vpc-lattice-svcs" || foreign => missing,
        None => Layer::default(),
    }
}

/// Whether RestrictPublicBuckets is on; `None`: a level that could switch it on was not loaded (S-S3-05).
pub fn public_block(
    estate: &Estate,
    entry: Option<(&str, &Value)>,
    account: Option<&str>,
    name: &str,
) -> Option<bool> {
    let flag = |block: Option<&Value>| match block {
        Some(Value::Null) => Some(false),
        // D-CFG-02: AWS Config spells the flags with a small letter.
        Some(flags) => {
            let small = name.replacen(char::is_uppercase, &name[..1].to_lowercase(), 1);
            Some(text(flags, name).or_else(|| text(flags, &small)).as_deref() == Some("true"))
        }
        None => None,
    };
    let bucket = flag(entry.and_then(|(_, entry)| entry.pointer("/Settings/PublicAccessBlock")));
    let settings = account.and_then(|account| estate.accounts.get(account)).map(|files| &files.settings);
    let setting = settings.and_then(|settings| settings.get("PublicAccessBlock"));
    let any_on = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
        .iter()
        .any(|name| setting.and_then(|flags| text(flags, name)).as_deref() == Some("true"));
    let policy = account.and_then(|account| estate.organization(account)?.s3_policy(account));
    let of_account = match policy {
        None => flag(setting),
        Some(Some(true)) => Some(true),
        // U-72
        Some(Some(false)) => flag(setting).filter(|_| !any_on),
        Some(None) => None,
    };
    either(bucket, of_account)
}

/// Calls on objects that are a matter of the bucket's owner alone (S-S3-03, S-S3-04).
pub const OF_BUCKET: &str = "bypassgovernanceretention deleteobject deleteobjectversion restoreobject putobject abortmultipartupload \
    listmultipartuploadparts replicateobject replicatedelete";

/// Whether the owner of an object decides on a call, and not the bucket's (S-S3-04).
pub fn is_settled_by_owner(arn: &str, operation: &str) -> bool {
    arn.split_once(":s3:::").is_some_and(|(_, name)| name.contains('/')) && !listed(OF_BUCKET, operation)
}

/// Whether a call makes a resource whose ARN names no account.
pub fn is_creation(action: &str, arn: &str) -> bool {
    let kinds: &[&str] = match action.to_lowercase().as_str() {
        "s3:createbucket" => &[":s3:::"],
        "ec2:createsnapshot" | "ec2:createsnapshots" | "ec2:importsnapshot" => &["::snapshot/"],
        "ec2:createimage" | "ec2:importimage" => &["::snapshot/", "::image/"],
        "ec2:registerimage" => &["::image/"],
        "apigateway:post" if arn.ends_with("::/restapis") => &["::/restapis"],
        _ => &[],
    };
    kinds.iter().any(|kind| arn.contains(kind))
}

/// The sixth part of an ARN.
pub fn part_of(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or("")
}

/// The access point in S3 that an ARN is of.
pub fn access_point(arn: &str) -> Option<&str> {
    let point = arn.split_once("/object/").map_or(arn, |(point, _)| point);
    (arn.split(':').nth(2) == Some("s3") && part_of(arn).starts_with("accesspoint/")).then_some(point)
}
