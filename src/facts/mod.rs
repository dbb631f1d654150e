//! An estate -> ground relations over regions.
//!
//! ```text
//! Estate ─► principals, policies, levels (ids)       documents ─► Compiler ─► statements over regions
//!                    └──────────────► Facts ◄──────────────┘
//! ```
//! Nothing is decided here, and nothing fails: what can be wrong with a document or an estate was reported before, and
//! what was not collected becomes a policy that may say anything. Documents are parsed and compiled when first asked for.

mod assumptions;
// What callers and resources fix of a context.
pub mod binding;
// Documents -> statements over regions.
pub mod compile;
mod ids;
// Condition keys.
pub mod keys;
mod kinds;
// Whom a statement names.
pub mod naming;
mod organization;
mod parsed;
mod policies;
mod principals;
// Readings of what AWS leaves open.
pub mod readings;
mod scenarios;
mod shares;
mod stated_bindings;
mod stated_target;
mod target;
// Resource types as sets of ARNs.
pub mod types;
mod universe;

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

pub use assumptions::Assumptions;
pub use ids::{
    BoundPolicyId, ControlKind, EnvelopeId, GroupId, NodeId, PolicyId, PrincipalId, ResourceId, StatementId,
};
pub use kinds::{Caller, Grant, Layer, Layers, Regime, Relation};
pub use organization::Levels;
pub use parsed::{ParsedPolicy, PolicySource};
pub use policies::{PolicyFact, PolicyLabel};
pub use principals::{Entity, PrincipalFact, PrincipalKind, Standing};
pub use scenarios::Case;
pub use stated_bindings::StatedBindings;
pub use target::{AskedAction, Behind, Held, Ownership, Target, takes_resource};
pub use universe::Universe;

use crate::catalog::endpoints::service_of_endpoint;
use crate::document;
use crate::estate::{AccountId, Collected, DocumentId, Estate, Identity, Name, OrganizationId, Role};
use crate::region::action_set::glob;
use crate::region::arena::Arena;
use binding::OrganizationOf;
use compile::{CompiledPolicy, Compiler};

/// Everything that the rules read, and the tables behind its ids.
pub struct Facts {
    /// The estate.
    pub estate: Estate,
    /// Makes regions of documents.
    pub compiler: Compiler,
    /// Users, roles and root users, by account; then sessions and outside callers that policies name.
    pub principals: Vec<PrincipalFact>,
    /// Policies where they stand.
    pub policies: Vec<PolicyFact>,
    /// Levels of organisations.
    pub levels: Levels,
    /// What is known of the organisation of each account.
    pub organizations: FxHashMap<AccountId, OrganizationOf>,
    by_name: FxHashMap<Arc<str>, PrincipalId>,
    attached: Vec<Box<[PolicyId]>>,
    boundary: Vec<Box<[PolicyId]>>,
    groups: Vec<Box<[GroupId]>>,
    group_attached: Vec<Box<[PolicyId]>>,
    role_of: Vec<Option<PrincipalId>>,
    trust: FxHashMap<Arc<str>, PolicyId>,
    resource_policy: FxHashMap<Arc<str>, PolicyId>,
    endpoints: FxHashMap<Arc<str>, Endpoint>,
    /// The endpoints of each VPC, with the names of their services.
    endpoints_of_vpc: FxHashMap<Arc<str>, Vec<(Arc<str>, Endpoint)>>,
    shared: shares::Shared,
    delegation: FxHashMap<OrganizationId, PolicyId>,
    documents: Vec<OnceLock<Arc<ParsedPolicy>>>,
    compiled: Vec<OnceLock<Arc<CompiledPolicy>>>,
    missing: OnceLock<FxHashMap<PolicyId, Arc<CompiledPolicy>>>,
}

/// A VPC endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Its policy; none: the default policy, which allows everything (S-VPCE-02).
    pub policy: Option<PolicyId>,
    /// Whether it is a gateway endpoint, where an account as principal means its root user only (S-VPCE-03).
    pub gateway: bool,
}

