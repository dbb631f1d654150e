//! External access: who from outside its account reaches each resource and role, read from the resource side in regions.
//!
//! What counts is what the resource's side lets in, after its Denies, RCPs and Block Public Access. Whether a caller's own
//! policies permit the request too is not asked: they are the other account's, which can change them any day. Callers of
//! whom no export speaks are stood for by some user and some role of each account, and of no account in particular.

mod callers;
mod fixed;
mod from;
mod points;
mod refused;
mod resource;
mod strangers;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use self::callers::{Exempt, exempt, providers};
use self::fixed::Fixed;
use self::points::{Half, OfBuckets, of_buckets};
use self::refused::Refusals;
use self::resource::By;
pub(in crate::answers) use self::resource::of_owner;
pub(in crate::answers) use self::strangers::Strangers;
use super::can::missing_in;
use super::engine::Engine;
use super::governed::{Governing, KnownResource};
use super::grants::{GOVERNING_ROW, ResourceDeny, ResourceGrant, ResourceSide};
use super::levels::LevelsOf;
use super::members::Members;
use super::what_can::Writer;
use crate::estate::AccountId;
use crate::facts::{Caller, PrincipalId, PrincipalKind, StatementId, canonical_of, is_about_outsider};
use crate::region::action_set::ActionSetId;
use crate::region::arena::Region;
use crate::region::condition::{ConditionId, Conditions, Sat, Verdict};
use crate::region::interner::Memo;
use crate::region::owner::OwnerId;
use crate::region::resource::{ResourceSetId, ResourceSets};
use crate::rules::decision::{Decision, depends_on_unloaded};

/// From how far away a resource is reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// By anybody, signed in or not.
    Public,
    /// From accounts outside of its organisation; of any other account, where its own is in none.
    Outside,
    /// By whom an identity provider vouches for.
    Provider,
    /// From other accounts of its organisation.
    Organization,
}

/// Who reaches a resource.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// Everybody.
    Everyone,
    /// The principals of any account.
    AnyAccount,
    /// AWS services, whichever and whomever they act for.
    AnyService,
    /// The principals of an organisation.
    Organization(Arc<str>),
    /// The principals of an account.
    Account(AccountId),
    /// Those of the account with a canonical user id, which nobody knows.
    Canonical(Arc<str>),
    /// A principal.
    Principal(PrincipalId),
}

/// One way in.
#[derive(Clone, Debug)]
pub struct External {
    /// The resource, or role, whose policy lets it in.
    pub resource: Arc<str>,
    /// The account that owns it.
    pub owner: Option<AccountId>,
    /// From how far.
    pub scope: Scope,
    /// Who.
    pub who: Who,
    /// Allowed, Conditional, or Unknown.
    pub decision: Decision,
    /// The actions: patterns that policies write, where they fit, and names.
    pub actions: Vec<String>,
    /// The part of the resource.
    pub part: String,
    /// Actions and part as sets.
    pub requests: (ActionSetId, ResourceSetId),
    /// When.
    pub condition: ConditionId,
    /// By which statement; none for what no policy says.
    pub statement: Option<StatementId>,
    /// Of an access point: by which statement the side of its bucket permits it too.
    pub behind: Option<StatementId>,
}

/// All ways in from outside, by resource.
pub struct ExternalAccess {
    /// The ways in.
    pub rows: Vec<External>,
    /// What was not collected and could let others in.
    pub missing: Vec<String>,
}

/// A way in, as sets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    scope: Scope,
    who: Who,
    /// Actions, resources and condition.
    requests: (ActionSetId, ResourceSetId, ConditionId),
    /// Its own statement, and that of the bucket behind.
    statements: (Option<StatementId>, Option<StatementId>),
}

impl Way {
    /// Whether it lets in all whom another does, and for the same.
    fn covers(&self, other: &Self, conditions: &Conditions) -> bool {
        let wider = match (&self.who, &other.who) {
            (Who::Everyone, who) => *who != Who::Everyone,
            (Who::AnyAccount, Who::Everyone | Who::AnyAccount) => false,
            (Who::AnyAccount, _) => other.scope != Scope::Provider,
            _ => false,
        };
        let (own, others) = (self.requests, other.requests);
        // What is not known of services in general is no news where everybody gets in.
        let whenever = || {
            let same = (own.0, own.1) == (others.0, others.1);
            other.who == Who::AnyService && same && conditions.implies(others.2, own.2) == Verdict::Yes
        };
        wider && (own == others || whenever())
    }
}

