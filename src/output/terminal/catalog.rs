//! What the catalog knows, for people.

use std::io::{self, Write};

use super::super::catalog::{
    ActionView, ActionsView, GovernedView, KeyView, NoResourceView, ServiceList, ServiceView,
};
use super::{Heading, Screen, count, labelled, or_dash};

/// Writes all services, a line each.
///
/// # Errors
/// `out` cannot be written.
pub fn show_services(list: &ServiceList, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    const HEADINGS: [Heading; 6] = [
        Heading::new("SERVICE", 8),
        Heading::new("NAME", 12),
        Heading::new("ACTIONS", 7),
        Heading::new("TYPES", 5),
        Heading::new("KEYS", 4),
        Heading::new("RCP", 3),
    ];
    let rows = list.services.iter().map(|row| {
        vec![
            row.service.to_owned(),
            row.name.to_owned(),
            row.actions.to_string(),
            row.resource_types.to_string(),
            row.condition_keys.to_string(),
            row.rcp.to_owned(),
        ]
    });
    screen.list(&HEADINGS, rows, out)?;
    let actions = list.services.iter().map(|row| row.actions).sum();
    writeln!(out, "\n{}, {}", count(list.services.len(), "service"), count(actions, "action"))?;
    writeln!(out, "types: of resources; keys: of conditions; RCP: resource control policies reach it")?;
    labelled(out, "catalog", [list.catalog.clone()])
}

/// Writes the actions, resource types and condition keys of a service.
///
/// # Errors
/// `out` cannot be written.
pub fn show_service(view: &ServiceView, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    const ACTIONS: [Heading; 3] =
        [Heading::new("ACTION", 16), Heading::new("LEVEL", 10), Heading::new("ACTS ON", 12)];
    const TYPES: [Heading; 2] = [Heading::new("RESOURCE TYPE", 13), Heading::new("ARN", 20)];
    writeln!(out, "{}: {}\n", view.service, view.name)?;
    let actions = view.actions.iter().map(|action| {
        let types = action.resource_types.join(" ");
        vec![action.action.clone(), action.access_level.to_owned(), or_dash(&types)]
    });
    screen.list(&ACTIONS, actions, out)?;
    if !view.resource_types.is_empty() {
        writeln!(out)?;
        let types = view.resource_types.iter().flat_map(|kind| {
            kind.arns.iter().enumerate().map(|(index, arn)| {
                let name = if index == 0 { kind.name } else { "" };
                vec![name.to_owned(), (*arn).to_owned()]
            })
        });
        screen.list(&TYPES, types, out)?;
    }
    if !view.condition_keys.is_empty() {
        writeln!(out)?;
        show_keys(view.condition_keys.iter().map(|key| (key, "")), screen, out)?;
    }
    writeln!(
        out,
        "\n{}, {}, {}",
        count(view.actions.len(), "action"),
        count(view.resource_types.len(), "resource type"),
        count(view.condition_keys.len(), "condition key")
    )?;
    writeln!(out, "acts on: `*` marks types that every call names; `-` no resource")?;
    labelled(out, "RCPs", [reached(view.rcp).to_owned()])?;
    labelled(out, "catalog", [view.catalog.clone()])
}

/// Writes actions in full, one below the other.
///
/// # Errors
/// `out` cannot be written.
pub fn show_actions(view: &ActionsView, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    for action in &view.actions {
        show_action(action, screen, out)?;
        writeln!(out)?;
    }
    if view.actions.len() > 1 {
        writeln!(out, "{}", count(view.actions.len(), "action"))?;
    }
    labelled(out, "catalog", [view.catalog.clone()])
}

fn show_action(view: &ActionView, screen: Screen, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    writeln!(out, "{}: {}, {}", view.action, view.access_level, view.service)?;
    for kind in &view.resource_types {
        let needed = if kind.required { "every call names one" } else { "where a call names one" };
        writeln!(out, "\nacts on {} ({needed})", kind.name)?;
        let mut before: Option<&GovernedView> = None;
        for (index, arn) in kind.arns.iter().enumerate() {
            labelled(out, "arn", [arn.arn.to_owned()])?;
            // What is the same for the formats that follow is said behind the last of them.
            let next = kind.arns.get(index + 1);
            if next.is_none_or(|next| next.governed != arn.governed) && before != Some(&arn.governed) {
                show_governed(&arn.governed, out)?;
                before = Some(&arn.governed);
            }
        }
    }
    if let Some(NoResourceView { checked, meaning, governed }) = &view.no_resource {
        writeln!(out, "\nacts on no resource: {meaning}")?;
        labelled(out, "checked", checked.iter().cloned())?;
        show_governed(governed, out)?;
    }
    if !view.condition_keys.is_empty() {
        writeln!(out)?;
        let of: Vec<String> = view.condition_keys.iter().map(|key| key.of.join(" ")).collect();
        let keys = view.condition_keys.iter().zip(&of).map(|(key, of)| (&key.key, of.as_str()));
        show_keys(keys, screen, out)?;
    }
    writeln!(out)?;
    labelled(out, "RCPs", [reached(view.rcp).to_owned()])?;
    labelled(out, "never holds", (!view.never_holds.is_empty()).then(|| view.never_holds.join(", ")))
}

fn show_governed(governed: &GovernedView, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    labelled(out, "owner", [governed.owner.clone()])?;
    let policies = match governed.resource_policies.as_slice() {
        [] => vec!["none".to_owned()],
        policies => policies.to_vec(),
    };
    labelled(out, "policies", policies)?;
    labelled(out, "in account", [governed.same_account.to_owned()])?;
    labelled(out, "across", [governed.cross_account.to_owned()])?;
    labelled(out, "also grants", governed.other_grants.iter().map(|text| (*text).to_owned()))?;
    labelled(out, "also needed", governed.also_needed.iter().map(|text| (*text).to_owned()))?;
    labelled(out, "refused", governed.refused.iter().cloned())
}

fn show_keys<'a>(
    keys: impl Iterator<Item = (&'a KeyView, &'a str)>,
    screen: Screen,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    const HEADINGS: [Heading; 3] =
        [Heading::new("CONDITION KEY", 20), Heading::new("VALUE", 8), Heading::new("WITH", 4)];
    let rows = keys.map(|(key, of)| {
        let list = if key.multivalued { "list of " } else { "" };
        vec![key.key.to_owned(), format!("{list}{}", key.value_type), of.to_owned()]
    });
    screen.list(&HEADINGS, rows, out)
}

fn reached(rcp: &str) -> &'static str {
    match rcp {
        "yes" => "reach it",
        "no" => "do not reach it",
        _ => "perhaps reach it: AWS's list names the service otherwise",
    }
}
