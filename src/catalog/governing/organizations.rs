//! `organizations:*`: who may call is fixed for each action (S-SVC-16). As of September 2026, from the Organizations page
//! on API operations by account type.

use super::row::{GateRow, IDENTITY, OwnerRule, PolicyAt, Row};
use super::types::{CrossAccount, GateKind};

const ORGANIZATION: Row =
    Row { owner: OwnerRule::ManagementAccount, rules: &["S-SVC-16", "S-XACC-17"], ..IDENTITY };

/// Who is in no organisation neither reads nor leaves it. Of other actions the delegation policy tells, which names its accounts only.
const OF_OTHERS: GateRow = GateRow {
    kind: GateKind::NotOrganization,
    actions: &["*"],
    resources: &["*"],
    rule: "S-SVC-16",
    reason: "only accounts of the organization may call it",
};
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "organizations-management-only",
        actions: &[
            "organizations:CancelHandshake",
            "organizations:CreateAccount",
            "organizations:CreateGovCloudAccount",
            "organizations:CreateOrganization",
            "organizations:CreateOrganizationalUnit",
            "organizations:DeleteOrganization",
            "organizations:DeleteOrganizationalUnit",
            "organizations:DeregisterDelegatedAdministrator",
            "organizations:DisableAWSServiceAccess",
            "organizations:EnableAllFeatures",
            "organizations:EnableAWSServiceAccess",
            "organizations:InviteAccountToOrganization",
            "organizations:MoveAccount",
            "organizations:RegisterDelegatedAdministrator",
            "organizations:RemoveAccountFromOrganization",
            "organizations:UpdateOrganizationalUnit",
        ],
        gates: &[GateRow {
            kind: GateKind::NotManagementAccount,
            actions: &["*"],
            resources: &["*"],
            rule: "S-SVC-16",
            reason: "only the management account may call it",
        }],
        ..ORGANIZATION
    },
    Row {
        name: "organizations-policy-management",
        actions: &[
            "organizations:AttachPolicy",
            "organizations:CreatePolicy",
            "organizations:DeletePolicy",
            "organizations:DetachPolicy",
            "organizations:DisablePolicyType",
            "organizations:EnablePolicyType",
            "organizations:UpdatePolicy",
            "organizations:TagResource",
            "organizations:UntagResource",
        ],
        policies: &[PolicyAt::Delegation],
        cross_account: CrossAccount::Both,
        ..ORGANIZATION
    },
    Row {
        name: "organizations-any-account",
        actions: &[
            "organizations:DescribeOrganization",
            "organizations:DescribeHandshake",
            "organizations:ListHandshakesForAccount",
        ],
        cross_account: CrossAccount::IdentityOnly,
        gates: &[GateRow { actions: &["organizations:DescribeOrganization"], ..OF_OTHERS }],
        ..ORGANIZATION
    },
    Row {
        name: "organizations-read",
        actions: &[
            "organizations:DescribeAccount",
            "organizations:DescribeCreateAccountStatus",
            "organizations:DescribeEffectivePolicy",
            "organizations:DescribeOrganizationalUnit",
            "organizations:DescribePolicy",
            "organizations:DescribeResourcePolicy",
            "organizations:ListAccounts",
            "organizations:ListAccountsForParent",
            "organizations:ListAWSServiceAccessForOrganization",
            "organizations:ListChildren",
            "organizations:ListCreateAccountStatus",
            "organizations:ListDelegatedAdministrators",
            "organizations:ListDelegatedServicesForAccount",
            "organizations:ListHandshakesForOrganization",
            "organizations:ListOrganizationalUnitsForParent",
            "organizations:ListParents",
            "organizations:ListPolicies",
            "organizations:ListPoliciesForTarget",
            "organizations:ListRoots",
            "organizations:ListTagsForResource",
            "organizations:ListTargetsForPolicy",
        ],
        policies: &[PolicyAt::Delegation],
        cross_account: CrossAccount::PolicyOrDelegatedAdministrator,
        rules: &["S-SVC-16", "S-XACC-17", "U-85"],
        ..ORGANIZATION
    },
    Row {
        name: "organizations-leave",
        actions: &["organizations:LeaveOrganization"],
        cross_account: CrossAccount::IdentityOnly,
        gates: &[
            GateRow {
                kind: GateKind::ManagementAccount,
                actions: &["*"],
                resources: &["*"],
                rule: "S-SVC-16",
                reason: "the management account cannot leave its organization",
            },
            OF_OTHERS,
        ],
        ..ORGANIZATION
    },
    Row {
        name: "organizations-handshake",
        actions: &["organizations:AcceptHandshake", "organizations:DeclineHandshake"],
        cross_account: CrossAccount::IdentityOnly,
        ..ORGANIZATION
    },
    Row {
        name: "organizations-unlisted",
        actions: &["organizations:*"],
        cross_account: CrossAccount::Unlisted,
        ..ORGANIZATION
    },
];