impl Engine {
    /// Who from outside reaches each resource and role. The engine has to be one with
    /// [`outsiders`](super::EngineOptions::outsiders).
    pub fn external_access(&self) -> ExternalAccess {
        let side = self.resource_side();
        let conditions = &self.facts.arena().conditions;
        let mut of_resource: BTreeMap<u32, Vec<&ResourceGrant>> = BTreeMap::new();
        let mut missing = Vec::new();
        for grant in &side.grants {
            let lacking = missing_in(conditions, grant.condition);
            // What only a document that was not collected may grant is no way in that could be named.
            let is_stated = grant.statement.is_some() && !lacking.iter().any(|what| is_of_governing(what));
            if is_stated || !conditions.without_missing(grant.condition).is_never() {
                of_resource.entry(grant.resource).or_default().push(grant);
            }
            // Of the others their ways in tell what matters to them.
            if !is_stated {
                missing.extend(lacking);
            }
        }
        let mut denies: FxHashMap<Option<u32>, Vec<&ResourceDeny>> = FxHashMap::default();
        side.denies.iter().for_each(|deny| denies.entry(deny.resource).or_default().push(deny));
        let strangers = Strangers::new(&self.facts);
        let levels = self.levels.get_or_init(|| LevelsOf::new(&self.facts));
        let refusals = Refusals::new(self, &Governing::new(self));
        let (exempt, providers) = (exempt(&self.facts, &side.denies), providers(&self.facts));
        let (known, places, fixed) = (Mutex::default(), Memo::new(), Mutex::default());
        let of_buckets = of_buckets(&self.facts, &side);
        let engine = self;
        let ways = Ways {
            engine,
            side: &side,
            denies,
            of_buckets,
            strangers,
            known,
            places,
            fixed,
            levels,
            refusals,
            exempt,
            providers,
        };
        let of_resource: Vec<(u32, Vec<&ResourceGrant>)> = of_resource.into_iter().collect();
        let rows: Vec<Vec<External>> =
            of_resource.par_iter().map(|(resource, grants)| ways.ways_to(*resource, grants)).collect();
        let rows: Vec<External> = rows.into_iter().flatten().collect();
        missing.extend(rows.iter().flat_map(|row| missing_in(conditions, row.condition)));
        missing.retain(|what| !is_of_governing(what) && !is_about_outsider(what));
        missing.sort();
        missing.dedup();
        ExternalAccess { rows, missing }
    }
}

/// Whether it is that AWS does not say if a policy governs an action: nothing that could be collected.
fn is_of_governing(lacking: &str) -> bool {
    lacking.starts_with(GOVERNING_ROW)
}

/// Whom a caller stands for, from how far they come, and what that says of their requests.
type Kinds = Arc<[(Scope, Who, ConditionId)]>;

/// A resource that is asked about.
#[derive(Clone, Copy)]
struct Asked<'a> {
    known: &'a KnownResource,
    /// All grants on it.
    grants: &'a [&'a ResourceGrant],
    /// Of an access point what stands behind.
    half: Option<&'a Half>,
    /// The actions of the services that it is of.
    governed: ActionSetId,
}

/// The ways in to a resource.
#[derive(Default)]
struct Found {
    ways: Vec<Way>,
    /// Those of strangers whom a condition fixes, before they are named.
    of_strangers: Vec<Way>,
}

struct Ways<'a> {
    engine: &'a Engine,
    side: &'a ResourceSide,
    denies: FxHashMap<Option<u32>, Vec<&'a ResourceDeny>>,
    of_buckets: OfBuckets<'a>,
    strangers: Strangers<'a>,
    /// The strangers to each account that were asked for.
    known: Mutex<FxHashMap<Option<AccountId>, Kinds>>,
    /// That strangers from inside have the places of their accounts, by owner.
    places: Memo<Option<AccountId>, ConditionId>,
    /// Whom conditions fix.
    fixed: Mutex<FxHashMap<ConditionId, Option<Arc<Fixed>>>>,
    levels: &'a LevelsOf,
    refusals: Refusals<'a>,
    exempt: Exempt,
    providers: Vec<PrincipalId>,
}

