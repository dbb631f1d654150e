//! The facts of an edited estate, from those before the edit. What the edit leaves alone is shared.

use std::sync::{Arc, OnceLock};

use im::ordmap::DiffItem;
use rustc_hash::FxHashSet;

use super::ids::{GroupId, PolicyId, PrincipalId};
use super::policies::{PolicyFact, PolicyLabel};
use super::principals::{Entity, PrincipalFact};
use super::{Facts, Scope};
use crate::estate::{
    Account, AccountId, Collected, DocumentId, Estate, Identity, Name, PolicyRef, ResourceSettings, Role,
    User,
};

/// Facts after an edit, and whose policies may read otherwise than before it.
pub struct Edited {
    /// The facts.
    pub facts: Facts,
    /// The principals whose own policies the edit reaches. None: the principals have new numbers.
    pub reached: Option<Vec<PrincipalId>>,
}

impl Facts {
    /// The facts of an estate that was edited from the one of these facts, which are for any question. `None`: the edit
    /// brings what the regions of these facts can't speak of, such as an action that nobody named before.
    pub fn edited(&self, estate: &Estate) -> Option<Edited> {
        let same_store = Arc::ptr_eq(&self.estate.policies, &estate.policies);
        if !same_store || self.estate.partitions() != estate.partitions() {
            return None;
        }
        let in_place =
            Changes::between(&self.estate, estate).and_then(|changes| self.in_place(estate, &changes));
        let edited = in_place.unwrap_or_else(|| {
            let (compiler, documents) = (self.compiler.clone(), self.documents.clone());
            let facts = Self::assemble(estate, compiler, documents, Scope::Everything);
            Edited { facts, reached: None }
        });
        let facts = &edited.facts;
        let documents = facts.policies.iter().filter_map(|policy| policy.document);
        let new: Vec<DocumentId> = documents.filter(|id| id.index() >= self.known_documents).collect();
        let universe = &self.compiler.universe;
        let speaks = new.iter().all(|&id| universe.covers(facts.document(id).document()));
        speaks.then_some(edited)
    }

    /// The facts with some records replaced. `None`: a caller whom only a lost policy named is gone, so that those left are
    /// to be numbered again.
    fn in_place(&self, estate: &Estate, changes: &Changes) -> Option<Edited> {
        let mut edit = Edit::of(self.share(estate));
        changes.managed.iter().for_each(|arn| edit.managed(arn));
        for (account, name) in &changes.groups {
            edit.group(*account, name)?;
        }
        for user in &changes.users {
            edit.user(user)?;
        }
        for role in &changes.roles {
            edit.role(role)?;
        }
        changes.resources.iter().for_each(|arn| edit.resource(arn));
        edit.let_go();
        edit.reach_holders();
        edit.name_callers()?;
        let mut reached: Vec<PrincipalId> = edit.reached.into_iter().collect();
        reached.sort_unstable();
        Some(Edited { facts: edit.facts, reached: Some(reached) })
    }

    /// These facts for another estate.
    fn share(&self, estate: &Estate) -> Self {
        Self {
            estate: estate.clone(),
            compiler: self.compiler.clone(),
            principals: self.principals.clone(),
            policies: self.policies.clone(),
            levels: self.levels.clone(),
            organizations: self.organizations.clone(),
            by_name: self.by_name.clone(),
            attached: self.attached.clone(),
            boundary: self.boundary.clone(),
            groups: self.groups.clone(),
            group_attached: self.group_attached.clone(),
            group_ids: self.group_ids.clone(),
            managed: self.managed.clone(),
            role_of: self.role_of.clone(),
            sessions: self.sessions.clone(),
            trust: self.trust.clone(),
            resource_policy: self.resource_policy.clone(),
            endpoints: self.endpoints.clone(),
            endpoints_of_vpc: self.endpoints_of_vpc.clone(),
            paths: self.paths.clone(),
            shared: self.shared.clone(),
            delegation: self.delegation.clone(),
            named: self.named.clone(),
            callers_from: self.callers_from,
            documents: self.documents.clone(),
            known_documents: self.known_documents,
            missing: OnceLock::new(),
        }
    }
}

/// What an edit changed, where principals, groups and organisations stay who and what they are.
#[derive(Default)]
struct Changes {
    users: Vec<Arc<User>>,
    roles: Vec<Arc<Role>>,
    groups: Vec<(AccountId, Name)>,
    managed: Vec<Arc<str>>,
    resources: Vec<Arc<str>>,
}

impl Changes {
    /// `None`: more changed than that.
    fn between(before: &Estate, after: &Estate) -> Option<Self> {
        let mut changes = Self::default();
        if before.organizations != after.organizations {
            return None;
        }
        for item in before.accounts.diff(&after.accounts) {
            let DiffItem::Update { old: (_, old), new: (_, new) } = item else { return None };
            changes.in_account(old, new)?;
        }
        for item in before.aws_managed.diff(&after.aws_managed) {
            changes.managed.push(key(item).clone());
        }
        for item in before.resources.diff(&after.resources) {
            let alike = match item {
                DiffItem::Update { old: (_, old), new: (_, new) } => old.settings == new.settings,
                DiffItem::Add(_, one) | DiffItem::Remove(_, one) => {
                    one.settings == ResourceSettings::default()
                }
            };
            alike.then(|| changes.resources.push(key(item).clone()))?;
        }
        Some(changes)
    }

