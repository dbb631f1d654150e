//! Parts -> an estate, with the checks that need more than one record.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::parts::{AccountPart, Claim, Found, Member, Parts};
use super::{Layout, Loading};
use crate::estate::{
    Account, AccountId, AccountStatus, Estate, Gap, InstanceProfile, LoadError, Locator, ManagedPolicy,
    Membership, Organization, OrganizationId, Place, PolicyRef, Position, Problem, ProblemKind, Sources,
    Unfinished,
};

/// Puts an estate together.
///
/// # Errors
/// Any problem of the parts that is an error, and what is there twice.
pub(super) fn estate(layout: Layout, loading: Loading<'_>, parts: Parts) -> Result<Estate, LoadError> {
    let Parts { organizations, mut accounts, mut claims, identity_center, mut problems } = parts;
    let mut twice = Vec::new();
    let mut members: BTreeMap<AccountId, (OrganizationId, Member)> = BTreeMap::new();
    let mut by_id: BTreeMap<OrganizationId, (Place, Arc<Organization>)> = BTreeMap::new();
    for Found { value, place } in organizations {
        let id = value.organization.id.clone();
        for member in value.members {
            let (account, second) = (member.account, member.place);
            if let Some((_, first)) = members.insert(account, (id.clone(), member)) {
                twice.push(Twice { what: account.to_string(), first: first.place, second });
            }
            accounts.entry(account).or_default();
        }
        // S-KEY-06: the management account is a member, listed or not.
        let manager = value.organization.management_account;
        claims.extend(manager.map(|account| Claim { account, organization: id.clone(), place }));
        problems.extend(cycle(&value.organization, place, &loading.sources));
        if let Some((first, _)) = by_id.insert(id.clone(), (place, Arc::new(value.organization))) {
            twice.push(Twice { what: id.to_string(), first, second: place });
        }
    }
    for Claim { account, organization, place } in claims {
        if members.contains_key(&account) {
            continue;
        }
        // S-EVAL-11: where it hangs, and what is attached to it, was not collected.
        let (status, name) = (AccountStatus::NotStated, None);
        let member = Member { account, place, name, parent: None, status, tags: None };
        members.insert(account, (organization.clone(), member));
        accounts.entry(account).or_default();
        let hollow = || (place, Arc::new(Organization::hollow(organization.clone())));
        by_id.entry(organization.clone()).or_insert_with(hollow);
    }
    let aws_managed = aws_managed(&accounts, &loading, &mut problems);
    let parts: Vec<(AccountId, AccountPart)> = accounts.into_iter().collect();
    let built: Vec<Built> =
        parts.into_par_iter().map(|(id, part)| account(id, part, members.get(&id))).collect();
    let mut estate_accounts = im::OrdMap::new();
    let mut resources: im::OrdMap<Arc<str>, (Place, Arc<crate::estate::Resource>)> = im::OrdMap::new();
    let mut gaps = Vec::new();
    for built in built {
        twice.extend(built.twice);
        gaps.extend(built.gaps);
        for Found { value, place } in built.resources {
            let arn = value.arn.clone();
            if let Some((first, _)) = resources.insert(arn.clone(), (place, Arc::new(value))) {
                twice.push(Twice { what: arn.to_string(), first, second: place });
            }
        }
        estate_accounts.insert(built.account.id, Arc::new(built.account));
    }
    problems.extend(locate(twice, &loading.sources));
    problems.sort_by(|left, right| order(left).cmp(&order(right)));
    if problems.iter().any(Problem::is_error) {
        return Err(LoadError { problems });
    }
    Ok(Estate {
        organizations: by_id.into_iter().map(|(id, (_, organization))| (id, organization)).collect(),
        accounts: estate_accounts,
        aws_managed,
        resources: resources.into_iter().map(|(arn, (_, resource))| (arn, resource)).collect(),
        identity_center,
        policies: Arc::new(loading.policies),
        sources: Arc::new(loading.sources),
        layout,
        problems: problems.into(),
        listed_at: Arc::new(members.iter().map(|(account, (_, member))| (*account, member.place)).collect()),
        gaps_of_files: gaps.into(),
        gaps: Arc::default(),
        ids: Arc::default(),
    })
}

