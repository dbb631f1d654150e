//! What a request acts on: an action on a resource, its owner, and the policies that take part on the resource side.

use std::sync::Arc;

use super::access_points::bucket_of;
use super::binding::{MANAGEMENT_ACCOUNT, OrganizationOf, ResourceBindings};
use super::ids::{NodeId, PolicyId};
use super::principals::Entity;
use super::readings::{Holds, Question};
use super::{Facts, Regime};
use crate::catalog::governing::{self, CrossAccount, Gate, Governing, Grant as OtherGrant, Holder, Owner};
use crate::catalog::{ActionId, Catalog};
use crate::estate::{
    AccountId, Arn, Collected, EffectiveS3Policy, Estate, Organization, PublicAccessBlock, Resource,
};
use crate::region::condition::Conditions;

/// An action as a question names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedAction {
    /// `service:Name`, in AWS's spelling if the action is known.
    pub name: Arc<str>,
    /// Its number in the universe; none if nothing but the question names it.
    pub index: Option<usize>,
    /// The catalog's entry; none if AWS's reference does not list it.
    pub catalog: Option<ActionId>,
}

/// Who owns a resource (S-EVAL-01).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// This account.
    Account(AccountId),
    /// No customer account (S-XACC-14).
    Nobody,
    /// The caller's own account: calls that name no resource but are decided there.
    Caller,
    /// Not known; the text says what is missing.
    Unknown(Box<str>),
}

/// Who owns a resource, as a question states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceOwner {
    /// This account.
    Account(AccountId),
    /// AWS (S-XACC-14).
    Aws,
    /// The management account of the caller's organisation (S-SVC-16), where it is known.
    Manager(Option<AccountId>),
}

impl From<AccountId> for ResourceOwner {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl std::str::FromStr for ResourceOwner {
    type Err = <AccountId as std::str::FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "aws" => Ok(Self::Aws),
            _ => text.parse().map(Self::Account),
        }
    }
}

/// A policy on the resource side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It was collected.
    Policy(PolicyId),
    /// It was not collected; the text says which.
    NotCollected(Box<str>),
}

impl Held {
    /// The policy, if it was collected.
    pub fn policy(&self) -> Option<PolicyId> {
        match self {
            Held::Policy(policy) => Some(*policy),
            Held::NotCollected(_) => None,
        }
    }
}

/// The bucket behind an access point.
#[derive(Clone, Debug)]
pub enum Behind {
    /// The same request on the bucket or on an object in it.
    Half(Box<Target>),
    /// The estate does not say which bucket it is; the text says so.
    NotCollected(Box<str>),
}

