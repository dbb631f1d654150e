//! The resource string of an action without resource type (S-RES-10, S-RES-22, S-RES-23). As of September 2026.

use std::cell::LazyCell;

use rustc_hash::FxHashMap;

use super::arn::matches_ignoring_case;
use super::{ActionId, Catalog};

/// What the service may compare with a statement's resources when an action names none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Candidates {
    /// These and no others. One candidate: settled. A pattern that all or none of them match is decided.
    Listed(&'static [Candidate]),
    /// No entry: `*`, or some ARN of one of these ARN service parts in the caller's partition, whose account part is the
    /// caller's, empty, or `aws`. A pattern that can match none of these does not match; any other is unknown (U-40).
    Open {
        /// The service's own ARN service parts: its prefix, and the parts that its resource types use if the prefix is
        /// not among them.
        services: Vec<&'static str>,
    },
}

/// A possible resource string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Candidate {
    /// A token that only a pattern of `*` alone matches.
    Star,
    /// An ARN with `{partition}`, `{region}`, `{account}` (the caller's), and `{path}` (the call's path prefix, `/` if it
    /// names none, unknown if not given). A `*` in it is an ordinary character.
    Arn(&'static str),
}

use Candidate::{Arn, Star};

/// Action patterns, first match wins; all of S-RES-23 that has candidates.
const ENTRIES: &[(&str, &[Candidate])] = &[
    ("iam:ListUsers", &[Arn("arn:{partition}:iam::{account}:user{path}")]),
    ("iam:ListRoles", &[Arn("arn:{partition}:iam::{account}:role{path}")]),
    ("iam:ListGroups", &[Arn("arn:{partition}:iam::{account}:group{path}")]),
    ("iam:ListInstanceProfiles", &[Arn("arn:{partition}:iam::{account}:instance-profile{path}")]),
    ("iam:GetAccountSummary", &[Star]),
    ("iam:ListAccountAliases", &[Star]),
    ("dynamodb:ListTables", &[Arn("arn:{partition}:dynamodb:{region}:{account}:table/*"), Star]),
    ("sns:ListTopics", &[Arn("arn:{partition}:sns:{region}:{account}:*"), Star]),
    ("s3:ListAllMyBuckets", &[Arn("arn:{partition}:s3:::*"), Star]),
    ("ec2:Describe*", &[Star]),
];

#[cfg(test)]
pub(super) fn entry_patterns() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|(pattern, _)| *pattern)
}

fn listed(name: &str) -> Option<Candidates> {
    let mut entries = ENTRIES.iter();
    let entry = entries.find(|(pattern, _)| matches_ignoring_case(pattern.as_bytes(), name.as_bytes()));
    entry.map(|(_, candidates)| Candidates::Listed(candidates))
}

impl Catalog {
    /// The candidates of an action without resource type. `None` if the action has resource types or is not in the
    /// catalog: an entry is never consulted for those.
    pub fn none_candidates(&self, action: ActionId) -> Option<&Candidates> {
        let mut groups = self.by_candidates().iter();
        groups.find(|(_, actions)| actions.binary_search(&action).is_ok()).map(|(candidates, _)| candidates)
    }

    /// The actions without resource type, by their candidates.
    pub fn by_candidates(&self) -> &[(Candidates, Vec<ActionId>)] {
        self.by_candidates.get_or_init(|| {
            let mut groups: Vec<(Candidates, Vec<ActionId>)> = Vec::new();
            let mut place: FxHashMap<Candidates, usize> = FxHashMap::default();
            for service in &self.services {
                let open = LazyCell::new(|| Candidates::Open { services: self.arn_services(service.prefix) });
                for action in service.action_ids().filter(|&action| self.is_wildcard_only(action)) {
                    let candidates = listed(&self.action_name(action)).unwrap_or_else(|| open.clone());
                    let index = *place.entry(candidates).or_insert_with_key(|candidates| {
                        groups.push((candidates.clone(), Vec::new()));
                        groups.len() - 1
                    });
                    groups[index].1.push(action);
                }
            }
            groups
        })
    }

    /// The service parts that the ARNs of a service's own resources have, for the prefix as written in the catalog.
    pub fn arn_services(&self, prefix: &str) -> Vec<&'static str> {
        let Some(service) = self.service(prefix) else { return Vec::new() };
        let types = service.type_ids().filter_map(|id| self.resource_type(id));
        let mut parts: Vec<&'static str> =
            types.flat_map(|kind| kind.globs.iter().filter_map(|glob| glob.split(':').nth(2))).collect();
        parts.sort_unstable();
        parts.dedup();
        if parts.contains(&service.prefix) {
            return vec![service.prefix];
        }
        parts.push(service.prefix);
        parts
    }
}
