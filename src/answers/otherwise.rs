//! Who would be an administrator if its own policies were others: without its boundary, as a member of a group, or with a policy
//! that allows everything. Each answer tells what is sure from what depends on a condition or on what was not collected.

use std::sync::Arc;

use rayon::prelude::*;

use super::engine::Engine;
use crate::document::PolicyKind;
use crate::estate::{Account, Collected, Group, Identity, ManagedPolicy, Name, Role, Tags, User};
use crate::facts::compile::CompiledPolicy;
use crate::facts::{Caller as CallerKind, Entity, ParsedPolicy, PolicySource, PrincipalFact, PrincipalId};
use crate::region::arena::Region;
use crate::region::condition::{Bindings, KeyId, Known, Trool};
use crate::region::resource::ResourceSets;
use crate::rules::decision::Decision;
use crate::rules::request::{Caller, Prepared, unstated};
use crate::rules::side::{Bound, Side};

/// What a name stands for that no policy is likely to speak of.
const NEW: &str = "new-principal";

/// A policy that allows everything.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// Kinds of principals that can be made, and for each step of making one with any policy the actions that do.
const MAKES_ANOTHER: [(&str, &[&[&str]]); 2] = [
    ("role", &[&["iam:CreateRole"], &["iam:PutRolePolicy", "iam:AttachRolePolicy"]]),
    (
        "user",
        &[
            &["iam:CreateUser"],
            &["iam:CreateAccessKey", "iam:CreateLoginProfile"],
            &["iam:PutUserPolicy", "iam:AttachUserPolicy"],
        ],
    ),
];

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewKind {
    /// A user.
    User,
    /// A role.
    Role,
}

/// How sure a conclusion is, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Likely {
    /// It surely does not hold.
    Never,
    /// It depends on a condition of a request, or on what was not collected.
    Perhaps,
    /// It holds whatever else is true of the requests.
    Surely,
}

impl Likely {
    /// What is surely so when this surely is not, and the other way round.
    fn opposite(self) -> Self {
        match self {
            Self::Never => Self::Surely,
            Self::Perhaps => Self::Perhaps,
            Self::Surely => Self::Never,
        }
    }
}

impl From<Decision> for Likely {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allowed => Self::Surely,
            Decision::Conditional | Decision::Unknown => Self::Perhaps,
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => Self::Never,
        }
    }
}

/// What is stated of a request: which boundary it speaks of, if that.
struct Stated(Option<(KeyId, Known<'static>)>);

impl Bindings for Stated {
    fn lookup(&self, asked: KeyId) -> Known<'_> {
        match &self.0 {
            Some((key, known)) if *key == asked => known.clone(),
            _ => Known::Unknown,
        }
    }
}

/// Somebody with policies that it does not have.
struct Supposed<'a> {
    fact: &'a PrincipalFact,
    side: Side,
    identity: &'a Identity,
    groups: Vec<Arc<str>>,
}

impl Engine {
    /// Whether each of some principals has a boundary without which it would be an administrator, or could make itself one.
    pub fn administrators_but_for_boundary(&self, principals: &[PrincipalId]) -> Vec<Likely> {
        self.sides.make_all(&self.facts);
        principals.par_iter().with_min_len(64).map(|&id| self.is_held_back(id)).collect()
    }

    fn is_held_back(&self, id: PrincipalId) -> Likely {
        let (fact, side) = (self.facts.principal(id), self.sides.of(&self.facts, id));
        if !self.is_limited(side) || fact.caller == CallerKind::ServiceLinkedSession {
            return Likely::Never;
        }
        let Some((identity, groups)) = self.identity_of(fact) else { return Likely::Never };
        let side = Side { boundary: Box::default(), ..side.clone() };
        self.is_administrator_by(&Supposed { fact, side, identity, groups })
    }

    /// Whether Denies of its own would keep each of some principals from being an administrator, or making itself or another one,
    /// even with a policy that allows everything and without a boundary.
    pub fn kept_down_by_denies(&self, principals: &[PrincipalId]) -> Vec<Likely> {
        self.sides.make_all(&self.facts);
        let everything = self.everything();
        principals.par_iter().with_min_len(64).map(|&id| self.is_kept_down(id, &everything)).collect()
    }

    /// Whether Denies of its own would keep a principal down, as [`Engine::kept_down_by_denies`].
    pub(super) fn is_kept_down(&self, id: PrincipalId, everything: &CompiledPolicy) -> Likely {
        let side = self.sides.of(&self.facts, id);
        let denies = |(_, bound): &Bound| self.sides.regions(*bound).iter().any(|region| region.denies);
        if !side.identity.iter().any(denies) {
            return Likely::Never;
        }
        let Some(raised) = self.raised(id, everything) else { return Likely::Never };
        let raised = Supposed { side: Side { boundary: Box::default(), ..raised.side }, ..raised };
        let freed = match self.grants_itself(&raised) {
            Likely::Surely => Likely::Surely,
            freed => freed.max(self.makes_another(&raised)),
        };
        freed.opposite()
    }

