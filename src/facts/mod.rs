//! An estate -> ground relations over regions.
//!
//! ```text
//! Estate ─► principals, policies, levels (ids)       documents ─► Compiler ─► statements over regions
//!                    └──────────────► Facts ◄──────────────┘
//! ```
//! Nothing is decided here, and nothing fails: what can be wrong with a document or an estate was reported before, and
//! what was not collected becomes a policy that may say anything. Documents are parsed and compiled when first asked for.

mod access_points;
mod assemble;
mod assumptions;
// What callers and resources fix of a context.
pub mod binding;
mod callers;
// Documents -> statements over regions.
pub mod compile;
mod directory;
mod documents;
mod edited;
mod ids;
// Condition keys.
pub mod keys;
mod kinds;
mod listed;
// Whom a statement names.
pub mod naming;
mod network;
mod objects;
mod organization;
mod outsiders;
mod parsed;
mod policies;
mod principals;
// Readings of what AWS leaves open.
pub mod readings;
mod resource_side;
mod scenarios;
mod shares;
mod sources;
mod stated_bindings;
mod stated_context;
mod stated_target;
mod target;
// Resource types as sets of ARNs.
pub mod types;
mod universe;

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

pub use assumptions::{Assumptions, OTHER_ENDPOINTS};
pub use ids::{
    BoundPolicyId, ControlKind, EnvelopeId, GroupId, NodeId, PolicyId, PrincipalId, ResourceId, StatementId,
};
pub use kinds::{Caller, Grant, Layer, Layers, Regime, Relation};
pub use objects::{MAKING, OF_BUCKET_OWNER};
pub use organization::{Levels, management_account_of};
pub use outsiders::{
    ANY_ACCOUNT, ANY_SERVICE, canonical_of, is_about_outsider, outsiders, outsiders_with, with_canonical_id,
};
pub use parsed::{InFile, ParsedPolicy, PolicySource};
pub use policies::{PolicyFact, PolicyLabel};
pub(crate) use principals::is_service;
pub use principals::{Entity, PrincipalFact, PrincipalKind, Standing};
pub use scenarios::{Case, StatedRequest};
pub use shares::acl_holder;
pub use sources::account_of_source;
pub use stated_bindings::StatedBindings;
pub use target::{AskedAction, Behind, Held, Ownership, ResourceOwner, Target, takes_resource};
pub use universe::Universe;

use crate::catalog::endpoints::Leads;
use crate::document::{self, PolicyKind};
use crate::estate::{AccountId, Collected, DocumentId, Estate, ManagedPolicy, Name, OrganizationId, Role};
use crate::region::action_set::glob;
use crate::region::arena::Arena;
use binding::OrganizationOf;
use compile::{CompiledPolicy, Compiler};
use documents::Documents;
pub use edited::{Edited, Reach};
use readings::{Holds, Question};

/// Everything that the rules read, and the tables behind its ids.
pub struct Facts {
    /// The estate.
    pub estate: Estate,
    /// Makes regions of documents.
    pub compiler: Arc<Compiler>,
    /// Users, roles and root users, by account; then sessions and outside callers that policies name.
    pub principals: Vec<Arc<PrincipalFact>>,
    /// Policies where they stand.
    pub policies: Vec<PolicyFact>,
    /// Levels of organisations.
    pub levels: Arc<Levels>,
    /// What is known of the organisation of each account.
    pub organizations: Arc<FxHashMap<AccountId, OrganizationOf>>,
    by_name: Arc<FxHashMap<Arc<str>, PrincipalId>>,
    attached: Vec<Arc<[PolicyId]>>,
    boundary: Vec<Arc<[PolicyId]>>,
    groups: Vec<Arc<[GroupId]>>,
    group_attached: Vec<Arc<[PolicyId]>>,
    group_ids: Arc<FxHashMap<(AccountId, Name), GroupId>>,
    managed: Arc<FxHashMap<Arc<str>, PolicyId>>,
    role_of: Vec<Option<PrincipalId>>,
    /// The named sessions of roles.
    sessions: Arc<FxHashMap<PrincipalId, Vec<PrincipalId>>>,
    trust: Arc<FxHashMap<Arc<str>, PolicyId>>,
    resource_policy: Arc<FxHashMap<Arc<str>, PolicyId>>,
    endpoints: Arc<FxHashMap<Arc<str>, Endpoint>>,
    endpoints_of_vpc: Arc<FxHashMap<Arc<str>, EndpointsOfVpc>>,
    /// Whether the VPC endpoints of some account that was collected were not, or their policies.
    lacks_endpoints: bool,
    paths: Arc<FxHashMap<Box<str>, Vec<Path>>>,
    shared: Arc<shares::Shared>,
    delegation: Arc<FxHashMap<OrganizationId, PolicyId>>,
    /// How many statements of the policies above name a caller.
    named: Arc<FxHashMap<Box<str>, u32>>,
    documents: Arc<Documents>,
    /// How many documents the compiler's universe was made for.
    known_documents: usize,
    /// Policies that do not just say what their texts say, compiled.
    unlike: OnceLock<FxHashMap<PolicyId, Arc<CompiledPolicy>>>,
}

