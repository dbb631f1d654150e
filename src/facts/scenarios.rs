//! Scenarios -> the ground relations of many at once: a principal, targets and levels of its own for each.
//!
//! What an estate knows by looking it up, a scenario states: who owns a resource, which policies stand on its side, where an
//! account stands. All scenarios of a batch share the documents and the regions; nothing else of one reaches another.

use std::sync::Arc;

use rayon::prelude::*;

use super::binding::OrganizationOf;
use super::compile::Places;
use super::documents::Documents;
use super::keys;
use super::policies::{PolicyFact, PolicyLabel};
use super::principals::{Entity, PrincipalFact, PrincipalKind, Standing};
use super::stated_bindings::ResourceNumber;
use super::stated_context::{context, twin_tags};
use super::{
    Assumptions, Caller, Compiler, ControlKind, Facts, Held, NodeId, Ownership, PolicyId, PrincipalId,
    Target, Universe,
};
use crate::catalog::Catalog;
use crate::catalog::governing::{CrossAccount, Owner, governing};
use crate::document::PolicyText;
use crate::document::principal::is_session_name;
use crate::estate::{
    AccountId, Arn, Estate, Identity, Name, PolicyRef, PolicyStore, PublicAccessBlock, Resource,
    ResourceSettings, Role, User,
};
use crate::estate::{Collected, Tags};
use crate::region::condition::ConditionId;
use crate::region::owner::AccountNumber;
use crate::scenario::{
    Authorization, CallerKind, Scenario, ScenarioError, StatedContext, StatedLevel, StatedOrganization,
    StatedOwner, StatedPolicy, StatedResource, column,
};

/// What the rules need to decide one scenario, by ids.
pub struct Case {
    /// The caller.
    pub caller: PrincipalId,
    /// All policies, in the order of [`Scenario::policies`].
    pub policies: std::ops::Range<u32>,
    /// Session policies.
    pub session: Box<[PolicyId]>,
    /// Whether session policies can limit the caller.
    pub in_session: bool,
    /// Policies of the endpoint on the path.
    endpoint: Box<[PolicyId]>,
    /// The owner's account among the levels of an organisation.
    level: Option<NodeId>,
    /// The policies of each resource.
    resources: Vec<Box<[PolicyId]>>,
}

/// One of the resources that a scenario's request acts on.
pub struct StatedRequest {
    /// What is acted on.
    pub target: Target,
    /// What the request holds for it.
    pub context: StatedContext,
    /// Which of several it is.
    pub number: Option<ResourceNumber>,
}

/// What one scenario says, before it has ids.
struct Read {
    policies: Vec<PolicyFact>,
    caller: PrincipalFact,
}

