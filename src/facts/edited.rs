//! The facts of an edited estate, from those before the edit. What the edit leaves alone is shared.

use std::sync::{Arc, OnceLock};

use im::ordmap::DiffItem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ids::{ControlKind, GroupId, NodeId, PolicyId, PrincipalId};
use super::organization::Levels;
use super::policies::{PolicyFact, PolicyLabel};
use super::principals::{Entity, PrincipalFact, PrincipalKind};
use super::{Facts, Scope};
use crate::estate::{
    Account, AccountId, Collected, DocumentId, Estate, Identity, Name, Node, Organization, PolicyRef,
    ResourceSettings, Role, User,
};

/// Facts after an edit, and what it reaches.
pub struct Edited {
    /// The facts.
    pub facts: Facts,
    /// Whom it reaches. None: the principals have new numbers.
    pub reach: Option<Reach>,
}

/// Whom an edit reaches.
#[derive(Default, Debug)]
pub struct Reach {
    /// The principals whose own policies may read otherwise than before, added ones too; sorted.
    pub own: Vec<PrincipalId>,
    /// The principals whose SCPs may.
    pub limited: Vec<PrincipalId>,
    /// Whether SCPs or RCPs are others than before.
    pub controls: bool,
    /// The principals that are gone, one after the other; each time the last of all got the number of the gone.
    pub gone: Vec<PrincipalId>,
}

impl Reach {
    /// What happened to a list with an entry for each principal: added ones at its end, then gone ones out of it.
    pub fn follow<T>(&self, list: &mut Vec<T>, principals: usize, added: impl FnMut() -> T) {
        list.resize_with(principals + self.gone.len(), added);
        for id in &self.gone {
            list.swap_remove(id.index());
        }
    }
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
            Edited { facts, reach: None }
        });
        let facts = &edited.facts;
        let documents = facts.policies.iter().filter_map(|policy| policy.document);
        let new: Vec<DocumentId> = documents.filter(|id| id.index() >= self.known_documents).collect();
        let universe = &self.compiler.universe;
        let speaks = new.iter().all(|&id| universe.covers(facts.document(id).document()));
        speaks.then_some(edited)
    }

    /// The facts with some records replaced. `None`: more depends on the records than is followed here.
    fn in_place(&self, estate: &Estate, changes: &Changes) -> Option<Edited> {
        let mut edit = Edit::of(self.share(estate));
        if changes.controls {
            edit.controls();
        }
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
        for user in &changes.new_users {
            edit.new_user(user)?;
        }
        for role in &changes.new_roles {
            edit.new_role(role)?;
        }
        for arn in &changes.gone {
            edit.leaves(arn)?;
        }
        changes.resources.iter().for_each(|arn| edit.resource(arn));
        edit.reach_holders();
        edit.name_callers();
        edit.remove_leaving();
        edit.let_go();
        let sorted = |ids: FxHashSet<PrincipalId>| {
            let mut ids: Vec<PrincipalId> = ids.into_iter().collect();
            ids.sort_unstable();
            ids
        };
        let (own, limited) = (sorted(edit.reached), sorted(edit.limited));
        let reach = Reach { own, limited, controls: changes.controls, gone: edit.gone };
        Some(Edited { facts: edit.facts, reach: Some(reach) })
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
            documents: self.documents.clone(),
            known_documents: self.known_documents,
            missing: OnceLock::new(),
        }
    }
}