/// A resource-side view of a request.
#[derive(Clone, Debug)]
pub struct Target {
    /// The action.
    pub action: AskedAction,
    /// The ARN, or `*` for an action without resource.
    pub resource: Arc<str>,
    /// What it is called where something of it was not collected: the ARN, or what it stands for.
    pub called: Arc<str>,
    /// What the request names. Of the bucket half of a request it is the access point (S-S3-10).
    pub asked: Arc<str>,
    /// The bucket half of a request on an access point.
    pub behind: Option<Behind>,
    /// Whether the action has no resource type, so that the request's resource is NONE (S-RES-10).
    pub no_resource: bool,
    /// Whether the resource is of a type that the action takes (S-RES-12).
    pub right_type: bool,
    /// Whether the resource is one of those that the action takes, and nobody says which.
    pub some_resource: bool,
    /// Who owns the resource.
    pub owner: Ownership,
    /// The owner of an object in S3 that is not the bucket's: it alone grants (S-S3-04).
    pub object_owner: Option<AccountId>,
    /// Whether it is not known if an object in S3 is the bucket owner's: ACLs are on, and nothing was collected of the object.
    pub object_owner_open: bool,
    /// Whether it belongs to whoever manages the caller's organisation (S-SVC-16).
    pub of_organization: bool,
    /// Whether an object in S3 is taken as the bucket owner's, because the bucket's setting was not collected.
    pub object_owner_assumed: bool,
    /// The owner's organisation.
    pub organization: OrganizationOf,
    /// The owner's account among the levels of an organisation.
    pub level: Option<NodeId>,
    /// S3 Block Public Access of the owner's account, of the bucket, and of an access point and its account, as far as
    /// they take part; none for what was not collected.
    pub public_access: Vec<Option<PublicAccessBlock>>,
    /// Whether a policy on the resource side takes part, if there is one.
    pub takes_policies: bool,
    /// Whether policies on the resource side only deny: AWS lists none for the type, so what one grants nobody knows, and no Deny
    /// is passed over (S-DEC-03, S-EVAL-05).
    pub only_denies: bool,
    /// Whether the resource is open to everybody as long as it has no policy (S-SVC-13).
    pub open_without_policy: bool,
    /// Whether an authorizer of the API speaks for callers without credentials: its answer stands where their identity policies
    /// would (S-SVC-09).
    pub authorizer: bool,
    /// Whether Lake Formation may have to permit what policies allow on a database or table (S-SVC-14).
    pub lake_formation: bool,
    /// Policies of the VPC endpoint that the request travels through, where a scenario states which; of an estate the
    /// context says which endpoint it is.
    pub endpoint: Option<Box<[PolicyId]>>,
    /// Whether context keys follow from the resource; not so where a scenario states the whole context.
    pub derives: bool,
    /// Whether the call makes the resource, whose ARN names no account: it will be the caller's (S-EVAL-25).
    pub is_new: bool,
    /// How the sides combine.
    pub regime: Regime,
    /// What a caller from another account needs.
    pub cross_account: CrossAccount,
    /// Grants that are no policies and may exist; exports of policies do not hold them (S-EVAL-12).
    pub other_grants: &'static [OtherGrant],
    /// Refusals by the service itself (S-EVAL-09).
    pub gates: Vec<Gate>,
    /// Whether the access point that the request goes through takes calls from a VPC only, if that was collected.
    pub vpc_only: Option<bool>,
    /// The policies on the resource side; they speak of this resource and what lies in it (S-RES-14).
    pub held: Vec<Held>,
    /// What shares give callers of other accounts (S-XACC-07, S-SVC-19).
    pub shared: Vec<Held>,
    /// What the grants on a key give, if they were collected (S-KMS-12).
    pub key_grants: Option<PolicyId>,
    /// What an ACL gives to accounts, and what to everybody, if it was collected (S-S3-03).
    pub acl: Option<[PolicyId; 2]>,
    /// What the estate knows of what holds the resource's policy: its settings are those of the bucket of an object.
    pub record: Option<Arc<Resource>>,
    /// What the estate knows of the resource itself: its tags. Of an object in S3 it is the bucket (S-S3-11).
    pub tagged: Option<Arc<Resource>>,
    /// The user or role that the resource is.
    pub identity: Entity,
}

/// A resource that may stand for others, and what these are called.
pub(super) struct Names<'a> {
    pub(super) example: &'a str,
    pub(super) called: &'a str,
}

impl Target {
    /// Whether it is not known who owns the resource.
    pub fn owner_unknown(&self) -> bool {
        matches!(self.owner, Ownership::Unknown(_))
    }

    /// Whether it belongs to whoever manages the organisation of each caller: no ARN says which one is meant (S-SVC-16).
    pub fn is_of_callers_organization(&self) -> bool {
        let names_owner = || Arn::parse(&self.asked).is_some_and(|arn| arn.account_id().is_some());
        self.of_organization && !names_owner()
    }

    /// The policies on the resource side, with those of the bucket behind an access point, sorted.
    pub fn resource_side(&self) -> Vec<PolicyId> {
        let policy = |held: &Held| match held {
            Held::Policy(policy) => Some(*policy),
            Held::NotCollected(_) => None,
        };
        let mut all: Vec<PolicyId> = self.held.iter().chain(&self.shared).filter_map(policy).collect();
        all.extend(self.key_grants);
        all.extend(self.acl.into_iter().flatten());
        if let Some(Behind::Half(half)) = &self.behind {
            all.extend(half.resource_side());
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether RCPs do not restrict the resource: it is a key of AWS's, or an alias of one (S-RCP-02).
    pub fn spared_by_rcps(&self) -> bool {
        let record = self.record.as_ref().filter(|record| record.arn == self.resource);
        Catalog::embedded().rcp_spares(&self.resource)
            || record.is_some_and(|record| record.settings.managed_by_aws == Some(true))
    }

    /// What the resource adds to the context of a request.
    pub fn bindings<'a>(&'a self, conditions: &'a Conditions, estate: &'a Estate) -> ResourceBindings<'a> {
        let s3 = self.resource.contains(":s3:::");
        ResourceBindings {
            conditions,
            estate,
            action: &self.action.name,
            resource: &self.resource,
            asked: &self.asked,
            owner: match self.owner {
                Ownership::Account(account) => Some(account),
                _ => None,
            },
            owner_known: !self.owner_unknown(),
            organization: self.organization.clone(),
            tags: match (&self.tagged, &self.identity) {
                (Some(tagged), _) => tagged.tags.as_ref(),
                (None, Entity::Role(role)) => Some(&role.identity.tags),
                (None, Entity::User(user)) => Some(&user.identity.tags),
                (None, Entity::Unknown) => None,
            },
            // S-S3-11: tags of general-purpose buckets count only where that is switched on.
            tags_count: match (s3, &self.tagged) {
                (false, _) => Some(true),
                (true, Some(bucket)) => bucket.settings.abac_enabled,
                (true, None) => None,
            },
            stands_for_others: false,
            region: self.tagged.as_ref().and_then(|bucket| bucket.settings.region.as_deref()),
            vpc_only: self.vpc_only,
            derives: self.derives,
            stated: self.endpoint.is_some(),
        }
    }
}

