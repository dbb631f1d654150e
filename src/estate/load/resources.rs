//! `resource-policies.json` of entail's own layout.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use super::lists::FromEntry;
use super::parts::Found;
use super::{FileText, Loading, acls, fields, lists};
use crate::catalog::governing::takes_no_policy;
use crate::document::PolicyKind;
use crate::estate::read::{Fault, Read, Reader, Value, fault};
use crate::estate::{
    AccountId, Acl, Arn, Collected, Listed, Problem, ProblemKind, Resource, ResourceSettings,
};

/// Reads the resources in the file of `account`.
pub(super) fn read(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Vec<Found<Resource>> {
    let mut elements = Vec::new();
    let mut reader = Reader::new(file.text);
    let listed = reader.items(|reader| {
        elements.push(reader.value()?);
        Ok(())
    });
    if file.keep(listed.and_then(|()| file.end(&mut reader)), problems).is_none() {
        return Vec::new();
    }
    let read = |element: &Value<'_>| resource(loading, file, account, element);
    let records: Vec<Read<Record>> = elements.par_iter().with_min_len(16).map(read).collect();
    let mut found = Vec::new();
    for (element, record) in elements.iter().zip(records) {
        let Some(Record { value, foreign, odd }) = file.keep(record, problems) else { continue };
        problems.extend(odd.into_iter().map(|fault| file.problem(fault)));
        if let Some(account) = foreign {
            let kind = ProblemKind::ForeignResource { arn: value.arn.to_string(), account };
            problems.push(Problem { kind, at: file.position(element.start()), also: None });
        }
        let has_policy = matches!(value.policy, Collected::Some(_));
        if has_policy && kind_of(&value.arn) == PolicyKind::Resource && takes_no_policy(&value.arn) {
            let kind = ProblemKind::PolicyOfNone(value.arn.to_string());
            problems.push(Problem { kind, at: file.position(element.start()), also: None });
        }
        found.push(Found { value, place: file.place(element.start()) });
    }
    found
}

/// A resource as it is listed.
struct Record {
    value: Resource,
    /// The account that it is listed with, if its ARN names another.
    foreign: Option<AccountId>,
    /// Words that nobody knows.
    odd: Vec<Fault>,
}

fn resource(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    account: AccountId,
    element: &Value<'_>,
) -> Read<Record> {
    let (mut arn, mut stated, mut policy, mut tags, mut roles) = (None, None, None, None, None);
    let (mut settings, mut odd) = (ResourceSettings::default(), Vec::new());
    let names = ["Arn", "Account", "Policy", "Tags", "Roles", "Settings"];
    element.reader().fields(&names, |key, reader| {
        match key {
            "Arn" => arn = Some(fields::any_arn(reader, "a resource")?),
            "Account" => stated = Some(fields::account_id(reader)?),
            "Policy" => policy = Some(reader.value()?),
            "Tags" if reader.peek() != b'n' => tags = Some(fields::tags(loading, reader)?),
            "Roles" => roles = Some(fields::arns(reader, "a role")?),
            "Settings" if reader.peek() != b'n' => {
                read_settings(loading, file, reader, &mut settings, &mut odd)?;
            }
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    let Some(arn) = arn else { return fault(element.start(), ProblemKind::MissingMember("Arn")) };
    let named = Arn::parse(&arn).and_then(|arn| arn.account_id());
    let listed = stated.unwrap_or(account);
    // UNCERTAIN U-38: exports leave policies of some types out; as recommended what is not there was not collected.
    let policy = match policy {
        None => Collected::NotCollected,
        Some(value) if value.raw() == "null" => Collected::None,
        Some(value) => Collected::Some(loading.policy(file, kind_of(&arn), value)?),
    };
    let account = Some(named.unwrap_or(listed));
    let foreign = named.filter(|named| *named != listed).map(|_| listed);
    let value = Resource { arn, account, policy, tags, settings, roles: roles.unwrap_or_default() };
    Ok(Record { value, foreign, odd })
}

/// How the policy of a resource is read.
pub(super) fn kind_of(arn: &str) -> PolicyKind {
    match Arn::parse(arn) {
        Some(arn) if arn.service == "iam" && arn.path_and_name("role").is_some() => PolicyKind::Trust,
        Some(arn) if arn.service == "ec2" && arn.path_and_name("vpc-endpoint").is_some() => {
            PolicyKind::Endpoint
        }
        _ => PolicyKind::Resource,
    }
}

const OWNERSHIP: &[&str] = &["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

/// Reads the object ownership of a bucket: the word, or what `get-bucket-ownership-controls` prints around it.
fn object_ownership(reader: &mut Reader<'_>, odd: &mut Vec<Fault>) -> Read<Option<Arc<str>>> {
    if reader.peek() != b'{' {
        return fields::word(reader, "ObjectOwnership", OWNERSHIP, odd);
    }
    let value = reader.value()?;
    let read = serde_json::from_str::<serde_json::Value>(value.raw()).ok().and_then(|printed| {
        let controls = printed.get("OwnershipControls").unwrap_or(&printed);
        match controls.get("Rules")?.as_array()?.as_slice() {
            [rule] => {
                rule.get("ObjectOwnership")?.as_str().filter(|word| OWNERSHIP.contains(word)).map(Arc::from)
            }
            _ => None,
        }
    });
    let expected =
        "object ownership: a word, or `{\"OwnershipControls\": {\"Rules\": [{\"ObjectOwnership\"}]}}`";
    read.map_or_else(|| wrong(&value, expected), |word| Ok(Some(word)))
}

/// Reads whether tags of a bucket count: a flag, or what `get-bucket-abac` prints.
fn abac(reader: &mut Reader<'_>) -> Read<Option<bool>> {
    if reader.null()? {
        return Ok(None);
    }
    if reader.peek() != b'{' {
        return reader.boolean().map(Some);
    }
    let value = reader.value()?;
    let read = serde_json::from_str::<serde_json::Value>(value.raw()).ok().and_then(|printed| {
        let status = printed.get("AbacStatus").unwrap_or(&printed).get("Status")?.as_str()?;
        match status {
            "Enabled" => Some(true),
            "Disabled" => Some(false),
            _ => None,
        }
    });
    let expected = "`true`, `false`, or `{\"AbacStatus\": {\"Status\"}}`";
    read.map_or_else(|| wrong(&value, expected), |enabled| Ok(Some(enabled)))
}

fn wrong<T>(value: &Value<'_>, expected: &'static str) -> Read<T> {
    fault(value.start(), ProblemKind::WrongShape { expected, found: "something else".to_owned() })
}

/// The settings besides lists of whom a resource is shared with.
const SETTINGS: &[&str] = &[
    "PublicAccessBlock",
    "ObjectOwnership",
    "AbacEnabled",
    "Bucket",
    "NetworkOrigin",
    "Region",
    "VPCs",
    "VaultLockPolicy",
    "KeyManager",
    "Grants",
    "Acl",
    "BucketAccount",
];

fn read_settings(
    loading: &Loading<'_>,
    file: &FileText<'_>,
    reader: &mut Reader<'_>,
    settings: &mut ResourceSettings,
    odd: &mut Vec<Fault>,
) -> Read<()> {
    // S-EVAL-12: grants that no policy holds are kept as the statements that they come to.
    let statements = |statements: Vec<FromEntry>| {
        let (statements, starts): (Vec<_>, Vec<_>) = statements.into_iter().unzip();
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = loading.policies.intern(PolicyKind::Resource, &text);
        Listed { document, entries: starts.into_iter().map(|start| file.place(start)).collect() }
    };
    let mut shared_with: Option<Vec<FromEntry>> = None;
    reader.fields(&[SETTINGS, lists::SHARES].concat(), |key, reader| {
        match key {
            "PublicAccessBlock" => settings.public_access_block = fields::public_access_block(reader)?,
            "ObjectOwnership" => settings.object_ownership = object_ownership(reader, odd)?,
            "AbacEnabled" => settings.abac_enabled = abac(reader)?,
            "Bucket" => settings.bucket = fields::text(reader)?,
            "NetworkOrigin" => {
                let origin = fields::word(reader, "NetworkOrigin", fields::ORIGINS, odd)?;
                settings.vpc_only = origin.map(|origin| &*origin == "VPC");
            }
            "Region" => settings.region = fields::text(reader)?,
            list if lists::SHARES.contains(&list) && reader.peek() != b'n' => {
                lists::shared_with(list, reader, shared_with.get_or_insert_default())?;
            }
            // Authorizations of a hosted zone name VPCs, and nobody knows whose: only that there are none says something.
            "VPCs" if reader.peek() != b'n' => {
                let mut any = false;
                reader.items(|reader| {
                    any = true;
                    reader.value().map(drop)
                })?;
                if !any {
                    shared_with.get_or_insert_default();
                }
            }
            "VaultLockPolicy" if reader.null()? => settings.lock_policy = Collected::None,
            "VaultLockPolicy" => {
                let policy = loading.policy(file, PolicyKind::Resource, reader.value()?)?;
                settings.lock_policy = Collected::Some(policy);
            }
            "KeyManager" => {
                let manager = fields::word(reader, "KeyManager", &["AWS", "CUSTOMER"], odd)?;
                settings.managed_by_aws = manager.map(|manager| &*manager == "AWS");
            }
            "Grants" if reader.peek() != b'n' => {
                settings.key_grants = Some(statements(lists::key_grants(reader)?));
            }
            "Acl" if reader.peek() != b'n' => {
                let acl = acls::acl(reader)?;
                let (accounts, public) = (statements(acl.accounts), statements(acl.public));
                settings.acl = Some(Acl { accounts, public });
                settings.acl_owner = acl.owner;
            }
            "BucketAccount" => settings.bucket_account = Some(fields::account_id(reader)?),
            _ => drop(reader.value()?),
        }
        Ok(())
    })?;
    settings.shared_with = shared_with.map(statements);
    Ok(())
}