/// What an edit changed, where groups, accounts and the trees of organisations stay what they are.
#[derive(Default)]
struct Changes {
    /// Whether SCPs or RCPs, or what they are attached to, are others.
    controls: bool,
    new_users: Vec<Arc<User>>,
    new_roles: Vec<Arc<Role>>,
    /// Users and roles that are no longer there.
    gone: Vec<Arc<str>>,
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
        for item in before.organizations.diff(&after.organizations) {
            let DiffItem::Update { old: (_, old), new: (_, new) } = item else { return None };
            if **old != **new {
                same_tree(old, new).then(|| changes.controls = true)?;
            }
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
            match item {
                DiffItem::Update { old: (_, was), new: (_, user) } => {
                    same(&was.identity, &user.identity).then(|| self.users.push(user.clone()))?;
                }
                DiffItem::Add(_, user) => self.new_users.push(user.clone()),
                DiffItem::Remove(_, user) => self.gone.push(user.identity.arn.clone()),
            }
        }
        for item in old.roles.diff(&new.roles) {
            match item {
                DiffItem::Update { old: (_, was), new: (_, role) } => {
                    same(&was.identity, &role.identity).then(|| self.roles.push(role.clone()))?;
                }
                DiffItem::Add(_, role) => self.new_roles.push(role.clone()),
                DiffItem::Remove(_, role) => self.gone.push(role.identity.arn.clone()),
            }
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

/// Whether two records of an organisation differ in their SCPs and RCPs at most.
fn same_tree(was: &Organization, is: &Organization) -> bool {
    let alike = |was: &Node, is: &Node| *was == Node { scp: was.scp, rcp: was.rcp, ..is.clone() };
    let nodes = was.nodes.diff(&is.nodes).all(|item| match item {
        DiffItem::Update { old: (_, was), new: (_, is) } => alike(was, is),
        DiffItem::Add(..) | DiffItem::Remove(..) => false,
    });
    let rest = Organization { nodes: was.nodes.clone(), policies: was.policies.clone(), ..is.clone() };
    nodes && *was == rest
}

/// An edit under way.
struct Edit {
    facts: Facts,
    reached: FxHashSet<PrincipalId>,
    /// Whose SCPs are others than before.
    limited: FxHashSet<PrincipalId>,
    /// The names of principals that are to go.
    leaving: Vec<Arc<str>>,
    gone: Vec<PrincipalId>,
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
            limited: FxHashSet::default(),
            leaving: Vec::new(),
            gone: Vec::new(),
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

    /// Adds the callers that only gained documents name, and lets those go that only lost ones named.
    fn name_callers(&mut self) {
        for document in std::mem::take(&mut self.gained) {
            for name in self.facts.named_in(document) {
                let named = Arc::make_mut(&mut self.facts.named);
                *named.entry(name.clone()).or_default() += 1;
                self.facts.add_named_caller(&name);
            }
        }
        for document in std::mem::take(&mut self.lost) {
            for name in self.facts.named_in(document) {
                let named = Arc::make_mut(&mut self.facts.named);
                let times = named.entry(name.clone()).or_default();
                *times = times.saturating_sub(1);
                if *times > 0 {
                    continue;
                }
                named.remove(&name);
                let Some(fact) = PrincipalFact::named(&self.facts.estate, &name) else { continue };
                // Others may be the same caller by another name.
                let still_named = || {
                    let of_same = |other: &&Box<str>| {
                        PrincipalFact::named(&self.facts.estate, other)
                            .is_some_and(|one| one.name == fact.name)
                    };
                    self.facts.named.keys().any(|other| of_same(&other))
                };
                if !self.is_there_unnamed(&fact) && !still_named() {
                    self.leaving.push(fact.name);
                }
            }
        }
    }

    /// Whether a principal is there although no policy names it: users and roles, root users, and whoever sends no signature.
    fn is_there_unnamed(&self, fact: &PrincipalFact) -> bool {
        let account = || fact.account.and_then(|account| self.facts.estate.account(account));
        match fact.kind {
            PrincipalKind::User | PrincipalKind::Role => fact.identity().is_some(),
            PrincipalKind::Root => account().is_some_and(|account| account.collected),
            PrincipalKind::Everyone => true,
            _ => false,
        }
    }

    fn new_user(&mut self, user: &Arc<User>) -> Option<()> {
        let account = self.newcomers_account(&user.identity)?;
        let id = self.facts.add_identity(&user.identity, PrincipalFact::user(user, Some(&account)));
        self.facts.groups[id.index()] = self.facts.groups_of(user).into();
        self.reached.insert(id);
        Some(())
    }

    fn new_role(&mut self, role: &Arc<Role>) -> Option<()> {
        let account = self.newcomers_account(&role.identity)?;
        let id = self.facts.add_identity(&role.identity, PrincipalFact::role(role, Some(&account)));
        self.reached.insert(id);
        let trust = self.facts.add_trust(role);
        self.gained.extend(self.facts.policy(trust).document);
        // Policies may have named its sessions before.
        let sessions = self.facts.named.keys().filter(|name| name.contains(":assumed-role/"));
        let names: Vec<Box<str>> = sessions.cloned().collect();
        for name in names {
            self.reached.extend(self.facts.add_named_caller(&name));
        }
        Some(())
    }

    /// The account of a user or role that is new, where nothing but the policies of others may have named it before.
    fn newcomers_account(&self, identity: &Identity) -> Option<Arc<Account>> {
        let account = self.facts.estate.account(identity.account).filter(|account| account.collected)?;
        self.facts.principal_id(&identity.arn).is_none().then(|| account.clone())
    }

    /// A user or role is no longer there, nor are the sessions of the role.
    fn leaves(&mut self, arn: &Arc<str>) -> Option<()> {
        let id = self.facts.principal_id(arn)?;
        let account =
            self.facts.principal(id).account.and_then(|account| self.facts.estate.account(account))?;
        if !account.collected {
            return None;
        }
        if let Some(trust) = self.facts.trust_of(arn) {
            self.replace(trust, None);
            self.facts.policies[trust.index()].in_use = false;
            Arc::make_mut(&mut self.facts.trust).remove(arn);
        }
        let sessions: Vec<PrincipalId> = self.facts.sessions_of(id).collect();
        self.leaving.extend(sessions.into_iter().map(|id| self.facts.principal(id).name.clone()));
        self.leaving.push(arn.clone());
        Some(())
    }

    fn remove_leaving(&mut self) {
        for name in std::mem::take(&mut self.leaving) {
            let Some(id) = self.facts.principal_id(&name) else { continue };
            let held = self.facts.attached[id.index()].iter().chain(&*self.facts.boundary[id.index()]);
            self.given_up.extend(held);
            let moved = self.facts.remove_principal(id);
            for reached in [&mut self.reached, &mut self.limited] {
                reached.remove(&id);
                if moved.is_some_and(|moved| reached.remove(&moved)) {
                    reached.insert(id);
                }
            }
            self.gone.push(id);
        }
    }

    /// SCPs and RCPs as the estate has them now. What is attached where it was keeps its number.
    fn controls(&mut self) {
        let before = self.facts.levels.clone();
        let mut policies = Vec::new();
        let mut levels = Levels::of(&self.facts.estate, &mut policies);
        let mut known: FxHashMap<(ControlKind, NodeId), Vec<PolicyId>> = FxHashMap::default();
        for &(kind, node, policy) in &before.attached {
            known.entry((kind, node)).or_default().push(policy);
        }
        let mut changed: FxHashSet<NodeId> = FxHashSet::default();
        for (kind, node, policy) in &mut levels.attached {
            let Some(fact) = policies.get(policy.index()).cloned() else { continue };
            let here = known.entry((*kind, *node)).or_default();
            *policy = match here.iter().position(|&id| *self.facts.policy(id) == fact) {
                Some(place) => here.swap_remove(place),
                None => {
                    changed.insert(*node);
                    self.gained.extend(fact.document);
                    self.facts.add_policy(fact)
                }
            };
        }
        for ((_, node), policies) in known {
            for policy in policies {
                changed.insert(node);
                self.lost.extend(self.facts.policy(policy).document);
                self.facts.policies[policy.index()].in_use = false;
            }
        }
        changed.extend(before.top.iter().filter(|top| !levels.top.contains(top)).map(|(_, node)| *node));
        changed.extend(levels.top.iter().filter(|top| !before.top.contains(top)).map(|(_, node)| *node));
        let parents: FxHashMap<NodeId, NodeId> = levels.parent.iter().copied().collect();
        let is_below = |account: NodeId| {
            let path = std::iter::successors(Some(account), |node| parents.get(node).copied());
            // A tree that was read wrong may go round.
            path.take(levels.names.len()).any(|node| changed.contains(&node))
        };
        let accounts: FxHashSet<NodeId> =
            levels.accounts.values().copied().filter(|&node| is_below(node)).collect();
        let principals = self.facts.principals.iter().enumerate();
        let limited =
            principals.filter(|(_, fact)| fact.standing.level.is_some_and(|level| accounts.contains(&level)));
        self.limited = limited.map(|(index, _)| PrincipalId(index as u32)).collect();
        self.facts.levels = Arc::new(levels);
    }
}
