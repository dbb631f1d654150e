//! Which requests the policy of each resource takes part in.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::sync::Arc;

use super::engine::Engine;
use crate::catalog::governing::{self, CrossAccount, Grant, PolicyAt, Resources, Row};
use crate::catalog::{ActionId, Catalog, ResourceType, TypeId, arn::ArnParts};
use crate::estate::{AccountId, Arn, Collected, Resource};
use crate::facts::{Held, Ownership, PolicyId, Regime};
use crate::region::action_set::{ActionPattern, ActionSetId};
use crate::region::arena::Region;
use crate::region::condition::ConditionId;
use crate::region::owner::OwnerId;
use crate::region::resource::{Padding, Piece, ResourceSetId, ResourceSets};
use crate::rules::request::WAYS_OUT;

/// A resource that is known by itself: it was collected, or it is a role.
#[derive(Clone, Debug)]
pub struct KnownResource {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its owner, if known.
    pub account: Option<AccountId>,
    /// Its policy: [`Collected::NotCollected`] if it may have one.
    pub policy: Collected<PolicyId>,
    /// What shares give callers of other accounts on it.
    pub shared: Vec<Held>,
    /// Of a vault: its lock policy, which counts beside its own.
    pub lock: Option<Held>,
    /// Of a key: what its grants give, if they were collected.
    pub key_grants: Option<PolicyId>,
    /// Of a bucket or an object: what its ACL gives to accounts and to everybody, if it was collected.
    pub acl: Option<[PolicyId; 2]>,
    /// What its policy takes part in, disjoint. Empty: it has none, and what is done to it needs none.
    pub governed: Vec<Governed>,
    /// What the estate says of it; none for a role.
    pub record: Option<Arc<Resource>>,
    /// The rows that speak of the resource itself, with the actions that each answers for.
    pub rows: Arc<Rows>,
}

/// Requests that a policy takes part in.
#[derive(Clone, Copy, Debug)]
pub struct Governed {
    /// The actions.
    pub actions: ActionSetId,
    /// The resources: that which holds the policy, and what is inside.
    pub resources: ResourceSetId,
    /// The row of the governing table.
    pub row: &'static Row,
}

impl KnownResource {
    /// How the policy combines with identity policies of its account; none if no policy takes part.
    pub fn regime(&self) -> Option<Regime> {
        self.governed.first().map(|governed| Regime::of(governed.row.regime))
    }
}

