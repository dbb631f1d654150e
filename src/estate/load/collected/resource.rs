//! Resources with policies, VPC endpoints and RAM shares (D-COL-07, D-COL-08).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Folder, Piece, iam, required};
use crate::document::PolicyKind;
use crate::estate::load::parts::{AccountPart, Found};
use crate::estate::load::resources::kind_of;
use crate::estate::load::{Loading, fields};
use crate::estate::read::Reader;
use crate::estate::{
    AccountId, Arn, Collected, FileId, Place, PolicyRef, Problem, Resource, ResourceSettings, VpcEndpoint,
};

/// What `metadata.json` of a resource may say.
#[derive(Default)]
struct Metadata {
    arn: Option<Arc<str>>,
    /// Values that name the resource with its real case, which its folder does not (D-COL-01).
    names: Vec<Arc<str>>,
    settings: ResourceSettings,
    role: Option<Arc<str>>,
}

/// Reads any resource that has no reader of its own.
pub(super) fn read(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let first = FileId(folder.id("metadata.json").or_else(|| folder.id("policy.json"))?.0);
    let metadata = folder.file(loading, problems, "metadata.json", |file| {
        let mut metadata = Metadata::default();
        Reader::new(file.text).members(|key, reader| {
            match key {
                "arn" => metadata.arn = Some(fields::any_arn(reader, "a resource")?),
                "name" | "id" | "repositoryName" => metadata.names.extend(fields::text(reader)?),
                "abacEnabled" if matches!(reader.peek(), b't' | b'f') => {
                    metadata.settings.abac_enabled = Some(reader.boolean()?);
                }
                "bucket" => metadata.settings.bucket = fields::text(reader)?,
                "networkOrigin" => {
                    metadata.settings.vpc_only = fields::text(reader)?.map(|origin| &*origin == "VPC");
                }
                "bucketAccount" => metadata.settings.bucket_account = Some(fields::account_id(reader)?),
                "role" => metadata.role = fields::text(reader)?.filter(|role| Arn::parse(role).is_some()),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        Ok(metadata)
    });
    let metadata = metadata.unwrap_or_default();
    let arn = metadata.arn.or_else(|| arn(folder, &metadata.names))?;
    let parts = Arn::parse(&arn)?;
    let policy = match folder.policy(loading, problems, "policy.json", kind_of(&arn)) {
        Some(policy) => Collected::Some(policy),
        // Every key has a policy, so a missing one was not collected.
        None if parts.service == "kms" => Collected::NotCollected,
        None => Collected::None,
    };
    let mut settings = metadata.settings;
    if parts.service == "s3" {
        let block = folder.file(loading, problems, "bpa.json", |file| {
            fields::public_access_block(&mut Reader::new(file.text))
        });
        settings.public_access_block = Some(block.flatten().unwrap_or_default());
    }
    let resource = Resource {
        account: Some(parts.account_id().unwrap_or(account)),
        policy,
        tags: Some(iam::tags(folder, loading, problems)),
        settings,
        roles: metadata.role.into_iter().collect(),
        arn,
    };
    let place = Place { file: first, offset: 0 };
    Some(Piece::Resource(Box::new(Found { value: resource, place })))
}

/// Reads `ecr-registry-policy.<region>.json`: the policies of an account's registries (D-COL-06, S-SVC-06).
pub(super) fn registries(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Found<Resource>> {
    let mut found = Vec::new();
    for &(name, id) in &folder.files {
        let region = name.strip_prefix("ecr-registry-policy.").and_then(|rest| rest.strip_suffix(".json"));
        let (Some(region), Ok(account)) = (region, folder.owner.parse::<AccountId>()) else { continue };
        let partition = folder.partition.unwrap_or("aws");
        // What can't be read is reported, and stays uncollected.
        let policy = folder.policy(loading, problems, name, PolicyKind::Resource);
        let policy = policy.map_or(Collected::NotCollected, Collected::Some);
        let arn = format!("arn:{partition}:ecr:{region}:{account}:registry").into();
        found.push(Found { value: bare(arn, account, policy), place: Place { file: id, offset: 0 } });
    }
    found
}

/// Where repositories of a region were collected and no registry policy was, there is none (D-COL-03, D-COL-07).
pub(super) fn add_bare_registries(account: &mut AccountPart) {
    let registry_of = |arn: &str| -> Option<Arc<str>> {
        let (head, _) = arn.split_once(":repository/").filter(|_| arn.contains(":ecr:"))?;
        Some(format!("{head}:registry").into())
    };
    let repositories = account.resources.iter();
    let missing = repositories.filter_map(|found| Some((registry_of(&found.value.arn)?, found.place)));
    let missing: BTreeMap<Arc<str>, Place> = missing.collect();
    for (arn, place) in missing {
        let known = account.resources.iter().any(|found| found.value.arn == arn);
        if let Some(id) = Arn::parse(&arn).and_then(|arn| arn.account_id()).filter(|_| !known) {
            account.resources.push(Found { value: bare(arn, id, Collected::None), place });
        }
    }
}

fn bare(arn: Arc<str>, account: AccountId, policy: Collected<PolicyRef>) -> Resource {
    Resource {
        arn,
        account: Some(account),
        policy,
        tags: None,
        settings: ResourceSettings::default(),
        roles: Box::default(),
    }
}

/// The ARN of a resource whose metadata has none, from its folder (D-COL-02): `service/[region/][type/]id`.
fn arn(folder: &Folder<'_>, names: &[Arc<str>]) -> Option<Arc<str>> {
    let (&id, rest) = folder.below.split_last()?;
    let (&service, rest) = rest.split_first()?;
    let (region, kind) = match *rest {
        [] => ("", None),
        [region] if is_region(region) => (region, None),
        [kind] => ("", Some(kind)),
        [region, kind] => (region, Some(kind)),
        _ => return None,
    };
    let id = percent_encoding::percent_decode_str(id).decode_utf8().ok()?;
    let named = names.iter().find(|name| name.to_lowercase() == id.to_lowercase());
    let id = named.map_or(&*id, |name| name);
    let partition = folder.partition.unwrap_or("aws");
    let account = folder.owner;
    Some(match (service, kind) {
        ("s3", None) => format!("arn:{partition}:s3:::{id}").into(),
        ("apigateway", Some(kind)) => format!("arn:{partition}:apigateway:{region}::/{kind}/{id}").into(),
        (_, None) => format!("arn:{partition}:{service}:{region}:{account}:{id}").into(),
        (_, Some(kind)) => {
            let separator = if matches!(service, "lambda" | "secretsmanager" | "backup") { ':' } else { '/' };
            format!("arn:{partition}:{service}:{region}:{account}:{kind}{separator}{id}").into()
        }
    })
}

/// Whether a name looks like `eu-central-1`.
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let ends_in_digit =
        parts.last().is_some_and(|last| last.len() == 1 && last.as_bytes()[0].is_ascii_digit());
    parts.len() >= 3 && ends_in_digit
}

/// Reads `ec2/<region>/vpc-endpoint/<id>`.
pub(super) fn endpoint(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let mut endpoint = folder.metadata(loading, problems, |file| {
        let (mut id, mut vpc, mut service, mut kind) = (None, None, None, None);
        Reader::new(file.text).members(|key, reader| {
            match key {
                "id" => id = fields::text(reader)?,
                "vpc" => vpc = fields::text(reader)?,
                "serviceName" => service = fields::text(reader)?,
                "type" => kind = fields::text(reader)?,
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let vpc = vpc.map(|vpc| vpc.rsplit('/').next().unwrap_or_default().into());
        Ok(VpcEndpoint {
            id: required(id, "id")?,
            vpc,
            owner: None,
            service,
            kind,
            policy: Collected::NotCollected,
        })
    })?;
    let policy = folder.policy(loading, problems, "endpoint-policy.json", PolicyKind::Endpoint);
    endpoint.policy = match policy {
        Some(policy) => Collected::Some(policy),
        None => VpcEndpoint::without_policy(endpoint.kind.as_deref()),
    };
    Some(Piece::Endpoint(endpoint))
}

/// Reads the files of `ram/<region>`, one for each shared resource.
pub(super) fn shared(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let mut found = Vec::new();
    for (name, _) in &folder.files {
        found.extend(folder.file(loading, problems, name, |file| {
            let (mut arn, mut shares, mut policy) = (None, None, None);
            Reader::new(file.text).members(|key, reader| {
                match key {
                    "arn" => arn = Some(fields::any_arn(reader, "a resource")?),
                    "shares" => shares = Some(fields::arns(reader, "a resource share")?),
                    "policy" => policy = Some(reader.value()?).filter(|value| value.raw() != "null"),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            let policy = policy.map(|value| loading.policy(file, PolicyKind::Resource, value)).transpose()?;
            Ok((required(arn, "arn")?, shares.unwrap_or_default(), policy))
        }));
    }
    Some(Piece::Shared(found))
}
