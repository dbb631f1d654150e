//! Requests on the resources that an estate names.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::alike::{Alike, Silence};
use super::estate_resources::Domain;
use super::groups::{Group, Groups};
use super::kept::{Noting, Settled, Silent, Told};
use super::splitting::{Block, split_by_key, split_by_members, within};
use super::wanted::Wanted;
use super::{Asked, Cell, OnKnown, Outcome, gathered, outcome};
use crate::answers::parts::Stands;
use crate::catalog::Catalog;
use crate::catalog::arn::{ArnParts, matches};
use crate::catalog::governing::{CrossAccount, OwnerRule, Row};
use crate::catalog::rcp::RcpReach;
use crate::estate::{AccountId, Tags};
use crate::facts::keys::{self, Origin};
use crate::facts::{Ownership, PrincipalId, Target};
use crate::region::condition::{ConditionId, KeyId};
use crate::region::resource::{ResourceSetId, ResourceSets};
use crate::rules::decision::Decision;
use crate::rules::notes::Notes;
use crate::rules::request::Prepared;

/// What of its resource a request depends on besides the sets that hold it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Shape {
    row: usize,
    /// Which gates of the row shut it.
    gates: u32,
}

/// What a row of the governing table says of the action.
#[derive(Clone, Copy)]
pub(super) struct RowSays {
    row: &'static Row,
    /// Whether more than identity policies and the policy of the resource may count.
    pub speaks: bool,
    /// Whether no policy of the resource counts, unless one is there that only denies, and its ARN says whose it is.
    pub settled: bool,
}

impl RowSays {
    pub(super) fn of(row: &'static Row, action: &str) -> Self {
        let others = !row.other_grants_for(action).is_empty() || !row.also_needed_for(action).is_empty();
        let across = row.cross_account_for(action);
        let apart = matches!(across, CrossAccount::Both | CrossAccount::Gate | CrossAccount::Unlisted);
        let settled = row.policies.is_empty() && row.owner == OwnerRule::Field;
        Self { row, speaks: others || !apart, settled }
    }
}

/// How a resource is gone about.
enum Place {
    /// Nothing on its own side speaks of the action, and it is this account's.
    Silent(AccountId, Shape),
    /// The same in every context.
    Settled(AccountId, Shape),
    /// Its policies count.
    Speaking,
}

impl Place {
    fn is_settled(&self) -> bool {
        matches!(self, Self::Settled(..))
    }
}

