//! Principals whose policies say the same of one action.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::answers::engine::Engine;
use crate::estate::AccountId;
use crate::facts::{
    AskedAction, BoundPolicyId, Caller, EnvelopeId, PrincipalFact, PrincipalId, PrincipalKind,
};
use crate::region::action_set::ActionSetId;
use crate::region::arena::RegionId;
use crate::region::condition::ConditionId;
use crate::region::owner::OwnerId;
use crate::region::resource::ResourceSetId;
use crate::rules::side::Bound;

/// What the policies of all principals say, by the actions that they say it of.
pub(in crate::answers) struct Acting {
    of: FxHashMap<ActionSetId, Vec<(BoundPolicyId, RegionId, bool)>>,
    /// The groups of the actions that were asked about last: one action is asked about in many contexts.
    recent: Mutex<VecDeque<(Arc<str>, Arc<Groups>)>>,
}

/// How many actions are kept with their groups.
const RECENT: usize = 8;

/// What a policy says of the action: that some requests are allowed or denied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Says {
    pub denies: bool,
    pub resources: ResourceSetId,
    pub owner: OwnerId,
    pub condition: ConditionId,
}

/// What boundary and SCPs say of the action.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Limits {
    /// None: there is no boundary.
    boundary: Option<Box<[Says]>>,
    levels: Box<[Box<[Says]>]>,
}

impl Limits {
    /// All that they say.
    pub(super) fn says(&self) -> impl Iterator<Item = &Says> {
        self.boundary.iter().flatten().chain(self.levels.iter().flatten())
    }
}

/// Principals that are alike as far as the action goes.
pub(super) struct Group {
    /// The principals, ascending.
    pub members: Arc<[PrincipalId]>,
    /// The account of all of them.
    pub account: Option<AccountId>,
    /// Whether they are root users, which need no identity policies.
    pub root: bool,
    /// What their identity policies say, sorted.
    pub identity: Box<[Says]>,
    /// What limits them.
    pub limits: Arc<Limits>,
}

impl Group {
    /// One of the principals, which stands for all.
    pub(super) fn first(&self) -> PrincipalId {
        self.members.first().copied().unwrap_or(PrincipalId(0))
    }

    /// All that their policies say.
    pub(super) fn says(&self) -> impl Iterator<Item = &Says> {
        self.identity.iter().chain(self.limits.says())
    }

    /// What their identity policies allow.
    pub(super) fn allows(&self) -> impl Iterator<Item = &Says> {
        self.identity.iter().filter(|says| !says.denies)
    }

    /// Whether something of their own may let them do it.
    pub(super) fn may_act(&self) -> bool {
        self.root || self.allows().next().is_some()
    }
}

/// All principals that can act, in groups.
pub(super) struct Groups {
    /// The groups.
    pub all: Vec<Group>,
    /// The group of each principal; none: it can't act.
    of: Vec<Option<u32>>,
    /// The groups of each account.
    of_account: FxHashMap<AccountId, Vec<u32>>,
}

/// What of a principal counts besides its policies.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind<'a> {
    /// A user or role of the estate.
    Alike { caller: Caller, account: AccountId, bounded: bool, partition: &'a str },
    /// Any other is alike to nobody.
    Single(PrincipalId),
}

fn kind(id: PrincipalId, fact: &PrincipalFact, bounded: bool) -> Kind<'_> {
    let of_estate = matches!(fact.caller, Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession)
        && fact.identity().is_some()
        && fact.session.is_none()
        && fact.loaded
        && fact.inherited_tags.is_empty()
        && !fact.session_token
        && !fact.standing.scps_unknown;
    match fact.account {
        Some(account) if of_estate => {
            Kind::Alike { caller: fact.caller, account, bounded, partition: fact.partition() }
        }
        _ => Kind::Single(id),
    }
}

impl Acting {
    /// Reads the sides of all principals.
    pub(in crate::answers) fn new(engine: &Engine) -> Self {
        let (facts, sides) = (&engine.facts, &engine.sides);
        sides.make_all(facts);
        let mut of: FxHashMap<ActionSetId, Vec<(BoundPolicyId, RegionId, bool)>> = FxHashMap::default();
        for number in 0..sides.bound_policies() as u32 {
            let policy = BoundPolicyId(number);
            for region in sides.regions(policy) {
                let actions = facts.arena().get(region.region).actions;
                of.entry(actions).or_default().push((policy, region.region, region.denies));
            }
        }
        Self { of, recent: Mutex::default() }
    }

