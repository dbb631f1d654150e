//! Gaps that the records themselves show: something names what is not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::{
    Account, AccountId, Collected, Estate, Gap, Name, NodeId, Organization, OrganizationPolicyType,
    PolicyTypeStatus, Target,
};

/// All gaps of the records of `estate`, in no particular order.
pub(super) fn all(estate: &Estate) -> Vec<Gap> {
    let accounts: Vec<&Arc<Account>> = estate.accounts.values().collect();
    let of_accounts: Vec<(Vec<Gap>, MissingPolicies)> =
        accounts.par_iter().map(|account| (in_account(account), missing_policies(estate, account))).collect();
    let mut gaps = Vec::new();
    let mut missing = MissingPolicies::new();
    for (of_account, missing_there) in of_accounts {
        gaps.extend(of_account);
        for (policy, users) in missing_there {
            let known = missing.entry(policy).or_default();
            known.attached_to.extend(users.attached_to);
            known.boundary_of.extend(users.boundary_of);
        }
    }
    gaps.extend(missing.into_iter().map(|(policy, mut users)| {
        users.attached_to.sort();
        users.boundary_of.sort();
        Gap::PolicyNotCollected { policy, attached_to: users.attached_to, boundary_of: users.boundary_of }
    }));
    let has_none = |arn: &str| arn.split_once(":s3:::").is_some_and(|(_, name)| name.contains('/'));
    let unknown = estate.resources.values().filter(|resource| {
        resource.policy == Collected::NotCollected && !has_none(&resource.arn) // Objects in S3 have no policies.
    });
    gaps.extend(unknown.map(|resource| Gap::ResourcePolicyNotCollected(resource.arn.clone())));
    for organization in estate.organizations.values() {
        in_organization(estate, organization, &mut gaps);
    }
    gaps
}

/// Policies that are named and absent, with who names them.
type MissingPolicies = BTreeMap<Arc<str>, NamedBy>;

#[derive(Default)]
struct NamedBy {
    attached_to: Vec<Arc<str>>,
    boundary_of: Vec<Arc<str>>,
}

fn missing_policies(estate: &Estate, account: &Account) -> MissingPolicies {
    let mut missing = MissingPolicies::new();
    let absent = |arn: &Arc<str>| estate.managed_policy(arn).is_none_or(|policy| policy.policy.is_none());
    for (holder, _, attached) in account.holders() {
        for policy in attached.iter().filter(|policy| absent(policy)) {
            missing.entry(policy.clone()).or_default().attached_to.push(holder.clone());
        }
    }
    let users = account.users.values().map(|user| &user.identity);
    for identity in users.chain(account.roles.values().map(|role| &role.identity)) {
        if let Some(policy) = identity.boundary.as_ref().filter(|policy| absent(policy)) {
            missing.entry(policy.clone()).or_default().boundary_of.push(identity.arn.clone());
        }
    }
    missing
}

fn in_account(account: &Account) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if !account.collected {
        gaps.push(Gap::AccountNotCollected(account.id));
    }
    if account.membership.is_none() {
        gaps.push(Gap::NoOrganization(account.id));
    }
    let mut groups: BTreeMap<&Name, Vec<Arc<str>>> = BTreeMap::new();
    for user in account.users.values() {
        for group in user.groups.iter().filter(|group| !account.groups.contains_key(*group)) {
            groups.entry(group).or_default().push(user.identity.arn.clone());
        }
    }
    for (group, mut members) in groups {
        members.sort();
        gaps.push(Gap::GroupNotCollected { account: account.id, group: group.as_str().into(), members });
    }
    let without_trust = account.roles.values().filter(|role| role.trust.is_none());
    gaps.extend(without_trust.map(|role| Gap::TrustNotCollected(role.identity.arn.clone())));
    gaps
}

fn in_organization(estate: &Estate, organization: &Arc<Organization>, gaps: &mut Vec<Gap>) {
    let missing_parent = |parent: Option<&NodeId>, below: Target| {
        let known = parent.is_some_and(|parent| organization.nodes.contains_key(parent));
        let gap =
            Gap::NodeNotCollected { organization: organization.id.clone(), node: parent.cloned(), below };
        (!known).then_some(gap)
    };
    if organization.goes_on {
        gaps.push(Gap::OrganizationTruncated(organization.id.clone()));
    } else {
        let of = |&kind| Gap::PoliciesNotListed { organization: organization.id.clone(), kind };
        gaps.extend(organization.unlisted.iter().map(of));
    }
    if organization.management_account.is_none() {
        gaps.push(Gap::ManagementAccountUnknown(organization.id.clone()));
    }
    for node in organization.nodes.values().filter(|node| node.parent.is_some()) {
        gaps.extend(missing_parent(node.parent.as_ref(), Target::Node(node.id.clone())));
    }
    let members = estate.accounts.values().filter_map(|account| {
        let membership = account.membership.as_ref()?;
        (membership.organization == organization.id).then_some((account.id, membership.parent.as_ref()))
    });
    let members: Vec<(AccountId, Option<&NodeId>)> = members.collect();
    for &(account, parent) in &members {
        gaps.extend(missing_parent(parent, Target::Account(account)));
    }
    for policy in organization.policies.values() {
        if !policy.targets_known {
            let (organization, policy) = (organization.id.clone(), policy.id.clone());
            gaps.push(Gap::TargetsNotCollected { organization, policy });
        }
        if policy.policy.is_none() && !policy.targets.is_empty() {
            gaps.push(Gap::OrganizationPolicyNotCollected {
                organization: organization.id.clone(),
                policy: policy.id.clone(),
                kind: policy.kind,
                targets: policy.targets.iter().cloned().collect(),
            });
        }
    }
    for root in organization.roots() {
        for (kind, status) in
            [(OrganizationPolicyType::Scp, root.scp), (OrganizationPolicyType::Rcp, root.rcp)]
        {
            if matches!(status, PolicyTypeStatus::Unknown | PolicyTypeStatus::Switching) {
                let (organization, root) = (organization.id.clone(), root.id.clone());
                gaps.push(Gap::PolicyTypeUnknown { organization, root, kind });
            }
        }
    }
    levels_without_scp(organization, &members, gaps);
}

/// Where SCPs are evaluated every root, unit and account has one (S-SCP-10). RCPs need no such check: the full-access
/// RCP can't be detached and is assumed (S-RCP-04). The management account is left out, as no SCP counts there.
fn levels_without_scp(
    organization: &Arc<Organization>,
    members: &[(AccountId, Option<&NodeId>)],
    gaps: &mut Vec<Gap>,
) {
    let scps = organization.policies.values().filter(|policy| policy.kind == OrganizationPolicyType::Scp);
    let covered: std::collections::BTreeSet<&Target> =
        scps.flat_map(|policy| policy.targets.iter()).collect();
    let enabled = |node: Option<&NodeId>| {
        let path = organization.path_to(node);
        path.nodes.first().is_some_and(|top| top.parent.is_some() || top.scp == PolicyTypeStatus::Enabled)
    };
    let nodes = organization.nodes.values().map(|node| (Target::Node(node.id.clone()), Some(&node.id)));
    let accounts = members
        .iter()
        .filter(|(account, _)| organization.management_account != Some(*account))
        .map(|&(account, parent)| (Target::Account(account), parent));
    for (target, node) in nodes.chain(accounts) {
        if enabled(node) && !covered.contains(&target) {
            gaps.push(Gap::LevelWithoutScp { organization: organization.id.clone(), target });
        }
    }
}
