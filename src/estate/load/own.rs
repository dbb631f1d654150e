//! entail's own layout, and an export alone.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::layout::ACCOUNT_FILES;
use super::parts::{AccountPart, Export, Found, Listed, OrganizationPart, Parts};
use super::{FileText, Loading, details, organization, resources, settings, shares};
use crate::estate::{
    AccountId, AccountSettings, FileId, IdentityProvider, Problem, ProblemKind, RamShare, Resource,
    VpcEndpoint,
};

/// Reads the files of entail's own layout.
pub(super) fn read(loading: &Loading<'_>, names: &[Vec<String>]) -> Parts {
    let mut parts = Parts::default();
    let mut files = Vec::new();
    for ((id, source), names) in loading.sources.iter().zip(names) {
        match role_of(names) {
            Ok(role) => files.push((source.size, id, role)),
            Err(Some(kind)) => parts.problems.push(Problem::of_file(kind, source.path.clone())),
            Err(None) => {}
        }
    }
    // The largest first, so that no thread is left with one at the end.
    files.sort_by_key(|&(size, id, _)| (std::cmp::Reverse(size), id));
    let mut read: Vec<(FileId, Role, Piece, Vec<Problem>)> = files
        .par_iter()
        .with_max_len(1)
        .map(|&(_, id, role)| {
            let mut problems = Vec::new();
            let piece = piece(loading, id, role, &mut problems);
            (id, role, piece, problems)
        })
        .collect();
    read.sort_by_key(|&(id, ..)| id);
    for (id, role, piece, problems) in read {
        parts.problems.extend(problems);
        add(&mut parts, id, role, piece);
    }
    parts
}

/// Reads one export alone.
pub(super) fn read_single(loading: &Loading<'_>) -> Parts {
    let mut parts = Parts::default();
    for (id, _) in loading.sources.iter() {
        let mut problems = Vec::new();
        let read =
            loading.file(id, &mut problems, |file, problems| details::read(loading, file, None, problems));
        parts.problems.extend(problems);
        if let Some((account, export)) = read {
            part(&mut parts.accounts, account).export = Some(export);
        }
    }
    parts
}

/// What a file is for.
#[derive(Clone, Copy)]
enum Role {
    Organization,
    IdentityCenter,
    Details(AccountId),
    Resources(AccountId),
    Settings(AccountId),
    CredentialReport(AccountId),
    LastAccessed(AccountId),
    IdentityProviders(AccountId),
    VpcEndpoints(AccountId),
    RamShares(AccountId),
}

/// What a file is for; else the problem that it is, if it is one.
fn role_of(names: &[String]) -> Result<Role, Option<ProblemKind>> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let data = |name: &str| name.ends_with(".json") || name.ends_with(".csv");
    match names[..] {
        ["organization.json"] => Ok(Role::Organization),
        ["organizations", name] if name.ends_with(".json") => Ok(Role::Organization),
        ["identity-center.json"] => Ok(Role::IdentityCenter),
        ["accounts", account, name] if ACCOUNT_FILES.contains(&name) => {
            let account = account.parse();
            let account = account.map_err(|_| Some(ProblemKind::MalformedAccountId(names[1].to_owned())))?;
            Ok(match name {
                "authorization-details.json" => Role::Details(account),
                "resource-policies.json" => Role::Resources(account),
                "account.json" => Role::Settings(account),
                "credential-report.csv" => Role::CredentialReport(account),
                "service-last-accessed.json" => Role::LastAccessed(account),
                "identity-providers.json" => Role::IdentityProviders(account),
                "vpc-endpoints.json" => Role::VpcEndpoints(account),
                _ => Role::RamShares(account),
            })
        }
        [.., name] if data(name) => Err(Some(ProblemKind::UnknownFile)),
        _ => Err(None),
    }
}

