//! KMS keys (semantics 9.1), and types that are shared by lists rather than policies (S-SVC-19). As of September 2026.

use super::row::{AccountPart, At, GateRow, IDENTITY, NO_OWNER, OwnerRule, Resources, Row, STANDARD};
use super::types::{AlsoNeeded, CrossAccount, GateKind, Grant, Regime};
use crate::catalog::kms::{CROSS_ACCOUNT_ACTIONS, GRANT_ACTIONS};

const ALIAS_CHANGES: &[&str] = &["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"];

pub(super) const KEYS: &[Row] = &[
    Row {
        name: "kms-without-key",
        actions: &["kms:*"],
        resources: Resources::Nothing,
        owner: OwnerRule::Caller,
        cross_account: CrossAccount::IdentityOnly,
        rules: &["S-KMS-07"],
        ..IDENTITY
    },
    Row {
        name: "kms-retirable-grants",
        actions: &["kms:ListRetirableGrants"],
        owner: OwnerRule::Caller,
        cross_account: CrossAccount::IdentityOnly,
        rules: &["S-KMS-07"],
        ..IDENTITY
    },
    Row {
        name: "kms-alias",
        actions: &["kms:*"],
        resources: Resources::Arns("kms", AccountPart::Any, &["alias/*"]),
        regime: Regime::KeyAlias,
        also_needed: &[(ALIAS_CHANGES, &[AlsoNeeded::KeyOfAlias])],
        gates: &[GateRow {
            kind: GateKind::Everyone,
            actions: ALIAS_CHANGES,
            resources: &["alias/aws/*"],
            rule: "S-KMS-08",
            reason: "aliases of AWS managed keys cannot be changed",
        }],
        rules: &["S-KMS-05", "S-KMS-08"],
        ..IDENTITY
    },
    Row {
        name: "kms-key",
        also_known_as: &["AWS::KMS::Key", "kms/key"],
        resources: Resources::Arns("kms", AccountPart::Any, &["key/*"]),
        regime: Regime::Key,
        cross_account: CrossAccount::Gate,
        cross_account_of: &[(CROSS_ACCOUNT_ACTIONS, CrossAccount::Both)],
        other_grants: &[(GRANT_ACTIONS, &[Grant::KmsGrant])],
        rules: &["S-KMS-01", "S-KMS-02", "S-KMS-06", "S-KMS-12", "S-KMS-05"],
        ..STANDARD
    },
];

/// What an image shared by `launchPermission` may be used for: launching, and copying. From "Understand shared AMI usage in Amazon
/// EC2" and "Share an AMI with specific AWS accounts" in the EC2 User Guide, September 2026. Only its owner changes it.
const BY_LAUNCH_PERMISSION: &[&str] = &[
    "ec2:CopyImage",
    "ec2:CreateFleet",
    "ec2:CreateReplaceRootVolumeTask",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
];

/// What a snapshot shared by `createVolumePermission` may be used for: making volumes, copying, reading its blocks. From
/// "Share an Amazon EBS snapshot with other AWS accounts" and "Use EBS direct APIs" in the EBS User Guide, September 2026.
const BY_VOLUME_PERMISSION: &[&str] = &[
    "ebs:GetSnapshotBlock",
    "ebs:ListChangedBlocks",
    "ebs:ListSnapshotBlocks",
    "ec2:CopySnapshot",
    "ec2:CreateVolume",
    "ec2:CreateFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
];

/// What a snapshot of a database shared by `restore` may be used for: restoring, copying, looking. From "Sharing a DB
/// snapshot" and "Sharing a DB cluster snapshot" in the RDS and Aurora User Guides, September 2026.
const BY_RESTORE_ATTRIBUTE: &[&str] = &[
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBInstanceFromDBSnapshot",
];

/// What a document shared by `AccountIds` may be used for: reading and running. From "Sharing SSM documents" and "Using shared
/// SSM documents" in the Systems Manager User Guide, September 2026.
const BY_DOCUMENT_SHARE: &[&str] = &[
    "ssm:CreateAssociation",
    "ssm:CreateAssociationBatch",
    "ssm:DescribeDocument",
    "ssm:DescribeDocumentParameters",
    "ssm:GetDocument",
    "ssm:ListDocumentVersions",
    "ssm:SendCommand",
    "ssm:StartAutomationExecution",
    "ssm:StartChangeRequestExecution",
    "ssm:StartSession",
    "ssm:UpdateAssociation",
];

/// What the allowed principals of an endpoint service may do: connect to it. From "Manage permissions" of endpoint services in the
/// AWS PrivateLink guide, September 2026.
const BY_ALLOWED_PRINCIPALS: &[&str] = &["ec2:CreateVpcEndpoint"];

