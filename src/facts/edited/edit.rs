//! An edit under way: records in place of others, and whom that reaches.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::estate::{AccountId, Collected, DocumentId, Identity, Name, PolicyRef, Role, User};
use crate::facts::Facts;
use crate::facts::ids::{GroupId, PolicyId, PrincipalId};
use crate::facts::policies::{PolicyFact, PolicyLabel};
use crate::facts::principals::{Entity, PrincipalFact};

/// An edit under way.
pub(super) struct Edit {
    pub facts: Facts,
    pub reached: FxHashSet<PrincipalId>,
    /// Whose SCPs are others than before.
    pub limited: FxHashSet<PrincipalId>,
    /// The names of principals that are to go.
    pub leaving: Vec<Arc<str>>,
    pub gone: Vec<PrincipalId>,
    /// Policies that say something else than before, whoever holds them.
    pub rewritten: FxHashSet<PolicyId>,
    /// Policies that somebody no longer holds.
    pub given_up: Vec<PolicyId>,
    /// Documents that name callers.
    pub lost: Vec<DocumentId>,
    pub gained: Vec<DocumentId>,
}

impl Edit {
    pub fn of(facts: Facts) -> Self {
        Self {
            facts,
            reached: FxHashSet::default(),
            limited: FxHashSet::default(),
            leaving: Vec::new(),
            gone: Vec::new(),
            rewritten: FxHashSet::default(),
            given_up: Vec::new(),
            lost: Vec::new(),
            gained: Vec::new(),
        }
    }

    pub fn managed(&mut self, arn: &Arc<str>) {
        // One that nobody holds is no fact.
        let Some(&id) = self.facts.managed.get(arn) else { return };
        let policy = self.facts.estate.managed_policy(arn).and_then(|managed| managed.policy);
        self.facts.policies[id.index()] = PolicyFact::new(PolicyLabel::Managed(arn.clone()), policy);
        self.rewritten.insert(id);
    }

    pub fn group(&mut self, account: AccountId, name: &Name) -> Option<()> {
        let group = self.facts.estate.account(account)?.groups.get(name)?.clone();
        let id = *self.facts.group_ids.get(&(account, name.clone()))?;
        let before = self.facts.group_attached[id.index()].clone();
        let now = self.facts.held_by_group(&group, &before);
        self.gives_up(&before, &now);
        self.facts.group_attached[id.index()] = now.into();
        self.reach_members(&|groups| groups.contains(&id));
        Some(())
    }

    pub fn user(&mut self, user: &Arc<User>) -> Option<()> {
        let id = self.facts.principal_id(&user.identity.arn)?;
        let account = self.facts.estate.account(user.identity.account).cloned();
        let fact = PrincipalFact::user(user, account.as_ref());
        let groups = self.facts.groups_of(user);
        self.facts.groups[id.index()] = groups.into();
        self.identity(id, &user.identity, fact);
        Some(())
    }

    pub fn role(&mut self, role: &Arc<Role>) -> Option<()> {
        let id = self.facts.principal_id(&role.identity.arn)?;
        let account = self.facts.estate.account(role.identity.account).cloned();
        self.identity(id, &role.identity, PrincipalFact::role(role, account.as_ref()));
        let trust = self.facts.trust_of(&role.identity.arn)?;
        self.replace(trust, role.trust);
        // Named sessions are of the role as it is now.
        let sessions: Vec<PrincipalId> = self.facts.sessions_of(id).collect();
        for session in sessions {
            let mut fact = (*self.facts.principals[session.index()]).clone();
            fact.entity = Entity::Role(role.clone());
            self.facts.principals[session.index()] = Arc::new(fact);
            self.reached.insert(session);
        }
        Some(())
    }

