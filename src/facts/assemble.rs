//! An estate -> its facts, relation by relation.

use std::sync::Arc;

use super::binding::OrganizationOf;
use super::compile::{Compiler, Places};
use super::documents::Documents;
use super::ids::{GroupId, PolicyId, PrincipalId};
use super::principals::PrincipalFact;
use super::{Assumptions, Endpoint, Facts, Levels, PolicyFact, PolicyLabel, Scope, Universe};
use crate::catalog::endpoints::{Leads, leads_to, region_of_endpoint};
use crate::estate::{Account, Collected, DocumentId, Estate, Group, Identity, InlinePolicy, Role, User};

impl Facts {
    /// The facts of an estate.
    pub fn of(estate: &Estate, assumptions: Assumptions, scope: Scope) -> Self {
        let places = Places {
            partitions: estate.partitions(),
            accounts: estate.accounts.keys().map(|account| account.number()).collect(),
        };
        let (documents, compiler) = match scope {
            Scope::Asked { actions, .. } => {
                let compiler = Compiler::new(Universe::new([], actions), assumptions, places);
                (Documents::default(), compiler.only(actions))
            }
            Scope::Everything => {
                // Who there is and what it holds is put together while documents are read.
                let nothing = Compiler::new(Universe::new([], &[]), assumptions.clone(), Places::default());
                let mut facts = Self::bare(estate.clone(), Arc::new(nothing), Arc::default());
                let read = || {
                    let documents = Documents::all(&estate.policies);
                    let universe = Universe::new(documents.read().map(|parsed| parsed.document()), &[]);
                    (documents, Compiler::new(universe, assumptions, places))
                };
                let ((documents, compiler), ()) = rayon::join(read, || facts.add_estate());
                (facts.documents, facts.compiler) = (Arc::new(documents), Arc::new(compiler));
                facts.add_named(scope);
                return facts;
            }
        };
        Self::assemble(estate, Arc::new(compiler), Arc::new(documents), scope)
    }

    pub(super) fn assemble(
        estate: &Estate,
        compiler: Arc<Compiler>,
        documents: Arc<Documents>,
        scope: Scope,
    ) -> Self {
        let mut facts = Self::bare(estate.clone(), compiler, documents);
        facts.add_estate();
        facts.add_named(scope);
        facts
    }

    /// What the estate lists, with its policies. No document is read for it, and nothing compiled.
    fn add_estate(&mut self) {
        self.levels = Arc::new(Levels::of(&self.estate, &mut self.policies));
        self.add_principals();
        self.add_resources();
        self.add_endpoints();
        self.add_shares();
    }

    /// The callers that policies name.
    fn add_named(&mut self, scope: Scope) {
        let naming = match scope {
            Scope::Everything => {
                self.policies.iter().filter_map(|policy| policy.document).collect::<Vec<_>>()
            }
            // Whom a resource lets in that lets everybody in, other policies name.
            Scope::Asked { everybody: true, .. } => self.on_resource_sides(),
            Scope::Asked { everybody: false, .. } => Vec::new(),
        };
        self.add_named_callers(naming);
    }

    pub(super) fn add_policy(&mut self, fact: PolicyFact) -> PolicyId {
        self.policies.push(fact);
        PolicyId(self.policies.len() as u32 - 1)
    }

    pub(super) fn add_principal(
        &mut self,
        fact: PrincipalFact,
        attached: Vec<PolicyId>,
        boundary: Option<PolicyId>,
    ) -> PrincipalId {
        let fact = self.placed(fact);
        let name = fact.name.clone();
        let id = self.push_principal(fact, attached.into(), boundary.into_iter().collect());
        Arc::make_mut(&mut self.by_name).insert(name, id);
        id
    }

    /// Adds a principal that no name finds.
    pub(super) fn push_principal(
        &mut self,
        fact: PrincipalFact,
        attached: Arc<[PolicyId]>,
        boundary: Arc<[PolicyId]>,
    ) -> PrincipalId {
        let id = PrincipalId(self.principals.len() as u32);
        self.principals.push(Arc::new(fact));
        self.attached.push(attached);
        self.boundary.push(boundary);
        self.groups.push(Arc::default());
        self.role_of.push(None);
        id
    }