pub(super) const SHARES: &[Row] = &[
    Row {
        name: "ec2-image",
        resources: Resources::Arns("ec2", AccountPart::Any, &["image/*"]),
        owner: OwnerRule::Estate(At::Itself),
        cross_account_of: &[(BY_LAUNCH_PERMISSION, CrossAccount::Share(Grant::LaunchPermission))],
        other_grants: &[(BY_LAUNCH_PERMISSION, &[Grant::LaunchPermission])],
        rules: &["S-SVC-19", "S-XACC-14"],
        ..IDENTITY
    },
    Row {
        name: "ebs-snapshot",
        resources: Resources::Arns("ec2", AccountPart::Any, &["snapshot/*"]),
        owner: OwnerRule::Estate(At::Itself),
        cross_account_of: &[(BY_VOLUME_PERMISSION, CrossAccount::Share(Grant::VolumePermission))],
        other_grants: &[(BY_VOLUME_PERMISSION, &[Grant::VolumePermission])],
        rules: &["S-SVC-19", "S-XACC-14"],
        ..IDENTITY
    },
    Row {
        name: "rds-snapshot",
        resources: Resources::Arns("rds", AccountPart::Named, &["snapshot:*", "cluster-snapshot:*"]),
        cross_account_of: &[(BY_RESTORE_ATTRIBUTE, CrossAccount::Share(Grant::RestoreAttribute))],
        other_grants: &[(BY_RESTORE_ATTRIBUTE, &[Grant::RestoreAttribute])],
        rules: &["S-SVC-19"],
        ..IDENTITY
    },
    Row {
        name: "ssm-document",
        resources: Resources::Arns("ssm", AccountPart::Named, &["document/*"]),
        cross_account_of: &[(BY_DOCUMENT_SHARE, CrossAccount::Share(Grant::DocumentShare))],
        other_grants: &[(BY_DOCUMENT_SHARE, &[Grant::DocumentShare])],
        rules: &["S-SVC-19"],
        ..IDENTITY
    },
    Row {
        name: "vpc-endpoint-service",
        resources: Resources::Arns("ec2", AccountPart::Named, &["vpc-endpoint-service/*"]),
        cross_account_of: &[(BY_ALLOWED_PRINCIPALS, CrossAccount::Share(Grant::EndpointServicePrincipals))],
        other_grants: &[(BY_ALLOWED_PRINCIPALS, &[Grant::EndpointServicePrincipals])],
        rules: &["S-SVC-19"],
        ..IDENTITY
    },
    Row {
        name: "vpc-endpoint",
        also_known_as: &["AWS::EC2::VPCEndpoint", "ec2/vpc-endpoint"],
        resources: Resources::Arns("ec2", AccountPart::Named, &["vpc-endpoint/*"]),
        rules: &["S-VPCE-01", "S-XACC-06"],
        ..IDENTITY
    },
    Row {
        name: "route53-hosted-zone",
        resources: Resources::Arns("route53", AccountPart::Empty, &["hostedzone/*"]),
        owner: OwnerRule::Estate(At::Itself),
        cross_account_of: &[(
            &["route53:AssociateVPCWithHostedZone"],
            CrossAccount::Share(Grant::VpcAssociationAuthorization),
        )],
        other_grants: &[(&["route53:AssociateVPCWithHostedZone"], &[Grant::VpcAssociationAuthorization])],
        rules: &["S-XACC-14", "S-XACC-06"],
        ..IDENTITY
    },
    Row {
        name: "ssm-public",
        resources: Resources::Arns("ssm", AccountPart::Empty, &["parameter/aws/*", "document/*"]),
        ..NO_OWNER
    },
    Row {
        name: "bedrock-foundation-model",
        resources: Resources::Arns("bedrock", AccountPart::Empty, &["foundation-model/*"]),
        ..NO_OWNER
    },
    Row {
        name: "eks-cluster",
        also_known_as: &["eks/cluster", "eks/access-entry"],
        resources: Resources::Arns("eks", AccountPart::Named, &["cluster/*", "access-entry/*"]),
        ..IDENTITY
    },
    Row {
        name: "identity-center",
        also_known_as: &["sso/instance", "sso/permissionset"],
        resources: Resources::Arns("sso", AccountPart::Empty, &["instance/*", "permissionSet/*"]),
        owner: OwnerRule::Estate(At::Itself),
        cross_account: CrossAccount::Unlisted,
        rules: &["S-XACC-14"],
        ..IDENTITY
    },
];
