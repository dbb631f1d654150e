//! iam-collect's layout (D-COL-01 to D-COL-13): a folder for each resource, a file for each aspect of it.

mod iam;
mod organization;
mod resource;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::parts::{AccountPart, Claim, Export, Found, OrganizationPart, Parts};
use super::shares::Shares;
use super::{FileText, Loading, fields};
use crate::document::PolicyKind;
use crate::estate::read::{Fault, Read, Reader, Value, fault};
use crate::estate::{
    AccountId, FileId, IdentityProvider, InstanceProfile, OrganizationId, Place, PolicyRef, Problem,
    ProblemKind, PublicAccessBlock, Resource, VpcEndpoint,
};

/// Reads the files of iam-collect's layout.
pub(super) fn read(loading: &Loading<'_>, names: &[Vec<String>]) -> Parts {
    let folders = folders(loading, names);
    let mut parts = Parts::default();
    let (organizations, folders): (Vec<_>, Vec<_>) =
        folders.into_iter().partition(|folder| folder.part == "organizations");
    parts.organizations = organization::read(loading, organizations, &mut parts.claims, &mut parts.problems);
    let (indexes, folders): (Vec<_>, Vec<_>) =
        folders.into_iter().partition(|folder| folder.part == "indexes");
    for index in indexes {
        let claims = index.file(loading, &mut parts.problems, "accounts-to-orgs.json", organizations_of);
        parts.claims.extend(claims.unwrap_or_default());
    }
    let read = |folder: &Folder<'_>| {
        let mut problems = Vec::new();
        let piece = folder.read(loading, &mut problems);
        (piece, problems)
    };
    let pieces: Vec<(Option<Piece>, Vec<Problem>)> = folders.par_iter().map(read).collect();
    let mut shares: BTreeMap<AccountId, Shares> = BTreeMap::new();
    for (folder, (piece, problems)) in folders.iter().zip(pieces) {
        parts.problems.extend(problems);
        let Ok(id) = folder.owner.parse::<AccountId>() else {
            let kind = ProblemKind::MalformedAccountId(folder.owner.to_owned());
            parts.problems.extend(folder.path(loading).map(|path| Problem::of_file(kind, path)));
            continue;
        };
        let account = parts.accounts.entry(id).or_default();
        account.has_files = true;
        if let Some(partition) = folder.partition {
            account.partition = Some(loading.strings.share(partition));
        }
        if folder.below.first() == Some(&"iam") {
            account.export.get_or_insert_default();
        }
        if let Some(piece) = piece {
            if let Piece::Account(AccountFiles { organization: Some((organization, place)), .. }) = &piece {
                let organization = organization.clone();
                parts.claims.push(Claim { account: id, organization, place: *place });
            }
            add(account, shares.entry(id).or_default(), piece);
        }
    }
    for (id, shares) in shares {
        let shares = shares.finish(loading);
        if let Some(account) = parts.accounts.get_mut(&id).filter(|_| !shares.is_empty()) {
            account.ram_shares = Some(shares);
        }
    }
    for account in parts.accounts.values_mut().filter(|account| holds_buckets(account)) {
        account.settings.public_access_block.get_or_insert_default();
    }
    parts.accounts.values_mut().for_each(resource::add_bare_registries);
    parts
}

/// Reads `accounts-to-orgs.json`: `{"<account>": "o-…"}` (D-COL-10).
fn organizations_of(file: &FileText<'_>) -> Read<Vec<Claim>> {
    let mut claims = Vec::new();
    Reader::new(file.text).members(|account, reader| {
        let start = reader.offset();
        let Ok(account) = account.parse::<AccountId>() else {
            return fault(start, ProblemKind::MalformedAccountId(account.to_owned()));
        };
        let organization = fields::text(reader)?.map(OrganizationId::from);
        let place = file.place(start);
        claims.extend(organization.map(|organization| Claim { account, organization, place }));
        Ok(())
    })?;
    Ok(claims)
}