    /// Takes a principal out. The last one gets its number: the number that it had, if it is another.
    pub(super) fn remove_principal(&mut self, id: PrincipalId) -> Option<PrincipalId> {
        let fact = self.principals.swap_remove(id.index());
        self.attached.swap_remove(id.index());
        self.boundary.swap_remove(id.index());
        self.groups.swap_remove(id.index());
        let role = self.role_of.swap_remove(id.index());
        let sessions = Arc::make_mut(&mut self.sessions);
        sessions.remove(&id);
        if let Some(sessions) = role.and_then(|role| sessions.get_mut(&role)) {
            sessions.retain(|session| *session != id);
        }
        let by_name = Arc::make_mut(&mut self.by_name);
        by_name.remove(&fact.name);
        let moved = PrincipalId(self.principals.len() as u32);
        if moved == id {
            return None;
        }
        by_name.insert(self.principals[id.index()].name.clone(), id);
        if let Some(sessions_of_moved) = sessions.remove(&moved) {
            sessions_of_moved.iter().for_each(|session| self.role_of[session.index()] = Some(id));
            sessions.insert(id, sessions_of_moved);
        }
        if let Some(sessions) = self.role_of[id.index()].and_then(|role| sessions.get_mut(&role)) {
            sessions.iter_mut().filter(|session| **session == moved).for_each(|session| *session = id);
        }
        Some(moved)
    }

    fn add_principals(&mut self) {
        let estate = self.estate.clone();
        self.reserve(&estate);
        for account in estate.accounts.values() {
            let organization = OrganizationOf::of(&estate, account.id);
            Arc::make_mut(&mut self.organizations).insert(account.id, organization);
            for group in account.groups.values() {
                let held = self.held_by_group(group, &[]);
                let id = GroupId(self.group_attached.len() as u32);
                self.group_attached.push(held.into());
                Arc::make_mut(&mut self.group_ids).insert((account.id, group.name.clone()), id);
            }
            for user in account.users.values() {
                let id = self.add_identity(&user.identity, PrincipalFact::user(user, Some(account)));
                self.groups[id.index()] = self.groups_of(user).into();
            }
            for role in account.roles.values() {
                self.add_identity(&role.identity, PrincipalFact::role(role, Some(account)));
                self.add_trust(role);
            }
            if account.collected {
                self.add_principal(PrincipalFact::root(account), Vec::new(), None);
            }
        }
    }

    /// Makes room for the principals of an estate and their policies.
    fn reserve(&mut self, estate: &Estate) {
        let roles: usize = estate.accounts.values().map(|account| account.roles.len()).sum();
        let users: usize = estate.accounts.values().map(|account| account.users.len()).sum();
        let all = roles + users + estate.accounts.len();
        self.principals.reserve(all);
        self.attached.reserve(all);
        self.boundary.reserve(all);
        self.groups.reserve(all);
        self.role_of.reserve(all);
        self.policies.reserve(estate.policies.len());
        Arc::make_mut(&mut self.by_name).reserve(all);
        Arc::make_mut(&mut self.trust).reserve(roles);
    }

    pub(super) fn add_trust(&mut self, role: &Role) -> PolicyId {
        let label = PolicyLabel::Trust(role.identity.arn.clone());
        let trust = self.add_policy(PolicyFact::new(label, role.trust));
        Arc::make_mut(&mut self.trust).insert(role.identity.arn.clone(), trust);
        trust
    }

    pub(super) fn add_identity(&mut self, identity: &Identity, fact: PrincipalFact) -> PrincipalId {
        let attached = self.held_by_identity(identity, &[]);
        let boundary = identity.boundary.as_ref().map(|arn| self.managed(arn));
        self.add_principal(fact, attached, boundary)
    }

    /// The policies of a user or role. Inline policies keep their place among those that it had `before`.
    pub(super) fn held_by_identity(&mut self, identity: &Identity, before: &[PolicyId]) -> Vec<PolicyId> {
        self.held(&identity.attached, &identity.arn, &identity.inline, before)
    }

    /// The same for a group.
    pub(super) fn held_by_group(&mut self, group: &Group, before: &[PolicyId]) -> Vec<PolicyId> {
        self.held(&group.attached, &group.arn, &group.inline, before)
    }

    fn held(
        &mut self,
        attached: &[Arc<str>],
        holder: &Arc<str>,
        inline: &[InlinePolicy],
        before: &[PolicyId],
    ) -> Vec<PolicyId> {
        let mut held: Vec<PolicyId> = attached.iter().map(|arn| self.managed(arn)).collect();
        for inline in inline {
            let label = PolicyLabel::Inline(holder.clone(), inline.name.clone());
            let known = before.iter().copied().find(|&id| self.policy(id).label == label);
            let fact = PolicyFact::new(label, Some(inline.policy));
            held.push(match known {
                Some(id) => {
                    self.policies[id.index()] = fact;
                    id
                }
                None => self.add_policy(fact),
            });
        }
        held
    }

