//! What the catalog knows: services, actions, resource types and condition keys.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::arn::{matches, matches_by_part};

/// A service, by its place in [`Catalog::services`](super::Catalog::services) (sorted by prefix).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u16);

/// An action, dense from 0: actions are sorted by service prefix, then by lower-case name, so that the actions of a
/// service, and those of a service whose names share a prefix, are one contiguous range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// A resource type, by its place in [`Catalog::resource_types`](super::Catalog::resource_types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// A condition key or key template, by its place in [`Catalog::keys`](super::Catalog::keys).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// Where the catalog comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The npm package.
    pub package: &'static str,
    /// Its version, pinned.
    pub version: &'static str,
    /// The day on which AWS's pages were read, `YYYY-MM-DD`.
    pub date: &'static str,
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} ({})", self.package, self.version, self.date)
    }
}

/// A service as the Service Authorization Reference lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The action prefix, lower case, without the colon: `s3`.
    pub prefix: &'static str,
    /// The display name: `Amazon S3`.
    pub name: &'static str,
    /// The ids of its actions, `start..end` of [`ActionId`] numbers.
    pub actions: Range<u32>,
    /// The ids of its resource types, `start..end` of [`TypeId`] numbers.
    pub types: Range<u32>,
}

impl Service {
    /// The ids of the service's actions, in order.
    pub fn action_ids(&self) -> impl ExactSizeIterator<Item = ActionId> + use<> {
        self.actions.clone().map(ActionId)
    }

    /// The ids of the service's resource types, in order.
    pub fn type_ids(&self) -> impl ExactSizeIterator<Item = TypeId> + use<> {
        self.types.clone().map(TypeId)
    }
}

/// The access level of an action. AWS prints two of them together with `Write`; the narrower word is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads but does not change.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Sets or removes tags.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    /// The words of the reference, lower case: `permissions management`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
            Self::Tagging => "tagging",
            Self::PermissionsManagement => "permissions management",
        }
    }
}

/// An action. Its keys and resource types are read through the catalog.
#[derive(Clone, Debug)]
pub struct Action {
    /// The name in AWS's spelling, without prefix: `GetObject`.
    pub name: &'static str,
    /// The service it belongs to.
    pub service: ServiceId,
    /// Its access level.
    pub level: AccessLevel,
    pub(super) keys: Range<u32>,
    pub(super) types: Range<u32>,
}

impl Action {
    /// Whether the reference lists no resource type: the resource of a request is then `*` (S-RES-10).
    pub fn is_wildcard_only(&self) -> bool {
        self.types.is_empty()
    }
}

/// One line of an action's resource types.
#[derive(Clone, Debug)]
pub struct TypeUse {
    /// The resource type.
    pub id: TypeId,
    /// Whether every call names a resource of this type (`*` in the reference, S-RES-20). Types without the mark are
    /// authorized only if the call names one, and may be alternatives (S-RES-21).
    pub required: bool,
    pub(super) keys: Range<u32>,
}

/// A resource type of a service.
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// The service in whose page it stands: `s3`. The ARN may name another (`ssm` lists `arn:…:ec2:…:instance/…`).
    pub service: ServiceId,
    /// The name in the page: `bucket`.
    pub name: &'static str,
    /// The ARN formats as printed, with variables: `arn:${Partition}:s3:::${BucketName}`. At least one.
    pub formats: &'static [&'static str],
    /// The formats as globs, in the same order, every variable a `*`: `arn:*:s3:::*`. A `*` in parts 1 to 5 stays inside
    /// its part; one in the sixth part matches anything (S-RES-03).
    pub globs: &'static [&'static str],
    /// Globs of more specific types of the same service that this type's globs cover but does not mean: the bucket glob
    /// covers objects, so it excepts `arn:*:s3:::*/*` (S-RES-12).
    pub except: &'static [&'static str],
    pub(super) keys: Range<u32>,
}

impl ResourceType {
    /// Whether some ARN with this service part may be of this type.
    pub fn is_in_service(&self, service: &str) -> bool {
        self.globs.iter().filter_map(|glob| glob.split(':').nth(2)).any(|glob| matches(glob, service))
    }

