//! S3 and its relatives, EFS, Glacier, Backup (semantics 9.5, 9.6). As of September 2026. How a call on a missing object
//! fails is no matter of policies (S-S3-12).

use super::ram::BY_RAM;
use super::row::{AccountPart, At, OwnerRule, PolicyAt, Resources, Row, STANDARD};
use super::types::{Grant, Regime};

/// Actions that an ACL can grant (S-S3-03); `s3_acl` says with which permission.
const BUCKET_ACL_ACTIONS: &[&str] = &[
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
];
const OBJECT_ACL_ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:GetObjectAcl",
    "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
];

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "s3-object",
        resources: Resources::Arns("s3", AccountPart::Empty, &["*/*"]),
        owner: OwnerRule::Estate(At::Levels(1)),
        policies: &[PolicyAt::Of(At::Levels(1))],
        other_grants: &[(OBJECT_ACL_ACTIONS, &[Grant::S3Acl])],
        rules: &["S-S3-01", "S-S3-02", "S-S3-03", "S-S3-04", "S-S3-06"],
        ..STANDARD
    },
    Row {
        name: "s3-bucket",
        also_known_as: &["AWS::S3::Bucket", "s3"],
        resources: Resources::Arns("s3", AccountPart::Empty, &["*"]),
        owner: OwnerRule::Estate(At::Itself),
        other_grants: &[(BUCKET_ACL_ACTIONS, &[Grant::S3Acl])],
        rules: &["S-S3-01", "S-S3-02", "S-S3-03", "S-S3-06"],
        ..STANDARD
    },
    Row {
        name: "s3-access-point",
        also_known_as: &["AWS::S3::AccessPoint", "s3/accesspoint"],
        resources: Resources::Arns("s3", AccountPart::Any, &["accesspoint/*"]),
        policies: &[PolicyAt::Of(At::Levels(2)), PolicyAt::BucketOf(At::Levels(2))],
        regime: Regime::AccessPoint,
        rules: &["S-S3-10", "U-35", "U-80"],
        ..STANDARD
    },
    Row {
        name: "s3-access-grants",
        resources: Resources::Arns("s3", AccountPart::Named, &["access-grants/*"]),
        policies: &[PolicyAt::Of(At::Levels(2))],
        other_grants: BY_RAM,
        rules: &["S-EVAL-02", "S-XACC-01", "S-XACC-07"],
        ..STANDARD
    },
    Row {
        name: "s3-object-lambda-access-point",
        also_known_as: &["s3-object-lambda/accesspoint"],
        resources: Resources::Arns("s3-object-lambda", AccountPart::Named, &["accesspoint/*"]),
        policies: &[PolicyAt::Of(At::Levels(2))],
        ..STANDARD
    },
    Row {
        name: "s3-directory-bucket",
        also_known_as: &["AWS::S3Express::BucketPolicy", "s3express/bucket"],
        resources: Resources::Arns("s3express", AccountPart::Named, &["bucket/*"]),
        rules: &["S-S3-13", "U-83"],
        ..STANDARD
    },
    Row {
        name: "s3-directory-access-point",
        also_known_as: &["s3express/accesspoint"],
        resources: Resources::Arns("s3express", AccountPart::Named, &["accesspoint/*"]),
        policies: &[PolicyAt::Of(At::Levels(2)), PolicyAt::BucketOf(At::Levels(2))],
        regime: Regime::AccessPoint,
        rules: &["S-S3-10", "S-S3-13"],
        ..STANDARD
    },
    Row {
        name: "s3-outposts-access-point",
        also_known_as: &["s3outposts/outpost/accesspoint"],
        resources: Resources::Arns("s3-outposts", AccountPart::Named, &["outpost/*/accesspoint/*"]),
        policies: &[PolicyAt::Of(At::Levels(4)), PolicyAt::BucketOf(At::Levels(4))],
        regime: Regime::AccessPoint,
        rules: &["S-S3-10"],
        ..STANDARD
    },
    Row {
        name: "s3-outposts-bucket",
        also_known_as: &["s3outposts/outpost"],
        resources: Resources::Arns("s3-outposts", AccountPart::Named, &["outpost/*/bucket/*"]),
        policies: &[PolicyAt::Of(At::Levels(4))],
        ..STANDARD
    },
    Row {
        name: "s3-table",
        resources: Resources::Arns("s3tables", AccountPart::Named, &["bucket/*/table/*"]),
        policies: &[PolicyAt::Of(At::Levels(4)), PolicyAt::Of(At::Levels(2))],
        ..STANDARD
    },
    Row {
        name: "s3-table-bucket",
        also_known_as: &["s3tables/bucket"],
        resources: Resources::Arns("s3tables", AccountPart::Named, &["bucket/*"]),
        policies: &[PolicyAt::Of(At::Levels(2))],
        ..STANDARD
    },
    Row {
        name: "s3-vector-bucket",
        resources: Resources::Arns("s3vectors", AccountPart::Named, &["bucket/*"]),
        policies: &[PolicyAt::Of(At::Levels(2))],
        ..STANDARD
    },
    Row {
        name: "efs-client",
        also_known_as: &["AWS::EFS::FileSystem", "elasticfilesystem/file-system"],
        actions: &["elasticfilesystem:Client*"],
        resources: Resources::Arns("elasticfilesystem", AccountPart::Named, &["file-system/*"]),
        regime: Regime::FileSystemClient,
        rules: &["S-SVC-13"],
        ..STANDARD
    },
    Row {
        name: "efs",
        resources: Resources::Arns("elasticfilesystem", AccountPart::Named, &["file-system/*"]),
        rules: &["S-SVC-13", "S-SVC-15"],
        ..STANDARD
    },
    // The vault access policy and the vault lock policy both count, united.
    Row {
        name: "glacier-vault",
        also_known_as: &["glacier/vaults"],
        resources: Resources::Arns("glacier", AccountPart::Named, &["vaults/*"]),
        rules: &["S-SVC-12"],
        ..STANDARD
    },
    Row {
        name: "backup-vault",
        also_known_as: &["AWS::Backup::BackupVault", "backup/backup-vault"],
        resources: Resources::Arns("backup", AccountPart::Named, &["backup-vault:*"]),
        other_grants: BY_RAM,
        rules: &["S-SVC-15", "S-XACC-07"],
        ..STANDARD
    },
];