    /// Whether each of some principals has a boundary within which it could lift or rewrite the boundary, or give any policy to a
    /// new user or role, if it had a policy that allows everything.
    pub fn escape_boundary(&self, principals: &[PrincipalId]) -> Vec<Likely> {
        self.sides.make_all(&self.facts);
        let everything = self.everything();
        principals.par_iter().with_min_len(64).map(|&id| self.escapes_boundary(id, &everything)).collect()
    }

    fn escapes_boundary(&self, id: PrincipalId, everything: &CompiledPolicy) -> Likely {
        if self.sides.of(&self.facts, id).boundary.is_empty() {
            return Likely::Never;
        }
        self.raised(id, everything).map_or(Likely::Never, |raised| self.escapes(&raised))
    }

    /// Whether a user or role with these policies is not limited by its boundary, or not for long.
    fn escapes(&self, one: &Supposed) -> Likely {
        if !self.is_limited(&one.side) {
            return Likely::Surely;
        }
        match self.lifts_boundary(one) {
            Likely::Surely => Likely::Surely,
            lifts => lifts.max(self.makes_another(one)),
        }
    }

    /// The customer-managed policies of an account within each of which, as its boundary, a new user or role could lift or rewrite the
    /// boundary, or give any policy to a new user or role, if it had a policy that allows everything.
    pub fn escapable_boundaries(&self, account: &Arc<Account>, kind: NewKind) -> Vec<(Arc<str>, Likely)> {
        let identity = new_identity(account, kind);
        let fact = self.new_fact(account, &identity, kind);
        let everything = self.sides.read_given(&self.facts, &fact, &self.everything(), None);
        let without = self.sides.with(&self.facts, &fact, None, None);
        let of = |policy: &Arc<ManagedPolicy>| {
            let compiled = self.facts.compiled_document(policy.policy?.document);
            let read = self.sides.read_given(&self.facts, &fact, &compiled, None);
            let (own, boundary) = (Box::new([everything]), Box::new([read]));
            let side = Side { identity: own, boundary, ..without.clone() };
            let identity = Identity { boundary: Some(policy.arn.clone()), ..identity.clone() };
            let supposed = Supposed { fact: &fact, side, identity: &identity, groups: Vec::new() };
            let likely = match self.escapes(&supposed) {
                Likely::Never if self.leaves_escapes(&supposed) => Likely::Perhaps,
                likely => likely,
            };
            Some((policy.arn.clone(), likely))
        };
        account.managed_policies.values().filter_map(of).collect()
    }

    /// Whether the boundary allows on something, perhaps by another name, what could lift it or make somebody without it.
    fn leaves_escapes(&self, one: &Supposed) -> bool {
        let own = self.with_boundary(
            one.identity
                .boundary
                .as_deref()
                .map_or(Known::Absent, |boundary| Known::One(boundary.to_owned().into())),
        );
        let (unbounded, wide) = (self.with_boundary(Known::Absent), self.wide_boundary(one.identity));
        let allows = |actions: &[&str], stated: &Stated| {
            actions.iter().any(|action| self.boundary_leaves(&one.side, action, stated))
        };
        let (delete, put) = boundary_actions(one.fact);
        allows(&[delete], &own)
            || allows(&[put], &wide)
            || MAKES_ANOTHER.iter().any(|(_, steps)| steps.iter().all(|actions| allows(actions, &unbounded)))
    }

    /// Whether a statement of the boundary allows the action on something, in requests of which this is stated, and none denies it on
    /// everything.
    fn boundary_leaves(&self, side: &Side, action: &str, stated: &Stated) -> bool {
        let arena = self.facts.arena();
        let Some(index) = self.facts.asked_action(action).index else { return false };
        let regions = side.boundary.iter().flat_map(|(_, bound)| self.sides.regions(*bound));
        let of_action: Vec<(bool, Region)> = regions
            .map(|region| (region.denies, arena.get(region.region)))
            .filter(|(_, region)| arena.actions.contains(region.actions, index))
            .collect();
        let denied = |(denies, region): &(bool, Region)| {
            *denies
                && region.resources == ResourceSets::ALL
                && arena.conditions.evaluate(region.condition, stated) == Trool::True
        };
        let allowed = |(denies, region): &(bool, Region)| {
            !denies && arena.conditions.evaluate(region.condition, stated) != Trool::False
        };
        of_action.iter().any(allowed) && !of_action.iter().any(denied)
    }

