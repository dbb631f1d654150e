//! Names of condition keys -> keys, and which actions can hold them.
//!
//! A request can hold the global keys, the session keys, and the keys that the reference lists for its action or resource
//! types (S-KEY-25). A wrong "absent" would hide access, so it is answered only where the lists are known to be complete;
//! [`Reach`] has the cases.

use std::sync::OnceLock;

use hashbrown::HashTable;

use super::Catalog;
use super::global_keys::{GLOBAL_KEYS, GlobalKey, Reach, WITHOUT_RESOURCE_KEYS};
use super::names::{hash_ignoring_case, same_ignoring_case};
use super::sessions::{ACCOMPANYING, TAKING_ROLES};
use super::tagging::WITHOUT_TAGS;
use super::types::{
    AccessLevel, ActionId, ConditionKey, KeyId, KeyScope, KeyType, Presence, ServiceId, Suppliers, Supply,
};

/// The keys of the catalog: first those of [`GLOBAL_KEYS`], then those of the services in order of first appearance.
#[derive(Debug)]
pub(super) struct KeyTable {
    keys: Vec<ConditionKey>,
    literals: HashTable<KeyId>,
    templates: Vec<Template>,
    listed_by: Vec<(KeyId, ServiceId)>,
    suppliers: Vec<OnceLock<OwnedSuppliers>>,
}

/// A key name with one variable: the text before and after it.
#[derive(Debug)]
struct Template {
    prefix: &'static str,
    suffix: &'static str,
    id: KeyId,
}

#[derive(Debug)]
enum OwnedSuppliers {
    All,
    AllBut(Box<[ActionId]>),
    Only(Box<[ActionId]>),
    AtLeast(Box<[ActionId]>),
}

/// Collects the keys while the catalog is read.
pub(super) struct KeyTableBuilder {
    keys: Vec<ConditionKey>,
    index: HashTable<KeyId>,
    listed_by: Vec<(KeyId, ServiceId)>,
}

impl Default for KeyTableBuilder {
    fn default() -> Self {
        let mut builder = Self {
            keys: Vec::with_capacity(2048),
            index: HashTable::with_capacity(2048),
            listed_by: Vec::new(),
        };
        for key in GLOBAL_KEYS {
            let GlobalKey { name, key_type, multivalued, scope, presence, .. } = *key;
            builder.insert(ConditionKey { name, key_type, multivalued, scope, presence });
        }
        builder
    }
}

impl KeyTableBuilder {
    /// The id of a key that a service lists (S-KEY-23). What [`GLOBAL_KEYS`] says of a key wins, and so does the first
    /// service. Whether a request holds it depends on the call, as for `sts:ExternalId` (S-TRUST-11) and `kms:ViaService`
    /// (S-KMS-13).
    pub(super) fn add(
        &mut self,
        name: &'static str,
        key_type: KeyType,
        multivalued: bool,
        service: ServiceId,
    ) -> KeyId {
        let known = find(&self.index, &self.keys, name);
        let id = known.unwrap_or_else(|| {
            // `<issuer>:amr` is a list though the reference does not say so (S-KEY-30).
            let multivalued = multivalued || issuer_claim(name).is_some_and(|(_, claim)| claim == "amr");
            let is_session_claim =
                issuer_claim(name).is_some_and(|(_, claim)| SESSION_CLAIMS.contains(&claim));
            let scope = if is_session_claim { KeyScope::Session } else { KeyScope::Service };
            self.insert(ConditionKey { name, key_type, multivalued, scope, presence: Presence::Conditional })
        });
        self.listed_by.push((id, service));
        id
    }

    fn insert(&mut self, key: ConditionKey) -> KeyId {
        let id = KeyId(self.keys.len() as u32);
        let name = key.name;
        self.keys.push(key);
        let keys = &self.keys;
        let hash_of =
            |id: &KeyId| hash_ignoring_case(0, keys.get(id.0 as usize).map_or("", |key| key.name).as_bytes());
        self.index.insert_unique(hash_ignoring_case(0, name.as_bytes()), id, hash_of);
        id
    }
}

/// The claims of an OIDC token that ride along in the session's later requests (S-KEY-30).
const SESSION_CLAIMS: &[&str] = &["amr", "aud", "id", "sub"];

/// Splits a key named by an OIDC provider, `token.actions.githubusercontent.com:sub`, into provider and claim. A provider
/// is a host name, with a path or without, so it has a dot and no service prefix has one.
pub fn issuer_claim(name: &str) -> Option<(&str, &str)> {
    let (issuer, claim) = name.split_once(':')?;
    (issuer.contains('.') && !claim.is_empty()).then_some((issuer, claim))
}

fn find(index: &HashTable<KeyId>, keys: &[ConditionKey], name: &str) -> Option<KeyId> {
    let same = |id: &KeyId| keys.get(id.0 as usize).is_some_and(|key| same_ignoring_case(key.name, name));
    index.find(hash_ignoring_case(0, name.as_bytes()), same).copied()
}