impl Facts {
    /// The facts of scenarios, and for each what to decide, or what is wrong with it.
    pub fn of_scenarios(
        scenarios: &[&Scenario<'_>],
        assumptions: Assumptions,
    ) -> (Self, Vec<Result<Case, ScenarioError>>) {
        let store = PolicyStore::new();
        let read: Vec<Result<Read, ScenarioError>> = scenarios
            .par_iter()
            .map(|scenario| {
                let all = scenario.policies().map(|policy| store_policy(&store, scenario, policy));
                Ok(Read { policies: all.collect::<Result<_, _>>()?, caller: caller(scenario) })
            })
            .collect();
        let estate = Estate::bare(Arc::new(store));
        let documents = Documents::all(&estate.policies);
        let asked: Vec<&str> = scenarios.iter().map(|scenario| &*scenario.action).collect();
        let parsed = documents.read().map(|parsed| parsed.document());
        let universe = Universe::new(parsed, &asked);
        let places = Places { partitions: partitions(scenarios), accounts: accounts(scenarios) };
        let compiler = Compiler::new(universe, assumptions, places).as_given();
        let mut facts = Self::bare(estate, Arc::new(compiler), Arc::new(documents));
        let cases = scenarios.iter().zip(read);
        let cases = cases.map(|(scenario, read)| Ok(facts.add_case(scenario, read?))).collect();
        (facts, cases)
    }

    fn add_case(&mut self, scenario: &Scenario, read: Read) -> Case {
        let first = self.policies.len() as u32;
        let mut stored = read.policies.into_iter();
        let mut take = |facts: &mut Self, count: usize| -> Box<[PolicyId]> {
            stored.by_ref().take(count).map(|fact| facts.add_policy(fact)).collect()
        };
        let identity = take(self, scenario.identity.len());
        let boundary = take(self, scenario.boundary.len());
        let session = take(self, scenario.session.len());
        let endpoint = take(self, scenario.endpoint.len());
        let mut levels = |facts: &mut Self, all: &[StatedLevel]| -> Vec<Box<[PolicyId]>> {
            all.iter().map(|level| take(facts, level.policies.len())).collect()
        };
        let scps = levels(self, &scenario.scps);
        let rcps = levels(self, &scenario.rcps);
        let of_resources = scenario.resources.iter().map(|resource| take(self, resource.policies.len()));
        let resources = of_resources.collect();
        let management = scenario.organization.as_ref().and_then(|organization| organization.management);

        let mut fact = read.caller;
        // Root users, services, identities without credentials and unsigned callers have no policies of their own (S-ROOT-01,
        // S-XACC-12, S-XACC-13, S-XACC-16), nor has a session that root made (S-SESS-04).
        let has_own = matches!(
            fact.caller,
            Caller::User | Caller::RoleSession | Caller::ServiceLinkedSession | Caller::FederatedUser
        ) && !fact.is_federated_root()
            || scenario.settings.authorization == Authorization::Authorizer
                && fact.caller == Caller::Anonymous;
        let of_own = |policies: Box<[PolicyId]>| if has_own { policies } else { Box::default() };
        let (identity, mut boundary) = (of_own(identity), of_own(boundary));
        if fact.caller == Caller::ServiceLinkedSession {
            boundary = Box::default(); // S-PB-01
        }
        let in_session = has_own || fact.is_federated_root() || fact.caller == Caller::AssumedRoot;
        let session = if in_session { session } else { Box::default() };
        let exempt = management.is_some() && fact.account == management;
        let level = self.add_levels(ControlKind::Scp, &scenario.scps, scps, exempt);
        // S-SCP-07
        fact.standing.level = level.filter(|_| fact.account.is_some() && fact.caller != Caller::AwsOwned);
        fact.about_open = self.about_open(&fact);
        let caller = self.push_principal(fact, identity.into(), boundary.into());

        let owner = scenario.resources.first().and_then(|resource| account_of(resource, scenario));
        let exempt = management.is_some() && owner == management;
        let level = self.add_levels(ControlKind::Rcp, &scenario.rcps, rcps, exempt);
        let policies = first..self.policies.len() as u32;
        Case { caller, policies, session, in_session, endpoint, level, resources }
    }

    /// What is known of a caller's unique id, and of the ARN of its role, where nothing states them (S-KEY-01, S-TRI-10).
    fn about_open(&self, fact: &PrincipalFact) -> Option<ConditionId> {
        match (self.about_id(fact), self.of_unknown_role(fact)) {
            (Some(id), Some(arn)) => Some(self.arena().conditions.and(id, arn)),
            (id, arn) => id.or(arn),
        }
    }

    fn about_id(&self, fact: &PrincipalFact) -> Option<ConditionId> {
        let conditions = &self.arena().conditions;
        let key = conditions.key(keys::key("aws:userid"));
        if fact.identity()?.unique_id.is_some() {
            return None;
        }
        let session = fact.session.as_deref().filter(|name| is_session_name(name)).unwrap_or("??*");
        let (id, more) = match fact.caller {
            Caller::User => ("AIDA*".to_owned(), "*:*"),
            _ => (format!("AROA*:{session}"), "*:*:*"),
        };
        let is_id = conditions.like(key, [&*id]);
        Some(conditions.and(is_id, conditions.not(conditions.like(key, [more]))))
    }

    /// The resources of a scenario, each with what the request holds for it, and its number if there are several.
    ///
    /// # Errors
    /// The action needs a resource and none is named.
    pub fn targets_of(&self, scenario: &Scenario, case: &Case) -> Result<Vec<StatedRequest>, ScenarioError> {
        // S-S3-10: beside an access point, a bucket is the other half of the request, for which the caller's own policies are
        // asked about the access point. Two policies of an access point are its own and the bucket's.
        let point = (0..).zip(&scenario.resources).find(|(_, resource)| is_access_point(&resource.arn));
        let mut targets = Vec::with_capacity(scenario.resources.len());
        for (at, (resource, policies)) in (0..).zip(scenario.resources.iter().zip(&case.resources)) {
            let point = point.filter(|_| resource.arn.contains(":s3:::"));
            let same = (0..).zip(&scenario.resources).find(|(_, other)| other.arn == resource.arn);
            let own = same.map_or(at, |(first, _)| first);
            let number = ResourceNumber { resource: own, object: point.map_or(own, |(point, _)| point) };
            let number = (scenario.resources.len() > 1).then_some(number);
            let halves: &[&[PolicyId]] = match &policies[..] {
                [own, of_bucket] if is_access_point(&resource.arn) => {
                    &[std::slice::from_ref(own), std::slice::from_ref(of_bucket)]
                }
                all => &[all],
            };
            for policies in halves {
                let mut target = self.stated_target(scenario, resource, case, policies)?;
                if let Some((_, point)) = point {
                    target.asked = (*point.arn).into();
                }
                let context = context(scenario, resource, &target);
                targets.push(StatedRequest { target, context, number });
            }
        }
        Ok(targets)
    }

    /// Levels from the root down to an account, whose node it gives; none if none are stated.
    fn add_levels(
        &mut self,
        kind: ControlKind,
        stated: &[StatedLevel],
        policies: Vec<Box<[PolicyId]>>,
        exempt: bool,
    ) -> Option<NodeId> {
        let mut above: Option<NodeId> = None;
        let levels = Arc::make_mut(&mut self.levels);
        for (level, policies) in stated.iter().zip(policies) {
            let node = levels.node("level");
            match above {
                None => levels.top.push((kind, node)),
                Some(up) => levels.parent.push((node, up)),
            }
            // S-SCP-10: a level without SCPs was not collected.
            if policies.is_empty() && kind == ControlKind::Scp {
                let label = PolicyLabel::ControlsOf((*level.label).into());
                self.policies.push(PolicyFact::new(label, None));
                let missing = PolicyId(self.policies.len() as u32 - 1);
                levels.attached.push((kind, node, missing));
            }
            levels.attached.extend(policies.iter().map(|&policy| (kind, node, policy)));
            above = Some(node);
        }
        if let Some(account) = above {
            levels.stated.push(account);
            if exempt {
                levels.exempt.push(account);
            }
        }
        above
    }

    fn stated_target(
        &self,
        scenario: &Scenario,
        resource: &StatedResource,
        case: &Case,
        policies: &[PolicyId],
    ) -> Result<Target, ScenarioError> {
        let asked = self.asked_action(&scenario.action);
        let catalog = Catalog::embedded();
        let is_named = resource.owner != StatedOwner::AsTheArnSays;
        let needs_one = |id| !catalog.is_wildcard_only(id) && (is_named || !catalog.needs_no_resource(id));
        let some = asked.catalog.filter(|&id| &*resource.arn == "*" && needs_one(id));
        let organization = scenario.organization.as_ref();
        let owner = governing(&asked.name, &resource.arn).owner;
        let is_management = owner == Owner::ManagementAccount;
        let stated = match resource.owner {
            StatedOwner::AsTheArnSays => match owner {
                Owner::ManagementAccount => organization.and_then(|organization| organization.management),
                Owner::Caller | Owner::NoOne => None,
                Owner::Account(_) | Owner::Estate(_) => account_of(resource, scenario),
            },
            StatedOwner::Account(_) | StatedOwner::Aws => account_of(resource, scenario),
        };
        let mut target = match some {
            // S-EVAL-01: whose resource it is, only the scenario can say.
            Some(taken) => {
                let says = resource.owner != StatedOwner::AsTheArnSays || is_management;
                let stated = stated.filter(|_| says);
                let account = match resource.owner {
                    StatedOwner::Aws => Some("aws".to_owned()),
                    StatedOwner::Account(account) => Some(account.to_string()),
                    StatedOwner::AsTheArnSays => None,
                };
                let of = (scenario.partition(), account.as_deref());
                self.target_on_some(asked, taken, stated.map(Into::into), of)
            }
            None => self.target(asked, &resource.arn, stated.map(Into::into)),
        };
        if resource.owner == StatedOwner::Aws {
            target.owner = Ownership::Nobody;
        }
        target.held = match target.takes_policies || target.only_denies {
            true => policies.iter().map(|&policy| Held::Policy(policy)).collect(),
            false => Vec::new(),
        };
        super::stated_target::settle(scenario, &mut target);
        target.organization = match (&target.owner, organization) {
            (Ownership::Account(owner), Some(stated)) => {
                member(stated, stated.resource_path.as_deref(), *owner)
            }
            _ => OrganizationOf::StandAlone,
        };
        target.delegation = organization.map(|stated| stated.delegation.clone()).unwrap_or_default();
        target.level = case.level;
        target.derives = scenario.derive;
        target.identity = Entity::Unknown;
        // What a scenario does not state does not exist.
        target.other_grants = &[];
        if !matches!(target.cross_account, CrossAccount::Share(_)) {
            target.shared.clear();
        }
        target.endpoint = Some(case.endpoint.clone());
        let restricts = scenario.settings.block_public_access;
        let block = PublicAccessBlock { restrict_public_buckets: restricts, ..PublicAccessBlock::default() };
        target.public_access = vec![Some(block)];
        target.behind = None;
        let record = Arc::new(Resource {
            arn: (*resource.arn).into(),
            account: stated,
            policy: Collected::None,
            tags: Some(twin_tags(scenario, resource)).filter(|tags| !tags.is_empty()),
            settings: ResourceSettings {
                public_access_block: Some(block),
                object_ownership: Some("BucketOwnerEnforced".into()),
                abac_enabled: Some(scenario.settings.bucket_abac == Some(true)),
                ..ResourceSettings::default()
            },
            roles: Box::default(),
        });
        target.tagged = Some(record.clone());
        target.record = Some(record);
        Ok(target)
    }
}

/// Whether an ARN is of an S3 access point, or of an object behind one.
fn is_access_point(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "s3" && arn.resource.starts_with("accesspoint/"))
}