impl Facts {
    /// An action as a question names it.
    pub fn asked_action(&self, name: &str) -> AskedAction {
        let index = self.compiler.universe.find(name);
        let catalog = index.and_then(|index| self.compiler.universe.catalog_action(index));
        let known = catalog.and(index).map(|index| self.compiler.universe.name(index));
        let name = known.unwrap_or_else(|| name.to_owned());
        AskedAction { name: name.into(), index, catalog }
    }

    /// The resource side of a request. A resource that the estate does not hold has no policy there (S-EVAL-25).
    pub fn target(&self, action: AskedAction, resource: &str, stated_owner: Option<ResourceOwner>) -> Target {
        self.target_called(action, resource, resource, stated_owner)
    }

    /// The same of a resource that stands for others: what was not collected is called as these are.
    pub fn target_called(
        &self,
        action: AskedAction,
        resource: &str,
        called: &str,
        stated_owner: Option<ResourceOwner>,
    ) -> Target {
        let catalog = Catalog::embedded();
        // A call that names none of the resources that it could name (S-RES-20).
        let names_no_resource =
            resource == "*" && action.catalog.is_some_and(|id| catalog.needs_no_resource(id));
        let no_resource = match action.catalog {
            Some(id) => catalog.is_wildcard_only(id) || names_no_resource,
            None => resource == "*",
        };
        let names_none = no_resource && action.catalog.is_some();
        let named = Names { example: resource, called: if names_none { "*" } else { called } };
        let resource: Arc<str> = if names_none { "*".into() } else { resource.into() };
        let right_type =
            no_resource || action.catalog.is_none_or(|id| takes_resource(catalog, id, &resource));
        let governing = governing::governing(&action.name, &resource);
        let owner = self.owner(&governing, &resource, &named, stated_owner);
        let is_new =
            matches!(owner, Ownership::Unknown(_)) && governing::makes_unowned(&action.name, &resource);
        let owner = if is_new { Ownership::Caller } else { owner };
        let (cross_account, other_grants) = (governing.cross_account, governing.other_grants);
        let regime = Regime::of(governing.regime);
        let of_organization = governing.owner == Owner::ManagementAccount;
        let takes_policies = !governing.policies.is_empty();
        let open_without_policy = governing.regime == governing::Regime::FileSystemClient;
        let access_point = governing.policies.iter().find_map(|holder| match holder {
            Holder::BucketOf(access_point) => Some(access_point.to_string()),
            _ => None,
        });
        let mut record = self.estate.resource(&resource).cloned();
        let tagged = match bucket_of(&resource) {
            Some(bucket) => self.estate.resource(bucket).cloned(),
            None => record.clone(),
        };
        let only_denies = !takes_policies && governing::takes_no_policy(&resource);
        let organization = match owner {
            Ownership::Account(account) => self.organization_of(Some(account)),
            Ownership::Nobody | Ownership::Caller => OrganizationOf::StandAlone,
            Ownership::Unknown(_) => OrganizationOf::Unknown,
        };
        let mut held = Vec::new();
        if only_denies {
            held.extend(self.policy_of(&resource).map(Held::Policy));
        }
        // S-EVAL-25: what does not exist yet has no policy.
        let makes = governing::MAKES.contains(&&*action.name) && record.is_none();
        let is_made = |holder: &Holder| makes && matches!(holder, Holder::Policy(arn) if **arn == *resource);
        for holder in governing.policies.iter().filter(|holder| !is_new && !is_made(holder)) {
            let unlisted = governing.row.starts_with("unlisted");
            self.hold(holder, unlisted, &named, &organization, &mut held, &mut record);
        }
        // S-SVC-08, S-SVC-09, S-SVC-20: how an API finds out who calls, no export says.
        if matches!(governing.row, "api-invocation" | "rest-api") {
            let apis = governing.policies.iter().filter_map(|holder| match holder {
                Holder::Policy(api) => {
                    Some(Held::NotCollected(format!("authorization of {}", self.called(&named, api)).into()))
                }
                _ => None,
            });
            held.extend(apis);
        }
        if governing.row == "glacier-vault" {
            held.extend(self.lock_of(&resource, named.called));
        }
        let shared = self.shares_of(&resource, named.called, &owner, cross_account, other_grants);
        let key_grants =
            other_grants.contains(&OtherGrant::KmsGrant).then(|| self.grants_of(&resource)).flatten();
        let acl = match other_grants.contains(&OtherGrant::S3Acl) {
            true => self.acl_of(&action.name, &resource),
            false => None,
        };
        let gates = governing.gates;
        let identity =
            self.principal_id(&resource).map_or(Entity::Unknown, |id| self.principal(id).entity.clone());
        let account = match owner {
            Ownership::Account(account) => Some(account),
            _ => None,
        };
        let level = account.and_then(|account| self.levels.accounts.get(&account).copied());
        let settings =
            account.and_then(|account| self.estate.account(account)).map(|account| &account.settings);
        let of_account = settings.and_then(|settings| settings.public_access_block);
        let of_account = match account.map(|account| self.estate.s3_policy_of(account)) {
            None | Some(EffectiveS3Policy::None) => of_account,
            // S-S3-05: the policy of the organisation stands in for the setting of the account.
            Some(EffectiveS3Policy::All) => Some(PublicAccessBlock::ALL),
            // U-72: UNCERTAIN whether `none` switches off what the account has switched on; as recommended.
            Some(EffectiveS3Policy::NoneOn) => {
                match self.compiler.assumptions.readings.holds(Question::S3PolicyNone) {
                    Holds::Yes => Some(PublicAccessBlock::default()),
                    Holds::No => of_account,
                    _ => of_account.filter(|block| *block == PublicAccessBlock::default()),
                }
            }
            Some(EffectiveS3Policy::NotCollected) => None,
        };
        let of_record = record.as_ref().and_then(|record| record.settings.public_access_block);
        let mut target = Target {
            action,
            called: named.called.into(),
            asked: resource.clone(),
            behind: None,
            resource,
            no_resource,
            some_resource: names_no_resource,
            right_type,
            owner,
            object_owner: None,
            object_owner_open: false,
            of_organization,
            object_owner_assumed: false,
            organization,
            level,
            public_access: vec![of_account, of_record],
            takes_policies,
            only_denies,
            open_without_policy,
            authorizer: false,
            lake_formation: true,
            endpoint: None,
            derives: true,
            is_new,
            regime,
            cross_account,
            other_grants,
            gates,
            vpc_only: None,
            held,
            shared,
            key_grants,
            acl,
            record,
            tagged,
            identity,
        };
        self.settle_object_owner(&mut target);
        if let Some(access_point) = access_point {
            self.add_bucket_half(&mut target, &access_point);
        }
        target
    }