    /// All principals that can act, grouped by what their policies say of an action.
    pub(super) fn groups(&self, engine: &Engine, action: &AskedAction) -> Arc<Groups> {
        let known = |recent: &VecDeque<(Arc<str>, Arc<Groups>)>| {
            recent.iter().find(|(name, _)| *name == action.name).map(|(_, groups)| groups.clone())
        };
        if let Some(groups) = known(&self.recent.lock()) {
            return groups;
        }
        let groups = Arc::new(Groups::new(engine, &self.says(engine, action)));
        let mut recent = self.recent.lock();
        recent.push_back((action.name.clone(), groups.clone()));
        if recent.len() > RECENT {
            recent.pop_front();
        }
        groups
    }

    /// What each policy says of an action.
    fn says(&self, engine: &Engine, action: &AskedAction) -> FxHashMap<BoundPolicyId, Vec<Says>> {
        let arena = engine.facts.arena();
        let with = action.index.map(|index| arena.actions.sets_with(index));
        let acts = |set: ActionSetId| match &with {
            Some(with) => arena.actions.contains_by(set, with),
            None => arena.actions.contains_foreign(set, &action.name),
        };
        let mut said: FxHashMap<BoundPolicyId, Vec<Says>> = FxHashMap::default();
        for (_, regions) in self.of.iter().filter(|(set, _)| acts(**set)) {
            for &(policy, region, denies) in regions {
                let region = arena.get(region);
                let (resources, owner, condition) = (region.resources, region.owner, region.condition);
                said.entry(policy).or_default().push(Says { denies, resources, owner, condition });
            }
        }
        said
    }
}

impl Groups {
    fn new(engine: &Engine, said: &FxHashMap<BoundPolicyId, Vec<Says>>) -> Self {
        let (facts, sides) = (&engine.facts, &engine.sides);
        let says = |policies: &[Bound]| -> Box<[Says]> {
            let mut all: Vec<Says> =
                policies.iter().filter_map(|(_, bound)| said.get(bound)).flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            all.into()
        };
        let mut limits: FxHashMap<EnvelopeId, u32> = FxHashMap::default();
        let mut distinct: Numbered<Arc<Limits>> = Numbered::default();
        let mut keys: FxHashMap<(Kind<'_>, Box<[Says]>, u32), u32> = FxHashMap::default();
        let mut members: Vec<Vec<PrincipalId>> = Vec::new();
        let mut of = Vec::with_capacity(facts.principals.len());
        for id in (0..facts.principals.len() as u32).map(PrincipalId) {
            let fact = facts.principal(id);
            if !fact.may_act {
                of.push(None);
                continue;
            }
            let side = sides.of(facts, id);
            let limited = *limits.entry(side.envelope).or_insert_with(|| {
                let boundary = (!side.boundary.is_empty()).then(|| says(&side.boundary));
                let levels = side.scps.iter().map(|level| says(&level.policies)).collect();
                distinct.number(Arc::new(Limits { boundary, levels }))
            });
            let key = (kind(id, fact, !side.boundary.is_empty()), says(&side.identity), limited);
            let group = *keys.entry(key).or_insert_with(|| {
                members.push(Vec::new());
                members.len() as u32 - 1
            });
            if let Some(members) = members.get_mut(group as usize) {
                members.push(id);
            }
            of.push(Some(group));
        }
        let mut all: Vec<Option<Group>> = members.iter().map(|_| None).collect();
        for ((_, identity, limited), number) in keys {
            let Some(members) = members.get(number as usize) else { continue };
            let Some(&first) = members.first() else { continue };
            let (fact, limits) = (facts.principal(first), distinct.get(limited));
            if let Some(slot) = all.get_mut(number as usize) {
                let (account, root) = (fact.account, fact.kind == PrincipalKind::Root);
                *slot = Some(Group { members: members.as_slice().into(), account, root, identity, limits });
            }
        }
        let all: Vec<Group> = all.into_iter().flatten().collect();
        let mut of_account: FxHashMap<AccountId, Vec<u32>> = FxHashMap::default();
        for (number, group) in (0..).zip(&all) {
            if let Some(account) = group.account {
                of_account.entry(account).or_default().push(number);
            }
        }
        Self { all, of, of_account }
    }

    /// The groups of an account.
    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = &Group> {
        let numbers = self.of_account.get(&account).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|&number| self.all.get(number as usize))
    }

    /// The group of a principal.
    pub(super) fn of(&self, id: PrincipalId) -> Option<u32> {
        self.of.get(id.index()).copied().flatten()
    }
}

/// Distinct values by number.
#[derive(Default)]
struct Numbered<T> {
    numbers: FxHashMap<T, u32>,
    values: Vec<T>,
}

impl<T: Clone + Eq + Hash + Default> Numbered<T> {
    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            self.values.len() as u32 - 1
        })
    }

    fn get(&self, number: u32) -> T {
        self.values.get(number as usize).cloned().unwrap_or_default()
    }
}
