//! Resources, and what they grant and deny.

use rayon::prelude::*;

use super::own::{Columns, columns};
use super::principal_sets::PrincipalSetNumbers;
use super::statements::NO_STATEMENT;
use super::{Given, Numbers};
use crate::answers::{GrantForm, KnownResource, resource_type};
use crate::estate::Collected;
use crate::facts::{Layer, Regime};
use crate::output::factored::{
    Combination, Form, Governed, PolicyState, ResourceDenies, ResourceGrants, Resources,
};
use crate::region::arena::Region;
use crate::region::owner::OwnerId;

/// The resources, by ARN.
pub(super) fn table(given: &Given) -> Resources {
    let mut table = Resources::default();
    let resources = &given.side.resources;
    let types: Vec<Option<String>> =
        resources.par_iter().map(|resource| resource_type(&resource.arn)).collect();
    for (number, (resource, kind)) in resources.iter().zip(types).enumerate() {
        table.resource.push(number as u32);
        table.arn.push(&resource.arn);
        table.account.push(resource.account.map(|account| account.to_string()).as_deref());
        table.resource_type.push(kind.as_deref());
        table.combination.push(combination(resource).as_str());
        let policy = match resource.policy {
            Collected::Some(_) => PolicyState::Present,
            Collected::None => PolicyState::Absent,
            Collected::NotCollected => PolicyState::Missing,
        };
        table.policy.push(policy.as_str());
    }
    table
}

fn combination(resource: &KnownResource) -> Combination {
    match resource.regime() {
        None | Some(Regime::IdentityOnly | Regime::CallerSide | Regime::Free) => Combination::Identity,
        Some(Regime::Standard) => Combination::Either,
        Some(Regime::Key | Regime::Trust) => Combination::Delegated,
        Some(Regime::BothSides) => Combination::Both,
    }
}

/// What the policies of resources take part in.
pub(super) fn governed(given: &Given, numbers: &Numbers) -> Governed {
    let mut table = Governed::default();
    for (number, resource) in given.side.resources.iter().enumerate() {
        let rows = resource.governed.iter().filter_map(|governed| {
            Some((numbers.actions.get(governed.actions)?, numbers.resources.get(governed.resources)?))
        });
        let mut rows: Vec<(u32, u32)> = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        for (actions, resources) in rows {
            table.resource.push(number as u32);
            table.action_set.push(actions);
            table.resource_set.push(resources);
        }
    }
    table
}

/// A grant without its statement: resource, principals, form, columns.
type GrantKey = (u32, u32, &'static str, Columns);
/// A denial without its statement: resource, principals, whether it is for foreigners, columns.
type DenyKey = (Option<u32>, u32, bool, Columns);

/// Grants and denials as numbers, sorted and joined.
pub(super) struct SideRows {
    grants: Vec<(GrantKey, u32)>,
    denies: Vec<(DenyKey, u32)>,
    pub sets: PrincipalSetNumbers,
}

impl SideRows {
    pub(super) fn new(given: &Given, numbers: &Numbers) -> Self {
        let sets = PrincipalSetNumbers::new(given);
        let statement = |statement: Option<_>, layer| {
            statement.map_or(NO_STATEMENT, |statement| numbers.statements.get(statement, layer))
        };
        let mut grants: Vec<(GrantKey, u32)> = given
            .side
            .grants
            .par_iter()
            .filter_map(|grant| {
                let region = Region {
                    actions: grant.actions,
                    resources: grant.resources,
                    owner: OwnerId::ANY,
                    condition: grant.condition,
                };
                let [actions, resources, _, condition] = columns(numbers, region)?;
                let columns = [actions, resources, 0, condition];
                let key = (grant.resource, sets.get(grant.principals)?, form(grant.form).as_str(), columns);
                Some((key, statement(grant.statement, Layer::Resource)))
            })
            .collect();
        grants.par_sort_unstable();
        let mut denies: Vec<(DenyKey, u32)> = given
            .side
            .denies
            .par_iter()
            .filter_map(|deny| {
                let columns = columns(numbers, deny.region)?;
                let key = (deny.resource, sets.get(deny.principals)?, deny.foreign_only, columns);
                Some((key, statement(deny.statement, deny.layer)))
            })
            .collect();
        denies.par_sort_unstable();
        Self { grants: numbers.sets.join(grants), denies: numbers.sets.join(denies), sets }
    }

    pub(super) fn grants(&self, numbers: &Numbers) -> ResourceGrants {
        let mut table = ResourceGrants::default();
        for &((resource, principals, form, [actions, resources, _, condition]), statements) in &self.grants {
            table.resource.push(resource);
            table.principal_set.push(principals);
            table.form.push(form);
            table.action_set.push(actions);
            table.resource_set.push(resources);
            table.condition.push(condition);
            table.statement_set.push(numbers.sets.get(statements));
        }
        table
    }

    pub(super) fn denies(&self, numbers: &Numbers) -> ResourceDenies {
        let mut table = ResourceDenies::default();
        for &((resource, principals, foreign_only, columns), statements) in &self.denies {
            let [actions, resources, owners, condition] = columns;
            table.resource.push(resource);
            table.principal_set.push(principals);
            table.foreign_only.push(foreign_only);
            table.action_set.push(actions);
            table.resource_set.push(resources);
            table.owner_set.push(owners);
            table.condition.push(condition);
            table.statement_set.push(numbers.sets.get(statements));
        }
        table
    }
}

fn form(of: GrantForm) -> Form {
    match of {
        GrantForm::Direct => Form::Direct,
        GrantForm::Bounded => Form::Bounded,
        GrantForm::Delegated => Form::Delegated,
        GrantForm::Foreign => Form::Foreign,
        GrantForm::KeyGrant => Form::KeyGrant,
    }
}