/// The endpoints of a VPC, with what they lead to.
type EndpointsOfVpc = Vec<(Leads, Endpoint)>;

/// Stands for the service of endpoints that may lead to any.
const ANY_SERVICE_LEADS: &str = "*";

/// A VPC endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Its policy; none: the default policy, which allows everything (S-VPCE-02).
    pub policy: Collected<PolicyId>,
    /// Whether it is a gateway endpoint, where an account as principal means its root user only (S-VPCE-03).
    pub gateway: bool,
    /// The account whose export holds it.
    pub account: AccountId,
}

/// A VPC endpoint through which a request may travel, and whose policy may stop it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// The endpoint's id.
    pub id: Arc<str>,
    /// Its VPC.
    pub vpc: Option<Arc<str>>,
    /// The Region of the service that it leads to, if its name says so.
    pub region: Option<Arc<str>>,
    /// Its policy.
    pub policy: PolicyId,
    /// Whether it is a gateway endpoint.
    pub gateway: bool,
}

/// How much of an estate the facts are for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Any question: every document is read, and every caller that a policy names is a principal.
    Everything,
    /// Questions about these actions; documents are read as they are needed.
    Asked {
        /// The actions.
        actions: &'a [&'a str],
        /// Whether callers whom policies of resources name are principals too.
        everybody: bool,
    },
}

impl Facts {
    /// Facts about nobody.
    fn bare(estate: Estate, compiler: Arc<Compiler>, documents: Arc<Documents>) -> Self {
        let estate_documents = estate.policies.len();
        Self {
            estate,
            compiler,
            principals: Vec::new(),
            policies: Vec::new(),
            levels: Arc::default(),
            organizations: Arc::default(),
            by_name: Arc::default(),
            attached: Vec::new(),
            boundary: Vec::new(),
            groups: Vec::new(),
            group_attached: Vec::new(),
            group_ids: Arc::default(),
            managed: Arc::default(),
            role_of: Vec::new(),
            sessions: Arc::default(),
            trust: Arc::default(),
            resource_policy: Arc::default(),
            endpoints: Arc::default(),
            endpoints_of_vpc: Arc::default(),
            lacks_endpoints: false,
            paths: Arc::default(),
            shared: Arc::default(),
            delegation: Arc::default(),
            named: Arc::default(),
            known_documents: estate_documents,
            documents,
            unlike: OnceLock::new(),
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

    /// The policies that the estate holds.
    pub fn policies_in_use(&self) -> impl Iterator<Item = PolicyId> + '_ {
        let ids = (0..self.policies.len() as u32).map(PolicyId);
        ids.filter(|&id| self.policy(id).in_use)
    }

    /// Customer-managed policies that nobody holds: whether somebody comes to hold them is for others to say.
    pub fn policies_of_nobody(&self) -> impl Iterator<Item = &Arc<ManagedPolicy>> {
        let managed = self.estate.accounts.values().flat_map(|account| account.managed_policies.values());
        managed.filter(|policy| {
            let id = self.managed.get(&policy.arn);
            id.is_none_or(|&id| !self.policy(id).in_use)
        })
    }

    /// A caller with what is known of where its account stands.
    pub fn placed(&self, fact: PrincipalFact) -> PrincipalFact {
        let Some(account) = fact.account else { return fact };
        let organization = self.organization_of(Some(account));
        let collected = self.estate.account(account).is_some_and(|account| account.collected);
        let unknown = matches!(organization, OrganizationOf::Elsewhere | OrganizationOf::Unknown);
        let level = self.levels.accounts.get(&account).copied();
        // S-SCP-07: callers of AWS's own have no SCPs.
        let scps_unknown =
            (!collected || self.estate.lacks_members()) && unknown && fact.caller.has_own_side();
        let standing = Standing { organization, level, scps_unknown };
        let many = fact.many.map(|_| self.signed_by(Some(account)));
        PrincipalFact { standing, many, ..fact }
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
        self.sessions.get(&role).into_iter().flatten().copied()
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

    /// The ids of the VPC endpoints of the estate whose policies were collected, in order.
    pub fn endpoint_ids(&self) -> Vec<&str> {
        let collected = |endpoint: &Endpoint| endpoint.policy != Collected::NotCollected;
        let known = self.endpoints.iter().filter(|(_, endpoint)| collected(endpoint));
        let mut ids: Vec<&str> = known.map(|(id, _)| &**id).collect();
        ids.sort_unstable();
        ids
    }

    /// Whether there may be VPC endpoints in accounts of the estate that were not collected (S-VPCE-07).
    pub fn lacks_endpoints(&self) -> bool {
        self.lacks_endpoints
    }

    /// The endpoints of a VPC for a service, by the first part of its actions, and whether each is sure to lead there.
    pub fn endpoints_of<'a>(
        &'a self,
        vpc: &str,
        service: &'a str,
    ) -> impl Iterator<Item = (Endpoint, bool)> + 'a {
        let all = self.endpoints_of_vpc.get(vpc).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(move |(leads, endpoint)| match leads {
            Leads::To(services) => {
                services.iter().any(|one| one.eq_ignore_ascii_case(service)).then_some((*endpoint, true))
            }
            Leads::Anywhere => Some((*endpoint, false)),
        })
    }

