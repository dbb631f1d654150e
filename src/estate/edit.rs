//! Edits: each makes a new estate and leaves the old one as it was.

use std::sync::Arc;

use super::{
    Account, AccountId, Arn, Collected, Estate, Identity, InlinePolicy, Name, Organization, OrganizationId,
    OrganizationPolicy, OrganizationPolicyId, OrganizationPolicyType, PolicyRef, PolicyTypeStatus, Resource,
    ResourceSettings, Role, Target, User,
};
use crate::document::PolicyKind;

/// An edit of something that the estate does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The account is not part of the estate.
    #[error("account {0} is not part of the estate")]
    NoAccount(AccountId),
    /// No user or role has the ARN.
    #[error("there is no user or role `{0}`")]
    NoPrincipal(String),
    /// No organisation has the id.
    #[error("there is no organisation {0}")]
    NoOrganization(OrganizationId),
    /// The principal has no such policy, or the organisation none with the id.
    #[error("there is no policy `{0}` to take away")]
    NoPolicy(String),
    /// The text is not an ARN.
    #[error("`{0}` is not an ARN")]
    NotAnArn(String),
}

impl Estate {
    /// A policy whose text is `text`, for use in records that an edit brings in.
    pub fn policy(&self, kind: PolicyKind, text: &str) -> PolicyRef {
        PolicyRef { document: self.policies.intern(kind, text), place: None }
    }

    /// The estate with `user` in its account, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_user(&self, user: User) -> Result<Self, EditError> {
        self.with_account(user.identity.account, |account| {
            account.users.insert(user.identity.name.clone(), Arc::new(user.clone()));
        })
    }

    /// The estate with `role` in its account, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_role(&self, role: Role) -> Result<Self, EditError> {
        self.with_account(role.identity.account, |account| {
            account.roles.insert(role.identity.name.clone(), Arc::new(role.clone()));
        })
    }

    /// The estate without the user or role of an ARN.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`].
    pub fn without_principal(&self, arn: &str) -> Result<Self, EditError> {
        let (account, kind, name) = self.find(arn)?;
        self.with_account(account, |account| match kind {
            Kind::User => drop(account.users.remove(&name)),
            Kind::Role => drop(account.roles.remove(&name)),
        })
    }

    /// The estate with a managed policy attached to a user or role. The policy need not be known.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NotAnArn`].
    pub fn with_attached(&self, principal: &str, policy: &str) -> Result<Self, EditError> {
        if Arn::parse(policy).is_none() {
            return Err(EditError::NotAnArn(policy.into()));
        }
        self.with_identity(principal, |identity| {
            let mut attached = identity.attached.to_vec();
            attached.push(policy.into());
            attached.sort();
            attached.dedup();
            identity.attached = attached.into();
            Ok(())
        })
    }

    /// The estate with a managed policy no longer attached to a user or role.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NoPolicy`].
    pub fn without_attached(&self, principal: &str, policy: &str) -> Result<Self, EditError> {
        self.with_identity(principal, |identity| {
            let left = identity.attached.iter().filter(|attached| &***attached != policy).cloned().collect();
            taken(std::mem::replace(&mut identity.attached, left).len(), identity.attached.len(), policy)
        })
    }

    /// The estate with an inline policy of a user or role, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`].
    pub fn with_inline(&self, principal: &str, name: &str, text: &str) -> Result<Self, EditError> {
        let policy = self.policy(PolicyKind::Identity, text);
        self.with_identity(principal, |identity| {
            let others = identity.inline.iter().filter(|inline| &*inline.name != name).cloned();
            identity.inline = others.chain([InlinePolicy { name: name.into(), policy }]).collect();
            Ok(())
        })
    }

    /// The estate with an inline policy of a user or role taken away.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NoPolicy`].
    pub fn without_inline(&self, principal: &str, name: &str) -> Result<Self, EditError> {
        self.with_identity(principal, |identity| {
            let left = identity.inline.iter().filter(|inline| &*inline.name != name).cloned().collect();
            taken(std::mem::replace(&mut identity.inline, left).len(), identity.inline.len(), name)
        })
    }

    /// The estate with a resource's policy set to `text`, or known to be none. A resource that is new belongs to the
    /// account of its ARN (S-RES-09).
    ///
    /// # Errors
    /// [`EditError::NotAnArn`].
    pub fn with_resource_policy(&self, arn: &str, text: Option<&str>) -> Result<Self, EditError> {
        let account = Arn::parse(arn).ok_or_else(|| EditError::NotAnArn(arn.into()))?.account_id();
        let policy = match text {
            Some(text) => Collected::Some(self.policy(PolicyKind::Resource, text)),
            None => Collected::None,
        };
        let resource = match self.resource(arn) {
            Some(known) => Resource { policy, ..(**known).clone() },
            None => Resource {
                arn: arn.into(),
                account,
                policy,
                tags: None,
                settings: ResourceSettings::default(),
                roles: Box::default(),
            },
        };
        let mut edited = self.clone();
        edited.resources.insert(resource.arn.clone(), Arc::new(resource));
        Ok(edited.changed())
    }

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
        let scp = OrganizationPolicy {
            id: id.clone(),
            name: None,
            kind: OrganizationPolicyType::Scp,
            aws_managed: false,
            policy: Some(self.policy(PolicyKind::Scp, text)),
            targets: targets.into_iter().collect(),
        };
        self.with_organization(organization, |organization| {
            organization.policies.insert(id, Arc::new(scp));
            let roots: Vec<_> = organization.roots().cloned().collect();
            for root in roots {
                let enabled = super::Node { scp: PolicyTypeStatus::Enabled, ..(*root).clone() };
                organization.nodes.insert(root.id.clone(), Arc::new(enabled));
            }
            Ok(())
        })
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
        self.with_organization(organization, |organization| match organization.policies.remove(id) {
            Some(policy) if policy.kind == OrganizationPolicyType::Scp => Ok(()),
            _ => Err(EditError::NoPolicy(id.to_string())),
        })
    }

    fn find(&self, arn: &str) -> Result<(AccountId, Kind, Name), EditError> {
        match self.principal(arn) {
            Some(found) => {
                let kind = if matches!(found, super::Principal::User(_)) { Kind::User } else { Kind::Role };
                Ok((found.identity().account, kind, found.identity().name.clone()))
            }
            None => Err(EditError::NoPrincipal(arn.into())),
        }
    }

    fn with_account(&self, id: AccountId, edit: impl FnOnce(&mut Account)) -> Result<Self, EditError> {
        let mut account = (**self.account(id).ok_or(EditError::NoAccount(id))?).clone();
        edit(&mut account);
        let mut edited = self.clone();
        edited.accounts.insert(id, Arc::new(account));
        Ok(edited.changed())
    }

    fn with_identity(
        &self,
        arn: &str,
        edit: impl FnOnce(&mut Identity) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        match self.principal(arn) {
            Some(super::Principal::User(user)) => {
                let mut user = (**user).clone();
                edit(&mut user.identity)?;
                self.with_user(user)
            }
            Some(super::Principal::Role(role)) => {
                let mut role = (**role).clone();
                edit(&mut role.identity)?;
                self.with_role(role)
            }
            None => Err(EditError::NoPrincipal(arn.into())),
        }
    }

    fn with_organization(
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

enum Kind {
    User,
    Role,
}

fn taken(before: usize, after: usize, policy: &str) -> Result<(), EditError> {
    if after < before { Ok(()) } else { Err(EditError::NoPolicy(policy.into())) }
}
