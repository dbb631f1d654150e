//! The documents of an estate with those who hold them, and what its gaps cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::estate::{
    AccountId, Arn, Collected, DocumentId, Estate, Gap, Identity, InlinePolicy, Place, PolicyRef, Target,
};
use crate::facts::PolicyLabel;

/// A document and where it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The text.
    pub document: DocumentId,
    /// The first place where it was written.
    pub place: Option<Place>,
    /// What holds it there.
    pub holder: String,
    /// How many places hold the same text.
    pub holders: usize,
    /// Whether it is the policy of a KMS key.
    pub of_key: bool,
}

/// The documents that an estate's own users, roles, groups, policies, resources, endpoints and organisations hold, each
/// once, in the order of places. AWS's managed policies are not the user's to correct and are left out. Of some accounts
/// only: what they hold, and the SCPs and RCPs above them.
pub fn held_documents(estate: &Estate, only: Option<&FxHashSet<AccountId>>) -> Vec<Held> {
    let wants = |account: AccountId| only.is_none_or(|only| only.contains(&account));
    let above = only.map(|only| targets_above(estate, only));
    let mut found = Found::default();
    for organization in estate.organizations.values() {
        let is_above = |target: &Target| above.as_ref().is_none_or(|above| above.contains(target));
        let policies = organization.policies.values().filter(|policy| !policy.aws_managed);
        for policy in policies.filter(|policy| above.is_none() || policy.targets.iter().any(is_above)) {
            let label = PolicyLabel::Control(policy.id.to_string().into(), policy.name.clone());
            found.add(policy.policy, label);
        }
        if let Collected::Some(policy) = organization.resource_policy {
            found.add(Some(policy), PolicyLabel::OfResource(organization.id.as_str().into()));
        }
    }
    for account in estate.accounts.values().filter(|account| wants(account.id)) {
        for user in account.users.values() {
            found.identity(&user.identity);
        }
        for group in account.groups.values() {
            found.inline(&group.arn, &group.inline);
        }
        for role in account.roles.values().filter(|role| !role.is_service_linked()) {
            found.identity(&role.identity);
            found.add(role.trust, PolicyLabel::Trust(role.identity.arn.clone()));
        }
        for policy in account.managed_policies.values() {
            found.add(policy.policy, PolicyLabel::Managed(policy.arn.clone()));
        }
        for endpoint in account.vpc_endpoints.iter().flat_map(|endpoints| endpoints.iter()) {
            if let Collected::Some(policy) = endpoint.policy {
                found.add(Some(policy), PolicyLabel::OfResource(endpoint.id.clone()));
            }
        }
    }
    for resource in estate.resources.values().filter(|resource| resource.account.is_none_or(wants)) {
        if let Collected::Some(policy) = resource.policy {
            let label = PolicyLabel::OfResource(resource.arn.clone());
            let of_key = Arn::parse(&resource.arn).is_some_and(|arn| arn.service == "kms");
            found.add_for(Some(policy), label, of_key);
        }
        if let Collected::Some(policy) = resource.settings.lock_policy {
            found.add(Some(policy), PolicyLabel::Listed("lock policy", resource.arn.clone()));
        }
    }
    let mut all: Vec<Held> = found.documents.into_values().collect();
    all.sort_by(|a, b| (a.place, &a.holder).cmp(&(b.place, &b.holder)));
    all
}

/// The accounts, and the roots and units above them.
fn targets_above(estate: &Estate, accounts: &FxHashSet<AccountId>) -> FxHashSet<Target> {
    let mut found: FxHashSet<Target> = accounts.iter().copied().map(Target::Account).collect();
    for path in accounts.iter().filter_map(|account| estate.organization_path(*account)) {
        found.extend(path.nodes.iter().map(|node| Target::Node(node.id.clone())));
    }
    found
}

