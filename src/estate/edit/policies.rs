//! Policies of users, roles, groups and resources.

use std::sync::Arc;

use super::EditError;
use crate::document::PolicyKind;
use crate::estate::{
    Arn, Collected, Estate, InlinePolicy, ManagedPolicy, Principal, Resource, ResourceSettings,
};

/// What a user, role or group holds.
struct Held<'a> {
    attached: &'a mut Box<[Arc<str>]>,
    inline: &'a mut Box<[InlinePolicy]>,
}

impl Estate {
    /// The estate with a managed policy attached to a user, role or group. The policy need not be known.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NotAnArn`].
    pub fn with_attached(&self, holder: &str, policy: &str) -> Result<Self, EditError> {
        if Arn::parse(policy).is_none() {
            return Err(EditError::NotAnArn(policy.into()));
        }
        self.with_held(holder, |held| {
            let mut attached = held.attached.to_vec();
            attached.push(policy.into());
            attached.sort();
            attached.dedup();
            *held.attached = attached.into();
            Ok(())
        })
    }

    /// The estate with a managed policy no longer attached to a user, role or group.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NoPolicy`].
    pub fn without_attached(&self, holder: &str, policy: &str) -> Result<Self, EditError> {
        self.with_held(holder, |held| {
            let left = held.attached.iter().filter(|attached| &***attached != policy).cloned().collect();
            taken(std::mem::replace(held.attached, left).len(), held.attached.len(), policy)
        })
    }

    /// The estate with an inline policy of a user, role or group, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`].
    pub fn with_inline(&self, holder: &str, name: &str, text: &str) -> Result<Self, EditError> {
        let policy = self.policy(PolicyKind::Identity, text);
        self.with_held(holder, |held| {
            let new = InlinePolicy { name: name.into(), policy };
            let mut inline = held.inline.to_vec();
            match inline.iter_mut().find(|inline| &*inline.name == name) {
                Some(known) => *known = new,
                None => inline.push(new),
            }
            *held.inline = inline.into();
            Ok(())
        })
    }

    /// The estate with an inline policy of a user, role or group taken away.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NoPolicy`].
    pub fn without_inline(&self, holder: &str, name: &str) -> Result<Self, EditError> {
        self.with_held(holder, |held| {
            let left = held.inline.iter().filter(|inline| &*inline.name != name).cloned().collect();
            taken(std::mem::replace(held.inline, left).len(), held.inline.len(), name)
        })
    }

    /// The estate with a managed policy whose default version is `text`, in place of the one of that ARN.
    ///
    /// # Errors
    /// [`EditError::NotAnArn`], [`EditError::NoAccount`].
    pub fn with_managed(&self, arn: &str, text: &str) -> Result<Self, EditError> {
        let account = Arn::parse(arn).ok_or_else(|| EditError::NotAnArn(arn.into()))?.account_id();
        let policy = Some(self.policy(PolicyKind::Identity, text));
        let managed = match self.managed_policy(arn) {
            Some(known) => ManagedPolicy { policy, ..(**known).clone() },
            None => ManagedPolicy { arn: arn.into(), unique_id: None, version: None, policy, others: None },
        };
        let managed = Arc::new(managed);
        match account {
            Some(account) => self.with_account(account, |account| {
                account.managed_policies.insert(arn.into(), managed);
                Ok(())
            }),
            None => {
                let mut edited = self.clone();
                edited.aws_managed.insert(arn.into(), managed);
                Ok(edited.changed())
            }
        }
    }

    /// The estate without a managed policy. Where it is attached still, it counts as not collected (S-EVAL-11).
    ///
    /// # Errors
    /// [`EditError::NoPolicy`].
    pub fn without_managed(&self, arn: &str) -> Result<Self, EditError> {
        let no_policy = || EditError::NoPolicy(arn.into());
        self.managed_policy(arn).ok_or_else(no_policy)?;
        match Arn::parse(arn).and_then(|arn| arn.account_id()) {
            Some(account) => self.with_account(account, |account| {
                account.managed_policies.remove(arn).map(drop).ok_or_else(no_policy)
            }),
            None => {
                let mut edited = self.clone();
                edited.aws_managed.remove(arn);
                Ok(edited.changed())
            }
        }
    }

    /// The estate with a role's trust policy set to `text`.
    ///
    /// # Errors
    /// [`EditError::NoRole`].
    pub fn with_trust(&self, role: &str, text: &str) -> Result<Self, EditError> {
        let Some(Principal::Role(found)) = self.principal(role) else {
            return Err(EditError::NoRole(role.into()));
        };
        let mut role = (**found).clone();
        role.trust = Some(self.policy(PolicyKind::Trust, text));
        self.with_role(role)
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

    fn with_held(
        &self,
        arn: &str,
        edit: impl FnOnce(Held) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        match self.group(arn) {
            Some(group) => self.with_account(group.account, |account| {
                let mut group = (**group).clone();
                edit(Held { attached: &mut group.attached, inline: &mut group.inline })?;
                account.groups.insert(group.name.clone(), Arc::new(group));
                Ok(())
            }),
            None => self.with_identity(arn, |identity| {
                edit(Held { attached: &mut identity.attached, inline: &mut identity.inline })
            }),
        }
    }
}

fn taken(before: usize, after: usize, policy: &str) -> Result<(), EditError> {
    if after < before { Ok(()) } else { Err(EditError::NoPolicy(policy.into())) }
}
