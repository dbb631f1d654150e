//! Resources that were collected, with or without a policy.

use std::sync::Arc;

use super::{AccountId, DocumentId, Place, PolicyRef, PublicAccessBlock, Tags};

/// A resource of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its ARN.
    pub arn: Arc<str>,
    /// The account that owns it: that of its ARN, or as the export states it (S-RES-09).
    pub account: Option<AccountId>,
    /// Its policy.
    pub policy: Collected<PolicyRef>,
    /// Its tags; none if they were not collected.
    pub tags: Option<Tags>,
    /// Settings that take part in decisions.
    pub settings: ResourceSettings,
    /// ARNs of the roles that this instance, function, project or stack holds.
    pub roles: Box<[Arc<str>]>,
}

/// Something that may not have been collected, and if it was, may not exist.
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collected<T> {
    /// It exists, and this is it.
    Some(T),
    /// It was collected, and there is none.
    None,
    /// It is unknown whether there is one.
    #[default]
    NotCollected,
}

/// Settings of a resource. Each is none if it was not collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceSettings {
    /// S3 Block Public Access of the bucket or access point.
    pub public_access_block: Option<PublicAccessBlock>,
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    pub object_ownership: Option<Arc<str>>,
    /// Whether tags of the bucket count in `aws:ResourceTag`.
    pub abac_enabled: Option<bool>,
    /// Of a bucket: the Region that it is in, which its ARN does not name.
    pub region: Option<Arc<str>>,
    /// Of an access point: the bucket behind it.
    pub bucket: Option<Arc<str>>,
    /// Of an access point: the account that owns the bucket behind it.
    pub bucket_account: Option<AccountId>,
    /// Of an access point: whether it takes calls from a VPC only.
    pub vpc_only: Option<bool>,
    /// What its list of accounts to share with comes to (S-SVC-19).
    pub shared_with: Option<Listed>,
    /// Of a vault of S3 Glacier: its lock policy (S-SVC-12).
    pub lock_policy: Collected<PolicyRef>,
    /// Of a KMS key: whether AWS manages it.
    pub managed_by_aws: Option<bool>,
    /// Of a KMS key: what its grants come to (S-KMS-06, S-KMS-12).
    pub key_grants: Option<Listed>,
    /// Of a bucket or object: what its ACL comes to (S-S3-03).
    pub acl: Option<Acl>,
    /// Of a bucket or object: the canonical user id of its owner, as its ACL has it (S-PRN-10).
    pub acl_owner: Option<Arc<str>>,
}

/// A list of whom a resource lets in, as the statements that it comes to (S-EVAL-12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The statements.
    pub document: DocumentId,
    /// For each statement the entry of the list that it comes from.
    pub entries: Arc<[Place]>,
}

/// What an ACL gives, as statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// To accounts.
    pub accounts: Listed,
    /// To everybody, or to everybody with credentials: what `IgnorePublicAcls` passes over (S-S3-05).
    pub public: Listed,
}