impl Asked<'_> {
    /// Who of the wanted groups may do it to which resources of the estate.
    pub(super) fn on_known_resources(&self, groups: &Groups, wanted: &Wanted) -> OnKnown {
        let engine = self.engine;
        let Some(domain) = engine.domain(self.action) else {
            let resources: Arc<[Arc<str>]> = [Arc::from("*")].into();
            let cells = self.cells_of_speaking(groups, &resources, &[0], &|_, _| true, wanted);
            return OnKnown { resources, cells };
        };
        let silent = self.silent(groups, &domain);
        let speaking = &silent.speaking;
        let settled = self.stated.map(|keys| groups.settled(keys, silent.clone()));
        let at_home =
            |group: &Group| group.account.is_some_and(|account| silent.of_account.contains_key(&account));
        let lets = self.letting(groups);
        let numbered = (0..).zip(&groups.all).filter(|(_, group)| at_home(group) && group.may_act(&lets));
        let at_home: Vec<(u32, &Group)> = numbered.filter(|(number, _)| wanted.has(*number)).collect();
        let of_silent = at_home.iter().flat_map(|(_, group)| group.says());
        let of_speaking = groups.all.iter().filter(|_| !speaking.is_empty()).flat_map(Group::allows);
        let sets = of_silent.chain(of_speaking).map(|says| says.resources);
        let sets: FxHashSet<ResourceSetId> = sets.filter(|set| !holds_all(*set)).collect();
        let members = domain.members(&engine.facts.arena().resources, sets);
        let alike = Alike::new(self);
        let on_silent = |asked: &Asked<'_>, group: &Group, alike: Option<&Alike<'_>>| {
            let of_account = group.account.and_then(|account| silent.of_account.get(&account));
            let blocks = asked.blocks(group, of_account.map_or(&[][..], Vec::as_slice), &members);
            asked.cells_of_silent(group, blocks, &domain, &silent.shapes, &groups.told, alike)
        };
        let own: Vec<Vec<Cell>> = at_home
            .par_iter()
            .map(|&(number, group)| match &settled {
                Some(Some(settled)) => self.settled(settled, number, |asked| on_silent(asked, group, None)),
                _ => on_silent(self, group, Some(&alike)),
            })
            .collect();
        let mut cells: Vec<Cell> = own.into_iter().flatten().collect();
        let reaches = |group: &Group, place: u32| {
            group.allows().any(|says| {
                let members = members.get(&says.resources);
                holds_all(says.resources)
                    || members.is_some_and(|members| members.binary_search(&place).is_ok())
            })
        };
        cells.extend(self.cells_of_speaking(groups, &domain.arns, speaking, &reaches, wanted));
        let mut known: FxHashSet<Arc<[u32]>> = FxHashSet::default();
        for cell in &mut cells {
            match known.get(&cell.resources) {
                Some(same) => cell.resources = same.clone(),
                None => drop(known.insert(cell.resources.clone())),
            }
        }
        OnKnown { resources: domain.arns.clone(), cells }
    }

    /// The cells of a group, from an answer with other values of the stated keys if they made no difference.
    fn settled(
        &self,
        settled: &Settled,
        group: u32,
        find: impl FnOnce(&Asked<'_>) -> Vec<Cell>,
    ) -> Vec<Cell> {
        if let Some(known) = settled.cells_of(group) {
            return known.to_vec();
        }
        let context = Noting::new(self.context, &self.engine.facts.arena().conditions);
        let cells = find(&Asked { context: &context, ..*self });
        if !context.made_a_difference() {
            settled.keep(group, &cells);
        }
        cells
    }

    /// The conditions of what identity policies allow that can hold in the context.
    pub(super) fn letting(&self, groups: &Groups) -> FxHashSet<ConditionId> {
        let conditions = &self.engine.facts.arena().conditions;
        let all = groups.all.iter().flat_map(Group::allows).map(|says| says.condition);
        let mut lets: FxHashSet<ConditionId> = all.collect();
        lets.retain(|&condition| !conditions.bind(condition, self.context).is_never());
        lets
    }

    /// Which resources are silent. If that is so in every context it is found once.
    fn silent(&self, groups: &Groups, domain: &Domain) -> Arc<Silent> {
        let through = self.comes_through_an_endpoint();
        if let Some(known) = groups.silent.get().filter(|_| !through) {
            return known.clone();
        }
        let mut silent = Silent::default();
        let places = if through { None } else { self.places(domain) };
        let always = places.as_ref().is_some_and(|places| places.iter().all(Place::is_settled));
        let places = places.unwrap_or_else(|| domain.arns.iter().map(|_| Place::Speaking).collect());
        for (place, kind) in (0..).zip(places) {
            match kind {
                Place::Silent(account, shape) | Place::Settled(account, shape) => {
                    silent.of_account.entry(account).or_default().push(place);
                    silent.shapes.push(Some(shape));
                }
                Place::Speaking => {
                    silent.speaking.push(place);
                    silent.shapes.push(None);
                }
            }
        }
        let silent = Arc::new(silent);
        match always {
            true => groups.silent.get_or_init(|| silent).clone(),
            false => silent,
        }
    }

    /// Whether policies of VPC endpoints may count.
    pub(super) fn comes_through_an_endpoint(&self) -> bool {
        let facts = &self.engine.facts;
        let stated = ["aws:SourceVpce", "aws:SourceVpc"]
            .iter()
            .any(|name| !self.context.lookup(facts.compiler.key(name)).is_unknown());
        let service = self.action.name.split(':').next().unwrap_or_default().to_ascii_lowercase();
        stated || facts.paths(&service).next().is_some()
    }

    /// How each resource is gone about; none: all speak, as RCPs may.
    fn places(&self, domain: &Domain) -> Option<Vec<Place>> {
        let action = &*self.action.name;
        if Catalog::embedded().rcp_governs_action(action) != RcpReach::No {
            return None;
        }
        // Few lists of rows are distinct, so that what they say of the action is read once for each.
        let mut said: FxHashMap<u32, RowSays> = FxHashMap::default();
        let rows: Vec<RowSays> = (0..)
            .zip(&domain.rows[..])
            .map(|(place, &list)| {
                *said.entry(list).or_insert_with(|| RowSays::of(domain.row(action, place), action))
            })
            .collect();
        let of = |(row, (arn, account)): (&RowSays, (&Arc<str>, &Option<AccountId>))| match (
            row.speaks,
            row.settled,
            account,
        ) {
            (true, ..) => Place::Speaking,
            (false, true, Some(account)) if self.engine.facts.policy_of(arn).is_none() => {
                Place::Settled(*account, shape(row.row, arn))
            }
            _ => match self.owner_if_silent(arn) {
                Some(account) => Place::Silent(account, shape(row.row, arn)),
                None => Place::Speaking,
            },
        };
        let places = rows
            .par_iter()
            .zip(domain.arns.par_iter().zip(&domain.accounts[..]))
            .with_min_len(64)
            .map(of)
            .collect();
        Some(places)
    }

    /// The account of a resource of which no policy on its side speaks of the action.
    fn owner_if_silent(&self, arn: &str) -> Option<AccountId> {
        let facts = &self.engine.facts;
        let target = facts.target(self.action.clone(), arn, None);
        let Ownership::Account(owner) = target.owner else { return None };
        let own = target.behind.is_none()
            && target.object_owner.is_none()
            && target.key_grants.is_none()
            && target.shared.is_empty()
            && !target.is_new
            && !target.open_without_policy;
        let prepared = Prepared::new(facts, &self.engine.sides, &target, self.context);
        (own && prepared.is_silent()).then_some(owner)
    }

    /// The silent resources of its account that a group may reach, by which sets hold them.
    fn blocks(
        &self,
        group: &Group,
        of_account: &[u32],
        members: &FxHashMap<ResourceSetId, Arc<[u32]>>,
    ) -> Vec<Block> {
        let of = |set: &ResourceSetId| members.get(set).map_or(&[][..], |members| members);
        let everything = group.root || group.allows().any(|says| holds_all(says.resources));
        let reached = match everything {
            true => of_account.to_vec(),
            false => {
                let allows: Vec<&[u32]> = group.allows().map(|says| of(&says.resources)).collect();
                within(of_account, &allows)
            }
        };
        let mut blocks = if reached.is_empty() { Vec::new() } else { vec![reached] };
        let mut sets: Vec<ResourceSetId> = group.says().map(|says| says.resources).collect();
        sets.sort_unstable();
        sets.dedup();
        sets.iter().filter(|set| !holds_all(**set)).for_each(|set| split_by_members(&mut blocks, of(set)));
        blocks
    }

    /// The answers of a group on silent resources.
    fn cells_of_silent(
        &self,
        group: &Group,
        mut blocks: Vec<Block>,
        domain: &Domain,
        shapes: &[Option<Shape>],
        told: &Told,
        alike: Option<&Alike<'_>>,
    ) -> Vec<Cell> {
        let facts = &self.engine.facts;
        split_by_key(&mut blocks, |place| shapes.get(place as usize).copied().flatten());
        let telling = self.telling_keys(group);
        let target = |place: u32| {
            let arn = domain.arns.get(place as usize).map_or("*", |arn| arn);
            facts.target(self.action.clone(), arn, None)
        };
        if !telling.is_empty() {
            let of_keys = told.of_keys(&telling, domain.arns.len());
            split_by_key(&mut blocks, |place| {
                told.number(&of_keys, place, || self.told(&target(place), &telling))
            });
        }
        let decided = blocks.into_iter().filter_map(|block| {
            let place = *block.first()?;
            let ask = || {
                let target = target(place);
                let prepared = Prepared::new(facts, &self.engine.sides, &target, self.context);
                outcome(&self.engine.decide_for(&prepared, group.first()))
            };
            let answer = match (alike, group.account, domain.arns.get(place as usize)) {
                (Some(alike), Some(account), Some(arn)) => {
                    alike.answer(group, account, arn, Silence::Known, ask)
                }
                _ => ask(),
            };
            Some((answer?, block))
        });
        let cells = gathered(decided).into_iter().map(|((decision, condition), blocks)| {
            let mut resources = blocks.concat();
            resources.sort_unstable();
            Cell { principals: group.members.clone(), resources: resources.into(), decision, condition }
        });
        cells.collect()
    }

    /// The open keys in what the policies of a group say that resources of one account can fix differently.
    fn telling_keys(&self, group: &Group) -> Vec<KeyId> {
        let conditions = &self.engine.facts.arena().conditions;
        let of_says = group.says().flat_map(|says| conditions.keys(says.condition).iter().copied());
        let mut telling: Vec<KeyId> = of_says
            .filter(|&key| {
                let name = &*conditions.key_of(key).name;
                keys::origin(name) == Origin::Resource && !keys::OF_OWNER.contains(&name)
            })
            .collect();
        telling.sort_unstable();
        telling.dedup();
        telling.retain(|&key| self.context.lookup(key).is_unknown());
        telling
    }

    /// What a resource fixes of some keys, whatever the context says of others.
    fn told(&self, target: &Target, keys: &[KeyId]) -> Vec<String> {
        let conditions = &self.engine.facts.arena().conditions;
        let resource = target.bindings(conditions, self.engine.estate());
        let ambiguous = resource.tags.is_some_and(|tags: &Tags| tags.ambiguous().next().is_some());
        let mut told: Vec<String> =
            keys.iter().map(|&key| format!("{:?}", resource.known(&conditions.key_of(key).name))).collect();
        if ambiguous || resource.tags_count.is_none() {
            told.push(target.resource.to_string());
        }
        told
    }

    /// The answers on resources whose own policies count.
    fn cells_of_speaking(
        &self,
        groups: &Groups,
        arns: &[Arc<str>],
        places: &[u32],
        reaches: &(dyn Fn(&Group, u32) -> bool + Sync),
        wanted: &Wanted,
    ) -> Vec<Cell> {
        let (engine, facts) = (self.engine, &self.engine.facts);
        let found: Vec<Vec<(PrincipalId, Outcome, u32)>> = places
            .par_iter()
            .with_max_len(16)
            .map(|&place| {
                let arn = arns.get(place as usize).map_or("*", |arn| arn);
                let target = facts.target(self.action.clone(), arn, None);
                let allowed = |accounts: Option<&BTreeSet<AccountId>>| match accounts {
                    Some(accounts) => {
                        let of_accounts = accounts.iter().flat_map(|account| groups.of_account(*account));
                        let of_wanted = of_accounts.filter(|(number, _)| wanted.has(*number));
                        let reaching = of_wanted.filter(|(_, group)| reaches(group, place));
                        reaching.flat_map(|(_, group)| group.members.iter().copied()).collect()
                    }
                    None => engine.index().allowed(facts, &target),
                };
                let answers = self.answers_on(groups, &target, allowed, wanted, Stands::ForItself);
                answers.into_iter().map(|(principal, outcome)| (principal, outcome, place)).collect()
            })
            .collect();
        let rows =
            found.into_iter().flatten().map(|(principal, outcome, place)| ((principal, outcome), place));
        cells_alike(rows)
    }

    /// The answers on one resource of everybody in the wanted groups. `allowed` gives whom identity policies may let do it,
    /// of some accounts or of all.
    pub(super) fn answers_on(
        &self,
        groups: &Groups,
        target: &Target,
        allowed: impl Fn(Option<&BTreeSet<AccountId>>) -> Vec<PrincipalId>,
        wanted: &Wanted,
        stands: Stands,
    ) -> Vec<(PrincipalId, Outcome)> {
        let (engine, facts) = (self.engine, &self.engine.facts);
        let prepared = || stands.read(facts, &engine.sides, target, self.context);
        let loaded = prepared().only_loaded();
        let all = (!loaded.is_loaded()).then(prepared);
        let candidates = || {
            let named = engine.named(&loaded);
            let allowed = match (&target.owner, target.cross_account) {
                (
                    Ownership::Account(owner),
                    CrossAccount::Both | CrossAccount::Gate | CrossAccount::Share(_) | CrossAccount::Unlisted,
                ) if !named.everybody => {
                    let mut accounts = named.accounts;
                    accounts.insert(*owner);
                    accounts.extend(target.object_owner);
                    allowed(Some(&accounts))
                }
                _ => allowed(None),
            };
            engine.candidates(target, &loaded, &allowed)
        };
        let candidates = wanted.few().map_or_else(candidates, <[PrincipalId]>::to_vec);
        let (mut notes, mut notes_of_all) = (Notes::default(), Notes::default());
        let mut of_groups: FxHashMap<u32, Option<Outcome>> = FxHashMap::default();
        let mut found = Vec::new();
        for principal in candidates {
            if self.sure.is_some_and(|sure| sure.has(principal)) {
                continue;
            }
            let Some(group) = groups.of(principal).filter(|group| wanted.has(*group)) else { continue };
            let caller = engine.calling(principal);
            let single = loaded.singles_out(&caller);
            let answer = match of_groups.get(&group) {
                Some(&known) if !single => known,
                _ => {
                    // Who may do it by what was loaded, and what the answer is then.
                    let by_loaded = outcome(&loaded.decide(&engine.routes, &caller, Some(&mut notes)).0);
                    by_loaded.and_then(|answer| match &all {
                        Some(all) => outcome(&all.decide(&engine.routes, &caller, Some(&mut notes_of_all)).0),
                        None => Some(answer),
                    })
                }
            };
            if !single {
                of_groups.entry(group).or_insert(answer);
            }
            if let (Some(sure), Some((Decision::Allowed, _))) = (self.sure, answer) {
                sure.add(principal);
            }
            found.extend(answer.map(|answer| (principal, answer)));
        }
        found
    }
}

