//! Principals whose policies say the same of one action.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::kept::{Settled, Silent, Told};
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
use crate::rules::further;
use crate::rules::side::Bound;

/// What the policies of all principals say, by the actions that they say it of.
pub(in crate::answers) struct Acting {
    of: FxHashMap<ActionSetId, Vec<(BoundPolicyId, RegionId, bool)>>,
    /// How many policies there are.
    policies: usize,
    /// Principals that no action tells apart, in the order of their first ones.
    classes: Vec<Class>,
    /// The class of each principal; none: it can't act.
    class_of: Vec<Option<u32>>,
    envelopes: Vec<Envelope>,
    /// The groups of the actions that were asked about last: one action is asked about in many contexts.
    recent: Mutex<VecDeque<(Arc<str>, Arc<Groups>)>>,
}

/// Principals of one kind with the same policies.
#[derive(PartialEq, Eq, Hash)]
struct Class {
    /// What counts besides policies, by its number.
    kind: u32,
    /// The account of all of them.
    account: Option<AccountId>,
    /// The same without the account; none: it says more.
    alike: Option<u32>,
    root: bool,
    /// The identity policies.
    identity: Box<[BoundPolicyId]>,
    /// Boundary and SCPs, by their place among the envelopes.
    envelope: u32,
}

/// The policies that limit principals.
struct Envelope {
    /// None: there is no boundary.
    boundary: Option<Box<[BoundPolicyId]>>,
    levels: Box<[Box<[BoundPolicyId]>]>,
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
#[derive(Default)]
pub(super) struct Limits {
    /// None: there is no boundary.
    boundary: Option<Arc<[Says]>>,
    levels: Box<[Arc<[Says]>]>,
}

impl Limits {
    /// What the boundary says; none: there is none.
    pub(super) fn boundary(&self) -> Option<&[Says]> {
        self.boundary.as_deref()
    }

    /// What the SCPs of each level say.
    pub(super) fn levels(&self) -> impl Iterator<Item = &[Says]> {
        self.levels.iter().map(|says| &**says)
    }

    /// All that they say.
    pub(super) fn says(&self) -> impl Iterator<Item = &Says> {
        self.boundary.iter().chain(&self.levels).flat_map(|says| says.iter())
    }
}

/// Principals that are alike as far as the action goes.
#[derive(Clone)]
pub(super) struct Group {
    /// The principals, ascending.
    pub members: Arc<[PrincipalId]>,
    /// The account of all of them.
    pub account: Option<AccountId>,
    /// The number of what counts of them besides their account and policies; none: more does.
    pub alike: Option<u32>,
    /// Whether they are root users, which need no identity policies.
    pub root: bool,
    /// What their identity policies say, sorted.
    pub identity: Arc<[Says]>,
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

