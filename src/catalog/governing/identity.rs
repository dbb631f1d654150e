//! IAM and STS (semantics 9.2, 9.3), with roles that IAM calls cannot change: those of services (S-TRUST-13) and of IAM
//! Identity Center (S-SESS-12). As of September 2026.

use super::row::{
    AccountPart, At, GateRow, IDENTITY, NO_OWNER, OwnerRule, PolicyAt, Resources, Row, STANDARD,
};
use super::types::{CrossAccount, GateKind, Regime};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "sts-no-permission",
        actions: &["sts:GetCallerIdentity", "sts:GetSessionToken"],
        owner: OwnerRule::Caller,
        regime: Regime::NoPermissionNeeded,
        cross_account: CrossAccount::IdentityOnly,
        rules: &["S-STS-01", "S-STS-02", "U-33", "U-75"],
        ..IDENTITY
    },
    Row {
        name: "sts-assume-root",
        actions: &["sts:AssumeRoot"],
        cross_account: CrossAccount::IdentityOnly,
        gates: &[
            GateRow {
                kind: GateKind::RootUsers,
                actions: &["*"],
                resources: &["*"],
                rule: "S-SESS-10",
                reason: "the root user cannot call AssumeRoot",
            },
            GateRow {
                kind: GateKind::NotManagementNorIamAdministrator,
                actions: &["*"],
                resources: &["*"],
                rule: "S-SESS-10",
                reason: "only the management account or the delegated administrator for IAM may call it",
            },
            GateRow {
                kind: GateKind::WithoutRootSessions,
                actions: &["*"],
                resources: &["*"],
                rule: "S-SESS-10",
                reason: "the organization does not manage root access centrally",
            },
            GateRow {
                kind: GateKind::NotMember,
                actions: &["*"],
                resources: &["*"],
                rule: "S-SESS-10",
                reason: "it gives the root user of a member account of the organisation",
            },
        ],
        rules: &["S-SESS-10", "S-XACC-17"],
        ..IDENTITY
    },
    Row {
        name: "iam-role-trust",
        also_known_as: &["AWS::IAM::Role", "iam/role"],
        actions: &[
            "sts:AssumeRole",
            "sts:AssumeRoleWithSAML",
            "sts:AssumeRoleWithWebIdentity",
            "sts:TagSession",
            "sts:SetSourceIdentity",
            "sts:SetContext",
        ],
        resources: Resources::Arns("iam", AccountPart::Named, &["role/*"]),
        policies: &[PolicyAt::Of(At::Itself)],
        regime: Regime::Trust,
        gates: &[GateRow {
            kind: GateKind::RootUsers,
            actions: &["sts:AssumeRole"],
            resources: &["*"],
            rule: "S-SESS-09",
            reason: "the root user cannot assume roles",
        }],
        rules: &["S-TRUST-01", "S-TRUST-02", "S-TRUST-06", "S-EVAL-03"],
        ..STANDARD
    },
    Row {
        name: "iam-aws-managed",
        actions: &["iam:*"],
        resources: Resources::Arns("iam", AccountPart::Aws, &["*"]),
        gates: &[GateRow {
            kind: GateKind::Everyone,
            actions: &[
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
                "iam:TagPolicy",
                "iam:UntagPolicy",
            ],
            resources: &["policy/*"],
            rule: "S-IAM-03",
            reason: "AWS managed policies cannot be changed",
        }],
        rules: &["S-IAM-03", "S-XACC-14"],
        ..NO_OWNER
    },
    Row {
        name: "iam",
        also_known_as: &[
            "AWS::IAM::User",
            "AWS::IAM::Group",
            "AWS::IAM::Policy",
            "iam/user",
            "iam/group",
            "iam/policy",
            "iam/instance-profile",
            "iam/oidc-provider",
            "iam/saml-provider",
        ],
        actions: &["iam:*"],
        resources: Resources::Arns("iam", AccountPart::Named, &["*"]),
        gates: &[
            GateRow {
                kind: GateKind::ForeignCallers,
                actions: &["iam:PassRole"],
                resources: &["*"],
                rule: "S-IAM-01",
                reason: "a role can be passed in its own account only",
            },
            GateRow {
                kind: GateKind::ForeignCallers,
                actions: &["*"],
                resources: &["*"],
                rule: "S-IAM-06",
                reason: "IAM takes no calls from other accounts",
            },
            GateRow {
                kind: GateKind::Everyone,
                actions: &[
                    "iam:AttachRolePolicy",
                    "iam:DetachRolePolicy",
                    "iam:PutRolePolicy",
                    "iam:DeleteRolePolicy",
                    "iam:UpdateAssumeRolePolicy",
                    "iam:UpdateRole",
                    "iam:UpdateRoleDescription",
                    "iam:PutRolePermissionsBoundary",
                    "iam:DeleteRolePermissionsBoundary",
                    "iam:DeleteRole",
                ],
                resources: &["role/aws-service-role/*"],
                rule: "S-IAM-02",
                reason: "service-linked roles cannot be edited",
            },
            GateRow {
                kind: GateKind::Everyone,
                actions: &[
                    "iam:Attach*",
                    "iam:Detach*",
                    "iam:Put*",
                    "iam:Delete*",
                    "iam:Update*",
                    "iam:TagRole",
                    "iam:UntagRole",
                    "iam:PassRole",
                    "iam:CreateRole",
                    "iam:CreateServiceLinkedRole",
                ],
                resources: &["role/aws-reserved/*"],
                rule: "S-IAM-04",
                reason: "roles of IAM Identity Center cannot be made, changed or passed",
            },
        ],
        rules: &["S-IAM-01", "S-IAM-06"],
        ..IDENTITY
    },
    Row {
        name: "iam-resource",
        resources: Resources::Arns("iam", AccountPart::Named, &["*"]),
        rules: &["S-IAM-06"],
        ..IDENTITY
    },
    Row {
        name: "sts-session",
        actions: &["sts:*"],
        resources: Resources::Arns("sts", AccountPart::Named, &["*"]),
        rules: &["S-STS-03", "S-XACC-06"],
        ..IDENTITY
    },
];