/// How much of an estate the facts are for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Any question: every document is read, and every caller that a policy names is a principal.
    Everything,
    /// Questions about these actions, by principals of the estate and by callers whom the policies of these resources
    /// name; documents are read as they are needed.
    Asked {
        /// The actions.
        actions: &'a [&'a str],
        /// The resources, ARNs without wildcards.
        resources: &'a [&'a str],
    },
}

impl Facts {
    /// The facts of an estate.
    pub fn of(estate: &Estate, assumptions: Assumptions, scope: Scope) -> Self {
        let documents;
        let universe = match scope {
            Scope::Asked { actions, .. } => {
                documents = (0..estate.policies.len()).map(|_| OnceLock::new()).collect::<Vec<_>>();
                Universe::new([], actions)
            }
            Scope::Everything => {
                documents = parse_all(estate);
                Universe::new(
                    documents.iter().filter_map(|slot| slot.get()).map(|parsed| parsed.document()),
                    &[],
                )
            }
        };
        let compiler = Compiler::new(universe, assumptions, estate.partitions());
        let compiler = match scope {
            Scope::Asked { actions, .. } => compiler.only(actions),
            Scope::Everything => compiler,
        };
        let mut facts = Self::bare(estate.clone(), compiler, documents);
        facts.levels = Levels::of(estate, &mut facts.policies);
        facts.add_principals();
        facts.add_resources();
        facts.add_endpoints();
        facts.add_shares();
        match scope {
            Scope::Everything => {
                facts.add_named_callers((0..facts.documents.len() as u32).map(DocumentId).collect())
            }
            Scope::Asked { actions, resources } => {
                let held = facts.held_by(actions, resources);
                facts.add_named_callers(held);
            }
        }
        facts
    }

    /// Facts about nobody.
    fn bare(estate: Estate, compiler: Compiler, documents: Vec<OnceLock<Arc<ParsedPolicy>>>) -> Self {
        let compiled = documents.iter().map(|_| OnceLock::new()).collect();
        Self {
            estate,
            compiler,
            principals: Vec::new(),
            policies: Vec::new(),
            levels: Levels::default(),
            organizations: FxHashMap::default(),
            by_name: FxHashMap::default(),
            attached: Vec::new(),
            boundary: Vec::new(),
            groups: Vec::new(),
            group_attached: Vec::new(),
            role_of: Vec::new(),
            trust: FxHashMap::default(),
            resource_policy: FxHashMap::default(),
            endpoints: FxHashMap::default(),
            endpoints_of_vpc: FxHashMap::default(),
            shared: shares::Shared::default(),
            delegation: FxHashMap::default(),
            documents,
            compiled,
            missing: OnceLock::new(),
        }
    }

    /// Where regions live.
    pub fn arena(&self) -> &Arc<Arena> {
        &self.compiler.arena
    }

    /// The principal of a name: an ARN, or whatever stands for a caller in answers.
    pub fn principal_id(&self, name: &str) -> Option<PrincipalId> {
        self.by_name.get(name).copied()
    }

    /// The principal of an id.
    pub fn principal(&self, id: PrincipalId) -> &PrincipalFact {
        &self.principals[id.index()]
    }

    /// The policy of an id.
    pub fn policy(&self, id: PolicyId) -> &PolicyFact {
        &self.policies[id.index()]
    }

    /// A caller with what is known of where its account stands.
    pub fn placed(&self, fact: PrincipalFact) -> PrincipalFact {
        let Some(account) = fact.account else { return fact };
        let organization = self.organization_of(Some(account));
        let collected = self.estate.account(account).is_some_and(|account| account.collected);
        let unknown = matches!(organization, OrganizationOf::Elsewhere | OrganizationOf::Unknown);
        let level = self.levels.accounts.get(&account).copied();
        // S-SCP-07: callers of AWS's own have no SCPs.
        let scps_unknown = !collected && unknown && fact.caller.has_own_side();
        let standing = Standing { organization, level, scps_unknown };
        PrincipalFact { standing, ..fact }
    }

    /// What is known of an account's organisation.
    pub fn organization_of(&self, account: Option<AccountId>) -> OrganizationOf {
        match account {
            None => OrganizationOf::StandAlone,
            Some(account) => self
                .organizations
                .get(&account)
                .cloned()
                .unwrap_or_else(|| OrganizationOf::of(&self.estate, account)),
        }
    }