fn store_policy(
    store: &PolicyStore,
    scenario: &Scenario,
    policy: &StatedPolicy,
) -> Result<PolicyFact, ScenarioError> {
    let decoded = PolicyText::decode(policy.value).map_err(|problem| {
        let origin = policy.origin(scenario.line, crate::document::PolicyForm::Object);
        let column = column(scenario.line, origin.span.start as usize);
        ScenarioError { message: problem.message.to_string(), column, path: origin.path }
    })?;
    let document = store.intern(policy.kind, &decoded.text);
    let label = PolicyLabel::OfScenario(policy.place);
    Ok(PolicyFact::new(label, Some(PolicyRef { document, place: None })))
}

fn partitions(scenarios: &[&Scenario]) -> Vec<Arc<str>> {
    let mut all: Vec<&str> = scenarios.iter().map(|scenario| scenario.partition()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(Arc::from).collect()
}

/// The accounts of the callers.
fn accounts(scenarios: &[&Scenario]) -> Vec<AccountNumber> {
    let accounts = scenarios.iter().filter_map(|scenario| scenario.caller.account);
    let mut all: Vec<AccountNumber> = accounts.map(AccountId::number).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn account_of(resource: &StatedResource, scenario: &Scenario) -> Option<AccountId> {
    match resource.owner {
        StatedOwner::Account(account) => Some(account),
        StatedOwner::Aws => None,
        StatedOwner::AsTheArnSays if &*resource.arn == "*" => scenario.caller.account,
        StatedOwner::AsTheArnSays => Arn::parse(&resource.arn).and_then(|arn| arn.account_id()),
    }
}

/// The organisation of an account: it is a member if its path is stated, or if it is the management account.
fn member(stated: &StatedOrganization, path: Option<&str>, account: AccountId) -> OrganizationOf {
    let management = stated.management;
    match &stated.id {
        Some(id) if path.is_some() || management == Some(account) => {
            OrganizationOf::Member { id: (**id).into(), path: path.map(Arc::from), management }
        }
        _ => OrganizationOf::StandAlone,
    }
}

/// The organisation of the caller's account: that of which it is a member; or some, if SCPs stand above it or it manages one.
fn organization_of_caller(scenario: &Scenario, account: AccountId) -> OrganizationOf {
    let stated = scenario.organization.as_ref();
    let management = stated.and_then(|stated| stated.management);
    let of = stated.map(|stated| member(stated, stated.principal_path.as_deref(), account));
    match of {
        Some(of @ OrganizationOf::Member { .. }) => of,
        _ if management == Some(account) || !scenario.scps.is_empty() => {
            OrganizationOf::Unnamed { management }
        }
        _ => OrganizationOf::StandAlone,
    }
}

/// The caller of a scenario.
fn caller(scenario: &Scenario) -> PrincipalFact {
    let stated = &scenario.caller;
    let service_linked =
        || stated.role.as_deref().is_some_and(|role| role.contains(":role/aws-service-role/"));
    let (kind, caller) = match stated.kind {
        // S-STS-02: root gets such credentials too.
        CallerKind::SessionToken if stated.name.ends_with(":root") => (PrincipalKind::Root, Caller::Root),
        CallerKind::User | CallerKind::SessionToken => (PrincipalKind::User, Caller::User),
        CallerKind::Role if service_linked() => (PrincipalKind::Role, Caller::ServiceLinkedSession),
        CallerKind::Role => (PrincipalKind::Role, Caller::RoleSession),
        CallerKind::Session if service_linked() => (PrincipalKind::Session, Caller::ServiceLinkedSession),
        CallerKind::Session => (PrincipalKind::Session, Caller::RoleSession),
        CallerKind::FederatedUser => (PrincipalKind::FederatedUser, Caller::FederatedUser),
        CallerKind::Root => (PrincipalKind::Root, Caller::Root),
        CallerKind::AssumedRoot => (PrincipalKind::Root, Caller::AssumedRoot),
        CallerKind::Saml | CallerKind::Oidc => (PrincipalKind::IdentityProvider, Caller::Provider),
        CallerKind::Service => (PrincipalKind::Service, Caller::Service),
        CallerKind::Anonymous => (PrincipalKind::Everyone, Caller::Anonymous),
        CallerKind::AwsOwned => (PrincipalKind::AwsAccount, Caller::AwsOwned),
    };
    let name = match stated.kind {
        CallerKind::Saml | CallerKind::Oidc => stated.provider.as_ref().unwrap_or(&stated.name),
        _ => &stated.name,
    };
    let identity = |arn: &str, account| Identity {
        arn: arn.into(),
        name: Name::from(arn.rsplit('/').next().unwrap_or_default()),
        account,
        unique_id: stated.unique_id.as_deref().map(Arc::from),
        created: None,
        tags: Tags::default(),
        attached: Box::default(),
        inline: Box::default(),
        boundary: None,
    };
    // Whoever says what `aws:PrincipalArn` holds says which role it is.
    let given = scenario.context.get("aws:principalarn").and_then(|given| given.values.first());
    let given = given.filter(|arn| !stated.role_is_stated && stated.may_be_session_of(arn));
    let role = given.or(stated.role.as_ref());
    let entity = match (stated.account, caller, role.map(|role| &**role)) {
        (Some(account), Caller::User, _) => {
            Entity::User(Arc::new(User { identity: identity(name, account), groups: Box::default() }))
        }
        (Some(account), Caller::RoleSession | Caller::ServiceLinkedSession, Some(role)) => {
            Entity::Role(Arc::new(Role {
                identity: identity(role, account),
                trust: None,
                last_used: Collected::NotCollected,
            }))
        }
        _ => Entity::Unknown,
    };
    let session = match stated.kind {
        CallerKind::Session => name.rsplit('/').next().map(Arc::from),
        // A caller that is a role ARN is a session whose name matches no session ARN: names are not empty.
        CallerKind::Role => Some("".into()),
        _ => None,
    };
    let standing = Standing {
        organization: stated
            .account
            .map_or(OrganizationOf::StandAlone, |account| organization_of_caller(scenario, account)),
        level: None,
        scps_unknown: false,
    };
    PrincipalFact {
        entity,
        session,
        loaded: true,
        maker: stated.user.as_deref().map(Arc::from),
        maker_id: stated.unique_id.as_deref().filter(|_| caller == Caller::FederatedUser).map(Arc::from),
        role_by_name: !stated.role_is_stated && given.is_none(),
        inherited_tags: stated.transitive.iter().map(|(tag, _)| tag.clone()).collect(),
        session_token: stated.kind == CallerKind::SessionToken,
        stated: true,
        derives: scenario.derive,
        standing,
        ..PrincipalFact::outside((**name).into(), kind, caller, stated.account)
    }
}
