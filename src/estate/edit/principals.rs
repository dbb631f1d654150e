//! Users and roles: they themselves, their groups, boundaries and tags.

use std::sync::Arc;

use super::EditError;
use crate::estate::{Arn, Estate, Identity, Name, Principal, Role, Tags, User};

impl Estate {
    /// The estate with `user` in its account, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_user(&self, user: User) -> Result<Self, EditError> {
        self.with_account(user.identity.account, |account| {
            account.users.insert(user.identity.name.clone(), Arc::new(user.clone()));
            Ok(())
        })
    }

    /// The estate with `role` in its account, in place of the one of that name.
    ///
    /// # Errors
    /// [`EditError::NoAccount`].
    pub fn with_role(&self, role: Role) -> Result<Self, EditError> {
        self.with_account(role.identity.account, |account| {
            account.roles.insert(role.identity.name.clone(), Arc::new(role.clone()));
            Ok(())
        })
    }

    /// The estate without the user or role of an ARN.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`].
    pub fn without_principal(&self, arn: &str) -> Result<Self, EditError> {
        let found = self.principal(arn).ok_or_else(|| EditError::NoPrincipal(arn.into()))?;
        let is_user = matches!(found, Principal::User(_));
        let name = found.identity().name.clone();
        self.with_account(found.identity().account, |account| {
            match is_user {
                true => drop(account.users.remove(&name)),
                false => drop(account.roles.remove(&name)),
            }
            Ok(())
        })
    }

    /// The estate with a user in a group of its account, by the group's name.
    ///
    /// # Errors
    /// [`EditError::NoUser`], [`EditError::NoGroup`].
    pub fn with_member(&self, user: &str, group: &str) -> Result<Self, EditError> {
        let name = Name::from(group);
        let known = |user: &User| {
            self.account(user.identity.account).is_some_and(|account| account.groups.contains_key(&name))
        };
        self.with_user_edited(user, |user| {
            if !known(user) {
                return Err(EditError::NoGroup(group.into()));
            }
            let mut groups = user.groups.to_vec();
            groups.push(name.clone());
            groups.sort();
            groups.dedup();
            user.groups = groups.into();
            Ok(())
        })
    }

    /// The estate with a user out of a group.
    ///
    /// # Errors
    /// [`EditError::NoUser`], [`EditError::NoGroup`].
    pub fn without_member(&self, user: &str, group: &str) -> Result<Self, EditError> {
        let name = Name::from(group);
        self.with_user_edited(user, |user| {
            let left: Box<[Name]> = user.groups.iter().filter(|known| **known != name).cloned().collect();
            if left.len() == user.groups.len() {
                return Err(EditError::NoGroup(group.into()));
            }
            user.groups = left;
            Ok(())
        })
    }

    /// The estate with a managed policy as the permissions boundary of a user or role. The policy need not be known.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`], [`EditError::NotAnArn`].
    pub fn with_boundary(&self, principal: &str, policy: &str) -> Result<Self, EditError> {
        if Arn::parse(policy).is_none() {
            return Err(EditError::NotAnArn(policy.into()));
        }
        self.with_identity(principal, |identity| {
            identity.boundary = Some(policy.into());
            Ok(())
        })
    }

    /// The estate with a user or role without permissions boundary.
    ///
    /// # Errors
    /// [`EditError::NoPrincipal`]; [`EditError::NoPolicy`] if it has none.
    pub fn without_boundary(&self, principal: &str) -> Result<Self, EditError> {
        self.with_identity(principal, |identity| match identity.boundary.take() {
            Some(_) => Ok(()),
            None => Err(EditError::NoPolicy(format!("boundary of {principal}"))),
        })
    }

    /// The estate with a tag on a user, role or resource, in place of one whose key differs by case only (S-COND-03).
    ///
    /// # Errors
    /// [`EditError::NoResource`] if nothing has the ARN, [`EditError::UnknownTags`].
    pub fn with_tag(&self, arn: &str, key: &str, value: &str) -> Result<Self, EditError> {
        self.with_tags_edited(arn, |tags| {
            let others = tags.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(key));
            let all = others.chain([(key, value)]);
            Ok(all.map(|(key, value)| (Arc::from(key), Arc::from(value))).collect())
        })
    }

    /// The estate with a user, role or resource without a tag; case of the key means nothing.
    ///
    /// # Errors
    /// [`EditError::NoResource`] if nothing has the ARN, [`EditError::UnknownTags`], [`EditError::NoTag`].
    pub fn without_tag(&self, arn: &str, key: &str) -> Result<Self, EditError> {
        self.with_tags_edited(arn, |tags| {
            tags.get(key).ok_or_else(|| EditError::NoTag(key.into()))?;
            let others = tags.iter().filter(|(known, _)| !known.eq_ignore_ascii_case(key));
            Ok(others.map(|(key, value)| (Arc::from(key), Arc::from(value))).collect())
        })
    }

    fn with_tags_edited(
        &self,
        arn: &str,
        edit: impl FnOnce(&Tags) -> Result<Tags, EditError>,
    ) -> Result<Self, EditError> {
        if self.principal(arn).is_some() {
            return self.with_identity(arn, |identity| {
                identity.tags = edit(&identity.tags)?;
                Ok(())
            });
        }
        let mut resource = (**self.resource(arn).ok_or_else(|| EditError::NoResource(arn.into()))?).clone();
        let tags = resource.tags.as_ref().ok_or_else(|| EditError::UnknownTags(arn.into()))?;
        resource.tags = Some(edit(tags)?);
        let mut edited = self.clone();
        edited.resources.insert(resource.arn.clone(), Arc::new(resource));
        Ok(edited.changed())
    }

    fn with_user_edited(
        &self,
        arn: &str,
        edit: impl FnOnce(&mut User) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        let Some(Principal::User(user)) = self.principal(arn) else {
            return Err(EditError::NoUser(arn.into()));
        };
        let mut user = (**user).clone();
        edit(&mut user)?;
        self.with_user(user)
    }

    pub(super) fn with_identity(
        &self,
        arn: &str,
        edit: impl FnOnce(&mut Identity) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        match self.principal(arn) {
            Some(Principal::User(user)) => {
                let mut user = (**user).clone();
                edit(&mut user.identity)?;
                self.with_user(user)
            }
            Some(Principal::Role(role)) => {
                let mut role = (**role).clone();
                edit(&mut role.identity)?;
                self.with_role(role)
            }
            None => Err(EditError::NoPrincipal(arn.into())),
        }
    }
}
