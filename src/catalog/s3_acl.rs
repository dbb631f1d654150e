//! What an S3 ACL can grant (S-S3-03). As of September 2026, from the ACL overview of the S3 User Guide.

/// A permission in an ACL, by what carries the ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclPermission {
    /// READ on a bucket.
    BucketRead,
    /// WRITE on a bucket.
    BucketWrite,
    /// READ_ACP on a bucket.
    BucketReadAcp,
    /// WRITE_ACP on a bucket.
    BucketWriteAcp,
    /// READ on an object.
    ObjectRead,
    /// READ_ACP on an object.
    ObjectReadAcp,
    /// WRITE_ACP on an object.
    ObjectWriteAcp,
}

const GRANTED: &[(&str, AclPermission)] = &[
    ("s3:ListBucket", AclPermission::BucketRead),
    ("s3:ListBucketVersions", AclPermission::BucketRead),
    ("s3:ListBucketMultipartUploads", AclPermission::BucketRead),
    ("s3:PutObject", AclPermission::BucketWrite),
    ("s3:GetBucketAcl", AclPermission::BucketReadAcp),
    ("s3:PutBucketAcl", AclPermission::BucketWriteAcp),
    ("s3:GetObject", AclPermission::ObjectRead),
    ("s3:GetObjectVersion", AclPermission::ObjectRead),
    ("s3:GetObjectAcl", AclPermission::ObjectReadAcp),
    ("s3:GetObjectVersionAcl", AclPermission::ObjectReadAcp),
    ("s3:PutObjectAcl", AclPermission::ObjectWriteAcp),
    ("s3:PutObjectVersionAcl", AclPermission::ObjectWriteAcp),
];

/// The actions that the ACL of a bucket can grant, not those of its objects.
pub const BY_BUCKET_ACL: &[&str] = &[
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:PutObject",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
];

/// The permission that grants an action, by its full name. `None`: no ACL can grant it.
pub fn granting_permission(action: &str) -> Option<AclPermission> {
    GRANTED.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(action)).map(|(_, permission)| *permission)
}
