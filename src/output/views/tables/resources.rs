//! Resources, and what they grant and deny.

use rayon::prelude::*;

use super::own::{Columns, columns};
use super::statements::NO_STATEMENT;
use super::{Given, NONE, Numbers};
use crate::answers::{GrantForm, KnownResource, PrincipalSetId, resource_type};
use crate::estate::Collected;
use crate::facts::{Layer, Regime};
use crate::output::factored::{
    Combination, Form, Governed, PolicyState, PrincipalSets, ResourceDenies, ResourceGrants, Resources,
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
    /// Members of the sets of principals, in order.
    sets: Vec<Vec<u32>>,
}

impl SideRows {
    pub(super) fn new(given: &Given, numbers: &Numbers) -> Self {
        let (of_set, sets) = principal_sets(given);
        let set = |id: PrincipalSetId| of_set.get(id.0 as usize).copied().filter(|&set| set != NONE);
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
                let key = (grant.resource, set(grant.principals)?, form(grant.form).as_str(), columns);
                Some((key, statement(grant.statement, Layer::Resource)))
            })
            .collect();
        grants.par_sort_unstable();
        let mut denies: Vec<(DenyKey, u32)> = given
            .side
            .denies
            .par_iter()
            .filter_map(|deny| {
                let layer = if deny.resource.is_some() { Layer::Resource } else { Layer::Rcp };
                let columns = columns(numbers, deny.region)?;
                let key = (deny.resource, set(deny.principals)?, deny.foreign_only, columns);
                Some((key, statement(deny.statement, layer)))
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

    pub(super) fn principal_sets(&self) -> PrincipalSets {
        let rows = self.sets.iter().map(Vec::len).sum();
        let mut table =
            PrincipalSets { principal_set: Vec::with_capacity(rows), principal: Vec::with_capacity(rows) };
        for (number, members) in self.sets.iter().enumerate() {
            table.principal_set.extend(std::iter::repeat_n(number as u32, members.len()));
            table.principal.extend_from_slice(members);
        }
        table
    }
}

/// The number of each set of principals, as far as its members were asked for, and the sets in order.
fn principal_sets(given: &Given) -> (Vec<u32>, Vec<Vec<u32>>) {
    let used = given.side.grants.iter().map(|grant| grant.principals);
    let used = used.chain(given.side.denies.iter().map(|deny| deny.principals));
    let mut used: Vec<PrincipalSetId> = used.collect();
    used.par_sort_unstable();
    used.dedup();
    let mut sets: Vec<(Vec<u32>, PrincipalSetId)> = used
        .into_par_iter()
        .map(|id| {
            let members = given.side.principals.get(id).iter();
            let mut members: Vec<u32> = members.filter_map(|&id| given.principals.get(id)).collect();
            members.sort_unstable();
            (members, id)
        })
        .filter(|(members, _)| !members.is_empty())
        .collect();
    sets.par_sort_unstable();
    let most = sets.iter().map(|(_, id)| id.0 as usize + 1).max().unwrap_or_default();
    let mut numbers = vec![NONE; most];
    let mut distinct: Vec<Vec<u32>> = Vec::new();
    for (members, id) in sets {
        if distinct.last() != Some(&members) {
            distinct.push(members);
        }
        if let Some(slot) = numbers.get_mut(id.0 as usize) {
            *slot = distinct.len() as u32 - 1;
        }
    }
    (numbers, distinct)
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