    /// The resource side of a request on some resource of a type that the action takes, as a scenario with the resource `*`
    /// states it. The governing row is that of the type whose ARNs have the shortest format.
    pub fn target_on_some(
        &self,
        action: AskedAction,
        taken: ActionId,
        stated_owner: Option<ResourceOwner>,
    ) -> Target {
        let catalog = Catalog::embedded();
        let types = catalog.resource_types_of(taken).iter();
        let globs = types.filter_map(|line| catalog.resource_type(line.id)?.globs.first().copied());
        let example = globs.min_by_key(|glob| glob.len()).unwrap_or("*").replacen("arn:*:", "arn:aws:", 1);
        let mut target = self.target(action, &example, stated_owner);
        target.resource = "*".into();
        target.called = target.resource.clone();
        target.asked = target.resource.clone();
        target.right_type = true;
        target.some_resource = true;
        target
    }

    /// What an ARN that follows from the resource is called where something of it was not collected.
    pub(super) fn called<'n>(&self, named: &'n Names, arn: &'n str) -> &'n str {
        if named.example == named.called || self.estate.resource(arn).is_some() { arn } else { named.called }
    }

    fn owner(
        &self,
        governing: &Governing,
        resource: &str,
        named: &Names,
        stated: Option<ResourceOwner>,
    ) -> Ownership {
        match stated {
            Some(ResourceOwner::Account(account)) => return Ownership::Account(account),
            Some(ResourceOwner::Aws) => return Ownership::Nobody,
            Some(ResourceOwner::Manager(Some(account))) => return Ownership::Account(account),
            Some(ResourceOwner::Manager(None)) => return Ownership::Unknown(MANAGEMENT_ACCOUNT.into()),
            None => {}
        }
        match &governing.owner {
            Owner::Account(account) => match account.parse() {
                Ok(account) => Ownership::Account(account),
                Err(_) => Ownership::Unknown(format!("owner of {}", self.called(named, resource)).into()),
            },
            Owner::Estate(arn) => {
                let known = self.estate.resource(arn).and_then(|resource| resource.account);
                let bucket = || {
                    let parsed = Arn::parse(arn).filter(|parsed| parsed.service == "s3")?;
                    self.estate.owner_of_bucket(parsed.resource.split('/').next()?)
                };
                match known.or_else(bucket) {
                    Some(account) => Ownership::Account(account),
                    None => Ownership::Unknown(format!("owner of {}", self.called(named, arn)).into()),
                }
            }
            Owner::ManagementAccount => {
                // S-SVC-16: ARNs of organisations carry it.
                if let Some(account) = Arn::parse(resource).and_then(|arn| arn.account_id()) {
                    return Ownership::Account(account);
                }
                let mut organizations = self.estate.organizations.values();
                match (organizations.next().and_then(|one| one.management_account), organizations.next()) {
                    (Some(account), None) => Ownership::Account(account),
                    _ => Ownership::Unknown(MANAGEMENT_ACCOUNT.into()),
                }
            }
            Owner::Caller => Ownership::Caller,
            Owner::NoOne => Ownership::Nobody,
        }
    }

