//! Edits: each makes a new estate and leaves the old one as it was.

mod hollow;
mod organization;
mod policies;
mod principals;
mod statements;

use std::sync::Arc;

use super::{Account, AccountId, Estate, OrganizationId, PolicyRef};
use crate::document::PolicyKind;

pub use statements::{PolicyName, StatementName};

/// An edit of something that the estate does not hold, or of what can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The account is not part of the estate.
    #[error("account {0} is not part of the estate")]
    NoAccount(AccountId),
    /// No user, role or group has the ARN.
    #[error("there is no user, role or group `{0}`")]
    NoPrincipal(String),
    /// No user has the ARN.
    #[error("there is no user `{0}`")]
    NoUser(String),
    /// No role has the ARN.
    #[error("there is no role `{0}`")]
    NoRole(String),
    /// The account has no such group.
    #[error("there is no group `{0}` in the user's account")]
    NoGroup(String),
    /// No resource has the ARN.
    #[error("there is no resource `{0}`")]
    NoResource(String),
    /// No organisation has the id.
    #[error("there is no organisation {0}")]
    NoOrganization(OrganizationId),
    /// The principal has no such policy, or the estate or organisation none of that name.
    #[error("there is no policy `{0}`")]
    NoPolicy(String),
    /// Nothing has that tag.
    #[error("there is no tag `{0}` to take away")]
    NoTag(String),
    /// The tags of a resource were not collected, so that those that it would have are not known.
    #[error("the tags of `{0}` were not collected")]
    UnknownTags(String),
    /// The policy has no such statement.
    #[error("the policy has no statement {0}")]
    NoStatement(String),
    /// The document of the policy can't be read, so that no statement of it can be edited.
    #[error("the document of `{0}` can't be read: {1}")]
    Unreadable(String, String),
    /// The text of a statement is no JSON object.
    #[error("a statement is a JSON object: {0}")]
    NotAStatement(String),
    /// The text is not an ARN.
    #[error("`{0}` is not an ARN")]
    NotAnArn(String),
}

impl Estate {
    /// A policy whose text is `text`, for use in records that an edit brings in.
    pub fn policy(&self, kind: PolicyKind, text: &str) -> PolicyRef {
        PolicyRef { document: self.policies.intern(kind, text), place: None }
    }

    fn with_account(
        &self,
        id: AccountId,
        edit: impl FnOnce(&mut Account) -> Result<(), EditError>,
    ) -> Result<Self, EditError> {
        let mut account = (**self.account(id).ok_or(EditError::NoAccount(id))?).clone();
        edit(&mut account)?;
        let mut edited = self.clone();
        edited.accounts.insert(id, Arc::new(account));
        Ok(edited.changed())
    }
}
