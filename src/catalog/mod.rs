//! The catalog: what AWS's Service Authorization Reference says about actions, resource types and condition keys, and
//! dated tables of what AWS says elsewhere: global keys, the services that RCPs reach, which policies govern which ARN.
//!
//! It knows nothing of policies or estates. `Catalog::embedded` reads the text of `catalog/catalog.txt`, which
//! `catalog/regenerate.sh` writes from a pinned package; the other tables are Rust constants with their date and rules.

// ARNs split into parts, and globs over text.
pub mod arn;
// Names of endpoint services.
pub mod endpoints;
// Which policy governs which ARN, who owns it, and how the sides combine (semantics 9.8).
pub mod governing;
// KMS operations that work across accounts or can be granted.
pub mod kms;
// The resource string of an action without resource type.
pub mod no_resource;
// Services that resource control policies reach.
pub mod rcp;
// The Region of services with one endpoint.
pub mod region_of;
// What an S3 ACL can grant.
pub mod s3_acl;
// Calls that service control policies do not restrict.
pub mod scp;
// What kinds of session cannot call, and what services do when they assume a role.
pub mod sessions;
// How calls that change tags list them.
pub mod tagging;

mod actions;
mod global_keys;
mod keys;
mod names;
mod needed;
mod read;
mod suggest;
#[cfg(test)]
mod tests;
mod types;

use std::sync::{LazyLock, OnceLock};

pub use actions::ActionMatches;
pub use keys::issuer_claim;
pub use needed::Needed;
pub use read::CatalogProblem;
pub use types::{
    AccessLevel, Action, ActionId, ConditionKey, KeyId, KeyScope, KeyType, Presence, ResourceType, Service,
    ServiceId, Source, Suppliers, Supply, TypeId, TypeUse,
};

/// Everything of the Service Authorization Reference that decisions need.
#[derive(Debug)]
pub struct Catalog {
    source: Source,
    services: Vec<Service>,
    actions: Vec<Action>,
    types: Vec<ResourceType>,
    types_of_segment: types::TypesOfSegment,
    rcp_services: Vec<&'static str>,
    /// Key lists of actions, type uses and types, by range.
    key_lists: Vec<KeyId>,
    type_uses: Vec<TypeUse>,
    action_index: actions::ActionIndex,
    keys: keys::KeyTable,
    /// The actions without resource type, once somebody asks.
    by_candidates: OnceLock<Vec<(no_resource::Candidates, Vec<ActionId>)>>,
}

static EMBEDDED: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::parse(include_str!("../../catalog/catalog.txt")).expect("a test reads the embedded catalog")
});

impl Catalog {
    /// The catalog in the binary, read on first use (a few milliseconds).
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads a catalog text, as `generate-catalog` writes it.
    ///
    /// # Errors
    /// [`CatalogProblem`] with the line that is not as written there.
    pub fn parse(text: &'static str) -> Result<Self, CatalogProblem> {
        read::read(text)
    }

    /// Package, version and date.
    pub fn source(&self) -> Source {
        self.source
    }

    /// All services, by prefix.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// All actions, by [`ActionId`].
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// All ids of actions, in order.
    pub fn action_ids(&self) -> impl ExactSizeIterator<Item = ActionId> + use<> {
        (0..self.actions.len() as u32).map(ActionId)
    }

    /// The action of an id of this catalog, and `None` for any other.
    pub fn action(&self, id: ActionId) -> Option<&Action> {
        self.actions.get(id.0 as usize)
    }

    /// The full name of an action, `s3:GetObject`; empty for an id that is not of this catalog.
    pub fn action_name(&self, id: ActionId) -> String {
        let Some(action) = self.action(id) else { return String::new() };
        format!("{}:{}", self.prefix_of(action.service), action.name)
    }

    /// All resource types, by [`TypeId`].
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.types
    }

    /// The resource type of an id.
    pub fn resource_type(&self, id: TypeId) -> Option<&ResourceType> {
        self.types.get(id.0 as usize)
    }

    /// The resource types that an action lists. Empty: the action's resource is `*` (S-RES-10).
    pub fn resource_types_of(&self, action: ActionId) -> &[TypeUse] {
        self.action(action).and_then(|a| self.type_uses.get(range(&a.types))).unwrap_or_default()
    }

    /// Whether the action is in the catalog and lists no resource type (S-RES-10).
    pub fn is_wildcard_only(&self, action: ActionId) -> bool {
        self.action(action).is_some_and(Action::is_wildcard_only)
    }

    /// Whether calls of the action may name a resource and need not (S-RES-20): the one type that it lists is not required. Of
    /// several such types a call has one (S-RES-21), and tags are of something.
    pub fn needs_no_resource(&self, action: ActionId) -> bool {
        let is_tagging = self.action(action).is_some_and(|action| action.level == AccessLevel::Tagging);
        matches!(self.resource_types_of(action), [one] if !one.required) && !is_tagging
    }

    /// The resource types whose ARNs have this service part (`ec2`), whichever service lists them.
    pub fn resource_types_in_service(&self, segment: &str) -> impl Iterator<Item = (TypeId, &ResourceType)> {
        let ids = self.types_of_segment.get(segment).iter();
        ids.filter_map(|&id| Some((id, self.resource_type(id)?)))
    }

    /// The condition keys that the reference lists for the action itself.
    pub fn action_keys(&self, action: ActionId) -> &[KeyId] {
        self.action(action).and_then(|a| self.key_lists.get(range(&a.keys))).unwrap_or_default()
    }

    /// The condition keys that the reference lists for an action together with one of its resource types.
    pub fn type_use_keys(&self, line: &TypeUse) -> &[KeyId] {
        self.key_lists.get(range(&line.keys)).unwrap_or_default()
    }

    /// The condition keys of a resource type.
    pub fn type_keys(&self, id: TypeId) -> &[KeyId] {
        self.resource_type(id).and_then(|t| self.key_lists.get(range(&t.keys))).unwrap_or_default()
    }

    fn prefix_of(&self, service: ServiceId) -> &'static str {
        self.services.get(usize::from(service.0)).map_or("", |s| s.prefix)
    }
}

fn range(range: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    range.start as usize..range.end as usize
}
