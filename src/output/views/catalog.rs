//! The catalog -> its plain types.

use crate::catalog::no_resource::{Candidate, Candidates};
use crate::catalog::rcp::RcpReach;
use crate::catalog::{Action, ActionId, Catalog, ConditionKey, KeyId, KeyType, Service, ServiceId, Supply};
use crate::output::{
    ActionKeyView, ActionRow, ActionView, ActionsView, ArnView, KeyView, NoResourceView, ResourceTypeView,
    ServiceList, ServiceRow, ServiceView, TypeUseView,
};

use super::governing::governed;

/// All services.
pub fn services_view(catalog: &Catalog) -> ServiceList {
    let row = |(index, service): (usize, &Service)| ServiceRow {
        service: service.prefix,
        name: service.name,
        actions: service.action_ids().len(),
        resource_types: service.type_ids().len(),
        condition_keys: catalog.keys_of(ServiceId(index as u16)).len(),
        rcp: rcp(catalog.rcp_governs(service.prefix)),
    };
    ServiceList {
        catalog: catalog.source().to_string(),
        services: catalog.services().iter().enumerate().map(row).collect(),
    }
}

/// One service, by its prefix, with case ignored. `None` if there is none.
pub fn service_view(catalog: &Catalog, prefix: &str) -> Option<ServiceView> {
    let service = catalog.service(prefix)?;
    let index = catalog.services().iter().position(|one| one.prefix == service.prefix)?;
    let types = service.type_ids().filter_map(|id| {
        let kind = catalog.resource_type(id)?;
        Some(ResourceTypeView {
            name: kind.name,
            arns: kind.formats,
            condition_keys: key_names(catalog, catalog.type_keys(id)),
        })
    });
    let keys = catalog.keys_of(ServiceId(index as u16));
    Some(ServiceView {
        catalog: catalog.source().to_string(),
        service: service.prefix,
        name: service.name,
        rcp: rcp(catalog.rcp_governs(service.prefix)),
        actions: service.action_ids().filter_map(|id| action_row(catalog, id)).collect(),
        resource_types: types.collect(),
        condition_keys: keys.iter().filter_map(|id| catalog.key_at(*id)).map(key_view).collect(),
    })
}

/// Actions in full.
pub fn actions_view(catalog: &Catalog, actions: impl Iterator<Item = ActionId>) -> ActionsView {
    ActionsView {
        catalog: catalog.source().to_string(),
        actions: actions.filter_map(|id| Some(action_view(catalog, id, catalog.action(id)?))).collect(),
    }
}

fn action_row(catalog: &Catalog, id: ActionId) -> Option<ActionRow> {
    let action = catalog.action(id)?;
    let types = catalog.resource_types_of(id).iter().filter_map(|line| {
        let name = catalog.resource_type(line.id)?.name;
        Some(format!("{name}{}", if line.required { "*" } else { "" }))
    });
    Some(ActionRow {
        action: catalog.action_name(id),
        access_level: action.level.as_str(),
        resource_types: types.collect(),
        condition_keys: keys_of(catalog, id).iter().map(|key| key.key.key).collect(),
    })
}

fn action_view(catalog: &Catalog, id: ActionId, action: &Action) -> ActionView {
    let name = catalog.action_name(id);
    let types = catalog.resource_types_of(id).iter().filter_map(|line| {
        let kind = catalog.resource_type(line.id)?;
        let arns = kind.formats.iter().map(|&arn| ArnView { arn, governed: governed(&name, arn) });
        Some(TypeUseView { name: kind.name, required: line.required, arns: arns.collect() })
    });
    let never = catalog
        .keys()
        .iter()
        .filter(|key| key.is_global() && catalog.supplies(id, key.name) == Supply::No)
        .map(|key| key.name);
    ActionView {
        service: catalog.services().get(usize::from(action.service.0)).map_or("", |service| service.name),
        access_level: action.level.as_str(),
        resource_types: types.collect(),
        no_resource: catalog.none_candidates(id).map(|candidates| no_resource(&name, candidates)),
        condition_keys: keys_of(catalog, id),
        never_holds: never.collect(),
        rcp: rcp(catalog.rcp_governs_action(&name)),
        action: name,
    }
}

/// The keys of an action: its own, then those that come with its resource types.
fn keys_of(catalog: &Catalog, id: ActionId) -> Vec<ActionKeyView> {
    let own = catalog.action_keys(id);
    let mut found: Vec<(KeyId, Vec<&'static str>)> = own.iter().map(|key| (*key, Vec::new())).collect();
    for line in catalog.resource_types_of(id) {
        let Some(kind) = catalog.resource_type(line.id) else { continue };
        for key in catalog.type_use_keys(line).iter().chain(catalog.type_keys(line.id)) {
            match found.iter_mut().find(|(known, _)| known == key) {
                Some((known, _)) if own.contains(known) => {}
                Some((_, kinds)) if kinds.contains(&kind.name) => {}
                Some((_, kinds)) => kinds.push(kind.name),
                None => found.push((*key, vec![kind.name])),
            }
        }
    }
    let mut keys: Vec<ActionKeyView> = found
        .into_iter()
        .filter_map(|(key, of)| Some(ActionKeyView { key: key_view(catalog.key_at(key)?), of }))
        .collect();
    keys.sort_by_key(|key| key.key.key);
    keys
}

fn no_resource(action: &str, candidates: &Candidates) -> NoResourceView {
    let (checked, meaning) = match candidates {
        Candidates::Listed(listed) => {
            let texts = listed.iter().map(|candidate| match candidate {
                Candidate::Star => "*".to_owned(),
                Candidate::Arn(arn) => (*arn).to_owned(),
            });
            let meaning = match listed {
                [Candidate::Star] => "only a `Resource` of `*` reaches it",
                [_] => "a `Resource` reaches it if it matches that string",
                _ => "a `Resource` reaches it for sure if it matches each of these strings, else perhaps",
            };
            (texts.collect(), meaning)
        }
        Candidates::Open { services } => {
            let arns = services
                .iter()
                .map(|service| format!("arn:{{partition}}:{service}:{{region}}:{{account}}:{{anything}}"));
            let meaning = "which string is checked is not documented: a `Resource` of `*` reaches it, one that \
                           matches some ARN of the service perhaps, any other does not";
            (std::iter::once("*".to_owned()).chain(arns).collect(), meaning)
        }
    };
    NoResourceView { checked, meaning, governed: governed(action, "*") }
}

fn key_names(catalog: &Catalog, keys: &[KeyId]) -> Vec<&'static str> {
    keys.iter().filter_map(|id| catalog.key_at(*id)).map(|key| key.name).collect()
}

fn key_view(key: &ConditionKey) -> KeyView {
    let value_type = match key.key_type {
        KeyType::String => "string",
        KeyType::Arn => "arn",
        KeyType::Numeric => "number",
        KeyType::Date => "date",
        KeyType::Bool => "bool",
        KeyType::Ip => "ip address",
        KeyType::Binary => "binary",
    };
    KeyView { key: key.name, value_type, multivalued: key.multivalued }
}

const fn rcp(reach: RcpReach) -> &'static str {
    match reach {
        RcpReach::Yes => "yes",
        RcpReach::No => "no",
        RcpReach::Doubtful => "doubtful",
    }
}