    fn hold(
        &self,
        holder: &Holder,
        unlisted: bool,
        named: &Names,
        organization: &OrganizationOf,
        held: &mut Vec<Held>,
        record: &mut Option<Arc<Resource>>,
    ) {
        let not_collected = |what: String| Held::NotCollected(what.into());
        let of = |what: &str, arn: &str| not_collected(format!("{what} of {}", self.called(named, arn)));
        match holder {
            Holder::Policy(arn) => {
                if let Some(trust) = self.trust_of(arn) {
                    held.push(Held::Policy(trust));
                    return;
                }
                match self.estate.resource(arn) {
                    Some(resource) => {
                        *record = Some(resource.clone());
                        match resource.policy {
                            Collected::Some(_) => held.extend(self.policy_of(arn).map(Held::Policy)),
                            Collected::None => {}
                            Collected::NotCollected => held.push(of("resource policy", arn)),
                        }
                    }
                    // A type that the governing table does not list is not known to take a policy.
                    None if unlisted => {}
                    None => held.push(of("resource policy", arn)),
                }
            }
            // S-SVC-06. UNCERTAIN U-86: which scope it has; as recommended it covers every action.
            Holder::RegistryPolicy(arn) => match self.estate.resource(arn).map(|registry| registry.policy) {
                Some(Collected::None) => {}
                Some(Collected::Some(_)) => held.extend(self.policy_of(arn).map(Held::Policy)),
                Some(Collected::NotCollected) | None => {
                    held.push(of("registry policy", arn));
                }
            },
            Holder::BucketOf(_) => {} // A decision of its own.
            Holder::DelegationPolicy => {
                let of_owner = |one: &&Arc<Organization>| organization.member_of() == Some(one.id.as_str());
                let policy = match self.estate.organizations.values().find(of_owner) {
                    Some(one) => match one.resource_policy {
                        Collected::None => return,
                        Collected::Some(_) => self.delegation.get(&one.id).copied(),
                        Collected::NotCollected => None,
                    },
                    None => None,
                };
                held.push(policy.map_or_else(
                    || not_collected("delegation policy of the organisation".into()),
                    Held::Policy,
                ));
            }
            Holder::ServiceNetworksOf(service) => {
                held.push(of("auth policies of the service networks", service));
            }
        }
    }
}

/// Whether a resource is of a type that an action takes (S-RES-12).
pub fn takes_resource(catalog: &Catalog, action: ActionId, resource: &str) -> bool {
    catalog
        .resource_types_of(action)
        .iter()
        .filter_map(|line| catalog.resource_type(line.id))
        .any(|kind| kind.is_of(resource))
}