    /// Whether an ARN is of this type (S-RES-12).
    pub fn is_of(&self, arn: &str) -> bool {
        let is = |glob: &&str| matches_by_part(glob, arn);
        self.globs.iter().any(is) && !self.except.iter().any(is)
    }
}

/// Resource types by the service part of their ARNs; those that leave it open are with every one.
#[derive(Debug)]
pub(super) struct TypesOfSegment {
    of: FxHashMap<&'static str, Vec<TypeId>>,
}

impl TypesOfSegment {
    const ANY: &'static str = "*";

    pub(super) fn new(types: &[ResourceType]) -> Self {
        let mut of: FxHashMap<&'static str, Vec<TypeId>> = FxHashMap::default();
        let mut open = Vec::new();
        for (kind, id) in types.iter().zip((0..).map(TypeId)) {
            let mut segments: Vec<&'static str> =
                kind.globs.iter().filter_map(|glob| glob.split(':').nth(2)).collect();
            segments.sort_unstable();
            segments.dedup();
            match segments.contains(&Self::ANY) {
                true => open.push(id),
                false => segments.into_iter().for_each(|segment| of.entry(segment).or_default().push(id)),
            }
        }
        for types in of.values_mut() {
            types.extend_from_slice(&open);
            types.sort_unstable();
        }
        of.insert(Self::ANY, open);
        Self { of }
    }

    pub(super) fn get(&self, segment: &str) -> &[TypeId] {
        self.of.get(segment).or_else(|| self.of.get(Self::ANY)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The type of a condition key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// A number.
    Numeric,
    /// An instant.
    Date,
    /// `true` or `false`.
    Bool,
    /// An IP address.
    Ip,
    /// Base64 bytes.
    Binary,
}

/// Which requests can hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyScope {
    /// A global key, `aws:…` (semantics 3.6).
    Global,
    /// Rides along in every request of a session that carries it, whatever the service (S-KEY-30).
    Session,
    /// A key of a service: present only for the actions and resource types that list it (S-KEY-25).
    Service,
}

/// When a key is in the context of a request that can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// In every request, anonymous ones included. `aws:ResourceAccount` counts as such, with the exceptions of S-KEY-31.
    Always,
    /// In every signed request; not in anonymous ones. Calls by service principals: U-24.
    WhenSigned,
    /// Depends on the request.
    Conditional,
}

/// A condition key, or a template of keys such as `aws:ResourceTag/${TagKey}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// The name in AWS's spelling. A template has one `${…}`.
    pub name: &'static str,
    /// The type of each value.
    pub key_type: KeyType,
    /// Whether the context holds a list of values (S-COND-20).
    pub multivalued: bool,
    /// Which requests can hold it.
    pub scope: KeyScope,
    /// When they do.
    pub presence: Presence,
}

impl ConditionKey {
    /// Whether the key is one of the global keys of semantics 3.6 (`aws:…`).
    pub fn is_global(&self) -> bool {
        self.scope == KeyScope::Global
    }

    /// Whether the name is a template, so that the entry stands for many keys.
    pub fn is_template(&self) -> bool {
        self.name.contains("${")
    }
}

/// Whether requests of an action can hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Supply {
    /// The key can be present: a global key, a session key, or listed for the action or one of its resource types.
    Yes,
    /// The catalog knows the key and does not list it for the action: it is absent (S-COND-14).
    No,
    /// The catalog does not know the key at all: presence and value are unknown, and that is reported (S-TRI-11).
    Unknown,
}

/// The actions whose requests can hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suppliers<'a> {
    /// Every action, those outside the catalog included.
    All,
    /// Every action but these, sorted.
    AllBut(&'a [ActionId]),
    /// These only, sorted. For an action outside the catalog the presence is unknown.
    Only(&'a [ActionId]),
    /// These, sorted; whether others can is not documented (claims of OIDC tokens, S-KEY-30).
    AtLeast(&'a [ActionId]),
    /// The key is not in the catalog (S-TRI-11).
    Unknown,
}