/// Problems come in the order of files, and within one in that of places.
fn order(problem: &Problem) -> (&Arc<std::path::Path>, usize) {
    (&problem.at.file, problem.at.spot.as_ref().map_or(0, |spot| spot.offset))
}

/// One thing in two places.
struct Twice {
    what: String,
    first: Place,
    second: Place,
}

fn locate(mut twice: Vec<Twice>, sources: &Sources) -> Vec<Problem> {
    twice.sort_by_key(|twice| (twice.second, twice.first));
    let (mut firsts, mut seconds) = (Locator::new(sources), Locator::new(sources));
    let mut problem = |twice: &Twice| Problem {
        kind: ProblemKind::Duplicate(twice.what.clone()),
        at: seconds.position(twice.second),
        also: Some(firsts.position(twice.first)),
    };
    let mut problems: Vec<Problem> = twice.iter().take(super::MOST_PROBLEMS).map(&mut problem).collect();
    if let Some(next) = twice.get(super::MOST_PROBLEMS) {
        let left_out = ProblemKind::More(twice.len() - super::MOST_PROBLEMS);
        let at = Position { file: path_of(sources, next.second), spot: None };
        problems.push(Problem { kind: left_out, at, also: None });
    }
    problems
}

fn path_of(sources: &Sources, place: Place) -> Arc<std::path::Path> {
    sources.get(place.file).map_or_else(|| std::path::Path::new("").into(), |source| source.path.clone())
}

/// A unit that lies below itself, if there is one.
fn cycle(organization: &Organization, place: Place, sources: &Sources) -> Option<Problem> {
    let ends = |start: &crate::estate::NodeId| {
        let mut next = Some(start);
        for _ in 0..=organization.nodes.len() {
            next = next.and_then(|id| organization.nodes.get(id)).and_then(|node| node.parent.as_ref());
        }
        next.is_none()
    };
    let node = organization.nodes.keys().find(|id| !ends(id))?;
    let at = Position { file: path_of(sources, place), spot: None };
    Some(Problem { kind: ProblemKind::CyclicTree(node.to_string()), at, also: None })
}

/// AWS's own policies from all exports, the newest version of each.
fn aws_managed(
    accounts: &BTreeMap<AccountId, AccountPart>,
    loading: &Loading<'_>,
    problems: &mut Vec<Problem>,
) -> im::OrdMap<Arc<str>, Arc<ManagedPolicy>> {
    let mut newest: BTreeMap<&Arc<str>, (&Arc<ManagedPolicy>, Place, bool)> = BTreeMap::new();
    for export in accounts.values().filter_map(|part| part.export.as_ref()) {
        for found in export.policies.iter().filter(|found| found.value.is_aws_managed()) {
            let policy = &found.value;
            let Some(known) = newest.get_mut(&policy.arn) else {
                newest.insert(&policy.arn, (policy, found.place, false));
                continue;
            };
            known.2 |= !says_the_same(known.0.policy, policy.policy, loading);
            if rank(policy) > rank(known.0) {
                *known = (policy, found.place, known.2);
            }
        }
    }
    for (arn, (policy, place, differs)) in &newest {
        if *differs {
            let used = policy.version.as_deref().unwrap_or("one of them").to_owned();
            let kind = ProblemKind::AwsPolicyDiffers { arn: arn.to_string(), used };
            let at = Position { file: path_of(&loading.sources, *place), spot: None };
            problems.push(Problem { kind, at, also: None });
        }
    }
    newest.into_iter().map(|(arn, (policy, ..))| (arn.clone(), policy.clone())).collect()
}

/// Whether two policies have one meaning: exports write objects, strings and `%`-encoded strings, with other blanks (D-IAM-02).
fn says_the_same(one: Option<PolicyRef>, other: Option<PolicyRef>, loading: &Loading<'_>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let json = |policy: PolicyRef| -> Option<serde_json::Value> {
        serde_json::from_str(&loading.policies.get(policy.document)?.text).ok()
    };
    one.document == other.document || json(one).is_some_and(|one| json(other) == Some(one))
}