    fn identity(&mut self, id: PrincipalId, identity: &Identity, fact: PrincipalFact) {
        let before = self.facts.attached[id.index()].clone();
        let now = self.facts.held_by_identity(identity, &before);
        self.gives_up(&before, &now);
        self.facts.attached[id.index()] = now.into();
        let boundary: Vec<PolicyId> = identity.boundary.iter().map(|arn| self.facts.managed(arn)).collect();
        let was = std::mem::replace(&mut self.facts.boundary[id.index()], boundary.into());
        self.gives_up(&was, &self.facts.boundary[id.index()].clone());
        self.facts.principals[id.index()] = Arc::new(self.facts.placed(fact));
        self.reached.insert(id);
    }

    pub fn resource(&mut self, arn: &Arc<str>) {
        let policy = match self.facts.estate.resources.get(arn).map(|resource| &resource.policy) {
            Some(Collected::Some(policy)) => Some(*policy),
            _ => None,
        };
        match (self.facts.policy_of(arn), policy) {
            (Some(id), Some(policy)) => self.replace(id, Some(policy)),
            (Some(id), None) => {
                self.replace(id, None);
                self.facts.policies[id.index()].in_use = false;
                Arc::make_mut(&mut self.facts.resource_policy).remove(arn);
            }
            (None, Some(policy)) => {
                let label = PolicyLabel::OfResource(arn.clone());
                let id = self.facts.add_policy(PolicyFact::new(label, Some(policy)));
                Arc::make_mut(&mut self.facts.resource_policy).insert(arn.clone(), id);
                self.gained.push(policy.document);
            }
            (None, None) => {}
        }
    }

    /// Puts a document that names callers in place of another.
    pub fn replace(&mut self, id: PolicyId, policy: Option<PolicyRef>) {
        let fact = &mut self.facts.policies[id.index()];
        let now = PolicyFact::new(fact.label.clone(), policy);
        self.lost.extend(fact.document);
        self.gained.extend(now.document);
        *fact = now;
    }

    fn gives_up(&mut self, before: &[PolicyId], now: &[PolicyId]) {
        self.given_up.extend(before.iter().filter(|policy| !now.contains(policy)));
    }

    /// Takes policies that nobody holds any longer out of use.
    pub fn let_go(&mut self) {
        let facts = &mut self.facts;
        let mut free: FxHashSet<PolicyId> = std::mem::take(&mut self.given_up).into_iter().collect();
        if free.is_empty() {
            return;
        }
        let held = facts.attached.iter().chain(&facts.boundary).chain(&facts.group_attached);
        held.flat_map(|list| list.iter()).for_each(|policy| {
            free.remove(policy);
        });
        for policy in free {
            facts.policies[policy.index()].in_use = false;
            if let PolicyLabel::Managed(arn) = facts.policy(policy).label.clone() {
                Arc::make_mut(&mut facts.managed).remove(&arn);
            }
        }
    }

    /// Whoever holds a policy that was rewritten is reached.
    pub fn reach_holders(&mut self) {
        if self.rewritten.is_empty() {
            return;
        }
        let rewritten = std::mem::take(&mut self.rewritten);
        let holds = |list: &Arc<[PolicyId]>| list.iter().any(|policy| rewritten.contains(policy));
        let facts = &self.facts;
        let groups: FxHashSet<GroupId> = (0..facts.group_attached.len() as u32)
            .map(GroupId)
            .filter(|id| holds(&facts.group_attached[id.index()]))
            .collect();
        let of_own = |id: &PrincipalId| {
            let holder = facts.role_of[id.index()].unwrap_or(*id);
            holds(&facts.attached[holder.index()]) || holds(&facts.boundary[holder.index()])
        };
        let holders = (0..facts.principals.len() as u32).map(PrincipalId).filter(of_own);
        self.reached.extend(holders);
        self.reach_members(&|of| of.iter().any(|group| groups.contains(group)));
    }

    fn reach_members(&mut self, is_member: &dyn Fn(&[GroupId]) -> bool) {
        let users = self.facts.groups.iter().enumerate().filter(|(_, groups)| is_member(groups));
        self.reached.extend(users.map(|(index, _)| PrincipalId(index as u32)));
    }
}