/// Cells of principals, answers and places of resources.
pub(super) fn cells_alike(rows: impl IntoIterator<Item = ((PrincipalId, Outcome), u32)>) -> Vec<Cell> {
    let mut alike: FxHashMap<(Outcome, Vec<u32>), Vec<PrincipalId>> = FxHashMap::default();
    for ((principal, outcome), mut places) in gathered(rows) {
        places.sort_unstable();
        alike.entry((outcome, places)).or_default().push(principal);
    }
    let mut cells: Vec<Cell> = alike
        .into_iter()
        .map(|(((decision, condition), places), mut principals)| {
            principals.sort_unstable();
            Cell { principals: principals.into(), resources: places.into(), decision, condition }
        })
        .collect();
    cells.sort_by(|a, b| (&a.principals, &a.resources).cmp(&(&b.principals, &b.resources)));
    cells
}

/// Whether a set holds every ARN.
pub(super) fn holds_all(set: ResourceSetId) -> bool {
    set == ResourceSets::ALL || set == ResourceSets::ARNS
}

/// What a row says of a resource in particular.
fn shape(row: &'static Row, arn: &str) -> Shape {
    let part = ArnParts::split(arn).map_or("*", |parts| parts.resource);
    let shut = |(bit, gate): (u32, &crate::catalog::governing::GateRow)| {
        gate.resources.iter().any(|glob| matches(glob, part)).then_some(1 << bit)
    };
    let gates = (0..u32::BITS).zip(row.gates).filter_map(shut).fold(0, |all: u32, bit: u32| all | bit);
    Shape { row: std::ptr::from_ref(row).addr(), gates }
}