/// A policy with a document comes before one without, then the newer version.
fn rank(policy: &ManagedPolicy) -> (bool, u32) {
    let version = policy.version.as_deref().and_then(|version| version.strip_prefix('v'));
    (policy.policy.is_some(), version.and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// An account with what turned out while it was built.
struct Built {
    account: Account,
    resources: Vec<Found<crate::estate::Resource>>,
    gaps: Vec<Gap>,
    twice: Vec<Twice>,
}

fn account(id: AccountId, part: AccountPart, member: Option<&(OrganizationId, Member)>) -> Built {
    let (has_files, collected) = (part.has_files, part.export.is_some());
    let export = part.export.unwrap_or_default();
    let mut gaps = Vec::new();
    if export.truncated {
        gaps.push(Gap::ExportTruncated(id));
    }
    let Unfinished { vpc_endpoints, ram_shares } = part.unfinished;
    let unfinished = [("vpc-endpoints.json", vpc_endpoints), ("ram-shares.json", ram_shares)];
    let unfinished = unfinished.into_iter().filter(|(_, goes_on)| *goes_on);
    gaps.extend(unfinished.map(|(file, _)| Gap::ListTruncated { account: id, file }));
    gaps.extend(export.absent.iter().map(|&list| Gap::ListNotCollected { account: id, list }));
    let mut twice = Vec::new();
    let users = map(export.users, |user| (user.identity.name.clone(), &user.identity.arn), &mut twice);
    let groups = map(export.groups, |group| (group.name.clone(), &group.arn), &mut twice);
    let roles = map(export.roles, |role| (role.identity.name.clone(), &role.identity.arn), &mut twice);
    let own = export.policies.into_iter().filter(|found| !found.value.is_aws_managed()).collect();
    let managed_policies = map(own, |policy| (policy.arn.clone(), &policy.arn), &mut twice);
    let member_of = member.map(|(organization, member)| (organization, member));
    let account = Account {
        id,
        partition: part.partition.or(export.partition).unwrap_or_else(|| "aws".into()),
        name: member_of.and_then(|(_, member)| member.name.clone()),
        status: member_of.map_or(AccountStatus::NotStated, |(_, member)| member.status),
        membership: member_of.map(|(organization, member)| Membership {
            organization: organization.clone(),
            parent: member.parent.clone(),
        }),
        tags: member_of.and_then(|(_, member)| member.tags.clone()),
        has_files,
        collected,
        users,
        groups,
        roles,
        managed_policies,
        settings: part.settings,
        identity_providers: part.identity_providers.map(Arc::from),
        instance_profiles: profiles(export.instance_profiles).into(),
        vpc_endpoints: part.vpc_endpoints.map(Arc::from),
        ram_shares: part.ram_shares.map(Arc::from),
        unfinished: part.unfinished,
        credential_report: part.credential_report,
        service_last_accessed: part.service_last_accessed,
        exports: export.files.into(),
    };
    Built { account, resources: part.resources, gaps, twice }
}

/// Records by key. Of two with one key the second is reported.
fn map<K: Ord + Clone, T>(
    mut found: Vec<Found<Arc<T>>>,
    key: impl Fn(&T) -> (K, &Arc<str>),
    twice: &mut Vec<Twice>,
) -> im::OrdMap<K, Arc<T>> {
    found.sort_by_cached_key(|found| key(&found.value).0);
    for (first, second) in found.iter().zip(found.iter().skip(1)) {
        let ((first_key, _), (second_key, arn)) = (key(&first.value), key(&second.value));
        if first_key == second_key {
            twice.push(Twice { what: arn.to_string(), first: first.place, second: second.place });
        }
    }
    found.into_iter().map(|found| (key(&found.value).0, found.value)).collect()
}

/// Instance profiles by ARN, each once, with all its roles.
fn profiles(found: Vec<InstanceProfile>) -> Vec<InstanceProfile> {
    let mut roles: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for profile in found {
        roles.entry(profile.arn).or_default().extend(profile.roles);
    }
    let profile = |(arn, mut roles): (Arc<str>, Vec<Arc<str>>)| {
        roles.sort();
        roles.dedup();
        InstanceProfile { arn, roles: roles.into() }
    };
    roles.into_iter().map(profile).collect()
}