/// The rows that speak of an ARN, with the actions on it that each answers for.
type Rows = [(&'static Row, ActionSetId)];

/// Reads the governing table as sets of requests.
pub(super) struct Governing<'a> {
    engine: &'a Engine,
    actions: FxHashMap<(usize, usize), ActionSetId>,
    /// The actions of each resource type.
    takers: FxHashMap<TypeId, ActionSetId>,
    /// Actions that no reference lists; they may act on anything.
    unlisted: ActionSetId,
}

impl Engine {
    /// Every resource that was collected, and every role, by ARN.
    pub fn known_resources(&self) -> Vec<KnownResource> {
        self.resources_by(&Governing::new(self))
    }

    pub(super) fn resources_by(&self, governing: &Governing) -> Vec<KnownResource> {
        let estate = &self.facts.estate;
        let mut behind: FxHashMap<String, Vec<&Arc<Resource>>> = FxHashMap::default();
        for resource in estate.resources.values() {
            if let Some(bucket) = &resource.settings.bucket {
                let partition = ArnParts::split(&resource.arn).map_or("aws", |parts| parts.partition);
                let arn = match bucket.starts_with("arn:") {
                    true => bucket.to_string(),
                    false => format!("arn:{partition}:s3:::{bucket}"),
                };
                behind.entry(arn).or_default().push(resource);
            }
        }
        let resources: Vec<&Arc<Resource>> = estate.resources.values().collect();
        let mut known: Vec<KnownResource> = resources
            .into_par_iter()
            .map(|resource| {
                let points = behind.get(&*resource.arn).map(Vec::as_slice).unwrap_or_default();
                governing.of_resource(resource, points)
            })
            .collect();
        let roles: Vec<_> = estate.accounts.values().flat_map(|account| account.roles.values()).collect();
        // The table has the same rows for every role of a partition.
        let mut of_partition: FxHashMap<&str, Arc<Rows>> = FxHashMap::default();
        for role in &roles {
            let partition = ArnParts::split(&role.identity.arn).map_or("aws", |parts| parts.partition);
            of_partition.entry(partition).or_insert_with(|| governing.rows(&role.identity.arn));
        }
        known.par_extend(roles.par_iter().filter_map(|role| {
            let arn = &role.identity.arn;
            let trust = self.facts.trust_of(arn)?;
            let partition = ArnParts::split(arn).map_or("aws", |parts| parts.partition);
            let rows = of_partition.get(partition)?.clone();
            let resources = self.facts.arena().resources.arn(arn);
            let governed = rows
                .iter()
                .filter(|(row, _)| row.policies.contains(&PolicyAt::Of(governing::At::Itself)))
                .map(|&(row, actions)| Governed { actions, resources, row })
                .collect();
            let policy = match self.facts.policy(trust).document {
                Some(_) => Collected::Some(trust),
                None => Collected::NotCollected,
            };
            let (arn, account) = (arn.clone(), Some(role.identity.account));
            Some(KnownResource {
                arn,
                account,
                policy,
                shared: Vec::new(),
                lock: None,
                key_grants: None,
                acl: None,
                governed,
                record: None,
                rows,
            })
        }));
        let shared = self.facts.shared_resources().filter(|arn| estate.resource(arn).is_none());
        known.extend(shared.filter_map(|arn| governing.of_shared(arn)));
        known.par_sort_unstable_by(|a, b| a.arn.cmp(&b.arn));
        known.dedup_by(|next, kept| next.arn == kept.arn);
        known
    }
}

impl<'a> Governing<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let sets = &engine.facts.arena().actions;
        let catalog = Catalog::embedded();
        let mut users: FxHashMap<TypeId, Vec<usize>> = FxHashMap::default();
        for action in 0..catalog.actions().len() {
            for line in catalog.resource_types_of(ActionId(action as u32)) {
                users.entry(line.id).or_default().push(action);
            }
        }
        let takers = users.into_iter().map(|(kind, actions)| (kind, sets.of_members(actions))).collect();
        let unlisted = sets.complement(sets.of_members(0..catalog.actions().len()));
        let mut this = Self { engine, actions: FxHashMap::default(), takers, unlisted };
        let ways_out = this.read(WAYS_OUT);
        this.actions.insert(place_of(WAYS_OUT), ways_out);
        for row in governing::rows() {
            let lists = row.cross_account_of.iter().map(|(list, _)| *list);
            let lists = lists.chain(row.other_grants.iter().map(|(list, _)| *list)).chain([row.actions]);
            for list in lists {
                let set = this.read(list);
                this.actions.insert(place_of(list), set);
            }
        }
        this
    }

    /// The actions of a list of patterns of the table.
    pub(super) fn actions(&self, patterns: &'static [&'static str]) -> ActionSetId {
        self.actions.get(&place_of(patterns)).copied().unwrap_or_else(|| self.read(patterns))
    }

    pub(super) fn read(&self, patterns: &[&'static str]) -> ActionSetId {
        let facts = &self.engine.facts;
        let members: Vec<(Vec<usize>, &str)> =
            patterns.iter().map(|text| (facts.compiler.universe.matching(text), *text)).collect();
        let (wild, names): (Vec<_>, Vec<_>) =
            members.iter().partition(|(members, text)| members.is_empty() || text.contains(['*', '?']));
        let wild = wild.into_iter().map(|(members, text)| ActionPattern::Wildcard(members, text));
        let names = names.into_iter().flat_map(|(members, _)| members).copied().map(ActionPattern::Exact);
        facts.arena().actions.of(wild.chain(names))
    }

    /// The actions that can act on an ARN (S-RES-12).
    fn taking(&self, arn: &str) -> ActionSetId {
        let actions = &self.engine.facts.arena().actions;
        let service = ArnParts::split(arn).map_or("", |parts| parts.service);
        let types =
            Catalog::embedded().resource_types_in_service(service).filter(|(_, kind)| kind.is_of(arn));
        types
            .filter_map(|(id, _)| self.takers.get(&id))
            .fold(self.unlisted, |all, &takers| actions.union(all, takers))
    }

    /// The rows that speak of an ARN, with the actions on it that each answers for.
    pub(super) fn rows(&self, arn: &str) -> Arc<Rows> {
        let actions = &self.engine.facts.arena().actions;
        let mut left = self.taking(arn);
        let mut rows = Vec::new();
        for row in governing::rows_on(arn) {
            let here = actions.meet(left, self.actions(row.actions));
            if here != ActionSetId::EMPTY {
                left = actions.difference(left, here);
                rows.push((row, here));
            }
            if left == ActionSetId::EMPTY {
                break;
            }
        }
        rows.into()
    }

    fn of_resource(&self, resource: &Arc<Resource>, access_points: &[&Arc<Resource>]) -> KnownResource {
        let facts = &self.engine.facts;
        let policy = match resource.policy {
            Collected::Some(_) => facts.policy_of(&resource.arn).map_or(Collected::None, Collected::Some),
            Collected::None => Collected::None,
            Collected::NotCollected => Collected::NotCollected,
        };
        let rows = self.rows(&resource.arn);
        let mut governed = self.leading_to(&resource.arn, &rows, |_| false);
        // Of a type without policies: Denies count of one that is there.
        if matches!(policy, Collected::Some(_)) && governing::takes_no_policy(&resource.arn) {
            let resources = facts.arena().resources.arn(&resource.arn);
            governed = rows.iter().map(|&(row, actions)| Governed { actions, resources, row }).collect();
        }
        for point in access_points {
            let of_point = self.rows(&point.arn);
            let through = self.leading_to(&point.arn, &of_point, |at| matches!(at, PolicyAt::BucketOf(_)));
            governed.extend(through);
        }
        KnownResource {
            arn: resource.arn.clone(),
            account: resource.account,
            policy,
            shared: self.shared(&resource.arn, resource.account, &rows),
            lock: rows
                .iter()
                .any(|(row, _)| row.name == "glacier-vault")
                .then(|| facts.lock_of(&resource.arn, &resource.arn))
                .flatten(),
            key_grants: facts.grants_of(&resource.arn),
            acl: facts.acl_held_by(&resource.arn),
            governed,
            record: Some(resource.clone()),
            rows,
        }
    }

    /// A resource that nothing but a share names; none if RAM does not share its type.
    fn of_shared(&self, arn: &Arc<str>) -> Option<KnownResource> {
        let rows = self.rows(arn);
        let account = Arn::parse(arn).and_then(|arn| arn.account_id());
        let shared = self.shared(arn, account, &rows);
        let governed = self.leading_to(arn, &rows, |_| false);
        let policy = match governed.is_empty() {
            true => Collected::None,
            false => Collected::NotCollected,
        };
        let (arn, record) = (arn.clone(), None);
        let known = KnownResource {
            arn,
            account,
            policy,
            shared,
            lock: None,
            key_grants: None,
            acl: None,
            governed,
            record,
            rows,
        };
        (!known.shared.is_empty()).then_some(known)
    }

    /// What shares of RAM, or a list of accounts, give on a resource.
    fn shared(&self, arn: &str, owner: Option<AccountId>, rows: &Rows) -> Vec<Held> {
        let by_ram = |row: &Row| row.other_grants.iter().any(|(_, grants)| grants.contains(&Grant::RamShare));
        // By a list, for some of the actions.
        let by_list = |row: &Row| {
            let all = row.cross_account_of.iter().map(|(_, cross)| *cross).chain([row.cross_account]);
            all.into_iter().find(|cross| matches!(cross, CrossAccount::Share(_)))
        };
        let owner = owner.map_or_else(|| Ownership::Unknown("owner".into()), Ownership::Account);
        let row = rows.iter().map(|(row, _)| row).find(|row| by_ram(row) || by_list(row).is_some());
        row.map_or_else(Vec::new, |row| {
            let cross = by_list(row).unwrap_or(row.cross_account);
            self.engine.facts.shares_of(arn, arn, &owner, cross, row.other_grants_for("*"))
        })
    }

    /// The requests whose policies include that of `holder`, about which `rows` speak; or, if `other` says so, that of what
    /// stands behind it.
    fn leading_to(&self, holder: &str, rows: &Rows, other: impl Fn(&PolicyAt) -> bool) -> Vec<Governed> {
        let mut found: Vec<Governed> = Vec::new();
        for row in governing::rows() {
            for place in row.policies {
                let at = match place {
                    PolicyAt::Of(at) if !other(&PolicyAt::BucketOf(*at)) => *at,
                    PolicyAt::BucketOf(at) if other(place) => *at,
                    PolicyAt::Registry if holder.ends_with(":registry") && !other(place) => {
                        governing::At::Replaced("registry")
                    }
                    _ => continue,
                };
                let service = match row.resources {
                    Resources::Arns(service, ..) => service,
                    _ => "",
                };
                // Every place keeps to the service of the holder, except for calls of an API.
                let own = ArnParts::split(holder).map_or("", |parts| parts.service);
                if !service.is_empty() && service != own && at != governing::At::RestApiOfInvocation {
                    continue;
                }
                let (within, without) = at.leading_to(holder);
                for pattern in &within {
                    match pattern.contains('*') {
                        true => self.governed_by(row, pattern, &without, &mut found),
                        false if pattern == holder => self.governed_alone(row, holder, rows, &mut found),
                        false => self.governed_alone(row, pattern, &self.rows(pattern), &mut found),
                    }
                }
            }
        }
        found
    }

    /// The requests for an ARN, about which `rows` speak, that are the row's.
    fn governed_alone(&self, row: &'static Row, arn: &str, rows: &Rows, found: &mut Vec<Governed>) {
        let resources = self.engine.facts.arena().resources.arn(arn);
        let of_row = rows.iter().filter(|(other, _)| other.name == row.name);
        found.extend(of_row.map(|&(row, actions)| Governed { actions, resources, row }));
    }

    /// The requests for ARNs of a pattern, all of one head, that are the row's.
    fn governed_by(&self, row: &'static Row, pattern: &str, without: &[String], found: &mut Vec<Governed>) {
        let arena = self.engine.facts.arena();
        let set = |text: &str| {
            arena.resources.pattern(&[Piece::Text(text)], Padding::Never).unwrap_or(ResourceSets::EMPTY)
        };
        let head = ArnParts::split(pattern)
            .map_or("", |parts| pattern.get(..pattern.len() - parts.resource.len()).unwrap_or_default());
        let of_row = |row: &Row| match row.resources {
            Resources::Arns(_, _, globs) => {
                let sets: Vec<ResourceSetId> = globs
                    .iter()
                    .map(|glob| if *glob == "*" { set(pattern) } else { set(&format!("{head}{glob}")) })
                    .collect();
                arena.resources.union_all(&sets)
            }
            _ => set(pattern),
        };
        let region = |row: &'static Row, resources| Region {
            actions: self.actions(row.actions),
            resources,
            owner: OwnerId::ANY,
            condition: ConditionId::ALWAYS,
        };
        let excluded: Vec<ResourceSetId> = without.iter().map(|text| set(text)).collect();
        let wanted = arena.resources.difference(set(pattern), arena.resources.union_all(&excluded));
        let wanted = arena.resources.meet(wanted, of_row(row));
        if wanted == ResourceSets::EMPTY {
            return;
        }
        let sample = pattern.replace('*', "x");
        let parts = ArnParts::split(&sample);
        let earlier: Vec<Region> = governing::rows()
            .take_while(|other| other.name != row.name)
            .filter(|other| match (other.resources, &parts) {
                (Resources::Anything, _) => true,
                (Resources::Nothing, _) | (_, None) => false,
                (Resources::Arns(service, account, _), Some(parts)) => {
                    service == parts.service && account.fits(parts.account)
                }
                (Resources::Account(account), Some(parts)) => account.fits(parts.account),
            })
            .map(|other| region(other, of_row(other)))
            .collect();
        let left = arena.difference_all([region(row, wanted)], &earlier);
        found.extend(
            left.into_iter()
                .filter(|region| region.resources != ResourceSets::EMPTY)
                .map(|Region { actions, resources, .. }| Governed { actions, resources, row }),
        );
    }
}

/// Where a list of the table stands in memory, which is quicker to compare than its texts.
fn place_of(list: &'static [&'static str]) -> (usize, usize) {
    (list.as_ptr().addr(), list.len())
}

/// The resource type of the catalog that an ARN has, if there is one.
pub fn resource_type(arn: &str) -> Option<String> {
    let catalog = Catalog::embedded();
    let service = ArnParts::split(arn)?.service;
    let prefix = |kind: &ResourceType| Some(catalog.services().get(usize::from(kind.service.0))?.prefix);
    let kinds = catalog.resource_types_in_service(service).map(|(_, kind)| kind);
    let mut kinds = kinds.filter(|kind| kind.is_of(arn));
    // Other services list types of this one that their calls act on.
    let first = kinds.next()?;
    let kind = match prefix(first) == Some(service) {
        true => first,
        false => kinds.find(|kind| prefix(kind) == Some(service)).unwrap_or(first),
    };
    Some(format!("{}:{}", prefix(kind)?, kind.name))
}
