//! Through which resources of the estate services take roles: instance profiles, functions, projects, stacks.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::estate::{Arn, Estate};

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

    /// The resources through which a service takes a role: those of its kind that hold it. `ecs-tasks.amazonaws.com` is of the
    /// kind of `ecs`.
    pub fn of<'a>(&'a self, service: &'a str, role: &str) -> impl Iterator<Item = &'a Arc<str>> {
        let first = service.split('.').next().unwrap_or_default();
        let held = self.by_role.get(role).map(Vec::as_slice).unwrap_or_default();
        held.iter()
            .filter(move |(kind, _)| {
                first.strip_prefix(&**kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
            .map(|(_, resource)| resource)
    }
}
