//! KMS operations that work across accounts or can be granted. As of September 2026, from the columns of the KMS
//! permissions page (S-KMS-05, S-KMS-06).

/// Operations that work on a key of another account (S-KMS-05). Those added later count as not listed (U-32).
pub const CROSS_ACCOUNT_ACTIONS: &[&str] = &[
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateMac",
    "kms:VerifyMac",
    "kms:Sign",
    "kms:Verify",
    "kms:DeriveSharedSecret",
    "kms:DescribeKey",
    "kms:GetPublicKey",
    "kms:GetKeyRotationStatus",
    "kms:CreateGrant",
    "kms:ListGrants",
    "kms:RetireGrant",
    "kms:RevokeGrant",
];

/// Operations that a grant can carry (S-KMS-06): for these a missing Allow is unknown while grants are not loaded.
pub const GRANT_ACTIONS: &[&str] = &[
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateMac",
    "kms:VerifyMac",
    "kms:Sign",
    "kms:Verify",
    "kms:DeriveSharedSecret",
    "kms:DescribeKey",
    "kms:GetPublicKey",
    "kms:CreateGrant",
    "kms:RetireGrant",
];

/// Whether an action, by its full name, works on a key of another account.
pub fn is_cross_account(action: &str) -> bool {
    CROSS_ACCOUNT_ACTIONS.iter().any(|listed| listed.eq_ignore_ascii_case(action))
}

/// Whether a grant can carry an action, by its full name.
pub fn is_grantable(action: &str) -> bool {
    GRANT_ACTIONS.iter().any(|listed| listed.eq_ignore_ascii_case(action))
}
