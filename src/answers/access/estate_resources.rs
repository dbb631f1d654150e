//! The resources that an estate names: what can be acted on, by type, and which sets hold it.

use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answers::parts::Part;
use crate::catalog::governing::{self, Row};
use crate::catalog::{ActionId, Catalog, TypeId, arn::ArnParts};
use crate::estate::{AccountId, Estate};
use crate::facts::AskedAction;
use crate::region::resource::{ResourceIndex, ResourceSetId, ResourceSets};

/// The ARNs of an estate that a request can name, those of one account beside each other.
pub(in crate::answers) struct EstateResources {
    all: Vec<Known>,
    /// The places of those with each service field.
    by_service: FxHashMap<Box<str>, Vec<u32>>,
    /// Those that were collected, by service, in the order of their ARNs.
    collected: FxHashMap<Box<str>, Vec<Arc<str>>>,
    /// What these hold, by the types of which it is.
    contents: Mutex<Contents>,
    of_type: Mutex<FxHashMap<TypeId, Arc<[u32]>>>,
    domains: Mutex<FxHashMap<Box<[TypeId]>, Arc<Domain>>>,
    of_service: Mutex<FxHashMap<Box<str>, Arc<Domain>>>,
}

/// What resources hold, by the types of which it is.
type Contents = FxHashMap<Box<[TypeId]>, Arc<[Part]>>;

/// A resource.
struct Known {
    arn: Arc<str>,
    /// The account field of its ARN.
    account: Option<AccountId>,
    /// The rows of the governing table that speak of it, by their number among the distinct lists.
    rows: u32,
}

/// The resources that an action can act on.
pub(super) struct Domain {
    /// Their ARNs, those of one account beside each other.
    pub arns: Arc<[Arc<str>]>,
    /// The account field of each.
    pub accounts: Box<[Option<AccountId>]>,
    /// The list of rows that speak of each, by a number.
    pub rows: Box<[u32]>,
    /// Which of them are in a set.
    members: Mutex<FxHashMap<ResourceSetId, Arc<[u32]>>>,
}

impl EstateResources {
    /// The users, groups, roles, customer-managed policies, instance profiles, identity providers and root users of all accounts,
    /// and all resources that were collected.
    pub(in crate::answers) fn new(estate: &Estate) -> Self {
        let mut arns: Vec<Arc<str>> = Vec::new();
        for account in estate.accounts.values() {
            arns.extend(account.users.values().map(|user| user.identity.arn.clone()));
            arns.extend(account.groups.values().map(|group| group.arn.clone()));
            arns.extend(account.roles.values().map(|role| role.identity.arn.clone()));
            arns.extend(account.managed_policies.keys().cloned());
            arns.extend(account.instance_profiles.iter().map(|profile| profile.arn.clone()));
            let providers = account.identity_providers.iter().flat_map(|providers| providers.iter());
            arns.extend(providers.map(|provider| provider.arn.clone()));
            arns.push(format!("arn:{}:iam::{}:root", account.partition, account.id).into());
        }
        arns.extend(estate.resources.keys().cloned());
        let mut all: Vec<(Known, Vec<usize>)> = arns
            .into_par_iter()
            .map(|arn| {
                let account = ArnParts::split(&arn).and_then(|parts| parts.account_id()?.parse().ok());
                let rows = governing::rows_on(&arn).map(|row| std::ptr::from_ref(row).addr()).collect();
                (Known { arn, account, rows: 0 }, rows)
            })
            .collect();
        all.par_sort_unstable_by(|(a, _), (b, _)| (a.account, &a.arn).cmp(&(b.account, &b.arn)));
        all.dedup_by(|(a, _), (b, _)| a.arn == b.arn);
        let mut lists: FxHashMap<Vec<usize>, u32> = FxHashMap::default();
        let numbered = all.into_iter().map(|(known, rows)| {
            let next = lists.len() as u32;
            Known { rows: *lists.entry(rows).or_insert(next), ..known }
        });
        let all: Vec<Known> = numbered.collect();
        let by_service = by_service((0..).zip(&all).map(|(place, known)| (&*known.arn, place)));
        let collected = self::by_service(estate.resources.keys().map(|arn| (&**arn, arn.clone())));
        let (contents, of_type, domains, of_service) = Default::default();
        Self { all, by_service, collected, contents, of_type, domains, of_service }
    }

    /// The resources of some services that were collected.
    pub(super) fn collected_of(&self, services: &FxHashSet<&str>) -> Vec<&Arc<str>> {
        services.iter().filter_map(|&service| self.collected.get(service)).flatten().collect()
    }

    /// What collected resources hold of some types, found once.
    pub(super) fn contents(
        &self,
        types: Box<[TypeId]>,
        find: impl FnOnce(&[TypeId]) -> Arc<[Part]>,
    ) -> Arc<[Part]> {
        if let Some(known) = self.contents.lock().get(&types) {
            return known.clone();
        }
        let found = find(&types);
        self.contents.lock().entry(types).or_insert(found).clone()
    }

