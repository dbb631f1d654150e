//! Calls that service control policies do not restrict (S-SCP-09). As of September 2026.
//!
//! AWS lists tasks and names no calls; these are the calls of the Service Authorization Reference that carry them out. The other
//! tasks of the list have none: trusted signers of CloudFront are accounts with key pairs of the root user, and Alexa Top Sites,
//! Alexa Web Information Service and the Product Marketing API are not called with actions of policies.

use super::arn::matches_ignoring_case;

/// Calls that SCPs restrict for nobody.
const NOBODYS: &[&str] = &["mechanicalturk:*"];

/// Calls that SCPs do not restrict for the root user: changing the support plan, and the reverse DNS of addresses.
const ROOTS: &[&str] = &[
    "supportplans:CreateSupportPlanSchedule",
    "supportplans:StartSupportPlanUpdate",
    "ec2:ModifyAddressAttribute",
    "ec2:ResetAddressAttribute",
];

/// Patterns of the actions that SCPs do not restrict, of the root user or of another principal.
pub fn unrestricted(by_root: bool) -> impl Iterator<Item = &'static str> {
    let roots = if by_root { ROOTS } else { &[] };
    NOBODYS.iter().chain(roots).copied()
}

/// Whether SCPs restrict a call, by the full name of its action, of the root user or of another principal.
pub fn scps_restrict(action: &str, by_root: bool) -> bool {
    !unrestricted(by_root).any(|pattern| matches_ignoring_case(pattern.as_bytes(), action.as_bytes()))
}