    /// Whether something of their own may let them do it, where these conditions may hold.
    pub(super) fn may_act(&self, lets: &FxHashSet<ConditionId>) -> bool {
        self.root || self.allows().any(|says| lets.contains(&says.condition))
    }
}

/// All principals that can act, in groups.
pub(super) struct Groups {
    /// The groups.
    pub all: Vec<Group>,
    /// The group of each principal; none: it can't act.
    of: Arc<[Option<u32>]>,
    /// The groups of each account.
    of_account: FxHashMap<AccountId, Vec<u32>>,
    /// What is the same in the contexts in which the action is asked about.
    settled: Mutex<Option<Arc<Settled>>>,
    /// The silent resources, if they are the same in every context.
    pub silent: OnceLock<Arc<Silent>>,
    /// What resources fix of keys that policies of the groups test.
    pub told: Told,
}

/// What of a principal counts besides its policies.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind<'a> {
    /// A user or role of the estate.
    Alike { caller: Caller, account: AccountId, bounded: bool, partition: &'a str },
    /// Any other is alike to nobody.
    Single(PrincipalId),
}

/// Whether nothing is open of who it is.
fn is_plain(fact: &PrincipalFact) -> bool {
    let of_estate = match fact.caller {
        Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession => fact.identity().is_some(),
        Caller::Root => true,
        _ => false,
    };
    of_estate
        && fact.session.is_none()
        && fact.loaded
        && fact.inherited_tags.is_empty()
        && !fact.session_token
        && !fact.standing.scps_unknown
}

fn kind(id: PrincipalId, fact: &PrincipalFact, bounded: bool) -> Kind<'_> {
    match fact.account {
        Some(account) if is_plain(fact) && fact.caller != Caller::Root => {
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
        let policies = sides.bound_policies();
        let mut of: FxHashMap<ActionSetId, Vec<(BoundPolicyId, RegionId, bool)>> = FxHashMap::default();
        for number in 0..policies as u32 {
            let policy = BoundPolicyId(number);
            for region in sides.regions(policy) {
                let actions = facts.arena().get(region.region).actions;
                of.entry(actions).or_default().push((policy, region.region, region.denies));
            }
        }
        let ids = |policies: &[Bound]| policies.iter().map(|&(_, bound)| bound).collect();
        let mut kinds: FxHashMap<Kind<'_>, u32> = FxHashMap::default();
        let mut everywhere: FxHashMap<(Caller, bool, &str), u32> = FxHashMap::default();
        let mut places: FxHashMap<EnvelopeId, u32> = FxHashMap::default();
        let mut envelopes = Vec::new();
        let mut classes: FxHashMap<Class, u32> = FxHashMap::default();
        let class_of = |id: PrincipalId| {
            let fact = facts.principal(id);
            if !fact.may_act {
                return None;
            }
            let side = sides.of(facts, id);
            let envelope = *places.entry(side.envelope).or_insert_with(|| {
                let boundary = (!side.boundary.is_empty()).then(|| ids(&side.boundary));
                let levels = side.scps.iter().map(|level| ids(&level.policies)).collect();
                envelopes.push(Envelope { boundary, levels });
                envelopes.len() as u32 - 1
            });
            let bounded = !side.boundary.is_empty();
            let next = kinds.len() as u32;
            let next_alike = everywhere.len() as u32;
            let alike = (fact.account.is_some() && is_plain(fact))
                .then(|| *everywhere.entry((fact.caller, bounded, fact.partition())).or_insert(next_alike));
            let class = Class {
                kind: *kinds.entry(kind(id, fact, bounded)).or_insert(next),
                account: fact.account,
                alike,
                root: fact.kind == PrincipalKind::Root,
                identity: ids(&side.identity),
                envelope,
            };
            let next = classes.len() as u32;
            Some(*classes.entry(class).or_insert(next))
        };
        let class_of = (0..facts.principals.len() as u32).map(PrincipalId).map(class_of).collect();
        let mut classes: Vec<(Class, u32)> = classes.into_iter().collect();
        classes.sort_unstable_by_key(|(_, number)| *number);
        let classes = classes.into_iter().map(|(class, _)| class).collect();
        Self { of, policies, classes, class_of, envelopes, recent: Mutex::default() }
    }

    /// All principals that can act, grouped by what their policies say of an action.
    pub(super) fn groups(&self, engine: &Engine, action: &AskedAction) -> Arc<Groups> {
        let known = |recent: &VecDeque<(Arc<str>, Arc<Groups>)>| {
            recent.iter().find(|(name, _)| *name == action.name).map(|(_, groups)| groups.clone())
        };
        if let Some(groups) = known(&self.recent.lock()) {
            return groups;
        }
        // A call that needs other permissions besides tells principals apart by these, too.
        let further = further::actions(&action.name).iter().map(|name| engine.facts.asked_action(name));
        let apart: Vec<Vec<u32>> = further
            .map(|further| Groups::told_apart(self, &mut self.says(engine, &further), &[]).of_class)
            .collect();
        let groups = Arc::new(Groups::new(self, self.says(engine, action), &apart));
        let mut recent = self.recent.lock();
        recent.push_back((action.name.clone(), groups.clone()));
        if recent.len() > RECENT {
            recent.pop_front();
        }
        groups
    }

    /// What each policy says of an action.
    fn says(&self, engine: &Engine, action: &AskedAction) -> Said {
        let arena = engine.facts.arena();
        let with = action.index.map(|index| arena.actions.sets_with(index));
        let acts = |set: ActionSetId| match &with {
            Some(with) => arena.actions.contains_by(set, with),
            None => arena.actions.contains_foreign(set, &action.name),
        };
        let mut said: Vec<(BoundPolicyId, Says)> = Vec::new();
        for (_, regions) in self.of.iter().filter(|(set, _)| acts(**set)) {
            said.extend(regions.iter().map(|&(policy, region, denies)| {
                let region = arena.get(region);
                let (resources, owner, condition) = (region.resources, region.owner, region.condition);
                (policy, Says { denies, resources, owner, condition })
            }));
        }
        said.sort_unstable();
        said.dedup();
        let mut lists = Numbered::default();
        let nothing = lists.number(Arc::default());
        let mut of_policy = vec![nothing; self.policies];
        for of_one in said.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((policy, _)) = of_one.first() else { continue };
            if let Some(number) = of_policy.get_mut(policy.0 as usize) {
                *number = lists.number(of_one.iter().map(|&(_, says)| says).collect());
            }
        }
        Said { lists, of_policy, nothing, together: FxHashMap::default() }
    }
}

/// What policies say of an action, in sorted lists that have numbers.
struct Said {
    lists: Numbered<Arc<[Says]>>,
    of_policy: Vec<u32>,
    /// The empty list.
    nothing: u32,
    /// What several lists come to.
    together: FxHashMap<Box<[u32]>, u32>,
}