    /// The resources that an action can act on (S-RES-12); of an action that no reference lists those of its service.
    pub(super) fn domain(&self, action: &AskedAction) -> Arc<Domain> {
        match action.catalog {
            Some(id) => self.of_types(id),
            None => {
                let service = action.name.split(':').next().unwrap_or_default();
                if let Some(known) = self.of_service.lock().get(service) {
                    return known.clone();
                }
                let of_service = |known: &Known| {
                    ArnParts::split(&known.arn)
                        .is_some_and(|parts| parts.service.eq_ignore_ascii_case(service))
                };
                let found = Arc::new(Domain::new(self.all.iter().filter(|known| of_service(known))));
                self.of_service.lock().entry(service.into()).or_insert(found).clone()
            }
        }
    }

    fn of_types(&self, action: ActionId) -> Arc<Domain> {
        let uses = Catalog::embedded().resource_types_of(action);
        let mut types: Vec<TypeId> = uses.iter().map(|of| of.id).collect();
        types.sort_unstable();
        types.dedup();
        if let Some(known) = self.domains.lock().get(types.as_slice()) {
            return known.clone();
        }
        let mut places: Vec<u32> = types.iter().flat_map(|&kind| self.of_type(kind).to_vec()).collect();
        places.sort_unstable();
        places.dedup();
        let known = places.iter().filter_map(|&place| self.all.get(place as usize));
        let found = Arc::new(Domain::new(known));
        self.domains.lock().entry(types.into()).or_insert(found).clone()
    }

    fn of_type(&self, kind: TypeId) -> Arc<[u32]> {
        if let Some(known) = self.of_type.lock().get(&kind) {
            return known.clone();
        }
        let found: Arc<[u32]> = match Catalog::embedded().resource_type(kind) {
            Some(of) => {
                // Types are told apart part by part, so that those of other services need no look.
                let services = self.by_service.iter().filter(|(service, _)| of.is_in_service(service));
                let mut places: Vec<u32> = services.flat_map(|(_, places)| places).copied().collect();
                places.sort_unstable();
                let is_of = |&place: &u32| {
                    self.all.get(place as usize).is_some_and(|known: &Known| of.is_of(&known.arn))
                };
                places.into_par_iter().with_min_len(1024).filter(is_of).collect::<Vec<u32>>().into()
            }
            None => Arc::default(),
        };
        self.of_type.lock().entry(kind).or_insert(found).clone()
    }
}

/// Values by the service field of the ARNs that they go with.
fn by_service<'a, T>(of: impl Iterator<Item = (&'a str, T)>) -> FxHashMap<Box<str>, Vec<T>> {
    let mut by_service: FxHashMap<Box<str>, Vec<T>> = FxHashMap::default();
    for (arn, value) in of {
        let service = arn.split(':').nth(2).unwrap_or_default();
        match by_service.get_mut(service) {
            Some(values) => values.push(value),
            None => drop(by_service.insert(service.into(), vec![value])),
        }
    }
    by_service
}

impl Domain {
    fn new<'a>(known: impl Iterator<Item = &'a Known>) -> Self {
        let known: Vec<&Known> = known.collect();
        Self {
            arns: known.iter().map(|known| known.arn.clone()).collect(),
            accounts: known.iter().map(|known| known.account).collect(),
            rows: known.iter().map(|known| known.rows).collect(),
            members: Mutex::default(),
        }
    }

    /// Of each of some sets the resources that it holds, ascending.
    pub(super) fn members(
        &self,
        sets: &ResourceSets,
        wanted: FxHashSet<ResourceSetId>,
    ) -> FxHashMap<ResourceSetId, Arc<[u32]>> {
        let mut found: FxHashMap<ResourceSetId, Arc<[u32]>> = FxHashMap::default();
        let mut unknown: Vec<ResourceSetId> = Vec::new();
        {
            let known = self.members.lock();
            for set in wanted {
                match known.get(&set) {
                    Some(members) => drop(found.insert(set, members.clone())),
                    None => unknown.push(set),
                }
            }
        }
        if unknown.is_empty() {
            return found;
        }
        let index = ResourceIndex::new(sets, &unknown);
        let holders: Vec<Vec<ResourceSetId>> =
            self.arns.par_iter().with_min_len(256).map(|arn| index.containing(sets, arn)).collect();
        let mut members: FxHashMap<ResourceSetId, Vec<u32>> = FxHashMap::default();
        for (place, holders) in (0..).zip(holders) {
            for set in holders {
                members.entry(set).or_default().push(place);
            }
        }
        let mut known = self.members.lock();
        for set in unknown {
            let members: Arc<[u32]> = members.remove(&set).unwrap_or_default().into();
            known.insert(set, members.clone());
            found.insert(set, members);
        }
        found
    }

    /// The row of an action on a resource.
    pub(super) fn row(&self, action: &str, place: u32) -> &'static Row {
        governing::row(action, self.arns.get(place as usize).map_or("*", |arn| arn))
    }
}
