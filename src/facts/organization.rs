//! Organisations -> the tree of levels, and the SCPs and RCPs attached to it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ids::{ControlKind, NodeId, PolicyId};
use super::policies::{PolicyFact, PolicyLabel};
use crate::estate::{AccountId, Estate, Organization, OrganizationPolicyType, PolicyTypeStatus, Target};

/// The levels of all organisations and what is attached to them.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// What each level is called: the id of a root, unit or account.
    pub names: Vec<Arc<str>>,
    /// The node of each account that an organisation lists; others have neither SCPs nor RCPs (S-SCP-15).
    pub accounts: FxHashMap<AccountId, NodeId>,
    /// `(kind, root)`: policies of this kind are evaluated under the root.
    pub top: Vec<(ControlKind, NodeId)>,
    /// `(node, parent)`.
    pub parent: Vec<(NodeId, NodeId)>,
    /// The accounts of scenarios.
    pub stated: Vec<NodeId>,
    /// Accounts that neither kind limits.
    pub exempt: Vec<NodeId>,
    /// `(kind, node, policy)`: attached to the node itself.
    pub attached: Vec<(ControlKind, NodeId, PolicyId)>,
}

impl Levels {
    /// The levels of an estate; their policies are added to `policies`.
    pub fn of(estate: &Estate, policies: &mut Vec<PolicyFact>) -> Self {
        let mut levels = Levels::default();
        for organization in estate.organizations.values() {
            levels.add(estate, organization, policies);
        }
        levels
    }

    pub(super) fn node(&mut self, name: &str) -> NodeId {
        self.names.push(name.into());
        NodeId(self.names.len() as u32 - 1)
    }

    fn add(&mut self, estate: &Estate, organization: &Arc<Organization>, policies: &mut Vec<PolicyFact>) {
        let mut nodes: FxHashMap<Target, NodeId> = FxHashMap::default();
        for id in organization.nodes.keys() {
            nodes.insert(Target::Node(id.clone()), self.node(id.as_str()));
        }
        let members: Vec<_> = estate
            .accounts
            .values()
            .filter_map(|account| {
                let membership = account.membership.as_ref()?;
                (membership.organization == organization.id)
                    .then_some((account.id, membership.parent.clone()))
            })
            .collect();
        for (account, _) in &members {
            let node = self.node(&account.to_string());
            nodes.insert(Target::Account(*account), node);
            self.accounts.insert(*account, node);
            if organization.management_account == Some(*account) {
                self.exempt.push(node);
            }
        }
        // A level whose parent was not collected hangs below one that stands for all that is missing.
        let parents =
            organization.nodes.values().map(|node| (Target::Node(node.id.clone()), node.parent.clone()));
        let parents: Vec<_> = parents
            .filter(|(_, parent)| parent.is_some())
            .chain(members.into_iter().map(|(account, parent)| (Target::Account(account), parent)))
            .collect();
        let mut lost = None;
        for (target, parent) in parents {
            let Some(&node) = nodes.get(&target) else { continue };
            let up = parent.and_then(|parent| nodes.get(&Target::Node(parent)).copied());
            let up = match up {
                Some(up) => up,
                None => *lost.get_or_insert_with(|| {
                    self.node(&format!("levels of {} that were not collected", organization.id))
                }),
            };
            self.parent.push((node, up));
        }

        for (kind, of) in
            [(ControlKind::Scp, OrganizationPolicyType::Scp), (ControlKind::Rcp, OrganizationPolicyType::Rcp)]
        {
            self.attach(organization, kind, of, &nodes, lost, policies);
        }
    }