    /// A policy that allows everything.
    pub(super) fn everything(&self) -> CompiledPolicy {
        let document = ParsedPolicy::read(PolicySource::Given(EVERYTHING.into(), PolicyKind::Identity));
        self.facts.compiler.compile(Arc::new(document), PolicyKind::Identity)
    }

    /// A user or role with one policy more.
    fn raised(&self, id: PrincipalId, policy: &CompiledPolicy) -> Option<Supposed<'_>> {
        let (fact, side) = (self.facts.principal(id), self.sides.of(&self.facts, id));
        if fact.caller == CallerKind::ServiceLinkedSession {
            return None;
        }
        let (identity, groups) = self.identity_of(fact)?;
        let policy = self.sides.read_given(&self.facts, fact, policy, None);
        let policies = side.identity.iter().copied().chain([policy]).collect();
        Some(Supposed { fact, side: Side { identity: policies, ..side.clone() }, identity, groups })
    }

    /// What the export says of a user or role, and the groups that it is in.
    fn identity_of<'f>(&self, fact: &'f PrincipalFact) -> Option<(&'f Identity, Vec<Arc<str>>)> {
        match &fact.entity {
            Entity::User(user) => {
                let account = self.facts.estate.account(user.identity.account);
                let groups = account.into_iter().flat_map(|account| account.groups_of(user));
                Some((&user.identity, groups.map(|group| group.arn.clone()).collect()))
            }
            Entity::Role(role) => Some((&role.identity, Vec::new())),
            Entity::Unknown => None,
        }
    }

    /// Whether a new user without policies of its own would be an administrator in a group, or could make itself one there.
    pub fn makes_administrators(&self, account: &Arc<Account>, group: &Group) -> Likely {
        let mut identity = new_identity(account, NewKind::User);
        identity.attached = group.attached.clone();
        let user = Arc::new(User { identity: identity.clone(), groups: Box::new([group.name.clone()]) });
        let fact = self.facts.placed(PrincipalFact::user(&user, Some(account)));
        let policies = self.facts.policies_of_group(account.id, &group.name);
        let read = policies.iter().map(|&policy| self.sides.read_for(&self.facts, &fact, policy, None));
        let side = Side { identity: read.collect(), ..self.sides.with(&self.facts, &fact, None, None) };
        let groups = vec![group.arn.clone()];
        self.is_administrator_by(&Supposed { fact: &fact, side, identity: &identity, groups })
    }

    /// The customer-managed policies of an account with each of which alone a new user or role would be an administrator, or could
    /// make itself one.
    pub fn administrator_policies_for(
        &self,
        account: &Arc<Account>,
        kind: NewKind,
    ) -> Vec<(Arc<str>, Likely)> {
        let identity = new_identity(account, kind);
        let fact = self.new_fact(account, &identity, kind);
        let without = self.sides.with(&self.facts, &fact, None, None);
        let of = |policy: &Arc<ManagedPolicy>| {
            let compiled = self.facts.compiled_document(policy.policy?.document);
            let read = self.sides.read_given(&self.facts, &fact, &compiled, None);
            let side = Side { identity: Box::new([read]), ..without.clone() };
            let identity = Identity { attached: Box::new([policy.arn.clone()]), ..identity.clone() };
            let supposed = Supposed { fact: &fact, side, identity: &identity, groups: Vec::new() };
            Some((policy.arn.clone(), self.is_administrator_by(&supposed)))
        };
        account.managed_policies.values().filter_map(of).collect()
    }

    /// A new user or role as a principal.
    fn new_fact(&self, account: &Arc<Account>, identity: &Identity, kind: NewKind) -> PrincipalFact {
        self.facts.placed(match kind {
            NewKind::User => {
                let user = Arc::new(User { identity: identity.clone(), groups: Box::default() });
                PrincipalFact::user(&user, Some(account))
            }
            NewKind::Role => {
                let role = Arc::new(Role {
                    identity: identity.clone(),
                    trust: None,
                    last_used: Collected::NotCollected,
                });
                PrincipalFact::role(&role, Some(account))
            }
        })
    }

    fn is_administrator_by(&self, one: &Supposed) -> Likely {
        if self.allows_everything(&one.side) { Likely::Surely } else { self.grants_itself(one) }
    }

    /// Whether a user or role with these policies can give itself any policy.
    fn grants_itself(&self, one: &Supposed) -> Likely {
        let own: [&str; 2] = match one.fact.entity {
            Entity::Role(_) => ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
            _ => ["iam:PutUserPolicy", "iam:AttachUserPolicy"],
        };
        let of_group = ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"];
        let nothing = Stated(None);
        surest([
            &|| self.does(one, &own, [&one.identity.arn], &nothing),
            &|| self.does(one, &of_group, &one.groups, &nothing),
            &|| self.does(one, &["iam:CreatePolicyVersion"], &*one.identity.attached, &nothing),
        ])
    }

    /// Whether a user or role with these policies can take its boundary off, put one that allows everything in its place, or rewrite it.
    fn lifts_boundary(&self, one: &Supposed) -> Likely {
        let (delete, put) = boundary_actions(one.fact);
        let wide = self.wide_boundary(one.identity);
        let nothing = Stated(None);
        surest([
            &|| self.does(one, &[delete], [&one.identity.arn], &nothing),
            &|| self.does(one, &[put], [&one.identity.arn], &wide),
            &|| self.does(one, &["iam:CreatePolicyVersion"], &one.identity.boundary, &nothing),
        ])
    }

    /// Whether a user or role with these policies can make a role, or a user whose credentials it gets, and give it any policy: by a
    /// name that no policy is likely to speak of, without a boundary.
    fn makes_another(&self, one: &Supposed) -> Likely {
        let new = |kind: &str| -> Arc<str> {
            format!("arn:{}:iam::{}:{kind}/{NEW}", self.partition(one.identity), one.identity.account).into()
        };
        let unbounded = self.with_boundary(Known::Absent);
        let mut best = Likely::Never;
        for (kind, steps) in MAKES_ANOTHER {
            let target = new(kind);
            let all = steps.iter().fold(Likely::Surely, |so_far, actions| match so_far {
                Likely::Never => Likely::Never,
                _ => so_far.min(self.does(one, actions, [&target], &unbounded)),
            });
            best = best.max(all);
            if best == Likely::Surely {
                break;
            }
        }
        best
    }

    /// The boundary that allows everything.
    fn wide_boundary(&self, identity: &Identity) -> Stated {
        let partition = self.partition(identity);
        let administrator = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
        self.with_boundary(Known::One(administrator.into()))
    }

    fn partition(&self, identity: &Identity) -> &str {
        self.facts.estate.account(identity.account).map_or("aws", |account| &*account.partition)
    }

    fn with_boundary(&self, known: Known<'static>) -> Stated {
        Stated(Some((self.facts.compiler.key("iam:PermissionsBoundary"), known)))
    }

    /// Whether one with these policies may do one of some actions on one of some resources.
    fn does<'r>(
        &self,
        one: &Supposed,
        actions: &[&str],
        resources: impl IntoIterator<Item = &'r Arc<str>> + Clone,
        stated: &Stated,
    ) -> Likely {
        let mut best = Likely::Never;
        for action in actions.iter().filter(|action| self.speaks_of(&one.side, action)) {
            for resource in resources.clone() {
                let Ok(target) = self.target_of(action, Some(&**resource), None, &mut Vec::new()) else {
                    continue;
                };
                let prepared = Prepared::new(&self.facts, &self.sides, &target, stated);
                let caller = Caller { fact: one.fact, side: &one.side, session: unstated(one.fact) };
                best = best.max(prepared.decide(&self.routes, &caller, None).0.decision.into());
                if best == Likely::Surely {
                    return best;
                }
            }
        }
        best
    }

    /// Whether a statement of the identity policies allows the action, and one of the boundary if there is one.
    fn speaks_of(&self, side: &Side, action: &str) -> bool {
        let arena = self.facts.arena();
        let index = self.facts.asked_action(action).index;
        let allows = |(_, bound): &Bound| {
            self.sides.regions(*bound).iter().any(|region| {
                let allowed = arena.get(region.region).actions;
                !region.denies && index.is_some_and(|index| arena.actions.contains(allowed, index))
            })
        };
        side.identity.iter().any(allows) && (side.boundary.is_empty() || side.boundary.iter().any(allows))
    }
}

/// A new user or role of which nothing is known but its name.
fn new_identity(account: &Account, kind: NewKind) -> Identity {
    let kind = if kind == NewKind::User { "user" } else { "role" };
    Identity {
        arn: format!("arn:{}:iam::{}:{kind}/{NEW}", account.partition, account.id).into(),
        name: Name::from(NEW),
        account: account.id,
        unique_id: None,
        created: None,
        tags: Tags::default(),
        attached: Box::default(),
        inline: Box::default(),
        boundary: None,
    }
}

/// The actions that take the boundary off a user or role, and that set one.
fn boundary_actions(fact: &PrincipalFact) -> (&'static str, &'static str) {
    match fact.entity {
        Entity::Role(_) => ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"),
        _ => ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"),
    }
}

/// The surest of some ways, none tried after one that is sure.
fn surest<const N: usize>(ways: [&dyn Fn() -> Likely; N]) -> Likely {
    let mut best = Likely::Never;
    for way in ways {
        if best != Likely::Surely {
            best = best.max(way());
        }
    }
    best
}