impl Ways<'_> {
    fn ways_to(&self, resource: u32, grants: &[&ResourceGrant]) -> Vec<External> {
        let Some(known) = self.side.resources.get(resource as usize) else { return Vec::new() };
        let arena = self.engine.facts.arena();
        let governed = self.refusals.of_services(known);
        let half = self.behind(known);
        let asked = Asked { known, grants, half: half.as_ref(), governed };
        let mut told_apart = self.told_apart(grants, known.account);
        told_apart.extend(half.iter().flat_map(|half| self.meant_behind(half, known.account)));
        let own = self.apart_from_points(known);
        let mut all = Found::default();
        for grant in grants {
            if own.is_some_and(|own| arena.resources.meet(own, grant.resources) == ResourceSets::EMPTY) {
                continue;
            }
            for id in self.callers(grant, &told_apart, known.account) {
                self.ways_by(grant, asked, id, &mut all);
            }
        }
        let Found { ways: mut found, of_strangers } = all;
        // S-TRUST-10: what only goes with a call that takes the role lets in nobody who can't make one.
        let taking: Vec<Way> =
            found.iter().filter(|way| self.refusals.take_roles(way.requests.0)).cloned().collect();
        found.retain(|way| {
            !self.refusals.only_go_with(way.requests.0)
                || taking.iter().any(|other| self.may_be(&way.who, other))
        });
        // What everybody may do needs no second mention, nor does what the principals of any account may, or those of an account.
        let is_wide = |way: &&Way| matches!(way.who, Who::Everyone | Who::AnyAccount | Who::Account(_));
        let wide: Vec<Way> = found.iter().filter(is_wide).cloned().collect();
        let of_services = |way: &Way| way.who == Who::AnyService;
        let is_covered = |way: &Way| {
            let is_of_account = |other: &Way| match (&other.who, &way.who) {
                (Who::Account(of), Who::Principal(id)) => {
                    self.engine.facts.principal(*id).account == Some(*of) && other.requests == way.requests
                }
                _ => false,
            };
            let covers = |other: &Way| other.covers(way, &arena.conditions) || is_of_account(other);
            let strangers = of_strangers.iter().filter(|_| of_services(way));
            wide.iter().chain(strangers).any(|other| other.statements == way.statements && covers(other))
        };
        found.retain(|way| !is_covered(way));
        // What differs by its actions alone is one row.
        let mut alike: BTreeMap<Way, ActionSetId> = BTreeMap::new();
        for way in found {
            let (actions, resources, condition) = way.requests;
            let key = Way { requests: (ActionSetId::EMPTY, resources, condition), ..way };
            let all = alike.entry(key).or_insert(ActionSetId::EMPTY);
            *all = arena.actions.union(*all, actions);
        }
        let found = alike.into_iter().map(|(way, actions)| {
            let (_, resources, condition) = way.requests;
            Way { requests: (actions, resources, condition), ..way }
        });
        let writer = Writer::new(&self.engine.facts.compiler, false);
        let row = |Way { scope, who, requests: (actions, resources, condition), statements }| External {
            resource: known.arn.clone(),
            owner: known.account,
            scope,
            who,
            decision: match depends_on_unloaded(&arena.conditions, condition, false) {
                _ if condition.is_always() => Decision::Allowed,
                true => Decision::Unknown,
                false => Decision::Conditional,
            },
            actions: writer.told(actions, self.levels.touching(&self.engine.facts, resources)),
            requests: (actions, resources),
            part: self.engine.resource_text(resources),
            condition,
            statement: statements.0,
            behind: statements.1,
        };
        let mut rows: Vec<External> = found.map(row).collect();
        rows.sort_by_cached_key(|row| {
            let condition = arena.conditions.text(row.condition);
            let statements = (row.statement, row.behind);
            (row.scope, row.who.clone(), row.actions.clone(), row.part.clone(), condition, statements)
        });
        rows
    }

    /// The ways in by one caller that a grant gives, and no Deny takes away.
    fn ways_by(&self, grant: &ResourceGrant, asked: Asked<'_>, id: PrincipalId, into: &mut Found) {
        let Asked { known, half, .. } = asked;
        let facts = &self.engine.facts;
        let (arena, fact, owner) = (facts.arena(), facts.principal(id), known.account);
        let place = self.side.by_name.place(id);
        let named = |members: &Members| members.contains(place);
        let at_home = fact.account.is_some() && fact.account == owner;
        let is_service = fact.caller == Caller::Service && !fact.is_any_service();
        if at_home || is_service || !named(self.side.principals.get(grant.principals)) {
            return;
        }
        let whole = Region {
            actions: self.refusals.left(grant.actions, fact),
            resources: grant.resources,
            owner: OwnerId::ANY,
            condition: grant.condition,
        };
        let lists = [Some(grant.resource), None].into_iter().filter_map(|of| self.denies.get(&of));
        let denies: Vec<Region> = lists
            .flatten()
            .filter(|deny| named(self.side.principals.get(deny.principals)))
            .filter(|deny| arena.owners.contains(deny.region.owner, owner.map(AccountId::number)))
            .map(|deny| Region { owner: OwnerId::ANY, ..deny.region })
            .collect();
        for left in arena.difference_all([whole], &denies) {
            let condition = self.of_resource(known, By::Itself, left.resources, left.condition);
            let own = Region { condition, ..left };
            let permitted = match half {
                Some(half) => self.permitted_behind((known, half), id, own),
                None if condition.is_never() => vec![(self.by_points_elsewhere(known, left), None)],
                None => vec![(own, None)],
            };
            for (left, behind) in permitted {
                self.way_by(left, (grant.statement, behind), asked, id, into);
            }
        }
    }

    /// The way in by one caller to what the resource's side lets the caller do.
    fn way_by(
        &self,
        left: Region,
        statements: (Option<StatementId>, Option<StatementId>),
        Asked { known, grants, governed, .. }: Asked<'_>,
        id: PrincipalId,
        into: &mut Found,
    ) {
        let facts = &self.engine.facts;
        let (arena, fact, owner) = (facts.arena(), facts.principal(id), known.account);
        let place = self.side.by_name.place(id);
        let condition = self.without_every_address(arena.conditions.simplify(left.condition));
        let touching = self.levels.touching(facts, left.resources);
        // Statements list resources on which not all of their actions act, and actions of other services do not (S-RES-12).
        let served = self.refusals.services_of(arena.actions.meet(touching, governed));
        let actions = arena.actions.meet(left.actions, served);
        let actions = self.refusals.left_when(actions, fact, condition);
        let given = || {
            let named = |grant: &&&ResourceGrant| self.side.principals.get(grant.principals).contains(place);
            let to_caller = grants.iter().filter(named);
            to_caller.fold(ActionSetId::EMPTY, |all, grant| arena.actions.union(all, grant.actions))
        };
        let actions = self.refusals.with_permissions(actions, condition, given);
        let acting = arena.actions.meet(actions, touching);
        let nobody_acts =
            arena.actions.count(acting) == 0 && arena.actions.surely_ends_with_the_universe(actions);
        if condition.is_never() || left.resources == ResourceSets::EMPTY || nobody_acts {
            return;
        }
        let way = |(scope, who, condition): (Scope, Who, ConditionId)| Way {
            scope,
            who,
            requests: (actions, left.resources, condition),
            statements,
        };
        let canonical = canonical_of(&fact.name);
        let is_stranger =
            fact.kind == PrincipalKind::Account && fact.account.is_none() && canonical.is_none();
        // S-PRN-10: the id may be the owner's own.
        let doubt = canonical.map_or(ConditionId::ALWAYS, |id| self.is_another(id, owner));
        let condition = arena.conditions.and(condition, doubt);
        // S-KEY-01: nobody who signs nothing has an account.
        let numbers = match fact.kind {
            PrincipalKind::Everyone => ConditionId::ALWAYS,
            _ => self.strangers.by_number(condition),
        };
        if is_stranger && *arena.conditions.satisfiable(arena.conditions.and(condition, numbers)) == Sat::No {
            return;
        }
        if let Some(fixed) = is_stranger.then(|| self.fixed(condition)).flatten() {
            into.ways.extend(self.let_in(&fixed, owner, condition).into_iter().map(way));
            into.of_strangers.push(way((Scope::Outside, Who::AnyAccount, condition)));
            return;
        }
        let possible = |within: ConditionId| {
            let both = arena.conditions.and_all([condition, within, numbers]);
            *arena.conditions.satisfiable(both) != Sat::No
        };
        // Of strangers those from outside come first, and stand for those from inside too.
        let from = self.from(owner, id);
        let from =
            from.iter().find(|(scope, _, holds)| possible(self.within(owner, (*scope, *holds), condition)));
        into.ways.extend(from.map(|(scope, who, _)| way((*scope, who.clone(), condition))));
    }
}