    fn in_account(&mut self, old: &Arc<Account>, new: &Arc<Account>) -> Option<()> {
        let settings_of_new = Account {
            users: old.users.clone(),
            groups: old.groups.clone(),
            roles: old.roles.clone(),
            managed_policies: old.managed_policies.clone(),
            ..(**new).clone()
        };
        if settings_of_new != **old {
            return None;
        }
        for item in old.users.diff(&new.users) {
            let DiffItem::Update { old: (_, was), new: (_, user) } = item else { return None };
            same(&was.identity, &user.identity).then(|| self.users.push(user.clone()))?;
        }
        for item in old.roles.diff(&new.roles) {
            let DiffItem::Update { old: (_, was), new: (_, role) } = item else { return None };
            same(&was.identity, &role.identity).then(|| self.roles.push(role.clone()))?;
        }
        for item in old.groups.diff(&new.groups) {
            let DiffItem::Update { new: (name, _), .. } = item else { return None };
            self.groups.push((new.id, name.clone()));
        }
        for item in old.managed_policies.diff(&new.managed_policies) {
            self.managed.push(key(item).clone());
        }
        Some(())
    }
}

fn key<'a, K, V>(item: DiffItem<'a, 'a, K, V>) -> &'a K {
    match item {
        DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { new: (key, _), .. } => key,
    }
}

/// Whether two records are of the same user or role, and not of one that was made anew (S-PRN-11).
fn same(was: &Identity, is: &Identity) -> bool {
    was.arn == is.arn && was.unique_id == is.unique_id
}

/// An edit under way.
struct Edit {
    facts: Facts,
    reached: FxHashSet<PrincipalId>,
    /// Policies that say something else than before, whoever holds them.
    rewritten: FxHashSet<PolicyId>,
    /// Policies that somebody no longer holds.
    given_up: Vec<PolicyId>,
    /// Documents that name callers.
    lost: Vec<DocumentId>,
    gained: Vec<DocumentId>,
}

impl Edit {
    fn of(facts: Facts) -> Self {
        Self {
            facts,
            reached: FxHashSet::default(),
            rewritten: FxHashSet::default(),
            given_up: Vec::new(),
            lost: Vec::new(),
            gained: Vec::new(),
        }
    }

    fn managed(&mut self, arn: &Arc<str>) {
        // One that nobody holds is no fact.
        let Some(&id) = self.facts.managed.get(arn) else { return };
        let policy = self.facts.estate.managed_policy(arn).and_then(|managed| managed.policy);
        self.facts.policies[id.index()] = PolicyFact::new(PolicyLabel::Managed(arn.clone()), policy);
        self.rewritten.insert(id);
    }

    fn group(&mut self, account: AccountId, name: &Name) -> Option<()> {
        let group = self.facts.estate.account(account)?.groups.get(name)?.clone();
        let id = *self.facts.group_ids.get(&(account, name.clone()))?;
        let before = self.facts.group_attached[id.index()].clone();
        let now = self.facts.held_by_group(&group, &before);
        self.gives_up(&before, &now);
        self.facts.group_attached[id.index()] = now.into();
        self.reach_members(&|groups| groups.contains(&id));
        Some(())
    }

    fn user(&mut self, user: &Arc<User>) -> Option<()> {
        let id = self.facts.principal_id(&user.identity.arn)?;
        let account = self.facts.estate.account(user.identity.account).cloned();
        let fact = PrincipalFact::user(user, account.as_ref());
        let groups = self.facts.groups_of(user);
        self.facts.groups[id.index()] = groups.into();
        self.identity(id, &user.identity, fact);
        Some(())
    }

    fn role(&mut self, role: &Arc<Role>) -> Option<()> {
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

    fn resource(&mut self, arn: &Arc<str>) {
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
    fn replace(&mut self, id: PolicyId, policy: Option<PolicyRef>) {
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
    fn let_go(&mut self) {
        let facts = &mut self.facts;
        for policy in std::mem::take(&mut self.given_up) {
            let holds = |lists: &[Arc<[PolicyId]>]| lists.iter().any(|list| list.contains(&policy));
            if holds(&facts.attached) || holds(&facts.boundary) || holds(&facts.group_attached) {
                continue;
            }
            facts.policies[policy.index()].in_use = false;
            if let PolicyLabel::Managed(arn) = facts.policy(policy).label.clone() {
                Arc::make_mut(&mut facts.managed).remove(&arn);
            }
        }
    }

    /// Whoever holds a policy that was rewritten is reached.
    fn reach_holders(&mut self) {
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

    /// Adds the callers that only gained documents name. `None`: one is no longer named by any.
    fn name_callers(&mut self) -> Option<()> {
        for document in std::mem::take(&mut self.gained) {
            for name in self.facts.named_in(document) {
                let named = Arc::make_mut(&mut self.facts.named);
                *named.entry(name.clone()).or_default() += 1;
                self.facts.add_named_caller(&name);
            }
        }
        for document in std::mem::take(&mut self.lost) {
            for name in self.facts.named_in(document) {
                let times = Arc::make_mut(&mut self.facts.named).entry(name.clone()).or_default();
                *times = times.saturating_sub(1);
                let gone = *times == 0;
                let fact = PrincipalFact::named(&self.facts.estate, &name);
                let id = fact.and_then(|fact| self.facts.principal_id(&fact.name));
                // Users, roles and root users are there without being named.
                if gone && id.is_some_and(|id| id.index() >= self.facts.callers_from) {
                    return None;
                }
            }
        }
        Some(())
    }
}