    /// The groups of a user. One that was not collected may hold anything (S-EVAL-11).
    pub(super) fn groups_of(&mut self, user: &User) -> Vec<GroupId> {
        let account = user.identity.account;
        let mut groups = Vec::with_capacity(user.groups.len());
        for name in &user.groups {
            let known = self.group_ids.get(&(account, name.clone())).copied();
            groups.push(known.unwrap_or_else(|| {
                let label = PolicyLabel::OfPrincipal(format!("group {name} of {account}").into());
                let anything = self.add_policy(PolicyFact::new(label, None));
                let id = GroupId(self.group_attached.len() as u32);
                self.group_attached.push([anything].into());
                Arc::make_mut(&mut self.group_ids).insert((account, name.clone()), id);
                id
            }));
        }
        groups
    }

    /// A managed policy, by its ARN.
    pub(super) fn managed(&mut self, arn: &Arc<str>) -> PolicyId {
        if let Some(&id) = self.managed.get(arn) {
            return id;
        }
        let policy = self.estate.managed_policy(arn).and_then(|managed| managed.policy);
        let id = self.add_policy(PolicyFact::new(PolicyLabel::Managed(arn.clone()), policy));
        Arc::make_mut(&mut self.managed).insert(arn.clone(), id);
        id
    }

    fn add_resources(&mut self) {
        let estate = self.estate.clone();
        for (arn, resource) in &estate.resources {
            if let Collected::Some(policy) = resource.policy {
                let id = self.add_policy(PolicyFact::new(PolicyLabel::OfResource(arn.clone()), Some(policy)));
                Arc::make_mut(&mut self.resource_policy).insert(arn.clone(), id);
            }
        }
        for organization in estate.organizations.values() {
            if let Collected::Some(policy) = organization.resource_policy {
                let label = PolicyLabel::OfResource(organization.id.as_str().into());
                let id = self.add_policy(PolicyFact::new(label, Some(policy)));
                Arc::make_mut(&mut self.delegation).insert(organization.id.clone(), id);
            }
        }
    }

    /// The documents that can name callers: those of resources and roles, and what stands for lists.
    fn on_resource_sides(&self) -> Vec<DocumentId> {
        let names = |policy: &&PolicyFact| {
            matches!(
                policy.label,
                PolicyLabel::OfResource(_)
                    | PolicyLabel::Trust(_)
                    | PolicyLabel::Share(..)
                    | PolicyLabel::Listed(..)
            )
        };
        self.policies.iter().filter(names).filter_map(|policy| policy.document).collect()
    }

    fn add_endpoints(&mut self) {
        let estate = self.estate.clone();
        let lacks = |account: &Account| account.collected && !account.lists_vpc_endpoints();
        self.lacks_endpoints = estate.accounts.values().any(|account| lacks(account));
        let all = estate.accounts.values().flat_map(|account| {
            account.vpc_endpoints.iter().flat_map(|list| list.iter()).map(|endpoint| (account.id, endpoint))
        });
        for (account, endpoint) in all {
            let policy = match endpoint.policy {
                Collected::Some(policy) => {
                    let label = PolicyLabel::OfResource(endpoint.id.clone());
                    Collected::Some(self.add_policy(PolicyFact::new(label, Some(policy))))
                }
                Collected::None => Collected::None,
                Collected::NotCollected => {
                    self.lacks_endpoints = true;
                    Collected::NotCollected
                }
            };
            let gateway = endpoint.kind.as_deref() == Some("Gateway");
            let known = Endpoint { policy, gateway, account };
            Arc::make_mut(&mut self.endpoints).insert(endpoint.id.clone(), known);
            let name = endpoint.service.as_deref();
            let leads = leads_to(endpoint.kind.as_deref(), name);
            if let Collected::Some(policy) = policy {
                let region = name.and_then(region_of_endpoint).map(Arc::from);
                let path = super::Path {
                    id: endpoint.id.clone(),
                    vpc: endpoint.vpc.clone(),
                    region,
                    policy,
                    gateway,
                };
                let services = match &leads {
                    Leads::To(services) => services.as_slice(),
                    Leads::Anywhere => &[super::ANY_SERVICE_LEADS],
                };
                for &service in services {
                    let paths = Arc::make_mut(&mut self.paths);
                    paths.entry(service.to_ascii_lowercase().into()).or_default().push(path.clone());
                }
            }
            if let Some(vpc) = &endpoint.vpc {
                let of_vpc = Arc::make_mut(&mut self.endpoints_of_vpc);
                of_vpc.entry(vpc.clone()).or_default().push((leads, known));
            }
        }
    }
}
