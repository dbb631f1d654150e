//! SCPs and RCPs of organisations.

use std::sync::Arc;

use super::EditError;
use crate::document::PolicyKind;
use crate::estate::{
    Estate, Node, Organization, OrganizationId, OrganizationPolicy, OrganizationPolicyId,
    OrganizationPolicyType, PolicyTypeStatus, Target,
};

impl Estate {
    /// The estate with an SCP attached to `targets`, in place of the policy of that id. SCPs count as enabled then.
    ///
    /// # Errors
    /// [`EditError::NoOrganization`].
    pub fn with_scp(
        &self,
        organization: &OrganizationId,
        id: OrganizationPolicyId,
        text: &str,
        targets: impl IntoIterator<Item = Target>,
    ) -> Result<Self, EditError> {
        self.with_control(OrganizationPolicyType::Scp, organization, id, text, targets.into_iter().collect())
    }

    /// The same for an RCP.
    ///
    /// # Errors
    /// [`EditError::NoOrganization`].
    pub fn with_rcp(
        &self,
        organization: &OrganizationId,
        id: OrganizationPolicyId,
        text: &str,
        targets: impl IntoIterator<Item = Target>,
    ) -> Result<Self, EditError> {
        self.with_control(OrganizationPolicyType::Rcp, organization, id, text, targets.into_iter().collect())
    }

    /// The estate without an SCP.
    ///
    /// # Errors
    /// [`EditError::NoOrganization`], [`EditError::NoPolicy`].
    pub fn without_scp(
        &self,
        organization: &OrganizationId,
        id: &OrganizationPolicyId,
    ) -> Result<Self, EditError> {
        self.without_control(OrganizationPolicyType::Scp, organization, id)
    }

    /// The estate without an RCP.
    ///
    /// # Errors
    /// [`EditError::NoOrganization`], [`EditError::NoPolicy`].
    pub fn without_rcp(
        &self,
        organization: &OrganizationId,
        id: &OrganizationPolicyId,
    ) -> Result<Self, EditError> {
        self.without_control(OrganizationPolicyType::Rcp, organization, id)
    }

    fn with_control(
        &self,
        kind: OrganizationPolicyType,
        organization: &OrganizationId,
        id: OrganizationPolicyId,
        text: &str,
        targets: Box<[Target]>,
    ) -> Result<Self, EditError> {
        let document = match kind {
            OrganizationPolicyType::Scp => PolicyKind::Scp,
            OrganizationPolicyType::Rcp => PolicyKind::Rcp,
        };
        let policy = OrganizationPolicy {
            id: id.clone(),
            name: None,
            kind,
            aws_managed: false,
            policy: Some(self.policy(document, text)),
            targets: targets.into_iter().collect(),
            targets_known: true,
        };
        self.with_organization(organization, |organization| {
            organization.policies.insert(id, Arc::new(policy));
            let roots: Vec<_> = organization.roots().cloned().collect();
            for root in roots {
                let mut enabled: Node = (*root).clone();
                *status_of(kind, &mut enabled) = PolicyTypeStatus::Enabled;
                organization.nodes.insert(root.id.clone(), Arc::new(enabled));
            }
            Ok(())
        })
    }

    fn without_control(
        &self,
        kind: OrganizationPolicyType,
        organization: &OrganizationId,
        id: &OrganizationPolicyId,
    ) -> Result<Self, EditError> {
        self.with_organization(organization, |organization| match organization.policies.remove(id) {
            Some(policy) if policy.kind == kind => Ok(()),
            _ => Err(EditError::NoPolicy(id.to_string())),
        })
    }

    pub(super) fn with_organization(
        &self,
        id: &OrganizationId,
        edit: impl FnOnce(&mut Organization) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        let known = self.organizations.get(id).ok_or_else(|| EditError::NoOrganization(id.clone()))?;
        let mut organization = (**known).clone();
        edit(&mut organization)?;
        let mut edited = self.clone();
        edited.organizations.insert(id.clone(), Arc::new(organization));
        Ok(edited.changed())
    }
}

fn status_of(kind: OrganizationPolicyType, node: &mut Node) -> &mut PolicyTypeStatus {
    match kind {
        OrganizationPolicyType::Scp => &mut node.scp,
        OrganizationPolicyType::Rcp => &mut node.rcp,
    }
}
