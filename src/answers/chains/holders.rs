//! Through which resources of the estate services take roles: instance profiles, functions, projects, stacks.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::hops::Hop;
use crate::estate::{Arn, Estate};
use crate::facts::{Facts, keys};
use crate::region::condition::Sat;

/// What holds roles.
pub struct Holders {
    /// By the ARN of the role: the first part of the name of the service, and the resource.
    by_role: FxHashMap<Arc<str>, Vec<(String, Arc<str>)>>,
}

impl Holders {
    /// The resources of an estate that hold roles.
    pub fn new(estate: &Estate) -> Self {
        let mut by_role: FxHashMap<Arc<str>, Vec<(String, Arc<str>)>> = FxHashMap::default();
        for profile in estate.accounts.values().flat_map(|account| account.instance_profiles.iter()) {
            for role in &profile.roles {
                by_role.entry(role.clone()).or_default().push(("ec2".to_owned(), profile.arn.clone()));
            }
        }
        for resource in estate.resources.values() {
            let service = Arn::parse(&resource.arn).map(|arn| arn.service).unwrap_or_default();
            for role in &resource.roles {
                by_role.entry(role.clone()).or_default().push((service.to_owned(), resource.arn.clone()));
            }
        }
        by_role.values_mut().for_each(|held| held.sort());
        Self { by_role }
    }

    /// The resources through which a service takes a role: those of its kind that hold it, and for which the role lets it call.
    /// `ecs-tasks.amazonaws.com` is of the kind of `ecs`.
    pub fn of<'a>(&'a self, facts: &'a Facts, hop: &Hop) -> impl Iterator<Item = &'a Arc<str>> {
        let (service, role) = (&facts.principal(hop.from).name, &facts.principal(hop.to).name);
        let first = service.split('.').next().unwrap_or_default();
        let held = self.by_role.get(role).map(Vec::as_slice).unwrap_or_default();
        let of_service = held.iter().filter(move |(kind, _)| {
            first.strip_prefix(&**kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        let conditions = &facts.arena().conditions;
        let condition = hop.condition;
        let mut keys = keys::OF_SOURCE.into_iter().map(|name| conditions.key(keys::key(name)));
        let asks = keys.any(|key| conditions.contains_key(condition, key));
        let may_call = move |resource: &Arc<str>| {
            let for_it = || conditions.and(condition, facts.for_resource(resource));
            !asks || *conditions.satisfiable(for_it()) != Sat::No
        };
        of_service.map(|(_, resource)| resource).filter(move |resource| may_call(resource))
    }
}