/// Where S3 was collected a missing `s3-bpa.json` means that nothing is blocked (D-COL-03).
fn holds_buckets(account: &AccountPart) -> bool {
    account.resources.iter().any(|found| found.value.arn.contains(":s3:::"))
}

/// A folder with at least one file.
struct Folder<'a> {
    /// The partition; none if the estate was named by the folder of its partition.
    partition: Option<&'a str>,
    /// `accounts`, `organizations` or `indexes`.
    part: &'a str,
    /// The id of the account or organisation; empty for indexes.
    owner: &'a str,
    /// What follows in the path.
    below: Vec<&'a str>,
    files: Vec<(&'a str, FileId)>,
}

fn folders<'a>(loading: &Loading<'_>, names: &'a [Vec<String>]) -> Vec<Folder<'a>> {
    let mut files: BTreeMap<Vec<&str>, Vec<(&str, FileId)>> = BTreeMap::new();
    for ((id, _), names) in loading.sources.iter().zip(names) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some((&file, folder)) = names.split_last() {
            files.entry(folder.to_vec()).or_default().push((file, id));
        }
    }
    let folder = |(names, files): (Vec<&'a str>, Vec<(&'a str, FileId)>)| match *names.as_slice() {
        ["indexes"] => Some(Folder { partition: None, part: "indexes", owner: "", below: Vec::new(), files }),
        [partition, "indexes"] => {
            Some(Folder { partition: Some(partition), part: "indexes", owner: "", below: Vec::new(), files })
        }
        [part @ ("accounts" | "organizations"), owner, ref below @ ..] => {
            Some(Folder { partition: None, part, owner, below: below.to_vec(), files })
        }
        [partition, part, owner, ref below @ ..] => {
            Some(Folder { partition: Some(partition), part, owner, below: below.to_vec(), files })
        }
        _ => None,
    };
    files.into_iter().filter_map(folder).collect()
}

/// What a folder of an account yields.
enum Piece {
    Iam(Box<Export>),
    Profile(InstanceProfile),
    Provider(IdentityProvider),
    Resource(Box<Found<Resource>>),
    Endpoint(VpcEndpoint),
    Shared(Vec<Shared>),
    Account(AccountFiles),
}

/// What the files of an account itself hold (D-COL-06).
struct AccountFiles {
    /// The organisation that the account is in, as it says itself.
    organization: Option<(OrganizationId, Place)>,
    public_access_block: Option<PublicAccessBlock>,
    /// The registries of ECR that have a policy.
    registries: Vec<Found<Resource>>,
}

/// A resource that RAM shares: its ARN, its shares, and the policy that RAM attaches to it, or where it is listed.
type Shared = (Arc<str>, Box<[Arc<str>]>, Result<PolicyRef, Place>);

fn add(account: &mut AccountPart, shares: &mut Shares, piece: Piece) {
    let export = &mut account.export;
    match piece {
        Piece::Iam(found) => {
            let export = export.get_or_insert_default();
            export.users.extend(found.users);
            export.groups.extend(found.groups);
            export.roles.extend(found.roles);
            export.policies.extend(found.policies);
            export.files.extend(found.files);
        }
        Piece::Profile(profile) => export.get_or_insert_default().instance_profiles.push(profile),
        Piece::Provider(provider) => account.identity_providers.get_or_insert_default().push(provider),
        Piece::Resource(found) => account.resources.push(*found),
        Piece::Endpoint(endpoint) => account.vpc_endpoints.get_or_insert_default().push(endpoint),
        Piece::Shared(found) => {
            for (arn, of, policy) in found {
                shares.resource(arn, &of, policy);
            }
        }
        Piece::Account(files) => {
            account.settings.public_access_block = files.public_access_block;
            account.resources.extend(files.registries);
        }
    }
}

