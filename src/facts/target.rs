//! What a request acts on: an action on a resource, its owner, and the policies that take part on the resource side.

use std::sync::Arc;

use super::Regime;
use super::binding::{OrganizationOf, ResourceBindings};
use super::ids::{NodeId, PolicyId};
use super::principals::Entity;
use crate::catalog::governing::{CrossAccount, Gate, Grant as OtherGrant};
use crate::catalog::{ActionId, Catalog};
use crate::estate::{AccountId, Arn, Estate, PublicAccessBlock, Resource};
use crate::region::condition::Conditions;
use crate::region::resource::ResourceSetId;
use crate::scenario::StatedDelegation;

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
    /// Of which it is one then, where more is known than the action.
    pub among: Option<ResourceSetId>,
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
    /// What a scenario states of what the organisation delegates; of an estate the organisations say it.
    pub delegation: StatedDelegation,
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

/// Whether a resource is of a type that an action takes (S-RES-12).
pub fn takes_resource(catalog: &Catalog, action: ActionId, resource: &str) -> bool {
    catalog
        .resource_types_of(action)
        .iter()
        .filter_map(|line| catalog.resource_type(line.id))
        .any(|kind| kind.is_of(resource))
}