impl KeyTable {
    pub(super) fn new(builder: KeyTableBuilder) -> Self {
        let mut templates = Vec::new();
        for (index, key) in builder.keys.iter().enumerate() {
            if let Some(at) = memchr::memchr(b'$', key.name.as_bytes())
                && let Some((prefix, rest)) = key.name.split_at_checked(at)
                && let Some((_, suffix)) = rest.split_once('}')
                && !prefix.is_empty()
            {
                templates.push(Template { prefix, suffix, id: KeyId(index as u32) });
            }
        }
        // The most specific first, so that the first that fits is the one.
        templates.sort_by_key(|template| std::cmp::Reverse(template.prefix.len() + template.suffix.len()));
        let suppliers = builder.keys.iter().map(|_| OnceLock::new()).collect();
        Self {
            keys: builder.keys,
            literals: builder.index,
            templates,
            listed_by: builder.listed_by,
            suppliers,
        }
    }

    fn find(&self, name: &str) -> Option<KeyId> {
        if let Some(id) = find(&self.literals, &self.keys, name) {
            return Some(id);
        }
        let fits = |template: &&Template| {
            let (start, end) = (template.prefix.len(), template.suffix.len());
            name.len() > start + end
                && starts_with(name.as_bytes(), template.prefix.as_bytes())
                && ends_with(name.as_bytes(), template.suffix.as_bytes())
        };
        if let Some(template) = self.templates.iter().find(fits) {
            return Some(template.id);
        }
        let (_, claim) = issuer_claim(name)?;
        let claim = SESSION_CLAIMS.iter().find(|known| known.eq_ignore_ascii_case(claim))?;
        find(&self.literals, &self.keys, &format!("${{Issuer}}:{claim}"))
    }
}

fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    text.len()
        .checked_sub(suffix.len())
        .and_then(|at| text.get(at..))
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

impl Catalog {
    /// All keys and key templates, by [`KeyId`].
    pub fn keys(&self) -> &[ConditionKey] {
        &self.keys.keys
    }

    /// The key of a name as policies write it, ignoring case. `aws:ResourceTag/Owner` finds the template
    /// `aws:ResourceTag/${TagKey}`; a claim of an unknown OIDC provider finds `${Issuer}:sub` and the like.
    pub fn key_id(&self, name: &str) -> Option<KeyId> {
        self.keys.find(name)
    }

    /// As [`Catalog::key_id`], the key itself.
    pub fn key(&self, name: &str) -> Option<&ConditionKey> {
        self.key_at(self.key_id(name)?)
    }

    /// The key of an id.
    pub fn key_at(&self, id: KeyId) -> Option<&ConditionKey> {
        self.keys.keys.get(id.0 as usize)
    }

    /// The keys that a service's page lists, by name.
    pub fn keys_of(&self, service: ServiceId) -> Vec<KeyId> {
        let listed = self.keys.listed_by.iter().filter(|(_, by)| *by == service);
        let mut keys: Vec<KeyId> = listed.map(|(key, _)| *key).collect();
        keys.sort_unstable_by_key(|id| self.key_at(*id).map(|key| key.name));
        keys.dedup();
        keys
    }

    /// Whether the reference has a key and lists it for no action and no type of resource: `states:HTTPEndpoint`.
    pub fn is_listed_for_none(&self, key: KeyId) -> bool {
        matches!(self.suppliers(key), Suppliers::AtLeast([]))
            && self.key_at(key).is_some_and(|key| issuer_claim(key.name).is_none())
    }

    /// Whether requests of an action can hold a key, by its name in a policy. For an action outside the catalog every
    /// service key is unknown: ask [`Catalog::suppliers`] instead.
    pub fn supplies(&self, action: ActionId, key: &str) -> Supply {
        let listed = |actions: &[ActionId]| actions.binary_search(&action).is_ok();
        match self.actions_supplying(key) {
            Suppliers::Unknown => Supply::Unknown,
            Suppliers::All => Supply::Yes,
            Suppliers::AllBut(actions) if listed(actions) => Supply::No,
            Suppliers::AllBut(_) => Supply::Yes,
            Suppliers::Only(actions) if listed(actions) => Supply::Yes,
            Suppliers::Only(_) => Supply::No,
            Suppliers::AtLeast(actions) if listed(actions) => Supply::Yes,
            Suppliers::AtLeast(_) => Supply::Unknown,
        }
    }