    /// The named sessions of a role.
    pub fn sessions_of(&self, role: PrincipalId) -> impl Iterator<Item = PrincipalId> + '_ {
        let of_role = move |(_, of): &(usize, &Option<PrincipalId>)| **of == Some(role);
        self.role_of.iter().enumerate().filter(of_role).map(|(index, _)| PrincipalId(index as u32))
    }

    /// The trust policy of a role, by its ARN.
    pub fn trust_of(&self, role: &str) -> Option<PolicyId> {
        self.trust.get(role).copied()
    }

    /// The policy attached to a resource, by its ARN. None: there is none, or it was not collected.
    pub fn policy_of(&self, resource: &str) -> Option<PolicyId> {
        self.resource_policy.get(resource).copied()
    }

    /// A VPC endpoint of the estate, by its id.
    pub fn endpoint(&self, id: &str) -> Option<Endpoint> {
        self.endpoints.get(id).copied()
    }

    /// The endpoints of a VPC for a service, by the first part of its actions.
    pub fn endpoints_of<'a>(&'a self, vpc: &str, service: &'a str) -> impl Iterator<Item = Endpoint> + 'a {
        let all = self.endpoints_of_vpc.get(vpc).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .filter(move |(name, _)| service_of_endpoint(name).eq_ignore_ascii_case(service))
            .map(|(_, endpoint)| *endpoint)
    }

    /// Resources with a policy, by ARN.
    pub fn resource_policies(&self) -> impl Iterator<Item = (&Arc<str>, PolicyId)> {
        self.resource_policy.iter().map(|(arn, &policy)| (arn, policy))
    }

    /// Whether sessions of a role may carry tags of their own: its trust policy allows `sts:TagSession` to somebody
    /// (S-KEY-07, S-TRUST-10).
    pub fn may_be_tagged(&self, role: &Role) -> bool {
        let Some(trust) = role.trust else { return true };
        let parsed = self.document(trust.document);
        let document = parsed.document();
        let allows = |statement: &document::Statement<'_>| {
            statement.effect != document::Effect::Deny
                && statement.actions.entries.iter().any(|entry| match entry {
                    document::ActionEntry::Pattern(pattern) => {
                        let pattern = pattern.value.to_ascii_lowercase();
                        glob(pattern.as_bytes(), b"sts:tagsession") != statement.actions.negated
                    }
                    document::ActionEntry::Malformed(_) => true,
                })
        };
        document.unreadable || document.statements.iter().any(allows)
    }

    /// The attachments of one principal, as ground relations for the rules.
    pub fn attachments(&self, principal: PrincipalId, into: &mut Attachments) {
        let holder = self.role_of[principal.index()].unwrap_or(principal);
        if holder != principal {
            into.session_of.push((principal, holder));
        }
        into.attached.extend(self.attached[holder.index()].iter().map(|&policy| (holder, policy)));
        into.boundary_of.extend(self.boundary[holder.index()].iter().map(|&policy| (holder, policy)));
        for &group in &*self.groups[principal.index()] {
            into.member.push((principal, group));
            into.group_attached
                .extend(self.group_attached[group.index()].iter().map(|&policy| (group, policy)));
        }
    }

    /// A policy, compiled. One that was not collected may allow and deny anything (S-EVAL-11).
    pub fn compiled(&self, policy: PolicyId) -> Arc<CompiledPolicy> {
        let fact = self.policy(policy);
        match fact.document {
            Some(document) => self.compiled_document(document),
            None => {
                let missing = self.missing.get_or_init(|| {
                    let absent = (0..self.policies.len() as u32)
                        .map(PolicyId)
                        .filter(|&id| self.policy(id).document.is_none());
                    absent
                        .map(|id| (id, Arc::new(self.compiler.missing(&self.policy(id).label.to_string()))))
                        .collect()
                });
                match missing.get(&policy) {
                    Some(compiled) => compiled.clone(),
                    None => Arc::new(self.compiler.missing(&fact.label.to_string())),
                }
            }
        }
    }

    fn compiled_document(&self, id: DocumentId) -> Arc<CompiledPolicy> {
        let kind = self.estate.policies.get(id).map(|stored| stored.kind);
        let compile = || {
            Arc::new(self.compiler.compile(self.document(id), kind.unwrap_or(document::PolicyKind::Identity)))
        };
        match self.compiled.get(id.index()) {
            Some(slot) => slot.get_or_init(compile).clone(),
            None => compile(),
        }
    }

    /// Whether a document was read: all are, unless the facts are for some actions only.
    pub fn is_read(&self, id: DocumentId) -> bool {
        self.documents.get(id.index()).is_some_and(|slot| slot.get().is_some())
    }

    /// A document, parsed.
    pub fn document(&self, id: DocumentId) -> Arc<ParsedPolicy> {
        match self.documents.get(id.index()) {
            Some(slot) => slot.get_or_init(|| parse(&self.estate, id)).clone(),
            None => parse(&self.estate, id),
        }
    }

    fn add_policy(&mut self, fact: PolicyFact) -> PolicyId {
        self.policies.push(fact);
        PolicyId(self.policies.len() as u32 - 1)
    }

    fn add_principal(
        &mut self,
        fact: PrincipalFact,
        attached: Vec<PolicyId>,
        boundary: Option<PolicyId>,
    ) -> PrincipalId {
        let fact = self.placed(fact);
        let name = fact.name.clone();
        let id = self.push_principal(fact, attached.into(), boundary.into_iter().collect());
        self.by_name.insert(name, id);
        id
    }

    /// Adds a principal that no name finds.
    fn push_principal(
        &mut self,
        fact: PrincipalFact,
        attached: Box<[PolicyId]>,
        boundary: Box<[PolicyId]>,
    ) -> PrincipalId {
        let id = PrincipalId(self.principals.len() as u32);
        self.principals.push(fact);
        self.attached.push(attached);
        self.boundary.push(boundary);
        self.groups.push(Box::default());
        self.role_of.push(None);
        id
    }

    fn add_principals(&mut self) {
        let estate = self.estate.clone();
        let mut managed: FxHashMap<Arc<str>, PolicyId> = FxHashMap::default();
        for account in estate.accounts.values() {
            self.organizations.insert(account.id, OrganizationOf::of(&estate, account.id));
            let mut group_ids: FxHashMap<&Name, GroupId> = FxHashMap::default();
            for (name, group) in &account.groups {
                let mut attached = self.managed(&estate, &mut managed, &group.attached);
                attached.extend(group.inline.iter().map(|inline| {
                    let label = PolicyLabel::Inline(group.arn.clone(), inline.name.clone());
                    self.add_policy(PolicyFact::new(label, Some(inline.policy)))
                }));
                group_ids.insert(name, GroupId(self.group_attached.len() as u32));
                self.group_attached.push(attached.into());
            }
            for user in account.users.values() {
                let id = self.add_identity(
                    &estate,
                    &mut managed,
                    &user.identity,
                    PrincipalFact::user(user, Some(account)),
                );
                let mut groups = Vec::with_capacity(user.groups.len());
                for name in &user.groups {
                    let group = *group_ids.entry(name).or_insert_with(|| {
                        // S-EVAL-11: a group that was not collected may hold anything.
                        let label =
                            PolicyLabel::OfPrincipal(format!("group {name} of {}", account.id).into());
                        self.policies.push(PolicyFact::new(label, None));
                        self.group_attached.push([PolicyId(self.policies.len() as u32 - 1)].into());
                        GroupId(self.group_attached.len() as u32 - 1)
                    });
                    groups.push(group);
                }
                self.groups[id.index()] = groups.into();
            }
            for role in account.roles.values() {
                self.add_identity(
                    &estate,
                    &mut managed,
                    &role.identity,
                    PrincipalFact::role(role, Some(account)),
                );
                let label = PolicyLabel::Trust(role.identity.arn.clone());
                let trust = self.add_policy(PolicyFact::new(label, role.trust));
                self.trust.insert(role.identity.arn.clone(), trust);
            }
            if account.collected {
                self.add_principal(PrincipalFact::root(account), Vec::new(), None);
            }
        }
    }

    fn add_identity(
        &mut self,
        estate: &Estate,
        managed: &mut FxHashMap<Arc<str>, PolicyId>,
        identity: &Identity,
        fact: PrincipalFact,
    ) -> PrincipalId {
        let mut attached = self.managed(estate, managed, &identity.attached);
        attached.extend(identity.inline.iter().map(|inline| {
            let label = PolicyLabel::Inline(identity.arn.clone(), inline.name.clone());
            self.add_policy(PolicyFact::new(label, Some(inline.policy)))
        }));
        let boundary = identity.boundary.as_ref().map(|arn| self.managed_one(estate, managed, arn));
        self.add_principal(fact, attached, boundary)
    }

    fn managed(
        &mut self,
        estate: &Estate,
        known: &mut FxHashMap<Arc<str>, PolicyId>,
        arns: &[Arc<str>],
    ) -> Vec<PolicyId> {
        arns.iter().map(|arn| self.managed_one(estate, known, arn)).collect()
    }

    fn managed_one(
        &mut self,
        estate: &Estate,
        known: &mut FxHashMap<Arc<str>, PolicyId>,
        arn: &Arc<str>,
    ) -> PolicyId {
        if let Some(&id) = known.get(arn) {
            return id;
        }
        let policy = estate.managed_policy(arn).and_then(|managed| managed.policy);
        let id = self.add_policy(PolicyFact::new(PolicyLabel::Managed(arn.clone()), policy));
        known.insert(arn.clone(), id);
        id
    }

    fn add_resources(&mut self) {
        let estate = self.estate.clone();
        for (arn, resource) in &estate.resources {
            if let Collected::Some(policy) = resource.policy {
                let id = self.add_policy(PolicyFact::new(PolicyLabel::OfResource(arn.clone()), Some(policy)));
                self.resource_policy.insert(arn.clone(), id);
            }
        }
        for organization in estate.organizations.values() {
            if let Collected::Some(policy) = organization.resource_policy {
                let label = PolicyLabel::OfResource(organization.id.as_str().into());
                let id = self.add_policy(PolicyFact::new(label, Some(policy)));
                self.delegation.insert(organization.id.clone(), id);
            }
        }
    }

    /// The documents on the resource side of some actions on some resources.
    fn held_by(&self, actions: &[&str], resources: &[&str]) -> Vec<DocumentId> {
        let mut documents = Vec::new();
        for action in actions {
            for resource in resources {
                let target = self.target(self.asked_action(action), resource, None);
                let behind = match &target.behind {
                    Some(Behind::Half(half)) => half.held.as_slice(),
                    _ => &[],
                };
                documents.extend(target.key_grants.and_then(|grants| self.policy(grants).document));
                documents.extend(target.held.iter().chain(behind).chain(&target.shared).filter_map(|held| {
                    match held {
                        Held::Policy(policy) => self.policy(*policy).document,
                        Held::NotCollected(_) => None,
                    }
                }));
            }
        }
        documents.sort_unstable();
        documents.dedup();
        documents
    }

    fn add_endpoints(&mut self) {
        let estate = self.estate.clone();
        for endpoint in estate
            .accounts
            .values()
            .filter_map(|account| account.vpc_endpoints.as_ref())
            .flat_map(|list| list.iter())
        {
            let policy = endpoint.policy.map(|policy| {
                let label = PolicyLabel::OfResource(endpoint.id.clone());
                self.add_policy(PolicyFact::new(label, Some(policy)))
            });
            let gateway = endpoint.kind.as_deref() == Some("Gateway");
            let known = Endpoint { policy, gateway };
            self.endpoints.insert(endpoint.id.clone(), known);
            if let (Some(vpc), Some(service)) = (&endpoint.vpc, &endpoint.service) {
                self.endpoints_of_vpc.entry(vpc.clone()).or_default().push((service.clone(), known));
            }
        }
    }

    /// Sessions, federated users, services, providers and outside callers that some policy names (design: principals in
    /// bulk).
    fn add_named_callers(&mut self, documents: Vec<DocumentId>) {
        let mut names: Vec<Box<str>> = documents
            .into_par_iter()
            .flat_map_iter(|id| {
                let parsed = self.document(id);
                parsed.document().statements.iter().flat_map(named_callers).collect::<Vec<Box<str>>>()
            })
            .collect();
        names.par_sort_unstable();
        names.dedup();
        for name in names {
            let Some(fact) = PrincipalFact::named(&self.estate, &name) else { continue };
            if self.by_name.contains_key(&fact.name) {
                continue;
            }
            self.add_caller(fact);
        }
        if !self.by_name.contains_key("anonymous") {
            self.add_caller(PrincipalFact::anonymous());
        }
    }

    fn add_caller(&mut self, fact: PrincipalFact) -> PrincipalId {
        let role = match (&fact.entity, fact.kind) {
            (Entity::Role(role), PrincipalKind::Session) => self.principal_id(&role.identity.arn),
            _ => None,
        };
        let unloaded = (!fact.loaded).then(|| {
            let label = PolicyLabel::OfPrincipal(fact.name.clone());
            self.add_policy(PolicyFact::new(label, None))
        });
        let id = self.add_principal(fact, unloaded.into_iter().collect(), None);
        self.role_of[id.index()] = role;
        id
    }
}

