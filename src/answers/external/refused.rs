//! What callers cannot do whatever policies say: what services refuse their kind of credentials, and what an action does not act on.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::answers::engine::Engine;
use crate::answers::governed::{Governing, KnownResource};
use crate::catalog::arn::ArnParts;
use crate::catalog::sessions::{self, ACCEPTED_WITH_TOKEN, Credentials, TAKING_ROLES};
use crate::facts::{PrincipalFact, PrincipalKind};
use crate::region::action_set::{ActionPattern, ActionSetId};
use crate::region::condition::{ConditionId, KeyId, Known, Sat};
use crate::region::interner::Memo;
use crate::rules::gate;

/// Calls that take a role with credentials of AWS's own kind, and those that only go with one.
const TAKING: &[&str] =
    &["sts:AssumeRole", "sts:AssumeRoot", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];

/// Calls that only go with one that takes a role.
const GOING_WITH: &[&str] = &["sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];

/// Refusals as sets of actions.
pub(super) struct Refusals<'a> {
    engine: &'a Engine,
    /// Of each kind of credentials what is refused them.
    by_kind: FxHashMap<Credentials, ActionSetId>,
    taking: ActionSetId,
    taking_roles: ActionSetId,
    going_with: ActionSetId,
    /// That somebody calls who can take roles at all: a user, or a session of a role (S-SESS-05, S-SESS-09).
    can_take: ConditionId,
    services: Memo<ActionSetId, ActionSetId>,
}

impl<'a> Refusals<'a> {
    pub fn new(engine: &'a Engine, governing: &Governing<'_>) -> Self {
        let sets = &engine.facts.arena().actions;
        // S-TRUST-08
        let by_token = governing.read(&ACCEPTED_WITH_TOKEN);
        let mut by_kind: FxHashMap<Credentials, ActionSetId> = FxHashMap::default();
        for kind in Credentials::ALL {
            let refused = sessions::refused(kind)
                .map(|(pattern, exempt)| sets.difference(governing.read(&[pattern]), governing.read(exempt)));
            let of_token = match kind {
                Credentials::Saml | Credentials::WebIdentity => ActionSetId::EMPTY,
                _ => by_token,
            };
            by_kind.insert(kind, refused.fold(of_token, |all, more| sets.union(all, more)));
        }
        Self {
            engine,
            by_kind,
            taking: governing.read(TAKING),
            taking_roles: governing.read(&TAKING_ROLES),
            going_with: governing.read(GOING_WITH),
            can_take: gate::can_take_roles(&engine.facts.arena().conditions),
            services: Memo::new(),
        }
    }

    /// The actions among some that are not refused a caller.
    pub fn left(&self, actions: ActionSetId, caller: &PrincipalFact) -> ActionSetId {
        let refused = self.by_kind.get(&gate::credentials(caller)).copied().unwrap_or(ActionSetId::EMPTY);
        self.engine.facts.arena().actions.difference(actions, refused)
    }

    /// The same for whoever stands for all principals of an account, when a condition holds: where only its root user or a federated
    /// user fulfils it nobody takes a role (S-SESS-05, S-SESS-09).
    pub fn left_when(
        &self,
        actions: ActionSetId,
        caller: &PrincipalFact,
        condition: ConditionId,
    ) -> ActionSetId {
        let arena = self.engine.facts.arena();
        let stands_for_all = caller.kind == PrincipalKind::Account;
        if !stands_for_all || arena.actions.meet(actions, self.taking) == ActionSetId::EMPTY {
            return actions;
        }
        let taken = arena.conditions.and(condition, self.can_take);
        match *arena.conditions.satisfiable(taken) {
            Sat::No => arena.actions.difference(actions, self.taking),
            _ => actions,
        }
    }

    /// Without calls that take a role, where a condition asks of them what needs a permission that the role's policy does not give:
    /// tags, a source identity (S-TRUST-10). `given`: the actions that it gives the caller.
    pub fn with_permissions(
        &self,
        actions: ActionSetId,
        condition: ConditionId,
        given: impl FnOnce() -> ActionSetId,
    ) -> ActionSetId {
        let arena = self.engine.facts.arena();
        if arena.actions.meet(actions, self.taking_roles) == ActionSetId::EMPTY {
            return actions;
        }
        let given = given();
        let lacks = |action: &str| {
            let index = self.engine.facts.compiler.universe.find(action);
            index.is_some_and(|index| !arena.actions.contains(given, index))
        };
        let passes = |name: &str| {
            name.starts_with("aws:requesttag/") || matches!(name, "aws:tagkeys" | "sts:transitivetagkeys")
        };
        let without = |of: &dyn Fn(&str) -> bool| {
            let known = |key: KeyId| match of(&arena.conditions.key_of(key).name) {
                true => Known::Absent,
                false => Known::Unknown,
            };
            *arena.conditions.satisfiable(arena.conditions.bind(condition, &known)) == Sat::No
        };
        let fails = lacks("sts:TagSession") && without(&passes)
            || lacks("sts:SetSourceIdentity") && without(&|name| name == "sts:sourceidentity");
        if fails { arena.actions.difference(actions, self.taking_roles) } else { actions }
    }

    /// Whether actions are only such as go with a call that takes a role.
    pub fn only_go_with(&self, actions: ActionSetId) -> bool {
        self.engine.facts.arena().actions.difference(actions, self.going_with) == ActionSetId::EMPTY
    }

    /// Whether some actions go with a call that takes a role.
    pub fn goes_with(&self, actions: ActionSetId) -> bool {
        self.engine.facts.arena().actions.meet(actions, self.going_with) != ActionSetId::EMPTY
    }

    /// Whether some of the actions take a role.
    pub fn take_roles(&self, actions: ActionSetId) -> bool {
        self.engine.facts.arena().actions.meet(actions, self.taking_roles) != ActionSetId::EMPTY
    }

    /// All actions of the services that a resource is of: that of its ARN, and those whose actions its policies govern by name.
    pub fn of_services(&self, known: &KnownResource) -> ActionSetId {
        let own = ArnParts::split(&known.arn).map_or("", |parts| parts.service);
        let rows = known.governed.iter().map(|governed| governed.row);
        let patterns = rows.flat_map(|row| row.actions);
        let named = patterns.filter_map(|pattern| Some(pattern.split_once(':')?.0));
        self.all_of(named.chain([own]).map(|service| format!("{service}:*")).collect())
    }

    /// All actions of the services of some, those too that the catalog does not know (S-RES-12).
    pub fn services_of(&self, actions: ActionSetId) -> ActionSetId {
        self.services.get_or(actions, || {
            let universe = &self.engine.facts.compiler.universe;
            let sets = &self.engine.facts.arena().actions;
            let names = sets.members(actions).map(|action| universe.name(action));
            self.all_of(names.filter_map(|name| Some(format!("{}:*", name.split_once(':')?.0))).collect())
        })
    }

    fn all_of(&self, patterns: BTreeSet<String>) -> ActionSetId {
        let universe = &self.engine.facts.compiler.universe;
        let matched: Vec<(Vec<usize>, String)> =
            patterns.into_iter().map(|pattern| (universe.matching(&pattern), pattern)).collect();
        let patterns = matched.iter().map(|(members, text)| ActionPattern::Wildcard(members, text));
        self.engine.facts.arena().actions.of(patterns)
    }
}