    /// The actions whose requests can hold a key, by its name in a policy. Computed once for each key.
    pub fn actions_supplying(&self, key: &str) -> Suppliers<'_> {
        self.key_id(key).map_or(Suppliers::Unknown, |id| self.suppliers(id))
    }

    /// As [`Catalog::actions_supplying`], by id.
    pub fn suppliers(&self, key: KeyId) -> Suppliers<'_> {
        let Some(cell) = self.keys.suppliers.get(key.0 as usize) else { return Suppliers::Unknown };
        match cell.get_or_init(|| self.find_suppliers(key)) {
            OwnedSuppliers::All => Suppliers::All,
            OwnedSuppliers::AllBut(actions) => Suppliers::AllBut(actions),
            OwnedSuppliers::Only(actions) => Suppliers::Only(actions),
            OwnedSuppliers::AtLeast(actions) => Suppliers::AtLeast(actions),
        }
    }

    fn find_suppliers(&self, key: KeyId) -> OwnedSuppliers {
        if let Some(row) = GLOBAL_KEYS.get(key.0 as usize) {
            return self.reached(row.reach, key);
        }
        let Some(found) = self.key_at(key) else { return OwnedSuppliers::Only(Box::default()) };
        if found.scope == KeyScope::Session {
            return OwnedSuppliers::All;
        }
        let actions: Box<[ActionId]> = self.with_accompanying(self.listing(key)).into();
        // Whether claims other than those of S-KEY-30 stay with the session is not documented. Of a key that a page has, and
        // lists for nothing, nobody knows which requests hold it (S-TRI-11).
        if issuer_claim(found.name).is_some() || actions.is_empty() {
            OwnedSuppliers::AtLeast(actions)
        } else {
            OwnedSuppliers::Only(actions)
        }
    }

    /// The actions and, where calls that take a role are among them, the permissions that these need besides: they are decided
    /// with the call, and see what it passes (S-TRUST-10). The reference lists some of its keys for them only; leaving the others
    /// out would deny what trust policies ask for in one statement on both.
    fn with_accompanying(&self, mut actions: Vec<ActionId>) -> Vec<ActionId> {
        let has = |name: &&str| self.find_action(name).is_some_and(|id| actions.binary_search(&id).is_ok());
        if TAKING_ROLES.iter().any(has) {
            actions.extend(ACCOMPANYING.iter().filter_map(|name| self.find_action(name)));
            actions.sort_unstable();
            actions.dedup();
        }
        actions
    }

    fn reached(&self, reach: Reach, key: KeyId) -> OwnedSuppliers {
        match reach {
            Reach::All => OwnedSuppliers::All,
            Reach::AllButResourceless => {
                let mut actions: Vec<ActionId> = WITHOUT_RESOURCE_KEYS
                    .iter()
                    .flat_map(|pattern| self.matching(pattern).iter().collect::<Vec<_>>())
                    .collect();
                actions.sort_unstable();
                OwnedSuppliers::AllBut(actions.into())
            }
            Reach::RequestTags => {
                let mut listing: Vec<ActionId> = ["aws:RequestTag/*", "aws:TagKeys"]
                    .iter()
                    .filter_map(|name| self.key_id(name))
                    .flat_map(|id| self.listing(id))
                    .collect();
                listing.sort_unstable();
                let writes = WITHOUT_TAGS.iter().filter_map(|name| self.find_action(name));
                let mut actions = self.reads_without(&listing, |_| true).into_vec();
                actions.extend(writes.filter(|id| listing.binary_search(id).is_err()));
                actions.sort_unstable();
                OwnedSuppliers::AllBut(actions.into())
            }
            Reach::ResourceTags => {
                let listing = self.listing(key);
                OwnedSuppliers::AllBut(self.reads_without(&listing, |id| self.is_wildcard_only(id)))
            }
            Reach::Service(prefix) => OwnedSuppliers::Only(
                self.service(prefix).map(|s| s.action_ids().collect()).unwrap_or_default(),
            ),
        }
    }

    /// The read and list actions that are not in a sorted list and pass a test.
    fn reads_without(&self, listing: &[ActionId], test: impl Fn(ActionId) -> bool) -> Box<[ActionId]> {
        let is_read = |id: ActionId| {
            self.action(id)
                .is_some_and(|action| matches!(action.level, AccessLevel::Read | AccessLevel::List))
        };
        self.action_ids()
            .filter(|id| is_read(*id) && test(*id) && listing.binary_search(id).is_err())
            .collect()
    }

    /// The actions that list a key, themselves or through a resource type, sorted.
    fn listing(&self, key: KeyId) -> Vec<ActionId> {
        let services = self.keys.listed_by.iter().filter(|(listed, _)| *listed == key);
        let services = services.filter_map(|(_, service)| self.services.get(usize::from(service.0)));
        let lists = |id: &ActionId| {
            self.action_keys(*id).contains(&key)
                || self.resource_types_of(*id).iter().any(|line| {
                    self.type_use_keys(line).contains(&key) || self.type_keys(line.id).contains(&key)
                })
        };
        services.flat_map(|service| service.action_ids().filter(lists).collect::<Vec<_>>()).collect()
    }
}
