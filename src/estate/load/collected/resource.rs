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
    AccountId, Arn, Collected, FileId, Place, PolicyRef, Problem, ProblemKind, Resource, ResourceSettings,
    VpcEndpoint,
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

const MEMBERS: &[&str] = &[
    "arn",
    "name",
    "id",
    "repositoryName",
    "abacEnabled",
    "bucket",
    "networkOrigin",
    "region",
    "bucketAccount",
    "role",
];

/// Reads any resource that has no reader of its own.
pub(super) fn read(
    folder: &Folder<'_>,
    loading: &Loading<'_>,
    account: AccountId,
    problems: &mut Vec<Problem>,
) -> Option<Piece> {
    let first = FileId(folder.id("metadata.json").or_else(|| folder.id("policy.json"))?.0);
    let metadata = folder.file(loading, problems, "metadata.json", |file| {
        let (mut metadata, mut odd) = (Metadata::default(), Vec::new());
        Reader::new(file.text).fields(MEMBERS, |key, reader| {
            match key {
                "arn" => metadata.arn = Some(fields::any_arn(reader, "a resource")?),
                "name" | "id" | "repositoryName" => metadata.names.extend(fields::text(reader)?),
                "abacEnabled" if matches!(reader.peek(), b't' | b'f') => {
                    metadata.settings.abac_enabled = Some(reader.boolean()?);
                }
                "bucket" => metadata.settings.bucket = fields::text(reader)?,
                "networkOrigin" => {
                    let origin = fields::word(reader, "networkOrigin", fields::ORIGINS, &mut odd)?;
                    metadata.settings.vpc_only = origin.map(|origin| &*origin == "VPC");
                }
                "region" => metadata.settings.region = fields::text(reader)?,
                "bucketAccount" => metadata.settings.bucket_account = Some(fields::account_id(reader)?),
                "role" => metadata.role = fields::text(reader)?.filter(|role| Arn::parse(role).is_some()),
                _ => drop(reader.value()?),
            }
            Ok(())
        })?;
        let odd: Vec<Problem> = odd.into_iter().map(|fault| file.problem(fault)).collect();
        Ok((metadata, odd))
    });
    let (metadata, odd) = metadata.unwrap_or_default();
    problems.extend(odd);
    let arn = match metadata.arn {
        Some(arn) => arn,
        None => {
            let Named { arn, is_sure } = arn_of(folder, &metadata.names)?;
            if !is_sure {
                let kind = ProblemKind::GuessedArn(arn.to_string());
                let path = loading.sources.get(first).map(|source| source.path.clone());
                problems.extend(path.map(|path| Problem::of_file(kind, path)));
            }
            arn
        }
    };
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

/// The ARN of a resource whose metadata has none.
struct Named {
    arn: Arc<str>,
    /// Whether every letter of its name is known, and not only its folder's, which are all small.
    is_sure: bool,
}

/// Types whose names or ids have no capital letters. None: every type of the service.
const IN_SMALL_LETTERS: [(&str, Option<&str>); 11] = [
    ("apigateway", None),
    ("ec2", None),
    ("ecr", Some("repository")),
    ("elasticfilesystem", None),
    ("es", Some("domain")),
    ("glue", None),
    ("kms", Some("key")),
    ("s3", None),
    ("s3-object-lambda", None),
    ("s3express", None),
    ("s3tables", Some("bucket")),
];

/// What follows a name in an id, its letters as they are: the version of a layer, the label of a stream. None: nobody knows them.
fn rest_of_id(rest: &str) -> Option<String> {
    if !rest.contains(char::is_alphabetic) {
        return Some(rest.to_owned());
    }
    // A label is the time at which the stream was made: `2026-01-31T00:00:00.000`.
    let label = rest.strip_prefix("/stream/")?;
    let is_time =
        label.bytes().all(|byte| byte.is_ascii_digit() || b"-:.t".contains(&byte.to_ascii_lowercase()));
    is_time.then(|| format!("/stream/{}", label.to_ascii_uppercase()))
}

/// An id with the letters of one of the names that it is or begins with, and whether they are all known.
fn spelled(id: &str, names: &[Arc<str>]) -> (String, bool) {
    let begins = |name: &Arc<str>| {
        if id.to_lowercase() == name.to_lowercase() {
            return Some("");
        }
        let rest = id.get(name.len()..)?;
        let ends = rest.is_empty() || rest.starts_with([':', '/', '-']);
        (ends && id[..name.len()].to_lowercase() == name.to_lowercase()).then_some(rest)
    };
    let longest =
        names.iter().filter_map(|name| Some((name, begins(name)?))).max_by_key(|(name, _)| name.len());
    match longest {
        Some((name, rest)) => match rest_of_id(rest) {
            Some(rest) => (format!("{name}{rest}"), true),
            None => (format!("{name}{rest}"), false),
        },
        None => (id.to_owned(), !id.contains(char::is_alphabetic)),
    }
}

/// The ARN of a resource from its folder (D-COL-02), `service/[region/][type/]id`, and from what its metadata calls it.
fn arn_of(folder: &Folder<'_>, names: &[Arc<str>]) -> Option<Named> {
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
    let (id, is_spelled) = spelled(&id, names);
    let small = IN_SMALL_LETTERS
        .iter()
        .any(|(of, only)| *of == service && only.is_none_or(|only| kind == Some(only)));
    let partition = folder.partition.unwrap_or("aws");
    let account = folder.owner;
    let arn = match (service, kind) {
        ("s3", None) => format!("arn:{partition}:s3:::{id}").into(),
        ("apigateway", Some(kind)) => format!("arn:{partition}:apigateway:{region}::/{kind}/{id}").into(),
        (_, None) => format!("arn:{partition}:{service}:{region}:{account}:{id}").into(),
        (_, Some(kind)) => {
            let separator = if matches!(service, "lambda" | "secretsmanager" | "backup") { ':' } else { '/' };
            format!("arn:{partition}:{service}:{region}:{account}:{kind}{separator}{id}").into()
        }
    };
    Some(Named { arn, is_sure: is_spelled || small })
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
            let start = file.text.find('{').unwrap_or_default();
            Ok((required(arn, "arn")?, shares.unwrap_or_default(), policy.ok_or_else(|| file.place(start))))
        }));
    }
    Some(Piece::Shared(found))
}