    fn attach(
        &mut self,
        organization: &Arc<Organization>,
        kind: ControlKind,
        of: OrganizationPolicyType,
        nodes: &FxHashMap<Target, NodeId>,
        lost: Option<NodeId>,
        policies: &mut Vec<PolicyFact>,
    ) {
        let unlisted = organization.unlisted.contains(&of);
        let mut listed = organization.policies.values();
        let in_use = unlisted
            || listed
                .any(|policy| policy.kind == of && (!policy.targets.is_empty() || !policy.targets_known));
        let mut evaluated = false;
        let (mut roots, mut off) = (0, 0);
        // What is not known and decides whether any of them counts.
        let mut unless: Vec<Arc<str>> = Vec::new();
        for root in organization.roots() {
            roots += 1;
            let status = match kind {
                ControlKind::Scp => root.scp,
                ControlKind::Rcp => root.rcp,
            };
            // S-SCP-10. Where the export does not say, policies that are attached speak for it.
            let enabled = match status {
                PolicyTypeStatus::Enabled => true,
                PolicyTypeStatus::Disabled => {
                    off += 1;
                    false
                }
                PolicyTypeStatus::Unknown => in_use,
                PolicyTypeStatus::Switching => {
                    if in_use {
                        unless.push(format!("whether {of}s are switched off at {}", root.id).into());
                    }
                    in_use
                }
            };
            if let (true, Some(&node)) = (enabled, nodes.get(&Target::Node(root.id.clone()))) {
                self.top.push((kind, node));
                evaluated = true;
            }
        }
        // What hangs nowhere hangs below one of the roots.
        let lost = lost.filter(|_| roots == 0 || off < roots);
        if let Some(lost) = lost {
            self.top.push((kind, lost));
            evaluated = true;
        }
        if !evaluated {
            return;
        }
        // S-SCP-05, S-RCP-02: none of them counts for the management account, and any member may be that.
        if organization.management_account.is_none() {
            unless.push(management_account_of(organization.id.as_str()).into());
        }
        let unless: Arc<[Arc<str>]> = unless.into();
        let mut add = |levels: &mut Self, node, label, policy, doubt| {
            let fact = PolicyFact { doubt, unless: unless.clone(), ..PolicyFact::new(label, policy) };
            policies.push(fact);
            levels.attached.push((kind, node, PolicyId(policies.len() as u32 - 1)));
        };
        let mut sorted: Vec<_> = nodes.iter().collect();
        sorted.sort_unstable();
        for (target, &node) in sorted {
            let mut attached = 0;
            for policy in organization.attached(of, target) {
                let label = PolicyLabel::Control(policy.id.as_str().into(), policy.name.clone());
                add(self, node, label, policy.policy, None);
                attached += 1;
            }
            let elsewhere = organization.policies.values();
            for policy in elsewhere.filter(|policy| policy.kind == of && !policy.targets_known) {
                let label = PolicyLabel::Control(policy.id.as_str().into(), policy.name.clone());
                let doubt = Some(format!("targets of {}", policy.id).into());
                add(self, node, label, policy.policy, doubt);
            }
            // What was not listed may be attached anywhere; above all the rest it limits all.
            if unlisted && self.top.contains(&(kind, node)) {
                let called = format!("{of}s of {} that were not listed", organization.id);
                add(self, node, PolicyLabel::Control(called.into(), None), None, None);
            }
            for if_so in unless.iter() {
                add(self, node, PolicyLabel::Exempt(if_so.clone()), None, None);
            }
            // S-SCP-10: every level keeps at least one SCP, so one without any was not collected. S-RCP-04: the RCP with
            // full access is always attached, so a level without any has just that.
            let exempt = self.exempt.contains(&node);
            if kind == ControlKind::Scp && attached == 0 && !exempt {
                add(self, node, PolicyLabel::ControlsOf(target.to_string().into()), None, None);
            }
        }
        if let Some(lost) = lost {
            let label = PolicyLabel::ControlsOf(self.names[lost.index()].clone());
            add(self, lost, label, None, None);
            for if_so in unless.iter() {
                add(self, lost, PolicyLabel::Exempt(if_so.clone()), None, None);
            }
        }
    }
}

/// What is missing where nothing says which account manages an organisation.
pub fn management_account_of(organization: &str) -> String {
    format!("management account of {organization}")
}
