//! Services that resource control policies reach (S-RCP-06, S-RCP-08; U-28, U-29).

use super::Catalog;
use super::arn::matches;

/// Whether RCPs are evaluated for the actions of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RcpReach {
    /// They are.
    Yes,
    /// They are skipped.
    No,
    /// The list names the service by another prefix than its actions have: an RCP Deny that would match makes the answer
    /// unknown (U-78).
    Doubtful,
}

/// Actions of a supported service that RCPs do not restrict (S-RCP-02, S-KMS-09).
pub const RCP_EXEMPT_ACTIONS: &[&str] = &["kms:RetireGrant"];

/// Prefixes whose data-plane actions belong to a service that the list names otherwise: OpenSearch domains authorize
/// `es:ESHttp*` while the list says `opensearch` (U-78).
const DOUBTFUL: &[(&str, &str)] = &[("es", "opensearch")];

/// The aliases of AWS managed keys, which RCPs do not restrict (S-RCP-02), as an ARN pattern. Which key has which alias is not
/// in exports, so that a key that is named by its id counts as a customer's.
pub const RCP_EXEMPT_RESOURCES: &str = "arn:*:kms:*:*:alias/aws/*";

impl Catalog {
    /// The action prefixes of AWS's list, sorted.
    pub fn rcp_services(&self) -> &[&'static str] {
        &self.rcp_services
    }

    /// The action prefixes that the list may mean by another name.
    pub fn rcp_doubtful_services(&self) -> impl Iterator<Item = &'static str> {
        let doubtful = |prefix: &&str| self.rcp_governs(prefix) == RcpReach::Doubtful;
        DOUBTFUL.iter().map(|(prefix, _)| *prefix).filter(doubtful)
    }

    /// Whether RCPs reach a service, by the literal action prefix, ignoring case: `s3` does not cover `s3express`.
    pub fn rcp_governs(&self, prefix: &str) -> RcpReach {
        let listed =
            |prefix: &str| self.rcp_services.iter().any(|service| service.eq_ignore_ascii_case(prefix));
        if listed(prefix) {
            RcpReach::Yes
        } else if DOUBTFUL
            .iter()
            .any(|(doubtful, name)| doubtful.eq_ignore_ascii_case(prefix) && listed(name))
        {
            RcpReach::Doubtful
        } else {
            RcpReach::No
        }
    }

    /// As [`Catalog::rcp_governs`], for a full action name; exempt actions are not reached (S-RCP-02).
    pub fn rcp_governs_action(&self, action: &str) -> RcpReach {
        if RCP_EXEMPT_ACTIONS.iter().any(|exempt| exempt.eq_ignore_ascii_case(action)) {
            return RcpReach::No;
        }
        self.rcp_governs(action.split(':').next().unwrap_or_default())
    }

    /// Whether RCPs do not restrict what is done to a resource, by its ARN (S-RCP-02).
    pub fn rcp_spares(&self, resource: &str) -> bool {
        matches(RCP_EXEMPT_RESOURCES, resource)
    }
}