impl Folder<'_> {
    fn read(&self, loading: &Loading<'_>, problems: &mut Vec<Problem>) -> Option<Piece> {
        let account = self.owner.parse().ok()?;
        match self.below[..] {
            [] => self.account(loading, problems),
            ["iam", "user", _] => iam::user(self, loading, account, problems),
            ["iam", "group", _] => iam::group(self, loading, account, problems),
            ["iam", "role", _] => iam::role(self, loading, account, problems),
            ["iam", "policy", _] | ["iam", "aws", "policy", _] => {
                iam::policy(self, loading, account, problems)
            }
            ["iam", "instance-profile", _] => iam::instance_profile(self, loading, problems),
            ["iam", "oidc-provider" | "saml-provider", _] => iam::identity_provider(self, loading, problems),
            ["ec2", _, "vpc-endpoint", _] => resource::endpoint(self, loading, problems),
            ["ram", _] => resource::shared(self, loading, problems),
            [_, .., _] => resource::read(self, loading, account, problems),
            [_] => None,
        }
    }

    fn account(&self, loading: &Loading<'_>, problems: &mut Vec<Problem>) -> Option<Piece> {
        let block = self.file(loading, problems, "s3-bpa.json", |file| {
            fields::public_access_block(&mut Reader::new(file.text))
        });
        let registries = resource::registries(self, loading, problems);
        let organization = self.file(loading, problems, "organization.json", |file| {
            let mut id = None;
            Reader::new(file.text).members(|key, reader| {
                match key {
                    "organizationId" => id = fields::text(reader)?.map(OrganizationId::from),
                    _ => drop(reader.value()?),
                }
                Ok(())
            })?;
            Ok(id.map(|id| (id, file.place(0))))
        });
        let (organization, public_access_block) = (organization.flatten(), block.flatten());
        Some(Piece::Account(AccountFiles { organization, public_access_block, registries }))
    }

    /// Reads one of the folder's files; none if the folder lacks it (D-COL-03) or it can't be read.
    fn file<T>(
        &self,
        loading: &Loading<'_>,
        problems: &mut Vec<Problem>,
        name: &str,
        read: impl FnOnce(&FileText<'_>) -> Read<T>,
    ) -> Option<T> {
        let id = self.id(name)?;
        loading.file(id, problems, |file, problems| file.keep(read(file), problems))
    }

    /// The id of one of the folder's files.
    fn id(&self, name: &str) -> Option<FileId> {
        self.files.iter().find(|(file, _)| *file == name).map(|&(_, id)| id)
    }

    /// Reads `metadata.json`, which has to be there, member by member.
    fn metadata<T>(
        &self,
        loading: &Loading<'_>,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&FileText<'_>) -> Read<T>,
    ) -> Option<T> {
        if self.id("metadata.json").is_none() {
            let kind = ProblemKind::MissingMember("metadata.json");
            problems.extend(self.path(loading).map(|path| Problem::of_file(kind, path)));
        }
        self.file(loading, problems, "metadata.json", read)
    }

    /// Reads a file that is a policy as a whole.
    fn policy(
        &self,
        loading: &Loading<'_>,
        problems: &mut Vec<Problem>,
        name: &str,
        kind: PolicyKind,
    ) -> Option<PolicyRef> {
        self.file(loading, problems, name, |file| {
            let mut reader = Reader::new(file.text);
            let value: Value<'_> = reader.value()?;
            file.end(&mut reader)?;
            loading.policy(file, kind, value)
        })
    }

    fn path(&self, loading: &Loading<'_>) -> Option<Arc<std::path::Path>> {
        let (_, file) = self.files.first()?;
        loading.sources.get(*file)?.path.parent().map(Arc::from)
    }
}

/// A member that has to be there.
fn required<T>(member: Option<T>, name: &'static str) -> Read<T> {
    member.ok_or_else(|| Box::new(Fault { offset: 0, kind: ProblemKind::MissingMember(name) }))
}

/// An organisation, as its folder yields it.
type FoundOrganization = Found<OrganizationPart>;