    /// The endpoints with a policy for a service, by the first part of its actions, and those that may be for any.
    pub fn paths(&self, service: &str) -> impl Iterator<Item = &Path> {
        [service, ANY_SERVICE_LEADS].into_iter().filter_map(|key| self.paths.get(key)).flatten()
    }

    /// All endpoints with a policy, by service, or `*` where they may be for any, and in order of their ids.
    pub fn all_paths(&self) -> Vec<(&str, &Path)> {
        let all = self.paths.iter().flat_map(|(service, paths)| paths.iter().map(|path| (&**service, path)));
        let mut all: Vec<(&str, &Path)> = all.collect();
        all.sort_unstable_by_key(|(service, path)| (&path.id, *service));
        all
    }

    /// Resources with a policy, by ARN.
    pub fn resource_policies(&self) -> impl Iterator<Item = (&Arc<str>, PolicyId)> {
        self.resource_policy.iter().map(|(arn, &policy)| (arn, policy))
    }

    /// Whether sessions of a role may carry tags of their own: its trust policy allows `sts:TagSession` to somebody
    /// (S-KEY-07, S-TRUST-10), or inherited tags do without (U-82).
    pub fn may_be_tagged(&self, role: &Role) -> bool {
        let inherits = self.compiler.assumptions.readings.holds(Question::InheritedTagsNeed) == Holds::No;
        self.may_allow(role, "sts:tagsession") || inherits && self.may_allow(role, "sts:assumerole")
    }

    /// Whether the trust policy of a role may allow an action, in lower case, to somebody.
    pub fn may_allow(&self, role: &Role, action: &str) -> bool {
        let Some(trust) = role.trust else { return true };
        let parsed = self.document(trust.document);
        let document = parsed.document();
        let lists = |entry: &document::ActionEntry<'_>| match entry {
            document::ActionEntry::Pattern(pattern) => {
                glob(pattern.value.to_ascii_lowercase().as_bytes(), action.as_bytes())
            }
            document::ActionEntry::Malformed(_) => false,
        };
        let is_odd = |entry: &document::ActionEntry<'_>| matches!(entry, document::ActionEntry::Malformed(_));
        let allows = |statement: &document::Statement<'_>| {
            let entries = &statement.actions.entries;
            let listed = entries.iter().any(lists);
            statement.effect != document::Effect::Deny
                && (listed != statement.actions.negated || entries.iter().any(is_odd))
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

    /// The policies of a group, its own and those attached to it.
    pub fn policies_of_group(&self, account: AccountId, name: &Name) -> &[PolicyId] {
        let id = self.group_ids.get(&(account, name.clone()));
        id.and_then(|id| self.group_attached.get(id.index())).map(|held| &**held).unwrap_or_default()
    }

    /// A policy, compiled. One that was not collected may allow and deny anything (S-EVAL-11).
    pub fn compiled(&self, policy: PolicyId) -> Arc<CompiledPolicy> {
        let fact = self.policy(policy);
        match fact.document {
            Some(document) if !fact.is_doubted_control() => self.compiled_document(document),
            _ => {
                let unlike = self.unlike.get_or_init(|| {
                    let is_unlike = |fact: &PolicyFact| fact.document.is_none() || fact.is_doubted_control();
                    let unlike = self.policies_in_use().filter(|&id| is_unlike(self.policy(id)));
                    unlike.map(|id| (id, Arc::new(self.compiled_unlike(self.policy(id))))).collect()
                });
                unlike.get(&policy).cloned().unwrap_or_else(|| Arc::new(self.compiled_unlike(fact)))
            }
        }
    }

    /// A policy that does not just say what its text says, compiled.
    fn compiled_unlike(&self, fact: &PolicyFact) -> CompiledPolicy {
        let conditions = &self.arena().conditions;
        match (fact.document, &fact.label) {
            (Some(document), _) => {
                let kind = self.estate.policies.get(document).map_or(PolicyKind::Scp, |stored| stored.kind);
                self.compiler.compile_when(self.document(document), kind, fact.certain(conditions))
            }
            (None, PolicyLabel::Exempt(if_so)) => self.compiler.passing(conditions.missing(if_so)),
            (None, label) => self.compiler.missing(&label.to_string()),
        }
    }

    /// A document, compiled.
    pub fn compiled_document(&self, id: DocumentId) -> Arc<CompiledPolicy> {
        self.documents.compiled(&self.estate.policies, id, &self.compiler)
    }

    /// Whether a document was read: all are, unless the facts are for some actions only.
    pub fn is_read(&self, id: DocumentId) -> bool {
        self.documents.is_read(id)
    }

    /// A document, parsed.
    pub fn document(&self, id: DocumentId) -> Arc<ParsedPolicy> {
        self.documents.parsed(&self.estate.policies, id)
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
