//! An action and a resource as questions name them -> what they act on: the owner, and the policies on the resource side.

use std::sync::Arc;

use super::access_points::bucket_of;
use super::binding::{MANAGEMENT_ACCOUNT, OrganizationOf};
use super::principals::Entity;
use super::readings::{Holds, Question};
use super::target::{AskedAction, Held, Names, Ownership, ResourceOwner, Target, takes_resource};
use super::{Facts, Regime, types};
use crate::catalog::governing::{self, Governing, Grant as OtherGrant, Holder, Owner};
use crate::catalog::{ActionId, Catalog};
use crate::estate::{Arn, Collected, EffectiveS3Policy, Organization, PublicAccessBlock, Resource};
use crate::scenario::StatedDelegation;

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
        // Nothing else has such settings.
        let of_buckets = account.filter(|_| resource.contains(":s3"));
        let of_account = match of_buckets.map(|account| self.estate.s3_policy_of(account)) {
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
            among: None,
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
            delegation: StatedDelegation::default(),
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
    /// states it: one of this partition, and of this account field if its type has one. The governing row is that of the type whose
    /// ARNs have the shortest format.
    pub fn target_on_some(
        &self,
        action: AskedAction,
        taken: ActionId,
        stated_owner: Option<ResourceOwner>,
        (partition, account): (&str, Option<&str>),
    ) -> Target {
        let catalog = Catalog::embedded();
        let types = catalog.resource_types_of(taken).iter();
        let globs = types.filter_map(|line| catalog.resource_type(line.id)?.globs.first().copied());
        let example = globs.min_by_key(|glob| glob.len()).unwrap_or("*");
        let example = match (example.splitn(6, ':').collect::<Vec<_>>().as_slice(), account) {
            ([arn, _, service, region, "*", rest], Some(account)) => {
                [*arn, partition, *service, *region, account, *rest].join(":")
            }
            _ => example.replacen("arn:*:", &format!("arn:{partition}:"), 1),
        };
        let mut target = self.target(action, &example, stated_owner);
        target.among = Some(types::arns_within(&self.arena().resources, taken, partition, account));
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
                // S-SVC-16: ARNs of organisations carry it, and other members own nothing of them.
                if let Some(account) = Arn::parse(resource).and_then(|arn| arn.account_id()) {
                    let manager = self.organization_of(Some(account)).manager();
                    return Ownership::Account(manager.unwrap_or(account));
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