/// The callers that a statement names: its principals, and those to whom its conditions hold an Allow for everybody.
fn named_callers(statement: &document::Statement) -> Vec<Box<str>> {
    let (entries, open) = match &statement.principal {
        document::PrincipalElement::Entries { negated, entries } => (entries.as_slice(), *negated),
        document::PrincipalElement::Everyone => (&[][..], true),
        _ => (&[][..], false),
    };
    // An account by the ARN of its root user is the account, and not that user alone (S-PRN-02).
    let name = |entry: &document::PrincipalEntry| match entry.kind {
        document::principal::PrincipalKind::Account => Box::from(entry.account().unwrap_or(&entry.text)),
        _ => Box::from(&*entry.text),
    };
    let mut names: Vec<Box<str>> = entries.iter().map(name).collect();
    let open = open || entries.iter().any(|entry| entry.kind == document::principal::PrincipalKind::Everyone);
    if open && statement.effect == document::Effect::Allow {
        names.extend(statement.conditions.iter().flat_map(callers_of_test));
    }
    names
}

/// The callers that a test names one by one.
fn callers_of_test(condition: &document::Condition) -> Vec<Box<str>> {
    const KEYS: [&str; 5] = [
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "kms:CallerAccount",
    ];
    let names_callers = KEYS.iter().any(|key| condition.key.value.eq_ignore_ascii_case(key));
    match &condition.test {
        document::Test::Readable { operator, values }
            if names_callers && !operator.comparison.is_negated() =>
        {
            let texts = values.iter().filter_map(|value| match value {
                document::ConditionValue::Text(text) => Some(&*text.value),
                document::ConditionValue::Malformed(_) => None,
            });
            texts.filter(|text| !text.contains(['*', '?', '$'])).map(Box::from).collect()
        }
        _ => Vec::new(),
    }
}

