//! Users, roles and groups: who may hold policies.

use std::sync::Arc;

use super::{AccountId, Arn, Collected, DocumentId, Name, PolicyRef, Tags};

/// What users and roles have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The ARN, path included: `arn:aws:iam::111122223333:user/team/a/alice`.
    pub arn: Arc<str>,
    /// The name, the last part of the ARN.
    pub name: Name,
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AIDA…` or `AROA…`, where the export says so (S-PRN-11).
    pub unique_id: Option<Arc<str>>,
    /// When it was created, as the export writes it.
    pub created: Option<Box<str>>,
    /// Its tags. An export always holds them, so none listed means none.
    pub tags: Tags,
    /// ARNs of the managed policies attached to it, sorted, each once. The policy itself may be missing from the
    /// estate: [`super::Estate::managed_policy`].
    pub attached: Box<[Arc<str>]>,
    /// Its inline policies, in the order of the export.
    pub inline: Box<[InlinePolicy]>,
    /// ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<Arc<str>>,
}

impl Identity {
    /// `/` or `/a/b/`, read from the ARN (D-IAM-05).
    pub fn path(&self) -> &str {
        let kind = |kind| Arn::parse(&self.arn)?.path_and_name(kind);
        kind("user").or_else(|| kind("role")).map_or("/", |(path, _)| path)
    }
}

/// A policy written into its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Unique within the holder.
    pub name: Arc<str>,
    /// Its document.
    pub policy: PolicyRef,
}

/// An IAM user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name, tags, policies, boundary.
    pub identity: Identity,
    /// The groups of its account that it is in, by name (D-IAM-09), sorted. A group may be missing from the account.
    pub groups: Box<[Name]>,
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Name, tags, policies, boundary.
    pub identity: Identity,
    /// Who may take the role; none if the export lacks it, which is missing data, as every role has one.
    pub trust: Option<PolicyRef>,
    /// When the role was last used, as the export writes it; none if that is longer ago than AWS keeps track.
    pub last_used: Collected<Box<str>>,
}

impl Role {
    /// Whether the role belongs to an AWS service, which alone may change it.
    pub fn is_service_linked(&self) -> bool {
        self.identity.path().starts_with("/aws-service-role/")
    }
}

/// An IAM group. It is no principal; its policies count for its members (S-EVAL-21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The ARN, path included.
    pub arn: Arc<str>,
    /// The name, the last part of the ARN.
    pub name: Name,
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AGPA…`, where the export says so.
    pub unique_id: Option<Arc<str>>,
    /// When it was created, as the export writes it.
    pub created: Option<Box<str>>,
    /// ARNs of the managed policies attached to it, sorted, each once.
    pub attached: Box<[Arc<str>]>,
    /// Its inline policies, in the order of the export.
    pub inline: Box<[InlinePolicy]>,
}

/// A managed policy: its default version, the only one that counts (S-EVAL-23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// `arn:aws:iam::111122223333:policy/…`, or `arn:aws:iam::aws:policy/…` for one of AWS's.
    pub arn: Arc<str>,
    /// `ANPA…`, where the export says so.
    pub unique_id: Option<Arc<str>>,
    /// The default version, `v1`, …, where the export says so.
    pub version: Option<Box<str>>,
    /// The default version's document; none if the export lacks it.
    pub policy: Option<PolicyRef>,
    /// Its other versions, each of which can be made the default one; none if they were not collected.
    pub others: Option<Box<[OtherVersion]>>,
}

/// A version of a managed policy that is not its default one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherVersion {
    /// `v1`, …, where the export says so.
    pub version: Option<Box<str>>,
    /// Its document; none if the export lacks it.
    pub document: Option<DocumentId>,
}

impl ManagedPolicy {
    /// The name, the last part of the ARN.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is one of AWS's own, the same in every account.
    pub fn is_aws_managed(&self) -> bool {
        is_aws_managed(&self.arn)
    }
}

/// Whether a policy ARN has the account field of AWS's own policies (D-IAM-07).
pub(super) fn is_aws_managed(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.account == "aws")
}

/// A principal of the estate.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// An IAM user.
    User(&'a Arc<User>),
    /// A role, which stands for its sessions.
    Role(&'a Arc<Role>),
}

impl<'a> Principal<'a> {
    /// What users and roles have in common.
    pub fn identity(self) -> &'a Identity {
        match self {
            Self::User(user) => &user.identity,
            Self::Role(role) => &role.identity,
        }
    }

    /// Its ARN.
    pub fn arn(self) -> &'a Arc<str> {
        &self.identity().arn
    }
}