impl Said {
    /// What some policies say together. `numbers` is room to work in.
    fn by(&mut self, policies: &[BoundPolicyId], numbers: &mut Vec<u32>) -> u32 {
        let of = policies.iter().filter_map(|policy| self.of_policy.get(policy.0 as usize).copied());
        numbers.clear();
        numbers.extend(of.filter(|number| *number != self.nothing));
        numbers.sort_unstable();
        numbers.dedup();
        match numbers.as_slice() {
            [] => self.nothing,
            [one] => *one,
            several => {
                if let Some(&known) = self.together.get(several) {
                    return known;
                }
                let lists = several.iter().map(|&number| self.lists.get(number));
                let mut all: Vec<Says> = lists.flat_map(|list| list.to_vec()).collect();
                all.sort_unstable();
                all.dedup();
                let number = self.lists.number(all.into());
                self.together.insert(several.into(), number);
                number
            }
        }
    }
}

/// Classes of principals that are alike as far as an action goes.
struct ToldApart {
    /// The groups, of which nobody says yet who they are.
    groups: Vec<Group>,
    /// The group of each class.
    of_class: Vec<u32>,
}

impl Groups {
    /// Puts classes together of which policies say the same, and which are one in each of the partitions given, too.
    fn told_apart(acting: &Acting, said: &mut Said, apart: &[Vec<u32>]) -> ToldApart {
        // What each envelope comes to: envelopes that say the same are one.
        let mut alike: FxHashMap<(Option<u32>, Box<[u32]>), u32> = FxHashMap::default();
        let mut room = Vec::new();
        let mut limits: Vec<Arc<Limits>> = Vec::new();
        let mut limited = Vec::with_capacity(acting.envelopes.len());
        for envelope in &acting.envelopes {
            let boundary = envelope.boundary.as_ref().map(|policies| said.by(policies, &mut room));
            let levels: Box<[u32]> =
                envelope.levels.iter().map(|policies| said.by(policies, &mut room)).collect();
            limited.push(*alike.entry((boundary, levels)).or_insert_with_key(|(boundary, levels)| {
                limits.push(Arc::new(Limits {
                    boundary: boundary.map(|number| said.lists.get(number)),
                    levels: levels.iter().map(|&number| said.lists.get(number)).collect(),
                }));
                limits.len() as u32 - 1
            }));
        }
        // What the partitions given come to, as one number.
        let mut further: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        let mut numbers: FxHashMap<[u32; 4], u32> = FxHashMap::default();
        let mut groups: Vec<Group> = Vec::new();
        let mut of_class = Vec::with_capacity(acting.classes.len());
        for (place, class) in acting.classes.iter().enumerate() {
            let identity = said.by(&class.identity, &mut room);
            let limited = limited.get(class.envelope as usize).copied().unwrap_or_default();
            let apart = match apart {
                [] => 0,
                [one] => one.get(place).copied().unwrap_or_default(),
                several => {
                    let all = several.iter().filter_map(|of_class| of_class.get(place).copied()).collect();
                    let next = further.len() as u32;
                    *further.entry(all).or_insert(next)
                }
            };
            of_class.push(*numbers.entry([class.kind, identity, limited, apart]).or_insert_with(|| {
                groups.push(Group {
                    members: Arc::default(),
                    account: class.account,
                    alike: class.alike,
                    root: class.root,
                    identity: said.lists.get(identity),
                    limits: limits.get(limited as usize).cloned().unwrap_or_default(),
                });
                groups.len() as u32 - 1
            }));
        }
        ToldApart { groups, of_class }
    }

    fn new(acting: &Acting, mut said: Said, apart: &[Vec<u32>]) -> Self {
        let ToldApart { groups: mut all, of_class } = Self::told_apart(acting, &mut said, apart);
        let of_class = |class: u32| of_class.get(class as usize).copied();
        let of: Arc<[Option<u32>]> = acting.class_of.iter().map(|class| of_class((*class)?)).collect();
        let mut members: Vec<Vec<PrincipalId>> = vec![Vec::new(); all.len()];
        for (id, group) in (0..).map(PrincipalId).zip(&of[..]) {
            if let Some(members) = group.and_then(|group| members.get_mut(group as usize)) {
                members.push(id);
            }
        }
        let mut of_account: FxHashMap<AccountId, Vec<u32>> = FxHashMap::default();
        for (number, (group, members)) in (0..).zip(all.iter_mut().zip(members)) {
            group.members = members.into();
            if let Some(account) = group.account {
                of_account.entry(account).or_default().push(number);
            }
        }
        let (settled, silent, told) = Default::default();
        Self { all, of, of_account, settled, silent, told }
    }

    /// What is settled whatever values some keys have, on these silent resources. None: others were asked about before.
    pub(super) fn settled(&self, keys: &str, silent: Arc<Silent>) -> Option<Arc<Settled>> {
        let mut settled = self.settled.lock();
        match &*settled {
            Some(known) => known.is_about(keys, &silent).then(|| known.clone()),
            None => Some(settled.insert(Arc::new(Settled::new(keys, silent, self.all.len()))).clone()),
        }
    }

    /// The groups of an account, with their numbers.
    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = (u32, &Group)> {
        let numbers = self.of_account.get(&account).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|&number| Some((number, self.all.get(number as usize)?)))
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
