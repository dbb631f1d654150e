//! Whose an object in S3 is, where ACLs are on (S-S3-04).

use super::{Facts, Ownership, Target};

/// What deletes and archives objects stays with the owner of the bucket (S-S3-04), and so does what a deletion in spite of a
/// retention needs besides.
pub const OF_BUCKET_OWNER: &[&str] = &[
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ReplicateDelete",
    "s3:RestoreObject",
];

/// What makes an object, which nobody owns before: the bucket lets it in (S-S3-03).
pub const MAKING: &[&str] =
    &["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:ReplicateObject"];

/// Whether the owner of an object has a say in an action, and not that of the bucket alone.
pub(super) fn is_of_object_owner(action: &str) -> bool {
    !OF_BUCKET_OWNER.contains(&action) && !MAKING.contains(&action)
}

impl Facts {
    /// Reads from the bucket's settings and from what was collected of the object whose it is. Where the setting was not
    /// collected an object is taken as the bucket owner's, as it is in buckets that nobody changed, unless the estate says
    /// that it is another account's.
    pub(super) fn settle_object_owner(&self, target: &mut Target) {
        let action = &*target.action.name;
        let is_object = target.resource.split_once(":s3:::").is_some_and(|(_, name)| name.contains('/'));
        if !is_object || !is_of_object_owner(action) {
            return;
        }
        let bucket = target.tagged.as_ref().map(|bucket| &bucket.settings);
        let ownership = bucket.and_then(|settings| settings.object_ownership.as_deref());
        if ownership == Some("BucketOwnerEnforced") {
            return;
        }
        match self.estate.resource(&target.resource).and_then(|object| object.account) {
            Some(owner) if target.owner == Ownership::Account(owner) => {}
            Some(owner) => target.object_owner = Some(owner),
            None => {
                target.object_owner_open = ownership.is_some();
                target.object_owner_assumed = ownership.is_none();
            }
        }
    }
}