/// What a file yields.
enum Piece {
    Nothing,
    Organization(Option<Box<Found<OrganizationPart>>>),
    Details(Option<Box<Export>>),
    Resources(Vec<Found<Resource>>),
    Settings(AccountSettings),
    IdentityProviders(Option<Vec<IdentityProvider>>),
    VpcEndpoints(Option<Listed<VpcEndpoint>>),
    RamShares(Option<Listed<RamShare>>),
}

fn piece(loading: &Loading<'_>, id: FileId, role: Role, problems: &mut Vec<Problem>) -> Piece {
    match role {
        Role::Organization => {
            Piece::Organization(loading.file(id, problems, |file, problems| {
                organization::read(loading, file, problems).map(Box::new)
            }))
        }
        Role::Details(account) => Piece::Details(loading.file(id, problems, |file, problems| {
            let (_, export) = details::read(loading, file, Some(account), problems)?;
            Some(Box::new(export))
        })),
        Role::Resources(account) => Piece::Resources(
            loading.file(id, problems, |file, problems| resources::read(loading, file, account, problems)),
        ),
        Role::Settings(_) => Piece::Settings(loading.file(id, problems, |file, problems| {
            file.keep(settings::account(file), problems).unwrap_or_default()
        })),
        Role::IdentityProviders(_) => {
            Piece::IdentityProviders(loading.file(id, problems, |file, problems| {
                file.keep(settings::identity_providers(loading, file), problems)
            }))
        }
        Role::VpcEndpoints(_) => Piece::VpcEndpoints(loading.file(id, problems, |file, problems| {
            file.keep(settings::vpc_endpoints(loading, file), problems)
        })),
        Role::RamShares(_) => Piece::RamShares(
            loading.file(id, problems, |file, problems| file.keep(shares::read(loading, file), problems)),
        ),
        // Read when they are asked for: they are long, and few questions need them.
        Role::IdentityCenter | Role::CredentialReport(_) | Role::LastAccessed(_) => Piece::Nothing,
    }
}

fn add(parts: &mut Parts, id: FileId, role: Role, piece: Piece) {
    let accounts = &mut parts.accounts;
    match (role, piece) {
        (Role::Organization, Piece::Organization(found)) => {
            parts.organizations.extend(found.map(|found| *found));
        }
        (Role::IdentityCenter, _) => parts.identity_center = Some(id),
        (Role::Details(of), Piece::Details(export)) => {
            part(accounts, of).export = export.map(|export| *export)
        }
        (Role::Resources(of), Piece::Resources(resources)) => part(accounts, of).resources = resources,
        (Role::Settings(of), Piece::Settings(settings)) => part(accounts, of).settings = settings,
        (Role::CredentialReport(of), _) => part(accounts, of).credential_report = Some(id),
        (Role::LastAccessed(of), _) => part(accounts, of).service_last_accessed = Some(id),
        (Role::IdentityProviders(of), Piece::IdentityProviders(found)) => {
            part(accounts, of).identity_providers = found;
        }
        (Role::VpcEndpoints(of), Piece::VpcEndpoints(found)) => {
            let part = part(accounts, of);
            part.unfinished.vpc_endpoints = found.as_ref().is_some_and(|found| found.goes_on);
            part.vpc_endpoints = found.map(|found| found.items);
        }
        (Role::RamShares(of), Piece::RamShares(found)) => {
            let part = part(accounts, of);
            part.unfinished.ram_shares = found.as_ref().is_some_and(|found| found.goes_on);
            part.ram_shares = found.map(|found| found.items);
        }
        _ => {}
    }
}

fn part(accounts: &mut BTreeMap<AccountId, AccountPart>, id: AccountId) -> &mut AccountPart {
    let part = accounts.entry(id).or_default();
    part.has_files = true;
    part
}

impl FileText<'_> {
    /// Notes that nothing but the value read may stand in the file.
    pub(super) fn end(&self, reader: &mut crate::estate::read::Reader<'_>) -> crate::estate::read::Read<()> {
        if reader.is_at_end() {
            return Ok(());
        }
        let message = "this is not JSON: something follows the value".to_owned();
        crate::estate::read::fault(reader.offset(), ProblemKind::NotJson(message))
    }
}
