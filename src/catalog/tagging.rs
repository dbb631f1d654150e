//! What calls that change tags pass (S-TRI-09), and which keys hold tags of resources. As of November 2026, from the API references of the services.

/// How a call lists tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PassedTags {
    /// Each key with its value, as a call that sets tags does.
    WithValues,
    /// Keys alone, as a call that removes tags does.
    KeysOnly,
    /// Keys, each with a value or without: what is removed can be named either way.
    ValuesOptional,
}

/// Calls that remove tags, of which they may name the values. The others that remove some have names that say so.
const VALUES_OPTIONAL: [&str; 3] =
    ["acm:RemoveTagsFromCertificate", "autoscaling:DeleteTags", "ec2:DeleteTags"];

/// Actions that write and whose calls have no parameter for tags, by the API references of the services: those that guardrails keep
/// people from. Of others that write and whose pages list no tags nobody knows (S-KEY-34).
pub(super) const WITHOUT_TAGS: [&str; 21] = [
    "access-analyzer:DeleteAnalyzer",
    "account:CloseAccount",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "guardduty:DeleteDetector",
    "guardduty:DisassociateFromAdministratorAccount",
    "guardduty:DisassociateFromMasterAccount",
    "guardduty:UpdateDetector",
    "organizations:CloseAccount",
    "organizations:DisablePolicyType",
    "organizations:LeaveOrganization",
    "organizations:MoveAccount",
    "organizations:RemoveAccountFromOrganization",
    "s3:PutAccountPublicAccessBlock",
    "securityhub:DisableSecurityHub",
];

/// How the names of operations start that remove tags.
const REMOVING: [&str; 3] = ["untag", "removetags", "deletetags"];

/// How a call of an action lists tags.
pub fn passed_tags(action: &str) -> PassedTags {
    if VALUES_OPTIONAL.iter().any(|other| other.eq_ignore_ascii_case(action)) {
        return PassedTags::ValuesOptional;
    }
    let operation = action.split_once(':').map_or(action, |(_, operation)| operation).as_bytes();
    let removes = |start: &&str| {
        operation.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start.as_bytes()))
    };
    match REMOVING.iter().any(removes) {
        true => PassedTags::KeysOnly,
        false => PassedTags::WithValues,
    }
}

/// The tag key of `aws:ResourceTag/k`, and of the services' own spellings of it.
pub fn resource_tag(name: &str) -> Option<&str> {
    let (prefix, tag) = name.split_once('/')?;
    let (_, word) = prefix.split_once(':')?;
    (matches!(word, "resourcetag" | "buckettag") || database_tag(name).is_some()).then_some(tag)
}

/// The type of resource whose tags a key of RDS holds: `db` of `rds:db-tag/k`.
pub fn database_tag(name: &str) -> Option<&str> {
    let (word, _) = name.strip_prefix("rds:")?.split_once('/')?;
    word.strip_suffix("-tag").filter(|kind| *kind != "req")
}