/// Whether a gap is about one of some accounts, or about their organisation.
pub fn gap_concerns(estate: &Estate, gap: &Gap, accounts: &FxHashSet<AccountId>) -> bool {
    let of_arn = |arn: &str| match estate.resources.get(arn).and_then(|resource| resource.account) {
        Some(account) => accounts.contains(&account),
        None => {
            Arn::parse(arn).and_then(|arn| arn.account_id()).is_none_or(|account| accounts.contains(&account))
        }
    };
    match gap {
        Gap::AccountNotCollected(account)
        | Gap::NoOrganization(account)
        | Gap::ExportTruncated(account)
        | Gap::ListTruncated { account, .. }
        | Gap::ListNotCollected { account, .. }
        | Gap::GroupNotCollected { account, .. } => accounts.contains(account),
        Gap::PolicyNotCollected { attached_to, boundary_of, .. } => {
            attached_to.iter().chain(boundary_of).any(|arn| of_arn(arn))
        }
        Gap::TrustNotCollected(arn) | Gap::ResourcePolicyNotCollected(arn) => of_arn(arn),
        Gap::NodeNotCollected { .. }
        | Gap::LevelWithoutScp { .. }
        | Gap::OrganizationPolicyNotCollected { .. }
        | Gap::OrganizationTruncated(_)
        | Gap::PoliciesNotListed { .. }
        | Gap::TargetsNotCollected { .. }
        | Gap::ManagementAccountUnknown(_)
        | Gap::PolicyTypeUnknown { .. } => true,
    }
}

#[derive(Default)]
struct Found {
    documents: BTreeMap<DocumentId, Held>,
}

impl Found {
    fn identity(&mut self, identity: &Identity) {
        self.inline(&identity.arn, &identity.inline);
    }

    fn inline(&mut self, holder: &Arc<str>, policies: &[InlinePolicy]) {
        for inline in policies {
            self.add(Some(inline.policy), PolicyLabel::Inline(holder.clone(), inline.name.clone()));
        }
    }

    fn add(&mut self, policy: Option<PolicyRef>, label: PolicyLabel) {
        self.add_for(policy, label, false);
    }

    fn add_for(&mut self, policy: Option<PolicyRef>, label: PolicyLabel, of_key: bool) {
        let Some(PolicyRef { document, place }) = policy else { return };
        let holder = label.to_string();
        let held = self.documents.entry(document).or_insert_with(|| Held {
            document,
            place,
            holder: holder.clone(),
            holders: 0,
            of_key,
        });
        // What other resources hold as well is not a key's alone.
        held.of_key &= of_key;
        held.holders += 1;
        if (place, &holder) < (held.place, &held.holder) {
            (held.place, held.holder) = (place, holder);
        }
    }
}

/// What a gap costs, and what closes it.
pub fn remedy_of_gap(gap: &Gap) -> &'static str {
    match gap {
        Gap::AccountNotCollected(_) => {
            "nothing is known of its principals; collect `aws iam get-account-authorization-details` there"
        }
        Gap::NoOrganization(_) => {
            "what SCPs and RCPs limit there is not seen; collect the organisation, or list the account in it"
        }
        Gap::ExportTruncated(_) | Gap::ListNotCollected { .. } => {
            "principals and policies may be missing from it; export the account in full"
        }
        Gap::ListTruncated { .. } => "what follows in the list is unknown; export it in full",
        Gap::OrganizationTruncated(_) => {
            "accounts, SCPs and RCPs may be missing from it; export its lists in full (without `--max-items`)"
        }
        Gap::PoliciesNotListed { .. } => {
            "what they limit is unknown; list them (`aws organizations list-policies --filter …`)"
        }
        Gap::PolicyNotCollected { .. } => {
            "what it allows and denies is unknown, so answers about its holders are; export the policy's default version"
        }
        Gap::GroupNotCollected { .. } => {
            "the policies of its members are not all known; export the account's groups"
        }
        Gap::TrustNotCollected(_) => "who can take the role is unknown; export the account's roles",
        Gap::ResourcePolicyNotCollected(_) => {
            "who else can reach the resource is unknown; collect its policy, or write `\"Policy\": null` if it has none"
        }
        Gap::NodeNotCollected { .. } => {
            "the SCPs and RCPs above it are unknown; export the organisation's units in full"
        }
        Gap::LevelWithoutScp { .. } => {
            "AWS requires one at each level, so it is unknown; export the organisation's policies"
        }
        Gap::OrganizationPolicyNotCollected { .. } => {
            "what it denies where it is attached is unknown; export the policy's content"
        }
        Gap::TargetsNotCollected { .. } => {
            "it may be attached anywhere; export its `Targets` (`aws organizations list-targets-for-policy`)"
        }
        Gap::ManagementAccountUnknown(_) => {
            "SCPs and RCPs do not count there, and any member may be it; export `MasterAccountId`"
        }
        Gap::PolicyTypeUnknown { .. } => {
            "whether they limit anything is unknown; export the root's `PolicyTypes`"
        }
    }
}