/// Ground relations for the rule set `membership`.
#[derive(Clone, Debug, Default)]
pub struct Attachments {
    /// `(principal, policy)`: an identity policy is attached to the user or role, or inline in it.
    pub attached: Vec<(PrincipalId, PolicyId)>,
    /// `(group, policy)`: the same for a group.
    pub group_attached: Vec<(GroupId, PolicyId)>,
    /// `(user, group)`: the user is a member of the group. Groups do not nest.
    pub member: Vec<(PrincipalId, GroupId)>,
    /// `(session, role)`: the principal is a named session of the role.
    pub session_of: Vec<(PrincipalId, PrincipalId)>,
    /// `(principal, policy)`: the policy is the boundary of the user or role.
    pub boundary_of: Vec<(PrincipalId, PolicyId)>,
}

/// All documents of an estate, parsed.
fn parse_all(estate: &Estate) -> Vec<OnceLock<Arc<ParsedPolicy>>> {
    let all = 0..estate.policies.len() as u32;
    all.into_par_iter().map(|index| OnceLock::from(parse(estate, DocumentId(index)))).collect()
}

fn parse(estate: &Estate, id: DocumentId) -> Arc<ParsedPolicy> {
    Arc::new(ParsedPolicy::read(PolicySource::Stored(estate.policies.clone(), id)))
}
